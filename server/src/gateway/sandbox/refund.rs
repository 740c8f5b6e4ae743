//! Refunds: money given back, in part or whole, never more than came.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Metadata, Object, new_id},
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
};

/// Money given back.
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) amount: i64,
    pub(super) charge: String,
    pub(super) currency: String,
    pub(super) metadata: Metadata,
    pub(super) payment_intent: String,
    pub(super) reason: Option<String>,
    pub(super) failed: bool,
}

impl Object for Refund {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, books: &Books, expand: &Expand) -> Value {
        let mut refund = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "charge": expand.reference("charge", Some(&self.charge), &books.charges, books),
            "created": self.created_s,
            "currency": self.currency,
            "metadata": self.metadata,
            "payment_intent":
                expand.reference("payment_intent", Some(&self.payment_intent), &books.intents, books),
            "reason": self.reason,
            "status": if self.failed { "failed" } else { "succeeded" },
        });
        if self.failed
            && let Some(refund) = refund.as_object_mut()
        {
            refund.insert("failure_reason".into(), "lost_or_stolen_card".into());
        }
        refund
    }
}

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

impl Books {
    /// `POST /v1/refunds`
    pub(super) fn create_refund(&mut self, params: &Params) -> Result<String, ApiError> {
        params.only(&["amount", "charge", "metadata", "payment_intent", "reason"])?;
        let charge = match (params.text("charge"), params.text("payment_intent")) {
            (Some(charge), None) => charge.to_owned(),
            (None, Some(intent)) => {
                let intent = self.intents.get(intent)?;
                intent.latest_charge.clone().ok_or_else(|| {
                    ApiError::invalid(
                        format!("This PaymentIntent ({}) does not have a successful charge to refund.", intent.id),
                        "payment_intent",
                    )
                })?
            }
            _ => {
                return Err(ApiError::invalid(
                    "One of the following params should be provided for this request: payment_intent or charge.",
                    "",
                ));
            }
        };
        let reason = params.text("reason");
        if reason.is_some_and(|reason| !REASONS.contains(&reason)) {
            return Err(ApiError::invalid("Invalid reason", "reason"));
        }
        self.give_back(&charge, params.integer("amount")?, reason, params.texts("metadata"))
    }

    /// Gives back `amount` of a charge, or all that is left of it; answers the refund's id.
    pub(super) fn give_back(
        &mut self,
        charge_id: &str,
        amount: Option<i64>,
        reason: Option<&str>,
        metadata: Metadata,
    ) -> Result<String, ApiError> {
        let created_s = self.now_s();
        let charge = self.charges.get_mut(charge_id)?;
        let left = charge.refundable();
        if left == 0 {
            return Err(ApiError::invalid(
                format!("Charge {charge_id} has already been refunded, or was never paid."),
                "",
            )
            .code("charge_already_refunded"));
        }
        if charge.disputed {
            return Err(
                ApiError::invalid(format!("Charge {charge_id} has been charged back."), "").code("charge_disputed")
            );
        }
        let amount = amount.unwrap_or(left);
        if !(1..=left).contains(&amount) {
            return Err(ApiError::invalid(
                format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"),
                "amount",
            ));
        }
        charge.amount_refunded += amount;
        let refund = Refund {
            id: new_id("re_"),
            created_s,
            amount,
            charge: charge.id.clone(),
            currency: charge.currency.clone(),
            metadata,
            payment_intent: charge.payment_intent.clone(),
            reason: reason.map(str::to_owned),
            failed: false,
        };
        let id = refund.id.clone();
        let json = refund.json(self, &Expand::default());
        self.refunds.add(refund);
        self.emit("refund.created", json);
        if let Some(charge) = self.charges.find(charge_id) {
            let json = charge.json(self, &Expand::default());
            self.emit("charge.refunded", json);
        }
        Ok(id)
    }

    /// The card holder's bank sends a refund back: it is the business's money again, to be given back in another way.
    pub(super) fn fail_refund(&mut self, id: &str) -> Result<Value, ApiError> {
        let refund = self.refunds.get_mut(id)?;
        if refund.failed {
            return Err(ApiError::invalid("This refund has failed already.", "refund"));
        }
        refund.failed = true;
        let (charge, amount) = (refund.charge.clone(), refund.amount);
        self.charges.get_mut(&charge)?.amount_refunded -= amount;
        let json = self.refunds.get(id)?.json(self, &Expand::default());
        for kind in ["refund.updated", "charge.refund.updated", "refund.failed"] {
            self.emit(kind, json.clone());
        }
        Ok(json)
    }

    /// `GET /v1/refunds`
    pub(super) fn list_refunds(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["charge", "payment_intent"]].concat())?;
        let charge = params.text("charge");
        let intent = params.text("payment_intent");
        page(&self.refunds, self, params, "/v1/refunds", |refund| {
            charge.is_none_or(|charge| refund.charge == charge)
                && intent.is_none_or(|intent| refund.payment_intent == intent)
        })
    }
}
