//! Boleto: how long it can be paid, and what paying late costs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::PaidItem;
use crate::{money::Amount, time::Date};

/// How many days ahead the last day of a boleto may be: a year, and a leap year too.
pub const MAX_DAYS_AHEAD: u16 = 366;
/// How many days after the last day interest or a fine may begin.
pub const MAX_PENALTY_DAYS: u16 = 365;

/// How a boleto is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boleto {
    /// The last day on which it can be paid.
    pub expires_date: Date,
    /// What the slip tells the cashier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What is added for each day, or each month, of delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interest: Option<Penalty>,
    /// What is added once for a delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fine: Option<Penalty>,
    /// What is bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<PaidItem>,
}

/// What a delay costs, and from which day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Penalty {
    /// Days after the last day on which it begins.
    pub days: u16,
    /// How much it is.
    #[serde(flatten)]
    pub rate: Rate,
}

/// A sum or a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rate {
    /// Minor units.
    Amount(Amount),
    /// A share of the amount.
    Percentage(Percentage),
}

/// A share in hundredths of a percent, 1 (0.01 %) to 10,000 (100 %).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percentage(u16);

/// The text is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a percentage from 0.01 to 100 with at most 2 decimals")]
pub struct NotAPercentage;

impl fmt::Display for Percentage {
    /// As short as it can be told: `2`, `0.5`, `0.33`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, rest) if rest % 10 == 0 => write!(f, "{whole}.{}", rest / 10),
            (whole, rest) => write!(f, "{whole}.{rest:02}"),
        }
    }
}

impl FromStr for Percentage {
    type Err = NotAPercentage;

    fn from_str(text: &str) -> Result<Self, NotAPercentage> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_plain = |digits: &str, most| {
            (1..=most).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        };
        if !is_plain(whole, 3) || !is_plain(decimals, 2) {
            return Err(NotAPercentage);
        }
        let hundredths = format!("{whole}{decimals:0<2}").parse().map_err(|_| NotAPercentage)?;
        if (1..=10_000).contains(&hundredths) { Ok(Self(hundredths)) } else { Err(NotAPercentage) }
    }
}

impl TryFrom<String> for Percentage {
    type Error = NotAPercentage;

    fn try_from(text: String) -> Result<Self, NotAPercentage> {
        text.parse()
    }
}

impl From<Percentage> for String {
    fn from(share: Percentage) -> Self {
        share.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_and_told_without_a_fraction_of_a_bit() {
        for (text, told) in [("2", "2"), ("0.5", "0.5"), ("0.33", "0.33"), ("100", "100"), ("1.10", "1.1")] {
            assert_eq!(text.parse::<Percentage>().map(|share| share.to_string()), Ok(told.to_owned()));
        }
        for text in ["0", "0.00", "100.01", "0.333", "1e2", "-1", "1.", ".5", "+1", ""] {
            assert_eq!(text.parse::<Percentage>(), Err(NotAPercentage), "{text}");
        }
    }
}
