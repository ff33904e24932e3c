//! Sessions.

use domain::{
    charge::{Charge, status::Status},
    ids::{CustomerId, SessionId},
    method::Accepted,
    money::{Amount, Currency},
    session::{Item, Session, SessionStatus},
    time::{Date, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    charge::{ChargeBody, PaymentBody},
    image::ImageUrl,
    method::PenaltyBody,
};
use crate::malga::schema;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub struct SessionBody {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Its status.
    #[schema(schema_with = schema::session_status)]
    pub status: SessionStatus,
    /// Whether it may be paid at all.
    pub is_active: bool,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// The merchant's order.
    #[schema(required)]
    pub order_id: Option<String>,
    /// How much is to be paid.
    #[schema(schema_with = schema::amount)]
    pub amount: Amount,
    /// In which currency.
    #[schema(schema_with = schema::currency)]
    pub currency: Currency,
    /// Whether a payment takes the money at once or only reserves it.
    pub capture: bool,
    /// Who is paid.
    pub merchant_id: Uuid,
    /// The customer that the merchant named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub customer_id: Option<Uuid>,
    /// Until when it may be paid.
    #[schema(value_type = String, format = DateTime)]
    pub due_date: Timestamp,
    /// What the merchant says of it.
    #[schema(required)]
    pub description: Option<String>,
    /// The statement descriptor: the text on the shopper's statement.
    #[schema(required)]
    pub statement_descriptor: Option<String>,
    /// What is sold.
    pub items: Vec<ItemBody>,
    /// The address of a page at which whoever has it pays the session, where it was made with `createLink`; otherwise
    /// empty.
    pub payment_link: String,
    /// How it may be paid.
    pub payment_methods: Vec<AcceptedBody>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// The key that pays this session and opens nothing else.
    pub public_key: String,
}

impl SessionBody {
    /// The session, with its own key in the clear, at a hub with this public address.
    #[must_use]
    pub fn new(session: &Session, public_key: &str, public_url: &str) -> Self {
        Self {
            id: session.id.uuid(),
            name: session.name.clone(),
            status: session.status,
            is_active: session.is_active,
            client_id: session.client.uuid(),
            order_id: session.order_id.clone(),
            amount: session.amount,
            currency: session.currency,
            capture: session.capture,
            merchant_id: session.merchant.uuid(),
            customer_id: session.customer.map(CustomerId::uuid),
            due_date: session.due_date.printed(),
            description: session.description.clone(),
            statement_descriptor: session.statement_descriptor.clone(),
            items: session.items.iter().map(ItemBody::from).collect(),
            payment_link: payment_link(session, public_key, public_url),
            payment_methods: methods(session),
            created_at: session.created_at,
            updated_at: session.updated_at,
            public_key: public_key.to_owned(),
        }
    }
}

/// A browser sends what comes after `#` to no server.
fn payment_link(session: &Session, public_key: &str, public_url: &str) -> String {
    if session.has_link { format!("{}#{public_key}", session.hosted_page(public_url)) } else { String::new() }
}

fn methods(session: &Session) -> Vec<AcceptedBody> {
    session.methods.iter().map(AcceptedBody::from).collect()
}

/// One thing that is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionItem)]
pub struct ItemBody {
    /// What it is called.
    pub name: String,
    /// What it is.
    #[schema(required)]
    pub description: Option<String>,
    /// The price of one.
    #[schema(schema_with = schema::price)]
    pub unit_price: Amount,
    /// How many.
    pub quantity: u32,
    /// Whether it is a thing rather than a service.
    #[schema(required)]
    pub tangible: Option<bool>,
}

impl From<&Item> for ItemBody {
    fn from(item: &Item) -> Self {
        Self {
            name: item.name.clone(),
            description: item.description.clone(),
            unit_price: item.unit_price,
            quantity: item.quantity,
            tangible: item.tangible,
        }
    }
}

/// A payment method that a session accepts, on the merchant's terms. What is null here is for the payment to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "paymentType", rename_all = "lowercase")]
#[schema(as = SessionMethod)]
pub enum AcceptedBody {
    /// Credit card.
    Credit {
        /// The most installments that the payment may have, and what it has when it does not say.
        #[schema(schema_with = schema::installments)]
        installments: u8,
    },
    /// Pix.
    #[serde(rename_all = "camelCase")]
    Pix {
        /// The most seconds that a code lives, and what it lives when the payment does not say.
        #[schema(required)]
        expires_in: Option<u32>,
    },
    /// Boleto.
    #[serde(rename_all = "camelCase")]
    Boleto {
        /// Its due date.
        #[schema(value_type = Option<String>, format = Date, required)]
        expires_date: Option<Date>,
        /// For how many days after its due date it can be paid.
        #[schema(minimum = 0, maximum = 365, required)]
        max_days_past_due: Option<u16>,
        /// The instructions to the cashier.
        #[schema(required)]
        instructions: Option<String>,
        /// What is added for each day, or each month, of delay.
        #[schema(required)]
        interest: Option<PenaltyBody>,
        /// What is added once for a delay.
        #[schema(required)]
        fine: Option<PenaltyBody>,
    },
    /// Drip.
    #[serde(rename_all = "camelCase")]
    Drip {
        /// Where the browser goes after a payment.
        #[schema(required)]
        success_redirect_url: Option<String>,
        /// Where the browser goes when the shopper cancels.
        #[schema(required)]
        cancel_redirect_url: Option<String>,
        /// The most installments that the shopper may choose.
        #[schema(required)]
        max_installments: Option<u8>,
    },
}

impl From<&Accepted> for AcceptedBody {
    fn from(accepted: &Accepted) -> Self {
        match accepted {
            Accepted::Credit { installments } => Self::Credit { installments: *installments },
            Accepted::Pix { expires_in } => Self::Pix { expires_in: *expires_in },
            Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine } => Self::Boleto {
                expires_date: *expires_date,
                max_days_past_due: *max_days_past_due,
                instructions: instructions.clone(),
                interest: interest.map(PenaltyBody::from),
                fine: fine.map(PenaltyBody::from),
            },
            Accepted::Drip { success_redirect_url, cancel_redirect_url, max_installments } => Self::Drip {
                success_redirect_url: success_redirect_url.clone(),
                cancel_redirect_url: cancel_redirect_url.clone(),
                max_installments: *max_installments,
            },
        }
    }
}

