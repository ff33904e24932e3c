//! The first step of every goal: the worker reads, and decides what to do.

use domain::{
    charge::{
        Charge, Superseding,
        command::{Command, Requester},
        due::Task,
        request::Origin,
        status::Status,
    },
    ids::RequestId,
    limits::{CALL_WINDOW, MAX_ALIASES, STALE_INTENT},
    session::{Alias, Command as SessionCommand, Decision, Session, SessionStatus},
};
use model::bank::{ACCOUNTS, PayMethod};

use super::{Goal, Hub, KEYS, Next, Phase, SESSIONS};
use crate::{
    plan::Run,
    words::{self, abilities, payment_type},
};

impl Hub {
    pub(super) fn read(&mut self, goal: &Goal, run: Run) -> Next {
        match *goal {
            Goal::Pay { slot, pay_method, attempts } => self.read_to_pay(slot, pay_method, attempts, run),
            Goal::Order { slot, command, key } => {
                let id = words::request_id(500_000 + slot * 10 + key);
                self.read_to_ask(slot, command, id, Origin::Merchant, false, run)
            }
            Goal::Cancel { slot, ends_session } => {
                let (id, origin) = (self.fresh(), if ends_session { Origin::Merchant } else { Origin::Hub });
                self.read_to_ask(slot, Command::Cancel, id, origin, ends_session, run)
            }
            Goal::HubRefund { slot, payment } => {
                let id = self.fresh();
                self.read_to_ask(slot, Command::RefundUnkept(payment), id, Origin::Hub, false, run)
            }
            Goal::Look { slot, task } => self.read_to_look(slot, task, run),
            Goal::Learn { note } => self.read_to_learn(note, run),
            Goal::End { session, is_last } => self.read_to_end(session, is_last, run),
            Goal::Switch { session, on } => self.read_to_switch(session, on, run),
        }
    }

    pub(super) fn fresh(&mut self) -> RequestId {
        self.ids += 1;
        words::request_id(self.ids)
    }

    pub(crate) fn stored(&self, slot: usize) -> Option<&Charge> {
        self.slots[slot].charge.as_ref()
    }

    /// The charge as an environment reads it; a stale read is the charge before its last write.
    pub(super) fn read_charge(&self, slot: usize, run: Run) -> Option<Charge> {
        let stale = self.slots[slot].before.as_ref().filter(|_| run.is_stale);
        stale.or(self.slots[slot].charge.as_ref()).cloned()
    }

    pub(super) fn read_only_session(&self, index: usize, run: Run) -> Session {
        if run.is_stale { self.before[index].clone() } else { self.sessions[index].clone() }
    }

    fn read_to_pay(&self, slot: usize, pay_method: PayMethod, attempts: u8, run: Run) -> Next {
        if let Some(made) = self.stored(slot) {
            return self.replay(slot, made);
        }
        let (index, account) = (slot / KEYS, usize::from(run.luck / 8) % ACCOUNTS);
        if index == SESSIONS {
            let charge = words::intent(slot, pay_method, account, None, self.now);
            return charge
                .map_or(Next::Done, |charge| Next::Phase(Phase::Lock { read: None, charge, then: Vec::new() }));
        }
        let (session, now) = (self.read_only_session(index, run), words::at(self.now));
        if session.alias(words::charge_id(slot)).is_some() {
            return Next::Done;
        }
        let active = match session.decide(SessionCommand::Pay(payment_type(pay_method)), now) {
            Ok(Decision::Lock) => None,
            Ok(Decision::Locked(active)) if session.payable(payment_type(pay_method), now).is_ok() => {
                let Some(active) = self.read_charge(words::slot(active), run) else { return Next::Done };
                Some(active)
            }
            Ok(Decision::Locked(_) | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing) | Err(_) => {
                return Next::Done;
            }
        };
        let Some(charge) = words::intent(slot, pay_method, account, Some(&session), self.now) else {
            return Next::Done;
        };
        let then = match active {
            None => Vec::new(),
            Some(active) if active.method.kind() == payment_type(pay_method) => {
                return self.alias(slot, &session, &active);
            }
            Some(active) => {
                let cancel = Goal::Cancel { slot: words::slot(active.id), ends_session: false };
                match (self.rules.superseding)(&active, abilities) {
                    Superseding::CancelFirst if attempts > 0 => {
                        return Next::Goals(vec![cancel, Goal::Pay { slot, pay_method, attempts: attempts - 1 }]);
                    }
                    Superseding::AtOnce => vec![cancel],
                    Superseding::CancelFirst
                    | Superseding::Never { .. }
                    | Superseding::Reserved
                    | Superseding::Busy => return Next::Done,
                }
            }
        };
        Next::Phase(Phase::Lock { read: Some(session), charge, then })
    }

