//! What must hold: of every write, after every step, and at the end.

use domain::{
    charge::{
        Charge,
        event::{Event, EventName},
        request::{RequestKind, RequestStatus, Standing, TransactionRequest},
        status::Status,
    },
    limits::MAX_OWED_VOIDS,
    session::{Session, SessionStatus},
};

use crate::{
    bank::{Bank, Giving, Key, Payment, Refund, Way},
    hub::{Hub, SESSIONS},
    words,
};

/// Something that must hold does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl Broken {
    pub(crate) fn new(what: &str) -> Self {
        Self(what.to_owned())
    }
}

/// Why a charge is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody asks for something.
    Asked,
    Learned,
    LateMoney,
}

fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(what())) }
}

/// A new charge: only a card's tells its merchant at once.
pub(crate) fn opened(charge: &Charge) -> Result<(), Broken> {
    let is_card = matches!(words::way(charge), Way::Card | Way::CardReserved);
    let expected = is_card.then_some(EventName::Pending);
    must(told(charge) == expected.into_iter().collect::<Vec<_>>(), || "a new charge tells something else".to_owned())
}

/// One write of a charge.
pub(crate) fn changed(old: &Charge, new: &Charge, cause: Cause) -> Result<(), Broken> {
    let id = words::slot(new.id);
    must(new.version > old.version, || format!("charge {id} was written without a new version"))?;
    must(new.requests.len() >= old.requests.len(), || format!("charge {id} lost a request"))?;
    for (number, (before, after)) in (1..).zip(old.requests.iter().zip(&new.requests)) {
        let is_same = (before.id, before.kind, before.amount, before.via, before.created_at)
            == (after.id, after.kind, after.amount, after.via, after.created_at);
        let is_kept = match &before.standing {
            Standing::Running => true,
            Standing::Open { .. } => before.answered() == after.answered(),
            Standing::Final { .. } => before == after,
        };
        must(is_same && is_kept, || format!("request {number} of charge {id} was rewritten: {before:?} {after:?}"))?;
        if after.is_final() && after.kind == RequestKind::Void && matches!(before.standing, Standing::Open { .. }) {
            let end = new.requests.iter().find(|request| request.names == Some(number));
            // A Pix's is printed as under way for ever, and another one says how it ended (seed 001). Others end where
            // they began, unless the bank gave back another amount.
            let is_told_by_another = match words::way(new) {
                Way::Pix => true,
                Way::Card | Way::CardReserved | Way::Boleto | Way::Drip => {
                    end.is_some_and(|end| end.amount != after.amount)
                }
            };
            let is_right = end.is_some() == is_told_by_another
                && (after.status() == RequestStatus::Processing) == is_told_by_another;
            must(is_right, || format!("the refund {number} of charge {id} ended in the wrong place"))?;
        }
    }
    let (from, to) = (old.status(), new.status());
    let is_ended = match from {
        Status::Failed | Status::Canceled => cause != Cause::LateMoney,
        Status::Voided => to != Status::ChargedBack && new.amount() <= old.amount(),
        Status::ChargedBack => true,
        Status::Pending | Status::PreAuthorized | Status::Authorized | Status::RefundPending => false,
    };
    must(!is_ended || from == to, || format!("charge {id} was {from}, which is an end, and is {to}"))?;
    let (before, after) = (told(old), told(new));
    let expected: Vec<_> = before.into_iter().chain(event(old, new)).collect();
    must(after == expected, || format!("charge {id} went from {from} to {to} and tells {after:?}, not {expected:?}"))
}

/// The names of a charge's events in their order; none after the first whose number is missing or doubled.
fn told(charge: &Charge) -> Vec<EventName> {
    let mut events: Vec<Event> = charge.requests.iter().flat_map(|request| request.events.iter().copied()).collect();
    events.sort_by_key(|event| event.no);
    let is_counted = (1..).zip(&events).all(|(no, event)| event.no == no) && events.len() == charge.event_no as usize;
    if is_counted { events.into_iter().map(|event| event.name).collect() } else { Vec::new() }
}

/// What the merchant must be told of a write: of what it can see to have changed, once.
fn event(old: &Charge, new: &Charge) -> Option<EventName> {
    let (from, to, before, after) = (old.status(), new.status(), old.amount(), new.amount());
    let had_money = !matches!(from, Status::Pending | Status::Failed | Status::Canceled);
    match to {
        Status::Pending if from == to => {
            let now_payable = new.payable().is_some() && old.payable().is_none();
            now_payable.then_some(EventName::Pending)
        }
        Status::Failed | Status::Canceled | Status::ChargedBack if from != to => Some(match to {
            Status::Failed => EventName::Failed,
            Status::Canceled => EventName::Canceled,
            _ => EventName::ChargedBack,
        }),
        Status::PreAuthorized if from != to => Some(EventName::PreAuthorized),
        Status::Authorized if !had_money || from == Status::PreAuthorized => Some(EventName::Authorized),
        _ if after < before => Some(EventName::Voided),
        _ if after > before => Some(EventName::RevertVoid),
        Status::RefundPending if accepted(new) > accepted(old) => Some(EventName::RefundPending),
        Status::Authorized if from != to => Some(EventName::Authorized),
        _ => note(old, new),
    }
}

