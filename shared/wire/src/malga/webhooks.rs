//! The body of a webhook delivery: an event, with the charge at the time of the event.
//!
//! An event is stored without a format, and rendered at each delivery in the version of its endpoint. The same event in
//! the same version has the same bytes.
//!
//! A snapshot is printed like the webhook of Malga's page "Pix" ("Exemplo de retorno do Webhook"): its own field order,
//! blocks without a value as null, transaction requests oldest first. It shows ids in place of cards and customers.

mod registration;
mod signed;

use domain::{
    charge::{Snapshot, request::RequestStatus, status::Status},
    ids::{CustomerId, SessionId},
    merchant::ProviderType,
    method::Method,
    money::{Amount, Currency},
    refusal::Refusal,
    time::Timestamp,
    webhook::{About, EventRecord, Format, Subscription},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use registration::{ApiVersion, WrittenVersion, subscription, subscription_name};
pub use signed::{StandardSignature, Unsigned};

use super::{
    responses::{
        BoletoBody, DripBody, FraudBody, ImageUrl, PixBody, ProviderAuthorization, ProviderError, Shared,
        TransactionRequestBody,
    },
    schema,
};

/// The body that an endpoint of this format is sent: exactly the bytes that are signed.
///
/// # Errors
/// [`Refusal::Internal`] where this is no format of this API.
pub fn body(format: &Format, event: &EventRecord, image_url: ImageUrl<'_>) -> Result<String, Refusal> {
    let body = EventBody::new(event, image_url);
    let printed = match WrittenVersion::try_from(format)?.version {
        ApiVersion::V1_0 => serde_json::to_string(&FirstEventBody::new(event, &body)),
        ApiVersion::V1_1 => serde_json::to_string(&body),
    };
    printed.map_err(|_| Refusal::Internal)
}

/// An event, as endpoints of version 1.1 are sent it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct EventBody {
    /// Its id: the same in every delivery.
    pub id: Uuid,
    /// Always `1.1`.
    pub api_version: &'static str,
    /// What it is about: `transaction`, or `ping` in a test of the endpoint.
    pub object: &'static str,
    /// What happened.
    #[schema(schema_with = schema::event)]
    pub event: &'static str,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The transaction at that time.
    #[schema(schema_with = schema::event_data)]
    pub data: EventData,
}

/// The data of an event.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum EventData {
    /// The charge at that time.
    Transaction(Box<SnapshotBody>),
    /// Nothing in a ping, as in Malga's published signature example.
    Ping {
        /// Always empty.
        object: Nothing,
    },
}

/// An empty object.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Nothing {}

impl EventBody {
    /// The event, whose charge's image is at `image_url`.
    #[must_use]
    pub fn new(event: &EventRecord, image_url: ImageUrl<'_>) -> Self {
        let (object, name, data) = match &event.about {
            About::Charge { name, snapshot, .. } => {
                let charge = SnapshotBody::new(snapshot, image_url);
                ("transaction", name.name(), EventData::Transaction(Box::new(charge)))
            }
            About::Ping => ("ping", "ping", EventData::Ping { object: Nothing {} }),
        };
        Self { id: event.id.uuid(), api_version: "1.1", object, event: name, created_at: event.created_at, data }
    }
}

/// An event, as endpoints of version 1.0 are sent it: as Malga's page "Pix" prints it, and with the fields of version 1.1
/// that receivers read in either version. The charge is in both `payload` and `data`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FirstEventBody<'a> {
    id: Uuid,
    client_id: Uuid,
    event: String,
    payload: &'a EventData,
    created_at: Timestamp,
    api_version: &'static str,
    object: &'static str,
    data: &'a EventData,
}

impl<'a> FirstEventBody<'a> {
    fn new(event: &EventRecord, body: &'a EventBody) -> Self {
        Self {
            id: body.id,
            client_id: event.client.uuid(),
            event: match event.about {
                About::Charge { name, .. } => subscription_name(Subscription::One(name)),
                About::Ping => body.event.to_owned(),
            },
            payload: &body.data,
            created_at: body.created_at,
            api_version: "1",
            object: body.object,
            data: &body.data,
        }
    }
}

