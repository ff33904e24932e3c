//! Changes of a charge.

use domain::{charge::status::Status, money::Amount, refusal::Refusal};
use serde_json::Value;

use super::unserved::UnservedFields;
use crate::{
    object::{fields, object},
    rules::{amount, one_of},
};

fields! {
    /// The amount of a refund or a void.
    #[example({"amount": 150})]
    pub struct VoidCharge reads Option<Amount> {
        amount = part(object::<SomeOrAll>()),
    } => amount
}

fields! {
    /// The amount of a capture.
    #[example({"amount": 100})]
    pub struct CaptureCharge reads Option<Amount> {
        amount = part(object::<SomeOrAll>()),
    } => amount
}

fields! {
    /// An amount, or all of it. Null is refused: a caller whose amount is missing must not move the whole amount.
    struct SomeOrAll reads Option<Amount> {
        _unserved = part(object::<UnservedFields>()),
        /// Minor units; without it, the residual amount. Null is refused.
        "amount" => amount = optional_not_null(amount()),
    } => amount
}

impl VoidCharge {
    /// The amount in `body`; none means the residual amount.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Option<Amount>, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

impl CaptureCharge {
    /// The amount in `body`; none means the residual amount.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Option<Amount>, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

fields! {
    /// The new status of a charge of the sandbox (Malga, "Pix", "atualização manual").
    #[example({"status": "authorized"})]
    pub struct ChangeStatus reads Status {
        /// The status; which of them a charge can take depends on how it is paid.
        "status" => status = required(one_of(Status::ALL, Status::name)),
    } => status
}

impl ChangeStatus {
    /// The status in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Status, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}
