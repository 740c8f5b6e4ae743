//! Where a business's customers send money.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::bank::BankDetails;
use kept_domain::ids::BusinessId;

/// The bank details of a business; all empty where it has told none.
pub async fn find(q: &impl Query, business: &BusinessId) -> Result<BankDetails, Error> {
    let sql = "SELECT holder, iban, bic, local FROM bank_details WHERE business_id = $1";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(BankDetails::default()) };
    Ok(BankDetails { holder: row.text(0)?, iban: row.text(1)?, bic: row.text(2)?, local: row.text(3)? })
}

/// Replaces them.
pub async fn save(tx: &Tx, business: &BusinessId, d: &BankDetails) -> Result<(), Error> {
    let sql = "INSERT INTO bank_details (business_id, holder, iban, bic, local) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (business_id) DO UPDATE SET holder = excluded.holder, iban = excluded.iban,
                 bic = excluded.bic, local = excluded.local";
    tx.run(sql, args![business, &d.holder, &d.iban, &d.bic, &d.local]).await.map(drop)
}
