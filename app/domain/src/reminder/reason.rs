//! Why nothing is sent, in words for the business and for the person who owes.

use super::facts::HoldKind;
use crate::budget::Spent;
use crate::hours::Closed;
use serde::{Deserialize, Serialize};

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing is owed, or money on account covers it.
    NothingOverdue,
    /// They asked not to be contacted.
    Stopped,
    /// All that is owed is disputed.
    Disputed,
    /// A moratorium.
    BreathingSpace,
    /// They say that they have paid.
    ClaimOfPayment,
    /// They cannot afford it now.
    Hardship,
    /// A bank took a card payment back.
    Chargeback,
    /// The business gave a payment back.
    Refund,
    /// A payment is on its way.
    PaymentConfirming,
    /// The business has a proposal to answer first.
    AwaitsBusiness,
    /// They have an offer to think about.
    OfferOpen,
    /// Reminders are paused by hand.
    Held,
    /// A promised date has not come yet.
    PromiseRunning,
    /// A plan is running.
    PlanRunning,
    /// The newest data of the bank is too old to know who has paid.
    StaleBankData,
    /// The next step's day has not come.
    NotYet,
    /// All steps were taken: a person decides.
    LadderFinished,
    /// No address is known on any channel of the step.
    NoAddress,
    /// What was sent came back, and no other channel is left.
    Bounced,
    /// They do not want to be reached on any channel that is left.
    OptedOut,
    /// The business, or a law, does not use any channel of the step.
    ChannelNotUsed,
    /// The last contact was only just now.
    TooSoon,
    /// As many contacts as one person should get.
    BudgetSpent,
    /// They have just been spoken to.
    QuietAfterTalk,
    /// It is outside the permitted hours where they are or may be.
    OutsideHours,
    /// It is a public holiday where they are or may be.
    PublicHoliday,
    /// The permitted hours of the zones in which they may be have nothing in common.
    NoPermittedHour,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::NothingOverdue,
        Self::Stopped,
        Self::Disputed,
        Self::BreathingSpace,
        Self::ClaimOfPayment,
        Self::Hardship,
        Self::Chargeback,
        Self::Refund,
        Self::PaymentConfirming,
        Self::AwaitsBusiness,
        Self::OfferOpen,
        Self::Held,
        Self::PromiseRunning,
        Self::PlanRunning,
        Self::StaleBankData,
        Self::NotYet,
        Self::LadderFinished,
        Self::NoAddress,
        Self::Bounced,
        Self::OptedOut,
        Self::ChannelNotUsed,
        Self::TooSoon,
        Self::BudgetSpent,
        Self::QuietAfterTalk,
        Self::OutsideHours,
        Self::PublicHoliday,
        Self::NoPermittedHour,
    ];

    /// The name in the database and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::NothingOverdue => "nothing_overdue",
            Self::Stopped => "stopped",
            Self::Disputed => "disputed",
            Self::BreathingSpace => "breathing_space",
            Self::ClaimOfPayment => "claim_of_payment",
            Self::Hardship => "hardship",
            Self::Chargeback => "chargeback",
            Self::Refund => "refund",
            Self::PaymentConfirming => "payment_confirming",
            Self::AwaitsBusiness => "awaits_business",
            Self::OfferOpen => "offer_open",
            Self::Held => "held",
            Self::PromiseRunning => "promise_running",
            Self::PlanRunning => "plan_running",
            Self::StaleBankData => "stale_bank_data",
            Self::NotYet => "not_yet",
            Self::LadderFinished => "ladder_finished",
            Self::NoAddress => "no_address",
            Self::Bounced => "bounced",
            Self::OptedOut => "opted_out",
            Self::ChannelNotUsed => "channel_not_used",
            Self::TooSoon => "too_soon",
            Self::BudgetSpent => "budget_spent",
            Self::QuietAfterTalk => "quiet_after_talk",
            Self::OutsideHours => "outside_hours",
            Self::PublicHoliday => "public_holiday",
            Self::NoPermittedHour => "no_permitted_hour",
        }
    }

    /// Reads a name written by [`Reason::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Whether a message was wanted and held back: where nothing is due, nothing is withheld.
    pub fn withholds(self) -> bool {
        !matches!(self, Self::NotYet | Self::NothingOverdue)
    }

    /// Whether it is about how often one person is contacted.
    pub fn is_of_budget(self) -> bool {
        matches!(self, Self::TooSoon | Self::BudgetSpent | Self::QuietAfterTalk)
    }

    /// What to tell the business.
    pub fn words(self) -> &'static str {
        match self {
            Self::NothingOverdue => "Nothing is owed that could be asked for",
            Self::Stopped => "They asked not to be contacted",
            Self::Disputed => "Everything that is owed is disputed",
            Self::BreathingSpace => "A breathing space is running",
            Self::ClaimOfPayment => "They say that they have paid, and wait for your answer",
            Self::Hardship => "They told you that they cannot afford it now",
            Self::Chargeback => "A payment was taken back by the bank",
            Self::Refund => "You gave a payment back, and have to decide what comes next",
            Self::PaymentConfirming => "A payment is on its way",
            Self::AwaitsBusiness => "They wait for your answer",
            Self::OfferOpen => "Your offer is still open",
            Self::Held => "Reminders are paused by hand",
            Self::PromiseRunning => "They promised to pay by a date",
            Self::PlanRunning => "They are paying in instalments",
            Self::StaleBankData => "The newest bank data is too old to know who has paid",
            Self::NotYet => "The next reminder is not due yet",
            Self::LadderFinished => "All reminders were sent: it is for a person to decide what comes next",
            Self::NoAddress => "No address is known to which this reminder could go",
            Self::Bounced => "What was sent came back, and there is no other way to reach them",
            Self::OptedOut => "They do not want to be reached in any of the ways that are left",
            Self::ChannelNotUsed => "Your policy does not use any of the ways that are left",
            Self::TooSoon => "They were contacted only just now",
            Self::BudgetSpent => "They have had as many contacts as one person should get",
            Self::QuietAfterTalk => "Somebody has just spoken with them",
            Self::OutsideHours => "It is outside the permitted hours where they are",
            Self::PublicHoliday => "It is a public holiday where they are",
            Self::NoPermittedHour => "No hour is permitted in all the places where they may be",
        }
    }

    /// What to tell the person who owes, in plain words.
    pub fn plain(self) -> &'static str {
        match self {
            Self::NothingOverdue => "You have nothing to pay that we could remind you of.",
            Self::Stopped => "You asked us not to contact you.",
            Self::Disputed => "You told us that something is not right, and we are looking into it.",
            Self::BreathingSpace => "You have a breathing space in which we do not contact you.",
            Self::ClaimOfPayment => "You told us that you have paid, and we are checking it.",
            Self::Hardship => "You told us that you cannot afford this right now.",
            Self::Chargeback => "Your bank took a payment back, and we are looking into it.",
            Self::Refund => "We gave a payment back to you, and are looking into what comes next.",
            Self::PaymentConfirming => "Your payment is on its way.",
            Self::AwaitsBusiness => "You sent us a proposal, and it is our turn to answer.",
            Self::OfferOpen => "We made you an offer, and you have time to think about it.",
            Self::Held => "We have paused reminders for you.",
            Self::PromiseRunning => "You told us when you will pay.",
            Self::PlanRunning => "You are paying in instalments as agreed.",
            Self::StaleBankData => "We do not have the newest payments yet, and yours may be among them.",
            Self::NotYet => "It is not time for the next message yet.",
            Self::LadderFinished => "We have sent you all our reminders. A person will look at it next.",
            Self::NoAddress => "We have no address to write to you.",
            Self::Bounced => "Our message to you came back.",
            Self::OptedOut => "You asked us not to reach you in this way.",
            Self::ChannelNotUsed => "We do not contact people in this way.",
            Self::TooSoon => "We contacted you only a short time ago.",
            Self::BudgetSpent => "We have contacted you as often as we should for now.",
            Self::QuietAfterTalk => "We spoke with you only a short time ago.",
            Self::OutsideHours => "We do not contact you at this hour.",
            Self::PublicHoliday => "We do not contact you on a public holiday.",
            Self::NoPermittedHour => "We do not know at which hours we may contact you.",
        }
    }
}

impl From<HoldKind> for Reason {
    fn from(kind: HoldKind) -> Self {
        match kind {
            HoldKind::BreathingSpace => Self::BreathingSpace,
            HoldKind::Dispute => Self::Disputed,
            HoldKind::Claim => Self::ClaimOfPayment,
            HoldKind::Hardship => Self::Hardship,
            HoldKind::Chargeback => Self::Chargeback,
            HoldKind::Refund => Self::Refund,
            HoldKind::PaymentConfirming => Self::PaymentConfirming,
            HoldKind::Proposal => Self::AwaitsBusiness,
            HoldKind::Offer => Self::OfferOpen,
            HoldKind::ByHand => Self::Held,
        }
    }
}

impl From<Spent> for Reason {
    fn from(spent: Spent) -> Self {
        match spent {
            Spent::TooSoon => Self::TooSoon,
            Spent::Limit => Self::BudgetSpent,
            Spent::Quiet => Self::QuietAfterTalk,
        }
    }
}

impl From<Closed> for Reason {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Holiday => Self::PublicHoliday,
            Closed::Hours => Self::OutsideHours,
        }
    }
}
