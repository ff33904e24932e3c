//! What a page asks the shopper for, with what its library checks and how it shows it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{context::Language, image, product::Product};

/// A field of a product.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its name, under which the page encrypts the value.
    pub id: &'static str,
    /// What a value is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Always false.
    pub used_for_lookup: bool,
    /// What the library checks.
    pub data_restrictions: DataRestrictions,
    /// How the page shows it.
    pub display_hints: FieldHints,
}

/// What the library checks of a value.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataRestrictions {
    /// Whether there must be a value.
    pub is_required: bool,
    /// The checks, by their names.
    pub validators: BTreeMap<&'static str, Value>,
}

/// How a page shows a field.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldHints {
    /// Whether it is shown even where a stored card has the value.
    pub always_show: bool,
    /// Its place.
    pub display_order: u8,
    /// The element of the form.
    pub form_element: FormElement,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'static str>,
    /// How the value is grouped: `9` is a digit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<&'static str>,
    /// Whether the value is hidden from who looks on.
    pub obfuscate: bool,
    /// What an empty field shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder_label: Option<&'static str>,
    /// The keyboard of a telephone.
    pub preferred_input_type: &'static str,
    /// Where the shopper finds the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tooltip: Option<Tooltip>,
}

/// The element of a form.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FormElement {
    /// Always `text`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// Where the shopper finds a value.
#[derive(Clone, Debug, Serialize)]
pub struct Tooltip {
    /// An image.
    pub image: &'static str,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'static str>,
}

/// The fields of a product, without texts where there is no language.
pub(super) fn of(product: Product, language: Option<Language>) -> Vec<Field> {
    let stated: &[Stated] = match product {
        Product::Boleto => &BOLETO,
        Product::Pix => &PIX,
        Product::Visa
        | Product::Mastercard
        | Product::Elo
        | Product::AmericanExpress
        | Product::HiperCard
        | Product::Diners
        | Product::Discover
        | Product::Jcb => &CARD,
    };
    stated.iter().map(|field| field.printed(language)).collect()
}

/// The fields of every card.
pub(super) fn of_cards(language: Option<Language>) -> Vec<Field> {
    CARD.iter().map(|field| field.printed(language)).collect()
}

/// A text in each language.
struct Text {
    english: &'static str,
    portuguese: &'static str,
}

impl Text {
    const fn new(english: &'static str, portuguese: &'static str) -> Self {
        Self { english, portuguese }
    }

    const fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Portuguese => self.portuguese,
        }
    }
}

