//! The kinds of key, and who holds them.

use tests::{Merchant, session::Session};

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// No header at all.
    None,
    /// A UUID that is no key.
    Unknown,
    /// The account's secret key.
    Secret,
    /// The secret key of another account, under that account's id.
    OthersSecret,
    /// A public key of this one scope.
    Scope(&'static str),
    /// A public key of the scope `*`.
    Everything,
    /// The same, made by [`Self::Everything`].
    Child,
    /// A public key `*` of another account, under that account's id.
    OthersEverything,
    /// The key of a session that the secret key made.
    OfSession,
    /// The key of a session that [`Self::Everything`] made.
    OfPagesSession,
    /// The key of a session in which the secret key named a customer.
    OfCustomersSession,
    /// A public key `*` that was revoked.
    Revoked,
    /// A public key `*` whose time is over.
    Expired,
}

/// The columns of every table, by their headings.
pub(crate) const COLUMNS: [(&str, Key); 22] = [
    ("non", Key::None),
    ("unk", Key::Unknown),
    ("sec", Key::Secret),
    ("sc2", Key::OthersSecret),
    ("cus", Key::Scope("customers")),
    ("car", Key::Scope("cards")),
    ("tok", Key::Scope("tokens")),
    ("cha", Key::Scope("charges")),
    ("hoo", Key::Scope("webhooks")),
    ("ses", Key::Scope("sessions")),
    ("aut", Key::Scope("auth")),
    ("rep", Key::Scope("reports")),
    ("flo", Key::Scope("flows")),
    ("sel", Key::Scope("sellers")),
    ("all", Key::Everything),
    ("chi", Key::Child),
    ("al2", Key::OthersEverything),
    ("sns", Key::OfSession),
    ("snp", Key::OfPagesSession),
    ("snc", Key::OfCustomersSession),
    ("rev", Key::Revoked),
    ("exp", Key::Expired),
];

impl Key {
    /// Whether it is the key of a session.
    pub(crate) const fn is_of_session(self) -> bool {
        matches!(self, Self::OfSession | Self::OfPagesSession | Self::OfCustomersSession)
    }

    /// Whether it is in a browser.
    pub(crate) const fn is_browser(self) -> bool {
        !matches!(self, Self::None | Self::Unknown | Self::Secret | Self::OthersSecret)
    }

    /// Whose customers' names its answers may show, by the marks that their makers leave.
    pub(crate) fn may_see(self, mark: &str) -> bool {
        match self {
            Self::None | Self::Unknown | Self::Revoked | Self::Expired => false,
            Self::Secret => mark != Mark::STRANGER && mark != Mark::STRANGERS_PAGE,
            Self::OthersSecret => mark == Mark::STRANGER || mark == Mark::STRANGERS_PAGE,
            Self::Scope(scope) => mark == scope,
            Self::Everything => [Mark::PAGE, Mark::CHILD, Mark::PAGES_SHOPPER].contains(&mark),
            Self::Child => mark == Mark::CHILD,
            Self::OthersEverything => mark == Mark::STRANGERS_PAGE,
            Self::OfSession => mark == Mark::SHOPPER,
            Self::OfPagesSession => mark == Mark::PAGES_SHOPPER,
            Self::OfCustomersSession => mark == Mark::CUSTOMERS_SHOPPER || mark == Mark::NAMED,
        }
    }
}

/// What a maker writes into the name and the e-mail address of every customer, and into the holder of every card.
pub(crate) struct Mark;

impl Mark {
    pub(crate) const ACCOUNT: &str = "conta";
    pub(crate) const NAMED: &str = "nomeado";
    pub(crate) const STRANGER: &str = "estranho";
    pub(crate) const STRANGERS_PAGE: &str = "alheia";
    pub(crate) const PAGE: &str = "loja";
    pub(crate) const CHILD: &str = "filha";
    pub(crate) const OTHER_PAGE: &str = "outra";
    pub(crate) const SHOPPER: &str = "comprador";
    pub(crate) const PAGES_SHOPPER: &str = "pagador";
    pub(crate) const CUSTOMERS_SHOPPER: &str = "registrado";
    pub(crate) const OTHER_SHOPPER: &str = "outro";
    pub(crate) const ENDED: &str = "terminada";
}

/// Who calls, and makes things.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    /// The key and its account.
    pub(crate) caller: Merchant,
    /// The session whose key it is.
    pub(crate) session: Option<Session>,
    /// What its customers and cards are known by.
    pub(crate) mark: &'static str,
    /// The one scope that the key has, unless it has all of them.
    pub(crate) scope: Option<&'static str>,
}

impl Holder {
    /// Where it makes customers, cards and tokens.
    pub(crate) const fn root(&self) -> &'static str {
        if self.session.is_some() { "/v1/sessions" } else { "/v1" }
    }

    /// Whether the key has this scope.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scope.is_none_or(|own| own == scope)
    }
}
