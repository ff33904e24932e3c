//! The hub's requests to Adyen.

use std::time::Duration;

use domain::{
    card::CardData,
    customer::CustomerData,
    document::DocumentKind,
    merchant::{Credentials, Environment, ProviderAccount},
    method::{Boleto, Method, PaymentType},
    money::{Amount, Currency, Money},
    time::Timestamp,
};
use serde::Serialize;

use super::{
    CARD_STATEMENT, LIVE_URL_PREFIX, MERCHANT_ACCOUNT, OTHER_UNITS, is_id, is_live_prefix, statement::cleaned,
};
use crate::{BuildError, Call, Change, Create, HttpRequest, Operation, Verb, Verify, text};

/// Hours after which Adyen captures a payment that is to be captured at once; until then it can be undone by reference.
const CAPTURE_DELAY: u16 = 1;
/// Characters of the statement of a Pix: below 60.
const PIX_STATEMENT: usize = 59;
/// Characters of the text on a boleto.
const BOLETO_STATEMENT: usize = 255;
/// Brazil, where Pix and boletos are paid.
const BRAZIL: &str = "BR";
/// Where a shopper's browser would go from a page of an issuer where the hub has no address. None is sent to such a page.
const NOWHERE: &str = "https://localhost/";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payment<'a> {
    merchant_account: &'a str,
    reference: &'a str,
    amount: Sum,
    #[serde(rename = "paymentMethod")]
    payment_method: PaymentMethod<'a>,
    return_url: String,
    #[serde(flatten)]
    card: Option<ByCard>,
    #[serde(flatten)]
    shopper: Option<ByShopper<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shopper_statement: Option<String>,
}

/// What a payment by card has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ByCard {
    #[serde(skip_serializing_if = "Option::is_none")]
    capture_delay_hours: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_data: Option<ManualCapture>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installments: Option<Installments>,
    shopper_interaction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurring_processing_model: Option<&'static str>,
}

/// What a payment has that its shopper makes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ByShopper<'a> {
    country_code: &'static str,
    shopper_name: Name<'a>,
    social_security_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_validity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Address<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deliver_at: Option<String>,
}

#[derive(Serialize)]
struct Sum {
    currency: &'static str,
    value: Amount,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum PaymentMethod<'a> {
    #[serde(rename = "scheme")]
    Card {
        number: &'a str,
        expiry_month: String,
        expiry_year: String,
        holder_name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        cvc: Option<&'a str>,
    },
    #[serde(rename = "pix")]
    Pix,
    #[serde(rename = "boletobancario")]
    Boleto,
}

/// The value is a text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ManualCapture {
    manual_capture: &'static str,
}

#[derive(Serialize)]
struct Installments {
    value: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Name<'a> {
    first_name: &'a str,
    last_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    street: &'a str,
    house_number_or_name: &'a str,
    city: &'a str,
    postal_code: String,
    state_or_province: &'a str,
    country: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Modification<'a> {
    merchant_account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Sum>,
    reference: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    merchant_account: &'a str,
}

/// The only call of `operation`.
pub(super) fn asking(account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
    let name = account.credentials.field(MERCHANT_ACCOUNT).ok_or(BuildError::NoField(MERCHANT_ACCOUNT))?;
    let (path, key, body) = match operation {
        Operation::Create(create) => ("/payments".to_owned(), create.reference.to_owned(), payment(name, create)?),
        Operation::Verify(verify) => ("/payments".to_owned(), verify.reference.to_owned(), nothing(name, verify)?),
        Operation::Capture(change) => {
            (of_payment(change, "captures")?, change.reference.to_owned(), modification(name, change, true)?)
        }
        Operation::Void(change) => {
            let (word, has_amount) = undoing(change)?;
            (of_payment(change, word)?, change.reference.to_owned(), modification(name, change, has_amount)?)
        }
        Operation::Cancel(change) => ("/cancels".to_owned(), key_of_undo(change), undo(name, change)?),
        Operation::Check => {
            // The payment methods of an account: nothing is done.
            let request = posted(account, "/paymentMethods", &Account { merchant_account: name })?;
            return Ok(Call::safe(request));
        }
        Operation::Query(_) | Operation::Register { .. } => return Err(BuildError::NotServed),
    };
    let request = match body {
        Body::Payment(payment) => posted(account, &path, &payment)?,
        Body::Modification(modification) => posted(account, &path, &modification)?,
    };
    Ok(Call::with_effect(request.with_header("idempotency-key", key)).under_key())
}

