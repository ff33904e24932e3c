//! What a public key may be allowed to do.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// One thing that a public key may be allowed to do, as `POST /v1/auth` names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Scope {
            $($(#[$doc])* $name),*
        }

        impl Scope {
            /// Every scope of the public API; the hub has no route yet for some of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in the public API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

scopes! {
    /// Customers.
    Customers = "customers",
    /// Stored cards.
    Cards = "cards",
    /// Card tokens.
    Tokens = "tokens",
    /// Create and read charges.
    Charges = "charges",
    /// Webhook endpoints.
    Webhooks = "webhooks",
    /// Sessions.
    Sessions = "sessions",
    /// Public keys.
    Auth = "auth",
    /// Reports.
    Reports = "reports",
    /// Payment flows.
    Flows = "flows",
    /// Sellers.
    Sellers = "sellers",
    /// All of them.
    Everything = "*",
}

/// The text names no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a scope")]
pub struct NotAScope;

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(name: &str) -> Result<Self, NotAScope> {
        Self::ALL.iter().copied().find(|scope| scope.name() == name).ok_or(NotAScope)
    }
}

impl TryFrom<String> for Scope {
    type Error = NotAScope;

    fn try_from(name: String) -> Result<Self, NotAScope> {
        name.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.name().to_owned()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The scopes of one key, in the shape of the request, which answers repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scopes {
    /// One word.
    One(Scope),
    /// A list.
    Many(Vec<Scope>),
}

impl Scopes {
    /// Whether they allow what `scope` allows.
    #[must_use]
    pub fn allow(&self, scope: Scope) -> bool {
        let allows = |mine: &Scope| *mine == scope || *mine == Scope::Everything;
        match self {
            Self::One(mine) => allows(mine),
            Self::Many(mine) => mine.iter().any(allows),
        }
    }

    /// Whether they allow everything that `other` allows.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        match other {
            Self::One(scope) => self.allow(*scope),
            Self::Many(scopes) => scopes.iter().all(|scope| self.allow(*scope)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_covers_everything_and_nothing_else_does() {
        let (all, two) = (Scopes::One(Scope::Everything), Scopes::Many(vec![Scope::Charges, Scope::Tokens]));
        for scope in Scope::ALL {
            assert!(all.allow(*scope), "{scope}");
            assert_eq!(two.allow(*scope), [Scope::Charges, Scope::Tokens].contains(scope), "{scope}");
        }
        assert!(all.cover(&two) && two.cover(&Scopes::One(Scope::Tokens)));
        assert!(!two.cover(&all) && !two.cover(&Scopes::Many(vec![Scope::Tokens, Scope::Cards])));
    }
}
