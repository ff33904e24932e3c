//! The sandbox: a provider that moves no money and answers by published rules.
//!
//! Its adapter speaks a small JSON protocol over HTTP like any other. The sandbox's bank is either [`bank`], in this
//! process, or a server that the operator names; `PROTOCOL.md` in this folder describes both.

pub mod bank;
mod capabilities;
mod fraud;
mod outcome;
pub mod protocol;
mod request;
mod simulation;
mod updates;

use domain::{
    charge::{
        Outcome,
        decline::DeclineCode,
        fraud::{FraudAnalysis, FraudOrder},
        request::Receipt,
    },
    merchant::ProviderAccount,
    method::PaymentType,
    time::Timestamp,
};

pub(crate) use capabilities::playing;
pub use protocol::SignedUpdates;
pub use simulation::{Simulate, simulate, simulated, update_for};
pub use updates::sign;

use crate::{
    Access, BuildError, Call, CallbackRequest, Field, Form, HttpAnswer, Need, Notified, Operation, Page, Progress,
    Proof, Provider, Registration, Return, Secrets, Step, capabilities::Capability,
};
use protocol::Answer;

/// The only field of an account at the sandbox.
pub const API_KEY: &str = "apiKey";

/// The adapter of the sandbox, as it plays one provider: it can do what that provider publishes.
pub(crate) struct Sandbox(Capability);

impl Provider for Sandbox {
    fn capability(&self) -> &Capability {
        &self.0
    }

    fn credentials(&self) -> &'static [Field] {
        &[Field {
            name: API_KEY,
            is_secret: true,
            is_required: false,
            is_where: false,
            form: Form::Word,
            help: "The key for the sandbox's bank, where that bank is an HTTP server",
        }]
    }

    fn access(&self, _account: &ProviderAccount, secrets: &Secrets) -> Access {
        secrets
            .get(API_KEY)
            .map_or_else(Access::default, |key| Access::header("authorization", format!("Bearer {key}")))
    }

    fn needs(&self, _method: PaymentType) -> &'static [Need] {
        &[]
    }

    fn answers_queries(&self) -> bool {
        true
    }

    fn registration(&self) -> Registration {
        Registration::WithPayments
    }

    fn look_up(&self) -> &'static str {
        "the books of the sandbox's bank, where that bank is an HTTP server: the reference is the payment's"
    }

    fn begin(&self, _account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
        request::posted(&request::asking(operation)?).map(Call::with_effect)
    }

    fn next(&self, _account: &ProviderAccount, operation: &Operation, _: &Progress, answer: &HttpAnswer) -> Step {
        let said = if answer.status == 200 { Answer::read(&answer.body) } else { None };
        if matches!(operation, Operation::Check) {
            return checked(answer.status, said.as_ref()).into();
        }
        said.and_then(|said| outcome::meaning(said, operation)).unwrap_or(Outcome::Unknown).into()
    }

    fn fraud_analysis(&self, order: &FraudOrder) -> Option<FraudAnalysis> {
        fraud::analysis(order)
    }

    fn notification(&self, proof: &Proof, request: &CallbackRequest, now: Timestamp) -> Notified {
        updates::read(proof.key, request, now)
    }

    fn returned(&self, request: &CallbackRequest) -> Option<Return> {
        let to = match request.parameter("to")? {
            "success" => Page::Success,
            "cancel" => Page::Cancel,
            _ => return None,
        };
        Some(Return { reference: request.parameter("reference")?.parse().ok()?, to })
    }
}

/// Whether the bank knows who asks: it answers, or says that it does not.
fn checked(status: u16, said: Option<&Answer>) -> Outcome {
    match (status, said) {
        (_, Some(_)) => Outcome::Approved(Receipt::default()),
        (401 | 403, None) => Outcome::Declined(DeclineCode::Generic.into()),
        (_, None) => Outcome::Unknown,
    }
}

/// The last digit of a card, by which the sandbox decides.
fn last_digit(last4: &str) -> Option<u8> {
    let last = last4.chars().next_back()?.to_digit(10)?;
    u8::try_from(last).ok()
}
