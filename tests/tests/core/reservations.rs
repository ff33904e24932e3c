//! What the bank says of reserved money: that it was captured, that it was let go, and that it was taken after all.

use serde_json::json;
use tests::{
    House,
    bank::{Mood, reference},
    house::LONG_AFTER,
    order::Order,
    samples::{APPROVED, by_card, events, open_session, with},
};

use super::{
    AT_ONCE, DAY, HOUR, alarmed, answers_no_query, capture, create, entries, house, notify, read, refunded_by_the_hub,
    reserved, shown, status, void, void_all, voids,
};

/// A session whose card is only reserved: the session and the charge.
async fn reserved_session(house: &House) -> (Order, String) {
    let body = with(open_session(&house.client.merchant_id), "/capture", json!(false));
    let order = Order::create(&house.client, &body).await;
    let charge = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    assert_eq!(order.stand(&charge).await, "pre_authorized, created");
    (order, charge)
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_about_a_reservation_is_a_capture_at_the_provider() {
    let house = house().await;
    let (order, charge) = reserved_session(&house).await;
    notify(&house, &house.bank.take(&reference(&charge, 1), &reference(&charge, 1), 100)).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    assert_eq!(shown(&house, &charge).await, "authorized 100: capture success 100, pre_authorization success 100");
    assert_eq!(events(&house, &charge).await, ["pending", "pre_authorized", "authorized"]);
    // It is refunded as what was captured is.
    capture(&house, &charge).await.assert_status(400);
    void(&house, &charge, 40).await.assert_status(201);
    void_all(&house, &charge).await.assert_status(201);
    assert_eq!(order.stand(&charge).await, "voided, voided");
    house.assert_books_agree().await;

    // A part of it.
    let id = reserved(&house, 150).await;
    notify(&house, &house.bank.take(&reference(&id, 1), &reference(&id, 1), 90)).await;
    assert_eq!(shown(&house, &id).await, "authorized 90: capture success 90, pre_authorization success 150");
    void_all(&house, &id).await.assert_status(201);
    assert_eq!(status(&house, &id).await, "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_about_an_open_capture_ends_that_capture() {
    let house = house().await;
    for number in [1, 2] {
        let (order, charge) = reserved_session(&house).await;
        house.bank.treat(answers_no_query);
        house.bank.expect([Mood::LoseRequest]);
        assert_eq!(capture(&house, &charge).await.expect(201).text("/status"), "pre_authorized");
        notify(&house, &house.bank.take(&reference(&charge, 1), &reference(&charge, number), 100)).await;
        house.bank.treat_all_alike();
        assert_eq!(order.stand(&charge).await, "authorized, paid", "{number}");
        assert_eq!(entries(&house, &charge, "capture success 100").await, 1, "{number}");
        for _ in 0..3 {
            house.pass(HOUR).await;
        }
        assert_eq!(entries(&house, &charge, "capture success 100").await, 1, "{number}");
        assert_eq!(order.stand(&charge).await, "authorized, paid");
        assert_eq!(read(&house, &charge).await.body["amount"], 100);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_about_a_failed_capture_records_it_after_all() {
    let house = house().await;
    for (number, refused) in [(1, false), (2, false), (1, true), (2, true)] {
        let (order, charge) = reserved_session(&house).await;
        house.bank.expect([if refused { Mood::Decline("generic") } else { Mood::LoseRequest }]);
        capture(&house, &charge).await.assert_status(201);
        house.pass(LONG_AFTER).await;
        let failed = "pre_authorized 100: capture failed 100, pre_authorization success 100";
        assert_eq!(shown(&house, &charge).await, failed);
        notify(&house, &house.bank.take(&reference(&charge, 1), &reference(&charge, number), 100)).await;
        let done = "authorized 100: capture success 100, capture failed 100, pre_authorization success 100";
        assert_eq!(shown(&house, &charge).await, done, "{number}");
        assert_eq!(order.status().await, "paid");
        assert_eq!(events(&house, &charge).await.last(), Some(&"authorized"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_about_a_canceled_reservation_is_recorded_and_refunded() {
    let house = house().await;
    for how in ["voided", "let go"] {
        let (order, charge) = reserved_session(&house).await;
        if how == "voided" {
            void_all(&house, &charge).await.assert_status(201);
        } else {
            house.bank.let_go(&reference(&charge, 1));
            house.pass(8 * DAY).await;
        }
        assert_eq!(status(&house, &charge).await, "canceled");
        let session = order.status().await;
        let paid = house.bank.pay(&reference(&charge, 1), 100);
        // The bank has captured what it had let go.
        notify(&house, &paid).await;
        assert_eq!(alarmed("late_approval", &charge), 1, "{how}");
        assert_eq!(entries(&house, &charge, "authorization success 100").await, 1, "{how}");
        refunded_by_the_hub(&house, &charge).await;
        assert_eq!(status(&house, &charge).await, "voided", "{how}");
        assert_eq!(
            voids(&house, &charge).last().map(|void| (void.amount, void.payment.clone())),
            Some((100, reference(&charge, 1)))
        );
        assert_eq!(order.status().await, session, "{how}: the session is not touched");
        assert_eq!(read(&house, &charge).await.body["amount"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_its_acquirer_lets_go_ends_the_same_way_notified_or_found() {
    let house = house().await;
    for notified in [true, false] {
        let (order, charge) = reserved_session(&house).await;
        if notified {
            notify(&house, &house.bank.refund(&reference(&charge, 1), 100)).await;
        } else {
            house.bank.let_go(&reference(&charge, 1));
            house.pass(8 * DAY).await;
        }
        assert_eq!(order.stand(&charge).await, "canceled, created", "notified: {notified}");
        assert_eq!(shown(&house, &charge).await, "canceled 0: void success 100, pre_authorization success 100");
        assert_eq!(events(&house, &charge).await, ["pending", "pre_authorized", "canceled"]);
        let again = order.pay(&by_card(APPROVED)).await.expect(201);
        assert_eq!(again.text("/status"), "pre_authorized", "notified: {notified}");
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_is_let_go_in_parts_frees_its_session_with_the_last_one() {
    let house = house().await;
    let (order, charge) = reserved_session(&house).await;
    notify(&house, &house.bank.refund(&reference(&charge, 1), 40)).await;
    assert_eq!(order.stand(&charge).await, "pre_authorized, created");
    order.pay(&by_card(APPROVED)).await.assert_status(409);
    notify(&house, &house.bank.refund(&reference(&charge, 1), 60)).await;
    assert_eq!(order.stand(&charge).await, "canceled, created");
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    house.pass(AT_ONCE).await;
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_full_void_of_a_reservation_ends_its_charge() {
    let house = house().await;
    let id = create(
        &house,
        &with(tests::samples::card_charge(&house.client.merchant_id, APPROVED), "/capture", json!(false)),
    )
    .await;
    assert_eq!(void_all(&house, &id).await.expect(201).text("/status"), "canceled");
    house.pass(8 * DAY).await;
    assert_eq!((status(&house, &id).await.as_str(), voids(&house, &id).len()), ("canceled", 1));
}
