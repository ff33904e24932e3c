//! Deliveries of events to webhook endpoints: sent once, resent on request, and listed.

use std::time::Duration;

use domain::{
    ids::{ClientId, EventId},
    limits::EVENT_LIFE,
    refusal::Refusal,
    time::Timestamp,
    webhook::DeliveryState,
};
use flows::{
    Answered,
    caller::Caller,
    identity,
    webhook::{
        delivery,
        endpoint::{self, WebhookChange},
        event,
    },
};
use serde_json::Value;
use store::lists::Window;
use tests::{receiver::Signers, subscriber::Subscriber};
use wire::malga::{
    normal_form,
    webhooks::{ApiVersion, WrittenVersion},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_delivered_once_signed_and_with_its_id() {
    let subscriber = Subscriber::open().await;
    let old = subscriber.endpoint_of("/old", "1.0").await;
    let new = subscriber.endpoint("/new").await;
    let event = subscriber.sell().await;
    let before = subscriber.now();
    assert_eq!(subscriber.hub.deliver().await, 2);
    for (webhook, path) in [(&old, "/old"), (&new, "/new")] {
        let posts = subscriber.receiver.posts_to(path);
        let [post] = posts.as_slice() else { unreachable!("{posts:?}") };
        let id = event.to_string();
        for header in ["x-idempotency-key", "webhook-id"] {
            assert_eq!(post.header(header), id);
        }
        assert_eq!(post.header("content-type"), "application/json");
        assert!(post.header("user-agent").starts_with("Catraca/"), "{}", post.header("user-agent"));
        let date: i64 = post.header("x-plug-date").parse().unwrap();
        assert!((before.as_millis()..=subscriber.now().as_millis()).contains(&date));
        assert_eq!(post.header("webhook-timestamp"), (date / 1000).to_string());
        let Signers { plug, standard } = post.signers(&[&webhook.key.public_key]);
        assert_eq!((plug, standard), (vec![0], vec![0]));

        let body: Value = serde_json::from_str(&post.body).unwrap();
        let (name, version) = match WrittenVersion::try_from(&webhook.format).unwrap().version {
            ApiVersion::V1_0 => ("transaction.authorized", "1"),
            ApiVersion::V1_1 => ("authorized", "1.1"),
        };
        assert_eq!((body["id"].as_str(), body["event"].as_str()), (Some(id.as_str()), Some(name)));
        assert_eq!((body["object"].as_str(), body["apiVersion"].as_str()), (Some("transaction"), Some(version)));
        assert_eq!(body["data"]["status"], "authorized");
        assert!(body.get("payload").is_none_or(|payload| *payload == body["data"]), "{body}");
        assert_eq!(body.get("payload").is_some(), path == "/old");

        let deliveries = subscriber.deliveries(webhook).await;
        let [(delivery, attempts)] = deliveries.as_slice() else { unreachable!("{deliveries:?}") };
        assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Delivered, 1, None));
        let [only] = attempts.as_slice() else { unreachable!("{attempts:?}") };
        let answer = (only.number, only.status, only.answer.as_str(), only.problem.clone());
        assert_eq!(answer, (1, Some(200), "{\"received\":true}", None));
    }
    subscriber.pass(EVENT_LIFE / 2).await;
    assert_eq!(subscriber.receiver.posts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_hold_keys_alone_and_each_endpoint_is_a_group() {
    let subscriber = Subscriber::open().await;
    let webhook = subscriber.endpoint("/").await;
    let event = subscriber.sell().await;
    let waiting = subscriber.hub.queue.waiting();
    let [sent] = waiting.as_slice() else { unreachable!("{waiting:?}") };
    assert_eq!(sent.body, format!(r#"{{"webhook":"{}","event":"{event}"}}"#, webhook.id));
    assert_eq!((sent.group.as_str(), sent.delay), (webhook.id.to_string().as_str(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivered_event_is_resent_on_request() {
    let subscriber = Subscriber::open().await;
    let (webhook, other) = (subscriber.endpoint("/").await, subscriber.endpoint("/other").await);
    let event = subscriber.sell().await;
    subscriber.hub.deliver().await;
    let flows = subscriber.hub.flows();
    let again = delivery::resend(flows, subscriber.client(), webhook.id, event).await.unwrap();
    assert_eq!((again.state, again.attempts), (DeliveryState::Pending, 0));
    assert!(subscriber.hub.queue.waiting().is_empty(), "the sweeper sends it");
    // A second request before that answers the same, and the endpoint receives the event only once more.
    assert_eq!(delivery::resend(flows, subscriber.client(), webhook.id, event).await.unwrap().attempts, 0);
    subscriber.pass(Duration::from_mins(1)).await;
    let posts = subscriber.posts_of(event);
    assert_eq!(posts.iter().filter(|post| post.path == "/").count(), 2);
    assert_eq!(posts.iter().filter(|post| post.path == "/other").count(), 1);
    assert_eq!(subscriber.attempts(&webhook).await.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(subscriber.state(&other, event).await, DeliveryState::Delivered);

    let stranger: ClientId = subscriber.hub.another_merchant().await.client_id.parse().unwrap();
    let nothing = EventId::new(subscriber.fresh().uuid());
    assert_eq!(delivery::resend(flows, stranger, webhook.id, event).await, Err(Refusal::UnknownWebhook));
    assert_eq!(
        delivery::resend(flows, subscriber.client(), subscriber.fresh(), event).await,
        Err(Refusal::UnknownWebhook)
    );
    assert_eq!(delivery::resend(flows, subscriber.client(), webhook.id, nothing).await, Err(Refusal::UnknownEvent));
    // An endpoint that is not registered for an event does not receive it by a resend either.
    let events = event::list(flows, subscriber.client(), &subscriber.newest()).await.unwrap().items;
    let pending = events.iter().find(|known| known.id != event).unwrap().id;
    assert_eq!(delivery::resend(flows, subscriber.client(), webhook.id, pending).await, Err(Refusal::UnknownEvent));
    subscriber.hub.clock().advance(EVENT_LIFE);
    assert_eq!(delivery::resend(flows, subscriber.client(), webhook.id, event).await, Err(Refusal::UnknownEvent));
    assert!(subscriber.deliveries(&webhook).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_goes_to_one_endpoint_alone() {
    let subscriber = Subscriber::open().await;
    let (webhook, other) = (subscriber.endpoint("/").await, subscriber.endpoint("/other").await);
    let flows = subscriber.hub.flows();
    let path = format!("/v1/webhooks/{}/test", webhook.id);
    let identity = || {
        identity::new(flows, &Caller::account(subscriber.client()), &path, Some("once"), normal_form(&Value::Null))
            .unwrap()
    };
    let pinged = delivery::ping(flows, &identity(), webhook.id).await.unwrap();
    let Answered::New(made) = pinged else { unreachable!("{pinged:?}") };
    let again = Answered::Replayed(made.clone());
    assert_eq!(delivery::ping(flows, &identity(), webhook.id).await.unwrap(), again);
    subscriber.pass(Duration::from_mins(1)).await;
    let posts = subscriber.receiver.posts();
    let [post] = posts.as_slice() else { unreachable!("{posts:?}") };
    let body: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!((post.path.as_str(), body["event"].as_str()), ("/", Some("ping")));
    assert_eq!(body["id"].as_str(), Some(made.event.to_string().as_str()));
    assert_eq!(delivery::ping(flows, &identity(), webhook.id).await.unwrap(), again);
    let to_other = delivery::resend(flows, subscriber.client(), other.id, made.event).await;
    assert_eq!(to_other, Err(Refusal::UnknownEvent));

    let off = WebhookChange { is_active: Some(false), ..WebhookChange::default() };
    endpoint::change(flows, subscriber.client(), webhook.id, &off).await.unwrap();
    assert_eq!(delivery::ping(flows, &identity(), webhook.id).await.unwrap(), again);
    let identity =
        identity::new(flows, &Caller::account(subscriber.client()), &path, None, normal_form(&Value::Null)).unwrap();
    assert_eq!(delivery::ping(flows, &identity, webhook.id).await, Err(Refusal::WebhookInactive));
    assert_eq!(delivery::ping(flows, &identity, subscriber.fresh()).await, Err(Refusal::UnknownWebhook));
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_newest_first_in_pages() {
    let subscriber = Subscriber::open().await;
    let webhook = subscriber.endpoint("/").await;
    let mut events = Vec::new();
    for _ in 0..5 {
        events.push(subscriber.sell().await);
        subscriber.hub.deliver().await;
        subscriber.hub.clock().advance(Duration::from_hours(10 * 24));
    }
    events.reverse();
    let page = async |page| {
        let (from, until) = (Timestamp::from_millis(0), subscriber.now());
        let window = Window { from, until, descending: true, page, limit: 2 };
        let listed = delivery::list(subscriber.hub.flows(), subscriber.client(), webhook.id, &window).await.unwrap();
        (listed.items.iter().map(|(delivery, _)| delivery.event).collect::<Vec<_>>(), listed.total)
    };
    // The first event is fifty days old.
    for (number, expected) in [(1, &events[..2]), (2, &events[2..4]), (3, &[][..])] {
        assert_eq!(page(number).await, (expected.to_vec(), 4), "{number}");
    }
}
