//! Public keys, as an account's owner sees them.

use strum::{IntoStaticStr, VariantArray};

use crate::{ids::KeyId, scope::Scopes, time::Timestamp};

/// A public key in a list, which does not show the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Its id: what revokes it, and opens nothing.
    pub id: KeyId,
    /// The key with which it was made; the secret key, without.
    pub parent: Option<KeyId>,
    /// The last four characters of the key.
    pub last_four: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; never, without.
    pub expires_at: Option<Timestamp>,
    /// Whether it works.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether a public key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum KeyState {
    /// It works.
    Active,
    /// It has expired.
    Expired,
    /// It was revoked, or a key that it descends from was, or all keys of its account.
    Revoked,
}

impl KeyState {
    /// Every state.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Its word in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
