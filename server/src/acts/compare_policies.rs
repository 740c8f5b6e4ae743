//! Comparing: what another policy would send instead of the one in force, on today's data, without sending anything.

use super::outlook::Rules;
use super::rehearse::{Decided, Looked, Part, Sums, Whom, each, of_one};
use crate::store::{Error, Query};
use std::ops::Range;

/// What two policies come to with the same debtors.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// With whom.
    pub looked: Looked,
    /// What the policy in force comes to.
    pub before: Sums,
    /// What the other one comes to.
    pub after: Sums,
    /// Debtors to whom the other one sends more.
    pub more: u32,
    /// Debtors to whom it sends less.
    pub fewer: u32,
    /// Debtors to whom it sends as much, but another message, by another way or at another time.
    pub other: u32,
}

/// Rehearses a span of epoch milliseconds under two policies of one business, with a part of those who owe something.
///
/// # Errors
/// When the store fails, or a stored value cannot be read.
pub async fn compare(
    q: &impl Query,
    before: &Rules,
    after: &Rules,
    part: Part<'_>,
    span: Range<i64>,
) -> Result<Comparison, Error> {
    let mut found = Comparison::default();
    // Contacts are read as far back as the one asks that counts further.
    let reader = if after.lookback_days() > before.lookback_days() { after } else { before };
    let told = each(q, reader, Whom::Owing(part), span.start, |known| {
        let (was, will) = (of_one(before, known.clone(), &span), of_one(after, known, &span));
        was.iter().for_each(|decided| found.before.count(decided));
        will.iter().for_each(|decided| found.after.count(decided));
        let (was, will) = (sent(&was), sent(&will));
        match will.len().cmp(&was.len()) {
            std::cmp::Ordering::Greater => found.more += 1,
            std::cmp::Ordering::Less => found.fewer += 1,
            std::cmp::Ordering::Equal => found.other += u32::from(was != will),
        }
        Ok::<(), Error>(())
    });
    found.looked = told.await?;
    Ok(found)
}

/// What is sent, and when.
fn sent(decided: &[Decided]) -> Vec<(i64, String, &'static str)> {
    let one = |decided: &Decided| {
        let (step, channel) = (decided.step()?, decided.channel()?);
        Some((decided.at_ms, step.to_owned(), channel.code()))
    };
    decided.iter().filter_map(one).collect()
}
