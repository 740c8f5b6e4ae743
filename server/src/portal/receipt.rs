//! `/receipt/{id}`: for whom the money came from, and nobody else.

use super::{Visitor, home, shown};
use crate::acts::position;
use crate::app::App;
use crate::door::{Answer, No};
use crate::page::Document;
use crate::store::{debtor, invoice, ledger};
use crate::style::PORTAL_CSS;
use axum::extract::{Path, State};
use kept_api::portal as view;
use kept_domain::ids::TransferId;
use kept_domain::ledger::{Account, TransferKind};
use kept_domain::money::Money;
use kept_portal::receipt::ReceiptPage;
use leptos::prelude::*;

/// `GET /receipt/{id}`.
pub async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<TransferId>) -> Answer {
    let s = &visitor.session;
    let found = ledger::find_movement(&app.db, &s.business, &s.debtor, &id).await?;
    let payment = found.filter(|m| m.kind == TransferKind::Payment).ok_or(No::NotFound)?;
    let debtor = debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    let home = home(&app.db, s).await?;
    let money = |minor| Money::new(minor, payment.currency);
    let numbers = invoice::list_numbers(&app.db, &s.business, &s.debtor).await?;
    let number = |account: &Account| match account {
        Account::Receivable(id) => numbers.iter().find(|(i, _)| i == id).map(|(_, number)| number.clone()),
        _ => None,
    };
    let allocated = ledger::allocated(&app.db, &s.business, &id).await?;
    let parts =
        allocated.iter().filter(|(_, minor)| *minor != 0).map(|(a, minor)| (number(a), money(*minor))).collect();
    let position = position::load_in(&app.db, &s.business, &s.debtor, payment.currency).await?;
    let receipt = view::Receipt {
        business: shown(&home),
        payer: debtor.name,
        id: id.to_string(),
        on: payment.moved_on,
        amount: money(payment.amount_minor),
        method: payment.method,
        parts,
        moves: ledger::moves(&app.db, &s.business, &id).await?,
        left: money(position.map_or(0, |p| p.owed_minor())),
    };
    Ok(Document::new("Receipt", &PORTAL_CSS).send(|| view! { <ReceiptPage receipt/> }))
}
