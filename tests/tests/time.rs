//! The effects of time: Pix codes and boletos expire, authorizations end, refunds end, and the sweeper acts on them.

use std::time::Duration;

use domain::{
    calendar::{next_banking_day, plus_banking_days},
    time::Timestamp,
};
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, reference},
    engine::Fault,
    samples::{
        APPROVED, by_boleto, by_card, by_drip, by_pix, card_charge, events, open_session, pix_charge, summary, with,
    },
    session::{Session, in_millis},
};

const A_MINUTE: Duration = Duration::from_mins(1);
const AN_HOUR: Duration = Duration::from_hours(1);
const A_DAY: Duration = Duration::from_hours(24);
const A_HOLD: Duration = Duration::from_hours(7 * 24);

/// When a charge fails if it is not paid.
async fn end_of(hub: &TestHub, id: &str) -> Timestamp {
    hub.charge(id).await.ends_at().unwrap()
}

/// Time passes until so long before `instant`. Clocks go on meanwhile: seconds are no measure on a busy machine.
async fn pass_until(hub: &TestHub, before: Duration, instant: Timestamp) {
    hub.pass(instant.since(hub.clock().now()).saturating_sub(before)).await;
}

/// Time passes until an hour after `instant`: the hub reconciles boletos within an hour after their end.
async fn pass_beyond(hub: &TestHub, instant: Timestamp) {
    pass_until(hub, Duration::ZERO, instant.plus(AN_HOUR)).await;
}

