//! Accepting an offer that the business made in answer to a proposal. Refusing one is `withdraw::commitment`.

use super::advance_commitments::move_on;
use super::{Actor, Failure};
use crate::app::App;
use crate::store::session::Session;
use crate::store::{commitment, debtor};
use kept_domain::commitment::{Event, State};
use kept_domain::ids::CommitmentId;

/// Why an offer was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has ended: accepted, refused or expired.
    Ended,
    /// The words are not those that were shown.
    Changed,
}

/// Accepts the offer whose words had the fingerprint `shown`.
pub async fn accept(
    app: &App,
    session: &Session,
    id: &CommitmentId,
    shown: &str,
    address: &str,
) -> Result<(), Failure<Refusal>> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &session.business, &session.debtor).await?.ok_or(Failure::NotFound)?;
    let found = commitment::find(&tx, &session.business, id).await?;
    let offer = found.filter(|c| c.debtor == session.debtor).ok_or(Failure::NotFound)?;
    if offer.state != State::Countered {
        return Err(Failure::Refused(Refusal::Ended));
    }
    if offer.words_sha256 != shown {
        return Err(Failure::Refused(Refusal::Changed));
    }
    let actor = Actor::debtor(address);
    for running in commitment::list_open(&tx, &session.business, &session.debtor).await? {
        if running.state.is_running() && running.currency == offer.currency {
            let reason = "replaced by a new agreement";
            move_on(app, &tx, &session.business, &running, Event::Cancelled, &actor, reason).await?;
        }
    }
    move_on(app, &tx, &session.business, &offer, Event::Accepted, &actor, "").await?;
    tx.commit().await?;
    Ok(())
}
