//! Stored cards.

use domain::{
    card::Card,
    ids::{CardId, ClientId, CustomerId},
};

use crate::{
    Error, Store,
    card_testing::{Counter, Full, which_is_full},
    charges::Settle,
    item::{DOC, Item, decode_keyed, encode, id_in_key, n, s, text},
    keys::{CARD, Kind, card_key, list_keys, unsaved_keys},
    lists::{Listed, Window},
    tokens::Spend,
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 7] = ["id", "client", "customer", "createdAt", "version", "number", "lastCharge"];

/// What became of a card that was to be made from a token.
#[derive(Debug)]
pub enum Made {
    /// It is stored, and the token spent.
    Ours,
    /// A card of this id was there: this is an idempotent replay.
    Replay(Box<Card>),
    /// The token is spent, expired or deleted.
    TokenSpent,
    /// A counter of verifications is full: nothing is stored.
    Full(Full),
}

impl Store {
    /// Stores a card under an id that no other card has; the same again changes nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_card(&self, card: &Card) -> Result<(), Error> {
        self.put(&self.hub, encode_card(card)?, &Expression::absent(), &nonce()).await.map(|_: Written| ())
    }

    /// Stores a card, spends the token that it is made from and counts its verification in `counters`, in one
    /// transaction.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] the card may have landed.
    pub async fn make_card(&self, card: &Card, token: &Spend, counters: &[Counter]) -> Result<Made, Error> {
        let nonce = nonce();
        let mut writes = vec![
            Self::put_action(&self.hub, encode_card(card)?, Expression::absent(), &nonce)?,
            self.spend_action(token, &nonce)?,
        ];
        writes.extend(self.count_actions(counters, token.now, &nonce)?);
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Made::Ours),
            Err(failed) => match failed.as_slice() {
                [Some(there), ..] => Ok(Made::Replay(Box::new(decode_card(there)?))),
                [None, None, counted @ ..] => {
                    which_is_full(counters, token.now, counted).map(Made::Full).ok_or(Error::Contention)
                }
                _ => Ok(Made::TokenSpent),
            },
        }
    }

    /// Stores the result of a card's verification, if the card is still at `version`.
    ///
    /// # Errors
    /// Any [`Error`]; after [`Error::Unavailable`] it may have landed.
    pub async fn settle_card(&self, version: u64, card: &Card) -> Result<Settle, Error> {
        let doc = encode_card(card)?.remove(DOC).ok_or_else(|| Error::Corrupt(format!("{CARD}{}", card.id)))?;
        let mut settled = Expression::at_version(version);
        "SET doc = :doc, #status = :status, version = :next, writer = :writer".clone_into(&mut settled.update);
        settled.names.push(("#status", "status"));
        settled.values.extend([(":doc", doc), (":status", s(card.status().name())), (":next", n(card.version))]);
        match self.update(&self.hub, card_key(card.id), &settled, &nonce()).await? {
            Written::Done => Ok(Settle::Stored),
            Written::Refused(_) => Ok(Settle::Lost),
        }
    }

    /// The card of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn card(&self, client: ClientId, id: CardId) -> Result<Option<Card>, Error> {
        let item = self.get(&self.hub, card_key(id)).await?;
        let card = item.as_ref().map(decode_card).transpose()?;
        Ok(card.filter(|card| card.client == client))
    }

    /// A page of the account's cards, or of those that are linked to `customer`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn cards(
        &self,
        client: ClientId,
        window: &Window,
        customer: Option<CustomerId>,
    ) -> Result<Listed<Card>, Error> {
        let customer = customer.map(|customer| customer.to_string());
        let admits = |entry: &Item| customer.is_none() || customer.as_deref() == text(entry, "customer");
        let found = self.walk(client, Kind::Card, window, admits).await?;
        let items = self.page(&found, window).await?;
        Ok(Listed { items: items.iter().map(decode_card).collect::<Result<_, _>>()?, total: found.len() })
    }
}

pub(crate) fn decode_card(item: &Item) -> Result<Card, Error> {
    decode_keyed(item, &[("id", id_in_key(item, CARD)?)], &LIFTED)
}

fn encode_card(card: &Card) -> Result<Item, Error> {
    let mut item = encode(card_key(card.id), card, &LIFTED)?;
    item.remove("id");
    item.insert("status".to_owned(), s(card.status().name()));
    item.extend(list_keys(card.client, Kind::Card, card.created_at, card.id.uuid()));
    if card.is_unsaved() {
        item.extend(unsaved_keys(card.created_at, card.id));
    }
    Ok(item)
}
