//! What a message is about, as things stand when it leaves.

use super::card_matter;
use super::notify::Message;
use super::remind::{self, Leave};
use crate::app::App;
use crate::clock::date_of;
use crate::secret;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::outbox::Item;
use crate::store::{Error, Tx, code, commitment, dispute, ledger, link};
use crate::templates::Matter;
use kept_domain::commitment::State;
use kept_domain::dispute::State as DisputeState;
use kept_domain::money::Money;

/// Why a message does not leave.
pub(super) enum Unwanted {
    /// Not now, but at this instant, epoch milliseconds.
    Until(i64),
    /// It is not wanted any more.
    Never(String),
}

/// What a message is about, as things stand now; or why it does not leave.
pub(super) async fn matter(
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
        Message::Reminder => match remind::leave(app, tx, home, debtor, item, now_ms).await? {
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
        Message::CardSoon { .. } | Message::CardDeclined { .. } | Message::CardConfirm { .. } => {
            match card_matter::of(tx, home, debtor, message, date_of(now_ms, &home.zone)).await? {
                Some(matter) => matter,
                None => return superseded,
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
