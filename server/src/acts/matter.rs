//! What a message is about, as things stand when it leaves.

use super::notify::Message;
use super::{position, remind};
use crate::app::App;
use crate::clock::date_of;
use crate::secret;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::outbox::Item;
use crate::store::reminder::Known;
use crate::store::{Error, Tx, code, commitment, dispute, invoice, ledger, link};
use crate::templates::{self, Matter};
use kept_domain::commitment::{State, standing};
use kept_domain::contact::Decision;
use kept_domain::dispute::State as DisputeState;
use kept_domain::money::Money;

/// What a message is about, as things stand now; or why it is not wanted any more.
pub(super) async fn matter(
    app: &App,
    tx: &Tx,
    item: &Item,
    home: &Business,
    debtor: &Debtor,
    message: &Message,
    now_ms: i64,
) -> Result<Result<Matter, String>, Error> {
    let business = &home.id;
    let superseded = Ok(Err("superseded".to_owned()));
    let missing = Ok(Err("not_found".to_owned()));
    Ok(Ok(match message {
        Message::Reminder => {
            let but = item.contact.as_deref().unwrap_or_default();
            let (decision, known) = remind::decide_again(tx, home, &debtor.id, but, now_ms).await?;
            match decision {
                Decision::Send => reminder(app, tx, home, debtor, &known, now_ms).await?,
                Decision::Wait { reason, .. } | Decision::Never(reason) => return Ok(Err(reason.code().to_owned())),
            }
        }
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
                return Ok(Err("expired".to_owned()));
            }
            let digits = secret::code().map_err(|_| Error::Corrupt("the system's randomness".into()))?;
            code::put(tx, business, link_id, &secret::code_hash(link_id, &digits), now_ms).await?;
            Matter::OneTimeCode { code: digits, minutes: code::LIFE_MS / 60_000 }
        }
    }))
}

/// What a reminder asks for: the payments of an agreement that have not come, or else everything overdue that is not
/// in dispute, after part payments.
async fn reminder(
    app: &App,
    tx: &Tx,
    home: &Business,
    debtor: &Debtor,
    known: &Known,
    now_ms: i64,
) -> Result<Matter, Error> {
    let today = date_of(now_ms, &home.zone);
    let by_card = app.config.stripe.secret_key.is_some();
    let mut items = Vec::new();
    for c in commitment::list_open(tx, &home.id, &debtor.id).await? {
        if c.state != State::Missed {
            continue;
        }
        let schedule = commitment::schedule(tx, &home.id, &c.id).await?;
        let paid_minor = ledger::paid_towards(tx, &home.id, &c.id).await?;
        // Never more than is owed and not in dispute.
        let position = position::load_in(tx, &home.id, &debtor.id, c.currency).await?;
        let mut room_minor = position.map_or(0, |p| p.owed_minor());
        for s in standing(&schedule, paid_minor, today).into_iter().filter(|s| s.missed) {
            let left_minor = s.left_minor().min(room_minor);
            room_minor -= left_minor;
            if left_minor > 0 {
                let (due_on, left) = (s.instalment.due_on, Money::new(left_minor, c.currency));
                items.push(templates::Item { number: String::new(), due_on, left });
            }
        }
    }
    if !items.is_empty() {
        return Ok(Matter::Missed { items, by_card });
    }
    let asked = |money: &crate::store::reminder::Money| money.undisputed_minor - money.on_account_minor;
    let owing = known.money.iter().filter(|(_, money)| asked(money) > 0);
    let totals: Vec<Money> = owing.clone().map(|(currency, money)| Money::new(asked(money), *currency)).collect();
    let ahead = owing
        .filter(|(_, money)| money.on_account_minor > 0)
        .map(|(currency, money)| Money::new(money.on_account_minor, *currency))
        .collect();
    let mut some_disputed = false;
    for s in invoice::list_open(tx, &home.id, &debtor.id).await? {
        let asked_for = totals.iter().any(|t| t.currency == s.invoice.currency);
        if s.invoice.due_on >= today || !asked_for {
            continue;
        }
        some_disputed |= s.disputed_minor > 0;
        if s.left_minor > s.disputed_minor {
            items.push(templates::Item {
                number: s.invoice.number,
                due_on: s.invoice.due_on,
                left: Money::new(s.left_minor - s.disputed_minor, s.invoice.currency),
            });
        }
    }
    Ok(Matter::Reminder { items, totals, ahead, some_disputed, by_card })
}
