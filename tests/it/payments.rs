//! Card payments, held to the stand-in's own books: one charge however often and in whatever order anything is said.

use futures_util::future::join_all;
use hmac::{Hmac, Mac as _};
use kept_tests::standin::{SECRET, Standin, wait_for};
use kept_tests::tables::differences;
use kept_tests::town::{POSTCODE, between, day, file, owe, pairs, plan};
use kept_tests::{Answer, Kept, Visitor, both};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const EVERYTHING: [(&str, &str); 2] = [("currency", "GBP"), ("what", "everything")];
const ALL_SETTLED: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM gateway_events WHERE settled_at_ms IS NULL";

/// A business with debtors that takes cards at a stand-in; the debtors' links.
async fn shop(kept: &mut Kept, debtors: usize) -> (Standin, Vec<String>) {
    let standin = Standin::start();
    let links = owe(kept, "", "P", debtors);
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    standin.serve(kept).await;
    (standin, links)
}

async fn signed_in(kept: &Kept, link: &str) -> Visitor {
    let visitor = kept.visitor();
    visitor.open(link).await;
    visitor
}

/// Starts a payment; the hosted page's address.
async fn start(visitor: &Visitor, form: &[(&str, &str)]) -> String {
    let answer = visitor.post_form("/account/payment", form).await.expect(303);
    let page = answer.find_location().unwrap();
    assert!(page.contains("/c/pay/"), "{page}");
    page
}

/// Where the hosted page leads back to.
fn way_back(paid: &Value) -> String {
    let url = paid["url"].as_str().unwrap_or_else(|| panic!("{paid}"));
    url[url.find("/account/").unwrap()..].to_owned()
}

both!(fifty_presses_of_the_button_make_one_page_and_one_charge, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    let answers = join_all((0..50).map(|_| visitor.post_form("/account/payment", &EVERYTHING))).await;
    let pages: BTreeSet<String> = answers.into_iter().map(|a| a.expect(303).find_location().unwrap()).collect();
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert_eq!(standin.pages().await.len(), 1);
    assert_eq!(kept.ask("SELECT state FROM attempts").await, ["open"]);
    let page = pages.first().unwrap();
    let paid = standin.pay(page).await;
    // Whoever presses again, in all the tabs that are left, before and after the money is known of.
    for answer in join_all((0..10).map(|_| visitor.post_form("/account/payment", &EVERYTHING))).await {
        let next = answer.expect(303).find_location().unwrap();
        assert!(next.starts_with("/account"), "{next}");
    }
    visitor.get(&way_back(&paid)).await.expect(200).sees("href=\"/receipt/");
    assert_eq!(standin.pages().await.len(), 1);
    let charges = standin.charges().await;
    assert_eq!(charges.len(), 1, "{charges:?}");
    assert_eq!(charges[0]["amount"], 60_000);
    assert_eq!(kept.ask("SELECT CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'payment'").await, ["60000"]);
});

both!(a_slow_gateway_is_waited_for_by_everybody_who_pressed, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    standin.post("/sandbox/faults", json!({ "next_create": { "slow_ms": 1500 } })).await;
    let answers = join_all((0..5).map(|_| visitor.post_form("/account/payment", &EVERYTHING))).await;
    let pages: BTreeSet<String> = answers.into_iter().map(|a| a.expect(303).find_location().unwrap()).collect();
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert_eq!(standin.pages().await.len(), 1);
    assert_eq!(kept.ask("SELECT state FROM attempts").await, ["open"]);
});

