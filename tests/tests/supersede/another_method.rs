//! A locked session is paid by another payment method.

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType};
use futures::future::{join, join_all};
use serde_json::json;
use tests::{
    TestHub,
    bank::{BankReply, BookedStatus, reference},
    engine::Fault,
    hub::LONG_AFTER,
    samples::{APPROVED, DECLINED, by, by_card, by_pix, card, card_charge, events, from_token, summary, with},
};

use crate::{LOCKED, LOCKED_SINCE, PAID, WAITING, assert_conflict, assert_refused};

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_payment_is_superseded_by_every_other_payment_method() {
    let hub = TestHub::with_every_ability().await;
    for old in WAITING {
        for new in PaymentType::ALL.into_iter().filter(|new| *new != old) {
            let (order, charge) = hub.merchant.opens_locked_session(&by(old)).await;
            let next = hub.shopper.pays(&order, &by(new)).await.expect(201);
            let is_card = new == PaymentType::Credit;
            assert_eq!(next.text("/status"), if is_card { "paid" } else { "pending" }, "{old} {new}");
            assert_eq!(
                hub.merchant.sees(&order, &charge).await,
                if is_card { "canceled, paid" } else { "canceled, created" }
            );
            // The cancel is printed as a void, outside all sums.
            let shown = summary(&hub.merchant.reads_charge(&charge).await);
            assert_eq!(shown, "canceled 100: void success 100, pending success 100");
            assert_eq!(events(&hub, &charge).await, ["pending", "canceled"]);
            let held = hub.bank.books().remove(&reference(&charge, 1)).unwrap();
            assert_eq!(held.status, BookedStatus::Canceled, "{old} {new}");
            if !is_card {
                let paid = hub.bank.pay(&reference(next.text("/chargeId"), 1), 100);
                hub.provider.notifies(&paid).await;
            }
            assert_eq!(hub.merchant.sees(&order, next.text("/chargeId")).await, "authorized, paid", "{old} {new}");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superseding_payment_can_be_superseded() {
    let hub = TestHub::with_every_ability().await;
    let (order, first) = hub.merchant.opens_locked_session(&by_pix()).await;
    let mut charges = vec![first];
    for method in [PaymentType::Drip, PaymentType::Pix, PaymentType::Drip, PaymentType::Credit] {
        charges.push(hub.shopper.pays(&order, &by(method)).await.expect(201).text("/chargeId").to_owned());
    }
    let paid = charges.pop().unwrap();
    for charge in &charges {
        assert_eq!(hub.merchant.sees(&order, charge).await, "canceled, paid");
    }
    assert_eq!(hub.merchant.sees(&order, &paid).await, "authorized, paid");
    assert_eq!((hub.bank.creates(), hub.bank.approved().len()), (5, 1));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_method_again_returns_the_active_charge_and_is_kept_under_its_key() {
    let hub = TestHub::with_every_ability().await;
    for method in [PaymentType::Pix, PaymentType::Drip, PaymentType::Boleto] {
        let order = hub.merchant.opens_session().await;
        let path = order.path("/charge");
        let first = hub.merchant.with_key(&order.key).post_with_key(&path, &by(method), "first").await.expect(201);
        let asked = hub.bank.operations();
        for is_replay in [false, true] {
            let again = hub.merchant.with_key(&order.key).post_with_key(&path, &by(method), "again").await.expect(201);
            assert_eq!((again.is_replay(), &again.body), (is_replay, &first.body), "{method}");
        }
        assert_eq!(hub.bank.operations(), asked);
        let elsewhere = with(by(method), "/paymentSource/customer/name", json!("Maria Da Silveira"));
        for body in [elsewhere, by_card(APPROVED)] {
            hub.merchant.with_key(&order.key).post_with_key(&path, &body, "again").await.assert_status(422);
        }
        let paid =
            hub.merchant.with_key(&order.key).post_with_key(&path, &by_card(APPROVED), "another").await.expect(201);
        assert_eq!((paid.is_replay(), paid.text("/status")), (false, "paid"));
        // Both keys replay the first answer.
        for key in ["first", "again"] {
            let replay = hub.merchant.with_key(&order.key).post_with_key(&path, &by(method), key).await.expect(201);
            assert_eq!((replay.is_replay(), &replay.body), (true, &first.body), "{method}");
        }
    }
    hub.assert_books_agree().await;
}

/// No sweep has expired the charge yet, but its shopper cannot pay it any more.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_method_again_after_the_charge_has_expired_is_another_charge() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        hub.clock().advance(Duration::from_hours(25));
        let again = hub.shopper.pays(&order, &by(method)).await.expect(201);
        assert_ne!(again.text("/chargeId"), charge);
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created");
        let paid = hub.bank.pay(&reference(again.text("/chargeId"), 1), 100);
        hub.provider.notifies(&paid).await;
        assert_eq!(hub.merchant.sees(&order, again.text("/chargeId")).await, "authorized, paid");
    }
    hub.assert_books_agree().await;
}

/// The hub first cancels a payment whose provider can cancel, and supersedes a payment at once whose provider can only
/// refund. Where the provider can do neither, the payment keeps the lock.
#[tokio::test(flavor = "multi_thread")]
async fn how_a_payment_is_superseded_depends_on_what_its_provider_can_do() {
    use ProviderType::{Adyen, Bb, Bs2, Drip, Getnet, MercadoPago, Pagarme, Pagseguro, Safrapay, Sandbox, Zoop};
    let pix = |provider| (PaymentType::Pix, provider);
    let drip = |provider| (PaymentType::Drip, provider);
    let canceled = [pix(Bb), pix(MercadoPago), pix(Pagarme), pix(Sandbox), drip(Sandbox)];
    let at_once = [pix(Adyen), pix(Pagseguro), pix(Safrapay), pix(Zoop), drip(Drip)];
    for (accounts, ended) in [(canceled, "canceled"), (at_once, "pending")] {
        for account in accounts {
            let hub = TestHub::with(&[account, (PaymentType::Credit, ProviderType::Stripe)]).await;
            let (order, charge) = hub.merchant.opens_locked_session(&by(account.0)).await;
            assert_eq!(
                hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"),
                "paid",
                "{account:?}"
            );
            assert_eq!(hub.merchant.sees(&order, &charge).await, format!("{ended}, paid"), "{account:?}");
            let asked = if ended == "canceled" { 3 } else { 2 };
            assert_eq!(hub.bank.operations(), asked, "{account:?}");
            hub.assert_books_agree().await;
        }
    }
    for account in [pix(Bs2), pix(Getnet)] {
        let hub = TestHub::with(&[account, (PaymentType::Credit, ProviderType::Stripe)]).await;
        let (order, charge) = hub.merchant.opens_locked_session(&by(account.0)).await;
        let refused = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409);
        assert_eq!(refused.text("/error/type"), "conflict", "{account:?}");
        assert_eq!((hub.bank.operations(), hub.bank.queries()), (1, 0), "{account:?}");
        // The lock ends when the payment expires.
        hub.pass(Duration::from_hours(25)).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, created", "{account:?}");
        assert_eq!(
            hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"),
            "paid",
            "{account:?}"
        );
        hub.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_payment_that_is_paid_before_its_cancel_pays_the_session_once() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        let lost = hub.bank.pay(&reference(&charge, 1), 100);
        let creates = hub.bank.creates();
        for _ in 0..2 {
            let refused = hub.shopper.pays_with_key(&order, &by_card(APPROVED), "rival").await;
            assert_conflict(&refused, PAID);
        }
        assert_eq!(hub.bank.creates(), creates, "{method}");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
        assert_eq!(events(&hub, &charge).await, ["pending", "authorized"]);
        let shown = summary(&hub.merchant.reads_charge(&charge).await);
        assert_eq!(shown, "authorized 100: authorization success 100, void failed 100, pending success 100");
        // The bank's notification arrives last and changes nothing.
        hub.provider.notifies(&lost).await;
        assert_eq!(summary(&hub.merchant.reads_charge(&charge).await), shown);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_payment_does_not_lock_its_session() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        let lost = hub.bank.reject(&reference(&charge, 1));
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid", "{method}");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, paid");
        assert_eq!(events(&hub, &charge).await, ["pending", "failed"]);
        hub.provider.notifies(&lost).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, paid");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_outcome_of_a_cancel_is_unknown_no_other_payment_starts() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        for reply in [BankReply::LoseRequest, BankReply::LoseAnswer, BankReply::Babble, BankReply::Stumble] {
            let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
            let card = by_card(APPROVED);
            let rival = || hub.shopper.pays_with_key(&order, &card, &order.id);
            let asked = hub.bank.operations();
            hub.bank.expect([reply]);
            assert_conflict(&rival().await, LOCKED_SINCE);
            assert_conflict(&rival().await, LOCKED);
            assert_conflict(&hub.shopper.pays(&order, &by(method)).await, LOCKED);
            assert_eq!(hub.bank.operations(), asked + 1, "{method} {reply:?}");
            assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created");
            assert_eq!(
                summary(&hub.merchant.reads_charge(&charge).await),
                "pending 100: void processing 100, pending success 100"
            );

            hub.pass(Duration::from_mins(15)).await;
            let known = if reply == BankReply::LoseRequest { "pending, created" } else { "canceled, created" };
            assert_eq!(hub.merchant.sees(&order, &charge).await, known, "{method} {reply:?}");
            // A conflict is not kept for replays: the same request pays now.
            let paid = rival().await.expect(201);
            assert_eq!((paid.is_replay(), paid.text("/status")), (false, "paid"), "{method} {reply:?}");
            assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, paid");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_during_a_cancel_of_unknown_outcome_pays_the_session() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        for reply in [BankReply::LoseRequest, BankReply::LoseAnswer] {
            let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
            hub.bank.expect([reply]);
            assert_conflict(&hub.shopper.pays(&order, &by_card(APPROVED)).await, LOCKED_SINCE);
            let paid = hub.bank.pay(&reference(&charge, 1), 100);
            hub.provider.notifies(&paid).await;
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method} {reply:?}");
            hub.pass(LONG_AFTER).await;
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method} {reply:?}");
            assert_eq!(events(&hub, &charge).await, ["pending", "authorized"]);
            assert_conflict(&hub.shopper.pays(&order, &by_card(APPROVED)).await, PAID);
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_cannot_be_reached_cancels_nothing() {
    let mut hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.kill_and_restart_without_bank().await;
    assert_conflict(&hub.shopper.pays(&order, &by_card(APPROVED)).await, LOCKED_SINCE);
    assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created");
    hub.kill_and_restart().await;
    assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rivals_at_once_one_pays() {
    let hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    // All rivals have read the active charge before the first one sends its cancel.
    hub.engine.gather("PutItem CHARGE", 50);
    let card = by_card(APPROVED);
    let answers = join_all((0..50).map(|_| hub.shopper.pays(&order, &card))).await;
    let (paid, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(paid.len(), 1);
    for answer in refused {
        assert_conflict(answer, LOCKED_SINCE);
    }
    assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, paid");
    assert_eq!((hub.bank.operations(), hub.bank.approved().len()), (3, 1));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rivals_in_any_order_one_pays() {
    let hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by(PaymentType::Drip)).await;
    let card = by_card(APPROVED);
    let answers = join_all((0..50).map(|_| hub.shopper.pays(&order, &card))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_status(409);
    }
    assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, paid");
    assert_eq!((hub.bank.operations(), hub.bank.approved().len()), (3, 1));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_payment_cancels_nothing() {
    let hub =
        TestHub::with(&[(PaymentType::Credit, ProviderType::Stripe), (PaymentType::Pix, ProviderType::Sandbox)]).await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    let spent = hub.merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201).text("/tokenId").to_owned();
    let other = hub.merchant.opens_session().await;
    hub.shopper.pays(&other, &from_token(by_card(APPROVED), &spent)).await.assert_status(201);
    let asked = hub.bank.operations();
    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
    let stored = with(by_card(APPROVED), "/paymentSource", json!({"sourceType": "card", "cardId": unknown}));
    for body in [
        by_card("1234"),
        with(by_card(APPROVED), "/paymentSource/card/cardExpirationDate", json!("01/2020")),
        with(by_card(APPROVED), "/paymentMethod/installments", json!(0)),
        with(by_card(APPROVED), "/splitRules", json!([{"amount": 1}])),
        from_token(by_card(APPROVED), unknown),
        from_token(by_card(APPROVED), &spent),
        stored,
        // The account has no provider for the method.
        by(PaymentType::Boleto),
        json!({}),
    ] {
        hub.shopper.pays(&order, &body).await.assert_status(400);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created");
    let paid = hub.bank.pay(&reference(&charge, 1), 100);
    hub.provider.notifies(&paid).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    hub.assert_books_agree().await;
}

/// The hub cancels the old payment before it attempts the new one. The shopper then pays with a new code.
#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_session_free() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        assert_eq!(hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"), "failed");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created");
        let again = hub.shopper.pays(&order, &by(method)).await.expect(201);
        assert_ne!(again.text("/chargeId"), charge);
        let paid = hub.bank.pay(&reference(again.text("/chargeId"), 1), 100);
        hub.provider.notifies(&paid).await;
        assert_eq!(hub.merchant.sees(&order, again.text("/chargeId")).await, "authorized, paid");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_used_by_the_payment_and_not_by_its_refusal() {
    let hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    let token = hub.merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let by_token = from_token(by_card(APPROVED), token.text("/tokenId"));
    hub.bank.expect([BankReply::LoseAnswer]);
    assert_conflict(&hub.shopper.pays(&order, &by_token).await, LOCKED_SINCE);
    hub.pass(LONG_AFTER).await;
    assert_eq!(hub.shopper.pays(&order, &by_token).await.expect(201).text("/status"), "paid");
    assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, paid");
    hub.assert_books_agree().await;
}

/// The token is spent elsewhere while the Pix is canceled: the Pix is canceled all the same, and the refusal says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_spent_during_the_cancel_is_not_refused_as_if_nothing_was_done() {
    let hub = TestHub::with_every_ability().await;
    let (order, pix) = hub.merchant.opens_locked_session(&by_pix()).await;
    let token = hub.merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let (asked, by_token) = (hub.bank.operations(), from_token(by_card(APPROVED), token.text("/tokenId")));
    hub.bank.expect([BankReply::AnswerLate]);
    let meanwhile = async {
        hub.bank.has_seen(asked + 1).await;
        let body = from_token(card_charge(&hub.merchant.id, APPROVED), token.text("/tokenId"));
        hub.merchant.post("/v1/charges", &body).await.assert_status(201);
        hub.bank.let_answer();
    };
    let (refused, ()) = join(hub.shopper.pays(&order, &by_token), meanwhile).await;
    let message = "tokenId was already used; a token pays once or makes one card; an unpaid payment of this session was \
                   canceled, or may have been; nothing was charged. Create another token and try again";
    assert_refused(&refused, message);
    assert_eq!(hub.merchant.sees(&order, &pix).await, "canceled, created");
    hub.assert_books_agree().await;
}

/// The payment that canceled the Pix meets other writes at the session.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_fails_after_the_cancel_is_not_refused_as_if_nothing_was_done() {
    let hub = TestHub::with_every_ability().await;
    let (order, pix) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.engine.fail(|operation, body| {
        let puts_new =
            body.pointer("/TransactItems/0/Put/ConditionExpression") == Some(&json!("attribute_not_exists(PK)"));
        if operation == "TransactWriteItems" && puts_new { Fault::Conflict } else { Fault::None }
    });
    let refused = hub.shopper.pays(&order, &by_card(APPROVED)).await;
    hub.engine.heal();
    let message = "the resource is being changed by other requests; an unpaid payment of this session was canceled, or may \
                   have been; nothing was charged. Try again";
    assert_conflict(&refused, message);
    assert_eq!(hub.merchant.sees(&order, &pix).await, "canceled, created");
    hub.assert_books_agree().await;
}

/// The same request, sent again while the first one cancels: its own payment is no other one.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_superseded_beside_its_own_first_sending_is_answered_with_its_payment() {
    let hub = TestHub::with_every_ability().await;
    let (order, pix) = hub.merchant.opens_locked_session(&by_pix()).await;
    let (card, asked) = (by_card(APPROVED), hub.bank.operations());
    // Each has read the unpaid Pix before the first one sends its cancel. The others try that when it has landed.
    hub.engine.gather("PutItem CHARGE", 6);
    hub.bank.expect([BankReply::AnswerLate]);
    let all = join_all((0..6).map(|_| hub.shopper.pays_with_key(&order, &card, "same")));
    let bank = async {
        hub.bank.has_seen(asked + 1).await;
        hub.bank.let_answer();
    };
    let (answers, ()) = join(all, bank).await;
    let (paid, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert!(!paid.is_empty());
    for answer in refused {
        answer.assert_status(409);
        let message = answer.text("/error/message");
        assert!([LOCKED_SINCE, "Transaction is processing"].contains(&message), "{message}");
    }
    assert!(hub.shopper.pays_with_key(&order, &card, "same").await.expect(201).is_replay());
    assert_eq!((hub.merchant.sees(&order, &pix).await, hub.bank.approved().len()), ("canceled, paid".to_owned(), 1));
    hub.assert_books_agree().await;
}
