//! Presets: what the law of a country, or courtesy alone, allows, as data files that a lawyer can review. A preset only
//! ever narrows what a business sets itself.

use crate::budget::Budget;
use crate::contact::Channel;
use crate::hours::{Hours, HoursError};
use serde::{Deserialize, Serialize};

/// How often, and in which hours, a person may be contacted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// How often.
    #[serde(default)]
    pub budget: Budget,
    /// In which hours; what all of them permit is permitted.
    #[serde(default)]
    pub hours: Vec<Hours>,
    /// Channels that are not used at all.
    #[serde(default)]
    pub never_by: Vec<Channel>,
}

impl Bounds {
    /// The strictest of both.
    #[must_use]
    pub fn narrowed_by(&self, other: &Self) -> Self {
        Self {
            budget: self.budget.narrowed_by(&other.budget),
            hours: self.hours.iter().chain(&other.hours).cloned().collect(),
            never_by: self.never_by.iter().chain(&other.never_by).copied().collect(),
        }
    }

    /// Checks what a business typed.
    pub fn check(&self) -> Result<(), HoursError> {
        self.hours.iter().try_for_each(Hours::check)
    }
}

/// One preset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// Its name in a policy.
    pub code: String,
    /// Its name for the business.
    pub name: String,
    /// The law or the paper, with its articles.
    pub source: String,
    /// Where it can be read; empty for what is no law.
    #[serde(default)]
    pub url: String,
    /// Since when it has been in force, as an ISO date.
    pub effective_on: String,
    /// Days of a breathing space in which nothing is sent and nothing is added to the debt.
    #[serde(default)]
    pub breathing_space_days: Option<u32>,
    /// What it allows.
    #[serde(default)]
    pub bounds: Bounds,
}

#[cfg(any(test, feature = "zones"))]
mod files {
    use super::Preset;

    /// The files of all presets, the default one first.
    pub const FILES: [&str; 4] = [
        include_str!("../data/contact/courteous.toml"),
        include_str!("../data/contact/us-regulation-f.toml"),
        include_str!("../data/contact/au-rg96.toml"),
        include_str!("../data/contact/uk-conc7.toml"),
    ];

    /// All presets, the default one first. The files are part of the program, and a test reads them.
    pub fn all() -> &'static [Preset] {
        static ALL: std::sync::LazyLock<Vec<Preset>> =
            std::sync::LazyLock::new(|| FILES.iter().filter_map(|file| toml::from_str(file).ok()).collect());
        &ALL
    }
}
#[cfg(any(test, feature = "zones"))]
pub use files::{FILES, all};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Made, Room};
    use crate::calendar::parse_iso;

    #[test]
    fn every_file_is_read_and_names_its_source() {
        for file in FILES {
            let preset: Preset = toml::from_str(file).unwrap_or_else(|error| panic!("{error}\n{file}"));
            assert_eq!(preset.bounds.check(), Ok(()), "{}", preset.code);
            assert!(
                !preset.source.is_empty() && (preset.code == "courteous" || preset.url.starts_with("https://")),
                "{}",
                preset.code
            );
            assert!(parse_iso(&preset.effective_on).is_some(), "{}", preset.code);
        }
        let codes: Vec<&str> = all().iter().map(|preset| preset.code.as_str()).collect();
        assert_eq!(codes, ["courteous", "us-regulation-f", "au-rg96", "uk-conc7"]);
    }

    #[test]
    fn a_preset_only_narrows() {
        let day = crate::budget::DAY_MS;
        let made = [1, 2, 3, 9, 20].map(|ago| Made { at_ms: -ago * day, channel: Channel::Email, reached: true });
        for a in all() {
            for b in all() {
                let both = a.bounds.narrowed_by(&b.bounds);
                for channel in Channel::ALL {
                    let at = |bounds: &Bounds| match bounds.budget.room(&made, channel, 0) {
                        Room::Now => 0,
                        Room::At(at_ms, _) => at_ms,
                        Room::None => i64::MAX,
                    };
                    assert_eq!(at(&both), at(&a.bounds).max(at(&b.bounds)), "{} with {}, {channel:?}", a.code, b.code);
                }
            }
        }
    }
}
