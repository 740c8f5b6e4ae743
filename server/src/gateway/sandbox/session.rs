//! Checkout sessions: a hosted page that takes one payment once.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Metadata, Object, new_id},
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
    money,
};

const LIFE_S_MIN: i64 = 30 * 60;
const LIFE_S_MAX: i64 = 24 * 3600;
/// How much a caller's clock may differ from ours before a limit binds.
const CLOCK_SLACK_S: i64 = 60;

/// A hosted page.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) amount: i64,
    pub(super) cancel_url: Option<String>,
    pub(super) client_reference_id: Option<String>,
    pub(super) currency: String,
    pub(super) customer: Option<String>,
    pub(super) customer_email: Option<String>,
    pub(super) expires_at_s: i64,
    pub(super) intent: Option<String>,
    pub(super) intent_description: Option<String>,
    pub(super) intent_metadata: Metadata,
    pub(super) items: Vec<Item>,
    /// A customer is made for whoever pays.
    pub(super) makes_customer: bool,
    pub(super) metadata: Metadata,
    pub(super) paid: bool,
    pub(super) saves_card: bool,
    pub(super) status: SessionStatus,
    pub(super) success_url: String,
}

/// One line of what is paid.
pub(super) struct Item {
    pub(super) name: String,
    pub(super) unit_amount: i64,
    pub(super) quantity: i64,
}

/// Whether a page still takes money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

impl Session {
    pub(super) fn is_open(&self) -> bool {
        self.status == SessionStatus::Open
    }

    /// Where the debtor goes after paying.
    pub(super) fn success_url(&self) -> String {
        self.success_url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }
}

impl Object for Session {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, books: &Books, expand: &Expand) -> Value {
        let email = self.customer_email.as_deref();
        let url = format!("{}/c/pay/{}", books.config.public_url, self.id);
        let mut session = json!({
            "id": self.id,
            "object": "checkout.session",
            "amount_subtotal": self.amount,
            "amount_total": self.amount,
            "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference_id,
            "created": self.created_s,
            "currency": self.currency,
            "customer": expand.reference("customer", self.customer.as_deref(), &books.customers, books),
            "customer_creation": if self.makes_customer { "always" } else { "if_required" },
            "customer_details": (!self.is_open()).then(|| json!({ "email": email })),
            "customer_email": email,
            "expires_at": self.expires_at_s,
            "livemode": false,
            "metadata": self.metadata,
            "mode": "payment",
            "payment_intent":
                expand.reference("payment_intent", self.intent.as_deref(), &books.intents, books),
            "payment_method_types": ["card"],
            "payment_status": if self.paid { "paid" } else { "unpaid" },
            "status": self.status.name(),
            "submit_type": "pay",
            "success_url": self.success_url,
            "ui_mode": "hosted",
            "url": self.is_open().then_some(url),
        });
        if expand.below("line_items").is_some()
            && let Some(session) = session.as_object_mut()
        {
            session.insert("line_items".into(), self.line_items());
        }
        session
    }
}

impl Session {
    fn line_items(&self) -> Value {
        let items: Vec<Value> = self
            .items
            .iter()
            .map(|item| {
                json!({
                    "object": "item",
                    "amount_total": item.unit_amount * item.quantity,
                    "currency": self.currency,
                    "description": item.name,
                    "quantity": item.quantity,
                })
            })
            .collect();
        let url = format!("/v1/checkout/sessions/{}/line_items", self.id);
        json!({ "object": "list", "data": items, "has_more": false, "url": url })
    }
}

