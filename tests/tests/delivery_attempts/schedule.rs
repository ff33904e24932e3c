//! When the hub attempts a delivery, when it deactivates an endpoint, and when it resends an event.

use std::{pin::pin, time::Duration};

use domain::{
    endpoint::CallProblem,
    ids::EventId,
    refusal::Refusal,
    webhook::{DeliveryState, Webhook},
};
use flows::{
    Clock,
    webhook::{deliver, delivery, endpoint},
};
use futures::poll;
use tests::{
    log::{alarms, listen},
    receiver::Behaviour,
    subscriber::Subscriber,
};

/// The pauses as the public API promises them.
const PUBLISHED: [Duration; 6] = [
    Duration::from_mins(5),
    Duration::from_mins(45),
    Duration::from_hours(6),
    Duration::from_hours(24),
    Duration::from_hours(2 * 24),
    Duration::from_hours(4 * 24),
];
const SECOND: Duration = Duration::from_secs(1);
/// How much too early a message may arrive and still make its attempt.
const SLACK: Duration = Duration::from_secs(2);

/// With its messages, and without them, where only the table has the due time.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_attempted_after_the_published_pauses_to_the_second_and_then_the_endpoint_is_deactivated() {
    for is_queue_lost in [false, true] {
        let subscriber = Subscriber::open_by(Clock::still()).await;
        subscriber.receiver.expect("/", [Behaviour::status(500)]);
        let webhook = subscriber.endpoint("/").await;
        let event = subscriber.sell().await;
        assert_eq!(subscriber.hub.deliver().await, 1);
        let mut attempted_at = vec![subscriber.now()];
        for (made, pause) in (1..).zip(PUBLISHED) {
            assert_eq!(
                (subscriber.state(&webhook, event).await, subscriber.receiver.posts().len()),
                (DeliveryState::Pending, made)
            );
            assert!(subscriber.is_active(&webhook).await);
            // The queue delays the first retry; the table holds the later ones.
            let delays: Vec<u64> = subscriber.hub.queue.waiting().iter().map(|sent| sent.delay).collect();
            assert_eq!(delays, if made == 1 { vec![300] } else { vec![] });
            if is_queue_lost {
                subscriber.hub.queue.lose_everything();
            }
            subscriber.pass(pause.saturating_sub(SLACK + SECOND)).await;
            // A message that arrives too early or twice makes no attempt.
            deliver::run(subscriber.hub.flows(), webhook.id, event).await.unwrap();
            subscriber.pass(SLACK).await;
            assert_eq!(subscriber.receiver.posts().len(), made, "a second before {pause:?} are over");
            subscriber.pass(SECOND).await;
            assert_eq!(subscriber.receiver.posts().len(), made + 1, "{pause:?} are over");
            attempted_at.push(subscriber.now());
        }
        let delivery = subscriber.delivery(&webhook, event).await;
        assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Exhausted, 7, None));
        assert!(!subscriber.is_active(&webhook).await);
        let attempts = subscriber.attempts(&webhook).await;
        assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(attempts.iter().map(|attempt| attempt.at).collect::<Vec<_>>(), attempted_at);
        assert_eq!(subscriber.posts_of(event).len(), 7);
    }
}

