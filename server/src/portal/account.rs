//! `/account`: everything that is owed, agreed and waiting.

use super::{Holder, cards, last_paused_day, named};
use crate::acts::position::{self, Position};
use crate::app::App;
use crate::clock::date_of;
use crate::door::{Answer, No};
use crate::page::Document;
use crate::store::account::{self as store, Account};
use crate::store::attempt::Attempt;
use crate::store::commitment::Brief;
use crate::store::dispute;
use crate::store::invoice::Standing;
use crate::store::mandate::Mandate;
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

/// Ended agreements and disputes that are listed at most.
const EARLIER_MAX: usize = 30;

/// `GET /account`.
pub async fn show(State(app): State<App>, holder: Holder) -> Answer {
    let account = account(&app, &holder).await?;
    Ok(Document::new("Your account", &PORTAL_CSS).send(|| view! { <AccountPage account/> }))
}

async fn account(app: &App, holder: &Holder) -> Result<view::Account, No> {
    let found = store::find(&app.db, &holder.token_hash, app.clock.now_ms()).await?.ok_or(No::SignedOut)?;
    let zone = &found.creditor.zone;
    let today = app.clock.today(zone);
    let open = found.commitments.iter().filter(|c| c.state.is_open());
    let agreements: Vec<_> = open.map(|c| (c, line(&found, c, today))).collect();
    let purses = position::of(found.open.clone(), &found.on_account)
        .into_iter()
        .map(|p| {
            let of = |running: bool| {
                let found =
                    agreements.iter().find(|(c, _)| c.currency == p.currency && c.state.is_running() == running);
                found.map(|(_, line)| line.clone())
            };
            let kept = found.mandates.iter().find(|m| m.currency == p.currency && is_running(&found, m));
            let kept = kept.map(|m| cards::shown(m, zone));
            let takes_offers = found.creditor.takes_offers;
            view::Purse { kept, takes_offers, ..purse(&p, of(true), of(false), today) }
        })
        .collect();
    let disputes = found.disputes.iter().filter(|d| d.state.is_open()).map(|d| dispute_line(d, zone)).collect();
    Ok(view::Account {
        business: view::Business {
            name: named(&found.creditor.name),
            email: found.creditor.email.clone(),
            phone: found.creditor.phone.clone(),
            address: found.creditor.address.clone(),
        },
        payer: found.payer.clone(),
        today,
        purses,
        disputes,
        earlier: earlier(&found),
        payments: payments(&found),
        paused_until: last_paused_day(&found.holds, today),
        cards: app.gateway.is_some(),
    })
}

/// What has ended, latest first.
fn earlier(found: &Account) -> Vec<view::EarlierLine> {
    let zone = &found.creditor.zone;
    let disputes = found.disputes.iter().filter(|d| !d.state.is_open()).map(|d| view::EarlierLine {
        href: format!("/account/disputes/{}", d.id),
        on: date_of(d.raised_at_ms, zone),
        what: view::Earlier::Dispute(d.kind, d.state),
    });
    let agreements = found.commitments.iter().filter(|c| !c.state.is_open()).map(|c| view::EarlierLine {
        href: format!("/account/agreements/{}", c.id),
        on: date_of(c.proposed_at_ms, zone),
        what: view::Earlier::Agreement(c.kind, c.state),
    });
    let mut earlier: Vec<_> = agreements.chain(disputes).collect();
    earlier.sort_by_key(|line| std::cmp::Reverse(line.on));
    earlier.truncate(EARLIER_MAX);
    earlier
}

fn payments(found: &Account) -> Vec<view::PaymentLine> {
    let unsure = |a: &&Attempt| a.state == AttemptState::Confirming || (a.seq.is_some() && a.state.is_open());
    let confirming = found.attempts.iter().filter(unsure);
    let mut lines: Vec<view::PaymentLine> = confirming
        .map(|a| view::PaymentLine {
            href: format!("/account/payment/{}", a.id),
            on: date_of(a.created_at_ms, &found.creditor.zone),
            amount: Money::new(a.amount_minor, a.currency),
            method: "card".to_owned(),
            confirming: true,
        })
        .collect();
    let how = |kind| match kind {
        TransferKind::CreditNote => Some("credit"),
        TransferKind::SettlementDiscount => Some("settlement"),
        TransferKind::WriteOff => Some("written_off"),
        TransferKind::LateChargeWaived => Some("late_waived"),
        TransferKind::LateChargeTakenBack => Some("late_taken_back"),
        TransferKind::Refund => Some("given_back"),
        TransferKind::RefundFailed => Some("not_given_back"),
        TransferKind::Chargeback => Some("charged_back"),
        _ => None,
    };
    let shown = |kind| kind == TransferKind::Payment || how(kind).is_some();
    lines.extend(found.movements.iter().filter(|m| shown(m.kind)).map(|m| {
        let paid = m.kind == TransferKind::Payment;
        let back = matches!(m.kind, TransferKind::Refund | TransferKind::Chargeback);
        view::PaymentLine {
            href: if paid { format!("/receipt/{}", m.id) } else { String::new() },
            on: m.moved_on,
            amount: Money::new(if back { -m.amount_minor } else { m.amount_minor }, m.currency),
            method: how(m.kind).map_or_else(|| m.method.clone(), str::to_owned),
            confirming: false,
        }
    }));
    lines
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
        kept: None,
        takes_offers: false,
    }
}

fn is_running(found: &Account, m: &Mandate) -> bool {
    found.commitments.iter().any(|c| c.id == m.commitment && c.state.is_running())
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
        late_minor: s.late_minor,
        paid_minor: s.invoice.amount_minor + s.late_minor - s.left_minor,
        disputed_minor: s.disputed_minor,
        left_minor: s.left_minor,
    }
}

/// An agreement in a line or two; one that is not running has no next payment.
fn line(found: &Account, c: &Brief, today: NaiveDate) -> view::AgreementLine {
    if !c.state.is_running() {
        return agreement_line(c, 0, None);
    }
    let paid = found.paid_towards(&c.id);
    let next = standing(&found.schedule(&c.id), paid, today).into_iter().find(|s| s.left_minor() > 0);
    agreement_line(c, paid.clamp(0, c.total_minor), next.map(|s| (s.instalment.due_on, s.left_minor())))
}

/// An agreement in a line or two, from what is known of it.
pub(super) fn agreement_line(c: &Brief, paid_minor: i64, next: Option<(NaiveDate, i64)>) -> view::AgreementLine {
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
