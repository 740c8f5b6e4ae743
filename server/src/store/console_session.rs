//! Sessions of people who signed in to the console.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, UserId};
use kept_domain::user::Role;

/// How long a session lasts.
pub const SESSION_MS: i64 = 12 * 3_600_000;

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose console they use.
    pub business: BusinessId,
    /// Who they are.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Stores a new session under the SHA-256 of its token.
pub async fn insert(tx: &Tx, business: &BusinessId, user: &UserId, token_hash: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO console_sessions (business_id, token_hash, user_id, created_at_ms, expires_at_ms)
               VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, args![business, token_hash, user, now_ms, now_ms + SESSION_MS]).await.map(drop)
}

/// The session of a cookie, while it lasts.
pub async fn find(q: &impl Query, token_hash: &str, now_ms: i64) -> Result<Option<Session>, Error> {
    let sql = "SELECT s.business_id, s.user_id, u.name, u.role FROM console_sessions s
               JOIN users u ON u.business_id = s.business_id AND u.id = s.user_id
               WHERE s.token_hash = $1 AND s.expires_at_ms > $2 AND u.deactivated_at_ms IS NULL";
    let Some(row) = q.row(sql, args![token_hash, now_ms]).await? else { return Ok(None) };
    let role = row.code(3, Role::parse)?;
    Ok(Some(Session { business: row.text(0)?.into(), user: row.text(1)?.into(), name: row.text(2)?, role }))
}

/// Ends a session.
pub async fn delete(tx: &Tx, token_hash: &str) -> Result<(), Error> {
    tx.run("DELETE FROM console_sessions WHERE token_hash = $1", args![token_hash]).await.map(drop)
}

/// Ends the sessions of somebody but for the one that is kept; all of them where it is empty.
pub async fn delete_of_user(tx: &Tx, business: &BusinessId, user: &UserId, but: &str) -> Result<(), Error> {
    let sql = "DELETE FROM console_sessions WHERE business_id = $1 AND user_id = $2 AND token_hash <> $3";
    tx.run(sql, args![business, user, but]).await.map(drop)
}

/// Removes sessions that have run out.
pub async fn delete_expired(tx: &Tx, now_ms: i64) -> Result<u64, Error> {
    tx.run("DELETE FROM console_sessions WHERE expires_at_ms <= $1", args![now_ms]).await
}
