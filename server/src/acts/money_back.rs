//! Giving back what was paid too much: to the card where it came from one, through the outbox and the gateway; else by a
//! person, who writes down that it was sent.

use super::settle_payment::{self, Unsettled};
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::gateway::GatewayError;
use crate::secret;
use crate::store::ledger::{self, Origin};
use crate::store::money_back::{self as store, MoneyBack};
use crate::store::outbox::{self, Item};
use crate::store::{Error, Tx, attempt, business, debtor};
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::ids::{AttemptId, BusinessId, DebtorId, TransferId};
use kept_domain::ledger::{Account, TransferKind, reversal};
use kept_domain::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// What the outbox calls it.
pub const MONEY_BACK: &str = "money_back";
/// Milliseconds to the next try where the gateway does not answer.
const RETRY_MS: i64 = 60_000;

/// A part of a card payment that is to go back to the card.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    source: TransferId,
    attempt_id: AttemptId,
    amount_minor: i64,
    currency: Currency,
}

/// What happens with what was asked for, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Goes back to the card.
    pub to_card_minor: i64,
    /// A person of the business sends it.
    pub by_hand_minor: i64,
}

/// Why it was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is on account.
    Nothing,
    /// It was asked for before and is on its way.
    OnItsWay,
    /// The day has not come, or lies before what was paid.
    Day,
}

/// A debtor wants back what is on account in a currency.
///
/// # Errors
/// What cannot be asked for, or the store's.
pub async fn ask(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    currency: Currency,
    actor: &Actor,
) -> Result<Asked, Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let waits = store::of_debtor(&tx, business_id, id).await?.iter().any(|w| w.currency == currency);
    if waits || outbox::waits(&tx, business_id, id, MONEY_BACK).await? {
        return Err(Failure::Refused(Refusal::OnItsWay));
    }
    let mut asked = Asked::default();
    for (source, minor) in ledger::ahead(&tx, business_id, id, currency).await? {
        let attempt = match &app.gateway {
            Some(_) => attempt_of(&tx, business_id, id, &source).await?,
            None => None,
        };
        let Some(attempt_id) = attempt else {
            asked.by_hand_minor += minor;
            continue;
        };
        asked.to_card_minor += minor;
        let part = Part { source, attempt_id, amount_minor: minor, currency };
        let item = Item {
            business: business_id.clone(),
            id: secret::new_id(),
            debtor: id.clone(),
            kind: MONEY_BACK.into(),
            contact: None,
            payload: serde_json::to_string(&part).map_err(|_| Error::Corrupt("payload".into()))?,
            tries: 0,
            claimed_until_ms: 0,
            created_at_ms: now_ms,
        };
        outbox::enqueue(&tx, &item).await?;
    }
    if asked == Asked::default() {
        return Err(Failure::Refused(Refusal::Nothing));
    }
    if asked.by_hand_minor > 0 {
        let wish = MoneyBack {
            id: secret::new_id(),
            debtor: id.clone(),
            who: String::new(),
            currency,
            amount_minor: asked.by_hand_minor,
            asked_at_ms: now_ms,
        };
        store::insert_or_raise(&tx, business_id, &wish).await?;
    }
    let money = |minor| Money::new(minor, currency).show();
    let detail = match (asked.to_card_minor, asked.by_hand_minor) {
        (card, 0) => format!("{} to the card", money(card)),
        (0, hand) => format!("{} by bank", money(hand)),
        (card, hand) => format!("{} to the card, {} by bank", money(card), money(hand)),
    };
    let happened = Happened { debtor: Some(id), kind: "money_back_asked", subject: id.as_str(), detail };
    record(app, &tx, business_id, actor, happened).await?;
    tx.commit().await?;
    Ok(asked)
}

/// The card payment that a transfer is.
async fn attempt_of(
    tx: &Tx,
    business: &BusinessId,
    id: &DebtorId,
    source: &TransferId,
) -> Result<Option<AttemptId>, Error> {
    let found = ledger::find_movement(tx, business, id, source).await?;
    Ok(found.filter(|m| m.kind == TransferKind::Payment && m.method == "card").and_then(|m| m.attempt))
}

