//! `/hooks/sms`: what the carrier of text messages tells, and what people text back. The signature is checked before
//! anything is believed or stored; a job settles it.

use crate::acts::settle_inbound;
use crate::app::App;
use crate::sms::signature;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Bytes that a message may have.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Takes a status or a text message that came in. A second one with the same id is answered alike and stored once.
pub async fn receive(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refused = || (StatusCode::FORBIDDEN, "the signature does not fit\n").into_response();
    let Some(token) = &app.config.sms.auth_token else { return refused() };
    let Ok(fields) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(&body) else { return refused() };
    let url = format!("{}{}", app.public_url(), uri.path_and_query().map_or("", |path| path.as_str()));
    let given = headers.get(signature::HEADER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !signature::is_right(token, &url, &fields, given) {
        tracing::warn!("a message about text messages was refused: the signature does not fit");
        return refused();
    }
    let asked: Vec<(String, String)> = serde_urlencoded::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let of = asked.iter().find(|(name, _)| name == "of").map_or("", |(_, value)| value.as_str());
    if !fields.iter().any(|(name, value)| name == "MessageSid" && !value.is_empty()) {
        return (StatusCode::BAD_REQUEST, "this is no message\n").into_response();
    }
    match settle_inbound::receive_sms(&app, &fields, of).await {
        // An empty answer in the carrier's own language: nothing is texted back.
        Ok(_) => ([(header::CONTENT_TYPE, "text/xml")], "<Response/>").into_response(),
        Err(error) => {
            tracing::error!("a message about text messages could not be stored: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "try again\n").into_response()
        }
    }
}
