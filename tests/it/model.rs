//! Random lives of accounts, told through the public doors and held to a small model of what is owed. A failing one prints
//! its seed and its events: `KEPT_MODEL_SEED=… KEPT_MODEL_EVENTS=…` tells it again, or only its beginning;
//! `KEPT_MODEL_LIVES=…` makes the search longer.

mod agreements;
mod cards;
mod check;
mod files;
mod late_charges;
mod money;
mod play;
mod quiet;

use self::play::{AGREEMENTS, EVENTS, TIME};
use crate::crash::Chance;
use crate::ledger::page_of;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kept_tests::standin::Standin;
use kept_tests::town::{POSTCODE, file};
use kept_tests::{Kept, Visitor, on_both};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Before the clocks change, before a leap day, and at the end of a month with 31 days.
const BEGINNINGS: [&str; 4] = ["2027-10-29", "2028-02-25", "2028-01-31", "2028-03-20"];
/// Where the business is, and an instant of its day: in Auckland it is tomorrow already, and in Beirut the clocks are put
/// forward at midnight.
const HOMES: [(Tz, &str); 4] = [
    (Tz::Europe__London, "10:00:00Z"),
    (Tz::Pacific__Auckland, "23:00:00Z"),
    (Tz::America__Los_Angeles, "18:00:00Z"),
    (Tz::Asia__Beirut, "10:00:00Z"),
];
const DEBTORS: usize = 3;

/// Money that came, by the gateway's books or by the bank's.
#[derive(Clone, Debug)]
struct Came {
    /// The gateway's charge, or the payer's account.
    key: String,
    on: NaiveDate,
    whole: i64,
    /// Less what went back.
    minor: i64,
    /// What of that the business gave back of its own accord.
    refunded: i64,
}

impl Came {
    fn new(key: &str, on: NaiveDate, minor: i64) -> Self {
        Self { key: key.to_owned(), on, whole: minor, minor, refunded: 0 }
    }
}

/// A card payment that its holder's bank looks into.
#[derive(Clone, Debug)]
struct Contest {
    dispute: String,
    minor: i64,
    /// The bank has not decided.
    open: bool,
    /// It has not decided for the business, and nobody of the business has decided what comes next.
    paused: bool,
}

/// What one debtor owes, in pence, by plain sums, and when they may be written to.
#[derive(Clone, Debug, Default)]
struct Account {
    invoiced: i64,
    came: Vec<Came>,
    credited: i64,
    written_off: i64,
    /// Each write-off that stands, by its id.
    write_offs: BTreeMap<String, i64>,
    /// What kept settlements left unpaid; when that may be is checked of each.
    discounted: i64,
    /// What the law added and was claimed, what of it was given up, and what was taken back by itself.
    claimed: i64,
    waived: i64,
    charge_taken_back: i64,
    /// What a person sent back by bank.
    sent_back: i64,
    /// By payment.
    contested: BTreeMap<String, Contest>,
    /// The last day of each pause, or none.
    holds: BTreeMap<String, Option<NaiveDate>>,
    /// Pauses that a refund began and nobody has ended.
    refund_holds: BTreeSet<String>,
    opted_out: bool,
    reminded: Vec<DateTime<Utc>>,
}

impl Account {
    fn paid(&self) -> i64 {
        self.came.iter().map(|came| came.minor).sum()
    }

    /// What went back of it.
    fn back(&self) -> i64 {
        self.came.iter().map(|came| came.whole - came.minor).sum()
    }

    /// What banks and corrections took of it.
    fn taken_back(&self) -> i64 {
        self.came.iter().map(|came| came.whole - came.minor - came.refunded).sum()
    }

    fn owed(&self) -> i64 {
        let charged = self.claimed - self.waived - self.charge_taken_back;
        self.invoiced + charged - self.credited - self.written_off - self.discounted - self.paid() + self.sent_back
    }
}

