//! Fraud analyses, which only the sandbox makes.

use domain::{
    charge::fraud::{FraudOrder, Verdict},
    limits::MAX_TEXT,
    refusal::Refusal,
};
use serde_json::Value;

use crate::{
    object::{fields, object},
    rules::{Rule, one_of},
    texts::text,
};

fields! {
    /// What a fraud analysis may read. The hub ignores every other field, and refuses none: clients send fields of many
    /// shapes along with it.
    pub(super) struct FraudAnalysisOrder(fields) reads Option<FraudOrder> {
        /// The shopper.
        "customer" => document = lenient(object::<FraudAnalysisCustomer>()),
    } => {
        let order = FraudOrder { document: document? };
        Some(Some(order).filter(|_| !fields.is_empty()))
    }
}

fields! {
    /// The shopper, in a fraud analysis.
    struct FraudAnalysisCustomer reads Option<String> {
        /// The number of the shopper's document, whose last digit decides.
        "identity" => identity = lenient(identity()),
    } => identity
}

fn identity() -> impl Rule<Read = Option<String>> {
    text(MAX_TEXT).of_any_digits().map(Some)
}

fields! {
    /// The new result of the fraud analysis of a charge of the sandbox.
    #[example({"status": "approved"})]
    pub struct ChangeAntifraud reads Verdict {
        /// The result.
        "status" => status = required(one_of(&[Verdict::Approved, Verdict::Reproved, Verdict::Failed], Verdict::name)),
    } => status
}

impl ChangeAntifraud {
    /// The result in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Verdict, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}
