//! Instants, as the public APIs print them: ISO 8601, UTC, milliseconds.

use std::{fmt, str::FromStr, time::Duration};

use jiff::{
    SignedDuration,
    civil::{DateTime, Weekday},
    fmt::temporal::Pieces,
};
use serde::{Deserialize, Serialize};

/// An instant in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Printed and stored as `2021-08-12T16:08:39.536Z` (Malga, "Sessões"), so that text order is time order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// The text is not an ISO 8601 instant with an offset, or lies before 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no instant of ISO 8601")]
pub struct NotATimestamp;

/// 9999-12-31T23:59:59.999Z, the last millisecond whose year has four digits: callers send it for "without end".
const LAST: i64 = 253_402_300_799_999;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Whether `text` is an instant or a day before 1970, such as `0001-01-01`: callers send it for "without beginning".
#[must_use]
pub fn is_before_first(text: &str) -> bool {
    let is_early_day =
        || text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok_and(|day| (0..1970).contains(&day.year()));
    text.parse::<jiff::Timestamp>().map_or_else(|_| is_early_day(), |instant| instant < jiff::Timestamp::UNIX_EPOCH)
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z, the first instant that can be written.
    pub const FIRST: Self = Self(0);

    /// The instant `millis` after the epoch, held between 1970 and the end of 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, the unit of a table's time to live.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant `span` later, at most the end of 9999.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(LAST)))
    }

    /// The instant that is this much earlier; the first one that can be written at the earliest.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(LAST)))
    }

    /// The time from `earlier` to this instant; nothing when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = EPOCH.checked_add(SignedDuration::from_millis(self.0)).map_err(|_| fmt::Error)?;
        write!(f, "{instant:.3}Z")
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        let millis = match text.parse::<jiff::Timestamp>() {
            Ok(instant) => instant.as_millisecond(),
            Err(_) => at_the_end(text).ok_or(NotATimestamp)?,
        };
        if (0..=LAST).contains(&millis) { Ok(Self(millis)) } else { Err(NotATimestamp) }
    }
}

/// The instant of a text in 9999. `jiff` has no instants of that year's last day, so that none leaves the year at any
/// offset. What is later than [`LAST`] in UTC is [`LAST`].
fn at_the_end(text: &str) -> Option<i64> {
    let pieces = Pieces::parse(text).ok()?;
    let (date, offset) = (pieces.date(), pieces.to_numeric_offset()?);
    let local = date.to_datetime(pieces.time()?).duration_since(EPOCH);
    let millis = local.as_millis().checked_sub(i128::from(offset.seconds()).checked_mul(1000)?)?;
    let millis = i64::try_from(millis).ok()?.min(LAST);
    Some(millis).filter(|_| date.year() == 9999)
}

impl TryFrom<String> for Timestamp {
    type Error = NotATimestamp;

    fn try_from(text: String) -> Result<Self, NotATimestamp> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

/// A day of the calendar, as `2026-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(jiff::civil::Date);

/// The text is not a day between 1970 and 9999, as `2026-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no day, such as 2026-01-31")]
pub struct NotADate;

/// Banks in Brazil keep Brasília's time, UTC-3, all year round.
const BRASILIA: jiff::tz::Offset = jiff::tz::offset(-3);

impl Date {
    /// The day that it is in Brazil at `now`.
    #[must_use]
    pub fn in_brazil(now: Timestamp) -> Self {
        let offset = i64::from(BRASILIA.seconds()).saturating_mul(1000);
        let there = EPOCH.checked_add(SignedDuration::from_millis(now.0.saturating_add(offset)));
        Self(there.unwrap_or(DateTime::MAX).date())
    }

