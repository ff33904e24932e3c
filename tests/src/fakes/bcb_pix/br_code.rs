//! The text that a shopper pastes into the app of a bank (BR Code).

/// The code of a cob at this location. It names no amount: the shopper's bank reads it from the location.
pub(super) fn of(location: &str) -> String {
    let account = [field("00", "br.gov.bcb.pix"), field("25", location)].concat();
    let code = [
        field("00", "01"),
        field("26", &account),
        field("52", "0000"),
        field("53", "986"),
        field("58", "BR"),
        field("59", "LOJA DE TESTE"),
        field("60", "BRASILIA"),
        field("62", &field("05", "***")),
        "6304".to_owned(),
    ]
    .concat();
    format!("{code}{:04X}", checksum(code.as_bytes()))
}

fn field(id: &str, value: &str) -> String {
    format!("{id}{:02}{value}", value.len())
}

/// CRC-16 of polynomial 0x1021 that starts with 0xFFFF.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        let mixed = crc ^ (u16::from(*byte) << 8);
        (0..8).fold(mixed, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}
