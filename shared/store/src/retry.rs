//! Retries of writes that lost to another one: how often, and after which pause.

use std::time::Duration;

use crate::write::random;

/// The longest pause after the first write that lost; it grows with each.
const PAUSE: Duration = Duration::from_millis(20);

/// How often one write is sent: again where a transaction holds its item.
const OF_A_WRITE: u32 = 3;

/// How often one decision is read, made and written. All pauses together are shorter than a second.
const OF_A_DECISION: u32 = 10;

/// The retries that are left.
#[derive(Debug)]
pub struct Retries {
    /// None where the caller bounds them.
    most: Option<u32>,
    lost: u32,
}

impl Retries {
    /// Of one write, as it is.
    pub(crate) const fn of_a_write() -> Self {
        Self { most: Some(OF_A_WRITE), lost: 0 }
    }

    /// Of a decision that is read, made and written again.
    #[must_use]
    pub const fn of_a_decision() -> Self {
        Self { most: Some(OF_A_DECISION), lost: 0 }
    }

    /// Of a decision for which the caller knows an end.
    #[must_use]
    pub const fn unbounded() -> Self {
        Self { most: None, lost: 0 }
    }

    /// A write lost: waits until the next one may begin. False, without a pause, where it was the last.
    pub async fn again(&mut self) -> bool {
        let Some(lost) = self.lost() else { return false };
        pause(lost).await;
        true
    }

    /// Counts one more write that lost: how many there were, unless it was the last.
    fn lost(&mut self) -> Option<u32> {
        self.lost = self.lost.saturating_add(1);
        Some(self.lost).filter(|lost| self.most.is_none_or(|most| *lost < most))
    }
}

/// The pause after this many writes that lost.
pub(crate) async fn pause(lost: u32) {
    tokio::time::sleep(length(lost, random().as_bytes()[0])).await;
}

/// Between half of the longest pause and all of it, so that two writers that conflicted do not conflict again.
fn length(lost: u32, jitter: u8) -> Duration {
    let half = PAUSE.saturating_mul(lost) / 2;
    half.saturating_add(half.saturating_mul(jitter.into()) / u32::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_pause_after_the_last_write() {
        let mut retries = Retries::of_a_write();
        assert_eq!([(); 3].map(|()| retries.lost()), [Some(1), Some(2), None]);
    }

    #[test]
    fn pauses_grow_and_differ() {
        let millis = |lost, jitter| length(lost, jitter).as_millis();
        assert_eq!((millis(1, 0), millis(1, u8::MAX)), (10, 20));
        assert_eq!((millis(5, 0), millis(5, u8::MAX)), (50, 100));
    }

    #[test]
    fn all_pauses_of_a_decision_are_shorter_than_a_second() {
        let all: Duration = (1..OF_A_DECISION).map(|lost| length(lost, u8::MAX)).sum();
        assert!(all < Duration::from_secs(1), "{all:?}");
    }
}
