//! No event is lost: the hub dies at every call of the relay and of the attempts, with its queue or without. The tests
//! check what the endpoints have received.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    time::Timestamp,
    webhook::{DeliveryState, PAUSES, Webhook},
};
use event_relay::BatchAnswer;
use flows::webhook::delivery;
use serde_json::{Value, json};
use store::lists::Window;
use tests::{
    engine::Fault,
    receiver::{Behaviour, Post},
    roles::as_function,
    samples::{APPROVED, card_charge},
    stream::Stream,
    subscriber::Subscriber,
};
use webhook_deliver::{Batch, Record};

/// The endpoints: the first accepts every event, the second refuses its first attempts.
const ENDPOINTS: [&str; 2] = ["/a", "/b"];
/// The visibility timeout: after it, the queue returns messages that were received and not deleted.
const HIDDEN_FOR: Duration = Duration::from_mins(6);

/// Where the hub dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// At the call of this number to the table.
    Table(usize, Fault),
    /// At the call of this number to the queue.
    Queue(usize, Fault),
    /// When so many calls of endpoints have arrived, of which the first two are not answered.
    Endpoint(usize),
}

/// What becomes of the queue when the hub dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Queue {
    /// The queue returns the messages that the hub had received.
    Stays,
    /// The queue is lost with all its messages, and only the sweeper goes on.
    IsLost,
}

/// The records and messages that the hub has received and not finished.
#[derive(Default)]
struct InHand {
    records: Vec<Value>,
    messages: Vec<Record>,
}

impl InHand {
    async fn relay(&mut self, subscriber: &Subscriber) {
        let batch = event_relay::Batch { records: self.records.clone() };
        let handling = Box::pin(event_relay::handle(subscriber.hub.flows(), batch));
        assert_eq!(as_function("event-relay", handling).await, BatchAnswer::default());
        self.records.clear();
    }

    async fn deliver(&mut self, subscriber: &Subscriber) {
        loop {
            self.messages.extend(subscriber.hub.queue.take());
            if self.messages.is_empty() {
                return;
            }
            let handled = subscriber.hub.deliver_batch(Batch { records: self.messages.clone() }).await;
            assert!(handled.batch_item_failures.is_empty());
            self.messages.clear();
        }
    }

    /// The whole work of a sale, from the stream to the second attempt at the second endpoint.
    async fn work(&mut self, subscriber: &Subscriber) {
        self.relay(subscriber).await;
        self.deliver(subscriber).await;
        subscriber.hub.clock().advance(PAUSES[0]);
        self.deliver(subscriber).await;
    }
}

struct World {
    subscriber: Subscriber,
    webhooks: Vec<Webhook>,
    stream: Stream,
    hand: InHand,
}

impl World {
    async fn open() -> Self {
        let subscriber = Subscriber::open().await;
        let mut webhooks = Vec::new();
        for path in ENDPOINTS {
            webhooks.push(subscriber.endpoint_of_all(path).await);
        }
        let _ = subscriber.hub.engine.take_calls();
        Self { subscriber, webhooks, stream: Stream::default(), hand: InHand::default() }
    }

    /// A charge is paid, which makes two events. Between their records, the stream shows an unreadable one.
    async fn sell(&mut self, behaviours: [Vec<Behaviour>; 2]) -> String {
        for (path, behaviours) in ENDPOINTS.into_iter().zip(behaviours) {
            self.subscriber.receiver.expect(path, behaviours);
        }
        let merchant = &self.subscriber.hub.merchant;
        let charge = merchant.creates_charge(&card_charge(&merchant.id, APPROVED)).await;
        self.hand.records = self.stream.records(&self.subscriber.hub.engine.take_calls());
        assert_eq!(self.hand.records.len(), 2);
        let unreadable = json!({"SequenceNumber": "unreadable", "Keys": {"PK": {"S": "CHARGE#unreadable"}}});
        self.hand.records.insert(1, json!({"eventName": "MODIFY", "dynamodb": unreadable}));
        charge.text("/id").to_owned()
    }

    /// The hub works until it dies or is done; whether it has died.
    async fn dies(&mut self, death: Death) -> bool {
        let subscriber = &self.subscriber;
        let seen = subscriber.receiver.posts().len();
        match death {
            Death::Table(number, fault) => subscriber.hub.engine.fail_call(number, fault),
            Death::Queue(number, fault) => subscriber.hub.queue.kill_at(number, fault),
            Death::Endpoint(_) => {}
        }
        let dies = async {
            match death {
                Death::Table(..) => subscriber.hub.engine.has_killed().await,
                Death::Queue(..) => subscriber.hub.queue.has_killed().await,
                Death::Endpoint(count) => subscriber.receiver.has_seen(seen + count).await,
            }
        };
        let has_died = tokio::select! {
            () = dies => true,
            () = self.hand.work(subscriber) => false,
        };
        self.subscriber.hub.kill_and_restart().await;
        self.subscriber.hub.queue.heal();
        has_died
    }

