//! The content of a JWE: `A256CBC-HS512` (RFC 7518, 5.2). ring has no AES in CBC mode, so this module uses aws-lc like
//! [`rsa`](crate::rsa).

use aws_lc_rs::{
    cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey},
    constant_time::verify_slices_are_equal,
    hmac,
    iv::FixedLength,
};

use crate::{SealError, Secret, rsa::DecryptionKey};

/// Bytes of the key: half authenticates, half decrypts.
const KEY: usize = 64;
/// Bytes of the tag: half of an HMAC-SHA-512.
const TAG: usize = 32;

/// An encrypted content: the parts of a JWE.
#[derive(Clone, Copy, Debug)]
pub struct JweContent<'a> {
    /// The header as it was sent, which the tag authenticates.
    pub header: &'a str,
    /// The key, encrypted by RSA-OAEP.
    pub encrypted_key: &'a [u8],
    /// The initialization vector.
    pub iv: &'a [u8],
    /// What is encrypted.
    pub ciphertext: &'a [u8],
    /// The tag.
    pub tag: &'a [u8],
}

impl JweContent<'_> {
    /// The content in the clear. Nothing is decrypted before its tag was compared; and where the key itself cannot be
    /// decrypted, the tag is compared under another one, so that neither the answer nor its time says which of the two
    /// failed.
    ///
    /// # Errors
    /// [`SealError::Unopenable`] where it was encrypted for another key, or changed since.
    pub fn open(&self, key: &DecryptionKey) -> Result<Secret<Vec<u8>>, SealError> {
        let opened = key.decrypt(self.encrypted_key).ok().filter(|key| key.reveal().len() == KEY);
        let is_opened = opened.is_some();
        let key = opened.unwrap_or_else(|| Secret::new(vec![0; KEY]));
        let (mac_key, cipher_key) = key.reveal().split_at_checked(KEY / 2).ok_or(SealError::Unopenable)?;
        let is_authentic = self.is_authentic(mac_key);
        if !is_opened || !is_authentic {
            return Err(SealError::Unopenable);
        }
        self.decrypt(cipher_key).ok_or(SealError::Unopenable)
    }

    fn is_authentic(&self, key: &[u8]) -> bool {
        let bits = u64::try_from(self.header.len()).unwrap_or(u64::MAX).saturating_mul(8);
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key));
        for part in [self.header.as_bytes(), self.iv, self.ciphertext, &bits.to_be_bytes()] {
            context.update(part);
        }
        let mac = context.sign();
        mac.as_ref().get(..TAG).is_some_and(|mac| verify_slices_are_equal(mac, self.tag).is_ok())
    }

    fn decrypt(&self, key: &[u8]) -> Option<Secret<Vec<u8>>> {
        let iv: [u8; 16] = self.iv.try_into().ok()?;
        let key = UnboundCipherKey::new(&AES_256, key).ok()?;
        let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
        let mut room = Secret::new(self.ciphertext.to_vec());
        let plain = key.decrypt(room.reveal_mut(), DecryptionContext::Iv128(FixedLength::from(&iv)));
        let length = plain.ok()?.len();
        room.reveal_mut().truncate(length);
        Some(room)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::cipher::{EncryptionContext, PaddedBlockEncryptingKey};
    use base64::{
        Engine,
        engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
    };
    use serde::Deserialize;

    use super::*;

    /// What Worldline's client library and another library encrypted: `tests/sdk/jwe-vectors.mjs` made it.
    const VECTORS: &str = include_str!("../../../tests/sdk/jwe-vectors.json");

    #[derive(Deserialize)]
    struct Vectors {
        #[serde(rename = "privateKey")]
        private_key: String,
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        by: String,
        jwe: String,
        plaintext: String,
    }

    fn vectors() -> (DecryptionKey, Vec<Vector>) {
        let Vectors { private_key, vectors } = serde_json::from_str(VECTORS).unwrap();
        let private = Secret::new(STANDARD.decode(private_key).unwrap());
        (DecryptionKey::from_pkcs8(&private).unwrap(), vectors)
    }

    /// Header, encrypted key, initialization vector, ciphertext, tag.
    fn parts(jwe: &str) -> (String, [Vec<u8>; 4]) {
        let mut parts = jwe.split('.');
        let header = parts.next().unwrap().to_owned();
        let rest: Vec<Vec<u8>> = parts.map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        (header, rest.try_into().unwrap())
    }

    fn opened(key: &DecryptionKey, header: &str, rest: &[Vec<u8>; 4]) -> Result<Vec<u8>, SealError> {
        let [encrypted_key, iv, ciphertext, tag] = rest;
        JweContent { header, encrypted_key, iv, ciphertext, tag }.open(key).map(|plain| plain.reveal().clone())
    }

    #[test]
    fn what_libraries_encrypt_is_opened() {
        let (key, vectors) = vectors();
        assert_eq!(vectors.len(), 2);
        for Vector { by, jwe, plaintext } in vectors {
            let (header, rest) = parts(&jwe);
            assert_eq!(opened(&key, &header, &rest), Ok(STANDARD.decode(plaintext).unwrap()), "{by}");
        }
    }

    #[test]
    fn whatever_was_changed_is_refused_with_the_same_words() {
        let (key, vectors) = vectors();
        let (header, rest) = parts(&vectors[0].jwe);
        let other = DecryptionKey::from_pkcs8(&crate::rsa::generate().unwrap().0).unwrap();
        assert_eq!(opened(&other, &header, &rest), Err(SealError::Unopenable));
        assert_eq!(opened(&key, &format!("{header}A"), &rest), Err(SealError::Unopenable));
        for part in 0..rest.len() {
            for place in [0, rest[part].len() - 1] {
                let mut changed = rest.clone();
                changed[part][place] ^= 1;
                assert_eq!(opened(&key, &header, &changed), Err(SealError::Unopenable), "part {part}, byte {place}");
            }
            let mut shorter = rest.clone();
            shorter[part].pop();
            assert_eq!(opened(&key, &header, &shorter), Err(SealError::Unopenable), "part {part}");
            shorter[part].clear();
            assert_eq!(opened(&key, &header, &shorter), Err(SealError::Unopenable), "no part {part}");
        }
    }

    /// Half of an HMAC-SHA-512, as the sender of these parts computes it.
    fn tag(key: &[u8], header: &str, [_, iv, ciphertext, _]: &[Vec<u8>; 4]) -> Vec<u8> {
        let bits = u64::try_from(header.len() * 8).unwrap().to_be_bytes();
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA512, key));
        for part in [header.as_bytes(), iv, ciphertext, &bits] {
            mac.update(part);
        }
        mac.sign().as_ref()[..TAG].to_vec()
    }

    /// Where the key cannot be decrypted another one takes its place, which everyone knows: it opens nothing.
    #[test]
    fn what_was_encrypted_under_the_key_of_zeros_is_not_opened() {
        let (key, vectors) = vectors();
        let (header, mut rest) = parts(&vectors[0].jwe);
        let zeros = [0; KEY / 2];
        let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &zeros).unwrap()).unwrap();
        let iv: [u8; 16] = rest[1].as_slice().try_into().unwrap();
        rest[2] = b"{}".to_vec();
        cipher.less_safe_encrypt(&mut rest[2], EncryptionContext::Iv128(FixedLength::from(&iv))).unwrap();
        rest[0][0] ^= 1;
        rest[3] = tag(&zeros, &header, &rest);
        assert_eq!(opened(&key, &header, &rest), Err(SealError::Unopenable));
    }

    /// A content whose tag holds and whose padding does not: only its sender can make one.
    #[test]
    fn a_padding_that_does_not_hold_is_no_other_error() {
        let (key, vectors) = vectors();
        let (header, mut rest) = parts(&vectors[0].jwe);
        let content_key = key.decrypt(&rest[0]).unwrap();
        rest[2].truncate(32); // whole blocks, and no padding at their end
        rest[3] = tag(&content_key.reveal()[..KEY / 2], &header, &rest);
        assert_eq!(opened(&key, &header, &rest), Err(SealError::Unopenable));
    }
}
