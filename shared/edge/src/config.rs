//! The hub as its environment describes it.
//!
//! | variable | meaning |
//! |---|---|
//! | `HUB_TABLE`, `TOKENS_TABLE` | the two tables |
//! | `KMS_KEY_ID` | the key that wraps data keys |
//! | `WEBHOOK_QUEUE_URL` | the queue of deliveries, where one is used |
//! | `PARKED_QUEUE_URL` | the queue of what cannot be relayed, where one is used |
//! | `STAGE` | `sandbox` or `production` |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | set by Lambda |
//! | `AWS_ENDPOINT_URL` | an emulator, for tests |

use std::env;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use flows::{Clock, Executor, Hub, Outbound, Stage, provision};
use seal::Keeper;
use store::{Store, queue::Queue};

use crate::trust::{Access, http_client, time_limits};

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

/// The hub that the environment of a function describes.
///
/// # Errors
/// [`ConfigError`], naming what is missing.
pub async fn hub_from_env() -> Result<Hub, ConfigError> {
    let stage = variable("STAGE")?.parse().map_err(unusable)?;
    hub(&variable("HUB_TABLE")?, &variable("TOKENS_TABLE")?, stage).await
}

/// The hub over the table of this name, for the operator's commands: they touch no token and call no provider.
///
/// # Errors
/// [`ConfigError`], naming what is missing.
pub async fn operator_hub(table: &str) -> Result<Hub, ConfigError> {
    hub(table, "tokens", Stage::Production).await
}

async fn hub(table: &str, tokens: &str, stage: Stage) -> Result<Hub, ConfigError> {
    let access = Access::from_env()?;
    let store = Store::new(access.dynamo(), table, tokens);
    let keeper = Keeper::kms(access.kms(), variable("KMS_KEY_ID")?);
    let secrets = provision::hub_secrets(&store, &keeper).await.map_err(unusable)?;
    let executor = Executor::new(stage, None).map_err(unusable)?;
    let outbound = Outbound::public().map_err(unusable)?;
    let queue = |name| env::var(name).ok().map(|url| Queue::new(access.sqs(), url));
    let hub = Hub::new(store, keeper, secrets, Clock::system(), executor, outbound, queue("WEBHOOK_QUEUE_URL"));
    Ok(hub.parking(queue("PARKED_QUEUE_URL")))
}

/// A client of the embedded engine at `endpoint`.
///
/// # Errors
/// [`ConfigError::Unusable`] where TLS cannot be set up.
pub fn local_dynamo(endpoint: &str) -> Result<aws_sdk_dynamodb::Client, ConfigError> {
    Ok(Access::local()?.dynamo_at(Some(endpoint.to_owned())))
}

/// The queue of deliveries that an engine at `endpoint` keeps under `url`.
///
/// # Errors
/// [`ConfigError::Unusable`] where TLS cannot be set up.
pub fn local_queue(endpoint: &str, url: String) -> Result<Queue, ConfigError> {
    Ok(Queue::new(Access::local()?.sqs_at(Some(endpoint.to_owned())), url))
}

fn variable(name: &'static str) -> Result<String, ConfigError> {
    env::var(name).map_err(|_| ConfigError::Missing(name))
}

fn unusable(error: impl std::fmt::Display) -> ConfigError {
    ConfigError::Unusable(error.to_string())
}

impl Access {
    fn from_env() -> Result<Self, ConfigError> {
        let credentials = Credentials::new(
            variable("AWS_ACCESS_KEY_ID")?,
            variable("AWS_SECRET_ACCESS_KEY")?,
            env::var("AWS_SESSION_TOKEN").ok(),
            None,
            "environment",
        );
        Self::with(Region::new(variable("AWS_REGION")?), credentials)
    }

    fn local() -> Result<Self, ConfigError> {
        Self::with(Region::from_static("us-east-1"), Credentials::new("local", "local", None, None, "local"))
    }

    fn with(region: Region, credentials: Credentials) -> Result<Self, ConfigError> {
        Ok(Self {
            behavior: BehaviorVersion::latest(),
            region,
            credentials,
            retry: RetryConfig::standard(),
            timeouts: time_limits(),
            http: http_client().map_err(unusable)?,
        })
    }

    fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        self.dynamo_at(env::var("AWS_ENDPOINT_URL").ok())
    }

    fn dynamo_at(&self, endpoint: Option<String>) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(self.behavior)
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .retry_config(self.retry.clone())
            .timeout_config(self.timeouts.clone())
            .http_client(self.http.clone());
        config.set_endpoint_url(endpoint);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    fn kms(&self) -> aws_sdk_kms::Client {
        let mut config = aws_sdk_kms::Config::builder()
            .behavior_version(self.behavior)
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .retry_config(self.retry.clone())
            .timeout_config(self.timeouts.clone())
            .http_client(self.http.clone());
        config.set_endpoint_url(env::var("AWS_ENDPOINT_URL").ok());
        aws_sdk_kms::Client::from_conf(config.build())
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs_at(env::var("AWS_ENDPOINT_URL").ok())
    }

    fn sqs_at(&self, endpoint: Option<String>) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(self.behavior)
            .region(self.region.clone())
            .credentials_provider(self.credentials.clone())
            .retry_config(self.retry.clone())
            .timeout_config(self.timeouts.clone())
            .http_client(self.http.clone());
        config.set_endpoint_url(endpoint);
        aws_sdk_sqs::Client::from_conf(config.build())
    }
}
