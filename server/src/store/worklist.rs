//! What waits for a person of the business, and the figures beside it.

use super::db::{Error, Query};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::BusinessId;
use kept_domain::money::Currency;

/// Things of one sort that are read at most; a business with more sees the oldest.
const LIMIT: u32 = 200;

/// A proposal or a dispute that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Its id.
    pub id: String,
    /// Its kind's code.
    pub kind: String,
    /// The debtor's name.
    pub who: String,
    /// What it is about, in minor units.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
    /// The day by which it should be answered.
    pub answer_by_on: Option<NaiveDate>,
    /// Epoch milliseconds.
    pub at_ms: i64,
}

fn waiting(row: &super::db::Row) -> Result<Waiting, Error> {
    Ok(Waiting {
        id: row.text(0)?,
        kind: row.text(1)?,
        who: row.text(2)?,
        amount_minor: row.int(3)?,
        currency: row.currency(4)?,
        answer_by_on: row.date_or_null(5)?,
        at_ms: row.int(6)?,
    })
}

/// Proposals that nobody has answered, the oldest deadline first.
pub async fn proposals(q: &impl Query, business: &BusinessId) -> Result<Vec<Waiting>, Error> {
    let sql =
        "SELECT c.id, c.kind, d.name, c.total_minor, c.currency, c.answer_by_on, c.proposed_at_ms FROM commitments c
               JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
               WHERE c.business_id = $1 AND c.state = 'proposed' ORDER BY c.answer_by_on, c.id LIMIT $2";
    q.rows(sql, args![business, LIMIT]).await?.iter().map(waiting).collect()
}

/// Disputes, claims and hardships that nobody has answered, the oldest deadline first.
pub async fn disputes(q: &impl Query, business: &BusinessId) -> Result<Vec<Waiting>, Error> {
    let sql = "SELECT t.id, t.kind, d.name, t.amount_minor, t.currency, t.answer_by_on, t.raised_at_ms FROM disputes t
               JOIN debtors d ON d.business_id = t.business_id AND d.id = t.debtor_id
               WHERE t.business_id = $1 AND t.state = 'open' ORDER BY t.answer_by_on, t.id LIMIT $2";
    q.rows(sql, args![business, LIMIT]).await?.iter().map(waiting).collect()
}

/// A card payment, a mail or a call that needs a person.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub who: String,
    /// Its state's code.
    pub state: String,
    /// What is known of the reason.
    pub reason: String,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Minor units, for payments.
    pub amount: Option<(i64, Currency)>,
}

/// Card payments that have been confirming since before `confirming_before_ms`, and those that failed since
/// `failed_since_ms` and were not made good by a later one.
pub async fn payments(
    q: &impl Query,
    business: &BusinessId,
    confirming_before_ms: i64,
    failed_since_ms: i64,
) -> Result<Vec<Trouble>, Error> {
    let sql = "SELECT a.id, a.debtor_id, d.name, a.state, a.decline, a.created_at_ms, a.amount_minor, a.currency
               FROM attempts a JOIN debtors d ON d.business_id = a.business_id AND d.id = a.debtor_id
               WHERE a.business_id = $1
                 AND ((a.state IN ('created', 'confirming') AND a.created_at_ms < $2)
                   OR (a.state = 'failed' AND a.created_at_ms >= $3 AND NOT EXISTS (
                         SELECT 1 FROM attempts b WHERE b.business_id = a.business_id AND b.debtor_id = a.debtor_id
                           AND b.created_at_ms > a.created_at_ms AND b.state IN ('succeeded', 'confirming'))))
               ORDER BY a.created_at_ms LIMIT $4";
    let rows = q.rows(sql, args![business, confirming_before_ms, failed_since_ms, LIMIT]).await?;
    rows.iter()
        .map(|row| {
            Ok(Trouble {
                id: row.text(0)?,
                debtor: row.text(1)?,
                who: row.text(2)?,
                state: row.text(3)?,
                reason: row.text(4)?,
                at_ms: row.int(5)?,
                amount: Some((row.int(6)?, row.currency(7)?)),
            })
        })
        .collect()
}

/// Mails that failed, or of which nobody knows whether they went, since an instant; not those after which another one
/// reached the same debtor.
pub async fn mails(q: &impl Query, business: &BusinessId, since_ms: i64) -> Result<Vec<Trouble>, Error> {
    let sql = "SELECT o.id, o.debtor_id, d.name, o.state, o.error, o.created_at_ms FROM outbox o
               JOIN debtors d ON d.business_id = o.business_id AND d.id = o.debtor_id
               WHERE o.business_id = $1 AND o.kind IN ('mail', 'sms', 'letter') AND o.state IN ('failed', 'unknown')
                 AND o.created_at_ms >= $2 AND NOT EXISTS (
                   SELECT 1 FROM outbox p WHERE p.business_id = o.business_id AND p.debtor_id = o.debtor_id
                     AND p.kind IN ('mail', 'sms', 'letter') AND p.state = 'done' AND p.created_at_ms > o.created_at_ms)
               ORDER BY o.created_at_ms LIMIT $3";
    q.rows(sql, args![business, since_ms, LIMIT]).await?.iter().map(trouble).collect()
}

