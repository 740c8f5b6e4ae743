//! Giving up a late charge, or a part of it. What was given up does not come back.

use super::{Actor, Failure, Happened, advance_commitments, apply_ahead, close_page, record};
use crate::app::App;
use crate::secret;
use crate::store::ledger::{self, Origin};
use crate::store::{business, debtor, invoice, late_charge};
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::{TransferKind, late_charge_off};
use kept_domain::money::Money;

/// Characters that a reason may have.
pub const REASON_CHARS_MAX: usize = 500;

/// What is given up.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Minor units; nothing for all of it.
    pub amount_minor: Option<i64>,
    /// Why; the debtor reads it.
    pub reason: &'a str,
    /// The same for every sending of one form.
    pub once: &'a str,
}

/// Why nothing was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A reason is missing, or too long.
    Reason,
    /// There is no charge on this invoice.
    Nothing,
    /// Not an amount of what is there.
    Amount,
    /// This form was sent before.
    Known,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Reason => ("why", "Write why, in at most 500 characters. They read it"),
            Self::Nothing => ("invoice", "There is no late charge on this invoice to give up"),
            Self::Amount => ("waived", "Enter an amount that is more than zero and not more than the late charge"),
            Self::Known => ("why", "This was done already. Nothing was done twice"),
        }
    }
}

/// Gives it up: it comes off what is left of the invoice, and what of it was paid is on account.
///
/// # Errors
/// Why nothing was given up, or the store's.
pub async fn waive(
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
    let effect = format!("late-charge-waived:{id}:{}", asked.once);
    if ledger::has_effect(&tx, business_id, &effect).await? {
        return no(Refusal::Known);
    }
    let invoices = invoice::list_all(&tx, business_id, id).await?;
    let books = late_charge::books(&tx, business_id, id).await?;
    let of = invoices.iter().map(|s| &s.invoice).find(|i| i.id == asked.invoice).ok_or(Failure::NotFound)?;
    let books = books.get(&of.id).copied().unwrap_or_default();
    let there = books.open_minor();
    if there <= 0 {
        return no(Refusal::Nothing);
    }
    let minor = asked.amount_minor.unwrap_or(there);
    if !(1..=there).contains(&minor) {
        return no(Refusal::Amount);
    }
    let (off, on_account) = books.off(minor);
    let transfer = late_charge_off(TransferKind::LateChargeWaived, of.id.clone(), off, on_account);
    let transfer_id: TransferId = secret::new_id();
    let origin = Origin {
        effect: Some(effect),
        note: reason.to_owned(),
        ..Origin::new(id, of.currency, app.clock.today(&home.zone), &actor.name)
    };
    if !ledger::append(&tx, business_id, &transfer_id, &transfer, &origin, now_ms).await? {
        return no(Refusal::Known);
    }
    let detail = format!("{} on invoice {}: {reason}", Money::new(minor, of.currency).show(), of.number);
    let happened = Happened { debtor: Some(id), kind: "late_charge_waived", subject: transfer_id.as_str(), detail };
    record(app, &tx, business_id, actor, happened).await?;
    apply_ahead::of_debtor(app, &tx, business_id, id, &home.zone).await?;
    advance_commitments::of_debtor(app, &tx, business_id, id).await?;
    close_page::enqueue_if_needless(&tx, business_id, id, of.currency, now_ms).await?;
    tx.commit().await?;
    Ok(transfer_id)
}
