//! Deliveries: one for each event and endpoint, with its delivery attempts.
//!
//! A delivery is listed with its endpoint by GSI1, and due by GSI2 until it has ended. A delivery and its attempts
//! expire together with the event.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};
use domain::{
    ids::{EventId, WebhookId},
    limits::EVENT_LIFE,
    time::Timestamp,
    webhook::{Delivery, DeliveryAttempt, DeliveryState},
};
use futures::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use crate::{
    Error, Store,
    item::{Item, decode, decode_keyed, encode, key, n, s, text},
    keys::{WEBHOOK, delivery_list, listed_in, send_keys},
    lists::{Listed, Window},
    write::{Expression, Written, nonce, unreachable},
};

const LIFTED: [&str; 8] =
    ["webhook", "event", "client", "state", "attempts", "attemptsInAll", "leasedUntil", "createdAt"];
const DELIVERY: &str = "DELIVERY#";
const ATTEMPT: &str = "ATTEMPT#";
/// How many attempts of a delivery are shown, the newest ones.
const SHOWN: i32 = 50;
/// Deliveries whose attempts are read at once.
const AT_ONCE: usize = 10;

/// A delivery with its attempts, the oldest first.
pub type DeliveryWithAttempts = (Delivery, Vec<DeliveryAttempt>);

impl Store {
    /// Stores a new delivery; false where there is one of this event to this endpoint.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_delivery(&self, delivery: &Delivery) -> Result<bool, Error> {
        let written = self.put(&self.hub, item(delivery)?, &Expression::absent(), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// The delivery of this event to this endpoint, unless it has expired at `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn delivery(
        &self,
        webhook: WebhookId,
        event: EventId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, Error> {
        let item = self.get(&self.hub, delivery_key(webhook, event)).await?;
        let delivery = item.as_ref().map(decode_delivery).transpose()?;
        Ok(delivery.filter(|delivery| expires_at(delivery) > now.as_seconds()))
    }

    /// Stores `next` in place of the delivery as it was read: false where it was written since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn replace_delivery(&self, read: &Delivery, next: &Delivery) -> Result<bool, Error> {
        let written = self.put(&self.hub, item(next)?, &unchanged(read), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// Stores a delivery attempt, and `next` in place of the delivery as it was leased. False where the lease had ended
    /// and another worker has begun.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn end_delivery(
        &self,
        leased: &Delivery,
        next: &Delivery,
        attempt: &DeliveryAttempt,
    ) -> Result<bool, Error> {
        let nonce = nonce();
        // Where an attempt of this number is stored, its delivery was changed as well.
        let writes = vec![
            Self::put_action(&self.hub, item(next)?, unchanged(leased), &nonce)?,
            Self::put_action(&self.hub, attempt_item(leased, attempt)?, Expression::absent(), &nonce)?,
        ];
        Ok(self.transact(writes, &nonce).await?.is_ok())
    }

    /// A page of an endpoint's deliveries, with the newest attempts; without those that have expired at `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn deliveries(
        &self,
        webhook: WebhookId,
        window: &Window,
        now: Timestamp,
    ) -> Result<Listed<DeliveryWithAttempts>, Error> {
        let found = self.walk_list(&delivery_list(webhook), window, |_| true).await?;
        let items = self.page(&found, window).await?;
        let deliveries: Vec<Delivery> = items.iter().map(decode_delivery).collect::<Result<_, _>>()?;
        let alive = deliveries.into_iter().filter(|delivery| expires_at(delivery) > now.as_seconds());
        let with_attempts = stream::iter(alive).map(|delivery| async move {
            let attempts = self.attempts(delivery.webhook, delivery.event).await?;
            Ok::<_, Error>((delivery, attempts))
        });
        Ok(Listed { items: with_attempts.buffered(AT_ONCE).try_collect().await?, total: found.len() })
    }

