//! Deciding on a proposal, by a person of the business: accept, decline with a reason, or offer something else.

use super::advance_commitments::{Stale, find_stale, move_on};
use super::notify::{self, Message};
use super::position;
use super::propose::describe;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::business::Business;
use crate::store::commitment::{self, Commitment};
use crate::store::debtor::Debtor;
use crate::store::{Error, Tx, business, debtor};
use kept_domain::calendar::plus_days;
use kept_domain::commitment::{self as rules, Agreement, Event, Kind, Made, State};
use kept_domain::ids::{BusinessId, CommitmentId, InvoiceId};
use kept_domain::plan::{self, Instalment, PlanError, Proposal, Schedule};
use kept_domain::settlement::{self, OfferError};

/// Why a decision was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It no longer waits for the business.
    NotWaiting,
    /// A refusal needs a reason.
    ReasonMissing,
    /// Nothing is owed any more that an agreement could be about.
    NothingOwed,
    /// It no longer fits what is owed, or the day.
    Stale(Stale),
    /// The offer cannot be laid out.
    Plan(PlanError),
    /// The promised date of the offer is gone, or its amount is not part of what is owed.
    Promise(rules::PromiseError),
    /// The lower amount or its day cannot be offered.
    Less(OfferError),
}

/// What the business offers instead.
#[derive(Clone, Debug)]
pub enum Offer {
    /// Instalments; the total is what is owed.
    Plan(Proposal),
    /// An amount by a date.
    Promise {
        /// Minor units.
        amount_minor: i64,
        /// The date.
        by: chrono::NaiveDate,
    },
    /// Less than is owed, by a date, in full and final settlement.
    Settlement {
        /// Minor units.
        amount_minor: i64,
        /// The date.
        by: chrono::NaiveDate,
    },
}

