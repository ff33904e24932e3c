//! The hub dies, or the table or the bank fails, at every step of every payment. Afterwards nothing is open, nothing is
//! paid twice, and a repeated request gets the outcome.

use std::{collections::HashMap, time::Duration};

use domain::{charge::Charge, limits::STALE_INTENT};
use tests::{
    TestHub,
    bank::BankReply,
    engine::Fault,
    hub::LONG_AFTER,
    payment::{Payment, PaymentKind, request_status},
};

/// A step at which the hub dies.
#[derive(Clone, Debug)]
enum Death {
    /// At the `nth` write of this kind, before or after it is carried out.
    Write { what: String, nth: usize, fault: Fault },
    /// During the call of the bank.
    Bank(BankReply),
}

/// The writes of a payment without faults, each by its kind and its number among the writes of that kind.
async fn writes_of(hub: &TestHub, kind: PaymentKind) -> Vec<(String, usize)> {
    let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?} dry run")).await;
    let _ = hub.engine.take_calls();
    payment.assert_done(&payment.send(&hub.merchant).await);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut writes = Vec::new();
    for call in hub.engine.take_calls().into_iter().filter(tests::engine::Call::is_write) {
        let nth = seen.entry(call.what()).or_default();
        *nth += 1;
        writes.push((call.what(), *nth));
    }
    assert!(writes.len() >= 2, "a request and its outcome at least: {writes:?}");
    writes
}

/// The charge that the payment made, if it made one.
async fn charge_of(hub: &TestHub, payment: &Payment) -> Option<Charge> {
    hub.charges().await.into_iter().find(|charge| charge.idempotency_key == payment.key)
}

/// How many approved payments of this session the bank has.
async fn debits_of(hub: &TestHub, payment: &Payment) -> usize {
    let approved = hub.bank.approved();
    let charges = hub.charges().await;
    let of_it = charges.iter().filter(|charge| match &payment.session {
        Some(session) => charge.session.is_some_and(|paid| paid.to_string() == *session),
        None => charge.idempotency_key == payment.key,
    });
    let has_money = |charge: &&Charge| {
        let reference = charge.reference(1).to_string();
        approved.iter().any(|holding| holding.reference == reference)
    };
    of_it.filter(has_money).count()
}

/// The hub dies at `death` while the payment is made, and another one starts.
async fn die(hub: &mut TestHub, payment: &Payment, death: &Death) {
    let calls = hub.bank.operations() + 1;
    match death {
        Death::Write { what, nth, fault } => hub.engine.fail_write_of(what, *nth, *fault),
        Death::Bank(reply) => hub.bank.expect([*reply]),
    }
    let struck = async {
        match death {
            Death::Write { .. } => hub.engine.has_killed().await,
            Death::Bank(_) => hub.bank.has_seen(calls).await,
        }
    };
    let died = tokio::select! { () = struck => true, _ = payment.send_to_mortal(&hub.merchant) => false };
    assert!(died, "{payment:?} was answered although the hub was to die at {death:?}");
    hub.kill_and_restart().await;
}

/// After a death nothing is open, a repeated request gets the outcome, and the session follows it.
async fn assert_recovered(hub: &TestHub, payment: &Payment) {
    for _ in 0..3 {
        hub.pass(LONG_AFTER).await;
    }
    hub.assert_books_agree().await;
    let was_begun = charge_of(hub, payment).await.is_some();
    let again = payment.send(&hub.merchant).await.expect(201);
    assert_eq!(again.is_replay(), was_begun, "{payment:?}: {}", again.body);
    if again.text("/status") == "failed" {
        assert_eq!(request_status(&again), "failed");
    } else {
        payment.assert_done(&again);
    }
    payment.assert_session_follows(&hub.merchant, &again).await;
    assert_eq!(payment.send(&hub.merchant).await.expect(201).body, again.body);
    assert!(debits_of(hub, payment).await <= 1, "{payment:?} was paid twice");
    hub.assert_books_agree().await;
}

