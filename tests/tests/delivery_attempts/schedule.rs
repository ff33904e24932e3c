//! When an endpoint is tried, when it is given up, and when it is told again.

use std::{pin::pin, time::Duration};

use domain::{
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

/// The pauses as they are published (facts of the public API, §11).
const PUBLISHED: [Duration; 6] = [
    Duration::from_mins(5),
    Duration::from_mins(45),
    Duration::from_hours(6),
    Duration::from_hours(24),
    Duration::from_hours(2 * 24),
    Duration::from_hours(4 * 24),
];
const SECOND: Duration = Duration::from_secs(1);
/// How much too early a message may come and make its try all the same.
const SLACK: Duration = Duration::from_secs(2);

/// With its messages, and without any: then the table alone knows when.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_tried_in_the_published_pauses_to_the_second_and_then_switched_off() {
    for is_queue_lost in [false, true] {
        let subscriber = Subscriber::open_by(Clock::still()).await;
        subscriber.receiver.expect("/", [Behaviour::status(500)]);
        let webhook = subscriber.endpoint("/").await;
        let event = subscriber.sell().await;
        assert_eq!(subscriber.hub.deliver().await, 1);
        let mut tried_at = vec![subscriber.now()];
        for (made, pause) in (1..).zip(PUBLISHED) {
            assert_eq!(
                (subscriber.state(&webhook, event).await, subscriber.receiver.posts().len()),
                (DeliveryState::Pending, made)
            );
            assert!(subscriber.is_active(&webhook).await);
            // What is soon the queue holds back; what is later the table.
            let delays: Vec<u64> = subscriber.hub.queue.waiting().iter().map(|sent| sent.delay).collect();
            assert_eq!(delays, if made == 1 { vec![300] } else { vec![] });
            if is_queue_lost {
                subscriber.hub.queue.lose_everything();
            }
            subscriber.pass(pause.saturating_sub(SLACK + SECOND)).await;
            // Nor does a message that comes too early, or once more, make a try.
            deliver::run(subscriber.hub.flows(), webhook.id, event).await.unwrap();
            subscriber.pass(SLACK).await;
            assert_eq!(subscriber.receiver.posts().len(), made, "a second before {pause:?} are over");
            subscriber.pass(SECOND).await;
            assert_eq!(subscriber.receiver.posts().len(), made + 1, "{pause:?} are over");
            tried_at.push(subscriber.now());
        }
        let delivery = subscriber.delivery(&webhook, event).await;
        assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Exhausted, 7, None));
        assert!(!subscriber.is_active(&webhook).await);
        let attempts = subscriber.attempts(&webhook).await;
        assert_eq!(attempts.iter().map(|tried| tried.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(attempts.iter().map(|tried| tried.at).collect::<Vec<_>>(), tried_at);
        assert_eq!(subscriber.posts_of(event).len(), 7);
    }
}

/// The first try may take thirty seconds, and each after it five.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_waited_for_to_the_second() {
    let subscriber = Subscriber::open_by(Clock::still()).await;
    subscriber.receiver.expect("/", [Behaviour::Hang]);
    let webhook = subscriber.endpoint("/").await;
    subscriber.sell().await;
    for (number, limit) in (1..).zip([30, 5, 5].map(Duration::from_secs)) {
        let clock = subscriber.hub.clock();
        let mut trying = pin!(subscriber.hub.deliver());
        tokio::select! {
            _ = &mut trying => unreachable!("nobody has answered"),
            () = subscriber.receiver.has_seen(number) => {}
        }
        clock.advance(limit.saturating_sub(SECOND));
        assert!(poll!(trying.as_mut()).is_pending());
        clock.advance(SECOND);
        trying.await;
        let tried = subscriber.attempts(&webhook).await.pop().unwrap();
        let took = Duration::from_millis(tried.took_ms.into());
        assert_eq!((took, tried.status, tried.problem.as_deref()), (limit, None, Some("no answer came in time")));
        // Its pause begins when it ends.
        subscriber.hub.pass(PUBLISHED[number - 1]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_was_given_up_is_told_nothing_until_it_is_switched_on_again() {
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

    // It is told nothing more, and is not asked to be.
    let missed = subscriber.sell_unheard().await;
    subscriber.pass(Duration::from_mins(10)).await;
    assert_eq!(subscriber.receiver.posts().len(), 7);
    let resend = async |event| delivery::resend(subscriber.hub.flows(), subscriber.client(), webhook.id, event).await;
    assert_eq!(resend(event).await, Err(Refusal::WebhookInactive));

    // Until it is switched on again: then what was given up can be asked for, from the first pause on.
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
    // What happened meanwhile it was not told, and can be asked for.
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

/// What comes due while an endpoint is off ends; what comes due after it is on again goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_endpoint_that_is_switched_off_ends_when_it_is_due() {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = subscriber.endpoint("/").await;
    let later = subscriber.sell().await;
    subscriber.hub.deliver().await;
    subscriber.pass(PUBLISHED[0]).await;
    let sooner = subscriber.sell().await;
    subscriber.hub.deliver().await;
    // The one is due in 45 minutes, the other in 5.
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

/// An event that was tried six times in vain, and is due for the last; the endpoint behaves like this from then on.
async fn at_the_last_try(behaviours: impl IntoIterator<Item = Behaviour>) -> (Subscriber, Webhook, EventId) {
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
async fn whoever_changed_an_endpoint_during_its_last_try_keeps_it_on_and_somebody_is_woken() {
    listen("error");
    let (subscriber, webhook, event) = at_the_last_try([Behaviour::Hang]).await;
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
async fn whoever_asks_again_during_the_last_try_keeps_the_endpoint_on_and_is_served() {
    listen("error");
    let (subscriber, webhook, event) = at_the_last_try([Behaviour::Hang, Behaviour::status(200)]).await;
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
async fn an_endpoint_that_is_switched_off_or_gone_ends_its_deliveries_without_a_try() {
    let subscriber = Subscriber::open().await;
    let (off, gone) = (subscriber.endpoint("/off").await, subscriber.endpoint("/gone").await);
    let event = subscriber.sell().await;
    subscriber.switch(&off, false).await;
    endpoint::remove(subscriber.hub.flows(), subscriber.client(), gone.id).await.unwrap();
    subscriber.hub.deliver().await;
    subscriber.pass(Duration::from_hours(24)).await;
    assert!(subscriber.receiver.posts().is_empty());
    for webhook in [&off, &gone] {
        let delivery = subscriber.delivery(webhook, event).await;
        assert_eq!((delivery.state, delivery.attempts, delivery.due_at), (DeliveryState::Exhausted, 0, None));
    }
    subscriber.switch(&off, true).await;
    delivery::resend(subscriber.hub.flows(), subscriber.client(), off.id, event).await.unwrap();
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(subscriber.state(&off, event).await, DeliveryState::Delivered);
}
