//! The sessions with which shoppers' pages read payment products.

use std::collections::HashMap;

use domain::{
    card::Card,
    client_session::{ClientSession, KnownCard},
    ids::{CardId, ClientId, MerchantId},
    refusal::Refusal,
    time::Timestamp,
};
use seal::digest;
use wire::worldline::session::SessionRequest;

use crate::{account::merchant::merchant_context, answered::Answered, hub::Hub, identity::Identity, vault::random_id};

/// A client session and its id, which opens it.
#[derive(Debug)]
pub struct Made {
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// The session.
    pub session: ClientSession,
}

/// Makes a client session of this merchant: the account's cards are read at once, and the session is stored. A request
/// with the idempotency key of an earlier one gets what that one made, whatever it says itself, also where it is refused
/// or the merchant was deleted since.
///
/// # Errors
/// What refuses the request, [`Refusal::UnknownMerchant`] where the merchant was deleted, or the store's refusals.
pub async fn create(
    hub: &Hub,
    identity: &Identity,
    merchant: MerchantId,
    request: Result<SessionRequest, Refusal>,
) -> Result<Answered<Made>, Refusal> {
    let (client, now) = (identity.caller.client, hub.now());
    let day = now.as_seconds() / DAY;
    if let Some(made) = made_before(hub, identity, day - 1).await? {
        return Ok(Answered::Replayed(made));
    }
    let wanted = async {
        merchant_context(hub, client, merchant).await?;
        request
    };
    let SessionRequest { filters, tokens } = match wanted.await {
        Ok(request) => request,
        Err(refusal) => return made_before(hub, identity, day).await?.map(Answered::Replayed).ok_or(refusal),
    };
    let (cards, invalid_tokens) = cards(hub, client, tokens, now).await?;
    let session =
        ClientSession { client, merchant, shopper: random_id()?, filters, cards, invalid_tokens, created_at: now };
    let id = id_on(hub, identity, day);
    Ok(match hub.store.create_client_session(&digest(&id), &session).await? {
        None => Answered::New(Made { id, session }),
        Some(session) => Answered::Replayed(Made { id, session }),
    })
}

/// Seconds of a day, for which a session is remembered.
const DAY: i64 = 24 * 60 * 60;

/// The id of the session that a request makes on this day since 1970. An idempotency key that is used again on a later
/// day makes another session under another id: no id comes back, and with it no input that was encrypted under it.
fn id_on(hub: &Hub, identity: &Identity, day: i64) -> String {
    hub.secrets.derived(identity.id, &format!("client session of day {day}")).simple().to_string()
}

/// What a request with this idempotency key made on this day, as long as that is remembered.
async fn made_before(hub: &Hub, identity: &Identity, day: i64) -> Result<Option<Made>, Refusal> {
    if identity.key.is_none() {
        return Ok(None);
    }
    let id = id_on(hub, identity, day);
    let found = hub.store.client_session(&digest(&id)).await?;
    let remembered = found.filter(|session| hub.now() < session.remembered_until());
    Ok(remembered.map(|session| Made { id, session }))
}

/// The cards that the tokens name, each once and in their order, and the tokens that name none that can pay.
async fn cards(
    hub: &Hub,
    client: ClientId,
    tokens: Vec<String>,
    now: Timestamp,
) -> Result<(Vec<KnownCard>, Vec<String>), Refusal> {
    let mut ids: Vec<CardId> = tokens.iter().filter_map(|token| token.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut usable = HashMap::new();
    if !ids.is_empty() {
        let can_pay = |card: &Card| card.can_pay() && !card.snapshot.expiry.has_ended(now);
        let found = hub.store.cards_named(client, &ids).await?;
        usable.extend(found.into_iter().filter(|(_, card)| can_pay(card)));
    }
    let (mut cards, mut invalid): (Vec<KnownCard>, Vec<String>) = (Vec::new(), Vec::new());
    for token in tokens {
        let card = token.parse().ok().and_then(|id: CardId| usable.get(&id));
        match card {
            Some(card) if cards.iter().any(|known| known.id == card.id) => {}
            Some(card) => cards.push(KnownCard { id: card.id, snapshot: card.snapshot.clone() }),
            None if invalid.contains(&token) => {}
            None => invalid.push(token),
        }
    }
    Ok((cards, invalid))
}

/// The client session of this id, where it has not ended.
///
/// # Errors
/// [`Refusal::Forbidden`] where there is none, or the store's refusals.
pub async fn find(hub: &Hub, id: &str) -> Result<ClientSession, Refusal> {
    let found = hub.store.client_session(&digest(id)).await?;
    found.filter(|session| session.is_live(hub.now())).ok_or(Refusal::Forbidden)
}
