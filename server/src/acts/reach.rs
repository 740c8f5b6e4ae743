//! Where a debtor can be reached: the address of a channel, unless it bounced or was stopped.

use crate::carrier::Way;
use crate::mail;
use crate::sms::number;
use crate::store::address::{self, State};
use crate::store::debtor::Debtor;
use crate::store::{Error, Query, preference};
use kept_domain::contact::Channel;
use kept_domain::ids::BusinessId;
use kept_domain::reminder::Reason;

/// What is on file is no address of the channel.
pub const UNUSABLE: &str = "address_unusable";

/// What is on file for a way; empty where nothing is.
pub fn on_file(debtor: &Debtor, way: Way) -> &str {
    match way {
        Way::Mail => debtor.email.trim(),
        Way::Sms => debtor.phone.trim(),
        Way::Letter => debtor.address.trim(),
    }
}

/// The address in the one form in which it is compared: small letters, or E.164.
pub fn normalised(debtor: &Debtor, way: Way) -> Option<String> {
    let on_file = on_file(debtor, way);
    match way {
        Way::Mail => mail::is_address(on_file).then(|| on_file.to_lowercase()),
        Way::Sms => number::e164(on_file, &debtor.country),
        // The post returns what it cannot deliver to no machine.
        Way::Letter => None,
    }
}

/// Whether a letter can be addressed. What is no place for the post is found out when a letter is set.
pub fn by_letter(debtor: &Debtor) -> bool {
    !debtor.name.trim().is_empty() && !on_file(debtor, Way::Letter).is_empty()
}

/// The number that a person calls: in E.164 where it is a number that exists, else as it is on file.
pub fn called(debtor: &Debtor) -> Option<String> {
    let on_file = debtor.phone.trim();
    number::e164(on_file, &debtor.country).or_else(|| (!on_file.is_empty()).then(|| on_file.to_owned()))
}

/// The address of a channel by its code, in the one form in which it is compared.
pub fn of_channel(debtor: &Debtor, channel: &str) -> Option<String> {
    match Way::of_channel(channel) {
        Some(way) => normalised(debtor, way),
        None if channel == Channel::Call.code() => called(debtor),
        None => None,
    }
}

/// The address that a message may go to, or the code of the reason why there is none. Whoever asked for no more
/// reminders still gets an answer by mail to what they do; a number that asked to stop gets nothing.
pub async fn address(
    q: &impl Query,
    business: &BusinessId,
    debtor: &Debtor,
    way: Way,
    reminder: bool,
) -> Result<Result<String, &'static str>, Error> {
    if on_file(debtor, way).is_empty() {
        return Ok(Err(Reason::NoAddress.code()));
    }
    let Some(address) = normalised(debtor, way) else { return Ok(Err(UNUSABLE)) };
    let known = address::find(q, business, way.channel(), &address).await?;
    Ok(match known.map_or(State::Ok, |known| known.state) {
        State::Bounced => Err(State::Bounced.code()),
        State::OptedOut if reminder || way == Way::Sms => Err(State::OptedOut.code()),
        State::Ok | State::OptedOut => Ok(address),
    })
}

/// The way that reaches a debtor: the one that they chose, or else the first that does.
pub async fn way(q: &impl Query, business: &BusinessId, debtor: &Debtor, reminder: bool) -> Result<Option<Way>, Error> {
    let chosen = preference::find(q, business, &debtor.id).await?.channel;
    for way in Way::of_channel(&chosen).into_iter().chain(Way::ALL) {
        if address(q, business, debtor, way, reminder).await?.is_ok() {
            return Ok(Some(way));
        }
    }
    Ok(None)
}
