//! Plans: instalment schedules that sum to the penny, judged against terms, with the nearest acceptable one.

use crate::calendar::{Frequency, days_between, next_weekday, plus_days};
use crate::terms::Terms;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// More instalments than this are not a plan.
pub const INSTALMENTS_MAX: u32 = 520;

/// How the size of the instalments is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// So many minor units each; the last one is what is left.
    Amount(i64),
    /// So many equal instalments; pennies that do not divide go to the earliest.
    Count(u32),
}

/// What a debtor asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What the plan covers, in minor units.
    pub total_minor: i64,
    /// A first payment that differs from the others, in minor units; 0 for none.
    pub upfront_minor: i64,
    /// The size of the instalments (after the first payment, where there is one).
    pub size: Size,
    /// How often.
    pub frequency: Frequency,
    /// The date of the first payment.
    pub first_on: NaiveDate,
    /// Whether an instalment that would fall on a weekend moves to the Monday after.
    pub skip_weekends: bool,
}

/// One payment of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// The day it is due, in the business's calendar.
    pub due_on: NaiveDate,
    /// Minor units; always more than zero.
    pub amount_minor: i64,
}

/// Payments in order of their dates; never empty, and their sum is exactly what the plan covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The payments.
    pub instalments: Vec<Instalment>,
}

impl Schedule {
    /// The sum of all instalments, in minor units.
    pub fn total_minor(&self) -> i64 {
        self.instalments.iter().map(|i| i.amount_minor).sum()
    }

    /// The day of the last instalment.
    pub fn last_on(&self) -> Option<NaiveDate> {
        self.instalments.last().map(|i| i.due_on)
    }
}

impl Schedule {
    /// The same payments in whole steps of so many minor units: what is less than one goes to the last. Where a payment is
    /// smaller than a step nothing is changed.
    #[must_use]
    pub fn in_steps(mut self, step_minor: i64) -> Self {
        let step_minor = step_minor.max(1);
        if self.instalments.iter().any(|i| i.amount_minor < step_minor) {
            return self;
        }
        let Some((last, others)) = self.instalments.split_last_mut() else { return self };
        for one in others {
            let less = one.amount_minor % step_minor;
            one.amount_minor -= less;
            last.amount_minor += less;
        }
        self
    }
}

/// Why there is no schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanError {
    /// Nothing is left to pay.
    NothingOwed,
    /// The instalment is zero or negative.
    AmountNotPositive,
    /// No instalments, or more than there are pennies.
    CountOutOfRange,
    /// More than [`INSTALMENTS_MAX`] instalments.
    TooMany,
    /// The first payment is negative or more than the whole.
    UpfrontOutOfRange,
    /// A date beyond the calendar.
    DateOutOfRange,
    /// The first date is before today.
    FirstInPast,
}

impl PlanError {
    /// What to tell the person who typed it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NothingOwed => "There is nothing left to pay",
            Self::AmountNotPositive => "Enter an amount for each payment that is more than zero",
            Self::CountOutOfRange => "Enter how many payments you would like, at least 1",
            Self::TooMany => "That would be more payments than we can plan. Choose a larger amount or fewer payments",
            Self::UpfrontOutOfRange => "The first payment cannot be more than the whole amount",
            Self::DateOutOfRange => "Enter a first payment date that is sooner",
            Self::FirstInPast => "The first payment date must be today or later",
        }
    }
}

/// Lays out the payments of a proposal. Their sum is the proposal's total, to the penny.
pub fn schedule(proposal: &Proposal) -> Result<Schedule, PlanError> {
    let Proposal { total_minor, upfront_minor, size, .. } = *proposal;
    if total_minor <= 0 {
        return Err(PlanError::NothingOwed);
    }
    if !(0..=total_minor).contains(&upfront_minor) {
        return Err(PlanError::UpfrontOutOfRange);
    }
    let rest = total_minor - upfront_minor;
    let mut amounts = Vec::new();
    if upfront_minor > 0 {
        amounts.push(upfront_minor);
    }
    match size {
        Size::Amount(each) if each <= 0 => return Err(PlanError::AmountNotPositive),
        Size::Amount(each) => {
            if rest / each >= i64::from(INSTALMENTS_MAX) {
                return Err(PlanError::TooMany);
            }
            let mut left = rest;
            while left > 0 {
                amounts.push(left.min(each));
                left -= left.min(each);
            }
        }
        Size::Count(0) => return Err(PlanError::CountOutOfRange),
        Size::Count(count) if count > INSTALMENTS_MAX => return Err(PlanError::TooMany),
        Size::Count(count) => {
            if rest > 0 && i64::from(count) > rest {
                return Err(PlanError::CountOutOfRange);
            }
            let (base, extra) = (rest / i64::from(count), rest % i64::from(count));
            amounts.extend((0..i64::from(count)).map(|i| base + i64::from(i < extra)).filter(|a| *a > 0));
        }
    }
    let mut instalments = Vec::with_capacity(amounts.len());
    for (n, amount_minor) in (0u32..).zip(amounts) {
        let due_on = proposal.frequency.nth(proposal.first_on, n).ok_or(PlanError::DateOutOfRange)?;
        let due_on = if proposal.skip_weekends { next_weekday(due_on) } else { due_on };
        instalments.push(Instalment { due_on, amount_minor });
    }
    Ok(Schedule { instalments })
}

