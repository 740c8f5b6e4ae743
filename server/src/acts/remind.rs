//! Deciding on reminders: one courteous message with everything overdue of one debtor, or a recorded reason why not.

use super::notify::{self, Message};
use super::reach;
use crate::app::App;
use crate::clock::date_of;
use crate::secret;
use crate::store::business::{self, Business};
use crate::store::contact::{self, Contact};
use crate::store::reminder::{self, Known, Whose};
use crate::store::{Error, debtor};
use chrono::NaiveDate;
use kept_domain::calendar::{days_between, plus_days, show};
use kept_domain::commitment::GRACE_DAYS;
use kept_domain::contact::{Decision, Facts, Reason, next};
use kept_domain::ids::DebtorId;

/// Debtors that are looked at in one read.
const PAGE: u32 = 200;
/// The days over which contacts are counted, in milliseconds.
const COUNTED_MS: i64 = 30 * 86_400_000;

/// What a run decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Reminders that were queued.
    pub reminders: u32,
    /// Debtors for whom a new reason not to remind was recorded.
    pub withheld: u32,
}

/// Looks at every debtor with something overdue, and records what is new: a reminder to send, or another reason not
/// to. A reason that stands is not written again.
///
/// # Errors
/// When the store fails; what was decided until then stays.
pub async fn run(app: &App) -> Result<Decided, Error> {
    let mut decided = Decided::default();
    for home in business::list(&app.db).await? {
        let mut after = String::new();
        loop {
            let now_ms = app.clock.now_ms();
            let today = date_of(now_ms, &home.zone);
            let whose = Whose::After(&after, PAGE);
            let page = reminder::facts(&app.db, &home.id, whose, "", today, now_ms - COUNTED_MS).await?;
            let Some(last) = page.last() else { break };
            after = last.debtor.clone();
            for known in page.iter().filter(|known| news(known, &home.zone, today).is_some()) {
                match decide(app, &home, &known.debtor.as_str().into()).await? {
                    Some(Decision::Send) => decided.reminders += 1,
                    Some(_) => decided.withheld += 1,
                    None => {}
                }
            }
        }
    }
    Ok(decided)
}

/// Decides on one debtor while nothing of theirs can change, and records it. `None` where there is nothing new.
async fn decide(app: &App, home: &Business, id: &DebtorId) -> Result<Option<Decision>, Error> {
    let tx = app.db.begin().await?;
    let Some(debtor) = debtor::lock(&tx, &home.id, id).await? else { return Ok(None) };
    let now_ms = app.clock.now_ms();
    let today = date_of(now_ms, &home.zone);
    let known = reminder::facts(&tx, &home.id, Whose::One(id), "", today, now_ms - COUNTED_MS).await?;
    let Some(known) = known.first() else { return Ok(None) };
    let Some(mut decision) = news(known, &home.zone, today) else { return Ok(None) };
    if decision == Decision::Send && reach::way(&tx, &home.id, &debtor, true).await?.is_none() {
        // Every address bounced or was stopped; said once.
        if known.last_state == "withheld" && known.last_reason == Reason::NoAddress.code() {
            return Ok(None);
        }
        decision = Decision::Never(Reason::NoAddress);
    }
    let (reason, until) = match &decision {
        Decision::Send => {
            notify::tell(&tx, &home.id, &debtor, &Message::Reminder, now_ms).await?;
            tx.commit().await?;
            return Ok(Some(decision));
        }
        Decision::Wait { until, reason } => (*reason, *until),
        Decision::Never(reason) => (*reason, None),
    };
    let withheld = Contact {
        id: secret::new_id(),
        debtor: id.clone(),
        channel: "email".into(),
        direction: "out".into(),
        purpose: Message::Reminder.purpose().into(),
        step: String::new(),
        state: "withheld".into(),
        reason: reason.code().into(),
        subject: String::new(),
        body: until.map_or(String::new(), |on| format!("Not before {}.", show(on))),
        actor: "rule".into(),
        at_ms: now_ms,
        link: None,
        address: String::new(),
        provider_id: String::new(),
    };
    contact::insert(&tx, &home.id, &withheld).await?;
    tx.commit().await?;
    Ok(Some(decision))
}

