//! What providers notify after a payment or a refund: reversals of refunds, chargebacks, disputes, and refunds that
//! succeed after all.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, ProviderUpdate, reference},
    samples::{APPROVED, by_card, card_charge, drip_charge, events, part, pix_charge, session, summary, with},
};

const DAY: Duration = Duration::from_hours(24);

/// A payment method that allows refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Card,
    Pix,
    Drip,
}

impl Method {
    const ALL: [Self; 3] = [Self::Card, Self::Pix, Self::Drip];

    /// A charge of so many minor units that is paid: its id.
    async fn paid(self, hub: &TestHub, amount: u64) -> String {
        let merchant = &hub.merchant.id;
        let body = match self {
            Self::Card => card_charge(merchant, APPROVED),
            Self::Pix => pix_charge(merchant),
            Self::Drip => drip_charge(merchant),
        };
        let made = hub.merchant.creates_charge(&with(body, "/amount", json!(amount))).await;
        let id = made.text("/id").to_owned();
        if self != Self::Card {
            hub.provider.notifies(&hub.bank.pay(&reference(&id, 1), amount)).await;
        }
        id
    }

    /// Refunds so much of the charge, and waits until the refund ends.
    async fn refund(self, hub: &TestHub, id: &str, amount: u64) -> Answer {
        hub.merchant.voids(id, &part(amount)).await.assert_status(201);
        if self == Self::Pix {
            hub.provider.notifies(&hub.bank.finish_refund(&last_void(hub, id))).await;
        }
        hub.merchant.reads_charge(id).await
    }
}

/// The reference of the last void that the bank was asked for.
fn last_void(hub: &TestHub, id: &str) -> String {
    let voids = hub.bank.bookings().into_iter().filter(|booking| booking.operation == "void");
    voids.filter(|booking| booking.payment == reference(id, 1)).map(|booking| booking.reference).max().unwrap()
}

/// The same notification with other values, signed by the bank.
fn altered(hub: &TestHub, update: &ProviderUpdate, changes: &[(&str, Value)]) -> ProviderUpdate {
    let mut body: Value = serde_json::from_str(&update.body).unwrap();
    for (field, value) in changes {
        body["notices"][0][field] = value.clone();
    }
    let mut altered = update.clone();
    altered.body = body.to_string();
    altered.signed_at(hub.clock().now())
}

/// How many of the stored notifications have this status.
async fn updates(hub: &TestHub, status: &str) -> usize {
    let is = |item: &String| item.contains("S(\"CALLBACK\")") && item.contains(&format!("S(\"{status}\")"));
    hub.everything_stored().await.iter().filter(|item| is(item)).count()
}

/// The status and the residual amount of a charge.
fn state(answer: &Answer) -> (&str, u64) {
    (answer.text("/status"), answer.body["amount"].as_u64().unwrap())
}

/// Malga's page "Cartão de crédito", "Exemplo estorno total".
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_of_a_full_refund_counts_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("authorized", 100));
        assert_eq!(state(&method.refund(&hub, &id, 10).await), ("authorized", 90));
        assert_eq!(state(&method.refund(&hub, &id, 90).await), ("voided", 0));
        hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 10)).await;
        let reverted = hub.merchant.reads_charge(&id).await;
        assert_eq!(state(&reverted), ("authorized", 10));
        assert!(
            summary(&reverted).starts_with("authorized 10: revert_void success 10, void success 90, "),
            "{method:?}"
        );
        assert_eq!(reverted.body["originalAmount"], 100);
        assert_eq!(events(&hub, &id).await.last(), Some(&"revert_void"));
        // The reversed amount can be refunded again.
        assert_eq!(state(&method.refund(&hub, &id, 10).await), ("voided", 0));
    }
    hub.assert_books_agree().await;
}

