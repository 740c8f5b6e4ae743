//! What the business does in its books: writing off, moving what a payment pays, and money that was paid ahead.

use crate::ledger::{owner, page_of, record};
use kept_tests::town::{between, day, file, owe, working_hour};
use kept_tests::{Kept, both};

/// What is left on each invoice of a debtor, by number, in minor units.
async fn left(kept: &Kept, reference: &str) -> Vec<String> {
    kept.ask(&format!(
        "SELECT i.number || ' ' || CAST(SUM(e.amount_minor) AS TEXT) FROM entries e JOIN invoices i ON i.id = e.invoice_id
         JOIN debtors d ON d.id = e.debtor_id WHERE d.reference = '{reference}' GROUP BY i.number ORDER BY i.number"
    ))
    .await
}

fn closing(kept: &Kept, reference: &str) -> i64 {
    kept.run_json(&["statement", "--debtor", reference])["accounts"][0]["closing_minor"].as_i64().unwrap()
}

both!(what_is_written_off_is_not_asked_for_and_can_be_taken_back, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    let invoice = kept.ask("SELECT id FROM invoices WHERE number = 'A-1-a'").await.remove(0);
    owner.get(&page).await.expect(200).sees("/write-offs\"");
    let list = format!("{page}/write-offs");
    owner.get(&list).await.expect(200).sees("Everything, £600.00").sees("Invoice A-1-a, £400.00 left");
    let form = |invoice: &str, amount: &str, why: &str, once: &str| {
        [("invoice", invoice), ("off_amount", amount), ("why", why), ("once", once)].map(|(n, t)| (n, t.to_owned()))
    };
    let send = async |typed: [(&'static str, String); 4]| {
        let typed: Vec<_> = typed.iter().map(|(name, text)| (*name, text.as_str())).collect();
        owner.post_form(&list, &typed).await
    };
    for (typed, why) in [
        (form(&invoice, "", " ", "1"), "Write why"),
        (form(&invoice, "400.01", "x", "1"), "not more than is left"),
        (form(&invoice, "0", "x", "1"), "Enter an amount"),
        (form("none", "", "x", "1"), "Choose what to write off"),
    ] {
        send(typed).await.expect(422).sees(why).sees("Error: ");
    }
    assert_eq!(closing(kept, "A-1"), 60_000, "nothing half done");
    send(form(&invoice, "150", "Gone abroad", "1")).await.leads_to("?done=written_off");
    send(form(&invoice, "150", "Gone abroad", "1")).await.expect(422).sees("Nothing was done twice");
    assert_eq!(left(kept, "A-1").await, ["A-1-a 25000", "A-1-b 20000"]);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let account = debtor.get("/account").await.expect(200).sees("£450.00").sees("Written off: no longer asked for");
    account.does_not_see("Gone abroad").does_not_see("£600.00");
    debtor
        .get("/account/statement")
        .await
        .expect(200)
        .sees("Written off, no longer asked for")
        .does_not_see("Gone abroad");
    owner.get(&page).await.expect(200).sees("Gone abroad").sees("Written off, and not asked for any more");
    // All of it: nobody is reminded of what is not owed.
    send(form("all:GBP", "", "Not worth it", "2")).await.leads_to("?done=written_off");
    debtor.get("/account").await.expect(200).sees("nothing left to pay");
    assert_eq!(kept.run_json(&["links"]).as_array().unwrap().len(), 0);
    kept.set("KEPT_NOW", &working_hour());
    assert_eq!(kept.run_json(&["work", "--once"])["reminders"], 0);
    // The second one is taken back, once.
    let page_of_them = owner.get(&list).await.expect(200).sees("Nothing is left to write off");
    let last = between(&page_of_them.body, &format!("action=\"{list}/"), "\"").to_owned();
    owner.post_form(&format!("{list}/{last}"), &[]).await.leads_to("?done=reinstated");
    owner.post_form(&format!("{list}/{last}"), &[]).await.expect(303);
    owner.get(&list).await.expect(200).sees("taken back").sees("Everything, £450.00");
    assert_eq!((closing(kept, "A-1"), left(kept, "A-1").await.join(" ")), (45_000, "A-1-a 25000 A-1-b 20000".into()));
    let again = kept.visitor();
    again.open(&links[0]).await;
    again.get("/account").await.expect(200).sees("£450.00");
    assert_eq!(kept.run_json(&["work", "--once"])["reminders"], 1, "what is owed again is asked for again");
    kept.run_ok(&["doctor"]);
});

