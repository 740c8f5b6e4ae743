//! Terms: what a business accepts without being asked (its published envelope), by balance and record.

use crate::calendar::Frequency;
use serde::{Deserialize, Serialize};

/// The limits inside which a plan, a promise or a part payment is accepted at once. All of them are public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Smallest instalment, in minor units; the last one may be smaller.
    pub min_instalment_minor: i64,
    /// Smallest first payment, in per cent of what the plan covers; 0 asks for none.
    pub min_first_percent: u8,
    /// Days from today to the last instalment.
    pub longest_days: u32,
    /// Days from today to the first instalment.
    pub latest_first_days: u32,
    /// Frequencies on offer; never empty.
    pub frequencies: Vec<Frequency>,
    /// Smallest card payment towards a larger balance, in minor units.
    pub min_part_minor: i64,
    /// Days from today to a promised date.
    pub latest_promise_days: u32,
}

impl Terms {
    /// What a new business offers until it says otherwise, for a currency whose major unit has `unit_minor` minor ones.
    pub fn courteous(unit_minor: i64) -> Self {
        Self {
            min_instalment_minor: 10 * unit_minor,
            min_first_percent: 0,
            longest_days: 183,
            latest_first_days: 31,
            frequencies: Frequency::ALL.to_vec(),
            min_part_minor: 5 * unit_minor,
            latest_promise_days: 31,
        }
    }
}

/// One band of a policy: the terms for balances up to a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Balances up to and including this many minor units; `None` for all above.
    pub up_to_minor: Option<i64>,
    /// What is accepted in this band.
    pub terms: Terms,
}

/// A business's terms for every balance, and how much wider they are for somebody with a good record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Ascending by `up_to_minor`, the open-ended one last; never empty.
    pub bands: Vec<Band>,
    /// Days added to the longest term and to the latest dates for a debtor with a good record.
    pub good_record_extra_days: u32,
}

/// Why a policy cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// There is no band, or the last one has an upper limit, or they do not ascend.
    Bands,
    /// A smallest amount is zero or negative.
    Smallest,
    /// The first payment is more than the whole.
    FirstPercent,
    /// The longest term ends before the latest first date, or is longer than ten years.
    Longest,
    /// No frequency is offered.
    Frequencies,
}

impl PolicyError {
    /// What to tell the business.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bands => "Bands must ascend, and the last one must have no upper limit",
            Self::Smallest => "Smallest amounts must be more than zero",
            Self::FirstPercent => "The first payment must be between 0 and 100 per cent",
            Self::Longest => "The longest term must not end before the latest first date, nor be longer than ten years",
            Self::Frequencies => "Offer at least one frequency",
        }
    }
}

impl Policy {
    /// One band of [`Terms::courteous`], and two months more for a good record.
    pub fn courteous(unit_minor: i64) -> Self {
        Self {
            bands: vec![Band { up_to_minor: None, terms: Terms::courteous(unit_minor) }],
            good_record_extra_days: 61,
        }
    }

    /// Checks that every balance has terms, and that they can be met.
    pub fn check(&self) -> Result<(), PolicyError> {
        let limits: Vec<Option<i64>> = self.bands.iter().map(|b| b.up_to_minor).collect();
        let ascending = limits.windows(2).all(|w| match (w[0], w[1]) {
            (Some(a), Some(b)) => a < b,
            (Some(_), None) => true,
            (None, _) => false,
        });
        if limits.last() != Some(&None) || !ascending {
            return Err(PolicyError::Bands);
        }
        for Band { terms, .. } in &self.bands {
            if terms.min_instalment_minor <= 0 || terms.min_part_minor <= 0 {
                return Err(PolicyError::Smallest);
            }
            if terms.min_first_percent > 100 {
                return Err(PolicyError::FirstPercent);
            }
            if terms.longest_days < terms.latest_first_days || terms.longest_days > 3653 {
                return Err(PolicyError::Longest);
            }
            if terms.frequencies.is_empty() {
                return Err(PolicyError::Frequencies);
            }
        }
        Ok(())
    }

    /// The terms for a balance; a good record widens the dates, never the amounts.
    pub fn terms_for(&self, balance_minor: i64, good_record: bool) -> Terms {
        let band = self.bands.iter().find(|b| b.up_to_minor.is_none_or(|limit| balance_minor <= limit));
        let mut terms = match band.or(self.bands.last()) {
            Some(band) => band.terms.clone(),
            None => Terms::courteous(100),
        };
        if good_record {
            terms.longest_days += self.good_record_extra_days;
            terms.latest_first_days += self.good_record_extra_days / 4;
            terms.latest_promise_days += self.good_record_extra_days / 4;
        }
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_gets_the_terms_of_its_band() {
        let mut policy = Policy::courteous(100);
        let mut small = Terms::courteous(100);
        small.longest_days = 92;
        policy.bands.insert(0, Band { up_to_minor: Some(20_000), terms: small });
        assert_eq!(policy.check(), Ok(()));
        assert_eq!(policy.terms_for(20_000, false).longest_days, 92);
        assert_eq!(policy.terms_for(20_001, false).longest_days, 183);
        assert_eq!(policy.terms_for(20_000, true).longest_days, 92 + 61);
    }

    #[test]
    fn a_policy_that_leaves_a_balance_without_terms_is_refused() {
        let mut policy = Policy::courteous(100);
        policy.bands[0].up_to_minor = Some(100);
        assert_eq!(policy.check(), Err(PolicyError::Bands));
        policy.bands.clear();
        assert_eq!(policy.check(), Err(PolicyError::Bands));
        let mut policy = Policy::courteous(100);
        policy.bands[0].terms.frequencies.clear();
        assert_eq!(policy.check(), Err(PolicyError::Frequencies));
        let mut policy = Policy::courteous(100);
        policy.bands[0].terms.latest_first_days = 400;
        assert_eq!(policy.check(), Err(PolicyError::Longest));
    }
}
