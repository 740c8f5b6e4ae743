//! `/account/late-charges`: what was added to invoices, day by day.

use super::{Visitor, home, shown};
use crate::app::App;
use crate::door::{Answer, No};
use crate::late_charges::booked;
use crate::page::Document;
use crate::store::debtor;
use crate::style::PORTAL_CSS;
use axum::extract::State;
use kept_api::late_charges::PortalLateCharges;
use kept_portal::late_charges::LateChargesPage;
use leptos::prelude::*;

/// `GET /account/late-charges`.
pub async fn show(State(app): State<App>, visitor: Visitor) -> Answer {
    let s = &visitor.session;
    debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    let home = home(&app.db, s).await?;
    let charges = booked(&app.db, &home.id, &s.debtor).await?.into_iter().map(|(_, charge)| charge).collect();
    let view = PortalLateCharges { business: shown(&home), charges };
    Ok(Document::new("Late charges", &PORTAL_CSS).send(|| view! { <LateChargesPage view/> }))
}
