//! The ledger: what is booked stays booked, and can be read as of any day.

use kept_tests::paper::words;
use kept_tests::town::{day, owe};
use kept_tests::{Db, Kept, Visitor, both};

pub async fn owner(kept: &Kept) -> Visitor {
    let added = kept.run_json(&["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example"]);
    let visitor = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    visitor.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    visitor
}

/// The console's page of a debtor.
pub async fn page_of(kept: &Kept, reference: &str) -> String {
    let id = kept.ask(&format!("SELECT id FROM debtors WHERE reference = '{reference}'")).await.remove(0);
    format!("/console/debtors/{id}")
}

pub async fn record(owner: &Visitor, page: &str, amount: &str, on: &str) {
    let paid = [("amount", amount), ("currency", "GBP"), ("paid_on", on), ("reference", ""), ("once", amount)];
    owner.post_form(&format!("{page}/payments"), &paid).await.expect(303);
}

both!(the_database_refuses_to_change_what_is_booked, async |kept| {
    let owner = owner(kept).await;
    owe(kept, "Alder Tools", "A", 1);
    record(&owner, &page_of(kept, "A-1").await, "150", &day(0)).await;
    let before = kept.dump().await;
    assert_eq!((before["transfers"].len(), before["entries"].len()), (3, 6));
    let mut refused = vec![
        "UPDATE transfers SET amount_minor = 1",
        "UPDATE transfers SET note = 'corrected' WHERE kind = 'payment'",
        "DELETE FROM transfers WHERE kind = 'payment'",
        "UPDATE entries SET amount_minor = amount_minor - 1 WHERE account = 'receivable'",
        "UPDATE entries SET invoice_id = NULL",
        "DELETE FROM entries",
        "UPDATE events SET detail = 'nothing'",
        "DELETE FROM events",
    ];
    if kept.db() == Db::Sqlite {
        // It would delete without a word.
        refused.push("INSERT OR REPLACE INTO transfers SELECT * FROM transfers");
        refused.push("INSERT OR REPLACE INTO entries SELECT * FROM entries");
        refused.push("REPLACE INTO events SELECT * FROM events");
    }
    if kept.db() == Db::Postgres {
        refused.push("TRUNCATE entries");
        refused.push("TRUNCATE events");
        refused.push("TRUNCATE transfers CASCADE");
    }
    for sql in refused {
        let said = kept.try_change(sql).await.expect_err(sql).to_string();
        assert!(said.contains("are only ever appended"), "{sql}: {said}");
    }
    assert_eq!(before, kept.dump().await);
    // What comes later is appended as ever.
    record(&owner, &page_of(kept, "A-1").await, "50", &day(0)).await;
    assert_eq!(kept.dump().await["transfers"].len(), 4);
});

/// What a statement's file says, a line each, without its head.
fn rows(csv: &str) -> Vec<String> {
    csv.lines().skip(1).map(str::to_owned).collect()
}

