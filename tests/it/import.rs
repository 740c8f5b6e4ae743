//! `kept import`, `links` and `export`, through the command line and into the database.

use kept_tests::{Db, Kept, has_postgres, on_both};
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A file of the project's own.
fn own(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/data").join(name).display().to_string()
}

/// Writes a file for one test.
fn file(kept: &Kept, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = kept.data().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// `kept import` with `--json`: whether it succeeded, the report, what it said on standard error.
fn import(kept: &Kept, args: &[&str]) -> (bool, Value, String) {
    let output = kept.run(&[&["import"], args, &["--json"]].concat());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_str(&out).unwrap_or_else(|e| panic!("kept import {args:?}: {e}\n{out}{err}"));
    (output.status.success(), report, err.into_owned())
}

/// The keys of a report that everybody may rely on.
fn figures(report: &Value) -> Value {
    let keys = ["rows", "imported", "unchanged", "open", "open_minor", "paid", "paid_minor", "disputed"];
    keys.map(|key| report[key].clone()).to_vec().into()
}

fn places(report: &Value) -> Vec<(u64, String)> {
    let problems = report["problems"].as_array().unwrap().iter();
    problems.map(|p| (p["row"].as_u64().unwrap(), p["column"].as_str().unwrap().to_owned())).collect()
}

/// The rows that a statement answers with, each as one text.
async fn ask(kept: &Kept, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match kept.db() {
        Db::Sqlite => {
            let url = format!("sqlite://{}", kept.data().join("kept.db").display());
            let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let rows = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
        Db::Postgres => {
            let args: Vec<String> = kept.command(&[]).get_args().map(|a| a.to_string_lossy().into_owned()).collect();
            let at = args.iter().position(|a| a == "--database").unwrap();
            let mut db = sqlx::PgConnection::connect(&args[at + 1]).await.unwrap();
            let rows = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0)).collect()
        }
    }
}

/// Everything in the database, by table.
async fn dump(kept: &Kept) -> BTreeMap<String, Vec<String>> {
    let tables = match kept.db() {
        Db::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Db::Postgres => "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
    };
    let mut all = BTreeMap::new();
    for table in ask(kept, tables).await {
        let rows = match kept.db() {
            Db::Sqlite => {
                let columns = ask(kept, &format!("SELECT name FROM pragma_table_info('{table}')")).await.join(", ");
                ask(kept, &format!("SELECT json_array({columns}) FROM {table} ORDER BY 1")).await
            }
            Db::Postgres => ask(kept, &format!("SELECT row_to_json(t)::text FROM {table} t ORDER BY 1")).await,
        };
        all.insert(table, rows);
    }
    assert!(all.len() > 20, "the dump sees the schema: {:?}", all.keys());
    all
}

const INVOICES: [&str; 4] = ["--currency", "USD", "--as-of", "2013-06-30"];

/// The project's own debtors and invoices, imported.
fn prepared(kept: &Kept) -> Value {
    let (done, report, _) = import(kept, &["debtors", &own("debtors.csv")]);
    assert!(done, "{report}");
    assert_eq!(figures(&report), json!([3, 3, 0, 0, 0, 0, 0, 0]));
    let (done, report, _) = import(kept, &[&["invoices", &own("invoices.csv")], &INVOICES[..]].concat());
    assert!(done, "{report}");
    report
}

