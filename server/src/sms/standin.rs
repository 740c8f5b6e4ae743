//! A stand-in for the carrier of text messages, over the same HTTP: for the demo and for tests. What it takes goes into a
//! folder and reaches nobody; `/sandbox/…` makes the weather: faults, what became of a message, messages that come in.

use super::signature;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// The account that it has.
pub const ACCOUNT: &str = "ACstandin";

/// How a stand-in behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// With which callers sign in and what it sends is signed.
    pub token: SecretString,
    /// Where messages that come in are told; none without.
    pub webhook_url: Option<String>,
    /// Where a file for each message goes; none without.
    pub folder: Option<PathBuf>,
    /// It tells by itself that each message arrived.
    pub delivers: bool,
}

/// What goes wrong with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Fault {
    /// It is not taken, and a 500 is answered.
    #[serde(rename = "500")]
    Internal,
    /// It is taken, and a 500 is answered.
    #[serde(rename = "500_after")]
    InternalAfter,
    /// It is not taken, and a 429 is answered.
    #[serde(rename = "429")]
    RateLimited,
    /// It is not taken for good: the number is none.
    #[serde(rename = "400")]
    Refused,
    /// It is taken, and no answer comes.
    #[serde(rename = "hang")]
    Hang,
    /// It is not taken, and no answer comes.
    #[serde(rename = "lost")]
    Lost,
    /// It is taken, and the connection breaks in the middle of the answer.
    #[serde(rename = "drop")]
    Drop,
}

#[derive(Clone, Debug, Default)]
struct Text {
    sid: String,
    to: String,
    from: String,
    body: String,
    callback: String,
    status: String,
}

impl Text {
    fn shown(&self) -> Value {
        json!({ "sid": self.sid, "to": self.to, "from": self.from, "body": self.body, "status": self.status,
                "account_sid": ACCOUNT, "num_segments": kept_domain::sms::segments(&self.body).segments.to_string() })
    }
}

#[derive(Default)]
struct Books {
    texts: Vec<Text>,
    faults: VecDeque<Fault>,
    webhook_url: Option<String>,
}

#[derive(Clone)]
struct Standin {
    config: Config,
    books: Arc<Mutex<Books>>,
    client: reqwest::Client,
}

/// Serves a stand-in on `listener` until the future is dropped.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, config: Config) -> std::io::Result<()> {
    let books = Books { webhook_url: config.webhook_url.clone(), ..Books::default() };
    super::twilio::use_ring();
    // What it tells goes to this machine.
    let client = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
    let standin = Standin { config, books: Arc::new(Mutex::new(books)), client };
    let router = Router::new()
        .route("/2010-04-01/Accounts/{account}/Messages.json", get(list).post(take))
        .route("/sandbox/faults", post(order))
        .route("/sandbox/messages", get(all))
        .route("/sandbox/webhook", post(tell_where))
        .route("/sandbox/status", post(become_of))
        .route("/sandbox/inbound", post(come_in))
        .with_state(standin);
    axum::serve(listener, router).await
}

/// What `kept sms-sandbox` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where it listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7302")]
    pub listen: SocketAddr,
    /// With which callers sign in and what it sends is signed.
    #[arg(long, default_value = "sms-sandbox")]
    pub token: SecretString,
    /// Where messages that come in are told.
    #[arg(long)]
    pub webhook_url: Option<String>,
    /// Where a file for each message goes.
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// Tells by itself that each message arrived.
    #[arg(long)]
    pub delivers: bool,
}

/// Serves a stand-in by itself, after printing `listening<TAB>url` on standard output.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn run_standalone(args: Args) -> std::io::Result<()> {
    let listener = TcpListener::bind(args.listen).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening\thttp://{}", listener.local_addr()?)?;
    out.flush()?;
    let Args { token, webhook_url, folder, delivers, .. } = args;
    serve(listener, Config { token, webhook_url, folder, delivers }).await
}

impl Standin {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows(&self, account: &str, headers: &HeaderMap) -> bool {
        let pair = format!("{ACCOUNT}:{}", self.config.token.expose_secret());
        let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        account == ACCOUNT && given == Some(expected.as_str())
    }

    fn keep(&self, text: &Text) {
        if let Some(folder) = &self.config.folder {
            let written = std::fs::create_dir_all(folder).and_then(|()| {
                let words = format!("To: {}\nFrom: {}\n\n{}\n", text.to, text.from, text.body);
                std::fs::write(folder.join(format!("{}.txt", text.sid)), words)
            });
            if let Err(error) = written {
                tracing::warn!("{}: {error}", folder.display());
            }
        }
        self.books().texts.push(text.clone());
    }

    /// Sends a signed form; answers the status, 0 where nobody answered.
    async fn call(&self, url: &str, fields: &[(String, String)]) -> u16 {
        let signed = signature::sign(&self.config.token, url, fields);
        let answer = self.client.post(url).header(signature::HEADER, signed).form(fields).send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }

