//! The page of a session, as the hub sends it: what a shopper sees of the payment is drawn by its script.

use std::cmp::Reverse;

use domain::ids::{ClientId, SessionId};

use crate::accept::accepted;

/// Where a session is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// In a page of the hub's own.
    Page,
    /// In a frame of a merchant's page.
    Frame,
}

impl Surface {
    const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Frame => "frame",
        }
    }
}

/// A language of the checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Portuguese.
    Portuguese,
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The one that an `Accept-Language` prefers, the first of several; Portuguese where it names none.
    #[must_use]
    pub fn of(header: Option<&str>) -> Self {
        let named = accepted(header.unwrap_or_default());
        let known = named.filter_map(|(range, weight)| Some((Self::named(&range)?, weight)));
        known.min_by_key(|(_, weight)| Reverse(*weight)).map_or(Self::Portuguese, |(language, _)| language)
    }

    /// The language of a range in lower case, such as `pt-br`.
    fn named(range: &str) -> Option<Self> {
        let tag = range.split('-').next();
        [Self::Portuguese, Self::English, Self::Spanish].into_iter().find(|language| tag == Some(language.tag()))
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::Portuguese => "pt",
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Portuguese => "Pagamento",
            Self::English => "Payment",
            Self::Spanish => "Pago",
        }
    }

    /// What a page says until its script has arrived.
    const fn loading(self) -> &'static str {
        match self {
            Self::Portuguese => "O pagamento está carregando. Se nada aparecer, recarregue a página.",
            Self::English => "The payment is loading. If nothing appears, reload the page.",
            Self::Spanish => "El pago se está cargando. Si no aparece nada, recargue la página.",
        }
    }

    const fn needs_script(self) -> &'static str {
        match self {
            Self::Portuguese => "Para pagar aqui, ative o JavaScript do navegador.",
            Self::English => "To pay here, turn on JavaScript in your browser.",
            Self::Spanish => "Para pagar aquí, active JavaScript en el navegador.",
        }
    }

    const fn not_found(self) -> &'static str {
        match self {
            Self::Portuguese => "Este pagamento não existe. Confira o endereço ou peça outro à loja.",
            Self::English => "This payment does not exist. Check the address, or ask the shop for another.",
            Self::Spanish => "Este pago no existe. Revise la dirección o pida otra a la tienda.",
        }
    }
}

/// The page of one session.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Where it is shown.
    pub surface: Surface,
    /// The language until its script has chosen one.
    pub language: Language,
    /// The session.
    pub session: SessionId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// Whether it is in a frame that only pages of named origins may have.
    pub is_named: bool,
    /// Whether payments are of the sandbox.
    pub is_sandbox: bool,
    /// The style sheet.
    pub style: &'a str,
    /// The path of the script.
    pub script: &'a str,
    /// The hash of the script.
    pub integrity: &'a str,
}

impl Document<'_> {
    /// The page in HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let Self { surface, language, session, client, style, script, integrity, .. } = self;
        let embedding = if self.is_named { "named" } else { "any" };
        let attributes = format!(
            " data-surface=\"{}\" data-session=\"{session}\" data-client=\"{client}\" data-embedding=\"{embedding}\" \
             data-sandbox=\"{}\"",
            surface.name(),
            self.is_sandbox
        );
        let script = format!("<script type=\"module\" src=\"{script}\" integrity=\"{integrity}\"></script>\n");
        let body = format!(
            "<main id=\"checkout\"><h1 class=\"sentence\">{}</h1></main>\n<noscript><p>{}</p></noscript>",
            language.loading(),
            language.needs_script()
        );
        page(*language, &attributes, style, &script, &body)
    }
}

/// The page, in HTML, of a session that does not exist.
#[must_use]
pub fn missing(language: Language, style: &str) -> String {
    // In a frame, the page around it has a main part too: the name distinguishes this one.
    let body = format!(
        "<main id=\"checkout\" aria-label=\"{}\"><h1 class=\"sentence\">{}</h1></main>",
        language.title(),
        language.not_found()
    );
    page(language, "", style, "", &body)
}

/// The style sheet is not indented: its hash is of every byte of the element.
fn page(language: Language, attributes: &str, style: &str, script: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n\
         <html lang=\"{}\"{attributes}>\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <style>{style}</style>\n\
         {script}\
         </head>\n\
         <body>\n\
         {body}\n\
         </body>\n\
         </html>\n",
        language.tag(),
        language.title()
    )
}
