//! The typeable line of a boleto ("linha digitável"), with its check digits.

/// The line of a boleto: the digits of its bank and currency, its free field, and its due factor with its amount.
pub(super) fn of(bank: &str, free: &str, value: &str) -> String {
    let check = eleven(&format!("{bank}{value}{free}"));
    let field = |digits: &str| format!("{}.{}{}", &digits[..5], &digits[5..], ten(digits));
    [
        field(&format!("{bank}{}", &free[..5])),
        field(&free[5..15]),
        field(&free[15..]),
        check.to_string(),
        value.to_owned(),
    ]
    .join(" ")
}

/// The check digit of a field: modulo 10, weights 2 and 1 from the right, digits of products added up.
fn ten(digits: &str) -> u32 {
    let weighted = |(place, digit): (usize, u32)| {
        let product = if place % 2 == 0 { digit * 2 } else { digit };
        product / 10 + product % 10
    };
    let sum: u32 = from_the_right(digits).map(weighted).sum();
    (10 - sum % 10) % 10
}

/// The check digit of the barcode: modulo 11, weights 2 to 9 from the right; 1 for 10 and 11.
fn eleven(digits: &str) -> u32 {
    let sum: u32 = from_the_right(digits).zip((2..=9).cycle()).map(|((_, digit), weight)| digit * weight).sum();
    match 11 - sum % 11 {
        10 | 11 => 1,
        digit => digit,
    }
}

fn from_the_right(digits: &str) -> impl Iterator<Item = (usize, u32)> {
    digits.chars().rev().map(|digit| digit.to_digit(10).unwrap()).enumerate()
}

#[cfg(test)]
mod tests {
    use super::{eleven, of, ten};

    #[test]
    fn the_check_digits_of_a_boleto_are_those_of_a_printed_one() {
        // A boleto of the Banco do Brasil.
        assert_eq!((ten("001905009"), ten("4014481606"), ten("0680935031")), (5, 9, 4));
        assert_eq!(eleven("0019373700000001000500940144816060680935031"), 3);
        let line = of("0019", "0500940144816060680935031", "37370000000100");
        assert_eq!(line, "00190.50095 40144.816069 06809.350314 3 37370000000100");
    }
}
