//! Permitted hours: when a person may be contacted where they are, whatever their clocks do, and also where nobody is
//! sure where that is.

use crate::calendar::plus_days;
use crate::contact::Channel;
use crate::holidays::{Holidays, Region};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

/// A time zone: how far its clocks are ahead of UTC at an instant.
pub trait Zone {
    /// Seconds, positive in the east.
    fn offset_secs(&self, at_ms: i64) -> i32;
}

/// A zone whose clocks never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed(
    /// Seconds ahead of UTC.
    pub i32,
);

impl Zone for Fixed {
    fn offset_secs(&self, _: i64) -> i32 {
        self.0
    }
}

#[cfg(any(test, feature = "zones"))]
impl Zone for chrono_tz::Tz {
    fn offset_secs(&self, at_ms: i64) -> i32 {
        use chrono::{Offset, TimeZone};
        let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default().naive_utc();
        self.offset_from_utc_datetime(&at).fix().local_minus_utc()
    }
}

/// What a zone's clocks and calendars show at an instant.
pub fn local(zone: &dyn Zone, at_ms: i64) -> NaiveDateTime {
    let shown = at_ms.saturating_add(i64::from(zone.offset_secs(at_ms)) * 1000);
    DateTime::from_timestamp_millis(shown).unwrap_or_default().naive_utc()
}

/// The first instant, not before `from_ms`, at which a zone's calendars show `on` or a later day.
pub fn first_instant(zone: &dyn Zone, on: NaiveDate, from_ms: i64) -> i64 {
    let midnight = on.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    // Clocks are at most a day away from UTC, and change by less than that.
    let (mut before, mut after) = (midnight - 2 * 86_400_000, midnight + 2 * 86_400_000);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if local(zone, middle).date() >= on { after = middle } else { before = middle }
    }
    after.max(from_ms)
}

/// Minutes since midnight, 0 to 1440; `09:00` in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The end of the day, `24:00`.
    pub const END: Self = Self(1440);

    /// Reads `09:00`; `24:00` is the end of the day.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.trim().split_once(':')?;
        let number = |part: &str| {
            let fits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            fits.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        (minutes < 60 && 60 * hours + minutes <= 1440).then_some(Self(60 * hours + minutes))
    }

    /// As it stands in files: `09:00`.
    pub fn show(self) -> String {
        format!("{:02}:{:02}", self.0 / 60, self.0 % 60)
    }

    fn ms(self) -> i64 {
        i64::from(self.0) * 60_000
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.show()
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a time of day is written as 09:00")
    }
}

/// Hours of some weekdays in which some channels may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The channels; never empty. Where several zones are possible, only the day of a letter counts, on which it is posted:
    /// nobody is disturbed by the hour of it, and zones far apart have no hour in common.
    pub channels: Vec<Channel>,
    /// The weekdays.
    pub days: Vec<Weekday>,
    /// From this time on.
    pub from: TimeOfDay,
    /// Until just before this time of the same day.
    pub to: TimeOfDay,
    /// Also on public holidays that fall on these days.
    #[serde(default)]
    pub on_holidays: bool,
}

/// The permitted hours of one source: a channel that no window names is not restricted by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The windows; what lies in one of them is permitted.
    #[serde(default)]
    pub windows: Vec<Window>,
}

/// Why a channel may not be used at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It would be permitted if it were not a public holiday.
    Holiday,
    /// It is outside the permitted hours.
    Hours,
}

/// Where a debtor may be.
pub struct Place<'a> {
    /// All zones in which they may be; never empty in use: nothing is permitted in no zone at all.
    pub zones: Vec<&'a dyn Zone>,
    /// All regions whose public holidays may be theirs.
    pub regions: Vec<Region>,
    /// Public holidays.
    pub holidays: &'a Holidays,
    /// The zone of the business, in which due dates and promised dates are written.
    pub home: &'a dyn Zone,
}

impl Place<'_> {
    /// The date at an instant where the business is.
    pub fn today(&self, now_ms: i64) -> NaiveDate {
        local(self.home, now_ms).date()
    }

    /// One zone is possible.
    fn is_sure(&self) -> bool {
        self.zones.len() == 1
    }

    fn is_holiday(&self, on: NaiveDate) -> bool {
        self.regions.iter().any(|region| self.holidays.is_holiday(region, on))
    }
}

/// Days that are looked ahead for a permitted hour: the longest row of holidays is far shorter.
const LOOK_AHEAD_DAYS: i64 = 40;
const DAY_MS: i64 = 86_400_000;

/// Whether a channel may be used at an instant: it must be permitted by all sources in all zones.
pub fn check(hours: &[Hours], place: &Place<'_>, channel: Channel, at_ms: i64) -> Result<(), Closed> {
    if place.zones.is_empty() {
        return Err(Closed::Hours);
    }
    let mut closed = None;
    for zone in &place.zones {
        let now = local(*zone, at_ms);
        let holiday = place.is_holiday(now.date());
        for hours in hours {
            if hours.is_open(channel, now, holiday, place.is_sure()) {
                continue;
            }
            if !holiday || !hours.is_open(channel, now, false, place.is_sure()) {
                return Err(Closed::Hours);
            }
            closed = Some(Closed::Holiday);
        }
    }
    closed.map_or(Ok(()), Err)
}

