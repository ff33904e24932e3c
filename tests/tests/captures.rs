//! Captures: reserved money is captured once, in full or in part.

use std::time::Duration;

use domain::limits::HOLD_LIFE;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, BookedStatus, reference},
    refused::assert_error,
    samples::{APPROVED, DECLINED, by_card, capture_path, card_charge, events, pix_charge, summary, void_path, with},
};

const BUSY: &str = "another capture or void of this charge is under way; nothing was sent. Wait until it ends";

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_takes_the_whole_reserved_amount() {
    let hub = TestHub::build().await;
    for body in [json!({}), json!({"amount": 150})] {
        let id = hub.merchant.reserves(150).await;
        let captured = hub.merchant.captures(&id, &body).await.expect(201);
        assert_eq!(summary(&captured), "authorized 150: capture success 150, pre_authorization success 150", "{body}");
        assert_eq!((captured.text("/id"), &captured.body["originalAmount"]), (id.as_str(), &json!(150)));
        assert_eq!(captured.body["capture"], false, "as it was sent");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, captured.body, "as it was answered");
        assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "authorized"]);
    }
    // Client libraries send a JSON content type without a body. A null amount is not the whole amount.
    let id = hub.merchant.reserves(150).await;
    let refused = hub.refuses(hub.merchant.captures(&id, &json!({"amount": null})), 400).await;
    let problems = json!(["amount must be an integer number", "amount should not be empty"]);
    assert_eq!(refused.body["error"]["details"], problems);
    let captured = hub.merchant.send(Method::POST, &capture_path(&id), None, None).await.unwrap().expect(201);
    assert_eq!(captured.text("/status"), "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_capture_releases_the_rest_and_keeps_the_original_amount() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    let captured = hub.merchant.captures(&id, &json!({"amount": 100})).await.expect(201);
    assert_eq!(summary(&captured), "authorized 100: capture success 100, pre_authorization success 150");
    assert_eq!(captured.body["originalAmount"], 150);
    let request = &captured.body["transactionRequests"][0];
    assert_eq!(request["idempotencyKey"], captured.body["transactionRequests"][1]["idempotencyKey"]);
    assert_eq!((&request["providerType"], &request["providerError"]), (&json!("STRIPE"), &json!(null)));
    assert!(!captured.text("/transactionRequests/0/transactionId").is_empty());
    assert!(captured.text("/transactionRequests/0/responseTs").ends_with("ms"));
    let holding = hub.bank.books().remove(&reference(&id, 1)).unwrap();
    assert_eq!((holding.status, holding.ledger.taken), (BookedStatus::Taken, Some(100)));
    // Only the captured amount can be refunded.
    let above = hub.merchant.voids(&id, &json!({"amount": 101})).await.expect(400);
    let message = "amount is more than the 100 that are left of this charge; nothing was sent";
    assert_error(&above, "invalid_request_error", message);
    assert_eq!(hub.merchant.voids(&id, &json!({})).await.expect(201).text("/status"), "voided");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_captured_once() {
    let hub = TestHub::build().await;
    for amount in [100, 150] {
        let id = hub.merchant.reserves(150).await;
        hub.merchant.captures(&id, &json!({"amount": amount})).await.assert_status(201);
        for again in [json!({}), json!({"amount": 50}), json!({"amount": amount})] {
            let refused = hub.refuses(hub.merchant.captures(&id, &again), 400).await;
            let message = "a charge that is authorized cannot be captured; nothing was sent";
            assert_error(&refused, "invalid_request_error", message);
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn captures_at_the_same_time_are_one_capture() {
    let hub = TestHub::build().await;
    for _ in 0..5 {
        let id = hub.merchant.reserves(150).await;
        hub.engine.gather("PutItem CHARGE", 3);
        let [ten, twenty, all] = [json!({"amount": 10}), json!({"amount": 20}), json!({})];
        let answers = tokio::join!(
            hub.merchant.captures(&id, &ten),
            hub.merchant.captures(&id, &twenty),
            hub.merchant.captures(&id, &all)
        );
        let (done, refused): (Vec<_>, Vec<_>) =
            [answers.0, answers.1, answers.2].into_iter().partition(|answer| answer.status == 201);
        assert_eq!(done.len(), 1, "{done:?}");
        // The others find a capture under way, or a finished one.
        assert!(refused.iter().all(|answer| answer.status == 409 || answer.status == 400), "{refused:?}");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, done[0].body);
    }
    assert_eq!(hub.bank.bookings().iter().filter(|booking| booking.operation == "capture").count(), 5);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_is_at_least_one_and_at_most_what_is_reserved() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    let above = hub.refuses(hub.merchant.captures(&id, &json!({"amount": 151})), 400).await;
    let message = |left: u64| format!("amount is more than the {left} that are left of this charge; nothing was sent");
    assert_error(&above, "invalid_request_error", &message(150));
    for amount in [json!(0), json!(-1), json!(1.5), json!("100"), json!(1_000_000_000_000_u64), json!([100])] {
        let refused = hub.refuses(hub.merchant.captures(&id, &json!({"amount": amount})), 400).await;
        assert_error(&refused, "bad_request", "Bad Request Exception");
        let details = refused.body["error"]["details"].as_array().unwrap();
        assert!(details.len() == 1 && details[0].as_str().unwrap().starts_with("amount "), "{amount}: {details:?}");
    }
    hub.merchant.voids(&id, &json!({"amount": 40})).await.assert_status(201);
    let above = hub.refuses(hub.merchant.captures(&id, &json!({"amount": 111})), 400).await;
    assert_error(&above, "invalid_request_error", &message(110));
    let captured = hub.merchant.captures(&id, &json!({"amount": 110})).await.expect(201);
    let requests = "capture success 110, void success 40, pre_authorization success 150";
    assert_eq!(summary(&captured), format!("authorized 110: {requests}"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_reserved_money_is_captured() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant.id;
    let made = |body: Value| {
        let merchant = hub.merchant.clone();
        async move { merchant.charges(&body).await }
    };
    let pending = made(pix_charge(merchant)).await;
    let authorized = made(card_charge(merchant, APPROVED)).await;
    let failed = made(with(card_charge(merchant, DECLINED), "/capture", json!(false))).await;
    let (canceled, voided, charged_back) = (
        hub.merchant.reserves(150).await,
        made(card_charge(merchant, APPROVED)).await,
        hub.merchant.reserves(150).await,
    );
    hub.merchant.voids(&canceled, &json!({})).await.assert_status(201);
    hub.merchant.voids(&voided, &json!({})).await.assert_status(201);
    hub.merchant.captures(&charged_back, &json!({})).await.assert_status(201);
    hub.provider.notifies(&hub.bank.charge_back(&reference(&charged_back, 1), 150)).await;
    let refunding = made(pix_charge(merchant)).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&refunding, 1), 150)).await;
    hub.merchant.voids(&refunding, &json!({})).await.assert_status(201);
    for (id, status) in [
        (&pending, "pending"),
        (&authorized, "authorized"),
        (&failed, "failed"),
        (&canceled, "canceled"),
        (&voided, "voided"),
        (&charged_back, "charged_back"),
        (&refunding, "refund_pending"),
    ] {
        let refused = hub.refuses(hub.merchant.captures(id, &json!({})), 400).await;
        let message = format!("a charge that is {status} cannot be captured; nothing was sent");
        assert_error(&refused, "invalid_request_error", &message);
        assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), status);
    }
    hub.provider.notifies(&hub.bank.finish_refund(&reference(&refunding, 3))).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_of_another_account_and_none_at_all_are_not_found() {
    let hub = TestHub::build().await;
    let (id, stranger) = (hub.merchant.reserves(150).await, hub.another_merchant().await);
    let nothing = "00000000-0000-4000-8000-000000000000";
    for path in [capture_path(&id), void_path(&id), capture_path(nothing), void_path(nothing)] {
        let unknown = stranger.post(&path, &json!({})).await.expect(404);
        assert_error(&unknown, "entity_not_found", "charge not found");
    }
    hub.merchant.post("/v1/charges/7/capture", &json!({})).await.assert_status(400);
    assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), "pre_authorized");
    hub.assert_books_agree().await;
}

