//! The business's doors: who is it, what was typed, one act, an answer. Everything that is read or written carries the
//! session's business.

pub mod account_statement;
pub mod allocation;
pub mod bank_details;
pub mod calls;
pub mod commitments;
pub mod debtors;
pub mod disputes;
pub mod hand_over;
pub mod imports;
pub mod late_charge_policy;
pub mod late_charges;
pub mod letters;
pub mod money_back;
pub mod outlook;
pub mod own_account;
pub mod policy;
pub mod reconciliation;
pub mod rehearsal;
pub mod reminder_preview;
pub mod reminders;
pub mod session;
pub mod settlements;
pub mod show;
pub mod statement_file;
pub mod statements;
pub mod stuck;
pub mod templates;
pub mod today;
pub mod users;
pub mod write_offs;

use crate::acts::{Actor, Failure};
use crate::app::App;
use crate::bundle;
use crate::door::{self, CONSOLE_COOKIE, Limits, No, see_other};
use crate::page::Document;
use crate::secret;
use crate::store::business::{self, Business};
use crate::store::console_session::{self, Session};
use crate::store::{self, user, worklist};
use crate::style::CONSOLE_CSS;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use kept_api::console::{Form, Frame};
use kept_domain::user::Permission;
use kept_ui::page::Page;
use leptos::prelude::*;
use std::net::{IpAddr, SocketAddr};

/// Why a door of the console says no.
#[derive(Debug)]
pub enum Refused {
    /// As any door does.
    No(No),
    /// Nobody has signed in: where to go on after that.
    SignedOut(String),
    /// Nobody can sign in yet.
    NotSetUp,
    /// The visitor's role does not let them: what they are told.
    NotAllowed(&'static str),
}

impl<E: Into<No>> From<E> for Refused {
    fn from(no: E) -> Self {
        Self::No(no.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::NotSetUp => see_other("/console/setup"),
            Self::SignedOut(next) if next.is_empty() => see_other("/console/login"),
            Self::SignedOut(next) => {
                see_other(&format!("/console/login?next={}", kept_console::parts::escape_query(&next)))
            }
            Self::NotAllowed(words) => {
                let document = Document::new("This needs somebody else", &CONSOLE_CSS).status(StatusCode::FORBIDDEN);
                document.send(|| {
                    view! {
                        <Page brand="Kept" home="/console">
                            <h1>"This needs somebody else"</h1>
                            <p>{words}". Nothing was changed."</p>
                            <p><a href="/console">"Go to Today"</a></p>
                        </Page>
                    }
                })
            }
            Self::No(No::NotFound) => {
                let document = Document::new("Page not found", &CONSOLE_CSS).status(StatusCode::NOT_FOUND);
                document.send(|| {
                    view! {
                        <Page brand="Kept" home="/console">
                            <h1>"Page not found"</h1>
                            <p>"There is nothing at this address. "<a href="/console">"Go to Today"</a></p>
                        </Page>
                    }
                })
            }
            Self::No(no) => no.into_response(),
        }
    }
}

/// What a door of the console answers.
pub type Answer = Result<Response, Refused>;

/// Somebody who has signed in, on one request.
pub struct Visitor {
    /// The installation.
    pub app: App,
    /// Their business.
    pub business: Business,
    /// Who they are, as events name them, and from where.
    pub actor: Actor,
    session: Session,
    done: Option<&'static str>,
    note: Option<&'static str>,
}

/// What a request asks for, by its method and path: whatever changes something is work, unless it is about one's own
/// account or only an owner's.
pub fn needed(method: &Method, path: &str) -> Permission {
    let of = |section: &str| path == section || path.strip_prefix(section).is_some_and(|rest| rest.starts_with('/'));
    match matches!(*method, Method::GET | Method::HEAD) {
        _ if of("/console/users") || of("/console/policy/settlements") => Permission::Own,
        false if of("/console/policy") || of("/console/templates") => Permission::Own,
        false if path.split('/').any(|part| ["write-offs", "late-charges"].contains(&part)) => Permission::Own,
        false if !of("/console/account") && !of("/console/logout") => Permission::Work,
        _ => Permission::Look,
    }
}

/// What somebody is told who may not.
fn missing(permission: Permission) -> &'static str {
    match permission {
        Permission::Own => "Only an owner can change this",
        Permission::Work | Permission::Look => "You can see everything and change nothing. An owner can give you more",
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let changes = !matches!(parts.method, Method::GET | Method::HEAD);
        let Some(token) = CONSOLE_COOKIE.read(app, &parts.headers) else { return Err(signed_out(parts, app).await) };
        let token_hash = secret::sha256(token);
        if changes {
            let limits = parts.extensions.get::<Limits>().ok_or_else(|| No::Failed("no limits".into()))?;
            limits.change(address(parts, app), &token_hash)?;
        }
        let Some(session) = console_session::find(&app.db, &token_hash, app.clock.now_ms()).await? else {
            return Err(signed_out(parts, app).await);
        };
        let asked = needed(&parts.method, parts.uri.path());
        if !session.role.may(asked) {
            return Err(Refused::NotAllowed(missing(asked)));
        }
        // A page whose forms the visitor may not send says so.
        let sending = needed(&Method::POST, parts.uri.path());
        let note = (!session.role.may(sending)).then(|| missing(sending));
        let business = business::find(&app.db, &session.business).await?.ok_or(No::NotFound)?;
        let actor = Actor::user(&session.user, &address(parts, app).to_string());
        let done = query(parts.uri.query().unwrap_or_default());
        let done = done.iter().find(|(name, _)| name == "done").and_then(|(_, code)| show::done(code));
        Ok(Self { app: app.clone(), business, actor, session, done, note })
    }
}