impl Books {
    /// `POST /v1/checkout/sessions`
    pub(super) fn create_session(&mut self, params: &Params) -> Result<String, ApiError> {
        params.only(&[
            "cancel_url",
            "client_reference_id",
            "customer",
            "customer_creation",
            "customer_email",
            "expires_at",
            "line_items",
            "metadata",
            "mode",
            "payment_intent_data",
            "payment_method_types",
            "submit_type",
            "success_url",
        ])?;
        if params.required("mode")? != "payment" {
            return Err(ApiError::invalid("This stand-in knows only mode=payment.", "mode"));
        }
        let (items, currency) = items(params)?;
        let amount = items
            .iter()
            .try_fold(0_i64, |sum, item| sum.checked_add(item.unit_amount.checked_mul(item.quantity)?))
            .unwrap_or(i64::MAX);
        money::check(amount, &currency, "line_items")?;
        if params.text("customer").is_some() && params.text("customer_email").is_some() {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: customer, customer_email.",
                "customer",
            ));
        }
        let customer = params.text("customer").map(|id| self.customers.get(id)).transpose()?;
        let created_s = self.now_s();
        let text = |path: &str| params.text(path).map(str::to_owned);
        let session = Session {
            id: new_id("cs_test_"),
            created_s,
            amount,
            cancel_url: params.text("cancel_url").map(|cancel| url(cancel, "cancel_url")).transpose()?,
            client_reference_id: text("client_reference_id"),
            currency,
            customer: customer.map(|customer| customer.id.clone()),
            customer_email: customer.and_then(|customer| customer.email.clone()).or_else(|| text("customer_email")),
            expires_at_s: expiry(params, created_s)?,
            intent: None,
            intent_description: text("payment_intent_data.description"),
            intent_metadata: params.texts("payment_intent_data.metadata"),
            items,
            makes_customer: customer.is_none() && params.text("customer_creation") == Some("always"),
            metadata: params.texts("metadata"),
            paid: false,
            saves_card: params.text("payment_intent_data.setup_future_usage") == Some("off_session"),
            status: SessionStatus::Open,
            success_url: url(params.required("success_url")?, "success_url")?,
        };
        let id = session.id.clone();
        self.sessions.add(session);
        Ok(id)
    }

    /// `POST /v1/checkout/sessions/{id}/expire`
    pub(super) fn expire_session(&mut self, id: &str, params: &Params) -> Result<(), ApiError> {
        params.only(&[])?;
        let session = self.sessions.get(id)?;
        if !session.is_open() {
            return Err(ApiError::invalid(
                format!(
                    "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a \
                     status of {}.",
                    session.status.name()
                ),
                "session",
            ));
        }
        self.close_session(id);
        Ok(())
    }

    /// `GET /v1/checkout/sessions`
    pub(super) fn list_sessions(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["customer", "payment_intent", "status"]].concat())?;
        let customer = params.text("customer");
        let intent = params.text("payment_intent");
        let status = params.text("status");
        let url = "/v1/checkout/sessions";
        page(&self.sessions, self, params, url, |session| {
            (customer.is_none() || session.customer.as_deref() == customer)
                && (intent.is_none() || session.intent.as_deref() == intent)
                && status.is_none_or(|status| session.status.name() == status)
        })
    }

    /// An open page stops taking money.
    pub(super) fn close_session(&mut self, id: &str) {
        let Some(session) = self.sessions.find_mut(id) else {
            return;
        };
        session.status = SessionStatus::Expired;
        if let Some(intent) = session.intent.clone() {
            self.cancel_intent(&intent);
        }
        self.tell_session("checkout.session.expired", id);
    }

    /// The debtor finished on the page; `paid` when the money has come already.
    pub(super) fn complete_session(&mut self, id: &str, paid: bool) {
        if let Some(session) = self.sessions.find_mut(id) {
            session.status = SessionStatus::Complete;
            session.paid = paid;
        }
        self.tell_session("checkout.session.completed", id);
    }

    /// The bank answered after the debtor had finished on the page.
    pub(super) fn session_settled(&mut self, id: &str, paid: bool) {
        if let Some(session) = self.sessions.find_mut(id) {
            session.paid = paid;
        }
        let kind =
            if paid { "checkout.session.async_payment_succeeded" } else { "checkout.session.async_payment_failed" };
        self.tell_session(kind, id);
    }

    fn tell_session(&mut self, kind: &'static str, id: &str) {
        if let Some(session) = self.sessions.find(id) {
            let json = session.json(self, &Expand::default());
            self.emit(kind, json);
        }
    }
}

fn items(params: &Params) -> Result<(Vec<Item>, String), ApiError> {
    let mut items = Vec::new();
    let mut currencies = Vec::new();
    for index in params.names("line_items") {
        let at = |field: &str| format!("line_items.{index}.{field}");
        let needed = |field: &str| params.required(&at(field));
        currencies.push(needed("price_data.currency")?.to_owned());
        needed("price_data.unit_amount")?;
        items.push(Item {
            name: needed("price_data.product_data.name")?.to_owned(),
            unit_amount: params.integer(&at("price_data.unit_amount"))?.unwrap_or_default(),
            quantity: params.integer(&at("quantity"))?.unwrap_or(1).max(1),
        });
    }
    currencies.dedup();
    match currencies.as_slice() {
        [currency] => Ok((items, currency.clone())),
        [] => {
            params.required("line_items")?;
            Err(ApiError::invalid("Invalid line_items", "line_items"))
        }
        _ => Err(ApiError::invalid("All line items must have the same currency.", "line_items")),
    }
}

fn expiry(params: &Params, now_s: i64) -> Result<i64, ApiError> {
    let expires_at_s = params.integer("expires_at")?.unwrap_or(now_s + LIFE_S_MAX);
    let life_s = expires_at_s.saturating_sub(now_s);
    if (LIFE_S_MIN - CLOCK_SLACK_S..=LIFE_S_MAX + CLOCK_SLACK_S).contains(&life_s) {
        Ok(expires_at_s)
    } else {
        Err(ApiError::invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            "expires_at",
        ))
    }
}

/// A place to go back to: http or https, nothing a browser would run.
fn url(text: &str, param: &str) -> Result<String, ApiError> {
    let http = reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if http { Ok(text.to_owned()) } else { Err(ApiError::invalid("Not a valid URL", param).code("url_invalid")) }
}
