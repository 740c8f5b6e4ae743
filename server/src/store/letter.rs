//! Letters: those that wait for a batch, the batches, and what was printed.
//!
//! A letter that waits is an item of the outbox in the state `batch`, which no worker claims. Closing a batch claims them and
//! takes them one after another; until the batch is `closed`, in one transaction, none of them has left, and one that was
//! given up in between puts them all back.

use super::db::{Db, Error, Query, Row, Tx};
use super::outbox::{self, Item};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId, LinkId};

/// A letter that waits for a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The contact's id.
    pub contact: String,
    /// To whom.
    pub debtor: DebtorId,
    /// Their name.
    pub who: String,
    /// The step of the ladder.
    pub step: String,
    /// Since when it waits, epoch milliseconds.
    pub at_ms: i64,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// The name of its file, without the ending.
    pub name: String,
    /// Its letters.
    pub letters: i64,
    /// Their pages.
    pub pages: i64,
    /// Their sheets of paper, printed on both sides.
    pub sheets: i64,
    /// Who closed it.
    pub actor: String,
    /// When, epoch milliseconds.
    pub at_ms: i64,
}

/// A letter that is being set.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// The contact's id.
    pub contact: &'a str,
    /// To whom.
    pub debtor: &'a DebtorId,
    /// Its item in the outbox.
    pub item: &'a str,
    /// The link that it carries.
    pub link: &'a LinkId,
    /// The batch; `None` where it is printed alone.
    pub batch: Option<&'a str>,
}

fn read_batch(row: &Row) -> Result<Batch, Error> {
    Ok(Batch {
        id: row.text(0)?,
        name: row.text(1)?,
        letters: row.int(2)?,
        pages: row.int(3)?,
        sheets: row.int(4)?,
        actor: row.text(5)?,
        at_ms: row.int(6)?,
    })
}

/// Letters that wait, oldest first.
pub async fn list_waiting(
    q: &impl Query,
    business: &BusinessId,
    offset: u32,
    limit: u32,
) -> Result<Vec<Waiting>, Error> {
    let sql = "SELECT c.id, c.debtor_id, d.name, c.step, o.created_at_ms FROM outbox o
               JOIN contacts c ON c.business_id = o.business_id AND c.id = o.contact_id
               JOIN debtors d ON d.business_id = o.business_id AND d.id = o.debtor_id
               WHERE o.business_id = $1 AND o.state = 'batch' ORDER BY o.created_at_ms, o.id LIMIT $2 OFFSET $3";
    let rows = q.rows(sql, args![business, limit, offset]).await?;
    let read = |row: &Row| {
        Ok(Waiting {
            contact: row.text(0)?,
            debtor: row.text(1)?.into(),
            who: row.text(2)?,
            step: row.text(3)?,
            at_ms: row.int(4)?,
        })
    };
    rows.iter().map(read).collect()
}

/// How many wait, and since when the oldest does (epoch milliseconds); `None` where none does.
pub async fn count_waiting(q: &impl Query, business: &BusinessId) -> Result<Option<(u32, i64)>, Error> {
    let sql = "SELECT COUNT(*), MIN(created_at_ms) FROM outbox WHERE business_id = $1 AND state = 'batch'";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(None) };
    let many = u32::try_from(row.int(0)?).unwrap_or(u32::MAX);
    Ok(row.int_or_null(1)?.map(|since_ms| (many, since_ms)))
}

/// Claims at most `limit` letters until `until_ms`, oldest first; no two who close a batch get the same one.
pub async fn claim(
    db: &Db,
    tx: &Tx,
    business: &BusinessId,
    now_ms: i64,
    until_ms: i64,
    limit: u32,
) -> Result<Vec<Item>, Error> {
    let sqlite = "UPDATE outbox SET claimed_until_ms = $3 WHERE business_id = $1 AND id IN (
                    SELECT id FROM outbox WHERE business_id = $1 AND state = 'batch' AND claimed_until_ms <= $2
                    ORDER BY created_at_ms, id LIMIT $4)
                  RETURNING business_id, id, debtor_id, kind, contact_id, payload, tries, claimed_until_ms, created_at_ms";
    let postgres = "UPDATE outbox SET claimed_until_ms = $3 WHERE business_id = $1 AND id IN (
                      SELECT id FROM outbox WHERE business_id = $1 AND state = 'batch' AND claimed_until_ms <= $2
                      ORDER BY created_at_ms, id LIMIT $4 FOR UPDATE SKIP LOCKED)
                    RETURNING business_id, id, debtor_id, kind, contact_id, payload, tries, claimed_until_ms,
                              created_at_ms";
    let rows = db.claim(tx, sqlite, postgres, args![business, now_ms, until_ms, limit]).await?;
    let mut items = rows.iter().map(outbox::read).collect::<Result<Vec<_>, Error>>()?;
    items.sort_by(|a, b| (a.created_at_ms, &a.id).cmp(&(b.created_at_ms, &b.id)));
    Ok(items)
}

