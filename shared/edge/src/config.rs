//! The hub as its environment describes it.
//!
//! | variable | meaning |
//! |---|---|
//! | `HUB_TABLE`, `TOKENS_TABLE` | the two tables |
//! | `KMS_KEY_ID` | the key that wraps data keys |
//! | `WEBHOOK_QUEUE_URL` | the queue of deliveries, where one is used |
//! | `EVENT_DEAD_LETTERS_URL` | the dead-letter queue of event-relay, where one is used |
//! | `HUB_PUBLIC_URL` | the hub's public address; only the functions that need it read it, and they do not start without it |
//! | `UNSAVED_CARD_DAYS` | for how many days sweeper keeps the number of an unsaved card, without use; 180 by default |
//! | `STAGE` | `sandbox` or `production` |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | set by Lambda |
//! | `AWS_ENDPOINT_URL` | an emulator, for tests; one on this machine lets a sandbox's webhooks come to this machine too |

use std::{env, net::IpAddr, time::Duration};

use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_types::SdkConfig;
use domain::limits;
use flows::{
    Clock, Executor, Hub, Outbound, Parts, PublicUrl, Stage, account::provision, webhook::outbound::NoOutbound,
};
use lambda_http::http::Uri;
use seal::KeyService;
use store::{Store, queue::Queue};
use wire::malga::errors;

use crate::trust::access;

/// The variable of the hub's public address.
const PUBLIC_URL: &str = "HUB_PUBLIC_URL";
/// The variable of how long the number of an unsaved card is kept without use.
const UNSAVED_CARD_DAYS: &str = "UNSAVED_CARD_DAYS";

/// Why the hub cannot be set up. Nothing was served.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable, or what it leads to, is unusable.
    #[error("{0}")]
    Unusable(String),
}

/// The hub's public address.
///
/// # Errors
/// [`ConfigError`] where the environment has none, or something else.
pub fn public_url_from_env() -> Result<PublicUrl, ConfigError> {
    public_url(variable(PUBLIC_URL)?.as_str())
}

fn public_url(text: &str) -> Result<PublicUrl, ConfigError> {
    text.parse().map_err(|problem| ConfigError::Unusable(format!("{PUBLIC_URL} cannot be used: {problem}")))
}

/// The hub that the environment of a function describes, with its public address where the function needs one.
///
/// # Errors
/// [`ConfigError`], naming what is missing.
pub async fn hub_from_env(public_url: Option<PublicUrl>) -> Result<Hub, ConfigError> {
    let stage = variable("STAGE")?.parse().map_err(unusable)?;
    let outbound = outbound(stage, env::var("AWS_ENDPOINT_URL").ok().as_deref()).map_err(unusable)?;
    let executor = Executor::new(stage, None).map_err(unusable)?;
    hub(&variable("HUB_TABLE")?, &variable("TOKENS_TABLE")?, executor, outbound, public_url).await
}

/// Whether the operator's command calls providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// It only records and applies what is known.
    None,
    /// It asks providers.
    Providers,
}

/// The hub over the table of this name, run for `stage`, for the operator's commands. They use no token, and call no
/// endpoint.
///
/// # Errors
/// [`ConfigError`], naming what is missing.
pub async fn operator_hub(table: &str, stage: Stage, calls: Calls) -> Result<Hub, ConfigError> {
    let executor = match calls {
        Calls::None => Executor::without_providers(stage),
        Calls::Providers => Executor::new(stage, None).map_err(unusable)?,
    };
    hub(table, "tokens", executor, Outbound::public().map_err(unusable)?, None).await
}

/// The client for merchants' endpoints: for public ones alone, unless the AWS services are an emulator on this machine.
/// Then it may call this machine too; in production such a hub does not start.
fn outbound(stage: Stage, services: Option<&str>) -> Result<Outbound, NoOutbound> {
    if services.is_some_and(is_on_this_machine) { Outbound::local(stage) } else { Outbound::public() }
}