async fn dies_everywhere(kind: PaymentKind) {
    let mut hub = TestHub::build().await;
    let writes = writes_of(&hub, kind).await;
    let at_writes = writes.into_iter().flat_map(|(what, nth)| {
        [Fault::DieBefore, Fault::DieAfter].map(|fault| Death::Write { what: what.clone(), nth, fault })
    });
    let at_bank = [BankReply::HoldBeforeBooking, BankReply::HoldAfterBooking].map(Death::Bank);
    for death in at_writes.chain(at_bank) {
        let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?} {death:?}")).await;
        die(&mut hub, &payment, &death).await;
        assert_recovered(&hub, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_charge_survives_a_death_at_every_step() {
    dies_everywhere(PaymentKind::CardCharge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_charge_survives_a_death_at_every_step() {
    dies_everywhere(PaymentKind::TokenCharge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_charge_survives_a_death_at_every_step() {
    dies_everywhere(PaymentKind::PixCharge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_paid_by_card_survives_a_death_at_every_step() {
    dies_everywhere(PaymentKind::CardSession).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_paid_by_token_survives_a_death_at_every_step() {
    dies_everywhere(PaymentKind::TokenSession).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_paid_by_pix_survives_a_death_at_every_step() {
    dies_everywhere(PaymentKind::PixSession).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_is_lost_is_not_made_twice() {
    let hub = TestHub::build().await;
    for kind in PaymentKind::ALL {
        for (what, nth) in writes_of(&hub, kind).await {
            let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?} {what} {nth}")).await;
            let (faults, bookings) = (hub.engine.faults(), hub.bank.bookings().len());
            hub.engine.fail_write_of(&what, nth, Fault::LoseAnswer);
            let answer = payment.send(&hub.merchant).await;
            hub.engine.heal();
            assert_eq!(hub.engine.faults(), faults + 1, "{payment:?}");
            payment.assert_done(&answer);
            assert!(!answer.is_replay(), "{payment:?}");
            assert_eq!(hub.bank.bookings().len(), bookings + 1, "{payment:?}");
            hub.assert_books_agree().await;
            let again = payment.send(&hub.merchant).await;
            assert_eq!((again.is_replay(), &again.body), (true, &answer.body), "{payment:?}");
            payment.assert_session_follows(&hub.merchant, &answer).await;
        }
    }
    assert!(hub.bank.bookings().iter().all(|booking| booking.times == 1));
    hub.pass(LONG_AFTER).await;
    hub.assert_books_agree().await;
}

/// The hub dies again while the sweeper finishes a payment: the next sweep finishes it.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_sweep_finishes_an_interrupted_sweep() {
    let mut hub = TestHub::build().await;
    let at_bank = Death::Bank(BankReply::HoldAfterBooking);
    for (what, fault) in [
        ("UpdateItem CHARGE", Fault::DieBefore),
        ("UpdateItem CHARGE", Fault::DieAfter),
        ("TransactWriteItems CHARGE SESSION", Fault::DieBefore),
        ("TransactWriteItems CHARGE SESSION", Fault::DieAfter),
    ] {
        let payment = Payment::new(&hub.merchant, PaymentKind::CardSession, &format!("{what} {fault:?}")).await;
        die(&mut hub, &payment, &at_bank).await;
        hub.engine.fail_write_of(what, 1, fault);
        let died = tokio::select! {
            () = hub.engine.has_killed() => true,
            () = hub.pass(LONG_AFTER) => false,
        };
        assert!(died, "the sweep ended although the hub was to die at {what}");
        hub.kill_and_restart().await;
        assert_recovered(&hub, &payment).await;
        assert_eq!(debits_of(&hub, &payment).await, 1);
    }
}

/// The hub reconciles a payment whose answer was lost. A payment that the bank has not booked fails when its call
/// window is over; until then no other payment of the session is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_with_an_unknown_outcome_is_reconciled() {
    let hub = TestHub::build().await;
    for kind in PaymentKind::ALL {
        for reply in [BankReply::LoseRequest, BankReply::LoseAnswer, BankReply::Babble, BankReply::Stumble] {
            let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?} {reply:?}")).await;
            hub.bank.expect([reply]);
            let first = payment.send(&hub.merchant).await.expect(201);
            assert_eq!((first.text("/status"), request_status(&first)), ("pending", "processing"), "{payment:?}");
            assert!(first.text("/paymentMethod/qrCodeData").is_empty());
            payment.assert_session_follows(&hub.merchant, &first).await;

            hub.pass(Duration::from_mins(5)).await;
            let charge = charge_of(&hub, &payment).await.unwrap();
            let is_booked = reply != BankReply::LoseRequest;
            assert_eq!(charge.is_at_rest(), is_booked, "{charge:?}");
            if !is_booked {
                payment.assert_session_follows(&hub.merchant, &first).await;
            }

            hub.pass(LONG_AFTER).await;
            hub.assert_books_agree().await;
            let again = payment.send(&hub.merchant).await.expect(201);
            assert_eq!((again.is_replay(), again.body), (true, first.body), "{payment:?}");
            let settled = hub.merchant.reads_charge(&charge.id.to_string()).await;
            let expected = match (is_booked, kind.is_pix()) {
                (false, _) => ("failed", "failed"),
                (true, false) => ("authorized", "success"),
                (true, true) => ("pending", "success"),
            };
            assert_eq!((settled.text("/status"), request_status(&settled)), expected, "{payment:?}");
            let rival = payment.send_rival(&hub.merchant).await;
            if let Some(rival) = rival {
                // Another payment supersedes an unpaid Pix.
                rival.assert_status(if is_booked && !kind.is_pix() { 409 } else { 201 });
            }
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_cannot_be_reached_has_booked_nothing() {
    let mut hub = TestHub::build().await;
    hub.kill_and_restart_without_bank().await;
    let mut payments = Vec::new();
    for kind in PaymentKind::ALL {
        let payment = Payment::new(&hub.merchant, kind, &format!("{kind:?}")).await;
        let first = payment.send(&hub.merchant).await.expect(201);
        assert_eq!((first.text("/status"), request_status(&first)), ("failed", "internal_error"), "{payment:?}");
        payments.push((payment, first));
    }
    hub.assert_books_agree().await;
    hub.kill_and_restart().await;
    for (payment, first) in payments {
        let again = payment.send(&hub.merchant).await.expect(201);
        assert_eq!((again.is_replay(), &again.body), (true, &first.body), "{payment:?}");
        payment.assert_session_follows(&hub.merchant, &first).await;
    }
    hub.assert_books_agree().await;
}

/// A repeated request does not wait for the sweeper: it reconciles a payment whose call window is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_after_a_death_gets_the_outcome_after_forty_seconds() {
    let mut hub = TestHub::build().await;
    for (reply, expected) in
        [(BankReply::HoldAfterBooking, ("paid", "success")), (BankReply::HoldBeforeBooking, ("pending", "processing"))]
    {
        let payment = Payment::new(&hub.merchant, PaymentKind::CardSession, &format!("{reply:?}")).await;
        die(&mut hub, &payment, &Death::Bank(reply)).await;
        let early = payment.send(&hub.merchant).await.expect(409);
        assert_eq!(early.text("/error/message"), "Transaction is processing");
        payment.send_rival(&hub.merchant).await.unwrap().assert_status(409);
        hub.clock().advance(STALE_INTENT + Duration::from_secs(1));
        let again = payment.send(&hub.merchant).await.expect(201);
        assert_eq!((again.text("/status"), request_status(&again)), expected);
        assert!(again.is_replay());
        payment.assert_session_follows(&hub.merchant, &again).await;

        hub.pass(LONG_AFTER).await;
        hub.assert_books_agree().await;
        assert_eq!(payment.send(&hub.merchant).await.expect(201).body, again.body);
        let rival = payment.send_rival(&hub.merchant).await.unwrap();
        rival.assert_status(if reply == BankReply::HoldAfterBooking { 409 } else { 201 });
        assert_eq!(debits_of(&hub, &payment).await, 1);
    }
    hub.assert_books_agree().await;
}
