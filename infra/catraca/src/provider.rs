//! The commands of merchants' accounts at providers.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    env, fs,
    io::{self, Read, Write},
    str::FromStr,
};

use clap::{Args, Subcommand};
use domain::{
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{
        Credentials, Environment, Merchant, ProviderAccount, ProviderType,
        field::Field,
        order::{AccountOrder, CredentialsOrder, SecretText},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use edge::config::{Calls, ConfigError, public_url_from_env};
use flows::{
    Hub, PublicUrl, Stage,
    account::{
        merchant,
        provider::{self, Checked, NotRegistered, Registered, Registration},
    },
    provider::{
        notification,
        stand_in::{Roots, StandIn, StandIns},
    },
};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    which_hub::{WhichHub, roots},
};

#[derive(Debug, Subcommand)]
pub(crate) enum ProviderCommand {
    /// Add an account at a provider to a merchant, or replace the keys of one.
    ///
    /// The fields of each provider are in docs/providers/README.md. A secret is never an argument: it is read from a file
    /// (`--field apiKey=@FILE`), from standard input (`--field apiKey=@-`) or from a variable of the environment
    /// (`--field-env apiKey=VARIABLE`).
    Add(Add),
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
    #[arg(value_name = "PROVIDER")]
    kind: ProviderType,
    /// The client id of the account.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// The id of the merchant.
    #[arg(long, value_name = "ID")]
    merchant: MerchantId,
    /// The account at the provider that gets these keys in place of its own, for its earlier payments too; without it, a
    /// new account is added.
    #[arg(long, value_name = "ID")]
    account: Option<ProviderAccountId>,
    /// A field: `NAME=VALUE` where it is no secret, `NAME=@FILE` or, from standard input, `NAME=@-`; can be repeated.
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
pub(crate) struct Check {
    /// The id of the account at the provider, as `catraca provider list` shows it.
    #[arg(value_name = "ID")]
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
    #[arg(value_name = "ID")]
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

/// A name, and what follows its `=`. `Debug` hides that: it may be a secret by mistake.
#[derive(Clone)]
struct Pair {
    name: String,
    text: Zeroizing<String>,
}

impl FromStr for Pair {
    type Err = &'static str;

    fn from_str(pair: &str) -> Result<Self, Self::Err> {
        let (name, text) = pair.split_once('=').ok_or("must be NAME=VALUE")?;
        Ok(Self { name: name.to_owned(), text: Zeroizing::new(text.to_owned()) })
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=..", self.name)
    }
}

impl ProviderCommand {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Check(check) => check.run().await,
            Self::List(list) => list.run().await,
            Self::RegisterWebhook(register) => register.run().await,
        }
    }
}

impl Add {
    async fn run(self) -> Result<(), Failure> {
        let known = provider::fields(self.kind).ok_or(Failure::NoAdapter(self.kind))?;
        let mut fields = BTreeMap::new();
        let given = self.fields.iter().map(|pair| (&pair.name, given(known, pair)));
        for (name, text) in given.chain(self.variables.iter().map(|pair| (&pair.name, from_variable(pair)))) {
            if fields.insert(name.clone(), text.map_err(Failure::Field)?).is_some() {
                return Err(Failure::Field(format!("{name} comes twice")));
            }
        }
        let environment = match self.hub.stage() {
            Stage::Sandbox => Environment::Sandbox,
            Stage::Production => Environment::Production,
        };
        let order = AccountOrder {
            id: self.account,
            kind: self.kind,
            priority: 0,
            methods: Some(self.methods).filter(|methods| !methods.is_empty()),
            currencies: Some(self.currencies).filter(|currencies| !currencies.is_empty()),
            credentials: Some(CredentialsOrder::Account { environment, fields }),
        };
        let (client, merchant) = (self.client, self.merchant);
        let added = self.hub.with(async |hub| provider::add(hub, client, merchant, order).await).await?;
        let account = added.map_err(Failure::NotAdded)?;
        let how = if self.account.is_some() { "has new keys" } else { "is added" };
        let text = format!(
            "{} {} {how}. Check its keys: catraca provider check {} --client {client}\n",
            account.kind, account.id, account.id
        );
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
}

/// The text of a field, which is an argument only where it is no secret.
fn given(known: &[Field], Pair { name, text }: &Pair) -> Result<SecretText, String> {
    let is_secret = known.iter().any(|field| field.name == name && field.is_secret);
    match text.strip_prefix('@') {
        Some("-") => {
            let read = field(io::stdin());
            let read = read.map_err(|problem| format!("{name} cannot be read from standard input: {problem}"))?;
            Ok(without_newline(&read))
        }
        Some(path) => {
            let read = fs::File::open(path).and_then(field);
            let read = read.map_err(|problem| format!("{name} cannot be read from {path}: {problem}"))?;
            Ok(without_newline(&read))
        }
        None if is_secret => Err(format!(
            "{name} is a secret, and other programs can see arguments: use --field {name}=@FILE, --field {name}=@- or \
             --field-env {name}=VARIABLE"
        )),
        None => Ok(SecretText::from(text.as_str())),
    }
}

/// Bytes of a field that are read, at most: more than any field may have.
const MAX_READ: u64 = 64 * 1024;

/// One field from a file, which may be endless. What is cut is no field: the hub refuses it for its length.
fn field(file: impl Read) -> io::Result<Zeroizing<String>> {
    let mut read = Zeroizing::new(String::new());
    file.take(MAX_READ).read_to_string(&mut read)?;
    Ok(read)
}

fn from_variable(Pair { name, text }: &Pair) -> Result<SecretText, String> {
    let read = env::var(text.as_str()).map(Zeroizing::new);
    let read = read.map_err(|_| format!("{name}: the environment has no variable {}", text.as_str()))?;
    Ok(SecretText::from(read.as_str()))
}

/// An editor ends a file with a newline, which is no part of a key.
fn without_newline(text: &str) -> SecretText {
    SecretText::from(text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)))
}

impl Check {
    async fn run(self) -> Result<(), Failure> {
        let Self { account, client, servers, hub } = self;
        let check = async |hub: &Hub| provider::check(hub, client, account).await;
        let done = hub.with_servers(Calls::Providers, None, servers.stand_ins()?, check).await?;
        match done.map_err(|refusal| not_found(account, refusal))? {
            Checked::Accepted => Ok(writeln!(io::stdout(), "the provider accepts the keys of {account}")?),
            Checked::Refused => Err(Failure::KeysRefused(account)),
            Checked::Lacks(field) => Err(Failure::Lacks(account, field)),
            Checked::Unproved(why) => Err(Failure::NotChecked(account, why)),
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
    let (place, fields) = match &account.credentials {
        Credentials::Sandbox { .. } => ("the hub's sandbox", String::new()),
        Credentials::Account { environment, fields, .. } => {
            let fields: Vec<_> = fields.iter().map(|(name, text)| format!("  {name}={text}")).collect();
            (environment.name(), fields.concat())
        }
    };
    format!(
        "merchant {}  {}  {}  {place}  priority {}  methods {}  currencies {currencies}{fields}\n",
        merchant.id,
        account.id,
        account.kind,
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
