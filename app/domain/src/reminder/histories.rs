//! Random histories: whatever happens to somebody over years, nobody is harassed and nothing is forgotten. What may be sent
//! is said here a second time, in other words than the engine's.

use super::tests::{at, gbp, place};
use super::*;
use crate::budget::{DAY_MS, Made};
use crate::calendar::plus_days;
use crate::commitment::{self, Kind, State, standing};
use crate::holidays::{self, Region};
use crate::hours::{check, next_permitted};
use crate::ids::{CommitmentId, InvoiceId};
use crate::ladder::{History, Who};
use crate::money::Currency;
use crate::plan::{self, Schedule};
use crate::preset;
use chrono::{DateTime, Datelike, Timelike, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;
const PRESETS: [&str; 4] = ["courteous", "us-regulation-f", "au-rg96", "uk-conc7"];
const CHANNELS: [Channel; 4] = [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call];

/// What the hours of a preset permit, written a second time; `sure` where no other zone is possible.
fn permits(preset: &str, (zone, sure): (Tz, bool), regions: &[Region], channel: Channel, at_ms: i64) -> bool {
    let now = DateTime::from_timestamp_millis(at_ms).unwrap().with_timezone(&zone);
    let holiday = regions.iter().any(|region| holidays::all().is_holiday(region, now.date_naive()));
    let (weekday, minute) = (now.weekday(), now.hour() * 60 + now.minute());
    let weekend = matches!(weekday, Weekday::Sat | Weekday::Sun);
    match (preset, channel) {
        ("courteous", Channel::Letter) if !sure => !weekend && !holiday,
        ("courteous", _) => !weekend && !holiday && (540..1080).contains(&minute),
        ("us-regulation-f", Channel::Letter) | ("au-rg96", Channel::Letter | Channel::Email) => true,
        ("us-regulation-f", _) => (480..1260).contains(&minute),
        ("au-rg96", _) => !holiday && (if weekend { 540 } else { 450 }..1260).contains(&minute),
        ("uk-conc7", Channel::Letter) => true,
        ("uk-conc7", _) => !holiday && weekday != Weekday::Sun && (480..1260).contains(&minute),
        _ => panic!("{preset} is not written a second time"),
    }
}

/// Whether one more contact is within the budget of a preset, written a second time.
fn has_room(preset: &str, made: &[Made], channel: Channel, now_ms: i64) -> bool {
    let within = |days: i64| made.iter().filter(move |contact| now_ms - contact.at_ms < days * DAY_MS);
    match preset {
        "courteous" => within(3).count() == 0 && within(30).count() < 5,
        "us-regulation-f" => {
            let spoken = within(7).any(|contact| contact.channel == Channel::Call && contact.reached);
            let calls = within(7).filter(|contact| contact.channel == Channel::Call).count();
            channel != Channel::Call || (!spoken && calls < 7)
        }
        "au-rg96" => {
            let reached = |days| within(days).filter(|contact| contact.reached).count();
            reached(7) < 3 && reached(31) < 10
        }
        "uk-conc7" => within(1).count() == 0 && within(7).count() < 3,
        _ => panic!("{preset} is not written a second time"),
    }
}

#[test]
fn no_hour_outside_the_permitted_ones_in_any_zone_on_any_day_of_a_year() {
    let from_ms = at("2026-01-01 00:00");
    for (at_preset, preset) in PRESETS.iter().enumerate() {
        let policy = Policy { presets: vec![(*preset).to_owned()], ..Policy::courteous(100) };
        let hours = policy.in_force(preset::all()).unwrap().bounds().hours.clone();
        for (n, zone) in TZ_VARIANTS.iter().enumerate() {
            let zones = [*zone];
            let place = place(&zones, &["GB"]);
            let permits = |channel, at_ms| permits(preset, (*zone, true), &place.regions, channel, at_ms);
            // Each zone is looked at on other hours of every day, so that together they see all of them.
            let mut at_ms = from_ms + (n as i64 % 24) * HOUR_MS + (n as i64 % 60) * 60_000;
            let mut turn = n + at_preset;
            while at_ms < from_ms + 365 * DAY_MS {
                let channel = CHANNELS[turn % CHANNELS.len()];
                let found_ms = next_permitted(&hours, &place, channel, at_ms).unwrap();
                assert!(permits(channel, found_ms), "{preset} {zone} {channel:?} {at_ms} {found_ms}");
                let before = found_ms > at_ms && permits(channel, found_ms - 1);
                assert!(!before, "{preset} {zone} {channel:?}: {found_ms} is not the first");
                let now = check(&hours, &place, channel, at_ms).is_ok();
                assert_eq!(now, permits(channel, at_ms), "{preset} {zone} {channel:?} {at_ms}");
                assert_eq!(now, found_ms == at_ms, "{preset} {zone} {channel:?} {at_ms}");
                at_ms += 83 * HOUR_MS + 7 * 60_000;
                turn += 1;
            }
        }
    }
}

/// What may happen between two looks at a debtor.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Nothing,
    Invoice { due_in_days: i64, minor: u16, euros: bool },
    PayOldest,
    PayPart(u16),
    PayAhead(u16),
    PayAll,
    BankData,
    Dispute { part: bool },
    DisputesEnd,
    Hold(HoldKind, Option<u32>),
    HoldsEnd,
    Promise { in_days: u32, part: bool },
    Settlement { in_days: u32 },
    Plan { payments: u32, first_in_days: u32, every_days: u32, by_card: bool },
    PayInstalment,
    Cancel,
    Staff { channel: Channel, reached: bool },
    Hears,
    OptOut(Channel),
    Bounce(Channel),
    NewAddress,
    Prefer(Channel),
    Stop,
}

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(CHANNELS.to_vec())
}

