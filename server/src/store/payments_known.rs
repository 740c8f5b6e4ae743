//! Until when a business's payments are known, from each source: nobody who has paid meanwhile is to be chased.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::BusinessId;

/// Where payments are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A list of invoices that says which are paid.
    Import,
    /// A person recorded one.
    Recorded,
    /// A bank statement.
    Bank,
}

impl Source {
    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Recorded => "recorded",
            Self::Bank => "bank",
        }
    }
}

/// Says that payments are known until an instant; an earlier one changes nothing. The caller holds the debtors' rows
/// that it takes already: this row is taken last, so that nobody waits in a circle.
pub async fn extend(tx: &Tx, business: &BusinessId, source: Source, until_ms: i64, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO payments_known (business_id, source, until_ms, at_ms) VALUES ($1, $2, $3, $4)
               ON CONFLICT (business_id, source) DO UPDATE SET until_ms = excluded.until_ms, at_ms = excluded.at_ms
               WHERE payments_known.until_ms < excluded.until_ms";
    tx.run(sql, args![business, source.code(), until_ms, now_ms]).await.map(drop)
}

/// The latest instant, epoch milliseconds, until which payments are known from any source; `None` where the business
/// never told.
pub async fn until_ms(q: &impl Query, business: &BusinessId) -> Result<Option<i64>, Error> {
    let sql = "SELECT MAX(until_ms) FROM payments_known WHERE business_id = $1";
    Ok(q.row(sql, args![business]).await?.map(|row| row.int_or_null(0)).transpose()?.flatten())
}
