//! Outlook: what the rules say about a debtor's next reminder, as things stand. The planning run, the worker that sends and
//! the pages all ask here.

use super::reach;
use crate::app::App;
use crate::clock::date_of;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::episode::Episode;
use crate::store::reminder::{self as store, Known, Past};
use crate::store::{Error, Query, address, contact_policy, payments_known};
use chrono::NaiveDate;
use chrono_tz::Tz;
use kept_domain::budget::{DAY_MS, Made, Room};
use kept_domain::calendar::days_between;
use kept_domain::commitment::{State, standing};
use kept_domain::contact::Channel;
use kept_domain::dispute;
use kept_domain::holidays::Holidays;
use kept_domain::hours::{self, Place, Zone};
use kept_domain::ladder::{History, ON_TIME_DAYS, Who};
use kept_domain::rehearsal::{Line, Running, rehearse};
use kept_domain::reminder::{
    self as rules, Address, AddressState, Agreement, Decision, Facts, Hold, HoldKind, InForce, Instalment, OnAccount,
    Owed, Policy, Reason, Sent, UnknownPreset,
};
use std::ops::Range;

/// Days back to which contacts are read at least, so that a policy that counts fewer shows no less on a page.
const CONTACT_DAYS_MIN: u32 = 30;

/// The end of the permitted hours is told to five minutes, and never later than it is.
const CLOSING_MS: i64 = 5 * 60_000;

/// Why a message does not leave that a person took out.
pub const TAKEN_OUT: &str = "taken_out";

/// The purpose of contacts that rules decide on.
const REMINDER: &str = "reminder";

/// What the rules of one business are made of, read once for many debtors.
pub struct Rules {
    home: Business,
    texts: bool,
    zone: Tz,
    policy: InForce,
    bank_data_at_ms: Option<i64>,
}

impl Rules {
    /// The rules of a business, with the ways out that this installation has.
    ///
    /// # Errors
    /// When the store fails, or the business's policy names something that is unknown.
    pub async fn of(app: &App, q: &impl Query, home: &Business) -> Result<Self, Error> {
        let policy = contact_policy::find(q, &home.id).await?;
        let policy = policy.unwrap_or_else(|| Policy::courteous(home.currency.unit_minor())).in_force(presets());
        Ok(Self {
            zone: home.zone.parse().unwrap_or(Tz::UTC),
            policy: policy.map_err(|unknown| Error::Corrupt(format!("the contact policy: preset {}", unknown.0)))?,
            bank_data_at_ms: payments_known::until_ms(q, &home.id).await?,
            home: home.clone(),
            texts: app.config.sms.is_set(),
        })
    }

    /// The business.
    pub fn home(&self) -> &Business {
        &self.home
    }

    /// Its time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The date where the business is.
    pub fn today(&self, now_ms: i64) -> NaiveDate {
        date_of(now_ms, &self.home.zone)
    }

    /// What is known of these debtors, as far as the rules ask.
    ///
    /// # Errors
    /// When the store fails, or a stored value cannot be read.
    pub async fn know(&self, q: &impl Query, debtors: Vec<Debtor>, now_ms: i64) -> Result<Vec<Known>, Error> {
        let since_ms = now_ms - i64::from(self.lookback_days()) * DAY_MS;
        let mut known = store::facts(q, &self.home.id, debtors, since_ms).await?;
        self.know_addresses(q, &mut known).await?;
        Ok(known)
    }

    /// Days back to which contacts are read.
    pub fn lookback_days(&self) -> u32 {
        self.policy.lookback_days().max(CONTACT_DAYS_MIN)
    }

    /// Adds by which ways these debtors can be reached, and what is known of the addresses.
    async fn know_addresses(&self, q: &impl Query, known: &mut [Known]) -> Result<(), Error> {
        for channel in [Channel::Email, Channel::Sms, Channel::Call] {
            if channel == Channel::Sms && !self.texts {
                continue;
            }
            let of = |known: &Known| reach::of_channel(&known.debtor, channel.code());
            let addresses: Vec<Option<String>> = known.iter().map(of).collect();
            let marked = address::list_marked(q, &self.home.id, channel.code(), addresses.iter().flatten()).await?;
            for (one, address) in known.iter_mut().zip(&addresses) {
                let Some(address) = address else { continue };
                let state = match marked.get(address) {
                    Some(address::State::Bounced) => AddressState::Bounced,
                    Some(address::State::OptedOut) => AddressState::OptedOut,
                    Some(address::State::Ok) | None => AddressState::Usable,
                };
                one.addresses.push(Address { channel, state });
            }
        }
        for one in known.iter_mut().filter(|known| reach::by_letter(&known.debtor)) {
            one.addresses.push(Address { channel: Channel::Letter, state: AddressState::Usable });
        }
        Ok(())
    }

