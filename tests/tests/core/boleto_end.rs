//! The end of a boleto: the last day on which its provider takes it, moved to the next banking day, and the clearing.
//! An expired charge is declined as `expired`.

use std::time::Duration;

use domain::time::{Date, Timestamp};
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::reference,
    samples::{APPROVED, boleto_charge, by, by_boleto, by_card, charge_by, events, open_session, with},
};

use super::{Boleto, DAY, Drip, HOUR, LONG_EXPIRED, MINUTE, Pix, hub};

/// Advances the clock to noon in Brazil on this day.
async fn noon(hub: &TestHub, day: &str) {
    let noon: Timestamp = format!("{day}T15:00:00.000Z").parse().unwrap();
    pass_until(hub, noon).await;
}

async fn pass_until(hub: &TestHub, instant: Timestamp) {
    hub.pass(instant.since(hub.bank.clock().now())).await;
}

fn end_of(day: &str) -> Timestamp {
    day.parse::<Date>().unwrap().end_in_brazil()
}

/// A boleto with this due date and these terms.
fn boleto(hub: &TestHub, day: &str, terms: &Value) -> Value {
    let mut body = with(boleto_charge(&hub.merchant.id), "/paymentMethod/expiresDate", json!(day));
    for (name, value) in terms.as_object().unwrap() {
        body["paymentMethod"][name] = value.clone();
    }
    body
}

/// The boleto is pending until the end of the day `last`, and has failed two hours later.
async fn assert_ends_on(hub: &TestHub, id: &str, last: &str) {
    pass_until(hub, Timestamp::from_millis(end_of(last).as_millis() - 60_000)).await;
    assert_eq!(hub.merchant.charge_status(id).await, "pending", "at the end of {last}");
    hub.pass(2 * HOUR).await;
    assert_eq!(hub.merchant.charge_status(id).await, "failed", "after {last}");
    assert_eq!(events(hub, id).await, ["pending", "failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_pending_until_its_last_banking_day_is_cleared() {
    // The due date, and the third banking day after the last day on which the shopper can pay.
    let days = [
        ("2031-01-15", "2031-01-20"), // a Wednesday
        ("2031-01-17", "2031-01-22"), // a Friday
        ("2031-01-18", "2031-01-23"), // a Saturday: payable on Monday
        ("2031-01-19", "2031-01-23"), // a Sunday
        ("2031-02-21", "2031-02-28"), // the Friday before Carnival
        ("2031-02-24", "2031-03-03"), // Carnival Monday
        ("2031-04-10", "2031-04-16"), // the Thursday before Good Friday
        ("2031-04-18", "2031-04-24"), // the Friday before Tiradentes
        ("2031-06-12", "2031-06-18"), // Corpus Christi
        ("2031-11-19", "2031-11-25"), // the day before Consciência Negra
        ("2031-12-26", "2032-01-02"), // nothing is cleared on 31 December
        ("2031-12-31", "2032-01-07"),
    ];
    for (date, last) in days {
        let hub = hub().await;
        noon(&hub, date).await;
        let id = hub.merchant.charges(&boleto(&hub, date, &json!({}))).await;
        assert_ends_on(&hub, &id, last).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_costs_more_when_it_is_late_is_taken_for_thirty_days_or_as_many_as_it_says() {
    let late = json!({"days": 1, "amount": 5});
    let terms = [
        (json!({"interest": late}), "2031-02-19"),
        (json!({"fine": late}), "2031-02-19"),
        (json!({"interest": late, "fine": late, "maxDaysPastDue": 5}), "2031-01-23"),
        (json!({"fine": late, "maxDaysPastDue": 0}), "2031-01-20"),
        (json!({"maxDaysPastDue": 5}), "2031-01-23"),
        (json!({"maxDaysPastDue": 365}), "2032-01-20"),
    ];
    for (terms, last) in terms {
        let hub = hub().await;
        noon(&hub, "2031-01-15").await;
        let id = hub.merchant.charges(&boleto(&hub, "2031-01-15", &terms)).await;
        // The hub sends the provider the days that it counts with.
        let asked = hub.bank.asked();
        let past_due = terms.get("maxDaysPastDue").cloned().unwrap_or(json!(30));
        assert_eq!(asked.last().unwrap()["payment"]["maxDaysPastDue"], past_due, "{terms}");
        assert_ends_on(&hub, &id, last).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_year_past_due_is_refused() {
    let hub = hub().await;
    for wrong in [json!(366), json!(-1), json!("5"), json!(1.5)] {
        let today = Date::in_brazil(hub.bank.clock().now()).to_string();
        let body = boleto(&hub, &today, &json!({"maxDaysPastDue": wrong}));
        let refused = hub.merchant.post("/v1/charges", &body).await.expect(400);
        assert!(refused.body["error"]["details"][0].as_str().unwrap().contains("maxDaysPastDue"), "{}", refused.body);
    }
    assert_eq!(hub.bank.operations(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_is_paid_on_its_last_day_and_cleared_later_never_fails() {
    // A Saturday: it can be paid on Monday the 20th.
    for cleared in ["2031-01-19", "2031-01-21", "2031-01-22", "2031-01-23"] {
        let hub = hub().await;
        noon(&hub, "2031-01-18").await;
        let order = hub.merchant.creates_session(&open_session(&hub.merchant.id)).await;
        let body = with(by_boleto(), "/paymentMethod/expiresDate", json!("2031-01-18"));
        let charge = hub.shopper.pays(&order, &body).await.expect(201).text("/chargeId").to_owned();
        pass_until(&hub, Timestamp::from_millis(end_of(cleared).as_millis() - 6 * 3_600_000)).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created", "{cleared}");
        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
        assert_eq!(events(&hub, &charge).await, ["pending", "authorized"]);
    }
}

/// The hub reconciles the boleto during its clearing, so that a lost notification fails no payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_whose_notification_was_lost_is_found_paid_before_its_end() {
    let hub = hub().await;
    noon(&hub, "2031-01-15").await;
    let id = hub.merchant.charges(&boleto(&hub, "2031-01-15", &json!({}))).await;
    hub.pass(DAY).await;
    drop(hub.bank.pay(&reference(&id, 1), 150));
    for _ in 0..6 {
        hub.pass(DAY).await;
    }
    assert_eq!(
        (hub.merchant.charge_status(&id).await.as_str(), events(&hub, &id).await),
        ("authorized", vec!["pending", "authorized"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_its_bank_rejects_fails_before_its_due_date() {
    let hub = hub().await;
    let id = hub.merchant.charges(&boleto_charge(&hub.merchant.id)).await;
    hub.provider.notifies(&hub.bank.reject(&reference(&id, 1))).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "failed");
}

fn assert_expired(charge: &Answer) {
    let error = &charge.body["transactionRequests"][0]["providerError"];
    assert_eq!((&error["declinedCode"], &error["retryable"]), (&json!("expired"), &json!(false)), "{error}");
    assert!(!error["message"].as_str().unwrap().contains("issuer"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_charge_is_declined_as_expired_and_is_not_retryable() {
    let hub = hub().await;
    for method in [Pix, Drip, Boleto] {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        hub.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, created", "{method}");
        assert_expired(&hub.merchant.reads_charge(&charge).await);
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_expires_on_time() {
    let hub = hub().await;
    let id =
        hub.merchant.charges(&with(charge_by(&hub.merchant.id, Pix), "/paymentMethod/expiresIn", json!(600))).await;
    hub.pass(Duration::from_secs(590)).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    hub.pass(MINUTE).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "failed");
    assert_expired(&hub.merchant.reads_charge(&id).await);
}