fn hold() -> impl Strategy<Value = Happens> {
    use HoldKind::*;
    let kind = prop::sample::select(vec![
        BreathingSpace,
        Dispute,
        Claim,
        Hardship,
        Chargeback,
        Refund,
        PaymentConfirming,
        Proposal,
        Offer,
        ByHand,
    ]);
    (kind, prop::option::weighted(0.7, 0u32..70)).prop_map(|(kind, days)| Happens::Hold(kind, days))
}

fn happens() -> impl Strategy<Value = Happens> {
    use Happens::*;
    let invoice = (-20i64..40, 1u16.., prop::bool::weighted(0.2));
    let plan = (2u32..6, 0u32..20, 5u32..35, prop::bool::weighted(0.2));
    prop_oneof![
        24 => Just(Nothing),
        6 => invoice.prop_map(|(due_in_days, minor, euros)| Invoice { due_in_days, minor, euros }),
        2 => Just(PayOldest),
        1 => (1u16..).prop_map(PayPart),
        1 => (1u16..20_000).prop_map(PayAhead),
        1 => Just(PayAll),
        3 => Just(BankData),
        2 => any::<bool>().prop_map(|part| Dispute { part }),
        2 => Just(DisputesEnd),
        2 => hold(),
        2 => Just(HoldsEnd),
        2 => (0u32..30, any::<bool>()).prop_map(|(in_days, part)| Promise { in_days, part }),
        1 => (0u32..30).prop_map(|in_days| Settlement { in_days }),
        2 => plan.prop_map(|(payments, first_in_days, every_days, by_card)| Plan {
            payments, first_in_days, every_days, by_card
        }),
        4 => Just(PayInstalment),
        1 => Just(Cancel),
        4 => (channel(), any::<bool>()).prop_map(|(channel, reached)| Staff { channel, reached }),
        1 => Just(Hears),
        2 => prop_oneof![
            3 => channel().prop_map(OptOut),
            3 => channel().prop_map(Bounce),
            4 => Just(NewAddress),
            2 => channel().prop_map(Prefer),
            1 => Just(Stop),
        ],
    ]
}

/// Hours until the next look: mostly some, sometimes a long silence, and once in a while years of it.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![48 => 1i64..40, 16 => 40i64..300, 4 => 300i64..3000, 1 => 3000i64..20_000]
}

/// A promise or a plan with what was paid towards it.
struct Agreed {
    id: CommitmentId,
    kind: Kind,
    state: State,
    currency: Currency,
    covers: Vec<InvoiceId>,
    schedule: Schedule,
    paid_minor: i64,
    by_card: bool,
}

/// A step of the ladder that went out: which, with which days, when.
type Climbed = (String, i32, i64);

/// Where somebody is, and under which rules.
struct Here {
    zones: Vec<Tz>,
    home: Tz,
    region: &'static str,
    presets: Vec<&'static str>,
    policy: InForce,
}