both!(two_tabs_with_two_plans_make_one_agreement_and_the_second_is_told, async |kept| {
    let links = owe(kept, "", "P", 1);
    let visitor = signed_in(kept, &links[0]).await;
    let mut other = plan();
    other.iter_mut().find(|(name, _)| *name == "count").unwrap().1 = "3".to_owned();
    let one = visitor.check("/account/plan", &plan()).await;
    let two = visitor.check("/account/plan", &other).await;
    let confirm = |typed: Vec<(&'static str, String)>| {
        let visitor = visitor.clone();
        async move { visitor.post_form("/account/plan/check", &pairs(&typed)).await }
    };
    let answers = join_all([confirm(one.clone()), confirm(two.clone())]).await;
    let statuses: BTreeSet<u16> = answers.iter().map(|a| a.status.as_u16()).collect();
    assert_eq!(statuses, BTreeSet::from([303, 422]), "{answers:?}");
    let told = answers.into_iter().find(|a| a.status == 422).unwrap();
    let told = told.sees("Something changed while you were reading").sees("Error: ");
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["active"]);
    // The words that are shown now say that the other one ends, and confirming them does just that.
    let mut again = two.clone();
    let second_won = kept.ask("SELECT words_sha256 FROM commitments").await[0] == two.last().unwrap().1;
    if second_won {
        again = one.clone();
    }
    again.last_mut().unwrap().1 = between(&told.body, "name=\"shown\" value=\"", "\"").to_owned();
    visitor.post_form("/account/plan/check", &pairs(&again)).await.expect(303);
    let mut states = kept.ask("SELECT state FROM commitments").await;
    states.sort();
    assert_eq!(states, ["active", "cancelled"]);
    // Pressing the same button twice is one agreement, not two.
    for answer in join_all((0..10).map(|_| confirm(again.clone()))).await {
        answer.expect(303);
    }
    assert_eq!(kept.ask("SELECT CAST(COUNT(*) AS TEXT) FROM commitments").await, ["2"]);
    assert_eq!(kept.ask("SELECT CAST(COUNT(*) AS TEXT) FROM commitments WHERE state = 'active'").await, ["1"]);
});

/// Every order of so many things, of which each may come so many times.
fn orders(things: usize, times: usize) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new()];
    for _ in 0..things * times {
        let longer = |order: &Vec<usize>| {
            let order = order.clone();
            (0..things).filter_map(move |next| {
                let fits = order.iter().filter(|o| **o == next).count() < times;
                fits.then(|| [order.as_slice(), &[next]].concat())
            })
        };
        found = found.iter().flat_map(longer).collect();
    }
    found
}

/// What the ledger and the attempts say of one debtor, without ids, days and instants.
async fn books(kept: &Kept, reference: &str) -> Vec<String> {
    let whose = format!("debtor_id = (SELECT id FROM debtors WHERE reference = '{reference}')");
    let mut all = Vec::new();
    for sql in [
        format!(
            "SELECT 'transfer ' || t.kind || ' ' || t.method || ' ' || CAST(t.amount_minor AS TEXT) || ' of ' ||
             COALESCE(a.state, 'none') || ' reverses ' || COALESCE(r.kind, 'nothing') || ': ' || e.account || ' ' ||
             COALESCE(SUBSTR(i.number, LENGTH(i.number)), '') || ' ' || CAST(e.amount_minor AS TEXT)
             FROM transfers t JOIN entries e ON e.transfer_id = t.id LEFT JOIN invoices i ON i.id = e.invoice_id
             LEFT JOIN attempts a ON a.id = t.attempt_id LEFT JOIN transfers r ON r.id = t.reverses_id
             WHERE t.{whose}"
        ),
        format!(
            "SELECT 'balance ' || account || ' ' || CAST(SUM(amount_minor) AS TEXT) FROM entries
             WHERE {whose} GROUP BY account"
        ),
        format!("SELECT 'attempt ' || state || ' ' || CAST(amount_minor AS TEXT) FROM attempts WHERE {whose}"),
        format!("SELECT 'message ' || kind FROM outbox WHERE {whose}"),
        format!("SELECT 'event ' || kind || ' ' || detail FROM events WHERE {whose} AND kind LIKE 'payment%'"),
    ] {
        let mut rows = kept.ask(&sql).await;
        rows.sort();
        all.extend(rows);
    }
    all
}

