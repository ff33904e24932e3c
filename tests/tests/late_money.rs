//! Money for a payment that had failed, expired or been canceled.

#![expect(clippy::disallowed_methods, reason = "a test is no function: what it begins goes on beside it")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or finds nothing where it looks, has failed"
)]

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType, session::SessionStatus};
use futures::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, House,
    bank::{Booking, Mood, Notice, reference},
    house::LONG_AFTER,
    order::{Order, in_millis},
    samples::{
        APPROVED, DECLINED, by_boleto, by_card, by_drip, by_pix, events, open_session, pix_charge, session, told, with,
    },
};

const AN_HOUR: Duration = Duration::from_hours(1);
const A_DAY: Duration = Duration::from_hours(24);
/// Longer than any code or page lives.
const LONG_EXPIRED: Duration = Duration::from_hours(25);
/// Longer than seven days, the next banking day, three more in which it is cleared, and all holidays between.
const A_BOLETOS_LIFE: Duration = Duration::from_hours(21 * 24);
/// The hub looks again so long after a change.
const A_LOOK_LATER: Duration = Duration::from_mins(1);
const AT_ONCE: Duration = Duration::ZERO;

/// A house whose account can give up and give back whatever can be.
async fn house() -> House {
    House::with(&PaymentType::ALL.map(|way| (way, ProviderType::Sandbox))).await
}

/// How a payment came to its end before its money came.
#[derive(Clone, Copy, Debug)]
enum End {
    Expired,
    Rejected,
    Superseded,
}

impl End {
    const ALL: [Self; 3] = [Self::Expired, Self::Rejected, Self::Superseded];

    const fn status(self) -> &'static str {
        match self {
            Self::Expired | Self::Rejected => "failed",
            Self::Superseded => "canceled",
        }
    }
}

/// A session whose payment has come to this end, which left it free; and that payment.
async fn ended(house: &House, body: &Value, end: End) -> (Order, String) {
    let (order, charge) = Order::held(&house.client, body).await;
    match end {
        End::Expired => house.pass(LONG_EXPIRED).await,
        End::Rejected => {
            tell(house, &house.bank.reject(&reference(&charge, 1))).await;
        }
        End::Superseded => order.pay(&by_card(DECLINED)).await.assert_status(201),
    }
    assert_eq!(order.stand(&charge).await, format!("{}, created", end.status()));
    (order, charge)
}

async fn expired(house: &House, body: &Value) -> (Order, String) {
    ended(house, body, End::Expired).await
}

async fn tell(house: &House, notice: &Notice) -> Answer {
    house.client.tell(notice).await.expect(200)
}

/// The buyer pays this charge after all, and the bank tells it.
async fn pay_late(house: &House, charge: &str) -> Notice {
    let paid = house.bank.pay(&reference(charge, 1), 100);
    tell(house, &paid).await;
    paid
}

/// How many of an operation the bank was asked for.
fn count(house: &House, operation: &str) -> usize {
    house.bank.bookings().iter().filter(|booking| booking.operation == operation).count()
}

/// The reference of the refund of this charge that the bank has accepted and not done yet.
fn refund_under_way(house: &House, charge: &str) -> String {
    let (payment, bookings) = (reference(charge, 1), house.bank.bookings());
    let is_it = |booking: &&Booking| booking.payment == payment && booking.result == "processing";
    bookings.iter().find(is_it).unwrap().reference.clone()
}

