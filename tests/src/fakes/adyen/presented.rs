//! What a shopper pays with: the BR Code of a Pix and the linha digitável of a boleto, with right check digits.

use crate::fakes::{
    boleto_line,
    br_code::{self, field},
};

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
    boleto_line::of("0339", &format!("{number:025}"), &format!("0000{value:010}"))
}

#[cfg(test)]
mod tests {
    use super::{digits_of_boleto, pix_code};

    #[test]
    fn the_code_of_a_pix_says_its_amount() {
        let code = pix_code("993617895204578J", 1234);
        assert!(code.contains("540512.34"), "{code}");
    }

    #[test]
    fn the_line_of_a_boleto_ends_with_its_amount() {
        assert_eq!(digits_of_boleto(1, 1500).split(' ').nth(4), Some("00000000001500"));
    }
}
