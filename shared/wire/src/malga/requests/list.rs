//! Queries of lists.

use std::{str::FromStr, time::Duration};

use domain::{
    charge::status::Status,
    ids::{ChargeId, MerchantId, SessionId},
    limits::{DEFAULT_PAGE, MAX_AMOUNT, MAX_PAGE, MAX_TEXT, MAX_WALK},
    merchant::ProviderType,
    method::PaymentType,
    money::Amount,
    refusal::Refusal,
    session::SessionStatus,
    time::Timestamp,
};

/// In which order of creation a list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Oldest first.
    #[default]
    Ascending,
    /// Newest first.
    Descending,
}

/// The word names no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the following values: ASC, DESC")]
pub struct NotASort;

impl FromStr for Sort {
    type Err = NotASort;

    fn from_str(word: &str) -> Result<Self, NotASort> {
        match word {
            "ASC" => Ok(Self::Ascending),
            "DESC" => Ok(Self::Descending),
            _ => Err(NotASort),
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1 to [`MAX_WALK`].
    pub page: usize,
    /// Entries of a page, 1 to [`MAX_PAGE`].
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

/// Which charges are listed. An empty list and none do not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargesQuery {
    /// Which part.
    pub paging: Paging,
    /// The charge itself.
    pub id: Option<ChargeId>,
    /// Who is paid.
    pub merchant: Option<MerchantId>,
    /// The amount first asked for.
    pub original_amount: Option<Amount>,
    /// One of these statuses.
    pub statuses: Vec<Status>,
    /// Paid by one of these payment methods.
    pub methods: Vec<PaymentType>,
    /// Through one of these providers.
    pub providers: Vec<ProviderType>,
    /// The merchant's order.
    pub order_id: Option<String>,
    /// The session that it pays.
    pub session: Option<SessionId>,
    /// When it was created.
    pub created: Created,
}

impl ChargesQuery {
    /// The query in these decoded `name=value` pairs.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Query::new(pairs);
        let charges = Self {
            paging: query.paging(),
            id: query.one("id", "must be a UUID"),
            merchant: query.one("merchantId", "must be a UUID"),
            original_amount: query.number("originalAmount", MAX_AMOUNT).and_then(|minor| Amount::new(minor).ok()),
            statuses: query.words("status", Status::ALL, Status::name),
            methods: query.words("paymentType", &PaymentType::ALL, PaymentType::name),
            providers: query.words("providerType", ProviderType::ALL, ProviderType::name),
            order_id: query.one("orderId", "must be a string"),
            session: query.one("sessionId", "must be a UUID"),
            created: query.created(),
        };
        if charges.order_id.as_ref().is_some_and(|id| id.chars().count() > MAX_TEXT) {
            query.problem("orderId", &format!("must be shorter than or equal to {MAX_TEXT} characters"));
        }
        if query.one("splitRules", "must be a boolean value") == Some(true) {
            query.problem("splitRules", "is not served by this hub");
        }
        query.finish(charges)
    }
}

/// Which sessions are listed. An empty list does not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsQuery {
    /// Which part.
    pub paging: Paging,
    /// One of these statuses.
    pub statuses: Vec<SessionStatus>,
    /// Active, inactive, or both.
    pub is_active: Vec<bool>,
    /// When it was created.
    pub created: Created,
}

impl SessionsQuery {
    /// The query in these decoded `name=value` pairs.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Query::new(pairs);
        let sessions = Self {
            paging: query.paging(),
            statuses: query.words("status", SessionStatus::ALL, SessionStatus::name),
            is_active: query.words("isActive", &[true, false], |active| if active { "true" } else { "false" }),
            created: query.created(),
        };
        query.finish(sessions)
    }
}

/// Which events are listed: the newest first, where the caller does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventsQuery {
    /// Which part.
    pub paging: Paging,
    /// When it happened.
    pub created: Created,
}

