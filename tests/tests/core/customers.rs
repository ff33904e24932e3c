//! The customer that a charge names exists, even where the hub dies while it creates the charge.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer,
    bank::BankReply,
    hub::LONG_AFTER,
    samples::{charge_by, with},
};

use super::{Boleto, Drip, Pix, hub};

fn customer(charge: &Answer) -> String {
    charge.text("/paymentSource/customerId").to_owned()
}

/// The same charge of the customer with the document `number`.
fn of_document(body: Value, number: &str) -> Value {
    let body = with(body, "/paymentSource/customer/document", json!({"type": "passport", "number": number}));
    with(body, "/paymentSource/customer/email", json!(format!("{number}@example.com")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_of_a_charge_exists_though_the_hub_dies_while_it_creates_the_charge() {
    for method in [Pix, Boleto, Drip] {
        for is_known in [true, false] {
            let mut hub = hub().await;
            let merchant = hub.merchant.id.clone();
            let known = hub.merchant.post("/v1/charges", &of_document(charge_by(&merchant, method), "known")).await;
            let known = customer(&known.expect(201));
            let body = of_document(charge_by(&merchant, method), if is_known { "known" } else { "new" });

            let seen = hub.bank.operations();
            hub.bank.expect([BankReply::HoldAfterBooking]);
            let (sender, bytes) = (hub.merchant.clone(), body.to_string().into_bytes());
            let lost =
                tokio::spawn(
                    async move { sender.send(Method::POST, "/v1/charges", Some(bytes), Some("cc")).await.ok() },
                );
            hub.bank.has_seen(seen + 1).await;
            hub.kill_and_restart().await;
            assert!(lost.await.unwrap().is_none());
            hub.pass(LONG_AFTER).await;

            let charge = hub.merchant.post_with_key("/v1/charges", &body, "cc").await.expect(201);
            let id = customer(&charge);
            hub.merchant.get(&format!("/v1/customers/{id}")).await.assert_status(200);
            assert_eq!(id == known, is_known, "{method}");
            let read = hub.merchant.reads_charge(charge.text("/id")).await;
            assert_eq!(customer(&read), id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_of_a_charge_whose_answer_was_lost_exists_at_once() {
    let hub = hub().await;
    let body = of_document(charge_by(&hub.merchant.id, Pix), "known");
    let known = customer(&hub.merchant.creates_charge(&body).await);
    hub.bank.expect([BankReply::LoseAnswer]);
    let charge = hub.merchant.creates_charge(&body).await;
    assert_eq!(customer(&charge), known);
    hub.merchant.get(&format!("/v1/customers/{known}")).await.assert_status(200);
}
