//! What is answered: a payment as it is or was, a decline, and what an approval or a cancel came to.

use domain::{
    card::CardSnapshot,
    charge::{
        Charge, Source,
        request::{RequestKind, RequestStatus},
    },
    money::Amount,
    refusal::Refusal,
    time::Timestamp,
};
use serde::Serialize;

use crate::worldline::{
    amount::AmountOfMoney,
    card,
    errors::{ApiError, ErrorResponse},
    id::PaymentId,
    product::Product,
    status::{PaymentStatus, StatusOutput, declined},
};

/// A payment. Only what is known is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentBody {
    /// Its id: 30 digits.
    pub id: String,
    /// What was paid, and by which card.
    pub payment_output: PaymentOutput,
    /// Its status.
    pub status: &'static str,
    /// What its status means.
    pub status_output: StatusOutput,
    /// Whether it was declined, or never reached a provider.
    #[serde(skip)]
    pub is_rejected: bool,
}

impl PaymentBody {
    /// The payment as it is now. The request with this id asks.
    #[must_use]
    pub fn new(charge: &Charge, request: &str) -> Self {
        Self::shown(charge, false, request)
    }

    /// The payment as it was when its request at `number` (from 1) was answered, whatever came later: the answer to
    /// that request, the first one and every idempotent replay. None before that answer.
    #[must_use]
    pub fn as_answered(charge: &Charge, number: usize, request: &str) -> Option<Self> {
        let step = charge.answered_at(number)?;
        Some(Self::shown(&charge.as_of(step), true, request))
    }

    fn shown(charge: &Charge, is_answer: bool, request: &str) -> Self {
        let PaymentStatus { words, is_rejected, is_authorized, is_cancellable, is_refundable } =
            PaymentStatus::of(charge, is_answer);
        let errors = if is_rejected { vec![decline_of(charge, request)] } else { Vec::new() };
        Self {
            id: PaymentId::at_or_below(charge.id.uuid()).to_string(),
            payment_output: PaymentOutput::new(charge, !is_rejected),
            status: words.status,
            status_output: StatusOutput {
                errors,
                is_authorized: Some(is_authorized),
                is_cancellable,
                is_refundable: Some(is_refundable),
                status_category: words.category,
                status_code: words.code,
                status_code_change_date_time: digits_of(charge.updated_at),
            },
            is_rejected,
        }
    }
}

/// Why the payment was declined.
fn decline_of(charge: &Charge, request: &str) -> ApiError {
    let answer = charge.request(charge.creation()).and_then(|creation| creation.latest());
    declined(answer.and_then(|answer| answer.decline.as_ref()), request)
}

/// An instant as this API writes it, in UTC: `YYYYMMDDHH24MISS`.
pub(in crate::worldline) fn digits_of(at: Timestamp) -> String {
    at.to_string().chars().filter(char::is_ascii_digit).take(14).collect()
}

/// What was paid, and by which card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentOutput {
    /// How much: once captured, what was captured; while a capture is under way, what that is for.
    pub amount_of_money: AmountOfMoney,
    /// What of it was refunded, in hundredths of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_refunded: Option<u64>,
    /// What of it was charged back, in hundredths of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_reversed: Option<u64>,
    /// What the merchant calls it.
    pub references: References,
    /// The kind of payment method.
    pub payment_method: &'static str,
    /// The card.
    pub card_payment_method_specific_output: CardOutput,
}

impl PaymentOutput {
    fn new(charge: &Charge, shows_card: bool) -> Self {
        let paid = charge.amount_paid();
        let refunded = paid.and_then(|paid| paid.checked_sub(charge.amount())).filter(|amount| *amount > Amount::ZERO);
        let money = |amount| AmountOfMoney::new(amount, charge.currency);
        Self {
            amount_of_money: money(paid.unwrap_or_else(|| unpaid(charge))),
            amount_refunded: refunded.map(|amount| money(amount).amount),
            amount_reversed: charge.charged_back().map(|amount| money(amount).amount),
            references: References::of(charge),
            payment_method: "card",
            card_payment_method_specific_output: CardOutput::new(charge, shows_card),
        }
    }
}

/// The amount of a payment that was never captured: what a capture under way is for; else what is reserved, or what was
/// asked for where nothing is.
fn unpaid(charge: &Charge) -> Amount {
    let captures = charge.under_way(RequestKind::Capture).map(|(_, capture)| capture.amount());
    captures.chain([charge.amount()]).find(|amount| *amount > Amount::ZERO).unwrap_or(charge.original_amount)
}

/// What a merchant calls a payment or a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct References {
    /// Its reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_reference: Option<String>,
    /// Always `0`: a card payment has none.
    pub payment_reference: &'static str,
}

impl References {
    pub(in crate::worldline) fn of(charge: &Charge) -> Self {
        Self { merchant_reference: charge.order_id.clone(), payment_reference: "0" }
    }

    /// Of the refund that is the request at `number`.
    pub(in crate::worldline) fn of_refund(charge: &Charge, number: usize) -> Self {
        let own = charge.request(number).and_then(|refund| refund.merchant_reference.clone());
        let of_payment = Self::of(charge);
        Self { merchant_reference: own.or(of_payment.merchant_reference), ..of_payment }
    }
}

