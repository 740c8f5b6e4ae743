//! A rehearsal in the console: what the policy would send, to whom and when, what it would hold back and what it costs, without
//! sending anything.

use crate::mail::{NOW, at, run_at};
use kept_tests::town::{between, file};
use kept_tests::{Answer, Kept, Visitor, on_both};
use serde_json::Value;
use std::fmt::Write as _;

const PATH: &str = "/console/policy/rehearsal";
const PRICES: &str = "[costs]\nemail = \"0.02\"\nletter = \"0.95\"\ncall = \"3.00\"\n";

fn owe(kept: &Kept, people: &str, bills: &str) {
    let people = file(kept, "people.csv", format!("reference,name,email,phone\n{people}"));
    let bills = file(kept, "bills.csv", format!("number,customer,issued,due,amount\n{bills}"));
    run_at(kept, NOW, None, &["import", "debtors", &people]);
    run_at(kept, NOW, None, &["import", "invoices", &bills, "--currency", "GBP"]);
}

async fn owner(kept: &mut Kept, config: &str) -> Visitor {
    let config = file(kept, "prices.toml", config);
    kept.set("KEPT_NOW", NOW);
    kept.serve(&["--config", &config]);
    let owner = kept.visitor();
    let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
    let typed = [("business", "Jessop Stationers"), ("name", "Ada"), ("email", email), ("password", password)];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    owner
}

/// The figure below a heading.
fn figure(page: &Answer, heading: &str) -> String {
    let text = between(&page.body, &format!("<dt>{heading}</dt><dd>"), "</dd>");
    let mut inside = false;
    text.chars()
        .filter(|c| {
            inside = (inside && *c != '>') || *c == '<';
            !inside && *c != '>'
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The rows of the table of decisions.
fn rows(page: &Answer) -> Vec<&str> {
    let list = page.body.split("id=\"decisions\"").nth(1).unwrap();
    list.split("<tr>").skip(2).collect()
}

on_both!(a_page_shows_what_would_be_sent_and_sends_nothing, async |kept| {
    owe(
        kept,
        "Ann,Ann,ann@example.org,+44 20 7946 0000\nBo,Bo,bo@example.org,\nCy,Cy,,\nDee,Dee,dee@example.org,\n",
        "A-1,Ann,2026-08-01,2026-09-01,80.00\nB-1,Bo,2026-11-01,2026-11-30,30.00\nC-1,Cy,2026-08-01,2026-09-01,70.00\n",
    );
    let owner = owner(kept, PRICES).await;
    owner.get("/console/policy").await.expect(200).sees(&format!("href=\"{PATH}\""));
    let before = kept.ask("SELECT COUNT(*) || '' FROM contacts").await;
    let page = owner.get(PATH).await.expect(200).sees("in 90 days, from 20 November 2026");
    let page = page.sees("Once: No address is known to which this reminder could go").does_not_see(">Dee<");
    // The page and the command line tell the same.
    let output = at(kept, NOW, None, &["rehearse", "--days", "90", "--json"]).output().unwrap();
    let lines: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let by = |channel: &str| lines.iter().filter(|line| line["channel"] == channel).count();
    let (mails, calls) = (by("email"), by("call"));
    assert!(mails >= 5 && calls == 1 && by("letter") == 0, "{lines:?}");
    assert_eq!(figure(&page, "Messages and calls"), (mails + calls).to_string());
    assert_eq!(figure(&page, "Customers who get one"), "2 of 3");
    assert_eq!(figure(&page, "Cost"), format!("£{:.2}", mails as f64 * 0.02 + 3.0));
    // The first of them goes at once.
    let first = rows(&page)[0];
    assert!(
        first.contains("Ann") && first.contains("Fri 20 November 2026, 10:00") && first.contains("£80.00"),
        "{first}"
    );
    assert!(first.contains("A-1"), "{first}");
    // Nothing was written by looking.
    assert_eq!(kept.ask("SELECT COUNT(*) || '' FROM contacts").await, before);
    assert_eq!(kept.ask("SELECT COUNT(*) || '' FROM outbox").await, ["0"]);

    // It is narrowed down to a name, a channel, a kind of decision, a day.
    let calls = rows(&owner.get(&format!("{PATH}?channel=call")).await.expect(200)).len();
    assert_eq!(calls, 1);
    let held = owner.get(&format!("{PATH}?shown=held")).await.expect(200);
    assert!(rows(&held).iter().all(|row| row.contains("not sent")) && !rows(&held).is_empty());
    let sent = owner.get(&format!("{PATH}?shown=send")).await.expect(200);
    assert_eq!(rows(&sent).len(), mails + 1);
    let day = owner.get(&format!("{PATH}?on=2026-11-20&shown=send")).await.expect(200);
    assert_eq!(rows(&day).len(), 1);
    assert!(rows(&owner.get(&format!("{PATH}?shown=all")).await.expect(200)).len() > mails + 1);
    let bo = owner.get(&format!("{PATH}?search=bo&days=30")).await.expect(200).sees("in 30 days");
    assert_eq!(figure(&bo, "Customers who get one"), "1 of 1");
    owner.get(&format!("{PATH}?search=100%25")).await.expect(200).sees("Nobody of that name owes anything");
    // What makes no sense is taken as nothing.
    owner.get(&format!("{PATH}?days=7&on=never&page=-1&channel=owl&shown=x")).await.expect(200).sees("in 90 days");
    owner.get(&format!("{PATH}?page=99")).await.expect(200).sees("There is no such decision");
});

on_both!(many_debtors_are_rehearsed_part_by_part, async |kept| {
    let (mut people, mut bills) = (String::new(), String::new());
    for n in 0..205 {
        writeln!(people, "r{n:03},Person {n:03},p{n}@example.org,").unwrap();
        writeln!(bills, "I-{n},r{n:03},2026-08-01,2026-09-01,80.00").unwrap();
    }
    owe(kept, &people, &bills);
    let owner = owner(kept, "").await;
    let page = owner.get(&format!("{PATH}?days=30")).await.expect(200).sees("the first 200 of those who owe you");
    // Where no price is known, none is made up.
    let page = page.sees("[costs]").does_not_see("<dt>Cost");
    assert_eq!(figure(&page, "Customers who get one"), "200 of 200");
    assert_eq!(rows(&page).len(), 15, "a page of decisions at a time");
    let next = between(&page.body, "<a rel=\"next\" href=\"", "\"").replace("&amp;", "&");
    let page = owner.get(&next).await.expect(200).sees("the last 5 of those").sees("Back to the first");
    assert_eq!(figure(&page, "Customers who get one"), "5 of 5");
    assert!(page.body.contains("Person 204") && !page.body.contains("Person 199"));
    let second = owner.get(&format!("{PATH}?days=30&page=2")).await.expect(200).sees("rel=\"prev\"");
    assert_eq!(rows(&second).len(), 15);
});
