//! Reminders that never harass: what is sent and what is not, whatever happens in between, told through the doors.

use crate::mail::{NOW, at, folder, import, messages, run_at, work};
use kept_domain::reminder::Policy;
use kept_tests::town::{PDF, between, pairs, with_file};
use kept_tests::{Db, Kept, Visitor, has_postgres, on_both};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An address at which no mail server listens.
fn nobody() -> String {
    format!("smtp://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

fn csv(kept: &Kept, name: &str, text: &str) -> String {
    let path = kept.data().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Debtors with a postcode, so that they can answer the identity question, and a telephone number where it is given.
fn people(kept: &Kept, lines: &str) {
    let text = format!("reference,name,email,phone,postcode\n{lines}");
    run_at(kept, NOW, None, &["import", "debtors", &csv(kept, "people.csv", &text)]);
}

/// Invoices: number, debtor, due, amount, and the day on which it was settled, where it was.
fn bills(kept: &Kept, now: &str, lines: &str) {
    let text = format!("number,customer,issued,due,amount,settled\n{lines}");
    let path = csv(kept, "bills.csv", &text);
    run_at(kept, now, None, &["import", "invoices", &path, "--currency", "GBP"]);
}

/// The steps that were sent, in the order in which they were.
async fn steps(kept: &Kept) -> Vec<String> {
    kept.ask("SELECT step FROM contacts WHERE purpose = 'reminder' AND state = 'sent' ORDER BY decided_at_ms, id").await
}

async fn withheld(kept: &Kept) -> Vec<String> {
    kept.ask("SELECT reason FROM contacts WHERE state IN ('withheld', 'cancelled') ORDER BY decided_at_ms, id").await
}

/// Somebody who came by a link at an instant; the server is started anew on that clock.
async fn visitor(kept: &mut Kept, now: &str, reference: &str) -> Visitor {
    kept.set("KEPT_NOW", now);
    kept.serve(&[]);
    let links = kept.run_json(&["links"]);
    let link = links.as_array().unwrap().iter().find(|row| row["debtor"] == reference).unwrap();
    let token = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let visitor = kept.visitor();
    visitor.post_form(&format!("/l/{token}"), &[("answer", "N1 1AA")]).await.leads_to("/account");
    visitor
}

/// The owner, at an instant; the server is started anew on that clock.
async fn owner(kept: &mut Kept, now: &str) -> Visitor {
    kept.set("KEPT_NOW", now);
    kept.serve(&[]);
    let owner = kept.visitor();
    let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
    let typed = [("business", "Jessop Stationers"), ("name", "Ada"), ("email", email), ("password", password)];
    // Whoever is the owner already signs in.
    if owner.post_form("/console/setup", &typed).await.status.as_u16() == 404 {
        owner.post_form("/console/login", &[("email", email), ("password", password)]).await.leads_to("/console");
    }
    owner
}

async fn page_of(owner: &Visitor, reference: &str) -> String {
    let page = owner.get(&format!("/console/debtors?search={reference}")).await.expect(200);
    format!("/console/debtors/{}", between(&page.body, "href=\"/console/debtors/", "\""))
}

on_both!(the_ladder_is_climbed_one_step_at_a_time_and_only_in_the_permitted_hours, async |kept| {
    import(kept, &[("Ann", "ann@example.org")], &[("A-1", "Ann", "2026-11-17", "80.00", "no")]);
    // On a Thursday night nothing leaves; it is the third day after the due date.
    assert_eq!(work(kept, "2026-11-20T05:00:00Z", None), [0, 1, 0, 0, 0, 0]);
    assert_eq!(withheld(kept).await, ["outside_hours"]);
    assert_eq!(work(kept, "2026-11-20T08:59:00Z", None), [0; 6], "the reason stands");
    assert_eq!(work(kept, "2026-11-20T09:30:00Z", None), [1, 0, 1, 0, 0, 0]);
    assert_eq!(steps(kept).await, ["nudge"]);
    assert_eq!(work(kept, "2026-12-16T10:00:00Z", None), [0; 6], "the next one is 30 days after the due date");
    assert_eq!(work(kept, "2026-12-17T10:00:00Z", None), [1, 0, 1, 0, 0, 0]);
    // Nobody looks for a hundred days: each step comes with the ladder's own distance from the one before.
    assert_eq!(work(kept, "2027-03-26T10:00:00Z", None), [1, 0, 1, 0, 0, 0]);
    for day in ["2027-03-26", "2027-03-29", "2027-04-01", "2027-04-05"] {
        assert_eq!(work(kept, &format!("{day}T11:00:00Z"), None)[0], 0, "{day}");
    }
    for day in ["2027-04-30", "2027-05-31", "2027-06-30", "2027-07-30", "2027-08-31"] {
        work(kept, &format!("{day}T10:00:00Z"), None);
    }
    assert_eq!(steps(kept).await, ["nudge", "considerate", "call", "firm", "effect", "last_notice"]);
    assert_eq!(withheld(kept).await, ["outside_hours", "ladder_finished"]);
    kept.run_ok(&["doctor"]);
});

on_both!(a_hundred_days_of_silence_bring_one_step_to_each_debtor, async |kept| {
    let names: Vec<(String, String)> = (0..20).map(|n| (format!("d{n}"), format!("d{n}@example.org"))).collect();
    let debtors: Vec<(&str, &str)> = names.iter().map(|(name, email)| (name.as_str(), email.as_str())).collect();
    let dues: Vec<String> = (0..20).map(|n| format!("2026-11-{:02}", n + 1)).collect();
    let invoices: Vec<_> =
        debtors.iter().zip(&dues).map(|((name, _), due)| (*name, *name, due.as_str(), "80.00", "no")).collect();
    import(kept, &debtors, &invoices);
    assert_eq!(work(kept, "2027-03-12T10:00:00Z", None), [20, 0, 20, 0, 0, 0]);
    assert_eq!(work(kept, "2027-03-12T11:00:00Z", None), [0; 6]);
    assert_eq!(steps(kept).await, vec!["nudge"; 20], "no step is passed over, and none comes with another");
});

on_both!(an_older_invoice_that_is_paid_does_not_begin_the_ladder_again, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,,N1 1AA\n");
    bills(kept, NOW, "A-1,Ann,2026-08-01,2026-09-01,80.00,\nA-2,Ann,2026-08-01,2026-11-10,90.00,\n");
    assert_eq!(work(kept, NOW, None), [1, 0, 1, 0, 0, 0]);
    bills(kept, "2026-12-01T10:00:00Z", "A-1,Ann,2026-08-01,2026-09-01,80.00,2026-12-01\n");
    assert_eq!(work(kept, "2026-12-04T10:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-18T10:00:00Z", None), [1, 0, 1, 0, 0, 0]);
    assert_eq!(steps(kept).await, ["nudge", "considerate"]);
    let last = messages(&folder(kept)).pop().unwrap();
    assert!(last.contains("A-2") && !last.contains("A-1"), "only what is left is asked for: {last}");
    // Once nothing is late any more, what comes later begins at the first step.
    bills(kept, "2026-12-21T10:00:00Z", "A-2,Ann,2026-08-01,2026-11-10,90.00,2026-12-21\n");
    work(kept, "2026-12-21T11:00:00Z", None);
    bills(kept, "2027-01-25T10:00:00Z", "A-3,Ann,2027-01-01,2027-01-20,95.00,\n");
    assert_eq!(work(kept, "2027-01-25T11:00:00Z", None), [1, 0, 1, 0, 0, 0]);
    assert_eq!(steps(kept).await, ["nudge", "considerate", "nudge"]);
    assert_eq!(kept.ask("SELECT began_on FROM episodes ORDER BY id").await, ["2026-09-02", "2027-01-21"]);
});

on_both!(what_lands_between_the_decision_and_the_sending_stops_the_message, async |kept| {
    let names = ["Pay", "Dis", "Pro", "Sto", "Bre", "Ask"];
    let lines: String = names.iter().map(|n| format!("{n},{n},{n}@example.org,,N1 1AA\n")).collect();
    people(kept, &lines);
    let lines: String = names.iter().map(|n| format!("{n}-1,{n},2026-08-01,2026-09-01,80.00,\n")).collect();
    bills(kept, NOW, &lines);
    // All are decided on, and the mail server is away.
    assert_eq!(work(kept, NOW, Some(&nobody())), [6, 0, 0, 0, 0, 0]);
    let noon = "2026-11-20T12:00:00Z";
    bills(kept, noon, "Pay-1,Pay,2026-08-01,2026-09-01,80.00,2026-11-20\n");
    let disputing = visitor(kept, noon, "Dis").await;
    let texts = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "Torn")];
    disputing.post_multipart("/account/dispute", with_file(&texts, "photo.pdf", PDF)).await.expect(303);
    let promising = visitor(kept, noon, "Pro").await;
    let promise = [("currency", "GBP".to_owned()), ("how_much", "all".to_owned()), ("by_on", "2026-11-27".to_owned())];
    let confirmed = promising.check("/account/promise", &promise).await;
    promising.post_form("/account/promise/check", &pairs(&confirmed)).await.expect(303);
    let owner = owner(kept, noon).await;
    for (who, kind) in [("Sto", "stop"), ("Bre", "breathing_space")] {
        let at = page_of(&owner, who).await;
        owner.post_form(&format!("{at}/holds"), &[("kind", kind), ("note", "By letter")]).await.leads_to("?done=held");
    }
    // Only Ask hears of it.
    let done = work(kept, "2026-11-20T12:30:00Z", None);
    assert_eq!((done[2], done[5]), (3, 5), "the reminder, a receipt of the agreement and of the dispute: {done:?}");
    let sent: Vec<String> =
        messages(&folder(kept)).into_iter().filter(|m| m.contains("Subject: A note from")).collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].contains("Ask@example.org") || sent[0].contains("ask@example.org"), "{}", sent[0]);
    let why = kept
        .ask(
            "SELECT d.reference || ' ' || c.reason FROM contacts c
             JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
             WHERE c.state = 'cancelled' AND c.purpose = 'reminder' ORDER BY 1",
        )
        .await;
    assert_eq!(
        why,
        ["Bre breathing_space", "Dis disputed", "Pay nothing_overdue", "Pro promise_running", "Sto stopped"]
    );
    assert_eq!(kept.ask("SELECT until_on FROM holds WHERE reason = 'breathing_space'").await, ["2027-01-19"]);
    kept.run_ok(&["doctor"]);
});