/// Malga's page "Cartão de crédito", "Exemplo estorno parcial".
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_of_a_partial_refund_counts_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("authorized", 100));
        assert_eq!(state(&method.refund(&hub, &id, 10).await), ("authorized", 90));
        assert_eq!(state(&method.refund(&hub, &id, 20).await), ("authorized", 70));
        hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 10)).await;
        let reverted = hub.merchant.reads_charge(&id).await;
        assert!(
            summary(&reverted).starts_with("authorized 80: revert_void success 10, void success 20, "),
            "{method:?}"
        );
        assert_eq!(events(&hub, &id).await.last(), Some(&"revert_void"));
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reversal_counts_once_however_often_it_is_notified_and_two_count_twice() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        method.refund(&hub, &id, 60).await;
        let first = hub.bank.revert_refund(&reference(&id, 1), 20);
        hub.provider.notifies(&first).await;
        let once = hub.merchant.reads_charge(&id).await;
        hub.provider.notifies(&first).await;
        hub.clock().advance(DAY);
        hub.provider.notifies(&first.clone().signed_at(hub.clock().now())).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, once.body);
        // The same amount under another id is another reversal.
        hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 20)).await;
        let twice = hub.merchant.reads_charge(&id).await;
        assert!(
            summary(&twice).starts_with("authorized 80: revert_void success 20, revert_void success 20, "),
            "{method:?}"
        );
        let happened = events(&hub, &id).await;
        assert_eq!(happened.iter().filter(|event| **event == "revert_void").count(), 2);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_reversed_than_was_refunded() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        let before = method.refund(&hub, &id, 60).await;
        let unresolved = updates(&hub, "unresolved").await;
        let real = hub.bank.revert_refund(&reference(&id, 1), 60);
        // More than any refund allows: an operator must look. As much as a later refund may allow: the update waits.
        hub.provider.notifies(&altered(&hub, &real, &[("id", json!("all")), ("amount", json!(101))])).await;
        assert_eq!(updates(&hub, "unresolved").await, unresolved + 1, "{method:?}");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body);
        hub.provider.notifies(&real).await;
        assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("authorized", 100));
        hub.provider.notifies(&altered(&hub, &real, &[("id", json!("again")), ("amount", json!(1))])).await;
        assert_eq!(hub.waiting_updates().await.len(), 1);
        hub.pass(DAY * 8).await;
        assert_eq!(
            (updates(&hub, "unresolved").await, state(&hub.merchant.reads_charge(&id).await)),
            (unresolved + 2, ("authorized", 100))
        );
    }
    hub.assert_books_agree().await;
}

