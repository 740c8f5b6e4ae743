//! Dates: how instalments step through months, what a business day is, how a date is written and read.

use crate::language::Language;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// How often an instalment falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Every 7 days.
    Weekly,
    /// Every 14 days.
    Fortnightly,
    /// Every 28 days.
    FourWeekly,
    /// The same day of each month; where a month has no such day, its last day, and back again after.
    Monthly,
}

impl Frequency {
    /// All of them, most frequent first.
    pub const ALL: [Self; 4] = [Self::Weekly, Self::Fortnightly, Self::FourWeekly, Self::Monthly];

    /// The name in forms, files and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Fortnightly => "fortnightly",
            Self::FourWeekly => "four_weekly",
            Self::Monthly => "monthly",
        }
    }

    /// Reads a name written by [`Frequency::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.code() == code)
    }

    /// The words for a person: "every week".
    pub fn words(self) -> &'static str {
        match self {
            Self::Weekly => "every week",
            Self::Fortnightly => "every two weeks",
            Self::FourWeekly => "every four weeks",
            Self::Monthly => "every month",
        }
    }

    /// The date `n` steps after `first_on`, counted from it each time so that the 31st returns to the 31st.
    /// `None` beyond the calendar's end.
    pub fn nth(self, first_on: NaiveDate, n: u32) -> Option<NaiveDate> {
        let days = |each: u64| first_on.checked_add_days(Days::new(each * u64::from(n)));
        match self {
            Self::Weekly => days(7),
            Self::Fortnightly => days(14),
            Self::FourWeekly => days(28),
            Self::Monthly => first_on.checked_add_months(Months::new(n)),
        }
    }
}

/// The date itself where it is a weekday, else the Monday after.
pub fn next_weekday(on: NaiveDate) -> NaiveDate {
    let shift = match on.weekday() {
        Weekday::Sat => 2,
        Weekday::Sun => 1,
        _ => 0,
    };
    on.checked_add_days(Days::new(shift)).unwrap_or(on)
}

/// `on` plus so many days, held at the calendar's end.
pub fn plus_days(on: NaiveDate, days: u32) -> NaiveDate {
    on.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

/// Whole days from `from` to `to`; negative when `to` is earlier.
pub fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    i64::from(to.num_days_from_ce()) - i64::from(from.num_days_from_ce())
}

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

/// The date as a person reads it: `30 June 2013`.
pub fn show(on: NaiveDate) -> String {
    let mut out = on.day().to_string();
    out.push(' ');
    out.push_str(MONTHS[on.month0() as usize]);
    out.push(' ');
    out.push_str(&on.year().to_string());
    out
}

const MONATE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MOIS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MESES: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// The date as a person reads it in a language: `3 March 2026`, `3. März 2026`, `3 mars 2026`, `3 de marzo de 2026`.
pub fn show_in(on: NaiveDate, language: Language) -> String {
    let (day, month, year) = (on.day(), on.month0() as usize, on.year());
    match language {
        Language::English => show(on),
        Language::German => format!("{day}. {} {year}", MONATE[month]),
        // The first of a month is an ordinal, the others are not.
        Language::French => format!("{day}{} {} {year}", if day == 1 { "er" } else { "" }, MOIS[month]),
        Language::Spanish => format!("{day} de {} de {year}", MESES[month]),
    }
}

/// The date as ISO 8601 text, the way it is stored: `2013-06-30`.
pub fn iso(on: NaiveDate) -> String {
    let two = |n: u32| if n < 10 { format!("0{n}") } else { n.to_string() };
    format!("{:04}-{}-{}", on.year(), two(on.month()), two(on.day()))
}

/// Reads an ISO date (`2013-06-30`); `None` for anything else.
pub fn parse_iso(text: &str) -> Option<NaiveDate> {
    let mut parts = text.trim().splitn(3, '-');
    let year: i32 = number(parts.next()?, 4, 4)? as i32;
    let month = number(parts.next()?, 1, 2)?;
    let day = number(parts.next()?, 1, 2)?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Reads a date as a person types it into a form that asks for day, month, year: ISO, `30/6/2013`, `30.06.2013`,
/// `30 June 2013` or `30 jun 2013`. A year before 1900 is a slip of the finger.
pub fn parse_typed(text: &str) -> Option<NaiveDate> {
    parse_iso(text).or_else(|| parse_day_month_year(text)).filter(|on| on.year() >= 1900)
}

fn parse_day_month_year(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split(['/', '.', ' ', '-', '\u{a0}']).filter(|p| !p.is_empty());
    let day = number(parts.next()?, 1, 2)?;
    let month_text = parts.next()?;
    let month = number(month_text, 1, 2).or_else(|| {
        let typed = month_text.as_bytes();
        let is_it = |m: &&str| m.as_bytes().get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
        let at = MONTHS.iter().position(|m| typed.len() >= 3 && is_it(m))?;
        u32::try_from(at + 1).ok()
    })?;
    let year = number(parts.next()?, 4, 4)? as i32;
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day)
}

