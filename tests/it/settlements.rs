//! Less than is owed, in full and final settlement: offered, answered by rules or a person, paid in time or not, and never
//! telling what would be accepted.

use crate::mail::{folder, messages, work};
use kept_domain::reference::PaymentReference;
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{between, day, file, owe, pairs};
use kept_tests::{Answer, Kept, Visitor, on_both};
use serde_json::json;

const NOW: &str = "2027-01-04T10:00:00Z";

/// What the rules of these stories accept, in words and figures that nobody but the owner may ever read: 61 per cent of
/// 600.00.
const FLOOR: [&str; 4] = ["366.00", "36600", "floor", "61 per cent"];

fn rules<'a>(below: &'a str, changed: &[(&'static str, &'a str)]) -> Vec<(&'static str, &'a str)> {
    let all = [("offers", "rules"), ("below", below), ("floor_1", "61"), ("counter_1", "83"), ("within_1", "14")];
    let more = [("min_age_1", "30"), ("from_1", "100"), ("up_to_1", "10000")];
    let mut typed: Vec<(&str, &str)> = all.into_iter().chain(more).collect();
    for (name, text) in changed {
        typed.retain(|(known, _)| known != name);
        typed.push((name, text));
    }
    typed
}

/// A business with debtors who each owe 600.00, and rules; its owner.
async fn shop(kept: &mut Kept, debtors: usize, below: &str) -> Visitor {
    kept.set("KEPT_NOW", NOW);
    owe(kept, "", "P", debtors);
    kept.serve(&[]);
    let owner = owner(kept).await;
    owner.post_form("/console/policy/settlements", &rules(below, &[])).await.leads_to("settlements?done=saved");
    owner
}

async fn owner(kept: &Kept) -> Visitor {
    let owner = kept.visitor();
    let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
    let typed = [("business", "Jessop Stationers"), ("name", "Ada"), ("email", email), ("password", password)];
    // Whoever is the owner already signs in.
    if owner.post_form("/console/setup", &typed).await.status.as_u16() == 404 {
        owner.post_form("/console/login", &[("email", email), ("password", password)]).await.leads_to("/console");
    }
    owner
}

fn serve_at(kept: &mut Kept, now: &str) {
    kept.set("KEPT_NOW", now);
    kept.serve(&[]);
}

/// A link of somebody who owes something.
fn link_of(kept: &Kept, who: &str) -> String {
    let links = kept.run_json(&["links"]);
    let link = links.as_array().unwrap().iter().find(|row| row["debtor"] == who).unwrap();
    format!("/l/{}", link["url"].as_str().unwrap().rsplit('/').next().unwrap())
}

async fn come_by(kept: &Kept, link: &str) -> Visitor {
    let visitor = kept.visitor();
    visitor.open(link).await;
    visitor
}

async fn come(kept: &Kept, who: &str) -> Visitor {
    come_by(kept, &link_of(kept, who)).await
}