on_both!(the_real_files_come_in_with_the_sums_of_another_tool, async |kept| {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !data.is_dir() {
        eprintln!("skipped: {} is absent, so the real files are not tested", data.display());
        return;
    }
    let (debtors, invoices) = (data.join("debtors.csv"), data.join("late-payments.csv"));
    let (done, report, _) = import(kept, &["debtors", debtors.to_str().unwrap()]);
    assert!(done, "{report}");
    assert_eq!((report["imported"].as_u64(), &report["problems"]), (Some(50), &json!([])));
    let args = ["invoices", invoices.to_str().unwrap(), "--currency", "USD", "--date-format", "dmy"];
    let args = [&args[..], &["--as-of", "2013-06-30"]].concat();
    let (done, report, _) = import(kept, &args);
    assert!(done, "{report}");
    let sums = sums_by_hand(&invoices);
    for (key, expected) in &sums {
        assert_eq!(report[key].as_i64(), Some(*expected), "{key} of {report}");
    }
    assert_eq!(report["imported"].as_i64(), Some(sums["open"] + sums["paid"]));
    for (account, key) in [("receivable", "open_minor"), ("money", "paid_minor")] {
        let sum = format!("SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account = '{account}'");
        assert_eq!(ask(kept, &sum).await, [sums[key].to_string()], "the ledger says the same");
    }

    let before = dump(kept).await;
    let (done, again, _) = import(kept, &args);
    assert!(done, "{again}");
    assert_eq!((again["imported"].as_i64(), again["unchanged"].as_i64()), (Some(0), report["imported"].as_i64()));
    for (key, expected) in &sums {
        assert_eq!(again[key].as_i64(), Some(*expected), "{key} of {again}");
    }
    assert_eq!(import(kept, &["debtors", debtors.to_str().unwrap()]).1["unchanged"], 50);
    assert_eq!(dump(kept).await, before, "importing twice changes nothing");
});

/// The figures of the real file as of 30 June 2013, by Python's csv module; by the csv crate where there is no Python.
fn sums_by_hand(file: &Path) -> BTreeMap<&'static str, i64> {
    let script = "
import csv, sys, datetime, decimal
day = lambda t: datetime.datetime.strptime(t, '%d/%m/%Y').date()
end = datetime.date(2013, 6, 30)
rows = [r for r in csv.DictReader(open(sys.argv[1], newline='')) if day(r['InvoiceDate']) <= end]
paid = [r for r in rows if day(r['SettledDate']) <= end]
open_ = [r for r in rows if day(r['SettledDate']) > end]
cents = lambda rows: int(sum(decimal.Decimal(r['InvoiceAmount']) for r in rows) * 100)
print(len(open_), cents(open_), len(paid), cents(paid), sum(r['Disputed'] == 'Yes' for r in rows))";
    let keys = ["open", "open_minor", "paid", "paid_minor", "disputed"];
    let figures: Vec<i64> = match Command::new("python3").arg("-c").arg(script).arg(file).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            eprintln!("summed by Python's csv module");
            String::from_utf8(output.stdout).unwrap().split_whitespace().map(|n| n.parse().unwrap()).collect()
        }
        Err(error) => {
            eprintln!("summed by the csv crate, because python3 does not run: {error}");
            sums_by_crate(file)
        }
    };
    keys.into_iter().zip(figures).collect()
}

fn sums_by_crate(file: &Path) -> Vec<i64> {
    let mut sums = vec![0; 5];
    for row in csv::Reader::from_path(file).unwrap().deserialize::<BTreeMap<String, String>>().map(Result::unwrap) {
        let day = |name: &str| chrono::NaiveDate::parse_from_str(&row[name], "%d/%m/%Y").unwrap();
        let end = chrono::NaiveDate::from_ymd_opt(2013, 6, 30).unwrap();
        if day("InvoiceDate") > end {
            continue;
        }
        let (whole, cents) = row["InvoiceAmount"].split_once('.').unwrap_or((&row["InvoiceAmount"], "0"));
        let minor = whole.parse::<i64>().unwrap() * 100 + format!("{cents:0<2}").parse::<i64>().unwrap();
        let at = if day("SettledDate") > end { 0 } else { 2 };
        sums[at] += 1;
        sums[at + 1] += minor;
        sums[4] += i64::from(row["Disputed"] == "Yes");
    }
    sums
}

