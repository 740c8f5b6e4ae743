//! Settlements: less than is owed, by a day, in full and final settlement. What the business would accept is its secret:
//! nothing here is shown to anybody but the business, and every offer below the floor gets the same answer.

use crate::calendar::{days_between, plus_days};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Offers that somebody may make in [`OFFERS_DAYS`], whatever became of them.
pub const OFFERS_MAX: i64 = 3;
/// See [`OFFERS_MAX`].
pub const OFFERS_DAYS: i64 = 30;
/// Offers that may come from one network address in a day: a household or an office, not somebody who tries links out.
pub const OFFERS_OF_ADDRESS_MAX: usize = 10;
/// Rules at most.
pub const RULES_MAX: usize = 3;
/// Days from today to the day of a settlement at most, whatever a rule says.
pub const WITHIN_DAYS_MAX: u32 = 366;

/// Who answers offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offers {
    /// Nobody can make one.
    Off,
    /// A person of the business decides on each.
    Person,
    /// The rules, and a person on what they do not speak of.
    Rules,
}

impl Offers {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Person, Self::Rules];

    /// The name in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Person => "person",
            Self::Rules => "rules",
        }
    }

    /// Reads a name written by [`Offers::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// What the rules answer to an offer below the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Below {
    /// Another offer, the same for every offer below the floor.
    Counter,
    /// No.
    Decline,
    /// Nothing: a person decides.
    Person,
}

impl Below {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Decline, Self::Person];

    /// The name in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Decline => "decline",
            Self::Person => "person",
        }
    }

    /// Reads a name written by [`Below::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// What is accepted of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Only where the oldest invoice is at least so many days past due.
    pub min_age_days: u32,
    /// Only for balances from so many minor units on.
    pub from_minor: i64,
    /// Only for balances up to so many minor units; `None` for all above.
    pub up_to_minor: Option<i64>,
    /// Only where it is paid within so many days.
    pub within_days: u32,
    /// The least that is accepted, in per cent of the balance: the business's secret.
    pub floor_percent: u8,
    /// What an offer below that is answered with, in per cent of the balance; never less than the floor.
    pub counter_percent: u8,
}

/// What a business does with offers of less than is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Who answers.
    pub offers: Offers,
    /// What offers below the floor get.
    pub below: Below,
    /// What is accepted, where [`Offers::Rules`]; at most [`RULES_MAX`].
    pub rules: Vec<Rule>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { offers: Offers::Off, below: Below::Person, rules: Vec::new() }
    }
}

/// Why a policy cannot be kept. Rules are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// The rules are to answer, and there is none.
    NoRule,
    /// The floor of a rule is not between 1 and 99 per cent.
    Floor(usize),
    /// The counter-offer of a rule is below its floor, or is the whole.
    Counter(usize),
    /// The balances of a rule end before they begin.
    Band(usize),
    /// The days of a rule are none, or more than [`WITHIN_DAYS_MAX`].
    Within(usize),
}

impl PolicyError {
    /// What to tell the business.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoRule => "Write at least one rule, or let a person decide",
            Self::Floor(_) => "Enter a whole number of per cent from 1 to 99",
            Self::Counter(_) => "Enter a whole number of per cent, from the least that you accept to 99",
            Self::Band(_) => "The largest balance must not be less than the smallest",
            Self::Within(_) => "Enter a whole number of days from 1 to 366",
        }
    }
}

