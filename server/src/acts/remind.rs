//! Deciding on reminders: one courteous message, or a call for a person to make, or a recorded reason why not. A run costs
//! by whom it must look at, and not by how many debtors there are.

use super::asked::Asked;
use super::notify::{self, Message};
use super::outlook::{Rules, episode_of};
use crate::app::App;
use crate::carrier::Way;
use crate::secret;
use crate::store::business::{self, Business};
use crate::store::contact::{self, Contact, Decided as OnRecord};
use crate::store::debtor::{self, Debtor, Look};
use crate::store::episode::{self, Episode};
use crate::store::event::{self, Event};
use crate::store::reminder::{Known, Past};
use crate::store::{Error, Tx, outbox};
use kept_domain::contact::Channel;
use kept_domain::ids::DebtorId;
use kept_domain::reminder::{Decision, Reason, Reminder};

/// Debtors that are decided on in one transaction.
const PAGE: u32 = 200;
/// When a debtor is looked at who gives no cause until something happens: whatever does, says so by itself.
const NO_CAUSE_MS: i64 = 253_402_300_799_000;
/// Milliseconds after which a debtor is looked at again of whom something stored cannot be read.
const UNREADABLE_MS: i64 = 86_400_000;

/// What a run decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Reminders that were queued, and calls that a person is asked to make.
    pub reminders: u32,
    /// Debtors for whom a new reason not to remind was recorded.
    pub withheld: u32,
}

/// Looks at every debtor whose time has come, and records what is new: a reminder to send, or another reason not to. A
/// reason that stands is not written again.
///
/// # Errors
/// When the store fails; what was decided until then stays.
pub async fn run(app: &App) -> Result<Decided, Error> {
    let mut decided = Decided::default();
    for home in business::list(&app.db).await? {
        let rules = Rules::of(app, &app.db, &home).await?;
        while let Some(page) = page(app, &rules).await? {
            decided.reminders += page.reminders;
            decided.withheld += page.withheld;
        }
    }
    Ok(decided)
}

/// One page of debtors in one transaction; `None` where nobody is due any more.
async fn page(app: &App, rules: &Rules) -> Result<Option<Decided>, Error> {
    let (home, now_ms) = (rules.home(), app.clock.now_ms());
    let tx = app.db.begin().await?;
    let debtors = debtor::claim_due(&app.db, &tx, &home.id, now_ms, PAGE).await?;
    if debtors.is_empty() {
        return Ok(None);
    }
    let ids: Vec<DebtorId> = debtors.iter().map(|debtor| debtor.id.clone()).collect();
    match look(&tx, rules, debtors, now_ms).await {
        Ok(decided) => {
            tx.commit().await?;
            Ok(Some(decided))
        }
        // What cannot be read of one of them does not hold up the others.
        Err(Error::Corrupt(_)) => {
            drop(tx);
            one_by_one(app, rules, &ids).await.map(Some)
        }
        Err(error) => Err(error),
    }
}

async fn one_by_one(app: &App, rules: &Rules, ids: &[DebtorId]) -> Result<Decided, Error> {
    let (home, mut decided) = (rules.home(), Decided::default());
    for id in ids {
        let now_ms = app.clock.now_ms();
        let tx = app.db.begin().await?;
        let Some(debtor) = debtor::lock(&tx, &home.id, id).await? else { continue };
        match look(&tx, rules, vec![debtor], now_ms).await {
            Ok(one) => {
                decided.reminders += one.reminders;
                decided.withheld += one.withheld;
            }
            Err(Error::Corrupt(what)) => {
                tracing::error!(debtor = %id, what, "a debtor cannot be decided on");
                let later = Look { debtor: id.clone(), at_ms: now_ms + UNREADABLE_MS, reason: String::new() };
                debtor::look_at(&tx, &home.id, &[later]).await?;
            }
            Err(error) => return Err(error),
        }
        tx.commit().await?;
    }
    Ok(decided)
}

/// Decides on debtors whose rows the caller holds, and writes it down.
async fn look(tx: &Tx, rules: &Rules, debtors: Vec<Debtor>, now_ms: i64) -> Result<Decided, Error> {
    let home = rules.home();
    let mut page = Page::default();
    for known in rules.know(tx, debtors, now_ms).await? {
        keep_episode(tx, rules, &known, now_ms).await?;
        page.decide(tx, rules, known, now_ms).await?;
    }
    contact::insert_all(tx, &home.id, &page.contacts).await?;
    outbox::enqueue_all(tx, &page.items).await?;
    debtor::look_at(tx, &home.id, &page.looks).await?;
    Ok(page.decided)
}

