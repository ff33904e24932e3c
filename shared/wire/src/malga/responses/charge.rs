//! Charges.

use domain::{
    charge::{
        Charge, Source,
        decline::Decline,
        request::{Answer, RequestKind, RequestStatus, TransactionRequest},
        status::Status,
    },
    ids::CustomerId,
    merchant::ProviderType,
    method::Method,
    money::{Amount, Currency},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::qr;
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
    /// The charge as it stands now.
    #[must_use]
    pub fn new(charge: &Charge) -> Self {
        Self::seen(charge, &View::now(charge))
    }

    /// The charge as it stood when its creation was answered, whatever came later: what a repeat of that
    /// request is told (design §3, "Repeat before refusal"). None before that answer.
    #[must_use]
    pub fn as_answered(charge: &Charge) -> Option<Self> {
        View::as_answered(charge).map(|view| Self::seen(charge, &view))
    }

    fn seen(charge: &Charge, view: &View<'_>) -> Self {
        Self {
            id: charge.id.uuid(),
            status: view.status,
            created_at: charge.created_at,
            payment: PaymentBody::seen(charge, view),
        }
    }
}

/// What changes in a charge, at one moment of its life.
struct View<'a> {
    status: Status,
    amount: Amount,
    updated_at: Timestamp,
    /// Newest first, each with what was known of its outcome.
    requests: Vec<(&'a TransactionRequest, Option<&'a Answer>)>,
}

impl<'a> View<'a> {
    fn now(charge: &'a Charge) -> Self {
        Self {
            status: charge.status(),
            amount: charge.amount(),
            updated_at: charge.updated_at,
            requests: charge.requests.iter().rev().map(|request| (request, request.latest())).collect(),
        }
    }

    fn as_answered(charge: &'a Charge) -> Option<Self> {
        let created = charge.creation();
        let (answer, after) = charge.request(created)?.answered()?;
        let tries = charge.requests.iter().take(created).rev();
        Some(Self {
            status: after.status,
            amount: after.amount,
            updated_at: answer.at,
            requests: tries.map(|request| (request, request.answered().map(|(answer, _)| answer))).collect(),
        })
    }

    /// The code of a Pix that could be paid then.
    fn pix_code(&self) -> Option<&'a str> {
        let mut answers = self.requests.iter().filter_map(|(_, answer)| *answer);
        answers.find_map(|answer| answer.receipt.pix_code.as_deref()).filter(|_| self.status == Status::Pending)
    }
}

/// What answers about charges and about payments of sessions share.
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
    /// The buyer, where one is known.
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
    /// What the buyer's statement shows.
    #[schema(required)]
    pub statement_descriptor: Option<String>,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// Whether the buyer contests it.
    pub is_dispute: bool,
    /// How it is paid.
    pub payment_method: MethodBody,
    /// From what it is paid.
    pub payment_source: SourceBody,
    /// What was asked of providers, newest first.
    pub transaction_requests: Vec<TransactionRequestBody>,
}

impl PaymentBody {
    fn seen(charge: &Charge, view: &View<'_>) -> Self {
        let payment_source = SourceBody::from(&charge.source);
        let customer_id = charge.buyer().map(CustomerId::uuid);
        Self {
            merchant_id: charge.merchant.uuid(),
            client_id: charge.client.uuid(),
            session_id: charge.session.map(domain::ids::SessionId::uuid),
            customer_id,
            description: charge.description.clone(),
            order_id: charge.order_id.clone(),
            updated_at: view.updated_at,
            amount: view.amount,
            original_amount: charge.original_amount,
            currency: charge.currency,
            statement_descriptor: charge.statement_descriptor.clone(),
            capture: charge.capture,
            is_dispute: false,
            payment_method: MethodBody::new(&charge.method, view.pix_code()),
            payment_source,
            transaction_requests: view
                .requests
                .iter()
                .map(|(request, answer)| TransactionRequestBody::new(charge, request, *answer))
                .collect(),
        }
    }
}

/// How a charge is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "paymentType", rename_all = "lowercase")]
#[schema(as = ChargeMethod)]
pub enum MethodBody {
    /// By credit card.
    Credit {
        /// In how many parts.
        #[schema(schema_with = schema::installments)]
        installments: u8,
    },
    /// By Pix.
    #[serde(rename_all = "camelCase")]
    Pix {
        /// How many seconds the code can be paid.
        #[schema(schema_with = schema::pix_expiry)]
        expires_in: u32,
        /// The code to be copied, while it can be paid.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        qr_code_data: Option<String>,
        /// The code to be scanned, while it can be paid: a `data:` URL of a PNG.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        qr_code_image_url: Option<String>,
    },
}