impl Policy {
    /// Checks that every rule can be met.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), PolicyError> {
        if self.offers == Offers::Rules && self.rules.is_empty() {
            return Err(PolicyError::NoRule);
        }
        for (n, rule) in self.rules.iter().enumerate() {
            if !(1..=99).contains(&rule.floor_percent) {
                return Err(PolicyError::Floor(n));
            }
            if !(rule.floor_percent..=99).contains(&rule.counter_percent) {
                return Err(PolicyError::Counter(n));
            }
            if rule.from_minor < 0 || rule.up_to_minor.is_some_and(|up_to| up_to < rule.from_minor) {
                return Err(PolicyError::Band(n));
            }
            if !(1..=WITHIN_DAYS_MAX).contains(&rule.within_days) {
                return Err(PolicyError::Within(n));
            }
        }
        Ok(())
    }

    /// Whether offers can be made at all.
    pub fn takes_offers(&self) -> bool {
        self.offers != Offers::Off
    }

    /// What the rules say to an offer. `trusted` is false for somebody whose last settlement was not kept: a person decides.
    pub fn answer(&self, offer: &Offer, trusted: bool) -> Answer {
        if self.offers != Offers::Rules || !trusted {
            return Answer::Person;
        }
        let speaks = |rule: &&Rule| {
            offer.age_days >= i64::from(rule.min_age_days)
                && offer.balance_minor >= rule.from_minor
                && rule.up_to_minor.is_none_or(|up_to| offer.balance_minor <= up_to)
        };
        let rules: Vec<&Rule> = self.rules.iter().filter(speaks).collect();
        let days = days_between(offer.today, offer.by);
        let enough = |rule: &Rule| offer.amount_minor >= share(offer.balance_minor, rule.floor_percent);
        if rules.iter().any(|rule| enough(rule) && days <= i64::from(rule.within_days)) {
            return Answer::Accept;
        }
        let Some(first) = rules.first() else { return Answer::Person };
        if rules.iter().any(|rule| enough(rule)) {
            // Enough, only later than the rule allows.
            return Answer::Person;
        }
        match self.below {
            Below::Person => Answer::Person,
            Below::Decline => Answer::Decline,
            // Neither the amount nor the day depends on what was offered: it tells nothing of the floor but that it is not
            // above this.
            Below::Counter => Answer::Counter {
                amount_minor: share(offer.balance_minor, first.counter_percent),
                by: plus_days(offer.today, first.within_days),
            },
        }
    }
}

/// So many per cent of a balance, in minor units, rounded up.
fn share(balance_minor: i64, percent: u8) -> i64 {
    i64::try_from((i128::from(balance_minor) * i128::from(percent) + 99) / 100).unwrap_or(balance_minor)
}

/// What somebody offers, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Minor units.
    pub amount_minor: i64,
    /// The day.
    pub by: NaiveDate,
    /// What is left to pay, in minor units.
    pub balance_minor: i64,
    /// Days since the oldest invoice was due; negative before.
    pub age_days: i64,
    /// The business's date.
    pub today: NaiveDate,
}

/// What the rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is agreed.
    Accept,
    /// Another offer.
    Counter {
        /// Minor units.
        amount_minor: i64,
        /// The day.
        by: NaiveDate,
    },
    /// No.
    Decline,
    /// A person decides.
    Person,
}

/// Why an offer cannot be made as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferError {
    /// Zero or less.
    AmountNotPositive,
    /// All that is left, or more.
    NotLess,
    /// The day is gone.
    InPast,
    /// More than [`WITHIN_DAYS_MAX`] days away.
    TooFar,
}

impl OfferError {
    /// What to tell the person who typed it.
    pub fn words(self) -> &'static str {
        match self {
            Self::AmountNotPositive => "Enter an amount that is more than zero",
            Self::NotLess => "Enter an amount that is less than what is left to pay",
            Self::InPast => "Enter a date that is today or later",
            Self::TooFar => "Enter a date within the next year",
        }
    }
}

/// Whether an offer can be made at all. This says nothing of what the business would accept.
///
/// # Errors
/// Why it cannot.
pub fn check_offer(offer: &Offer) -> Result<(), OfferError> {
    if offer.amount_minor <= 0 {
        return Err(OfferError::AmountNotPositive);
    }
    if offer.amount_minor >= offer.balance_minor {
        return Err(OfferError::NotLess);
    }
    match days_between(offer.today, offer.by) {
        i64::MIN..=-1 => Err(OfferError::InPast),
        days if days > i64::from(WITHIN_DAYS_MAX) => Err(OfferError::TooFar),
        _ => Ok(()),
    }
}

