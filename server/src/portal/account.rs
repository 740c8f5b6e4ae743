//! `/account`: everything that is owed, agreed and waiting.

use super::{Visitor, home, paused_until, shown};
use crate::acts::position::{self, Position};
use crate::app::App;
use crate::clock::date_of;
use crate::door::{Answer, No};
use crate::page::Document;
use crate::store::commitment::{self, Commitment};
use crate::store::invoice::Standing;
use crate::store::{attempt, debtor, dispute, ledger};
use crate::style::PORTAL_CSS;
use axum::extract::State;
use chrono::NaiveDate;
use kept_api::portal as view;
use kept_domain::calendar::days_between;
use kept_domain::commitment::standing;
use kept_domain::ledger::TransferKind;
use kept_domain::money::Money;
use kept_domain::payment::AttemptState;
use kept_portal::account::AccountPage;
use leptos::prelude::*;

/// Payments that are listed at most.
const PAYMENTS_MAX: u32 = 20;
/// Ended agreements and disputes that are listed at most.
const EARLIER_MAX: usize = 30;

/// `GET /account`.
pub async fn show(State(app): State<App>, visitor: Visitor) -> Answer {
    let account = account(&app, &visitor).await?;
    Ok(Document::new("Your account", &PORTAL_CSS).send(|| view! { <AccountPage account/> }))
}

async fn account(app: &App, visitor: &Visitor) -> Result<view::Account, No> {
    let s = &visitor.session;
    let home = home(app, s).await?;
    let debtor = debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    let today = app.clock.today(&home.zone);
    let positions = position::load(&app.db, &s.business, &s.debtor).await?;
    let all = commitment::list_of_debtor(&app.db, &s.business, &s.debtor).await?;
    let (open, ended): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| c.state.is_open());
    let mut agreements = Vec::with_capacity(open.len());
    for c in &open {
        agreements.push((c, line(app, c, s, today).await?));
    }
    let purses = positions
        .into_iter()
        .map(|p| {
            let of = |running: bool| {
                let found =
                    agreements.iter().find(|(c, _)| c.currency == p.currency && c.state.is_running() == running);
                found.map(|(_, line)| line.clone())
            };
            purse(&p, of(true), of(false), today)
        })
        .collect();
    let disputes = dispute::list_of_debtor(&app.db, &s.business, &s.debtor).await?;
    let ended_disputes = disputes.iter().filter(|d| !d.state.is_open()).map(|d| view::EarlierLine {
        href: format!("/account/disputes/{}", d.id),
        on: date_of(d.raised_at_ms, &home.zone),
        what: view::Earlier::Dispute(d.kind, d.state),
    });
    let mut earlier: Vec<view::EarlierLine> = ended
        .iter()
        .map(|c| view::EarlierLine {
            href: format!("/account/agreements/{}", c.id),
            on: date_of(c.proposed_at_ms, &home.zone),
            what: view::Earlier::Agreement(c.kind, c.state),
        })
        .chain(ended_disputes)
        .collect();
    earlier.sort_by_key(|line| std::cmp::Reverse(line.on));
    earlier.truncate(EARLIER_MAX);
    let disputes = disputes.iter().filter(|d| d.state.is_open()).map(|d| dispute_line(d, &home.zone)).collect();
    Ok(view::Account {
        business: shown(&home),
        payer: debtor.name,
        today,
        purses,
        disputes,
        earlier,
        payments: payments(app, visitor, &home.zone).await?,
        paused_until: paused_until(app, s, today).await?,
        cards: app.gateway.is_some(),
    })
}

async fn payments(app: &App, visitor: &Visitor, zone: &str) -> Result<Vec<view::PaymentLine>, No> {
    let s = &visitor.session;
    let attempts = attempt::list(&app.db, &s.business, &s.debtor, 5).await?;
    let mut lines: Vec<view::PaymentLine> = attempts
        .iter()
        .filter(|a| a.state == AttemptState::Confirming)
        .map(|a| view::PaymentLine {
            href: format!("/account/payment/{}", a.id),
            on: date_of(a.created_at_ms, zone),
            amount: Money::new(a.amount_minor, a.currency),
            method: "card".to_owned(),
            confirming: true,
        })
        .collect();
    let movements = ledger::list_movements(&app.db, &s.business, &s.debtor, PAYMENTS_MAX).await?;
    lines.extend(movements.into_iter().filter(|m| m.kind == TransferKind::Payment).map(|m| view::PaymentLine {
        href: format!("/receipt/{}", m.id),
        on: m.moved_on,
        amount: Money::new(m.amount_minor, m.currency),
        method: m.method,
        confirming: false,
    }));
    Ok(lines)
}

fn purse(
    p: &Position,
    running: Option<view::AgreementLine>,
    waiting: Option<view::AgreementLine>,
    today: NaiveDate,
) -> view::Purse {
    view::Purse {
        currency: p.currency,
        invoices: p.open.iter().map(|s| invoice_line(s, today)).collect(),
        left_minor: p.owed_minor(),
        disputed_minor: p.disputed_minor,
        on_account_minor: p.on_account_minor.max(0),
        running,
        waiting,
    }
}

/// An invoice as the pages show it.
pub(super) fn invoice_line(s: &Standing, today: NaiveDate) -> view::InvoiceLine {
    view::InvoiceLine {
        id: s.invoice.id.to_string(),
        number: s.invoice.number.clone(),
        description: s.invoice.description.clone(),
        issued_on: s.invoice.issued_on,
        due_on: s.invoice.due_on,
        late_days: days_between(s.invoice.due_on, today),
        amount_minor: s.invoice.amount_minor,
        paid_minor: s.invoice.amount_minor - s.left_minor,
        disputed_minor: s.disputed_minor,
        left_minor: s.left_minor,
    }
}

/// An agreement in a line or two; one that is not running has no next payment.
async fn line(
    app: &App,
    c: &Commitment,
    s: &crate::store::session::Session,
    today: NaiveDate,
) -> Result<view::AgreementLine, No> {
    let (paid_minor, next) = if c.state.is_running() {
        let schedule = commitment::schedule(&app.db, &s.business, &c.id).await?;
        let paid = ledger::paid_towards(&app.db, &s.business, &c.id).await?;
        let next = standing(&schedule, paid, today).into_iter().find(|s| s.left_minor() > 0);
        (paid.clamp(0, c.total_minor), next.map(|s| (s.instalment.due_on, s.left_minor())))
    } else {
        (0, None)
    };
    Ok(agreement_line(c, paid_minor, next))
}

/// An agreement in a line or two, from what is known of it.
pub(super) fn agreement_line(c: &Commitment, paid_minor: i64, next: Option<(NaiveDate, i64)>) -> view::AgreementLine {
    view::AgreementLine {
        id: c.id.to_string(),
        kind: c.kind,
        state: c.state,
        total_minor: c.total_minor,
        paid_minor,
        next,
        answer_by_on: c.answer_by_on,
    }
}

/// A dispute in a line or two.
pub(super) fn dispute_line(d: &dispute::Dispute, zone: &str) -> view::DisputeLine {
    view::DisputeLine {
        id: d.id.to_string(),
        kind: d.kind,
        state: d.state,
        amount: (d.amount_minor > 0).then(|| Money::new(d.amount_minor, d.currency)),
        raised_on: date_of(d.raised_at_ms, zone),
        answer_by_on: d.answer_by_on,
    }
}
