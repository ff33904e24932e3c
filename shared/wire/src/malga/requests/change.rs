//! What happens to a charge after it was made.

use domain::{charge::status::Status, money::Amount, refusal::Refusal};
use serde_json::Value;
use utoipa::ToSchema;

use super::money_fields_not_served;
use crate::{
    malga::schema,
    reader::{self, Fields},
    rules,
};

/// How much of a payment is given back, or let go of.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"amount": 150}))]
pub struct VoidCharge {
    /// Minor units; all that is left, without. It is not null.
    #[schema(schema_with = schema::amount, required = false)]
    pub amount: u64,
}

impl VoidCharge {
    /// The amount in `body`; none means all that is left.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Option<Amount>, Refusal> {
        reader::read(body, |body| Some(some_or_all(body)))
    }
}

/// How much of what was reserved is taken.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"amount": 100}))]
pub struct CaptureCharge {
    /// Minor units; all that is left, without. It is not null.
    #[schema(schema_with = schema::amount, required = false)]
    pub amount: u64,
}

impl CaptureCharge {
    /// The amount in `body`; none means all that is left.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Option<Amount>, Refusal> {
        reader::read(body, |body| Some(some_or_all(body)))
    }
}

/// A null would move all the money where a sum was meant that is missing.
fn some_or_all(body: &mut Fields<'_>) -> Option<Amount> {
    money_fields_not_served(body);
    body.optional_not_null("amount", rules::amount)
}

/// What a charge of the sandbox shall become (seed 001, "atualização manual").
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
