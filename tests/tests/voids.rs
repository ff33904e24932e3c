//! Voids: money is refunded, or an authorization released, in full or in part, as long as something is left, and never
//! more than there is.

use std::time::Duration;

use domain::{
    limits::{MAX_ORDERED_REQUESTS, MAX_REQUESTS},
    method::PaymentType::{Credit, Pix},
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, BookedStatus, reference},
    refused::assert_error,
    samples::{APPROVED, DECLINED, by_card, by_pix, card_charge, events, part, pix_charge, session, summary, with},
    session::Session,
};

/// A session of 100 minor units that `payment` pays, and that payment's charge.
async fn paid_order(hub: &TestHub, payment: &Value, captures: bool) -> (Session, String) {
    let body = with(session(&hub.merchant.id), "/capture", json!(captures));
    let order = hub.merchant.creates_session(&body).await;
    let paid = hub.shopper.pays(&order, payment).await.expect(201);
    let id = paid.text("/chargeId").to_owned();
    if payment == &by_pix() {
        hub.provider.notifies(&hub.bank.pay(&reference(&id, 1), 100)).await;
    }
    (order, id)
}

/// The refund that the charge's request at `number` asked for is done.
async fn finish(hub: &TestHub, id: &str, number: usize) {
    hub.provider.notifies(&hub.bank.finish_refund(&reference(id, number))).await;
}

/// The refund that the charge's request at `number` asked for will not be done.
async fn fail(hub: &TestHub, id: &str, number: usize) {
    hub.provider.notifies(&hub.bank.fail_refund(&reference(id, number))).await;
}

fn above(left: u64) -> String {
    format!("amount is more than the {left} that are left of this charge; nothing was sent")
}

fn promised(left: u64) -> String {
    format!("refunds under way and disputes leave {left} of this charge; nothing was sent. Wait until they end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_refunds_all_unless_it_says_less() {
    let hub = TestHub::build().await;
    for body in [json!({}), json!({"amount": 100})] {
        let id = hub.sells(Credit, 100).await;
        let voided = hub.merchant.voids(&id, &body).await.expect(201);
        assert_eq!(summary(&voided), "voided 0: void success 100, authorization success 100", "{body}");
        assert_eq!(voided.body["originalAmount"], 100);
        assert_eq!(hub.merchant.reads_charge(&id).await.body, voided.body, "as it was answered");
        assert_eq!(events(&hub, &id).await, ["pending", "authorized", "voided"]);
        let holding = hub.bank.books().remove(&reference(&id, 1)).unwrap();
        assert_eq!((holding.status, holding.ledger.refunded), (BookedStatus::Taken, 100));
    }
    // Client libraries send no body at all, and announce JSON. An amount of null is not the whole amount.
    let id = hub.sells(Credit, 100).await;
    let refused = hub.refuses(hub.merchant.voids(&id, &json!({"amount": null})), 400).await;
    let problems = json!(["amount must be an integer number", "amount should not be empty"]);
    assert_eq!(refused.body["error"]["details"], problems);
    let path = format!("/v1/charges/{id}/void");
    let voided = hub.merchant.send(Method::POST, &path, None, None).await.unwrap().expect(201);
    assert_eq!(voided.text("/status"), "voided");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_voided_in_parts_until_nothing_is_left() {
    let hub = TestHub::build().await;
    let id = hub.sells(Credit, 100).await;
    let mut requests = "authorization success 100".to_owned();
    for (amount, status, left) in [(10, "authorized", 90), (1, "authorized", 89), (89, "voided", 0)] {
        requests = format!("void success {amount}, {requests}");
        let voided = hub.merchant.voids(&id, &part(amount)).await.expect(201);
        assert_eq!(summary(&voided), format!("{status} {left}: {requests}"));
        assert_eq!(voided.body["originalAmount"], 100);
    }
    // Every confirmed void is an event, the partial ones, too.
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "voided", "voided", "voided"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_is_released_in_parts_and_the_charge_is_canceled_with_the_last() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(100).await;
    let some = hub.merchant.voids(&id, &part(30)).await.expect(201);
    assert_eq!(summary(&some), "pre_authorized 70: void success 30, pre_authorization success 100");
    let rest = hub.merchant.voids(&id, &json!({})).await.expect(201);
    assert_eq!(summary(&rest), "canceled 0: void success 70, void success 30, pre_authorization success 100");
    assert_eq!(events(&hub, &id).await, ["pending", "pre_authorized", "voided", "canceled"]);
    let holding = hub.bank.books().remove(&reference(&id, 1)).unwrap();
    assert_eq!((holding.ledger.released, holding.ledger.refunded), (100, 0), "nothing was taken");
    hub.assert_books_agree().await;
}

/// A session whose payment was refunded in full never opens again.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_void_ends_the_session_and_a_partial_one_does_not() {
    let hub = TestHub::build().await;
    for (payment, captures) in [(by_card(APPROVED), true), (by_card(APPROVED), false), (by_pix(), true)] {
        let (order, id) = paid_order(&hub, &payment, captures).await;
        let before = hub.merchant.session_status(&order).await;
        hub.merchant.voids(&id, &part(40)).await.assert_status(201);
        if payment == by_pix() {
            finish(&hub, &id, 3).await;
        }
        assert_eq!(hub.merchant.session_status(&order).await, before);
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
        // By the session's id as well as by the charge's.
        let rest = hub.merchant.voids(&order.id, &json!({})).await.expect(201);
        assert_eq!(rest.text("/id"), id);
        if payment == by_pix() {
            assert_eq!(hub.merchant.session_status(&order).await, before, "it is not refunded yet");
            finish(&hub, &id, 4).await;
        }
        let status = if captures { "voided" } else { "canceled" };
        assert_eq!(
            (hub.merchant.reads_charge(&id).await.text("/status"), hub.merchant.session_status(&order).await.as_str()),
            (status, "voided")
        );
        let again = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409);
        let message =
            "the payment of this session was voided; nothing was charged. Create another session to be paid again";
        assert_error(&again, "conflict", message);
        hub.merchant.cancels(&order).await.assert_status(409);
    }
    hub.assert_books_agree().await;
}

