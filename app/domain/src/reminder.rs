//! Reminders that never harass: facts, a policy and the time go in; what to send, until when to wait, or why never, with
//! the reason, comes out. The same decision is made when a reminder is planned and again when it leaves.

use crate::budget::{DAY_MS, Made, Room, Spent};
use crate::calendar::{days_between, iso};
use crate::commitment::Kind;
use crate::contact::Channel;
use crate::hours::{self, Closed, Place, after_day, first_instant, local};
use crate::ids::{CommitmentId, InvoiceId};
use crate::ladder::{Condition, History, Ladder, Ladders, Step, Tone, WRITTEN, Who, step};
use crate::money::Currency;
use crate::preset::{Bounds, Preset};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days of a breathing space where no preset says otherwise.
pub const BREATHING_SPACE_DAYS: u32 = 60;

/// Milliseconds after which those are looked at again who wait for news from the bank.
const NEWS_MS: i64 = 3_600_000;

/// What a business has decided about reminders; stored as JSON and edited in the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How often and when, in the business's own judgement.
    pub own: Bounds,
    /// The codes of the presets that narrow it.
    pub presets: Vec<String>,
    /// Which message comes when, for whom.
    pub ladders: Ladders,
    /// Before each instalment of a plan, for that instalment only; negative days.
    pub before_instalment: Option<Step>,
    /// After a promised date, once: "has it been sent?"
    pub after_promise: Option<Step>,
    /// After an instalment was missed, for that instalment only.
    pub after_missed: Option<Step>,
    /// Reminders wait when the last data of the bank is older than so many days; `None` where payments are told by hand.
    pub bank_data_max_days: Option<u32>,
}

/// A policy with the presets that it names: the only thing that decides. It cannot be made without them.
#[derive(Clone, Debug)]
pub struct InForce {
    policy: Policy,
    bounds: Bounds,
    breathing_space_days: u32,
}

/// A policy names a preset that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPreset(
    /// Its code.
    pub String,
);

impl Policy {
    /// What a new business begins with: the courteous preset and ladders.
    pub fn courteous(unit_minor: i64) -> Self {
        Self {
            own: Bounds::default(),
            presets: vec!["courteous".to_owned()],
            ladders: Ladders::courteous(unit_minor),
            before_instalment: Some(step(
                "before_instalment",
                -3,
                &[Channel::Email, Channel::Sms, Channel::Letter],
                Tone::Courtesy,
            )),
            after_promise: Some(step("after_promise", 2, &WRITTEN, Tone::Kind)),
            after_missed: Some(step("after_missed", 4, &WRITTEN, Tone::Kind)),
            bank_data_max_days: None,
        }
    }

    /// The policy together with the presets it names, each of which narrows it.
    pub fn in_force(self, presets: &[Preset]) -> Result<InForce, UnknownPreset> {
        let mut bounds = self.own.clone();
        let mut breathing_space_days = BREATHING_SPACE_DAYS;
        for code in &self.presets {
            let known = presets.iter().find(|preset| preset.code == *code);
            let preset = known.ok_or_else(|| UnknownPreset(code.clone()))?;
            bounds = bounds.narrowed_by(&preset.bounds);
            breathing_space_days = breathing_space_days.max(preset.breathing_space_days.unwrap_or(0));
        }
        Ok(InForce { policy: self, bounds, breathing_space_days })
    }
}

impl InForce {
    /// What the business decided.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How often and when, with all presets.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Days back to which contacts must be among the facts.
    pub fn lookback_days(&self) -> u32 {
        self.bounds.budget.lookback_days()
    }

    /// Days that a breathing space lasts.
    pub fn breathing_space_days(&self) -> u32 {
        self.breathing_space_days
    }
}

/// An unpaid invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Which.
    pub id: InvoiceId,
    /// Its currency.
    pub currency: Currency,
    /// When it is or was due.
    pub due_on: NaiveDate,
    /// What is left of it, in minor units.
    pub left_minor: i64,
    /// What of that is disputed, in minor units.
    pub disputed_minor: i64,
}

impl Owed {
    fn undisputed_minor(&self) -> i64 {
        self.left_minor.saturating_sub(self.disputed_minor.max(0)).max(0)
    }
}

/// Money of one currency that was paid and not yet put towards an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnAccount {
    /// The currency.
    pub currency: Currency,
    /// Minor units, positive.
    pub minor: i64,
}

