//! Calls that wait for a person: whom, when, what to say and what not, and how they went.

use crate::reminder_policy::save_one_step;
use kept_tests::town::between;
use kept_tests::{Kept, Visitor, on_both};

/// A Tuesday.
const NOW: &str = "2026-11-24T10:00:00Z";

/// Moves every clock.
fn at(kept: &mut Kept, now: &str) {
    kept.set("KEPT_NOW", now);
    kept.serve(&[]);
}

/// The owner of a business to whom Ann owes 600.00, and a call to Ann that waits, asked for by the planning run.
async fn with_call(kept: &mut Kept) -> Visitor {
    at(kept, NOW);
    let owner = kept.visitor();
    let (email, password) = ("ada@jessop.example.com", "punched cards weave flowers");
    let typed = [("business", "Jessop Stationers"), ("name", "Ada Jessop"), ("email", email), ("password", password)];
    owner.post_form("/console/setup", &typed).await.leads_to("/console");
    let path = |name: &str, text: &str| {
        let path = kept.data().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let people = path(
        "people.csv",
        "reference,name,email,phone,postcode\nann,Ann Ames,ann@example.com,+44 20 7946 0001,LS1 4AB\n",
    );
    let bills = path(
        "bills.csv",
        "number,debtor,issued,due,amount\nA-1,ann,2026-10-01,2026-10-31,400.00\nA-2,ann,2026-10-01,2026-11-10,200.00\n",
    );
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
    save_one_step(&owner, "call", 3).await;
    kept.run_ok(&["work", "--once"]);
    assert_eq!(kept.ask("SELECT channel || ' ' || state FROM contacts").await, ["call task"]);
    owner
}

async fn call_of(owner: &Visitor) -> String {
    let page = owner.get("/console/calls").await.expect(200);
    format!("/console/calls/{}", between(&page.body, "<a href=\"/console/calls/", "\""))
}

async fn debtor_of(kept: &Kept) -> String {
    format!("/console/debtors/{}", kept.ask("SELECT id FROM debtors WHERE reference = 'ann'").await.remove(0))
}

async fn recorded(kept: &Kept) -> Vec<String> {
    kept.ask("SELECT state || ' ' || outcome || ' ' || body FROM contacts WHERE channel = 'call'").await
}

on_both!(a_call_says_whom_and_when_and_what_to_say_first, async |kept| {
    let owner = with_call(kept).await;
    owner.get("/console").await.expect(200).sees("Call to make").sees("Ann Ames");
    owner.get("/console/calls").await.expect(200).sees("tel:+442079460001").sees("now, until 18:00").sees("2 invoices");
    let call = call_of(&owner).await;
    let page = owner.get(&call).await.expect(200);
    let page = page.sees("Hello, this is Ada Jessop of Jessop Stationers. May I speak with Ann Ames?");
    let page = page.sees("Could you tell me your postcode").sees("LS1 4AB").sees("Tuesday 24 November, 10:00");
    let page = page.sees("Do not say to anybody but ").sees("£600.00").sees("A-2").sees("tel:+442079460001");
    // The words are those of the considerate call, with what is open.
    let said = between(&page.body, "class=\"script\"", "</section>");
    assert!(said.contains("£600.00") && said.contains("A-1") && said.contains("Ann Ames"), "{said}");
    // What is asked for follows what is paid.
    let paid = [("amount", "150"), ("currency", "GBP"), ("paid_on", "2026-11-24"), ("reference", "x"), ("once", "1")];
    owner.post_form(&format!("{}/payments", debtor_of(kept).await), &paid).await.expect(303);
    owner.get(&call).await.expect(200).sees("£450.00").does_not_see("£600.00");
    owner.get("/console/calls/none").await.expect(404);
});

on_both!(how_it_went_is_recorded_once_whoever_sends_it_twice, async |kept| {
    let owner = with_call(kept).await;
    let call = call_of(&owner).await;
    owner.post_form(&call, &[("said", "?")]).await.expect(422).sees("Choose how it went");
    owner.post_form(&call, &[("outcome", "hung_up")]).await.expect(422);
    let long = "a".repeat(4_001);
    owner.post_form(&call, &[("outcome", "spoke"), ("said", &long)]).await.expect(422).sees("at most 4,000 characters");
    assert_eq!(recorded(kept).await, ["task  "]);
    // Two tabs, and the back button.
    let tabs = [("outcome", "no_answer"), ("said", "It rang for a minute")];
    let other = [("outcome", "voicemail"), ("said", "")];
    let (one, two) = tokio::join!(owner.post_form(&call, &tabs), owner.post_form(&call, &other));
    let went: Vec<String> = [one, two].iter().map(|answer| answer.find_location().unwrap()).collect();
    let twice = format!("{call}?done=call_again");
    assert_eq!(went.iter().filter(|to| to.ends_with("/console/calls?done=call")).count(), 1, "{went:?}");
    assert_eq!(went.iter().filter(|to| to.ends_with(&twice)).count(), 1, "{went:?}");
    let first = recorded(kept).await;
    owner.post_form(&call, &[("outcome", "spoke"), ("said", "")]).await.leads_to("?done=call_again");
    assert_eq!(recorded(kept).await, first);
    assert_eq!(kept.ask("SELECT detail FROM events WHERE kind = 'call_recorded'").await.len(), 1);
    let page = owner.get(&twice).await.expect(200);
    page.sees("It was recorded before. Nothing was recorded twice").sees("This call is recorded").sees("Ada Jessop");
    owner.get("/console/calls").await.expect(200).sees("Nobody waits for a call");
    owner.get("/console").await.expect(200).does_not_see("Call to make");
});

on_both!(a_conversation_counts_as_a_contact_and_nothing_comes_right_after_it, async |kept| {
    let owner = with_call(kept).await;
    let call = call_of(&owner).await;
    owner.post_form(&call, &[("outcome", "spoke"), ("said", "She looks for the invoice")]).await.expect(303);
    assert_eq!(recorded(kept).await, ["recorded spoke She looks for the invoice"]);
    let page = owner.get(&debtor_of(kept).await).await.expect(200);
    page.sees("We spoke").sees("She looks for the invoice").sees("Called them: we spoke");
    // With a message due the day after, the budget has it wait for three days.
    save_one_step(&owner, "email", 4).await;
    at(kept, "2026-11-25T11:00:00Z");
    kept.run_ok(&["work", "--once"]);
    let waits = "SELECT reason FROM contacts WHERE state = 'withheld'";
    assert_eq!(kept.ask(waits).await, ["too_soon"]);
    at(kept, "2026-11-27T11:00:00Z");
    kept.run_ok(&["work", "--once"]);
    let mails = "SELECT channel FROM contacts WHERE purpose = 'reminder' AND state = 'sent'";
    assert_eq!(kept.ask(mails).await, ["email"]);
    kept.run_ok(&["doctor"]);
});

on_both!(a_date_that_was_promised_on_the_telephone_is_a_promise_like_any_other, async |kept| {
    let owner = with_call(kept).await;
    let call = call_of(&owner).await;
    let promise = async |amount: &str, by: &str| {
        let typed = [
            ("outcome", "promised"),
            ("currency", "GBP"),
            ("amount", amount),
            ("by_on", by),
            ("promise_said", "On payday"),
        ];
        owner.post_form(&call, &typed).await
    };
    for (amount, by, field) in [
        ("", "2026-12-01", "amount"),
        ("700", "2026-12-01", "amount"),
        ("100", "soon", "by_on"),
        ("100", "2026-11-01", "by_on"),
    ] {
        let page = promise(amount, by).await.expect(422);
        page.sees(&format!("href=\"#{field}\"")).sees("There is a problem");
    }
    assert_eq!(recorded(kept).await, ["task  "], "nothing is recorded by halves");
    let agreed = promise("600", "2026-12-01").await.expect(303);
    let to = agreed.find_location().unwrap();
    assert!(to.contains("/console/commitments/") && to.ends_with("?done=call_agreed"), "{to}");
    let page = owner.get(&to).await.expect(200).sees("the promise is agreed").sees("Running").sees("Ada Jessop");
    page.sees("questions on the telephone")
        .sees("Record the promise")
        .sees("Ann Ames will pay £600.00 by 1 December 2026");
    assert_eq!(recorded(kept).await, ["recorded promised On payday"]);
    // The usual confirmation goes out, and a second press makes no second promise.
    assert_eq!(
        kept.ask("SELECT purpose || ' ' || state FROM contacts WHERE channel = 'email'").await,
        ["agreement queued"]
    );
    promise("600", "2026-12-01").await.leads_to("?done=call_again");
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["active"]);
});

