//! The hub of this machine, as the command runs it.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use flows::{
    PublicUrl,
    provider::stand_in::{Roots, StandIn, StandIns},
};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    account::SandboxAccount,
    env_file,
    failure::Failure,
    local::{Options, Place, Running},
    which_hub::{bank, roots},
};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port on loopback; 0 takes any free port.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The folder of the hub's data.
    #[arg(long, value_name = "DIR", default_value = ".catraca")]
    data: PathBuf,
    /// Keep the data in memory until the hub stops.
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Write `HUB_URL`, `HUB_CLIENT_ID`, `HUB_SECRET_KEY`, `HUB_MERCHANT_ID`, `HUB_WORLDLINE_KEY_ID` and
    /// `HUB_WORLDLINE_SECRET` to this file once the hub is ready. A file that exists is replaced where it holds nothing
    /// but `HUB_` variables.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// The address of an HTTP bank for the sandbox, in place of the hub's own.
    #[arg(long, value_name = "URL", value_parser = bank)]
    sandbox_bank: Option<String>,
    /// A server that is called in place of a provider's own, such as `BB=http://127.0.0.1:8099`; can be repeated.
    #[arg(long = "provider-url", value_name = "PROVIDER=URL")]
    provider_urls: Vec<StandIn>,
    /// A file of root certificates in PEM, beside the public ones, for the servers of `--provider-url`.
    #[arg(long, value_name = "FILE", requires = "provider_urls", value_parser = roots)]
    provider_ca: Option<Roots>,
    /// The address at which providers and browsers reach the hub, such as `https://pay.example`; by default the address
    /// on loopback.
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
}

impl Serve {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        // Before anything starts, so that no signal is missed.
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let no_env_file = |path: &PathBuf, source| Failure::EnvFile { path: path.clone(), source };
        if let Some(path) = &self.env_file {
            env_file::check(path, &self.data).map_err(|source| no_env_file(path, source))?;
        }
        let place = if self.memory { Place::Memory } else { Place::Folder(self.data.clone()) };
        let hub = Running::start(Options {
            port: self.port,
            place,
            sandbox_bank: self.sandbox_bank,
            stand_ins: StandIns::new(self.provider_urls, self.provider_ca.unwrap_or_default())?,
            public_url: self.public_url,
        })
        .await?;
        let ready = async {
            if let Some(path) = self.env_file {
                // The start made files.
                let free = env_file::check(&path, &self.data);
                let server_key = hub.server_key().await.map_err(Failure::NotListed)?;
                let written = free.and_then(|()| hub.account.write_env_file(&path, &hub.url(), server_key.as_ref()));
                written.map_err(|source| no_env_file(&path, source))?;
            }
            io::stdout().write_all(greeting(&hub).await.as_bytes()).map_err(Failure::from)
        };
        let ready = ready.await;
        if ready.is_ok() {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        }
        // A second signal ends the process at once; the next start continues what was under way.
        tokio::select! { () = hub.stop() => {}, _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        ready
    }
}

/// What the greeting says in place of a merchant's id.
const NO_MERCHANT: &str = "none: every merchant of the account is deleted. POST /v1/merchants makes one";

/// The greeting when the hub is ready: with the secret key at the first start only.
async fn greeting(hub: &Running) -> String {
    let (url, client) = (hub.url(), hub.account.client);
    let merchant = hub.account.merchant.map_or_else(|| NO_MERCHANT.to_owned(), |id| id.to_string());
    let file = hub.account_file();
    let key = if hub.is_first_start {
        first_greeting(&url, &hub.account, &merchant, &file)
    } else {
        format!("secret key   in {}\n", file.display())
    };
    let clock = match hub.seconds_ahead().await {
        0 => String::new(),
        ahead => format!("\nThe test clock was moved: the hub is {ahead} seconds ahead.\n"),
    };
    format!("Catraca is ready: {url}\n\nclient id    {client}\nmerchant id  {merchant}\n{key}{clock}")
}

fn first_greeting(url: &str, account: &SandboxAccount, merchant: &str, file: &Path) -> String {
    let (client, secret_key) = (account.client, account.secret_key.reveal());
    format!(
        r#"secret key   {secret_key}

A card payment in the sandbox:

curl {url}/v1/charges \
  -H 'X-Client-Id: {client}' -H 'X-Api-Key: {secret_key}' -H 'Content-Type: application/json' \
  -d '{{"merchantId":"{merchant}","amount":1500,"capture":true,
       "paymentMethod":{{"paymentType":"credit","installments":1}},
       "paymentSource":{{"sourceType":"card","card":{{"cardNumber":"4929564637987814","cardCvv":"321",
         "cardExpirationDate":"12/2031","cardHolderName":"MARIA SILVA"}}}}}}'

The secret key is kept in {} and not shown again. `--env-file FILE` writes it to a file, with the
key and the secret for Worldline's API. Ctrl-C stops the hub.
"#,
        file.display()
    )
}
