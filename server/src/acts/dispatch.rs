//! Sending what waits in the outbox: decided on again, written and given its link in one transaction, then handed
//! over, then recorded. What may have gone is never sent a second time.

use super::close_page;
use super::notify::{self, Message};
use super::remind::{self, Leave};
use crate::app::App;
use crate::clock::date_of;
use crate::mail::{self, Mailer, Outgoing, Party, SendError};
use crate::secret;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::event::{self, Event};
use crate::store::link::{self, NewLink};
use crate::store::outbox::{self, Item};
use crate::store::{Error, Tx, business, code, commitment, contact, debtor, dispute, ledger, template};
use crate::templates::{self, Language, Matter, Sides, Texts};
use futures_util::StreamExt as _;
use kept_domain::commitment::State;
use kept_domain::dispute::State as DisputeState;
use kept_domain::ids::LinkId;
use kept_domain::money::Money;

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
enum Outcome {
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

/// Sends everything that is due, until nothing is.
///
/// # Errors
/// When the store fails; what was sent and could not be recorded becomes unknown.
pub async fn run(app: &App, mailer: &Mailer) -> Result<Dispatched, Error> {
    let mut done = Dispatched { unknown: give_up_lost(app).await?, ..Dispatched::default() };
    loop {
        let items = outbox::claim(&app.db, app.clock.now_ms(), lease_ms(app), CLAIMED_MAX).await?;
        if items.is_empty() {
            return Ok(done);
        }
        let mut outcomes = futures_util::stream::iter(items)
            .map(|item| async move { dispatch(app, mailer, &item).await })
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

/// A lease outlasts every answer that the mail server may take its time for.
fn lease_ms(app: &App) -> i64 {
    let answer_s = i64::from(app.config.mail.timeout_s.unwrap_or(mail::TIMEOUT_S));
    LEASE_MS.max(answer_s * 1000 * 10)
}

/// What a worker was sending when it died may have gone: a person decides.
async fn give_up_lost(app: &App) -> Result<u32, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let lost = outbox::give_up_lost(&tx, now_ms).await?;
    for item in &lost {
        debtor::lock(&tx, &item.business, &item.debtor).await?;
        note(&tx, item, "unknown", "the worker stopped while sending", now_ms).await?;
    }
    tx.commit().await?;
    Ok(u32::try_from(lost.len()).unwrap_or(u32::MAX))
}

/// A message that is ready, and the secrets in it that nothing else may hold.
struct Ready {
    outgoing: Outgoing,
    link: Option<LinkId>,
    secrets: Vec<(String, &'static str)>,
}

impl Ready {
    /// A text in which no secret stands.
    fn redacted(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, (secret, mask)| text.replace(secret, mask))
    }
}

/// The whole way of one item.
async fn dispatch(app: &App, mailer: &Mailer, item: &Item) -> Result<Outcome, Error> {
    if item.kind == close_page::CLOSE_PAGE {
        return close_page::dispatch(app, item).await.map(|()| Outcome::Gone);
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    // The debtor's row first, as everywhere: what is read after it holds until the commit.
    let debtor = debtor::lock(&tx, &item.business, &item.debtor).await?;
    if !outbox::take(&tx, item, now_ms + lease_ms(app)).await? {
        return Ok(Outcome::Gone);
    }
    let ready = match prepare(app, mailer, &tx, item, debtor, now_ms).await {
        Ok(Ok(ready)) => ready,
        Ok(Err(outcome)) => {
            settle(&tx, item, &outcome, None, now_ms).await?;
            tx.commit().await?;
            return Ok(outcome);
        }
        Err(Error::Corrupt(column)) => {
            let outcome = Outcome::Failed(format!("a stored value cannot be read: {column}"));
            settle(&tx, item, &outcome, None, now_ms).await?;
            tx.commit().await?;
            return Ok(outcome);
        }
        Err(error) => return Err(error),
    };
    if let Some(id) = &item.contact {
        let words = ready.redacted(&ready.outgoing.text);
        let link = ready.link.as_ref().map(LinkId::as_str);
        contact::set_text(&tx, &item.business, id, &ready.outgoing.subject, &words, link).await?;
    }
    tx.commit().await?;

    let outcome = match mailer.send(&ready.outgoing).await {
        Ok(()) => Outcome::Sent,
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
    settle(&tx, item, &outcome, ready.link.as_ref(), app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Records what became of an item.
async fn settle(tx: &Tx, item: &Item, outcome: &Outcome, link: Option<&LinkId>, now_ms: i64) -> Result<(), Error> {
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
    let purpose = serde_json::from_str::<Message>(&item.payload).map_or("message", |message| message.purpose());
    let event = Event {
        id: secret::new_id(),
        debtor: Some(item.debtor.clone()),
        at_ms: now_ms,
        actor: "clock".into(),
        kind: format!("message_{state}"),
        subject: item.contact.clone().unwrap_or_else(|| item.id.clone()),
        detail: match reason {
            "" => format!("E-mail ({purpose}) {state}"),
            reason => format!("E-mail ({purpose}) {state}: {reason}"),
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

/// Decides again, mints the link or the code, and writes the message; or says why there is none to send.
async fn prepare(
    app: &App,
    mailer: &Mailer,
    tx: &Tx,
    item: &Item,
    debtor: Option<Debtor>,
    now_ms: i64,
) -> Result<Result<Ready, Outcome>, Error> {
    let cancelled = |reason: &str| Ok(Err(Outcome::Cancelled(reason.to_owned())));
    if item.kind != notify::MAIL {
        return Ok(Err(Outcome::Failed(format!("not a kind that is known: {}", item.kind))));
    }
    let message: Message = serde_json::from_str(&item.payload).map_err(|_| Error::Corrupt("payload".into()))?;
    let (Some(home), Some(debtor)) = (business::find(tx, &item.business).await?, debtor) else {
        return cancelled("not_found");
    };
    if debtor.email.is_empty() {
        return cancelled("no_address");
    }
    if !mail::is_address(&debtor.email) {
        return Ok(Err(Outcome::Failed("address_unusable".into())));
    }
    let Some((from, reply_to)) = sender(app, mailer, &home) else {
        return Ok(Err(Outcome::Later("no sender: set mail.from, or the business's e-mail address".into())));
    };
    let mut secrets = Vec::new();
    let matter = match matter(app, tx, item, &home, &debtor, &message, now_ms).await? {
        Ok(matter) => matter,
        Err(Unwanted::Never(reason)) => return cancelled(&reason),
        Err(Unwanted::Until(until_ms)) => return Ok(Err(Outcome::Postponed(until_ms))),
    };
    if let Matter::OneTimeCode { code, .. } = &matter {
        secrets.push((code.clone(), "••••••"));
    }
    let mut sides = Sides {
        business: from.name.clone(),
        phone: home.phone.clone(),
        address: home.address.clone(),
        name: debtor.name.clone(),
        url: None,
        url_until: date_of(now_ms + app.config.link_ms(), &home.zone),
    };
    let mut link = None;
    if !matches!(message, Message::OneTimeCode { .. }) {
        let (id, token) = mint(app, tx, item, &message, now_ms).await?;
        sides.url = Some(format!("{}/l/{token}", app.public_url()));
        secrets.push((token, "…"));
        link = Some(id);
    }
    let texts = Texts(template::in_force(tx, &item.business).await?);
    let written = templates::write(&texts, Language::of(&debtor.language), &sides, &matter);
    let outgoing = Outgoing {
        id: item.id.clone(),
        from,
        reply_to,
        to: Party { name: debtor.name, address: debtor.email },
        subject: written.subject.clone(),
        text: written.text(),
        html: written.html(),
        at_ms: now_ms,
    };
    Ok(Ok(Ready { outgoing, link, secrets }))
}

/// Who it is from and where answers go. `None` where nobody could answer and mail leaves this machine.
fn sender(app: &App, mailer: &Mailer, home: &Business) -> Option<(Party, Option<Party>)> {
    let own = Party { name: home.name.clone(), address: home.email.clone() };
    let own = mail::is_address(&own.address).then_some(own);
    let said = app.config.mail.from.as_deref().and_then(mail::parse_party);
    let nobody = || Party { name: home.name.clone(), address: "kept@localhost".into() };
    let mut from = said.or_else(|| own.clone()).or_else(|| mailer.stays_here().then(nobody))?;
    if from.name.is_empty() {
        from.name = home.name.clone();
    }
    Some((from, own))
}

/// A link of the message's own; only its fingerprint is stored.
async fn mint(app: &App, tx: &Tx, item: &Item, message: &Message, now_ms: i64) -> Result<(LinkId, String), Error> {
    let token = secret::token().map_err(|_| Error::Corrupt("the system's randomness".into()))?;
    let new = NewLink {
        id: secret::new_id(),
        debtor: item.debtor.clone(),
        token_hash: secret::sha256(&token),
        origin: match message {
            Message::Reminder => "reminder",
            Message::FreshLink => "fresh",
            _ => "message",
        }
        .into(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + app.config.link_ms(),
    };
    link::insert(tx, &item.business, &new).await?;
    Ok((new.id, token))
}

/// Why a message does not leave.
enum Unwanted {
    /// Not now, but at this instant, epoch milliseconds.
    Until(i64),
    /// It is not wanted any more.
    Never(String),
}

/// What a message is about, as things stand now; or why it does not leave.
async fn matter(
    app: &App,
    tx: &Tx,
    item: &Item,
    home: &Business,
    debtor: &Debtor,
    message: &Message,
    now_ms: i64,
) -> Result<Result<Matter, Unwanted>, Error> {
    let business = &home.id;
    let superseded = Ok(Err(Unwanted::Never("superseded".to_owned())));
    let missing = Ok(Err(Unwanted::Never("not_found".to_owned())));
    Ok(Ok(match message {
        Message::Reminder => match remind::leave(tx, home, debtor, item, now_ms).await? {
            Leave::Now(asked) => asked.matter(app.config.stripe.secret_key.is_some()),
            Leave::At(until_ms) => return Ok(Err(Unwanted::Until(until_ms))),
            Leave::Not(reason) => return Ok(Err(Unwanted::Never(reason))),
        },
        Message::Receipt { transfer_id } => {
            let Some(movement) = ledger::find_movement(tx, business, &debtor.id, transfer_id).await? else {
                return missing;
            };
            let left = ledger::balances(tx, business, &debtor.id).await?;
            Matter::Receipt {
                amount: Money::new(movement.amount_minor, movement.currency),
                paid_on: movement.moved_on,
                reference: transfer_id.to_string(),
                left: left.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect(),
            }
        }
        Message::DisputeReceived { dispute_id }
        | Message::DisputeAnswered { dispute_id }
        | Message::DisputeResolved { dispute_id } => {
            let found = dispute::find(tx, business, dispute_id).await?.filter(|d| d.debtor == debtor.id);
            let Some(d) = found else { return missing };
            match message {
                Message::DisputeReceived { .. } if d.state == DisputeState::Open => {
                    Matter::DisputeReceived { kind: d.kind, answer_by_on: d.answer_by_on }
                }
                Message::DisputeAnswered { .. } if d.state == DisputeState::Answered => {
                    Matter::DisputeAnswered { answer: d.answer }
                }
                Message::DisputeResolved { .. } if !d.state.is_open() && d.state != DisputeState::Withdrawn => {
                    let credited = (d.credited_minor > 0).then(|| Money::new(d.credited_minor, d.currency));
                    Matter::DisputeResolved { kind: d.kind, state: d.state, credited, answer: d.answer }
                }
                _ => return superseded,
            }
        }
        Message::CommitmentAgreed { commitment_id }
        | Message::CommitmentProposed { commitment_id }
        | Message::CommitmentDeclined { commitment_id }
        | Message::CommitmentCountered { commitment_id } => {
            let found = commitment::find(tx, business, commitment_id).await?.filter(|c| c.debtor == debtor.id);
            let Some(c) = found else { return missing };
            match (message, c.state) {
                (Message::CommitmentAgreed { .. }, State::Active | State::Missed | State::Kept) => {
                    Matter::Agreed { words: c.words }
                }
                (Message::CommitmentProposed { .. }, State::Proposed) => {
                    Matter::Proposed { words: c.words, answer_by_on: c.answer_by_on }
                }
                (Message::CommitmentDeclined { .. }, State::Declined) => Matter::Declined { reason: c.reason },
                (Message::CommitmentCountered { .. }, State::Countered) => {
                    Matter::Countered { words: c.words, reason: c.reason, answer_by_on: c.answer_by_on }
                }
                _ => return superseded,
            }
        }
        Message::FreshLink => Matter::FreshLink,
        Message::OneTimeCode { link_id } => {
            let links = link::list(tx, business, &debtor.id).await?;
            let live = links.iter().any(|l| l.id == *link_id && l.is_live(now_ms));
            // Whoever waited longer than a code lasts has asked again, or gone.
            if !live || now_ms - item.created_at_ms > code::LIFE_MS {
                return Ok(Err(Unwanted::Never("expired".to_owned())));
            }
            let digits = secret::code().map_err(|_| Error::Corrupt("the system's randomness".into()))?;
            code::put(tx, business, link_id, &secret::code_hash(link_id, &digits), now_ms).await?;
            Matter::OneTimeCode { code: digits, minutes: code::LIFE_MS / 60_000 }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(message: &Message, tries: i64) -> Item {
        Item {
            business: "b".into(),
            id: "o".into(),
            debtor: "d".into(),
            kind: notify::MAIL.into(),
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
