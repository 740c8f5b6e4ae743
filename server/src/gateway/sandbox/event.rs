//! What happened, as Stripe tells it: the same words go to webhooks and to `/v1/events`.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Object},
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
};
use crate::gateway::stripe::STRIPE_VERSION;

/// Something that happened.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) kind: &'static str,
    /// What it is about, as it was then.
    pub(super) object: Value,
}

impl Event {
    /// As a webhook carries it.
    pub(super) fn payload(&self) -> Value {
        json!({
            "id": self.id,
            "object": "event",
            "api_version": STRIPE_VERSION,
            "created": self.created_s,
            "data": { "object": self.object },
            "livemode": false,
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": self.kind,
        })
    }
}

impl Object for Event {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, _: &Books, _: &Expand) -> Value {
        self.payload()
    }
}

impl Books {
    /// `GET /v1/events`
    pub(super) fn list_events(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["type", "types"]].concat())?;
        let kind = params.text("type");
        let kinds = params.texts("types");
        page(&self.events, self, params, "/v1/events", |event| {
            kind.is_none_or(|kind| event.kind == kind)
                && (kinds.is_empty() || kinds.values().any(|kind| event.kind == kind))
        })
    }
}
