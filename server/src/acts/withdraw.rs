//! Taking back: a proposal, an agreement, a dispute.

use super::advance_commitments::move_on;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::session::Session;
use crate::store::{commitment, debtor, dispute};
use kept_domain::commitment::{Event, State};
use kept_domain::dispute as rules;
use kept_domain::ids::{CommitmentId, DisputeId};

/// It has ended already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// What somebody takes back: the page they looked at may be older than how it stands now, so they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A proposal that waits for the business.
    Proposal,
    /// An offer of the business that waits for them.
    Offer,
    /// A running agreement.
    Agreement,
}

/// Withdraws a proposal, refuses an offer or cancels an agreement; `Ended` where it is no longer that. A cancelled
/// agreement leaves what is owed as it is.
pub async fn commitment(
    app: &App,
    session: &Session,
    id: &CommitmentId,
    what: What,
    address: &str,
) -> Result<(), Failure<Ended>> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &session.business, &session.debtor).await?.ok_or(Failure::NotFound)?;
    let found = commitment::find(&tx, &session.business, id).await?;
    let c = found.filter(|c| c.debtor == session.debtor).ok_or(Failure::NotFound)?;
    let (event, reason) = match (what, c.state) {
        (What::Proposal, State::Proposed) => (Event::Withdrawn, "taken back"),
        (What::Offer, State::Countered) => (Event::Withdrawn, "the offer was refused"),
        (What::Agreement, State::Active | State::Missed) => (Event::Cancelled, "cancelled by the person who pays"),
        _ => return Err(Failure::Refused(Ended)),
    };
    move_on(app, &tx, &session.business, &c, event, &Actor::debtor(address), reason).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a dispute, a claim or a hardship back: nothing is held by it any more.
pub async fn dispute(app: &App, session: &Session, id: &DisputeId, address: &str) -> Result<(), Failure<Ended>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &session.business, &session.debtor).await?.ok_or(Failure::NotFound)?;
    let found = dispute::find(&tx, &session.business, id).await?;
    let d = found.filter(|d| d.debtor == session.debtor).ok_or(Failure::NotFound)?;
    let state = rules::next(d.kind, d.state, rules::Event::Withdrawn).ok_or(Failure::Refused(Ended))?;
    let answer = dispute::Answer { state, answer: "", credited_minor: 0, by: "debtor" };
    dispute::set_answer(&tx, &session.business, id, &answer, now_ms).await?;
    let kind = format!("{}_withdrawn", d.kind.code());
    let happened = Happened { debtor: Some(&session.debtor), kind: &kind, subject: id.as_str(), detail: String::new() };
    record(app, &tx, &session.business, &Actor::debtor(address), happened).await?;
    tx.commit().await?;
    Ok(())
}