/// The answer to a payment of a session: `id` and `createdAt` are the session's, the rest is the charge's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaidSession)]
pub struct PaidSessionBody {
    /// The session's id.
    pub id: Uuid,
    /// `paid` when the charge is authorized, otherwise the charge's status.
    #[schema(schema_with = schema::payment_status)]
    pub status: &'static str,
    /// When the session was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The charge's id.
    pub charge_id: Uuid,
    /// How the session may be paid.
    pub payment_methods: Vec<AcceptedBody>,
    /// Everything else.
    #[serde(flatten)]
    pub payment: PaymentBody,
}

impl PaidSessionBody {
    /// The payment as it was when it was answered, the first time and in every idempotent replay; none before that
    /// answer.
    #[must_use]
    pub fn as_answered(session: &Session, charge: &Charge, image_url: ImageUrl<'_>) -> Option<Self> {
        ChargeBody::as_answered(charge, charge.creation(), image_url).map(|body| Self::with(session, body))
    }

    /// The payment as it was at `step`, when it was the answer to a request that made no other.
    #[must_use]
    pub fn at(session: &Session, charge: &Charge, step: u32, image_url: ImageUrl<'_>) -> Self {
        Self::with(session, ChargeBody::at(charge, step, image_url))
    }

    /// The payment as it is now.
    #[must_use]
    pub fn now(session: &Session, charge: &Charge, image_url: ImageUrl<'_>) -> Self {
        Self::with(session, ChargeBody::new(charge, image_url))
    }

    fn with(session: &Session, charge: ChargeBody) -> Self {
        Self {
            id: session.id.uuid(),
            status: match charge.status {
                Status::Authorized => SessionStatus::Paid.name(),
                other => other.name(),
            },
            created_at: session.created_at,
            charge_id: charge.id,
            payment_methods: methods(session),
            payment: charge.payment,
        }
    }
}

/// How far the payment of a session is: what a checkout page asks for until it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionProgress)]
pub struct ProgressBody {
    /// The session's id.
    pub id: Uuid,
    /// Its status.
    #[schema(schema_with = schema::session_status)]
    pub status: SessionStatus,
    /// Whether it may be paid at all.
    pub is_active: bool,
    /// Until when it may be paid.
    #[schema(value_type = String, format = DateTime)]
    pub due_date: Timestamp,
    /// The first instant at which it may not be paid. Where its due date is a day, that day ends in Brasília.
    #[schema(value_type = String, format = DateTime)]
    pub payable_until: Timestamp,
    /// The charge that is to pay it, or paid it.
    #[schema(required)]
    pub active_charge: Option<ActiveChargeBody>,
    /// Whether there is a payment that its shopper comes back to.
    pub has_charge: bool,
    /// How many more attempts to pay it are possible.
    pub attempts_left: usize,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// The charge that holds the lock of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ActiveCharge)]
pub struct ActiveChargeBody {
    /// Its id.
    pub id: Uuid,
}

impl ActiveChargeBody {
    /// The active charge of the session, if it has one.
    #[must_use]
    pub fn of(session: &Session) -> Option<Self> {
        session.lock.map(|charge| Self { id: charge.uuid() })
    }
}

impl From<&Session> for ProgressBody {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.uuid(),
            status: session.status,
            is_active: session.is_active,
            due_date: session.due_date.printed(),
            payable_until: session.due_date.end(),
            active_charge: ActiveChargeBody::of(session),
            has_charge: session.shown_charge().is_some(),
            attempts_left: session.attempts_left(),
            updated_at: session.updated_at,
        }
    }
}

/// The answer to a change of whether a session may be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionActive)]
pub struct ActiveBody {
    /// The session's id.
    pub id: Uuid,
    /// Whether it may be paid.
    pub is_active: bool,
}

impl From<&Session> for ActiveBody {
    fn from(session: &Session) -> Self {
        Self { id: session.id.uuid(), is_active: session.is_active }
    }
}

/// The answer to canceling a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionCanceled)]
pub struct CanceledBody {
    /// The session's id.
    pub id: Uuid,
    /// `canceled`.
    #[schema(schema_with = schema::session_status)]
    pub status: SessionStatus,
}

impl CanceledBody {
    /// The session `id`, canceled.
    #[must_use]
    pub fn new(id: SessionId) -> Self {
        Self { id: id.uuid(), status: SessionStatus::Canceled }
    }
}
