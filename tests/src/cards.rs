//! Debtors who let their card be charged.

use crate::standin::{Standin, wait_for};
use crate::town::{between, day, owe, pairs, plan};
use crate::{Kept, Visitor};
use serde_json::json;

/// A card that may always be charged.
pub const GOOD: &str = "4242424242424242";

/// A business with debtors that takes cards at a stand-in; the debtors' links.
pub async fn shop(kept: &mut Kept, debtors: usize) -> (Standin, Vec<String>) {
    let standin = Standin::start();
    let links = owe(kept, "", "P", debtors);
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    standin.serve(kept).await;
    (standin, links)
}

/// Pays the first of four payments of 150.00 and lets the card be charged for the others.
pub async fn consented(kept: &Kept, standin: &Standin, link: &str, card: &str) -> Visitor {
    let address = format!("10.3.{}.{}", kept.ask("SELECT id FROM mandates").await.len(), 1);
    let visitor = kept.visitor_from(&address);
    visitor.open(link).await;
    let confirmed = visitor.check("/account/plan", &plan()).await;
    visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let form = visitor.get("/account/payment?currency=GBP&what=instalment&keep=yes").await.expect(200);
    let form = form.sees("£450.00 in all").sees("take this back");
    let consent = between(&form.body, "name=\"consent\" value=\"", "\"").to_owned();
    let typed = [("currency", "GBP"), ("what", "instalment"), ("keep", "yes"), ("consent", consent.as_str())];
    let page = visitor.post_form("/account/payment", &typed).await.expect(303).find_location().unwrap();
    let session = page.rsplit('/').next().unwrap();
    let path = format!("/sandbox/pay/{session}");
    let mut paid = standin.post(&path, json!({ "card": card })).await;
    if paid["step"] == "challenge" {
        paid = standin.post(&path, json!({ "challenge": "complete" })).await;
    }
    let url = paid["url"].as_str().unwrap_or_else(|| panic!("{paid}"));
    visitor.get(&url[url.find("/account/").unwrap()..]).await.expect(200);
    let whose = "SELECT CAST(COUNT(*) AS TEXT) FROM mandates WHERE state <> 'active'";
    wait_for(kept, whose, &["0"]).await;
    visitor
}

/// A business with so many debtors of whose cards a payment of 150.00 is due today and announced, and one more, who agreed
/// to everything on the pages, paid the first payment and owes nothing today: the others have agreed to the same, each with
/// a debt of their own.
pub async fn keep_for_all(kept: &mut Kept, cards: usize) -> Standin {
    let (standin, links) = shop(kept, cards + 1).await;
    consented(kept, &standin, &links[cards], GOOD).await;
    let today = day(0);
    let others = format!("SELECT id FROM debtors WHERE reference <> 'P-{}'", cards + 1);
    for sql in [
        format!(
            "INSERT INTO commitments (business_id, id, debtor_id, kind, state, currency, total_minor, proposal, words,
               words_version, words_language, words_sha256, button, identity, address, proposed_by, proposed_at_ms,
               decided_by, decided_at_ms, reason)
             SELECT c.business_id, 'c-' || d.id, d.id, c.kind, c.state, c.currency, 15000, c.proposal, c.words,
               c.words_version, c.words_language, c.words_sha256, c.button, c.identity, c.address, c.proposed_by,
               c.proposed_at_ms, c.decided_by, c.decided_at_ms, c.reason
             FROM commitments c, debtors d WHERE d.id IN ({others}) AND c.state = 'active'"
        ),
        "INSERT INTO instalments (business_id, commitment_id, seq, due_on, amount_minor)
           SELECT business_id, id, 0, 'TODAY', 15000 FROM commitments WHERE id LIKE 'c-%'"
            .replace("TODAY", &today),
        "INSERT INTO charge_notices (business_id, commitment_id, seq, charge_on, amount_minor, announced_at_ms)
           SELECT business_id, id, 0, 'TODAY', 15000, 1 FROM commitments WHERE id LIKE 'c-%'"
            .replace("TODAY", &today),
        "INSERT INTO events (business_id, id, debtor_id, at_ms, actor, kind, subject_id, detail, address)
           SELECT business_id, 'e-' || id, debtor_id, 1, 'debtor', 'plan_accepted', id, '', ''
           FROM commitments WHERE id LIKE 'c-%'"
            .to_owned(),
        "INSERT INTO mandates (business_id, id, debtor_id, commitment_id, currency, attempt_id, state, words,
           words_version, words_language, words_sha256, identity, address, agreed_at_ms, customer, payment_method, brand,
           last4, ended_by, look_at_ms)
         SELECT m.business_id, 'm-' || c.id, c.debtor_id, c.id, m.currency, m.attempt_id, 'active', m.words,
           m.words_version, m.words_language, m.words_sha256, m.identity, m.address, m.agreed_at_ms, m.customer,
           m.payment_method, m.brand, m.last4, '', 0
         FROM mandates m, commitments c WHERE c.id LIKE 'c-%'"
            .to_owned(),
    ] {
        kept.change(&sql).await;
    }
    standin
}
