//! Events: who did what, when and from where, written in the transaction that did it.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id; ids sort by time.
    pub id: String,
    /// Whom it is about, where it is about one debtor.
    pub debtor: Option<DebtorId>,
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// Who: `debtor`, `user:` and an id, `terms`, `gateway`, `clock`, `import`, `shell`.
    pub actor: String,
    /// What, in the past tense: `plan_accepted`.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// One sentence for people, without anything secret.
    pub detail: String,
    /// The network address it came from, where it came over the network.
    pub address: String,
}

/// Appends an event.
pub async fn append(tx: &Tx, business: &BusinessId, e: &Event) -> Result<(), Error> {
    let sql = "INSERT INTO events (business_id, id, debtor_id, at_ms, actor, kind, subject_id, detail, address)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let debtor = e.debtor.as_ref().map(|d| d.as_str());
    let args = args![business, &e.id, debtor, e.at_ms, &e.actor, &e.kind, &e.subject, &e.detail, &e.address];
    tx.run(sql, args).await.map(drop)
}

/// A debtor's events, newest first, at most `limit`.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId, limit: u32) -> Result<Vec<Event>, Error> {
    let sql = "SELECT id, debtor_id, at_ms, actor, kind, subject_id, detail, address FROM events
               WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT $3";
    q.rows(sql, args![business, debtor, limit]).await?.iter().map(read).collect()
}

/// A business's events after the one with id `after`, oldest first, at most `limit`.
pub async fn list_after(q: &impl Query, business: &BusinessId, after: &str, limit: u32) -> Result<Vec<Event>, Error> {
    let sql = "SELECT id, debtor_id, at_ms, actor, kind, subject_id, detail, address FROM events
               WHERE business_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    q.rows(sql, args![business, after, limit]).await?.iter().map(read).collect()
}

fn read(row: &super::db::Row) -> Result<Event, Error> {
    Ok(Event {
        id: row.text(0)?,
        debtor: row.text_or_null(1)?.map(DebtorId),
        at_ms: row.int(2)?,
        actor: row.text(3)?,
        kind: row.text(4)?,
        subject: row.text(5)?,
        detail: row.text(6)?,
        address: row.text(7)?,
    })
}
