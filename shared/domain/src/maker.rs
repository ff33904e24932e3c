//! Who made what. Public keys and session keys are in shoppers' browsers, so they open only what was made with them.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{KeyId, SessionId},
    limits::MAX_KEY_DEPTH,
};

/// The key with which something was made, or is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// The public keys that it descends from, the oldest first; of a public key, the key itself is the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keys: Vec<KeyId>,
    /// The session whose key it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
}

impl Maker {
    /// The account's secret key: it opens everything of the account.
    pub const ACCOUNT: Self = Self { keys: Vec::new(), session: None };

    /// The public key `id`, made by this key; none where keys made by keys go deeper than [`MAX_KEY_DEPTH`].
    #[must_use]
    pub fn public_key(&self, id: KeyId) -> Option<Self> {
        let mut keys = self.keys.clone();
        keys.push(id);
        (keys.len() <= MAX_KEY_DEPTH).then_some(Self { keys, session: self.session })
    }

    /// The key of a session that this key made.
    #[must_use]
    pub fn session_key(&self, session: SessionId) -> Self {
        Self { keys: self.keys.clone(), session: Some(session) }
    }

    /// Whether it is the account's secret key.
    #[must_use]
    pub const fn is_account(&self) -> bool {
        self.keys.is_empty() && self.session.is_none()
    }

    /// The session whose key it is.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// The public key that it is; none for a secret key and for the key of a session.
    #[must_use]
    pub fn key(&self) -> Option<KeyId> {
        if self.session.is_some() { None } else { self.keys.last().copied() }
    }

    /// Whether this key opens what `made_by` made: a secret key opens all of its account, a public key what it or a
    /// key made with it made, a session key what was made with it.
    #[must_use]
    pub fn opens(&self, made_by: &Self) -> bool {
        match self.session {
            Some(session) => made_by.session == Some(session),
            None => self.opens_made_with(&made_by.keys),
        }
    }

    /// Whether this key opens what was made with these public keys, whichever session it was made in: a session key opens
    /// nothing by them.
    #[must_use]
    pub fn opens_made_with(&self, keys: &[KeyId]) -> bool {
        match (self.session, self.keys.last()) {
            (Some(_), _) => false,
            (None, Some(key)) => keys.contains(key),
            (None, None) => true,
        }
    }

    /// The public keys that it descends from, and itself.
    #[must_use]
    pub fn keys(&self) -> &[KeyId] {
        &self.keys
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(number: u128) -> KeyId {
        KeyId::new(Uuid::from_u128(number))
    }

    fn session(number: u128) -> SessionId {
        SessionId::new(Uuid::from_u128(number))
    }

    #[test]
    fn each_key_opens_what_was_made_with_it_or_with_keys_made_with_it() {
        let account = Maker::ACCOUNT;
        let parent = account.public_key(key(1)).unwrap();
        let child = parent.public_key(key(2)).unwrap();
        let stranger = account.public_key(key(3)).unwrap();
        let makers = [
            ("account", account.clone()),
            ("parent", parent.clone()),
            ("child", child.clone()),
            ("stranger", stranger),
            ("account's session", account.session_key(session(1))),
            ("child's session", child.session_key(session(2))),
        ];
        let opened_by = |who: &Maker| -> Vec<&str> {
            makers.iter().filter(|(_, made_by)| who.opens(made_by)).map(|(name, _)| *name).collect()
        };
        assert_eq!(opened_by(&account).len(), makers.len());
        assert_eq!(opened_by(&parent), ["parent", "child", "child's session"]);
        assert_eq!(opened_by(&child), ["child", "child's session"]);
        assert_eq!(opened_by(&makers[3].1), ["stranger"]);
        assert_eq!(opened_by(&makers[4].1), ["account's session"]);
        assert_eq!(opened_by(&makers[5].1), ["child's session"]);
        assert_eq!(opened_by(&account.session_key(session(9))), [""; 0]);
    }

    #[test]
    fn keys_made_by_keys_end_at_the_bound() {
        let mut maker = Maker::ACCOUNT;
        for number in 1..=MAX_KEY_DEPTH {
            maker = maker.public_key(key(number as u128)).unwrap();
        }
        assert_eq!(maker.public_key(key(99)), None);
        assert!(!maker.is_account() && Maker::ACCOUNT.is_account());
    }
}
