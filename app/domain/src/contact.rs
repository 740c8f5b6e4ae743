//! Contact: the ways in which a person is reached, when somebody asks us to stop, and whether a person may be reminded now.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

mod stop;
pub use stop::says_stop;

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An e-mail.
    Email,
    /// A text message.
    Sms,
    /// A letter on paper.
    Letter,
    /// A telephone call by a person.
    Call,
    /// A visit by a person.
    Visit,
    /// A notice on the debtor's own page, which interrupts nobody.
    Portal,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Email, Self::Sms, Self::Letter, Self::Call, Self::Visit, Self::Portal];

    /// The name in forms, files and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Letter => "letter",
            Self::Call => "call",
            Self::Visit => "visit",
            Self::Portal => "portal",
        }
    }

    /// Reads a name written by [`Channel::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    /// The word for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Sms => "text message",
            Self::Letter => "letter",
            Self::Call => "telephone call",
            Self::Visit => "visit",
            Self::Portal => "notice on your page",
        }
    }

    /// People speak with each other here and now: an attempt may fail to reach anybody, and a talk is a conversation.
    pub fn is_spoken(self) -> bool {
        matches!(self, Self::Call | Self::Visit)
    }
}

/// Days that pass between two contacts at least.
pub const DAYS_BETWEEN: u32 = 3;
/// Contacts in any 30 days at most, over all invoices, channels and staff.
pub const CONTACTS_MAX: u32 = 5;
/// Days after which the same reminder may be repeated.
pub const REMINDER_DAYS: u32 = 30;

/// What the decision is made of, as of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Overdue and not in dispute, in minor units.
    pub overdue_minor: i64,
    /// An e-mail address is known.
    pub has_email: bool,
    /// Days since the last contact of any kind, `None` where there was none.
    pub last_contact_days: Option<i64>,
    /// Days since the last reminder, `None` where there was none.
    pub last_reminder_days: Option<i64>,
    /// Contacts in the last 30 days.
    pub contacts_30_days: u32,
    /// Something waits for the business: a proposal, a dispute of everything, a claim of payment.
    pub awaits_business: bool,
    /// A card payment was made and is not certain yet.
    pub payment_confirming: bool,
    /// The business offered something that the debtor may still accept, until this day.
    pub offer_until: Option<NaiveDate>,
    /// An agreement is running and in good standing, with its next date.
    pub agreement_until: Option<NaiveDate>,
    /// A hold by hand or for hardship: its last day, or no end.
    pub held_until: Option<Option<NaiveDate>>,
}

/// What to do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Send the reminder.
    Send,
    /// Not before this day.
    Wait {
        /// The first day on which it is looked at again; `None` while nobody knows.
        until: Option<NaiveDate>,
        /// Why.
        reason: Reason,
    },
    /// Not at all, as things stand.
    Never(Reason),
}

/// Why no reminder goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing is overdue that is not disputed.
    NothingOverdue,
    /// There is no address to send it to.
    NoAddress,
    /// The business has something to answer first.
    AwaitsBusiness,
    /// A payment is on its way.
    PaymentConfirming,
    /// The debtor has an offer to think about.
    OfferOpen,
    /// An agreement is being kept.
    AgreementRunning,
    /// Reminders are paused.
    Held,
    /// The last contact was only just now.
    TooSoon,
    /// As many contacts as one person should get.
    BudgetSpent,
}

impl Reason {
    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::NothingOverdue => "nothing_overdue",
            Self::NoAddress => "no_address",
            Self::AwaitsBusiness => "awaits_business",
            Self::PaymentConfirming => "payment_confirming",
            Self::OfferOpen => "offer_open",
            Self::AgreementRunning => "agreement_running",
            Self::Held => "held",
            Self::TooSoon => "too_soon",
            Self::BudgetSpent => "budget_spent",
        }
    }
}

/// Decides whether the one reminder with everything overdue may go out today.
pub fn next(facts: &Facts, today: NaiveDate) -> Decision {
    if facts.overdue_minor <= 0 {
        return Decision::Never(Reason::NothingOverdue);
    }
    if let Some(until) = facts.held_until {
        return Decision::Wait { until: until.and_then(|on| on.succ_opt()), reason: Reason::Held };
    }
    if facts.awaits_business {
        return Decision::Wait { until: None, reason: Reason::AwaitsBusiness };
    }
    if facts.payment_confirming {
        return Decision::Wait { until: None, reason: Reason::PaymentConfirming };
    }
    if let Some(until) = facts.offer_until {
        return Decision::Wait { until: until.succ_opt(), reason: Reason::OfferOpen };
    }
    if let Some(until) = facts.agreement_until {
        return Decision::Wait { until: Some(until), reason: Reason::AgreementRunning };
    }
    let wait = |since: i64, days: u32, reason| {
        let left = i64::from(days) - since;
        let left = u32::try_from(left).ok().filter(|d| *d > 0)?;
        Some(Decision::Wait { until: Some(crate::calendar::plus_days(today, left)), reason })
    };
    if let Some(decision) = facts.last_reminder_days.and_then(|since| wait(since, REMINDER_DAYS, Reason::TooSoon)) {
        return decision;
    }
    if let Some(decision) = facts.last_contact_days.and_then(|since| wait(since, DAYS_BETWEEN, Reason::TooSoon)) {
        return decision;
    }
    if facts.contacts_30_days >= CONTACTS_MAX {
        return Decision::Wait { until: None, reason: Reason::BudgetSpent };
    }
    if !facts.has_email {
        return Decision::Never(Reason::NoAddress);
    }
    Decision::Send
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;

    fn facts() -> Facts {
        Facts {
            overdue_minor: 500,
            has_email: true,
            last_contact_days: None,
            last_reminder_days: None,
            contacts_30_days: 0,
            awaits_business: false,
            payment_confirming: false,
            offer_until: None,
            agreement_until: None,
            held_until: None,
        }
    }

    #[test]
    fn nobody_is_reminded_without_cause_or_too_often() {
        let today = parse_iso("2026-11-21").unwrap();
        let on = |text| parse_iso(text);
        let wait = |until, reason| Decision::Wait { until, reason };
        let table = [
            (facts(), Decision::Send),
            (Facts { overdue_minor: 0, ..facts() }, Decision::Never(Reason::NothingOverdue)),
            (Facts { has_email: false, ..facts() }, Decision::Never(Reason::NoAddress)),
            (Facts { awaits_business: true, ..facts() }, wait(None, Reason::AwaitsBusiness)),
            (Facts { payment_confirming: true, ..facts() }, wait(None, Reason::PaymentConfirming)),
            (Facts { offer_until: on("2026-12-01"), ..facts() }, wait(on("2026-12-02"), Reason::OfferOpen)),
            (Facts { agreement_until: on("2026-12-01"), ..facts() }, wait(on("2026-12-01"), Reason::AgreementRunning)),
            (Facts { held_until: Some(on("2026-12-01")), ..facts() }, wait(on("2026-12-02"), Reason::Held)),
            (Facts { held_until: Some(None), ..facts() }, wait(None, Reason::Held)),
            (Facts { last_contact_days: Some(2), ..facts() }, wait(on("2026-11-22"), Reason::TooSoon)),
            (Facts { last_contact_days: Some(3), ..facts() }, Decision::Send),
            (Facts { last_reminder_days: Some(10), ..facts() }, wait(on("2026-12-11"), Reason::TooSoon)),
            (Facts { contacts_30_days: 5, ..facts() }, wait(None, Reason::BudgetSpent)),
        ];
        for (facts, expected) in table {
            assert_eq!(next(&facts, today), expected, "{facts:?}");
        }
    }
}