both!(messages_in_every_order_and_twice_end_in_the_same_ledger, async |kept| {
    let sequences: Vec<Vec<usize>> = [orders(3, 1), orders(3, 2)].concat();
    assert_eq!(sequences.len(), 6 + 90);
    let (standin, links) = shop(kept, sequences.len() + 1).await;
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    let mut pages = Vec::new();
    for (n, link) in links.iter().enumerate() {
        let visitor = kept.visitor_from(&format!("10.1.{}.{}", n / 200, n % 200));
        visitor.open(link).await;
        pages.push(start(&visitor, &[("currency", "GBP"), ("what", "part"), ("amount", "450")]).await);
    }
    // The last one hears of everything as it happens, each settled before the next: what all others have to agree with.
    let told_as_it_happens = pages.len() - 1;
    for page in &pages {
        standin.pay(page).await;
    }
    let session = |n: usize| pages[n].rsplit('/').next().unwrap().to_owned();
    let kinds = ["payment_intent.created", "checkout.session.completed", "charge.refunded"];
    let ids = |events: &[Value], n: usize, intent: &str| -> Vec<Option<String>> {
        let is_about = |e: &Value| {
            let object = &e["data"]["object"];
            object["id"] == session(n) || object["id"] == *intent || object["payment_intent"] == *intent
        };
        let find = |kind: &str| events.iter().find(|e| e["type"] == kind && is_about(e));
        kinds.iter().map(|kind| find(kind).map(|e| e["id"].as_str().unwrap().to_owned())).collect()
    };
    let charges = standin.charges().await;
    let intent = |n: usize| -> String {
        let charge = charges.iter().find(|c| c["session"] == session(n)).unwrap();
        charge["payment_intent"].as_str().unwrap().to_owned()
    };
    let last = told_as_it_happens;
    for event in ids(&standin.events().await, last, &intent(last)).iter().flatten() {
        standin.deliver(&[event]).await;
        wait_for(kept, ALL_SETTLED, &["0"]).await;
    }
    let paid = books(kept, &format!("P-{}", last + 1)).await;
    assert!(paid.iter().any(|line| line == "attempt succeeded 45000"), "{paid:#?}");
    for page in &pages {
        let session = page.rsplit('/').next().unwrap();
        standin.post("/sandbox/refund", json!({ "session": session, "amount": 15_000 })).await;
    }
    let events = standin.events().await;
    let refunded = ids(&events, last, &intent(last))[2].clone().unwrap();
    standin.deliver(&[&refunded]).await;
    wait_for(kept, ALL_SETTLED, &["0"]).await;
    let expected = books(kept, &format!("P-{}", last + 1)).await;
    assert!(expected.iter().any(|line| line == "balance receivable 30000"), "{expected:#?}");
    // All sequences go on side by side, one message each at a time, settled before the next.
    let steps = sequences.iter().map(Vec::len).max().unwrap();
    for step in 0..steps {
        let mut now = Vec::new();
        for (n, sequence) in sequences.iter().enumerate() {
            if let Some(which) = sequence.get(step) {
                let found = ids(&events, n, &intent(n));
                now.push(found[*which].clone().unwrap_or_else(|| panic!("no {} for {n}", kinds[*which])));
            }
        }
        standin.deliver(&now.iter().map(String::as_str).collect::<Vec<_>>()).await;
        wait_for(kept, ALL_SETTLED, &["0"]).await;
    }
    for (n, sequence) in sequences.iter().enumerate() {
        assert_eq!(books(kept, &format!("P-{}", n + 1)).await, expected, "after {sequence:?} of {kinds:?}");
    }
    kept.run_ok(&["doctor"]);
});

