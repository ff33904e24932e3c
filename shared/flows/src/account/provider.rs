//! A merchant's account at a provider, as the operator adds and checks it.

use std::collections::BTreeMap;

use domain::{
    charge::Outcome,
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{
        Merchant, MerchantChange, ProviderAccount, ProviderType,
        field::{Field, Form},
        order::{AccountOrder, CredentialsOrder, SecretText},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
    time::Timestamp,
};
pub use providers::Registration;
use providers::{Authorization, BuildError, Call, HttpRequest, Operation, Target, adapter, registry};

use crate::{
    account::{
        accounts::{self, environment_of},
        merchant,
    },
    address::check_url,
    hub::Hub,
    provider::{
        call,
        cause::Cause,
        certificate::{self, Validity},
        notification,
    },
    retry::Retry,
    vault,
};

/// The fields that an account at `provider` has; none where the hub has no adapter for it.
#[must_use]
pub fn fields(provider: ProviderType) -> Option<&'static [Field]> {
    registry::real(provider).map(providers::Provider::credentials)
}

/// An account that an operator adds, or changes.
#[derive(Debug)]
pub struct AccountChange {
    /// At which provider.
    pub kind: ProviderType,
    /// The account of the merchant that is changed; without, a new one is added.
    pub account: Option<ProviderAccountId>,
    /// The fields that are given, by name; an empty one is left out. An account that is changed keeps the others.
    pub fields: BTreeMap<String, SecretText>,
    /// The payment methods that it shall serve; without, what it served, or all that the provider serves.
    pub methods: Option<Vec<PaymentType>>,
    /// The currencies that it shall serve; without, those that it served, or all that the provider takes.
    pub currencies: Option<Vec<Currency>>,
    /// Whether it is to be the first that is asked. Without, it keeps its place; a new one, and one that was removed, is
    /// the last.
    pub is_first: bool,
}

/// Adds an account to those that the merchant has, or changes one: the merchant and the account as they are then. The
/// other accounts stay as they are.
///
/// # Errors
/// [`Refusal::MerchantNotFound`], [`Refusal::MerchantDeleted`], [`Refusal::ProviderAccounts`], or the store's refusals.
pub async fn add(
    hub: &Hub,
    client: ClientId,
    id: MerchantId,
    change: &AccountChange,
) -> Result<(Merchant, ProviderAccount), Refusal> {
    let AccountChange { kind, account: named, .. } = change;
    let mut retry = Retry::new();
    loop {
        let read = merchant::active(hub, client, id).await?;
        let others = read.providers.iter().filter(|account| Some(account.id) != *named).map(kept);
        let mut orders = vec![order(hub, &read, change).await?];
        orders.extend(others);
        if change.is_first {
            (1..).zip(&mut orders).for_each(|(place, order)| order.priority = place);
        }
        let providers = accounts::of(hub, client, id, &orders, Some(&read)).await?;
        let is_it = |account: &&ProviderAccount| {
            let is_new = || read.providers.iter().all(|other| other.id != account.id);
            account.kind == *kind && named.map_or_else(is_new, |id| account.id == id)
        };
        let added = providers.iter().find(is_it).cloned();
        if let Some(merchant) = replaced(hub, &read, providers).await? {
            return added.map(|account| (merchant, account)).ok_or(Refusal::Internal);
        }
        retry.again().await?;
    }
}

/// Removes an account from its merchant: no new payment goes there, and its earlier ones are still settled there. The
/// merchant as it is then; none where the account was removed before.
///
/// # Errors
/// [`Refusal::NoProviderAccount`], or the store's refusals.
pub async fn remove(hub: &Hub, client: ClientId, id: ProviderAccountId) -> Result<Option<Merchant>, Refusal> {
    let mut retry = Retry::new();
    loop {
        let (read, _) = find(hub, client, id).await?;
        let left: Vec<_> = read.providers.iter().filter(|account| account.id != id).cloned().collect();
        if left.len() == read.providers.len() {
            return Ok(None);
        }
        if let Some(merchant) = replaced(hub, &read, left).await? {
            return Ok(Some(merchant));
        }
        retry.again().await?;
    }
}