/// An instalment, or the one payment of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// When it is due.
    pub due_on: NaiveDate,
    /// What is left of it, in minor units.
    pub left_minor: i64,
}

/// A promise or plan that is running: agreed, and neither kept, broken nor cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Which.
    pub id: CommitmentId,
    /// A promise or a plan.
    pub kind: Kind,
    /// Its currency.
    pub currency: Currency,
    /// The invoices it is about: they are off the ladder while it runs.
    pub covers: Vec<InvoiceId>,
    /// All instalments in order.
    pub instalments: Vec<Instalment>,
    /// A kept card is charged for them, which is announced by itself: nobody is asked to pay what is to come.
    pub by_card: bool,
}

/// Why reminders are paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// A moratorium by law or by the business's word.
    BreathingSpace,
    /// Everything is disputed, whatever the amounts say.
    Dispute,
    /// They say that they have paid.
    Claim,
    /// They cannot afford it now.
    Hardship,
    /// A bank took a card payment back.
    Chargeback,
    /// A payment was made and is not certain yet.
    PaymentConfirming,
    /// A proposal waits for the business.
    Proposal,
    /// The business offered something that they may still accept.
    Offer,
    /// Somebody of the business paused reminders.
    ByHand,
}

/// A pause that is on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub kind: HoldKind,
    /// Its last day; `None` while nobody knows.
    pub until_on: Option<NaiveDate>,
}

/// Whether a way to reach somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// As far as is known.
    Usable,
    /// What was sent there came back.
    Bounced,
    /// They do not want to be reached there.
    OptedOut,
}

/// A way to reach somebody: an e-mail address, a telephone number, a postal address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// What it is used with; a telephone number is named for each of text messages and calls.
    pub channel: Channel,
    /// Whether it works.
    pub state: AddressState,
}

/// A step that was taken: sent, or on its way, or given to a person as a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The step's code.
    pub step: String,
    /// What it was about, one of [`Reminder::about`]; empty for a step of the ladder after the due date.
    pub about: String,
    /// The days after the due date that the step had on its ladder, so that a changed ladder is not begun again.
    pub after_due_days: i32,
    /// When, epoch milliseconds.
    pub at_ms: i64,
}

/// Everything that a decision on one debtor is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// A person or a company.
    pub who: Who,
    /// How they have paid until now.
    pub history: History,
    /// Unpaid invoices, also those that are not due yet.
    pub invoices: Vec<Owed>,
    /// Money on account, at most one for each currency.
    pub on_account: Vec<OnAccount>,
    /// Running promises and plans.
    pub agreements: Vec<Agreement>,
    /// Pauses that are on now. Running agreements, disputed amounts and stale bank data speak for themselves.
    pub holds: Vec<Hold>,
    /// They, or somebody for them, asked not to be contacted at all.
    pub stopped: bool,
    /// Ways to reach them.
    pub addresses: Vec<Address>,
    /// Channels they have opted out of, whatever the address.
    pub opted_out: Vec<Channel>,
    /// The channel that they asked to be written to by; of the channels of a step it comes first.
    pub preferred: Option<Channel>,
    /// Contacts within the last [`InForce::lookback_days`], reminders and what staff recorded; answers to what the
    /// debtor did themselves (receipts, codes) are none.
    pub contacts: Vec<Made>,
    /// Steps taken in the present episode, and those about invoices and instalments that are still open.
    pub sent: Vec<Sent>,
    /// The day since which something undisputed has been overdue without a break, by [`episode_from_on`]; `None` while
    /// nothing is.
    pub episode_from_on: Option<NaiveDate>,
    /// When something was last heard from them (a reply, a call, something they did on their page), epoch milliseconds.
    pub heard_at_ms: Option<i64>,
    /// When the last data of the bank came in, epoch milliseconds.
    pub bank_data_at_ms: Option<i64>,
}

/// What a reminder is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Subject {
    /// Everything that is overdue.
    Overdue,
    /// Invoices that will be due.
    Upcoming,
    /// An instalment that will be due.
    Instalment {
        /// Of which agreement.
        commitment: CommitmentId,
        /// Its date.
        due_on: NaiveDate,
    },
    /// An instalment that was not paid.
    MissedInstalment {
        /// Of which agreement.
        commitment: CommitmentId,
        /// Its date.
        due_on: NaiveDate,
    },
    /// A promised date that has passed.
    PassedPromise {
        /// Which promise.
        commitment: CommitmentId,
        /// Its date.
        due_on: NaiveDate,
    },
}

