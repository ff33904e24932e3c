//! Boleto: how long it can be paid, and what paying late costs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::PaidItem;
use crate::{
    calendar::{next_banking_day, plus_banking_days},
    limits::BOLETO_DAYS_PAST_DUE,
    money::Amount,
    time::Date,
};

/// How many days ahead the last day of a boleto may be: a year, and a leap year too.
pub const MAX_DAYS_AHEAD: u16 = 366;
/// How many days after the last day interest or a fine may begin.
pub const MAX_PENALTY_DAYS: u16 = 365;
/// For how many days after its date a boleto may be payable.
pub const MAX_DAYS_PAST_DUE: u16 = 365;

/// How a boleto is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boleto {
    /// Its due date: the last day on which it is paid without interest and fine.
    pub expires_date: Date,
    /// For how many days after that it can be paid, where the order says so: 0 to [`MAX_DAYS_PAST_DUE`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days_past_due: Option<u16>,
    /// The instructions for the cashier on the slip.
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
    /// In how many banking days its provider learns of a payment that was made at another bank.
    #[serde(default)]
    pub clearing_days: u8,
}

impl Boleto {
    /// For how many days after its date it can be paid: as the order says, or 30 where a delay costs something, or
    /// none. Its provider is sent this number, so that both have the same last day.
    #[must_use]
    pub const fn days_past_due(&self) -> u16 {
        match self.max_days_past_due {
            Some(days) => days,
            None if self.interest.is_some() || self.fine.is_some() => BOLETO_DAYS_PAST_DUE,
            None => 0,
        }
    }

    /// The fields of it that count only after its date.
    #[must_use]
    pub fn terms_past_due(&self) -> Vec<&'static str> {
        let terms = [
            ("interest", self.interest.is_some()),
            ("fine", self.fine.is_some()),
            ("maxDaysPastDue", self.max_days_past_due.is_some_and(|days| days > 0)),
        ];
        terms.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect()
    }

    /// The last day on which a bank takes it: where nothing is cleared on that day, the next banking day.
    #[must_use]
    pub fn payable_until(&self) -> Date {
        next_banking_day(self.expires_date.plus_days(self.days_past_due()))
    }

    /// The last day on which its provider may say that it was paid.
    #[must_use]
    pub fn ends(&self) -> Date {
        plus_banking_days(self.payable_until(), self.clearing_days)
    }
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
#[error("no percentage from 0.01 to 100 with at most two decimals")]
pub struct NotAPercentage;

impl fmt::Display for Percentage {
    /// In its shortest form: `2`, `0.5`, `0.33`.
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

    fn due(date: &str) -> Boleto {
        Boleto {
            expires_date: date.parse().unwrap(),
            max_days_past_due: None,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 3,
        }
    }

    #[test]
    fn a_boleto_is_taken_after_its_date_as_long_as_it_says_or_a_delay_costs_something() {
        let plain = due("2026-11-27");
        let cost = Some(Penalty { days: 1, rate: Rate::Percentage("2".parse().unwrap()) });
        let (interest, fine) = (Boleto { interest: cost, ..plain.clone() }, Boleto { fine: cost, ..plain.clone() });
        assert_eq!([&plain, &interest, &fine].map(Boleto::days_past_due), [0, 30, 30]);
        for days in [0, 5, 365] {
            for boleto in [&plain, &interest] {
                let says = Boleto { max_days_past_due: Some(days), ..boleto.clone() };
                assert_eq!(says.days_past_due(), days);
            }
        }
    }

    #[test]
    fn a_boleto_ends_on_a_banking_day_and_is_cleared_on_later_ones() {
        let days = |boleto: Boleto| (boleto.payable_until().to_string(), boleto.ends().to_string());
        let both = |last: &str, end: &str| (last.to_owned(), end.to_owned());
        assert_eq!(days(due("2026-11-18")), both("2026-11-18", "2026-11-24"));
        assert_eq!(days(due("2026-11-20")), both("2026-11-23", "2026-11-26"));
        // The 30th day after a Friday is a Sunday.
        let late = Boleto { max_days_past_due: Some(30), ..due("2026-11-27") };
        assert_eq!(days(late), both("2026-12-28", "2027-01-04"));
        let at_once = Boleto { clearing_days: 0, ..due("2026-11-18") };
        assert_eq!(days(at_once), both("2026-11-18", "2026-11-18"));
    }

    #[test]
    fn a_percentage_is_read_and_printed_exactly() {
        for (text, printed) in [("2", "2"), ("0.5", "0.5"), ("0.33", "0.33"), ("100", "100"), ("1.10", "1.1")] {
            assert_eq!(text.parse::<Percentage>().map(|share| share.to_string()), Ok(printed.to_owned()));
        }
        for text in ["0", "0.00", "100.01", "0.333", "1e2", "-1", "1.", ".5", "+1", ""] {
            assert_eq!(text.parse::<Percentage>(), Err(NotAPercentage), "{text}");
        }
    }
}
