//! The ways in which an amount goes wrong after the first payment, each looked at on every surface: all of them say the same.

use kept_tests::paper::{scan, scan_path, unpack, words};
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{POSTCODE, between, day, file, pairs, plan, with_file, working_hour};
use kept_tests::{Kept, Visitor, both};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What has happened to an account of two overdue invoices, of 400.00 and 200.00: what is left to pay after it, what of that is
/// asked for now and what is on hold, in minor units, and whether a reminder of it leaves.
#[derive(Clone)]
struct Way {
    name: &'static str,
    asked: i64,
    now: i64,
    held: i64,
    reminded: bool,
}

/// A way that is built later is a row here and an arm of [`Scene::play`].
const WAYS: [Way; 12] = [
    Way { name: "part", asked: 47_655, now: 47_655, held: 0, reminded: true },
    Way { name: "part-of-disputed", asked: 7_655, now: 7_655, held: 40_000, reminded: true },
    Way { name: "credited-after-payment", asked: 37_655, now: 37_655, held: 0, reminded: true },
    Way { name: "refunded-in-part", asked: 45_000, now: 45_000, held: 0, reminded: true },
    Way { name: "charged-back", asked: 60_000, now: 60_000, held: 0, reminded: false },
    Way { name: "overpaid", asked: 23_000, now: 23_000, held: 0, reminded: true },
    Way { name: "plan-running", asked: 45_000, now: 15_000, held: 0, reminded: false },
    Way { name: "settlement-agreed", asked: 50_000, now: 35_000, held: 0, reminded: false },
    Way { name: "written-off-in-part", asked: 45_000, now: 45_000, held: 0, reminded: true },
    Way { name: "moved", asked: 45_000, now: 45_000, held: 0, reminded: true },
    // And what the law adds until yesterday, less 20.00 of it that are given up.
    Way { name: "late-charged", asked: 60_000, now: 60_000, held: 0, reminded: true },
    Way { name: "late-charge-waived", asked: 58_000, now: 58_000, held: 0, reminded: true },
];

/// By e-mail, by text message, and on paper: nobody has two.
const CHANNELS: [(&str, &str); 3] = [("email", "mail"), ("sms", "text"), ("letter", "post")];

fn euros(minor: i64) -> String {
    format!("€{}.{:02}", minor / 100, minor % 100)
}

/// Every amount in a text.
fn amounts(text: &str) -> Vec<String> {
    let of = |rest: &str| {
        let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',' || *c == '.').collect();
        format!("€{}", digits.trim_end_matches(['.', ',']))
    };
    text.split('€').skip(1).map(of).collect()
}

/// The amount of the transfer that a banking app reads from a code (EPC069-12), in cents.
fn sepa(code: &str) -> i64 {
    assert!(code.starts_with("BCD\n002\n1\nSCT\n") && code.contains("\nDE89370400440532013000\n"), "{code}");
    code.split('\n').nth(7).unwrap().strip_prefix("EUR").unwrap().replace('.', "").parse().unwrap()
}

struct Scene<'a> {
    kept: &'a Kept,
    owner: Visitor,
    standin: Standin,
}

