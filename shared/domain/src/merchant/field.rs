//! The fields of an account's credentials, as a provider's adapter describes them.

use crate::limits::{MAX_FIELD, MAX_PEM};

/// One field of an account's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the public API, in the command line and in the store.
    pub name: &'static str,
    /// Whether it is sealed and never shown again.
    pub is_secret: bool,
    /// Whether an account cannot do without it.
    pub is_required: bool,
    /// Whether it says where the account is at the provider. An account keeps it, because its charges are there. Never a
    /// secret: that is a key, which may change.
    pub is_where: bool,
    /// What its text must look like.
    pub form: Form,
    /// What it is and where the merchant finds it.
    pub help: &'static str,
}

/// What is wrong with a field that looks like what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field's name.
    pub name: &'static str,
    /// What it must be, and where the merchant finds that. Written so that it follows the name.
    pub problem: &'static str,
}

/// What the text of a field must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 1 to [`MAX_FIELD`] printable characters of ASCII without blanks: what a header may have.
    Word,
    /// 1 to [`MAX_FIELD`] characters without control characters.
    Text,
    /// An https address that the hub may call.
    Url,
    /// Hexadecimal digits, an even number of them.
    Hex,
    /// The client certificate of the account, alone or with its chain, in PEM. A provider has one such field at most,
    /// and a [`Form::PrivateKey`] with it.
    Certificate,
    /// The private key of the client certificate, in PEM.
    PrivateKey,
}

impl Form {
    /// Whether `text` looks like it. Of an address only its length is checked here.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        let is_short = (1..=MAX_FIELD).contains(&text.chars().count());
        let is_pem = |label: &str| {
            let text = text.trim();
            text.len() <= MAX_PEM
                && text.starts_with("-----BEGIN ")
                && text.contains(&format!("{label}-----"))
                && text.ends_with("-----")
        };
        match self {
            Self::Word => is_short && text.bytes().all(|byte| byte.is_ascii_graphic()),
            Self::Text => is_short && !text.chars().any(char::is_control),
            Self::Url => is_short,
            Self::Hex => is_short && text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Self::Certificate => is_pem("CERTIFICATE"),
            Self::PrivateKey => is_pem("PRIVATE KEY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_its_form_or_not() {
        let pem = |label: &str| format!("-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n");
        let long = "a".repeat(1025);
        for (form, text, fits) in [
            (Form::Word, "sk_live-1/+=", true),
            (Form::Word, "a b", false),
            (Form::Word, "chave-é", false),
            (Form::Word, "", false),
            (Form::Word, long.as_str(), false),
            (Form::Text, "Loja da Maria é", true),
            (Form::Text, "a\nb", false),
            (Form::Hex, "0aF1", true),
            (Form::Hex, "0aF", false),
            (Form::Hex, "xy", false),
            (Form::Certificate, &pem("CERTIFICATE"), true),
            (Form::Certificate, &pem("PRIVATE KEY"), false),
            (Form::PrivateKey, &pem("RSA PRIVATE KEY"), true),
            (Form::PrivateKey, &pem("EC PRIVATE KEY"), true),
            (Form::PrivateKey, "secret", false),
            (Form::PrivateKey, &"-----BEGIN PRIVATE KEY-----".repeat(1000), false),
        ] {
            assert_eq!(form.fits(text), fits, "{form:?}, {text:.40}");
        }
    }
}
