//! Contacts: every message and call, made, withheld or received.

use super::bulk::Bulk;
use super::db::{Error, Query, Row, Tx};
use super::reminder::{self, Past};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};
use std::sync::LazyLock;

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
    /// `queued`, `sending`, `sent`, `withheld`, `failed`, `unknown`, `cancelled`, `recorded`, and `task`: a call that waits for a
    /// person.
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
    /// The decision that it follows from, where a rule decided.
    pub decided: Decided,
    /// How a call went: `spoke`, `promised`, `no_answer`, `wrong_number`, `voicemail`; else empty.
    pub outcome: String,
}

/// What a rule decided about a contact. All of it is empty for what nobody decides on, such as receipts and notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// `send`, `wait`, `never`.
    pub decision: String,
    /// When, epoch milliseconds.
    pub at_ms: Option<i64>,
    /// Nothing more comes before this instant, epoch milliseconds.
    pub until_ms: Option<i64>,
    /// What it tells once of each, an invoice or an instalment, a line each; empty for a step of the ladder after the
    /// due date.
    pub occasion: String,
    /// Where the step stood on its ladder, in days after the due date.
    pub after_due_days: Option<i64>,
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
        decided: Decided {
            decision: row.text(13)?,
            at_ms: row.int_or_null(14)?,
            until_ms: row.int_or_null(15)?,
            occasion: row.text(16)?,
            after_due_days: row.int_or_null(17)?,
        },
        outcome: row.text(18)?,
    })
}

static NEW: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "contacts",
        "business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject, body, actor, at_ms, \
         link_id, decision, decided_at_ms, until_ms, occasion, after_due_days, outcome",
    )
});

/// Stores a new contact.
pub async fn insert(tx: &Tx, business: &BusinessId, c: &Contact) -> Result<(), Error> {
    insert_all(tx, business, std::slice::from_ref(c)).await
}

/// Stores new contacts.
pub async fn insert_all(tx: &Tx, business: &BusinessId, contacts: &[Contact]) -> Result<(), Error> {
    let mut values = Vec::new();
    for c in contacts {
        values.extend(args![
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
            c.link.clone(),
            &c.decided.decision,
            c.decided.at_ms,
            c.decided.until_ms,
            &c.decided.occasion,
            c.decided.after_due_days,
            &c.outcome
        ]);
    }
    NEW.insert(tx, values).await
}

/// A debtor's contacts, newest first, at most `limit`.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId, limit: u32) -> Result<Vec<Contact>, Error> {
    let sql = "SELECT id, debtor_id, channel, direction, purpose, step, state, reason, subject, body, actor, at_ms,
               link_id, decision, decided_at_ms, until_ms, occasion, after_due_days, outcome FROM contacts
               WHERE business_id = $1 AND debtor_id = $2 ORDER BY at_ms DESC, id DESC LIMIT $3";
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

/// Says that a reminder leaves now, by a decision that was made on it again.
pub async fn set_leaving(tx: &Tx, business: &BusinessId, id: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE contacts SET state = 'sending', decision = 'send', decided_at_ms = $3, until_ms = NULL
               WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, now_ms]).await.map(drop)
}

/// Says that a contact does not come before an instant.
pub async fn set_until(tx: &Tx, business: &BusinessId, id: &str, until_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE contacts SET until_ms = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, until_ms]).await.map(drop)
}

/// The step and the channel of a contact.
pub async fn find_step(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<(String, String)>, Error> {
    let sql = "SELECT step, channel FROM contacts WHERE business_id = $1 AND id = $2";
    q.row(sql, args![business, id]).await?.map(|row| Ok((row.text(0)?, row.text(1)?))).transpose()
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

/// Contacts of debtors that were reminded, oldest first for each: of at most `limit` debtors after one (empty for the
/// first page).
pub async fn list_made(
    q: &impl Query,
    business: &BusinessId,
    after: &str,
    limit: u32,
) -> Result<Vec<(DebtorId, Vec<Past>)>, Error> {
    let sql = "SELECT c.debtor_id, c.id, c.channel, c.direction, c.purpose, c.step, c.state, c.reason, c.outcome,
                 c.occasion, c.after_due_days, c.at_ms, c.decided_at_ms
               FROM (SELECT DISTINCT debtor_id FROM contacts
                     WHERE business_id = $1 AND debtor_id > $2 AND purpose = 'reminder' ORDER BY debtor_id LIMIT $3) p
               JOIN contacts c ON c.business_id = $1 AND c.debtor_id = p.debtor_id
               WHERE c.direction = 'out' AND c.purpose IN ('reminder', 'note')
               ORDER BY c.debtor_id, c.at_ms, c.id";
    let mut page: Vec<(DebtorId, Vec<Past>)> = Vec::new();
    for row in q.rows(sql, args![business, after, limit]).await? {
        let debtor: DebtorId = row.text(0)?.into();
        let past = reminder::read_past(&row)?;
        match page.last_mut() {
            Some((last, contacts)) if *last == debtor => contacts.push(past),
            _ => page.push((debtor, vec![past])),
        }
    }
    Ok(page)
}
