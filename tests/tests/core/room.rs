//! The hub checks the size of a charge before it stores or sends anything, and no later write fails for size.

use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::reference,
    samples::{boleto_charge, by_boleto, by_drip, charge_by, drip_charge, open_session, part, with},
};

use super::{Boleto, DAY, Drip, entries, hub};

/// The bytes that the items of a payment method or of a session may take.
const ROOM: usize = 16 * 1024;

/// A hundred items whose JSON is exactly so many bytes. `letter` fills their texts.
fn items(bytes: usize, letter: &str) -> Value {
    let empty = || json!({"id": "i", "title": "t", "quantity": 1, "unitPrice": 1});
    let mut items: Vec<Value> = (0..100).map(|_| empty()).collect();
    let mut left = bytes - json!(items).to_string().len();
    for item in &mut items {
        for (field, first) in [("id", "i"), ("title", "t")] {
            let letters = (left / letter.len()).min(254);
            left -= letters * letter.len();
            item[field] = json!(format!("{first}{}", letter.repeat(letters)));
        }
    }
    // Smaller letters fill the rest that is less than one letter.
    items[99]["title"] = json!(format!("{}{}", items[99]["title"].as_str().unwrap(), "t".repeat(left)));
    let items = json!(items);
    assert_eq!(items.to_string().len(), bytes);
    items
}

fn with_items(body: Value, items: &Value) -> Value {
    with(body, "/paymentMethod/items", items.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_a_payment_method_have_their_room_and_more_is_refused_before_anything_is_sent() {
    let hub = hub().await;
    let merchant = &hub.merchant.id;
    for letter in ["x", "é", "😀"] {
        for body in [boleto_charge(merchant), drip_charge(merchant)] {
            hub.merchant.post("/v1/charges", &with_items(body.clone(), &items(ROOM, letter))).await.assert_status(201);
            let (creates, charges) = (hub.bank.creates(), hub.charges().await.len());
            for too_much in [ROOM + 1, ROOM + 500, 2 * ROOM] {
                let body = with_items(body.clone(), &items(too_much, letter));
                let refused = hub.merchant.post("/v1/charges", &body).await.expect(400);
                let details = refused.body["error"]["details"].to_string();
                assert!(details.contains("items"), "{letter} {too_much}: {details}");
            }
            assert_eq!((hub.bank.creates(), hub.charges().await.len()), (creates, charges), "{letter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_a_sessions_payment_have_their_room_and_a_refusal_leaves_the_session_free() {
    for body in [by_boleto(), by_drip()] {
        let hub = hub().await;
        let order = hub.merchant.opens_session().await;
        let refused = hub.shopper.pays(&order, &with_items(body.clone(), &items(ROOM + 1, "x"))).await.expect(400);
        assert!(refused.body["error"]["details"].to_string().contains("items"), "{}", refused.body);
        assert_eq!((hub.bank.creates(), hub.merchant.session_status(&order).await.as_str()), (0, "created"));
        hub.shopper.pays(&order, &with_items(body, &items(ROOM, "x"))).await.assert_status(201);
        assert_eq!(hub.bank.creates(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_a_session_have_their_room() {
    let hub = hub().await;
    let with_items = |bytes: usize| {
        let empty = json!({"name": "n", "unitPrice": 1, "quantity": 1, "description": "d"});
        let mut items: Vec<Value> = (0..100).map(|_| empty.clone()).collect();
        let mut left = bytes - json!(items).to_string().len();
        for item in &mut items {
            for field in ["name", "description"] {
                let letters = left.min(250);
                left -= letters;
                item[field] = json!(format!("n{}", "x".repeat(letters)));
            }
        }
        with(open_session(&hub.merchant.id), "/items", json!(items))
    };
    hub.merchant.post("/v1/sessions", &with_items(ROOM - 2048)).await.assert_status(201);
    let refused = hub.merchant.post("/v1/sessions", &with_items(ROOM + 2048)).await.expect(400);
    assert!(refused.body["error"]["details"].to_string().contains("items"), "{}", refused.body);
}

/// The hub records refunds and chargebacks of a charge, however large the charge is.
async fn lives_to_its_end(hub: &TestHub, id: &str, refunds: bool) {
    assert_eq!(hub.merchant.reads_charge(id).await.body["transactionRequests"][0]["requestStatus"], "success");
    hub.provider.notifies(&hub.bank.pay(&reference(id, 1), 150)).await;
    assert_eq!(hub.merchant.charge_status(id).await, "authorized");
    if refunds {
        for _ in 0..38 {
            hub.merchant.voids(id, &part(1)).await.assert_status(201);
        }
        hub.provider.notifies(&hub.bank.revert_refund(&reference(id, 1), 30)).await;
    }
    for (dispute, debit) in [("d-1", 20), ("d-2", 30)] {
        hub.provider.notifies(&hub.bank.charge_back_in(&reference(id, 1), debit, dispute)).await;
    }
    assert_eq!(
        (hub.merchant.charge_status(id).await.as_str(), entries(hub, id, "charge_back success 30").await),
        ("charged_back", 1)
    );
    hub.pass(DAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_charge_that_is_taken_is_recorded_to_its_end() {
    let hub = hub().await;
    let merchant = &hub.merchant.id;
    for method in [Boleto, Drip] {
        for letter in ["x", "é"] {
            let mut body = with_items(charge_by(merchant, method), &items(ROOM, letter));
            body["description"] = json!(letter.repeat(1000));
            body["orderId"] = json!(letter.repeat(255));
            body["paymentSource"]["customer"]["name"] = json!(letter.repeat(255));
            let made = hub.merchant.post("/v1/charges", &body).await;
            made.assert_status(201);
            lives_to_its_end(&hub, made.text("/id"), method == Drip).await;
        }
    }
    assert!(hub.waiting_updates().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_size_that_is_taken_is_answered_and_recorded_and_every_other_is_refused() {
    let hub = hub().await;
    let (mut taken, mut refused) = (0, 0);
    let sizes = (3..=10).map(|step| step * 4_000).chain((76..=90).map(|step| step * 200)).chain(ROOM - 2..=ROOM + 2);
    for bytes in sizes {
        let body = with_items(boleto_charge(&hub.merchant.id), &items(bytes, "é"));
        let creates = hub.bank.creates();
        let made = hub.merchant.post("/v1/charges", &body).await;
        if made.status == 400 {
            assert_eq!(hub.bank.creates(), creates, "{bytes}: the bank was asked");
            refused += 1;
            continue;
        }
        made.assert_status(201);
        taken += 1;
        assert!(!made.text("/paymentMethod/barcodeData").is_empty(), "{bytes}: {}", made.body["paymentMethod"]);
        hub.provider.notifies(&hub.bank.pay(&reference(made.text("/id"), 1), 150)).await;
        assert_eq!(hub.merchant.charge_status(made.text("/id")).await, "authorized", "{bytes}");
    }
    assert!(taken > 10 && refused > 10, "{taken} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_largest_charges_is_whole_and_under_five_megabytes() {
    let hub = hub().await;
    let body = with_items(drip_charge(&hub.merchant.id), &items(ROOM, "é"));
    let making = (0..100).map(|_| hub.merchant.post("/v1/charges", &body));
    for made in futures::future::join_all(making).await {
        made.assert_status(201);
    }
    let page = hub.merchant.get("/v1/charges?limit=100").await.expect(200);
    assert_eq!(page.body["items"].as_array().unwrap().len(), 100);
    let bytes = page.body.to_string().len();
    assert!(bytes < 5_000_000, "{bytes}");
}