/// The merchant with these accounts; none where it changed since it was read.
async fn replaced(hub: &Hub, read: &Merchant, providers: Vec<ProviderAccount>) -> Result<Option<Merchant>, Refusal> {
    let (now, providers) = (hub.now(), Some(providers));
    let next = read.changed(MerchantChange { mcc: None, providers, retry_on_decline: None }, now);
    Ok(hub.store.change_merchant(read, &next, None, now).await?.then_some(next))
}

/// What `change` asks for of a merchant as it was read.
async fn order(hub: &Hub, read: &Merchant, change: &AccountChange) -> Result<AccountOrder, Refusal> {
    let AccountChange { kind, account: named, methods, currencies, .. } = change;
    let last = read.providers.iter().map(|account| account.priority).max().unwrap_or_default();
    let there = named.and_then(|id| read.account(id));
    let active = there.filter(|account| read.providers.contains(account));
    Ok(AccountOrder {
        id: *named,
        kind: *kind,
        priority: active.map_or_else(|| last.saturating_add(1), |account| account.priority),
        methods: methods.clone().or_else(|| there.map(|account| account.methods.clone())),
        currencies: currencies.clone().or_else(|| there.and_then(|account| account.currencies.clone())),
        credentials: credentials(hub, read.client, change, there).await?,
    })
}

/// The credentials that an account gets: the fields that are given, and those of the account that is there; none where
/// that one keeps its own.
async fn credentials(
    hub: &Hub,
    client: ClientId,
    change: &AccountChange,
    there: Option<&ProviderAccount>,
) -> Result<Option<CredentialsOrder>, Refusal> {
    if there.is_some() && change.fields.is_empty() {
        return Ok(None);
    }
    let mut whole = change.fields.clone();
    if let Some(there) = there {
        let secrets = vault::provider_secrets(hub, client, there).await?;
        for Field { name, is_secret, .. } in fields(there.kind).unwrap_or_default() {
            let kept = if *is_secret { secrets.get(name) } else { there.credentials.field(name) };
            if let Some(kept) = kept {
                whole.entry((*name).to_owned()).or_insert_with(|| SecretText::from(kept));
            }
        }
    }
    whole.retain(|_, text| !text.reveal().is_empty());
    Ok(Some(CredentialsOrder::Account { environment: environment_of(hub.executor.stage()), fields: whole }))
}

/// An account that stays as it is.
fn kept(account: &ProviderAccount) -> AccountOrder {
    AccountOrder {
        id: Some(account.id),
        kind: account.kind,
        priority: account.priority,
        methods: Some(account.methods.clone()),
        currencies: account.currencies.clone(),
        credentials: None,
    }
}

/// What came of a check of an account's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The provider accepts them.
    Accepted,
    /// The provider does not accept them.
    Refused,
    /// The account lacks this field, which its provider needs. Nothing was sent.
    Lacks(&'static str),
    /// They cannot be checked: why, in words.
    Unproved(&'static str),
}

/// The account of this id, of any merchant of `client`, and its merchant.
///
/// # Errors
/// [`Refusal::NoProviderAccount`], or the store's refusals.
pub async fn find(hub: &Hub, client: ClientId, id: ProviderAccountId) -> Result<(Merchant, ProviderAccount), Refusal> {
    let merchants = merchant::list(hub, client).await?;
    let of = |merchant: Merchant| merchant.account(id).cloned().map(|account| (merchant, account));
    merchants.into_iter().find_map(of).ok_or(Refusal::NoProviderAccount)
}

/// The end of an account's client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateEnd {
    /// When it is.
    pub at: Timestamp,
    /// Whether it is within the days in which the hub alarms.
    pub is_soon: bool,
}

