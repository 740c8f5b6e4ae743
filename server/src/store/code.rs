//! One-time codes that show who opens a link: at most one per link, stored as a fingerprint.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, LinkId};

/// Milliseconds for which a code works.
pub const LIFE_MS: i64 = 15 * 60 * 1000;

/// The code that was sent for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// [`crate::secret::code_hash`] of it.
    pub hash: String,
    /// Epoch milliseconds after which it does not work.
    pub expires_at_ms: i64,
}

/// Stores the code of a link in place of an earlier one.
pub async fn put(tx: &Tx, business: &BusinessId, link: &LinkId, hash: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO link_codes (business_id, link_id, code_hash, expires_at_ms, created_at_ms)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (business_id, link_id) DO UPDATE
               SET code_hash = excluded.code_hash, expires_at_ms = excluded.expires_at_ms,
                   created_at_ms = excluded.created_at_ms";
    tx.run(sql, args![business, link, hash, now_ms + LIFE_MS, now_ms]).await.map(drop)
}

/// The code of a link, also one that has expired.
pub async fn find(q: &impl Query, business: &BusinessId, link: &LinkId) -> Result<Option<Code>, Error> {
    let sql = "SELECT code_hash, expires_at_ms FROM link_codes WHERE business_id = $1 AND link_id = $2";
    let row = q.row(sql, args![business, link]).await?;
    row.map(|row| Ok(Code { hash: row.text(0)?, expires_at_ms: row.int(1)? })).transpose()
}

/// Removes the code of a link: it has been used.
pub async fn remove(tx: &Tx, business: &BusinessId, link: &LinkId) -> Result<(), Error> {
    let sql = "DELETE FROM link_codes WHERE business_id = $1 AND link_id = $2";
    tx.run(sql, args![business, link]).await.map(drop)
}

/// Removes codes that have run out.
pub async fn delete_expired(tx: &Tx, now_ms: i64) -> Result<u64, Error> {
    tx.run("DELETE FROM link_codes WHERE expires_at_ms <= $1", args![now_ms]).await
}
