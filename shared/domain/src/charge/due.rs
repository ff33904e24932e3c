//! When a charge is due for the sweeper, and for what.
//!
//! Every deadline follows from the charge: an index has the nearest one. What is still open after a sweep is due again
//! after a pause that doubles.

use std::time::Duration;

use super::{
    Charge,
    decline::DeclineCode,
    request::{Answer, HubRefund, RequestKind, RequestStatus, TransactionRequest},
    status::Status,
};
use crate::{
    calendar::{is_banking_day, next_banking_day},
    limits::{FIRST_QUESTION, HOLD_LIFE, LAST_QUESTION},
    method::{Boleto, Method},
    money::Amount,
    time::{Date, Timestamp},
};

const A_DAY: Duration = Duration::from_hours(24);
/// When an unpaid Pix or Drip is reconciled first and second; after that the pauses double to a day.
const EARLY_QUERIES: [Duration; 2] = [Duration::from_mins(5), Duration::from_hours(1)];
/// Days between two queries about an unpaid boleto before its due date.
const BOLETO_PAUSE_DAYS: u16 = 7;
/// All boletos of a day end at the same midnight: they are due in the hour after it.
const SPREAD: Duration = Duration::from_hours(1);

/// Something that the hub must do for a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Reconcile the request at this number, from 1.
    Reconcile(usize),
    /// Query whether it was paid.
    ReconcilePayment,
    /// Query once more whether it was paid; if not, it has failed.
    Expire,
    /// Query whether its money is still reserved.
    ReconcileReservation,
    /// Refund what is left of the payment at this number, which is not kept.
    Refund(usize),
}

/// What kind of due work it is: the lanes of the index, so that no kind delays another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A payment whose outcome is unknown: its session is locked.
    Unknown,
    /// A payment that is refunded because it is not kept.
    Refund,
    /// A query about anything else.
    Query,
    /// A Pix or a Drip that can no longer be paid.
    Expiry,
    /// A boleto.
    Boleto,
}

impl Lane {
    /// Every lane, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Unknown, Self::Refund, Self::Query, Self::Expiry, Self::Boleto];
}

/// One deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// In which lane.
    pub lane: Lane,
}

/// A deadline and what it is for. `first` is the first time that it is due; `next` is the next time after a sweep that
/// did everything that was due by then.
struct Deadline {
    first: Timestamp,
    next: Option<Timestamp>,
    lane: Lane,
    task: Task,
}

