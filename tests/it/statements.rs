//! Bank statements: what is beyond doubt is booked, the rest is suggested, and the same file changes nothing.

use kept_domain::reference::PaymentReference;
use kept_tests::tables::differences;
use kept_tests::town::{between, day, file, owe, pairs, plan, with_file};
use kept_tests::{Kept, Visitor, both};
use serde_json::Value;

/// A line of a CSV statement: amount, payer, words.
type Row<'a> = (&'a str, &'a str, String);

fn csv(on: &str, rows: &[Row<'_>]) -> String {
    let mut text = String::from("Date,Payer,Payer account,Description,Amount\n");
    for (n, (amount, payer, words)) in rows.iter().enumerate() {
        text.push_str(&format!("{on},{payer},ACC{n},{words},{amount}\n"));
    }
    text
}

fn import(kept: &Kept, name: &str, content: impl AsRef<[u8]>, args: &[&str]) -> Value {
    let path = file(kept, name, content);
    kept.run_json(&[&["import", "statement", path.as_str()], args].concat())
}

fn counts(report: &Value) -> [u64; 4] {
    ["booked", "suggested", "unmatched", "unchanged"].map(|name| report[name].as_u64().unwrap())
}

async fn left(kept: &Kept, debtor: &str) -> String {
    let sql = format!(
        "SELECT CAST(SUM(e.amount_minor) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
         WHERE d.reference = '{debtor}' AND e.account IN ('receivable', 'on_account')"
    );
    kept.ask(&sql).await.remove(0)
}

async fn reference(kept: &Kept, debtor: &str) -> String {
    let id = kept.ask(&format!("SELECT id FROM debtors WHERE reference = '{debtor}'")).await.remove(0);
    PaymentReference::of(&id.as_str().into()).grouped()
}

both!(what_is_beyond_doubt_is_booked_and_twice_changes_nothing, async |kept| {
    owe(kept, "", "town", 4);
    let by_reference = reference(kept, "town-4").await;
    let rows: [Row<'_>; 7] = [
        ("400.00", "Somebody", "Invoice town-1-a".into()),
        ("600.00", "Person town-2", String::new()),
        ("50.00", "A friend", by_reference),
        ("50.00", "Person town-3", "thanks".into()),
        ("200.00", "Nobody", String::new()),
        ("1.23", "Nobody", "hello".into()),
        ("-30.00", "Rent", String::new()),
    ];
    let text = csv(&day(-1), &rows);
    let dry = import(kept, "bank.csv", &text, &["--dry-run"]);
    assert_eq!(counts(&dry), [3, 2, 1, 0], "{dry:#}");
    assert_eq!(left(kept, "town-1").await, "60000", "a dry run writes nothing");
    let before = kept.dump().await;
    let done = import(kept, "bank.csv", &text, &[]);
    assert_eq!((counts(&done), done["ignored"].as_u64()), ([3, 2, 1, 0], Some(1)), "{done:#}");
    assert_eq!(
        done["lines"][0]["reasons"],
        serde_json::json!(["invoice_number", "customer_number", "amount_of_invoice"])
    );
    assert_eq!(done["lines"][3]["reasons"], serde_json::json!(["payer_name", "amount_differs"]));
    assert_ne!(differences(&before, &kept.dump().await), [""; 0]);
    for (debtor, expected) in [("town-1", "20000"), ("town-2", "0"), ("town-3", "60000"), ("town-4", "55000")] {
        assert_eq!(left(kept, debtor).await, expected, "{debtor}");
    }
    // The money went to the invoice that was named, although the other is as old.
    let paid = "SELECT i.number FROM entries e JOIN invoices i ON i.id = e.invoice_id
                JOIN transfers t ON t.id = e.transfer_id WHERE t.kind = 'payment' AND i.number LIKE 'town-1-%'";
    assert_eq!(kept.ask(paid).await, ["town-1-a"]);
    let receipts = "SELECT CAST(COUNT(*) AS TEXT) FROM outbox WHERE payload LIKE '%receipt%'";
    assert_eq!(kept.ask(receipts).await, ["3"]);
    // The same file, under any name, changes nothing; nor do its lines in another order.
    let before = kept.dump().await;
    let again = import(kept, "again.csv", &text, &[]);
    assert_eq!(counts(&again), [0, 0, 0, 6], "{again:#}");
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    kept.run_ok(&["doctor"]);
});

both!(every_format_brings_its_payments, async |kept| {
    owe(kept, "", "town", 1);
    for (name, booked_or_not) in [
        ("camt053-v2.xml", 4),
        ("camt053-v8.xml", 3),
        ("mt940-plain.sta", 2),
        ("ofx1.ofx", 2),
        ("ofx2.ofx", 1),
        ("german.csv", 1),
        ("british.csv", 1),
    ] {
        let path = format!("{}/it/data/statements/{name}", env!("CARGO_MANIFEST_DIR"));
        kept.set("KEPT_NOW", "2026-11-24T10:00:00Z");
        let report = kept.run_json(&["import", "statement", &path]);
        let [booked, suggested, unmatched, unchanged] = counts(&report);
        assert_eq!((booked + suggested + unmatched, unchanged), (booked_or_not, 0), "{name}: {report:#}");
        let again = kept.run_json(&["import", "statement", &path]);
        assert_eq!(counts(&again), [0, 0, 0, booked_or_not], "{name}");
    }
});

both!(an_instalment_by_transfer_is_found_by_its_reference_and_counts_as_paid, async |kept| {
    let links = owe(kept, "", "town", 1);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let sent = debtor.check("/account/plan", &plan()).await;
    debtor.post_form("/account/plan/check", &pairs(&sent)).await.expect(303);
    let rows: [Row<'_>; 1] = [("150.00", "Her mother", reference(kept, "town-1").await)];
    let done = import(kept, "bank.csv", csv(&day(0), &rows), &[]);
    assert_eq!(counts(&done), [1, 0, 0, 0], "{done:#}");
    let towards =
        "SELECT CAST(SUM(amount_minor) AS TEXT) FROM transfers WHERE commitment_id IS NOT NULL AND kind = 'payment'";
    assert_eq!(kept.ask(towards).await, ["15000"]);
    // The next one by name and amount.
    let rows: [Row<'_>; 1] = [("150.00", "Person town-1", "second".into())];
    let next = csv(&day(0), &rows).replace(",ACC0,", ",ACC9,");
    let done = import(kept, "next.csv", next, &[]);
    assert_eq!(done["lines"][0]["reasons"][1], "amount_of_instalment", "{done:#}");
});

both!(a_statement_tells_until_when_payments_are_known, async |kept| {
    owe(kept, "", "town", 1);
    let known = "SELECT source FROM payments_known ORDER BY source";
    assert_eq!(kept.ask(known).await, ["import"]);
    let nothing = csv(&day(-2), &[("-5.00", "Rent", String::new())]);
    assert_eq!(counts(&import(kept, "bank.csv", nothing, &[])), [0; 4]);
    assert_eq!(kept.ask(known).await, ["bank", "import"]);
    let until = "SELECT CAST(until_ms AS TEXT) FROM payments_known WHERE source = 'bank'";
    let end = chrono::NaiveDate::parse_from_str(&day(-1), "%Y-%m-%d").unwrap().and_time(chrono::NaiveTime::MIN);
    assert_eq!(kept.ask(until).await, [end.and_utc().timestamp_millis().to_string()]);
});

both!(what_a_person_recorded_is_not_booked_twice_and_bad_files_do_nothing, async |kept| {
    owe(kept, "", "town", 1);
    // An import of invoices called it paid two days ago.
    let bills = format!(
        "number,debtor,issued,due,amount,settled\ntown-1-b,town-1,{},{},200.00,{}\n",
        day(-70),
        day(-40),
        day(-3)
    );
    let bills = file(kept, "settled.csv", bills);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
    let rows: [Row<'_>; 1] = [("200.00", "Person town-1", reference(kept, "town-1").await)];
    let done = import(kept, "bank.csv", csv(&day(-1), &rows), &[]);
    assert_eq!(done["lines"][0]["reasons"][2], "recorded_already", "{done:#}");
    let before = kept.dump().await;
    for (name, content, reason) in [
        ("a.xml", "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><Document/>", "DTD"),
        ("b.csv", "Date,Amount\n2026-11-20,ten\n", "row 2, Amount"),
        ("c.csv", "Date,Amount\n2199-01-01,10\n", "in the future"),
        ("d.sta", ":20:A\n:61:261120C1,00NTRF\n", "line 2, :61:"),
    ] {
        let path = file(kept, name, content);
        let output = kept.run(&["import", "statement", &path]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(reason), "{name}: {said}");
    }
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
});

async fn owner(kept: &Kept, currency: &str) -> Visitor {
    let name =
        ["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example", "--currency", currency];
    let added = kept.run_json(&name);
    let (email, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    let visitor = kept.visitor();
    visitor.post_form("/console/login", &[("email", email), ("password", password)]).await.leads_to("/console");
    visitor
}

/// Gives the console a table, which it looks at first; answers where that is.
async fn look(visitor: &Visitor, text: &str) -> String {
    let form = with_file(&[], "bank.csv", text.as_bytes());
    let at = visitor.post_multipart("/console/statements", form).await.expect(303).find_location().unwrap();
    assert!(at.starts_with("/console/imports/"), "{at}");
    at
}

/// Imports a table as it was read; answers where its payments are.
async fn upload(visitor: &Visitor, text: &str) -> String {
    let at = look(visitor, text).await;
    let page = visitor.get(&at).await.expect(200);
    let (_, field) = page.body.split_once("name=\"currency\"").unwrap();
    let currency = between(field, "value=\"", "\"").to_owned();
    visitor.post_form(&at, &[("currency", &currency), ("act", "run")]).await.expect(303).find_location().unwrap()
}

/// The line whose heading says this amount.
async fn line_of(kept: &Kept, amount_minor: i64) -> String {
    let sql = format!("SELECT id FROM statement_lines WHERE amount_minor = {amount_minor}");
    format!("/console/statements/lines/{}", kept.ask(&sql).await.remove(0))
}

both!(a_person_confirms_dismisses_and_takes_back_and_the_ledger_is_only_appended_to, async |kept| {
    let visitor = owner(kept, "GBP").await;
    let links = owe(kept, "Alder Tools", "town", 2);
    let rows: [Row<'_>; 4] = [
        ("400.00", "Somebody", "town-1-a".into()),
        ("50.00", "Person town-2", "thanks".into()),
        ("1.23", "Nobody", "hello".into()),
        ("9.99", "Interest", String::new()),
    ];
    let text = csv(&day(-1), &rows);
    let at = upload(&visitor, &text).await;
    assert!(at.contains("/console/statements/") && at.ends_with("?done=statement"), "{at}");
    let page = visitor.get(&at).await.expect(200);
    page.sees("The statement is imported")
        .sees("Their customer number is given")
        .sees("The amount is none that they owe");
    visitor
        .get("/console/statements")
        .await
        .expect(200)
        .sees("Whose payment is it?")
        .sees("No name, number or amount fits");
    assert!(upload(&visitor, &text).await.ends_with("?done=statement_known"));
    // A suggestion is confirmed, once.
    let bea = kept.ask("SELECT id FROM debtors WHERE reference = 'town-2'").await.remove(0);
    let line = line_of(kept, 5_000).await;
    visitor.post_form(&line, &[("act", "confirm"), ("debtor", &bea)]).await.expect(303);
    visitor.post_form(&line, &[("act", "confirm"), ("debtor", &bea)]).await.expect(422).sees("booked already");
    assert_eq!(left(kept, "town-2").await, "55000");
    // One of nobody is given to somebody by their number, and another is nobody's.
    let line = line_of(kept, 123).await;
    visitor
        .post_form(&line, &[("act", "assign"), ("number", "town-9")])
        .await
        .expect(422)
        .sees("one of your customers");
    visitor.post_form(&line, &[("act", "assign"), ("number", "town-1")]).await.expect(303);
    let line = line_of(kept, 999).await;
    let page = visitor.post_form(&line, &[("act", "dismiss"), ("reason", "Interest of the bank")]).await;
    visitor.follow(page).await.expect(200).sees("Interest of the bank");
    visitor.get("/console/statements").await.expect(200).does_not_see("Whose payment is it?");
    // A booking is taken back: by a new transfer, and whoever paid does not see it any more.
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let receipt = kept.ask("SELECT id FROM transfers WHERE kind = 'payment' AND amount_minor = 40000").await.remove(0);
    debtor.get(&format!("/receipt/{receipt}")).await.expect(200);
    let before = kept.dump().await;
    let line = line_of(kept, 40_000).await;
    visitor.post_form(&line, &[("act", "undo")]).await.expect(303);
    visitor.post_form(&line, &[("act", "undo")]).await.expect(422).sees("not booked any more");
    let changes = differences(&before, &kept.dump().await);
    let ledger = |c: &&String| c[1..].starts_with("transfers:") || c[1..].starts_with("entries:");
    assert!(changes.iter().filter(ledger).all(|c| c.starts_with('+')), "{changes:#?}");
    assert_eq!(changes.iter().filter(ledger).count(), 3, "{changes:#?}");
    assert_eq!(left(kept, "town-1").await, "59877");
    debtor.get(&format!("/receipt/{receipt}")).await.expect(404);
    debtor.get("/account").await.expect(200).does_not_see(&receipt).sees("598.77");
    // It waits again, and can be booked again.
    let page = visitor.get("/console/statements").await.expect(200).sees("Its booking was taken back");
    let ada = between(&page.body, "name=\"debtor\" value=\"", "\"").to_owned();
    visitor.post_form(&line, &[("act", "confirm"), ("debtor", &ada)]).await.expect(303);
    assert_eq!(left(kept, "town-1").await, "19877");
    kept.run_ok(&["doctor"]);
});

both!(what_the_bank_takes_back_is_open_again_once_a_person_says_so, async |kept| {
    let visitor = owner(kept, "EUR").await;
    let people = file(kept, "people.csv", "reference,name,email,postcode\nbea,Bea Stone,bea@example.com,LS1 4AB\n");
    let bills = file(kept, "bills.csv", "number,debtor,issued,due,amount\nBEA-0055,bea,2026-09-01,2026-10-01,55.00\n");
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "EUR", "--date-format", "ymd"]);
    let mt940 = |on: &str, mark: &str, words: &str| {
        format!(
            ":20:A\n:25:1/2\n:60F:C{on}EUR0,00\n:61:{on}{mark}55,00NTRFNONREF//{words}\n:86:166?20{words}?32Bea Stone\n:62F:C{on}EUR0,00\n-\n"
        )
    };
    let short = |from_today: i64| day(from_today)[2..].replace('-', "");
    let paid = import(kept, "paid.sta", mt940(&short(-3), "C", "BEA-0055"), &[]);
    assert_eq!(counts(&paid), [1, 0, 0, 0], "{paid:#}");
    let back = import(kept, "back.sta", mt940(&short(-1), "RC", "RETURNED"), &[]);
    assert_eq!(back["lines"][0]["reasons"], serde_json::json!(["taken_back"]), "{back:#}");
    assert_eq!((counts(&back), left(kept, "bea").await), ([0, 1, 0, 0], "0".to_owned()));
    let page = visitor.get("/console/statements").await.expect(200).sees("taken back by your bank");
    let bea = between(&page.body, "name=\"debtor\" value=\"", "\"").to_owned();
    let line = kept.ask("SELECT id FROM statement_lines WHERE direction = 'taken_back'").await.remove(0);
    let path = format!("/console/statements/lines/{line}");
    visitor.post_form(&path, &[("act", "confirm"), ("debtor", &bea)]).await.expect(303);
    assert_eq!(left(kept, "bea").await, "5500");
    // Nobody is reminded of it before a person has decided what comes next.
    let held = "SELECT reason FROM holds WHERE ended_at_ms IS NULL";
    assert_eq!(kept.ask(held).await, ["chargeback"]);
    visitor.get("/console").await.expect(200).sees("Reminders paused: money went back");
    visitor.post_form(&path, &[("act", "undo")]).await.expect(422).sees("stays taken back");
    let first = kept.ask("SELECT id FROM statement_lines WHERE direction = 'arrived'").await.remove(0);
    let undone = visitor.post_form(&format!("/console/statements/lines/{first}"), &[("act", "undo")]).await;
    undone.expect(422).sees("stays taken back");
    kept.run_ok(&["doctor"]);
});

both!(a_transfer_is_explained_with_what_is_left_and_a_code_for_euros, async |kept| {
    let visitor = owner(kept, "EUR").await;
    let people = file(kept, "people.csv", "reference,name,email,postcode\nbea,Bea Stone,bea@example.com,LS1 4AB\n");
    let bills = "number,debtor,issued,due,amount,currency\nB-1,bea,2026-09-01,2026-10-01,500.00,EUR\n\
                 B-2,bea,2026-09-01,2026-10-01,70.00,GBP\n";
    let bills = file(kept, "bills.csv", bills);
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "EUR", "--date-format", "ymd"]);
    let links = kept.run_json(&["links"]);
    let link = links[0]["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let debtor = kept.visitor();
    debtor.open(&format!("/l/{link}")).await;
    debtor.get("/account/payment?currency=EUR").await.expect(200).sees("tells you how to pay by bank transfer");
    let wrong = [("holder", "Alder Tools"), ("iban", "DE88370400440532013000"), ("bic", ""), ("local", "")];
    visitor.post_form("/console/policy/bank", &wrong).await.expect(422).sees("Check the IBAN");
    let right = [
        ("holder", "Alder Tools"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("bic", ""),
        ("local", "Sort code 20-20-15"),
    ];
    visitor.post_form("/console/policy/bank", &right).await.leads_to("/console/policy/bank?done=saved");
    visitor.get("/console/policy/bank").await.expect(200).sees("DE89 3704 0044 0532 0130 00");
    let reference = reference(kept, "bea").await;
    let page = debtor.get("/account/payment?currency=EUR").await.expect(200);
    let page = page.sees("DE89 3704 0044 0532 0130 00").sees(&reference).sees("500.00").sees("class=\"qr\"");
    let code = between(&page.body, "class=\"qr-paper\"></path><path d=\"", "\"").to_owned();
    // After a part of it the code asks for the rest.
    let rows: [Row<'_>; 1] = [("120.00", "Somebody", reference)];
    assert_eq!(counts(&import(kept, "bank.csv", csv(&day(-1), &rows), &[])), [1, 0, 0, 0]);
    let page = debtor.get("/account/payment?currency=EUR").await.expect(200).sees("380.00").does_not_see("500.00");
    assert_ne!(between(&page.body, "class=\"qr-paper\"></path><path d=\"", "\""), code);
    let pounds = debtor.get("/account/payment?currency=GBP").await.expect(200).sees("70.00").sees("Sort code 20-20-15");
    pounds.does_not_see("class=\"qr\"");
});

both!(the_columns_of_a_table_are_shown_and_can_be_corrected, async |kept| {
    let visitor = owner(kept, "EUR").await;
    owe(kept, "Alder Tools", "town", 1);
    let before = kept.dump().await;
    // Lines about the account stand above the headings, and nothing says which amount is meant.
    let text = format!(
        "Konto;DE02120300000000202051;\n;;\nBuchungstag;Valuta Betrag;Eingang, in EUR;Wer;Wozu\n{0};1,00;400,00;Person \
         town-1;town-1-a\n{0};2,00;12,34;Nobody;?\n",
        day(-1)
    );
    let at = look(&visitor, &text).await;
    let page = visitor.get(&at).await.expect(200).sees("Import a bank statement").sees("bank.csv");
    let page = page.sees("no column for “amount” or “credit” was found").does_not_see("value=\"run\"");
    page.sees("<th scope=\"col\">Buchungstag</th>").does_not_see("value=\"run_part\"");

    // Once somebody says which row the amount is in, the headings are found below the rest.
    let mut typed = vec![
        ("map_booked", "Buchungstag"),
        ("map_amount", ""),
        ("map_credit", "Eingang, in EUR"),
        ("map_payer", "Wer"),
        ("map_words", "Wozu"),
        ("currency", "GBP"),
        ("date_format", "ymd"),
        ("act", "check"),
    ];
    let page = visitor.post_form(&at, &typed).await.expect(200);
    let page = page.sees("<th scope=\"col\">Eingang, in EUR</th>").sees("<td>400,00</td>");
    let page = page.sees("1 payment beyond doubt").sees("1 payment of nobody that was found");
    let page = page.sees("£400.00 from Person town-1").sees("value=\"run\"").does_not_see("value=\"run_part\"");
    assert!(page.body.contains("<option value=\"Eingang, in EUR\" selected"), "{}", page.body);
    // Another column would be another sum; and what is no currency is said.
    typed[2].1 = "Valuta Betrag";
    visitor.post_form(&at, &typed).await.expect(200).sees("£1.00 from Person town-1");
    typed[5].1 = "pounds";
    visitor.post_form(&at, &typed).await.expect(422).sees("Enter the three letters of a currency");
    let mut differ = differences(&before, &kept.dump().await);
    differ.retain(|change| !change[1..].starts_with("imports:") && !change[1..].starts_with("sessions:"));
    assert_eq!(differ, [""; 0], "only the file is kept until it is imported");

    typed[2].1 = "Eingang, in EUR";
    typed[5].1 = "GBP";
    typed[7].1 = "run";
    let done = visitor.post_form(&at, &typed).await.expect(303).find_location().unwrap();
    assert!(done.starts_with("/console/statements/") && done.ends_with("?done=statement"), "{done}");
    visitor.get(&done).await.expect(200).sees("bank.csv").sees("£400.00");
    assert_eq!(left(kept, "town-1").await, "20000");
    visitor.get(&at).await.expect(404);
    // The command line reads it in the same way, and knows it.
    let map = "amount=,credit=Eingang, in EUR,payer=Wer,words=Wozu";
    let again = import(kept, "again.csv", &text, &["--map", map, "--date-format", "ymd", "--currency", "GBP"]);
    assert_eq!(counts(&again), [0, 0, 0, 2], "{again:#}");
    // Other formats have a place for everything, so that they are imported at once.
    let camt = std::fs::read(format!("{}/it/data/statements/camt053-v8.xml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let at = visitor.post_multipart("/console/statements", with_file(&[], "a.xml", &camt)).await.expect(303);
    at.leads_to("?done=statement");
});
