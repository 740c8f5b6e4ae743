//! Late charges between businesses: what the law adds to a debt that is paid late, worked out day by day. The presets are data
//! files that a lawyer can review; outside the dates that their rates cover nothing is worked out, and nothing is guessed.
//!
//! Interest is simple, for each whole day after the due date, on what was left of the debt at the end of that day, with 365
//! days to every year. All days are summed exactly; the sum is rounded once, down to the minor unit, in favour of whoever
//! pays. Days of a hold, a dispute or a breathing space do not count. What is paid of an invoice pays what it asked for first
//! and then its charges, so that no interest is ever added to interest. What is booked of it is in `books.rs`.

use crate::calendar::plus_days;
use crate::money::Currency;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days of every year that interest is counted by.
const YEAR_DAYS: i128 = 365;
/// Hundredths of a per cent in the whole.
const WHOLE_BP: i128 = 10_000;

/// Whether the rate follows the reference rate while a debt is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changes {
    /// It stays what it was when the debt became late.
    Fixed,
    /// It changes with each half of a year.
    HalfYearly,
}

/// A fixed sum for debts below a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Debts smaller than this, in minor units; none is for every other.
    pub below_minor: Option<i64>,
    /// The sum, in minor units.
    pub sum_minor: i64,
}

/// What a law says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in settings.
    pub code: String,
    /// Its name for the business.
    pub name: String,
    /// The law, with its sections.
    pub source: String,
    /// Where it can be read.
    pub url: String,
    /// Debts that became due before this day are not under it.
    pub effective_on: NaiveDate,
    /// The currency of its fixed sums; debts in any other are not worked out.
    pub currency: Currency,
    /// Over the reference rate, in hundredths of a per cent.
    pub points_bp: i64,
    /// Whether the rate follows.
    pub changes: Changes,
    /// Month and day of the two reference days of a year.
    reference_days: [(u32, u32); 2],
    /// Fixed sums, the smallest debts first.
    pub fixed: Vec<Tier>,
    /// The reference rate on each reference day, in hundredths of a per cent a year.
    pub rates: BTreeMap<NaiveDate, i64>,
}

/// What is wrong with a file: where, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError(pub String);

/// `4.75` as 475 hundredths of a per cent.
///
/// # Errors
/// Where it is no number with at most two decimals.
pub fn parse_per_cent(text: &str) -> Result<i64, FileError> {
    let wrong = || FileError(format!("{text} is no rate in per cent, such as 4.75"));
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    let part: i64 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
    Ok(whole.parse::<i64>().map_err(|_| wrong())? * 100 + part)
}

/// A debt that may be late, with everything that its charge is worked out from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debt {
    /// Whoever owes it is a consumer.
    pub is_consumer: bool,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Its due date.
    pub due_on: NaiveDate,
    /// What it was when it became due, in minor units.
    pub amount_minor: i64,
    /// What was left of it from each day on, in minor units, in the order of the days; before the first it was all of it.
    pub left: Vec<(NaiveDate, i64)>,
    /// Days on which nothing is added, both included: holds, disputes, breathing space. They may overlap.
    pub free: Vec<(NaiveDate, Option<NaiveDate>)>,
}

/// Days in a row on which the same was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The first of them.
    pub from_on: NaiveDate,
    /// The last of them.
    pub until_on: NaiveDate,
    /// How many.
    pub days: u32,
    /// What was left of the debt, in minor units.
    pub left_minor: i64,
    /// The rate, in hundredths of a per cent a year; 0 on days on which nothing is added.
    pub rate_bp: i64,
}

impl Line {
    /// What these days add, in parts of [`YEAR_DAYS`] × [`WHOLE_BP`] of a minor unit.
    fn parts(&self) -> i128 {
        i128::from(self.left_minor) * i128::from(self.rate_bp) * i128::from(self.days)
    }

    /// What these days add for people, in thousandths of a minor unit, rounded down.
    pub fn thousandths(&self) -> i64 {
        i64::try_from(self.parts() * 1000 / (YEAR_DAYS * WHOLE_BP)).unwrap_or(i64::MAX)
    }
}

/// What is added to a debt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Day by day, days that are alike together.
    pub lines: Vec<Line>,
    /// The interest of all of them, in minor units, rounded down once.
    pub interest_minor: i64,
    /// The fixed sum, in minor units.
    pub fixed_minor: i64,
}

impl Charge {
    /// Interest and fixed sum, in minor units.
    pub fn minor(&self) -> i64 {
        self.interest_minor.saturating_add(self.fixed_minor)
    }
}

