//! Messages that failed, or of which nobody knows whether they went: a person decides.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};

/// Such messages of one debtor that are read at most.
const LIMIT: u32 = 50;

/// A message that nobody sends by itself any more.
#[derive(Clone, Debug)]
pub struct StuckMail {
    /// Its item in the outbox.
    pub id: String,
    /// The contact that it makes.
    pub contact: String,
    /// `failed` or `unknown`.
    pub state: String,
    /// What is known of the reason.
    pub reason: String,
    /// What it is about, as the outbox has it.
    pub payload: String,
    /// The contact's purpose.
    pub purpose: String,
    /// The outbox's kind: `mail`, `sms` or `letter`.
    pub kind: String,
    /// When it was written, epoch milliseconds.
    pub at_ms: i64,
}

fn read(row: &super::db::Row) -> Result<StuckMail, Error> {
    Ok(StuckMail {
        id: row.text(0)?,
        contact: row.text(1)?,
        state: row.text(2)?,
        reason: row.text(3)?,
        payload: row.text(4)?,
        purpose: row.text(5)?,
        at_ms: row.int(6)?,
        kind: row.text(7)?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, c.id, o.state, o.error, o.payload, c.purpose, o.created_at_ms, o.kind FROM outbox o
             JOIN contacts c ON c.business_id = o.business_id AND c.id = o.contact_id
             WHERE o.business_id = $1 AND o.debtor_id = $2 AND o.state IN ('failed', 'unknown') AND ",
            $rest
        )
    };
}

/// A debtor's, of those written since an instant, the oldest first.
pub async fn list(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    since_ms: i64,
) -> Result<Vec<StuckMail>, Error> {
    let sql = select!("o.created_at_ms >= $3 ORDER BY o.created_at_ms LIMIT $4");
    q.rows(sql, args![business, debtor, since_ms, LIMIT]).await?.iter().map(read).collect()
}

/// One of a debtor's.
pub async fn find(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    id: &str,
) -> Result<Option<StuckMail>, Error> {
    q.row(select!("o.id = $3"), args![business, debtor, id]).await?.as_ref().map(read).transpose()
}

/// Puts it back, due at once and as new: what was tried before does not count. `false` where somebody else has.
pub async fn put_back(tx: &Tx, business: &BusinessId, id: &str, now_ms: i64) -> Result<bool, Error> {
    let sql = "UPDATE outbox SET state = CASE WHEN kind = 'letter' THEN 'batch' ELSE 'waiting' END, due_at_ms = $3,
                 claimed_until_ms = 0, tries = 0, error = '', created_at_ms = $3 WHERE business_id = $1 AND id = $2 AND state IN ('failed', 'unknown')";
    Ok(tx.run(sql, args![business, id, now_ms]).await? > 0)
}
