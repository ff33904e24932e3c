//! What is encrypted, and under which key.
//!
//! An account has six data keys: for card numbers and their fingerprints, for CVVs, for its own access keys, for its keys
//! at providers, for the keys that sign its webhooks, and for the notifications of its providers. Each is wrapped under
//! a context of its own, so that a role may open one and not the others.

use std::collections::BTreeMap;

use domain::{
    card::{Cvv, Fingerprint, Pan},
    ids::{ClientId, ProviderAccountId, ServerKeyId, WebhookId},
    merchant::{Credentials, ProviderAccount, order::ApiKey},
    refusal::Refusal,
    session::SessionKey,
    webhook::SigningKey,
};
use providers::{Secrets, sandbox};
use seal::{
    Aad, DataKey, FINGERPRINT_VERSION, NotificationKeys, SealError, Sealed, Secret, digest, random_uuid, signing,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{account, hub::Hub};

/// Which of an account's data keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Card numbers, and their fingerprints.
    Cards,
    /// CVVs, which are in tokens alone.
    Cvvs,
    /// The account's own access keys.
    Access,
    /// The account's keys at providers.
    Providers,
    /// The keys that sign the account's webhooks.
    Signing,
    /// What proves the notifications of the account's providers.
    Notifications,
}

impl Purpose {
    pub(crate) fn context(self, client: ClientId) -> String {
        match self {
            Self::Cards => format!("cards:{client}"),
            Self::Cvvs => format!("cvvs:{client}"),
            Self::Access => format!("access:{client}"),
            Self::Providers => format!("providers:{client}"),
            Self::Signing => format!("signing:{client}"),
            Self::Notifications => format!("notices:{client}"),
        }
    }
}

/// Logs a failure of encryption once, and returns the refusal for the caller.
pub(crate) fn refused(error: &SealError) -> Refusal {
    tracing::error!(%error, "encryption failed");
    match error {
        SealError::Unreachable(_) => Refusal::Unavailable,
        _ => Refusal::Internal,
    }
}

/// A random id, for what has no idempotency key.
pub(crate) fn random_id() -> Result<Uuid, Refusal> {
    random_uuid().map_err(|error| refused(&error))
}

/// The text under which the store keeps a wrapped key or a sealed value.
pub(crate) fn to_text(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The wrapped key or sealed value of this text.
pub(crate) fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|_| {
        tracing::error!("a stored key or secret cannot be read");
        Refusal::Internal
    })
}

pub(crate) async fn data_key(hub: &Hub, client: ClientId, purpose: Purpose) -> Result<DataKey, Refusal> {
    let account = account::find(hub, client).await?;
    let wrapped = match purpose {
        Purpose::Cards => &account.card_key,
        Purpose::Cvvs => &account.cvv_key,
        Purpose::Access => &account.access_key,
        Purpose::Providers => &account.provider_key,
        Purpose::Signing => &account.signing_key,
        Purpose::Notifications => &account.notification_key,
    };
    let opened = hub.key_service.open_key(&from_text(wrapped)?, &purpose.context(client)).await;
    opened.map_err(|error| refused(&error))
}

/// `plain` encrypted under the account's data key of this purpose, bound to the item that holds it: its entity and its
/// id.
async fn seal_as(
    hub: &Hub,
    client: ClientId,
    purpose: Purpose,
    (entity, id): (&str, Uuid),
    plain: &[u8],
) -> Result<String, Refusal> {
    let sealed = data_key(hub, client, purpose).await?.seal(&Aad::new(client, entity, id), plain);
    sealed.map(|sealed| to_text(&sealed)).map_err(|error| refused(&error))
}

/// What [`seal_as`] encrypted for the same purpose, entity and id.
async fn open_as(
    hub: &Hub,
    client: ClientId,
    purpose: Purpose,
    (entity, id): (&str, Uuid),
    sealed: &str,
) -> Result<Secret<Vec<u8>>, Refusal> {
    let data_key = data_key(hub, client, purpose).await?;
    let plain = data_key.open(&Aad::new(client, entity, id), &from_text::<Sealed>(sealed)?);
    plain.map_err(|error| refused(&error))
}

