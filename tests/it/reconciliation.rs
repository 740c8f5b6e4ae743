//! The books against the gateway: the stand-in is made to disagree in every way, and each is found, explained, and settled
//! where Kept can.

use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{between, owe};
use kept_tests::{Kept, Visitor, both};
use serde_json::{Value, json};

/// A business with debtors that takes cards at a stand-in, and the owner.
async fn shop(kept: &mut Kept, debtors: usize) -> (Standin, Vec<String>, Visitor) {
    let standin = Standin::start();
    let links = owe(kept, "", "P", debtors);
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    kept.set("KEPT_STRIPE_TIMEOUT_S", "1");
    standin.serve(kept).await;
    let owner = kept.visitor();
    let typed = [
        ("business", "Jessop Stationers"),
        ("name", "Ada Jessop"),
        ("email", "ada@jessop.example.com"),
        ("password", "punched cards weave flowers"),
    ];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    (standin, links, owner)
}

/// Pays 450.00 of what one of them owes; the gateway's payment.
async fn pay(kept: &Kept, standin: &Standin, n: usize, link: &str) -> String {
    let visitor = kept.visitor_from(&format!("10.4.0.{n}"));
    visitor.open(link).await;
    let typed = [("currency", "GBP"), ("what", "part"), ("amount", "450")];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    let session = page.rsplit('/').next().unwrap();
    let charges = standin.charges().await;
    charges.iter().find(|c| c["session"] == *session).unwrap()["payment_intent"].as_str().unwrap().to_owned()
}

/// Pays for each of them, and waits until all is booked; from then on no message comes.
async fn all_paid(kept: &Kept, standin: &Standin, links: &[String]) -> Vec<String> {
    let mut paid = Vec::new();
    for (n, link) in links.iter().enumerate() {
        paid.push(pay(kept, standin, n, link).await);
    }
    let booked = "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'";
    wait_for(kept, booked, &[&links.len().to_string()]).await;
    // Of one payment several messages come, and each asks the gateway: none is on its way when faults are ordered.
    while standin.get("/sandbox/webhooks").await["pending"] != 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    wait_for(kept, "SELECT id FROM gateway_events WHERE settled_at_ms IS NULL", &[]).await;
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    paid
}

/// What the command line tells, and whether it was content.
fn reconcile(kept: &Kept, args: &[&str]) -> (Value, bool) {
    let output = kept.run(&[&["reconcile", "--json"], args].concat());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let told = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    (told, output.status.success())
}

/// Kind and customer of each, sorted.
fn kinds(told: &Value, which: &str) -> Vec<String> {
    let one = |d: &Value| {
        assert!(d["words"].as_str().is_some_and(|w| w.ends_with('.')) && d["advice"].is_string(), "{d}");
        format!("{} {}", d["kind"].as_str().unwrap(), d["debtor"].as_str().unwrap_or("nobody"))
    };
    let mut all: Vec<String> = told[which].as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}

