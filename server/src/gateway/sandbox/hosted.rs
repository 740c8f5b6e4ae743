//! The hosted page's doors: plain forms, each answered with a page or with 303.

use axum::{
    Form,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    Sandbox,
    books::{Books, new_id},
    card::{Card, Decline},
    intent::IntentStatus,
    page,
    pay::Step,
    session::Session,
};

/// What the form on the page sends.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    card_number: String,
    #[serde(default)]
    test_card: String,
}

/// What the challenge's buttons send.
#[derive(Deserialize)]
pub(super) struct Answered {
    answer: String,
}

/// `GET /c/pay/{session}`
pub(super) async fn show(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    sandbox.with(|books| {
        let decline = books.sessions.find(&id).and_then(|session| {
            let intent = books.intents.find(session.intent.as_deref()?)?;
            intent.decline
        });
        payment_page(books, &id, decline, StatusCode::OK)
    })
}

/// `POST /c/pay/{session}`
pub(super) async fn pay(State(sandbox): State<Sandbox>, Path(id): Path<String>, Form(typed): Form<Typed>) -> Response {
    let number = if typed.card_number.trim().is_empty() { &typed.test_card } else { &typed.card_number };
    sandbox.with(|books| {
        let step = match Card::read(number) {
            Ok(card) => books.pay(&id, card),
            Err(wrong) => Step::Declined(wrong),
        };
        answer_step(books, &id, step)
    })
}

/// `GET /c/pay/{session}/challenge`
pub(super) async fn challenge(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    sandbox.with(|books| {
        let waits = books.sessions.find(&id).filter(|session| {
            let intent = session.intent.as_deref().and_then(|id| books.intents.find(id));
            session.is_open() && intent.is_some_and(|intent| intent.status == IntentStatus::RequiresAction)
        });
        match waits {
            Some(session) => {
                let nonce = new_id("");
                let html = page::challenge(session, &nonce);
                framed(StatusCode::OK, html, &nonce, session)
            }
            None => see_other(&format!("/c/pay/{id}")),
        }
    })
}

/// `POST /c/pay/{session}/challenge`
pub(super) async fn answer(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(answered): Form<Answered>,
) -> Response {
    sandbox.with(|books| {
        let step = books.answer_challenge(&id, answered.answer == "complete");
        answer_step(books, &id, step)
    })
}

fn answer_step(books: &Books, id: &str, step: Step) -> Response {
    match step {
        Step::Return(url) => see_other(&url),
        Step::Challenge => see_other(&format!("/c/pay/{id}/challenge")),
        Step::Declined(decline) => payment_page(books, id, Some(decline), StatusCode::UNPROCESSABLE_ENTITY),
        Step::Expired | Step::Unknown => payment_page(books, id, None, StatusCode::OK),
    }
}

fn payment_page(books: &Books, id: &str, decline: Option<Decline>, status: StatusCode) -> Response {
    let nonce = new_id("");
    match books.sessions.find(id) {
        None => (StatusCode::NOT_FOUND, policy(&nonce, "'self'"), Html(page::unknown(&nonce))).into_response(),
        Some(session) if session.is_open() => {
            let html = page::payment(session, decline, &nonce);
            framed(status, html, &nonce, session)
        }
        Some(session) => {
            let html = page::over(session, &nonce);
            framed(StatusCode::OK, html, &nonce, session)
        }
    }
}

fn framed(status: StatusCode, html: String, nonce: &str, session: &Session) -> Response {
    // Browsers hold a form's redirect to the same policy as the form, so the way back has to be named.
    let back =
        reqwest::Url::parse(&session.success_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let headers = policy(nonce, &format!("'self' {back}"));
    (status, headers, Html(html)).into_response()
}

fn policy(nonce: &str, form_action: &str) -> [(header::HeaderName, String); 4] {
    let csp = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action {form_action}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    [
        (header::CONTENT_SECURITY_POLICY, csp),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ]
}

fn see_other(url: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, url.to_owned())]).into_response()
}
