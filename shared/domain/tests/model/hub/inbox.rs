//! The inbox: one record for each thing that the bank told, written together with what it did.

use super::{Hub, Next, Phase, Record, Word};
use crate::{
    bank::{Millis, Said, Way},
    check::Broken,
    notes::News,
    plan::Fate,
    words,
};
use domain::charge::Charge;

/// How long a notice waits before it is looked at again.
const LATER: Millis = 60_000;
/// How long it waits at most: seven days.
pub(super) const PATIENCE: Millis = 7 * 24 * 3_600_000;

impl Hub {
    /// Reads what the notice is about. How much was paid is asked again: anybody may say anything.
    pub(super) fn read_to_hear(&mut self, note: usize) -> Next {
        if self.inbox.len() <= note {
            self.inbox.resize(note + 1, Record::None);
        }
        if self.inbox[note] == Record::Applied {
            return Next::Done;
        }
        let told = self.bank.notes[note];
        let Some(charge) = self.stored(told.about.charge).cloned() else { return Next::Done };
        match told.news {
            News::Paid(_) => Next::Phase(Phase::AskAgain { charge, note }),
            _ => Next::Phase(Phase::Settle { charge, word: Word::Note(note, None) }),
        }
    }

    /// A notice comes again under another record. Only that of a refund's failure must come once: told after the refund
    /// was done it says that the money came back.
    pub(super) fn forget(&mut self, note: usize) {
        if self.record(note) == Record::Applied && self.bank.notes[note].news != News::RefundFailed {
            self.inbox[note] = Record::None;
        }
    }

    pub(super) fn ask_again(&mut self, charge: Charge, note: usize, fate: Fate) -> Result<Next, Broken> {
        let about = self.bank.notes[note].about;
        let said = (fate == Fate::Answered).then(|| self.bank.tell(&about));
        let paid = match (said, words::way(&charge)) {
            (Some(Said::Paid(paid)), _) => paid,
            (Some(Said::Approved), Way::Card | Way::CardReserved) => charge.original_amount.minor(),
            (Some(Said::Canceled), Way::CardReserved) => {
                // There is nothing left to be taken.
                self.inbox[note] = Record::Applied;
                return Ok(Next::Done);
            }
            (None, _) => return Ok(self.put_off(&Word::Note(note, None))),
            (Some(_), _) => return self.give_to_somebody(&charge, &Word::Note(note, None)),
        };
        Ok(Next::Phase(Phase::Settle { charge, word: Word::Note(note, Some(paid)) }))
    }

    /// It is about something that the hub does not know of yet.
    pub(super) fn put_off(&mut self, word: &Word) -> Next {
        if let Word::Note(note, _) = word {
            let next = match self.inbox[*note] {
                Record::Applied => Record::Applied,
                Record::Waiting(_, since) if self.now - since >= PATIENCE => Record::Unresolved,
                Record::Waiting(_, since) => Record::Waiting(self.now + LATER, since),
                Record::Unresolved => Record::Unresolved,
                Record::None => Record::Waiting(self.now + LATER, self.now),
            };
            self.inbox[*note] = next;
        }
        Next::Done
    }

    /// It contradicts what the hub knows. A refund that is true does so only where the hub knows of less money: what is
    /// merely promised to others may come free.
    pub(super) fn give_to_somebody(&mut self, charge: &Charge, word: &Word) -> Result<Next, Broken> {
        let Word::Note(index, _) = word else { return Ok(Next::Done) };
        let note = self.bank.notes[*index];
        if let News::Refunded(amount) | News::RefundBegun(amount) = note.news
            && self.bank.is_true(&note)
            && amount <= charge.amount().minor()
        {
            return Err(Broken(format!("nobody will look at {note:?} again, which may come to be possible")));
        }
        if self.inbox[*index] != Record::Applied {
            self.inbox[*index] = Record::Unresolved;
        }
        Ok(Next::Done)
    }

    /// The notices that say what is in the books and that the hub has not taken note of.
    pub(crate) fn unheard(&self) -> impl Iterator<Item = &crate::notes::Note> {
        let notes = self.bank.notes.iter().enumerate();
        let unheard = notes.filter(|(index, note)| self.record(*index) != Record::Applied && self.bank.is_true(note));
        unheard.map(|(_, note)| note)
    }
}
