//! Customers under faults, replays and concurrent requests; their changes and their erasure.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    TestHub,
    engine::Fault,
    samples::{APPROVED, pix_charge, with},
};
use tokio::task::JoinSet;

use crate::{CPF, UNKNOWN_ID, assert_taken, assert_unknown, card, create, customer, details, link, linked, other};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_with_one_document_or_email_one_creates_a_customer() {
    let hub = TestHub::build().await;
    for (same, what) in [("document", "document"), ("email", "email")] {
        let mut attempts = JoinSet::new();
        for number in 0..12 {
            let merchant = hub.merchant.clone();
            let body = match same {
                "document" => with(customer(), "/email", json!(format!("{number}@example.com"))),
                _ => with(other(), "/document/number", json!(format!("{number}"))),
            };
            attempts.spawn(async move { merchant.post("/v1/customers", &body).await });
        }
        let answers = attempts.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_taken(answer, what);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_table_is_no_conflict_with_the_request_itself() {
    let hub = TestHub::build().await;
    for (number, fault) in
        [Fault::LoseAnswer, Fault::LoseRequest, Fault::Conflict, Fault::Throttle].into_iter().enumerate()
    {
        for key in [None, Some(format!("key {number}"))] {
            let name = format!("{number}{}", key.is_some());
            let body =
                with(with(other(), "/email", json!(format!("{name}@example.com"))), "/document/number", json!(name));
            hub.engine.fail_write(1, fault);
            let bytes = body.to_string().into_bytes();
            let made = hub
                .merchant
                .send(Method::POST, "/v1/customers", Some(bytes), key.as_deref())
                .await
                .unwrap()
                .expect(201);
            hub.engine.heal();
            let _ = hub.merchant.get(&format!("/v1/customers/{}", made.text("/id"))).await.expect(200);
            let id = made.text("/id");
            for (method, body) in [(Method::PATCH, Some(br#"{"name":"Outra"}"#.to_vec())), (Method::DELETE, None)] {
                hub.engine.fail_write(1, fault);
                let answer = hub.merchant.send(method, &format!("/v1/customers/{id}"), body, None).await.unwrap();
                hub.engine.heal();
                assert_eq!(answer.expect(200).text("/id"), id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_every_answer_was_lost_is_found_by_its_replay() {
    let hub = TestHub::build().await;
    hub.engine.fail(|operation, _| if operation == "TransactWriteItems" { Fault::LoseAnswer } else { Fault::None });
    let _ = hub.merchant.post_with_key("/v1/customers", &customer(), "once").await.expect(503);
    hub.engine.heal();
    let found = hub.merchant.post_with_key("/v1/customers", &customer(), "once").await.expect(201);
    assert!(found.is_replay());
    let list = hub.merchant.get("/v1/customers").await.expect(200);
    assert_eq!(list.body.pointer("/meta/totalItems"), Some(&json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_returns_the_first_answer_until_the_customer_is_erased() {
    let hub = TestHub::build().await;
    let first = hub.merchant.post_with_key("/v1/customers", &customer(), "key").await.expect(201);
    assert!(!first.is_replay());
    let path = format!("/v1/customers/{}", first.text("/id"));
    let _ = hub.merchant.patch(&path, &json!({"name": "Outro Nome"})).await.expect(200);
    let again = hub.merchant.post_with_key("/v1/customers", &customer(), "key").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(again.body, first.body);
    let _ = hub.merchant.post_with_key("/v1/customers", &other(), "key").await.expect(422);
    let _ = hub.merchant.delete(&path).await.expect(200);
    assert_unknown(&hub.merchant.post_with_key("/v1/customers", &customer(), "key").await);
    let _ = hub.merchant.post_with_key("/v1/customers", &customer(), "another key").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn name_telephone_and_address_can_be_changed_and_nothing_else() {
    let hub = TestHub::build().await;
    let id = create(&hub.merchant, &customer()).await;
    let path = format!("/v1/customers/{id}");
    let changed = hub.merchant.patch(&path, &json!({"name": "Maria", "createdAt": "ignored"})).await.expect(200);
    assert_eq!((changed.text("/name"), changed.text("/phoneNumber")), ("Maria", "21 98889999099"));
    assert_eq!(changed.text("/documentNumber"), CPF);
    let moved = with(customer(), "/address/complement", Value::Null);
    let moved = json!({"phoneNumber": " ", "address": moved.pointer("/address")});
    let changed = hub.merchant.patch(&path, &moved).await.expect(200);
    assert_eq!((changed.text("/name"), changed.text("/phoneNumber")), ("Maria", " "));
    assert_eq!(changed.body.pointer("/address/complement"), Some(&Value::Null));
    assert_eq!(hub.merchant.get(&path).await.expect(200).body, changed.body);

    let fixed = json!({"email": "x@y", "document": {"type": "cpf", "number": CPF}, "name": ""});
    let refused = hub.merchant.patch(&path, &fixed).await.expect(400);
    let cannot = "cannot be changed: only name, phoneNumber and address can";
    let expected = [format!("email {cannot}"), format!("document {cannot}"), "name should not be empty".to_owned()];
    assert_eq!(details(&refused), expected);
    assert_eq!(hub.merchant.get(&path).await.expect(200).body, changed.body);
    // An address is replaced as a whole: a part that does not come is not known.
    let partial = hub.merchant.patch(&path, &json!({"address": {"street": "Rua"}})).await.expect(200);
    assert_eq!((partial.text("/address/street"), &partial.body["address"]["city"]), ("Rua", &Value::Null));
    assert_unknown(&hub.merchant.patch(&format!("/v1/customers/{UNKNOWN_ID}"), &json!({"name": "x"})).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_concurrent_change_is_lost() {
    let hub = TestHub::build().await;
    let id = create(&hub.merchant, &customer()).await;
    let path = format!("/v1/customers/{id}");
    let card = card(&hub.merchant, APPROVED).await;
    let address = with(customer(), "/address/city", json!("Olinda"));
    let (name, phone, moved) =
        (json!({"name": "Nova"}), json!({"phoneNumber": "1"}), json!({"address": address.pointer("/address")}));
    let (a, b, c, d) = tokio::join!(
        hub.merchant.patch(&path, &name),
        hub.merchant.patch(&path, &phone),
        hub.merchant.patch(&path, &moved),
        link(&hub.merchant, &id, &card),
    );
    assert_eq!([a.status, b.status, c.status, d.status], [200, 200, 200, 204]);
    let now = hub.merchant.get(&path).await.expect(200);
    assert_eq!((now.text("/name"), now.text("/phoneNumber"), now.text("/address/city")), ("Nova", "1", "Olinda"));
    assert_eq!(linked(&hub.merchant, &id).await, [card]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_removes_all_personal_data_and_keeps_the_charges() {
    let hub = TestHub::build().await;
    let id = create(&hub.merchant, &customer()).await;
    let path = format!("/v1/customers/{id}");
    let charge = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
    assert_eq!(charge.text("/paymentSource/customerId"), id);
    let card = card(&hub.merchant, APPROVED).await;
    let _ = link(&hub.merchant, &id, &card).await.expect(204);

    let erased = hub.merchant.delete(&path).await.expect(200);
    assert_eq!(erased.body, json!({"id": id}));
    for item in hub.everything_stored().await {
        for personal in
            ["Maria Quit", "maria@", "21 98889999099", CPF, "Flores", "Niter", "Centro", "DOCUMENT#", "EMAIL#"]
        {
            assert!(!item.contains(personal), "{personal} is still in {item}");
        }
        assert!(!item.contains("CARD#") || !item.contains(&id), "a link is left: {item}");
    }
    assert_unknown(&hub.merchant.get(&path).await);
    assert_unknown(&hub.merchant.delete(&path).await);
    assert_unknown(&hub.merchant.patch(&path, &json!({"name": "x"})).await);
    assert_unknown(&hub.merchant.get(&format!("{path}/cards")).await);
    assert_unknown(&link(&hub.merchant, &id, &card).await);
    assert_eq!(hub.merchant.get("/v1/customers").await.expect(200).body.pointer("/items"), Some(&json!([])));
    let kept = hub.merchant.reads_charge(charge.text("/id")).await;
    assert_eq!(kept.text("/paymentSource/customerId"), id);
    let next = create(&hub.merchant, &customer()).await;
    assert_ne!(next, id);
    let _ = link(&hub.merchant, &next, &card).await.expect(204);
}
