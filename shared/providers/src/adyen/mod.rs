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

use std::{collections::BTreeMap, time::Duration};

use domain::{
    charge::PartialRelease,
    merchant::{Environment, ProviderAccount, field::FieldFault, order::SecretText},
    method::PaymentType,
    time::Timestamp,
};

use crate::{
    Access, BuildError, Call, CallbackRequest, Field, Form, HttpAnswer, Need, Notified, Operation, Progress, Proof,
    Provider, Registration, Secrets, Step,
    capabilities::{Capability, Currencies, Descriptor, PixExpiry},
    text,
};

const MERCHANT_ACCOUNT: &str = "merchantAccount";
const API_KEY: &str = "apiKey";
const HMAC_KEY: &str = "hmacKey";
const LIVE_URL_PREFIX: &str = "liveUrlPrefix";
/// Digits of an HMAC key, which has 32 bytes.
const HMAC_DIGITS: usize = 64;
/// Characters of a live URL prefix, at most: with `-checkout-live` it is one label of a host's name, which has 63.
const MAX_PREFIX: usize = 49;
/// Less than the seven days for which Adyen keeps a key at least.
const KEY_LIFE: Duration = Duration::from_hours(6 * 24);
/// Characters of the statement of a card.
const CARD_STATEMENT: usize = 22;
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
    descriptor: Descriptor::CutTo(CARD_STATEMENT),
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
                is_where: true,
                form: Form::Word,
                help: "The name of the merchant account, as the Customer Area shows it at the top",
            },
            Field {
                name: API_KEY,
                is_secret: true,
                is_required: true,
                is_where: false,
                form: Form::Word,
                help: "The API key of a credential of the type \"Web service user\": Developers, API credentials",
            },
            Field {
                name: HMAC_KEY,
                is_secret: true,
                is_required: true,
                is_where: false,
                form: Form::Hex,
                help: "The HMAC key of the standard webhook: Developers, Webhooks, Security",
            },
            Field {
                name: LIVE_URL_PREFIX,
                is_secret: false,
                is_required: false,
                is_where: true,
                form: Form::Word,
                help: "In production: the prefix of the live endpoints (Developers, API URLs), such as \
                       1797a841fbb37ca7-Shop",
            },
        ]
    }

    fn account_faults(&self, environment: Environment, fields: &BTreeMap<String, SecretText>) -> Vec<FieldFault> {
        let given = |name| fields.get(name).map(SecretText::reveal);
        let is_wrong_length = given(HMAC_KEY).is_some_and(|key| key.len() != HMAC_DIGITS);
        let hmac_key = FieldFault {
            name: HMAC_KEY,
            problem: "must be the 64 hexadecimal digits that the Customer Area shows once when it makes the HMAC key \
                      (Developers, Webhooks, Security): make a new one where they are lost",
        };
        let prefix = match (environment, given(LIVE_URL_PREFIX)) {
            (Environment::Sandbox, None) => None,
            (Environment::Sandbox, Some(_)) => {
                Some("must be left out in sandbox: Adyen's test environment has one address for all")
            }
            (Environment::Production, Some(prefix)) if is_live_prefix(prefix) => None,
            (Environment::Production, _) => Some(
                "must be given in production, and be the part before -checkout-live of the account's live address \
                 alone, such as 1797a841fbb37ca7-Shop (Customer Area, Developers, API URLs)",
            ),
        };
        let prefix = prefix.map(|problem| FieldFault { name: LIVE_URL_PREFIX, problem });
        is_wrong_length.then_some(hmac_key).into_iter().chain(prefix).collect()
    }

    fn access(&self, _account: &ProviderAccount, secrets: &Secrets) -> Access {
        secrets.get(API_KEY).map_or_else(Access::lacking, |key| Access::header("x-api-key", key.to_owned()))
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

    fn retries_changes(&self) -> Duration {
        KEY_LIFE
    }

    fn begin(&self, account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
        request::asking(account, operation)
    }

    fn next(
        &self,
        _account: &ProviderAccount,
        operation: &Operation,
        progress: &Progress,
        answer: &HttpAnswer,
    ) -> Step {
        answer::outcome(operation, progress.is_retry, answer).into()
    }

    fn notification(&self, proof: &Proof, request: &CallbackRequest, _now: Timestamp) -> Notified {
        notification::read(proof, request)
    }
}

/// Whether this can be a `pspReference`: kept whole, it may be a part of a path.
fn is_id(id: &str) -> bool {
    text::is_id(id, MAX_ID, &[])
}

/// Whether this is the prefix of live addresses: random digits and the company's name. It becomes a part of a host's
/// name, and of nothing else.
fn is_live_prefix(text: &str) -> bool {
    let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let parts = text.split_once('-').filter(|(digits, name)| !digits.is_empty() && !name.is_empty());
    parts.is_some() && is_plain(text) && !text.ends_with('-') && text.len() <= MAX_PREFIX && !text.contains("-checkout")
}
