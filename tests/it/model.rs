//! Random lives of accounts, told through the public doors and held to a small model of what is owed. A failing one prints
//! its seed and its events: `KEPT_MODEL_SEED=… KEPT_MODEL_EVENTS=…` tells it again, or only its beginning;
//! `KEPT_MODEL_LIVES=…` makes the search longer.

mod play;

use self::play::EVENTS;
use crate::crash::Chance;
use crate::ledger::page_of;
use chrono::{DateTime, TimeDelta, Utc};
use kept_tests::standin::Standin;
use kept_tests::town::{POSTCODE, file};
use kept_tests::{Kept, Visitor, on_both};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Before the clocks change, before a leap day, and at the end of a month with 31 days.
const BEGINNINGS: [&str; 3] = ["2027-10-29T09:00:00Z", "2028-02-25T10:00:00Z", "2028-01-31T10:00:00Z"];
const DEBTORS: usize = 3;

/// Where a commitment may go from where it stands, by the table in the design; anything else is illegal.
const EDGES: [(&str, &[&str]); 4] = [
    ("proposed", &["active", "declined", "withdrawn", "expired"]),
    ("countered", &["active", "withdrawn", "expired"]),
    ("active", &["missed", "kept", "cancelled"]),
    ("missed", &["active", "kept", "broken", "cancelled"]),
];

/// Whether one state leads to another, in any number of steps.
fn leads(from: &str, to: &str) -> bool {
    let mut reached = vec![from];
    let mut at = 0;
    while let Some(state) = reached.get(at).copied() {
        let next = EDGES.iter().find(|(known, _)| *known == state).map_or(&[][..], |(_, next)| next);
        reached.extend(next.iter().filter(|state| !reached.contains(state)).collect::<Vec<_>>());
        at += 1;
    }
    reached.contains(&to)
}

/// What one debtor owes, in pence, by plain sums.
#[derive(Clone, Debug, Default)]
struct Account {
    invoiced: i64,
    bank: i64,
    credited: i64,
    written_off: i64,
    /// What cards paid and did not get back, by the gateway's books alone.
    cards: i64,
    contested: BTreeMap<String, i64>,
}

impl Account {
    fn owed(&self) -> i64 {
        self.invoiced - self.bank - self.credited - self.written_off - self.cards + self.contested.values().sum::<i64>()
    }
}