/// What is asked for in one currency: always what is left, undisputed, less money on account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The currency.
    pub currency: Currency,
    /// Minor units; more than zero.
    pub ask_minor: i64,
    /// The invoices it is for, oldest first.
    pub invoices: Vec<InvoiceId>,
}

/// A reminder to send now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// How.
    pub channel: Channel,
    /// The ladder's code; empty for a message about an agreement.
    pub ladder: String,
    /// The step's code.
    pub step: String,
    /// The step's days after the due date.
    pub after_due_days: i32,
    /// The name of the message.
    pub template: String,
    /// How it speaks.
    pub tone: Tone,
    /// What it is for.
    pub subject: Subject,
    /// What is asked for; never empty.
    pub asks: Vec<Ask>,
    /// Channels that the step prefers and that could not be used, with the reason: the business is told.
    pub passed_over: Vec<(Channel, Reason)>,
}

impl Reminder {
    /// What is recorded as [`Sent::about`], one line for each: a step of the ladder is about nothing in particular, a
    /// courtesy about each invoice, the others about one instalment.
    pub fn about(&self) -> Vec<String> {
        match &self.subject {
            Subject::Overdue => vec![String::new()],
            Subject::Upcoming => {
                self.asks.iter().flat_map(|ask| &ask.invoices).map(|id| id.as_str().to_owned()).collect()
            }
            Subject::Instalment { commitment, due_on }
            | Subject::MissedInstalment { commitment, due_on }
            | Subject::PassedPromise { commitment, due_on } => vec![about_instalment(commitment, *due_on)],
        }
    }
}

fn about_instalment(commitment: &CommitmentId, due_on: NaiveDate) -> String {
    format!("{commitment} {}", iso(due_on))
}

/// What to do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// Send this.
    Send(Box<Reminder>),
    /// Not yet.
    Wait {
        /// The first instant at which something may be sent as things stand, epoch milliseconds; `None` while nobody
        /// knows. Nothing comes before it.
        until_ms: Option<i64>,
        /// Why.
        reason: Reason,
    },
    /// Not at all, as things stand.
    Never {
        /// Why.
        reason: Reason,
    },
}

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
    pub const ALL: [Self; 26] = [
        Self::NothingOverdue,
        Self::Stopped,
        Self::Disputed,
        Self::BreathingSpace,
        Self::ClaimOfPayment,
        Self::Hardship,
        Self::Chargeback,
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
            Self::Chargeback => "A card payment was taken back by the bank",
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

/// A time in which an invoice was past its date with something undisputed left: from the day after the due date (or the
/// day on which a dispute ended) to the day on which it was paid or disputed in full; `None` while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its first day.
    pub from_on: NaiveDate,
    /// Its last day.
    pub to_on: Option<NaiveDate>,
}

/// The day since which something undisputed has been overdue without a break, over all invoices of a debtor; `None`
/// where nothing is today. Paying the older of two late invoices breaks nothing, and neither does a new one.
pub fn episode_from_on(spans: &[Span], today: NaiveDate) -> Option<NaiveDate> {
    let mut from_on = spans.iter().filter(|s| s.from_on <= today && s.to_on.is_none()).map(|s| s.from_on).min()?;
    loop {
        let reaches = |s: &&Span| s.from_on < from_on && s.to_on.is_none_or(|to_on| days_between(to_on, from_on) <= 1);
        match spans.iter().filter(reaches).map(|s| s.from_on).min() {
            Some(earlier_on) => from_on = earlier_on,
            None => return Some(from_on),
        }
    }
}

/// What is left of an invoice after money on account.
struct Open<'a> {
    owed: &'a Owed,
    ask_minor: i64,
}

/// A message that may be sent from an instant on.
struct Candidate<'a> {
    step: &'a Step,
    ladder: &'a str,
    subject: Subject,
    asks: Vec<Ask>,
    from_ms: i64,
    /// The instant at which it no longer makes sense.
    lapses_ms: Option<i64>,
    /// Why it waits for `from_ms`.
    waits: Reason,
}

/// When and how a candidate can go.
struct Way {
    at_ms: i64,
    channel: Channel,
    reason: Reason,
    passed_over: Vec<(Channel, Reason)>,
}

