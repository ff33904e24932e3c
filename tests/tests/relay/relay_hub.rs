//! A hub whose table has a stream, with endpoints and a queue from which no function receives.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aws_local::engine::HUB_TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    charge::event::EventName,
    ids::{ClientId, WebhookId},
    time::Timestamp,
    webhook::{About, Delivery, EventRecord, SigningKey, Webhook},
};
use event_relay::{Batch, BatchAnswer, handle};
use flows::{Hub, webhook::event};
use serde_json::Value;
use store::lists::Window;
use tests::{TestHub, queue::Sent, roles::as_function, stream::Stream, subscriber::format};
use wire::malga::webhooks::{EventBody, subscription};

const SECOND: Duration = Duration::from_secs(1);

type Item = HashMap<String, AttributeValue>;

pub(crate) struct RelayHub {
    pub(crate) hub: TestHub,
    pub(crate) flows: Hub,
    pub(crate) account: ClientId,
    stream: Stream,
}

impl RelayHub {
    /// A hub with so many endpoints for all events.
    pub(crate) async fn open(endpoints: u32) -> Self {
        let hub = TestHub::build().await;
        let flows = hub.flows().clone();
        let account = hub.merchant.client_id.parse().unwrap();
        let relay_hub = Self { hub, flows, account, stream: Stream::default() };
        for number in 0..endpoints {
            relay_hub.register(number, "*", true).await;
        }
        relay_hub.pass();
        relay_hub
    }

    /// Registers an endpoint; `number` makes its address unique.
    pub(crate) async fn register(&self, number: u32, event: &str, is_active: bool) -> WebhookId {
        let now = self.flows.now();
        let webhook = Webhook {
            id: format!("c1db83fa-723c-4e1f-9722-bc19{number:08x}").parse().unwrap(),
            client: self.account,
            event: subscription(event).unwrap(),
            endpoint: format!("https://shop.example/{number}"),
            format: format("1.1"),
            is_active,
            key: SigningKey { public_key: String::new(), sealed: String::new() },
            former: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        assert_eq!(self.hub.store().create_webhook(&webhook).await.unwrap(), None);
        webhook.id
    }

    /// A second passes, so that no two changes have the same time.
    pub(crate) fn pass(&self) {
        self.hub.clock().advance(SECOND);
    }

    /// The records of the stream since the last call.
    pub(crate) fn records(&mut self) -> Vec<Value> {
        self.pass();
        self.stream.records(&self.hub.engine.take_calls())
    }

    pub(crate) async fn relay(&self, records: &[Value]) -> BatchAnswer {
        as_function("event-relay", Box::pin(handle(&self.flows, Batch { records: records.to_vec() }))).await
    }

    /// Relays all records since the last call.
    pub(crate) async fn relay_all(&mut self) -> Vec<Value> {
        let records = self.records();
        assert_eq!(self.relay(&records).await, BatchAnswer::default());
        records
    }

    /// All events of the account, in the order in which they happened.
    pub(crate) async fn events(&self) -> Vec<EventRecord> {
        let until = self.flows.now().plus(SECOND);
        let from = Timestamp::from_millis(until.as_millis() - 44 * 24 * 60 * 60 * 1000);
        let window = Window { from, until, descending: false, page: 1, limit: 100 };
        let listed = event::list(&self.flows, self.account, &window).await.unwrap();
        assert_eq!(listed.items.len(), listed.total);
        let mut events = listed.items;
        events.sort_by_key(|event| (event.created_at, about(event).1));
        events
    }

    pub(crate) async fn delivery(&self, webhook: WebhookId, event: &EventRecord) -> Option<Delivery> {
        self.hub.store().delivery(webhook, event.id, self.flows.now()).await.unwrap()
    }

    /// All events and deliveries in the table, by key.
    pub(crate) async fn kept(&self) -> BTreeMap<String, Item> {
        let dynamo = self.hub.engine.direct();
        let items = dynamo.scan().table_name(HUB_TABLE).into_paginator().items().send();
        let items: Vec<Item> = items.collect::<Result<_, _>>().await.unwrap();
        let key = |item: &Item| format!("{} {}", item["PK"].as_s().unwrap(), item["SK"].as_s().unwrap());
        let is_relayed = |key: &str| key.starts_with("EVENT#") || key.contains(" DELIVERY#");
        items.into_iter().map(|item| (key(&item), item)).filter(|(key, _)| is_relayed(key)).collect()
    }

    /// Deletes all events, deliveries and messages.
    pub(crate) async fn forget(&self) {
        let dynamo = self.hub.engine.direct();
        for item in self.kept().await.into_values() {
            let key = ["PK", "SK"].map(|name| (name.to_owned(), item[name].clone())).into();
            dynamo.delete_item().table_name(HUB_TABLE).set_key(Some(key)).send().await.unwrap();
        }
        let _ = self.messages();
        assert!(self.kept().await.is_empty());
    }

    /// The sorted messages in the queue since the last call, as `webhook event`.
    pub(crate) fn messages(&self) -> Vec<String> {
        let mut messages: Vec<String> = self.hub.queue.waiting().iter().map(message).collect();
        self.hub.queue.lose_everything();
        messages.sort();
        messages
    }
}

/// A message has only keys, is grouped by its endpoint, and has no delay.
fn message(sent: &Sent) -> String {
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!((body.as_object().unwrap().len(), sent.delay), (2, 0), "{sent:?}");
    assert_eq!(body["webhook"], sent.group.as_str());
    format!("{} {}", sent.group, body["event"].as_str().unwrap())
}

/// The charge of an event, its number in the charge, and its name.
pub(crate) fn about(event: &EventRecord) -> (String, u32, EventName) {
    match &event.about {
        About::Charge { no, name, snapshot } => (snapshot.id.to_string(), *no, *name),
        About::Ping => unreachable!("no test pings"),
    }
}

/// The charge of an event, as endpoints are sent it.
pub(crate) fn data(event: &EventRecord) -> Value {
    serde_json::to_value(EventBody::new(event, &|_| "https://...".to_owned()).data).unwrap()
}

pub(crate) fn names(events: &[EventRecord]) -> Vec<&'static str> {
    events.iter().map(|event| about(event).2.name()).collect()
}
