//! How and from what charges and sessions are paid.

use domain::{
    card::{CardData, Cvv, Expiry, NotAnExpiry, Pan, is_digits_alone},
    charge::{CvvOrder, SourceOrder, fraud::FraudOrder},
    customer::{self, CustomerData},
    document::{self, DocumentProblem},
    ids::{CardId, CustomerId, TokenId},
    limits::{MAX_DESCRIPTION, MAX_TEXT},
    method::{Method, PaymentType},
    refusal::Refusal,
    session::Session,
    time::Timestamp,
};
use serde_json::Value;

use super::{
    fraud::FraudAnalysisOrder,
    method::PaymentMethod,
    unserved::{UnservedFields, unserved},
};
use crate::{
    object::{Object, choice, fields, object},
    problems::Worded,
    reader::Fields,
    rules::{self, Rule, email, one_of, rule, string, uuid},
    texts::{Text, filled, text},
};

/// What a payment must know besides its fields.
#[derive(Clone, Copy)]
pub(super) struct Paying<'a> {
    /// The session that is paid, where there is one.
    pub session: Option<PaidSession<'a>>,
    /// When: a card or a date must be good then.
    pub now: Timestamp,
}

/// A session that is paid.
#[derive(Clone, Copy)]
pub(super) struct PaidSession<'a> {
    /// The session: its terms win over what the payment says.
    pub session: &'a Session,
    /// Who pays it.
    pub sender: Sender<'a>,
}

/// From where a request came, and of which agent: in a payment of a session, the shopper's browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sender<'a> {
    /// Its IP address, as the gateway saw it.
    pub address: Option<&'a str>,
    /// Its `User-Agent`.
    pub agent: Option<&'a str>,
}

fields! {
    /// What charges and payments of sessions have in common.
    pub(super) struct Payment(fields, paying: Paying<'_>) {
        /// The merchant's order.
        "orderId" => order_id: Option<String> = optional(text(MAX_TEXT).without_card_numbers()),
        /// What the merchant calls it.
        "description" => description: Option<String> =
            optional(text(MAX_DESCRIPTION).of_lines().without_card_numbers()),
        /// The statement descriptor: the text on the shopper's statement.
        "statementDescriptor" => statement_descriptor: Option<String> =
            optional(text(MAX_TEXT).without_card_numbers()),
        /// The customer, where a card pays.
        "customerId" => customer: Option<CustomerId> = optional(uuid::<CustomerId>()),
        _unserved: UnservedFields = part(object::<UnservedFields>()),
        /// How it is paid; a session is paid by a payment method that it accepts.
        "paymentMethod" => method: Method = required(object::<PaymentMethod>()).given(paying),
        /// From what it is paid.
        "paymentSource" => source: SourceOrder =
            required(object::<PaymentSource>()).given(Source { pays: kind_in(fields), now: paying.now }),
        /// What a fraud analysis may read.
        "fraudAnalysis" => fraud: Option<FraudOrder> = lenient(object::<FraudAnalysisOrder>()),
    }
}

/// The payment method that `body` names. It decides whether a session can be paid so, before the rest of the body is
/// read.
///
/// # Errors
/// [`Refusal::Invalid`] when it names none that is served.
pub fn payment_type(body: &Value) -> Result<PaymentType, Refusal> {
    super::read(body, |body| body.required(object::<NamedMethod>(), "paymentMethod"))
}

fields! {
    /// A payment method, by its name alone.
    pub(super) struct NamedMethod reads PaymentType {
        /// The payment method.
        "paymentType" => kind = required(rules::payment_type()),
    } => kind
}

/// The payment method that the request names, while nothing is noted of one that it does not.
fn kind_in(body: &Fields<'_>) -> Option<PaymentType> {
    body.value("paymentMethod")?.get("paymentType")?.as_str()?.parse().ok()
}

/// What a payment source must know besides its fields.
#[derive(Clone, Copy)]
pub(super) struct Source {
    /// The payment method that it pays by, where that can be read.
    pays: Option<PaymentType>,
    /// When: a card must be good then.
    now: Timestamp,
}

choice! {
    /// The payment source: a card, a token or a customer for credit, a customer for Pix, boleto and Drip.
    pub(super) struct PaymentSource: any_of {
        tagged::<TypedCard>("sourceType", "card"),
        tagged::<StoredCard>("sourceType", "card"),
        tagged::<CardToken>("sourceType", "token"),
        tagged::<TypedCustomer>("sourceType", "customer"),
        tagged::<StoredCustomer>("sourceType", "customer"),
    }
}

fields! {
    /// A card, as its holder typed it.
    struct TypedCard(fields, now: Timestamp) reads CardData {
        /// The card, as its holder typed it.
        "card" => card = required(object::<Card>()).given(now),
    } => card
}

