//! Settlements: the business's policy, the offers that were made, and what one leaves unpaid.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId, TransferId};
use kept_domain::settlement::Policy;

/// What a business does with offers; they are off until it says otherwise.
pub async fn policy(q: &impl Query, business: &BusinessId) -> Result<Policy, Error> {
    let sql = "SELECT policy FROM settlement_policies WHERE business_id = $1";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(Policy::default()) };
    serde_json::from_str(&row.text(0)?).map_err(|_| Error::Corrupt("a settlement policy".into()))
}

/// Replaces it.
pub async fn save_policy(tx: &Tx, business: &BusinessId, policy: &Policy) -> Result<(), Error> {
    let policy = serde_json::to_string(policy).map_err(|_| Error::Corrupt("a settlement policy".into()))?;
    let sql = "INSERT INTO settlement_policies (business_id, policy) VALUES ($1, $2)
               ON CONFLICT (business_id) DO UPDATE SET policy = excluded.policy";
    tx.run(sql, args![business, policy]).await.map(drop)
}

/// How many offers a debtor has made since an instant, whatever became of them.
pub async fn count_offers(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    since_ms: i64,
) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM commitments WHERE business_id = $1 AND debtor_id = $2 AND kind = 'settlement'
               AND proposed_by = 'debtor' AND proposed_at_ms >= $3";
    Ok(q.row(sql, args![business, debtor, since_ms]).await?.map(|r| r.int(0)).transpose()?.unwrap_or(0))
}

/// The network addresses from which offers came since an instant, one for each, whoever made them.
pub async fn addresses(q: &impl Query, business: &BusinessId, since_ms: i64) -> Result<Vec<String>, Error> {
    let sql = "SELECT address FROM commitments WHERE business_id = $1 AND kind = 'settlement'
               AND proposed_by = 'debtor' AND proposed_at_ms >= $2";
    q.rows(sql, args![business, since_ms]).await?.iter().map(|r| r.text(0)).collect()
}

/// Whether a debtor has left a settlement since an instant, or not paid it in time.
pub async fn is_unkept(q: &impl Query, business: &BusinessId, debtor: &DebtorId, since_ms: i64) -> Result<bool, Error> {
    let sql = "SELECT id FROM commitments WHERE business_id = $1 AND debtor_id = $2 AND kind = 'settlement'
               AND state IN ('broken', 'cancelled', 'missed') AND proposed_at_ms >= $3 LIMIT 1";
    Ok(q.row(sql, args![business, debtor, since_ms]).await?.is_some())
}

/// The settlement that was made with these words, whatever became of it.
pub async fn find_by_words(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    words_sha256: &str,
) -> Result<Option<CommitmentId>, Error> {
    let sql = "SELECT id FROM commitments WHERE business_id = $1 AND debtor_id = $2 AND kind = 'settlement'
               AND words_sha256 = $3 AND proposed_by = 'debtor' ORDER BY id DESC LIMIT 1";
    q.row(sql, args![business, debtor, words_sha256]).await?.map(|r| Ok(r.text(0)?.into())).transpose()
}

/// What is left of one invoice of a settlement, in minor units.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Left of it.
    pub left_minor: i64,
    /// Those of them that are held by a dispute that is older than the settlement.
    pub held_minor: i64,
}

/// What is left of each invoice that a commitment covers, the oldest first.
pub async fn rests(q: &impl Query, business: &BusinessId, id: &CommitmentId) -> Result<Vec<Rest>, Error> {
    let sql = "SELECT ci.invoice_id,
                 CAST(COALESCE((SELECT SUM(e.amount_minor) FROM entries e WHERE e.business_id = ci.business_id
                   AND e.invoice_id = ci.invoice_id AND e.account = 'receivable'), 0) AS BIGINT),
                 CAST(COALESCE((SELECT SUM(t.amount_minor) FROM dispute_items t
                   JOIN disputes d ON d.business_id = t.business_id AND d.id = t.dispute_id
                   WHERE t.business_id = ci.business_id AND t.invoice_id = ci.invoice_id
                     AND d.state IN ('open', 'answered') AND d.raised_at_ms < c.proposed_at_ms), 0) AS BIGINT)
               FROM commitments c
               JOIN commitment_invoices ci ON ci.business_id = c.business_id AND ci.commitment_id = c.id
               JOIN invoices i ON i.business_id = ci.business_id AND i.id = ci.invoice_id
               WHERE c.business_id = $1 AND c.id = $2 ORDER BY i.due_on, i.number";
    let rows = q.rows(sql, args![business, id]).await?;
    rows.iter().map(|r| Ok(Rest { invoice: r.text(0)?.into(), left_minor: r.int(1)?, held_minor: r.int(2)? })).collect()
}

