//! What must hold after every event, whatever it was.

use super::{Account, Came, DEBTORS, Life, pounds};
use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Timelike as _, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The least that the rules of these lives accept, in per cent.
pub const FLOOR: i64 = 60;

/// Where a commitment may go from where it stands, by the table in the design; anything else is illegal.
const EDGES: [(&str, &[&str]); 4] = [
    ("proposed", &["active", "declined", "withdrawn", "expired"]),
    ("countered", &["active", "withdrawn", "expired"]),
    ("active", &["missed", "kept", "cancelled"]),
    ("missed", &["active", "kept", "broken", "cancelled"]),
];
/// Money that goes back undoes what was kept, and paying everything after all makes good what was broken.
const AFTERWARDS: [(&str, &[&str]); 2] = [("kept", &["active", "missed", "broken"]), ("broken", &["kept"])];

/// Whether one state leads to another, in any number of steps.
fn leads(from: &str, to: &str) -> bool {
    let mut reached = vec![from];
    let mut at = 0;
    while let Some(state) = reached.get(at).copied() {
        let edges = || EDGES.iter().chain(&AFTERWARDS);
        let next = edges().find(|(known, _)| *known == state).map_or(&[][..], |(_, next)| next);
        reached.extend(next.iter().filter(|state| !reached.contains(state)).collect::<Vec<_>>());
        at += 1;
    }
    reached.contains(&to)
}

/// Who tried to pay, and by what.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub who: usize,
    /// The agreement and its payment that a kept card was charged for, and the consent.
    pub off_session: Option<(String, String)>,
}

