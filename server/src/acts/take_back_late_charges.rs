//! Late charges that turn out not to have been due are taken back by themselves: a payment or a credit note that is dated
//! earlier than the claim, a breathing space that had begun, a company that is a person.

use super::claim_late_charge::{Change, book};
use super::{Actor, apply_ahead, work_out_late_charges};
use crate::app::App;
use crate::store::{Error, Tx, business, debtor, invoice, late_charge};
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::late_charge::{self as rules, Refusal};

/// Works every charge of a debtor out anew, until the day until which it was claimed, and takes back what was too much. The
/// caller holds the debtor's row.
///
/// # Errors
/// The store's.
pub(super) async fn of_debtor(app: &App, tx: &Tx, business_id: &BusinessId, id: &DebtorId) -> Result<(), Error> {
    let bases = late_charge::bases(tx, business_id, id).await?;
    if bases.is_empty() {
        return Ok(());
    }
    let Some(home) = business::find(tx, business_id).await? else { return Ok(()) };
    let Some(debtor) = debtor::find(tx, &home.id, id).await? else { return Ok(()) };
    let policy = late_charge::policy(tx, &home.id).await?;
    let books = late_charge::books(tx, &home.id, id).await?;
    let invoices = invoice::list_all(tx, &home.id, id).await?;
    let mut took_back = false;
    for mut basis in bases {
        let Some(preset) = policy.named(rules::all(), &basis.preset) else { continue };
        let Some(of) = invoices.iter().map(|s| &s.invoice).find(|i| i.id == basis.invoice) else { continue };
        let worked = work_out_late_charges::of_debtor(tx, &home, &debtor, &preset, basis.until_on).await?;
        basis.worked = match worked.into_iter().find(|w| w.invoice == basis.invoice).map(|w| w.result) {
            None | Some(Err(Refusal::Consumer)) => rules::Charge::default(),
            Some(Ok(charge)) => charge,
            // What the law said then is not known any more: the claim stays as it was worked out.
            Some(Err(_)) => continue,
        };
        let books = books.get(&basis.invoice).copied().unwrap_or_default();
        let minor = books.change_minor(basis.worked.minor());
        if minor < 0 {
            let change = Change { minor, currency: of.currency, number: &of.number, basis: &basis, books: &books };
            book(app, tx, &home, id, &change, &Actor::local("rule")).await?;
            took_back = true;
        }
    }
    if took_back {
        apply_ahead::of_debtor(app, tx, &home.id, id, &home.zone).await?;
    }
    Ok(())
}
