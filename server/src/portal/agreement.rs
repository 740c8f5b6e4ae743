//! `/account/agreements/{id}`: what was agreed, proposed or offered, and what can still be done with it.

use super::account::agreement_line;
use super::{Sent, Visitor, cards, home, shown};
use crate::acts::withdraw::What;
use crate::acts::{Failure, answer_offer, propose, withdraw};
use crate::app::App;
use crate::clock;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::store::{commitment, ledger, mandate};
use crate::style::PORTAL_CSS;
use axum::extract::{Path, State};
use kept_api::portal as view;
use kept_domain::commitment::standing;
use kept_domain::heal::How;
use kept_domain::ids::CommitmentId;
use kept_portal::agreement::{AgreementPage, heading};
use leptos::prelude::*;
use serde::Deserialize;

/// `GET /account/agreements/{id}`.
pub async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<CommitmentId>) -> Answer {
    let s = &visitor.session;
    let found = commitment::find(&app.db, &s.business, &id).await?;
    let c = found.filter(|c| c.debtor == s.debtor).ok_or(No::NotFound)?;
    let home = home(&app.db, s).await?;
    let today = app.clock.today(&home.zone);
    let schedule = commitment::schedule(&app.db, &s.business, &id).await?;
    let paid = ledger::paid_towards(&app.db, &s.business, &id).await?;
    let standings = standing(&schedule, paid, today);
    let next = standings.iter().find(|s| s.left_minor() > 0).map(|s| (s.instalment.due_on, s.left_minor()));
    let all = commitment::list_of_debtor(&app.db, &s.business, &s.debtor).await?;
    let answered_by = all
        .iter()
        .find(|other| {
            other.counters.as_ref() == Some(&id)
                || (other.replaces.as_ref() == Some(&id) && other.decided_at_ms.is_some())
        })
        .filter(|_| !c.state.is_open())
        .map(|other| other.id.to_string());
    let kept = mandate::list_active(&app.db, &s.business, &s.debtor).await?;
    let changes = changes(&app, &visitor, &c).await?;
    let agreement = view::Agreement {
        business: shown(&home),
        currency: c.currency,
        line: agreement_line(&c.brief(), paid.clamp(0, c.total_minor), next),
        standings,
        made_at: clock::show(c.proposed_at_ms, &home.zone),
        words_sha256: c.words_sha256,
        words: c.words,
        button: c.button,
        reason: c.reason,
        answered_by,
        cards: app.gateway.is_some(),
        changes,
        kept: kept.iter().find(|m| m.commitment == id).map(|m| cards::shown(m, &home.zone)),
    };
    Ok(Document::new(heading(c.state), &PORTAL_CSS).send(|| view! { <AgreementPage agreement/> }))
}

/// How a running plan can change without asking the business.
async fn changes(app: &App, visitor: &Visitor, c: &commitment::Commitment) -> Result<Vec<How>, No> {
    if !c.state.is_running() {
        return Ok(Vec::new());
    }
    match propose::standing(app, &app.db, &visitor.session, c.currency).await {
        Ok(standing) => Ok(How::ALL.into_iter().filter(|how| propose::healed(&standing, *how).is_some()).collect()),
        Err(Failure::Refused(_)) => Ok(Vec::new()),
        Err(other) => Err(other.into()),
    }
}

/// Which button was pressed.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    act: String,
    #[serde(default)]
    shown: String,
}

/// `POST /account/agreements/{id}`: accepts or refuses an offer, takes a proposal back, ends an agreement.
pub async fn act(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<CommitmentId>,
    Sent(pressed): Sent<Pressed>,
) -> Answer {
    let here = see_other(&format!("/account/agreements/{id}"));
    match pressed.act.as_str() {
        "accept" => match answer_offer::accept(&app, &visitor.session, &id, &pressed.shown, &visitor.address).await {
            // The page shows how it stands: ended meanwhile, or with other words.
            Ok(()) | Err(Failure::Refused(_)) => Ok(here),
            Err(other) => Err(other.into()),
        },
        act => {
            let what = match act {
                "withdraw" => What::Proposal,
                "refuse" => What::Offer,
                "cancel" => What::Agreement,
                _ => return Err(No::Unreadable),
            };
            match withdraw::commitment(&app, &visitor.session, &id, what, &visitor.address).await {
                Ok(()) | Err(Failure::Refused(_)) => Ok(here),
                Err(other) => Err(other.into()),
            }
        }
    }
}
