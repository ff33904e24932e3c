//! Whoever tries dies, at every write; another one goes on.

use std::{collections::HashSet, time::Duration};

use domain::webhook::{DeliveryState, PAUSES};
use tests::{
    engine::{Call, Fault},
    receiver::Behaviour,
    shop::Shop,
};

/// A death at one of the writes of one try.
#[derive(Clone, Debug)]
struct Death {
    what: String,
    fault: Fault,
}

/// The writes of the try that is ready now, found by an honest run.
async fn writes(shop: &Shop) -> Vec<String> {
    let _ = shop.house.engine.take_calls();
    shop.house.deliver().await;
    shop.house.engine.take_calls().iter().filter(|call| call.is_write()).map(Call::what).collect()
}

/// The hub dies at `death` during the try that is ready now, its messages with it; another one starts.
async fn die(shop: &mut Shop, death: &Death) {
    shop.house.engine.fail_write_of(&death.what, 1, death.fault);
    let died = tokio::select! {
        () = shop.house.engine.has_killed() => true,
        _ = shop.house.deliver() => false,
    };
    assert!(died, "nobody died at {death:?}");
    shop.house.kill_and_restart().await;
    shop.house.queue.lose_everything();
}

/// What the sweeper finds is tried, for half an hour.
async fn recover(shop: &Shop) {
    for _ in 0..5 {
        shop.pass(Duration::from_mins(6)).await;
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
        let writes = writes(&shop).await;
        assert_eq!(writes, ["PutItem WEBHOOK", "TransactWriteItems WEBHOOK WEBHOOK"]);
        recover(&shop).await;
        for death in deaths(&writes) {
            shop.receiver.expect("/", [Behaviour::status(first), Behaviour::status(200)]);
            let event = shop.sell().await;
            die(&mut shop, &death).await;
            recover(&shop).await;
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
    let writes = writes(&shop).await;
    assert_eq!(writes, ["PutItem WEBHOOK", "PutItem CLIENT", "TransactWriteItems WEBHOOK WEBHOOK"]);
    for death in deaths(&writes) {
        shop.switch(&webhook, true).await;
        let event = shop.sell().await;
        shop.fail_but(1).await;
        shop.house.pass(PAUSES[5]).await;
        die(&mut shop, &death).await;
        recover(&shop).await;
        assert!((7..=8).contains(&shop.posts_of(event).len()), "{death:?}");
        assert_eq!(shop.state(&webhook, event).await, DeliveryState::Exhausted, "{death:?}");
        assert!(!shop.is_active(&webhook).await, "{death:?}");
    }
}
