//! Late payments: approvals for charges that had failed, expired or been canceled.

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType, session::SessionStatus};
use futures::future::{join, join_all};
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, Booking, ProviderUpdate, reference},
    hub::LONG_AFTER,
    samples::{
        APPROVED, DECLINED, by_boleto, by_card, by_drip, by_pix, events, open_session, pix_charge, session, summary,
        with,
    },
    session::{Session, in_millis},
};

const AN_HOUR: Duration = Duration::from_hours(1);
const A_DAY: Duration = Duration::from_hours(24);
/// Longer than any Pix code or Drip page is valid.
const LONG_EXPIRED: Duration = Duration::from_hours(25);
/// Longer than seven days, the next banking day, three more for the clearing, and all holidays between.
const A_BOLETOS_LIFE: Duration = Duration::from_hours(21 * 24);
/// The hub checks a charge again so long after a change.
const A_LOOK_LATER: Duration = Duration::from_mins(1);
const AT_ONCE: Duration = Duration::ZERO;

/// How a payment ended before the shopper paid it.
#[derive(Clone, Copy, Debug)]
enum End {
    Expired,
    Rejected,
    Superseded,
}

impl End {
    const ALL: [Self; 3] = [Self::Expired, Self::Rejected, Self::Superseded];

    const fn status(self) -> &'static str {
        match self {
            Self::Expired | Self::Rejected => "failed",
            Self::Superseded => "canceled",
        }
    }
}

/// A session that is unlocked because its payment ended so, and that payment's charge.
async fn ended(hub: &TestHub, body: &Value, end: End) -> (Session, String) {
    let (order, charge) = hub.merchant.opens_locked_session(body).await;
    match end {
        End::Expired => hub.pass(LONG_EXPIRED).await,
        End::Rejected => {
            hub.provider.notifies(&hub.bank.reject(&reference(&charge, 1))).await;
        }
        End::Superseded => hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201),
    }
    assert_eq!(hub.merchant.sees(&order, &charge).await, format!("{}, created", end.status()));
    (order, charge)
}

async fn expired(hub: &TestHub, body: &Value) -> (Session, String) {
    ended(hub, body, End::Expired).await
}

/// The shopper pays this charge after all, and the bank notifies the hub.
async fn pay_late(hub: &TestHub, charge: &str) -> ProviderUpdate {
    let paid = hub.bank.pay(&reference(charge, 1), 100);
    hub.provider.notifies(&paid).await;
    paid
}

/// The reference of the refund of this charge that the bank has accepted and not done yet.
fn refund_under_way(hub: &TestHub, charge: &str) -> String {
    let (payment, bookings) = (reference(charge, 1), hub.bank.bookings());
    let is_it = |booking: &&Booking| booking.payment == payment && booking.result == "processing";
    bookings.iter().find(is_it).unwrap().reference.clone()
}