/// A limit of the terms that a proposal does not meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Instalments must be at least this many minor units.
    MinInstalment(i64),
    /// The first payment must be at least this many minor units.
    MinFirst(i64),
    /// The last payment must be due by this day.
    LastBy(NaiveDate),
    /// The first payment must be due by this day.
    FirstBy(NaiveDate),
    /// Only these frequencies are on offer.
    Frequencies(Vec<Frequency>),
}

/// What the terms say to a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Inside the terms: it may be accepted at once.
    Accepted(Schedule),
    /// Outside them.
    Outside {
        /// What was asked for.
        wanted: Schedule,
        /// Every limit that it does not meet.
        limits: Vec<Limit>,
        /// The nearest proposal that is inside, and its payments.
        nearest: Box<(Proposal, Schedule)>,
    },
}

impl Verdict {
    /// The same with every payment in whole steps, as [`Schedule::in_steps`].
    #[must_use]
    pub fn in_steps(self, step_minor: i64) -> Self {
        match self {
            Self::Accepted(schedule) => Self::Accepted(schedule.in_steps(step_minor)),
            Self::Outside { wanted, limits, nearest } => {
                let (proposal, planned) = *nearest;
                let nearest = Box::new((proposal, planned.in_steps(step_minor)));
                Self::Outside { wanted: wanted.in_steps(step_minor), limits, nearest }
            }
        }
    }
}

/// Judges a proposal against the terms, as of `today` (the business's date).
pub fn judge(proposal: &Proposal, terms: &Terms, today: NaiveDate) -> Result<Verdict, PlanError> {
    if proposal.first_on < today {
        return Err(PlanError::FirstInPast);
    }
    let wanted = schedule(proposal)?;
    let limits = unmet(&wanted, proposal.frequency, proposal.first_on, terms, today);
    if limits.is_empty() {
        return Ok(Verdict::Accepted(wanted));
    }
    let nearest = nearest(proposal, &wanted, terms, today);
    let planned = schedule(&nearest)?;
    Ok(Verdict::Outside { wanted, limits, nearest: Box::new((nearest, planned)) })
}

/// The smallest first payment the terms allow for a total, in minor units, rounded up to the penny.
pub fn min_first_minor(total_minor: i64, terms: &Terms) -> i64 {
    let percent = i128::from(terms.min_first_percent);
    i64::try_from((i128::from(total_minor) * percent + 99) / 100).unwrap_or(total_minor)
}

fn unmet(
    schedule: &Schedule,
    frequency: Frequency,
    first_on: NaiveDate,
    terms: &Terms,
    today: NaiveDate,
) -> Vec<Limit> {
    let mut limits = Vec::new();
    if !terms.frequencies.contains(&frequency) && schedule.instalments.len() > 1 {
        limits.push(Limit::Frequencies(terms.frequencies.clone()));
    }
    let first_by = plus_days(today, terms.latest_first_days);
    if first_on > first_by {
        limits.push(Limit::FirstBy(first_by));
    }
    let min_first = min_first_minor(schedule.total_minor(), terms);
    if schedule.instalments.first().is_some_and(|i| i.amount_minor < min_first) {
        limits.push(Limit::MinFirst(min_first));
    }
    let all_but_last = &schedule.instalments[..schedule.instalments.len().saturating_sub(1)];
    if all_but_last.iter().any(|i| i.amount_minor < terms.min_instalment_minor) {
        limits.push(Limit::MinInstalment(terms.min_instalment_minor));
    }
    let last_by = plus_days(today, terms.longest_days);
    if schedule.last_on().is_some_and(|on| on > last_by) {
        limits.push(Limit::LastBy(last_by));
    }
    limits
}

