//! When the hub must look at a charge by itself, and for what (design §3, "Due").

use std::time::Duration;

use super::{
    Charge,
    request::{RequestKind, RequestStatus, Standing},
    status::Status,
};
use crate::{
    limits::{FIRST_QUESTION, HOLD_LIFE, LAST_QUESTION, MAX_OWED_VOIDS},
    time::Timestamp,
};

/// Something that the hub must do for a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Ask what came of the request at this number, from 1.
    Ask(usize),
    /// Ask once more whether it was paid; if not, it has failed.
    Expire,
    /// Ask whether its money is still reserved.
    AskHold,
    /// Give back what it owes.
    GiveBack,
}

impl Charge {
    /// The nearest open deadline.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.deadlines().map(|(at, _)| at).min()
    }

    /// What is to be done at `now`.
    #[must_use]
    pub fn tasks(&self, now: Timestamp) -> Vec<Task> {
        self.deadlines().filter(|(at, _)| *at <= now).map(|(_, task)| task).collect()
    }

    /// How long after a question to the provider the next one is due: as long again as nothing has changed and nothing
    /// was asked for, within bounds, so that the pauses double.
    #[must_use]
    pub fn question_pause(&self, now: Timestamp) -> Duration {
        let asked_at = self.requests.last().map_or(self.created_at, |request| request.created_at);
        now.since(self.updated_at.max(asked_at)).clamp(FIRST_QUESTION, LAST_QUESTION)
    }

    fn deadlines(&self) -> impl Iterator<Item = (Timestamp, Task)> {
        let questions = (1..).zip(&self.requests).filter_map(|(number, request)| match &request.standing {
            Standing::Running => Some((request.call_before, Task::Ask(number))),
            Standing::Open { answer, .. } => Some((answer.at.plus(FIRST_QUESTION), Task::Ask(number))),
            Standing::Final { .. } => None,
        });
        let status = self.status();
        let expiry = self.expires_at().filter(|_| status == Status::Pending).map(|at| (at, Task::Expire));
        let hold = self.held_since().filter(|_| status == Status::PreAuthorized);
        let hold = hold.map(|since| (since.plus(HOLD_LIFE), Task::AskHold));
        let debt = self.debt_due().map(|at| (at, Task::GiveBack));
        questions.chain(expiry).chain(hold).chain(debt)
    }

    fn held_since(&self) -> Option<Timestamp> {
        let held = self.requests.iter().find(|request| {
            request.kind == RequestKind::PreAuthorization && request.status() == RequestStatus::Success
        })?;
        Some(held.created_at)
    }

    /// When what is owed is to be given back, or tried to be again; none while a try is under way, and after
    /// [`MAX_OWED_VOIDS`] of them.
    fn debt_due(&self) -> Option<Timestamp> {
        let since = self.owes_void.filter(|_| self.under_way(RequestKind::Void).next().is_none())?;
        // A refund that was told as under way and refused later is one try: its end says that it failed.
        let has_failed = |status| matches!(status, RequestStatus::Failed | RequestStatus::InternalError);
        let refused = self.requests.iter().filter(|request| {
            request.kind == RequestKind::Void && request.created_at >= since && has_failed(request.status())
        });
        let last = refused.clone().filter_map(|request| request.latest()).map(|answer| answer.at).max();
        let tries = u32::try_from(refused.count()).unwrap_or(u32::MAX);
        if tries >= MAX_OWED_VOIDS {
            return None;
        }
        let pause = FIRST_QUESTION.saturating_mul(2_u32.saturating_pow(tries)).min(LAST_QUESTION);
        Some(last.map_or(since, |last| last.plus(pause)))
    }

    /// Whether it still owes money and is not going to try again by itself.
    #[must_use]
    pub fn has_given_up_giving_back(&self) -> bool {
        self.owes_void.is_some() && self.under_way(RequestKind::Void).next().is_none() && self.debt_due().is_none()
    }
}
