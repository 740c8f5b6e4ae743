//! Late charges between businesses, worked out day by day and booked by nobody.

use kept_tests::on_both;
use kept_tests::town::file;
use serde_json::{Value, json};

on_both!(a_late_charge_is_worked_out_day_by_day_and_nothing_is_booked, async |kept| {
    let people = "reference,name,email,postcode,kind\nC,Carter Ltd,c@example.com,LS1 4AB,company\n\
                  P,Pat Person,p@example.com,LS1 4AB,person\n";
    let bills = "number,debtor,issued,due,amount,currency\nC-1,C,2024-01-01,2024-01-31,3650.00,GBP\n\
                 C-2,C,2024-01-01,2024-03-31,100.00,EUR\nC-3,C,2026-01-01,2026-01-31,200.00,GBP\n\
                 P-1,P,2024-01-01,2024-01-31,3650.00,GBP\n";
    let (people, bills) = (file(kept, "people.csv", people), file(kept, "bills.csv", bills));
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
    let before = kept.dump().await;
    let uk = |more: &[&str]| -> Value {
        let told = kept.run_json(&[&["late-charges", "--preset", "uk-1998"], more].concat());
        assert_eq!(told["url"], "https://www.legislation.gov.uk/ukpga/1998/20/contents");
        told["debtors"].clone()
    };
    // 8 points over the 5.25 of 31 December 2023, on 3,650.00: 1.325 a day, from the day after the due date.
    let told = uk(&["--as-of", "2024-02-10"]);
    let all = told.as_array().unwrap();
    assert_eq!(all.len(), 2, "{told}");
    let one = &all[0]["invoices"][0];
    assert_eq!((&one["interest_minor"], &one["fixed_minor"]), (&json!(1_325), &json!(7_000)), "{one}");
    let day = &one["days"][0];
    assert_eq!((&day["from_on"], &day["days"], &day["rate_bp"]), (&json!("2024-02-01"), &json!(10), &json!(1_325)));
    // Never of a consumer.
    assert_eq!(all[1]["invoices"][0]["refused"], "Nothing is added to what a consumer owes.", "{told}");
    // Outside its dates and currencies it says so, and does not guess.
    let told = uk(&["--as-of", "2026-02-10", "--debtor", "C"]);
    let refused = |n: usize| told[0]["invoices"][n]["refused"].as_str().unwrap_or_default().to_owned();
    assert!(refused(1).contains("another currency") && refused(2).contains("31 December 2025"), "{told}");
    let told = uk(&["--as-of", "2026-02-10", "--debtor", "C", "--rate", "2025-12-31=4.00"]);
    let third = &told[0]["invoices"][2];
    assert_eq!((&third["interest_minor"], &third["fixed_minor"]), (&json!(65), &json!(4_000)), "{told}");
    // Days of a hold do not count, and neither does what was paid.
    kept.change(
        "INSERT INTO holds (business_id, id, debtor_id, reason, note, from_on, until_on, actor, created_at_ms, about)
         SELECT business_id, 'h', id, 'breathing_space', '', '2024-02-02', '2024-02-06', 'shell', 1, '' FROM debtors
         WHERE reference = 'C'",
    )
    .await;
    let told = uk(&["--as-of", "2024-02-10"]);
    assert_eq!(told[0]["invoices"][0]["interest_minor"], 662, "{told}");
    let said = kept.run_ok(&["late-charges", "--preset", "uk-1998", "--as-of", "2024-02-10", "--debtor", "C"]);
    assert!(said.contains("nothing is added on these days") && said.contains("13.25 % a year on £3,650.00"), "{said}");
    for (wrong, words) in [
        (["--preset", "us"], "there is none called us: uk-1998, eu-2011-7"),
        (["--rate", "2025-12-30=4"], "is no day of uk-1998"),
        (["--debtor", "nobody"], "there is none called nobody"),
    ] {
        let preset: &[&str] = if wrong[0] == "--preset" { &[] } else { &["--preset", "uk-1998"] };
        let output = kept.run(&[&["late-charges"], preset, &wrong[..]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{wrong:?}: {said}");
    }
    kept.change("DELETE FROM holds WHERE id = 'h'").await;
    assert_eq!(kept_tests::tables::differences(&before, &kept.dump().await), [""; 0]);
});
