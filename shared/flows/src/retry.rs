//! Retries of optimistic writes that lost.

use std::time::Duration;

use domain::{refusal::Refusal, time::Timestamp};

use crate::clock::Clock;

/// The longest pause after the first attempt that lost; it grows with the attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// The number of attempts where no deadline bounds them: all pauses together are shorter than a second.
const ATTEMPTS: u32 = 10;

/// The attempts of one optimistic write: read, decide, write where nothing was written meanwhile, and again.
#[derive(Debug)]
pub(crate) struct Retry {
    /// Until when an attempt may begin; none where [`ATTEMPTS`] bounds them.
    deadline: Option<(Clock, Timestamp)>,
    lost: u32,
}

impl Retry {
    /// [`ATTEMPTS`] in all.
    pub(crate) const fn new() -> Self {
        Self { deadline: None, lost: 0 }
    }

    /// As many as begin before `deadline`.
    pub(crate) fn until(clock: &Clock, deadline: Timestamp) -> Self {
        Self { deadline: Some((clock.clone(), deadline)), lost: 0 }
    }

    /// An attempt lost: waits until the next one may begin.
    ///
    /// # Errors
    /// [`Refusal::Contention`] where it was the last.
    pub(crate) async fn again(&mut self) -> Result<(), Refusal> {
        self.lost = self.lost.saturating_add(1);
        let is_over = match &self.deadline {
            None => self.lost >= ATTEMPTS,
            Some((clock, deadline)) => clock.now() >= *deadline,
        };
        if is_over {
            return Err(Refusal::Contention);
        }
        tokio::time::sleep(pause(self.lost, jitter())).await;
        Ok(())
    }
}

/// Between half of the longest pause and all of it, so that two writers that conflicted do not conflict again.
fn pause(lost: u32, jitter: u8) -> Duration {
    let half = PAUSE.saturating_mul(lost) / 2;
    half.saturating_add(half.saturating_mul(jitter.into()) / u32::from(u8::MAX))
}

/// A system without randomness waits as long as it may.
fn jitter() -> u8 {
    seal::random_uuid().map_or(u8::MAX, |id| id.as_bytes()[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_attempt_that_loses_ends_in_contention() {
        let mut retry = Retry::new();
        for _ in 1..ATTEMPTS {
            assert_eq!(retry.again().await, Ok(()));
        }
        assert_eq!(retry.again().await, Err(Refusal::Contention));
    }

    #[tokio::test]
    async fn a_deadline_is_the_clocks() {
        let clock = Clock::still();
        let mut retry = Retry::until(&clock, clock.now().plus(Duration::from_secs(1)));
        assert_eq!(retry.again().await, Ok(()));
        clock.advance(Duration::from_secs(1));
        assert_eq!(retry.again().await, Err(Refusal::Contention));
    }

    #[test]
    fn pauses_grow_and_differ() {
        let millis = |lost, jitter| pause(lost, jitter).as_millis();
        assert_eq!((millis(1, 0), millis(1, u8::MAX)), (10, 20));
        assert_eq!((millis(5, 0), millis(5, u8::MAX)), (50, 100));
    }
}