enum Check {
    Luhn,
    ExpirationDate,
    Length(u8, u8),
    Pattern(&'static str),
    /// Required where the shopper's document has so many digits.
    RequiredWith(u8),
}

impl Check {
    fn printed(&self) -> (&'static str, Value) {
        match self {
            Self::Luhn => ("luhn", json!({})),
            Self::ExpirationDate => ("expirationDate", json!({})),
            Self::Length(least, most) => ("length", json!({"minLength": least, "maxLength": most})),
            Self::Pattern(pattern) => ("regularExpression", json!({"regularExpression": pattern})),
            Self::RequiredWith(digits) => ("boletoBancarioRequiredness", json!({"fiscalNumberLength": digits})),
        }
    }
}

const DIGITS: (&str, &str) = ("numericstring", "IntegerKeyboard");
const EXPIRY: (&str, &str) = ("expirydate", "IntegerKeyboard");
const LETTERS: (&str, &str) = ("string", "StringKeyboard");

/// A field as it is stated below.
struct Stated {
    id: &'static str,
    /// What a value is, and the keyboard for it.
    kind: (&'static str, &'static str),
    order: u8,
    is_required: bool,
    checks: &'static [Check],
    label: Text,
    mask: Option<&'static str>,
    /// Of the CVV alone.
    tooltip: Option<Text>,
}

impl Stated {
    fn printed(&self, language: Option<Language>) -> Field {
        let label = language.map(|language| self.label.in_language(language));
        Field {
            id: self.id,
            kind: self.kind.0,
            used_for_lookup: false,
            data_restrictions: DataRestrictions {
                is_required: self.is_required,
                validators: self.checks.iter().map(Check::printed).collect(),
            },
            display_hints: FieldHints {
                always_show: self.tooltip.is_some(),
                display_order: self.order,
                form_element: FormElement { kind: "text" },
                label,
                mask: self.mask,
                obfuscate: false,
                placeholder_label: label,
                preferred_input_type: self.kind.1,
                tooltip: self.tooltip.as_ref().map(|text| Tooltip {
                    image: image::SECURITY_CODE,
                    label: language.map(|language| text.in_language(language)),
                }),
            },
        }
    }
}

/// The fields of cards (Worldline, "Get payment product", product 1), and the holder's name, which some of the
/// merchant's providers want.
const CARD: [Stated; 4] = [
    Stated {
        id: "cardNumber",
        kind: DIGITS,
        order: 10,
        is_required: true,
        checks: &[Check::Luhn, Check::Length(12, 19)],
        label: Text::new("Card number", "Número do cartão"),
        mask: Some("{{9999}} {{9999}} {{9999}} {{9999}} {{999}}"),
        tooltip: None,
    },
    Stated {
        id: "expiryDate",
        kind: EXPIRY,
        order: 20,
        is_required: true,
        checks: &[Check::ExpirationDate, Check::Length(4, 4), Check::Pattern("^(?:0[1-9]|1[0-2])[0-9]{2}$")],
        label: Text::new("Expiry date", "Validade"),
        mask: Some("{{99}}/{{99}}"),
        tooltip: None,
    },
    Stated {
        id: "cvv",
        kind: DIGITS,
        order: 24,
        is_required: false,
        checks: &[Check::Length(3, 4), Check::Pattern("^[0-9]{3}[0-9]?$")],
        label: Text::new("Security code", "Código de segurança"),
        mask: Some("{{9999}}"),
        tooltip: Some(Text::new(
            "The three digits on the back of the card, or the four on its front",
            "Os três dígitos no verso do cartão, ou os quatro na frente",
        )),
    },
    Stated {
        id: "cardholderName",
        kind: LETTERS,
        order: 30,
        is_required: false,
        checks: &[Check::Length(2, 51)],
        label: Text::new("Name on the card", "Nome no cartão"),
        mask: None,
        tooltip: None,
    },
];

/// The shopper's document. A Pix has no other field.
const DOCUMENT: Stated = Stated {
    id: "fiscalNumber",
    kind: DIGITS,
    order: 10,
    is_required: true,
    checks: &[Check::Pattern(r"^\d{11}$|^\d{14}$")],
    label: Text::new("CPF or CNPJ", "CPF ou CNPJ"),
    mask: None,
    tooltip: None,
};

const PIX: [Stated; 1] = [DOCUMENT];

/// The fields of a boleto (Worldline, "Get payment product", product 1503): a person has names, a company has one.
const BOLETO: [Stated; 9] = [
    DOCUMENT,
    of_shopper("firstName", 20, false, &[Check::Length(0, 15), Check::RequiredWith(11)], ("First name", "Nome")),
    of_shopper("surname", 30, false, &[Check::Length(0, 35), Check::RequiredWith(11)], ("Surname", "Sobrenome")),
    of_shopper("companyName", 40, false, &[Check::Length(0, 40), Check::RequiredWith(14)], ("Company", "Empresa")),
    of_shopper("street", 50, true, &[Check::Length(0, 50)], ("Street", "Rua")),
    of_shopper("houseNumber", 60, false, &[Check::Length(0, 15)], ("House number", "Número")),
    Stated {
        kind: DIGITS,
        mask: Some("{{99999}}-{{999}}"),
        ..of_shopper("zip", 70, true, &[Check::Length(0, 8)], ("Postal code", "CEP"))
    },
    of_shopper("city", 80, true, &[Check::Length(0, 20)], ("City", "Cidade")),
    of_shopper("stateCode", 90, true, &[Check::Length(0, 2)], ("State", "UF")),
];

const fn of_shopper(
    id: &'static str,
    order: u8,
    is_required: bool,
    checks: &'static [Check],
    label: (&'static str, &'static str),
) -> Stated {
    Stated {
        id,
        kind: LETTERS,
        order,
        is_required,
        checks,
        label: Text::new(label.0, label.1),
        mask: None,
        tooltip: None,
    }
}
