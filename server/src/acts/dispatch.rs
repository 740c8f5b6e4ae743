//! Sending what waits in the outbox: decided on again, written and given its link in one transaction, then handed
//! over, then recorded. What may have gone is never sent a second time.

use super::carriers::Carriers;
use super::notify::Message;
use super::write_message::{self, Unwritten};
use super::{close_page, detach_card, money_back};
use crate::app::App;
use crate::carrier::{SendError, Way};
use crate::secret;
use crate::store::contact::Rendered;
use crate::store::event::{self, Event};
use crate::store::outbox::{self, Item};
use crate::store::{Error, Tx, contact, debtor, letter, link};
use futures_util::StreamExt as _;
use kept_domain::ids::LinkId;

/// Items that are claimed at once.
const CLAIMED_MAX: u32 = 16;
/// Items that are sent at the same time.
const AT_ONCE: usize = 4;
/// Milliseconds of a claim at least, and of the time after which a message that was being sent counts as lost.
const LEASE_MS: i64 = 10 * 60 * 1000;
/// Milliseconds after which a message that could not be handed over is given up.
const GIVE_UP_MS: i64 = 3 * 86_400_000;
/// Milliseconds to the second try, to the longest wait, and to the second try of what somebody is waiting for.
const FIRST_RETRY_MS: i64 = 5 * 60 * 1000;
const LONGEST_RETRY_MS: i64 = 6 * 3_600_000;
const WAITED_FOR_RETRY_MS: i64 = 30 * 1000;

/// What a run did, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Handed over.
    pub sent: u32,
    /// Given up: a person decides.
    pub failed: u32,
    /// Perhaps sent: a person decides.
    pub unknown: u32,
    /// Not wanted any more when their turn came.
    pub cancelled: u32,
    /// Put back for another try.
    pub later: u32,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    Failed(String),
    Unknown(String),
    Cancelled(String),
    Later(String),
    /// It may not leave before this instant, epoch milliseconds.
    Postponed(i64),
    /// Somebody else has it, or it is no message.
    Gone,
}

impl From<Unwritten> for Outcome {
    fn from(unwritten: Unwritten) -> Self {
        match unwritten {
            Unwritten::Unwanted(reason) => Self::Cancelled(reason),
            Unwritten::Unusable(reason) => Self::Failed(reason),
            Unwritten::Later(reason) => Self::Later(reason),
            Unwritten::Until(until_ms) => Self::Postponed(until_ms),
        }
    }
}

/// Sends everything that is due, until nothing is.
///
/// # Errors
/// When the store fails; what was sent and could not be recorded becomes unknown.
pub async fn run(app: &App, carriers: &Carriers) -> Result<Dispatched, Error> {
    let mut done = Dispatched { unknown: give_up_lost(app).await?, ..Dispatched::default() };
    loop {
        let items = outbox::claim(&app.db, app.clock.now_ms(), lease_ms(app), CLAIMED_MAX).await?;
        if items.is_empty() {
            return Ok(done);
        }
        let mut outcomes = futures_util::stream::iter(items)
            .map(|item| async move { dispatch(app, carriers, &item).await })
            .buffer_unordered(AT_ONCE);
        let mut broken = None;
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Ok(Outcome::Sent) => done.sent += 1,
                Ok(Outcome::Failed(_)) => done.failed += 1,
                Ok(Outcome::Unknown(_)) => done.unknown += 1,
                Ok(Outcome::Cancelled(_)) => done.cancelled += 1,
                Ok(Outcome::Later(_) | Outcome::Postponed(_)) => done.later += 1,
                Ok(Outcome::Gone) => {}
                Err(error) => broken = Some(error),
            }
        }
        if let Some(error) = broken {
            return Err(error);
        }
    }
}

/// A lease outlasts every answer that a carrier may take its time for.
fn lease_ms(app: &App) -> i64 {
    LEASE_MS.max(Carriers::patience_ms(&app.config) * 10)
}

