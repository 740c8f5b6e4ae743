//! Reminder links: capabilities of which only the SHA-256 is stored.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId, LinkId};

/// Wrong answers that lock a link (never the debtor).
pub const WRONG_ANSWERS_MAX: i64 = 5;

/// A link about to be stored.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// Whose account it opens.
    pub debtor: DebtorId,
    /// SHA-256 of the token.
    pub token_hash: String,
    /// Why it was made: `reminder`, `list`, `console`, `fresh`, `demo`.
    pub origin: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
}

/// A link as it is stored.
#[derive(Clone, Debug)]
pub struct Link {
    /// Whose customer it is for.
    pub business: BusinessId,
    /// Its id.
    pub id: LinkId,
    /// Whose account it opens.
    pub debtor: DebtorId,
    /// Why it was made.
    pub origin: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// Wrong answers given so far.
    pub wrong_answers: i64,
    /// When the identity question was first answered through it.
    pub opened_at_ms: Option<i64>,
}

impl Link {
    /// Whether it still opens an account.
    pub fn is_live(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && self.expires_at_ms > now_ms && self.wrong_answers < WRONG_ANSWERS_MAX
    }
}

fn read(row: &Row) -> Result<Link, Error> {
    Ok(Link {
        business: row.text(0)?.into(),
        id: row.text(1)?.into(),
        debtor: row.text(2)?.into(),
        origin: row.text(3)?,
        created_at_ms: row.int(4)?,
        expires_at_ms: row.int(5)?,
        revoked_at_ms: row.int_or_null(6)?,
        wrong_answers: row.int(7)?,
        opened_at_ms: row.int_or_null(8)?,
    })
}

/// Stores a new link.
pub async fn insert(tx: &Tx, business: &BusinessId, l: &NewLink) -> Result<(), Error> {
    let sql = "INSERT INTO links (business_id, id, debtor_id, token_hash, origin, created_at_ms, expires_at_ms,
               wrong_answers) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
    let args = args![business, &l.id, &l.debtor, &l.token_hash, &l.origin, l.created_at_ms, l.expires_at_ms];
    tx.run(sql, args).await.map(drop)
}

/// Finds a link by the SHA-256 of its token, in whatever state. The token itself says whose it is.
pub async fn find_by_hash(q: &impl Query, token_hash: &str) -> Result<Option<Link>, Error> {
    let sql = "SELECT business_id, id, debtor_id, origin, created_at_ms, expires_at_ms, revoked_at_ms, wrong_answers,
               opened_at_ms FROM links WHERE token_hash = $1";
    q.row(sql, args![token_hash]).await?.as_ref().map(read).transpose()
}

/// The same, and nobody else gets it until the transaction ends: tries at one link are judged one after another.
pub async fn lock_by_hash(tx: &Tx, token_hash: &str) -> Result<Option<Link>, Error> {
    let sql = "UPDATE links SET wrong_answers = wrong_answers WHERE token_hash = $1
               RETURNING business_id, id, debtor_id, origin, created_at_ms, expires_at_ms, revoked_at_ms, wrong_answers,
               opened_at_ms";
    tx.row(sql, args![token_hash]).await?.as_ref().map(read).transpose()
}

/// A debtor's links, newest first.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Link>, Error> {
    let sql = "SELECT business_id, id, debtor_id, origin, created_at_ms, expires_at_ms, revoked_at_ms, wrong_answers,
               opened_at_ms FROM links WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT 100";
    q.rows(sql, args![business, debtor]).await?.iter().map(read).collect()
}

/// Counts a wrong answer; answers how many there are now.
pub async fn count_wrong_answer(tx: &Tx, business: &BusinessId, id: &LinkId) -> Result<i64, Error> {
    let sql = "UPDATE links SET wrong_answers = wrong_answers + 1 WHERE business_id = $1 AND id = $2
               RETURNING wrong_answers";
    tx.row(sql, args![business, id]).await?.map_or(Ok(WRONG_ANSWERS_MAX), |row| row.int(0))
}

/// Notes the first time that the identity question was answered.
pub async fn mark_opened(tx: &Tx, business: &BusinessId, id: &LinkId, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE links SET opened_at_ms = $3 WHERE business_id = $1 AND id = $2 AND opened_at_ms IS NULL";
    tx.run(sql, args![business, id, now_ms]).await.map(drop)
}

/// Revokes a link of a debtor; `false` where there is none, or it was revoked before.
pub async fn revoke(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    id: &LinkId,
    now_ms: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE links SET revoked_at_ms = $4
               WHERE business_id = $1 AND debtor_id = $2 AND id = $3 AND revoked_at_ms IS NULL";
    Ok(tx.run(sql, args![business, debtor, id, now_ms]).await? > 0)
}
