//! Adyen: cards, Pix and boleto by its Checkout API, version 72.
//!
//! No call reads a payment. Captures, cancels and refunds are received at once and end by notification, whose HMAC
//! covers what the hub uses of it. A payment whose answer was lost is sent again under the same key while the hub has
//! its card; later a card payment is undone by the hub's reference. A change is sent again as long as Adyen knows its key.

mod answer;
mod event;
mod notification;
mod refusal;
mod request;
mod statement;

use std::time::Duration;

use domain::{
    charge::{
        PartialRelease,
        fraud::{FraudAnalysis, FraudOrder},
        update::ProviderUpdate,
    },
    merchant::ProviderAccount,
    method::PaymentType,
    time::Timestamp,
};

use crate::{
    Access, BuildError, Call, CallbackError, CallbackRequest, Field, Form, HttpAnswer, Need, Operation, Progress,
    Proof, Provider, Registration, Return, Secrets, Step,
    capabilities::{Capability, Currencies, PixExpiry},
};

const MERCHANT_ACCOUNT: &str = "merchantAccount";
const API_KEY: &str = "apiKey";
const HMAC_KEY: &str = "hmacKey";
const LIVE_URL_PREFIX: &str = "liveUrlPrefix";
/// Less than the seven days for which Adyen keeps a key at least.
const KEY_LIFE: Duration = Duration::from_hours(6 * 24);
/// Characters kept of a `pspReference`, which has 16.
const MAX_ID: usize = 48;
/// Currencies of which Adyen counts other minor units than ISO 4217.
const OTHER_UNITS: [&str; 4] = ["CLP", "CVE", "IDR", "ISK"];

/// What Adyen publishes.
pub(crate) const CAPABILITY: Capability = Capability {
    methods: &[PaymentType::Credit, PaymentType::Pix, PaymentType::Boleto],
    currencies: Currencies::AnyBut(&OTHER_UNITS),
    can_refund_pix: true,
    can_cancel: false,
    can_read: false,
    analyses_fraud: false,
    can_capture_part: true,
    partial_release: PartialRelease::Refused,
    one_refund_at_a_time: false,
    hold_life: Duration::from_hours(28 * 24),
    pix_expiry: PixExpiry::ANY,
    boleto_clearing: 5,
    boleto_past_due: false,
};

/// The adapter.
pub(crate) struct Adyen;

impl Provider for Adyen {
    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn credentials(&self) -> &'static [Field] {
        &[
            Field {
                name: MERCHANT_ACCOUNT,
                is_secret: false,
                is_required: true,
                form: Form::Word,
                help: "The name of the merchant account, as the Customer Area shows it at the top",
            },
            Field {
                name: API_KEY,
                is_secret: true,
                is_required: true,
                form: Form::Word,
                help: "The API key of a credential of the type \"Web service user\": Developers, API credentials",
            },
            Field {
                name: HMAC_KEY,
                is_secret: true,
                is_required: true,
                form: Form::Hex,
                help: "The HMAC key of the standard webhook: Developers, Webhooks, Security",
            },
            Field {
                name: LIVE_URL_PREFIX,
                is_secret: false,
                is_required: false,
                form: Form::Word,
                help: "In production: the prefix of the live endpoints (Developers, API URLs), such as \
                       1797a841fbb37ca7-Shop",
            },
        ]
    }

    fn access(&self, _account: &ProviderAccount, secrets: &Secrets) -> Access {
        secrets.get(API_KEY).map_or_else(Access::default, |key| Access::header("x-api-key", key.to_owned()))
    }

    fn needs(&self, method: PaymentType) -> &'static [Need] {
        match method {
            PaymentType::Credit | PaymentType::Drip => &[],
            PaymentType::Pix => &[Need::Name, Need::Document],
            PaymentType::Boleto => &[Need::Name, Need::Document, Need::Address],
        }
    }

    fn answers_queries(&self) -> bool {
        false
    }

    fn undoes_payments(&self) -> bool {
        true
    }

    fn registration(&self) -> Registration {
        Registration::ByPerson(
            "Customer Area, Developers > Webhooks: a standard webhook of the merchant account, with an HMAC key",
        )
    }

    fn look_up(&self) -> &'static str {
        "Customer Area, Transactions > Payments: the reference is the merchant reference"
    }

    fn key_life(&self) -> Duration {
        KEY_LIFE
    }

    fn begin(&self, account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
        request::asking(account, operation)
    }

    fn next(&self, _account: &ProviderAccount, operation: &Operation, _: &Progress, answer: &HttpAnswer) -> Step {
        answer::outcome(operation, answer).into()
    }

    fn fraud_analysis(&self, _order: &FraudOrder) -> Option<FraudAnalysis> {
        None
    }

    fn notification(
        &self,
        proof: &Proof,
        request: &CallbackRequest,
        _now: Timestamp,
    ) -> Result<Vec<Option<ProviderUpdate>>, CallbackError> {
        notification::read(proof, request)
    }

    fn returned(&self, _request: &CallbackRequest) -> Option<Return> {
        None
    }
}

/// Whether this can be a `pspReference`: kept whole, it may be a part of a path.
fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
