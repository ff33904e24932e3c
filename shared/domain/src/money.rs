//! Money: whole minor units of an ISO 4217 currency, never a fraction, never negative.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::limits::MAX_AMOUNT;

/// A number of minor units (cents for BRL), `0..=`[`MAX_AMOUNT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Amount(u64);

/// The number is larger than any amount that the hub moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("larger than {MAX_AMOUNT}, the largest amount")]
pub struct TooLarge;

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// `minor` units.
    ///
    /// # Errors
    /// [`TooLarge`] above [`MAX_AMOUNT`].
    pub const fn new(minor: u64) -> Result<Self, TooLarge> {
        if minor <= MAX_AMOUNT { Ok(Self(minor)) } else { Err(TooLarge) }
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> u64 {
        self.0
    }

    /// This and `other` together; none beyond [`MAX_AMOUNT`].
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|sum| Self::new(sum).ok())
    }

    /// What is left of this after `other`; none when `other` is more.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl TryFrom<u64> for Amount {
    type Error = TooLarge;

    fn try_from(minor: u64) -> Result<Self, TooLarge> {
        Self::new(minor)
    }
}

impl From<Amount> for u64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A currency by its ISO 4217 code, three upper-case letters (Malga, "Cartão de crédito", "Cobrando em outras Moedas").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

/// The text is not an ISO 4217 code in upper case, or is the code of what is no money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no currency's code in upper case (ISO 4217)")]
pub struct UnknownCurrency;

impl Currency {
    /// Brazilian real, the default of the public API.
    pub const BRL: Self = Self(iso_currency::Currency::BRL);

    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal digits a major unit has: 2 for BRL, 0 for JPY.
    #[must_use]
    pub fn exponent(self) -> u16 {
        self.0.exponent().unwrap_or(0)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads the code of money: metals, units of account, funds and withdrawn currencies have codes too.
    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        listed(code).filter(|currency| is_money(*currency)).map(Self).ok_or(UnknownCurrency)
    }
}

fn listed(code: &str) -> Option<iso_currency::Currency> {
    iso_currency::Currency::from_code(code).filter(|currency| currency.code() == code)
}

fn is_money(currency: iso_currency::Currency) -> bool {
    // ISO 4217 lists VES beside VED, which differs from it by a factor.
    let is_withdrawn = currency.is_superseded().is_some() && currency != iso_currency::Currency::VES;
    // The Arab Monetary Fund counts in it, and no shopper pays in it.
    let is_of_account = currency == iso_currency::Currency::XAD;
    currency.exponent().is_some() && !currency.is_fund() && !is_withdrawn && !is_of_account
}

/// Reads every listed code: what was stored in a currency stays readable after its withdrawal.
impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        listed(&code).map(Self).ok_or(UnknownCurrency)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// How many minor units.
    pub amount: Amount,
    /// Of which currency.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_the_limit_and_differences_below_zero_are_refused_not_wrapped() {
        let all = Amount(MAX_AMOUNT);
        assert_eq!(all.checked_add(Amount(1)), None);
        assert_eq!(Amount(1).checked_sub(Amount(2)), None);
        assert_eq!(Amount::new(MAX_AMOUNT + 1), Err(TooLarge));
        assert_eq!(Amount(2).checked_sub(Amount(1)), Some(Amount(1)));
    }

    #[test]
    fn a_currency_is_upper_case_iso_4217() {
        assert_eq!("BRL".parse(), Ok(Currency::BRL));
        for text in ["brl", "Brl", "BRX", "R$", "", "BRLL"] {
            assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency), "{text}");
        }
    }

    #[test]
    fn codes_of_what_is_no_money_are_refused_and_what_was_stored_stays_readable() {
        let codes = [
            "XXX", "XTS", "XAU", "XAG", "XPT", "XPD", "XBA", "XBB", "XBC", "XBD", "XDR", "XSU", "XUA", "BOV", "CHE",
            "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "CUC", "SLL", "HRK", "BGN", "ZWL", "XAD",
        ];
        for code in codes {
            assert_eq!(code.parse::<Currency>(), Err(UnknownCurrency), "{code}");
            assert_eq!(Currency::try_from(code.to_owned()).map(Currency::code), Ok(code), "{code}");
        }
        for code in ["BRL", "USD", "JPY", "KWD", "XAF", "XCD", "XCG", "XOF", "XPF", "SLE", "VED", "VES", "ZWG"] {
            assert!(code.parse::<Currency>().is_ok(), "{code}");
        }
    }
}
