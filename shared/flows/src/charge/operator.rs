//! An operator records what a provider said, or has waiting notifications applied again.

use std::time::Duration;

use domain::{
    alarm::Alarm,
    charge::{
        Charge, Decision, Outcome, Report, SessionView, WaitReason,
        decline::DeclineCode,
        request::{BY_OPERATOR, Receipt, RequestKind, TransactionRequest, Via},
        status::Status,
        update::{ProviderUpdate, UpdateKind},
    },
    ids::ChargeId,
    merchant::ProviderType,
    money::Amount,
    refusal::Refusal,
};
use providers::capabilities::abilities;
use store::inbox::{Record, State};

use crate::{
    charge::{
        conclude::{self, End},
        look_up::LookUp,
        request,
    },
    hub::Hub,
    provider::{call, inbox},
};

/// For so long an operator leaves a request that has not ended to its provider: longer than its call may take.
const LEFT_ALONE: Duration = Duration::from_mins(1);

/// What an operator found out about a request at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The provider did it; of a payment that waits for its shopper, or had failed, that it was paid.
    Approved {
        /// What the provider itself calls it. Some providers capture and refund a payment by that alone.
        id: Option<&'a str>,
    },
    /// The provider did not do it, and will not.
    Declined,
    /// The payment was refunded outside the hub: this much, or all that is left.
    Refunded(Option<Amount>),
}

impl Verdict<'_> {
    /// Its name, for logs.
    const fn name(self) -> &'static str {
        match self {
            Self::Approved { .. } => "approved",
            Self::Declined => "declined",
            Self::Refunded(_) => "refunded",
        }
    }
}

/// A charge for which an operator has recorded something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The charge as it is then.
    pub charge: Charge,
    /// What was recorded.
    pub what: What,
    /// Where the provider shows the payment.
    pub look_up: LookUp,
}

/// A charge as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The charge.
    pub charge: Charge,
    /// Where the provider shows the payment of each request, from the oldest; none where the hub knows its outcome, and
    /// whether its money is still reserved.
    pub look_ups: Vec<Option<LookUp>>,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The outcome of the request.
    Outcome,
    /// A payment that is not kept: the hub refunds it.
    RefundedByHub,
    /// A refund of this much.
    Refund(Amount),
    /// An outcome that waits for this, and is applied then.
    Waiting(WaitReason),
}

/// Nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// There is no such charge.
    #[error("there is no such charge; nothing was recorded")]
    NoCharge,
    /// The charge has fewer requests.
    #[error("the charge has {0} requests; they are counted from 1, the oldest first. Nothing was recorded")]
    NoRequest(usize),
    /// The provider may still be answering it.
    #[error(
        "this request began less than a minute ago; its provider may still answer. Nothing was recorded; try again in a minute"
    )]
    Running,
    /// What was found contradicts, or repeats, what the hub knows.
    #[error("request {number} is {request} and the charge is {charge}: that changes nothing, and nothing was recorded")]
    Nothing {
        /// The request.
        number: usize,
        /// How far it has come.
        request: &'static str,
        /// The charge's status.
        charge: Status,
    },
    /// There is no money that could have been refunded.
    #[error("the charge is {0}: nothing is paid that could be refunded, and nothing was recorded")]
    Unpaid(Status),
    /// A refund of nothing.
    #[error("a refund is of 1 at least, and {left} are left of this payment; nothing was recorded")]
    NoAmount {
        /// What is left, in minor units.
        left: Amount,
    },
    /// More than is left.
    #[error("{amount} is more than the {left} that are left of this payment; nothing was recorded")]
    AboveLeft {
        /// What was refunded, in minor units.
        amount: Amount,
        /// What is left, in minor units.
        left: Amount,
    },
    /// The provider refunds by its own id alone.
    #[error(
        "{0} captures and refunds a payment by its own id of it alone: give that with --id, as {0} shows it. Nothing was \
         recorded"
    )]
    NoId(ProviderType),
    /// It can be recorded only after something else.
    #[error("this can be recorded only after {}; nothing was recorded. Try again then", ending(*.0))]
    TooEarly(WaitReason),
    /// It could not be stored.
    #[error("the hub cannot reach its storage; nothing was recorded. Try again")]
    NotStored,
    /// It contradicts what the hub knows.
    #[error("this contradicts what the hub knows of the charge, which is {charge} ({alarm}); nothing was recorded")]
    Contradiction {
        /// The charge's status.
        charge: Status,
        /// The alarm that names the contradiction.
        alarm: Alarm,
    },
    /// No notification of the charge waits.
    #[error("no notification of this charge is waiting: nothing was applied, and nothing is to be done")]
    NothingWaits,
    /// The table cannot be used.
    #[error("{0:?}")]
    Refused(Refusal),
}

