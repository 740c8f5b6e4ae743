//! The browser's bundles, embedded by `build.rs`, and the routes that serve them and the few public files.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Where one bundle's files are served. Empty paths when the server was built with `KEPT_SKIP_BUNDLE=1`.
#[derive(Debug)]
pub struct Bundle {
    /// The module that a page names in `<script type="module" src=…>`; it loads the other two.
    pub boot_js_path: &'static str,
    /// The glue between JavaScript and WebAssembly; worth a `<link rel="modulepreload">`.
    pub js_path: &'static str,
    /// The WebAssembly.
    pub wasm_path: &'static str,
}

impl Bundle {
    /// Whether the bundle was built in; a page without one has no script.
    pub fn is_present(&self) -> bool {
        !self.boot_js_path.is_empty()
    }

    /// The size of JavaScript and WebAssembly together as a browser receives them, in bytes of brotli.
    pub fn brotli_bytes(&self) -> usize {
        [self.boot_js_path, self.js_path, self.wasm_path]
            .into_iter()
            .filter_map(find_file_by_path)
            .map(|file| file.brotli.len())
            .sum()
    }
}

struct File {
    name: &'static str,
    content_type: &'static str,
    identity: &'static [u8],
    brotli: &'static [u8],
}

mod made {
    use super::{Bundle, File};
    include!(concat!(env!("OUT_DIR"), "/bundle.rs"));
}

/// The debtor's bundle.
pub fn portal() -> &'static Bundle {
    &made::PORTAL
}

/// The business's bundle.
pub fn console() -> &'static Bundle {
    &made::CONSOLE
}

/// `/pkg/{file}`, whose names change with their content and so are kept for ever, `/favicon.svg` and `/robots.txt`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/pkg/{file}", get(serve_file))
        .route("/favicon.svg", get(|| async { public_file("image/svg+xml", include_str!("../../public/favicon.svg")) }))
        .route(
            "/robots.txt",
            get(|| async { public_file("text/plain; charset=utf-8", include_str!("../../public/robots.txt")) }),
        )
}

async fn serve_file(Path(name): Path<String>, request: HeaderMap) -> Response {
    let Some(file) = find_file(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        NOSNIFF,
    ];
    if accepts_brotli(&request) {
        (headers, [(header::CONTENT_ENCODING, HeaderValue::from_static("br"))], file.brotli).into_response()
    } else {
        (headers, file.identity).into_response()
    }
}

fn public_file(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        NOSNIFF,
    ];
    (headers, content)
}

const NOSNIFF: (HeaderName, HeaderValue) = (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));

fn find_file(name: &str) -> Option<&'static File> {
    made::FILES.iter().find(|file| file.name == name)
}

fn find_file_by_path(path: &str) -> Option<&'static File> {
    find_file(path.strip_prefix("/pkg/")?)
}

/// Whether `Accept-Encoding` names `br` (or `*`) with a weight above zero (RFC 9110, section 12.5.3).
fn accepts_brotli(request: &HeaderMap) -> bool {
    let weight_of = |wanted: &str| {
        request
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(|coding| {
                let mut parts = coding.split(';').map(str::trim);
                let named = parts.next()?.eq_ignore_ascii_case(wanted);
                let weight = parts
                    .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                    .map_or(Some(1.0), |q| q.parse::<f32>().ok());
                named.then_some(weight.unwrap_or(0.0))
            })
    };
    weight_of("br").or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_only_to_those_who_take_it() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("BR", true),
            ("br;q=0.5", true),
            ("*", true),
            ("*, br;q=0", false),
            ("gzip;q=1, br; q=0", false),
            ("gzip", false),
            ("brotli", false),
            ("br;q=lots", false),
            ("", false),
        ] {
            let mut request = HeaderMap::new();
            request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(accepts_brotli(&request), expected, "{header}");
        }
        assert!(!accepts_brotli(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_not_found() {
        let response = serve_file(Path("../Cargo.toml".into()), HeaderMap::new()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn every_embedded_file_is_served_in_both_forms() {
        for file in made::FILES {
            let plain = serve_file(Path(file.name.into()), HeaderMap::new()).await;
            assert_eq!(plain.status(), StatusCode::OK);
            assert_eq!(plain.headers()[header::CONTENT_TYPE], file.content_type);
            assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));

            let mut request = HeaderMap::new();
            request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
            let small = serve_file(Path(file.name.into()), request).await;
            assert_eq!(small.headers()[header::CONTENT_ENCODING], "br");
            assert_eq!(small.headers()[header::VARY], "accept-encoding");
            assert_eq!(small.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    /// What a slow phone pays for: the debtor's bundle stays within 80 KB.
    #[test]
    fn the_portal_bundle_keeps_to_its_budget() {
        assert!(portal().brotli_bytes() <= 80_000, "{} bytes of brotli", portal().brotli_bytes());
    }

    #[test]
    fn a_bundle_is_there_whole_or_not_at_all() {
        for bundle in [portal(), console()] {
            for path in [bundle.boot_js_path, bundle.js_path, bundle.wasm_path] {
                assert_eq!(find_file_by_path(path).is_some(), bundle.is_present(), "{path}");
            }
        }
    }
}