impl Here {
    fn place(&self) -> Place<'_> {
        Place { home: &self.home, ..place(&self.zones, &[self.region]) }
    }
}

/// Everything that is true of a debtor, told apart from what the engine sees of it.
struct World {
    who: Who,
    history: History,
    bills: Vec<Owed>,
    on_account_minor: i64,
    agreed: Vec<Agreed>,
    holds: Vec<Hold>,
    stopped: bool,
    addresses: Vec<Address>,
    opted_out: Vec<Channel>,
    preferred: Option<Channel>,
    made: Vec<Made>,
    sent: Vec<Sent>,
    climbed: Vec<Climbed>,
    episode: Option<NaiveDate>,
    heard_at_ms: Option<i64>,
    bank_data_at_ms: Option<i64>,
    ids: u32,
}

impl World {
    fn new(who: Who, history: History) -> Self {
        let usable = |channel| Address { channel, state: AddressState::Usable };
        Self {
            who,
            history,
            bills: vec![],
            on_account_minor: 0,
            agreed: vec![],
            holds: vec![],
            stopped: false,
            addresses: CHANNELS.map(usable).to_vec(),
            opted_out: vec![],
            preferred: None,
            made: vec![],
            sent: vec![],
            climbed: vec![],
            episode: None,
            heard_at_ms: None,
            bank_data_at_ms: None,
            ids: 0,
        }
    }

    fn new_id(&mut self, kind: &str) -> String {
        self.ids += 1;
        format!("{kind}{}", self.ids)
    }

    fn running(&self) -> impl Iterator<Item = &Agreed> {
        self.agreed.iter().filter(|agreed| agreed.state.is_running())
    }

    fn is_covered(&self, id: &InvoiceId) -> bool {
        self.running().any(|agreed| agreed.covers.contains(id))
    }

    /// Pays so much of the bills that are meant, oldest first, and towards the agreement that covers them.
    fn pay(&mut self, mut minor: i64, meant: impl Fn(&Owed) -> bool) {
        self.bills.sort_by_key(|bill| bill.due_on);
        for bill in self.bills.iter_mut().filter(|bill| meant(bill)) {
            let paid_minor = minor.min(bill.left_minor);
            bill.left_minor -= paid_minor;
            bill.disputed_minor = bill.disputed_minor.min(bill.left_minor);
            minor -= paid_minor;
            let covers = |agreed: &&mut Agreed| agreed.state.is_running() && agreed.covers.contains(&bill.id);
            if let Some(agreed) = self.agreed.iter_mut().find(covers) {
                agreed.paid_minor += paid_minor;
            }
        }
        self.bills.retain(|bill| bill.left_minor > 0);
    }

    /// Agrees on dates and shares of everything in pounds that is not in dispute, where nothing is agreed yet.
    fn agree(&mut self, kind: Kind, dates: Vec<NaiveDate>, total_minor: impl Fn(i64) -> i64, by_card: bool) {
        let meant = |bill: &&Owed| bill.currency == gbp() && bill.left_minor > bill.disputed_minor;
        let open_minor: i64 = self.bills.iter().filter(meant).map(|bill| bill.left_minor - bill.disputed_minor).sum();
        let (total_minor, many) = (total_minor(open_minor), dates.len() as i64);
        if self.running().next().is_some() || total_minor < many {
            return;
        }
        let share = |n: i64| total_minor / many + if n == many - 1 { total_minor % many } else { 0 };
        let instalments = dates.into_iter().zip(0..);
        let instalments = instalments.map(|(due_on, n)| plan::Instalment { due_on, amount_minor: share(n) }).collect();
        let covers = self.bills.iter().filter(meant).map(|bill| bill.id.clone()).collect();
        let id = CommitmentId(self.new_id("c"));
        let schedule = Schedule { instalments };
        let (state, currency, paid_minor) = (State::Active, gbp(), 0);
        self.agreed.push(Agreed { id, kind, state, currency, covers, schedule, paid_minor, by_card });
    }