    async fn tell(&self, text: &Text, status: &str, error_code: &str) -> u16 {
        if let Some(kept) = self.books().texts.iter_mut().find(|t| t.sid == text.sid) {
            status.clone_into(&mut kept.status);
        }
        let mut fields = vec![
            ("AccountSid", ACCOUNT),
            ("MessageSid", &text.sid),
            ("SmsSid", &text.sid),
            ("MessageStatus", status),
            ("SmsStatus", status),
            ("To", &text.to),
            ("From", &text.from),
            ("ApiVersion", "2010-04-01"),
        ];
        if !error_code.is_empty() {
            fields.push(("ErrorCode", error_code));
        }
        self.call(&text.callback, &owned(&fields)).await
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn new_sid() -> String {
    format!("SM{}", uuid::Uuid::now_v7().simple())
}

fn wrong(status: StatusCode, code: u32, message: &str) -> Response {
    (status, Json(json!({ "code": code, "message": message, "status": status.as_u16() }))).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    to: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    messaging_service_sid: String,
    body: String,
    #[serde(default)]
    status_callback: String,
}

async fn take(
    State(standin): State<Standin>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Response {
    if !standin.knows(&account, &headers) {
        return wrong(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    let fault = standin.books().faults.pop_front();
    match fault {
        Some(Fault::Internal) => return wrong(StatusCode::INTERNAL_SERVER_ERROR, 20500, "An internal error"),
        Some(Fault::RateLimited) => return wrong(StatusCode::TOO_MANY_REQUESTS, 20429, "Too Many Requests"),
        Some(Fault::Refused) => return wrong(StatusCode::BAD_REQUEST, 21211, "The 'To' number is not valid"),
        Some(Fault::Lost) => return std::future::pending().await,
        _ => {}
    }
    let from = if asked.from.is_empty() { asked.messaging_service_sid } else { asked.from };
    let text = Text {
        sid: new_sid(),
        to: asked.to,
        from,
        body: asked.body,
        callback: asked.status_callback,
        status: "queued".to_owned(),
    };
    standin.keep(&text);
    if standin.config.delivers {
        let (standin, text) = (standin.clone(), text.clone());
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            standin.tell(&text, "delivered", "").await
        });
    }
    match fault {
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::InternalAfter) => wrong(StatusCode::INTERNAL_SERVER_ERROR, 20500, "An internal error"),
        Some(Fault::Drop) => {
            let pieces = [Ok(Bytes::from_static(b"{\"sid\": \"SM")), Err(std::io::Error::other("dropped on order"))];
            (StatusCode::CREATED, Body::from_stream(futures_util::stream::iter(pieces))).into_response()
        }
        _ => (StatusCode::CREATED, Json(text.shown())).into_response(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    to: String,
    #[serde(default)]
    page_size: Option<usize>,
}

async fn list(
    State(standin): State<Standin>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Query(listed): Query<Listed>,
) -> Response {
    if !standin.knows(&account, &headers) {
        return wrong(StatusCode::UNAUTHORIZED, 20003, "Authenticate");
    }
    let books = standin.books();
    let found = books.texts.iter().rev().filter(|t| listed.to.is_empty() || t.to == listed.to);
    let messages: Vec<Value> = found.take(listed.page_size.unwrap_or(50)).map(Text::shown).collect();
    Json(json!({ "messages": messages, "next_page_uri": null })).into_response()
}

async fn all(State(standin): State<Standin>) -> Json<Value> {
    let messages: Vec<Value> = standin.books().texts.iter().map(Text::shown).collect();
    Json(json!({ "messages": messages }))
}

#[derive(Deserialize)]
struct Order {
    faults: Vec<Fault>,
}

async fn order(State(standin): State<Standin>, Json(order): Json<Order>) -> Json<Value> {
    standin.books().faults = order.faults.into();
    Json(json!({}))
}

#[derive(Deserialize)]
struct Where {
    url: String,
}

async fn tell_where(State(standin): State<Standin>, Json(place): Json<Where>) -> Json<Value> {
    standin.books().webhook_url = Some(place.url);
    Json(json!({}))
}

#[derive(Deserialize)]
struct Became {
    sid: String,
    status: String,
    #[serde(default)]
    error_code: String,
}

async fn become_of(State(standin): State<Standin>, Json(became): Json<Became>) -> Response {
    let text = standin.books().texts.iter().find(|t| t.sid == became.sid).cloned();
    match text {
        None => wrong(StatusCode::NOT_FOUND, 20404, "There is no such message"),
        Some(text) => {
            let answered = standin.tell(&text, &became.status, &became.error_code).await;
            Json(json!({ "answered": answered })).into_response()
        }
    }
}

#[derive(Deserialize)]
struct Inbound {
    from: String,
    to: String,
    body: String,
    /// The same again, for a carrier that tells twice.
    #[serde(default)]
    sid: String,
}

async fn come_in(State(standin): State<Standin>, Json(inbound): Json<Inbound>) -> Response {
    let Some(url) = standin.books().webhook_url.clone() else {
        return wrong(StatusCode::CONFLICT, 1, "nobody is to be told: set the webhook");
    };
    let sid = if inbound.sid.is_empty() { new_sid() } else { inbound.sid };
    let fields = owned(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &sid),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("From", &inbound.from),
        ("To", &inbound.to),
        ("Body", &inbound.body),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("ApiVersion", "2010-04-01"),
    ]);
    let answered = standin.call(&url, &fields).await;
    Json(json!({ "answered": answered, "sid": sid })).into_response()
}