/// Calls that nobody has made, oldest first.
pub async fn calls(q: &impl Query, business: &BusinessId) -> Result<Vec<Trouble>, Error> {
    let sql = "SELECT c.id, c.debtor_id, d.name, c.state, c.reason, c.at_ms FROM contacts c
               JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
               WHERE c.business_id = $1 AND c.state = 'task' AND c.channel = 'call' ORDER BY c.at_ms, c.id LIMIT $2";
    q.rows(sql, args![business, LIMIT]).await?.iter().map(trouble).collect()
}

fn trouble(row: &super::db::Row) -> Result<Trouble, Error> {
    Ok(Trouble {
        id: row.text(0)?,
        debtor: row.text(1)?,
        who: row.text(2)?,
        state: row.text(3)?,
        reason: row.text(4)?,
        at_ms: row.int(5)?,
        amount: None,
    })
}

/// How many things wait for a person: proposals, disputes, calls, and money that is wanted back or went back.
pub async fn count(q: &impl Query, business: &BusinessId) -> Result<i64, Error> {
    let sql = "SELECT (SELECT COUNT(*) FROM commitments WHERE business_id = $1 AND state = 'proposed')
                    + (SELECT COUNT(*) FROM disputes WHERE business_id = $1 AND state = 'open')
                    + (SELECT COUNT(*) FROM contacts WHERE business_id = $1 AND state = 'task' AND channel = 'call')
                    + (SELECT COUNT(*) FROM money_back WHERE business_id = $1 AND state = 'asked')
                    + (SELECT COUNT(*) FROM holds WHERE business_id = $1 AND reason IN ('chargeback', 'refund')
                         AND ended_at_ms IS NULL)";
    Ok(q.row(sql, args![business]).await?.map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// What is left of invoices, by currency and due date, in minor units.
pub async fn owed_by_due_date(q: &impl Query, business: &BusinessId) -> Result<Vec<(Currency, NaiveDate, i64)>, Error> {
    let sql = "SELECT i.currency, i.due_on, CAST(SUM(e.amount_minor) AS BIGINT) FROM entries e
               JOIN invoices i ON i.business_id = e.business_id AND i.id = e.invoice_id
               WHERE e.business_id = $1 AND e.account = 'receivable'
               GROUP BY i.currency, i.due_on HAVING SUM(e.amount_minor) <> 0 ORDER BY i.currency, i.due_on";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter().map(|row| Ok((row.currency(0)?, row.date(1)?, row.int(2)?))).collect()
}

/// What running agreements promise between two days, both included, less what was paid ahead, in minor units by currency.
pub async fn promised(
    q: &impl Query,
    business: &BusinessId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(Currency, i64)>, Error> {
    let sql = "SELECT c.currency,
                 CAST(COALESCE((SELECT SUM(i.amount_minor) FROM instalments i WHERE i.business_id = c.business_id
                   AND i.commitment_id = c.id AND i.due_on < $2), 0) AS BIGINT),
                 CAST(COALESCE((SELECT SUM(i.amount_minor) FROM instalments i WHERE i.business_id = c.business_id
                   AND i.commitment_id = c.id AND i.due_on >= $2 AND i.due_on <= $3), 0) AS BIGINT),
                 CAST(COALESCE((SELECT SUM(CASE WHEN t.kind IN ('payment', 'refund_failed') THEN COALESCE(t.counted_minor, t.amount_minor) ELSE -COALESCE(t.counted_minor, t.amount_minor) END)
                   FROM transfers t WHERE t.business_id = c.business_id AND t.commitment_id = c.id
                   AND t.kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone')), 0) AS BIGINT)
               FROM commitments c WHERE c.business_id = $1 AND c.state IN ('active', 'missed')
               ORDER BY c.currency";
    let mut sums: Vec<(Currency, i64)> = Vec::new();
    for row in q.rows(sql, args![business, from, to]).await? {
        let (currency, before, within, paid) = (row.currency(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
        let left = within - (paid - before).clamp(0, within);
        match sums.last_mut() {
            Some((last, sum)) if *last == currency => *sum += left,
            _ => sums.push((currency, left)),
        }
    }
    Ok(sums)
}

/// How many agreements were kept, and how many ended kept or broken.
pub async fn kept(q: &impl Query, business: &BusinessId) -> Result<(i64, i64), Error> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'kept' THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*)
               FROM commitments WHERE business_id = $1 AND state IN ('kept', 'broken')";
    Ok(match q.row(sql, args![business]).await? {
        Some(row) => (row.int(0)?, row.int(1)?),
        None => (0, 0),
    })
}