fn work_at(kept: &Kept, now: &str) {
    let output = kept.command(&["work", "--once"]).env("KEPT_NOW", now).output().unwrap();
    assert!(output.status.success(), "{now}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Reads the exact words of an offer; answers what making it sends.
async fn read(visitor: &Visitor, amount: &str, by: &str) -> Vec<(&'static str, String)> {
    let typed = [("currency", "GBP".to_owned()), ("amount", amount.to_owned()), ("by_on", by.to_owned())];
    visitor.check("/account/settlement", &typed).await
}

/// Makes an offer; the page that answers.
async fn offer(visitor: &Visitor, amount: &str, by: &str) -> Answer {
    let read = read(visitor, amount, by).await;
    let made = visitor.post_form("/account/settlement/check", &pairs(&read)).await.expect(303);
    visitor.follow(made).await.expect(200)
}

/// A transfer that names the debtor's reference.
async fn transfer(kept: &mut Kept, now: &str, who: &str, on: &str, amount: &str) {
    let id = kept.ask(&format!("SELECT id FROM debtors WHERE reference = '{who}'")).await.remove(0);
    let reference = PaymentReference::of(&id.as_str().into()).grouped();
    kept.set("KEPT_NOW", now);
    let text = format!("Date,Payer,Description,Amount\n{on},Her mother,{reference},{amount}\n");
    let path = file(kept, &format!("{who}-{on}.csv"), text);
    let done = kept.run_json(&["import", "statement", &path]);
    assert_eq!(done["booked"], 1, "{done:#}");
}

async fn left(kept: &Kept, who: &str) -> String {
    let sql = format!(
        "SELECT CAST(SUM(e.amount_minor) AS TEXT) FROM entries e JOIN debtors d ON d.id = e.debtor_id
         WHERE d.reference = '{who}' AND e.account IN ('receivable', 'on_account')"
    );
    kept.ask(&sql).await.remove(0)
}

async fn states(kept: &Kept, who: &str) -> Vec<String> {
    let sql = format!(
        "SELECT c.state FROM commitments c JOIN debtors d ON d.id = c.debtor_id
         WHERE d.reference = '{who}' ORDER BY c.proposed_at_ms, c.id"
    );
    kept.ask(&sql).await
}

async fn taken_off(kept: &Kept) -> Vec<String> {
    kept.ask(
        "SELECT kind || ' ' || CAST(amount_minor AS TEXT) FROM transfers WHERE kind LIKE '%discount%' ORDER BY at_ms",
    )
    .await
}

on_both!(an_offer_is_answered_by_rules_and_the_rest_is_taken_off_once_it_is_paid_in_time, async |kept| {
    let owner = shop(kept, 1, "counter").await;
    let visitor = come(kept, "P-1").await;
    let mut read_by_debtor = Vec::new();
    read_by_debtor.push(visitor.get("/account").await.expect(200).sees("Agree a lower amount"));
    read_by_debtor.push(visitor.get("/account/settlement").await.expect(200));
    for (amount, by, words) in [
        ("600", "2027-01-15", "less than what is left to pay"),
        ("0", "2027-01-15", "more than zero"),
        ("300", "2027-01-03", "today or later"),
        ("300", "2028-02-01", "within the next year"),
        ("lots", "soon", "Enter the date"),
    ] {
        let typed = [("currency", "GBP"), ("amount", amount), ("by_on", by)];
        read_by_debtor.push(visitor.post_form("/account/settlement", &typed).await.expect(422).sees(words));
    }
    // Looking tells nothing: the words are the same on either side of what would be accepted, and nothing is stored.
    for amount in ["365.99", "366.01"] {
        let typed = [("currency", "GBP"), ("amount", amount), ("by_on", "2027-01-15")];
        let at = visitor.post_form("/account/settlement", &typed).await.expect(303).find_location().unwrap();
        let page = visitor.get(&at).await.expect(200).sees("It is not an agreement until").sees("Send this offer");
        read_by_debtor.push(page);
    }
    assert!(states(kept, "P-1").await.is_empty());
    // Below it every offer gets the same answer.
    for amount in ["1", "365.99"] {
        let page = offer(&visitor, amount, "2027-01-15").await;
        read_by_debtor.push(page.sees("£498.00 by 18 January 2027, in full and final settlement of £600.00"));
    }
    // The third is enough, and is sent from two tabs at once: one agreement.
    let third = read(&visitor, "400", "2027-01-15").await;
    let json = serde_json::to_value(third.iter().cloned().collect::<std::collections::BTreeMap<_, _>>()).unwrap();
    let fields = pairs(&third);
    let (one, other, island) = futures_util::future::join3(
        visitor.post_form("/account/settlement/check", &fields),
        visitor.post_form("/account/settlement/check", &fields),
        visitor.post_json("/account/settlement/check", &json),
    )
    .await;
    let (one, other, island) = (one.expect(303), other.expect(303), island.expect(200));
    assert_eq!(one.find_location(), other.find_location());
    read_by_debtor.push(island);
    read_by_debtor.push(visitor.follow(one).await.sees("the other £200.00 does not have to be paid").sees("Agreed"));
    let mut all = states(kept, "P-1").await;
    all.sort();
    assert_eq!(all, ["active", "declined", "declined", "withdrawn", "withdrawn"]);
    let decided = "SELECT decided_by || ' ' || CAST(total_minor AS TEXT) || ' ' || CAST(settles_minor AS TEXT)
                   FROM commitments WHERE state = 'active'";
    assert_eq!(kept.ask(decided).await, ["terms 40000 60000"]);
    // There is no fourth, nor more than the pages ever said.
    read_by_debtor.push(visitor.get("/account/settlement").await.expect(429).sees("You can make 3 offers in 30 days"));
    visitor.post_form("/account/settlement/check", &[("amount", "200"), ("by_on", "2027-01-10")]).await.expect(303);
    read_by_debtor.push(visitor.get("/account").await.expect(200).sees("Your lower amount").sees("£600.00"));
    for page in &read_by_debtor {
        for secret in FLOOR {
            assert!(!page.body.contains(secret), "{secret}: {}", page.body);
        }
    }
    // The owner reads it, and sees the agreement in the lists.
    owner.get("/console/policy/settlements").await.expect(200).sees("value=\"61\"");
    owner.get("/console/commitments?kind=settlement&state=active").await.expect(200).sees("Settlement").sees("£400.00");
    owner
        .get("/console/commitments.csv")
        .await
        .expect(200)
        .sees(",settlement,active,GBP,400.00,0.00,2027-01-15,400.00,");
    // A part of it in time changes nothing.
    transfer(kept, "2027-01-11T10:00:00Z", "P-1", "2027-01-10", "150.00").await;
    work_at(kept, "2027-01-15T23:50:00Z");
    assert_eq!(states(kept, "P-1").await.last().unwrap(), "active");
    // Nothing more is known of when the day has passed.
    work_at(kept, "2027-01-16T10:00:00Z");
    assert_eq!(states(kept, "P-1").await.last().unwrap(), "missed");
    assert_eq!((left(kept, "P-1").await.as_str(), taken_off(kept).await.len()), ("45000", 0));
    serve_at(kept, "2027-01-16T11:00:00Z");
    let link = link_of(kept, "P-1");
    come_by(kept, &link).await.get("/account").await.expect(200).sees("The day has passed");
    // The rest had arrived on the day, as the next statement says.
    transfer(kept, "2027-01-18T10:00:00Z", "P-1", "2027-01-15", "250.00").await;
    assert_eq!(states(kept, "P-1").await.last().unwrap(), "kept");
    assert_eq!(taken_off(kept).await, ["settlement_discount 20000"]);
    assert_eq!(left(kept, "P-1").await, "0");
    serve_at(kept, "2027-01-18T11:00:00Z");
    let page = come_by(kept, &link).await.get("/account").await.expect(200);
    page.sees("nothing left to pay").sees("Taken off, as we agreed");
    kept.run_ok(&["doctor"]);
    // It was somebody else's money: what was taken off is owed again.
    let line = kept.ask("SELECT id FROM statement_lines WHERE amount_minor = 25000").await.remove(0);
    let undo = format!("/console/statements/lines/{line}");
    let owner = self::owner(kept).await;
    owner.post_form(&undo, &[("act", "undo")]).await.expect(303);
    assert_eq!(taken_off(kept).await, ["settlement_discount 20000", "discount_taken_back 20000"]);
    assert_eq!(left(kept, "P-1").await, "45000");
    work_at(kept, "2027-01-20T10:00:00Z");
    assert_eq!(states(kept, "P-1").await.last().unwrap(), "broken");
    kept.run_ok(&["doctor"]);
});

on_both!(a_day_late_or_a_penny_short_and_the_old_balance_returns, async |kept| {
    shop(kept, 2, "person").await;
    for who in ["P-1", "P-2"] {
        let visitor = come(kept, who).await;
        let page = offer(&visitor, "400", "2027-01-15").await.sees("Agreed");
        page.sees("If less than £400.00 has arrived by then").sees("all that is left is due again");
    }
    transfer(kept, "2027-01-18T10:00:00Z", "P-1", "2027-01-16", "400.00").await;
    transfer(kept, "2027-01-18T10:00:00Z", "P-2", "2027-01-15", "399.99").await;
    work_at(kept, "2027-01-18T11:00:00Z");
    assert_eq!((states(kept, "P-1").await, states(kept, "P-2").await), (vec!["missed".into()], vec!["missed".into()]));
    work_at(kept, "2027-01-19T00:10:00Z");
    assert_eq!((states(kept, "P-1").await, states(kept, "P-2").await), (vec!["broken".into()], vec!["broken".into()]));
    assert!(taken_off(kept).await.is_empty());
    assert_eq!((left(kept, "P-1").await.as_str(), left(kept, "P-2").await.as_str()), ("20000", "20001"));
    // The next offer is looked at by a person, whatever the rules say: who did not keep one is not asked for less and less.
    serve_at(kept, "2027-01-19T10:00:00Z");
    let visitor = come(kept, "P-1").await;
    offer(&visitor, "190", "2027-01-25").await.sees("Your proposal");
    let id = kept.ask("SELECT id FROM commitments WHERE state = 'proposed'").await.remove(0);
    let owner = self::owner(kept).await;
    let at = format!("/console/commitments/{id}");
    owner.get("/console").await.expect(200).sees("Settlement, £190.00");
    owner.get(&at).await.expect(200).sees("It is 95 per cent of £200.00");
    let typed = [("amount", "200"), ("first_on", "2027-01-25")];
    owner.post_form(&format!("{at}/counter"), &typed).await.expect(422).sees("less than what is left to pay");
    let typed = [("amount", "195"), ("first_on", "2027-01-26")];
    owner.post_form(&format!("{at}/counter"), &typed).await.expect(303);
    let counter = kept.ask("SELECT id FROM commitments WHERE state = 'countered'").await.remove(0);
    let here = format!("/account/agreements/{counter}");
    let page = visitor.get(&here).await.expect(200).sees("£195.00 by 26 January 2027, in full and final settlement");
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
    visitor.post_form(&here, &[("act", "accept"), ("shown", &shown)]).await.expect(303);
    transfer(kept, "2027-01-26T10:00:00Z", "P-1", "2027-01-25", "195.00").await;
    assert_eq!(taken_off(kept).await, ["settlement_discount 500"]);
    assert_eq!(left(kept, "P-1").await, "0");
    // The other's is declined with a reason.
    let visitor = come(kept, "P-2").await;
    offer(&visitor, "100", "2027-01-25").await.sees("Your proposal");
    let id = kept.ask("SELECT id FROM commitments WHERE state = 'proposed'").await.remove(0);
    let decline = format!("/console/commitments/{id}/decline");
    owner.post_form(&decline, &[("reason", "We agreed on 400 before")]).await.expect(303);
    visitor.get(&format!("/account/agreements/{id}")).await.expect(200).sees("We agreed on 400 before");
    kept.run_ok(&["doctor"]);
});

on_both!(a_reminder_asks_for_the_lower_amount_and_only_before_its_day, async |kept| {
    shop(kept, 1, "person").await;
    let visitor = come(kept, "P-1").await;
    offer(&visitor, "400", "2027-01-15").await.sees("Agreed");
    assert_eq!(work(kept, "2027-01-07T10:00:00Z", None)[0], 0, "the ladder rests");
    assert_eq!(work(kept, "2027-01-12T10:00:00Z", None)[0], 1);
    let last = || messages(&folder(kept)).pop().unwrap();
    assert!(last().contains("£400.00") && !last().contains("£600.00"), "{}", last());
    assert_eq!(work(kept, "2027-01-18T10:00:00Z", None)[0], 0, "it settles nothing any more");
    // It is broken: the ladder goes on with all that is left.
    assert_eq!(work(kept, "2027-01-20T10:00:00Z", None)[0], 1);
    assert!(last().contains("£600.00") && !last().contains("£400.00 by"), "{}", last());
    kept.run_ok(&["doctor"]);
});

on_both!(something_is_wrong_while_a_lower_amount_runs, async |kept| {
    let owner = shop(kept, 1, "decline").await;
    let visitor = come(kept, "P-1").await;
    offer(&visitor, "366", "2027-01-15").await.sees("Agreed").sees("The day stays the same while we look into it");
    let fields = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "Torn")];
    let form = fields.iter().fold(reqwest::multipart::Form::new(), |form, (name, text)| form.text(*name, *text));
    visitor.post_multipart("/account/dispute", form).await.expect(303);
    transfer(kept, "2027-01-15T10:00:00Z", "P-1", "2027-01-14", "366.00").await;
    assert_eq!(taken_off(kept).await, ["settlement_discount 23400"]);
    assert_eq!(left(kept, "P-1").await, "0");
    // They were right all along: they get back what they paid, and not what was taken off.
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "uphold"), ("reason", "You are right")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.leads_to("?done=resolved");
    assert_eq!(left(kept, "P-1").await, "-36600");
    kept.run_ok(&["doctor"]);
});