on_both!(every_decision_can_be_read_by_both_sides, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,,N1 1AA\n");
    bills(kept, NOW, "A-1,Ann,2026-08-01,2026-09-01,80.00,\n");
    assert_eq!(work(kept, NOW, None), [1, 0, 1, 0, 0, 0]);
    let noon = "2026-11-20T12:00:00Z";
    let ann = visitor(kept, noon, "Ann").await;
    let told = ann.get("/account/contacts").await.expect(200);
    // 27 days lie between the two steps; the day is a Thursday.
    told.sees("Sent")
        .sees("We will not contact you before 17 December 2026, 10:0")
        .sees("It is not time for the next message yet.");
    let owner = owner(kept, noon).await;
    let at = page_of(&owner, "Ann").await;
    owner.get(&at).await.expect(200).sees("Step “nudge”, 3 days after the date").sees("(rule “not_yet”)");
    owner.post_form(&format!("{at}/holds"), &[("kind", "hardship"), ("note", "")]).await.leads_to("?done=held");
    assert_eq!(work(kept, "2026-12-18T10:00:00Z", None), [0, 1, 0, 0, 0, 0]);
    assert_eq!(work(kept, "2026-12-18T11:00:00Z", None), [0; 6], "once while the reason stands");
    let ann = visitor(kept, "2026-12-18T12:00:00Z", "Ann").await;
    let told = ann.get("/account/contacts").await.expect(200);
    told.sees("Not sent")
        .sees("You told us that you cannot afford this right now.")
        .sees("We planned to send nothing else before 21 December 2026");
    // It is over after its last day, and the next reminder comes at the next permitted hour.
    assert_eq!(work(kept, "2026-12-21T08:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-21T09:30:00Z", None), [1, 0, 1, 0, 0, 0]);
});

