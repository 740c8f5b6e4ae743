//! `/v1/…`: keys, idempotency, faults on order, and every URL on one screen.

use std::io;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::{Duration, sleep};

use super::{
    Sandbox,
    books::{Books, Expand, Object, Shelf, new_id},
    error::ApiError,
    fault::{Fault, Target},
    form::Params,
    idempotency::{Answer, Asked},
};

/// How long a caller is kept waiting for an answer that never comes.
const SILENCE: Duration = Duration::from_secs(600);

/// One call, read.
struct Call {
    method: Method,
    path: String,
    params: Params,
    idempotency_key: Option<String>,
    request_id: String,
}

/// How a call ends, as the caller sees it.
enum Ending {
    Answered(Answer, Given),
    Silence,
    Broken(Answer),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    First,
    Again,
}

/// Answers one call of the API.
pub(super) async fn call(
    State(sandbox): State<Sandbox>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request_id = new_id("req_");
    let call = authenticate(&sandbox, &headers).and_then(|()| Call::read(method, &uri, &headers, &body, &request_id));
    let ending = match call {
        Err(error) => Ending::Answered(refused(&error, &request_id), Given::First),
        // A task of its own: a caller who hangs up does not stop what was begun.
        Ok(call) => tokio::spawn(answer(sandbox, call))
            .await
            .unwrap_or_else(|_| Ending::Answered(refused(&ApiError::internal(), &request_id), Given::First)),
    };
    match ending {
        Ending::Answered(answer, given) => respond(answer, given, &request_id),
        Ending::Broken(answer) => broken(&answer),
        Ending::Silence => {
            sleep(SILENCE).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}

impl Call {
    fn read(method: Method, uri: &Uri, headers: &HeaderMap, body: &Bytes, request_id: &str) -> Result<Self, ApiError> {
        let mut params = Params::read(uri.query().unwrap_or_default().as_bytes())?;
        params.extend(Params::read(body)?);
        let idempotency_key = headers
            .get("idempotency-key")
            .filter(|_| method == Method::POST)
            .and_then(|key| key.to_str().ok())
            .map(str::to_owned);
        Ok(Self { method, path: uri.path().to_owned(), params, idempotency_key, request_id: request_id.to_owned() })
    }
}

async fn answer(sandbox: Sandbox, call: Call) -> Ending {
    let key = call.idempotency_key.as_deref();
    if let Some(key) = key {
        let asked = Asked { path: call.path.clone(), params: call.params.clone() };
        let begun = sandbox.with(|books| {
            let now_s = books.now_s();
            books.keys.begin(key, asked, now_s)
        });
        match begun {
            Err(error) => {
                return Ending::Answered(refused(&error, &call.request_id), Given::First);
            }
            Ok(Some(answer)) => return Ending::Answered(answer, Given::Again),
            Ok(None) => {}
        }
    }
    let fault =
        Target::of(call.method.as_str(), &call.path).and_then(|target| sandbox.with(|books| books.faults.take(target)));
    sleep(fault.map_or(Duration::ZERO, Fault::delay)).await;
    let result = match fault {
        Some(Fault::Lost) => {
            if let Some(key) = key {
                sandbox.with(|books| books.keys.forget(key));
            }
            return Ending::Silence;
        }
        Some(Fault::RateLimited) => Err(ApiError::rate_limited()),
        Some(Fault::Internal) => Err(ApiError::internal()),
        Some(Fault::InternalAfter) => sandbox.with(|books| perform(books, &call)).and(Err(ApiError::internal())),
        _ => sandbox.with(|books| perform(books, &call)),
    };
    let executed = result.as_ref().err().is_none_or(ApiError::executed);
    let answer = match result {
        Ok(body) => Answer { status: 200, body, request_id: call.request_id.clone() },
        Err(error) => refused(&error, &call.request_id),
    };
    if let Some(key) = key {
        sandbox.with(|books| {
            if executed {
                books.keys.keep(key, answer.clone());
            } else {
                books.keys.forget(key);
            }
        });
    }
    match fault {
        Some(Fault::Timeout) => Ending::Silence,
        Some(Fault::Reset) => Ending::Broken(answer),
        _ => Ending::Answered(answer, Given::First),
    }
}

/// Every URL of the API.
fn perform(books: &mut Books, call: &Call) -> Result<Value, ApiError> {
    let params = &call.params;
    let expand = Expand::new(params.texts("expand").into_values())?;
    let path: Vec<&str> = call.path.trim_start_matches("/v1/").split('/').collect();
    match (call.method.as_str(), path.as_slice()) {
        ("POST", ["checkout", "sessions"]) => {
            let id = books.create_session(params)?;
            one(&books.sessions, &id, books, &expand)
        }
        ("POST", ["checkout", "sessions", id, "expire"]) => {
            books.expire_session(id, params)?;
            one(&books.sessions, id, books, &expand)
        }
        ("POST", ["customers"]) => {
            let id = books.create_customer(params)?;
            one(&books.customers, &id, books, &expand)
        }
        ("POST", ["payment_intents"]) => {
            let id = books.create_intent(params)?;
            one(&books.intents, &id, books, &expand)
        }
        ("POST", ["payment_methods", id, "detach"]) => {
            books.detach(id, params)?;
            one(&books.methods, id, books, &expand)
        }
        ("POST", ["refunds"]) => {
            let id = books.create_refund(params)?;
            one(&books.refunds, &id, books, &expand)
        }
        ("GET", ["charges"]) => books.list_charges(params),
        ("GET", ["charges", id]) => one(&books.charges, id, books, &expand),
        ("GET", ["checkout", "sessions"]) => books.list_sessions(params),
        ("GET", ["checkout", "sessions", id]) => one(&books.sessions, id, books, &expand),
        ("GET", ["customers"]) => books.list_customers(params),
        ("GET", ["customers", id]) => one(&books.customers, id, books, &expand),
        ("GET", ["customers", id, "payment_methods"]) => books.list_methods(Some(id), params),
        ("GET", ["disputes"]) => books.list_disputes(params),
        ("GET", ["disputes", id]) => one(&books.disputes, id, books, &expand),
        ("GET", ["events"]) => books.list_events(params),
        ("GET", ["events", id]) => one(&books.events, id, books, &expand),
        ("GET", ["payment_intents"]) => books.list_intents(params),
        ("GET", ["payment_intents", id]) => one(&books.intents, id, books, &expand),
        ("GET", ["payment_methods"]) => books.list_methods(None, params),
        ("GET", ["payment_methods", id]) => one(&books.methods, id, books, &expand),
        ("GET", ["refunds"]) => books.list_refunds(params),
        ("GET", ["refunds", id]) => one(&books.refunds, id, books, &expand),
        (method, _) => Err(ApiError::unrecognized(method, &call.path)),
    }
}

fn one<T: Object>(shelf: &Shelf<T>, id: &str, books: &Books, expand: &Expand) -> Result<Value, ApiError> {
    Ok(shelf.get(id)?.json(books, expand))
}

/// The key as a bearer token, or as the user name of basic authentication.
fn authenticate(sandbox: &Sandbox, headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .and_then(|(scheme, credentials)| match scheme {
            "Bearer" => Some(credentials.trim().to_owned()),
            "Basic" => {
                let decoded = STANDARD.decode(credentials.trim()).ok()?;
                let decoded = String::from_utf8(decoded).ok()?;
                Some(decoded.split_once(':')?.0.to_owned())
            }
            _ => None,
        })
        .ok_or_else(|| {
            ApiError::unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using \
                 Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            )
        })?;
    let right = sandbox.lock().config.secret_key.expose_secret() == given;
    if right { Ok(()) } else { Err(ApiError::unauthorized("Invalid API Key provided")) }
}

fn refused(error: &ApiError, request_id: &str) -> Answer {
    Answer { status: error.status, body: error.body(request_id), request_id: request_id.to_owned() }
}

fn respond(answer: Answer, given: Given, request_id: &str) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(answer.body)).into_response();
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    };
    put("request-id", request_id);
    put("cache-control", "no-cache, no-store");
    if given == Given::Again {
        put("idempotent-replayed", "true");
        put("original-request", &answer.request_id);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        put("retry-after", "1");
    }
    response
}

/// Half of an answer, and then a broken connection.
fn broken(answer: &Answer) -> Response {
    let whole = answer.body.to_string();
    let half = Bytes::from(whole).split_to(20);
    let parts = [Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
