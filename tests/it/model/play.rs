//! What can happen to an account, and what each event does to the model.

use super::{Life, pounds};
use chrono::TimeDelta;
use kept_domain::reference::PaymentReference;
use kept_tests::Answer;
use kept_tests::Visitor;
use kept_tests::town::{between, file, pairs, with_file};
use serde_json::{Value, json};

const GOOD: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";
const SHORT_LATER: &str = "4000000000003006";

/// Makes the kinds of events, and the list that chance takes from.
macro_rules! events {
    ($($event:ident)*) => {
        /// Something that happens to an account.
        #[derive(Clone, Copy, Debug)]
        pub enum Event { $($event),* }

        /// All kinds there are.
        pub const EVENTS: &[Event] = &[$(Event::$event),*];
    };
}

events! {
    Invoice InvoiceNotYetDue PartByCard AllByCard CardDeclined CardThenBank MessagesLateTwiceAndTurnedRound ByBank
    ByBankTooMuch Statement SameStatement UndoLine PlanWithinTerms PlanOutsideTerms Accept Decline Counter TakeCounter
    Cancel Withdraw KeepCard KeepCardThatWillBeShort Promise RefundWhole RefundPart RefundFails Chargeback Dispute
    Uphold Partly Reject Claim Hardship WriteOff Work NextDay NextMonth
}