/// The sandbox declines amounts of 991.
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_capture_is_listed_first_and_changes_nothing() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(1000).await;
    let refused = hub.merchant.captures(&id, &json!({"amount": 991})).await.expect(201);
    assert_eq!(summary(&refused), "pre_authorized 1000: capture failed 991, pre_authorization success 1000");
    let error = &refused.body["transactionRequests"][0]["providerError"];
    assert_eq!((&error["declinedCode"], &error["retryable"]), (&json!("generic"), &json!(false)));
    assert_eq!(hub.merchant.reads_charge(&id).await.body, refused.body);
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized"], "no event");
    let captured = hub.merchant.captures(&id, &json!({"amount": 990})).await.expect(201);
    let requests = "capture success 990, capture failed 991, pre_authorization success 1000";
    assert_eq!(summary(&captured), format!("authorized 990: {requests}"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_authorized_session_is_paid_by_its_capture() {
    let hub = TestHub::build().await;
    for (body, left) in [(json!({}), 150), (json!({"amount": 60}), 60)] {
        let (order, id) = hub.reserved_session().await;
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409).text("/error/type"), "conflict");
        // By the session's id as well as by the charge's.
        let captured = hub.merchant.captures(&order.id, &body).await.expect(201);
        assert_eq!(
            (captured.text("/id"), captured.text("/sessionId"), captured.text("/status"), &captured.body["amount"]),
            (id.as_str(), order.id.as_str(), "authorized", &json!(left))
        );
        assert_eq!(hub.merchant.session_status(&order).await, "paid");
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409).text("/error/type"), "conflict");
        hub.refuses(hub.merchant.captures(&order.id, &json!({})), 400).await;
    }
    let (order, _) = hub.reserved_session().await;
    hub.merchant.captures(&order.id, &json!({"amount": 151})).await.assert_status(400);
    assert_eq!(hub.merchant.session_status(&order).await, "created");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_waits_for_a_void_with_an_unknown_outcome_and_a_void_for_a_capture() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let open = hub.merchant.voids(&id, &json!({"amount": 50})).await.expect(201);
    assert_eq!(summary(&open), "pre_authorized 150: void processing 50, pre_authorization success 150");
    assert_error(&hub.refuses(hub.merchant.captures(&id, &json!({"amount": 1})), 409).await, "conflict", BUSY);
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&id).await),
        "pre_authorized 100: void success 50, pre_authorization success 150"
    );

    hub.bank.expect([BankReply::LoseAnswer]);
    let open = hub.merchant.captures(&id, &json!({"amount": 70})).await.expect(201);
    let before = "void success 50, pre_authorization success 150";
    assert_eq!(summary(&open), format!("pre_authorized 100: capture processing 70, {before}"));
    assert_error(&hub.refuses(hub.merchant.captures(&id, &json!({"amount": 70})), 409).await, "conflict", BUSY);
    assert_error(&hub.merchant.voids(&id, &json!({"amount": 1})).await.expect(409), "conflict", BUSY);
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "voided"]);
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 70: capture success 70, {before}"));
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "voided", "authorized"]);
    hub.assert_books_agree().await;
}

