//! Pagar.me, core API version 5: cards, Pix and boletos as orders of one charge.
//!
//! The hub's reference is the `code` of an order and the idempotency key of every write. What an unknown outcome was, the
//! order says by its code, or the charge by its id: it has sums alone, so that one refund at a time is under way.
//! A notification makes the hub read the payment, whatever it says.

mod answer;
mod decline;
mod notification;
mod order;
mod outcome;
mod request;

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    charge::PartialRelease,
    merchant::{Credentials, Environment, ProviderAccount, field::FieldFault, order::SecretText},
    method::PaymentType,
    time::Timestamp,
};
use zeroize::Zeroizing;

use crate::{
    Access, BuildError, Call, CallbackRequest, Field, Form, HttpAnswer, Need, Notified, Operation, Progress, Proof,
    Provider, Registration, Secrets, Step,
    capabilities::{Capability, Currencies, Descriptor, PixExpiry},
};

/// The field of an account: its secret key.
const SECRET_KEY: &str = "secretKey";
/// How the secret key of a test account begins; both environments have the same host.
const TEST_KEY: &str = "sk_test_";
/// Characters of a statement descriptor, at most: the gateway takes 22, the full service 13.
const MAX_DESCRIPTOR: usize = 13;
/// How every secret key begins.
const LIVE_KEY: &str = "sk_";

/// What Pagar.me can do. Its analysis of fraud is not asked for; a boleto is refunded only to a bank account, which the
/// hub does not know. Banks clear a boleto by the third banking day.
pub(crate) const CAPABILITY: Capability = Capability {
    methods: &[PaymentType::Credit, PaymentType::Pix, PaymentType::Boleto],
    currencies: Currencies::Brl,
    can_refund_pix: true,
    can_cancel: true,
    can_read: true,
    analyses_fraud: false,
    can_capture_part: true,
    partial_release: PartialRelease::Refused,
    one_refund_at_a_time: true,
    hold_life: Duration::from_hours(5 * 24),
    pix_expiry: PixExpiry::ANY,
    boleto_clearing: 3,
    boleto_past_due: true,
    descriptor: Descriptor::CutTo(MAX_DESCRIPTOR),
};

/// The adapter.
pub(crate) struct Pagarme;

impl Provider for Pagarme {
    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn credentials(&self) -> &'static [Field] {
        &[Field {
            name: SECRET_KEY,
            is_secret: true,
            is_required: true,
            is_where: false,
            form: Form::Word,
            help: "The secret key of the account (sk_test_… or sk_…): Pagar.me's dashboard, Configurações, Chaves",
        }]
    }

    fn account_faults(&self, environment: Environment, fields: &BTreeMap<String, SecretText>) -> Vec<FieldFault> {
        let key = fields.get(SECRET_KEY).map(SecretText::reveal).filter(|key| !is_of(environment, key));
        let problem = match environment {
            Environment::Sandbox => {
                "must begin with sk_test_ in sandbox: give the secret key of the test account (Pagar.me's dashboard, \
                 Configurações, Chaves)"
            }
            Environment::Production => {
                "must begin with sk_, and not with sk_test_, in production: give the secret key of the live account \
                 (Pagar.me's dashboard, Configurações, Chaves)"
            }
        };
        key.map(|_| FieldFault { name: SECRET_KEY, problem }).into_iter().collect()
    }

    /// No money moves by mistake: a key of the other environment is not sent.
    fn access(&self, account: &ProviderAccount, secrets: &Secrets) -> Access {
        let environment = match account.credentials {
            Credentials::Account { environment, .. } => environment,
            Credentials::Sandbox { .. } => Environment::Sandbox,
        };
        let key = secrets.get(SECRET_KEY).filter(|key| is_of(environment, key));
        key.map_or_else(Access::lacking, |key| {
            let pair = Zeroizing::new(format!("{key}:"));
            Access::header("authorization", format!("Basic {}", STANDARD.encode(pair.as_bytes())))
        })
    }

    fn needs(&self, method: PaymentType) -> &'static [Need] {
        match method {
            PaymentType::Credit | PaymentType::Drip => &[],
            PaymentType::Pix => &[Need::Name, Need::Document, Need::Phone],
            PaymentType::Boleto => &[Need::Name, Need::Document, Need::Address],
        }
    }

    fn answers_queries(&self) -> bool {
        true
    }

    fn registration(&self) -> Registration {
        Registration::ByPerson("dashboard, Webhooks: all events of charges and orders")
    }

    fn look_up(&self) -> &'static str {
        "dashboard, Pedidos: the reference is the código of the order"
    }

    fn begin(&self, _account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
        request::first(operation)
    }

    fn next(
        &self,
        _account: &ProviderAccount,
        operation: &Operation,
        progress: &Progress,
        answer: &HttpAnswer,
    ) -> Step {
        outcome::after(operation, progress, answer)
    }

    fn notification(&self, _proof: &Proof, request: &CallbackRequest, _now: Timestamp) -> Notified {
        notification::read(request.body)
    }
}

/// Whether a secret key is of this environment.
fn is_of(environment: Environment, key: &str) -> bool {
    match environment {
        Environment::Sandbox => key.starts_with(TEST_KEY),
        Environment::Production => key.starts_with(LIVE_KEY) && !key.starts_with(TEST_KEY),
    }
}
