//! The creation of orders, right and wrong, and their reads.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::fakes::{
    Fault,
    pagarme::{BASE, DECLINED, Decision, REVIEWED, WITH_ERROR, error},
};

use super::{Shop, boleto_order, captured, card_order, charge_of, order, pix_order, reserved, statuses};

#[tokio::test]
async fn a_card_is_reserved_or_captured_and_its_books_say_so() {
    let shop = Shop::open().await;
    let held = shop.ordered(&reserved("a")).await;
    let taken = shop.ordered(&captured("b")).await;
    assert_eq!(statuses(&held), ["pending", "pending", "authorized_pending_capture"]);
    assert_eq!(statuses(&taken), ["paid", "paid", "captured"]);
    assert_eq!(taken["charges"][0]["paid_amount"], 150);
    assert_eq!(held["charges"][0]["paid_amount"], Value::Null);
    assert_eq!(taken["charges"][0]["last_transaction"]["acquirer_return_code"], "00");
    let (held, taken) = (shop.fake.of("a"), shop.fake.of("b"));
    assert_eq!((held.reserved, held.taken, taken.reserved, taken.taken), (150, 0, 0, 150));
    assert_eq!(shop.fake.net(), 150);
}

#[tokio::test]
async fn a_declined_card_is_a_200_with_a_return_code() {
    let shop = Shop::open().await;
    let by_number = shop.ordered(&card_order("a", "auth_only", DECLINED)).await;
    shop.fake.next_card(Decision::Decline("14"));
    let by_script = shop.ordered(&captured("b")).await;
    for (order, code) in [(&by_number, "51"), (&by_script, "14")] {
        assert_eq!(statuses(order), ["failed", "failed", "not_authorized"]);
        let transaction = &order["charges"][0]["last_transaction"];
        assert_eq!((&transaction["success"], &transaction["acquirer_return_code"]), (&json!(false), &json!(code)));
    }
    assert_eq!(shop.fake.net(), 0);
    assert_eq!(statuses(&shop.ordered(&captured("c")).await)[0], "paid", "a script is for one card");
}

#[tokio::test]
async fn an_acquirer_s_error_and_a_review_are_decided_later() {
    let shop = Shop::open().await;
    let failed = shop.ordered(&card_order("a", "auth_and_capture", WITH_ERROR)).await;
    let reviewed = shop.ordered(&card_order("b", "auth_only", REVIEWED)).await;
    assert_eq!(statuses(&failed), ["failed", "failed", "with_error"]);
    assert_eq!(statuses(&reviewed), ["pending", "pending", "pending_review"]);
    let paid = shop.fake.decides("a", Decision::Approve);
    assert!(paid.body.contains("charge.paid"));
    let declined = shop.fake.decides("b", Decision::Decline("59"));
    assert!(declined.body.contains("charge.payment_failed"));
    let (a, b) = (shop.fake.of("a"), shop.fake.of("b"));
    assert_eq!((a.transaction, a.taken, b.transaction, b.reserved), ("captured", 150, "not_authorized", 0));
}

#[tokio::test]
async fn a_pix_shows_its_code_until_it_expires() {
    let shop = Shop::open().await;
    let pix = shop.ordered(&pix_order("a")).await;
    assert_eq!(statuses(&pix), ["pending", "pending", "waiting_payment"]);
    let transaction = &pix["charges"][0]["last_transaction"];
    assert!(transaction["qr_code"].as_str().unwrap().starts_with("000201"));
    assert_eq!(transaction["expires_at"], shop.clock.now().plus(Duration::from_hours(1)).to_string());
    let path = format!("/charges/{}", charge_of(&pix));
    shop.clock.advance(Duration::from_secs(3599));
    assert_eq!(shop.get(&path).await.1["last_transaction"]["status"], "waiting_payment");
    shop.clock.advance(Duration::from_secs(1));
    let read = shop.get(&path).await.1;
    assert_eq!((&read["status"], &read["last_transaction"]["status"]), (&json!("failed"), &json!("expired")));
}

#[tokio::test]
async fn a_boleto_has_a_typeable_line_with_its_amount() {
    let shop = Shop::open().await;
    let boleto = shop.ordered(&boleto_order("a")).await;
    assert_eq!(statuses(&boleto), ["pending", "pending", "generated"]);
    let transaction = &boleto["charges"][0]["last_transaction"];
    let digits: String = transaction["line"].as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    // 8 January 2027 is day 1685 of the due dates.
    assert_eq!((digits.len(), &digits[33..]), (47, "16850000000150"));
    assert_eq!(transaction["due_at"], "2027-01-08T00:00:00.000Z");
    for name in ["url", "pdf", "barcode", "nosso_numero"] {
        assert!(transaction[name].is_string(), "{name}");
    }
}

