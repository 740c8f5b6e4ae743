//! Attempts: each try at taking money, stored before the gateway is called.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{AttemptId, BusinessId, CommitmentId, DebtorId, MandateId};
use kept_domain::money::Currency;
use kept_domain::payment::AttemptState;

/// One try at taking money.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Whose.
    pub business: BusinessId,
    /// Its id: the gateway's idempotency key.
    pub id: AttemptId,
    /// Who pays.
    pub debtor: DebtorId,
    /// What it is for: at most one open attempt per debtor and purpose.
    pub purpose: String,
    /// The agreement that was running when it began.
    pub commitment: Option<CommitmentId>,
    /// Where it stands.
    pub state: AttemptState,
    /// Minor units.
    pub amount_minor: i64,
    /// The currency.
    pub currency: Currency,
    /// The gateway's page, once it has answered.
    pub session: Option<String>,
    /// Where that page stands; empty before.
    pub url: String,
    /// The gateway's payment, once there is one.
    pub payment: Option<String>,
    /// Why the card was refused, in words that may be shown.
    pub decline: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// When the page stops taking money, epoch milliseconds.
    pub expires_at_ms: i64,
    /// When the gateway was last asked, epoch milliseconds.
    pub checked_at_ms: i64,
    /// The consent that its page asks for, or that a kept card is charged by.
    pub mandate: Option<MandateId>,
    /// The payment of the agreement, from 0, that a kept card is charged for; `None` where it is paid on a page.
    pub seq: Option<i64>,
    /// Why the card was refused, as the gateway's decline code.
    pub decline_code: String,
    /// When the gateway was last asked to charge a kept card, epoch milliseconds; 0 where it never was.
    pub sent_at_ms: i64,
}

pub(super) fn read(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        business: row.text(0)?.into(),
        id: row.text(1)?.into(),
        debtor: row.text(2)?.into(),
        purpose: row.text(3)?,
        commitment: row.text_or_null(4)?.map(CommitmentId),
        state: row.code(5, AttemptState::parse)?,
        amount_minor: row.int(6)?,
        currency: row.currency(7)?,
        session: row.text_or_null(8)?,
        url: row.text(9)?,
        payment: row.text_or_null(10)?,
        decline: row.text(11)?,
        created_at_ms: row.int(12)?,
        expires_at_ms: row.int(13)?,
        checked_at_ms: row.int(14)?,
        mandate: row.text_or_null(15)?.map(MandateId),
        seq: row.int_or_null(16)?,
        decline_code: row.text(17)?,
        sent_at_ms: row.int(18)?,
    })
}

/// The columns that `read` reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT business_id, id, debtor_id, purpose, commitment_id, state, amount_minor, currency, session_id, url,
             payment, decline, created_at_ms, expires_at_ms, checked_at_ms, mandate_id, seq, decline_code, sent_at_ms
             FROM attempts ",
            $rest
        )
    };
}

/// Stores a new attempt.
pub async fn insert(tx: &Tx, a: &Attempt) -> Result<(), Error> {
    let sql = "INSERT INTO attempts (business_id, id, debtor_id, purpose, commitment_id, state, amount_minor, currency,
               session_id, url, payment, decline, created_at_ms, expires_at_ms, checked_at_ms, mandate_id, seq, decline_code,
               sent_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let args = args![
        &a.business,
        &a.id,
        &a.debtor,
        &a.purpose,
        a.commitment.as_ref().map(|c| c.as_str()),
        a.state.code(),
        a.amount_minor,
        a.currency,
        a.session.clone(),
        &a.url,
        a.payment.clone(),
        &a.decline,
        a.created_at_ms,
        a.expires_at_ms,
        a.checked_at_ms,
        a.mandate.as_ref().map(|m| m.as_str()),
        a.seq,
        &a.decline_code,
        a.sent_at_ms
    ];
    tx.run(sql, args).await.map(drop)
}

/// Replaces what the gateway said of an attempt.
pub async fn update(tx: &Tx, a: &Attempt) -> Result<(), Error> {
    let sql =
        "UPDATE attempts SET state = $3, session_id = $4, url = $5, payment = $6, decline = $7, checked_at_ms = $8,
               decline_code = $9, sent_at_ms = $10 WHERE business_id = $1 AND id = $2";
    let args = args![
        &a.business,
        &a.id,
        a.state.code(),
        a.session.clone(),
        &a.url,
        a.payment.clone(),
        &a.decline,
        a.checked_at_ms,
        &a.decline_code,
        a.sent_at_ms
    ];
    tx.run(sql, args).await.map(drop)
}

