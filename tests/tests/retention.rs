//! What is kept no longer than needed: expired tokens, numbers of unsaved cards, and what events say of erased
//! customers.

use std::time::Duration;

use domain::limits::UNSAVED_CARD_DAYS;
use flows::retention::{self, Purge, Purged};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    engine::{Call, Fault},
    receiver::{Behaviour, Receiver},
    samples::{APPROVED, by_card, card, card_charge, drip_charge, from_token, open_session, reservation, with},
    stream::Stream,
};

const OTHER: &str = "5261424250184574";
const THIRD: &str = "4916745120294124";
/// The browser of a Drip payment in the samples.
const BROWSER: &str = "074c1ee676ed4998ab66491013c565e2";

fn days(days: u16) -> Duration {
    Duration::from_hours(24 * u64::from(days))
}

async fn token(merchant: &Merchant) -> String {
    merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201).text("/tokenId").to_owned()
}

/// The id of the card that came inside a charge.
async fn inside(merchant: &Merchant, number: &str) -> String {
    merchant.creates_charge(&card_charge(&merchant.id, number)).await.text("/paymentSource/cardId").to_owned()
}

fn by_stored_card(merchant: &Merchant, card: &str) -> Value {
    with(card_charge(&merchant.id, APPROVED), "/paymentSource", json!({"sourceType": "card", "cardId": card}))
}

