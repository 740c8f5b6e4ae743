//! Plans that survive life: days that are what the agreement said wherever its people are, payments that were missed,
//! agreements that end and are opened again, and instalments by bank transfer.

use kept_domain::reference::PaymentReference;
use kept_tests::town::{between, file, owe, pairs};
use kept_tests::{Answer, Kept, Visitor, on_both};

/// The server is started anew on this clock.
fn serve_at(kept: &mut Kept, now: &str) {
    kept.set("KEPT_NOW", now);
    kept.serve(&[]);
}

/// Somebody who came by a link at an instant.
async fn visitor_at(kept: &mut Kept, now: &str) -> Visitor {
    serve_at(kept, now);
    come(kept).await
}

async fn come(kept: &Kept) -> Visitor {
    let links = kept.run_json(&["links"]);
    let link = links.as_array().unwrap().iter().find(|row| row["debtor"] == "P-1").unwrap();
    let visitor = kept.visitor();
    visitor.open(&format!("/l/{}", link["url"].as_str().unwrap().rsplit('/').next().unwrap())).await;
    visitor
}

/// One run of all jobs at an instant.
fn work_at(kept: &Kept, now: &str) {
    let output = kept.command(&["work", "--once"]).env("KEPT_NOW", now).output().unwrap();
    assert!(output.status.success(), "{now}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Agrees to four monthly payments from a day on.
async fn agree(visitor: &Visitor, first_on: &str) -> Answer {
    let typed =
        [("currency", "GBP"), ("by", "count"), ("count", "4"), ("frequency", "monthly"), ("first_on", first_on)];
    let typed: Vec<(&str, String)> = typed.map(|(name, text)| (name, text.to_owned())).to_vec();
    let confirmed = visitor.check("/account/plan", &typed).await;
    let at = visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303).find_location().unwrap();
    visitor.get(&at).await.expect(200)
}

/// The page of what is running.
async fn running(visitor: &Visitor) -> Answer {
    let account = visitor.get("/account").await.expect(200);
    let id = between(&account.body, "/account/agreements/", "\"").to_owned();
    visitor.get(&format!("/account/agreements/{id}")).await.expect(200)
}

/// Reads what would change, and agrees to it.
async fn change(visitor: &Visitor, how: &str) -> Answer {
    let check = visitor.get(&format!("/account/plan/change?how={how}&currency=GBP")).await.expect(200);
    let shown = between(&check.body, "name=\"shown\" value=\"", "\"").to_owned();
    let typed = [("how", how), ("currency", "GBP"), ("shown", shown.as_str())];
    let at = visitor.post_form("/account/plan/change", &typed).await.expect(303).find_location().unwrap();
    visitor.get(&at).await.expect(200)
}

async fn states(kept: &Kept) -> Vec<String> {
    kept.ask("SELECT state FROM commitments ORDER BY id").await
}

async fn owner_at(kept: &mut Kept, now: &str) -> Visitor {
    serve_at(kept, now);
    let owner = kept.visitor();
    let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
    let typed = [("business", "Jessop Stationers"), ("name", "Ada"), ("email", email), ("password", password)];
    owner.post_form("/console/setup", &typed).await.expect(303);
    owner
}

on_both!(due_dates_are_what_the_agreement_said_in_auckland_and_los_angeles, async |kept| {
    kept.set("KEPT_NOW", "2027-12-31T11:00:00Z");
    owe(kept, "", "P", 1);
    kept.change("UPDATE businesses SET zone = 'Pacific/Auckland'").await;
    kept.change("UPDATE debtors SET zone = 'America/Los_Angeles'").await;
    // In Auckland it is half past midnight on New Year's Day; in Los Angeles it is still the morning before.
    let visitor = visitor_at(kept, "2027-12-31T11:30:00Z").await;
    let agreed = agree(&visitor, "2028-01-31").await;
    agreed
        .sees("agree the following on 1 January 2028")
        .sees("£150.00 by 31 January 2028")
        .sees("£150.00 by 29 February 2028")
        .sees("£150.00 by 31 March 2028")
        .sees("£150.00 by 30 April 2028")
        .sees("midnight in the time zone Pacific/Auckland");
    // The third day after the day ends at midnight in Auckland: not an hour before, and not when it does elsewhere.
    work_at(kept, "2028-02-03T10:50:00Z");
    assert_eq!(states(kept).await, ["active"]);
    work_at(kept, "2028-02-03T11:10:00Z");
    assert_eq!(states(kept).await, ["missed"]);
    // Everything moves on once, along the days that were agreed: the 31st is still the 31st.
    let visitor = visitor_at(kept, "2028-02-04T20:00:00Z").await;
    running(&visitor).await.sees("Move all payments").sees("Spread what was missed");
    let moved = change(&visitor, "shift").await;
    moved
        .sees("agree the following on 5 February 2028")
        .sees("It takes the place of the agreement of 1 January 2028")
        .sees("£150.00 by 29 February 2028")
        .sees("£150.00 by 31 May 2028")
        .does_not_see("£150.00 by 31 January 2028");
    // The next is missed as well: nothing is moved a second time, and nothing spread while nothing was paid.
    work_at(kept, "2028-03-03T11:10:00Z");
    let visitor = visitor_at(kept, "2028-03-04T20:00:00Z").await;
    running(&visitor).await.does_not_see("Move all payments").does_not_see("Spread what was missed");
    visitor.get("/account/plan/change?how=shift&currency=GBP").await.expect(303);
    // Two in a row end it. The clocks have gone back meanwhile: midnight is an hour later.
    work_at(kept, "2028-04-03T11:50:00Z");
    assert_eq!(states(kept).await.last().unwrap(), "missed");
    work_at(kept, "2028-04-03T12:10:00Z");
    assert_eq!(states(kept).await.last().unwrap(), "broken");
    // The business may offer it again, and they say yes or no.
    let owner = owner_at(kept, "2028-04-05T22:00:00Z").await;
    let id = kept.ask("SELECT id FROM commitments WHERE state = 'broken'").await.remove(0);
    owner.get(&format!("/console/commitments/{id}")).await.expect(200).sees("Offer to open it again");
    let typed =
        [("amount", "200"), ("frequency", "monthly"), ("first_on", "2028-05-31"), ("counter_note", "Once more")];
    owner.post_form(&format!("/console/commitments/{id}/counter"), &typed).await.expect(303);
    let visitor = come(kept).await;
    let offer = kept.ask("SELECT id FROM commitments WHERE state = 'countered'").await.remove(0);
    let page = visitor.get(&format!("/account/agreements/{offer}")).await.expect(200);
    let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
    page.sees("£200.00 by 31 May 2028").sees("£200.00 by 30 June 2028").sees("£200.00 by 31 July 2028");
    visitor
        .post_form(&format!("/account/agreements/{offer}"), &[("act", "accept"), ("shown", &shown)])
        .await
        .expect(303);
    assert_eq!(kept.ask(&format!("SELECT state FROM commitments WHERE id = '{offer}'")).await, ["active"]);
    // Only one at a time: what is broken cannot be offered while that runs.
    owner.get(&format!("/console/commitments/{id}")).await.expect(200).does_not_see("Offer to open it again");
    owner.post_form(&format!("/console/commitments/{id}/counter"), &typed).await.expect(303);
    assert!(!states(kept).await.contains(&"countered".to_owned()));
    kept.run_ok(&["doctor"]);
});

/// A statement with one line that names the debtor's reference.
fn transfer(kept: &mut Kept, now: &str, on: &str, amount: &str, reference: &str) -> serde_json::Value {
    kept.set("KEPT_NOW", now);
    let text = format!("Date,Payer,Description,Amount\n{on},Her mother,{reference},{amount}\n");
    let path = file(kept, &format!("{on}.csv"), text);
    kept.run_json(&["import", "statement", &path])
}

on_both!(a_plan_is_kept_by_bank_transfers_that_name_the_reference, async |kept| {
    kept.set("KEPT_NOW", "2027-01-04T10:00:00Z");
    owe(kept, "", "P", 2);
    let visitor = visitor_at(kept, "2027-01-04T10:00:00Z").await;
    agree(&visitor, "2027-01-29").await.sees("£150.00 by 28 February 2027").sees("£150.00 by 29 March 2027");
    let id = kept.ask("SELECT id FROM debtors WHERE reference = 'P-1'").await.remove(0);
    let reference = PaymentReference::of(&id.as_str().into()).grouped();
    let done = transfer(kept, "2027-02-01T10:00:00Z", "2027-01-29", "150.00", &reference);
    assert_eq!(done["booked"], 1, "{done:#}");
    assert_eq!(done["lines"][0]["reasons"][0], "payment_reference", "{done:#}");
    work_at(kept, "2027-03-03T10:00:00Z");
    assert_eq!(states(kept).await, ["active"]);
    work_at(kept, "2027-03-04T10:00:00Z");
    assert_eq!(states(kept).await, ["missed"]);
    // It had been sent in time and came with the next statement.
    let done = transfer(kept, "2027-03-05T10:00:00Z", "2027-03-01", "150.00", &reference);
    assert_eq!(done["booked"], 1, "{done:#}");
    assert_eq!(states(kept).await, ["active"]);
    // Then more than the payment that is due: it can end sooner, or its last payment become smaller.
    let done = transfer(kept, "2027-03-30T10:00:00Z", "2027-03-29", "200.00", &reference);
    assert_eq!(done["booked"], 1, "{done:#}");
    let visitor = visitor_at(kept, "2027-03-30T11:00:00Z").await;
    running(&visitor).await.sees("£50.00 paid");
    // The rest a month early.
    let done = transfer(kept, "2027-04-02T10:00:00Z", "2027-04-01", "100.00", &reference);
    assert_eq!(done["booked"], 1, "{done:#}");
    assert_eq!(states(kept).await, ["kept"]);
    let counted = "SELECT CAST(COUNT(DISTINCT commitment_id) AS TEXT) || ' ' || CAST(SUM(amount_minor) AS TEXT)
                   FROM transfers WHERE kind = 'payment'";
    assert_eq!(kept.ask(counted).await, ["1 60000"]);
    serve_at(kept, "2027-04-02T11:00:00Z");
    kept.run_ok(&["doctor"]);
});
