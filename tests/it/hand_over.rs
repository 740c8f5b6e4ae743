//! The hand-over pack: all that is on record about one account, and nothing of anybody else's.

use kept_tests::both;
use kept_tests::paper::words;
use kept_tests::town::{day, owe, pairs, plan, with_file};

/// A text without its spaces, as a pack is read.
fn tight(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

both!(a_pack_holds_everything_with_the_exact_words, async |kept| {
    let added = kept.run_json(&["business", "add", "Alder Tools", "--owner", "Ada", "--email", "ada@alder.example"]);
    let links = owe(kept, "Alder Tools", "alder", 2);
    let owner = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    owner.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    let id = kept.ask("SELECT id FROM debtors WHERE reference = 'alder-1'").await.remove(0);
    let page = format!("/console/debtors/{id}");
    // Somebody pays a part, promises the rest in instalments, and disputes a part of it; a call is recorded.
    let today = day(0);
    let paid = [("amount", "50"), ("currency", "GBP"), ("paid_on", &today), ("reference", "x"), ("once", "1")];
    owner.post_form(&format!("{page}/payments"), &paid).await.expect(303);
    let debtor = kept.visitor();
    debtor.open(&links[0]).await;
    let confirmed = debtor.check("/account/plan", &plan()).await;
    debtor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let texts =
        [("currency", "GBP"), ("reason", "quality"), ("scope", "amount"), ("amount", "30"), ("words", "#Torn = [one]")];
    debtor.post_multipart("/account/dispute", with_file(&texts, "", b"")).await.expect(303);
    let call = [("channel", "call"), ("direction", "out"), ("said", "They will look for the delivery note")];
    owner.post_form(&format!("{page}/contacts"), &call).await.expect(303);

    owner.get(&page).await.expect(200).sees("hand-over.pdf");
    owner.get(&format!("{page}/hand-over.pdf")).await.expect(405);
    let answer = owner.post_form(&format!("{page}/hand-over.pdf"), &[]).await.expect(200);
    assert_eq!(answer.header("content-type").as_deref(), Some("application/pdf"));
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let said = words(&answer.content);
    let exact = kept.ask("SELECT words FROM commitments").await.remove(0);
    let fingerprint = kept.ask("SELECT words_sha256 FROM commitments").await.remove(0);
    for text in [
        "Account of Person alder-1",
        "alder-1-a",
        "alder-1-b",
        "£400.00",
        "£200.00",
        "£50.00",
        "What stands in the way of asking for it",
        "£30.00 is in dispute.",
        &exact,
        &fingerprint,
        "#Torn = [one]",
        "There was a problem with the goods or the work",
        "They will look for the delivery note",
        "The instalments are agreed",
        "Ada",
    ] {
        assert!(said.contains(&tight(text)), "{text}\n{said}");
    }
    assert!(!said.contains("alder-2"), "{said}");
    assert!(!said.contains(links[0].strip_prefix("/l/").unwrap()), "no link is handed over: {said}");
    let detail = kept.ask("SELECT detail FROM events WHERE kind = 'hand_over_packed'").await.remove(0);
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&answer.content));
    assert!(detail.ends_with(&sha256), "{detail}");
    owner.get(&page).await.expect(200).sees("The hand-over pack");
    owner.post_form("/console/debtors/none/hand-over.pdf", &[]).await.expect(404);
});
