//! What the bank tells of its own accord, in its own words.

use crate::bank::Key;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    Paid(u64),
    NotPaid,
    RefundBegun(u64),
    Refunded(u64),
    RefundFailed,
    Reverted(u64),
    ChargedBack(u64),
    Disputed,
    DisputeClosed,
}

/// What in the books it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Paid(Key),
    Begun(usize),
    Done(usize),
    Failed(usize),
    Reverted(usize),
    ChargedBack(Key),
    Disputed(Key),
    Closed(Key),
    /// Nothing that is in the books: nobody will pay.
    Nothing,
    /// It contradicts the books.
    Untrue,
}

/// A notice, which may be delivered at any time, in any order, and more than once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// The payment, or the refund that the hub asked for.
    pub(crate) about: Key,
    pub(crate) id: u64,
    pub(crate) news: News,
    pub(crate) fact: Fact,
}

impl Note {
    /// The same, but of more money than there is; none where there is no amount to be wrong. Of a payment the hub asks
    /// again, and so learns what is true.
    pub(crate) fn exaggerated(self, id: u64) -> Option<Self> {
        let too_much = |amount: u64| amount + 10_000;
        let (news, fact) = match self.news {
            News::Paid(amount) => (News::Paid(too_much(amount)), self.fact),
            News::RefundBegun(amount) => (News::RefundBegun(too_much(amount)), Fact::Untrue),
            News::Refunded(amount) => (News::Refunded(too_much(amount)), Fact::Untrue),
            News::Reverted(amount) => (News::Reverted(too_much(amount)), Fact::Untrue),
            News::NotPaid | News::RefundFailed | News::ChargedBack(_) | News::Disputed | News::DisputeClosed => {
                return None;
            }
        };
        Some(Self { about: self.about, id, news, fact })
    }
}
