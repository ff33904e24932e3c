//! Retries of optimistic writes that lost.

use domain::{refusal::Refusal, time::Timestamp};
use store::retry::Retries;

use crate::clock::Clock;

/// The retries of one optimistic write: read, decide, write where nothing was written meanwhile, and again.
#[derive(Debug)]
pub(crate) struct Retry {
    /// Until when a retry may begin; none where their number is bounded.
    deadline: Option<(Clock, Timestamp)>,
    retries: Retries,
}

impl Retry {
    /// As many as a decision has.
    pub(crate) const fn new() -> Self {
        Self { deadline: None, retries: Retries::of_a_decision() }
    }

    /// As many as begin before `deadline`.
    pub(crate) fn until(clock: &Clock, deadline: Timestamp) -> Self {
        Self { deadline: Some((clock.clone(), deadline)), retries: Retries::unbounded() }
    }

    /// A write lost: waits until the next one may begin.
    ///
    /// # Errors
    /// [`Refusal::Contention`] where it was the last.
    pub(crate) async fn again(&mut self) -> Result<(), Refusal> {
        let is_over = self.deadline.as_ref().is_some_and(|(clock, deadline)| clock.now() >= *deadline);
        if !is_over && self.retries.again().await { Ok(()) } else { Err(Refusal::Contention) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_last_write_that_loses_ends_in_contention() {
        let mut retry = Retry::new();
        for _ in 1..10 {
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
}
