//! Accepting an offer that the business made in answer to a proposal. Refusing one is `withdraw::commitment`.

use super::advance_commitments::{find_stale, move_on};
use super::{Actor, Failure};
use crate::app::App;
use crate::store::session::Session;
use crate::store::{business, commitment, debtor};
use kept_domain::commitment::{Event, State};
use kept_domain::ids::CommitmentId;

/// Why an offer was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has ended: accepted, refused, expired, or no longer what is owed.
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
    let home = business::find(&tx, &session.business).await?.ok_or(Failure::NotFound)?;
    let today = app.clock.today(&home.zone);
    let why = match find_stale(&tx, &session.business, &offer, today).await? {
        Some(stale) => Some(stale.words()),
        None if offer.answer_by_on.is_some_and(|on| on < today) => Some("the offer was not answered in time"),
        None => None,
    };
    if let Some(why) = why {
        move_on(app, &tx, &session.business, &offer, Event::Expired, &Actor::local("clock"), why).await?;
        tx.commit().await?;
        return Err(Failure::Refused(Refusal::Ended));
    }
    for running in commitment::list_open(&tx, &session.business, &session.debtor).await? {
        if running.state.is_running() && running.currency == offer.currency {
            let reason = "replaced by a new agreement";
            move_on(app, &tx, &session.business, &running, Event::Cancelled, &actor, reason).await?;
        }
    }
    move_on(app, &tx, &session.business, &offer, Event::Accepted, &actor, "").await?;
    // The offer was made by the business: how the one who accepts it showed who they are is known only now.
    commitment::set_witness(&tx, &session.business, id, &session.identity, address).await?;
    tx.commit().await?;
    Ok(())
}