both!(a_refund_that_fails_is_taken_back_once_whenever_it_is_heard_of, async |kept| {
    const KINDS: [&str; 4] =
        ["checkout.session.completed", "charge.refunded", "charge.refund.updated", "refund.failed"];
    // Every order of the four, and each of them backwards once more.
    let mut sequences = orders(KINDS.len(), 1);
    for sequence in &mut sequences {
        let again: Vec<usize> = sequence.iter().rev().copied().collect();
        sequence.extend(again);
    }
    assert_eq!(sequences.len(), 24);
    let (standin, links) = shop(kept, sequences.len() + 1).await;
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    let last = sequences.len();
    let whose = |n: usize| format!("P-{}", n + 1);
    let (mut sessions, mut refunds) = (Vec::new(), Vec::new());
    for (n, link) in links.iter().enumerate() {
        let visitor = kept.visitor_from(&format!("10.2.0.{n}"));
        visitor.open(link).await;
        let page = start(&visitor, &[("currency", "GBP"), ("what", "part"), ("amount", "450")]).await;
        standin.pay(&page).await;
        sessions.push(page.rsplit('/').next().unwrap().to_owned());
    }
    let charges = standin.charges().await;
    let event = |events: &[Value], n: usize, which: usize| -> Option<String> {
        let charge = charges.iter().find(|c| c["session"] == *sessions[n]).unwrap();
        let is_about = |e: &Value| {
            let object = &e["data"]["object"];
            object["id"] == *sessions[n] || object["payment_intent"] == charge["payment_intent"]
        };
        let found = events.iter().find(|e| e["type"] == KINDS[which] && is_about(e));
        found.map(|e| e["id"].as_str().unwrap().to_owned())
    };
    let tell = async |ids: Vec<String>| {
        standin.deliver(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
        wait_for(kept, ALL_SETTLED, &["0"]).await;
    };
    // The last one hears of everything as it happens: what all others have to agree with.
    let now = standin.events().await;
    tell(vec![event(&now, last, 0).unwrap()]).await;
    let paid = books(kept, &whose(last)).await;
    for session in &sessions {
        let refund = standin.post("/sandbox/refund", json!({ "session": session, "amount": 15_000 })).await;
        refunds.push(refund["id"].as_str().unwrap().to_owned());
    }
    let now = standin.events().await;
    tell(vec![event(&now, last, 1).unwrap()]).await;
    let refunded = books(kept, &whose(last)).await;
    assert!(refunded.contains(&"balance receivable 30000".to_owned()), "{refunded:#?}");
    for refund in &refunds {
        standin.post("/sandbox/refund/fail", json!({ "refund": refund })).await;
    }
    let events = standin.events().await;
    tell(vec![event(&events, last, 3).unwrap()]).await;
    let expected = books(kept, &whose(last)).await;
    let balances = |lines: &[String]| -> Vec<String> {
        lines.iter().filter(|line| line.starts_with("balance")).cloned().collect()
    };
    assert_eq!(balances(&expected), balances(&paid), "{expected:#?}");
    assert!(expected.iter().any(|line| line.starts_with("transfer refund_failed card 15000")), "{expected:#?}");
    for step in 0..2 * KINDS.len() {
        let now = sequences.iter().enumerate().map(|(n, sequence)| event(&events, n, sequence[step]).unwrap());
        tell(now.collect()).await;
    }
    for (n, sequence) in sequences.iter().enumerate() {
        assert_eq!(books(kept, &whose(n)).await, expected, "after {sequence:?} of {KINDS:?}");
    }
    kept.run_ok(&["doctor"]);
});

both!(a_refund_that_fails_unheard_is_found_by_asking, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    let page = start(&visitor, &EVERYTHING).await;
    standin.pay(&page).await;
    let refund = standin.post("/sandbox/refund", json!({ "session": page.rsplit('/').next().unwrap() })).await;
    let kinds = "SELECT kind FROM transfers WHERE kind IN ('payment', 'refund', 'refund_failed') ORDER BY id";
    wait_for(kept, kinds, &["payment", "refund"]).await;
    visitor.get("/account").await.expect(200).sees("£600.00");
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    standin.post("/sandbox/refund/fail", json!({ "refund": refund["id"] })).await;
    // A day later.
    kept.change("UPDATE attempts SET checked_at_ms = checked_at_ms - 86400001").await;
    wait_for(kept, kinds, &["payment", "refund", "refund_failed"]).await;
    let owed = "SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account IN ('receivable', 'on_account')";
    assert_eq!(kept.ask(owed).await, ["0"]);
    // Asked again and again it stays so; what is given back another time is a refund of its own.
    kept.change("UPDATE attempts SET checked_at_ms = checked_at_ms - 86400001").await;
    standin.post("/sandbox/webhooks", json!({ "release": true })).await;
    standin.post("/sandbox/refund", json!({ "session": page.rsplit('/').next().unwrap() })).await;
    wait_for(kept, kinds, &["payment", "refund", "refund_failed", "refund"]).await;
    assert_eq!(kept.ask(owed).await, ["60000"]);
    kept.run_ok(&["doctor"]);
});

