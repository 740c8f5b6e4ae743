//! What the business does with money by hand: payments by bank, where they go, what is given back, and what is given up.

use super::cards::FAULTS;
use super::{Came, Life, pounds};
use serde_json::json;

impl Life<'_> {
    /// Recorded today as having arrived some days ago.
    pub async fn by_bank(&mut self, who: usize, minor: i64, days: i64) -> Option<()> {
        let (amount, once, on) = (pounds(minor), self.count(), self.day(days));
        let typed = [("amount", &*amount), ("currency", "GBP"), ("paid_on", &*on), ("reference", ""), ("once", &*once)];
        self.post(self.owner(), &format!("{}/payments", self.pages[who]), &typed).await.expect(303);
        self.accounts[who].came.push(Came::new(&format!("by hand {once}"), on.parse().unwrap(), minor));
        Some(())
    }

    /// A transfer of what the running agreement asks for, so many times.
    pub async fn towards_agreement(&mut self, who: usize, times: i64) -> Option<()> {
        let running = self.running(who).await?;
        let asked =
            format!("SELECT CAST(MAX(amount_minor) AS TEXT) FROM instalments WHERE commitment_id = '{}'", running.id);
        let minor: i64 = self.kept.ask(&asked).await[0].parse().unwrap();
        // To a lower amount it counts if it arrived by its day, however late that is known.
        let late = running.kind == "settlement" && running.last < self.today();
        let days = if late && self.chance.below(2) == 0 {
            (running.last.parse::<chrono::NaiveDate>().unwrap() - self.date()).num_days()
        } else {
            0
        };
        self.by_bank(who, minor * times, days).await
    }

    async fn of_debtor(&self, who: usize, sql: &str) -> Vec<String> {
        self.kept.ask(&sql.replace("WHOSE", &format!("d.reference = 'M-{who}'"))).await
    }

    async fn on_account(&self, who: usize) -> i64 {
        let sql = "SELECT CAST(-SUM(e.amount_minor) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
                   WHERE WHOSE AND e.account = 'on_account' HAVING COUNT(*) > 0";
        self.of_debtor(who, sql).await.first().map_or(0, |minor| minor.parse().unwrap())
    }

    /// A part of a payment pays another invoice from now on, or is on account; the sum is the same.
    pub async fn move_payment(&mut self, who: usize, to_account: bool) -> Option<()> {
        let parts = "SELECT t.id || ' ' || COALESCE(e.invoice_id, '') FROM transfers t
                     JOIN entries e ON e.transfer_id = t.id JOIN debtors d ON d.id = t.debtor_id
                     WHERE WHOSE AND t.kind = 'payment' AND e.account IN ('receivable', 'on_account') ORDER BY t.id, e.seq";
        let parts = self.of_debtor(who, parts).await;
        if parts.is_empty() {
            return None;
        }
        let part = self.one_of(&parts);
        let (payment, from) = part.split_once(' ').unwrap();
        let invoices = "SELECT i.id FROM invoices i JOIN debtors d ON d.id = i.debtor_id WHERE WHOSE ORDER BY i.id";
        let invoices = self.of_debtor(who, invoices).await;
        let to = if to_account { String::new() } else { self.one_of(&invoices) };
        let once = self.count();
        let typed = [("from", from), ("to", &*to), ("amount", ""), ("once", &*once)];
        let answer = self.post(self.owner(), &format!("{}/payments/{payment}", self.pages[who]), &typed).await;
        (answer.status == 303).then_some(())
    }

    pub async fn write_off(&mut self, who: usize, whole: bool) -> Option<()> {
        let invoices = "SELECT i.id FROM invoices i JOIN debtors d ON d.id = i.debtor_id WHERE WHOSE ORDER BY i.id";
        let invoices = self.of_debtor(who, invoices).await;
        let left = "SELECT CAST(SUM(e.amount_minor) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
                    WHERE WHOSE AND e.account = 'receivable'";
        let left: i64 = self.of_debtor(who, left).await[0].parse().unwrap();
        let (invoice, amount, minor) =
            if whole { ("all:GBP".to_owned(), "", left) } else { (self.one_of(&invoices), "10", 1_000) };
        let once = self.count();
        let typed = [("invoice", &*invoice), ("off_amount", amount), ("why", "Agreed"), ("once", &*once)];
        let answer = self.post(self.owner(), &format!("{}/write-offs", self.pages[who]), &typed).await;
        if answer.status != 303 {
            return None;
        }
        let newest = "SELECT t.id FROM transfers t JOIN debtors d ON d.id = t.debtor_id
                      WHERE WHOSE AND t.kind = 'write_off' ORDER BY t.id";
        let id = self.of_debtor(who, newest).await.pop().unwrap();
        let account = &mut self.accounts[who];
        account.written_off += minor;
        account.write_offs.insert(id, minor);
        Some(())
    }

    /// What is left of each write-off once credit notes took the place of a part.
    pub async fn read_write_offs(&mut self, who: usize) {
        let left = "SELECT COALESCE(t.reverses_id, t.id) || ' ' || CAST(-SUM(e.amount_minor) AS TEXT) FROM transfers t
                    JOIN entries e ON e.transfer_id = t.id JOIN debtors d ON d.id = t.debtor_id
                    WHERE WHOSE AND e.account = 'receivable' AND t.kind IN ('write_off', 'reinstated')
                    GROUP BY COALESCE(t.reverses_id, t.id) HAVING SUM(e.amount_minor) <> 0";
        let left = self.of_debtor(who, left).await;
        let of = |row: &String| row.split_once(' ').map(|(id, minor)| (id.to_owned(), minor.parse().unwrap()));
        let account = &mut self.accounts[who];
        account.write_offs = left.iter().filter_map(of).collect();
        assert_eq!(account.write_offs.values().sum::<i64>(), account.written_off, "{:?}", account.write_offs);
    }

    /// Taken back twice it is taken back once.
    pub async fn take_write_off_back(&mut self, who: usize) -> Option<()> {
        let all: Vec<String> = self.accounts[who].write_offs.keys().cloned().collect();
        if all.is_empty() {
            return None;
        }
        let id = self.one_of(&all);
        for _ in 0..2 {
            self.post(self.owner(), &format!("{}/write-offs/{id}", self.pages[who]), &[]).await.expect(303);
        }
        let account = &mut self.accounts[who];
        account.written_off -= account.write_offs.remove(&id).unwrap();
        Some(())
    }

    /// They ask for what they paid ahead; what came by card goes back to it.
    pub async fn ask_for_money(&mut self, who: usize, bad: bool) -> Option<()> {
        if self.on_account(who).await <= 0 {
            return None;
        }
        if bad {
            let fault = self.one_of(&FAULTS);
            *self.told.last_mut().unwrap() += &format!(" {fault}");
            self.standin.post("/sandbox/faults", json!({ "next_refund": fault })).await;
        }
        self.post(&self.visitors[who], "/account/money-back", &[("currency", "GBP")]).await;
        self.kept.run_ok(&["work", "--once"]);
        if bad {
            self.standin.post("/sandbox/faults", json!({ "clear": true })).await;
            self.minutes(2).await;
            self.minutes(2).await;
        }
        Some(())
    }

    /// A person sends it, or agrees with them that it stays.
    pub async fn answer_money(&mut self, who: usize, act: &str) -> Option<()> {
        let wishes = "SELECT m.id || ' ' || CAST(m.amount_minor AS TEXT) FROM money_back m
                      JOIN debtors d ON d.id = m.debtor_id WHERE WHOSE AND m.state = 'asked'";
        let wish = self.of_debtor(who, wishes).await.pop()?;
        let (id, minor) = wish.split_once(' ').unwrap();
        let there = self.on_account(who).await;
        let on = self.today();
        let typed = [("wish", id), ("act", act), ("sent_on", &*on)];
        let answer = self.post(self.owner(), &format!("{}/money-back", self.pages[who]), &typed).await;
        if act == "sent" {
            assert_eq!(answer.status == 303, there > 0, "{} of {there}: {}", wish, answer.status);
            self.accounts[who].sent_back += minor.parse::<i64>().unwrap().min(there).max(0);
        }
        Some(())
    }
}
