//! Refunds: `POST /v1/{merchantId}/payments/{id}/refund`, and what reads them (Worldline, "Create refund" and "Get
//! refund").
//!
//! A refund is a resource of its own: one void of the charge after its capture.

use domain::{
    charge::{
        Charge,
        request::{RequestKind, RequestStatus, TransactionRequest},
    },
    money::{Amount, Currency, Money},
    refusal::Refusal,
};
use serde::Serialize;
use serde_json::Value;

use super::{
    amount::AmountOfMoney,
    errors::ApiError,
    id::{PaymentId, RefundId},
    payment::{References, digits_of, money},
    status::{StatusOutput, declined, is_rejected, of_refund},
    values::within,
};
use crate::{
    reader::{self, Fields},
    texts::text,
};

/// Characters of a refund's reference: a charge keeps those of all its refunds.
const MAX_REFUND_REFERENCE: usize = 50;

/// A refund that a merchant orders. What else the body may say is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRefund {
    /// The amount; none refunds all that is left.
    pub amount: Option<Amount>,
    /// What the merchant calls it.
    pub merchant_reference: Option<String>,
}

impl CreateRefund {
    /// The refund in `body`, of a payment in this currency.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, currency: Currency) -> Result<Self, Refusal> {
        reader::read(body, None, |fields| {
            // In the place of an approval's it would not be read, and all would be refunded.
            for name in ["amount", "currencyCode"]
                .into_iter()
                .filter(|name| body.get(name).is_some_and(|value| !value.is_null()))
            {
                fields.problem(name, "is no field of a refund: the amount is in amountOfMoney");
            }
            let amount = within(fields, "amountOfMoney", |inside| amount_in(inside, currency));
            let merchant_reference = within(fields, "refundReferences", |references| {
                references.optional(text(MAX_REFUND_REFERENCE).without_card_numbers(), "merchantReference")
            });
            Some(Self { amount: amount?, merchant_reference: merchant_reference?.flatten() })
        })
    }
}

/// The amount in `amountOfMoney`, which is in the payment's currency.
fn amount_in(fields: &mut Fields<'_>, currency: Currency) -> Option<Amount> {
    let Money { amount, currency: named } = money(fields)?;
    if named != currency {
        return fields.refuse("currencyCode", "must be the currency of the payment");
    }
    Some(amount)
}

/// A refund. Only what is known is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundBody {
    /// Its id: 30 digits, other ones than those of its payment.
    pub id: String,
    /// How much was refunded.
    pub refund_output: RefundOutput,
    /// Its status.
    pub status: &'static str,
    /// What its status means.
    pub status_output: StatusOutput,
}

/// How much was refunded, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundOutput {
    /// How much.
    pub amount_of_money: AmountOfMoney,
    /// What the merchant calls it; without a reference of its own, that of the payment.
    pub references: References,
    /// The kind of payment method.
    pub payment_method: &'static str,
}

impl RefundBody {
    /// The refund that the request of `charge` at `number` (from 1) is, as it is now; none where that is no refund. The
    /// request with this id asks.
    #[must_use]
    pub fn new(charge: &Charge, number: usize, request: &str) -> Option<Self> {
        let refund = charge.request(number).filter(|_| is_refund(charge, number))?;
        let at = refund.latest().map_or(refund.created_at, |answer| answer.at);
        Some(Self::shown(charge, number, (refund.status(), refund.amount(), digits_of(at)), request))
    }

    /// The same as it was when it was answered: the answer to the request that ordered it.
    ///
    /// # Errors
    /// [`Refusal::Processing`] before there is an answer.
    pub fn as_answered(charge: &Charge, number: usize, request: &str) -> Result<Self, Refusal> {
        let refund = charge.request(number).ok_or(Refusal::Internal)?;
        let first = refund.first().ok_or(Refusal::Processing)?;
        let amount = first.amount.unwrap_or(refund.amount);
        Ok(Self::shown(charge, number, (first.status, amount, digits_of(first.at)), request))
    }

    fn shown(
        charge: &Charge,
        number: usize,
        (status, amount, changed): (RequestStatus, Amount, String),
        request: &str,
    ) -> Self {
        let words = of_refund(status);
        let decline = || charge.request(number).and_then(TransactionRequest::first)?.decline.as_ref();
        let errors = if status.is_failure() { vec![declined(decline(), request)] } else { Vec::new() };
        Self {
            id: RefundId { payment: PaymentId::at_or_below(charge.id.uuid()), number }.to_string(),
            refund_output: RefundOutput {
                amount_of_money: AmountOfMoney::new(amount, charge.currency),
                references: References::of_refund(charge, number),
                payment_method: "card",
            },
            status: words.status,
            status_output: StatusOutput {
                errors,
                status_category: words.category,
                status_code: words.code,
                status_code_change_date_time: changed,
                ..StatusOutput::default()
            },
        }
    }

    /// Whether the provider refused it, or was not reached.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        is_rejected(self.status)
    }

    /// The answer to a refund that was refused: an error with the refund inside.
    #[must_use]
    pub fn rejected(self, request: &str) -> RefundErrorResponse {
        RefundErrorResponse {
            error_id: request.to_owned(),
            errors: self.status_output.errors.clone(),
            refund_result: self,
        }
    }
}

/// Whether the request at `number` refunds what was paid: a void before the capture releases a reservation.
fn is_refund(charge: &Charge, number: usize) -> bool {
    let was_paid_before = |refund: &TransactionRequest| charge.as_of(refund.step.saturating_sub(1)).was_paid();
    charge.request(number).is_some_and(|request| request.kind == RequestKind::Void && was_paid_before(request))
}

/// The answer to a refund that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundErrorResponse {
    /// The id of the request.
    pub error_id: String,
    /// Why.
    pub errors: Vec<ApiError>,
    /// The refund.
    pub refund_result: RefundBody,
}

/// Every refund of a payment, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundsResponse {
    /// The refunds.
    pub refunds: Vec<RefundBody>,
}

impl RefundsResponse {
    /// Of `charge`.
    #[must_use]
    pub fn new(charge: &Charge, request: &str) -> Self {
        let numbers = 1..=charge.requests.len();
        Self { refunds: numbers.filter_map(|number| RefundBody::new(charge, number, request)).collect() }
    }
}