/// When the account's client certificate ends; none where it has none that can be read.
///
/// # Errors
/// Where the account's secret fields cannot be opened.
pub async fn certificate_end(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
) -> Result<Option<CertificateEnd>, Refusal> {
    let known = fields(account.kind).unwrap_or_default();
    let of = |form: Form| known.iter().find(|field| field.form == form).map(|field| field.name);
    let Some((chain, key)) = of(Form::Certificate).zip(of(Form::PrivateKey)) else { return Ok(None) };
    let secrets = vault::provider_secrets(hub, client, account).await?;
    let pair = secrets.get(chain).zip(secrets.get(key));
    let validity = pair.and_then(|(chain, key)| certificate::check(chain, key).ok());
    Ok(validity
        .map(|Validity { ends, .. }| CertificateEnd { at: ends, is_soon: certificate::ends_soon(ends, hub.now()) }))
}

/// The hosts at which the account's provider is called, of its tokens first.
pub async fn hosts(hub: &Hub, client: ClientId, account: &ProviderAccount) -> Vec<String> {
    let mut bases = Vec::new();
    if let Ok(secrets) = vault::provider_secrets(hub, client, account).await
        && let Authorization::ClientCredentials(token) = adapter(account).access(account, &secrets).authorization
    {
        bases.push(token.base);
    }
    if let Ok(Call { request: HttpRequest { target: Target::Provider { base, .. }, .. }, .. }) =
        adapter(account).begin(account, &Operation::Check)
    {
        bases.push(base);
    }
    let mut hosts: Vec<_> = bases.iter().filter_map(|base| hub.executor.host(account, base)).collect();
    hosts.dedup();
    hosts
}

/// Asks the provider whether it accepts the account's keys. No payment is touched.
///
/// # Errors
/// [`Refusal::NoProviderAccount`], or the store's refusals.
pub async fn check(hub: &Hub, client: ClientId, id: ProviderAccountId) -> Result<Checked, Refusal> {
    let (_, account) = find(hub, client, id).await?;
    Ok(match call::beside_payments(hub, client, &account, &Operation::Check, "check").await {
        Err(BuildError::NoField(name)) => Checked::Lacks(name),
        Err(BuildError::NoAdapter) => {
            Checked::Unproved("this release of the hub has no adapter for accounts at the provider")
        }
        Err(_) => Checked::Unproved("the provider has nothing that could be asked without a payment"),
        Ok((Outcome::Approved(_), _)) => Checked::Accepted,
        Ok((_, Some(Cause::KeyRefused)) | (Outcome::Declined(_), _)) => Checked::Refused,
        Ok((_, Some(cause))) => Checked::Unproved(cause.text()),
        Ok((_, None)) => Checked::Unproved(Cause::AnswerUnclear.text()),
    })
}

/// What came of the registration of an account's notification address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The provider sends the account's notifications to this address from now on.
    Done(String),
    /// The provider has no call for it: this address is registered by a person, there.
    ByPerson(String, &'static str),
    /// Each payment names the address: nothing was registered.
    WithPayments,
    /// The hub reads no notifications of this provider: nothing was registered.
    Nowhere,
}

