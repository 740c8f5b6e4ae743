//! Spreadsheets come in like CSV, on the command line and in the console. `openpyxl.xlsx`, `mac-1904.xlsx`, `both.xlsx` and
//! `bank.xlsx` are written by Python's openpyxl; `invoices.xlsx` by hand.

use kept_tests::tables::differences;
use kept_tests::town::{file, owe, with_file};
use kept_tests::{Kept, Visitor, both};
use serde_json::{Value, json};

fn path(name: &str) -> String {
    format!("{}/it/data/spreadsheets/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// `kept import` with `--json`: whether it succeeded, the report, what it said on standard error.
fn import(kept: &Kept, args: &[&str]) -> (bool, Value, String) {
    let output = kept.run(&[&["import"], args, &["--json"]].concat());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_str(&out).unwrap_or_else(|e| panic!("kept import {args:?}: {e}\n{out}{err}"));
    (output.status.success(), report, err.into_owned())
}

async fn invoices(kept: &Kept) -> Vec<String> {
    let rows = "SELECT number || ' ' || issued_on || ' ' || due_on || ' ' || CAST(amount_minor AS TEXT) || currency FROM invoices
                ORDER BY number";
    kept.ask(rows).await
}

fn two_customers(kept: &Kept) {
    let debtors = file(kept, "d.csv", "reference,name\nC1,Ada\nC2,Ben\n");
    kept.run_ok(&["import", "debtors", &debtors]);
}

async fn owner(kept: &Kept) -> Visitor {
    let added = kept.run_json(&["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example"]);
    let visitor = kept.visitor();
    let typed = [("email", added["login"].as_str().unwrap()), ("password", added["password"].as_str().unwrap())];
    visitor.post_form("/console/login", &typed).await.leads_to("/console");
    visitor
}

both!(a_spreadsheet_comes_in_like_csv, async |kept| {
    two_customers(kept);
    let book = path("invoices.xlsx");
    let (done, report, said) = import(kept, &["invoices", &book, "--sheet", "Nobody's"]);
    assert!(!done && said.contains("the sheets are Invoices, Notes"), "{report}{said}");
    let (done, _, said) = import(kept, &["invoices", &book, "--sheet", "Notes"]);
    assert!(!done && said.contains("has a header and no rows"), "{said}");
    let (done, report, _) = import(kept, &["invoices", &book, "--as-of", "2026-09-30"]);
    assert!(done, "{report}");
    let read = ["encoding", "separator", "sheet", "imported"].map(|key| report[key].clone());
    assert_eq!(read, [json!("XLSX"), json!(""), json!("Invoices"), json!(3)]);
    let expected = [
        "1001 2026-09-01 2026-10-01 5997EUR",
        "1002 2026-09-02 2026-10-02 1200JPY",
        "1003 2026-09-03 2026-10-03 1234KWD",
    ];
    assert_eq!(invoices(kept).await, expected);
    let before = kept.dump().await;
    let (done, again, _) = import(kept, &["invoices", &book, "--as-of", "2026-09-30", "--sheet", "invoices"]);
    assert!(done);
    assert_eq!(again["unchanged"], 3);
    assert_eq!(differences(&before, &kept.dump().await), [""; 0], "importing twice changes nothing");
    let text = file(kept, "c.csv", "number,debtor,issued,due,amount\n1,C1,2026-09-01,2026-10-01,5\n");
    let (done, _, said) = import(kept, &["invoices", &text, "--sheet", "Invoices"]);
    assert!(!done && said.contains("no spreadsheet"), "{said}");
    let (done, report, _) = import(kept, &["invoices", &path("mac-1904.xlsx")]);
    assert!(done, "{report}");
    assert!(
        invoices(kept).await.contains(&"M-1 2026-09-01 2026-10-01 1999EUR".to_owned()),
        "days are counted from 1904"
    );
    kept.run_ok(&["doctor"]);
});

both!(a_cell_that_cannot_be_read_is_a_problem_with_its_place, async |kept| {
    two_customers(kept);
    let book = path("openpyxl.xlsx");
    let (done, report, said) = import(kept, &["invoices", &book]);
    assert!(!done && said.contains("nothing was imported; problems: 3"), "{said}");
    assert_eq!(
        (&report["sheet"], &report["rows"]),
        (&json!("Open"), &json!(6)),
        "not the cover, not last year's hidden one"
    );
    let problems = report["problems"].as_array().unwrap();
    let places: Vec<String> =
        problems.iter().map(|p| format!("{} {}", p["row"], p["column"].as_str().unwrap())).collect();
    assert_eq!(places, ["5 Amount", "6 Amount", "7 Due date"], "{report}");
    for (at, reason) in
        ["the result of the formula is not in the file", "“#N/A”", "“soon” is not a date"].iter().enumerate()
    {
        assert!(problems[at]["reason"].as_str().unwrap().contains(reason), "{report}");
    }
    assert_eq!(invoices(kept).await, [""; 0]);
    let (done, report, _) = import(kept, &["invoices", &book, "--partial"]);
    assert!(done && report["imported"] == 3, "{report}");
    let expected = [
        "2001 2026-09-01 2026-10-01 30EUR",
        "2002 2026-09-02 2026-10-02 123450EUR",
        "2003 2026-09-03 2026-10-03 125000EUR",
    ];
    assert_eq!(invoices(kept).await, expected, "sums of binary fractions are the amounts that were meant");
});

both!(one_spreadsheet_may_hold_customers_and_invoices, async |kept| {
    let owner = owner(kept).await;
    let both = std::fs::read(path("both.xlsx")).unwrap();
    let upload = async |kind: &str| {
        let form = with_file(&[("kind", kind)], "both.xlsx", &both);
        owner.post_multipart("/console/imports", form).await.expect(303).find_location().unwrap()
    };
    let at = upload("debtors").await;
    let page =
        owner.get(&at).await.expect(200).sees("1 row in the sheet “Customers”").sees("1 customer would be added");
    page.sees("name=\"sheet\"").sees("<option value=\"Invoices\">");
    owner
        .post_form(&at, &[("sheet", "Customers"), ("sheet_shown", "Customers"), ("act", "run")])
        .await
        .leads_to("?done=imported");
    let at = upload("invoices").await;
    owner.get(&at).await.expect(200).sees("1 row in the sheet “Invoices”").sees("<td>2026-09-01</td>").sees("€99.90");
    // Another sheet has other columns: those that were chosen for the first are forgotten.
    let mut typed = vec![
        ("sheet", "Customers"),
        ("sheet_shown", "Invoices"),
        ("map_number", "Invoice no"),
        ("currency", "EUR"),
        ("as_of", "30 9 2026"),
        ("act", "check"),
    ];
    let page =
        owner.post_form(&at, &typed).await.expect(200).sees("the sheet “Customers”: no column for “number” was found");
    page.sees("<td>Käthe &amp; Söhne</td>").does_not_see("value=\"run\"");
    typed[0].1 = "Invoices";
    typed[5].1 = "run";
    owner.post_form(&at, &typed).await.leads_to("?done=imported");
    assert_eq!(invoices(kept).await, ["X-1 2026-09-01 2026-10-01 9990EUR"]);
    assert_eq!(kept.ask("SELECT name || ' ' || postcode FROM debtors").await, ["Käthe & Söhne 10552"]);

    for (name, content, reason) in [
        ("old.xls", &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], "old format (XLS)"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "locked with a password"),
        ("half.xlsx", &both[..both.len() / 2], "cannot be read"),
    ] {
        let form = with_file(&[("kind", "invoices")], name, content);
        let at = owner.post_multipart("/console/imports", form).await.expect(303).find_location().unwrap();
        owner.get(&at).await.expect(200).sees(reason).does_not_see("value=\"run\"");
    }
});

both!(a_bank_statement_may_be_a_spreadsheet, async |kept| {
    owe(kept, "", "town", 1);
    kept.set("KEPT_NOW", "2026-11-24T10:00:00Z");
    let args = ["import", "statement", &path("bank.xlsx")];
    let report = kept.run_json(&args);
    assert_eq!(
        (&report["format"], &report["booked"], &report["unmatched"], &report["ignored"]),
        (&json!("XLSX"), &json!(1), &json!(1), &json!(1)),
        "{report:#}"
    );
    assert_eq!(kept.run_json(&args)["unchanged"], 2);
});