both!(what_the_gateway_knows_better_is_settled_and_said_so, async |kept| {
    let (standin, links, owner) = shop(kept, 6).await;
    let paid = all_paid(kept, &standin, &links[..5]).await;
    let (told, content) = reconcile(kept, &[]);
    assert!(content && told["payments"] == 5 && told["open"] == json!([]), "{told}");
    // A refund, one that failed, a chargeback and one that was won, and a payment: of none of them a message comes.
    standin.post("/sandbox/refund", json!({ "payment_intent": paid[0], "amount": 15_000 })).await;
    let failed = standin.post("/sandbox/refund", json!({ "payment_intent": paid[1], "amount": 15_000 })).await;
    standin.post("/sandbox/refund/fail", json!({ "refund": failed["id"] })).await;
    standin.post("/sandbox/dispute", json!({ "payment_intent": paid[2] })).await;
    let won = standin.post("/sandbox/dispute", json!({ "payment_intent": paid[3], "amount": 20_000 })).await;
    standin.post("/sandbox/dispute/close", json!({ "dispute": won["id"], "outcome": "won" })).await;
    kept.stop();
    kept.serve(&[]);
    pay(kept, &standin, 9, &links[5]).await;
    // The way that a worker would not ask about any more.
    kept.change("UPDATE attempts SET state = 'abandoned', checked_at_ms = 9223372036854775000 WHERE state = 'open'")
        .await;
    let (told, content) = reconcile(kept, &[]);
    let expected = [
        "dispute_missing_here P-3",
        "dispute_missing_here P-4",
        "payment_missing_here P-6",
        "refund_missing_here P-1",
        "refund_missing_here P-2",
    ];
    assert_eq!(kinds(&told, "settled"), expected);
    assert!(content && told["open"] == json!([]), "{told}");
    let moved = "SELECT kind FROM transfers WHERE kind <> 'invoice' ORDER BY kind";
    let mut all = kept.ask(moved).await;
    all.sort();
    let mut wanted = vec!["payment"; 7];
    wanted.splice(0..0, ["chargeback", "chargeback"]);
    wanted.extend(["refund", "refund", "refund_failed"]);
    assert_eq!(all, wanted);
    // Reminders pause for the one whose bank has not decided.
    let held = "SELECT CAST(COUNT(*) AS TEXT) FROM holds WHERE reason = 'chargeback' AND ended_at_ms IS NULL";
    assert_eq!(kept.ask(held).await, ["1"]);
    let (again, content) = reconcile(kept, &[]);
    assert!(content && again["settled"] == json!([]) && again["open"] == json!([]), "{again}");
    let page = owner.moved_to(kept).get("/console/reconciliation").await.expect(200);
    page.sees("Booked as the gateway says").sees("Nothing waits for you").sees("everything agrees");
    kept.run_ok(&["doctor"]);
});

both!(what_only_a_person_can_put_right_is_listed_with_what_to_do, async |kept| {
    let (standin, links, owner) = shop(kept, 6).await;
    let paid = all_paid(kept, &standin, &links).await;
    let business = kept.ask("SELECT business_id FROM businesses").await.remove(0);
    let attempt = kept.ask(&format!("SELECT id FROM attempts WHERE payment = '{}'", paid[4])).await.remove(0);
    let refund = standin.post("/sandbox/refund", json!({ "payment_intent": paid[5], "amount": 5_000 })).await;
    let dispute = standin.post("/sandbox/dispute", json!({ "payment_intent": paid[5], "amount": 7_000 })).await;
    let (told, content) = reconcile(kept, &[]);
    assert!(content, "{told}");
    let accidents = [
        json!({ "id": paid[0], "forget": true }),
        json!({ "id": paid[1], "amount": 44_000 }),
        json!({ "id": paid[2], "currency": "eur" }),
        json!({ "id": paid[3], "status": "canceled" }),
        json!({ "id": refund["id"], "amount": 5_001 }),
        json!({ "id": dispute["id"], "forget": true }),
    ];
    for accident in accidents {
        standin.post("/sandbox/accident", accident).await;
    }
    let stray = async |metadata: Value| {
        let made = json!({ "amount": 45_000, "currency": "gbp", "metadata": metadata });
        standin.post("/sandbox/stray", made).await["id"].as_str().unwrap().to_owned()
    };
    stray(json!({ "business_id": business, "attempt_id": attempt })).await;
    stray(json!({ "business_id": business, "attempt_id": "of-an-older-backup" })).await;
    // What the shop sells elsewhere with the same account is nothing of ours.
    stray(json!({ "order": "17" })).await;
    let (told, content) = reconcile(kept, &[]);
    let expected = [
        "dispute_missing_there P-6",
        "payment_amount_differs P-2",
        "payment_charged_twice P-5",
        "payment_currency_differs P-3",
        "payment_missing_here nobody",
        "payment_missing_there P-1",
        "payment_state_differs P-4",
        "refund_amount_differs P-6",
    ];
    assert_eq!(kinds(&told, "open"), expected);
    assert!(!content && told["settled"] == json!([]) && told["others"] == 1, "{told}");
    let before = kept.ask("SELECT id FROM transfers").await.len();
    let (again, _) = reconcile(kept, &[]);
    assert_eq!(kinds(&again, "open"), expected, "as long as nobody does anything");
    assert_eq!(kept.ask("SELECT id FROM transfers").await.len(), before);
    // People see them, where they look first.
    owner.get("/console").await.expect(200).sees("Card payments that do not agree").sees("8 to look into");
    let page = owner.get("/console/reconciliation").await.expect(200).sees("a second time").sees("Person P-5");
    let id = between(&page.body, "action=\"/console/reconciliation/", "\"").to_owned();
    let at = format!("/console/reconciliation/{id}");
    owner.post_form(&at, &[("note", " ")]).await.expect(422).sees("Error: ").sees("Write what you did");
    owner.post_form(&at, &[("note", "Gave it back")]).await.leads_to("?done=dealt_with");
    owner.get("/console/reconciliation").await.expect(200).sees("Ada Jessop: Gave it back");
    let (told, content) = reconcile(kept, &[]);
    assert!(!content && told["open"].as_array().unwrap().len() == 7, "{told}");
    // What the gateway puts right is gone by itself.
    standin.post("/sandbox/accident", json!({ "id": paid[1], "amount": 45_000 })).await;
    standin.post("/sandbox/accident", json!({ "id": paid[2], "currency": "gbp" })).await;
    let (told, _) = reconcile(kept, &[]);
    let left = told["open"].as_array().unwrap().len();
    let states = kept.ask("SELECT state FROM discrepancies WHERE state IN ('gone', 'closed') ORDER BY state").await;
    assert_eq!(left + states.len(), 8, "{told} {states:?}");
    assert!(states.contains(&"gone".to_owned()) && states.contains(&"closed".to_owned()), "{states:?}");
});