/// How many refunds were told to be under way.
fn accepted(charge: &Charge) -> usize {
    let told = charge.requests.iter().filter(|request| request.kind == RequestKind::Void);
    told.filter(|request| request.answered().is_some_and(|(answer, _)| answer.status == RequestStatus::Processing))
        .count()
}

fn note(old: &Charge, new: &Charge) -> Option<EventName> {
    match (old.is_dispute(), new.is_dispute()) {
        (false, true) => Some(EventName::Dispute),
        (true, false) => Some(EventName::DisputeClosed),
        (false, false) | (true, true) => None,
    }
}

/// One write of a session: what has ended stays so.
pub(crate) fn session_changed(old: &Session, new: &Session) -> Result<(), Broken> {
    let is_next = match (old.status, new.status) {
        (SessionStatus::Created, _) | (SessionStatus::Paid, SessionStatus::Voided) => true,
        (from, to) => from == to,
    };
    let is_kept = old.status == SessionStatus::Created || old.claim == new.claim;
    must(is_next && is_kept, || format!("a session went from {} to {}", old.status, new.status))
}

/// A payment that was given up for its session's end, and the session after that.
pub(crate) fn ended(old: &Charge, new: &Charge, session: Option<&Session>) -> Result<(), Broken> {
    let pairs = old.requests.iter().zip(&new.requests);
    let ends = |(before, after): (&TransactionRequest, &TransactionRequest)| {
        let is_told = before.answered().is_none() && after.status() == RequestStatus::Success;
        is_told && after.kind == RequestKind::Cancel && after.ends_session
    };
    let is_over = new.status() == Status::Canceled && pairs.into_iter().any(ends);
    let is_canceled = session.is_some_and(|session| session.status == SessionStatus::Canceled);
    must(!is_over || is_canceled, || format!("charge {} was given up, but not its session", words::slot(new.id)))
}

/// What the hub was told of the books, added up: the status and the amount of a charge with money.
fn added_up(bank: &Bank, slot: usize) -> Result<Option<(Status, u64)>, Broken> {
    let is_told = |payment: &Payment| [payment.base, payment.reserved].iter().flatten().any(|booked| booked.told);
    let Some((key, payment)) = payments(bank, slot).find(|(_, payment)| is_told(payment)) else { return Ok(None) };
    let base = payment.base.filter(|base| base.told);
    let had = base.or(payment.reserved).map_or(0, |had| had.amount);
    let lapsed = payment.lapsed.filter(|lapsed| lapsed.told && base.is_none()).map_or(0, |lapsed| lapsed.amount);
    let (mut given, mut back) = (lapsed, 0);
    let mut is_under_way = bank.doubts.iter().any(|(key, is_open)| key.charge == slot && *is_open);
    let refunds = bank.refunds.iter().filter(|refund| refund.payment == *key && refund.is_release == base.is_none());
    for refund in refunds {
        given += if refund.done_told { refund.amount } else { 0 };
        back += if refund.reverted == Some(true) { refund.amount } else { 0 };
        is_under_way |= refund.is_open;
    }
    let Some(amount) = (had + back).checked_sub(given) else {
        return Err(Broken(format!("charge {slot} gave {given} back of {had}")));
    };
    let status = match (base, payment.charged_back) {
        (_, Some(taken)) if taken.told => Status::ChargedBack,
        (Some(_), _) if is_under_way && payment.way == Way::Pix => Status::RefundPending,
        (Some(_), _) if amount == 0 => Status::Voided,
        (Some(_), _) => Status::Authorized,
        (None, _) if amount == 0 => Status::Canceled,
        (None, _) => Status::PreAuthorized,
    };
    Ok(Some((status, amount)))
}

fn payments(bank: &Bank, slot: usize) -> impl Iterator<Item = (&Key, &Payment)> {
    bank.payments.range(Key { charge: slot, number: 0 }..=Key { charge: slot, number: usize::MAX })
}

/// After every step.
pub(crate) fn holds(hub: &Hub) -> Result<(), Broken> {
    if let Some(fault) = hub.bank.fault {
        return Err(Broken::new(fault));
    }
    for (slot, charge) in charges(hub) {
        let (status, amount) = (charge.status(), charge.amount().minor());
        match added_up(&hub.bank, slot)? {
            Some(books) => must((status, amount) == books, || {
                format!("charge {slot} is {status} with {amount}; by the books it is {} with {}", books.0, books.1)
            })?,
            None => {
                let is_unpaid = matches!(status, Status::Pending | Status::Failed | Status::Canceled);
                must(is_unpaid && amount == charge.original_amount.minor(), || {
                    format!("charge {slot} is {status} with {amount}; nobody has told of money")
                })?;
            }
        }
        if matches!(status, Status::Failed | Status::Canceled) {
            let is_lost = |(key, payment): (&Key, &Payment)| hub.bank.is_live(key, hub.now) && !payment.surprise;
            must(!payments(&hub.bank, slot).any(is_lost), || {
                format!("charge {slot} is {status} and can be, or is, paid")
            })?;
        }
        let is_contested = payments(&hub.bank, slot).any(|(_, payment)| {
            payment.disputed.is_some_and(|it| it.told) && !payment.closed.is_some_and(|it| it.told)
        });
        must(charge.is_dispute() == is_contested, || format!("charge {slot} is contested: {is_contested}"))?;
    }
    (0..SESSIONS).try_for_each(|index| session(hub, index))
}

