//! The history of a session: its creation, its payment, and its end.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, reference},
    samples::{APPROVED, DECLINED, by_boleto, by_card, by_drip, by_pix, open_session, with},
    session::Session,
};

/// The statuses in the history of a session. Each entry is the session's.
async fn history(hub: &TestHub, order: &Session) -> Vec<String> {
    let entries = entries(hub, order).await;
    let made = hub.merchant.reads_session(order).await.body["createdAt"].clone();
    for entry in &entries {
        assert_eq!((&entry["id"], &entry["createdAt"]), (&json!(order.id), &made));
    }
    entries.iter().map(|entry| entry["status"].as_str().unwrap().to_owned()).collect()
}

async fn entries(hub: &TestHub, order: &Session) -> Vec<Value> {
    let answer = hub.merchant.get(&order.path("/history")).await.expect(200);
    answer.body.as_array().unwrap().clone()
}

async fn pay(hub: &TestHub, order: &Session, body: &Value) -> String {
    hub.shopper.pays(order, body).await.expect(201).text("/chargeId").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_has_the_statuses_of_the_session_and_none_of_an_attempt() {
    let hub = TestHub::with_every_ability().await;
    let order = hub.merchant.opens_session().await;
    assert_eq!(history(&hub, &order).await, ["created"]);

    pay(&hub, &order, &by_card(DECLINED)).await;
    let pix = pay(&hub, &order, &by_pix()).await;
    pay(&hub, &order, &by_drip()).await;
    hub.pass(Duration::from_hours(25)).await;
    pay(&hub, &order, &by_boleto()).await;
    assert_eq!(history(&hub, &order).await, ["created"]);

    hub.provider.notifies(&hub.bank.pay(&reference(&pix, 1), 100)).await;
    assert_eq!(history(&hub, &order).await, ["created", "paid"]);
    let (entries, session) = (entries(&hub, &order).await, hub.merchant.reads_session(&order).await);
    assert_eq!(entries[0]["updatedAt"], session.body["createdAt"]);
    assert_eq!(entries[1]["updatedAt"], session.body["updatedAt"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_says_how_its_session_ended() {
    let hub = TestHub::with_every_ability().await;
    let canceled = hub.merchant.opens_session().await;
    pay(&hub, &canceled, &by_pix()).await;
    hub.merchant.cancels(&canceled).await.assert_status(201);
    assert_eq!(history(&hub, &canceled).await, ["created", "canceled"]);

    let voided = hub.merchant.opens_session().await;
    let card = pay(&hub, &voided, &by_card(APPROVED)).await;
    let paid = entries(&hub, &voided).await;
    hub.pass(Duration::from_hours(1)).await;
    hub.merchant.voids(&card, &json!({"amount": 40})).await.assert_status(201);
    assert_eq!(entries(&hub, &voided).await, paid, "a part that is refunded ends no session");
    hub.merchant.voids(&card, &json!({})).await.assert_status(201);
    assert_eq!(history(&hub, &voided).await, ["created", "paid", "voided"]);
    // The entries of before stay as they were, and each has its own time.
    let ended = entries(&hub, &voided).await;
    assert_eq!(ended[..2], paid);
    assert_eq!(ended[2]["updatedAt"], hub.merchant.reads_session(&voided).await.body["updatedAt"]);
    assert_ne!(ended[2]["updatedAt"], ended[1]["updatedAt"]);

    // A session that is reserved, switched off or waits for an unknown outcome has no end in its history.
    let reserving = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let reserved = hub.merchant.creates_session(&reserving).await;
    let card = pay(&hub, &reserved, &by_card(APPROVED)).await;
    assert_eq!(history(&hub, &reserved).await, ["created"]);
    hub.merchant.captures(&card, &json!({})).await.assert_status(201);
    assert_eq!(history(&hub, &reserved).await, ["created", "paid"]);
    let off = hub.merchant.opens_session().await;
    hub.merchant.switches(&off, false).await.assert_status(200);
    assert_eq!(history(&hub, &off).await, ["created"]);
    let unknown = hub.merchant.opens_session().await;
    hub.bank.expect([BankReply::LoseAnswer]);
    pay(&hub, &unknown, &by_card(APPROVED)).await;
    assert_eq!(history(&hub, &unknown).await, ["created"]);
    hub.pass(Duration::from_mins(30)).await;
    assert_eq!(history(&hub, &unknown).await, ["created", "paid"]);
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