impl Scene<'_> {
    async fn one(&self, sql: String) -> String {
        let mut found = self.kept.ask(&sql).await;
        assert!(!found.is_empty(), "{sql}");
        found.remove(0)
    }

    async fn page(&self, who: &str) -> String {
        format!("/console/debtors/{}", self.one(format!("SELECT id FROM debtors WHERE reference = '{who}'")).await)
    }

    async fn invoice(&self, who: &str, which: &str) -> String {
        self.one(format!("SELECT id FROM invoices WHERE number = '{who}-{which}'")).await
    }

    async fn pay(&self, who: &str, amount: &str) {
        let on = day(0);
        let typed = [("amount", amount), ("currency", "EUR"), ("paid_on", &on), ("reference", ""), ("once", amount)];
        self.owner.post_form(&format!("{}/payments", self.page(who).await), &typed).await.expect(303);
    }

    /// Pays a part of it by card; the gateway's id of the page.
    async fn pay_by_card(&self, who: &str, debtor: &Visitor, amount: &str) -> String {
        let typed = [("currency", "EUR"), ("what", "part"), ("amount", amount)];
        let page = debtor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
        self.standin.pay(&page).await;
        self.wait(who, "payment").await;
        page.rsplit('/').next().unwrap().to_owned()
    }

    async fn wait(&self, who: &str, kind: &str) {
        let sql = format!(
            "SELECT t.kind FROM transfers t JOIN debtors d ON d.id = t.debtor_id
             WHERE d.reference = '{who}' AND t.kind = '{kind}'"
        );
        wait_for(self.kept, &sql, &[kind]).await;
    }

    async fn dispute(&self, who: &str, debtor: &Visitor, scope: (&str, &str, &str)) -> String {
        let (scope, field, text) = scope;
        let field: &'static str = if field == "amount" { "amount" } else { "invoices" };
        let texts = [("currency", "EUR"), ("reason", "quality"), ("scope", scope), (field, text), ("words", "Torn")];
        debtor.post_multipart("/account/dispute", with_file(&texts, "", b"")).await.expect(303);
        let sql = format!(
            "SELECT x.id FROM disputes x JOIN debtors d ON d.id = x.debtor_id WHERE d.reference = '{who}' ORDER BY x.id DESC"
        );
        self.one(sql).await
    }

    /// Claims what the law adds to the larger invoice; minor units.
    async fn charge(&self, who: &str) -> i64 {
        let told = self.kept.run_json(&["late-charges", "--debtor", who]);
        let invoice = &told["debtors"][0]["invoices"][0];
        assert_eq!(invoice["number"], format!("{who}-a"), "{told}");
        let minor = invoice["interest_minor"].as_i64().unwrap() + invoice["fixed_minor"].as_i64().unwrap();
        assert!(minor > 4_000, "{told}");
        let typed = [("invoice", &*self.invoice(who, "a").await), ("seen", &*minor.to_string())];
        self.owner.post_form(&format!("{}/late-charges", self.page(who).await), &typed).await.expect(303);
        minor
    }

    /// Lets it happen; what was added to what is owed, where the day decides on that.
    async fn play(&self, way: &str, who: &str, debtor: &Visitor) -> i64 {
        match way {
            "late-charged" => return self.charge(who).await,
            "late-charge-waived" => {
                let minor = self.charge(who).await;
                let typed =
                    [("invoice", &*self.invoice(who, "a").await), ("waived", "20"), ("why", "Once"), ("once", "1")];
                self.owner.post_form(&format!("{}/late-charges/waive", self.page(who).await), &typed).await.expect(303);
                return minor;
            }
            "part" => self.pay(who, "123.45").await,
            "part-of-disputed" => {
                let invoice = self.invoice(who, "a").await;
                self.dispute(who, debtor, ("invoices", "invoices", &invoice)).await;
                self.pay(who, "123.45").await;
            }
            "credited-after-payment" => {
                self.pay(who, "123.45").await;
                let dispute = self.dispute(who, debtor, ("amount", "amount", "100")).await;
                let decided = [("outcome", "uphold"), ("reason", "You are right")];
                self.owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &decided).await.expect(303);
            }
            "refunded-in-part" => {
                let session = self.pay_by_card(who, debtor, "200").await;
                self.standin.post("/sandbox/refund", json!({ "session": session, "amount": 5_000 })).await;
                self.wait(who, "refund").await;
                // A person has looked, and asks for it again.
                let of = format!("FROM holds h JOIN debtors d ON d.id = h.debtor_id WHERE d.reference = '{who}'");
                let debtor = self.one(format!("SELECT d.id {of}")).await;
                let hold = self.one(format!("SELECT h.id {of}")).await;
                self.owner.post_form(&format!("/console/debtors/{debtor}/holds/{hold}/end"), &[]).await.expect(303);
            }
            "charged-back" => {
                let session = self.pay_by_card(who, debtor, "200").await;
                self.standin.post("/sandbox/dispute", json!({ "session": session })).await;
                self.wait(who, "chargeback").await;
            }
            "overpaid" => {
                self.pay(who, "650").await;
                let next = format!("number,debtor,issued,due,amount\n{who}-c,{who},{},{},280\n", day(-30), day(-10));
                let next = file(self.kept, "next.csv", next);
                self.kept.run_ok(&["import", "invoices", &next, "--currency", "EUR", "--date-format", "ymd"]);
            }
            "plan-running" => {
                let mut typed = plan();
                typed.iter_mut().find(|(name, _)| *name == "currency").unwrap().1 = "EUR".to_owned();
                let confirmed = debtor.check("/account/plan", &typed).await;
                debtor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
                self.pay(who, "150").await;
            }
            "settlement-agreed" => {
                let typed = [("currency", "EUR".to_owned()), ("amount", "450".to_owned()), ("by_on", day(10))];
                let confirmed = debtor.check("/account/settlement", &typed).await;
                debtor.post_form("/account/settlement/check", &pairs(&confirmed)).await.expect(303);
                self.pay(who, "100").await;
            }
            "written-off-in-part" => {
                let invoice = self.invoice(who, "a").await;
                let typed = [("invoice", &*invoice), ("off_amount", "150"), ("why", "Agreed by phone"), ("once", "1")];
                self.owner.post_form(&format!("{}/write-offs", self.page(who).await), &typed).await.expect(303);
            }
            "moved" => {
                self.pay(who, "150").await;
                let (a, b) = (self.invoice(who, "a").await, self.invoice(who, "b").await);
                let payment = self.one(format!(
                    "SELECT t.id FROM transfers t JOIN debtors d ON d.id = t.debtor_id
                     WHERE d.reference = '{who}' AND t.kind = 'payment'"
                ));
                let at = format!("{}/payments/{}", self.page(who).await, payment.await);
                let typed = [("from", &*a), ("to", &*b), ("amount", "50"), ("once", "1")];
                self.owner.post_form(&at, &typed).await.expect(303);
            }
            other => panic!("{other} is not played yet"),
        }
        0
    }

    /// What is left on each invoice, as it is shown.
    async fn invoices(&self, who: &str) -> Vec<String> {
        let sql = format!(
            "SELECT CAST(SUM(e.amount_minor) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
             WHERE d.reference = '{who}' AND e.account = 'receivable' GROUP BY e.invoice_id"
        );
        self.kept.ask(&sql).await.iter().map(|minor| euros(minor.parse().unwrap())).collect()
    }

    async fn look(&self, way: &Way, who: &str, debtor: &Visitor) {
        let (asked, balance) = (euros(way.asked), euros(way.asked + way.held));
        let what = format!("{who}: {asked}");
        let account = debtor.get("/account").await.expect(200);
        assert_eq!(between(&account.body, "<p class=\"left\"><span class=\"amount\">", "<"), asked, "{what}");
        let on_hold = account.body.contains("On hold while we look into it");
        assert_eq!(on_hold, way.held > 0, "{what}");
        let pay = debtor.get("/account/payment").await.expect(200).sees(&format!("Everything, {asked}"));
        // Whoever pays in instalments is asked for the next one.
        assert_eq!(between(&pay.body, "<dt>Amount</dt><dd>", "<"), euros(way.now), "{what}: the bank transfer");
        let code = scan_path(between(&pay.body, "class=\"qr-paper\"></path><path d=\"", "\""));
        assert_eq!(sepa(&code), way.now, "{what}: {code}");
        let plan = debtor.get("/account/plan").await.expect(200);
        assert_eq!(between(&plan.body, "<strong class=\"nowrap\">", "<"), asked, "{what}: instalments");
        let statement = debtor.get("/account/statement").await.expect(200);
        let closing = statement.body.rsplit("<dt>Left to pay</dt>").next().unwrap();
        assert!(closing.contains(&balance) && statement.body.contains("<dt>Left to pay</dt>"), "{what}: {closing}");
        let console = self.owner.get(&self.page(who).await).await.expect(200);
        assert_eq!(between(&console.body, "<dt>Owes</dt><dd><span class=\"amount\">", "<"), balance, "{what}: console");
        let said = self.kept.run_json(&["statement", "--debtor", who]);
        assert_eq!(said["accounts"][0]["closing_minor"], way.asked + way.held, "{what}: {said}");
    }

    /// The words of the reminder that left, if one did.
    async fn reminder(&self, who: &str, channel: &str) -> Option<String> {
        let sql = format!(
            "SELECT c.body FROM contacts c JOIN debtors d ON d.id = c.debtor_id WHERE d.reference = '{who}'
             AND c.purpose = 'reminder' AND c.channel = '{channel}' AND c.state = 'sent'"
        );
        let mut found = self.kept.ask(&sql).await;
        assert!(found.len() < 2, "{found:?}");
        found.pop()
    }
}