/// Decides what is done about one debtor at `now_ms`.
pub fn next(facts: &Facts, policy: &InForce, place: &Place<'_>, now_ms: i64) -> Decision {
    if facts.stopped {
        return Decision::Never { reason: Reason::Stopped };
    }
    let today = place.today(now_ms);
    let open = open_invoices(facts);
    let mut candidates = of_agreements(facts, policy, place, today);
    let ladder = choose_ladder(facts, policy, &open, today);
    let mut finished = false;
    if let Some(ladder) = ladder {
        match main_step(facts, ladder, &open, place, today) {
            Main::Step(candidate) => candidates.push(*candidate),
            Main::Finished => finished = true,
            Main::Nothing => {}
        }
        candidates.extend(early_steps(facts, ladder, &open, place, today));
    }
    if candidates.is_empty() {
        return nothing_to_say(facts, finished);
    }
    let held = held_until(facts, place, now_ms);
    if let Some((None, reason)) = held {
        return Decision::Wait { until_ms: None, reason };
    }
    if is_stale(facts, policy, now_ms) {
        return Decision::Wait { until_ms: None, reason: Reason::StaleBankData };
    }
    let held = held.and_then(|(until_ms, reason)| until_ms.map(|until_ms| (until_ms, reason)));
    match earliest(candidates, facts, policy, place, now_ms, held) {
        Decision::Wait { until_ms, reason } => {
            // The day on which another invoice becomes late may change the ladder: nothing is said beyond it.
            let coming = open.iter().map(|invoice| invoice.owed.due_on).filter(|due_on| *due_on >= today).min();
            let from_ms = held.map_or(i64::MIN, |(until_ms, _)| until_ms);
            let change_ms = coming.map(|due_on| after_day(place, due_on, from_ms));
            Decision::Wait { until_ms: until_ms.into_iter().chain(change_ms).min(), reason }
        }
        decision => decision,
    }
}

/// When a debtor of whom nothing is sent now must be looked at again, epoch milliseconds: when the rules say, or earlier, on
/// the day on which another of the invoices due on `dues` becomes late and with it the ladder may change. `None` where only
/// something that happens can change anything.
pub fn look_at_ms(
    dues: impl Iterator<Item = NaiveDate>,
    home: &dyn hours::Zone,
    until_ms: Option<i64>,
    reason: Reason,
    now_ms: i64,
) -> Option<i64> {
    let today = local(home, now_ms).date();
    let late_on = dues.filter(|due_on| *due_on >= today).min();
    let late_ms = late_on.map(|due_on| first_instant(home, shifted(due_on, 1), i64::MIN));
    let said_ms = until_ms.or(match reason {
        // Nobody says when the bank tells more.
        Reason::StaleBankData => Some(now_ms + NEWS_MS),
        Reason::NotYet => Some(now_ms + DAY_MS),
        _ => None,
    });
    [said_ms, late_ms].into_iter().flatten().min().map(|at_ms| at_ms.max(now_ms + 1))
}

/// The first candidate that may go now, else how long the soonest of them waits.
fn earliest(
    candidates: Vec<Candidate<'_>>,
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    now_ms: i64,
    held: Option<(i64, Reason)>,
) -> Decision {
    let mut soonest: Option<(i64, Reason)> = None;
    let mut no_way: Option<Reason> = None;
    for candidate in candidates {
        let from_ms = held.map_or(now_ms, |(until_ms, _)| until_ms).max(candidate.from_ms).max(now_ms);
        match find_way(candidate.step, facts, policy, place, from_ms) {
            Err(reason) => no_way = no_way.or(Some(reason)),
            Ok(way) if candidate.lapses_ms.is_some_and(|lapses_ms| way.at_ms >= lapses_ms) => {}
            Ok(way) if way.at_ms == now_ms => return Decision::Send(Box::new(candidate.reminder(way))),
            Ok(way) => {
                let reason = match held {
                    Some((_, reason)) => reason,
                    None if candidate.from_ms > now_ms => candidate.waits,
                    None => way.reason,
                };
                if soonest.is_none_or(|(at_ms, _)| way.at_ms < at_ms) {
                    soonest = Some((way.at_ms, reason));
                }
            }
        }
    }
    match (soonest, no_way) {
        (Some((at_ms, reason)), _) => Decision::Wait { until_ms: Some(at_ms), reason },
        (None, Some(reason)) => Decision::Never { reason },
        // All that could be said before a due date lapsed, and what comes after it is not there yet.
        (None, None) => Decision::Wait { until_ms: None, reason: held.map_or(Reason::NotYet, |(_, reason)| reason) },
    }
}