    fn take(&mut self, what: Happens, now_ms: i64, today: NaiveDate) {
        let in_days = |days: i64| DateTime::from_timestamp_millis(now_ms + days * DAY_MS).unwrap().date_naive();
        match what {
            Happens::Nothing => {}
            Happens::Invoice { due_in_days, minor, euros } => {
                let id = InvoiceId(self.new_id("i"));
                let currency = if euros { Currency::parse("EUR").unwrap() } else { gbp() };
                let (due_on, left_minor) = (in_days(due_in_days), i64::from(minor));
                self.bills.push(Owed { id, currency, due_on, left_minor, disputed_minor: 0 });
            }
            Happens::PayOldest => {
                let oldest = self.bills.iter().min_by_key(|bill| bill.due_on).map(|bill| bill.id.clone());
                self.pay(i64::MAX, |bill| Some(&bill.id) == oldest.as_ref());
            }
            Happens::PayPart(minor) => self.pay(minor.into(), |bill| bill.currency == gbp()),
            Happens::PayAhead(minor) => self.on_account_minor = minor.into(),
            Happens::PayAll => self.pay(i64::MAX, |_| true),
            Happens::BankData => {
                self.bank_data_at_ms = Some(now_ms);
                let minor = std::mem::take(&mut self.on_account_minor);
                self.pay(minor, |bill| bill.currency == gbp());
            }
            Happens::Dispute { part } => {
                for bill in &mut self.bills {
                    bill.disputed_minor = if part { bill.left_minor / 2 } else { bill.left_minor };
                }
            }
            Happens::DisputesEnd => self.bills.iter_mut().for_each(|bill| bill.disputed_minor = 0),
            Happens::Hold(kind, days) => {
                self.holds.push(Hold { kind, until_on: days.map(|days| plus_days(today, days)) });
            }
            Happens::HoldsEnd => {
                self.holds.clear();
                self.stopped = false;
            }
            Happens::Promise { in_days, part } => {
                let total = |open_minor| if part { open_minor / 2 } else { open_minor };
                self.agree(Kind::Promise, vec![plus_days(today, in_days)], total, false);
            }
            Happens::Settlement { in_days } => {
                self.agree(Kind::Settlement, vec![plus_days(today, in_days)], |open_minor| open_minor / 2, false);
            }
            Happens::Plan { payments, first_in_days, every_days, by_card } => {
                let dates = (0..payments).map(|n| plus_days(today, first_in_days + n * every_days)).collect();
                self.agree(Kind::Plan, dates, |open_minor| open_minor, by_card);
            }
            Happens::PayInstalment => {
                let next = self.running().next().and_then(|agreed| {
                    let standings = standing(&agreed.schedule, agreed.paid_minor, today);
                    let left_minor = standings.iter().map(|s| s.left_minor()).find(|left_minor| *left_minor > 0)?;
                    Some((left_minor, agreed.covers.clone()))
                });
                if let Some((minor, covers)) = next {
                    self.pay(minor, |bill| covers.contains(&bill.id));
                }
            }
            Happens::Cancel => self.agreed.clear(),
            Happens::Staff { channel, reached } => {
                let reached = reached || !channel.is_spoken();
                self.made.push(Made { at_ms: now_ms, channel, reached });
            }
            Happens::Hears => self.heard_at_ms = Some(now_ms),
            Happens::OptOut(channel) => self.opted_out.push(channel),
            Happens::Bounce(channel) => {
                let meant = self.addresses.iter_mut().filter(|address| address.channel == channel);
                meant.for_each(|address| address.state = AddressState::Bounced);
            }
            Happens::NewAddress => {
                self.opted_out.clear();
                self.addresses.iter_mut().for_each(|address| address.state = AddressState::Usable);
            }
            Happens::Prefer(channel) => self.preferred = Some(channel),
            Happens::Stop => self.stopped = true,
        }
        self.pass(today);
    }

    /// What days bring by themselves.
    fn pass(&mut self, today: NaiveDate) {
        self.holds.retain(|hold| hold.until_on.is_none_or(|until_on| until_on >= today));
        for agreed in &mut self.agreed {
            while let Some(state) =
                commitment::advance(agreed.kind, agreed.state, &agreed.schedule, agreed.paid_minor, today)
                    .and_then(|event| commitment::next(agreed.state, event))
            {
                agreed.state = state;
                // The rest is taken off.
                if agreed.kind == Kind::Settlement && state == State::Kept {
                    self.bills.retain(|bill| !agreed.covers.contains(&bill.id));
                }
            }
        }
        self.episode = episode_from_on(self.episode, self.bills.iter().map(|bill| bill.due_on), today);
    }

