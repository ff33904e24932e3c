//! What each request may say. An unknown field and a wrong type are a 400, a missing field and a bad value a 422.

use std::{collections::BTreeMap, sync::LazyLock};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

use super::{books::Kind, errors};
use crate::fakes::Reply;

/// The payment methods that this account offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A card.
    Card,
    /// Pix.
    Pix,
    /// Boleto.
    Boleto,
}

impl Method {
    /// The method of a `paymentMethod.type`.
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "scheme" => Some(Self::Card),
            "pix" => Some(Self::Pix),
            "boletobancario"
            | "boletobancario_bancodobrasil"
            | "boletobancario_bradesco"
            | "boletobancario_itau"
            | "boletobancario_santander" => Some(Self::Boleto),
            _ => None,
        }
    }
}

/// The method of a new payment whose request is right.
pub(super) fn payment(body: &Value) -> Result<Method, Reply> {
    let kind = body["paymentMethod"]["type"].as_str();
    let Some(method) = kind.and_then(Method::of) else {
        return Err(errors::invalid("14_004", "Missing or invalid payment method"));
    };
    check(&PAYMENTS[&method], body)?;
    if method == Method::Card {
        card(body)?;
    }
    Ok(method)
}

/// What the schema of a card payment does not say.
fn card(body: &Value) -> Result<(), Reply> {
    let number = body["paymentMethod"]["number"].as_str().unwrap();
    if !passes_luhn(number) {
        return Err(errors::invalid("101", "Invalid card number"));
    }
    // Only a payment with credentials that were stored has no code: the shopper is not there to type it.
    let is_stored = body["shopperInteraction"] == "ContAuth";
    if is_stored && body["recurringProcessingModel"].is_null() {
        return Err(errors::invalid("702", "Required field 'recurringProcessingModel' is not provided."));
    }
    if !is_stored && body["paymentMethod"]["cvc"].is_null() {
        return Err(errors::invalid("103", "CVC is not provided."));
    }
    if body["additionalData"]["manualCapture"] == "true" && !body["captureDelayHours"].is_null() {
        // Which of them wins is not published.
        return Err(errors::invalid("702", "A manual capture has no delay."));
    }
    Ok(())
}

fn passes_luhn(number: &str) -> bool {
    let digits = number.chars().rev().map(|digit| digit.to_digit(10).unwrap());
    let sum: u32 =
        digits.zip([1, 2].into_iter().cycle()).map(|(digit, weight)| digit * weight).map(|p| p / 10 + p % 10).sum();
    sum.is_multiple_of(10)
}

/// Whether the request for a modification is right.
pub(super) fn modification(kind: Kind, body: &Value) -> Result<(), Reply> {
    check(&MODIFICATIONS[&kind], body)
}

static PAYMENTS: LazyLock<BTreeMap<Method, Validator>> = LazyLock::new(|| {
    [Method::Card, Method::Pix, Method::Boleto].map(|method| (method, compile(&payment_of(method)))).into()
});

static MODIFICATIONS: LazyLock<BTreeMap<Kind, Validator>> =
    LazyLock::new(|| Kind::ALL.map(|kind| (kind, compile(&modification_of(kind)))).into());

fn compile(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap()
}

fn check(schema: &Validator, body: &Value) -> Result<(), Reply> {
    let problems: Vec<_> = schema.iter_errors(body).collect();
    let malformed = problems.iter().find(|problem| is_malformed(problem));
    match malformed.or(problems.first()) {
        None => Ok(()),
        Some(problem) if is_malformed(problem) => {
            Err(errors::malformed(&format!("Unexpected input: {}", place(problem))))
        }
        Some(problem) => Err(refused(&place(problem))),
    }
}

const fn is_malformed(problem: &ValidationError) -> bool {
    matches!(problem.kind, ValidationErrorKind::AdditionalProperties { .. } | ValidationErrorKind::Type { .. })
}

/// The field of a problem. Its value, which may be a card number, is in no message.
fn place(problem: &ValidationError) -> String {
    let parent = problem.instance_path.to_string();
    match &problem.kind {
        ValidationErrorKind::Required { property } => format!("{parent}/{}", property.as_str().unwrap()),
        ValidationErrorKind::AdditionalProperties { unexpected } => format!("{parent}/{}", unexpected.join(" ")),
        _ => parent,
    }
}

fn refused(place: &str) -> Reply {
    match place {
        "/returnUrl" => errors::invalid("14_030", "Return URL is missing."),
        "/reference" => errors::invalid("130", "Required field 'reference' is not provided or too long."),
        "/amount/value" => errors::invalid("137", "Invalid amount specified"),
        "/amount/currency" => errors::invalid("138", "Unsupported currency specified"),
        "/paymentMethod/number" => errors::invalid("101", "Invalid card number"),
        "/paymentMethod/cvc" => errors::invalid("103", "CVC is not the right length"),
        _ => errors::invalid("702", &format!("Invalid or missing field: {}", place.trim_start_matches('/'))),
    }
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

fn text(most: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most})
}

