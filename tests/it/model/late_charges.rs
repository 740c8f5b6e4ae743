//! What the law adds to invoices of the one of them that is a company: claimed, given up, and taken back by itself.

use super::{Life, pounds};
use serde_json::Value;
use std::collections::BTreeMap;

/// The one that is a company.
pub const COMPANY: usize = 0;

impl Life<'_> {
    /// By the law of the United Kingdom, with rates for the years in which these lives are told.
    pub async fn claim_late_charges(&self) {
        let at = "/console/policy/late-charges";
        self.post(self.owner(), at, &[("act", "save"), ("preset", "uk-1998")]).await.expect(303);
        for year in 2025..2030 {
            for day in ["06-30", "12-31"] {
                let on = format!("{year}-{day}");
                let typed = [("act", "rate"), ("of", "uk-1998"), ("rate_on", &*on), ("rate", "4.25")];
                self.post(self.owner(), at, &typed).await;
            }
        }
    }

    /// What was claimed, given up, and taken back of each of their invoices, by the ledger.
    async fn charges(&self, who: usize) -> BTreeMap<String, [i64; 3]> {
        let sql = format!(
            "SELECT e.invoice_id || ' ' || t.kind || ' ' || CAST(SUM(e.amount_minor) AS TEXT) FROM entries e
             JOIN transfers t ON t.id = e.transfer_id JOIN debtors d ON d.id = e.debtor_id
             WHERE d.reference = 'M-{who}' AND e.account = 'late_charges' GROUP BY e.invoice_id, t.kind"
        );
        let mut found: BTreeMap<String, [i64; 3]> = BTreeMap::new();
        for row in self.kept.ask(&sql).await {
            let [invoice, kind, minor] = row.split(' ').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let at = ["late_charge", "late_charge_waived", "late_charge_taken_back"].iter().position(|k| *k == kind);
            found.entry(invoice.to_owned()).or_default()[at.unwrap()] += minor.parse::<i64>().unwrap().abs();
        }
        found
    }

    /// What was taken back nobody asked for: it is read, and held to what was claimed.
    pub async fn read_charges(&mut self) {
        for who in 0..self.accounts.len() {
            let charges = self.charges(who).await;
            let sum = |n: usize| charges.values().map(|charge| charge[n]).sum::<i64>();
            let account = &mut self.accounts[who];
            assert_eq!((account.claimed, account.waived), (sum(0), sum(1)), "M-{who}");
            assert!(sum(2) >= account.charge_taken_back, "M-{who}: what was taken back stays so");
            account.charge_taken_back = sum(2);
            for (invoice, [claimed, waived, back]) in charges {
                assert!(claimed >= waived + back, "{invoice}: {claimed} claimed, {waived} given up, {back} taken back");
            }
        }
    }

    /// What is worked out for an invoice until yesterday, by the command line.
    async fn worked_out(&self, number: &str) -> i64 {
        let told = self.kept.run_json(&["late-charges", "--debtor", &format!("M-{COMPANY}")]);
        let mut all = told["debtors"].as_array().unwrap().iter().flat_map(|d| d["invoices"].as_array().unwrap());
        let of = all.find(|i| i["number"] == number).unwrap_or(&Value::Null);
        of["interest_minor"].as_i64().unwrap_or(0) + of["fixed_minor"].as_i64().unwrap_or(0)
    }

    /// What the console's page offers to claim is claimed, once.
    pub async fn late_charge(&mut self, who: usize) -> Option<()> {
        let at = format!("{}/late-charges", self.pages[who]);
        let page = self.owner().get(&at).await.expect(200).body;
        let quiet = self.accounts[who].holds.values().any(|until| until.is_none_or(|until| self.date() <= until));
        let seen = page.split("name=\"seen\" value=\"").nth(1)?;
        assert!(who == COMPANY && !quiet, "M-{who} is charged: {quiet}");
        let seen: i64 = seen.split('"').next().unwrap().parse().unwrap();
        let before = page.split("name=\"seen\"").next().unwrap();
        let id = before.rsplit("name=\"invoice\" value=\"").next().unwrap().split('"').next().unwrap().to_owned();
        let typed = [("invoice", &*id), ("seen", &*seen.to_string())];
        self.post(self.owner(), &at, &typed).await.expect(303);
        self.post(self.owner(), &at, &typed).await.expect(422);
        self.accounts[who].claimed += seen;
        let number = self.kept.ask(&format!("SELECT number FROM invoices WHERE id = '{id}'")).await.remove(0);
        let worked = self.worked_out(&number).await;
        let [claimed, waived, back] = self.charges(who).await[&id];
        // What was given up stays given up, whatever was added since.
        assert_eq!(claimed - waived - back, (worked - waived).max(0), "{number}: {claimed} {waived} {back}");
        Some(())
    }

    /// All of a charge is given up, or a little of it.
    pub async fn waive(&mut self, who: usize, whole: bool) -> Option<()> {
        let charges = self.charges(who).await;
        let standing: Vec<String> =
            charges.iter().filter(|(_, c)| c[0] - c[1] - c[2] > 0).map(|(id, _)| id.clone()).collect();
        if standing.is_empty() {
            return None;
        }
        let id = self.one_of(&standing);
        let amount = if whole { String::new() } else { pounds(3) };
        let once = self.count();
        let typed = [("invoice", &*id), ("waived", &*amount), ("why", "A good customer"), ("once", &*once)];
        let answer = self.post(self.owner(), &format!("{}/late-charges/waive", self.pages[who]), &typed).await;
        if answer.status != 303 {
            // All of it is written off or settled: nothing is left to give up.
            return None;
        }
        let [claimed, waived, back] = charges[&id];
        let now = self.charges(who).await[&id];
        let given_up = now[1] - waived;
        assert!(given_up > 0 && given_up <= claimed - waived - back && (whole || given_up == 3), "{now:?}");
        self.accounts[who].waived += given_up;
        Some(())
    }
}
