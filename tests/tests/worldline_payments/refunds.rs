//! Refunds: their references, and how many there may be.

use serde_json::{Value, json};
use tests::{
    bank::{BankReply, reference},
    hub::LONG_AFTER,
    samples::APPROVED,
    worldline_shop::plain,
};

use crate::answers::{charge_of, open, refused, standing, without_request};

/// A refund without a reference of its own has that of its payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_keeps_the_reference_that_it_was_made_with() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
    let part = |references: Value| json!({"amountOfMoney": {"amount": 30, "currencyCode": "BRL"}, "refundReferences": references});
    let own = part(json!({"merchantReference": "Refund-1", "descriptor": "Loja"}));
    let refund = format!("{path}/refund");
    let first = server.post_with_key(&refund, &own, "refund-1").await.expect(201);
    let second = server.post(&refund, &part(json!({}))).await.expect(201);
    let references = |name: &str| json!({"merchantReference": name, "paymentReference": "0"});
    for (refund, name) in [(&first, "Refund-1"), (&second, "AcmeOrder0001")] {
        assert_eq!(refund.body["refundOutput"]["references"], references(name));
        let read = server.get(&format!("/refunds/{}", refund.text("/id"))).await.expect(200);
        assert_eq!(read.body, refund.body);
    }
    assert_eq!(server.post_with_key(&refund, &json!({}), "refund-1").await.expect(201).body, first.body);
    assert_eq!(server.get(&path).await.body["paymentOutput"]["references"], references("AcmeOrder0001"));
    for wrong in [json!(APPROVED), json!("a".repeat(51)), json!(7)] {
        let answer = server.post(&refund, &part(json!({"merchantReference": wrong}))).await;
        assert_eq!(refused(&answer, 400), ("1099", "refundReferences.merchantReference"), "{wrong}");
    }
    hub.assert_books_agree().await;
}

/// A provider may confirm a refund days later. What is left beside it is refunded meanwhile, as the flags say.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_refund_under_way_leaves_is_refunded_and_no_more() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    let refund = format!("{path}/refund");
    server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
    let part = |amount: u64| json!({"amountOfMoney": {"amount": amount, "currencyCode": "BRL"}});
    hub.bank.expect([BankReply::LoseAnswer]);
    let first = server.post(&refund, &part(30)).await.expect(201);
    assert_eq!(standing(&first.body), "REFUND_REQUESTED 800 -/f/-");
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    for above in [71, 100, 101] {
        let answer = server.post(&refund, &part(above)).await;
        assert_eq!(refused(&answer, 400), ("1099", "amountOfMoney.amount"), "{above}");
    }
    hub.bank.expect([BankReply::LoseAnswer]);
    let rest = server.post(&refund, &json!({})).await.expect(201);
    assert_eq!(rest.body["refundOutput"]["amountOfMoney"]["amount"], 70);
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/f");
    for body in [json!({}), part(1)] {
        assert_eq!(refused(&server.post(&refund, &body).await, 400).0, "300450", "{body}");
    }
    hub.pass(LONG_AFTER).await;
    assert_eq!(standing(&server.get(&path).await.body), "REFUNDED null f/f/f");
    hub.assert_books_agree().await;
}

/// A shop reads the flags before it asks: they follow the bound of a payment's requests.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_without_requests_left_is_not_refundable() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
    let one = json!({"amountOfMoney": {"amount": 1, "currencyCode": "BRL"}});
    let mut refunds = 0;
    while server.get(&path).await.body["statusOutput"]["isRefundable"] == true {
        server.post(&format!("{path}/refund"), &one).await.assert_status(201);
        refunds += 1;
    }
    assert!((10..60).contains(&refunds), "{refunds}");
    assert_eq!(refused(&server.post(&format!("{path}/refund"), &one).await, 400).0, "300450");
    hub.assert_books_agree().await;
}

/// The bank takes a refund back days after its success: the merchant has the money again, and the shopper has none.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_came_back_is_rejected_and_its_answer_stays() {
    let (hub, server) = open().await;
    let id = server.pays(&plain(APPROVED)).await;
    let path = format!("/payments/{id}");
    server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
    let refund = server.post_with_key(&format!("{path}/refund"), &json!({}), "refund-1").await.expect(201);
    assert_eq!(standing(&refund.body), "REFUNDED null -/f/-");
    hub.provider.notifies(&hub.bank.fail_refund(&reference(&charge_of(&id), 3))).await;
    let read = server.get(&format!("/refunds/{}", refund.text("/id"))).await.expect(200);
    assert_eq!(standing(&read.body), "REJECTED 1850 -/f/-");
    let listed = server.get(&format!("{path}/refunds")).await.expect(200);
    assert_eq!(without_request(&listed.body), without_request(&json!({"refunds": [read.body]})));
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    let again = server.post_with_key(&format!("{path}/refund"), &json!({}), "refund-1").await.expect(201);
    assert_eq!(again.body, refund.body);
    hub.assert_books_agree().await;
}
