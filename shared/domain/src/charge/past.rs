//! A charge as it stood when one of its events happened.
//!
//! A stream shows the charge right after its event; this reads the same out of what it has become, for what the stream
//! has lost and for the first of two events of one write (design §5). Requests are told apart by their events, and by
//! their instants where they have none.

use super::{
    Charge,
    event::{Change, EventName, event},
    request::{RequestStatus, Standing, TransactionRequest},
};
use crate::time::Timestamp;

/// One event of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What it says.
    pub name: EventName,
    /// When it happened.
    pub at: Timestamp,
    /// The charge as it stood then: to be shown, never to be stored.
    pub charge: Charge,
}

impl Charge {
    /// Its event with this number, from 1; none where it has had no such event.
    #[must_use]
    pub fn at_event(&self, no: u32) -> Option<Moment> {
        let (cause, name) = self.requests.iter().find_map(|request| {
            let event = request.events.iter().find(|event| event.no == no)?;
            Some((request, event.name))
        })?;
        let is_creation = no == 1 && event(self.method.kind(), Change::Created).is_some();
        let (at, requests) = if is_creation {
            let intent = self.requests.first().map(|first| first.seen(no, Standing::Running));
            (self.created_at, intent.into_iter().collect())
        } else {
            let at = cause.latest()?.at;
            (
                at,
                (1..).zip(&self.requests).filter_map(|(number, request)| self.known(number, request, no, at)).collect(),
            )
        };
        let charge = Self { requests, updated_at: at, event_no: no, owes_void: None, ..self.clone() };
        Some(Moment { name, at, charge })
    }

    /// The request at `number` as it stood when the event `no` happened at `at`; none where it was not there yet.
    fn known(&self, number: usize, request: &TransactionRequest, no: u32, at: Timestamp) -> Option<TransactionRequest> {
        if !request.was_there(no, at) {
            return None;
        }
        let is_known = |answered: Timestamp| answered <= at && !request.has_event_after(no);
        let standing = match request.standing.clone() {
            Standing::Open { answer, after } if is_known(answer.at) => Standing::Open { answer, after },
            Standing::Final { answer, after, end: Some(end) } if is_known(end.at) => {
                Standing::Final { answer, after, end: Some(end) }
            }
            Standing::Final { answer, after, end: Some(_) } if answer.at <= at => Standing::Open { answer, after },
            Standing::Final { answer, after, end: None } if is_known(answer.at) => {
                // A refund under way is ended by another request, which names it.
                let is_ended = answer.status != RequestStatus::Processing
                    || self.requests.iter().any(|other| other.names == Some(number) && other.was_there(no, at));
                if is_ended { Standing::Final { answer, after, end: None } } else { Standing::Open { answer, after } }
            }
            Standing::Running | Standing::Open { .. } | Standing::Final { .. } => Standing::Running,
        };
        Some(request.seen(no, standing))
    }
}

impl TransactionRequest {
    fn has_event_after(&self, no: u32) -> bool {
        self.events.iter().any(|event| event.no > no)
    }

    /// Whether it was in the list when the event `no` happened at `at`. What a provider told came with its event.
    fn was_there(&self, no: u32, at: Timestamp) -> bool {
        self.created_at <= at && !(self.was_told() && self.has_event_after(no))
    }

    fn seen(&self, no: u32, standing: Standing) -> Self {
        let events = self.events.iter().copied().filter(|event| event.no <= no).collect();
        Self { standing, events, ..self.clone() }
    }
}
