//! What messages about kept cards say, as things stand when they leave.

use crate::clock::date_of;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::{Error, Tx, attempt, commitment, ledger, mandate};
use crate::templates::Matter;
use chrono::NaiveDate;
use kept_domain::charge::next_try;
use kept_domain::commitment::standing;
use kept_domain::ids::CommitmentId;
use kept_domain::mandate::State;
use kept_domain::money::Money;
use kept_domain::payment::AttemptState;

use super::notify::Message;

/// What the message says; `None` where it is not wanted any more: it was paid, revoked or charged meanwhile.
pub(super) async fn of(
    tx: &Tx,
    home: &Business,
    debtor: &Debtor,
    message: &Message,
    today: NaiveDate,
) -> Result<Option<Matter>, Error> {
    let business = &home.id;
    match message {
        Message::CardSoon { mandate_id, seq } => {
            let found = mandate::find(tx, business, mandate_id).await?;
            let Some(m) = found.filter(|m| m.debtor == debtor.id && m.state == State::Active) else { return Ok(None) };
            let notices = mandate::notices(tx, business, &m.commitment).await?;
            let Some(notice) = notices.iter().find(|n| n.seq == *seq) else { return Ok(None) };
            let left = left_of(tx, home, &m.commitment, *seq, today).await?;
            let amount = Money::new(left.min(notice.amount_minor), m.currency);
            Ok((amount.minor > 0).then_some(Matter::CardSoon { amount, card: m.last4, charge_on: notice.charge_on }))
        }
        Message::CardDeclined { attempt_id } | Message::CardConfirm { attempt_id } => {
            let found = attempt::find(tx, business, attempt_id).await?;
            let Some(a) = found.filter(|a| a.debtor == debtor.id && a.state == AttemptState::Failed) else {
                return Ok(None);
            };
            let (Some(commitment), Some(seq), Some(id)) = (&a.commitment, a.seq, &a.mandate) else { return Ok(None) };
            let seq = usize::try_from(seq).unwrap_or(usize::MAX);
            let left = left_of(tx, home, commitment, seq, today).await?;
            let card = mandate::find(tx, business, id).await?.map(|m| m.last4).unwrap_or_default();
            let amount = Money::new(left.min(a.amount_minor), a.currency);
            if amount.minor <= 0 {
                return Ok(None);
            }
            if matches!(message, Message::CardConfirm { .. }) {
                return Ok(Some(Matter::CardConfirm { amount, card }));
            }
            let all = attempt::list_charges(tx, business, commitment).await?;
            let failed: Vec<_> =
                all.iter().filter(|t| t.seq == a.seq && t.state == AttemptState::Failed && t.id <= a.id).collect();
            let first_on = failed.first().map_or(today, |t| date_of(t.created_at_ms, &home.zone));
            let again_on = next_try(first_on, failed.len(), &a.decline_code).filter(|on| *on >= today);
            Ok(Some(Matter::CardDeclined { amount, card, again_on }))
        }
        _ => Ok(None),
    }
}

/// Minor units left of one payment of an agreement that is running.
async fn left_of(tx: &Tx, home: &Business, id: &CommitmentId, seq: usize, today: NaiveDate) -> Result<i64, Error> {
    let running = commitment::find(tx, &home.id, id).await?.is_some_and(|c| c.state.is_running());
    if !running {
        return Ok(0);
    }
    let schedule = commitment::schedule(tx, &home.id, id).await?;
    let paid = ledger::arrived_towards(tx, &home.id, id).await?;
    Ok(standing(&schedule, paid, today).get(seq).map_or(0, |s| s.left_minor()))
}