/// The decision of today, where it is not the one that is on record.
fn news(known: &Known, zone: &str, today: NaiveDate) -> Option<Decision> {
    // A reminder that waits in the outbox is decided on again when it leaves.
    if known.money.is_empty() || known.last_state == "queued" {
        return None;
    }
    let decision = next(&facts_of(known, zone, today), today);
    let reason = match &decision {
        Decision::Send => return Some(decision),
        Decision::Wait { reason, .. } | Decision::Never(reason) => *reason,
    };
    let withheld = matches!(known.last_state.as_str(), "withheld" | "cancelled");
    // That nothing more comes for a while after a reminder is said by the reminder itself.
    let said = if withheld { known.last_reason == reason.code() } else { reason == Reason::TooSoon };
    (!said).then_some(decision)
}

/// What the decision is made of.
pub(super) fn facts_of(known: &Known, zone: &str, today: NaiveDate) -> Facts {
    let days_since = |at_ms: Option<i64>| at_ms.map(|at_ms| days_between(date_of(at_ms, zone), today));
    Facts {
        // Only whether it is more than nothing is asked, so the currencies need not be kept apart here.
        overdue_minor: known.money.values().map(|m| (m.undisputed_minor - m.on_account_minor).max(0)).sum(),
        has_email: !known.email.is_empty(),
        last_contact_days: days_since(known.last_contact_at_ms),
        last_reminder_days: days_since(known.last_reminder_at_ms),
        contacts_30_days: u32::try_from(known.contacts).unwrap_or(u32::MAX),
        awaits_business: known.waiting > 0,
        payment_confirming: known.confirming > 0,
        offer_until: known.offer_until_on,
        agreement_until: (known.running > 0)
            .then(|| known.running_next_on.unwrap_or_else(|| plus_days(today, GRACE_DAYS))),
        held_until: (known.holds > 0).then_some(if known.endless_holds > 0 { None } else { known.held_until_on }),
    }
}

/// The facts and the decision on one debtor, `but` for the contact that is being decided on; the caller holds the
/// debtor's row.
pub(super) async fn decide_again(
    tx: &crate::store::Tx,
    home: &Business,
    id: &DebtorId,
    but: &str,
    now_ms: i64,
) -> Result<(Decision, Known), Error> {
    let today = date_of(now_ms, &home.zone);
    let page = reminder::facts(tx, &home.id, Whose::One(id), but, today, now_ms - COUNTED_MS).await?;
    let known = page.into_iter().next().unwrap_or_default();
    Ok((next(&facts_of(&known, &home.zone, today), today), known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::reminder::Money;
    use kept_domain::calendar::parse_iso;
    use kept_domain::money::Currency;

    fn known(state: &str, reason: &str) -> Known {
        let money = Money { overdue_minor: 500, undisputed_minor: 500, on_account_minor: 0 };
        Known {
            email: "ann@example.org".into(),
            money: [(Currency::parse("GBP").unwrap(), money)].into(),
            last_state: state.into(),
            last_reason: reason.into(),
            ..Known::default()
        }
    }

    #[test]
    fn a_reason_that_stands_is_not_news() {
        let today = parse_iso("2026-11-21").unwrap();
        let news = |known: Known| news(&known, "UTC", today);
        assert_eq!(news(known("", "")), Some(Decision::Send));
        assert_eq!(news(known("withheld", "held")), Some(Decision::Send), "the hold is over");
        let held = |state, reason| Known { holds: 1, endless_holds: 1, ..known(state, reason) };
        let wait = Decision::Wait { until: None, reason: Reason::Held };
        assert_eq!(news(held("", "")), Some(wait.clone()));
        assert_eq!(news(held("withheld", "held")), None);
        assert_eq!(news(held("cancelled", "held")), None);
        assert_eq!(news(held("withheld", "no_address")), Some(wait));
        let recent = Known { last_reminder_at_ms: Some(1_795_219_200_000), ..known("sent", "") };
        assert_eq!(news(recent), None);
        assert_eq!(news(held("queued", "")), None, "the outbox decides");
        assert_eq!(news(Known { money: [].into(), ..known("", "") }), None, "nothing is overdue");
    }

    #[test]
    fn what_was_paid_ahead_counts_and_what_is_disputed_is_not_asked_for() {
        let today = parse_iso("2026-11-21").unwrap();
        let with = |undisputed_minor, on_account_minor| {
            let money = Money { overdue_minor: 500, undisputed_minor, on_account_minor };
            let known = Known { money: [(Currency::parse("GBP").unwrap(), money)].into(), ..known("", "") };
            next(&facts_of(&known, "UTC", today), today)
        };
        assert_eq!(with(500, 0), Decision::Send);
        assert_eq!(with(1, 0), Decision::Send);
        assert_eq!(with(0, 0), Decision::Never(Reason::NothingOverdue));
        assert_eq!(with(500, 500), Decision::Never(Reason::NothingOverdue));
    }
}
