//! Stripe's JSON as the pinned version writes it, read into the port's words.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{Fields, stripe_amount};
use crate::gateway::{
    self, CheckoutRequest, Decline, GatewayError, IntentStatus, PaymentStatus, RefundStatus, Refusal, SavedCard,
    SessionStatus, amount,
};

pub(super) fn checkout_fields(request: &CheckoutRequest) -> Result<Fields<'_>, GatewayError> {
    let unit_amount = stripe_amount(request.amount_minor, &request.currency)?;
    let text = str::to_owned;
    let mut fields = vec![
        ("mode", text("payment")),
        ("payment_method_types[0]", text("card")),
        ("submit_type", text("pay")),
        ("client_reference_id", request.attempt_id.clone()),
        ("success_url", request.success_url.clone()),
        ("cancel_url", request.cancel_url.clone()),
        ("expires_at", (request.expires_at_ms / 1000).to_string()),
        ("line_items[0][quantity]", text("1")),
        ("line_items[0][price_data][currency]", request.currency.clone()),
        ("line_items[0][price_data][unit_amount]", unit_amount.to_string()),
        ("line_items[0][price_data][product_data][name]", request.description.clone()),
        ("metadata[attempt_id]", request.attempt_id.clone()),
        ("metadata[business_id]", request.business_id.clone()),
        ("payment_intent_data[description]", request.description.clone()),
        ("payment_intent_data[metadata][attempt_id]", request.attempt_id.clone()),
        ("payment_intent_data[metadata][business_id]", request.business_id.clone()),
    ];
    if let Some(customer) = &request.customer {
        fields.push(("customer", customer.clone()));
    } else {
        fields.extend(request.customer_email.iter().map(|email| ("customer_email", email.clone())));
        if request.save_card {
            fields.push(("customer_creation", text("always")));
        }
    }
    if request.save_card {
        fields.push(("payment_intent_data[setup_future_usage]", text("off_session")));
    }
    Ok(fields)
}

#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

/// An id, or the object itself where it was expanded.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Reference<T> {
    Id(String),
    Object(Box<T>),
}

impl<T: Identified> Reference<T> {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }
}

pub(super) trait Identified {
    fn id(&self) -> &str;
}

#[derive(Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) client_reference_id: Option<String>,
    expires_at: i64,
    payment_intent: Option<Reference<Intent>>,
    payment_status: String,
    status: Option<String>,
    url: Option<String>,
}

impl Session {
    pub(super) fn session(&self) -> Result<gateway::Session, GatewayError> {
        let status = match self.status.as_deref() {
            Some("open") => SessionStatus::Open,
            Some("complete") => SessionStatus::Complete,
            Some("expired") => SessionStatus::Expired,
            other => return Err(strange("a session's status", other)),
        };
        let payment_status = match self.payment_status.as_str() {
            "paid" => PaymentStatus::Paid,
            "unpaid" => PaymentStatus::Unpaid,
            "no_payment_required" => PaymentStatus::NoPaymentRequired,
            other => return Err(strange("a payment's status", Some(other))),
        };
        Ok(gateway::Session {
            id: self.id.clone(),
            url: self.url.clone(),
            status,
            payment_status,
            payment_intent: self.payment_intent.as_ref().map(|p| p.id().to_owned()),
            attempt_id: self.client_reference_id.clone(),
            expires_at_ms: self.expires_at.saturating_mul(1000),
        })
    }

    pub(super) fn truth(self) -> Result<gateway::Truth, GatewayError> {
        let session = self.session()?;
        let payment = match self.payment_intent {
            None => None,
            Some(Reference::Object(intent)) => Some(intent.payment()?),
            Some(Reference::Id(_)) => {
                return Err(strange("a payment", Some("an id where it was expanded")));
            }
        };
        Ok(gateway::Truth { session, payment })
    }
}

#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    amount_received: i64,
    currency: String,
    customer: Option<String>,
    last_payment_error: Option<PaymentError>,
    latest_charge: Option<Reference<Charge>>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    payment_method: Option<String>,
    status: String,
}

impl Identified for Intent {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Intent {
    pub(super) fn is_of(&self, attempt_id: &str) -> bool {
        self.metadata.get("attempt_id").is_some_and(|of| of == attempt_id)
    }

