//! Notifications: each makes the hub read the payment, and says nothing by itself.

use domain::{charge::update::UpdateKind, merchant::Environment};
use providers::{CallbackError, CallbackRequest, Notified, Proof, Secrets, adapter};
use serde_json::{Value, json};

use crate::samples::{REFERENCE, account, charge, order};

fn notified(kind: &str, data: &Value) -> Value {
    json!({
        "id": "hook_RyEKQO789TRpZjv5", "type": kind, "created_at": "2026-01-05T12:00:00.0000000Z",
        "account": {"id": "acc_x", "name": "Loja"}, "data": data,
    })
}

/// Every kind of notification.
pub(crate) fn cases() -> Vec<(&'static str, Value)> {
    let of = |status: &str, last: &str| charge("credit_card", &json!({"status": status}), &json!({"status": last}));
    let paid = of("paid", "captured");
    let foreign = json!({"id": "ch_x", "code": "PEDIDO-42", "status": "paid", "amount": 150});
    vec![
        ("charge-paid", notified("charge.paid", &paid)),
        ("charge-underpaid", notified("charge.underpaid", &of("underpaid", "underpaid"))),
        ("charge-overpaid", notified("charge.overpaid", &of("overpaid", "overpaid"))),
        ("charge-payment-failed", notified("charge.payment_failed", &of("failed", "not_authorized"))),
        ("charge-refunded", notified("charge.refunded", &of("canceled", "refunded"))),
        ("charge-partial-canceled", notified("charge.partial_canceled", &of("paid", "partial_void"))),
        ("charge-chargedback", notified("charge.chargedback", &of("chargedback", "chargedback"))),
        ("charge-antifraud", notified("charge.antifraud_manual", &of("pending", "pending_review"))),
        ("order-paid", notified("order.paid", &order(&paid))),
        ("of-another-system", notified("charge.paid", &foreign)),
        ("without-code", notified("customer.created", &json!({"id": "cus_x"}))),
        ("without-data", json!({"id": "hook_1", "type": "order.paid"})),
        ("without-id", json!({"type": "charge.paid", "data": {"code": REFERENCE}})),
    ]
}

pub(crate) fn read(body: &Value) -> Notified {
    read_bytes(body.to_string().as_bytes())
}

fn read_bytes(body: &[u8]) -> Notified {
    let (account, secrets) = (account(Environment::Sandbox), Secrets::default());
    let request = CallbackRequest { headers: Vec::new(), query: Vec::new(), body };
    let proof = Proof { account: &account, secrets: &secrets, key: "a key of the hub" };
    adapter(&account).notification(&proof, &request, "2026-01-05T12:00:00.000Z".parse().unwrap())
}

#[test]
fn a_notification_makes_the_hub_read_the_payment_that_it_names() {
    for (name, body) in cases() {
        let updates = read(&body).unwrap();
        if ["of-another-system", "without-code", "without-data"].contains(&name) {
            assert_eq!(updates, [], "{name}");
            continue;
        }
        let [Ok(update)] = updates.as_slice() else { panic!("{name}: {updates:?}") };
        assert_eq!((update.reference.to_string().as_str(), &update.kind), (REFERENCE, &UpdateKind::Look), "{name}");
        if name != "without-id" {
            assert_eq!(update.id, "hook_RyEKQO789TRpZjv5");
        }
    }
}

#[test]
fn a_notification_without_a_usable_id_is_known_by_its_body() {
    let id = |id: &Value, status: &str| {
        let body = json!({"id": id, "data": {"code": REFERENCE, "status": status}});
        read(&body).unwrap().remove(0).unwrap().id
    };
    for unusable in [json!(null), json!(""), json!("a b"), json!("h".repeat(65))] {
        assert_eq!(id(&unusable, "paid"), id(&unusable, "paid"));
        assert_ne!(id(&unusable, "paid"), id(&unusable, "failed"));
        assert_eq!(id(&unusable, "paid").len(), 64);
    }
}

#[test]
fn what_is_no_json_cannot_be_read_and_other_json_names_nothing() {
    let body = cases().remove(0).1.to_string();
    for end in 0..body.len() {
        assert_eq!(read_bytes(&body.as_bytes()[..end]), Err(CallbackError::Unreadable));
    }
    for other in ["[]", "7", "null", "{}", r#"{"id":7}"#, r#"{"data":[]}"#, r#"{"data":{"code":7}}"#] {
        assert_eq!(read_bytes(other.as_bytes()), Ok(Vec::new()), "{other}");
    }
}
