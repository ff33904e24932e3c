//! Approvals and cancels, and the flags by which a shop chooses.

use serde_json::{Value, json};
use tests::{
    bank::{BankReply, BookedStatus, reference},
    hub::{LONG_AFTER, PUBLIC_URL},
    samples::{APPROVED, with},
    worldline_shop::{encrypted, plain},
};

use crate::answers::{charge_of, open, refused, standing};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_waits_for_its_approval_and_is_refunded_in_parts() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let made = server.post("/payments", &encrypted(&page.encrypts(APPROVED))).await.expect(201);
    let id = made.text("/payment/id").to_owned();
    assert_eq!(standing(&made.body["payment"]), "PENDING_APPROVAL 600 t/t/f");
    assert_eq!(made.headers["location"], format!("{PUBLIC_URL}/v1/{}/payments/{id}", server.merchant()).as_str());
    assert_eq!((made.text("/creationOutput/externalReference"), id.len()), (id.as_str(), 30));
    assert_eq!(made.text("/creationOutput/additionalReference"), &id[..20]);
    let output = &made.body["payment"]["paymentOutput"];
    assert_eq!(output["amountOfMoney"], json!({"amount": 100, "currencyCode": "BRL"}));
    assert_eq!(output["references"], json!({"merchantReference": "AcmeOrder0001", "paymentReference": "0"}));
    let card = &output["cardPaymentMethodSpecificOutput"];
    assert_eq!((&card["paymentProductId"], &card["card"]["cardNumber"]), (&json!(1), &json!("************7814")));
    assert_eq!(card["card"]["expiryDate"], "1230");
    // A payment is a bare object where it is read.
    let path = format!("/payments/{id}");
    assert_eq!(server.get(&format!("{path}?returnOperations=True")).await.expect(200).body, made.body["payment"]);
    // Both APIs read it.
    let charge = hub.merchant.reads_charge(&charge_of(&id)).await.expect(200);
    assert_eq!((charge.text("/status"), charge.text("/orderId")), ("pre_authorized", "AcmeOrder0001"));
    assert_eq!(hub.merchant.reads_charge(&id).await.body, charge.body, "by its id here too");

    let approved = server.post(&format!("{path}/approve"), &json!({"amount": 80})).await.expect(200);
    assert_eq!(standing(&approved.body["payment"]), "CAPTURE_REQUESTED 800 t/f/t");
    assert_eq!(approved.body["payment"]["paymentOutput"]["amountOfMoney"]["amount"], 80);
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    let again = server.post(&format!("{path}/approve"), &json!({})).await;
    assert_eq!(refused(&again, 402), ("402", ""));
    assert_eq!(again.text("/errors/0/message"), "UNKNOWN_ORDER_OR_NOT_PENDING");
    assert_eq!(refused(&server.post_nothing(&format!("{path}/cancel")).await, 402).0, "402");

    let part =
        |amount: u64| json!({"amountOfMoney": {"amount": amount, "currencyCode": "BRL"}, "refundReason": "OTHER"});
    let first = server.post(&format!("{path}/refund"), &part(30)).await.expect(201);
    assert_eq!(standing(&first.body), "REFUNDED null -/f/-");
    assert_eq!(first.body["refundOutput"]["amountOfMoney"]["amount"], 30);
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    assert_eq!(server.get(&path).await.body["paymentOutput"]["amountRefunded"], 30);
    let above = server.post(&format!("{path}/refund"), &part(51)).await;
    assert_eq!(refused(&above, 400), ("1099", "amountOfMoney.amount"));
    let rest = server.post(&format!("{path}/refund"), &json!({})).await.expect(201);
    assert_eq!(rest.body["refundOutput"]["amountOfMoney"]["amount"], 50);
    assert_eq!(standing(&server.get(&path).await.body), "REFUNDED null f/f/f");
    assert_eq!(refused(&server.post(&format!("{path}/refund"), &json!({})).await, 400).0, "300450");

    let refunds = server.get(&format!("{path}/refunds")).await.expect(200);
    assert_eq!(refunds.body["refunds"], json!([first.body, rest.body]));
    for refund in [&first, &rest] {
        let id = refund.text("/id");
        assert_eq!(refund.headers["location"], format!("{PUBLIC_URL}/v1/{}/refunds/{id}", server.merchant()).as_str());
        assert_eq!(server.get(&format!("/refunds/{id}")).await.expect(200).body, refund.body);
        assert_eq!((id.len(), &id[..27]), (30, &made.text("/payment/id")[..27]));
    }
    let holding = hub.bank.books().remove(&reference(&charge_of(&id), 1)).unwrap();
    assert_eq!((holding.status, holding.ledger.refunded), (BookedStatus::Taken, 80));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_payment_is_released_once_and_is_never_refunded() {
    let (hub, server) = open().await;
    let id = server.pays(&plain(APPROVED)).await;
    let path = format!("/payments/{id}");
    let canceled = server.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    assert_eq!(standing(&canceled.body["payment"]), "CANCELLED 99999 f/f/f");
    assert_eq!(canceled.text("/cardPaymentMethodSpecificOutput/voidResponseId"), "00");
    let card = |payment: &Value| payment["paymentOutput"]["cardPaymentMethodSpecificOutput"]["card"].clone();
    let shown = json!({"cardNumber": "************7814", "expiryDate": "1230"});
    assert_eq!(card(&canceled.body["payment"]), shown);
    let refunded = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    for action in ["approve", "refund"] {
        let answer = server.post_nothing(&format!("{refunded}/{action}")).await;
        assert!(answer.status < 300, "{}", answer.body);
    }
    let refunded = server.get(&refunded).await.expect(200);
    assert_eq!((refunded.text("/status"), card(&refunded.body)), ("REFUNDED", shown));
    for (action, code) in [("cancel", "402"), ("approve", "402")] {
        assert_eq!(refused(&server.post_nothing(&format!("{path}/{action}")).await, 402).0, code);
    }
    assert_eq!(refused(&server.post_nothing(&format!("{path}/refund")).await, 400).0, "300450");
    assert_eq!(server.get(&format!("{path}/refunds")).await.expect(200).body, json!({"refunds": []}));
    hub.assert_books_agree().await;
}

