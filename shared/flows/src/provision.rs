//! Accounts are made by the operator, never over the public API.

use domain::{
    ids::{ClientId, MerchantId, ProviderId},
    merchant::{Credentials, Merchant, ProviderAccount, ProviderType},
    method::PaymentType,
    refusal::Refusal,
};
use seal::{DataKey, HubSecrets, Keeper, Secret, WrappedKey, digest, random_key_text};
use store::{
    Store,
    accounts::{Account, KeyKind, KeyRecord},
};

use crate::{
    Hub,
    vault::{Purpose, from_text, random_id, refused, to_text},
};

const HUB: &str = "hub";

/// What the operator hands to the merchant. The secret key is shown once: only its digest is stored.
#[derive(Debug)]
pub struct NewAccount {
    /// The account's id, `X-Client-Id`.
    pub client: ClientId,
    /// Its first merchant, `merchantId`.
    pub merchant: MerchantId,
    /// Its secret key, `X-Api-Key`.
    pub secret_key: Secret<String>,
}

/// The hub's own secrets; made and kept in the table at the first call.
///
/// # Errors
/// Where the table or the key service cannot be reached.
pub async fn hub_secrets(store: &Store, keeper: &Keeper) -> Result<HubSecrets, Refusal> {
    let wrapped = match store.secrets().await? {
        Some(wrapped) => wrapped,
        None => store.keep_secrets(&to_text(&new_key(keeper, HUB).await?.1)).await?,
    };
    let key = keeper.open_key(&from_text(&wrapped)?, HUB).await.map_err(|error| refused(&error))?;
    Ok(HubSecrets::from(&key))
}

/// Makes an account whose one merchant has a sandbox account at each of `providers`, in that order.
///
/// # Errors
/// Where the table or the key service cannot be reached.
pub async fn create_client(
    hub: &Hub,
    name: &str,
    providers: &[(PaymentType, ProviderType)],
) -> Result<NewAccount, Refusal> {
    let now = hub.clock.now();
    let (client, merchant) = (ClientId::new(random_id()?), MerchantId::new(random_id()?));
    let account = Account {
        id: client,
        name: name.to_owned(),
        card_key: to_text(&new_key(&hub.keeper, &Purpose::Cards.context(client)).await?.1),
        access_key: to_text(&new_key(&hub.keeper, &Purpose::Access.context(client)).await?.1),
        created_at: now,
    };
    let accounts: Result<Vec<ProviderAccount>, Refusal> = providers
        .iter()
        .map(|(method, kind)| {
            let id = ProviderId::new(random_id()?);
            Ok(ProviderAccount { id, kind: *kind, methods: vec![*method], credentials: Credentials::Sandbox })
        })
        .collect();
    let seller = Merchant { id: merchant, client, providers: accounts?, retry_on_decline: false, created_at: now };
    let secret_key = random_key_text("sk_").map_err(|error| refused(&error))?;
    let key = KeyRecord { client, kind: KeyKind::Secret, created_at: now };
    hub.store.create_account(&account, &seller, &digest(secret_key.reveal()), &key).await?;
    Ok(NewAccount { client, merchant, secret_key })
}

async fn new_key(keeper: &Keeper, context: &str) -> Result<(DataKey, WrappedKey), Refusal> {
    keeper.new_key(context).await.map_err(|error| refused(&error))
}
