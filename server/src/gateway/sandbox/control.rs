//! `/sandbox/…`: what a test does that no caller of Stripe could. JSON in, JSON out.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Sandbox,
    books::{Books, Expand, Object},
    card::{Card, GENERIC},
    charge::Outcome,
    error::ApiError,
    fault::{Fault, Target},
    pay::Step,
};
use crate::{clock::Clock, gateway::signature};

/// What was asked, or why not, in Stripe's words.
pub(super) struct Refused(ApiError);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(self.0.body("sandbox"))).into_response()
    }
}

/// `GET /sandbox/charges`: every charge that took money, in order, with the attempt it was for.
pub(super) async fn charges(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(sandbox.with(|books| {
        let charges: Vec<Value> = books
            .charges
            .all()
            .filter(|charge| charge.outcome == Outcome::Succeeded)
            .map(|charge| {
                let intent = books.intents.find(&charge.payment_intent);
                json!({
                    "id": charge.id,
                    "amount": charge.amount,
                    "amount_refunded": charge.amount_refunded,
                    "attempt_id": charge.metadata.get("attempt_id"),
                    "currency": charge.currency,
                    "disputed": charge.disputed,
                    "payment_intent": charge.payment_intent,
                    "session": intent.and_then(|intent| intent.session.as_deref()),
                })
            })
            .collect();
        json!({ "count": charges.len(), "charges": charges })
    }))
}

/// How far the clock is moved.
#[derive(Deserialize)]
pub(super) struct Moved {
    advance_s: i64,
    #[serde(default)]
    signed: bool,
}

/// `POST /sandbox/clock {"advance_s", "signed"?}`: moves the sandbox's clock, and answers its time. Signatures keep the
/// machine's time, which those who verify them have, unless they are to follow.
pub(super) async fn clock(State(sandbox): State<Sandbox>, Json(moved): Json<Moved>) -> Json<Value> {
    let (now_s, ahead_s) = sandbox.with(|books| {
        books.advance(moved.advance_s);
        (books.now_s(), books.ahead_s())
    });
    sandbox.courier.order(|orders| orders.signs_ahead_s = if moved.signed { ahead_s } else { 0 });
    Json(json!({ "now_s": now_s }))
}

/// Which payment is meant, by any of its ids.
#[derive(Deserialize)]
pub(super) struct Which {
    charge: Option<String>,
    payment_intent: Option<String>,
    session: Option<String>,
    amount: Option<i64>,
    reason: Option<String>,
    outcome: Option<String>,
}

impl Which {
    fn intent(&self, books: &Books) -> Result<String, ApiError> {
        let missing = || ApiError::invalid("Name a payment that was tried, by charge, payment_intent or session.", "");
        if let Some(intent) = &self.payment_intent {
            return Ok(intent.clone());
        }
        if let Some(session) = &self.session {
            return books.sessions.get(session)?.intent.clone().ok_or_else(missing);
        }
        let charge = self.charge.as_ref().ok_or_else(missing)?;
        Ok(books.charges.get(charge)?.payment_intent.clone())
    }

    fn charge(&self, books: &Books) -> Result<String, ApiError> {
        let intent = self.intent(books)?;
        let charge = books.intents.get(&intent)?.latest_charge.clone();
        charge.ok_or_else(|| ApiError::missing("charge", &intent))
    }
}

/// `POST /sandbox/refund {session | payment_intent | charge, amount?}`: the business gives money back from its dashboard.
pub(super) async fn refund(State(sandbox): State<Sandbox>, Json(which): Json<Which>) -> Result<Json<Value>, Refused> {
    let refund = sandbox.with(|books| {
        let charge = which.charge(books)?;
        let id = books.give_back(&charge, which.amount, which.reason.as_deref(), Default::default())?;
        let refund = books.refunds.get(&id)?;
        Ok::<_, ApiError>(refund.json(books, &Expand::default()))
    })?;
    Ok(Json(refund))
}

/// Which refund is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichRefund {
    refund: String,
}

/// `POST /sandbox/refund/fail {refund}`: the card holder's bank sends it back.
pub(super) async fn fail_refund(
    State(sandbox): State<Sandbox>,
    Json(which): Json<WhichRefund>,
) -> Result<Json<Value>, Refused> {
    Ok(Json(sandbox.with(|books| books.fail_refund(&which.refund))?))
}

/// `POST /sandbox/dispute {session | payment_intent | charge, amount?, reason?}`: the cardholder contests a charge.
pub(super) async fn dispute(State(sandbox): State<Sandbox>, Json(which): Json<Which>) -> Result<Json<Value>, Refused> {
    let dispute = sandbox.with(|books| {
        let charge = which.charge(books)?;
        let reason = which.reason.as_deref().unwrap_or("fraudulent");
        books.dispute(&charge, which.amount, reason)
    })?;
    Ok(Json(dispute))
}

/// How a bank decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decided {
    dispute: String,
    outcome: String,
}

/// `POST /sandbox/dispute/close {dispute, outcome: "won" | "lost"}`: the bank decides.
pub(super) async fn close_dispute(
    State(sandbox): State<Sandbox>,
    Json(decided): Json<Decided>,
) -> Result<Json<Value>, Refused> {
    let won = match decided.outcome.as_str() {
        "won" => true,
        "lost" => false,
        _ => return Err(ApiError::invalid("The outcome is won or lost.", "outcome").into()),
    };
    Ok(Json(sandbox.with(|books| books.close_dispute(&decided.dispute, won))?))
}