/// Why nothing is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Nothing is added to what a consumer owes.
    Consumer,
    /// The law is about another currency.
    Currency,
    /// The debt is older than the law.
    TooOld,
    /// No rate is known for this reference day.
    NoRate(NaiveDate),
}

impl Refusal {
    /// In a sentence.
    pub fn words(self) -> String {
        match self {
            Self::Consumer => "Nothing is added to what a consumer owes.".to_owned(),
            Self::Currency => "These charges are known for another currency only.".to_owned(),
            Self::TooOld => "The debt is older than the rule.".to_owned(),
            Self::NoRate(on) => format!(
                "The reference rate of {} is not known here. Add it before the charge is worked out.",
                crate::calendar::show(on)
            ),
        }
    }
}

impl Preset {
    /// Adds a rate that the file does not have; what the file has stays as it is.
    ///
    /// # Errors
    /// Where the day is none on which the law looks a rate up.
    pub fn add_rate(&mut self, on: NaiveDate, rate_bp: i64) -> Result<(), FileError> {
        if !self.reference_days.contains(&(on.month(), on.day())) {
            let days: Vec<String> = self.reference_days.iter().map(|(m, d)| format!("{m:02}-{d:02}")).collect();
            return Err(FileError(format!("{} is no day of {}: {}", on, self.code, days.join(", "))));
        }
        self.rates.entry(on).or_insert(rate_bp);
        Ok(())
    }

    /// The reference day whose rate holds for interest that begins, or runs, on a day.
    fn reference_on(&self, on: NaiveDate) -> Option<NaiveDate> {
        // The law names the days on which rates are looked up; a reference day at the end of a half year is for the next.
        let after = self.reference_days.iter().any(|(month, day)| (*month, *day) == (1, 1));
        let days = [on.year() - 1, on.year()].into_iter().flat_map(|year| {
            self.reference_days.iter().filter_map(move |(month, day)| NaiveDate::from_ymd_opt(year, *month, *day))
        });
        days.filter(|reference| if after { *reference <= on } else { *reference < on }).max()
    }

    /// The first reference day after all of those whose rates are known, where interest of `today` needs it.
    pub fn missing_on(&self, today: NaiveDate) -> Option<NaiveDate> {
        let last = self.rates.keys().next_back()?;
        let years = last.year()..=today.year();
        let days = years.flat_map(|year| {
            self.reference_days.iter().filter_map(move |(month, day)| NaiveDate::from_ymd_opt(year, *month, *day))
        });
        let needed = self.reference_on(today)?;
        days.filter(|on| on > last && *on <= needed).min()
    }

    fn rate_on(&self, on: NaiveDate) -> Result<i64, Refusal> {
        let reference = self.reference_on(on).ok_or(Refusal::TooOld)?;
        let rate = self.rates.get(&reference).ok_or(Refusal::NoRate(reference))?;
        Ok(rate + self.points_bp)
    }

    fn fixed_minor(&self, amount_minor: i64) -> i64 {
        let tier = self.fixed.iter().find(|tier| tier.below_minor.is_none_or(|below| amount_minor < below));
        tier.map_or(0, |tier| tier.sum_minor)
    }

    /// What is added to a debt until the end of a day.
    ///
    /// # Errors
    /// Why nothing is worked out.
    pub fn work_out(&self, debt: &Debt, as_of: NaiveDate) -> Result<Charge, Refusal> {
        if debt.is_consumer {
            return Err(Refusal::Consumer);
        }
        if debt.currency != self.currency {
            return Err(Refusal::Currency);
        }
        if debt.due_on < self.effective_on {
            return Err(Refusal::TooOld);
        }
        let mut charge = Charge::default();
        let first_on = plus_days(debt.due_on, 1);
        let mut on = first_on;
        let mut begun = false;
        while on <= as_of {
            let left_minor = debt.left_on(on);
            if left_minor <= 0 {
                break;
            }
            let rate_bp = if debt.is_free(on) {
                0
            } else {
                begun = true;
                self.rate_on(if self.changes == Changes::Fixed { first_on } else { on })?
            };
            match charge.lines.last_mut().filter(|l| (l.left_minor, l.rate_bp) == (left_minor, rate_bp)) {
                Some(line) => {
                    line.until_on = on;
                    line.days += 1;
                }
                None => charge.lines.push(Line { from_on: on, until_on: on, days: 1, left_minor, rate_bp }),
            }
            on = plus_days(on, 1);
        }
        let parts: i128 = charge.lines.iter().map(Line::parts).sum();
        charge.interest_minor = i64::try_from(parts / (YEAR_DAYS * WHOLE_BP)).unwrap_or(i64::MAX);
        // The fixed sum is due as soon as interest runs, and not before.
        if begun {
            charge.fixed_minor = self.fixed_minor(debt.amount_minor);
        }
        Ok(charge)
    }
}

