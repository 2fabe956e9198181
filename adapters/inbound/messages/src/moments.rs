use time::{OffsetDateTime, UtcOffset};
use warifu_core::domain::Timestamp;

use crate::Locale;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Writes moments the way people of a language do, in the bank's time zone.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    locale: Locale,
    offset: UtcOffset,
}

impl Moments {
    /// For a language and a distance from UTC in minutes (Japan: 540). A distance that no place
    /// on earth has is taken as UTC.
    pub fn new(locale: Locale, utc_offset_minutes: i32) -> Self {
        let offset = UtcOffset::from_whole_seconds(utc_offset_minutes.saturating_mul(60))
            .unwrap_or(UtcOffset::UTC);
        Self { locale, offset }
    }

    fn local(self, moment: Timestamp) -> OffsetDateTime {
        moment.to_datetime().to_offset(self.offset)
    }

    /// What the time shown is: `日本時間`, `Japan time`; elsewhere `UTC+08:00`.
    pub fn zone(self) -> String {
        let (hours, minutes, _) = self.offset.as_hms();
        match (self.locale, hours, minutes) {
            (Locale::Ja, 9, 0) => "日本時間".to_owned(),
            (Locale::En, 9, 0) => "Japan time".to_owned(),
            (_, 0, 0) => "UTC".to_owned(),
            _ => {
                let sign = if self.offset.is_negative() { '-' } else { '+' };
                let (hours, minutes) = (hours.unsigned_abs(), minutes.unsigned_abs());
                format!("UTC{sign}{hours:02}:{minutes:02}")
            }
        }
    }

    /// `2026-03-31`.
    pub fn day(self, moment: Timestamp) -> String {
        self.local(moment).date().to_string()
    }

    /// `2026年3月31日 9:00`, `31 March 2026, 09:00`.
    pub fn date_time(self, moment: Timestamp) -> String {
        let (date, time) = (self.date(moment), self.time(moment));
        match self.locale {
            Locale::Ja => format!("{date} {time}"),
            Locale::En => format!("{date}, {time}"),
        }
    }

    /// `9:00`, `09:00`.
    pub fn time(self, moment: Timestamp) -> String {
        let local = self.local(moment);
        match self.locale {
            Locale::Ja => format!("{}:{:02}", local.hour(), local.minute()),
            Locale::En => format!("{:02}:{:02}", local.hour(), local.minute()),
        }
    }

    /// As [`Self::date_time`], to the second.
    pub fn date_time_seconds(self, moment: Timestamp) -> String {
        format!(
            "{}:{:02}",
            self.date_time(moment),
            self.local(moment).second()
        )
    }

    /// `2026年3月31日`, `31 March 2026`.
    pub fn date(self, moment: Timestamp) -> String {
        let local = self.local(moment);
        let (year, month, day) = (local.year(), u8::from(local.month()), local.day());
        match self.locale {
            Locale::Ja => format!("{year}年{month}月{day}日"),
            Locale::En => {
                let month = MONTHS
                    .get(usize::from(month) - 1)
                    .copied()
                    .unwrap_or_default();
                format!("{day} {month} {year}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> Timestamp {
        Timestamp::parse_rfc3339("2026-03-31T00:00:05Z").unwrap()
    }

    #[test]
    fn a_moment_is_written_in_the_banks_time_zone() {
        let japanese = Moments::new(Locale::Ja, 540);
        assert_eq!(japanese.date_time(moment()), "2026年3月31日 9:00");
        assert_eq!(japanese.time(moment()), "9:00");
        assert_eq!(
            japanese.date_time_seconds(moment()),
            "2026年3月31日 9:00:05"
        );
        assert_eq!(japanese.date(moment()), "2026年3月31日");
        let english = Moments::new(Locale::En, 540);
        assert_eq!(english.date_time(moment()), "31 March 2026, 09:00");
        assert_eq!(
            Moments::new(Locale::En, -60).date_time(moment()),
            "30 March 2026, 23:00"
        );
    }

    #[test]
    fn the_time_shown_says_where_it_is() {
        assert_eq!(Moments::new(Locale::Ja, 540).zone(), "日本時間");
        assert_eq!(Moments::new(Locale::En, 540).zone(), "Japan time");
        assert_eq!(Moments::new(Locale::Ja, 0).zone(), "UTC");
        assert_eq!(Moments::new(Locale::En, 480).zone(), "UTC+08:00");
        assert_eq!(Moments::new(Locale::En, -210).zone(), "UTC-03:30");
    }

    #[test]
    fn an_impossible_distance_is_utc() {
        assert_eq!(
            Moments::new(Locale::Ja, i32::MAX).date_time(moment()),
            "2026年3月31日 0:00"
        );
    }
}