/// Claims one letter by its contact; `None` where it does not wait, or somebody else has it.
pub async fn claim_one(
    tx: &Tx,
    business: &BusinessId,
    contact: &str,
    now_ms: i64,
    until_ms: i64,
) -> Result<Option<Item>, Error> {
    let sql = "UPDATE outbox SET claimed_until_ms = $4
               WHERE business_id = $1 AND contact_id = $2 AND state = 'batch' AND claimed_until_ms <= $3
               RETURNING business_id, id, debtor_id, kind, contact_id, payload, tries, claimed_until_ms, created_at_ms";
    tx.row(sql, args![business, contact, now_ms, until_ms]).await?.as_ref().map(outbox::read).transpose()
}

/// Begins a batch that nobody else may put back before `until_ms`.
pub async fn begin(
    tx: &Tx,
    business: &BusinessId,
    id: &str,
    name: &str,
    actor: &str,
    now_ms: i64,
    until_ms: i64,
) -> Result<(), Error> {
    let sql =
        "INSERT INTO letter_batches (business_id, id, name, state, until_ms, letters, pages, sheets, actor, at_ms)
               VALUES ($1, $2, $3, 'closing', $4, 0, 0, 0, $5, $6)";
    tx.run(sql, args![business, id, name, until_ms, actor, now_ms]).await.map(drop)
}

/// How many batches of a business have a name that begins so.
pub async fn count_named(q: &impl Query, business: &BusinessId, beginning: &str) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM letter_batches WHERE business_id = $1 AND name LIKE $2";
    q.row(sql, args![business, format!("{beginning}%")]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Notes a letter that is about to be set, in the transaction that took it.
pub async fn add(tx: &Tx, business: &BusinessId, letter: &Letter<'_>, now_ms: i64) -> Result<(), Error> {
    // One that was put back has a row from before.
    let sql =
        "INSERT INTO letters (business_id, contact_id, debtor_id, item_id, link_id, batch_id, pages, sha256, at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7)
               ON CONFLICT (business_id, contact_id) DO UPDATE SET item_id = $4, link_id = $5, batch_id = $6, pages = 0,
                 sha256 = '', at_ms = $7";
    let batch = letter.batch.map(str::to_owned);
    let args = args![business, letter.contact, letter.debtor, letter.item, letter.link.as_str(), batch, now_ms];
    tx.run(sql, args).await.map(drop)
}

/// Stores what was printed: its pages, and the SHA-256 of its file.
pub async fn set_printed(tx: &Tx, business: &BusinessId, contact: &str, pages: u32, sha256: &str) -> Result<(), Error> {
    let sql = "UPDATE letters SET pages = $3, sha256 = $4 WHERE business_id = $1 AND contact_id = $2";
    tx.run(sql, args![business, contact, pages, sha256]).await.map(drop)
}

/// Forgets a letter that could not be set.
pub async fn remove(tx: &Tx, business: &BusinessId, contact: &str) -> Result<(), Error> {
    let sql = "DELETE FROM letters WHERE business_id = $1 AND contact_id = $2";
    tx.run(sql, args![business, contact]).await.map(drop)
}

/// Closes a batch: from the commit on its letters have left. `false` where it ran out before and they were put back.
pub async fn close(tx: &Tx, business: &BusinessId, batch: &Batch) -> Result<bool, Error> {
    let sql = "UPDATE letter_batches SET state = 'closed', letters = $3, pages = $4, sheets = $5, at_ms = $6
               WHERE business_id = $1 AND id = $2 AND state = 'closing'";
    let values = args![business, &batch.id, batch.letters, batch.pages, batch.sheets, batch.at_ms];
    if tx.run(sql, values).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE outbox SET state = 'done', error = '' WHERE business_id = $1 AND id IN (
                 SELECT item_id FROM letters WHERE business_id = $1 AND batch_id = $2)";
    tx.run(sql, args![business, &batch.id]).await?;
    let sql = "UPDATE contacts SET state = 'sent', reason = '', at_ms = $3 WHERE business_id = $1 AND id IN (
                 SELECT contact_id FROM letters WHERE business_id = $1 AND batch_id = $2)";
    tx.run(sql, args![business, &batch.id, batch.at_ms]).await?;
    Ok(true)
}

