//! `/account/contacts`: every message, call and note.

use super::{Visitor, home, paused_until, shown};
use crate::app::App;
use crate::clock;
use crate::door::Answer;
use crate::page::Document;
use crate::store::contact;
use crate::style::PORTAL_CSS;
use axum::extract::State;
use kept_api::portal as view;
use kept_portal::contacts::ContactsPage;
use leptos::prelude::*;

/// Contacts that are listed at most.
const CONTACTS_MAX: u32 = 200;

/// `GET /account/contacts`.
pub async fn show(State(app): State<App>, visitor: Visitor) -> Answer {
    let s = &visitor.session;
    let home = home(&app.db, s).await?;
    let today = app.clock.today(&home.zone);
    let lines = contact::list(&app.db, &s.business, &s.debtor, CONTACTS_MAX)
        .await?
        .into_iter()
        .map(|c| view::ContactLine {
            at: clock::show(c.at_ms, &home.zone),
            channel: c.channel,
            inbound: c.direction == "in",
            state: c.state,
            reason: c.reason,
            subject: c.subject,
            body: c.body,
            purpose: c.purpose,
        })
        .collect();
    let paused_until = paused_until(&app.db, s, today).await?;
    let contacts = view::Contacts { business: shown(&home), lines, paused_until };
    Ok(Document::new("Messages", &PORTAL_CSS).send(|| view! { <ContactsPage contacts/> }))
}
