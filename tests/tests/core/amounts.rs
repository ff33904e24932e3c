//! What was paid is recorded as the provider says it, and less than was asked for alarms. The last month of a card ends
//! when it is over everywhere on earth.

use serde_json::json;
use tests::{
    bank::{Mood, Treatment, reference},
    order::Order,
    samples::{APPROVED, by_pix, card_charge, with},
};

use super::{
    Boleto, Credit, DAY, Drip, Pix, alarmed, answers_no_query, charge_of, create, house, notify, read, status,
};

#[tokio::test(flavor = "multi_thread")]
async fn less_than_was_asked_for_is_recorded_and_alarms() {
    let house = house().await;
    for method in [Pix, Boleto, Drip] {
        for (amount, alarms) in [(100_000, 0), (99_999, 1), (1, 1), (100_001, 0)] {
            let id = charge_of(&house, method, 100_000).await;
            notify(&house, &house.bank.pay(&reference(&id, 1), amount)).await;
            let shown = read(&house, &id).await;
            assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(amount)), "{method}");
            assert_eq!(shown.body["originalAmount"], 100_000);
            assert_eq!(alarmed("underpaid", &id), alarms, "{method} {amount}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_is_where_the_hub_finds_it_by_asking() {
    let house = house().await;
    let (order, charge) = Order::held(&house.client, &by_pix()).await;
    drop(house.bank.pay(&reference(&charge, 1), 40));
    house.pass(DAY).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    assert_eq!((&read(&house, &charge).await.body["amount"], alarmed("underpaid", &charge)), (&json!(40), 1));
}

/// Of a card every difference is one.
#[tokio::test(flavor = "multi_thread")]
async fn any_other_amount_of_a_card_is_recorded_and_alarms() {
    let house = house().await;
    for amount in [149, 151, 1] {
        house.bank.treat(answers_no_query);
        house.bank.expect([Mood::LoseAnswer]);
        let id = charge_of(&house, Credit, 150).await;
        notify(&house, &house.bank.say(&reference(&id, 1), &json!({"news": "paid", "amount": amount}))).await;
        let shown = read(&house, &id).await;
        assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(amount)));
        assert_eq!(alarmed("underpaid", &id), 1, "{amount}");
        house.bank.treat_all_alike();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_good_until_its_month_is_over_everywhere_on_earth() {
    let house = house().await;
    // The last evening of November in Brazil, the last minutes of November at UTC-12, and half an hour after them.
    for (instant, expected) in
        [("2031-12-01T01:00:00.000Z", 201), ("2031-12-01T11:55:00.000Z", 201), ("2031-12-01T12:30:00.000Z", 400)]
    {
        let instant: domain::time::Timestamp = instant.parse().unwrap();
        house.pass(instant.since(house.bank.clock().now())).await;
        let card = card_charge(&house.client.merchant_id, APPROVED);
        let card = with(card, "/paymentSource/card/cardExpirationDate", json!("11/2031"));
        assert_eq!(house.client.post("/v1/charges", &card).await.status, expected);
        let token = json!({
            "cardNumber": APPROVED, "cardCvv": "320", "cardExpirationDate": "11/2031", "cardHolderName": "MARIA",
        });
        let token = house.client.post("/v1/tokens", &token).await;
        assert_eq!(token.status, expected);
        if expected == 201 {
            let token = json!({"tokenId": token.text("/tokenId")});
            assert_eq!(house.client.post("/v1/cards", &token).await.status, 201);
        }
    }
}

/// What the bank answers for a payment is what the hub records, whatever it had asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_finds_another_amount_alarms_too() {
    let house = house().await;
    let id = create(&house, &super::charge_by(&house.client.merchant_id, Pix)).await;
    house.bank.treat(|request| {
        let less = json!({"result": "paid", "amount": 7, "transactionId": "E2E"});
        super::asks(request, "pending", 150).then_some(Treatment::Say(less))
    });
    house.pass(DAY).await;
    assert_eq!((status(&house, &id).await.as_str(), alarmed("underpaid", &id)), ("authorized", 1));
    assert_eq!(read(&house, &id).await.body["amount"], 7);
}
