//! Shoppers' identity documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_TEXT;

/// What kind of document a shopper has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A person's number in Brazil's tax register.
    Cpf,
    /// A company's number in Brazil's tax register.
    Cnpj,
    /// The shopper has none.
    NoDocument,
    /// Another national document, under the name that the merchant gave.
    Other(String),
}

impl DocumentKind {
    /// Reads a name without regard to case.
    fn read(name: &str) -> Result<Self, DocumentProblem> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        match name.to_ascii_lowercase().as_str() {
            "cpf" => Ok(Self::Cpf),
            "cnpj" => Ok(Self::Cnpj),
            "nodocument" => Ok(Self::NoDocument),
            _ if (1..=MAX_TEXT).contains(&name.len()) && name.bytes().all(plain) => Ok(Self::Other(name.to_owned())),
            _ => Err(DocumentProblem::Kind),
        }
    }
}

/// The name on the wire.
impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpf => "cpf",
            Self::Cnpj => "cnpj",
            Self::NoDocument => "noDocument",
            Self::Other(name) => name,
        })
    }
}

/// A shopper's document. CPF and CNPJ numbers are kept without punctuation and their check digits hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Document {
    kind: DocumentKind,
    number: Option<String>,
    country: String,
}

/// Why the parts make no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentProblem {
    /// The kind's name is empty, too long or not made of letters, digits, `-` and `_`.
    #[error("no kind of document")]
    Kind,
    /// The kind asks for a number and there is none, or it has no letter or digit, or it is too long.
    #[error("the document's number has no letter or digit, or is too long")]
    Number,
    /// Not eleven digits, or the check digits do not follow from the others.
    #[error("no CPF")]
    Cpf,
    /// Not twelve letters or digits and two digits, or the check digits do not follow from the others.
    #[error("no CNPJ")]
    Cnpj,
    /// Not two letters.
    #[error("no code of a country in two letters")]
    Country,
}

impl Document {
    /// A document of `kind` with `number`, issued in `country` (Brazil when none is given).
    ///
    /// A CPF of one repeated digit is taken: its check digits hold, and Malga, "Drip", sends
    /// 11111111111. With no document, a number is ignored.
    ///
    /// # Errors
    /// The first [`DocumentProblem`] that applies.
    pub fn new(kind: &str, number: Option<&str>, country: Option<&str>) -> Result<Self, DocumentProblem> {
        let kind = DocumentKind::read(kind)?;
        let number = match (&kind, number.unwrap_or_default().trim()) {
            (DocumentKind::Cpf, number) => Some(cpf(number)?),
            (DocumentKind::Cnpj, number) => Some(cnpj(number)?),
            (DocumentKind::Other(_), number) => Some(other(number)?),
            (DocumentKind::NoDocument, _) => None,
        };
        let country = country.unwrap_or("BR");
        if country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            Ok(Self { kind, number, country: country.to_ascii_uppercase() })
        } else {
            Err(DocumentProblem::Country)
        }
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> &DocumentKind {
        &self.kind
    }

    /// Its number: none only for [`DocumentKind::NoDocument`].
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// The country that issued it, ISO 3166-1 alpha-2.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }

    /// One text for one person, however the number was written: `cpf:72912053013`, `dni:AR:30123456`.
    ///
    /// A CPF or CNPJ is Brazilian whatever country came with it. None without a document.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        let number = self.number.as_deref()?;
        Some(match &self.kind {
            DocumentKind::Other(name) => {
                let name = name.to_ascii_lowercase();
                let number: String = number.chars().filter(|c| c.is_alphanumeric()).collect();
                format!("{name}:{}:{}", self.country, number.to_uppercase())
            }
            kind @ (DocumentKind::Cpf | DocumentKind::Cnpj | DocumentKind::NoDocument) => format!("{kind}:{number}"),
        })
    }
}

/// The parts as they are stored; reading them back goes through the same checks.
#[derive(Serialize, Deserialize)]
struct Stored {
    kind: String,
    number: Option<String>,
    country: String,
}