fn pounds(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

struct Life<'a> {
    kept: &'a mut Kept,
    standin: Standin,
    chance: Chance,
    zone: Tz,
    now: DateTime<Utc>,
    owner: Option<Visitor>,
    visitors: Vec<Visitor>,
    pages: Vec<String>,
    accounts: Vec<Account>,
    states: BTreeMap<String, String>,
    /// How much had been taken back when an agreement was kept.
    kept_at: BTreeMap<String, i64>,
    /// Which settlement was agreed on when so many payments had come.
    settled_from: BTreeMap<String, usize>,
    off: BTreeMap<String, i64>,
    /// Whose attempt each charge is, and the consent that it was made by.
    attempts: BTreeMap<String, check::Attempt>,
    /// Charges that are known, and when pages were finished of which the money may come late.
    charges: BTreeSet<String>,
    slow: BTreeMap<String, NaiveDate>,
    refunds: Vec<(usize, String)>,
    /// No message of the gateway arrives.
    late: bool,
    ended_cards: BTreeSet<String>,
    /// Consents of before a bank took a payment back.
    contested_cards: BTreeSet<String>,
    counter: usize,
    statements: Vec<String>,
    credit_notes: Vec<String>,
    mails: BTreeSet<PathBuf>,
    /// Who may not be reminded, and whose card may not be charged, as it was before the event.
    quiet: Vec<bool>,
    held: Vec<bool>,
    waiting: BTreeSet<usize>,
    told: Vec<String>,
    kinds: BTreeMap<String, usize>,
    seed: u64,
}

impl Drop for Life<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let events = self.told.join("\n");
            eprintln!("KEPT_MODEL_SEED={} KEPT_MODEL_EVENTS={}\n{events}", self.seed, self.told.len());
        }
    }
}

impl Life<'_> {
    fn owner(&self) -> &Visitor {
        self.owner.as_ref().unwrap()
    }

    /// The business's date.
    fn date(&self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }

    fn today(&self) -> String {
        self.day(0)
    }

    fn day(&self, from_today: i64) -> String {
        (self.date() + TimeDelta::days(from_today)).to_string()
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let at = self.chance.below(u64::try_from(all.len()).unwrap());
        all[usize::try_from(at).unwrap()].clone()
    }

    fn count(&mut self) -> String {
        self.counter += 1;
        self.counter.to_string()
    }

    async fn ids(&self, who: usize, table: &str, state: &str) -> Vec<String> {
        let sql = format!(
            "SELECT x.id FROM {table} x JOIN debtors d ON d.id = x.debtor_id
             WHERE d.reference = 'M-{who}' AND x.state IN ({state}) ORDER BY x.id"
        );
        self.kept.ask(&sql).await
    }

    /// Everybody is at an instant: the server, the gateway, and people who have come again.
    async fn go_to(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.kept.set("KEPT_NOW", &now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        self.kept.stop();
        let mut ahead_s = 0;
        // The stand-in moves by a year at most.
        loop {
            let moved = json!({ "advance_s": ahead_s, "signed": true });
            let at = self.standin.post("/sandbox/clock", moved).await["now_s"].as_i64().unwrap();
            ahead_s = now.timestamp() - at;
            if ahead_s <= 0 {
                break;
            }
        }
        self.standin.serve(self.kept).await;
        let owner = self.kept.visitor();
        let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
        let typed = [("business", "Jessop"), ("name", "Ada"), ("email", email), ("password", password)];
        if owner.post_form("/console/setup", &typed).await.status.as_u16() == 404 {
            owner.post_form("/console/login", &[("email", email), ("password", password)]).await.leads_to("/console");
        }
        self.owner = Some(owner);
        let links = self.kept.run_json(&["links"]);
        self.visitors.clear();
        for who in 0..DEBTORS {
            let visitor = self.kept.visitor_from(&format!("10.7.{}.{who}", self.counter % 250));
            let row = links.as_array().unwrap().iter().find(|row| row["debtor"] == format!("M-{who}")).cloned();
            // Whoever owes nothing has no new link; they open none.
            if let Some(row) = row {
                let link = format!("/l/{}", row["url"].as_str().unwrap().rsplit('/').next().unwrap());
                visitor.post_form(&link, &[("answer", POSTCODE)]).await.leads_to("/account");
            }
            self.visitors.push(visitor);
        }
        self.counter += 1;
        // What is due today is charged before anything else happens.
        self.kept.run_ok(&["work", "--once"]);
    }

    /// So many minutes later.
    async fn minutes(&mut self, minutes: i64) {
        self.go_to(self.now + TimeDelta::minutes(minutes)).await;
    }
}