on_both!(importing_again_changes_nothing_until_the_file_says_more, async |kept| {
    let report = prepared(kept);
    assert_eq!(figures(&report), json!([5, 4, 0, 3, 130_049, 1, 10_000, 1]));
    assert_eq!((&report["later"], &report["date_format"]), (&json!(1), &json!("dmy")), "the order of dates is found");
    assert_eq!(report["mapping"]["number"], "invoiceNumber");

    let before = dump(kept).await;
    let invoices = own("invoices.csv");
    let (done, again, _) = import(kept, &[&["invoices", &invoices], &INVOICES[..]].concat());
    assert!(done);
    assert_eq!(figures(&again), json!([5, 0, 4, 3, 130_049, 1, 10_000, 1]));
    assert_eq!(import(kept, &["debtors", &own("debtors.csv")]).1["unchanged"], 3);
    assert_eq!(dump(kept).await, before, "importing twice changes nothing");

    let disputed =
        "SELECT d.kind || ' ' || d.state || ' ' || d.scope || ' ' || d.raised_by || ' ' || i.number || ' ' ||
                      CAST(t.amount_minor AS TEXT) FROM disputes d
                    JOIN dispute_items t ON t.dispute_id = d.id JOIN invoices i ON i.id = t.invoice_id";
    assert_eq!(ask(kept, disputed).await, ["dispute open invoices import 1003 125000"]);

    // A month later 1002 was settled and 1005 is there.
    let later = ["invoices", &invoices, "--currency", "USD", "--as-of", "2013-07-31"];
    let (done, report, _) = import(kept, &later);
    assert!(done, "{report}");
    assert_eq!(figures(&report), json!([5, 2, 3, 3, 133_699, 2, 14_050, 1]));
    let payments = "SELECT moved_on || ' ' || method || ' ' || effect || ' ' || CAST(amount_minor AS TEXT)
                    FROM transfers WHERE kind = 'payment' ORDER BY moved_on";
    let expected = ["2013-01-20 import import:1001:settled 10000", "2013-07-10 import import:1002:settled 4050"];
    assert_eq!(ask(kept, payments).await, expected);
    assert_eq!(ask(kept, "SELECT kind FROM events ORDER BY id").await.len(), 3, "one event for each import");
    let balance = "SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account = 'receivable'";
    assert_eq!(ask(kept, balance).await, ["133699"]);

    // The same number with another amount contradicts what is on file.
    let before = dump(kept).await;
    let text = std::fs::read_to_string(&invoices).unwrap().replace("9.99", "9.98").replace("1001,C1", "1001,C2");
    let other = file(kept, "other.csv", text);
    let (done, report, said) = import(kept, &[&["invoices", &other], &INVOICES[..]].concat());
    assert!(!done);
    assert_eq!(places(&report), [(2, "customerID".to_owned()), (5, "InvoiceAmount".to_owned())]);
    assert_eq!(report["problems"][1]["reason"], "was imported before with $9.99, not $9.98");
    assert!(said.lines().count() == 1 && said.contains("nothing was imported; problems: 2"), "{said}");
    assert_eq!(dump(kept).await, before);

    // A debtor who moved is updated.
    let text = std::fs::read_to_string(own("debtors.csv")).unwrap().replace("170 High Street", "1 Low Lane");
    let (done, report, _) = import(kept, &["debtors", &file(kept, "moved.csv", text)]);
    assert!(done);
    assert_eq!((&report["imported"], &report["unchanged"]), (&json!(1), &json!(2)));
    assert_eq!(ask(kept, "SELECT address FROM debtors WHERE reference = 'C1'").await, ["1 Low Lane"]);
    assert_eq!(ask(kept, "SELECT zone FROM debtors WHERE reference = 'C2'").await, ["Europe/Berlin"]);
    assert_eq!(ask(kept, "SELECT currency || name FROM businesses").await, ["USD"], "unnamed, in the file's currency");
});

