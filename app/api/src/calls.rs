//! What the pages about telephone calls are made of.

use crate::console::{CommitmentRow, ContactRow, DisputeRow, Form, Frame, InvoiceRow};
use chrono::NaiveDate;
use kept_domain::money::{Currency, Money};

/// When somebody may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallTime {
    /// Now.
    Now {
        /// Until when, where they are: `18:00`; `None` where no hour is closed.
        until: Option<String>,
    },
    /// Not now.
    Not {
        /// Why, in one sentence without a full stop.
        why: String,
        /// From when on, where that is known: `Wednesday 25 November, 09:00`.
        from: Option<String>,
    },
}

/// A call that waits for a person.
#[derive(Clone, Debug)]
pub struct CallRow {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// Whom to call.
    pub who: String,
    /// The number as it was imported; `None` where nobody may call it now.
    pub phone: Option<String>,
    /// What their clock shows: `Tuesday, 14:05`; a few, where nobody is sure where they are.
    pub local_time: String,
    /// When they may be called.
    pub time: CallTime,
    /// Overdue invoices that are not wholly in dispute.
    pub invoices: usize,
    /// What is asked for, a currency each.
    pub owed: Vec<Money>,
    /// Since when it waits.
    pub since: String,
}

/// The page of all calls that wait.
#[derive(Clone, Debug)]
pub struct CallsView {
    /// Around the page.
    pub frame: Frame,
    /// Oldest first.
    pub rows: Vec<CallRow>,
    /// The page number, from 1.
    pub page: u32,
    /// There is another page.
    pub more: bool,
}

/// What is owed in one currency, as of now.
#[derive(Clone, Debug)]
pub struct CallBalance {
    /// Everything that is left.
    pub left: Money,
    /// What of it is asked for: without what is in dispute or paid ahead.
    pub asked: Money,
    /// What of that is past its due date.
    pub overdue: Money,
}

/// How to know that it is the right person.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// What to ask.
    pub ask: String,
    /// What is on file.
    pub answer: String,
}

/// A part of what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A paragraph.
    Words(String),
    /// Lines that belong together.
    List(Vec<String>),
}

/// The page of one call.
#[derive(Clone, Debug)]
pub struct CallView {
    /// Around the page.
    pub frame: Frame,
    /// The business's date.
    pub today: NaiveDate,
    /// The call.
    pub row: CallRow,
    /// How it went and who said so, once it is recorded.
    pub recorded: Option<String>,
    /// It is neither recorded nor needed any more.
    pub closed: bool,
    /// What was written about it.
    pub said: String,
    /// The first words to whoever answers.
    pub greeting: String,
    /// How to know that it is them.
    pub identity: Identity,
    /// What to say to anybody else, and to a machine.
    pub to_others: String,
    /// What to say to them, in their language.
    pub script: Vec<Said>,
    /// Their language as HTML names it.
    pub language: String,
    /// A currency each.
    pub balances: Vec<CallBalance>,
    /// Open invoices, oldest first.
    pub invoices: Vec<InvoiceRow>,
    /// Agreements and proposals, newest first.
    pub commitments: Vec<CommitmentRow>,
    /// Newest first.
    pub disputes: Vec<DisputeRow>,
    /// The last ones, newest first.
    pub contacts: Vec<ContactRow>,
    /// Currencies in which a payment can be promised.
    pub currencies: Vec<Currency>,
    /// The last day to which a promise is accepted at once.
    pub latest_on: Option<NaiveDate>,
    /// An agreement is running, which a new one takes the place of.
    pub replaces: bool,
    /// What was typed.
    pub form: Form,
}
