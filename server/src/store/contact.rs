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
    /// `queued`, `sending`, `sent`, `withheld`, `failed`, `unknown`, `bounced`, `cancelled`, `recorded`, and `task`: a call that waits for a
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
    /// Where it went to or came from, as its channel writes it: an e-mail address in small letters, a telephone number
    /// in E.164; empty where that is not known.
    pub address: String,
    /// What the carrier calls it: a Message-ID without its brackets, a text message's id; empty where there is none.
    pub provider_id: String,
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
        address: row.text(13)?,
        provider_id: row.text(14)?,
        decided: Decided {
            decision: row.text(15)?,
            at_ms: row.int_or_null(16)?,
            until_ms: row.int_or_null(17)?,
            occasion: row.text(18)?,
            after_due_days: row.int_or_null(19)?,
        },
        outcome: row.text(20)?,
    })
}

static NEW: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "contacts",
        "business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject, body, actor, at_ms, \
         link_id, address, provider_id, decision, decided_at_ms, until_ms, occasion, after_due_days, outcome",
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
            &c.address,
            &c.provider_id,
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
               link_id, address, provider_id, decision, decided_at_ms, until_ms, occasion, after_due_days, outcome FROM contacts
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

/// What a message became when it was written.
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// Its words, without anything secret.
    pub body: &'a str,
    /// The link that it carries.
    pub link: Option<&'a str>,
    /// Where it goes.
    pub address: &'a str,
    /// Its Message-ID; empty where the carrier gives it a name only when it takes it.
    pub provider_id: &'a str,
}

/// Stores what a message said once it was rendered, where it goes, and the link that it carries.
pub async fn set_rendered(tx: &Tx, business: &BusinessId, id: &str, r: Rendered<'_>) -> Result<(), Error> {
    let sql = "UPDATE contacts SET subject = $3, body = $4, link_id = $5, address = $6, provider_id = $7
               WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, r.subject, r.body, r.link, r.address, r.provider_id]).await.map(drop)
}

/// Stores the name that the carrier gave a message.
pub async fn set_provider_id(tx: &Tx, business: &BusinessId, id: &str, provider_id: &str) -> Result<(), Error> {
    let sql = "UPDATE contacts SET provider_id = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, provider_id]).await.map(drop)
}

/// The message of a channel that the carrier calls so, and whose it is.
pub async fn find_by_provider_id(
    q: &impl Query,
    channel: &str,
    provider_id: &str,
) -> Result<Option<(BusinessId, Contact)>, Error> {
    let sql = "SELECT id, debtor_id, channel, direction, purpose, step, state, reason, subject, body, actor, at_ms,
               link_id, address, provider_id, decision, decided_at_ms, until_ms, occasion, after_due_days, outcome, business_id
               FROM contacts
               WHERE provider_id = $2 AND provider_id <> '' AND channel = $1 AND direction = 'out' ORDER BY id LIMIT 1";
    let row = q.row(sql, args![channel, provider_id]).await?;
    row.map(|row| Ok((row.text(21)?.into(), read(&row)?))).transpose()
}

/// One contact of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<Contact>, Error> {
    let sql = "SELECT id, debtor_id, channel, direction, purpose, step, state, reason, subject, body, actor, at_ms,
               link_id, address, provider_id, decision, decided_at_ms, until_ms, occasion, after_due_days, outcome
               FROM contacts WHERE business_id = $1 AND id = $2";
    q.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Whom messages went to at an address: the last one to each debtor, the newest first.
pub async fn list_reached(
    q: &impl Query,
    channel: &str,
    address: &str,
) -> Result<Vec<(BusinessId, DebtorId, String)>, Error> {
    let sql = "SELECT business_id, debtor_id, MAX(id) FROM contacts
               WHERE address = $2 AND address <> '' AND channel = $1 AND direction = 'out'
               GROUP BY business_id, debtor_id ORDER BY MAX(id) DESC LIMIT 100";
    let rows = q.rows(sql, args![channel, address]).await?;
    rows.iter().map(|r| Ok((r.text(0)?.into(), r.text(1)?.into(), r.text(2)?))).collect()
}

/// Notes that a message arrived; one whose fate was unknown was sent.
pub async fn set_delivered(tx: &Tx, business: &BusinessId, id: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE contacts SET delivered_at_ms = COALESCE(delivered_at_ms, $3),
                 state = CASE WHEN state = 'unknown' THEN 'sent' ELSE state END
               WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, now_ms]).await.map(drop)
}

/// Notes why a message did not arrive, for good (`bounced`) or for all that is known now.
pub async fn set_returned(tx: &Tx, business: &BusinessId, id: &str, hard: bool, why: &str) -> Result<(), Error> {
    let sql = "UPDATE contacts SET reason = $3, state = CASE WHEN $4 = 1 THEN 'bounced' ELSE state END
               WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, why, hard]).await.map(drop)
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
