//! The examples of the source documents: what they send is answered as they print it.
//!
//! The files in `seeds` hold each request and its answer as printed. Sent are the account's own ids and a due date in
//! the future; compared is every printed field. Those of Malga's clients hold what they send, in our own values.

use domain::{
    brcode,
    ids::ChargeId,
    time::{Date, Timestamp},
};
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    hub::PUBLIC_URL,
    printed::{assert_as_printed, entries, is, made, other_type},
    samples::{with, without},
};

const DUE: &str = "2999-04-04T09:28:45.000Z";

const IDS: &str = "ids are made by the hub";
const TIMES: &str = "the document's day has passed";
const OURS: &str = "the account's own id was sent";
const BANK: &str = "the provider makes it";
const IMAGE: &str = "the hub makes the address";
const OTHER_ORDER: &str = "the document prints the session of another request, `Pedido 1`";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_created_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let sent = with(document(include_str!("../seeds/session-create.request.json"), &hub), "/dueDate", json!(DUE));
    let answer = hub.merchant.post("/v1/sessions", &sent).await.expect(201);
    let exceptions = [
        made("/id", id, IDS),
        made("/publicKey", id, "keys are made by the hub"),
        made("/createdAt", time, TIMES),
        made("/updatedAt", time, TIMES),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        is("/merchantId", json!(hub.merchant.id), OURS),
        is("/dueDate", json!(DUE), "moved to the future"),
        is("/name", json!("Loja 1"), OTHER_ORDER),
        is("/items/0/name", json!("Item"), OTHER_ORDER),
        other_type("/orderId", Value::is_null, OTHER_ORDER),
        other_type("/description", Value::is_null, OTHER_ORDER),
        other_type("/statementDescriptor", Value::is_null, OTHER_ORDER),
    ];
    assert_as_printed(&printed(include_str!("../seeds/session-create.answer.json")), &answer.body, &exceptions);
}

/// The session that the answer above prints is the one that the document pays: the same id, amount, order and method.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_paid_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let session = document(include_str!("../seeds/session-create.answer.json"), &hub);
    let session = with(session, "/dueDate", json!(DUE));
    // The document pays by card a session that names Pix alone.
    let session =
        with(session, "/paymentMethods", json!([{"paymentType": "pix", "expiresIn": 30}, {"paymentType": "credit"}]));
    let order = hub.merchant.creates_session(&session).await;
    let answer =
        hub.shopper.pays(&order, &document(include_str!("../seeds/session-pay.request.json"), &hub)).await.expect(201);
    let exceptions = [
        is("/id", json!(order.id), IDS),
        made("/paymentSource/cardId", id, IDS),
        made("/transactionRequests/0/id", id, IDS),
        made("/transactionRequests/0/idempotencyKey", id, IDS),
        made("/transactionRequests/0/providerId", id, IDS),
        made("/createdAt", time, TIMES),
        made("/transactionRequests/0/createdAt", time, TIMES),
        made("/transactionRequests/0/updatedAt", time, TIMES),
        made("/transactionRequests/0/responseTs", span, TIMES),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        is("/merchantId", json!(hub.merchant.id), OURS),
        made("/transactionRequests/0/transactionId", Value::is_string, BANK),
        made("/transactionRequests/0/authorizationNsu", Value::is_string, BANK),
        other_type("/customerId", Value::is_null, "the printed request names no customer"),
        entries("/paymentMethods", 2, "credit was added to the session"),
    ];
    assert_as_printed(&printed(include_str!("../seeds/session-pay.answer.json")), &answer.body, &exceptions);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_charged_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let sent = document(include_str!("../seeds/pix-charge.request.json"), &hub);
    let answer = hub.merchant.creates_charge(&sent).await;
    let exceptions = [
        made("/id", id, IDS),
        made("/paymentSource/customerId", id, IDS),
        made("/createdAt", time, TIMES),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        made("/paymentMethod/qrCodeData", pix_code, BANK),
        made("/paymentMethod/qrCodeImageUrl", image, IMAGE),
    ];
    assert_as_printed(&printed(include_str!("../seeds/pix-charge.answer.json")), &answer.body, &exceptions);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_charged_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let sent = document(include_str!("../seeds/card-charge.request.json"), &hub);
    let answer = hub.merchant.creates_charge(&sent).await;
    let exceptions = [
        made("/id", id, IDS),
        made("/paymentSource/cardId", id, IDS),
        made("/transactionRequests/0/id", id, IDS),
        made("/transactionRequests/0/idempotencyKey", id, IDS),
        made("/transactionRequests/0/providerId", id, IDS),
        made("/createdAt", time, TIMES),
        made("/transactionRequests/0/createdAt", time, TIMES),
        made("/transactionRequests/0/updatedAt", time, TIMES),
        other_type(
            "/transactionRequests/0/responseTs",
            span,
            "the page Sessões prints how long a card took, this one null",
        ),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        is("/merchantId", json!(hub.merchant.id), OURS),
        made("/transactionRequests/0/authorizationCode", Value::is_string, BANK),
        made("/transactionRequests/0/authorizationNsu", Value::is_string, BANK),
        made("/transactionRequests/0/responseCode", Value::is_string, BANK),
    ];
    assert_as_printed(&printed(include_str!("../seeds/card-charge.answer.json")), &answer.body, &exceptions);
    hub.assert_books_agree().await;
}

