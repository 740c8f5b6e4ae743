//! The same money told of in two ways: on the page and in a statement, in the books and in a list of paid invoices, as a payment
//! and as a credit. It is counted once, or a person is asked.

use crate::afterwards::{credit, credit_of};
use crate::ledger::{owner, page_of, record};
use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{day, file, owe, pairs, plan, with_file};
use kept_tests::{Kept, Visitor, both};
use serde_json::{Value, json};

const OWED: &str =
    "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS TEXT) FROM entries WHERE account IN ('receivable', 'on_account')";
const PAYMENTS: &str = "SELECT method || ' ' || CAST(amount_minor AS TEXT) || ' ' || moved_on FROM transfers
                        WHERE kind = 'payment' ORDER BY id";

fn statement(kept: &Kept, name: &str, on: &str, words: &str, amount: &str) -> Value {
    let text = format!("Date,Payer,Payer account,Description,Amount\n{on},Person A-1,ACC0,{words},{amount}\n");
    let path = file(kept, name, text);
    kept.run_json(&["import", "statement", &path, "--business", "Alder Tools"])
}

/// A list of what was paid when, as an accounting program exports it; nothing for what was not.
fn list(kept: &Kept, rows: &[(&str, &str, &str)]) -> Value {
    let mut text = String::from("number,debtor,issued,due,amount,paid\n");
    for (number, amount, paid) in rows {
        text.push_str(&format!("{number},A-1,{},{},{amount},{paid}\n", day(-70), day(-40)));
    }
    let path = file(kept, "list.csv", text);
    let known = ["--business", "Alder Tools", "--currency", "GBP", "--date-format", "ymd", "--map", "settled=paid"];
    kept.run_json(&[&["import", "invoices", path.as_str()], &known[..]].concat())
}

fn warnings(report: &Value) -> Vec<String> {
    let all = report["warnings"].as_array().unwrap();
    all.iter().map(|w| w["reason"].as_str().unwrap().to_owned()).collect()
}

/// They say that they have paid everything, and the owner agrees.
async fn claim_upheld(kept: &Kept, owner: &Visitor, link: &str) -> Visitor {
    let debtor = kept.visitor();
    debtor.open(link).await;
    let on = day(-2);
    let said = [("currency", "GBP"), ("scope", "everything"), ("paid_on", &*on), ("paid_by", "bank")];
    debtor.post_multipart("/account/already-paid", with_file(&said, "", b"")).await.expect(303);
    let claim = kept.ask("SELECT id FROM disputes").await.remove(0);
    let found = [("outcome", "uphold"), ("reason", "We found it")];
    owner.post_form(&format!("/console/disputes/{claim}/resolve"), &found).await.leads_to("?done=resolved");
    owner.get(&format!("/console/disputes/{claim}")).await.expect(200).sees("is booked as paid");
    debtor
}

both!(what_they_said_they_paid_is_a_payment_and_the_statement_knows_it, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let debtor = claim_upheld(kept, &owner, &links[0]).await;
    assert_eq!(
        (kept.ask(OWED).await, kept.ask(PAYMENTS).await),
        (vec!["0".into()], vec![format!("claim 60000 {}", day(-2))])
    );
    debtor.get("/account").await.expect(200).sees("nothing left to pay");
    debtor.get("/account/statement").await.expect(200).sees("£600.00").does_not_see("Credit");
    // It comes with the bank statement: a person sees that it is the same.
    let told = statement(kept, "bank.csv", &day(-1), "A-1", "600.00");
    assert_eq!((&told["booked"], &told["suggested"]), (&json!(0), &json!(1)), "{told}");
    assert!(told["lines"][0].to_string().contains("recorded_already"), "{told}");
    assert_eq!(kept.ask(OWED).await, ["0"]);
    kept.run_ok(&["doctor"]);
});

both!(a_claim_that_turns_out_wrong_is_taken_out_of_the_books, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let debtor = claim_upheld(kept, &owner, &links[0]).await;
    let payment = kept.ask("SELECT id FROM transfers WHERE kind = 'payment'").await.remove(0);
    let at = format!("{page}/payments/{payment}");
    owner.get(&at).await.expect(200).sees("It was no payment");
    owner.post_form(&format!("{at}/undo"), &[("why", " ")]).await.expect(422).sees("Write why it was no payment");
    let why = [("why", "It was another customer’s")];
    owner.post_form(&format!("{at}/undo"), &why).await.leads_to("?done=payment_undone");
    assert_eq!(kept.ask(OWED).await, ["60000"]);
    owner.post_form(&format!("{at}/undo"), &why).await.expect(404);
    assert_eq!(kept.ask(OWED).await, ["60000"], "once");
    owner.get(&page).await.expect(200).sees("It was another customer’s");
    debtor.get("/account").await.expect(200).sees("£600.00");
    // So is what was recorded by hand; what others know of is not.
    record(&owner, &page, "50", &day(0)).await;
    let payment = kept.ask("SELECT id FROM transfers WHERE kind = 'payment' ORDER BY id DESC").await.remove(0);
    owner.post_form(&format!("{page}/payments/{payment}/undo"), &why).await.leads_to("?done=payment_undone");
    let told = statement(kept, "bank.csv", &day(-10), "Invoice A-1-a", "400.00");
    assert_eq!(told["booked"], 1, "{told}");
    let payment = kept.ask("SELECT transfer_id FROM statement_lines WHERE state = 'booked'").await.remove(0);
    owner.get(&format!("{page}/payments/{payment}")).await.expect(200).does_not_see("It was no payment");
    owner.post_form(&format!("{page}/payments/{payment}/undo"), &why).await.expect(422);
    assert_eq!(kept.ask(OWED).await, ["20000"]);
    kept.run_ok(&["doctor"]);
});

