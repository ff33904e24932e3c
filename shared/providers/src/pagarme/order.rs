//! The body of a new order: one item, one payment, and its customer.

use domain::{
    brcode::upper_ascii,
    card::CardData,
    customer::{Address, CustomerData},
    document::DocumentKind,
    method::{Boleto, Method, Penalty, Rate},
};
use serde::Serialize;

use super::MAX_DESCRIPTOR;
use crate::{
    BuildError, Create,
    text::{cut, digits},
};

/// Characters of a name, an e-mail address or a card's holder, at most.
const MAX_NAME: usize = 64;
/// Characters of an item's description or a boleto's instructions, at most.
const MAX_TEXT: usize = 256;
/// What is bought, where the payment does not say it.
const NO_DESCRIPTION: &str = "Pagamento";
/// Brazil's country calling code.
const BRAZIL: &str = "55";

#[derive(Serialize)]
pub(super) struct Order<'a> {
    code: &'a str,
    customer: Customer<'a>,
    items: [Item<'a>; 1],
    payments: [Payment<'a>; 1],
}

#[derive(Serialize)]
struct Item<'a> {
    amount: u64,
    description: String,
    quantity: u8,
    code: &'a str,
}

#[derive(Serialize)]
struct Payment<'a> {
    #[serde(rename = "payment_method")]
    word: &'static str,
    amount: u64,
    #[serde(flatten)]
    method: PaymentMethod<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum PaymentMethod<'a> {
    CreditCard(CreditCard<'a>),
    Pix { expires_in: u32 },
    Boleto(Slip),
}

#[derive(Serialize)]
struct CreditCard<'a> {
    installments: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_descriptor: Option<String>,
    operation_type: &'static str,
    card: Card<'a>,
}

#[derive(Serialize)]
struct Card<'a> {
    number: &'a str,
    holder_name: String,
    exp_month: u8,
    exp_year: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    cvv: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Place>,
}

#[derive(Serialize)]
struct Slip {
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<String>,
    due_at: String,
    #[serde(rename = "type")]
    kind: &'static str,
    max_days_to_pay_past_due: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    interest: Option<Surcharge>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fine: Option<Surcharge>,
}

#[derive(Serialize)]
struct Surcharge {
    days: u16,
    #[serde(rename = "type")]
    kind: &'static str,
    amount: serde_json::Number,
}

#[derive(Serialize)]
struct Customer<'a> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phones: Option<Phones>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Place>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Phones {
    MobilePhone(Phone),
    HomePhone(Phone),
}

#[derive(Serialize)]
struct Phone {
    country_code: &'static str,
    area_code: String,
    number: String,
}

#[derive(Serialize)]
struct Place {
    line_1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_2: Option<String>,
    zip_code: String,
    city: String,
    state: String,
    country: String,
}

/// The order that `create` is.
pub(super) fn of<'a>(create: &Create<'a>) -> Result<Order<'a>, BuildError> {
    let amount = create.money.amount.minor();
    let (word, method) = method(create)?;
    let description = create.description.filter(|text| !text.trim().is_empty()).unwrap_or(NO_DESCRIPTION);
    let item = Item { amount, description: cut(description, MAX_TEXT), quantity: 1, code: create.reference };
    Ok(Order {
        code: create.reference,
        customer: customer(create)?,
        items: [item],
        payments: [Payment { word, amount, method }],
    })
}

fn method<'a>(create: &Create<'a>) -> Result<(&'static str, PaymentMethod<'a>), BuildError> {
    Ok(match create.method {
        Method::Credit { installments } => {
            let card = card(create.card.ok_or(BuildError::NoCard)?, create.customer)?;
            let credit = CreditCard {
                installments: *installments,
                statement_descriptor: create.statement_descriptor.and_then(descriptor),
                operation_type: if create.capture { "auth_and_capture" } else { "auth_only" },
                card,
            };
            ("credit_card", PaymentMethod::CreditCard(credit))
        }
        Method::Pix { expires_in } => ("pix", PaymentMethod::Pix { expires_in: *expires_in }),
        Method::Boleto(boleto) => ("boleto", PaymentMethod::Boleto(slip(boleto)?)),
        Method::Drip(_) => return Err(BuildError::NotServed),
    })
}

