//! Holds: reminders paused, for a while or for good, with a reason. What a dispute or a proposal holds follows from its own state.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId};

/// A hold as it is stored.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Its id.
    pub id: String,
    /// Whose reminders are paused.
    pub debtor: DebtorId,
    /// `hand`, `hardship`, `breathing_space`, `chargeback`, `refund`, `stop`.
    pub reason: String,
    /// A remark.
    pub note: String,
    /// Its first day.
    pub from_on: NaiveDate,
    /// Its last day; without one it runs until somebody ends it.
    pub until_on: Option<NaiveDate>,
    /// Who made it.
    pub actor: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// When somebody ended it.
    pub ended_at_ms: Option<i64>,
    /// What it is about outside, such as the gateway's dispute; else empty.
    pub about: String,
}

impl Hold {
    /// Whether it runs on a day, and nobody has ended it.
    pub fn is_on(&self, on: NaiveDate) -> bool {
        self.ended_at_ms.is_none() && self.from_on <= on && self.until_on.is_none_or(|until_on| until_on >= on)
    }
}

/// Stores a new hold; `false` where there was one about the same thing outside, even one that has ended.
pub async fn insert(tx: &Tx, business: &BusinessId, h: &Hold) -> Result<bool, Error> {
    let sql = "INSERT INTO holds (business_id, id, debtor_id, reason, note, from_on, until_on, actor, created_at_ms,
               about) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    let args = args![
        business,
        &h.id,
        &h.debtor,
        &h.reason,
        &h.note,
        h.from_on,
        h.until_on,
        &h.actor,
        h.created_at_ms,
        &h.about
    ];
    Ok(tx.run(sql, args).await? > 0)
}

/// `$1` is the business, `$2` the debtor.
pub(super) const OF_DEBTOR: &str =
    "SELECT id, debtor_id, reason, note, from_on, until_on, actor, created_at_ms, ended_at_ms, about
               FROM holds WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT 100";

/// A debtor's holds, newest first.
pub async fn list(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Hold>, Error> {
    q.rows(OF_DEBTOR, args![business, debtor]).await?.iter().map(read).collect()
}

pub(super) fn read(row: &Row) -> Result<Hold, Error> {
    Ok(Hold {
        id: row.text(0)?,
        debtor: row.text(1)?.into(),
        reason: row.text(2)?,
        note: row.text(3)?,
        from_on: row.date(4)?,
        until_on: row.date_or_null(5)?,
        actor: row.text(6)?,
        created_at_ms: row.int(7)?,
        ended_at_ms: row.int_or_null(8)?,
        about: row.text(9)?,
    })
}

/// Ends a hold of a debtor; `false` where there is none, or it had ended.
pub async fn end(tx: &Tx, business: &BusinessId, debtor: &DebtorId, id: &str, now_ms: i64) -> Result<bool, Error> {
    let sql = "UPDATE holds SET ended_at_ms = $4
               WHERE business_id = $1 AND debtor_id = $2 AND id = $3 AND ended_at_ms IS NULL";
    Ok(tx.run(sql, args![business, debtor, id, now_ms]).await? > 0)
}

/// Notes on the hold about something outside what became of that; `false` where that is noted, or the hold has ended.
pub async fn note_about(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    about: &str,
    note: &str,
) -> Result<bool, Error> {
    let sql = "UPDATE holds SET note = $4 WHERE business_id = $1 AND debtor_id = $2 AND about = $3 AND about <> ''
               AND note <> $4 AND ended_at_ms IS NULL";
    Ok(tx.run(sql, args![business, debtor, about, note]).await? > 0)
}

/// A pause that lasts until a person has decided what comes of money that went back.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// Whose reminders are paused.
    pub debtor: DebtorId,
    /// Their name.
    pub who: String,
    /// `chargeback` or `refund`.
    pub reason: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
}

/// The pauses of a business that began because money went back, the oldest first.
pub async fn list_undecided(q: &impl Query, business: &BusinessId) -> Result<Vec<Undecided>, Error> {
    let sql = "SELECT h.debtor_id, d.name, h.reason, h.created_at_ms FROM holds h
               JOIN debtors d ON d.business_id = h.business_id AND d.id = h.debtor_id
               WHERE h.business_id = $1 AND h.reason IN ('chargeback', 'refund') AND h.ended_at_ms IS NULL
               ORDER BY h.created_at_ms, h.id LIMIT 200";
    q.rows(sql, args![business])
        .await?
        .iter()
        .map(|row| {
            Ok(Undecided {
                debtor: row.text(0)?.into(),
                who: row.text(1)?,
                reason: row.text(2)?,
                created_at_ms: row.int(3)?,
            })
        })
        .collect()
}

/// Ends the hold that is about something outside; `false` where there is none, or it had ended.
pub async fn end_about(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    about: &str,
    now_ms: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE holds SET ended_at_ms = $4
               WHERE business_id = $1 AND debtor_id = $2 AND about = $3 AND about <> '' AND ended_at_ms IS NULL";
    Ok(tx.run(sql, args![business, debtor, about, now_ms]).await? > 0)
}