/// The document pays the Pix by hand, voids it, and prints the void's answer; that it was confirmed is the last row of
/// its table of events.
#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_refunded_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let sent = document(include_str!("../seeds/pix-charge.request.json"), &hub);
    let charged = hub.merchant.creates_charge(&sent).await;
    let path = format!("/v1/charges/{}", charged.text("/id"));
    hub.merchant.post(&path, &json!({"status": "authorized"})).await.assert_status(200);
    // The document prints 200 here, and 201 for Drip: a void creates a transaction request.
    let void = printed(include_str!("../seeds/pix-void.request.json"));
    let answer = hub.merchant.post(&format!("{path}/void"), &void).await.expect(201);
    let code = charged.text("/paymentMethod/qrCodeData");
    let exceptions = [
        is("/id", json!(charged.text("/id")), IDS),
        is("/merchantId", json!(hub.merchant.id), OURS),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        made("/createdAt", time, TIMES),
        made("/paymentSource/customerId", id, IDS),
        made("/transactionRequests/0/id", id, IDS),
        made("/transactionRequests/0/createdAt", time, TIMES),
        made("/transactionRequests/0/updatedAt", time, TIMES),
        made("/transactionRequests/0/idempotencyKey", id, IDS),
        made("/transactionRequests/0/providerId", id, IDS),
        made("/transactionRequests/0/responseTs", span, TIMES),
        made("/transactionRequests/1/id", id, IDS),
        made("/transactionRequests/1/createdAt", time, TIMES),
        made("/transactionRequests/1/updatedAt", time, TIMES),
        made("/transactionRequests/1/idempotencyKey", id, IDS),
        made("/transactionRequests/1/providerId", id, IDS),
        other_type("/transactionRequests/1/transactionId", Value::is_string, "this bank says its id of the payment"),
        is("/transactionRequests/1/pix/qrCodeData", json!(code), BANK),
        made("/transactionRequests/1/pix/qrCodeImageUrl", image, IMAGE),
        made("/transactionRequests/2/id", id, IDS),
        made("/transactionRequests/2/createdAt", time, TIMES),
        made("/transactionRequests/2/updatedAt", time, TIMES),
        made("/transactionRequests/2/idempotencyKey", id, IDS),
        made("/transactionRequests/2/providerId", id, IDS),
        made("/transactionRequests/2/transactionId", Value::is_string, BANK),
        made("/transactionRequests/2/responseTs", span, TIMES),
    ];
    assert_as_printed(&printed(include_str!("../seeds/pix-void.answer.json")), &answer.body, &exceptions);
    assert_eq!(answer.body["paymentMethod"].get("qrCodeData"), None, "a Pix that is paid shows no code to be paid");

    let voided = hub.merchant.post(&path, &json!({"status": "voided"})).await.expect(200);
    assert_eq!(
        requests(&voided),
        ["void success 150", "void processing 150", "authorization success 150", "pending success 150"]
    );
    assert_voided(&voided, 150);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_with_drip_is_charged_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let sent = document(include_str!("../seeds/drip-charge.request.json"), &hub);
    let answer = hub.merchant.creates_charge(&sent).await;
    let exceptions = [
        made("/id", id, IDS),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        is("/merchantId", json!(hub.merchant.id), OURS),
        made("/createdAt", time, TIMES),
        made("/paymentMethod/paymentUrl", page, BANK),
        made("/paymentSource/customerId", id, IDS),
        made("/transactionRequests/0/id", id, IDS),
        made("/transactionRequests/0/createdAt", time, TIMES),
        made("/transactionRequests/0/updatedAt", time, TIMES),
        made("/transactionRequests/0/idempotencyKey", id, IDS),
        made("/transactionRequests/0/providerId", id, IDS),
        made("/transactionRequests/0/transactionId", Value::is_string, BANK),
        made("/transactionRequests/0/authorizationCode", id_of_bank, BANK),
        made("/transactionRequests/0/responseTs", span, TIMES),
        is("/transactionRequests/0/drip/paymentUrl", json!(answer.text("/paymentMethod/paymentUrl")), BANK),
    ];
    assert_as_printed(&printed(include_str!("../seeds/drip-charge.answer.json")), &answer.body, &exceptions);
    hub.assert_books_agree().await;
}

