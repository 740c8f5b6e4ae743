//! MT940: SWIFT's customer statement, with `:86:` structured as German and Dutch banks do it, or plain.

use super::amount;
use chrono::{Datelike, NaiveDate};
use kept_domain::calendar::days_between;
use kept_domain::money::Currency;
use kept_domain::statement::{Direction, Line, Statement};
use kept_domain::table::{Refusal, shown};

/// What references are where nobody gave one.
const NO_REFERENCE: [&str; 4] = ["NONREF", "NOTPROVIDED", "NOREF", "NONE"];
/// The names in front of the parts of a SEPA payment's words.
const TAGS: [&str; 12] =
    ["EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "SVWZ+", "ABWA+", "ABWE+", "COAM+", "OAMT+", "PURP+", "IBAN+"];
/// The code words between slashes that Dutch and other banks use.
const CODES: [&str; 14] =
    ["TRTP", "IBAN", "BIC", "NAME", "REMI", "EREF", "ORDP", "BENM", "MARF", "CSID", "ISDT", "ADDR", "PREF", "RTRN"];

/// A field: its tag, its text with its line breaks, and the line of the file on which it begins.
struct Field {
    tag: String,
    text: String,
    line: usize,
}

fn wrong(field: &Field, why: &str) -> Refusal {
    Refusal::new(format!("line {}, :{}: {why}", field.line, field.tag))
}

/// Splits a file into fields. Envelopes of the network (`{1:…}`) and the ends of messages (`-`) are left out.
fn fields(text: &str) -> Vec<Field> {
    let mut all: Vec<Field> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_end_matches(['\r', '\u{3}']).trim_start_matches('\u{1}');
        // `{4:` stands before the first field, sometimes on the same line.
        let line = line.rsplit_once("{4:").map_or(line, |(_, rest)| rest);
        if line.starts_with('{') || line == "-" || line.starts_with("-}") {
            open = false;
            continue;
        }
        let tag = line.strip_prefix(':').and_then(|rest| rest.split_once(':')).filter(|(tag, _)| {
            (2..=3).contains(&tag.len())
                && tag.starts_with(|c: char| c.is_ascii_digit())
                && tag.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        match tag {
            Some((tag, rest)) => {
                all.push(Field { tag: tag.to_owned(), text: rest.to_owned(), line: at + 1 });
                open = true;
            }
            None => {
                if let Some(last) = all.last_mut().filter(|_| open) {
                    last.text.push('\n');
                    last.text.push_str(line);
                }
            }
        }
    }
    all
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Statement, Refusal> {
    let mut read = Statement { format: "MT940", until_on: None, lines: Vec::new(), ignored: 0 };
    let (mut account, mut currency): (String, Option<Currency>) = (String::new(), None);
    let mut last_taken = false;
    let mut any = false;
    for field in &fields(text) {
        match field.tag.as_str() {
            "20" => (account, currency, last_taken, any) = (String::new(), None, false, true),
            "25" | "25P" => field.text.lines().next().unwrap_or_default().trim().clone_into(&mut account),
            "60F" | "60M" => currency = Some(balance(field)?.1),
            "62F" | "62M" => {
                let (on, _) = balance(field)?;
                read.until_on = read.until_on.max(Some(on));
                last_taken = false;
            }
            "61" => {
                let currency = currency.ok_or_else(|| wrong(field, "stands before the opening balance :60F:"))?;
                let movement = movement(field, currency)?;
                last_taken = movement.is_some();
                match movement {
                    Some(line) => read.lines.push(Line { account: account.clone(), ..line }),
                    None => read.ignored += 1,
                }
            }
            "86" => {
                if let Some(line) = read.lines.last_mut().filter(|_| last_taken) {
                    details(&field.text, line);
                }
                // A second one is about the statement as a whole.
                last_taken = false;
            }
            _ => {}
        }
    }
    if !any || read.until_on.is_none() && read.lines.is_empty() && read.ignored == 0 {
        return Err(Refusal::new("the file has no statement: no :20: with balances and movements after it"));
    }
    Ok(read)
}

/// `C261120EUR1234,56`: the day and the currency.
fn balance(field: &Field) -> Result<(NaiveDate, Currency), Refusal> {
    let text = field.text.lines().next().unwrap_or_default();
    let on = text.get(1..7).and_then(six_digits).ok_or_else(|| wrong(field, "has no date (C261120EUR1234,56)"))?;
    let code = text.get(7..10).unwrap_or_default();
    let currency =
        Currency::parse(code).ok_or_else(|| wrong(field, &format!("“{}” is not a currency", shown(code))))?;
    Ok((on, currency))
}

fn six_digits(text: &str) -> Option<NaiveDate> {
    let part = |from: usize| text.get(from..from + 2)?.parse::<u32>().ok();
    text.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    NaiveDate::from_ymd_opt(2000 + i32::try_from(part(0)?).ok()?, part(2)?, part(4)?)
}

/// `2611201120CR400,00NTRFNONREF//BANKREF`: a movement; `None` where it is none that a customer made.
fn movement(field: &Field, currency: Currency) -> Result<Option<Line>, Refusal> {
    let mut lines = field.text.lines();
    let text = lines.next().unwrap_or_default();
    let no_date = || wrong(field, "does not begin with a date (261120)");
    let value_on = text.get(..6).and_then(six_digits).ok_or_else(no_date)?;
    let rest = text.get(6..).unwrap_or_default();
    let (booked_on, rest) = match rest.get(..4).filter(|four| four.bytes().all(|b| b.is_ascii_digit())) {
        Some(four) => (near(value_on, four).ok_or_else(no_date)?, rest.get(4..).unwrap_or_default()),
        None => (value_on, rest),
    };
    let marks = [
        ("RC", Some(Direction::TakenBack)),
        ("RD", None),
        ("EC", None),
        ("ED", None),
        ("C", Some(Direction::Arrived)),
        ("D", None),
    ];
    let found = marks.into_iter().find_map(|(mark, direction)| Some((direction, rest.strip_prefix(mark)?)));
    let Some((direction, rest)) = found else { return Err(wrong(field, "says neither credit (C) nor debit (D)")) };
    let rest = rest.strip_prefix(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(rest.len());
    let (figure, rest) = rest.split_at(end);
    let amount_minor = amount::minor(figure, ',', currency).map_err(|why| wrong(field, &why))?;
    let Some(direction) = direction.filter(|_| amount_minor > 0) else { return Ok(None) };
    // A letter and three characters tell the kind of movement.
    let references = rest.char_indices().nth(4).and_then(|(at, _)| rest.get(at..)).unwrap_or_default();
    let (theirs, banks) = references.split_once("//").unwrap_or((references, ""));
    let given = |text: &str| {
        let text = text.trim();
        if NO_REFERENCE.contains(&text.to_ascii_uppercase().as_str()) { String::new() } else { text.to_owned() }
    };
    Ok(Some(Line {
        account: String::new(),
        bank_reference: given(banks),
        booked_on,
        direction,
        amount_minor,
        currency,
        payer: String::new(),
        payer_account: String::new(),
        reference: given(theirs),
        words: lines.collect::<Vec<_>>().join(" ").trim().to_owned(),
    }))
}

/// The day MMDD that is nearest to another: at the turn of the year it is in another one.
fn near(value_on: NaiveDate, four: &str) -> Option<NaiveDate> {
    let (month, day) = (four.get(..2)?.parse().ok()?, four.get(2..)?.parse().ok()?);
    let years = [value_on.year() - 1, value_on.year(), value_on.year() + 1];
    let days = years.into_iter().filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
    days.min_by_key(|on| days_between(*on, value_on).abs())
}

/// What stands in `:86:`.
fn details(text: &str, line: &mut Line) {
    if let Some(parts) = numbered(text) {
        return of_numbered(&parts, line);
    }
    let whole: String = text.lines().collect();
    if CODES.iter().filter(|code| whole.contains(&format!("/{code}/"))).count() > 1 {
        return of_codes(&whole, line);
    }
    let plain = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ");
    if has_tags(&plain) {
        // Broken lines cut words: they are put together as they were.
        return of_tags(&whole, line);
    }
    line.words = [line.words.as_str(), &plain].join(" ").trim().to_owned();
}

/// `166?00GUTSCHRIFT?20EREF+1?32ADA`: its numbered parts; `None` where it is written in another way.
fn numbered(text: &str) -> Option<Vec<(u32, String)>> {
    let whole: String = text.lines().collect();
    let head = whole.get(..3)?;
    let mark = whole.get(3..)?.chars().next().filter(|c| matches!(c, '?' | '>' | '<' | '~' | '^'))?;
    if !head.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut parts: Vec<(u32, String)> = Vec::new();
    for part in whole.get(3..)?.split(mark).skip(1) {
        let number = part
            .get(..2)
            .and_then(|n| n.parse().ok())
            .filter(|_| part.get(..2).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())));
        match (number, parts.last_mut()) {
            (Some(number), _) => parts.push((number, part.get(2..).unwrap_or_default().to_owned())),
            // The mark itself stood in the words.
            (None, Some((_, last))) => {
                last.push(mark);
                last.push_str(part);
            }
            (None, None) => return None,
        }
    }
    Some(parts)
}

fn of_numbered(parts: &[(u32, String)], line: &mut Line) {
    let joined = |numbers: &[std::ops::RangeInclusive<u32>]| -> String {
        let chosen = parts.iter().filter(|(n, _)| numbers.iter().any(|range| range.contains(n)));
        chosen.map(|(_, text)| text.as_str()).collect()
    };
    line.payer = joined(&[32..=33]).trim().to_owned();
    line.payer_account = joined(&[31..=31]).trim().to_owned();
    let words = joined(&[20..=29, 60..=63]);
    if has_tags(&words) {
        of_tags(&words, line);
    } else {
        // Without tags each part is a line of its own; a word that is cut is found as well where it is put together.
        let parts: Vec<&str> = parts
            .iter()
            .filter(|(n, _)| (20..=29).contains(n) || (60..=63).contains(n))
            .map(|(_, text)| text.trim())
            .filter(|t| !t.is_empty())
            .collect();
        line.words = parts.join(" ");
        line.reference = [line.reference.as_str(), words.trim()].join(" ").trim().to_owned();
    }
}

fn has_tags(text: &str) -> bool {
    TAGS.iter().any(|tag| text.contains(tag))
}

/// `EREF+…SVWZ+…`: the words and the references of a SEPA payment.
fn of_tags(text: &str, line: &mut Line) {
    let mut starts: Vec<(usize, &str)> = TAGS.iter().flat_map(|tag| text.match_indices(tag)).collect();
    starts.sort_unstable();
    let mut references: Vec<String> = vec![line.reference.clone()];
    let before = text.get(..starts.first().map_or(0, |s| s.0)).unwrap_or_default().trim();
    let mut words: Vec<&str> = vec![line.words.trim(), before];
    for (n, (at, tag)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(text.len(), |next| next.0);
        let value = text.get(at + tag.len()..end).unwrap_or_default().trim();
        match *tag {
            "SVWZ+" => words.push(value),
            "EREF+" | "KREF+" if !NO_REFERENCE.contains(&value) => references.push(value.to_owned()),
            "ABWA+" => value.clone_into(&mut line.payer),
            "IBAN+" if line.payer_account.is_empty() => value.clone_into(&mut line.payer_account),
            _ => {}
        }
    }
    references.retain(|r| !r.is_empty());
    references.dedup();
    words.retain(|w| !w.is_empty());
    line.words = words.join(" ");
    line.reference = references.join(" ");
}

/// `/TRTP/SEPA/IBAN/…/NAME/…/REMI/…/EREF/…`: the same between slashes.
fn of_codes(text: &str, line: &mut Line) {
    let mut starts: Vec<(usize, &str)> = Vec::new();
    for code in CODES {
        let mark = format!("/{code}/");
        starts.extend(text.match_indices(&mark).map(|(at, _)| (at, code)));
    }
    starts.sort_unstable();
    let mut words: Vec<&str> = vec![line.words.trim()];
    let mut references: Vec<&str> = vec![line.reference.as_str()];
    let (mut payer, mut from) = ("", "");
    for (n, (at, code)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(text.len(), |next| next.0);
        let value = text.get(at + code.len() + 2..end).unwrap_or_default().trim().trim_end_matches('/');
        match *code {
            "REMI" => {
                // The kind of remittance stands in front: `/REMI/USTD//Invoice 12`, `/REMI/STRD/CUR/9990…`.
                let bare = ["USTD//", "STRD/CUR/", "STRD/ISO/"].iter().find_map(|kind| value.strip_prefix(kind));
                words.push(bare.unwrap_or(value));
            }
            "NAME" => payer = value,
            "IBAN" => from = value,
            "EREF" if !NO_REFERENCE.contains(&value) => references.push(value),
            _ => {}
        }
    }
    words.retain(|w| !w.is_empty());
    references.retain(|r| !r.is_empty());
    let (words, reference) = (words.join(" "), references.join(" "));
    (line.payer, line.payer_account) = (payer.to_owned(), from.to_owned());
    (line.words, line.reference) = (words, reference);
}
