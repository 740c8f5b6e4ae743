//! `/u/{token}`: stops reminders to the address that one of them went to. The link looks the same whether it is known or
//! not, and nothing happens until the button is pressed, or a mail program presses it (RFC 8058).

use super::Stranger;
use crate::acts::stop_contact;
use crate::app::App;
use crate::door::Answer;
use crate::page::Document;
use crate::style::PORTAL_CSS;
use axum::extract::{Path, State};
use kept_portal::unsubscribe::{StopPage, StoppedPage};
use leptos::prelude::*;

/// `GET /u/{token}`: asks. Nothing happens: mail scanners open links, too.
pub async fn show() -> Answer {
    Ok(Document::new("Stop reminders by e-mail", &PORTAL_CSS).send(|| view! { <StopPage/> }))
}

/// `POST /u/{token}`: stops them.
pub async fn stop(State(app): State<App>, Path(token): Path<String>, stranger: Stranger) -> Answer {
    stop_contact::by_link(&app, &token, &stranger.address).await?;
    Ok(Document::new("Reminders by e-mail are stopped", &PORTAL_CSS).send(|| view! { <StoppedPage/> }))
}
