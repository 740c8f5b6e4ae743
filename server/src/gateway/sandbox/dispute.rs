//! Disputes: a cardholder contests a charge with their bank, which takes the money back at once and decides later.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Object, new_id},
    charge::Outcome,
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
};

/// One charge that is contested.
pub(super) struct Dispute {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) amount: i64,
    pub(super) charge: String,
    pub(super) currency: String,
    pub(super) payment_intent: String,
    pub(super) reason: String,
    /// `needs_response`, `won` or `lost`; others by accident.
    pub(super) status: &'static str,
}

impl Object for Dispute {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, books: &Books, expand: &Expand) -> Value {
        json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "charge": expand.reference("charge", Some(&self.charge), &books.charges, books),
            "created": self.created_s,
            "currency": self.currency,
            "evidence_details": { "due_by": self.created_s + 7 * 86_400, "has_evidence": false },
            "is_charge_refundable": false,
            "livemode": false,
            "metadata": {},
            "payment_intent":
                expand.reference("payment_intent", Some(&self.payment_intent), &books.intents, books),
            "reason": self.reason,
            "status": self.status,
        })
    }
}

impl Books {
    /// The cardholder contests a charge.
    pub(super) fn dispute(&mut self, charge_id: &str, amount: Option<i64>, reason: &str) -> Result<Value, ApiError> {
        let created_s = self.now_s();
        let charge = self.charges.get_mut(charge_id)?;
        let amount = amount.unwrap_or(charge.amount);
        if charge.outcome != Outcome::Succeeded || !(1..=charge.amount).contains(&amount) {
            return Err(ApiError::invalid("Only money that arrived can be contested.", "amount"));
        }
        if charge.disputed {
            return Err(ApiError::invalid("This charge is contested already.", "charge"));
        }
        charge.disputed = true;
        let dispute = Dispute {
            id: new_id("dp_"),
            created_s,
            amount,
            charge: charge.id.clone(),
            currency: charge.currency.clone(),
            payment_intent: charge.payment_intent.clone(),
            reason: reason.to_owned(),
            status: "needs_response",
        };
        let id = dispute.id.clone();
        self.disputes.add(dispute);
        let json = self.tell_dispute("charge.dispute.created", &id)?;
        self.tell_dispute("charge.dispute.funds_withdrawn", &id)?;
        Ok(json)
    }

    /// The bank decides; where it is won the money comes back.
    pub(super) fn close_dispute(&mut self, id: &str, won: bool) -> Result<Value, ApiError> {
        let dispute = self.disputes.get_mut(id)?;
        if dispute.status != "needs_response" {
            return Err(ApiError::invalid("This dispute is closed already.", "dispute"));
        }
        dispute.status = if won { "won" } else { "lost" };
        if won {
            self.tell_dispute("charge.dispute.funds_reinstated", id)?;
        }
        self.tell_dispute("charge.dispute.closed", id)
    }

    fn tell_dispute(&mut self, kind: &'static str, id: &str) -> Result<Value, ApiError> {
        let json = self.disputes.get(id)?.json(self, &Expand::default());
        self.emit(kind, json.clone());
        Ok(json)
    }

    /// `GET /v1/disputes`
    pub(super) fn list_disputes(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["charge", "payment_intent"]].concat())?;
        let charge = params.text("charge");
        let intent = params.text("payment_intent");
        page(&self.disputes, self, params, "/v1/disputes", |dispute| {
            charge.is_none_or(|charge| dispute.charge == charge)
                && intent.is_none_or(|intent| dispute.payment_intent == intent)
        })
    }
}
