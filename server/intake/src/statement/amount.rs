//! Amounts as formats write them: digits and one decimal mark, which each format names.

use kept_domain::money::{AMOUNT_MAX_MINOR, Currency};
use kept_domain::table::shown;

/// Reads an amount without a sign into minor units. Digits beyond the currency's are taken where they are zeros.
///
/// # Errors
/// Why it is none, in words that follow the place.
pub(super) fn minor(text: &str, mark: char, currency: Currency) -> Result<i64, String> {
    let text = text.trim();
    let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(format!("“{}” is not an amount", shown(text)));
    }
    let fraction = fraction.trim_end_matches('0');
    let exponent = usize::try_from(currency.exponent()).unwrap_or_default();
    if fraction.len() > exponent {
        return Err(format!("“{}” has more than the {exponent} decimals of {currency}", shown(text)));
    }
    let all = format!("{whole}{fraction:0<exponent$}");
    let too_large = || format!("“{}” is too large", shown(text));
    let minor: i64 = all.trim_start_matches('0').parse().or_else(|e: std::num::ParseIntError| {
        if matches!(e.kind(), std::num::IntErrorKind::Empty) { Ok(0) } else { Err(too_large()) }
    })?;
    if minor > AMOUNT_MAX_MINOR { Err(too_large()) } else { Ok(minor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_by_the_mark_of_their_format() {
        for (text, mark, code, expected) in [
            ("1234.56", '.', "EUR", Some(123_456)),
            ("1234,5", ',', "EUR", Some(123_450)),
            ("12,", ',', "EUR", Some(1_200)),
            (",5", ',', "EUR", Some(50)),
            ("0.00", '.', "EUR", Some(0)),
            ("100.00000", '.', "EUR", Some(10_000)),
            ("1000.000", '.', "JPY", Some(1_000)),
            ("1.234", '.', "KWD", Some(1_234)),
            ("1.234", '.', "EUR", None),
            ("1,234.56", '.', "EUR", None),
            ("-5", '.', "EUR", None),
            ("", '.', "EUR", None),
            (".", '.', "EUR", None),
            ("9999999999999999999999", '.', "EUR", None),
        ] {
            assert_eq!(minor(text, mark, Currency::parse(code).unwrap()).ok(), expected, "{text} {code}");
        }
    }
}