async fn item(hub: &TestHub, key: &str) -> Option<String> {
    let key = format!(r#""PK": S("{key}")"#);
    hub.everything_stored().await.into_iter().find(|item| item.contains(&key))
}

async fn has_number(hub: &TestHub, card: &str) -> bool {
    item(hub, &format!("CARD#{card}")).await.unwrap().contains(r#""number": S("#)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_deleted_whether_it_was_used_or_not() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (used, unused) = (token(merchant).await, token(merchant).await);
    merchant.creates_charge(&from_token(card_charge(&merchant.id, APPROVED), &used)).await;
    hub.pass(Duration::from_mins(119)).await;
    let young = token(merchant).await;
    for id in [&used, &unused, &young] {
        assert!(item(&hub, &format!("TOKEN#{id}")).await.is_some());
    }
    hub.pass(Duration::from_mins(2)).await;
    for (id, is_there) in [(&used, false), (&unused, false), (&young, true)] {
        assert_eq!(item(&hub, &format!("TOKEN#{id}")).await.is_some(), is_there);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_one_write_although_it_can_be_found_by_its_expiry() {
    let hub = TestHub::build().await;
    token(&hub.merchant).await;
    let _ = hub.engine.take_calls();
    token(&hub.merchant).await;
    let calls = hub.engine.take_calls();
    assert_eq!(calls.iter().map(Call::what).collect::<Vec<_>>(), ["PutItem TOKEN"]);
    let units: f64 = calls.iter().map(|call| call.units).sum();
    assert!(units <= 2.0, "{units} units, with the index");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_an_unsaved_card_is_erased_half_a_year_after_its_last_use() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let charge = card_charge(&merchant.id, APPROVED);
    let made = merchant.post_with_key("/v1/charges", &charge, "k").await.expect(201);
    let card = made.text("/paymentSource/cardId").to_owned();
    hub.pass(days(UNSAVED_CARD_DAYS - 1)).await;
    assert!(has_number(&hub, &card).await);
    hub.pass(days(2)).await;
    assert!(!has_number(&hub, &card).await);

    let shown = merchant.get(&format!("/v1/cards/{card}")).await.expect(200);
    assert_eq!((shown.text("/status"), shown.text("/last4digits")), ("failed", "7814"));
    merchant.post("/v1/charges", &by_stored_card(merchant, &card)).await.assert_status(400);
    let customer = json!({"name": "Ana", "email": "ana@example.com", "phoneNumber": "1",
        "document": {"type": "cpf", "number": "39053344705"}});
    let customer = merchant.post("/v1/customers", &customer).await.expect(201).text("/id").to_owned();
    let link = merchant.post(&format!("/v1/customers/{customer}/cards"), &json!({"cardId": card})).await;
    assert_eq!(link.status, 404);
    // A replay answers as before, and brings no number back.
    let again = merchant.post_with_key("/v1/charges", &charge, "k").await.expect(201);
    assert!(again.is_replay() && again.body == made.body);
    assert!(!has_number(&hub, &card).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_in_use_keeps_its_number() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let stored = merchant.post("/v1/cards", &json!({"tokenId": token(merchant).await})).await.expect(201);
    let linked = inside(merchant, OTHER).await;
    let customer = json!({"name": "Ana", "email": "ana@example.com", "phoneNumber": "1",
        "document": {"type": "cpf", "number": "39053344705"}});
    let customer = merchant.post("/v1/customers", &customer).await.expect(201).text("/id").to_owned();
    merchant.post(&format!("/v1/customers/{customer}/cards"), &json!({"cardId": linked})).await.assert_status(204);
    let reserved = merchant.creates_charge(&reservation(&merchant.id)).await;
    let reserving = reserved.text("/paymentSource/cardId").to_owned();
    let (charged, paying) = (inside(merchant, THIRD).await, inside(merchant, THIRD).await);
    hub.pass(days(100)).await;
    merchant.creates_charge(&by_stored_card(merchant, &charged)).await;
    let order = merchant.creates_session(&open_session(&merchant.id)).await;
    let source = json!({"sourceType": "card", "cardId": paying});
    let path = order.path("/charge");
    merchant.post(&path, &with(by_card(APPROVED), "/paymentSource", source)).await.assert_status(201);

    hub.pass(days(UNSAVED_CARD_DAYS - 99)).await;
    for card in [stored.text("/id"), &linked, &reserving, &charged, &paying] {
        assert!(has_number(&hub, card).await, "{card}");
    }
    // What kept them ends.
    merchant.post(&format!("/v1/charges/{}/void", reserved.text("/id")), &json!({})).await.assert_status(201);
    merchant.send(Method::DELETE, &format!("/v1/customers/{customer}"), None, None).await.unwrap().assert_status(200);
    hub.pass(days(UNSAVED_CARD_DAYS + 1)).await;
    assert!(has_number(&hub, stored.text("/id")).await);
    for card in [&linked, &reserving, &charged, &paying] {
        assert!(!has_number(&hub, card).await, "{card}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_ends_half_way_is_repeated() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let cards = [inside(merchant, APPROVED).await, inside(merchant, OTHER).await, inside(merchant, THIRD).await];
    let tokens = [token(merchant).await, token(merchant).await, token(merchant).await];
    hub.clock().advance(days(UNSAVED_CARD_DAYS + 1));
    let mut erased = 0;
    hub.engine.fail(move |operation, _| {
        erased += usize::from(["UpdateItem", "DeleteItem"].contains(&operation));
        if erased > 2 { Fault::Throttle } else { Fault::None }
    });
    sweeper::sweep(hub.flows()).await.unwrap_err();
    hub.engine.heal();
    hub.pass(Duration::from_mins(1)).await;
    for card in &cards {
        assert!(!has_number(&hub, card).await);
    }
    for token in &tokens {
        assert!(item(&hub, &format!("TOKEN#{token}")).await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_counts_first_and_erases_on_request() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (old, reserved) = (inside(merchant, APPROVED).await, merchant.creates_charge(&reservation(&merchant.id)).await);
    let reserving = reserved.text("/paymentSource/cardId").to_owned();
    hub.pass(days(30)).await;
    let young = inside(merchant, OTHER).await;
    let until = hub.clock().now().minus(days(29));
    for (what, has) in [(Purge::Count, true), (Purge::Erase, false)] {
        let purged = retention::purge_cards(hub.flows(), until, what).await.unwrap();
        assert_eq!(purged, Purged { erased: 1, in_use: 1 }, "{what:?}");
        assert_eq!(has_number(&hub, &old).await, has);
    }
    assert_eq!(retention::purge_cards(hub.flows(), until, Purge::Erase).await.unwrap(), Purged::default());
    assert!(has_number(&hub, &young).await && has_number(&hub, &reserving).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_customer_erases_what_events_and_deliveries_say_of_the_shopper() {
    let hub = TestHub::build().await;
    let receiver = Receiver::open(hub.clock().clone()).await;
    receiver.expect("/hooks", [Behaviour::Answer(200, "Obrigado, Maria".to_owned())]);
    let endpoint = json!({"event": "*", "endpoint": receiver.endpoint("/hooks")});
    hub.merchant.post("/v1/webhooks", &endpoint).await.assert_status(201);
    let _ = hub.engine.take_calls();
    let body = with(drip_charge(&hub.merchant.id), "/description", json!("Pedido de Maria"));
    let charge = hub.merchant.creates_charge(&body).await;
    let records = Stream::default().records(&hub.engine.take_calls());
    assert_eq!(hub.relay(records).await.batch_item_failures, []);
    hub.deliver().await;
    let copies = || async {
        let stored = hub.everything_stored().await;
        let copy = |item: &&String| item.contains("EVENT#") || item.contains("ATTEMPT#");
        stored.iter().filter(copy).filter(|item| item.contains(BROWSER) || item.contains("Maria")).count()
    };
    assert_eq!(copies().await, 2);

    let customer = charge.text("/paymentSource/customerId");
    let erased = hub.merchant.send(Method::DELETE, &format!("/v1/customers/{customer}"), None, None).await.unwrap();
    erased.assert_status(200);
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(copies().await, 0);
    let events = hub.merchant.get("/v1/events").await.expect(200);
    assert_eq!(events.text("/items/0/data/id"), charge.text("/id"));
}
