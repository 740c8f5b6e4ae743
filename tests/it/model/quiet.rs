//! Pauses of reminders, and those who want none.

use super::Life;
use chrono::{NaiveDate, TimeDelta};

impl Life<'_> {
    /// The business pauses reminders, until a day, until somebody ends it, or for as long as the law gives time.
    pub async fn pause(&mut self, who: usize, kind: &str, days: Option<i64>) -> Option<()> {
        let until = days.map(|days| self.day(days)).unwrap_or_default();
        let typed = [("kind", kind), ("until_on", &*until), ("note", "They rang us")];
        self.post(self.owner(), &format!("{}/holds", self.pages[who]), &typed).await.expect(303);
        let until: Option<NaiveDate> = match kind {
            "breathing_space" => Some(self.date() + TimeDelta::days(60)),
            _ => days.map(|days| self.date() + TimeDelta::days(days)),
        };
        self.note_pause(who, until).await
    }

    /// A breathing space of which the business hears some days after it began.
    pub async fn breathing_space_since(&mut self, who: usize, days_ago: i64) -> Option<()> {
        let from = self.day(-days_ago);
        let typed = [("kind", "breathing_space"), ("from_on", &*from), ("until_on", ""), ("note", "")];
        self.post(self.owner(), &format!("{}/holds", self.pages[who]), &typed).await.expect(303);
        let until = self.date() + TimeDelta::days(60 - days_ago);
        self.note_pause(who, Some(until)).await
    }

    /// Puts the newest pause into the model.
    async fn note_pause(&mut self, who: usize, until: Option<NaiveDate>) -> Option<()> {
        let sql = format!(
            "SELECT h.id FROM holds h JOIN debtors d ON d.id = h.debtor_id WHERE d.reference = 'M-{who}' ORDER BY h.id"
        );
        let id = self.kept.ask(&sql).await.pop()?;
        self.accounts[who].holds.insert(id, until);
        Some(())
    }

    pub async fn end_pause(&mut self, who: usize) -> Option<()> {
        let went_back = format!(
            "SELECT h.id || ' ' || h.about FROM holds h JOIN debtors d ON d.id = h.debtor_id
             WHERE d.reference = 'M-{who}' AND h.reason IN ('chargeback', 'refund') AND h.ended_at_ms IS NULL"
        );
        let mut all: Vec<String> = self.accounts[who].holds.keys().cloned().collect();
        all.extend(self.kept.ask(&went_back).await);
        if all.is_empty() {
            return None;
        }
        let one = self.one_of(&all);
        let (id, about) = one.split_once(' ').unwrap_or((&one, ""));
        self.post(self.owner(), &format!("{}/holds/{id}/end", self.pages[who]), &[]).await.expect(303);
        let account = &mut self.accounts[who];
        account.holds.remove(id);
        account.refund_holds.remove(id);
        for contest in account.contested.values_mut().filter(|c| about == format!("stripe:{}", c.dispute)) {
            contest.paused = false;
        }
        Some(())
    }

    /// They cannot afford it now; reminders pause for 30 days and until that is answered.
    pub async fn hardship(&mut self, who: usize) -> Option<()> {
        let count = format!(
            "SELECT h.id FROM holds h JOIN debtors d ON d.id = h.debtor_id
             WHERE d.reference = 'M-{who}' AND h.reason = 'hardship'"
        );
        let before = self.kept.ask(&count).await.len();
        self.post(&self.visitors[who], "/account/hardship", &[("currency", "GBP"), ("words", "Not now")]).await;
        if self.kept.ask(&count).await.len() == before {
            return None;
        }
        let until = self.date() + TimeDelta::days(30);
        self.note_pause(who, Some(until)).await
    }

    /// They want reminders, or none, on their own page.
    pub async fn choose_mail(&mut self, who: usize, wanted: bool) -> Option<()> {
        let all = [("language", "en"), ("reminders", "email")];
        let typed = if wanted { &all[..] } else { &all[..1] };
        let at = self.post(&self.visitors[who], "/account/preferences", typed).await.find_location()?;
        if !at.contains("saved=1") {
            return None;
        }
        self.accounts[who].opted_out = !wanted;
        Some(())
    }
}
