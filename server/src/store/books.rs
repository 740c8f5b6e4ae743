//! What matching asks of the books: everybody who may pay, what is open, what comes next, what was recorded otherwise.

use super::db::{Error, Query};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::BusinessId;
use kept_domain::matching::{Customer, NextInstalment, OpenInvoice, Recorded};
use std::collections::HashMap;

/// Everybody who may pay.
pub async fn customers(q: &impl Query, business: &BusinessId) -> Result<Vec<Customer>, Error> {
    let sql = "SELECT id, reference, name FROM debtors WHERE business_id = $1";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter().map(|row| Ok(Customer { id: row.text(0)?.into(), number: row.text(1)?, name: row.text(2)? })).collect()
}

/// Every invoice with something left on it.
pub async fn open_invoices(q: &impl Query, business: &BusinessId) -> Result<Vec<OpenInvoice>, Error> {
    let sql = "SELECT i.id, i.debtor_id, i.number, i.currency, CAST(b.left_minor AS BIGINT)
               FROM (SELECT invoice_id, SUM(amount_minor) AS left_minor FROM entries
                     WHERE business_id = $1 AND account = 'receivable'
                     GROUP BY invoice_id HAVING SUM(amount_minor) > 0) b
               JOIN invoices i ON i.business_id = $1 AND i.id = b.invoice_id";
    let rows = q.rows(sql, args![business]).await?;
    let read = |row: &super::db::Row| {
        Ok(OpenInvoice {
            id: row.text(0)?.into(),
            debtor: row.text(1)?.into(),
            number: row.text(2)?,
            currency: row.currency(3)?,
            left_minor: row.int(4)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The next payment of every agreement that is running: the first of which something is left.
pub async fn next_instalments(q: &impl Query, business: &BusinessId) -> Result<Vec<NextInstalment>, Error> {
    let sql = "SELECT t.commitment_id,
                 CAST(SUM(CASE WHEN t.kind IN ('payment', 'refund_failed') THEN COALESCE(t.counted_minor, t.amount_minor) ELSE -COALESCE(t.counted_minor, t.amount_minor) END) AS BIGINT)
               FROM transfers t JOIN commitments c ON c.business_id = t.business_id AND c.id = t.commitment_id
               WHERE t.business_id = $1 AND c.state IN ('active', 'missed')
                 AND t.kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone')
               GROUP BY t.commitment_id";
    let mut paid: HashMap<String, i64> = HashMap::new();
    for row in q.rows(sql, args![business]).await? {
        paid.insert(row.text(0)?, row.int(1)?);
    }
    let sql = "SELECT c.id, c.debtor_id, c.currency, i.amount_minor FROM commitments c
               JOIN instalments i ON i.business_id = c.business_id AND i.commitment_id = c.id
               WHERE c.business_id = $1 AND c.state IN ('active', 'missed') ORDER BY c.id, i.due_on, i.seq";
    let mut next = Vec::new();
    let mut done = String::new();
    for row in q.rows(sql, args![business]).await? {
        let (id, amount_minor) = (row.text(0)?, row.int(3)?);
        if id == done {
            continue;
        }
        let paid = paid.entry(id.clone()).or_default();
        if *paid >= amount_minor {
            *paid -= amount_minor;
            continue;
        }
        let left_minor = amount_minor - (*paid).max(0);
        next.push(NextInstalment { debtor: row.text(1)?.into(), currency: row.currency(2)?, left_minor });
        done = id;
    }
    Ok(next)
}

/// Payments by bank within these days that no statement brought and that nobody took out of the books.
pub async fn recorded(
    q: &impl Query,
    business: &BusinessId,
    from_on: NaiveDate,
    to_on: NaiveDate,
) -> Result<Vec<Recorded>, Error> {
    let sql = "SELECT t.debtor_id, t.currency, t.amount_minor, t.moved_on FROM transfers t
               WHERE t.business_id = $1 AND t.kind = 'payment' AND t.moved_on >= $2 AND t.moved_on <= $3
                 AND t.method IN ('bank', 'import', 'claim')
                 AND NOT EXISTS (SELECT 1 FROM statement_lines l WHERE l.business_id = $1 AND l.transfer_id = t.id)
                 AND NOT EXISTS (SELECT 1 FROM transfers u WHERE u.business_id = $1 AND u.reverses_id = t.id AND u.kind = 'undone')";
    let rows = q.rows(sql, args![business, from_on, to_on]).await?;
    let read = |row: &super::db::Row| {
        Ok(Recorded {
            debtor: row.text(0)?.into(),
            currency: row.currency(1)?,
            amount_minor: row.int(2)?,
            on: row.date(3)?,
        })
    };
    rows.iter().map(read).collect()
}
