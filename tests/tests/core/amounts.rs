//! The hub records the amount that the provider reports, and alarms where it is less than the charge's. A card is good
//! until its last month is over everywhere on earth.

use serde_json::json;
use tests::{
    bank::{BankReply, Treatment, reference},
    samples::{APPROVED, by_pix, card_charge, charge_by, with},
};

use super::{Boleto, Credit, DAY, Drip, Pix, alarmed, answers_no_query, hub};

#[tokio::test(flavor = "multi_thread")]
async fn an_underpayment_is_recorded_and_alarms() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        for (amount, alarms) in [(100_000, 0), (99_999, 1), (1, 1), (100_001, 0)] {
            let id = hub.merchant.charges_by(method, 100_000).await;
            hub.provider.notifies(&hub.bank.pay(&reference(&id, 1), amount)).await;
            let shown = hub.merchant.reads_charge(&id).await;
            assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(amount)), "{method}");
            assert_eq!(shown.body["originalAmount"], 100_000);
            assert_eq!(alarmed("underpaid", &id), alarms, "{method} {amount}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_underpayment_that_a_query_finds_is_recorded_and_alarms() {
    let hub = hub().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    drop(hub.bank.pay(&reference(&charge, 1), 40));
    hub.pass(DAY).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    assert_eq!(
        (&hub.merchant.reads_charge(&charge).await.body["amount"], alarmed("underpaid", &charge)),
        (&json!(40), 1)
    );
}

/// A card may pay neither less nor more.
#[tokio::test(flavor = "multi_thread")]
async fn any_other_amount_of_a_card_is_recorded_and_alarms() {
    let hub = hub().await;
    for amount in [149, 151, 1] {
        hub.bank.treat(answers_no_query);
        hub.bank.expect([BankReply::LoseAnswer]);
        let id = hub.merchant.charges_by(Credit, 150).await;
        hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &json!({"news": "paid", "amount": amount}))).await;
        let shown = hub.merchant.reads_charge(&id).await;
        assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(amount)));
        assert_eq!(alarmed("underpaid", &id), 1, "{amount}");
        hub.bank.treat_all_alike();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_good_until_its_month_is_over_everywhere_on_earth() {
    let hub = hub().await;
    // The last evening of November in Brazil, the last minutes of November at UTC-12, and half an hour after them.
    for (instant, expected) in
        [("2031-12-01T01:00:00.000Z", 201), ("2031-12-01T11:55:00.000Z", 201), ("2031-12-01T12:30:00.000Z", 400)]
    {
        let instant: domain::time::Timestamp = instant.parse().unwrap();
        hub.pass(instant.since(hub.bank.clock().now())).await;
        let card = card_charge(&hub.merchant.id, APPROVED);
        let card = with(card, "/paymentSource/card/cardExpirationDate", json!("11/2031"));
        assert_eq!(hub.merchant.post("/v1/charges", &card).await.status, expected);
        let token = json!({
            "cardNumber": APPROVED, "cardCvv": "320", "cardExpirationDate": "11/2031", "cardHolderName": "MARIA",
        });
        let token = hub.merchant.post("/v1/tokens", &token).await;
        assert_eq!(token.status, expected);
        if expected == 201 {
            let token = json!({"tokenId": token.text("/tokenId")});
            assert_eq!(hub.merchant.post("/v1/cards", &token).await.status, 201);
        }
    }
}

/// The hub records the amount of the bank's answer, not the amount of the charge.
#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_finds_another_amount_alarms_too() {
    let hub = hub().await;
    let id = hub.merchant.charges(&charge_by(&hub.merchant.id, Pix)).await;
    hub.bank.treat(|request| {
        let less = json!({"result": "paid", "amount": 7, "transactionId": "E2E"});
        super::asks(request, "pending", 150).then_some(Treatment::Answer(less))
    });
    hub.pass(DAY).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), alarmed("underpaid", &id)), ("authorized", 1));
    assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 7);
}