/// A reservation is not refunded, and a captured payment not canceled: Worldline's plug-in chooses by the flags.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_cancellable_or_refundable_and_never_both() {
    let (hub, server) = open().await;
    let at_once = with(plain(APPROVED), "/cardPaymentMethodSpecificInput/requiresApproval", json!(false));
    let paid = server.post("/payments", &at_once).await.expect(201);
    assert_eq!(standing(&paid.body["payment"]), "CAPTURE_REQUESTED 800 t/f/t");
    let path = format!("/payments/{}", paid.text("/payment/id"));
    assert_eq!(refused(&server.post_nothing(&format!("{path}/cancel")).await, 402).0, "402");
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    let reserved = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    assert_eq!(refused(&server.post(&format!("{reserved}/refund"), &json!({})).await, 400).0, "300450");
    assert_eq!(standing(&server.get(&reserved).await.body), "PENDING_APPROVAL 600 t/t/f");
    hub.assert_books_agree().await;
}

/// Malga's API may release a part of a reservation. As long as that is under way, what waits for it is a conflict.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_beside_another_one_is_a_conflict_until_that_has_ended() {
    let (hub, server) = open().await;
    let id = server.pays(&plain(APPROVED)).await;
    let path = format!("/payments/{id}");
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.merchant.voids(&charge_of(&id), &json!({"amount": 30})).await.assert_status(201);
    assert_eq!(standing(&server.get(&path).await.body), "PENDING_APPROVAL 600 t/f/f");
    for action in ["cancel", "approve"] {
        let answer = server.post_nothing(&format!("{path}/{action}")).await;
        assert_eq!(refused(&answer, 409).0, "1409", "{action}");
    }
    assert_eq!(refused(&server.post_nothing(&format!("{path}/refund")).await, 400).0, "300450");
    hub.pass(LONG_AFTER).await;
    assert_eq!(standing(&server.get(&path).await.body), "PENDING_APPROVAL 600 t/t/f");
    let canceled = server.post_nothing(&format!("{path}/cancel")).await.expect(200);
    assert_eq!(standing(&canceled.body["payment"]), "CANCELLED 99999 f/f/f");
    hub.assert_books_agree().await;
}

