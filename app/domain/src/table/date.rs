//! How a table writes its dates.

use super::text::shown;
use super::{Problem, Refusal};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// The order in which a file writes its dates. A date that begins with its year is read the same in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// 30/06/2013.
    Dmy,
    /// 06/30/2013.
    Mdy,
    /// 2013-06-30.
    Ymd,
}

impl DateOrder {
    /// All orders.
    pub const ALL: [Self; 3] = [Self::Dmy, Self::Mdy, Self::Ymd];

    /// The name in options and reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }

    /// Reads a name written by [`DateOrder::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == code.trim().to_ascii_lowercase())
    }

    fn words(self) -> &'static str {
        match self {
            Self::Dmy => "day/month/year",
            Self::Mdy => "month/day/year",
            Self::Ymd => "year-month-day",
        }
    }
}

/// The three parts of a date before an order is given to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// The order is plain: year, month, day.
    Plain(u32, u32, u32),
    /// Two numbers and a year, which had four digits.
    Pair(u32, u32, u32),
    /// Three numbers of one or two digits.
    Short(u32, u32, u32),
}

/// Month names by their first letters, English and German, French, Spanish and Italian where they differ.
const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("feb", 2),
    ("fév", 2),
    ("mar", 3),
    ("mär", 3),
    ("mae", 3),
    ("mrz", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("de", 12),
    ("dé", 12),
    ("dic", 12),
];

fn month_named(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let named = lower.chars().count() >= 3 && lower.chars().all(char::is_alphabetic);
    let longest = MONTHS.iter().filter(|(start, _)| lower.starts_with(start)).max_by_key(|(start, _)| start.len());
    longest.filter(|_| named).map(|(_, month)| *month)
}

fn write_apart(text: &str) -> Option<Written> {
    // A time of day after the date says nothing about the day.
    let text = match text.split_once('T') {
        Some((date, time)) if time.contains(':') && date.ends_with(|c: char| c.is_ascii_digit()) => date,
        _ => text,
    };
    let mut parts: Vec<&str> =
        text.split(['/', '.', '-', ' ', ',', '\u{a0}', '\u{2013}']).filter(|p| !p.is_empty()).collect();
    if parts.len() > 3 && parts.iter().skip(3).all(|p| p.contains(':') || *p == "AM" || *p == "PM" || *p == "Z") {
        parts.truncate(3);
    }
    let digits = |p: &str| !p.is_empty() && p.len() <= 4 && p.bytes().all(|b| b.is_ascii_digit());
    if let [whole] = parts[..]
        && whole.len() == 8
        && whole.bytes().all(|b| b.is_ascii_digit())
    {
        let number = |from: usize, to: usize| whole.get(from..to)?.parse().ok();
        return Some(Written::Plain(number(0, 4)?, number(4, 6)?, number(6, 8)?));
    }
    let [a, b, c] = parts[..] else { return None };
    let number = |p: &str| if digits(p) { p.parse::<u32>().ok() } else { None };
    if a.len() == 4 && b.len() <= 2 && c.len() <= 2 {
        return Some(Written::Plain(number(a)?, number(b)?, number(c)?));
    }
    if let (Some(month), Some(day), Some(year), 4) = (month_named(b), number(a), number(c), c.len()) {
        return Some(Written::Plain(year, month, day));
    }
    if let (Some(month), Some(day), Some(year), 4) = (month_named(a), number(b), number(c), c.len()) {
        return Some(Written::Plain(year, month, day));
    }
    let (x, y, z) = (number(a)?, number(b)?, number(c)?);
    match (a.len(), b.len(), c.len()) {
        (1..=2, 1..=2, 4) => Some(Written::Pair(x, y, z)),
        (1..=2, 1..=2, 2) => Some(Written::Short(x, y, z)),
        _ => None,
    }
}

/// Reads a date in an order. Two digits of a year are of this century.
pub fn read_date(text: &str, order: DateOrder) -> Result<NaiveDate, String> {
    let written = write_apart(text).ok_or_else(|| format!("“{}” is not a date", shown(text)))?;
    let (year, month, day) = match (written, order) {
        (Written::Plain(y, m, d), _) => (y, m, d),
        (Written::Pair(d, m, y), DateOrder::Dmy) | (Written::Pair(m, d, y), DateOrder::Mdy) => (y, m, d),
        (Written::Short(d, m, y), DateOrder::Dmy)
        | (Written::Short(m, d, y), DateOrder::Mdy)
        | (Written::Short(y, m, d), DateOrder::Ymd) => (2000 + y, m, d),
        (Written::Pair(..), DateOrder::Ymd) => {
            return Err(format!("“{}” does not begin with its year", shown(text)));
        }
    };
    let date = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    match date {
        Some(date) if (1900..2200).contains(&date.year()) => Ok(date),
        Some(_) => Err(format!("“{}”: the year is not between 1900 and 2199", shown(text))),
        None => Err(format!("“{}” is not a day of the calendar, read as {}", shown(text), order.words())),
    }
}

/// Finds the order of a file's dates from all of them: `(row, column, text)`. A value over 12 in one place decides;
/// where none does, or they disagree, the file is refused with rows that show both readings.
pub fn find_date_order<'a>(dates: impl Iterator<Item = (u32, &'a str, &'a str)>) -> Result<DateOrder, Refusal> {
    let mut first_dmy = None;
    let mut first_mdy = None;
    let mut unclear: Vec<(u32, &str, &str)> = Vec::new();
    // A second row that reads like the first shows nothing new, but it is better than none.
    let mut spare = None;
    for (row, column, text) in dates {
        let here = (row, column, text);
        let (other_row, other_text) = unclear.first().map_or((true, true), |(r, _, t)| (*r != row, *t != text));
        match write_apart(text) {
            Some(Written::Pair(a, b, _)) if a > 12 && b <= 12 => first_dmy = first_dmy.or(Some(here)),
            Some(Written::Pair(a, b, _)) if b > 12 && a <= 12 => first_mdy = first_mdy.or(Some(here)),
            Some(Written::Pair(a, b, _)) if a == b => {}
            Some(Written::Pair(..) | Written::Short(..)) if unclear.len() < 2 && other_row && other_text => {
                unclear.push(here);
            }
            Some(Written::Pair(..) | Written::Short(..)) if other_row => spare = spare.or(Some(here)),
            _ => {}
        }
    }
    if unclear.len() < 2 {
        unclear.extend(spare);
    }
    let show = |(row, column, text): (u32, &str, &str)| {
        let readings: Vec<String> = DateOrder::ALL
            .into_iter()
            .filter_map(|o| Some(format!("{} ({})", crate::calendar::show(read_date(text, o).ok()?), o.code())))
            .collect();
        let reason = format!("“{}” is {}", shown(text), readings.join(" or "));
        Problem::new(row, column, reason)
    };
    match (first_dmy, first_mdy) {
        (Some(one), Some(other)) => Err(Refusal {
            reason: "the file mixes day/month/year and month/day/year; write its dates in one way".to_owned(),
            examples: vec![show(one), show(other)],
        }),
        (Some(_), None) => Ok(DateOrder::Dmy),
        (None, Some(_)) => Ok(DateOrder::Mdy),
        (None, None) if unclear.is_empty() => Ok(DateOrder::Ymd),
        (None, None) => Err(Refusal {
            reason: "the dates can be read in more than one way; say --date-format dmy, mdy or ymd".to_owned(),
            examples: unclear.into_iter().map(show).collect(),
        }),
    }
}