/// The document prints the void of another payment than the one that it made: it is made here from that answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_with_drip_is_refunded_as_the_document_prints_it() {
    let hub = TestHub::build().await;
    let printed_answer = printed(include_str!("../seeds/drip-void.answer.json"));
    let sent = document(include_str!("../seeds/drip-charge.request.json"), &hub);
    let sent = with(sent, "/paymentMethod", without(printed_answer["paymentMethod"].clone(), "/paymentUrl"));
    let charged = hub.merchant.creates_charge(&with(sent, "/amount", json!(1200))).await;
    let path = format!("/v1/charges/{}", charged.text("/id"));
    hub.merchant.post(&path, &json!({"status": "authorized"})).await.assert_status(200);
    let void = printed(include_str!("../seeds/drip-void.request.json"));
    let answer = hub.merchant.post(&format!("{path}/void"), &void).await.expect(201);
    let page = charged.text("/paymentMethod/paymentUrl");
    let exceptions = [
        is("/id", json!(charged.text("/id")), IDS),
        is("/clientId", json!(hub.merchant.client_id), OURS),
        is("/merchantId", json!(hub.merchant.id), OURS),
        made("/createdAt", time, TIMES),
        is("/amount", json!(0), "the residual amount, as the tables of Cartão de crédito print it"),
        is("/paymentMethod/paymentUrl", json!(page), BANK),
        made("/paymentSource/customerId", id, IDS),
        made("/transactionRequests/0/id", id, IDS),
        made("/transactionRequests/0/createdAt", time, TIMES),
        made("/transactionRequests/0/updatedAt", time, TIMES),
        made("/transactionRequests/0/idempotencyKey", id, IDS),
        made("/transactionRequests/0/providerId", id, IDS),
        made("/transactionRequests/0/transactionId", Value::is_string, BANK),
        made("/transactionRequests/0/responseTs", span, TIMES),
        made("/transactionRequests/1/id", id, IDS),
        made("/transactionRequests/1/createdAt", time, TIMES),
        made("/transactionRequests/1/updatedAt", time, TIMES),
        made("/transactionRequests/1/idempotencyKey", id, IDS),
        made("/transactionRequests/1/providerId", id, IDS),
        made("/transactionRequests/1/transactionId", Value::is_string, BANK),
        made("/transactionRequests/2/id", id, IDS),
        made("/transactionRequests/2/createdAt", time, TIMES),
        made("/transactionRequests/2/updatedAt", time, TIMES),
        made("/transactionRequests/2/idempotencyKey", id, IDS),
        made("/transactionRequests/2/providerId", id, IDS),
        made("/transactionRequests/2/transactionId", Value::is_string, BANK),
        made("/transactionRequests/2/authorizationCode", id_of_bank, BANK),
        made("/transactionRequests/2/responseTs", span, TIMES),
        is("/transactionRequests/2/drip/paymentUrl", json!(page), BANK),
    ];
    assert_as_printed(&printed_answer, &answer.body, &exceptions);
    assert_voided(&answer, 1200);
    hub.assert_books_agree().await;
}

/// A request as a client of Malga sends it, in our own values, for the account's merchant.
fn request(name: &str, hub: &TestHub) -> Value {
    let path = format!("{}/seeds/{name}.request.json", env!("CARGO_MANIFEST_DIR"));
    let sent = document(&std::fs::read_to_string(path).unwrap(), hub);
    let Some(_) = sent.pointer("/paymentMethod/expiresDate") else { return sent };
    let due = Date::in_brazil(hub.clock().now()).plus_days(5);
    with(sent, "/paymentMethod/expiresDate", json!(due.to_string()))
}

/// Malga's plug-in for `WooCommerce` sends every part of an address, typed or not, and interest and fine of zero.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_plug_in_for_woocommerce_sends_is_taken() {
    let hub = TestHub::build().await;
    let card = hub.merchant.creates_charge(&request("woocommerce-credit", &hub)).await;
    assert_eq!((card.text("/status"), card.text("/orderId")), ("authorized", "714"));
    let pix = hub.merchant.creates_charge(&request("woocommerce-pix", &hub)).await;
    assert!(pix_code_of(&pix, "159.90"), "{}", pix.body);
    let boleto = hub.merchant.creates_charge(&request("woocommerce-boleto", &hub)).await;
    assert_eq!(boleto.text("/status"), "pending");
    assert!(!boleto.text("/paymentMethod/barcodeData").is_empty(), "{}", boleto.body);
    for name in ["interest", "fine"] {
        assert_eq!(boleto.body["paymentMethod"].get(name).filter(|penalty| !penalty.is_null()), None, "{name}");
    }
    let customer = hub.merchant.get(&format!("/v1/customers/{}", pix.text("/customerId"))).await.expect(200);
    let parts = ["street", "streetNumber", "district", "complement"].map(|part| customer.body["address"][part].clone());
    assert_eq!(parts, [json!("Rua do Farol"), Value::Null, Value::Null, Value::Null]);
    hub.assert_books_agree().await;
}

