//! The one clock that everything reads.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::time::Timestamp;
use tokio::sync::watch;

/// The system's time, and how far the hub's time is ahead of it. On AWS the two are one; on one machine tests move it.
/// Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    frozen_at: Option<Timestamp>,
    ahead: watch::Sender<i64>,
}

impl Clock {
    /// A clock that shows the system's time.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that moves only by [`Clock::advance`], for tests that depend on seconds.
    #[must_use]
    pub fn still() -> Self {
        Self { frozen_at: Some(system_time()), ..Self::default() }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.real_time().as_millis().saturating_add(*self.ahead.borrow()))
    }

    /// What time it is outside the hub, however far the hub's time was moved.
    #[must_use]
    pub fn real_time(&self) -> Timestamp {
        self.frozen_at.unwrap_or_else(system_time)
    }

    /// Moves the hub's time forward.
    pub fn advance(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.ahead.send_modify(|ahead| *ahead = ahead.saturating_add(millis));
    }

    /// Sets the hub's time back to real time.
    pub fn set_back(&self) {
        self.ahead.send_replace(0);
    }

    /// Waits until it is `instant`, by itself or because the clock was moved.
    pub async fn reaches(&self, instant: Timestamp) {
        let mut moved = self.ahead.subscribe();
        loop {
            let left = instant.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the hub reads the system's time")]
fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
