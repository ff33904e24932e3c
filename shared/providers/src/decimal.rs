//! Amounts in reais: whole reais, a full stop and two digits.

use domain::money::Amount;
use serde::{Deserialize, Deserializer, de::Error};

/// `1.50` of 150 centavos.
pub(crate) fn written(centavos: impl Into<u128>) -> String {
    let centavos = centavos.into();
    format!("{}.{:02}", centavos / 100, centavos % 100)
}

/// The centavos of a text such as `1.50`; none of any other form.
pub(crate) fn read(text: &str) -> Option<Amount> {
    centavos(text, 2..=2)
}

/// An amount of BRL in an answer that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal(pub(crate) Amount);

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
            Said::Text(text) => self::read(&text),
            Said::Number(number) => centavos(&number.to_string(), 0..=2),
        };
        read.map(Self).ok_or_else(|| D::Error::custom("no amount in reais"))
    }
}

/// The centavos of `text`, which has so many digits after its full stop.
fn centavos(text: &str, decimals: std::ops::RangeInclusive<usize>) -> Option<Amount> {
    let (reais, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_amount = (1..=10).contains(&reais.len()) && decimals.contains(&rest.len());
    if !is_amount || !is_number(reais) || !is_number(rest) {
        return None;
    }
    let minor = format!("{reais}{rest:0<2}").parse().ok()?;
    Amount::new(minor).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Option<u64> {
        serde_json::from_str::<Decimal>(json).ok().map(|Decimal(amount)| amount.minor())
    }

    #[test]
    fn amounts_are_written_with_two_decimals() {
        for (minor, text) in [(1_u64, "0.01"), (150, "1.50"), (100_005, "1000.05"), (999_999_999_999, "9999999999.99")]
        {
            assert_eq!(written(minor), text);
            assert_eq!(parsed(&format!("\"{text}\"")), Some(minor));
        }
    }

    #[test]
    fn text_has_exactly_two_decimals() {
        for text in
            ["1.5", "150", "1.500", ".50", "1.", "-1.50", "+1.50", "1,50", " 1.50", "1.5a", "10000000000.00", ""]
        {
            assert_eq!(read(text), None, "{text}");
            assert_eq!(parsed(&format!("\"{text}\"")), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_read_by_its_digits() {
        for (json, minor) in [("12.34", 1_234), ("12.3", 1_230), ("12", 1_200), ("0.1", 10), ("1e2", 10_000)] {
            assert_eq!(parsed(json), Some(minor), "{json}");
        }
        for json in ["12.345", "-1.50", "1e-3", "1e300", "null", "true", "{}"] {
            assert_eq!(parsed(json), None, "{json}");
        }
    }
}