both!(a_gateway_in_a_bad_hour_is_asked_again_and_nothing_is_made_up, async |kept| {
    let (standin, links, owner) = shop(kept, 1).await;
    let paid = all_paid(kept, &standin, &links).await;
    standin.post("/sandbox/accident", json!({ "id": paid[0], "amount": 44_000 })).await;
    let today = chrono::Utc::now().date_naive();
    let at = |minutes: i64| {
        let noon = today.succ_opt().unwrap().and_hms_opt(12, 0, 0).unwrap() + chrono::TimeDelta::minutes(minutes);
        format!("{}Z", noon.format("%Y-%m-%dT%H:%M:%S"))
    };
    let work = |minutes: i64| {
        let work = ["work", "--once", "--only", "reconcile"];
        let output = kept.command(&work).env("KEPT_NOW", at(minutes)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    // The server makes that of today.
    let runs = format!(
        "SELECT state || ' ' || CAST(tries AS TEXT) FROM reconciliations WHERE day_on > '{today}' ORDER BY day_on"
    );
    for (fault, minutes, tries) in [("timeout", 0, 1), ("500", 2, 2), ("reset", 5, 3)] {
        standin.post("/sandbox/faults", json!({ "next_retrieve": fault })).await;
        work(minutes);
        assert_eq!(kept.ask(&runs).await, [format!("failed {tries}")], "{fault}");
        // Until its time has come it is not tried again.
        work(minutes);
        assert_eq!(kept.ask(&runs).await, [format!("failed {tries}")], "{fault}");
        assert!(kept.ask("SELECT id FROM discrepancies").await.is_empty(), "{fault}");
        let output = {
            standin.post("/sandbox/faults", json!({ "next_retrieve": fault })).await;
            kept.run(&["reconcile"])
        };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("nothing was compared"), "{fault}: {said}");
    }
    owner.get("/console/reconciliation").await.expect(200).sees("tried again");
    // Asked to be slower it is, and then all of it is compared, once that day however often the job runs.
    standin.post("/sandbox/faults", json!({ "next_retrieve": "429", "count": 2 })).await;
    for minutes in [20, 60, 600] {
        work(minutes);
        assert_eq!(kept.ask(&runs).await, ["done 4"], "{minutes}");
    }
    assert_eq!(kept.ask("SELECT state FROM discrepancies").await, ["open"]);
    work(24 * 60);
    assert_eq!(kept.ask(&runs).await, ["done 4", "done 1"]);
    // Days that lie before the payment have nothing to compare but what is open.
    let output = kept.run(&["reconcile", "--from", "2026-02-03", "--to", "2026-02-01"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("the last day comes before the first"));
    kept.run_ok(&["doctor"]);
});
