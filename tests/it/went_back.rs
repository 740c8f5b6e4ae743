//! Money that went back: by a bank, by the business, or because the gateway says so; what is owed by that, and what a kept card
//! and an agreement make of it.

use crate::cards::{count, later, second, work};
use crate::ledger::{owner, page_of, record};
use kept_tests::cards::{GOOD, consented};
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{between, day, owe, pairs, plan};
use kept_tests::{Kept, Visitor, both};
use serde_json::json;

const KINDS: &str = "SELECT kind FROM transfers WHERE kind <> 'invoice' ORDER BY id";
const OWED: &str =
    "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS TEXT) FROM entries WHERE account IN ('receivable', 'on_account')";
const HOLDS: &str = "SELECT reason || CASE WHEN ended_at_ms IS NULL THEN '' ELSE ' ended' END FROM holds ORDER BY id";
const MANDATES: &str = "SELECT state || ' ' || ended_by FROM mandates ORDER BY id";

/// A business with debtors that takes cards at a stand-in: the stand-in, the debtors' links, and the owner.
async fn shop(kept: &mut Kept, debtors: usize) -> (Standin, Vec<String>, Visitor) {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "P", debtors);
    let standin = Standin::start();
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    standin.serve(kept).await;
    (standin, links, owner.moved_to(kept))
}

/// The session of the only page that was paid.
async fn paid_session(kept: &Kept) -> String {
    kept.ask("SELECT session_id FROM attempts WHERE state = 'succeeded' AND seq IS NULL").await.remove(0)
}

/// Ends the pause that runs, as a person of the business.
async fn end_pause(owner: &Visitor, page: &str) {
    let seen = owner.get(page).await.expect(200);
    let hold = between(&seen.body, &format!("{page}/holds/"), "/end").to_owned();
    owner.post_form(&format!("{page}/holds/{hold}/end"), &[]).await.expect(303);
}

both!(a_card_is_not_charged_again_once_its_bank_took_a_payment_back, async |kept| {
    let (standin, links, owner) = shop(kept, 1).await;
    let page = page_of(kept, "P-1").await;
    let visitor = consented(kept, &standin, &links[0], GOOD).await;
    let session = paid_session(kept).await;
    let dispute = standin.post("/sandbox/dispute", json!({ "session": session })).await;
    wait_for(kept, HOLDS, &["chargeback"]).await;
    assert_eq!(kept.ask(MANDATES).await, ["contested gateway"]);
    owner
        .get("/console")
        .await
        .expect(200)
        .sees("Reminders paused: money went back")
        .sees("Their bank took a payment back");
    // The bank decides for them: what comes next is for a person to say.
    let lost = json!({ "dispute": dispute["id"], "outcome": "lost" });
    standin.post("/sandbox/dispute/close", lost).await;
    wait_for(kept, "SELECT CASE WHEN note = '' THEN '' ELSE 'noted' END FROM holds", &["noted"]).await;
    assert_eq!(kept.ask(HOLDS).await, ["chargeback"]);
    owner.get(&page).await.expect(200).sees("Their bank has decided for them").sees("their bank took a payment back");
    let seen = visitor.get("/account").await.expect(200).does_not_see("visa ending 4242");
    seen.sees("-£150.00").sees("Taken back by your bank");
    let on = second(kept).await;
    for days in [-30, -4, -3, -1, 0, 1, 2] {
        work(kept, later(on, days), 0);
    }
    end_pause(&owner, &page).await;
    for days in [3, 4, 27, 28, 29, 30, 31] {
        work(kept, later(on, days), 0);
    }
    assert_eq!(standin.charges().await.len(), 1, "only what they paid themselves");
    assert_eq!(count(kept, "attempts WHERE seq IS NOT NULL").await, 0);
    assert_eq!(
        kept.ask("SELECT kind || ' ' || state FROM outbox WHERE kind = 'detach_card'").await,
        ["detach_card done"]
    );
    kept.run_ok(&["doctor"]);
});

both!(what_the_business_gave_back_breaks_nothing_and_no_card_is_charged_for_it, async |kept| {
    let (standin, links, owner) = shop(kept, 1).await;
    let page = page_of(kept, "P-1").await;
    consented(kept, &standin, &links[0], GOOD).await;
    record(&owner, &page, "450", &day(0)).await;
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["kept"]);
    let refund =
        standin.post("/sandbox/refund", json!({ "session": paid_session(kept).await, "amount": 10_000 })).await;
    wait_for(kept, HOLDS, &["refund"]).await;
    assert_eq!(
        (kept.ask(OWED).await, kept.ask("SELECT state FROM commitments").await),
        (vec!["10000".into()], vec!["kept".into()])
    );
    owner.get("/console").await.expect(200).sees("Reminders paused: money went back").sees("You gave a payment back");
    owner
        .get(&page)
        .await
        .expect(200)
        .sees("£100.00 that you gave back is owed again")
        .sees("Given back to the card: £100.00");
    let on = second(kept).await;
    for days in [-29, -3, 0, 1, 2] {
        work(kept, later(on, days), 0);
    }
    assert_eq!(count(kept, "contacts WHERE state = 'sent' AND step <> ''").await, 0, "nobody is reminded of it");
    end_pause(&owner, &page).await;
    for days in [3, 28, 31, 60] {
        work(kept, later(on, days), 0);
    }
    assert_eq!(standin.charges().await.len(), 1);
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["kept"]);
    // It fails after all: the money is the business's again.
    standin.post("/sandbox/refund/fail", json!({ "refund": refund["id"] })).await;
    wait_for(kept, OWED, &["0"]).await;
    kept.run_ok(&["doctor"]);
});

