//! Tables from outside: which column holds what, how their dates and amounts are written, and what is wrong in them.

use crate::money::{AmountError, Currency, parse_amount};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A row of a file: the number that a spreadsheet shows beside it (the header is row 1), and its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counted from 1.
    pub row: u32,
    /// One text for each column.
    pub cells: Vec<String>,
}

/// Something wrong in a file: where and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The row as a spreadsheet numbers it, whose header is row 1; of several e-invoices, which of them, from 1.
    pub row: u32,
    /// The column as the header names it, or the business term of an e-invoice; empty where the whole row is meant.
    pub column: String,
    /// Why, in words for the person who has the file.
    pub reason: String,
    /// The name of the business rule that an e-invoice breaks, such as `BR-CO-15`; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What the file is called, where there are several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
}

impl Problem {
    /// A problem of a row and column.
    pub fn new(row: u32, column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { row, column: column.into(), reason: reason.into(), ..Self::default() }
    }
}

/// A field that a file may hold.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in `--map` and reports.
    pub name: &'static str,
    /// Whether a file without it is refused.
    pub required: bool,
    /// What exporters call it, best first: small letters and digits only.
    pub synonyms: &'static [&'static str],
}

/// Why a file cannot be read as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One sentence on what to do.
    pub reason: String,
    /// Rows that show it.
    pub examples: Vec<Problem>,
}

impl Refusal {
    /// A refusal without example rows.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), examples: Vec::new() }
    }
}

/// Which column holds which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    headers: Vec<String>,
    columns: Vec<(&'static str, Option<usize>)>,
}

/// A header as it is compared: small letters and digits only.
pub fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Mapping {
    /// Guesses the columns from the header, then takes the corrections (`number=invoiceNumber,due=Fällig am`; an
    /// empty header leaves the field out).
    pub fn find(fields: &'static [Field], header: &[String], corrections: &str) -> Result<Self, Refusal> {
        let headers: Vec<String> = header.iter().map(|h| shown(h.trim())).collect();
        let plains: Vec<String> = header.iter().map(|h| plain(h)).collect();
        let guess = |field: &Field| {
            let named = |name: &str| plains.iter().position(|p| p == name);
            named(&plain(field.name)).or_else(|| field.synonyms.iter().find_map(|s| named(s)))
        };
        let taken: Vec<usize> = fields.iter().filter(|f| f.required).filter_map(guess).collect();
        // One column may be two things, a reference and a name, only where its header says so.
        let says_so = |column: usize, field: &Field| plains.get(column).is_some_and(|p| p.ends_with(field.name));
        let free = |field: &Field, column: usize| field.required || !taken.contains(&column) || says_so(column, field);
        let mut columns: Vec<(&'static str, Option<usize>)> =
            fields.iter().map(|f| (f.name, guess(f).filter(|c| free(f, *c)))).collect();
        let mut corrected: Vec<usize> = Vec::new();
        for correction in corrections.split(',').map(str::trim).filter(|c| !c.is_empty()) {
            let Some((name, column)) = correction.split_once('=') else {
                return Err(Refusal::new(format!("map: write field=Header, not “{}”", shown(correction))));
            };
            let (name, column) = (name.trim(), column.trim());
            let Some(at) = columns.iter().position(|(n, _)| *n == name) else {
                let names: Vec<&str> = fields.iter().map(|f| f.name).collect();
                return Err(Refusal::new(format!(
                    "map: there is no field “{}”; the fields are {}",
                    shown(name),
                    names.join(", ")
                )));
            };
            let found = if column.is_empty() { None } else { Some(find_header(&headers, column)?) };
            if let Some(slot) = columns.get_mut(at) {
                slot.1 = found;
            }
            corrected.push(at);
        }
        for (at, field) in fields.iter().enumerate() {
            let column = columns.get(at).and_then(|c| c.1);
            if field.required && column.is_none() {
                return Err(Refusal::new(format!(
                    "no column for “{}” was found; say --map {}=Header; the headers are {}",
                    field.name,
                    field.name,
                    listed(&headers)
                )));
            }
            let twin = column.and_then(|c| plains.get(c)).filter(|p| plains.iter().filter(|q| q == p).count() > 1);
            if twin.is_some() {
                return Err(Refusal::new(format!(
                    "the header “{}” stands over more than one column",
                    column.and_then(|c| headers.get(c)).map_or("", String::as_str)
                )));
            }
        }
        Ok(Self { headers, columns })
    }

    /// The column of a field.
    pub fn column(&self, field: &str) -> Option<usize> {
        self.columns.iter().find(|(name, _)| *name == field).and_then(|(_, column)| *column)
    }

    /// The header over a field's column, or the field's own name.
    pub fn header(&self, field: &str) -> String {
        let header = self.column(field).and_then(|c| self.headers.get(c));
        header.cloned().unwrap_or_else(|| field.to_owned())
    }

    /// A field's trimmed cell; empty where the file has no such column.
    pub fn cell<'a>(&self, record: &'a Record, field: &str) -> &'a str {
        self.column(field).and_then(|c| record.cells.get(c)).map_or("", |cell| cell.trim())
    }

    /// How many columns the header has.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Every field that has a column, with its header.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        self.columns.iter().filter(|(_, c)| c.is_some()).map(|(name, _)| (*name, self.header(name))).collect()
    }

    /// What is wrong with the length of a row; cells beyond the header are fine when they are empty.
    pub fn check_length(&self, record: &Record) -> Option<Problem> {
        let (cells, columns) = (record.cells.len(), self.width());
        let full = record.cells.iter().rposition(|c| !c.trim().is_empty()).map_or(0, |last| last + 1);
        let fits = cells >= columns && full <= columns;
        let reason = || format!("the row has {cells} cells, the header has {columns}");
        (!fits).then(|| Problem::new(record.row, "", reason()))
    }
}

