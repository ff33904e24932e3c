//! A replay makes the events that the stream lost, as the charges were then.

use std::time::Duration;

use aws_local::engine::HUB_TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{time::Timestamp, webhook::EventRecord};
use flows::webhook::relay::{self, ReplayedEvents};
use serde_json::json;
use tests::{
    bank::reference,
    engine::Fault,
    samples::{APPROVED, card_charge, pix_charge, with},
};

use crate::relay_hub::{RelayHub, names};

const DAY: Duration = Duration::from_hours(24);

/// A card and a Pix with captures, payments and refunds, a second apart. The last refund is not answered yet.
async fn lives(relay_hub: &RelayHub) {
    let (merchant, bank) = (&relay_hub.hub.merchant, &relay_hub.hub.bank);
    let reserved = with(card_charge(&merchant.id, APPROVED), "/capture", json!(false));
    let card = merchant.charges(&reserved).await;
    let pix = merchant.charges(&pix_charge(&merchant.id)).await;
    relay_hub.pass();
    let ask = async |charge: &str, what: &str, amount: u64| {
        let path = format!("/v1/charges/{charge}/{what}");
        merchant.post(&path, &json!({"amount": amount})).await.assert_status(201);
        relay_hub.pass();
    };
    ask(&card, "void", 30).await;
    ask(&card, "capture", 100).await;
    ask(&card, "void", 40).await;
    relay_hub.hub.provider.notifies(&bank.pay(&reference(&pix, 1), 150)).await;
    relay_hub.pass();
    ask(&pix, "void", 50).await;
    ask(&pix, "void", 20).await;
    relay_hub.hub.provider.notifies(&bank.finish_refund(&reference(&pix, 3))).await;
    relay_hub.pass();
    bank.expect([tests::bank::BankReply::LoseAnswer]);
    ask(&card, "void", 10).await;
}

const EVENTS: usize = 5 + 5;

/// The events without their expiry.
fn lasting(events: &[EventRecord]) -> Vec<EventRecord> {
    events.iter().map(|event| EventRecord { expires_at: 0, ..event.clone() }).collect()
}

async fn replay(relay_hub: &RelayHub) -> ReplayedEvents {
    relay::replay(&relay_hub.flows, Timestamp::from_millis(0)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_makes_the_same_events_as_the_stream() {
    let mut relay_hub = RelayHub::open(2).await;
    lives(&relay_hub).await;
    relay_hub.relay_all().await;
    let (events, messages) = (relay_hub.events().await, relay_hub.messages());
    assert_eq!((events.len(), messages.len()), (EVENTS, 2 * EVENTS));
    relay_hub.forget().await;
    relay_hub.hub.clock().advance(2 * DAY);
    assert_eq!(replay(&relay_hub).await, ReplayedEvents { charges: 2, events: EVENTS, unreadable: 0 });
    assert_eq!((lasting(&relay_hub.events().await), relay_hub.messages()), (lasting(&events), messages));
    assert_eq!(relay_hub.kept().await.len(), EVENTS + 2 * EVENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_makes_no_event_again_that_was_relayed() {
    let mut relay_hub = RelayHub::open(1).await;
    lives(&relay_hub).await;
    relay_hub.relay_all().await;
    let kept = relay_hub.kept().await;
    assert_eq!(relay_hub.messages().len(), EVENTS);
    relay_hub.hub.clock().advance(2 * DAY);
    assert_eq!(replay(&relay_hub).await, ReplayedEvents { charges: 2, events: 0, unreadable: 0 });
    assert!(relay_hub.kept().await == kept);
    assert!(relay_hub.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_makes_only_later_events_and_only_for_endpoints_that_existed_then() {
    let relay_hub = RelayHub::open(1).await;
    lives(&relay_hub).await;
    let middle = relay_hub.flows.now();
    relay_hub.pass();
    let charge = card_charge(&relay_hub.hub.merchant.id, APPROVED);
    relay_hub.hub.merchant.post("/v1/charges", &charge).await.assert_status(201);
    relay_hub.pass();
    let late = relay_hub.register(9, "*", true).await;
    relay_hub.hub.clock().advance(2 * DAY);
    let done = relay::replay(&relay_hub.flows, middle).await.unwrap();
    assert_eq!(done, ReplayedEvents { charges: 3, events: 2, unreadable: 0 });
    let events = relay_hub.events().await;
    assert_eq!(names(&events), ["pending", "authorized"]);
    for event in &events {
        assert_eq!(relay_hub.delivery(late, event).await, None);
    }
    assert_eq!(relay_hub.messages().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_makes_no_event_that_has_expired() {
    let relay_hub = RelayHub::open(1).await;
    lives(&relay_hub).await;
    relay_hub.hub.clock().advance(45 * DAY);
    assert_eq!(replay(&relay_hub).await, ReplayedEvents { charges: 2, events: 0, unreadable: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_endpoints_gets_its_events_and_no_delivery() {
    let relay_hub = RelayHub::open(0).await;
    lives(&relay_hub).await;
    assert_eq!(replay(&relay_hub).await, ReplayedEvents { charges: 2, events: EVENTS, unreadable: 0 });
    assert_eq!((relay_hub.kept().await.len(), relay_hub.messages().len()), (EVENTS, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_cannot_be_read_is_counted_and_does_not_stop_the_replay() {
    let relay_hub = RelayHub::open(1).await;
    lives(&relay_hub).await;
    let dynamo = relay_hub.hub.engine.direct();
    let spoilt = AttributeValue::S("no JSON".to_owned());
    let charge = relay_hub.hub.charges().await.remove(0);
    let key = [("PK", format!("CHARGE#{}", charge.id)), ("SK", "CHARGE".to_owned())];
    let key = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).into();
    let update = dynamo.update_item().table_name(HUB_TABLE).set_key(Some(key));
    update.update_expression("SET doc = :doc").expression_attribute_values(":doc", spoilt).send().await.unwrap();
    relay_hub.hub.clock().advance(2 * DAY);
    assert_eq!(replay(&relay_hub).await, ReplayedEvents { charges: 2, events: EVENTS / 2, unreadable: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_dies_anywhere_is_finished_by_the_next_one() {
    let relay_hub = RelayHub::open(2).await;
    lives(&relay_hub).await;
    relay_hub.hub.clock().advance(2 * DAY);
    let mut number = 0;
    loop {
        number += 1;
        let mut seen = 0;
        relay_hub.hub.engine.fail(move |_, _| {
            seen += 1;
            if seen == number { Fault::DieAfter } else { Fault::None }
        });
        let died = tokio::select! {
            () = relay_hub.hub.engine.has_killed() => true,
            _ = replay(&relay_hub) => false,
        };
        relay_hub.hub.engine.heal();
        if !died {
            break;
        }
        replay(&relay_hub).await;
        assert_eq!(relay_hub.kept().await.len(), EVENTS + 2 * EVENTS, "call {number}");
        let mut messages = relay_hub.messages();
        messages.dedup();
        assert_eq!(messages.len(), 2 * EVENTS, "call {number}");
        relay_hub.forget().await;
    }
    // A scan of the table, a query of the endpoints, and for each event two calls and one for each endpoint.
    assert_eq!(number, 2 + EVENTS * 4 + 1);
}
