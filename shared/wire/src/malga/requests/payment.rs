//! The payment source of charges and of payments of sessions.

use domain::{
    card::{CardData, Cvv, Expiry, NotAnExpiry, Pan},
    charge::{CvvOrder, SourceOrder},
    customer::{Address, CustomerData},
    document::{Document, DocumentProblem},
    limits::MAX_TEXT,
    method::{Accepted, Method, PaymentType},
    refusal::Refusal,
    time::Timestamp,
};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::method::method;
use crate::{
    problems::Worded,
    reader::{self, Fields},
    rules,
};

/// The payment source: a card, a token or a customer for credit, a customer for Pix, boleto and Drip.
#[derive(ToSchema)]
#[serde(tag = "sourceType", rename_all = "lowercase")]
pub enum PaymentSource {
    /// A card: as its holder typed it, or stored.
    #[serde(rename_all = "camelCase")]
    Card {
        /// The card, as its holder typed it.
        card: Option<CardFields>,
        /// The stored card, where `card` is absent.
        card_id: Option<Uuid>,
        /// The stored card's security code.
        card_cvv: Option<String>,
        /// A token that holds the stored card's security code, where `cardCvv` is absent.
        token_cvv: Option<Uuid>,
    },
    /// A card token, which the charge uses up.
    #[serde(rename_all = "camelCase")]
    Token {
        /// The token.
        token_id: Uuid,
    },
    /// A customer, who pays without a card, or with the card that was linked last.
    #[serde(rename_all = "camelCase")]
    Customer {
        /// The customer's data, for a payment without a card.
        customer: Option<Box<CustomerFields>>,
        /// The stored customer, where `customer` is absent.
        customer_id: Option<Uuid>,
        /// The card's security code, for a payment by card.
        card_cvv: Option<String>,
    },
}

/// A card, as its holder typed it.
#[derive(ToSchema)]
#[schema(as = Card, rename_all = "camelCase", example = json!({
    "cardNumber": "4929564637987814",
    "cardCvv": "320",
    "cardExpirationDate": "06/2028",
    "cardHolderName": "JOAO DA SILVA",
}))]
pub struct CardFields {
    /// 12 to 19 digits whose check digit holds.
    #[schema(pattern = "^[0-9]{12,19}$")]
    pub card_number: String,
    /// Three digits, four on American Express.
    #[schema(pattern = "^[0-9]{3,4}$")]
    pub card_cvv: String,
    /// The last good month, `MM/YYYY`.
    pub card_expiration_date: String,
    /// The name on the card.
    #[schema(min_length = 1, max_length = 255)]
    pub card_holder_name: String,
}

/// A customer.
#[derive(ToSchema)]
#[schema(as = Customer, rename_all = "camelCase")]
pub struct CustomerFields {
    /// Full name.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number, in any spelling.
    #[schema(min_length = 1, max_length = 255)]
    pub phone_number: String,
    /// The document that identifies the customer.
    pub document: DocumentFields,
    /// Postal address; required for Drip.
    pub address: Option<AddressFields>,
}

/// A customer's document.
#[derive(ToSchema)]
#[schema(as = Document, rename_all = "camelCase")]
pub struct DocumentFields {
    /// `cpf`, `cnpj`, `noDocument` or another national document, in any case.
    pub r#type: String,
    /// Its number; not needed for `noDocument`.
    pub number: Option<String>,
    /// The country that issued it, ISO 3166-1 alpha-2; Brazil when absent.
    pub country: Option<String>,
}

/// A postal address.
#[derive(ToSchema)]
#[schema(as = Address, rename_all = "camelCase")]
pub struct AddressFields {
    /// Street.
    pub street: String,
    /// House number.
    pub street_number: String,
    /// Apartment, floor.
    pub complement: Option<String>,
    /// Postal code, in any spelling.
    pub zip_code: String,
    /// Country.
    pub country: String,
    /// State.
    pub state: String,
    /// City.
    pub city: String,
    /// District.
    pub district: String,
}

/// The payment method that `body` names. It decides whether a session can be paid so, before the rest of the body is
/// read.
///
/// # Errors
/// [`Refusal::Invalid`] when it names none that is served.
pub fn payment_type(body: &Value) -> Result<PaymentType, Refusal> {
    reader::read(body, kind)
}

fn kind(body: &mut Fields<'_>) -> Option<PaymentType> {
    body.object("paymentMethod")?.required("paymentType", rules::payment_type)
}

/// How and from what `body` pays. What the method leaves out comes from `accepted`; a card or a date must be good at
/// `now`.
pub(super) fn payment(
    body: &mut Fields<'_>,
    accepted: impl FnOnce(PaymentType) -> Accepted,
    now: Timestamp,
) -> Option<(Method, SourceOrder)> {
    let kind = kind(body);
    let method = kind.and_then(|kind| method(&mut body.object("paymentMethod")?, accepted(kind), now));
    let source = source(body, kind, now);
    Some((method?, source?))
}

#[derive(Clone, Copy)]
enum SourceType {
    Card,
    Token,
    Customer,
}

impl SourceType {
    const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Token => "token",
            Self::Customer => "customer",
        }
    }

    /// The sources that `kind` is paid from; any while the kind itself cannot be read.
    const fn of(kind: Option<PaymentType>) -> &'static [Self] {
        match kind {
            Some(PaymentType::Credit) | None => &[Self::Card, Self::Token, Self::Customer],
            Some(PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip) => &[Self::Customer],
        }
    }
}

