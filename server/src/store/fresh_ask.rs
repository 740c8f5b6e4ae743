//! Asks for a link in place of an old one, until a worker looks whether there ever was one.

use super::db::{Error, Query, Tx};
use crate::args;

/// Somebody asked.
#[derive(Clone, Debug)]
pub struct FreshAsk {
    /// Its id.
    pub id: String,
    /// SHA-256 of the token that was asked with.
    pub token_hash: String,
    /// From where.
    pub address: String,
}

/// Stores it, whatever the token is.
pub async fn insert(tx: &Tx, ask: &FreshAsk, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO fresh_asks (business_id, id, token_hash, address, asked_at_ms) VALUES ('', $1, $2, $3, $4)";
    tx.run(sql, args![&ask.id, &ask.token_hash, &ask.address, now_ms]).await.map(drop)
}

/// Those that nobody has looked at, the oldest first, at most `limit`.
pub async fn list(q: &impl Query, limit: u32) -> Result<Vec<FreshAsk>, Error> {
    let sql = "SELECT id, token_hash, address FROM fresh_asks WHERE business_id = '' ORDER BY id LIMIT $1";
    let rows = q.rows(sql, args![limit]).await?;
    rows.iter().map(|row| Ok(FreshAsk { id: row.text(0)?, token_hash: row.text(1)?, address: row.text(2)? })).collect()
}

/// Takes one; `false` where another worker has.
pub async fn delete(tx: &Tx, id: &str) -> Result<bool, Error> {
    Ok(tx.run("DELETE FROM fresh_asks WHERE business_id = '' AND id = $1", args![id]).await? > 0)
}
