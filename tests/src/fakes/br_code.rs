//! BR Codes: the text that a shopper scans, or pastes into the app of a bank.

/// One field, with its length.
pub(super) fn field(id: &str, value: &str) -> String {
    format!("{id}{:02}{value}", value.len())
}

/// The code of these fields, with its checksum.
pub(super) fn of(fields: &[String]) -> String {
    let code = format!("{}6304", fields.concat());
    format!("{code}{:04X}", checksum(code.as_bytes()))
}

/// CRC-16 with the polynomial 0x1021 from 0xFFFF.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        let mixed = crc ^ (u16::from(*byte) << 8);
        (0..8).fold(mixed, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::{checksum, field, of};

    #[test]
    fn the_checksum_is_the_published_crc() {
        assert_eq!(checksum(b"123456789"), 0x29B1);
        let code = of(&[field("00", "01"), field("54", "12.34")]);
        let (rest, sum) = code.split_at(code.len() - 4);
        assert_eq!(checksum(rest.as_bytes()), u16::from_str_radix(sum, 16).unwrap());
    }
}