both!(a_part_of_a_payment_is_moved_and_both_sides_see_it, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    record(&owner, &page, "150", &day(0)).await;
    assert_eq!(left(kept, "A-1").await, ["A-1-a 25000", "A-1-b 20000"]);
    let ids = kept.ask("SELECT id FROM invoices ORDER BY number").await;
    let payment = kept.ask("SELECT id FROM transfers WHERE kind = 'payment'").await.remove(0);
    let at = format!("{page}/payments/{payment}");
    owner.get(&page).await.expect(200).sees(&format!("href=\"{at}\""));
    owner.get(&at).await.expect(200).sees("Invoice A-1-a, £150.00 of it").sees("Invoice A-1-b, £200.00 left");
    let send = async |from: &str, to: &str, amount: &str, once: &str| {
        owner.post_form(&at, &[("from", from), ("to", to), ("amount", amount), ("once", once)]).await
    };
    for (from, to, amount, why) in [
        (&*ids[0], &*ids[1], "150.01", "not more than is there"),
        (&ids[0], &ids[0], "", "Choose another invoice"),
        (&ids[1], &ids[0], "", "Nothing of this payment is there"),
        ("", &ids[0], "", "Nothing of this payment is there"),
        (&ids[0], "none", "", "Nothing is left to pay"),
        (&ids[0], &ids[1], "much", "Enter an amount"),
    ] {
        send(from, to, amount, "1").await.expect(422).sees(why).sees("Error: ");
    }
    send(&ids[0], &ids[1], "50", "1").await.leads_to("?done=moved");
    send(&ids[0], &ids[1], "50", "1").await.expect(422).sees("Nothing was moved twice");
    assert_eq!(left(kept, "A-1").await, ["A-1-a 30000", "A-1-b 15000"]);
    assert_eq!(closing(kept, "A-1"), 45_000);
    let moved = "£50.00 of the payment of";
    owner.get(&at).await.expect(200).sees("Invoice A-1-b, £50.00 of it").sees(moved);
    owner.get(&page).await.expect(200).sees(&format!("Moved: {moved}"));
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let receipt = debtor.get(&format!("/receipt/{payment}")).await.expect(200).sees("Alder Tools moved").sees(moved);
    receipt.sees("Invoice A-1-a").sees("£100.00").sees("Invoice A-1-b").sees("£450.00");
    let statement = debtor.get("/account/statement").await.expect(200).sees("£450.00");
    statement.does_not_see("Moved to another");
    // As much as fits, and to the account.
    send(&ids[0], "", "", "2").await.leads_to("?done=moved");
    assert_eq!(left(kept, "A-1").await, ["A-1-a 40000", "A-1-b 15000"]);
    debtor.get("/account").await.expect(200).sees("£450.00").sees("Paid ahead, kept for you");
    kept.run_ok(&["doctor"]);
});

both!(what_was_paid_too_much_goes_towards_the_next_invoice, async |kept| {
    let owner = owner(kept).await;
    let links = owe(kept, "Alder Tools", "A", 1);
    let page = page_of(kept, "A-1").await;
    record(&owner, &page, "650", &day(0)).await;
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    debtor.get("/account").await.expect(200).sees("Paid ahead, kept for you").sees("£50.00");
    assert_eq!(closing(kept, "A-1"), -5_000);
    let bills = format!("number,debtor,issued,due,amount\nA-1-c,A-1,{},{},80.00\n", day(0), day(14));
    let bills = file(kept, "next.csv", bills);
    for _ in 0..2 {
        kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
        assert_eq!(left(kept, "A-1").await, ["A-1-a 0", "A-1-b 0", "A-1-c 3000"]);
    }
    assert_eq!(closing(kept, "A-1"), 3_000);
    let account = debtor.get("/account").await.expect(200).sees("£30.00");
    account.does_not_see("Paid ahead").sees("Paid or taken off");
    owner.get(&page).await.expect(200).sees("What was paid ahead was put towards invoices: £50.00");
    // It stays a part of the payment that it came with.
    let payment = kept.ask("SELECT id FROM transfers WHERE kind = 'payment'").await.remove(0);
    debtor.get(&format!("/receipt/{payment}")).await.expect(200).sees("Invoice A-1-c").sees("£50.00");
    kept.run_ok(&["doctor"]);
});