/// Gives one part back to its card. The gateway is asked first what it gave back already, so that nothing goes twice, however
/// old the key of an earlier try is.
///
/// # Errors
/// When the store fails.
pub async fn dispatch(app: &App, item: &Item) -> Result<(), Error> {
    let part: Part = serde_json::from_str(&item.payload).map_err(|_| Error::Corrupt("payload".into()))?;
    let given = give_back(app, item, &part).await;
    let tx = app.db.begin().await?;
    match given {
        Ok(true) => outbox::end(&tx, item, "done", "").await?,
        Ok(false) => outbox::end(&tx, item, "cancelled", "superseded").await?,
        Err(Unsettled::Store(error)) => return Err(error),
        // A person sends what the gateway will not.
        Err(Unsettled::Gateway(GatewayError::Refused(refusal))) => {
            outbox::end(&tx, item, "failed", &refusal.message).await?;
            debtor::lock(&tx, &item.business, &item.debtor).await?;
            let wish = MoneyBack {
                id: secret::new_id(),
                debtor: item.debtor.clone(),
                who: String::new(),
                currency: part.currency,
                amount_minor: part.amount_minor,
                asked_at_ms: app.clock.now_ms(),
            };
            store::insert_or_raise(&tx, &item.business, &wish).await?;
        }
        Err(Unsettled::Gateway(error)) => {
            outbox::retry(&tx, item, app.clock.now_ms() + RETRY_MS, &error.to_string()).await?;
        }
    }
    tx.commit().await
}

/// `false` where nothing of it is on account any more.
async fn give_back(app: &App, item: &Item, part: &Part) -> Result<bool, Unsettled> {
    let Some(gateway) = &app.gateway else { return Ok(false) };
    let Some(stored) = attempt::find(&app.db, &item.business, &part.attempt_id).await? else { return Ok(false) };
    let stored = settle_payment::of_attempt(app, gateway, &stored, &[]).await?;
    let ahead = ledger::ahead(&app.db, &item.business, &item.debtor, part.currency).await?;
    let there = ahead.iter().find(|(source, _)| *source == part.source).map_or(0, |(_, minor)| *minor);
    let minor = part.amount_minor.min(there);
    let Some(payment) = stored.payment.as_ref().filter(|_| minor > 0) else { return Ok(false) };
    gateway.refund(payment, minor, &part.currency.code().to_lowercase(), &item.id).await?;
    settle_payment::of_attempt(app, gateway, &stored, &[]).await?;
    Ok(true)
}

/// Writes down that a person sent money back by bank: as much as is on account, at most what was asked for.
///
/// # Errors
/// What cannot be, or the store's.
pub async fn sent(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    wish: &str,
    on: NaiveDate,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let waiting = store::of_debtor(&tx, business_id, id).await?;
    let wish = waiting.into_iter().find(|w| w.id == wish).ok_or(Failure::NotFound)?;
    if on > app.clock.today(&home.zone) {
        return Err(Failure::Refused(Refusal::Day));
    }
    let mut sources = Vec::new();
    for (source, minor) in ledger::ahead(&tx, business_id, id, wish.currency).await? {
        let by_card = attempt_of(&tx, business_id, id, &source).await?.is_some();
        sources.push((by_card, source, minor));
    }
    // What came by card comes last: as long as it can, that goes back to the card.
    sources.sort();
    let mut left = wish.amount_minor;
    for (_, source, minor) in sources {
        let minor = minor.min(left);
        if minor <= 0 {
            continue;
        }
        let transfer = reversal(TransferKind::Refund, minor, &[(Account::OnAccount, minor)]);
        let origin = Origin {
            method: "bank".to_owned(),
            effect: Some(format!("money-back:{}:{source}", wish.id)),
            reverses: Some(source),
            ..Origin::new(id, wish.currency, on, &actor.name)
        };
        let transfer_id: TransferId = secret::new_id();
        ledger::append(&tx, business_id, &transfer_id, &transfer, &origin, now_ms).await?;
        left -= minor;
    }
    if left == wish.amount_minor {
        return Err(Failure::Refused(Refusal::Nothing));
    }
    store::end(&tx, business_id, &wish.id, "done", &actor.name, now_ms).await?;
    let amount = Money::new(wish.amount_minor - left, wish.currency).show();
    let detail = format!("{amount} by bank on {}", show(on));
    let happened = Happened { debtor: Some(id), kind: "money_back_sent", subject: &wish.id, detail };
    record(app, &tx, business_id, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps the money on account after all, as agreed with the debtor.
///
/// # Errors
/// What cannot be, or the store's.
pub async fn keep(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    wish: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let waiting = store::of_debtor(&tx, business_id, id).await?;
    let wish = waiting.into_iter().find(|w| w.id == wish).ok_or(Failure::NotFound)?;
    store::end(&tx, business_id, &wish.id, "kept", &actor.name, app.clock.now_ms()).await?;
    let detail = Money::new(wish.amount_minor, wish.currency).show();
    let happened = Happened { debtor: Some(id), kind: "money_back_kept", subject: &wish.id, detail };
    record(app, &tx, business_id, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
