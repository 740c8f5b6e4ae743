//! The ledger's transfers and entries: only ever appended.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{AttemptId, BusinessId, CommitmentId, DebtorId, DisputeId, InvoiceId, TransferId};
use kept_domain::ledger::{Account, Transfer, TransferKind};
use kept_domain::money::Currency;

/// Where a transfer comes from and what it is for.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Whose money.
    pub debtor: DebtorId,
    /// The currency of every entry.
    pub currency: Currency,
    /// The day of the movement.
    pub moved_on: NaiveDate,
    /// `card`, `bank`, `import`, or `claim` for what a debtor said they paid and the business found; empty where no money moved.
    pub method: String,
    /// The outside world's id of what happened: a second transfer with the same one is refused.
    pub effect: Option<String>,
    /// The card payment that it belongs to.
    pub attempt: Option<AttemptId>,
    /// The commitment that it counts towards.
    pub commitment: Option<CommitmentId>,
    /// Minor units of it that do; nothing where all of it does.
    pub counted_minor: Option<i64>,
    /// The dispute that it settles.
    pub dispute: Option<DisputeId>,
    /// The transfer that it takes back.
    pub reverses: Option<TransferId>,
    /// Who did it.
    pub actor: String,
    /// A remark for people.
    pub note: String,
}

impl Origin {
    /// An origin with only what every transfer has.
    pub fn new(debtor: &DebtorId, currency: Currency, moved_on: NaiveDate, actor: &str) -> Self {
        Self {
            debtor: debtor.clone(),
            currency,
            moved_on,
            method: String::new(),
            effect: None,
            attempt: None,
            commitment: None,
            counted_minor: None,
            dispute: None,
            reverses: None,
            actor: actor.to_owned(),
            note: String::new(),
        }
    }
}

/// Appends a balanced transfer; `false` where its effect is in the ledger already, and then nothing is written.
/// The caller holds the debtor's row. An unbalanced transfer is refused as corrupt.
pub async fn append(
    tx: &Tx,
    business: &BusinessId,
    id: &TransferId,
    transfer: &Transfer,
    origin: &Origin,
    now_ms: i64,
) -> Result<bool, Error> {
    if !transfer.is_balanced() {
        return Err(Error::Corrupt("an unbalanced transfer".into()));
    }
    let amount: i64 = transfer.entries.iter().map(|e| e.amount_minor.max(0)).sum();
    let sql =
        "INSERT INTO transfers (business_id, id, debtor_id, kind, moved_on, at_ms, currency, amount_minor, method,
               effect, attempt_id, commitment_id, dispute_id, reverses_id, actor, note, counted_minor)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING";
    let o = origin;
    let args = args![
        business,
        id,
        &o.debtor,
        transfer.kind.code(),
        o.moved_on,
        now_ms,
        o.currency,
        amount,
        &o.method,
        o.effect.clone(),
        o.attempt.as_ref().map(|a| a.as_str()),
        o.commitment.as_ref().map(|c| c.as_str()),
        o.dispute.as_ref().map(|d| d.as_str()),
        o.reverses.as_ref().map(|r| r.as_str()),
        &o.actor,
        &o.note,
        o.counted_minor
    ];
    if tx.run(sql, args).await? == 0 {
        return Ok(false);
    }
    for (seq, entry) in (0i64..).zip(&transfer.entries) {
        let invoice = entry.account.invoice().map(InvoiceId::as_str);
        let sql = "INSERT INTO entries (business_id, transfer_id, seq, debtor_id, account, invoice_id, currency,
                   amount_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let args = args![business, id, seq, &o.debtor, entry.account.code(), invoice, o.currency, entry.amount_minor];
        tx.run(sql, args).await?;
    }
    Ok(true)
}

/// What is on account in each currency, negative where it is owed to the debtor. `$1` is the business, `$2` the debtor.
pub(super) const ON_ACCOUNT: &str = "SELECT currency, CAST(SUM(amount_minor) AS BIGINT) FROM entries
               WHERE business_id = $1 AND debtor_id = $2 AND account = 'on_account' GROUP BY currency";

