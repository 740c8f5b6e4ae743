//! The gateway over Stripe's HTTP API; the sandbox speaks the same, so only the base URL differs.

use std::{sync::Once, time::Duration};

use reqwest::{Method, Url, header};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::{CheckoutRequest, GatewayError, OffSessionCharge, Payment, Refund, SavedCard, Session, Truth, amount};

pub mod listing;
mod shapes;

/// The version of Stripe's API whose shapes are read here.
pub const STRIPE_VERSION: &str = "2025-03-31.basil";

/// Where Stripe listens.
pub const STRIPE_URL: &str = "https://api.stripe.com";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Sessions on one page of a listing; Stripe's most.
const PAGE_LIMIT: &str = "100";
/// Pages read while looking an attempt up.
const PAGES_MAX: usize = 50;

/// How to reach the gateway.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// [`STRIPE_URL`], or a sandbox.
    pub base_url: String,
    /// The API's secret key; never logged.
    pub secret_key: SecretString,
    /// How long an answer may take before its fate counts as unknown.
    pub timeout: Duration,
}

/// A connection to the gateway; cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    http: reqwest::Client,
    base_url: Url,
    secret_key: SecretString,
}

type Fields<'a> = Vec<(&'a str, String)>;

impl Gateway {
    /// Prepares the connection; nothing is sent.
    ///
    /// # Errors
    /// [`GatewayError::Invalid`] for a base URL or key that cannot be used.
    pub fn new(config: GatewayConfig) -> Result<Self, GatewayError> {
        use_ring();
        let invalid = |reason: String| GatewayError::Invalid { reason };
        let base_url: Url = config.base_url.parse().map_err(|e| invalid(format!("the gateway's URL: {e}")))?;
        let local = matches!(base_url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if !(base_url.scheme() == "https" || (local && base_url.scheme() == "http")) {
            return Err(invalid("the gateway's URL must be https, or http on this machine".into()));
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("kept/", env!("CARGO_PKG_VERSION")));
        if local {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| invalid(format!("the HTTP client: {e}")))?;
        Ok(Self { http, base_url, secret_key: config.secret_key })
    }

    /// The origin of the hosted page, for a `form-action` policy: browsers check it on the redirect there.
    #[must_use]
    pub fn hosted_origin(&self) -> String {
        if self.base_url.host_str() == Some("api.stripe.com") {
            "https://checkout.stripe.com".to_owned()
        } else {
            self.base_url.origin().ascii_serialization()
        }
    }

    /// Makes a hosted page for one attempt. Repeating the call with the same request within 24 hours answers the
    /// same session again; that is how the truth is asked after an unknown fate. (A failure on Stripe's side is
    /// repeated too; then [`Self::find_session`] tells whether the session exists.)
    ///
    /// # Errors
    /// Any [`GatewayError`].
    pub async fn create_checkout_session(&self, request: &CheckoutRequest) -> Result<Session, GatewayError> {
        let fields = shapes::checkout_fields(request)?;
        let made: shapes::Session = self.post("/v1/checkout/sessions", &fields, Some(&request.attempt_id)).await?;
        made.session()
    }

    /// All that is known of a session, its payment and its refunds, in one call.
    ///
    /// # Errors
    /// Any [`GatewayError`]; reading changes nothing, so it may be repeated after each.
    pub async fn retrieve_session(&self, id: &str) -> Result<Truth, GatewayError> {
        let path = format!("/v1/checkout/sessions/{}", segment(id)?);
        let query = vec![("expand[]", "payment_intent.latest_charge.refunds".into())];
        let found: shapes::Session = self.get(&path, &query).await?;
        let mut truth = found.truth()?;
        if let Some(payment) = &mut truth.payment {
            self.complete_refunds(payment).await?;
        }
        Ok(truth)
    }

    /// The session that was made for `attempt_id` at or after `created_from_s` (seconds since 1970), if there is one. Stripe cannot search
    /// by reference, so the newest sessions are read page by page: give the time the attempt was stored, less some
    /// minutes for clocks that differ.
    ///
    /// # Errors
    /// Any [`GatewayError`]; [`GatewayError::Unknown`] when there were more sessions than are read.
    pub async fn find_session(&self, attempt_id: &str, created_from_s: i64) -> Result<Option<Session>, GatewayError> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![("limit", PAGE_LIMIT.to_owned()), ("created[gte]", created_from_s.to_string())];
            query.extend(after.take().map(|id| ("starting_after", id)));
            let page: shapes::List<shapes::Session> = self.get("/v1/checkout/sessions", &query).await?;
            let found = page.data.iter().find(|s| s.client_reference_id.as_deref() == Some(attempt_id));
            if let Some(found) = found {
                return found.session().map(Some);
            }
            match page.data.last() {
                Some(last) if page.has_more => after = Some(last.id.clone()),
                _ => return Ok(None),
            }
        }
        Err(GatewayError::Unknown { reason: format!("more than {PAGES_MAX} pages of sessions") })
    }

    /// Closes a hosted page so that it takes no money. One that is complete or expired already is refused.
    ///
    /// # Errors
    /// Any [`GatewayError`].
    pub async fn expire_session(&self, id: &str) -> Result<Session, GatewayError> {
        let path = format!("/v1/checkout/sessions/{}/expire", segment(id)?);
        let closed: shapes::Session = self.post(&path, &Fields::new(), None).await?;
        closed.session()
    }

    /// All that is known of a payment that was made without a hosted page.
    ///
    /// # Errors
    /// Any [`GatewayError`]; reading changes nothing, so it may be repeated after each.
    pub async fn retrieve_payment(&self, payment_intent: &str) -> Result<Payment, GatewayError> {
        let path = format!("/v1/payment_intents/{}", segment(payment_intent)?);
        let query = vec![("expand[]", "latest_charge.refunds".into())];
        let found: shapes::Intent = self.get(&path, &query).await?;
        let mut payment = found.payment()?;
        self.complete_refunds(&mut payment).await?;
        Ok(payment)
    }

    /// A charge carries its ten newest refunds; where there may be more, all are listed.
    async fn complete_refunds(&self, payment: &mut Payment) -> Result<(), GatewayError> {
        if payment.refunds.len() < 10 {
            return Ok(());
        }
        payment.refunds.clear();
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![("payment_intent", payment.payment_intent.clone()), ("limit", PAGE_LIMIT.to_owned())];
            query.extend(after.take().map(|id| ("starting_after", id)));
            let page: shapes::List<shapes::Refund> = self.get("/v1/refunds", &query).await?;
            for refund in &page.data {
                payment.refunds.push(refund.refund()?);
            }
            match payment.refunds.last() {
                Some(last) if page.has_more && !page.data.is_empty() => {
                    after = Some(last.id.clone());
                }
                _ => return Ok(()),
            }
        }
    }

    /// Gives back `amount_minor` of a payment in `currency`. `idempotency_key` is the stored refund's id.
    ///
    /// # Errors
    /// Any [`GatewayError`].
    pub async fn refund(
        &self,
        payment_intent: &str,
        amount_minor: i64,
        currency: &str,
        idempotency_key: &str,
    ) -> Result<Refund, GatewayError> {
        let fields = vec![
            ("payment_intent", payment_intent.to_owned()),
            ("amount", stripe_amount(amount_minor, currency)?.to_string()),
            ("metadata[refund_id]", idempotency_key.to_owned()),
        ];
        let made: shapes::Refund = self.post("/v1/refunds", &fields, Some(idempotency_key)).await?;
        made.refund()
    }

    /// Makes a customer, to whom cards can be saved; answers the gateway's id.
    ///
    /// # Errors
    /// Any [`GatewayError`].
    pub async fn create_customer(
        &self,
        email: Option<&str>,
        debtor_id: &str,
        idempotency_key: &str,
    ) -> Result<String, GatewayError> {
        let mut fields = vec![("metadata[debtor_id]", debtor_id.to_owned())];
        fields.extend(email.map(|email| ("email", email.to_owned())));
        let made: shapes::Customer = self.post("/v1/customers", &fields, Some(idempotency_key)).await?;
        Ok(made.id)
    }

    /// The cards a customer agreed to keep, newest first, a hundred at most.
    ///
    /// # Errors
    /// Any [`GatewayError`].
    pub async fn list_saved_cards(&self, customer: &str) -> Result<Vec<SavedCard>, GatewayError> {
        let path = format!("/v1/customers/{}/payment_methods", segment(customer)?);
        let query = vec![("type", "card".into()), ("limit", PAGE_LIMIT.into())];
        let page: shapes::List<shapes::PaymentMethod> = self.get(&path, &query).await?;
        Ok(page.data.into_iter().filter_map(shapes::PaymentMethod::saved_card).collect())
    }

    /// Charges a saved card while the debtor is away. A bank that wants the debtor to prove who they are refuses
    /// with the code `authentication_required`: ask the debtor to pay on a hosted page.
    ///
    /// # Errors
    /// Any [`GatewayError`]; a declined card is [`GatewayError::Refused`] with the payment's id.
    pub async fn charge_off_session(&self, charge: &OffSessionCharge) -> Result<Payment, GatewayError> {
        let fields = vec![
            ("amount", stripe_amount(charge.amount_minor, &charge.currency)?.to_string()),
            ("currency", charge.currency.clone()),
            ("customer", charge.customer.clone()),
            ("payment_method", charge.payment_method.clone()),
            ("payment_method_types[0]", "card".into()),
            ("off_session", "true".into()),
            ("confirm", "true".into()),
            ("description", charge.description.clone()),
            ("metadata[attempt_id]", charge.attempt_id.clone()),
            ("metadata[business_id]", charge.business_id.clone()),
            ("expand[0]", "latest_charge.refunds".into()),
        ];
        let made: shapes::Intent = self.post("/v1/payment_intents", &fields, Some(&charge.attempt_id)).await?;
        made.payment()
    }

    /// The payment that was made off-session of a customer for `attempt_id`, if there is one. All of the customer's
    /// payments are read, newest first: a listing knows at once of what was made, and no clock is compared, which Stripe's
    /// search (up to a minute late) and a filter by time would do.
    ///
    /// # Errors
    /// Any [`GatewayError`]; [`GatewayError::Unknown`] when there were more payments than are read.
    pub async fn find_payment(&self, customer: &str, attempt_id: &str) -> Result<Option<Payment>, GatewayError> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut query = vec![("limit", PAGE_LIMIT.to_owned()), ("customer", customer.to_owned())];
            query.extend(after.take().map(|id| ("starting_after", id)));
            let page: shapes::List<shapes::Intent> = self.get("/v1/payment_intents", &query).await?;
            if let Some(found) = page.data.iter().find(|intent| intent.is_of(attempt_id)) {
                return self.retrieve_payment(&found.id).await.map(Some);
            }
            match page.data.last() {
                Some(last) if page.has_more => after = Some(last.id.clone()),
                _ => return Ok(None),
            }
        }
        Err(GatewayError::Unknown { reason: format!("more than {PAGES_MAX} pages of payments") })
    }

    /// Takes a kept card away from its customer, so that nobody can charge it any more. One that is away already is as it
    /// should be.
    ///
    /// # Errors
    /// Any [`GatewayError`]; it may be repeated after each.
    pub async fn detach_card(&self, payment_method: &str) -> Result<(), GatewayError> {
        let path = format!("/v1/payment_methods/{}/detach", segment(payment_method)?);
        match self.post::<serde_json::Value>(&path, &Fields::new(), None).await {
            Ok(_) => Ok(()),
            // Stripe has no code for a card that belongs to nobody (400), and one for a card that it does not know (404).
            Err(GatewayError::Refused(refusal)) if matches!(refusal.status, 400 | 404) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, query: &Fields<'_>) -> Result<T, GatewayError> {
        self.send(self.request(Method::GET, path)?.query(query)).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        fields: &Fields<'_>,
        idempotency_key: Option<&str>,
    ) -> Result<T, GatewayError> {
        let mut request = self.request(Method::POST, path)?.form(fields);
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        self.send(request).await
    }

    fn request(&self, method: Method, path: &str) -> Result<reqwest::RequestBuilder, GatewayError> {
        let url = self.base_url.join(path).map_err(|e| GatewayError::Invalid { reason: format!("{path}: {e}") })?;
        Ok(self
            .http
            .request(method, url)
            // reqwest marks this header as sensitive, which keeps it out of Debug.
            .bearer_auth(self.secret_key.expose_secret())
            .header("Stripe-Version", STRIPE_VERSION)
            .header(header::ACCEPT, "application/json"))
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, GatewayError> {
        let response = request.send().await.map_err(unsent_or_unknown)?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        // The status came, the body did not: what was done is unknown.
        let body = response.bytes().await.map_err(|e| GatewayError::Unknown { reason: reason(&e.without_url()) })?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|e| GatewayError::Protocol { reason: e.to_string() });
        }
        Err(shapes::refusal(status.as_u16(), &body, retry_after))
    }
}

