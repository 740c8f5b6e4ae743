//! Letters: what the ladder sends on paper waits for a batch, is decided on again before it is set, and leaves once.

use crate::mail::{NOW, run_at, work};
use kept_tests::paper::{scan, unpack, words};
use kept_tests::town::{between, pairs, with_file};
use kept_tests::{Kept, Visitor, on_both};
use std::collections::BTreeSet;
use std::process::Stdio;

/// People with a postal address and no other, each of whom owes two invoices that are ten days late, of 800.00 and 200.00.
fn import(kept: &Kept, names: &[&str]) {
    let mut people = String::from("reference,name,address,postcode,country,language\n");
    let mut bills = String::from("number,customer,issued,due,amount\n");
    for name in names {
        people += &format!("{name},{name} Harlow,\"12 Water Lane, Leeds\",LS1 4DY,GB,en\n");
        for (bill, amount) in [("a", "800.00"), ("b", "200.00")] {
            bills += &format!("{name}-{bill},{name},2026-10-20,2026-11-10,{amount}\n");
        }
    }
    std::fs::write(kept.data().join("people.csv"), people).unwrap();
    std::fs::write(kept.data().join("bills.csv"), bills).unwrap();
    run_at(kept, NOW, None, &["import", "debtors", "people.csv"]);
    run_at(kept, NOW, None, &["import", "invoices", "bills.csv", "--currency", "GBP"]);
}

/// Closes the batch at an instant; what it says.
fn batch(kept: &Kept, now: &str) -> serde_json::Value {
    run_at(kept, now, None, &["letters", "batch"])
}

fn counts(said: &serde_json::Value) -> [u64; 5] {
    ["letters", "left_out", "stay", "failed", "waiting"].map(|key| said[key].as_u64().unwrap())
}

/// The owner at an instant; the server is started anew on that clock.
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

async fn pay(owner: &Visitor, reference: &str, amount: &str) {
    let paid =
        [("amount", amount), ("currency", "GBP"), ("paid_on", "2026-11-20"), ("reference", "x"), ("once", amount)];
    owner.post_form(&format!("{}/payments", page_of(owner, reference).await), &paid).await.expect(303);
}

async fn states(kept: &Kept) -> Vec<String> {
    kept.ask(
        "SELECT d.reference || ' ' || c.step || ' ' || c.state || ' ' || c.reason FROM contacts c
         JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
         WHERE c.channel = 'letter' ORDER BY d.reference, c.id",
    )
    .await
}

