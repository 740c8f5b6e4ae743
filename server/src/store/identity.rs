//! What answers to the identity question are compared with.

use super::db::{Error, Query};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};

/// The numbers of all invoices that a debtor ever had.
pub async fn invoice_numbers(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<String>, Error> {
    let sql = "SELECT number FROM invoices WHERE business_id = $1 AND debtor_id = $2";
    q.rows(sql, args![business, debtor]).await?.iter().map(|row| row.text(0)).collect()
}
