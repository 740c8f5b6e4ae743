//! What the page of a rehearsal is made of.

use crate::console::Frame;
use chrono::NaiveDate;
use kept_domain::contact::Channel;
use kept_domain::money::Money;

/// One day of a rehearsal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RehearsedDay {
    /// Messages and calls by channel.
    pub sent: Vec<(Channel, u32)>,
    /// Customers for whom the budget holds something back from this day on.
    pub budget: u32,
    /// Customers for whom something else does.
    pub held: u32,
    /// Second messages that were wanted for one person.
    pub collisions: u32,
}

impl RehearsedDay {
    /// Messages and calls of all channels.
    pub fn messages(&self) -> u32 {
        self.sent.iter().map(|(_, count)| count).sum()
    }
}

/// What goes out on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSum {
    /// The channel.
    pub channel: Channel,
    /// Messages or calls.
    pub count: u32,
    /// What they cost; `None` where the channel has no price.
    pub cost: Option<Money>,
}

/// Which decisions are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// What is sent and what is held back.
    #[default]
    Both,
    /// What is sent.
    Send,
    /// What the budget holds back.
    Budget,
    /// What something else holds back.
    Held,
    /// Second messages that were wanted for one person on one day.
    Collisions,
    /// Every decision, also that it is not time yet.
    All,
}

impl Shown {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Both, Self::Send, Self::Budget, Self::Held, Self::Collisions, Self::All];

    /// The name in the address; empty for what is listed by itself.
    pub fn code(self) -> &'static str {
        match self {
            Self::Both => "",
            Self::Send => "send",
            Self::Budget => "budget",
            Self::Held => "held",
            Self::Collisions => "collisions",
            Self::All => "all",
        }
    }

    /// Reads a name written by [`Shown::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shown| shown.code() == code)
    }

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Both => "Sent or held back",
            Self::Send => "Sent",
            Self::Budget => "Held back by the budget",
            Self::Held => "Held back for another reason",
            Self::Collisions => "Two on one day",
            Self::All => "Every decision",
        }
    }
}

/// One decision.
#[derive(Clone, Debug)]
pub struct RehearsedRow {
    /// The debtor's id.
    pub debtor: String,
    /// Their name.
    pub who: String,
    /// When, where they are.
    pub at: String,
    /// What is sent, or why nothing is.
    pub what: String,
    /// Something is sent.
    pub sends: bool,
    /// It is the second message that was wanted for them on this day.
    pub collides: bool,
    /// What is asked for, a currency each.
    pub asks: Vec<Money>,
    /// The numbers of the invoices.
    pub invoices: String,
}

/// What was asked for in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RehearsalQuery {
    /// How many days are rehearsed.
    pub days: u32,
    /// A part of a name or reference.
    pub search: String,
    /// Debtors after this reference.
    pub after: String,
    /// Decisions that use this channel only.
    pub channel: Option<Channel>,
    /// Which decisions are listed.
    pub shown: Shown,
    /// Decisions of this day only.
    pub on: Option<NaiveDate>,
}

/// The page of a rehearsal.
#[derive(Clone, Debug)]
pub struct RehearsalView {
    /// Around the page.
    pub frame: Frame,
    /// What was asked for.
    pub asked: RehearsalQuery,
    /// The days that can be chosen.
    pub spans: [u32; 3],
    /// The first day, and the first after the last.
    pub days: (NaiveDate, NaiveDate),
    /// Debtors who were rehearsed.
    pub looked: u32,
    /// Where there are more of them: the reference after which they begin.
    pub next: Option<String>,
    /// Debtors to whom something is sent.
    pub people: u32,
    /// Messages and calls by channel.
    pub channels: Vec<ChannelSum>,
    /// What all of it costs; `None` where no price is known.
    pub cost: Option<Money>,
    /// What the budget held back, by the reason: how many customers.
    pub budget: Vec<(&'static str, u32)>,
    /// What else was held back.
    pub held: Vec<(&'static str, u32)>,
    /// Second messages that were wanted for one person on one day.
    pub collisions: u32,
    /// The days on which something happens, in order.
    pub calendar: Vec<(NaiveDate, RehearsedDay)>,
    /// Decisions, the soonest first.
    pub rows: Vec<RehearsedRow>,
    /// Decisions in all, of those that are listed.
    pub rows_in_all: usize,
    /// The page of decisions, from 1.
    pub page: u32,
    /// There is another page.
    pub more: bool,
}

/// What a policy as typed would change against the one that is saved: the figures of the saved one come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// How many days are rehearsed.
    pub days: u32,
    /// Debtors who were rehearsed.
    pub looked: u32,
    /// There are more of them.
    pub partly: bool,
    /// Debtors who get more messages.
    pub more: u32,
    /// Debtors who get fewer.
    pub fewer: u32,
    /// Debtors who get as many, but other ones or at other times.
    pub other: u32,
    /// Messages and calls by channel.
    pub channels: Vec<(Channel, u32, u32)>,
    /// Messages and calls in seven days from a day on.
    pub weeks: Vec<(NaiveDate, u32, u32)>,
    /// Debtors who get something.
    pub people: (u32, u32),
    /// What the budget holds back.
    pub budget: (u32, u32),
    /// Second messages that were wanted for one person on one day.
    pub collisions: (u32, u32),
    /// What all of it costs; `None` where no price is known.
    pub cost: Option<(Money, Money)>,
}

impl PolicyChange {
    /// Whether anybody gets anything else, or something else is held back.
    pub fn differs(&self) -> bool {
        self.more + self.fewer + self.other > 0
            || self.budget.0 != self.budget.1
            || self.collisions.0 != self.collisions.1
    }
}
