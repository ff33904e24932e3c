//! The command line.

use std::{
    fs,
    io::{self, Write},
    iter,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::{
    charge::request::TransactionRequest,
    ids::{ChargeId, ClientId, ProviderAccountId},
    limits::UNSAVED_CARD_DAYS,
    merchant::ProviderType,
    method::PaymentType,
    money::Amount,
    refusal::Refusal,
    time::Timestamp,
};
use edge::config::{Calls, operator_hub};
use flows::{
    Hub, PublicUrl, Stage,
    account::{
        provider::NotRegistered,
        provision::{self, NewAccount},
    },
    charge::{
        look_up::LookUp,
        operator::{self, Left, NotRecorded, Recorded, Shown, Verdict, What},
    },
    provider::stand_in::{Roots, StandIn, StandIns, TwoStandIns},
    retention::{self, Purge, Purged},
    webhook::relay::{self, ReplayedEvents},
};
use reqwest::Url;
use seal::Secret;
use tokio::signal::unix::{SignalKind, signal};
use wire::malga::errors;

use crate::{
    account::SandboxAccount,
    env_file,
    key::KeyCommand,
    listen::{Caller, ListenError, Listening},
    local::{DEFAULT_PROVIDERS, Home, Options, Place, Running, StartError},
    provider::ProviderCommand,
};

/// Run Catraca, a payments hub, on this machine.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Manage the accounts of merchants.
    Client {
        #[command(subcommand)]
        command: ClientCommand,
    },
    /// Manage merchants' accounts at providers.
    Provider {
        #[command(subcommand)]
        command: ProviderCommand,
    },
    /// List and revoke public keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Show or repair a charge.
    Charge {
        #[command(subcommand)]
        command: ChargeCommand,
    },
    /// Manage stored card numbers.
    Cards {
        #[command(subcommand)]
        command: CardsCommand,
    },
    /// Forward the webhook events of a hub on this machine to a program, and print a line for each.
    Listen(Listen),
    /// Manage webhook events.
    Events {
        #[command(subcommand)]
        command: EventsCommand,
    },
}

#[derive(Debug, Args)]
struct Listen {
    /// The address to which the events are forwarded.
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// The address of the hub.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The folder of the hub, whose sandbox account is used.
    #[arg(long, value_name = "DIR", default_value = ".catraca")]
    data: PathBuf,
    /// The file that the hub wrote with its own `--env-file`; instead of `--url` and `--data`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "data"])]
    env_file: Option<PathBuf>,
    /// The version of the webhook, `1.0` or `1.1`: the format of the events.
    #[arg(long, value_name = "VERSION")]
    webhook_version: Option<String>,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Queue webhook events again that were lost before delivery, each with the charge as it was then.
    Replay(Replay),
}

#[derive(Debug, Args)]
struct Replay {
    /// The time from which events are replayed, such as 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Timestamp,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Subcommand)]
enum CardsCommand {
    /// Count the numbers of cards that were not saved and not used for long, or erase them.
    Purge(PurgeCards),
}

#[derive(Debug, Args)]
struct PurgeCards {
    /// The days without use.
    #[arg(long, value_name = "DAYS", default_value_t = UNSAVED_CARD_DAYS)]
    days: u16,
    /// Erase the numbers; without this they are only counted.
    #[arg(long)]
    erase: bool,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Subcommand)]
enum ChargeCommand {
    /// Show a charge with its requests, and where its provider shows those whose outcome is unknown.
    Show(ShowCharge),
    /// Record the outcome of a request that an operator looked up at its provider.
    Settle(SettleCharge),
    /// Apply the provider notifications of a charge again that wait or are unresolved.
    Apply(ApplyNotifications),
}

#[derive(Debug, Args)]
struct ApplyNotifications {
    /// The id of the charge.
    #[arg(value_name = "ID")]
    charge: ChargeId,
    #[command(flatten)]
    hub: ChargesHub,
}