on_both!(all_or_nothing_unless_part_of_it_is_asked_for, async |kept| {
    assert!(import(kept, &["debtors", &own("debtors.csv")]).0);
    let before = dump(kept).await;
    let text = "number,debtor,issued,due,amount\n1,C1,2013-01-01,2013-02-01,5.00\n2,C9,2013-01-01,2013-02-31,-5.00\n\
                3,C9,2013-01-01,2013-02-01,5.00\n1,C1,2013-01-01,2013-02-01,6.00\n1,C1,2013-01-01,2013-02-01,5.00\n";
    let path = file(kept, "some.csv", text);
    let args = [&["invoices", &path], &INVOICES[..]].concat();
    let (done, report, _) = import(kept, &args);
    assert!(!done);
    let expected = [(3, "due"), (3, "amount"), (4, "debtor"), (5, "number")].map(|(r, c)| (r, c.to_owned()));
    assert_eq!(places(&report), expected, "every problem, by row: {report}");
    assert_eq!((&report["imported"], &report["ready"], &report["refused"]), (&json!(0), &json!(1), &json!(true)));
    assert_eq!(report["repeated"], 1);
    assert!(report["problems"][2]["reason"].as_str().unwrap().contains("C9"), "{report}");
    assert_eq!(dump(kept).await, before, "nothing is imported");

    let (done, report, _) = import(kept, &[&args[..], &["--partial", "--dry-run"]].concat());
    assert!(done);
    assert_eq!((&report["imported"], &report["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(dump(kept).await, before, "a dry run writes nothing");

    let (done, report, _) = import(kept, &[&args[..], &["--partial"]].concat());
    assert!(done);
    assert_eq!((&report["imported"], report["problems"].as_array().unwrap().len()), (&json!(1), 4));
    assert_eq!(ask(kept, "SELECT number FROM invoices").await, ["1"]);

    let people = kept.run(&[&["import"], &args[..]].concat());
    let shown = String::from_utf8(people.stdout).unwrap();
    assert!(
        shown.contains("row 4, debtor: there is no customer “C9”") && shown.contains("Nothing was imported"),
        "{shown}"
    );
});

on_both!(an_ambiguous_file_is_refused_with_both_readings, async |kept| {
    let text = "number,customer,date,due date,amount,customer name\n1,C1,03/01/2013,05/06/2013,5,Ada\n\
                2,C1,04/01/2013,07/08/2013,6,Ada\n";
    let path = file(kept, "ambiguous.csv", text);
    let args = [&["invoices", &path], &INVOICES[..]].concat();
    let (done, report, said) = import(kept, &args);
    assert!(!done);
    assert!(said.contains("--date-format"), "{said}");
    let reason = |at: usize| report["problems"][at]["reason"].as_str().unwrap().to_owned();
    assert_eq!(reason(0), "“03/01/2013” is 3 January 2013 (dmy) or 1 March 2013 (mdy)");
    assert_eq!(reason(1), "“04/01/2013” is 4 January 2013 (dmy) or 1 April 2013 (mdy)");
    assert_eq!(places(&report), [(2, "date".to_owned()), (3, "date".to_owned())]);
    assert_eq!(ask(kept, "SELECT business_id FROM businesses").await, Vec::<String>::new(), "nothing is founded");

    let people = kept.run(&[&["import"], &args[..]].concat());
    let shown = String::from_utf8(people.stdout).unwrap();
    assert!(shown.contains("3 January 2013 (dmy) or 1 March 2013 (mdy)"), "people see both readings too: {shown}");

    let (done, report, _) = import(kept, &[&args[..], &["--date-format", "mdy"]].concat());
    assert!(done, "{report}");
    let dates = "SELECT issued_on || ' ' || due_on FROM invoices ORDER BY number";
    assert_eq!(ask(kept, dates).await, ["2013-03-01 2013-05-06", "2013-04-01 2013-07-08"]);
});

on_both!(files_come_as_exporters_write_them, async |kept| {
    let german = "Rechnungsnummer;Kundennummer;Kunde;Rechnungsdatum;Fällig am;Summe Brutto;Währung;Betreff\r\n\
                  R-1;K1;Müller & Söhne;13.01.2013;12.02.2013;1.234,50;EUR;\"Käse;\r\nund Brot\"\r\n\
                  R-2;K2;Süß;14.01.2013;13.02.2013;1.234;EUR;\r\n";
    let windows: Vec<u8> = german.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(german.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let with_mark = format!("\u{feff}{german}");
    let mut first = None;
    for (encoding, bytes) in [("windows-1252", windows), ("UTF-16LE", utf16), ("UTF-8", with_mark.into_bytes())] {
        let (done, report, said) = import(kept, &["invoices", &file(kept, "german.csv", bytes)]);
        assert!(done, "{encoding}: {report}{said}");
        assert_eq!((&report["encoding"], &report["separator"]), (&json!(encoding), &json!(";")));
        assert_eq!((&report["open"], &report["open_minor"]), (&json!(2), &json!(246_850)));
        let imported = report["imported"].as_u64().unwrap();
        assert_eq!(imported, if first.is_none() { 2 } else { 0 }, "the same in every encoding");
        first = Some(imported);
    }
    assert_eq!(ask(kept, "SELECT name FROM debtors ORDER BY reference").await, ["Müller & Söhne", "Süß"]);
    assert_eq!(ask(kept, "SELECT description FROM invoices ORDER BY number").await, ["Käse;  und Brot", ""]);

    let strange = "A|B|C|D|E\n7|K1|2013-01-01|2013-02-01|5\n";
    let strange = file(kept, "strange.csv", strange);
    let (done, report, said) = import(kept, &["invoices", &strange, "--currency", "EUR"]);
    assert!(!done && said.contains("--map number=Header") && said.contains("A, B, C, D, E"), "{said}");
    assert_eq!(report["error"].as_str().map(|e| said.contains(e)), Some(true));
    let map = ["--map", "number=A,debtor=B,issued=C,due=D,amount=E"];
    let (done, report, said) = import(kept, &[&["invoices", &strange, "--currency", "EUR"], &map[..]].concat());
    assert!(done, "{report}{said}");

    for (name, content, reason) in [
        ("empty.csv", &b""[..], "empty"),
        ("header.csv", b"number,debtor,issued,due,amount\n", "no rows"),
        ("nul.csv", b"number,debtor\n1,\x00\n", "NUL"),
        ("book.xlsx", b"PK\x03\x04\x14\x00", "save it as XLSX or CSV"),
        ("quote.csv", b"number,debtor,issued,due,amount\n1,\"C1,2013-01-01,2013-02-01,5\n", "row 2"),
        (
            "mixed.csv",
            b"number,debtor,issued,due,amount\n1,K1,2013-01-01,2013-02-01,\"5,20\"\n2,K1,2013-01-01,2013-02-01,5.20\n",
            "decimal",
        ),
    ] {
        let (done, _, said) = import(kept, &["invoices", &file(kept, name, content), "--currency", "EUR"]);
        assert!(!done && said.contains(reason) && said.contains(name) && said.lines().count() == 1, "{name}: {said}");
    }
});

on_both!(links_are_for_letters_and_hold_no_formulas, async |kept| {
    prepared(kept);
    let text = "number,debtor,name,email,issued,due,amount,currency\n\
                9,=1+1,\"=HYPERLINK(\"\"http://x\"\")\",a@b.co,2013-01-01,2013-02-01,5,EUR\n\
                10,C1,,,2013-01-01,2013-02-01,7.00,GBP\n";
    let (done, report, _) = import(kept, &["invoices", &file(kept, "hostile.csv", text)]);
    assert!(done, "{report}");
    assert_eq!((&report["open"], &report["open_minor"]), (&json!(2), &Value::Null), "no sum mixes currencies");
    assert_eq!(report["totals"].as_array().unwrap().len(), 2);

    let out = kept.run_ok(&["links", "--csv"]);
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, ["debtor", "name", "email", "balance_minor", "currency", "url"]);
    let rows: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    let who: Vec<String> = rows.iter().map(|r| format!("{} {} {}", r[0], r[3], r[4])).collect();
    assert_eq!(who, ["'=1+1 500 EUR", "C1 700 GBP", "C1 4050 USD", "C2 125000 USD", "C3 999 USD"]);
    assert_eq!(rows[0][1], "'=HYPERLINK(\"http://x\")");
    assert_eq!(rows[1][5], rows[2][5], "one link for one debtor");

    let stored = ask(kept, "SELECT token_hash FROM links").await;
    assert_eq!(stored.len(), 4);
    let everything = format!("{:?}", dump(kept).await);
    for row in &rows {
        let (_, token) = row[5].split_once("/l/").unwrap();
        assert!(stored.contains(&hex::encode(<sha2::Sha256 as sha2::Digest>::digest(token))));
        assert!(!everything.contains(token), "the token itself is nowhere");
    }
    let again = kept.run_json(&["links"]);
    assert_eq!(again.as_array().unwrap().len(), 5);
    assert!(!out.contains(again[0]["url"].as_str().unwrap()), "each list has links of its own");
});

on_both!(commitments_leave_as_csv, async |kept| {
    prepared(kept);
    let insert = "INSERT INTO commitments (business_id, id, debtor_id, kind, state, currency, total_minor, proposal, words,
                    words_version, words_language, words_sha256, button, identity, address, proposed_by, proposed_at_ms,
                    decided_by, decided_at_ms, reason)
                  SELECT business_id, 'c-1', id, 'plan', 'active', 'USD', 5000, '', '', '', '', 'abc', '', '', '', 'debtor',
                    1372550400000, 'terms', 1372550401000, '' FROM debtors WHERE reference = 'C3' RETURNING id";
    assert_eq!(ask(kept, insert).await, ["c-1"]);
    let instalments = "INSERT INTO instalments (business_id, commitment_id, seq, due_on, amount_minor)
                       SELECT business_id, id, 0, '2026-01-01', 2500 FROM commitments
                       UNION ALL SELECT business_id, id, 1, '2026-02-01', 2500 FROM commitments RETURNING commitment_id";
    assert_eq!(ask(kept, instalments).await.len(), 2);
    let paid =
        "INSERT INTO transfers (business_id, id, debtor_id, kind, moved_on, at_ms, currency, amount_minor, method,
                  commitment_id, actor, note)
                SELECT business_id, 't-1', debtor_id, 'payment', '2026-01-01', 0, 'USD', 3000, 'bank', id, 'x', ''
                FROM commitments RETURNING id";
    assert_eq!(ask(kept, paid).await, ["t-1"]);
    let out = kept.run_ok(&["export", "commitments", "--csv"]);
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let [row] = &rows[..] else { panic!("one commitment: {out}") };
    for (column, expected) in [
        ("id", "c-1"),
        ("kind", "plan"),
        ("state", "active"),
        ("debtor", "C3"),
        ("name", "Ada Vickers"),
        ("currency", "USD"),
        ("total_minor", "5000"),
        ("paid_minor", "3000"),
        ("proposed_at", "2013-06-30T00:00:00Z"),
        ("decided_at", "2013-06-30T00:00:01Z"),
        ("decided_by", "terms"),
        ("next_due_on", "2026-02-01"),
        ("next_due_minor", "2000"),
        ("schedule", "2026-01-01 25.00; 2026-02-01 25.00"),
        ("words_sha256", "abc"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_eq!(kept.run_json(&["export", "commitments"])[0]["next_due_minor"], 2000);
});

on_both!(the_command_line_says_where_and_why, async |kept| {
    let status = |args: &[&str]| {
        let output = kept.run(args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for (args, words) in [
        (&["import", "invoices", "/no/such/file.csv"][..], "/no/such/file.csv"),
        (&["links", "--csv"], "business"),
        (&["--config", "/no/kept.toml", "migrate"], "/no/kept.toml"),
        (&["import", "invoices", &own("invoices.csv")], "--currency"),
        (&["import", "invoices", &own("invoices.csv"), "--currency", "USD", "--as-of", "2999-01-01"], "future"),
        (&["import", "invoices", &own("invoices.csv"), "--currency", "USD", "--map", "x=y"], "number, debtor, issued"),
        (&["--business", "Nobody", "import", "debtors", &own("debtors.csv")], "Nobody"),
    ] {
        let (code, said) = status(args);
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(said.contains(words) && said.lines().count() == 1, "{args:?}: {said}");
    }
    for args in [
        &["import", "invoices"][..],
        &["import", "invoices", "x", "--currency", "ZZZ"],
        &["import", "invoices", "x", "--date-format", "ydm"],
        &["import", "invoices", "x", "--as-of", "30/06/2013"],
        &["import", "debtors", "x", "--zone", "Mars/Olympus"],
        &["frobnicate"],
    ] {
        assert_eq!(status(args).0, Some(2), "{args:?}");
    }
    assert!(kept.run_ok(&["migrate"]).contains("up to date"));
});

on_both!(a_payment_in_the_file_counts_towards_the_plan_that_covers_it, async |kept| {
    prepared(kept);
    let commitment =
        "INSERT INTO commitments (business_id, id, debtor_id, kind, state, currency, total_minor, proposal,
                        words, words_version, words_language, words_sha256, button, identity, address, proposed_by,
                        proposed_at_ms, decided_by, decided_at_ms, reason)
                      SELECT business_id, 'c-1', id, 'promise', 'active', 'USD', 4050, '', '', '', '', '', '', '', '',
                        'debtor', 0, 'terms', 0, '' FROM debtors WHERE reference = 'C1' RETURNING id";
    assert_eq!(ask(kept, commitment).await, ["c-1"]);
    let instalment = "INSERT INTO instalments (business_id, commitment_id, seq, due_on, amount_minor)
                      SELECT business_id, id, 0, '2999-01-01', 4050 FROM commitments RETURNING commitment_id";
    assert_eq!(ask(kept, instalment).await, ["c-1"]);
    let covered = "INSERT INTO commitment_invoices (business_id, commitment_id, invoice_id, left_minor)
                   SELECT business_id, 'c-1', id, 4050 FROM invoices WHERE number = '1002' RETURNING invoice_id";
    assert_eq!(ask(kept, covered).await.len(), 1);
    let (done, report, _) =
        import(kept, &["invoices", &own("invoices.csv"), "--currency", "USD", "--as-of", "2013-07-31"]);
    assert!(done, "{report}");
    assert_eq!(ask(kept, "SELECT state FROM commitments").await, ["kept"]);
});

/// Two imports at once: one of them books, the other finds everything there.
#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_book_once() {
    for db in [Db::Sqlite, Db::Postgres] {
        if db == Db::Postgres && !has_postgres() {
            continue;
        }
        let kept = Kept::prepare(db).await;
        assert!(import(&kept, &["debtors", &own("debtors.csv")]).0);
        let args: Vec<String> = [&["import", "invoices", &own("invoices.csv"), "--json"], &INVOICES[..]]
            .concat()
            .iter()
            .map(|a| (*a).to_owned())
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let spawn = || kept.command(&args).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let running = [spawn(), spawn(), spawn()];
        let mut imported = Vec::new();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            imported.push(report["imported"].as_u64().unwrap());
        }
        imported.sort_unstable();
        assert_eq!(imported, [0, 0, 4], "{db:?}");
        assert_eq!(ask(&kept, "SELECT number FROM invoices").await.len(), 4);
    }
}