/// `POST /sandbox/settle {session | payment_intent | charge, outcome: "succeeded" | "failed"}`: the bank answers.
pub(super) async fn settle(State(sandbox): State<Sandbox>, Json(which): Json<Which>) -> Result<Json<Value>, Refused> {
    let answer = match which.outcome.as_deref() {
        Some("succeeded") => Ok(()),
        Some("failed") => Err(GENERIC),
        _ => {
            return Err(ApiError::invalid("The outcome is succeeded or failed.", "outcome").into());
        }
    };
    let intent = sandbox.with(|books| {
        let id = which.intent(books)?;
        if !books.settle(&id, answer) {
            return Err(ApiError::invalid("This payment is not being processed.", "payment_intent"));
        }
        Ok(books.intents.get(&id)?.json(books, &Expand::default()))
    })?;
    Ok(Json(intent))
}

/// What goes wrong with the calls to come.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultsOrdered {
    next_create: Option<Fault>,
    next_charge: Option<Fault>,
    next_refund: Option<Fault>,
    next_detach: Option<Fault>,
    next_retrieve: Option<Fault>,
    count: Option<usize>,
    #[serde(default)]
    clear: bool,
}

/// `POST /sandbox/faults {"next_create" | "next_charge" | "next_refund" | "next_detach" | "next_retrieve": "timeout" |
/// "lost" | "500" | "500_after" | "429" | "reset" | {"slow_ms": n}, "count"?, "clear"?}`
pub(super) async fn faults(State(sandbox): State<Sandbox>, Json(ordered): Json<FaultsOrdered>) -> Json<Value> {
    let count = ordered.count.unwrap_or(1).min(10_000);
    let wanted = [
        (Target::Create, ordered.next_create),
        (Target::Charge, ordered.next_charge),
        (Target::Refund, ordered.next_refund),
        (Target::Detach, ordered.next_detach),
        (Target::Retrieve, ordered.next_retrieve),
    ];
    sandbox.with(|books| {
        if ordered.clear {
            books.faults.clear();
        }
        for (target, fault) in wanted {
            if let Some(fault) = fault {
                books.faults.order(target, fault, count);
            }
        }
    });
    Json(json!({ "ordered": count }))
}

/// How a session is paid without a browser.
#[derive(Deserialize)]
pub(super) struct Payment {
    card: Option<String>,
    /// The answer to 3-D Secure.
    challenge: Option<String>,
}

/// `POST /sandbox/pay/{session} {"card"?, "challenge"?: "complete" | "fail"}`: pays as the hosted page does. Without a
/// card, the one that succeeds.
pub(super) async fn pay(
    State(sandbox): State<Sandbox>,
    Path(session): Path<String>,
    Json(payment): Json<Payment>,
) -> Json<Value> {
    let step = match payment.challenge.as_deref() {
        Some(answer) => sandbox.with(|books| books.answer_challenge(&session, answer == "complete")),
        None => match Card::read(payment.card.as_deref().unwrap_or("4242424242424242")) {
            Ok(card) => sandbox.with(|books| books.pay(&session, card)),
            Err(decline) => Step::Declined(decline),
        },
    };
    Json(match step {
        Step::Return(url) => json!({ "step": "return", "url": url }),
        Step::Declined(decline) => json!({
            "step": "declined",
            "code": decline.code,
            "decline_code": decline.decline_code,
            "message": decline.message,
        }),
        Step::Challenge => json!({ "step": "challenge" }),
        Step::Expired => json!({ "step": "expired" }),
        Step::Unknown => json!({ "step": "unknown" }),
    })
}

/// What the courier is told; what is absent stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CourierOrders {
    url: Option<String>,
    duplicate: Option<usize>,
    reorder: Option<bool>,
    hold: Option<bool>,
    #[serde(default)]
    release: bool,
}

/// `POST /sandbox/webhooks {"url"?, "duplicate"?, "reorder"?, "hold"?, "release"?}`
pub(super) async fn set_webhooks(State(sandbox): State<Sandbox>, Json(told): Json<CourierOrders>) -> Json<Value> {
    let orders = sandbox.courier.order(|orders| {
        if told.url.is_some() {
            orders.url = told.url;
        }
        orders.duplicate = told.duplicate.unwrap_or(orders.duplicate).min(100);
        orders.reorder = told.reorder.unwrap_or(orders.reorder);
        orders.hold = told.hold.unwrap_or(orders.hold) && !told.release;
    });
    Json(json!(orders))
}

/// `GET /sandbox/webhooks`: the orders, how many deliveries wait, and all that were tried.
pub(super) async fn webhooks(State(sandbox): State<Sandbox>) -> Json<Value> {
    let (orders, pending, tried) = sandbox.courier.report(&sandbox);
    Json(json!({ "orders": orders, "pending": pending, "tried": tried }))
}

/// Events by id.
#[derive(Deserialize)]
pub(super) struct Events {
    events: Vec<String>,
}

/// `POST /sandbox/webhooks/deliver {"events": [id, …]}`: delivers these now, in this order, held or not, and answers
/// what came of each. An id may stand there twice.
pub(super) async fn deliver(State(sandbox): State<Sandbox>, Json(events): Json<Events>) -> Json<Value> {
    let tried = sandbox.courier.deliver(&sandbox, &events.events).await;
    Json(json!({ "tried": tried }))
}

/// `POST /sandbox/signature`: a body with its `Stripe-Signature`, checked as Kept checks a webhook with this sandbox's
/// secret.
pub(super) async fn signature(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let secret = sandbox.lock().config.webhook_secret.clone();
    let now_s = Clock::system().now_ms() / 1000;
    match signature::verify(&body, header, &[secret], now_s) {
        Ok(()) => (StatusCode::OK, Json(json!({ "genuine": true }))),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "genuine": false, "reason": error.to_string() }))),
    }
}
