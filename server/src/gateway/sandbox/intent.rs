//! Payment intents: one payment, over all its tries.

use serde_json::{Value, json};

use super::{
    books::{Books, Expand, Metadata, Object, new_id},
    card::{AUTHENTICATION_REQUIRED, Behaviour, Decline, INSUFFICIENT, NOT_AUTHENTICATED},
    charge::{Charge, Outcome},
    error::ApiError,
    form::Params,
    list::{LIST_PARAMS, page},
    money,
};

/// One payment.
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) created_s: i64,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) customer: Option<String>,
    pub(super) decline: Option<Decline>,
    pub(super) description: Option<String>,
    pub(super) latest_charge: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) method: Option<String>,
    /// The card is to be kept for later charges.
    pub(super) saves_card: bool,
    /// The hosted page it is paid on, if it is.
    pub(super) session: Option<String>,
    /// When a slow bank answers.
    pub(super) settles_at_s: Option<i64>,
    pub(super) status: IntentStatus,
}

/// How far a payment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl IntentStatus {
    fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// Whether the cardholder is there to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    OnPage,
    Away,
}

impl Object for Intent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created_s(&self) -> i64 {
        self.created_s
    }

    fn json(&self, books: &Books, expand: &Expand) -> Value {
        let received = if self.status == IntentStatus::Succeeded { self.amount } else { 0 };
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_received": received,
            "canceled_at": null,
            "capture_method": "automatic_async",
            "client_secret": format!("{}_secret_sandbox", self.id),
            "confirmation_method": "automatic",
            "created": self.created_s,
            "currency": self.currency,
            "customer": expand.reference("customer", self.customer.as_deref(), &books.customers, books),
            "description": self.description,
            "last_payment_error": self.decline.map(|decline| json!({
                "charge": self.latest_charge,
                "code": decline.code,
                "decline_code": decline.decline_code,
                "message": decline.message,
                "type": "card_error",
            })),
            "latest_charge":
                expand.reference("latest_charge", self.latest_charge.as_deref(), &books.charges, books),
            "livemode": false,
            "metadata": self.metadata,
            "next_action": (self.status == IntentStatus::RequiresAction)
                .then(|| json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} })),
            "payment_method":
                expand.reference("payment_method", self.method.as_deref(), &books.methods, books),
            "payment_method_types": ["card"],
            "setup_future_usage": self.saves_card.then_some("off_session"),
            "status": self.status.name(),
        })
    }
}

impl Books {
    /// `POST /v1/payment_intents`: a saved card is charged while its holder is away.
    pub(super) fn create_intent(&mut self, params: &Params) -> Result<String, ApiError> {
        params.only(&[
            "amount",
            "confirm",
            "currency",
            "customer",
            "description",
            "metadata",
            "off_session",
            "payment_method",
            "payment_method_types",
        ])?;
        params.required("amount")?;
        let amount = params.integer("amount")?.unwrap_or_default();
        let currency = params.required("currency")?.to_owned();
        money::check(amount, &currency, "amount")?;
        if !(params.flag("confirm")? && params.flag("off_session")?) {
            return Err(ApiError::invalid(
                "This stand-in makes payment intents only with confirm=true and off_session=true.",
                "confirm",
            ));
        }
        let customer = self.customers.get(params.required("customer")?)?.id.clone();
        let method = self.methods.get(params.required("payment_method")?)?;
        if method.customer.as_deref() != Some(customer.as_str()) {
            return Err(ApiError::invalid(
                format!("The provided PaymentMethod ({}) is not attached to this customer.", method.id),
                "payment_method",
            ));
        }
        let method = method.id.clone();
        let id = self.add_intent(Intent {
            id: new_id("pi_"),
            created_s: self.now_s(),
            amount,
            currency,
            customer: Some(customer),
            decline: None,
            description: params.text("description").map(str::to_owned),
            latest_charge: None,
            metadata: params.texts("metadata"),
            method: None,
            saves_card: false,
            session: None,
            settles_at_s: None,
            status: IntentStatus::RequiresPaymentMethod,
        });
        self.attempt(&id, &method, Presence::Away);
        let intent = self.intents.get(&id)?;
        match intent.decline {
            None => Ok(id),
            Some(decline) => {
                Err(ApiError::card(&decline, intent.json(self, &Expand::default()), intent.latest_charge.as_deref()))
            }
        }
    }

    /// Remembers a payment; answers its id.
    pub(super) fn add_intent(&mut self, intent: Intent) -> String {
        let id = intent.id.clone();
        self.intents.add(intent);
        self.tell("payment_intent.created", &id);
        id
    }

    /// `GET /v1/payment_intents`
    pub(super) fn list_intents(&self, params: &Params) -> Result<Value, ApiError> {
        params.only(&[&LIST_PARAMS[..], &["customer"]].concat())?;
        let customer = params.text("customer");
        page(&self.intents, self, params, "/v1/payment_intents", |intent| {
            customer.is_none() || intent.customer.as_deref() == customer
        })
    }