impl Life<'_> {
    pub async fn attempt(&mut self, charge: &Value) -> Attempt {
        let id = charge["attempt_id"].as_str().unwrap();
        if let Some(known) = self.attempts.get(id) {
            return known.clone();
        }
        let sql = format!(
            "SELECT d.reference || ' ' || COALESCE(a.commitment_id || '#' || CAST(a.seq AS TEXT), '-') || ' '
               || COALESCE(a.mandate_id, '-')
             FROM attempts a JOIN debtors d ON d.id = a.debtor_id WHERE a.id = '{id}'"
        );
        let row = self.kept.ask(&sql).await.remove(0);
        let [who, payment, consent] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let off_session = (payment != "-").then(|| (payment.to_owned(), consent.to_owned()));
        let attempt = Attempt { who: who[2..].parse().unwrap(), off_session };
        self.attempts.insert(id.to_owned(), attempt.clone());
        attempt
    }

    pub async fn booked(&self) -> Vec<i64> {
        let sql = "SELECT d.reference || ' ' || CAST(SUM(e.amount_minor) AS TEXT) FROM entries e
                   JOIN debtors d ON d.id = e.debtor_id WHERE e.account IN ('receivable', 'on_account')
                   GROUP BY d.reference ORDER BY d.reference";
        let rows = self.kept.ask(sql).await;
        rows.iter().map(|row| row.split(' ').next_back().unwrap().parse().unwrap()).collect()
    }

    /// What cards paid, by the gateway's books: nobody was charged more than they owed a moment before.
    async fn read_the_gateway(&mut self) {
        let (mut paid, today) = (BTreeSet::new(), self.date());
        for charge in self.standin.charges().await {
            let (id, amount) = (charge["id"].as_str().unwrap().to_owned(), charge["amount"].as_i64().unwrap());
            let attempt = self.attempt(&charge).await;
            let session = charge["session"].as_str().unwrap_or_default();
            let account = &self.accounts[attempt.who];
            if self.charges.insert(id.clone()) {
                let owed = account.owed();
                // Of what was not told nobody can know.
                let expected = amount <= owed || self.slow.contains_key(session) || self.late;
                assert!(expected, "M-{} owed {owed} and was charged: {charge}", attempt.who);
                self.look_at_charge(&attempt, amount).await;
            }
            if let Some((payment, _)) = &attempt.off_session {
                assert!(paid.insert(payment.clone()), "{payment} was charged twice");
            }
            let intent = charge["payment_intent"].as_str().unwrap();
            let account = &mut self.accounts[attempt.who];
            let contested = account.contested.get(intent).map_or(0, |contest| contest.minor);
            if account.came.iter().all(|came| came.key != id) {
                // The day on which they paid, whenever their bank answered.
                let on = self.slow.get(session).copied().unwrap_or(today);
                account.came.push(Came::new(&id, on, amount));
            }
            let came = account.came.iter_mut().find(|came| came.key == id).unwrap();
            came.refunded = charge["amount_refunded"].as_i64().unwrap();
            came.minor = amount - came.refunded - contested;
        }
    }

    /// A kept card is charged as was announced, by a consent that stands, and in no pause.
    async fn look_at_charge(&self, attempt: &Attempt, amount: i64) {
        let Some((payment, consent)) = &attempt.off_session else { return };
        let who = attempt.who;
        assert!(!(self.held[who] && self.is_held(who)), "M-{who} was charged in a pause");
        assert!(!self.ended_cards.contains(consent), "M-{who} had taken the card back");
        assert!(!self.contested_cards.contains(consent), "M-{who} had contested a payment with their bank");
        let (commitment, seq) = payment.split_once('#').unwrap();
        let announced = format!(
            "SELECT charge_on || ' ' || CAST(amount_minor AS TEXT) FROM charge_notices
             WHERE commitment_id = '{commitment}' AND seq = {seq}"
        );
        let said = self.kept.ask(&announced).await;
        let (on, most) = said.first().and_then(|row| row.split_once(' ')).expect("announced");
        assert!(on <= self.today().as_str() && amount <= most.parse().unwrap(), "{payment}: {amount} {said:?}");
    }

    async fn read_discounts(&mut self) {
        let sql = "SELECT t.commitment_id || ' ' || d.reference || ' ' || CAST(-SUM(e.amount_minor) AS TEXT)
                   FROM transfers t JOIN entries e ON e.transfer_id = t.id JOIN debtors d ON d.id = t.debtor_id
                   WHERE e.account = 'receivable' AND t.kind IN ('settlement_discount', 'discount_taken_back')
                   GROUP BY t.commitment_id, d.reference";
        for account in &mut self.accounts {
            account.discounted = 0;
        }
        for row in self.kept.ask(sql).await {
            let [id, who, off] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let off: i64 = off.parse().unwrap();
            self.accounts[who[2..].parse::<usize>().unwrap()].discounted += off;
            self.off.insert(id.to_owned(), off);
        }
    }

    pub async fn check(&mut self, who: usize) {
        let (begun, before) = (Instant::now(), self.off.clone());
        loop {
            self.read_the_gateway().await;
            self.read_discounts().await;
            self.read_charges().await;
            let booked = self.booked().await;
            let owed: Vec<i64> = self.accounts.iter().map(Account::owed).collect();
            if booked == owed {
                break;
            }
            if self.late {
                return self.look_away().await;
            }
            // What the gateway has told is booked a moment later.
            let waited = begun.elapsed() > Duration::from_secs(10);
            assert!(!waited, "booked {booked:?}, owed {owed:?} by {:#?}", self.accounts);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        for account in &self.accounts {
            let off = account.credited + account.written_off + account.discounted;
            assert!(off <= account.invoiced + account.claimed, "more taken off than asked: {account:?}");
        }
        let crooked = "SELECT transfer_id FROM entries GROUP BY transfer_id, currency HAVING SUM(amount_minor) <> 0";
        assert_eq!(self.kept.ask(crooked).await, [""; 0]);
        let owed = self.accounts[who].owed();
        let csv = self.owner().get(&format!("{}/statement.csv", self.pages[who])).await.expect(200).body;
        let closing = csv.lines().last().unwrap().rsplit(',').next().unwrap();
        let expected = format!("{}{}", if owed < 0 { "-" } else { "" }, pounds(owed.abs()));
        assert_eq!(closing, expected, "the statement of M-{who}: {csv}");
        self.look_at_commitments().await;
        self.look_at_settlements(&before).await;
        self.look_at_mail().await;
    }

    /// While no message comes the books are behind the gateway's; whatever they say is balanced.
    async fn look_away(&mut self) {
        let crooked = "SELECT transfer_id FROM entries GROUP BY transfer_id, currency HAVING SUM(amount_minor) <> 0";
        assert_eq!(self.kept.ask(crooked).await, [""; 0]);
        self.new_mail();
        self.quiet = vec![false; DEBTORS];
        self.held = vec![false; DEBTORS];
    }

    async fn look_at_commitments(&mut self) {
        let today = self.date();
        let mut running = BTreeMap::new();
        let sql = "SELECT c.id || ' ' || c.kind || ' ' || c.state || ' ' || d.reference || ' ' || MIN(i.due_on)
                   FROM commitments c JOIN instalments i ON i.commitment_id = c.id JOIN debtors d ON d.id = c.debtor_id
                   GROUP BY c.id, c.kind, c.state, d.reference";
        for row in self.kept.ask(sql).await {
            let [id, kind, state, who, first] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
            if matches!(state, "active" | "missed") {
                let other = running.insert(who.to_owned(), id.to_owned());
                assert_eq!(other, None, "{who} has two that run");
            }
            // A transfer that was made on the day has three days to come; to a settlement it has to come by its day.
            let grace = TimeDelta::days(if kind == "settlement" { 0 } else { 3 });
            let late = first.parse::<NaiveDate>().unwrap() + grace < today;
            assert!(late || !matches!(state, "missed" | "broken"), "nothing of {row} is late on {today}");
            let before = self.states.insert(id.to_owned(), state.to_owned());
            let legal = before.as_deref().is_none_or(|before| leads(before, state));
            assert!(legal, "commitment {id} was {before:?} and is {state}");
            let account = &self.accounts[who[2..].parse::<usize>().unwrap()];
            let back = account.taken_back();
            if state == "kept" {
                // What went back while nothing was owed was too much, or others made it good.
                if before.as_deref() != Some("kept") || account.owed() <= 0 {
                    self.kept_at.insert(id.to_owned(), back);
                }
            } else if before.as_deref() == Some("kept") {
                assert!(back > self.kept_at[id], "{row} was kept, and no money was taken back");
            }
        }
    }

    /// Full and final only when it was paid by the day: then what it left unpaid is taken off, and only then.
    async fn look_at_settlements(&mut self, before: &BTreeMap<String, i64>) {
        let sql = "SELECT c.id || ' ' || d.reference || ' ' || c.state || ' ' || CAST(c.total_minor AS TEXT) || ' '
                     || CAST(c.settles_minor AS TEXT) || ' ' || i.due_on || ' ' || COALESCE(c.decided_by, '-') || ' ' || CAST(COALESCE(c.decided_at_ms, c.proposed_at_ms) AS TEXT)
                   FROM commitments c JOIN debtors d ON d.id = c.debtor_id
                   JOIN instalments i ON i.commitment_id = c.id
                   WHERE c.kind = 'settlement'";
        for row in self.kept.ask(sql).await {
            let [id, who, state, total, settles, by, decided, agreed] = row.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            let off = self.off.get(id).copied().unwrap_or(0);
            if !matches!(state, "active" | "missed" | "kept" | "broken" | "cancelled") {
                assert_eq!(off, 0, "{row}");
                continue;
            }
            let (total, settles): (i64, i64) = (total.parse().unwrap(), settles.parse().unwrap());
            let account = &self.accounts[who[2..].parse::<usize>().unwrap()];
            let from = *self.settled_from.entry(id.to_owned()).or_insert(account.came.len());
            let by: NaiveDate = by.parse().unwrap();
            // What the business gave back had been paid.
            let agreed_at = DateTime::from_timestamp_millis(agreed.parse().unwrap()).unwrap();
            let agreed_on = agreed_at.with_timezone(&self.zone).date_naive();
            let in_time = account.came[from..].iter().filter(|came| came.on <= by && came.on >= agreed_on);
            let paid: i64 = in_time.map(|came| came.minor + came.refunded).sum();
            assert!((0..=settles - total).contains(&off), "{off} is taken off by {row}");
            // Money that went back undoes it only where something is owed by that.
            let enough = state == "kept" && (paid >= total || account.owed() <= 0);
            assert!(off == 0 || enough, "{paid} was paid of {row}, and {off} is taken off");
            assert!(paid < total || !matches!(state, "active" | "missed"), "{paid} was paid of {row}");
            assert!(decided != "terms" || 100 * total >= FLOOR * settles, "{row} is below the floor");
            if off > 0 && before.get(id).copied().unwrap_or(0) == 0 {
                assert!(account.owed() >= 0, "{off} is taken off what is not owed: {row}, {account:?}");
                self.look_at_rest(id, off == settles - total, account.back()).await;
            }
        }
    }

    /// Nothing is left of what was settled, but what was in dispute before, and what went back at once.
    async fn look_at_rest(&self, id: &str, whole: bool, back: i64) {
        let sql = format!(
            "SELECT CAST(SUM(e.amount_minor) AS TEXT) FROM commitment_invoices c
             JOIN entries e ON e.invoice_id = c.invoice_id AND e.account = 'receivable'
             WHERE c.commitment_id = '{id}' AND NOT EXISTS (SELECT 1 FROM dispute_items i WHERE i.invoice_id = e.invoice_id)
             GROUP BY e.invoice_id HAVING SUM(e.amount_minor) <> 0"
        );
        let left: i64 = self.kept.ask(&sql).await.iter().map(|minor| minor.parse::<i64>().unwrap()).sum();
        assert!(whole || left <= back, "{left} are left of settlement {id}, and {back} went back");
    }

    /// A pause that the model knows of, or something that waits for the business.
    pub fn is_held(&self, who: usize) -> bool {
        let (account, today) = (&self.accounts[who], self.date());
        let paused = account.holds.values().any(|until| until.is_none_or(|until| today <= until));
        let went_back = account.contested.values().any(|c| c.paused) || !account.refund_holds.is_empty();
        paused || went_back || self.waiting.contains(&who)
    }

    fn is_quiet(&self, who: usize) -> bool {
        let account = &self.accounts[who];
        self.is_held(who) || account.opted_out || account.owed() <= 0
    }

    /// No reminder left in a pause, to somebody who owes nothing or wants none, too often, or at a bad hour.
    async fn look_at_mail(&mut self) {
        let waiting = "SELECT DISTINCT d.reference FROM debtors d WHERE EXISTS (SELECT 1 FROM commitments c
                         WHERE c.debtor_id = d.id AND c.state = 'proposed') OR EXISTS (SELECT 1 FROM disputes x
                         WHERE x.debtor_id = d.id AND x.state = 'open' AND x.kind IN ('claim', 'hardship'))";
        let waiting = self.kept.ask(waiting).await;
        self.waiting = waiting.iter().map(|who| who[2..].parse().unwrap()).collect();
        for mail in &self.new_mail() {
            // Only reminders can be unsubscribed from; everything else answers what they did themselves.
            if !mail.to_ascii_lowercase().contains("\nlist-unsubscribe:") {
                continue;
            }
            let to = mail.lines().find(|line| line.starts_with("To: ")).unwrap();
            let at = to.find("@example.com").unwrap();
            let who: usize = to[at - 1..at].parse().unwrap();
            assert!(!(self.quiet[who] && self.is_quiet(who)), "M-{who} was reminded: {mail}");
            let at = mail.lines().find_map(|line| line.strip_prefix("Date: ")).unwrap();
            self.look_at_hour(who, DateTime::parse_from_rfc2822(at).unwrap().to_utc(), mail);
        }
        self.read_refund_holds().await;
        self.quiet = (0..DEBTORS).map(|who| self.is_quiet(who)).collect();
        self.held = (0..DEBTORS).map(|who| self.is_held(who)).collect();
        let ended = self.kept.ask("SELECT id FROM mandates WHERE state <> 'active'").await;
        self.ended_cards = ended.into_iter().collect();
    }

    /// The pauses that began because something was given back, or taken back by bank. Nobody but a person ends one, unless the refund fails.
    async fn read_refund_holds(&mut self) {
        let sql = "SELECT d.reference || ' ' || h.id FROM holds h JOIN debtors d ON d.id = h.debtor_id
                   WHERE (h.reason = 'refund' OR h.about LIKE 'statement:%') AND h.ended_at_ms IS NULL";
        let running = self.kept.ask(sql).await;
        for (who, account) in self.accounts.iter_mut().enumerate() {
            let own = running.iter().filter_map(|row| row.strip_prefix(&format!("M-{who} ")));
            account.refund_holds = own.map(str::to_owned).collect();
        }
    }

    /// What left since the last look, as it lies in the folder.
    fn new_mail(&mut self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.kept.data().join("sent")) else { return Vec::new() };
        let whole = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml"));
        let new: Vec<_> = whole.filter(|path| self.mails.insert(path.clone())).collect();
        new.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    fn look_at_hour(&mut self, who: usize, now: DateTime<Utc>, mail: &str) {
        let here = now.with_timezone(&self.zone);
        assert!(here.weekday().num_days_from_monday() < 5 && (9..18).contains(&here.hour()), "at {here}: {mail}");
        let reminded: &mut Vec<DateTime<Utc>> = &mut self.accounts[who].reminded;
        let close = reminded.iter().find(|at| (now - **at).abs() < TimeDelta::hours(71));
        assert!(close.is_none(), "M-{who} was reminded at {close:?} and at {now}: {mail}");
        reminded.push(now);
        let lately = reminded.iter().filter(|at| (now - **at).abs() < TimeDelta::days(30)).count();
        assert!(lately <= 5, "M-{who} was reminded {lately} times in a month");
    }
}
