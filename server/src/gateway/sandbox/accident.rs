//! `/sandbox/accident…`: what no gateway should do to its own books and a reconciliation is there for. Nobody is told of any
//! of it: no webhook leaves.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Sandbox,
    books::{Books, Metadata, new_id},
    card::Card,
    control::Refused,
    error::ApiError,
    intent::{Intent, IntentStatus, Presence},
};

/// What happens to one thing in the books.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accident {
    /// A payment, a refund or a dispute.
    id: String,
    amount: Option<i64>,
    currency: Option<String>,
    /// `canceled` or `processing`, for a payment; `prevented` or `warning_needs_response`, for a dispute.
    status: Option<String>,
    /// It is not there any more.
    #[serde(default)]
    forget: bool,
}

/// `POST /sandbox/accident {id, amount?, currency?, status?, forget?}`
pub(super) async fn happen(
    State(sandbox): State<Sandbox>,
    Json(accident): Json<Accident>,
) -> Result<Json<Value>, Refused> {
    sandbox.with(|books| books.suffer(&accident))?;
    Ok(Json(json!({ "id": accident.id })))
}

impl Books {
    fn suffer(&mut self, accident: &Accident) -> Result<(), ApiError> {
        let id = accident.id.as_str();
        if accident.forget {
            let known = [self.intents.forget(id), self.refunds.forget(id), self.disputes.forget(id)];
            return if known.contains(&true) { Ok(()) } else { Err(ApiError::missing("object", id)) };
        }
        let (amount, currency) = if let Some(refund) = self.refunds.find_mut(id) {
            (&mut refund.amount, &mut refund.currency)
        } else if let Some(dispute) = self.disputes.find_mut(id) {
            match accident.status.as_deref() {
                Some("prevented") => dispute.status = "prevented",
                Some("warning_needs_response") => dispute.status = "warning_needs_response",
                _ => {}
            }
            (&mut dispute.amount, &mut dispute.currency)
        } else {
            let intent = self.intents.get_mut(id)?;
            match accident.status.as_deref() {
                Some("canceled") => intent.status = IntentStatus::Canceled,
                Some("processing") => intent.status = IntentStatus::Processing,
                _ => {}
            }
            (&mut intent.amount, &mut intent.currency)
        };
        *amount = accident.amount.unwrap_or(*amount);
        if let Some(changed) = &accident.currency {
            currency.clone_from(changed);
        }
        Ok(())
    }
}

/// A payment that nobody asked for through Kept, or that Kept has forgotten.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stray {
    amount: i64,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
}

/// `POST /sandbox/stray {amount, currency, metadata?}`: money is taken; answers the payment.
pub(super) async fn stray(State(sandbox): State<Sandbox>, Json(stray): Json<Stray>) -> Result<Json<Value>, Refused> {
    let card = Card::read("4242424242424242").map_err(|_| ApiError::internal())?;
    let id = sandbox.with(|books| {
        let (before, created_s) = (books.events.all().count(), books.now_s());
        let method = books.add_method(card);
        let id = books.add_intent(Intent {
            id: new_id("pi_"),
            created_s,
            amount: stray.amount,
            currency: stray.currency,
            customer: None,
            decline: None,
            description: None,
            latest_charge: None,
            metadata: stray.metadata,
            method: None,
            saves_card: false,
            session: None,
            settles_at_s: None,
            status: IntentStatus::RequiresPaymentMethod,
        });
        books.attempt(&id, &method, Presence::OnPage);
        books.events.truncate(before);
        id
    });
    Ok(Json(json!({ "id": id })))
}