    /// Decides on a debtor. `leaving` is the contact that is about to leave, where that is what is decided on: it does not
    /// count against itself, and of the others only those that have begun to leave do.
    pub fn decide(&self, known: &Known, now_ms: i64, leaving: Option<&str>) -> Decision {
        let facts = self.facts(known, now_ms, leaving);
        self.at_place(&known.debtor, now_ms, |place| rules::next(&facts, &self.policy, place, now_ms))
    }

    fn at_place<T>(&self, debtor: &Debtor, now_ms: i64, ask: impl FnOnce(&Place<'_>) -> T) -> T {
        let zones = zones(debtor, self.zone, now_ms);
        ask(&Place {
            zones: zones.iter().map(|zone| zone as &dyn Zone).collect(),
            regions: kept_domain::zones::regions(&debtor.zone, &debtor.country, &debtor.phone, self.zone),
            holidays: holidays(),
            home: &self.zone,
        })
    }

    /// The names of the zones in which a debtor may be.
    pub fn zone_names(&self, debtor: &Debtor, now_ms: i64) -> Vec<&'static str> {
        zones(debtor, self.zone, now_ms).into_iter().map(Tz::name).collect()
    }

    /// Whether a person may now make a call that was asked for, and until when; else why not, and from when on, where
    /// that is known. Instants in epoch milliseconds; no end where no hour of the next day is closed.
    pub fn may_call(&self, known: &Known, task: &str, now_ms: i64) -> Result<Option<i64>, (Reason, Option<i64>)> {
        match self.decide(known, now_ms, Some(task)) {
            Decision::Send(_) => {}
            // Whether a call is possible, and at which hour, is asked below: here it may be about another channel.
            Decision::Wait { reason, .. } | Decision::Never { reason } if is_of_channel(reason) => {}
            Decision::Wait { reason, until_ms } => return Err((reason, until_ms)),
            Decision::Never { reason } => return Err((reason, None)),
        }
        let facts = self.facts(known, now_ms, Some(task));
        self.at_place(&known.debtor, now_ms, |place| {
            rules::may_contact(&facts, &self.policy, place, Channel::Call, now_ms)?;
            let hours = &self.policy.bounds().hours;
            let mut at_ms = now_ms - now_ms.rem_euclid(CLOSING_MS) + CLOSING_MS;
            while at_ms < now_ms + DAY_MS && hours::check(hours, place, Channel::Call, at_ms).is_ok() {
                at_ms += CLOSING_MS;
            }
            Ok((at_ms < now_ms + DAY_MS).then_some(at_ms))
        })
    }

    /// The same rules under another policy.
    ///
    /// # Errors
    /// When it names a preset that does not exist.
    pub fn under(&self, policy: Policy) -> Result<Self, UnknownPreset> {
        let policy = policy.in_force(presets())?;
        Ok(Self {
            home: self.home.clone(),
            texts: self.texts,
            zone: self.zone,
            policy,
            bank_data_at_ms: self.bank_data_at_ms,
        })
    }

    /// What would come of the rules for a debtor in a span of epoch milliseconds, if nobody paid and nobody answered.
    pub fn rehearse(&self, known: &Known, span: Range<i64>) -> Vec<Line> {
        let running: Vec<Running> = known
            .agreed
            .iter()
            .filter(|agreed| agreed.state.is_running())
            .map(|agreed| Running {
                id: agreed.id.clone(),
                state: agreed.state,
                schedule: agreed.schedule.clone(),
                paid_minor: agreed.paid_minor,
            })
            .collect();
        let facts = self.facts(known, span.start, None);
        self.at_place(&known.debtor, span.start, |place| rehearse(&facts, &running, &self.policy, place, span))
    }

    /// When a debtor of whom nothing is sent now must be looked at again, epoch milliseconds, as things stand: when the
    /// rules say, or earlier, on the day on which another invoice becomes late and with it the ladder may change. `None`
    /// where only something that happens can change anything.
    pub fn look_at_ms(&self, known: &Known, until_ms: Option<i64>, reason: Reason, now_ms: i64) -> Option<i64> {
        let dues = known.open.iter().map(|open| open.due_on);
        rules::look_at_ms(dues, &self.zone, until_ms, reason, now_ms)
    }