/// The sweeper gives back what is owed, and the bank is done with it.
async fn give_back(house: &House, order: &Order, charge: &str) {
    house.pass(AT_ONCE).await;
    let shown = order.charge(charge).await;
    if shown.text("/status") == "refund_pending" {
        tell(house, &house.bank.finish_refund(&refund_under_way(house, charge))).await;
    }
    assert_eq!(order.charge(charge).await.text("/status"), "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_pays_a_session_that_nobody_holds() {
    let house = house().await;
    for (body, first) in [(by_pix(), "pending"), (by_drip(), "pending")] {
        for end in End::ALL {
            let (order, charge) = ended(&house, &body, end).await;
            let paid = pay_late(&house, &charge).await;
            assert_eq!(order.stand(&charge).await, "authorized, paid", "{end:?}");
            assert_eq!(events(&house, &charge).await, [first, end.status(), "authorized"]);
            assert_eq!(order.pay(&by_card(APPROVED)).await.expect(409).text("/error/type"), "conflict");

            // Twice is once; so is the same money told under another name.
            let shown = order.charge(&charge).await.body;
            tell(&house, &paid).await;
            let mut renamed = paid;
            renamed.body = renamed.body.replace("evt-", "again-");
            tell(&house, &renamed.signed_at(house.clock().now())).await;
            assert_eq!((order.charge(&charge).await.body, order.status().await.as_str()), (shown, "paid"));
        }
    }
    house.pass(A_DAY).await;
    assert_eq!(count(&house, "void"), 0);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_that_is_told_many_times_at_once_comes_once() {
    let house = house().await;
    let (order, charge) = expired(&house, &by_pix()).await;
    let paid = house.bank.pay(&reference(&charge, 1), 100);
    // All have read the charge before the first writes it.
    house.engine.gather("TransactWriteItems CHARGE SESSION CALLBACK", 20);
    join_all((0..20).map(|_| tell(&house, &paid))).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    assert_eq!(events(&house, &charge).await, ["pending", "failed", "authorized"]);
    house.pass(A_DAY).await;
    assert_eq!(count(&house, "void"), 0);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_late_payments_at_once_one_pays_and_the_other_is_given_back() {
    let house = house().await;
    let (order, first) = ended(&house, &by_pix(), End::Superseded).await;
    let second = order.pay(&by_drip()).await.expect(201).text("/chargeId").to_owned();
    order.pay(&by_card(DECLINED)).await.assert_status(201);
    let notices = [&first, &second].map(|charge| house.bank.pay(&reference(charge, 1), 100));
    // Both have found the session free before one takes it.
    house.engine.gather("TransactWriteItems CHARGE SESSION CALLBACK", 2);
    join_all(notices.iter().map(|notice| tell(&house, notice))).await;
    let charges = [&first, &second];
    for charge in charges {
        assert_eq!(order.stand(charge).await, "authorized, paid");
    }
    house.pass(AT_ONCE).await;
    assert_eq!(count(&house, "void"), 1);
    for charge in charges {
        if order.charge(charge).await.text("/status") != "authorized" {
            give_back(&house, &order, charge).await;
        }
    }
    assert_eq!(order.status().await, "paid");
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_late_money_and_cards_at_once_one_pays() {
    let house = house().await;
    let card = by_card(APPROVED);
    for round in 0..5 {
        let (order, late) = ended(&house, &by_drip(), End::Superseded).await;
        let paid = house.bank.pay(&reference(&late, 1), 100);
        let cards = join_all((0..5).map(|_| order.pay(&card)));
        let (cards, _) = join(cards, tell(&house, &paid)).await;
        let by_card = cards.iter().filter(|answer| answer.status == 201).count();
        for _ in 0..3 {
            house.pass(AN_HOUR).await;
        }
        let expected = if by_card == 0 { "authorized, paid" } else { "voided, paid" };
        assert_eq!((order.stand(&late).await.as_str(), by_card <= 1), (expected, true), "{round}");
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_was_paid_in_time_and_told_too_late_pays_its_session() {
    let house = house().await;
    let (order, charge) = Order::held(&house.client, &by_boleto()).await;
    house.pass(A_BOLETOS_LIFE).await;
    assert_eq!(order.stand(&charge).await, "failed, created");
    pay_late(&house, &charge).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_pays_a_session_that_is_switched_off_or_past_due() {
    let house = house().await;
    let (off, charge) = Order::held(&house.client, &by_pix()).await;
    off.activate(false).await.assert_status(200);
    assert_eq!(off.stand(&charge).await, "canceled, created");
    pay_late(&house, &charge).await;
    assert_eq!(off.stand(&charge).await, "authorized, paid");
    assert_eq!(off.read().await.body["isActive"], false);

    let due = json!(in_millis(&house, 600_000).to_string());
    let past = Order::create(&house.client, &with(open_session(&house.client.merchant_id), "/dueDate", due)).await;
    let charge = past.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    house.pass(LONG_AFTER).await;
    assert_eq!(past.stand(&charge).await, "failed, created");
    pay_late(&house, &charge).await;
    assert_eq!(past.stand(&charge).await, "authorized, paid");
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_waits_for_a_payment_whose_outcome_is_not_known() {
    let house = house().await;
    for mood in [Mood::LoseRequest, Mood::LoseAnswer] {
        let (order, late) = expired(&house, &by_pix()).await;
        house.bank.expect([mood]);
        let rival = order.pay(&by_card(APPROVED)).await.expect(201);
        assert_eq!(rival.text("/status"), "pending");
        let paid = pay_late(&house, &late).await;
        tell(&house, &paid).await;
        assert_eq!(house.waiting_notices().await.len(), 1);
        assert_eq!(order.stand(&late).await, "failed, created");

        house.pass(LONG_AFTER).await;
        house.pass(AN_HOUR).await;
        if mood == Mood::LoseRequest {
            assert_eq!(order.charge(rival.text("/chargeId")).await.text("/status"), "failed");
            assert_eq!(order.stand(&late).await, "authorized, paid");
        } else {
            assert_eq!(order.stand(rival.text("/chargeId")).await, "authorized, paid");
            give_back(&house, &order, &late).await;
            assert_eq!(order.stand(rival.text("/chargeId")).await, "authorized, paid");
        }
        assert!(house.waiting_notices().await.is_empty());
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_waits_for_a_payment_that_is_not_answered_yet() {
    let mut house = house().await;
    for mood in [Mood::HoldBeforeBooking, Mood::HoldAfterBooking] {
        let (order, late) = expired(&house, &by_pix()).await;
        let asked = house.bank.operations();
        house.bank.expect([mood]);
        let rival = order.clone();
        let running = tokio::spawn(async move {
            let body = by_card(APPROVED).to_string().into_bytes();
            rival.payer.send(Method::POST, &rival.path("/charge"), Some(body), None).await.ok()
        });
        house.bank.has_seen(asked + 1).await;
        pay_late(&house, &late).await;
        assert_eq!(order.stand(&late).await, "failed, created");
        assert_eq!(house.waiting_notices().await.len(), 1);

        house.kill_and_restart().await;
        assert!(running.await.unwrap().is_none());
        house.pass(LONG_AFTER).await;
        house.pass(AN_HOUR).await;
        let order = order.at(&house.client);
        if mood == Mood::HoldBeforeBooking {
            assert_eq!(order.stand(&late).await, "authorized, paid");
        } else {
            give_back(&house, &order, &late).await;
            assert_eq!(order.status().await, "paid");
        }
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_waits_for_its_buyer_gives_way_to_late_money() {
    let house = house().await;
    for holder in [by_pix(), by_drip()] {
        let (order, late) = expired(&house, &by_pix()).await;
        let live = order.pay(&holder).await.expect(201);
        let canceled = count(&house, "cancel");
        pay_late(&house, &late).await;
        assert_eq!(order.stand(&late).await, "authorized, paid");
        assert_eq!(order.charge(live.text("/chargeId")).await.text("/status"), "canceled");
        assert_eq!(events(&house, live.text("/chargeId")).await, ["pending", "canceled"]);
        assert_eq!(count(&house, "cancel"), canceled + 1);
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_is_given_back_where_who_holds_the_session_has_paid_first() {
    let house = house().await;
    for holder in [by_pix(), by_drip()] {
        let (order, late) = expired(&house, &by_pix()).await;
        let live = order.pay(&holder).await.expect(201);
        let _untold = house.bank.pay(&reference(live.text("/chargeId"), 1), 100);
        pay_late(&house, &late).await;
        assert_eq!(order.stand(live.text("/chargeId")).await, "authorized, paid");
        assert_eq!(order.charge(&late).await.text("/status"), "authorized");
        give_back(&house, &order, &late).await;
        assert_eq!(order.stand(live.text("/chargeId")).await, "authorized, paid");
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_waits_while_it_is_not_known_whether_the_holder_was_given_up() {
    let house = house().await;
    for mood in [Mood::LoseRequest, Mood::LoseAnswer] {
        let (order, late) = expired(&house, &by_pix()).await;
        let live = order.pay(&by_drip()).await.expect(201);
        house.bank.expect([mood]);
        pay_late(&house, &late).await;
        assert_eq!(order.stand(&late).await, "failed, created", "{mood:?}");
        assert_eq!(house.waiting_notices().await.len(), 1);
        house.pass(LONG_AFTER).await;
        house.pass(AN_HOUR).await;
        assert_eq!(order.stand(&late).await, "authorized, paid", "{mood:?}");
        assert_eq!(order.charge(live.text("/chargeId")).await.text("/status"), "canceled");
    }
    house.assert_books_agree().await;
}

/// A boleto is never given back: whoever pays one for a session that is paid is for a person to look at.
#[tokio::test(flavor = "multi_thread")]
async fn late_money_takes_a_session_from_an_unpaid_boleto() {
    let house = house().await;
    for is_paid_too in [false, true] {
        let (order, late) = expired(&house, &by_pix()).await;
        let slip = order.pay(&by_boleto()).await.expect(201);
        let boleto = slip.text("/chargeId");
        pay_late(&house, &late).await;
        assert_eq!(order.stand(&late).await, "authorized, paid");
        assert_eq!(order.stand(boleto).await, "pending, paid");
        if is_paid_too {
            pay_late(&house, boleto).await;
        }
        house.pass(A_BOLETOS_LIFE).await;
        let expected = if is_paid_too { "authorized, paid" } else { "failed, paid" };
        assert_eq!(order.stand(boleto).await, expected);
        assert_eq!(order.stand(&late).await, "authorized, paid");
    }
    assert_eq!(count(&house, "void"), 0);
    house.assert_books_agree().await;
}

/// A session that is over for its expired payment `late`: as it ends up, and how it is brought there.
async fn over(house: &House, body: &Value, how: &str) -> (Order, String) {
    let reserving = with(open_session(&house.client.merchant_id), "/capture", json!(how != "reserved"));
    let order = Order::create(&house.client, &reserving).await;
    let late = order.pay(body).await.expect(201).text("/chargeId").to_owned();
    house.pass(LONG_EXPIRED).await;
    if how == "canceled" {
        order.cancel().await.assert_status(201);
        return (order, late);
    }
    let rival = order.pay(&by_card(APPROVED)).await.expect(201);
    if how == "voided" {
        let void = format!("/v1/charges/{}/void", rival.text("/chargeId"));
        house.client.post(&void, &json!({})).await.assert_status(201);
    }
    (order, late)
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_for_a_session_that_is_over_is_given_back() {
    let house = house().await;
    let ends = [
        ("paid", SessionStatus::Paid),
        ("reserved", SessionStatus::Created),
        ("voided", SessionStatus::Voided),
        ("canceled", SessionStatus::Canceled),
    ];
    for (how, status) in ends {
        for (body, on_its_way) in [(by_pix(), vec!["refund_pending"]), (by_drip(), vec![])] {
            let (order, late) = over(&house, &body, how).await;
            let (before, voids) = (order.read().await.body, count(&house, "void"));
            let paid = pay_late(&house, &late).await;
            tell(&house, &paid).await;
            // The money is there, and is owed; the session goes on as it was.
            assert_eq!(order.stand(&late).await, format!("authorized, {status}"), "{how}");
            assert_eq!(count(&house, "void"), voids, "{how}");
            give_back(&house, &order, &late).await;
            house.pass(A_DAY).await;
            assert_eq!((count(&house, "void"), order.read().await.body), (voids + 1, before), "{how}");
            assert_eq!(order.charge(&late).await.body["amount"], 0);
            let expected = [vec!["pending", "failed", "authorized"], on_its_way, vec!["voided"]].concat();
            assert_eq!(events(&house, &late).await, expected, "{how}");
        }
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_was_paid_late_is_given_back_and_no_more() {
    let house = house().await;
    for amount in [60, 130] {
        let (order, late) = over(&house, &by_drip(), "paid").await;
        tell(&house, &house.bank.pay(&reference(&late, 1), amount)).await;
        assert_eq!(order.charge(&late).await.body["amount"], amount);
        give_back(&house, &order, &late).await;
        assert_eq!(house.bank.books()[&reference(&late, 1)].given_back, amount);
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_payment_at_a_provider_that_gives_nothing_back_stays() {
    for provider in [ProviderType::Bs2, ProviderType::Getnet] {
        let accounts = [(PaymentType::Pix, provider), (PaymentType::Credit, ProviderType::Stripe)];
        let house = House::with(&accounts).await;
        let (order, late) = over(&house, &by_pix(), "paid").await;
        let asked = house.bank.operations();
        pay_late(&house, &late).await;
        for _ in 0..10 {
            house.pass(A_DAY).await;
        }
        assert_eq!(order.stand(&late).await, "authorized, paid", "{provider}");
        assert_eq!(house.bank.operations(), asked, "{provider}");
        assert_eq!(events(&house, &late).await, ["pending", "failed", "authorized"]);
        house.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_without_a_session_is_the_merchants() {
    let house = house().await;
    let path = |id: &str| format!("/v1/charges/{id}");
    for end in [End::Expired, End::Rejected] {
        let charge = house.client.post("/v1/charges", &pix_charge(&house.client.merchant_id)).await.expect(201);
        let id = charge.text("/id");
        match end {
            End::Rejected => drop(tell(&house, &house.bank.reject(&reference(id, 1))).await),
            End::Expired | End::Superseded => house.pass(LONG_EXPIRED).await,
        }
        assert_eq!(house.client.get(&path(id)).await.expect(200).text("/status"), "failed");
        let paid = house.bank.pay(&reference(id, 1), 150);
        for _ in 0..2 {
            tell(&house, &paid).await;
        }
        house.pass(10 * A_DAY).await;
        assert_eq!(house.client.get(&path(id)).await.expect(200).text("/status"), "authorized", "{end:?}");
        assert_eq!(events(&house, id).await, ["pending", "failed", "authorized"]);
    }
    assert_eq!(count(&house, "void"), 0);
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_merchant_gives_back_first_is_not_given_back_again() {
    let house = house().await;
    for (body, by_hand) in
        [(by_drip(), json!({})), (by_drip(), json!({"amount": 40})), (by_pix(), json!({"amount": 40}))]
    {
        let (order, late) = over(&house, &body, "paid").await;
        pay_late(&house, &late).await;
        let voids = count(&house, "void");
        let void = house.client.post(&format!("/v1/charges/{late}/void"), &by_hand).await.expect(201);
        if void.text("/status") == "refund_pending" {
            // While that is under way the sweeper leaves it alone.
            house.pass(AN_HOUR).await;
            assert_eq!(count(&house, "void"), voids + 1);
            tell(&house, &house.bank.finish_refund(&refund_under_way(&house, &late))).await;
        }
        house.pass(A_LOOK_LATER).await;
        give_back(&house, &order, &late).await;
        let expected = if by_hand == json!({}) { 1 } else { 2 };
        assert_eq!(count(&house, "void"), voids + expected, "{by_hand}");
        assert_eq!(house.bank.books()[&reference(&late, 1)].given_back, 100);
        assert_eq!(order.status().await, "paid");
    }
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_a_duplicate_payment_that_fails_is_retried_a_day_later() {
    let house = house().await;
    let (order, late) = over(&house, &by_pix(), "paid").await;
    pay_late(&house, &late).await;
    house.pass(AT_ONCE).await;
    tell(&house, &house.bank.fail_refund(&refund_under_way(&house, &late))).await;
    assert_eq!(order.stand(&late).await, "authorized, paid");
    house.pass(A_DAY.saturating_sub(AN_HOUR)).await;
    assert_eq!(count(&house, "void"), 1, "not within the day");
    house.pass(AN_HOUR).await;
    assert_eq!(count(&house, "void"), 2);
    give_back(&house, &order, &late).await;
    house.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_back_and_came_back_is_given_back_again() {
    let house = house().await;
    let (order, late) = over(&house, &by_drip(), "paid").await;
    pay_late(&house, &late).await;
    give_back(&house, &order, &late).await;
    tell(&house, &house.bank.revert_refund(&reference(&late, 1), 100)).await;
    assert_eq!(order.stand(&late).await, "authorized, paid");
    house.pass(A_LOOK_LATER).await;
    give_back(&house, &order, &late).await;
    assert_eq!(count(&house, "void"), 2);
    let expected = ["pending", "failed", "authorized", "voided", "revert_void", "voided"];
    assert_eq!(events(&house, &late).await, expected);
    house.assert_books_agree().await;
}

/// The bank refuses to refund 991 minor units; a Pix can be refunded for 90 days.
#[tokio::test(flavor = "multi_thread")]
async fn the_hub_refunds_a_duplicate_payment_daily_until_its_refund_window_is_over() {
    let house = house().await;
    let order = Order::create(&house.client, &with(session(&house.client.merchant_id), "/amount", json!(991))).await;
    let late = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    house.pass(LONG_EXPIRED).await;
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    tell(&house, &house.bank.pay(&reference(&late, 1), 991)).await;
    house.pass(AT_ONCE).await;
    for days in 1..4 {
        assert_eq!(count(&house, "void"), days);
        house.pass(A_DAY).await;
    }
    house.clock().advance(86 * A_DAY);
    house.pass(AT_ONCE).await;
    assert_eq!(count(&house, "void"), 5, "on the last day");
    for _ in 0..3 {
        house.pass(2 * A_DAY).await;
    }
    assert_eq!(count(&house, "void"), 5);
    assert_eq!(order.stand(&late).await, "authorized, paid");
    let shown = told(&order.charge(&late).await);
    assert!(
        shown.starts_with("authorized 991: void failed 991, authorization success 991, "),
        "of many the last: {shown}"
    );
    assert_eq!(events(&house, &late).await, ["pending", "failed", "authorized"]);

    // Then its merchant can refund it.
    for amount in [990, 1] {
        let path = format!("/v1/charges/{late}/void");
        house.client.post(&path, &json!({"amount": amount})).await.assert_status(201);
        tell(&house, &house.bank.finish_refund(&refund_under_way(&house, &late))).await;
    }
    assert_eq!(order.stand(&late).await, "voided, paid");
    house.assert_books_agree().await;
}