/// The first instant, not before `now_ms`, at which a channel may be used by all sources in all zones. `None` where the
/// permitted hours of the zones have nothing in common.
pub fn next_permitted(hours: &[Hours], place: &Place<'_>, channel: Channel, now_ms: i64) -> Option<i64> {
    if place.zones.is_empty() {
        return None;
    }
    let mut at_ms = now_ms;
    while at_ms - now_ms <= LOOK_AHEAD_DAYS * DAY_MS {
        let mut later_ms = at_ms;
        for zone in &place.zones {
            for hours in hours {
                later_ms = later_ms.max(hours.next_in(*zone, place, channel, later_ms)?);
            }
        }
        if later_ms == at_ms {
            return Some(at_ms);
        }
        at_ms = later_ms;
    }
    None
}

impl Hours {
    fn windows_of(&self, channel: Channel) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| window.channels.contains(&channel))
    }

    fn is_open(&self, channel: Channel, now: NaiveDateTime, holiday: bool, sure: bool) -> bool {
        let mut windows = self.windows_of(channel).peekable();
        let since_midnight = ms_of_day(now);
        windows.peek().is_none()
            || windows.any(|window| {
                let (from_ms, to_ms) = window.span_ms(channel, sure);
                window.is_on(now.date(), holiday) && (from_ms..to_ms).contains(&since_midnight)
            })
    }

    /// The first instant from `at_ms` on that this source permits in one zone. It goes from one change of the clocks or
    /// edge of a window to the next, so that an hour that is shown twice or not at all is neither missed nor invented.
    fn next_in(&self, zone: &dyn Zone, place: &Place<'_>, channel: Channel, mut at_ms: i64) -> Option<i64> {
        let end_ms = at_ms + LOOK_AHEAD_DAYS * DAY_MS;
        while at_ms <= end_ms {
            let now = local(zone, at_ms);
            if self.is_open(channel, now, place.is_holiday(now.date()), place.is_sure()) {
                return Some(at_ms);
            }
            let holiday = place.is_holiday(now.date());
            let since_midnight = ms_of_day(now);
            let edge_ms = self
                .windows_of(channel)
                .filter(|window| window.is_on(now.date(), holiday))
                .map(|window| window.span_ms(channel, place.is_sure()).0)
                .filter(|from_ms| *from_ms > since_midnight)
                .min()
                .unwrap_or(DAY_MS);
            let target_ms = at_ms + (edge_ms - since_midnight);
            at_ms = change_between(zone, at_ms, target_ms).unwrap_or(target_ms);
        }
        None
    }
}

impl Window {
    fn is_on(&self, on: NaiveDate, holiday: bool) -> bool {
        self.days.contains(&on.weekday()) && (self.on_holidays || !holiday)
    }

    /// From when until when on its days; `sure` where one zone is possible.
    fn span_ms(&self, channel: Channel, sure: bool) -> (i64, i64) {
        if channel == Channel::Letter && !sure { (0, DAY_MS) } else { (self.from.ms(), self.to.ms()) }
    }
}

fn ms_of_day(now: NaiveDateTime) -> i64 {
    (now - now.date().and_time(NaiveTime::MIN)).num_milliseconds()
}

/// The first instant after `from_ms`, and not after `to_ms`, at which the clocks of a zone are changed; the two are less
/// than a day apart, and no zone changes its clocks twice in a day.
fn change_between(zone: &dyn Zone, from_ms: i64, to_ms: i64) -> Option<i64> {
    let offset = zone.offset_secs(from_ms);
    if zone.offset_secs(to_ms) == offset {
        return None;
    }
    let (mut before, mut after) = (from_ms, to_ms);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if zone.offset_secs(middle) == offset { before = middle } else { after = middle }
    }
    Some(after)
}

/// Why hours cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoursError {
    /// A window has no channel or no day.
    Empty,
    /// A window ends before it begins.
    Backwards,
}

impl HoursError {
    /// What to tell the business.
    pub fn words(self) -> &'static str {
        match self {
            Self::Empty => "Each line of hours needs at least one channel and one day",
            Self::Backwards => "Each line of hours must end after it begins",
        }
    }
}

impl Hours {
    /// Checks that every window has a channel, a day and some time.
    pub fn check(&self) -> Result<(), HoursError> {
        for window in &self.windows {
            if window.channels.is_empty() || window.days.is_empty() {
                return Err(HoursError::Empty);
            }
            if window.to <= window.from {
                return Err(HoursError::Backwards);
            }
        }
        Ok(())
    }
}

/// The instant at which a hold that lasts through `until_on` is over.
pub(crate) fn after_day(place: &Place<'_>, until_on: NaiveDate, from_ms: i64) -> i64 {
    first_instant(place.home, plus_days(until_on, 1), from_ms)
}
