//! What a stream has lost is told later, as it was then.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use catraca::engine::HUB_TABLE;
use domain::time::Timestamp;
use edge::config::local_dynamo;
use flows::webhook::relay::{self, Backfilled};
use serde_json::json;
use store::events::EventRecord;
use tests::{
    bank::reference,
    engine::Fault,
    samples::{APPROVED, card_charge, pix_charge, with},
};

use crate::office::{Office, names};

const DAY: Duration = Duration::from_hours(24);

/// A card and a Pix with most of what can happen to them, a second apart; the last refund is not answered yet.
async fn lives(office: &Office) {
    let (client, bank) = (&office.house.client, &office.house.bank);
    let reserved = with(card_charge(&client.merchant_id, APPROVED), "/capture", json!(false));
    let card = client.post("/v1/charges", &reserved).await.expect(201).text("/id").to_owned();
    let pix = client.post("/v1/charges", &pix_charge(&client.merchant_id)).await.expect(201).text("/id").to_owned();
    office.pass();
    let ask = async |charge: &str, what: &str, amount: u64| {
        let path = format!("/v1/charges/{charge}/{what}");
        client.post(&path, &json!({"amount": amount})).await.assert_status(201);
        office.pass();
    };
    ask(&card, "void", 30).await;
    ask(&card, "capture", 100).await;
    ask(&card, "void", 40).await;
    client.tell(&bank.pay(&reference(&pix, 1), 150)).await.assert_status(200);
    office.pass();
    ask(&pix, "void", 50).await;
    ask(&pix, "void", 20).await;
    client.tell(&bank.finish_refund(&reference(&pix, 3))).await.assert_status(200);
    office.pass();
    bank.expect([tests::bank::Mood::LoseAnswer]);
    ask(&card, "void", 10).await;
}

const EVENTS: usize = 5 + 5;

/// All but when they are forgotten.
fn lasting(events: &[EventRecord]) -> Vec<EventRecord> {
    events.iter().map(|event| EventRecord { expires_at: 0, ..event.clone() }).collect()
}

async fn backfill(office: &Office) -> Backfilled {
    relay::backfill(&office.hub, Timestamp::from_millis(0)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_tells_everything_that_the_stream_would_have_told() {
    let mut office = Office::open(2).await;
    lives(&office).await;
    office.relay_all().await;
    let (events, messages) = (office.events().await, office.messages());
    assert_eq!((events.len(), messages.len()), (EVENTS, 2 * EVENTS));
    office.forget().await;
    office.house.clock().advance(2 * DAY);
    assert_eq!(backfill(&office).await, Backfilled { charges: 2, events: EVENTS, unreadable: 0 });
    assert_eq!((lasting(&office.events().await), office.messages()), (lasting(&events), messages));
    assert_eq!(office.kept().await.len(), EVENTS + 2 * EVENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_relayed_is_not_told_again() {
    let mut office = Office::open(1).await;
    lives(&office).await;
    office.relay_all().await;
    let kept = office.kept().await;
    assert_eq!(office.messages().len(), EVENTS);
    office.house.clock().advance(2 * DAY);
    assert_eq!(backfill(&office).await, Backfilled { charges: 2, events: 0, unreadable: 0 });
    assert!(office.kept().await == kept);
    assert!(office.messages().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_happened_since_is_told_and_only_to_endpoints_that_were_there() {
    let office = Office::open(1).await;
    lives(&office).await;
    let middle = office.hub.now();
    office.pass();
    let charge = card_charge(&office.house.client.merchant_id, APPROVED);
    office.house.client.post("/v1/charges", &charge).await.assert_status(201);
    office.pass();
    let late = office.register(9, "*", true).await;
    office.house.clock().advance(2 * DAY);
    let done = relay::backfill(&office.hub, middle).await.unwrap();
    assert_eq!(done, Backfilled { charges: 3, events: 2, unreadable: 0 });
    let events = office.events().await;
    assert_eq!(names(&events), ["pending", "authorized"]);
    for event in &events {
        assert_eq!(office.delivery(late, event).await, None);
    }
    assert_eq!(office.messages().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_events_are_kept_is_left() {
    let office = Office::open(1).await;
    lives(&office).await;
    office.house.clock().advance(45 * DAY);
    assert_eq!(backfill(&office).await, Backfilled { charges: 2, events: 0, unreadable: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_endpoints_is_told_nothing_and_has_its_events() {
    let office = Office::open(0).await;
    lives(&office).await;
    assert_eq!(backfill(&office).await, Backfilled { charges: 2, events: EVENTS, unreadable: 0 });
    assert_eq!((office.kept().await.len(), office.messages().len()), (EVENTS, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_cannot_be_read_is_counted_and_holds_up_nothing() {
    let office = Office::open(1).await;
    lives(&office).await;
    let dynamo = local_dynamo(office.house.engine.direct_url()).unwrap();
    let spoilt = AttributeValue::S("no JSON".to_owned());
    let charge = office.house.charges().await.remove(0);
    let key = [("PK", format!("CHARGE#{}", charge.id)), ("SK", "CHARGE".to_owned())];
    let key = key.map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).into();
    let update = dynamo.update_item().table_name(HUB_TABLE).set_key(Some(key));
    update.update_expression("SET doc = :doc").expression_attribute_values(":doc", spoilt).send().await.unwrap();
    office.house.clock().advance(2 * DAY);
    assert_eq!(backfill(&office).await, Backfilled { charges: 2, events: EVENTS / 2, unreadable: 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_dies_anywhere_is_finished_by_the_next_one() {
    let office = Office::open(2).await;
    lives(&office).await;
    office.house.clock().advance(2 * DAY);
    let mut number = 0;
    loop {
        number += 1;
        let mut seen = 0;
        office.house.engine.fail(move |_, _| {
            seen += 1;
            if seen == number { Fault::DieAfter } else { Fault::None }
        });
        let died = tokio::select! {
            () = office.house.engine.has_killed() => true,
            _ = backfill(&office) => false,
        };
        office.house.engine.heal();
        if !died {
            break;
        }
        backfill(&office).await;
        assert_eq!(office.kept().await.len(), EVENTS + 2 * EVENTS, "call {number}");
        let mut messages = office.messages();
        messages.dedup();
        assert_eq!(messages.len(), 2 * EVENTS, "call {number}");
        office.forget().await;
    }
    // A step over the table, the endpoints, and for each event two calls and one for each endpoint.
    assert_eq!(number, 2 + EVENTS * 4 + 1);
}