/// Finds an attempt of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &AttemptId) -> Result<Option<Attempt>, Error> {
    q.row(select!("WHERE business_id = $1 AND id = $2"), args![business, id]).await?.as_ref().map(read).transpose()
}

/// Finds the attempt that a message of the gateway is about, by its own id, the page or the payment.
pub async fn find_by_gateway(
    q: &impl Query,
    id: Option<&str>,
    session: Option<&str>,
    payment: Option<&str>,
) -> Result<Option<Attempt>, Error> {
    if let Some(id) = id
        && let Some(row) = q.row(select!("WHERE id = $1"), args![id]).await?
    {
        return read(&row).map(Some);
    }
    if let Some(session) = session
        && let Some(row) = q.row(select!("WHERE session_id = $1"), args![session]).await?
    {
        return read(&row).map(Some);
    }
    let Some(payment) = payment else { return Ok(None) };
    q.row(select!("WHERE payment = $1"), args![payment]).await?.as_ref().map(read).transpose()
}

/// The attempt for a purpose whose truth is not known yet.
pub async fn find_open(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    purpose: &str,
) -> Result<Option<Attempt>, Error> {
    let sql = select!(
        "WHERE business_id = $1 AND debtor_id = $2 AND purpose = $3 AND state IN ('created', 'open', 'confirming')"
    );
    q.row(sql, args![business, debtor, purpose]).await?.as_ref().map(read).transpose()
}

/// The newest five of [`list`]. `$1` is the business, `$2` the debtor.
pub(super) const LATEST: &str = select!("WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT 5");

/// A debtor's attempts, newest first, at most `limit`.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId, limit: u32) -> Result<Vec<Attempt>, Error> {
    let sql = select!("WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT $3");
    q.rows(sql, args![business, debtor, limit]).await?.iter().map(read).collect()
}

/// Tries at charging a kept card for an agreement, in order.
pub async fn list_charges(
    q: &impl Query,
    business: &BusinessId,
    commitment: &CommitmentId,
) -> Result<Vec<Attempt>, Error> {
    let sql = select!("WHERE business_id = $1 AND commitment_id = $2 AND seq IS NOT NULL ORDER BY id");
    q.rows(sql, args![business, commitment]).await?.iter().map(read).collect()
}

/// Charges of kept cards over all businesses of which the gateway is not known to have heard, and which were last asked
/// about before an instant, at most `limit`.
pub async fn list_unsent(q: &impl Query, before_ms: i64, limit: u32) -> Result<Vec<Attempt>, Error> {
    let sql = select!(
        "WHERE seq IS NOT NULL AND state = 'created' AND payment IS NULL AND checked_at_ms < $1
         ORDER BY checked_at_ms LIMIT $2"
    );
    q.rows(sql, args![before_ms, limit]).await?.iter().map(read).collect()
}

/// Attempts over all businesses whose truth is not known and was last asked before an instant, at most `limit`, without
/// those of [`list_unsent`].
pub async fn list_unchecked(q: &impl Query, before_ms: i64, limit: u32) -> Result<Vec<Attempt>, Error> {
    let sql = select!(
        "WHERE state IN ('created', 'open', 'confirming') AND checked_at_ms < $1
           AND (seq IS NULL OR state <> 'created' OR payment IS NOT NULL) ORDER BY checked_at_ms LIMIT $2"
    );
    q.rows(sql, args![before_ms, limit]).await?.iter().map(read).collect()
}

/// Attempts over all businesses of which money was given back since an instant, and which were last asked about before
/// another, at most `limit`.
pub async fn list_refunded(
    q: &impl Query,
    refunded_since_ms: i64,
    before_ms: i64,
    limit: u32,
) -> Result<Vec<Attempt>, Error> {
    let sql = select!(
        "WHERE (business_id, id) IN (SELECT business_id, attempt_id FROM transfers WHERE kind = 'refund' AND at_ms >= $1)
           AND state = 'succeeded' AND checked_at_ms < $2 ORDER BY checked_at_ms LIMIT $3"
    );
    q.rows(sql, args![refunded_since_ms, before_ms, limit]).await?.iter().map(read).collect()
}

/// Notes that the gateway was asked, whatever it said.
pub async fn set_checked(tx: &Tx, business: &BusinessId, id: &AttemptId, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE attempts SET checked_at_ms = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, now_ms]).await.map(drop)
}