/// Begins or ends a debtor's climb of the ladder.
async fn keep_episode(tx: &Tx, rules: &Rules, known: &Known, now_ms: i64) -> Result<(), Error> {
    let business = &rules.home().id;
    match (&known.episode, episode_of(known, rules.today(now_ms))) {
        (None, Some(begun)) => {
            let begun = Episode { id: secret::new_id(), ..begun };
            episode::begin(tx, business, &begun, now_ms).await
        }
        (Some(_), None) => episode::end(tx, business, &known.debtor.id, now_ms).await,
        _ => Ok(()),
    }
}

/// What a page of decisions writes.
#[derive(Default)]
struct Page {
    decided: Decided,
    contacts: Vec<Contact>,
    items: Vec<outbox::Item>,
    looks: Vec<Look>,
}

impl Page {
    async fn decide(&mut self, tx: &Tx, rules: &Rules, mut known: Known, now_ms: i64) -> Result<(), Error> {
        let id = known.debtor.id.clone();
        // A reminder that waits in the outbox is decided on again when it leaves.
        if known
            .contacts
            .iter()
            .any(|past| past.purpose == "reminder" && matches!(past.state.as_str(), "queued" | "sending"))
        {
            self.looks.push(Look { debtor: id, at_ms: NO_CAUSE_MS, reason: known.look_reason });
            return Ok(());
        }
        withdraw_task(tx, rules, &mut known, now_ms).await?;
        let (at_ms, reason) = match rules.decide(&known, now_ms, None) {
            Decision::Send(reminder) => {
                self.send(tx, rules.home(), &known.debtor, &reminder, now_ms).await?;
                // An agreement that goes on is not told of again after each of its reminders.
                let goes_on = matches!(known.look_reason.as_str(), "plan_running" | "promise_running");
                (NO_CAUSE_MS, if goes_on { known.look_reason } else { String::new() })
            }
            Decision::Wait { until_ms, reason } => {
                self.withhold(&known, "wait", reason, until_ms, now_ms);
                let at_ms = rules.look_at_ms(&known, until_ms, reason, now_ms);
                (at_ms.unwrap_or(NO_CAUSE_MS), reason.code().to_owned())
            }
            Decision::Never { reason } => {
                self.withhold(&known, "never", reason, None, now_ms);
                let at_ms = rules.look_at_ms(&known, None, reason, now_ms);
                (at_ms.unwrap_or(NO_CAUSE_MS), reason.code().to_owned())
            }
        };
        self.looks.push(Look { debtor: id, at_ms, reason });
        Ok(())
    }

    async fn send(
        &mut self,
        tx: &Tx,
        home: &Business,
        debtor: &Debtor,
        reminder: &Reminder,
        now_ms: i64,
    ) -> Result<(), Error> {
        let by_person = reminder.channel == Channel::Call;
        let contact = Contact {
            state: if by_person { "task" } else { "queued" }.into(),
            channel: reminder.channel.code().into(),
            step: reminder.step.clone(),
            decided: OnRecord {
                decision: "send".into(),
                at_ms: Some(now_ms),
                until_ms: None,
                occasion: reminder.about().join("\n"),
                after_due_days: Some(i64::from(reminder.after_due_days)),
            },
            ..decided_by_rule(debtor, now_ms)
        };
        for (channel, reason) in &reminder.passed_over {
            if matches!(reason, Reason::Bounced | Reason::OptedOut) {
                let event = Event {
                    id: secret::new_id(),
                    debtor: Some(debtor.id.clone()),
                    at_ms: now_ms,
                    actor: "rule".into(),
                    kind: "channel_passed_over".into(),
                    subject: contact.id.clone(),
                    detail: format!("No {} was possible: {}", channel.words(), reason.words()),
                    address: String::new(),
                };
                event::append(tx, &home.id, &event).await?;
            }
        }
        if let Some(way) = Way::of_channel(reminder.channel.code()) {
            self.items.push(notify::item(&home.id, &contact, way, &Message::Reminder, now_ms)?);
        }
        self.contacts.push(contact);
        self.decided.reminders += 1;
        Ok(())
    }

