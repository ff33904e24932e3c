//! What tries cost, counted at the engine's socket and at the queue.

use std::collections::BTreeMap;

use flows::webhook::deliver;
use tests::{
    engine::Call,
    receiver::Behaviour,
    shop::{Shop, message},
};

/// The calls since the last time, by what they are.
fn calls(shop: &Shop) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for call in shop.house.engine.take_calls().iter().map(Call::what) {
        *calls.entry(call).or_default() += 1;
    }
    calls
}

/// What so many tries cost together: each reads its delivery, its endpoint and its event, claims, and ends.
fn tries(count: usize) -> BTreeMap<String, usize> {
    let each =
        ["GetItem WEBHOOK", "GetItem CLIENT", "GetItem EVENT", "PutItem WEBHOOK", "TransactWriteItems WEBHOOK WEBHOOK"];
    each.map(|what| (what.to_owned(), count)).into()
}

/// A shop whose hub has told each of so many endpoints something: what may be remembered is.
async fn warm(endpoints: usize) -> Shop {
    let shop = Shop::open().await;
    for number in 0..endpoints {
        shop.endpoint(&format!("/{number}")).await;
    }
    shop.sell().await;
    shop.house.deliver().await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_is_three_reads_and_two_writes_and_one_that_is_done_a_read() {
    let shop = warm(1).await;
    shop.sell().await;
    let Some(sent) = shop.house.queue.waiting().pop() else { unreachable!("nothing waits") };
    let _ = shop.house.engine.take_calls();
    assert_eq!(shop.house.deliver().await, 1);
    assert_eq!(calls(&shop), tries(1));
    deliver::run(shop.house.hub(), message(&sent).webhook, message(&sent).event).await.unwrap();
    assert_eq!(calls(&shop), [("GetItem WEBHOOK".to_owned(), 1)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_costs_its_tries_and_nothing_more() {
    // One event for ten endpoints, and ten events for one.
    for (endpoints, events) in [(10, 1), (1, 10)] {
        let shop = warm(endpoints).await;
        for _ in 0..events {
            shop.sell().await;
        }
        let (_, sent) = (shop.house.engine.take_calls(), shop.house.queue.calls());
        assert_eq!(shop.house.deliver().await, 10);
        assert_eq!(calls(&shop), tries(10), "{endpoints}");
        assert_eq!((shop.receiver.posts().len(), shop.house.queue.calls()), (endpoints + 10, sent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_in_vain_costs_a_message_more_and_so_does_the_next() {
    let shop = warm(1).await;
    shop.receiver.expect("/0", [Behaviour::status(500)]);
    shop.sell().await;
    let (_, sent) = (shop.house.engine.take_calls(), shop.house.queue.calls());
    shop.house.deliver().await;
    assert_eq!((calls(&shop), shop.house.queue.calls()), (tries(1), sent + 1));
}
