//! Accounts are made by the operator, never over the public API.

use domain::{
    ids::{ClientId, MerchantId},
    merchant::{
        Credentials, Mcc, Merchant, MerchantStatus, ProviderAccount, ProviderType, Settings,
        order::{AccountFault, AccountProblem},
    },
    method::PaymentType,
    refusal::Refusal,
};
use seal::{DataKey, HubSecrets, KeyService, Secret, WrappedKey, digest, random_key_text};
use store::{Store, accounts::Account};

use crate::{
    account::{
        accounts::sandbox_id,
        server_keys::{self, NewServerKey},
    },
    hub::Hub,
    stage::Stage,
    vault::{Purpose, from_text, random_id, refused, to_text},
};

const HUB: &str = "hub";

/// A new account, for its merchant. The keys are shown once; of the secret key only the digest is stored.
#[derive(Debug)]
pub struct NewAccount {
    /// The account's id, `X-Client-Id`.
    pub client: ClientId,
    /// Its first merchant, `merchantId`.
    pub merchant: MerchantId,
    /// Its secret key, `X-Api-Key`.
    pub secret_key: Secret<String>,
    /// The key with which its servers sign requests of Worldline's API.
    pub server_key: NewServerKey,
}

/// The hub's own secrets; made and kept in the table at the first call.
///
/// # Errors
/// Where the table or the key service cannot be reached.
pub async fn hub_secrets(store: &Store, key_service: &KeyService) -> Result<HubSecrets, Refusal> {
    let wrapped = match store.secrets().await? {
        Some(wrapped) => wrapped,
        None => store.keep_secrets(&to_text(&new_key(key_service, HUB).await?.1)).await?,
    };
    let key = key_service.open_key(&from_text(&wrapped)?, HUB).await.map_err(|error| refused(&error))?;
    Ok(HubSecrets::from(&key))
}

/// Makes an account whose one merchant has a sandbox account at each of `providers`, in the order in which they are
/// first named. Where real money is moved there are no such accounts: the merchant is made without any.
///
/// # Errors
/// [`Refusal::ProviderAccounts`] for sandbox accounts where real money is moved, or where the table or the key service
/// cannot be reached.
pub async fn create_client(
    hub: &Hub,
    name: &str,
    providers: &[(PaymentType, ProviderType)],
) -> Result<NewAccount, Refusal> {
    if hub.executor.stage() == Stage::Production && !providers.is_empty() {
        let problem = |(index, (_, provider)): (usize, &(PaymentType, ProviderType))| AccountProblem {
            index,
            provider: *provider,
            fault: AccountFault::Sandbox,
        };
        return Err(Refusal::ProviderAccounts(providers.iter().enumerate().map(problem).collect()));
    }
    let now = hub.now();
    let (client, merchant) = (ClientId::new(random_id()?), MerchantId::new(random_id()?));
    let secret_key = random_key_text("sk_").map_err(|error| refused(&error))?;
    let (data_key, access_key) = new_key(&hub.key_service, &Purpose::Access.context(client)).await?;
    let (stored_key, server_key) = server_keys::new(&data_key, client, now)?;
    let account = Account {
        id: client,
        name: name.to_owned(),
        card_key: wrapped(hub, Purpose::Cards, client).await?,
        cvv_key: wrapped(hub, Purpose::Cvvs, client).await?,
        access_key: to_text(&access_key),
        provider_key: wrapped(hub, Purpose::Providers, client).await?,
        signing_key: wrapped(hub, Purpose::Signing, client).await?,
        notification_key: wrapped(hub, Purpose::Notifications, client).await?,
        secret_key: digest(secret_key.reveal()),
        key_generation: 0,
        created_at: now,
    };
    let merchant_context = Merchant {
        id: merchant,
        client,
        mcc: Mcc::RETAIL,
        status: MerchantStatus::Active,
        providers: sandbox_accounts(hub, merchant, providers),
        former: Vec::new(),
        retry_on_decline: false,
        settings: Settings::default(),
        body: String::new(),
        made: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    hub.store.create_account(&account, &merchant_context, &stored_key).await?;
    Ok(NewAccount { client, merchant, secret_key, server_key })
}

/// One account for each provider, with all payment methods that were named with it.
fn sandbox_accounts(
    hub: &Hub,
    merchant: MerchantId,
    providers: &[(PaymentType, ProviderType)],
) -> Vec<ProviderAccount> {
    let mut accounts: Vec<ProviderAccount> = Vec::new();
    for (priority, (method, kind)) in (1..).zip(providers) {
        match accounts.iter_mut().find(|account| account.kind == *kind) {
            Some(account) => account.methods.push(*method),
            None => accounts.push(ProviderAccount {
                id: sandbox_id(hub, merchant, *kind),
                kind: *kind,
                priority,
                methods: vec![*method],
                currencies: None,
                credentials: Credentials::Sandbox { api_key: None },
            }),
        }
    }
    accounts
}

/// Replaces the secret key of an account: the new one, or none where there is no such account. The old key opens
/// nothing once the caches of the functions have dropped it, one minute later at most.
///
/// # Errors
/// [`Refusal::Contention`] where another rotation was faster, or the table cannot be reached.
pub async fn rotate_key(hub: &Hub, client: ClientId) -> Result<Option<Secret<String>>, Refusal> {
    let now = hub.now();
    let Some(account) = hub.store.account(client, now).await? else { return Ok(None) };
    let secret_key = random_key_text("sk_").map_err(|error| refused(&error))?;
    let is_replaced = hub.store.replace_secret_key(&account, &digest(secret_key.reveal()), now).await?;
    if is_replaced { Ok(Some(secret_key)) } else { Err(Refusal::Contention) }
}

/// A new data key of the account, as it is stored.
async fn wrapped(hub: &Hub, purpose: Purpose, client: ClientId) -> Result<String, Refusal> {
    Ok(to_text(&new_key(&hub.key_service, &purpose.context(client)).await?.1))
}

async fn new_key(key_service: &KeyService, context: &str) -> Result<(DataKey, WrappedKey), Refusal> {
    key_service.new_key(context).await.map_err(|error| refused(&error))
}