both!(a_refund_while_instalments_run_waits_for_a_person, async |kept| {
    let (standin, links, owner) = shop(kept, 1).await;
    let page = page_of(kept, "P-1").await;
    consented(kept, &standin, &links[0], GOOD).await;
    let refund = standin.post("/sandbox/refund", json!({ "session": paid_session(kept).await })).await;
    wait_for(kept, HOLDS, &["refund"]).await;
    let on = second(kept).await;
    for days in [-25, -20, -10] {
        work(kept, later(on, days), 0);
    }
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["active"], "they did pay");
    assert_eq!(kept.ask(MANDATES).await, ["active "]);
    // A person has looked: what is due is due, and the card pays what is to come, not what was given back.
    end_pause(&owner, &page).await;
    for days in [-3, 0, 1] {
        work(kept, later(on, days), 0);
    }
    let charges = standin.charges().await;
    assert_eq!((charges.len(), &charges[1]["amount"]), (2, &15_000.into()));
    assert_eq!(kept.ask("SELECT CAST(seq AS TEXT) FROM attempts WHERE seq IS NOT NULL").await, ["1"]);
    // The refund comes back: nothing is open but what is to come.
    standin.post("/sandbox/refund/fail", json!({ "refund": refund["id"] })).await;
    wait_for(kept, OWED, &["30000"]).await;
    work(kept, later(on, 2), 0);
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["active"]);
    kept.run_ok(&["doctor"]);
});

both!(a_refund_that_fails_ends_its_own_pause, async |kept| {
    let (standin, links, _) = shop(kept, 1).await;
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let confirmed = visitor.check("/account/plan", &plan()).await;
    visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, KINDS, &["payment"]).await;
    let session = page.rsplit('/').next().unwrap();
    let refund = standin.post("/sandbox/refund", json!({ "session": session })).await;
    wait_for(kept, HOLDS, &["refund"]).await;
    standin.post("/sandbox/refund/fail", json!({ "refund": refund["id"] })).await;
    wait_for(kept, HOLDS, &["refund ended"]).await;
});

both!(a_dispute_that_took_no_money_moves_none_whatever_its_message_says, async |kept| {
    let (standin, links, _) = shop(kept, 3).await;
    let mut sessions = Vec::new();
    for (n, link) in links.iter().enumerate() {
        let visitor = kept.visitor_from(&format!("10.6.0.{n}"));
        visitor.open(link).await;
        let everything = [("currency", "GBP"), ("what", "everything")];
        let page = visitor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
        standin.pay(&page).await;
        sessions.push(page.rsplit('/').next().unwrap().to_owned());
    }
    wait_for(kept, KINDS, &["payment"; 3]).await;
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    // Each message says that the bank took the money; the gateway says otherwise by the time it is asked.
    let changed = [
        json!({ "status": "prevented" }),
        json!({ "status": "warning_needs_response" }),
        json!({ "currency": "usd", "amount": 9_223_372_036_854_775_807_i64 }),
    ];
    for (session, change) in sessions.iter().zip(changed) {
        let dispute = standin.post("/sandbox/dispute", json!({ "session": session })).await;
        let mut accident = change.clone();
        accident["id"] = dispute["id"].clone();
        standin.post("/sandbox/accident", accident).await;
    }
    standin.post("/sandbox/webhooks", json!({ "hold": false, "release": true })).await;
    let left = "SELECT CAST(COUNT(*) AS TEXT) FROM gateway_events WHERE settled_at_ms IS NULL AND tries = 0";
    wait_for(kept, left, &["0"]).await;
    let disputes = "SELECT CAST(COUNT(*) AS TEXT) FROM gateway_events WHERE kind LIKE 'charge.dispute.%'";
    wait_for(kept, disputes, &["6"]).await;
    wait_for(kept, left, &["0"]).await;
    assert_eq!((kept.ask(KINDS).await, kept.ask(OWED).await), (vec!["payment".to_owned(); 3], vec!["0".to_owned()]));
    // What nobody understands holds nothing up.
    let visitor = kept.visitor_from("10.6.1.1");
    visitor.open(&links[0]).await;
    visitor.get("/account").await.expect(200).sees("nothing left to pay");
    kept.run_ok(&["doctor"]);
});

