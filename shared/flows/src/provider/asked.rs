//! Something that is asked of a provider: the calls of one operation, one after another.

use std::time::Duration;

use domain::{
    charge::{Outcome, request::Receipt},
    ids::ClientId,
    merchant::ProviderAccount,
    time::Timestamp,
};
use providers::{Call, Operation, Reading, Step, adapter};

use crate::{
    hub::Hub,
    provider::{
        cause::Cause,
        connection::Sent,
        line::{CallEnd, Line},
        send::send,
    },
};

/// The longest pause before the next query that a provider's answer can ask for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Something that is asked of a provider.
pub(crate) struct Asked<'a> {
    /// The account of the hub.
    pub(crate) client: ClientId,
    /// The account at the provider.
    pub(crate) account: &'a ProviderAccount,
    /// What is asked.
    pub(crate) operation: &'a Operation<'a>,
    /// Its word for the log.
    pub(crate) word: &'static str,
    /// The hub's reference: it names the charge or the card.
    pub(crate) reference: &'a str,
}

/// What came of it.
pub(crate) struct Done {
    /// What the last answer says.
    pub(crate) reading: Reading,
    /// How long it took, in milliseconds; none where nothing was sent, or it was not waited for.
    pub(crate) took_ms: Option<u32>,
    /// Until when the provider asks not to be asked again, no longer than [`LONGEST_PAUSE`].
    pub(crate) ask_after: Option<Timestamp>,
    /// Why the last call came to nothing, or to no more than that.
    pub(crate) cause: Option<Cause>,
}

impl From<Reading> for Done {
    fn from(reading: Reading) -> Self {
        Self { reading, took_ms: None, ask_after: None, cause: None }
    }
}

impl Asked<'_> {
    /// Makes the call that begins the operation and those that follow from its answers, until `until`. Where no
    /// connection was made, or a call was lost that moves no money, the outcome is `never`; after a call that moves money
    /// it is unknown. A call that has a key and no clear answer is made once more, unless the provider asks for a pause:
    /// its first try may have been carried out, whatever the second one meets.
    pub(crate) async fn call(&self, hub: &Hub, first: &Call, until: Timestamp, mut never: Outcome) -> Done {
        let mut later: Call;
        let mut call = first;
        let (mut progress, mut cause, mut ask_after) = (first.progress.clone(), None, None);
        loop {
            let started = hub.now();
            if started >= until {
                let cause = cause.or(Some(Cause::Timeout));
                return Done { ask_after, cause, ..Done::from(Reading::from(never)) };
            }
            let Self { client, account, word: operation, reference, .. } = *self;
            let line = Line { client, account, operation, reference, started };
            let sent = send(hub, client, line, &call.request, until).await;
            let step = match &sent {
                Sent::Answered(answer) => {
                    let step = adapter(self.account).next(self.account, self.operation, &progress, answer);
                    without_number(step, self.operation.card_number())
                }
                Sent::Lost(_) if call.has_effect => Outcome::Unknown.into(),
                Sent::Lost(_) | Sent::Never(_) => never.clone().into(),
            };
            line.write(&sent, end(&sent, &step), hub.now());
            let pause = retry_after(&sent, hub.now());
            (cause, ask_after) = (cause_of(&sent, &step), ask_after.max(pause));
            let may_retry = call.retries_under_key && !progress.is_retry && pause.is_none();
            match step {
                Step::Done(Reading { outcome: Outcome::Unknown, .. }) if may_retry => {
                    (progress.is_retry, never) = (true, Outcome::Unknown);
                }
                Step::Done(Reading { outcome: Outcome::NotSent, .. }) => {
                    return Done { ask_after, cause, ..Done::from(Reading::from(never)) };
                }
                Step::Done(reading) => return Done { ask_after, cause, ..Done::from(reading) },
                Step::Call(next) => {
                    if call.has_effect {
                        never = Outcome::Unknown;
                    }
                    progress = next.progress.clone();
                    later = next;
                    call = &later;
                }
            }
        }
    }
}

/// The same without what holds the number of the card that was sent: where a provider puts it in the place of a code, the
/// code is not kept. A payment whose id holds it cannot be named, so that its outcome is unknown.
fn without_number(step: Step, number: Option<&str>) -> Step {
    let (Step::Done(Reading { outcome, updates }), Some(number)) = (&step, number) else { return step };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_clean = |text: &String| !digits(text).contains(number);
    let clean = |receipt: &Receipt| {
        let Receipt { transaction_id, authorization_code, authorization_nsu, .. } = receipt.clone();
        transaction_id.as_ref().is_none_or(is_clean).then(|| Receipt {
            transaction_id,
            authorization_code: authorization_code.filter(is_clean),
            authorization_nsu: authorization_nsu.filter(is_clean),
            ..receipt.clone()
        })
    };
    let outcome = match outcome {
        Outcome::Approved(receipt) => clean(receipt).map(Outcome::Approved),
        Outcome::Pending(receipt) => clean(receipt).map(Outcome::Pending),
        Outcome::Paid(amount, receipt) => clean(receipt).map(|receipt| Outcome::Paid(*amount, receipt)),
        Outcome::Declined(_) | Outcome::Canceled | Outcome::Unknown | Outcome::NotFound | Outcome::NotSent => {
            return step;
        }
    };
    Step::Done(Reading { outcome: outcome.unwrap_or(Outcome::Unknown), updates: updates.clone() })
}

/// The end of the pause that an answer asks for. A date in its place is not read: no provider here documents one.
fn retry_after(sent: &Sent, now: Timestamp) -> Option<Timestamp> {
    let Sent::Answered(answer) = sent else { return None };
    let seconds: u64 = answer.header("retry-after")?.trim().parse().ok()?;
    Some(now.plus(Duration::from_secs(seconds).min(LONGEST_PAUSE)))
}

/// Why a call came to nothing, or its answer says no more.
fn cause_of(sent: &Sent, step: &Step) -> Option<Cause> {
    match (sent, step) {
        (Sent::Lost(cause) | Sent::Never(cause), _) => Some(*cause),
        (Sent::Answered(answer), Step::Done(Reading { outcome: Outcome::Unknown, .. })) => {
            Some(Cause::of_status(answer.status).unwrap_or(Cause::AnswerUnclear))
        }
        (Sent::Answered(answer), _) => Cause::of_status(answer.status),
    }
}

/// What the log says of a call's end.
fn end(sent: &Sent, step: &Step) -> CallEnd {
    match (step, cause_of(sent, step)) {
        (Step::Done(Reading { outcome: Outcome::Declined(decline), .. }), _) => {
            CallEnd::done("declined", Some(decline.code.name()))
        }
        (Step::Call(_), cause) => CallEnd::done("goes_on", cause.map(Cause::name)),
        (Step::Done(reading), None) => CallEnd::done(reading.outcome.name(), None),
        (Step::Done(reading), Some(cause)) => CallEnd::failed(reading.outcome.name(), cause),
    }
}