/// What a debtor has on account in each currency, in minor units; negative is owed to the debtor.
pub async fn on_account(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<(Currency, i64)>, Error> {
    q.rows(ON_ACCOUNT, args![business, debtor]).await?.iter().map(read_balance).collect()
}

/// `$1` is the business, `$2` the debtor.
const BALANCES: &str = "SELECT currency, CAST(SUM(amount_minor) AS BIGINT) FROM entries
               WHERE business_id = $1 AND debtor_id = $2 AND account IN ('receivable', 'on_account')
               GROUP BY currency ORDER BY currency";

pub(super) fn read_balance(row: &Row) -> Result<(Currency, i64), Error> {
    Ok((row.currency(0)?, row.int(1)?))
}

/// What a debtor owes in each currency, in minor units; negative is owed to the debtor.
pub async fn balances(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<(Currency, i64)>, Error> {
    q.rows(BALANCES, args![business, debtor]).await?.iter().map(read_balance).collect()
}

/// What a payment, less what was taken back of it, left on each account, oldest invoice first, as positive minor units.
pub async fn allocated(
    q: &impl Query,
    business: &BusinessId,
    payment: &TransferId,
) -> Result<Vec<(Account, i64)>, Error> {
    let sql = "SELECT e.account, e.invoice_id, CAST(-SUM(e.amount_minor) AS BIGINT), MIN(e.seq) FROM entries e
               WHERE e.business_id = $1 AND e.transfer_id IN (
                   SELECT id FROM transfers WHERE business_id = $1 AND id = $2
                   UNION ALL SELECT id FROM transfers WHERE business_id = $1 AND reverses_id = $2)
                 AND e.account IN ('receivable', 'on_account')
               GROUP BY e.account, e.invoice_id ORDER BY 4";
    let mut parts = Vec::new();
    for row in q.rows(sql, args![business, payment]).await? {
        let account = match row.text_or_null(1)? {
            Some(invoice) => Account::Receivable(invoice.into()),
            None => Account::OnAccount,
        };
        parts.push((account, row.int(2)?));
    }
    Ok(parts)
}

/// What of each payment or credit is on account, in minor units, the oldest first: whatever was taken back of it, put
/// towards invoices or moved is counted with it. Where more was taken back of one than it had brought, the others are less
/// by that: all of them together are never more than what is on account.
pub async fn ahead(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    currency: Currency,
) -> Result<Vec<(TransferId, i64)>, Error> {
    let sql = "SELECT COALESCE(t.reverses_id, t.id) AS source, CAST(-SUM(e.amount_minor) AS BIGINT) FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               WHERE e.business_id = $1 AND e.debtor_id = $2 AND e.account = 'on_account' AND e.currency = $3
               GROUP BY COALESCE(t.reverses_id, t.id) HAVING SUM(e.amount_minor) < 0 ORDER BY source";
    let rows = q.rows(sql, args![business, debtor, currency]).await?;
    let balances = on_account(q, business, debtor).await?;
    let mut left: i64 = balances.iter().find(|(of, _)| *of == currency).map_or(0, |(_, minor)| (-minor).max(0));
    let mut found = Vec::new();
    for row in &rows {
        let minor = row.int(1)?.min(left);
        left -= minor;
        if minor > 0 {
            found.push((row.text(0)?.into(), minor));
        }
    }
    Ok(found)
}

/// Every debtor of a business with money on account.
pub async fn list_ahead(q: &impl Query, business: &BusinessId) -> Result<Vec<DebtorId>, Error> {
    let sql = "SELECT debtor_id FROM entries WHERE business_id = $1 AND account = 'on_account'
               GROUP BY debtor_id, currency HAVING SUM(amount_minor) < 0 ORDER BY debtor_id";
    let mut found: Vec<DebtorId> =
        q.rows(sql, args![business]).await?.iter().map(|row| Ok(row.text(0)?.into())).collect::<Result<_, Error>>()?;
    found.dedup();
    Ok(found)
}

/// The transfers of a debtor that others of this kind took back altogether.
pub async fn list_reversed(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    kind: TransferKind,
) -> Result<Vec<TransferId>, Error> {
    let sql = "SELECT u.reverses_id FROM transfers u
               JOIN transfers t ON t.business_id = u.business_id AND t.id = u.reverses_id
               WHERE u.business_id = $1 AND u.debtor_id = $2 AND u.kind = $3
               GROUP BY u.reverses_id, t.amount_minor HAVING SUM(u.amount_minor) >= t.amount_minor";
    q.rows(sql, args![business, debtor, kind.code()]).await?.iter().map(|row| Ok(row.text(0)?.into())).collect()
}

/// What was moved of a payment between invoices, oldest first: the day and a sentence for both sides.
pub async fn moves(
    q: &impl Query,
    business: &BusinessId,
    payment: &TransferId,
) -> Result<Vec<(NaiveDate, String)>, Error> {
    let sql = "SELECT moved_on, note FROM transfers
               WHERE business_id = $1 AND reverses_id = $2 AND kind = 'reallocated' ORDER BY id";
    q.rows(sql, args![business, payment]).await?.iter().map(|row| Ok((row.date(0)?, row.text(1)?))).collect()
}

/// One movement as people see it.
#[derive(Clone, Debug)]
pub struct Movement {
    /// Its id.
    pub id: TransferId,
    /// What moved.
    pub kind: TransferKind,
    /// The day of the movement.
    pub moved_on: NaiveDate,
    /// When it was recorded, epoch milliseconds.
    pub at_ms: i64,
    /// Its currency.
    pub currency: Currency,
    /// Minor units, positive.
    pub amount_minor: i64,
    /// `card`, `bank`, `import`…
    pub method: String,
    /// Who recorded it.
    pub actor: String,
    /// A remark.
    pub note: String,
    /// The card payment that it belongs to.
    pub attempt: Option<AttemptId>,
    /// The commitment that it counts towards.
    pub commitment: Option<CommitmentId>,
}

/// The newest 20 of [`list_movements`] as the debtor sees them: what was taken back, and what only moved between invoices, is not among them. `$1` is the business, `$2` the debtor.
pub(super) const LATEST_MOVEMENTS: &str =
    "SELECT id, kind, moved_on, at_ms, currency, amount_minor, method, actor, note, attempt_id, commitment_id
               FROM transfers WHERE business_id = $1 AND debtor_id = $2 AND kind NOT IN ('invoice', 'undone', 'reinstated', 'applied', 'reallocated')
                 AND (kind <> 'payment' OR NOT EXISTS (SELECT 1 FROM transfers u
                   WHERE u.business_id = $1 AND u.reverses_id = transfers.id AND u.kind = 'undone'))
                 AND (kind <> 'write_off' OR amount_minor > COALESCE((SELECT SUM(u.amount_minor) FROM transfers u
                   WHERE u.business_id = $1 AND u.reverses_id = transfers.id AND u.kind = 'reinstated'), 0))
               ORDER BY id DESC LIMIT 20";

/// A debtor's movements other than invoices, newest first, at most `limit`.
pub async fn list_movements(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    limit: u32,
) -> Result<Vec<Movement>, Error> {
    let sql = "SELECT id, kind, moved_on, at_ms, currency, amount_minor, method, actor, note, attempt_id, commitment_id
               FROM transfers WHERE business_id = $1 AND debtor_id = $2 AND kind <> 'invoice'
               ORDER BY id DESC LIMIT $3";
    q.rows(sql, args![business, debtor, limit]).await?.iter().map(read_movement).collect()
}

/// One movement of a debtor; none that was booked by mistake and taken back.
pub async fn find_movement(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    id: &TransferId,
) -> Result<Option<Movement>, Error> {
    let sql = "SELECT id, kind, moved_on, at_ms, currency, amount_minor, method, actor, note, attempt_id, commitment_id
               FROM transfers WHERE business_id = $1 AND debtor_id = $2 AND id = $3
                 AND NOT EXISTS (SELECT 1 FROM transfers u
                   WHERE u.business_id = $1 AND u.reverses_id = transfers.id AND u.kind = 'undone')";
    q.row(sql, args![business, debtor, id]).await?.as_ref().map(read_movement).transpose()
}

pub(super) fn read_movement(row: &Row) -> Result<Movement, Error> {
    Ok(Movement {
        id: row.text(0)?.into(),
        kind: row.code(1, TransferKind::parse)?,
        moved_on: row.date(2)?,
        at_ms: row.int(3)?,
        currency: row.currency(4)?,
        amount_minor: row.int(5)?,
        method: row.text(6)?,
        actor: row.text(7)?,
        note: row.text(8)?,
        attempt: row.text_or_null(9)?.map(AttemptId),
        commitment: row.text_or_null(10)?.map(CommitmentId),
    })
}

/// As [`paid_towards`], for each of a debtor's commitments. `$1` is the business, `$2` the debtor.
pub(super) const PAID_TOWARDS_EACH: &str = "SELECT commitment_id,
                 CAST(SUM(CASE WHEN kind IN ('payment', 'refund_failed') THEN COALESCE(counted_minor, amount_minor) ELSE -COALESCE(counted_minor, amount_minor) END) AS BIGINT)
               FROM transfers WHERE business_id = $1 AND debtor_id = $2 AND COALESCE(commitment_id, '') <> ''
                 AND kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone') GROUP BY commitment_id";

/// Minor units that count towards a commitment: payments less what was taken back.
pub async fn paid_towards(q: &impl Query, business: &BusinessId, commitment: &CommitmentId) -> Result<i64, Error> {
    let sql =
        "SELECT CAST(COALESCE(SUM(CASE WHEN kind IN ('payment', 'refund_failed') THEN COALESCE(counted_minor, amount_minor) ELSE -COALESCE(counted_minor, amount_minor) END), 0) AS BIGINT)
               FROM transfers WHERE business_id = $1 AND commitment_id = $2
                 AND kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone')";
    Ok(q.row(sql, args![business, commitment]).await?.map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// Minor units that arrived towards a commitment: payments less what banks and corrections took back, but not less what
/// the business gave back of its own accord.
pub async fn arrived_towards(q: &impl Query, business: &BusinessId, commitment: &CommitmentId) -> Result<i64, Error> {
    let sql =
        "SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'payment' THEN COALESCE(counted_minor, amount_minor) ELSE -COALESCE(counted_minor, amount_minor) END), 0) AS BIGINT)
               FROM transfers WHERE business_id = $1 AND commitment_id = $2
                 AND kind IN ('payment', 'chargeback', 'undone')";
    Ok(q.row(sql, args![business, commitment]).await?.map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// Whether money that counted towards a commitment was taken back after an instant, epoch milliseconds. What the business
/// gave back of its own accord is not taken back.
pub async fn was_taken_back(
    q: &impl Query,
    business: &BusinessId,
    commitment: &CommitmentId,
    since_ms: i64,
) -> Result<bool, Error> {
    let sql = "SELECT id FROM transfers WHERE business_id = $1 AND commitment_id = $2
               AND kind IN ('chargeback', 'undone') AND at_ms > $3 LIMIT 1";
    Ok(q.row(sql, args![business, commitment, since_ms]).await?.is_some())
}

/// What is left of a payment, and what of that counts towards its commitment, in minor units.
pub async fn counted(q: &impl Query, business: &BusinessId, payment: &TransferId) -> Result<(i64, i64), Error> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN kind IN ('payment', 'refund_failed') THEN amount_minor ELSE -amount_minor END), 0) AS BIGINT),
                 CAST(COALESCE(SUM(CASE WHEN kind IN ('payment', 'refund_failed') THEN COALESCE(counted_minor, amount_minor)
                   ELSE -COALESCE(counted_minor, amount_minor) END), 0) AS BIGINT)
               FROM transfers WHERE business_id = $1 AND (id = $2 OR reverses_id = $2)
                 AND kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone')";
    let row = q.row(sql, args![business, payment]).await?;
    row.map(|row| Ok((row.int(0)?, row.int(1)?))).transpose().map(Option::unwrap_or_default)
}

/// Whether something that happened outside is in the ledger already.
pub async fn has_effect(q: &impl Query, business: &BusinessId, effect: &str) -> Result<bool, Error> {
    let sql = "SELECT id FROM transfers WHERE business_id = $1 AND effect = $2";
    Ok(q.row(sql, args![business, effect]).await?.is_some())
}

/// The payments of a card attempt, the first first, and the commitments that they count towards: more than one where a
/// contested payment came back.
pub async fn payments_of(
    q: &impl Query,
    business: &BusinessId,
    attempt: &AttemptId,
) -> Result<Vec<(TransferId, Option<CommitmentId>)>, Error> {
    let sql = "SELECT id, commitment_id FROM transfers
               WHERE business_id = $1 AND attempt_id = $2 AND kind = 'payment' ORDER BY id";
    let rows = q.rows(sql, args![business, attempt]).await?;
    rows.iter().map(|r| Ok((r.text(0)?.into(), r.text_or_null(1)?.map(CommitmentId)))).collect()
}

/// The first payment of a card attempt, and the commitment that it counts towards.
pub async fn find_payment_of(
    q: &impl Query,
    business: &BusinessId,
    attempt: &AttemptId,
) -> Result<Option<(TransferId, Option<CommitmentId>)>, Error> {
    Ok(payments_of(q, business, attempt).await?.into_iter().next())
}
