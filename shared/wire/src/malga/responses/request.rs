//! Transaction requests.

use domain::{
    charge::{
        Charge, Entry, Snapshot,
        decline::{Decline, DeclineCode},
        fraud::FraudAnalysis,
        request::{Origin, Receipt, RequestKind, RequestStatus},
    },
    ids::ChargeId,
    merchant::ProviderType,
    method::{Method, PaymentType},
    money::Amount,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    image::ImageUrl,
    method::{BoletoBody, DripBody, PixBody},
};
use crate::malga::schema;

/// One transaction request.
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
    /// The provider; null where the shopper has paid a Pix.
    #[schema(schema_with = schema::provider_type_or_none, required)]
    pub provider_type: Option<ProviderType>,
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
    /// The Pix that was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pix: Option<PixBody>,
    /// The boleto that was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub boleto: Option<BoletoBody>,
    /// The page at Drip that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub drip: Option<DripBody>,
    /// Why the provider declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_error: Option<ProviderError>,
    /// What the card network said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_authorization: Option<ProviderAuthorization>,
    /// The fraud analysis of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fraud_analysis: Option<FraudBody>,
}

/// What the transaction requests of a charge show of the charge itself.
pub(crate) struct Shared<'a> {
    method: &'a Method,
    idempotency_key: &'a str,
    fraud: Option<FraudAnalysis>,
    creation: usize,
    payable: Option<&'a Receipt>,
    charge: ChargeId,
    image_url: ImageUrl<'a>,
}

impl<'a> Shared<'a> {
    /// Of a charge, whose image is at `image_url`.
    pub(crate) fn of_charge(charge: &'a Charge, image_url: ImageUrl<'a>) -> Self {
        Self {
            method: &charge.method,
            idempotency_key: &charge.idempotency_key,
            fraud: charge.fraud,
            creation: charge.creation(),
            payable: charge.payable(),
            charge: charge.id,
            image_url,
        }
    }

    /// Of a charge in an event, whose image is at `image_url`.
    pub(crate) fn of_snapshot(snapshot: &'a Snapshot, image_url: ImageUrl<'a>) -> Self {
        Self {
            method: &snapshot.method,
            idempotency_key: &snapshot.idempotency_key,
            fraud: snapshot.fraud,
            creation: snapshot.creation,
            payable: snapshot.payable(),
            charge: snapshot.id,
            image_url,
        }
    }

    /// The address of the charge's image.
    pub(crate) fn image(&self) -> String {
        (self.image_url)(self.charge)
    }
}

impl TransactionRequestBody {
    /// One for each of `entries`, in their order.
    pub(crate) fn all(shared: &Shared<'_>, entries: &[Entry]) -> Vec<Self> {
        let all = entries.iter();
        all.map(|entry| Self {
            fraud_analysis: shared.fraud.filter(|_| entry.number == shared.creation).map(FraudBody::from),
            ..Self::new(shared, entry).with_payable(shared, entry.kind)
        })
        .collect()
    }

    fn new(shared: &Shared<'_>, entry: &Entry) -> Self {
        let answer = entry.answer.as_ref();
        let receipt = answer.map(|answer| answer.receipt.clone()).unwrap_or_default();
        let decline = answer.and_then(|answer| answer.decline.as_ref());
        let (status, method) = (entry.status(), shared.method.kind());
        // Malga prints an empty code for a card, and null for a Pix and for Drip.
        let empty_code = match (method, entry.kind, status) {
            (
                PaymentType::Credit,
                RequestKind::Authorization | RequestKind::PreAuthorization,
                RequestStatus::Success,
            ) => Some(String::new()),
            _ => None,
        };
        // Malga prints null where the shopper has paid a Pix, and `DRIP` where the shopper has paid at Drip.
        let is_paid_pix = (method, entry.kind) == (PaymentType::Pix, RequestKind::Authorization);
        // Malga's page on Pix prints no id where a refund is accepted, and prints it where the refund is done.
        let is_accepted = status == RequestStatus::Processing && entry.kind == RequestKind::Void;
        let is_accepted_refund = is_accepted && entry.origin != Origin::Provider;
        Self {
            id: entry.id.uuid(),
            created_at: entry.created_at,
            updated_at: answer.map_or(entry.created_at, |answer| answer.at),
            idempotency_key: shared.idempotency_key.to_owned(),
            request_id: None,
            provider_id: entry.via.id.uuid(),
            provider_type: Some(entry.via.kind).filter(|_| !is_paid_pix),
            transaction_id: receipt.transaction_id.filter(|_| !is_accepted_refund),
            amount: entry.amount,
            authorization_code: receipt.authorization_code.or(empty_code),
            authorization_nsu: receipt.authorization_nsu,
            response_code: receipt.response_code,
            request_status: status,
            request_type: entry.kind.name(),
            response_ts: answer.and_then(|answer| answer.took_ms).map(|millis| format!("{millis}ms")),
            pix: None,
            boleto: None,
            drip: None,
            provider_error: decline.map(|decline| match method {
                PaymentType::Credit => ProviderError::of_card(decline),
                PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => ProviderError::from(decline),
            }),
            provider_authorization: receipt.network_code.map(ProviderAuthorization::new),
            fraud_analysis: None,
        }
    }

