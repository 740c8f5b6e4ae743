//! What a settlement or a write-off took off an invoice is owed again where a credit note credits the invoice itself: the
//! credit takes it off instead, and what nobody paid is not given back.

use crate::secret;
use crate::store::ledger::{self, Origin};
use crate::store::{Error, Query, Tx, settlement};
use kept_domain::credit_note::CreditNoteRow;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::{discount_taken_back, reinstated};
use std::collections::HashMap;

/// The credit note that takes it off instead.
pub(super) struct Credit<'a> {
    /// Whose it is; the caller holds the row.
    pub(super) debtor: &'a DebtorId,
    /// What the file says.
    pub(super) row: &'a CreditNoteRow,
    /// Who imports it.
    pub(super) actor: &'a str,
    /// Epoch milliseconds.
    pub(super) now_ms: i64,
}

/// Minor units that settlements and write-offs take off each invoice of a business.
pub(super) async fn taken_off(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, i64>, Error> {
    let mut found: HashMap<InvoiceId, i64> = HashMap::new();
    for off in settlement::list_off(q, business, None).await? {
        *found.entry(off.invoice).or_default() += off.minor;
    }
    Ok(found)
}

/// Puts so many minor units back on each invoice: what was written off first, then what settlements took off.
pub(super) async fn of_credit(
    tx: &Tx,
    business: &BusinessId,
    credit: &Credit<'_>,
    parts: &[(InvoiceId, i64)],
) -> Result<(), Error> {
    for (invoice, minor) in parts {
        let mut rest = *minor;
        for off in settlement::list_off(tx, business, Some(invoice)).await? {
            let part = vec![(invoice.clone(), off.minor.min(rest))];
            if rest <= 0 {
                break;
            }
            rest -= off.minor;
            let origin = Origin {
                note: format!("Credited by credit note {}", credit.row.number),
                ..Origin::new(credit.debtor, credit.row.currency, credit.row.issued_on, credit.actor)
            };
            let (transfer, origin) = match off.write_off {
                Some(write_off) => (reinstated(&part), Origin { reverses: Some(write_off), ..origin }),
                None => {
                    let (_, times) = settlement::taken_off(tx, business, &off.commitment).await?;
                    let effect = Some(format!("settlement:{}:{}", off.commitment, times + 1));
                    (discount_taken_back(&part), Origin { effect, commitment: Some(off.commitment), ..origin })
                }
            };
            let id: TransferId = secret::new_id();
            ledger::append(tx, business, &id, &transfer, &origin, credit.now_ms).await?;
        }
    }
    Ok(())
}