fn source(body: &mut Fields<'_>, kind: Option<PaymentType>, now: Timestamp) -> Option<SourceOrder> {
    let mut source = body.object("paymentSource")?;
    match source.required("sourceType", rules::one_of(SourceType::of(kind), SourceType::name))? {
        SourceType::Card if source.value("cardId").is_some() => {
            let (card, cvv) = (source.required("cardId", rules::uuid), cvv_order(&mut source));
            Some(SourceOrder::StoredCard { card: card?, cvv: cvv? })
        }
        SourceType::Card => card(&mut source.object("card")?, now).map(SourceOrder::Card),
        SourceType::Token => source.required("tokenId", rules::uuid).map(SourceOrder::Token),
        // A card payment names the customer by id: a customer's data alone holds no card.
        SourceType::Customer if kind == Some(PaymentType::Credit) || source.value("customerId").is_some() => {
            let (customer, cvv) = (source.required("customerId", rules::uuid), source.optional("cardCvv", cvv));
            Some(SourceOrder::StoredCustomer { customer: customer?, cvv })
        }
        SourceType::Customer => {
            let needs_address = kind == Some(PaymentType::Drip);
            shopper(&mut source.object("customer")?, needs_address).map(|data| SourceOrder::Customer(Box::new(data)))
        }
    }
}

/// The security code of a stored card: in the clear, in a token of its own, or none.
fn cvv_order(source: &mut Fields<'_>) -> Option<CvvOrder> {
    let (token, given) = (source.value("tokenCvv").is_some(), source.value("cardCvv").is_some());
    match (token, given) {
        (true, true) => {
            source.problem("tokenCvv", "must not come together with cardCvv");
            None
        }
        (true, false) => source.required("tokenCvv", rules::uuid).map(CvvOrder::Token),
        (false, true) => source.required("cardCvv", cvv).map(CvvOrder::Given),
        (false, false) => Some(CvvOrder::None),
    }
}

/// A security code; the right length depends on the brand.
pub(super) fn cvv(value: &Value) -> Result<Cvv, String> {
    Cvv::new(value.as_str().unwrap_or_default()).map_err(|problem| problem.worded())
}

/// A card, as its holder typed it, good at `now`.
pub(super) fn card(fields: &mut Fields<'_>, now: Timestamp) -> Option<CardData> {
    let pan = fields.required("cardNumber", |value| {
        value.as_str().and_then(|digits| Pan::new(digits).ok()).ok_or_else(|| "must be a credit card".to_owned())
    });
    let cvv = fields.required("cardCvv", |value| {
        let cvv = cvv(value)?;
        if pan.as_ref().is_none_or(|pan| cvv.fits(pan.brand())) {
            Ok(cvv)
        } else {
            Err("must have 4 digits on American Express and 3 on other cards".to_owned())
        }
    });
    let expiry = fields.required("cardExpirationDate", |value| {
        let expiry: Expiry =
            value.as_str().unwrap_or_default().parse().map_err(|problem: NotAnExpiry| problem.worded())?;
        if expiry.has_ended(now) { Err("must not be in the past".to_owned()) } else { Ok(expiry) }
    });
    let holder = fields.required("cardHolderName", rules::filled(MAX_TEXT));
    Some(CardData { pan: pan?, cvv: Some(cvv?), holder: holder?, expiry: expiry? })
}

/// A customer, with an address or without.
pub(super) fn customer(fields: &mut Fields<'_>) -> Option<CustomerData> {
    shopper(fields, false)
}

/// A customer. Drip requires a whole address (Malga, "Drip", "endereço completo e válido").
fn shopper(fields: &mut Fields<'_>, needs_address: bool) -> Option<CustomerData> {
    let name = fields.required("name", rules::filled(MAX_TEXT));
    let email = fields.required("email", rules::email);
    // No spelling is enforced: Malga's pages send "21 98889999099", and the web component sends " ".
    let phone_number = fields.required("phoneNumber", rules::filled(MAX_TEXT));
    let document = fields.object("document").and_then(|mut fields| document(&mut fields));
    let given = if needs_address { fields.object("address") } else { fields.optional_object("address") };
    let address = given.and_then(|mut fields| address(&mut fields));
    Some(CustomerData { name: name?, email: email?, phone_number: phone_number?, document: document?, address })
}

fn document(fields: &mut Fields<'_>) -> Option<Document> {
    let kind = fields.required("type", rules::filled(MAX_TEXT));
    let number = fields.optional("number", rules::text(MAX_TEXT));
    let country = fields.optional("country", rules::text(MAX_TEXT));
    Document::new(&kind?, number.as_deref(), country.as_deref())
        .map_err(|problem| {
            let field = match problem {
                DocumentProblem::Kind => "type",
                DocumentProblem::Number | DocumentProblem::Cpf | DocumentProblem::Cnpj => "number",
                DocumentProblem::Country => "country",
            };
            fields.problem(field, &problem.worded());
        })
        .ok()
}

/// A postal address, whole.
pub(super) fn address(fields: &mut Fields<'_>) -> Option<Address> {
    let mut part = |name| fields.required(name, rules::filled(MAX_TEXT));
    let (street, street_number, zip_code) = (part("street"), part("streetNumber"), part("zipCode"));
    let (country, state, city, district) = (part("country"), part("state"), part("city"), part("district"));
    let complement = fields.optional("complement", rules::text(MAX_TEXT));
    Some(Address {
        street: street?,
        street_number: street_number?,
        complement,
        zip_code: zip_code?,
        country: country?,
        state: state?,
        city: city?,
        district: district?,
    })
}
