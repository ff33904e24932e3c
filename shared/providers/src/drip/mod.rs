//! Drip: a purchase in installments by Pix, on Drip's page.
//!
//! A checkout is the payment: it is read by Drip's id of it, and its order once the shopper has agreed. Only whole orders
//! are canceled. Drip's calls of the hub are unsigned, and are never more than a reason to read.

mod answer;
mod reading;
mod request;

use std::collections::BTreeMap;

use domain::{
    charge::{PartialRelease, update::Reference},
    limits::HOLD_LIFE,
    merchant::{Environment, ProviderAccount, field::FieldFault, order::SecretText},
    method::PaymentType,
    time::Timestamp,
};

use crate::{
    Access, BuildError, Call, CallbackRequest, Field, Form, HttpAnswer, Need, Notified, Operation, Page, Progress,
    Proof, Provider, Registration, Return, Secrets, Step,
    callback::look,
    capabilities::{Capability, Currencies, Descriptor, PixExpiry},
    credentials::base_fault,
};

/// The address of Drip's API.
const BASE_URL: &str = "baseUrl";
/// The merchant's key.
const API_KEY: &str = "apiKey";
/// Our reference in the query of a payment's `resolveUrl`.
const REFERENCE: &str = "reference";
/// Milliseconds in which calls about one payment are one.
const PAUSE: i64 = 10_000;
/// Characters of an id of Drip's, at most.
const MAX_ID: usize = 36;

/// What Drip can do. Its plugins cancel a paid order, and no unpaid checkout.
pub(crate) const CAPABILITY: Capability = Capability {
    methods: &[PaymentType::Drip],
    currencies: Currencies::Brl,
    can_refund_pix: false,
    can_cancel: false,
    can_read: true,
    analyses_fraud: false,
    can_capture_part: false,
    partial_release: PartialRelease::Refused,
    one_refund_at_a_time: true,
    hold_life: HOLD_LIFE,
    pix_expiry: PixExpiry::ANY,
    boleto_clearing: 0,
    boleto_past_due: false,
    descriptor: Descriptor::NotSent,
};

/// The adapter.
pub(crate) struct Drip;

impl Provider for Drip {
    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn credentials(&self) -> &'static [Field] {
        &[
            Field {
                name: BASE_URL,
                is_secret: false,
                is_required: true,
                is_where: true,
                form: Form::Url,
                help: "The address of Drip's API with its path, such as https://api.example/api/v1: Drip names it",
            },
            Field {
                name: API_KEY,
                is_secret: true,
                is_required: true,
                is_where: false,
                form: Form::Word,
                help: "The key for the API, which Drip gives the merchant",
            },
        ]
    }

    fn account_faults(&self, _environment: Environment, fields: &BTreeMap<String, SecretText>) -> Vec<FieldFault> {
        base_fault(BASE_URL, fields).into_iter().collect()
    }

    fn access(&self, _account: &ProviderAccount, secrets: &Secrets) -> Access {
        secrets.get(API_KEY).map_or_else(Access::lacking, |key| Access::header("x-api-key", key.to_owned()))
    }

    fn needs(&self, method: PaymentType) -> &'static [Need] {
        match method {
            PaymentType::Drip => &[Need::Name, Need::Cpf, Need::Email],
            PaymentType::Credit | PaymentType::Pix | PaymentType::Boleto => &[],
        }
    }

    fn answers_queries(&self) -> bool {
        true
    }

    fn registration(&self) -> Registration {
        Registration::WithPayments
    }

    fn look_up(&self) -> &'static str {
        "ask Drip for the order: the reference is its merchantCode"
    }

    fn begin(&self, account: &ProviderAccount, operation: &Operation) -> Result<Call, BuildError> {
        request::first(account, operation)
    }

    fn next(&self, account: &ProviderAccount, operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step {
        reading::next(account, operation, progress, answer)
    }

    fn notification(&self, _proof: &Proof, request: &CallbackRequest, now: Timestamp) -> Notified {
        // The calls before and after the shopper has paid are equal, and whoever has the address calls it as often as they
        // like, with any `checkoutId`: once in a while they are a new reason to look.
        let id = format!("call-{}", now.as_millis().div_euclid(PAUSE));
        Ok(reference(request).map(|reference| Ok(look(reference, id))).into_iter().collect())
    }

    fn returned(&self, request: &CallbackRequest) -> Option<Return> {
        Some(Return { reference: reference(request)?, to: Page::OfStatus })
    }
}

/// The payment that a call is about. Drip may begin another query where there is one: `?reference=…?checkoutId=…`.
fn reference(request: &CallbackRequest) -> Option<Reference> {
    request.parameter(REFERENCE)?.split('?').next()?.parse().ok()
}
