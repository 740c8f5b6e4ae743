//! `/hooks/mail`: raw messages that a mail server or provider passes on, under a shared secret. A job settles them.

use crate::acts::settle_inbound;
use crate::app::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

/// Bytes that a message may have.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Takes a raw message. The same one a second time is answered alike and stored once.
pub async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let right = app.config.mail.hook_secret.as_ref().is_some_and(|secret| is_right(given, secret.expose_secret()));
    if !right {
        tracing::warn!("a message was refused: the secret does not fit");
        return (StatusCode::FORBIDDEN, "the secret does not fit\n");
    }
    match settle_inbound::receive_mail(&app, &body).await {
        Ok(_) => (StatusCode::OK, "received\n"),
        Err(error) => {
            tracing::error!("a message could not be stored: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "try again\n")
        }
    }
}

/// `Bearer secret`, or `Basic` with the secret as the password of whatever user.
fn is_right(given: &str, secret: &str) -> bool {
    let Some((scheme, rest)) = given.split_once(' ') else { return false };
    let said = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => rest.trim().to_owned(),
        "basic" => {
            let pair = base64::engine::general_purpose::STANDARD.decode(rest.trim()).unwrap_or_default();
            let pair = String::from_utf8(pair).unwrap_or_default();
            pair.split_once(':').map(|(_, password)| password.to_owned()).unwrap_or_default()
        }
        _ => return false,
    };
    !secret.is_empty() && bool::from(said.as_bytes().ct_eq(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::is_right;

    #[test]
    fn only_the_secret_opens() {
        for right in ["Bearer s3cret", "bearer  s3cret", "Basic aG9vazpzM2NyZXQ="] {
            assert!(is_right(right, "s3cret"), "{right}");
        }
        for wrong in ["", "s3cret", "Bearer s3cre", "Bearer ", "Basic s3cret", "Basic aG9vazp4", "Digest s3cret"] {
            assert!(!is_right(wrong, "s3cret"), "{wrong}");
        }
        assert!(!is_right("Bearer ", ""));
    }
}
