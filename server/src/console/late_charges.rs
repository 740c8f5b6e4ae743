//! Late charges of one debtor: worked out, claimed, given up. Everybody sees them, only an owner claims.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::waive_late_charge::{self, Asked};
use crate::acts::{claim_late_charge, work_out_late_charges};
use crate::door::{No, see_other};
use crate::late_charges::booked;
use crate::secret;
use crate::store::{debtor, invoice, late_charge};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::console::Form;
use kept_api::late_charges::{LateChargesView, LateRow, Law};
use kept_console::late_charges::late_charges_page;
use kept_domain::ids::{DebtorId, InvoiceId};
use kept_domain::late_charge as rules;
use kept_domain::money::{Money, parse_amount};

/// Shows what the law adds, and what is booked of it.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn list(visitor: Visitor, Path(id): Path<String>) -> Answer {
    page(&visitor, &id.into(), Form::default()).await
}

async fn page(visitor: &Visitor, id: &DebtorId, form: Form) -> Answer {
    let (app, home) = (&visitor.app, &visitor.business);
    let db = &app.db;
    let debtor = debtor::find(db, &home.id, id).await?.ok_or(No::NotFound)?;
    let today = app.clock.today(&home.zone);
    let preset = late_charge::policy(db, &home.id).await?.preset(rules::all());
    let obstacle = match preset {
        Some(_) => claim_late_charge::obstacle(db, &home.id, &debtor, today).await?,
        None => None,
    };
    let books = late_charge::books(db, &home.id, id).await?;
    let mut booked = booked(db, &home.id, id).await?;
    let is_consumer = obstacle == Some(claim_late_charge::Refusal::Rule(rules::Refusal::Consumer));
    let worked = match &preset {
        // What is said of all of them need not be said of each.
        Some(_) if is_consumer => Vec::new(),
        Some(preset) => {
            work_out_late_charges::of_debtor(db, home, &debtor, preset, claim_late_charge::last_whole_day(today))
                .await?
        }
        None => Vec::new(),
    };
    let open = |invoice: &InvoiceId, currency| {
        let minor = books.get(invoice).map_or(0, rules::Books::open_minor);
        (minor > 0).then(|| Money::new(minor, currency))
    };
    let mut rows: Vec<LateRow> = Vec::new();
    for w in worked {
        let of = books.get(&w.invoice).copied().unwrap_or_default();
        let claim = match obstacle {
            Some(_) => Err(String::new()),
            None => match claim_late_charge::claimable(&w, &of) {
                Ok(minor) => Ok(Money::new(minor, w.currency)),
                // What the law says is told where it would be worked out.
                Err(claim_late_charge::Refusal::Rule(_)) => Err(String::new()),
                Err(refusal) => Err(refusal.words()),
            },
        };
        let at = booked.iter().position(|(invoice, _)| *invoice == w.invoice);
        rows.push(LateRow {
            open: open(&w.invoice, w.currency),
            booked: at.map(|at| booked.remove(at).1),
            id: w.invoice.to_string(),
            number: w.number,
            due_on: w.due_on,
            amount: Money::new(w.amount_minor, w.currency),
            worked: w.result.map_err(rules::Refusal::words),
            claim,
        });
    }
    // Claimed before, and worked out by no law now.
    let invoices = invoice::list_all(db, &home.id, id).await?;
    for (invoice, charge) in booked {
        let Some(of) = invoices.iter().map(|s| &s.invoice).find(|i| i.id == invoice) else { continue };
        rows.push(LateRow {
            open: open(&invoice, of.currency),
            id: invoice.to_string(),
            number: of.number.clone(),
            due_on: of.due_on,
            amount: Money::new(of.amount_minor, of.currency),
            worked: Err(String::new()),
            claim: Err(String::new()),
            booked: Some(charge),
        });
    }
    rows.sort_by(|a, b| (a.due_on, &a.number).cmp(&(b.due_on, &b.number)));
    let v = LateChargesView {
        frame: visitor.frame().await?,
        debtor: id.to_string(),
        name: debtor.name,
        law: preset.as_ref().map(Law::of),
        obstacle: obstacle.map(claim_late_charge::Refusal::words),
        rows,
        form: form.clone(),
        once: secret::new_id(),
    };
    Ok(send("Late charges", Some(&form), || late_charges_page(v)))
}

/// Claims what was worked out for one invoice.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn claim(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    let (app, business) = (&visitor.app, &visitor.business.id);
    debtor::find(&app.db, business, &id).await?.ok_or(No::NotFound)?;
    let invoice = InvoiceId(typed.value("invoice").to_owned());
    // Nothing is the sum of nothing: whoever sends no number is told what it is.
    let seen_minor = typed.value("seen").parse().unwrap_or(0);
    let done = claim_late_charge::claim(app, business, &id, &invoice, seen_minor, &visitor.actor).await;
    match refused(done)? {
        Ok(_) => Ok(see_other(&format!("/console/debtors/{id}/late-charges?done=late_charged"))),
        Err(refusal) => {
            typed.wrong("invoice", refusal.words());
            page(&visitor, &id, typed).await
        }
    }
}

/// Gives a charge up.
///
/// # Errors
/// 404 where the debtor or the invoice is none of this business.
pub async fn waive(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    let (app, business) = (&visitor.app, &visitor.business.id);
    debtor::find(&app.db, business, &id).await?.ok_or(No::NotFound)?;
    let invoice = InvoiceId(typed.value("invoice").to_owned());
    let invoices = invoice::list_all(&app.db, business, &id).await?;
    let Some(of) = invoices.iter().map(|s| &s.invoice).find(|i| i.id == invoice) else {
        typed.wrong("invoice", "Choose the invoice");
        return page(&visitor, &id, typed).await;
    };
    let amount_minor = match typed.value("waived").trim() {
        "" => None,
        text => match parse_amount(text, of.currency) {
            Ok(minor) => Some(minor),
            Err(error) => {
                typed.wrong("waived", error.to_string());
                return page(&visitor, &id, typed).await;
            }
        },
    };
    let (reason, once) = (typed.value("why").to_owned(), typed.value("once").chars().take(64).collect::<String>());
    let asked = Asked { invoice, amount_minor, reason: &reason, once: &once };
    match refused(waive_late_charge::waive(app, business, &id, &asked, &visitor.actor).await)? {
        Ok(_) => Ok(see_other(&format!("/console/debtors/{id}/late-charges?done=late_waived"))),
        Err(refusal) => {
            let (field, words) = refusal.words();
            typed.wrong(field, words);
            page(&visitor, &id, typed).await
        }
    }
}
