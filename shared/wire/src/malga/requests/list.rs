//! Queries of lists.

use std::str::FromStr;

use domain::{
    charge::status::Status,
    ids::{ChargeId, MerchantId, SessionId},
    limits::MAX_TEXT,
    merchant::ProviderType,
    method::PaymentType,
    money::Amount,
    session::SessionStatus,
    time::Timestamp,
};

use super::query::query;

/// In which order of creation a list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

impl Sort {
    /// Every order.
    pub(super) const ALL: [Self; 2] = [Self::Ascending, Self::Descending];

    /// Its word.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }
}

/// The word names no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the following values: ASC, DESC")]
pub struct NotASort;

impl FromStr for Sort {
    type Err = NotASort;

    fn from_str(word: &str) -> Result<Self, NotASort> {
        Self::ALL.into_iter().find(|sort| sort.name() == word).ok_or(NotASort)
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1 to [`MAX_WALK`](domain::limits::MAX_WALK).
    pub page: usize,
    /// Entries of a page, 1 to [`MAX_PAGE`](domain::limits::MAX_PAGE).
    pub limit: usize,
    /// The order.
    pub sort: Sort,
}

impl Paging {
    /// How many entries come before the page.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.page.saturating_sub(1).saturating_mul(self.limit)
    }
}

/// When what is listed was created: what all of `created`, `created.gt` and `created.lt` leave.
///
/// `created` is undocumented; here it is one instant, or one day in UTC (`YYYY-MM-DD`). In `created.gt` and
/// `created.lt` a day means its first instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// The first instant that is listed.
    pub from: Option<Timestamp>,
    /// The first instant after those that are listed.
    pub until: Option<Timestamp>,
}

impl Created {
    /// Whether what was created at `instant` is listed.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= instant) && self.until.is_none_or(|until| instant < until)
    }
}

query! {
    /// Which charges are listed. None does not filter; an empty list leaves nothing.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ChargesQuery {
        /// Which part.
        paging: Paging = paging(Sort::Ascending),
        /// The charge itself.
        "id" => id: Option<ChargeId> = uuid(),
        /// Who is paid.
        "merchantId" => merchant: Option<MerchantId> = uuid(),
        /// The amount first asked for.
        "originalAmount" => original_amount: Option<Amount> = amount(),
        /// Statuses, separated by commas.
        "status" => statuses: Option<Vec<Status>> = words(Status::ALL, Status::name),
        /// Payment methods, separated by commas.
        "paymentType" => methods: Option<Vec<PaymentType>> = words(&PaymentType::ALL, PaymentType::name),
        /// Providers, separated by commas.
        "providerType" => providers: Option<Vec<ProviderType>> = words(ProviderType::ALL, ProviderType::name),
        /// The merchant's order.
        "orderId" => order_id: Option<String> = text(MAX_TEXT),
        /// The session that it pays.
        "sessionId" => session: Option<SessionId> = uuid(),
        /// When it was created.
        created: Created = created(),
    } => unserved("splitRules")
}

query! {
    /// Which sessions are listed. None does not filter; an empty list leaves nothing.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionsQuery {
        /// Which part.
        paging: Paging = paging(Sort::Ascending),
        /// Statuses, separated by commas.
        "status" => statuses: Option<Vec<SessionStatus>> = words(SessionStatus::ALL, SessionStatus::name),
        /// `true`, `false`, or both, separated by a comma.
        "isActive" => is_active: Option<Vec<bool>> = flags(),
        /// When it was created.
        created: Created = created(),
    }
}

query! {
    /// Which events are listed: the newest first, where the caller does not say.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EventsQuery {
        /// Which part.
        paging: Paging = paging(Sort::Descending),
        /// When it happened.
        created: Created = created(),
    }
}

query! {
    /// Which part is asked for of a list without filters.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ListQuery {
        /// Which part.
        paging: Paging = paging(Sort::Ascending),
    }
}