/// Somebody of the business, and the page of the one debtor.
async fn clerk(kept: &Kept) -> (Visitor, String) {
    let visitor = kept.visitor();
    let typed = [
        ("business", "Jessop Stationers"),
        ("name", "Ada Jessop"),
        ("email", "ada@jessop.example.com"),
        ("password", "punched cards weave flowers"),
    ];
    visitor.post_form("/console/setup", &typed).await.leads_to("/console");
    let id = kept.ask("SELECT id FROM debtors").await.remove(0);
    (visitor, format!("/console/debtors/{id}"))
}

async fn by_bank(clerk: &Visitor, debtor: &str, amount: &str) {
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let typed =
        [("amount", amount), ("currency", "GBP"), ("paid_on", today.as_str()), ("reference", ""), ("once", amount)];
    clerk.post_form(&format!("{debtor}/payments"), &typed).await.expect(303);
}

both!(a_page_that_is_open_is_closed_when_everything_came_by_bank, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    let page = start(&visitor, &EVERYTHING).await;
    let (clerk, debtor) = clerk(kept).await;
    let asked = "SELECT state FROM outbox WHERE kind = 'close_page'";
    by_bank(&clerk, &debtor, "450").await;
    kept.run_ok(&["work", "--once"]);
    assert!(kept.ask(asked).await.is_empty(), "something is left to pay on it");
    assert_eq!(standin.pages().await[0]["status"], "open");
    by_bank(&clerk, &debtor, "150").await;
    assert_eq!(kept.ask(asked).await, ["waiting"], "the worker asks, not the clerk's request");
    assert_eq!(standin.pages().await[0]["status"], "open");
    // A gateway that does not answer is asked again, by the worker alone.
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    standin.post("/sandbox/faults", json!({ "next_retrieve": "500", "count": 20 })).await;
    kept.run_ok(&["work", "--once"]);
    standin.post("/sandbox/faults", json!({ "clear": true })).await;
    assert_eq!(kept.ask(asked).await, ["waiting"]);
    kept.change("UPDATE outbox SET due_at_ms = 1 WHERE kind = 'close_page'").await;
    kept.run_ok(&["work", "--once"]);
    assert_eq!(kept.ask(asked).await, ["done"]);
    assert_eq!(standin.pages().await[0]["status"], "expired");
    assert_eq!(kept.ask("SELECT state FROM attempts").await, ["abandoned"]);
    let paid = standin.pay(&page).await;
    assert_eq!(paid["step"], "expired", "{paid}");
    assert!(standin.charges().await.is_empty());
    visitor.get("/account").await.expect(200).does_not_see("£600.00 left");
    kept.run_ok(&["doctor"]);
});

both!(a_card_that_pays_what_the_bank_has_paid_is_on_account, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    let page = start(&visitor, &EVERYTHING).await;
    let (clerk, debtor) = clerk(kept).await;
    by_bank(&clerk, &debtor, "600").await;
    // Faster than the worker.
    standin.pay(&page).await;
    wait_for(kept, "SELECT state FROM attempts", &["succeeded"]).await;
    kept.run_ok(&["work", "--once"]);
    assert_eq!(kept.ask("SELECT state FROM outbox WHERE kind = 'close_page'").await, ["cancelled"]);
    let sum =
        |account: &str| format!("SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account = '{account}'");
    assert_eq!(kept.ask(&sum("receivable")).await, ["0"]);
    assert_eq!(kept.ask(&sum("on_account")).await, ["-60000"]);
    clerk.get(&debtor).await.expect(200).sees("£600.00");
    kept.run_ok(&["doctor"]);
});

