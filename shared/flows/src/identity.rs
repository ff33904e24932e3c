//! Who asks for what, under which id.

use std::net::IpAddr;

use domain::{
    card::{Fingerprint, Pan},
    charge::Body,
    ids::{CardId, ChargeId, TokenId},
    limits::{CALL_WINDOW, REQUEST_WINDOW},
    refusal::{Refusal, Unreadable},
    time::Timestamp,
};
use uuid::Uuid;
use wire::{NormalBody, NormalText};

use crate::{
    caller::Caller,
    hub::Hub,
    vault::{self, random_id},
};

/// What identifies a request that creates or changes something: who sends it, and under which id.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The id of what is created: the same for the same idempotency key on the same path, in the caller's space of keys.
    pub id: Uuid,
    /// The idempotency key.
    pub key: Option<String>,
    /// When the request came.
    pub received_at: Timestamp,
    /// Who calls.
    pub caller: Caller,
    /// The address that the request came from.
    pub(crate) address: Option<IpAddr>,
    /// The token that the body names.
    pub(crate) token: Option<TokenId>,
    /// The body's text without secrets.
    text: NormalText,
    /// The fingerprint of the card whose number came in the body.
    fingerprint: Option<String>,
}

impl Identity {
    /// The charge that is created.
    #[must_use]
    pub const fn charge(&self) -> ChargeId {
        ChargeId::new(self.id)
    }

    /// Until when a call of a provider for it may begin, of an intent that is stored at `now`.
    #[must_use]
    pub fn call_before(&self, now: Timestamp) -> Timestamp {
        now.plus(CALL_WINDOW).min(self.received_at.plus(REQUEST_WINDOW))
    }

    /// The same request, which came from this address.
    #[must_use]
    pub fn at_address(self, address: Option<IpAddr>) -> Self {
        Self { address, ..self }
    }

    /// That the idempotency key does not hold the number of `card`, which the request sent or the hub opened for it:
    /// answers and webhooks print the key.
    ///
    /// # Errors
    /// [`Unreadable::IdempotencyKeyWithCardNumber`].
    pub fn has_no_number_of(&self, card: &Pan) -> Result<(), Refusal> {
        if self.key.as_deref().is_some_and(|key| card.is_in(key)) {
            return Err(Refusal::Unreadable(Unreadable::IdempotencyKeyWithCardNumber));
        }
        Ok(())
    }

    /// The fingerprint of the card whose number came in the body.
    pub(crate) fn card_in_body(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// The card that is created.
    #[must_use]
    pub const fn card(&self) -> CardId {
        CardId::new(self.id)
    }
}

/// The identity of the request of `caller` to create, at `path`, what `body` describes: no payment.
///
/// # Errors
/// [`Refusal::Internal`] where the system has no randomness.
pub fn new(hub: &Hub, caller: &Caller, path: &str, key: Option<&str>, body: NormalBody) -> Result<Identity, Refusal> {
    let client = caller.client;
    let id = match key {
        Some(key) => hub.secrets.identity(client, &format!("{}{path}", caller.space()), key),
        None => random_id()?,
    };
    let NormalBody { text, token, .. } = body;
    let key = key.map(str::to_owned);
    Ok(Identity {
        id,
        key,
        received_at: hub.now(),
        caller: caller.clone(),
        address: None,
        token,
        text,
        fingerprint: None,
    })
}

/// The identity of the request of `caller` to pay: the card whose number is in `body` is known by its fingerprint, as
/// the card of a token is. Only the functions that pay can make one.
///
/// # Errors
/// As [`new`]; or where the account's key for cards cannot be opened.
pub async fn payment(
    hub: &Hub,
    caller: &Caller,
    path: &str,
    key: Option<&str>,
    mut body: NormalBody,
) -> Result<Identity, Refusal> {
    let fingerprint = match body.card_number.take() {
        Some(number) => Some(vault::fingerprint(hub, caller.client, &number).await?.mac),
        None => None,
    };
    Ok(Identity { fingerprint, ..new(hub, caller, path, key, body)? })
}

/// What the request said, as keyed hashes; `token_card` is the fingerprint of its token's card.
#[must_use]
pub fn body(hub: &Hub, identity: &Identity, token_card: Option<&Fingerprint>) -> Body {
    let hash = |text: String| -> String { hub.secrets.keyed_hash(identity.caller.client, text.as_bytes()).into() };
    let by_card = |fingerprint: &str| hash(identity.text.by_card(fingerprint));
    match identity.fingerprint.as_deref() {
        Some(card) => Body { as_sent: by_card(card), by_card: None },
        None => Body { as_sent: hash(identity.text.as_sent()), by_card: token_card.map(|card| by_card(&card.mac)) },
    }
}
