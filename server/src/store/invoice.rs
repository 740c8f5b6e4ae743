//! Invoices with what is left of them, derived from the ledger.

use super::db::{Error, Query, Row};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::money::Currency;

/// A debt item, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// Whose it is.
    pub debtor: DebtorId,
    /// The business's number for it.
    pub number: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// What it asks for, in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// What it is for.
    pub description: String,
}

/// An invoice and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The invoice.
    pub invoice: Invoice,
    /// Minor units left to pay, by the ledger.
    pub left_minor: i64,
    /// Minor units in an open dispute, at most what is left.
    pub disputed_minor: i64,
    /// Minor units that were claimed for being late, and that stand.
    pub late_minor: i64,
}

/// `$1` is the business, `$2` the debtor; in no order: [`read_open`] sorts them. CROSS JOIN is where SQLite begins with the
/// table on the left, here what is left of one debtor's invoices. Whether anything of theirs is in dispute, or was claimed
/// for being late, is asked once for all of them.
pub(super) const LIST_OPEN: &str =
    "SELECT i.id, i.debtor_id, i.number, i.issued_on, i.due_on, i.amount_minor, i.currency, i.description,
                 CAST(b.left_minor AS BIGINT),
                 CAST(CASE WHEN (SELECT 1 FROM disputes o WHERE o.business_id = $1 AND o.debtor_id = $2
                     AND o.state || '' IN ('open', 'answered') LIMIT 1) = 1
                   THEN COALESCE((SELECT SUM(t.amount_minor) FROM disputes d CROSS JOIN dispute_items t
                     WHERE d.business_id = $1 AND d.debtor_id = $2 AND d.state || '' IN ('open', 'answered')
                       AND t.business_id = $1 AND t.dispute_id = d.id AND t.invoice_id = i.id), 0) ELSE 0 END AS BIGINT),
                 CAST(CASE WHEN (SELECT 1 FROM late_charges c WHERE c.business_id = $1 AND c.debtor_id = $2 LIMIT 1) = 1
                   THEN COALESCE((SELECT -SUM(l.amount_minor) FROM entries l WHERE l.business_id = $1 AND l.debtor_id = $2
                     AND l.account = 'late_charges' AND l.invoice_id = i.id), 0) ELSE 0 END AS BIGINT)
               FROM (SELECT e.invoice_id, SUM(e.amount_minor) AS left_minor FROM entries e
                     WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'receivable'
                     GROUP BY e.invoice_id HAVING SUM(e.amount_minor) <> 0) b
               CROSS JOIN invoices i WHERE i.business_id = $1 AND i.id = b.invoice_id";

/// The rows of [`LIST_OPEN`], oldest first.
pub(super) fn read_open(rows: &[Row]) -> Result<Vec<Standing>, Error> {
    let mut open = rows.iter().map(read_standing).collect::<Result<Vec<_>, _>>()?;
    open.sort_by(|a, b| (a.invoice.due_on, &a.invoice.number).cmp(&(b.invoice.due_on, &b.invoice.number)));
    Ok(open)
}

/// A debtor's invoices that still have something left, oldest first.
pub async fn list_open(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Standing>, Error> {
    read_open(&q.rows(LIST_OPEN, args![business, debtor]).await?)
}

fn read_standing(row: &Row) -> Result<Standing, Error> {
    let left_minor = row.int(8)?;
    Ok(Standing {
        invoice: Invoice {
            id: row.text(0)?.into(),
            debtor: row.text(1)?.into(),
            number: row.text(2)?,
            issued_on: row.date(3)?,
            due_on: row.date(4)?,
            amount_minor: row.int(5)?,
            currency: row.currency(6)?,
            description: row.text(7)?,
        },
        left_minor,
        disputed_minor: row.int(9)?.clamp(0, left_minor.max(0)),
        late_minor: row.int(10)?,
    })
}

/// All of a debtor's invoices, paid ones included, in the order of their due dates.
pub async fn list_all(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Standing>, Error> {
    let sql = "SELECT i.id, i.debtor_id, i.number, i.issued_on, i.due_on, i.amount_minor, i.currency, i.description,
                 CAST(COALESCE((SELECT SUM(e.amount_minor) FROM entries e
                   WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'receivable' AND e.invoice_id = i.id), 0)
                   AS BIGINT),
                 CAST(COALESCE((SELECT SUM(t.amount_minor) FROM disputes d CROSS JOIN dispute_items t
                   WHERE d.business_id = $1 AND d.debtor_id = $2 AND d.state || '' IN ('open', 'answered')
                     AND t.business_id = $1 AND t.dispute_id = d.id AND t.invoice_id = i.id), 0) AS BIGINT),
                 CAST(COALESCE((SELECT -SUM(l.amount_minor) FROM entries l WHERE l.business_id = $1 AND l.debtor_id = $2
                   AND l.account = 'late_charges' AND l.invoice_id = i.id), 0) AS BIGINT)
               FROM invoices i WHERE i.business_id = $1 AND i.debtor_id = $2 ORDER BY i.due_on, i.number";
    let rows = q.rows(sql, args![business, debtor]).await?;
    rows.iter().map(read_standing).collect()
}

/// The ids and numbers of all of a debtor's invoices, paid ones included.
pub async fn list_numbers(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<(InvoiceId, String)>, Error> {
    let sql = "SELECT id, number FROM invoices WHERE business_id = $1 AND debtor_id = $2";
    q.rows(sql, args![business, debtor]).await?.iter().map(|row| Ok((row.text(0)?.into(), row.text(1)?))).collect()
}

/// When each settled invoice was due, and when it was settled; one that was written off was not. `$1` is the business, `$2` the debtor.
pub(super) const SETTLED: &str = "SELECT i.due_on, MAX(t.moved_on) FROM entries e
               JOIN invoices i ON i.business_id = e.business_id AND i.id = e.invoice_id
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'receivable'
               GROUP BY i.id, i.due_on
               HAVING SUM(CASE WHEN t.kind IN ('write_off', 'reinstated') THEN 0 ELSE e.amount_minor END) = 0";

/// Whether a debtor was good at paying on time: at least five invoices settled, four in five of them within a week
/// of their due dates.
pub async fn good_record(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<bool, Error> {
    let (mut settled, mut in_time) = (0u32, 0u32);
    for row in q.rows(SETTLED, args![business, debtor]).await? {
        settled += 1;
        in_time += u32::from(row.date(1)? <= kept_domain::calendar::plus_days(row.date(0)?, 7));
    }
    Ok(settled >= 5 && in_time * 5 >= settled * 4)
}
