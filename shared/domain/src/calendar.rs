//! The days on which banks in Brazil clear payments, computed for any year.
//!
//! The Conselho Monetário Nacional's *Resolução CMN nº 4.880, de 23 de dezembro de 2020* (before it the *Resolução
//! nº 2.932, de 28 de fevereiro de 2002*) takes these from the days on which banks operate:
//!
//! - Saturdays and Sundays;
//! - the Monday and the Tuesday of Carnival, Good Friday and Corpus Christi, which follow Easter;
//! - the national holidays: 1 January, 21 April, 1 May, 7 September, 2 November, 15 November and 25 December (*Lei
//!   nº 662, de 6 de abril de 1949*, as *Lei nº 10.607, de 19 de dezembro de 2002* words it), 12 October (*Lei nº 6.802,
//!   de 30 de junho de 1980*), and from 2024 on 20 November (*Lei nº 14.759, de 21 de dezembro de 2023*).
//!
//! On 31 December banks serve no public, and the Federação Brasileira de Bancos announces for each year that nothing is
//! cleared that day: it is no banking day here. Holidays of one state or town are not looked at.

use crate::time::Date;

/// National holidays on the same day of each year: month, day, and the first year.
const FIXED: [(i8, i8, i16); 10] = [
    (1, 1, 1949),
    (4, 21, 1950),
    (5, 1, 1949),
    (9, 7, 1949),
    (10, 12, 1980),
    (11, 2, 2003),
    (11, 15, 1949),
    (11, 20, 2024),
    (12, 25, 1949),
    // No holiday, and nothing is cleared.
    (12, 31, 1949),
];

/// Days after Easter Sunday: the Monday and the Tuesday of Carnival, Good Friday, Corpus Christi.
const AROUND_EASTER: [i16; 4] = [-48, -47, -2, 60];

/// More days than there ever are from a day to the next banking day: four, as from the Saturday of Carnival.
const LONGEST_PAUSE: u16 = 10;

/// Whether banks clear payments on `date`.
#[must_use]
pub fn is_banking_day(date: Date) -> bool {
    !date.is_weekend() && !is_holiday(date)
}

/// The first banking day from `date` on: `date` itself where it is one.
#[must_use]
pub fn next_banking_day(date: Date) -> Date {
    // The last days that there are have none after them.
    (0..LONGEST_PAUSE).map(|days| date.plus_days(days)).find(|day| is_banking_day(*day)).unwrap_or(date)
}

/// The banking day that comes as the `days`th after `date`; `date` itself for none.
#[must_use]
pub fn plus_banking_days(date: Date, days: u8) -> Date {
    (0..days).fold(date, |day, _| next_banking_day(day.plus_days(1)))
}

fn is_holiday(date: Date) -> bool {
    let (year, month, day) = date.year_month_day();
    let is_fixed = FIXED.iter().any(|(in_month, on, since)| (*in_month, *on) == (month, day) && year >= *since);
    is_fixed || AROUND_EASTER.contains(&date.day_of_year().saturating_sub(easter(date)))
}

