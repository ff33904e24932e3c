//! Endpoints that misbehave: the attempt ends in time, its problem is recorded, and no other endpoint is delayed.

use std::{future, time::Duration};

use domain::{
    endpoint::CallProblem,
    webhook::{DeliveryState, Webhook},
};
use flows::webhook::endpoint;
use tests::{receiver::Behaviour, subscriber::Subscriber};
use wire::malga::responses::DeliveryAttemptBody;

/// Ten endpoints in one batch, five of which misbehave. The hub records the attempts at the others while it still waits
/// for the two slowest.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_misbehaves_delays_no_other() {
    let subscriber = Subscriber::open().await;
    let bad = [
        ("/hang", Behaviour::Hang),
        ("/500", Behaviour::status(500)),
        ("/redirect", Behaviour::Redirect("/elsewhere".to_owned())),
        ("/gigabyte", Behaviour::Gigabyte),
        ("/drip", Behaviour::DripHead),
    ];
    let mut endpoints = Vec::new();
    for (number, (path, behaviour)) in bad.iter().enumerate() {
        subscriber.receiver.expect(path, [behaviour.clone()]);
        endpoints.push(subscriber.endpoint(path).await);
        endpoints.push(subscriber.endpoint(&format!("/good/{number}")).await);
    }
    let event = subscriber.sell().await;
    let is_waited_for = |webhook: &Webhook| webhook.endpoint.ends_with("/hang") || webhook.endpoint.ends_with("/drip");
    let others = async {
        for webhook in endpoints.iter().filter(|webhook| !is_waited_for(webhook)) {
            while subscriber.delivery(webhook, event).await.attempts == 0 {}
        }
        for webhook in endpoints.iter().filter(|webhook| is_waited_for(webhook)) {
            assert_eq!(subscriber.delivery(webhook, event).await.attempts, 0, "{}", webhook.endpoint);
        }
        subscriber.hub.clock().advance(Duration::from_secs(30));
    };
    let limited =
        tokio::time::timeout(Duration::from_secs(25), async { tokio::join!(subscriber.hub.deliver(), others) });
    assert_eq!(limited.await.unwrap().0, 10);

    for webhook in &endpoints {
        let attempts = subscriber.attempts(webhook).await;
        let [attempt] = attempts.as_slice() else { unreachable!("{attempts:?}") };
        let path = webhook.endpoint.strip_prefix(&subscriber.receiver.endpoint("")).unwrap();
        let expected = match path {
            "/hang" | "/drip" => (DeliveryState::Pending, None, Some(CallProblem::Timeout)),
            "/500" => (DeliveryState::Pending, Some(500), None),
            "/redirect" => (DeliveryState::Pending, Some(307), None),
            _ => (DeliveryState::Delivered, Some(200), None),
        };
        let came_to = (subscriber.state(webhook, event).await, attempt.status, attempt.problem.clone());
        assert_eq!(came_to, expected, "{path}");
        assert_eq!(attempt.took_ms >= 30_000, is_waited_for(webhook), "{path}: {attempt:?}");
        assert!(attempt.answer.len() <= 1024, "{path}");
        assert_eq!(subscriber.receiver.posts_to(path).len(), 1, "{path}");
    }
    assert_eq!(subscriber.receiver.posts().len(), 10, "a redirect was followed");
    // The two sockets buffer the rest; the hub has read sixteen kilobytes.
    let written = subscriber.receiver.written("/gigabyte");
    assert!(written < 32 << 20, "the endpoint wrote {written} bytes of a gigabyte");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_at_an_endpoint_that_drips_a_byte_a_second_ends_at_the_timeout() {
    for (behaviour, state, status) in [
        (Behaviour::DripHead, DeliveryState::Pending, None),
        (Behaviour::DripBody, DeliveryState::Delivered, Some(200)),
    ] {
        let subscriber = Subscriber::open().await;
        subscriber.receiver.expect("/", [behaviour.clone()]);
        let webhook = subscriber.endpoint("/").await;
        let event = subscriber.sell().await;
        let seconds = async {
            let head = if behaviour == Behaviour::DripBody {
                "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".len()
            } else {
                0
            };
            // No further than its timeout, however late the hub looks at the clock.
            for second in 1..=30 {
                subscriber.receiver.has_written("/", head + second).await;
                subscriber.hub.clock().advance(Duration::from_secs(1));
            }
            future::pending::<()>().await;
        };
        tokio::select! { _ = subscriber.hub.deliver() => {} () = seconds => {} }
        let attempts = subscriber.attempts(&webhook).await;
        assert_eq!((subscriber.state(&webhook, event).await, attempts[0].status), (state, status));
        assert!((30_000..31_000).contains(&attempts[0].took_ms), "{attempts:?}");
        assert!(attempts[0].answer.len() < 35, "{attempts:?}");
    }
}

/// The receiver answers ten calls when all ten have arrived: one event for ten endpoints, and ten events for one.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_takes_as_long_as_its_slowest_endpoint() {
    for (endpoints, events) in [(10, 1), (1, 10)] {
        let subscriber = Subscriber::open().await;
        let mut webhooks = Vec::new();
        for number in 0..endpoints {
            let path = format!("/{number}");
            subscriber.receiver.expect(&path, [Behaviour::Together(10)]);
            webhooks.push(subscriber.endpoint(&path).await);
        }
        for _ in 0..events {
            subscriber.sell().await;
        }
        assert_eq!(subscriber.hub.deliver().await, 10);
        for webhook in &webhooks {
            let deliveries = subscriber.deliveries(webhook).await;
            assert!(
                deliveries.len() == events
                    && deliveries.iter().all(|(delivery, _)| delivery.state == DeliveryState::Delivered)
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_200_and_201_accept_an_event() {
    let subscriber = Subscriber::open().await;
    for status in [200, 201, 202, 204, 301, 302, 400, 404, 410, 429, 500, 503] {
        let path = format!("/{status}");
        subscriber.receiver.expect(&path, [Behaviour::status(status)]);
        let webhook = subscriber.endpoint(&path).await;
        let event = subscriber.sell().await;
        subscriber.hub.deliver().await;
        let expected = if status <= 201 { DeliveryState::Delivered } else { DeliveryState::Pending };
        assert_eq!(subscriber.state(&webhook, event).await, expected, "{status}");
        assert_eq!(subscriber.attempts(&webhook).await[0].status, Some(status));
        endpoint::remove(subscriber.hub.flows(), subscriber.client(), webhook.id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_problem_of_an_endpoint_that_cannot_be_reached_is_recorded() {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/close", [Behaviour::Close]);
    let mut webhooks = vec![subscriber.endpoint("/close").await];
    let https = subscriber.receiver.endpoint("/tls").replace("http://", "https://");
    for url in ["http://127.0.0.1:1/closed", &https, "https://10.0.0.1/inside", "https://unknown.invalid/"] {
        let webhook = subscriber.endpoint(&format!("/{}", webhooks.len())).await;
        // The endpoint was registered under other rules.
        let webhook = Webhook { endpoint: url.to_owned(), version: webhook.version + 1, ..webhook };
        assert!(subscriber.hub.store().change_webhook(&webhook).await.unwrap());
        webhooks.push(webhook);
    }
    let mut problems = Vec::new();
    subscriber.sell().await;
    subscriber.hub.deliver().await;
    for webhook in &webhooks {
        let attempts = subscriber.attempts(webhook).await;
        assert_eq!((attempts.len(), attempts[0].status), (1, None));
        problems.push(DeliveryAttemptBody::from(&attempts[0]).problem.unwrap());
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
