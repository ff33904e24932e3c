//! Merchants: who is paid, and through which accounts at which providers.

use std::collections::BTreeSet;

use domain::{
    customer::Need,
    ids::{ClientId, MerchantId},
    merchant::{
        Credentials, Mcc, Merchant, MerchantChange, MerchantStatus, ProviderAccount, Settings, order::AccountOrder,
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
    session::Session,
};
use providers::{adapter, capabilities::serves};

use crate::{
    account::accounts::{self, environment_of},
    answered::Answered,
    hub::Hub,
    identity::{self, Identity},
    retry::Retry,
    stage::Stage,
};

/// Makes a merchant with these accounts.
///
/// # Errors
/// [`Refusal::ProviderAccounts`], [`Refusal::KeyReused`], or the store's refusals.
pub async fn create(
    hub: &Hub,
    identity: &Identity,
    mcc: Mcc,
    accounts: &[AccountOrder],
    retry_on_decline: bool,
) -> Result<Answered<Merchant>, Refusal> {
    let (id, now) = (MerchantId::new(identity.id), hub.now());
    let (client, body) = (identity.caller.client, identity::body(hub, identity, None).as_sent);
    let providers = match accounts::of(hub, client, id, accounts, None).await {
        Ok(providers) => providers,
        Err(refusal) => {
            // What was taken once may be refused now: a certificate ends, and a key is checked more closely.
            let there = hub.store.stored_merchant(client, id, now).await?.filter(|there| there.body == body);
            return there.map(|there| Answered::Replayed(there.as_made().clone())).ok_or(refusal);
        }
    };
    let merchant = Merchant {
        id,
        client,
        mcc,
        status: MerchantStatus::Active,
        providers,
        former: Vec::new(),
        retry_on_decline,
        settings: Settings::default(),
        body,
        made: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    match hub.store.create_merchant(&merchant).await? {
        None => Ok(Answered::New(merchant)),
        Some(there) if there.body == merchant.body => Ok(Answered::Replayed(there.as_made().clone())),
        Some(_) => Err(Refusal::KeyReused),
    }
}

/// The account's merchant of this id as it is, deleted or not.
///
/// # Errors
/// [`Refusal::MerchantNotFound`], or the store's refusals.
pub async fn find(hub: &Hub, client: ClientId, id: MerchantId) -> Result<Merchant, Refusal> {
    hub.store.stored_merchant(client, id, hub.now()).await?.ok_or(Refusal::MerchantNotFound)
}

/// The account's merchants that are not deleted, the oldest first.
///
/// # Errors
/// The store's refusals.
pub async fn list(hub: &Hub, client: ClientId) -> Result<Vec<Merchant>, Refusal> {
    let mut merchants = hub.store.merchants(client).await?;
    merchants.retain(Merchant::is_active);
    Ok(merchants)
}

/// The account's first merchant that is not deleted.
///
/// # Errors
/// [`Refusal::MerchantNotFound`], or the store's refusals.
pub async fn first(hub: &Hub, client: ClientId) -> Result<Merchant, Refusal> {
    list(hub, client).await?.into_iter().next().ok_or(Refusal::MerchantNotFound)
}

/// The merchant of this id, if it can be paid.
///
/// # Errors
/// [`Refusal::UnknownMerchant`], or the store's refusals.
pub async fn merchant_context(hub: &Hub, client: ClientId, id: MerchantId) -> Result<Merchant, Refusal> {
    let found = merchant_of(hub, client, id).await?;
    Some(found).filter(Merchant::is_active).ok_or(Refusal::UnknownMerchant)
}

/// The merchant of this id, deleted or not, as it was at most a minute ago.
///
/// # Errors
/// [`Refusal::UnknownMerchant`], or the store's refusals.
pub async fn merchant_of(hub: &Hub, client: ClientId, id: MerchantId) -> Result<Merchant, Refusal> {
    hub.store.merchant(client, id, hub.now()).await?.ok_or(Refusal::UnknownMerchant)
}

/// Changes what is given; an account that comes without credentials keeps those that it has at that provider.
///
/// # Errors
/// [`Refusal::MerchantNotFound`], [`Refusal::MerchantDeleted`], [`Refusal::ProviderAccounts`], or the store's refusals.
pub async fn change(
    hub: &Hub,
    client: ClientId,
    id: MerchantId,
    mcc: Option<Mcc>,
    accounts: Option<&[AccountOrder]>,
    retry_on_decline: Option<bool>,
) -> Result<Merchant, Refusal> {
    let mut retry = Retry::new();
    loop {
        let (read, now) = (active(hub, client, id).await?, hub.now());
        let providers = match accounts {
            None => None,
            Some(accounts) => Some(accounts::of(hub, client, id, accounts, Some(&read)).await?),
        };
        let next = read.changed(MerchantChange { mcc, providers, retry_on_decline }, now);
        if hub.store.change_merchant(&read, &next, None, now).await? {
            return Ok(next);
        }
        retry.again().await?;
    }
}

/// Deletes the merchant: it cannot be paid any more, and its charges are still settled.
///
/// # Errors
/// [`Refusal::MerchantNotFound`], or the store's refusals.
pub async fn delete(hub: &Hub, client: ClientId, id: MerchantId) -> Result<(), Refusal> {
    let mut retry = Retry::new();
    loop {
        let (read, now) = (find(hub, client, id).await?, hub.now());
        if !read.is_active() || hub.store.change_merchant(&read, &read.deleted(now), None, now).await? {
            return Ok(());
        }
        retry.again().await?;
    }
}

pub(crate) async fn active(hub: &Hub, client: ClientId, id: MerchantId) -> Result<Merchant, Refusal> {
    let merchant = find(hub, client, id).await?;
    if merchant.is_active() { Ok(merchant) } else { Err(Refusal::MerchantDeleted) }
}

/// The accounts that can be paid by `method` in `currency`, the merchant's preferred one first.
pub(crate) fn accounts_for(
    hub: &Hub,
    merchant: &Merchant,
    method: PaymentType,
    currency: Currency,
) -> Vec<ProviderAccount> {
    merchant
        .accounts_for(method, currency)
        .filter(|account| serves(account.kind, method, currency))
        .filter(|account| match account.credentials {
            Credentials::Sandbox { .. } => hub.executor.stage() == Stage::Sandbox,
            Credentials::Account { environment, .. } => environment == environment_of(hub.executor.stage()),
        })
        .cloned()
        .collect()
}

/// What the providers that may be asked must know of the shopper of `session`, by payment method; nothing of a method
/// where they need nothing.
///
/// # Errors
/// The store's refusals.
pub async fn shopper_needs(hub: &Hub, session: &Session) -> Result<Vec<(PaymentType, Vec<Need>)>, Refusal> {
    let merchant = hub.store.merchant(session.client, session.merchant, hub.now()).await?;
    let needs = |method| {
        let accounts = merchant.iter().flat_map(|merchant| accounts_for(hub, merchant, method, session.currency));
        let needs: BTreeSet<_> = accounts.flat_map(|account| adapter(&account).needs(method)).copied().collect();
        (method, needs.into_iter().collect::<Vec<_>>())
    };
    let by_method = session.methods.iter().map(|accepted| needs(accepted.kind()));
    Ok(by_method.filter(|(_, needs)| !needs.is_empty()).collect())
}