/// Each has read the same charge before any of them writes.
#[tokio::test(flavor = "multi_thread")]
async fn voids_at_the_same_time_never_refund_more_than_there_is() {
    let hub = TestHub::build().await;
    for id in [
        hub.sells(Credit, 100).await,
        hub.sells(Credit, 100).await,
        hub.merchant.reserves(100).await,
        hub.sells(Pix, 100).await,
        hub.sells(Pix, 100).await,
    ] {
        hub.engine.gather("PutItem CHARGE", 8);
        let answers = join_all((0..8).map(async |_| hub.merchant.voids(&id, &part(30)).await)).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert!((1..=3).contains(&done.len()), "{done:?}");
        // Another void reserves or has refunded the amount, or the optimistic lock failed too often.
        assert!(refused.iter().all(|answer| answer.status == 409 || answer.status == 400), "{refused:?}");
        let booked = hub.bank.bookings().into_iter();
        let booked = booked.filter(|booking| booking.payment == reference(&id, 1) && booking.operation == "void");
        assert_eq!(booked.count(), done.len(), "what was refused was sent");
        hub.finishes_refunds().await;
        let left = 100 - 30 * u64::try_from(done.len()).unwrap();
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], left);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn voids_at_the_same_time_are_all_done_where_there_is_enough_for_them() {
    let hub = TestHub::build().await;
    for id in [hub.sells(Credit, 100).await, hub.merchant.reserves(100).await, hub.sells(Pix, 100).await] {
        hub.engine.gather("PutItem CHARGE", 2);
        let (thirty, fifty) = (part(30), part(50));
        let (some, more) = tokio::join!(hub.merchant.voids(&id, &thirty), hub.merchant.voids(&id, &fifty));
        for done in [some, more] {
            done.assert_status(201);
        }
        hub.finishes_refunds().await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 20);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_residual_amount_is_refused_and_what_is_under_way_is_a_conflict() {
    let hub = TestHub::build().await;
    for id in [hub.sells(Credit, 100).await, hub.merchant.reserves(100).await] {
        assert_error(
            &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 101})), 400).await,
            "invalid_request_error",
            &above(100),
        );
        hub.bank.expect([BankReply::LoseAnswer]);
        let open = hub.merchant.voids(&id, &part(60)).await.expect(201);
        assert_eq!(
            (&open.body["amount"], open.text("/transactionRequests/0/requestStatus")),
            (&json!(100), "processing")
        );
        assert_error(
            &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 101})), 400).await,
            "invalid_request_error",
            &above(100),
        );
        assert_error(
            &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 41})), 409).await,
            "conflict",
            &promised(40),
        );
        // A void without an amount asks for all that is left, the amounts of others under way included.
        assert_error(&hub.refuses(hub.merchant.voids(&id, &json!({})), 409).await, "conflict", &promised(40));
        hub.merchant.voids(&id, &part(40)).await.assert_status(201);
        assert_error(&hub.refuses(hub.merchant.voids(&id, &json!({"amount": 1})), 409).await, "conflict", &promised(0));
        hub.pass(Duration::from_mins(2)).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 0);
        for amount in [json!(0), json!(-1), json!(0.5), json!("1"), json!(1_000_000_000_000_u64)] {
            let refused = hub.refuses(hub.merchant.voids(&id, &json!({"amount": amount})), 400).await;
            assert_eq!(refused.text("/error/type"), "bad_request", "{amount}");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_money_that_is_there_is_refunded() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant.id;
    let pending = hub.merchant.charges(&with(pix_charge(merchant), "/amount", json!(100))).await;
    let failed = hub.merchant.charges(&with(card_charge(merchant, DECLINED), "/amount", json!(100))).await;
    let (canceled, voided, charged_back) =
        (hub.merchant.reserves(100).await, hub.sells(Credit, 100).await, hub.sells(Credit, 100).await);
    // A chargeback debits a part of this charge.
    let debited = hub.sells(Credit, 100).await;
    hub.provider.notifies(&hub.bank.charge_back(&reference(&debited, 1), 60)).await;
    hub.merchant.voids(&canceled, &json!({})).await.assert_status(201);
    hub.merchant.voids(&voided, &json!({})).await.assert_status(201);
    hub.provider.notifies(&hub.bank.charge_back(&reference(&charged_back, 1), 100)).await;
    for (id, left) in [(&charged_back, 0), (&debited, 40)] {
        let refused = hub.refuses(hub.merchant.voids(id, &json!({"amount": left + 1})), 409).await;
        assert_error(&refused, "conflict", &promised(left));
        assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), "charged_back");
    }
    for (id, status) in [(&pending, "pending"), (&failed, "failed"), (&canceled, "canceled"), (&voided, "voided")] {
        for body in [json!({}), json!({"amount": 1})] {
            let refused = hub.refuses(hub.merchant.voids(id, &body), 400).await;
            let message = format!("a charge that is {status} cannot be voided; nothing was sent");
            assert_error(&refused, "invalid_request_error", &message);
        }
        assert_eq!(hub.merchant.reads_charge(id).await.text("/status"), status);
    }
    hub.assert_books_agree().await;
}

