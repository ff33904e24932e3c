//! What an analysis of fraud said of a charge. The hub shows it, and no decision depends on it.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::time::Timestamp;

/// The result of an analysis, as `fraudAnalysis.status` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// Not known yet.
    Pending,
    /// No fraud is suspected.
    Approved,
    /// Fraud is suspected.
    Reproved,
    /// The analysis could not be made.
    Failed,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What an analysis of fraud is asked to look at.
#[derive(Debug, PartialEq, Eq)]
pub struct FraudOrder {
    /// The number of the shopper's document, as the caller sent it; none where that cannot be read.
    pub document: Option<String>,
}

/// An analysis of fraud, which a provider makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudAnalysis {
    /// What it said.
    pub verdict: Verdict,
}

impl super::Charge {
    /// The charge with another analysis; none where it has no analysis. No money moves, so that it is no event.
    #[must_use]
    pub fn judged(&self, analysis: FraudAnalysis, now: Timestamp) -> Option<Self> {
        self.fraud?;
        let version = self.version.saturating_add(1);
        Some(Self { fraud: Some(analysis), updated_at: now, version, ..self.clone() })
    }
}