/// By its address, not by a name, which may lead anywhere.
fn is_on_this_machine(services: &str) -> bool {
    let Ok(uri) = services.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    uri.scheme_str() == Some("http") && host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn hub(
    table: &str,
    tokens: &str,
    executor: Executor,
    outbound: Outbound,
    public_url: Option<PublicUrl>,
) -> Result<Hub, ConfigError> {
    let access = access_from_env()?;
    let store = Store::new(aws_sdk_dynamodb::Client::new(&access), table, tokens);
    let key_service = KeyService::kms(aws_sdk_kms::Client::new(&access), variable("KMS_KEY_ID")?);
    let secrets = provision::hub_secrets(&store, &key_service).await;
    let secrets = secrets.map_err(|refusal| unusable(errors::message(&refusal)))?;
    let queue = |name| env::var(name).ok().map(|url| Queue::new(aws_sdk_sqs::Client::new(&access), url));
    Ok(Hub::from(Parts {
        store,
        key_service: key_service.into(),
        secrets: secrets.into(),
        clock: Clock::system(),
        executor: executor.into(),
        outbound: outbound.into(),
        queue: queue("WEBHOOK_QUEUE_URL"),
        dead_letters: queue("EVENT_DEAD_LETTERS_URL"),
        unsaved_card_life: unsaved_card_life()?,
        public_url,
    }))
}

/// For how long the number of an unsaved card is kept without use.
fn unsaved_card_life() -> Result<Duration, ConfigError> {
    let days = match env::var(UNSAVED_CARD_DAYS) {
        Ok(text) => text.parse().map_err(|_| unusable(format!("{UNSAVED_CARD_DAYS} is no number of days")))?,
        Err(_) => limits::UNSAVED_CARD_DAYS,
    };
    Ok(Duration::from_hours(24 * u64::from(days)))
}

fn variable(name: &'static str) -> Result<String, ConfigError> {
    env::var(name).map_err(|_| ConfigError::Missing(name))
}

fn unusable(error: impl std::fmt::Display) -> ConfigError {
    ConfigError::Unusable(error.to_string())
}

/// As Lambda sets the environment.
fn access_from_env() -> Result<SdkConfig, ConfigError> {
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    access(credentials, Region::new(variable("AWS_REGION")?), env::var("AWS_ENDPOINT_URL").ok()).map_err(unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_public_one_wherever_the_services_are_elsewhere() {
        for services in [
            None,
            Some("https://dynamodb.us-east-1.amazonaws.com"),
            Some("https://127.0.0.1:4566"),
            Some("http://10.0.0.1:4566"),
            Some("http://localhost:4566"),
            Some("http://127.0.0.1.example.com"),
            Some("http://emulator@example.com"),
            Some("127.0.0.1:4566"),
            Some(""),
        ] {
            for stage in [Stage::Sandbox, Stage::Production] {
                assert!(!outbound(stage, services).unwrap().is_local(), "{services:?}");
            }
        }
    }

    #[test]
    fn a_public_address_that_cannot_be_used_is_named_and_not_printed() {
        assert_eq!(public_url("https://pay.example").unwrap().as_str(), "https://pay.example");
        let refused = public_url("https://user:secret@pay.example/v1").unwrap_err().to_string();
        assert_eq!(
            refused,
            "HUB_PUBLIC_URL cannot be used: a public address is http or https, without user, path and query, such as https://pay.example"
        );
    }

    #[test]
    fn with_an_emulator_a_sandbox_calls_this_machine_and_production_does_not_start() {
        for services in ["http://127.0.0.1:4566", "http://127.1.2.3", "http://[::1]:4566/"] {
            assert!(outbound(Stage::Sandbox, Some(services)).unwrap().is_local(), "{services}");
            assert!(matches!(outbound(Stage::Production, Some(services)), Err(NoOutbound::Production)), "{services}");
        }
    }
}