/// The sandbox refuses to refund 991 minor units.
#[tokio::test(flavor = "multi_thread")]
async fn a_void_that_the_provider_refuses_is_listed_first_and_changes_nothing() {
    let hub = TestHub::build().await;
    for (id, status, before) in [
        (hub.sells(Credit, 1000).await, "authorized", "authorization success 1000"),
        (hub.merchant.reserves(1000).await, "pre_authorized", "pre_authorization success 1000"),
        (hub.sells(Pix, 1000).await, "authorized", "authorization success 1000, pending success 1000"),
    ] {
        let happened = events(&hub, &id).await;
        let refused = hub.merchant.voids(&id, &part(991)).await.expect(201);
        assert_eq!(summary(&refused), format!("{status} 1000: void failed 991, {before}"));
        assert_eq!(refused.text("/transactionRequests/0/providerError/declinedCode"), "generic");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, refused.body);
        assert_eq!(events(&hub, &id).await, happened, "nothing has happened");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_whose_answer_is_lost_is_reconciled_until_its_outcome_is_known() {
    let hub = TestHub::build().await;
    for reply in [BankReply::LoseAnswer, BankReply::Babble, BankReply::Stumble] {
        for (id, open, ended) in [
            (hub.sells(Credit, 100).await, "authorized 100", "authorized 60: void success 40, "),
            (hub.merchant.reserves(100).await, "pre_authorized 100", "pre_authorized 60: void success 40, "),
            (hub.sells(Pix, 100).await, "refund_pending 100", "refund_pending 100: void processing 40, "),
        ] {
            hub.bank.expect([reply]);
            let first = hub.merchant.voids(&id, &part(40)).await.expect(201);
            assert!(
                summary(&first).starts_with(&format!("{open}: void processing 40, ")),
                "{reply:?}: {}",
                summary(&first)
            );
            hub.pass(Duration::from_mins(2)).await;
            let later = hub.merchant.reads_charge(&id).await;
            assert!(summary(&later).starts_with(ended), "{reply:?}: {}", summary(&later));
        }
    }
    hub.finishes_refunds().await;
    assert!(hub.bank.bookings().iter().all(|booking| booking.times == 1), "a void was sent twice");
    hub.assert_books_agree().await;
}

/// A void that the bank does not know may still arrive. Ten minutes after the last time at which it could be sent, it
/// has failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_void_that_never_arrived_fails_but_only_when_it_cannot_arrive_any_more() {
    let hub = TestHub::build().await;
    for (id, open, failed) in [
        (hub.sells(Credit, 100).await, "authorized 100: void processing 40", "authorized 100: void failed 40"),
        (
            hub.sells(Pix, 100).await,
            "refund_pending 100: void processing 40",
            "authorized 100: void failed 40, void processing 40",
        ),
    ] {
        hub.bank.expect([BankReply::LoseRequest]);
        let first = hub.merchant.voids(&id, &part(40)).await.expect(201);
        assert!(summary(&first).starts_with(open), "{}", summary(&first));
        hub.pass(Duration::from_mins(5)).await;
        let meanwhile = hub.merchant.reads_charge(&id).await;
        assert!(summary(&meanwhile).starts_with(open), "{}", summary(&meanwhile));
        hub.refuses(hub.merchant.voids(&id, &json!({"amount": 61})), 409).await;
        hub.pass(Duration::from_mins(10)).await;
        let ended = hub.merchant.reads_charge(&id).await;
        assert!(summary(&ended).starts_with(failed), "{}", summary(&ended));
        hub.merchant.voids(&id, &part(100)).await.assert_status(201);
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_voided_once_its_bank_says_so() {
    let hub = TestHub::build().await;
    let id = hub.sells(Pix, 100).await;
    let paid = "authorization success 100, pending success 100";
    let asked = hub.merchant.voids(&id, &json!({})).await.expect(201);
    assert_eq!(summary(&asked), format!("refund_pending 100: void processing 100, {paid}"));
    hub.pass(Duration::from_hours(24)).await;
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), summary(&asked), "its bank says that it is under way");
    finish(&hub, &id, 3).await;
    let voided = hub.merchant.reads_charge(&id).await;
    assert_eq!(summary(&voided), format!("voided 0: void success 100, void processing 100, {paid}"));
    assert_eq!(voided.body["originalAmount"], 100);
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "refund_pending", "voided"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_whose_refund_ends_without_a_notification_is_reconciled() {
    let hub = TestHub::build().await;
    let (done, refused) = (hub.sells(Pix, 100).await, hub.sells(Pix, 100).await);
    hub.merchant.voids(&done, &json!({})).await.assert_status(201);
    hub.merchant.voids(&refused, &json!({})).await.assert_status(201);
    // The notifications are never sent.
    let _ = (hub.bank.finish_refund(&reference(&done, 3)), hub.bank.fail_refund(&reference(&refused, 3)));
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(hub.merchant.reads_charge(&done).await.text("/status"), "voided");
    assert_eq!(hub.merchant.reads_charge(&refused).await.text("/status"), "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_was_refunded_in_part_is_authorized_with_the_rest() {
    let hub = TestHub::build().await;
    let id = hub.sells(Pix, 100).await;
    let paid = "authorization success 100, pending success 100";
    let asked = hub.merchant.voids(&id, &part(40)).await.expect(201);
    assert_eq!(summary(&asked), format!("refund_pending 100: void processing 40, {paid}"));
    finish(&hub, &id, 3).await;
    let rest = hub.merchant.reads_charge(&id).await;
    assert_eq!(summary(&rest), format!("authorized 60: void success 40, void processing 40, {paid}"));
    // A partial refund that was confirmed is `voided`, though the charge is authorized (Malga's page "Pix",
    // table of events).
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "refund_pending", "voided"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_whose_refund_fails_is_authorized_as_before() {
    let hub = TestHub::build().await;
    let id = hub.sells(Pix, 100).await;
    let paid = "authorization success 100, pending success 100";
    hub.merchant.voids(&id, &json!({})).await.assert_status(201);
    fail(&hub, &id, 3).await;
    let failed = hub.merchant.reads_charge(&id).await;
    assert_eq!(summary(&failed), format!("authorized 100: void failed 100, void processing 100, {paid}"));
    assert_eq!(failed.text("/transactionRequests/0/providerError/declinedCode"), "generic");
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "refund_pending", "authorized"]);
    // The refund can be ordered again.
    hub.merchant.voids(&id, &json!({})).await.assert_status(201);
    finish(&hub, &id, 4).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.text("/status"), "voided");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_takes_more_refunds_while_one_is_under_way_as_far_as_there_is_money() {
    let hub = TestHub::build().await;
    let id = hub.sells(Pix, 100).await;
    let paid = "authorization success 100, pending success 100";
    hub.merchant.voids(&id, &part(40)).await.assert_status(201);
    let second = hub.merchant.voids(&id, &part(50)).await.expect(201);
    assert_eq!(summary(&second), format!("refund_pending 100: void processing 50, void processing 40, {paid}"));
    assert_error(&hub.refuses(hub.merchant.voids(&id, &json!({"amount": 11})), 409).await, "conflict", &promised(10));
    assert_error(&hub.refuses(hub.merchant.voids(&id, &json!({})), 409).await, "conflict", &promised(10));
    assert_error(
        &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 101})), 400).await,
        "invalid_request_error",
        &above(100),
    );
    // The second ends first.
    finish(&hub, &id, 4).await;
    let one_left = hub.merchant.reads_charge(&id).await;
    assert!(summary(&one_left).starts_with("refund_pending 50: void success 50"), "{}", summary(&one_left));
    assert_error(
        &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 51})), 400).await,
        "invalid_request_error",
        &above(50),
    );
    fail(&hub, &id, 3).await;
    let requests = "void failed 40, void success 50, void processing 50, void processing 40";
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 50: {requests}, {paid}"));
    let happened = ["pending", "authorized", "refund_pending", "refund_pending", "voided", "authorized"];
    assert_eq!(events(&hub, &id).await, happened);
    hub.assert_books_agree().await;
}

