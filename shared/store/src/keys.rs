//! The keys of items, and of the two indexes.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    charge::due::Lane,
    ids::{CardId, ChargeId, ClientId, CustomerId, EventId, ProviderAccountId, SessionId, TokenId, WebhookId},
    time::Timestamp,
};
use uuid::Uuid;

use crate::item::{Item, key, s, text};

pub(crate) const CHARGE: &str = "CHARGE#";
pub(crate) const SESSION: &str = "SESSION#";
pub(crate) const CARD: &str = "CARD#";
pub(crate) const CUSTOMER: &str = "CUSTOMER#";
pub(crate) const CALLBACK: &str = "CALLBACK#";
pub(crate) const WEBHOOK: &str = "WEBHOOK#";

/// Shards of the index of due deliveries.
pub const SEND_SHARDS: u8 = 32;
/// Shards of the indexes of what is erased once its time is over.
pub const RETENTION_SHARDS: u8 = 4;
/// Shards of a month of a list.
pub(crate) const LIST_SHARDS: u8 = 4;

/// The partition of an account, and of what is read with it.
pub(crate) fn account_partition(client: ClientId) -> String {
    format!("CLIENT#{client}")
}

pub(crate) fn charge_key(id: ChargeId) -> Item {
    key(format!("{CHARGE}{id}"), "CHARGE")
}

pub(crate) fn session_key(id: SessionId) -> Item {
    key(format!("{SESSION}{id}"), "SESSION")
}

pub(crate) fn card_key(id: CardId) -> Item {
    key(format!("{CARD}{id}"), "CARD")
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sessions.
    Session,
    /// Charges, from their first answer on.
    Charge,
    /// Cards.
    Card,
    /// Customers.
    Customer,
    /// Events.
    Event,
    /// Public keys.
    PublicKey,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Charge => "charge",
            Self::Card => "card",
            Self::Customer => "customer",
            Self::Event => "event",
            Self::PublicKey => "publicKey",
        }
    }
}

/// A lane of the index of due work. Work that is due in one lane never delays another lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueLane {
    /// Charges, by what is due for them.
    Charge(Lane),
    /// Provider notifications that wait in the inbox.
    Notification,
}

impl DueLane {
    /// Every lane, the most urgent first.
    pub const ALL: [Self; 6] = [
        Self::Charge(Lane::Unknown),
        Self::Charge(Lane::Refund),
        Self::Notification,
        Self::Charge(Lane::Query),
        Self::Charge(Lane::Expiry),
        Self::Charge(Lane::Boleto),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Charge(Lane::Unknown) => "unknown",
            Self::Charge(Lane::Refund) => "refund",
            Self::Charge(Lane::Query) => "query",
            Self::Charge(Lane::Expiry) => "expiry",
            Self::Charge(Lane::Boleto) => "boleto",
            Self::Notification => "notification",
        }
    }

    /// How many partitions it has, so that no partition takes every write.
    #[must_use]
    pub const fn shards(self) -> u8 {
        match self {
            Self::Charge(Lane::Refund) | Self::Notification => 4,
            Self::Charge(Lane::Unknown | Lane::Query | Lane::Expiry | Lane::Boleto) => 16,
        }
    }

    /// The partition of its shard.
    pub(crate) fn shard_key(self, shard: u8) -> String {
        format!("DUE#{}#{shard:02}", self.name())
    }
}

/// The index keys of something that is due at `due`; any byte of its id spreads it.
pub(crate) fn due_keys(
    lane: DueLane,
    byte: u8,
    due: Timestamp,
    id: &str,
    account: Option<ProviderAccountId>,
) -> [(String, AttributeValue); 2] {
    [("GSI2PK".to_owned(), s(lane.shard_key(byte % lane.shards()))), ("GSI2SK".to_owned(), s(mark(due, id, account)))]
}

/// The index keys of an unsaved card that was last used then.
pub(crate) fn unsaved_keys(used: Timestamp, card: CardId) -> [(String, AttributeValue); 2] {
    let [byte, ..] = *card.uuid().as_bytes();
    let shard = unsaved_shard_key(byte % RETENTION_SHARDS);
    [("GSI2PK".to_owned(), s(shard)), ("GSI2SK".to_owned(), s(mark(used, &card.to_string(), None)))]
}

pub(crate) fn unsaved_shard_key(shard: u8) -> String {
    format!("UNSAVED#{shard:02}")
}

