//! Card tokens: a card, or a CVV alone, that is used once.

use domain::{
    card::{CardData, Cvv, Pan, TokenOrder},
    ids::{ClientId, TokenId},
    limits::TOKEN_LIFE,
    refusal::Refusal,
    time::Timestamp,
};
use store::tokens::TokenRecord;
use uuid::Uuid;

use crate::{answered::Answered, hub::Hub, identity::Identity, vault};

/// Stores the card or CVV of `order` under a token that expires in two hours and is used once.
///
/// # Errors
/// [`Refusal::KeyReused`], or where it cannot be encrypted or stored.
pub async fn create(hub: &Hub, identity: &Identity, order: &TokenOrder) -> Result<Answered<TokenId>, Refusal> {
    let (client, id, now) = (identity.caller.client, TokenId::new(identity.id), hub.now());
    let (pan, cvv) = parts(order);
    let (number, fingerprint) = match pan {
        Some(pan) => {
            let number = vault::seal_token_number(hub, client, id.uuid(), pan).await?;
            (Some(number), Some(vault::fingerprint(hub, client, pan.reveal()).await?))
        }
        None => (None, None),
    };
    let record = TokenRecord {
        client,
        made_by: identity.caller.maker().clone(),
        snapshot: match order {
            TokenOrder::Card(card) => Some(card.snapshot()),
            TokenOrder::Cvv(_) => None,
        },
        fingerprint,
        number,
        cvv: match cvv {
            Some(cvv) => Some(vault::seal_token_cvv(hub, client, id.uuid(), cvv).await?),
            None => None,
        },
        used_by: None,
        expires_at: now.plus(TOKEN_LIFE).as_seconds(),
    };
    let there = match identity.caller.may_make() {
        Ok(()) => hub.store.create_token(id, &record, now).await?,
        Err(ended) => Some(hub.store.token(client, id, now).await?.ok_or(ended)?),
    };
    match there {
        None => Ok(Answered::New(id)),
        // To another key's request the answer is the same whatever it says: otherwise it would show which CVV is right.
        Some(there) if !identity.caller.opens(&there.made_by) => Err(Refusal::KeyReused),
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
    if !is_same_card || there.used_by.is_some() {
        return Ok(is_same_card);
    }
    let sent = parts(order).1.map(Cvv::reveal);
    match &there.cvv {
        Some(sealed) => Ok(Some(vault::open_token_cvv(hub, client, id, sealed).await?.reveal()) == sent),
        None => Ok(sent.is_none()),
    }
}

const fn parts(order: &TokenOrder) -> (Option<&Pan>, Option<&Cvv>) {
    match order {
        TokenOrder::Card(card) => (Some(&card.pan), card.cvv.as_ref()),
        TokenOrder::Cvv(cvv) => (None, Some(cvv)),
    }
}

/// The card of an unspent token, which may have expired since the token was made.
pub(crate) async fn unspent_card(
    hub: &Hub,
    client: ClientId,
    id: TokenId,
    token: &TokenRecord,
    now: Timestamp,
) -> Result<CardData, Refusal> {
    let snapshot = token.snapshot.as_ref().ok_or(Refusal::UnknownToken)?;
    if snapshot.expiry.has_ended(now) {
        return Err(Refusal::CardExpired);
    }
    let sealed = token.number.as_deref().ok_or(Refusal::TokenSpent)?;
    let pan = vault::open_token_number(hub, client, id.uuid(), sealed).await?;
    let pan = Pan::new(pan.reveal()).map_err(|_| Refusal::Internal)?;
    let cvv = match &token.cvv {
        Some(sealed) => Some(vault::open_token_cvv(hub, client, id.uuid(), sealed).await?),
        None => None,
    };
    Ok(CardData { pan, cvv, holder: snapshot.holder.clone(), expiry: snapshot.expiry })
}

/// The CVV of an unspent token.
pub(crate) async fn unspent_cvv(hub: &Hub, client: ClientId, id: TokenId, now: Timestamp) -> Result<Cvv, Refusal> {
    let token = hub.store.token(client, id, now).await?.ok_or(Refusal::UnknownToken)?;
    if token.used_by.is_some() {
        return Err(Refusal::TokenSpent);
    }
    vault::open_token_cvv(hub, client, id.uuid(), &token.cvv.ok_or(Refusal::UnknownToken)?).await
}