/// The state is as it was: the caller learns it by the error alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_the_provider_declines_changes_nothing() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    for action in ["approve", "cancel"] {
        hub.bank.expect([BankReply::Decline("generic")]);
        assert_eq!(refused(&server.post_nothing(&format!("{path}/{action}")).await, 402).0, "430330", "{action}");
        assert_eq!(standing(&server.get(&path).await.body), "PENDING_APPROVAL 600 t/t/f", "{action}");
    }
    server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
    hub.bank.expect([BankReply::Decline("generic")]);
    let declined = server.post(&format!("{path}/refund"), &json!({})).await;
    assert_eq!(refused(&declined, 402).0, "430330");
    assert_eq!(standing(&declined.body["refundResult"]), "REJECTED 1850 -/f/-");
    let id = declined.text("/refundResult/id");
    assert_eq!(server.get(&format!("/refunds/{id}")).await.expect(200).body["status"], "REJECTED");
    assert_eq!(standing(&server.get(&path).await.body), "CAPTURED 900 t/f/t");
    hub.assert_books_agree().await;
}

/// What was paid to a merchant goes on after it was deleted. Nothing new is made.
#[tokio::test(flavor = "multi_thread")]
async fn the_payments_of_a_deleted_merchant_are_approved_canceled_refunded_and_replayed() {
    let (hub, server) = open().await;
    let second = json!({"mcc": "5912", "providers": [{"name": "STRIPE", "credentials": {"type": "sandbox", "apiKey": "bank_key_1"}}]});
    let second = hub.merchant.post("/v1/merchants", &second).await.expect(201).text("/id").to_owned();
    let shop = server.paying(&second);
    let (page, _) = shop.opens_with_key("cart-1").await;
    let (one, other) = (shop.pays(&encrypted(&page.encrypts(APPROVED))).await, shop.pays(&plain(APPROVED)).await);
    let made = shop.post_with_key("/payments", &plain(APPROVED), "order-1").await.expect(201);
    let unused = encrypted(&page.encrypts(APPROVED));
    hub.merchant.delete(&format!("/v1/merchants/{second}")).await.assert_status(204);

    let path = format!("/payments/{one}");
    assert_eq!(standing(&shop.get(&path).await.expect(200).body), "PENDING_APPROVAL 600 t/t/f");
    shop.post_nothing(&format!("{path}/approve")).await.assert_status(200);
    let refund = shop.post_nothing(&format!("{path}/refund")).await.expect(201);
    shop.get(&format!("/refunds/{}", refund.text("/id"))).await.assert_status(200);
    shop.post_nothing(&format!("/payments/{other}/cancel")).await.assert_status(200);
    let again = shop.post_with_key("/payments", &plain(APPROVED), "order-1").await.expect(201);
    assert_eq!(again.body, made.body);
    assert_eq!(shop.opens_with_key("cart-1").await.0.session, page.session);

    for body in [&plain(APPROVED), &unused] {
        assert_eq!(refused(&shop.post("/payments", body).await, 403).0, "9007");
    }
    assert_eq!(refused(&shop.post("/sessions", &json!({})).await, 403).0, "9007");
    assert_eq!(refused(&shop.post_with_key("/sessions", &json!({}), "cart-2").await, 403).0, "9007");
    hub.assert_books_agree().await;
}
