//! One payment of a debtor: which invoices it pays, and moving a part of it to another.

use super::debtors::movement_words;
use super::{Answer, Visitor, form, refused, send};
use crate::acts::move_allocation::{self, Move};
use crate::acts::position;
use crate::acts::take_back_payment;
use crate::door::{No, see_other};
use crate::secret;
use crate::store::ledger::Movement;
use crate::store::{debtor, invoice, ledger};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::allocation::{AllocationView, PlaceRow};
use kept_api::console::Form;
use kept_console::allocation::allocation_page;
use kept_domain::ids::{DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::{Account, TransferKind};
use kept_domain::money::{Money, parse_amount};

/// Shows what a payment pays.
///
/// # Errors
/// 404 where the debtor or the payment is none of this business.
pub async fn show(visitor: Visitor, Path((id, payment)): Path<(String, String)>) -> Answer {
    let (id, payment): (DebtorId, TransferId) = (id.into(), payment.into());
    let of = find(&visitor, &id, &payment).await?;
    page(&visitor, &id, of, Form::default()).await
}

async fn find(visitor: &Visitor, id: &DebtorId, payment: &TransferId) -> Result<Movement, No> {
    let found = ledger::find_movement(&visitor.app.db, &visitor.business.id, id, payment).await?;
    found.filter(|m| m.kind == TransferKind::Payment).ok_or(No::NotFound)
}

async fn page(visitor: &Visitor, id: &DebtorId, of: Movement, form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let debtor = debtor::find(db, business, id).await?.ok_or(No::NotFound)?;
    let numbers = invoice::list_numbers(db, business, id).await?;
    let money = |minor| Money::new(minor, of.currency);
    let parts = ledger::allocated(db, business, &of.id).await?.into_iter().filter(|(_, minor)| *minor > 0);
    let parts = parts.map(|(account, minor)| match account {
        Account::Receivable(invoice) => {
            let number = numbers.iter().find(|(i, _)| *i == invoice).map_or("", |(_, number)| number.as_str());
            PlaceRow { name: format!("Invoice {number}"), id: invoice.to_string(), amount: money(minor) }
        }
        _ => PlaceRow { id: String::new(), name: "Their account".to_owned(), amount: money(minor) },
    });
    let parts = parts.collect();
    let position = position::load_in(db, business, id, of.currency).await?;
    let open = position.iter().flat_map(|p| &p.open).filter(|s| s.left_minor > 0).map(|s| PlaceRow {
        id: s.invoice.id.to_string(),
        name: format!("Invoice {}", s.invoice.number),
        amount: money(s.left_minor),
    });
    let v = AllocationView {
        frame: visitor.frame().await?,
        debtor: id.to_string(),
        name: debtor.name,
        payment: of.id.to_string(),
        what: movement_words(of.kind, &of.method),
        on: of.moved_on,
        amount: money(of.amount_minor),
        parts,
        open: open.collect(),
        moves: ledger::moves(db, business, &of.id).await?,
        may_undo: take_back_payment::may(db, business, &of).await?,
        form: form.clone(),
        once: secret::new_id(),
    };
    Ok(send("What a payment pays", Some(&form), || allocation_page(v)))
}

/// Moves a part of it.
///
/// # Errors
/// 404 where the debtor or the payment is none of this business.
pub async fn relocate(visitor: Visitor, Path((id, payment)): Path<(String, String)>, body: Bytes) -> Answer {
    let (id, payment): (DebtorId, TransferId) = (id.into(), payment.into());
    let of = find(&visitor, &id, &payment).await?;
    let mut typed = form(&body)?;
    let amount_minor = match typed.value("amount").trim() {
        "" => None,
        text => match parse_amount(text, of.currency) {
            Ok(minor) => Some(minor),
            Err(error) => {
                typed.wrong("amount", error.to_string());
                return page(&visitor, &id, of, typed).await;
            }
        },
    };
    let place = |name: &str| (!typed.value(name).is_empty()).then(|| InvoiceId::from(typed.value(name)));
    let once: String = typed.value("once").chars().take(64).collect();
    let asked = Move { payment: &payment, from: place("from"), to: place("to"), amount_minor, once: &once };
    let done = move_allocation::move_allocation(&visitor.app, &visitor.business.id, &id, &asked, &visitor.actor).await;
    match refused(done)? {
        Ok(_) => Ok(see_other(&format!("/console/debtors/{id}/payments/{payment}?done=moved"))),
        Err(refusal) => {
            let (field, words) = refusal.words();
            typed.wrong(field, words);
            page(&visitor, &id, of, typed).await
        }
    }
}

/// Takes it out of the books.
///
/// # Errors
/// 404 where the debtor or the payment is none of this business.
pub async fn undo(visitor: Visitor, Path((id, payment)): Path<(String, String)>, body: Bytes) -> Answer {
    let (id, payment): (DebtorId, TransferId) = (id.into(), payment.into());
    let of = find(&visitor, &id, &payment).await?;
    let mut typed = form(&body)?;
    let (app, business) = (&visitor.app, &visitor.business.id);
    let done = take_back_payment::by_hand(app, business, &id, &payment, typed.value("why"), &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(see_other(&format!("/console/debtors/{id}?done=payment_undone"))),
        Err(refusal) => {
            let (field, words) = refusal.words();
            typed.wrong(field, words);
            page(&visitor, &id, of, typed).await
        }
    }
}