/// The proposal inside the terms that changes least: the dates and the frequency first, then the first payment, and
/// instalments no larger than the longest term requires.
fn nearest(proposal: &Proposal, wanted: &Schedule, terms: &Terms, today: NaiveDate) -> Proposal {
    let last_by = plus_days(today, terms.longest_days);
    let mut first_on = proposal.first_on.min(plus_days(today, terms.latest_first_days)).min(last_by);
    if proposal.skip_weekends {
        // Shifting to Monday must not carry a payment past the last day.
        while first_on > today && next_weekday(first_on) > last_by {
            first_on = first_on.pred_opt().unwrap_or(first_on);
        }
    }
    let frequency = if terms.frequencies.contains(&proposal.frequency) {
        proposal.frequency
    } else {
        let days = |f: Frequency| [7i64, 14, 28, 30][f as usize];
        let near = terms.frequencies.iter().copied().min_by_key(|f| (days(*f) - days(proposal.frequency)).abs());
        near.unwrap_or(proposal.frequency)
    };
    let total = proposal.total_minor;
    let min_first = min_first_minor(total, terms);
    let first_wanted = wanted.instalments.first().map_or(0, |i| i.amount_minor);
    let at = |n: u32| frequency.nth(first_on, n).map(|on| if proposal.skip_weekends { next_weekday(on) } else { on });
    // Payments that fit before the last day; the first always does.
    let mut fit: u32 = 1;
    while fit < INSTALMENTS_MAX && at(fit).is_some_and(|on| on <= last_by) {
        fit += 1;
    }
    let mut upfront = proposal.upfront_minor;
    if first_wanted < min_first || (upfront > 0 && upfront < terms.min_instalment_minor.min(total)) {
        upfront = upfront.max(min_first).max(terms.min_instalment_minor).min(total);
    }
    let rest = total - upfront;
    let slots = if upfront > 0 { fit - 1 } else { fit };
    if rest > 0 && slots == 0 {
        return Proposal { upfront_minor: 0, size: Size::Count(1), frequency, first_on, ..proposal.clone() };
    }
    let ceil = |a: i64, b: i64| a.div_euclid(b) + i64::from(a.rem_euclid(b) > 0);
    let size = match proposal.size {
        _ if rest == 0 => Size::Count(1),
        Size::Amount(each) => Size::Amount(each.max(terms.min_instalment_minor).max(ceil(rest, i64::from(slots)))),
        Size::Count(count) => {
            let affordable = u32::try_from(rest / terms.min_instalment_minor.max(1)).unwrap_or(u32::MAX).max(1);
            Size::Count(count.min(slots).min(affordable).max(1))
        }
    };
    Proposal {
        total_minor: total,
        upfront_minor: upfront,
        size,
        frequency,
        first_on,
        skip_weekends: proposal.skip_weekends,
    }
}

