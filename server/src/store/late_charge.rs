//! What late charges are worked out from.

use super::db::{Error, Query};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};

/// What changed on a debtor's invoices until a day: the invoice, the day, and minor units; the invoice itself is the first
/// change.
pub async fn changes(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    until_on: NaiveDate,
) -> Result<Vec<(InvoiceId, NaiveDate, i64)>, Error> {
    let sql = "SELECT e.invoice_id, t.moved_on, CAST(SUM(e.amount_minor) AS BIGINT) FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'receivable' AND t.moved_on <= $3
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

/// When a debtor's proposals waited for the business: from when and until when, epoch milliseconds.
pub async fn waited(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<(i64, Option<i64>)>, Error> {
    let sql = "SELECT proposed_at_ms, COALESCE(decided_at_ms, ended_at_ms) FROM commitments
               WHERE business_id = $1 AND debtor_id = $2 AND proposed_by = 'debtor'";
    let rows = q.rows(sql, args![business, debtor]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int_or_null(1)?))).collect()
}