impl From<Refusal> for NotRecorded {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Whether an operator recorded the request at `number`, which the hub never made: its provider has no such reference.
#[must_use]
pub fn is_recorded(charge: &Charge, number: usize) -> bool {
    charge.request(number).is_some_and(TransactionRequest::is_recorded)
}

/// The charge of this id, of any account; none where there is none.
///
/// # Errors
/// The store's refusals.
pub async fn show(hub: &Hub, id: ChargeId) -> Result<Option<Shown>, Refusal> {
    let Some(charge) = hub.store.any_charge(id).await? else { return Ok(None) };
    let is_over = charge.reserved_until().is_some_and(|until| until < hub.now());
    let mut look_ups = Vec::new();
    for (number, request) in (1..).zip(&charge.requests) {
        let is_known = request.is_final() && !(is_over && number == charge.payment());
        look_ups.push(if is_known { None } else { LookUp::of(hub, &charge, number).await });
    }
    Ok(Some(Shown { charge, look_ups }))
}

/// Records what an operator found out about the request at `number` (from 1). It is processed like a provider's own
/// answer or notification.
///
/// # Errors
/// [`NotRecorded`].
pub async fn settle(hub: &Hub, id: ChargeId, number: usize, verdict: Verdict<'_>) -> Result<Recorded, NotRecorded> {
    let charge = hub.store.any_charge(id).await.map_err(Refusal::from)?.ok_or(NotRecorded::NoCharge)?;
    let settled = charge.request(number).ok_or(NotRecorded::NoRequest(charge.requests.len()))?;
    if !settled.is_final() && hub.now() <= settled.created_at.plus(LEFT_ALONE) {
        return Err(NotRecorded::Running);
    }
    let (client, before) = (charge.client, charge.requests.len());
    let (request, status) = (settled.status().name(), charge.status());
    let (end, refunded) = match verdict {
        Verdict::Refunded(amount) => {
            let amount = amount.unwrap_or_else(|| default_refund(&charge, number));
            let record = refund(hub, &charge, number, settled.via, amount);
            // What cannot be recorded now must not wait in the inbox: the operator gets the error here.
            recordable(hub, &charge, number, amount, &record)?;
            (conclude::update(hub, record).await?, Some(amount))
        }
        Verdict::Approved { id } => {
            if settled.kind.is_payment() {
                refundable(hub, &charge, number, id).await?;
            }
            let receipt = Receipt { transaction_id: id.map(str::to_owned), ..Receipt::default() };
            let outcome = match settled.kind {
                RequestKind::Pending => Outcome::Paid(settled.amount, receipt),
                _ => Outcome::Approved(receipt),
            };
            (conclude::outcome(hub, charge, number, outcome).await.end, None)
        }
        Verdict::Declined => {
            let declined = Outcome::Declined(DeclineCode::Generic.into());
            (conclude::outcome(hub, charge, number, declined).await.end, None)
        }
    };
    let waits_for = match end {
        End::Stored => None,
        End::Waiting(reason) => Some(reason),
        End::Nothing => return Err(NotRecorded::Nothing { number, request, charge: status }),
        End::Contradiction(alarm) => return Err(NotRecorded::Contradiction { charge: status, alarm }),
        End::TooEarly(reason) => return Err(NotRecorded::TooEarly(reason)),
        End::NotStored => return Err(NotRecorded::NotStored),
    };
    let charge = hub.store.charge(client, id).await.map_err(Refusal::from)?.ok_or(NotRecorded::NoCharge)?;
    let is_refunded_by_hub = charge.requests.iter().skip(before).any(|payment| payment.hub_refund.is_some());
    let what = match (waits_for, refunded) {
        (Some(reason), _) => What::Waiting(reason),
        (None, Some(amount)) => What::Refund(amount),
        (None, None) if is_refunded_by_hub => What::RefundedByHub,
        (None, None) => What::Outcome,
    };
    let look_up = LookUp::of(hub, &charge, number).await.ok_or(NotRecorded::NoRequest(before))?;
    tracing::warn!(charge = %id, request = number, verdict = verdict.name(), waits = waits_for.is_some(), "an operator recorded what came of a request");
    Ok(Recorded { charge, what, look_up })
}

/// Refuses a payment that the hub could not refund: its provider does that by its own id alone, and this is none.
async fn refundable(hub: &Hub, charge: &Charge, number: usize, id: Option<&str>) -> Result<(), NotRecorded> {
    let id = id.or_else(|| charge.id_of(number));
    match request::account_of(hub, charge, number).await? {
        Some(account) if call::lacks_id_to_refund(charge, number, &account, id) => Err(NotRecorded::NoId(account.kind)),
        Some(_) | None => Ok(()),
    }
}

/// How much was refunded where the operator does not say it: the refund that is named, or all that is left.
fn default_refund(charge: &Charge, number: usize) -> Amount {
    let refund = charge.request(number).filter(|request| request.kind == RequestKind::Void);
    refund.map_or_else(|| charge.left_of_payment(number), TransactionRequest::amount)
}

/// Refuses a refund that the charge as it is does not take, and says why.
fn recordable(hub: &Hub, charge: &Charge, number: usize, amount: Amount, record: &Record) -> Result<(), NotRecorded> {
    let status = charge.status();
    if !charge.has_payment() {
        return Err(NotRecorded::Unpaid(status));
    }
    let left = charge.left_of_payment(number);
    if amount == Amount::ZERO {
        return Err(NotRecorded::NoAmount { left });
    }
    let report = Report::Notification(&record.update);
    match charge.decide(&report, SessionView::Unread, abilities, request::circumstances(hub, charge, None)) {
        Decision::Store(_) | Decision::ReadSession | Decision::Supersede => Ok(()),
        Decision::Wait(_) | Decision::Contradiction(_) if amount > left => Err(NotRecorded::AboveLeft { amount, left }),
        Decision::Wait(reason) => Err(NotRecorded::TooEarly(reason)),
        Decision::Contradiction(alarm) => Err(NotRecorded::Contradiction { charge: status, alarm }),
        Decision::Nothing => {
            let request = charge.request(number).map_or("unknown", |request| request.status().name());
            Err(NotRecorded::Nothing { number, request, charge: status })
        }
    }
}

/// The end of what something waits for, in words.
#[must_use]
pub fn ending(reason: WaitReason) -> String {
    match reason {
        WaitReason::RequestUnderWay => "another request of the charge ends".to_owned(),
        WaitReason::OtherAttempt => "another attempt of the same payment ends".to_owned(),
        WaitReason::ActiveCharge(active) => format!("charge {active}, which holds the session, ends"),
        WaitReason::Payment => "the payment is known".to_owned(),
        WaitReason::Nothing => "the hub knows what it is about".to_owned(),
    }
}

/// What a provider would have reported of a refund that was made outside the hub.
fn refund(hub: &Hub, charge: &Charge, number: usize, via: Via, amount: Amount) -> Record {
    let id = format!("{BY_OPERATOR}{}", hub.now().as_millis());
    let update = ProviderUpdate {
        reference: charge.reference(number),
        id,
        payment: None,
        currency: None,
        kind: UpdateKind::RefundedOutside { amount },
    };
    inbox::record(charge.client, via, update, State::Applied, hub.now())
}

/// The result of applying notifications again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// How many notifications were applied.
    pub applied: usize,
    /// Those that still wait, or contradict what the hub knows.
    pub left: Vec<Left>,
}

