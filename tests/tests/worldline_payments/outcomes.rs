//! Declines and unknown outcomes.

use serde_json::{Value, json};
use tests::{
    bank::BankReply,
    hub::LONG_AFTER,
    samples::{APPROVED, DECLINED},
    worldline_shop::plain,
};

use crate::answers::{open, refused, standing};

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_is_an_error_with_the_payment_inside() {
    let (hub, server) = open().await;
    let declined = server.post("/payments", &plain(DECLINED)).await;
    assert_eq!(refused(&declined, 402), ("430330", ""));
    assert_eq!(declined.text("/errors/0/message"), "Not authorised");
    assert!(declined.headers.get("location").is_none());
    let payment = &declined.body["paymentResult"]["payment"];
    assert_eq!(standing(payment), "REJECTED 100 f/f/f");
    assert_eq!(payment["statusOutput"]["errors"], declined.body["errors"]);
    assert!(payment["paymentOutput"]["cardPaymentMethodSpecificOutput"].get("card").is_none());
    let path = format!("/payments/{}", payment["id"].as_str().unwrap());
    assert_eq!(standing(&server.get(&path).await.expect(200).body), "REJECTED 100 f/f/f");
    for (code, of_worldline) in [
        ("insufficient_funds", "430360"),
        ("fraud_suspect", "430421"),
        ("not_permitted", "430285"),
        ("blocked_card", "430285"),
        ("expired_card", "430330"),
        ("invalid_cvv", "430330"),
    ] {
        hub.bank.expect([BankReply::Decline(code)]);
        assert_eq!(refused(&server.post("/payments", &plain(APPROVED)).await, 402).0, of_worldline, "{code}");
    }
    hub.assert_books_agree().await;
}

/// A shop invoices what the answer says.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_a_part_is_answered_with_that_part_also_where_its_outcome_is_unknown() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    let approval = (format!("{path}/approve"), json!({"amount": 80}));
    hub.bank.expect([BankReply::LoseAnswer]);
    let amount = |payment: &Value| payment["paymentOutput"]["amountOfMoney"]["amount"].clone();
    let approved = server.post_with_key(&approval.0, &approval.1, "key").await.expect(200);
    assert_eq!(standing(&approved.body["payment"]), "CAPTURE_REQUESTED 800 t/f/f");
    for _ in 0..2 {
        let again = server.post_with_key(&approval.0, &approval.1, "key").await.expect(200);
        assert_eq!((amount(&again.body["payment"]), &again.body), (json!(80), &approved.body));
        assert_eq!(amount(&server.get(&path).await.body), 80);
        hub.pass(LONG_AFTER).await;
    }
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_never_a_rejection() {
    let (hub, server) = open().await;
    for reply in [BankReply::LoseAnswer, BankReply::Stumble, BankReply::Babble] {
        hub.bank.expect([reply]);
        let made = server.post_with_key("/payments", &plain(APPROVED), &format!("{reply:?}")).await.expect(201);
        assert_eq!(standing(&made.body["payment"]), "AUTHORIZATION_REQUESTED null f/f/f", "{reply:?}");
        let path = format!("/payments/{}", made.text("/payment/id"));
        assert_eq!(refused(&server.post_nothing(&format!("{path}/approve")).await, 402).0, "402");
        hub.pass(LONG_AFTER).await;
        assert_eq!(standing(&server.get(&path).await.body), "PENDING_APPROVAL 600 t/t/f", "{reply:?}");
        hub.bank.expect([reply]);
        let canceled = server.post_nothing(&format!("{path}/cancel")).await.expect(200);
        assert_eq!(canceled.text("/cardPaymentMethodSpecificOutput/voidResponseId"), "98", "{reply:?}");
        assert_eq!(standing(&canceled.body["payment"]), "PENDING_APPROVAL 600 t/f/f", "{reply:?}");
        hub.pass(LONG_AFTER).await;
        assert_eq!(standing(&server.get(&path).await.body), "CANCELLED 99999 f/f/f", "{reply:?}");
    }
    hub.assert_books_agree().await;
}
