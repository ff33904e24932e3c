//! A merchant's account at a provider, as the operator adds and checks it.

use domain::{
    charge::Outcome,
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{Merchant, ProviderAccount, ProviderType, field::Field, order::AccountOrder},
    refusal::Refusal,
};
use providers::{BuildError, registry};

use crate::{
    account::{accounts, merchant},
    hub::Hub,
    provider::{call, cause::Cause},
    retry::Retry,
};

/// The fields that an account at `provider` has; none where the hub has no adapter for it.
#[must_use]
pub fn fields(provider: ProviderType) -> Option<&'static [Field]> {
    registry::real(provider).map(providers::Provider::credentials)
}

/// Adds an account to those that the merchant has, as the last that is asked, or gives one of them new credentials: the
/// account as it is then. The other accounts stay as they are.
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
            order.priority = kept.map_or_else(|| last.saturating_add(1), |account| account.priority);
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
    Ok(match call::check(hub, client, &account).await {
        Err(BuildError::NoField(_)) => Checked::Unproved("the account lacks a field that the provider needs"),
        Err(BuildError::NoAdapter) => {
            Checked::Unproved("this release of the hub has no adapter for accounts at the provider")
        }
        Err(_) => Checked::Unproved("the provider has nothing that could be asked without a payment"),
        Ok((Outcome::Approved(_), _)) => Checked::Accepted,
        Ok((_, Some(Cause::KeyRefused)) | (Outcome::Declined(_), _)) => Checked::Refused,
        Ok((_, Some(cause))) => Checked::Unproved(cause.text()),
        Ok((_, None)) => Checked::Unproved("the provider's answer cannot be read: is the address the provider's?"),
    })
}
