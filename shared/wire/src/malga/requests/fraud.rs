//! Fraud analyses, which only the sandbox makes.

use domain::{
    charge::fraud::{FraudOrder, Verdict},
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    malga::schema,
    reader::{self, Fields},
    rules,
};

/// What a fraud analysis may read. The hub ignores every other field, and refuses none.
#[derive(ToSchema)]
#[schema(as = FraudAnalysisOrder)]
pub struct FraudFields {
    /// The shopper.
    pub customer: Option<FraudCustomerFields>,
}

/// The shopper, in a fraud analysis.
#[derive(ToSchema)]
#[schema(as = FraudAnalysisCustomer)]
pub struct FraudCustomerFields {
    /// The number of the shopper's document, whose last digit decides.
    pub identity: Option<String>,
}

/// The fraud analysis that `body` asks for. Clients send fields of many shapes along with it.
pub(super) fn fraud_analysis(body: &Fields<'_>) -> Option<FraudOrder> {
    let identity = body.value("fraudAnalysis")?.get("customer")?.get("identity")?.as_str()?;
    Some(FraudOrder { document: identity.to_owned() })
}

/// The new result of the fraud analysis of a charge of the sandbox.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"status": "approved"}))]
pub struct ChangeAntifraud {
    /// The result.
    #[schema(schema_with = schema::verdict_said)]
    pub status: String,
}

impl ChangeAntifraud {
    /// The results that can be asked for.
    pub(crate) const SAID: [Verdict; 3] = [Verdict::Approved, Verdict::Reproved, Verdict::Failed];

    /// The result in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<Verdict, Refusal> {
        reader::read(body, |body| body.required("status", rules::one_of(&Self::SAID, Verdict::name)))
    }
}
