//! Telephone numbers as carriers want them, by the rules of Google's libphonenumber.

use phonenumber::{Mode, country};

/// The number in E.164, `+447911123456`: as it is dialled from the debtor's country (ISO 3166), or with its own country
/// code. `None` where it is no number that exists.
pub fn e164(typed: &str, country: &str) -> Option<String> {
    let home: Option<country::Id> = country.parse().ok();
    let number = phonenumber::parse(home, typed).ok()?;
    number.is_valid().then(|| number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_dialled_at_home() {
        for (typed, country, expected) in [
            ("07911 123456", "GB", Some("+447911123456")),
            ("(0)7911-123-456", "GB", Some("+447911123456")),
            ("+44 7911 123456", "", Some("+447911123456")),
            ("0044 7911 123456", "DE", Some("+447911123456")),
            ("0171 1234567", "DE", Some("+491711234567")),
            ("06 12 34 56 78", "FR", Some("+33612345678")),
            ("612 345 678", "ES", Some("+34612345678")),
            // In Italy the zero stays.
            ("06 6982", "IT", Some("+39066982")),
            ("(415) 555-2671", "US", Some("+14155552671")),
            ("07911 123456", "", None),
            ("07911 123456", "ZZ", None),
            ("12", "GB", None),
            ("not a number", "GB", None),
            ("", "GB", None),
        ] {
            assert_eq!(e164(typed, country).as_deref(), expected, "{typed:?} in {country:?}");
        }
    }
}
