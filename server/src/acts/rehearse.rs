//! Rehearsing: what the rules would send to whom, day by day, on today's data, if nobody paid and nobody answered. Nothing
//! is written, and the decisions are the same as in earnest.

use super::outlook::{Rules, episode_of, zones};
use crate::store::debtor::Debtor;
use crate::store::episode::Episode;
use crate::store::reminder::{Known, Past};
use crate::store::{Error, Query};
use chrono::{DateTime, SecondsFormat};
use kept_domain::commitment::{advance, next};
use kept_domain::contact::Channel;
use kept_domain::reminder::{Decision, Reason, Reminder};
use serde::Serialize;

const DAY_MS: i64 = 86_400_000;
/// Decisions on one debtor at most: far more than any ladder brings in any time that is rehearsed.
const DECISIONS_MAX: usize = 10_000;

/// One decision, as programs read it.
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
    /// What is asked for, in minor units; of several currencies, the largest sum.
    pub ask_minor: i64,
}

/// From when to when, epoch milliseconds; the second is not included.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first instant.
    pub from_ms: i64,
    /// The end.
    pub to_ms: i64,
}

/// Rehearses on some debtors, one after another, each from the beginning to the end.
///
/// # Errors
/// When the store fails, or a stored value cannot be read.
pub async fn rehearse(q: &impl Query, rules: &Rules, debtors: Vec<Debtor>, span: Span) -> Result<Vec<Line>, Error> {
    let known = rules.know(q, debtors, span.from_ms).await?;
    Ok(known.into_iter().flat_map(|known| of_one(rules, known, span)).collect())
}

fn of_one(rules: &Rules, mut known: Known, span: Span) -> Vec<Line> {
    let mut lines = Vec::new();
    // What waits in the outbox or for a person is taken as done: it was decided on before.
    for past in known.contacts.iter_mut().filter(|past| matches!(past.state.as_str(), "queued" | "sending" | "task")) {
        past.state = "recorded".into();
    }
    let mut stands: Option<Reason> = None;
    let mut at_ms = span.from_ms;
    for _ in 0..DECISIONS_MAX {
        if at_ms >= span.to_ms {
            break;
        }
        live(rules, &mut known, at_ms);
        let (until_ms, decision, reason) = match rules.decide(&known, at_ms, None) {
            Decision::Send(reminder) => {
                lines.push(sent(rules, &known, &reminder, at_ms));
                known.contacts.push(as_contact(&reminder, lines.len(), at_ms));
                stands = None;
                at_ms += 1;
                continue;
            }
            Decision::Wait { until_ms, reason } => (until_ms, "wait", reason),
            Decision::Never { reason } => (None, "never", reason),
        };
        if stands != Some(reason) {
            stands = Some(reason);
            lines.push(Line { decision, reason: Some(reason.code()), ..nothing(rules, &known, at_ms) });
        }
        // An agreement moves on by its own dates, of which the rules of contact know nothing.
        let tomorrow_ms = (!known.agreed.is_empty()).then_some(at_ms + DAY_MS);
        let look_ms = rules.look_at_ms(&known, until_ms, reason, at_ms);
        match [look_ms, tomorrow_ms].into_iter().flatten().min() {
            Some(next_ms) => at_ms = next_ms,
            None => break,
        }
    }
    lines
}

/// What a day brings by itself: invoices become late, and agreements that nobody keeps are missed and broken.
fn live(rules: &Rules, known: &mut Known, at_ms: i64) {
    let today = rules.today(at_ms);
    let begun = episode_of(known, today);
    known.episode = begun.map(|begun| Episode { id: "rehearsed".into(), ..begun });
    for agreed in &mut known.agreed {
        while let Some(event) = advance(agreed.kind, agreed.state, &agreed.schedule, agreed.paid_minor, today) {
            match next(agreed.state, event) {
                Some(state) => agreed.state = state,
                None => break,
            }
        }
    }
    known.agreed.retain(|agreed| agreed.state.is_open());
}

fn as_contact(reminder: &Reminder, n: usize, at_ms: i64) -> Past {
    Past {
        id: format!("rehearsed-{n}"),
        channel: reminder.channel.code().into(),
        inbound: false,
        purpose: "reminder".into(),
        step: reminder.step.clone(),
        state: if reminder.channel == Channel::Call { "recorded" } else { "sent" }.into(),
        reason: String::new(),
        outcome: String::new(),
        occasion: reminder.about().join("\n"),
        after_due_days: Some(i64::from(reminder.after_due_days)),
        at_ms,
        decided_at_ms: Some(at_ms),
    }
}

fn sent(rules: &Rules, known: &Known, reminder: &Reminder, at_ms: i64) -> Line {
    let asked =
        |open: &&crate::store::reminder::Open| reminder.asks.iter().any(|ask| ask.invoices.contains(&open.invoice));
    Line {
        channel: Some(reminder.channel.code()),
        step: Some(reminder.step.clone()),
        decision: "send",
        invoices: known.open.iter().filter(asked).map(|open| open.number.clone()).collect(),
        ask_minor: reminder.asks.iter().map(|ask| ask.ask_minor).max().unwrap_or(0),
        ..nothing(rules, known, at_ms)
    }
}

/// The line of a decision by which nothing is sent.
fn nothing(rules: &Rules, known: &Known, at_ms: i64) -> Line {
    let zone = zones(&known.debtor, rules.zone(), at_ms).into_iter().next().unwrap_or(rules.zone());
    let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default().with_timezone(&zone);
    Line {
        at: at.to_rfc3339_opts(SecondsFormat::Secs, false),
        debtor: known.debtor.reference.clone(),
        channel: None,
        step: None,
        decision: "wait",
        reason: None,
        invoices: Vec::new(),
        ask_minor: 0,
    }
}
