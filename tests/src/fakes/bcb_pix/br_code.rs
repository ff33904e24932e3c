//! The text that a shopper pastes into the app of a bank (BR Code).

use crate::fakes::br_code::{self, field};

/// The code of a cob at this location. It names no amount: the shopper's bank reads it from the location.
pub(super) fn of(location: &str) -> String {
    let account = [field("00", "br.gov.bcb.pix"), field("25", location)].concat();
    br_code::of(&[
        field("00", "01"),
        field("26", &account),
        field("52", "0000"),
        field("53", "986"),
        field("58", "BR"),
        field("59", "LOJA DE TESTE"),
        field("60", "BRASILIA"),
        field("62", &field("05", "***")),
    ])
}
