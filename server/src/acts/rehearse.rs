//! Rehearsing: what the rules would send to whom, day by day, on today's data, if nobody paid and nobody answered. Nothing
//! is written, and the decisions are the same as in earnest.

use super::outlook::{Rules, zones};
use crate::store::debtor::{self, Debtor};
use crate::store::reminder::Known;
use crate::store::{Error, Query};
use chrono::{DateTime, NaiveDate, SecondsFormat};
use kept_domain::contact::Channel;
use kept_domain::ids::DebtorId;
use kept_domain::money::{Currency, Money};
use kept_domain::reminder::{Decision, Reason};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Debtors that are rehearsed together, so that memory does not grow with how many there are.
const PAGE: u32 = 100;

/// What is asked for in one currency.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The sum.
    pub money: Money,
    /// The numbers of the invoices.
    pub invoices: Vec<String>,
}

/// One decision on one debtor.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Who.
    pub debtor: DebtorId,
    /// The business's own reference for them.
    pub reference: String,
    /// Their name.
    pub name: String,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// When, as RFC 3339 with the debtor's own offset.
    pub at: String,
    /// The business's date at that instant.
    pub on: NaiveDate,
    /// What was decided.
    pub decision: Decision,
    /// It is the second message that was wanted on one day.
    pub collides: bool,
    /// What is asked for, one a currency; empty where nothing is sent.
    pub asked: Vec<Asked>,
}

/// A decision as programs read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When, as RFC 3339 with the debtor's own offset.
    pub at: String,
    /// The business's own reference for the debtor.
    pub debtor: String,
    /// The channel's code; nothing where nothing is sent.
    pub channel: Option<&'static str>,
    /// The step's code; nothing where nothing is sent.
    pub step: Option<String>,
    /// `send`, `wait`, `never`.
    pub decision: &'static str,
    /// The reason's code; nothing where something is sent.
    pub reason: Option<&'static str>,
    /// The numbers of the invoices that are asked for.
    pub invoices: Vec<String>,
    /// What is asked for, in minor units.
    pub ask_minor: i64,
    /// The currency, where the message asks for several: there is a line for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl Decided {
    /// The channel on which something is sent.
    pub fn channel(&self) -> Option<Channel> {
        if let Decision::Send(reminder) = &self.decision { Some(reminder.channel) } else { None }
    }

    /// The step of what is sent.
    pub fn step(&self) -> Option<&str> {
        if let Decision::Send(reminder) = &self.decision { Some(&reminder.step) } else { None }
    }

    /// Why nothing is sent.
    pub fn reason(&self) -> Option<Reason> {
        match &self.decision {
            Decision::Send(_) => None,
            Decision::Wait { reason, .. } | Decision::Never { reason } => Some(*reason),
        }
    }

    /// As programs read it: one line, or one for each currency.
    pub fn lines(&self) -> Vec<Line> {
        let decision = match &self.decision {
            Decision::Send(_) => "send",
            Decision::Wait { .. } => "wait",
            Decision::Never { .. } => "never",
        };
        let line = Line {
            at: self.at.clone(),
            debtor: self.reference.clone(),
            channel: self.channel().map(Channel::code),
            step: self.step().map(str::to_owned),
            decision,
            reason: self.reason().map(Reason::code),
            invoices: Vec::new(),
            ask_minor: 0,
            currency: None,
        };
        let several = self.asked.len() > 1;
        let of = |asked: &Asked| Line {
            invoices: asked.invoices.clone(),
            ask_minor: asked.money.minor,
            currency: several.then(|| asked.money.currency.code().to_owned()),
            ..line.clone()
        };
        if self.asked.is_empty() { vec![line] } else { self.asked.iter().map(of).collect() }
    }
}

/// Which debtors are rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// All of them.
    Everybody,
    /// A part of those who owe something.
    Owing(Part<'a>),
}

/// A part of the debtors, by reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The reference after which it begins; empty for the first.
    pub after: &'a str,
    /// Only those with this in their name or reference; empty for all.
    pub search: &'a str,
    /// So many at most.
    pub debtors_max: u32,
}

/// Who was rehearsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// So many debtors.
    pub debtors: u32,
    /// Where there are more: the reference after which they begin.
    pub next: Option<String>,
}

/// Rehearses a span of epoch milliseconds with one debtor after another, each from the beginning to the end, and tells every
/// decision. Memory does not grow with the debtors.
///
/// # Errors
/// When the store fails, a stored value cannot be read, or `tell` fails.
pub async fn rehearse<E: From<Error>>(
    q: &impl Query,
    rules: &Rules,
    whom: Whom<'_>,
    span: Range<i64>,
    mut tell: impl FnMut(Decided) -> Result<(), E>,
) -> Result<Looked, E> {
    let looked =
        each(q, rules, whom, span.start, |known| of_one(rules, known, &span).into_iter().try_for_each(&mut tell));
    looked.await
}

