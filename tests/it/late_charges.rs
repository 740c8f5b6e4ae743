//! Late charges between businesses: worked out day by day, claimed by a person who has seen that, given up, and taken back
//! where they turn out not to have been due.

use crate::ledger::{owner, page_of, record};
use futures_util::future::join_all;
use kept_tests::town::{day, file, pairs, plan, with_file};
use kept_tests::{Answer, Kept, Visitor, both, on_both};
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

/// What the law of the United Kingdom adds to 3,650.00 that were due on 31 January 2024, until yesterday: 132.5 pence a day,
/// less some days, and 70 pounds.
fn added(free_days: i64) -> i64 {
    let due: chrono::NaiveDate = "2024-01-31".parse().unwrap();
    let until = day(-1).parse::<chrono::NaiveDate>().unwrap();
    ((until - due).num_days() - free_days) * 1_325 / 10 + 7_000
}

fn pounds(minor: i64) -> String {
    let (whole, pence) = (minor / 100, minor % 100);
    if whole > 999 {
        format!("£{},{:03}.{pence:02}", whole / 1_000, whole % 1_000)
    } else {
        format!("£{whole}.{pence:02}")
    }
}

/// Carter Ltd owes 3,650.00 since the end of January 2024, and so does a person; the owner has turned claiming on.
async fn late(kept: &Kept) -> (Visitor, String) {
    let owner = owner(kept).await;
    let people = "reference,name,email,postcode,kind\nC,Carter Ltd,c@example.com,LS1 4AB,company\n\
                  P,Pat Person,p@example.com,LS1 4AB,person\n";
    let bills = "number,debtor,issued,due,amount,currency\nC-1,C,2024-01-01,2024-01-31,3650.00,GBP\n\
                 P-1,P,2024-01-01,2024-01-31,3650.00,GBP\n";
    let (people, bills) = (file(kept, "people.csv", people), file(kept, "bills.csv", bills));
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
    let policy = [("act", "save"), ("preset", "uk-1998")];
    owner.post_form("/console/policy/late-charges", &policy).await.leads_to("late-charges?done=saved");
    (owner, page_of(kept, "C").await)
}

async fn claim(owner: &Visitor, page: &str, invoice: &str, seen: i64) -> Answer {
    let typed = [("invoice", invoice), ("seen", &*seen.to_string())];
    owner.post_form(&format!("{page}/late-charges"), &typed).await
}

async fn waive(owner: &Visitor, page: &str, invoice: &str, amount: &str, why: &str, once: &str) -> Answer {
    let typed = [("invoice", invoice), ("waived", amount), ("why", why), ("once", once)];
    owner.post_form(&format!("{page}/late-charges/waive"), &typed).await
}

async fn invoice(kept: &Kept, number: &str) -> String {
    kept.ask(&format!("SELECT id FROM invoices WHERE number = '{number}'")).await.remove(0)
}

/// What is left of Carter's invoice, and what they have on account, in minor units.
async fn left(kept: &Kept) -> (i64, i64) {
    let sum = async |account: &str| -> i64 {
        let sql = format!(
            "SELECT CAST(COALESCE(SUM(e.amount_minor), 0) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
             WHERE d.reference = 'C' AND e.account = '{account}'"
        );
        kept.ask(&sql).await[0].parse().unwrap()
    };
    (sum("receivable").await, sum("on_account").await)
}

async fn visit(kept: &Kept, reference: &str) -> Visitor {
    let links = kept.run_json(&["links"]);
    let row = links.as_array().unwrap().iter().find(|row| row["debtor"] == reference).unwrap();
    let visitor = kept.visitor();
    visitor.open(&format!("/l/{}", row["url"].as_str().unwrap().rsplit('/').next().unwrap())).await;
    visitor
}

