//! The page of a rehearsal: what the policy in force would send to those who owe something.

use super::{Answer, Visitor, page_of, query, send, show, text};
use crate::acts::outlook::Rules;
use crate::acts::rehearse::{Day, Decided, Part, Sums, Whom, cost, rehearse};
use crate::clock::day_start_ms;
use crate::door::No;
use axum::extract::RawQuery;
use chrono::DateTime;
use kept_api::rehearsal::{ChannelSum, RehearsalQuery, RehearsalView, RehearsedDay, RehearsedRow, Shown};
use kept_console::rehearsal::rehearsal_page;
use kept_domain::calendar::{parse_iso, plus_days};
use kept_domain::contact::Channel;
use kept_domain::money::{Currency, Money};
use kept_domain::reminder::{Decision, Reason};
use std::collections::BTreeMap;

/// The days that can be chosen; the first is taken where none is.
const SPANS: [u32; 3] = [90, 60, 30];
/// Debtors that one page rehearses at most, so that it answers within a second however many there are.
pub(super) const DEBTORS_MAX: u32 = 200;
/// Decisions that one page lists: a telephone shows one below the other, with all that is said of it.
const ROWS: usize = 15;
/// Decisions that one page keeps at most, so that no policy fills the memory.
const DECISIONS_MAX: usize = 20_000;

/// Shows a rehearsal that begins now.
///
/// # Errors
/// When the store fails, or the prices in the configuration cannot be read.
pub async fn show(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let values = query(&raw.unwrap_or_default());
    let asked = asked(&values);
    let (page, _) = page_of(&values);
    let (home, zone) = (&visitor.business, &visitor.business.zone);
    let prices = visitor.app.config.costs.prices(home.currency).map_err(|error| No::Failed(error.to_string()))?;
    let (from_on, to_on) = (visitor.today(), plus_days(visitor.today(), asked.days));
    let span = visitor.app.clock.now_ms()..day_start_ms(to_on, zone);
    let rules = Rules::of(&visitor.app, &visitor.app.db, home).await?;
    let part = Part { after: &asked.after, search: &asked.search, debtors_max: DEBTORS_MAX };
    let (mut sums, mut listed) = (Sums::default(), Vec::new());
    let told = rehearse(&visitor.app.db, &rules, Whom::Owing(part), span, |decided| {
        sums.count(&decided);
        if listed.len() < DECISIONS_MAX && is_listed(&decided, &asked) {
            listed.push(decided);
        }
        Ok::<(), crate::store::Error>(())
    });
    let looked = told.await?;
    listed.sort_by_key(|decided| decided.at_ms);
    let (rows_in_all, begin) = (listed.len(), (page as usize - 1) * ROWS);
    let rows: Vec<RehearsedRow> = listed.iter().skip(begin).take(ROWS).map(row).collect();
    let total = sums.total();
    let (budget, held) = reasons(&total);
    let v = RehearsalView {
        frame: visitor.frame().await?,
        spans: SPANS,
        days: (from_on, to_on),
        looked: looked.debtors,
        next: looked.next,
        people: sums.people,
        cost: cost(&total.sent, &prices, home.currency),
        channels: channels(&total, &prices, home.currency),
        budget,
        held,
        collisions: total.collisions,
        calendar: sums.days.iter().map(|(on, day)| (*on, rehearsed(day))).collect(),
        more: begin + rows.len() < rows_in_all,
        rows,
        rows_in_all,
        page,
        asked,
    };
    Ok(send("Rehearsal", None, || rehearsal_page(v)))
}

fn asked(values: &[(String, String)]) -> RehearsalQuery {
    let days = text(values, "days").parse().ok().filter(|days| SPANS.contains(days));
    let short = |name: &str| text(values, name).trim().chars().take(200).collect::<String>();
    RehearsalQuery {
        days: days.unwrap_or(SPANS[0]),
        search: short("search"),
        after: short("after"),
        channel: Channel::parse(text(values, "channel")),
        shown: Shown::parse(text(values, "shown")).unwrap_or_default(),
        on: parse_iso(text(values, "on")),
    }
}

/// Whether a decision is among those that were asked for.
fn is_listed(decided: &Decided, asked: &RehearsalQuery) -> bool {
    let held = decided.reason().filter(|reason| reason.withholds());
    let of_budget = held.is_some_and(Reason::is_of_budget);
    let shown = match asked.shown {
        Shown::Both => decided.channel().is_some() || held.is_some(),
        Shown::Send => decided.channel().is_some(),
        Shown::Budget => of_budget,
        Shown::Held => held.is_some() && !of_budget,
        Shown::Collisions => decided.collides,
        Shown::All => true,
    };
    shown
        && asked.on.is_none_or(|on| decided.on == on)
        && asked.channel.is_none_or(|channel| decided.channel() == Some(channel))
}

/// A reason in words, and how often it held something back.
type Reasons = Vec<(&'static str, u32)>;

/// The reasons that are of the budget, and the others; the most frequent first.
fn reasons(total: &Day) -> (Reasons, Reasons) {
    let mut all: Vec<(Reason, u32)> = total.withheld.iter().map(|(reason, count)| (*reason, *count)).collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let (budget, held): (Vec<_>, Vec<_>) = all.into_iter().partition(|(reason, _)| reason.is_of_budget());
    let words = |all: Vec<(Reason, u32)>| all.into_iter().map(|(reason, count)| (reason.words(), count)).collect();
    (words(budget), words(held))
}

/// What goes out on each channel, and what it costs.
fn channels(total: &Day, prices: &BTreeMap<Channel, i64>, currency: Currency) -> Vec<ChannelSum> {
    let sum = |(channel, count): (&Channel, &u32)| ChannelSum {
        channel: *channel,
        count: *count,
        cost: prices.get(channel).map(|price| Money::new(price.saturating_mul(i64::from(*count)), currency)),
    };
    total.sent.iter().map(sum).collect()
}

fn rehearsed(day: &Day) -> RehearsedDay {
    let of = |budget: bool| {
        let all = day.withheld.iter().filter(|(reason, _)| reason.is_of_budget() == budget);
        all.map(|(_, count)| count).sum()
    };
    RehearsedDay {
        sent: day.sent.iter().map(|(channel, count)| (*channel, *count)).collect(),
        budget: of(true),
        held: of(false),
        collisions: day.collisions,
    }
}

fn row(decided: &Decided) -> RehearsedRow {
    let at = DateTime::parse_from_rfc3339(&decided.at).map(|at| at.format("%a %-d %B %Y, %H:%M").to_string());
    let what = match &decided.decision {
        Decision::Send(reminder) => format!("{} by {}", show::title(&reminder.template), reminder.channel.words()),
        Decision::Wait { reason, .. } | Decision::Never { reason } => reason.words().to_owned(),
    };
    let invoices: Vec<&str> = decided.asked.iter().flat_map(|asked| &asked.invoices).map(String::as_str).collect();
    RehearsedRow {
        debtor: decided.debtor.to_string(),
        who: decided.name.clone(),
        at: at.unwrap_or_else(|_| decided.at.clone()),
        what,
        sends: decided.channel().is_some(),
        collides: decided.collides,
        asks: decided.asked.iter().map(|asked| asked.money).collect(),
        invoices: invoices.join(", "),
    }
}
