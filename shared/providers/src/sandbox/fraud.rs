//! The analysis of fraud, which the bank is not asked for.

use domain::charge::fraud::{FraudAnalysis, FraudOrder, Verdict};

/// The last digit of the shopper's document decides (Malga, "Testing your integration"); none without a digit.
pub(super) fn analysis(order: &FraudOrder) -> Option<FraudAnalysis> {
    let last = order.document.as_deref()?.chars().rev().find_map(|c| c.to_digit(10))?;
    let verdict = match last {
        0 => Verdict::Pending,
        1 => Verdict::Approved,
        2 => Verdict::Failed,
        _ => Verdict::Reproved,
    };
    Some(FraudAnalysis { verdict })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_of_the_document_decides() {
        let verdict = |document: &str| {
            analysis(&FraudOrder { document: Some(document.to_owned()) }).map(|analysis| analysis.verdict.name())
        };
        assert_eq!(verdict("729.120.530-10"), Some("pending"));
        assert_eq!(verdict("72912053011"), Some("approved"));
        assert_eq!(verdict("72912053012"), Some("failed"));
        for digit in 3..=9 {
            assert_eq!(verdict(&format!("7291205301{digit}")), Some("reproved"));
        }
        assert_eq!(verdict("none"), None);
        assert_eq!(analysis(&FraudOrder { document: None }), None);
    }
}
