//! The channel on which a message can go, and when.

use super::facts::{AddressState, Facts};
use super::policy::InForce;
use super::reason::Reason;
use crate::budget::Room;
use crate::contact::Channel;
use crate::hours::{self, Place};
use crate::ladder::Step;

/// When and how a candidate can go.
pub(super) struct Way {
    pub(super) at_ms: i64,
    pub(super) channel: Channel,
    pub(super) reason: Reason,
    pub(super) passed_over: Vec<(Channel, Reason)>,
}

/// The channel that the person chose, or else the first of a step that reaches them, and when it may be used; a channel that is only closed for now is
/// waited for.
pub(super) fn find_way(
    step: &Step,
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    from_ms: i64,
) -> Result<Way, Reason> {
    let mut passed_over = Vec::new();
    let chosen = facts.preferred.filter(|chosen| step.channels.contains(chosen));
    let others = step.channels.iter().copied().filter(|channel| Some(*channel) != chosen);
    for channel in chosen.into_iter().chain(others) {
        match may_use(channel, facts, policy, place, from_ms) {
            Ok((at_ms, reason)) => return Ok(Way { at_ms, channel, reason, passed_over }),
            Err(reason) => passed_over.push((channel, reason)),
        }
    }
    // What they asked for weighs more than what merely went wrong.
    let told =
        [Reason::OptedOut, Reason::Bounced, Reason::NoPermittedHour, Reason::BudgetSpent, Reason::ChannelNotUsed];
    let is_told = |reason: &Reason| passed_over.iter().any(|(_, other)| other == reason);
    Err(told.into_iter().find(is_told).unwrap_or(Reason::NoAddress))
}

/// The first instant from `from_ms` on at which a channel may be used, and what it waits for until then.
pub(super) fn may_use(
    channel: Channel,
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    from_ms: i64,
) -> Result<(i64, Reason), Reason> {
    reachable(channel, facts, policy)?;
    let bounds = policy.bounds();
    let (room_ms, spent) = match bounds.budget.room(&facts.contacts, channel, from_ms) {
        Room::Now => (from_ms, None),
        Room::At(at_ms, spent) => (at_ms, Some(Reason::from(spent))),
        Room::None => return Err(Reason::BudgetSpent),
    };
    let at_ms = hours::next_permitted(&bounds.hours, place, channel, room_ms).ok_or(Reason::NoPermittedHour)?;
    let closed = hours::check(&bounds.hours, place, channel, from_ms).err().map(Reason::from);
    Ok((at_ms, spent.or(closed).unwrap_or(Reason::OutsideHours)))
}

/// Whether a channel reaches the person at all.
fn reachable(channel: Channel, facts: &Facts, policy: &InForce) -> Result<(), Reason> {
    if policy.bounds().never_by.contains(&channel) {
        return Err(Reason::ChannelNotUsed);
    }
    if facts.opted_out.contains(&channel) {
        return Err(Reason::OptedOut);
    }
    if channel == Channel::Portal {
        return Ok(());
    }
    let has = |state| facts.addresses.iter().any(|a| a.channel == channel && a.state == state);
    if has(AddressState::Usable) {
        return Ok(());
    }
    Err(if has(AddressState::OptedOut) {
        Reason::OptedOut
    } else if has(AddressState::Bounced) {
        Reason::Bounced
    } else {
        Reason::NoAddress
    })
}
