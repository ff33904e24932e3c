//! An account lists and reads its events.

use std::time::Duration;

use flows::charge::image;
use serde_json::{Value, json};
use tests::{
    Answer,
    samples::{APPROVED, card_charge, pix_charge},
    subscriber,
};
use wire::malga::webhooks::body;

use crate::relay_hub::RelayHub;

/// A hub that has relayed two charges: three events.
async fn relayed() -> RelayHub {
    let mut relay_hub = RelayHub::open(1).await;
    let merchant = &relay_hub.hub.merchant;
    merchant.post("/v1/charges", &card_charge(&merchant.id, APPROVED)).await.assert_status(201);
    relay_hub.pass();
    merchant.post("/v1/charges", &pix_charge(&merchant.id)).await.assert_status(201);
    relay_hub.relay_all().await;
    relay_hub
}

fn ids(page: &Answer) -> Vec<String> {
    page.body["items"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_the_newest_first_and_page_by_page() {
    let relay_hub = relayed().await;
    let events = relay_hub.events().await;
    let all: Vec<String> = events.iter().rev().map(|event| event.id.to_string()).collect();
    let middle = events[1].created_at;
    for (query, wanted) in [
        (String::new(), &all[..]),
        ("sort=DESC".to_owned(), &all[..]),
        ("limit=2".to_owned(), &all[..2]),
        ("limit=2&page=2".to_owned(), &all[2..]),
        (format!("created.gt={middle}"), &all[..1]),
        (format!("created.lt={middle}"), &all[2..]),
    ] {
        let page = relay_hub.hub.merchant.get(&format!("/v1/events?{query}")).await.expect(200);
        assert_eq!(ids(&page), wanted, "{query}");
    }
    let oldest_first = relay_hub.hub.merchant.get("/v1/events?sort=ASC&limit=1").await.expect(200);
    assert_eq!((ids(&oldest_first), &oldest_first.body["meta"]["totalItems"]), (all[2..].to_vec(), &json!(3)));
    relay_hub.hub.merchant.get("/v1/events?limit=0").await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_read_as_it_is_sent() {
    let relay_hub = relayed().await;
    let image_url = image::urls(&relay_hub.flows).unwrap();
    for event in relay_hub.events().await {
        let read = relay_hub.hub.merchant.get(&format!("/v1/events/{}", event.id)).await.expect(200);
        let words = (read.text("/apiVersion"), read.text("/object"), read.text("/createdAt"));
        assert_eq!(words, ("1.1", "transaction", event.created_at.to_string().as_str()));
        let sent: Value = serde_json::from_str(&body(&subscriber::format("1.1"), &event, &image_url).unwrap()).unwrap();
        assert_eq!(read.body, sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_account_reads_the_events_of_another_one() {
    let relay_hub = relayed().await;
    let (other, event) = (relay_hub.hub.another_merchant().await, relay_hub.events().await.remove(0));
    let missing = other.get(&format!("/v1/events/{}", event.id)).await.expect(404);
    assert_eq!(missing.text("/error/message"), "event not found");
    assert!(ids(&other.get("/v1/events").await.expect(200)).is_empty());
}

/// The table removes expired events later; the API hides them until then.
#[tokio::test(flavor = "multi_thread")]
async fn events_expire_after_45_days() {
    let relay_hub = relayed().await;
    let event = relay_hub.events().await.remove(0);
    let path = format!("/v1/events/{}", event.id);
    relay_hub.hub.merchant.get(&path).await.assert_status(200);
    relay_hub.hub.clock().advance(Duration::from_hours(45 * 24));
    relay_hub.hub.merchant.get(&path).await.assert_status(404);
    assert!(ids(&relay_hub.hub.merchant.get("/v1/events").await.expect(200)).is_empty());
}