/// The timeout of the first attempt is thirty seconds, and that of each later one five.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_ends_at_its_timeout_to_the_second() {
    let subscriber = Subscriber::open_by(Clock::still()).await;
    subscriber.receiver.expect("/", [Behaviour::Hang]);
    let webhook = subscriber.endpoint("/").await;
    subscriber.sell().await;
    for (number, limit) in (1..).zip([30, 5, 5].map(Duration::from_secs)) {
        let clock = subscriber.hub.clock();
        let mut attempting = pin!(subscriber.hub.deliver());
        tokio::select! {
            _ = &mut attempting => unreachable!("the endpoint does not answer"),
            () = subscriber.receiver.has_seen(number) => {}
        }
        clock.advance(limit.saturating_sub(SECOND));
        assert!(poll!(attempting.as_mut()).is_pending());
        clock.advance(SECOND);
        attempting.await;
        let attempt = subscriber.attempts(&webhook).await.pop().unwrap();
        let took = Duration::from_millis(attempt.took_ms.into());
        assert_eq!((took, attempt.status, attempt.problem), (limit, None, Some(CallProblem::Timeout)));
        // The pause begins when the attempt ends.
        subscriber.hub.pass(PUBLISHED[number - 1]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_endpoint_receives_nothing_until_it_is_activated_again() {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = subscriber.endpoint("/").await;
    let event = subscriber.sell().await;
    subscriber.fail_but(0).await;
    assert_eq!(
        (subscriber.state(&webhook, event).await, subscriber.is_active(&webhook).await),
        (DeliveryState::Exhausted, false)
    );
    assert_eq!(subscriber.receiver.posts().len(), 7);

    // It receives no further event, and no event can be resent to it.
    let missed = subscriber.sell_without_delivery().await;
    subscriber.pass(Duration::from_mins(10)).await;
    assert_eq!(subscriber.receiver.posts().len(), 7);
    let resend = async |event| delivery::resend(subscriber.hub.flows(), subscriber.client(), webhook.id, event).await;
    assert_eq!(resend(event).await, Err(Refusal::WebhookInactive));

    // After its activation an exhausted delivery can be resent, from the first pause on.
    subscriber.switch(&webhook, true).await;
    subscriber.receiver.expect("/", [Behaviour::status(500), Behaviour::status(201)]);
    resend(event).await.unwrap();
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(
        (subscriber.state(&webhook, event).await, subscriber.receiver.posts().len()),
        (DeliveryState::Pending, 8)
    );
    subscriber.pass(PUBLISHED[0]).await;
    assert_eq!(subscriber.state(&webhook, event).await, DeliveryState::Delivered);
    let attempts = subscriber.attempts(&webhook).await;
    assert_eq!((attempts.len(), attempts[8].number, attempts[8].status), (9, 9, Some(201)));
    // An event of the time between was not delivered, and can be resent.
    assert_eq!(subscriber.posts_of(missed).len(), 0);
    resend(missed).await.unwrap();
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(
        (subscriber.state(&webhook, missed).await, subscriber.posts_of(missed).len()),
        (DeliveryState::Delivered, 1)
    );
    assert_eq!(subscriber.posts_of(subscriber.sell().await).len(), 0);
    subscriber.hub.deliver().await;
    assert_eq!(subscriber.receiver.posts().len(), 11);
}

/// A delivery that comes due while its endpoint is inactive ends. One that comes due after the activation goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_for_an_inactive_endpoint_ends_when_it_is_due() {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = subscriber.endpoint("/").await;
    let later = subscriber.sell().await;
    subscriber.hub.deliver().await;
    subscriber.pass(PUBLISHED[0]).await;
    let sooner = subscriber.sell().await;
    subscriber.hub.deliver().await;
    // One delivery is due in 45 minutes, the other in 5.
    subscriber.switch(&webhook, false).await;
    subscriber.pass(PUBLISHED[0]).await;
    let came_to = async |event| {
        let delivery = subscriber.delivery(&webhook, event).await;
        (delivery.state, delivery.attempts)
    };
    assert_eq!(came_to(sooner).await, (DeliveryState::Exhausted, 1));
    assert_eq!(came_to(later).await, (DeliveryState::Pending, 2));
    subscriber.switch(&webhook, true).await;
    subscriber.receiver.expect("/", [Behaviour::status(200)]);
    subscriber.pass(PUBLISHED[1]).await;
    assert_eq!(came_to(later).await, (DeliveryState::Delivered, 3));
    assert_eq!(came_to(sooner).await, (DeliveryState::Exhausted, 1));
    delivery::resend(subscriber.hub.flows(), subscriber.client(), webhook.id, sooner).await.unwrap();
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(came_to(sooner).await, (DeliveryState::Delivered, 1));
}

/// A delivery that has failed six times and is due for its last attempt. From then on, the endpoint has `behaviours`.
async fn at_the_last_attempt(behaviours: impl IntoIterator<Item = Behaviour>) -> (Subscriber, Webhook, EventId) {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", vec![Behaviour::status(500); 6]);
    let webhook = subscriber.endpoint("/").await;
    let event = subscriber.sell().await;
    subscriber.fail_but(1).await;
    subscriber.receiver.expect("/", behaviours);
    subscriber.hub.pass(PUBLISHED[5]).await;
    (subscriber, webhook, event)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_an_endpoint_during_its_last_attempt_keeps_it_active_and_alarms() {
    listen("error");
    let (subscriber, webhook, event) = at_the_last_attempt([Behaviour::Hang]).await;
    tokio::join!(subscriber.hub.deliver(), async {
        subscriber.receiver.has_seen(7).await;
        subscriber.switch(&webhook, true).await;
        subscriber.hub.clock().advance(Duration::from_secs(5));
    });
    assert_eq!(subscriber.state(&webhook, event).await, DeliveryState::Exhausted);
    assert!(subscriber.is_active(&webhook).await);
    assert_eq!(alarms("delivery_exhausted", &event.to_string()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_during_the_last_attempt_keeps_the_endpoint_active_and_is_delivered() {
    listen("error");
    let (subscriber, webhook, event) = at_the_last_attempt([Behaviour::Hang, Behaviour::status(200)]).await;
    tokio::join!(subscriber.hub.deliver(), async {
        subscriber.receiver.has_seen(7).await;
        delivery::resend(subscriber.hub.flows(), subscriber.client(), webhook.id, event).await.unwrap();
        subscriber.hub.clock().advance(Duration::from_secs(5));
    });
    assert!(subscriber.is_active(&webhook).await);
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(subscriber.state(&webhook, event).await, DeliveryState::Delivered);
    assert_eq!(alarms("delivery_exhausted", &event.to_string()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_or_deleted_endpoint_ends_its_deliveries_without_an_attempt() {
    let subscriber = Subscriber::open().await;
    let (off, deleted) = (subscriber.endpoint("/off").await, subscriber.endpoint("/deleted").await);
    let event = subscriber.sell().await;
    subscriber.switch(&off, false).await;
    endpoint::remove(subscriber.hub.flows(), subscriber.client(), deleted.id).await.unwrap();
    subscriber.hub.deliver().await;
    subscriber.pass(Duration::from_hours(24)).await;
    assert!(subscriber.receiver.posts().is_empty());
    for webhook in [&off, &deleted] {
        let delivery = subscriber.delivery(webhook, event).await;
        assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Exhausted, 0, None));
    }
    subscriber.switch(&off, true).await;
    delivery::resend(subscriber.hub.flows(), subscriber.client(), off.id, event).await.unwrap();
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(subscriber.state(&off, event).await, DeliveryState::Delivered);
}