/// The index keys of a customer that was erased then, until its copies in events and deliveries are.
pub(crate) fn erased_keys(erased: Timestamp, customer: CustomerId) -> [(String, AttributeValue); 2] {
    let [byte, ..] = *customer.uuid().as_bytes();
    let shard = erased_shard_key(byte % RETENTION_SHARDS);
    [("GSI2PK".to_owned(), s(shard)), ("GSI2SK".to_owned(), s(mark(erased, &customer.to_string(), None)))]
}

pub(crate) fn erased_shard_key(shard: u8) -> String {
    format!("ERASED#{shard:02}")
}

/// The keys of a token in the index of its table.
pub(crate) fn expiry_keys(expires_at: i64, token: TokenId) -> [(String, AttributeValue); 2] {
    let [byte, ..] = *token.uuid().as_bytes();
    let at = Timestamp::from_millis(expires_at.saturating_mul(1000));
    let shard = expiry_shard_key(byte % RETENTION_SHARDS);
    [("GSI1PK".to_owned(), s(shard)), ("GSI1SK".to_owned(), s(mark(at, &token.to_string(), None)))]
}

pub(crate) fn expiry_shard_key(shard: u8) -> String {
    format!("EXPIRES#{shard:02}")
}

/// The index keys of a delivery that is due at `due`. Deliveries have shards of their own: they never delay a payment.
pub(crate) fn send_keys(due: Timestamp, webhook: WebhookId, event: EventId) -> [(String, AttributeValue); 2] {
    let [byte, ..] = *event.uuid().as_bytes();
    let id = delivery_id(webhook, event);
    [("GSI2PK".to_owned(), s(send_shard_key(byte % SEND_SHARDS))), ("GSI2SK".to_owned(), s(mark(due, &id, None)))]
}

pub(crate) fn send_shard_key(shard: u8) -> String {
    format!("SEND#{shard:02}")
}

pub(crate) fn delivery_id(webhook: WebhookId, event: EventId) -> String {
    format!("{event}#{webhook}")
}

pub(crate) fn mark(due: Timestamp, id: &str, account: Option<ProviderAccountId>) -> String {
    match account {
        Some(account) => format!("{due}#{id}#{account}"),
        None => format!("{due}#{id}"),
    }
}

/// The provider account in a mark of [`due_keys`].
pub(crate) fn account_of(mark: &str) -> Option<ProviderAccountId> {
    let (_, account) = mark.rsplit_once('#')?;
    account.parse().ok()
}

/// The months from one instant to another, `yyyymm`, ascending.
pub(crate) fn months(from: Timestamp, to: Timestamp) -> Vec<String> {
    let (from, to) = (month_of(from), month_of(to));
    let mut months = Vec::new();
    let (mut year, mut month) = from;
    while (year, month) <= to {
        months.push(format!("{year:04}{month:02}"));
        (year, month) = if month == 12 { (year.saturating_add(1), 1) } else { (year, month.saturating_add(1)) };
    }
    months
}

/// Year and month of an instant, read from its text.
fn month_of(instant: Timestamp) -> (u16, u8) {
    let text = instant.to_string();
    let year = text.get(..4).and_then(|year| year.parse().ok()).unwrap_or(1970);
    let month = text.get(5..7).and_then(|month| month.parse().ok()).unwrap_or(1);
    (year, month)
}

/// The index keys of something that was created then.
pub(crate) fn list_keys(client: ClientId, kind: Kind, created: Timestamp, id: Uuid) -> [(String, AttributeValue); 2] {
    listed_in(&client_list(client, kind), created, id)
}

/// The fields in the keys that [`list_keys`] made; none where the item is not listed.
pub(crate) fn in_list_keys(item: &Item) -> Option<[(&'static str, &str); 2]> {
    let (client, _) = text(item, "GSI1PK")?.strip_prefix("CLIENT#")?.split_once('#')?;
    let (created, _) = text(item, "GSI1SK")?.split_once('#')?;
    Some([("client", client), ("createdAt", created)])
}

/// The index keys of something in any list.
pub(crate) fn listed_in(list: &str, created: Timestamp, id: Uuid) -> [(String, AttributeValue); 2] {
    let (year, month) = month_of(created);
    let [.., byte] = *id.as_bytes();
    let partition = format!("{list}#{year:04}{month:02}#{}", byte % LIST_SHARDS);
    [("GSI1PK".to_owned(), s(partition)), ("GSI1SK".to_owned(), s(format!("{created}#{id}")))]
}

/// The list of an account's things of one kind.
pub(crate) fn client_list(client: ClientId, kind: Kind) -> String {
    format!("CLIENT#{client}#{}", kind.name())
}

/// The list of an endpoint's deliveries.
pub(crate) fn delivery_list(webhook: WebhookId) -> String {
    format!("{WEBHOOK}{webhook}#delivery")
}
