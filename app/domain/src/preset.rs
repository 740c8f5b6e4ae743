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
    /// Where it can be read.
    pub url: String,
    /// Since when it has been in force, as an ISO date.
    pub effective_on: String,
    /// The day on which the file was last compared with its source, as an ISO date.
    pub reviewed_on: String,
    /// Days of a breathing space in which nothing is sent and nothing is added to the debt.
    #[serde(default)]
    pub breathing_space_days: Option<u32>,
    /// What it allows.
    #[serde(default)]
    pub bounds: Bounds,
}
