//! The commands of merchants' accounts at providers.

use std::{
    borrow::Cow,
    io::{self, Write},
    iter,
};

use clap::{Args, Subcommand};
use domain::{
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{Credentials, Environment, Merchant, ProviderAccount, ProviderType},
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use edge::config::{Calls, ConfigError, public_url_from_env};
use flows::{
    Hub, PublicUrl,
    account::{
        merchant,
        provider::{self, AccountChange, CertificateEnd, Checked, NotRegistered, Registered, Registration},
    },
    provider::{
        notification,
        stand_in::{Roots, StandIn, StandIns},
    },
};

use crate::{
    failure::Failure,
    field::{Pair, fields},
    which_hub::{WhichHub, roots},
};

#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// Add an account at a provider to a merchant, or change one.
    ///
    /// The fields of each provider are in docs/providers/README.md. An account that is changed keeps the fields that are
    /// not given. A secret is never an argument: it is read from a file
    /// (`--field apiKey=@FILE`), from standard input (`--field apiKey=@-`) or from a variable of the environment
    /// (`--field-env apiKey=VARIABLE`).
    Add(Add),
    /// Remove an account from its merchant. Its earlier payments are still settled there.
    Remove(Remove),
    /// Ask a provider whether it accepts the keys of an account. No money is moved.
    Check(Check),
    /// List the accounts at providers of an account's merchants, without their secrets, and the address of each to which
    /// its provider sends notifications.
    List(List),
    /// Register the address of an account's notifications at its provider.
    ///
    /// Where the provider has no call for that, the command prints the address, and where at the provider a person
    /// registers it.
    RegisterWebhook(RegisterWebhook),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The provider, such as `PAGARME`.
    #[arg(value_name = "PROVIDER", value_parser = kind)]
    kind: ProviderType,
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// The id of the merchant; with `--account`, its own.
    #[arg(long, value_name = "ID", required_unless_present = "account")]
    merchant: Option<MerchantId>,
    /// The account at the provider that is changed, for its earlier payments too: it keeps the fields that are not given.
    /// Without it, a new account is added.
    #[arg(long, value_name = "ID")]
    account: Option<ProviderAccountId>,
    /// Ask this account first for every payment that it serves. Without it, a new account is the last.
    #[arg(long)]
    first: bool,
    /// A field: `NAME=VALUE` where it is no secret, `NAME=@FILE` or, from standard input, `NAME=@-`; can be repeated. An
    /// optional field is removed by `NAME=`.
    #[arg(long = "field", value_name = "NAME=VALUE")]
    fields: Vec<Pair>,
    /// A field in a variable of the environment; can be repeated.
    #[arg(long = "field-env", value_name = "NAME=VARIABLE")]
    variables: Vec<Pair>,
    /// A payment method that the account serves; can be repeated. Without it, all that the provider serves.
    #[arg(long = "method", value_name = "METHOD")]
    methods: Vec<PaymentType>,
    /// A currency that the account serves, such as BRL; can be repeated. Without it, all that the provider takes.
    #[arg(long = "currency", value_name = "CODE")]
    currencies: Vec<Currency>,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The id of the account at the provider, as `catraca provider list` shows it.
    #[arg(value_name = "ACCOUNT")]
    account: ProviderAccountId,
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The id of the account at the provider, as `catraca provider list` shows it.
    #[arg(value_name = "ACCOUNT")]
    account: ProviderAccountId,
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    servers: Servers,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct RegisterWebhook {
    /// The id of the account at the provider, as `catraca provider list` shows it.
    #[arg(value_name = "ACCOUNT")]
    account: ProviderAccountId,
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    servers: Servers,
    #[command(flatten)]
    hub: WhichHub,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    hub: WhichHub,
}

/// What is called in place of providers.
#[derive(Debug, Args)]
struct Servers {
    /// With `--data`: a server that is called in place of a provider's own; can be repeated.
    #[arg(long = "provider-url", value_name = "PROVIDER=URL", conflicts_with = "table")]
    provider_urls: Vec<StandIn>,
    /// A file of root certificates in PEM for the servers of `--provider-url`.
    #[arg(long, value_name = "FILE", requires = "provider_urls", value_parser = roots)]
    provider_ca: Option<Roots>,
}

/// Where providers reach the hub.
#[derive(Debug, Args)]
struct Address {
    /// The address at which providers reach the hub, such as `https://pay.example`; by default `HUB_PUBLIC_URL` of the
    /// environment.
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
}

impl ProviderCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Remove(remove) => remove.run().await,
            Self::Check(check) => check.run().await,
            Self::List(list) => list.run().await,
            Self::RegisterWebhook(register) => register.run().await,
        }
    }
}

