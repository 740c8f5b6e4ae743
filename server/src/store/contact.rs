//! Contacts: every message and call, made, withheld or received.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};

/// A contact as it is stored.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// With whom.
    pub debtor: DebtorId,
    /// `email`, `sms`, `letter`, `call`, `visit`, `portal`.
    pub channel: String,
    /// `out` or `in`.
    pub direction: String,
    /// `reminder`, `receipt`, `answer`, `agreement`, `access`, `note`: reminders alone are held and counted.
    pub purpose: String,
    /// The rung of the ladder, where it is one.
    pub step: String,
    /// `queued`, `sent`, `withheld`, `failed`, `unknown`, `cancelled`, `recorded`.
    pub state: String,
    /// Why it was withheld, failed or cancelled.
    pub reason: String,
    /// What it says in its first line.
    pub subject: String,
    /// What it says, or what a person noted.
    pub body: String,
    /// Who: `rule`, `user:` and an id, `debtor`.
    pub actor: String,
    /// When it was made or decided, epoch milliseconds.
    pub at_ms: i64,
    /// The link that it carried.
    pub link: Option<String>,
}

fn read(row: &Row) -> Result<Contact, Error> {
    Ok(Contact {
        id: row.text(0)?,
        debtor: row.text(1)?.into(),
        channel: row.text(2)?,
        direction: row.text(3)?,
        purpose: row.text(4)?,
        step: row.text(5)?,
        state: row.text(6)?,
        reason: row.text(7)?,
        subject: row.text(8)?,
        body: row.text(9)?,
        actor: row.text(10)?,
        at_ms: row.int(11)?,
        link: row.text_or_null(12)?,
    })
}

/// Stores a new contact.
pub async fn insert(tx: &Tx, business: &BusinessId, c: &Contact) -> Result<(), Error> {
    let sql = "INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason,
               subject, body, actor, at_ms, link_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let args = args![
        business,
        &c.id,
        &c.debtor,
        &c.channel,
        &c.direction,
        &c.purpose,
        &c.step,
        &c.state,
        &c.reason,
        &c.subject,
        &c.body,
        &c.actor,
        c.at_ms,
        c.link.clone()
    ];
    tx.run(sql, args).await.map(drop)
}

/// A debtor's contacts, newest first, at most `limit`.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId, limit: u32) -> Result<Vec<Contact>, Error> {
    let sql = "SELECT id, debtor_id, channel, direction, purpose, step, state, reason, subject, body, actor, at_ms,
               link_id FROM contacts WHERE business_id = $1 AND debtor_id = $2 ORDER BY at_ms DESC, id DESC LIMIT $3";
    q.rows(sql, args![business, debtor, limit]).await?.iter().map(read).collect()
}

/// Says how a contact ended.
pub async fn set_state(
    tx: &Tx,
    business: &BusinessId,
    id: &str,
    state: &str,
    reason: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "UPDATE contacts SET state = $3, reason = $4, at_ms = $5 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, state, reason, now_ms]).await.map(drop)
}

/// Stores what a message said once it was rendered, and the link that it carried.
pub async fn set_text(
    tx: &Tx,
    business: &BusinessId,
    id: &str,
    subject: &str,
    body: &str,
    link: Option<&str>,
) -> Result<(), Error> {
    let sql = "UPDATE contacts SET subject = $3, body = $4, link_id = $5 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, subject, body, link]).await.map(drop)
}
