//! The commands of the keys with which merchants' servers sign requests of Worldline's API.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use domain::{
    ids::{ClientId, ServerKeyId},
    refusal::Refusal,
    time::Timestamp,
};
use flows::{
    Hub,
    account::server_keys::{self, NewServerKey},
};
use store::server_keys::ServerKey;

use crate::{failure::Failure, which_hub::WhichHub};

#[derive(Debug, Subcommand)]
pub(crate) enum ServerKeyCommand {
    /// List the keys of an account, the newest first.
    List(OfAccount),
    /// Make a new key, and print it once. The former ones sign for 24 hours more.
    Rotate(OfAccount),
    /// Revoke a key. Within a minute it signs nothing.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct OfAccount {
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The id of the key.
    #[arg(value_name = "KEY")]
    key: ServerKeyId,
    #[command(flatten)]
    of: OfAccount,
}

impl ServerKeyCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let lines = match self {
            Self::List(of) => of.list().await,
            Self::Rotate(of) => of.rotate().await,
            Self::Revoke(Revoke { key, of }) => of.revoke(key).await,
        };
        Ok(io::stdout().write_all(lines?.as_bytes())?)
    }
}

impl OfAccount {
    async fn list(self) -> Result<String, Failure> {
        let client = self.client;
        let listed =
            self.hub.with(async |hub| Ok::<_, Refusal>((server_keys::list(hub, client).await?, hub.now()))).await?;
        let (keys, now) = listed.map_err(|refusal| failed(client, refusal))?;
        let heading = "id                                    status   made                      ends\n";
        Ok(keys.iter().fold(heading.to_owned(), |lines, key| lines + &line(key, now)))
    }

    async fn rotate(self) -> Result<String, Failure> {
        let client = self.client;
        let made = self.hub.with(async |hub| server_keys::rotate(hub, client).await).await?;
        let made = made.map_err(|refusal| failed(client, refusal))?;
        Ok(format!(
            "{}\nThe key is not shown again: keep it now. The former ones sign for 24 hours more.\n",
            server_key_lines(&made)
        ))
    }

    async fn revoke(self, key: ServerKeyId) -> Result<String, Failure> {
        let client = self.client;
        let revoke = async |hub: &Hub| {
            let (listed, now) = (server_keys::list(hub, client).await?, hub.now());
            let (of_it, others): (Vec<_>, Vec<_>) = listed.iter().partition(|listed| listed.id == key);
            if of_it.iter().any(|listed| !listed.is_live(now)) {
                return Ok(Err(Failure::EndedServerKey(key)));
            }
            let is_revoked = server_keys::revoke(hub, client, key).await?;
            Ok(if is_revoked {
                Ok(others.iter().any(|other| other.is_live(now)))
            } else {
                Err(Failure::NoServerKey(key))
            })
        };
        let signs = self.hub.with(revoke).await?.map_err(|refusal| failed(client, refusal))??;
        let left =
            if signs { "" } else { "warning: no key of the account signs any more: catraca worldline-key rotate\n" };
        Ok(format!("{key} is revoked; within a minute it signs nothing\n{left}"))
    }
}

fn line(key: &ServerKey, now: Timestamp) -> String {
    let ServerKey { id, created_at, ends_at, .. } = key;
    let status = match (key.is_live(now), ends_at) {
        (true, None) => "active",
        (true, Some(_)) => "former",
        (false, _) => "ended",
    };
    let ends = ends_at.map_or_else(|| "never".to_owned(), |end| end.to_string());
    format!("{id}  {status:<7}  {created_at}  {ends}\n")
}

fn failed(client: ClientId, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Forbidden => Failure::NoAccount(client),
        refusal => Failure::Key(refusal),
    }
}

/// The lines of a key that is printed once.
pub(crate) fn server_key_lines(key: &NewServerKey) -> String {
    format!("worldline key id  {}\nworldline secret  {}\n", key.id, key.secret.reveal())
}
