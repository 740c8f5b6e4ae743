//! The debtor's doors: who is asking, what they sent, one act, the page that follows. No rules and no SQL here.

pub mod account;
pub mod account_statement;
pub mod agreement;
pub mod cards;
pub mod contacts;
pub mod dispute;
pub mod gate;
pub mod heal;
pub mod late_charges;
pub mod money_back;
pub mod payment;
pub mod plan;
pub mod preferences;
pub mod promise;
pub mod receipt;
pub mod settlement;
#[cfg(test)]
mod tests;
pub mod unsubscribe;

use crate::app::App;
use crate::door::{self, Limits, No, PORTAL_COOKIE};
use crate::secret;
use crate::store::session::Session;
use crate::store::{Query, business, hold, session};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, header};
use chrono::NaiveDate;
use kept_api::portal as view;
use kept_domain::money::Currency;
use kept_ui::error_summary::Problems;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;

/// Somebody who has answered the identity question.
pub struct Visitor {
    /// Whose account they look at, and how they showed who they are.
    pub session: Session,
    /// Where they come from.
    pub address: String,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, No> {
        let token = PORTAL_COOKIE.read(app, &parts.headers).ok_or(No::SignedOut)?;
        let hash = secret::sha256(token);
        let found = session::find(&app.db, &hash, app.clock.now_ms()).await?;
        let session = found.ok_or(No::SignedOut)?;
        let address = door::address(app, parts.extensions.get::<ConnectInfo<SocketAddr>>(), &parts.headers);
        if parts.method != Method::GET
            && parts.method != Method::HEAD
            && let Some(limits) = parts.extensions.get::<Limits>()
        {
            limits.change(address, &hash)?;
        }
        Ok(Self { session, address: address.to_string() })
    }
}

/// Somebody with a session's cookie. Whether it is still good is found out together with what it opens: the page that is
/// looked at most goes to the database once.
pub struct Holder {
    /// The SHA-256 of the cookie's token.
    pub token_hash: String,
}

impl FromRequestParts<App> for Holder {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, No> {
        let token = PORTAL_COOKIE.read(app, &parts.headers).ok_or(No::SignedOut)?;
        Ok(Self { token_hash: secret::sha256(token) })
    }
}

/// Somebody who has not shown who they are; asking for this counts a try.
pub struct Stranger {
    /// Where they come from.
    pub address: String,
}

impl FromRequestParts<App> for Stranger {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, No> {
        let address = door::address(app, parts.extensions.get::<ConnectInfo<SocketAddr>>(), &parts.headers);
        if let Some(limits) = parts.extensions.get::<Limits>() {
            limits.stranger(address)?;
        }
        Ok(Self { address: address.to_string() })
    }
}

/// What an address asks for after its question mark; one that cannot be read gets a page that says so.
pub struct InUrl<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for InUrl<T> {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, No> {
        let axum::extract::Query(asked) = axum::extract::Query::try_from_uri(&parts.uri).map_err(|_| No::Unreadable)?;
        Ok(Self(asked))
    }
}

/// What was sent: a form, or the same as JSON from an island.
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = No;

    async fn from_request(request: Request, app: &App) -> Result<Self, No> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|k| k.trim() == "application/json");
        if is_json {
            let axum::Json(sent) =
                axum::Json::from_request(request, app).await.map_err(|no| No::unread(no.status()))?;
            return Ok(Self(sent));
        }
        let axum::Form(sent) = axum::Form::from_request(request, app).await.map_err(|no| No::unread(no.status()))?;
        Ok(Self(sent))
    }
}

/// The business as its customers see it.
fn shown(b: &business::Business) -> view::Business {
    view::Business { name: named(&b.name), email: b.email.clone(), phone: b.phone.clone(), address: b.address.clone() }
}

/// A trading name, or words in its place until the business has told it.
fn named(name: &str) -> String {
    if name.is_empty() { "the business".to_owned() } else { name.to_owned() }
}

/// The business of a session.
async fn home(q: &impl Query, session: &Session) -> Result<business::Business, No> {
    business::find(q, &session.business).await?.ok_or(No::NotFound)
}

/// The last day of the pauses that are on today.
async fn paused_until(q: &impl Query, session: &Session, today: NaiveDate) -> Result<Option<NaiveDate>, No> {
    Ok(last_paused_day(&hold::list(q, &session.business, &session.debtor).await?, today))
}

fn last_paused_day(holds: &[hold::Hold], today: NaiveDate) -> Option<NaiveDate> {
    let running = holds.iter().filter(|h| h.ended_at_ms.is_none() && h.from_on <= today);
    running.filter_map(|h| h.until_on).filter(|until| *until >= today).max()
}

/// The currency that a page is about: the one that was sent, else the first in which something is owed.
async fn currency(app: &App, session: &Session, sent: &str) -> Result<Option<Currency>, No> {
    if let Some(currency) = Currency::parse(sent) {
        return Ok(Some(currency));
    }
    let positions = crate::acts::position::load(&app.db, &session.business, &session.debtor).await?;
    let owed = positions.iter().find(|p| p.owed_minor() > 0).or(positions.first());
    Ok(owed.map(|p| p.currency))
}

fn problems(mistakes: Vec<view::Mistake>) -> Problems {
    let mut problems = Problems::default();
    for (field, words) in mistakes {
        problems.add(field, words);
    }
    problems
}

/// A form's texts as a query.
fn query(form: &impl serde::Serialize) -> Result<String, No> {
    serde_urlencoded::to_string(form).map_err(|e| No::Failed(e.to_string()))
}
