//! Changes of a charge.

use domain::{charge::status::Status, money::Amount, refusal::Refusal};
use serde_json::Value;
use utoipa::ToSchema;

use super::money_fields_not_served;
use crate::{
    malga::schema,
    reader::{self, Fields},
    rules,
};

/// The amount of a refund or a void.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"amount": 150}))]
pub struct VoidCharge {
    /// Minor units; without it, the residual amount. Null is refused.
    #[schema(schema_with = schema::amount, required = false)]
    pub amount: u64,
}

impl VoidCharge {
    /// The amount in `body`; none means the residual amount.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Option<Amount>, Refusal> {
        reader::read(body, |body| Some(some_or_all(body)))
    }
}

/// The amount of a capture.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"amount": 100}))]
pub struct CaptureCharge {
    /// Minor units; without it, the residual amount. Null is refused.
    #[schema(schema_with = schema::amount, required = false)]
    pub amount: u64,
}

impl CaptureCharge {
    /// The amount in `body`; none means the residual amount.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Option<Amount>, Refusal> {
        reader::read(body, |body| Some(some_or_all(body)))
    }
}

/// Null is refused: a caller whose amount is missing must not move the whole amount.
fn some_or_all(body: &mut Fields<'_>) -> Option<Amount> {
    money_fields_not_served(body);
    body.optional_not_null("amount", rules::amount)
}

/// The new status of a charge of the sandbox (Malga, "Pix", "atualização manual").
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"status": "authorized"}))]
pub struct ChangeStatus {
    /// The status; which of them a charge can take depends on how it is paid.
    #[schema(schema_with = schema::charge_status)]
    pub status: String,
}

impl ChangeStatus {
    /// The status in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Status, Refusal> {
        reader::read(body, |body| body.required("status", rules::one_of(Status::ALL, Status::name)))
    }
}
