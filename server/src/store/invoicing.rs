//! How a business invoices: its own numbers, and the days that it usually gives to pay.

use super::db::{Error, Query, Tx};
use crate::args;
use kept_domain::ids::BusinessId;

/// Days to pay where nothing else was agreed: Directive 2011/7/EU, article 3(3)(b), and the United Kingdom's Late Payment
/// of Commercial Debts (Interest) Act 1998, section 4(5), count interest from 30 days on.
pub const DUE_DAYS: u32 = 30;

/// How a business invoices. Unknown texts are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoicing {
    /// Its VAT number, as it was written.
    pub vat_number: String,
    /// Its entry in a register of companies, as it was written.
    pub registration: String,
    /// Days from the day of an invoice to the day it is due, where the invoice names none.
    pub due_days: u32,
}

impl Default for Invoicing {
    fn default() -> Self {
        Self { vat_number: String::new(), registration: String::new(), due_days: DUE_DAYS }
    }
}

/// What a business said, or what holds until it says something.
pub async fn get(q: &impl Query, business: &BusinessId) -> Result<Invoicing, Error> {
    let sql = "SELECT vat_number, registration, due_days FROM invoicing WHERE business_id = $1";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(Invoicing::default()) };
    let due_days = u32::try_from(row.int(2)?).map_err(|_| Error::Corrupt("due_days".into()))?;
    Ok(Invoicing { vat_number: row.text(0)?, registration: row.text(1)?, due_days })
}

/// Replaces what a business says.
pub async fn save(tx: &Tx, business: &BusinessId, i: &Invoicing) -> Result<(), Error> {
    let sql = "INSERT INTO invoicing (business_id, vat_number, registration, due_days) VALUES ($1, $2, $3, $4)
               ON CONFLICT (business_id) DO UPDATE SET vat_number = excluded.vat_number,
                 registration = excluded.registration, due_days = excluded.due_days";
    tx.run(sql, args![business, &i.vat_number, &i.registration, i.due_days]).await.map(drop)
}