/// A merchant may refund on the provider's own site: the hub learns of it by the notification alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_made_at_the_bank_itself_counts() {
    let hub = TestHub::build().await;
    for (id, is_pix) in [(hub.sells(Credit, 100).await, false), (hub.sells(Pix, 100).await, true)] {
        hub.provider.notifies(&hub.bank.refund(&reference(&id, 1), 30)).await;
        let rest = hub.merchant.reads_charge(&id).await;
        assert!(summary(&rest).starts_with("authorized 70: void success 30, "), "{}", summary(&rest));
        assert_error(
            &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 71})), 400).await,
            "invalid_request_error",
            &above(70),
        );
        if is_pix {
            hub.provider.notifies(&hub.bank.begin_refund(&reference(&id, 1), 20)).await;
            assert!(
                summary(&hub.merchant.reads_charge(&id).await).starts_with("refund_pending 70: void processing 20, ")
            );
            assert_error(
                &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 51})), 409).await,
                "conflict",
                &promised(50),
            );
            hub.provider.notifies(&hub.bank.refund(&reference(&id, 1), 20)).await;
        } else {
            hub.merchant.voids(&id, &part(20)).await.assert_status(201);
        }
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 50);
    }
    hub.assert_books_agree().await;
}

/// Forty requests are for the merchant's orders and the later ends of refunds; the rest is for provider notifications.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_takes_so_many_voids_and_keeps_room_for_a_chargeback() {
    let hub = TestHub::build().await;
    let used_up =
        "this charge has used the 40 transaction requests that captures and refunds may take; nothing was sent";
    let id = hub.sells(Credit, 100).await;
    for _ in 1..MAX_ORDERED_REQUESTS {
        hub.merchant.voids(&id, &part(1)).await.assert_status(201);
    }
    assert_error(
        &hub.refuses(hub.merchant.voids(&id, &json!({"amount": 1})), 400).await,
        "invalid_request_error",
        used_up,
    );

    let pix = hub.sells(Pix, 100).await;
    let mut asked = Vec::new();
    loop {
        let answer = hub.merchant.voids(&pix, &part(1)).await;
        if answer.status != 201 {
            assert_error(&answer.expect(400), "invalid_request_error", used_up);
            break;
        }
        asked.push(2 + asked.len() + 1);
    }
    assert!(!asked.is_empty());
    for number in &asked {
        finish(&hub, &pix, *number).await;
    }
    let ended = hub.merchant.reads_charge(&pix).await;
    assert_eq!((ended.text("/status"), &ended.body["amount"]), ("authorized", &json!(100 - asked.len())));
    for id in [&id, &pix] {
        hub.provider.notifies(&hub.bank.charge_back(&reference(id, 1), 1)).await;
        let charged_back = hub.merchant.reads_charge(id).await;
        assert_eq!(charged_back.text("/status"), "charged_back");
        assert!(charged_back.body["transactionRequests"].as_array().unwrap().len() <= MAX_REQUESTS);
    }
    hub.assert_books_agree().await;
}
