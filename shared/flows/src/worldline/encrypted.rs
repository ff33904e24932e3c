//! What a shopper's page encrypted for one payment.

use domain::{client_session::ClientSession, ids::MerchantId, refusal::Refusal};
use seal::{Secret, content::Content, digest};
use store::client_sessions::SpentInput;
use wire::worldline::{CustomerInput, Jwe};

use crate::{hub::Hub, identity::Identity, key_pair};

/// What `jwe` holds, decrypted.
///
/// # Errors
/// [`Refusal::EncryptedInputUnreadable`] where it was encrypted for another key, or changed since: one refusal for
/// every cause; [`Refusal::Invalid`] where it holds something else than the library encrypts; or where the hub's keys are out
/// of reach.
pub async fn open(hub: &Hub, jwe: &Jwe) -> Result<CustomerInput, Refusal> {
    let key = key_pair::decryption_key(hub, jwe.key).await?.ok_or(Refusal::EncryptedInputUnreadable)?;
    let Jwe { header, encrypted_key, iv, ciphertext, tag, .. } = jwe;
    let plain: Secret<Vec<u8>> = Content { header, encrypted_key, iv, ciphertext, tag }
        .open(&key)
        .map_err(|_| Refusal::EncryptedInputUnreadable)?;
    CustomerInput::read(plain.reveal())
}

/// Uses `input` up for the payment of this identity, in one write that also reads the client session: it is one of
/// `merchant`, and is open. The same payment may do it again: a process may have ended after this write.
///
/// # Errors
/// [`Refusal::ClientSessionEnded`], [`Refusal::EncryptedInputUsed`], [`Refusal::ClientSessionUsedUp`], or the store's
/// refusals.
pub async fn spend(
    hub: &Hub,
    identity: &Identity,
    merchant: MerchantId,
    input: &CustomerInput,
) -> Result<ClientSession, Refusal> {
    let (client, charge) = (identity.caller.client, identity.charge());
    let spent = hub.store.spend_input(&digest(&input.session), client, &digest(&input.nonce), charge).await?;
    match spent {
        SpentInput::Now(session) if session.merchant == merchant && session.is_live(hub.now()) => Ok(session),
        SpentInput::Now(_) | SpentInput::NoSession => Err(Refusal::ClientSessionEnded),
        SpentInput::Before => Err(Refusal::EncryptedInputUsed),
        SpentInput::UsedUp => Err(Refusal::ClientSessionUsedUp),
    }
}
