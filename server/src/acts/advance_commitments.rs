//! Moving commitments on: what time and payments bring.

use super::notify::{self, Message};
use super::pause_reminders;
use super::position;
use super::take_off;
use super::{Actor, Happened, record};
use crate::app::App;
use crate::store::commitment::{self, Commitment};
use crate::store::{Error, Tx, business, debtor, hold, ledger};
use chrono::NaiveDate;
use kept_domain::commitment::{Event, Kind, State, advance, next};
use kept_domain::ids::{BusinessId, DebtorId};

/// Moves on every commitment that is due a look today; answers how many moved.
pub async fn run(app: &App) -> Result<u32, Error> {
    let mut moved = 0;
    let mut after = String::new();
    // The day is over somewhere before it is over everywhere: each business's own date decides below.
    let latest_on = app.clock.today("Pacific/Kiritimati");
    loop {
        let due = commitment::list_due(&app.db, latest_on, &after, 200).await?;
        let Some((_, _, last)) = due.last() else { return Ok(moved) };
        after = last.to_string();
        for (business, debtor, _) in &due {
            let tx = app.db.begin().await?;
            if debtor::lock(&tx, business, debtor).await?.is_some() {
                let of_debtor = of_debtor(app, &tx, business, debtor).await?;
                moved += of_debtor;
                // Where nothing moved, nothing is written: nobody has to look at the debtor again.
                if of_debtor > 0 {
                    tx.commit().await?;
                }
            }
        }
    }
}

/// Moves on a debtor's commitments; the caller holds the debtor's row. Answers how many moved.
pub async fn of_debtor(app: &App, tx: &Tx, business: &BusinessId, debtor: &DebtorId) -> Result<u32, Error> {
    let Some(home) = business::find(tx, business).await? else { return Ok(0) };
    let today = app.clock.today(&home.zone);
    let actor = Actor::local("clock");
    let mut moved = 0;
    for c in commitment::list_of_debtor(tx, business, debtor).await? {
        if c.state == State::Proposed || c.state == State::Countered {
            if owed(tx, business, &c).await? == 0 {
                move_on(app, tx, business, &c, Event::Expired, &actor, "nothing is left to pay").await?;
                moved += 1;
            } else if c.answer_by_on.is_some_and(|on| on < today) && c.state == State::Countered {
                move_on(app, tx, business, &c, Event::Expired, &actor, "the offer was not answered in time").await?;
                moved += 1;
            }
            continue;
        }
        // More than one event may be due at once after a pause, such as missed and then broken.
        let mut c = c;
        while let Some(event) = due_event(tx, business, &c, today, app.clock.now_ms()).await? {
            move_on(app, tx, business, &c, event, &actor, "").await?;
            moved += 1;
            match next(c.state, event) {
                Some(state) => c.state = state,
                None => break,
            }
            take_off::follow(app, tx, business, &c, today).await?;
        }
    }
    Ok(moved)
}

async fn due_event(
    tx: &Tx,
    business: &BusinessId,
    c: &Commitment,
    today: NaiveDate,
    now_ms: i64,
) -> Result<Option<Event>, Error> {
    if !matches!(c.state, State::Active | State::Missed | State::Broken | State::Kept) {
        return Ok(None);
    }
    let schedule = commitment::schedule(tx, business, &c.id).await?;
    // What the business gives back of its own accord is owed again, but nobody has failed to pay it: it undoes nothing that
    // was kept, and a lower amount that was paid by its day stays paid.
    let mut paid = match c.kind == Kind::Settlement || !c.state.is_running() {
        true => ledger::arrived_towards(tx, business, &c.id).await?,
        false => ledger::paid_towards(tx, business, &c.id).await?,
    };
    if c.state.is_running() && owed(tx, business, c).await? == 0 {
        // Nothing is left of what it was for, as after a credit note: it is kept.
        paid = paid.max(c.total_minor);
    }
    let event = advance(c.kind, c.state, &schedule, paid, today);
    let worse = |event: Option<Event>| matches!(event, Some(Event::Missed | Event::Broken));
    // The words of a settlement say that its day stays the same.
    if worse(event) && c.kind != Kind::Settlement {
        // What is said to be wrong or paid already is not late until that has been looked into.
        let position = position::load_in(tx, business, &c.debtor, c.currency).await?;
        let held = position.map_or(0, |p| p.disputed_minor);
        if is_given_back(tx, business, &c.debtor, today).await? {
            // A person looks first at what was given back.
            return Ok(None);
        }
        if held > 0 && !worse(advance(c.kind, c.state, &schedule, paid + held, today)) {
            return Ok(None);
        }
    }
    if c.state == State::Kept && event.is_some() {
        // Only money that was taken back since reopens it, and only while something is owed.
        let ended_ms = c.ended_at_ms.unwrap_or_default();
        if !ledger::was_taken_back(tx, business, &c.id, ended_ms).await? {
            return Ok(None);
        }
        if owed(tx, business, c).await? == 0 {
            // It was too much, or others made it good: what is owed later is not owed by that.
            commitment::set_ended(tx, business, &c.id, now_ms).await?;
            return Ok(None);
        }
        // Where another agreement has taken its place it stays as it is, but for what a settlement took off.
        let open = commitment::list_open(tx, business, &c.debtor).await?;
        if open.iter().any(|r| r.currency == c.currency && r.state.is_running()) {
            return Ok((c.kind == Kind::Settlement).then_some(Event::Broken));
        }
    }
    Ok(event)
}

