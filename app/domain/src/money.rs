//! Money: integer minor units with an ISO 4217 currency. No float touches it and currencies never mix in one sum.

use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 currency: its code and the number of digits of its minor unit (2 for GBP, 0 for JPY, 3 for KWD).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "(String, u8)", try_from = "(String, u8)")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// Parses an ISO 4217 code in any case; `None` where there is no such currency. The exponent is the standard's.
    pub fn parse(code: &str) -> Option<Self> {
        let upper = code.trim().to_ascii_uppercase();
        let known = iso_currency::Currency::from_code(&upper)?;
        let code: [u8; 3] = upper.as_bytes().try_into().ok()?;
        Some(Self { code, exponent: known.exponent().unwrap_or(0) as u8 })
    }

    /// The three-letter code in capitals.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("???")
    }

    /// Digits of the minor unit.
    pub fn exponent(&self) -> u32 {
        u32::from(self.exponent)
    }

    /// Minor units in one major unit: 100 for GBP.
    pub fn unit_minor(&self) -> i64 {
        10i64.pow(self.exponent().min(6))
    }

    /// The smallest amount by which payments that are planned differ, in minor units. Cards are charged no single thousandth of
    /// a dinar or a rial, and no hundredth of an ariary (<https://docs.stripe.com/currencies#special-cases>).
    pub fn step_minor(&self) -> i64 {
        match &self.code {
            b"BHD" | b"JOD" | b"KWD" | b"OMR" | b"TND" => 10,
            b"MGA" => 100,
            _ => 1,
        }
    }

    /// The sign that people write, or the code followed by a space where none is usual.
    fn sign(&self) -> &'static str {
        match &self.code {
            b"GBP" => "£",
            b"EUR" => "€",
            b"USD" => "$",
            b"AUD" => "A$",
            b"NZD" => "NZ$",
            b"CAD" => "C$",
            b"JPY" => "¥",
            b"INR" => "₹",
            _ => "",
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Currency> for (String, u8) {
    fn from(currency: Currency) -> Self {
        (currency.code().to_owned(), currency.exponent)
    }
}

impl TryFrom<(String, u8)> for Currency {
    type Error = &'static str;
    fn try_from((code, exponent): (String, u8)) -> Result<Self, Self::Error> {
        let code: [u8; 3] = code.as_bytes().try_into().map_err(|_| "a currency code has three letters")?;
        if !code.iter().all(u8::is_ascii_uppercase) || exponent > 6 {
            return Err("not a currency");
        }
        Ok(Self { code, exponent })
    }
}

/// An amount in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: pence, cents, yen.
    pub minor: i64,
    /// The currency they are of.
    pub currency: Currency,
}

impl Money {
    /// An amount of `minor` units.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The amount as people write it in English: `£1,234.50`, `-$5.00`, `¥1,200`, `CHF 12.00`.
    pub fn show(&self) -> String {
        let mut out = String::with_capacity(16);
        if self.minor < 0 {
            out.push('-');
        }
        let sign = self.currency.sign();
        if sign.is_empty() {
            out.push_str(self.currency.code());
            out.push('\u{a0}');
        } else {
            out.push_str(sign);
        }
        push_decimal(&mut out, self.minor.unsigned_abs(), self.currency.exponent(), Some(','), '.');
        out
    }

    /// The amount as people write it in a language: `£1,234.50`, `1.234,50 €`, `1 234,50 €` with spaces that do not
    /// break.
    pub fn show_in(&self, language: Language) -> String {
        let group = match language {
            Language::English => return self.show(),
            Language::German | Language::Spanish => '.',
            Language::French => '\u{202f}',
        };
        let mut out = String::with_capacity(16);
        if self.minor < 0 {
            out.push('-');
        }
        push_decimal(&mut out, self.minor.unsigned_abs(), self.currency.exponent(), Some(group), ',');
        out.push('\u{a0}');
        out.push_str(match self.currency.sign() {
            "" => self.currency.code(),
            sign => sign,
        });
        out
    }

