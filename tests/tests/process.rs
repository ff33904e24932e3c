//! The command as a process delivers events: after a SIGKILL, despite endpoints that misbehave, and in little memory.

use std::collections::{BTreeMap, BTreeSet};

use flows::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Merchant,
    bank::{Bank, reference},
    command::CommandedHub,
    receiver::{Behaviour, Receiver},
    samples::{APPROVED, card_charge, pix_charge},
};

/// By how much the process may grow while it reads answers of a gigabyte.
const MOST_GROWTH: u64 = 16 << 20;

async fn register(merchant: &Merchant, endpoint: &str) -> String {
    let order = json!({"event": "authorized", "endpoint": endpoint, "version": "1.1"});
    merchant.post("/v1/webhooks", &order).await.expect(201).text("/id").to_owned()
}

async fn sell(merchant: &Merchant) -> String {
    let body = card_charge(&merchant.id, APPROVED);
    merchant.charges(&body).await
}

/// How often each endpoint received each event of a payment, by path, charge and event id.
fn arrivals(receiver: &Receiver) -> BTreeMap<(String, String, String), usize> {
    let mut arrivals = BTreeMap::new();
    for post in receiver.posts() {
        let body: Value = serde_json::from_str(&post.body).unwrap();
        let (charge, id) = (body["data"]["id"].as_str().unwrap().to_owned(), post.header("webhook-id").to_owned());
        *arrivals.entry((post.path, charge, id)).or_default() += 1;
    }
    arrivals
}

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// As soon as the payment was answered.
    Paid,
    /// The endpoints have been called, and have not answered.
    Called,
    /// The endpoints have answered with errors, and the next delivery attempt is in the queue.
    Failed,
}

#[tokio::test(flavor = "multi_thread")]
async fn events_from_before_a_sigkill_are_delivered_after_it() {
    let (bank, receiver) = (Bank::open().await, Receiver::open(Clock::system()).await);
    let mut hub = CommandedHub::start(bank.url());
    let paths = ["/a", "/b"];
    for path in paths {
        register(&hub.merchant, &receiver.endpoint(path)).await;
    }
    let mut expected = BTreeSet::new();
    for moment in [Moment::Paid, Moment::Called, Moment::Failed] {
        for path in paths {
            let first = match moment {
                Moment::Paid => Behaviour::status(200),
                Moment::Called => Behaviour::Hang,
                Moment::Failed => Behaviour::status(500),
            };
            receiver.expect(path, [first, Behaviour::status(200)]);
        }
        let seen = receiver.posts().len();
        let charge = sell(&hub.merchant).await;
        match moment {
            Moment::Paid => {}
            Moment::Called => receiver.has_seen(seen + 2).await,
            Moment::Failed => {
                hub.merchant.advance(0).await.assert_status(200);
                assert_eq!(receiver.posts().len(), seen + 2);
            }
        }
        hub.kill_and_restart();
        // The first sweep, the end of a lease, and the first backoff.
        for _ in 0..2 {
            hub.merchant.advance(6 * 60).await.assert_status(200);
        }
        expected.extend(paths.map(|path| (path.to_owned(), charge.clone())));
        let arrivals = arrivals(&receiver);
        let pairs: Vec<_> = arrivals.keys().map(|(path, charge, _)| (path.clone(), charge.clone())).collect();
        assert_eq!(pairs, expected.iter().cloned().collect::<Vec<_>>(), "{moment:?}: each event under one id");
        let times = arrivals.iter().filter(|((_, of, _), _)| *of == charge).map(|(_, times)| *times);
        let [least, most] = if moment == Moment::Paid { [1, 2] } else { [2, 2] };
        assert!(
            times.clone().all(|times| (least..=most).contains(&times)),
            "{moment:?}: {:?}",
            times.collect::<Vec<_>>()
        );
    }
}