both!(a_list_does_not_pay_again_what_a_bank_took_back, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let standin = Standin::start();
    standin.serve(kept).await;
    let owner = owner.moved_to(kept);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let everything = [("currency", "GBP"), ("what", "everything")];
    let at = debtor.post_form("/account/payment", &everything).await.expect(303).find_location().unwrap();
    standin.pay(&at).await;
    wait_for(kept, OWED, &["0"]).await;
    let today = day(0);
    let rows = [("A-1-a", "400.00", &*today), ("A-1-b", "200.00", &*today)];
    assert_eq!(list(kept, &rows)["unchanged"], 2);
    let session = at.rsplit('/').next().unwrap();
    standin.post("/sandbox/dispute", json!({ "session": session })).await;
    wait_for(kept, OWED, &["60000"]).await;
    // The same list once more: it knows nothing of what the bank did.
    let told = list(kept, &rows);
    assert!(warnings(&told).iter().all(|w| w.contains("money of it was taken back on")), "{told}");
    assert_eq!((warnings(&told).len(), kept.ask(OWED).await), (2, vec!["60000".to_owned()]));
    assert_eq!((&told["open_minor"], &told["paid_minor"]), (&json!(60_000), &json!(0)), "{told}");
    owner.get("/console").await.expect(200).sees("money went back");
    kept.run_ok(&["doctor"]);
});

both!(a_list_does_not_pay_again_what_is_in_the_books_elsewhere, async |kept| {
    let owner = owner(kept).await;
    owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    // 200.00 for the smaller invoice; here it went to the older one, which comes first.
    record(&owner, &page, "200", &day(-3)).await;
    let on = day(-2);
    let told = list(kept, &[("A-1-a", "400.00", ""), ("A-1-b", "200.00", &on)]);
    let said = warnings(&told);
    assert!(said.len() == 1 && said[0].contains("is in the books for invoice “A-1-a”"), "{told}");
    assert_eq!((kept.ask(OWED).await, kept.ask(PAYMENTS).await.len()), (vec!["40000".to_owned()], 1));
    // A person moves it as told, and the list has nothing more to say.
    let payment = kept.ask("SELECT id FROM transfers WHERE kind = 'payment'").await.remove(0);
    let invoice =
        async |number: &str| kept.ask(&format!("SELECT id FROM invoices WHERE number = '{number}'")).await.remove(0);
    let (from, to) = (invoice("A-1-a").await, invoice("A-1-b").await);
    let typed = [("from", &*from), ("to", &*to), ("amount", ""), ("once", "1")];
    owner.post_form(&format!("{page}/payments/{payment}"), &typed).await.leads_to("?done=moved");
    let told = list(kept, &[("A-1-a", "400.00", ""), ("A-1-b", "200.00", &on)]);
    assert_eq!((warnings(&told).len(), &told["unchanged"]), (0, &json!(2)), "{told}");
    // What was paid long after is another payment, and so is one of two that came.
    record(&owner, &page, "100", &day(-20)).await;
    let told = list(kept, &[("A-1-a", "400.00", &on)]);
    assert_eq!((warnings(&told).len(), kept.ask(OWED).await), (0, vec!["0".to_owned()]), "{told}");
    // What lies on account pays an invoice that comes as paid, once.
    record(&owner, &page, "70", &day(-1)).await;
    let told = list(kept, &[("A-1-c", "70.00", &on)]);
    assert_eq!((warnings(&told).len(), kept.ask(OWED).await), (0, vec!["0".to_owned()]), "{told}");
    assert_eq!(kept.ask(PAYMENTS).await.last().unwrap(), &format!("bank 7000 {}", day(-1)));
    kept.run_ok(&["doctor"]);
});

