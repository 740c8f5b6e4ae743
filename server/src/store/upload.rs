//! Files that were uploaded and wait to be imported: they are looked at first.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::BusinessId;

/// A file that waits, or an import that has been done.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its id.
    pub id: String,
    /// `debtors`, `invoices` or `statement`.
    pub kind: String,
    /// What it was called.
    pub file_name: String,
    /// `waiting`, or `done` for an import.
    pub state: String,
    /// What came of it, as JSON; empty while it waits.
    pub report: String,
    /// Who.
    pub actor: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
}

fn read(row: &Row) -> Result<Upload, Error> {
    Ok(Upload {
        id: row.text(0)?,
        kind: row.text(1)?,
        file_name: row.text(2)?,
        state: row.text(3)?,
        report: row.text(4)?,
        actor: row.text(5)?,
        created_at_ms: row.int(6)?,
    })
}

/// Stores a file that waits. Others of the business that have waited since before `before_ms` are removed.
pub async fn insert(
    tx: &Tx,
    business: &BusinessId,
    u: &Upload,
    content_base64: &str,
    before_ms: i64,
) -> Result<(), Error> {
    let sql = "DELETE FROM imports WHERE business_id = $1 AND state = 'waiting' AND created_at_ms < $2";
    tx.run(sql, args![business, before_ms]).await?;
    let sql = "INSERT INTO imports (business_id, id, kind, file_name, options, state, report, content_base64, actor,
               created_at_ms) VALUES ($1, $2, $3, $4, '', 'waiting', '', $5, $6, $7)";
    let args = args![business, &u.id, &u.kind, &u.file_name, content_base64, &u.actor, u.created_at_ms];
    tx.run(sql, args).await.map(drop)
}

/// A file that waits, with its bytes in base64.
pub async fn find_waiting(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<(Upload, String)>, Error> {
    let sql = "SELECT id, kind, file_name, state, report, actor, created_at_ms, content_base64 FROM imports
               WHERE business_id = $1 AND id = $2 AND state = 'waiting'";
    let Some(row) = q.row(sql, args![business, id]).await? else { return Ok(None) };
    Ok(Some((read(&row)?, row.text(7)?)))
}

/// Removes a file that waited.
pub async fn delete_waiting(tx: &Tx, business: &BusinessId, id: &str) -> Result<(), Error> {
    let sql = "DELETE FROM imports WHERE business_id = $1 AND id = $2 AND state = 'waiting'";
    tx.run(sql, args![business, id]).await.map(drop)
}

/// Files that wait and imports that have been done, newest first.
pub async fn list(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<Upload>, Error> {
    let sql = "SELECT id, kind, file_name, state, report, actor, created_at_ms FROM imports
               WHERE business_id = $1 ORDER BY id DESC LIMIT $2";
    q.rows(sql, args![business, limit]).await?.iter().map(read).collect()
}
