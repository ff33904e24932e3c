//! The examples of the source documents: what they send is answered as they print it.
//!
//! The files in `seeds` hold each request and its answer as printed. Sent are the account's own ids and a due date in
//! the future; compared is every printed field.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use domain::{brcode, ids::ChargeId, time::Timestamp};
use serde_json::{Value, json};
use tests::{
    House,
    order::Order,
    printed::{assert_as_printed, entries, is, made, other_type},
    samples::with,
};

const DUE: &str = "2999-04-04T09:28:45.000Z";

const IDS: &str = "ids are made by the hub";
const TIMES: &str = "the document's day has passed";
const OURS: &str = "the account's own id was sent";
const BANK: &str = "the provider makes it";
const OTHER_ORDER: &str = "the document prints the session of another request, `Pedido 1`";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_created_as_the_document_prints_it() {
    let house = House::build().await;
    let sent = with(document(include_str!("../seeds/session-create.request.json"), &house), "/dueDate", json!(DUE));
    let answer = house.client.post("/v1/sessions", &sent).await.expect(201);
    let exceptions = [
        made("/id", id, IDS),
        made("/publicKey", id, "keys are made by the hub"),
        made("/createdAt", time, TIMES),
        made("/updatedAt", time, TIMES),
        is("/clientId", json!(house.client.client_id), OURS),
        is("/merchantId", json!(house.client.merchant_id), OURS),
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
    let house = House::build().await;
    let session = document(include_str!("../seeds/session-create.answer.json"), &house);
    let session = with(session, "/dueDate", json!(DUE));
    // The document pays by card a session that names Pix alone.
    let session =
        with(session, "/paymentMethods", json!([{"paymentType": "pix", "expiresIn": 30}, {"paymentType": "credit"}]));
    let order = Order::create(&house.client, &session).await;
    let answer = order.pay(&document(include_str!("../seeds/session-pay.request.json"), &house)).await.expect(201);
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
        is("/clientId", json!(house.client.client_id), OURS),
        is("/merchantId", json!(house.client.merchant_id), OURS),
        made("/transactionRequests/0/transactionId", Value::is_string, BANK),
        made("/transactionRequests/0/authorizationNsu", Value::is_string, BANK),
        other_type("/customerId", Value::is_null, "the printed request names no customer"),
        entries("/paymentMethods", 2, "credit was added to the session"),
    ];
    assert_as_printed(&printed(include_str!("../seeds/session-pay.answer.json")), &answer.body, &exceptions);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_charged_as_the_document_prints_it() {
    let house = House::build().await;
    let sent = document(include_str!("../seeds/pix-charge.request.json"), &house);
    let answer = house.client.post("/v1/charges", &sent).await.expect(201);
    let exceptions = [
        made("/id", id, IDS),
        made("/paymentSource/customerId", id, IDS),
        made("/createdAt", time, TIMES),
        is("/clientId", json!(house.client.client_id), OURS),
        made("/paymentMethod/qrCodeData", pix_code, BANK),
        made("/paymentMethod/qrCodeImageUrl", picture, "the picture is in the answer itself, not at an address"),
    ];
    assert_as_printed(&printed(include_str!("../seeds/pix-charge.answer.json")), &answer.body, &exceptions);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_charged_as_the_document_prints_it() {
    let house = House::build().await;
    let sent = document(include_str!("../seeds/card-charge.request.json"), &house);
    let answer = house.client.post("/v1/charges", &sent).await.expect(201);
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
            "document 000 prints how long a card took, this one null",
        ),
        is("/clientId", json!(house.client.client_id), OURS),
        is("/merchantId", json!(house.client.merchant_id), OURS),
        made("/transactionRequests/0/authorizationCode", Value::is_string, BANK),
        made("/transactionRequests/0/authorizationNsu", Value::is_string, BANK),
        made("/transactionRequests/0/responseCode", Value::is_string, BANK),
    ];
    assert_as_printed(&printed(include_str!("../seeds/card-charge.answer.json")), &answer.body, &exceptions);
    house.assert_books_agree().await;
}

/// A printed request, for the account's merchant.
fn document(text: &str, house: &House) -> Value {
    with(printed(text), "/merchantId", json!(house.client.merchant_id))
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

fn picture(value: &Value) -> bool {
    value.as_str().is_some_and(|url| url.starts_with("data:image/png;base64,"))
}
