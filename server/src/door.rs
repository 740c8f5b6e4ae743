//! What every door does before it opens: where a request comes from, how often, with which cookie; and how it says no.

use crate::app::App;
use crate::gzip;
use crate::network::network;
use crate::page::{self, Document};
use crate::secret;
use crate::store;
use crate::style::PORTAL_CSS;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota};
use kept_portal::gate::{SignedOutPage, ToldPage};
use leptos::prelude::*;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

/// Why a door says no.
#[derive(Debug)]
pub enum No {
    /// There is no such page, or it is not this visitor's.
    NotFound,
    /// There is no session.
    SignedOut,
    /// Too many requests.
    TooMany,
    /// A form on another site sent this.
    CrossSite,
    /// What was sent cannot be read.
    Unreadable,
    /// What was sent is larger than is read.
    TooLarge,
    /// Something failed that nobody here can mend: it is logged once, with the id that the visitor sees.
    Failed(String),
}

impl No {
    /// Why something could not be read, from the status with which the framework refuses it.
    pub fn unread(status: StatusCode) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE { Self::TooLarge } else { Self::Unreadable }
    }
}

impl From<store::Error> for No {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl<R: std::fmt::Debug> From<crate::acts::Failure<R>> for No {
    /// For refusals that the door has no words for: they cannot happen to somebody who uses the pages.
    fn from(failure: crate::acts::Failure<R>) -> Self {
        match failure {
            crate::acts::Failure::NotFound => Self::NotFound,
            crate::acts::Failure::Refused(refusal) => Self::Failed(format!("refused: {refusal:?}")),
            crate::acts::Failure::Store(error) => error.into(),
        }
    }
}

impl No {
    fn words(&self) -> (StatusCode, &'static str, String) {
        let told = |status, heading, words: &str| (status, heading, words.to_owned());
        match self {
            Self::NotFound => {
                told(StatusCode::NOT_FOUND, "Page not found", "Please check the address, or open your link again.")
            }
            Self::SignedOut => told(StatusCode::UNAUTHORIZED, "Please open your link again", ""),
            Self::TooMany => told(
                StatusCode::TOO_MANY_REQUESTS,
                "Please wait a minute",
                "There were many tries in a short time. Please wait a minute and try again.",
            ),
            Self::CrossSite => told(
                StatusCode::FORBIDDEN,
                "Please start from your account",
                "This was sent from another site, so nothing was done. Open your account and try again.",
            ),
            Self::Unreadable => told(
                StatusCode::BAD_REQUEST,
                "We could not read that",
                "Nothing was done. Please go back and try again.",
            ),
            Self::TooLarge => told(
                StatusCode::PAYLOAD_TOO_LARGE,
                "That was too large",
                "Nothing was done. Please go back and send a smaller file, or less text.",
            ),
            Self::Failed(reason) => {
                let id: String = secret::new_id();
                tracing::error!(id, "{reason}");
                let words = format!(
                    "This is our fault, and nothing was done. Please try again in a few minutes. If you tell us about it, give this number: {id}"
                );
                (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", words)
            }
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let (status, heading, words) = self.words();
        let document = Document::new(heading, &PORTAL_CSS).status(status);
        match self {
            Self::SignedOut => document.send(|| view! { <SignedOutPage left=false/> }),
            _ => document.send(|| view! { <ToldPage heading words/> }),
        }
    }
}

/// What a door answers.
pub type Answer = Result<Response, No>;

/// 303 to another page of ours.
pub fn see_other(to: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(to) else { return StatusCode::SEE_OTHER.into_response() };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, NO_STORE)]).into_response()
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A program's answer, which no cache keeps.
pub fn json<T: serde::Serialize>(status: StatusCode, body: &T) -> Response {
    (status, [(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response()
}

/// Whether the visitor's script asked, not the browser itself.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.split(';').next().is_some_and(|k| k.trim() == "application/json"))
}

/// Everything that every request goes through: the log, the headers, the origin of what changes something.
pub async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let takes_gzip = gzip::is_taken(request.headers());
    let path = redacted(request.uri().path());
    let https = app.public_url().starts_with("https://");
    // A mail program presses an unsubscribe link for its reader, from wherever it is: the token is what it needs.
    let from_anywhere = path.starts_with("/hooks/") || path.starts_with("/u/");
    let refused = !from_anywhere && !is_same_origin(&method, request.headers(), &app.public_url());
    let mut response = if refused { No::CrossSite.into_response() } else { next.run(request).await };
    if !path.starts_with("/hooks/") {
        response = in_words(response);
    }
    if takes_gzip {
        page::compress(&mut response);
    }
    page::guard(response.headers_mut(), https);
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "kept::request", %method, path, status = response.status().as_u16(), ms);
    response
}

/// What the framework itself refuses (a path or a query that is no text, a method that is not there) it answers with a
/// bare line for programmers; people get a page, with the same status.
fn in_words(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if !status.is_client_error() || kind.is_some_and(|kind| !kind.starts_with("text/plain")) {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let mut page = No::unread(status).into_response();
    *page.status_mut() = status;
    if let Some(allowed) = allowed {
        page.headers_mut().insert(header::ALLOW, allowed);
    }
    page
}

/// A path as it may stand in a log: the token of a link, an unsubscribe link or an invitation never does.
pub fn redacted(path: &str) -> String {
    if path.starts_with("/console/invite/") {
        return "/console/invite/[token]".to_owned();
    }
    if path.starts_with("/u/") {
        return "/u/[token]".to_owned();
    }
    match path.strip_prefix("/l/") {
        None => path.chars().filter(|c| !c.is_control()).take(200).collect(),
        Some(rest) if rest.ends_with("/fresh") => "/l/[token]/fresh".to_owned(),
        Some(_) => "/l/[token]".to_owned(),
    }
}

/// Whether a request may change something: browsers say where it comes from (`Sec-Fetch-Site`, else `Origin`). A
/// program says neither, and carries no cookie that it was not given.
fn is_same_origin(method: &Method, headers: &HeaderMap, public_url: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return sites.all(|site| site == "same-origin" || site == "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = text(header::HOST).unwrap_or_default();
    origin == public_url || origin.split_once("://").is_some_and(|(_, authority)| !host.is_empty() && authority == host)
}

/// Where a request comes from: the peer, or what a configured proxy says in `X-Forwarded-For`.
pub fn address(app: &App, peer: Option<&ConnectInfo<SocketAddr>>, headers: &HeaderMap) -> IpAddr {
    let peer = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |p| p.0.ip());
    let trusted = &app.config.trusted_proxies;
    if !trusted.contains(&peer) {
        return peer;
    }
    let named = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let hops: Vec<IpAddr> = named.flat_map(|v| v.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !trusted.contains(hop)).unwrap_or(peer)
}

/// Whether somebody at this address has to show a code before they may become the owner: everybody, but who sits at the
/// machine of a server that is tried out on it.
pub fn asks_for_code(app: &App, address: IpAddr) -> bool {
    !(is_local(&app.public_url()) && address.to_canonical().is_loopback())
}

/// How often doors may be knocked at. One for the whole process.
#[derive(Clone)]
pub struct Limits(Arc<Quotas>);

struct Quotas {
    /// Answers to identity questions, passwords, asking for links and codes, by address.
    strangers: DefaultKeyedRateLimiter<IpAddr>,
    /// Whatever changes something, by address.
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    /// Whatever changes something, by session.
    sessions: DefaultKeyedRateLimiter<String>,
}

const fn per_second(rate: u32, burst: u32) -> Quota {
    let (rate, burst) = (NonZeroU32::MIN.saturating_add(rate - 1), NonZeroU32::MIN.saturating_add(burst - 1));
    Quota::per_second(rate).allow_burst(burst)
}

impl Default for Limits {
    fn default() -> Self {
        Self(Arc::new(Quotas {
            strangers: DefaultKeyedRateLimiter::keyed(per_second(1, 60)),
            addresses: DefaultKeyedRateLimiter::keyed(per_second(500, 2000)),
            sessions: DefaultKeyedRateLimiter::keyed(per_second(5, 120)),
        }))
    }
}

impl Limits {
    /// Counts a try of somebody who has not shown who they are.
    ///
    /// # Errors
    /// [`No::TooMany`] beyond 60 at once and one a second after.
    pub fn stranger(&self, address: IpAddr) -> Result<(), No> {
        self.0.strangers.check_key(&network(address)).map_err(|_| No::TooMany)
    }

    /// Counts a change by somebody with a session.
    ///
    /// # Errors
    /// [`No::TooMany`] beyond 120 at once and five a second after, or 2000 and 500 from one address.
    pub fn change(&self, address: IpAddr, session: &str) -> Result<(), No> {
        self.0.addresses.check_key(&network(address)).map_err(|_| No::TooMany)?;
        self.0.sessions.check_key(&session.to_owned()).map_err(|_| No::TooMany)
    }

    /// Forgets those who have been quiet, so that memory does not grow with every address ever seen.
    pub fn forget(&self) {
        self.0.strangers.retain_recent();
        self.0.addresses.retain_recent();
        self.0.sessions.retain_recent();
    }
}

/// A cookie of ours: `__Host-` and Secure, but for a server that is tried out on this very machine without https.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    plain: &'static str,
    host: &'static str,
}

/// The debtor's session.
pub const PORTAL_COOKIE: Cookie = Cookie { plain: "kept", host: "__Host-kept" };
/// The session of somebody of the business.
pub const CONSOLE_COOKIE: Cookie = Cookie { plain: "kept-console", host: "__Host-kept-console" };

impl Cookie {
    fn name(self, app: &App) -> &'static str {
        if is_local(&app.public_url()) { self.plain } else { self.host }
    }