impl Debt {
    fn left_on(&self, on: NaiveDate) -> i64 {
        self.left.iter().rev().find(|(from_on, _)| *from_on <= on).map_or(self.amount_minor, |(_, minor)| *minor)
    }

    fn is_free(&self, on: NaiveDate) -> bool {
        self.free.iter().any(|(from_on, until_on)| *from_on <= on && until_on.is_none_or(|until_on| on <= until_on))
    }
}

mod books;
#[cfg(any(test, feature = "zones"))]
mod files;

pub use books::{Books, Policy};
#[cfg(any(test, feature = "zones"))]
pub use files::{FILES, all};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{days_between, parse_iso};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn preset(code: &str) -> &'static Preset {
        all().iter().find(|p| p.code == code).unwrap()
    }

    fn debt(currency: &str, due: &str, amount_minor: i64) -> Debt {
        Debt {
            is_consumer: false,
            currency: Currency::parse(currency).unwrap(),
            due_on: day(due),
            amount_minor,
            left: Vec::new(),
            free: Vec::new(),
        }
    }

    #[test]
    fn every_file_is_read_and_names_its_source() {
        for file in FILES {
            let preset = Preset::read(file).unwrap_or_else(|error| panic!("{error:?}\n{file}"));
            assert!(!preset.source.is_empty() && preset.url.starts_with("https://"), "{}", preset.code);
            assert!(preset.fixed.last().is_some_and(|tier| tier.below_minor.is_none()), "{}", preset.code);
            for on in preset.rates.keys() {
                assert!(preset.reference_days.contains(&(on.month(), on.day())), "{}: {on}", preset.code);
            }
            // No half year between the first and the last is left out.
            let days: Vec<NaiveDate> = preset.rates.keys().copied().collect();
            for pair in days.windows(2) {
                let [a, b] = pair else { continue };
                assert!((181..=184).contains(&days_between(*a, *b)), "{}: {a} {b}", preset.code);
            }
        }
    }

    /// GOV.UK's own example: 1,000 pounds at 8.5 per cent, 23p a day; and the sums of section 5A.
    #[test]
    fn the_law_of_the_united_kingdom() {
        let uk = preset("uk-1998");
        // Due on 30 June 2018, late from 1 July: 8 + 0.5 per cent.
        let worked = uk.work_out(&debt("GBP", "2018-06-30", 100_000), day("2018-07-01")).unwrap();
        assert_eq!((worked.lines[0].rate_bp, worked.interest_minor, worked.fixed_minor), (850, 23, 7_000));
        // The rate of a debt stays what it was, whatever the Bank does: 50 days later it went up.
        let worked = uk.work_out(&debt("GBP", "2018-06-30", 100_000), day("2019-06-30")).unwrap();
        assert_eq!((worked.lines.len(), worked.interest_minor), (1, 8_500));
        for (amount, fixed) in [(1, 4_000), (99_999, 4_000), (100_000, 7_000), (999_999, 7_000), (1_000_000, 10_000)] {
            let worked = uk.work_out(&debt("GBP", "2024-01-31", amount), day("2024-02-01")).unwrap();
            assert_eq!((worked.lines[0].rate_bp, worked.fixed_minor), (1_325, fixed), "{amount}");
        }
        // Late on 1 January is under the rate of the day before; late on 30 June under that of 31 December.
        for (due, rate) in [("2022-12-31", 1_150), ("2023-06-29", 1_150), ("2023-06-30", 1_300), ("2021-12-30", 810)] {
            let on = plus_days(day(due), 1);
            assert_eq!(uk.work_out(&debt("GBP", due, 100), on).unwrap().lines[0].rate_bp, rate, "{due}");
        }
        assert_eq!(uk.work_out(&debt("GBP", "2024-01-31", 100), day("2024-01-31")).unwrap(), Charge::default());
        assert_eq!(uk.work_out(&debt("EUR", "2024-01-31", 100), day("2024-02-01")), Err(Refusal::Currency));
        assert_eq!(uk.work_out(&debt("GBP", "2010-01-31", 100), day("2024-02-01")), Err(Refusal::TooOld));
        let unknown = uk.work_out(&debt("GBP", "2026-01-31", 100), day("2026-02-01"));
        assert_eq!(unknown, Err(Refusal::NoRate(day("2025-12-31"))));
        let consumer = Debt { is_consumer: true, ..debt("GBP", "2024-01-31", 100) };
        assert_eq!(uk.work_out(&consumer, day("2024-02-01")), Err(Refusal::Consumer));
    }

    #[test]
    fn the_law_of_the_european_union() {
        let eu = preset("eu-2011-7");
        let worked = eu.work_out(&debt("EUR", "2023-06-30", 365_000), day("2024-01-10")).unwrap();
        let rates: Vec<(i64, u32)> = worked.lines.iter().map(|l| (l.rate_bp, l.days)).collect();
        assert_eq!(rates, [(1_200, 184), (1_250, 10)]);
        // 12 per cent of 3,650.00 is 1.20 a day, 12.5 per cent 1.25.
        assert_eq!((worked.interest_minor, worked.fixed_minor), (184 * 120 + 10 * 125, 4_000));
    }

    #[test]
    fn days_of_a_hold_and_what_was_paid_do_not_count() {
        let uk = preset("uk-1998");
        let mut d = debt("GBP", "2024-01-31", 365_000);
        d.free = vec![(day("2024-02-03"), Some(day("2024-02-04"))), (day("2024-02-04"), Some(day("2024-02-05")))];
        d.left = vec![(day("2024-02-08"), 182_500), (day("2024-02-10"), 0)];
        let worked = uk.work_out(&d, day("2024-12-31")).unwrap();
        let lines: Vec<(i64, i64, u32)> = worked.lines.iter().map(|l| (l.left_minor, l.rate_bp, l.days)).collect();
        assert_eq!(lines, [(365_000, 1_325, 2), (365_000, 0, 3), (365_000, 1_325, 2), (182_500, 1_325, 2)]);
        assert_eq!(worked.interest_minor, 662, "four days of 132.5 and two of 66.25, together");
        d.free = vec![(day("2024-01-01"), None)];
        let worked = uk.work_out(&d, day("2024-12-31")).unwrap();
        assert_eq!(
            (worked.interest_minor, worked.fixed_minor),
            (0, 0),
            "not even the fixed sum, in a hold without end"
        );
    }

    proptest! {
        #[test]
        fn a_charge_is_never_negative_grows_with_the_days_and_is_the_sum_of_them(
            code in prop::sample::select(vec!["uk-1998", "eu-2011-7"]),
            amount in 1i64..10_000_000_000,
            due in 0u32..2000, late in 0u32..400,
            payments in prop::collection::vec((0u32..400, 1i64..5_000_000_000), 0..5),
            free in prop::collection::vec((0u32..400, 0u32..60), 0..4),
        ) {
            let law = preset(code);
            let due_on = plus_days(day("2019-02-01"), due);
            let mut sorted = payments;
            sorted.sort();
            let mut left_minor = amount;
            let left = sorted.iter().map(|(after, minor)| {
                left_minor = (left_minor - minor).max(0);
                (plus_days(due_on, *after), left_minor)
            }).collect();
            let free = free.iter().map(|(after, days)| {
                let from_on = plus_days(due_on, *after);
                (from_on, Some(plus_days(from_on, *days)))
            }).collect();
            let d = Debt { is_consumer: false, currency: law.currency, due_on, amount_minor: amount, left, free };
            let at = |days: u32| law.work_out(&d, plus_days(due_on, days)).unwrap();
            let (before, now) = (at(late.saturating_sub(1)), at(late));
            prop_assert!(before.interest_minor >= 0 && now.interest_minor >= before.interest_minor);
            prop_assert!(now.fixed_minor >= before.fixed_minor && now.fixed_minor <= 10_000);
            // Day by day, each worked out by itself, they are the same sum.
            let mut parts = 0i128;
            for n in 1..=late {
                let on = plus_days(due_on, n);
                let minor = d.left_on(on);
                if minor == 0 { break; }
                if d.is_free(on) { continue; }
                let from = if law.changes == Changes::Fixed { plus_days(due_on, 1) } else { on };
                parts += i128::from(minor) * i128::from(law.rate_on(from).unwrap());
            }
            prop_assert_eq!(i128::from(now.interest_minor), parts / (365 * 10_000));
            // Never more than the whole at its highest rate for all days.
            let most = i128::from(amount) * i128::from(late) * 1_400 / (365 * 10_000);
            prop_assert!(i128::from(now.interest_minor) <= most);
            // More days without charge never make it more.
            let mut held = d.clone();
            held.free.push((plus_days(due_on, 3), Some(plus_days(due_on, 9))));
            prop_assert!(law.work_out(&held, plus_days(due_on, late)).unwrap().interest_minor <= now.interest_minor);
        }
    }
}
