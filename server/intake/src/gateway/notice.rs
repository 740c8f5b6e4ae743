//! What a webhook says happened. It is a reason to ask the gateway, never a proof: events come late, twice and in any
//! order, and only the gateway itself tells how things stand.

use serde::Deserialize;
use serde_json::Value;

/// A webhook's event, as far as it tells what to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The event's id: the same event may come any number of times.
    pub id: String,
    /// Such as `checkout.session.completed`.
    pub kind: String,
    /// When it happened, in epoch milliseconds.
    pub created_at_ms: i64,
    /// The attempt it is about, where the event carries it; refunds and disputes name only the payment.
    pub attempt_id: Option<String>,
    /// The creditor, where the event carries it.
    pub business_id: Option<String>,
    /// The hosted page it is about.
    pub session: Option<String>,
    /// The payment it is about.
    pub payment_intent: Option<String>,
    /// The gateway's id of the dispute it is about.
    pub dispute: Option<String>,
}

/// Why a body is no event; for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAnEvent(pub String);

impl std::fmt::Display for NotAnEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAnEvent {}

/// Reads a webhook's body, whose signature was verified before.
///
/// # Errors
/// [`NotAnEvent`] for a body that is no event of Stripe's.
pub fn read(raw_body: &[u8]) -> Result<Notice, NotAnEvent> {
    let strange = NotAnEvent;
    let event: Event = serde_json::from_slice(raw_body).map_err(|e| strange(e.to_string()))?;
    if event.object != "event" {
        return Err(strange(format!("a webhook carries a {:?}, not an event", event.object)));
    }
    // Other kinds of event carry other objects: what is not text where text is looked for is not there.
    let about = event.data.object;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let named = |name: &str| text(&about[name]);
    let is = |kind: &str| about["object"] == kind;
    let dispute = match is("dispute") {
        true => Some(named("id").ok_or_else(|| strange("a dispute without an id".into()))?),
        false => None,
    };
    Ok(Notice {
        id: event.id,
        kind: event.kind,
        created_at_ms: event.created.saturating_mul(1000),
        attempt_id: text(&about["metadata"]["attempt_id"]).or_else(|| named("client_reference_id")),
        business_id: text(&about["metadata"]["business_id"]),
        session: if is("checkout.session") { named("id") } else { None },
        payment_intent: if is("payment_intent") { named("id") } else { named("payment_intent") },
        dispute,
    })
}

#[derive(Deserialize)]
struct Event {
    id: String,
    object: String,
    created: i64,
    data: Data,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_event_is_refused() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"id":"x","object":"charge","created":1,"type":"t","data":{"object":{}}}"#,
            r#"{"id":"x","object":"event","created":"soon","type":"t","data":{"object":{}}}"#,
            r#"{"id":"x","object":"event","created":1,"type":"t","data":{"object":{"object":"dispute"}}}"#,
        ] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn an_event_about_something_else_is_read_all_the_same() {
        let body = r#"{"id":"evt_1","object":"event","created":5,"type":"account.updated",
            "data":{"object":{"id":"acct_1","object":"account","metadata":null,"status":{},"amount":"x"}}}"#;
        let notice = read(body.as_bytes()).unwrap();
        assert_eq!((notice.kind.as_str(), notice.created_at_ms), ("account.updated", 5000));
        assert_eq!((notice.session, notice.payment_intent, notice.dispute), (None, None, None));
    }
}
