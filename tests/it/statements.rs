//! Bank statements: what is beyond doubt is booked, the rest is suggested, and the same file changes nothing.

use kept_domain::reference::PaymentReference;
use kept_tests::tables::differences;
use kept_tests::town::{day, file, owe, pairs, plan};
use kept_tests::{Kept, both};
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
