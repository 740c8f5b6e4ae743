//! Write-offs of one debtor: what can be, what was, and taking it back. Only an owner may.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::position;
use crate::acts::write_off::{self, Asked};
use crate::door::{No, see_other};
use crate::secret;
use crate::store::{debtor, ledger};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::console::Form;
use kept_api::write_offs::{LeftRow, WriteOffRow, WriteOffsView};
use kept_console::write_offs::write_offs_page;
use kept_domain::ids::{DebtorId, InvoiceId};
use kept_domain::ledger::TransferKind;
use kept_domain::money::{Currency, Money, parse_amount};

/// Movements that are looked through for write-offs.
const MOVEMENTS: u32 = 1_000;

/// Shows what can be written off, and what was.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn list(visitor: Visitor, Path(id): Path<String>) -> Answer {
    page(&visitor, &id.into(), Form::default()).await
}

async fn page(visitor: &Visitor, id: &DebtorId, form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let debtor = debtor::find(db, business, id).await?.ok_or(No::NotFound)?;
    let names = visitor.names().await?;
    let positions = position::load(db, business, id).await?;
    let movements = ledger::list_movements(db, business, id, MOVEMENTS).await?;
    let back = ledger::list_reversed(db, business, id, TransferKind::Reinstated).await?;
    let left = positions.iter().flat_map(|p| &p.open).filter(|s| s.left_minor > 0);
    let v = WriteOffsView {
        frame: visitor.frame().await?,
        debtor: id.to_string(),
        name: debtor.name,
        left: left
            .map(|s| LeftRow {
                id: s.invoice.id.to_string(),
                number: s.invoice.number.clone(),
                left: Money::new(s.left_minor, s.invoice.currency),
            })
            .collect(),
        totals: positions.iter().filter(|p| p.left_minor > 0).map(|p| Money::new(p.left_minor, p.currency)).collect(),
        rows: movements
            .into_iter()
            .filter(|m| m.kind == TransferKind::WriteOff)
            .map(|m| WriteOffRow {
                taken_back: back.contains(&m.id),
                id: m.id.to_string(),
                on: m.moved_on,
                amount: Money::new(m.amount_minor, m.currency),
                reason: m.note,
                actor: names.who(&m.actor),
            })
            .collect(),
        form: form.clone(),
        once: secret::new_id(),
    };
    Ok(send("Write off", Some(&form), || write_offs_page(v)))
}

/// Writes off.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn write_off(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    debtor::find(db, business, &id).await?.ok_or(No::NotFound)?;
    let positions = position::load(db, business, &id).await?;
    let chosen = typed.value("invoice").to_owned();
    let whole = chosen.strip_prefix("all:").and_then(Currency::parse);
    let open = positions.iter().flat_map(|p| &p.open).find(|s| s.invoice.id.as_str() == chosen);
    let Some(currency) = whole.or(open.map(|s| s.invoice.currency)) else {
        typed.wrong("invoice", "Choose what to write off");
        return page(&visitor, &id, typed).await;
    };
    let amount_minor = match typed.value("off_amount").trim() {
        "" => None,
        text => match parse_amount(text, currency) {
            Ok(minor) => Some(minor),
            Err(error) => {
                typed.wrong("off_amount", error.to_string());
                return page(&visitor, &id, typed).await;
            }
        },
    };
    let invoice = whole.is_none().then_some(InvoiceId(chosen));
    let (reason, once) = (typed.value("why").to_owned(), typed.value("once").chars().take(64).collect::<String>());
    let asked = Asked { currency, invoice, amount_minor, reason: &reason, once: &once };
    match refused(write_off::write_off(&visitor.app, business, &id, &asked, &visitor.actor).await)? {
        Ok(_) => Ok(see_other(&format!("/console/debtors/{id}?done=written_off"))),
        Err(refusal) => {
            let (field, words) = refusal.words();
            typed.wrong(field, words);
            page(&visitor, &id, typed).await
        }
    }
}

/// Takes a write-off back.
///
/// # Errors
/// 404 where the debtor or the write-off is none of this business.
pub async fn take_back(visitor: Visitor, Path((id, transfer)): Path<(String, String)>) -> Answer {
    let id: DebtorId = id.into();
    let done = write_off::take_back(&visitor.app, &visitor.business.id, &id, &transfer.into(), &visitor.actor).await;
    // One that was taken back before is as it should be.
    let _ = refused(done)?;
    Ok(see_other(&format!("/console/debtors/{id}?done=reinstated")))
}
