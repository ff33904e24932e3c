//! The barcode of a boleto and the line that a shopper types instead of it (Febraban, "Layout padrão do código de
//! barras", and Banco Central, Carta-Circular 2.926: bank, currency, check digit, due date, amount, free field).

use std::{fmt, ops::Range};

use crate::{money::Amount, time::Date};

/// Digits of a barcode.
const LENGTH: usize = 44;
/// Digits of the line that is typed.
const LINE: usize = 47;
/// The currency digit of the Brazilian real.
const REAL: &str = "9";
/// The position of the general check digit.
const CHECK: usize = 4;
/// The day from which due dates are counted.
const FIRST_DAY: &str = "1997-10-07";
/// The due-date factor of 2000-07-03, the first in use, and again of 2025-02-22, after 9999.
const FIRST_FACTOR: u32 = 1000;
/// How many factors there are until the first one comes again.
const FACTORS: u32 = 9000;
/// The largest amount that fits into ten digits, in cents.
const MAX_CENTS: u64 = 9_999_999_999;

/// The 44 digits of a boleto in BRL, whose check digit holds.
///
/// The check digit is modulo 11 and finds every single wrong digit, except where it is 1, the check digit of three of
/// the eleven remainders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barcode(String);

/// Why a barcode cannot be written, or a text is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BarcodeProblem {
    /// The bank's code is not three digits.
    #[error("the bank's code must have 3 digits")]
    Bank,
    /// The day lies before the first factor.
    #[error("the due date must not be before 2000-07-03")]
    Due,
    /// The amount has more than ten digits.
    #[error("the amount must not be greater than {MAX_CENTS} cents")]
    Amount,
    /// The bank's own field is not 25 digits.
    #[error("the free field must have 25 digits")]
    FreeField,
    /// The text is not 44 digits.
    #[error("a barcode has {LENGTH} digits")]
    Digits,
    /// The currency is not BRL.
    #[error("the currency digit of a boleto in BRL is {REAL}")]
    Currency,
    /// The check digit is not that of the others.
    #[error("the check digit does not match")]
    CheckDigit,
}

impl Barcode {
    /// The barcode of a boleto of `bank` that is due on `due` for `amount` cents. What the free field says, the bank
    /// alone knows.
    ///
    /// # Errors
    /// [`BarcodeProblem::Bank`], [`BarcodeProblem::Due`], [`BarcodeProblem::Amount`] (above R$ 99,999,999.99) or
    /// [`BarcodeProblem::FreeField`].
    pub fn new(bank: &str, due: Date, amount: Amount, free_field: &str) -> Result<Self, BarcodeProblem> {
        if !is_digits(bank, 3) {
            return Err(BarcodeProblem::Bank);
        }
        if !is_digits(free_field, 25) {
            return Err(BarcodeProblem::FreeField);
        }
        if amount.minor() > MAX_CENTS {
            return Err(BarcodeProblem::Amount);
        }
        let factor = factor(due).ok_or(BarcodeProblem::Due)?;
        let (head, tail) = (format!("{bank}{REAL}"), format!("{factor:04}{:010}{free_field}", amount.minor()));
        let check = general_digit(&format!("{head}{tail}"));
        Ok(Self(format!("{head}{check}{tail}")))
    }

    /// The barcode with these digits.
    ///
    /// # Errors
    /// [`BarcodeProblem::Digits`], [`BarcodeProblem::Currency`] or [`BarcodeProblem::CheckDigit`].
    pub fn parse(digits: &str) -> Result<Self, BarcodeProblem> {
        if !is_digits(digits, LENGTH) {
            return Err(BarcodeProblem::Digits);
        }
        let barcode = Self(digits.to_owned());
        if barcode.part(3..CHECK) != REAL {
            return Err(BarcodeProblem::Currency);
        }
        let others = [barcode.part(0..CHECK), barcode.part(5..LENGTH)].concat();
        if general_digit(&others).to_string() == barcode.part(CHECK..5) {
            Ok(barcode)
        } else {
            Err(BarcodeProblem::CheckDigit)
        }
    }