both!(a_statement_says_what_was_owed_on_any_day_on_every_surface, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 2);
    let page = page_of(kept, "A-1").await;
    // Paid five days ago, and written down today; a part of it is more than the books will ever ask for.
    record(&owner, &page, "150.00", &day(-5)).await;
    record(&owner, &page, "500.00", &day(0)).await;
    let today = day(0);
    let csv = kept.run_ok(&["statement", "--debtor", "A-1", "--csv"]);
    let issued = day(-70);
    let paid = |on: &str, recorded: &str, amount: &str, balance: &str| {
        format!("GBP,{on},{recorded},payment,Payment by bank transfer,,{amount},{balance}")
    };
    let expected = [
        "GBP,,,opening,Brought forward,,,0.00".to_owned(),
        format!("GBP,{issued},{today},invoice,Invoice A-1-a,,400.00,400.00"),
        format!("GBP,{issued},{today},invoice,Invoice A-1-b,,200.00,600.00"),
        paid(&day(-5), &today, "-150.00", "450.00"),
        paid(&today, "", "-500.00", "-50.00"),
        format!("GBP,{today},,closing,Balance,,,-50.00"),
    ];
    assert_eq!(rows(&csv), expected);
    let closing = |args: &[&str]| {
        let said = kept.run_json(&[&["statement", "--debtor", "A-1"], args].concat());
        said["accounts"].as_array().unwrap().iter().map(|a| a["closing_minor"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(closing(&[]), [-5_000]);
    assert_eq!(closing(&["--as-of", &day(-1)]), [45_000]);
    assert_eq!(closing(&["--as-of", &day(-6)]), [60_000]);
    assert!(closing(&["--as-of", &day(-71)]).is_empty());
    // What the books held that evening is another question: nothing had been written down.
    assert!(closing(&["--as-of", &day(-1), "--as-recorded"]).is_empty());
    let from = kept.run_json(&["statement", "--debtor", "A-1", "--from", &day(-1)]);
    assert_eq!(from["accounts"][0]["opening_minor"], 45_000);
    assert_eq!(from["accounts"][0]["lines"].as_array().unwrap().len(), 1);

    // The same on the pages of both sides and in their files.
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let account = debtor.get("/account").await.expect(200);
    account.sees("href=\"/account/statement\"");
    owner.get(&page).await.expect(200).sees("/statement\"");
    let past = format!("from=&as_of={}", day(-1));
    for (visitor, base) in [(&debtor, "/account/statement".to_owned()), (&owner, format!("{page}/statement"))] {
        let now = visitor.get(&base).await.expect(200).sees("Invoice A-1-a").sees("£450.00").sees("written down on");
        now.sees("-£50.00").does_not_see("A-2");
        let past_page = visitor.get(&format!("{base}?{past}")).await.expect(200).sees("£450.00");
        past_page.sees(&format!("statement.pdf?{past}").replace('&', "&amp;")).does_not_see("-£500.00");
        let file = visitor.get(&format!("{base}.csv?{past}")).await.expect(200);
        assert_eq!(file.header("content-type").as_deref(), Some("text/csv; charset=utf-8"));
        assert_eq!(rows(&file.body)[..4], expected[..4]);
        let pdf = visitor.get(&format!("{base}.pdf?{past}")).await.expect(200);
        assert_eq!(pdf.header("content-type").as_deref(), Some("application/pdf"));
        let said = words(&pdf.content);
        for text in ["Statementofaccount", "InvoiceA-1-a", "Paymentbybanktransfer", "-£150.00", "Lefttopay:£450.00"] {
            assert!(said.contains(text), "{text}: {said}");
        }
        assert!(!said.contains("-£500.00"), "{said}");
        // A day that cannot be is named, whatever was asked for.
        for (end, query, why) in [
            ("", "as_of=soon", "Enter a date"),
            (".csv", &*format!("as_of={}", day(2)), "today or earlier"),
            (".pdf", &*format!("from={}&as_of={}", day(-1), day(-2)), "not after the last one"),
        ] {
            visitor.get(&format!("{base}{end}?{query}")).await.expect(422).sees(why).sees("Error: ");
        }
    }
    // Files of the command line, and what it cannot do.
    let file = kept.data().join("a.pdf");
    kept.run_ok(&["statement", "--debtor", "A-1", "--as-of", &day(-1), "--pdf", file.to_str().unwrap()]);
    assert!(words(&std::fs::read(&file).unwrap()).contains("Lefttopay:£450.00"));
    for (args, why) in [
        (&["--debtor", "nobody"][..], "nobody"),
        (&["--debtor", "A-1", "--as-of", "tomorrow"], "2026-11-30"),
        (&["--debtor", "A-1", "--as-of", &day(2)], "has not come"),
        (&["--debtor", "A-1", "--from", &day(0), "--as-of", &day(-1)], "after the last day"),
    ] {
        let output = kept.run(&[&["statement"], args].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{args:?}: {said}");
    }
});
