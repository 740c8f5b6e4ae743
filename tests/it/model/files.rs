//! What comes in files: invoices, credit notes, bank statements.

use super::{Came, Life, pounds};
use kept_domain::reference::PaymentReference;
use kept_tests::town::file;
use serde_json::{Value, json};
use std::path::Path;

impl Life<'_> {
    pub fn invoice(&mut self, who: usize, minor: i64, due: i64) {
        let n = self.count();
        let (issued, due, amount) = (self.day(-60), self.day(due), pounds(minor));
        let bill = format!("number,debtor,issued,due,amount\nM{n}-{who},M-{who},{issued},{due},{amount}\n");
        let path = file(self.kept, "bill.csv", bill);
        self.kept.run_ok(&["import", "invoices", &path, "--currency", "GBP", "--date-format", "ymd"]);
        self.accounts[who].invoiced += minor;
    }

    /// A credit note on one of their invoices, so many times 61.50.
    pub async fn credit_note(&mut self, who: usize, times: i64) -> Option<()> {
        let numbers = format!(
            "SELECT i.number FROM invoices i JOIN debtors d ON d.id = i.debtor_id WHERE d.reference = 'M-{who}'
             ORDER BY i.id"
        );
        let number = self.kept.ask(&numbers).await;
        let (number, n) = (self.one_of(&number), self.count());
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/data/einvoices/ubl-credit-note.xml");
        let mut text = std::fs::read_to_string(sample).unwrap();
        for (from, to) in [
            ("HJ-C1", format!("C{n}")),
            ("HJ-2001", number.clone()),
            ("2026-09-15", self.today()),
            ("C-17", format!("M-{who}")),
            ("DE123456789", format!("DE12345678{who}")),
            ("Buchhandlung Sommer GmbH", format!("Person {who}")),
            ("EUR", "GBP".to_owned()),
            ("61.50", pounds(6_150 * times)),
            ("11.50", pounds(1_150 * times)),
            ("50.00", pounds(5_000 * times)),
            (">50<", format!(">{}<", 50 * times)),
        ] {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, &to);
        }
        let path = file(self.kept, &format!("credit-{n}.xml"), text);
        let stands = format!(
            "SELECT CAST(SUM(e.amount_minor) AS TEXT) || ' '
               || CAST(-SUM(CASE WHEN t.kind IN ('write_off', 'reinstated') THEN e.amount_minor ELSE 0 END) AS TEXT)
               || ' ' || CAST(-SUM(CASE WHEN t.kind LIKE '%discount%' THEN e.amount_minor ELSE 0 END) AS TEXT)
             FROM entries e JOIN transfers t ON t.id = e.transfer_id JOIN invoices i ON i.id = e.invoice_id
             WHERE i.number = '{number}' AND e.account IN ('receivable', 'late_charges')"
        );
        let stands = self.kept.ask(&stands).await.remove(0);
        let [left, written_off, discounted] =
            stands.split(' ').map(|minor| minor.parse().unwrap()).collect::<Vec<i64>>()[..]
        else {
            panic!("{stands}")
        };
        let done = self.import_documents(&path);
        // More than the invoice asks for is refused.
        if done["imported"] == 1 {
            // What nobody pays any more is not given back: the credit takes its place.
            let instead = (6_150 * times - left.max(0)).clamp(0, written_off + discounted).min(written_off);
            let account = &mut self.accounts[who];
            account.credited += 6_150 * times;
            account.written_off -= instead;
            self.credit_notes.push(path);
            self.read_write_offs(who).await;
        } else {
            let reason = done["problems"][0]["reason"].as_str().unwrap();
            assert!(reason.contains("less what was credited before"), "{done:#}");
        }
        Some(())
    }

    fn import_documents(&self, path: &str) -> Value {
        let output = self.kept.run(&["import", "invoices", "--json", path]);
        let said = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    pub async fn same_credit_note(&mut self) -> Option<()> {
        let path = self.credit_notes.last()?;
        let done = self.import_documents(path);
        assert_eq!((&done["imported"], &done["unchanged"]), (&json!(0), &json!(1)), "{done:#}");
        Some(())
    }

    /// A bank statement with a transfer that names their reference, of each who is named.
    pub async fn statement(&mut self, payers: &[usize], minor: i64, days: i64) -> Option<()> {
        let (on, amount, name) = (self.day(days), pounds(minor), self.count());
        let mut text = String::from("Date,Payer,Payer account,Description,Amount\n");
        let mut accounts = Vec::new();
        for who in payers {
            let id = self.pages[*who].rsplit('/').next().unwrap();
            let reference = PaymentReference::of(&id.into()).grouped();
            let account = format!("ACC{}", self.count());
            text.push_str(&format!("{on},A friend,{account},{reference},{amount}\n"));
            accounts.push(account);
        }
        let path = file(self.kept, &format!("bank-{name}.csv"), text);
        let done = self.kept.run_json(&["import", "statement", &path]);
        let lines = done["lines"].as_array().unwrap();
        for ((who, account), line) in payers.iter().zip(accounts).zip(lines) {
            if line["state"] == "booked" {
                let on = on.parse().unwrap();
                self.accounts[*who].came.push(Came::new(&account, on, minor));
            }
        }
        self.statements.push(path);
        Some(())
    }

    pub async fn same_statement(&mut self) -> Option<()> {
        let path = self.statements.last()?;
        let done = self.kept.run_json(&["import", "statement", path]);
        let lines = std::fs::read_to_string(path).unwrap().lines().count() - 1;
        assert_eq!((&done["booked"], &done["unchanged"]), (&json!(0), &json!(lines)), "{done:#}");
        Some(())
    }

    /// The newest line that is booked as their payment.
    async fn booked_line(&self, who: usize) -> Option<String> {
        let sql = format!(
            "SELECT l.id FROM statement_lines l JOIN debtors d ON d.id = l.debtor_id
             WHERE d.reference = 'M-{who}' AND l.state = 'booked' AND l.direction = 'arrived' ORDER BY l.id"
        );
        self.kept.ask(&sql).await.pop()
    }

    /// The bank takes a transfer back, and a person says whose it was.
    pub async fn bank_takes_back(&mut self, who: usize) -> Option<()> {
        let line = self.booked_line(who).await?;
        let minor = format!("SELECT CAST(amount_minor AS TEXT) FROM statement_lines WHERE id = '{line}'");
        let minor: i64 = self.kept.ask(&minor).await[0].parse().unwrap();
        let (on, n, amount) = (self.today()[2..].replace('-', ""), self.count(), pounds(minor).replace('.', ","));
        let text = format!(
            ":20:A\n:25:1/2\n:60F:C{on}GBP0,00\n:61:{on}RC{amount}NTRFNONREF//BACK{n}\n:86:166?20BACK{n}?32A friend\n\
             :62F:C{on}GBP0,00\n-\n"
        );
        let path = file(self.kept, &format!("bank-{n}.sta"), text);
        let done = self.kept.run_json(&["import", "statement", &path]);
        assert_eq!((&done["suggested"], &done["booked"]), (&json!(1), &json!(0)), "{done:#}");
        let line = "SELECT id FROM statement_lines WHERE direction = 'taken_back' ORDER BY id";
        let line = self.kept.ask(line).await.pop().unwrap();
        let debtor = self.pages[who].rsplit('/').next().unwrap();
        let typed = [("act", "confirm"), ("debtor", debtor)];
        let done = self.post(self.owner(), &format!("/console/statements/lines/{line}"), &typed).await;
        if done.status != 303 {
            // It had been taken back before, or a part of it was given back.
            return Some(());
        }
        let of = format!(
            "SELECT l.payer_account FROM statement_lines b JOIN transfers t ON t.id = b.transfer_id
             JOIN statement_lines l ON l.transfer_id = t.reverses_id WHERE b.id = '{line}'"
        );
        let of = self.kept.ask(&of).await.remove(0);
        let came = &mut self.accounts[who].came;
        came.iter_mut().rfind(|came| came.key == of && came.minor == minor).unwrap().minor = 0;
        Some(())
    }

    /// The newest booking of a line is taken out of the books; then it may be somebody else's payment.
    pub async fn undo_line(&mut self, who: usize, whose: Option<usize>) -> Option<()> {
        let id = self.booked_line(who).await?;
        let line =
            format!("SELECT payer_account || ' ' || CAST(amount_minor AS TEXT) FROM statement_lines WHERE id = '{id}'");
        let line = self.kept.ask(&line).await.remove(0);
        let (key, whole) = line.split_once(' ').unwrap();
        let path = format!("/console/statements/lines/{id}");
        let undone = self.post(self.owner(), &path, &[("act", "undo")]).await;
        if undone.status != 303 {
            // All of it was sent back, or the bank took it.
            assert!(undone.body.contains("stays taken back"), "{}", undone.body);
            return None;
        }
        let taken_out = "SELECT CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'undone' ORDER BY id";
        let taken_out: i64 = self.kept.ask(taken_out).await.pop().unwrap().parse().unwrap();
        let account = &mut self.accounts[who];
        let came = account.came.iter_mut().rfind(|came| came.key == key).unwrap();
        // What was sent back of it is not taken out once more.
        assert!((1..=came.minor).contains(&taken_out), "{taken_out} of {came:?}");
        assert!(came.minor - taken_out <= account.sent_back, "{taken_out} of {came:?}");
        came.minor -= taken_out;
        let (on, minor) = (came.on, whole.parse().unwrap());
        if let Some(whose) = whose {
            let debtor = self.pages[whose].rsplit('/').next().unwrap();
            self.post(self.owner(), &path, &[("act", "confirm"), ("debtor", debtor)]).await.expect(303);
            self.accounts[whose].came.push(Came::new(key, on, minor));
        }
        Some(())
    }
}
