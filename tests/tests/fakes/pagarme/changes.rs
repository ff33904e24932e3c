//! Captures and cancellations, right and wrong.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Shop, boleto_order, captured, charge_of, pix_order, reserved, state};

#[tokio::test]
async fn a_reservation_is_captured_once_and_its_rest_is_released() {
    for (body, transaction, paid) in [(json!({}), "captured", 150), (json!({"amount": 75}), "partial_capture", 75)] {
        let shop = Shop::open().await;
        let charge = charge_of(&shop.ordered(&reserved("a")).await);
        let (status, answer) = shop.captures(&charge, &body).await;
        assert_eq!((status, state(&answer)), (200, ("paid", transaction, Some(paid), None)));
        assert_eq!(shop.captures(&charge, &json!({"amount": 1})).await.0, 412);
        let booked = shop.fake.of("a");
        assert_eq!((booked.reserved, booked.taken, booked.net()), (0, paid, paid));
    }
}

#[tokio::test]
async fn a_capture_of_too_much_too_late_or_of_nothing_is_refused() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&reserved("a")).await);
    assert_eq!(shop.captures(&charge, &json!({"amount": 151})).await.0, 412);
    for body in [json!({"amount": 0}), json!({"amount": "75"}), json!({"total": 75})] {
        assert_eq!(shop.captures(&charge, &body).await.0, 422, "{body}");
    }
    assert_eq!(shop.captures("ch_1", &json!({})).await.0, 404);
    let pix = charge_of(&shop.ordered(&pix_order("b")).await);
    assert_eq!(shop.captures(&pix, &json!({})).await.0, 412);
    shop.clock.advance(Duration::from_hours(5 * 24));
    assert_eq!(shop.captures(&charge, &json!({})).await.0, 412);
    assert_eq!(shop.fake.net(), 0);
}

#[tokio::test]
async fn a_reservation_is_undone_whole() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&reserved("a")).await);
    assert_eq!(shop.cancels(&charge, &json!({"amount": 75})).await.0, 412);
    let (status, answer) = shop.cancels(&charge, &json!({})).await;
    assert_eq!((status, state(&answer)), (200, ("canceled", "voided", None, Some(150))));
    assert_eq!(shop.captures(&charge, &json!({})).await.0, 412);
    assert_eq!(shop.cancels(&charge, &json!({})).await.0, 412);
    let booked = shop.fake.of("a");
    assert_eq!((booked.reserved, booked.taken, booked.given_back), (0, 0, 0));
}

#[tokio::test]
async fn a_card_is_refunded_in_parts_until_nothing_is_left() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&captured("a")).await);
    let (_, part) = shop.cancels(&charge, &json!({"amount": 50})).await;
    assert_eq!(state(&part), ("paid", "partial_void", Some(150), Some(50)));
    assert_eq!(shop.cancels(&charge, &json!({"amount": 101})).await.0, 412);
    assert_eq!(shop.fake.of("a").net(), 100);
    shop.clock.advance(Duration::from_hours(24));
    let (_, part) = shop.cancels(&charge, &json!({"amount": 25})).await;
    assert_eq!(state(&part), ("paid", "partial_refunded", Some(150), Some(75)));
    let (_, rest) = shop.cancels(&charge, &json!({})).await;
    assert_eq!(state(&rest), ("canceled", "refunded", Some(150), Some(150)));
    assert_eq!(shop.cancels(&charge, &json!({})).await.0, 412);
    assert_eq!(shop.fake.net(), 0);
}

/// No page says that a key covers a cancellation: the same request again gives back again.
#[tokio::test]
async fn a_cancellation_has_no_key() {
    let shop = Shop::open().await;
    let path = format!("/charges/{}", charge_of(&shop.ordered(&captured("a")).await));
    for _ in 0..2 {
        shop.send(reqwest::Method::DELETE, &path, Some(&json!({"amount": 50})), Some("k")).await;
    }
    assert_eq!(shop.fake.of("a").given_back, 100);
}

#[tokio::test]
async fn a_refund_of_a_pix_is_on_its_way_before_it_settles() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&pix_order("a")).await);
    let _ = shop.fake.pays("a", 150);
    let (_, part) = shop.cancels(&charge, &json!({"amount": 50})).await;
    assert_eq!(state(&part), ("paid", "pending_refund", Some(150), None));
    assert_eq!(shop.cancels(&charge, &json!({"amount": 101})).await.0, 412);
    let booked = shop.fake.of("a");
    assert_eq!((booked.refunding, booked.given_back, booked.net()), (50, 0, 150));
    let _ = shop.fake.refund_settles("a");
    let (_, read) = shop.get(&format!("/charges/{charge}")).await;
    assert_eq!(state(&read), ("paid", "partial_refunded", Some(150), Some(50)));
    shop.fake.refunds_pix_at_once();
    let (_, rest) = shop.cancels(&charge, &json!({})).await;
    assert_eq!(state(&rest), ("canceled", "refunded", Some(150), Some(150)));
}

#[tokio::test]
async fn a_boleto_is_refunded_to_a_bank_account() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&boleto_order("a")).await);
    let _ = shop.fake.pays("a", 150);
    let (status, answer) = shop.cancels(&charge, &json!({})).await;
    assert_eq!(status, 422);
    assert!(answer["errors"]["charge.bank_account"].is_array());
    let (status, answer) = shop.cancels(&charge, &json!({"bank_account": {"bank": "341"}})).await;
    assert_eq!((status, state(&answer)), (200, ("canceled", "refunded", Some(150), Some(150))));
}

#[tokio::test]
async fn an_unpaid_pix_or_boleto_is_canceled() {
    let shop = Shop::open().await;
    for body in [pix_order("a"), boleto_order("b")] {
        let order = shop.ordered(&body).await;
        let charge = charge_of(&order);
        let (status, answer) = shop.cancels(&charge, &json!({})).await;
        assert_eq!((status, state(&answer)), (200, ("canceled", "voided", None, Some(150))));
        let (_, read) = shop.get(&format!("/orders/{}", order["id"].as_str().unwrap())).await;
        assert_eq!(read["status"], "canceled");
        assert_eq!(shop.cancels(&charge, &json!({})).await.0, 412);
    }
}

#[tokio::test]
async fn wrong_cancellations_are_refused() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&captured("a")).await);
    for body in [json!({"amount": 0}), json!({"amount": "75"}), json!({"code": "x"}), json!({"bank_account": "x"})] {
        assert_eq!(shop.cancels(&charge, &body).await.0, 422, "{body}");
    }
    assert_eq!(shop.cancels("ch_1", &json!({})).await.0, 404);
    let path = format!("/charges/{charge}");
    assert_eq!(shop.send(reqwest::Method::DELETE, &path, None, None).await.0, 400, "a body is required");
    assert_eq!(shop.send(reqwest::Method::DELETE, &path, Some(&Value::Null), None).await.0, 400);
    assert_eq!(shop.fake.net(), 150);
}
