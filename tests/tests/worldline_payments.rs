//! Payments through Worldline's API: their whole life, over the same charges as Malga's API; what a shopper's page
//! encrypted, which pays once; and what is refused.

use std::{collections::HashMap, time::Duration};

use domain::limits::{CLIENT_SESSION_LIFE, CLIENT_SESSION_MEMORY, MAX_SESSION_INPUTS};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::{BankReply, BookedStatus, reference},
    engine::Fault,
    hub::{LONG_AFTER, PUBLIC_URL},
    samples::{APPROVED, DECLINED, card_charge, with},
    worldline::{Server, error},
    worldline_shop::{Shop, encrypted, order, plain},
};
use wire::worldline::PaymentId;

const MASTERCARD: &str = "5261424250184574";

async fn open() -> (TestHub, Shop) {
    let hub = TestHub::build().await;
    let server = Shop::of(&hub.merchant);
    (hub, server)
}

/// Status, number of the status, and the three flags: authorized, cancellable, refundable.
fn standing(payment: &Value) -> String {
    let output = &payment["statusOutput"];
    let flag = |name: &str| output[name].as_bool().map_or('-', |flag| if flag { 't' } else { 'f' });
    let flags = ["isAuthorized", "isCancellable", "isRefundable"].map(flag).map(String::from).join("/");
    format!("{} {} {flags}", payment["status"].as_str().unwrap(), output["statusCode"])
}

/// Code and field of the first error of an answer with this status.
#[track_caller]
fn refused(answer: &Answer, status: u16) -> (&str, &str) {
    answer.assert_status(status);
    assert!(!answer.text("/errorId").is_empty() && answer.body["errors"][0]["httpStatusCode"] == status);
    (answer.text("/errors/0/code"), answer.text("/errors/0/propertyName"))
}

fn charge_of(payment: &str) -> String {
    payment.parse::<PaymentId>().unwrap().charge().to_string()
}

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

#[tokio::test(flavor = "multi_thread")]
async fn only_a_payment_that_asks_for_it_is_captured_at_once() {
    let (hub, server) = open().await;
    let input = "/cardPaymentMethodSpecificInput";
    let of = |mode: Value, approval: Value| {
        let body = with(plain(APPROVED), &format!("{input}/authorizationMode"), mode);
        with(body, &format!("{input}/requiresApproval"), approval)
    };
    for (mode, approval, status) in [
        (json!("SALE"), Value::Null, "CAPTURE_REQUESTED"),
        (json!("SALE"), json!(false), "CAPTURE_REQUESTED"),
        (json!("PRE_AUTHORIZATION"), json!(false), "CAPTURE_REQUESTED"),
        (json!("PRE_AUTHORIZATION"), Value::Null, "PENDING_APPROVAL"),
        (json!("FINAL_AUTHORIZATION"), json!(true), "PENDING_APPROVAL"),
        (Value::Null, Value::Null, "PENDING_APPROVAL"),
    ] {
        let made = server.post("/payments", &of(mode.clone(), approval.clone())).await.expect(201);
        assert_eq!(made.text("/payment/status"), status, "{mode} {approval}");
    }
    for (mode, approval) in [(json!("SALE"), json!(true)), (json!("sale"), Value::Null), (json!(7), Value::Null)] {
        let answer = server.post("/payments", &of(mode.clone(), approval)).await;
        let field = ("1099", "cardPaymentMethodSpecificInput.authorizationMode");
        assert_eq!(refused(&answer, 400), field, "{mode}");
    }
    hub.assert_books_agree().await;
}

