//! The promises of the money core, as stories: every payment is recorded to its end, every refund goes to the provider
//! that holds the money, and every answer is repeated as it was.

#![expect(clippy::disallowed_methods, reason = "a test is no function: what it begins goes on beside it")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or finds nothing where it looks, has failed"
)]

mod amounts;
mod asking;
mod boleto_end;
mod chargebacks;
mod contested;
mod customers;
mod duplicate_payments;
mod keys;
mod late_payments;
mod notification_calls;
mod operators;
mod refund_notifications;
mod refunds_at_their_provider;
mod replays;
mod reservations;
mod room;
mod superseding;
mod sweeping;
mod waiting_notifications;

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType};
use serde_json::{Value, json};
use tests::{
    Answer, Client, House,
    bank::{Booking, Mood, Notice, Treatment, reference},
    log::{lines_of, listen},
    order::Order,
    samples::{
        APPROVED, boleto_charge, by_boleto, by_card, by_drip, by_pix, card_charge, drip_charge, pix_charge, told, with,
    },
};

use PaymentType::{Boleto, Credit, Drip, Pix};

const AT_ONCE: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Longer than a Pix of an hour and a page of Drip can be paid.
const LONG_EXPIRED: Duration = Duration::from_hours(25);

/// A hub whose account can cancel, read and refund whatever is paid.
async fn house() -> House {
    listen("warn");
    House::with(&PaymentType::ALL.map(|method| (method, ProviderType::Sandbox))).await
}

/// A hub whose account takes `method` at `provider`, and cards at another one.
async fn house_at(method: PaymentType, provider: ProviderType) -> House {
    listen("warn");
    let accounts = [(method, provider), (Credit, ProviderType::Stripe)];
    House::with(if method == Credit { &accounts[..1] } else { &accounts }).await
}

/// What pays a session of 100 minor units by `method`.
fn by(method: PaymentType) -> Value {
    match method {
        Credit => by_card(APPROVED),
        Pix => by_pix(),
        Boleto => by_boleto(),
        Drip => by_drip(),
    }
}

/// A charge of 150 minor units by `method`.
fn charge_by(merchant: &str, method: PaymentType) -> Value {
    match method {
        Credit => card_charge(merchant, APPROVED),
        Pix => pix_charge(merchant),
        Boleto => boleto_charge(merchant),
        Drip => drip_charge(merchant),
    }
}

/// The charge that is made of `body`: its id.
async fn create(house: &House, body: &Value) -> String {
    house.client.post("/v1/charges", body).await.expect(201).text("/id").to_owned()
}

/// A charge of so many minor units that waits for its shopper, or is done: its id.
async fn charge_of(house: &House, method: PaymentType, amount: u64) -> String {
    create(house, &with(charge_by(&house.client.merchant_id, method), "/amount", json!(amount))).await
}

/// The same, paid.
async fn paid(house: &House, method: PaymentType, amount: u64) -> String {
    let id = charge_of(house, method, amount).await;
    if method != Credit {
        notify(house, &house.bank.pay(&reference(&id, 1), amount)).await;
    }
    id
}

/// A reservation of so many minor units: its id.
async fn reserved(house: &House, amount: u64) -> String {
    let body = with(card_charge(&house.client.merchant_id, APPROVED), "/capture", json!(false));
    create(house, &with(body, "/amount", json!(amount))).await
}

/// The bank's call is taken.
async fn notify(house: &House, notice: &Notice) {
    house.client.tell(notice).await.assert_status(200);
}

async fn read(house: &House, id: &str) -> Answer {
    house.client.get(&format!("/v1/charges/{id}")).await.expect(200)
}

async fn status(house: &House, id: &str) -> String {
    read(house, id).await.text("/status").to_owned()
}

/// Status, amount and the list of a charge.
async fn shown(house: &House, id: &str) -> String {
    told(&read(house, id).await)
}

/// How many entries `kind status amount` the list of a charge has.
async fn entries(house: &House, id: &str, entry: &str) -> usize {
    let shown = shown(house, id).await;
    shown.split_once(": ").unwrap().1.split(", ").filter(|listed| *listed == entry).count()
}

async fn void(house: &House, id: &str, amount: u64) -> Answer {
    house.client.post(&format!("/v1/charges/{id}/void"), &json!({"amount": amount})).await
}

