//! Cards: payments on a page and without one, and what banks and the gateway do afterwards.

use super::{Came, Contest, Life};
use kept_tests::town::between;
use serde_json::{Value, json};

pub const GOOD: &str = "4242424242424242";
pub const DECLINED: &str = "4000000000000002";
pub const SHORT_LATER: &str = "4000000000003006";
pub const ALWAYS_ASKS: &str = "4000002760003184";
const SLOW: &str = "4000000000001000";

/// What a network and a gateway do to a request in a bad hour.
pub const FAULTS: [&str; 6] = ["timeout", "lost", "500", "500_after", "reset", "429"];

impl Life<'_> {
    /// The page for cards, where one opens.
    pub async fn start(&self, who: usize, typed: &[(&str, &str)]) -> Option<String> {
        let at = self.post(&self.visitors[who], "/account/payment", typed).await.find_location()?;
        at.contains("/c/pay/").then(|| at.rsplit('/').next().unwrap().to_owned())
    }

    pub async fn pay(&self, session: &str, card: &str) -> Value {
        let path = format!("/sandbox/pay/{session}");
        let step = self.standin.post(&path, json!({ "card": card })).await;
        if step["step"] == "challenge" {
            return self.standin.post(&path, json!({ "challenge": "complete" })).await;
        }
        step
    }

    pub async fn by_card(&self, who: usize, typed: &[(&str, &str)], card: &str) -> Option<()> {
        let session = self.start(who, typed).await?;
        self.pay(&session, card).await;
        Some(())
    }

    /// A bank that answers when some time has passed.
    pub async fn by_slow_card(&mut self, who: usize, typed: &[(&str, &str)]) -> Option<()> {
        let session = self.start(who, typed).await?;
        self.pay(&session, SLOW).await;
        self.slow.insert(session, self.date());
        Some(())
    }

    pub async fn keep_card(&self, who: usize, card: &str) -> Option<()> {
        let form = "/account/payment?currency=GBP&what=instalment&keep=yes";
        let page = self.visitors[who].get(form).await;
        if page.status != 200 || !page.body.contains("name=\"consent\" value=\"") {
            return None;
        }
        let consent = between(&page.body, "name=\"consent\" value=\"", "\"").to_owned();
        let typed = [("currency", "GBP"), ("what", "instalment"), ("keep", "yes"), ("consent", consent.as_str())];
        self.by_card(who, &typed, card).await
    }

    pub async fn stop_card(&self, who: usize, by_business: bool) -> Option<()> {
        let card = self.ids(who, "mandates", "'active'").await.pop()?;
        let (visitor, path) = match by_business {
            true => (self.owner(), format!("{}/cards/{card}/stop", self.pages[who])),
            false => (&self.visitors[who], format!("/account/cards/{card}")),
        };
        self.post(visitor, &path, &[]).await;
        Some(())
    }

    /// The day on which a kept card is charged next: three days before, when that is announced, and then that day, perhaps
    /// while the gateway has a bad hour.
    pub async fn charge_day(&mut self, who: usize, bad: bool) -> Option<()> {
        let next = format!(
            "SELECT MIN(i.due_on) FROM instalments i JOIN commitments c ON c.id = i.commitment_id
             JOIN mandates m ON m.commitment_id = c.id AND m.state = 'active' JOIN debtors d ON d.id = c.debtor_id
             WHERE d.reference = 'M-{who}' AND c.state IN ('active', 'missed') AND i.due_on > '{}'
             HAVING COUNT(*) > 0",
            self.day(2)
        );
        let on: chrono::NaiveDate = self.kept.ask(&next).await.pop()?.parse().unwrap();
        let days = |life: &Self, on: chrono::NaiveDate| chrono::TimeDelta::days((on - life.date()).num_days());
        let announced = self.now + days(self, on) - chrono::TimeDelta::days(3);
        if announced > self.now {
            self.go_to(announced).await;
        }
        if bad {
            let fault = self.one_of(&FAULTS);
            *self.told.last_mut().unwrap() += &format!(" {fault}");
            self.standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
            self.standin.post("/sandbox/faults", json!({ "next_charge": fault })).await;
        }
        self.go_to(self.now + days(self, on)).await;
        if bad {
            // Whose answer is not known may not pay the same again meanwhile.
            for one in 0..super::DEBTORS {
                if self.ids(one, "attempts", "'created'").await.is_empty() {
                    continue;
                }
                let page = self.visitors[one].get("/account").await;
                if page.status == 200 {
                    page.sees("Please do not pay it again");
                }
                let all = [("currency", "GBP"), ("what", "everything")];
                assert_eq!(self.start(one, &all).await, None, "M-{one} may pay a second time");
            }
            self.standin.post("/sandbox/faults", json!({ "clear": true })).await;
            self.standin.post("/sandbox/webhooks", json!({ "hold": self.late, "release": !self.late })).await;
            self.minutes(2).await;
            self.minutes(3).await;
        }
        Some(())
    }

    /// The page does not open, or opens all the same; whoever presses again pays once.
    pub async fn bad_page(&mut self, who: usize, typed: &[(&str, &str)]) -> Option<()> {
        if self.visitors[who].get("/account").await.status != 200 {
            return None;
        }
        let fault = self.one_of(&FAULTS);
        *self.told.last_mut().unwrap() += &format!(" {fault}");
        self.standin.post("/sandbox/faults", json!({ "next_create": fault })).await;
        let first = self.post(&self.visitors[who], "/account/payment", typed).await;
        self.standin.post("/sandbox/faults", json!({ "clear": true })).await;
        let known = first.find_location();
        let again = self.start(who, typed).await;
        if known.is_none() {
            // Or the amount cannot be paid at all, however often it is sent.
            let said = &first.body;
            assert!(said.contains("Nothing was taken") || again.is_none(), "{said}");
        }
        if let (Some(first), Some(again)) = (&known, &again) {
            assert!(!first.contains("/c/pay/") || first.ends_with(again), "two pages for one payment");
        }
        self.pay(&again?, GOOD).await;
        Some(())
    }

    /// They come back from the page while the gateway does not say what became of it, and no message comes.
    pub async fn bad_return(&mut self, who: usize, typed: &[(&str, &str)]) -> Option<()> {
        let session = self.start(who, typed).await?;
        self.standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
        let paid = self.pay(&session, GOOD).await;
        let fault = self.one_of(&["500", "429", "reset", "lost"]);
        *self.told.last_mut().unwrap() += &format!(" {fault}");
        self.standin.post("/sandbox/faults", json!({ "next_retrieve": fault, "count": 3 })).await;
        let url = paid["url"].as_str().unwrap();
        let page = self.visitors[who].get(&url[url.find("/account/").unwrap()..]).await.expect(200);
        page.does_not_see("We have received your payment");
        self.standin.post("/sandbox/faults", json!({ "clear": true })).await;
        self.standin.post("/sandbox/webhooks", json!({ "hold": self.late, "release": !self.late })).await;
        self.minutes(2).await;
        Some(())
    }

    /// Messages are kept back while a payment and a refund happen; then each comes twice, the latest first.
    pub async fn turned_round(&self, who: usize, typed: &[(&str, &str)]) -> Option<()> {
        let session = self.start(who, typed).await?;
        let orders = json!({ "hold": true, "duplicate": 1, "reorder": true });
        self.standin.post("/sandbox/webhooks", orders).await;
        self.pay(&session, GOOD).await;
        self.standin.post("/sandbox/refund", json!({ "session": session, "amount": 100 })).await;
        self.standin.post("/sandbox/webhooks", json!({ "hold": self.late, "release": !self.late })).await;
        self.standin.post("/sandbox/webhooks", json!({ "duplicate": 0, "reorder": false })).await;
        Some(())
    }

    /// No message of the gateway arrives until they all come.
    pub async fn messages(&mut self, come: bool) -> Option<()> {
        if self.late != come {
            return None;
        }
        self.late = !come;
        self.standin.post("/sandbox/webhooks", json!({ "hold": !come, "release": come })).await;
        Some(())
    }

    /// Charges of which something is left that nobody contests.
    async fn uncontested(&mut self, who: usize) -> Vec<Value> {
        let mut found = Vec::new();
        for charge in self.standin.charges().await {
            let intent = charge["payment_intent"].as_str().unwrap();
            let known = self.accounts[who].contested.contains_key(intent);
            let left = charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap();
            if left > 0 && !known && self.attempt(&charge).await.who == who {
                found.push(charge);
            }
        }
        found
    }

    /// The business gives back what is left of a payment, or a part of it.
    pub async fn refund(&mut self, who: usize, part: Option<i64>, fails: bool) -> Option<()> {
        let charge = self.uncontested(who).await.pop()?;
        let left = charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap();
        let minor = part.unwrap_or(left).min(left);
        let which = json!({ "payment_intent": charge["payment_intent"], "amount": minor });
        let refund = self.standin.post("/sandbox/refund", which).await["id"].as_str().unwrap().to_owned();
        if fails {
            self.standin.post("/sandbox/refund/fail", json!({ "refund": refund })).await;
        } else {
            self.refunds.push((who, refund));
        }
        Some(())
    }

    /// A refund of some time ago comes back.
    pub async fn refund_fails_later(&mut self) -> Option<()> {
        let (_, refund) = self.refunds.pop()?;
        self.standin.post("/sandbox/refund/fail", json!({ "refund": refund })).await;
        Some(())
    }

    pub async fn chargeback(&mut self, who: usize, part: bool) -> Option<()> {
        let charge = self.uncontested(who).await.pop()?;
        let left = charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap();
        let minor = if part { (left / 3).max(1) } else { left };
        let intent = charge["payment_intent"].as_str().unwrap().to_owned();
        let which = json!({ "payment_intent": intent, "amount": minor });
        let dispute = self.standin.post("/sandbox/dispute", which).await["id"].as_str().unwrap().to_owned();
        if !self.late {
            // Of what was not told nobody can know.
            let kept = self.ids(who, "mandates", "'active'").await;
            self.contested_cards.extend(kept);
        }
        self.accounts[who].contested.insert(intent, Contest { dispute, minor, open: true, paused: true });
        Some(())
    }

    pub async fn bank_decides(&mut self, who: usize, won: bool) -> Option<()> {
        let account = &mut self.accounts[who];
        let (intent, contest) = account.contested.iter_mut().find(|(_, contest)| contest.open)?;
        contest.open = false;
        contest.paused &= !won;
        let (intent, dispute, minor) = (intent.clone(), contest.dispute.clone(), contest.minor);
        let decided = json!({ "dispute": dispute, "outcome": if won { "won" } else { "lost" } });
        self.standin.post("/sandbox/dispute/close", decided).await;
        if won {
            // The money comes once more; it counts as paid when it was paid first.
            let charges = self.standin.charges().await;
            let charge = charges.iter().find(|charge| charge["payment_intent"] == intent).unwrap();
            let account = &mut self.accounts[who];
            let on = account.came.iter().find(|came| charge["id"] == came.key).unwrap().on;
            account.came.push(Came::new(&dispute, on, minor));
        }
        Some(())
    }
}
