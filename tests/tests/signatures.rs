//! A delivery verifies, in both schemes, with the key and the secret of its endpoint and with nothing else.

use std::time::Duration;

use domain::{time::Timestamp, webhook::FORMER_KEY_LIFE};
use flows::Clock;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::json;
use standardwebhooks::Webhook;
use tests::{
    Merchant,
    receiver::{Post, Signers},
    subscriber::Subscriber,
};

/// An endpoint, and the key and the secret that its owner reads.
struct Endpoint {
    path: String,
    public_key: String,
    secret: String,
}

impl Endpoint {
    async fn register(subscriber: &Subscriber, name: &str) -> Self {
        let order = json!({"event": "authorized", "endpoint": subscriber.receiver.endpoint(name)});
        let made = subscriber.hub.merchant.post("/v1/webhooks", &order).await.expect(201);
        Self::read(&subscriber.hub.merchant, format!("/v1/webhooks/{}", made.text("/id"))).await
    }

    async fn read(merchant: &Merchant, path: String) -> Self {
        let public_key = merchant.get(&path).await.expect(200).text("/publicKey").to_owned();
        let secret = merchant.get(&format!("{path}/secret")).await.expect(200).text("/secret").to_owned();
        Self { path, public_key, secret }
    }

    async fn rotate(&self, merchant: &Merchant) -> Self {
        merchant.post(&format!("{}/rotate", self.path), &json!({})).await.assert_status(201);
        Self::read(merchant, self.path.clone()).await
    }

    /// Whether the library of Standard Webhooks accepts this delivery.
    fn accepts(&self, post: &Post) -> bool {
        Webhook::new(&self.secret).unwrap().verify(post.body.as_bytes(), &headers(post)).is_ok()
    }

    /// Whether the library signs this delivery alike, whatever the time is.
    fn has_signed(&self, post: &Post) -> bool {
        let at = post.header("webhook-timestamp").parse().unwrap();
        let signed = Webhook::new(&self.secret).unwrap().sign(post.header("webhook-id"), at, post.body.as_bytes());
        post.header("webhook-signature").split(' ').any(|one| one == signed.as_deref().unwrap())
    }
}

fn headers(post: &Post) -> HeaderMap {
    let header = |(name, value): (&String, &String)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    post.headers.iter().map(header).collect()
}

/// A new charge's delivery to the endpoint at `name`.
async fn sell(subscriber: &Subscriber, name: &str) -> Post {
    subscriber.sell().await;
    subscriber.hub.deliver().await;
    subscriber.receiver.posts_to(name).pop().unwrap()
}

/// Which schemes the list of Standard Webhooks holds, in its order.
fn schemes(post: &Post) -> Vec<&str> {
    post.header("webhook-signature").split(' ').map(|one| one.split_once(',').unwrap().0).collect()
}

fn only(keys: impl Into<Vec<usize>>, standard: impl Into<Vec<usize>>) -> Signers {
    Signers { plug: keys.into(), standard: standard.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_verifies_with_the_key_and_the_secret_of_its_endpoint_alone() {
    let subscriber = Subscriber::open().await;
    let (a, b) = (Endpoint::register(&subscriber, "/a").await, Endpoint::register(&subscriber, "/b").await);
    assert_ne!((&a.public_key, &a.secret), (&b.public_key, &b.secret));
    let post = sell(&subscriber, "/a").await;
    let keys = [b.public_key.as_str(), a.public_key.as_str()];
    assert_eq!(schemes(&post), ["v1", "v1a"]);
    assert_eq!(post.signers(&keys), only([1], [1]));
    assert_eq!((a.accepts(&post), b.accepts(&post)), (true, false));
    let with = |name: &str, value: &str| {
        let mut changed = post.clone();
        assert_ne!(changed.headers.insert(name.to_owned(), value.to_owned()).as_deref(), Some(value));
        changed
    };
    let later = post.header("webhook-timestamp").parse::<i64>().unwrap() + 1;
    let richer = Post { body: post.body.replace("150", "950"), ..post.clone() };
    assert_ne!(richer.body, post.body);
    assert_eq!(richer.signers(&keys), only([], []));
    assert_eq!(with("x-plug-date", "1").signers(&keys), only([], [1]));
    for changed in [richer, with("webhook-id", "msg_1"), with("webhook-timestamp", &later.to_string())] {
        assert_eq!((changed.signers(&keys).standard, a.accepts(&changed)), (vec![], false), "{changed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_signed_by_real_time_although_the_clock_was_moved() {
    let subscriber = Subscriber::open().await;
    let endpoint = Endpoint::register(&subscriber, "/").await;
    for hours in [1, 24 * 365] {
        subscriber.hub.clock().advance(Duration::from_hours(hours));
        let post = sell(&subscriber, "/").await;
        // The library takes a difference of five minutes to its own clock.
        assert!(endpoint.accepts(&post), "{post:?}");
        let real = subscriber.hub.clock().real_time().as_millis();
        let date: i64 = post.header("x-plug-date").parse().unwrap();
        assert!((real - 60_000..=real).contains(&date), "{post:?}");
        let body: serde_json::Value = serde_json::from_str(&post.body).unwrap();
        let created: Timestamp = body["createdAt"].as_str().unwrap().parse().unwrap();
        assert!(created.as_millis() > real + 3_000_000, "the event has the hub's time: {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_key_signs_for_24_hours_to_the_millisecond() {
    let subscriber = Subscriber::open_by(Clock::still()).await;
    let former = Endpoint::register(&subscriber, "/").await;
    let new = former.rotate(&subscriber.hub.merchant).await;
    assert_ne!((&new.public_key, &new.secret), (&former.public_key, &former.secret));
    let keys = [former.public_key.as_str(), new.public_key.as_str()];

    // The former key verifies a delivery in both schemes. The new key verifies it in the scheme that can hold two.
    let post = sell(&subscriber, "/").await;
    assert_eq!((former.accepts(&post), new.accepts(&post)), (true, true));
    let both = |post: &Post| {
        assert_eq!(post.signers(&keys), only([0], [0, 1]));
        assert_eq!(
            (schemes(post), former.has_signed(post), new.has_signed(post)),
            (["v1", "v1a"].repeat(2), true, true)
        );
    };
    both(&post);
    let clock = subscriber.hub.clock();
    clock.advance(FORMER_KEY_LIFE.saturating_sub(Duration::from_millis(1)));
    both(&sell(&subscriber, "/").await);
    clock.advance(Duration::from_millis(1));
    let post = sell(&subscriber, "/").await;
    assert_eq!(post.signers(&keys), only([1], [1]));
    assert_eq!((schemes(&post), former.has_signed(&post), new.has_signed(&post)), (vec!["v1", "v1a"], false, true));
}
