//! Episodes: stretches of time in which a debtor is late without a break, each with one climb of the ladder.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId};

/// An episode that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Its id.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// Its first day: the day after the due date of the invoice that was late first.
    pub began_on: NaiveDate,
}

pub(super) fn read(row: &Row) -> Result<Episode, Error> {
    Ok(Episode { id: row.text(0)?, debtor: row.text(1)?.into(), began_on: row.date(2)? })
}

/// Begins an episode. The caller holds the debtor's row, and no other episode of theirs is open.
pub async fn begin(tx: &Tx, business: &BusinessId, e: &Episode, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO episodes (business_id, id, debtor_id, began_on, created_at_ms) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, args![business, &e.id, &e.debtor, e.began_on, now_ms]).await.map(drop)
}

/// Ends a debtor's open episode: nothing is due any more.
pub async fn end(tx: &Tx, business: &BusinessId, debtor: &DebtorId, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE episodes SET ended_at_ms = $3 WHERE business_id = $1 AND debtor_id = $2 AND ended_at_ms IS NULL";
    tx.run(sql, args![business, debtor, now_ms]).await.map(drop)
}

/// A debtor's open episode.
pub async fn find_open(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Option<Episode>, Error> {
    let sql = "SELECT id, debtor_id, began_on FROM episodes
               WHERE business_id = $1 AND debtor_id = $2 AND ended_at_ms IS NULL";
    q.row(sql, args![business, debtor]).await?.as_ref().map(read).transpose()
}