    /// The day `days` later; the last one that there is where there is none.
    #[must_use]
    pub fn plus_days(self, days: u16) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(i64::from(days))))
    }

    /// How many days from `earlier` to this one; none where it is before.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> Option<u32> {
        u32::try_from(earlier.0.until(self.0).ok()?.get_days()).ok()
    }

    pub(crate) fn year_month_day(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// Which day of its year it is, counted from 1.
    pub(crate) fn day_of_year(self) -> i16 {
        self.0.day_of_year()
    }

    pub(crate) fn is_in_leap_year(self) -> bool {
        self.0.in_leap_year()
    }

    pub(crate) fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// The last instant of this day in UTC, which is in this day in Brazil too.
    #[must_use]
    pub fn last_instant(self) -> Timestamp {
        let last = self.0.at(23, 59, 59, 999_000_000).duration_since(EPOCH).as_millis();
        Timestamp::from_millis(i64::try_from(last).unwrap_or(LAST))
    }

    /// The first instant after this day in Brazil.
    #[must_use]
    pub fn end_in_brazil(self) -> Timestamp {
        let midnight = self.plus_days(1).0.at(0, 0, 0, 0);
        let instant = BRASILIA.to_timestamp(midnight).map_or(LAST, jiff::Timestamp::as_millisecond);
        Timestamp::from_millis(instant)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let date: jiff::civil::Date = text.parse().map_err(|_| NotADate)?;
        if text.len() == 10 && date.year() >= 1970 { Ok(Self(date)) } else { Err(NotADate) }
    }
}

impl TryFrom<String> for Date {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, NotADate> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_the_source_documents_print() {
        let printed = "2021-08-12T16:08:39.536Z";
        assert_eq!(printed.parse::<Timestamp>().map(|t| t.to_string()), Ok(printed.to_owned()));
    }

    #[test]
    fn the_last_instant_has_a_text_and_nothing_goes_beyond_it() {
        let last = Timestamp::from_millis(i64::MAX);
        assert_eq!(last.plus(Duration::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(last.to_string().parse(), Ok(last));
        assert_eq!(Date::in_brazil(last).to_string(), "9999-12-31");
    }

    #[test]
    fn the_last_day_of_9999_is_read_at_every_offset_and_precision() {
        for (text, instant) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T00:00:00+03:00", "9999-12-30T21:00:00.000Z"),
            ("9999-12-31T12:00:00-03:00", "9999-12-31T15:00:00.000Z"),
            // It is 10000 in UTC.
            ("9999-12-31T23:59:59-03:00", "9999-12-31T23:59:59.999Z"),
            ("9999-12-30T22:30:00Z", "9999-12-30T22:30:00.000Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().map(|read| read.to_string()), Ok(instant.to_owned()), "{text}");
        }
        for text in ["9999-12-31T23:59:59", "9999-12-32T00:00:00Z", "9999-12-31T25:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATimestamp), "{text}");
        }
    }

    #[test]
    fn reads_offsets_and_keeps_three_digits_of_a_whole_second() {
        let read = "2022-10-26T16:32:08-03:00".parse::<Timestamp>().map(|t| t.to_string());
        assert_eq!(read, Ok("2022-10-26T19:32:08.000Z".to_owned()));
    }

    #[test]
    fn a_day_ends_in_brazil_three_hours_after_it_does_in_utc() {
        let day: Date = "2026-12-31".parse().unwrap_or_else(|_| Date::in_brazil(Timestamp::from_millis(0)));
        assert_eq!(day.end_in_brazil().to_string(), "2027-01-01T03:00:00.000Z");
        assert_eq!(Date::in_brazil(day.end_in_brazil()).to_string(), "2027-01-01");
        assert_eq!(day.plus_days(7).days_since(day), Some(7));
        assert_eq!(day.days_since(day.plus_days(1)), None);
        for text in ["2026-02-30", "2026-1-1", "2026-01-01T00:00:00Z", "", "1969-12-31"] {
            assert_eq!(text.parse::<Date>(), Err(NotADate), "{text}");
        }
    }

    #[test]
    fn days_and_instants_before_1970_are_known_as_such() {
        for text in ["0001-01-01", "1969-12-31", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"] {
            assert!(is_before_first(text), "{text}");
        }
        for text in ["1970-01-01", "1970-01-01T00:00:00Z", "0001-02-30", "0001-1-1", "0001-01-01T00:00:00", "soon", ""]
        {
            assert!(!is_before_first(text), "{text}");
        }
    }

    #[test]
    fn refuses_dates_without_time_or_offset_and_years_outside_the_range() {
        for text in ["2022-10-26", "2022-10-26T16:32:08", "1969-12-31T23:59:59Z", "tomorrow", ""] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATimestamp), "{text}");
        }
    }
}
