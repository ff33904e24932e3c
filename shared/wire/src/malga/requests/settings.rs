//! Settings of a merchant.

use domain::{
    limits::{MAX_LOGO, MAX_TEXT},
    merchant::Settings,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    reader::{self, Fields},
    rules,
};

/// A change of a merchant's settings: a field that is absent stays, an empty text removes the setting. Sent as
/// JSON, or as a form (`multipart/form-data`) that may also hold the picture `logo`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "companyName": "Loja 1",
    "mainColor": "#0A7E3F",
    "language": "pt_BR",
}))]
pub struct ChangeSettings {
    /// Its name.
    #[schema(max_length = 255)]
    pub company_name: Option<String>,
    /// Its e-mail address.
    #[schema(max_length = 255)]
    pub email: Option<String>,
    /// Its telephone.
    #[schema(max_length = 255)]
    pub phone: Option<String>,
    /// Its tax document.
    #[schema(max_length = 255)]
    pub document_number: Option<String>,
    /// The statement descriptor: the text on a shopper's statement.
    #[schema(max_length = 255)]
    pub statement_description: Option<String>,
    /// Its language towards shoppers, such as `pt_BR` or `en`.
    #[schema(pattern = "^([a-z]{2}(_[A-Z]{2})?)?$")]
    pub language: Option<String>,
    /// The main colour: `#RRGGBB`, as all colours.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub main_color: Option<String>,
    /// The secondary colour.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub secondary_color: Option<String>,
    /// The background colour.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub background_color: Option<String>,
    /// The colour of warnings.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub attention_color: Option<String>,
    /// The colour of errors.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub error_color: Option<String>,
    /// The colour of success.
    #[schema(pattern = "^(#[0-9A-Fa-f]{6})?$")]
    pub success_color: Option<String>,
}

impl ChangeSettings {
    /// The settings `before`, with the changes in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, before: Settings) -> Result<Settings, Refusal> {
        reader::read(body, |body| {
            let mut next = before;
            set(body, "companyName", &mut next.company_name, rules::text(MAX_TEXT));
            set(body, "email", &mut next.email, rules::email);
            set(body, "phone", &mut next.phone, rules::text(MAX_TEXT));
            set(body, "documentNumber", &mut next.document_number, rules::text(MAX_TEXT));
            set(body, "statementDescription", &mut next.statement_description, rules::text(MAX_TEXT));
            set(body, "language", &mut next.language, language);
            set(body, "mainColor", &mut next.main_color, colour);
            set(body, "secondaryColor", &mut next.secondary_color, colour);
            set(body, "backgroundColor", &mut next.background_color, colour);
            set(body, "attentionColor", &mut next.attention_color, colour);
            set(body, "errorColor", &mut next.error_color, colour);
            set(body, "successColor", &mut next.success_color, colour);
            if body.value("logo").is_some() {
                body.problem("logo", "must be a file of a form (multipart/form-data)");
            }
            Some(next)
        })
    }
}

/// An empty text removes.
fn set(
    body: &mut Fields<'_>,
    name: &str,
    setting: &mut Option<String>,
    rule: impl FnOnce(&Value) -> Result<String, String>,
) {
    let is_empty = |value: &Value| value.as_str().is_some_and(str::is_empty);
    let given = body.optional(name, |value| if is_empty(value) { Ok(None) } else { rule(value).map(Some) });
    if let Some(given) = given {
        *setting = given;
    }
}

fn language(value: &Value) -> Result<String, String> {
    let is_language = |text: &&str| {
        let (language, region) =
            text.split_once('_').map_or((*text, None), |(language, region)| (language, Some(region)));
        let two = |part: &str, is: fn(&u8) -> bool| part.len() == 2 && part.as_bytes().iter().all(is);
        two(language, u8::is_ascii_lowercase) && region.is_none_or(|region| two(region, u8::is_ascii_uppercase))
    };
    let language = value.as_str().filter(is_language).map(str::to_owned);
    language.ok_or_else(|| "must be a language such as pt_BR, en or es".to_owned())
}

fn colour(value: &Value) -> Result<String, String> {
    let is_colour = |text: &&str| {
        text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    value.as_str().filter(is_colour).map(str::to_owned).ok_or_else(|| "must be a colour as #RRGGBB".to_owned())
}

/// The media type of a logo, by its first bytes. The type that an upload declares is ignored, and formats that can hold
/// scripts are refused.
///
/// # Errors
/// [`Refusal::Invalid`] where it is too large or no such picture.
pub fn logo_type(bytes: &[u8]) -> Result<&'static str, Refusal> {
    if bytes.len() > MAX_LOGO {
        return Err(Refusal::Invalid(vec![format!("logo must not be larger than {MAX_LOGO} bytes")]));
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Ok("image/jpeg")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Ok("image/webp")
    } else {
        Err(Refusal::Invalid(vec!["logo must be a PNG, JPEG or WebP picture".to_owned()]))
    }
}