both!(a_gateway_in_a_bad_hour_charges_nobody_twice, async |kept| {
    let faults = ["500", "500_after", "reset", "429"];
    let (standin, links) = shop(kept, faults.len()).await;
    for (fault, link) in faults.iter().zip(&links) {
        let visitor = signed_in(kept, link).await;
        standin.post("/sandbox/faults", json!({ "next_create": fault, "count": 20 })).await;
        let told = visitor.post_form("/account/payment", &EVERYTHING).await;
        // Either a later try within the request went through, or the page says that nothing was taken.
        if told.status != 303 {
            told.expect(422).sees("Nothing was taken");
        }
        standin.post("/sandbox/faults", json!({ "clear": true })).await;
        let mut answer = visitor.post_form("/account/payment", &EVERYTHING).await;
        for _ in 0..3 {
            if answer.status == 303 {
                break;
            }
            answer = visitor.post_form("/account/payment", &EVERYTHING).await;
        }
        let page = answer.expect(303).find_location().unwrap();
        assert!(page.contains("/c/pay/"), "{fault}: {page}");
        let paid = standin.pay(&page).await;
        visitor.get(&way_back(&paid)).await.expect(200);
    }
    wait_for(kept, "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'", &["4"]).await;
    let charges = standin.charges().await;
    assert_eq!(charges.len(), faults.len(), "{charges:?}");
    let attempts: BTreeSet<&str> = charges.iter().map(|c| c["attempt_id"].as_str().unwrap()).collect();
    assert_eq!(attempts.len(), faults.len());
    kept.run_ok(&["doctor"]);
});

both!(an_answer_that_never_comes_is_asked_for_and_not_guessed, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    // The gateway carries it out, and no answer comes back.
    standin.post("/sandbox/faults", json!({ "next_create": "timeout", "count": 1 })).await;
    let told = visitor.post_form("/account/payment", &EVERYTHING).await;
    if told.status != 303 {
        told.expect(422).sees("Nothing was taken");
    }
    let page = start(&visitor, &EVERYTHING).await;
    assert_eq!(standin.pages().await.len(), 1, "the second try finds the page of the first");
    standin.pay(&page).await;
    wait_for(kept, "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'", &["1"]).await;
    assert_eq!(standin.charges().await.len(), 1);
});

both!(coming_back_from_the_gateway_proves_nothing, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    standin.post("/sandbox/webhooks", json!({ "hold": true })).await;
    let visitor = signed_in(kept, &links[0]).await;
    let page = start(&visitor, &EVERYTHING).await;
    let attempt = kept.ask("SELECT id FROM attempts").await.remove(0);
    let back = format!("/account/payment/{attempt}");
    for address in [back.clone(), format!("{back}?paid=1&redirect_status=succeeded&session_id=cs_test_1")] {
        visitor.get(&address).await.expect(200).does_not_see("/receipt/").does_not_see("We have received");
    }
    assert!(kept.ask("SELECT id FROM transfers WHERE kind = 'payment'").await.is_empty());
    // A declined card is no payment either.
    let session = page.rsplit('/').next().unwrap();
    standin.post(&format!("/sandbox/pay/{session}"), json!({ "card": "4000000000000002" })).await;
    visitor.get(&back).await.expect(200).does_not_see("/receipt/");
    assert!(kept.ask("SELECT id FROM transfers WHERE kind = 'payment'").await.is_empty());
    visitor.get("/account").await.expect(200).sees("£600.00");
    standin.pay(&page).await;
    tokio::time::sleep(std::time::Duration::from_millis(3100)).await;
    visitor.get(&back).await.expect(200).sees("href=\"/receipt/");
});

/// A header as the gateway makes it.
fn signature(secret: &str, at_s: i64, body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at_s}.{body}").as_bytes());
    format!("t={at_s},v1={}", hex::encode(mac.finalize().into_bytes()))
}

