//! Problems of the domain in the words of class-validator: each follows the name of the field that has it.

use domain::{
    card::{NotACvv, NotAnExpiry},
    document::DocumentProblem,
    endpoint::AddressProblem,
    limits::{MAX_AMOUNT, MAX_TEXT},
    merchant::order::{MAX_KEY, NotAKey},
    method::{NotAPercentage, NotServed, PaymentType},
    money::TooLarge,
};

/// A problem that has words for callers.
pub(crate) trait Worded {
    /// What the field must be instead.
    fn worded(&self) -> String;
}

impl Worded for AddressProblem {
    fn worded(&self) -> String {
        let must = match self {
            Self::Characters => "must not contain spaces or control characters",
            Self::NotAUrl => "must be a URL address",
            Self::NotHttps => "must be an https URL address",
            Self::Credentials => "must not contain a user name or a password",
            Self::Fragment => "must not contain a fragment",
            Self::NotPublic => "must be at a public address",
            Self::NotAnOrigin => "must be an origin without a path, such as https://shop.example",
        };
        must.to_owned()
    }
}

impl Worded for DocumentProblem {
    fn worded(&self) -> String {
        match self {
            Self::Kind => "must be a document type".to_owned(),
            Self::Number => format!("must have at least one letter or digit and at most {MAX_TEXT} characters"),
            Self::Cpf => "must be a valid CPF".to_owned(),
            Self::Cnpj => "must be a valid CNPJ".to_owned(),
            Self::Country => "must be an ISO 3166-1 alpha-2 code".to_owned(),
        }
    }
}

impl Worded for NotACvv {
    fn worded(&self) -> String {
        "must have 3 or 4 digits".to_owned()
    }
}

impl Worded for NotAKey {
    fn worded(&self) -> String {
        format!("must be 1 to {MAX_KEY} letters, digits and signs of ASCII, without spaces")
    }
}

impl Worded for NotAnExpiry {
    fn worded(&self) -> String {
        "must be a date in the format MM/YYYY".to_owned()
    }
}

impl Worded for NotAPercentage {
    fn worded(&self) -> String {
        "must be a percentage from 0.01 to 100 with at most 2 decimals".to_owned()
    }
}

impl Worded for NotServed {
    fn worded(&self) -> String {
        let served: Vec<_> = PaymentType::ALL.iter().map(|method| method.name()).collect();
        format!("must be one of the following values: {}", served.join(", "))
    }
}

impl Worded for TooLarge {
    fn worded(&self) -> String {
        format!("must not be greater than {MAX_AMOUNT}")
    }
}
