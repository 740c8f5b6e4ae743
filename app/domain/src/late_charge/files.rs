//! The presets as their files have them.

use super::{Changes, FileError, Preset, Tier, parse_per_cent};
use crate::calendar::parse_iso;
use crate::money::{Currency, parse_amount};
use chrono::Datelike as _;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A preset as its file has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: String,
    name: String,
    source: String,
    url: String,
    effective_on: String,
    currency: String,
    points: String,
    changes: Changes,
    reference_days: [String; 2],
    fixed: Vec<FileTier>,
    rates: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTier {
    #[serde(default)]
    below: Option<String>,
    sum: String,
}

impl File {
    fn preset(self) -> Result<Preset, FileError> {
        let wrong = |what: &str| FileError(format!("{}: {what}", self.code));
        let currency = Currency::parse(&self.currency).ok_or_else(|| wrong("currency"))?;
        let day = |text: &str| -> Result<(u32, u32), FileError> {
            let on = parse_iso(&format!("2001-{text}")).ok_or_else(|| wrong("reference_days"))?;
            Ok((on.month(), on.day()))
        };
        let [first, second] = &self.reference_days;
        let mut fixed = Vec::new();
        for tier in &self.fixed {
            let minor = |text: &str| parse_amount(text, currency).map_err(|_| wrong(text));
            let below_minor = tier.below.as_deref().map(minor).transpose()?;
            fixed.push(Tier { below_minor, sum_minor: minor(&tier.sum)? });
        }
        let mut rates = BTreeMap::new();
        for (on, rate) in &self.rates {
            rates.insert(parse_iso(on).ok_or_else(|| wrong(on))?, parse_per_cent(rate)?);
        }
        Ok(Preset {
            effective_on: parse_iso(&self.effective_on).ok_or_else(|| wrong("effective_on"))?,
            currency,
            points_bp: parse_per_cent(&self.points)?,
            changes: self.changes,
            reference_days: [day(first)?, day(second)?],
            fixed,
            rates,
            code: self.code,
            name: self.name,
            source: self.source,
            url: self.url,
        })
    }
}

impl Preset {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read, or something in it is not what it should be.
    pub fn read(file: &str) -> Result<Self, FileError> {
        toml::from_str::<File>(file).map_err(|e| FileError(e.to_string()))?.preset()
    }
}

/// The files of all presets.
pub const FILES: [&str; 2] =
    [include_str!("../../data/late_charge/uk-1998.toml"), include_str!("../../data/late_charge/eu-2011-7.toml")];

/// All presets. The files are part of the program, and a test reads them.
pub fn all() -> &'static [Preset] {
    static ALL: std::sync::LazyLock<Vec<Preset>> =
        std::sync::LazyLock::new(|| FILES.iter().filter_map(|file| Preset::read(file).ok()).collect());
    &ALL
}
