//! Charges: each time a card was really asked for money. These are the stand-in's own books, which a test counts.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Metadata, Object},
    card::Decline,
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
};

/// One try of one card.
pub(super) struct Charge {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) amount: i64,
    pub(super) amount_refunded: i64,
    pub(super) currency: String,
    pub(super) customer: Option<String>,
    pub(super) description: Option<String>,
    pub(super) disputed: bool,
    pub(super) metadata: Metadata,
    pub(super) method: String,
    pub(super) outcome: Outcome,
    pub(super) payment_intent: String,
}

/// What the bank said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    Pending,
    Failed(Decline),
}

impl Charge {
    /// What can still be given back.
    pub(super) fn refundable(&self) -> i64 {
        match self.outcome {
            Outcome::Succeeded => self.amount - self.amount_refunded,
            Outcome::Pending | Outcome::Failed(_) => 0,
        }
    }

    fn refunds(&self, books: &Books) -> Value {
        let mut own: Vec<Value> = books
            .refunds
            .all()
            .rev()
            .filter(|refund| refund.charge == self.id)
            .map(|refund| refund.json(books, &Expand::default()))
            .collect();
        let has_more = own.len() > 10;
        own.truncate(10);
        json!({
            "object": "list",
            "data": own,
            "has_more": has_more,
            "url": format!("/v1/charges/{}/refunds", self.id),
        })
    }
}

impl Object for Charge {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, books: &Books, expand: &Expand) -> Value {
        let (status, failure) = match self.outcome {
            Outcome::Succeeded => ("succeeded", None),
            Outcome::Pending => ("pending", None),
            Outcome::Failed(decline) => ("failed", Some(decline)),
        };
        let card = books.methods.find(&self.method).map(|method| &method.card);
        let mut charge = json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": if failure.is_none() { self.amount } else { 0 },
            "amount_refunded": self.amount_refunded,
            "captured": failure.is_none(),
            "created": self.created_s,
            "currency": self.currency,
            "customer": expand.reference("customer", self.customer.as_deref(), &books.customers, books),
            "description": self.description,
            "disputed": self.disputed,
            "failure_code": failure.map(|decline| decline.code),
            "failure_message": failure.map(|decline| decline.message),
            "livemode": false,
            "metadata": self.metadata,
            "paid": status == "succeeded",
            "payment_intent":
                expand.reference("payment_intent", Some(&self.payment_intent), &books.intents, books),
            "payment_method": self.method,
            "payment_method_details": {
                "card": card.map(|card| json!({ "brand": card.brand, "last4": card.last4 })),
                "type": "card",
            },
            "refunded": self.amount_refunded == self.amount,
            "status": status,
        });
        if expand.below("refunds").is_some()
            && let Some(charge) = charge.as_object_mut()
        {
            charge.insert("refunds".into(), self.refunds(books));
        }
        charge
    }
}

impl Books {
    /// `GET /v1/charges`
    pub(super) fn list_charges(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["customer", "payment_intent"]].concat())?;
        let customer = params.text("customer");
        let intent = params.text("payment_intent");
        page(&self.charges, self, params, "/v1/charges", |charge| {
            (customer.is_none() || charge.customer.as_deref() == customer)
                && intent.is_none_or(|intent| charge.payment_intent == intent)
        })
    }
}
