//! What late charges are worked out from, and what is booked of them.

use super::db::{Error, Query, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::late_charge::{Books, Charge, Policy};
use kept_domain::ledger::TransferKind;
use kept_domain::money::Currency;
use std::collections::{BTreeSet, HashMap};

/// Whether late charges are claimed, and by which law.
pub async fn policy(q: &impl Query, business: &BusinessId) -> Result<Policy, Error> {
    let sql = "SELECT policy FROM late_charge_policies WHERE business_id = $1";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(Policy::default()) };
    serde_json::from_str(&row.text(0)?).map_err(|_| Error::Corrupt("a policy of late charges".into()))
}

/// Replaces it.
pub async fn save_policy(tx: &Tx, business: &BusinessId, policy: &Policy) -> Result<(), Error> {
    let policy = serde_json::to_string(policy).map_err(|_| Error::Corrupt("a policy of late charges".into()))?;
    let sql = "INSERT INTO late_charge_policies (business_id, policy) VALUES ($1, $2)
               ON CONFLICT (business_id) DO UPDATE SET policy = excluded.policy";
    tx.run(sql, args![business, policy]).await.map(drop)
}

/// What the books say of each of a debtor's invoices and its charges.
pub async fn books(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<HashMap<InvoiceId, Books>, Error> {
    let sql = "SELECT e.invoice_id, e.account, t.kind, CAST(SUM(e.amount_minor) AS BIGINT) FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account IN ('receivable', 'late_charges')
               GROUP BY e.invoice_id, e.account, t.kind";
    let mut found: HashMap<InvoiceId, Books> = HashMap::new();
    for row in q.rows(sql, args![business, debtor]).await? {
        let b = found.entry(row.text(0)?.into()).or_default();
        let (kind, minor) = (row.code(2, TransferKind::parse)?, row.int(3)?);
        if row.text(1)? == "late_charges" {
            match kind {
                TransferKind::LateChargeWaived => b.waived_minor += minor,
                TransferKind::LateChargeTakenBack => b.taken_back_minor += minor,
                _ => b.claimed_minor -= minor,
            }
            // What came off a charge and not off what was left had been paid, and is on account now: no longer paid of this.
            if kind != TransferKind::LateCharge {
                b.paid_minor -= minor;
            }
            continue;
        }
        b.left_minor += minor;
        match kind {
            TransferKind::Invoice | TransferKind::CreditNote => b.principal_minor += minor,
            TransferKind::Payment
            | TransferKind::Refund
            | TransferKind::RefundFailed
            | TransferKind::Chargeback
            | TransferKind::Applied
            | TransferKind::Undone
            | TransferKind::Reallocated => b.paid_minor -= minor,
            TransferKind::LateChargeWaived | TransferKind::LateChargeTakenBack => b.paid_minor -= minor,
            TransferKind::LateCharge
            | TransferKind::SettlementDiscount
            | TransferKind::DiscountTakenBack
            | TransferKind::WriteOff
            | TransferKind::Reinstated => {}
        }
    }
    Ok(found)
}

/// What a booked charge was worked out from.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The code of the preset.
    pub preset: String,
    /// The last day that counts.
    pub until_on: NaiveDate,
    /// All that was worked out until then, what was booked before included.
    pub worked: Charge,
}

/// Stores what a charge, or what was taken back of one, was worked out from.
pub async fn insert(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    transfer: &TransferId,
    basis: &Basis,
) -> Result<(), Error> {
    let worked = serde_json::to_string(&basis.worked).map_err(|_| Error::Corrupt("a late charge".into()))?;
    let sql = "INSERT INTO late_charges (business_id, transfer_id, debtor_id, invoice_id, preset, until_on, worked)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![business, transfer, debtor, &basis.invoice, &basis.preset, basis.until_on, worked];
    tx.run(sql, args).await.map(drop)
}