/// How long a plan runs, in whole days from its first to its last payment.
pub fn length_days(schedule: &Schedule) -> i64 {
    match (schedule.instalments.first(), schedule.instalments.last()) {
        (Some(first), Some(last)) => days_between(first.due_on, last.due_on),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{iso, parse_iso};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn proposal(total_minor: i64, size: Size) -> Proposal {
        Proposal {
            total_minor,
            upfront_minor: 0,
            size,
            frequency: Frequency::Monthly,
            first_on: day("2026-12-31"),
            skip_weekends: false,
        }
    }

    #[test]
    fn what_no_card_is_charged_goes_to_the_last() {
        let amounts = |total: i64, count: u32, step: i64| -> Vec<i64> {
            let planned = schedule(&proposal(total, Size::Count(count))).unwrap().in_steps(step);
            planned.instalments.iter().map(|i| i.amount_minor).collect()
        };
        assert_eq!(amounts(100_000, 3, 10), [33_330, 33_330, 33_340]);
        assert_eq!(amounts(100_004, 3, 10), [33_330, 33_330, 33_344]);
        assert_eq!(amounts(100_000, 3, 1), [33_334, 33_333, 33_333]);
        assert_eq!(amounts(20, 3, 10), [7, 7, 6], "less than a step is left as it is");
    }

    #[test]
    fn pennies_that_do_not_divide_go_to_the_earliest() {
        let planned = schedule(&proposal(10_000, Size::Count(3))).unwrap();
        let amounts: Vec<i64> = planned.instalments.iter().map(|i| i.amount_minor).collect();
        assert_eq!(amounts, [3334, 3333, 3333]);
        let dates: Vec<String> = planned.instalments.iter().map(|i| iso(i.due_on)).collect();
        assert_eq!(dates, ["2026-12-31", "2027-01-31", "2027-02-28"]);
    }

    #[test]
    fn the_last_of_equal_amounts_is_what_is_left() {
        let planned = schedule(&proposal(10_000, Size::Amount(3_000))).unwrap();
        let amounts: Vec<i64> = planned.instalments.iter().map(|i| i.amount_minor).collect();
        assert_eq!(amounts, [3000, 3000, 3000, 1000]);
    }

    #[test]
    fn what_cannot_be_planned_says_why() {
        for (asked, error) in [
            (proposal(0, Size::Count(3)), PlanError::NothingOwed),
            (proposal(100, Size::Count(0)), PlanError::CountOutOfRange),
            (proposal(2, Size::Count(3)), PlanError::CountOutOfRange),
            (proposal(100, Size::Amount(0)), PlanError::AmountNotPositive),
            (proposal(100, Size::Amount(-5)), PlanError::AmountNotPositive),
            (proposal(1_000_000, Size::Amount(1)), PlanError::TooMany),
            (Proposal { upfront_minor: 101, ..proposal(100, Size::Count(1)) }, PlanError::UpfrontOutOfRange),
        ] {
            assert_eq!(schedule(&asked), Err(error));
        }
    }

    #[test]
    fn outside_the_terms_every_binding_limit_is_named() {
        let today = day("2026-11-21");
        let terms = Terms { min_first_percent: 20, ..Terms::courteous(100) };
        let asked = Proposal { first_on: day("2027-02-01"), ..proposal(60_000, Size::Amount(500)) };
        let Verdict::Outside { limits, nearest, .. } = judge(&asked, &terms, today).unwrap() else {
            panic!("inside the terms");
        };
        assert_eq!(
            limits,
            [
                Limit::FirstBy(day("2026-12-22")),
                Limit::MinFirst(12_000),
                Limit::MinInstalment(1_000),
                Limit::LastBy(day("2027-05-23")),
            ]
        );
        assert!(matches!(judge(&nearest.0, &terms, today), Ok(Verdict::Accepted(_))));
    }

    fn any_frequency() -> impl Strategy<Value = Frequency> {
        prop::sample::select(Frequency::ALL.to_vec())
    }

    fn any_proposal() -> impl Strategy<Value = Proposal> {
        let size = prop_oneof![(1i64..2_000_000).prop_map(Size::Amount), (1u32..200).prop_map(Size::Count)];
        (1i64..5_000_000, 0u8..=100, size, any_frequency(), 0u32..500, any::<bool>()).prop_map(
            |(total_minor, upfront, size, frequency, first, skip_weekends)| Proposal {
                total_minor,
                upfront_minor: if upfront < 50 { 0 } else { total_minor * i64::from(upfront - 50) / 100 },
                size,
                frequency,
                first_on: plus_days(day("2026-11-21"), first),
                skip_weekends,
            },
        )
    }

    fn any_terms() -> impl Strategy<Value = Terms> {
        (1i64..50_000, 0u8..=100, 0u32..800, 0u32..200, prop::collection::btree_set(any_frequency(), 1..4)).prop_map(
            |(min, percent, longest, first, frequencies)| Terms {
                min_instalment_minor: min,
                min_first_percent: percent,
                longest_days: longest.max(first) + 3,
                latest_first_days: first,
                frequencies: frequencies.into_iter().collect(),
                min_part_minor: 500,
                latest_promise_days: 31,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_schedule_sums_to_the_penny_and_ascends(asked in any_proposal()) {
            if let Ok(planned) = schedule(&asked) {
                prop_assert_eq!(planned.total_minor(), asked.total_minor);
                prop_assert!(planned.instalments.iter().all(|i| i.amount_minor > 0));
                prop_assert!(planned.instalments.windows(2).all(|w| w[0].due_on < w[1].due_on));
                prop_assert!(!asked.skip_weekends || planned.instalments.iter().all(|i| next_weekday(i.due_on) == i.due_on));
            }
        }

        #[test]
        fn the_nearest_plan_is_always_acceptable(asked in any_proposal(), terms in any_terms()) {
            let today = day("2026-11-21");
            if let Ok(Verdict::Outside { limits, nearest, wanted }) = judge(&asked, &terms, today) {
                prop_assert!(!limits.is_empty());
                prop_assert_eq!(wanted.total_minor(), asked.total_minor);
                let again = judge(&nearest.0, &terms, today);
                prop_assert!(matches!(again, Ok(Verdict::Accepted(_))), "{:?} -> {:?}", nearest.0, again);
            }
        }
    }
}
