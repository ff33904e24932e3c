//! A refund: a devolução whose id is the hub's reference. The bank answers a second PUT of the same id with an error, so
//! after a lost answer the devolução is read first, and sent only where the bank has none.

use domain::{
    charge::{Outcome, decline::DeclineCode},
    money::Amount,
};

use super::{
    answer::{Cob, Devolucao, Refusal, is_id, is_of_the_bank},
    reading::{self, DONE, NOT_DONE, UNDER_WAY},
    request::Bank,
};
use crate::{BuildError, Call, HttpAnswer, Progress, Step};

/// Finds the end-to-end id of the payment, which the hub does not know: an operator recorded the payment.
const FIND: u8 = 1;
/// Reads the devolução before it is sent again.
const READ: u8 = 2;
/// Sends it.
const SEND: u8 = 3;
/// Reads it after the bank refused it: an id that was used is refused too.
const READ_REFUSED: u8 = 4;

/// One refund that is asked for, or asked about.
#[derive(Clone, Copy)]
pub(super) struct Refund<'a> {
    pub(super) reference: &'a str,
    pub(super) payment: &'a str,
    pub(super) transaction_id: Option<&'a str>,
    pub(super) amount: Amount,
    pub(super) aim: Aim,
}

/// Why the bank is asked about a refund.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// To make it.
    Make,
    /// To make it where the bank has none: it may have been sent before.
    MakeOnce,
    /// To know of it: nothing is sent.
    Know,
}

impl Refund<'_> {
    pub(super) fn begin(self, bank: &Bank) -> Result<Call, BuildError> {
        match self.transaction_id.filter(|id| is_id(id)) {
            Some(id) => self.of(bank, id),
            None => Ok(Call::safe(bank.read(self.payment)?).at(FIND, None)),
        }
    }

    pub(super) fn next(self, bank: &Bank, progress: &Progress, answer: &HttpAnswer) -> Step {
        let Some(end_to_end_id) = progress.kept.as_deref() else { return self.found(bank, answer) };
        let said = self.read(answer);
        let refusal = Refusal::of(bank.profile, answer);
        match (progress.step, said, refusal) {
            (_, Some(outcome), _) => outcome.into(),
            (READ, None, Refusal::NotFound) if self.aim == Aim::Know => Outcome::NotFound.into(),
            (READ, None, Refusal::NotFound) => step(self.send(bank, end_to_end_id)),
            (SEND, None, Refusal::Invalid) => {
                let read = bank.read_refund(end_to_end_id, self.reference);
                step(read.map(|request| Call::safe(request).at(READ_REFUSED, progress.kept.clone())))
            }
            // The page of a server in between proves nothing: the devolução may have been made.
            (SEND, None, Refusal::NotAllowed) if self.aim == Aim::Make && is_of_the_bank(bank.profile, answer) => {
                Outcome::NotSent.into()
            }
            (SEND | READ_REFUSED, None, Refusal::NotFound) => Outcome::Declined(DeclineCode::Generic.into()).into(),
            (_, None, Refusal::Invalid | Refusal::NotAllowed | Refusal::NotFound | Refusal::Unclear) => {
                Outcome::Unknown.into()
            }
        }
    }

    /// The first call about the Pix of this id.
    fn of(self, bank: &Bank, end_to_end_id: &str) -> Result<Call, BuildError> {
        if self.aim == Aim::Make {
            return self.send(bank, end_to_end_id);
        }
        let request = bank.read_refund(end_to_end_id, self.reference)?;
        Ok(Call::safe(request).at(READ, Some(end_to_end_id.to_owned())))
    }

    fn send(self, bank: &Bank, end_to_end_id: &str) -> Result<Call, BuildError> {
        let request = bank.refund(end_to_end_id, self.reference, self.amount)?;
        Ok(Call::with_effect(request).at(SEND, Some(end_to_end_id.to_owned())))
    }

    /// The only Pix that paid the cob. Of several, the hub does not know which is meant.
    fn found(self, bank: &Bank, answer: &HttpAnswer) -> Step {
        let cob = Some(answer).filter(|answer| answer.status == 200).and_then(|answer| Cob::read(answer, self.payment));
        match cob.as_ref().map(|cob| cob.pix.as_slice()) {
            Some([only]) => step(self.of(bank, &only.end_to_end_id.0)),
            Some(_) | None if self.aim == Aim::Make => Outcome::NotSent.into(),
            Some(_) | None => Outcome::Unknown.into(),
        }
    }

    /// What a devolução says that is this one.
    fn read(self, answer: &HttpAnswer) -> Option<Outcome> {
        if !matches!(answer.status, 200 | 201) {
            return None;
        }
        let devolucao: Devolucao = answer.read()?;
        if devolucao.id.0 != self.reference || devolucao.valor.0 != self.amount {
            return None;
        }
        let receipt = || reading::receipt(&reading::refund_id(&devolucao));
        match devolucao.status.as_str() {
            UNDER_WAY => Some(Outcome::Pending(receipt())),
            DONE => Some(Outcome::Approved(receipt())),
            NOT_DONE => Some(Outcome::Declined(DeclineCode::Generic.into())),
            _ => None,
        }
    }
}

/// A call that can be built for one operation can be built for its next step.
fn step(call: Result<Call, BuildError>) -> Step {
    call.map_or_else(|_| Outcome::Unknown.into(), Step::Call)
}