/// A provider at which the hub can have accounts.
fn kind(text: &str) -> Result<ProviderType, String> {
    let is_known = |kind: &ProviderType| provider::fields(*kind).is_some();
    let named = text.parse().ok().filter(is_known);
    named.ok_or_else(|| {
        let known: Vec<_> = ProviderType::ALL.iter().copied().filter(is_known).map(ProviderType::name).collect();
        format!("the hub has accounts at {}", known.join(", "))
    })
}

impl Add {
    async fn run(self) -> Result<(), Failure> {
        let known = provider::fields(self.kind).unwrap_or_default();
        let fields = fields(known, &self.fields, &self.variables).map_err(Failure::Field)?;
        let change = AccountChange {
            kind: self.kind,
            account: self.account,
            fields,
            methods: Some(self.methods).filter(|methods| !methods.is_empty()),
            currencies: Some(self.currencies).filter(|currencies| !currencies.is_empty()),
            is_first: self.first,
        };
        let (client, merchant, of) = (self.client, self.merchant, of(self.client, &self.hub));
        let added = self.hub.with(async |hub| added(hub, client, merchant, &change, &of).await).await??;
        Ok(io::stdout().write_all(added.as_bytes())?)
    }
}

/// The options of a further command about accounts of `client`.
fn of(client: ClientId, hub: &WhichHub) -> String {
    format!("--client {client}{}", hub.options())
}

/// Adds or changes an account: what the operator is to know of it then, with commands for that which have the options `of`.
async fn added(
    hub: &Hub,
    client: ClientId,
    merchant: Option<MerchantId>,
    change: &AccountChange,
    of: &str,
) -> Result<String, Failure> {
    let merchant = match (merchant, change.account) {
        (Some(merchant), _) => merchant,
        (None, Some(account)) => {
            provider::find(hub, client, account).await.map_err(|refusal| not_found(account, refusal))?.0.id
        }
        (None, None) => return Err(Failure::NotAdded(Refusal::MerchantNotFound)),
    };
    let (merchant, account) = provider::add(hub, client, merchant, change).await.map_err(Failure::NotAdded)?;
    let end = provider::certificate_end(hub, client, &account).await.map_err(Failure::AccountsNotListed)?;
    let (id, kind) = (account.id, account.kind);
    let how = match (change.account, change.fields.is_empty()) {
        (None, _) => "is added",
        (Some(_), true) => "is changed, and keeps its keys",
        (Some(_), false) => "has new keys",
    };
    let done = format!("{kind} {id} {how}. Check its keys: catraca provider check {id} {of}\n");
    let soon = end.filter(|end| end.is_soon).map(|end| format!("warning: {}. Order a new one in time\n", until(end)));
    Ok(iter::once(done).chain(soon).chain([asked(&merchant, &account, of)]).collect())
}

/// In which order the merchant's accounts are asked for the payments that `account` serves, and how that is changed.
fn asked(merchant: &Merchant, account: &ProviderAccount, of: &str) -> String {
    let (id, kind) = (account.id, account.kind);
    let is_beside = |other: &&ProviderAccount| {
        other.id != id && other.methods.iter().any(|method| account.methods.contains(method))
    };
    let by_method = account.methods.iter().map(|method| {
        let served = merchant.providers.iter().filter(|other| other.methods.contains(method));
        let served: Vec<_> = served.map(|other| format!("{} {} ({})", other.kind, other.id, place(other))).collect();
        format!("  {method}: {}\n", served.join(", then "))
    });
    let is_before = merchant.providers.iter().take_while(|other| other.id != id).any(|other| is_beside(&other));
    let not_first =
        format!("{kind} {id} is not the first. Make it so: catraca provider add {kind} --account {id} {of} --first\n");
    let beside = merchant.providers.iter().filter(is_beside).filter_map(|other| {
        let remove = format!("catraca provider remove {} {of}", other.id);
        match (&other.credentials, &account.credentials) {
            (Credentials::Sandbox { .. }, Credentials::Account { .. }) => Some(format!(
                "warning: {} {} is of the hub's sandbox, and approves payments that no provider gets: {remove}\n",
                other.kind, other.id
            )),
            (Credentials::Account { .. }, _) if other.kind == kind => {
                Some(format!("the merchant has another account at {kind}. Where that is a mistake: {remove}\n"))
            }
            (Credentials::Account { .. } | Credentials::Sandbox { .. }, _) => None,
        }
    });
    let head = "a payment goes to the first account that serves its method and currency:\n".to_owned();
    iter::once(head).chain(by_method).chain(is_before.then_some(not_first)).chain(beside).collect()
}

