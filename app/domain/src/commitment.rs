//! Commitments: what somebody has undertaken to pay and when, every legal transition, and the exact words.

use crate::calendar::{days_between, plus_days, show};
use crate::money::{Currency, Money};
use crate::plan::{Instalment, Schedule};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What kind of undertaking it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An amount by a date.
    Promise,
    /// Instalments.
    Plan,
    /// Less than is owed, by a date, in full and final settlement.
    Settlement,
}

impl Kind {
    /// The name in the database and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::Plan => "plan",
            Self::Settlement => "settlement",
        }
    }

    /// Reads a name written by [`Kind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Promise, Self::Plan, Self::Settlement].into_iter().find(|k| k.code() == code)
    }
}

/// Where a commitment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for the business: not an agreement.
    Proposed,
    /// An offer of the business in answer to a proposal, which waits for the debtor: not an agreement.
    Countered,
    /// Agreed and running.
    Active,
    /// A payment is late; paying it heals.
    Missed,
    /// Everything was paid.
    Kept,
    /// Not paid as agreed.
    Broken,
    /// The business said no, with a reason.
    Declined,
    /// The debtor took the proposal back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
    /// Ended by the debtor or the business, or replaced by another.
    Cancelled,
}

impl State {
    /// All states, in the order of a commitment's life.
    pub const ALL: [Self; 10] = [
        Self::Proposed,
        Self::Countered,
        Self::Active,
        Self::Missed,
        Self::Kept,
        Self::Broken,
        Self::Declined,
        Self::Withdrawn,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The name in the database, in URLs and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Countered => "countered",
            Self::Active => "active",
            Self::Missed => "missed",
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads a name written by [`State::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Agreed and not ended: at most one of these per debtor and currency.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Active | Self::Missed)
    }

    /// Not ended: a new proposal takes its place.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Countered | Self::Active | Self::Missed)
    }
}

/// What can happen to a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Accepted: by the terms, by a person of the business, or (a counter-offer) by the debtor.
    Accepted,
    /// The business says no, perhaps with another offer, which is a commitment of its own that begins as countered.
    Declined,
    /// The debtor takes the proposal or the refusal of a counter-offer back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
    /// A payment is later than the days of grace.
    Missed,
    /// What was missed has been paid.
    Healed,
    /// Everything has been paid.
    Fulfilled,
    /// Too much was missed.
    Broken,
    /// Ended by either side, or replaced.
    Cancelled,
}

/// The state after an event; `None` where the event is not legal. This is every edge there is.
pub fn next(state: State, event: Event) -> Option<State> {
    Some(match (state, event) {
        (State::Proposed, Event::Accepted) => State::Active,
        (State::Proposed, Event::Declined) => State::Declined,
        (State::Proposed, Event::Withdrawn) => State::Withdrawn,
        (State::Proposed, Event::Expired) => State::Expired,
        (State::Countered, Event::Accepted) => State::Active,
        (State::Countered, Event::Withdrawn) => State::Withdrawn,
        (State::Countered, Event::Expired) => State::Expired,
        (State::Active, Event::Missed) => State::Missed,
        (State::Active, Event::Fulfilled) => State::Kept,
        (State::Active, Event::Cancelled) => State::Cancelled,
        (State::Missed, Event::Healed) => State::Active,
        (State::Missed, Event::Fulfilled) => State::Kept,
        (State::Missed, Event::Broken) => State::Broken,
        (State::Missed, Event::Cancelled) => State::Cancelled,
        // Paying everything after all makes good even a broken promise, and a refund undoes it.
        (State::Broken, Event::Fulfilled) => State::Kept,
        (State::Kept, Event::Missed) => State::Missed,
        (State::Kept, Event::Healed) => State::Active,
        // What it took off is owed again, although another has taken its place.
        (State::Kept, Event::Broken) => State::Broken,
        _ => return None,
    })
}

/// Days after a due date before it counts as missed: a bank transfer made on the day takes that long to arrive.
pub const GRACE_DAYS: u32 = 3;
/// Misses in a row that break a plan.
pub const MISSES_MAX: usize = 2;
/// Days after a promised date at which an unpaid promise is broken.
pub const PROMISE_PATIENCE_DAYS: u32 = 14;
/// Days for which a proposal waits for the business, and a counter-offer for the debtor.
pub const ANSWER_DAYS: u32 = 7;

/// One instalment and what has been paid towards it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its date and amount.
    pub instalment: Instalment,
    /// Minor units paid towards it, at most its amount.
    pub paid_minor: i64,
    /// Unpaid, and later than the days of grace.
    pub missed: bool,
}

impl Standing {
    /// Minor units still to pay.
    pub fn left_minor(&self) -> i64 {
        self.instalment.amount_minor - self.paid_minor
    }
}

/// How a commitment stands after payments of `paid_minor` in all, which fill the instalments in order.
pub fn standing(schedule: &Schedule, paid_minor: i64, today: NaiveDate) -> Vec<Standing> {
    let mut left = paid_minor.max(0);
    schedule
        .instalments
        .iter()
        .map(|instalment| {
            let paid_minor = left.min(instalment.amount_minor);
            left -= paid_minor;
            let missed = paid_minor < instalment.amount_minor && today > plus_days(instalment.due_on, GRACE_DAYS);
            Standing { instalment: *instalment, paid_minor, missed }
        })
        .collect()
}

/// The event that time and payments bring to a running (or kept, or broken) commitment today, if any. To a settlement only
/// payments that arrived by its day count; they may become known some days later.
pub fn advance(kind: Kind, state: State, schedule: &Schedule, paid_minor: i64, today: NaiveDate) -> Option<Event> {
    let standings = standing(schedule, paid_minor, today);
    let unpaid = standings.iter().any(|s| s.left_minor() > 0);
    let misses = match kind {
        Kind::Settlement => standings.iter().filter(|s| s.left_minor() > 0 && s.instalment.due_on < today).count(),
        Kind::Promise | Kind::Plan => standings.iter().filter(|s| s.missed).count(),
    };
    let event = match state {
        State::Active | State::Missed | State::Broken if !unpaid => Event::Fulfilled,
        State::Active if misses > 0 => Event::Missed,
        State::Missed if misses == 0 => Event::Healed,
        State::Missed => {
            let broken = match kind {
                Kind::Plan => misses >= MISSES_MAX || last_is_old(schedule, today),
                Kind::Promise => last_is_old(schedule, today),
                // What arrived on the day is known by then.
                Kind::Settlement => standings.iter().any(|s| s.missed),
            };
            if !broken {
                return None;
            }
            Event::Broken
        }
        State::Kept if unpaid && misses > 0 => Event::Missed,
        State::Kept if unpaid => Event::Healed,
        _ => return None,
    };
    next(state, event).map(|_| event)
}

fn last_is_old(schedule: &Schedule, today: NaiveDate) -> bool {
    schedule.last_on().is_some_and(|on| days_between(on, today) > i64::from(PROMISE_PATIENCE_DAYS))
}

/// Why a promise cannot be made as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseError {
    /// Zero or less.
    AmountNotPositive,
    /// More than is left to pay.
    MoreThanOwed,
    /// The day is gone.
    InPast,
    /// More than two years away.
    TooFar,
}

impl PromiseError {
    /// What to tell the person who typed it.
    pub fn words(self) -> &'static str {
        match self {
            Self::AmountNotPositive => "Enter an amount that is more than zero",
            Self::MoreThanOwed => "Enter an amount that is not more than what is left to pay",
            Self::InPast => "Enter a date that is today or later",
            Self::TooFar => "Enter a date within the next two years",
        }
    }
}

/// Whether a promise is inside the terms: `Ok(None)` when it is, or the last day that would be.
pub fn judge_promise(
    amount_minor: i64,
    balance_minor: i64,
    by: NaiveDate,
    latest_days: u32,
    today: NaiveDate,
) -> Result<Option<NaiveDate>, PromiseError> {
    if amount_minor <= 0 {
        return Err(PromiseError::AmountNotPositive);
    }
    if amount_minor > balance_minor {
        return Err(PromiseError::MoreThanOwed);
    }
    match days_between(today, by) {
        i64::MIN..=-1 => Err(PromiseError::InPast),
        731.. => Err(PromiseError::TooFar),
        days if days <= i64::from(latest_days) => Ok(None),
        _ => Ok(Some(plus_days(today, latest_days))),
    }
}

/// The version of [`words`]; it changes whenever a sentence does.
pub const WORDS_VERSION: &str = "2026-11-25";

/// What an agreement's words are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The kind of undertaking.
    pub kind: Kind,
    /// The business's trading name.
    pub business: String,
    /// The name of the person or company that pays.
    pub payer: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// What is owed in all on the day, in minor units, without what is in dispute.
    pub balance_minor: i64,
    /// Invoice numbers that are covered, with what is left on each, in minor units.
    pub invoices: Vec<(String, i64)>,
    /// The payments.
    pub schedule: Schedule,
    /// What confirming does.
    pub made: Made,
    /// The day of the agreement that this one takes the place of.
    pub replaces_on: Option<NaiveDate>,
    /// The day on which the words are shown.
    pub on: NaiveDate,
    /// The time zone in which days are counted.
    pub zone: String,
}

/// What confirming the words does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// Inside the terms, or in answer to an offer: agreed when confirmed.
    AtOnce,
    /// Outside the terms: sent to the business to decide.
    ForDecision,
    /// The business's offer, which the debtor may accept.
    AsOffer,
}

/// The label of the button that confirms.
pub fn button(kind: Kind, made: Made) -> &'static str {
    match (kind, made) {
        (Kind::Settlement, Made::ForDecision) => "Send this offer",
        (Kind::Settlement, _) => "Agree to this amount",
        (_, Made::ForDecision) => "Send this to be decided",
        (Kind::Promise, _) => "Agree to pay on this date",
        (Kind::Plan, _) => "Agree to these payments",
    }
}

/// The exact words that are shown before a commitment is made, and stored with it. One sentence a line.
pub fn words(a: &Agreement) -> String {
    let money = |minor| Money::new(minor, a.currency).show();
    let mut lines = Vec::new();
    let total = a.schedule.total_minor();
    let (from, to) = if a.made == Made::AsOffer { (&a.business, &a.payer) } else { (&a.payer, &a.business) };
    lines.push(match a.made {
        Made::AtOnce => format!("{from} and {to} agree the following on {}.", show(a.on)),
        Made::ForDecision | Made::AsOffer => format!(
            "{from} proposes the following to {to} on {}. It is not an agreement until {to} accepts it.",
            show(a.on)
        ),
    });
    if let Some(on) = a.replaces_on {
        lines.push(format!("It takes the place of the agreement of {}.", show(on)));
    }
    match (a.kind, a.schedule.instalments.as_slice()) {
        (Kind::Promise, [one, ..]) => {
            lines.push(format!("{} will pay {} by {}.", a.payer, money(total), show(one.due_on)));
        }
        (Kind::Settlement, [one, ..]) => lines.push(format!(
            "{} will pay {} by {}, in full and final settlement of {}.",
            a.payer,
            money(total),
            show(one.due_on),
            money(a.balance_minor)
        )),
        (_, instalments) => {
            lines.push(format!("{} will pay {} in {}:", a.payer, money(total), count(instalments.len())));
            for one in instalments {
                lines.push(format!("- {} by {}", money(one.amount_minor), show(one.due_on)));
            }
        }
    }
    lines.push(format!("On {} {} is left to pay, for:", show(a.on), money(a.balance_minor)));
    for (number, left) in &a.invoices {
        lines.push(format!("- invoice {number}: {}", money(*left)));
    }
    if a.kind == Kind::Settlement {
        let (total, rest) = (money(total), money(a.balance_minor - total));
        lines.push(format!(
            "When {total} has arrived by that day, the other {rest} does not have to be paid: {} takes it off then, and not before.",
            a.business
        ));
        lines.push("A card payment counts on the day on which you begin it here, a bank transfer on the day on which it reaches the account.".to_owned());
        lines.push(format!(
            "If less than {total} has arrived by then, this agreement ends, nothing is taken off, and all that is left is due again. What was paid counts towards it."
        ));
    } else if total < a.balance_minor {
        lines.push(format!("The other {} is not part of this and stays open.", money(a.balance_minor - total)));
    }
    lines.push(format!("Days end at midnight in the time zone {}.", a.zone));
    lines.push(format!(
        "While payments arrive as agreed, {} sends no reminders other than for the payment that is due.",
        a.business
    ));
    let missed = match a.kind {
        Kind::Plan => Some("After two missed payments in a row this agreement ends and what is left is due again."),
        Kind::Promise => {
            Some("If it is not paid two weeks after the date, this agreement ends and what is left is due again.")
        }
        Kind::Settlement => None,
    };
    if let Some(missed) = missed {
        let business = &a.business;
        lines
            .push(format!("If a payment is more than {GRACE_DAYS} days late, {business} asks what happened. {missed}"));
    }
    if a.kind == Kind::Plan {
        lines.push(
            "After a missed payment you can move all payments to the next date, once, or spread what was missed over the payments to come."
                .to_owned(),
        );
    }
    lines.push("You can change or cancel this at any time on your account page, or by contacting us.".to_owned());
    lines.push("You can still tell us that something is not right. Agreeing here does not take that away.".to_owned());
    if a.kind == Kind::Settlement {
        lines.push("The day stays the same while we look into it.".to_owned());
    }
    lines.join("\n")
}

fn count(n: usize) -> String {
    if n == 1 { "one payment".to_owned() } else { format!("{n} payments") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn three() -> Schedule {
        let instalments = ["2026-01-01", "2026-02-01", "2026-03-01"]
            .iter()
            .map(|on| Instalment { due_on: day(on), amount_minor: 100 })
            .collect();
        Schedule { instalments }
    }

    #[test]
    fn a_settlement_is_missed_the_day_after_and_broken_when_nothing_can_come_any_more() {
        let schedule = Schedule { instalments: vec![Instalment { due_on: day("2026-01-31"), amount_minor: 360 }] };
        let at = |state, paid, on| advance(Kind::Settlement, state, &schedule, paid, day(on));
        assert_eq!(at(State::Active, 359, "2026-01-31"), None);
        assert_eq!(at(State::Active, 360, "2026-01-31"), Some(Event::Fulfilled));
        assert_eq!(at(State::Active, 359, "2026-02-01"), Some(Event::Missed));
        assert_eq!(at(State::Missed, 359, "2026-02-03"), None);
        assert_eq!(at(State::Missed, 359, "2026-02-04"), Some(Event::Broken));
        // A statement that comes late tells of money that did not.
        assert_eq!(at(State::Broken, 360, "2026-02-20"), Some(Event::Fulfilled));
        // Money that is taken back.
        assert_eq!(at(State::Kept, 0, "2026-01-20"), Some(Event::Healed));
        assert_eq!(at(State::Kept, 0, "2026-03-01"), Some(Event::Missed));
    }

    #[test]
    fn payments_fill_instalments_in_order() {
        let standings = standing(&three(), 150, day("2026-02-10"));
        assert_eq!(standings.iter().map(|s| s.paid_minor).collect::<Vec<_>>(), [100, 50, 0]);
        assert_eq!(standings.iter().map(|s| s.missed).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn a_plan_is_missed_healed_broken_and_kept() {
        let at = |state, paid, on| advance(Kind::Plan, state, &three(), paid, day(on));
        assert_eq!(at(State::Active, 0, "2026-01-04"), None, "three days of grace");
        assert_eq!(at(State::Active, 0, "2026-01-05"), Some(Event::Missed));
        assert_eq!(at(State::Missed, 0, "2026-01-20"), None);
        assert_eq!(at(State::Missed, 100, "2026-01-20"), Some(Event::Healed));
        assert_eq!(at(State::Missed, 0, "2026-02-05"), Some(Event::Broken));
        assert_eq!(at(State::Missed, 300, "2026-02-05"), Some(Event::Fulfilled));
        assert_eq!(at(State::Active, 300, "2026-01-02"), Some(Event::Fulfilled));
        assert_eq!(at(State::Kept, 200, "2026-01-02"), Some(Event::Healed), "a refund reopens it");
        assert_eq!(at(State::Missed, 250, "2026-03-10"), None, "one payment late, not yet old");
    }

    #[test]
    fn a_promise_is_broken_two_weeks_after_its_date() {
        let promise = Schedule { instalments: vec![Instalment { due_on: day("2026-01-01"), amount_minor: 100 }] };
        let at = |state, on| advance(Kind::Promise, state, &promise, 0, day(on));
        assert_eq!(at(State::Active, "2026-01-05"), Some(Event::Missed));
        assert_eq!(at(State::Missed, "2026-01-15"), None);
        assert_eq!(at(State::Missed, "2026-01-16"), Some(Event::Broken));
    }

    #[test]
    fn what_has_ended_stays_ended() {
        for state in [State::Declined, State::Withdrawn, State::Expired, State::Cancelled] {
            for event in [Event::Accepted, Event::Missed, Event::Fulfilled, Event::Healed, Event::Cancelled] {
                assert_eq!(next(state, event), None, "{state:?} {event:?}");
            }
        }
        assert_eq!(next(State::Proposed, Event::Missed), None, "a proposal is not an agreement");
    }

    #[test]
    fn a_promise_is_judged_by_amount_and_date() {
        let today = day("2026-11-21");
        let judge = |amount, by: &str| judge_promise(amount, 1000, day(by), 31, today);
        assert_eq!(judge(1000, "2026-12-22"), Ok(None));
        assert_eq!(judge(1000, "2026-12-23"), Ok(Some(day("2026-12-22"))));
        assert_eq!(judge(1001, "2026-12-22"), Err(PromiseError::MoreThanOwed));
        assert_eq!(judge(0, "2026-12-22"), Err(PromiseError::AmountNotPositive));
        assert_eq!(judge(5, "2026-11-20"), Err(PromiseError::InPast));
        assert_eq!(judge(5, "2029-11-20"), Err(PromiseError::TooFar));
    }

    #[test]
    fn the_words_say_whether_it_is_an_agreement() {
        let mut a = Agreement {
            kind: Kind::Plan,
            business: "Jessop Stationers".into(),
            payer: "Ana Ruiz".into(),
            currency: Currency::parse("GBP").unwrap(),
            balance_minor: 500,
            invoices: vec![("17".into(), 500)],
            schedule: three(),
            made: Made::AtOnce,
            replaces_on: None,
            on: day("2025-12-30"),
            zone: "Europe/London".into(),
        };
        let agreed = words(&a);
        assert!(agreed.contains("Ana Ruiz will pay £3.00 in 3 payments:\n- £1.00 by 1 January 2026\n"), "{agreed}");
        assert!(agreed.contains("The other £2.00 is not part of this"), "{agreed}");
        a.made = Made::ForDecision;
        assert!(words(&a).contains("It is not an agreement until Jessop Stationers accepts it."));
    }
}