/// An amount in the place of the other call's would not be read, and the whole moved.
#[tokio::test(flavor = "multi_thread")]
async fn an_amount_in_the_place_of_another_call_is_refused() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    let misplaced = |action: &str| match action {
        "approve" => [
            (json!({"amountOfMoney": {"amount": 30, "currencyCode": "BRL"}}), "amountOfMoney"),
            (json!({"amount": 30, "currencyCode": "BRL"}), "currencyCode"),
        ],
        _ => [(json!({"amount": 30}), "amount"), (json!({"amount": 30, "amountOfMoney": null}), "amount")],
    };
    for action in ["approve", "refund"] {
        for (body, field) in misplaced(action) {
            let answer = server.post(&format!("{path}/{action}"), &body).await;
            assert_eq!(refused(&answer, 400), ("1099", field), "{body}");
        }
        let made = server.post_with_key(&format!("{path}/{action}"), &json!({}), "key").await;
        assert!(made.status < 300, "{}", made.body);
        // A replay is one whatever it orders.
        for (body, _) in misplaced(action).into_iter().chain([(json!({"amount": "x", "amountOfMoney": 7}), "")]) {
            let again = server.post_with_key(&format!("{path}/{action}"), &body, "key").await;
            assert_eq!((again.status, &again.body), (made.status, &made.body), "{action} {body}");
        }
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn installments_are_bounded() {
    let (hub, server) = open().await;
    for (input, field) in [
        (json!({"numberOfInstallments": 100}), "numberOfInstallments"),
        (json!({"numberOfInstallments": 0}), "numberOfInstallments"),
        (json!({"installments": {"numberOfInstallments": 100}}), "installments.numberOfInstallments"),
    ] {
        let answer = server.post("/payments", &with(plain(APPROVED), "/order/additionalInput", input)).await;
        assert_eq!(refused(&answer, 400), ("1099", format!("order.additionalInput.{field}").as_str()));
        assert!(answer.text("/errors/0/message").contains("must be 1 to 99"), "{}", answer.body);
    }
    let both = json!({"numberOfInstallments": 2, "installments": {"numberOfInstallments": 3}});
    let answer = server.post("/payments", &with(plain(APPROVED), "/order/additionalInput", both)).await;
    assert_eq!(refused(&answer, 400), ("1099", "order.additionalInput.numberOfInstallments"));
    let body = with(plain(APPROVED), "/order/additionalInput", json!({"numberOfInstallments": "3"}));
    let charge = hub.merchant.reads_charge(&server.pays(&body).await).await;
    assert_eq!(charge.body["paymentMethod"]["installments"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_payment_is_released_once_and_is_never_refunded() {
    let (hub, server) = open().await;
    let id = server.pays(&plain(APPROVED)).await;
    let path = format!("/payments/{id}");
    // A body is ignored, and so is none.
    let canceled = server.post(&format!("{path}/cancel"), &json!({"amount": 1})).await.expect(200);
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

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_gets_the_first_answer_whatever_it_says_itself() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let body = encrypted(&page.encrypts(APPROVED));
    let first = server.post_with_key("/payments", &body, "order-1").await.expect(201);
    assert!(first.headers.get("x-gcs-idempotence-request-timestamp").is_none());
    let path = format!("/payments/{}", first.text("/payment/id"));
    let approval = format!("{path}/approve");
    let approved = server.post_with_key(&approval, &json!({"amount": 70}), "order-1").await.expect(200);
    // The client session ends meanwhile, and the payment goes on.
    hub.clock().advance(CLIENT_SESSION_LIFE);
    for other in [&body, &plain(DECLINED), &json!({"order": 7})] {
        let again = server.post_with_key("/payments", other, "order-1").await.expect(201);
        assert_eq!(without_request(&again.body), without_request(&first.body), "{other}");
        let since = again.headers["x-gcs-idempotence-request-timestamp"].to_str().unwrap();
        assert!(since.parse::<i64>().is_ok(), "{since}");
    }
    let again = server.post_with_key(&approval, &json!({"amount": 1}), "order-1").await.expect(200);
    assert_eq!(again.body, approved.body);
    assert!(again.headers.contains_key("x-gcs-idempotence-request-timestamp"));
    // The same key on another path is another request.
    let refund = server.post_with_key(&format!("{path}/refund"), &json!({}), "order-1").await.expect(201);
    assert_eq!(server.post_with_key(&format!("{path}/refund"), &json!({}), "order-1").await.body, refund.body);
    let declined = server.post_with_key("/payments", &plain(DECLINED), "order-2").await.expect(402);
    let again = server.post_with_key("/payments", &plain(APPROVED), "order-2").await.expect(402);
    assert_eq!(without_request(&again.body), without_request(&declined.body));
    assert_eq!(hub.charges().await.len(), 2);
    hub.assert_books_agree().await;
}

/// The same body without the ids of its request, which are the log's.
fn without_request(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            let is_stable = |name: &str| !["requestId", "errorId"].contains(&name);
            let stable = fields.iter().filter(|(name, _)| is_stable(name));
            stable.map(|(name, value)| (name.clone(), without_request(value))).collect()
        }
        Value::Array(elements) => elements.iter().map(without_request).collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_input_pays_once_also_in_a_race() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let body = encrypted(&page.encrypts(APPROVED));
    let answers = join_all((0..8).map(|_| server.post("/payments", &body))).await;
    let (paid, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((paid.len(), others.len()), (1, 7));
    for other in others {
        assert_eq!(refused(other, 400), ("1099", "encryptedCustomerInput"));
        assert!(other.text("/errors/0/message").contains("was used before"), "{}", other.body);
    }
    // A nonce is used up whatever is encrypted under it.
    let under = |nonce: &str| encrypted(&page.encrypts_input(&with(page.input(MASTERCARD), "/nonce", json!(nonce))));
    server.pays(&under("n1")).await;
    assert_eq!(refused(&server.post("/payments", &under("n1")).await, 400), ("1099", "encryptedCustomerInput"));
    // Encrypted once more, the same card pays again in the same session.
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    assert_eq!(hub.bank.approved().len(), 3);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_session_pays_so_often_and_no_more() {
    let (_hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let last = encrypted(&page.encrypts(APPROVED));
    for _ in 1..MAX_SESSION_INPUTS {
        server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    }
    server.post("/payments", &last).await.assert_status(201);
    let above = server.post("/payments", &encrypted(&page.encrypts(APPROVED))).await;
    assert!(above.text("/errors/0/message").contains("has had all its payments"), "{}", above.body);
    assert_eq!(refused(&above, 400), ("1099", "encryptedCustomerInput"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_is_bound_to_its_session_its_merchant_and_its_account() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let stranger = hub.another_merchant().await;
    let strangers_server = Shop::of(&stranger);
    let second = json!({"mcc": "5912", "providers": [{"name": "STRIPE", "credentials": {"type": "sandbox", "apiKey": "bank_key_1"}}]});
    let second = hub.merchant.post("/v1/merchants", &second).await.expect(201).text("/id").to_owned();
    let input = encrypted(&page.encrypts(APPROVED));
    for other in [&strangers_server, &server.paying(&second)] {
        let answer = other.post("/payments", &input).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
        assert!(answer.text("/errors/0/message").contains("no open client session"), "{}", answer.body);
    }
    let unknown = with(page.input(APPROVED), "/clientSessionId", json!("f084372052fb47d9a766ec35bfa0e6bd"));
    let answer = server.post("/payments", &encrypted(&page.encrypts_input(&unknown))).await;
    assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
    // None of them used it up. A payment of one account, or of another merchant, is not there for the other.
    let id = server.pays(&input).await;
    for other in [&strangers_server, &server.paying(&second)] {
        for path in [format!("/payments/{id}"), format!("/payments/{id}/refunds")] {
            assert_eq!(refused(&other.get(&path).await, 404), ("1002", "paymentId"));
        }
        for action in ["approve", "cancel", "refund"] {
            let answer = other.post_nothing(&format!("/payments/{id}/{action}")).await;
            assert_eq!(refused(&answer, 404), ("1002", "paymentId"), "{action}");
        }
    }
    hub.clock().advance(CLIENT_SESSION_LIFE);
    let late = server.post("/payments", &encrypted(&page.encrypts(APPROVED))).await;
    assert_eq!(refused(&late, 400), ("1099", "encryptedCustomerInput"));
    assert_eq!(hub.bank.approved().len(), 1);
    hub.assert_books_agree().await;
}

/// The number in an input is compared with the texts of its request for its own merchant alone, and once.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_is_compared_with_nothing_before_it_is_used_up() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let stranger = Shop::of(&hub.another_merchant().await);
    let reference = "/order/references/merchantReference";
    let guess = |jwe: &str, text: &str| with(encrypted(jwe), reference, json!(text));
    let (right, wrong) = (format!("x{APPROVED}"), format!("x{MASTERCARD}"));
    let jwe = page.encrypts(APPROVED);
    let unreadable = page.encrypts("4929564637987815");
    for input in [guess(&jwe, &right), guess(&jwe, &wrong), encrypted(&unreadable)] {
        let answer = stranger.post("/payments", &input).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
        assert!(answer.text("/errors/0/message").contains("no open client session"), "{}", answer.body);
    }
    // Its own merchant learns it once.
    let answer = server.post("/payments", &guess(&jwe, &right)).await;
    assert_eq!(refused(&answer, 400), ("1099", "order.references.merchantReference"));
    for input in [guess(&jwe, &right), guess(&jwe, &wrong), encrypted(&jwe)] {
        let answer = server.post("/payments", &input).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
        assert!(answer.text("/errors/0/message").contains("was used before"), "{}", answer.body);
    }
    assert_eq!(refused(&server.post("/payments", &encrypted(&unreadable)).await, 400).0, "21000020");
    assert!(hub.charges().await.is_empty());
}

/// An idempotency key that is used again a day later makes another session, under another id.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_of_a_session_that_ended_pays_in_no_later_one() {
    let (hub, server) = open().await;
    let (page, was_made_before) = server.opens_with_key("cart-1").await;
    assert!(!was_made_before);
    let (paid, unpaid) = (encrypted(&page.encrypts(APPROVED)), encrypted(&page.encrypts(APPROVED)));
    server.pays(&paid).await;
    hub.clock().advance(Duration::from_hours(1));
    let (again, is_replay) = server.opens_with_key("cart-1").await;
    assert_eq!((again.session == page.session, is_replay), (true, true));
    for (hours, is_a_replay) in [(23, false), (1, true), (24, false)] {
        hub.clock().advance(Duration::from_hours(hours));
        let (later, is_replay) = server.opens_with_key("cart-1").await;
        assert_eq!((later.session == page.session, is_replay), (false, is_a_replay));
        for input in [&paid, &unpaid] {
            assert_eq!(refused(&server.post("/payments", input).await, 400), ("1099", "encryptedCustomerInput"));
        }
    }
    hub.clock().advance(CLIENT_SESSION_MEMORY);
    let (later, _) = server.opens_with_key("cart-1").await;
    server.pays(&encrypted(&later.encrypts(APPROVED))).await;
    assert_eq!(hub.bank.approved().len(), 2);
    hub.assert_books_agree().await;
}

/// Only payments count for the bound of a session: a shop that repeats a request has not paid again.
#[tokio::test(flavor = "multi_thread")]
async fn replays_leave_a_session_its_payments() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let body = encrypted(&page.encrypts(APPROVED));
    let first = server.post_with_key("/payments", &body, "order-1").await.expect(201);
    for _ in 0..=MAX_SESSION_INPUTS {
        let again = server.post_with_key("/payments", &body, "order-1").await.expect(201);
        assert_eq!(again.text("/payment/id"), first.text("/payment/id"));
    }
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
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

/// One error for every cause: it says neither which part was changed nor how far the hub came.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_input_is_refused_with_the_same_words_whatever_was_changed() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let jwe = page.encrypts(APPROVED);
    let parts: Vec<&str> = jwe.split('.').collect();
    let mut said = HashMap::new();
    for part in 1..parts.len() {
        for place in [0, parts[part].len() / 2] {
            let mut changed: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let other = if &parts[part][place..=place] == "A" { "B" } else { "A" };
            changed[part].replace_range(place..=place, other);
            let answer = server.post("/payments", &encrypted(&changed.join("."))).await;
            assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
            *said.entry(without_request(&answer.body).to_string()).or_insert(0) += 1;
        }
    }
    assert_eq!(said.len(), 1, "{said:?}");
    // What is no JWE, or not what the library encrypts.
    for other in [json!(""), json!("a.b.c.d.e"), json!(7), json!(page.encrypts_bytes(b"{}")), json!(APPROVED)] {
        let body = with(encrypted(""), "/encryptedCustomerInput", other);
        let answer = server.post("/payments", &body).await;
        answer.assert_status(400);
        assert!(answer.text("/errors/0/propertyName").starts_with("encryptedCustomerInput"), "{}", answer.body);
        assert!(!answer.body.to_string().contains(APPROVED));
    }
    // None of them used it up.
    server.pays(&encrypted(&jwe)).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filters_of_the_session_bound_what_it_pays_with() {
    let (hub, server) = open().await;
    for (filters, visa, mastercard) in [
        (json!({"exclude": {"products": [3]}}), 201, 400),
        (json!({"restrictTo": {"products": [3]}}), 400, 201),
        (json!({"restrictTo": {"groups": ["cards"]}, "exclude": {"groups": ["cards"]}}), 400, 400),
        (json!({"restrictTo": {"groups": ["cards"]}}), 201, 201),
    ] {
        let page = server.opens(&json!({"paymentProductFilters": filters})).await;
        for (number, status) in [(APPROVED, visa), (MASTERCARD, mastercard)] {
            let answer = server.post("/payments", &encrypted(&page.encrypts(number))).await;
            assert_eq!(answer.status, status, "{filters} {}", answer.body);
            if status == 400 {
                assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
            }
        }
        // Another product than that of the card does not help.
        let named = with(page.input(MASTERCARD), "/paymentProductId", json!(1));
        let answer = server.post("/payments", &encrypted(&page.encrypts_input(&named))).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.paymentProductId"));
        // Nor does that of its brand's debit cards: the page names it, and the hub knows the brand alone.
        let debit = with(page.input(APPROVED), "/paymentProductId", json!(114));
        let answer = server.post("/payments", &encrypted(&page.encrypts_input(&debit))).await;
        let is_admitted = visa == 201 && filters["restrictTo"].get("products").is_none();
        assert_eq!(answer.status, if is_admitted { 201 } else { 400 }, "{filters} {}", answer.body);
    }
    hub.assert_books_agree().await;
}

/// They are listed for pages that show them. What Worldline's pages do not say of their payments is not made up.
#[tokio::test(flavor = "multi_thread")]
async fn pix_and_boleto_are_refused_with_the_product_that_was_chosen() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    for product in [6105, 1503] {
        let chosen = json!({
            "clientSessionId": page.session,
            "nonce": product.to_string(),
            "paymentProductId": product,
            "paymentValues": [{"key": "fiscalNumber", "value": "72912053013"}],
        });
        let answer = server.post("/payments", &encrypted(&page.encrypts_input(&chosen))).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.paymentProductId"));
        assert!(answer.text("/errors/0/message").contains("POST /v1/charges"), "{}", answer.body);
        for input in ["redirectPaymentMethodSpecificInput", "cashPaymentMethodSpecificInput"] {
            let body = json!({(input): {"paymentProductId": product}, "order": order(100, "BRL")});
            let answer = server.post("/payments", &body).await;
            answer.assert_status(400);
            assert_eq!(error(&answer), (400, "1099"));
            assert_eq!(answer.text("/errors/0/propertyName"), input);
        }
    }
    assert!(hub.charges().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_card_is_a_token_that_pays_in_the_clear_and_from_a_page() {
    let (hub, server) = open().await;
    let keep = with(plain(APPROVED), "/cardPaymentMethodSpecificInput/tokenize", json!(true));
    let made = server.post("/payments", &keep).await.expect(201);
    let token = made.text("/creationOutput/token").to_owned();
    assert_eq!(made.body["creationOutput"]["isNewToken"], true);
    assert_eq!(made.body["creationOutput"]["tokenizationSucceeded"], true);
    let declined = with(plain(DECLINED), "/cardPaymentMethodSpecificInput/tokenize", json!(true));
    let declined = server.post("/payments", &declined).await.expect(402);
    let output = &declined.body["paymentResult"]["creationOutput"];
    assert_eq!((output.get("token"), &output["tokenizationSucceeded"]), (None, &json!(false)));
    let by_token = json!({"cardPaymentMethodSpecificInput": {"token": token}, "order": order(100, "BRL")});
    server.pays(&by_token).await;
    for product in [3, 6105, 1503, 99_999] {
        let named = with(by_token.clone(), "/cardPaymentMethodSpecificInput/paymentProductId", json!(product));
        let field = ("1099", "cardPaymentMethodSpecificInput.paymentProductId");
        assert_eq!(refused(&server.post("/payments", &named).await, 400), field, "{product}");
    }
    server.pays(&with(by_token.clone(), "/cardPaymentMethodSpecificInput/paymentProductId", json!(1))).await;
    let page = server.opens(&json!({"tokens": [token]})).await;
    let chosen = json!({
        "clientSessionId": page.session,
        "nonce": "n1",
        "paymentProductId": 1,
        "accountOnFileId": 1,
        "paymentValues": [{"key": "cvv", "value": "123"}],
    });
    server.pays(&encrypted(&page.encrypts_input(&chosen))).await;
    // The page may send what it was shown of the card, and no other card.
    let sent = |nonce: &str, key: &str, value: &str| {
        let values = json!([{"key": key, "value": value}]);
        encrypted(&page.encrypts_input(&with(with(chosen.clone(), "/paymentValues", values), "/nonce", json!(nonce))))
    };
    server.pays(&sent("n3", "cardNumber", "************7814")).await;
    server.pays(&sent("n4", "expiryDate", "1230")).await;
    for (nonce, key, value) in
        [("n5", "cardNumber", MASTERCARD), ("n6", "cardNumber", "************4574"), ("n7", "expiryDate", "1231")]
    {
        let answer = server.post("/payments", &sent(nonce, key, value)).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.cardNumber"), "{key} {value}");
    }
    let other = with(with(chosen, "/accountOnFileId", json!(2)), "/nonce", json!("n2"));
    let answer = server.post("/payments", &encrypted(&page.encrypts_input(&other))).await;
    assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.accountOnFileId"));
    // Another account's card is no token.
    let stranger = Shop::of(&hub.another_merchant().await);
    let answer = stranger.post("/payments", &by_token).await;
    assert_eq!(refused(&answer, 400), ("1099", "cardPaymentMethodSpecificInput.token"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_currency_is_counted_in_hundredths() {
    let (hub, server) = open().await;
    for (hundredths, currency, minor) in [(2345, "USD", 2345), (230_000, "JPY", 2300), (2345, "KWD", 23_450)] {
        let body =
            with(plain(APPROVED), "/order/amountOfMoney", json!({"amount": hundredths, "currencyCode": currency}));
        let made = server.post("/payments", &body).await;
        if made.status == 400 {
            assert_eq!(refused(&made, 400).1, "order.amountOfMoney.currencyCode", "{currency}");
            continue; // no provider serves it
        }
        let made = made.expect(201);
        assert_eq!(made.body["payment"]["paymentOutput"]["amountOfMoney"]["amount"], hundredths);
        let charge = hub.merchant.reads_charge(&charge_of(made.text("/payment/id"))).await.expect(200);
        assert_eq!(charge.body["amount"], minor, "{currency}");
    }
    let whole = "must be a whole number, in hundredths";
    for (amount, currency, problem) in [
        (json!(50.3), "BRL", whole),
        (json!(0), "BRL", "must be at least 1, in hundredths"),
        (json!(-1), "BRL", whole),
        (json!("1,00"), "BRL", whole),
        (json!(2350), "JPY", "must be a multiple of 100: it is in hundredths"),
        (json!(0), "JPY", "must be at least 100, in hundredths"),
        (json!(1_000_000_000_000_u64), "BRL", "must be at most 999999999999, in hundredths"),
    ] {
        let body = with(plain(APPROVED), "/order/amountOfMoney", json!({"amount": amount, "currencyCode": currency}));
        let answer = server.post("/payments", &body).await;
        assert_eq!(refused(&answer, 400), ("1099", "order.amountOfMoney.amount"), "{amount} {currency}");
        assert!(answer.text("/errors/0/message").contains(problem), "{}", answer.body);
    }
    let texts = with(plain(APPROVED), "/order/amountOfMoney/amount", json!("100"));
    let texts = with(texts, "/cardPaymentMethodSpecificInput/paymentProductId", json!("1"));
    server.pays(&with(texts, "/cardPaymentMethodSpecificInput/requiresApproval", json!("true"))).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_names_its_field_and_repeats_no_card() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let card = "/cardPaymentMethodSpecificInput/card";
    let of_card = |name: &str, value: &str| with(plain(APPROVED), &format!("{card}/{name}"), json!(value));
    let reference = "/order/references/merchantReference";
    for (body, code, field) in [
        (json!({}), "20000000", "order"),
        (json!({"order": order(1, "BRL")}), "20000000", "encryptedCustomerInput"),
        (of_card("cardNumber", "4929564637987815"), "21000020", "cardPaymentMethodSpecificInput.card.cardNumber"),
        (of_card("expiryDate", "1220"), "21000120", "cardPaymentMethodSpecificInput.card.expiryDate"),
        (of_card("cvv", "1"), "1099", "cardPaymentMethodSpecificInput.card.cvv"),
        (with(plain(APPROVED), reference, json!(APPROVED)), "1099", "order.references.merchantReference"),
        (
            with(plain(APPROVED), reference, json!("order 4567350000427977")),
            "1099",
            "order.references.merchantReference",
        ),
        (
            with(encrypted(&page.encrypts(APPROVED)), reference, json!(format!("x{APPROVED}"))),
            "1099",
            "order.references.merchantReference",
        ),
        (
            with(
                encrypted(&page.encrypts(APPROVED)),
                "/cashPaymentMethodSpecificInput",
                json!({"paymentProductId": 1503}),
            ),
            "1099",
            "cashPaymentMethodSpecificInput",
        ),
        (
            with(plain(APPROVED), "/cardPaymentMethodSpecificInput/threeDSecure", json!({"skipAuthentication": false})),
            "1099",
            "cardPaymentMethodSpecificInput.threeDSecure.skipAuthentication",
        ),
        (
            with(plain(APPROVED), "/cardPaymentMethodSpecificInput/paymentProductId", json!(3)),
            "1099",
            "cardPaymentMethodSpecificInput.paymentProductId",
        ),
        (
            with(plain(APPROVED), "/order/amountOfMoney/currencyCode", json!("brl")),
            "1099",
            "order.amountOfMoney.currencyCode",
        ),
    ] {
        let answer = server.post("/payments", &body).await;
        assert_eq!(refused(&answer, 400), (code, field), "{}", answer.body);
        let said = answer.body.to_string();
        assert!(!said.contains(APPROVED) && !said.contains("4567350000427977"), "{said}");
    }
    let in_key = server.post_with_key("/payments", &encrypted(&page.encrypts(APPROVED)), APPROVED).await;
    assert_eq!(refused(&in_key, 400), ("1099", "X-GCS-Idempotence-Key"));
    for path in ["/payments/1", "/payments/000000000000000000000000000000", "/refunds/000000000000000000000000000001"] {
        let field = if path.starts_with("/refunds") { "refundId" } else { "paymentId" };
        assert_eq!(refused(&server.get(path).await, 404), ("1002", field), "{path}");
    }
    // A charge of the other API has no number here.
    let charge = hub.merchant.post("/v1/charges", &card_charge(&hub.merchant.id, APPROVED)).await.expect(201);
    assert_eq!(refused(&server.get(&format!("/payments/{}", charge.text("/id"))).await, 404).0, "1002");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_a_path_repeat_no_card_and_one_problem_is_one_error() {
    let (hub, server) = open().await;
    // Any card's number, also one with which nothing is paid: the key is stored, and shown.
    let in_key = server.post_with_key("/payments", &plain(APPROVED), MASTERCARD).await;
    assert_eq!(refused(&in_key, 400), ("1099", "X-GCS-Idempotence-Key"));
    assert!(!server.get(&format!("/tokens/{MASTERCARD}")).await.expect(404).body.to_string().contains(MASTERCARD));
    // One problem is one error.
    let token = json!({"cardPaymentMethodSpecificInput": {"token": ""}, "order": order(1, "BRL")});
    for (body, field) in [
        (encrypted("a.b.c.d.e"), "encryptedCustomerInput"),
        (
            with(token.clone(), "/cardPaymentMethodSpecificInput/token", json!(5)),
            "cardPaymentMethodSpecificInput.token",
        ),
        (token, "cardPaymentMethodSpecificInput.token"),
    ] {
        let answer = server.post("/payments", &body).await;
        assert_eq!((error(&answer), answer.text("/errors/0/propertyName")), ((400, "1099"), field));
    }
    assert!(hub.charges().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_on_every_route_and_changes_nothing() {
    let (hub, shop) = open().await;
    let server = Server::of(&hub.merchant);
    let payment = format!("/payments/{}", shop.pays(&plain(APPROVED)).await);
    let bodies = [
        "{",
        "[]",
        "7",
        "\"text\"",
        "{\"amount\":1,\"amount\":2}",
        "\u{feff}{}",
        "{\"order\":[],\"amount\":{},\"amountOfMoney\":7}",
    ];
    let deep = "[".repeat(100_000);
    for path in ["/payments".to_owned(), format!("{payment}/approve"), format!("{payment}/refund")] {
        for body in bodies.into_iter().chain([deep.as_str()]) {
            let answer = server.send(Method::POST, &server.path(&path), &[], Some(body.to_owned())).await;
            let code = refused(&answer, 400).0;
            assert!(["1099", "20000000"].contains(&code), "{path}: {}", answer.body);
        }
    }
    assert_eq!(standing(&shop.get(&payment).await.body), "PENDING_APPROVAL 600 t/t/f");
    hub.assert_books_agree().await;
}

/// Nothing of a card is stored in the clear, whichever way it came.
#[tokio::test(flavor = "multi_thread")]
async fn no_card_is_stored_in_the_clear() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    server.pays(&plain(APPROVED)).await;
    for item in hub.everything_stored().await {
        assert!(!item.contains(APPROVED), "{item}");
        assert!(!item.contains(&page.session), "the id of a client session opens it: {item}");
    }
}

/// The hub dies at every write of a payment by an encrypted input. The same request then gets the outcome, or pays: the
/// input is used up for it alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_survives_a_death_at_every_write() {
    let (mut hub, mut server) = open().await;
    let page = server.opens(&json!({})).await;
    let _ = hub.engine.take_calls();
    server.post_with_key("/payments", &encrypted(&page.encrypts(APPROVED)), "dry run").await.assert_status(201);
    let writes: Vec<String> =
        hub.engine.take_calls().into_iter().filter(tests::engine::Call::is_write).map(|call| call.what()).collect();
    assert!(writes.len() >= 4, "input, intent, card, outcome: {writes:?}");
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for what in &writes {
        let nth = seen.entry(what).or_default();
        *nth += 1;
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let page = server.opens(&json!({})).await; // time passes, and a session ends
            let (body, key) = (encrypted(&page.encrypts(APPROVED)), format!("{what} {nth} {fault:?}").replace('#', ""));
            let approved = hub.bank.approved().len();
            hub.engine.fail_write_of(what, *nth, fault);
            let sent = server.send(Method::POST, "/payments", Some(&body), Some(&key));
            let died = tokio::select! { () = hub.engine.has_killed() => true, _ = sent => false };
            assert!(died, "answered although the hub was to die: {key}");
            hub.kill_and_restart().await;
            server = server.at(&hub);
            hub.pass(LONG_AFTER).await;
            let again = server.post_with_key("/payments", &body, &key).await;
            assert!([201, 402].contains(&again.status), "{key}: {}", again.body);
            // The answer is what became of it at the bank, which took it once at most.
            let taken = hub.bank.approved().len() - approved;
            let said = if taken == 1 { &again.body["payment"] } else { &again.body["paymentResult"]["payment"] };
            let expected = if taken == 1 { "PENDING_APPROVAL 600 t/t/f" } else { "REJECTED 100 f/f/f" };
            assert_eq!((taken, standing(said).as_str()), (usize::from(again.status == 201), expected), "{key}");
            if what.contains("WLSESSION") {
                assert_eq!(again.status, 201, "the input is used up for this payment alone: {key}");
            }
            assert_eq!(server.post_with_key("/payments", &body, &key).await.status, again.status, "{key}");
        }
    }
    hub.assert_books_agree().await;
}

/// The hub dies at every write of an approval, a cancel and a refund: the same request then gets the outcome.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_survives_a_death_at_every_write() {
    let (mut hub, mut server) = open().await;
    for (action, before) in [("approve", None), ("cancel", None), ("refund", Some("approve"))] {
        for nth in [1, 2] {
            for fault in [Fault::DieBefore, Fault::DieAfter] {
                let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
                if let Some(before) = before {
                    server.post_nothing(&format!("{path}/{before}")).await.assert_status(200);
                }
                let (path, key) = (format!("{path}/{action}"), format!("{action} {nth} {fault:?}"));
                let _ = hub.engine.take_calls();
                hub.engine.fail_write(nth, fault);
                let sent = server.send(Method::POST, &path, None, Some(&key));
                let died = tokio::select! { () = hub.engine.has_killed() => true, _ = sent => false };
                assert!(died, "answered although the hub was to die: {key}");
                hub.kill_and_restart().await;
                server = server.at(&hub);
                hub.pass(LONG_AFTER).await;
                let again = server.send(Method::POST, &path, None, Some(&key)).await.unwrap();
                // Only after its intent was stored, and before its call, is a change known not to have been made.
                let is_lost = nth == 1 && fault == Fault::DieAfter;
                let (status, now) = match (action, is_lost) {
                    ("approve", false) => (200, "CAPTURED 900 t/f/t"),
                    ("cancel", false) => (200, "CANCELLED 99999 f/f/f"),
                    ("refund", false) => (201, "REFUNDED null f/f/f"),
                    ("refund", true) => (402, "CAPTURED 900 t/f/t"),
                    (_, _) => (402, "PENDING_APPROVAL 600 t/t/f"),
                };
                again.assert_status(status);
                if is_lost {
                    assert_eq!(refused(&again, 402).0, "430330", "{key}");
                }
                let payment = server.get(path.rsplit_once('/').unwrap().0).await.expect(200);
                assert_eq!(standing(&payment.body), now, "{key}");
            }
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_costs_what_a_charge_costs_and_one_write_for_its_input() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    for (body, inputs) in [(plain(APPROVED), 0), (encrypted(&page.encrypts(APPROVED)), 1)] {
        let _ = hub.engine.take_calls();
        let id = server.pays(&body).await;
        let calls = hub.engine.take_calls();
        let of = |part: &str| calls.iter().filter(|call| call.what().contains(part)).count();
        assert_eq!(calls.iter().filter(|call| !call.is_write()).count(), 0, "no read: {calls:?}");
        assert_eq!((of(" CHARGE"), of(" CARD"), of(" WLSESSION")), (2, 1, inputs), "{calls:?}");
        assert_eq!(calls.len(), 3 + inputs, "{calls:?}");
        let path = format!("/payments/{id}");
        server.get(&path).await.assert_status(200);
        assert_eq!(hub.engine.take_calls().len(), 1, "one read");
        server.post_nothing(&format!("{path}/approve")).await.assert_status(200);
        let calls = hub.engine.take_calls();
        assert_eq!((calls.len(), calls.iter().filter(|call| call.is_write()).count()), (3, 2), "{calls:?}");
    }
}

/// Time alone changes nothing of an input: within its session's life it pays.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_pays_until_its_session_ends() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    hub.clock().advance(CLIENT_SESSION_LIFE.saturating_sub(Duration::from_mins(1)));
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    hub.assert_books_agree().await;
}