on_both!(offers_are_few_and_only_where_they_are_taken, async |kept| {
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    let owner = shop(kept, 4, "decline").await;
    let mut visitors = Vec::new();
    for n in 1..=4 {
        // One household, each of them at an address of their own.
        let visitor = kept.visitor_from(&format!("2001:db8::{n}"));
        visitor.open(&link_of(kept, &format!("P-{n}"))).await;
        visitors.push(visitor);
    }
    for visitor in &visitors[..3] {
        for amount in ["1", "2", "3"] {
            offer(visitor, amount, "2027-01-15").await.sees("This is less than can be agreed right away");
        }
    }
    // A fourth debtor in the same network has one more try there.
    let ready = read(&visitors[3], "400", "2027-01-15").await;
    offer(&visitors[3], "1", "2027-01-15").await;
    let refused = visitors[3].post_form("/account/settlement/check", &pairs(&ready)).await.expect(303);
    visitors[3].follow(refused).await.expect(429).sees("You have made several offers");
    assert_eq!(states(kept, "P-4").await, ["declined"]);
    // Rules that cannot be met are refused where they are wrong, and where no offers are taken there is no such page.
    for (field, typed, words) in [
        ("floor_1", "0", "from 1 to 99"),
        ("counter_1", "60", "from the least that you accept"),
        ("within_1", "400", "from 1 to 366"),
        ("up_to_1", "99", "must not be less than the smallest"),
    ] {
        let wrong = owner.post_form("/console/policy/settlements", &rules("counter", &[(field, typed)])).await;
        wrong.expect(422).sees(words).sees(&format!("href=\"#{field}\""));
    }
    owner.post_form("/console/policy/settlements", &rules("counter", &[("offers", "off")])).await.expect(303);
    visitors[0].get("/account").await.expect(200).does_not_see("Agree a lower amount");
    visitors[0].get("/account/settlement").await.leads_to("/account");
    kept.run_ok(&["doctor"]);
});

