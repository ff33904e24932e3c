//! Superseding: unpaid payments give way to another way to pay, and to the end of their session.

#![expect(clippy::disallowed_methods, reason = "a test is no function: what it begins goes on beside it")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or finds nothing where it looks, has failed"
)]

mod another_way;
mod canceled;
mod held;

use domain::{merchant::ProviderType, method::PaymentType};
use reqwest::Method;
use serde_json::Value;
use tests::{
    Answer, TestHub,
    order::Order,
    refused::{
        CANCELED, HELD, INACTIVE, PAID, PAID_UNCHANGED, PAST_DUE, RESERVED, UNSETTLED, USED_UP, assert_conflict,
        assert_refused,
    },
    samples::{APPROVED, by_boleto, by_card, by_drip, by_pix},
};
use tokio::task::JoinHandle;

/// The ways to pay that can give way.
const WAITING: [PaymentType; 2] = [PaymentType::Pix, PaymentType::Drip];

/// A house whose account can give up whatever waits for its buyer.
async fn hub() -> TestHub {
    TestHub::with(&PaymentType::ALL.map(|way| (way, ProviderType::Sandbox))).await
}

/// What pays a session this way, well.
fn by(way: PaymentType) -> Value {
    match way {
        PaymentType::Credit => by_card(APPROVED),
        PaymentType::Pix => by_pix(),
        PaymentType::Boleto => by_boleto(),
        PaymentType::Drip => by_drip(),
    }
}

/// A payment that is sent while the test goes on; its hub may die before it answers.
fn send_beside(order: &Order, body: Value) -> JoinHandle<Option<Answer>> {
    let order = order.clone();
    tokio::spawn(async move {
        let body = body.to_string().into_bytes();
        order.shopper.send(Method::POST, &order.path("/charge"), Some(body), None).await.ok()
    })
}