    /// The same payment method under another key: answered with the active charge, and remembered.
    fn alias(&self, slot: usize, session: &Session, active: &Charge) -> Next {
        if !active.is_payable(words::at(self.now)) || session.aliases.len() >= MAX_ALIASES {
            return Next::Done;
        }
        let (id, charge, step) = (words::charge_id(slot), active.id, active.step());
        let mut next = Session { version: session.version + 1, ..session.clone() };
        next.aliases.push(Alias { id, charge, step, body: String::new() });
        Next::Phase(Phase::Change { next, then: Vec::new() })
    }

    /// The same key again: a stale intent is reconciled.
    fn replay(&self, slot: usize, made: &Charge) -> Next {
        let number = made.creation();
        let is_stale = made.request(number).is_some_and(|request| {
            request.first().is_none() && words::at(self.now) > request.created_at.plus(STALE_INTENT)
        });
        if is_stale { Next::Goals(vec![Goal::Look { slot, task: Task::Reconcile(number) }]) } else { Next::Done }
    }

    fn read_to_ask(
        &self,
        slot: usize,
        command: Command,
        id: RequestId,
        origin: Origin,
        ends_session: bool,
        run: Run,
    ) -> Next {
        let Some(charge) = self.read_charge(slot, run) else { return Next::Done };
        if charge.number_of(id).is_some() {
            return Next::Done;
        }
        let Ok(intent) = (self.rules.command)(&charge, command, abilities) else { return Next::Done };
        let now = words::at(self.now);
        let requester = Requester {
            id,
            origin,
            body: None,
            merchant_reference: None,
            ends_session,
            call_before: now.plus(CALL_WINDOW),
        };
        let Some(via) = charge.via() else { return Next::Done };
        let next = charge.with_intent(intent, requester.clone(), via, now);
        let payment = (self.rules.payment_of)(&next, next.requests.len());
        let Some(payment) = next.request(payment) else { return Next::Done };
        let next = charge.with_intent(intent, requester, payment.via, now);
        Next::Phase(Phase::Intend { read: charge.version, next })
    }

    fn read_to_look(&self, slot: usize, task: Task, run: Run) -> Next {
        let Some(charge) = self.read_charge(slot, run) else { return Next::Done };
        let (number, expires) = match task {
            Task::Reconcile(number) => (number, false),
            Task::Expire => (charge.payment(), true),
            Task::ReconcilePayment | Task::ReconcileReservation => (charge.payment(), false),
            Task::Refund(payment) => return Next::Goals(vec![Goal::HubRefund { slot, payment }]),
        };
        Next::Phase(Phase::Query { charge, number, expires })
    }

    fn read_to_end(&self, index: usize, is_last: bool, run: Run) -> Next {
        let session = self.read_only_session(index, run);
        let (version, now) = (session.version + 1, words::at(self.now));
        let canceled = Session { status: SessionStatus::Canceled, lock: None, version, ..session.clone() };
        match session.decide(SessionCommand::Cancel, now) {
            Ok(Decision::Cancel) => Next::Phase(Phase::Change { next: canceled, then: Vec::new() }),
            Ok(Decision::Locked(active)) => {
                let slot = words::slot(active);
                let Some(active) = self.read_charge(slot, run) else { return Next::Done };
                if active.status() != Status::Pending || !active.method.kind().is_asynchronous() {
                    return Next::Done;
                }
                let may_cancel = (self.rules.command)(&active, Command::Cancel, abilities).is_ok();
                if may_cancel && !is_last {
                    let cancel = Goal::Cancel { slot, ends_session: true };
                    return Next::Goals(vec![cancel, Goal::End { session: index, is_last: true }]);
                }
                // While the registration is under way, there is nothing to cancel yet.
                if active.request(active.creation()).is_some_and(|creation| !creation.is_final()) {
                    return Next::Done;
                }
                Next::Phase(Phase::Change { next: canceled, then: Vec::new() })
            }
            Ok(Decision::Lock | Decision::SetActive(_) | Decision::Nothing) | Err(_) => Next::Done,
        }
    }

    /// Switching a session off also cancels its active charge, afterwards.
    fn read_to_switch(&self, index: usize, on: bool, run: Run) -> Next {
        let session = self.read_only_session(index, run);
        let command = if on { SessionCommand::Enable } else { SessionCommand::Disable };
        match session.decide(command, words::at(self.now)) {
            Ok(Decision::SetActive(is_active)) => {
                let cancel = |active| Goal::Cancel { slot: words::slot(active), ends_session: false };
                let then = session.lock.filter(|_| !is_active).map(cancel).into_iter().collect();
                let next = Session { is_active, version: session.version + 1, ..session };
                Next::Phase(Phase::Change { next, then })
            }
            Ok(Decision::Lock | Decision::Locked(_) | Decision::Cancel | Decision::Nothing) | Err(_) => Next::Done,
        }
    }
}