fn find_header(headers: &[String], wanted: &str) -> Result<usize, Refusal> {
    let exact = headers.iter().position(|h| h == wanted);
    let close = || headers.iter().position(|h| plain(h) == plain(wanted) && !plain(wanted).is_empty());
    exact.or_else(close).ok_or_else(|| {
        Refusal::new(format!("map: there is no header “{}”; the headers are {}", shown(wanted), listed(headers)))
    })
}

fn listed(headers: &[String]) -> String {
    let mut names: Vec<&str> = headers.iter().take(40).map(String::as_str).collect();
    if headers.len() > names.len() {
        names.push("…");
    }
    names.join(", ")
}

/// A text from outside as a message may repeat it: short and without control characters.
pub fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(60).map(|c| if is_control(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

/// Characters that no text from a file may hold: controls, and marks that turn the direction of writing, which make
/// a text look like another one.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Why a text is not taken.
fn text_reason(text: &str, chars_max: usize) -> Option<String> {
    if let Some(c) = text.chars().find(|c| is_control(*c)) {
        return Some(format!("holds a control character (U+{:04X})", u32::from(c)));
    }
    let chars = text.chars().count();
    (chars > chars_max).then(|| format!("has {chars} characters; at most {chars_max} are taken"))
}

/// Reads a text of one line.
pub fn read_text(text: &str, chars_max: usize) -> Result<String, String> {
    text_reason(text, chars_max).map_or_else(|| Ok(text.to_owned()), Err)
}

/// Reads a text of several lines, each trimmed; empty lines are left out.
pub fn read_lines(text: &str, chars_max: usize) -> Result<String, String> {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|l| !l.is_empty()).collect();
    if let Some(reason) = text_reason(&lines.concat(), chars_max) {
        return Err(reason);
    }
    Ok(lines.join("\n"))
}

/// Reads an e-mail address; empty is fine.
pub fn read_email(text: &str) -> Result<String, String> {
    let text = read_text(text, 254)?;
    let fits = text.is_empty()
        || text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
                && !text.chars().any(|c| c.is_whitespace() || "<>()[],;:\\\"@".contains(c) && c != '@')
                && !host.contains('@')
        });
    if fits { Ok(text) } else { Err(format!("“{}” is not an e-mail address", shown(&text))) }
}

/// Reads a yes or no in several languages; empty is no.
pub fn read_flag(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "" | "no" | "n" | "false" | "0" | "nein" | "non" | "nee" | "f" | "-" => Ok(false),
        "yes" | "y" | "true" | "1" | "ja" | "j" | "oui" | "si" | "sí" | "s" | "x" | "t" => Ok(true),
        _ => Err(format!("“{}” is neither yes nor no", shown(text))),
    }
}

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

/// The mark before decimals in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// 1,234.50.
    Point,
    /// 1.234,50.
    Comma,
}