/// Reads what is known of one debtor after another, as of an instant in epoch milliseconds.
///
/// # Errors
/// When the store fails, a stored value cannot be read, or `tell` fails.
pub(super) async fn each<E: From<Error>>(
    q: &impl Query,
    rules: &Rules,
    whom: Whom<'_>,
    at_ms: i64,
    mut tell: impl FnMut(Known) -> Result<(), E>,
) -> Result<Looked, E> {
    let business = &rules.home().id;
    let (mut looked, mut after) = (Looked::default(), String::new());
    if let Whom::Owing(part) = whom {
        part.after.clone_into(&mut after);
    }
    loop {
        // One more than is looked at, to know whether there are more.
        let left = if let Whom::Owing(part) = whom { part.debtors_max - looked.debtors } else { PAGE };
        let mut debtors = match whom {
            Whom::Everybody => debtor::list(q, business, &after, PAGE).await?,
            Whom::Owing(part) => debtor::list_owing(q, business, &after, part.search, PAGE.min(left + 1)).await?,
        };
        if debtors.len() > left as usize {
            debtors.truncate(left as usize);
            looked.next = Some(debtors.last().map_or(after.clone(), |last| last.reference.clone()));
        }
        let Some(last) = debtors.last() else { return Ok(looked) };
        after.clone_from(&last.reference);
        for known in rules.know(q, debtors, at_ms).await? {
            looked.debtors += 1;
            tell(known)?;
            // Others have their turn between two debtors.
            tokio::task::yield_now().await;
        }
        if looked.next.is_some() {
            return Ok(looked);
        }
    }
}

pub(super) fn of_one(rules: &Rules, mut known: Known, span: &Range<i64>) -> Vec<Decided> {
    // What waits in the outbox or for a person is taken as done: it was decided on before.
    for past in known.contacts.iter_mut().filter(|past| matches!(past.state.as_str(), "queued" | "sending" | "task")) {
        past.state = "recorded".into();
    }
    let lines = rules.rehearse(&known, span.clone());
    let zone = zones(&known.debtor, rules.zone(), span.start).into_iter().next().unwrap_or(rules.zone());
    let Debtor { id, reference, name, .. } = &known.debtor;
    let decided = |line: kept_domain::rehearsal::Line| {
        let at = DateTime::from_timestamp_millis(line.at_ms).unwrap_or_default().with_timezone(&zone);
        Decided {
            debtor: id.clone(),
            reference: reference.clone(),
            name: name.clone(),
            at_ms: line.at_ms,
            at: at.to_rfc3339_opts(SecondsFormat::Secs, false),
            on: rules.today(line.at_ms),
            asked: asked(&line.decision, &known),
            decision: line.decision,
            collides: line.collides,
        }
    };
    lines.into_iter().map(decided).collect()
}

fn asked(decision: &Decision, known: &Known) -> Vec<Asked> {
    let Decision::Send(reminder) = decision else { return Vec::new() };
    let one = |ask: &kept_domain::reminder::Ask| {
        let of_ask = known.open.iter().filter(|open| ask.invoices.contains(&open.invoice));
        Asked {
            money: Money::new(ask.ask_minor, ask.currency),
            invoices: of_ask.map(|open| open.number.clone()).collect(),
        }
    };
    reminder.asks.iter().map(one).collect()
}

/// What one day of a rehearsal comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Messages, and calls for a person to make.
    pub sent: BTreeMap<Channel, u32>,
    /// Debtors from whom something was held back, by the reason.
    pub withheld: BTreeMap<Reason, u32>,
    /// Second messages that were wanted for one person.
    pub collisions: u32,
}

/// What a rehearsal comes to.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// The days on which something is sent or held back.
    pub days: BTreeMap<NaiveDate, Day>,
    /// Debtors to whom something is sent.
    pub people: u32,
    last: Option<DebtorId>,
}

impl Sums {
    /// Adds a decision; those on one debtor come one after another.
    pub fn count(&mut self, decided: &Decided) {
        let withheld = decided.reason().filter(|reason| reason.withholds());
        if decided.channel().is_none() && withheld.is_none() {
            return;
        }
        let day = self.days.entry(decided.on).or_default();
        day.collisions += u32::from(decided.collides);
        if let Some(reason) = withheld {
            *day.withheld.entry(reason).or_default() += 1;
        }
        if let Some(channel) = decided.channel() {
            *day.sent.entry(channel).or_default() += 1;
            if self.last.as_ref() != Some(&decided.debtor) {
                self.people += 1;
                self.last = Some(decided.debtor.clone());
            }
        }
    }

    /// Messages and calls of some days.
    pub fn messages(&self, days: Range<NaiveDate>) -> u32 {
        self.days.range(days).flat_map(|(_, day)| day.sent.values()).sum()
    }

    /// All days together.
    pub fn total(&self) -> Day {
        let mut total = Day::default();
        for day in self.days.values() {
            total.collisions += day.collisions;
            for (channel, count) in &day.sent {
                *total.sent.entry(*channel).or_default() += count;
            }
            for (reason, count) in &day.withheld {
                *total.withheld.entry(*reason).or_default() += count;
            }
        }
        total
    }
}

/// What messages cost, in minor units of `currency`, by the prices of each channel; a channel without a price costs nothing.
/// `None` where no price is known at all.
pub fn cost(sent: &BTreeMap<Channel, u32>, prices: &BTreeMap<Channel, i64>, currency: Currency) -> Option<Money> {
    let of = |(channel, count): (&Channel, &u32)| prices.get(channel).map_or(0, |price| price * i64::from(*count));
    (!prices.is_empty()).then(|| Money::new(sent.iter().map(of).sum(), currency))
}