/// A notification that could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The provider's id of what happened.
    pub id: String,
    /// What it reports.
    pub reports: &'static str,
    /// Why it is not applied.
    pub why: String,
}

/// The keys of the notifications about a charge that wait: for itself, or for another charge of its session.
async fn waiting_for(hub: &Hub, charge: &Charge) -> Result<Vec<String>, Refusal> {
    let mut keys = charge.waiting.clone();
    let session = match charge.session {
        Some(id) => hub.store.session(charge.client, id).await?,
        None => None,
    };
    for other in session.iter().flat_map(|session| &session.attempts).filter(|other| **other != charge.id) {
        let waiting = hub.store.charge(charge.client, *other).await?.map(|other| other.waiting);
        for key in waiting.unwrap_or_default() {
            let record = hub.store.record_of(&key.parse().map_err(|_| Refusal::Internal)?).await?;
            if record.is_some_and(|record| record.update.reference.charge == charge.id) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// Applies the notifications of a charge that wait or are unresolved again.
///
/// # Errors
/// [`NotRecorded::NoCharge`], [`NotRecorded::NothingWaits`], or the store's refusals.
pub async fn apply(hub: &Hub, id: ChargeId) -> Result<Applied, NotRecorded> {
    let charge = hub.store.any_charge(id).await.map_err(Refusal::from)?.ok_or(NotRecorded::NoCharge)?;
    let mut waiting = Vec::new();
    for key in &waiting_for(hub, &charge).await? {
        waiting.extend(unapplied(hub, key).await?);
    }
    if waiting.is_empty() {
        return Err(NotRecorded::NothingWaits);
    }
    let (count, mut left) = (waiting.len(), Vec::new());
    for record in waiting {
        let (key, update) = (record.key.to_string(), record.update.clone());
        let why = match conclude::update(hub, record).await? {
            End::Waiting(reason) | End::TooEarly(reason) => format!("waits until {}", ending(reason)),
            End::Contradiction(alarm) => format!("contradicts what the hub knows of the charge: {alarm}"),
            End::Stored | End::Nothing | End::NotStored => continue,
        };
        left.push((key, Left { id: update.id, reports: update.kind.name(), why }));
    }
    // What one of them changed may have applied another.
    let mut done = Applied::default();
    for (key, one) in left {
        if unapplied(hub, &key).await?.is_some() {
            done.left.push(one);
        }
    }
    done.applied = count.saturating_sub(done.left.len());
    Ok(done)
}

/// The record under this key, unless it was applied.
async fn unapplied(hub: &Hub, key: &str) -> Result<Option<Record>, Refusal> {
    let record = hub.store.record_of(&key.parse().map_err(|_| Refusal::Internal)?).await?;
    Ok(record.filter(|record| record.state != State::Applied))
}
