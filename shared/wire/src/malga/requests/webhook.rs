//! Webhooks.

use domain::{endpoint::AddressProblem, limits::MAX_ENDPOINT, refusal::Refusal, webhook::Subscription};
use serde_json::Value;

use crate::{
    malga::{
        schema,
        webhooks::{WrittenVersion, subscription},
    },
    object::{fields, object},
    problems::Worded,
    rules::{Rule, boolean, rule, short},
};

/// Knows which endpoints the hub may call.
type Check<'a> = &'a dyn Fn(&str) -> Result<(), AddressProblem>;

fields! {
    /// A webhook to be registered.
    #[example({
        "event": "transaction.authorized",
        "endpoint": "https://shop.example/payments",
        "version": "1.1",
    })]
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CreateWebhook(fields, check: Check<'_>) {
        /// What it receives: the name of an event, with or without `transaction.`, or `*` for all of them.
        "event" => event: Subscription = required(event()),
        /// The endpoint: an address of https, without a user name and without a fragment.
        "endpoint" => endpoint: String = required(endpoint()).check(|endpoint| allowed(endpoint, check)),
        /// The version of the events, as a text or as a number; `1` is `1.0`.
        "version" => version: WrittenVersion = or(version(), "1.0"),
        /// Whether it receives events.
        "status" => is_active: bool = or(boolean(), true),
    }
}

impl CreateWebhook {
    /// The webhook that `body` asks for; `check` knows which endpoints the hub may call.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, check: impl Fn(&str) -> Result<(), AddressProblem>) -> Result<Self, Refusal> {
        super::read(body, |body| body.part(object::<Self>().given(&check as Check<'_>)))
    }
}

fields! {
    /// A change of a webhook: a field that is absent stays as it is.
    #[example({"status": true})]
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PatchWebhook(fields, check: Check<'_>) {
        /// What it receives: the name of an event, with or without `transaction.`, or `*` for all of them.
        "event" => event: Option<Subscription> = optional(event()),
        /// The endpoint: an address of https, without a user name and without a fragment.
        "endpoint" => endpoint: Option<String> = optional(endpoint()).check(|endpoint| allowed(endpoint, check)),
        /// The version of the events, as a text or as a number; `1` is `1.0`.
        "version" => version: Option<WrittenVersion> = optional(version()),
        /// Whether it receives events. The hub disables it when the last delivery attempt of an event fails.
        "status" => is_active: Option<bool> = optional(boolean()),
    }
}

impl PatchWebhook {
    /// The change that `body` asks for; `check` knows which endpoints the hub may call.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, check: impl Fn(&str) -> Result<(), AddressProblem>) -> Result<Self, Refusal> {
        super::read(body, |body| body.part(object::<Self>().given(&check as Check<'_>)))
    }
}

fn event() -> impl Rule<Read = Subscription> {
    let read = |value: &Value| {
        let problem = || "must be * or the name of an event, such as transaction.authorized".to_owned();
        value.as_str().and_then(subscription).ok_or_else(problem)
    };
    rule(read, schema::subscription)
}

fn endpoint() -> impl Rule<Read = String> {
    rule(|value| short(value, MAX_ENDPOINT), schema::endpoint)
}

fn allowed(endpoint: &str, check: Check<'_>) -> Result<(), String> {
    check(endpoint).map_err(|problem| problem.worded())
}

fn version() -> impl Rule<Read = WrittenVersion> {
    let read = |value: &Value| {
        let problem = || "must be one of the following values: 1, 1.0, 1.1".to_owned();
        WrittenVersion::read(value).ok_or_else(problem)
    };
    rule(read, schema::written_version)
}
