//! Tokens of providers in memory: one call for each at a time, whoever waits for it.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::time::Timestamp;
use store::provider_tokens::TokenKey;
use zeroize::Zeroizing;

use crate::{clock::Clock, provider::cause::Cause};

/// How long a call for a token may take.
pub(super) const CALL_LIMIT: Duration = Duration::from_secs(8);
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
    /// Who waits for a fetch takes what it brings, and waits until `until`. A failure is taken too, unless whoever fetched
    /// had little time.
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
        let time = until.since(clock.now());
        let fetched = fetch.await;
        if let Err(cause) = &fetched
            && is_own(*cause, time)
        {
            *held = Held::default();
            return fetched;
        }
        slot.fetches.fetch_add(1, Ordering::Release);
        *held = Held { token: fetched.as_ref().ok().cloned(), failure: fetched.as_ref().err().copied() };
        fetched
    }
}

/// Whether it failed because whoever asked for a token had so little time: that says nothing to the others.
pub(super) fn is_own(cause: Cause, time: Duration) -> bool {
    matches!(cause, Cause::Timeout | Cause::ConnectTimeout) && time < CALL_LIMIT
}

#[cfg(test)]
mod tests {
    use domain::ids::ClientId;
    use futures::future::join;

    use super::*;

    #[tokio::test]
    async fn the_failure_of_whoever_had_little_time_is_no_failure_of_those_who_wait() {
        let (tokens, clock) = (Tokens::default(), Clock::system());
        let key = TokenKey { client: ClientId::new(crate::vault::random_id().unwrap()), hash: String::new() };
        let after = |seconds| clock.now().plus(Duration::from_secs(seconds));
        let token = Token { value: Zeroizing::new("token-1".to_owned()), usable_until: after(300) };
        for (seconds, expected) in [(5, Ok(token.clone())), (20, Err(Cause::Timeout))] {
            let slow = async {
                tokio::task::yield_now().await;
                Err(Cause::Timeout)
            };
            let first = tokens.get(&key, None, &clock, after(seconds), slow);
            let second = tokens.get(&key, None, &clock, after(20), async { Ok(token.clone()) });
            let (first, second) = join(first, second).await;
            assert_eq!((first, second), (Err(Cause::Timeout), expected), "{seconds}");
            tokens.slots.lock().unwrap().clear();
        }
    }
}
