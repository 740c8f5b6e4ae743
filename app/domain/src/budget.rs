//! The contact budget: how often one person may be contacted, over all invoices, channels and staff.

use crate::contact::Channel;
use serde::{Deserialize, Serialize};

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// A contact that was made: by Kept, or by a person who recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// How.
    pub channel: Channel,
    /// Something reached the person: always so for what is written, only where somebody was spoken to for a call or a
    /// visit.
    pub reached: bool,
}

impl Made {
    /// Two people spoke with each other.
    fn is_conversation(&self) -> bool {
        self.channel.is_spoken() && self.reached
    }
}

/// Which contacts a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Every try, whether or not anybody was reached.
    Attempts,
    /// Only what reached the person.
    Conversations,
}

/// At most so many contacts within so many days, in every window of that length.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// So many.
    pub contacts_max: u32,
    /// Days of 24 hours.
    pub days: u32,
    /// The channels that count and that are limited; empty for all of them.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// What counts.
    pub counts: Counts,
}

/// Days without contact after a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// Days of 24 hours.
    pub days: u32,
    /// The channels that are quiet; empty for all of them.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// One budget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Days between any two contacts, each of 24 hours.
    #[serde(default)]
    pub days_between: u32,
    /// All of them hold.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// All of them hold.
    #[serde(default)]
    pub quiet: Vec<Quiet>,
}

/// What there is no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// The last contact was only just now.
    TooSoon,
    /// As many contacts as one person should get.
    Limit,
    /// They have just been spoken to.
    Quiet,
}

/// When there is room for one more contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Now.
    Now,
    /// At this instant for the first time, epoch milliseconds, and what it waits for longest.
    At(i64, Spent),
    /// The budget has no contact on this channel at all.
    None,
}

impl Budget {
    /// The strictest of both.
    #[must_use]
    pub fn narrowed_by(&self, other: &Self) -> Self {
        let joined = |a: &[Limit], b: &[Limit]| a.iter().chain(b).cloned().collect();
        Self {
            days_between: self.days_between.max(other.days_between),
            limits: joined(&self.limits, &other.limits),
            quiet: self.quiet.iter().chain(&other.quiet).cloned().collect(),
        }
    }

    /// Days back to which contacts matter.
    pub fn lookback_days(&self) -> u32 {
        let limits = self.limits.iter().map(|limit| limit.days);
        limits.chain(self.quiet.iter().map(|quiet| quiet.days)).chain([self.days_between]).max().unwrap_or(0)
    }

    /// The first instant, not before `now_ms`, at which one more contact on `channel` is within the budget. The order of
    /// `made` does not matter. A notice on the debtor's own page interrupts nobody and is neither counted nor limited.
    pub fn room(&self, made: &[Made], channel: Channel, now_ms: i64) -> Room {
        if channel == Channel::Portal {
            return Room::Now;
        }
        let counted = || made.iter().filter(|contact| contact.channel != Channel::Portal);
        let span = |days: u32| i64::from(days) * DAY_MS;
        let last = counted().map(|contact| contact.at_ms).max();
        let mut waits: Vec<(i64, Spent)> = Vec::new();
        waits.extend(last.map(|at_ms| (at_ms + span(self.days_between), Spent::TooSoon)));
        for quiet in self.quiet.iter().filter(|quiet| concerns(&quiet.channels, channel)) {
            let spoke = counted().filter(|contact| contact.is_conversation()).map(|contact| contact.at_ms).max();
            waits.extend(spoke.map(|at_ms| (at_ms + span(quiet.days), Spent::Quiet)));
        }
        for limit in self.limits.iter().filter(|limit| concerns(&limit.channels, channel)) {
            let Some(before) = usize::try_from(limit.contacts_max).ok().and_then(|max| max.checked_sub(1)) else {
                return Room::None;
            };
            let mut times: Vec<i64> = counted()
                .filter(|contact| concerns(&limit.channels, contact.channel))
                .filter(|contact| limit.counts == Counts::Attempts || contact.reached)
                .map(|contact| contact.at_ms)
                .collect();
            times.sort_unstable_by(|a, b| b.cmp(a));
            // Once the last but so many has left the window, one more makes it full and no more.
            waits.extend(times.get(before).map(|at_ms| (at_ms + span(limit.days), Spent::Limit)));
        }
        match waits.into_iter().filter(|(at_ms, _)| *at_ms > now_ms).max_by_key(|(at_ms, _)| *at_ms) {
            Some((at_ms, spent)) => Room::At(at_ms, spent),
            None => Room::Now,
        }
    }
}

fn concerns(channels: &[Channel], channel: Channel) -> bool {
    channels.is_empty() || channels.contains(&channel)
}