impl MethodBody {
    fn new(method: &Method, pix_code: Option<&str>) -> Self {
        match method {
            Method::Credit { installments } => Self::Credit { installments: *installments },
            Method::Pix { expires_in } => Self::Pix {
                expires_in: *expires_in,
                qr_code_data: pix_code.map(str::to_owned),
                qr_code_image_url: pix_code.and_then(qr::image_url),
            },
        }
    }
}

/// From what a charge is paid: ids, never numbers.
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
    /// A buyer who pays without a card.
    #[serde(rename_all = "camelCase")]
    Customer {
        /// The buyer.
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

/// One thing that was asked of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransactionRequest)]
pub struct TransactionRequestBody {
    /// Its id.
    pub id: Uuid,
    /// When the intent was stored.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its outcome was last learned.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// One value in all requests of a charge.
    pub idempotency_key: String,
    /// Always null.
    #[schema(required)]
    pub request_id: Option<String>,
    /// The merchant's account at the provider.
    pub provider_id: Uuid,
    /// The provider.
    #[schema(schema_with = schema::provider_type)]
    pub provider_type: ProviderType,
    /// The provider's own id of the transaction.
    #[schema(required)]
    pub transaction_id: Option<String>,
    /// For how much, in minor units.
    #[schema(schema_with = schema::price)]
    pub amount: Amount,
    /// The issuer's authorization code; empty where a card payment succeeded without one.
    #[schema(required)]
    pub authorization_code: Option<String>,
    /// The acquirer's sequence number.
    #[schema(required)]
    pub authorization_nsu: Option<String>,
    /// The provider's response code.
    #[schema(required)]
    pub response_code: Option<String>,
    /// How far it has come.
    #[schema(schema_with = schema::request_status)]
    pub request_status: RequestStatus,
    /// What was asked.
    #[schema(schema_with = schema::request_type)]
    pub request_type: &'static str,
    /// How long the provider took, such as `1356ms`.
    #[schema(required)]
    pub response_ts: Option<String>,
    /// Why the provider refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_error: Option<ProviderError>,
    /// What the card network said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_authorization: Option<ProviderAuthorization>,
}

impl TransactionRequestBody {
    fn new(charge: &Charge, request: &TransactionRequest, answer: Option<&Answer>) -> Self {
        let receipt = answer.map(|answer| answer.receipt.clone()).unwrap_or_default();
        let status = answer.map_or(RequestStatus::Running, |answer| answer.status);
        // Seed 002 prints an empty code for a card, seed 001 null for a Pix.
        let empty_code = match (request.kind, status) {
            (RequestKind::Authorization | RequestKind::PreAuthorization, RequestStatus::Success) => Some(String::new()),
            _ => None,
        };
        Self {
            id: request.id.uuid(),
            created_at: request.created_at,
            updated_at: answer.map_or(request.created_at, |answer| answer.at),
            idempotency_key: charge.idempotency_key.clone(),
            request_id: None,
            provider_id: request.via.id.uuid(),
            provider_type: request.via.kind,
            transaction_id: receipt.transaction_id,
            amount: request.amount,
            authorization_code: receipt.authorization_code.or(empty_code),
            authorization_nsu: receipt.authorization_nsu,
            response_code: receipt.response_code,
            request_status: status,
            request_type: request.kind.name(),
            response_ts: answer.and_then(|answer| answer.took_ms).map(|millis| format!("{millis}ms")),
            provider_error: answer.and_then(|answer| answer.decline.as_ref()).map(ProviderError::from),
            provider_authorization: receipt.network_code.map(ProviderAuthorization::new),
        }
    }
}

/// Why a provider refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderError {
    /// What a person reads.
    pub message: &'static str,
    /// Why.
    #[schema(schema_with = schema::declined_code)]
    pub declined_code: &'static str,
    /// Whether the same payment may succeed when tried again.
    pub retryable: bool,
    /// The card network's code.
    #[schema(required)]
    pub network_denied_reason: Option<String>,
    /// What the card network says of it.
    #[schema(required)]
    pub network_denied_message: Option<String>,
}

impl From<&Decline> for ProviderError {
    fn from(decline: &Decline) -> Self {
        Self {
            message: decline.code.message(),
            declined_code: decline.code.name(),
            retryable: decline.code.retryable(),
            network_denied_reason: decline.network_code.clone(),
            network_denied_message: None,
        }
    }
}

/// What the card network said of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAuthorization {
    /// The network's code of an approval; seed 000 prints `00` here.
    pub network_authorization_code: String,
    /// Printed empty, as seed 000 prints it.
    pub network_response_code: String,
}

impl ProviderAuthorization {
    pub(super) const fn new(network_code: String) -> Self {
        Self { network_authorization_code: network_code, network_response_code: String::new() }
    }
}
