//! The time since which something has been overdue without a break: one climb of the ladder.

use crate::calendar::days_between;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A time in which an invoice was past its date with something undisputed left: from the day after the due date (or the
/// day on which a dispute ended) to the day on which it was paid or disputed in full; `None` while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its first day.
    pub from_on: NaiveDate,
    /// Its last day.
    pub to_on: Option<NaiveDate>,
}

/// The day since which something undisputed has been overdue without a break, over all invoices of a debtor; `None`
/// where nothing is today. Paying the older of two late invoices breaks nothing, and neither does a new one.
pub fn episode_from_on(spans: &[Span], today: NaiveDate) -> Option<NaiveDate> {
    let mut from_on = spans.iter().filter(|s| s.from_on <= today && s.to_on.is_none()).map(|s| s.from_on).min()?;
    loop {
        let reaches = |s: &&Span| s.from_on < from_on && s.to_on.is_none_or(|to_on| days_between(to_on, from_on) <= 1);
        match spans.iter().filter(reaches).map(|s| s.from_on).min() {
            Some(earlier_on) => from_on = earlier_on,
            None => return Some(from_on),
        }
    }
}
