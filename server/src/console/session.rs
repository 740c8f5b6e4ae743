//! Setting up, signing in, signing out.

use super::{Answer, Refused, form, query, see_other, send, show, text};
use crate::acts::Failure;
use crate::acts::set_up::{self, Founder};
use crate::acts::sign_in::{sign_in, sign_out};
use crate::app::App;
use crate::door::{self, CONSOLE_COOKIE, Limits, No};
use crate::store::user;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use kept_api::console::{Form, LoginView, SetupView};
use kept_console::login::login_page;
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
        Some(token) => Ok(([CONSOLE_COOKIE.set(&app, &token)], see_other("/console")).into_response()),
        None => Ok(see_other("/console/login?done=setup")),
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
    Ok(send("Sign in", None, || login_page(LoginView { form, done })))
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
    let token = sign_in(&app, typed.value("email"), typed.value("password"), &address.to_string()).await?;
    match token {
        Some(token) => {
            let next = inside(typed.value("next"));
            Ok(([CONSOLE_COOKIE.set(&app, &token)], see_other(next)).into_response())
        }
        None => {
            typed.wrong(
                "email",
                "The e-mail address or the password is not right. After several wrong tries an account waits for a while",
            );
            forget_password(&mut typed);
            Ok(send("Sign in", Some(&typed.clone()), || login_page(LoginView { form: typed, done: None })))
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
