//! How a table writes its amounts.

use super::text::shown;
use super::{Problem, Refusal};
use crate::money::{AmountError, Currency, parse_amount};

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
