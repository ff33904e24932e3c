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
    Answer, Client, TestHub,
    bank::{BankReply, Booking, ProviderUpdate, Treatment, reference},
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
async fn hub() -> TestHub {
    listen("warn");
    TestHub::with(&PaymentType::ALL.map(|method| (method, ProviderType::Sandbox))).await
}

/// A hub whose account takes `method` at `provider`, and cards at another one.
async fn hub_at(method: PaymentType, provider: ProviderType) -> TestHub {
    listen("warn");
    let accounts = [(method, provider), (Credit, ProviderType::Stripe)];
    TestHub::with(if method == Credit { &accounts[..1] } else { &accounts }).await
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
async fn create(hub: &TestHub, body: &Value) -> String {
    hub.client.post("/v1/charges", body).await.expect(201).text("/id").to_owned()
}

/// A charge of so many minor units that waits for its shopper, or is done: its id.
async fn charge_of(hub: &TestHub, method: PaymentType, amount: u64) -> String {
    create(hub, &with(charge_by(&hub.client.merchant_id, method), "/amount", json!(amount))).await
}

/// The same, paid.
async fn paid(hub: &TestHub, method: PaymentType, amount: u64) -> String {
    let id = charge_of(hub, method, amount).await;
    if method != Credit {
        notify(hub, &hub.bank.pay(&reference(&id, 1), amount)).await;
    }
    id
}

/// A reservation of so many minor units: its id.
async fn reserved(hub: &TestHub, amount: u64) -> String {
    let body = with(card_charge(&hub.client.merchant_id, APPROVED), "/capture", json!(false));
    create(hub, &with(body, "/amount", json!(amount))).await
}

/// The bank's call is taken.
async fn notify(hub: &TestHub, update: &ProviderUpdate) {
    hub.client.tell(update).await.assert_status(200);
}

async fn read(hub: &TestHub, id: &str) -> Answer {
    hub.client.get(&format!("/v1/charges/{id}")).await.expect(200)
}

async fn status(hub: &TestHub, id: &str) -> String {
    read(hub, id).await.text("/status").to_owned()
}

/// Status, amount and the list of a charge.
async fn shown(hub: &TestHub, id: &str) -> String {
    told(&read(hub, id).await)
}

/// How many entries `kind status amount` the list of a charge has.
async fn entries(hub: &TestHub, id: &str, entry: &str) -> usize {
    let shown = shown(hub, id).await;
    shown.split_once(": ").unwrap().1.split(", ").filter(|listed| *listed == entry).count()
}

async fn void(hub: &TestHub, id: &str, amount: u64) -> Answer {
    hub.client.post(&format!("/v1/charges/{id}/void"), &json!({"amount": amount})).await
}

async fn void_all(hub: &TestHub, id: &str) -> Answer {
    hub.client.post(&format!("/v1/charges/{id}/void"), &json!({})).await
}

async fn capture(hub: &TestHub, id: &str) -> Answer {
    hub.client.post(&format!("/v1/charges/{id}/capture"), &json!({})).await
}

/// What the bank was asked for of this kind about a charge, whichever of its tries, done or declined.
fn bookings(hub: &TestHub, charge: &str, operation: &str) -> Vec<Booking> {
    let charge = charge.replace('-', "");
    let all = hub.bank.bookings().into_iter();
    all.filter(|booking| booking.operation == operation && booking.payment.starts_with(&charge)).collect()
}

fn voids(hub: &TestHub, charge: &str) -> Vec<Booking> {
    bookings(hub, charge, "void")
}

/// Every refund of this charge that the bank has accepted is done.
async fn finish_refunds(hub: &TestHub, charge: &str) {
    for void in voids(hub, charge).into_iter().filter(|void| void.result == "processing") {
        notify(hub, &hub.bank.finish_refund(&void.reference)).await;
    }
}

/// The hub refunds what it owes, and the bank is done with it.
async fn refunded_by_the_hub(hub: &TestHub, charge: &str) {
    hub.pass(AT_ONCE).await;
    finish_refunds(hub, charge).await;
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
    (request["operation"] == "query").then_some(Treatment::BankReply(BankReply::Stumble))
}

/// A session whose payment by `method` has expired, which left it free; and that charge.
async fn expired(hub: &TestHub, method: PaymentType) -> (Order, String) {
    let (order, charge) = Order::held(&hub.client, &by(method)).await;
    hub.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await;
    assert_eq!(order.stand(&charge).await, "failed, created");
    (order, charge)
}

/// A merchant that retries a declined payment by `method` at a second provider, under keys `key_1` and `key_2`; a third
/// account takes cards where these do not.
async fn retrying(hub: &TestHub, method: PaymentType) -> Client {
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
    let made = hub.client.post("/v1/merchants", &body).await.expect(201);
    let mut merchant = hub.client.clone();
    made.text("/id").clone_into(&mut merchant.merchant_id);
    merchant
}

/// Both providers decline the payment of a session in a way that may be retried: the session and the charge.
async fn declined_by_both(hub: &TestHub, merchant: &Client, method: PaymentType) -> (Order, String) {
    hub.bank.expect([BankReply::Decline("try_again"); 2]);
    let (order, charge) = Order::held(merchant, &by(method)).await;
    assert_eq!(order.stand(&charge).await, "failed, created");
    assert_eq!(bookings(hub, &charge, "create").len(), 2, "both providers were to be tried");
    (order, charge)
}