fn charges(hub: &Hub) -> impl Iterator<Item = (usize, &Charge)> {
    hub.slots.iter().enumerate().filter_map(|(slot, stored)| Some((slot, stored.charge.as_ref()?)))
}

/// At most one charge can pay a session or pays it, and that one holds it.
fn session(hub: &Hub, index: usize) -> Result<(), Broken> {
    let session = &hub.sessions[index];
    let is_overtaken = hub.bank.payments.values().any(|payment| payment.session == Some(index) && payment.surprise);
    let mine = || charges(hub).filter(|(_, charge)| charge.session == Some(session.id) && !charge.beside_session);
    let pays = |charge: &Charge| match charge.status() {
        Status::Pending => !(is_overtaken && words::way(charge) == Way::Boleto),
        Status::PreAuthorized | Status::Authorized | Status::RefundPending => true,
        Status::Failed | Status::Canceled | Status::Voided | Status::ChargedBack => false,
    };
    let holder = session.claim;
    for (slot, charge) in mine().filter(|(_, charge)| pays(charge)) {
        must(holder == Some(charge.id), || format!("charge {slot} can pay, or pays, a session that it does not hold"))?;
    }
    let holder = holder.and_then(|holder| hub.slots[words::slot(holder)].charge.as_ref());
    let status = holder.map(Charge::status);
    let is_right = match session.status {
        SessionStatus::Created => matches!(status, None | Some(Status::Pending | Status::PreAuthorized)),
        SessionStatus::Paid => {
            matches!(status, Some(Status::Authorized | Status::RefundPending | Status::ChargedBack))
        }
        SessionStatus::Voided => {
            let slot = session.claim.map(words::slot).unwrap_or_default();
            let has_lapsed = payments(&hub.bank, slot).any(|(_, payment)| payment.lapsed.is_some_and(|it| it.told));
            // What the acquirer let go may be paid again.
            !has_lapsed && status.is_some_and(|status| !matches!(status, Status::Pending | Status::Failed))
        }
        SessionStatus::Canceled => status.is_none(),
    };
    must(is_right, || format!("session {index} is {}, and the charge that holds it {status:?}", session.status))
}

/// At the end, when nothing is under way: the hub's books are the bank's.
pub(crate) fn is_settled(hub: &Hub) -> Result<(), Broken> {
    holds(hub)?;
    if let Some(note) = hub.unheard().next() {
        return Err(Broken(format!("a notice that is true was never taken note of: {note:?}")));
    }
    for (slot, charge) in charges(hub) {
        let open = charge.requests.iter().find(|request| !request.is_final());
        must(open.is_none(), || format!("charge {slot} has an open request: {open:?}"))?;
        must(charge.status() != Status::Pending, || format!("charge {slot} is pending for ever"))?;
        // After so many refusals a person must; a try may also have failed on its way to the bank.
        let refused = |refund: &&Refund| refund.payment.charge == slot && refund.giving == Giving::Failed;
        let refusals = hub.bank.refunds.iter().filter(refused).count();
        let has_tried = charge.has_given_up_giving_back() && refusals + 2 >= MAX_OWED_VOIDS as usize;
        let can_refund = Hub::abilities(charge).can_refund;
        must(charge.owes_void.is_none() || has_tried || !can_refund, || {
            format!("charge {slot} owes its buyer money for ever")
        })?;
        let has_kept =
            payments(&hub.bank, slot).any(|(key, payment)| hub.bank.held(key) > 0 && payment.charged_back.is_none());
        let may_keep = !charge.beside_session || has_tried || !can_refund;
        must(may_keep || !has_kept, || format!("charge {slot} keeps money that came beside its session"))?;
    }
    for (key, payment) in hub.bank.payments.iter().filter(|(_, payment)| !payment.is_unheard_of()) {
        let Payment { reserved, lapsed, base, charged_back, disputed, closed, .. } = payment;
        let is_told = [reserved, lapsed, base, charged_back, disputed, closed].into_iter().flatten().all(|it| it.told);
        must(is_told, || format!("the hub never learned something of {key:?}: {payment:?}"))?;
    }
    for refund in &hub.bank.refunds {
        let is_told = (refund.giving != Giving::Done || refund.done_told) && refund.reverted != Some(false);
        must(is_told && refund.giving != Giving::Accepted, || format!("the hub never learned of {refund:?}"))?;
    }
    Ok(())
}