    /// Tries a card for a payment that waits for one.
    pub(super) fn attempt(&mut self, intent_id: &str, method_id: &str, presence: Presence) {
        let Some(behaviour) = self.methods.find(method_id).map(|method| method.card.behaviour) else {
            return;
        };
        let slow_s = self.config.slow_settles_after_s;
        let answers_at_s = self.now_s().saturating_add(slow_s);
        if let Some(intent) = self.intents.find_mut(intent_id) {
            intent.method = Some(method_id.to_owned());
            intent.decline = None;
        }
        match (behaviour, presence) {
            (Behaviour::Succeeds, _) | (Behaviour::DeclinesLater, Presence::OnPage) => {
                self.conclude(intent_id, Ok(()));
            }
            (Behaviour::Declines(decline), _) => self.conclude(intent_id, Err(decline)),
            (Behaviour::DeclinesLater, Presence::Away) => {
                self.conclude(intent_id, Err(INSUFFICIENT));
            }
            (Behaviour::Challenges | Behaviour::AlwaysChallenges, Presence::Away) => {
                self.conclude(intent_id, Err(AUTHENTICATION_REQUIRED));
            }
            (Behaviour::Challenges | Behaviour::AlwaysChallenges, Presence::OnPage) => {
                self.wait(intent_id, IntentStatus::RequiresAction, None);
                self.tell("payment_intent.requires_action", intent_id);
            }
            (Behaviour::Slow, _) => {
                self.charge(intent_id, Outcome::Pending);
                self.wait(intent_id, IntentStatus::Processing, Some(answers_at_s));
                self.tell("payment_intent.processing", intent_id);
            }
            (Behaviour::Silent, _) => {
                self.charge(intent_id, Outcome::Pending);
                self.wait(intent_id, IntentStatus::Processing, None);
                self.tell("payment_intent.processing", intent_id);
            }
        }
    }

    /// The cardholder proved who they are, or failed to. True when the payment waited for that.
    pub(super) fn authenticate(&mut self, intent_id: &str, proved: bool) -> bool {
        let waits = self.intents.find(intent_id).is_some_and(|intent| intent.status == IntentStatus::RequiresAction);
        if waits && proved {
            self.conclude(intent_id, Ok(()));
        } else if waits {
            self.fail(intent_id, NOT_AUTHENTICATED);
        }
        waits
    }

    /// The bank answers a payment that was being processed. True when it was.
    pub(super) fn settle(&mut self, intent_id: &str, answer: Result<(), Decline>) -> bool {
        let Some(intent) = self.intents.find_mut(intent_id) else {
            return false;
        };
        if intent.status != IntentStatus::Processing {
            return false;
        }
        intent.settles_at_s = None;
        let (charge, session) = (intent.latest_charge.clone(), intent.session.clone());
        if let Some(charge) = charge.and_then(|id| self.charges.find_mut(&id)) {
            charge.outcome = match answer {
                Ok(()) => Outcome::Succeeded,
                Err(decline) => Outcome::Failed(decline),
            };
        }
        self.tell_charge(intent_id);
        match answer {
            Ok(()) => self.succeed(intent_id),
            Err(decline) => self.fail(intent_id, decline),
        }
        if let Some(session) = session {
            self.session_settled(&session, answer.is_ok());
        }
        true
    }

    /// Gives a payment up.
    pub(super) fn cancel_intent(&mut self, intent_id: &str) {
        self.wait(intent_id, IntentStatus::Canceled, None);
        self.tell("payment_intent.canceled", intent_id);
    }

    /// The bank answers at once.
    fn conclude(&mut self, intent_id: &str, answer: Result<(), Decline>) {
        match answer {
            Ok(()) => {
                self.charge(intent_id, Outcome::Succeeded);
                self.tell_charge(intent_id);
                self.succeed(intent_id);
            }
            Err(decline) => {
                self.charge(intent_id, Outcome::Failed(decline));
                self.tell_charge(intent_id);
                self.fail(intent_id, decline);
            }
        }
    }

    fn succeed(&mut self, intent_id: &str) {
        self.wait(intent_id, IntentStatus::Succeeded, None);
        let saved = self.intents.find(intent_id).and_then(|intent| {
            let saved = (intent.method.clone()?, intent.customer.clone()?);
            intent.saves_card.then_some(saved)
        });
        if let Some((method, customer)) = saved {
            self.attach(&method, &customer);
        }
        self.tell("payment_intent.succeeded", intent_id);
    }

    fn fail(&mut self, intent_id: &str, decline: Decline) {
        if let Some(intent) = self.intents.find_mut(intent_id) {
            intent.status = IntentStatus::RequiresPaymentMethod;
            intent.decline = Some(decline);
            intent.method = None;
        }
        self.tell("payment_intent.payment_failed", intent_id);
    }

    fn wait(&mut self, intent_id: &str, status: IntentStatus, settles_at_s: Option<i64>) {
        if let Some(intent) = self.intents.find_mut(intent_id) {
            intent.status = status;
            intent.settles_at_s = settles_at_s;
        }
    }

    fn charge(&mut self, intent_id: &str, outcome: Outcome) {
        let created_s = self.now_s();
        let Some(intent) = self.intents.find_mut(intent_id) else {
            return;
        };
        let charge = Charge {
            id: new_id("ch_"),
            created_s,
            amount: intent.amount,
            amount_refunded: 0,
            currency: intent.currency.clone(),
            customer: intent.customer.clone(),
            description: intent.description.clone(),
            disputed: false,
            metadata: intent.metadata.clone(),
            method: intent.method.clone().unwrap_or_default(),
            outcome,
            payment_intent: intent.id.clone(),
        };
        intent.latest_charge = Some(charge.id.clone());
        self.charges.add(charge);
    }

    fn tell(&mut self, kind: &'static str, intent_id: &str) {
        if let Some(intent) = self.intents.find(intent_id) {
            let json = intent.json(self, &Expand::default());
            self.emit(kind, json);
        }
    }

    fn tell_charge(&mut self, intent_id: &str) {
        let charge =
            self.intents.find(intent_id).and_then(|intent| self.charges.find(intent.latest_charge.as_deref()?));
        if let Some(charge) = charge {
            let kind = match charge.outcome {
                Outcome::Succeeded => "charge.succeeded",
                Outcome::Pending => "charge.pending",
                Outcome::Failed(_) => "charge.failed",
            };
            let json = charge.json(self, &Expand::default());
            self.emit(kind, json);
        }
    }
}
