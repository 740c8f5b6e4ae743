//! `/l/{token}` and leaving: the identity question, a fresh link in place of an old one, the end of a session.

use super::{Sent, Stranger};
use crate::acts::fresh_link;
use crate::acts::open_link::{self, Gate, Opened};
use crate::app::App;
use crate::door::{Answer, PORTAL_COOKIE, see_other};
use crate::page::Document;
use crate::secret;
use crate::store::business::IdentityQuestion;
use crate::store::session;
use crate::style::PORTAL_CSS;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use kept_api::portal as view;
use kept_portal::gate::{DeadLinkPage, FreshLinkPage, GatePage, SignedOutPage, problems};
use leptos::prelude::*;
use serde::Deserialize;

/// `GET /l/{token}`: asks. Nothing happens: mail scanners open links, too.
pub async fn show(State(app): State<App>, Path(token): Path<String>) -> Answer {
    Ok(match open_link::look(&app, &token).await? {
        None => dead(&token),
        Some(gate) => ask(&token, gate, Asked { sent: false, wrong: false, empty: false }),
    })
}

/// What the gate's forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answered {
    answer: String,
    send: String,
}

/// `POST /l/{token}`: exchanges a right answer for a session, or sends a one-time code.
pub async fn answer(
    State(app): State<App>,
    Path(token): Path<String>,
    stranger: Stranger,
    Sent(sent): Sent<Answered>,
) -> Answer {
    let Some(gate) = open_link::look(&app, &token).await? else { return Ok(dead(&token)) };
    if sent.send == "code" {
        open_link::send_code(&app, &token, &stranger.address).await?;
        return Ok(ask(&token, gate, Asked { sent: true, wrong: false, empty: false }));
    }
    if sent.answer.trim().is_empty() {
        return Ok(ask(&token, gate, Asked { sent: true, wrong: false, empty: true }));
    }
    Ok(match open_link::answer(&app, &token, &sent.answer, &stranger.address).await? {
        Opened::Session(cookie) => ([PORTAL_COOKIE.set(&app, &cookie)], see_other("/account")).into_response(),
        Opened::Wrong(gate) => ask(&token, gate, Asked { sent: true, wrong: true, empty: false }),
        Opened::Dead => dead(&token),
    })
}

/// `POST /l/{token}/fresh`: always the same answer.
pub async fn fresh(State(app): State<App>, Path(token): Path<String>, stranger: Stranger) -> Answer {
    fresh_link::ask(&app, &token, &stranger.address).await?;
    Ok(Document::new("Look at your messages", &PORTAL_CSS).send(|| view! { <FreshLinkPage/> }))
}

/// `POST /account/leave`: ends the session.
pub async fn leave(State(app): State<App>, headers: HeaderMap) -> Answer {
    if let Some(token) = PORTAL_COOKIE.read(&app, &headers) {
        let tx = app.db.begin().await?;
        session::delete(&tx, &secret::sha256(token)).await?;
        tx.commit().await?;
    }
    let page = Document::new("You are signed out", &PORTAL_CSS).send(|| view! { <SignedOutPage left=true/> });
    Ok(([PORTAL_COOKIE.clear(&app)], page).into_response())
}

struct Asked {
    sent: bool,
    wrong: bool,
    empty: bool,
}

fn ask(token: &str, gate: Gate, asked: Asked) -> Response {
    let question = match gate.question {
        IdentityQuestion::Postcode => view::Question::Postcode,
        IdentityQuestion::InvoiceNumber => view::Question::InvoiceNumber,
        IdentityQuestion::BirthDate => view::Question::BirthDate,
        IdentityQuestion::Code => view::Question::Code { sent: asked.sent },
    };
    let tries_left = asked.wrong.then(|| u32::try_from(gate.tries_left).unwrap_or(0));
    let gate = view::Gate {
        business: super::named(&gate.business),
        action: format!("/l/{}", path_part(token)),
        question,
        tries_left,
        empty: asked.empty,
    };
    let problems = problems(&gate);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = problems.title("One question first");
    Document::new(&title, &PORTAL_CSS).status(status).send(|| view! { <GatePage gate/> })
}

/// The same page and status whatever the cause, so that nobody learns which links exist.
fn dead(token: &str) -> Response {
    let fresh = format!("/l/{}/fresh", path_part(token));
    let document = Document::new("This link no longer works", &PORTAL_CSS).status(StatusCode::GONE);
    document.send(|| view! { <DeadLinkPage fresh/> })
}

/// What can stand in a path: a token of ours as it is; of anything else, only what a token could hold.
fn path_part(token: &str) -> String {
    token.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').take(64).collect()
}
