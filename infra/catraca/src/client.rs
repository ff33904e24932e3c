//! The commands of the accounts of merchants.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use domain::{ids::ClientId, merchant::ProviderType, method::PaymentType};
use edge::config::{Calls, operator_hub};
use flows::{
    Hub, Stage,
    account::provision::{self, NewAccount},
    provider::stand_in::StandIns,
};
use seal::Secret;

use crate::{
    failure::Failure,
    local::{DEFAULT_PROVIDERS, Home, Place},
    server_key::server_key_lines,
    which_hub::{WhichHub, problem},
};

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Create an account with one merchant, and print its keys once.
    Create(CreateClient),
    /// Replace the secret key of an account, and print the new key once. The old key stops working within a minute.
    RotateKey(RotateKey),
}

#[derive(Debug, Args)]
pub(crate) struct CreateClient {
    /// The name of the account.
    #[arg(long, value_parser = account_name)]
    name: String,
    /// The provider that the sandbox simulates for a payment method, such as `pix=BS2`; can be repeated.
    #[arg(long = "provider", value_name = "METHOD=PROVIDER", value_parser = provider)]
    providers: Vec<(PaymentType, ProviderType)>,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    hub: WhichHub,
}

impl ClientCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run().await,
            Self::RotateKey(rotate) => rotate.run().await,
        }
    }
}

impl CreateClient {
    async fn run(self) -> Result<(), Failure> {
        let stage = self.hub.stage();
        // Where real money is moved, no account can be made that pays without keys.
        let providers = if stage == Stage::Sandbox { with_defaults(self.providers) } else { self.providers };
        let (made, place) = if let Some(table) = self.hub.table {
            let hub = operator_hub(&table, stage, Calls::None).await?;
            (provision::create_client(&hub, &self.name, &providers).await, format!("table        {table}\n"))
        } else {
            let home = Home::open(&Place::Folder(self.hub.data), None, StandIns::default(), None).await?;
            let made = home.create_client(&self.name, &providers).await;
            let place = format!("folder       {}\n", home.folder().display());
            home.close().await;
            (made, place)
        };
        let made = made.map_err(Failure::Account)?;
        let next = if stage == Stage::Production { NO_ACCOUNTS } else { "" };
        Ok(io::stdout().write_all(format!("{place}{}{next}", account_lines(&made)).as_bytes())?)
    }
}

impl RotateKey {
    async fn run(self) -> Result<(), Failure> {
        let Some(table) = self.hub.table else {
            let home = Home::reopen(self.hub.data, None, StandIns::default()).await?;
            let rotated = rotate(&home.hub, self.client).await;
            let kept = rotated.and_then(|key| home.keep_key(self.client, key).map_err(Failure::from));
            home.close().await;
            return kept;
        };
        rotate(&operator_hub(&table, self.hub.stage, Calls::None).await?, self.client).await.map(drop)
    }
}

/// Replaces the secret key, prints the new one and returns it.
async fn rotate(hub: &Hub, client: ClientId) -> Result<Secret<String>, Failure> {
    let key = provision::rotate_key(hub, client).await.map_err(Failure::Key)?.ok_or(Failure::NoAccount(client))?;
    let said = format!("secret key   {}\n\nThe secret key is not shown again: keep it now.\n", key.reveal());
    io::stdout().write_all(said.as_bytes())?;
    Ok(key)
}

/// Adds the default provider of each payment method that was not named.
fn with_defaults(mut named: Vec<(PaymentType, ProviderType)>) -> Vec<(PaymentType, ProviderType)> {
    for default in DEFAULT_PROVIDERS {
        if named.iter().all(|(method, _)| *method != default.0) {
            named.push(default);
        }
    }
    named
}

fn provider(text: &str) -> Result<(PaymentType, ProviderType), String> {
    let (method, kind) = text.split_once('=').ok_or("must be METHOD=PROVIDER, such as pix=BS2")?;
    Ok((method.parse().map_err(problem)?, kind.parse().map_err(problem)?))
}

fn account_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// What follows the lines of an account where real money is moved.
const NO_ACCOUNTS: &str =
    "\nThe merchant has no accounts at providers yet, and cannot be paid: add them with `catraca provider add`.\n";

fn account_lines(made: &NewAccount) -> String {
    format!(
        "client id    {}\nmerchant id  {}\nsecret key   {}\n{}\nThe keys are not shown again: keep them now.\n",
        made.client,
        made.merchant,
        made.secret_key.reveal(),
        server_key_lines(&made.server_key)
    )
}