/// Where an account is, in words.
const fn place(account: &ProviderAccount) -> &'static str {
    match account.credentials {
        Credentials::Sandbox { .. } => "the hub's sandbox",
        Credentials::Account { environment: Environment::Sandbox, .. } => "the provider's sandbox",
        Credentials::Account { environment: Environment::Production, .. } => "production",
    }
}

fn until(end: CertificateEnd) -> String {
    let how = if end.is_soon { ", soon or already" } else { "" };
    format!("the client certificate ends at {}{how}", end.at)
}

impl Remove {
    async fn run(self) -> Result<(), Failure> {
        let Self { account, client, hub } = self;
        let removed = hub.with(async |hub| provider::remove(hub, client, account).await).await?;
        let merchant = removed.map_err(|refusal| not_found(account, refusal))?.ok_or(Failure::Removed(account))?;
        let left = match merchant.providers.len() {
            0 => "no account is left: the merchant cannot be paid".to_owned(),
            left => format!("{left} are left"),
        };
        let text = format!("{account} is removed, and its earlier payments are still settled there; {left}\n");
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
}

impl Check {
    async fn run(self) -> Result<(), Failure> {
        let Self { account, client, servers, hub } = self;
        let of = of(client, &hub);
        let check = async |hub: &Hub| checked(hub, client, account, &of).await;
        let said = hub.with_servers(Calls::Providers, None, servers.stand_ins()?, check).await??;
        Ok(io::stdout().write_all(said.as_bytes())?)
    }
}

/// What the provider says of the keys of an account.
async fn checked(hub: &Hub, client: ClientId, id: ProviderAccountId, of: &str) -> Result<String, Failure> {
    let (_, account) = provider::find(hub, client, id).await.map_err(|refusal| not_found(id, refusal))?;
    if let Credentials::Sandbox { .. } = account.credentials {
        return Ok(format!("{id} is of the hub's sandbox: no provider was asked, and there are no keys to check\n"));
    }
    let mend = format!("catraca provider add {} --account {id} {of} --field …", account.kind);
    match provider::check(hub, client, id).await.map_err(|refusal| not_found(id, refusal))? {
        Checked::Accepted => {
            let end = provider::certificate_end(hub, client, &account).await.map_err(Failure::AccountsNotListed)?;
            let end = end.map_or_else(String::new, |end| format!("; {}", until(end)));
            Ok(format!("the provider accepts the keys of {id}{end}\n"))
        }
        Checked::Refused => Err(Failure::KeysRefused { account: id, mend }),
        Checked::Lacks(field) => Err(Failure::Lacks { account: id, field, mend }),
        Checked::Unproved(why) => {
            let hosts = provider::hosts(hub, client, &account).await.join(", ");
            Err(Failure::NotChecked { account: id, why, hosts })
        }
    }
}

impl RegisterWebhook {
    async fn run(self) -> Result<(), Failure> {
        let Self { account, client, address, servers, hub } = self;
        let public_url = address.public_url()?;
        let register = async |hub: &Hub| provider::register(&reached(hub, public_url), client, account).await;
        let registered = hub.with_servers(Calls::Providers, None, servers.stand_ins()?, register).await?;
        let text = match registered.map_err(|why| not_registered(account, why))? {
            Registered::Done(address) => format!("the provider sends the notifications of {account} to {address}\n"),
            Registered::ByPerson(address, place) => {
                format!(
                    "the provider has no call that registers an address. Register {address} at the provider: {place}\n"
                )
            }
            Registered::WithPayments => format!("nothing to register: {}\n", how(Registration::WithPayments)),
            Registered::Nowhere => format!("nothing to register: {}\n", how(Registration::Nowhere)),
        };
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let (client, public_url) = (self.client, self.address.public_url()?);
        let listed = self.hub.with(async |hub| listed(hub, client, public_url.as_ref()).await).await?;
        Ok(io::stdout().write_all(listed.map_err(Failure::AccountsNotListed)?.as_bytes())?)
    }
}

impl Servers {
    fn stand_ins(self) -> Result<StandIns, Failure> {
        Ok(StandIns::new(self.provider_urls, self.provider_ca.unwrap_or_default())?)
    }
}

impl Address {
    /// The option, or else what the environment says; none where neither does.
    fn public_url(self) -> Result<Option<PublicUrl>, Failure> {
        match (self.public_url, public_url_from_env()) {
            (Some(public_url), _) | (None, Ok(public_url)) => Ok(Some(public_url)),
            (None, Err(ConfigError::Missing(_))) => Ok(None),
            (None, Err(unusable)) => Err(unusable.into()),
        }
    }
}

/// The hub at this public address, where there is one.
fn reached(hub: &Hub, public_url: Option<PublicUrl>) -> Hub {
    let hub = hub.clone();
    match public_url {
        Some(public_url) => hub.at(public_url),
        None => hub,
    }
}

/// The lines of every account. Without a public address of the hub, the address of notifications is its path alone.
async fn listed(hub: &Hub, client: ClientId, public_url: Option<&PublicUrl>) -> Result<String, Refusal> {
    let public_url = public_url.map_or("", PublicUrl::as_str);
    let mut text = String::new();
    for merchant in merchant::list(hub, client).await? {
        let paths = notification::paths(hub, client, merchant.id, &merchant.providers).await?;
        for (account, path) in merchant.providers.iter().zip(paths) {
            let how = how(provider::registration(account));
            text.push_str(&line(&merchant, account));
            match provider::certificate_end(hub, client, account).await {
                Ok(end) => text.extend(end.map(|end| format!("  {}\n", until(end)))),
                Err(_) => text.push_str("  its keys cannot be opened: the master key or KMS key is another hub's\n"),
            }
            text.extend(["  notifications to ", public_url, &path, ": ", &how, "\n"]);
        }
    }
    Ok(text)
}

/// How a provider learns the address of notifications.
fn how(registration: Registration) -> Cow<'static, str> {
    match registration {
        Registration::WithPayments => "each payment names the address".into(),
        Registration::ByCall { .. } => "`catraca provider register-webhook` registers the address".into(),
        Registration::ByPerson(place) => format!("a person registers the address at the provider: {place}").into(),
        Registration::Nowhere => "the hub asks this provider, and reads no notifications of it".into(),
    }
}

