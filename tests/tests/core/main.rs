//! The promises of the money core: every payment is recorded until its final status, every refund goes to the provider
//! that holds the money, and every idempotent replay returns the first answer.

mod amounts;
mod boleto_end;
mod chargebacks;
mod customers;
mod duplicate_payments;
mod keys;
mod late_payments;
mod notification_calls;
mod operators;
mod pre_authorizations;
mod races;
mod reconciling;
mod refund_notifications;
mod refunds_at_their_provider;
mod replays;
mod room;
mod superseding;
mod sweeping;
mod waiting_notifications;

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType};
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    bank::{BankReply, Booking, Treatment},
    log::{lines_of, listen},
    samples::{by, summary},
    session::Session,
};

use PaymentType::{Boleto, Credit, Drip, Pix};

const AT_ONCE: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Longer than a Pix of an hour and a page of Drip can be paid.
const LONG_EXPIRED: Duration = Duration::from_hours(25);

/// A hub whose provider accounts can cancel, query and refund payments of every method.
async fn hub() -> TestHub {
    listen("warn");
    TestHub::with_every_ability().await
}

/// A hub that takes `method` at `provider`, and cards at another provider.
async fn hub_at(method: PaymentType, provider: ProviderType) -> TestHub {
    listen("warn");
    let accounts = [(method, provider), (Credit, ProviderType::Stripe)];
    TestHub::with(if method == Credit { &accounts[..1] } else { &accounts }).await
}

/// The status, amount and transaction requests of a charge.
async fn shown(hub: &TestHub, id: &str) -> String {
    summary(&hub.merchant.reads_charge(id).await)
}

/// How many transaction requests of a charge read `type status amount`, as `entry` does.
async fn entries(hub: &TestHub, id: &str, entry: &str) -> usize {
    let shown = shown(hub, id).await;
    shown.split_once(": ").unwrap().1.split(", ").filter(|listed| *listed == entry).count()
}

/// The bank's bookings of this operation for any attempt of a charge, approved or declined.
fn bookings(hub: &TestHub, charge: &str, operation: &str) -> Vec<Booking> {
    let charge = charge.replace('-', "");
    let all = hub.bank.bookings().into_iter();
    all.filter(|booking| booking.operation == operation && booking.payment.starts_with(&charge)).collect()
}

fn voids(hub: &TestHub, charge: &str) -> Vec<Booking> {
    bookings(hub, charge, "void")
}

/// The bank completes every refund of this charge that it has accepted.
async fn finish_refunds(hub: &TestHub, charge: &str) {
    for void in voids(hub, charge).into_iter().filter(|void| void.result == "processing") {
        hub.provider.notifies(&hub.bank.finish_refund(&void.reference)).await;
    }
}

/// The hub sends the refunds that are due, and the bank completes them.
async fn refunded_by_the_hub(hub: &TestHub, charge: &str) {
    hub.pass(AT_ONCE).await;
    finish_refunds(hub, charge).await;
}

/// The log lines of this alarm that name a charge by its id or by one of its references.
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

/// Whether a request is a query about an `asked` operation of this amount.
fn asks(request: &Value, asked: &str, amount: u64) -> bool {
    request["operation"] == "query" && request["asked"] == asked && request["amount"] == amount
}

/// The bank fails on every query.
fn answers_no_query(request: &Value) -> Option<Treatment> {
    (request["operation"] == "query").then_some(Treatment::Reply(BankReply::Stumble))
}

/// A session whose payment by `method` has expired, so that nothing locks the session; and the expired charge.
async fn expired(hub: &TestHub, method: PaymentType) -> (Session, String) {
    let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
    hub.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, created");
    (order, charge)
}

/// A merchant that retries a declined payment by `method` at a second provider. The accounts' keys are `key_1` and
/// `key_2`. Where these accounts take no cards, a third account does.
async fn retrying(hub: &TestHub, method: PaymentType) -> Merchant {
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
    let made = hub.merchant.post("/v1/merchants", &body).await.expect(201);
    let mut merchant = hub.merchant.clone();
    made.text("/id").clone_into(&mut merchant.id);
    merchant
}

/// A session whose payment ends with a soft decline of both providers, and its charge.
async fn declined_by_both(hub: &TestHub, merchant: &Merchant, method: PaymentType) -> (Session, String) {
    hub.bank.expect([BankReply::Decline("try_again"); 2]);
    let (order, charge) = merchant.opens_locked_session(&by(method)).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "failed, created");
    assert_eq!(bookings(hub, &charge, "create").len(), 2, "the hub attempts both providers");
    (order, charge)
}
