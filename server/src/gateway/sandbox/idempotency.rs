//! Idempotency keys as Stripe documents them (<https://docs.stripe.com/api/idempotent_requests>).

use std::collections::HashMap;

use serde_json::Value;

use super::{error::ApiError, form::Params};

/// How long a key is remembered.
pub(super) const KEY_LIFE_S: i64 = 24 * 3600;
const KEY_CHARS_MAX: usize = 255;

/// What a request asked: the same key must ask the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) params: Params,
}

/// An answer that is given again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) request_id: String,
}

struct Key {
    asked: Asked,
    first_at_s: i64,
    /// Absent while the first request still runs.
    answer: Option<Answer>,
}

/// The keys of the last 24 hours.
#[derive(Default)]
pub(super) struct Keys(HashMap<String, Key>);

impl Keys {
    /// Starts a request with `key`; `Some` is the answer of the first one, which stands.
    pub(super) fn begin(&mut self, key: &str, asked: Asked, now_s: i64) -> Result<Option<Answer>, ApiError> {
        if key.len() > KEY_CHARS_MAX {
            return Err(ApiError::invalid("Idempotency keys are at most 255 characters long.", ""));
        }
        if let Some(known) = self.0.get(key)
            && now_s < known.first_at_s.saturating_add(KEY_LIFE_S)
        {
            return match &known.answer {
                _ if known.asked != asked => Err(ApiError::key_reused(key)),
                None => Err(ApiError::key_in_use(key)),
                Some(answer) => Ok(Some(answer.clone())),
            };
        }
        let first = Key { asked, first_at_s: now_s, answer: None };
        self.0.insert(key.to_owned(), first);
        Ok(None)
    }

    /// Keeps what came of the first request with `key`.
    pub(super) fn keep(&mut self, key: &str, answer: Answer) {
        if let Some(known) = self.0.get_mut(key) {
            known.answer = Some(answer);
        }
    }

    /// Forgets a request that never began to execute.
    pub(super) fn forget(&mut self, key: &str) {
        self.0.remove(key);
    }
}
