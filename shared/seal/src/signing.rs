//! Signatures of webhooks: Ed25519 (RFC 8032), and HMAC-SHA-256 for receivers that support no other.
//!
//! The public half is given out, as SPKI in PEM; the private half is kept sealed, as PKCS#8 (RFC 8410). The secret of
//! the HMAC is derived from the private half, so that it is kept and replaced with it; only the endpoint's owner gets
//! it.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ED25519_PUBLIC_KEY_LEN, Ed25519KeyPair, KeyPair},
};

use crate::{SealError, Secret};

/// DER of everything in an SPKI structure but the key itself (RFC 8410, section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Separates the shared secret from every other use of the private half.
const SHARED: &[u8] = b"catraca webhook secret 1";

/// How Standard Webhooks marks a shared secret.
const SHARED_PREFIX: &str = "whsec_";

/// A fresh key: its private half in PKCS#8, to be sealed, and its public half as SPKI in PEM, with real newlines.
///
/// # Errors
/// [`SealError::NoRandomness`].
pub fn generate() -> Result<(Secret<Vec<u8>>, String), SealError> {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| SealError::NoRandomness)?;
    let private = Secret::new(document.as_ref().to_vec());
    let public = SigningKey::from_pkcs8(&private)?.public_key();
    Ok((private, public))
}

/// A key that signs, in two ways.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    shared: Secret<[u8; 32]>,
}

impl SigningKey {
    /// The key whose private half [`generate`] made.
    ///
    /// # Errors
    /// [`SealError::SigningKey`] where the bytes are no such key.
    pub fn from_pkcs8(private: &Secret<Vec<u8>>) -> Result<Self, SealError> {
        let pair = Ed25519KeyPair::from_pkcs8(private.reveal()).map_err(|_| SealError::SigningKey)?;
        Ok(Self { pair, shared: Secret::new(mac(private.reveal(), SHARED)) })
    }

