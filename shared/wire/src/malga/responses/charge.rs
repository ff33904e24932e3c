//! Charges.

use domain::{
    charge::{Charge, Source, status::Status},
    ids::{CustomerId, SessionId},
    money::{Amount, Currency},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    image::ImageUrl,
    method::MethodBody,
    request::{Shared, TransactionRequestBody},
    view::View,
};
use crate::malga::schema;

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Charge)]
pub struct ChargeBody {
    /// Its id.
    pub id: Uuid,
    /// Its status.
    #[schema(schema_with = schema::charge_status)]
    pub status: Status,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Everything else.
    #[serde(flatten)]
    pub payment: PaymentBody,
}

impl ChargeBody {
    /// The charge as it is now. Its image is at `image_url`.
    #[must_use]
    pub fn new(charge: &Charge, image_url: ImageUrl<'_>) -> Self {
        Self::seen(&View::now(charge, image_url))
    }

    /// The charge as it was when the request at `number` (from 1) was answered, whatever came later: the answer to that
    /// request, the first one and every idempotent replay. None before that answer. The number of a charge's creation
    /// is [`Charge::creation`].
    #[must_use]
    pub fn as_answered(charge: &Charge, number: usize, image_url: ImageUrl<'_>) -> Option<Self> {
        View::as_answered(charge, number, image_url).map(|view| Self::seen(&view))
    }

    /// The charge as it was at `step`.
    #[must_use]
    pub fn at(charge: &Charge, step: u32, image_url: ImageUrl<'_>) -> Self {
        Self::seen(&View::at(charge, step, image_url))
    }

    fn seen(view: &View<'_>) -> Self {
        Self {
            id: view.charge.id.uuid(),
            status: view.charge.status(),
            created_at: view.charge.created_at,
            payment: PaymentBody::seen(view),
        }
    }
}

/// The part that answers about charges and about payments of sessions share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment)]
pub struct PaymentBody {
    /// Who is paid.
    pub merchant_id: Uuid,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// The session that it pays.
    #[schema(required)]
    pub session_id: Option<Uuid>,
    /// The customer, where one is known.
    #[schema(required)]
    pub customer_id: Option<Uuid>,
    /// What the merchant calls it.
    #[schema(required)]
    pub description: Option<String>,
    /// The merchant's order.
    #[schema(required)]
    pub order_id: Option<String>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// What the merchant still has of it.
    #[schema(schema_with = schema::price)]
    pub amount: Amount,
    /// What was first asked for.
    #[schema(schema_with = schema::amount)]
    pub original_amount: Amount,
    /// Its currency.
    #[schema(schema_with = schema::currency)]
    pub currency: Currency,
    /// The statement descriptor: the text on the shopper's statement.
    #[schema(required)]
    pub statement_descriptor: Option<String>,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// Whether the shopper contests it.
    pub is_dispute: bool,
    /// How it is paid.
    pub payment_method: MethodBody,
    /// From what it is paid.
    pub payment_source: SourceBody,
    /// The transaction requests, newest first.
    pub transaction_requests: Vec<TransactionRequestBody>,
    /// Always null.
    #[schema(required)]
    pub fraud_analysis_metadata: Option<String>,
}

impl PaymentBody {
    fn seen(view: &View<'_>) -> Self {
        let charge = &*view.charge;
        let payment_source = SourceBody::from(&charge.source);
        let customer_id = charge.shopper().map(CustomerId::uuid);
        Self {
            merchant_id: charge.merchant.uuid(),
            client_id: charge.client.uuid(),
            session_id: charge.session.map(SessionId::uuid),
            customer_id,
            description: charge.description.clone(),
            order_id: charge.order_id.clone(),
            updated_at: charge.updated_at,
            amount: charge.amount(),
            original_amount: charge.original_amount,
            currency: charge.currency,
            statement_descriptor: charge.statement_descriptor.clone(),
            capture: charge.capture,
            is_dispute: charge.is_dispute(),
            payment_method: MethodBody::seen(&charge.method, view),
            payment_source,
            transaction_requests: TransactionRequestBody::all(
                &Shared::of_charge(charge, view.image_url),
                &view.entries(),
            ),
            fraud_analysis_metadata: None,
        }
    }
}

/// The payment source: ids, never card numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "sourceType", rename_all = "lowercase")]
#[schema(as = ChargeSource)]
pub enum SourceBody {
    /// A card.
    #[serde(rename_all = "camelCase")]
    Card {
        /// The card.
        card_id: Uuid,
    },
    /// A card token.
    #[serde(rename_all = "camelCase")]
    Token {
        /// The token.
        token_id: Uuid,
    },
    /// A customer who pays without a card.
    #[serde(rename_all = "camelCase")]
    Customer {
        /// The customer.
        customer_id: Uuid,
    },
}

impl From<&Source> for SourceBody {
    fn from(source: &Source) -> Self {
        match source {
            Source::Card { card_id, .. } => Self::Card { card_id: card_id.uuid() },
            Source::Token { token_id, .. } => Self::Token { token_id: token_id.uuid() },
            Source::Customer { customer_id } => Self::Customer { customer_id: customer_id.uuid() },
        }
    }
}