    pub(super) fn payment(self) -> Result<gateway::Payment, GatewayError> {
        let status = match self.status.as_str() {
            "requires_payment_method" => IntentStatus::RequiresPaymentMethod,
            "requires_confirmation" => IntentStatus::RequiresConfirmation,
            "requires_action" => IntentStatus::RequiresAction,
            "processing" => IntentStatus::Processing,
            "requires_capture" => IntentStatus::RequiresCapture,
            "succeeded" => IntentStatus::Succeeded,
            "canceled" => IntentStatus::Canceled,
            other => return Err(strange("a payment's status", Some(other))),
        };
        let (mut disputed, mut refunds, mut card) = (false, Vec::new(), None);
        if let Some(Reference::Object(charge)) = &self.latest_charge {
            disputed = charge.disputed;
            let used = charge.payment_method_details.as_ref().and_then(|details| details.card.as_ref());
            card = used.map(|card| (card.brand.clone().unwrap_or_default(), card.last4.clone().unwrap_or_default()));
            if let Some(given_back) = &charge.refunds {
                refunds = given_back.data.iter().map(Refund::refund).collect::<Result<_, _>>()?;
            }
        }
        Ok(gateway::Payment {
            received_minor: minor(self.amount_received, &self.currency)?,
            charge: self.latest_charge.map(|charge| charge.id().to_owned()),
            decline: self.last_payment_error.map(PaymentError::decline),
            attempt_id: self.metadata.get("attempt_id").cloned(),
            business_id: self.metadata.get("business_id").cloned(),
            payment_intent: self.id,
            status,
            currency: self.currency,
            disputed,
            refunds,
            customer: self.customer,
            payment_method: self.payment_method,
            card,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Charge {
    id: String,
    #[serde(default)]
    disputed: bool,
    payment_method_details: Option<MethodDetails>,
    refunds: Option<List<Refund>>,
}

#[derive(Deserialize)]
struct MethodDetails {
    card: Option<CardUsed>,
}

#[derive(Deserialize)]
struct CardUsed {
    brand: Option<String>,
    last4: Option<String>,
}

impl Identified for Charge {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize)]
pub(super) struct Refund {
    id: String,
    amount: i64,
    currency: String,
    payment_intent: Option<Reference<Intent>>,
    status: Option<String>,
}

impl Identified for Refund {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Refund {
    pub(super) fn of_payment(self) -> Result<gateway::Of<gateway::Refund>, GatewayError> {
        Ok(about(self.refund()?, self.payment_intent.as_ref()))
    }

    pub(super) fn refund(&self) -> Result<gateway::Refund, GatewayError> {
        let status = match self.status.as_deref() {
            Some("pending") | None => RefundStatus::Pending,
            Some("requires_action") => RefundStatus::RequiresAction,
            Some("succeeded") => RefundStatus::Succeeded,
            Some("failed") => RefundStatus::Failed,
            Some("canceled") => RefundStatus::Canceled,
            other => return Err(strange("a refund's status", other)),
        };
        let amount_minor = minor(self.amount, &self.currency)?;
        Ok(gateway::Refund { id: self.id.clone(), amount_minor, currency: self.currency.clone(), status })
    }
}

fn about<T>(about: T, payment: Option<&Reference<Intent>>) -> gateway::Of<T> {
    let said = match payment {
        Some(Reference::Object(intent)) => Some(&intent.metadata),
        _ => None,
    };
    let named = |name: &str| said.and_then(|said| said.get(name).cloned());
    gateway::Of {
        about,
        payment_intent: payment.map(|payment| payment.id().to_owned()),
        attempt_id: named("attempt_id"),
        business_id: named("business_id"),
    }
}

#[derive(Deserialize)]
pub(super) struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    payment_intent: Option<Reference<Intent>>,
    #[serde(default)]
    reason: String,
    status: String,
}

impl Identified for Dispute {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Dispute {
    pub(super) fn of_payment(self) -> Result<gateway::Of<gateway::Dispute>, GatewayError> {
        let dispute = gateway::Dispute {
            amount_minor: minor(self.amount, &self.currency)?,
            id: self.id,
            currency: self.currency,
            status: self.status,
            reason: self.reason,
        };
        Ok(about(dispute, self.payment_intent.as_ref()))
    }
}

#[derive(Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct PaymentMethod {
    id: String,
    card: Option<Card>,
}

#[derive(Deserialize)]
struct Card {
    brand: String,
    last4: String,
    exp_month: u32,
    exp_year: i32,
}

impl PaymentMethod {
    pub(super) fn saved_card(self) -> Option<SavedCard> {
        let card = self.card?;
        Some(SavedCard {
            id: self.id,
            brand: card.brand,
            last4: card.last4,
            exp_month: card.exp_month,
            exp_year: card.exp_year,
        })
    }
}

#[derive(Deserialize)]
struct PaymentError {
    code: Option<String>,
    decline_code: Option<String>,
    /// The network's advice, which outweighs the reason: `do_not_try_again`, `try_again_later`, `confirm_card_data`
    /// (<https://docs.stripe.com/declines/codes#retrying-payments-issuer-declines>).
    advice_code: Option<String>,
    message: Option<String>,
    payment_intent: Option<Reference<serde_json::Value>>,
    #[serde(default, rename = "type")]
    kind: String,
}

impl Identified for serde_json::Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

/// The code of an advice never to try a card again.
const NEVER_AGAIN: &str = "do_not_try_again";

impl PaymentError {
    /// Why the card was declined; an advice never to try it again stands for the reason.
    fn reason(&self) -> Option<String> {
        match self.advice_code.as_deref() {
            Some(NEVER_AGAIN) => Some(NEVER_AGAIN.to_owned()),
            _ => self.decline_code.clone(),
        }
    }

    fn decline(self) -> Decline {
        Decline {
            decline_code: self.reason(),
            code: self.code.unwrap_or(self.kind),
            message: self.message.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct Failure {
    error: PaymentError,
}

/// What an answer that is not a success means for the request's fate.
pub(super) fn refusal(status: u16, body: &[u8], retry_after: Option<Duration>) -> GatewayError {
    let error = serde_json::from_slice::<Failure>(body).map(|failure| failure.error);
    match (status, error) {
        (429, _) => GatewayError::RateLimited { retry_after },
        (409, _) => GatewayError::InProgress,
        (400, Ok(error)) if error.kind == "idempotency_error" => {
            GatewayError::KeyReused { message: error.message.unwrap_or_default() }
        }
        (400..=499, Ok(error)) => GatewayError::Refused(Box::new(Refusal {
            status,
            decline_code: error.reason(),
            payment_intent: error.payment_intent.map(|p| p.id().to_owned()),
            code: error.code,
            message: error.message.unwrap_or(error.kind),
        })),
        // Stripe's advice: what a 500 has done is indeterminate.
        (500..=599, _) => GatewayError::Unknown { reason: format!("the gateway answered {status}") },
        (_, _) => GatewayError::Protocol { reason: format!("the gateway answered {status} without words we know") },
    }
}

fn minor(stripe: i64, currency: &str) -> Result<i64, GatewayError> {
    amount::from_stripe(stripe, currency).ok_or_else(|| strange("an amount", Some(&format!("{stripe} {currency}"))))
}

fn strange(what: &str, found: Option<&str>) -> GatewayError {
    GatewayError::Protocol { reason: format!("{what} is {}", found.unwrap_or("missing")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advice_never_to_try_again_outweighs_the_reason() {
        let decline = |advice: &str| {
            let error = serde_json::json!({"type": "card_error", "code": "card_declined", "message": "No",
                "decline_code": "insufficient_funds", "advice_code": advice});
            serde_json::from_value::<PaymentError>(error).unwrap().decline().decline_code
        };
        assert_eq!(decline("do_not_try_again").as_deref(), Some("do_not_try_again"));
        assert_eq!(decline("try_again_later").as_deref(), Some("insufficient_funds"));
        let body = br#"{"error": {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline",
            "advice_code": "do_not_try_again", "message": "No"}}"#;
        let GatewayError::Refused(refusal) = super::refusal(402, body, None) else { panic!() };
        assert_eq!(refusal.decline_code.as_deref(), Some("do_not_try_again"));
    }
}
