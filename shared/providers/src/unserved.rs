//! In the place of an adapter, for accounts at a provider that has none in this release: nothing is asked of anyone.

use domain::{
    charge::{Outcome, PartialRelease},
    limits::HOLD_LIFE,
    merchant::ProviderAccount,
    method::PaymentType,
    time::Timestamp,
};

use crate::{
    Access, BuildError, Call, CallbackError, CallbackRequest, Field, HttpAnswer, Need, Notified, Operation, Progress,
    Proof, Provider, Registration, Secrets, Step,
    capabilities::{Capability, Currencies, Descriptor, PixExpiry},
};

/// Refuses every operation.
pub(crate) struct Unserved;

impl Provider for Unserved {
    fn capability(&self) -> &Capability {
        &Capability {
            methods: &[],
            currencies: Currencies::Brl,
            can_refund_pix: false,
            can_cancel: false,
            can_read: false,
            analyses_fraud: false,
            can_capture_part: false,
            partial_release: PartialRelease::Refused,
            one_refund_at_a_time: false,
            hold_life: HOLD_LIFE,
            pix_expiry: PixExpiry::ANY,
            boleto_clearing: 0,
            boleto_past_due: false,
            descriptor: Descriptor::NotSent,
        }
    }

    fn credentials(&self) -> &'static [Field] {
        &[]
    }

    fn access(&self, _account: &ProviderAccount, _secrets: &Secrets) -> Access {
        Access::default()
    }

    fn needs(&self, _method: PaymentType) -> &'static [Need] {
        &[]
    }

    /// The provider does: what is unknown stays unknown until an operator or another release asks it.
    fn answers_queries(&self) -> bool {
        true
    }

    fn registration(&self) -> Registration {
        Registration::ByPerson("no address can be registered: this release does not speak to the provider")
    }

    fn look_up(&self) -> &'static str {
        "the provider's own pages: the reference is the one that the hub sent"
    }

    fn begin(&self, _account: &ProviderAccount, _operation: &Operation) -> Result<Call, BuildError> {
        Err(BuildError::NoAdapter)
    }

    fn next(&self, _: &ProviderAccount, _: &Operation, _: &Progress, _: &HttpAnswer) -> Step {
        Outcome::Unknown.into()
    }

    /// The provider sends its notification again: to a release that reads it.
    fn notification(&self, _proof: &Proof, _request: &CallbackRequest, _now: Timestamp) -> Notified {
        Err(CallbackError::Unreadable)
    }
}