    /// The reminders among a debtor's contacts that left since an instant although there was no room for them, by what had
    /// been made before. `contacts` are all of them.
    pub fn overspent<'a>(&'a self, contacts: &'a [Past], since_ms: i64) -> impl Iterator<Item = &'a str> + 'a {
        contacts.iter().filter_map(move |past| {
            let left = past.purpose == REMINDER && matches!(past.state.as_str(), "sending" | "sent" | "unknown");
            let (at_ms, channel) = (past.decided_at_ms.filter(|_| left)?, Channel::parse(&past.channel)?);
            let before = |other: &&Past| other.at_ms < at_ms && counts(other, Some(&past.id));
            let made: Vec<Made> = contacts.iter().filter(before).filter_map(made).collect();
            let over = at_ms >= since_ms && self.policy.bounds().budget.room(&made, channel, at_ms) != Room::Now;
            over.then_some(past.id.as_str())
        })
    }

    fn facts(&self, known: &Known, now_ms: i64, leaving: Option<&str>) -> Facts {
        let today = self.today(now_ms);
        let counts = |past: &&Past| counts(past, leaving);
        let running = known.agreed.iter().filter(|agreed| agreed.state.is_running());
        Facts {
            who: Who::parse(&known.debtor.kind).unwrap_or(Who::Person),
            history: history(known),
            invoices: known
                .open
                .iter()
                .map(|open| Owed {
                    id: open.invoice.clone(),
                    currency: open.currency,
                    due_on: open.due_on,
                    left_minor: open.left_minor,
                    disputed_minor: open.disputed_minor,
                })
                .collect(),
            on_account: known
                .on_account
                .iter()
                .map(|(currency, minor)| OnAccount { currency: *currency, minor: *minor })
                .collect(),
            agreements: running
                .map(|agreed| Agreement {
                    id: agreed.id.clone(),
                    kind: agreed.kind,
                    currency: agreed.currency,
                    covers: agreed.covers.clone(),
                    instalments: standing(&agreed.schedule, agreed.paid_minor, today)
                        .iter()
                        .map(|s| Instalment { due_on: s.instalment.due_on, left_minor: s.left_minor() })
                        .collect(),
                    by_card: agreed.by_card,
                })
                .collect(),
            holds: holds(known, today),
            stopped: known.holds.iter().any(|hold| hold.reason == "stop"),
            addresses: known.addresses.clone(),
            preferred: known.preferred,
            opted_out: Vec::new(),
            contacts: known.contacts.iter().filter(counts).filter_map(made).collect(),
            sent: known.contacts.iter().filter(counts).flat_map(sent).collect(),
            episode_from_on: episode_of(known, today).map(|episode| episode.began_on),
            heard_at_ms: known.heard_at_ms,
            bank_data_at_ms: self.bank_data_at_ms,
        }
    }
}

/// The climb of the ladder that a debtor is on: the one that is open, or the one that begins today. `None` while nothing
/// is past its date. It goes on while one late invoice is paid and another is not, and while something is disputed.
pub fn episode_of(known: &Known, today: NaiveDate) -> Option<Episode> {
    let since = known.episode.as_ref().map(|episode| episode.began_on);
    let began_on = rules::episode_from_on(since, known.open.iter().map(|open| open.due_on), today)?;
    let begun = || Episode { id: String::new(), debtor: known.debtor.id.clone(), began_on };
    Some(known.episode.clone().unwrap_or_else(begun))
}

/// The reminder that waits to leave, of which it is decided again when it does: until then no other is decided on. A letter waits
/// until its batch is closed.
pub fn on_its_way(known: &Known) -> Option<&Past> {
    let waits = |past: &&Past| past.purpose == REMINDER && matches!(past.state.as_str(), "queued" | "sending");
    known.contacts.iter().find(waits)
}

/// Whether a contact that is on record was made, or is certain to be.
fn counts(past: &Past, leaving: Option<&str>) -> bool {
    if past.inbound || leaving == Some(past.id.as_str()) {
        return false;
    }
    match past.state.as_str() {
        // What only waits to leave is decided on when it does.
        "queued" => leaving.is_none(),
        "sending" | "sent" | "unknown" | "failed" | "recorded" | "task" => true,
        // Its step is over: a person saw to that.
        "cancelled" => past.reason == TAKEN_OUT,
        // What came back (`bounced`) reached nobody: its step is taken again, by another way.
        _ => false,
    }
}