    /// After the death, the next hub relays the stream's records again and makes the attempts that are due.
    async fn go_on(&mut self, queue: Queue) {
        if !self.hand.records.is_empty() {
            self.hand.relay(&self.subscriber).await;
        }
        if queue == Queue::IsLost {
            self.hand.messages.clear();
            self.subscriber.hub.queue.lose_everything();
        } else {
            self.subscriber.hub.clock().advance(HIDDEN_FOR);
            self.hand.deliver(&self.subscriber).await;
        }
        // The sweep of deliveries without an attempt, the first pause, and the second. An attempt whose end is not
        // recorded may have been the one that the endpoint accepted.
        for minutes in [6, 6, 45] {
            if !self.is_done().await {
                self.subscriber.pass(Duration::from_mins(minutes)).await;
            }
        }
    }

    /// Whether the two newest deliveries of each endpoint have succeeded.
    async fn is_done(&self) -> bool {
        let (from, until) = (Timestamp::from_millis(0), self.subscriber.now());
        let newest = Window { from, until, descending: true, page: 1, limit: 2 };
        let (flows, merchant) = (self.subscriber.hub.flows(), self.subscriber.client());
        for webhook in &self.webhooks {
            let deliveries = delivery::list(flows, merchant, webhook.id, &newest).await.unwrap().items;
            if deliveries.iter().any(|(delivery, _)| delivery.state != DeliveryState::Delivered) {
                return false;
            }
        }
        true
    }

    /// Each endpoint received both events of the charge under their ids, and no more often than the deaths explain.
    async fn assert_received(&self, seen: usize, charge: &str, of: &str) {
        let mut received: BTreeMap<(&str, String, String), Vec<Post>> = BTreeMap::new();
        for post in self.subscriber.receiver.posts().split_off(seen) {
            let body: Value = serde_json::from_str(&post.body).unwrap();
            assert_eq!(body["id"], post.header("webhook-id"), "{of}");
            let path = ENDPOINTS.into_iter().find(|path| *path == post.path).unwrap();
            let event = (path, body["event"].as_str().unwrap().to_owned(), post.header("webhook-id").to_owned());
            assert_eq!(body["data"]["id"], charge, "{of}");
            received.entry(event).or_default().push(post);
        }
        let names: Vec<(&str, &str)> = received.keys().map(|(path, name, _)| (*path, name.as_str())).collect();
        let expected = [("/a", "authorized"), ("/a", "pending"), ("/b", "authorized"), ("/b", "pending")];
        assert_eq!(names, expected, "{of}");
        let ids: BTreeSet<&str> = received.keys().map(|(_, _, id)| id.as_str()).collect();
        assert_eq!(ids.len(), 2, "{of}: an event has one id at all endpoints");
        for ((path, ..), posts) in &received {
            let most = if *path == "/a" { 2 } else { 3 };
            assert!(posts.len() <= most, "{of}: {path} received an event {} times", posts.len());
            assert!(posts.iter().all(|post| post.body == posts[0].body), "{of}: {path}");
        }
        assert!(self.is_done().await, "{of}: not everything was recorded");
    }
}

/// The second endpoint fails the first attempt of both events.
fn honest() -> [Vec<Behaviour>; 2] {
    let in_vain = || Behaviour::status(500);
    [vec![Behaviour::status(200)], vec![in_vain(), in_vain(), Behaviour::status(200)]]
}

/// The same, but both endpoints never answer their first call.
fn silent() -> [Vec<Behaviour>; 2] {
    let in_vain = || Behaviour::status(500);
    [vec![Behaviour::Hang, Behaviour::status(200)], vec![Behaviour::Hang, in_vain(), Behaviour::status(200)]]
}

/// A sale and a death; whether the hub died.
async fn is_deadly(world: &mut World, death: Death, queue: Queue) -> bool {
    let behaviours = if matches!(death, Death::Endpoint(_)) { silent() } else { honest() };
    let seen = world.subscriber.receiver.posts().len();
    let charge = world.sell(behaviours).await;
    let has_died = world.dies(death).await;
    world.go_on(queue).await;
    world.assert_received(seen, &charge, &format!("{death:?}")).await;
    has_died
}

/// The hub dies at one call after the other, until there is no further call.
async fn assert_nothing_is_lost(queue: Queue) {
    let mut world = World::open().await;
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        let (mut at_table, mut at_queue) = (1, 1);
        while is_deadly(&mut world, Death::Table(at_table, fault), queue).await {
            at_table += 1;
        }
        while is_deadly(&mut world, Death::Queue(at_queue, fault), queue).await {
            at_queue += 1;
        }
        // For each event a query, its write, its deliveries and a message; six attempts, and two messages for retries.
        assert!(at_table > 2 * (1 + 1 + 2) + 6 * 5, "{at_table}");
        assert_eq!(at_queue, 2 + 2 + 1);
    }
    for count in 1..=4 {
        assert!(is_deadly(&mut world, Death::Endpoint(count), queue).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_call_loses_no_event() {
    assert_nothing_is_lost(Queue::Stays).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_call_with_the_loss_of_the_queue_loses_no_event() {
    assert_nothing_is_lost(Queue::IsLost).await;
}
