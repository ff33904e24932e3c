//! Superseding: another payment method, a cancel or a deactivation of the session cancels its unpaid payment.

mod another_method;
mod canceled;
mod locked;

use domain::method::PaymentType;
use serde_json::Value;
use tests::{
    Answer, TestHub,
    refused::{
        CANCELED, INACTIVE, LOCKED, LOCKED_SINCE, PAID, PAID_UNCHANGED, PAST_DUE, RESERVED, UNSETTLED, USED_UP,
        assert_conflict, assert_refused,
    },
    session::Session,
};
use tokio::task::JoinHandle;

/// The payment methods whose unpaid payments can be superseded by a cancel.
const WAITING: [PaymentType; 2] = [PaymentType::Pix, PaymentType::Drip];

/// Sends a payment while the test goes on. The hub may die before it answers.
fn send_beside(hub: &TestHub, order: &Session, body: Value) -> JoinHandle<Option<Answer>> {
    let (shopper, order) = (hub.shopper.clone(), order.clone());
    tokio::spawn(async move { shopper.pays_mortal(&order, &body).await })
}
