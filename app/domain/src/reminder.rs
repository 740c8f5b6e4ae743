//! Reminders that never harass: facts, a policy and the time go in; what to send, until when to wait, or why never, with
//! the reason, comes out. The same decision is made when a reminder is planned and again when it leaves.

use crate::budget::DAY_MS;
use crate::commitment::Kind;
use crate::contact::Channel;
use crate::hours::{self, Place, after_day, first_instant, local};
use chrono::NaiveDate;

mod candidate;
mod decision;
mod episode;
mod facts;
mod policy;
mod reason;
mod way;

use candidate::{Candidate, Main, choose_ladder, early_steps, main_step, of_agreements, open_invoices, shifted};
pub use decision::{Ask, Decision, Reminder, Subject};
pub use episode::episode_from_on;
pub use facts::{Address, AddressState, Agreement, Facts, Hold, HoldKind, Instalment, OnAccount, Owed, Sent};
pub use policy::{BREATHING_SPACE_DAYS, DAYS_BETWEEN_MIN, InForce, Policy, UnknownPreset};
pub use reason::Reason;
use way::{find_way, may_use};

/// Milliseconds after which those are looked at again who wait for news from the bank.
const NEWS_MS: i64 = 3_600_000;

/// Decides what is done about one debtor at `now_ms`.
pub fn next(facts: &Facts, policy: &InForce, place: &Place<'_>, now_ms: i64) -> Decision {
    if facts.stopped {
        return Decision::Never { reason: Reason::Stopped };
    }
    let today = place.today(now_ms);
    let open = open_invoices(facts);
    let mut candidates = of_agreements(facts, policy, place, today);
    let ladder = choose_ladder(facts, policy, &open, today);
    let mut finished = false;
    if let Some(ladder) = ladder {
        match main_step(facts, policy, ladder, &open, place, now_ms) {
            Main::Step(candidate) => candidates.push(*candidate),
            Main::Finished => finished = true,
            Main::Nothing => {}
        }
        candidates.extend(early_steps(facts, ladder, &open, place, today));
    }
    if candidates.is_empty() {
        return nothing_to_say(facts, finished);
    }
    let held = held_until(facts, place, now_ms);
    if let Some((None, reason)) = held {
        return Decision::Wait { until_ms: None, reason };
    }
    if is_stale(facts, policy, now_ms) {
        return Decision::Wait { until_ms: None, reason: Reason::StaleBankData };
    }
    let held = held.and_then(|(until_ms, reason)| until_ms.map(|until_ms| (until_ms, reason)));
    match earliest(candidates, facts, policy, place, now_ms, held) {
        Decision::Wait { until_ms, reason } => {
            // The day on which another invoice becomes late may change the ladder, and after that of an instalment it is the
            // next one's turn: nothing is said beyond it.
            let unpaid = |agreement: &'_ Agreement| {
                let unpaid = agreement.instalments.iter().filter(|instalment| instalment.left_minor > 0);
                unpaid.map(|instalment| instalment.due_on).collect::<Vec<_>>()
            };
            let dues = open.iter().map(|invoice| invoice.owed.due_on);
            let dues = dues.chain(facts.agreements.iter().flat_map(unpaid));
            let coming = dues.filter(|due_on| *due_on >= today).min();
            let from_ms = held.map_or(i64::MIN, |(until_ms, _)| until_ms);
            let change_ms = coming.map(|due_on| after_day(place, due_on, from_ms));
            Decision::Wait { until_ms: until_ms.into_iter().chain(change_ms).min(), reason }
        }
        decision => decision,
    }
}

/// When a debtor of whom nothing is sent now must be looked at again, epoch milliseconds: when the rules say, or earlier, on
/// the day on which another of the invoices due on `dues` becomes late and with it the ladder may change. `None` where only
/// something that happens can change anything.
pub fn look_at_ms(
    dues: impl Iterator<Item = NaiveDate>,
    home: &dyn hours::Zone,
    until_ms: Option<i64>,
    reason: Reason,
    now_ms: i64,
) -> Option<i64> {
    let today = local(home, now_ms).date();
    let late_on = dues.filter(|due_on| *due_on >= today).min();
    let late_ms = late_on.map(|due_on| first_instant(home, shifted(due_on, 1), i64::MIN));
    let said_ms = until_ms.or(match reason {
        // Nobody says when the bank tells more.
        Reason::StaleBankData => Some(now_ms + NEWS_MS),
        Reason::NotYet => Some(now_ms + DAY_MS),
        _ => None,
    });
    [said_ms, late_ms].into_iter().flatten().min().map(|at_ms| at_ms.max(now_ms + 1))
}

