//! Refunds: `POST /v1/{merchantId}/payments/{id}/refund`, and what reads them (Worldline, "Create refund" and "Get
//! refund").
//!
//! A refund is a resource of its own: one void of the charge after its capture.

use domain::{
    charge::{
        Charge,
        request::{Answer, RequestStatus, TransactionRequest},
    },
    money::{Amount, Currency, Money},
    refusal::Refusal,
    time::Timestamp,
};
use serde::Serialize;
use serde_json::Value;

use super::{
    amount::AmountOfMoney,
    errors::ApiError,
    id::{PaymentId, RefundId},
    part,
    payment::{References, digits_of, money},
    status::{StatusOutput, declined, of_refund},
    values::within,
};
use crate::{
    reader::{self, Fields},
    texts::text,
};

/// Characters of a refund's reference: a charge keeps those of all its refunds.
const MAX_REFUND_REFERENCE: usize = 50;

/// The fields of a refund without an amount.
const KNOWN: [&str; 5] =
    ["bankRefundMethodSpecificInput", "customer", "refundDate", "refundReason", "refundReferences"];

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
            let amount = part::amount(fields, "amountOfMoney", &KNOWN, |fields| {
                within(fields, "amountOfMoney", |inside| amount_in(inside, currency))
            });
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
    /// Whether the provider refused it, or was not reached; or it came back.
    #[serde(skip)]
    pub is_rejected: bool,
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
    /// The refund that the request of `charge` at `number` (from 1) is, as it is now; none where that is no refund. One
    /// that came back is rejected, and of one that came back in part the rest is shown. The request with this id asks.
    #[must_use]
    pub fn new(charge: &Charge, number: usize, request: &str) -> Option<Self> {
        let refund = charge.request(number).filter(|_| charge.is_refund(number))?;
        let (status, back) = (refund.status(), charge.came_back(number));
        Some(Self::shown(charge, (number, refund), (status, refund.latest()), back, request))
    }

    /// The same as it was when it was answered: the answer to the request that ordered it.
    ///
    /// # Errors
    /// [`Refusal::Processing`] before there is an answer.
    pub fn as_answered(charge: &Charge, number: usize, request: &str) -> Result<Self, Refusal> {
        let refund = charge.request(number).ok_or(Refusal::Internal)?;
        let first = refund.first().ok_or(Refusal::Processing)?;
        Ok(Self::shown(charge, (number, refund), (first.status, Some(first)), None, request))
    }

    fn shown(
        charge: &Charge,
        (number, refund): (usize, &TransactionRequest),
        (status, answer): (RequestStatus, Option<&Answer>),
        back: Option<(Amount, Timestamp)>,
        request: &str,
    ) -> Self {
        let given = answer.and_then(|answer| answer.amount).unwrap_or(refund.amount);
        let left = back.map_or(Some(given), |(back, _)| given.checked_sub(back)).filter(|left| *left > Amount::ZERO);
        let status = if left.is_some() { status } else { RequestStatus::Failed };
        let words = of_refund(status);
        let decline = answer.and_then(|answer| answer.decline.as_ref());
        let changed_at = back.map(|(_, at)| at).or_else(|| answer.map(|answer| answer.at)).unwrap_or(refund.created_at);
        Self {
            id: RefundId { payment: PaymentId::at_or_below(charge.id.uuid()), number }.to_string(),
            refund_output: RefundOutput {
                amount_of_money: AmountOfMoney::new(left.unwrap_or(given), charge.currency),
                references: References::of_refund(charge, number),
                payment_method: "card",
            },
            status: words.status,
            status_output: StatusOutput {
                errors: if status.is_failure() { vec![declined(decline, request)] } else { Vec::new() },
                status_category: words.category,
                status_code: words.code,
                status_code_change_date_time: digits_of(changed_at),
                ..StatusOutput::default()
            },
            is_rejected: status.is_failure(),
        }
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