/// Easter Sunday of the year of `date`, as a day of that year: the Gregorian computus (J. Meeus, *Astronomical
/// Algorithms*, "Date of Easter").
#[expect(clippy::arithmetic_side_effects, reason = "a year has four digits: no term overflows")]
fn easter(date: Date) -> i16 {
    let (year, ..) = date.year_month_day();
    let (century, of_century, golden) = (year / 100, year % 100, year % 19);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    // Easter is never before 22 March, the 81st day of a year without 29 February.
    let first = if date.is_in_leap_year() { 82 } else { 81 };
    first + epact + to_sunday - 7 * late
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// The days of `year` on which banks clear nothing, weekends left out, as month and day.
    fn holidays(year: u16) -> Vec<String> {
        let first = date(&format!("{year}-01-01"));
        let days = (0..=365).map(|n| first.plus_days(n)).filter(|day| day.to_string().starts_with(&year.to_string()));
        let closed = days.filter(|day| !is_banking_day(*day) && !day.is_weekend());
        closed.map(|day| day.to_string()[5..].to_owned()).collect()
    }

    #[test]
    fn the_holidays_of_each_year_are_those_that_febraban_and_anbima_publish() {
        // Those on a weekend are left out, as 21 April 2024 and 15 November 2026.
        for (year, published) in [
            (2023, "02-20 02-21 04-07 04-21 05-01 06-08 09-07 10-12 11-02 11-15 12-25"),
            (2024, "01-01 02-12 02-13 03-29 05-01 05-30 11-15 11-20 12-25 12-31"),
            (2025, "01-01 03-03 03-04 04-18 04-21 05-01 06-19 11-20 12-25 12-31"),
            (2026, "01-01 02-16 02-17 04-03 04-21 05-01 06-04 09-07 10-12 11-02 11-20 12-25 12-31"),
            (2027, "01-01 02-08 02-09 03-26 04-21 05-27 09-07 10-12 11-02 11-15 12-31"),
            (2028, "02-28 02-29 04-14 04-21 05-01 06-15 09-07 10-12 11-02 11-15 11-20 12-25"),
            (2029, "01-01 02-12 02-13 03-30 05-01 05-31 09-07 10-12 11-02 11-15 11-20 12-25 12-31"),
            (2030, "01-01 03-04 03-05 04-19 05-01 06-20 11-15 11-20 12-25 12-31"),
        ] {
            assert_eq!(holidays(year).join(" "), published, "{year}");
        }
    }

    #[test]
    fn easter_falls_where_the_church_has_it_in_years_that_are_hard_to_compute() {
        // Good Friday of the earliest and the latest Easter, and of those that the two exceptions of the rule move.
        for friday in ["1981-04-17", "2038-04-23", "2049-04-16", "2076-04-17", "2285-03-20"] {
            let day = date(friday);
            assert!(!is_banking_day(day), "{friday}");
            assert_eq!(next_banking_day(day).days_since(day), Some(3), "{friday}");
        }
    }

    #[test]
    fn a_day_that_is_none_is_moved_to_the_next_banking_day() {
        for (day, next) in [
            ("2026-11-27", "2026-11-27"),
            ("2026-11-28", "2026-11-30"),
            // Friday is 20 November.
            ("2026-11-20", "2026-11-23"),
            ("2023-11-20", "2023-11-20"),
            // From the Saturday of Carnival to Ash Wednesday.
            ("2026-02-14", "2026-02-18"),
            // Good Friday, Easter, and Tiradentes on the Monday.
            ("2025-04-18", "2025-04-22"),
            ("2026-12-31", "2027-01-04"),
            ("2028-12-30", "2029-01-02"),
        ] {
            assert_eq!(next_banking_day(date(day)).to_string(), next, "{day}");
        }
    }

    #[test]
    fn clearing_is_counted_in_banking_days_after_the_day() {
        for (day, days, end) in [
            ("2026-11-18", 0, "2026-11-18"),
            ("2026-11-18", 3, "2026-11-24"),
            ("2026-11-21", 1, "2026-11-23"),
            ("2024-12-30", 1, "2025-01-02"),
            ("2026-12-28", 3, "2027-01-04"),
        ] {
            assert_eq!(plus_banking_days(date(day), days).to_string(), end, "{day} + {days}");
        }
    }

    #[test]
    fn no_pause_is_longer_than_four_days_and_the_last_day_that_there_is_stays() {
        let first = date("1990-01-01");
        for day in (0..60_000).map(|n| first.plus_days(n)) {
            assert!(next_banking_day(day).days_since(day) <= Some(4), "{day}");
        }
        assert_eq!(plus_banking_days(date("9999-12-31"), 3), date("9999-12-31"));
    }
}
