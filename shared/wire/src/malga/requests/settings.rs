//! Settings of a merchant.

use domain::{
    endpoint::AddressProblem,
    limits::{MAX_ENDPOINT, MAX_LOGO, MAX_ORIGINS, MAX_TEXT},
    merchant::Settings,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema, schema::ArrayBuilder};

use crate::{
    malga::schema,
    object::{fields, object},
    problems::Worded,
    reader::Fields,
    rules::{Described, Rule, email, shaped, short},
    texts::{has_no_card_number, text},
};

fields! {
    /// A change of a merchant's settings: a field that is absent stays, an empty text removes the setting. Sent as
    /// JSON, or as a form (`multipart/form-data`) that may also hold the picture `logo`.
    #[example({
        "companyName": "Loja 1",
        "mainColor": "#0A7E3F",
        "language": "pt_BR",
    })]
    pub struct ChangeSettings(fields, origin: Origin<'_>) {
        /// Its name.
        "companyName" => company_name: Option<String> = optional(text(MAX_TEXT).without_card_numbers()),
        /// Its e-mail address.
        "email" => email: Option<String> = optional(or_empty(email().check(|email| has_no_card_number(email)))),
        /// Its telephone.
        "phone" => phone: Option<String> = optional(text(MAX_TEXT).of_any_digits()),
        /// Its tax document.
        "documentNumber" => document_number: Option<String> = optional(text(MAX_TEXT).of_any_digits()),
        /// The statement descriptor: the text on a shopper's statement.
        "statementDescription" => statement_description: Option<String> =
            optional(text(MAX_TEXT).without_card_numbers()),
        /// Its language towards shoppers, such as `pt_BR` or `en`.
        "language" => language: Option<String> = optional(or_empty(language())),
        /// The main colour: `#RRGGBB`, as all colours.
        "mainColor" => main_color: Option<String> = optional(or_empty(colour())),
        /// The secondary colour.
        "secondaryColor" => secondary_color: Option<String> = optional(or_empty(colour())),
        /// The background colour.
        "backgroundColor" => background_color: Option<String> = optional(or_empty(colour())),
        /// The colour of warnings.
        "attentionColor" => attention_color: Option<String> = optional(or_empty(colour())),
        /// The colour of errors.
        "errorColor" => error_color: Option<String> = optional(or_empty(colour())),
        /// The colour of success.
        "successColor" => success_color: Option<String> = optional(or_empty(colour())),
        /// The origins, such as `https://shop.example`, under which a public key may name `successRedirectUrl` and
        /// `cancelRedirectUrl`; without one it names none. In a form it cannot be changed.
        "redirectOrigins" => redirect_origins: Option<Vec<String>> = optional(origins()).given(origin),
        /// The origins, such as `https://shop.example`, whose pages may have the checkout in a frame; without one every
        /// `https` page may, and the checkout offers no saved cards. In a form it cannot be changed.
        "checkoutOrigins" => checkout_origins: Option<Vec<String>> = optional(origins()).given(origin),
    }
}