    /// The line that is typed ("linha digitável"), 47 digits: bank, currency and free field in three fields with a
    /// check digit of their own, then the general check digit, due date and amount.
    #[must_use]
    pub fn line(&self) -> String {
        let first = [self.part(0..4), self.part(19..24)].concat();
        let fields = [first.as_str(), self.part(24..34), self.part(34..LENGTH)];
        let checked = fields.map(|field| format!("{field}{}", field_digit(field))).concat();
        [checked.as_str(), self.part(CHECK..5), self.part(5..19)].concat()
    }

    /// The barcode of the line that is typed: 47 digits, whatever stands between them.
    ///
    /// # Errors
    /// As [`Barcode::parse`]; [`BarcodeProblem::CheckDigit`] where the check digit of a field does not match.
    pub fn of_line(line: &str) -> Result<Self, BarcodeProblem> {
        let digits: String = line.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
        if !is_digits(&digits, LINE) {
            return Err(BarcodeProblem::Digits);
        }
        let parts = [0..4, 32..47, 4..9, 10..20, 21..31].map(|part| digits.get(part).unwrap_or_default());
        let barcode = Self::parse(&parts.concat())?;
        if barcode.line() == digits { Ok(barcode) } else { Err(BarcodeProblem::CheckDigit) }
    }

    fn part(&self, range: Range<usize>) -> &str {
        self.0.get(range).unwrap_or_default()
    }
}

/// The 44 digits.
impl fmt::Display for Barcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The factor of a due date, 1000 to 9999; none before the first one.
fn factor(due: Date) -> Option<u32> {
    let days = due.days_since(FIRST_DAY.parse().ok()?)?;
    (days.checked_sub(FIRST_FACTOR)? % FACTORS).checked_add(FIRST_FACTOR)
}

/// The general check digit: weights 2 to 9 from the right, modulo 11; what has no digit is 1.
fn general_digit(others: &str) -> u32 {
    let digits = others.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.zip((2..=9).cycle()).map(|(digit, weight)| digit.saturating_mul(weight)).sum();
    match 11_u32.saturating_sub(sum % 11) {
        digit @ 2..=9 => digit,
        _ => 1,
    }
}