impl Candidate<'_> {
    fn reminder(self, way: Way) -> Reminder {
        Reminder {
            channel: way.channel,
            ladder: self.ladder.to_owned(),
            step: self.step.code.clone(),
            after_due_days: self.step.after_due_days,
            template: self.step.template.clone(),
            tone: self.step.tone,
            subject: self.subject,
            asks: self.asks,
            passed_over: way.passed_over,
        }
    }
}

/// The channel that the person chose, or else the first of a step that reaches them, and when it may be used; a channel that is only closed for now is
/// waited for.
fn find_way(step: &Step, facts: &Facts, policy: &InForce, place: &Place<'_>, from_ms: i64) -> Result<Way, Reason> {
    let mut passed_over = Vec::new();
    let chosen = facts.preferred.filter(|chosen| step.channels.contains(chosen));
    let others = step.channels.iter().copied().filter(|channel| Some(*channel) != chosen);
    for channel in chosen.into_iter().chain(others) {
        match may_use(channel, facts, policy, place, from_ms) {
            Ok((at_ms, reason)) => return Ok(Way { at_ms, channel, reason, passed_over }),
            Err(reason) => passed_over.push((channel, reason)),
        }
    }
    // What they asked for weighs more than what merely went wrong.
    let told =
        [Reason::OptedOut, Reason::Bounced, Reason::NoPermittedHour, Reason::BudgetSpent, Reason::ChannelNotUsed];
    let is_told = |reason: &Reason| passed_over.iter().any(|(_, other)| other == reason);
    Err(told.into_iter().find(is_told).unwrap_or(Reason::NoAddress))
}

/// The first instant from `from_ms` on at which a channel may be used, and what it waits for until then.
fn may_use(
    channel: Channel,
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    from_ms: i64,
) -> Result<(i64, Reason), Reason> {
    reachable(channel, facts, policy)?;
    let bounds = policy.bounds();
    let (room_ms, spent) = match bounds.budget.room(&facts.contacts, channel, from_ms) {
        Room::Now => (from_ms, None),
        Room::At(at_ms, spent) => (at_ms, Some(Reason::from(spent))),
        Room::None => return Err(Reason::BudgetSpent),
    };
    let at_ms = hours::next_permitted(&bounds.hours, place, channel, room_ms).ok_or(Reason::NoPermittedHour)?;
    let closed = hours::check(&bounds.hours, place, channel, from_ms).err().map(Reason::from);
    Ok((at_ms, spent.or(closed).unwrap_or(Reason::OutsideHours)))
}

/// Whether a channel reaches the person at all.
fn reachable(channel: Channel, facts: &Facts, policy: &InForce) -> Result<(), Reason> {
    if policy.bounds().never_by.contains(&channel) {
        return Err(Reason::ChannelNotUsed);
    }
    if facts.opted_out.contains(&channel) {
        return Err(Reason::OptedOut);
    }
    if channel == Channel::Portal {
        return Ok(());
    }
    let has = |state| facts.addresses.iter().any(|a| a.channel == channel && a.state == state);
    if has(AddressState::Usable) {
        return Ok(());
    }
    Err(if has(AddressState::OptedOut) {
        Reason::OptedOut
    } else if has(AddressState::Bounced) {
        Reason::Bounced
    } else {
        Reason::NoAddress
    })
}

/// Whether a person of the business may contact the debtor on a channel now, of their own accord; else why not, and from
/// which instant on (epoch milliseconds), where that is known.
pub fn may_contact(
    facts: &Facts,
    policy: &InForce,
    place: &Place<'_>,
    channel: Channel,
    now_ms: i64,
) -> Result<(), (Reason, Option<i64>)> {
    if facts.stopped {
        return Err((Reason::Stopped, None));
    }
    let held = held_until(facts, place, now_ms);
    if let Some((None, reason)) = held {
        return Err((reason, None));
    }
    let from_ms = held.and_then(|(until_ms, _)| until_ms).unwrap_or(now_ms);
    let (at_ms, reason) = may_use(channel, facts, policy, place, from_ms).map_err(|reason| (reason, None))?;
    match held {
        Some((_, reason)) => Err((reason, Some(at_ms))),
        None if at_ms > now_ms => Err((reason, Some(at_ms))),
        None => Ok(()),
    }
}

