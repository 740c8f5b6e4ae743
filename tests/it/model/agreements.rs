//! Agreements: plans that are healed, ended and opened again, and lower amounts.

use super::Life;
use super::check::FLOOR;
use super::pounds;
use kept_tests::town::{between, pairs};

/// A running agreement.
pub struct Running {
    pub id: String,
    pub kind: String,
    pub total: i64,
    pub last: String,
}

impl Life<'_> {
    /// Proposes and confirms, where both can be.
    pub async fn agree(&self, who: usize, form: &str, typed: &[(&'static str, String)]) -> Option<()> {
        let visitor = &self.visitors[who];
        let next = self.post(visitor, form, &pairs(typed)).await.find_location()?;
        let page = visitor.get(&next).await;
        if page.status != 200 || !page.body.contains("name=\"shown\" value=\"") {
            return None;
        }
        let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
        self.post(visitor, &format!("{form}/check"), &pairs(&[typed, &[("shown", shown)]].concat())).await;
        Some(())
    }

    pub async fn plan(&self, who: usize, count: &str) -> Option<()> {
        let typed = [("currency", "GBP"), ("by", "count"), ("count", count), ("frequency", "monthly")];
        let mut typed = typed.map(|(name, text)| (name, text.to_owned())).to_vec();
        typed.push(("first_on", self.day(1)));
        self.agree(who, "/account/plan", &typed).await
    }

    pub async fn promise(&self, who: usize) -> Option<()> {
        let typed = [("currency", "GBP".to_owned()), ("how_much", "all".to_owned()), ("by_on", self.day(5))];
        self.agree(who, "/account/promise", &typed).await
    }

    /// The owner decides on what waits.
    pub async fn answer(&self, who: usize, act: &str) -> Option<()> {
        // A broken one can be offered again.
        let (state, act) = if act == "reopen" { ("'broken'", "counter") } else { ("'proposed'", act) };
        let id = self.ids(who, "commitments", state).await.pop()?;
        let first = self.day(3);
        let offer = [("amount", "150"), ("frequency", "monthly"), ("first_on", &*first)];
        let typed = match act {
            "accept" => &[][..],
            "decline" => &[("reason", "Too long for us")][..],
            _ => &offer[..],
        };
        self.post(self.owner(), &format!("/console/commitments/{id}/{act}"), typed).await;
        Some(())
    }

    /// The debtor says yes or no to an offer, ends an agreement or takes a proposal back.
    pub async fn press(&self, who: usize, state: &str, act: &str) -> Option<()> {
        let id = self.ids(who, "commitments", state).await.pop()?;
        let at = format!("/account/agreements/{id}");
        let page = self.visitors[who].get(&at).await;
        let shown = match page.body.contains("name=\"shown\" value=\"") {
            true => between(&page.body, "name=\"shown\" value=\"", "\"").to_owned(),
            false => String::new(),
        };
        self.post(&self.visitors[who], &at, &[("act", act), ("shown", &shown)]).await;
        Some(())
    }

    pub async fn running(&self, who: usize) -> Option<Running> {
        let sql = format!(
            "SELECT c.id || ' ' || c.kind || ' ' || CAST(c.total_minor AS TEXT) || ' ' || MAX(i.due_on)
             FROM commitments c JOIN debtors d ON d.id = c.debtor_id JOIN instalments i ON i.commitment_id = c.id
             WHERE d.reference = 'M-{who}' AND c.state IN ('active', 'missed') GROUP BY c.id, c.kind, c.total_minor"
        );
        let row = self.kept.ask(&sql).await.pop()?;
        let [id, kind, total, last] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
        Some(Running { id: id.to_owned(), kind: kind.to_owned(), total: total.parse().unwrap(), last: last.to_owned() })
    }

    /// Changes the running plan, where it can change in this way: it asks for what is left, on days to come.
    pub async fn heal(&mut self, who: usize, how: &str) -> Option<()> {
        let before = self.running(who).await?;
        let check = self.visitors[who].get(&format!("/account/plan/change?how={how}&currency=GBP")).await;
        if check.status != 200 {
            return None;
        }
        let shown = between(&check.body, "name=\"shown\" value=\"", "\"").to_owned();
        let typed = [("how", how), ("currency", "GBP"), ("shown", &shown)];
        self.post(&self.visitors[who], "/account/plan/change", &typed).await.expect(303);
        let after = self.running(who).await?;
        if after.id == before.id {
            // It is for the business to decide.
            return Some(());
        }
        let sql = format!(
            "SELECT CAST(SUM(amount_minor) AS TEXT) || ' ' || MIN(due_on) FROM instalments
             WHERE commitment_id = '{}'",
            after.id
        );
        let row = self.kept.ask(&sql).await.remove(0);
        let (sum, first) = row.split_once(' ').unwrap();
        assert_eq!(sum, after.total.to_string(), "{how}");
        assert!(first >= self.today().as_str(), "{how} begins on {first}");
        assert!(after.total <= before.total, "{how} asks for more: {} after {}", after.total, before.total);
        let owed = self.accounts[who].owed();
        assert!(after.total <= owed, "{how} asks for {} of {owed}", after.total);
        assert!(how == "shift" || after.last <= before.last, "{how} lasts until {}", after.last);
        Some(())
    }

    /// What the business does with offers of less.
    pub async fn settlement_rules(&self, below: &str) {
        let (floor, offers) = (FLOOR.to_string(), if below == "nobody" { "person" } else { "rules" });
        let below = if below == "nobody" { "person" } else { below };
        let typed = [("offers", offers), ("below", below), ("floor_1", &*floor), ("counter_1", "80")];
        let more = [("within_1", "14"), ("min_age_1", "10"), ("from_1", "1"), ("up_to_1", "100000")];
        let typed: Vec<(&str, &str)> = typed.into_iter().chain(more).collect();
        self.post(self.owner(), "/console/policy/settlements", &typed).await.leads_to("settlements?done=saved");
    }

    /// Offers so many per cent of what is owed by a day.
    pub async fn offer(&self, who: usize, percent: i64, days: i64) -> Option<()> {
        let minor = self.accounts[who].owed() * percent / 100;
        if minor <= 0 {
            return None;
        }
        let typed = [("currency", "GBP".to_owned()), ("amount", pounds(minor)), ("by_on", self.day(days))];
        self.agree(who, "/account/settlement", &typed).await
    }
}