both!(every_surface_says_the_same_after_whatever_has_happened, async |kept| {
    let added = kept.run_json(&[
        "business",
        "add",
        "Alder Tools",
        "--owner",
        "Ada",
        "--email",
        "ada@alder.example",
        "--currency",
        "EUR",
    ]);
    let mut people = String::from("reference,name,email,phone,address,postcode,country,kind\n");
    let mut bills = String::from("number,debtor,issued,due,amount\n");
    for (n, way) in WAYS.iter().enumerate() {
        for (at, (channel, tag)) in CHANNELS.iter().enumerate() {
            let who = format!("{}-{tag}", way.name);
            let email = if *channel == "email" { format!("{who}@example.com") } else { String::new() };
            let phone = if *channel == "sms" { format!("+447911123{n:02}{at}") } else { String::new() };
            let kind = if way.name.starts_with("late") { "company" } else { "person" };
            writeln!(people, "{who},Person {who},{email},{phone},\"12 Water Lane, Leeds\",{POSTCODE},GB,{kind}")
                .unwrap();
            for (bill, amount) in [("a", "400.00"), ("b", "200.00")] {
                writeln!(bills, "{who}-{bill},{who},{},{},{amount}", day(-70), day(-40)).unwrap();
            }
        }
    }
    let (people, bills) = (file(kept, "people.csv", people), file(kept, "bills.csv", bills));
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "EUR", "--date-format", "ymd"]);
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    let standin = Standin::start();
    standin.serve(kept).await;
    let owner = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    owner.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    let bank = [("holder", "Alder Tools"), ("iban", "DE89370400440532013000"), ("bic", ""), ("local", "")];
    owner.post_form("/console/policy/bank", &bank).await.expect(303);
    let settlements = [
        ("offers", "rules"),
        ("below", "counter"),
        ("floor_1", "61"),
        ("counter_1", "83"),
        ("within_1", "14"),
        ("min_age_1", "30"),
        ("from_1", "100"),
        ("up_to_1", "10000"),
    ];
    owner.post_form("/console/policy/settlements", &settlements).await.expect(303);
    owner.post_form("/console/policy/late-charges", &[("act", "save"), ("preset", "eu-2011-7")]).await.expect(303);
    for half in ["01-01", "07-01"] {
        for year in [&day(0)[..4], &day(-365)[..4]] {
            let on = format!("{year}-{half}");
            let rate = [("act", "rate"), ("of", "eu-2011-7"), ("rate_on", &*on), ("rate", "2.00")];
            // The file may have it.
            assert!([303, 422].contains(&owner.post_form("/console/policy/late-charges", &rate).await.status.as_u16()));
        }
    }
    let links = kept.run_json(&["links"]);
    let served = kept.url.clone();
    let scene = Scene { kept, owner, standin };
    let mut address = 0;
    let mut ways = Vec::new();
    for way in &WAYS {
        let mut now = way.clone();
        for (_, tag) in CHANNELS {
            let who = format!("{}-{tag}", way.name);
            let row = links.as_array().unwrap().iter().find(|row| row["debtor"] == *who).unwrap();
            let token = row["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            address += 1;
            let debtor = scene.kept.visitor_from(&format!("10.0.0.{address}"));
            debtor.open(&format!("/l/{token}")).await;
            let added = scene.play(way.name, &who, &debtor).await;
            now = Way { asked: way.asked + added, now: way.now + added, ..way.clone() };
            scene.look(&now, &who, &debtor).await;
        }
        ways.push(now);
    }
    // What leaves: a list for letters of one's own, and every reminder.
    let csv = scene.kept.run_ok(&["links", "--csv"]);
    let at = working_hour();
    let run = |args: &[&str]| {
        let mut command = scene.kept.command(args);
        command.env("KEPT_NOW", &at).env("KEPT_PUBLIC_URL", &served).env("KEPT_SMS_FOLDER", "sms");
        let output = command.output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "kept {args:?}: {out}{err}");
        out.into_owned()
    };
    run(&["work", "--once"]);
    let batch: Value = serde_json::from_str(&run(&["letters", "batch", "--json"])).unwrap();
    let letters = unpack(batch["batch"].as_str().unwrap());
    assert_eq!(batch["sheets"].as_u64(), Some(letters.len() as u64 - 1), "each on one sheet: {batch}");
    for way in &ways {
        for (channel, tag) in CHANNELS {
            let who = format!("{}-{tag}", way.name);
            let listed = csv.lines().find(|line| line.starts_with(&format!("{who},"))).unwrap();
            assert!(listed.contains(&format!(",{},EUR,", way.asked + way.held)), "{listed}");
            let said = scene.reminder(&who, channel).await;
            assert_eq!(said.is_some(), way.reminded, "{who} by {channel}: {said:?}");
            let Some(said) = said else { continue };
            let (asked, mut right) = (euros(way.asked), scene.invoices(&who).await);
            right.push(asked.clone());
            let told = amounts(&said);
            assert!(told.iter().all(|amount| right.contains(amount)), "{who}: {told:?}, not {right:?}: {said}");
            // A text message tells no amount: anybody may see it.
            assert_eq!(told.contains(&asked), channel != "sms", "{who} is asked for {asked}: {said}");
            if channel != "letter" {
                continue;
            }
            let sql = format!(
                "SELECT l.contact_id FROM letters l JOIN debtors d ON d.id = l.debtor_id WHERE d.reference = '{who}'"
            );
            let pdf = &letters[&format!("{}.pdf", scene.one(sql).await)];
            let codes = scan(pdf);
            assert_eq!((codes.len(), sepa(&codes[1])), (2, way.asked), "{who}: {codes:?}");
            assert!(words(pdf).contains("Topaybybanktransfer") && words(pdf).contains(&asked), "{who}: {}", words(pdf));
        }
    }
    scene.kept.run_ok(&["doctor"]);
});
