//! Stored cards.

use domain::{
    card::CardSnapshot,
    ids::{CardId, ClientId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 2] = ["client", "createdAt"];

/// A stored card. Its number is encrypted; its CVV is not stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardRecord {
    /// The account that it belongs to.
    pub client: ClientId,
    /// What may be shown of it.
    pub snapshot: CardSnapshot,
    /// Its keyed fingerprint.
    pub fingerprint: String,
    /// The number, encrypted.
    pub number: String,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl CardRecord {
    /// A card that came inside a charge.
    #[must_use]
    pub const fn inline(
        client: ClientId,
        snapshot: CardSnapshot,
        fingerprint: String,
        number: String,
        created_at: Timestamp,
    ) -> Self {
        Self { client, snapshot, fingerprint, number, created_at }
    }

    /// Whether it may be used in a charge.
    #[must_use]
    pub const fn can_pay(&self) -> bool {
        true
    }
}

impl Store {
    /// Stores a card under an id that no other card has; the same again changes nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_card(&self, id: CardId, card: &CardRecord) -> Result<(), Error> {
        let item = encode(card_key(id), card, &LIFTED)?;
        self.put(&self.hub, item, &Expression::absent(), &nonce()).await.map(|_: Written| ())
    }

    /// The card of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn card(&self, client: ClientId, id: CardId) -> Result<Option<CardRecord>, Error> {
        let item = self.get(&self.hub, card_key(id)).await?;
        let card: Option<CardRecord> = item.map(|item| decode(&item, &LIFTED)).transpose()?;
        Ok(card.filter(|card| card.client == client))
    }
}

fn card_key(id: CardId) -> Item {
    key(format!("CARD#{id}"), "CARD")
}
