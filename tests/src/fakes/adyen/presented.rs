//! What a shopper pays with: the BR Code of a Pix and the linha digitável of a boleto, with right check digits.

use crate::fakes::br_code::{self, field};

/// The BR Code of this Pix of `value` minor units.
pub(super) fn pix_code(psp_reference: &str, value: i64) -> String {
    let place = field("00", "br.gov.bcb.pix") + &field("25", &format!("pix.example.com/{psp_reference}"));
    let amount = format!("{}.{:02}", value / 100, value % 100);
    br_code::of(&[
        field("00", "01"),
        field("01", "12"),
        field("26", &place),
        field("52", "0000"),
        field("53", "986"),
        field("54", &amount),
        field("58", "BR"),
        field("59", "LOJA"),
        field("60", "SAO PAULO"),
        field("62", &field("05", "***")),
    ])
}

/// The linha digitável of a boleto of `value` minor units without a due factor.
pub(super) fn digits_of_boleto(number: usize, value: i64) -> String {
    let free = format!("{number:025}");
    let (bank, amount) = ("0339", format!("0000{value:010}"));
    let check = eleven(&format!("{bank}{amount}{free}"));
    let field = |digits: &str| format!("{}.{}{}", &digits[..5], &digits[5..], ten(digits));
    [field(&format!("{bank}{}", &free[..5])), field(&free[5..15]), field(&free[15..]), check.to_string(), amount]
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

/// The check digit of the barcode: modulo 11, weights 2 to 9 from the right; 1 for 0, 10 and 11.
fn eleven(digits: &str) -> u32 {
    let sum: u32 = from_the_right(digits).zip((2..=9).cycle()).map(|((_, digit), weight)| digit * weight).sum();
    match 11 - sum % 11 {
        0 | 10 | 11 => 1,
        digit => digit,
    }
}

fn from_the_right(digits: &str) -> impl Iterator<Item = (usize, u32)> {
    digits.chars().rev().map(|digit| digit.to_digit(10).unwrap()).enumerate()
}

#[cfg(test)]
mod tests {
    use super::{digits_of_boleto, eleven, pix_code, ten};

    #[test]
    fn the_code_of_a_pix_says_its_amount() {
        let code = pix_code("993617895204578J", 1234);
        assert!(code.contains("540512.34"), "{code}");
    }

    #[test]
    fn the_check_digits_of_a_boleto_are_those_of_a_printed_one() {
        // A boleto of the Banco do Brasil: 00190.50095 40144.816069 06809.350314 3 37370000000100.
        assert_eq!((ten("001905009"), ten("4014481606"), ten("0680935031")), (5, 9, 4));
        assert_eq!(eleven("0019373700000001000500940144816060680935031"), 3);
        assert_eq!(digits_of_boleto(1, 1500).split(' ').nth(4), Some("00000000001500"));
    }
}
