//! `/account/preferences`: which addresses get reminders, which way comes first, and in which language.

use super::{InUrl, Visitor, home, problems, shown};
use crate::acts::set_preferences::{self, Refusal, Wish};
use crate::acts::{Actor, Failure, reach};
use crate::app::App;
use crate::carrier::Way;
use crate::door::{Answer, No, see_other};
use crate::page::Document;
use crate::store::address::{self, State as Known};
use crate::store::{debtor, preference};
use crate::style::PORTAL_CSS;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use kept_api::portal as view;
use kept_portal::preferences::PreferencesPage;
use kept_ui::error_summary::Problems;
use leptos::prelude::*;
use serde::Deserialize;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    saved: String,
}

/// `GET /account/preferences`.
pub async fn show(State(app): State<App>, visitor: Visitor, InUrl(asked): InUrl<Asked>) -> Answer {
    let mut preferences = load(&app, &visitor).await?;
    preferences.saved = !asked.saved.is_empty();
    Ok(page(preferences, Problems::default()))
}

/// `POST /account/preferences`.
pub async fn save(State(app): State<App>, visitor: Visitor, body: Bytes) -> Answer {
    let sent: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).map_err(|_| No::Unreadable)?;
    let all = |name: &str| sent.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect::<Vec<_>>();
    let wish = Wish {
        reminders: all("reminders").iter().filter_map(|channel| Way::of_channel(channel)).collect(),
        channel: all("channel").pop().unwrap_or_default(),
        language: all("language").pop().unwrap_or_default(),
    };
    let s = &visitor.session;
    match set_preferences::set(&app, &s.business, &s.debtor, &wish, &Actor::debtor(&visitor.address)).await {
        Ok(()) => Ok(see_other("/account/preferences?saved=1")),
        Err(Failure::Refused(refusal)) => {
            let mut preferences = load(&app, &visitor).await?;
            preferences.channel = wish.channel;
            preferences.language = wish.language;
            let mistake = match refusal {
                Refusal::Channel => ("channel", "Choose a way that we have an address for".to_owned()),
                Refusal::Language => ("language", "Choose a language".to_owned()),
            };
            Ok(page(preferences, problems(vec![mistake])))
        }
        Err(other) => Err(other.into()),
    }
}

async fn load(app: &App, visitor: &Visitor) -> Result<view::Preferences, No> {
    let s = &visitor.session;
    let home = home(&app.db, s).await?;
    let debtor = debtor::find(&app.db, &s.business, &s.debtor).await?.ok_or(No::NotFound)?;
    let chosen = preference::find(&app.db, &s.business, &s.debtor).await?;
    let mut reaches = Vec::new();
    for way in Way::ALL {
        let Some(normalised) = reach::normalised(&debtor, way) else { continue };
        let known = address::find(&app.db, &s.business, way.channel(), &normalised).await?;
        reaches.push(view::Reach {
            channel: way.channel().to_owned(),
            address: reach::on_file(&debtor, way).to_owned(),
            state: known.map_or(Known::Ok, |known| known.state).code().to_owned(),
        });
    }
    let first = reaches.first().map(|r| r.channel.clone()).unwrap_or_default();
    Ok(view::Preferences {
        business: shown(&home),
        reaches,
        channel: if chosen.channel.is_empty() { first } else { chosen.channel },
        language: if chosen.language.is_empty() { debtor.language } else { chosen.language },
        saved: false,
    })
}

fn page(preferences: view::Preferences, problems: Problems) -> Response {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = if problems.is_empty() { "How we write to you" } else { "Error: How we write to you" };
    Document::new(title, &PORTAL_CSS).status(status).send(|| view! { <PreferencesPage preferences problems/> })
}