/// What a worker was sending when it died may have gone: a person decides.
async fn give_up_lost(app: &App) -> Result<u32, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    // Of a batch whose closing was cut off it is certain that nothing has left.
    letter::put_back_lost(&tx, now_ms).await?;
    let lost = outbox::give_up_lost(&tx, now_ms).await?;
    for item in &lost {
        debtor::lock(&tx, &item.business, &item.debtor).await?;
        note(&tx, item, "unknown", "the worker stopped while sending", now_ms).await?;
    }
    tx.commit().await?;
    Ok(u32::try_from(lost.len()).unwrap_or(u32::MAX))
}

/// The whole way of one item.
async fn dispatch(app: &App, carriers: &Carriers, item: &Item) -> Result<Outcome, Error> {
    if item.kind == close_page::CLOSE_PAGE {
        return close_page::dispatch(app, item).await.map(|()| Outcome::Gone);
    }
    if item.kind == money_back::MONEY_BACK {
        return money_back::dispatch(app, item).await.map(|()| Outcome::Gone);
    }
    if item.kind == detach_card::DETACH_CARD {
        return detach_card::dispatch(app, item).await.map(|()| Outcome::Gone);
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    // The debtor's row first, as everywhere: what is read after it holds until the commit.
    let debtor = debtor::lock(&tx, &item.business, &item.debtor).await?;
    if !outbox::take(&tx, item, now_ms + lease_ms(app)).await? {
        return Ok(Outcome::Gone);
    }
    let ready = match write_message::write(app, carriers, &tx, item, debtor, now_ms).await {
        Ok(Ok(ready)) => ready,
        Ok(Err(unwritten)) => return end_unsent(tx, item, unwritten.into(), now_ms).await,
        Err(Error::Corrupt(column)) => {
            let outcome = Outcome::Failed(format!("a stored value cannot be read: {column}"));
            return end_unsent(tx, item, outcome, now_ms).await;
        }
        Err(error) => return Err(error),
    };
    if let Some(id) = &item.contact {
        let rendered = Rendered {
            subject: ready.parcel.subject(),
            body: &ready.redacted(ready.parcel.text()),
            link: ready.link.as_ref().map(LinkId::as_str),
            address: &ready.parcel.address(),
            provider_id: &ready.parcel.provider_id(),
        };
        contact::set_rendered(&tx, &item.business, id, rendered).await?;
    }
    tx.commit().await?;

    let mut provider_id = String::new();
    let outcome = match carriers.hand_over(&ready.parcel).await {
        Ok(id) => {
            provider_id = id;
            Outcome::Sent
        }
        Err(SendError::Later(said)) if now_ms - item.created_at_ms >= GIVE_UP_MS => {
            Outcome::Failed(format!("given up after three days: {}", ready.redacted(&said)))
        }
        Err(SendError::Later(said)) => Outcome::Later(ready.redacted(&said)),
        Err(SendError::Refused(said)) => Outcome::Failed(ready.redacted(&said)),
        Err(SendError::Unknown(said)) => Outcome::Unknown(ready.redacted(&said)),
    };
    let tx = app.db.begin().await?;
    // What became of it is a fact that the next decision is made of.
    debtor::lock(&tx, &item.business, &item.debtor).await?;
    if let Some(id) = item.contact.as_ref().filter(|_| !provider_id.is_empty()) {
        contact::set_provider_id(&tx, &item.business, id, &provider_id).await?;
    }
    settle(&tx, item, &outcome, ready.link.as_ref(), app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Records what became of an item of which nothing was written.
async fn end_unsent(tx: Tx, item: &Item, outcome: Outcome, now_ms: i64) -> Result<Outcome, Error> {
    settle(&tx, item, &outcome, None, now_ms).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Records what became of an item.
pub(super) async fn settle(
    tx: &Tx,
    item: &Item,
    outcome: &Outcome,
    link: Option<&LinkId>,
    now_ms: i64,
) -> Result<(), Error> {
    // A message that certainly did not leave took its link with it: the next try gets another.
    if let (Outcome::Failed(_) | Outcome::Later(_), Some(link)) = (outcome, link) {
        link::revoke(tx, &item.business, &item.debtor, link, now_ms).await?;
    }
    let (state, contact_state, reason) = match outcome {
        Outcome::Sent => ("done", "sent", ""),
        Outcome::Failed(said) => ("failed", "failed", said.as_str()),
        Outcome::Unknown(said) => ("unknown", "unknown", said.as_str()),
        Outcome::Cancelled(reason) => ("cancelled", "cancelled", reason.as_str()),
        Outcome::Later(said) => {
            let due_at_ms = now_ms + delay_ms(item, getrandom::u32().unwrap_or_default());
            outbox::retry(tx, item, due_at_ms, said).await?;
            if let Some(id) = &item.contact {
                contact::set_state(tx, &item.business, id, "queued", said, now_ms).await?;
            }
            return Ok(());
        }
        Outcome::Postponed(until_ms) => {
            outbox::postpone(tx, item, *until_ms).await?;
            if let Some(id) = &item.contact {
                contact::set_until(tx, &item.business, id, *until_ms).await?;
            }
            return Ok(());
        }
        Outcome::Gone => return Ok(()),
    };
    outbox::end(tx, item, state, reason).await?;
    note(tx, item, contact_state, reason, now_ms).await
}

/// The contact's new state, and the event that tells the business.
async fn note(tx: &Tx, item: &Item, state: &str, reason: &str, now_ms: i64) -> Result<(), Error> {
    if let Some(id) = &item.contact {
        contact::set_state(tx, &item.business, id, state, reason, now_ms).await?;
    }
    let what = Way::of_kind(&item.kind).map_or("Message", Way::words);
    let purpose = serde_json::from_str::<Message>(&item.payload).map_or("message", |message| message.purpose());
    let event = Event {
        id: secret::new_id(),
        debtor: Some(item.debtor.clone()),
        at_ms: now_ms,
        actor: "clock".into(),
        kind: format!("message_{state}"),
        subject: item.contact.clone().unwrap_or_else(|| item.id.clone()),
        detail: match reason {
            "" => format!("{what} ({purpose}) {state}"),
            reason => format!("{what} ({purpose}) {state}: {reason}"),
        },
        address: String::new(),
    };
    event::append(tx, &item.business, &event).await
}

/// Milliseconds to the next try: twice as long each time, a fifth more or less by chance so that not all come at once.
fn delay_ms(item: &Item, chance: u32) -> i64 {
    let waited_for = serde_json::from_str::<Message>(&item.payload).is_ok_and(|m| m.purpose() == "access");
    let first_ms = if waited_for { WAITED_FOR_RETRY_MS } else { FIRST_RETRY_MS };
    let wait_ms = (first_ms << item.tries.clamp(0, 12)).min(LONGEST_RETRY_MS);
    wait_ms * (800 + i64::from(chance % 401)) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(message: &Message, tries: i64) -> Item {
        Item {
            business: "b".into(),
            id: "o".into(),
            debtor: "d".into(),
            kind: Way::Mail.kind().into(),
            contact: None,
            payload: serde_json::to_string(message).unwrap(),
            tries,
            claimed_until_ms: 0,
            created_at_ms: 0,
        }
    }

    #[test]
    fn tries_are_farther_and_farther_apart_up_to_six_hours() {
        let minutes = |tries, chance| delay_ms(&item(&Message::Reminder, tries), chance) / 60_000;
        assert_eq!((0..8).map(|n| minutes(n, 200)).collect::<Vec<_>>(), [5, 10, 20, 40, 80, 160, 320, 360]);
        assert_eq!((minutes(0, 0), minutes(0, 400), minutes(60, 200)), (4, 6, 360));
        assert_eq!(delay_ms(&item(&Message::FreshLink, 0), 200), 30_000);
    }
}