    /// The newest attempts of a delivery, the oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    async fn attempts(&self, webhook: WebhookId, event: EventId) -> Result<Vec<DeliveryAttempt>, Error> {
        let query = self.attempts_query(webhook, event).scan_index_forward(false).limit(SHOWN);
        let answer = query.send().await.map_err(|error| unreachable(&error))?;
        answer.items.unwrap_or_default().iter().rev().map(|item| decode(item, &[])).collect()
    }

    /// The query of the attempts to deliver an event to an endpoint.
    pub(crate) fn attempts_query(&self, webhook: WebhookId, event: EventId) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&*self.hub)
            .key_condition_expression("PK = :webhook AND begins_with(SK, :attempts)")
            .expression_attribute_values(":webhook", s(format!("{WEBHOOK}{webhook}")))
            .expression_attribute_values(":attempts", s(attempts_of(event)))
            .consistent_read(true)
    }
}

/// Only where the delivery is as it was read: every change of it changes one of these.
fn unchanged(read: &Delivery) -> Expression {
    let (lease, leased_until) = match read.leased_until {
        Some(until) => ("leasedUntil = :claimed", Some((":claimed", s(until.to_string())))),
        None => ("attribute_not_exists(leasedUntil)", None),
    };
    let mut values =
        vec![(":state", state(read.state)), (":attempts", n(read.attempts)), (":inAll", n(read.attempts_in_all))];
    values.extend(leased_until);
    Expression {
        condition: format!("#state = :state AND attempts = :attempts AND attemptsInAll = :inAll AND {lease}"),
        values,
        names: vec![("#state", "state")],
        ..Expression::default()
    }
}

fn state(state: DeliveryState) -> AttributeValue {
    s(match state {
        DeliveryState::Pending => "pending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Exhausted => "exhausted",
    })
}

fn expires_at(delivery: &Delivery) -> i64 {
    delivery.created_at.plus(EVENT_LIFE).as_seconds()
}

pub(crate) fn delivery_key(webhook: WebhookId, event: EventId) -> Item {
    key(format!("{WEBHOOK}{webhook}"), &format!("{DELIVERY}{event}"))
}

/// The endpoint and the event that a delivery's key names.
pub(crate) fn named(item: &Item) -> Option<(WebhookId, EventId)> {
    let webhook = text(item, "PK")?.strip_prefix(WEBHOOK)?.parse().ok()?;
    Some((webhook, text(item, "SK")?.strip_prefix(DELIVERY)?.parse().ok()?))
}

fn item(delivery: &Delivery) -> Result<Item, Error> {
    let mut item = encode(delivery_key(delivery.webhook, delivery.event), delivery, &LIFTED)?;
    item.remove("webhook");
    item.remove("event");
    item.insert("expiresAt".to_owned(), n(expires_at(delivery)));
    let id: Uuid = delivery.event.uuid();
    item.extend(listed_in(&delivery_list(delivery.webhook), delivery.created_at, id));
    if let Some(due) = delivery.due_at {
        item.extend(send_keys(due, delivery.webhook, delivery.event));
    }
    Ok(item)
}

fn decode_delivery(item: &Item) -> Result<Delivery, Error> {
    let corrupt = || Error::Corrupt(text(item, "PK").unwrap_or_default().to_owned());
    let (webhook, event) = named(item).ok_or_else(corrupt)?;
    decode_keyed(item, &[("webhook", &webhook.to_string()), ("event", &event.to_string())], &LIFTED)
}

/// How the keys of a delivery's attempts begin.
fn attempts_of(event: EventId) -> String {
    format!("{ATTEMPT}{event}#")
}

pub(crate) fn attempt_key(webhook: WebhookId, event: EventId, number: u32) -> Item {
    key(format!("{WEBHOOK}{webhook}"), &format!("{}{number:04}", attempts_of(event)))
}

fn attempt_item(delivery: &Delivery, attempt: &DeliveryAttempt) -> Result<Item, Error> {
    let mut item = encode(attempt_key(delivery.webhook, delivery.event, attempt.number), attempt, &[])?;
    item.insert("expiresAt".to_owned(), n(expires_at(delivery)));
    Ok(item)
}