impl TryFrom<Stored> for Document {
    type Error = DocumentProblem;

    fn try_from(stored: Stored) -> Result<Self, DocumentProblem> {
        Self::new(&stored.kind, stored.number.as_deref(), Some(&stored.country))
    }
}

impl From<Document> for Stored {
    fn from(document: Document) -> Self {
        Self { kind: document.kind.to_string(), number: document.number, country: document.country }
    }
}

fn cpf(number: &str) -> Result<String, DocumentProblem> {
    let number = without_punctuation(number);
    let digits = number.len() == 11 && number.bytes().all(|byte| byte.is_ascii_digit());
    // Eleven weights never come round on ten characters: a CPF's weights only grow.
    if digits && check_digits_hold(&number, 11) { Ok(number) } else { Err(DocumentProblem::Cpf) }
}

/// Digits, and since July 2026 letters too, each worth its ASCII code less 48
/// (Receita Federal, IN RFB 2.229/2024; the check digits stay digits).
fn cnpj(number: &str) -> Result<String, DocumentProblem> {
    let number = without_punctuation(number).to_ascii_uppercase();
    let characters = number.len() == 14 && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if characters && check_digits_hold(&number, 9) { Ok(number) } else { Err(DocumentProblem::Cnpj) }
}

fn other(number: &str) -> Result<String, DocumentProblem> {
    if number.contains(char::is_alphanumeric) && number.chars().count() <= MAX_TEXT {
        Ok(number.to_owned())
    } else {
        Err(DocumentProblem::Number)
    }
}

fn without_punctuation(number: &str) -> String {
    number.replace(['.', '-', '/'], "")
}

/// Whether each of the last two characters is the check digit of all before it.
fn check_digits_hold(number: &str, top_weight: u32) -> bool {
    let values: Vec<u32> = number.bytes().map(|byte| u32::from(byte.saturating_sub(b'0'))).collect();
    match values.as_slice() {
        [body @ .., first, second] => {
            check_digit(body, top_weight) == *first && check_digit(&[body, &[*first]].concat(), top_weight) == *second
        }
        _ => false,
    }
}

