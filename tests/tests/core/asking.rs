//! Every open payment is asked about on a schedule, and an unknown outcome wakes the operator.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    House,
    bank::{Mood, Treatment, reference},
    log::logged,
    order::Order,
    samples::{APPROVED, by_card, by_pix, reservation, with},
};

use super::{
    Boleto, Credit, DAY, Drip, HOUR, MINUTE, Pix, alarmed, answers_no_query, asks, capture, charge_by, charge_of,
    create, house, paid, status, void, void_all,
};

/// In which of the steps of this length the bank was asked about the payment.
async fn questions(house: &House, charge: &str, step: Duration, steps: usize) -> Vec<usize> {
    let mut asked = Vec::new();
    let mut seen = house.bank.queries_of(&reference(charge, 1));
    for at in 1..=steps {
        house.pass(step).await;
        let now = house.bank.queries_of(&reference(charge, 1));
        assert!(now <= seen + 1, "asked {} times at once", now - seen);
        if now > seen {
            asked.push(at);
        }
        seen = now;
    }
    asked
}

/// A Pix or a page of Drip that its shopper has time to pay.
async fn long(house: &House, expires_in: u64) -> String {
    create(house, &with(charge_by(&house.client.merchant_id, Pix), "/paymentMethod/expiresIn", json!(expires_in))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_asked_about_after_five_minutes_an_hour_and_then_ever_more_seldom_but_daily() {
    let house = house().await;
    let id = long(&house, 2_592_000).await;
    let minutes = questions(&house, &id, MINUTE, 65).await;
    assert_eq!(minutes.len(), 2, "{minutes:?}");
    assert!((5..=7).contains(&minutes[0]) && (60..=63).contains(&minutes[1]), "{minutes:?}");
    let hours = questions(&house, &id, HOUR, 10 * 24).await;
    let pauses: Vec<usize> = hours.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1] + 1), "the pauses grow: {pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= 25), "at least daily: {pauses:?}");
    assert!((9..=16).contains(&hours.len()), "{hours:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_drip_is_asked_about_too() {
    let house = house().await;
    let id = charge_of(&house, Drip, 150).await;
    let minutes = questions(&house, &id, MINUTE, 65).await;
    assert_eq!(minutes.len(), 2, "{minutes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_notification_was_lost_is_found_long_before_it_expires() {
    let house = house().await;
    let id = long(&house, 2_592_000).await;
    drop(house.bank.pay(&reference(&id, 1), 150));
    house.pass(10 * MINUTE).await;
    assert_eq!(status(&house, &id).await, "authorized");
    // And later ones within a day.
    let id = long(&house, 2_592_000).await;
    for _ in 0..8 {
        house.pass(DAY).await;
    }
    drop(house.bank.pay(&reference(&id, 1), 150));
    house.pass(DAY + HOUR).await;
    assert_eq!(status(&house, &id).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_asked_about_weekly_until_its_date_and_then_each_banking_day() {
    let house = house().await;
    let noon: domain::time::Timestamp = "2031-01-15T15:00:00.000Z".parse().unwrap();
    house.pass(noon.since(house.bank.clock().now())).await;
    let body = charge_by(&house.client.merchant_id, Boleto);
    // A Monday, which can be paid until the Friday after it.
    let terms = with(body, "/paymentMethod/expiresDate", json!("2031-03-17"));
    let id = create(&house, &with(terms, "/paymentMethod/maxDaysPastDue", json!(4))).await;
    let days = questions(&house, &id, DAY, 61).await;
    assert!((7..=9).contains(&days.len()), "weekly for two months: {days:?}");
    let pauses: Vec<usize> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses.iter().all(|pause| (6..=8).contains(pause)), "{days:?}");
    // 17 March and on: each banking day, none on Saturday 22 and Sunday 23, until it is cleared on the 26th.
    let days = questions(&house, &id, DAY, 9).await;
    assert!((6..=8).contains(&days.len()), "each banking day: {days:?}");
    assert_eq!(status(&house, &id).await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_cancel_does_not_stop_the_questions_about_its_payment() {
    let house = house().await;
    for method in [Pix, Drip] {
        let (order, charge) = Order::held(&house.client, &super::by(method)).await;
        house.bank.treat(|request| asks(request, "cancel", 100).then_some(Treatment::Mood(Mood::Stumble)));
        house.bank.expect([Mood::LoseRequest]);
        order.pay(&by_card(APPROVED)).await.assert_status(409);
        drop(house.bank.pay(&reference(&charge, 1), 100));
        house.pass(10 * MINUTE).await;
        house.pass(2 * HOUR).await;
        assert!(house.bank.queries_of(&reference(&charge, 1)) > 0, "{method}");
        assert_eq!(order.stand(&charge).await, "authorized, paid", "{method}");
        house.bank.treat_all_alike();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_it_when_the_payment_expires() {
    let house = house().await;
    for is_paid in [true, false] {
        let order = Order::open(&house.client).await;
        let charge = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
        house.bank.treat(|request| {
            let is_cancel = request["operation"] == "cancel" || asks(request, "cancel", 100);
            is_cancel.then_some(Treatment::Mood(Mood::LoseRequest))
        });
        order.pay(&by_card(APPROVED)).await.assert_status(409);
        if is_paid {
            drop(house.bank.pay(&reference(&charge, 1), 100));
        }
        for _ in 0..3 {
            house.pass(DAY).await;
        }
        // What was not paid by its end, nothing is left to cancel of: the cancel is as good as done.
        let expected = if is_paid { "authorized, paid" } else { "canceled, created" };
        assert_eq!(order.stand(&charge).await, expected);
        house.bank.treat_all_alike();
    }
}

/// The lines of the log that are about this charge.
fn lines_about(charge: &str) -> usize {
    let hex = charge.replace('-', "");
    logged().lines().filter(|line| line.contains(charge) || line.contains(&hex)).count()
}

/// The alarm `unknown_outcome` comes after a day and then daily, and a line of the log after an hour.
async fn assert_wakes_the_operator(house: &House, charge: &str, what: &str) {
    assert_eq!(alarmed("unknown_outcome", charge), 0, "{what}");
    let before = lines_about(charge);
    for _ in 0..3 {
        house.pass(HOUR).await;
    }
    assert!(lines_about(charge) > before, "{what}: no line in the log after an hour");
    assert_eq!(alarmed("unknown_outcome", charge), 0, "{what}: within the first day");
    for _ in 0..9 {
        house.pass(3 * HOUR).await;
    }
    assert_eq!(alarmed("unknown_outcome", charge), 1, "{what}: after a day");
    for _ in 0..(5 * 8) {
        house.pass(3 * HOUR).await;
    }
    let alarms = alarmed("unknown_outcome", charge);
    assert!((5..=7).contains(&alarms), "{what}: daily, and not {alarms} times in five days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_outcome_stays_unknown_wakes_the_operator() {
    let house = house().await;
    house.bank.treat(answers_no_query);
    for method in [Credit, Pix, Boleto, Drip] {
        house.bank.expect([Mood::LoseAnswer]);
        let id = charge_of(&house, method, 150).await;
        assert_wakes_the_operator(&house, &id, method.name()).await;
        assert_eq!(status(&house, &id).await, "pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_and_a_refund_whose_outcome_stays_unknown_wake_the_operator() {
    let house = house().await;
    house.bank.treat(answers_no_query);
    let reserved = create(&house, &reservation(&house.client.merchant_id)).await;
    house.bank.expect([Mood::LoseAnswer]);
    capture(&house, &reserved).await.assert_status(201);
    assert_wakes_the_operator(&house, &reserved, "capture").await;

    let card = paid(&house, Credit, 150).await;
    house.bank.expect([Mood::LoseAnswer]);
    void_all(&house, &card).await.assert_status(201);
    assert_wakes_the_operator(&house, &card, "void").await;
    assert_eq!(status(&house, &card).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_stays_under_way_wakes_the_operator() {
    let house = house().await;
    let id = paid(&house, Pix, 150).await;
    void(&house, &id, 50).await.assert_status(201);
    assert_wakes_the_operator(&house, &id, "processing").await;
    assert_eq!(status(&house, &id).await, "refund_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_is_asked_about_often_at_first_and_daily_after_a_day() {
    let house = house().await;
    house.bank.expect([Mood::LoseAnswer]);
    house.bank.treat(answers_no_query);
    let id = charge_of(&house, Credit, 150).await;
    let asked = |house: &House| {
        let is_it = |asked: &&Value| asked["operation"] == "query" && asked["reference"] == reference(&id, 1);
        house.bank.asked().iter().filter(is_it).count()
    };
    house.pass(MINUTE).await;
    house.pass(Duration::from_secs(5)).await;
    assert_eq!(asked(&house), 1);
    for _ in 0..24 {
        house.pass(HOUR).await;
    }
    let first_day = asked(&house);
    assert!((6..=20).contains(&first_day), "{first_day}");
    for _ in 0..(10 * 12) {
        house.pass(2 * HOUR).await;
    }
    let later = asked(&house) - first_day;
    assert!((9..=12).contains(&later), "daily: {later} times in ten days");
    // What is known then settles it.
    house.bank.treat_all_alike();
    house.pass(DAY).await;
    house.pass(HOUR).await;
    assert_eq!(status(&house, &id).await, "authorized");
}