fn pattern(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

fn amount(least: i64, currency: &str) -> Value {
    let properties = json!({"currency": pattern(currency), "value": {"type": "integer", "minimum": least}});
    object(&["currency", "value"], &properties)
}

fn modification_of(kind: Kind) -> Value {
    let mut properties = json!({"merchantAccount": {"type": "string"}, "reference": text(80)});
    let mut required = vec!["merchantAccount"];
    if matches!(kind, Kind::Capture | Kind::Refund) {
        required.push("amount");
        properties["amount"] = amount(1, "^[A-Z]{3}$");
    }
    if kind == Kind::Refund {
        properties["merchantRefundReason"] =
            json!({"enum": ["FRAUD", "CUSTOMER REQUEST", "RETURN", "DUPLICATE", "OTHER", null]});
    }
    if kind == Kind::TechnicalCancel {
        required.push("paymentReference");
        properties["paymentReference"] = text(80);
    }
    object(&required, &properties)
}

/// Fields of a payment that change nothing in the books, with the greatest length of their text.
const TEXTS: [(&str, usize); 8] = [
    ("countryCode", 2),
    ("merchantOrderReference", 1000),
    ("origin", 80),
    ("shopperEmail", 256),
    ("shopperIP", 50),
    ("shopperLocale", 10),
    ("telephoneNumber", 64),
    ("store", 64),
];

fn payment_of(method: Method) -> Value {
    let mut properties = json!({
        "merchantAccount": {"type": "string"},
        "reference": text(80),
        "returnUrl": text(1024),
        "shopperName": object(&["firstName", "lastName"], &json!({"firstName": text(80), "lastName": text(80)})),
        "socialSecurityNumber": pattern("^([0-9]{11}|[0-9A-Z]{12}[0-9]{2})$"),
        "billingAddress": address(),
        "additionalData": {"type": "object", "additionalProperties": {"type": "string"}},
        "metadata": {
            "type": "object",
            "maxProperties": 20,
            "propertyNames": {"maxLength": 20},
            "additionalProperties": {"type": "string", "maxLength": 80},
        },
        "browserInfo": {"type": "object"},
        "lineItems": {"type": "array", "items": {"type": "object"}},
        "channel": {"enum": ["iOS", "Android", "Web"]},
        "entityType": {"enum": ["NaturalPerson", "CompanyName"]},
        "recurringProcessingModel": {"enum": ["CardOnFile", "Subscription", "UnscheduledCardOnFile"]},
        "shopperInteraction": {"enum": ["Ecommerce", "ContAuth", "Moto", "POS"]},
        "shopperReference": {"type": "string", "minLength": 3, "maxLength": 256},
        "storePaymentMethod": {"type": "boolean"},
        "sessionValidity": {"type": "string"},
        "deliverAt": {"type": "string"},
        "deliveryDate": {"type": "string"},
        "shopperStatement": {"type": "string", "pattern": "^[a-zA-Z0-9 .,'_?+*/-]*$", "maxLength": statement(method)},
    });
    for (name, most) in TEXTS {
        properties[name] = text(most);
    }
    let of_method: &[&str] = match method {
        Method::Card => {
            properties["amount"] = amount(0, "^[A-Z]{3}$");
            properties["paymentMethod"] = card_details();
            properties["installments"] = object(&["value"], &json!({"value": {"type": "integer", "minimum": 1}}));
            properties["captureDelayHours"] = json!({"type": "integer", "minimum": 0, "maximum": 672});
            properties["additionalData"]["properties"] =
                json!({"manualCapture": {"type": "string", "enum": ["true", "false"]}});
            &[]
        }
        Method::Pix => {
            properties["amount"] = amount(1, "^BRL$");
            properties["paymentMethod"] = object(&["type"], &json!({"type": {"type": "string"}}));
            &["shopperName", "socialSecurityNumber", "sessionValidity"]
        }
        Method::Boleto => {
            properties["amount"] = amount(1, "^BRL$");
            properties["paymentMethod"] = object(&["type"], &json!({"type": {"type": "string"}}));
            &["shopperName", "socialSecurityNumber", "billingAddress", "deliverAt"]
        }
    };
    let always = ["amount", "merchantAccount", "paymentMethod", "reference", "returnUrl"];
    object(&[&always, of_method].concat(), &properties)
}

/// The greatest length of a statement. For a card 22 is what Adyen recommends at most; this account refuses more.
const fn statement(method: Method) -> usize {
    match method {
        Method::Card => 22,
        Method::Pix => 59,
        Method::Boleto => 10_000,
    }
}

fn card_details() -> Value {
    let properties = json!({
        "type": {"type": "string"},
        "number": pattern("^[0-9]{12,19}$"),
        "expiryMonth": pattern("^(0?[1-9]|1[0-2])$"),
        "expiryYear": pattern("^20[0-9]{2}$"),
        "holderName": text(15_000),
        "cvc": pattern("^[0-9]{3,4}$"),
        "brand": text(100),
        "fundingSource": {"enum": ["credit", "debit", "prepaid"]},
        "networkPaymentReference": text(100),
    });
    object(&["type", "number", "expiryMonth", "expiryYear", "holderName"], &properties)
}

/// An address in Brazil, where a state has two letters.
fn address() -> Value {
    let properties = json!({
        "street": text(3000),
        "houseNumberOrName": text(3000),
        "city": text(3000),
        "postalCode": text(10),
        "stateOrProvince": text(3),
        "country": text(2),
    });
    object(&["street", "houseNumberOrName", "city", "postalCode", "stateOrProvince", "country"], &properties)
}
