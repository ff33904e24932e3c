//! Reads Adyen's answers as outcomes.

use domain::{
    charge::{Outcome, decline::DeclineCode, request::Receipt},
    method::PaymentType,
    money::{Amount, Currency, Money},
};
use serde::{Deserialize, de::IgnoredAny};

use super::{is_id, refusal};
use crate::{
    Change, Create, HttpAnswer, Operation,
    text::{self, MAX_AUTHORIZATION},
};

/// The error of a retry while the first request still runs.
const STILL_RUNNING: &str = "704";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    psp_reference: Option<String>,
    result_code: String,
    merchant_reference: String,
    amount: Option<Sum>,
    refusal_reason_code: Option<String>,
    additional_data: Option<Additional>,
    action: Option<Action>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Additional {
    auth_code: Option<String>,
    refusal_reason_raw: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    qr_code_data: Option<String>,
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Sum {
    currency: Currency,
    value: Amount,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Received {
    psp_reference: String,
    payment_psp_reference: Option<String>,
    payment_reference: Option<String>,
    reference: Option<String>,
    amount: Option<Sum>,
    status: String,
}

/// The payment methods of an account. Which they are is not asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Methods {
    #[serde(rename = "paymentMethods")]
    _all: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    error_code: String,
    error_type: String,
}

/// What `answer` says of `operation`, whose call may be a retry: unknown where it cannot be read, or does not fit.
pub(super) fn outcome(operation: &Operation, is_retry: bool, answer: &HttpAnswer) -> Outcome {
    if matches!(operation, Operation::Check) {
        return checked(answer);
    }
    if !(200..300).contains(&answer.status) {
        // A refusal of what was asked for before says nothing of the first time.
        return failed(answer).filter(|_| !is_retry && !is_retried(operation)).unwrap_or(Outcome::Unknown);
    }
    let read = match operation {
        Operation::Create(create) => created(create, answer),
        Operation::Verify(verify) => verified(verify.reference, answer),
        Operation::Capture(change) | Operation::Void(change) => received(change, answer),
        Operation::Cancel(change) => undone(change, answer),
        Operation::Query(_) | Operation::Check | Operation::Register { .. } => None,
    };
    read.unwrap_or(Outcome::Unknown)
}

fn is_retried(operation: &Operation) -> bool {
    match operation {
        Operation::Capture(change) | Operation::Void(change) | Operation::Cancel(change) => change.is_retry,
        Operation::Create(_)
        | Operation::Query(_)
        | Operation::Verify(_)
        | Operation::Check
        | Operation::Register { .. } => false,
    }
}

fn checked(answer: &HttpAnswer) -> Outcome {
    match answer.status {
        200 if answer.read::<Methods>().is_some() => Outcome::Approved(Receipt::default()),
        401 | 403 => Outcome::Declined(DeclineCode::Generic.into()),
        _ => Outcome::Unknown,
    }
}

/// Adyen refuses keys and rights before it does anything, what it cannot read, and what the account is not set up for.
/// Everything else may have been done.
fn failed(answer: &HttpAnswer) -> Option<Outcome> {
    let Failure { error_code, error_type } = answer.read()?;
    match (answer.status, error_type.as_str()) {
        (_, _) if error_code == STILL_RUNNING => None,
        (401 | 403, "security") => Some(Outcome::NotSent),
        (400 | 422, "validation") => Some(Outcome::Declined(refusal::of_request(&error_code))),
        (500, "configuration") => Some(Outcome::Declined(DeclineCode::Generic.into())),
        _ => None,
    }
}

fn created(create: &Create, answer: &HttpAnswer) -> Option<Outcome> {
    let said: Payment = answer.read()?;
    if said.merchant_reference != create.reference {
        return None;
    }
    let is_card = create.method.kind() == PaymentType::Credit;
    match said.result_code.as_str() {
        "Refused" | "Error" | "Cancelled" => Some(Outcome::Declined(said.why())),
        // Adyen's pages for the shopper are not offered. Of a part nothing is kept: its notification has it released.
        "RedirectShopper" | "IdentifyShopper" | "ChallengeShopper" | "PartiallyAuthorised" => {
            Some(Outcome::Declined(DeclineCode::CardNotSupported.into()))
        }
        "Authorised" if is_card && said.amount.is_none() => None,
        _ if !said.is_of(create.money) => None,
        "Authorised" if is_card => Some(Outcome::Approved(said.receipt()?)),
        "Pending" | "Received" | "PresentToShopper" => said.payable(create).map(Outcome::Pending),
        _ => None,
    }
}

fn verified(reference: &str, answer: &HttpAnswer) -> Option<Outcome> {
    let said: Payment = answer.read()?;
    match said.result_code.as_str() {
        _ if said.merchant_reference != reference => None,
        "Authorised" => Some(Outcome::Approved(said.receipt()?)),
        "Refused" | "Error" | "Cancelled" => Some(Outcome::Declined(said.why())),
        _ => None,
    }
}

impl Payment {
    /// Whether it says no other amount.
    fn is_of(&self, money: Money) -> bool {
        self.amount.as_ref().is_none_or(|sum| sum.is(money))
    }

    fn why(&self) -> domain::charge::decline::Decline {
        let raw = self.additional_data.as_ref().and_then(|more| more.refusal_reason_raw.as_deref());
        refusal::by_code(self.refusal_reason_code.as_deref(), raw)
    }

    fn receipt(&self) -> Option<Receipt> {
        let transaction_id = Some(self.psp_reference.clone().filter(|id| is_id(id))?);
        let code = self.additional_data.as_ref().and_then(|more| more.auth_code.clone());
        let authorization_code = code.filter(|code| text::is_id(code, MAX_AUTHORIZATION, &[]));
        Some(Receipt { transaction_id, authorization_code, ..Receipt::default() })
    }

    /// The receipt with the text that makes this payment, complete and valid, and of its amount.
    fn payable(&self, create: &Create) -> Option<Receipt> {
        let (receipt, amount) = (self.receipt()?, create.money.amount);
        match create.method.kind() {
            PaymentType::Credit => Some(receipt),
            PaymentType::Pix => {
                let code =
                    self.action.as_ref()?.qr_code_data.clone().filter(|code| text::is_br_code_of(code, amount))?;
                Some(Receipt { pix_code: Some(code), ..receipt })
            }
            PaymentType::Boleto => {
                let line = self.action.as_ref()?.reference.as_deref()?;
                Some(Receipt { barcode: Some(text::barcode_of(line, amount)?), ..receipt })
            }
            PaymentType::Drip => None,
        }
    }
}

impl Sum {
    fn is(&self, money: Money) -> bool {
        (self.value, self.currency) == (money.amount, money.currency)
    }
}

/// A capture or a refund is only received: a notification says what became of it.
fn received(change: &Change, answer: &HttpAnswer) -> Option<Outcome> {
    let said: Received = answer.read()?;
    let is_it = said.payment_psp_reference.as_deref() == change.transaction_id
        && said.reference.as_deref().is_none_or(|reference| reference == change.reference)
        && said.amount.as_ref().is_none_or(|sum| sum.is(change.money));
    said.pending().filter(|_| is_it)
}

/// That a payment is to be undone is received whether there is such a payment or not.
fn undone(change: &Change, answer: &HttpAnswer) -> Option<Outcome> {
    let said: Received = answer.read()?;
    let is_it = said.payment_reference.as_deref() == Some(change.payment);
    said.pending().filter(|_| is_it)
}

impl Received {
    fn pending(self) -> Option<Outcome> {
        let transaction_id = Some(self.psp_reference).filter(|id| is_id(id) && self.status == "received")?;
        Some(Outcome::Pending(Receipt { transaction_id: Some(transaction_id), ..Receipt::default() }))
    }
}