/// The longest pause that is on: when it is over (`None` while nobody knows) and why it is.
fn held_until(facts: &Facts, place: &Place<'_>, now_ms: i64) -> Option<(Option<i64>, Reason)> {
    let endless = facts.holds.iter().filter(|hold| hold.until_on.is_none()).min_by_key(|hold| hold.kind);
    if let Some(hold) = endless {
        return Some((None, hold.kind.into()));
    }
    let ends = |hold: &Hold| hold.until_on.map(|on| (after_day(place, on, now_ms), Reason::from(hold.kind)));
    let (until_ms, reason) = facts.holds.iter().filter_map(ends).max_by_key(|(until_ms, _)| *until_ms)?;
    (until_ms > now_ms).then_some((Some(until_ms), reason))
}

fn is_stale(facts: &Facts, policy: &InForce, now_ms: i64) -> bool {
    policy.policy.bank_data_max_days.is_some_and(|days| {
        facts.bank_data_at_ms.is_none_or(|at_ms| now_ms.saturating_sub(at_ms) > i64::from(days) * DAY_MS)
    })
}

fn nothing_to_say(facts: &Facts, finished: bool) -> Decision {
    let owes = |agreement: &&Agreement| agreement.instalments.iter().any(|i| i.left_minor > 0);
    if let Some(agreement) = facts.agreements.iter().find(owes) {
        let reason = match agreement.kind {
            Kind::Promise => Reason::PromiseRunning,
            Kind::Plan => Reason::PlanRunning,
        };
        return Decision::Wait { until_ms: None, reason };
    }
    if finished {
        return Decision::Never { reason: Reason::LadderFinished };
    }
    if facts.invoices.iter().any(|owed| owed.left_minor > 0 && owed.disputed_minor > 0) {
        return Decision::Wait { until_ms: None, reason: Reason::Disputed };
    }
    Decision::Never { reason: Reason::NothingOverdue }
}

/// The invoices that the ladder is about: not covered by an agreement, with what is left undisputed after money on
/// account, which pays the oldest first. In the order of their due dates.
fn open_invoices(facts: &Facts) -> Vec<Open<'_>> {
    let covered = |id: &InvoiceId| facts.agreements.iter().any(|agreement| agreement.covers.contains(id));
    let mut sorted: Vec<&Owed> = facts.invoices.iter().filter(|owed| !covered(&owed.id)).collect();
    sorted.sort_by(|a, b| (a.due_on, &a.id).cmp(&(b.due_on, &b.id)));
    let mut accounts = facts.on_account.clone();
    let mut open = Vec::new();
    for owed in sorted {
        let mut ask_minor = owed.undisputed_minor();
        if let Some(account) = accounts.iter_mut().find(|account| account.currency == owed.currency) {
            let used_minor = account.minor.clamp(0, ask_minor);
            account.minor -= used_minor;
            ask_minor -= used_minor;
        }
        if ask_minor > 0 {
            open.push(Open { owed, ask_minor });
        }
    }
    open
}

/// One sum for each currency, in the order in which they come.
fn asks_for<'a>(open: impl Iterator<Item = &'a Open<'a>>) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    for invoice in open {
        let currency = invoice.owed.currency;
        let at = asks.iter().position(|ask| ask.currency == currency).unwrap_or_else(|| {
            asks.push(Ask { currency, ask_minor: 0, invoices: Vec::new() });
            asks.len() - 1
        });
        if let Some(ask) = asks.get_mut(at) {
            ask.ask_minor = ask.ask_minor.saturating_add(invoice.ask_minor);
            ask.invoices.push(invoice.owed.id.clone());
        }
    }
    asks
}

fn overdue<'a>(open: &'a [Open<'a>], today: NaiveDate) -> impl Iterator<Item = &'a Open<'a>> {
    open.iter().filter(move |invoice| invoice.owed.due_on < today)
}

/// The largest of the sums of the currencies: they are never added.
fn largest_minor(asks: &[Ask]) -> i64 {
    asks.iter().map(|ask| ask.ask_minor).max().unwrap_or(0)
}

