//! Paying on the hosted page: under the books' lock, so a page takes money once whatever is clicked at the same time.

use super::{
    books::{Books, new_id},
    card::{Card, Decline},
    customer::Customer,
    intent::{Intent, IntentStatus, Presence},
    session::SessionStatus,
};

/// Where the debtor stands after a click on the hosted page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Finished, now or before: back to the shop.
    Return(String),
    /// The card was refused; another may be tried.
    Declined(Decline),
    /// The bank wants to know who is paying.
    Challenge,
    /// The page no longer takes money.
    Expired,
    /// There is no such page.
    Unknown,
}

impl Books {
    /// Tries `card` on the page of a session.
    pub(super) fn pay(&mut self, session_id: &str, card: Card) -> Step {
        if let Some(over) = self.over(session_id) {
            return over;
        }
        let Some(intent) = self.session_intent(session_id) else {
            return Step::Unknown;
        };
        let method = self.add_method(card);
        self.attempt(&intent, &method, Presence::OnPage);
        self.step(session_id, &intent)
    }

    /// The debtor answers the bank's challenge.
    pub(super) fn answer_challenge(&mut self, session_id: &str, proved: bool) -> Step {
        if let Some(over) = self.over(session_id) {
            return over;
        }
        let Some(intent) = self.session_intent(session_id) else {
            return Step::Unknown;
        };
        self.authenticate(&intent, proved);
        self.step(session_id, &intent)
    }

    /// Why the page of a session takes no money, if it does not.
    fn over(&self, session_id: &str) -> Option<Step> {
        let Some(session) = self.sessions.find(session_id) else {
            return Some(Step::Unknown);
        };
        match session.status {
            SessionStatus::Open => None,
            SessionStatus::Complete => Some(Step::Return(session.success_url())),
            SessionStatus::Expired => Some(Step::Expired),
        }
    }

    fn step(&mut self, session_id: &str, intent_id: &str) -> Step {
        let Some(intent) = self.intents.find(intent_id) else {
            return Step::Unknown;
        };
        match (intent.status, intent.decline) {
            (IntentStatus::Succeeded, _) => self.complete_session(session_id, true),
            (IntentStatus::Processing, _) => self.complete_session(session_id, false),
            (IntentStatus::RequiresAction, _) => return Step::Challenge,
            (_, Some(decline)) => return Step::Declined(decline),
            (_, None) => {}
        }
        self.over(session_id).unwrap_or(Step::Unknown)
    }

    /// The payment of a session, made when it is first needed, as Stripe does.
    fn session_intent(&mut self, session_id: &str) -> Option<String> {
        let created_s = self.now_s();
        let session = self.sessions.find(session_id)?;
        if let Some(intent) = &session.intent {
            return Some(intent.clone());
        }
        let new_customer = session.makes_customer.then(|| Customer {
            id: new_id("cus_"),
            created_s,
            email: session.customer_email.clone(),
            name: None,
            metadata: Default::default(),
        });
        let mut intent = Intent {
            id: new_id("pi_"),
            created_s,
            amount: session.amount,
            currency: session.currency.clone(),
            customer: session.customer.clone(),
            decline: None,
            description: session.intent_description.clone(),
            latest_charge: None,
            metadata: session.intent_metadata.clone(),
            method: None,
            saves_card: session.saves_card,
            session: Some(session_id.to_owned()),
            settles_at_s: None,
            status: IntentStatus::RequiresPaymentMethod,
        };
        if let Some(customer) = new_customer {
            intent.customer = Some(self.add_customer(customer));
        }
        let customer = intent.customer.clone();
        let id = self.add_intent(intent);
        let session = self.sessions.find_mut(session_id)?;
        session.intent = Some(id.clone());
        session.customer = customer;
        Some(id)
    }
}