both!(a_message_that_is_not_the_gateways_is_refused_and_not_kept, async |kept| {
    let (_standin, _) = shop(kept, 1).await;
    let now_s = chrono::Utc::now().timestamp();
    let body = r#"{"id":"evt_forged","object":"event","created":1,"type":"checkout.session.completed","data":{"object":{"object":"checkout.session","id":"cs_1"}}}"#;
    let send = async |signature: Option<String>, body: Vec<u8>| {
        let request = kept.program().request(Method::POST, "/hooks/stripe").body(body);
        let request = match signature {
            Some(header) => request.header("stripe-signature", header),
            None => request,
        };
        Answer::to(request).await
    };
    let before = kept.dump().await;
    let good = signature(SECRET, now_s, body);
    for header in [
        None,
        Some(String::new()),
        Some("t=,v1=".to_owned()),
        Some(signature("whsec_other", now_s, body)),
        Some(signature("", now_s, body)),
        Some(signature(SECRET, now_s - 301, body)),
        Some(signature(SECRET, now_s + 400, body)),
        Some(good.replace("v1=", "v0=")),
        Some(good.replace(&format!("t={now_s}"), &format!("t={}", now_s - 1))),
    ] {
        let what = format!("{header:?}");
        let answer = send(header, body.as_bytes().to_vec()).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
    }
    send(Some(good.clone()), format!("{body} ").into_bytes()).await.expect(400);
    for nonsense in ["", "{}", "[]", "null", r#"{"id":1}"#] {
        send(Some(signature(SECRET, now_s, nonsense)), nonsense.as_bytes().to_vec()).await.expect(400);
    }
    let bytes = vec![0xff, 0xfe];
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&[format!("{now_s}.").as_bytes(), bytes.as_slice()].concat());
    let header = format!("t={now_s},v1={}", hex::encode(mac.finalize().into_bytes()));
    send(Some(header), bytes).await.expect(400);
    send(Some(good.clone()), vec![b'x'; 600 * 1024]).await.expect(413);
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    // The genuine one is taken, once however often it comes, and is about nothing that we know.
    for _ in 0..3 {
        send(Some(good.clone()), body.as_bytes().to_vec()).await.expect(200);
    }
    wait_for(kept, "SELECT outcome FROM gateway_events", &["about nothing of ours"]).await;
});

