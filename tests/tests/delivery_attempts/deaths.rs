//! The hub dies at every write of an attempt, and another hub goes on.

use std::{collections::HashSet, time::Duration};

use domain::webhook::{DeliveryState, PAUSES};
use tests::{
    engine::{Call, Fault},
    receiver::Behaviour,
    subscriber::Subscriber,
};

/// A death of the hub at one write of an attempt.
#[derive(Clone, Debug)]
struct Death {
    what: String,
    fault: Fault,
}

/// The writes of the attempt that is due now, found by a run without faults.
async fn writes(subscriber: &Subscriber) -> Vec<String> {
    let _ = subscriber.hub.engine.take_calls();
    subscriber.hub.deliver().await;
    subscriber.hub.engine.take_calls().iter().filter(|call| call.is_write()).map(Call::what).collect()
}

/// The hub dies at `death` during the attempt that is due now and its messages are lost; another hub starts.
async fn die(subscriber: &mut Subscriber, death: &Death) {
    subscriber.hub.engine.fail_write_of(&death.what, 1, death.fault);
    let died = tokio::select! {
        () = subscriber.hub.engine.has_killed() => true,
        _ = subscriber.hub.deliver() => false,
    };
    assert!(died, "the hub did not die at {death:?}");
    subscriber.hub.kill_and_restart().await;
    subscriber.hub.queue.lose_everything();
}

/// For half an hour, the hub attempts what the sweeper finds due.
async fn recover(subscriber: &Subscriber) {
    for _ in 0..5 {
        subscriber.pass(Duration::from_mins(6)).await;
    }
}

fn deaths(writes: &[String]) -> Vec<Death> {
    let at = |what: &String| [Fault::DieBefore, Fault::DieAfter].map(|fault| Death { what: what.clone(), fault });
    writes.iter().flat_map(at).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_delivered_at_least_once_whenever_the_hub_dies() {
    for first in [200, 500] {
        let mut subscriber = Subscriber::open().await;
        subscriber.receiver.expect("/", [Behaviour::status(first), Behaviour::status(200)]);
        let webhook = subscriber.endpoint("/").await;
        subscriber.sell().await;
        let writes = writes(&subscriber).await;
        assert_eq!(writes, ["PutItem WEBHOOK", "TransactWriteItems WEBHOOK WEBHOOK"]);
        recover(&subscriber).await;
        for death in deaths(&writes) {
            subscriber.receiver.expect("/", [Behaviour::status(first), Behaviour::status(200)]);
            let event = subscriber.sell().await;
            die(&mut subscriber, &death).await;
            recover(&subscriber).await;
            let posts = subscriber.posts_of(event);
            assert!((1..=3).contains(&posts.len()), "{death:?}: {}", posts.len());
            assert_eq!(posts.iter().map(|post| &post.body).collect::<HashSet<_>>().len(), 1, "{death:?}");
            assert_eq!(subscriber.state(&webhook, event).await, DeliveryState::Delivered, "{death:?}");
            let (_, attempts) = subscriber
                .deliveries(&webhook)
                .await
                .into_iter()
                .find(|(delivery, _)| delivery.event == event)
                .unwrap();
            assert!(attempts.last().unwrap().is_taken() && attempts.len() <= posts.len(), "{death:?}: {attempts:?}");
        }
        // Without duplicates of the same id, each sale is one event.
        let ids: HashSet<String> =
            subscriber.receiver.posts().iter().map(|post| post.header("webhook-id").to_owned()).collect();
        assert_eq!(ids.len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_deactivated_whenever_the_hub_dies_at_the_last_attempt() {
    let mut subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = subscriber.endpoint("/").await;
    subscriber.sell().await;
    subscriber.fail_but(1).await;
    subscriber.hub.pass(PAUSES[5]).await;
    let writes = writes(&subscriber).await;
    assert_eq!(writes, ["PutItem WEBHOOK", "PutItem CLIENT", "TransactWriteItems WEBHOOK WEBHOOK"]);
    for death in deaths(&writes) {
        subscriber.switch(&webhook, true).await;
        let event = subscriber.sell().await;
        subscriber.fail_but(1).await;
        subscriber.hub.pass(PAUSES[5]).await;
        die(&mut subscriber, &death).await;
        recover(&subscriber).await;
        assert!((7..=8).contains(&subscriber.posts_of(event).len()), "{death:?}");
        assert_eq!(subscriber.state(&webhook, event).await, DeliveryState::Exhausted, "{death:?}");
        assert!(!subscriber.is_active(&webhook).await, "{death:?}");
    }
}