fields! {
    /// A stored card, which pays where `cardId` is there.
    struct StoredCard(fields) reads SourceOrder {
        /// The stored card.
        "cardId" => card = required(uuid::<CardId>()),
        /// The stored card's security code.
        "cardCvv" => given = optional(cvv()),
        /// A token that holds the stored card's security code, where `cardCvv` is absent.
        "tokenCvv" => token = optional(uuid::<TokenId>()),
    } => {
        let cvv = security_code(fields, token?, given?);
        Some(SourceOrder::StoredCard { card: card?, cvv })
    }
}

/// A stored card's security code, which came in a token or in the clear.
fn security_code(fields: &mut Fields<'_>, token: Option<TokenId>, given: Option<Cvv>) -> CvvOrder {
    if ["tokenCvv", "cardCvv"].into_iter().all(|name| fields.value(name).is_some()) {
        fields.problem("tokenCvv", "must not come together with cardCvv");
    }
    match (token, given) {
        (Some(token), _) => CvvOrder::Token(token),
        (None, Some(given)) => CvvOrder::Given(given),
        (None, None) => CvvOrder::None,
    }
}

fields! {
    /// A card token, which the charge uses up.
    struct CardToken reads SourceOrder {
        /// The token.
        "tokenId" => token = required(uuid::<TokenId>()),
    } => token.map(SourceOrder::Token)
}

fields! {
    /// A customer, who pays without a card.
    struct TypedCustomer(fields, needs_address: bool) reads CustomerData {
        /// The customer's data.
        "customer" => customer = required(object::<Customer>()).given(needs_address),
    } => customer
}

fields! {
    /// A stored customer, who pays without a card, or with the card that was linked last.
    struct StoredCustomer(fields) reads SourceOrder {
        /// The stored customer.
        "customerId" => customer = required(uuid::<CustomerId>()),
        /// The card's security code, for a payment by card.
        "cardCvv" => given = optional(cvv()),
        /// A token that holds the card's security code, where `cardCvv` is absent.
        "tokenCvv" => token = optional(uuid::<TokenId>()),
    } => {
        let cvv = security_code(fields, token?, given?);
        Some(SourceOrder::StoredCustomer { customer: customer?, cvv })
    }
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

impl Object<Source> for PaymentSource {
    type Read = SourceOrder;

    fn read(fields: &mut Fields<'_>, source: Source) -> Option<SourceOrder> {
        match fields.required(one_of(SourceType::of(source.pays), SourceType::name), "sourceType")? {
            SourceType::Card if fields.value("cardId").is_some() => fields.part(object::<StoredCard>()),
            SourceType::Card => fields.part(object::<TypedCard>().given(source.now)).map(SourceOrder::Card),
            SourceType::Token => fields.part(object::<CardToken>()),
            // A card payment names the customer by id: a customer's data alone holds no card.
            SourceType::Customer
                if source.pays == Some(PaymentType::Credit) || fields.value("customerId").is_some() =>
            {
                fields.part(object::<StoredCustomer>())
            }
            SourceType::Customer => {
                // Malga, "Drip", "endereço completo e válido".
                let needs_address = source.pays == Some(PaymentType::Drip);
                let customer = fields.part(object::<TypedCustomer>().given(needs_address));
                customer.map(|data| SourceOrder::Customer(Box::new(data)))
            }
        }
    }
}

fields! {
    /// A card, as its holder typed it.
    #[example({
        "cardNumber": "4929564637987814",
        "cardCvv": "320",
        "cardExpirationDate": "06/2028",
        "cardHolderName": "JOAO DA SILVA",
    })]
    pub(super) struct Card(fields, now: Timestamp) reads CardData {
        /// 12 to 19 digits whose check digit holds.
        "cardNumber" => pan = required(card_number()),
        /// Three digits, four on American Express.
        "cardCvv" => cvv = required(cvv()).check(|cvv| fits(cvv, pan.as_ref())),
        /// The last good month, `MM/YYYY`.
        "cardExpirationDate" => expiry = required(expiry()).check(|expiry| is_good(*expiry, now)),
        /// The name on the card: not digits alone.
        "cardHolderName" => holder =
            required(filled(MAX_TEXT).without_card_numbers().as_pattern(r"[^\d\s-]")).check(|holder| is_a_name(holder)),
    } => {
        unserved(fields, &["recurrence"]);
        Some(CardData { pan: pan?, cvv: Some(cvv?), holder: holder?, expiry: expiry? })
    }
}

fn card_number() -> impl Rule<Read = Pan> {
    let read = |value: &Value| {
        value.as_str().and_then(|digits| Pan::new(digits).ok()).ok_or_else(|| "must be a credit card".to_owned())
    };
    rule(read, || string().pattern(Some("^[0-9]{12,19}$")))
}

/// A security code; the right length depends on the brand.
pub(super) fn cvv() -> impl Rule<Read = Cvv> {
    let read = |value: &Value| Cvv::new(value.as_str().unwrap_or_default()).map_err(|problem| problem.worded());
    rule(read, || string().pattern(Some("^[0-9]{3,4}$")))
}

