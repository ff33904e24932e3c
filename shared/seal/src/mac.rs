//! Keyed hashes.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::hmac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::Secret;

/// Every field is preceded by its length, so that no two lists of fields give the same bytes.
pub(crate) fn authenticate(key: &hmac::Key, fields: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for field in fields {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    let mut mac = [0; 32];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}

/// An HMAC-SHA-256, in JSON as base64url without padding (43 characters). Comparing two takes the same time wherever
/// they differ.
#[derive(Clone, Copy, Debug, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac(pub(crate) [u8; 32]);

impl PartialEq for Mac {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// The text is not 32 bytes in base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 bytes in base64url without padding")]
pub struct NotAMac;

impl TryFrom<String> for Mac {
    type Error = NotAMac;

    fn try_from(text: String) -> Result<Self, NotAMac> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAMac)?;
        bytes.try_into().map(Self).map_err(|_| NotAMac)
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        URL_SAFE_NO_PAD.encode(mac.0)
    }
}

/// Whether `signature`, in base64 with padding, is the HMAC-SHA-256 of `message` under `secret`, whose text is the key.
/// A wrong one takes the same time wherever it differs.
#[must_use]
pub fn has_signed(secret: &Secret<String>, message: &str, signature: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    STANDARD.decode(signature).is_ok_and(|mac| hmac::verify(&key, message.as_bytes(), &mac).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_its_message_and_secret_and_is_whole() {
        // RFC 4231, test case 2.
        let signature =
            STANDARD.encode(hex::decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap());
        let secret = |text: &str| Secret::new(text.to_owned());
        let message = "what do ya want for nothing?";
        assert!(has_signed(&secret("Jefe"), message, &signature));
        assert!(!has_signed(&secret("jefe"), message, &signature));
        assert!(!has_signed(&secret("Jefe"), "what", &signature));
        for other in ["", "AAAA", &signature[..40], &signature.to_lowercase(), &format!("{signature} ")] {
            assert!(!has_signed(&secret("Jefe"), message, other), "{other}");
        }
    }

    fn mac() -> Mac {
        Mac(authenticate(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), &[b"body", b"{}"]))
    }

    #[test]
    fn a_difference_in_any_bit_makes_macs_unequal() {
        assert_eq!(mac(), mac());
        for bit in 0..256 {
            let mut other = mac();
            *other.0.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            assert_ne!(mac(), other, "bit {bit}");
        }
    }

    #[test]
    fn a_mac_is_43_characters_in_json_and_returns_from_them() {
        let json = serde_json::to_string(&mac()).unwrap();
        assert_eq!(json.len(), 43 + 2);
        assert_eq!(serde_json::from_str::<Mac>(&json).unwrap(), mac());
        for other in [r#""""#, r#""AAAA""#, r#""O_n6e7Nfmrb8snMxpkAAwxlffaCdy4HvUplnQvSrbu8=""#, "7"] {
            assert!(serde_json::from_str::<Mac>(other).is_err(), "{other}");
        }
    }
}
