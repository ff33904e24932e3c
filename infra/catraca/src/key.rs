//! The commands of public keys.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use domain::{
    ids::{ClientId, KeyId},
    limits::MAX_PAGE,
    public_key::ListedKey,
    refusal::Refusal,
};
use flows::{
    Hub,
    account::{self, keys},
    caller::Caller,
};
use store::lists::Window;

use crate::{failure::Failure, which_hub::WhichHub};

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// List the public keys of an account, the newest first.
    List(List),
    /// Revoke a public key, or all of an account, with the keys made with them and the keys of their unpaid sessions.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The public key, or its id in the list.
    #[arg(value_name = "KEY", required_unless_present = "all", conflicts_with = "all")]
    key: Option<KeyId>,
    /// Revoke every public key of the account.
    #[arg(long)]
    all: bool,
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    hub: WhichHub,
}

impl KeyCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run().await,
            Self::Revoke(revoke) => revoke.run().await,
        }
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let client = self.client;
        let listed = self.hub.with(async |hub| all(hub, client).await).await?;
        let listed = listed.map_err(|refusal| failed(client, refusal, Failure::NotListed))?;
        let mut lines = String::from(
            "id                                    ends in  status   made                      expires                   parent                                scopes\n",
        );
        for key in &listed {
            lines.push_str(&line(key));
        }
        Ok(io::stdout().write_all(lines.as_bytes())?)
    }
}

impl Revoke {
    async fn run(self) -> Result<(), Failure> {
        let Self { key, client, hub, .. } = self;
        let done = hub.with(async |hub| revoke(hub, client, key).await).await?;
        done.map_err(|refusal| failed(client, refusal, Failure::Key))?;
        let what = key.map_or_else(|| "every public key of the account".to_owned(), |key| key.to_string());
        Ok(writeln!(io::stdout(), "{what} is revoked; within a minute it opens nothing")?)
    }
}

async fn revoke(hub: &Hub, client: ClientId, key: Option<KeyId>) -> Result<(), Refusal> {
    match key {
        Some(key) => keys::revoke(hub, &Caller::account(client), key.uuid()).await.map(drop),
        None => keys::revoke_all(hub, client).await,
    }
}

/// Every public key of the account that a list reaches.
async fn all(hub: &Hub, client: ClientId) -> Result<Vec<ListedKey>, Refusal> {
    let first = Window { descending: true, limit: MAX_PAGE, ..account::window(hub, client, None, None).await? };
    let mut found = Vec::new();
    for page in 1.. {
        let listed = keys::list(hub, client, &Window { page, ..first.clone() }).await?;
        let is_last = listed.items.len() < MAX_PAGE;
        found.extend(listed.items);
        if is_last {
            break;
        }
    }
    Ok(found)
}

fn line(key: &ListedKey) -> String {
    let ListedKey { id, parent, last_four, scopes, expires_at, state, created_at } = key;
    let expires = expires_at.map_or_else(|| "never".to_owned(), |end| end.to_string());
    let parent = parent.map_or_else(|| "secret key".to_owned(), |parent| parent.to_string());
    format!("{id}  {last_four:<7}  {:<7}  {created_at}  {expires:<24}  {parent:<36}  {scopes}\n", state.name())
}

fn failed(client: ClientId, refusal: Refusal, otherwise: fn(Refusal) -> Failure) -> Failure {
    match refusal {
        Refusal::Forbidden => Failure::NoAccount(client),
        refusal => otherwise(refusal),
    }
}