on_both!(a_letter_waits_for_the_batch_and_is_decided_on_again, async |kept| {
    import(kept, &["Ann", "Bob", "Cyd", "Dee"]);
    assert_eq!(work(kept, NOW, None), [4, 0, 0, 0, 0, 0], "queued, and not sent by the worker");
    assert_eq!(states(kept).await, ["Ann", "Bob", "Cyd", "Dee"].map(|name| format!("{name} nudge queued ")));
    // Bob pays a part, Cyd everything, and Dee says that something is wrong.
    let owner = owner(kept, NOW).await;
    owner.get("/console").await.expect(200).sees("Letters to print").sees("4 letters");
    pay(&owner, "Bob", "800").await;
    pay(&owner, "Cyd", "1000").await;
    let links = kept.run_json(&["links"]);
    let link = links.as_array().unwrap().iter().find(|row| row["debtor"] == "Dee").unwrap()["url"].clone();
    let link = format!("/l/{}", link.as_str().unwrap().rsplit('/').next().unwrap());
    let dee = kept.visitor();
    dee.post_form(&link, &[("answer", "LS1 4DY")]).await.leads_to("/account");
    let texts = [("currency", "GBP"), ("reason", "other"), ("scope", "everything"), ("words", "Not what I ordered")];
    dee.post_multipart("/account/dispute", with_file(&texts, "", b"")).await.expect(303);
    let page = owner.get("/console/letters").await.expect(200);
    page.sees("4 letters wait").sees("leaves").sees("left out").sees("No batch has been closed yet");
    assert_eq!(work(kept, NOW, None)[..3], [0, 0, 0], "no letter leaves by itself, and Dee has no other address");

    let said = batch(kept, NOW);
    assert_eq!(counts(&said), [2, 2, 0, 0, 0], "{said}");
    assert_eq!((said["pages"].as_u64(), said["sheets"].as_u64()), (Some(2), Some(2)));
    assert_eq!(
        states(kept).await,
        ["Ann nudge sent ", "Bob nudge sent ", "Cyd nudge cancelled nothing_overdue", "Dee nudge cancelled disputed"]
    );
    let file = said["batch"].as_str().unwrap();
    assert!(file.ends_with("letters-2026-11-20-1.zip"), "{file}");
    let files = unpack(file);
    let manifest = String::from_utf8(files["manifest.csv"].clone()).unwrap();
    assert!(manifest.contains("Ann Harlow,12 Water Lane,Leeds,LS1 4DY") && !manifest.contains("Cyd"), "{manifest}");
    let rows = kept
        .ask(
            "SELECT d.reference || ' ' || l.contact_id || ' ' || l.sha256 FROM letters l
             JOIN debtors d ON d.business_id = l.business_id AND d.id = l.debtor_id ORDER BY d.reference",
        )
        .await;
    assert_eq!((rows.len(), files.len()), (2, 3));
    let database: String = kept.ask("SELECT body FROM contacts").await.concat();
    for (row, (name, total, wrong)) in
        rows.iter().zip([("Ann", "£1,000.00", "£200.00inall"), ("Bob", "£200.00", "£800.00")])
    {
        let (contact, sha256) = row[4..].split_once(' ').unwrap();
        let pdf = &files[&format!("{contact}.pdf")];
        assert_eq!(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(pdf)), sha256);
        let said = words(pdf);
        assert!(said.contains(&format!("{name}Harlow")) && said.contains(&format!("Thatis{total}inall")), "{said}");
        assert!(!said.contains(wrong), "what is left after part payments: {said}");
        assert_eq!(said.matches("worksuntil").count(), 1, "beside the code and nowhere else: {said}");
        assert!(manifest.contains(sha256), "{manifest}");
        // The code on paper opens their page, and its secret stands nowhere else.
        let url = scan(pdf).concat();
        let token = url.strip_prefix("https://pay.example.com/l/").unwrap_or_else(|| panic!("{url}"));
        assert!(said.contains(token) && !database.contains(token), "{said}");
        let reader = kept.visitor();
        reader.post_form(&format!("/l/{token}"), &[("answer", "LS1 4DY")]).await.leads_to("/account");
        reader.get("/account").await.expect(200).sees(&format!("{name} Harlow")).sees(total);
        reader.get("/account/contacts").await.expect(200).sees("Letter");
    }
    assert_eq!(counts(&batch(kept, NOW)), [0; 5], "nothing is left for another");
    // It was a step and a contact: the next one keeps its distance.
    assert_eq!(work(kept, "2026-11-24T10:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-16T10:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-17T11:00:00Z", None)[0], 2);
    owner.get("/console/letters").await.expect(200).sees("letters-2026-11-20-1.zip").sees("Download");
    let id = kept.ask("SELECT id FROM letter_batches").await.remove(0);
    owner.get(&format!("/console/letters/batches/{id}")).await.expect(405);
    let sent = owner.post_form(&format!("/console/letters/batches/{id}"), &[]).await.expect(200);
    assert_eq!(sent.header("content-type").as_deref(), Some("application/zip"));
    assert_eq!(sent.header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(sent.bytes as u64, std::fs::metadata(file).unwrap().len());
    assert_eq!(kept.ask("SELECT subject_id FROM events WHERE kind = 'letters_fetched'").await, [id]);
    kept.run_ok(&["doctor"]);
});

on_both!(a_letter_that_may_not_leave_today_or_cannot_be_set_is_not_lost, async |kept| {
    import(kept, &["Ann", "Bob"]);
    assert_eq!(work(kept, NOW, None)[0], 2);
    // Two letters that the typeface has not: the post could not read them.
    kept.change("UPDATE debtors SET name = '王小明' WHERE reference = 'Bob'").await;
    let said = batch(kept, "2026-11-21T10:00:00Z");
    assert_eq!(counts(&said), [0, 0, 2, 0, 2], "nothing is posted on a Saturday: {said}");
    assert!(said["batch"].is_null(), "{said}");
    let said = batch(kept, "2026-11-23T10:00:00Z");
    assert_eq!(counts(&said), [1, 0, 0, 1, 0], "{said}");
    assert_eq!(
        states(kept).await[1],
        "Bob nudge failed the address has letters that cannot be printed: \u{fffd}\u{fffd}\u{fffd}"
    );
    let live = "SELECT id FROM links WHERE revoked_at_ms IS NULL";
    assert_eq!(kept.ask(live).await.len(), 1, "the link of what was not printed does not work");
    // A person sees it, mends the name, and has it sent again: into the next batch.
    let owner = owner(kept, "2026-11-23T10:05:00Z").await;
    let item = kept.ask("SELECT id FROM outbox WHERE state = 'failed'").await.remove(0);
    let again = format!("{}/messages/{item}/again", page_of(&owner, "Bob").await);
    owner.get("/console").await.expect(200).sees("Message not sent").sees(&again);
    kept.change("UPDATE debtors SET name = 'Bob Wang' WHERE reference = 'Bob'").await;
    owner.post_form(&again, &[]).await.expect(303);
    let said = batch(kept, "2026-11-23T10:10:00Z");
    assert_eq!(counts(&said), [1, 0, 0, 0, 0], "{said}");
    assert!(said["batch"].as_str().unwrap().ends_with("letters-2026-11-23-2.zip"), "{said}");
    kept.run_ok(&["doctor"]);
});

