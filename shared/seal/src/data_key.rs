//! A data key and what it seals.

use std::{fmt, sync::Arc};

use domain::ids::ClientId;
use ring::{
    aead::{self, AES_256_GCM, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
    hmac::{self, HMAC_SHA256},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{SealError, Secret, random::random, text};

/// First byte of everything sealed: `1`, nonce (12 bytes), AES-256-GCM ciphertext and tag (16 bytes).
const VERSION: u8 = 1;

/// Separates what is derived from a data key from every other use of HKDF.
const SALT: &[u8] = b"catraca data key 1";

/// A 256-bit key that seals values, in memory only. Clones share it.
///
/// Nonces are random, so one key may seal 2^32 values (NIST SP 800-38D, 8.3): far more than one client stores.
#[derive(Clone)]
pub struct DataKey(Arc<Uses>);

/// The raw bytes are not kept, and ring's keys do not print themselves.
struct Uses {
    cipher: LessSafeKey,
    derivation: hkdf::Prk,
}

impl DataKey {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| SealError::KeyLength)?;
        let derivation = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(bytes);
        Ok(Self(Arc::new(Uses { cipher: LessSafeKey::new(key), derivation })))
    }

    /// The key that makes keyed hashes for this purpose: derived by HKDF-SHA-256, the same for as long as this key is.
    #[expect(clippy::expect_used, reason = "HKDF fails only beyond 255 blocks, and one block is asked for")]
    pub(crate) fn subkey(&self, purpose: &[u8]) -> hmac::Key {
        self.0.derivation.expand(&[purpose], HMAC_SHA256).expect("one block of HKDF output").into()
    }

    /// Seals `plain` for the place named by `aad`.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`], or [`SealError::TooLong`].
    pub fn seal(&self, aad: &Aad, plain: &[u8]) -> Result<Sealed, SealError> {
        self.seal_bytes(&aad.0, plain).map(Sealed)
    }

    /// Opens what was sealed under this key for the place named by `aad`.
    ///
    /// # Errors
    /// [`SealError::Unopenable`] when it was sealed under another key, for another place, or changed since.
    pub fn open(&self, aad: &Aad, sealed: &Sealed) -> Result<Secret<Vec<u8>>, SealError> {
        self.open_bytes(&aad.0, &sealed.0)
    }

    pub(crate) fn seal_bytes(&self, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = random::<NONCE_LEN>()?;
        // Room for the tag from the start: a buffer that grows leaves a copy of the plain text in memory.
        let mut body = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        body.extend_from_slice(plain);
        self.0
            .cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aead::Aad::from(aad), &mut body)
            .map_err(|_| SealError::TooLong)?;
        Ok([&[VERSION], nonce.as_slice(), &body].concat())
    }

    pub(crate) fn open_bytes(&self, aad: &[u8], sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let Some((&VERSION, rest)) = sealed.split_first() else { return Err(SealError::Unopenable) };
        let Some((&nonce, body)) = rest.split_first_chunk::<NONCE_LEN>() else { return Err(SealError::Unopenable) };
        let mut plain = Secret::new(body.to_vec());
        let length = self
            .0
            .cipher
            .open_in_place(Nonce::assume_unique_for_key(nonce), aead::Aad::from(aad), plain.reveal_mut())
            .map_err(|_| SealError::Unopenable)?
            .len();
        plain.reveal_mut().truncate(length);
        Ok(plain)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// The place of a sealed value, authenticated with it: a value copied to another client, entity or id does not open.
#[derive(Clone, Debug)]
pub struct Aad(Vec<u8>);

impl Aad {
    /// The value of kind `entity` (`"card"`, `"webhook"`, …) in the item `id` of `client`.
    #[must_use]
    pub fn new(client: ClientId, entity: &str, id: Uuid) -> Self {
        // The two ids have a fixed width and come first, so that no other three parts give the same bytes.
        Self([client.uuid().as_bytes(), id.as_bytes(), entity.as_bytes()].concat())
    }
}

/// A value at rest: base64 text in JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(#[serde(with = "text")] Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAN: &[u8] = b"4111111111111111";

    fn client(last: u8) -> ClientId {
        ClientId::new(Uuid::from_u128(u128::from(last)))
    }

    fn card() -> Aad {
        Aad::new(client(1), "card", Uuid::from_u128(7))
    }

    fn key(byte: u8) -> DataKey {
        DataKey::new(&[byte; 32]).unwrap()
    }

    fn refused(key: &DataKey, aad: &Aad, sealed: &Sealed) -> bool {
        key.open(aad, sealed).is_err_and(|error| error == SealError::Unopenable)
    }

    #[test]
    fn what_is_sealed_opens_at_its_place_after_a_trip_through_json() {
        for plain in [PAN, b"", &[0; 4096]] {
            let json = serde_json::to_string(&key(9).seal(&card(), plain).unwrap()).unwrap();
            let sealed: Sealed = serde_json::from_str(&json).unwrap();
            assert_eq!(key(9).open(&card(), &sealed).unwrap().reveal(), plain);
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same_twice() {
        assert_ne!(key(9).seal(&card(), PAN).unwrap(), key(9).seal(&card(), PAN).unwrap());
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        let sealed = key(9).seal(&card(), PAN).unwrap();
        for bit in 0..sealed.0.len() * 8 {
            let mut changed = sealed.clone();
            *changed.0.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            assert!(refused(&key(9), &card(), &changed), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_is_detected() {
        let sealed = key(9).seal(&card(), PAN).unwrap();
        for length in 0..sealed.0.len() {
            let mut cut = sealed.clone();
            cut.0.truncate(length);
            assert!(refused(&key(9), &card(), &cut), "{length} bytes");
        }
    }

    #[test]
    fn a_value_opens_at_no_other_place_and_under_no_other_key() {
        let sealed = key(9).seal(&card(), PAN).unwrap();
        let id = Uuid::from_u128(7);
        for elsewhere in [
            Aad::new(client(2), "card", id),
            Aad::new(client(1), "token", id),
            Aad::new(client(1), "card2", id),
            Aad::new(client(1), "", id),
            Aad::new(client(1), "card", Uuid::from_u128(8)),
            Aad::new(ClientId::new(id), "card", client(1).uuid()),
        ] {
            assert!(refused(&key(9), &elsewhere, &sealed), "{elsewhere:?}");
        }
        assert!(refused(&key(8), &card(), &sealed));
    }

    #[test]
    fn text_that_is_not_base64_is_refused_without_repeating_it() {
        let error = serde_json::from_str::<Sealed>(r#""4111!""#).unwrap_err().to_string();
        assert!(error.contains("must be base64") && !error.contains("4111"), "{error}");
    }

    #[test]
    fn a_key_has_256_bits() {
        assert_eq!(DataKey::new(&[1; 16]).unwrap_err(), SealError::KeyLength);
    }

    #[test]
    fn neither_keys_nor_sealed_values_print_their_bytes() {
        let sealed = key(9).seal(&card(), PAN).unwrap();
        let opened = key(9).open(&card(), &sealed).unwrap();
        assert_eq!(format!("{:?} {sealed:?} {opened:?}", key(9)), "DataKey(..) Sealed(45 bytes) Secret(..)");
    }
}
