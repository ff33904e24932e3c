//! Tokens of providers in memory: one call for each at a time, whoever waits for it.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::time::Timestamp;
use store::provider_tokens::TokenKey;
use zeroize::Zeroizing;

use crate::{clock::Clock, provider::cause::Cause};

/// So many accounts are remembered at once.
const CAPACITY: usize = 10_000;

/// A token that a provider gave.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// What is sent.
    pub(crate) value: Zeroizing<String>,
    /// Until when it is used: shortly before its end.
    pub(crate) usable_until: Timestamp,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token until {}", self.usable_until)
    }
}

/// Every token of this process.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    slots: Mutex<HashMap<TokenKey, Arc<Slot>>>,
}

/// The token of one account.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// How often a token was fetched, or could not be.
    fetches: AtomicUsize,
    /// Locked by whoever fetches the next one.
    held: tokio::sync::Mutex<Held>,
}

/// What the last fetch came to.
#[derive(Debug, Default)]
struct Held {
    token: Option<Token>,
    failure: Option<Cause>,
}

impl Tokens {
    /// The slot of this account.
    fn slot(&self, key: &TokenKey) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= CAPACITY {
            slots.clear();
        }
        Arc::clone(slots.entry(key.clone()).or_default())
    }

    /// The token that is used at the time of `clock` and is not the one that was `refused`; otherwise what `fetch` brings.
    /// Who waits for a fetch takes what it brings, a failure too, and waits until `until`.
    pub(crate) async fn get(
        &self,
        key: &TokenKey,
        refused: Option<&Token>,
        clock: &Clock,
        until: Timestamp,
        fetch: impl Future<Output = Result<Token, Cause>>,
    ) -> Result<Token, Cause> {
        let slot = self.slot(key);
        let before = slot.fetches.load(Ordering::Acquire);
        let mut held = tokio::select! {
            held = slot.held.lock() => held,
            () = clock.reaches(until) => return Err(Cause::Timeout),
        };
        let is_usable = |token: &&Token| token.usable_until > clock.now() && Some(*token) != refused;
        if let Some(token) = held.token.as_ref().filter(is_usable) {
            return Ok(token.clone());
        }
        if let Some(cause) = held.failure.filter(|_| slot.fetches.load(Ordering::Acquire) != before) {
            return Err(cause);
        }
        let fetched = fetch.await;
        slot.fetches.fetch_add(1, Ordering::Release);
        *held = Held { token: fetched.as_ref().ok().cloned(), failure: fetched.as_ref().err().copied() };
        fetched
    }
}