on_both!(what_staff_records_counts_towards_the_budget, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,,N1 1AA\n");
    bills(kept, NOW, "A-1,Ann,2026-08-01,2026-09-01,80.00,\n");
    let owner = owner(kept, NOW).await;
    let at = page_of(&owner, "Ann").await;
    let said = [("channel", "call"), ("direction", "out"), ("said", "Rang, spoke about the invoice")];
    owner.post_form(&format!("{at}/contacts"), &said).await.leads_to("?done=contact");
    assert_eq!(work(kept, "2026-11-20T12:00:00Z", None), [0, 1, 0, 0, 0, 0]);
    assert_eq!(withheld(kept).await, ["too_soon"]);
    // A letter on Monday, and then again three days.
    let owner = self::owner(kept, "2026-11-23T09:00:00Z").await;
    let said = [("channel", "letter"), ("direction", "out"), ("said", "Sent a copy of the invoice")];
    owner.post_form(&format!("{at}/contacts"), &said).await.leads_to("?done=contact");
    assert_eq!(work(kept, "2026-11-25T12:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-11-26T12:00:00Z", None), [1, 0, 1, 0, 0, 0]);
    kept.run_ok(&["doctor"]);
});

on_both!(an_instalment_is_announced_alone_and_a_promise_asked_about_once, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,,N1 1AA\nBo,Bo,bo@example.org,,N1 1AA\n");
    bills(kept, NOW, "A-1,Ann,2026-08-01,2026-11-01,400.00,\nB-1,Bo,2026-08-01,2026-11-01,90.00,\n");
    let ann = visitor(kept, NOW, "Ann").await;
    let mut plan: Vec<(&str, String)> =
        [("currency", "GBP"), ("by", "count"), ("count", "4"), ("frequency", "monthly")]
            .map(|(name, text)| (name, text.to_owned()))
            .to_vec();
    plan.push(("first_on", "2026-12-10".to_owned()));
    let confirmed = ann.check("/account/plan", &plan).await;
    ann.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let bo = visitor(kept, NOW, "Bo").await;
    let promise = [("currency", "GBP".to_owned()), ("how_much", "all".to_owned()), ("by_on", "2026-11-30".to_owned())];
    let confirmed = bo.check("/account/promise", &promise).await;
    bo.post_form("/account/promise/check", &pairs(&confirmed)).await.expect(303);
    kept.stop();
    let words = |to: &str| -> Vec<String> {
        let of = |m: &&String| m.contains(to) && !m.contains("This is what we agreed");
        messages(&folder(kept)).iter().filter(of).cloned().collect()
    };
    work(kept, "2026-11-20T11:00:00Z", None);
    assert_eq!(
        (words("ann@example.org").len(), words("bo@example.org").len()),
        (0, 0),
        "what was agreed is waited for"
    );
    assert_eq!(work(kept, "2026-12-01T10:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-02T10:00:00Z", None)[0], 1, "two days after the promised date");
    assert_eq!(work(kept, "2026-12-04T10:00:00Z", None)[0], 0, "once");
    assert_eq!(words("bo@example.org").len(), 1);
    assert_eq!(work(kept, "2026-12-07T10:00:00Z", None)[0], 1, "three days before the instalment");
    let announced = words("ann@example.org");
    assert!(
        announced.len() == 1 && announced[0].contains("£100.00") && !announced[0].contains("£400.00"),
        "{announced:?}"
    );
    assert_eq!(steps(kept).await, ["after_promise", "before_instalment"]);
    work(kept, "2026-12-10T10:00:00Z", None);
    assert_eq!(words("ann@example.org").len(), 1, "once for each instalment");
    // The instalment is missed: once, kindly, for that one.
    for day in ["2026-12-14", "2026-12-15", "2026-12-16", "2026-12-17", "2026-12-18"] {
        work(kept, &format!("{day}T10:00:00Z"), None);
    }
    // Bo's promise is broken by then, and the ladder begins for Bo.
    assert_eq!(steps(kept).await, ["after_promise", "before_instalment", "after_missed", "nudge"]);
    let missed = words("ann@example.org").pop().unwrap();
    assert!(missed.contains("£100.00") && !missed.contains("£400.00"), "{missed}");
    kept.run_ok(&["doctor"]);
});