/// A session that only reserves, and the charge that has reserved its money.
async fn reserved(hub: &TestHub) -> (Session, String) {
    let body = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let order = hub.merchant.creates_session(&body).await;
    let charge = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    (order, charge)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_is_not_paid_in_time_is_reconciled_once_more_and_fails() {
    let hub = TestHub::with_every_ability().await;
    for body in [by_pix(), by_drip(), by_boleto()] {
        let (order, charge) = hub.merchant.opens_locked_session(&body).await;
        let (end, asked) = (end_of(&hub, &charge).await, hub.bank.queries());
        pass_until(&hub, A_MINUTE, end).await;
        // That was one of the questions before its end.
        assert_eq!(
            (hub.merchant.sees(&order, &charge).await.as_str(), hub.bank.queries()),
            ("pending, created", asked + 1)
        );
        pass_beyond(&hub, end).await;
        assert_eq!(
            (hub.merchant.sees(&order, &charge).await.as_str(), hub.bank.queries()),
            ("failed, created", asked + 2)
        );
        assert_eq!(events(&hub, &charge).await, ["pending", "failed"]);
        assert_eq!(
            summary(&hub.merchant.reads_charge(&charge).await),
            "failed 100: authorization failed 100, pending success 100"
        );
        // It has ended: the hub asks no more.
        hub.pass(10 * A_DAY).await;
        assert_eq!(hub.bank.queries(), asked + 2);
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_was_paid_in_time_is_paid_whenever_that_is_notified() {
    let hub = TestHub::with_every_ability().await;
    for body in [by_pix(), by_drip(), by_boleto()] {
        for is_asked_first in [true, false] {
            let (order, charge) = hub.merchant.opens_locked_session(&body).await;
            let end = end_of(&hub, &charge).await;
            pass_until(&hub, A_MINUTE, end).await;
            let paid = hub.bank.pay(&reference(&charge, 1), 100);
            if is_asked_first {
                pass_beyond(&hub, end).await;
            } else {
                // The charge has reached its end, and the sweeper has not run yet.
                hub.clock().advance(end.since(hub.clock().now()));
                hub.provider.notifies(&paid.clone().signed_at(hub.clock().now())).await;
            }
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
            hub.pass(A_DAY).await;
            hub.provider.notifies(&paid.signed_at(hub.clock().now())).await;
            assert_eq!(events(&hub, &charge).await, ["pending", "authorized"]);
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_bank_cannot_be_reached_nothing_expires() {
    let mut hub = TestHub::with_every_ability().await;
    let (unpaid, unpaid_charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    let (paid, paid_charge) = hub.merchant.opens_locked_session(&by_drip()).await;
    let (held, money) = reserved(&hub).await;
    hub.bank.release(&reference(&money, 1));
    hub.kill_and_restart_without_bank().await;
    hub.pass(A_HOLD).await;
    let (unpaid, paid, held) = (unpaid, paid, held);
    assert_eq!(hub.merchant.sees(&unpaid, &unpaid_charge).await, "pending, created");
    assert_eq!(hub.merchant.sees(&paid, &paid_charge).await, "pending, created");
    assert_eq!(hub.merchant.sees(&held, &money).await, "pre_authorized, created");
    // The bank sends no notification of this payment.
    let _unsent = hub.bank.pay(&reference(&paid_charge, 1), 100);
    hub.kill_and_restart().await;
    hub.pass(A_DAY).await;
    assert_eq!(hub.merchant.sees(&unpaid, &unpaid_charge).await, "failed, created");
    assert_eq!(hub.merchant.sees(&paid, &paid_charge).await, "authorized, paid");
    assert_eq!(hub.merchant.sees(&held, &money).await, "canceled, created");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_fails_when_its_clearing_ends_in_brasilia() {
    let hub = TestHub::with_every_ability().await;
    for days in [0, 1, 7] {
        let date = domain::time::Date::in_brazil(hub.clock().now()).plus_days(days);
        let body = with(by_boleto(), "/paymentMethod/expiresDate", json!(date.to_string()));
        let (order, charge) = hub.merchant.opens_locked_session(&body).await;
        // Where nothing is cleared on its day, it is paid on the next banking day, and cleared by the third one after
        // that. Brasília's time has been UTC less three hours, all year round, since 2019.
        let next = plus_banking_days(next_banking_day(date), 3).plus_days(1);
        let midnight: Timestamp = format!("{next}T03:00:00.000Z").parse().unwrap();
        pass_until(&hub, A_MINUTE, midnight).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created", "{date}");
        pass_beyond(&hub, midnight).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, created", "{date}");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_at_drip_lives_for_a_day_or_until_its_session_is_due() {
    let hub = TestHub::with_every_ability().await;
    let (whole, long) = hub.merchant.opens_locked_session(&by_drip()).await;
    let made = hub.charge(&long).await.created_at;
    assert_eq!(end_of(&hub, &long).await.since(made), A_DAY);

    let due = in_millis(&hub, 3_600_000);
    let body = with(open_session(&hub.merchant.id), "/dueDate", json!(due.to_string()));
    let cut = hub.merchant.creates_session(&body).await;
    let short = hub.shopper.pays(&cut, &by_drip()).await.expect(201).text("/chargeId").to_owned();
    let end = end_of(&hub, &short).await;
    assert!(end <= due && due.since(end) < Duration::from_secs(1), "{end} {due}");
    pass_until(&hub, Duration::ZERO, due).await;
    assert_eq!(hub.merchant.sees(&cut, &short).await, "failed, created");
    assert_eq!(hub.merchant.sees(&whole, &long).await, "pending, created");
    hub.pass(A_DAY).await;
    assert_eq!(hub.merchant.sees(&whole, &long).await, "failed, created");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_code_outlives_its_session() {
    let hub = TestHub::with_every_ability().await;
    let due = in_millis(&hub, 3_600_000);
    let body = with(open_session(&hub.merchant.id), "/dueDate", json!(due.to_string()));
    for expires_in in [json!(2_592_000), json!(3_601), json!(3_600), json!(600)] {
        let order = hub.merchant.creates_session(&body).await;
        let pix =
            hub.shopper.pays(&order, &with(by_pix(), "/paymentMethod/expiresIn", expires_in.clone())).await.expect(201);
        let end = end_of(&hub, pix.text("/chargeId")).await;
        assert!(end <= due, "{expires_in}: {end} {due}");
        // What is printed is what was sent.
        let printed = pix.body["paymentMethod"]["expiresIn"].as_u64().unwrap();
        let made: Timestamp = hub.charge(pix.text("/chargeId")).await.created_at;
        assert_eq!(made.plus(Duration::from_secs(printed)), end);
        assert!(printed <= expires_in.as_u64().unwrap());
        assert_eq!(hub.merchant.reads_charge(pix.text("/chargeId")).await.body["paymentMethod"]["expiresIn"], printed);
    }
    pass_until(&hub, Duration::ZERO, due).await;
    assert!(hub.charges().await.iter().all(|charge| charge.status().name() == "failed"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_opened_for_less_than_a_second() {
    let hub = TestHub::with_every_ability().await;
    for (body, problem) in [
        (by_pix(), "paymentMethod.expiresIn cannot be kept: the session is due in less than one second"),
        (by_drip(), "paymentMethod cannot be drip: the session is due in less than one second"),
    ] {
        let mut refused = Value::Null;
        // On a busy machine the last second may be over before the hub reads its clock.
        for _ in 0..20 {
            let due = in_millis(&hub, 60_000);
            let session = with(open_session(&hub.merchant.id), "/dueDate", json!(due.to_string()));
            let order = hub.merchant.creates_session(&session).await;
            let left = due.since(hub.clock().now());
            hub.clock().advance(left.saturating_sub(Duration::from_millis(950)));
            refused = hub.shopper.pays(&order, &body).await.expect(400).body;
            if refused["error"]["details"] != Value::Null {
                break;
            }
        }
        assert_eq!(refused["error"]["details"], json!([problem]));
    }
    assert_eq!((hub.bank.creates(), hub.charges().await.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_its_bank_has_released_unlocks_the_session() {
    let hub = TestHub::with_every_ability().await;
    let (order, charge) = reserved(&hub).await;
    hub.bank.release(&reference(&charge, 1));
    hub.pass(A_HOLD.saturating_sub(AN_HOUR)).await;
    assert_eq!((hub.merchant.sees(&order, &charge).await.as_str(), hub.bank.queries()), ("pre_authorized, created", 0));
    hub.pass(AN_HOUR).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created");
    assert_eq!(events(&hub, &charge).await, ["pending", "pre_authorized", "canceled"]);
    assert_eq!(hub.merchant.reads_charge(&charge).await.body["amount"], 0);
    let again = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(hub.merchant.sees(&order, again.text("/chargeId")).await, "pre_authorized, created");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_is_still_valid_stays_and_is_reconciled_again() {
    let hub = TestHub::with_every_ability().await;
    let (kept, captured) = reserved(&hub).await;
    let (lost, released) = reserved(&hub).await;
    let (paid, captured_before) = reserved(&hub).await;
    let capture = |charge: &str| format!("/v1/charges/{charge}/capture");
    hub.merchant.post(&capture(&captured_before), &json!({"amount": 40})).await.assert_status(201);
    hub.pass(A_HOLD).await;
    assert_eq!(hub.merchant.sees(&kept, &captured).await, "pre_authorized, created");
    assert_eq!(hub.merchant.sees(&paid, &captured_before).await, "authorized, paid");
    let asked = hub.bank.queries();
    assert_eq!(asked, 2);
    hub.shopper.pays(&kept, &by_card(APPROVED)).await.assert_status(409);

    hub.merchant.post(&capture(&captured), &json!({})).await.assert_status(201);
    hub.bank.release(&reference(&released, 1));
    hub.pass(A_DAY).await;
    assert_eq!(hub.merchant.sees(&kept, &captured).await, "authorized, paid");
    assert_eq!(hub.merchant.sees(&lost, &released).await, "canceled, created");
    assert_eq!(hub.bank.queries(), asked + 1);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_was_released_in_part_is_canceled_with_the_rest() {
    let hub = TestHub::with_every_ability().await;
    let body = with(card_charge(&hub.merchant.id, APPROVED), "/capture", json!(false));
    let charge = hub.merchant.creates_charge(&body).await;
    let path = format!("/v1/charges/{}", charge.text("/id"));
    hub.merchant.post(&format!("{path}/void"), &json!({"amount": 50})).await.assert_status(201);
    hub.bank.release(&reference(charge.text("/id"), 1));
    hub.pass(A_HOLD).await;
    let shown = summary(&hub.merchant.get(&path).await.expect(200));
    assert_eq!(shown, "canceled 0: void success 100, void success 50, pre_authorization success 150");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_without_a_notification_are_reconciled_until_they_end() {
    let hub = TestHub::with_every_ability().await;
    for is_done in [true, false] {
        let charge = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
        let id = charge.text("/id");
        hub.provider.notifies(&hub.bank.pay(&reference(id, 1), 150)).await;
        let void = hub.merchant.voids(id, &json!({})).await.expect(201);
        assert_eq!(void.text("/status"), "refund_pending");
        let number = void.body["transactionRequests"].as_array().unwrap().len();
        let asked = hub.bank.queries();
        for _ in 0..3 {
            hub.pass(Duration::from_hours(6)).await;
        }
        assert_eq!(hub.bank.queries(), asked + 3);
        let status = || async { hub.merchant.get(&format!("/v1/charges/{id}")).await.text("/status").to_owned() };
        assert_eq!(status().await, "refund_pending");
        let unsent = if is_done {
            hub.bank.finish_refund(&reference(id, number))
        } else {
            hub.bank.fail_refund(&reference(id, number))
        };
        hub.pass(Duration::from_hours(6)).await;
        assert_eq!(status().await, if is_done { "voided" } else { "authorized" });
        let happened = events(&hub, id).await;
        let end = if is_done { "voided" } else { "authorized" };
        assert_eq!(happened, ["pending", "authorized", "refund_pending", end]);
        // The notification comes after all, and changes nothing.
        hub.provider.notifies(&unsent.signed_at(hub.clock().now())).await;
        assert_eq!(events(&hub, id).await, happened);
        hub.pass(A_DAY).await;
        assert_eq!(hub.bank.queries(), asked + 4);
    }
    hub.assert_books_agree().await;
}

/// So many charges of every kind of due work: to expire, to reconcile and to refund. Those to refund are returned.
async fn due_work(hub: &TestHub, each: usize) -> Vec<(Session, String)> {
    let mut duplicates = Vec::new();
    for _ in 0..each {
        duplicates.push(hub.merchant.opens_locked_session(&by_drip()).await);
    }
    hub.pass(A_DAY).await;
    for (order, late) in &duplicates {
        hub.shopper.pays(order, &by_card(APPROVED)).await.assert_status(201);
        hub.provider.notifies(&hub.bank.pay(&reference(late, 1), 100)).await;
    }
    for _ in 0..each {
        hub.merchant.opens_locked_session(&by_pix()).await;
        hub.bank.expect([BankReply::LoseAnswer]);
        hub.merchant.opens_locked_session(&by_card(APPROVED)).await;
    }
    duplicates
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sweepers_at_once_do_what_one_would() {
    let hub = TestHub::with_every_ability().await;
    let duplicates = due_work(&hub, 5).await;
    let (asked, voids) = (hub.bank.queries(), hub.bank.count("void"));
    hub.clock().advance(2 * AN_HOUR);
    let sweeps = join_all((0..4).map(|_| sweeper::sweep(hub.flows()))).await;
    let done: usize = sweeps.into_iter().map(|swept| swept.unwrap().asked).sum();
    assert_eq!((done, hub.bank.queries() - asked, hub.bank.count("void") - voids), (15, 10, 5));
    for (order, late) in duplicates {
        assert_eq!(hub.merchant.sees(&order, &late).await, "voided, paid");
        assert_eq!(hub.bank.books()[&reference(&late, 1)].ledger.refunded, 100);
    }
    hub.pass(A_DAY).await;
    hub.assert_books_agree().await;
}

/// Both sweepers have found the same charge due before either leases it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_sweepers_that_find_the_same_charge_one_refunds_it() {
    let hub = TestHub::with_every_ability().await;
    let duplicates = due_work(&hub, 1).await;
    let (order, late) = &duplicates[0];
    hub.engine.gather("UpdateItem CHARGE", 2);
    let sweeps = join_all((0..2).map(|_| sweeper::sweep(hub.flows()))).await;
    let done: usize = sweeps.into_iter().map(|swept| swept.unwrap().asked).sum();
    assert_eq!((done, hub.bank.count("void")), (1, 1));
    assert_eq!(hub.merchant.sees(order, late).await, "voided, paid");
    hub.pass(A_DAY).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_always_fails_does_not_delay_the_others() {
    let hub = TestHub::with_every_ability().await;
    let duplicates = due_work(&hub, 5).await;
    let (stuck, others) = duplicates.split_first().unwrap();
    let key = format!("CHARGE#{}", stuck.1);
    hub.engine.fail(move |operation, body| {
        let is_meant = operation != "Query" && body.to_string().contains(&key);
        if is_meant { Fault::Throttle } else { Fault::None }
    });
    hub.clock().advance(2 * AN_HOUR);
    let first = sweeper::sweep(hub.flows()).await.unwrap();
    assert_eq!((first.asked, first.failed), (14, 1));
    // The sweeper retries this charge, and no other.
    let second = sweeper::sweep(hub.flows()).await.unwrap();
    assert_eq!((second.asked, second.failed), (0, 1));
    for (order, late) in others {
        assert_eq!(hub.merchant.sees(order, late).await, "voided, paid");
    }
    hub.engine.heal();
    assert_eq!(hub.merchant.sees(&stuck.0, &stuck.1).await, "authorized, paid");
    hub.pass(AN_HOUR).await;
    assert_eq!(hub.merchant.sees(&stuck.0, &stuck.1).await, "voided, paid");
    hub.pass(A_DAY).await;
    hub.assert_books_agree().await;
}
