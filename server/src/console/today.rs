//! Today, and the news that open pages ask for.

use super::stuck::{self, TROUBLE_MS};
use super::{Answer, Visitor, query, send, show, text};
use crate::door::json;
use crate::store::console::{self, CommitmentQuery};
use crate::store::{Error, event, hold, letter, money_back, reconciliation, worklist};
use axum::extract::RawQuery;
use axum::http::StatusCode;
use kept_api::console::{Figures, News, NewsItem, Task, TaskKind, TodayView};
use kept_console::parts::{kind_words, state_words};
use kept_console::today::today_page;
use kept_domain::calendar::{Ageing, plus_days};
use kept_domain::commitment::Kind;
use kept_domain::money::{Currency, Money};

/// A card payment that is confirming for longer than this needs a look.
const CONFIRMING_MS: i64 = 30 * 60_000;
/// Days within which a call should be made.
const CALL_DAYS: u32 = 3;
/// Days within which letters should be printed.
const LETTER_DAYS: u32 = 3;
/// Days within which money that is wanted back should be sent.
const MONEY_BACK_DAYS: u32 = 7;
/// Days within which somebody should decide what comes of money that went back.
const WENT_BACK_DAYS: u32 = 7;
/// Days within which a discrepancy should be looked into.
const DISCREPANCY_DAYS: u32 = 2;
/// Events that are read for one answer.
const NEWS_MAX: u32 = 200;

/// Shows what waits for a person.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let (kept, ended) = worklist::kept(db, business).await?;
    let v = TodayView {
        // First of all, so that nothing between this and the rest is missed.
        last_event: console::last_event(db, business).await?,
        frame: visitor.frame().await?,
        today: visitor.today(),
        tasks: tasks(&visitor).await?,
        figures: figures(&visitor).await?,
        kept,
        ended,
        empty: !console::has_invoices(db, business).await?,
    };
    Ok(send("Today", None, || today_page(v)))
}

async fn tasks(visitor: &Visitor) -> Result<Vec<Task>, Error> {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let today = visitor.today();
    let mut tasks = Vec::new();
    let day = |at_ms| crate::clock::date_of(at_ms, &visitor.business.zone);
    for w in worklist::proposals(db, business).await? {
        let due_on = w.answer_by_on.unwrap_or_else(|| day(w.at_ms));
        let kind = Kind::parse(&w.kind).map_or("Agreement", kind_words);
        tasks.push(Task {
            kind: TaskKind::Proposal,
            who: w.who,
            detail: format!("{kind}, {}", Money::new(w.amount_minor, w.currency).show()),
            href: format!("/console/commitments/{}", w.id),
            due_on,
            late: due_on < today,
            again: None,
        });
    }
    for w in worklist::disputes(db, business).await? {
        let due_on = w.answer_by_on.unwrap_or_else(|| day(w.at_ms));
        let kind = match w.kind.as_str() {
            "claim" => TaskKind::Claim,
            "hardship" => TaskKind::Hardship,
            _ => TaskKind::Dispute,
        };
        let detail = if w.amount_minor > 0 { Money::new(w.amount_minor, w.currency).show() } else { String::new() };
        let href = format!("/console/disputes/{}", w.id);
        tasks.push(Task { kind, who: w.who, detail, href, due_on, late: due_on < today, again: None });
    }
    let now_ms = visitor.app.clock.now_ms();
    for t in worklist::payments(db, business, now_ms - CONFIRMING_MS, now_ms - TROUBLE_MS).await? {
        let kind = if t.state == "failed" { TaskKind::PaymentFailed } else { TaskKind::PaymentUncertain };
        let amount = t.amount.map(|(minor, currency)| Money::new(minor, currency).show()).unwrap_or_default();
        let detail = if t.reason.is_empty() { amount } else { format!("{amount}: {}", show::plain(&t.reason)) };
        let href = format!("/console/debtors/{}", t.debtor);
        tasks.push(Task { kind, who: t.who, detail, href, due_on: day(t.at_ms), late: false, again: None });
    }
    for t in worklist::mails(db, business, now_ms - TROUBLE_MS).await? {
        let kind = if t.state == "failed" { TaskKind::MailFailed } else { TaskKind::MailUnknown };
        let href = format!("/console/debtors/{}", t.debtor);
        let again = Some(stuck::action(&t.debtor, &t.id));
        let detail = stuck::reason(&t.reason);
        tasks.push(Task { kind, who: t.who, detail, href, due_on: day(t.at_ms), late: false, again });
    }
    for t in worklist::calls(db, business).await? {
        let due_on = plus_days(day(t.at_ms), CALL_DAYS);
        let href = format!("/console/calls/{}", t.id);
        tasks.push(Task {
            kind: TaskKind::Call,
            who: t.who,
            detail: String::new(),
            href,
            due_on,
            late: due_on < today,
            again: None,
        });
    }
    for wish in money_back::list(db, business).await? {
        let due_on = plus_days(day(wish.asked_at_ms), MONEY_BACK_DAYS);
        tasks.push(Task {
            kind: TaskKind::MoneyBack,
            who: wish.who,
            detail: Money::new(wish.amount_minor, wish.currency).show(),
            href: format!("/console/debtors/{}/money-back", wish.debtor),
            due_on,
            late: due_on < today,
            again: None,
        });
    }
    for paused in hold::list_undecided(db, business).await? {
        let due_on = plus_days(day(paused.created_at_ms), WENT_BACK_DAYS);
        tasks.push(Task {
            kind: TaskKind::WentBack,
            who: paused.who,
            detail: super::debtors::hold_words(&paused.reason).to_owned(),
            href: format!("/console/debtors/{}#holds", paused.debtor),
            due_on,
            late: due_on < today,
            again: None,
        });
    }
    if let Some((many, since_ms)) = letter::count_waiting(db, business).await? {
        let due_on = plus_days(day(since_ms), LETTER_DAYS);
        tasks.push(Task {
            kind: TaskKind::Letters,
            who: String::new(),
            detail: if many == 1 { "1 letter".to_owned() } else { format!("{many} letters") },
            href: "/console/letters".to_owned(),
            due_on,
            late: due_on < today,
            again: None,
        });
    }
    if let Some((many, since_ms)) = reconciliation::count_open(db, business).await? {
        let due_on = plus_days(day(since_ms), DISCREPANCY_DAYS);
        tasks.push(Task {
            kind: TaskKind::Discrepancies,
            who: String::new(),
            detail: if many == 1 { "1 to look into".to_owned() } else { format!("{many} to look into") },
            href: "/console/reconciliation".to_owned(),
            due_on,
            late: due_on < today,
            again: None,
        });
    }
    tasks.sort_by_key(|t| t.due_on);
    Ok(tasks)
}

