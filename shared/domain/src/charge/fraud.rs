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

    /// Its name in the public API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// An analysis of fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudAnalysis {
    /// What it said.
    pub verdict: Verdict,
}

impl FraudAnalysis {
    /// The sandbox's analysis of a shopper with this document: its last digit decides (Malga, "Testing your
    /// integration").
    #[must_use]
    pub fn of_identity(document: &str) -> Option<Self> {
        let last = document.chars().rev().find_map(|c| c.to_digit(10))?;
        let verdict = match last {
            0 => Verdict::Pending,
            1 => Verdict::Approved,
            2 => Verdict::Failed,
            _ => Verdict::Reproved,
        };
        Some(Self { verdict })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_of_the_document_decides() {
        let verdict = |document| FraudAnalysis::of_identity(document).map(|analysis| analysis.verdict.name());
        assert_eq!(verdict("729.120.530-10"), Some("pending"));
        assert_eq!(verdict("72912053011"), Some("approved"));
        assert_eq!(verdict("72912053012"), Some("failed"));
        assert_eq!(verdict("72912053013"), Some("reproved"));
        assert_eq!(verdict("none"), None);
    }
}
