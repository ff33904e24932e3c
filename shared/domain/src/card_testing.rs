//! Card testing: strangers try stolen or guessed cards until one is approved. What declines and verifications of cards
//! are counted by, and when a counter is full. A session counts by its own list of attempts.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::{
    limits::{
        MAX_ACCOUNT_DECLINES_PER_HOUR, MAX_ADDRESS_DECLINES_PER_HOUR, MAX_ADDRESS_DECLINES_PER_MONTH,
        MAX_CARD_DECLINES_PER_HOUR, MAX_CARD_DECLINES_PER_MONTH,
    },
    time::Timestamp,
};

/// What declines and verifications are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedBy {
    /// One card, at whichever provider.
    Card,
    /// One public key, with all keys that descend from it, from one source address.
    Address,
    /// The account.
    Account,
}

impl CountedBy {
    /// In which windows it is counted, with the number that fills each.
    #[must_use]
    pub const fn limits(self) -> &'static [(CountingWindow, u32)] {
        match self {
            Self::Card => &[
                (CountingWindow::Hour, MAX_CARD_DECLINES_PER_HOUR),
                (CountingWindow::Month, MAX_CARD_DECLINES_PER_MONTH),
            ],
            Self::Address => &[
                (CountingWindow::Hour, MAX_ADDRESS_DECLINES_PER_HOUR),
                (CountingWindow::Month, MAX_ADDRESS_DECLINES_PER_MONTH),
            ],
            Self::Account => &[(CountingWindow::Hour, MAX_ACCOUNT_DECLINES_PER_HOUR)],
        }
    }
}

/// What a payment by a public key is counted for before it is sent: keyed hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Of the card.
    pub card: String,
    /// Of the public key and the source address.
    pub address: String,
}

/// A span of time in which is counted. Windows begin at fixed instants, so the last moments of one and the first of the
/// next together may hold twice the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum CountingWindow {
    /// An hour.
    Hour,
    /// 30 days, by which card schemes count retries.
    Month,
}

impl CountingWindow {
    const fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_hours(1),
            Self::Month => Duration::from_hours(30 * 24),
        }
    }

    /// When the window that holds `now` began.
    #[must_use]
    pub fn start(self, now: Timestamp) -> Timestamp {
        let length = i64::try_from(self.length().as_millis()).unwrap_or(i64::MAX);
        let into = now.as_millis().checked_rem(length).unwrap_or_default();
        Timestamp::from_millis(now.as_millis().saturating_sub(into))
    }

    /// When the window that holds `now` ends.
    #[must_use]
    pub fn end(self, now: Timestamp) -> Timestamp {
        self.start(now).plus(self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_where_the_one_before_it_ends() {
        let now: Timestamp = "2026-11-28T17:14:38.000Z".parse().unwrap();
        assert_eq!(CountingWindow::Hour.start(now).to_string(), "2026-11-28T17:00:00.000Z");
        assert_eq!(CountingWindow::Hour.end(now).to_string(), "2026-11-28T18:00:00.000Z");
        for window in CountingWindow::VARIANTS {
            let (start, end) = (window.start(now), window.end(now));
            assert!(start <= now && now < end && end.since(start) == window.length(), "{window:?}");
            assert_eq!((window.start(end), window.start(start)), (end, start), "{window:?}");
        }
    }

    #[test]
    fn an_hour_holds_less_than_a_month() {
        for by in [CountedBy::Card, CountedBy::Address] {
            let most: Vec<u32> = by.limits().iter().map(|(_, most)| *most).collect();
            assert!(most.len() == 2 && most.is_sorted(), "{by:?}");
        }
    }
}