both!(one_secret_replaces_another_without_losing_a_message, async |kept| {
    let (_standin, _) = shop(kept, 1).await;
    kept.set("KEPT_STRIPE_WEBHOOK_SECRETS", "whsec_new,whsec_it");
    kept.serve(&[]);
    let now_s = chrono::Utc::now().timestamp();
    for (secret, status) in [(SECRET, 200), ("whsec_new", 200), ("whsec_older", 400)] {
        let body =
            format!(r#"{{"id":"evt_{secret}","object":"event","created":1,"type":"x.y","data":{{"object":{{}}}}}}"#);
        let request = kept.program().request(Method::POST, "/hooks/stripe");
        let request = request.header("stripe-signature", signature(secret, now_s, &body)).body(body);
        Answer::to(request).await.expect(status);
    }
});

both!(amounts_that_cannot_be_paid_are_refused_in_words, async |kept| {
    let (standin, links) = shop(kept, 1).await;
    let visitor = signed_in(kept, &links[0]).await;
    let before = kept.dump().await;
    for amount in [
        "",
        " ",
        "0",
        "0.00",
        "-5",
        "−5",
        "600.01",
        "1000000",
        "4.99",
        "1e9",
        "🍋",
        "5🍋",
        "NaN",
        "inf",
        "0x10",
        "5.001",
        "99999999999999999999999999",
        "5,00,00",
        "<b>5</b>",
        "' OR 1=1 --",
        "5\u{0}",
    ] {
        let typed = [("currency", "GBP"), ("what", "part"), ("amount", amount)];
        let answer = visitor.post_form("/account/payment", &typed).await;
        assert_eq!(answer.status, 422, "{amount:?}: {:?}", answer.find_location());
        let answer = answer.sees("There is a problem").sees("Error: ").sees("href=\"#amount");
        if amount == "<b>5</b>" {
            answer.does_not_see("<b>5</b>");
        }
    }
    for what in ["", "nothing", "everything;drop"] {
        visitor.post_form("/account/payment", &[("currency", "GBP"), ("what", what)]).await.expect(422);
    }
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    assert!(standin.pages().await.is_empty());
    // A currency in which nothing is owed cannot be paid in.
    let typed = [("currency", "USD"), ("what", "part"), ("amount", "5")];
    visitor.post_form("/account/payment", &typed).await.leads_to("/account");
    visitor.post_form("/account/payment", &[("currency", "XYZ"), ("what", "nothing")]).await.expect(422);
    assert!(standin.pages().await.is_empty());
    // The amount comes from the server: a field of the visitor's own changes nothing.
    let typed = [("currency", "GBP"), ("what", "everything"), ("amount", "1"), ("amount_minor", "1")];
    start(&visitor, &typed).await;
    assert_eq!(kept.ask("SELECT CAST(amount_minor AS TEXT) FROM attempts").await, ["60000"]);
    // The smallest part and the whole can be paid; what is in the way is closed.
    start(&visitor, &[("currency", "GBP"), ("what", "part"), ("amount", "5")]).await;
    start(&visitor, &[("currency", "GBP"), ("what", "part"), ("amount", "600")]).await;
    let mut states = kept.ask("SELECT state || ' ' || CAST(amount_minor AS TEXT) FROM attempts").await;
    states.sort();
    assert_eq!(states, ["abandoned 500", "abandoned 60000", "open 60000"]);
});

both!(an_amount_that_no_card_is_charged_keeps_nobody_from_paying, async |kept| {
    let standin = Standin::start();
    let people = file(
        kept,
        "people.csv",
        format!(
            "reference,name,email,postcode\nK-1,Person K,k@example.com,{POSTCODE}\nK-2,Person L,l@example.com,{POSTCODE}\n"
        ),
    );
    kept.run_ok(&["import", "debtors", &people]);
    let rows = [("K-1", "100.004"), ("K-2", "100.000")];
    let rows = rows.map(|(who, much)| format!("{who}-a,{who},{},{},{much}\n", day(-70), day(-40))).concat();
    let bills = format!("number,debtor,issued,due,amount\n{rows}");
    let bills = file(kept, "bills.csv", bills);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "KWD", "--date-format", "ymd"]);
    standin.serve(kept).await;
    let links = kept.run_json(&["links"]);
    let come = async |who: &str| {
        let link = links.as_array().unwrap().iter().find(|row| row["debtor"] == who).unwrap();
        let visitor = kept.visitor();
        visitor.open(&format!("/l/{}", link["url"].as_str().unwrap().rsplit('/').next().unwrap())).await;
        visitor
    };
    let visitor = come("K-1").await;
    // Of dinars the gateway takes no single fils.
    let everything = [("currency", "KWD"), ("what", "everything")];
    for _ in 0..2 {
        let refused = visitor.post_form("/account/payment", &everything).await.expect(422);
        refused.sees("could not be opened for this amount. Nothing was taken");
    }
    assert_eq!(kept.ask("SELECT state FROM attempts").await, ["failed", "failed"]);
    let part = [("currency", "KWD"), ("what", "part"), ("amount", "100")];
    let page = visitor.post_form("/account/payment", &part).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, "SELECT CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'payment'", &["100000"]).await;
    // A plan has no payment that no card is charged, as long as the sum has none.
    let other = come("K-2").await;
    let typed =
        [("currency", "KWD"), ("by", "count"), ("count", "3"), ("frequency", "monthly"), ("first_on", &*day(1))];
    let typed: Vec<(&str, String)> = typed.map(|(name, text)| (name, text.to_owned())).to_vec();
    let confirmed = other.check("/account/plan", &typed).await;
    other.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let planned = "SELECT CAST(amount_minor AS TEXT) FROM instalments ORDER BY seq";
    assert_eq!(kept.ask(planned).await, ["33330", "33330", "33340"]);
    let instalment = [("currency", "KWD"), ("what", "instalment")];
    let page = other.post_form("/account/payment", &instalment).await.expect(303).find_location().unwrap();
    standin.pay(&page).await;
    wait_for(kept, "SELECT CAST(SUM(amount_minor) AS TEXT) FROM transfers WHERE kind = 'payment'", &["133330"]).await;
    kept.run_ok(&["doctor"]);
});