/// The payments that the tests of Malga's Java client make, with what they expect of the answers.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_java_client_sends_is_taken() {
    let hub = TestHub::build().await;
    let _ = hub.merchant.post("/v1/tokens", &request_bare("java-sdk-token")).await.expect(201);
    for (action, amount, status, left) in [
        ("capture", 100, "authorized", 100),
        ("capture", 1000, "authorized", 1000),
        ("void", 100, "pre_authorized", 900),
    ] {
        let held = hub.merchant.creates_charge(&request("java-sdk-card", &hub)).await;
        assert_eq!((held.text("/status"), &held.body["amount"]), ("pre_authorized", &json!(1000)));
        assert_eq!(held.text("/statementDescriptor"), "Livraria do Centro");
        let path = format!("/v1/charges/{}/{action}", held.text("/id"));
        let changed = hub.merchant.post(&path, &json!({"amount": amount})).await.expect(201);
        assert_eq!((changed.text("/status"), &changed.body["amount"]), (status, &json!(left)), "{action} {amount}");
    }
    let pix = hub.merchant.creates_charge(&request("java-sdk-pix", &hub)).await;
    assert!(pix_code_of(&pix, "10.00"), "{}", pix.body);
    let boleto = hub.merchant.creates_charge(&request("java-sdk-boleto", &hub)).await;
    assert_eq!((boleto.text("/status"), &boleto.body["paymentMethod"]["fine"]["amount"]), ("pending", &json!(100)));
    // The customer of the payments is known by now, and its document is its own.
    let _ = hub.merchant.post("/v1/customers", &request_bare("java-sdk-customer")).await.expect(409);
    let _ = hub.merchant.post("/v1/customers?force=true", &request_bare("java-sdk-customer")).await.expect(201);
    hub.assert_books_agree().await;
}

/// A request that names no merchant.
fn request_bare(name: &str) -> Value {
    printed(&std::fs::read_to_string(format!("{}/seeds/{name}.request.json", env!("CARGO_MANIFEST_DIR"))).unwrap())
}

/// Whether the charge is a Pix that can be paid with this amount.
fn pix_code_of(charge: &Answer, amount: &str) -> bool {
    let fields = brcode::parse(charge.text("/paymentMethod/qrCodeData")).ok();
    charge.text("/status") == "pending" && fields.is_some_and(|fields| brcode::field(&fields, "54") == Some(amount))
}

/// Malga's pages "Pix" and "Drip" print the amount of a full void as it was before. The hub prints the residual amount,
/// as the tables of "Cartão de crédito" do.
#[track_caller]
fn assert_voided(answer: &Answer, original: u64) {
    assert_eq!(
        (answer.text("/status"), &answer.body["amount"], &answer.body["originalAmount"]),
        ("voided", &json!(0), &json!(original))
    );
}

/// The transaction requests in the answer's order.
fn requests(answer: &Answer) -> Vec<String> {
    let requests = answer.body["transactionRequests"].as_array().unwrap().iter();
    let words = requests.map(|request| ["requestType", "requestStatus", "amount"].map(|field| request[field].clone()));
    words.map(|words| words.map(|word| word.to_string().replace('"', "")).join(" ")).collect()
}

/// A printed request, for the account's merchant.
fn document(text: &str, hub: &TestHub) -> Value {
    with(printed(text), "/merchantId", json!(hub.merchant.id))
}

fn printed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<ChargeId>().is_ok_and(|id| id.uuid().get_version_num() == 4))
}

fn time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok_and(|instant| instant.to_string() == text))
}

/// `1356ms`
fn span(value: &Value) -> bool {
    value.as_str().and_then(|text| text.strip_suffix("ms")).is_some_and(|millis| millis.parse::<u32>().is_ok())
}

fn pix_code(value: &Value) -> bool {
    let fields = value.as_str().and_then(|code| brcode::parse(code).ok());
    fields.is_some_and(|fields| brcode::field(&fields, "54") == Some("1.50"))
}

fn image(value: &Value) -> bool {
    value.as_str().is_some_and(|url| url.starts_with(PUBLIC_URL) && url.contains("/image/"))
}

/// The bank's own ids look like ours.
fn id_of_bank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 36 && text.matches('-').count() == 4)
}

fn page(value: &Value) -> bool {
    value.as_str().is_some_and(|url| url.starts_with("https://pay.sandbox.example/checkouts/"))
}