on_both!(a_lower_amount_is_paid_by_card, async |kept| {
    let standin = Standin::start();
    owe(kept, "", "P", 1);
    standin.serve(kept).await;
    let owner = owner(kept).await;
    owner.post_form("/console/policy/settlements", &rules("counter", &[])).await.expect(303);
    let visitor = come(kept, "P-1").await;
    offer(&visitor, "400", &day(3)).await.sees("Pay this amount");
    visitor.get("/account/payment").await.expect(200).sees("The lower amount that was agreed, £400.00");
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, "SELECT state FROM commitments", &["kept"]).await;
    assert_eq!(taken_off(kept).await, ["settlement_discount 20000"]);
    assert_eq!(left(kept, "P-1").await, "0");
    kept.run_ok(&["doctor"]);
});

on_both!(what_is_given_back_of_a_lower_amount_is_all_that_is_owed_again, async |kept| {
    let standin = Standin::start();
    owe(kept, "", "P", 1);
    standin.serve(kept).await;
    let owner = owner(kept).await;
    owner.post_form("/console/policy/settlements", &rules("counter", &[])).await.expect(303);
    let visitor = come(kept, "P-1").await;
    offer(&visitor, "400", &day(3)).await.sees("Pay this amount");
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, "SELECT state FROM commitments", &["kept"]).await;
    let session = page.rsplit('/').next().unwrap();
    standin.post("/sandbox/refund", json!({ "session": session, "amount": 2_000 })).await;
    let owed = "SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account IN ('receivable', 'on_account')";
    wait_for(kept, owed, &["2000"]).await;
    // Days later it is still so: they paid what was agreed, and the business gave of it back.
    let later = (chrono::Utc::now() + chrono::TimeDelta::days(10)).format("%Y-%m-%dT10:00:00Z").to_string();
    work_at(kept, &later);
    assert_eq!(states(kept, "P-1").await, ["kept"]);
    assert_eq!(taken_off(kept).await, ["settlement_discount 20000"]);
    assert_eq!(kept.ask(owed).await, ["2000"]);
    kept.run_ok(&["doctor"]);
    // It is their bank that undoes it, and makes it good again when it decides for the business.
    let dispute = standin.post("/sandbox/dispute", json!({ "session": session, "amount": 38_000 })).await;
    wait_for(kept, owed, &["60000"]).await;
    assert_eq!(taken_off(kept).await, ["settlement_discount 20000", "discount_taken_back 20000"]);
    let won = json!({ "dispute": dispute["id"], "outcome": "won" });
    standin.post("/sandbox/dispute/close", won).await;
    wait_for(kept, owed, &["2000"]).await;
    assert_eq!(states(kept, "P-1").await, ["kept"]);
    kept.run_ok(&["doctor"]);
});

