//! What a webhook says happened. It is a reason to ask the gateway, never a proof: events come late, twice and in any
//! order, and only the gateway itself tells how things stand.

use serde::Deserialize;
use serde_json::Value;

use super::amount;

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
    /// The dispute it is about.
    pub dispute: Option<Dispute>,
}

/// A cardholder contests a payment with their bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The gateway's id.
    pub id: String,
    /// How much is contested, in ISO 4217 minor units.
    pub amount_minor: i64,
    /// ISO 4217 code, in lower case.
    pub currency: String,
    /// Such as `needs_response`, `won` or `lost`.
    pub status: String,
    /// Such as `fraudulent` or `product_not_received`.
    pub reason: String,
}

impl Dispute {
    /// Whether the bank took money back. An inquiry (`warning_…`) has not; if it becomes a dispute, another event says so
    /// (<https://docs.stripe.com/disputes/how-disputes-work#inquiries>).
    #[must_use]
    pub fn took_money(&self) -> bool {
        !self.status.starts_with("warning_")
    }

    /// Whether the bank has decided, or dropped it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "won" | "lost" | "warning_closed")
    }
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
    let dispute = if is("dispute") {
        let currency = named("currency").unwrap_or_default();
        let amount_minor = about["amount"].as_i64().and_then(|stripe| amount::from_stripe(stripe, &currency));
        Some(Dispute {
            id: named("id").ok_or_else(|| strange("a dispute without an id".into()))?,
            amount_minor: amount_minor.ok_or_else(|| strange("a dispute without an amount".into()))?,
            currency,
            status: named("status").unwrap_or_default(),
            reason: named("reason").unwrap_or_default(),
        })
    } else {
        None
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
    fn an_inquiry_takes_no_money() {
        for (status, took) in [
            ("warning_needs_response", false),
            ("warning_under_review", false),
            ("warning_closed", false),
            ("needs_response", true),
            ("under_review", true),
            ("won", true),
            ("lost", true),
        ] {
            let body = serde_json::json!({"id": "evt_1", "object": "event", "created": 5, "type": "charge.dispute.created",
                "data": {"object": {"id": "dp_1", "object": "dispute", "amount": 500, "currency": "gbp", "status": status}}});
            let notice = read(body.to_string().as_bytes()).unwrap();
            assert_eq!(notice.dispute.unwrap().took_money(), took, "{status}");
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