async fn void_all(house: &House, id: &str) -> Answer {
    house.client.post(&format!("/v1/charges/{id}/void"), &json!({})).await
}

async fn capture(house: &House, id: &str) -> Answer {
    house.client.post(&format!("/v1/charges/{id}/capture"), &json!({})).await
}

/// What the bank was asked for of this kind about a charge, whichever of its tries, done or declined.
fn bookings(house: &House, charge: &str, operation: &str) -> Vec<Booking> {
    let charge = charge.replace('-', "");
    let all = house.bank.bookings().into_iter();
    all.filter(|booking| booking.operation == operation && booking.payment.starts_with(&charge)).collect()
}

fn voids(house: &House, charge: &str) -> Vec<Booking> {
    bookings(house, charge, "void")
}

/// Every refund of this charge that the bank has accepted is done.
async fn finish_refunds(house: &House, charge: &str) {
    for void in voids(house, charge).into_iter().filter(|void| void.result == "processing") {
        notify(house, &house.bank.finish_refund(&void.reference)).await;
    }
}

/// The hub refunds what it owes, and the bank is done with it.
async fn refunded_by_the_hub(house: &House, charge: &str) {
    house.pass(AT_ONCE).await;
    finish_refunds(house, charge).await;
}

/// The lines of this alarm about a charge, by its id or by a reference of it.
#[track_caller]
fn alarm_lines(alarm: &str, charge: &str) -> Vec<String> {
    let hex = charge.replace('-', "");
    let mut lines = lines_of(alarm);
    lines.retain(|line| line.contains(charge) || line.contains(&hex));
    lines
}

/// How often the hub has raised this alarm about a charge.
#[track_caller]
fn alarmed(alarm: &str, charge: &str) -> usize {
    alarm_lines(alarm, charge).len()
}

/// A query about what was `asked` for, of this amount.
fn asks(request: &Value, asked: &str, amount: u64) -> bool {
    request["operation"] == "query" && request["asked"] == asked && request["amount"] == amount
}

/// The bank fails whenever it is asked about something.
fn answers_no_query(request: &Value) -> Option<Treatment> {
    (request["operation"] == "query").then_some(Treatment::Mood(Mood::Stumble))
}

/// A session whose payment by `method` has expired, which left it free; and that charge.
async fn expired(house: &House, method: PaymentType) -> (Order, String) {
    let (order, charge) = Order::held(&house.client, &by(method)).await;
    house.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await;
    assert_eq!(order.stand(&charge).await, "failed, created");
    (order, charge)
}

/// A merchant that retries a declined payment by `method` at a second provider, under keys `key_1` and `key_2`; a third
/// account takes cards where these do not.
async fn retrying(house: &House, method: PaymentType) -> Client {
    let names = match method {
        Credit => ["STRIPE", "MERCADO_PAGO"],
        Pix => ["MERCADO_PAGO", "BB"],
        Boleto => ["MERCADO_PAGO", "PAGARME"],
        Drip => ["DRIP", "SANDBOX"],
    };
    let account = |(name, priority): (&str, u8), method: PaymentType| {
        json!({
            "name": name, "priority": priority, "methods": [method.name()],
            "credentials": {"type": "sandbox", "apiKey": format!("key_{priority}")},
        })
    };
    let mut accounts: Vec<Value> = names.into_iter().zip(1..).map(|named| account(named, method)).collect();
    if method != Credit {
        accounts.push(account(("STRIPE", 3), Credit));
    }
    let body = json!({"mcc": "5912", "retryOnDecline": true, "providers": accounts});
    let made = house.client.post("/v1/merchants", &body).await.expect(201);
    let mut merchant = house.client.clone();
    made.text("/id").clone_into(&mut merchant.merchant_id);
    merchant
}

/// Both providers decline the payment of a session in a way that may be retried: the session and the charge.
async fn declined_by_both(house: &House, merchant: &Client, method: PaymentType) -> (Order, String) {
    house.bank.expect([Mood::Decline("try_again"); 2]);
    let (order, charge) = Order::held(merchant, &by(method)).await;
    assert_eq!(order.stand(&charge).await, "failed, created");
    assert_eq!(bookings(house, &charge, "create").len(), 2, "both providers were to be tried");
    (order, charge)
}