    /// The bare number for files and form fields: `1234.50`.
    pub fn decimal(&self) -> String {
        let mut out = String::with_capacity(12);
        if self.minor < 0 {
            out.push('-');
        }
        push_decimal(&mut out, self.minor.unsigned_abs(), self.currency.exponent(), None, '.');
        out
    }
}

fn push_decimal(out: &mut String, minor: u64, exponent: u32, group: Option<char>, point: char) {
    let unit = 10u64.pow(exponent);
    let whole = (minor / unit).to_string();
    for (i, digit) in whole.bytes().enumerate() {
        if let Some(group) = group
            && i > 0
            && (whole.len() - i).is_multiple_of(3)
        {
            out.push(group);
        }
        out.push(char::from(digit));
    }
    if exponent > 0 {
        out.push(point);
        let fraction = (minor % unit).to_string();
        for _ in fraction.len()..exponent as usize {
            out.push('0');
        }
        out.push_str(&fraction);
    }
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// Nothing was written.
    Empty,
    /// Something other than digits, separators and the currency's own sign or code.
    NotANumber,
    /// More decimals than the currency has: the number it has.
    TooManyDecimals(u32),
    /// More than this system counts.
    TooLarge,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Enter an amount"),
            Self::NotANumber => f.write_str("Enter an amount in figures, like 25 or 25.50"),
            Self::TooManyDecimals(0) => f.write_str("Enter a whole amount, without decimals"),
            Self::TooManyDecimals(n) => write!(f, "Enter an amount with at most {n} decimals"),
            Self::TooLarge => f.write_str("This amount is too large"),
        }
    }
}

/// The largest amount that is taken from outside, in minor units: sums of millions of them still fit an `i64`.
pub const AMOUNT_MAX_MINOR: i64 = 1_000_000_000_000;

