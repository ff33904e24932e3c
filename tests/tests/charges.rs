//! Charges: the bank's answer decides the merchant's answer, once per idempotency key, and no card data leaks.

use std::time::Duration;

use aws_local::engine::{HUB_TABLE, TOKENS_TABLE};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{brcode, charge::event::EventName, merchant::ProviderType, method::PaymentType};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    bank::BankReply,
    hub::LONG_AFTER,
    leak::Searched,
    samples::{APPROVED, DECLINED, by_card, card, card_charge, from_token, pix_charge, session, with, without},
};

/// A card charge with this number and code.
fn by(merchant: &Merchant, number: &str, code: &str) -> Value {
    with(card_charge(&merchant.id, number), "/paymentSource/card/cardCvv", json!(code))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_digit_of_a_card_decides() {
    let hub = TestHub::build().await;
    for (number, code) in [
        ("5214254988499590", "220"),
        ("371511430434941", "6560"),
        ("4916745120294124", "560"),
        ("4000000000000069", "320"),
        // A wrong code changes only the reason of a decline.
        ("5261424250184574", "321"),
    ] {
        let charge = hub.merchant.creates_charge(&by(&hub.merchant, number, code)).await;
        assert_eq!(charge.text("/status"), "authorized", "{number}");
        assert_eq!(charge.body.pointer("/transactionRequests/0/providerError"), None);
        assert!(!charge.text("/transactionRequests/0/transactionId").is_empty());
    }
    for (number, code, reason, retryable) in [
        ("5171407375927752", "300", "generic", false),
        ("5462320441541663", "830", "expired_card", false),
        ("5521448129190195", "880", "blocked_card", false),
        ("5402839904300856", "130", "timeout", true),
        ("5597251149584267", "340", "canceled_card", true),
        ("5240675434648372", "231", "invalid_cvv", false),
        ("5171407375927752", "301", "invalid_cvv", false),
    ] {
        let charge = hub.merchant.creates_charge(&by(&hub.merchant, number, code)).await;
        let request = &charge.body["transactionRequests"][0];
        assert_eq!((charge.text("/status"), &request["requestStatus"]), ("failed", &json!("failed")), "{number}");
        assert_eq!(request["providerError"]["declinedCode"], reason, "{number}");
        assert_eq!(request["providerError"]["retryable"], retryable, "{number}");
        assert!(request["transactionId"].is_null());
        assert_eq!(charge.body["amount"], 150, "a charge that failed keeps its amount");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_approved_at_random_agrees_with_the_bank() {
    let hub = TestHub::build().await;
    let body = by(&hub.merchant, "5491266201550748", "260");
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(hub.merchant.creates_charge(&body).await.text("/status").to_owned());
    }
    let authorized = statuses.iter().filter(|status| *status == "authorized").count();
    assert!(statuses.iter().all(|status| status == "authorized" || status == "failed"), "{statuses:?}");
    assert_eq!(authorized, hub.bank.approved().len());
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn capture_decides_whether_the_money_is_taken_or_reserved() {
    let hub = TestHub::build().await;
    let taken = card_charge(&hub.merchant.id, APPROVED);
    for (body, capture, status, asked) in [
        (taken.clone(), true, "authorized", "authorization"),
        (with(taken.clone(), "/capture", json!(false)), false, "pre_authorized", "pre_authorization"),
        (without(taken.clone(), "/capture"), false, "pre_authorized", "pre_authorization"),
        (with(taken, "/capture", json!(null)), false, "pre_authorized", "pre_authorization"),
    ] {
        let charge = hub.merchant.creates_charge(&body).await;
        assert_eq!((charge.text("/status"), &charge.body["capture"]), (status, &json!(capture)));
        let request = &charge.body["transactionRequests"][0];
        assert_eq!((&request["requestType"], &request["requestStatus"]), (&json!(asked), &json!("success")));
        assert_eq!(charge.text("/paymentSource/sourceType"), "card");
        assert!(!charge.text("/paymentSource/cardId").is_empty());
        assert_eq!(hub.merchant.reads_charge(charge.text("/id")).await.body, charge.body, "as it was answered");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn installments_are_echoed_and_one_when_absent() {
    let hub = TestHub::build().await;
    let body = card_charge(&hub.merchant.id, APPROVED);
    let twelve = hub.merchant.creates_charge(&with(body.clone(), "/paymentMethod/installments", json!(12))).await;
    assert_eq!(twelve.body["paymentMethod"], json!({"paymentType": "credit", "installments": 12}));
    let one = hub.merchant.creates_charge(&without(body, "/paymentMethod/installments")).await;
    assert_eq!(one.body["paymentMethod"]["installments"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_answers_a_code_that_can_be_paid_and_the_address_of_its_image() {
    let hub = TestHub::build().await;
    let charge = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
    assert_eq!((charge.text("/status"), &charge.body["paymentMethod"]["expiresIn"]), ("pending", &json!(3600)));
    let fields = brcode::parse(charge.text("/paymentMethod/qrCodeData")).unwrap();
    assert_eq!((brcode::field(&fields, "54"), brcode::field(&fields, "53")), (Some("1.50"), Some("986")));
    let (_, image) = hub.shopper.opens(charge.text("/paymentMethod/qrCodeImageUrl"), &[]).await;
    assert!(image.starts_with(b"\x89PNG\r\n\x1a\n"));
    let request = &charge.body["transactionRequests"][0];
    assert_eq!((&request["requestType"], &request["requestStatus"]), (&json!("pending"), &json!("success")));
    assert_eq!((&request["providerType"], &request["authorizationCode"]), (&json!("MERCADO_PAGO"), &json!(null)));
    let customer = charge.text("/paymentSource/customerId");
    assert_eq!((customer, charge.text("/paymentSource/sourceType")), (charge.text("/customerId"), "customer"));
    assert_eq!(hub.merchant.reads_charge(charge.text("/id")).await.body, charge.body, "as it was answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_currency_is_the_real_unless_said_and_the_provider_must_take_it() {
    let hub = TestHub::build().await;
    let card = card_charge(&hub.merchant.id, APPROVED);
    assert_eq!(hub.merchant.creates_charge(&without(card.clone(), "/currency")).await.text("/currency"), "BRL");
    let dollars = hub.merchant.creates_charge(&with(card, "/currency", json!("USD"))).await;
    assert_eq!((dollars.text("/currency"), dollars.text("/status")), ("USD", "authorized"));
    assert_eq!(dollars.text("/transactionRequests/0/providerType"), "STRIPE");
    let pix = with(pix_charge(&hub.merchant.id), "/currency", json!("USD"));
    refused(&hub.merchant, &pix, "the merchant has no provider for pix in USD; nothing was charged").await;

    let brazil = TestHub::with(&[(PaymentType::Credit, ProviderType::Pagarme)]).await;
    let card = card_charge(&brazil.merchant.id, APPROVED);
    let usd = with(card.clone(), "/currency", json!("USD"));
    refused(&brazil.merchant, &usd, "the merchant has no provider for credit in USD; nothing was charged").await;
    let pix = pix_charge(&brazil.merchant.id);
    refused(&brazil.merchant, &pix, "the merchant has no provider for pix in BRL; nothing was charged").await;
    assert_eq!((brazil.bank.creates(), brazil.charges().await.len()), (0, 0));
    assert_eq!(brazil.merchant.creates_charge(&card).await.text("/transactionRequests/0/providerType"), "PAGARME");
}

async fn refused(merchant: &Merchant, body: &Value, message: &str) {
    let answer = merchant.post("/v1/charges", body).await.expect(400);
    assert_eq!((answer.text("/error/type"), answer.text("/error/message")), ("invalid_request_error", message));
}

/// 992: the bank approves and its answer is lost; 993: it declines and its answer is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_whose_answer_is_lost_is_pending_until_it_is_reconciled() {
    let hub = TestHub::build().await;
    let card = card_charge(&hub.merchant.id, APPROVED);
    let pix = pix_charge(&hub.merchant.id);
    for (body, status, name) in [
        (with(card.clone(), "/amount", json!(992)), "authorized", Some(EventName::Authorized)),
        (with(card, "/amount", json!(993)), "failed", Some(EventName::Failed)),
        (with(pix, "/amount", json!(992)), "pending", Some(EventName::Pending)),
    ] {
        let open = hub.merchant.creates_charge(&body).await;
        let request = &open.body["transactionRequests"][0];
        assert_eq!((open.text("/status"), &request["requestStatus"]), ("pending", &json!("processing")));
        assert_eq!(open.text("/paymentMethod/qrCodeData"), "");
        hub.pass(Duration::from_mins(2)).await;
        let settled = hub.merchant.reads_charge(open.text("/id")).await;
        assert_eq!(settled.text("/status"), status);
        let charges = hub.charges().await;
        let charge = charges.iter().find(|charge| charge.id.to_string() == open.text("/id")).unwrap();
        assert_eq!(tests::samples::events_of(charge).last().map(|event| event.name), name);
        if status == "pending" {
            assert!(brcode::parse(settled.text("/paymentMethod/qrCodeData")).is_ok());
        }
    }
    assert_eq!(hub.bank.creates(), 3, "a query is no duplicate payment");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_document_is_one_customer_whatever_the_other_fields_say() {
    let hub = TestHub::build().await;
    let body = pix_charge(&hub.merchant.id);
    let merchant = &hub.merchant;
    let customer = |body: Value| async move { merchant.creates_charge(&body).await.text("/customerId").to_owned() };
    let first = customer(body.clone()).await;
    assert_eq!(customer(body.clone()).await, first);
    let renamed = with(body.clone(), "/paymentSource/customer/email", json!("outro@example.com"));
    let dotted = with(renamed, "/paymentSource/customer/document/number", json!("729.120.530-13"));
    assert_eq!(customer(dotted).await, first);
    let other = with(body.clone(), "/paymentSource/customer/document/number", json!("11111111111"));
    assert_ne!(customer(other).await, first);
    let anonymous = with(body.clone(), "/paymentSource/customer/document", json!({"type": "noDocument"}));
    assert_ne!(
        customer(anonymous.clone()).await,
        customer(anonymous).await,
        "without a document no shopper is recognised"
    );

    let stranger = hub.another_merchant().await;
    let theirs = stranger.creates_charge(&with(body, "/merchantId", json!(stranger.id))).await;
    assert_ne!(theirs.text("/customerId"), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_of_one_new_shopper_at_the_same_time_have_one_customer() {
    let hub = TestHub::build().await;
    let body = pix_charge(&hub.merchant.id);
    let charge = || hub.merchant.creates_charge(&body);
    let (a, b, c, d) = tokio::join!(charge(), charge(), charge(), charge());
    let ids = [a, b, c, d].map(|charge| charge.text("/customerId").to_owned());
    assert!(!ids[0].is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    for charge in hub.charges().await {
        assert_eq!(hub.merchant.reads_charge(&charge.id.to_string()).await.text("/customerId"), ids[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_is_answered_as_the_first_and_charges_nothing() {
    let hub = TestHub::build().await;
    for body in
        [card_charge(&hub.merchant.id, APPROVED), card_charge(&hub.merchant.id, DECLINED), pix_charge(&hub.merchant.id)]
    {
        let key = format!("order {}", hub.bank.creates());
        let first = hub.merchant.post_with_key("/v1/charges", &body, &key).await.expect(201);
        assert!(!first.is_replay());
        assert_eq!(first.text("/transactionRequests/0/idempotencyKey"), key);
        let creates = hub.bank.creates();
        let again = hub.merchant.post_with_key("/v1/charges", &body, &key).await.expect(201);
        assert!(again.is_replay());
        assert_eq!(again.body, first.body);
        // Either name of the header, and `appInfo` does not count.
        let named = with(body.clone(), "/appInfo", json!({"platform": {"name": "SDK", "version": "2"}}));
        let under_other_name = send_with_key(&hub.merchant, &named, "idempotency-key", &key).await.expect(201);
        assert_eq!((under_other_name.is_replay(), &under_other_name.body), (true, &first.body));
        let other = with(body, "/amount", json!(151));
        let reused = hub.merchant.post_with_key("/v1/charges", &other, &key).await.expect(422);
        assert_eq!(reused.text("/error/type"), "invalid_request_error");
        assert_eq!(hub.bank.creates(), creates);
    }
    // Another card is another body, although its number is not kept.
    let body = card_charge(&hub.merchant.id, "4916745120294124");
    hub.merchant.post_with_key("/v1/charges", &body, "order 0").await.assert_status(422);
    hub.assert_books_agree().await;
}

async fn send_with_key(merchant: &Merchant, body: &Value, header: &str, key: &str) -> Answer {
    let headers = [("x-client-id", merchant.client_id.as_str()), ("x-api-key", &merchant.api_key), (header, key)];
    merchant.send_with(Method::POST, "/v1/charges", &headers, Some(body.to_string().into_bytes())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_has_1_to_255_characters() {
    let hub = TestHub::build().await;
    let body = card_charge(&hub.merchant.id, APPROVED);
    let longest = "k".repeat(255);
    for key in ["k", "a b/c?d", &longest] {
        send_with_key(&hub.merchant, &body, "x-idempotency-key", key).await.assert_status(201);
        assert!(send_with_key(&hub.merchant, &body, "x-idempotency-key", key).await.expect(201).is_replay());
    }
    let creates = hub.bank.creates();
    let too_long = "k".repeat(256);
    for key in ["", &too_long, "olá"] {
        for header in ["x-idempotency-key", "idempotency-key"] {
            let refused = send_with_key(&hub.merchant, &body, header, key).await.expect(400);
            assert_eq!(
                refused.body["error"]["details"],
                json!(["X-Idempotency-Key must be 1 to 255 ASCII characters"]),
                "{key:?}"
            );
        }
    }
    assert_eq!((hub.bank.creates(), creates), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_has_one_idempotency_key() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let body = card_charge(&merchant.id, APPROVED).to_string().into_bytes();
    let send = async |keys: &[(&str, &str)]| {
        let account = [("x-client-id", merchant.client_id.as_str()), ("x-api-key", &merchant.api_key)];
        let headers = [&account, keys].concat();
        merchant.send_with(Method::POST, "/v1/charges", &headers, Some(body.clone())).await.unwrap()
    };
    let comma = "X-Idempotency-Key must not contain a comma: a header that is sent twice arrives with one";
    let differ = "X-Idempotency-Key and Idempotency-Key must not contradict each other";
    for (keys, problem) in [
        (&[("x-idempotency-key", "a,b")][..], comma),
        (&[("idempotency-key", "a, a")], comma),
        // The gateway joins them.
        (&[("x-idempotency-key", "a"), ("x-idempotency-key", "a")], comma),
        (&[("x-idempotency-key", "a"), ("idempotency-key", "b")], differ),
        (&[("idempotency-key", "a"), ("x-idempotency-key", "A")], differ),
        (&[("x-idempotency-key", "a"), ("idempotency-key", "a,b")], comma),
    ] {
        let refused = send(keys).await.expect(400);
        assert_eq!(refused.body["error"]["details"], json!([problem]), "{keys:?}");
    }
    assert_eq!((hub.bank.creates(), hub.charges().await.len()), (0, 0));
    let first = send(&[("x-idempotency-key", "a"), ("idempotency-key", "a")]).await.expect(201);
    let again = send(&[("idempotency-key", "a")]).await.expect(201);
    assert_eq!((again.is_replay(), again.body), (true, first.body));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_another_account_a_charge_and_a_token_do_not_exist_and_a_key_is_new() {
    let hub = TestHub::build().await;
    let (merchant, stranger) = (&hub.merchant, hub.another_merchant().await);
    let body = card_charge(&merchant.id, APPROVED);
    let mine = merchant.post_with_key("/v1/charges", &body, "order 1").await.expect(201);
    let unknown = stranger.get(&format!("/v1/charges/{}", mine.text("/id"))).await.expect(404);
    assert_eq!((unknown.text("/error/type"), unknown.text("/error/message")), ("entity_not_found", "charge not found"));

    let theirs = with(body, "/merchantId", json!(stranger.id));
    let made = stranger.post_with_key("/v1/charges", &theirs, "order 1").await.expect(201);
    assert!(!made.is_replay());
    assert_ne!(made.text("/id"), mine.text("/id"));

    let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let by_token = from_token(theirs, token.text("/tokenId"));
    let message = "tokenId does not exist or has expired; create another token. Nothing was done";
    refused(&stranger, &by_token, message).await;
    assert_eq!(hub.bank.creates(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_before_the_answer_gets_409() {
    let mut hub = TestHub::build().await;
    hub.bank.expect([BankReply::HoldAfterBooking]);
    let body = card_charge(&hub.merchant.id, APPROVED);
    let meanwhile = tokio::select! {
        first = hub.merchant.post_with_key("/v1/charges", &body, "order 9") => unreachable!("the bank holds it: {first:?}"),
        second = async {
            hub.bank.has_seen(1).await;
            hub.merchant.post_with_key("/v1/charges", &body, "order 9").await
        } => second.expect(409),
    };
    assert_eq!(
        (meanwhile.text("/error/type"), meanwhile.text("/error/message")),
        ("conflict", "Transaction is processing")
    );
    hub.kill_and_restart().await;
    hub.pass(LONG_AFTER).await;
    let later = hub.merchant.post_with_key("/v1/charges", &body, "order 9").await.expect(201);
    assert!(later.is_replay());
    assert_eq!(
        (hub.bank.creates(), hub.merchant.reads_charge(later.text("/id")).await.text("/status")),
        (1, "authorized")
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_keeps_the_numbers_and_names_of_the_events_that_it_caused() {
    use EventName::{Authorized, Failed, Pending, PreAuthorized};
    let hub = TestHub::build().await;
    let card = card_charge(&hub.merchant.id, APPROVED);
    for (body, events) in [
        (card.clone(), vec![Pending, Authorized]),
        (with(card, "/capture", json!(false)), vec![Pending, PreAuthorized]),
        (card_charge(&hub.merchant.id, DECLINED), vec![Pending, Failed]),
        (pix_charge(&hub.merchant.id), vec![Pending]),
    ] {
        let made = hub.merchant.creates_charge(&body).await;
        let charges = hub.charges().await;
        let charge = charges.iter().find(|charge| charge.id.to_string() == made.text("/id")).unwrap();
        let kept = tests::samples::events_of(charge);
        assert_eq!(kept.iter().map(|event| event.name).collect::<Vec<_>>(), events);
        assert!(kept.iter().map(|event| event.no).eq(1..=charge.event_no), "{kept:?}");
    }
}

/// Every kind of answer to this account about one card.
async fn every_answer(hub: &TestHub, number: &str, code: &str) -> Vec<Answer> {
    let (merchant, key) = (&hub.merchant, number.get(..6).unwrap());
    let charge = by(merchant, number, code);
    let card = charge["paymentSource"]["card"].clone();
    let token = merchant.post("/v1/tokens", &card).await.expect(201);
    let from_token = json!({"sourceType": "token", "tokenId": token.text("/tokenId")});
    let by_token = with(charge.clone(), "/paymentSource", from_token);
    let order = merchant.creates_session(&session(&merchant.id)).await;
    let payment = with(by_card(number), "/paymentSource/card", card.clone());
    let broken = format!("{} ", charge.to_string().trim_end_matches('}'));
    let made = merchant.creates_charge(&charge).await;
    vec![
        merchant.post_with_key("/v1/charges", &charge, key).await.expect(201),
        merchant.post_with_key("/v1/charges", &charge, key).await.expect(201),
        merchant.post_with_key("/v1/charges", &with(charge.clone(), "/amount", json!(151)), key).await.expect(422),
        merchant.creates_charge(&by_token).await,
        merchant.post("/v1/charges", &by_token).await.expect(400),
        merchant.post("/v1/charges", &with(charge.clone(), "/paymentSource/card/cardNumber", json!([number]))).await,
        merchant
            .post(
                "/v1/charges",
                &with(charge.clone(), "/paymentSource/card/cardNumber", json!(number.parse::<u64>().unwrap())),
            )
            .await,
        merchant
            .post("/v1/charges", &with(charge.clone(), "/paymentSource/card/cardCvv", json!(format!("{code}{code}"))))
            .await,
        merchant
            .post("/v1/charges", &with(charge.clone(), "/paymentSource/card/cardExpirationDate", json!("01/2020")))
            .await,
        merchant.post("/v1/charges", &with(charge, "/currency", json!(number))).await.expect(400),
        merchant.post_bytes("/v1/charges", broken.into_bytes()).await.expect(400),
        merchant.post("/v1/tokens", &with(card, "/cardHolderName", json!(null))).await.expect(400),
        hub.shopper.pays(&order, &payment).await.expect(201),
        hub.merchant.reads_session(&order).await,
        merchant.reads_charge(made.text("/id")).await,
        merchant.get("/v1/charges?limit=100").await.expect(200),
        token,
        made,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn card_numbers_and_codes_are_in_no_answer_and_in_nothing_that_is_stored() {
    let hub = TestHub::build().await;
    let cards = [("371511430434941", "6560"), ("346924402646172", "8460")];
    for (number, code) in cards {
        let answers = every_answer(&hub, number, code).await;
        let texts: Vec<String> = answers.iter().map(|answer| format!("{:?} {}", answer.headers, answer.body)).collect();
        for secret in [number, code] {
            assert_eq!(Searched::new(&texts).occurrences(secret), 0, "{secret}");
        }
    }
    let stored = hub.everything_stored().await;
    assert!(stored.iter().any(|item| item.contains("CARD#")), "the search includes the cards");
    for (number, code) in cards {
        for secret in [number, code] {
            assert_eq!(Searched::new(&stored).occurrences(secret), 0, "{secret}");
        }
    }
}

/// The search above must find a secret that is there.
#[tokio::test(flavor = "multi_thread")]
async fn the_search_for_card_data_finds_a_planted_leak() {
    let hub = TestHub::build().await;
    let (number, code) = ("371511430434941", "6560");
    let dynamo = hub.engine.direct();
    for (table, leak) in [
        (HUB_TABLE, AttributeValue::S(format!(r#"{{"card":{{"number":"{number}","cvv":"{code}"}}}}"#))),
        (HUB_TABLE, AttributeValue::S(STANDARD.encode(format!(r#"["{number}","{code}"]"#)))),
        (TOKENS_TABLE, AttributeValue::B(format!(r#"["{number}","{code}"]"#).into_bytes().into())),
        (
            TOKENS_TABLE,
            AttributeValue::L(vec![AttributeValue::N(number.to_owned()), AttributeValue::N(code.to_owned())]),
        ),
    ] {
        let before = hub.everything_stored().await;
        for secret in [number, code] {
            assert_eq!(Searched::new(&before).occurrences(secret), 0, "{secret}");
        }
        let key = AttributeValue::S("PLANTED".to_owned());
        let put = dynamo.put_item().table_name(table).item("PK", key.clone()).item("SK", key.clone()).item("doc", leak);
        put.send().await.unwrap();
        let after = hub.everything_stored().await;
        for secret in [number, code] {
            assert_eq!(Searched::new(&after).occurrences(secret), 1, "{secret}");
        }
        dynamo.delete_item().table_name(table).key("PK", key.clone()).key("SK", key).send().await.unwrap();
    }
}