on_both!(a_call_is_a_task_for_a_person_and_goes_when_it_is_no_longer_needed, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,+44 20 7946 0000,N1 1AA\n");
    bills(kept, NOW, "A-1,Ann,2026-08-01,2026-09-01,80.00,\n");
    for now in [NOW, "2026-12-17T11:00:00Z"] {
        assert_eq!(work(kept, now, None), [1, 0, 1, 0, 0, 0], "{now}");
    }
    assert_eq!(work(kept, "2026-12-22T11:00:00Z", None), [1, 0, 0, 0, 0, 0], "a call, and nothing is sent");
    let tasks = "SELECT channel || ' ' || step FROM contacts WHERE state = 'task'";
    assert_eq!(kept.ask(tasks).await, ["call call"]);
    assert_eq!(work(kept, "2026-12-23T11:00:00Z", None), [0; 6], "one at a time");
    bills(kept, "2026-12-23T12:00:00Z", "A-1,Ann,2026-08-01,2026-09-01,80.00,2026-12-23\n");
    work(kept, "2026-12-23T13:00:00Z", None);
    assert_eq!(kept.ask(tasks).await, [""; 0]);
    assert_eq!(withheld(kept).await, ["nothing_overdue"]);
});

on_both!(nobody_is_chased_on_old_data_of_the_bank, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,,N1 1AA\n");
    bills(kept, NOW, "A-1,Ann,2026-08-01,2026-09-01,80.00,\n");
    let owner = owner(kept, NOW).await;
    let at = page_of(&owner, "Ann").await;
    let policy = Policy { bank_data_max_days: Some(7), ..Policy::courteous(100) };
    let policy = serde_json::to_string(&policy).unwrap().replace('\'', "''");
    kept.change(&format!("UPDATE businesses SET contact_policy = '{policy}'")).await;
    assert_eq!(work(kept, "2026-12-01T10:00:00Z", None), [0, 1, 0, 0, 0, 0]);
    assert_eq!(withheld(kept).await, ["stale_bank_data"]);
    let owner = self::owner(kept, "2026-12-01T10:30:00Z").await;
    owner.get(&at).await.expect(200).sees("The newest bank data is too old to know who has paid");
    // A list of today in which nothing is new tells as well that nothing was paid.
    bills(kept, "2026-12-01T11:00:00Z", "A-1,Ann,2026-08-01,2026-09-01,80.00,\n");
    assert_eq!(work(kept, "2026-12-01T12:00:00Z", None), [1, 0, 1, 0, 0, 0]);
});

