//! Merchants: who is paid, and through which accounts at which providers.

use domain::{
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{
        Credentials, Environment, Mcc, Merchant, MerchantChange, MerchantStatus, ProviderAccount, ProviderType,
        Settings,
        order::{AccountFault, AccountOrder, AccountProblem, CredentialsOrder},
    },
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use providers::capabilities::{Currencies, capability, serves};

use crate::{
    answered::Answered,
    hub::Hub,
    identity::{self, Identity},
    retry::Retry,
    stage::Stage,
    vault,
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
    let merchant = Merchant {
        id,
        client: identity.caller.client,
        mcc,
        status: MerchantStatus::Active,
        providers: accounts_of(hub, identity.caller.client, id, accounts, |_| None).await?,
        former: Vec::new(),
        retry_on_decline,
        settings: Settings::default(),
        body: identity::body(hub, identity, None).as_sent,
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
pub(crate) async fn merchant_context(hub: &Hub, client: ClientId, id: MerchantId) -> Result<Merchant, Refusal> {
    let found = hub.store.merchant(client, id, hub.now()).await?;
    found.filter(Merchant::is_active).ok_or(Refusal::UnknownMerchant)
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
            Some(accounts) => {
                let before = |kind| read.account_at(kind).map(|account| account.credentials.clone());
                Some(accounts_of(hub, client, id, accounts, before).await?)
            }
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

/// The id of a merchant's account at a provider: it has one there, whenever it is asked for.
pub(crate) fn account_id(hub: &Hub, merchant: MerchantId, kind: ProviderType) -> ProviderAccountId {
    ProviderAccountId::new(hub.secrets.derived(merchant.uuid(), &format!("provider {kind}")))
}

/// The accounts that were asked for, the preferred first. `before` returns the credentials that an account has already.
async fn accounts_of(
    hub: &Hub,
    client: ClientId,
    merchant: MerchantId,
    orders: &[AccountOrder],
    before: impl Fn(ProviderType) -> Option<Credentials>,
) -> Result<Vec<ProviderAccount>, Refusal> {
    let mut problems = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let mut faults = not_served(order);
        if order.credentials.is_none() && before(order.kind).is_none() {
            faults.push(AccountFault::NoCredentials);
        }
        problems.extend(faults.into_iter().map(|fault| AccountProblem { index, provider: order.kind, fault }));
    }
    if !problems.is_empty() {
        return Err(Refusal::ProviderAccounts(problems));
    }
    let mut accounts = Vec::with_capacity(orders.len());
    for order in orders {
        let id = account_id(hub, merchant, order.kind);
        let credentials = match &order.credentials {
            None => before(order.kind).ok_or(Refusal::Internal)?,
            Some(CredentialsOrder::Sandbox { api_key: None }) => Credentials::Sandbox { api_key: None },
            Some(CredentialsOrder::Sandbox { api_key: Some(key) }) => {
                Credentials::Sandbox { api_key: Some(vault::seal_provider_key(hub, client, id, key).await?) }
            }
        };
        let methods = methods(order);
        let (kind, priority, currencies) = (order.kind, order.priority, order.currencies.clone());
        accounts.push(ProviderAccount { id, kind, priority, methods, currencies, credentials });
    }
    accounts.sort_by_key(|account| account.priority);
    Ok(accounts)
}

/// The payment methods that the account serves: those that were named, or all that its provider serves in its
/// currencies.
fn methods(order: &AccountOrder) -> Vec<PaymentType> {
    let all = || capability(order.kind).methods.iter().copied().filter(|method| is_served(order, *method)).collect();
    order.methods.clone().unwrap_or_else(all)
}

/// Whether the provider serves `method` in any of the account's currencies.
fn is_served(order: &AccountOrder, method: PaymentType) -> bool {
    let is_served = |currency: &Currency| serves(order.kind, method, *currency);
    order.currencies.as_ref().is_none_or(|currencies| currencies.iter().any(is_served))
}

/// What of the order its provider does not serve.
fn not_served(order: &AccountOrder) -> Vec<AccountFault> {
    let (provider, served) = (order.kind, capability(order.kind).methods);
    let mut faults = Vec::new();
    for method in order.methods.iter().flatten().copied() {
        if !served.contains(&method) {
            faults.push(AccountFault::Method { method, served: served.to_vec() });
        } else if !is_served(order, method) {
            faults.push(AccountFault::MethodInCurrencies { method, only_in: only_currency(provider, method) });
        }
    }
    let asked = order.methods.as_deref().unwrap_or(served);
    for currency in order.currencies.iter().flatten().copied() {
        if !asked.iter().any(|method| serves(provider, *method, currency)) {
            let both = asked.iter().copied().filter(|method| served.contains(method));
            let served = both.map(|method| (method, only_currency(provider, method))).collect();
            faults.push(AccountFault::Currency { currency, served });
        }
    }
    faults
}

/// The only currency in which the provider serves the payment method; none where it serves it in every currency.
fn only_currency(provider: ProviderType, method: PaymentType) -> Option<Currency> {
    match (method, capability(provider).currencies) {
        (PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip, _) | (_, Currencies::Brl) => Some(Currency::BRL),
        (PaymentType::Credit, Currencies::Any) => None,
    }
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
        .filter(|account| match (&account.credentials, hub.executor.stage()) {
            (
                Credentials::Sandbox { .. } | Credentials::Account { environment: Environment::Sandbox, .. },
                Stage::Sandbox,
            )
            | (Credentials::Account { environment: Environment::Production, .. }, Stage::Production) => true,
            (Credentials::Sandbox { .. } | Credentials::Account { .. }, _) => false,
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(kind: ProviderType, methods: Option<&[PaymentType]>, codes: Option<&[&str]>) -> AccountOrder {
        AccountOrder {
            kind,
            priority: 1,
            methods: methods.map(<[_]>::to_vec),
            currencies: codes.map(|codes| codes.iter().map(|code| code.parse().unwrap()).collect()),
            credentials: None,
        }
    }

    #[test]
    fn a_fault_names_what_a_provider_does_not_serve_and_what_it_serves() {
        use PaymentType::{Boleto, Credit, Drip, Pix};
        use ProviderType::{Adyen, Bb, Getnet, Sandbox, Stripe};
        let method = |method, served: &[PaymentType]| AccountFault::Method { method, served: served.to_vec() };
        let no_usd = |served: &[PaymentType]| {
            let served = served.iter().map(|method| (*method, Some(Currency::BRL))).collect();
            AccountFault::Currency { currency: "USD".parse().unwrap(), served }
        };
        for (order, fault) in [
            (order(Bb, Some(&[Credit]), None), method(Credit, &[Pix])),
            (order(Stripe, Some(&[Credit, Pix]), None), method(Pix, &[Credit, Boleto])),
            (order(Adyen, Some(&[Drip]), None), method(Drip, &[Credit, Pix, Boleto])),
            (
                order(Adyen, Some(&[Credit, Pix]), Some(&["USD"])),
                AccountFault::MethodInCurrencies { method: Pix, only_in: Some(Currency::BRL) },
            ),
            (order(Getnet, None, Some(&["BRL", "USD"])), no_usd(&[Credit, Pix, Boleto])),
            (order(Adyen, Some(&[Pix]), Some(&["BRL", "USD"])), no_usd(&[Pix])),
            (order(Sandbox, Some(&[Boleto, Drip]), Some(&["BRL", "USD"])), no_usd(&[Boleto, Drip])),
        ] {
            assert_eq!(not_served(&order), [fault]);
        }
    }

    #[test]
    fn without_named_methods_an_account_serves_all_that_its_provider_does_in_its_currencies() {
        use PaymentType::{Boleto, Credit, Drip, Pix};
        assert_eq!(methods(&order(ProviderType::Adyen, None, None)), [Credit, Pix, Boleto]);
        assert_eq!(methods(&order(ProviderType::Adyen, None, Some(&["USD"]))), [Credit]);
        assert_eq!(methods(&order(ProviderType::Drip, None, None)), [Drip]);
        assert_eq!(methods(&order(ProviderType::Sandbox, None, Some(&["USD", "BRL"]))), [Credit, Pix, Boleto, Drip]);
        assert_eq!(methods(&order(ProviderType::Adyen, Some(&[Pix]), None)), [Pix]);
        assert!(not_served(&order(ProviderType::Adyen, None, Some(&["USD"]))).is_empty());
    }
}