impl Charge {
    /// The nearest deadline after its last change.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        self.due_after(self.last_change())
    }

    /// The nearest deadline after everything that was due by `looked` was done.
    #[must_use]
    pub fn due_after(&self, looked: Timestamp) -> Option<Due> {
        let deadlines = self.deadlines(looked).into_iter();
        let dues = deadlines.filter_map(|deadline| Some(Due { at: deadline.next?, lane: deadline.lane }));
        dues.min_by_key(|due| (due.at, due.lane))
    }

    /// What is to be done at `now`.
    #[must_use]
    pub fn tasks(&self, now: Timestamp) -> Vec<Task> {
        let deadlines = self.deadlines(now).into_iter();
        let due: Vec<Task> = deadlines.filter(|due| due.first <= now).map(|due| due.task).collect();
        // The last query includes the others.
        let is_last = due.contains(&Task::Expire);
        due.into_iter().filter(|task| !(is_last && *task == Task::ReconcilePayment)).collect()
    }

    fn last_change(&self) -> Timestamp {
        self.requests.last().map_or(self.created_at, |request| request.created_at).max(self.updated_at)
    }

    /// As long as nothing has changed so far, within bounds; a day where nothing has changed for a day.
    fn pause(&self, looked: Timestamp) -> Duration {
        let quiet = looked.since(self.last_change());
        if quiet >= A_DAY { A_DAY } else { quiet.clamp(FIRST_QUESTION, LAST_QUESTION) }
    }

    fn deadlines(&self, looked: Timestamp) -> Vec<Deadline> {
        let status = self.status();
        let again = looked.plus(self.pause(looked));
        let once = |first: Timestamp| Some(if first > looked { first } else { again });
        let mut deadlines = Vec::new();
        for (number, request) in (1..).zip(&self.requests) {
            let first = match request.status() {
                RequestStatus::Running => request.call_before,
                RequestStatus::Processing => request.latest().map_or(request.call_before, |answer| {
                    let first = answer.at.plus(FIRST_QUESTION);
                    answer.ask_after.map_or(first, |after| after.max(first))
                }),
                RequestStatus::Success | RequestStatus::Failed | RequestStatus::InternalError => continue,
            };
            let lane = if request.kind.is_payment() { Lane::Unknown } else { Lane::Query };
            // A payment that its shopper makes later ends at its time, also where the hub does not know of it.
            let end = self.ends_at().filter(|end| request.kind.is_payment() && *end > looked);
            let next = once(first).map(|next| end.map_or(next, |end| next.min(end)));
            deadlines.push(Deadline { first, next, lane, task: Task::Reconcile(number) });
        }
        if status == Status::Pending && self.under_way(RequestKind::Pending).next().is_none() {
            deadlines.extend(self.payment_deadlines(looked, again));
        }
        if let Some(first) = self.reserved_until() {
            deadlines.push(Deadline { first, next: once(first), lane: Lane::Query, task: Task::ReconcileReservation });
        }
        deadlines.extend(self.refunds_due().map(|(number, first)| {
            let next = Some(if first >= looked { first } else { again });
            Deadline { first, next, lane: Lane::Refund, task: Task::Refund(number) }
        }));
        deadlines
    }

    /// The queries about a payment that waits for its shopper, and its end.
    fn payment_deadlines(&self, looked: Timestamp, again: Timestamp) -> Vec<Deadline> {
        let Some(end) = self.ends_at() else { return Vec::new() };
        let (lane, end) = match &self.method {
            Method::Boleto(_) => (Lane::Boleto, end.plus(self.spread())),
            Method::Pix { .. } | Method::Drip(_) => (Lane::Expiry, end),
            Method::Credit { .. } => return Vec::new(),
        };
        let next = Some(if end > looked { end } else { again });
        let expiry = Deadline { first: end, next, lane, task: Task::Expire };
        let query = |after| match &self.method {
            Method::Boleto(boleto) => self.boleto_query(boleto, after),
            Method::Pix { .. } | Method::Drip(_) | Method::Credit { .. } => self.early_query(after),
        };
        let first = query(self.created_at);
        // The last query is that of its end.
        let next = Some(query(looked.max(self.created_at))).filter(|next| *next < end);
        let lane = if lane == Lane::Boleto { lane } else { Lane::Query };
        let asked = Deadline { first, next, lane, task: Task::ReconcilePayment };
        if first < end { vec![asked, expiry] } else { vec![expiry] }
    }

    /// The first query about an unpaid Pix or Drip after an instant.
    fn early_query(&self, after: Timestamp) -> Timestamp {
        let mut pause = EARLY_QUERIES[0];
        let mut at = self.created_at.plus(pause);
        if at > after {
            return at;
        }
        at = self.created_at.plus(EARLY_QUERIES[1]);
        pause = EARLY_QUERIES[1];
        while at <= after && pause < A_DAY {
            at = at.plus(pause);
            pause = pause.saturating_mul(2).min(A_DAY);
        }
        if at <= after {
            let days = after.since(at).as_millis().checked_div(A_DAY.as_millis()).unwrap_or(0).saturating_add(1);
            at = at.plus(A_DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX)));
        }
        at
    }

    /// The first query about an unpaid boleto after an instant: weekly until its due date, then after each banking
    /// day.
    fn boleto_query(&self, boleto: &Boleto, after: Timestamp) -> Timestamp {
        let mut day = Date::in_brazil(self.created_at);
        let at = |day: Date| day.end_in_brazil().plus(self.spread());
        for _ in 0..MAX_BOLETO_QUESTIONS {
            let weekly = day.plus_days(BOLETO_PAUSE_DAYS);
            day = if day >= boleto.expires_date {
                next_banking_day(day.plus_days(1))
            } else {
                weekly.min(boleto.expires_date)
            };
            if at(day) > after && (day <= boleto.expires_date || is_banking_day(day)) {
                break;
            }
        }
        at(day)
    }

    /// How long after midnight this boleto is due.
    fn spread(&self) -> Duration {
        let [.., high, low] = *self.id.uuid().as_bytes();
        let place = u32::from(high).saturating_mul(256).saturating_add(u32::from(low));
        Duration::from_secs(SPREAD.as_secs().saturating_mul(u64::from(place)) >> 16)
    }

    /// Until when its money stays reserved: after that its provider may let it lapse.
    #[must_use]
    pub fn reserved_until(&self) -> Option<Timestamp> {
        let reserved = self.books().paid_by.and_then(|number| self.request(number));
        let reserved = reserved.filter(|_| self.status() == Status::PreAuthorized)?;
        Some(reserved.reserved_until.unwrap_or(reserved.created_at.plus(HOLD_LIFE)))
    }

    /// The payments that are not kept, each with the instant of its next refund: at once, or a day after a refusal, or
    /// sooner where the provider was not reached. None while a refund is under way, and after the refund window.
    fn refunds_due(&self) -> impl Iterator<Item = (usize, Timestamp)> {
        (1..).zip(&self.requests).filter_map(|(number, payment)| {
            let HubRefund { since, until } = payment.hub_refund?;
            let refunds: Vec<&TransactionRequest> = self.refunds_of(number).collect();
            if self.left_to_refund(number) == Amount::ZERO || refunds.iter().any(|refund| !refund.is_final()) {
                return None;
            }
            let attempts = refunds.iter().filter(|refund| refund.status().is_failure());
            let last = attempts.clone().filter_map(|refund| refund.latest()).max_by_key(|answer| answer.step);
            let at = match last {
                None => since,
                Some(answer) if is_refusal(answer) => answer.at.plus(A_DAY),
                Some(answer) => {
                    let doubled = u32::try_from(attempts.count()).unwrap_or(u32::MAX).min(16);
                    let pause = FIRST_QUESTION.saturating_mul(2_u32.saturating_pow(doubled));
                    answer.at.plus(pause.min(A_DAY))
                }
            };
            (at <= until).then_some((number, at))
        })
    }

    /// The refunds of the payment at `number`.
    pub(super) fn refunds_of(&self, number: usize) -> impl Iterator<Item = &TransactionRequest> {
        let is_own = self.books().paid_by == Some(number);
        let about = Some(number).filter(|_| !is_own);
        self.requests.iter().filter(move |request| {
            request.kind == RequestKind::Void && (request.about == about || (is_own && request.about.is_none()))
        })
    }

    /// Whether a payment of it is not kept, something of that is left, and the hub sends no more refunds of it.
    #[must_use]
    pub fn has_a_payment_that_cannot_be_refunded(&self) -> bool {
        let not_kept = (1..).zip(&self.requests).filter(|(_, payment)| payment.hub_refund.is_some());
        let left = not_kept.filter(|(number, _)| self.left_to_refund(*number) > Amount::ZERO);
        let is_under_way = |number| self.refunds_of(number).any(|refund| !refund.is_final());
        let mut stuck =
            left.filter(|(number, _)| !is_under_way(*number) && !self.refunds_due().any(|(due, _)| due == *number));
        stuck.next().is_some()
    }
}

/// Whether the provider refused. A provider without a record of the refund never received the call.
pub(super) fn is_refusal(answer: &Answer) -> bool {
    let is_unknown_there = answer.decline.as_ref().is_some_and(|why| why.code == DeclineCode::ProcessingError);
    answer.status == RequestStatus::Failed && !is_unknown_there
}

/// More queries than a boleto has: a year of weeks, a year of banking days past due, and its clearing.
const MAX_BOLETO_QUESTIONS: usize = 400;
