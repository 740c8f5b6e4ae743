//! Everything that a decision on one debtor is made of.

use crate::budget::Made;
use crate::commitment::Kind;
use crate::contact::Channel;
use crate::ids::{CommitmentId, InvoiceId};
use crate::ladder::{History, Who};
use crate::money::Currency;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

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
    pub(super) fn undisputed_minor(&self) -> i64 {
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
    /// The business gave a payment back.
    Refund,
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
    /// The day since which something has been overdue without a break, by [`super::episode_from_on`]; `None` while nothing
    /// is.
    pub episode_from_on: Option<NaiveDate>,
    /// When something was last heard from them (a reply, a call, something they did on their page), epoch milliseconds.
    pub heard_at_ms: Option<i64>,
    /// When the last data of the bank came in, epoch milliseconds.
    pub bank_data_at_ms: Option<i64>,
}