on_both!(a_promise_outside_the_terms_waits_for_a_decision, async |kept| {
    let owner = with_call(kept).await;
    let call = call_of(&owner).await;
    let typed = [("outcome", "promised"), ("currency", "GBP"), ("amount", "600"), ("by_on", "2027-06-01")];
    let to = owner.post_form(&call, &typed).await.expect(303).find_location().unwrap();
    assert!(to.ends_with("?done=call_proposed"), "{to}");
    owner.get(&to).await.expect(200).sees("outside your terms").sees("Waits for you");
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["proposed"]);
});

on_both!(a_call_that_may_not_be_made_says_why_and_offers_no_number, async |kept| {
    let owner = with_call(kept).await;
    let call = call_of(&owner).await;
    let refused = async |owner: &Visitor, why: &str| {
        owner.get("/console/calls").await.expect(200).does_not_see("tel:");
        let page = owner.get(&call).await.expect(200).sees(why).does_not_see("tel:");
        page.does_not_see("What to say, and what to ask").sees("You have called already? Record it");
    };
    at(kept, "2026-11-24T20:00:00Z");
    let owner = owner.moved_to(kept);
    refused(&owner, "outside the permitted hours").await;
    owner.get(&call).await.expect(200).sees("Wednesday 25 November, 09:00");
    at(kept, NOW);
    let owner = owner.moved_to(kept);
    owner.get(&call).await.expect(200).sees("tel:+442079460001");
    // A stop, until somebody ends it.
    let debtor = debtor_of(kept).await;
    let stop = [("kind", "stop"), ("until_on", ""), ("note", "She asked for letters only")];
    owner.post_form(&format!("{debtor}/holds"), &stop).await.expect(303);
    refused(&owner, "They asked not to be contacted").await;
    let hold = kept.ask("SELECT id FROM holds").await.remove(0);
    owner.post_form(&format!("{debtor}/holds/{hold}/end"), &[]).await.expect(303);
    owner.get(&call).await.expect(200).sees("tel:+442079460001");
    // Everything is disputed by the debtor.
    let links = kept.run_json(&["links"]);
    let token = links[0]["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let ann = kept.visitor();
    ann.open(&format!("/l/{token}")).await;
    let said = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "It came broken")];
    let form = said.iter().fold(reqwest::multipart::Form::new(), |form, (n, text)| form.text(*n, (*text).to_owned()));
    ann.post_multipart("/account/dispute", form).await.expect(303);
    refused(&owner, "disputed").await;
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    owner
        .post_form(
            &format!("/console/disputes/{dispute}/resolve"),
            &[("outcome", "reject"), ("reason", "It was whole")],
        )
        .await
        .expect(303);
    // Paid in full: also after the planning run has taken the call back.
    let paid = [("amount", "600"), ("currency", "GBP"), ("paid_on", "2026-11-24"), ("reference", "x"), ("once", "1")];
    owner.post_form(&format!("{debtor}/payments"), &paid).await.expect(303);
    refused(&owner, "Nothing is owed").await;
    kept.run_ok(&["work", "--once"]);
    owner.get(&call).await.expect(200).sees("This call is no longer needed").does_not_see("tel:");
    owner.get("/console/calls").await.expect(200).sees("Nobody waits for a call");
    // It was made all the same: that is a contact too.
    owner.post_form(&call, &[("outcome", "spoke"), ("said", "")]).await.leads_to("/console/calls?done=call");
    assert_eq!(recorded(kept).await, ["recorded spoke "]);
});