impl ChangeSettings {
    /// The settings `before`, with the changes in `body`; `origin` knows which origins a browser may be sent to, and how
    /// they are written.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(
        body: &Value,
        before: Settings,
        origin: impl Fn(&str) -> Result<String, AddressProblem>,
    ) -> Result<Settings, Refusal> {
        super::read(body, |body| {
            let change = body.part(object::<Self>().given(&origin as Origin<'_>))?;
            if body.value("logo").is_some() {
                body.problem("logo", "must be a file of a form (multipart/form-data)");
            }
            let mut next = before;
            set(&mut next.company_name, change.company_name);
            set(&mut next.email, change.email);
            set(&mut next.phone, change.phone);
            set(&mut next.document_number, change.document_number);
            set(&mut next.statement_description, change.statement_description);
            set(&mut next.language, change.language);
            set(&mut next.main_color, change.main_color);
            set(&mut next.secondary_color, change.secondary_color);
            set(&mut next.background_color, change.background_color);
            set(&mut next.attention_color, change.attention_color);
            set(&mut next.error_color, change.error_color);
            set(&mut next.success_color, change.success_color);
            next.redirect_origins = change.redirect_origins.unwrap_or(next.redirect_origins);
            next.checkout_origins = change.checkout_origins.unwrap_or(next.checkout_origins);
            Some(next)
        })
    }
}

/// An empty text removes.
fn set(setting: &mut Option<String>, said: Option<String>) {
    if let Some(said) = said {
        *setting = Some(said).filter(|said| !said.is_empty());
    }
}

/// The rule, or an empty text.
fn or_empty<R: Rule<Read = String>>(rule: R) -> impl Rule<Read = String> {
    OrEmpty(rule)
}

struct OrEmpty<R>(R);

impl<R: Described> Described for OrEmpty<R> {
    fn schema(&self) -> RefOr<Schema> {
        match self.0.schema() {
            RefOr::T(Schema::Object(mut text)) => {
                text.pattern = text.pattern.map(|pattern| format!("^$|{pattern}"));
                text.into()
            }
            other => other,
        }
    }
}

impl<R: Rule<Read = String>> Rule for OrEmpty<R> {
    type Read = String;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<String> {
        if value.as_str().is_some_and(str::is_empty) { Some(String::new()) } else { self.0.read(value, at, name) }
    }
}

/// Knows which origins a browser may be sent to, and how they are written.
type Origin<'a> = &'a dyn Fn(&str) -> Result<String, AddressProblem>;

/// A list of at most [`MAX_ORIGINS`] origins.
const fn origins() -> Origins<()> {
    Origins { most: MAX_ORIGINS, origin: () }
}

struct Origins<Given> {
    most: usize,
    origin: Given,
}

impl Origins<()> {
    /// Reads with who knows origins.
    fn given(self, origin: Origin<'_>) -> Origins<Origin<'_>> {
        Origins { most: self.most, origin }
    }
}

impl<Given> Described for Origins<Given> {
    fn schema(&self) -> RefOr<Schema> {
        ArrayBuilder::new().items(schema::endpoint()).max_items(Some(self.most)).into()
    }
}

impl Rule for Origins<Origin<'_>> {
    type Read = Vec<String>;

    fn read(self, value: &Value, at: &mut Fields<'_>, name: &str) -> Option<Vec<String>> {
        let Some(elements) = value.as_array() else { return at.refuse(name, "must be an array") };
        if elements.len() > self.most {
            return at.refuse(name, &format!("must contain no more than {} elements", self.most));
        }
        let read = |element: &Value| {
            let text = short(element, MAX_ENDPOINT)?;
            has_no_card_number(&text)?;
            (self.origin)(&text).map_err(|problem| problem.worded())
        };
        let mut origins = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            match read(element) {
                Ok(origin) => origins.push(origin),
                Err(problem) => at.problem(&format!("{name}.{index}"), &problem),
            }
        }
        Some(origins)
    }
}

fn language() -> impl Rule<Read = String> {
    let is_language = |text: &str| {
        let (language, region) =
            text.split_once('_').map_or((text, None), |(language, region)| (language, Some(region)));
        let two = |part: &str, is: fn(&u8) -> bool| part.len() == 2 && part.as_bytes().iter().all(is);
        two(language, u8::is_ascii_lowercase) && region.is_none_or(|region| two(region, u8::is_ascii_uppercase))
    };
    shaped("^[a-z]{2}(_[A-Z]{2})?$", is_language, "must be a language such as pt_BR, en or es")
}

fn colour() -> impl Rule<Read = String> {
    let is_colour = |text: &str| {
        text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    shaped("^#[0-9A-Fa-f]{6}$", is_colour, "must be a colour as #RRGGBB")
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