both!(nothing_is_claimed_until_an_owner_turns_it_on_and_claims_what_they_saw, async |kept| {
    let (owner, page) = late(kept).await;
    let (policy, charges) = ("/console/policy/late-charges", format!("{page}/late-charges"));
    // Off again: what it is unless the business says so.
    owner.post_form(policy, &[("act", "save"), ("preset", "off")]).await.expect(303);
    owner.get(&charges).await.expect(200).sees("Late charges are off");
    let c1 = invoice(kept, "C-1").await;
    claim(&owner, &page, &c1, added(0)).await.expect(422).sees("Late charges are off");
    owner.post_form(policy, &[("act", "save"), ("preset", "us")]).await.expect(422).sees("Choose one of these");
    let shown = owner.get(policy).await.expect(200).sees("Interest) Act 1998").sees("8 points a year");
    shown
        .sees("The rate of 31 December 2025 is not known here")
        .sees("https://www.legislation.gov.uk/ukpga/1998/20/contents");
    let rate = [("act", "rate"), ("of", "uk-1998")];
    for (on, per_cent, words) in [
        ("2025-12-30", "4", "is no day of uk-1998"),
        ("31.12.25x", "4", "Enter a date"),
        ("2025-12-31", "4,5", "is no rate in per cent"),
        ("2024-12-31", "4", "The rate of 31 December 2024 is known: 4.75 %"),
    ] {
        let typed = [&rate[..], &[("rate_on", on), ("rate", per_cent)]].concat();
        owner.post_form(policy, &typed).await.expect(422).sees(words);
    }
    owner.post_form(policy, &[&rate[..], &[("rate_on", "2025-12-31"), ("rate", "3.75")]].concat()).await.expect(303);
    owner.get(policy).await.expect(200).sees("3.75 %, added by you");
    owner.post_form(policy, &[("act", "save"), ("preset", "uk-1998")]).await.expect(303);
    // The command line works by the same law, and still books nothing.
    let told = kept.run_json(&["late-charges", "--debtor", "C"]);
    let first = &told["debtors"][0]["invoices"][0];
    assert_eq!(first["interest_minor"].as_i64().unwrap() + first["fixed_minor"].as_i64().unwrap(), added(0), "{told}");

    let minor = added(0);
    let sum = pounds(minor);
    owner.get(&charges).await.expect(200).sees(&format!("Claim {sum}")).sees("13.25 % a year of £3,650.00");
    assert_eq!(left(kept).await, (365_000, 0));
    claim(&owner, &page, &c1, minor - 1).await.expect(422).sees(&format!("It is {sum} now"));
    claim(&owner, &page, "nothing", minor).await.expect(422).sees("claimed already");
    // Five at once: one is booked.
    let all = join_all((0..5).map(|_| claim(&owner, &page, &c1, minor))).await;
    let done = all.iter().filter(|answer| answer.status == 303).count();
    assert_eq!((done, left(kept).await), (1, (365_000 + minor, 0)));
    claim(&owner, &page, &c1, minor).await.expect(422).sees("Everything that the law adds so far is claimed already");
    // Never of a consumer.
    let (other, p1) = (page_of(kept, "P").await, invoice(kept, "P-1").await);
    owner.get(&format!("{other}/late-charges")).await.expect(200).sees("Nothing is added to what a consumer owes");
    claim(&owner, &other, &p1, minor).await.expect(422).sees("Nothing is added to what a consumer owes");

    // Both sides see it, on every page with amounts.
    owner.get(&page).await.expect(200).sees(" late charge</span>").sees(&pounds(365_000 + minor));
    let carter = visit(kept, "C").await;
    let whole = pounds(365_000 + minor);
    let account = carter.get("/account").await.expect(200).sees(&whole).sees("Late charge").sees(&sum);
    account.sees("href=\"/account/late-charges\"").does_not_see("Paid or taken off");
    let page_of_charges = carter.get("/account/late-charges").await.expect(200).sees("13.25 % a year of £3,650.00");
    page_of_charges
        .sees("£70.00")
        .sees(&sum)
        .sees("https://www.legislation.gov.uk/ukpga/1998/20/contents")
        .sees("not right");
    let csv = carter.get("/account/statement.csv").await.expect(200);
    csv.sees("Late charge,\"On invoice C-1, for the time until").sees(&format!("{}.{:02}", minor / 100, minor % 100));
    let pat = visit(kept, "P").await;
    pat.get("/account").await.expect(200).does_not_see("late-charges");
    pat.get("/account/late-charges").await.expect(200).sees("has added nothing to your invoices");
    // What is paid goes to the invoice first: nothing is added to what was added, and the charge is what is left.
    record(&owner, &page, "3650.00", &day(0)).await;
    assert_eq!(left(kept).await, (minor, 0));
    let later = kept.run_json(&["late-charges", "--debtor", "C", "--as-of", &day(200)]);
    assert_eq!(later["debtors"][0]["invoices"][0]["interest_minor"], added(0) - 7_000, "{later}");
    kept.run_ok(&["doctor"]);
});

