//! What carriers tell us, as it came, once each, until it is settled.

use super::db::{Error, Query, Tx};
use crate::args;

/// Something that came in.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// What makes it one: the carrier's id with what it tells, or the fingerprint of a message.
    pub id: String,
    /// `sms`, `sms_status`, `mail`.
    pub kind: String,
    /// A form's text, or a raw message in base64.
    pub body: String,
    /// How often settling it failed.
    pub tries: i64,
}

/// Stores it; `false` where it is known already.
pub async fn insert(tx: &Tx, i: &Inbound, now_ms: i64) -> Result<bool, Error> {
    let sql = "INSERT INTO inbound (business_id, id, kind, body, received_at_ms, due_at_ms, tries, outcome)
               VALUES ('', $1, $2, $3, $4, $4, 0, '') ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, args![&i.id, &i.kind, &i.body, now_ms]).await? > 0)
}

/// What is due to be settled, oldest first.
pub async fn list_due(q: &impl Query, now_ms: i64, limit: u32) -> Result<Vec<Inbound>, Error> {
    let sql = "SELECT id, kind, body, tries FROM inbound WHERE settled_at_ms IS NULL AND due_at_ms <= $1
               ORDER BY due_at_ms, id LIMIT $2";
    let rows = q.rows(sql, args![now_ms, limit]).await?;
    rows.iter().map(|r| Ok(Inbound { id: r.text(0)?, kind: r.text(1)?, body: r.text(2)?, tries: r.int(3)? })).collect()
}

/// Notes what became of it; `false` where somebody else did before.
pub async fn settle(tx: &Tx, id: &str, outcome: &str, now_ms: i64) -> Result<bool, Error> {
    let sql = "UPDATE inbound SET settled_at_ms = $2, outcome = $3
               WHERE business_id = '' AND id = $1 AND settled_at_ms IS NULL";
    Ok(tx.run(sql, args![id, now_ms, outcome]).await? > 0)
}

/// Puts it off.
pub async fn retry(tx: &Tx, id: &str, due_at_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE inbound SET due_at_ms = $2, tries = tries + 1 WHERE business_id = '' AND id = $1";
    tx.run(sql, args![id, due_at_ms]).await.map(drop)
}
