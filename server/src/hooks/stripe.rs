//! `/hooks/stripe`: verify the signature over the raw body, store the message, answer. A job settles it.

use crate::acts::settle_payment;
use crate::app::App;
use crate::gateway::notice;
use crate::gateway::signature;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

/// Bytes that a message may have; Stripe's are a few thousand.
pub const BODY_BYTES_MAX: usize = 512 * 1024;

/// Takes a message of the gateway. A second one with the same id is answered alike and stored once.
pub async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let header = headers.get("stripe-signature").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let now_s = app.clock.now_ms() / 1000;
    if let Err(error) = signature::verify(&body, header, &app.config.stripe.webhook_secrets, now_s) {
        tracing::warn!("a gateway message was refused: {error}");
        return (StatusCode::BAD_REQUEST, "the signature does not fit\n");
    }
    let (Ok(said), Ok(text)) = (notice::read(&body), std::str::from_utf8(&body)) else {
        return (StatusCode::BAD_REQUEST, "this is not an event\n");
    };
    match settle_payment::receive(&app, text, &said).await {
        Ok(_) => (StatusCode::OK, "received\n"),
        Err(error) => {
            tracing::error!("a gateway message could not be stored: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "try again\n")
        }
    }
}
