//! Client sessions, in Worldline's dialect. The id of one is its secret: only its digest is stored.

use std::collections::HashMap;

use domain::{
    card::Card,
    client_session::ClientSession,
    ids::{CardId, ClientId},
    time::Timestamp,
};

use crate::{
    Error, Store,
    cards::decode_card,
    item::{Item, decode, encode_within, key, n},
    keys::card_key,
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 1] = ["client"];

impl Store {
    /// Stores a new client session under the digest of its id; the one that is there and was not forgotten at `now`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_client_session(
        &self,
        digest: &str,
        session: &ClientSession,
        now: Timestamp,
    ) -> Result<Option<ClientSession>, Error> {
        let mut item = encode_within(client_session_key(digest), session, &LIFTED)?;
        item.insert("expiresAt".to_owned(), n(session.remembered_until().as_seconds()));
        let free = Expression {
            condition: "attribute_not_exists(PK) OR expiresAt <= :now".to_owned(),
            values: vec![(":now", n(now.as_seconds()))],
            ..Expression::default()
        };
        match self.put(&self.hub, item, &free, &nonce()).await? {
            Written::Done => Ok(None),
            Written::Refused(there) => decode(&there.ok_or(Error::Contention)?, &LIFTED).map(Some),
        }
    }

    /// The client session whose id has this digest.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn client_session(&self, digest: &str) -> Result<Option<ClientSession>, Error> {
        let item = self.get(&self.hub, client_session_key(digest)).await?;
        item.map(|item| decode(&item, &LIFTED)).transpose()
    }

    /// The account's cards of these ids, each id once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn cards_named(&self, client: ClientId, ids: &[CardId]) -> Result<HashMap<CardId, Card>, Error> {
        let items = self.items(ids.iter().map(|id| card_key(*id)).collect()).await?;
        let cards = items.iter().map(decode_card).collect::<Result<Vec<_>, _>>()?;
        Ok(cards.into_iter().filter(|card| card.client == client).map(|card| (card.id, card)).collect())
    }
}

fn client_session_key(digest: &str) -> Item {
    key(format!("WLSESSION#{digest}"), "WLSESSION")
}