/// A refund that succeeded may be reversed days later, under its own reference (Malga's page "Cartão de crédito",
/// "Reversão automática").
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_days_after_its_success_is_reversed_in_full() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        method.refund(&hub, &id, 30).await;
        method.refund(&hub, &id, 70).await;
        let second = last_void(&hub, &id);
        hub.pass(DAY * 30).await;
        assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("voided", 0));
        let failed = hub.bank.fail_refund(&second);
        hub.provider.notifies(&failed).await;
        let back = hub.merchant.reads_charge(&id).await;
        assert!(summary(&back).starts_with("authorized 70: revert_void success 70, void success 70, "), "{method:?}");
        hub.provider.notifies(&failed).await;
        // The same reversal under another id: one refund has one reversal.
        hub.provider.notifies(&altered(&hub, &failed, &[("id", json!("once more"))])).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, back.body);
        assert_eq!(events(&hub, &id).await.last(), Some(&"revert_void"));
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_that_is_notified_before_its_refund_ends_is_applied_after_it() {
    let hub = TestHub::build().await;
    let id = Method::Pix.paid(&hub, 100).await;
    hub.merchant.voids(&id, &part(40)).await.assert_status(201);
    let done = hub.bank.finish_refund(&last_void(&hub, &id));
    let reverted = hub.bank.revert_refund(&reference(&id, 1), 15);
    hub.provider.notifies(&reverted).await;
    assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("refund_pending", 100));
    assert_eq!(hub.waiting_updates().await.len(), 1);
    hub.provider.notifies(&done).await;
    assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("authorized", 75));
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "refund_pending", "voided", "revert_void"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_payment_was_refunded_stays_closed_when_the_refund_is_reversed() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let id = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    hub.merchant.voids(&id, &part(100)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 100)).await;
    assert_eq!(
        (state(&hub.merchant.reads_charge(&id).await), hub.merchant.session_status(&order).await.as_str()),
        (("authorized", 100), "voided")
    );
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_keeps_the_amount_and_what_it_debited_cannot_be_voided() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        method.refund(&hub, &id, 30).await;
        let update = hub.bank.charge_back(&reference(&id, 1), 70);
        hub.provider.notifies(&update).await;
        let charged_back = hub.merchant.reads_charge(&id).await;
        assert!(
            summary(&charged_back).starts_with("charged_back 70: charge_back success 70, void success 30, "),
            "{method:?}"
        );
        assert_eq!(charged_back.body["isDispute"], false);
        assert_eq!(events(&hub, &id).await.last(), Some(&"charged_back"));
        hub.provider.notifies(&update).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, charged_back.body);
        let refused = hub.merchant.voids(&id, &part(1)).await.expect(409);
        assert_eq!(refused.text("/error/type"), "conflict");
        // Later reversals move the amount and not the status.
        hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 30)).await;
        assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("charged_back", 100));
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_refunded_in_full_can_be_charged_back() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        method.refund(&hub, &id, 100).await;
        hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 100)).await;
        let charged_back = hub.merchant.reads_charge(&id).await;
        assert!(
            summary(&charged_back).starts_with("charged_back 0: charge_back success 100, void success 100, "),
            "{method:?}"
        );
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_under_way_at_a_chargeback_still_ends() {
    let hub = TestHub::build().await;
    for is_done in [true, false] {
        let id = Method::Pix.paid(&hub, 100).await;
        hub.merchant.voids(&id, &part(40)).await.assert_status(201);
        hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 100)).await;
        let paid = "authorization success 100, pending success 100";
        let open = format!("charge_back success 100, void processing 40, {paid}");
        assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("charged_back 100: {open}"));
        hub.merchant.voids(&id, &part(1)).await.assert_status(409);
        let refund = last_void(&hub, &id);
        let end = if is_done { hub.bank.finish_refund(&refund) } else { hub.bank.fail_refund(&refund) };
        hub.provider.notifies(&end).await;
        let (left, word) = if is_done { (60, "success") } else { (100, "failed") };
        assert_eq!(
            summary(&hub.merchant.reads_charge(&id).await),
            format!("charged_back {left}: void {word} 40, {open}")
        );
    }
    // The void of a card has an unknown outcome.
    let id = Method::Card.paid(&hub, 100).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.merchant.voids(&id, &part(40)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 60)).await;
    assert_eq!(state(&hub.merchant.reads_charge(&id).await), ("charged_back", 100));
    hub.pass(Duration::from_mins(2)).await;
    let ended = "charged_back 60: charge_back success 60, void success 40, authorization success 100";
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), ended);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_shown_until_it_is_closed_and_moves_no_money() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 100).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body["isDispute"], false);
        for round in 1..=2 {
            let contested = hub.bank.dispute(&reference(&id, 1));
            hub.provider.notifies(&contested).await;
            hub.provider.notifies(&contested).await;
            let shown = hub.merchant.reads_charge(&id).await;
            assert!(summary(&shown).starts_with("authorized 100: dispute success 100, "), "{method:?} {round}");
            assert_eq!(shown.body["isDispute"], true);
            let closed = hub.bank.close_dispute(&reference(&id, 1));
            hub.provider.notifies(&closed).await;
            hub.provider.notifies(&closed).await;
            let shown = hub.merchant.reads_charge(&id).await;
            assert!(summary(&shown).starts_with("authorized 100: dispute_closed success 100, "), "{method:?} {round}");
            assert_eq!(shown.body["isDispute"], false);
            // An old notification that comes again opens no dispute.
            hub.provider.notifies(&contested).await;
            assert_eq!(hub.merchant.reads_charge(&id).await.body, shown.body, "{method:?} {round}");
        }
        let mut happened = events(&hub, &id).await;
        happened.retain(|event| event.starts_with("dispute"));
        assert_eq!(happened, ["dispute", "dispute_closed", "dispute", "dispute_closed"]);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_payment_can_be_refunded_or_charged_back() {
    let hub = TestHub::build().await;
    let (refunded, charged_back) = (Method::Card.paid(&hub, 100).await, Method::Card.paid(&hub, 100).await);
    for id in [&refunded, &charged_back] {
        hub.provider.notifies(&hub.bank.dispute(&reference(id, 1))).await;
    }
    let voided = hub.merchant.voids(&refunded, &part(100)).await.expect(201);
    assert_eq!((state(&voided), &voided.body["isDispute"]), (("voided", 0), &json!(true)));
    hub.provider.notifies(&hub.bank.charge_back(&reference(&charged_back, 1), 100)).await;
    let shown = hub.merchant.reads_charge(&charged_back).await;
    assert_eq!((state(&shown), &shown.body["isDispute"]), (("charged_back", 100), &json!(true)));
    hub.provider.notifies(&hub.bank.close_dispute(&reference(&charged_back, 1))).await;
    let shown = hub.merchant.reads_charge(&charged_back).await;
    assert_eq!((state(&shown), &shown.body["isDispute"]), (("charged_back", 100), &json!(false)));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_dispute_that_is_notified_first_is_applied_after_its_beginning() {
    let hub = TestHub::build().await;
    let id = Method::Card.paid(&hub, 100).await;
    let (contested, closed) = (hub.bank.dispute(&reference(&id, 1)), hub.bank.close_dispute(&reference(&id, 1)));
    hub.provider.notifies(&closed).await;
    assert_eq!(
        (&hub.merchant.reads_charge(&id).await.body["isDispute"], hub.waiting_updates().await.len()),
        (&json!(false), 1)
    );
    hub.provider.notifies(&contested).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.body["isDispute"], false);
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "dispute", "dispute_closed"]);
    hub.assert_books_agree().await;
}