fn card<'a>(card: &'a CardData, customer: Option<&CustomerData>) -> Result<Card<'a>, BuildError> {
    let wrong = |_| BuildError::NoCard;
    Ok(Card {
        number: card.pan.reveal(),
        holder_name: cut(&card.holder, MAX_NAME),
        exp_month: card.expiry.month().parse().map_err(wrong)?,
        exp_year: card.expiry.year().parse().map_err(wrong)?,
        cvv: card.cvv.as_ref().map(domain::card::Cvv::reveal),
        billing_address: customer.and_then(place),
    })
}

/// Letters, digits and single blanks: what every acquirer prints.
fn descriptor(text: &str) -> Option<String> {
    let words: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    upper_ascii(&words, MAX_DESCRIPTOR)
}

/// Due at noon UTC: that is the same day in Brazil.
fn slip(boleto: &Boleto) -> Result<Slip, BuildError> {
    Ok(Slip {
        instructions: boleto.instructions.as_deref().map(|text| cut(text, MAX_TEXT)),
        due_at: format!("{}T12:00:00Z", boleto.expires_date),
        kind: "DM",
        max_days_to_pay_past_due: boleto.days_past_due(),
        interest: boleto.interest.as_ref().map(surcharge).transpose()?,
        fine: boleto.fine.as_ref().map(surcharge).transpose()?,
    })
}

/// Cents, or percent with its decimals.
fn surcharge(penalty: &Penalty) -> Result<Surcharge, BuildError> {
    let (kind, amount) = match penalty.rate {
        Rate::Amount(amount) => ("flat", amount.minor().into()),
        Rate::Percentage(share) => ("percentage", serde_json::from_str(&share.to_string())?),
    };
    Ok(Surcharge { days: penalty.days, kind, amount })
}

/// The shopper; of a payment by card that names none, the card's holder.
fn customer<'a>(create: &Create<'a>) -> Result<Customer<'a>, BuildError> {
    let Some(shopper) = create.customer else {
        let holder = create.card.map(|card| cut(&card.holder, MAX_NAME)).ok_or(BuildError::NoShopper)?;
        return Ok(Customer {
            name: holder,
            email: None,
            kind: None,
            document: None,
            document_type: None,
            phones: None,
            address: None,
        });
    };
    let (kind, document_type) = match shopper.document.kind() {
        DocumentKind::Cpf => (Some("individual"), Some("CPF")),
        DocumentKind::Cnpj => (Some("company"), Some("CNPJ")),
        DocumentKind::NoDocument | DocumentKind::Other(_) => (None, None),
    };
    Ok(Customer {
        name: cut(&shopper.name, MAX_NAME),
        email: Some(shopper.email.as_str()).filter(|email| email.chars().count() <= MAX_NAME),
        kind,
        document: shopper.document.number().filter(|_| document_type.is_some()),
        document_type,
        phones: phones(&shopper.phone_number),
        address: place(shopper),
    })
}

/// A Brazilian number: two digits of the area, and eight digits or, of a mobile phone, nine. None for any other.
fn phones(number: &str) -> Option<Phones> {
    let digits = digits(number);
    let national = match digits.len() {
        12 | 13 => digits.strip_prefix(BRAZIL)?,
        _ => digits.as_str(),
    };
    let (area, number) = national.split_at_checked(2)?;
    let phone = Phone { country_code: BRAZIL, area_code: area.to_owned(), number: number.to_owned() };
    match number.len() {
        9 => Some(Phones::MobilePhone(phone)),
        8 => Some(Phones::HomePhone(phone)),
        _ => None,
    }
}

/// The shopper's address, where it is whole and has the form that is asked for.
fn place(shopper: &CustomerData) -> Option<Place> {
    let Address { street, street_number, complement, zip_code, country, state, city, district } =
        shopper.address.as_ref()?;
    let zip_code = digits(zip_code.as_ref()?);
    let letters = |text: &str| {
        let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_code.then(|| text.to_ascii_uppercase())
    };
    let line_1 = [street_number.as_deref(), street.as_deref(), district.as_deref()];
    Some(Place {
        line_1: line_1.into_iter().collect::<Option<Vec<_>>>()?.join(", "),
        line_2: complement.clone().filter(|text| !text.is_empty()),
        zip_code: Some(zip_code).filter(|digits| digits.len() == 8)?,
        city: city.clone()?,
        state: letters(state.as_ref()?)?,
        country: letters(country.as_ref()?)?,
    })
}