on_both!(a_letter_is_taken_out_or_printed_alone_and_again, async |kept| {
    import(kept, &["Ann", "Bob"]);
    assert_eq!(work(kept, NOW, None)[0], 2);
    let owner = owner(kept, NOW).await;
    let page = owner.get("/console/letters").await.expect(200);
    let of = async |name: &str| {
        let sql = "SELECT c.id FROM contacts c JOIN debtors d ON d.id = c.debtor_id WHERE d.reference = '?'";
        kept.ask(&sql.replace('?', name)).await.remove(0)
    };
    let (ann, bob) = (of("Ann").await, of("Bob").await);
    let (of_ann, of_bob) = (page_of(&owner, "Ann").await, page_of(&owner, "Bob").await);
    page.sees(&format!("/console/letters/waiting/{ann}")).sees(&format!("{of_bob}/letters/{bob}.pdf"));
    // Ann's is taken out: its step is over, and no batch has it.
    owner.post_form(&format!("/console/letters/waiting/{ann}"), &[]).await.leads_to("/console/letters?done=letter_out");
    owner.post_form(&format!("/console/letters/waiting/{ann}"), &[]).await.expect(404);
    owner.post_form(&format!("{of_ann}/letters/{ann}.pdf"), &[]).await.expect(404);
    // Bob's is printed alone; whoever is not asked gets nothing.
    owner.get(&format!("{of_bob}/letters/{bob}.pdf")).await.expect(405);
    for wrong in
        [format!("{of_ann}/letters/{bob}.pdf"), format!("{of_bob}/letters/{bob}"), format!("{of_bob}/letters/none.pdf")]
    {
        owner.post_form(&wrong, &[]).await.expect(404);
    }
    let printed = owner.post_form(&format!("{of_bob}/letters/{bob}.pdf"), &[]).await.expect(200);
    assert_eq!(printed.header("content-type").as_deref(), Some("application/pdf"));
    assert_eq!(printed.header("cache-control").as_deref(), Some("no-store"));
    assert!(printed.body.starts_with("%PDF-"), "{}", printed.body);
    assert_eq!(states(kept).await, ["Ann nudge cancelled taken_out", "Bob nudge sent "]);
    assert_eq!(counts(&batch(kept, NOW)), [0; 5]);
    // Once more, with a link of its own: the first one may be in an envelope already and works on.
    let live = "SELECT origin FROM links WHERE revoked_at_ms IS NULL ORDER BY id";
    owner.get(&of_bob).await.expect(200).sees(&format!("{bob}.pdf"));
    owner.post_form(&format!("{of_bob}/letters/{bob}.pdf"), &[]).await.expect(200);
    assert_eq!(kept.ask(live).await, ["reminder", "letter"]);
    assert_eq!(
        kept.ask("SELECT subject_id FROM events WHERE kind = 'letter_printed'").await,
        [bob.clone(), bob.clone()]
    );
    kept.change("UPDATE debtors SET address = '' WHERE reference = 'Bob'").await;
    owner.post_form(&format!("{of_bob}/letters/{bob}.pdf"), &[]).await.expect(422).sees("no postal address");
    assert_eq!(kept.ask(live).await.len(), 2, "no link is made for a letter that is none");
    // The ladder goes on where it was, in its own distance.
    kept.change("UPDATE debtors SET address = '1 Elm Street' WHERE reference = 'Bob'").await;
    assert_eq!(work(kept, "2026-12-16T10:00:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-17T11:00:00Z", None)[0], 2);
    assert_eq!(states(kept).await[1], "Ann considerate queued ");
    kept.run_ok(&["doctor"]);
});

