//! Fingerprints of card numbers.

use crate::{
    DataKey,
    mac::{Mac, authenticate},
};

/// The version of the key that makes fingerprints today. It is stored beside each: two fingerprints are compared only
/// where the same key made them.
pub const FINGERPRINT_VERSION: u8 = 1;

/// The fingerprint of a card number, by which two cards of one account are compared: made with a key that is derived
/// from the account's key for card numbers. It says nothing without that key, and nothing across accounts.
#[must_use]
pub fn fingerprint(card_key: &DataKey, pan_digits: &str) -> Mac {
    Mac(authenticate(&card_key.subkey(b"fingerprints 1"), &[b"card", pan_digits.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: u8, digits: &str) -> String {
        fingerprint(&DataKey::new(&[key; 32]).unwrap(), digits).into()
    }

    /// The expected value was computed apart from this code, from RFC 5869, RFC 2104 and the framing of fields. It must
    /// never change for this version: stored cards were compared this way.
    #[test]
    fn the_same_key_and_version_give_the_same_fingerprint_for_ever() {
        assert_eq!(
            (FINGERPRINT_VERSION, text(9, "4111111111111111").as_str()),
            (1, "b9qroLZ_3cjgFTJIfucQW1fY4mjhmzaucibdKPGoIJ0")
        );
    }

    #[test]
    fn another_number_or_the_key_of_another_account_gives_another_fingerprint() {
        assert_ne!(text(9, "4111111111111111"), text(9, "4111111111111112"));
        assert_ne!(text(9, "4111111111111111"), text(8, "4111111111111111"));
    }
}
