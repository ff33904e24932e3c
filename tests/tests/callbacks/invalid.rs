//! What is wrong in a notification: it is refused, or changes nothing.

use domain::limits::MAX_BODY;
use serde_json::json;
use tests::{
    TestHub,
    bank::reference,
    log::{alarms, lines_of, listen},
    samples::{APPROVED, card_charge, reservation, with},
};

use super::{call_of, pay, pix, rewritten, sent_update, update_of, updates, with_updates};

const UNREADABLE: &str = "this call cannot be read; nothing was done";

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_update_does_not_stop_the_others_of_its_notification() {
    listen("error");
    let hub = TestHub::build().await;
    let unreadable = || lines_of("unreadable_notification").len();
    let (id, other) = (pix(&hub).await, pix(&hub).await);
    let update = pay(&hub, &id);
    let (good, beside) = (update_of(&update), update_of(&pay(&hub, &other)));
    for text in ["", "paid", "null", "7", "[]", "{}", "{\"notices\": null}", "{\"notices\": []}", "{\"notices\": {}}"] {
        let unreadable = hub.refuses(hub.provider.sends(&rewritten(&hub, &update, text)), 400).await;
        let error = (unreadable.text("/error/type"), unreadable.text("/error/message"));
        assert_eq!(error, ("invalid_request_error", UNREADABLE), "{text}");
    }
    hub.refuses(hub.provider.sends(&rewritten(&hub, &update, &"[".repeat(10_000))), 400).await;
    for (field, value) in [
        ("id", json!(null)),
        ("id", json!("")),
        ("id", json!("x".repeat(65))),
        ("id", json!("a\"b")),
        ("id", json!("olá")),
        ("id", json!(7)),
        ("reference", json!(null)),
        ("reference", json!(id)),
        ("reference", json!(reference(&id, 1).to_uppercase())),
        ("reference", json!(format!("{}1", reference(&id, 1)))),
        ("news", json!("payed")),
        ("news", json!(null)),
        ("amount", json!(null)),
        ("amount", json!(0)),
        ("amount", json!(-150)),
        ("amount", json!(150.5)),
        ("amount", json!("150")),
        ("amount", json!(1_000_000_000_000_u64)),
    ] {
        let wrong = with(good.clone(), &format!("/{field}"), value);
        // It is accepted: a provider that sends one notification after another would send no other.
        let before = unreadable();
        hub.provider.notifies(&with_updates(&hub, &update, std::slice::from_ref(&wrong))).await;
        assert_eq!((hub.merchant.charge_status(&id).await.as_str(), unreadable()), ("pending", before + 1));
        hub.provider.notifies(&with_updates(&hub, &update, &[wrong, beside.clone()])).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "pending");
        assert_eq!(hub.merchant.charge_status(&other).await, "authorized");
    }
    let unknown = json!({"id": "no", "reference": reference(&id, 1), "news": "not_paid", "code": "bad_weather"});
    hub.provider.notifies(&with_updates(&hub, &update, &[unknown])).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    // Unknown fields of a valid update are ignored.
    let more = with(good, "/weather", json!({"is": "bad"}));
    hub.provider.notifies(&with_updates(&hub, &update, &[more, beside])).await;
    assert_eq!(
        (hub.merchant.charge_status(&id).await, hub.merchant.charge_status(&other).await),
        ("authorized".to_owned(), "authorized".to_owned())
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_is_too_large_is_refused() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    let padded = |length: usize| {
        let body = call_of(&[update_of(&update)]);
        let room = " ".repeat(length - body.len());
        rewritten(&hub, &update, &format!("{body}{room}"))
    };
    let refused = hub.refuses(hub.provider.sends(&padded(MAX_BODY + 1)), 413).await;
    assert_eq!(refused.text("/error/type"), "bad_request");
    hub.refuses(hub.provider.sends(&padded(4 * 1024 * 1024)), 413).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    hub.provider.notifies(&padded(MAX_BODY)).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    hub.assert_books_agree().await;
}

/// An update with an impossible amount changes nothing, and an alarm calls the operator.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_with_an_impossible_amount_changes_nothing() {
    listen("error");
    let hub = TestHub::build().await;
    let sent = sent_update(&hub).await;
    let about = |id: &str, kind: &str, amount: u64| json!({"id": format!("{kind} {amount} {id}"), "reference": reference(id, 1), "news": kind, "amount": amount});
    let id = pix(&hub).await;
    hub.provider.notifies(&pay(&hub, &id)).await;
    let before = hub.merchant.reads_charge(&id).await;
    for wrong in [about(&id, "refunded", 151), about(&id, "refund_begun", 151), about(&id, "refund_reverted", 151)] {
        hub.provider.notifies(&with_updates(&hub, &sent, &[wrong])).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body);
    }
    assert_eq!((updates(&hub, "unresolved").await, hub.waiting_updates().await.len()), (3, 0));
    assert_eq!((alarms("refund_above_residual", &id), alarms("reversal_above_refunds", &id)), (2, 1));
    // Reserved money cannot be refunded.
    let reserved = hub.merchant.charges(&reservation(&hub.merchant.id)).await;
    let card = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    let of_card = hub.bank.dispute(&reference(&card, 1));
    let wrong = [about(&reserved, "refund_reverted", 1), about(&reserved, "refund_begun", 1)];
    hub.provider.notifies(&with_updates(&hub, &of_card, &wrong)).await;
    assert_eq!(
        (hub.merchant.charge_status(&reserved).await.as_str(), alarms("refund_of_reserved_money", &reserved)),
        ("pre_authorized", 2)
    );
    hub.provider.notifies(&of_card).await;
    hub.assert_books_agree().await;
}
