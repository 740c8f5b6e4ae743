//! Public holidays, by country and part of it, as a table that names its source.

use crate::calendar::parse_iso;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A country, or a part of it where that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Region {
    /// ISO 3166-1 two-letter code in capitals.
    pub country: String,
    /// The part of the ISO 3166-2 code after the hyphen: `NSW`, `BY`, `SCT`; `None` where it is not known.
    pub part: Option<String>,
}

impl Region {
    /// Reads `AU` or `AU-NSW`, in any case.
    pub fn parse(code: &str) -> Option<Self> {
        let upper = code.trim().to_ascii_uppercase();
        let (country, part) = upper.split_once('-').map_or((upper.as_str(), None), |(c, p)| (c, Some(p)));
        let is_code = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        (country.len() == 2 && is_code(country, 2) && part.is_none_or(|part| is_code(part, 3)))
            .then(|| Self { country: country.to_owned(), part: part.map(str::to_owned) })
    }
}

/// Where a day is a holiday within a country.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Extent {
    Everywhere,
    In(Vec<String>),
}

/// Holidays of many countries over some years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    days: BTreeMap<String, BTreeMap<NaiveDate, Extent>>,
}

/// A line of the table that cannot be read, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLine(
    /// Its number.
    pub usize,
);

impl Holidays {
    /// Reads lines of `date,country,parts,name`, in which parts are separated by spaces, and `*` is all of the country.
    /// Lines that begin with `#` are comments, and the first other one is the heading.
    pub fn parse(text: &str) -> Result<Self, BadLine> {
        let mut holidays = Self::default();
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        for (at, line) in lines.skip(1) {
            let bad = BadLine(at + 1);
            let mut cells = line.splitn(4, ',');
            let (Some(on), Some(country), Some(parts)) = (cells.next(), cells.next(), cells.next()) else {
                return Err(bad);
            };
            let on = parse_iso(on).ok_or(bad)?;
            let region = Region::parse(country).filter(|region| region.part.is_none()).ok_or(bad)?;
            let extent = match parts {
                "*" => Extent::Everywhere,
                "" => return Err(bad),
                parts => Extent::In(parts.split(' ').map(str::to_owned).collect()),
            };
            holidays.days.entry(region.country).or_default().insert(on, extent);
        }
        Ok(holidays)
    }

    /// Whether a day is a public holiday in a region. Where the part of a country is not known, a holiday of any part
    /// counts: nobody is disturbed on their holiday because we do not know their address.
    pub fn is_holiday(&self, region: &Region, on: NaiveDate) -> bool {
        match self.days.get(&region.country).and_then(|days| days.get(&on)) {
            None => false,
            Some(Extent::Everywhere) => true,
            Some(Extent::In(parts)) => region.part.as_ref().is_none_or(|part| parts.contains(part)),
        }
    }

    /// The countries of which holidays are known.
    pub fn countries(&self) -> impl Iterator<Item = &str> {
        self.days.keys().map(String::as_str)
    }

    /// The last day of which anything is known; beyond it no day is a holiday.
    pub fn last_on(&self) -> Option<NaiveDate> {
        self.days.values().filter_map(|days| days.keys().next_back().copied()).max()
    }

    /// All holidays of a country in order, with the parts in which they are (`*` for all of them).
    pub fn of_country<'a>(&'a self, country: &str) -> impl Iterator<Item = (NaiveDate, String)> + 'a {
        self.days.get(country).into_iter().flatten().map(|(on, extent)| match extent {
            Extent::Everywhere => (*on, "*".to_owned()),
            Extent::In(parts) => (*on, parts.join(" ")),
        })
    }
}

#[cfg(any(test, feature = "zones"))]
mod file {
    use super::Holidays;

    /// The table, which tests/it/contact/public_holidays.py makes and compares with its source.
    pub const FILE: &str = include_str!("../data/holidays.csv");

    /// All holidays that are known. The table is part of the program, and a test reads it.
    pub fn all() -> &'static Holidays {
        static ALL: std::sync::LazyLock<Holidays> =
            std::sync::LazyLock::new(|| Holidays::parse(FILE).unwrap_or_default());
        &ALL
    }
}
#[cfg(any(test, feature = "zones"))]
pub use file::{FILE, all};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_is_where_it_is() {
        assert!(Holidays::parse(FILE).is_ok());
        let table = [
            ("2026-12-25", "GB", true),
            ("2026-11-30", "GB-SCT", true),
            ("2026-11-30", "GB-ENG", false),
            ("2026-11-30", "GB", true), // Saint Andrew's Day: they may be in Scotland.
            ("2026-07-04", "US", true),
            ("2026-07-03", "US", true), // The 4th is a Saturday.
            ("2026-11-26", "US-CA", true),
            ("2026-06-04", "DE-BY", true),
            ("2026-06-04", "DE-BE", false),
            ("2026-10-03", "DE-BE", true),
            ("2026-11-03", "AU-NSW", false),
            ("2026-11-03", "AU-VIC", true), // Melbourne Cup.
            ("2026-11-03", "AU", true),
            ("2026-07-14", "FR", true),
            ("2026-05-17", "SE", false), // A Sunday like any other.
            ("2026-12-25", "JP", false), // Nothing is known of Japan.
        ];
        for (on, region, expected) in table {
            let region = Region::parse(region).unwrap();
            assert_eq!(all().is_holiday(&region, parse_iso(on).unwrap()), expected, "{on} {region:?}");
        }
    }

    #[test]
    fn a_region_is_a_country_and_perhaps_a_part() {
        assert_eq!(Region::parse("au-nsw"), Some(Region { country: "AU".into(), part: Some("NSW".into()) }));
        assert_eq!(Region::parse("IE"), Some(Region { country: "IE".into(), part: None }));
        for text in ["", "A", "AUS", "AU-", "AU-NSWX", "ÄU", "AU-N-S"] {
            assert_eq!(Region::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let head = "# source\ndate,country,parts,name\n";
        for line in ["2026-13-01,GB,*,x", "2026-01-01,GBR,*,x", "2026-01-01,GB,,x", "2026-01-01"] {
            assert_eq!(Holidays::parse(&format!("{head}{line}\n")), Err(BadLine(3)), "{line}");
        }
    }
}