    /// What the engine sees: of the contacts, only those that it says it needs.
    fn facts(&self, here: &Here, now_ms: i64) -> Facts {
        let today = here.place().today(now_ms);
        let since_ms = now_ms - i64::from(here.policy.lookback_days()) * DAY_MS;
        let agreement = |agreed: &Agreed| Agreement {
            id: agreed.id.clone(),
            kind: agreed.kind,
            currency: agreed.currency,
            covers: agreed.covers.clone(),
            instalments: standing(&agreed.schedule, agreed.paid_minor, today)
                .iter()
                .map(|s| Instalment { due_on: s.instalment.due_on, left_minor: s.left_minor() })
                .collect(),
            by_card: agreed.by_card,
        };
        let on_account = OnAccount { currency: gbp(), minor: self.on_account_minor };
        Facts {
            who: self.who,
            history: self.history,
            invoices: self.bills.clone(),
            on_account: Some(on_account).into_iter().filter(|account| account.minor > 0).collect(),
            agreements: self.running().map(agreement).collect(),
            holds: self.holds.clone(),
            stopped: self.stopped,
            addresses: self.addresses.clone(),
            opted_out: self.opted_out.clone(),
            preferred: self.preferred,
            contacts: self.made.iter().copied().filter(|contact| contact.at_ms >= since_ms).collect(),
            sent: self.sent.clone(),
            episode_from_on: self.episode,
            heard_at_ms: self.heard_at_ms,
            bank_data_at_ms: self.bank_data_at_ms,
        }
    }

    fn reaches(&self, here: &Here, channel: Channel, now_ms: i64) -> bool {
        let usable = Address { channel, state: AddressState::Usable };
        let hours = &here.policy.bounds().hours;
        self.addresses.contains(&usable)
            && !self.opted_out.contains(&channel)
            && next_permitted(hours, &here.place(), channel, now_ms).is_some()
    }

    /// What may be asked for of bills in a currency: what is left and not in dispute, after money on account, which pays the
    /// oldest first.
    fn may_ask_minor(&self, currency: Currency, meant: impl Fn(&Owed) -> bool) -> i64 {
        let meant = self.bills.iter().filter(|bill| bill.currency == currency && meant(bill));
        let open_minor: i64 = meant.map(|bill| bill.left_minor - bill.disputed_minor).sum();
        open_minor - if currency == gbp() { self.on_account_minor } else { 0 }
    }