async fn figures(visitor: &Visitor) -> Result<Vec<Figures>, Error> {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let today = visitor.today();
    let mut figures: Vec<Figures> = Vec::new();
    let of = |figures: &mut Vec<Figures>, currency: Currency| {
        figures.iter().position(|f| f.currency == currency).unwrap_or_else(|| {
            let ageing = Ageing::ALL.map(|age| (age, 0)).to_vec();
            figures.push(Figures { currency, owed_minor: 0, ageing, promised_minor: 0 });
            figures.len() - 1
        })
    };
    for (currency, due_on, minor) in worklist::owed_by_due_date(db, business).await? {
        let at = of(&mut figures, currency);
        let Some(f) = figures.get_mut(at) else { continue };
        f.owed_minor += minor;
        let age = Ageing::of(due_on, today);
        for (_, sum) in f.ageing.iter_mut().filter(|(a, _)| *a == age) {
            *sum += minor;
        }
    }
    for (currency, minor) in worklist::promised(db, business, today, plus_days(today, 6)).await? {
        let at = of(&mut figures, currency);
        if let Some(f) = figures.get_mut(at) {
            f.promised_minor = minor;
        }
    }
    // The business's own currency first.
    figures.sort_by_key(|f| f.currency != visitor.business.currency);
    Ok(figures)
}

/// What happened after an event, for pages that are open.
///
/// # Errors
/// When the store fails.
pub async fn news(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let values = query(&raw.unwrap_or_default());
    let after = text(&values, "after");
    let events = event::list_after(db, business, after, NEWS_MAX).await?;
    let mut news =
        News { last_event: events.last().map_or_else(|| after.to_owned(), |e| e.id.clone()), commitments: vec![] };
    let mut seen: Vec<&str> = Vec::new();
    // The newest word on each commitment is enough.
    for e in events.iter().rev().filter(|e| is_of_commitment(&e.kind)) {
        if seen.contains(&e.subject.as_str()) || seen.len() >= 20 {
            continue;
        }
        seen.push(&e.subject);
        let wanted = CommitmentQuery { id: e.subject.clone(), ..CommitmentQuery::default() };
        for line in console::commitments(db, business, &wanted, visitor.today(), 0, 1).await? {
            let total = Money::new(line.total_minor, line.currency).show();
            let state = state_words(line.state).to_lowercase();
            news.commitments.push(NewsItem {
                href: format!("/console/commitments/{}", line.id),
                who: line.who,
                what: format!("{}, {total}, {state}", kind_words(line.kind)),
                at: visitor.at(e.at_ms),
            });
        }
    }
    news.commitments.reverse();
    Ok(json(StatusCode::OK, &news))
}

/// Whether an event is about a commitment, by its name.
fn is_of_commitment(kind: &str) -> bool {
    let of = kind.split('_').next().and_then(Kind::parse);
    of.is_some() && kind != "settlement_policy_changed"
}
