//! Credit notes as documents; what they do to balances stands in the ledger.

use super::bulk::Bulk;
use super::db::{Error, Query, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::money::Currency;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A credit note, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNote {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub debtor: DebtorId,
    /// The business's number for it.
    pub number: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// What it credits, in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// What it is for.
    pub description: String,
}

static NOTES: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "credit_notes",
        "business_id, id, debtor_id, number, issued_on, amount_minor, currency, description, created_at_ms",
    )
});
static ITEMS: LazyLock<Bulk> =
    LazyLock::new(|| Bulk::new("credit_note_items", "business_id, credit_note_id, invoice_id, amount_minor"));

/// The business's credit notes by number.
pub async fn by_number(q: &impl Query, business: &BusinessId) -> Result<HashMap<String, CreditNote>, Error> {
    let sql = "SELECT id, debtor_id, number, issued_on, amount_minor, currency, description
               FROM credit_notes WHERE business_id = $1";
    let mut found = HashMap::new();
    for row in q.rows(sql, args![business]).await? {
        let note = CreditNote {
            id: row.text(0)?,
            debtor: row.text(1)?.into(),
            number: row.text(2)?,
            issued_on: row.date(3)?,
            amount_minor: row.int(4)?,
            currency: row.currency(5)?,
            description: row.text(6)?,
        };
        found.insert(note.number.clone(), note);
    }
    Ok(found)
}

/// Minor units that were credited of each invoice, by credit notes and by decisions on disputes.
pub async fn credited_minor(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, i64>, Error> {
    let sql = "SELECT invoice_id, CAST(SUM(minor) AS BIGINT) FROM (
                 SELECT invoice_id, amount_minor AS minor FROM credit_note_items WHERE business_id = $1
                 UNION ALL
                 SELECT invoice_id, credited_minor FROM dispute_items WHERE business_id = $1) c
               GROUP BY invoice_id";
    q.rows(sql, args![business]).await?.iter().map(|row| Ok((row.text(0)?.into(), row.int(1)?))).collect()
}

/// Minor units that credit notes took off an invoice since an instant, epoch milliseconds.
pub async fn credited_since(
    q: &impl Query,
    business: &BusinessId,
    invoice: &InvoiceId,
    since_ms: i64,
) -> Result<i64, Error> {
    let sql = "SELECT CAST(COALESCE(SUM(i.amount_minor), 0) AS BIGINT) FROM credit_note_items i
               JOIN credit_notes n ON n.business_id = i.business_id AND n.id = i.credit_note_id
               WHERE i.business_id = $1 AND i.invoice_id = $2 AND n.created_at_ms >= $3";
    Ok(q.row(sql, args![business, invoice, since_ms]).await?.map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// Stores credit notes, each with what of it is for which invoice; the ledger's entries are the caller's.
pub async fn insert(
    tx: &Tx,
    business: &BusinessId,
    notes: &[(CreditNote, Vec<(InvoiceId, i64)>)],
    now_ms: i64,
) -> Result<(), Error> {
    let (mut values, mut items) = (Vec::new(), Vec::new());
    for (n, parts) in notes {
        values.extend(args![
            business,
            &n.id,
            &n.debtor,
            &n.number,
            n.issued_on,
            n.amount_minor,
            n.currency,
            &n.description,
            now_ms
        ]);
        for (invoice, minor) in parts {
            items.extend(args![business, &n.id, invoice, *minor]);
        }
    }
    NOTES.insert(tx, values).await?;
    ITEMS.insert(tx, items).await
}