    /// Everything that must hold of a reminder that is about to leave.
    fn check(&self, reminder: &Reminder, here: &Here, now_ms: i64) -> Result<(), TestCaseError> {
        let today = here.place().today(now_ms);
        let channel = reminder.channel;
        prop_assert!(!self.stopped && self.holds.is_empty(), "in spite of {:?}", self.holds);
        for preset in &here.presets {
            for zone in &here.zones {
                let regions: Vec<Region> = Region::parse(here.region).into_iter().collect();
                let zone = (*zone, here.zones.len() == 1);
                let permitted = permits(preset, zone, &regions, channel, now_ms);
                prop_assert!(permitted, "{preset} {zone:?} {channel:?} {now_ms}");
            }
            prop_assert!(has_room(preset, &self.made, channel, now_ms), "over the budget of {preset}");
        }
        let last_ms = self.made.iter().map(|contact| contact.at_ms).max();
        prop_assert!(last_ms.is_none_or(|at_ms| now_ms - at_ms >= DAY_MS), "the second in a day");
        prop_assert!(self.reaches(here, channel, now_ms), "by {channel:?}, which reaches nobody");
        if let Some(days) = here.policy.policy().bank_data_max_days {
            let fresh = |at_ms| now_ms - at_ms <= i64::from(days) * DAY_MS;
            prop_assert!(self.bank_data_at_ms.is_some_and(fresh), "by old data");
        }
        prop_assert!(!reminder.asks.is_empty() && reminder.asks.iter().all(|ask| ask.ask_minor > 0));
        for about in reminder.about().iter().filter(|about| !about.is_empty()) {
            let again = self.sent.iter().any(|sent| sent.step == reminder.step && sent.about == *about);
            prop_assert!(!again, "{} said twice of {about}", reminder.step);
        }
        match &reminder.subject {
            Subject::Overdue => self.check_rung(reminder, here, now_ms, today),
            Subject::Upcoming => {
                for id in reminder.asks.iter().flat_map(|ask| &ask.invoices) {
                    let bill = self.bills.iter().find(|bill| bill.id == *id).unwrap();
                    prop_assert!(bill.due_on >= today && bill.left_minor > bill.disputed_minor);
                    prop_assert!(!self.is_covered(id), "what was agreed is asked for");
                }
                for ask in &reminder.asks {
                    let open_minor = self.may_ask_minor(ask.currency, |bill| ask.invoices.contains(&bill.id));
                    let on_account = self.on_account_minor;
                    prop_assert!((open_minor..=open_minor + on_account).contains(&ask.ask_minor));
                }
                Ok(())
            }
            Subject::Instalment { commitment, due_on }
            | Subject::MissedInstalment { commitment, due_on }
            | Subject::PassedPromise { commitment, due_on } => {
                let agreed = self.running().find(|agreed| agreed.id == *commitment).unwrap();
                let standings = standing(&agreed.schedule, agreed.paid_minor, today);
                let one = standings.iter().find(|s| s.instalment.due_on == *due_on).unwrap();
                let [ask] = reminder.asks.as_slice() else { panic!("one instalment, one sum") };
                let covered_minor = self.may_ask_minor(agreed.currency, |bill| agreed.covers.contains(&bill.id));
                prop_assert!(ask.ask_minor <= one.left_minor() && ask.ask_minor <= covered_minor, "{ask:?}");
                match reminder.subject {
                    Subject::Instalment { .. } => {
                        prop_assert!(agreed.kind != Kind::Promise && !agreed.by_card);
                        prop_assert!(*due_on >= today && *due_on <= plus_days(today, 3));
                    }
                    Subject::MissedInstalment { .. } => {
                        prop_assert!(agreed.kind == Kind::Plan && plus_days(*due_on, 4) <= today);
                    }
                    _ => prop_assert!(agreed.kind == Kind::Promise && plus_days(*due_on, 2) <= today),
                }
                Ok(())
            }
        }
    }

    /// A step of the ladder: the right sum, in its turn, at its distance, and none between was forgotten.
    fn check_rung(&self, reminder: &Reminder, here: &Here, now_ms: i64, today: NaiveDate) -> Result<(), TestCaseError> {
        let is_late = |bill: &Owed| bill.due_on < today && !self.is_covered(&bill.id);
        for currency in [gbp(), Currency::parse("EUR").unwrap()] {
            let asked = reminder.asks.iter().find(|ask| ask.currency == currency).map_or(0, |ask| ask.ask_minor);
            prop_assert_eq!(asked, self.may_ask_minor(currency, is_late).max(0), "{}", currency);
        }
        for id in reminder.asks.iter().flat_map(|ask| &ask.invoices) {
            let bill = self.bills.iter().find(|bill| bill.id == *id).unwrap();
            prop_assert!(is_late(bill) && bill.left_minor > bill.disputed_minor, "{bill:?}");
        }
        let from_on = self.episode.unwrap();
        let before: Vec<&Climbed> =
            self.climbed.iter().filter(|(.., at_ms)| local_on(here, *at_ms) >= from_on).collect();
        let ladder = here.policy.policy().ladders.ladders.iter().find(|l| l.code == reminder.ladder).unwrap();
        // A step that both ladders have is where the present one has it.
        let days_here = |(step, days, _): &&Climbed| {
            ladder.steps.iter().find(|s| s.code == *step).map_or(*days, |s| s.after_due_days)
        };
        let reached = before.iter().map(days_here).max().unwrap_or(0);
        prop_assert!(reminder.after_due_days > reached, "a softer step again");
        prop_assert!(before.iter().all(|(step, ..)| *step != reminder.step), "a step again");
        if let Some((.., at_ms)) = before.last() {
            let spacing_ms = i64::from(reminder.after_due_days - reached) * DAY_MS;
            prop_assert!(now_ms - at_ms >= spacing_ms, "too near");
        }
        let mut between =
            ladder.main_steps().filter(|s| s.after_due_days > reached && s.after_due_days < reminder.after_due_days);
        let lost = between.find(|step| {
            step.only_if.is_empty() && step.channels.iter().any(|channel| self.reaches(here, *channel, now_ms))
        });
        prop_assert!(lost.is_none(), "{lost:?} was lost");
        Ok(())
    }

