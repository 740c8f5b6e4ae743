//! The document around every page: doctype, title, inline styles, the way scripts start, and the headers that keep it
//! safe. Nothing on a page comes from elsewhere.

use crate::app::App;
use crate::bundle::Bundle;
use crate::gzip;
use crate::style::Styles;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use bytes::Bytes;
use leptos::prelude::{IntoView, Owner, RenderHtml};

/// Where Stripe's own hosted page stands.
const STRIPE_CHECKOUT: &str = "https://checkout.stripe.com";

/// A page about to be sent.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    title: &'a str,
    styles: &'static Styles,
    status: StatusCode,
    bundle: Option<&'static Bundle>,
    looks_again: Option<u32>,
    form_action: Option<String>,
}

impl<'a> Document<'a> {
    /// A page with a title and its styles.
    pub fn new(title: &'a str, styles: &'static Styles) -> Self {
        Self { title, styles, status: StatusCode::OK, bundle: None, looks_again: None, form_action: None }
    }

    /// With another status than 200.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With scripts that wake its islands, where the server was built with them.
    pub fn islands(mut self, bundle: &'static Bundle) -> Self {
        self.bundle = bundle.is_present().then_some(bundle);
        self
    }

    /// The browser asks for it again after so many seconds.
    pub fn looks_again(mut self, seconds: u32) -> Self {
        self.looks_again = Some(seconds);
        self
    }

    /// Its form leads on to the gateway's hosted page.
    pub fn leads_to_gateway(mut self, app: &App) -> Self {
        let origin = app.config.stripe.checkout_origin.clone();
        self.form_action = Some(origin.unwrap_or_else(|| STRIPE_CHECKOUT.to_owned()));
        self
    }

    /// Renders the page and sends it.
    pub fn send<V: IntoView>(self, view: impl FnOnce() -> V) -> Response {
        let owner = Owner::new();
        let body = owner.with(|| view().into_view().to_html());
        self.send_html(&body)
    }

    fn send_html(self, body: &str) -> Response {
        let Ok(nonce) = nonce() else {
            return (StatusCode::SERVICE_UNAVAILABLE, "no randomness\n").into_response();
        };
        let mut html = String::with_capacity(self.styles.text.len() + body.len() + 768);
        html.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
        escape(self.title, &mut html);
        html.push_str(concat!(
            "</title><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">",
            "<meta name=\"robots\" content=\"noindex,nofollow\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">",
            "<style nonce=\"",
        ));
        html.push_str(&nonce);
        html.push_str("\">");
        let before = html.len();
        html.push_str(&self.styles.text);
        html.push_str("</style>");
        if let Some(bundle) = self.bundle {
            for text in ["<script type=\"module\" nonce=\"", &nonce, "\" src=\"", bundle.boot_js_path, "\"></script>"] {
                html.push_str(text);
            }
        }
        html.push_str("</head><body>");
        html.push_str(body);
        html.push_str("</body></html>");
        let html = Bytes::from(html);
        let mut response = (self.status, Html(html.clone())).into_response();
        response.extensions_mut().insert(Whole { html, before, styles: self.styles });
        let headers = response.headers_mut();
        let gateway = self.form_action.as_deref().unwrap_or_default();
        if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce, gateway)) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if let Some(seconds) = self.looks_again {
            headers.insert(header::REFRESH, HeaderValue::from(seconds));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
        response
    }
}

/// A page beside the answer that carries it: all of it, with its styles after so many bytes.
#[derive(Clone)]
struct Whole {
    html: Bytes,
    before: usize,
    styles: &'static Styles,
}

/// Compresses a page for a browser that takes gzip, as all do.
pub fn compress(response: &mut Response) {
    let Some(Whole { html, before, styles }) = response.extensions_mut().remove::<Whole>() else { return };
    let after = before + styles.text.len();
    let made = gzip::whole(&html[..before], styles.text.as_bytes(), &styles.piece, &html[after..]);
    *response.body_mut() = Body::from(made);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
}

fn content_security_policy(nonce: &str, gateway: &str) -> String {
    [
        "default-src 'none'; script-src 'self' 'nonce-",
        nonce,
        "' 'wasm-unsafe-eval'; style-src 'nonce-",
        nonce,
        "'; connect-src 'self'; img-src 'self' data:; form-action 'self'",
        if gateway.is_empty() { "" } else { " " },
        gateway,
        "; base-uri 'none'; frame-ancestors 'none'",
    ]
    .concat()
}

/// What every answer carries, whatever it is.
pub fn guard(headers: &mut HeaderMap, https: bool) {
    const ALWAYS: [(&str, &str); 6] = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        (
            "permissions-policy",
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if https {
        let a_year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, a_year);
    }
}

fn nonce() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos::prelude::*;
    use std::io::Read as _;
    use std::sync::LazyLock;

    static CSS: LazyLock<Styles> = LazyLock::new(|| Styles::new("p{color:red}".to_owned()));

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn hostile_text_stays_text() {
        let hostile = "</title><script>alert(1)</script>".to_owned();
        let attribute = hostile.clone();
        let response = Document::new(&hostile, &CSS).send(|| view! { <p title=attribute>{hostile.clone()}</p> });
        let page = text(response).await;
        assert!(!page.contains("<script"), "{page}");
    }

    #[tokio::test]
    async fn the_nonce_is_new_each_time_and_the_same_in_page_and_header() {
        let send = || Document::new("x", &CSS).send(|| view! { <p>"x"</p> });
        let (one, two) = (send(), send());
        let policy = one.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert_ne!(policy, two.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap());
        let nonce = policy.split("style-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(text(one).await.contains(&format!("<style nonce=\"{nonce}\">")));
    }
    #[tokio::test]
    async fn a_compressed_page_is_the_same_page() {
        for words in ["p{color:red}".to_owned(), String::new(), "p{color:red} £ ".repeat(20_000)] {
            let mut small = Document::new("p{color:red}", &CSS).send(|| view! { <p>{words.clone()}</p> });
            let whole = small.extensions().get::<Whole>().unwrap().html.clone();
            compress(&mut small);
            assert_eq!(small.headers()[header::CONTENT_ENCODING], "gzip");
            let bytes = axum::body::to_bytes(small.into_body(), usize::MAX).await.unwrap();
            let mut read = Vec::new();
            // The decoder checks the sum and the length, too.
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut read).unwrap();
            assert!(read == whole, "another page");
        }
    }
}
