//! Analyses of fraud. The sandbox alone makes them (facts of the public API, §12).

use domain::{
    charge::fraud::{FraudAnalysis, Verdict},
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    malga::schema,
    reader::{self, Fields},
    rules,
};

/// What an analysis of fraud may look at. Of all that clients send here only this counts, and nothing of it is a
/// problem.
#[derive(ToSchema)]
#[schema(as = FraudAnalysisOrder)]
pub struct FraudFields {
    /// The buyer.
    pub customer: Option<FraudCustomerFields>,
}

/// The buyer, as an analysis of fraud sees it.
#[derive(ToSchema)]
#[schema(as = FraudAnalysisCustomer)]
pub struct FraudCustomerFields {
    /// The number of the buyer's document, whose last digit decides.
    pub identity: Option<String>,
}

/// The analysis that `body` asks for. Clients send fields of many shapes along with it.
pub(super) fn fraud_analysis(body: &Fields<'_>) -> Option<FraudAnalysis> {
    let identity = body.value("fraudAnalysis")?.get("customer")?.get("identity")?.as_str()?;
    FraudAnalysis::of_identity(identity)
}

/// What the analysis of fraud of a charge of the sandbox shall say.
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