    /// Writes down what left.
    fn note(&mut self, reminder: &Reminder, now_ms: i64) {
        let (step, after_due_days) = (&reminder.step, reminder.after_due_days);
        for about in reminder.about() {
            self.sent.push(Sent { step: step.clone(), about, after_due_days, at_ms: now_ms });
        }
        if reminder.subject == Subject::Overdue {
            self.climbed.push((step.clone(), after_due_days, now_ms));
        }
        self.made.push(Made { at_ms: now_ms, channel: reminder.channel, reached: true });
    }

    /// One look, as after a downtime that ends now: at most one step comes of it, in spite of all that has piled up.
    fn look(&mut self, here: &Here, now_ms: i64, share: f64) -> Result<Decision, TestCaseError> {
        let decide = |world: &Self, at_ms| next(&world.facts(here, now_ms), &here.policy, &here.place(), at_ms);
        let decision = decide(self, now_ms);
        match &decision {
            Decision::Send(reminder) => {
                self.check(reminder, here, now_ms)?;
                self.note(reminder, now_ms);
                for later_ms in [now_ms, now_ms + 1, now_ms + DAY_MS - 1] {
                    let again = next(&self.facts(here, now_ms), &here.policy, &here.place(), later_ms);
                    prop_assert!(!matches!(again, Decision::Send(_)), "two at once: {again:?}");
                }
            }
            Decision::Wait { until_ms: Some(until_ms), .. } => {
                prop_assert!(*until_ms > now_ms);
                let between_ms = now_ms + ((until_ms - 1 - now_ms) as f64 * share) as i64;
                for early_ms in [between_ms, until_ms - 1] {
                    let early = decide(self, early_ms);
                    prop_assert!(!matches!(early, Decision::Send(_)), "before the instant that was named: {early:?}");
                }
            }
            Decision::Wait { until_ms: None, .. } | Decision::Never { .. } => {}
        }
        Ok(decision)
    }

    /// From now on nothing happens but reminders: the ladder is climbed to its end.
    fn end_in_peace(&mut self, here: &Here, mut now_ms: i64) -> Result<(), TestCaseError> {
        for what in [Happens::HoldsEnd, Happens::DisputesEnd, Happens::NewAddress, Happens::Cancel] {
            self.take(what, now_ms, here.place().today(now_ms));
        }
        self.preferred = None;
        for _ in 0..2_000 {
            self.bank_data_at_ms = Some(now_ms);
            self.pass(here.place().today(now_ms));
            match self.look(here, now_ms, 0.5)? {
                Decision::Send(_) => now_ms += 1,
                Decision::Wait { until_ms, reason } => {
                    let dues = self.bills.iter().map(|bill| bill.due_on);
                    let look_ms = look_at_ms(dues, &here.home, until_ms, reason, now_ms);
                    prop_assert!(look_ms.is_some(), "waits for nothing: {reason:?}");
                    now_ms = look_ms.unwrap_or(now_ms);
                }
                Decision::Never { reason } => {
                    let dues = self.bills.iter().map(|bill| bill.due_on);
                    match look_at_ms(dues, &here.home, None, reason, now_ms) {
                        // Another invoice will be late, and its day is waited for.
                        Some(look_ms) => now_ms = look_ms,
                        None => return self.check_end(reason, here, now_ms),
                    }
                }
            }
        }
        prop_assert!(false, "without an end");
        Ok(())
    }

