//! What is decided: a reminder and what it asks for, how long to wait, or never.

use super::reason::Reason;
use crate::calendar::iso;
use crate::contact::Channel;
use crate::ids::{CommitmentId, InvoiceId};
use crate::ladder::Tone;
use crate::money::Currency;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

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

pub(super) fn about_instalment(commitment: &CommitmentId, due_on: NaiveDate) -> String {
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