/// Modulo 11: from the right, weights 2 up to `top_weight` and again from 2; remainders 0 and 1 give 0.
fn check_digit(values: &[u32], top_weight: u32) -> u32 {
    let weighted = values.iter().rev().zip((2..=top_weight).cycle());
    let sum: u32 = weighted.map(|(value, weight)| value.saturating_mul(weight)).sum();
    // Ten times the remainder is eleven less it, modulo 11; the ten that remainder 1 gives becomes 0.
    sum.saturating_mul(10) % 11 % 10
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use super::*;

    fn number(kind: &str, number: &str) -> Result<Option<String>, DocumentProblem> {
        Document::new(kind, Some(number), None).map(|document| document.number)
    }

    #[test]
    fn the_documents_of_the_source_documents_are_taken() {
        for text in ["72912053013", "11111111111"] {
            let document = Document::new("cpf", Some(text), None).unwrap();
            assert_eq!(document.number(), Some(text));
            assert_eq!((document.kind(), document.country()), (&DocumentKind::Cpf, "BR"));
            assert_eq!(document.identity(), Some(format!("cpf:{text}")));
        }
    }

    #[test]
    fn a_cpf_has_eleven_digits_of_which_two_check() {
        assert_eq!(number("cpf", " 729.120.530-13 "), Ok(Some("72912053013".to_owned())));
        // Remainder 1 gives check digit 0.
        assert_eq!(number("cpf", "00000000604"), Ok(Some("00000000604".to_owned())));
        for text in ["72912053012", "72912053003", "7291205301", "072912053013", "7291205301A", "729 120 530 13", ""] {
            assert_eq!(number("cpf", text), Err(DocumentProblem::Cpf), "{text}");
        }
        assert_eq!(Document::new("cpf", None, None), Err(DocumentProblem::Cpf));
    }

    #[test]
    fn a_cnpj_has_twelve_letters_or_digits_and_two_check_digits() {
        for (text, plain) in [
            ("00.000.000/0001-91", "00000000000191"),
            ("44038188000132", "44038188000132"),
            ("12.ABC.345/01DE-35", "12ABC34501DE35"),
            ("12.abc.345/01de-35", "12ABC34501DE35"),
        ] {
            assert_eq!(number("cnpj", text), Ok(Some(plain.to_owned())), "{text}");
        }
        for text in [
            "12ABC34501DE34",
            "12ABC34501DE27",
            "12ABD34501DE35",
            "12ABC34501DE3E",
            "0000000000191",
            "12:BC34501DE22",
            "",
        ] {
            assert_eq!(number("cnpj", text), Err(DocumentProblem::Cnpj), "{text}");
        }
    }

    #[test]
    fn kinds_are_read_in_any_case_and_printed_in_one() {
        for (read, printed) in [("CPF", "cpf"), ("Cpf", "cpf"), ("NODOCUMENT", "noDocument"), ("Passport", "Passport")]
        {
            let document = Document::new(read, Some("72912053013"), None).unwrap();
            assert_eq!(document.kind().to_string(), printed);
        }
        for kind in ["", "c p f", "cpf:", "çpf", &"k".repeat(MAX_TEXT + 1)] {
            assert_eq!(Document::new(kind, Some("72912053013"), None), Err(DocumentProblem::Kind), "{kind}");
        }
    }

    #[test]
    fn no_document_has_no_number_and_no_identity() {
        for given in [None, Some("72912053013")] {
            let document = Document::new("noDocument", given, None).unwrap();
            assert_eq!((document.number(), document.identity()), (None, None));
        }
    }

    #[test]
    fn another_document_needs_a_number_of_some_letter_or_digit() {
        assert_eq!(number("dni", " 30.123.456 "), Ok(Some("30.123.456".to_owned())));
        assert_eq!(Document::new("dni", None, Some("AR")), Err(DocumentProblem::Number));
        for text in ["", "  ", "-.-", &"1".repeat(MAX_TEXT + 1)] {
            assert_eq!(number("dni", text), Err(DocumentProblem::Number), "{text}");
        }
    }

    #[test]
    fn a_country_is_two_letters() {
        let country = |text| Document::new("dni", Some("1"), text).map(|document| document.country);
        assert_eq!(country(None), Ok("BR".to_owned()));
        assert_eq!(country(Some("ar")), Ok("AR".to_owned()));
        for text in ["", "A", "ARG", "A1", "ã"] {
            assert_eq!(country(Some(text)), Err(DocumentProblem::Country), "{text}");
        }
    }

    #[test]
    fn one_person_has_one_identity() {
        let identity = |kind, number, country| Document::new(kind, Some(number), Some(country)).unwrap().identity();
        assert_eq!(identity("CPF", "729.120.530-13", "US"), Some("cpf:72912053013".to_owned()));
        assert_eq!(identity("cnpj", "12.abc.345/01de-35", "BR"), Some("cnpj:12ABC34501DE35".to_owned()));
        assert_eq!(identity("DNI", "30.123.456", "ar"), Some("dni:AR:30123456".to_owned()));
        assert_eq!(identity("passport", "ab 123", "AR"), identity("Passport", "AB123", "AR"));
        assert_ne!(identity("passport", "AB123", "AR"), identity("passport", "AB123", "UY"));
    }

    #[test]
    fn what_is_stored_is_read_back_and_checked_again() {
        for (kind, number) in
            [("CPF", "729.120.530-13"), ("cnpj", "12.abc.345/01de-35"), ("DNI", " 1.2 "), ("nodocument", "")]
        {
            let document = Document::new(kind, Some(number), Some("ar")).unwrap();
            assert_eq!(Document::try_from(Stored::from(document.clone())), Ok(document));
        }
        let forged = Stored { kind: "cpf".to_owned(), number: Some("1".to_owned()), country: "BR".to_owned() };
        assert_eq!(Document::try_from(forged), Err(DocumentProblem::Cpf));
    }
}
