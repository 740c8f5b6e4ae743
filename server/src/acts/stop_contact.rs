//! Stopping an address for good: asked for by its owner, or because what is sent there comes back. A person may say that
//! it is used again.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::address::{self, Address, State};
use crate::store::{Error, Tx, debtor, stop_link};
use kept_domain::ids::{BusinessId, DebtorId};

/// Characters of a reason at most.
const REASON_CHARS_MAX: usize = 500;

/// What becomes of an address.
pub(super) struct Change<'a> {
    /// Whose debtor.
    pub business: &'a BusinessId,
    /// Whom it is about.
    pub debtor: &'a DebtorId,
    /// The channel: `email`, `sms` or `call`.
    pub channel: &'a str,
    /// The address, as contacts write it.
    pub address: &'a str,
    /// What it is from now on.
    pub state: State,
    /// Why, in words.
    pub reason: &'a str,
    /// The contact that it follows from.
    pub contact: Option<&'a str>,
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody would know later why.
    ReasonMissing,
}

impl Refusal {
    /// What to tell the person.
    pub fn words(self) -> &'static str {
        match self {
            Self::ReasonMissing => "Write why it may be used again, in at most 500 characters",
        }
    }
}

/// Writes what an address is from now on, and the event; nothing where it is that already. The caller holds the debtor's
/// row.
pub(super) async fn change(app: &App, tx: &Tx, change: Change<'_>, actor: &Actor) -> Result<bool, Error> {
    let Change { business, debtor, channel, address, state, reason, contact } = change;
    let known = address::find(tx, business, channel, address).await?;
    let now = known.map_or(State::Ok, |known| known.state);
    // Somebody's own wish is not undone by what a carrier reports.
    if now == state || (now == State::OptedOut && state == State::Bounced) {
        return Ok(false);
    }
    let new = Address {
        channel: channel.to_owned(),
        address: address.to_owned(),
        debtor: debtor.clone(),
        state,
        reason: reason.to_owned(),
        contact: contact.map(str::to_owned),
        actor: actor.name.clone(),
        at_ms: app.clock.now_ms(),
    };
    address::put(tx, business, &new).await?;
    let (kind, what) = match state {
        State::OptedOut => ("reminders_stopped", "No more reminders go to"),
        State::Bounced => ("address_bounced", "What is sent there comes back, so nothing more goes to"),
        State::Ok => ("address_usable", "Used again:"),
    };
    let detail = match reason {
        "" => format!("{what} {address}"),
        reason => format!("{what} {address}: {reason}"),
    };
    let subject = contact.unwrap_or(debtor.as_str());
    record(app, tx, business, actor, Happened { debtor: Some(debtor), kind, subject, detail }).await?;
    Ok(true)
}

/// Stops reminders to an address by the token of an unsubscribe link. What became of it nobody is told: a link that is
/// unknown, has run out or was used before looks like one that works.
///
/// # Errors
/// The store's.
pub async fn by_link(app: &App, token: &str, from: &str) -> Result<(), Error> {
    let hash = secret::sha256(token);
    let tx = app.db.begin().await?;
    let Some(link) = stop_link::find_by_hash(&tx, &hash, app.clock.now_ms()).await? else { return Ok(()) };
    debtor::lock(&tx, &link.business, &link.debtor).await?;
    let stop = Change {
        business: &link.business,
        debtor: &link.debtor,
        channel: &link.channel,
        address: &link.address,
        state: State::OptedOut,
        reason: "by the link in a reminder",
        contact: Some(&link.contact),
    };
    change(app, &tx, stop, &Actor::debtor(from)).await?;
    tx.commit().await
}

/// A person of the business says that an address may be used again, and why.
///
/// # Errors
/// What cannot be taken, `NotFound` where nothing is known of such an address, or the store's.
pub async fn use_again(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    channel: &str,
    why: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > REASON_CHARS_MAX {
        return Err(Failure::Refused(Refusal::ReasonMissing));
    }
    let tx = app.db.begin().await?;
    let debtor = debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let address = super::reach::of_channel(&debtor, channel).ok_or(Failure::NotFound)?;
    let again =
        Change { business, debtor: id, channel, address: &address, state: State::Ok, reason: why, contact: None };
    if !change(app, &tx, again, actor).await? {
        return Err(Failure::NotFound);
    }
    tx.commit().await?;
    Ok(())
}