fn number(text: &str, digits_min: usize, digits_max: usize) -> Option<u32> {
    let fits = (digits_min..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// How long an invoice is past due, in the field's buckets, always as of a stated date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ageing {
    /// Not yet due.
    Current,
    /// 1 to 30 days late.
    Days1To30,
    /// 31 to 60 days late.
    Days31To60,
    /// 61 to 90 days late.
    Days61To90,
    /// More than 90 days late.
    Over90,
}

impl Ageing {
    /// All buckets, youngest first.
    pub const ALL: [Self; 5] = [Self::Current, Self::Days1To30, Self::Days31To60, Self::Days61To90, Self::Over90];

    /// The bucket of an invoice due on `due_on`, as of `today`.
    pub fn of(due_on: NaiveDate, today: NaiveDate) -> Self {
        match days_between(due_on, today) {
            i64::MIN..=0 => Self::Current,
            1..=30 => Self::Days1To30,
            31..=60 => Self::Days31To60,
            61..=90 => Self::Days61To90,
            _ => Self::Over90,
        }
    }

    /// The bucket's name in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::Current => "not yet due",
            Self::Days1To30 => "1 to 30 days",
            Self::Days31To60 => "31 to 60 days",
            Self::Days61To90 => "61 to 90 days",
            Self::Over90 => "more than 90 days",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    #[test]
    fn dates_are_written_as_each_language_writes_them() {
        let on = |text: &str| parse_iso(text).unwrap();
        for (language, expected) in [
            (Language::English, "1 March 2026"),
            (Language::German, "1. März 2026"),
            (Language::French, "1er mars 2026"),
            (Language::Spanish, "1 de marzo de 2026"),
        ] {
            assert_eq!(show_in(on("2026-03-01"), language), expected);
        }
        assert_eq!(show_in(on("2026-12-31"), Language::French), "31 décembre 2026");
    }

    #[test]
    fn the_31st_falls_back_and_returns() {
        let dates: Vec<String> = (0..5).map(|n| iso(Frequency::Monthly.nth(day("2024-01-31"), n).unwrap())).collect();
        assert_eq!(dates, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]);
        assert_eq!(iso(Frequency::Monthly.nth(day("2024-02-29"), 12).unwrap()), "2025-02-28");
    }

    #[test]
    fn weekends_move_to_monday() {
        assert_eq!(next_weekday(day("2026-11-21")), day("2026-11-23"));
        assert_eq!(next_weekday(day("2026-11-22")), day("2026-11-23"));
        assert_eq!(next_weekday(day("2026-11-23")), day("2026-11-23"));
    }

    #[test]
    fn dates_are_read_as_people_type_them() {
        for text in ["2013-06-30", "30/6/2013", "30.06.2013", "30 June 2013", "30 jun 2013", " 2013-06-30 "] {
            assert_eq!(parse_typed(text), Some(day("2013-06-30")), "{text}");
        }
        for text in [
            "",
            "31/6/2013",
            "2013-02-29",
            "30 ju 2013x",
            "6/30/2013",
            "30/6/13",
            "0/0/0000",
            "30/6/0013",
            "0203-06-30",
        ] {
            assert_eq!(parse_typed(text), None, "{text}");
        }
    }

    #[test]
    fn an_early_year_is_stored_with_four_digits_so_that_it_can_be_read() {
        for year in [1, 28, 999, 1000, 2026] {
            let on = NaiveDate::from_ymd_opt(year, 3, 9).unwrap();
            assert_eq!(parse_iso(&iso(on)), Some(on), "{}", iso(on));
        }
        assert_eq!(iso(NaiveDate::from_ymd_opt(28, 3, 9).unwrap()), "0028-03-09");
    }

    #[test]
    fn ageing_turns_over_the_day_after() {
        let due = day("2026-01-01");
        for (late, bucket) in [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)] {
            assert_eq!(Ageing::of(due, plus_days(due, late)), Ageing::ALL[bucket], "{late} days");
        }
    }
}
