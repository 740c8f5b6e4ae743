//! The unsubscribe links of reminders, of which only the SHA-256 is stored.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};

/// What a link stops.
#[derive(Clone, Debug)]
pub struct StopLink {
    /// Whose reminders.
    pub business: BusinessId,
    /// To whom.
    pub debtor: DebtorId,
    /// The reminder that carried it.
    pub contact: String,
    /// `email`.
    pub channel: String,
    /// The address that the reminder went to.
    pub address: String,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
}

/// Stores a new one.
pub async fn insert(tx: &Tx, token_hash: &str, l: &StopLink) -> Result<(), Error> {
    let sql = "INSERT INTO stop_links (business_id, token_hash, debtor_id, contact_id, channel, address, expires_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![&l.business, token_hash, &l.debtor, &l.contact, &l.channel, &l.address, l.expires_at_ms];
    tx.run(sql, args).await.map(drop)
}

/// Finds one that has not run out. The token itself says whose it is.
pub async fn find_by_hash(q: &impl Query, token_hash: &str, now_ms: i64) -> Result<Option<StopLink>, Error> {
    let sql = "SELECT business_id, debtor_id, contact_id, channel, address, expires_at_ms FROM stop_links
               WHERE token_hash = $1 AND expires_at_ms > $2";
    let Some(row) = q.row(sql, args![token_hash, now_ms]).await? else { return Ok(None) };
    Ok(Some(StopLink {
        business: row.text(0)?.into(),
        debtor: row.text(1)?.into(),
        contact: row.text(2)?,
        channel: row.text(3)?,
        address: row.text(4)?,
        expires_at_ms: row.int(5)?,
    }))
}

/// Removes what has run out; answers how many.
pub async fn delete_expired(tx: &Tx, now_ms: i64) -> Result<u64, Error> {
    tx.run("DELETE FROM stop_links WHERE expires_at_ms <= $1", args![now_ms]).await
}
