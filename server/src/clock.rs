//! The one place that reads the time.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// Where "now" comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Milliseconds added to the machine's time, so that tests and rehearsals can stand on another day.
    offset_ms: i64,
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that says `at` now and runs on from there.
    pub fn starting_at(at: DateTime<Utc>) -> Self {
        Self { offset_ms: at.timestamp_millis() - Utc::now().timestamp_millis() }
    }

    /// Epoch milliseconds.
    pub fn now_ms(&self) -> i64 {
        Utc::now().timestamp_millis() + self.offset_ms
    }

    /// The date in a time zone; in UTC where the zone's name is unknown.
    pub fn today(&self, zone: &str) -> NaiveDate {
        date_of(self.now_ms(), zone)
    }
}

/// The date of an instant in a time zone; in UTC where the zone's name is unknown.
pub fn date_of(at_ms: i64, zone: &str) -> NaiveDate {
    let at = instant(at_ms);
    match zone.parse::<chrono_tz::Tz>() {
        Ok(tz) => at.with_timezone(&tz).date_naive(),
        Err(_) => at.date_naive(),
    }
}

/// The first instant of a date in a time zone (in UTC where the zone's name is unknown), epoch milliseconds.
pub fn day_start_ms(on: NaiveDate, zone: &str) -> i64 {
    let tz = zone.parse::<chrono_tz::Tz>().unwrap_or(chrono_tz::UTC);
    let midnight = on.and_time(chrono::NaiveTime::MIN);
    // Where the clocks are put forward at midnight the day begins an hour later.
    let later = || (midnight + chrono::TimeDelta::hours(1)).and_local_timezone(tz).earliest();
    let start = midnight.and_local_timezone(tz).earliest().or_else(later);
    start.map_or_else(|| midnight.and_utc().timestamp_millis(), |at| at.timestamp_millis())
}

/// The instant at which a date ends in a time zone, epoch milliseconds.
pub fn day_end_ms(on: NaiveDate, zone: &str) -> i64 {
    day_start_ms(kept_domain::calendar::plus_days(on, 1), zone)
}

/// An instant as a person reads it in a time zone: `30 June 2013, 14:05`.
pub fn show(at_ms: i64, zone: &str) -> String {
    let local = local(at_ms, zone);
    format!("{}, {}", kept_domain::calendar::show(local.date()), local.format("%H:%M"))
}

/// The instant from which something may be, as a person reads it in a time zone: a day alone where it begins with the day.
pub fn show_from(at_ms: i64, zone: &str) -> String {
    let on = local(at_ms, zone).date();
    if day_start_ms(on, zone) == at_ms { kept_domain::calendar::show(on) } else { show(at_ms, zone) }
}

/// A time of day as a person reads it in a time zone: `14:05`.
pub fn show_time(at_ms: i64, zone: &str) -> String {
    local(at_ms, zone).format("%H:%M").to_string()
}

/// An instant of these days as a person reads it in a time zone: `Tuesday 24 November, 14:05`.
pub fn show_hour(at_ms: i64, zone: &str) -> String {
    local(at_ms, zone).format("%A %-d %B, %H:%M").to_string()
}

fn local(at_ms: i64, zone: &str) -> NaiveDateTime {
    let at = instant(at_ms);
    match zone.parse::<chrono_tz::Tz>() {
        Ok(tz) => at.with_timezone(&tz).naive_local(),
        Err(_) => at.naive_utc(),
    }
}

fn instant(at_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at_ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::TZ_VARIANTS;

    /// Wherever clocks are changed at midnight, by an hour or by less, a day begins where the one before it ends.
    #[test]
    fn a_day_begins_at_its_first_instant_in_every_zone() {
        let first = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        for zone in TZ_VARIANTS {
            let name = zone.name();
            for on in first.iter_days().take(2 * 365) {
                let start_ms = day_start_ms(on, name);
                let around = (date_of(start_ms - 1, name), date_of(start_ms, name));
                assert_eq!(around, (on.pred_opt().unwrap(), on), "{name}");
            }
        }
        let beirut = day_start_ms(NaiveDate::from_ymd_opt(2028, 3, 26).unwrap(), "Asia/Beirut");
        assert_eq!(show(beirut, "Asia/Beirut"), "26 March 2028, 01:00");
    }

    #[test]
    fn what_begins_with_a_day_is_said_by_the_day() {
        let of = |at: &str| chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp_millis();
        assert_eq!(show_from(of("2026-12-07T00:00:00Z"), "Europe/London"), "7 December 2026");
        assert_eq!(show_from(of("2026-12-07T00:00:00Z"), "Europe/Berlin"), "7 December 2026, 01:00");
        assert_eq!(show_from(of("2026-12-06T11:00:00Z"), "Pacific/Auckland"), "7 December 2026");
    }
}