fn choose_ladder<'a>(facts: &Facts, policy: &'a InForce, open: &[Open<'_>], today: NaiveDate) -> Option<&'a Ladder> {
    let late = asks_for(overdue(open, today));
    let asks = if late.is_empty() { asks_for(open.iter()) } else { late };
    policy.policy.ladders.choose(facts.who, facts.history.record(), largest_minor(&asks))
}

/// What the ladder has to say after the due date.
enum Main<'a> {
    Step(Box<Candidate<'a>>),
    Finished,
    Nothing,
}

/// The next step after the due date. Its place is after the last one taken in this episode, and it keeps the ladder's own
/// distance from it, so that a debt that is old already, or a long pause, makes nothing come faster.
fn main_step<'a>(
    facts: &Facts,
    ladder: &'a Ladder,
    open: &[Open<'_>],
    place: &Place<'_>,
    today: NaiveDate,
) -> Main<'a> {
    let Some(oldest) = open.first() else { return Main::Nothing };
    let taken: Vec<&Sent> = facts.sent.iter().filter(|sent| is_of_episode(sent, facts, place)).collect();
    let rank = |sent: &Sent| {
        let here = ladder.main_steps().find(|step| step.code == sent.step);
        here.map_or(sent.after_due_days, |step| step.after_due_days)
    };
    let reached = taken.iter().map(|sent| rank(sent)).max();
    let last_ms = taken.iter().map(|sent| sent.at_ms).max();
    let asks = asks_for(overdue(open, today));
    let next = ladder.main_steps().find(|step| {
        reached.is_none_or(|reached| step.after_due_days > reached)
            && !taken.iter().any(|sent| sent.step == step.code)
            && step.only_if.iter().all(|condition| holds(*condition, facts, &asks, last_ms, place))
    });
    let Some(step) = next else {
        return if asks.is_empty() { Main::Nothing } else { Main::Finished };
    };
    let on = shifted(oldest.owed.due_on, step.after_due_days);
    let due_ms = first_instant(place.home, on, i64::MIN);
    let spaced_ms = match (reached, last_ms) {
        (Some(reached), Some(last_ms)) => {
            last_ms.saturating_add(i64::from(step.after_due_days.saturating_sub(reached)) * DAY_MS)
        }
        _ => i64::MIN,
    };
    Main::Step(Box::new(Candidate {
        step,
        ladder: &ladder.code,
        subject: Subject::Overdue,
        asks,
        from_ms: due_ms.max(spaced_ms),
        lapses_ms: None,
        waits: Reason::NotYet,
    }))
}

fn is_of_episode(sent: &Sent, facts: &Facts, place: &Place<'_>) -> bool {
    sent.about.is_empty()
        && facts.episode_from_on.is_some_and(|from_on| local(place.home, sent.at_ms).date() >= from_on)
}

fn holds(condition: Condition, facts: &Facts, asks: &[Ask], last_ms: Option<i64>, place: &Place<'_>) -> bool {
    match condition {
        Condition::BalanceFrom { minor } => largest_minor(asks) >= minor,
        Condition::Only { who } => facts.who == who,
        Condition::NothingHeard => {
            let begun_ms = || facts.episode_from_on.map(|on| first_instant(place.home, on, i64::MIN));
            match (facts.heard_at_ms, last_ms.or_else(begun_ms)) {
                (Some(heard_ms), Some(since_ms)) => heard_ms < since_ms,
                _ => true,
            }
        }
    }
}

/// The courtesies before a due date: each is said once of each invoice, of all that are near it together, and not after.
fn early_steps<'a>(
    facts: &Facts,
    ladder: &'a Ladder,
    open: &[Open<'_>],
    place: &Place<'_>,
    today: NaiveDate,
) -> Vec<Candidate<'a>> {
    let mut candidates = Vec::new();
    for step in ladder.early_steps() {
        let unsaid = |invoice: &&Open<'_>| {
            invoice.owed.due_on >= today
                && !facts.sent.iter().any(|s| s.step == step.code && s.about == invoice.owed.id.as_str())
        };
        let Some(first) = open.iter().find(unsaid) else { continue };
        let from_ms = first_instant(place.home, shifted(first.owed.due_on, step.after_due_days), i64::MIN);
        let near = |invoice: &&Open<'_>| {
            invoice.owed.due_on == first.owed.due_on || shifted(invoice.owed.due_on, step.after_due_days) <= today
        };
        let asks = asks_for(open.iter().filter(unsaid).filter(near));
        let lapses_ms = Some(after_day(place, first.owed.due_on, i64::MIN));
        if step.only_if.iter().all(|condition| holds(*condition, facts, &asks, None, place)) {
            let (ladder, waits) = (ladder.code.as_str(), Reason::NotYet);
            candidates.push(Candidate { step, ladder, subject: Subject::Upcoming, asks, from_ms, lapses_ms, waits });
        }
    }
    candidates
}