/// A charge in an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransactionSnapshot)]
pub struct SnapshotBody {
    /// Its status.
    #[schema(schema_with = schema::charge_status)]
    status: Status,
    /// Its id.
    id: Uuid,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Always null: the transaction requests have it.
    #[schema(required)]
    idempotency_key: Option<String>,
    /// Always null.
    #[schema(required)]
    request_id: Option<String>,
    /// The merchant's order.
    #[schema(required)]
    order_id: Option<String>,
    /// What the merchant still has of it.
    #[schema(schema_with = schema::price)]
    amount: Amount,
    /// What was first asked for.
    #[schema(schema_with = schema::amount)]
    original_amount: Amount,
    /// Its currency.
    #[schema(schema_with = schema::currency)]
    currency: Currency,
    /// In how many parts a card pays it.
    #[schema(required)]
    installments: Option<u8>,
    /// The account that it belongs to.
    client_id: Uuid,
    /// The statement descriptor: the text on the shopper's statement.
    #[schema(required)]
    statement_descriptor: Option<String>,
    /// Who is paid.
    merchant_id: Uuid,
    /// Whether the money is taken at once or only reserved.
    capture: bool,
    /// Whether the outcome of a request to a provider is unknown.
    is_processing: bool,
    /// Whether the shopper contests it.
    is_dispute: bool,
    /// The customer, where a card pays.
    #[schema(required)]
    customer_id: Option<Uuid>,
    /// What the merchant calls it.
    #[schema(required)]
    description: Option<String>,
    /// Always null.
    #[schema(required)]
    fee: Option<u64>,
    /// Always null.
    #[schema(required)]
    fee_amount: Option<u64>,
    /// The transaction requests, oldest first.
    transaction_requests: Vec<RequestSnapshot>,
    /// Always null.
    #[schema(required)]
    transaction_error: Option<String>,
    /// Always null.
    #[schema(required)]
    fraud_analysis_metadata: Option<String>,
    /// The session that it pays.
    #[schema(required)]
    session_id: Option<Uuid>,
}

impl SnapshotBody {
    fn new(snapshot: &Snapshot, image_url: ImageUrl<'_>) -> Self {
        let shared = Shared::of_snapshot(snapshot, image_url);
        // While a Pix can be paid its code is in the payment's method, which a snapshot does not have (Malga, "Pix").
        let payable = snapshot.payable().filter(|_| snapshot.status == Status::Pending);
        let payable = match snapshot.method {
            Method::Pix { expires_in } => {
                payable.map(|receipt| PixBody::new(expires_in, Some(receipt), &|| shared.image()))
            }
            Method::Credit { .. } | Method::Boleto(_) | Method::Drip(_) => None,
        };
        let payable = payable.filter(|pix| pix.qr_code_data.is_some());
        let registered = snapshot.registration().map(|(id, at)| (id.uuid(), at));
        let requests = TransactionRequestBody::all(&shared, &snapshot.entries).into_iter().rev();
        let transaction_requests = requests.map(|request| {
            let is_registration = registered.is_some_and(|(id, _)| id == request.id);
            let pix = request.pix.clone().or_else(|| payable.clone().filter(|_| is_registration));
            let pix = pix.zip(registered).map(|(pix, (id, at))| PixSnapshot::new(pix, id, at, request.updated_at));
            RequestSnapshot::new(request, pix)
        });
        Self {
            status: snapshot.status,
            id: snapshot.id.uuid(),
            updated_at: snapshot.updated_at,
            created_at: snapshot.created_at,
            idempotency_key: None,
            request_id: None,
            order_id: snapshot.order_id.clone(),
            amount: snapshot.amount,
            original_amount: snapshot.original_amount,
            currency: snapshot.currency,
            installments: match snapshot.method {
                Method::Credit { installments } => Some(installments),
                Method::Pix { .. } | Method::Boleto(_) | Method::Drip(_) => None,
            },
            client_id: snapshot.client.uuid(),
            statement_descriptor: snapshot.statement_descriptor.clone(),
            merchant_id: snapshot.merchant.uuid(),
            capture: snapshot.capture,
            is_processing: snapshot.is_under_way,
            is_dispute: snapshot.is_dispute,
            customer_id: snapshot.customer.map(CustomerId::uuid),
            description: snapshot.description.clone(),
            fee: None,
            fee_amount: None,
            transaction_requests: transaction_requests.collect(),
            transaction_error: None,
            fraud_analysis_metadata: None,
            session_id: snapshot.session.map(SessionId::uuid),
        }
    }
}

