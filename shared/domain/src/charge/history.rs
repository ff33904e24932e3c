//! A charge as it was at one step of its life: the answer to an idempotent replay, and the content of an event.
//!
//! A step is one request or one answer. The charge counts its steps, so that no instants of two machines are compared.

use serde::{Deserialize, Serialize};

use super::{
    Charge,
    event::{Event, EventName},
    request::{Answer, Origin, RequestKind, RequestStatus, TransactionRequest, Via},
};
use crate::{ids::RequestId, money::Amount, time::Timestamp};

/// One event of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What it says.
    pub name: EventName,
    /// When it happened.
    pub at: Timestamp,
    /// The charge as it was then: to be shown, never to be stored in place of the charge.
    pub charge: Charge,
}

/// One line of a charge's list of transaction requests, as answers print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its id.
    pub id: RequestId,
    /// The number of the request that it shows, from 1.
    pub number: usize,
    /// What was asked.
    pub kind: RequestKind,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Origin::is_merchant")]
    pub origin: Origin,
    /// The provider account that was asked.
    pub via: Via,
    /// For how much.
    pub amount: Amount,
    /// When it began.
    pub created_at: Timestamp,
    /// Its answer; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The step at which it began.
    step: u32,
}

impl Entry {
    /// How far it has come.
    #[must_use]
    pub fn status(&self) -> RequestStatus {
        self.answer.as_ref().map_or(RequestStatus::Running, |answer| answer.status)
    }
}

impl Charge {
    /// The number of its last step.
    #[must_use]
    pub fn step(&self) -> u32 {
        let steps = self.requests.iter().map(|request| request.latest().map_or(request.step, |answer| answer.step));
        steps.max().unwrap_or(0)
    }

    pub(super) fn next_step(&self) -> u32 {
        self.step().saturating_add(1)
    }

    /// The charge as it was at `step`.
    #[must_use]
    pub fn as_of(&self, step: u32) -> Self {
        let known = self.requests.iter().filter(|request| request.step <= step);
        let requests: Vec<TransactionRequest> = known
            .map(|request| {
                let answers = request.answers.iter().filter(|answer| answer.step <= step).cloned().collect();
                TransactionRequest { answers, ..request.clone() }
            })
            .collect();
        let answers = || requests.iter().flat_map(|request| &request.answers);
        let updated_at = answers().max_by_key(|answer| answer.step).map_or(self.created_at, |answer| answer.at);
        let event_no = requests.iter().flat_map(events).map(|(_, event, _)| event.no).max().unwrap_or(0);
        Self { requests, event_no, updated_at, ..self.clone() }
    }

    /// The step at which the request at `number` (from 1) was answered first; none before that.
    #[must_use]
    pub fn answered_at(&self, number: usize) -> Option<u32> {
        Some(self.request(number)?.first()?.step)
    }

    /// Its event with this number, from 1; none where it has had no such event.
    #[must_use]
    pub fn at_event(&self, no: u32) -> Option<Moment> {
        let (step, event, at) = self.requests.iter().flat_map(events).find(|(_, event, _)| event.no == no)?;
        Some(Moment { name: event.name, at, charge: self.as_of(step) })
    }

    /// When it was paid for the first time.
    #[must_use]
    pub fn paid_at(&self) -> Option<Timestamp> {
        let paid = self.requests.iter().flat_map(events).filter(|(_, event, _)| event.name == EventName::Authorized);
        paid.min_by_key(|(_, event, _)| event.no).map(|(_, _, at)| at)
    }

    /// Its list as answers print it, newest first.
    ///
    /// A Pix refund that was accepted first and confirmed later is one request, printed as two entries. So is a request
    /// that was refused first and done after all. Of the hub's own refunds that were refused, only the last is printed.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let shown = (1..).zip(&self.requests).filter(|(number, _)| self.is_printed(*number));
        let mut entries: Vec<Entry> = shown.flat_map(|(number, request)| request.entries(number)).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.step));
        entries
    }

    /// Whether the request at `number` (from 1) is printed: of the hub's own refunds that were refused, only the last.
    pub(super) fn is_printed(&self, number: usize) -> bool {
        let is_refused = TransactionRequest::is_refused_refund_of_the_hub;
        !self.request(number).is_some_and(is_refused) || !self.requests.iter().skip(number).any(is_refused)
    }
}

impl TransactionRequest {
    fn is_refused_refund_of_the_hub(&self) -> bool {
        self.kind == RequestKind::Void && self.origin == super::request::Origin::Hub && self.status().is_failure()
    }

    fn entries(&self, number: usize) -> Vec<Entry> {
        let mut entries = vec![self.entry(number)];
        for answer in &self.answers {
            if let Some(id) = answer.entry {
                let (created_at, step) = (answer.at, answer.step);
                entries.push(Entry { id, created_at, step, ..self.entry(number) });
            }
            if let Some(entry) = entries.last_mut() {
                entry.answer = Some(answer.clone());
                entry.amount = answer.amount.unwrap_or(entry.amount);
            }
        }
        entries
    }

    /// Its first entry, while it runs.
    const fn entry(&self, number: usize) -> Entry {
        Entry {
            id: self.id,
            number,
            kind: self.kind,
            origin: self.origin,
            via: self.via,
            amount: self.amount,
            created_at: self.created_at,
            answer: None,
            step: self.step,
        }
    }
}

/// The events that a request and its answers caused, each with its step and its instant.
fn events(request: &TransactionRequest) -> impl Iterator<Item = (u32, Event, Timestamp)> {
    let stored = request.event.map(|event| (request.step, event, request.created_at));
    let learned = request.answers.iter().filter_map(|answer| Some((answer.step, answer.event?, answer.at)));
    stored.into_iter().chain(learned)
}