/// The messages about running agreements, each for one instalment: what was missed first, then what is to come.
fn of_agreements<'a>(facts: &Facts, policy: &'a InForce, place: &Place<'_>, today: NaiveDate) -> Vec<Candidate<'a>> {
    let mut candidates = Vec::new();
    for agreement in &facts.agreements {
        let unpaid = || agreement.instalments.iter().filter(|instalment| instalment.left_minor > 0);
        let passed = unpaid().filter(|instalment| instalment.due_on < today);
        let (step, waits) = match agreement.kind {
            Kind::Promise => (policy.policy.after_promise.as_ref(), Reason::PromiseRunning),
            Kind::Plan => (policy.policy.after_missed.as_ref(), Reason::PlanRunning),
        };
        // A promise whose day has not come is waited for as one that has.
        let promised = unpaid().filter(|i| agreement.kind == Kind::Promise && i.due_on >= today);
        candidates.extend(step.and_then(|step| {
            let mut all = passed.chain(promised).filter(|i| !is_said(facts, agreement, i, step));
            all.find_map(|i| about_one(facts, agreement, *i, step, waits, place))
        }));
        if agreement.kind == Kind::Plan && !agreement.by_card {
            candidates.extend(policy.policy.before_instalment.as_ref().and_then(|step| {
                let mut coming = unpaid().filter(|i| i.due_on >= today).filter(|i| !is_said(facts, agreement, i, step));
                coming.find_map(|i| about_one(facts, agreement, *i, step, waits, place))
            }));
        }
    }
    // What has passed is asked about before what is to come.
    candidates.sort_by_key(|candidate| candidate.lapses_ms.is_some());
    candidates
}

fn is_said(facts: &Facts, agreement: &Agreement, instalment: &Instalment, step: &Step) -> bool {
    let about = about_instalment(&agreement.id, instalment.due_on);
    facts.sent.iter().any(|sent| sent.step == step.code && sent.about == about)
}

/// A message about one instalment; `None` where nothing of it is left to ask for.
fn about_one<'a>(
    facts: &Facts,
    agreement: &Agreement,
    instalment: Instalment,
    step: &'a Step,
    waits: Reason,
    place: &Place<'_>,
) -> Option<Candidate<'a>> {
    let (commitment, due_on) = (agreement.id.clone(), instalment.due_on);
    let covered = || facts.invoices.iter().filter(|owed| agreement.covers.contains(&owed.id));
    let covered_minor = covered().map(Owed::undisputed_minor).fold(0, i64::saturating_add);
    let on_account = facts.on_account.iter().filter(|account| account.currency == agreement.currency);
    let on_account_minor = on_account.map(|account| account.minor.max(0)).fold(0, i64::saturating_add);
    let ask_minor = instalment.left_minor.min(covered_minor).saturating_sub(on_account_minor);
    if ask_minor <= 0 {
        return None;
    }
    let invoices = covered().filter(|owed| owed.undisputed_minor() > 0).map(|owed| owed.id.clone()).collect();
    let (subject, lapses_ms) = match (agreement.kind, step.after_due_days < 0) {
        (_, true) => (Subject::Instalment { commitment, due_on }, Some(after_day(place, due_on, i64::MIN))),
        (Kind::Plan, false) => (Subject::MissedInstalment { commitment, due_on }, None),
        (Kind::Promise, false) => (Subject::PassedPromise { commitment, due_on }, None),
    };
    Some(Candidate {
        step,
        ladder: "",
        subject,
        asks: vec![Ask { currency: agreement.currency, ask_minor, invoices }],
        from_ms: first_instant(place.home, shifted(due_on, step.after_due_days), i64::MIN),
        lapses_ms,
        waits,
    })
}

/// A date so many days later, or earlier; held at the calendar's ends.
fn shifted(on: NaiveDate, days: i32) -> NaiveDate {
    let by = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 {
        on.checked_sub_days(by).unwrap_or(NaiveDate::MIN)
    } else {
        on.checked_add_days(by).unwrap_or(NaiveDate::MAX)
    }
}

#[cfg(test)]
mod tests;
