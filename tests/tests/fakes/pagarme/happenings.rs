//! What happens without a request, and its notifications.

use std::time::Duration;

use serde_json::{Value, json};
use tests::fakes::pagarme::{DECLINED, Decision, Notification, REVIEWED};

use super::{Shop, boleto_order, captured, card_order, charge_of, pix_order, state};

fn body(notification: &Notification) -> Value {
    serde_json::from_str(&notification.body).unwrap()
}

#[tokio::test]
async fn a_pix_is_paid_whole_less_or_more() {
    for (amount, status) in [(150, "paid"), (149, "underpaid"), (151, "overpaid")] {
        let shop = Shop::open().await;
        let charge = charge_of(&shop.ordered(&pix_order("a")).await);
        let paid = body(&shop.fake.pays("a", amount));
        assert_eq!(paid["type"], format!("charge.{status}"));
        assert_eq!(state(&paid["data"]), (status, status, Some(amount), None));
        let (_, read) = shop.get(&format!("/charges/{charge}")).await;
        assert_eq!(state(&read), (status, status, Some(amount), None));
        assert_eq!(read["last_transaction"]["end_to_end_id"].as_str().unwrap().len(), 32);
        assert_eq!((shop.fake.of("a").taken, shop.fake.net()), (amount, amount));
    }
}

#[tokio::test]
async fn a_late_payment_comes_after_the_expiry_or_the_cancellation() {
    let shop = Shop::open().await;
    shop.ordered(&pix_order("expired")).await;
    shop.ordered(&pix_order("over")).await;
    let boleto = charge_of(&shop.ordered(&boleto_order("canceled")).await);
    let expired = body(&shop.fake.expires("expired"));
    assert_eq!((&expired["type"], &expired["data"]["status"]), (&json!("charge.payment_failed"), &json!("failed")));
    shop.clock.advance(Duration::from_hours(2));
    shop.cancels(&boleto, &json!({})).await;
    for name in ["expired", "over", "canceled"] {
        let paid = body(&shop.fake.pays(name, 150));
        assert_eq!(state(&paid["data"]), ("paid", "paid", Some(150), None), "{name}");
    }
    shop.clock.advance(Duration::from_hours(2));
    assert_eq!(shop.fake.net(), 450, "what is paid expires no more");
}

#[tokio::test]
async fn a_notification_has_the_published_form() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&pix_order("a")).await);
    let first = shop.fake.pays("a", 150);
    let paid = body(&first);
    assert!(first.id().starts_with("hook_"));
    assert_eq!(paid["account"]["name"], "Loja");
    let created_at = paid["created_at"].as_str().unwrap();
    assert_eq!((created_at.len(), &created_at[19..20], &created_at[23..]), (28, ".", "0000Z"));
    let data = paid["data"].as_object().unwrap();
    let fields: Vec<_> = data.keys().map(String::as_str).collect();
    assert_eq!(fields, ["amount", "code", "id", "last_transaction", "paid_amount", "payment_method", "status"]);
    assert_eq!((&data["id"], &data["code"]), (&json!(charge), &json!("a")));
    let again = shop.fake.notifies("charge.paid", "a");
    assert_eq!(body(&again)["data"], paid["data"]);
    assert_ne!(again.id(), first.id());
    let order = body(&shop.fake.notifies("order.paid", "a"));
    assert_eq!((&order["data"]["status"], &order["data"]["charges"][0]["id"]), (&json!("paid"), &json!(charge)));
}

#[tokio::test]
async fn a_refund_settles_or_fails_even_after_it_was_done() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&pix_order("a")).await);
    let _ = shop.fake.pays("a", 150);
    shop.cancels(&charge, &json!({"amount": 50})).await;
    shop.fake.refund_fails("a");
    let read = async || shop.get(&format!("/charges/{charge}")).await.1;
    assert_eq!(state(&read().await), ("paid", "failed", Some(150), None));
    shop.cancels(&charge, &json!({"amount": 50})).await;
    let part = body(&shop.fake.refund_settles("a"));
    assert_eq!((&part["type"], state(&part["data"]).3), (&json!("charge.partial_canceled"), Some(50)));
    shop.cancels(&charge, &json!({})).await;
    let whole = body(&shop.fake.refund_settles("a"));
    assert_eq!(whole["type"], "charge.refunded");
    assert_eq!(state(&whole["data"]), ("canceled", "refunded", Some(150), Some(150)));
    assert_eq!(shop.fake.net(), 0);
    shop.fake.refund_fails("a");
    assert_eq!(state(&read().await), ("paid", "failed", Some(150), Some(50)));
    assert_eq!((shop.fake.of("a").given_back, shop.fake.net()), (50, 100));
}

#[tokio::test]
async fn the_oldest_of_several_refunds_ends_first() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&pix_order("a")).await);
    let _ = shop.fake.pays("a", 150);
    for amount in [50, 75] {
        shop.cancels(&charge, &json!({"amount": amount})).await;
    }
    let _ = shop.fake.refund_settles("a");
    let booked = shop.fake.of("a");
    assert_eq!((booked.given_back, booked.refunding), (50, 75));
}

#[tokio::test]
async fn a_charge_back_takes_what_is_left() {
    let shop = Shop::open().await;
    let charge = charge_of(&shop.ordered(&captured("a")).await);
    shop.cancels(&charge, &json!({"amount": 50})).await;
    let back = body(&shop.fake.charges_back("a"));
    assert_eq!(back["type"], "charge.chargedback");
    assert_eq!(state(&back["data"]), ("chargedback", "chargedback", Some(150), Some(50)));
    let booked = shop.fake.of("a");
    assert_eq!((booked.given_back, booked.charged_back, booked.net()), (50, 100, 0));
    assert_eq!(shop.cancels(&charge, &json!({"amount": 1})).await.0, 412);
}

#[tokio::test]
async fn a_review_ends_in_a_reservation() {
    let shop = Shop::open().await;
    shop.ordered(&card_order("a", "pre_auth", REVIEWED)).await;
    let decided = body(&shop.fake.decides("a", Decision::Approve));
    assert_eq!(decided["type"], "charge.pending");
    assert_eq!((state(&decided["data"]).1, shop.fake.of("a").reserved), ("authorized_pending_capture", 150));
}

#[tokio::test]
async fn a_lie_changes_no_books() {
    let shop = Shop::open().await;
    shop.ordered(&card_order("a", "auth_only", DECLINED)).await;
    let lie = body(&shop.fake.lies("charge.paid", "a", &json!({"status": "paid", "paid_amount": 150})));
    assert_eq!((&lie["type"], &lie["data"]["status"]), (&json!("charge.paid"), &json!("paid")));
    assert_eq!((shop.fake.of("a").status, shop.fake.net()), ("failed", 0));
}
