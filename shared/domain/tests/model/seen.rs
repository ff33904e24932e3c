//! What callers and webhooks received, and that replays show the same for ever.

use domain::charge::{Charge, event::EventName};

use crate::{check::Broken, words};

/// What was shown: answers by charge and step, and events by charge and number.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    answers: Vec<(usize, u32, String)>,
    events: Vec<(usize, u32, EventName, String)>,
}

/// A charge as the API prints it.
pub(crate) fn print(charge: &Charge) -> String {
    let entry = |entry: &domain::charge::Entry| {
        let decline =
            entry.answer.as_ref().and_then(|answer| answer.decline.as_ref()).map(|decline| decline.code.name());
        (entry.id, entry.kind.name(), entry.amount, entry.status().name(), entry.created_at.as_millis(), decline)
    };
    let entries: Vec<_> = charge.entries().iter().map(entry).collect();
    format!("{} {} {entries:?}", charge.status(), charge.amount().minor())
}

/// Whether the snapshot of a charge shows what follows from the charge's own list.
fn is_whole(charge: &Charge) -> bool {
    let (snapshot, created) = (charge.snapshot(), charge.request(charge.creation()).unwrap());
    let answered = created.latest().map_or(created.created_at, |answer| answer.at);
    snapshot.payable() == charge.payable() && snapshot.registration() == Some((created.id, answered))
}

impl Seen {
    /// A caller was answered with the charge as it was at `step`.
    pub(crate) fn answered(&mut self, shown: &Charge, step: u32) {
        self.answers.push((words::slot(shown.id), step, print(shown)));
    }

    pub(crate) fn opened(&mut self, charge: &Charge) -> Result<(), Broken> {
        self.events(charge, 0)
    }

    /// What a write shows: the answers to what was asked, and its events.
    pub(crate) fn changed(
        &mut self,
        old: &Charge,
        new: &Charge,
        as_of: fn(&Charge, u32) -> Charge,
    ) -> Result<(), Broken> {
        for number in 1..=old.requests.len() {
            if let (None, Some(step)) = (old.answered_at(number), new.answered_at(number)) {
                self.answered(&as_of(new, step), step);
            }
        }
        let (now, then) = (print(new), print(&new.as_of(new.step())));
        if now != then {
            return Err(Broken(format!("a charge as of its last step is not as it is: {now} {then}")));
        }
        if !is_whole(new) {
            return Err(Broken::new("a snapshot shows another charge"));
        }
        self.events(new, old.event_no)
    }

    fn events(&mut self, charge: &Charge, from: u32) -> Result<(), Broken> {
        for no in from + 1..=charge.event_no {
            let Some(moment) = charge.at_event(no) else {
                return Err(Broken(format!("an event has no number: {no} of {}", charge.event_no)));
            };
            self.events.push((words::slot(charge.id), no, moment.name, print(&moment.charge)));
        }
        match charge.at_event(charge.event_no + 1) {
            Some(_) => Err(Broken::new("a charge has more events than it counts")),
            None => Ok(()),
        }
    }

    /// Every replay prints the first answer, and every event is rebuilt as it was.
    pub(crate) fn is_shown_again(&self, charge: &Charge, as_of: fn(&Charge, u32) -> Charge) -> Result<(), Broken> {
        let slot = words::slot(charge.id);
        for (_, step, first) in self.answers.iter().filter(|(other, ..)| *other == slot) {
            let again = print(&as_of(charge, *step));
            if again != *first {
                return Err(Broken(format!("a replay is not the first answer: {again} after {first}")));
            }
        }
        let mut count = 0;
        for (_, no, name, first) in self.events.iter().filter(|(other, ..)| *other == slot) {
            count += 1;
            let again = charge.at_event(*no).map(|moment| (moment.name, print(&moment.charge)));
            if *no != count || again.as_ref() != Some(&(*name, first.clone())) {
                return Err(Broken(format!("event {no} is rebuilt differently: {again:?} after {first}")));
            }
        }
        if count == charge.event_no { Ok(()) } else { Err(Broken::new("an event was seen twice or never")) }
    }
}