/// Forgets a batch into which no letter came.
pub async fn abandon(tx: &Tx, business: &BusinessId, batch: &str) -> Result<(), Error> {
    let sql = "DELETE FROM letter_batches WHERE business_id = $1 AND id = $2 AND state = 'closing'";
    tx.run(sql, args![business, batch]).await.map(drop)
}

/// Puts the letters of batches back whose closing was cut off: none of them has left, and their links work no more. Answers
/// how many batches there were.
pub async fn put_back_lost(tx: &Tx, now_ms: i64) -> Result<usize, Error> {
    let sql = "UPDATE letter_batches SET until_ms = until_ms WHERE state = 'closing' AND until_ms < $1
               RETURNING business_id, id";
    let lost = tx.rows(sql, args![now_ms]).await?;
    for row in &lost {
        put_back(tx, &row.text(0)?.into(), &row.text(1)?, now_ms).await?;
    }
    Ok(lost.len())
}

/// Puts the letters of a batch back that is not closed, and forgets the batch.
pub async fn put_back(tx: &Tx, business: &BusinessId, batch: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE outbox SET state = 'batch', claimed_until_ms = 0, error = ''
               WHERE business_id = $1 AND state IN ('sending', 'unknown') AND id IN (
                 SELECT item_id FROM letters WHERE business_id = $1 AND batch_id = $2)";
    tx.run(sql, args![business, batch]).await?;
    let sql = "UPDATE contacts SET state = 'queued', reason = ''
               WHERE business_id = $1 AND state IN ('sending', 'unknown') AND id IN (
                 SELECT contact_id FROM letters WHERE business_id = $1 AND batch_id = $2)";
    tx.run(sql, args![business, batch]).await?;
    let sql = "UPDATE links SET revoked_at_ms = $3 WHERE business_id = $1 AND revoked_at_ms IS NULL AND id IN (
                 SELECT link_id FROM letters WHERE business_id = $1 AND batch_id = $2)";
    tx.run(sql, args![business, batch, now_ms]).await?;
    tx.run("DELETE FROM letters WHERE business_id = $1 AND batch_id = $2", args![business, batch]).await?;
    abandon(tx, business, batch).await
}

/// Takes a letter out that waits; `false` where it does not, or is being set.
pub async fn take_out(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    contact: &str,
    reason: &str,
    now_ms: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE outbox SET state = 'cancelled', error = $5 WHERE business_id = $1 AND debtor_id = $2
                 AND contact_id = $3 AND state = 'batch' AND claimed_until_ms <= $4";
    Ok(tx.run(sql, args![business, debtor, contact, now_ms, reason]).await? > 0)
}

/// The debtor of a letter that waits.
pub async fn find_debtor(q: &impl Query, business: &BusinessId, contact: &str) -> Result<Option<DebtorId>, Error> {
    let sql = "SELECT debtor_id FROM outbox WHERE business_id = $1 AND contact_id = $2 AND state = 'batch'";
    q.row(sql, args![business, contact]).await?.map(|row| Ok(row.text(0)?.into())).transpose()
}

/// Batches that are closed, newest first.
pub async fn list_batches(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<Batch>, Error> {
    let sql = "SELECT id, name, letters, pages, sheets, actor, at_ms FROM letter_batches
               WHERE business_id = $1 AND state = 'closed' ORDER BY id DESC LIMIT $2";
    q.rows(sql, args![business, limit]).await?.iter().map(read_batch).collect()
}

/// A batch that is closed.
pub async fn find_batch(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<Batch>, Error> {
    let sql = "SELECT id, name, letters, pages, sheets, actor, at_ms FROM letter_batches
               WHERE business_id = $1 AND id = $2 AND state = 'closed'";
    q.row(sql, args![business, id]).await?.as_ref().map(read_batch).transpose()
}
