//! What is told to endpoints: signed, tried again in the published pauses, and told at least once whoever dies; an
//! endpoint that misbehaves holds up nobody else.

#![expect(clippy::similar_names, reason = "a try and what was tried, dates and data")]
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that finds nothing there has failed")]

use std::{collections::HashSet, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    charge::event::EventName,
    ids::{ChargeId, ClientId, EventId, WebhookId},
    limits::EVENT_LIFE,
    refusal::Refusal,
    time::Timestamp,
    webhook::{ApiVersion, Delivery, DeliveryState, PAUSES, Subscription, Try, Webhook},
};
use flows::{deliver::Message, webhook::WebhookChange};
use futures::future::join_all;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;
use store::lists::Window;
use tests::{
    House,
    engine::{Call, Fault},
    queue::Sent,
    receiver::{Behaviour, Post, Receiver},
    samples::{APPROVED, card_charge},
};
use webhook_deliver::{Batch, Failure, Record};

/// A hub, and the endpoints of its merchant.
struct Shop {
    house: House,
    receiver: Receiver,
}

impl Shop {
    async fn open() -> Self {
        let house = House::build().await;
        let receiver = Receiver::open(house.hub().clock.clone()).await;
        Self { house, receiver }
    }

    fn client(&self) -> ClientId {
        self.house.client.client_id.parse().unwrap()
    }

    fn now(&self) -> Timestamp {
        self.house.hub().clock.now()
    }

    /// An endpoint at `path` that is told what is paid.
    async fn endpoint(&self, path: &str) -> Webhook {
        self.endpoint_of(path, ApiVersion::V1_1).await
    }

    async fn endpoint_of(&self, path: &str, version: ApiVersion) -> Webhook {
        let hub = self.house.hub();
        let attempt = hub.attempt(self.client(), "/v1/webhooks", None, &Value::Null).unwrap();
        let (event, url) = (Subscription::One(EventName::Authorized), self.receiver.endpoint(path));
        hub.register_webhook(&attempt, event, url, version, true).await.unwrap().webhook
    }

    /// A charge is paid, and its event is on its way to every endpoint.
    async fn sell(&self) -> EventId {
        let body = card_charge(&self.house.client.merchant_id, APPROVED);
        let id: ChargeId = self.house.client.post("/v1/charges", &body).await.expect(201).text("/id").parse().unwrap();
        let charge = self.house.hub().store.any_charge(id).await.unwrap().unwrap();
        self.house.hub().relay(None, &charge).await.unwrap();
        message(self.house.queue.waiting().last().unwrap()).event
    }

    async fn delivery(&self, webhook: &Webhook, event: EventId) -> Delivery {
        self.house.hub().store.delivery(webhook.id, event, self.now()).await.unwrap().unwrap()
    }

    async fn state(&self, webhook: &Webhook, event: EventId) -> DeliveryState {
        self.delivery(webhook, event).await.state
    }

    /// Everything that this endpoint was told, the newest first.
    async fn told(&self, webhook: &Webhook) -> Vec<(Delivery, Vec<Try>)> {
        let window = Window {
            from: Timestamp::from_millis(0),
            until: self.now().plus(Duration::from_secs(1)),
            descending: true,
            page: 1,
            limit: 100,
        };
        self.house.hub().deliveries(self.client(), webhook.id, &window).await.unwrap().items
    }

    async fn tries(&self, webhook: &Webhook) -> Vec<Try> {
        self.told(webhook).await.into_iter().next().unwrap().1
    }

    async fn is_active(&self, webhook: &Webhook) -> bool {
        self.house.hub().webhook(self.client(), webhook.id).await.unwrap().is_active
    }

    /// Time passes, and whatever is due then is tried.
    async fn pass(&self, time: Duration) {
        self.house.hub().clock.advance(time);
        sweeper::sweep(self.house.hub()).await.unwrap();
        self.house.deliver().await;
    }

    /// Fails until the last try but `left` is made.
    async fn fail_but(&self, left: usize) {
        self.house.deliver().await;
        for pause in PAUSES.iter().take(PAUSES.len() - left) {
            self.pass(*pause).await;
        }
    }
}

fn message(sent: &Sent) -> Message {
    serde_json::from_str(&sent.body).unwrap()
}

fn batch(messages: &[(WebhookId, EventId)]) -> Batch {
    let body = |webhook, event| serde_json::to_string(&Message { webhook, event }).unwrap();
    let records = messages
        .iter()
        .zip(1..)
        .map(|((webhook, event), number)| Record { message_id: number.to_string(), body: body(*webhook, *event) });
    Batch { records: records.collect() }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap()).collect()
}

