//! What a shopper's page encrypted for one payment.

use domain::{
    client_session::ClientSession,
    ids::MerchantId,
    refusal::{InputFault, Refusal},
};
pub use seal::content::JweContent;
use seal::{Secret, digest};
use store::client_sessions::SpentInput;
use uuid::Uuid;

use crate::{hub::Hub, identity::Identity, key_pair};

/// What `content` holds, decrypted under the key pair of this id.
///
/// # Errors
/// [`InputFault::Unreadable`] where it was encrypted for another key, or changed since: one refusal for every cause; or
/// where the hub's keys are out of reach.
pub async fn open(hub: &Hub, key_pair: Uuid, content: JweContent<'_>) -> Result<Secret<Vec<u8>>, Refusal> {
    const UNREADABLE: Refusal = Refusal::EncryptedInput(InputFault::Unreadable);
    let key = key_pair::decryption_key(hub, key_pair).await?.ok_or(UNREADABLE)?;
    content.open(&key).map_err(|_| UNREADABLE)
}

/// Uses the input with this nonce up for the payment of this identity, in one write that also reads the client session
/// of this id: it is one of `merchant`, and is open. The same payment may do it again: a process may have ended after
/// this write.
///
/// # Errors
/// [`InputFault::NoSession`], [`InputFault::Used`], [`InputFault::SessionUsedUp`], or the store's refusals.
pub async fn spend(
    hub: &Hub,
    identity: &Identity,
    merchant: MerchantId,
    session: &str,
    nonce: &str,
) -> Result<ClientSession, Refusal> {
    let owner = (identity.caller.client, merchant);
    let spent = hub.store.spend_input(&digest(session), owner, &digest(nonce), identity.charge()).await?;
    let fault = match spent {
        SpentInput::Now(session) if session.is_live(hub.now()) => return Ok(session),
        SpentInput::Now(_) | SpentInput::NoSession => InputFault::NoSession,
        SpentInput::Before => InputFault::Used,
        SpentInput::UsedUp => InputFault::SessionUsedUp,
    };
    Err(Refusal::EncryptedInput(fault))
}
