//! `/account/contacts`: every message, call and note.

use super::{Visitor, home, shown};
use crate::acts::outlook::{Rules, on_its_way};
use crate::app::App;
use crate::clock;
use crate::door::{Answer, No};
use crate::page::Document;
use crate::store::business::Business;
use crate::store::{contact, debtor};
use crate::style::PORTAL_CSS;
use axum::extract::State;
use kept_api::portal as view;
use kept_domain::ids::DebtorId;
use kept_domain::reminder::{Decision, Reason};
use kept_portal::contacts::ContactsPage;
use leptos::prelude::*;

/// Contacts that are listed at most.
const CONTACTS_MAX: u32 = 200;

/// `GET /account/contacts`.
pub async fn show(State(app): State<App>, visitor: Visitor) -> Answer {
    let s = &visitor.session;
    let home = home(&app.db, s).await?;
    let lines = contact::list(&app.db, &s.business, &s.debtor, CONTACTS_MAX)
        .await?
        .into_iter()
        .map(|c| view::ContactLine {
            at: clock::show(c.at_ms, &home.zone),
            channel: c.channel,
            inbound: c.direction == "in",
            why: if state_is_held(&c.state) { plain(&c.reason) } else { String::new() },
            state: c.state,
            until: c.decided.until_ms.map_or(String::new(), |at_ms| clock::show_from(at_ms, &home.zone)),
            subject: c.subject,
            body: c.body,
            purpose: c.purpose,
        })
        .collect();
    let next = next(&app, &home, &s.debtor).await?;
    let contacts = view::Contacts { business: shown(&home), lines, next };
    Ok(Document::new("Messages", &PORTAL_CSS).send(|| view! { <ContactsPage contacts/> }))
}

fn state_is_held(state: &str) -> bool {
    matches!(state, "withheld" | "cancelled")
}

fn plain(reason: &str) -> String {
    Reason::parse(reason).map_or(String::new(), |reason| reason.plain().to_owned())
}

/// What the rules say comes next, as things stand.
async fn next(app: &App, home: &Business, id: &DebtorId) -> Result<view::Next, No> {
    let now_ms = app.clock.now_ms();
    let debtor = debtor::find(&app.db, &home.id, id).await?.ok_or(No::NotFound)?;
    let rules = Rules::of(app, &app.db, home).await?;
    let known = rules.know(&app.db, vec![debtor], now_ms).await?;
    if let Some(waits) = known.first().and_then(on_its_way) {
        let what = if waits.channel == "letter" { "A letter to you" } else { "A message to you" };
        let why = "We send nothing else before it.".to_owned();
        return Ok(view::Next { what: format!("{what} is waiting to be sent."), why });
    }
    let decision = known.first().map(|known| rules.decide(known, now_ms, None));
    let next = |what: String, reason: Reason| view::Next { what, why: reason.plain().to_owned() };
    Ok(match decision {
        Some(Decision::Send(_)) => {
            view::Next { what: "A message to you is about to be written.".to_owned(), why: String::new() }
        }
        Some(Decision::Wait { until_ms: Some(until_ms), reason }) => {
            next(format!("We will not contact you before {}.", clock::show_from(until_ms, &home.zone)), reason)
        }
        Some(Decision::Wait { until_ms: None, reason } | Decision::Never { reason }) => {
            next("As things stand, we will not contact you.".to_owned(), reason)
        }
        None => view::Next::default(),
    })
}