impl EventsQuery {
    /// The query in these decoded `name=value` pairs.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Query::new(pairs);
        let events = Self { paging: query.paging_from(Sort::Descending), created: query.created() };
        query.finish(events)
    }
}

pub(super) struct Query<'a> {
    pairs: &'a [(String, String)],
    problems: Vec<String>,
}

impl<'a> Query<'a> {
    pub(super) const fn new(pairs: &'a [(String, String)]) -> Self {
        Self { pairs, problems: Vec::new() }
    }

    pub(super) fn finish<T>(self, read: T) -> Result<T, Refusal> {
        if self.problems.is_empty() { Ok(read) } else { Err(Refusal::Invalid(self.problems)) }
    }

    fn problem(&mut self, name: &str, problem: &str) {
        self.problems.push(format!("{name} {problem}"));
    }

    /// The last value of `name`; an empty one does not count.
    fn value(&self, name: &str) -> Option<&'a str> {
        self.pairs.iter().rev().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn one<T: FromStr>(&mut self, name: &str, problem: &str) -> Option<T> {
        let read = self.value(name)?.parse().ok();
        if read.is_none() {
            self.problem(name, problem);
        }
        read
    }

    /// A whole number from 1 to `max`.
    fn number(&mut self, name: &str, max: u64) -> Option<u64> {
        let digits = self.value(name)?;
        match digits.parse() {
            Ok(0) => self.problem(name, "must be a positive number"),
            Ok(number) if number <= max => return Some(number),
            Err(_) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.problem(name, "must be an integer number");
            }
            Ok(_) | Err(_) => self.problem(name, &format!("must not be greater than {max}")),
        }
        None
    }

    fn size(&mut self, name: &str, max: usize) -> Option<usize> {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        self.number(name, max).and_then(|number| usize::try_from(number).ok())
    }

    /// Words separated by commas, each as `spelled`.
    fn words<T: Copy>(&mut self, name: &str, words: &[T], spelled: impl Fn(T) -> &'static str) -> Vec<T> {
        let mut read = Vec::new();
        for word in self.value(name).unwrap_or_default().split(',').filter(|word| !word.is_empty()) {
            if let Some(word) = words.iter().copied().find(|known| spelled(*known) == word) {
                read.push(word);
            } else {
                let names: Vec<_> = words.iter().map(|word| spelled(*word)).collect();
                self.problem(name, &format!("must be one of the following values: {}", names.join(", ")));
                break;
            }
        }
        read
    }

    pub(super) fn paging(&mut self) -> Paging {
        self.paging_from(Sort::default())
    }

    fn paging_from(&mut self, sort: Sort) -> Paging {
        Paging {
            page: self.size("page", MAX_WALK).unwrap_or(1),
            limit: self.size("limit", MAX_PAGE).unwrap_or(DEFAULT_PAGE),
            sort: self.one("sort", &NotASort.to_string()).unwrap_or(sort),
        }
    }

    fn created(&mut self) -> Created {
        let (exact, after, before) = (self.span("created"), self.span("created.gt"), self.span("created.lt"));
        Created {
            from: [exact.map(|span| span.0), after.map(|span| next(span.0))].into_iter().flatten().max(),
            until: [exact.map(|span| span.1), before.map(|span| span.0)].into_iter().flatten().min(),
        }
    }

    /// An instant or a day: its first instant, and the first one after it.
    fn span(&mut self, name: &str) -> Option<(Timestamp, Timestamp)> {
        let text = self.value(name)?;
        let day = || format!("{text}T00:00:00Z").parse::<Timestamp>().ok();
        let read = match text.parse::<Timestamp>() {
            Ok(instant) => Some((instant, next(instant))),
            Err(_) => day().map(|midnight| (midnight, midnight.plus(DAY))),
        };
        if read.is_none() {
            self.problem(name, "must be a valid ISO 8601 date string");
        }
        read
    }
}

const DAY: Duration = Duration::from_hours(24);

fn next(instant: Timestamp) -> Timestamp {
    instant.plus(Duration::from_millis(1))
}