/// The acquirer releases an uncaptured amount after 7 days; then the session can be paid again.
#[tokio::test(flavor = "multi_thread")]
async fn reserved_money_is_reconciled_after_seven_days() {
    let hub = TestHub::build().await;
    let ((released, first), (kept, second)) = (hub.reserved_session().await, hub.reserved_session().await);
    hub.pass(HOLD_LIFE.saturating_sub(Duration::from_hours(1))).await;
    hub.bank.release(&reference(&first, 1));
    assert_eq!(hub.merchant.reads_charge(&first).await.text("/status"), "pre_authorized", "not reconciled yet");
    hub.pass(Duration::from_hours(1)).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&first).await),
        "canceled 0: void success 150, pre_authorization success 150"
    );
    assert_eq!(events(&hub, &first).await, ["pending", "pre_authorized", "canceled"]);
    assert_eq!(hub.merchant.session_status(&released).await, "created");
    assert_eq!(hub.shopper.pays(&released, &by_card(APPROVED)).await.expect(201).text("/status"), "pre_authorized");
    assert_eq!(hub.merchant.reads_charge(&second).await.text("/status"), "pre_authorized");
    hub.merchant.captures(&kept.id, &json!({})).await.assert_status(201);
    assert_eq!(hub.merchant.session_status(&kept).await, "paid");
    hub.assert_books_agree().await;
}