/// Where a request comes from, as limits count it and events name it.
pub fn address(parts: &Parts, app: &App) -> IpAddr {
    door::address(app, parts.extensions.get::<ConnectInfo<SocketAddr>>(), &parts.headers)
}

async fn signed_out(parts: &Parts, app: &App) -> Refused {
    match user::exists(&app.db).await {
        Err(error) => error.into(),
        Ok(false) => Refused::NotSetUp,
        Ok(true) if parts.method == Method::GET => {
            Refused::SignedOut(parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default())
        }
        Ok(true) => Refused::SignedOut(String::new()),
    }
}

impl Visitor {
    /// What stands around every page.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn frame(&self) -> Result<Frame, store::Error> {
        Ok(Frame {
            business: self.business.name.clone(),
            user: self.session.name.clone(),
            waiting: u32::try_from(worklist::count(&self.app.db, &self.business.id).await?).unwrap_or(u32::MAX),
            done: self.done.map(str::to_owned),
            note: self.note,
            owner: self.session.role.may(Permission::Own),
        })
    }

    /// The name of whoever has signed in.
    pub fn user(&self) -> &str {
        &self.session.name
    }

    /// The business's date.
    pub fn today(&self) -> chrono::NaiveDate {
        self.app.clock.today(&self.business.zone)
    }

    /// An instant, for people.
    pub fn at(&self, at_ms: i64) -> String {
        crate::clock::show(at_ms, &self.business.zone)
    }

    /// Names of those who act.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn names(&self) -> Result<show::Names, store::Error> {
        Ok(show::Names(user::names(&self.app.db, &self.business.id).await?))
    }
}

/// Sends a page: 200, or 422 with the word in its title where the form has mistakes.
pub fn send<V: IntoView>(title: &str, form: Option<&Form>, page: impl FnOnce() -> V) -> Response {
    let wrong = form.is_some_and(|f| !f.mistakes.is_empty());
    let title = if wrong { format!("Error: {title} - Kept") } else { format!("{title} - Kept") };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Document::new(&title, &CONSOLE_CSS).status(status).islands(bundle::console()).send(page)
}

/// Reads names and texts as a query or a form sends them; what is not readable is left out.
pub fn query(text: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(text).unwrap_or_default()
}

/// Reads a form.
///
/// # Errors
/// [`No::Unreadable`] where it is none.
pub fn form(body: &Bytes) -> Result<Form, No> {
    let values = serde_urlencoded::from_bytes(body).map_err(|_| No::Unreadable)?;
    Ok(Form { values, ..Form::default() })
}

/// Goes on where the act went well, notes what was refused, and gives up on the rest.
///
/// # Errors
/// What the page has no words for.
pub fn refused<T, R>(result: Result<T, Failure<R>>) -> Result<Result<T, R>, Refused> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(refusal)) => Ok(Err(refusal)),
        Err(Failure::NotFound) => Err(No::NotFound.into()),
        Err(Failure::Store(error)) => Err(error.into()),
    }
}

/// Rows on a page of a list.
pub const ROWS: u32 = 50;

/// The page number in a query, from 1, and where it begins.
pub fn page_of(values: &[(String, String)]) -> (u32, u32) {
    let page = values.iter().find(|(name, _)| name == "page").and_then(|(_, text)| text.parse::<u32>().ok());
    let page = page.unwrap_or(1).clamp(1, 100_000);
    (page, (page - 1) * ROWS)
}

/// A text of a query.
pub fn text<'a>(values: &'a [(String, String)], name: &str) -> &'a str {
    values.iter().find(|(n, _)| n == name).map_or("", |(_, text)| text.as_str())
}