/// One account: its merchant, its id, its provider, what it serves, and the fields that are no secrets.
fn line(merchant: &Merchant, account: &ProviderAccount) -> String {
    let methods: Vec<_> = account.methods.iter().map(|method| method.name()).collect();
    let currencies = account
        .currencies
        .as_ref()
        .map_or_else(|| "all".to_owned(), |codes| codes.iter().map(|code| code.code()).collect::<Vec<_>>().join(","));
    let fields = match &account.credentials {
        Credentials::Sandbox { .. } => String::new(),
        Credentials::Account { fields, .. } => {
            fields.iter().map(|(name, text)| format!("  {name}={text}")).collect::<Vec<_>>().concat()
        }
    };
    format!(
        "merchant {}  {}  {}  {}  priority {}  methods {}  currencies {currencies}{fields}\n",
        merchant.id,
        account.id,
        account.kind,
        place(account),
        account.priority,
        methods.join(",")
    )
}

fn not_registered(account: ProviderAccountId, why: NotRegistered) -> Failure {
    match why {
        NotRegistered::Refused(refusal) => not_found(account, refusal),
        NotRegistered::UnknownOutcome(why) => Failure::MaybeRegistered(account, why),
        NotRegistered::NotReadBack => Failure::NotReadBack(account, NotRegistered::NotReadBack),
        why => Failure::NotRegistered(account, why),
    }
}

fn not_found(account: ProviderAccountId, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NoProviderAccount => Failure::NoProviderAccount(account),
        refusal => Failure::AccountsNotListed(refusal),
    }
}