/// The card of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CardOutput {
    /// The payment product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_product_id: Option<u32>,
    /// The issuer's authorization code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorisation_code: Option<String>,
    /// What may be shown of the card, unless the payment was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<ShownCard>,
}

impl CardOutput {
    fn new(charge: &Charge, shows_card: bool) -> Self {
        let card = charge.source.card();
        let receipts = charge.requests.iter().filter_map(|request| request.latest().map(|answer| &answer.receipt));
        let mut codes = receipts.filter_map(|receipt| receipt.authorization_code.clone());
        Self {
            payment_product_id: card.and_then(|card| Product::of_brand(card.brand)).map(Product::id),
            authorisation_code: codes.next().filter(|_| shows_card),
            card: card.filter(|_| shows_card).map(ShownCard::from),
        }
    }
}

/// What may be shown of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownCard {
    /// The last four digits of its number, after twelve stars.
    pub card_number: String,
    /// `MMYY`.
    pub expiry_date: String,
}

impl From<&CardSnapshot> for ShownCard {
    fn from(card: &CardSnapshot) -> Self {
        Self { card_number: card::masked(card), expiry_date: card::month_and_year(card) }
    }
}

/// The answer to a payment that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatePaymentResponse {
    /// What was made beside it.
    pub creation_output: CreationOutput,
    /// The payment.
    pub payment: PaymentBody,
}

/// What was made beside a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOutput {
    /// The first 20 digits of its id.
    pub additional_reference: String,
    /// Its id.
    pub external_reference: String,
    /// The stored card, where it was to be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whether this payment stored the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_new_token: Option<bool>,
    /// Whether the card is kept, where it was to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokenization_succeeded: Option<bool>,
}

impl CreatePaymentResponse {
    /// The answer to the creation of the payment that `charge` is, the first one and every idempotent replay; where its
    /// card was to be kept, with its token. None before there is an answer.
    #[must_use]
    pub fn new(charge: &Charge, request: &str) -> Option<Self> {
        let payment = PaymentBody::as_answered(charge, charge.creation(), request)?;
        let id = PaymentId::at_or_below(charge.id.uuid());
        let card = match &charge.source {
            Source::Card { card_id, .. } if charge.keeps_card && !payment.is_rejected => Some(card_id.to_string()),
            Source::Card { .. } | Source::Token { .. } | Source::Customer { .. } => None,
        };
        let creation_output = CreationOutput {
            additional_reference: id.additional_reference(),
            external_reference: id.to_string(),
            is_new_token: card.as_ref().map(|_| true),
            tokenization_succeeded: charge.keeps_card.then_some(card.is_some()),
            token: card,
        };
        Some(Self { creation_output, payment })
    }

    /// The answer to a payment that was declined: an error with the payment inside. Without it a library takes a
    /// decline for another error.
    #[must_use]
    pub fn rejected(self, request: &str) -> PaymentErrorResponse {
        PaymentErrorResponse {
            error_id: request.to_owned(),
            errors: self.payment.status_output.errors.clone(),
            payment_result: self,
        }
    }
}

/// The answer to a payment that was declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentErrorResponse {
    /// The id of the request.
    pub error_id: String,
    /// Why.
    pub errors: Vec<ApiError>,
    /// The payment.
    pub payment_result: CreatePaymentResponse,
}

/// The answer to an approval or a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedPayment {
    /// Of a cancel: what the provider answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_payment_method_specific_output: Option<VoidOutput>,
    /// The payment.
    pub payment: PaymentBody,
}

/// What the provider answered to a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VoidOutput {
    /// `00`: released. `98`: no answer yet.
    pub void_response_id: &'static str,
}

impl ChangedPayment {
    /// The answer to the approval that is the request at `number`; none where the provider refused it.
    ///
    /// # Errors
    /// [`Refusal::Processing`] before there is an answer.
    pub fn approved(charge: &Charge, number: usize, request: &str) -> Result<Option<Self>, Refusal> {
        if answered(charge, number)?.is_failure() {
            return Ok(None);
        }
        let payment = PaymentBody::as_answered(charge, number, request).ok_or(Refusal::Processing)?;
        Ok(Some(Self { card_payment_method_specific_output: None, payment }))
    }

    /// The answer to the cancel that is the request at `number`; none where the provider refused it.
    ///
    /// # Errors
    /// As [`Self::approved`].
    pub fn canceled(charge: &Charge, number: usize, request: &str) -> Result<Option<Self>, Refusal> {
        let void_response_id = if answered(charge, number)? == RequestStatus::Success { "00" } else { "98" };
        let output = Some(VoidOutput { void_response_id });
        let released = Self::approved(charge, number, request)?;
        Ok(released.map(|released| Self { card_payment_method_specific_output: output, ..released }))
    }

    /// The answer to an approval or a cancel that the provider refused.
    #[must_use]
    pub fn declined(request: &str) -> ErrorResponse {
        ErrorResponse { error_id: request.to_owned(), errors: vec![declined(None, request)] }
    }
}

/// How far the request at `number` had come when it was answered.
fn answered(charge: &Charge, number: usize) -> Result<RequestStatus, Refusal> {
    let first = charge.request(number).and_then(|request| request.first());
    first.map(|first| first.status).ok_or(Refusal::Processing)
}
