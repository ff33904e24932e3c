//! What a public key may be allowed to do.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

/// One thing that a public key may be allowed to do, as `POST /v1/auth` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scope {
    /// Customers.
    Customers,
    /// Stored cards.
    Cards,
    /// Card tokens.
    Tokens,
    /// Create and read charges.
    Charges,
    /// Webhook endpoints.
    Webhooks,
    /// Sessions.
    Sessions,
    /// Public keys.
    Auth,
    /// Reports.
    Reports,
    /// Payment flows.
    Flows,
    /// Sellers.
    Sellers,
    /// All of them.
    #[serde(rename = "*")]
    #[strum(serialize = "*")]
    Everything,
}

impl Scope {
    /// Every scope of the public API; the hub has no route yet for some of them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
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

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |scopes: &[Scope]| scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(",");
        match self {
            Self::One(scope) => f.write_str(scope.name()),
            Self::Many(scopes) => f.write_str(&names(scopes)),
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
