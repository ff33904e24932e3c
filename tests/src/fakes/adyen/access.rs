//! Who may ask, and the memory of idempotency keys.

use std::{collections::BTreeMap, time::Duration};

use domain::time::Timestamp;
use serde_json::Value;

use super::{API_KEY, MERCHANT_ACCOUNT, books::Kind, errors};
use crate::fakes::{Asked, Reply};

/// How long a key is remembered.
const LIFE_OF_KEY: Duration = Duration::from_hours(7 * 24);

/// What a request asks for.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    /// A new payment.
    Create,
    /// A modification of the payment with this `pspReference`.
    Modify(Kind, String),
    /// The cancel of a payment under a reference of the merchant.
    TechnicalCancel,
    /// The payment methods of the merchant account.
    PaymentMethods,
}

impl Operation {
    /// The operation at this path, with or without the `checkout` of the live address. No operation reads a
    /// payment.
    pub(super) fn at(asked: &Asked) -> Option<Self> {
        let segments = asked.segments();
        let path = segments.strip_prefix(&["checkout"]).unwrap_or(&segments).strip_prefix(&["v72"])?;
        let operation = match path {
            ["payments"] => Self::Create,
            ["cancels"] => Self::TechnicalCancel,
            ["paymentMethods"] => Self::PaymentMethods,
            ["payments", psp_reference, change] => {
                let kind = match *change {
                    "captures" => Kind::Capture,
                    "cancels" => Kind::Cancel,
                    "refunds" => Kind::Refund,
                    "reversals" => Kind::Reversal,
                    _ => return None,
                };
                Self::Modify(kind, (*psp_reference).to_owned())
            }
            _ => return None,
        };
        (asked.method == "POST").then_some(operation)
    }
}

/// A request that still runs.
pub(super) struct Running {
    pub(super) key: Option<String>,
    pub(super) operation: Operation,
    pub(super) body: Value,
}

/// The body of a request that the merchant account has sent.
pub(super) fn body_of_merchant(asked: &Asked) -> Result<Value, Reply> {
    if asked.header("x-api-key") != Some(API_KEY) {
        return Err(errors::unauthorised());
    }
    let body = asked.json();
    let is_json = asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json || !body.is_object() {
        return Err(errors::malformed("Unexpected input"));
    }
    match body["merchantAccount"].as_str() {
        Some(MERCHANT_ACCOUNT) => Ok(body),
        Some(_) => Err(errors::wrong_account()),
        None => Err(errors::invalid("702", "Required field 'merchantAccount' is not provided.")),
    }
}

/// The idempotency key of a request, if it has one.
pub(super) fn key(asked: &Asked) -> Result<Option<String>, Reply> {
    match asked.header("idempotency-key") {
        Some(key) if key.is_empty() || key.chars().count() > 64 => Err(errors::malformed("Invalid Idempotency-Key")),
        key => Ok(key.map(str::to_owned)),
    }
}

/// The answers by key. A key belongs to the company, whatever was asked under it.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, Remembered>);

struct Remembered {
    since: Timestamp,
    /// Nothing while the request still runs.
    answer: Option<Reply>,
}

impl Keys {
    /// What a request under this key is answered without being carried out.
    pub(super) fn answer(&self, key: Option<&str>, now: Timestamp) -> Option<Reply> {
        let known = self.0.get(key?).filter(|known| now < known.since.plus(LIFE_OF_KEY))?;
        Some(known.answer.clone().unwrap_or_else(errors::still_running))
    }

    /// A request under this key runs.
    pub(super) fn start(&mut self, key: Option<&str>, now: Timestamp) {
        if let Some(key) = key {
            self.0.insert(key.to_owned(), Remembered { since: now, answer: None });
        }
    }

    /// The request under this key has been answered.
    pub(super) fn finish(&mut self, key: Option<&str>, answer: &Reply) {
        if let Some(known) = key.and_then(|key| self.0.get_mut(key)) {
            known.answer = Some(answer.clone());
        }
    }
}