/// The first candidate that may go now, else how long the soonest of them waits.
fn earliest(
    candidates: Vec<Candidate<'_>>,
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    now_ms: i64,
    held: Option<(i64, Reason)>,
) -> Decision {
    let mut soonest: Option<(i64, Reason)> = None;
    let mut no_way: Option<Reason> = None;
    for candidate in candidates {
        let from_ms = held.map_or(now_ms, |(until_ms, _)| until_ms).max(candidate.from_ms).max(now_ms);
        match find_way(candidate.step, facts, policy, place, from_ms) {
            Err(reason) => no_way = no_way.or(Some(reason)),
            Ok(way) if candidate.lapses_ms.is_some_and(|lapses_ms| way.at_ms >= lapses_ms) => {}
            Ok(way) if way.at_ms == now_ms => return Decision::Send(Box::new(candidate.reminder(way))),
            Ok(way) => {
                let reason = match held {
                    Some((_, reason)) => reason,
                    None if candidate.from_ms > now_ms => candidate.waits,
                    None => way.reason,
                };
                if soonest.is_none_or(|(at_ms, _)| way.at_ms < at_ms) {
                    soonest = Some((way.at_ms, reason));
                }
            }
        }
    }
    match (soonest, no_way) {
        (Some((at_ms, reason)), _) => Decision::Wait { until_ms: Some(at_ms), reason },
        (None, Some(reason)) => Decision::Never { reason },
        // All that could be said before a due date lapsed, and what comes after it is not there yet.
        (None, None) => Decision::Wait { until_ms: None, reason: held.map_or(Reason::NotYet, |(_, reason)| reason) },
    }
}

/// Whether a person of the business may contact the debtor on a channel now, of their own accord; else why not, and from
/// which instant on (epoch milliseconds), where that is known.
pub fn may_contact(
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    channel: Channel,
    now_ms: i64,
) -> Result<(), (Reason, Option<i64>)> {
    if facts.stopped {
        return Err((Reason::Stopped, None));
    }
    let held = held_until(facts, place, now_ms);
    if let Some((None, reason)) = held {
        return Err((reason, None));
    }
    let from_ms = held.and_then(|(until_ms, _)| until_ms).unwrap_or(now_ms);
    let (at_ms, reason) = may_use(channel, facts, policy, place, from_ms).map_err(|reason| (reason, None))?;
    match held {
        Some((_, reason)) => Err((reason, Some(at_ms))),
        None if at_ms > now_ms => Err((reason, Some(at_ms))),
        None => Ok(()),
    }
}

/// The longest pause that is on: when it is over (`None` while nobody knows) and why it is.
fn held_until(facts: &Facts, place: &Place<'_>, now_ms: i64) -> Option<(Option<i64>, Reason)> {
    let endless = facts.holds.iter().filter(|hold| hold.until_on.is_none()).min_by_key(|hold| hold.kind);
    if let Some(hold) = endless {
        return Some((None, hold.kind.into()));
    }
    let ends = |hold: &Hold| hold.until_on.map(|on| (after_day(place, on, now_ms), Reason::from(hold.kind)));
    let (until_ms, reason) = facts.holds.iter().filter_map(ends).max_by_key(|(until_ms, _)| *until_ms)?;
    (until_ms > now_ms).then_some((Some(until_ms), reason))
}

fn is_stale(facts: &Facts, policy: &InForce, now_ms: i64) -> bool {
    policy.policy().bank_data_max_days.is_some_and(|days| {
        facts.bank_data_at_ms.is_none_or(|at_ms| now_ms.saturating_sub(at_ms) > i64::from(days) * DAY_MS)
    })
}

fn nothing_to_say(facts: &Facts, finished: bool) -> Decision {
    let owes = |agreement: &&Agreement| agreement.instalments.iter().any(|i| i.left_minor > 0);
    if let Some(agreement) = facts.agreements.iter().find(owes) {
        let reason = match agreement.kind {
            Kind::Promise | Kind::Settlement => Reason::PromiseRunning,
            Kind::Plan => Reason::PlanRunning,
        };
        return Decision::Wait { until_ms: None, reason };
    }
    if finished {
        return Decision::Never { reason: Reason::LadderFinished };
    }
    if facts.invoices.iter().any(|owed| owed.left_minor > 0 && owed.disputed_minor > 0) {
        return Decision::Wait { until_ms: None, reason: Reason::Disputed };
    }
    Decision::Never { reason: Reason::NothingOverdue }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
