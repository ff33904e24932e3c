//! What a shopper scans or types: the BR Code of a Pix and the typeable line of a boleto.

use domain::time::Timestamp;

use super::books::DAY;
use crate::fakes::br_code::{self, field};

/// The BR Code of a dynamic Pix of this amount.
pub(super) fn pix_code(id: &str, amount: u64) -> String {
    let account = field("00", "br.gov.bcb.pix") + &field("25", &format!("pix.example.com/qr/{id}"));
    br_code::of(&[
        field("00", "01"),
        field("26", &account),
        field("52", "0000"),
        field("53", "986"),
        field("54", &format!("{}.{:02}", amount / 100, amount % 100)),
        field("58", "BR"),
        field("59", "LOJA"),
        field("60", "SAO PAULO"),
        field("62", &field("05", "***")),
    ])
}

/// The typeable line of a boleto: five fields with their check digits.
pub(super) fn boleto_line(number: usize, due: Timestamp, amount: u64) -> String {
    let bank = "3419";
    let free = format!("{number:025}");
    let value = format!("{:04}{:010}", due_factor(due), amount % 10_000_000_000);
    let check = check_digit_of_all(&format!("{bank}{value}{free}"));
    let fields = [format!("{bank}{}", &free[..5]), free[5..15].to_owned(), free[15..].to_owned()];
    let [first, second, third] = fields.map(|field| {
        let field = format!("{field}{}", check_digit(&field));
        format!("{}.{}", &field[..5], &field[5..])
    });
    format!("{first} {second} {third} {check} {value}")
}

/// The day that a boleto is due: 1000 on 22 February 2025, and one more each day.
fn due_factor(due: Timestamp) -> u128 {
    let first: Timestamp = "2025-02-22T00:00:00Z".parse().unwrap();
    1000 + due.since(first).as_millis() / DAY.as_millis() % 9000
}

/// The check digit of one field, modulo 10.
fn check_digit(field: &str) -> u32 {
    let weighed = digits(field).enumerate().map(|(place, digit)| digit * if place % 2 == 0 { 2 } else { 1 });
    (10 - weighed.map(|product| product / 10 + product % 10).sum::<u32>() % 10) % 10
}

/// The check digit of the whole bar code, modulo 11.
fn check_digit_of_all(code: &str) -> u32 {
    let sum: u32 = digits(code).zip((2..=9).cycle()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        10 | 11 => 1,
        digit => digit,
    }
}

/// The digits of a text, the last one first.
fn digits(text: &str) -> impl Iterator<Item = u32> {
    text.bytes().rev().map(|byte| u32::from(byte - b'0'))
}
