//! What comes after the end: credit notes on what was written off or settled, money that is taken back of what was kept, and
//! new invoices of somebody whose agreement is over. Random lives found each of these.

use crate::ledger::{owner, page_of, record};
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{day, file, owe, pairs, plan, with_file};
use kept_tests::{Kept, Visitor, both};
use serde_json::{Value, json};
use std::path::Path;

async fn left(kept: &Kept) -> Vec<String> {
    kept.ask(
        "SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account IN ('receivable', 'on_account')
         GROUP BY account HAVING SUM(amount_minor) <> 0 ORDER BY account",
    )
    .await
}

async fn states(kept: &Kept) -> Vec<String> {
    kept.ask("SELECT kind || ' ' || state FROM commitments ORDER BY proposed_at_ms, id").await
}

fn bill(kept: &Kept, number: &str, amount: &str) {
    let text = format!("number,debtor,issued,due,amount\n{number},A-1,{},{},{amount}\n", day(-10), day(20));
    let path = file(kept, "next.csv", text);
    kept.run_ok(&[
        "import",
        "invoices",
        &path,
        "--currency",
        "GBP",
        "--date-format",
        "ymd",
        "--business",
        "Alder Tools",
    ]);
}

/// Proposes and confirms.
async fn agree(debtor: &Visitor, form: &str, typed: &[(&'static str, String)]) {
    let confirmed = debtor.check(form, typed).await;
    debtor.post_form(&format!("{form}/check"), &pairs(&confirmed)).await.expect(303);
}

/// A credit note of 246.00 on A-1's larger invoice.
pub fn credit(kept: &Kept) -> Value {
    credit_of(kept, &[])
}

/// The same, changed.
pub fn credit_of(kept: &Kept, changes: &[(&str, &str)]) -> Value {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/data/einvoices/ubl-credit-note.xml");
    let mut text = std::fs::read_to_string(sample).unwrap();
    for (from, to) in [
        ("HJ-2001", "A-1-a"),
        ("2026-09-15", &*day(0)),
        ("C-17", "A-1"),
        ("EUR", "GBP"),
        ("61.50", "246.00"),
        ("11.50", "46.00"),
        ("50.00", "200.00"),
        (">50<", ">200<"),
    ] {
        text = text.replace(from, to);
    }
    for (from, to) in changes {
        text = text.replace(from, to);
    }
    let path = file(kept, "credit.xml", text);
    let output = kept.run(&["import", "invoices", &path, "--business", "Alder Tools", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

both!(a_credit_note_gives_nothing_back_that_nobody_paid, async |kept| {
    let owner = owner(kept).await;
    owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    record(&owner, &page, "100", &day(0)).await;
    let typed = [("invoice", "all:GBP"), ("off_amount", ""), ("why", "They moved abroad"), ("once", "1")];
    owner.post_form(&format!("{page}/write-offs"), &typed).await.leads_to("?done=written_off");
    assert_eq!(credit(kept)["imported"], 1);
    // Of the 400.00, 300.00 were written off: the credit of 246.00 takes the place of a part of that.
    assert_eq!(left(kept).await, [""; 0]);
    let csv = owner.get(&format!("{page}/statement.csv")).await.expect(200);
    csv.sees("Write-off taken back,Credited by credit note HJ-C1,246.00").sees("Credit note HJ-C1,-246.00");
    // What is taken back of the write-off is what is left of it: 54.00 and the other invoice.
    let id = kept.ask("SELECT id FROM transfers WHERE kind = 'write_off'").await.remove(0);
    let list = owner.get(&format!("{page}/write-offs")).await.expect(200);
    list.sees(&format!("{page}/write-offs/{id}"));
    owner.post_form(&format!("{page}/write-offs/{id}"), &[]).await.expect(303);
    assert_eq!(left(kept).await, ["25400"]);
    owner.get(&format!("{page}/write-offs")).await.expect(200).does_not_see(&format!("{page}/write-offs/{id}"));
    kept.run_ok(&["doctor"]);
});

both!(a_credit_note_takes_the_place_of_what_a_settlement_took_off, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let rules = [("offers", "rules"), ("below", "decline"), ("floor_1", "50"), ("counter_1", "80"), ("within_1", "14")];
    let rules = [&rules[..], &[("min_age_1", "10"), ("from_1", "1"), ("up_to_1", "10000")]].concat();
    owner.post_form("/console/policy/settlements", &rules).await.leads_to("settlements?done=saved");
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let offer = [("currency", "GBP".to_owned()), ("amount", "350".to_owned()), ("by_on", day(3))];
    agree(&debtor, "/account/settlement", &offer).await;
    record(&owner, &page, "350", &day(0)).await;
    assert_eq!((states(kept).await, left(kept).await), (vec!["settlement kept".to_owned()], vec![]));
    // 350.00 of the 400.00 were paid, 50.00 of it and the other 200.00 were taken off.
    assert_eq!(credit(kept)["imported"], 1);
    assert_eq!(left(kept).await, ["-19600"]);
    kept.run_ok(&["doctor"]);
});

both!(what_a_dispute_gave_back_is_not_credited_once_more, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let larger = kept.ask("SELECT id FROM invoices WHERE number = 'A-1-a'").await.remove(0);
    let torn =
        [("currency", "GBP"), ("reason", "quality"), ("scope", "invoices"), ("invoices", &*larger), ("words", "Torn")];
    debtor.post_multipart("/account/dispute", with_file(&torn, "", b"")).await.expect(303);
    // It is paid all the same, and then they turn out to be right: the 400.00 are on account, and pay the other invoice.
    record(&owner, &page, "600", &day(0)).await;
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "uphold"), ("reason", "You are right")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.expect(303);
    assert_eq!(left(kept).await, ["-40000"]);
    // The credit note that the books write for it credits nothing that was not credited already.
    let report = credit(kept);
    assert_eq!(report["imported"], 0, "{report}");
    let reason = report["problems"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("asks for £0.00 less what was credited before"), "{reason}");
    assert_eq!(left(kept).await, ["-40000"]);
    kept.run_ok(&["doctor"]);
});

both!(what_ended_by_a_credit_is_not_opened_again_by_the_next_invoice, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    agree(&debtor, "/account/plan", &plan()).await;
    let all = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "Torn")];
    debtor.post_multipart("/account/dispute", with_file(&all, "", b"")).await.expect(303);
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "uphold"), ("reason", "You are right")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.expect(303);
    assert_eq!(states(kept).await, ["plan kept"]);
    bill(kept, "A-1-c", "150");
    record(&owner, &page, "10", &day(0)).await;
    kept.run_ok(&["work", "--once"]);
    assert_eq!(states(kept).await, ["plan kept"]);
    debtor.get("/account").await.expect(200).sees("£140.00").does_not_see("Your plan");
    kept.run_ok(&["doctor"]);
});