both!(what_the_gateway_took_in_another_currency_is_not_booked_and_listed, async |kept| {
    let (standin, links, _) = shop(kept, 2).await;
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    let everything = [("currency", "GBP"), ("what", "everything")];
    let mut attempts = Vec::new();
    for (n, link) in links.iter().enumerate() {
        let visitor = kept.visitor_from(&format!("10.7.0.{n}"));
        visitor.open(link).await;
        let page = visitor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
        standin.pay(&page).await;
        attempts.push(page.rsplit('/').next().unwrap().to_owned());
    }
    let charges = standin.charges().await;
    let of = |session: &str| charges.iter().find(|c| c["session"] == *session).unwrap()["payment_intent"].clone();
    standin.post("/sandbox/accident", json!({ "id": of(&attempts[0]), "currency": "usd" })).await;
    standin.post("/sandbox/webhooks", json!({ "hold": false, "release": true })).await;
    // The other's is booked all the same.
    wait_for(
        kept,
        "SELECT d.reference FROM transfers t JOIN debtors d ON d.id = t.debtor_id WHERE t.kind = 'payment'",
        &["P-2"],
    )
    .await;
    wait_for(kept, "SELECT state FROM attempts ORDER BY state", &["confirming", "succeeded"]).await;
    let output = kept.run(&["reconcile", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["open"][0]["kind"], "payment_missing_here", "{told}");
    assert_eq!(kept.ask(KINDS).await, ["payment"]);
    // Who paid it may not pay the same again meanwhile.
    let visitor = kept.visitor_from("10.7.1.1");
    visitor.open(&links[0]).await;
    let again = visitor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
    assert!(again.starts_with("/account/payment/"), "{again}");
    kept.run_ok(&["doctor"]);
});

both!(more_than_came_is_never_given_back, async |kept| {
    let (standin, links, owner) = shop(kept, 1).await;
    let page = page_of(kept, "P-1").await;
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let everything = [("currency", "GBP"), ("what", "everything")];
    let at = visitor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
    standin.pay(&at).await;
    wait_for(kept, KINDS, &["payment"]).await;
    // A part is given back, and the bank takes all of it back as well: more than had come.
    let session = at.rsplit('/').next().unwrap();
    standin.post("/sandbox/refund", json!({ "session": session, "amount": 20_000 })).await;
    wait_for(kept, KINDS, &["payment", "refund"]).await;
    let dispute = standin.post("/sandbox/dispute", json!({ "session": session, "amount": 60_000 })).await;
    wait_for(kept, OWED, &["80000"]).await;
    record(&owner, &page, "800", &day(0)).await;
    assert_eq!(kept.ask(OWED).await, ["0"]);
    visitor.get("/account").await.expect(200).does_not_see("money-back");
    visitor.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    assert_eq!(kept.ask("SELECT id FROM money_back").await, [""; 0]);
    // The bank decides for the business after all: what came once more is theirs to have back, all of it and no more.
    standin.post("/sandbox/dispute/close", json!({ "dispute": dispute["id"], "outcome": "won" })).await;
    wait_for(kept, OWED, &["-60000"]).await;
    visitor.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    kept.run_ok(&["work", "--once"]);
    let wished = "SELECT CAST(SUM(amount_minor) AS TEXT) FROM money_back WHERE state = 'asked' HAVING COUNT(*) > 0";
    let wished: i64 = kept.ask(wished).await.first().map_or(0, |minor| minor.parse().unwrap());
    let left: i64 = kept.ask(OWED).await[0].parse().unwrap();
    assert!(wished <= -left && wished + standin.charges().await[0]["amount_refunded"].as_i64().unwrap() <= 80_000);
    kept.run_ok(&["doctor"]);
});

both!(a_page_that_was_open_when_a_payment_was_contested_keeps_no_card, async |kept| {
    let (standin, links, _) = shop(kept, 1).await;
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let confirmed = visitor.check("/account/plan", &plan()).await;
    visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, KINDS, &["payment"]).await;
    let first = page.rsplit('/').next().unwrap().to_owned();
    let form = visitor.get("/account/payment?currency=GBP&what=instalment&keep=yes").await.expect(200);
    let consent = between(&form.body, "name=\"consent\" value=\"", "\"").to_owned();
    let typed = [("currency", "GBP"), ("what", "instalment"), ("keep", "yes"), ("consent", consent.as_str())];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.post("/sandbox/dispute", json!({ "session": first })).await;
    wait_for(kept, MANDATES, &["contested gateway"]).await;
    standin.pay(&page).await;
    wait_for(kept, KINDS, &["payment", "chargeback", "payment"]).await;
    kept.run_ok(&["work", "--once"]);
    wait_for(kept, "SELECT kind || ' ' || state FROM outbox WHERE kind = 'detach_card'", &["detach_card done"]).await;
    assert_eq!(kept.ask(MANDATES).await, ["contested gateway"]);
    kept.run_ok(&["doctor"]);
});