/// A session's new key, and the same for the caller to see.
pub(crate) async fn new_session_key(
    hub: &Hub,
    client: ClientId,
    session: Uuid,
) -> Result<(SessionKey, String), Refusal> {
    let key = random_id()?.to_string();
    let sealed = seal_as(hub, client, Purpose::Access, ("session", session), key.as_bytes()).await?;
    Ok((SessionKey { digest: digest(&key), sealed }, key))
}

/// A session's key in the clear, for a caller who may see it.
pub(crate) async fn open_session_key(
    hub: &Hub,
    client: ClientId,
    session: Uuid,
    key: &SessionKey,
) -> Result<String, Refusal> {
    let plain = open_as(hub, client, Purpose::Access, ("session", session), &key.sealed).await?;
    String::from_utf8(plain.reveal().clone()).map_err(|_| Refusal::Internal)
}

/// The secret of a key that signs requests, encrypted under the account's data key [`Purpose::Access`] for the key of
/// this id.
pub(crate) fn seal_server_secret(
    data_key: &DataKey,
    client: ClientId,
    key: ServerKeyId,
    secret: &Secret<String>,
) -> Result<String, Refusal> {
    let sealed = data_key.seal(&Aad::new(client, "server-key", key.uuid()), secret.reveal().as_bytes());
    sealed.map(|sealed| to_text(&sealed)).map_err(|error| refused(&error))
}

/// The secret of a key that signs requests.
pub(crate) async fn open_server_secret(
    hub: &Hub,
    client: ClientId,
    key: ServerKeyId,
    sealed: &str,
) -> Result<Secret<String>, Refusal> {
    let plain = open_as(hub, client, Purpose::Access, ("server-key", key.uuid()), sealed).await?;
    String::from_utf8(plain.reveal().clone()).map(Secret::new).map_err(|_| Refusal::Internal)
}

/// A card's number alone, encrypted for the card of this id.
pub(crate) async fn seal_number(hub: &Hub, client: ClientId, card: Uuid, pan: &Pan) -> Result<String, Refusal> {
    seal_as(hub, client, Purpose::Cards, ("card", card), pan.reveal().as_bytes()).await
}

/// A stored card's number.
pub(crate) async fn open_number(
    hub: &Hub,
    client: ClientId,
    card: Uuid,
    sealed: &str,
) -> Result<Secret<String>, Refusal> {
    let plain = open_as(hub, client, Purpose::Cards, ("card", card), sealed).await?;
    String::from_utf8(plain.reveal().clone()).map(Secret::new).map_err(|_| Refusal::Internal)
}

/// The fingerprint of a card number in this account.
pub(crate) async fn fingerprint(hub: &Hub, client: ClientId, number: &str) -> Result<Fingerprint, Refusal> {
    let mac = seal::fingerprint(&data_key(hub, client, Purpose::Cards).await?, number).into();
    Ok(Fingerprint { version: FINGERPRINT_VERSION, mac })
}

/// What proves the notifications of the providers of this account.
pub(crate) async fn notification_keys(hub: &Hub, client: ClientId) -> Result<NotificationKeys, Refusal> {
    Ok(NotificationKeys::from(&data_key(hub, client, Purpose::Notifications).await?))
}

/// A card's number, encrypted for the token of this id.
pub(crate) async fn seal_token_number(hub: &Hub, client: ClientId, token: Uuid, pan: &Pan) -> Result<String, Refusal> {
    seal_as(hub, client, Purpose::Cards, ("token", token), pan.reveal().as_bytes()).await
}

/// A CVV, encrypted for the token of this id.
pub(crate) async fn seal_token_cvv(hub: &Hub, client: ClientId, token: Uuid, cvv: &Cvv) -> Result<String, Refusal> {
    seal_as(hub, client, Purpose::Cvvs, ("token", token), cvv.reveal().as_bytes()).await
}

/// The number of a token's card.
pub(crate) async fn open_token_number(
    hub: &Hub,
    client: ClientId,
    token: Uuid,
    sealed: &str,
) -> Result<Secret<String>, Refusal> {
    let plain = open_as(hub, client, Purpose::Cards, ("token", token), sealed).await?;
    String::from_utf8(plain.reveal().clone()).map(Secret::new).map_err(|_| Refusal::Internal)
}