/// Accepts a proposal as it stands; a running agreement gives way to it.
pub async fn accept(
    app: &App,
    business: &BusinessId,
    id: &CommitmentId,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let tx = app.db.begin().await?;
    let (_, c) = waiting(&tx, business, id).await?;
    let home = business::find(&tx, business).await?.ok_or(Failure::NotFound)?;
    if let Some(stale) = find_stale(&tx, business, &c, app.clock.today(&home.zone)).await? {
        return Err(Failure::Refused(Refusal::Stale(stale)));
    }
    take(app, &tx, business, &c, actor).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a proposal an agreement; what is running gives way to it. The caller holds the debtor's row.
pub(super) async fn take(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    c: &Commitment,
    actor: &Actor,
) -> Result<(), Error> {
    for running in commitment::list_open(tx, business, &c.debtor).await? {
        if running.state.is_running() && running.currency == c.currency {
            move_on(app, tx, business, &running, Event::Cancelled, actor, "replaced by a new agreement").await?;
        }
    }
    move_on(app, tx, business, c, Event::Accepted, actor, "").await
}

/// Declines a proposal; the reason is told to the debtor.
pub async fn decline(
    app: &App,
    business: &BusinessId,
    id: &CommitmentId,
    reason: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Failure::Refused(Refusal::ReasonMissing));
    }
    let tx = app.db.begin().await?;
    let (debtor, c) = waiting(&tx, business, id).await?;
    move_on(app, &tx, business, &c, Event::Declined, actor, reason).await?;
    let message = Message::CommitmentDeclined { commitment_id: id.clone() };
    notify::tell(&tx, business, &debtor, &message, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

/// Answers a proposal with an offer, which waits for the debtor. Answers the offer's id.
pub async fn counter(
    app: &App,
    business_id: &BusinessId,
    id: &CommitmentId,
    offer: &Offer,
    reason: &str,
    actor: &Actor,
) -> Result<CommitmentId, Failure<Refusal>> {
    let tx = app.db.begin().await?;
    let (debtor, c) = answerable(&tx, business_id, id).await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let new_id = self::offer(app, &tx, &home, &debtor, &c, offer, reason, actor).await?;
    tx.commit().await?;
    Ok(new_id)
}

/// The same in the transaction of the caller, who holds the debtor's row and has found that it can be answered.
#[expect(clippy::too_many_arguments, reason = "who offers what to whom in answer to what, in which transaction")]
pub(super) async fn offer(
    app: &App,
    tx: &Tx,
    home: &Business,
    debtor: &Debtor,
    c: &Commitment,
    offer: &Offer,
    reason: &str,
    actor: &Actor,
) -> Result<CommitmentId, Failure<Refusal>> {
    let (business_id, now_ms) = (&home.id, app.clock.now_ms());
    let today = app.clock.today(&home.zone);
    let position = position::load_in(tx, business_id, &c.debtor, c.currency).await?;
    let position = position.filter(|p| p.owed_minor() > 0).ok_or(Failure::Refused(Refusal::NothingOwed))?;
    let balance_minor = position.owed_minor();
    let (kind, proposal, schedule) = match offer {
        Offer::Plan(p) => {
            let p = Proposal { total_minor: balance_minor, ..p.clone() };
            if p.first_on < today {
                return Err(Failure::Refused(Refusal::Plan(PlanError::FirstInPast)));
            }
            let schedule = plan::schedule(&p).map_err(|e| Failure::Refused(Refusal::Plan(e)))?;
            let schedule = schedule.in_steps(c.currency.step_minor());
            (Kind::Plan, Some(p), schedule)
        }
        Offer::Promise { amount_minor, by } => {
            rules::judge_promise(*amount_minor, balance_minor, *by, u32::MAX, today)
                .map_err(|e| Failure::Refused(Refusal::Promise(e)))?;
            let one = Instalment { due_on: *by, amount_minor: *amount_minor };
            (Kind::Promise, None, Schedule { instalments: vec![one] })
        }
        Offer::Settlement { amount_minor, by } => {
            let less = settlement::Offer { amount_minor: *amount_minor, by: *by, balance_minor, age_days: 0, today };
            settlement::check_offer(&less).map_err(|e| Failure::Refused(Refusal::Less(e)))?;
            let one = Instalment { due_on: *by, amount_minor: *amount_minor };
            (Kind::Settlement, None, Schedule { instalments: vec![one] })
        }
    };
    let words = rules::words(&Agreement {
        kind,
        business: home.name.clone(),
        payer: debtor.name.clone(),
        currency: c.currency,
        balance_minor,
        invoices: position.for_commitment().into_iter().map(|(_, number, left)| (number, left)).collect(),
        schedule: schedule.clone(),
        made: Made::AsOffer,
        replaces_on: None,
        on: today,
        zone: home.zone.clone(),
    });
    let note = if reason.trim().is_empty() { "answered with another offer" } else { reason.trim() };
    if c.state == State::Proposed {
        move_on(app, tx, business_id, c, Event::Declined, actor, note).await?;
    }
    let new_id: CommitmentId = secret::new_id();
    let row = Commitment {
        id: new_id.clone(),
        kind,
        state: State::Countered,
        total_minor: schedule.total_minor(),
        proposal,
        words_sha256: secret::sha256(&words),
        words,
        words_version: rules::WORDS_VERSION.to_owned(),
        button: rules::button(kind, Made::AsOffer).to_owned(),
        proposed_by: actor.name.clone(),
        proposed_at_ms: now_ms,
        address: actor.address.clone(),
        // An offer that was accepted after its first payment was due would begin with a missed one.
        answer_by_on: schedule.instalments.first().map(|one| one.due_on.min(plus_days(today, rules::ANSWER_DAYS))),
        decided_by: None,
        decided_at_ms: None,
        reason: String::new(),
        healed: String::new(),
        settles_minor: if kind == Kind::Settlement { balance_minor } else { 0 },
        replaces: None,
        counters: Some(c.id.clone()),
        ended_at_ms: None,
        ..c.clone()
    };
    let covered: Vec<(InvoiceId, i64)> =
        position.for_commitment().into_iter().map(|(id, _, left)| (id, left)).collect();
    commitment::insert(tx, business_id, &row, &schedule, &covered).await?;
    let kind = format!("{}_offered", kind.code());
    let detail = describe(&row, &schedule);
    record(
        app,
        tx,
        business_id,
        actor,
        Happened { debtor: Some(&c.debtor), kind: &kind, subject: new_id.as_str(), detail },
    )
    .await?;
    let message = Message::CommitmentCountered { commitment_id: new_id.clone() };
    notify::tell(tx, business_id, debtor, &message, now_ms).await?;
    Ok(new_id)
}

/// Takes the debtor's row and what can be answered with an offer: a proposal that waits, or a broken agreement that is
/// opened again while nothing else runs or waits.
async fn answerable(
    tx: &Tx,
    business: &BusinessId,
    id: &CommitmentId,
) -> Result<(debtor::Debtor, Commitment), Failure<Refusal>> {
    let c = commitment::find(tx, business, id).await?.ok_or(Failure::NotFound)?;
    if c.state != State::Broken {
        return waiting(tx, business, id).await;
    }
    let debtor = debtor::lock(tx, business, &c.debtor).await?.ok_or(Failure::NotFound)?;
    let open = commitment::list_open(tx, business, &c.debtor).await?;
    let c = commitment::find(tx, business, id).await?.ok_or(Failure::NotFound)?;
    if c.state != State::Broken || open.iter().any(|other| other.currency == c.currency) {
        return Err(Failure::Refused(Refusal::NotWaiting));
    }
    Ok((debtor, c))
}

/// Takes the debtor's row and the proposal, which must wait for the business.
async fn waiting(
    tx: &Tx,
    business: &BusinessId,
    id: &CommitmentId,
) -> Result<(debtor::Debtor, Commitment), Failure<Refusal>> {
    let c = commitment::find(tx, business, id).await?.ok_or(Failure::NotFound)?;
    let debtor = debtor::lock(tx, business, &c.debtor).await?.ok_or(Failure::NotFound)?;
    // Read again: it may have been answered while the row was awaited.
    let c = commitment::find(tx, business, id).await?.ok_or(Failure::NotFound)?;
    if c.state != State::Proposed {
        return Err(Failure::Refused(Refusal::NotWaiting));
    }
    Ok((debtor, c))
}
