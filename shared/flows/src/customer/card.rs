//! Stored cards: made from a token, and verified by zero-dollar verification where a merchant is named.

use domain::{
    card::{Card, CardData, CardOrder, CardStatus, Verification, ZeroDollar, ZeroDollarOrder},
    charge::{Outcome, request::Via},
    ids::{CardId, ClientId, CustomerId, RequestId},
    limits::{CALL_WINDOW, STALE_INTENT},
    merchant::ProviderAccount,
    method::PaymentType,
    money::Currency,
    refusal::Refusal,
};
use futures::future::try_join;
use providers::{Call, Operation, Verify, adapter};
use store::{
    card_testing::Counter,
    cards::Made,
    charges::Settle,
    lists::{Listed, Window},
    tokens::Spend,
};

use crate::{
    account::merchant,
    answered::Answered,
    card_testing,
    customer::token::unspent_card,
    hub::Hub,
    identity::{self, Identity},
    provider::{asked::Asked, call::unbuilt},
    retry::Retry,
    vault,
};

/// A card that could be made. Nothing is sent or stored yet.
struct NewCard {
    card: Card,
    spend: Spend,
    /// Number and CVV, for as long as the request lives.
    plain: CardData,
    /// The account that verifies it, and the call that is made.
    call: Option<(ProviderAccount, Call)>,
    /// What counts its verification before it is sent, or the comparison of its number.
    reserved: Vec<Counter>,
    /// Whether it is counted already.
    is_counted: bool,
}

/// Makes a card of the token that `order` names, and has it verified if the order says so. The card is stored and
/// the token spent before the provider is called, so no card is lost: at worst it stays pending.
///
/// # Errors
/// What refuses the card, unless this request was made before; [`Refusal::CardNotVerified`] for a card that is stored
/// without its verification; or the store's refusals.
pub async fn create(hub: &Hub, identity: &Identity, order: &CardOrder) -> Result<Answered<Card>, Refusal> {
    if let Some(there) = made_by_browser(hub, identity).await? {
        return replay(hub, identity, order, there).await;
    }
    let new = match new_card(hub, identity, order).await {
        Ok(new) => new,
        Err(refusal) => return made_before(hub, identity, order, refusal).await,
    };
    let uncounted = if new.is_counted { &[] } else { &*new.reserved };
    match hub.store.make_card(&new.card, &new.spend, uncounted).await? {
        Made::Ours => {
            if new.is_counted && new.call.is_none() {
                card_testing::give_back(&hub.store, &new.reserved, new.spend.now).await;
            }
            let made = verify(hub, new).await?;
            if made.status() == CardStatus::Failed {
                card_testing::count(hub, &card_testing::of_failed_verification(identity), 1).await;
            }
            Ok(Answered::New(made))
        }
        Made::Replay(there) => replay(hub, identity, order, *there).await,
        Made::TokenSpent => Err(Refusal::TokenSpent),
        Made::Full(full) => Err(card_testing::refused(full)),
    }
}

/// A page of the account's cards; of this customer's alone where one is named.
///
/// # Errors
/// The store's refusals.
pub async fn list(
    hub: &Hub,
    client: ClientId,
    window: &Window,
    customer: Option<CustomerId>,
) -> Result<Listed<Card>, Refusal> {
    Ok(hub.store.cards(client, window, customer).await?)
}

/// The account's card of this id.
///
/// # Errors
/// [`Refusal::UnknownCard`], or the store's refusals.
pub async fn find(hub: &Hub, client: ClientId, id: CardId) -> Result<Card, Refusal> {
    hub.store.card(client, id).await?.ok_or(Refusal::UnknownCard)
}

async fn new_card(hub: &Hub, identity: &Identity, order: &CardOrder) -> Result<NewCard, Refusal> {
    identity.caller.may_make()?;
    let (client, id, now) = (identity.caller.client, identity.card(), hub.now());
    let token = async { Ok(hub.store.token(client, order.token, now).await?) };
    let (token, verifier) = try_join(token, verifier(hub, client, order.zero_dollar)).await?;
    let token = token.ok_or(Refusal::UnknownToken)?;
    let plain = unspent_card(hub, client, order.token, &token, now).await?;
    let number = vault::seal_number(hub, client, id.uuid(), &plain.pan).await?;
    let fingerprint = vault::fingerprint(hub, client, plain.pan.reveal()).await?;
    let verification = match (&verifier, order.zero_dollar) {
        (Some(account), Some(ZeroDollarOrder { cvv_check: true, .. })) => Verification::Asked(Box::new(ZeroDollar {
            id: RequestId::new(hub.secrets.derived(identity.id, "zero dollar")),
            via: Via { id: account.id, kind: account.kind },
            answer: None,
        })),
        (_, Some(_)) => Verification::PutOff,
        (_, None) => Verification::None,
    };
    let body = identity::body(hub, identity, Some(&fingerprint));
    let inline = Card::inline(id, client, identity.caller.maker().clone(), plain.snapshot(), fingerprint, number, now);
    let card = Card {
        verification,
        idempotency_key: identity.key.clone().unwrap_or_else(|| id.to_string()),
        body: Some(body),
        ..inline
    };
    let call = match verifier.filter(|_| card.zero_dollar().is_some()) {
        Some(account) => {
            let call = adapter(&account).begin(&account, &question(&card.reference(), &card, &plain));
            let call = call.map_err(|error| unbuilt(&account, &error))?;
            Some((account, call))
        }
        None => None,
    };
    // Counted before the number is compared: with an idempotency key alone there is something to compare.
    let is_compared = identity.key.is_some();
    let counters =
        (is_compared || call.is_some()).then(|| card_testing::refusing(hub, identity, &card.fingerprint.mac));
    let reserved = counters.unwrap_or_default();
    if is_compared {
        card_testing::reserve(hub, &reserved, now).await?;
        identity.has_no_number_of(&plain.pan)?;
    }
    let (spend, is_counted) = (Spend::by_card(order.token, client, id, now), is_compared);
    Ok(NewCard { card, spend, plain, call, reserved, is_counted })
}

