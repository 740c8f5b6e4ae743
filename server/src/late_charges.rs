//! What is booked of late charges, as both sides read it.

use crate::store::{Error, Query, invoice, late_charge};
use kept_api::late_charges::{BookedCharge, Law, Waived};
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::late_charge as rules;
use kept_domain::ledger::TransferKind;
use kept_domain::money::Money;

/// Every invoice of a debtor on which something was claimed, in the order of the due dates.
///
/// # Errors
/// The store's.
pub async fn booked(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<(InvoiceId, BookedCharge)>, Error> {
    let bases = late_charge::bases(q, business, debtor).await?;
    if bases.is_empty() {
        return Ok(Vec::new());
    }
    let books = late_charge::books(q, business, debtor).await?;
    let movements = late_charge::movements(q, business, debtor).await?;
    let mut found = Vec::new();
    for i in invoice::list_all(q, business, debtor).await? {
        let i = i.invoice;
        let Some(basis) = bases.iter().find(|b| b.invoice == i.id) else { continue };
        let Some(preset) = rules::all().iter().find(|p| p.code == basis.preset) else { continue };
        let waived = movements.iter().filter(|m| m.invoice == i.id && m.kind == TransferKind::LateChargeWaived);
        let charge = BookedCharge {
            number: i.number,
            due_on: i.due_on,
            until_on: basis.until_on,
            law: Law::of(preset),
            worked: basis.worked.clone(),
            waived: waived
                .map(|m| Waived { on: m.on, amount: Money::new(m.minor, m.currency), reason: m.note.clone() })
                .collect(),
            stands: Money::new(books.get(&i.id).map_or(0, rules::Books::stands_minor), i.currency),
        };
        found.push((i.id, charge));
    }
    Ok(found)
}