both!(a_credit_note_is_no_more_than_all_its_invoices_ask, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let all = [("currency", "GBP"), ("reason", "quality"), ("scope", "everything"), ("words", "Torn")];
    debtor.post_multipart("/account/dispute", with_file(&all, "", b"")).await.expect(303);
    let dispute = kept.ask("SELECT id FROM disputes").await.remove(0);
    let typed = [("outcome", "partly"), ("credited", "500"), ("reason", "Most of it")];
    owner.post_form(&format!("/console/disputes/{dispute}/resolve"), &typed).await.expect(303);
    assert_eq!(kept.ask(OWED).await, ["10000"]);
    // 246.00 on two invoices of which 500.00 of 600.00 are credited; then on one beside another that is not here.
    let own = "<b:ID>HJ-2001</b:ID></A:InvoiceDocumentReference>";
    let own = own.replace("HJ-2001", "A-1-a");
    for other in ["A-1-b", "gone"] {
        let end = "</A:BillingReference><A:BillingReference><A:InvoiceDocumentReference>";
        let both = format!("{own}{end}{}", own.replace("A-1-a", other));
        let report = credit_of(kept, &[(&own, &both)]);
        assert_eq!(report["imported"], 0, "{report}");
        let reason = report["problems"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("less what was credited before"), "{reason}");
        assert_eq!(kept.ask(OWED).await, ["10000"]);
    }
    kept.run_ok(&["doctor"]);
});

both!(a_credit_note_on_what_a_list_called_paid_is_said, async |kept| {
    owner(kept).await;
    owe(kept, "Alder Tools", "A", 1);
    let on = day(-1);
    list(kept, &[("A-1-a", "400.00", &on)]);
    assert_eq!(kept.ask(OWED).await, ["20000"]);
    let report = credit(kept);
    assert_eq!(report["imported"], 1, "{report}");
    let said = warnings(&report);
    assert!(said.iter().any(|w| w.contains("which a list called paid in the same days")), "{report}");
    kept.run_ok(&["doctor"]);
});

both!(the_same_movement_with_another_day_is_not_booked_again, async |kept| {
    owner(kept).await;
    owe(kept, "Alder Tools", "A", 1);
    let told = statement(kept, "one.csv", &day(-3), "Invoice A-1-a", "200.00");
    assert_eq!(told["booked"], 1, "{told}");
    // The day it was booked instead of the day it was made, and other words.
    let told = statement(kept, "two.csv", &day(-1), "Payment from Person A-1 for A-1-b", "200.00");
    assert_eq!((&told["booked"], &told["suggested"]), (&json!(0), &json!(1)), "{told}");
    assert!(told["lines"][0].to_string().contains("imported_already"), "{told}");
    assert_eq!(kept.ask(OWED).await, ["40000"]);
});

both!(what_pays_another_invoice_is_no_instalment_until_it_is_taken_back, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let confirmed = visitor.check("/account/plan", &plan()).await;
    visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let text = format!("number,debtor,issued,due,amount\nNEW-7,A-1,{},{},200.00\n", day(-20), day(-5));
    let path = file(kept, "next.csv", text);
    let known = ["--business", "Alder Tools", "--currency", "GBP", "--date-format", "ymd"];
    kept.run_ok(&[&["import", "invoices", path.as_str()], &known[..]].concat());
    let bank = |words: &str, amount: &str| {
        let told = statement(kept, "bank.csv", &day(0), words, amount);
        assert_eq!(told["booked"], 1, "{told}");
    };
    let paid = "SELECT CAST(COALESCE(counted_minor, 0) AS TEXT) FROM transfers WHERE kind IN ('payment', 'undone') ORDER BY id";
    bank("Invoice NEW-7", "200.00");
    assert_eq!(kept.ask(paid).await, ["0"]);
    // Of one that pays both only the part for what the plan covers counts.
    bank("Invoice A-1-a", "150.00");
    assert_eq!(kept.ask(paid).await, ["0", "15000"]);
    let line = kept.ask("SELECT id FROM statement_lines WHERE amount_minor = 15000").await.remove(0);
    owner.post_form(&format!("/console/statements/lines/{line}"), &[("act", "undo")]).await.expect(303);
    assert_eq!(kept.ask(paid).await, ["0", "15000", "15000"]);
    let page = page_of(kept, "A-1").await;
    record(&owner, &page, "650", &day(0)).await;
    assert_eq!(kept.ask(paid).await.last().unwrap(), "65000", "more than all that is owed");
    assert_eq!(kept.ask("SELECT state FROM commitments").await, ["kept"]);
    kept.run_ok(&["doctor"]);
});

both!(a_page_is_closed_once_a_list_calls_everything_paid, async |kept| {
    let standin = Standin::start();
    let links = owe(kept, "", "P", 1);
    standin.serve(kept).await;
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let everything = [("currency", "GBP"), ("what", "everything")];
    visitor.post_form("/account/payment", &everything).await.expect(303);
    let rows = [("a", "400.00"), ("b", "200.00")];
    let rows = rows.map(|(n, m)| format!("P-1-{n},P-1,{},{},{m},{}\n", day(-70), day(-40), day(0)));
    let list = file(kept, "list.csv", format!("number,debtor,issued,due,amount,paid\n{}", rows.concat()));
    kept.run_ok(&["import", "invoices", &list, "--currency", "GBP", "--date-format", "ymd", "--map", "settled=paid"]);
    kept.run_ok(&["work", "--once"]);
    wait_for(kept, "SELECT state FROM outbox WHERE kind = 'close_page'", &["done"]).await;
    assert_eq!(standin.pages().await[0]["status"], "expired");
    assert_eq!(kept.ask("SELECT state FROM attempts").await, ["abandoned"]);
});