enum Body<'a> {
    Payment(Box<Payment<'a>>),
    Modification(Modification<'a>),
}

fn posted(account: &ProviderAccount, path: &str, body: &impl Serialize) -> Result<HttpRequest, BuildError> {
    let (base, root) = base(account)?;
    HttpRequest::json(Verb::Post, &base, format!("{root}{path}"), body)
}

/// The host of the account's environment, and the path of the API there.
fn base(account: &ProviderAccount) -> Result<(String, &'static str), BuildError> {
    match account.credentials {
        Credentials::Account { environment: Environment::Sandbox, .. } => {
            Ok(("https://checkout-test.adyen.com".to_owned(), "/v72"))
        }
        Credentials::Account { environment: Environment::Production, .. } => {
            let prefix = account.credentials.field(LIVE_URL_PREFIX);
            let prefix = prefix.filter(|prefix| is_live_prefix(prefix)).ok_or(BuildError::NoField(LIVE_URL_PREFIX))?;
            Ok((format!("https://{prefix}-checkout-live.adyenpayments.com"), "/checkout/v72"))
        }
        Credentials::Sandbox { .. } => Err(BuildError::NotServed),
    }
}

fn payment<'a>(account: &'a str, create: &Create<'a>) -> Result<Body<'a>, BuildError> {
    let statement = |most| create.statement_descriptor.and_then(|text| cleaned(text, most));
    let (payment_method, card, shopper, shopper_statement) = match create.method {
        Method::Credit { installments } => {
            let card = create.card.ok_or(BuildError::NoCard)?;
            let (payment_method, by_card) = by_card(card, Some(*installments), Some(create.capture));
            (payment_method, Some(by_card), None, statement(CARD_STATEMENT))
        }
        Method::Pix { expires_in } => {
            let end = create.created_at.plus(Duration::from_secs((*expires_in).into()));
            let shopper = ByShopper { session_validity: Some(in_brasilia(end)), ..by_shopper(create.customer)? };
            (PaymentMethod::Pix, None, Some(shopper), statement(PIX_STATEMENT))
        }
        Method::Boleto(boleto) => {
            let instructions = boleto.instructions.as_deref().and_then(|text| cleaned(text, BOLETO_STATEMENT));
            let shopper_statement = instructions.or_else(|| statement(BOLETO_STATEMENT));
            (PaymentMethod::Boleto, None, Some(by_slip(boleto, create.customer)?), shopper_statement)
        }
        Method::Drip(_) => return Err(BuildError::NotServed),
    };
    Ok(Body::Payment(Box::new(Payment {
        merchant_account: account,
        reference: create.reference,
        amount: sum(create.money)?,
        payment_method,
        return_url: create.updates.map_or_else(|| NOWHERE.to_owned(), |updates| front(updates.url)),
        card,
        shopper,
        shopper_statement,
    })))
}

/// The verification of a card: a payment of nothing.
fn nothing<'a>(account: &'a str, verify: &Verify<'a>) -> Result<Body<'a>, BuildError> {
    let (payment_method, card) = by_card(verify.card, None, None);
    let amount = sum(Money { amount: Amount::ZERO, currency: Currency::BRL })?;
    Ok(Body::Payment(Box::new(Payment {
        merchant_account: account,
        reference: verify.reference,
        amount,
        payment_method,
        return_url: NOWHERE.to_owned(),
        card: Some(card),
        shopper: None,
        shopper_statement: None,
    })))
}

/// A card without a code is one that was stored: its shopper typed the code when it was used first.
fn by_card(card: &CardData, installments: Option<u8>, capture: Option<bool>) -> (PaymentMethod<'_>, ByCard) {
    let cvc = card.cvv.as_ref().map(domain::card::Cvv::reveal);
    let payment_method = PaymentMethod::Card {
        number: card.pan.reveal(),
        expiry_month: card.expiry.month(),
        expiry_year: card.expiry.year(),
        holder_name: &card.holder,
        cvc,
    };
    let by_card = ByCard {
        capture_delay_hours: capture.filter(|is_captured| *is_captured).map(|_| CAPTURE_DELAY),
        additional_data: capture.filter(|is_captured| !is_captured).map(|_| ManualCapture { manual_capture: "true" }),
        installments: installments.filter(|number| *number > 1).map(|value| Installments { value }),
        shopper_interaction: if cvc.is_some() { "Ecommerce" } else { "ContAuth" },
        recurring_processing_model: cvc.is_none().then_some("CardOnFile"),
    };
    (payment_method, by_card)
}

fn by_shopper(customer: Option<&CustomerData>) -> Result<ByShopper<'_>, BuildError> {
    let customer = customer.ok_or(BuildError::NoShopper)?;
    let is_brazilian = matches!(customer.document.kind(), DocumentKind::Cpf | DocumentKind::Cnpj);
    let number = customer.document.number().filter(|_| is_brazilian);
    let name = customer.name.trim();
    // Of a single name the last is the first.
    let (first_name, rest) = name.split_once(char::is_whitespace).unwrap_or((name, name));
    Some(ByShopper {
        country_code: BRAZIL,
        shopper_name: Name { first_name, last_name: rest.trim_start() },
        social_security_number: number.ok_or(BuildError::NoShopper)?,
        session_validity: None,
        billing_address: None,
        deliver_at: None,
    })
    .filter(|_| !name.is_empty())
    .ok_or(BuildError::NoShopper)
}

