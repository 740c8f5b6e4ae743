//! The outbox: what must happen outside, written in the transaction that it follows from.
//!
//! A worker claims an item for a while and it stays `waiting`, so that a worker that dies loses nothing. In the
//! transaction that decides on it again the worker takes it: it is `sending`, and from then on nobody else touches it.
//! A worker that dies after that leaves an item whose fate nobody knows: `unknown`, and a person decides.
//!
//! A letter waits in the state `batch` instead, until a person has a batch closed (`store::letter`).

use super::bulk::Bulk;
use super::db::{Db, Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};
use std::sync::LazyLock;

/// The kind of an item that waits for a batch of letters.
pub const LETTER: &str = "letter";

/// Something that waits to happen outside.
#[derive(Clone, Debug)]
pub struct Item {
    /// Whose.
    pub business: BusinessId,
    /// Its id.
    pub id: String,
    /// Whom it is for.
    pub debtor: DebtorId,
    /// What: `mail`, `sms`, `letter`, `close_page`, `money_back` or `detach_card`.
    pub kind: String,
    /// The contact that it makes.
    pub contact: Option<String>,
    /// What the worker needs, as JSON; nothing secret.
    pub payload: String,
    /// How often it was taken.
    pub tries: i64,
    /// Until when it is claimed, epoch milliseconds: the mark of the worker's own claim.
    pub claimed_until_ms: i64,
    /// When it was put into the outbox, epoch milliseconds.
    pub created_at_ms: i64,
}

pub(super) fn read(row: &Row) -> Result<Item, Error> {
    Ok(Item {
        business: row.text(0)?.into(),
        id: row.text(1)?,
        debtor: row.text(2)?.into(),
        kind: row.text(3)?,
        contact: row.text_or_null(4)?,
        payload: row.text(5)?,
        tries: row.int(6)?,
        claimed_until_ms: row.int(7)?,
        created_at_ms: row.int(8)?,
    })
}

static NEW: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "outbox",
        "business_id, id, debtor_id, kind, contact_id, payload, state, due_at_ms, claimed_until_ms, tries, error, \
         created_at_ms",
    )
});

/// Puts something into the outbox, due at once.
pub async fn enqueue(tx: &Tx, item: &Item) -> Result<(), Error> {
    enqueue_all(tx, std::slice::from_ref(item)).await
}

/// Puts things into the outbox, due at once; letters into the open batch.
pub async fn enqueue_all(tx: &Tx, items: &[Item]) -> Result<(), Error> {
    let mut values = Vec::new();
    for i in items {
        values.extend(args![&i.business, &i.id, &i.debtor, &i.kind, i.contact.clone(), &i.payload]);
        let state = if i.kind == LETTER { "batch" } else { "waiting" };
        values.extend(args![state, i.created_at_ms, 0i64, 0i64, "", i.created_at_ms]);
    }
    NEW.insert(tx, values).await
}

/// Whether something of a kind waits for a debtor.
pub async fn waits(q: &impl Query, business: &BusinessId, debtor: &DebtorId, kind: &str) -> Result<bool, Error> {
    let sql = "SELECT id FROM outbox WHERE business_id = $1 AND debtor_id = $2 AND kind = $3
                 AND state IN ('waiting', 'sending') LIMIT 1";
    Ok(q.row(sql, args![business, debtor, kind]).await?.is_some())
}

/// Claims at most `limit` items that are due, for `lease_ms`, longest due first; no two workers get the same one.
pub async fn claim(db: &Db, now_ms: i64, lease_ms: i64, limit: u32) -> Result<Vec<Item>, Error> {
    let tx = db.begin().await?;
    let sqlite = "UPDATE outbox SET claimed_until_ms = $2
                  WHERE (business_id, id) IN (SELECT business_id, id FROM outbox
                                WHERE state = 'waiting' AND due_at_ms <= $1 AND claimed_until_ms <= $1
                                ORDER BY due_at_ms LIMIT $3)
                  RETURNING business_id, id, debtor_id, kind, contact_id, payload, tries, claimed_until_ms, created_at_ms";
    let postgres = "UPDATE outbox SET claimed_until_ms = $2
                    WHERE (business_id, id) IN (SELECT business_id, id FROM outbox
                                  WHERE state = 'waiting' AND due_at_ms <= $1 AND claimed_until_ms <= $1
                                  ORDER BY due_at_ms LIMIT $3 FOR UPDATE SKIP LOCKED)
                    RETURNING business_id, id, debtor_id, kind, contact_id, payload, tries, claimed_until_ms,
                              created_at_ms";
    let rows = db.claim(&tx, sqlite, postgres, args![now_ms, now_ms + lease_ms, limit]).await?;
    let items = rows.iter().map(read).collect::<Result<_, Error>>()?;
    tx.commit().await?;
    Ok(items)
}

/// Takes a claimed item: from the commit on it is being sent, until `until_ms`. `false` where the claim ran out and
/// somebody else may have it.
pub async fn take(tx: &Tx, item: &Item, until_ms: i64) -> Result<bool, Error> {
    let sql = "UPDATE outbox SET state = 'sending', claimed_until_ms = $4, tries = tries + 1
               WHERE business_id = $1 AND id = $2 AND state IN ('waiting', 'batch') AND claimed_until_ms = $3";
    Ok(tx.run(sql, args![&item.business, &item.id, item.claimed_until_ms, until_ms]).await? > 0)
}

/// Ends an item: `done`, `cancelled`, `failed` or `unknown`, with the reason where there is one.
pub async fn end(tx: &Tx, item: &Item, state: &str, error: &str) -> Result<(), Error> {
    let sql = "UPDATE outbox SET state = $3, error = $4 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![&item.business, &item.id, state, error]).await.map(drop)
}

/// Puts an item back, to be tried again at `due_at_ms`.
pub async fn retry(tx: &Tx, item: &Item, due_at_ms: i64, error: &str) -> Result<(), Error> {
    let sql = "UPDATE outbox SET state = CASE WHEN kind = 'letter' THEN 'batch' ELSE 'waiting' END,
                 claimed_until_ms = 0, due_at_ms = $3, error = $4 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![&item.business, &item.id, due_at_ms, error]).await.map(drop)
}

/// Puts an item that may not leave yet back, to be looked at again at `due_at_ms`; it was no try.
pub async fn postpone(tx: &Tx, item: &Item, due_at_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE outbox SET state = CASE WHEN kind = 'letter' THEN 'batch' ELSE 'waiting' END,
                 claimed_until_ms = 0, due_at_ms = $3, tries = tries - 1 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![&item.business, &item.id, due_at_ms]).await.map(drop)
}

/// Items whose worker died while sending: their fate is unknown and a person decides. Answers them, marked so.
pub async fn give_up_lost(tx: &Tx, now_ms: i64) -> Result<Vec<Item>, Error> {
    let sql = "UPDATE outbox SET state = 'unknown', error = 'the worker stopped while sending'
               WHERE state = 'sending' AND claimed_until_ms < $1
               RETURNING business_id, id, debtor_id, kind, contact_id, payload, tries, claimed_until_ms, created_at_ms";
    tx.rows(sql, args![now_ms]).await?.iter().map(read).collect()
}