impl Life<'_> {
    pub fn invoice(&mut self, who: usize, minor: i64, due: i64) {
        self.counter += 1;
        let bill = format!(
            "number,debtor,issued,due,amount\nM{}-{who},M-{who},{},{},{}\n",
            self.counter,
            self.day(-60),
            self.day(due),
            pounds(minor)
        );
        let path = file(self.kept, "bill.csv", bill);
        self.kept.run_ok(&["import", "invoices", &path, "--currency", "GBP", "--date-format", "ymd"]);
        self.accounts[who].invoiced += minor;
    }

    /// Sends a form; whatever the answer is, it is no failure of the server.
    async fn post(&self, visitor: &Visitor, path: &str, typed: &[(&str, &str)]) -> Answer {
        let answer = visitor.post_form(path, typed).await;
        assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.body);
        answer
    }

    /// Proposes and confirms, where both can be.
    async fn agree(&self, who: usize, form: &str, typed: &[(&'static str, String)]) {
        let visitor = &self.visitors[who];
        let Some(next) = self.post(visitor, form, &pairs(typed)).await.find_location() else { return };
        let page = visitor.get(&next).await;
        if page.status != 200 || !page.body.contains("name=\"shown\" value=\"") {
            return;
        }
        let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
        self.post(visitor, &format!("{form}/check"), &pairs(&[typed, &[("shown", shown)]].concat())).await;
    }

    async fn plan(&self, who: usize, count: &str) {
        let typed = [("currency", "GBP"), ("by", "count"), ("count", count), ("frequency", "monthly")];
        let mut typed = typed.map(|(name, text)| (name, text.to_owned())).to_vec();
        typed.push(("first_on", self.day(1)));
        self.agree(who, "/account/plan", &typed).await;
    }

    /// The page for cards, where one opens.
    async fn start(&self, who: usize, typed: &[(&str, &str)]) -> Option<String> {
        let at = self.post(&self.visitors[who], "/account/payment", typed).await.find_location()?;
        at.contains("/c/pay/").then(|| at.rsplit('/').next().unwrap().to_owned())
    }

    async fn pay(&self, session: &str, card: &str) {
        self.standin.post(&format!("/sandbox/pay/{session}"), json!({ "card": card })).await;
    }

    async fn by_bank(&mut self, who: usize, minor: i64) {
        self.counter += 1;
        let (amount, once, on) = (pounds(minor), self.counter.to_string(), self.today());
        let typed = [("amount", &*amount), ("currency", "GBP"), ("paid_on", &*on), ("reference", ""), ("once", &*once)];
        self.post(self.owner(), &format!("{}/payments", self.pages[who]), &typed).await.expect(303);
        self.accounts[who].bank += minor;
    }

    fn statement(&mut self, who: usize, minor: i64) {
        self.counter += 1;
        let id = self.pages[who].rsplit('/').next().unwrap();
        let reference = PaymentReference::of(&id.into()).grouped();
        let (n, on, amount) = (self.counter, self.today(), pounds(minor));
        let text = format!("Date,Payer,Payer account,Description,Amount\n{on},A friend,ACC{n},{reference},{amount}\n");
        let path = file(self.kept, &format!("bank-{n}.csv"), text);
        let done = self.kept.run_json(&["import", "statement", &path]);
        self.accounts[who].bank += if done["booked"] == 1 { minor } else { 0 };
        self.statements.push(path);
    }

    /// A charge that a person may give back or contest: nothing came of it yet.
    async fn untouched(&self, who: usize) -> Option<Value> {
        for charge in self.standin.charges().await {
            let intent = charge["payment_intent"].as_str().unwrap();
            let known = self.accounts[who].contested.contains_key(intent);
            if charge["amount_refunded"] == 0 && !known && self.payer(&charge).await == who {
                return Some(charge);
            }
        }
        None
    }

    async fn decide(&mut self, who: usize, outcome: &str) {
        let Some(id) = self.ids(who, "disputes", "'open', 'answered'").await.pop() else { return };
        let typed = [("outcome", outcome), ("credited", "1"), ("reason", "We have looked")];
        let before = self.booked(who).await;
        self.post(self.owner(), &format!("/console/disputes/{id}/resolve"), &typed).await;
        // Who cannot pay is neither right nor wrong: that stays open.
        let state = self.kept.ask(&format!("SELECT state FROM disputes WHERE id = '{id}'")).await.remove(0);
        let credited = match state.as_str() {
            "partly" => 100,
            // How much is left of what is disputed is the rules' matter: no more than was said, and see `check`.
            "upheld" => before - self.booked(who).await,
            _ => 0,
        };
        assert!((0..=2_000).contains(&credited), "a dispute about 20.00 credits {credited}");
        self.accounts[who].credited += credited;
    }

    /// Lets it happen, as far as the product lets it.
    pub async fn play(&mut self, event: Event, who: usize) {
        let sums = [500, 1_234, 15_000, 19_999];
        let minor = self.one_of(&sums);
        let amount = pounds(minor);
        let part = [("currency", "GBP"), ("what", "part"), ("amount", amount.as_str())];
        let all = [("currency", "GBP"), ("what", "everything")];
        match event {
            Event::Invoice => self.invoice(who, minor, -30),
            Event::InvoiceNotYetDue => self.invoice(who, minor, 20),
            Event::PartByCard | Event::AllByCard | Event::CardDeclined => {
                let (typed, card) = match event {
                    Event::PartByCard => (&part[..], GOOD),
                    Event::AllByCard => (&all[..], GOOD),
                    _ => (&all[..], DECLINED),
                };
                if let Some(session) = self.start(who, typed).await {
                    self.pay(&session, card).await;
                }
            }
            Event::CardThenBank => {
                let session = self.start(who, &part).await;
                self.by_bank(who, minor).await;
                if let Some(session) = session {
                    // Nobody has closed the page yet; what is too much is on account.
                    self.charges_may_exceed(who, &session).await;
                }
            }
            Event::MessagesLateTwiceAndTurnedRound => {
                let orders = json!({ "hold": true, "duplicate": 1, "reorder": true });
                self.standin.post("/sandbox/webhooks", orders).await;
                if let Some(session) = self.start(who, &part).await {
                    self.pay(&session, GOOD).await;
                    self.standin.post("/sandbox/refund", json!({ "session": session, "amount": 100 })).await;
                }
                self.standin.post("/sandbox/webhooks", json!({ "hold": false, "release": true })).await;
                let orders = json!({ "duplicate": 0, "reorder": false });
                self.standin.post("/sandbox/webhooks", orders).await;
            }
            Event::ByBank => self.by_bank(who, minor).await,
            Event::ByBankTooMuch => self.by_bank(who, self.accounts[who].owed().max(0) + minor).await,
            Event::Statement => self.statement(who, minor),
            Event::SameStatement => {
                if let Some(path) = self.statements.last() {
                    let done = self.kept.run_json(&["import", "statement", path]);
                    assert_eq!((&done["booked"], &done["unchanged"]), (&json!(0), &json!(1)), "{done:#}");
                }
            }
            Event::UndoLine => {
                if let Some(id) = self.ids(who, "statement_lines", "'booked'").await.pop() {
                    let sql = format!("SELECT CAST(amount_minor AS TEXT) FROM statement_lines WHERE id = '{id}'");
                    let minor: i64 = self.kept.ask(&sql).await[0].parse().unwrap();
                    let path = format!("/console/statements/lines/{id}");
                    self.post(self.owner(), &path, &[("act", "undo")]).await.expect(303);
                    self.accounts[who].bank -= minor;
                }
            }
            Event::PlanWithinTerms => self.plan(who, "3").await,
            Event::PlanOutsideTerms => self.plan(who, "24").await,
            Event::Accept | Event::Decline | Event::Counter => {
                if let Some(id) = self.ids(who, "commitments", "'proposed'").await.pop() {
                    let first = self.day(3);
                    let offer = [("amount", "150"), ("frequency", "monthly"), ("first_on", &*first)];
                    let (act, typed) = match event {
                        Event::Accept => ("accept", &[][..]),
                        Event::Decline => ("decline", &[("reason", "Too long for us")][..]),
                        _ => ("counter", &offer[..]),
                    };
                    self.post(self.owner(), &format!("/console/commitments/{id}/{act}"), typed).await;
                }
            }
            Event::TakeCounter | Event::Cancel | Event::Withdraw => {
                let (state, act) = match event {
                    Event::TakeCounter => ("'countered'", "accept"),
                    Event::Cancel => ("'active', 'missed'", "cancel"),
                    _ => ("'proposed'", "withdraw"),
                };
                if let Some(id) = self.ids(who, "commitments", state).await.pop() {
                    let at = format!("/account/agreements/{id}");
                    let page = self.visitors[who].get(&at).await;
                    let shown = match page.body.contains("name=\"shown\" value=\"") {
                        true => between(&page.body, "name=\"shown\" value=\"", "\"").to_owned(),
                        false => String::new(),
                    };
                    self.post(&self.visitors[who], &at, &[("act", act), ("shown", &shown)]).await;
                }
            }
            Event::KeepCard | Event::KeepCardThatWillBeShort => {
                let form = "/account/payment?currency=GBP&what=instalment&keep=yes";
                let page = self.visitors[who].get(form).await;
                if page.status == 200 && page.body.contains("name=\"consent\" value=\"") {
                    let consent = between(&page.body, "name=\"consent\" value=\"", "\"").to_owned();
                    let typed =
                        [("currency", "GBP"), ("what", "instalment"), ("keep", "yes"), ("consent", consent.as_str())];
                    if let Some(session) = self.start(who, &typed).await {
                        let good = matches!(event, Event::KeepCard);
                        self.pay(&session, if good { GOOD } else { SHORT_LATER }).await;
                    }
                }
            }
            Event::Promise => {
                let typed = [("currency", "GBP".to_owned()), ("how_much", "all".to_owned()), ("by_on", self.day(5))];
                self.agree(who, "/account/promise", &typed).await;
            }
            Event::RefundWhole | Event::RefundPart | Event::RefundFails => {
                if let Some(charge) = self.untouched(who).await {
                    let minor = if matches!(event, Event::RefundPart) { json!(100) } else { charge["amount"].clone() };
                    let which = json!({ "payment_intent": charge["payment_intent"], "amount": minor });
                    let refund = self.standin.post("/sandbox/refund", which).await;
                    if matches!(event, Event::RefundFails) {
                        self.standin.post("/sandbox/refund/fail", json!({ "refund": refund["id"] })).await;
                    }
                }
            }
            Event::Chargeback => {
                if let Some(charge) = self.untouched(who).await {
                    let intent = charge["payment_intent"].as_str().unwrap().to_owned();
                    self.standin.post("/sandbox/dispute", json!({ "payment_intent": intent })).await;
                    self.accounts[who].contested.insert(intent, charge["amount"].as_i64().unwrap());
                }
            }
            Event::Dispute => {
                let texts = [
                    ("currency", "GBP"),
                    ("reason", "quality"),
                    ("scope", "amount"),
                    ("amount", "20"),
                    ("words", "Torn"),
                ];
                let answer = self.visitors[who].post_multipart("/account/dispute", with_file(&texts, "", b"")).await;
                assert!(answer.status.as_u16() < 500, "{}", answer.body);
            }
            Event::Uphold => self.decide(who, "uphold").await,
            Event::Partly => self.decide(who, "partly").await,
            Event::Reject => self.decide(who, "reject").await,
            Event::Claim => {
                let on = self.day(-1);
                let texts = [
                    ("currency", "GBP"),
                    ("scope", "amount"),
                    ("amount", "10"),
                    ("paid_on", &*on),
                    ("paid_by", "bank"),
                ];
                let answer =
                    self.visitors[who].post_multipart("/account/already-paid", with_file(&texts, "", b"")).await;
                assert!(answer.status.as_u16() < 500, "{}", answer.body);
            }
            Event::Hardship => {
                self.post(&self.visitors[who], "/account/hardship", &[("currency", "GBP"), ("words", "Not now")]).await;
            }
            Event::WriteOff => {
                self.counter += 1;
                let once = self.counter.to_string();
                let sql = format!(
                    "SELECT i.id FROM invoices i JOIN debtors d ON d.id = i.debtor_id WHERE d.reference = 'M-{who}' ORDER BY i.id"
                );
                let invoices = self.kept.ask(&sql).await;
                let invoice = self.one_of(&invoices);
                let typed = [("invoice", &*invoice), ("off_amount", "10"), ("why", "Agreed"), ("once", &*once)];
                let answer = self.post(self.owner(), &format!("{}/write-offs", self.pages[who]), &typed).await;
                self.accounts[who].written_off += if answer.status == 303 { 1_000 } else { 0 };
            }
            Event::Work => {
                self.kept.run_ok(&["work", "--once"]);
            }
            Event::NextDay => self.go_to(self.now + TimeDelta::days(1)).await,
            Event::NextMonth => {
                let days = [28, 30, 31, 33];
                let days = self.one_of(&days);
                self.go_to(self.now + TimeDelta::days(days)).await;
            }
        }
    }

    async fn charges_may_exceed(&mut self, who: usize, session: &str) {
        self.pay(session, GOOD).await;
        let paid = self.standin.charges().await.len();
        assert!(paid <= self.charges + 1, "M-{who} was charged more than once");
        self.charges = paid;
    }
}
