//! The messages that might be sent: the next step of the ladder, courtesies before a due date, and what is said of agreements.

use super::decision::{Ask, Reminder, Subject, about_instalment};
use super::facts::{Agreement, Facts, Instalment, Owed, Sent};
use super::policy::InForce;
use super::reason::Reason;
use super::way::{Way, find_way};
use crate::budget::DAY_MS;
use crate::commitment::Kind;
use crate::hours::{Place, after_day, first_instant, local};
use crate::ids::InvoiceId;
use crate::ladder::{Condition, Ladder, Step};
use chrono::{Days, NaiveDate};

/// What is left of an invoice after money on account.
pub(super) struct Open<'a> {
    pub(super) owed: &'a Owed,
    pub(super) ask_minor: i64,
}

/// A message that may be sent from an instant on.
pub(super) struct Candidate<'a> {
    pub(super) step: &'a Step,
    pub(super) ladder: &'a str,
    pub(super) subject: Subject,
    pub(super) asks: Vec<Ask>,
    pub(super) from_ms: i64,
    /// The instant at which it no longer makes sense.
    pub(super) lapses_ms: Option<i64>,
    /// Why it waits for `from_ms`.
    pub(super) waits: Reason,
}

impl Candidate<'_> {
    pub(super) fn reminder(self, way: Way) -> Reminder {
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

/// The invoices that the ladder is about: not covered by an agreement, with what is left undisputed after money on
/// account, which pays the oldest first. In the order of their due dates.
pub(super) fn open_invoices(facts: &Facts) -> Vec<Open<'_>> {
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

pub(super) fn choose_ladder<'a>(
    facts: &Facts,
    policy: &'a InForce,
    open: &[Open<'_>],
    today: NaiveDate,
) -> Option<&'a Ladder> {
    let late = asks_for(overdue(open, today));
    let asks = if late.is_empty() { asks_for(open.iter()) } else { late };
    policy.policy().ladders.choose(facts.who, facts.history.record(), largest_minor(&asks))
}

/// What the ladder has to say after the due date.
pub(super) enum Main<'a> {
    Step(Box<Candidate<'a>>),
    Finished,
    Nothing,
}

/// The next step after the due date. Its place is after the last one taken in this episode, and it keeps the ladder's own
/// distance from it, so that a debt that is old already, or a long pause, makes nothing come faster. A step by ways that do
/// not reach the person, as far as is known now, does not keep them from the next one that does.
pub(super) fn main_step<'a>(
    facts: &Facts,
    policy: &InForce,
    ladder: &'a Ladder,
    open: &[Open<'_>],
    place: &Place<'_>,
    now_ms: i64,
) -> Main<'a> {
    let today = place.today(now_ms);
    let Some(oldest) = open.first() else { return Main::Nothing };
    let taken: Vec<&Sent> = facts.sent.iter().filter(|sent| is_of_episode(sent, facts, place)).collect();
    let rank = |sent: &Sent| {
        let here = ladder.main_steps().find(|step| step.code == sent.step);
        here.map_or(sent.after_due_days, |step| step.after_due_days)
    };
    let reached = taken.iter().map(|sent| rank(sent)).max();
    let last_ms = taken.iter().map(|sent| sent.at_ms).max();
    let asks = asks_for(overdue(open, today));
    let mut to_come = ladder.main_steps().filter(|step| {
        reached.is_none_or(|reached| step.after_due_days > reached)
            && !taken.iter().any(|sent| sent.step == step.code)
            && step.only_if.iter().all(|condition| holds(*condition, facts, &asks, last_ms, place))
    });
    let Some(first) = to_come.next() else {
        return if asks.is_empty() { Main::Nothing } else { Main::Finished };
    };
    let reaches = |step: &&Step| find_way(step, facts, policy, place, now_ms).is_ok();
    let step = if reaches(&first) { first } else { to_come.find(reaches).unwrap_or(first) };
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
pub(super) fn early_steps<'a>(
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
pub(super) fn of_agreements<'a>(
    facts: &Facts,
    policy: &'a InForce,
    place: &Place<'_>,
    today: NaiveDate,
) -> Vec<Candidate<'a>> {
    let mut candidates = Vec::new();
    for agreement in &facts.agreements {
        let unpaid = || agreement.instalments.iter().filter(|instalment| instalment.left_minor > 0);
        let passed = unpaid().filter(|instalment| instalment.due_on < today);
        let (step, waits) = match agreement.kind {
            Kind::Promise => (policy.policy().after_promise.as_ref(), Reason::PromiseRunning),
            Kind::Plan => (policy.policy().after_missed.as_ref(), Reason::PlanRunning),
            // After its day the lower amount settles nothing any more: it is not asked for.
            Kind::Settlement => (None, Reason::PromiseRunning),
        };
        // What is still to come may be missed as well: its day is waited for, and no later one is named.
        let to_come = unpaid().filter(|instalment| instalment.due_on >= today);
        candidates.extend(step.and_then(|step| {
            let mut all = passed.chain(to_come).filter(|i| !is_said(facts, agreement, i, step));
            all.find_map(|i| about_one(facts, agreement, *i, step, waits, place))
        }));
        let announced = matches!(agreement.kind, Kind::Plan | Kind::Settlement);
        if announced && !agreement.by_card {
            candidates.extend(policy.policy().before_instalment.as_ref().and_then(|step| {
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
        (Kind::Promise | Kind::Settlement, false) => (Subject::PassedPromise { commitment, due_on }, None),
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
pub(super) fn shifted(on: NaiveDate, days: i32) -> NaiveDate {
    let by = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 {
        on.checked_sub_days(by).unwrap_or(NaiveDate::MIN)
    } else {
        on.checked_add_days(by).unwrap_or(NaiveDate::MAX)
    }
}