/// The sweeper refunds the duplicate payment, and the bank finishes the refund.
async fn refund(hub: &TestHub, charge: &str) {
    hub.pass(AT_ONCE).await;
    let shown = hub.merchant.reads_charge(charge).await;
    if shown.text("/status") == "refund_pending" {
        hub.provider.notifies(&hub.bank.finish_refund(&refund_under_way(hub, charge))).await;
    }
    assert_eq!(hub.merchant.reads_charge(charge).await.text("/status"), "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_pays_a_session_without_a_lock() {
    let hub = TestHub::with_every_ability().await;
    for (body, first) in [(by_pix(), "pending"), (by_drip(), "pending")] {
        for end in End::ALL {
            let (order, charge) = ended(&hub, &body, end).await;
            let paid = pay_late(&hub, &charge).await;
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{end:?}");
            assert_eq!(events(&hub, &charge).await, [first, end.status(), "authorized"]);
            assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409).text("/error/type"), "conflict");

            // The same notification again changes nothing, nor does another notification of the same payment.
            let shown = hub.merchant.reads_charge(&charge).await.body;
            hub.provider.notifies(&paid).await;
            let mut renamed = paid;
            renamed.body = renamed.body.replace("evt-", "again-");
            hub.provider.notifies(&renamed.signed_at(hub.clock().now())).await;
            assert_eq!(
                (hub.merchant.reads_charge(&charge).await.body, hub.merchant.session_status(&order).await.as_str()),
                (shown, "paid")
            );
        }
    }
    hub.pass(A_DAY).await;
    assert_eq!(hub.bank.count("void"), 0);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_that_is_notified_many_times_at_once_counts_once() {
    let hub = TestHub::with_every_ability().await;
    let (order, charge) = expired(&hub, &by_pix()).await;
    let paid = hub.bank.pay(&reference(&charge, 1), 100);
    // All have read the charge before the first writes it.
    hub.engine.gather("TransactWriteItems CHARGE SESSION CALLBACK", 20);
    join_all((0..20).map(|_| hub.provider.notifies(&paid))).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    assert_eq!(events(&hub, &charge).await, ["pending", "failed", "authorized"]);
    hub.pass(A_DAY).await;
    assert_eq!(hub.bank.count("void"), 0);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_late_payments_at_once_one_pays_and_the_other_is_refunded() {
    let hub = TestHub::with_every_ability().await;
    let (order, first) = ended(&hub, &by_pix(), End::Superseded).await;
    let second = hub.shopper.pays(&order, &by_drip()).await.expect(201).text("/chargeId").to_owned();
    hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
    let updates = [&first, &second].map(|charge| hub.bank.pay(&reference(charge, 1), 100));
    // Both have read the session as unlocked before one pays it.
    hub.engine.gather("TransactWriteItems CHARGE SESSION CALLBACK", 2);
    join_all(updates.iter().map(|update| hub.provider.notifies(update))).await;
    let charges = [&first, &second];
    for charge in charges {
        assert_eq!(hub.merchant.sees(&order, charge).await, "authorized, paid");
    }
    hub.pass(AT_ONCE).await;
    assert_eq!(hub.bank.count("void"), 1);
    for charge in charges {
        if hub.merchant.reads_charge(charge).await.text("/status") != "authorized" {
            refund(&hub, charge).await;
        }
    }
    assert_eq!(hub.merchant.session_status(&order).await, "paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_late_payment_and_cards_at_once_one_pays() {
    let hub = TestHub::with_every_ability().await;
    let card = by_card(APPROVED);
    for round in 0..5 {
        let (order, late) = ended(&hub, &by_drip(), End::Superseded).await;
        let paid = hub.bank.pay(&reference(&late, 1), 100);
        let cards = join_all((0..5).map(|_| hub.shopper.pays(&order, &card)));
        let (cards, ()) = join(cards, hub.provider.notifies(&paid)).await;
        let by_card = cards.iter().filter(|answer| answer.status == 201).count();
        for _ in 0..3 {
            hub.pass(AN_HOUR).await;
        }
        let expected = if by_card == 0 { "authorized, paid" } else { "voided, paid" };
        assert_eq!((hub.merchant.sees(&order, &late).await.as_str(), by_card <= 1), (expected, true), "{round}");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_was_paid_in_time_and_notified_too_late_pays_its_session() {
    let hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_boleto()).await;
    hub.pass(A_BOLETOS_LIFE).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, created");
    pay_late(&hub, &charge).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_pays_a_session_that_is_switched_off_or_past_due() {
    let hub = TestHub::with_every_ability().await;
    let (off, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.merchant.switches(&off, false).await.assert_status(200);
    assert_eq!(hub.merchant.sees(&off, &charge).await, "canceled, created");
    pay_late(&hub, &charge).await;
    assert_eq!(hub.merchant.sees(&off, &charge).await, "authorized, paid");
    assert_eq!(hub.merchant.reads_session(&off).await.body["isActive"], false);

    let due = json!(in_millis(&hub, 600_000).to_string());
    let past_due = hub.merchant.creates_session(&with(open_session(&hub.merchant.id), "/dueDate", due)).await;
    let charge = hub.shopper.pays(&past_due, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(LONG_AFTER).await;
    assert_eq!(hub.merchant.sees(&past_due, &charge).await, "failed, created");
    pay_late(&hub, &charge).await;
    assert_eq!(hub.merchant.sees(&past_due, &charge).await, "authorized, paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_waits_for_a_payment_with_an_unknown_outcome() {
    let hub = TestHub::with_every_ability().await;
    for reply in [BankReply::LoseRequest, BankReply::LoseAnswer] {
        let (order, late) = expired(&hub, &by_pix()).await;
        hub.bank.expect([reply]);
        let rival = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
        assert_eq!(rival.text("/status"), "pending");
        let paid = pay_late(&hub, &late).await;
        hub.provider.notifies(&paid).await;
        assert_eq!(hub.waiting_updates().await.len(), 1);
        assert_eq!(hub.merchant.sees(&order, &late).await, "failed, created");

        hub.pass(LONG_AFTER).await;
        hub.pass(AN_HOUR).await;
        if reply == BankReply::LoseRequest {
            assert_eq!(hub.merchant.reads_charge(rival.text("/chargeId")).await.text("/status"), "failed");
            assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
        } else {
            assert_eq!(hub.merchant.sees(&order, rival.text("/chargeId")).await, "authorized, paid");
            refund(&hub, &late).await;
            assert_eq!(hub.merchant.sees(&order, rival.text("/chargeId")).await, "authorized, paid");
        }
        assert!(hub.waiting_updates().await.is_empty());
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_waits_for_a_payment_that_is_not_answered_yet() {
    let mut hub = TestHub::with_every_ability().await;
    for reply in [BankReply::HoldBeforeBooking, BankReply::HoldAfterBooking] {
        let (order, late) = expired(&hub, &by_pix()).await;
        let asked = hub.bank.operations();
        hub.bank.expect([reply]);
        let (shopper, rival) = (hub.shopper.clone(), order.clone());
        let running = tokio::spawn(async move { shopper.pays_mortal(&rival, &by_card(APPROVED)).await });
        hub.bank.has_seen(asked + 1).await;
        pay_late(&hub, &late).await;
        assert_eq!(hub.merchant.sees(&order, &late).await, "failed, created");
        assert_eq!(hub.waiting_updates().await.len(), 1);

        hub.kill_and_restart().await;
        assert!(running.await.unwrap().is_none());
        hub.pass(LONG_AFTER).await;
        hub.pass(AN_HOUR).await;
        if reply == BankReply::HoldBeforeBooking {
            assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
        } else {
            refund(&hub, &late).await;
            assert_eq!(hub.merchant.session_status(&order).await, "paid");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_supersedes_a_payment_that_waits_for_its_shopper() {
    let hub = TestHub::with_every_ability().await;
    for body in [by_pix(), by_drip()] {
        let (order, late) = expired(&hub, &by_pix()).await;
        let active = hub.shopper.pays(&order, &body).await.expect(201);
        let canceled = hub.bank.count("cancel");
        pay_late(&hub, &late).await;
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
        assert_eq!(hub.merchant.reads_charge(active.text("/chargeId")).await.text("/status"), "canceled");
        assert_eq!(events(&hub, active.text("/chargeId")).await, ["pending", "canceled"]);
        assert_eq!(hub.bank.count("cancel"), canceled + 1);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_is_refunded_if_the_active_charge_was_paid_first() {
    let hub = TestHub::with_every_ability().await;
    for body in [by_pix(), by_drip()] {
        let (order, late) = expired(&hub, &by_pix()).await;
        let active = hub.shopper.pays(&order, &body).await.expect(201);
        let _unsent = hub.bank.pay(&reference(active.text("/chargeId"), 1), 100);
        pay_late(&hub, &late).await;
        assert_eq!(hub.merchant.sees(&order, active.text("/chargeId")).await, "authorized, paid");
        assert_eq!(hub.merchant.reads_charge(&late).await.text("/status"), "authorized");
        refund(&hub, &late).await;
        assert_eq!(hub.merchant.sees(&order, active.text("/chargeId")).await, "authorized, paid");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_waits_while_it_is_unknown_whether_the_active_charge_is_canceled() {
    let hub = TestHub::with_every_ability().await;
    for reply in [BankReply::LoseRequest, BankReply::LoseAnswer] {
        let (order, late) = expired(&hub, &by_pix()).await;
        let active = hub.shopper.pays(&order, &by_drip()).await.expect(201);
        hub.bank.expect([reply]);
        pay_late(&hub, &late).await;
        assert_eq!(hub.merchant.sees(&order, &late).await, "failed, created", "{reply:?}");
        assert_eq!(hub.waiting_updates().await.len(), 1);
        hub.pass(LONG_AFTER).await;
        hub.pass(AN_HOUR).await;
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid", "{reply:?}");
        assert_eq!(hub.merchant.reads_charge(active.text("/chargeId")).await.text("/status"), "canceled");
    }
    hub.assert_books_agree().await;
}

/// A boleto is never refunded: an operator looks at one that is paid for a paid session.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_takes_the_lock_from_an_unpaid_boleto() {
    let hub = TestHub::with_every_ability().await;
    for is_paid_too in [false, true] {
        let (order, late) = expired(&hub, &by_pix()).await;
        let slip = hub.shopper.pays(&order, &by_boleto()).await.expect(201);
        let boleto = slip.text("/chargeId");
        pay_late(&hub, &late).await;
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
        assert_eq!(hub.merchant.sees(&order, boleto).await, "pending, paid");
        if is_paid_too {
            pay_late(&hub, boleto).await;
        }
        hub.pass(A_BOLETOS_LIFE).await;
        let expected = if is_paid_too { "authorized, paid" } else { "failed, paid" };
        assert_eq!(hub.merchant.sees(&order, boleto).await, expected);
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    }
    assert_eq!(hub.bank.count("void"), 0);
    hub.assert_books_agree().await;
}

/// A session whose payment expired and that then became `how`, and the charge of that payment.
async fn over(hub: &TestHub, body: &Value, how: &str) -> (Session, String) {
    let reserving = with(open_session(&hub.merchant.id), "/capture", json!(how != "reserved"));
    let order = hub.merchant.creates_session(&reserving).await;
    let late = hub.shopper.pays(&order, body).await.expect(201).text("/chargeId").to_owned();
    hub.pass(LONG_EXPIRED).await;
    if how == "canceled" {
        hub.merchant.cancels(&order).await.assert_status(201);
        return (order, late);
    }
    let rival = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    if how == "voided" {
        let void = format!("/v1/charges/{}/void", rival.text("/chargeId"));
        hub.merchant.post(&void, &json!({})).await.assert_status(201);
    }
    (order, late)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_for_a_session_that_takes_no_payment_is_refunded() {
    let hub = TestHub::with_every_ability().await;
    let ends = [
        ("paid", SessionStatus::Paid),
        ("reserved", SessionStatus::Created),
        ("voided", SessionStatus::Voided),
        ("canceled", SessionStatus::Canceled),
    ];
    for (how, status) in ends {
        for (body, in_flight) in [(by_pix(), vec!["refund_pending"]), (by_drip(), vec![])] {
            let (order, late) = over(&hub, &body, how).await;
            let (before, voids) = (hub.merchant.reads_session(&order).await.body, hub.bank.count("void"));
            let paid = pay_late(&hub, &late).await;
            hub.provider.notifies(&paid).await;
            // The charge is paid and its refund is due. The session does not change.
            assert_eq!(hub.merchant.sees(&order, &late).await, format!("authorized, {status}"), "{how}");
            assert_eq!(hub.bank.count("void"), voids, "{how}");
            refund(&hub, &late).await;
            hub.pass(A_DAY).await;
            assert_eq!(
                (hub.bank.count("void"), hub.merchant.reads_session(&order).await.body),
                (voids + 1, before),
                "{how}"
            );
            assert_eq!(hub.merchant.reads_charge(&late).await.body["amount"], 0);
            let expected = [vec!["pending", "failed", "authorized"], in_flight, vec!["voided"]].concat();
            assert_eq!(events(&hub, &late).await, expected, "{how}");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_is_refunded_in_full_and_no_more() {
    let hub = TestHub::with_every_ability().await;
    for amount in [60, 130] {
        let (_, late) = over(&hub, &by_drip(), "paid").await;
        hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), amount)).await;
        assert_eq!(hub.merchant.reads_charge(&late).await.body["amount"], amount);
        refund(&hub, &late).await;
        assert_eq!(hub.bank.books()[&reference(&late, 1)].ledger.refunded, amount);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_at_a_provider_without_refunds_stays() {
    for provider in [ProviderType::Bs2, ProviderType::Getnet] {
        let accounts = [(PaymentType::Pix, provider), (PaymentType::Credit, ProviderType::Stripe)];
        let hub = TestHub::with(&accounts).await;
        let (order, late) = over(&hub, &by_pix(), "paid").await;
        let asked = hub.bank.operations();
        pay_late(&hub, &late).await;
        for _ in 0..10 {
            hub.pass(A_DAY).await;
        }
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid", "{provider}");
        assert_eq!(hub.bank.operations(), asked, "{provider}");
        assert_eq!(events(&hub, &late).await, ["pending", "failed", "authorized"]);
        hub.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_without_a_session_is_kept() {
    let hub = TestHub::with_every_ability().await;
    let path = |id: &str| format!("/v1/charges/{id}");
    for end in [End::Expired, End::Rejected] {
        let charge = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
        let id = charge.text("/id");
        match end {
            End::Rejected => hub.provider.notifies(&hub.bank.reject(&reference(id, 1))).await,
            End::Expired | End::Superseded => hub.pass(LONG_EXPIRED).await,
        }
        assert_eq!(hub.merchant.get(&path(id)).await.expect(200).text("/status"), "failed");
        let paid = hub.bank.pay(&reference(id, 1), 150);
        for _ in 0..2 {
            hub.provider.notifies(&paid).await;
        }
        hub.pass(10 * A_DAY).await;
        assert_eq!(hub.merchant.get(&path(id)).await.expect(200).text("/status"), "authorized", "{end:?}");
        assert_eq!(events(&hub, id).await, ["pending", "failed", "authorized"]);
    }
    assert_eq!(hub.bank.count("void"), 0);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_merchant_refunds_first_is_not_refunded_again() {
    let hub = TestHub::with_every_ability().await;
    for (body, by_hand) in
        [(by_drip(), json!({})), (by_drip(), json!({"amount": 40})), (by_pix(), json!({"amount": 40}))]
    {
        let (order, late) = over(&hub, &body, "paid").await;
        pay_late(&hub, &late).await;
        let voids = hub.bank.count("void");
        let void = hub.merchant.voids(&late, &by_hand).await.expect(201);
        if void.text("/status") == "refund_pending" {
            // The sweeper leaves the charge alone while this refund is under way.
            hub.pass(AN_HOUR).await;
            assert_eq!(hub.bank.count("void"), voids + 1);
            hub.provider.notifies(&hub.bank.finish_refund(&refund_under_way(&hub, &late))).await;
        }
        hub.pass(A_LOOK_LATER).await;
        refund(&hub, &late).await;
        let expected = if by_hand == json!({}) { 1 } else { 2 };
        assert_eq!(hub.bank.count("void"), voids + expected, "{by_hand}");
        assert_eq!(hub.bank.books()[&reference(&late, 1)].ledger.refunded, 100);
        assert_eq!(hub.merchant.session_status(&order).await, "paid");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_a_duplicate_payment_that_fails_is_retried_a_day_later() {
    let hub = TestHub::with_every_ability().await;
    let (order, late) = over(&hub, &by_pix(), "paid").await;
    pay_late(&hub, &late).await;
    hub.pass(AT_ONCE).await;
    hub.provider.notifies(&hub.bank.fail_refund(&refund_under_way(&hub, &late))).await;
    assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    hub.pass(A_DAY.saturating_sub(AN_HOUR)).await;
    assert_eq!(hub.bank.count("void"), 1, "not within the day");
    hub.pass(AN_HOUR).await;
    assert_eq!(hub.bank.count("void"), 2);
    refund(&hub, &late).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_whose_refund_is_reversed_is_refunded_again() {
    let hub = TestHub::with_every_ability().await;
    let (order, late) = over(&hub, &by_drip(), "paid").await;
    pay_late(&hub, &late).await;
    refund(&hub, &late).await;
    hub.provider.notifies(&hub.bank.revert_refund(&reference(&late, 1), 100)).await;
    assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    hub.pass(A_LOOK_LATER).await;
    refund(&hub, &late).await;
    assert_eq!(hub.bank.count("void"), 2);
    let expected = ["pending", "failed", "authorized", "voided", "revert_void", "voided"];
    assert_eq!(events(&hub, &late).await, expected);
    hub.assert_books_agree().await;
}

/// The bank refuses to refund 991 minor units; a Pix can be refunded for 90 days.
#[tokio::test(flavor = "multi_thread")]
async fn the_hub_refunds_a_duplicate_payment_daily_until_its_refund_window_is_over() {
    let hub = TestHub::with_every_ability().await;
    let order = hub.merchant.creates_session(&with(session(&hub.merchant.id), "/amount", json!(991))).await;
    let late = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(LONG_EXPIRED).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 991)).await;
    hub.pass(AT_ONCE).await;
    for days in 1..4 {
        assert_eq!(hub.bank.count("void"), days);
        hub.pass(A_DAY).await;
    }
    hub.clock().advance(86 * A_DAY);
    hub.pass(AT_ONCE).await;
    assert_eq!(hub.bank.count("void"), 5, "on the last day");
    for _ in 0..3 {
        hub.pass(2 * A_DAY).await;
    }
    assert_eq!(hub.bank.count("void"), 5);
    assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    let shown = summary(&hub.merchant.reads_charge(&late).await);
    assert!(
        shown.starts_with("authorized 991: void failed 991, authorization success 991, "),
        "the last of many refunds: {shown}"
    );
    assert_eq!(events(&hub, &late).await, ["pending", "failed", "authorized"]);

    // Then its merchant can refund it.
    for amount in [990, 1] {
        let path = format!("/v1/charges/{late}/void");
        hub.merchant.post(&path, &json!({"amount": amount})).await.assert_status(201);
        hub.provider.notifies(&hub.bank.finish_refund(&refund_under_way(&hub, &late))).await;
    }
    assert_eq!(hub.merchant.sees(&order, &late).await, "voided, paid");
    hub.assert_books_agree().await;
}
