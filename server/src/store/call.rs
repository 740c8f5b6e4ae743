//! Calls: contacts by telephone that a rule asks for and a person makes.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::call::Outcome;
use kept_domain::ids::{BusinessId, DebtorId};

/// A call that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contact's id.
    pub id: String,
    /// Whom to call.
    pub debtor: DebtorId,
    /// The rung of the ladder; empty where it is none.
    pub step: String,
    /// `task` while it waits, `recorded` once somebody said how it went; any other state means that it is not needed any
    /// more.
    pub state: String,
    /// Why it is not needed any more.
    pub reason: String,
    /// How it went, once it is recorded.
    pub outcome: Option<Outcome>,
    /// What a person wrote about it.
    pub said: String,
    /// Who asked for it, or made it.
    pub actor: String,
    /// When it was asked for, or made, epoch milliseconds.
    pub at_ms: i64,
}

impl Call {
    /// It waits for a person.
    pub fn waits(&self) -> bool {
        self.state == "task"
    }
}

fn read(row: &Row) -> Result<Call, Error> {
    let outcome = row.text(5)?;
    Ok(Call {
        id: row.text(0)?,
        debtor: row.text(1)?.into(),
        step: row.text(2)?,
        state: row.text(3)?,
        reason: row.text(4)?,
        outcome: Outcome::parse(&outcome),
        said: row.text(6)?,
        actor: row.text(7)?,
        at_ms: row.int(8)?,
    })
}

/// Calls that wait, oldest first.
pub async fn list_waiting(q: &impl Query, business: &BusinessId, offset: u32, limit: u32) -> Result<Vec<Call>, Error> {
    let sql = "SELECT id, debtor_id, step, state, reason, outcome, body, actor, at_ms FROM contacts
               WHERE business_id = $1 AND state = 'task' AND channel = 'call' ORDER BY at_ms, id LIMIT $2 OFFSET $3";
    q.rows(sql, args![business, limit, offset]).await?.iter().map(read).collect()
}

/// A call that was asked for, whatever became of it; not one that a person only noted.
pub async fn find(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<Call>, Error> {
    let sql = "SELECT id, debtor_id, step, state, reason, outcome, body, actor, at_ms FROM contacts
               WHERE business_id = $1 AND id = $2 AND channel = 'call' AND purpose = 'reminder'";
    q.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Says how a call went. The caller holds the debtor's row and has seen that it is not recorded yet.
pub async fn record(
    tx: &Tx,
    business: &BusinessId,
    id: &str,
    outcome: Outcome,
    said: &str,
    actor: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "UPDATE contacts SET state = 'recorded', reason = '', outcome = $3, body = $4, actor = $5, at_ms = $6
               WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, outcome.code(), said, actor, now_ms]).await.map(drop)
}