/// The check digit of a typed field: weights 2 and 1 from the right, the digits of the products added up, modulo 10.
fn field_digit(field: &str) -> u32 {
    let digits = field.chars().rev().filter_map(|digit| digit.to_digit(10));
    let products = digits.zip([2_u32, 1].into_iter().cycle()).map(|(digit, weight)| digit.saturating_mul(weight));
    let sum: u32 = products.map(|product| (product / 10).saturating_add(product % 10)).sum();
    10_u32.saturating_sub(sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Barcode, typed line, bank, due date, cents and free field of boletos that banks and libraries print.
    const PRINTED: [(&str, &str, &str, &str, u64, &str); 3] = [
        // Itaú: the weighted sum is 742 = 67 × 11 + 5, and 11 − 5 is 6; the fields' sums are 29, 42 and 29.
        (
            "34196166700000123451101234567880057123457000",
            "34191101213456788005871234570001616670000012345",
            "341",
            "2002-05-01",
            12_345,
            "1101234567880057123457000",
        ),
        // Banco do Brasil: 712 = 64 × 11 + 8, and 11 − 8 is 3; the fields' sums are 25, 31 and 36.
        (
            "00193373700000001000500940144816060680935031",
            "00190500954014481606906809350314337370000000100",
            "001",
            "2007-12-31",
            100,
            "0500940144816060680935031",
        ),
        // Itaú: 562 = 51 × 11 + 1, and 10 is no digit; the fields' sums are 33, 12 and 18.
        (
            "34191578100001153001091000000135555112220000",
            "34191091070000013555851122200002157810000115300",
            "341",
            "2013-08-05",
            115_300,
            "1091000000135555112220000",
        ),
    ];

    #[test]
    fn a_line_is_read_as_its_barcode_however_it_is_spaced_and_no_other_text_is_one() {
        for (digits, line, ..) in PRINTED {
            let spaced = format!(
                "{}.{} {}.{} {}.{} {} {}",
                &line[..5],
                &line[5..10],
                &line[10..15],
                &line[15..21],
                &line[21..26],
                &line[26..32],
                &line[32..33],
                &line[33..]
            );
            for text in [line, spaced.as_str()] {
                assert_eq!(Barcode::of_line(text).map(|barcode| barcode.to_string()), Ok(digits.to_owned()));
            }
            let wrong = format!("{}{}", &line[..9], &line[9..].replacen(&line[9..10], "X", 1));
            for text in [&line[1..], &format!("{line}0"), "", &wrong] {
                assert_eq!(Barcode::of_line(text), Err(BarcodeProblem::Digits), "{text}");
            }
            let other = if &line[9..10] == "0" { "1" } else { "0" };
            let wrong = [&line[..9], other, &line[10..]].concat();
            assert_eq!(Barcode::of_line(&wrong), Err(BarcodeProblem::CheckDigit));
        }
    }

    const FREE: &str = "1101234567880057123457000";

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn cents(minor: u64) -> Amount {
        Amount::new(minor).unwrap()
    }

    #[test]
    fn barcodes_and_lines_are_those_that_banks_print() {
        for (digits, line, bank, due, minor, free_field) in PRINTED {
            let barcode = Barcode::parse(digits).unwrap();
            assert_eq!(barcode.line(), line);
            assert_eq!(barcode.to_string(), digits);
            assert_eq!(Barcode::new(bank, day(due), cents(minor), free_field), Ok(barcode));
        }
    }

    #[test]
    fn every_change_of_one_digit_is_refused() {
        for (digits, ..) in PRINTED.iter().take(2) {
            for place in 0..LENGTH {
                for digit in '0'..='9' {
                    let other: String =
                        digits.chars().enumerate().map(|(at, old)| if at == place { digit } else { old }).collect();
                    assert_eq!(Barcode::parse(&other).is_ok(), other == *digits, "{other}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_boleto_in_brl_is_refused() {
        let (digits, ..) = PRINTED[0];
        for text in
            ["", "3419616670000012345110123456788005712345700", &format!("{digits}0"), &digits.replace('6', "x")]
        {
            assert_eq!(Barcode::parse(text), Err(BarcodeProblem::Digits), "{text}");
        }
        assert_eq!(Barcode::parse(&digits.replacen('9', "8", 1)), Err(BarcodeProblem::Currency));
        assert_eq!(Barcode::parse(&digits.replacen("96", "97", 1)), Err(BarcodeProblem::CheckDigit));
    }

    #[test]
    fn the_factor_of_a_due_date_starts_again_after_9999() {
        for (due, factor) in [
            ("2000-07-03", "1000"),
            ("2025-02-21", "9999"),
            ("2025-02-22", "1000"),
            ("2026-12-31", "1677"),
            ("2049-10-13", "9999"),
            ("2049-10-14", "1000"),
        ] {
            let barcode = Barcode::new("341", day(due), cents(1), FREE).unwrap();
            assert_eq!(barcode.part(5..9), factor, "{due}");
            assert_eq!(Barcode::parse(&barcode.to_string()), Ok(barcode));
        }
        for due in ["2000-07-02", "1997-10-06"] {
            assert_eq!(Barcode::new("341", day(due), cents(1), FREE), Err(BarcodeProblem::Due), "{due}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let with = |bank, minor, free_field| Barcode::new(bank, day("2026-12-31"), cents(minor), free_field).map(drop);
        assert_eq!(with("341", 9_999_999_999, FREE), Ok(()));
        assert_eq!(with("341", 10_000_000_000, FREE), Err(BarcodeProblem::Amount));
        for bank in ["34", "3411", "34x", "３４１"] {
            assert_eq!(with(bank, 1, FREE), Err(BarcodeProblem::Bank), "{bank}");
        }
        for free_field in ["", "110123456788005712345700", "11012345678800571234570000", "110123456788005712345700x"] {
            assert_eq!(with("341", 1, free_field), Err(BarcodeProblem::FreeField), "{free_field}");
        }
    }
}
