//! `/account/money-back`: what was paid ahead, and asking for it back.

use super::{Sent, Visitor, home, shown};
use crate::acts::money_back::{self, MONEY_BACK, Refusal};
use crate::acts::{Actor, Failure, position};
use crate::app::App;
use crate::clock::date_of;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::store::{money_back as store, outbox};
use crate::style::PORTAL_CSS;
use axum::extract::State;
use kept_api::money_back::{AheadLine, PortalMoneyBack};
use kept_domain::money::{Currency, Money};
use kept_portal::money_back::MoneyBackPage;
use leptos::prelude::*;
use serde::Deserialize;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    currency: String,
}

/// `GET /account/money-back`.
pub async fn show(State(app): State<App>, visitor: Visitor) -> Answer {
    let s = &visitor.session;
    let home = home(&app.db, s).await?;
    let asked = store::of_debtor(&app.db, &s.business, &s.debtor).await?;
    let lines = position::load(&app.db, &s.business, &s.debtor).await?.into_iter().filter(|p| p.on_account_minor > 0);
    let lines = lines.map(|p| AheadLine {
        amount: Money::new(p.on_account_minor, p.currency),
        asked: asked
            .iter()
            .find(|w| w.currency == p.currency)
            .map(|w| (Money::new(w.amount_minor, w.currency), date_of(w.asked_at_ms, &home.zone))),
    });
    let page = PortalMoneyBack {
        business: shown(&home),
        lines: lines.collect(),
        to_card: outbox::waits(&app.db, &s.business, &s.debtor, MONEY_BACK).await?,
    };
    Ok(Document::new("Money paid ahead", &PORTAL_CSS).send(|| view! { <MoneyBackPage page/> }))
}

/// `POST /account/money-back`.
pub async fn ask(State(app): State<App>, visitor: Visitor, Sent(wanted): Sent<Wanted>) -> Answer {
    let s = &visitor.session;
    let currency = Currency::parse(&wanted.currency).ok_or(No::Unreadable)?;
    match money_back::ask(&app, &s.business, &s.debtor, currency, &Actor::debtor(&visitor.address)).await {
        // The page says how it stands, whether or not there was something to ask for.
        Ok(_) | Err(Failure::Refused(Refusal::OnItsWay | Refusal::Nothing | Refusal::Day)) => {
            Ok(see_other("/account/money-back"))
        }
        Err(other) => Err(other.into()),
    }
}
