//! The plan's decision in numbers, for the test that holds this build against the server's.

use chrono::{Datelike, NaiveDate};
use kept_domain::calendar::Frequency;
use kept_domain::plan::{Limit, Proposal, Schedule, Size, Verdict, judge};
use kept_domain::terms::Terms;
use wasm_bindgen::prelude::wasm_bindgen;

/// [`judge`](kept_domain::plan::judge) for programs that have no other way to ask this build: whether it decides as the server's does is tested
/// through here. Takes the total, the first payment, 0 for an amount each or 1 for a count, that amount or count, the frequency, the first
/// date, 1 where weekends are skipped, the smallest instalment, the first payment's per cent, the longest and the latest first days, today, and
/// the frequencies on offer; money in minor units, dates in days of the common era, frequencies by their place in [`Frequency::ALL`]. Answers
/// [0, dates and amounts…], or [1, so many payments, dates and amounts…, so many limits, kinds and values…, dates and amounts of the nearest…],
/// or [-1] where there is no schedule, or nothing where it was not asked so.
#[wasm_bindgen]
pub fn judge_numbers(numbers: &[i64]) -> Vec<i64> {
    judged(numbers).unwrap_or_default()
}

fn judged(numbers: &[i64]) -> Option<Vec<i64>> {
    let [
        total_minor,
        upfront_minor,
        by,
        size,
        frequency,
        first,
        skip,
        least,
        percent,
        longest,
        latest,
        today,
        offered @ ..,
    ] = numbers
    else {
        return None;
    };
    let frequency_at = |n: &i64| Frequency::ALL.get(usize::try_from(*n).ok()?).copied();
    let day = |n: &i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(*n).ok()?);
    let proposal = Proposal {
        total_minor: *total_minor,
        upfront_minor: *upfront_minor,
        size: if *by == 0 { Size::Amount(*size) } else { Size::Count(u32::try_from(*size).ok()?) },
        frequency: frequency_at(frequency)?,
        first_on: day(first)?,
        skip_weekends: *skip == 1,
    };
    let terms = Terms {
        min_instalment_minor: *least,
        min_first_percent: u8::try_from(*percent).ok()?,
        longest_days: u32::try_from(*longest).ok()?,
        latest_first_days: u32::try_from(*latest).ok()?,
        frequencies: offered.iter().map(frequency_at).collect::<Option<_>>()?,
        min_part_minor: 0,
        latest_promise_days: 0,
    };
    let number = |on: NaiveDate| i64::from(on.num_days_from_ce());
    let pairs = |schedule: Schedule| {
        schedule.instalments.into_iter().flat_map(|one| [i64::from(one.due_on.num_days_from_ce()), one.amount_minor])
    };
    let mut out = Vec::new();
    match judge(&proposal, &terms, day(today)?) {
        Err(_) => out.push(-1),
        Ok(Verdict::Accepted(schedule)) => {
            out.push(0);
            out.extend(pairs(schedule));
        }
        Ok(Verdict::Outside { wanted, limits, nearest }) => {
            out.extend([1, i64::try_from(wanted.instalments.len()).ok()?]);
            out.extend(pairs(wanted));
            out.push(i64::try_from(limits.len()).ok()?);
            for limit in limits {
                out.extend(match limit {
                    Limit::MinInstalment(minor) => [0, minor],
                    Limit::MinFirst(minor) => [1, minor],
                    Limit::LastBy(on) => [2, number(on)],
                    Limit::FirstBy(on) => [3, number(on)],
                    Limit::Frequencies(offered) => [4, i64::try_from(offered.len()).ok()?],
                });
            }
            out.extend(pairs(nearest.1));
        }
    }
    Some(out)
}