/// What one amount says about the file's decimal mark; three digits after a single mark say nothing.
fn decimal_mark(text: &str) -> Option<DecimalMark> {
    let of = |c: char| if c == '.' { DecimalMark::Point } else { DecimalMark::Comma };
    let other = |c: char| if c == '.' { DecimalMark::Comma } else { DecimalMark::Point };
    let (at, last) = text.char_indices().rev().find(|(_, c)| matches!(c, '.' | ','))?;
    let same = text.chars().filter(|c| *c == last).count();
    let any_other = text.chars().any(|c| matches!(c, '.' | ',') && c != last);
    let digits = text.get(at + 1..)?.chars().take_while(char::is_ascii_digit).count();
    match (same, any_other) {
        (1, true) => Some(of(last)),
        (1, false) => (digits != 3).then(|| of(last)),
        (_, false) => Some(other(last)),
        (_, true) => None,
    }
}

/// Finds the decimal mark of a file's amounts from all of them: `(row, column, text)`. `None` where none of them
/// tells; a file that uses both is refused.
pub fn find_decimal_mark<'a>(
    amounts: impl Iterator<Item = (u32, &'a str, &'a str)>,
) -> Result<Option<DecimalMark>, Refusal> {
    let (mut point, mut comma) = (None, None);
    for (row, column, text) in amounts {
        match decimal_mark(text) {
            Some(DecimalMark::Point) => point = point.or(Some((row, column, text))),
            Some(DecimalMark::Comma) => comma = comma.or(Some((row, column, text))),
            None => {}
        }
    }
    let show = |(row, column, text): (u32, &str, &str), mark: &str| {
        Problem::new(row, column, format!("“{}” has a decimal {mark}", shown(text)))
    };
    match (point, comma) {
        (Some(one), Some(other)) => Err(Refusal {
            reason: "the amounts mix decimal points and decimal commas; write them in one way".to_owned(),
            examples: vec![show(one, "point"), show(other, "comma")],
        }),
        (Some(_), None) => Ok(Some(DecimalMark::Point)),
        (None, Some(_)) => Ok(Some(DecimalMark::Comma)),
        (None, None) => Ok(None),
    }
}

/// Reads an amount that asks for money, into minor units; negative ones and zero are refused.
pub fn read_amount(text: &str, currency: Currency, mark: Option<DecimalMark>) -> Result<i64, String> {
    let known = match mark {
        None => text.to_owned(),
        Some(mark) => ungrouped(text, mark).ok_or_else(|| format!("“{}” is not an amount", shown(text)))?,
    };
    let minor = parse_amount(&known, currency).map_err(|error| match error {
        AmountError::Empty => "is missing".to_owned(),
        AmountError::NotANumber => format!("“{}” is not an amount in {currency}", shown(text)),
        AmountError::TooManyDecimals(n) => format!("“{}” has more than the {n} decimals of {currency}", shown(text)),
        AmountError::TooLarge => format!("“{}” is too large", shown(text)),
    })?;
    if minor > 0 { Ok(minor) } else { Err(format!("“{}” is not more than zero", shown(text))) }
}

