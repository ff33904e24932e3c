//! Events: the changes of an account's charges, kept for 45 days and listed.

use domain::{
    ids::{ClientId, EventId},
    time::Timestamp,
    webhook::{About, EventRecord},
};

use crate::{
    Error, Store,
    item::{Item, decode_keyed, encode, id_in_key, key},
    keys::{Kind, list_keys},
    lists::{Listed, Window},
    write::{Expression, Written, nonce},
};

pub(crate) const EVENT: &str = "EVENT#";
/// `customer` finds the events of an erased customer in the index; `expiresAt` is the table's time to live, and checked at every read.
pub(crate) const LIFTED: [&str; 5] = ["id", "client", "customer", "createdAt", "expiresAt"];

impl Store {
    /// Stores an event; false where it was there.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_event(&self, event: &EventRecord) -> Result<bool, Error> {
        let mut item = encode(event_key(event.id), event, &LIFTED)?;
        item.remove("id");
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

pub(crate) fn event_key(id: EventId) -> Item {
    key(format!("{EVENT}{id}"), "EVENT")
}

pub(crate) fn decode_event(item: &Item) -> Result<EventRecord, Error> {
    decode_keyed(item, &[("id", id_in_key(item, EVENT)?)], &LIFTED)
}
