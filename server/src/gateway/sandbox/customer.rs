//! Customers, and the cards they agreed to keep.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Metadata, Object, new_id},
    card::{Behaviour, Card},
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
};

/// Someone who pays.
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) metadata: Metadata,
}

impl Object for Customer {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, _: &Books, _: &Expand) -> Value {
        json!({
            "id": self.id,
            "object": "customer",
            "balance": 0,
            "created": self.created_s,
            "currency": null,
            "default_source": null,
            "delinquent": false,
            "description": null,
            "email": self.email,
            "invoice_settings": { "default_payment_method": null },
            "livemode": false,
            "metadata": self.metadata,
            "name": self.name,
            "phone": null,
        })
    }
}

/// A card that was used, and perhaps kept.
pub(super) struct PaymentMethod {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) card: Card,
    /// Whose card it is, once it was saved.
    pub(super) customer: Option<String>,
}

impl Object for PaymentMethod {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, books: &Books, expand: &Expand) -> Value {
        json!({
            "id": self.id,
            "object": "payment_method",
            "billing_details": { "address": null, "email": null, "name": null, "phone": null },
            "card": {
                "brand": self.card.brand,
                "country": "US",
                "exp_month": 12,
                "exp_year": 2040,
                "funding": "credit",
                "last4": self.card.last4,
            },
            "created": self.created_s,
            "customer": expand.reference("customer", self.customer.as_deref(), &books.customers, books),
            "livemode": false,
            "metadata": {},
            "type": "card",
        })
    }
}

impl Books {
    /// `POST /v1/customers`
    pub(super) fn create_customer(&mut self, params: &Params) -> Result<String, ApiError> {
        params.only(&["email", "metadata", "name"])?;
        let email = params.text("email");
        if email.is_some_and(|email| !email.contains('@')) {
            return Err(ApiError::invalid("Invalid email address", "email").code("email_invalid"));
        }
        let customer = Customer {
            id: new_id("cus_"),
            created_s: self.now_s(),
            email: email.map(str::to_owned),
            name: params.text("name").map(str::to_owned),
            metadata: params.texts("metadata"),
        };
        Ok(self.add_customer(customer))
    }

    /// Remembers a customer; answers the id.
    pub(super) fn add_customer(&mut self, customer: Customer) -> String {
        let id = customer.id.clone();
        let json = customer.json(self, &Expand::default());
        self.customers.add(customer);
        self.emit("customer.created", json);
        id
    }

    /// `GET /v1/customers`
    pub(super) fn list_customers(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["email"]].concat())?;
        let email = params.text("email");
        page(&self.customers, self, params, "/v1/customers", |customer| {
            email.is_none() || customer.email.as_deref() == email
        })
    }

    /// Remembers a card that is being used; answers the id.
    pub(super) fn add_method(&mut self, card: Card) -> String {
        let method = PaymentMethod { id: new_id("pm_"), created_s: self.now_s(), card, customer: None };
        let id = method.id.clone();
        self.methods.add(method);
        id
    }

    /// Keeps a card for a customer.
    pub(super) fn attach(&mut self, method: &str, customer: &str) {
        let Some(found) = self.methods.find_mut(method) else {
            return;
        };
        found.customer = Some(customer.to_owned());
        // The holder has proved who they are; the bank remembers that.
        if found.card.behaviour == Behaviour::Challenges {
            found.card.behaviour = Behaviour::Succeeds;
        }
        if let Some(found) = self.methods.find(method) {
            let json = found.json(self, &Expand::default());
            self.emit("payment_method.attached", json);
        }
    }

    /// `POST /v1/payment_methods/{id}/detach`: the card is nobody's any more.
    pub(super) fn detach(&mut self, id: &str, params: &Params) -> Result<(), ApiError> {
        params.only(&[])?;
        let method = self.methods.get_mut(id)?;
        if method.customer.take().is_none() {
            return Err(ApiError::invalid(
                "The payment method you provided is not attached to a customer so detachment is impossible.",
                "",
            ));
        }
        let json = self.methods.get(id)?.json(self, &Expand::default());
        self.emit("payment_method.detached", json);
        Ok(())
    }

    /// `GET /v1/customers/{id}/payment_methods` and `GET /v1/payment_methods`
    pub(super) fn list_methods(&self, customer: Option<&str>, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["customer", "type"]].concat())?;
        if let Some(kind) = params.text("type")
            && kind != "card"
        {
            return Err(ApiError::invalid(format!("This stand-in knows no payment method of type {kind}"), "type"));
        }
        let customer = customer.or(params.text("customer"));
        if let Some(customer) = customer {
            self.customers.get(customer)?;
        }
        let url = "/v1/payment_methods";
        page(&self.methods, self, params, url, |method| {
            method.customer.is_some() && (customer.is_none() || method.customer.as_deref() == customer)
        })
    }
}