/// Why an account's notification address was not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRegistered {
    /// There is no such account, or the store refuses.
    #[error("{0:?}")]
    Refused(Refusal),
    /// The hub has no address that a provider can call.
    #[error(
        "providers call public https addresses alone, and the hub has none here: name the hub's with --public-url, such \
         as https://pay.example"
    )]
    NotPublic,
    /// The provider takes no address of this length. It was not called.
    #[error(
        "the address has {has} characters, and the provider takes {takes}: use a public address whose host has at most \
         {host}"
    )]
    TooLong {
        /// The characters of the address.
        has: usize,
        /// The most that the provider takes.
        takes: usize,
        /// The characters that its host may have.
        host: usize,
    },
    /// The hub has no adapter for accounts at the provider. It was not called.
    #[error("this release of the hub has no adapter for accounts at the provider: nothing is registered")]
    NoAdapter,
    /// The provider refuses the keys, or they do not allow this.
    #[error("the provider does not accept the keys for this: see `catraca provider check`, and what the keys may do")]
    KeysRefused,
    /// The provider refuses the address.
    #[error("the provider refuses the address, or does not know the account's key")]
    AddressRefused,
    /// The account lacks this field. The provider was not called.
    #[error("the account lacks {0}, which its provider needs: give it with `catraca provider add --account`")]
    Lacks(&'static str),
    /// Nothing was sent.
    #[error("{0}")]
    NotSent(&'static str),
    /// The provider took the address, and does not let the keys read it back.
    #[error("the address is registered, but could not be read back: give the keys the scope webhook.read")]
    NotReadBack,
    /// The provider was asked, and did not answer clearly.
    #[error("{0}")]
    UnknownOutcome(&'static str),
}

impl From<Refusal> for NotRegistered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How the provider of `account` learns the address of its notifications.
#[must_use]
pub fn registration(account: &ProviderAccount) -> Registration {
    adapter(account).registration()
}

/// Registers the address of an account's notifications at its provider, where the provider has a call for that. It can be
/// repeated: the last address counts.
///
/// # Errors
/// [`NotRegistered`].
pub async fn register(hub: &Hub, client: ClientId, id: ProviderAccountId) -> Result<Registered, NotRegistered> {
    let (merchant, account) = find(hub, client, id).await?;
    if !registry::has_adapter(&account) {
        return Err(NotRegistered::NoAdapter);
    }
    let (longest, place) = match registration(&account) {
        Registration::WithPayments => return Ok(Registered::WithPayments),
        Registration::Nowhere => return Ok(Registered::Nowhere),
        Registration::ByPerson(place) => (None, Some(place)),
        Registration::ByCall { longest } => (longest, None),
    };
    let host = hub.public_url.as_ref().and_then(|public_url| public_host(public_url.as_str()));
    let host = host.ok_or(NotRegistered::NotPublic)?;
    let address = notification::address(hub, client, merchant.id, &account).await?;
    if let Some(place) = place {
        return Ok(Registered::ByPerson(address, place));
    }
    if let Some(takes) = longest.filter(|takes| address.len() > *takes) {
        let host = takes.saturating_sub(address.len().saturating_sub(host));
        return Err(NotRegistered::TooLong { has: address.len(), takes, host });
    }
    let operation = Operation::Register { url: &address };
    match call::beside_payments(hub, client, &account, &operation, "register").await {
        Ok((Outcome::Approved(_), _)) => Ok(Registered::Done(address)),
        Ok((Outcome::Declined(_) | Outcome::NotSent, Some(Cause::KeyRefused))) => Err(NotRegistered::KeysRefused),
        Ok((Outcome::Declined(_), _)) => Err(NotRegistered::AddressRefused),
        Ok((Outcome::NotSent, cause)) => Err(NotRegistered::NotSent(cause.unwrap_or(Cause::NotCalled).text())),
        Ok((Outcome::Unknown, Some(Cause::KeyRefused))) => Err(NotRegistered::NotReadBack),
        Ok((_, None | Some(Cause::AnswerUnclear))) => {
            Err(NotRegistered::UnknownOutcome("the provider's answer is unclear, or shows another address"))
        }
        Ok((_, Some(cause))) => Err(NotRegistered::UnknownOutcome(cause.text())),
        Err(BuildError::NoField(name)) => Err(NotRegistered::Lacks(name)),
        Err(_) => Err(NotRegistered::NotSent("the provider has no call that registers an address")),
    }
}

/// The characters of the address's host, where a provider can call it.
fn public_host(public_url: &str) -> Option<usize> {
    check_url(public_url, false).ok()?.host_str().map(str::len)
}
