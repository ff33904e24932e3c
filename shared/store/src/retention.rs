//! What is kept no longer than needed: tokens that have expired, numbers of unsaved cards, and the copies of
//! erased customers. Each has an index by time, from which it disappears when it is erased, so that no search grows.

use aws_sdk_dynamodb::{error::SdkError, operation::delete_item::DeleteItemError, types::TransactWriteItem};
use domain::{
    card::{Card, CardStatus},
    ids::{CardId, ChargeId, ClientId, CustomerId, EventId, TokenId, WebhookId},
    time::Timestamp,
    webhook::{DeliveryAttempt, EventRecord},
};

use crate::{
    Error, Store,
    cards::decode_card,
    customers::customer_key,
    deliveries::attempt_key,
    events::{EVENT, LIFTED as EVENT_LIFTED, decode_event, event_key},
    item::{DOC, Item, decode, encode, n, s, text},
    keys::{
        CARD, CUSTOMER, Kind, LIST_SHARDS, card_key, client_list, erased_shard_key, expiry_shard_key, mark, months,
        unsaved_keys, unsaved_shard_key,
    },
    lists::first,
    tokens::token_key,
    write::{Expression, Written, nonce, unreachable},
};

/// An unsaved card, in the index by its last use.
#[derive(Clone, Debug)]
pub struct Unsaved {
    /// The card.
    pub card: CardId,
    /// The mark that was seen: the condition of every change.
    mark: String,
}

/// An erased customer whose copies are not erased yet.
#[derive(Clone, Debug)]
pub struct Erased {
    /// The customer.
    pub customer: CustomerId,
    /// The account.
    pub client: ClientId,
    mark: String,
}

