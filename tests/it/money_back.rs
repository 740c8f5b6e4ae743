//! What was paid too much is given back: to the card by itself, by bank by a person.

use crate::ledger::{owner, page_of, record};
use kept_tests::both;
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{between, day, owe};
use serde_json::json;

const KINDS: &str = "SELECT kind FROM transfers WHERE kind <> 'invoice' ORDER BY id";

both!(what_came_by_bank_is_sent_back_by_a_person, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 2);
    let page = page_of(kept, "A-1").await;
    record(&owner, &page, "650", &day(0)).await;
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    debtor.get("/account").await.expect(200).sees("href=\"/account/money-back\"");
    debtor.get("/account/money-back").await.expect(200).sees("Ask for £50.00 back");
    for _ in 0..3 {
        debtor.post_form("/account/money-back", &[("currency", "GBP")]).await.leads_to("/account/money-back");
    }
    debtor
        .get("/account/money-back")
        .await
        .expect(200)
        .sees("You asked for £50.00 back")
        .does_not_see("<button class=\"button\">Ask");
    assert_eq!(kept.ask("SELECT state FROM money_back").await, ["asked"], "asking again is asking once");
    // Who has nothing on account has nothing to ask for.
    let other = kept.visitor();
    other.open(&links[1]).await;
    other.get("/account").await.expect(200).does_not_see("money-back");
    other.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    other.get("/account/money-back").await.expect(200).sees("Nothing is kept for you");
    other.post_form("/account/money-back", &[("currency", "shells")]).await.expect(400);

    owner
        .get("/console")
        .await
        .expect(200)
        .sees("Money to send back")
        .sees("£50.00")
        .sees(&format!("{page}/money-back"));
    let form = owner.get(&format!("{page}/money-back")).await.expect(200).sees("They want £50.00 back");
    let wish = between(&form.body, "name=\"wish\" value=\"", "\"").to_owned();
    let sent = async |on: &str| {
        let typed = [("wish", wish.as_str()), ("act", "sent"), ("sent_on", on)];
        owner.post_form(&format!("{page}/money-back"), &typed).await
    };
    sent(&day(2)).await.expect(422).sees("today or earlier");
    sent("soon").await.expect(422).sees("Enter the day you sent it");
    assert_eq!(kept.ask(KINDS).await, ["payment"]);
    sent(&day(0)).await.leads_to("?done=money_sent");
    sent(&day(0)).await.expect(404);
    assert_eq!(kept.ask(KINDS).await, ["payment", "refund"]);
    let said = kept.run_json(&["statement", "--debtor", "A-1"]);
    assert_eq!(said["accounts"][0]["closing_minor"], 0, "{said}");
    debtor.get("/account").await.expect(200).sees("nothing left to pay").does_not_see("Paid ahead");
    debtor.get("/account/statement").await.expect(200).sees("Refund").sees("£50.00");
    owner.get("/console").await.expect(200).does_not_see("Money to send back");
    owner.get(&page).await.expect(200).sees("Money was sent back: £50.00 by bank");
    // Or it stays where it is, as agreed.
    record(&owner, &page, "20", &day(0)).await;
    debtor.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    let form = owner.get(&format!("{page}/money-back")).await.expect(200).sees("They want £20.00 back");
    let wish = between(&form.body, "name=\"wish\" value=\"", "\"").to_owned();
    let keep = [("wish", wish.as_str()), ("act", "keep")];
    owner.post_form(&format!("{page}/money-back"), &keep).await.leads_to("?done=money_kept");
    debtor.get("/account").await.expect(200).sees("Paid ahead, kept for you");
    kept.run_ok(&["doctor"]);
});

both!(what_came_by_card_goes_back_to_the_card_once, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let standin = Standin::start();
    standin.serve(kept).await;
    let owner = owner.moved_to(kept);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    // Somebody else pays by bank while the page for cards is open, and then the card pays, too.
    let everything = [("currency", "GBP"), ("what", "everything")];
    let card = debtor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
    record(&owner, &page, "620", &day(0)).await;
    standin.pay(&card).await;
    wait_for(kept, KINDS, &["payment", "payment"]).await;
    debtor.get("/account/money-back").await.expect(200).sees("Ask for £620.00 back");
    debtor.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    debtor.get("/account/money-back").await.expect(200).sees("You asked for £20.00 back");
    for _ in 0..2 {
        kept.run_ok(&["work", "--once"]);
        assert_eq!(kept.ask(KINDS).await, ["payment", "payment", "refund"]);
    }
    let charges = standin.charges().await;
    assert_eq!((charges.len(), &charges[0]["amount_refunded"]), (1, &60_000.into()), "{charges:?}");
    debtor.get("/account/money-back").await.expect(200).sees("£20.00").does_not_see("£620.00");
    let said = kept.run_json(&["statement", "--debtor", "A-1"]);
    assert_eq!(said["accounts"][0]["closing_minor"], -2_000, "{said}");
    kept.run_ok(&["doctor"]);
});

both!(money_goes_back_once_whatever_the_gateway_answers, async |kept| {
    let faults = ["timeout", "lost", "500", "500_after", "reset", "429"];
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", faults.len());
    let standin = Standin::start();
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    kept.set("KEPT_STRIPE_TIMEOUT_S", "1");
    standin.serve(kept).await;
    let owner = owner.moved_to(kept);
    for (n, link) in links.iter().enumerate() {
        let page = page_of(kept, &format!("A-{}", n + 1)).await;
        let debtor = kept.visitor_from(&format!("10.5.0.{n}"));
        debtor.open(link).await;
        let everything = [("currency", "GBP"), ("what", "everything")];
        let card = debtor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
        record(&owner, &page, "600", &day(0)).await;
        standin.pay(&card).await;
        let paid = "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE method = 'card' AND kind = 'payment'";
        wait_for(kept, paid, &[&(n + 1).to_string()]).await;
        standin.post("/sandbox/faults", json!({ "next_refund": faults[n] })).await;
        debtor.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    }
    // Asked for again, hours later and when every key is forgotten, nothing goes twice.
    let now = chrono::Utc::now();
    for minutes in [0, 2, 5, 26 * 60, 26 * 60 + 5, 52 * 60] {
        if minutes == 26 * 60 {
            standin.post("/sandbox/clock", json!({ "advance_s": 26 * 3600 })).await;
        }
        let at = (now + chrono::TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let output = kept.command(&["work", "--once"]).env("KEPT_NOW", at).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let charges = standin.charges().await;
    let back: Vec<i64> = charges.iter().map(|charge| charge["amount_refunded"].as_i64().unwrap()).collect();
    assert_eq!(back, vec![60_000; faults.len()], "by the stand-in's books");
    let booked = "SELECT CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'refund'";
    assert_eq!(kept.ask(booked).await, vec!["60000"; faults.len()]);
    kept.run_ok(&["doctor"]);
});