async fn life(kept: &mut Kept, seed: u64, events: usize) -> BTreeMap<String, usize> {
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    kept.set("KEPT_STRIPE_TIMEOUT_S", "1");
    kept.set("KEPT_MAIL_FOLDER", &kept.data().join("sent").display().to_string());
    kept.set("KEPT_MAIL_FROM", "Jessop <accounts@example.com>");
    let mut chance = Chance(seed);
    let on = BEGINNINGS[usize::try_from(chance.below(4)).unwrap()];
    let (zone, hour) = HOMES[usize::try_from(chance.below(4)).unwrap()];
    let now = format!("{on}T{hour}");
    let mut people = String::from("reference,name,email,postcode,kind\n");
    for who in 0..DEBTORS {
        let kind = if who == late_charges::COMPANY { "company" } else { "person" };
        people.push_str(&format!("M-{who},Person {who},m{who}@example.com,{POSTCODE},{kind}\n"));
    }
    kept.set("KEPT_NOW", &now);
    let path = file(kept, "people.csv", people);
    kept.run_ok(&["import", "debtors", &path]);
    kept.change(&format!("UPDATE businesses SET zone = '{zone}'")).await;
    let now: DateTime<Utc> = now.parse().unwrap();
    let mut life = Life {
        kept,
        standin: Standin::start(),
        chance,
        zone,
        now,
        owner: None,
        visitors: Vec::new(),
        pages: Vec::new(),
        accounts: vec![Account::default(); DEBTORS],
        states: BTreeMap::new(),
        kept_at: BTreeMap::new(),
        settled_from: BTreeMap::new(),
        off: BTreeMap::new(),
        attempts: BTreeMap::new(),
        charges: BTreeSet::new(),
        slow: BTreeMap::new(),
        refunds: Vec::new(),
        late: false,
        ended_cards: BTreeSet::new(),
        contested_cards: BTreeSet::new(),
        counter: 0,
        statements: Vec::new(),
        credit_notes: Vec::new(),
        mails: BTreeSet::new(),
        quiet: vec![false; DEBTORS],
        held: vec![false; DEBTORS],
        waiting: BTreeSet::new(),
        told: Vec::new(),
        kinds: BTreeMap::new(),
        seed,
    };
    for who in 0..DEBTORS {
        life.invoice(who, 40_000, -40);
        life.invoice(who, 20_000, -30);
        let page = page_of(life.kept, &format!("M-{who}")).await;
        life.pages.push(page);
    }
    life.go_to(now).await;
    life.settlement_rules("counter").await;
    life.claim_late_charges().await;
    life.check(0).await;
    for _ in 0..events {
        // What cannot happen now is no event; something else is.
        for _ in 0..20 {
            let event = match life.chance.below(6) {
                0 => life.one_of(TIME),
                1 | 2 => life.one_of(AGREEMENTS),
                _ => life.one_of(EVENTS),
            };
            let who = usize::try_from(life.chance.below(3)).unwrap();
            life.told.push(format!("{} M-{who} {event:?}", life.now));
            if life.play(event, who).await.is_some() {
                *life.kinds.entry(format!("{event:?}")).or_default() += 1;
                life.check(who).await;
                break;
            }
            life.told.pop();
        }
    }
    if life.messages(true).await.is_some() {
        life.check(0).await;
    }
    life.kept.run_ok(&["doctor"]);
    std::mem::take(&mut life.kinds)
}

fn told(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

on_both!(whatever_happens_every_balance_is_the_models, async |kept| {
    let events = usize::try_from(told("KEPT_MODEL_EVENTS").unwrap_or(35)).unwrap();
    let first = told("KEPT_MODEL_SEED").unwrap_or(1);
    let db = kept.db();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for seed in first..first + told("KEPT_MODEL_LIVES").unwrap_or(2) {
        for (kind, times) in life(&mut Kept::prepare(db).await, seed, events).await {
            *kinds.entry(kind).or_default() += times;
        }
    }
    eprintln!("{} kinds of {}: {kinds:?}", kinds.len(), EVENTS.len());
});