impl Store {
    /// The tokens of `shard` that had expired at `now`, at most `limit`, the first expired first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn expired_tokens(&self, shard: u8, now: Timestamp, limit: usize) -> Result<Vec<TokenId>, Error> {
        let query = self
            .client
            .query()
            .table_name(&*self.tokens)
            .index_name("GSI1")
            .key_condition_expression("GSI1PK = :shard AND GSI1SK < :now")
            .expression_attribute_values(":shard", s(expiry_shard_key(shard)))
            .expression_attribute_values(":now", s(format!("{now}$")))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let found = first(limit, query).await?;
        Ok(found.iter().filter_map(|item| text(item, "PK")?.strip_prefix("TOKEN#")?.parse().ok()).collect())
    }

    /// Deletes a token that had expired at `now`: false where there is none, or a new one of the same id.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delete_expired_token(&self, id: TokenId, now: Timestamp) -> Result<bool, Error> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&*self.tokens)
            .set_key(Some(token_key(id)))
            .condition_expression("expiresAt <= :now")
            .expression_attribute_values(":now", n(now.as_seconds()))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), DeleteItemError::ConditionalCheckFailedException(_)) =>
            {
                Ok(false)
            }
            Err(other) => Err(unreachable(&other)),
        }
    }

    /// The use of an unsaved card, as a part of the transaction that stores the charge. A card that was saved
    /// meanwhile leaves the index again when it is looked at.
    pub(crate) fn use_action(
        &self,
        card: CardId,
        charge: ChargeId,
        now: Timestamp,
        nonce: &str,
    ) -> Result<TransactWriteItem, Error> {
        let [(_, shard), (_, mark)] = unsaved_keys(now, card);
        let used = Expression {
            condition: "attribute_exists(PK)".to_owned(),
            update: "SET GSI2PK = :shard, GSI2SK = :mark, lastCharge = :charge, writer = :writer".to_owned(),
            values: vec![(":shard", shard), (":mark", mark), (":charge", s(charge.to_string()))],
            names: Vec::new(),
        };
        Self::update_action(&self.hub, card_key(card), used, nonce)
    }

    /// The unsaved cards of `shard` that were last used before `until`, after `after`, at most `limit`, the
    /// longest unused first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn unsaved_cards(
        &self,
        shard: u8,
        after: Option<&Unsaved>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Unsaved>, Error> {
        let low = after.map_or_else(String::new, |after| format!("{}$", after.mark));
        let found = self.retained(unsaved_shard_key(shard), low, until, limit).await?;
        let unsaved = |item: &Item| {
            let card = text(item, "PK")?.strip_prefix(CARD)?.parse().ok()?;
            Some(Unsaved { card, mark: text(item, "GSI2SK")?.to_owned() })
        };
        Ok(found.iter().filter_map(unsaved).collect())
    }

    /// The card of this id, of whichever account.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn any_card(&self, id: CardId) -> Result<Option<Card>, Error> {
        let item = self.get(&self.hub, card_key(id)).await?;
        item.as_ref().map(decode_card).transpose()
    }

    /// Erases the number of a card, unless it was used or saved since it was seen: false then.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn erase_number(&self, seen: &Unsaved) -> Result<bool, Error> {
        let erase = Expression {
            condition: "GSI2SK = :seen AND attribute_not_exists(customer)".to_owned(),
            update: "SET #status = :status, version = version + :one, writer = :writer \
                     REMOVE #number, GSI2PK, GSI2SK"
                .to_owned(),
            values: vec![(":seen", s(&seen.mark)), (":status", s(CardStatus::Failed.name())), (":one", n(1))],
            names: vec![("#status", "status"), ("#number", "number")],
        };
        let written = self.update(&self.hub, card_key(seen.card), &erase, &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// Takes a card that was saved out of the index, unless it was used since it was seen.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn keep_number(&self, seen: &Unsaved) -> Result<(), Error> {
        self.unmark(card_key(seen.card), &seen.mark).await
    }

    /// Counts a card as used at `at`, unless it was used since it was seen.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn put_off(&self, seen: &Unsaved, at: Timestamp) -> Result<(), Error> {
        let put_off = Expression {
            condition: "GSI2SK = :seen".to_owned(),
            update: "SET GSI2SK = :mark, writer = :writer".to_owned(),
            values: vec![(":seen", s(&seen.mark)), (":mark", s(mark(at, &seen.card.to_string(), None)))],
            names: Vec::new(),
        };
        self.update(&self.hub, card_key(seen.card), &put_off, &nonce()).await.map(|_: Written| ())
    }

    /// The customers of `shard` that were erased by `now` and whose copies are not, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn erased_customers(&self, shard: u8, now: Timestamp, limit: usize) -> Result<Vec<Erased>, Error> {
        let found = self.retained(erased_shard_key(shard), String::new(), now, limit).await?;
        let mut erased = Vec::new();
        for entry in found {
            let Some(customer) = text(&entry, "PK").and_then(|pk| pk.strip_prefix(CUSTOMER)?.parse().ok()) else {
                continue;
            };
            let Some(item) = self.get(&self.hub, customer_key(customer)).await? else { continue };
            let client = text(&item, "client").and_then(|client| client.parse().ok());
            erased.extend(client.zip(text(&entry, "GSI2SK")).map(|(client, mark)| Erased {
                customer,
                client,
                mark: mark.to_owned(),
            }));
        }
        Ok(erased)
    }

    /// Notes that the copies of a customer are erased.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn copies_erased(&self, erased: &Erased) -> Result<(), Error> {
        self.unmark(customer_key(erased.customer), &erased.mark).await
    }

    /// The events since `from` about charges of an erased customer.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn events_of(&self, erased: &Erased, from: Timestamp, until: Timestamp) -> Result<Vec<EventId>, Error> {
        let list = client_list(erased.client, Kind::Event);
        let mut found = Vec::new();
        for month in months(from, until) {
            for shard in 0..LIST_SHARDS {
                let query = self
                    .client
                    .query()
                    .table_name(&*self.hub)
                    .index_name("GSI1")
                    .key_condition_expression("GSI1PK = :partition")
                    .filter_expression("customer = :customer")
                    .expression_attribute_values(":partition", s(format!("{list}#{month}#{shard}")))
                    .expression_attribute_values(":customer", s(erased.customer.to_string()));
                let events = first(usize::MAX, query).await?;
                let id = |item: &Item| text(item, "PK")?.strip_prefix(EVENT)?.parse::<EventId>().ok();
                found.extend(events.iter().filter_map(id));
            }
        }
        Ok(found)
    }

    /// The event of this id, of whichever account.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn any_event(&self, id: EventId) -> Result<Option<EventRecord>, Error> {
        let item = self.get(&self.hub, event_key(id)).await?;
        item.as_ref().map(decode_event).transpose()
    }

    /// Stores what is left of an event.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn replace_event(&self, event: &EventRecord) -> Result<(), Error> {
        self.replace_doc(event_key(event.id), encode(Item::new(), event, &EVENT_LIFTED)?).await
    }

    /// The attempts to deliver an event to an endpoint, all of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn all_attempts(&self, webhook: WebhookId, event: EventId) -> Result<Vec<DeliveryAttempt>, Error> {
        first(usize::MAX, self.attempts_query(webhook, event)).await?.iter().map(|item| decode(item, &[])).collect()
    }

    /// Stores what is left of a delivery attempt.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn replace_attempt(
        &self,
        webhook: WebhookId,
        event: EventId,
        attempt: &DeliveryAttempt,
    ) -> Result<(), Error> {
        self.replace_doc(attempt_key(webhook, event, attempt.number), encode(Item::new(), attempt, &[])?).await
    }

    async fn replace_doc(&self, key: Item, mut encoded: Item) -> Result<(), Error> {
        let doc = encoded.remove(DOC).ok_or_else(|| Error::Corrupt("a value without a document".to_owned()))?;
        let replace = Expression {
            condition: "attribute_exists(PK)".to_owned(),
            update: "SET doc = :doc, writer = :writer".to_owned(),
            values: vec![(":doc", doc)],
            names: Vec::new(),
        };
        self.update(&self.hub, key, &replace, &nonce()).await.map(|_: Written| ())
    }

    /// Entries of one shard of GSI2 between `low` and `until`.
    async fn retained(&self, shard: String, low: String, until: Timestamp, limit: usize) -> Result<Vec<Item>, Error> {
        let query = self
            .client
            .query()
            .table_name(&*self.hub)
            .index_name("GSI2")
            .key_condition_expression("GSI2PK = :shard AND GSI2SK BETWEEN :low AND :high")
            .expression_attribute_values(":shard", s(shard))
            .expression_attribute_values(":low", s(if low.is_empty() { "0".to_owned() } else { low }))
            .expression_attribute_values(":high", s(format!("{until}$")))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        first(limit, query).await
    }

    async fn unmark(&self, key: Item, seen: &str) -> Result<(), Error> {
        let unmark = Expression {
            condition: "GSI2SK = :seen".to_owned(),
            update: "SET writer = :writer REMOVE GSI2PK, GSI2SK".to_owned(),
            values: vec![(":seen", s(seen))],
            names: Vec::new(),
        };
        self.update(&self.hub, key, &unmark, &nonce()).await.map(|_: Written| ())
    }
}