on_both!(a_batch_that_is_killed_or_closed_twice_sends_each_letter_once, async |kept| {
    let names: Vec<String> = (0..12).map(|n| format!("P{n:02}")).collect();
    import(kept, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(work(kept, NOW, None)[0], 12);
    let start = |now: &str| {
        let mut command = kept.command(&["letters", "batch", "--json"]);
        command.env("KEPT_NOW", now).env("KEPT_PUBLIC_URL", "https://pay.example.com");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut killed = start(NOW);
    while kept.ask("SELECT contact_id FROM letters WHERE sha256 <> ''").await.len() < 3 {
        assert!(killed.try_wait().unwrap().is_none(), "it was too quick to be killed");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let begun = kept.ask("SELECT link_id FROM letters").await.len();
    assert!((3..12).contains(&begun), "{begun}");
    // While it might still be at work nobody touches what it has.
    assert_eq!(batch(kept, NOW)["letters"], 0);
    assert_eq!(work(kept, NOW, None), [0; 6]);
    // Then two close the batch at the same time.
    let later = "2026-11-20T10:20:00Z";
    let both = [start(later), start(later)].map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    });
    let letters: u64 = both.iter().map(|said| said["letters"].as_u64().unwrap()).sum();
    assert_eq!(letters, 12, "{both:?}");
    let mut packed = Vec::new();
    for file in both.iter().filter_map(|said| said["batch"].as_str()) {
        packed.extend(unpack(file).into_keys().filter(|name| name.ends_with(".pdf")));
    }
    assert_eq!(packed.len(), 12);
    assert_eq!(packed.iter().collect::<BTreeSet<_>>().len(), 12);
    assert_eq!(kept.ask("SELECT id FROM links WHERE revoked_at_ms IS NULL").await.len(), 12);
    assert_eq!(kept.ask("SELECT id FROM links WHERE revoked_at_ms IS NOT NULL").await.len(), begun);
    assert_eq!(kept.ask("SELECT id FROM contacts WHERE state = 'sent'").await.len(), 12);
    assert!(kept.ask("SELECT id FROM letter_batches WHERE state <> 'closed'").await.is_empty());
    kept.run_ok(&["doctor"]);
});

on_both!(a_letter_spends_the_budget_and_holds_back_what_comes_after_it, async |kept| {
    import(kept, &["Ann"]);
    let owner = owner(kept, NOW).await;
    let at = page_of(&owner, "Ann").await;
    // Four contacts by people in a month, and the ladder's letter is the fifth.
    for day in ["02", "05", "10", "13"] {
        let owner = self::owner(kept, &format!("2026-11-{day}T10:00:00Z")).await;
        let said = [("channel", "call"), ("direction", "out"), ("said", "Rang, spoke about the invoice")];
        owner.post_form(&format!("{at}/contacts"), &said).await.leads_to("?done=contact");
    }
    assert_eq!(work(kept, NOW, None)[0], 1);
    // Until its batch is closed nothing else is decided on, and both sides can read why.
    let owner = self::owner(kept, "2026-11-30T12:00:00Z").await;
    owner
        .get(&at)
        .await
        .expect(200)
        .sees("A letter has waited since 20 November 2026")
        .sees("until its batch is closed");
    let links = kept.run_json(&["links"]);
    let link = format!("/l/{}", links[0]["url"].as_str().unwrap().rsplit('/').next().unwrap());
    let ann = kept.visitor();
    ann.post_form(&link, &[("answer", "LS1 4DY")]).await.leads_to("/account");
    ann.get("/account/contacts").await.expect(200).sees("A letter to you is waiting to be sent.");
    assert_eq!(counts(&batch(kept, NOW)), [1, 0, 0, 0, 0]);
    // A promise is asked after two days after its date; three days after the letter there is still no room for a sixth contact.
    let owner = self::owner(kept, "2026-11-20T12:00:00Z").await;
    owner.get(&at).await.expect(200).does_not_see("A letter has waited");
    let promised = [("currency", "GBP"), ("how_much", "all"), ("by_on", "2026-11-21")];
    ann_promises(kept, &link, &promised).await;
    assert_eq!(work(kept, "2026-11-24T10:00:00Z", None)[..2], [0, 1]);
    let why = "SELECT reason FROM contacts WHERE state = 'withheld' ORDER BY id DESC LIMIT 1";
    assert_eq!(kept.ask(why).await, ["budget_spent"]);
    // The first of the five has left the thirty days.
    assert_eq!(work(kept, "2026-12-02T09:30:00Z", None)[0], 0);
    assert_eq!(work(kept, "2026-12-02T10:30:00Z", None)[0], 1);
});

/// Promises to pay by a day, on the page.
async fn ann_promises(kept: &Kept, link: &str, typed: &[(&'static str, &str)]) {
    let ann = kept.visitor();
    ann.post_form(link, &[("answer", "LS1 4DY")]).await.leads_to("/account");
    let typed: Vec<(&'static str, String)> = typed.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    let shown = ann.check("/account/promise", &typed).await;
    ann.post_form("/account/promise/check", &pairs(&shown)).await.expect(303);
}