/// The amount without its group marks and with a decimal point; `None` where the groups are not of three digits.
fn ungrouped(text: &str, mark: DecimalMark) -> Option<String> {
    let (decimal, group) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, fraction) = match text.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if fraction.is_some_and(|f| f.contains([decimal, group])) {
        return None;
    }
    let mut parts = whole.split(group);
    let first = parts.next()?;
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
    let mut out = first.to_owned();
    for part in parts {
        let three = part.chars().take_while(char::is_ascii_digit).count() == 3 && digits(part) == 3;
        if !three || !(1..=3).contains(&digits(first)) {
            return None;
        }
        out.push_str(part);
    }
    if let Some(fraction) = fraction {
        let decimals = fraction.chars().take_while(char::is_ascii_digit).count();
        let (decimals, rest) = fraction.split_at(decimals);
        out.push('.');
        out.push_str(decimals);
        // A fourth digit keeps three decimals from being read as a group where the currency has none.
        out.push_str(if decimals.len() == 3 { "0" } else { "" });
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn dates_are_read_in_the_stated_order() {
        let table: &[(&str, DateOrder, Option<&str>)] = &[
            ("03/01/2012", DateOrder::Dmy, Some("2012-01-03")),
            ("03/01/2012", DateOrder::Mdy, Some("2012-03-01")),
            ("3.1.2012", DateOrder::Dmy, Some("2012-01-03")),
            ("3-1-2012", DateOrder::Dmy, Some("2012-01-03")),
            ("03/01/12", DateOrder::Dmy, Some("2012-01-03")),
            ("12/01/03", DateOrder::Ymd, Some("2012-01-03")),
            ("03/01/2012", DateOrder::Ymd, None),
            ("2012-01-03", DateOrder::Mdy, Some("2012-01-03")),
            ("2012/1/3", DateOrder::Dmy, Some("2012-01-03")),
            ("20120103", DateOrder::Dmy, Some("2012-01-03")),
            ("2012-01-03T00:00:00", DateOrder::Dmy, Some("2012-01-03")),
            ("2012-01-03T00:00:00Z", DateOrder::Dmy, Some("2012-01-03")),
            ("03/01/2012 00:00", DateOrder::Dmy, Some("2012-01-03")),
            ("3 Jan 2012", DateOrder::Mdy, Some("2012-01-03")),
            ("Jan 3, 2012", DateOrder::Dmy, Some("2012-01-03")),
            ("3. März 2012", DateOrder::Dmy, Some("2012-03-03")),
            ("3 Dezember 2012", DateOrder::Dmy, Some("2012-12-03")),
            ("3 juillet 2012", DateOrder::Dmy, Some("2012-07-03")),
            ("31/02/2013", DateOrder::Dmy, None),
            ("29/02/2013", DateOrder::Dmy, None),
            ("29/02/2012", DateOrder::Dmy, Some("2012-02-29")),
            ("30/06/2013", DateOrder::Mdy, None),
            ("00/01/2012", DateOrder::Dmy, None),
            ("03/01/0012", DateOrder::Dmy, None),
            ("03/01/9999", DateOrder::Dmy, None),
            ("03/01", DateOrder::Dmy, None),
            ("3/1/2012/5", DateOrder::Dmy, None),
            ("３/１/２０１２", DateOrder::Dmy, None),
            ("soon", DateOrder::Dmy, None),
            ("", DateOrder::Dmy, None),
            ("41277", DateOrder::Dmy, None),
        ];
        for (text, order, expected) in table {
            assert_eq!(read_date(text, *order).ok(), expected.map(|e| parse_iso(e).unwrap()), "{text} {order:?}");
        }
    }

    #[test]
    fn the_order_of_dates_is_found_or_the_file_is_refused() {
        let find = |dates: &[&'static str]| {
            let dates: Vec<_> = (2u32..).zip(dates.iter().copied()).collect();
            find_date_order(dates.iter().map(|(row, text)| (*row, "Due", *text)))
        };
        assert_eq!(find(&["03/01/2012", "13/01/2012"]), Ok(DateOrder::Dmy));
        assert_eq!(find(&["03/01/2012", "01/13/2012"]), Ok(DateOrder::Mdy));
        assert_eq!(find(&["2012-01-03", "05/05/2012"]), Ok(DateOrder::Ymd), "the fifth of May is the fifth of May");
        let alike = find(&["03/01/2012", "03/01/2012"]).unwrap_err();
        assert_eq!(alike.examples.iter().map(|p| p.row).collect::<Vec<_>>(), [2, 3]);
        let refused = find(&["03/01/2012", "03/01/2012", "04/05/2012", "07/08/2012"]).unwrap_err();
        let shown: Vec<(u32, &str)> = refused.examples.iter().map(|p| (p.row, p.reason.as_str())).collect();
        assert_eq!(
            shown,
            [
                (2, "“03/01/2012” is 3 January 2012 (dmy) or 1 March 2012 (mdy)"),
                (4, "“04/05/2012” is 4 May 2012 (dmy) or 5 April 2012 (mdy)")
            ]
        );
        let mixed = find(&["13/01/2012", "01/13/2012"]).unwrap_err();
        assert!(mixed.reason.contains("mixes"), "{}", mixed.reason);
        assert!(find(&["13/01/12"]).is_err(), "a year of two digits must be stated");
    }

    #[test]
    fn a_file_has_one_decimal_mark() {
        let find = |amounts: &[&'static str]| {
            find_decimal_mark(amounts.iter().map(|a| (2, "Amount", *a))).map_err(|r| r.examples.len())
        };
        assert_eq!(find(&["1,234", "5"]), Ok(None));
        assert_eq!(find(&["1,234", "5.50"]), Ok(Some(DecimalMark::Point)));
        assert_eq!(find(&["1.234", "5,50"]), Ok(Some(DecimalMark::Comma)));
        assert_eq!(find(&["1.234.567"]), Ok(Some(DecimalMark::Comma)));
        assert_eq!(find(&["1.234,5"]), Ok(Some(DecimalMark::Comma)));
        assert_eq!(find(&["12.50", "12,50"]), Err(2));

        let table: &[(&str, &str, Option<DecimalMark>, Option<i64>)] = &[
            ("1.234", "EUR", Some(DecimalMark::Comma), Some(123_400)),
            ("1.234,50 €", "EUR", Some(DecimalMark::Comma), Some(123_450)),
            ("1,234", "EUR", Some(DecimalMark::Comma), None),
            ("1,234", "USD", Some(DecimalMark::Point), Some(123_400)),
            ("1.234", "USD", Some(DecimalMark::Point), None),
            ("1.234", "USD", None, None),
            ("1,234", "KWD", Some(DecimalMark::Point), Some(1_234_000)),
            ("1.234", "KWD", Some(DecimalMark::Point), Some(1_234)),
            ("12,34.50", "USD", Some(DecimalMark::Point), None),
            ("1,2345.50", "USD", Some(DecimalMark::Point), None),
            ("50.390", "USD", Some(DecimalMark::Point), Some(5_039)),
            ("$1,234.50", "USD", Some(DecimalMark::Point), Some(123_450)),
            ("-5.00", "USD", Some(DecimalMark::Point), None),
            ("0.00", "USD", Some(DecimalMark::Point), None),
            ("(5.00)", "USD", Some(DecimalMark::Point), None),
            ("1.2.3", "USD", Some(DecimalMark::Point), None),
            ("", "USD", None, None),
        ];
        for (text, code, mark, expected) in table {
            assert_eq!(read_amount(text, currency(code), *mark).ok(), *expected, "{text} {code} {mark:?}");
        }
    }

    #[test]
    fn texts_are_bounded_and_clean() {
        assert!(read_text("a\u{0}b", 10).is_err());
        assert!(read_text("a\nb", 10).is_err());
        assert!(read_text("abc\u{202e}fdp", 10).is_err(), "a text that reads backwards hides what it is");
        assert!(read_text("abcdef", 5).is_err());
        assert_eq!(read_lines(" 5 High Street \r\n\r\n Leeds", 40).unwrap(), "5 High Street\nLeeds");
        for good in ["", "a@b.co", "jo.o'neil+x@example.com", "jörg@müller.de"] {
            assert!(read_email(good).is_ok(), "{good}");
        }
        for bad in ["a", "@b.co", "a@b", "a@b..co", "a b@c.de", "a@b.c@d.e", "A <a@b.co>", "a@b.co,c@d.eu", "a@b.co\n"]
        {
            assert!(read_email(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in "\\PC{0,30}|[0-9/., -]{0,14}|.{0,20}", which in 0usize..3) {
            for order in DateOrder::ALL {
                let _ = read_date(&text, order);
            }
            let currency = currency(["EUR", "JPY", "KWD"][which]);
            for mark in [None, Some(DecimalMark::Point), Some(DecimalMark::Comma)] {
                let _ = read_amount(&text, currency, mark);
            }
            let _ = find_date_order([(2, "a", text.as_str()), (3, "a", text.as_str())].into_iter());
            let _ = find_decimal_mark([(2, "a", text.as_str())].into_iter());
            let _ = read_email(&text);
            let _ = read_lines(&text, 10);
        }

        #[test]
        fn a_written_date_reads_back(days in 0i64..80_000, which in 0usize..3) {
            let date = parse_iso("1950-01-01").unwrap() + chrono::TimeDelta::days(days);
            let order = DateOrder::ALL[which];
            let text = match order {
                DateOrder::Dmy => date.format("%d/%m/%Y").to_string(),
                DateOrder::Mdy => date.format("%m/%d/%Y").to_string(),
                DateOrder::Ymd => date.format("%Y-%m-%d").to_string(),
            };
            proptest::prop_assert_eq!(read_date(&text, order), Ok(date));
        }

        #[test]
        fn a_written_amount_reads_back_in_its_mark(minor in 1i64..1_000_000_000, which in 0usize..3) {
            let currency = currency(["EUR", "JPY", "KWD"][which]);
            let shown = crate::money::Money::new(minor, currency).show().replace(['€', '¥'], "").replace("KWD", "");
            proptest::prop_assert_eq!(read_amount(&shown, currency, Some(DecimalMark::Point)), Ok(minor));
            let swapped: String = shown.chars().map(|c| match c { ',' => '.', '.' => ',', c => c }).collect();
            proptest::prop_assert_eq!(read_amount(&swapped, currency, Some(DecimalMark::Comma)), Ok(minor));
        }
    }
}
