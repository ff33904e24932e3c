//! Amounts. This API counts every currency in hundredths, whatever its minor unit is (Worldline, "amountOfMoney").

use domain::{
    limits::MAX_AMOUNT,
    money::{Amount, Currency},
};
use serde::Serialize;

/// An amount of money, as answers print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AmountOfMoney {
    /// In hundredths of the currency.
    pub amount: u64,
    /// The currency, by ISO 4217.
    pub currency_code: &'static str,
}

impl AmountOfMoney {
    /// So much of `currency`.
    #[must_use]
    pub fn new(amount: Amount, currency: Currency) -> Self {
        Self { amount: hundredths(amount, currency), currency_code: currency.code() }
    }
}

/// `amount` in hundredths of `currency`. Of a currency with thousandths the rest is dropped: no payment of this API has
/// one, but another API may refund a part of it.
pub(super) fn hundredths(amount: Amount, currency: Currency) -> u64 {
    match currency.exponent() {
        0 => amount.minor().saturating_mul(100),
        THOUSANDTHS => amount.minor() / 10,
        _ => amount.minor(),
    }
}

/// The decimals of the currencies that have more than two. None has one, and none that is money has four.
const THOUSANDTHS: u16 = 3;

/// So many hundredths of `currency` in its own minor units; none where that is not a whole number of them, or more than
/// the hub moves.
pub(super) fn minor_units(hundredths: u64, currency: Currency) -> Option<Amount> {
    let minor = match currency.exponent() {
        0 => hundredths.is_multiple_of(100).then_some(hundredths / 100),
        THOUSANDTHS => hundredths.checked_mul(10),
        _ => Some(hundredths),
    };
    minor.and_then(|minor| Amount::new(minor).ok())
}

/// The hundredths of the least amount of `currency`: an amount is a multiple of them.
pub(super) fn least_hundredths(currency: Currency) -> u64 {
    if currency.exponent() == 0 { 100 } else { 1 }
}

/// The hundredths of the greatest amount of `currency` that the hub moves.
pub(super) fn most_hundredths(currency: Currency) -> u64 {
    Amount::new(MAX_AMOUNT).map_or(0, |most| hundredths(most, currency))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hundredths: u64, currency: &str) -> Option<u64> {
        minor_units(hundredths, currency.parse().unwrap()).map(Amount::minor)
    }

    fn printed(minor: u64, currency: &str) -> u64 {
        hundredths(Amount::new(minor).unwrap(), currency.parse().unwrap())
    }

    #[test]
    fn every_currency_has_two_decimals() {
        for (currency, minor, hundredths) in
            [("BRL", 2345, 2345), ("USD", 1, 1), ("JPY", 23, 2300), ("CLP", 1, 100), ("KWD", 23_450, 2345)]
        {
            assert_eq!((read(hundredths, currency), printed(minor, currency)), (Some(minor), hundredths), "{currency}");
        }
    }

    #[test]
    fn no_currency_has_other_decimals() {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
        let currencies: Vec<Currency> = codes.filter_map(|code| String::from_iter(code).parse().ok()).collect();
        assert!(currencies.len() > 100, "{}", currencies.len());
        for currency in currencies {
            assert!([0, 2, THOUSANDTHS].contains(&currency.exponent()), "{}", currency.code());
        }
    }

    #[test]
    fn no_part_of_a_minor_unit_is_read_and_none_is_rounded_up() {
        assert_eq!((read(2345, "JPY"), read(50, "JPY"), read(1, "KWD")), (None, None, Some(10)));
        assert_eq!((printed(1239, "KWD"), printed(9, "KWD")), (123, 0));
    }

    #[test]
    fn no_amount_wraps() {
        assert_eq!((read(u64::MAX, "BRL"), read(u64::MAX, "KWD"), read(999_999_999_999, "KWD")), (None, None, None));
        assert_eq!(read(999_999_999_999, "BRL"), Some(999_999_999_999));
        assert_eq!(printed(999_999_999_999, "JPY"), 99_999_999_999_900);
    }
}
