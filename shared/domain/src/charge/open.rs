//! How a charge begins: an order becomes a charge with one running request.

use serde::{Deserialize, Serialize};

use super::{
    Charge, Source,
    change::{Change, event},
    event::Event,
    fraud::{FraudAnalysis, FraudOrder},
    request::{Origin, RequestKind, TransactionRequest, Via},
};
use crate::{
    card::{CardData, Cvv},
    card_testing::Counted,
    customer::CustomerData,
    ids::{CardId, ChargeId, ClientId, CustomerId, KeyId, MerchantId, RequestId, SessionId, TokenId},
    method::Method,
    money::Money,
    time::Timestamp,
};

/// What a caller ordered, checked field by field.
#[derive(Debug)]
pub struct Order {
    /// Who is paid.
    pub merchant: MerchantId,
    /// How much.
    pub money: Money,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// The merchant's order.
    pub order_id: Option<String>,
    /// The merchant's description.
    pub description: Option<String>,
    /// The statement descriptor.
    pub statement_descriptor: Option<String>,
    /// Its payment method.
    pub method: Method,
    /// The customer, where a card pays.
    pub customer: Option<CustomerId>,
    /// Its payment source, as the caller sent it.
    pub source: SourceOrder,
    /// The analysis of fraud that was asked for.
    pub fraud: Option<FraudOrder>,
    /// Whether the card was to be kept for later payments.
    pub keeps_card: bool,
}

/// The payment source, as the caller sent it.
#[derive(Debug)]
pub enum SourceOrder {
    /// A card's number and code.
    Card(CardData),
    /// A card token.
    Token(TokenId),
    /// A stored card.
    StoredCard {
        /// The card.
        card: CardId,
        /// Its security code.
        cvv: CvvOrder,
    },
    /// The data of a customer.
    Customer(Box<CustomerData>),
    /// A stored customer; a card payment uses the card that was linked last.
    StoredCustomer {
        /// The customer.
        customer: CustomerId,
        /// The card's security code.
        cvv: CvvOrder,
    },
}

impl SourceOrder {
    /// Whether it is a card that comes with the order, by its number or in a token.
    #[must_use]
    pub const fn is_fresh_card(&self) -> bool {
        matches!(self, Self::Card(_) | Self::Token(_))
    }
}

/// The security code of a stored card, as the caller sent it.
#[derive(Debug)]
pub enum CvvOrder {
    /// None: the provider is asked without.
    None,
    /// In the clear.
    Given(Cvv),
    /// In a token of its own.
    Token(TokenId),
}

/// What a creating request said, as keyed hashes of its normal form. Where either hash matches, it is the same request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    /// With the ids as they were sent.
    pub as_sent: String,
    /// With the card's fingerprint in place of the token: a client library makes a new token at every retry. None where no
    /// token was sent. A card's number is in neither: its fingerprint is in its place from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_card: Option<String>,
}

impl Body {
    /// Whether `other` said the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.as_sent == other.as_sent || self.by_card() == other.by_card()
    }

    fn by_card(&self) -> &str {
        self.by_card.as_deref().unwrap_or(&self.as_sent)
    }
}

/// Everything that a new charge needs besides the order.
#[derive(Debug)]
pub struct NewCharge {
    /// Its id.
    pub id: ChargeId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// The public keys with which it was made.
    pub keys: Vec<KeyId>,
    /// The session that it pays.
    pub session: Option<SessionId>,
    /// The customer, where a card pays.
    pub customer: Option<CustomerId>,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// What the request said.
    pub body: Body,
    /// Its payment source, by id.
    pub source: Source,
    /// The account at the provider that will be asked.
    pub via: Via,
    /// What that provider's analysis of fraud said, where it made one.
    pub fraud: Option<FraudAnalysis>,
    /// What its attempts are counted for before they are sent.
    pub counted: Option<Counted>,
    /// The id of the first request.
    pub request: RequestId,
    /// Until when a provider may be called.
    pub call_before: Timestamp,
}

impl Charge {
    /// The charge that `order` asks for, with one running request.
    #[must_use]
    pub fn open(order: &Order, new: NewCharge, now: Timestamp) -> Self {
        let kind = match (&order.method, order.capture) {
            (Method::Pix { .. } | Method::Boleto(_) | Method::Drip(_), _) => RequestKind::Pending,
            (Method::Credit { .. }, true) => RequestKind::Authorization,
            (Method::Credit { .. }, false) => RequestKind::PreAuthorization,
        };
        let event = event(order.method.kind(), Change::Created).map(|name| Event { no: 1, name });
        let event_no = event.map_or(0, |event| event.no);
        let request = TransactionRequest {
            id: new.request,
            kind,
            amount: order.money.amount,
            via: new.via,
            created_at: now,
            call_before: new.call_before,
            origin: Origin::Merchant,
            step: 1,
            event,
            answers: Vec::new(),
            is_retry: false,
            about: None,
            is_duplicate: false,
            hub_refund: None,
            reserved_until: None,
            dispute: None,
            dispute_place: None,
            won: None,
            known_as: Vec::new(),
            ends_session: false,
            body: None,
            merchant_reference: None,
        };
        Self {
            id: new.id,
            client: new.client,
            keys: new.keys,
            merchant: order.merchant,
            session: new.session,
            customer: new.customer,
            order_id: order.order_id.clone(),
            description: order.description.clone(),
            statement_descriptor: order.statement_descriptor.clone(),
            original_amount: order.money.amount,
            currency: order.money.currency,
            capture: order.capture,
            method: order.method.clone(),
            source: new.source,
            idempotency_key: new.idempotency_key.unwrap_or_else(|| new.id.to_string()),
            body: new.body,
            fraud: new.fraud,
            keeps_card: order.keeps_card,
            counted: new.counted,
            requests: vec![request],
            event_no,
            waiting: Vec::new(),
            return_asked_at: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The charge with one more attempt, at another provider: the last one was not sent, or had a soft decline. All
    /// attempts share the time in which a provider may be called.
    #[must_use]
    pub fn retried(&self, via: Via, request: RequestId, now: Timestamp) -> Self {
        let mut next = self.clone();
        if let Some(last) = self.requests.last() {
            next.version = self.version.saturating_add(1);
            next.requests.push(TransactionRequest {
                id: request,
                via,
                created_at: now,
                step: self.next_step(),
                event: None,
                answers: Vec::new(),
                is_retry: true,
                ..last.clone()
            });
        }
        next
    }

    /// The number of the request whose answer was the answer to the charge's creation: the last attempt.
    #[must_use]
    pub fn creation(&self) -> usize {
        self.requests.iter().skip(1).take_while(|request| request.is_retry).count().saturating_add(1)
    }
}
