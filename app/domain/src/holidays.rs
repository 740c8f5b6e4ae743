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
