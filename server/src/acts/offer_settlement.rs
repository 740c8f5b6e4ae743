//! Offering less than is owed: how often it can be done, and what the business's rules answer. The floor stays here.

use super::advance_commitments::move_on;
use super::decide_commitment::{self, Offer as Counter};
use super::notify::{self, Message};
use super::propose::{Refusal, Standing};
use super::{Actor, Failure};
use crate::app::App;
use crate::network::is_same;
use crate::store::{Query, Tx, commitment, settlement};
use chrono::NaiveDate;
use kept_domain::calendar::days_between;
use kept_domain::commitment::{Event, Kind};
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId};
use kept_domain::settlement::{Answer, OFFERS_DAYS, OFFERS_MAX, OFFERS_OF_ADDRESS_MAX, Offer, check_offer};

const DAY_MS: i64 = 86_400_000;
/// Days for which a settlement that was left or not kept is remembered: a person decides on the next.
const UNKEPT_DAYS: i64 = 90;

/// Whether somebody can make another offer now; a network address is empty where only looking is asked about.
///
/// # Errors
/// `NoOffers` where the business takes none, `TooManyOffers` where it was done too often.
pub async fn check_allowed(
    app: &App,
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    address: &str,
) -> Result<(), Failure<Refusal>> {
    if !settlement::policy(q, business).await?.takes_offers() {
        return Err(Failure::Refused(Refusal::NoOffers));
    }
    let now_ms = app.clock.now_ms();
    let made = settlement::count_offers(q, business, debtor, now_ms - OFFERS_DAYS * DAY_MS).await?;
    let from_here = match address {
        "" => 0,
        address => {
            let all = settlement::addresses(q, business, now_ms - DAY_MS).await?;
            all.iter().filter(|other| is_same(other, address)).count()
        }
    };
    if made >= OFFERS_MAX || from_here >= OFFERS_OF_ADDRESS_MAX {
        return Err(Failure::Refused(Refusal::TooManyOffers));
    }
    Ok(())
}

/// An offer as the rules see it, where it can be made.
pub(super) fn read(standing: &Standing, amount_minor: i64, by: NaiveDate) -> Result<Offer, Refusal> {
    let oldest = standing.position.open.iter().find(|s| s.left_minor > s.disputed_minor);
    let offer = Offer {
        amount_minor,
        by,
        balance_minor: standing.position.owed_minor(),
        age_days: oldest.map_or(0, |s| days_between(s.invoice.due_on, standing.today)),
        today: standing.today,
    };
    check_offer(&offer).map(|()| offer).map_err(Refusal::Offer)
}

/// Answers a stored offer by the business's rules, in the transaction that stored it: accepts, declines, offers something
/// else, or leaves it to a person. Answers what the debtor is to look at: the offer, or what was offered in its place.
pub(super) async fn answer(
    app: &App,
    tx: &Tx,
    standing: &Standing,
    offer: &Offer,
    id: CommitmentId,
) -> Result<CommitmentId, Failure<Refusal>> {
    let (home, debtor, now_ms) = (&standing.business, &standing.debtor, app.clock.now_ms());
    let since_ms = now_ms - UNKEPT_DAYS * DAY_MS;
    // Who has an agreement already does not find out by the rules how much less would do.
    let has_one = standing.running.as_ref().is_some_and(|c| c.kind == Kind::Settlement);
    let unkept = settlement::is_unkept(tx, &home.id, &debtor.id, since_ms).await?;
    let trusted = !standing.changed_too_often && !has_one && !unkept;
    let rules = Actor::local("terms");
    let stored = commitment::find(tx, &home.id, &id).await?.ok_or(Failure::NotFound)?;
    match settlement::policy(tx, &home.id).await?.answer(offer, trusted) {
        Answer::Accept => {
            decide_commitment::take(app, tx, &home.id, &stored, &rules).await?;
            Ok(id)
        }
        Answer::Counter { amount_minor, by } => {
            let counter = Counter::Settlement { amount_minor, by };
            let made = decide_commitment::offer(app, tx, home, debtor, &stored, &counter, "", &rules).await;
            made.map_err(|failure| match failure {
                Failure::NotFound => Failure::NotFound,
                // The rules' own offer is of the same balance and on a day to come: there is always one.
                Failure::Refused(_) => Failure::Refused(Refusal::NothingOwed),
                Failure::Store(error) => Failure::Store(error),
            })
        }
        Answer::Decline => {
            let reason = "This is less than can be agreed right away";
            move_on(app, tx, &home.id, &stored, Event::Declined, &rules, reason).await?;
            let message = Message::CommitmentDeclined { commitment_id: id.clone() };
            notify::tell(tx, &home.id, debtor, &message, now_ms).await?;
            Ok(id)
        }
        Answer::Person => {
            let message = Message::CommitmentProposed { commitment_id: id.clone() };
            notify::tell(tx, &home.id, debtor, &message, now_ms).await?;
            Ok(id)
        }
    }
}
