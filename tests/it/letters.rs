//! Letters: printed from the console with a link of their own, and batches for a print house.

use kept_tests::both;
use kept_tests::town::owe;

both!(a_letter_is_printed_with_a_new_link, async |kept| {
    let added = kept.run_json(&["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example"]);
    owe(kept, "Alder Tools", "alder", 1);
    kept.change(
        "UPDATE debtors SET address = '12 Water Lane, Leeds', country = 'GB'; \
         INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject, \
         body, actor, at_ms) SELECT business_id, 'sent-letter', id, 'letter', 'out', 'reminder', '', 'sent', '', \
         'About your account', 'Hello. Is all well?', 'rule', 0 FROM debtors; \
         INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject, \
         body, actor, at_ms) SELECT business_id, 'noted-letter', id, 'letter', 'out', 'note', '', 'recorded', '', \
         '', 'We wrote', 'rule', 0 FROM debtors",
    )
    .await;
    let visitor = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    visitor.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    let debtor = kept.ask("SELECT id FROM debtors").await.remove(0);
    let page = format!("/console/debtors/{debtor}");
    visitor.get(&page).await.expect(200).sees("sent-letter.pdf").does_not_see("noted-letter.pdf");
    let links = "SELECT id FROM links WHERE origin = 'letter'";
    visitor.get(&format!("{page}/letters/sent-letter.pdf")).await.expect(405);
    for wrong in ["noted-letter.pdf", "none.pdf", "sent-letter"] {
        visitor.post_form(&format!("{page}/letters/{wrong}"), &[]).await.expect(404);
    }
    assert!(kept.ask(links).await.is_empty());
    let printed = visitor.post_form(&format!("{page}/letters/sent-letter.pdf"), &[]).await.expect(200);
    assert_eq!(printed.header("content-type").as_deref(), Some("application/pdf"));
    assert_eq!(printed.header("cache-control").as_deref(), Some("no-store"));
    assert!(printed.body.starts_with("%PDF-"), "{}", printed.body);
    assert_eq!(kept.ask(links).await.len(), 1);
    assert_eq!(kept.ask("SELECT subject_id FROM events WHERE kind = 'letter_printed'").await, ["sent-letter"]);
    // Nowhere to send it: no link is made for a letter that is none.
    kept.change("UPDATE debtors SET address = ''").await;
    visitor.post_form(&format!("{page}/letters/sent-letter.pdf"), &[]).await.expect(422).sees("no postal address");
    assert_eq!(kept.ask(links).await.len(), 1);
});

both!(without_letters_there_is_no_batch, async |kept| {
    kept.run_json(&["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example"]);
    for _ in 0..2 {
        let said = kept.run_json(&["letters", "batch"]);
        assert!(said["batch"].is_null() && said["letters"] == 0, "{said}");
    }
    assert!(kept.ask("SELECT id FROM events WHERE kind = 'letters_batched'").await.is_empty());
});
