//! Customers are created and listed, and a document or an e-mail address belongs to one customer.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{
    TestHub,
    samples::{drip_charge, pix_charge, with, without},
};

use crate::{CPF, assert_taken, create, customer, details, other};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_answered_with_its_document_nested_and_flat() {
    let hub = TestHub::build().await;
    let made = hub.merchant.post("/v1/customers", &customer()).await.expect(201);
    let mut expected = customer();
    let document = json!({"type": "cpf", "number": CPF, "country": "BR"});
    expected.as_object_mut().unwrap().extend([
        ("id".to_owned(), made.body.pointer("/id").unwrap().clone()),
        ("createdAt".to_owned(), made.body.pointer("/createdAt").unwrap().clone()),
        ("clientId".to_owned(), json!(hub.merchant.client_id)),
        ("document".to_owned(), document),
        ("documentType".to_owned(), json!("cpf")),
        ("documentNumber".to_owned(), json!(CPF)),
        ("documentCountry".to_owned(), json!("BR")),
    ]);
    assert_eq!(made.body, expected);
    let path = format!("/v1/customers/{}", made.text("/id"));
    assert_eq!(hub.merchant.get(&path).await.expect(200).body, expected);
}

/// Forms send what was not typed as an empty text, and many towns have no districts.
#[tokio::test(flavor = "multi_thread")]
async fn empty_and_absent_parts_of_an_address_are_the_same() {
    let hub = TestHub::build().await;
    let body = with(with(customer(), "/address/district", json!("")), "/address/streetNumber", json!(null));
    let made = hub.merchant.post("/v1/customers", &body).await.expect(201);
    let path = format!("/v1/customers/{}", made.text("/id"));
    let read = hub.merchant.get(&path).await.expect(200);
    for part in ["district", "streetNumber"] {
        assert_eq!(read.body["address"][part], Value::Null);
    }
    assert_eq!(read.body["address"]["street"], body["address"]["street"]);
    // An address without parts is none, and changes none.
    let kept = hub.merchant.patch(&path, &json!({"address": {"street": ""}})).await.expect(200);
    assert_eq!(kept.body["address"], read.body["address"]);
    let drip = with(
        drip_charge(&hub.merchant.id),
        "/paymentSource",
        json!({"sourceType": "customer", "customerId": made.text("/id")}),
    );
    let refused = hub.refuses(hub.merchant.post("/v1/charges", &drip), 400).await;
    assert!(refused.text("/error/message").starts_with("Drip needs a customer with a complete address"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_needs_no_document_telephone_or_address() {
    let hub = TestHub::build().await;
    for number in 0..2 {
        let body = json!({
            "name": "Sem Documento", "email": format!("{number}@example.com"), "phoneNumber": " ",
            "document": {"type": "noDocument"},
        });
        let made = hub.merchant.post("/v1/customers", &body).await.expect(201);
        assert_eq!(made.text("/document/type"), "noDocument");
        assert_eq!(made.body.pointer("/document/number"), Some(&Value::Null));
        assert_eq!(made.body.pointer("/address"), Some(&Value::Null));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_of_a_customer_is_reported_at_once() {
    let hub = TestHub::build().await;
    let nothing = hub.merchant.post("/v1/customers", &json!({})).await.expect(400);
    assert_eq!(nothing.text("/error/type"), "bad_request");
    assert_eq!(nothing.text("/error/message"), "Bad Request Exception");
    let expected = [
        "name must be a string",
        "name should not be empty",
        "email must be an email",
        "email should not be empty",
        "phoneNumber must be a string",
        "phoneNumber should not be empty",
        "document must be an object",
        "document should not be empty",
    ];
    assert_eq!(details(&nothing), expected);
    let body = json!({"name": "", "email": "x", "phoneNumber": 1, "document": {"type": "cpf", "number": "1"}, "address": {"street": "Rua"}});
    let wrong = hub.merchant.post("/v1/customers", &body).await.expect(400);
    let fields: BTreeSet<&str> = details(&wrong).iter().filter_map(|problem| problem.split(' ').next()).collect();
    assert_eq!(fields, BTreeSet::from(["name", "email", "phoneNumber", "document.number"]));
    let scan = hub.everything_stored().await;
    assert!(scan.iter().all(|item| !item.contains("CUSTOMER#")), "something was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_field_by_field() {
    let hub = TestHub::build().await;
    let long = "x".repeat(256);
    let cases = [
        (with(customer(), "/name", json!(7)), "name must be a string"),
        (with(customer(), "/name", json!("")), "name should not be empty"),
        (with(customer(), "/name", json!(long)), "name must be shorter than or equal to 255 characters"),
        (with(customer(), "/email", json!("maria")), "email must be an email"),
        (with(customer(), "/email", json!("maria@")), "email must be an email"),
        (with(customer(), "/email", json!("ma ria@example.com")), "email must be an email"),
        (with(customer(), "/email", json!(null)), "email must be an email"),
        (with(customer(), "/phoneNumber", json!("")), "phoneNumber should not be empty"),
        (with(customer(), "/document", json!("72912053013")), "document must be an object"),
        (with(customer(), "/document/type", json!("c p f")), "document.type must be a document type"),
        (without(customer(), "/document/type"), "document.type must be a string"),
        (with(customer(), "/document/number", json!("72912053012")), "document.number must be a valid CPF"),
        (without(customer(), "/document/number"), "document.number must be a valid CPF"),
        (with(customer(), "/document/country", json!("Brazil")), "document.country must be an ISO 3166-1 alpha-2 code"),
        (with(customer(), "/address", json!([])), "address must be an object"),
        (with(customer(), "/address/district", json!(3)), "address.district must be a string"),
        (with(customer(), "/name", json!("5424181860913909")), "name must not contain a card number"),
        (with(customer(), "/address/complement", json!(3)), "address.complement must be a string"),
    ];
    for (body, problem) in cases {
        let answer = hub.merchant.post("/v1/customers", &body).await.expect(400);
        assert_eq!(details(&answer).first(), Some(&problem), "{body}");
    }
    let unsure = hub.merchant.post("/v1/customers?force=maybe", &customer()).await.expect(400);
    assert_eq!(details(&unsure), ["force must be a boolean value"]);
    let _ = hub.merchant.post_bytes("/v1/customers", b"{".to_vec()).await.expect(400);
    let _ = hub.merchant.post("/v1/customers", &with(customer(), "/document/type", json!("CPF"))).await.expect(201);
    for path in ["/v1/customers/1", "/v1/sessions/customers/1", "/v1/customers/1/cards"] {
        assert_eq!(details(&hub.merchant.get(path).await.expect(400)), ["id must be a UUID"]);
    }
    for (query, problem) in [
        ("limit=101", "limit must not be greater than 100"),
        ("id=7", "id must be a UUID"),
        ("page=0", "page must be a positive number"),
    ] {
        assert_eq!(details(&hub.merchant.get(&format!("/v1/customers?{query}")).await.expect(400)), [problem]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn document_and_email_belong_to_one_customer_unless_force_is_true() {
    let hub = TestHub::build().await;
    let first = create(&hub.merchant, &customer()).await;
    let elsewhere = with(customer(), "/email", json!("outra@example.com"));
    let spelled = with(elsewhere.clone(), "/document/number", json!("729.120.530-13"));
    for body in [&elsewhere, &spelled] {
        assert_taken(&hub.merchant.post("/v1/customers", body).await, "document");
    }
    let mailbox = with(other(), "/email", json!("Maria@Example.com"));
    assert_taken(&hub.merchant.post("/v1/customers", &mailbox).await, "email");
    assert_taken(&hub.merchant.post("/v1/customers?force=false", &customer()).await, "document and email");

    let second = hub.merchant.post("/v1/customers?force=true", &customer()).await.expect(201);
    assert_ne!(second.text("/id"), first);
    assert_eq!(hub.merchant.get("/v1/customers").await.expect(200).body.pointer("/meta/totalItems"), Some(&json!(2)));
    // The second customer reserves nothing, so its deletion frees nothing.
    let _ = hub.merchant.delete(&format!("/v1/customers/{}", second.text("/id"))).await.expect(200);
    assert_taken(&hub.merchant.post("/v1/customers", &elsewhere).await, "document");
    let paid = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
    assert_eq!(paid.text("/paymentSource/customerId"), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn force_reserves_a_free_email() {
    let hub = TestHub::build().await;
    let _ = create(&hub.merchant, &customer()).await;
    let half = with(customer(), "/email", json!("nova@example.com"));
    let _ = hub.merchant.post("/v1/customers?force=true", &half).await.expect(201);
    let mailbox = with(other(), "/email", json!("nova@example.com"));
    assert_taken(&hub.merchant.post("/v1/customers", &mailbox).await, "email");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_of_a_payment_is_recognised_by_its_document_and_never_by_its_email() {
    let hub = TestHub::build().await;
    let pix = pix_charge(&hub.merchant.id);
    let first = hub.merchant.creates_charge(&pix).await;
    let known = first.text("/paymentSource/customerId").to_owned();
    let again =
        hub.merchant.post("/v1/charges", &with(pix.clone(), "/paymentSource/customer/email", json!("a@b"))).await;
    assert_eq!(again.expect(201).text("/paymentSource/customerId"), known);
    // Only the e-mail address is taken. The payment creates another customer, which does not reserve the address.
    let registered = create(&hub.merchant, &other()).await;
    let document = json!({"type": "cpf", "number": "11111111111"});
    let pix = with(
        with(pix, "/paymentSource/customer/email", json!("ana@example.com")),
        "/paymentSource/customer/document",
        document,
    );
    let third = hub.merchant.creates_charge(&pix).await;
    assert!(![known.as_str(), &registered].contains(&third.text("/paymentSource/customerId")));
    let list = hub.merchant.get("/v1/customers").await.expect(200);
    assert_eq!(list.body.pointer("/meta/totalItems"), Some(&json!(3)));
    // The customer of the first payment does not reserve its e-mail address either.
    let _ = create(&hub.merchant, &with(customer(), "/document/number", json!("00000000604"))).await;
    let mailbox = with(with(customer(), "/email", json!("jose@gmail.com")), "/document/number", json!("52998224725"));
    let _ = create(&hub.merchant, &mailbox).await;
    assert_taken(&hub.merchant.post("/v1/customers", &with(customer(), "/email", json!("x@y"))).await, "document");
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_listed_by_page_and_by_document() {
    let hub = TestHub::build().await;
    let first = create(&hub.merchant, &customer()).await;
    let second = create(&hub.merchant, &other()).await;
    let third = create(
        &hub.merchant,
        &with(with(customer(), "/email", json!("c@d")), "/document/number", json!("11111111111")),
    )
    .await;
    let merchant = hub.merchant.clone();
    let ids = async |query: &str| {
        let list = merchant.get(&format!("/v1/customers{query}")).await.expect(200);
        let items = list.body.pointer("/items").unwrap().as_array().unwrap().clone();
        items.iter().map(|item| item.pointer("/id").unwrap().as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let set = |some: &[&String]| some.iter().map(|id| (*id).clone()).collect::<BTreeSet<_>>();
    assert_eq!(ids("").await, set(&[&first, &second, &third]));
    assert_eq!(ids(&format!("?id={second}")).await, set(&[&second]));
    assert_eq!(ids("?document.type=CPF").await, set(&[&first, &third]));
    assert_eq!(ids("?document.number=729.120.530-13").await, set(&[&first]));
    assert_eq!(ids("?document.type=dni&document.number=30123456").await, set(&[&second]));
    assert_eq!(ids("?document.type=cnpj&document.number=30123456").await, BTreeSet::new());
    let (one, two) = (ids("?limit=2&page=1&sort=DESC").await, ids("?limit=2&page=2&sort=DESC").await);
    assert_eq!((one.len(), two.len(), one.union(&two).count()), (2, 1, 3));
    for item in hub.everything_stored().await {
        assert!(!item.contains("\"documentNumber\": S(\"7291"), "the index contains a number: {item}");
    }
}
