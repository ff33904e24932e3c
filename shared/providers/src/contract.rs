//! The contract that every adapter fulfils. Nothing of it waits, connects or looks at a clock.

use std::{collections::BTreeMap, time::Duration};

pub use domain::customer::Need;
use domain::{
    charge::{
        Outcome,
        fraud::{FraudAnalysis, FraudOrder},
        update::ProviderUpdate,
    },
    merchant::{Environment, ProviderAccount, field::FieldFault, order::SecretText},
    method::PaymentType,
    time::Timestamp,
};

use crate::{
    Access, BuildError, CallbackRequest, Field, HttpAnswer, HttpRequest, Notified, Operation, Return, Secrets,
    capabilities::Capability,
};

/// The adapter of one provider.
pub trait Provider: Sync {
    /// What the provider can do.
    fn capability(&self) -> &Capability;

    /// The fields that an account at the provider needs, in the order in which they are asked for.
    fn credentials(&self) -> &'static [Field];

    /// What is wrong with the fields of an account in `environment`, each of which looks like what it is: such an account
    /// is not stored. Whether a client certificate can be used, the hub finds out by itself.
    fn account_faults(&self, _environment: Environment, _fields: &BTreeMap<String, SecretText>) -> Vec<FieldFault> {
        Vec::new()
    }

    /// How the hub identifies itself as `account`. Where the account has not what that needs, nothing is sent:
    /// [`crate::Authorization::Lacking`].
    fn access(&self, account: &ProviderAccount, secrets: &Secrets) -> Access;

    /// What the provider must know of a shopper who pays by `method`. A payment that lacks any of it is refused before
    /// anything is stored.
    fn needs(&self, method: PaymentType) -> &'static [Need];

    /// Whether a query by the hub's reference or by the provider's id is answered.
    fn answers_queries(&self) -> bool;

    /// Whether a card payment whose outcome is unknown is undone by the hub's reference, for want of a query: by
    /// [`Operation::Cancel`] of the payment's own reference. A notification says what became of it.
    fn undoes_payments(&self) -> bool {
        false
    }

    /// How the provider learns the address to which it sends the notifications of an account.
    fn registration(&self) -> Registration;

    /// Where at the provider an operator looks a payment up, and as what the provider shows the hub's reference of it:
    /// for an outcome that the hub cannot learn. Written so that it follows a colon.
    fn look_up(&self) -> &'static str;

    /// For how long a change whose outcome is unknown is retried under its own reference ([`Change::is_retry`]):
    /// as long as the provider is known to carry it out once however often it is asked for. Not at all by default: then a
    /// query alone says what became of it.
    ///
    /// [`Change::is_retry`]: crate::Change::is_retry
    fn retries_changes(&self) -> Duration {
        Duration::ZERO
    }

    /// The first call of `operation` on behalf of `account`.
    ///
    /// # Errors
    /// A [`BuildError`] where the provider has no such operation, or it cannot be written.
    fn begin(&self, account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError>;

    /// What follows from `answer` to the call that had made this `progress`: one more call, or what is known now. An
    /// answer that cannot be read, or that does not fit `operation`, is [`Outcome::Unknown`], never a success and never
    /// a failure.
    fn next(&self, account: &ProviderAccount, operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step;

    /// The analysis of fraud of a payment that asks for one; none where the provider makes none.
    fn fraud_analysis(&self, _order: &FraudOrder) -> Option<FraudAnalysis> {
        None
    }

    /// The updates of one provider notification, received at `now`; for one that is none, why. A provider retries a
    /// notification until the hub answers, so the same updates come again. A notification whose content is not
    /// signed says [`domain::charge::update::UpdateKind::Look`] alone.
    ///
    /// # Errors
    /// A [`crate::CallbackError`] for a call that does not prove its origin, or that cannot be read.
    fn notification(&self, proof: &Proof, request: &CallbackRequest, now: Timestamp) -> Notified;

    /// The return of a browser from the provider's page to the hub; none where `request` is no return.
    fn returned(&self, _request: &CallbackRequest) -> Option<Return> {
        None
    }
}

/// How a provider learns the address of an account's notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Each payment names it: nothing is registered.
    WithPayments,
    /// [`Operation::Register`] registers it.
    ByCall {
        /// The most characters that the address may have, where the provider has a limit.
        longest: Option<usize>,
    },
    /// A person registers it, here at the provider. Written so that it follows a colon.
    ByPerson(&'static str),
    /// Nowhere: the hub learns everything by asking.
    Nowhere,
}

/// What a notification of one account is verified with. The address that it came to has proved already that its sender
/// knows it: the provider, and whoever the provider shows it to.
#[derive(Clone, Copy)]
pub struct Proof<'a> {
    /// The account that was called.
    pub account: &'a ProviderAccount,
    /// The account's secrets.
    pub secrets: &'a Secrets,
    /// The key that the hub made for this account, for a provider that is given it with a payment.
    pub key: &'a str,
}

/// One call of an operation.
#[derive(Debug)]
pub struct Call {
    /// What is sent.
    pub request: HttpRequest,
    /// Whether it may have an effect at the provider: money moves or is reserved, or an address is registered. At most one
    /// call of an operation has. The others are safe to retry, and where one of them fails nothing was done.
    pub has_effect: bool,
    /// Whether the request has a key under which the provider carries it out once, however often it comes. A call without
    /// a clear answer is then made once more, while there is time.
    pub retries_under_key: bool,
    /// What the adapter needs to know when it is answered.
    pub progress: Progress,
}

impl Call {
    /// The first call of an operation, which may have an effect.
    #[must_use]
    pub fn with_effect(request: HttpRequest) -> Self {
        Self { has_effect: true, ..Self::safe(request) }
    }

    /// The first call of an operation, which has no effect.
    #[must_use]
    pub fn safe(request: HttpRequest) -> Self {
        Self { request, has_effect: false, retries_under_key: false, progress: Progress::first() }
    }

    /// The same call as another step of its operation.
    #[must_use]
    pub fn at(self, step: u8, kept: Option<String>) -> Self {
        Self { progress: Progress { step, kept, is_retry: false }, ..self }
    }

    /// The same call, whose request has a key of its own.
    #[must_use]
    pub fn under_key(self) -> Self {
        Self { retries_under_key: true, ..self }
    }
}

/// How far an operation of several calls has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which call it is, from 1.
    pub step: u8,
    /// What an earlier answer said, such as the id of an order.
    pub kept: Option<String>,
    /// Whether the call is made once more under its key: a refusal then says nothing of the first time.
    pub is_retry: bool,
}

impl Progress {
    /// Of an operation that begins.
    #[must_use]
    pub const fn first() -> Self {
        Self { step: 1, kept: None, is_retry: false }
    }
}

/// What follows from an answer.
#[derive(Debug)]
pub enum Step {
    /// One more call.
    Call(Call),
    /// The operation is over.
    Done(Reading),
}

/// What an operation has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The outcome of the request that was asked for, or asked about.
    pub outcome: Outcome,
    /// What else the answer says of the payment: its refunds, its disputes, more payments of the same code. The same
    /// thing has the same id in every answer and in every notification.
    pub updates: Vec<ProviderUpdate>,
}

impl From<Outcome> for Reading {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, updates: Vec::new() }
    }
}

impl From<Outcome> for Step {
    fn from(outcome: Outcome) -> Self {
        Self::Done(outcome.into())
    }
}