/// Each is one good order with one field changed, and the path that its refusal names.
#[tokio::test]
async fn wrong_contents_are_refused_by_their_path() {
    let shop = Shop::open().await;
    let card = |pointer: &str| format!("/payments/0/credit_card{pointer}");
    let cases = [
        (captured("a"), "/customer".to_owned(), Value::Null, "order.customer"),
        (captured("a"), "/customer/name".to_owned(), json!("x".repeat(65)), "order.customer.name"),
        (captured("a"), "/items".to_owned(), json!([]), "order.items"),
        (captured("a"), "/items/0/amount".to_owned(), json!(1.5), "order.items[0].amount"),
        (captured("a"), "/code".to_owned(), json!("x".repeat(53)), "order.code"),
        (captured("a"), "/payments/0/amount".to_owned(), json!("150"), "order.payments[0].amount"),
        (captured("a"), "/payments/0/payment_method".to_owned(), json!("cash"), "order.payments[0].payment_method"),
        (captured("a"), "/payments/0/credit_card".to_owned(), Value::Null, "order.payments[0].credit_card"),
        (captured("a"), card("/installments"), json!(25), "order.payments[0].credit_card.installments"),
        (
            captured("a"),
            card("/statement_descriptor"),
            json!("x".repeat(14)),
            "order.payments[0].credit_card.statement_descriptor",
        ),
        (captured("a"), card("/operation_type"), json!("sale"), "order.payments[0].credit_card.operation_type"),
        (captured("a"), card("/card/number"), json!("4000000000000011"), "order.payments[0].credit_card.card.number"),
        (captured("a"), card("/card/exp_month"), json!("01"), "order.payments[0].credit_card.card.exp_month"),
        (captured("a"), card("/card/cvv"), json!("12"), "order.payments[0].credit_card.card.cvv"),
        (captured("a"), card("/card/pin"), json!("1"), "order.payments[0].credit_card.card.pin"),
        (pix_order("a"), "/customer/phones".to_owned(), json!({}), "order.customer.phones"),
        (pix_order("a"), "/customer/document".to_owned(), json!("123"), "order.customer.document"),
        (pix_order("a"), "/payments/0/pix".to_owned(), json!({}), "order.payments[0].pix"),
        (pix_order("a"), "/payments/0/pix/expires_at".to_owned(), json!("soon"), "order.payments[0].pix.expires_at"),
        (
            boleto_order("a"),
            "/payments/0/boleto/due_at".to_owned(),
            json!("8/1/2027"),
            "order.payments[0].boleto.due_at",
        ),
        (
            boleto_order("a"),
            "/payments/0/boleto/fine/type".to_owned(),
            json!("x"),
            "order.payments[0].boleto.fine.type",
        ),
        (
            boleto_order("a"),
            "/payments/0/boleto/document_number".to_owned(),
            json!("x".repeat(17)),
            "order.payments[0].boleto.document_number",
        ),
        (
            boleto_order("a"),
            "/customer/address/zip_code".to_owned(),
            json!("20000-000"),
            "order.customer.address.zip_code",
        ),
    ];
    for (mut body, pointer, value, path) in cases {
        let (object, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(object).unwrap()[field] = value;
        let (status, answer) = shop.orders(&body).await;
        assert_eq!(status, 422, "{path}: {answer}");
        assert!(answer["errors"][path][0].is_string(), "{path}: {answer}");
    }
    assert_eq!(shop.fake.booked(), []);
}

#[tokio::test]
async fn what_a_method_needs_of_the_customer_is_required() {
    let shop = Shop::open().await;
    for (body, field) in [(pix_order("a"), "phones"), (pix_order("a"), "document"), (boleto_order("a"), "address")] {
        let mut body = body;
        body["customer"].as_object_mut().unwrap().remove(field);
        let (status, answer) = shop.orders(&body).await;
        let path = format!("order.customer.{field}");
        assert_eq!((status, &answer["errors"][&path][0]), (422, &json!(format!("The {field} field is required."))));
    }
    let mut card = captured("a");
    for field in ["phones", "document", "address"] {
        card["customer"].as_object_mut().unwrap().remove(field);
    }
    assert_eq!(shop.orders(&card).await.0, 200);
}

#[tokio::test]
async fn one_payment_pays_the_whole_order() {
    let shop = Shop::open().await;
    let mut less = pix_order("a");
    less["payments"][0]["amount"] = json!(149);
    assert_eq!(shop.orders(&less).await.0, 412);
    let mut two = pix_order("a");
    two["payments"] = json!([two["payments"][0], two["payments"][0]]);
    assert_eq!(shop.orders(&two).await.0, 422);
    assert_eq!(shop.fake.booked(), []);
}

#[tokio::test]
async fn a_wrong_key_a_body_without_json_and_an_unknown_path_are_refused() {
    let shop = Shop::open().await;
    let url = |path: &str| format!("{}{BASE}{path}", shop.server.url());
    let post = || shop.client.post(url("/orders")).header("content-type", "application/json");
    let status = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    let body = captured("a").to_string();
    assert_eq!(status(post().body(body.clone())).await, 401);
    assert_eq!(status(post().basic_auth("sk_test_2", Some("")).body(body.clone())).await, 401);
    assert_eq!(status(post().basic_auth(super::KEY, Some("x")).body(body.clone())).await, 401);
    assert_eq!(status(post().basic_auth(super::KEY, Some("")).body("{")).await, 400);
    let form = shop.client.post(url("/orders")).basic_auth(super::KEY, Some(""));
    assert_eq!(status(form.body(body)).await, 400);
    for path in ["/orders/or_1", "/charges/ch_1", "/customers"] {
        assert_eq!(shop.get(path).await.0, 404, "{path}");
    }
    assert_eq!(shop.fake.booked(), []);
}

/// The provider keeps the key and the outcome of a creation for 24 hours; it compares no bodies.
#[tokio::test]
async fn a_key_answers_its_first_creation_for_a_day() {
    let shop = Shop::open().await;
    let create = async |key: &str, body: &Value| shop.send(Method::POST, "/orders", Some(body), Some(key)).await;
    let first = create("k", &captured("a")).await;
    assert_eq!(create("k", &captured("a")).await, first);
    assert_eq!(create("k", &captured("b")).await, first, "another body");
    assert_eq!(shop.fake.booked().len(), 1);
    assert_ne!(create("K", &captured("c")).await, first, "a key has capitals");
    shop.fake.next_card(Decision::Decline("05"));
    let declined = create("d", &captured("d")).await;
    assert_eq!(create("d", &captured("d")).await, declined);
    shop.clock.advance(Duration::from_hours(24).saturating_sub(Duration::from_millis(1)));
    assert_eq!(create("k", &captured("a")).await, first);
    shop.clock.advance(Duration::from_millis(1));
    assert_ne!(create("k", &captured("a")).await, first, "the key is over");
    assert_eq!(shop.fake.booked().iter().filter(|order| order.code == "a").count(), 2);
}

#[tokio::test]
async fn orders_and_charges_are_found_by_id_and_by_code() {
    let shop = Shop::open().await;
    let one = shop.ordered(&captured("a")).await;
    let other = shop.ordered(&pix_order("a")).await;
    shop.ordered(&reserved("b")).await;
    assert_eq!(shop.get(&format!("/orders/{}", one["id"].as_str().unwrap())).await, (200, one.clone()));
    assert_eq!(shop.get(&format!("/charges/{}", charge_of(&one))).await, (200, one["charges"][0].clone()));
    let (_, found) = shop.get("/orders?code=a&page=1&size=10").await;
    assert_eq!(found, json!({"data": [other, one], "paging": {"total": 2}}));
    let (_, second) = shop.get("/orders?code=a&page=2&size=1").await;
    assert_eq!(second, json!({"data": [one], "paging": {"total": 2}}));
    let (_, charges) = shop.get("/charges?code=a&status=paid").await;
    assert_eq!(charges["data"], one["charges"]);
    assert_eq!(shop.get("/orders?code=c").await, (200, json!({"data": [], "paging": {"total": 0}})));
    for query in ["code=a&page=0", "code=a&size=x", "codes=a"] {
        assert_eq!(shop.get(&format!("/orders?{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_test_refuses_one_request_as_the_provider_would() {
    let shop = Shop::open().await;
    for status in [403, 409, 429, 500] {
        shop.server.treat_next("POST", "/orders", Fault::Refuse(error(status, "Not now.")));
        assert_eq!(shop.orders(&captured("a")).await, (status, json!({"message": "Not now."})));
    }
    assert_eq!(shop.fake.booked(), []);
}

#[tokio::test]
async fn the_older_form_of_a_reservation_is_understood() {
    let shop = Shop::open().await;
    for (capture, status) in [(Some(false), "pending"), (Some(true), "paid"), (None, "paid")] {
        let mut body = captured("a");
        let card = body["payments"][0]["credit_card"].as_object_mut().unwrap();
        card.remove("operation_type");
        card.extend(capture.map(|capture| ("capture".to_owned(), json!(capture))));
        assert_eq!(statuses(&shop.ordered(&body).await)[0], status);
    }
    let empty = order("b", &json!({"payment_method": "pix", "pix": {"expires_at": "2100-01-01T00:00:00Z"}}));
    assert_eq!(statuses(&shop.ordered(&empty).await)[2], "waiting_payment");
}