both!(what_was_paid_too_much_and_given_back_opens_nothing_again, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let standin = Standin::start();
    standin.serve(kept).await;
    let owner = owner.moved_to(kept);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    agree(&debtor, "/account/plan", &plan()).await;
    let what = [("currency", "GBP"), ("reason", "quality"), ("scope", "amount"), ("amount", "100"), ("words", "Torn")];
    debtor.post_multipart("/account/dispute", with_file(&what, "", b"")).await.expect(303);
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "uphold"), ("reason", "You are right")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.expect(303);
    // The other 500.00 come by bank while the page for cards is open, and by card, too: that goes back.
    let everything = [("currency", "GBP"), ("what", "everything")];
    let card = debtor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
    record(&owner, &page, "500", &day(0)).await;
    standin.pay(&card).await;
    wait_for(kept, "SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'", &["2"]).await;
    debtor.post_form("/account/money-back", &[("currency", "GBP")]).await.expect(303);
    kept.run_ok(&["work", "--once"]);
    wait_for(kept, "SELECT kind FROM transfers WHERE kind = 'refund'", &["refund"]).await;
    assert_eq!((states(kept).await, left(kept).await), (vec!["plan kept".to_owned()], vec![]));
    bill(kept, "A-1-c", "150");
    record(&owner, &page, "10", &day(0)).await;
    kept.run_ok(&["work", "--once"]);
    assert_eq!(states(kept).await, ["plan kept"]);
    kept.run_ok(&["doctor"]);
});

both!(a_settlement_is_undone_by_its_banks_whatever_runs_now, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let standin = Standin::start();
    standin.serve(kept).await;
    let owner = owner.moved_to(kept);
    let rules = [("offers", "rules"), ("below", "decline"), ("floor_1", "50"), ("counter_1", "80"), ("within_1", "14")];
    let rules = [&rules[..], &[("min_age_1", "10"), ("from_1", "1"), ("up_to_1", "10000")]].concat();
    owner.post_form("/console/policy/settlements", &rules).await.leads_to("settlements?done=saved");
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let offer = [("currency", "GBP".to_owned()), ("amount", "400".to_owned()), ("by_on", day(3))];
    agree(&debtor, "/account/settlement", &offer).await;
    let typed = [("currency", "GBP"), ("what", "instalment")];
    let card = debtor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&card).await;
    wait_for(kept, "SELECT kind || ' ' || state FROM commitments", &["settlement kept"]).await;
    bill(kept, "A-1-c", "150");
    let promise = [("currency", "GBP".to_owned()), ("how_much", "all".to_owned()), ("by_on", day(5))];
    agree(&debtor, "/account/promise", &promise).await;
    assert_eq!(states(kept).await, ["settlement kept", "promise active"]);
    standin.post("/sandbox/dispute", json!({ "session": card.rsplit('/').next().unwrap() })).await;
    let sum = "SELECT CAST(SUM(amount_minor) AS TEXT) FROM entries WHERE account IN ('receivable', 'on_account')";
    wait_for(kept, sum, &["75000"]).await;
    assert_eq!(states(kept).await, ["settlement broken", "promise active"]);
    kept.run_ok(&["doctor"]);
});

both!(what_is_paid_ahead_pays_what_a_bank_opens_again, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let standin = Standin::start();
    standin.serve(kept).await;
    let owner = owner.moved_to(kept);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let typed = [("currency", "GBP"), ("what", "part"), ("amount", "50")];
    let card = debtor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    standin.pay(&card).await;
    wait_for(kept, "SELECT kind FROM transfers WHERE kind = 'payment'", &["payment"]).await;
    record(&owner, &page, "600", &day(0)).await;
    debtor.get("/account/money-back").await.expect(200).sees("Ask for £50.00 back");
    standin.post("/sandbox/dispute", json!({ "session": card.rsplit('/').next().unwrap() })).await;
    wait_for(kept, "SELECT kind FROM transfers WHERE kind = 'applied'", &["applied"]).await;
    // Nothing is owed, and nothing is theirs to be sent back.
    assert_eq!(left(kept).await, [""; 0]);
    debtor.get("/account/money-back").await.expect(200).sees("Nothing is kept for you");
    kept.run_ok(&["doctor"]);
});