fn unsent_or_unknown(error: reqwest::Error) -> GatewayError {
    let error = error.without_url();
    let reason = reason(&error);
    if error.is_connect() {
        GatewayError::Unreachable { reason }
    } else if error.is_builder() {
        GatewayError::Invalid { reason }
    } else {
        GatewayError::Unknown { reason }
    }
}

/// An error with its causes: reqwest's own words seldom say what happened.
fn reason(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

fn stripe_amount(amount_minor: i64, currency: &str) -> Result<i64, GatewayError> {
    let invalid = |reason: String| GatewayError::Invalid { reason };
    if amount_minor <= 0 {
        return Err(invalid(format!("{amount_minor} is not a positive amount")));
    }
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_lowercase()) {
        return Err(invalid(format!("{currency:?} is not a currency code in lower case")));
    }
    amount::to_stripe(amount_minor, currency)
        .ok_or_else(|| invalid(format!("{amount_minor} {currency} cannot be charged")))
}

/// An id from the gateway as one segment of a path, so that no id can address anything else.
fn segment(id: &str) -> Result<&str, GatewayError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if !id.is_empty() && id.len() <= 255 && id.bytes().all(plain) {
        Ok(id)
    } else {
        Err(GatewayError::Invalid { reason: format!("{id:?} is not an id of the gateway") })
    }
}

/// Chooses the process's TLS provider, unless one is chosen: reqwest brings none of its own.
pub(crate) fn use_ring() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // An error means that the process has chosen a provider already, which serves as well.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}
