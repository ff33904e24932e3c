//! Customers under faults, repeats and each other; changed, and erased.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    House,
    engine::Fault,
    samples::{APPROVED, pix_charge},
};
use tokio::task::JoinSet;

use crate::{
    CPF, NOBODY, assert_taken, assert_unknown, card, create, customer, delete, details, link, linked, other, with,
};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_with_one_document_one_becomes_a_customer() {
    let house = House::build().await;
    for (same, what) in [("document", "document"), ("email", "email")] {
        let mut tries = JoinSet::new();
        for number in 0..12 {
            let client = house.client.clone();
            let body = match same {
                "document" => with(customer(), "/email", json!(format!("{number}@example.com"))),
                _ => with(other(), "/document/number", json!(format!("{number}"))),
            };
            tries.spawn(async move { client.post("/v1/customers", &body).await });
        }
        let answers = tries.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_taken(answer, what);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_the_database_is_no_conflict_with_oneself() {
    let house = House::build().await;
    for (number, fault) in
        [Fault::LoseAnswer, Fault::LoseRequest, Fault::Conflict, Fault::Throttle].into_iter().enumerate()
    {
        for key in [None, Some(format!("key {number}"))] {
            let name = format!("{number}{}", key.is_some());
            let body =
                with(with(other(), "/email", json!(format!("{name}@example.com"))), "/document/number", json!(name));
            house.engine.fail_write(1, fault);
            let bytes = body.to_string().into_bytes();
            let made = house
                .client
                .send(Method::POST, "/v1/customers", Some(bytes), key.as_deref())
                .await
                .unwrap()
                .expect(201);
            house.engine.heal();
            let _ = house.client.get(&format!("/v1/customers/{}", made.text("/id"))).await.expect(200);
            let id = made.text("/id");
            for (method, body) in [(Method::PATCH, Some(br#"{"name":"Outra"}"#.to_vec())), (Method::DELETE, None)] {
                house.engine.fail_write(1, fault);
                let answer = house.client.send(method, &format!("/v1/customers/{id}"), body, None).await.unwrap();
                house.engine.heal();
                assert_eq!(answer.expect(200).text("/id"), id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_every_answer_was_lost_is_found_by_its_repeat() {
    let house = House::build().await;
    house.engine.fail(|operation, _| if operation == "TransactWriteItems" { Fault::LoseAnswer } else { Fault::None });
    let _ = house.client.post_with_key("/v1/customers", &customer(), "once").await.expect(503);
    house.engine.heal();
    let found = house.client.post_with_key("/v1/customers", &customer(), "once").await.expect(201);
    assert!(found.is_replay());
    let list = house.client.get("/v1/customers").await.expect(200);
    assert_eq!(list.body.pointer("/meta/totalItems"), Some(&json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer_until_the_customer_is_erased() {
    let house = House::build().await;
    let first = house.client.post_with_key("/v1/customers", &customer(), "key").await.expect(201);
    assert!(!first.is_replay());
    let path = format!("/v1/customers/{}", first.text("/id"));
    let _ = house.client.patch(&path, &json!({"name": "Outro Nome"})).await.expect(200);
    let again = house.client.post_with_key("/v1/customers", &customer(), "key").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(again.body, first.body);
    let _ = house.client.post_with_key("/v1/customers", &other(), "key").await.expect(422);
    let _ = delete(&house.client, &path).await.expect(200);
    assert_unknown(&house.client.post_with_key("/v1/customers", &customer(), "key").await);
    let _ = house.client.post_with_key("/v1/customers", &customer(), "another key").await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn name_telephone_and_address_can_be_changed_and_nothing_else() {
    let house = House::build().await;
    let id = create(&house.client, &customer()).await;
    let path = format!("/v1/customers/{id}");
    let changed = house.client.patch(&path, &json!({"name": "Maria", "createdAt": "ignored"})).await.expect(200);
    assert_eq!((changed.text("/name"), changed.text("/phoneNumber")), ("Maria", "21 98889999099"));
    assert_eq!(changed.text("/documentNumber"), CPF);
    let moved = with(customer(), "/address/complement", Value::Null);
    let moved = json!({"phoneNumber": " ", "address": moved.pointer("/address")});
    let changed = house.client.patch(&path, &moved).await.expect(200);
    assert_eq!((changed.text("/name"), changed.text("/phoneNumber")), ("Maria", " "));
    assert_eq!(changed.body.pointer("/address/complement"), Some(&Value::Null));
    assert_eq!(house.client.get(&path).await.expect(200).body, changed.body);

    let fixed = json!({"email": "x@y", "document": {"type": "cpf", "number": CPF}, "name": ""});
    let refused = house.client.patch(&path, &fixed).await.expect(400);
    let cannot = "cannot be changed: only name, phoneNumber and address can";
    let expected = [format!("email {cannot}"), format!("document {cannot}"), "name should not be empty".to_owned()];
    assert_eq!(details(&refused), expected);
    let partial = house.client.patch(&path, &json!({"address": {"street": "Rua"}})).await.expect(400);
    assert_eq!(details(&partial).first(), Some(&"address.streetNumber must be a string"));
    assert_eq!(house.client.get(&path).await.expect(200).body, changed.body);
    assert_unknown(&house.client.patch(&format!("/v1/customers/{NOBODY}"), &json!({"name": "x"})).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_several_at_once_is_lost() {
    let house = House::build().await;
    let id = create(&house.client, &customer()).await;
    let path = format!("/v1/customers/{id}");
    let card = card(&house.client, APPROVED).await;
    let address = with(customer(), "/address/city", json!("Olinda"));
    let (name, phone, moved) =
        (json!({"name": "Nova"}), json!({"phoneNumber": "1"}), json!({"address": address.pointer("/address")}));
    let (a, b, c, d) = tokio::join!(
        house.client.patch(&path, &name),
        house.client.patch(&path, &phone),
        house.client.patch(&path, &moved),
        link(&house.client, &id, &card),
    );
    assert_eq!([a.status, b.status, c.status, d.status], [200, 200, 200, 204]);
    let now = house.client.get(&path).await.expect(200);
    assert_eq!((now.text("/name"), now.text("/phoneNumber"), now.text("/address/city")), ("Nova", "1", "Olinda"));
    assert_eq!(linked(&house.client, &id).await, [card]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_gone_and_the_books_stay() {
    let house = House::build().await;
    let id = create(&house.client, &customer()).await;
    let path = format!("/v1/customers/{id}");
    let charge = house.client.post("/v1/charges", &pix_charge(&house.client.merchant_id)).await.expect(201);
    assert_eq!(charge.text("/paymentSource/customerId"), id);
    let card = card(&house.client, APPROVED).await;
    let _ = link(&house.client, &id, &card).await.expect(204);

    let erased = delete(&house.client, &path).await.expect(200);
    assert_eq!(erased.body, json!({"id": id}));
    for item in house.everything_stored().await {
        for personal in
            ["Maria Quit", "maria@", "21 98889999099", CPF, "Flores", "Niter", "Centro", "DOCUMENT#", "EMAIL#"]
        {
            assert!(!item.contains(personal), "{personal} is still in {item}");
        }
        assert!(!item.contains("CARD#") || !item.contains(&id), "a link is left: {item}");
    }
    assert_unknown(&house.client.get(&path).await);
    assert_unknown(&delete(&house.client, &path).await);
    assert_unknown(&house.client.patch(&path, &json!({"name": "x"})).await);
    assert_unknown(&house.client.get(&format!("{path}/cards")).await);
    assert_unknown(&link(&house.client, &id, &card).await);
    assert_eq!(house.client.get("/v1/customers").await.expect(200).body.pointer("/items"), Some(&json!([])));
    let kept = house.client.get(&format!("/v1/charges/{}", charge.text("/id"))).await.expect(200);
    assert_eq!(kept.text("/paymentSource/customerId"), id);
    let next = create(&house.client, &customer()).await;
    assert_ne!(next, id);
    let _ = link(&house.client, &next, &card).await.expect(204);
}
