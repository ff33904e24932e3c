//! The history of a session: its creation, the attempts to pay it, and its end.

use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, reference},
    samples::{APPROVED, DECLINED, by_boleto, by_card, by_drip, by_pix, open_session, with},
    session::Session,
};

async fn history(hub: &TestHub, order: &Session) -> Vec<Value> {
    let answer = hub.merchant.get(&order.path("/history")).await.expect(200);
    answer.body.as_array().unwrap().clone()
}

/// The ids and statuses in a history.
fn summary(history: &[Value]) -> Vec<(String, String)> {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    history.iter().map(|entry| (text(entry, "id"), text(entry, "status"))).collect()
}

/// The entries of a summary, with the session's id in place of "session".
fn expected(order: &Session, entries: &[(&str, &str)]) -> Vec<(String, String)> {
    let id = |id: &str| if id == "session" { order.id.clone() } else { id.to_owned() };
    entries.iter().map(|(of, status)| (id(of), (*status).to_owned())).collect()
}

fn instant(entry: &Value, field: &str) -> Timestamp {
    entry[field].as_str().unwrap().parse().unwrap()
}

async fn pay(hub: &TestHub, order: &Session, body: &Value) -> String {
    hub.shopper.pays(order, body).await.expect(201).text("/chargeId").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_lists_every_attempt_and_the_end_oldest_first() {
    let hub = TestHub::with_every_ability().await;
    let order = hub.merchant.opens_session().await;
    assert_eq!(summary(&history(&hub, &order).await), expected(&order, &[("session", "created")]));

    let declined = pay(&hub, &order, &by_card(DECLINED)).await;
    let pix = pay(&hub, &order, &by_pix()).await;
    let drip = pay(&hub, &order, &by_drip()).await;
    hub.pass(Duration::from_hours(25)).await;
    let boleto = pay(&hub, &order, &by_boleto()).await;
    let open = [
        ("session", "created"),
        (declined.as_str(), "failed"),
        (&pix, "canceled"),
        (&drip, "failed"),
        (&boleto, "pending"),
    ];
    assert_eq!(summary(&history(&hub, &order).await), expected(&order, &open));

    // A late payment changes the entry of an older attempt, which keeps its place.
    hub.provider.notifies(&hub.bank.pay(&reference(&pix, 1), 100)).await;
    let [made, first, _, third, last] = open;
    let paid = [made, first, (&pix, "authorized"), third, last, ("session", "paid")];
    let entries = history(&hub, &order).await;
    assert_eq!(summary(&entries), expected(&order, &paid));

    // Each entry has its own times, and entries are in the order of creation.
    let made: Vec<_> = entries.iter().map(|entry| instant(entry, "createdAt")).collect();
    assert!(made[..5].is_sorted() && made[0] == made[5], "{made:?}");
    for (entry, charge) in entries[1..5].iter().zip([&declined, &pix, &drip, &boleto]) {
        let shown = hub.merchant.reads_charge(charge).await;
        assert_eq!((&entry["createdAt"], &entry["updatedAt"]), (&shown.body["createdAt"], &shown.body["updatedAt"]));
    }
    let session = hub.merchant.reads_session(&order).await;
    assert_eq!(
        (&entries[0]["createdAt"], &entries[0]["updatedAt"]),
        (&session.body["createdAt"], &session.body["createdAt"])
    );
    assert_eq!(entries[5]["updatedAt"], session.body["updatedAt"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_says_how_its_session_ended() {
    let hub = TestHub::with_every_ability().await;
    let canceled = hub.merchant.opens_session().await;
    let pix = pay(&hub, &canceled, &by_pix()).await;
    hub.merchant.cancels(&canceled).await.assert_status(201);
    let wanted = [("session", "created"), (pix.as_str(), "canceled"), ("session", "canceled")];
    assert_eq!(summary(&history(&hub, &canceled).await), expected(&canceled, &wanted));

    let voided = hub.merchant.opens_session().await;
    let card = pay(&hub, &voided, &by_card(APPROVED)).await;
    hub.merchant.voids(&card, &json!({})).await.assert_status(201);
    let wanted = [("session", "created"), (card.as_str(), "voided"), ("session", "voided")];
    assert_eq!(summary(&history(&hub, &voided).await), expected(&voided, &wanted));

    // An open session has no end in its history, even while it is locked or switched off.
    let reserving = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let reserved = hub.merchant.creates_session(&reserving).await;
    let card = pay(&hub, &reserved, &by_card(APPROVED)).await;
    let wanted = [("session", "created"), (card.as_str(), "pre_authorized")];
    assert_eq!(summary(&history(&hub, &reserved).await), expected(&reserved, &wanted));
    let off = hub.merchant.opens_session().await;
    hub.merchant.switches(&off, false).await.assert_status(200);
    assert_eq!(summary(&history(&hub, &off).await), expected(&off, &[("session", "created")]));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_lists_attempts_only() {
    let hub = TestHub::with_every_ability().await;
    let order = hub.merchant.opens_session().await;
    hub.shopper.pays(&order, &by_card("1234")).await.assert_status(400);
    let key = async |body: Value| hub.shopper.pays_with_key(&order, &body, "once").await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let unknown = key(by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    // An idempotent replay is no attempt, and neither is a refused request.
    key(by_card(APPROVED)).await.assert_status(201);
    hub.shopper.pays(&order, &by_pix()).await.assert_status(409);
    let wanted = [("session", "created"), (unknown.as_str(), "pending")];
    assert_eq!(summary(&history(&hub, &order).await), expected(&order, &wanted));
    hub.pass(Duration::from_mins(30)).await;
    let wanted = [("session", "created"), (unknown.as_str(), "authorized"), ("session", "paid")];
    assert_eq!(summary(&history(&hub, &order).await), expected(&order, &wanted));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_shown_to_its_account_alone() {
    let hub = TestHub::with_every_ability().await;
    let (order, stranger) = (hub.merchant.opens_session().await, hub.another_merchant().await);
    let not_found = |answer: Answer| {
        let answer = answer.expect(404);
        assert_eq!(
            (answer.text("/error/type"), answer.text("/error/message")),
            ("entity_not_found", "session not found")
        );
    };
    not_found(stranger.get(&order.path("/history")).await);
    not_found(hub.merchant.get("/v1/sessions/c1db83fa-723c-4e1f-9722-bc19d1be6791/history").await);
    // The session key does not open the history.
    let forbidden = hub.merchant.with_key(&order.key).get(&order.path("/history")).await.expect(403);
    assert_eq!(forbidden.body, json!({"message": "Forbidden"}));
    stranger.with_key(&order.key).get(&order.path("/history")).await.assert_status(403);
}