    /// With the block of its method: of a Pix where it was paid (Malga, "Pix"), of a boleto and of Drip where they were
    /// registered (Malga, "Drip").
    fn with_payable(self, shared: &Shared<'_>, kind: RequestKind) -> Self {
        let payable = shared.payable.filter(|_| self.request_status == RequestStatus::Success);
        let Some(receipt) = payable else { return self };
        match (shared.method, kind) {
            (Method::Pix { expires_in }, RequestKind::Authorization) => {
                Self { pix: Some(PixBody::new(*expires_in, Some(receipt), &|| shared.image())), ..self }
            }
            (Method::Boleto(boleto), RequestKind::Pending) => {
                Self { boleto: Some(BoletoBody::new(boleto, Some(receipt), &|| shared.image())), ..self }
            }
            (Method::Drip(drip), RequestKind::Pending) => {
                Self { drip: Some(DripBody::new(drip, Some(receipt))), ..self }
            }
            (Method::Credit { .. } | Method::Pix { .. } | Method::Boleto(_) | Method::Drip(_), _) => self,
        }
    }
}

/// The fraud analysis of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FraudAnalysis)]
pub struct FraudBody {
    /// The result.
    #[schema(schema_with = schema::verdict)]
    pub status: &'static str,
    /// Always null: the sandbox's analysis counts nothing.
    #[schema(required)]
    pub score: Option<u32>,
}

impl From<FraudAnalysis> for FraudBody {
    fn from(analysis: FraudAnalysis) -> Self {
        Self { status: analysis.verdict.name(), score: None }
    }
}

/// Why a provider declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderError {
    /// The reason in words.
    pub message: &'static str,
    /// Why.
    #[schema(schema_with = schema::declined_code)]
    pub declined_code: &'static str,
    /// Whether a retry of the same payment may succeed.
    pub retryable: bool,
    /// The card network's code.
    #[schema(required)]
    pub network_denied_reason: Option<String>,
    /// The same reason where a card was declined, with a network's code or without one; otherwise null.
    #[schema(required)]
    pub network_denied_message: Option<&'static str>,
}

impl From<&Decline> for ProviderError {
    fn from(decline: &Decline) -> Self {
        Self {
            message: declined_message(decline.code),
            declined_code: decline.code.name(),
            retryable: decline.retryable(),
            network_denied_reason: decline.network_code.clone(),
            network_denied_message: None,
        }
    }
}

impl ProviderError {
    /// Of a card. Checkouts show the shopper the text of the network: without one, the hub's.
    #[must_use]
    pub fn of_card(decline: &Decline) -> Self {
        Self { network_denied_message: Some(declined_message(decline.code)), ..Self::from(decline) }
    }
}

const fn declined_message(code: DeclineCode) -> &'static str {
    match code {
        DeclineCode::Generic => "The card has been declined for a unknown reason",
        DeclineCode::InsufficientFunds => "The card has insufficient funds",
        DeclineCode::ExpiredCard => "The card expiration date is invalid",
        DeclineCode::InvalidNumber => "The card number is invalid",
        DeclineCode::InvalidCvv => "The security code is invalid",
        DeclineCode::InvalidAmount => "The charge amount is not valid or exceeded maximum allowed",
        DeclineCode::CardNotSupported => "The card does not support this type of purchase",
        DeclineCode::BlockedCard => "The card is blocked",
        DeclineCode::CanceledCard => "The card is canceled",
        DeclineCode::Timeout => "The issuer did not answer in time",
        DeclineCode::TryAgain => "The payment was not processed; it may be tried again",
        DeclineCode::Expired => "The payment was not made in time",
        DeclineCode::ProcessingError => "The provider has no record of this payment",
        DeclineCode::FraudConfirmed => "The card has been declined for confirmed fraud",
        DeclineCode::FraudSuspect => "The card has been declined for suspicion of fraud",
        DeclineCode::InvalidData => "The data of the payment are invalid",
        DeclineCode::InvalidInstallment => "The number of installments is not allowed",
        DeclineCode::InvalidMerchant => "The merchant cannot take this payment",
        DeclineCode::InvalidPin => "The password of the card is invalid",
        DeclineCode::IssuerNotAvailable => "The issuer of the card is not available",
        DeclineCode::LostCard => "The card was reported as lost",
        DeclineCode::NotPermitted => "The payment is not permitted for this card",
        DeclineCode::PickupCard => "The card must not be used",
        DeclineCode::PinTryExceeded => "The password of the card was invalid too often",
        DeclineCode::RestrictedCard => "The card is restricted",
        DeclineCode::SecurityViolation => "The card has been declined for a security violation",
        DeclineCode::ServiceNotAllowed => "The card does not have this service",
        DeclineCode::StolenCard => "The card was reported as stolen",
        DeclineCode::TransactionNotAllowed => "The card does not allow this transaction",
    }
}

/// What the card network said of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAuthorization {
    /// The network's code of an approval, such as `00`.
    pub network_authorization_code: String,
    /// Always empty, as Malga's page "Sessões" prints it.
    pub network_response_code: String,
}

impl ProviderAuthorization {
    pub(super) const fn new(network_code: String) -> Self {
        Self { network_authorization_code: network_code, network_response_code: String::new() }
    }
}