    /// Records that something was withheld, once for as long as the reason stands.
    fn withhold(&mut self, known: &Known, decision: &str, reason: Reason, until_ms: Option<i64>, now_ms: i64) {
        // Where nothing is due, nothing is withheld.
        if !reason.withholds() || known.look_reason == reason.code() {
            return;
        }
        self.contacts.push(Contact {
            state: "withheld".into(),
            reason: reason.code().into(),
            decided: OnRecord { decision: decision.into(), at_ms: Some(now_ms), until_ms, ..OnRecord::default() },
            ..decided_by_rule(&known.debtor, now_ms)
        });
        self.decided.withheld += 1;
    }
}

/// A reminder of which nothing is known yet but whom it is for.
fn decided_by_rule(debtor: &Debtor, now_ms: i64) -> Contact {
    Contact {
        id: secret::new_id(),
        debtor: debtor.id.clone(),
        channel: String::new(),
        direction: "out".into(),
        purpose: Message::Reminder.purpose().into(),
        step: String::new(),
        state: String::new(),
        reason: String::new(),
        subject: String::new(),
        body: String::new(),
        actor: "rule".into(),
        at_ms: now_ms,
        link: None,
        decided: OnRecord::default(),
        outcome: String::new(),
        address: String::new(),
        provider_id: String::new(),
    }
}

/// Takes a call back that waits for a person, where the rules would not ask for it any more.
async fn withdraw_task(tx: &Tx, rules: &Rules, known: &mut Known, now_ms: i64) -> Result<(), Error> {
    let Some(at) = known.contacts.iter().position(|past| past.state == "task") else { return Ok(()) };
    let Some(Past { id, step, .. }) = known.contacts.get(at).cloned() else { return Ok(()) };
    let reason = match rules.decide(known, now_ms, Some(&id)) {
        Decision::Send(reminder) if reminder.step == step => return Ok(()),
        // It may still be made, at another hour.
        Decision::Wait {
            reason:
                Reason::OutsideHours
                | Reason::PublicHoliday
                | Reason::TooSoon
                | Reason::BudgetSpent
                | Reason::QuietAfterTalk
                | Reason::StaleBankData,
            ..
        } => return Ok(()),
        Decision::Send(_) => "superseded",
        Decision::Wait { reason, .. } | Decision::Never { reason } => reason.code(),
    };
    contact::set_state(tx, &rules.home().id, &id, "cancelled", reason, now_ms).await?;
    known.contacts.remove(at);
    Ok(())
}

/// What becomes of a reminder whose turn to leave has come.
pub(super) enum Leave {
    /// It leaves now, and asks for this.
    Now(Box<Asked>),
    /// It may leave at this instant, epoch milliseconds.
    At(i64),
    /// It is not wanted any more: a reason's code.
    Not(String),
}

/// Decides again on a reminder that is about to leave, with everything that has happened since; the caller holds the
/// debtor's row. From the commit on it counts as leaving.
pub(super) async fn leave(
    app: &App,
    tx: &Tx,
    home: &Business,
    debtor: &Debtor,
    item: &outbox::Item,
    now_ms: i64,
) -> Result<Leave, Error> {
    let not = |reason: &str| Ok(Leave::Not(reason.to_owned()));
    // Why it does not leave is told by itself: the planning run does not tell it again.
    let told = |reason: Reason| Look { debtor: debtor.id.clone(), at_ms: 0, reason: reason.code().to_owned() };
    let Some(id) = &item.contact else { return not("superseded") };
    let Some((step, channel)) = contact::find_step(tx, &home.id, id).await? else { return not("superseded") };
    let rules = Rules::of(app, tx, home).await?;
    let known = rules.know(tx, vec![debtor.clone()], now_ms).await?.into_iter().next();
    let known = known.ok_or_else(|| Error::Corrupt("a debtor without facts".into()))?;
    keep_episode(tx, &rules, &known, now_ms).await?;
    match rules.decide(&known, now_ms, Some(id)) {
        Decision::Send(reminder) if reminder.step == step && reminder.channel.code() == channel => {
            contact::set_leaving(tx, &home.id, id, now_ms).await?;
            Ok(Leave::Now(Box::new(Asked::of(&reminder, &known))))
        }
        // Another step or another way has taken its place: the planning run decides on that one.
        Decision::Send(_) => not("superseded"),
        Decision::Wait { until_ms: Some(until_ms), reason: Reason::OutsideHours | Reason::PublicHoliday } => {
            Ok(Leave::At(until_ms))
        }
        Decision::Wait { reason, .. } | Decision::Never { reason } => {
            debtor::look_at(tx, &home.id, &[told(reason)]).await?;
            not(reason.code())
        }
    }
}
