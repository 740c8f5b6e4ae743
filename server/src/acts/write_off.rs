//! Writing off what will not be asked for any more, and taking that back. Both are new transfers: nothing is ever erased.

use super::{Actor, Failure, Happened, advance_commitments, apply_ahead, close_page, position, record};
use crate::app::App;
use crate::secret;
use crate::store::ledger::{self, Origin};
use crate::store::{business, debtor};
use kept_domain::calendar::show;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::{self as rules, Account, TransferKind};
use kept_domain::money::{Currency, Money};

/// Characters that a reason may have.
pub const REASON_CHARS_MAX: usize = 500;

/// What is written off.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The currency.
    pub currency: Currency,
    /// One invoice; nothing for all that is left in this currency, the oldest first.
    pub invoice: Option<InvoiceId>,
    /// Minor units; nothing for all that is left there.
    pub amount_minor: Option<i64>,
    /// Why, in the business's words.
    pub reason: &'a str,
    /// The same for every sending of one form.
    pub once: &'a str,
}

/// Why it did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no reason, or a very long one.
    Reason,
    /// Nothing is left there.
    Nothing,
    /// Zero or less, or more than is left there.
    Amount,
    /// The same form was sent before, or the write-off was taken back before.
    Known,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Reason => ("why", "Write why, in at most 500 characters"),
            Self::Nothing => ("invoice", "Nothing is left there to write off"),
            Self::Amount => ("off_amount", "Enter an amount that is more than zero and not more than is left there"),
            Self::Known => ("why", "This was done already. Nothing was done twice"),
        }
    }
}

/// Writes off what is left of an invoice or of all: it is not asked for any more, and reminders about it end.
///
/// # Errors
/// What cannot be written off, or the store's.
pub async fn write_off(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    asked: &Asked<'_>,
    actor: &Actor,
) -> Result<TransferId, Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let reason = asked.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return no(Refusal::Reason);
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let position = position::load_in(&tx, business_id, id, asked.currency).await?;
    let mut owed = position.map(|p| p.for_payment()).unwrap_or_default();
    if let Some(invoice) = &asked.invoice {
        owed.retain(|o| o.invoice == *invoice);
    }
    let there: i64 = owed.iter().map(|o| o.left_minor).sum();
    if there <= 0 {
        return no(Refusal::Nothing);
    }
    let amount_minor = asked.amount_minor.unwrap_or(there);
    if !(1..=there).contains(&amount_minor) {
        return no(Refusal::Amount);
    }
    let transfer = rules::write_off(amount_minor, &owed);
    let transfer_id: TransferId = secret::new_id();
    let origin = Origin {
        effect: Some(format!("write-off:{id}:{}", asked.once)),
        note: reason.to_owned(),
        ..Origin::new(id, asked.currency, app.clock.today(&home.zone), &actor.name)
    };
    if !ledger::append(&tx, business_id, &transfer_id, &transfer, &origin, now_ms).await? {
        return no(Refusal::Known);
    }
    let detail = format!("{}: {reason}", Money::new(amount_minor, asked.currency).show());
    let happened = Happened { debtor: Some(id), kind: "written_off", subject: transfer_id.as_str(), detail };
    record(app, &tx, business_id, actor, happened).await?;
    advance_commitments::of_debtor(app, &tx, business_id, id).await?;
    close_page::enqueue_if_needless(&tx, business_id, id, asked.currency, now_ms).await?;
    tx.commit().await?;
    Ok(transfer_id)
}

/// Takes a write-off back: what it took off is owed again.
///
/// # Errors
/// What cannot be taken back, or the store's.
pub async fn take_back(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    write_off: &TransferId,
    actor: &Actor,
) -> Result<TransferId, Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let found = ledger::find_movement(&tx, business_id, id, write_off).await?;
    let of = found.filter(|m| m.kind == TransferKind::WriteOff).ok_or(Failure::NotFound)?;
    let allocated = ledger::allocated(&tx, business_id, write_off).await?;
    let parts: Vec<(InvoiceId, i64)> = allocated
        .into_iter()
        .filter_map(|(account, minor)| match account {
            Account::Receivable(invoice) if minor > 0 => Some((invoice, minor)),
            _ => None,
        })
        .collect();
    if parts.is_empty() {
        return Err(Failure::Refused(Refusal::Known));
    }
    let transfer = rules::reinstated(&parts);
    let transfer_id: TransferId = secret::new_id();
    let origin = Origin {
        effect: Some(format!("reinstated:{write_off}")),
        reverses: Some(write_off.clone()),
        ..Origin::new(id, of.currency, app.clock.today(&home.zone), &actor.name)
    };
    if !ledger::append(&tx, business_id, &transfer_id, &transfer, &origin, now_ms).await? {
        return Err(Failure::Refused(Refusal::Known));
    }
    let minor = parts.iter().map(|(_, minor)| minor).sum();
    let detail = format!("{}, written off on {}", Money::new(minor, of.currency).show(), show(of.moved_on));
    let happened = Happened { debtor: Some(id), kind: "write_off_taken_back", subject: transfer_id.as_str(), detail };
    record(app, &tx, business_id, actor, happened).await?;
    apply_ahead::of_debtor(app, &tx, business_id, id, &home.zone).await?;
    advance_commitments::of_debtor(app, &tx, business_id, id).await?;
    tx.commit().await?;
    Ok(transfer_id)
}
