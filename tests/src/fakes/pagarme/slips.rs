//! What a shopper scans or types: the BR Code of a Pix and the typeable line of a boleto.

use domain::time::Timestamp;

use super::books::DAY;
use crate::fakes::{
    boleto_line,
    br_code::{self, field},
};

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

/// The typeable line of a boleto.
pub(super) fn boleto_line(number: usize, due: Timestamp, amount: u64) -> String {
    let value = format!("{:04}{:010}", due_factor(due), amount % 10_000_000_000);
    boleto_line::of("3419", &format!("{number:025}"), &value)
}

/// The day that a boleto is due: 1000 on 22 February 2025, and one more each day.
fn due_factor(due: Timestamp) -> u128 {
    let first: Timestamp = "2025-02-22T00:00:00Z".parse().unwrap();
    1000 + due.since(first).as_millis() / DAY.as_millis() % 9000
}
