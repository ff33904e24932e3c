//! Card tokens: a card, or a CVV alone, that is used once.

use domain::{
    card::{CardData, Cvv, Pan, TokenOrder},
    ids::{ClientId, TokenId},
    limits::TOKEN_LIFE,
    refusal::Refusal,
    time::Timestamp,
};
use seal::Secret;
use store::tokens::TokenRecord;
use uuid::Uuid;

use crate::{
    answered::Answered,
    hub::Hub,
    identity::{self, Identity},
    vault,
};

/// Stores the card or CVV of `order` under a token that expires in two hours and is used once.
///
/// # Errors
/// [`Refusal::KeyReused`], or where it cannot be encrypted or stored.
pub async fn create(hub: &Hub, identity: &Identity, order: &TokenOrder) -> Result<Answered<TokenId>, Refusal> {
    let (client, id, now) = (identity.caller.client, TokenId::new(identity.id), hub.now());
    let (pan, cvv) = parts(order);
    let record = TokenRecord {
        client,
        snapshot: match order {
            TokenOrder::Card(card) => Some(card.snapshot()),
            TokenOrder::Cvv(_) => None,
        },
        fingerprint: pan.map(|pan| identity::fingerprint(hub, client, pan.reveal())),
        card: Some(vault::seal_token(hub, client, id.uuid(), pan, cvv).await?),
        used_by: None,
        expires_at: now.plus(TOKEN_LIFE).as_seconds(),
    };
    let there = match identity.caller.may_make() {
        Ok(()) => hub.store.create_token(id, &record, now).await?,
        Err(ended) => Some(hub.store.token(client, id, now).await?.ok_or(ended)?),
    };
    match there {
        None => Ok(Answered::New(id)),
        Some(there) if is_same(hub, client, id.uuid(), &there, &record, order).await? => Ok(Answered::Replayed(id)),
        Some(_) => Err(Refusal::KeyReused),
    }
}

/// Whether the stored token holds what is ordered again; of a used one, only the card is known.
async fn is_same(
    hub: &Hub,
    client: ClientId,
    id: Uuid,
    there: &TokenRecord,
    record: &TokenRecord,
    order: &TokenOrder,
) -> Result<bool, Refusal> {
    let is_same_card =
        there.client == client && there.snapshot == record.snapshot && there.fingerprint == record.fingerprint;
    let Some(sealed) = there.card.as_deref().filter(|_| is_same_card) else { return Ok(is_same_card) };
    let (pan, cvv) = parts(order);
    let (there_pan, there_cvv) = vault::open_token(hub, client, id, sealed).await?;
    let is = |there: Option<Secret<String>>, sent: Option<&str>| there.as_ref().map(|s| s.reveal().as_str()) == sent;
    Ok(is(there_pan, pan.map(Pan::reveal)) && is(there_cvv, cvv.map(Cvv::reveal)))
}

const fn parts(order: &TokenOrder) -> (Option<&Pan>, Option<&Cvv>) {
    match order {
        TokenOrder::Card(card) => (Some(&card.pan), card.cvv.as_ref()),
        TokenOrder::Cvv(cvv) => (None, Some(cvv)),
    }
}

/// The card of an unspent token.
pub(crate) async fn unspent_card(
    hub: &Hub,
    client: ClientId,
    id: TokenId,
    token: &TokenRecord,
) -> Result<CardData, Refusal> {
    let snapshot = token.snapshot.as_ref().ok_or(Refusal::UnknownToken)?;
    let sealed = token.card.as_deref().ok_or(Refusal::TokenSpent)?;
    let (pan, cvv) = vault::open_token(hub, client, id.uuid(), sealed).await?;
    let pan = pan.ok_or(Refusal::UnknownToken)?;
    let pan = Pan::new(pan.reveal()).map_err(|_| Refusal::Internal)?;
    let cvv = cvv.map(|cvv| Cvv::new(cvv.reveal())).transpose().map_err(|_| Refusal::Internal)?;
    Ok(CardData { pan, cvv, holder: snapshot.holder.clone(), expiry: snapshot.expiry })
}

/// The CVV of an unspent token.
pub(crate) async fn unspent_cvv(hub: &Hub, client: ClientId, id: TokenId, now: Timestamp) -> Result<Cvv, Refusal> {
    let token = hub.store.token(client, id, now).await?.ok_or(Refusal::UnknownToken)?;
    let sealed = token.card.as_deref().ok_or(Refusal::TokenSpent)?;
    let (_, cvv) = vault::open_token(hub, client, id.uuid(), sealed).await?;
    let cvv = cvv.ok_or(Refusal::UnknownToken)?;
    Cvv::new(cvv.reveal()).map_err(|_| Refusal::Internal)
}
