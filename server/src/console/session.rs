//! Setting up, signing in, signing out.

use super::{Answer, Refused, form, query, refused, see_other, send, show, text};
use crate::acts::Failure;
use crate::acts::join;
use crate::acts::set_up::{self, Founder};
use crate::acts::sign_in::{self, SignedIn, sign_in, sign_out};
use crate::app::App;
use crate::door::{self, CONSOLE_COOKIE, Limits, No, json};
use crate::passkeys;
use crate::secret;
use crate::store::{business, invite, user};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use kept_api::console::{Form, LoginView, SetupView};
use kept_api::people::{CodeView, JoinView, PasskeyAnswer, PasskeyAsked};
use kept_console::join::join_page;
use kept_console::login::login_page;
use kept_console::login_code::login_code_page;
use kept_console::setup::setup_page;
use std::net::SocketAddr;

/// Shows the first page of a new installation; afterwards it is gone.
///
/// # Errors
/// 404 once there is an owner.
pub async fn show_setup(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Answer {
    if user::exists(&app.db).await? {
        return Err(No::NotFound.into());
    }
    let mut form = Form::default();
    form.preset("code", text(&query(&raw.unwrap_or_default()), "code"));
    let asks_code = door::asks_for_code(&app, door::address(&app, Some(&peer), &headers));
    Ok(send("Set up", None, || setup_page(SetupView { form, asks_code })))
}

/// Makes the owner and signs them in.
///
/// # Errors
/// 404 once there is an owner.
pub async fn set_up(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Limits>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if user::exists(&app.db).await? {
        return Err(No::NotFound.into());
    }
    let address = door::address(&app, Some(&peer), &headers);
    limits.stranger(address)?;
    let mut typed = form(&body)?;
    let asks_code = door::asks_for_code(&app, address);
    if asks_code && !set_up::is_code(&app, typed.value("code")).await? {
        typed.wrong("code", "Enter the set-up code that the server printed when it started");
        forget_password(&mut typed);
        return Ok(send("Set up", Some(&typed.clone()), || setup_page(SetupView { form: typed, asks_code })));
    }
    let founder = Founder {
        business: typed.value("business"),
        name: typed.value("name"),
        email: typed.value("email"),
        password: typed.value("password"),
    };
    match set_up::set_up(&app, &founder, &address.to_string()).await {
        Ok(()) => {}
        Err(Failure::Refused(wrong)) if wrong.is_empty() => return Err(No::NotFound.into()),
        Err(Failure::Refused(wrong)) => {
            for (field, words) in wrong {
                typed.wrong(field, words);
            }
            forget_password(&mut typed);
            return Ok(send("Set up", Some(&typed.clone()), || setup_page(SetupView { form: typed, asks_code })));
        }
        Err(Failure::NotFound) => return Err(No::NotFound.into()),
        Err(Failure::Store(error)) => return Err(error.into()),
    }
    let signed = sign_in(&app, typed.value("email"), typed.value("password"), &address.to_string()).await?;
    match signed {
        SignedIn::Yes(token) => Ok(([CONSOLE_COOKIE.set(&app, &token)], see_other("/console")).into_response()),
        SignedIn::No | SignedIn::CodeWanted(_) => Ok(see_other("/console/login?done=setup")),
    }
}

/// Shows the page to sign in on.
///
/// # Errors
/// When the store fails.
pub async fn show_login(State(app): State<App>, RawQuery(raw): RawQuery) -> Answer {
    if !user::exists(&app.db).await? {
        return Err(Refused::NotSetUp);
    }
    let values = query(&raw.unwrap_or_default());
    let mut form = Form::default();
    form.preset("next", text(&values, "next"));
    let done = show::done(text(&values, "done")).map(str::to_owned);
    Ok(login(&app, form, done))
}

/// Signs in.
///
/// # Errors
/// When there are too many tries, or the store fails.
pub async fn log_in(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Limits>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let address = door::address(&app, Some(&peer), &headers);
    limits.stranger(address)?;
    let mut typed = form(&body)?;
    match sign_in(&app, typed.value("email"), typed.value("password"), &address.to_string()).await? {
        SignedIn::Yes(token) => Ok(signed_in(&app, &token, typed.value("next"))),
        SignedIn::CodeWanted(begun) => {
            let mut form = Form::default();
            form.preset("begun", begun);
            form.preset("next", typed.value("next"));
            Ok(send("Enter your code", None, || login_code_page(CodeView { form })))
        }
        SignedIn::No => {
            typed.wrong(
                "email",
                "The e-mail address or the password is not right. After several wrong tries, wait a few minutes and try again",
            );
            forget_password(&mut typed);
            Ok(login(&app, typed, None))
        }
    }
}

fn login(app: &App, form: Form, done: Option<String>) -> Response {
    let passkeys = passkeys::is_usable(&app.public_url());
    send("Sign in", Some(&form.clone()), || login_page(LoginView { form, done, passkeys }))
}

fn signed_in(app: &App, token: &str, next: &str) -> Response {
    ([CONSOLE_COOKIE.set(app, token)], see_other(inside(next))).into_response()
}

/// Finishes signing in with a code.
///
/// # Errors
/// When there are too many tries, or the store fails.
pub async fn enter_code(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Limits>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let address = door::address(&app, Some(&peer), &headers);
    limits.stranger(address)?;
    let mut typed = form(&body)?;
    let done = sign_in::finish(&app, typed.value("begun"), typed.value("code"), &address.to_string()).await?;
    match done {
        Some(token) => Ok(signed_in(&app, &token, typed.value("next"))),
        None => {
            typed.wrong(
                "code",
                "This code is not right, was used already, or came too late. Wait for the next one, or begin again",
            );
            typed.values.retain(|(name, _)| name != "code");
            let form = typed.clone();
            Ok(send("Enter your code", Some(&typed), || login_code_page(CodeView { form })))
        }
    }
}

/// Begins to sign in with a passkey.
///
/// # Errors
/// 404 where the installation cannot have any; too many tries; the store's.
pub async fn begin_passkey(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Limits>,
    headers: HeaderMap,
) -> Answer {
    limits.stranger(door::address(&app, Some(&peer), &headers))?;
    let (options, begun) = sign_in::begin_passkey(&app).await.map_err(No::from)?;
    Ok(json(StatusCode::OK, &PasskeyAsked { options, begun }))
}

/// Signs in with a passkey.
///
/// # Errors
/// 404 where the installation cannot have any; too many tries; the store's.
pub async fn passkey(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Limits>,
    headers: HeaderMap,
    Json(sent): Json<PasskeyAnswer>,
) -> Answer {
    let address = door::address(&app, Some(&peer), &headers);
    limits.stranger(address)?;
    let PasskeyAnswer { begun, name: next, credential } = sent;
    let token = sign_in::finish_passkey(&app, &begun, credential, &address.to_string()).await.map_err(No::from)?;
    Ok(match token {
        Some(token) => {
            ([CONSOLE_COOKIE.set(&app, &token)], json(StatusCode::OK, &inside(&next).to_owned())).into_response()
        }
        None => json(StatusCode::UNPROCESSABLE_ENTITY, &""),
    })
}

/// Shows the page that an invitation leads to; it changes nothing.
///
/// # Errors
/// 404 where the invitation is gone.
pub async fn show_join(State(app): State<App>, Path(token): Path<String>) -> Answer {
    let v = invited(&app, &token, Form::default()).await?;
    Ok(send("Join", None, || join_page(v)))
}

async fn invited(app: &App, token: &str, form: Form) -> Result<JoinView, Refused> {
    let found = invite::find(&app.db, &secret::sha256(token), app.clock.now_ms()).await?.ok_or(No::NotFound)?;
    let home = business::find(&app.db, &found.business).await?.ok_or(No::NotFound)?;
    let (email, may, action) = (found.email, found.role.words().1, format!("/console/invite/{token}"));
    Ok(JoinView { business: home.name, email, may, action, form })
}

/// Makes the account that was promised, and signs in.
///
/// # Errors
/// 404 where the invitation is gone; too many tries; the store's.
pub async fn join(
    State(app): State<App>,
    Path(token): Path<String>,
    peer: ConnectInfo<SocketAddr>,
    Extension(limits): Extension<Limits>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let address = door::address(&app, Some(&peer), &headers);
    limits.stranger(address)?;
    let mut typed = form(&body)?;
    let (name, password) = (typed.value("name"), typed.value("password"));
    match refused(join::join(&app, &token, name, password, &address.to_string()).await)? {
        Ok(email) => match sign_in(&app, &email, password, &address.to_string()).await? {
            SignedIn::Yes(session) => Ok(signed_in(&app, &session, "")),
            SignedIn::No | SignedIn::CodeWanted(_) => Ok(see_other("/console/login")),
        },
        Err(wrong) => {
            for (field, words) in wrong {
                typed.wrong(field, words);
            }
            forget_password(&mut typed);
            let v = invited(&app, &token, typed.clone()).await?;
            Ok(send("Join", Some(&typed), || join_page(v)))
        }
    }
}

/// Signs out.
///
/// # Errors
/// When the store fails.
pub async fn log_out(State(app): State<App>, headers: HeaderMap) -> Answer {
    if let Some(token) = CONSOLE_COOKIE.read(&app, &headers) {
        sign_out(&app, token).await?;
    }
    Ok(([CONSOLE_COOKIE.clear(&app)], see_other("/console/login?done=out")).into_response())
}

fn forget_password(form: &mut Form) {
    form.values.retain(|(name, _)| name != "password");
}

/// Where to go on after signing in: only ever to a page of the console.
fn inside(next: &str) -> &str {
    let ours = next == "/console" || next.starts_with("/console/") || next.starts_with("/console?");
    if ours && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') { next } else { "/console" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_elsewhere() {
        for next in ["/console", "/console/debtors?search=a&page=2", "/console?x=1"] {
            assert_eq!(inside(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/consoleevil",
            "/account",
            "/console/\r\nx: y",
            "/console/\\evil",
        ] {
            assert_eq!(inside(next), "/console", "{next:?}");
        }
    }
}
