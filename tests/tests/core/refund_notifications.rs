//! One refund is one object: whatever names it, it counts once, and its list shows what was answered when.

use domain::method::PaymentType;
use serde_json::{Value, json};
use tests::{
    House,
    bank::{Mood, reference},
    house::LONG_AFTER,
    samples::events,
};

use super::{
    AT_ONCE, Credit, DAY, Drip, HOUR, Pix, alarmed, answers_no_query, entries, finish_refunds, house, notify, paid,
    read, shown, status, void, voids,
};

const REFUNDABLE: [PaymentType; 3] = [Credit, Pix, Drip];

async fn amount(house: &House, id: &str) -> Value {
    read(house, id).await.body["amount"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_was_lost_and_which_is_notified_by_its_payment_counts_once() {
    let house = house().await;
    for method in REFUNDABLE {
        let id = paid(&house, method, 10_000).await;
        house.bank.treat(answers_no_query);
        house.bank.expect([Mood::LoseAnswer]);
        void(&house, &id, 3001).await.assert_status(201);
        let done = json!({"news": "refunded", "amount": 3001, "id": "R1"});
        notify(&house, &house.bank.say(&reference(&id, 1), &done)).await;
        assert_eq!(amount(&house, &id).await, 6999, "{method}");
        house.bank.treat_all_alike();
        for _ in 0..3 {
            house.pass(HOUR).await;
        }
        finish_refunds(&house, &id).await;
        assert_eq!((status(&house, &id).await.as_str(), amount(&house, &id).await), ("authorized", json!(6999)));
        assert_eq!(entries(&house, &id, "void success 3001").await, 1, "{method}: {}", shown(&house, &id).await);
        // All of the rest can be refunded.
        void(&house, &id, 6999).await.assert_status(201);
        finish_refunds(&house, &id).await;
        assert_eq!(status(&house, &id).await, "voided", "{method}");
    }
    house.assert_books_agree().await;
}

/// The provider calls the refund by its own id, which the hub knows from its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_notified_by_its_payment_and_the_providers_id_counts_once() {
    let house = house().await;
    for method in REFUNDABLE {
        let id = paid(&house, method, 10_000).await;
        void(&house, &id, 3000).await.assert_status(201);
        finish_refunds(&house, &id).await;
        let before = read(&house, &id).await;
        let transaction_id = before.text("/transactionRequests/0/transactionId").to_owned();
        assert!(!transaction_id.is_empty(), "{method}");
        let said = json!({"news": "refunded", "amount": 3000, "id": transaction_id});
        notify(&house, &house.bank.say(&reference(&id, 1), &said)).await;
        assert_eq!(read(&house, &id).await.body, before.body, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_refund_under_way_that_is_notified_by_its_payment_ends() {
    let house = house().await;
    let id = paid(&house, Pix, 10_000).await;
    void(&house, &id, 3000).await.assert_status(201);
    void(&house, &id, 2000).await.assert_status(201);
    for (refund, left) in [(2000, 8000), (3000, 5000)] {
        notify(&house, &house.bank.say(&reference(&id, 1), &json!({"news": "refunded", "amount": refund}))).await;
        assert_eq!(amount(&house, &id).await, left);
    }
    assert_eq!(status(&house, &id).await, "authorized");
    assert_eq!(voids(&house, &id).len(), 2);
    let list = "authorized 5000: void success 3000, void success 2000, void processing 2000, void processing 3000, ";
    assert!(shown(&house, &id).await.starts_with(list), "{}", shown(&house, &id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_hub_did_not_ask_for_is_one_of_its_own() {
    let house = house().await;
    for method in REFUNDABLE {
        let id = paid(&house, method, 10_000).await;
        void(&house, &id, 3000).await.assert_status(201);
        finish_refunds(&house, &id).await;
        let own = json!({"news": "refunded", "amount": 3000, "id": "desk-1", "transactionId": "DESK-1"});
        let notice = house.bank.say(&reference(&id, 1), &own);
        for _ in 0..2 {
            notify(&house, &notice).await;
        }
        assert_eq!((amount(&house, &id).await, entries(&house, &id, "void success 3000").await), (json!(4000), 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reversal_in_two_words_counts_once() {
    let house = house().await;
    for method in REFUNDABLE {
        for payment_first in [false, true] {
            let id = paid(&house, method, 10_000).await;
            for _ in 0..2 {
                void(&house, &id, 3000).await.assert_status(201);
                finish_refunds(&house, &id).await;
            }
            let first = voids(&house, &id)[0].reference.clone();
            let failed = json!({"news": "refund_failed", "reference": first});
            let reverted = json!({"news": "refund_reverted", "amount": 3000});
            let mut words = [failed, reverted];
            if payment_first {
                words.reverse();
            }
            for word in words {
                notify(&house, &house.bank.say(&reference(&id, 1), &word)).await;
            }
            house.pass(AT_ONCE).await;
            assert_eq!(amount(&house, &id).await, 7000, "{method} {payment_first}");
            assert_eq!(entries(&house, &id, "revert_void success 3000").await, 1);
            // The other refund comes back as well: that is another reversal.
            let second = voids(&house, &id)[1].reference.clone();
            let other = json!({"news": "refund_failed", "reference": second});
            notify(&house, &house.bank.say(&reference(&id, 1), &other)).await;
            assert_eq!(amount(&house, &id).await, 10_000, "{method} {payment_first}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_a_refunds_answer_and_its_end() {
    let house = house().await;
    let id = paid(&house, Pix, 150).await;
    void(&house, &id, 50).await.assert_status(201);
    let paid_list = "authorization success 150, pending success 150";
    assert_eq!(shown(&house, &id).await, format!("refund_pending 150: void processing 50, {paid_list}"));
    finish_refunds(&house, &id).await;
    let done = format!("void success 50, void processing 50, {paid_list}");
    assert_eq!(shown(&house, &id).await, format!("authorized 100: {done}"));
    void(&house, &id, 30).await.assert_status(201);
    let open = voids(&house, &id).into_iter().find(|void| void.result == "processing").unwrap();
    notify(&house, &house.bank.fail_refund(&open.reference)).await;
    assert_eq!(shown(&house, &id).await, format!("authorized 100: void failed 30, void processing 30, {done}"));
    assert_eq!(
        events(&house, &id).await,
        ["pending", "authorized", "refund_pending", "voided", "refund_pending", "authorized"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_had_failed_and_was_made_after_all_is_a_second_entry() {
    let house = house().await;
    for method in [Credit, Drip] {
        let id = paid(&house, method, 150).await;
        house.bank.expect([Mood::LoseRequest]);
        void(&house, &id, 50).await.assert_status(201);
        house.pass(LONG_AFTER).await;
        assert_eq!(entries(&house, &id, "void failed 50").await, 1, "{method}");
        let made = json!({"news": "refunded", "amount": 50, "reference": reference(&id, voided_number(&house, &id))});
        notify(&house, &house.bank.say(&reference(&id, 1), &made)).await;
        assert!(shown(&house, &id).await.starts_with("authorized 100: void success 50, void failed 50, "), "{method}");
    }
}

/// The number of the request that is the newest of the charge, by which the bank knows it.
fn voided_number(house: &House, id: &str) -> usize {
    let hex = id.replace('-', "");
    let asked = house.bank.asked();
    let of_void = asked.iter().rev().find(|asked| {
        asked["reference"].as_str().is_some_and(|it| it.starts_with(&hex)) && asked["operation"] == "void"
    });
    of_void.unwrap()["reference"].as_str().unwrap()[32..].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_made_after_all_beyond_the_residual_amount_alarms_and_is_not_counted() {
    let house = house().await;
    let id = paid(&house, Credit, 150).await;
    house.bank.expect([Mood::LoseRequest]);
    void(&house, &id, 50).await.assert_status(201);
    house.pass(LONG_AFTER).await;
    let number = voided_number(&house, &id);
    void(&house, &id, 120).await.assert_status(201);
    let made = json!({"news": "refunded", "amount": 50, "reference": reference(&id, number)});
    notify(&house, &house.bank.say(&reference(&id, 1), &made)).await;
    assert_eq!((amount(&house, &id).await, alarmed("refund_above_residual", &id)), (json!(30), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_is_an_entry_of_its_own() {
    let house = house().await;
    for method in REFUNDABLE {
        let id = paid(&house, method, 150).await;
        void(&house, &id, 150).await.assert_status(201);
        finish_refunds(&house, &id).await;
        assert_eq!(status(&house, &id).await, "voided");
        notify(&house, &house.bank.revert_refund(&reference(&id, 1), 150)).await;
        assert!(shown(&house, &id).await.starts_with("authorized 150: revert_void success 150, void success 150, "));
        house.pass(DAY).await;
        assert_eq!(voids(&house, &id).len(), 1, "{method}");
    }
    house.assert_books_agree().await;
}
