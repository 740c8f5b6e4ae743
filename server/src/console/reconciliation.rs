//! Where card payments in the books and at the gateway do not agree.

use super::{Answer, Visitor, form, refused, send, show};
use crate::acts::close_discrepancy::{self, Refusal};
use crate::door::{No, see_other};
use crate::store::reconciliation::{self, Run, Stored};
use crate::store::{Error, debtor};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::console::Form;
use kept_api::reconciliation::{DiscrepancyRow, ReconciliationView, RunRow};
use kept_console::reconciliation::reconciliation_page;
use kept_domain::reconciliation::Thing;

/// Discrepancies of either sort that are shown.
const SHOWN: u32 = 50;
/// Comparisons that are shown.
const RUNS_SHOWN: u32 = 10;

/// Shows what waits, what ended, and the latest comparisons.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor) -> Answer {
    page(&visitor, Form::default()).await
}

async fn page(visitor: &Visitor, form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let names = visitor.names().await?;
    let mut open = Vec::new();
    for o in reconciliation::list_open(db, business, SHOWN).await? {
        open.push(row(visitor, &names, o).await?);
    }
    let mut ended = Vec::new();
    for e in reconciliation::list_ended(db, business, SHOWN).await? {
        ended.push(row(visitor, &names, e).await?);
    }
    let runs = reconciliation::list_runs(db, business, RUNS_SHOWN).await?;
    let v = ReconciliationView {
        frame: visitor.frame().await?,
        form,
        by_card: visitor.app.gateway.is_some(),
        open,
        ended,
        runs: runs.into_iter().map(|r| run_row(visitor, r)).collect(),
    };
    let form = v.form.clone();
    Ok(send("Card payments compared", Some(&form), || reconciliation_page(v)))
}

async fn row(visitor: &Visitor, names: &show::Names, s: Stored) -> Result<DiscrepancyRow, Error> {
    let whose = match &s.facts.debtor {
        Some(id) => debtor::find(&visitor.app.db, &visitor.business.id, id)
            .await?
            .map(|d| (id.to_string(), format!("{} ({})", d.name, d.reference))),
        None => None,
    };
    let how = match s.state.as_str() {
        "settled" => "Booked as the gateway says".to_owned(),
        "gone" => "Both agree again".to_owned(),
        _ => format!("{}: {}", names.who(&s.ended_by), s.note),
    };
    Ok(DiscrepancyRow {
        words: s.facts.words(),
        advice: if s.state == "open" { s.facts.advice().to_owned() } else { String::new() },
        payment: if s.facts.thing == Thing::Payment { String::new() } else { s.facts.payment.clone() },
        gateway_id: s.facts.id,
        whose,
        found_at: visitor.at(s.found_at_ms),
        ended: s.ended_at_ms.map(|at| format!("{}. {how}", visitor.at(at))).unwrap_or_default(),
        id: s.id,
    })
}

fn run_row(visitor: &Visitor, r: Run) -> RunRow {
    let failed = r.state == "failed";
    let words = match r.state.as_str() {
        "failed" => r.error,
        "running" => "Under way".to_owned(),
        _ => {
            let compared = format!("{} payments, {} refunds, {} chargebacks", r.payments, r.refunds, r.disputes);
            match (r.settled, r.open) {
                (0, 0) => format!("{compared}: everything agrees"),
                (settled, open) => format!("{compared}: {settled} booked by itself, {open} to look into"),
            }
        }
    };
    RunRow { at: visitor.at(r.at_ms), from_on: r.from_on, until_on: r.until_on, words, failed }
}

/// Notes that somebody dealt with one.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn close(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let (app, business) = (&visitor.app, &visitor.business.id);
    if reconciliation::find(&app.db, business, &id).await?.is_none() {
        return Err(No::NotFound.into());
    }
    let closed = close_discrepancy::close(app, business, &id, typed.value("note"), &visitor.actor).await;
    match refused(closed)? {
        // One that has ended already is as it should be.
        Ok(()) | Err(Refusal::Ended) => Ok(see_other("/console/reconciliation?done=dealt_with")),
        Err(refusal @ Refusal::NoteMissing) => {
            typed.wrong("note", refusal.words());
            typed.values.push(("id".to_owned(), id));
            page(&visitor, typed).await
        }
    }
}
