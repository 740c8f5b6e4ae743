//! Preferences: what a debtor chose on their own pages. It wins over what an import says.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};

/// What was chosen; empty where nothing was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preference {
    /// `email` or `sms`.
    pub channel: String,
    /// ISO 639 two-letter code.
    pub language: String,
}

/// What a debtor chose.
pub async fn find(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Preference, Error> {
    let sql = "SELECT channel, language FROM preferences WHERE business_id = $1 AND debtor_id = $2";
    match q.row(sql, args![business, debtor]).await? {
        None => Ok(Preference::default()),
        Some(row) => Ok(Preference { channel: row.text(0)?, language: row.text(1)? }),
    }
}

/// Writes what a debtor chose now.
pub async fn put(tx: &Tx, business: &BusinessId, debtor: &DebtorId, p: &Preference, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO preferences (business_id, debtor_id, channel, language, at_ms) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (business_id, debtor_id) DO UPDATE SET channel = excluded.channel,
                 language = excluded.language, at_ms = excluded.at_ms";
    tx.run(sql, args![business, debtor, &p.channel, &p.language, now_ms]).await.map(drop)
}