/// Two workers, and two reminders to the same person that were decided on at once: one leaves.
#[tokio::test(flavor = "multi_thread")]
async fn two_workers_that_race_for_the_last_slot_send_once() {
    if !has_postgres() {
        return;
    }
    const PEOPLE: usize = 40;
    let kept = &Kept::prepare(Db::Postgres).await;
    let names: Vec<(String, String)> = (0..PEOPLE).map(|n| (format!("d{n}"), format!("d{n}@example.org"))).collect();
    let debtors: Vec<(&str, &str)> = names.iter().map(|(name, email)| (name.as_str(), email.as_str())).collect();
    let invoices: Vec<_> = debtors.iter().map(|(name, _)| (*name, *name, "2026-09-01", "80.00", "no")).collect();
    import(kept, &debtors, &invoices);
    assert_eq!(work(kept, NOW, Some(&nobody()))[0], u64::try_from(PEOPLE).unwrap());
    kept.change(
        "INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject,
             body, actor, at_ms, decision, decided_at_ms, occasion, after_due_days)
         SELECT business_id, id || 'x', debtor_id, channel, direction, purpose, step, state, '', subject, body, actor,
             at_ms, decision, decided_at_ms, occasion, after_due_days FROM contacts;
         INSERT INTO outbox (business_id, id, debtor_id, kind, contact_id, payload, state, due_at_ms, claimed_until_ms,
             tries, error, created_at_ms)
         SELECT business_id, id || 'x', debtor_id, kind, contact_id || 'x', payload, state, due_at_ms, 0, tries, '',
             created_at_ms FROM outbox",
    )
    .await;
    let workers: Vec<Child> = (0..2)
        .map(|_| {
            let mut command = at(kept, "2026-11-20T11:00:00Z", None, &["work", "--once", "--json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut done: BTreeMap<&str, u64> = BTreeMap::new();
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        for key in ["sent", "cancelled", "failed", "unknown"] {
            *done.entry(key).or_default() += said[key].as_u64().unwrap();
        }
    }
    let people = u64::try_from(PEOPLE).unwrap();
    assert_eq!(done, BTreeMap::from([("sent", people), ("cancelled", people), ("failed", 0), ("unknown", 0)]));
    let to: Vec<String> = messages(&folder(kept))
        .iter()
        .map(|m| m.lines().find(|line| line.starts_with("To: ")).unwrap().to_owned())
        .collect();
    assert_eq!((to.len(), to.iter().collect::<BTreeSet<_>>().len()), (PEOPLE, PEOPLE), "one message each");
    kept.run_ok(&["doctor"]);
}

on_both!(the_doctor_finds_what_must_not_be, async |kept| {
    import(kept, &[("Ann", "ann@example.org")], &[("A-1", "Ann", "2026-09-01", "80.00", "no")]);
    assert_eq!(work(kept, NOW, None), [1, 0, 1, 0, 0, 0]);
    kept.run_ok(&["doctor"]);
    let wrong = |what: &str| {
        let output = kept.run(&["doctor"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success() && said.contains(what), "{what} is not found: {said}");
    };
    let copied = |id: &str, later_ms: i64| {
        format!(
            "INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject,
                 body, actor, at_ms, decision, decided_at_ms, occasion, after_due_days)
             SELECT business_id, '{id}', debtor_id, channel, direction, purpose, 'considerate', state, '', subject, body,
                 actor, at_ms + {later_ms}, decision, decided_at_ms + {later_ms}, '', 30 FROM contacts WHERE step = 'nudge'"
        )
    };
    kept.change(&copied("hasty", 86_400_000)).await;
    wrong("the contact budget is never exceeded");
    kept.change("DELETE FROM contacts WHERE id = 'hasty'").await;
    kept.change("UPDATE contacts SET decision = ''").await;
    wrong("no reminder leaves without a decision");
    kept.change("UPDATE contacts SET decision = 'send'").await;
    kept.run_ok(&["doctor"]);
    kept.change(
        "INSERT INTO holds (business_id, id, debtor_id, reason, note, from_on, until_on, actor, created_at_ms)
         SELECT business_id, 'h', id, 'stop', '', '2026-11-01', NULL, 'user:x', 0 FROM debtors",
    )
    .await;
    wrong("no reminder leaves after a stop");
});

/// A mail server that takes everything, each message after a moment, and remembers for whom it was.
struct Taker {
    url: String,
    received: Arc<Mutex<Vec<String>>>,
}

impl Taker {
    fn start(each: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let shelf = Arc::clone(&received);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let shelf = Arc::clone(&shelf);
                // Whoever is cut off in the middle leaves; the next one comes.
                std::thread::spawn(move || drop(converse(&connection, each, &shelf)));
            }
        });
        Self { url, received }
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

fn converse(connection: &TcpStream, each: Duration, shelf: &Mutex<Vec<String>>) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut answers = connection;
    let mut lines = BufReader::new(connection).lines();
    let mut to = String::new();
    answers.write_all(b"220 taker\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => answers.write_all(b"250 taker\r\n")?,
            "RCPT" => {
                to = between(&line, "<", ">").to_ascii_lowercase();
                answers.write_all(b"250 ok\r\n")?;
            }
            "DATA" => {
                answers.write_all(b"354 go on\r\n")?;
                for line in lines.by_ref() {
                    if line? == "." {
                        break;
                    }
                }
                shelf.lock().unwrap().push(to.clone());
                std::thread::sleep(each);
                answers.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => {
                answers.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => answers.write_all(b"250 ok\r\n")?,
        }
    }
    Ok(())
}

on_both!(a_worker_killed_in_the_middle_of_a_thousand_sends_sends_nobody_twice, async |kept| {
    const PEOPLE: usize = 1_000;
    let mut people = String::from("reference,name,email\n");
    let mut bills = String::from("number,debtor,issued,due,amount\n");
    for n in 0..PEOPLE {
        people += &format!("d{n},d{n},d{n}@example.org\n");
        bills += &format!("N{n},d{n},2026-08-01,2026-09-01,80.00\n");
    }
    let (people, bills) = (csv(kept, "people.csv", &people), csv(kept, "bills.csv", &bills));
    run_at(kept, NOW, None, &["import", "debtors", &people]);
    run_at(kept, NOW, None, &["import", "invoices", &bills, "--currency", "GBP"]);
    let taker = Taker::start(Duration::from_millis(3));
    // Three workers die one after another, each in the middle of it.
    let mut clock = chrono::DateTime::parse_from_rfc3339(NOW).unwrap();
    for killed in 1..=3 {
        let mut command = at(kept, &clock.to_rfc3339(), Some(&taker.url), &["work", "--once"]);
        let mut worker = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while taker.received().len() < killed * 200 && begun.elapsed() < Duration::from_secs(120) {
            std::thread::sleep(Duration::from_millis(1));
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        kept.run_ok(&["doctor"]);
        // After the time in which the dead worker might still be at it.
        clock += chrono::Duration::minutes(15);
    }
    let at_three = taker.received().len();
    assert!((600..PEOPLE).contains(&at_three), "the workers died in the middle: {at_three}");
    let last = work(kept, &clock.to_rfc3339(), Some(&taker.url));
    assert_eq!(last[2] + u64::try_from(at_three).unwrap(), u64::try_from(taker.received().len()).unwrap());
    let received = taker.received();
    let once: BTreeSet<&String> = received.iter().collect();
    assert_eq!(received.len(), once.len(), "nobody received a message twice");
    let unknown = kept
        .ask(
            "SELECT d.email FROM contacts c JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
             WHERE c.state = 'unknown'",
        )
        .await;
    eprintln!("of {PEOPLE} messages the fate of {} is unknown", unknown.len());
    assert!(unknown.len() <= 12, "four at a time, three times: {unknown:?}");
    let sent = kept.ask("SELECT CAST(COUNT(*) AS TEXT) FROM contacts WHERE state = 'sent'").await;
    assert_eq!(sent[0].parse::<usize>().unwrap() + unknown.len(), PEOPLE, "each is sent, or shown as unknown");
    let received: BTreeSet<&str> = received.iter().map(String::as_str).collect();
    let missing = (0..PEOPLE).map(|n| format!("d{n}@example.org")).filter(|to| !received.contains(to.as_str()));
    let missing: Vec<String> = missing.collect();
    assert!(missing.iter().all(|to| unknown.contains(to)), "what was not received is unknown: {missing:?}");
    // Nothing of it is sent again without a person, not even days later.
    assert_eq!(work(kept, "2026-11-27T10:00:00Z", Some(&taker.url))[2], 0);
    assert_eq!(taker.received().len(), received.len());
    kept.run_ok(&["doctor"]);
});

on_both!(a_rehearsal_writes_nothing_and_what_it_shows_comes_true, async |kept| {
    people(kept, "Ann,Ann,ann@example.org,+44 20 7946 0000,N1 1AA\nBo,Bo,bo@example.org,,N1 1AA\nCy,Cy,,,N1 1AA\n");
    bills(
        kept,
        NOW,
        "A-1,Ann,2026-08-01,2026-09-01,80.00,\nB-1,Bo,2026-11-01,2026-11-30,30.00,\nB-2,Bo,2026-11-01,2026-12-20,90.00,\n\
         C-1,Cy,2026-08-01,2026-09-01,70.00,\n",
    );
    let before = kept.dump().await;
    let mut command = at(kept, NOW, None, &["rehearse", "--days", "70", "--json"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(kept.dump().await, before, "nothing is written");
    let lines: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys = ["ask_minor", "at", "channel", "debtor", "decision", "invoices", "reason", "step"];
    assert!(lines.iter().all(|line| line.as_object().unwrap().keys().eq(keys)), "{lines:?}");
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let sent = |line: &&Value| line["decision"] == "send";
    let shown: BTreeSet<String> = lines
        .iter()
        .filter(sent)
        .map(|line| {
            format!(
                "{} {} {} {}",
                &text(line, "at")[..10],
                text(line, "debtor"),
                text(line, "channel"),
                text(line, "step")
            )
        })
        .collect();
    let first = lines.iter().find(sent).unwrap();
    assert_eq!(
        (first["at"].as_str().unwrap(), &first["invoices"]),
        ("2026-11-20T10:00:00+00:00", &serde_json::json!(["A-1"]))
    );
    assert_eq!(first["ask_minor"], 8000);
    let never = lines.iter().find(|line| line["debtor"] == "Cy").unwrap();
    assert_eq!((text(never, "decision"), text(never, "reason")), ("never".to_owned(), "no_address".to_owned()));
    // Then it is lived, once a day, a little later each day, so that the days between two steps are over; somebody makes
    // the calls.
    for day in 0..70 {
        let now = chrono::DateTime::parse_from_rfc3339(NOW).unwrap() + chrono::Duration::days(day);
        work(kept, &(now + chrono::Duration::minutes(30 + 5 * day)).to_rfc3339(), None);
        kept.change(
            "UPDATE debtors SET look_at_ms = 0 WHERE id IN (SELECT debtor_id FROM contacts WHERE state = 'task')",
        )
        .await;
        kept.change("UPDATE contacts SET state = 'recorded' WHERE state = 'task'").await;
    }
    let lived = kept
        .ask(
            "SELECT CAST(c.decided_at_ms AS TEXT) || ' ' || d.reference || ' ' || c.channel || ' ' || c.step
             FROM contacts c JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
             WHERE c.purpose = 'reminder' AND c.state IN ('sent', 'recorded')",
        )
        .await;
    let lived: BTreeSet<String> = lived
        .iter()
        .map(|line| {
            let (at_ms, rest) = line.split_once(' ').unwrap();
            let at = chrono::DateTime::from_timestamp_millis(at_ms.parse().unwrap()).unwrap();
            format!("{} {rest}", at.date_naive())
        })
        .collect();
    assert_eq!(lived, shown);
    assert!(shown.len() >= 6, "{shown:?}");
});

on_both!(a_holiday_is_that_of_the_country_of_their_number, async |kept| {
    // Nobody knows the country of either of them; the fourteenth of July is a Tuesday.
    let people = "reference,name,email,phone,postcode\nAnne,Anne,anne@example.org,+33 1 70 18 99 00,N1 1AA\nBo,Bo,bo@example.org,+44 20 7946 0000,N1 1AA\n";
    std::fs::write(kept.data().join("people.csv"), people).unwrap();
    kept.run_ok(&["import", "debtors", "people.csv"]);
    bills(kept, "2026-07-01T10:00:00Z", "A-1,Anne,2026-05-01,2026-06-01,80.00,\nB-1,Bo,2026-05-01,2026-06-01,80.00,\n");
    assert_eq!(work(kept, "2026-07-14T10:00:00Z", None), [1, 1, 1, 0, 0, 0]);
    assert_eq!(withheld(kept).await, ["public_holiday"]);
    assert_eq!(work(kept, "2026-07-15T10:00:00Z", None), [1, 0, 1, 0, 0, 0]);
});
