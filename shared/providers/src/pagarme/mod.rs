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

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    charge::{
        PartialRelease,
        fraud::{FraudAnalysis, FraudOrder},
        update::ProviderUpdate,
    },
    merchant::{Credentials, Environment, ProviderAccount},
    method::PaymentType,
    time::Timestamp,
};
use zeroize::Zeroizing;

use crate::{
    Access, BuildError, Call, CallbackError, CallbackRequest, Field, Form, HttpAnswer, Need, Operation, Progress,
    Proof, Provider, Registration, Return, Secrets, Step,
    capabilities::{Capability, Currencies, PixExpiry},
};

/// The field of an account: its secret key.
const SECRET_KEY: &str = "secretKey";
/// How the secret key of a test account begins; both environments have the same host.
const TEST_KEY: &str = "sk_test_";

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
            form: Form::Word,
            help: "The secret key of the account (sk_test_… or sk_…): Pagar.me's dashboard, Configurações, Chaves",
        }]
    }

    /// A key of the other environment is not sent: then Pagar.me refuses the call, and no money moves by mistake.
    fn access(&self, account: &ProviderAccount, secrets: &Secrets) -> Access {
        let is_test = match account.credentials {
            Credentials::Account { environment, .. } => environment == Environment::Sandbox,
            Credentials::Sandbox { .. } => true,
        };
        let key = secrets.get(SECRET_KEY).filter(|key| key.starts_with(TEST_KEY) == is_test);
        key.map_or_else(Access::default, |key| {
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

    fn fraud_analysis(&self, _order: &FraudOrder) -> Option<FraudAnalysis> {
        None
    }

    fn notification(
        &self,
        _proof: &Proof,
        request: &CallbackRequest,
        _now: Timestamp,
    ) -> Result<Vec<Option<ProviderUpdate>>, CallbackError> {
        notification::read(request.body)
    }

    fn returned(&self, _request: &CallbackRequest) -> Option<Return> {
        None
    }
}