/// Whether this key has made the signature: what a receiver does with the PEM text that it was given.
fn has_signed(pem: &str, signed: &str, signature: &[u8]) -> bool {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let spki = STANDARD.decode(base64).unwrap();
    UnparsedPublicKey::new(&ED25519, spki.last_chunk::<32>().unwrap()).verify(signed.as_bytes(), signature).is_ok()
}

/// Who has signed it: as receivers of the public API look, and as those of Standard Webhooks do.
fn signers(post: &Post, keys: &[&str]) -> (Vec<usize>, Vec<usize>) {
    let plug = format!("{}\n{}", post.header("x-plug-date"), post.body);
    let standard = format!("{}.{}.{}", post.header("webhook-id"), post.header("webhook-timestamp"), post.body);
    let signature = bytes(post.header("x-plug-signature"));
    let list: Vec<Vec<u8>> = post
        .header("webhook-signature")
        .split(' ')
        .map(|signature| STANDARD.decode(signature.strip_prefix("v1a,").unwrap()).unwrap())
        .collect();
    let by = |holds: &dyn Fn(&str) -> bool| -> Vec<usize> { (0..keys.len()).filter(|at| holds(keys[*at])).collect() };
    let in_list = by(&|key| list.iter().any(|signature| has_signed(key, &standard, signature)));
    assert_eq!(list.len(), in_list.len());
    (by(&|key| has_signed(key, &plug, &signature)), in_list)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_told_once_signed_and_named() {
    let shop = Shop::open().await;
    let old = shop.endpoint_of("/old", ApiVersion::V1_0).await;
    let new = shop.endpoint("/new").await;
    let event = shop.sell().await;
    let before = shop.now();
    assert_eq!(shop.house.deliver().await, 2);
    for (webhook, path) in [(&old, "/old"), (&new, "/new")] {
        let posts = shop.receiver.posts_to(path);
        let [post] = posts.as_slice() else { unreachable!("{posts:?}") };
        let id = event.to_string();
        for header in ["x-idempotency-key", "webhook-id"] {
            assert_eq!(post.header(header), id);
        }
        assert_eq!(post.header("content-type"), "application/json");
        assert!(post.header("user-agent").starts_with("Catraca/"), "{}", post.header("user-agent"));
        let date: i64 = post.header("x-plug-date").parse().unwrap();
        assert!((before.as_millis()..=shop.now().as_millis()).contains(&date));
        assert_eq!(post.header("webhook-timestamp"), (date / 1000).to_string());
        assert_eq!(signers(post, &[&webhook.key.public_key]), (vec![0], vec![0]));
        assert_eq!(signers(post, &[&old.key.public_key, &new.key.public_key]).0.len(), 1);

        let body: Value = serde_json::from_str(&post.body).unwrap();
        let (name, data) = match webhook.api_version {
            ApiVersion::V1_0 => ("transaction.authorized", "/payload/status"),
            ApiVersion::V1_1 => ("authorized", "/data/status"),
        };
        assert_eq!((body["id"].as_str(), body["event"].as_str()), (Some(id.as_str()), Some(name)));
        assert_eq!(body.pointer(data).and_then(Value::as_str), Some("authorized"));

        let told = shop.told(webhook).await;
        let [(delivery, tries)] = told.as_slice() else { unreachable!("{told:?}") };
        assert_eq!((delivery.state, delivery.tries, delivery.due_at), (DeliveryState::Delivered, 1, None));
        let [tried] = tries.as_slice() else { unreachable!("{tries:?}") };
        let answer = (tried.number, tried.status, tried.answer.as_str(), tried.problem.as_deref());
        assert_eq!(answer, (1, Some(200), "{\"received\":true}", None));
    }
    shop.pass(EVENT_LIFE / 2).await;
    assert_eq!(shop.receiver.posts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_hold_keys_alone_and_each_endpoint_is_a_group() {
    let shop = Shop::open().await;
    let webhook = shop.endpoint("/").await;
    let event = shop.sell().await;
    let waiting = shop.house.queue.waiting();
    let [sent] = waiting.as_slice() else { unreachable!("{waiting:?}") };
    assert_eq!(sent.body, format!(r#"{{"webhook":"{}","event":"{event}"}}"#, webhook.id));
    assert_eq!((sent.group.as_str(), sent.delay), (webhook.id.to_string().as_str(), 0));
}

/// Ten endpoints in one batch, five of which misbehave. The others have been told, and that is recorded, while the worst
/// still keep the hub waiting.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_misbehaves_holds_up_nobody_else() {
    let shop = Shop::open().await;
    let bad = [
        ("/hang", Behaviour::Hang),
        ("/500", Behaviour::status(500)),
        ("/redirect", Behaviour::Redirect("/elsewhere".to_owned())),
        ("/gigabyte", Behaviour::Gigabyte),
        ("/drip", Behaviour::DripHead),
    ];
    let mut endpoints = Vec::new();
    for (number, (path, behaviour)) in bad.iter().enumerate() {
        shop.receiver.expect(path, [behaviour.clone()]);
        endpoints.push(shop.endpoint(path).await);
        endpoints.push(shop.endpoint(&format!("/good/{number}")).await);
    }
    let event = shop.sell().await;
    let is_waited_for = |webhook: &Webhook| webhook.endpoint.ends_with("/hang") || webhook.endpoint.ends_with("/drip");
    let others = async {
        for webhook in endpoints.iter().filter(|webhook| !is_waited_for(webhook)) {
            while shop.delivery(webhook, event).await.tries == 0 {}
        }
        for webhook in endpoints.iter().filter(|webhook| is_waited_for(webhook)) {
            assert_eq!(shop.delivery(webhook, event).await.tries, 0, "{}", webhook.endpoint);
        }
        shop.house.hub().clock.advance(Duration::from_secs(30));
    };
    let limited = tokio::time::timeout(Duration::from_secs(25), async { tokio::join!(shop.house.deliver(), others) });
    assert_eq!(limited.await.unwrap().0, 10);

    for webhook in &endpoints {
        let tries = shop.tries(webhook).await;
        let [tried] = tries.as_slice() else { unreachable!("{tries:?}") };
        let path = webhook.endpoint.strip_prefix(&shop.receiver.endpoint("")).unwrap();
        let expected = match path {
            "/hang" | "/drip" => (DeliveryState::Pending, None, Some("no answer came in time")),
            "/500" => (DeliveryState::Pending, Some(500), None),
            "/redirect" => (DeliveryState::Pending, Some(307), None),
            _ => (DeliveryState::Delivered, Some(200), None),
        };
        let came_to = (shop.state(webhook, event).await, tried.status, tried.problem.as_deref());
        assert_eq!(came_to, expected, "{path}");
        assert_eq!(tried.took_ms >= 30_000, is_waited_for(webhook), "{path}: {tried:?}");
        assert!(tried.answer.len() <= 1024, "{path}");
        assert_eq!(shop.receiver.posts_to(path).len(), 1, "{path}");
    }
    assert_eq!(shop.receiver.posts().len(), 10, "a redirect was followed");
    // What the two sockets hold; the hub has read sixteen kilobytes.
    let written = shop.receiver.written("/gigabyte");
    assert!(written < 32 << 20, "{written} bytes of a gigabyte were taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_drips_a_byte_a_second_is_left_at_the_limit() {
    for (behaviour, state, status) in [
        (Behaviour::DripHead, DeliveryState::Pending, None),
        (Behaviour::DripBody, DeliveryState::Delivered, Some(200)),
    ] {
        let shop = Shop::open().await;
        shop.receiver.expect("/", [behaviour.clone()]);
        let webhook = shop.endpoint("/").await;
        let event = shop.sell().await;
        let seconds = async {
            let head = if behaviour == Behaviour::DripBody {
                "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".len()
            } else {
                0
            };
            for second in 1.. {
                shop.receiver.has_written("/", head + second).await;
                shop.house.hub().clock.advance(Duration::from_secs(1));
            }
        };
        tokio::select! { _ = shop.house.deliver() => {} () = seconds => {} }
        let tries = shop.tries(&webhook).await;
        assert_eq!((shop.state(&webhook, event).await, tries[0].status), (state, status));
        assert!((30_000..35_000).contains(&tries[0].took_ms), "{tries:?}");
        assert!(tries[0].answer.len() < 35, "{tries:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn later_tries_are_waited_for_five_seconds() {
    let shop = Shop::open().await;
    shop.receiver.expect("/", [Behaviour::status(500), Behaviour::Hang]);
    let webhook = shop.endpoint("/").await;
    shop.sell().await;
    shop.house.deliver().await;
    shop.house.pass(PAUSES[0]).await;
    let clock = &shop.house.hub().clock;
    tokio::join!(shop.house.deliver(), async {
        shop.receiver.has_seen(2).await;
        clock.advance(Duration::from_secs(5));
    });
    let took = shop.tries(&webhook).await[1].took_ms;
    assert!((5_000..10_000).contains(&took), "{took}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_200_and_201_is_an_answer_that_takes_it() {
    let shop = Shop::open().await;
    for status in [200, 201, 202, 204, 301, 400, 404, 410, 429, 500, 503] {
        let path = format!("/{status}");
        shop.receiver.expect(&path, [Behaviour::status(status)]);
        let webhook = shop.endpoint(&path).await;
        let event = shop.sell().await;
        shop.house.deliver().await;
        let expected = if status <= 201 { DeliveryState::Delivered } else { DeliveryState::Pending };
        assert_eq!(shop.state(&webhook, event).await, expected, "{status}");
        assert_eq!(shop.tries(&webhook).await[0].status, Some(status));
        shop.house.hub().remove_webhook(shop.client(), webhook.id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_cannot_be_reached_is_told_why() {
    let shop = Shop::open().await;
    shop.receiver.expect("/close", [Behaviour::Close]);
    let mut webhooks = vec![shop.endpoint("/close").await];
    let https = shop.receiver.endpoint("/tls").replace("http://", "https://");
    for url in ["http://127.0.0.1:1/nobody", &https, "http://10.0.0.1/inside", "http://nobody.invalid/"] {
        let webhook = shop.endpoint(&format!("/{}", webhooks.len())).await;
        // As a hub with other rules would have let it be registered.
        let webhook = Webhook { endpoint: url.to_owned(), version: webhook.version + 1, ..webhook };
        assert!(shop.house.hub().store.change_webhook(&webhook).await.unwrap());
        webhooks.push(webhook);
    }
    let mut problems = Vec::new();
    shop.sell().await;
    shop.house.deliver().await;
    for webhook in &webhooks {
        let tries = shop.tries(webhook).await;
        assert_eq!((tries.len(), tries[0].status), (1, None));
        problems.push(tries[0].problem.clone().unwrap());
    }
    let beginnings = [
        "no answer came: ",
        "no connection was made: Connection refused",
        "no connection was made: ",
        "nothing was sent: the endpoint must be at a public address",
        "no connection was made: ",
    ];
    for (problem, beginning) in problems.iter().zip(beginnings) {
        assert!(problem.starts_with(beginning) && !problem.contains("127.0.0.1"), "{problem}");
    }
}

fn fresh(shop: &Shop) -> WebhookId {
    WebhookId::new(shop.house.hub().attempt(shop.client(), "/", None, &Value::Null).unwrap().id)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_tried_in_the_published_pauses_and_then_switched_off() {
    let shop = Shop::open().await;
    shop.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = shop.endpoint("/").await;
    let event = shop.sell().await;
    let clock = &shop.house.hub().clock;
    assert_eq!(shop.house.deliver().await, 1);
    for (made, pause) in (1_usize..).zip(PAUSES) {
        let delivery = shop.delivery(&webhook, event).await;
        let tried = shop.tries(&webhook).await.pop().unwrap();
        let ended = tried.at.plus(Duration::from_millis(tried.took_ms.into()));
        let due = delivery.due_at.unwrap();
        assert!((pause..pause + Duration::from_secs(1)).contains(&due.since(ended)), "{made}: {due} {ended}");
        assert_eq!((delivery.state, shop.receiver.posts().len()), (DeliveryState::Pending, made));

        // What is soon the queue holds back, to the second; what is later the table.
        let waiting = shop.house.queue.waiting();
        let delays: Vec<u64> = waiting.iter().map(|sent| sent.delay).collect();
        assert_eq!(delays, if pause <= Duration::from_mins(15) { vec![pause.as_secs()] } else { vec![] });
        shop.house.queue.lose_everything();
        let left = due.since(clock.now());
        shop.house.pass(left.saturating_sub(Duration::from_secs(20))).await;
        // Nor does a message that comes too early, or once more, make a try.
        shop.house.hub().deliver(webhook.id, event).await.unwrap();
        assert_eq!((shop.house.deliver().await, shop.receiver.posts().len()), (0, made));
        shop.house.pass(Duration::from_secs(20)).await;
        assert!(shop.is_active(&webhook).await);
        assert_eq!(shop.house.deliver().await, 1);
    }
    let delivery = shop.delivery(&webhook, event).await;
    assert_eq!((delivery.state, delivery.tries, delivery.due_at), (DeliveryState::Exhausted, 7, None));
    assert_eq!((shop.receiver.posts().len(), shop.is_active(&webhook).await), (7, false));
    let numbers: Vec<u32> = shop.tries(&webhook).await.iter().map(|tried| tried.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    let ids: HashSet<String> = shop.receiver.posts().iter().map(|post| post.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, HashSet::from([event.to_string()]));

    // It is told nothing more, and is not asked to be.
    shop.house.queue.lose_everything();
    shop.house
        .client
        .post("/v1/charges", &card_charge(&shop.house.client.merchant_id, APPROVED))
        .await
        .assert_status(201);
    for charge in shop.house.charges().await {
        shop.house.hub().relay(None, &charge).await.unwrap();
    }
    shop.pass(Duration::from_mins(10)).await;
    assert_eq!(shop.receiver.posts().len(), 7);
    let refused = shop.house.hub().resend(shop.client(), webhook.id, event).await;
    assert_eq!(refused, Err(Refusal::WebhookInactive));

    // Until it is switched on again: then what was given up can be asked for.
    let on = WebhookChange { is_active: Some(true), ..WebhookChange::default() };
    shop.house.hub().change_webhook(shop.client(), webhook.id, &on).await.unwrap();
    shop.receiver.expect("/", [Behaviour::status(201)]);
    shop.house.hub().resend(shop.client(), webhook.id, event).await.unwrap();
    shop.pass(Duration::from_mins(1)).await;
    assert_eq!(shop.state(&webhook, event).await, DeliveryState::Delivered);
    let tries = shop.tries(&webhook).await;
    assert_eq!((tries.len(), tries[7].number, tries[7].status), (8, 8, Some(201)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changed_an_endpoint_during_its_last_try_keeps_it_on() {
    let shop = Shop::open().await;
    shop.receiver.expect("/", vec![Behaviour::status(500); 6]);
    let webhook = shop.endpoint("/").await;
    let event = shop.sell().await;
    shop.fail_but(1).await;
    shop.receiver.expect("/", [Behaviour::Hang]);
    shop.house.pass(PAUSES[5]).await;
    tokio::join!(shop.house.deliver(), async {
        shop.receiver.has_seen(7).await;
        let change = WebhookChange { is_active: Some(true), ..WebhookChange::default() };
        shop.house.hub().change_webhook(shop.client(), webhook.id, &change).await.unwrap();
        shop.house.hub().clock.advance(Duration::from_secs(5));
    });
    assert_eq!(shop.state(&webhook, event).await, DeliveryState::Exhausted);
    assert!(shop.is_active(&webhook).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_switched_off_or_gone_ends_its_deliveries_without_a_try() {
    let shop = Shop::open().await;
    let (off, gone) = (shop.endpoint("/off").await, shop.endpoint("/gone").await);
    let event = shop.sell().await;
    let change = WebhookChange { is_active: Some(false), ..WebhookChange::default() };
    shop.house.hub().change_webhook(shop.client(), off.id, &change).await.unwrap();
    shop.house.hub().remove_webhook(shop.client(), gone.id).await.unwrap();
    shop.house.deliver().await;
    shop.pass(Duration::from_hours(24)).await;
    assert!(shop.receiver.posts().is_empty());
    for webhook in [&off, &gone] {
        let delivery = shop.delivery(webhook, event).await;
        assert_eq!((delivery.state, delivery.tries, delivery.due_at), (DeliveryState::Exhausted, 0, None));
    }
    let on = WebhookChange { is_active: Some(true), ..WebhookChange::default() };
    shop.house.hub().change_webhook(shop.client(), off.id, &on).await.unwrap();
    shop.house.hub().resend(shop.client(), off.id, event).await.unwrap();
    shop.pass(Duration::from_mins(1)).await;
    assert_eq!(shop.state(&off, event).await, DeliveryState::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_key_is_replaced_the_former_signs_and_the_list_holds_both() {
    let shop = Shop::open().await;
    let before = shop.endpoint("/").await;
    let attempt = shop.house.hub().attempt(shop.client(), "/rotate", None, &Value::Null).unwrap();
    let after = shop.house.hub().rotate_webhook_key(&attempt, before.id).await.unwrap().webhook;
    let keys = [before.key.public_key.as_str(), after.key.public_key.as_str()];
    shop.sell().await;
    shop.house.deliver().await;
    assert_eq!(signers(&shop.receiver.posts()[0], &keys), (vec![0], vec![0, 1]));
    shop.house.hub().clock.advance(Duration::from_hours(24));
    shop.sell().await;
    shop.house.deliver().await;
    assert_eq!(signers(&shop.receiver.posts()[1], &keys), (vec![1], vec![1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_come_twice_or_never_make_one_try() {
    let shop = Shop::open().await;
    let webhook = shop.endpoint("/").await;
    // Twice at once, and once more when it is done.
    let event = shop.sell().await;
    shop.house.queue.lose_everything();
    webhook_deliver::handle(shop.house.hub(), batch(&[(webhook.id, event); 10])).await;
    webhook_deliver::handle(shop.house.hub(), batch(&[(webhook.id, event)])).await;
    assert_eq!(shop.receiver.posts().len(), 1);
    // Never, and never again: each time five minutes pass.
    shop.sell().await;
    shop.house.queue.lose_everything();
    shop.pass(Duration::from_mins(4)).await;
    assert_eq!(shop.receiver.posts().len(), 1);
    shop.house.pass(Duration::from_mins(1)).await;
    assert_eq!(shop.house.queue.waiting().len(), 1);
    shop.house.queue.lose_everything();
    shop.pass(Duration::from_mins(4)).await;
    assert_eq!(shop.receiver.posts().len(), 1);
    shop.pass(Duration::from_mins(1)).await;
    assert_eq!(shop.receiver.posts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_queue_is_broken_the_table_keeps_everything() {
    let shop = Shop::open().await;
    shop.receiver.expect("/", [Behaviour::status(500), Behaviour::status(200)]);
    let webhook = shop.endpoint("/").await;
    let event = shop.sell().await;
    shop.house.queue.set_broken(true);
    shop.house.deliver().await;
    assert_eq!(shop.delivery(&webhook, event).await.tries, 1);
    shop.pass(PAUSES[0]).await;
    assert_eq!(shop.receiver.posts().len(), 1);
    shop.house.queue.set_broken(false);
    shop.pass(Duration::from_mins(5)).await;
    assert_eq!(shop.state(&webhook, event).await, DeliveryState::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_again_where_the_hub_itself_failed_or_cannot_read_it_and_only_then() {
    let shop = Shop::open().await;
    shop.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = shop.endpoint("/").await;
    let event = shop.sell().await;
    let unreadable = |(id, body): (&str, &str)| Record { message_id: id.to_owned(), body: body.to_owned() };
    let mut mixed = batch(&[(webhook.id, event), (fresh(&shop), event)]);
    mixed.records.extend([("3", ""), ("4", "{}"), ("5", r#"{"webhook":"x","event":"y"}"#)].map(unreadable));
    let failed = |ids: &[&str]| ids.iter().map(|&id| Failure { item_identifier: id.to_owned() }).collect::<Vec<_>>();
    shop.house.engine.fail(|_, _| Fault::Throttle);
    let handled = webhook_deliver::handle(shop.house.hub(), mixed.clone()).await;
    assert_eq!(handled.batch_item_failures, failed(&["1", "2", "3", "4", "5"]));
    shop.house.engine.heal();
    // Whatever the endpoint does, its message is done.
    let handled = webhook_deliver::handle(shop.house.hub(), mixed).await;
    assert_eq!(handled.batch_item_failures, failed(&["3", "4", "5"]));
    assert_eq!(
        serde_json::to_value(&handled).unwrap(),
        serde_json::json!({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "4"}, {"itemIdentifier": "5"}]})
    );
    assert_eq!(shop.receiver.posts().len(), 1);
}

/// A death at one of the writes of one try.
#[derive(Clone, Debug)]
struct Death {
    what: String,
    fault: Fault,
}

impl Shop {
    /// The writes of the try that is ready now, found by an honest run.
    async fn writes(&self) -> Vec<String> {
        let _ = self.house.engine.take_calls();
        self.house.deliver().await;
        self.house.engine.take_calls().iter().filter(|call| call.is_write()).map(Call::what).collect()
    }

    /// The hub dies at `death` during the try that is ready now, its messages with it; another one starts.
    async fn die(&mut self, death: &Death) {
        self.house.engine.fail_write_of(&death.what, 1, death.fault);
        let died = tokio::select! {
            () = self.house.engine.has_killed() => true,
            _ = self.house.deliver() => false,
        };
        assert!(died, "nobody died at {death:?}");
        self.house.kill_and_restart().await;
        self.house.queue.lose_everything();
    }

    /// What the sweeper finds is tried, for half an hour.
    async fn recover(&self) {
        for _ in 0..5 {
            self.pass(Duration::from_mins(6)).await;
        }
    }

    fn posts_of(&self, event: EventId) -> Vec<Post> {
        let is_it = |post: &Post| post.header("webhook-id") == event.to_string();
        self.receiver.posts().into_iter().filter(is_it).collect()
    }
}

fn deaths(writes: &[String]) -> Vec<Death> {
    let at = |what: &String| [Fault::DieBefore, Fault::DieAfter].map(|fault| Death { what: what.clone(), fault });
    writes.iter().flat_map(at).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_told_at_least_once_whoever_dies() {
    for first in [200, 500] {
        let mut shop = Shop::open().await;
        shop.receiver.expect("/", [Behaviour::status(first), Behaviour::status(200)]);
        let webhook = shop.endpoint("/").await;
        shop.sell().await;
        let writes = shop.writes().await;
        assert_eq!(writes, ["PutItem WEBHOOK", "TransactWriteItems WEBHOOK WEBHOOK"]);
        shop.recover().await;
        for death in deaths(&writes) {
            shop.receiver.expect("/", [Behaviour::status(first), Behaviour::status(200)]);
            let event = shop.sell().await;
            shop.die(&death).await;
            shop.recover().await;
            let posts = shop.posts_of(event);
            assert!((1..=3).contains(&posts.len()), "{death:?}: {}", posts.len());
            assert_eq!(posts.iter().map(|post| &post.body).collect::<HashSet<_>>().len(), 1, "{death:?}");
            assert_eq!(shop.state(&webhook, event).await, DeliveryState::Delivered, "{death:?}");
            let (_, tries) = shop.told(&webhook).await.into_iter().find(|(told, _)| told.event == event).unwrap();
            assert!(tries.last().unwrap().is_taken() && tries.len() <= posts.len(), "{death:?}: {tries:?}");
        }
        // Whoever counts each id once has been told of each sale once.
        let ids: HashSet<String> =
            shop.receiver.posts().iter().map(|post| post.header("webhook-id").to_owned()).collect();
        assert_eq!(ids.len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_given_up_whoever_dies_at_its_last_try() {
    let mut shop = Shop::open().await;
    shop.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = shop.endpoint("/").await;
    shop.sell().await;
    shop.fail_but(1).await;
    shop.house.pass(PAUSES[5]).await;
    let writes = shop.writes().await;
    assert_eq!(writes, ["PutItem WEBHOOK", "PutItem CLIENT", "TransactWriteItems WEBHOOK WEBHOOK"]);
    for death in deaths(&writes) {
        let on = WebhookChange { is_active: Some(true), ..WebhookChange::default() };
        shop.house.hub().change_webhook(shop.client(), webhook.id, &on).await.unwrap();
        let event = shop.sell().await;
        shop.fail_but(1).await;
        shop.house.pass(PAUSES[5]).await;
        shop.die(&death).await;
        shop.recover().await;
        assert!((7..=8).contains(&shop.posts_of(event).len()), "{death:?}");
        assert_eq!(shop.state(&webhook, event).await, DeliveryState::Exhausted, "{death:?}");
        assert!(!shop.is_active(&webhook).await, "{death:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_taken_is_sent_again_to_whoever_asks() {
    let shop = Shop::open().await;
    let (webhook, other) = (shop.endpoint("/").await, shop.endpoint("/other").await);
    let event = shop.sell().await;
    shop.house.deliver().await;
    let hub = shop.house.hub();
    let again = hub.resend(shop.client(), webhook.id, event).await.unwrap();
    assert_eq!((again.state, again.tries), (DeliveryState::Pending, 0));
    assert!(shop.house.queue.waiting().is_empty(), "the sweeper sends it");
    shop.pass(Duration::from_mins(1)).await;
    let posts = shop.posts_of(event);
    assert_eq!(posts.iter().filter(|post| post.path == "/").count(), 2);
    assert_eq!(posts.iter().filter(|post| post.path == "/other").count(), 1);
    assert_eq!(shop.tries(&webhook).await.iter().map(|tried| tried.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(shop.state(&other, event).await, DeliveryState::Delivered);

    let stranger: ClientId = shop.house.another_client().await.client_id.parse().unwrap();
    let nothing = EventId::new(fresh(&shop).uuid());
    assert_eq!(hub.resend(stranger, webhook.id, event).await, Err(Refusal::UnknownWebhook));
    assert_eq!(hub.resend(shop.client(), fresh(&shop), event).await, Err(Refusal::UnknownWebhook));
    assert_eq!(hub.resend(shop.client(), webhook.id, nothing).await, Err(Refusal::UnknownDelivery));
    hub.clock.advance(EVENT_LIFE);
    assert_eq!(hub.resend(shop.client(), webhook.id, event).await, Err(Refusal::UnknownDelivery));
    assert!(shop.told(&webhook).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_goes_to_one_endpoint_alone() {
    let shop = Shop::open().await;
    let (webhook, _) = (shop.endpoint("/").await, shop.endpoint("/other").await);
    let hub = shop.house.hub();
    let path = format!("/v1/webhooks/{}/test", webhook.id);
    let attempt = || hub.attempt(shop.client(), &path, Some("once"), &Value::Null).unwrap();
    let made = hub.ping(&attempt(), webhook.id).await.unwrap();
    assert_eq!(hub.ping(&attempt(), webhook.id).await.unwrap(), made);
    shop.pass(Duration::from_mins(1)).await;
    let posts = shop.receiver.posts();
    let [post] = posts.as_slice() else { unreachable!("{posts:?}") };
    let body: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!((post.path.as_str(), body["event"].as_str()), ("/", Some("ping")));
    assert_eq!(body["id"].as_str(), Some(made.event.to_string().as_str()));
    assert_eq!(signers(post, &[&webhook.key.public_key]), (vec![0], vec![0]));
    assert_eq!(hub.ping(&attempt(), webhook.id).await.unwrap().state, DeliveryState::Delivered);

    let off = WebhookChange { is_active: Some(false), ..WebhookChange::default() };
    hub.change_webhook(shop.client(), webhook.id, &off).await.unwrap();
    let attempt = hub.attempt(shop.client(), &path, None, &Value::Null).unwrap();
    assert_eq!(hub.ping(&attempt, webhook.id).await, Err(Refusal::WebhookInactive));
    assert_eq!(hub.ping(&attempt, fresh(&shop)).await, Err(Refusal::UnknownWebhook));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_endpoint_was_told_is_listed_newest_first_in_pages() {
    let shop = Shop::open().await;
    let webhook = shop.endpoint("/").await;
    let mut events = Vec::new();
    for _ in 0..5 {
        events.push(shop.sell().await);
        shop.house.deliver().await;
        shop.house.hub().clock.advance(Duration::from_hours(10 * 24));
    }
    events.reverse();
    let page = async |page| {
        let (from, until) = (Timestamp::from_millis(0), shop.now());
        let window = Window { from, until, descending: true, page, limit: 2 };
        let listed = shop.house.hub().deliveries(shop.client(), webhook.id, &window).await.unwrap();
        (listed.items.iter().map(|(told, _)| told.event).collect::<Vec<_>>(), listed.total)
    };
    // The first one was made fifty days ago.
    for (number, expected) in [(1, &events[..2]), (2, &events[2..4]), (3, &[][..])] {
        assert_eq!(page(number).await, (expected.to_vec(), 4), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_is_three_reads_and_two_writes() {
    let shop = Shop::open().await;
    let webhook = shop.endpoint("/").await;
    shop.sell().await;
    shop.house.deliver().await;
    shop.sell().await;
    let _ = shop.house.engine.take_calls();
    shop.house.deliver().await;
    let mut calls: Vec<String> = shop.house.engine.take_calls().iter().map(Call::what).collect();
    calls.sort();
    assert_eq!(
        calls,
        ["GetItem CLIENT", "GetItem EVENT", "GetItem WEBHOOK", "PutItem WEBHOOK", "TransactWriteItems WEBHOOK WEBHOOK"]
    );
    // A message for what is done is one read.
    let event = shop.told(&webhook).await[0].0.event;
    let _ = shop.house.engine.take_calls();
    shop.house.hub().deliver(webhook.id, event).await.unwrap();
    assert_eq!(shop.house.engine.take_calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_pile_up_hold_up_no_charge() {
    let shop = Shop::open().await;
    let webhook = shop.endpoint("/").await;
    let hub = shop.house.hub();
    let asked_for = shop.now();
    let deliveries = (0..1_010).map(|_| {
        let event = EventId::new(fresh(&shop).uuid());
        Delivery::new(webhook.id, shop.client(), event, asked_for).again(asked_for)
    });
    for few in deliveries.collect::<Vec<_>>().chunks(50) {
        for made in join_all(few.iter().map(|delivery| hub.store.create_delivery(delivery))).await {
            assert!(made.unwrap());
        }
    }
    shop.house.bank.expect([tests::bank::Mood::LoseAnswer]);
    let charge = card_charge(&shop.house.client.merchant_id, APPROVED);
    assert_eq!(shop.house.client.post("/v1/charges", &charge).await.expect(201).text("/status"), "pending");
    hub.clock.advance(Duration::from_mins(1));
    let swept = sweeper::sweep(hub).await.unwrap();
    assert_eq!((swept.queued, swept.asked, swept.failed), (1_000, 1, 0));
    let swept = sweeper::sweep(hub).await.unwrap();
    assert_eq!((swept.queued, swept.asked, swept.failed), (10, 0, 0));
    let queued: HashSet<String> = shop.house.queue.waiting().into_iter().map(|sent| sent.body).collect();
    assert_eq!(queued.len(), 1_010);
}