    /// What the browser sent.
    pub fn read<'a>(self, app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(app);
        let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        all.flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(n, value)| (n == name && !value.is_empty()).then_some(value))
    }

    /// `Set-Cookie` for a new session; it ends with the browser or when the server says so.
    pub fn set(self, app: &App, value: &str) -> (HeaderName, String) {
        let secure = if is_local(&app.public_url()) { "" } else { "; Secure" };
        (header::SET_COOKIE, format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name(app)))
    }

    /// `Set-Cookie` that removes it.
    pub fn clear(self, app: &App) -> (HeaderName, String) {
        let (name, cookie) = self.set(app, "");
        (name, format!("{cookie}; Max-Age=0"))
    }
}

/// Whether this is a server that somebody tries out on their own machine without https.
fn is_local(public_url: &str) -> bool {
    let Some(authority) = public_url.strip_prefix("http://") else { return false };
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, port)| if port.bytes().all(|b| b.is_ascii_digit()) { host } else { authority });
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn a_token_is_never_in_a_log() {
        for (path, expected) in [
            ("/l/abc-DEF_123", "/l/[token]"),
            ("/l/abc/fresh", "/l/[token]/fresh"),
            ("/l/a/b/c", "/l/[token]"),
            ("/u/abc-DEF_123", "/u/[token]"),
            ("/account", "/account"),
            ("/account\n2026 fake", "/account2026 fake"),
        ] {
            assert_eq!(redacted(path), expected);
        }
    }

    #[test]
    fn another_site_cannot_send_forms_here() {
        let ours = "https://pay.example.com";
        for (given, expected) in [
            (headers(&[("sec-fetch-site", "same-origin")]), true),
            (headers(&[("sec-fetch-site", "none")]), true),
            (headers(&[("sec-fetch-site", "same-site")]), false),
            (headers(&[("sec-fetch-site", "cross-site"), ("origin", "https://pay.example.com")]), false),
            (HeaderMap::from_iter(["same-origin", "cross-site"].map(|v| (SITE, HeaderValue::from_static(v)))), false),
            (headers(&[("origin", "https://pay.example.com")]), true),
            (headers(&[("origin", "https://evil.example"), ("host", "pay.example.com")]), false),
            (headers(&[("origin", "null"), ("host", "pay.example.com")]), false),
            (headers(&[("origin", "http://127.0.0.1:7300"), ("host", "127.0.0.1:7300")]), true),
            (headers(&[]), true),
        ] {
            assert_eq!(is_same_origin(&Method::POST, &given, ours), expected, "{given:?}");
            assert!(is_same_origin(&Method::GET, &given, ours));
        }
    }

    #[test]
    fn the_plain_cookie_is_only_for_this_machine() {
        for url in ["http://localhost:7300", "http://127.0.0.1", "http://[::1]:80"] {
            assert!(is_local(url), "{url}");
        }
        for url in ["https://localhost", "http://localhost.example", "http://10.0.0.1:80", "https://pay.example.com"] {
            assert!(!is_local(url), "{url}");
        }
    }

    #[test]
    fn one_network_counts_as_one() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(ip("2001:db8::1")), network(ip("2001:db8::ffff")));
        assert_ne!(network(ip("2001:db8:0:1::1")), network(ip("2001:db8::1")));
        assert_eq!(network(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
    }

    #[test]
    fn who_has_not_shown_who_they_are_has_few_tries() {
        let limits = Limits::default();
        let taken = (0..100).filter(|_| limits.stranger(IpAddr::from([10, 0, 0, 1])).is_ok()).count();
        assert_eq!(taken, 60);
        assert!(limits.stranger(IpAddr::from([10, 0, 0, 2])).is_ok());
    }

    #[test]
    fn only_a_script_gets_json() {
        assert!(wants_json(&headers(&[("accept", "application/json")])));
        assert!(!wants_json(&headers(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")])));
    }
}