/// What is taken off each invoice because of a settlement, in minor units, and in how many transfers it was taken off and put
/// back on.
pub async fn taken_off(
    q: &impl Query,
    business: &BusinessId,
    id: &CommitmentId,
) -> Result<(Vec<(InvoiceId, i64)>, i64), Error> {
    let sql = "SELECT COUNT(*) FROM transfers WHERE business_id = $1 AND commitment_id = $2
               AND kind IN ('settlement_discount', 'discount_taken_back')";
    let times = q.row(sql, args![business, id]).await?.map(|r| r.int(0)).transpose()?.unwrap_or(0);
    let sql = "SELECT e.invoice_id, CAST(-SUM(e.amount_minor) AS BIGINT) FROM transfers t
               JOIN entries e ON e.business_id = t.business_id AND e.transfer_id = t.id
               WHERE t.business_id = $1 AND t.commitment_id = $2 AND e.account = 'receivable'
                 AND t.kind IN ('settlement_discount', 'discount_taken_back')
               GROUP BY e.invoice_id HAVING SUM(e.amount_minor) <> 0 ORDER BY e.invoice_id";
    let rows = q.rows(sql, args![business, id]).await?;
    let parts = rows.iter().map(|r| Ok((r.text(0)?.into(), r.int(1)?))).collect::<Result<_, Error>>()?;
    Ok((parts, times))
}

/// What one settlement or write-off takes off one invoice.
#[derive(Clone, Debug)]
pub struct Off {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The write-off; none for a settlement.
    pub write_off: Option<TransferId>,
    /// The settlement; empty for a write-off.
    pub commitment: CommitmentId,
    /// Minor units, less what was put back on.
    pub minor: i64,
}

/// What settlements and write-offs take off the invoices of a business, or one of them: write-offs first, the oldest first.
pub async fn list_off(q: &impl Query, business: &BusinessId, invoice: Option<&InvoiceId>) -> Result<Vec<Off>, Error> {
    let sql = "SELECT e.invoice_id,
                 CASE WHEN t.kind IN ('write_off', 'reinstated') THEN COALESCE(t.reverses_id, t.id) ELSE '' END AS written_off,
                 CASE WHEN t.kind IN ('write_off', 'reinstated') THEN '' ELSE COALESCE(t.commitment_id, '') END AS settled,
                 CAST(-SUM(e.amount_minor) AS BIGINT)
               FROM transfers t JOIN entries e ON e.business_id = t.business_id AND e.transfer_id = t.id
               WHERE t.business_id = $1 AND ($2 = '' OR e.invoice_id = $2) AND e.account = 'receivable'
                 AND t.kind IN ('settlement_discount', 'discount_taken_back', 'write_off', 'reinstated')
               GROUP BY e.invoice_id, 2, 3 HAVING SUM(e.amount_minor) < 0 ORDER BY 3, 2";
    let invoice = invoice.map_or("", |id| id.as_str());
    let read = |r: &Row| {
        let write_off = Some(r.text(1)?).filter(|id| !id.is_empty()).map(TransferId);
        Ok(Off { invoice: r.text(0)?.into(), write_off, commitment: r.text(2)?.into(), minor: r.int(3)? })
    };
    q.rows(sql, args![business, invoice]).await?.iter().map(read).collect()
}

/// Minor units that settlements and write-offs took off an invoice since an instant, less what was put back on.
pub async fn taken_off_since(
    q: &impl Query,
    business: &BusinessId,
    invoice: &InvoiceId,
    since_ms: i64,
) -> Result<i64, Error> {
    let sql = "SELECT CAST(COALESCE(-SUM(e.amount_minor), 0) AS BIGINT) FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.invoice_id = $2 AND e.account = 'receivable'
                 AND t.kind IN ('settlement_discount', 'discount_taken_back', 'write_off', 'reinstated')
                 AND t.at_ms >= $3";
    Ok(q.row(sql, args![business, invoice, since_ms]).await?.map(|r| r.int(0)).transpose()?.unwrap_or(0))
}
