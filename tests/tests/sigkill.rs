//! SIGKILL ends the hub's process around every step of a payment; another process goes on with the same folder.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::{
    bank::{Bank, BankReply},
    command::CommandedHub,
    hub::LONG_AFTER,
    payment::{Payment, PaymentKind},
};

/// When the process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Before the payment is sent.
    Idle,
    /// The intent is stored; the bank has the call and has booked nothing.
    BeforeBooking,
    /// The bank has booked the call and has not answered.
    AfterBooking,
    /// The payment was answered.
    AfterAnswer,
}

const MOMENTS: [Moment; 4] = [Moment::Idle, Moment::BeforeBooking, Moment::AfterBooking, Moment::AfterAnswer];

/// The amounts that are approved at the bank are those of the charges that the public API shows as paid, and each is
/// named by the charge's reference.
async fn assert_books_agree(hub: &CommandedHub, bank: &Bank) {
    let listed = hub.merchant.get("/v1/charges?limit=100").await.expect(200);
    let charges = listed.body.pointer("/items").and_then(Value::as_array).unwrap();
    assert!(charges.len() < 100, "the list has more than its first page");
    let paid = charges.iter().filter(|charge| charge["status"] == "authorized");
    let here: BTreeMap<String, u64> = paid
        .map(|charge| {
            let id = charge["id"].as_str().unwrap().replace('-', "");
            (format!("{id}001"), charge["amount"].as_u64().unwrap())
        })
        .collect();
    let there: BTreeMap<String, u64> =
        bank.approved().into_iter().map(|holding| (holding.reference, holding.amount)).collect();
    assert_eq!(here, there, "the hub's books (left) are not the bank's (right)");
}

/// Sends the payment and kills the process at `moment`.
async fn kill(hub: &mut CommandedHub, bank: &Bank, payment: &Payment, moment: Moment) {
    let calls = bank.operations() + 1;
    match moment {
        Moment::Idle => {}
        Moment::BeforeBooking => bank.expect([BankReply::HoldBeforeBooking]),
        Moment::AfterBooking => bank.expect([BankReply::HoldAfterBooking]),
        Moment::AfterAnswer => payment.assert_done(&payment.send(&hub.merchant).await),
    }
    if matches!(moment, Moment::BeforeBooking | Moment::AfterBooking) {
        let reached = tokio::select! {
            () = bank.has_seen(calls) => true,
            _ = payment.send_to_mortal(&hub.merchant) => false,
        };
        assert!(reached, "{payment:?} was answered although the bank held its call");
    }
    hub.kill_and_restart();
}

async fn is_killed_everywhere(kind: PaymentKind) {
    let bank = Bank::open().await;
    let mut hub = CommandedHub::start(bank.url());
    for moment in MOMENTS {
        let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?} {moment:?}")).await;
        kill(&mut hub, &bank, &payment, moment).await;
        hub.merchant.advance(LONG_AFTER.as_secs()).await.assert_status(200);
        assert_books_agree(&hub, &bank).await;

        let again = payment.send(&hub.merchant).await.expect(201);
        assert_eq!(again.is_replay(), !matches!(moment, Moment::Idle), "{payment:?}");
        if matches!(moment, Moment::BeforeBooking) {
            assert_eq!(again.text("/status"), "failed", "{payment:?}");
        } else {
            payment.assert_done(&again);
        }
        let id = if payment.session.is_some() { again.text("/chargeId") } else { again.text("/id") };
        let shown = hub.merchant.reads_charge(id).await;
        assert_eq!(shown.text("/transactionRequests/0/requestStatus"), tests::payment::request_status(&again));
        payment.assert_session_follows(&hub.merchant, &again).await;
        assert_eq!(payment.send(&hub.merchant).await.expect(201).body, again.body);
        assert_books_agree(&hub, &bank).await;
    }
    assert!(bank.bookings().iter().all(|booking| booking.times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_survives_sigkill_at_every_moment() {
    is_killed_everywhere(PaymentKind::TokenCharge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_paid_by_card_survives_sigkill_at_every_moment() {
    is_killed_everywhere(PaymentKind::CardSession).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_paid_by_pix_survives_sigkill_at_every_moment() {
    is_killed_everywhere(PaymentKind::PixSession).await;
}