#[derive(Debug, Args)]
struct ShowCharge {
    /// The id of the charge.
    #[arg(value_name = "ID")]
    charge: ChargeId,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
struct SettleCharge {
    /// The id of the charge.
    #[arg(value_name = "ID")]
    charge: ChargeId,
    /// The number of the request in the charge, from 1, the oldest first.
    #[arg(long, value_name = "N")]
    request: usize,
    /// The outcome.
    #[arg(value_enum)]
    verdict: Found,
    /// With `refunded`: the amount of the refund in minor units; by default the residual amount.
    #[arg(long, value_name = "MINOR")]
    amount: Option<u64>,
    #[command(flatten)]
    hub: ChargesHub,
}

/// The outcome that an operator looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Found {
    /// The provider did it; a Pix, a boleto or a Drip was paid. Also for a payment that had failed.
    Approved,
    /// The provider did not do it, and will not.
    Declined,
    /// The payment was refunded outside the hub.
    Refunded,
}

#[derive(Debug, Subcommand)]
enum ClientCommand {
    /// Create an account with one merchant, and print its secret key once.
    Create(CreateClient),
    /// Replace the secret key of an account, and print the new key once. The old key stops working within a minute.
    RotateKey(RotateKey),
}

#[derive(Debug, Args)]
struct Serve {
    /// The port on loopback; 0 takes any free port.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The folder of the hub's data.
    #[arg(long, value_name = "DIR", default_value = ".catraca")]
    data: PathBuf,
    /// Keep the data in memory until the hub stops.
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Write `HUB_URL`, `HUB_CLIENT_ID`, `HUB_SECRET_KEY` and `HUB_MERCHANT_ID` to this file once the hub is ready. A
    /// file that exists is replaced where it holds nothing but `HUB_` variables.
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

#[derive(Debug, Args)]
struct CreateClient {
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
struct RotateKey {
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct WhichHub {
    /// The folder of a hub on this machine; stop that hub first.
    #[arg(long, value_name = "DIR", default_value = ".catraca")]
    data: PathBuf,
    /// The table of a deployed hub, in place of a folder; the environment has `AWS_REGION`, credentials, `KMS_KEY_ID`.
    #[arg(long, value_name = "NAME", conflicts_with = "data")]
    table: Option<String>,
    /// With `--table`: what the deployed hub is run for, `sandbox` or `production`: the parameter `Stage` of its stack.
    #[arg(long, value_name = "STAGE", requires = "table", conflicts_with = "data", default_value = "production")]
    stage: Stage,
}

/// The hub of a charge. With a folder the command may call providers; with a table it calls none.
#[derive(Debug, Args)]
struct ChargesHub {
    #[command(flatten)]
    hub: WhichHub,
    /// With `--data`: the address of the hub's HTTP bank for the sandbox, if it has one.
    #[arg(long, value_name = "URL", value_parser = bank, conflicts_with = "table")]
    sandbox_bank: Option<String>,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The hub did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A provider has two servers that stand in for it.
    #[error("the hub did not start: {0}")]
    StandIns(#[from] TwoStandIns),
    /// The deployed hub cannot be reached.
    #[error(transparent)]
    Config(#[from] edge::config::ConfigError),
    /// No account was made.
    #[error("no account was made: {}", errors::message(.0))]
    Account(Refusal),
    /// The secret key was not replaced, or no public key was revoked.
    #[error("no key was changed: {}", errors::message(.0))]
    Key(Refusal),
    /// No public key was listed.
    #[error("no key was listed: {}", errors::message(.0))]
    NotListed(Refusal),
    /// No account at a provider was added or changed.
    #[error("no account was added or changed: {}", errors::message(.0))]
    NotAdded(Refusal),
    /// A field of an account at a provider cannot be used.
    #[error("no account was added or changed: {0}")]
    Field(String),
    /// The hub has no adapter for accounts at this provider.
    #[error("no account was added or changed: this hub has no adapter for accounts at {0} yet")]
    NoAdapter(ProviderType),
    /// No account at a provider was listed or checked.
    #[error("no account was listed or checked: {}", errors::message(.0))]
    AccountsNotListed(Refusal),
    /// There is no such account at a provider.
    #[error("nothing was done: no merchant has the account {0}; `catraca provider list` shows them")]
    NoProviderAccount(ProviderAccountId),
    /// The provider refuses the keys.
    #[error("the provider does not accept the keys of {0}: give it new ones with `catraca provider add --account {0}`")]
    KeysRefused(ProviderAccountId),
    /// The keys cannot be checked.
    #[error("the keys of {0} are not checked: {1}")]
    NotChecked(ProviderAccountId, &'static str),
    /// The address of an account's notifications was not registered.
    #[error("the notification address of {0} was not registered: {1}")]
    NotRegistered(ProviderAccountId, NotRegistered),
    /// There is no such account: no key was changed, and none was listed.
    #[error("nothing was done: there is no account {0}")]
    NoAccount(ClientId),
    /// Nothing was recorded.
    #[error(transparent)]
    Settle(NotRecorded),
    /// The table could not be used to record anything.
    #[error("{}", errors::message(.0))]
    Refused(Refusal),
    /// There is no such charge to be shown.
    #[error("there is no such charge")]
    NoCharge,
    /// An amount without `refunded`, or one that is too large.
    #[error("--amount is for `refunded` alone, and at most 999999999999; nothing was recorded")]
    Amount,
    /// No waiting notification could be applied.
    #[error("no notification of this charge could be applied")]
    NothingApplied,
    /// No event can be forwarded.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The replay stopped before its end.
    #[error("not every charge was read; run the command again: {}", errors::message(.0))]
    Replay(Refusal),
    /// The purge stopped before its end.
    #[error("not every card was read; run the command again: {}", errors::message(.0))]
    Purge(Refusal),
    /// The replay skipped charges.
    #[error("{0} charges could not be read; the log has the reasons")]
    Unreadable(usize),
    /// The file of variables cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    EnvFile {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Signals or the terminal failed.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

impl From<NotRecorded> for Failure {
    fn from(problem: NotRecorded) -> Self {
        match problem {
            NotRecorded::Refused(refusal) => Self::Refused(refusal),
            problem => Self::Settle(problem),
        }
    }
}

impl Cli {
    /// Carries out the command.
    ///
    /// # Errors
    /// [`Failure`], whose text is one line.
    pub async fn run(self) -> Result<(), Failure> {
        match self.command {
            None => self.serve.run().await,
            Some(Command::Client { command: ClientCommand::Create(create) }) => create.run().await,
            Some(Command::Client { command: ClientCommand::RotateKey(rotate) }) => rotate.run().await,
            Some(Command::Key { command }) => command.run().await,
            Some(Command::Provider { command }) => command.run().await,
            Some(Command::Charge { command: ChargeCommand::Show(show) }) => show.run().await,
            Some(Command::Charge { command: ChargeCommand::Settle(settle) }) => Box::pin(settle.run()).await,
            Some(Command::Charge { command: ChargeCommand::Apply(apply) }) => apply.run().await,
            Some(Command::Cards { command: CardsCommand::Purge(purge) }) => purge.run().await,
            Some(Command::Listen(listen)) => listen.run().await,
            Some(Command::Events { command: EventsCommand::Replay(replay) }) => replay.run().await,
        }
    }
}

impl Serve {
    async fn run(self) -> Result<(), Failure> {
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
                let written = free.and_then(|()| hub.account.write_env_file(&path, &hub.url()));
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

impl ShowCharge {
    async fn run(self) -> Result<(), Failure> {
        let shown = self.hub.with(async |hub| operator::show(hub, self.charge).await).await?;
        let shown = shown.map_err(Failure::Refused)?.ok_or(Failure::NoCharge)?;
        Ok(io::stdout().write_all(charge_lines(&shown).as_bytes())?)
    }
}

/// The charge in a line, and each of its requests, with what an operator does about one whose outcome is unknown.
fn charge_lines(Shown { charge, look_ups }: &Shown) -> String {
    let (id, method, status, currency) = (charge.id, charge.method.kind(), charge.status(), charge.currency.code());
    let head = format!("charge {id}  {method}  {status}  amount {} {currency}\n", charge.amount());
    let of_request = |((number, request), look_up): ((usize, &TransactionRequest), &Option<LookUp>)| {
        let (kind, is, amount, provider) =
            (request.kind.name(), request.status().name(), request.amount(), request.via.kind);
        let reference = charge.reference(number);
        let what = format!("request {number}  {kind} {is}  amount {amount}  {provider}  reference {reference}\n");
        let next = look_up.as_ref().map(|look_up| {
            format!("  outcome unknown. {look_up}\n  Record what it shows: catraca charge settle {id} --request {number} …\n")
        });
        iter::once(what).chain(next)
    };
    iter::once(head).chain((1..).zip(&charge.requests).zip(look_ups).flat_map(of_request)).collect()
}

impl SettleCharge {
    async fn run(self) -> Result<(), Failure> {
        let amount = self.amount.map(Amount::new).transpose().map_err(|_| Failure::Amount)?;
        let verdict = match self.verdict {
            Found::Approved => Verdict::Approved,
            Found::Declined => Verdict::Declined,
            Found::Refunded => Verdict::Refunded(amount),
        };
        if amount.is_some() && self.verdict != Found::Refunded {
            return Err(Failure::Amount);
        }
        let number = self.request;
        let settle = async |hub: &Hub| Box::pin(operator::settle(hub, self.charge, number, verdict)).await;
        let recorded = self.hub.with(settle).await?;
        Ok(io::stdout().write_all(recorded_line(number, &recorded).as_bytes())?)
    }
}

/// The lines that say what was recorded for request `number`, the charge's status and amount, and where that is seen.
fn recorded_line(number: usize, recorded: &Recorded) -> String {
    let Recorded { charge, what, look_up } = recorded;
    let (status, amount) = (charge.status(), charge.amount());
    let request = charge.request(number).map_or("unknown", |request| request.status().name());
    let what = match what {
        What::Outcome => format!("request {number} is {request}"),
        What::Refund(refunded) => format!("a refund of {refunded} is recorded"),
        What::RefundedByHub => "a late payment is recorded, which is not kept: the hub refunds it".to_owned(),
        What::Waiting(cause) => {
            format!("what came of request {number} is recorded, and is applied when {}", operator::ending(*cause))
        }
    };
    format!("{what}; the charge is {status}, amount {amount}\n{look_up}\n")
}

impl ApplyNotifications {
    async fn run(self) -> Result<(), Failure> {
        let done = self.hub.with(async |hub| operator::apply(hub, self.charge).await).await?;
        let mut lines = format!("{} applied, {} left\n", done.applied, done.left.len());
        for Left { id, reports, why } in &done.left {
            lines.extend([id, " reports ", reports, " and ", why, "\n"]);
        }
        io::stdout().write_all(lines.as_bytes())?;
        if done.applied == 0 { Err(Failure::NothingApplied) } else { Ok(()) }
    }
}

impl WhichHub {
    /// Does `work` with the hub of a table, or of a data folder.
    pub(crate) async fn with<T>(self, work: impl AsyncFnOnce(&Hub) -> T) -> Result<T, Failure> {
        self.with_bank(None, work).await
    }

    /// What the hub is run for. One of a folder moves no real money.
    pub(crate) const fn stage(&self) -> Stage {
        if self.table.is_some() { self.stage } else { Stage::Sandbox }
    }

    /// The same; the hub calls providers, or what stands in for them.
    pub(crate) async fn with_calls<T>(
        self,
        stand_ins: StandIns,
        work: impl AsyncFnOnce(&Hub) -> T,
    ) -> Result<T, Failure> {
        if let Some(table) = self.table {
            return Ok(work(&operator_hub(&table, self.stage, Calls::Providers).await?).await);
        }
        in_folder(Home::reopen(self.data, None, stand_ins).await?, work).await
    }

    /// The same; the hub of a folder has this bank for the sandbox.
    async fn with_bank<T>(self, bank: Option<String>, work: impl AsyncFnOnce(&Hub) -> T) -> Result<T, Failure> {
        if let Some(table) = self.table {
            return Ok(work(&operator_hub(&table, self.stage, Calls::None).await?).await);
        }
        in_folder(Home::reopen(self.data, bank, StandIns::default()).await?, work).await
    }
}

async fn in_folder<T>(home: Home, work: impl AsyncFnOnce(&Hub) -> T) -> Result<T, Failure> {
    let done = work(&home.hub).await;
    home.close().await;
    Ok(done)
}

impl ChargesHub {
    /// Does `work` with the hub of a table, or of a data folder.
    async fn with<T>(self, work: impl AsyncFnOnce(&Hub) -> Result<T, NotRecorded>) -> Result<T, Failure> {
        Ok(self.hub.with_bank(self.sandbox_bank, work).await??)
    }
}

impl Listen {
    async fn run(self) -> Result<(), Failure> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let hub = match &self.env_file {
            Some(path) => Caller::of_variables(path)?,
            None => Caller::of_folder(&self.data, &self.url)?,
        };
        let mut listening = Listening::start(hub, &self.forward_to, self.webhook_version.as_deref()).await?;
        let mut written = writeln!(io::stdout(), "{}", heading(&self.forward_to, &listening));
        // A closed standard output ends the command too.
        while written.is_ok() {
            tokio::select! {
                Some(forwarded) = listening.next() => written = writeln!(io::stdout(), "{forwarded}"),
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
            }
        }
        listening.stop().await?;
        Ok(written?)
    }
}

impl Replay {
    async fn run(self) -> Result<(), Failure> {
        // In a folder's hub the sweeper queues the deliveries once the hub runs.
        let done = self.hub.with(async |hub| relay::replay(hub, self.since).await).await?;
        let ReplayedEvents { charges, events, unreadable } = done.map_err(Failure::Replay)?;
        writeln!(io::stdout(), "charges read     {charges}\nevents replayed  {events}")?;
        if unreadable > 0 { Err(Failure::Unreadable(unreadable)) } else { Ok(()) }
    }
}

impl PurgeCards {
    async fn run(self) -> Result<(), Failure> {
        let what = if self.erase { Purge::Erase } else { Purge::Count };
        let life = Duration::from_hours(24 * u64::from(self.days));
        let done = self.hub.with(async |hub| retention::purge_cards(hub, hub.now().minus(life), what).await).await?;
        let Purged { erased, in_use } = done.map_err(Failure::Purge)?;
        let heading = if self.erase { "numbers erased     " } else { "numbers to erase   " };
        Ok(writeln!(io::stdout(), "{heading}{erased}\nkept, still in use {in_use}")?)
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

/// The root certificates in a file.
pub(crate) fn roots(file: &str) -> Result<Roots, String> {
    fs::read_to_string(file).map_err(problem)?.parse().map_err(problem)
}

/// The address of an HTTP server.
fn bank(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    url.map(|_| text.to_owned())
        .ok_or_else(|| "must be an http or https address, such as http://127.0.0.1:8099".to_owned())
}

fn account_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn problem(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What follows the lines of an account where real money is moved.
const NO_ACCOUNTS: &str =
    "\nThe merchant has no accounts at providers yet, and cannot be paid: add them with `catraca provider add`.\n";

fn account_lines(made: &NewAccount) -> String {
    format!(
        "client id    {}\nmerchant id  {}\nsecret key   {}\n\nThe secret key is not shown again: keep it now.\n",
        made.client,
        made.merchant,
        made.secret_key.reveal()
    )
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

fn heading(target: &str, listening: &Listening) -> String {
    let (public_key, secret) = (&listening.public_key, listening.secret.reveal());
    format!("Every event goes to {target}. Ctrl-C stops that. Verify signatures with these:\n\n{public_key}{secret}\n")
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

The secret key is kept in {} and not shown again. Ctrl-C stops the hub.
"#,
        file.display()
    )
}
