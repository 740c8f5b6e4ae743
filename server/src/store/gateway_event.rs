//! The gateway's messages as they came, once each, until they are settled.

use super::db::{Error, Query, Tx};
use crate::args;

/// A message of the gateway.
#[derive(Clone, Debug)]
pub struct GatewayEvent {
    /// Whose, where the message says; else empty.
    pub business: String,
    /// The gateway's id.
    pub id: String,
    /// Such as `checkout.session.completed`.
    pub kind: String,
    /// The body as it came.
    pub body: String,
    /// How often settling it failed.
    pub tries: i64,
}

/// Stores a message; `false` where it is known already.
pub async fn insert(tx: &Tx, e: &GatewayEvent, attempt: Option<&str>, now_ms: i64) -> Result<bool, Error> {
    let sql = "INSERT INTO gateway_events (business_id, id, kind, body, attempt_id, received_at_ms, due_at_ms, tries,
               outcome) VALUES ($1, $2, $3, $4, $5, $6, $6, 0, '') ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, args![&e.business, &e.id, &e.kind, &e.body, attempt, now_ms]).await? > 0)
}

/// Messages that are due to be settled, oldest first.
pub async fn list_due(q: &impl Query, now_ms: i64, limit: u32) -> Result<Vec<GatewayEvent>, Error> {
    let sql = "SELECT business_id, id, kind, body, tries FROM gateway_events
               WHERE settled_at_ms IS NULL AND due_at_ms <= $1 ORDER BY due_at_ms, id LIMIT $2";
    let rows = q.rows(sql, args![now_ms, limit]).await?;
    rows.iter()
        .map(|r| {
            Ok(GatewayEvent {
                business: r.text(0)?,
                id: r.text(1)?,
                kind: r.text(2)?,
                body: r.text(3)?,
                tries: r.int(4)?,
            })
        })
        .collect()
}

/// Notes what became of a message.
pub async fn settle(tx: &Tx, id: &str, outcome: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE gateway_events SET settled_at_ms = $2, outcome = $3 WHERE id = $1 AND settled_at_ms IS NULL";
    tx.run(sql, args![id, now_ms, outcome]).await.map(drop)
}

/// Puts a message off.
pub async fn retry(tx: &Tx, id: &str, due_at_ms: i64, outcome: &str) -> Result<(), Error> {
    let sql = "UPDATE gateway_events SET due_at_ms = $2, tries = tries + 1, outcome = $3 WHERE id = $1";
    tx.run(sql, args![id, due_at_ms, outcome]).await.map(drop)
}