fn fits(cvv: &Cvv, pan: Option<&Pan>) -> Result<(), String> {
    if pan.is_none_or(|pan| cvv.fits(pan.brand())) {
        Ok(())
    } else {
        Err("must have 4 digits on American Express and 3 on other cards".to_owned())
    }
}

fn expiry() -> impl Rule<Read = Expiry> {
    let read =
        |value: &Value| value.as_str().unwrap_or_default().parse().map_err(|problem: NotAnExpiry| problem.worded());
    rule(read, || string().pattern(Some("^(0?[1-9]|1[0-2])/([0-9]{2}|[0-9]{4})$")))
}

/// A shopper who fills in a form too fast types the card number once more, in part or whole.
fn is_a_name(holder: &str) -> Result<(), String> {
    if is_digits_alone(holder) { Err("must not be a number".to_owned()) } else { Ok(()) }
}

fn is_good(expiry: Expiry, now: Timestamp) -> Result<(), String> {
    if expiry.has_ended(now) { Err("must not be in the past".to_owned()) } else { Ok(()) }
}

fields! {
    /// A customer.
    pub(super) struct Customer(fields, needs_address: bool) reads CustomerData {
        /// Full name.
        "name" => name = required(filled(MAX_TEXT).without_card_numbers()),
        /// E-mail address.
        "email" => email = required(email()),
        // No spelling is enforced: Malga's pages send "21 98889999099", and the web component sends " ".
        /// Telephone number, in any spelling.
        "phoneNumber" => phone_number = required(filled(MAX_TEXT).of_any_digits()),
        /// The document that identifies the customer.
        "document" => document = required(object::<Document>()),
        /// Postal address; a whole one is required for Drip.
        "address" => address = or_nothing(object::<Address>()).given(needs_address),
    } => {
        if needs_address && fields.value("address").is_none() {
            fields.missing(object::<Address>().given(needs_address), "address");
        }
        Some(CustomerData {
            name: name?,
            email: email?,
            phone_number: phone_number?,
            document: document?,
            address: address?,
        })
    }
}

fields! {
    /// A customer's document.
    struct Document(fields) reads document::Document {
        /// `cpf`, `cnpj`, `noDocument` or another national document, in any case.
        "type" => kind = required(filled(MAX_TEXT).as_pattern("^[A-Za-z0-9_-]+$")),
        /// Its number; not needed for `noDocument`.
        "number" => number = optional(text(MAX_TEXT).of_any_digits()),
        /// The country that issued it, ISO 3166-1 alpha-2; Brazil when absent.
        "country" => country = optional(text(MAX_TEXT).as_pattern("^[A-Za-z]{2}$")),
    } => match document::Document::new(&kind?, number?.as_deref(), country?.as_deref()) {
        Ok(document) => Some(document),
        Err(problem) => fields.refuse(place_of(problem), &problem.worded()),
    }
}

const fn place_of(problem: DocumentProblem) -> &'static str {
    match problem {
        DocumentProblem::Kind => "type",
        DocumentProblem::Number | DocumentProblem::Cpf | DocumentProblem::Cnpj => "number",
        DocumentProblem::Country => "country",
    }
}

/// What a whole address has.
const WHOLE: [&str; 7] = ["street", "streetNumber", "zipCode", "country", "state", "city", "district"];

fields! {
    /// A postal address. An empty part is an absent one. Drip needs all parts but the complement.
    pub(super) struct Address(fields, is_whole: bool) reads Option<customer::Address> {
        /// Street.
        "street" => street = or_nothing(part()),
        /// House number.
        "streetNumber" => street_number = or_nothing(part()),
        /// Postal code, in any spelling.
        "zipCode" => zip_code = or_nothing(unless_empty(text(MAX_TEXT).of_any_digits())),
        /// Country.
        "country" => country = or_nothing(part()),
        /// State.
        "state" => state = or_nothing(part()),
        /// City.
        "city" => city = or_nothing(part()),
        /// District.
        "district" => district = or_nothing(part()),
        /// Apartment, floor.
        "complement" => complement = or_nothing(part()),
    } => {
        let is_missing = |fields: &Fields<'_>, name: &str| fields.value(name).is_none_or(|part| part == "");
        for name in WHOLE.into_iter().filter(|_| is_whole) {
            if is_missing(fields, name) {
                fields.required(filled(MAX_TEXT), name);
            }
        }
        let address = customer::Address {
            street: street?,
            street_number: street_number?,
            complement: complement?,
            zip_code: zip_code?,
            country: country?,
            state: state?,
            city: city?,
            district: district?,
        };
        Some(Some(address).filter(|address| *address != customer::Address::default()))
    }
}

fn part() -> impl Rule<Read = Option<String>> {
    unless_empty(text(MAX_TEXT))
}

fn unless_empty(text: Text) -> impl Rule<Read = Option<String>> {
    text.map(|text| Some(text).filter(|text| !text.is_empty()))
}