/// What the budget counts: reminders and what staff did, and not answers to what the debtor did themselves.
fn made(past: &Past) -> Option<Made> {
    let channel = Channel::parse(&past.channel)?;
    let counted =
        !matches!(past.state.as_str(), "task" | "cancelled") && (past.purpose == REMINDER || past.purpose == "note");
    let missed = matches!(past.outcome.as_str(), "no_answer" | "wrong_number" | "voicemail");
    counted.then_some(Made { at_ms: past.at_ms, channel, reached: !missed && past.state != "failed" })
}

/// The steps that a contact was.
fn sent(past: &Past) -> Vec<Sent> {
    if past.purpose != REMINDER || past.step.is_empty() {
        return Vec::new();
    }
    let after_due_days = past.after_due_days.and_then(|days| i32::try_from(days).ok()).unwrap_or(0);
    let one =
        |about: &str| Sent { step: past.step.clone(), about: about.to_owned(), after_due_days, at_ms: past.at_ms };
    // A step that is about nothing in particular is one all the same.
    past.occasion.split('\n').map(one).collect()
}

/// Whether a reason is about a way to reach somebody, or the hour, and not about what they owe or asked for.
fn is_of_channel(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NoAddress
            | Reason::Bounced
            | Reason::OptedOut
            | Reason::ChannelNotUsed
            | Reason::TooSoon
            | Reason::BudgetSpent
            | Reason::QuietAfterTalk
            | Reason::OutsideHours
            | Reason::PublicHoliday
            | Reason::NoPermittedHour
    )
}

/// How somebody has paid until now.
pub fn history(known: &Known) -> History {
    let mut history = History { kept: known.kept, broken: known.broken, ..History::default() };
    for (due_on, settled_on) in &known.settled {
        let late_days = days_between(*due_on, *settled_on);
        if late_days <= i64::from(ON_TIME_DAYS) {
            history.on_time += 1;
        } else {
            history.late += 1;
            history.late_days_sum += late_days.unsigned_abs();
        }
    }
    history
}

/// What pauses reminders today, from holds and from what waits for an answer.
fn holds(known: &Known, today: NaiveDate) -> Vec<Hold> {
    let on_today = |hold: &&crate::store::hold::Hold| {
        hold.from_on <= today && hold.until_on.is_none_or(|until_on| until_on >= today)
    };
    let by_hand = known.holds.iter().filter(on_today).filter_map(|hold| {
        let kind = match hold.reason.as_str() {
            "breathing_space" => HoldKind::BreathingSpace,
            "hardship" => HoldKind::Hardship,
            "chargeback" => HoldKind::Chargeback,
            "refund" => HoldKind::Refund,
            // It is no pause but the end.
            "stop" => return None,
            _ => HoldKind::ByHand,
        };
        Some(Hold { kind, until_on: hold.until_on })
    });
    let unanswered = known.disputes.iter().filter(|d| d.state == dispute::State::Open).filter_map(|d| {
        let kind = match d.kind {
            dispute::Kind::Claim => HoldKind::Claim,
            dispute::Kind::Hardship => HoldKind::Hardship,
            dispute::Kind::Dispute if d.everything => HoldKind::Dispute,
            dispute::Kind::Dispute => return None,
        };
        Some(Hold { kind, until_on: None })
    });
    let proposed = known.agreed.iter().filter_map(|agreed| match agreed.state {
        State::Proposed => Some(Hold { kind: HoldKind::Proposal, until_on: None }),
        State::Countered => Some(Hold { kind: HoldKind::Offer, until_on: agreed.answer_by_on }),
        _ => None,
    });
    let confirming = known.confirming.then_some(Hold { kind: HoldKind::PaymentConfirming, until_on: None });
    by_hand.chain(unanswered).chain(proposed).chain(confirming).collect()
}

/// Where a debtor may be; of what is known of them, only the hours that all of it permits are used.
pub fn zones(debtor: &Debtor, home: Tz, now_ms: i64) -> Vec<Tz> {
    kept_domain::zones::candidates(&debtor.zone, &debtor.country, &debtor.phone, home, now_ms)
}

fn presets() -> &'static [kept_domain::preset::Preset] {
    kept_domain::preset::all()
}

fn holidays() -> &'static Holidays {
    kept_domain::holidays::all()
}