/// Adyen knows no interest and no fine, and no days past due.
fn by_slip<'a>(boleto: &Boleto, customer: Option<&'a CustomerData>) -> Result<ByShopper<'a>, BuildError> {
    if !boleto.terms_past_due().is_empty() {
        return Err(BuildError::NotServed);
    }
    let address = customer.and_then(|customer| customer.address.as_ref()).ok_or(BuildError::NoShopper)?;
    let known = |part: &'a Option<String>| {
        part.as_deref().map(str::trim).filter(|part| !part.is_empty()).ok_or(BuildError::NoShopper)
    };
    let postal_code = text::digits(known(&address.zip_code)?);
    let address = Address {
        street: known(&address.street)?,
        house_number_or_name: known(&address.street_number)?,
        city: known(&address.city)?,
        postal_code,
        state_or_province: known(&address.state)?,
        country: BRAZIL,
    };
    let last = boleto.expires_date.end_in_brazil().minus(Duration::from_secs(1));
    Ok(ByShopper { billing_address: Some(address), deliver_at: Some(in_brasilia(last)), ..by_shopper(customer)? })
}

/// The path of a change of a payment.
fn of_payment(change: &Change, word: &str) -> Result<String, BuildError> {
    let id = change.transaction_id.filter(|id| is_id(id)).ok_or(BuildError::NoId)?;
    Ok(format!("/payments/{id}/{word}"))
}

/// How a payment is voided, and whether that names an amount. A reservation is canceled, whole. A card payment of which
/// nothing was taken or refunded may still wait for its capture: Adyen cancels or refunds it, whole.
fn undoing(change: &Change) -> Result<(&'static str, bool), BuildError> {
    let is_whole = change.money == change.left;
    match (change.method.kind(), change.is_reserved) {
        (PaymentType::Credit, true) if is_whole => Ok(("cancels", false)),
        (PaymentType::Credit, true) | (PaymentType::Boleto | PaymentType::Drip, _) => Err(BuildError::NotServed),
        (PaymentType::Credit, false) if is_whole && change.is_untouched => Ok(("reversals", false)),
        (PaymentType::Credit, false) | (PaymentType::Pix, _) => Ok(("refunds", true)),
    }
}

fn modification<'a>(account: &'a str, change: &Change<'a>, has_amount: bool) -> Result<Body<'a>, BuildError> {
    let amount = if has_amount { Some(sum(change.money)?) } else { None };
    Ok(Body::Modification(Modification {
        merchant_account: account,
        payment_reference: None,
        amount,
        reference: change.reference,
    }))
}

/// A card payment is undone by the hub's reference. The cancel has the payment's reference, so that its notification
/// names the payment.
fn undo<'a>(account: &'a str, change: &Change<'a>) -> Result<Body<'a>, BuildError> {
    if change.reference != change.payment || change.method.kind() != PaymentType::Credit {
        return Err(BuildError::NotServed);
    }
    Ok(Body::Modification(Modification {
        merchant_account: account,
        payment_reference: Some(change.payment),
        amount: None,
        reference: change.payment,
    }))
}

/// A cancel that came too early finds nothing, and its key would find nothing ever after: each try has its own.
fn key_of_undo(change: &Change) -> String {
    format!("{}-{}", change.payment, change.created_at.as_millis())
}

/// The amount. Nothing is sent in a currency of which Adyen counts other minor units than ISO 4217.
fn sum(money: Money) -> Result<Sum, BuildError> {
    let currency = money.currency.code();
    if OTHER_UNITS.contains(&currency) {
        return Err(BuildError::NotServed);
    }
    Ok(Sum { currency, value: money.amount })
}

/// The scheme and the host of an address: the rest is a secret between the hub and its provider.
fn front(url: &str) -> String {
    let host = url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split('/').next()?)));
    host.map_or_else(|| NOWHERE.to_owned(), |(scheme, host)| format!("{scheme}://{host}/"))
}

/// The instant in whole seconds, at the offset of Brasília.
fn in_brasilia(at: Timestamp) -> String {
    let there = at.minus(Duration::from_hours(3)).to_string();
    format!("{}-03:00", there.get(..19).unwrap_or_default())
}
