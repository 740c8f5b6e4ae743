//! What people type: amounts, dates, times, addresses, references, bank details, telephone numbers, and words that mean stop.

use chrono::Datelike as _;
use kept_domain::bank::BankDetails;
use kept_domain::calendar::{iso, parse_iso, parse_typed, show};
use kept_domain::contact::says_stop;
use kept_domain::holidays::Region;
use kept_domain::hours::TimeOfDay;
use kept_domain::late_charge::parse_per_cent;
use kept_domain::money::{AMOUNT_MAX_MINOR, Currency, Money, parse_amount};
use kept_domain::reference::PaymentReference;
use kept_domain::table::{
    DateOrder, DecimalMark, read_amount, read_date, read_email, read_flag, read_lines, read_text,
};
use kept_intake::sms::number::e164;

/// Reads a text in every way in which one is read.
pub fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    amounts(&text);
    dates(&text);
    texts(&text);
    references(&text);
    details(&text);
    for country in ["GB", "DE", "US", ""] {
        if let Some(number) = e164(&text, country) {
            assert!(
                number.starts_with('+') && number.bytes().skip(1).all(|b| b.is_ascii_digit()),
                "{text:?}: {number}"
            );
            assert_eq!(e164(&number, country).as_deref(), Some(number.as_str()), "{text:?}");
        }
    }
    says_stop(&text);
}

fn amounts(text: &str) {
    for currency in ["GBP", "JPY", "KWD", "HUF", "CHF"].into_iter().filter_map(Currency::parse) {
        let typed = parse_amount(text, currency);
        if let Ok(minor) = typed {
            assert!(minor.abs() <= AMOUNT_MAX_MINOR, "{text:?}: {minor}");
            let money = Money::new(minor, currency);
            assert_eq!(parse_amount(&money.decimal(), currency), Ok(minor), "{text:?}");
            assert_eq!(parse_amount(&money.show(), currency), Ok(minor), "{text:?}");
        }
        if let Ok(minor) = read_amount(text, currency, None) {
            assert!(minor > 0 && typed == Ok(minor), "{text:?}: {minor}");
        }
        for mark in [DecimalMark::Point, DecimalMark::Comma] {
            let Ok(minor) = read_amount(text, currency, Some(mark)) else { continue };
            assert!((1..=AMOUNT_MAX_MINOR).contains(&minor), "{text:?}: {minor}");
            let written = Money::new(minor, currency).decimal();
            let written = if mark == DecimalMark::Comma { written.replace('.', ",") } else { written };
            assert_eq!(read_amount(&written, currency, Some(mark)), Ok(minor), "{text:?}: {written}");
        }
    }
    if let Ok(rate) = parse_per_cent(text) {
        assert!((0..100_000).contains(&rate), "{text:?}: {rate}");
        assert_eq!(parse_per_cent(&format!("{}.{:02}", rate / 100, rate % 100)), Ok(rate), "{text:?}");
    }
}

fn dates(text: &str) {
    for on in [parse_iso(text), parse_typed(text)].into_iter().flatten() {
        assert_eq!(parse_iso(&iso(on)), Some(on), "{text:?}");
    }
    if let Some(on) = parse_typed(text) {
        assert_eq!(parse_typed(&show(on)), Some(on), "{text:?}");
    }
    for order in DateOrder::ALL {
        let Ok(on) = read_date(text, order) else { continue };
        assert!((1900..2200).contains(&on.year()), "{text:?}: {on}");
        for other in DateOrder::ALL {
            assert_eq!(
                read_date(&iso(on), other),
                Ok(on),
                "{text:?}: a date that begins with its year is read as it is"
            );
        }
    }
    if let Some(time) = TimeOfDay::parse(text) {
        assert_eq!(TimeOfDay::parse(&time.show()), Some(time), "{text:?}");
    }
    if let Some(region) = Region::parse(text) {
        let code = region.part.as_ref().map_or(region.country.clone(), |part| format!("{}-{part}", region.country));
        assert_eq!(Region::parse(&code), Some(region), "{text:?}");
    }
}

fn texts(text: &str) {
    if let Ok(line) = read_text(text, 60) {
        assert!(line.chars().count() <= 60 && !line.chars().any(char::is_control), "{text:?}");
        assert_eq!(read_text(&line, 60).as_ref(), Ok(&line));
    }
    if let Ok(lines) = read_lines(text, 60) {
        assert!(lines.lines().all(|l| l == l.trim() && !l.is_empty()), "{text:?}: {lines:?}");
        assert_eq!(read_lines(&lines, 60).as_ref(), Ok(&lines));
    }
    if let Ok(address) = read_email(text) {
        assert!(address.is_empty() || address.matches('@').count() == 1, "{text:?}");
        assert_eq!(read_email(&address).as_ref(), Ok(&address));
    }
    assert_eq!(read_flag(text).ok(), read_flag(&text.to_lowercase()).ok(), "{text:?}");
}

fn references(text: &str) {
    let read = PaymentReference::parse(text);
    if let Some(reference) = &read {
        assert_eq!(PaymentReference::parse(reference.as_str()).as_ref(), Some(reference), "{text:?}");
        assert_eq!(PaymentReference::parse(&reference.grouped()).as_ref(), Some(reference), "{text:?}");
        assert!(reference.as_str().len() <= 25, "{text:?}");
    }
    let found = PaymentReference::find_all(text);
    for (at, reference) in found.iter().enumerate() {
        assert_eq!(PaymentReference::parse(reference.as_str()).as_ref(), Some(reference), "{text:?}");
        assert!(!found[..at].contains(reference), "{text:?}: each once");
    }
    // Whatever stands around one of our own, it is found.
    let own = PaymentReference::of(&text.into());
    assert!(PaymentReference::find_all(&format!("{text} {} {text}", own.grouped())).contains(&own), "{text:?}");
}

fn details(text: &str) {
    let mut parts = text.splitn(3, '\n');
    let (first, second, third) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    for (iban, bic, local) in [(text, "", ""), (first, second, third), ("", "", text)] {
        let Ok(details) = BankDetails::read("Alder Tools", iban, bic, local) else { continue };
        let again = BankDetails::read(&details.holder, &details.iban_grouped(), &details.bic, &details.local);
        assert_eq!(again.as_ref(), Ok(&details), "{text:?}");
        assert!(details.iban.len() <= 34 && matches!(details.bic.len(), 0 | 8 | 11), "{text:?}");
    }
}
