//! Who calls, by which key, and what that key opens.

use domain::{
    charge::Charge,
    customer::Customer,
    ids::{ClientId, CustomerId, SessionId},
    maker::Maker,
    refusal::Refusal,
    scope::Scopes,
    session::Session,
    time::Timestamp,
};

/// A caller whose key is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub client: ClientId,
    /// Its key.
    key: Maker,
    /// What it may hand on to new public keys; a session key hands on nothing.
    grant: Option<Grant>,
    /// The customer that the merchant named in the session of the caller's key.
    customer: Option<CustomerId>,
    /// Whether the session of the caller's key has a link: whoever has the link has the key.
    has_link: bool,
    /// Why it makes nothing: the session of the caller's key has ended, or cannot be paid for now.
    ended: Option<Refusal>,
}

impl Caller {
    /// The account itself: a secret key, or the hub on its behalf.
    #[must_use]
    pub const fn account(client: ClientId) -> Self {
        Self {
            client,
            key: Maker::ACCOUNT,
            grant: Some(Grant::Everything),
            customer: None,
            has_link: false,
            ended: None,
        }
    }

    /// Who calls with the public key `key` of `client`, which may do what `scopes` say `until` it ends.
    #[must_use]
    pub const fn public_key(client: ClientId, key: Maker, scopes: Scopes, until: Option<Timestamp>) -> Self {
        Self { client, key, grant: Some(Grant::Part { scopes, until }), customer: None, has_link: false, ended: None }
    }

    /// Who calls with the key of this session at `now`.
    #[must_use]
    pub fn with_key_of(session: &Session, now: Timestamp) -> Self {
        let key = session.made_by.session_key(session.id);
        let ended = session.takes(now).err();
        let Session { client, customer, has_link, .. } = *session;
        Self { client, key, grant: None, customer, has_link, ended }
    }

    /// Whether the caller may make anything; otherwise it gets only its earlier answers again.
    ///
    /// # Errors
    /// Why its session has ended, or cannot be paid for now.
    pub fn may_make(&self) -> Result<(), Refusal> {
        self.ended.clone().map_or(Ok(()), Err)
    }

    /// The key, as the maker of what the caller makes.
    #[must_use]
    pub const fn maker(&self) -> &Maker {
        &self.key
    }

    /// The kind of the caller's key, for logs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        if self.session().is_some() {
            "session"
        } else if self.is_browser() {
            "public"
        } else {
            "secret"
        }
    }

    /// The session whose key it is.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        self.key.session()
    }

    /// Whether the key is in a shopper's browser: every key but a secret one.
    #[must_use]
    pub const fn is_browser(&self) -> bool {
        !self.key.is_account()
    }

    /// Whether the key is a public key, or that of a session which was made with one.
    pub(crate) fn descends_from_public_key(&self) -> bool {
        !self.key.keys().is_empty()
    }

    /// Whether the caller may read, change and use what `made_by` made.
    #[must_use]
    pub fn opens(&self, made_by: &Maker) -> bool {
        self.key.opens(made_by)
    }

    /// Whether the caller may read the charge: one that was made with its key or with a key made with it, or that pays the
    /// session of its key.
    #[must_use]
    pub fn opens_charge(&self, charge: &Charge) -> bool {
        match self.session() {
            Some(session) => charge.session == Some(session),
            None => self.key.opens_made_with(&charge.keys),
        }
    }

    /// Whether the caller may read the customer and pay with it: one that it opens, or that the merchant named in its
    /// session. The key of a session with a link opens none, for one shopper could read the record of another.
    #[must_use]
    pub fn opens_customer(&self, customer: &Customer) -> bool {
        !self.has_link && (self.customer == Some(customer.id) || self.opens(&customer.made_by))
    }

    /// Whether one shopper alone has the key: that of a session without a link.
    pub(crate) fn is_one_shoppers(&self) -> bool {
        self.session().is_some() && !self.has_link
    }

    /// What the caller may grant to a new key: a public key grants no more than it has.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`]: a session key grants nothing.
    pub fn grant(&self) -> Result<&Grant, Refusal> {
        self.grant.as_ref().ok_or(Refusal::Forbidden)
    }

    /// Within what an idempotency key of the caller is one of its own: shoppers and the merchant choose theirs
    /// independently. The secret key has a space, all public keys of an account share one, each session has one.
    pub(crate) fn space(&self) -> String {
        match (self.key.session(), self.key.is_account()) {
            (Some(session), _) => format!("session {session} "),
            (None, true) => String::new(),
            (None, false) => "public ".to_owned(),
        }
    }
}

/// What a caller may grant to a new public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Everything, for ever: a secret key.
    Everything,
    /// No more than a public key has itself.
    Part {
        /// What it may do.
        scopes: Scopes,
        /// When it ends; never, without.
        until: Option<Timestamp>,
    },
}

impl Grant {
    /// Whether it covers these scopes until then.
    pub(crate) fn covers(&self, scopes: &Scopes, until: Option<Timestamp>) -> bool {
        match self {
            Self::Everything => true,
            Self::Part { scopes: own, until: end } => {
                own.cover(scopes) && end.is_none_or(|end| until.is_some_and(|until| until <= end))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::scope::Scope;

    use super::*;

    #[test]
    fn no_key_grants_more_than_it_has() {
        let at = Timestamp::from_millis;
        let charges = Scopes::One(Scope::Charges);
        let own = |until| Grant::Part { scopes: Scopes::Many(vec![Scope::Auth, Scope::Charges]), until };
        assert!(Grant::Everything.covers(&Scopes::One(Scope::Everything), None));
        assert!(own(None).covers(&charges, None) && own(None).covers(&charges, Some(at(9))));
        assert!(!own(None).covers(&Scopes::One(Scope::Everything), None));
        assert!(!own(None).covers(&Scopes::Many(vec![Scope::Charges, Scope::Tokens]), None));
        assert!(own(Some(at(5))).covers(&charges, Some(at(5))));
        assert!(!own(Some(at(5))).covers(&charges, Some(at(6))));
        assert!(!own(Some(at(5))).covers(&charges, None));
    }
}
