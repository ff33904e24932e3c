//! Banks that offer the Central Bank's API Pix 2.9.0 (github.com/bacen/pix-api), Banco do Brasil, and BS2, whose own
//! API is near the standard.
//!
//! A payment is a *cob* whose `txid` is the hub's reference; a refund is a *devolução* of the end-to-end id that paid,
//! under the refund's own reference. Notifications are not signed: each makes the hub read its cob.

mod account;
mod answer;
mod notification;
mod outcome;
mod reading;
mod refund;
mod request;

use std::{collections::BTreeMap, time::Duration};

use domain::{
    charge::PartialRelease,
    limits::HOLD_LIFE,
    merchant::{Environment, ProviderAccount, field::FieldFault, order::SecretText},
    method::PaymentType,
    time::Timestamp,
};

use crate::{
    Access, BuildError, Call, CallbackRequest, Field, HttpAnswer, Need, Notified, Operation, Progress, Proof, Provider,
    Registration, Secrets, Step,
    capabilities::{Capability, Currencies, Descriptor, PIX_REFUNDS, PixExpiry},
};
use request::Bank;

/// Characters of the address of notifications at Banco do Brasil, at most.
const MAX_ADDRESS: usize = 140;

/// Any bank that keeps to the standard.
pub(crate) static STANDARD: BcbPix = BcbPix { profile: Profile::Standard, capability: PIX };
/// Banco do Brasil.
pub(crate) static BANCO_DO_BRASIL: BcbPix = BcbPix { profile: Profile::BancoDoBrasil, capability: PIX };
/// BS2.
pub(crate) static BS2: BcbPix = BcbPix { profile: Profile::Bs2, capability: PIX_OF_BS2 };

/// What a bank with the API Pix can do. The API has no place for an analysis of fraud.
pub(crate) const PIX: Capability = Capability {
    methods: &[PaymentType::Pix],
    currencies: Currencies::Brl,
    can_refund_pix: true,
    can_cancel: true,
    can_read: true,
    analyses_fraud: false,
    can_capture_part: false,
    partial_release: PartialRelease::Refused,
    one_refund_at_a_time: false,
    hold_life: HOLD_LIFE,
    pix_expiry: PixExpiry::ANY,
    boleto_clearing: 0,
    boleto_past_due: false,
    descriptor: Descriptor::NotSent,
};

/// What BS2 can do. Its API has a devolução, which the public API does not promise; its boletos are an API of their own.
pub(crate) const PIX_OF_BS2: Capability =
    Capability { can_refund_pix: false, pix_expiry: PixExpiry { least: 3_600, most: 604_800 }, ..PIX };

/// Whose rules a bank follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Standard,
    BancoDoBrasil,
    Bs2,
}

/// The adapter of one profile.
pub(crate) struct BcbPix {
    profile: Profile,
    capability: Capability,
}

impl BcbPix {
    const fn bank<'a>(&self, account: &'a ProviderAccount) -> Bank<'a> {
        Bank { profile: self.profile, account }
    }
}

impl Provider for BcbPix {
    fn capability(&self) -> &Capability {
        &self.capability
    }

    fn credentials(&self) -> &'static [Field] {
        account::fields(self.profile)
    }

    fn account_faults(&self, _environment: Environment, fields: &BTreeMap<String, SecretText>) -> Vec<FieldFault> {
        account::faults(fields)
    }

    fn access(&self, account: &ProviderAccount, secrets: &Secrets) -> Access {
        account::access(self.profile, account, secrets)
    }

    fn needs(&self, _method: PaymentType) -> &'static [Need] {
        &[]
    }

    fn answers_queries(&self) -> bool {
        true
    }

    fn registration(&self) -> Registration {
        match self.profile {
            Profile::Standard => Registration::ByCall { longest: None },
            Profile::BancoDoBrasil => Registration::ByCall { longest: Some(MAX_ADDRESS) },
            // Its API has no webhook of one key, and the body of its notifications is not published.
            Profile::Bs2 => Registration::Nowhere,
        }
    }

    fn look_up(&self) -> &'static str {
        "the account's Pix at the bank, received and returned: the reference is the txid, and the provider's id the \
         end-to-end id"
    }

    /// A bank makes one devolução of an id, as long as it makes any.
    fn retries_changes(&self) -> Duration {
        PIX_REFUNDS
    }

    fn begin(&self, account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
        outcome::begin(&self.bank(account), operation)
    }

    fn next(&self, account: &ProviderAccount, operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step {
        outcome::next(&self.bank(account), operation, progress, answer)
    }

    fn notification(&self, _proof: &Proof, request: &CallbackRequest, _now: Timestamp) -> Notified {
        match self.profile {
            Profile::Standard | Profile::BancoDoBrasil => notification::read(request.body),
            // The body of its notifications is not published: its payments are asked about.
            Profile::Bs2 => Ok(Vec::new()),
        }
    }
}
