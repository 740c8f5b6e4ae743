//! The reminder policies of businesses.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::BusinessId;
use kept_domain::reminder::Policy;

/// A business's reminder policy; `None` where it has never been changed.
pub async fn find(q: &impl Query, business: &BusinessId) -> Result<Option<Policy>, Error> {
    let sql = "SELECT contact_policy FROM businesses WHERE business_id = $1";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(None) };
    let stored = row.text(0)?;
    if stored.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&stored).map(Some).map_err(|_| Error::Corrupt("contact policy".into()))
}

/// When the policy was last changed, epoch milliseconds; 0 where it never was.
pub async fn changed_at_ms(q: &impl Query, business: &BusinessId) -> Result<i64, Error> {
    let sql = "SELECT CAST(COALESCE(MAX(at_ms), 0) AS BIGINT) FROM events
               WHERE business_id = $1 AND debtor_id IS NULL AND kind = 'reminders_changed'";
    Ok(q.row(sql, args![business]).await?.map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// Replaces a business's reminder policy.
pub async fn update(tx: &Tx, business: &BusinessId, policy: &Policy) -> Result<(), Error> {
    let policy = serde_json::to_string(policy).map_err(|_| Error::Corrupt("contact policy".into()))?;
    let sql = "UPDATE businesses SET contact_policy = $2 WHERE business_id = $1";
    tx.run(sql, args![business, policy]).await.map(drop)
}

/// Has every debtor of a business looked at again by the next planning run.
pub async fn look_again(tx: &Tx, business: &BusinessId) -> Result<(), Error> {
    let sql = "UPDATE debtors SET look_at_ms = 0 WHERE business_id = $1 AND look_at_ms <> 0";
    tx.run(sql, args![business]).await.map(drop)
}
