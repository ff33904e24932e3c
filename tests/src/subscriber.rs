//! A hub whose merchant has webhook endpoints, which receive the events of its charges.

use std::time::Duration;

use domain::{
    charge::event::EventName,
    ids::{ChargeId, ClientId, EventId, WebhookId},
    time::Timestamp,
    webhook::{About, Delivery, DeliveryAttempt, DeliveryState, Format, PAUSES, Subscription, Webhook},
};
use flows::{
    Clock,
    caller::Caller,
    identity,
    webhook::{deliver::Message, delivery, endpoint, event, relay},
};
use serde_json::Value;
use store::lists::Window;
use webhook_deliver::{Batch, Record};
use wire::malga::{normal_form, webhooks::WrittenVersion};

use crate::{
    TestHub,
    queue::Sent,
    receiver::{Post, Receiver},
    samples::{APPROVED, card_charge},
};

/// A hub, and the webhook endpoints of its merchant.
pub struct Subscriber {
    /// The hub.
    pub hub: TestHub,
    /// The endpoints.
    pub receiver: Receiver,
}

impl Subscriber {
    /// A hub without endpoints.
    pub async fn open() -> Self {
        Self::in_hub(TestHub::build().await).await
    }

    /// The same with the time of `clock`.
    pub async fn open_by(clock: Clock) -> Self {
        Self::in_hub(TestHub::build_by(clock).await).await
    }

    async fn in_hub(hub: TestHub) -> Self {
        let receiver = Receiver::open(hub.clock().clone()).await;
        Self { hub, receiver }
    }

    /// The merchant's account.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.hub.merchant.client_id.parse().unwrap()
    }

    /// The hub's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.hub.clock().now()
    }

    /// An endpoint at `path` that receives the events of authorized charges.
    pub async fn endpoint(&self, path: &str) -> Webhook {
        self.endpoint_of(path, "1.1").await
    }

    /// The same, in the format of `version`.
    pub async fn endpoint_of(&self, path: &str, version: &str) -> Webhook {
        self.register(path, Subscription::One(EventName::Authorized), version).await
    }

    /// An endpoint at `path` that receives every event.
    pub async fn endpoint_of_all(&self, path: &str) -> Webhook {
        self.register(path, Subscription::Everything, "1.1").await
    }

    async fn register(&self, path: &str, event: Subscription, version: &str) -> Webhook {
        let flows = self.hub.flows();
        let identity =
            identity::new(flows, &Caller::account(self.client()), "/v1/webhooks", None, normal_form(&Value::Null))
                .unwrap();
        endpoint::register(flows, &identity, event, self.receiver.endpoint(path), format(version), true)
            .await
            .unwrap()
            .made()
            .clone()
    }

    /// An id that no endpoint has.
    #[must_use]
    pub fn fresh(&self) -> WebhookId {
        WebhookId::new(
            identity::new(self.hub.flows(), &Caller::account(self.client()), "/", None, normal_form(&Value::Null))
                .unwrap()
                .id,
        )
    }

    /// Makes a paid charge, whose event is in the queue. Returns that event.
    pub async fn sell(&self) -> EventId {
        let event = self.sell_without_delivery().await;
        assert!(self.hub.queue.waiting().iter().any(|sent| message(sent).event == event), "no delivery is queued");
        event
    }

    /// The same, where no endpoint may be subscribed to the event.
    pub async fn sell_without_delivery(&self) -> EventId {
        let body = card_charge(&self.hub.merchant.id, APPROVED);
        let id: ChargeId = self.hub.merchant.post("/v1/charges", &body).await.expect(201).text("/id").parse().unwrap();
        let charge = self.hub.store().any_charge(id).await.unwrap().unwrap();
        relay::charge(self.hub.flows(), None, &charge).await.unwrap();
        let is_it = |about: &About| matches!(about, About::Charge { name: EventName::Authorized, snapshot, .. } if snapshot.id == id);
        let events = event::list(self.hub.flows(), self.client(), &self.newest()).await.unwrap().items;
        events.into_iter().find(|event| is_it(&event.about)).unwrap().id
    }

    /// This endpoint's delivery of `event`.
    pub async fn delivery(&self, webhook: &Webhook, event: EventId) -> Delivery {
        self.hub.store().delivery(webhook.id, event, self.now()).await.unwrap().unwrap()
    }

    /// The state of this endpoint's delivery of `event`.
    pub async fn state(&self, webhook: &Webhook, event: EventId) -> DeliveryState {
        self.delivery(webhook, event).await.state
    }

    /// The deliveries of this endpoint with their attempts, the newest first.
    pub async fn deliveries(&self, webhook: &Webhook) -> Vec<(Delivery, Vec<DeliveryAttempt>)> {
        delivery::list(self.hub.flows(), self.client(), webhook.id, &self.newest()).await.unwrap().items
    }

    /// The first page of a list.
    #[must_use]
    pub fn newest(&self) -> Window {
        let (from, until) = (Timestamp::from_millis(0), self.now().plus(Duration::from_secs(1)));
        Window { from, until, descending: true, page: 1, limit: 100 }
    }

    /// The attempts of its newest delivery.
    pub async fn attempts(&self, webhook: &Webhook) -> Vec<DeliveryAttempt> {
        self.deliveries(webhook).await.into_iter().next().unwrap().1
    }

    /// The requests that brought `event`.
    #[must_use]
    pub fn posts_of(&self, event: EventId) -> Vec<Post> {
        let is_it = |post: &Post| post.header("webhook-id") == event.to_string();
        self.receiver.posts().into_iter().filter(is_it).collect()
    }

    /// Whether the endpoint is enabled.
    pub async fn is_active(&self, webhook: &Webhook) -> bool {
        endpoint::find(self.hub.flows(), self.client(), webhook.id).await.unwrap().is_active
    }

    /// The merchant enables or disables the endpoint.
    pub async fn switch(&self, webhook: &Webhook, is_active: bool) {
        let change = serde_json::json!({"status": is_active});
        self.hub.merchant.patch(&format!("/v1/webhooks/{}", webhook.id), &change).await.assert_status(200);
    }

    /// Time passes, and the due deliveries are attempted.
    pub async fn pass(&self, time: Duration) {
        self.hub.clock().advance(time);
        self.hub.sweep().await;
        self.hub.deliver().await;
    }

    /// Lets attempts fail until `left` retries remain.
    pub async fn fail_but(&self, left: usize) {
        self.hub.deliver().await;
        for pause in PAUSES.iter().take(PAUSES.len() - left) {
            self.pass(*pause).await;
        }
    }
}

/// The format of an endpoint that is registered with this version.
#[must_use]
pub fn format(version: &str) -> Format {
    WrittenVersion::read(&version.into()).unwrap().into()
}

/// The content of a message of the queue.
#[must_use]
pub fn message(sent: &Sent) -> Message {
    serde_json::from_str(&sent.body).unwrap()
}

/// The batch in which Lambda passes these messages.
#[must_use]
pub fn batch(messages: &[(WebhookId, EventId)]) -> Batch {
    let body = |webhook, event| serde_json::to_string(&Message { webhook, event }).unwrap();
    let records = messages
        .iter()
        .zip(1..)
        .map(|((webhook, event), number)| Record { message_id: number.to_string(), body: body(*webhook, *event) });
    Batch { records: records.collect() }
}