    /// The signature over `message`. It is the same whenever it is made.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(message).as_ref());
        signature
    }

    /// HMAC-SHA-256 over `message` with [`SigningKey::shared_secret`].
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        mac(self.shared.reveal(), message)
    }

    /// What the endpoint's owner verifies [`SigningKey::mac`] with, as Standard Webhooks writes it: `whsec_` and
    /// base64.
    #[must_use]
    pub fn shared_secret(&self) -> Secret<String> {
        Secret::new(format!("{SHARED_PREFIX}{}", STANDARD.encode(self.shared.reveal())))
    }

    /// The public half: SPKI in PEM.
    #[must_use]
    pub fn public_key(&self) -> String {
        let mut spki = [0; SPKI.len() + ED25519_PUBLIC_KEY_LEN];
        let (head, key) = spki.split_at_mut(SPKI.len());
        head.copy_from_slice(&SPKI);
        key.copy_from_slice(self.pair.public_key().as_ref());
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki))
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = [0; 32];
    mac.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    mac
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    /// What a receiver does: the check of RFC 8032 with the key of the PEM text.
    fn verifies(public: &str, message: &[u8], signature: &[u8]) -> bool {
        let base64 = public.strip_prefix("-----BEGIN PUBLIC KEY-----\n").unwrap();
        let base64 = base64.strip_suffix("\n-----END PUBLIC KEY-----\n").unwrap();
        let spki = STANDARD.decode(base64).unwrap();
        let key = spki.strip_prefix(&SPKI).unwrap();
        UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
    }

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    /// RFC 8032, section 7.1, test 2: seed, public key, message, signature.
    const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    #[test]
    fn it_signs_as_the_standard_prints() {
        // RFC 5958: version 2, the algorithm, the seed, and the public key beside it.
        let der = [bytes("3051020101300506032b657004220420"), bytes(SEED), bytes("812100"), bytes(PUBLIC)].concat();
        let key = SigningKey::from_pkcs8(&Secret::new(der)).unwrap();
        assert_eq!(key.sign(&[0x72]).as_slice(), bytes(SIGNATURE));
        assert!(verifies(&key.public_key(), &[0x72], &bytes(SIGNATURE)));
    }

    #[test]
    fn its_secret_follows_from_the_private_half_and_signs_as_the_standard_prints() {
        // HMAC-SHA-256 of another implementation. It never changes, or receivers would refuse their events.
        let der = [bytes("3051020101300506032b657004220420"), bytes(SEED), bytes("812100"), bytes(PUBLIC)].concat();
        let key = SigningKey::from_pkcs8(&Secret::new(der)).unwrap();
        assert_eq!(key.shared_secret().reveal(), "whsec_p2512sqGrgkzLH0KPPH68aUfOdxixXR1qN93/l5PhME=");
        assert_eq!(STANDARD.encode(key.mac(b"id.1.body")), "6EZI9WkEY7Fhl5Pb0JgTgIiA+5Etxmde1/xvmPkXiMo=");
        // The test vector of the Standard Webhooks libraries.
        let secret = STANDARD.decode("C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let message =
            r#"msg_27UH4WbU6Z5A5EzD8u03UvzRbpk.1649367553.{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(STANDARD.encode(mac(&secret, message.as_bytes())), "tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn the_published_signatures_of_the_public_api_verify_as_its_receivers_verify_ours() {
        let signed = |date: &str, body: &str| format!("{date}\n{body}").into_bytes();
        let pem = |base64: &str| format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
        for (public, date, body, signature) in [
            (
                "MCowBQYDK2VwAyEAS8O+o7Cqd3mtpriJvOVK/cdo8se5VU5vZkCMUttd0WA=",
                "1661795163719",
                r#"{"event":"ping","payload":{"object":{}}}"#,
                "5b20c43cfd55f0c1884196786d58392e1828232e05d66e9153032ae9d374bff7\
                 85d0efc4ed850ea5856b71c950bd2a1914f376381386355fce2c51163ed26e01",
            ),
            (
                "MCowBQYDK2VwAyEArBCknsoGmHt5uJG2y30TBCZqDE6eW6Jnpa5XrBj9Kro=",
                "1660174504702",
                "this is a test with utf32 char これはテストです",
                "eb29829fdd6a01f0e78836c9f63ec4a8bc1647cc2e973ba6a9bb3508aafbbe4d\
                 9c1ff54516cc5fb39396a001d23b84fb3bc876895511e1bfafb062812d40eb0b",
            ),
        ] {
            assert!(verifies(&pem(public), &signed(date, body), &bytes(signature)), "{body}");
            assert!(!verifies(&pem(public), &signed("1661795163720", body), &bytes(signature)), "{body}");
            // The same by a key of our own, in the shape in which it is handed out.
            let (private, own) = generate().unwrap();
            let signature = SigningKey::from_pkcs8(&private).unwrap().sign(&signed(date, body));
            assert_eq!(own.len(), pem(public).len());
            assert!(verifies(&own, &signed(date, body), &signature));
            assert!(!verifies(&own, &signed(date, "another body"), &signature));
            assert!(!verifies(&pem(public), &signed(date, body), &signature));
        }
    }

    #[test]
    fn no_two_keys_are_the_same() {
        let ((private, public), (other_private, other_public)) = (generate().unwrap(), generate().unwrap());
        assert_ne!(public, other_public);
        assert_ne!(private.reveal(), other_private.reveal());
        let [key, other] = [private, other_private].map(|private| SigningKey::from_pkcs8(&private).unwrap());
        assert_eq!(key.public_key(), public);
        assert_ne!(key.shared_secret().reveal(), other.shared_secret().reveal());
    }

    #[test]
    fn what_is_no_key_is_refused_and_a_key_prints_nothing_of_itself() {
        let (private, _) = generate().unwrap();
        let key = SigningKey::from_pkcs8(&private).unwrap();
        assert_eq!(format!("{key:?} {private:?}"), "SigningKey(..) Secret(..)");
        let changed = private.reveal().iter().map(|byte| byte ^ 1).collect();
        for bytes in [Vec::new(), b"key".to_vec(), changed] {
            assert_eq!(SigningKey::from_pkcs8(&Secret::new(bytes)).unwrap_err(), SealError::SigningKey);
        }
    }
}
