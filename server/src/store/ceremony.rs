//! What was begun and must be finished within minutes, once: a second factor, a passkey.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, UserId};

/// How long there is to finish it.
pub const LIFE_MS: i64 = 5 * 60_000;

/// Something that was begun.
#[derive(Clone, Debug)]
pub struct Ceremony {
    /// Whose console it is about; empty while nobody knows.
    pub business: BusinessId,
    /// Who began it; empty while nobody knows.
    pub user: UserId,
    /// What must be known to finish it.
    pub state: String,
}

/// Stores something that was begun, under the SHA-256 of its token; what has run out goes.
pub async fn insert(tx: &Tx, kind: &str, token_hash: &str, c: &Ceremony, now_ms: i64) -> Result<(), Error> {
    tx.run("DELETE FROM ceremonies WHERE expires_at_ms <= $1", args![now_ms]).await?;
    let sql = "INSERT INTO ceremonies (business_id, token_hash, user_id, kind, state, expires_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, args![&c.business, token_hash, &c.user, kind, &c.state, now_ms + LIFE_MS]).await.map(drop)
}

/// Finds something that was begun and has not run out.
pub async fn find(q: &impl Query, kind: &str, token_hash: &str, now_ms: i64) -> Result<Option<Ceremony>, Error> {
    let sql = "SELECT business_id, user_id, state FROM ceremonies
               WHERE token_hash = $1 AND kind = $2 AND expires_at_ms > $3";
    let Some(row) = q.row(sql, args![token_hash, kind, now_ms]).await? else { return Ok(None) };
    Ok(Some(Ceremony { business: row.text(0)?.into(), user: row.text(1)?.into(), state: row.text(2)? }))
}

/// Ends it, so that it is finished once; `false` where somebody else has.
pub async fn end(tx: &Tx, token_hash: &str) -> Result<bool, Error> {
    Ok(tx.run("DELETE FROM ceremonies WHERE token_hash = $1", args![token_hash]).await? > 0)
}
