//! Stored cards.

use domain::{
    card::{Card, CardStatus, ZeroDollar},
    ids::CustomerId,
    money::Amount,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::request::{ProviderAuthorization, ProviderError, TransactionRequestBody};
use crate::malga::schema;

/// A stored card: never its number or its security code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StoredCard)]
pub struct CardBody {
    /// Its id.
    pub id: Uuid,
    /// Its status.
    #[schema(schema_with = schema::card_status)]
    pub status: CardStatus,
    /// Always null.
    #[schema(required)]
    pub status_reason: Option<String>,
    /// When it was stored.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// The brand.
    pub brand: &'static str,
    /// The name on it.
    pub card_holder_name: String,
    /// Whether a provider has found its security code right.
    pub cvv_checked: bool,
    /// The same for the same number, within the account. Only a secret key sees it: whoever can compare it can try which
    /// number a card has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The first six digits of the number.
    #[serde(rename = "first6digits")]
    pub first6: String,
    /// The last four digits of the number.
    #[serde(rename = "last4digits")]
    pub last4: String,
    /// The customer that it is linked to.
    #[schema(required)]
    pub customer_id: Option<Uuid>,
    /// The last good month, in two digits.
    pub expiration_month: String,
    /// Its year, in four digits.
    pub expiration_year: String,
    /// The transaction requests that verify it.
    pub transaction_requests: Vec<TransactionRequestBody>,
}

impl CardBody {
    /// The card as it is now.
    #[must_use]
    pub fn new(card: &Card) -> Self {
        let zero_dollar = card.zero_dollar().map(|zero_dollar| TransactionRequestBody::verifying(card, zero_dollar));
        Self {
            id: card.id.uuid(),
            status: card.status(),
            status_reason: None,
            created_at: card.created_at,
            client_id: card.client.uuid(),
            brand: card.snapshot.brand.name(),
            card_holder_name: card.snapshot.holder.clone(),
            cvv_checked: card.cvv_checked(),
            fingerprint: Some(card.fingerprint.clone()),
            first6: card.snapshot.first6.clone(),
            last4: card.snapshot.last4.clone(),
            customer_id: card.customer.map(CustomerId::uuid),
            expiration_month: card.snapshot.expiry.month(),
            expiration_year: card.snapshot.expiry.year(),
            transaction_requests: zero_dollar.into_iter().collect(),
        }
    }

    /// The card as a browser sees it.
    #[must_use]
    pub fn without_fingerprint(self) -> Self {
        Self { fingerprint: None, ..self }
    }
}

impl TransactionRequestBody {
    /// The zero-dollar verification of `card`.
    fn verifying(card: &Card, zero_dollar: &ZeroDollar) -> Self {
        let answer = zero_dollar.answer.as_ref();
        let receipt = answer.map(|answer| answer.receipt.clone()).unwrap_or_default();
        Self {
            id: zero_dollar.id.uuid(),
            created_at: card.created_at,
            updated_at: answer.map_or(card.created_at, |answer| answer.at),
            idempotency_key: card.idempotency_key.clone(),
            request_id: None,
            provider_id: zero_dollar.via.id.uuid(),
            provider_type: Some(zero_dollar.via.kind),
            transaction_id: receipt.transaction_id,
            amount: Amount::ZERO,
            authorization_code: receipt.authorization_code,
            authorization_nsu: receipt.authorization_nsu,
            response_code: receipt.response_code,
            request_status: zero_dollar.status(),
            request_type: schema::ZERO_DOLLAR,
            response_ts: answer.and_then(|answer| answer.took_ms).map(|millis| format!("{millis}ms")),
            pix: None,
            boleto: None,
            drip: None,
            provider_error: answer.and_then(|answer| answer.decline.as_ref()).map(ProviderError::of_card),
            provider_authorization: receipt.network_code.map(ProviderAuthorization::new),
            fraud_analysis: None,
        }
    }
}