async fn is_given_back(tx: &Tx, business: &BusinessId, debtor: &DebtorId, today: NaiveDate) -> Result<bool, Error> {
    let holds = hold::list(tx, business, debtor).await?;
    Ok(holds.iter().any(|h| h.reason == pause_reminders::Kind::Refund.code() && h.is_on(today)))
}

async fn owed(tx: &Tx, business: &BusinessId, c: &Commitment) -> Result<i64, Error> {
    let position = position::load_in(tx, business, &c.debtor, c.currency).await?;
    Ok(position.map_or(0, |p| (p.left_minor - p.on_account_minor).max(0)))
}

/// Why a proposal or an offer cannot become an agreement as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Less is owed by now, or part of it is in dispute.
    MoreThanOwed,
    /// Its first payment was due before today.
    DatesGone,
}

impl Stale {
    /// What to tell people.
    pub fn words(self) -> &'static str {
        match self {
            Self::MoreThanOwed => "Less is left to pay by now than this would cover",
            Self::DatesGone => "The day of the first payment has passed meanwhile",
        }
    }
}

/// Whether a proposal or an offer still fits what is owed and the day. The caller holds the debtor's row.
pub async fn find_stale(
    tx: &Tx,
    business: &BusinessId,
    c: &Commitment,
    today: NaiveDate,
) -> Result<Option<Stale>, Error> {
    let position = position::load_in(tx, business, &c.debtor, c.currency).await?;
    if c.total_minor.max(c.settles_minor) > position.map_or(0, |p| p.owed_minor()) {
        return Ok(Some(Stale::MoreThanOwed));
    }
    let first = commitment::schedule(tx, business, &c.id).await?.instalments.into_iter().next();
    Ok(first.filter(|one| one.due_on < today).map(|_| Stale::DatesGone))
}

/// Moves a commitment along a legal edge and records it. The caller holds the debtor's row.
pub async fn move_on(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    c: &Commitment,
    event: Event,
    actor: &Actor,
    reason: &str,
) -> Result<(), Error> {
    let state = next(c.state, event).ok_or_else(|| Error::Corrupt(format!("{:?} while {:?}", event, c.state)))?;
    let decided_by = matches!(event, Event::Accepted | Event::Declined).then_some(actor.name.as_str());
    commitment::set_state(tx, business, &c.id, state, decided_by, reason, app.clock.now_ms()).await?;
    let past = match event {
        Event::Accepted => "accepted",
        Event::Declined => "declined",
        Event::Withdrawn => "withdrawn",
        Event::Expired => "expired",
        Event::Missed => "missed",
        Event::Healed => "healed",
        Event::Fulfilled => "kept",
        Event::Broken => "broken",
        Event::Cancelled => "cancelled",
    };
    let kind = format!("{}_{past}", c.kind.code());
    let happened = Happened { debtor: Some(&c.debtor), kind: &kind, subject: c.id.as_str(), detail: reason.to_owned() };
    record(app, tx, business, actor, happened).await?;
    if event == Event::Accepted
        && let Some(debtor) = debtor::find(tx, business, &c.debtor).await?
    {
        let message = Message::CommitmentAgreed { commitment_id: c.id.clone() };
        notify::tell(tx, business, &debtor, &message, app.clock.now_ms()).await?;
    }
    Ok(())
}
