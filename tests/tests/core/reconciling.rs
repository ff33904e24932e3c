//! The hub reconciles payments without a final status on a schedule, and an unknown outcome alarms the operator.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, Treatment, reference},
    log::logged,
    samples::{APPROVED, by, by_card, by_pix, charge_by, part, reservation, whole, with},
};

use super::{Boleto, Credit, DAY, Drip, HOUR, MINUTE, Pix, alarmed, answers_no_query, asks, hub};

/// The steps of this length in which the hub queries the payment.
async fn queries(hub: &TestHub, charge: &str, step: Duration, steps: usize) -> Vec<usize> {
    let mut asked = Vec::new();
    let mut seen = hub.bank.queries_of(&reference(charge, 1));
    for at in 1..=steps {
        hub.pass(step).await;
        let now = hub.bank.queries_of(&reference(charge, 1));
        assert!(now <= seen + 1, "asked {} times at once", now - seen);
        if now > seen {
            asked.push(at);
        }
        seen = now;
    }
    asked
}

/// Creates a Pix that can be paid for `expires_in` seconds and returns its id.
async fn long(hub: &TestHub, expires_in: u64) -> String {
    hub.merchant.charges(&with(charge_by(&hub.merchant.id, Pix), "/paymentMethod/expiresIn", json!(expires_in))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_queried_after_five_minutes_and_an_hour_and_then_with_a_backoff_of_a_day_at_most() {
    let hub = hub().await;
    let id = long(&hub, 2_592_000).await;
    let minutes = queries(&hub, &id, MINUTE, 65).await;
    assert_eq!(minutes.len(), 2, "{minutes:?}");
    assert!((5..=7).contains(&minutes[0]) && (60..=63).contains(&minutes[1]), "{minutes:?}");
    let hours = queries(&hub, &id, HOUR, 10 * 24).await;
    let pauses: Vec<usize> = hours.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1] + 1), "the pauses grow: {pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 25), "at least daily: {pauses:?}");
    assert!((9..=16).contains(&hours.len()), "{hours:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_drip_is_queried_too() {
    let hub = hub().await;
    let id = hub.merchant.charges_by(Drip, 150).await;
    let minutes = queries(&hub, &id, MINUTE, 65).await;
    assert_eq!(minutes.len(), 2, "{minutes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_notification_is_lost_is_found_long_before_it_expires() {
    let hub = hub().await;
    let id = long(&hub, 2_592_000).await;
    drop(hub.bank.pay(&reference(&id, 1), 150));
    hub.pass(10 * MINUTE).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    // A later payment is found within a day.
    let id = long(&hub, 2_592_000).await;
    for _ in 0..8 {
        hub.pass(DAY).await;
    }
    drop(hub.bank.pay(&reference(&id, 1), 150));
    hub.pass(DAY + HOUR).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_queried_weekly_until_its_due_date_and_then_each_banking_day() {
    let hub = hub().await;
    let noon: domain::time::Timestamp = "2031-01-15T15:00:00.000Z".parse().unwrap();
    hub.pass(noon.since(hub.bank.clock().now())).await;
    let body = charge_by(&hub.merchant.id, Boleto);
    // A Monday, which can be paid until the Friday after it.
    let terms = with(body, "/paymentMethod/expiresDate", json!("2031-03-17"));
    let id = hub.merchant.charges(&with(terms, "/paymentMethod/maxDaysPastDue", json!(4))).await;
    let days = queries(&hub, &id, DAY, 61).await;
    assert!((7..=9).contains(&days.len()), "weekly for two months: {days:?}");
    let pauses: Vec<usize> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| (6..=8).contains(pause)), "{days:?}");
    // 17 March and on: each banking day, none on Saturday 22 and Sunday 23, until it is cleared on the 26th.
    let days = queries(&hub, &id, DAY, 9).await;
    assert!((6..=8).contains(&days.len()), "each banking day: {days:?}");
    assert_eq!(hub.merchant.charge_status(&id).await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_unknown_outcome_does_not_stop_the_queries_of_its_payment() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        hub.bank.treat(|request| asks(request, "cancel", 100).then_some(Treatment::Reply(BankReply::Stumble)));
        hub.bank.expect([BankReply::LoseRequest]);
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
        drop(hub.bank.pay(&reference(&charge, 1), 100));
        hub.pass(10 * MINUTE).await;
        hub.pass(2 * HOUR).await;
        assert!(hub.bank.queries_of(&reference(&charge, 1)) > 0, "{method}");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method}");
        hub.bank.treat_all_alike();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_a_cancel_of_unknown_outcome_when_the_payment_expires() {
    let hub = hub().await;
    for is_paid in [true, false] {
        let order = hub.merchant.opens_session().await;
        let charge = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
        hub.bank.treat(|request| {
            let is_cancel = request["operation"] == "cancel" || asks(request, "cancel", 100);
            is_cancel.then_some(Treatment::Reply(BankReply::LoseRequest))
        });
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
        if is_paid {
            drop(hub.bank.pay(&reference(&charge, 1), 100));
        }
        for _ in 0..3 {
            hub.pass(DAY).await;
        }
        // A payment that expires unpaid needs no cancel any more: it counts as canceled.
        let expected = if is_paid { "authorized, paid" } else { "canceled, created" };
        assert_eq!(hub.merchant.sees(&order, &charge).await, expected);
        hub.bank.treat_all_alike();
    }
}

/// How many log lines name this charge.
fn lines_about(charge: &str) -> usize {
    let hex = charge.replace('-', "");
    logged().lines().filter(|line| line.contains(charge) || line.contains(&hex)).count()
}

/// A log line comes after an hour, and the alarm `unknown_outcome` after a day and then daily.
async fn assert_alarms_the_operator(hub: &TestHub, charge: &str, what: &str) {
    assert_eq!(alarmed("unknown_outcome", charge), 0, "{what}");
    let before = lines_about(charge);
    for _ in 0..3 {
        hub.pass(HOUR).await;
    }
    assert!(lines_about(charge) > before, "{what}: no line in the log after an hour");
    assert_eq!(alarmed("unknown_outcome", charge), 0, "{what}: within the first day");
    for _ in 0..9 {
        hub.pass(3 * HOUR).await;
    }
    assert_eq!(alarmed("unknown_outcome", charge), 1, "{what}: after a day");
    for _ in 0..(5 * 8) {
        hub.pass(3 * HOUR).await;
    }
    let alarms = alarmed("unknown_outcome", charge);
    assert!((5..=7).contains(&alarms), "{what}: daily, and not {alarms} times in five days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_outcome_stays_unknown_alarms_the_operator() {
    let hub = hub().await;
    hub.bank.treat(answers_no_query);
    for method in [Credit, Pix, Boleto, Drip] {
        hub.bank.expect([BankReply::LoseAnswer]);
        let id = hub.merchant.charges_by(method, 150).await;
        assert_alarms_the_operator(&hub, &id, method.name()).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_and_a_refund_whose_outcome_stays_unknown_alarm_the_operator() {
    let hub = hub().await;
    hub.bank.treat(answers_no_query);
    let reserved = hub.merchant.charges(&reservation(&hub.merchant.id)).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.merchant.captures(&reserved, &whole()).await.assert_status(201);
    assert_alarms_the_operator(&hub, &reserved, "capture").await;

    let card = hub.sells(Credit, 150).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.merchant.voids(&card, &whole()).await.assert_status(201);
    assert_alarms_the_operator(&hub, &card, "void").await;
    assert_eq!(hub.merchant.charge_status(&card).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_stays_under_way_alarms_the_operator() {
    let hub = hub().await;
    let id = hub.sells(Pix, 150).await;
    hub.merchant.voids(&id, &part(50)).await.assert_status(201);
    assert_alarms_the_operator(&hub, &id, "processing").await;
    assert_eq!(hub.merchant.charge_status(&id).await, "refund_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_queried_often_at_first_and_daily_after_a_day() {
    let hub = hub().await;
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.bank.treat(answers_no_query);
    let id = hub.merchant.charges_by(Credit, 150).await;
    let asked = |hub: &TestHub| {
        let is_it = |asked: &&Value| asked["operation"] == "query" && asked["reference"] == reference(&id, 1);
        hub.bank.asked().iter().filter(is_it).count()
    };
    hub.pass(MINUTE).await;
    hub.pass(Duration::from_secs(5)).await;
    assert_eq!(asked(&hub), 1);
    for _ in 0..24 {
        hub.pass(HOUR).await;
    }
    let first_day = asked(&hub);
    assert!((6..=20).contains(&first_day), "{first_day}");
    for _ in 0..(10 * 12) {
        hub.pass(2 * HOUR).await;
    }
    let later = asked(&hub) - first_day;
    assert!((9..=12).contains(&later), "daily: {later} times in ten days");
    // A query that is answered settles the charge.
    hub.bank.treat_all_alike();
    hub.pass(DAY).await;
    hub.pass(HOUR).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
}