fn pounds(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

struct Life<'a> {
    kept: &'a mut Kept,
    standin: Standin,
    chance: Chance,
    now: DateTime<Utc>,
    owner: Option<Visitor>,
    visitors: Vec<Visitor>,
    pages: Vec<String>,
    accounts: Vec<Account>,
    states: BTreeMap<String, String>,
    charges: usize,
    counter: usize,
    statements: Vec<String>,
    told: Vec<String>,
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

    fn today(&self) -> String {
        self.day(0)
    }

    fn day(&self, from_today: i64) -> String {
        (self.now.date_naive() + TimeDelta::days(from_today)).to_string()
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let at = self.chance.below(u64::try_from(all.len()).unwrap());
        all[usize::try_from(at).unwrap()].clone()
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

    async fn payer(&self, charge: &Value) -> usize {
        let sql = format!(
            "SELECT d.reference FROM attempts a JOIN debtors d ON d.id = a.debtor_id WHERE a.id = '{}'",
            charge["attempt_id"].as_str().unwrap()
        );
        self.kept.ask(&sql).await[0][2..].parse().unwrap()
    }

    async fn booked(&self, who: usize) -> i64 {
        let sql = format!(
            "SELECT CAST(SUM(e.amount_minor) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
             WHERE d.reference = 'M-{who}' AND e.account IN ('receivable', 'on_account')"
        );
        self.kept.ask(&sql).await[0].parse().unwrap()
    }

    /// What cards paid, by the gateway's books: nobody was charged more than they owed a moment before.
    async fn read_the_gateway(&mut self) {
        let charges = self.standin.charges().await;
        let mut cards = [0; DEBTORS];
        for (n, charge) in charges.iter().enumerate() {
            let (who, amount) = (self.payer(charge).await, charge["amount"].as_i64().unwrap());
            let owed = self.accounts[who].owed();
            assert!(n < self.charges || amount <= owed, "M-{who} owed {owed} and was charged: {charge}");
            cards[who] += amount - charge["amount_refunded"].as_i64().unwrap();
        }
        self.charges = charges.len();
        for (account, paid) in self.accounts.iter_mut().zip(cards) {
            account.cards = paid;
        }
    }

    async fn check(&mut self, who: usize) {
        let begun = Instant::now();
        loop {
            self.read_the_gateway().await;
            let mut booked = Vec::new();
            for who in 0..DEBTORS {
                booked.push(self.booked(who).await);
            }
            let owed: Vec<i64> = self.accounts.iter().map(Account::owed).collect();
            if booked == owed {
                break;
            }
            // What the gateway has told is booked a moment later.
            let waited = begun.elapsed() > Duration::from_secs(10);
            assert!(!waited, "booked {booked:?}, owed {owed:?} by {:#?}", self.accounts);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        for account in &self.accounts {
            assert!(
                account.credited + account.written_off <= account.invoiced,
                "more taken off than asked: {account:?}"
            );
        }
        let crooked = "SELECT transfer_id FROM entries GROUP BY transfer_id, currency HAVING SUM(amount_minor) <> 0";
        assert_eq!(self.kept.ask(crooked).await, [""; 0]);
        let owed = self.accounts[who].owed();
        let csv = self.owner().get(&format!("{}/statement.csv", self.pages[who])).await.expect(200).body;
        let closing = csv.lines().last().unwrap().rsplit(',').next().unwrap();
        let expected = format!("{}{}", if owed < 0 { "-" } else { "" }, pounds(owed.abs()));
        assert_eq!(closing, expected, "the statement of M-{who}: {csv}");
        self.look_at_commitments().await;
    }

    async fn look_at_commitments(&mut self) {
        let mut running = BTreeMap::new();
        for row in self.kept.ask("SELECT id || ' ' || state || ' ' || debtor_id FROM commitments").await {
            let [id, state, debtor] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
            if matches!(state, "active" | "missed") {
                let other = running.insert(debtor.to_owned(), id.to_owned());
                assert_eq!(other, None, "{debtor} has two that run");
            }
            let before = self.states.insert(id.to_owned(), state.to_owned());
            let legal = before.as_deref().is_none_or(|before| leads(before, state));
            assert!(legal, "commitment {id} was {before:?} and is {state}");
        }
    }
}

async fn life(kept: &mut Kept, seed: u64, events: usize) {
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    let mut chance = Chance(seed);
    let now = BEGINNINGS[usize::try_from(chance.below(3)).unwrap()];
    let mut people = String::from("reference,name,email,postcode\n");
    for who in 0..DEBTORS {
        people.push_str(&format!("M-{who},Person {who},m{who}@example.com,{POSTCODE}\n"));
    }
    kept.set("KEPT_NOW", now);
    let path = file(kept, "people.csv", people);
    kept.run_ok(&["import", "debtors", &path]);
    let now: DateTime<Utc> = now.parse().unwrap();
    let mut life = Life {
        kept,
        standin: Standin::start(),
        chance,
        now,
        owner: None,
        visitors: Vec::new(),
        pages: Vec::new(),
        accounts: vec![Account::default(); DEBTORS],
        states: BTreeMap::new(),
        charges: 0,
        counter: 0,
        statements: Vec::new(),
        told: Vec::new(),
        seed,
    };
    for who in 0..DEBTORS {
        life.invoice(who, 40_000, -40);
        life.invoice(who, 20_000, -30);
        let page = page_of(life.kept, &format!("M-{who}")).await;
        life.pages.push(page);
    }
    life.go_to(now).await;
    for _ in 0..events {
        let event = life.one_of(EVENTS);
        let who = usize::try_from(life.chance.below(3)).unwrap();
        life.told.push(format!("{} M-{who} {event:?}", life.now));
        life.play(event, who).await;
        life.check(who).await;
    }
    life.kept.run_ok(&["doctor"]);
}

fn told(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

on_both!(whatever_happens_every_balance_is_the_models, async |kept| {
    let events = usize::try_from(told("KEPT_MODEL_EVENTS").unwrap_or(40)).unwrap();
    let first = told("KEPT_MODEL_SEED").unwrap_or(1);
    let db = kept.db();
    for seed in first..first + told("KEPT_MODEL_LIVES").unwrap_or(2) {
        life(&mut Kept::prepare(db).await, seed, events).await;
    }
});
