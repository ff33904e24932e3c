//! The key pairs under which browsers encrypt cards for the hub: RSA with OAEP, as Worldline's client library does it.
//!
//! ring has no decryption by RSA, so this one module uses aws-lc. It is compiled with the feature `rsa` alone, and no
//! connection uses it.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{SealError, Secret};

/// A fresh pair of 2048 bits: the private half as PKCS#8, to be sealed, and the public half as the base64 of its SPKI.
///
/// # Errors
/// [`SealError::NoRandomness`].
pub fn generate() -> Result<(Secret<Vec<u8>>, String), SealError> {
    let pair = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| SealError::NoRandomness)?;
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| SealError::DecryptionKey)?;
    let public = AsDer::<PublicKeyX509Der<'_>>::as_der(&pair.public_key()).map_err(|_| SealError::DecryptionKey)?;
    Ok((Secret::new(private.as_ref().to_vec()), STANDARD.encode(public.as_ref())))
}

/// The private half of a pair.
pub struct DecryptionKey(OaepPrivateDecryptingKey);

impl DecryptionKey {
    /// The private half that [`generate`] made.
    ///
    /// # Errors
    /// [`SealError::DecryptionKey`] where the bytes are no such key.
    pub fn from_pkcs8(private: &Secret<Vec<u8>>) -> Result<Self, SealError> {
        let key = PrivateDecryptingKey::from_pkcs8(private.reveal()).map_err(|_| SealError::DecryptionKey)?;
        OaepPrivateDecryptingKey::new(key).map(Self).map_err(|_| SealError::DecryptionKey)
    }

    /// What was encrypted under the public half by RSA-OAEP with SHA-1, which JOSE names `RSA-OAEP` (RFC 7518, 4.3).
    ///
    /// # Errors
    /// [`SealError::Unopenable`] where it was encrypted under another key, or changed.
    pub fn decrypt(&self, encrypted: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let mut room = Secret::new(vec![0; self.0.min_output_size()]);
        let plain = self.0.decrypt(&OAEP_SHA1_MGF1SHA1, encrypted, room.reveal_mut(), None);
        let length = plain.map_err(|_| SealError::Unopenable)?.len();
        room.reveal_mut().truncate(length);
        Ok(room)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};

    use super::*;

    const CONTENT_KEY: [u8; 64] = [7; 64];

    /// What a browser does with the public half.
    fn encrypted(public: &str, plain: &[u8]) -> Vec<u8> {
        let key = PublicEncryptingKey::from_der(&STANDARD.decode(public).unwrap()).unwrap();
        let key = OaepPublicEncryptingKey::new(key).unwrap();
        let mut room = vec![0; key.ciphertext_size()];
        key.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut room, None).unwrap().to_vec()
    }

    #[test]
    fn what_is_encrypted_under_the_public_half_is_decrypted_by_its_private_half_alone() {
        let ((private, public), (other, other_public)) = (generate().unwrap(), generate().unwrap());
        assert_ne!(public, other_public);
        let [key, other] = [private, other].map(|private| DecryptionKey::from_pkcs8(&private).unwrap());
        let sent = encrypted(&public, &CONTENT_KEY);
        assert_eq!(sent.len(), 256);
        assert_eq!(key.decrypt(&sent).unwrap().reveal(), &CONTENT_KEY);
        assert_eq!(other.decrypt(&sent).unwrap_err(), SealError::Unopenable);
        for length in [0, 1, 255] {
            assert_eq!(key.decrypt(&sent[..length]).unwrap_err(), SealError::Unopenable, "{length} bytes");
        }
        let changed: Vec<u8> = sent.iter().map(|byte| byte ^ 1).collect();
        assert_eq!(key.decrypt(&changed).unwrap_err(), SealError::Unopenable);
    }

    #[test]
    fn the_public_half_is_an_spki_of_2048_bits() {
        // RFC 8017, A.1.1, in RFC 5280, 4.1: a modulus of 257 bytes, whose first is 0, and the exponent 65537.
        let spki = STANDARD.decode(generate().unwrap().1).unwrap();
        assert_eq!(
            hex::encode(&spki[..33]),
            "30820122300d06092a864886f70d01010105000382010f003082010a02820101 00".replace(' ', "")
        );
        assert_eq!(hex::encode(&spki[spki.len() - 5..]), "0203010001");
    }

    #[test]
    fn what_is_no_key_is_refused_and_a_key_prints_nothing_of_itself() {
        let (private, _) = generate().unwrap();
        assert_eq!(
            format!("{:?} {private:?}", DecryptionKey::from_pkcs8(&private).unwrap()),
            "DecryptionKey(..) Secret(..)"
        );
        for bytes in [Vec::new(), b"key".to_vec(), private.reveal()[1..].to_vec()] {
            assert_eq!(DecryptionKey::from_pkcs8(&Secret::new(bytes)).unwrap_err(), SealError::DecryptionKey);
        }
    }
}
