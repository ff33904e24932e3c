//! Amounts as the API writes them: whole reais, a full stop and two digits.

use domain::money::Amount;
use serde::{Deserialize, Deserializer, de::Error};

/// `1.50` of 150 cents.
pub(super) fn written(amount: Amount) -> String {
    format!("{}.{:02}", amount.minor() / 100, amount.minor() % 100)
}

/// An amount of BRL that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal(pub(super) Amount);

impl<'de> Deserialize<'de> for Decimal {
    /// Text of the standard's form. BS2 writes some amounts as numbers, whose last zeros JSON drops.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Text(String),
            Number(serde_json::Number),
        }

        let read = match Said::deserialize(deserializer)? {
            Said::Text(text) => read(&text, 2..=2),
            Said::Number(number) => read(&number.to_string(), 0..=2),
        };
        read.map(Self).ok_or_else(|| D::Error::custom("no amount in reais"))
    }
}

/// The cents of `text`, which has so many digits after its full stop.
fn read(text: &str, decimals: std::ops::RangeInclusive<usize>) -> Option<Amount> {
    let (reais, cents) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_amount = (1..=10).contains(&reais.len()) && decimals.contains(&cents.len());
    if !is_amount || !is_number(reais) || !is_number(cents) {
        return None;
    }
    let minor = format!("{reais}{cents:0<2}").parse().ok()?;
    Amount::new(minor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<u64> {
        serde_json::from_str::<Decimal>(json).ok().map(|Decimal(amount)| amount.minor())
    }

    #[test]
    fn amounts_are_written_with_two_decimals() {
        for (minor, text) in [(1, "0.01"), (150, "1.50"), (100_005, "1000.05"), (999_999_999_999, "9999999999.99")] {
            assert_eq!(written(Amount::new(minor).unwrap()), text);
            assert_eq!(read(&format!("\"{text}\"")), Some(minor));
        }
    }

    #[test]
    fn text_has_exactly_two_decimals() {
        for text in
            ["1.5", "150", "1.500", ".50", "1.", "-1.50", "+1.50", "1,50", " 1.50", "1.5a", "10000000000.00", ""]
        {
            assert_eq!(read(&format!("\"{text}\"")), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_read_by_its_digits() {
        for (json, minor) in [("12.34", 1_234), ("12.3", 1_230), ("12", 1_200), ("0.1", 10), ("1e2", 10_000)] {
            assert_eq!(read(json), Some(minor), "{json}");
        }
        for json in ["12.345", "-1.50", "1e-3", "1e300", "null", "true", "{}"] {
            assert_eq!(read(json), None, "{json}");
        }
    }
}
