//! Sessions of debtors: what a link and a right answer are exchanged for.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId, LinkId};

/// A debtor who is looking at their account.
#[derive(Clone, Debug)]
pub struct Session {
    /// The business they look at.
    pub business: BusinessId,
    /// Who they are.
    pub debtor: DebtorId,
    /// The link they came by.
    pub link: LinkId,
    /// How identity was checked: `postcode`, `invoice_number`, `birth_date`, `code`.
    pub identity: String,
}

/// How long a session lasts: long enough that nobody loses work.
pub const SESSION_MS: i64 = 12 * 3_600_000;

/// Stores a new session.
pub async fn insert(tx: &Tx, s: &Session, token_hash: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO portal_sessions (business_id, token_hash, debtor_id, link_id, identity, created_at_ms,
               expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![&s.business, token_hash, &s.debtor, &s.link, &s.identity, now_ms, now_ms + SESSION_MS];
    tx.run(sql, args).await.map(drop)
}

/// `$1` is the SHA-256 of a cookie's token, `$2` the time.
pub(super) const LIVE: &str = "SELECT s.business_id, s.debtor_id, s.link_id, s.identity FROM portal_sessions s
               JOIN links l ON l.business_id = s.business_id AND l.id = s.link_id
               WHERE s.token_hash = $1 AND s.expires_at_ms > $2 AND l.revoked_at_ms IS NULL";

/// The session of a cookie, while it lasts and its link is not revoked.
pub async fn find(q: &impl Query, token_hash: &str, now_ms: i64) -> Result<Option<Session>, Error> {
    let Some(row) = q.row(LIVE, args![token_hash, now_ms]).await? else { return Ok(None) };
    Ok(Some(Session {
        business: row.text(0)?.into(),
        debtor: row.text(1)?.into(),
        link: row.text(2)?.into(),
        identity: row.text(3)?,
    }))
}

/// Ends a session.
pub async fn delete(tx: &Tx, token_hash: &str) -> Result<(), Error> {
    tx.run("DELETE FROM portal_sessions WHERE token_hash = $1", args![token_hash]).await.map(drop)
}

/// Removes sessions that have run out.
pub async fn delete_expired(tx: &Tx, now_ms: i64) -> Result<u64, Error> {
    tx.run("DELETE FROM portal_sessions WHERE expires_at_ms <= $1", args![now_ms]).await
}
