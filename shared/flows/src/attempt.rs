//! Who asks for what, under which id.

use domain::{
    charge::Body,
    ids::{CardId, ChargeId, ClientId, SessionId, TokenId},
    limits::{CALL_WINDOW, REQUEST_WINDOW},
    refusal::Refusal,
    time::Timestamp,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{hub::Hub, vault::random_id};

/// One request that creates something.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Who asks.
    pub client: ClientId,
    /// The id of what is created: the same for the same key on the same path.
    pub id: Uuid,
    /// The idempotency key.
    pub key: Option<String>,
    /// When the request came.
    pub received_at: Timestamp,
    /// The session whose key the caller used, where the key is a session key.
    pub session: Option<SessionId>,
    /// The address of the hub, `https://pay.example`: providers send their notifications there.
    pub hub_url: Option<String>,
    /// The request's body without card numbers, security codes and `appInfo`.
    said: Value,
    /// The fingerprint of the card whose number came in the body.
    fingerprint: Option<String>,
}

impl Attempt {
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

    /// The card that is created.
    #[must_use]
    pub const fn card(&self) -> CardId {
        CardId::new(self.id)
    }

    /// The same, made with the key of this session, if it is a session key.
    #[must_use]
    pub fn with_key_of(self, session: Option<SessionId>) -> Self {
        Self { session, ..self }
    }

    /// The same, made at the hub with this address.
    #[must_use]
    pub fn made_at(self, hub_url: String) -> Self {
        Self { hub_url: Some(hub_url), ..self }
    }

    /// The token that the body names.
    pub(crate) fn token(&self) -> Option<TokenId> {
        self.said.pointer("/paymentSource/tokenId")?.as_str()?.parse().ok()
    }
}

/// The attempt to create, at `path`, what `body` says.
///
/// # Errors
/// [`Refusal::Internal`] where the system has no randomness.
pub fn new(hub: &Hub, client: ClientId, path: &str, key: Option<&str>, body: &Value) -> Result<Attempt, Refusal> {
    let id = match key {
        Some(key) => hub.secrets.identity(client, path, key),
        None => random_id()?,
    };
    let number = body.pointer("/paymentSource/card/cardNumber").and_then(Value::as_str);
    let fingerprint = number.map(|number| fingerprint(hub, client, number));
    let key = key.map(str::to_owned);
    Ok(Attempt {
        client,
        id,
        key,
        received_at: hub.now(),
        session: None,
        hub_url: None,
        said: without_secrets(body),
        fingerprint,
    })
}

/// What the attempt said, as keyed hashes; `token_card` is the fingerprint of its token's card.
#[must_use]
pub fn body(hub: &Hub, attempt: &Attempt, token_card: Option<&str>) -> Body {
    let by_card = attempt.fingerprint.as_deref().or(token_card).map(|fingerprint| {
        let mut said = attempt.said.clone();
        for place in ["paymentSource", "tokenId"] {
            if let Some(source) = said.get_mut(place) {
                *source = Value::String(fingerprint.to_owned());
            }
        }
        hash(hub, attempt.client, &said)
    });
    let as_sent = match (&attempt.fingerprint, &by_card) {
        (Some(_), Some(by_card)) => by_card.clone(),
        _ => hash(hub, attempt.client, &attempt.said),
    };
    Body { as_sent, by_card }
}

/// The keyed fingerprint of a card number.
pub(crate) fn fingerprint(hub: &Hub, client: ClientId, number: &str) -> String {
    hub.secrets.fingerprint(client, number).into()
}

fn hash(hub: &Hub, client: ClientId, said: &Value) -> String {
    hub.secrets.body_mac(client, said.to_string().as_bytes()).into()
}

/// The normal form of a body: sorted keys, without nulls, without what differs between attempts of one request.
fn without_secrets(body: &Value) -> Value {
    let mut said = body.clone();
    if let Some(fields) = said.as_object_mut() {
        fields.remove("appInfo");
    }
    for place in ["/paymentSource/card", "/paymentSource", ""] {
        if let Some(fields) = said.pointer_mut(place).and_then(Value::as_object_mut) {
            for secret in ["cardNumber", "cardCvv", "cvvUpdate"] {
                fields.remove(secret);
            }
        }
    }
    without_nulls(said)
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: Map<String, Value> = fields
                .into_iter()
                .filter(|(_, field)| !field.is_null())
                .map(|(name, field)| (name, without_nulls(field)))
                .collect();
            Value::Object(fields)
        }
        Value::Array(entries) => Value::Array(entries.into_iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