/// The only delivery of an endpoint, as its owner reads it: its state, and the status of its last attempt.
async fn shown(merchant: &Merchant, webhook: &str) -> (String, Option<u64>) {
    let listed = merchant.get(&format!("/v1/webhooks/{webhook}/deliveries")).await.expect(200);
    let attempts = listed.body["items"][0]["attempts"].as_array();
    let status = attempts.and_then(|attempts| attempts.last()?["statusCode"].as_u64());
    (listed.text("/items/0/status").to_owned(), status)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_address_is_an_option_and_by_default_the_address_on_loopback() {
    let bank = Bank::open().await;
    let by_default = CommandedHub::start(bank.url());
    let at_an_address = CommandedHub::start_with(bank.url(), &["--public-url", "https://pay.example"]);
    for (merchant, address) in
        [(&by_default.merchant, by_default.merchant.url()), (&at_an_address.merchant, "https://pay.example")]
    {
        let made = merchant.post("/v1/charges", &pix_charge(&merchant.id)).await.expect(201);
        let update = bank.pay(&reference(made.text("/id"), 1), 150);
        assert!(update.url.starts_with(&format!("{address}/v1/callbacks/")), "{}", update.url);
        let headers = [("content-type", "multipart/form-data; boundary=x"), ("x-merchant-id", merchant.id.as_str())];
        let form = b"--x\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"l\"\r\n\r\n\x89PNG\r\n\x1a\n\r\n--x--\r\n";
        let shown = merchant.send_beside(Method::POST, "/v1/settings", &headers, Some(form.to_vec())).await.unwrap();
        assert_eq!(shown.text("/logo"), format!("{address}/v1/settings/logo/{}", merchant.id));
    }
}

/// Half of the endpoints misbehave, each in another way: the others receive events as if they were alone.
#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_misbehave_cost_neither_others_nor_memory() {
    let (bank, receiver) = (Bank::open().await, Receiver::open(Clock::system()).await);
    let hub = CommandedHub::start(bank.url());
    let bad = [
        ("/hang", Behaviour::Hang, ("pending", None)),
        ("/500", Behaviour::status(500), ("pending", Some(500))),
        ("/redirect", Behaviour::Redirect("/elsewhere".to_owned()), ("pending", Some(307))),
        ("/gigabyte", Behaviour::Gigabyte, ("delivered", Some(200))),
        ("/drip", Behaviour::DripHead, ("pending", None)),
        ("/gigabyte-of-headers", Behaviour::GigabyteHead, ("pending", None)),
    ];
    let (mut endpoints, mut good) = (Vec::new(), Vec::new());
    for (number, (path, behaviour, outcome)) in bad.iter().enumerate() {
        receiver.expect(path, [behaviour.clone()]);
        endpoints.push((register(&hub.merchant, &receiver.endpoint(path)).await, *path, *outcome));
        good.push(register(&hub.merchant, &receiver.endpoint(&format!("/good/{number}"))).await);
    }
    let before = hub.peak_memory();
    sell(&hub.merchant).await;
    // The hub delivers to these while it still waits for the worst ones.
    for webhook in &good {
        while shown(&hub.merchant, webhook).await != ("delivered".to_owned(), Some(200)) {}
    }
    hub.merchant.advance(30).await.assert_status(200);
    let grown = hub.peak_memory() - before;
    for (webhook, path, (state, status)) in &endpoints {
        assert_eq!(shown(&hub.merchant, webhook).await, ((*state).to_owned(), *status), "{path}");
        assert_eq!(receiver.posts_to(path).len(), 1, "{path}");
    }
    assert_eq!(receiver.posts().len(), endpoints.len() + good.len(), "a redirect was followed");
    for path in ["/gigabyte", "/gigabyte-of-headers"] {
        let written = receiver.written(path);
        assert!(written < 32 << 20, "{written} bytes of a gigabyte were taken at {path}");
    }
    assert!(grown < MOST_GROWTH, "the process has grown by {grown} bytes");
}
