//! A merchant's account at a provider, as the operator adds and checks it.

use domain::{
    charge::Outcome,
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{Merchant, ProviderAccount, ProviderType, field::Field, order::AccountOrder},
    refusal::Refusal,
};
pub use providers::Registration;
use providers::{BuildError, Operation, adapter, registry};

use crate::{
    account::{accounts, merchant},
    address::check_url,
    hub::Hub,
    provider::{call, cause::Cause, notification},
    retry::Retry,
};

/// The fields that an account at `provider` has; none where the hub has no adapter for it.
#[must_use]
pub fn fields(provider: ProviderType) -> Option<&'static [Field]> {
    registry::real(provider).map(providers::Provider::credentials)
}

/// Adds an account to those that the merchant has, as the last that is asked, or gives one of them new credentials: the
/// account as it is then. That one keeps its methods and currencies where the order says none, and its priority; an
/// account that was removed is the last one again. The other accounts stay as they are.
///
/// # Errors
/// [`Refusal::MerchantNotFound`], [`Refusal::MerchantDeleted`], [`Refusal::ProviderAccounts`], or the store's refusals.
pub async fn add(hub: &Hub, client: ClientId, id: MerchantId, order: AccountOrder) -> Result<ProviderAccount, Refusal> {
    let (kind, named) = (order.kind, order.id);
    let mut orders = vec![order];
    let mut retry = Retry::new();
    loop {
        let (read, now) = (merchant::active(hub, client, id).await?, hub.now());
        let last = read.providers.iter().map(|account| account.priority).max().unwrap_or_default();
        orders.truncate(1);
        if let Some(order) = orders.first_mut() {
            let kept = named.and_then(|id| read.account(id));
            let active = kept.filter(|account| read.providers.contains(account));
            order.priority = active.map_or_else(|| last.saturating_add(1), |account| account.priority);
            order.methods = order.methods.take().or_else(|| kept.map(|account| account.methods.clone()));
            order.currencies = order.currencies.take().or_else(|| kept.and_then(|account| account.currencies.clone()));
        }
        orders.extend(read.providers.iter().filter(|account| Some(account.id) != named).map(kept));
        let providers = accounts::of(hub, client, id, &orders, Some(&read)).await?;
        let is_new = |account: &&ProviderAccount| {
            account.kind == kind && named.map_or_else(|| !read.providers.contains(account), |id| account.id == id)
        };
        let added = providers.iter().find(is_new).cloned();
        let change = domain::merchant::MerchantChange { mcc: None, providers: Some(providers), retry_on_decline: None };
        if hub.store.change_merchant(&read, &read.changed(change, now), None, now).await? {
            return added.ok_or(Refusal::Internal);
        }
        retry.again().await?;
    }
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
        Ok((_, cause)) => Err(NotRegistered::UnknownOutcome(cause.unwrap_or(Cause::AnswerUnclear).text())),
        Err(BuildError::NoField(name)) => Err(NotRegistered::Lacks(name)),
        Err(_) => Err(NotRegistered::NotSent("the provider has no call that registers an address")),
    }
}

/// The characters of the address's host, where a provider can call it.
fn public_host(public_url: &str) -> Option<usize> {
    check_url(public_url, false).ok()?.host_str().map(str::len)
}
