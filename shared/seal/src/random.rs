//! The only randomness of the hub: the operating system's generator, through ring.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{SHA256, digest as hash},
    rand::{SecureRandom, SystemRandom},
};
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

use crate::{SealError, Secret};

pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SealError::NoRandomness)?;
    Ok(bytes)
}

/// A fresh v4 UUID.
///
/// # Errors
/// [`SealError::NoRandomness`].
pub fn random_uuid() -> Result<Uuid, SealError> {
    Ok(Builder::from_random_bytes(random()?).into_uuid())
}

/// A fresh secret key as it is handed to a merchant: `prefix` and 256 random bits in base64url. Keep its [`digest`]
/// only.
///
/// # Errors
/// [`SealError::NoRandomness`].
pub fn random_key_text(prefix: &str) -> Result<Secret<String>, SealError> {
    let bits = Zeroizing::new(random::<32>()?);
    // Room for the whole key from the start: a text that grows leaves copies of itself in memory.
    let mut text = String::with_capacity(prefix.len() + 64);
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(bits.as_slice(), &mut text);
    Ok(Secret::new(text))
}

/// SHA-256 in lower-case hexadecimal. Of an API key it is stored and looked up in place of the key: it needs no salt
/// and no stretching, because the keys hold 122 or more random bits.
#[must_use]
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(hash(&SHA256, bytes.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_random_v4() {
        let (one, other) = (random_uuid().unwrap(), random_uuid().unwrap());
        assert_eq!((one.get_version_num(), one.get_variant()), (4, uuid::Variant::RFC4122));
        assert_ne!(one, other);
    }

    #[test]
    fn a_secret_key_is_its_prefix_and_256_random_bits() {
        let (one, other) = (random_key_text("sk_").unwrap(), random_key_text("sk_").unwrap());
        let bits = URL_SAFE_NO_PAD.decode(one.reveal().strip_prefix("sk_").unwrap()).unwrap();
        assert_eq!(bits.len(), 32);
        assert_ne!(one.reveal(), other.reveal());
    }

    #[test]
    fn the_digest_is_sha_256_in_hexadecimal() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