/// Reads an amount as people type it (`25`, `25.5`, `£1,234.50`, `1.234,50 EUR`, `-3`) into minor units.
///
/// The last separator is the decimal one when at most `exponent` digits follow it; groups must be of three digits.
pub fn parse_amount(text: &str, currency: Currency) -> Result<i64, AmountError> {
    let mut rest: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'' && *c != '\u{2019}').collect();
    if rest.is_empty() {
        return Err(AmountError::Empty);
    }
    let mut negative = false;
    loop {
        let before = rest.len();
        for sign in [currency.sign(), currency.code(), "$"] {
            if !sign.is_empty() {
                if let Some(cut) = rest.strip_prefix(sign) {
                    rest = cut.to_owned();
                } else if let Some(cut) = rest.strip_suffix(sign) {
                    rest = cut.to_owned();
                }
            }
        }
        if !negative && let Some(cut) = rest.strip_prefix(['-', '\u{2212}']) {
            negative = true;
            rest = cut.to_owned();
        }
        if rest.len() == before {
            break;
        }
    }
    let digits_only = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let exponent = currency.exponent();
    let (whole, fraction) = match rest.rfind(['.', ',']) {
        None => (rest.as_str(), ""),
        Some(at) => {
            let (head, tail) = (&rest[..at], &rest[at + 1..]);
            let separator = rest.as_bytes()[at];
            let grouped = head.bytes().any(|b| b == separator);
            if tail.len() == 3 && exponent != 3 && digits_only(tail) && (grouped || separator == b',' || exponent == 0)
            {
                (rest.as_str(), "")
            } else if grouped {
                return Err(AmountError::NotANumber);
            } else {
                (head, tail)
            }
        }
    };
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return Err(AmountError::NotANumber);
        }
        plain.push_str(group);
    }
    if plain.is_empty() && !fraction.is_empty() {
        plain.push('0');
    }
    if !digits_only(&plain) || !(fraction.is_empty() || digits_only(fraction)) {
        return Err(AmountError::NotANumber);
    }
    let significant = fraction.trim_end_matches('0');
    if significant.len() > exponent as usize {
        return Err(AmountError::TooManyDecimals(exponent));
    }
    let whole: i64 = plain.parse().map_err(|_| AmountError::TooLarge)?;
    let mut fraction_minor: i64 = 0;
    for i in 0..exponent as usize {
        let digit = significant.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
        fraction_minor = fraction_minor * 10 + digit;
    }
    let minor = whole
        .checked_mul(currency.unit_minor())
        .and_then(|m| m.checked_add(fraction_minor))
        .filter(|m| *m <= AMOUNT_MAX_MINOR)
        .ok_or(AmountError::TooLarge)?;
    Ok(if negative { -minor } else { minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn amounts_are_written_as_each_language_writes_them() {
        let table = [
            (Language::English, "GBP", 123_450, "£1,234.50"),
            (Language::German, "EUR", 123_450, "1.234,50\u{a0}€"),
            (Language::German, "CHF", -500, "-5,00\u{a0}CHF"),
            (Language::French, "EUR", 123_456_789, "1\u{202f}234\u{202f}567,89\u{a0}€"),
            (Language::Spanish, "EUR", 5, "0,05\u{a0}€"),
            (Language::Spanish, "JPY", 1200, "1.200\u{a0}¥"),
        ];
        for (language, code, minor, expected) in table {
            assert_eq!(Money::new(minor, currency(code)).show_in(language), expected);
        }
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let table: &[(&str, &str, Result<i64, AmountError>)] = &[
            ("25", "GBP", Ok(2500)),
            ("25.5", "GBP", Ok(2550)),
            ("£1,234.50", "GBP", Ok(123_450)),
            ("1.234,50 EUR", "EUR", Ok(123_450)),
            ("1 234,50 €", "EUR", Ok(123_450)),
            ("1,234", "USD", Ok(123_400)),
            ("1,234,567", "USD", Ok(123_456_700)),
            ("-3", "USD", Ok(-300)),
            ("-$3.10", "USD", Ok(-310)),
            (".50", "USD", Ok(50)),
            ("50.390", "USD", Ok(5039)),
            ("50.391", "USD", Err(AmountError::TooManyDecimals(2))),
            ("1200", "JPY", Ok(1200)),
            ("1,200", "JPY", Ok(1200)),
            ("1.5", "JPY", Err(AmountError::TooManyDecimals(0))),
            ("1.234", "KWD", Ok(1234)),
            ("", "GBP", Err(AmountError::Empty)),
            ("  ", "GBP", Err(AmountError::Empty)),
            ("ten", "GBP", Err(AmountError::NotANumber)),
            ("1,23,4", "GBP", Err(AmountError::NotANumber)),
            ("1.2.3", "GBP", Err(AmountError::NotANumber)),
            ("1e5", "GBP", Err(AmountError::NotANumber)),
            ("99999999999999999999", "GBP", Err(AmountError::TooLarge)),
        ];
        for (text, code, expected) in table {
            assert_eq!(parse_amount(text, currency(code)), *expected, "{text} {code}");
        }
    }

    #[test]
    fn amounts_are_shown_with_their_own_minor_unit() {
        assert_eq!(Money::new(123_450, currency("GBP")).show(), "£1,234.50");
        assert_eq!(Money::new(-5, currency("USD")).show(), "-$0.05");
        assert_eq!(Money::new(1_200, currency("JPY")).show(), "¥1,200");
        assert_eq!(Money::new(1_200, currency("CHF")).show(), "CHF\u{a0}12.00");
        assert_eq!(Money::new(1_234_567, currency("KWD")).decimal(), "1234.567");
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back_as_the_same_amount(minor in -AMOUNT_MAX_MINOR..AMOUNT_MAX_MINOR, which in 0usize..5) {
            let currency = currency(["GBP", "EUR", "JPY", "KWD", "CHF"][which]);
            let money = Money::new(minor, currency);
            proptest::prop_assert_eq!(parse_amount(&money.show(), currency), Ok(minor));
            proptest::prop_assert_eq!(parse_amount(&money.decimal(), currency), Ok(minor));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,40}") {
            let _ = parse_amount(&text, currency("EUR"));
        }
    }
}
