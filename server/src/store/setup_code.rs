//! Codes for the first run, as fingerprints. Each server that starts before there is an owner makes one; any of them works.

use super::db::{Error, Query, Tx};
use crate::args;

/// Stores the fingerprint of a new code.
pub async fn insert(tx: &Tx, code_hash: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO setup_codes (business_id, code_hash, created_at_ms) VALUES ('', $1, $2)";
    tx.run(sql, args![code_hash, now_ms]).await.map(drop)
}

/// Whether it is the fingerprint of a code.
pub async fn exists(q: &impl Query, code_hash: &str) -> Result<bool, Error> {
    let sql = "SELECT code_hash FROM setup_codes WHERE business_id = '' AND code_hash = $1";
    Ok(q.row(sql, args![code_hash]).await?.is_some())
}

/// Removes all of them: there is an owner.
pub async fn delete_all(tx: &Tx) -> Result<(), Error> {
    tx.run("DELETE FROM setup_codes", args![]).await.map(drop)
}