/// What each invoice's charge was worked out from the last time; those that nothing was ever claimed on are not among them.
pub async fn bases(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Basis>, Error> {
    let sql = "SELECT c.invoice_id, c.preset, c.until_on, c.worked FROM late_charges c
               WHERE c.business_id = $1 AND c.debtor_id = $2 AND c.transfer_id = (
                 SELECT MAX(o.transfer_id) FROM late_charges o WHERE o.business_id = $1 AND o.debtor_id = $2
                   AND o.invoice_id = c.invoice_id)
               ORDER BY c.invoice_id";
    let rows = q.rows(sql, args![business, debtor]).await?;
    let read = |worked: &str| serde_json::from_str(worked).map_err(|_| Error::Corrupt("a late charge".into()));
    rows.iter()
        .map(|row| {
            let worked = read(&row.text(3)?)?;
            Ok(Basis { invoice: row.text(0)?.into(), preset: row.text(1)?, until_on: row.date(2)?, worked })
        })
        .collect()
}

/// A movement of a charge.
#[derive(Clone, Debug)]
pub struct Movement {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Claimed, waived or taken back.
    pub kind: TransferKind,
    /// The day.
    pub on: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// Minor units, positive.
    pub minor: i64,
    /// A remark that the debtor sees too.
    pub note: String,
    /// Who did it.
    pub actor: String,
}

/// All movements of a debtor's charges, oldest first.
pub async fn movements(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Movement>, Error> {
    let sql = "SELECT e.invoice_id, t.kind, t.moved_on, t.currency, t.amount_minor, t.note, t.actor FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'late_charges' ORDER BY t.id";
    let rows = q.rows(sql, args![business, debtor]).await?;
    rows.iter()
        .map(|row| {
            Ok(Movement {
                invoice: row.text(0)?.into(),
                kind: row.code(1, TransferKind::parse)?,
                on: row.date(2)?,
                currency: row.currency(3)?,
                minor: row.int(4)?,
                note: row.text(5)?,
                actor: row.text(6)?,
            })
        })
        .collect()
}

/// Every debtor of a business of whom anything was ever claimed.
pub async fn list_claimed(q: &impl Query, business: &BusinessId) -> Result<BTreeSet<DebtorId>, Error> {
    let sql = "SELECT DISTINCT debtor_id FROM late_charges WHERE business_id = $1";
    q.rows(sql, args![business]).await?.iter().map(|row| Ok(row.text(0)?.into())).collect()
}

/// What changed on a debtor's invoices until a day: the invoice, the day, and minor units; the invoice itself is the first
/// change. Charges are not among them, so that nothing is ever added to what was added.
pub async fn changes(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    until_on: NaiveDate,
) -> Result<Vec<(InvoiceId, NaiveDate, i64)>, Error> {
    let sql = "SELECT e.invoice_id, t.moved_on, CAST(SUM(e.amount_minor) AS BIGINT) FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'receivable' AND t.moved_on <= $3
                 AND t.kind NOT IN ('late_charge', 'late_charge_waived', 'late_charge_taken_back')
               GROUP BY e.invoice_id, t.moved_on ORDER BY t.moved_on";
    let rows = q.rows(sql, args![business, debtor, until_on]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.into(), row.date(1)?, row.int(2)?))).collect()
}

/// When a debtor's invoices were in dispute: the invoice, from when and until when, epoch milliseconds.
pub async fn disputed(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<(InvoiceId, i64, Option<i64>)>, Error> {
    let sql = "SELECT i.invoice_id, d.raised_at_ms, d.resolved_at_ms FROM disputes d
               JOIN dispute_items i ON i.business_id = d.business_id AND i.dispute_id = d.id
               WHERE d.business_id = $1 AND d.debtor_id = $2";
    let rows = q.rows(sql, args![business, debtor]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.into(), row.int(1)?, row.int_or_null(2)?))).collect()
}

/// When a debtor's proposals waited for the business, and when an agreement ran: from when and until when, epoch milliseconds.
pub async fn waited(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<(i64, Option<i64>)>, Error> {
    let sql = "SELECT CASE WHEN proposed_by = 'debtor' THEN proposed_at_ms ELSE COALESCE(decided_at_ms, proposed_at_ms) END,
                 CASE WHEN state IN ('proposed', 'active', 'missed') THEN NULL ELSE COALESCE(ended_at_ms, decided_at_ms) END
               FROM commitments WHERE business_id = $1 AND debtor_id = $2
                 AND (proposed_by = 'debtor' OR state IN ('active', 'missed', 'kept', 'broken', 'cancelled'))";
    let rows = q.rows(sql, args![business, debtor]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int_or_null(1)?))).collect()
}
