//! Sessions: who may open them, when they can be paid, and what of a payment they decide.

use std::time::Duration;

use domain::limits::MAX_ATTEMPTS;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, reference},
    refused::{
        CANCELED, CANCELED_UNCHANGED, INACTIVE, LOCKED, LOCKED_SINCE, PAID, PAID_UNCHANGED, PAST_DUE, RESERVED,
        USED_UP, assert_conflict, assert_refused,
    },
    samples::{APPROVED, DECLINED, by_card, by_pix, session, with, without},
    session::{Session, in_millis},
};

const HOUR: Duration = Duration::from_hours(1);

/// A session as the account makes it, with `value` at `field`.
async fn order_with(hub: &TestHub, field: &str, value: Value) -> Session {
    hub.merchant.creates_session(&with(session(&hub.merchant.id), field, value)).await
}

async fn order(hub: &TestHub) -> Session {
    hub.merchant.creates_session(&session(&hub.merchant.id)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_session_payable() {
    let hub = TestHub::build().await;
    let order = order(&hub).await;
    let declined = hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201);
    assert_eq!(declined.text("/status"), "failed");
    assert_eq!(declined.text("/transactionRequests/0/providerError/declinedCode"), "generic");
    assert_eq!(hub.merchant.session_status(&order).await, "created");
    let paid = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!((paid.text("/status"), hub.merchant.session_status(&order).await.as_str()), ("paid", "paid"));
    assert_ne!(paid.text("/chargeId"), declined.text("/chargeId"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_paid_says_which_of_its_rules_refuses_it() {
    let hub = TestHub::build().await;
    let inactive = order_with(&hub, "/isActive", json!(false)).await;
    assert_refused(&hub.shopper.pays(&inactive, &by_card(APPROVED)).await, INACTIVE);

    let canceled = order(&hub).await;
    hub.merchant.cancels(&canceled).await.assert_status(201);
    assert_refused(&hub.shopper.pays(&canceled, &by_card(APPROVED)).await, CANCELED);
    assert_refused(&hub.merchant.switches(&canceled, true).await, CANCELED_UNCHANGED);
    assert_refused(&hub.merchant.switches(&canceled, false).await, CANCELED_UNCHANGED);

    let due = order_with(&hub, "/dueDate", json!(in_millis(&hub, 600_000).to_string())).await;
    let yesterday = hub.clock().now().minus(Duration::from_hours(24));
    let past_due = order_with(&hub, "/dueDate", json!(yesterday.to_string())).await;
    assert_refused(&hub.shopper.pays(&past_due, &by_card(APPROVED)).await, PAST_DUE);
    hub.pass(HOUR).await;
    assert_refused(&hub.shopper.pays(&due, &by_card(APPROVED)).await, PAST_DUE);
    assert_eq!((hub.bank.creates(), hub.charges().await.len()), (0, 0), "nothing was sent or stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_takes_ten_attempts_and_not_an_eleventh() {
    let hub = TestHub::build().await;
    let order = order(&hub).await;
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(
            hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"),
            "failed",
            "{attempt}"
        );
    }
    assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, USED_UP);
    assert_eq!(hub.bank.creates(), MAX_ATTEMPTS);
    assert_eq!(hub.merchant.session_status(&order).await, "created");
    hub.merchant.cancels(&order).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_the_session_does_not_list_is_refused_naming_those_that_it_does() {
    let hub = TestHub::build().await;
    let pix = order_with(&hub, "/paymentMethods", json!([{"paymentType": "pix", "expiresIn": 30}])).await;
    assert_refused(&hub.shopper.pays(&pix, &by_card(APPROVED)).await, "this session accepts pix; nothing was charged");
    let card = order_with(&hub, "/paymentMethods", json!([{"paymentType": "credit"}])).await;
    assert_refused(&hub.shopper.pays(&card, &by_pix()).await, "this session accepts credit; nothing was charged");
    assert_eq!(hub.bank.creates(), 0);
    assert_eq!(hub.shopper.pays(&card, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
}

/// Paid and locked come first, as conflicts; then inactive, past due, attempts used up, method.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_refusals_the_first_in_the_published_order_is_answered() {
    let hub = TestHub::build().await;
    let due = json!(in_millis(&hub, 600_000).to_string());
    let only_card = with(session(&hub.merchant.id), "/dueDate", due);
    let only_card = with(only_card, "/paymentMethods", json!([{"paymentType": "credit"}]));
    let paid = hub.merchant.creates_session(&only_card).await;
    hub.shopper.pays(&paid, &by_card(APPROVED)).await.assert_status(201);
    let locked = hub.merchant.creates_session(&with(only_card.clone(), "/capture", json!(false))).await;
    hub.shopper.pays(&locked, &by_card(APPROVED)).await.assert_status(201);
    let used_up = hub.merchant.creates_session(&only_card).await;
    for _ in 0..MAX_ATTEMPTS {
        hub.shopper.pays(&used_up, &by_card(DECLINED)).await.assert_status(201);
    }
    // Used up before the method.
    assert_refused(&hub.shopper.pays(&used_up, &by_pix()).await, USED_UP);
    let bank_saw = hub.bank.creates();
    hub.clock().advance(HOUR);

    // Paid and locked before past due and the method, and before what is wrong with the body.
    assert_conflict(&hub.shopper.pays(&paid, &by_pix()).await, PAID);
    assert_conflict(&hub.shopper.pays(&paid, &by_card("1234")).await, PAID);
    assert_conflict(&hub.shopper.pays(&locked, &by_pix()).await, LOCKED);
    assert_conflict(&hub.shopper.pays(&locked, &by_card("1234")).await, LOCKED);
    // Past due before used up and the method.
    assert_refused(&hub.shopper.pays(&used_up, &by_pix()).await, PAST_DUE);
    // Inactive before past due; canceled before inactive.
    hub.merchant.switches(&used_up, false).await.assert_status(200);
    assert_refused(&hub.shopper.pays(&used_up, &by_pix()).await, INACTIVE);
    hub.merchant.cancels(&used_up).await.assert_status(201);
    assert_refused(&hub.shopper.pays(&used_up, &by_pix()).await, CANCELED);
    assert_eq!(hub.bank.creates(), bank_saw);
    assert_conflict(&hub.merchant.cancels(&paid).await, PAID_UNCHANGED);
    assert_conflict(&hub.merchant.switches(&paid, false).await, PAID_UNCHANGED);
    assert_conflict(&hub.merchant.switches(&paid, true).await, PAID_UNCHANGED);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_session_says_wins_over_what_its_payment_says() {
    let hub = TestHub::build().await;
    let other = hub.another_merchant().await;
    let full = json!({"orderId": "order-1", "description": "The session's", "statementDescriptor": "SESSION",
                      "capture": true, "amount": 100, "currency": "USD"});
    let body = merged(session(&hub.merchant.id), &full);
    let order = hub.merchant.creates_session(&body).await;
    let said = json!({"orderId": "order-2", "description": "The body's", "statementDescriptor": "BODY",
                      "capture": false, "amount": 999, "currency": "BRL", "merchantId": other.id});
    let paid = hub.shopper.pays(&order, &merged(by_card(APPROVED), &said)).await.expect(201);
    for field in ["orderId", "description", "statementDescriptor", "capture", "amount", "currency"] {
        assert_eq!(paid.body[field], full[field], "{field}");
    }
    assert_eq!(paid.text("/merchantId"), hub.merchant.id);
    assert_eq!((paid.text("/status"), paid.text("/transactionRequests/0/requestType")), ("paid", "authorization"));
    assert_eq!(paid.body["originalAmount"], 100);
    let charge = hub.merchant.reads_charge(paid.text("/chargeId")).await;
    assert_eq!((&charge.body["amount"], charge.text("/orderId")), (&json!(100), "order-1"));

    // What the session leaves open is the body's.
    let bare = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let paid = hub.shopper.pays(&bare, &merged(by_card(APPROVED), &said)).await.expect(201);
    for field in ["orderId", "description", "statementDescriptor"] {
        assert_eq!(paid.body[field], said[field], "{field}");
    }
    assert_eq!(
        (paid.text("/currency"), &paid.body["amount"], &paid.body["capture"]),
        ("BRL", &json!(100), &json!(true))
    );
    hub.assert_books_agree().await;
}

fn merged(mut body: Value, fields: &Value) -> Value {
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_only_reserves_is_locked_by_its_pre_authorization() {
    let hub = TestHub::build().await;
    let order = order_with(&hub, "/capture", json!(false)).await;
    let reserved = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(reserved.text("/status"), "pre_authorized");
    assert_eq!(reserved.text("/transactionRequests/0/requestType"), "pre_authorization");
    assert_conflict(&hub.shopper.pays(&order, &by_card(APPROVED)).await, LOCKED);
    assert_conflict(&hub.shopper.pays(&order, &by_pix()).await, LOCKED);
    assert_conflict(&hub.merchant.cancels(&order).await, RESERVED);
    // Switching the session off takes effect, and releases nothing.
    hub.merchant.switches(&order, false).await.assert_status(200);
    let read = hub.merchant.reads_session(&order).await;
    assert_eq!((read.text("/status"), &read.body["isActive"]), ("created", &json!(false)));
    assert_eq!(hub.bank.operations(), 1);
    hub.assert_books_agree().await;
}

/// A session whose Pix waits for its shopper, and the answer that says so.
async fn order_with_active_pix(hub: &TestHub) -> (Session, Answer) {
    let order = order(hub).await;
    let pix = hub.shopper.pays(&order, &by_pix()).await.expect(201);
    assert_eq!(pix.text("/status"), "pending");
    assert!(!pix.text("/paymentMethod/qrCodeData").is_empty());
    (order, pix)
}

/// The status of the charge that `answer` is about, and the session's.
async fn statuses(hub: &TestHub, order: &Session, answer: &Answer) -> (String, String) {
    let charge = hub.merchant.reads_charge(answer.text("/chargeId")).await;
    (charge.text("/status").to_owned(), hub.merchant.session_status(order).await)
}

fn both(charge: &str, session: &str) -> (String, String) {
    (charge.to_owned(), session.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_supersedes_an_active_pix() {
    let hub = TestHub::build().await;
    let (order, pix) = order_with_active_pix(&hub).await;
    let paid = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(paid.text("/status"), "paid");
    assert_eq!(statuses(&hub, &order, &pix).await, both("canceled", "paid"));
    let operations: Vec<_> = hub.bank.bookings().iter().map(|booking| booking.operation.clone()).collect();
    assert_eq!(operations.iter().filter(|operation| *operation == "cancel").count(), 1);
    assert_eq!((operations.len(), hub.bank.approved().len()), (3, 1));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_method_again_answers_the_active_pix_and_is_stored_under_its_key() {
    let hub = TestHub::build().await;
    let (order, pix) = order_with_active_pix(&hub).await;
    let again = hub.shopper.pays_with_key(&order, &by_pix(), "again").await.expect(201);
    assert_eq!((again.is_replay(), &again.body), (false, &pix.body));
    assert_eq!(hub.bank.operations(), 1);
    hub.shopper.pays_with_key(&order, &by_card(APPROVED), "again").await.assert_status(422);
    hub.shopper.pays_with_key(&order, &by_card(APPROVED), "other").await.assert_status(201);
    let replay = hub.shopper.pays_with_key(&order, &by_pix(), "again").await.expect(201);
    assert_eq!((replay.is_replay(), &replay.body), (true, &pix.body));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_canceled_together_with_its_active_pix() {
    let hub = TestHub::build().await;
    let (order, pix) = order_with_active_pix(&hub).await;
    for _ in 0..2 {
        assert_eq!(hub.merchant.cancels(&order).await.expect(201).text("/status"), "canceled");
        assert_eq!(statuses(&hub, &order, &pix).await, both("canceled", "canceled"));
    }
    assert_eq!(hub.bank.operations(), 2);
    assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, CANCELED);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_a_session_off_cancels_its_active_pix() {
    let hub = TestHub::build().await;
    let (order, pix) = order_with_active_pix(&hub).await;
    hub.merchant.switches(&order, false).await.assert_status(200);
    assert_eq!(statuses(&hub, &order, &pix).await, both("canceled", "created"));
    assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, INACTIVE);
    hub.merchant.switches(&order, true).await.assert_status(200);
    assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_its_shopper_has_paid_is_not_superseded() {
    let hub = TestHub::build().await;
    let (not_superseded, pix) = order_with_active_pix(&hub).await;
    let _unsent = hub.bank.pay(&reference(pix.text("/chargeId"), 1), 100);
    assert_conflict(&hub.shopper.pays(&not_superseded, &by_card(APPROVED)).await, PAID);
    assert_eq!(statuses(&hub, &not_superseded, &pix).await, both("authorized", "paid"));

    let (not_canceled, pix) = order_with_active_pix(&hub).await;
    let _unsent = hub.bank.pay(&reference(pix.text("/chargeId"), 1), 100);
    assert_conflict(&hub.merchant.cancels(&not_canceled).await, PAID_UNCHANGED);
    assert_eq!(statuses(&hub, &not_canceled, &pix).await, both("authorized", "paid"));
    assert_eq!(hub.bank.creates(), 2);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_stays_locked_while_it_is_unknown_whether_its_pix_is_canceled() {
    let hub = TestHub::build().await;
    for reply in [BankReply::LoseRequest, BankReply::LoseAnswer] {
        let (order, pix) = order_with_active_pix(&hub).await;
        let creates = hub.bank.creates();
        hub.bank.expect([reply]);
        assert_conflict(&hub.shopper.pays(&order, &by_card(APPROVED)).await, LOCKED_SINCE);
        assert_eq!(statuses(&hub, &order, &pix).await, both("pending", "created"));
        assert_eq!(hub.bank.creates(), creates);

        hub.pass(Duration::from_mins(15)).await;
        let known = if reply == BankReply::LoseAnswer { "canceled" } else { "pending" };
        assert_eq!(statuses(&hub, &order, &pix).await, both(known, "created"));
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
        assert_eq!(statuses(&hub, &order, &pix).await, both("canceled", "paid"));
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_does_not_outlive_its_session() {
    let hub = TestHub::build().await;
    let due = json!(in_millis(&hub, 600_000).to_string());
    let cut = hub.shopper.pays(&order_with(&hub, "/dueDate", due.clone()).await, &by_pix()).await.expect(201);
    let seconds = cut.body["paymentMethod"]["expiresIn"].as_u64().unwrap();
    assert!((500..600).contains(&seconds), "{seconds}");
    let brief = with(by_pix(), "/paymentMethod/expiresIn", json!(60));
    let kept = hub.shopper.pays(&order_with(&hub, "/dueDate", due).await, &brief).await.expect(201);
    assert_eq!(kept.body["paymentMethod"]["expiresIn"], 60);
    // The session's own, where the payment does not say.
    let silent = without(by_pix(), "/paymentMethod/expiresIn");
    assert_eq!(
        hub.shopper.pays(&order(&hub).await, &silent).await.expect(201).body["paymentMethod"]["expiresIn"],
        3600
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_would_expire_within_a_second_is_refused() {
    let hub = TestHub::build().await;
    let mut refusal = None;
    for _ in 0..20 {
        let due = in_millis(&hub, 60_000);
        let order = order_with(&hub, "/dueDate", json!(due.to_string())).await;
        let left = due.since(hub.clock().now());
        hub.clock().advance(left.saturating_sub(Duration::from_millis(950)));
        let refused = hub.shopper.pays(&order, &by_pix()).await.expect(400);
        // On a busy machine the last second may be over before the hub reads its clock.
        if refused.text("/error/message") != PAST_DUE {
            refusal = Some(refused);
            break;
        }
    }
    let problem = "paymentMethod.expiresIn cannot be kept: the session is due in less than one second";
    assert_eq!(refusal.unwrap().body["error"]["details"], json!([problem]));
    assert_eq!(hub.bank.creates(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn canceling_twice_answers_the_same_twice() {
    let hub = TestHub::build().await;
    let order = order(&hub).await;
    for _ in 0..2 {
        let canceled = hub.merchant.cancels(&order).await.expect(201);
        assert_eq!(canceled.body, json!({"id": order.id, "status": "canceled"}));
    }
    // Client libraries send no body at all, and announce JSON.
    let empty = hub.merchant.send(Method::POST, &order.path("/cancel"), None, None).await.unwrap();
    assert_eq!(empty.expect(201).text("/status"), "canceled");
    assert_eq!(hub.merchant.session_status(&order).await, "canceled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_switched_off_and_on_again_and_then_paid() {
    let hub = TestHub::build().await;
    let order = order(&hub).await;
    for active in [false, false, true, true, false] {
        let switched = hub.merchant.switches(&order, active).await.expect(200);
        assert_eq!(switched.body, json!({"id": order.id, "isActive": active}));
        assert_eq!(hub.merchant.reads_session(&order).await.body["isActive"], active);
    }
    assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, INACTIVE);
    hub.merchant.switches(&order, true).await.assert_status(200);
    assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_key_opens_it_and_shows_it_whole_and_does_nothing_else() {
    let hub = TestHub::build().await;
    let (order, other) = (order(&hub).await, order(&hub).await);
    let own = hub.merchant.with_key(&order.key).get(&order.path("")).await.expect(200);
    assert_eq!((own.text("/id"), own.text("/publicKey")), (order.id.as_str(), order.key.as_str()));
    assert_eq!(own.body, hub.merchant.reads_session(&order).await.body, "as the merchant reads it");
    let forbidden = json!({"message": "Forbidden"});
    for answer in [
        hub.merchant.with_key(&order.key).patch(&order.path(""), &json!({"isActive": false})).await,
        hub.merchant.with_key(&order.key).post(&order.path("/cancel"), &json!({})).await,
        hub.merchant.with_key(&order.key).get("/v1/sessions").await,
        hub.merchant.with_key(&order.key).get(&other.path("")).await,
        hub.merchant.with_key(&order.key).post(&other.path("/charge"), &by_card(APPROVED)).await,
        hub.merchant
            .with_key(&order.key)
            .with_key("8be71cdf-01dc-4b1a-823a-4c58be6e4cf1")
            .post(&order.path("/charge"), &by_card(APPROVED))
            .await,
    ] {
        assert_eq!(answer.expect(403).body, forbidden);
    }
    assert_eq!((hub.merchant.session_status(&order).await.as_str(), hub.bank.creates()), ("created", 0));
    // The merchant may pay it as well.
    let paid = hub.merchant.post(&order.path("/charge"), &by_card(APPROVED)).await.expect(201);
    assert_eq!(paid.text("/status"), "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_another_account_a_session_does_not_exist() {
    let hub = TestHub::build().await;
    let (order, stranger) = (order(&hub).await, hub.another_merchant().await);
    for answer in [
        stranger.get(&order.path("")).await,
        stranger.patch(&order.path(""), &json!({"isActive": false})).await,
        stranger.post(&order.path("/cancel"), &json!({})).await,
        stranger.post(&order.path("/charge"), &by_card(APPROVED)).await,
    ] {
        let answer = answer.expect(404);
        assert_eq!(
            (answer.text("/error/type"), answer.text("/error/message")),
            ("entity_not_found", "session not found")
        );
    }
    // Not even with its key, under the other account's id.
    stranger.with_key(&order.key).get(&order.path("")).await.assert_status(403);
    assert_eq!((hub.merchant.session_status(&order).await.as_str(), hub.bank.creates()), ("created", 0));
    // Nor can it be made for another account's merchant.
    let foreign = hub.merchant.post("/v1/sessions", &session(&stranger.id)).await;
    assert_refused(&foreign, "merchantId names no merchant of this account; nothing was charged");
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_again_with_the_same_key_shows_the_session_as_it_was_created() {
    let hub = TestHub::build().await;
    let body = session(&hub.merchant.id);
    let create = || hub.merchant.post_with_key("/v1/sessions", &body, "order-7");
    let made = create().await.expect(201);
    assert!(!made.is_replay());
    let path = format!("/v1/sessions/{}", made.text("/id"));
    hub.merchant.patch(&path, &json!({"isActive": false})).await.assert_status(200);
    hub.merchant.patch(&path, &json!({"isActive": true})).await.assert_status(200);
    hub.clock().advance(HOUR);
    hub.merchant.patch(&path, &json!({"isActive": false})).await.assert_status(200);
    let again = create().await.expect(201);
    assert!(again.is_replay());
    assert_eq!(again.body, made.body);

    hub.merchant.patch(&path, &json!({"isActive": true})).await.assert_status(200);
    let shopper = hub.merchant.with_key(again.text("/publicKey"));
    shopper.post(&format!("{path}/charge"), &by_card(APPROVED)).await.assert_status(201);
    assert_eq!(create().await.expect(201).body, made.body, "even after it was paid");
    assert_eq!(hub.merchant.get(&path).await.expect(200).text("/status"), "paid");

    let other =
        hub.merchant.post_with_key("/v1/sessions", &with(body, "/amount", json!(101)), "order-7").await.expect(422);
    assert_eq!(other.text("/error/type"), "invalid_request_error");
    assert_eq!(hub.merchant.get("/v1/sessions").await.expect(200).body["meta"]["totalItems"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_makes_another_session_for_another_account() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let ours = hub.merchant.post_with_key("/v1/sessions", &session(&hub.merchant.id), "k").await.expect(201);
    let theirs = stranger.post_with_key("/v1/sessions", &session(&stranger.id), "k").await.expect(201);
    assert!(!theirs.is_replay());
    assert_ne!(ours.text("/id"), theirs.text("/id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_shows_the_session_as_it_was_created() {
    let hub = TestHub::build().await;
    let made = hub.merchant.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
    let read = hub.merchant.get(&format!("/v1/sessions/{}", made.text("/id"))).await.expect(200);
    assert_eq!(read.body, made.body);
    assert!(!read.text("/publicKey").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_a_paid_session_reads_the_charge_that_paid_it() {
    let hub = TestHub::build().await;
    let order = order(&hub).await;
    let by_session = format!("/v1/charges/{}", order.id);
    let unpaid = hub.merchant.get(&by_session).await.expect(404);
    assert_eq!(unpaid.text("/error/type"), "entity_not_found");
    hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
    hub.merchant.get(&by_session).await.assert_status(404);
    let paid = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    let charge = hub.merchant.get(&by_session).await.expect(200);
    assert_eq!((charge.text("/id"), charge.text("/sessionId")), (paid.text("/chargeId"), order.id.as_str()));
    assert_eq!(charge.text("/status"), "authorized");
    assert_eq!(charge.body, hub.merchant.get(&format!("/v1/charges/{}", paid.text("/chargeId"))).await.body);
    hub.another_merchant().await.get(&by_session).await.assert_status(404);
}
