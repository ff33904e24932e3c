//! Events: the changes of an account's charges, kept for 45 days and listed.

use std::time::Duration;

use domain::{
    charge::event::EventName,
    ids::{ChargeId, ClientId, EventId},
    limits::EVENT_LIFE,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, s, text},
    keys::{Kind, list_keys},
    lists::{Listed, Window},
    write::{Expression, Written, nonce},
};

const EVENT: &str = "EVENT#";
const LIFTED: [&str; 4] = ["id", "client", "createdAt", "expiresAt"];
/// Not a part of the document, whose size is bounded: it is longer than the charge that it shows.
const SNAPSHOT: &str = "snapshot";

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum About {
    /// A change of a charge.
    Charge {
        /// The charge.
        charge: ChargeId,
        /// The event's number in the charge, from 1.
        no: u32,
        /// What it says.
        name: EventName,
    },
    /// Nothing: the owner of an endpoint tests it.
    Ping,
}

/// An event, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRecord {
    /// Its id.
    pub id: EventId,
    /// The account.
    pub client: ClientId,
    /// What it is about.
    pub about: About,
    /// When it happened.
    pub created_at: Timestamp,
    /// Seconds since 1970 at which it expires: the table's time to live, and checked at every read.
    pub expires_at: i64,
    /// The charge as it was then: JSON, in the bytes in which it is sent.
    #[serde(skip)]
    pub snapshot: String,
}

impl EventRecord {
    /// An event that is stored at `now`.
    #[must_use]
    pub fn new(
        id: EventId,
        client: ClientId,
        about: About,
        created_at: Timestamp,
        snapshot: String,
        now: Timestamp,
    ) -> Self {
        let expires_at = now.plus(EVENT_LIFE).as_seconds();
        Self { id, client, about, created_at, expires_at, snapshot }
    }

    /// How long after it happened it was stored, to the second.
    #[must_use]
    pub fn delay(&self) -> Duration {
        let stored_at = self.expires_at.saturating_mul(1000);
        Timestamp::from_millis(stored_at).since(self.created_at.plus(EVENT_LIFE))
    }
}

impl Store {
    /// Stores an event; false where it was there.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_event(&self, event: &EventRecord) -> Result<bool, Error> {
        let mut item = encode(event_key(event.id), event, &LIFTED)?;
        item.remove("id");
        item.insert("kind".to_owned(), s("event"));
        item.insert(SNAPSHOT.to_owned(), s(&event.snapshot));
        match event.about {
            About::Charge { .. } => {
                item.extend(list_keys(event.client, Kind::Event, event.created_at, event.id.uuid()));
            }
            // A ping is delivered to one endpoint alone, and is in no list.
            About::Ping => {}
        }
        let written = self.put(&self.hub, item, &Expression::absent(), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// The event of this id, if it is this account's and has not expired at `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn event(&self, client: ClientId, id: EventId, now: Timestamp) -> Result<Option<EventRecord>, Error> {
        let item = self.get(&self.hub, event_key(id)).await?;
        let event = item.as_ref().map(decode_event).transpose()?;
        Ok(event.filter(|event| event.client == client && event.expires_at > now.as_seconds()))
    }

    /// A page of the account's events.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn events(&self, client: ClientId, window: &Window) -> Result<Listed<EventRecord>, Error> {
        let found = self.walk(client, Kind::Event, window, |_| true).await?;
        let items = self.page(&found, window).await?;
        Ok(Listed { items: items.iter().map(decode_event).collect::<Result<_, _>>()?, total: found.len() })
    }
}

fn event_key(id: EventId) -> Item {
    key(format!("{EVENT}{id}"), "EVENT")
}

fn decode_event(item: &Item) -> Result<EventRecord, Error> {
    let pk = text(item, "PK").unwrap_or_default();
    let corrupt = || Error::Corrupt(pk.to_owned());
    let mut item = item.clone();
    item.insert("id".to_owned(), s(pk.strip_prefix(EVENT).ok_or_else(corrupt)?));
    let snapshot = text(&item, SNAPSHOT).ok_or_else(corrupt)?.to_owned();
    let event: EventRecord = decode(&item, &LIFTED)?;
    Ok(EventRecord { snapshot, ..event })
}
