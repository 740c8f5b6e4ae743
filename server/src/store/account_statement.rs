//! What a statement of account is made of.

use super::db::{Error, Query};
use crate::args;
use crate::clock::date_of;
use chrono::NaiveDate;
use kept_domain::account_statement::Movement;
use kept_domain::ids::{BusinessId, DebtorId, TransferId};
use kept_domain::ledger::TransferKind;

/// Every transfer of a debtor until a day, with what it changed of what is owed; days are those of `zone`.
pub async fn movements(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    until_on: NaiveDate,
    zone: &str,
) -> Result<Vec<Movement>, Error> {
    let sql = "SELECT t.id, t.kind, t.moved_on, t.at_ms, t.currency, CAST(c.change_minor AS BIGINT), t.method,
                 COALESCE(i.number, ''), t.note, t.reverses_id
               FROM (SELECT transfer_id, SUM(amount_minor) AS change_minor, MIN(invoice_id) AS invoice_id FROM entries
                     WHERE business_id = $1 AND debtor_id = $2 AND account IN ('receivable', 'on_account')
                     GROUP BY transfer_id) c
               JOIN transfers t ON t.business_id = $1 AND t.id = c.transfer_id
               LEFT JOIN invoices i ON t.kind = 'invoice' AND i.business_id = $1 AND i.id = c.invoice_id
               WHERE t.moved_on <= $3 ORDER BY t.moved_on, t.id";
    let rows = q.rows(sql, args![business, debtor, until_on]).await?;
    rows.iter()
        .map(|row| {
            Ok(Movement {
                id: row.text(0)?.into(),
                kind: row.code(1, TransferKind::parse)?,
                on: row.date(2)?,
                recorded_on: date_of(row.int(3)?, zone),
                currency: row.currency(4)?,
                change_minor: row.int(5)?,
                method: row.text(6)?,
                number: row.text(7)?,
                note: row.text(8)?,
                reverses: row.text_or_null(9)?.map(TransferId),
            })
        })
        .collect()
}