/// The CVV of a token.
pub(crate) async fn open_token_cvv(hub: &Hub, client: ClientId, token: Uuid, sealed: &str) -> Result<Cvv, Refusal> {
    let plain = open_as(hub, client, Purpose::Cvvs, ("token", token), sealed).await?;
    let text = std::str::from_utf8(plain.reveal()).map_err(|_| Refusal::Internal)?;
    Cvv::new(text).map_err(|_| Refusal::Internal)
}

/// The private half of a signing key, encrypted for the webhook of this id.
pub(crate) async fn seal_signing_key(
    hub: &Hub,
    client: ClientId,
    webhook: WebhookId,
    private: &Secret<Vec<u8>>,
) -> Result<String, Refusal> {
    seal_as(hub, client, Purpose::Signing, ("webhook", webhook.uuid()), private.reveal()).await
}

/// A webhook's signing key.
pub(crate) async fn open_signing_key(
    hub: &Hub,
    client: ClientId,
    webhook: WebhookId,
    key: &SigningKey,
) -> Result<signing::SigningKey, Refusal> {
    let private = open_as(hub, client, Purpose::Signing, ("webhook", webhook.uuid()), &key.sealed).await?;
    signing::SigningKey::from_pkcs8(&private).map_err(|error| refused(&error))
}

/// A key at a provider, encrypted for the account of this id.
pub(crate) async fn seal_provider_key(
    hub: &Hub,
    client: ClientId,
    account: ProviderAccountId,
    key: &ApiKey,
) -> Result<String, Refusal> {
    seal_as(hub, client, Purpose::Providers, ("provider", account.uuid()), key.reveal().as_bytes()).await
}

/// The secret fields of an account at a provider, encrypted together for the account of this id.
pub(crate) async fn seal_provider_fields(
    hub: &Hub,
    client: ClientId,
    account: ProviderAccountId,
    fields: &BTreeMap<&str, &str>,
) -> Result<String, Refusal> {
    let plain = Secret::new(serde_json::to_vec(fields).map_err(|_| Refusal::Internal)?);
    seal_as(hub, client, Purpose::Providers, ("provider", account.uuid()), plain.reveal()).await
}

/// A token that all functions share, encrypted: of no provider account alone, as several may be one client there.
pub(crate) async fn seal_provider_token(hub: &Hub, client: ClientId, token: &str) -> Result<String, Refusal> {
    seal_as(hub, client, Purpose::Providers, ("oauth", client.uuid()), token.as_bytes()).await
}

/// A token that all functions share, in the clear.
pub(crate) async fn open_provider_token(
    hub: &Hub,
    client: ClientId,
    sealed: &str,
) -> Result<Zeroizing<String>, Refusal> {
    let plain = open_as(hub, client, Purpose::Providers, ("oauth", client.uuid()), sealed).await?;
    String::from_utf8(plain.reveal().clone()).map(Zeroizing::new).map_err(|_| Refusal::Internal)
}

/// The secret fields of `account` at its provider; empty where it has none.
pub(crate) async fn provider_secrets(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
) -> Result<Secrets, Refusal> {
    let open =
        async |sealed: &str| open_as(hub, client, Purpose::Providers, ("provider", account.id.uuid()), sealed).await;
    match &account.credentials {
        Credentials::Sandbox { api_key: None } => Ok(Secrets::default()),
        Credentials::Sandbox { api_key: Some(sealed) } => {
            let key = String::from_utf8(open(sealed).await?.reveal().clone()).map_err(|_| Refusal::Internal)?;
            Ok([(sandbox::API_KEY.to_owned(), key)].into_iter().collect())
        }
        Credentials::Account { sealed, .. } => {
            let plain = open(sealed).await?;
            let fields: BTreeMap<String, String> =
                serde_json::from_slice(plain.reveal()).map_err(|_| Refusal::Internal)?;
            Ok(fields.into_iter().collect())
        }
    }
}