both!(what_was_given_up_does_not_come_back_and_what_was_paid_of_it_is_on_account, async |kept| {
    let (owner, page) = late(kept).await;
    let (c1, minor) = (invoice(kept, "C-1").await, added(0));
    waive(&owner, &page, &c1, "", "Good customer", "1")
        .await
        .expect(422)
        .sees("There is no late charge on this invoice");
    claim(&owner, &page, &c1, minor).await.expect(303);
    for (amount, why, words) in [
        ("0", "Good customer", "more than zero"),
        ("-5", "Good customer", "waived-error"),
        ("9999", "Good customer", "not more than the late charge"),
        ("20", " ", "Write why"),
        ("20", &*"x".repeat(501), "at most 500 characters"),
    ] {
        waive(&owner, &page, &c1, amount, why, "1").await.expect(422).sees(words);
    }
    assert_eq!(left(kept).await, (365_000 + minor, 0));
    waive(&owner, &page, &c1, "20", "You have been good to us 🙂", "1").await.leads_to("late-charges?done=late_waived");
    waive(&owner, &page, &c1, "20", "You have been good to us 🙂", "1").await.expect(422).sees("done already");
    assert_eq!(left(kept).await, (365_000 + minor - 2_000, 0));
    claim(&owner, &page, &c1, 2_000).await.expect(422).sees("claimed already");
    let carter = visit(kept, "C").await;
    let seen =
        carter.get("/account/late-charges").await.expect(200).sees("You have been good to us 🙂").sees("-£20.00");
    seen.sees(&pounds(minor - 2_000));
    carter.get("/account").await.expect(200).sees("Late charge given up").sees(&pounds(365_000 + minor - 2_000));
    // Paid in full, and the rest is given up after that: it is theirs.
    record(&owner, &page, &format!("{}.{:02}", (365_000 + minor - 2_000) / 100, minor % 100), &day(0)).await;
    assert_eq!(left(kept).await, (0, 0));
    waive(&owner, &page, &c1, "", "A mistake of ours", "2").await.expect(303);
    assert_eq!(left(kept).await, (0, 2_000 - minor));
    waive(&owner, &page, &c1, "", "A mistake of ours", "3")
        .await
        .expect(422)
        .sees("There is no late charge on this invoice");
    carter.get("/account/late-charges").await.expect(200).sees("A mistake of ours").sees("£0.00");
    kept.run_ok(&["doctor"]);
});

both!(a_breathing_space_that_had_begun_takes_its_charges_back, async |kept| {
    let (owner, page) = late(kept).await;
    let (c1, minor) = (invoice(kept, "C-1").await, added(0));
    claim(&owner, &page, &c1, minor).await.expect(303);
    let holds = format!("{page}/holds");
    for (kind, from_on, words) in [
        ("breathing_space", day(-61), "at most 60 days ago"),
        ("breathing_space", day(1), "at most 60 days ago"),
        ("hardship", day(-1), "the day on which a breathing space began"),
        ("breathing_space", "soon".to_owned(), "Enter a date"),
    ] {
        let typed = [("kind", kind), ("from_on", &*from_on), ("until_on", ""), ("note", "")];
        owner.post_form(&holds, &typed).await.expect(422).sees(words);
    }
    assert_eq!(left(kept).await, (365_000 + minor, 0));
    let from_on = day(-20);
    let typed = [("kind", "breathing_space"), ("from_on", &*from_on), ("until_on", ""), ("note", "")];
    owner.post_form(&holds, &typed).await.expect(303);
    assert_eq!(left(kept).await, (365_000 + added(20), 0));
    let until = kept.ask("SELECT until_on FROM holds").await;
    assert_eq!(until, [day(40)], "sixty days from its own beginning");
    claim(&owner, &page, &c1, 1).await.expect(422).sees("Nothing is added while reminders to this customer pause");
    let carter = visit(kept, "C").await;
    carter
        .get("/account/late-charges")
        .await
        .expect(200)
        .sees("Nothing is added on these days")
        .sees(&pounds(added(20)));
    carter.get("/account").await.expect(200).sees("Late charge taken back: it was not due");
    kept.run_ok(&["doctor"]);
});

both!(a_payment_that_had_arrived_before_takes_back_what_was_added_after_it, async |kept| {
    let (owner, page) = late(kept).await;
    let (c1, minor) = (invoice(kept, "C-1").await, added(0));
    claim(&owner, &page, &c1, minor).await.expect(303);
    record(&owner, &page, "3650.00", "2024-02-10").await;
    // Nine days at 132.5 pence, and the fixed sum.
    assert_eq!(left(kept).await, (1_192 + 7_000, 0));
    let said = owner.get(&page).await.expect(200).sees("A late charge that was not due was taken back");
    said.sees("Late charge taken back, not due");
    kept.run_ok(&["doctor"]);
});

both!(nothing_is_added_in_a_dispute_or_beside_an_agreement, async |kept| {
    let (owner, page) = late(kept).await;
    let (c1, minor) = (invoice(kept, "C-1").await, added(0));
    let carter = visit(kept, "C").await;
    let torn = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "Torn")];
    carter.post_multipart("/account/dispute", with_file(&torn, "", b"")).await.expect(303);
    claim(&owner, &page, &c1, minor).await.expect(422).sees("Nothing is added to an invoice while it is in dispute");
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "reject"), ("reason", "It was whole")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.expect(303);
    let confirmed = carter.check("/account/plan", &plan()).await;
    carter.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    claim(&owner, &page, &c1, minor).await.expect(422).sees("Nothing is added while an agreement runs");
    let agreement = kept.ask("SELECT id FROM commitments").await.remove(0);
    carter.post_form(&format!("/account/agreements/{agreement}"), &[("act", "cancel")]).await.expect(303);
    let ended = kept.ask("SELECT state FROM commitments").await;
    assert!(["cancelled", "withdrawn"].contains(&ended[0].as_str()), "{ended:?}");
    claim(&owner, &page, &c1, added(0)).await.expect(303);
    kept.run_ok(&["doctor"]);
});