/// What is taken off each invoice once a settlement is paid, in order and never more than `rest_minor` in all. Each invoice
/// is given as the minor units left of it, and those of them that were in dispute before the settlement was agreed, and so
/// are no part of it.
pub fn discounts(rest_minor: i64, invoices: &[(i64, i64)]) -> Vec<i64> {
    let mut rest = rest_minor.max(0);
    let taken_off = |(left_minor, held_minor): &(i64, i64)| {
        let part = (left_minor - held_minor).clamp(0, rest);
        rest -= part;
        part
    };
    invoices.iter().map(taken_off).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn rule(floor_percent: u8) -> Rule {
        Rule { min_age_days: 30, from_minor: 0, up_to_minor: None, within_days: 14, floor_percent, counter_percent: 80 }
    }

    fn policy() -> Policy {
        let old = Rule { min_age_days: 180, ..rule(40) };
        Policy { offers: Offers::Rules, below: Below::Counter, rules: vec![rule(60), old] }
    }

    fn offer(amount_minor: i64, age_days: i64) -> Offer {
        let today = day("2026-11-25");
        Offer { amount_minor, by: plus_days(today, 14), balance_minor: 60_001, age_days, today }
    }

    #[test]
    fn the_floor_is_rounded_up_and_an_old_debt_has_its_own() {
        let counter = Answer::Counter { amount_minor: 48_001, by: day("2026-12-09") };
        for (amount, age, answer) in [
            (36_001, 40, Answer::Accept),
            (36_000, 40, counter),
            (24_001, 180, Answer::Accept),
            (24_000, 180, counter),
            (60_000, 29, Answer::Person),
        ] {
            assert_eq!(policy().answer(&offer(amount, age), true), answer, "{amount} after {age} days");
        }
        assert_eq!(policy().answer(&offer(60_000, 40), false), Answer::Person);
        let late = Offer { by: day("2026-12-10"), ..offer(60_000, 40) };
        assert_eq!(policy().answer(&late, true), Answer::Person, "enough, but later");
        let by_hand = Policy { offers: Offers::Person, ..policy() };
        assert_eq!(by_hand.answer(&offer(60_000, 40), true), Answer::Person);
    }

    #[test]
    fn a_policy_that_cannot_be_met_is_refused() {
        let with = |rule| Policy { rules: vec![rule], ..policy() }.check();
        assert_eq!(policy().check(), Ok(()));
        assert_eq!(with(rule(0)), Err(PolicyError::Floor(0)));
        assert_eq!(with(rule(81)), Err(PolicyError::Counter(0)));
        assert_eq!(with(Rule { counter_percent: 100, ..rule(60) }), Err(PolicyError::Counter(0)));
        assert_eq!(with(Rule { from_minor: 5, up_to_minor: Some(4), ..rule(60) }), Err(PolicyError::Band(0)));
        assert_eq!(with(Rule { within_days: 0, ..rule(60) }), Err(PolicyError::Within(0)));
        assert_eq!(Policy { rules: Vec::new(), ..policy() }.check(), Err(PolicyError::NoRule));
    }

    #[test]
    fn what_was_in_dispute_before_is_no_part_of_it() {
        assert_eq!(discounts(500, &[(300, 0), (400, 150), (100, 0)]), [300, 200, 0]);
        assert_eq!(discounts(500, &[(300, 300), (100, 0)]), [0, 100]);
    }

    proptest! {
        #[test]
        fn every_offer_below_the_floor_gets_the_same_answer(one in 1i64..36_001, other in 1i64..36_001) {
            prop_assert_eq!(policy().answer(&offer(one, 40), true), policy().answer(&offer(other, 40), true));
        }

        #[test]
        fn more_is_never_answered_worse(amount in 1i64..60_000, more in 0i64..60_000, age in 0i64..400) {
            let more = (amount + more).min(60_000);
            if policy().answer(&offer(amount, age), true) == Answer::Accept {
                prop_assert_eq!(policy().answer(&offer(more, age), true), Answer::Accept);
            }
        }

        #[test]
        fn no_more_is_taken_off_than_is_left(
            rest in -5i64..1000,
            invoices in prop::collection::vec((0i64..500, 0i64..600), 0..6),
        ) {
            let parts = discounts(rest, &invoices);
            prop_assert!(parts.iter().sum::<i64>() <= rest.max(0));
            prop_assert!(parts.iter().zip(&invoices).all(|(part, (left, _))| *part >= 0 && part <= left));
        }
    }
}
