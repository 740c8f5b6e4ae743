//! The ledger: what is booked stays booked, and can be read as of any day.

use kept_tests::town::{day, owe};
use kept_tests::{Db, Kept, Visitor, both};

async fn owner(kept: &Kept) -> Visitor {
    let added = kept.run_json(&["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example"]);
    let visitor = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    visitor.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    visitor
}

/// The console's page of a debtor.
async fn page_of(kept: &Kept, reference: &str) -> String {
    let id = kept.ask(&format!("SELECT id FROM debtors WHERE reference = '{reference}'")).await.remove(0);
    format!("/console/debtors/{id}")
}

async fn record(owner: &Visitor, page: &str, amount: &str, on: &str) {
    let paid = [("amount", amount), ("currency", "GBP"), ("paid_on", on), ("reference", ""), ("once", amount)];
    owner.post_form(&format!("{page}/payments"), &paid).await.expect(303);
}

both!(the_database_refuses_to_change_what_is_booked, async |kept| {
    let owner = owner(kept).await;
    owe(kept, "Alder Tools", "A", 1);
    record(&owner, &page_of(kept, "A-1").await, "150", &day(0)).await;
    let before = kept.dump().await;
    assert_eq!((before["transfers"].len(), before["entries"].len()), (3, 6));
    let mut refused = vec![
        "UPDATE transfers SET amount_minor = 1",
        "UPDATE transfers SET note = 'corrected' WHERE kind = 'payment'",
        "DELETE FROM transfers WHERE kind = 'payment'",
        "UPDATE entries SET amount_minor = amount_minor - 1 WHERE account = 'receivable'",
        "UPDATE entries SET invoice_id = NULL",
        "DELETE FROM entries",
    ];
    if kept.db() == Db::Postgres {
        refused.push("TRUNCATE entries");
        refused.push("TRUNCATE transfers CASCADE");
    }
    for sql in refused {
        let said = kept.try_change(sql).await.expect_err(sql).to_string();
        assert!(said.contains("are only ever appended"), "{sql}: {said}");
    }
    assert_eq!(before, kept.dump().await);
    // What comes later is appended as ever.
    record(&owner, &page_of(kept, "A-1").await, "50", &day(0)).await;
    assert_eq!(kept.dump().await["transfers"].len(), 4);
});
