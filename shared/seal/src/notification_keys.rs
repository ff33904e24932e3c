//! What proves a provider's call.

use std::fmt;

use ring::hmac;
use subtle::ConstantTimeEq;

use crate::{
    DataKey,
    mac::{Mac, authenticate},
};

/// The length of the proof in a provider's notification address.
pub const PROOF_BYTES: usize = 16;

/// Makes the addresses and the keys of the notifications of one account. Both are derived from a data key that opens
/// nothing else, and stay the same for as long as that key does.
pub struct NotificationKeys(hmac::Key);

impl From<&DataKey> for NotificationKeys {
    fn from(key: &DataKey) -> Self {
        Self(key.subkey(b"notifications"))
    }
}

impl NotificationKeys {
    /// What proves that the hub itself made the notification address of a provider account: the first half of an
    /// HMAC-SHA-256.
    #[must_use]
    pub fn proof(&self, account: &[u8]) -> [u8; PROOF_BYTES] {
        let mut proof = [0; PROOF_BYTES];
        proof.copy_from_slice(&authenticate(&self.0, &[b"callback", account])[..PROOF_BYTES]);
        proof
    }

    /// Whether `proof` is the [`Self::proof`] of `account`. The comparison takes the same time wherever the two differ.
    #[must_use]
    pub fn is_proof(&self, account: &[u8], proof: &[u8]) -> bool {
        self.proof(account).as_slice().ct_eq(proof).into()
    }

    /// The key that authenticates the notifications of the provider of `account`, where the hub may choose it.
    #[must_use]
    pub fn key(&self, account: &[u8]) -> Mac {
        Mac(authenticate(&self.0, &[b"notices", account]))
    }
}

impl fmt::Debug for NotificationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotificationKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> NotificationKeys {
        NotificationKeys::from(&DataKey::new(&[byte; 32]).unwrap())
    }

    #[test]
    fn a_proof_holds_for_its_own_account_whole_and_unchanged() {
        let proof = keys(9).proof(b"account");
        assert!(keys(9).is_proof(b"account", &proof));
        assert!(!keys(8).is_proof(b"account", &proof));
        assert!(!keys(9).is_proof(b"other", &proof));
        assert!(!keys(9).is_proof(b"account", &proof[..15]));
        assert!(!keys(9).is_proof(b"account", &[]));
        for bit in 0..128 {
            let mut other = proof;
            *other.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            assert!(!keys(9).is_proof(b"account", &other), "bit {bit}");
        }
    }

    #[test]
    fn each_account_has_a_key_of_its_own_that_is_no_proof() {
        assert_eq!(keys(9).key(b"account"), keys(9).key(b"account"));
        assert_ne!(keys(9).key(b"account"), keys(9).key(b"other"));
        assert_ne!(keys(9).key(b"account"), keys(8).key(b"account"));
        assert_ne!(keys(9).key(b"account").0[..PROOF_BYTES], keys(9).proof(b"account"));
    }

    #[test]
    fn they_print_nothing_of_themselves() {
        assert_eq!(format!("{:?}", keys(9)), "NotificationKeys(..)");
    }
}