/// The card that a public key made by this request before: a replay is neither counted nor compared.
async fn made_by_browser(hub: &Hub, identity: &Identity) -> Result<Option<Card>, Refusal> {
    if identity.key.is_none() || identity.caller.maker().keys().is_empty() {
        return Ok(None);
    }
    Ok(hub.store.card(identity.caller.client, identity.card()).await?)
}

/// The account that could verify a card: the merchant's preferred one for cards.
async fn verifier(
    hub: &Hub,
    client: ClientId,
    order: Option<ZeroDollarOrder>,
) -> Result<Option<ProviderAccount>, Refusal> {
    let Some(order) = order else { return Ok(None) };
    let (method, currency) = (PaymentType::Credit, Currency::BRL);
    let merchant = merchant::merchant_context(hub, client, order.merchant).await?;
    let first = merchant::accounts_for(hub, &merchant, method, currency).into_iter().next();
    first.map(Some).ok_or(Refusal::NoProvider { method, currency: currency.code() })
}

/// Has a stored card verified, if its order said so: the card as it is then.
async fn verify(hub: &Hub, new: NewCard) -> Result<Card, Refusal> {
    let NewCard { card, plain, call: Some((account, first)), .. } = new else { return Ok(new.card) };
    let started = hub.now();
    let outcome = if started > card.created_at.plus(CALL_WINDOW) {
        Outcome::NotSent
    } else {
        let reference = card.reference();
        let operation = &question(&reference, &card, &plain);
        let client = card.client;
        let asked = Asked { client, account: &account, operation, word: "zero_dollar", reference: &reference };
        asked.call(hub, &first, started.plus(CALL_WINDOW), Outcome::NotSent).await.reading.outcome
    };
    let took_ms = u32::try_from(hub.now().since(started).as_millis()).ok();
    let verified = settle(hub, card, outcome, took_ms).await?;
    if verified.status() == CardStatus::Pending { Err(Refusal::CardNotVerified) } else { Ok(verified) }
}

async fn settle(hub: &Hub, card: Card, outcome: Outcome, took_ms: Option<u32>) -> Result<Card, Refusal> {
    let mut current = card;
    let mut retry = Retry::new();
    loop {
        let verified = current.verified(outcome.clone(), hub.now(), took_ms);
        match hub.store.settle_card(current.version, &verified).await? {
            Settle::Stored => return Ok(verified),
            Settle::Lost | Settle::SessionLost | Settle::Known => {
                current = find(hub, current.client, current.id).await?;
            }
        }
        retry.again().await?;
    }
}

/// The card that this request made before: its token is spent since.
async fn made_before(
    hub: &Hub,
    identity: &Identity,
    order: &CardOrder,
    refusal: Refusal,
) -> Result<Answered<Card>, Refusal> {
    if identity.key.is_none() {
        return Err(refusal);
    }
    let there = hub.store.card(identity.caller.client, identity.card()).await?.ok_or(refusal)?;
    replay(hub, identity, order, there).await
}

/// The card that the request made before, as it was answered then; while its verification runs there is no answer.
async fn replay(hub: &Hub, identity: &Identity, order: &CardOrder, there: Card) -> Result<Answered<Card>, Refusal> {
    let now = hub.now();
    let made_by = there
        .body
        .as_ref()
        .filter(|_| there.client == identity.caller.client && identity.caller.opens(&there.made_by))
        .ok_or(Refusal::KeyReused)?;
    if !made_by.is_same(&identity::body(hub, identity, None)) {
        // A client library tokenizes the same card anew in every request.
        let token = hub.store.token(identity.caller.client, order.token, now).await?;
        let fingerprint = token.and_then(|token| token.fingerprint).ok_or(Refusal::KeyReused)?;
        if !made_by.is_same(&identity::body(hub, identity, Some(&fingerprint))) {
            return Err(Refusal::KeyReused);
        }
    }
    let is_running = there.zero_dollar().is_some_and(|zero_dollar| zero_dollar.answer.is_none());
    if is_running && now.since(there.created_at) <= STALE_INTENT {
        return Err(Refusal::Processing);
    }
    Ok(Answered::Replayed(there.as_created()))
}

fn question<'a>(reference: &'a str, card: &Card, plain: &'a CardData) -> Operation<'a> {
    Operation::Verify(Verify { reference, card: plain, created_at: card.created_at })
}
