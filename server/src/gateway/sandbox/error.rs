//! Errors in Stripe's words and shape (<https://docs.stripe.com/api/errors>).

use serde_json::{Map, Value, json};

use super::card::Decline;

/// A call that is not answered with success.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    more: Map<String, Value>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, code: None, message: message.into(), more: Map::new() }
    }

    /// A field that cannot be right; an empty `param` names none.
    pub(super) fn invalid(message: impl Into<String>, param: &str) -> Self {
        let mut error = Self::new(400, "invalid_request_error", message);
        if !param.is_empty() {
            error.more.insert("param".into(), param.into());
        }
        error
    }

    /// An id that names nothing.
    pub(super) fn missing(what: &str, id: &str) -> Self {
        let mut error = Self::invalid(format!("No such {what}: '{id}'"), "id");
        error.status = 404;
        error.code("resource_missing")
    }

    /// A URL that names nothing.
    pub(super) fn unrecognized(method: &str, path: &str) -> Self {
        let mut error = Self::invalid(
            format!("Unrecognized request URL ({method}: {path}). This stand-in knows only what Kept uses."),
            "",
        );
        error.status = 404;
        error
    }

    /// No key, or not the right one.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// A card that was refused while its holder is away.
    pub(super) fn card(decline: &Decline, payment_intent: Value, charge: Option<&str>) -> Self {
        let mut error = Self::new(402, "card_error", decline.message);
        error.code = Some(decline.code);
        error.more.extend(
            [
                ("decline_code", json!(decline.decline_code)),
                ("charge", json!(charge)),
                ("payment_intent", payment_intent),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        error
    }

    /// The key was used with other parameters.
    pub(super) fn key_reused(key: &str) -> Self {
        Self::new(
            400,
            "idempotency_error",
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                 Try using a key other than '{key}' if you meant to execute a different request."
            ),
        )
    }

    /// A request with the same key is still running.
    pub(super) fn key_in_use(key: &str) -> Self {
        Self::new(
            409,
            "idempotency_error",
            format!("There is currently another in-progress request using this Idempotency Key: {key}"),
        )
        .code("idempotency_key_in_use")
    }

    /// Too many requests, on order.
    pub(super) fn rate_limited() -> Self {
        Self::new(
            429,
            "invalid_request_error",
            "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
        )
        .code("rate_limit")
    }

    /// A failure of the gateway itself, on order.
    pub(super) fn internal() -> Self {
        Self::new(500, "api_error", "An unknown error occurred.")
    }

    /// Adds the machine-readable code.
    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Stripe keeps what came of a request once it began to execute: declines and its own failures, not refusals
    /// of the request itself.
    pub(super) fn executed(&self) -> bool {
        self.status == 402 || self.status >= 500
    }

    /// The body, as JSON.
    pub(super) fn body(&self, request_id: &str) -> Value {
        let mut error = self.more.clone();
        error.insert("type".into(), self.kind.into());
        error.insert("message".into(), self.message.clone().into());
        error.insert("request_log_url".into(), format!("https://dashboard.stripe.com/test/logs/{request_id}").into());
        if let Some(code) = self.code {
            error.insert("code".into(), code.into());
            error.insert(
                "doc_url".into(),
                format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")).into(),
            );
        }
        json!({ "error": error })
    }
}