/// A refund that was refused and succeeds after all prints a second entry.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_refused_and_succeeds_after_all_counts_once() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 1000).await;
        let refused = hub.merchant.voids(&id, &part(991)).await.expect(201);
        assert!(summary(&refused).starts_with("authorized 1000: void failed 991, "), "{method:?}");
        let late = [("reference", json!(last_void(&hub, &id)))];
        let late = altered(&hub, &hub.bank.refund(&reference(&id, 1), 991), &late);
        hub.provider.notifies(&late).await;
        let done = hub.merchant.reads_charge(&id).await;
        assert!(summary(&done).starts_with("authorized 9: void success 991, void failed 991, "), "{method:?}");
        assert_eq!(events(&hub, &id).await.last(), Some(&"voided"));
        hub.provider.notifies(&late).await;
        hub.provider.notifies(&altered(&hub, &late, &[("id", json!("once more"))])).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, done.body);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refund_that_succeeds_above_the_residual_amount_is_left_to_an_operator() {
    let hub = TestHub::build().await;
    for method in Method::ALL {
        let id = method.paid(&hub, 1000).await;
        hub.merchant.voids(&id, &part(991)).await.assert_status(201);
        let refused = last_void(&hub, &id);
        let other = hub.bank.refund(&reference(&id, 1), 500);
        hub.provider.notifies(&other).await;
        let (before, unresolved) = (hub.merchant.reads_charge(&id).await, updates(&hub, "unresolved").await);
        assert_eq!(state(&before), ("authorized", 500));
        let late = [("id", json!("late")), ("reference", json!(refused)), ("amount", json!(991))];
        hub.provider.notifies(&altered(&hub, &other, &late)).await;
        assert_eq!(updates(&hub, "unresolved").await, unresolved + 1, "{method:?}");
        assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body);
    }
    hub.assert_books_agree().await;
}