    /// Nothing is owed any more, or everything was said.
    fn check_end(&self, reason: Reason, here: &Here, now_ms: i64) -> Result<(), TestCaseError> {
        if reason == Reason::NothingOverdue {
            prop_assert!(self.bills.iter().all(|bill| bill.currency == gbp()));
            prop_assert!(self.may_ask_minor(gbp(), |_| true) <= 0, "forgotten");
            return Ok(());
        }
        prop_assert_eq!(reason, Reason::LadderFinished);
        let from_on = self.episode.unwrap();
        let taken: Vec<&Climbed> =
            self.climbed.iter().filter(|(.., at_ms)| local_on(here, *at_ms) >= from_on).collect();
        // Whoever owes less than before is on another ladder: a step that both have is where the present one has it.
        let facts = self.facts(here, now_ms);
        let owed = [gbp(), Currency::parse("EUR").unwrap()].map(|currency| self.may_ask_minor(currency, |_| true));
        let largest_minor = owed.into_iter().max().unwrap_or_default();
        let ladders = &here.policy.policy().ladders;
        let ladder = ladders.choose(facts.who, facts.history.record(), largest_minor).unwrap();
        let days_here = |(step, days, _): &&Climbed| {
            ladder.steps.iter().find(|s| s.code == *step).map_or(*days, |s| s.after_due_days)
        };
        let reached = taken.iter().map(days_here).max();
        prop_assert!(reached.is_some_and(|days| days >= 75), "finished at {reached:?} of {}", ladder.code);
        let left = ladder.main_steps().find(|step| Some(step.after_due_days) > reached && step.only_if.is_empty());
        prop_assert!(left.is_none(), "finished before {left:?} of {}", ladder.code);
        Ok(())
    }
}

fn local_on(here: &Here, at_ms: i64) -> NaiveDate {
    here.place().today(at_ms)
}

fn here() -> impl Strategy<Value = Here> {
    let zone = || (0..TZ_VARIANTS.len()).prop_map(|at| TZ_VARIANTS[at]);
    let zones = prop_oneof![3 => prop::collection::vec(zone(), 1), 1 => prop::collection::vec(zone(), 2)];
    let region = prop::sample::select(vec!["GB", "GB-SCT", "US-CA", "AU-VIC", "DE-BY", ""]);
    let presets = prop_oneof![
        3 => prop::sample::subsequence(PRESETS.to_vec(), 1..=1),
        2 => prop::sample::subsequence(PRESETS.to_vec(), 0..=PRESETS.len()),
    ];
    let bank = prop::option::weighted(0.3, 2u32..40);
    (zones, zone(), region, presets, bank).prop_map(|(zones, home, region, presets, bank_data_max_days)| {
        let named = presets.iter().map(|preset| (*preset).to_owned()).collect();
        let policy = Policy { presets: named, bank_data_max_days, ..Policy::courteous(100) };
        Here { zones, home, region, presets, policy: policy.in_force(preset::all()).unwrap() }
    })
}

fn history() -> impl Strategy<Value = History> {
    (0u32..6, 0u32..4, 0u64..200, 0u32..3, 0u32..3).prop_map(|(on_time, late, late_days_sum, kept, broken)| History {
        on_time,
        late,
        late_days_sum,
        kept,
        broken,
    })
}

impl std::fmt::Debug for Here {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, home {}, {} under {:?}", self.zones, self.home, self.region, self.presets)
    }
}

#[test]
fn nobody_is_ever_harassed_and_nothing_is_forgotten() {
    let config =
        ProptestConfig { cases: 200, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() };
    let who = prop::sample::select(vec![Who::Person, Who::Company]);
    let years = prop::collection::vec((gap(), happens(), 0.0f64..1.0), 60..220);
    let sent = RefCell::new(BTreeMap::<String, u32>::new());
    let told = TestRunner::new(config).run(
        &(here(), who, history(), 0i64..365 * 24, years),
        |(here, who, history, start, years)| {
            let mut world = World::new(who, history);
            let mut now_ms = at("2025-12-01 00:00") + start * HOUR_MS;
            let first = Happens::Invoice { due_in_days: 3, minor: 9_000, euros: false };
            world.take(first, now_ms, here.place().today(now_ms));
            for (hours, what, share) in years {
                now_ms += hours * HOUR_MS;
                world.take(what, now_ms, here.place().today(now_ms));
                world.look(&here, now_ms, share)?;
            }
            world.end_in_peace(&here, now_ms)?;
            for one in &world.sent {
                *sent.borrow_mut().entry(one.step.clone()).or_default() += 1;
            }
            Ok(())
        },
    );
    told.unwrap_or_else(|failed| panic!("{failed}"));
    // They are histories in which everything that can be said was said.
    let steps = ["courtesy", "nudge", "considerate", "call", "firm", "effect", "last_notice"];
    for step in steps.iter().chain(&["after_promise", "before_instalment", "after_missed"]) {
        assert!(sent.borrow().get(*step).is_some_and(|many| *many >= 20), "{step} in {sent:?}");
    }
}