/// One transaction request in an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TransactionRequestSnapshot)]
pub struct RequestSnapshot {
    /// Its id.
    id: Uuid,
    /// When its outcome was last learned.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When the intent was stored.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// One value in all requests of a charge.
    idempotency_key: String,
    /// Always null.
    #[schema(required)]
    request_id: Option<String>,
    /// The merchant's account at the provider.
    provider_id: Uuid,
    /// The provider; null where the shopper has paid a Pix.
    #[schema(schema_with = schema::provider_type_or_none, required)]
    provider_type: Option<ProviderType>,
    /// The provider's own id of the transaction.
    #[schema(required)]
    network_transaction_id: Option<String>,
    /// The same, under the name that it has in answers.
    #[schema(required)]
    transaction_id: Option<String>,
    /// For how much, in minor units.
    #[schema(schema_with = schema::price)]
    amount: Amount,
    /// The issuer's authorization code; empty where a card payment succeeded without one.
    #[schema(required)]
    authorization_code: Option<String>,
    /// The acquirer's sequence number.
    #[schema(required)]
    authorization_nsu: Option<String>,
    /// How far it has come.
    #[schema(schema_with = schema::request_status)]
    request_status: RequestStatus,
    /// What was asked.
    #[schema(schema_with = schema::request_type)]
    request_type: &'static str,
    /// How long the provider took, such as `1356ms`.
    #[schema(required)]
    response_ts: Option<String>,
    /// The Pix: where it was registered while it can be paid, then where it was paid.
    #[schema(required)]
    pix: Option<PixSnapshot>,
    /// The boleto that was registered.
    #[schema(required)]
    boleto: Option<BoletoSnapshot>,
    /// The page at Drip that was opened.
    #[schema(required)]
    drip: Option<DripSnapshot>,
    /// Why the provider declined.
    #[schema(required)]
    provider_error: Option<ProviderError>,
    /// What the card network said.
    #[schema(required)]
    provider_authorization: Option<ProviderAuthorization>,
    /// The fraud analysis of the payment.
    #[schema(required)]
    fraud_analysis: Option<FraudBody>,
}

impl RequestSnapshot {
    fn new(request: TransactionRequestBody, pix: Option<PixSnapshot>) -> Self {
        let (id, updated_at) = (request.id, request.updated_at);
        // A boleto and a page at Drip are in the request that registered them.
        let created_at = updated_at;
        Self {
            id,
            updated_at,
            created_at: request.created_at,
            idempotency_key: request.idempotency_key,
            request_id: request.request_id,
            provider_id: request.provider_id,
            provider_type: request.provider_type,
            network_transaction_id: request.transaction_id.clone(),
            transaction_id: request.transaction_id,
            amount: request.amount,
            authorization_code: request.authorization_code,
            authorization_nsu: request.authorization_nsu,
            request_status: request.request_status,
            request_type: request.request_type,
            response_ts: request.response_ts,
            pix,
            boleto: request.boleto.map(|boleto| BoletoSnapshot { id, updated_at, created_at, boleto }),
            drip: request.drip.map(|drip| DripSnapshot { id, updated_at, created_at, drip }),
            provider_error: request.provider_error,
            provider_authorization: request.provider_authorization,
            fraud_analysis: request.fraud_analysis,
        }
    }
}

/// A Pix in an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PixSnapshot {
    /// The id of the request that registered it.
    id: Uuid,
    /// When it was registered or, once it is paid, when that was learned.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The code to be copied.
    #[schema(required)]
    qr_code_data: Option<String>,
    /// The code to be scanned: the address of a PNG, which a browser shows without a key.
    #[schema(required)]
    qr_code_image_url: Option<String>,
    /// How many seconds the code can be paid.
    #[schema(schema_with = schema::pix_expiry)]
    expires_in: u32,
}

impl PixSnapshot {
    fn new(pix: PixBody, id: Uuid, created_at: Timestamp, updated_at: Timestamp) -> Self {
        let PixBody { expires_in, qr_code_data, qr_code_image_url } = pix;
        Self { id, updated_at, created_at, qr_code_data, qr_code_image_url, expires_in }
    }
}

/// A boleto in an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoletoSnapshot {
    /// The id of the request that registered it.
    id: Uuid,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Everything else.
    #[serde(flatten)]
    boleto: BoletoBody,
}

/// A page at Drip in an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DripSnapshot {
    /// The id of the request that opened it.
    id: Uuid,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Everything else.
    #[serde(flatten)]
    drip: DripBody,
}
