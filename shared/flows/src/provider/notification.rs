//! Provider notifications: the addresses that providers call, their authentication, and the updates in a call.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    alarm::Alarm,
    charge::request::Via,
    ids::{ClientId, MerchantId, ProviderAccountId},
    merchant::{Merchant, ProviderAccount},
    refusal::Refusal,
};
use providers::{CallbackError, Proof, Updates, adapter};
pub use providers::{CallbackRequest, MoneyMoved, NoUpdate};
use seal::{NotificationKeys, PROOF_BYTES};
use store::inbox::{Record, State};
use uuid::Uuid;

use crate::{hub::Hub, provider::inbox, vault};

/// Bytes of a token: three ids, and the proof that the hub made it.
const TOKEN: usize = 48 + PROOF_BYTES;

/// The address to which an account's provider sends its notifications, and the key that authenticates them.
#[derive(Debug)]
pub(crate) struct NotificationAddress {
    url: String,
    key: String,
}

impl NotificationAddress {
    pub(crate) fn updates(&self) -> Updates<'_> {
        Updates { url: &self.url, key: &self.key }
    }
}

/// A provider account that a token names.
#[derive(Clone, Debug)]
pub struct Called {
    /// The account of the hub.
    pub client: ClientId,
    /// The provider account.
    pub account: ProviderAccount,
}

/// The addresses to which `accounts` send their notifications.
pub(crate) async fn addresses(
    hub: &Hub,
    client: ClientId,
    merchant: MerchantId,
    accounts: &[ProviderAccount],
) -> Result<Vec<NotificationAddress>, Refusal> {
    let public_url = hub.public_url()?.as_str();
    let keys = vault::notification_keys(hub, client).await?;
    let address = |account: &ProviderAccount| NotificationAddress {
        url: format!("{public_url}{}", path(&keys, client, merchant, account)),
        key: key(&keys, account.id),
    };
    Ok(accounts.iter().map(address).collect())
}

/// The address to which the provider of `account` sends its notifications: a merchant registers it there, where it does
/// not go with each payment.
///
/// # Errors
/// The refusals of the key service and the store, and where the hub has no public address.
pub async fn address(
    hub: &Hub,
    client: ClientId,
    merchant: MerchantId,
    account: &ProviderAccount,
) -> Result<String, Refusal> {
    let one = addresses(hub, client, merchant, std::slice::from_ref(account)).await?;
    one.into_iter().next().map(|address| address.url).ok_or(Refusal::Internal)
}

/// The paths at which the providers of these accounts call, below the hub's public address.
///
/// # Errors
/// The refusals of the key service and the store.
pub async fn paths(
    hub: &Hub,
    client: ClientId,
    merchant: MerchantId,
    accounts: &[ProviderAccount],
) -> Result<Vec<String>, Refusal> {
    let keys = vault::notification_keys(hub, client).await?;
    Ok(accounts.iter().map(|account| path(&keys, client, merchant, account)).collect())
}

/// The path at which an account's provider calls. It cannot be guessed: it proves that this hub made it.
fn path(keys: &NotificationKeys, client: ClientId, merchant: MerchantId, account: &ProviderAccount) -> String {
    let named = named(client, merchant, account.id);
    let token = URL_SAFE_NO_PAD.encode([named.as_slice(), &keys.proof(&named)].concat());
    format!("/v1/callbacks/{}/{token}", account.kind)
}

/// The key that authenticates an account's provider.
pub(crate) fn key(keys: &NotificationKeys, account: ProviderAccountId) -> String {
    keys.key(account.uuid().as_bytes()).into()
}

/// The account that is called at `token`.
///
/// # Errors
/// [`Refusal::UnknownCallback`] for a token that this hub did not make, or for another provider.
pub async fn account(hub: &Hub, provider: &str, token: &str) -> Result<Called, Refusal> {
    let (client, merchant, id) = read_token(hub, token).await?;
    let cached = hub.store.merchant(client, merchant, hub.now()).await?;
    let named = |merchant: Option<&Merchant>| merchant.and_then(|merchant| merchant.account(id)).cloned();
    let account = match named(cached.as_ref()) {
        Some(account) => Some(account),
        // The cached merchant may be a minute old.
        None => named(hub.store.stored_merchant(client, merchant, hub.now()).await?.as_ref()),
    };
    let account = account.filter(|account| account.kind.name() == provider).ok_or(Refusal::UnknownCallback)?;
    Ok(Called { client, account })
}

/// The ids in a token whose proof the key of the account that it names has made.
async fn read_token(hub: &Hub, token: &str) -> Result<(ClientId, MerchantId, ProviderAccountId), Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    let (named, proof) = bytes.split_at_checked(TOKEN - PROOF_BYTES).ok_or(Refusal::UnknownCallback)?;
    let id = |at: usize| named.get(at..at + 16).and_then(|bytes| Uuid::from_slice(bytes).ok());
    let (Some(client), Some(merchant), Some(account)) = (id(0), id(16), id(32)) else {
        return Err(Refusal::UnknownCallback);
    };
    let client = ClientId::new(client);
    let keys = match vault::notification_keys(hub, client).await {
        Err(Refusal::Forbidden) => return Err(Refusal::UnknownCallback),
        keys => keys?,
    };
    if !keys.is_proof(named, proof) {
        return Err(Refusal::UnknownCallback);
    }
    Ok((client, MerchantId::new(merchant), ProviderAccountId::new(account)))
}

/// Verifies a provider's call: the record of every update in it, or why it is none. Each record is
/// written together with the change that it makes, so the whole call may come again.
///
/// # Errors
/// [`Refusal::Forbidden`] for a call that is forged or too old, [`Refusal::UnreadableUpdate`] for one that is no call.
pub async fn verify(
    hub: &Hub,
    called: &Called,
    request: &CallbackRequest<'_>,
) -> Result<Vec<Result<Record, NoUpdate>>, Refusal> {
    let key = key(&vault::notification_keys(hub, called.client).await?, called.account.id);
    let secrets = vault::provider_secrets(hub, called.client, &called.account).await?;
    let proof = Proof { account: &called.account, secrets: &secrets, key: &key };
    let updates = adapter(&called.account).notification(&proof, request, hub.now()).map_err(|error| {
        let (client, provider, provider_account) = (called.client, called.account.kind, called.account.id);
        match error {
            // Who calls knows the address, which cannot be guessed: most likely the provider has another key.
            CallbackError::Forged => {
                tracing::error!(alarm = %Alarm::ForgedNotification, %client, %provider, %provider_account, "a call at the address of this account is not signed by its key, or is of another environment, and was refused. Compare the key that signs notifications at the provider with the account's");
            }
            CallbackError::Stale | CallbackError::Unreadable => {
                tracing::warn!(%error, %client, %provider, %provider_account, "a provider's call was refused");
            }
        }
        match error {
            CallbackError::Forged | CallbackError::Stale => Refusal::Forbidden,
            CallbackError::Unreadable => Refusal::UnreadableUpdate,
        }
    })?;
    let via = Via { id: called.account.id, kind: called.account.kind };
    let record = |update| inbox::record(called.client, via, update, State::Applied, hub.now());
    Ok(updates.into_iter().map(|update| update.map(record)).collect())
}

fn named(client: ClientId, merchant: MerchantId, account: ProviderAccountId) -> Vec<u8> {
    [client.uuid(), merchant.uuid(), account.uuid()].iter().flat_map(|id| *id.as_bytes()).collect()
}