on_both!(what_pays_something_else_or_came_before_counts_towards_no_lower_amount, async |kept| {
    shop(kept, 2, "decline").await;
    for who in ["P-1", "P-2"] {
        let visitor = come(kept, who).await;
        offer(&visitor, "400", "2027-01-15").await.sees("Agreed");
    }
    // Another invoice comes, and is paid by its number.
    let text = "number,debtor,issued,due,amount\nNEW-7,P-1,2026-12-20,2027-01-03,390.00\n";
    let path = file(kept, "next.csv", text);
    kept.run_ok(&["import", "invoices", &path, "--currency", "GBP", "--date-format", "ymd"]);
    let text = "Date,Payer,Payer account,Description,Amount\n2027-01-04,Person P-1,ACC0,Invoice NEW-7,390.00\n";
    let path = file(kept, "bank.csv", text);
    assert_eq!(kept.run_json(&["import", "statement", &path])["booked"], 1);
    assert_eq!((states(kept, "P-1").await, taken_off(kept).await.len()), (vec!["active".to_owned()], 0));
    // And 200.00 of the other's had come days before they agreed, as the next statement says.
    transfer(kept, "2027-01-05T10:00:00Z", "P-2", "2026-12-30", "200.00").await;
    transfer(kept, "2027-01-06T10:00:00Z", "P-2", "2027-01-05", "200.00").await;
    assert_eq!((states(kept, "P-2").await, left(kept, "P-2").await.as_str()), (vec!["active".to_owned()], "20000"));
    // What was agreed is paid: what does not name another invoice goes to those that it covers.
    transfer(kept, "2027-01-07T10:00:00Z", "P-1", "2027-01-06", "400.00").await;
    assert_eq!((states(kept, "P-1").await, left(kept, "P-1").await.as_str()), (vec!["kept".to_owned()], "0"));
    assert_eq!(taken_off(kept).await, ["settlement_discount 20000"]);
    kept.run_ok(&["doctor"]);
});
