//! Tenants are walls: every route of the router, walked with the ids of another business and of another debtor.

use kept_tests::standin::Standin;
use kept_tests::tables::{Dump, differences};
use kept_tests::town::{PDF, day, owe, pairs, plan, with_file};
use kept_tests::{Answer, Kept, Visitor, both};
use reqwest::Method;
use std::collections::BTreeMap;

const ROUTER: &str = include_str!("../../server/src/router.rs");

/// Every method and path that the router names.
fn routes() -> Vec<(Method, String)> {
    let mut found = Vec::new();
    for text in ROUTER.split(".route(").skip(1) {
        let path = text.split('"').nth(1).unwrap();
        let handlers = text.split(".layer(").next().unwrap();
        let before = found.len();
        for (method, call) in [(Method::GET, "get("), (Method::POST, "post(")] {
            if handlers.contains(&format!(" {call}")) || handlers.contains(&format!(".{call}")) {
                found.push((method, path.to_owned()));
            }
        }
        assert!(found.len() > before, "no method is read for {path}");
    }
    assert!(found.len() > 25, "the router is read: {found:?}");
    found
}

/// What somebody has whom somebody else must not see.
struct Somebody {
    /// On no page of anybody else's.
    secret: &'static str,
    ids: BTreeMap<&'static str, String>,
}

impl Somebody {
    fn fill(&self, path: &str) -> String {
        let mut filled = path.to_owned();
        for (placeholder, id) in self.ids.iter().filter(|(placeholder, _)| placeholder.contains('{')) {
            filled = filled.replace(placeholder, id);
        }
        assert!(!filled.contains('{'), "{path} has a placeholder that no case fills: add what somebody else has there");
        filled
    }
}

/// A debtor who has done everything that leaves an id behind.
async fn somebody(kept: &Kept, standin: &Standin, link: &str, secret: &'static str) -> Somebody {
    let visitor = kept.visitor();
    visitor.open(link).await;
    let part = [("currency", "GBP"), ("what", "part"), ("amount", "50")];
    let page = visitor.post_form("/account/payment", &part).await.expect(303).find_location().unwrap();
    let paid = standin.pay(&page).await;
    let back = paid["url"].as_str().unwrap();
    for _ in 0..100 {
        if visitor.get(&back[back.find("/account/").unwrap()..]).await.expect(200).body.contains("href=\"/receipt/") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let confirmed = visitor.check("/account/plan", &plan()).await;
    visitor.post_form("/account/plan/check", &pairs(&confirmed)).await.expect(303);
    let texts = [("currency", "GBP"), ("reason", "other"), ("scope", "amount"), ("amount", "20"), ("words", secret)];
    visitor.post_multipart("/account/dispute", with_file(&texts, "proof.pdf", PDF)).await.expect(303);
    // What the planning run leaves behind for a person.
    kept.change(&format!(
        "INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject, body,
           actor, at_ms) SELECT business_id, 'call-' || id, id, 'call', 'out', 'reminder', 'call', 'task', '', '', '', 'rule', 1
         FROM debtors WHERE reference = '{secret}'"
    ))
    .await;
    // A card that was kept.
    kept.change(&format!(
        "INSERT INTO mandates (business_id, id, debtor_id, commitment_id, currency, attempt_id, state, words, words_version,
           words_language, words_sha256, identity, address, agreed_at_ms, customer, payment_method, brand, last4, ended_by,
           look_at_ms)
         SELECT c.business_id, 'card-' || c.id, c.debtor_id, c.id, 'GBP', 'a', 'active', 'w', '1', 'en', 'x', 'link', '', 1,
           'cus_1', 'pm_1', 'visa', '4242', '', 253402300799000
         FROM commitments c JOIN debtors d ON d.id = c.debtor_id WHERE d.reference = '{secret}'"
    ))
    .await;
    let one = async |sql: &str| {
        let whose = format!("(SELECT id FROM debtors WHERE reference = '{secret}')");
        let mut found = kept.ask(&sql.replace("$", &whose)).await;
        assert!(!found.is_empty(), "{sql}");
        found.remove(0)
    };
    let mut ids = BTreeMap::from([
        ("/agreements/{id}", one("SELECT id FROM commitments WHERE debtor_id = $").await),
        ("/commitments/{id}", one("SELECT id FROM commitments WHERE debtor_id = $").await),
        ("/disputes/{id}", one("SELECT id FROM disputes WHERE debtor_id = $").await),
        ("/files/{file}", one("SELECT id FROM files WHERE debtor_id = $").await),
        ("/payment/{attempt}", one("SELECT id FROM attempts WHERE debtor_id = $").await),
        ("/receipt/{id}", one("SELECT id FROM transfers WHERE kind = 'payment' AND debtor_id = $").await),
        ("/debtors/{id}", one("SELECT id FROM debtors WHERE id = $").await),
        ("/payments/{payment}", one("SELECT id FROM transfers WHERE kind = 'payment' AND debtor_id = $").await),
        ("/write-offs/{write_off}", one("SELECT id FROM transfers WHERE kind = 'payment' AND debtor_id = $").await),
        ("/links/{link}", one("SELECT id FROM links WHERE debtor_id = $").await),
        ("/calls/{call}", one("SELECT id FROM contacts WHERE state = 'task' AND debtor_id = $").await),
        ("/cards/{card}", one("SELECT id FROM mandates WHERE debtor_id = $").await),
        ("invoice", one("SELECT id FROM invoices WHERE debtor_id = $").await),
        ("words", one("SELECT words_sha256 FROM commitments WHERE debtor_id = $").await),
        ("business", one("SELECT business_id FROM debtors WHERE id = $").await),
    ]);
    for (placeholder, id) in &mut ids {
        if let Some((folder, _)) = placeholder.rsplit_once('/') {
            *id = format!("{folder}/{id}");
        }
    }
    ids.insert("/l/{token}", link.to_owned());
    Somebody { secret, ids }
}

/// Two businesses, each with an owner and debtors: Alder's owner and first debtor, Alder's other debtor, and Zebra's.
struct Scene {
    owner: Visitor,
    debtor: Visitor,
    neighbour: Somebody,
    stranger: Somebody,
    _standin: Standin,
}

async fn sign_in(kept: &Kept, added: &serde_json::Value) -> Visitor {
    let visitor = kept.visitor();
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    visitor.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    visitor
}

async fn scene(kept: &mut Kept) -> Scene {
    let standin = Standin::start();
    let add = |name: &str, email: &str| {
        kept.run_json(&["business", "add", name, "--owner", "The Owner", "--email", email, "--currency", "GBP"])
    };
    let (alder, zebra) = (add("Alder Tools", "ada@alder.example"), add("Zebra Trading", "zoe@zebra.example"));
    let ours = owe(kept, "Alder Tools", "alder", 2);
    let theirs = owe(kept, "Zebra Trading", "zebra", 1);
    standin.serve(kept).await;
    // What comes later than the story would look like its work.
    standin.post("/sandbox/webhooks", serde_json::json!({ "hold": true })).await;
    let debtor = kept.visitor();
    debtor.open(&ours[0]).await;
    let mut neighbour = somebody(kept, &standin, &ours[1], "alder-2").await;
    let mut stranger = somebody(kept, &standin, &theirs[0], "zebra-1").await;
    let (owner, other) = (sign_in(kept, &alder).await, sign_in(kept, &zebra).await);
    // Zebra's owner leaves a hold and a file to import behind.
    let whose = format!("/console{}", stranger.ids["/debtors/{id}"]);
    other.post_form(&format!("{whose}/holds"), &[("until_on", ""), ("note", "zebra-1")]).await.expect(303);
    let upload = with_file(&[("kind", "debtors")], "zebra-1.csv", b"reference,name\nzebra-1,zebra-1\n");
    let at = other.post_multipart("/console/imports", upload).await.expect(303).find_location().unwrap();
    let bank = format!("Date,Payer,Amount\n{},zebra-1,1.23\n", day(-1));
    let bank = with_file(&[], "zebra-1.csv", bank.as_bytes());
    let looked_at = other.post_multipart("/console/statements", bank).await.expect(303).find_location().unwrap();
    other.post_form(&looked_at, &[("currency", "GBP"), ("date_format", "ymd"), ("act", "run")]).await.expect(303);
    let (statement, line) = (
        kept.ask("SELECT id FROM statements").await.remove(0),
        kept.ask("SELECT id FROM statement_lines").await.remove(0),
    );
    let invited = [("email", "new-hand@zebra.example"), ("role", "clerk")];
    let page = other.post_form("/console/users", &invited).await.expect(200).body;
    let url = page.split("/console/invite/").nth(1).unwrap().split('<').next().unwrap();
    let (user, invite) = (
        kept.ask("SELECT id FROM users WHERE email = 'zoe@zebra.example'").await.remove(0),
        kept.ask("SELECT id FROM invites").await.remove(0),
    );
    let message = kept.ask("SELECT id FROM outbox ORDER BY id DESC LIMIT 1").await.remove(0);
    let hold = kept.ask("SELECT id FROM holds WHERE note = 'zebra-1'").await.remove(0);
    for sql in [
        r#"INSERT INTO discrepancies (business_id, id, thing, subject, facts, state, found_at_ms, seen_at_ms, ended_by, note)
           SELECT business_id, 'discrepancy-of-zebra', 'payment', 'zebra-1', '{"thing":"payment","differs":"missing_here",
             "id":"zebra-1","payment":"zebra-1","attempt":null,"debtor":null,"here":null,"there":null}', 'open', 1, 1, '', ''
           FROM debtors WHERE reference = 'zebra-1'"#,
        "INSERT INTO contacts (business_id, id, debtor_id, channel, direction, purpose, step, state, reason, subject, body,
           actor, at_ms) SELECT business_id, 'letter-of-zebra', id, 'letter', 'out', 'reminder', '', 'queued', '', 'zebra-1',
           'zebra-1', 'rule', 0 FROM debtors WHERE reference = 'zebra-1'",
        "INSERT INTO outbox (business_id, id, debtor_id, kind, contact_id, payload, state, due_at_ms, claimed_until_ms, tries,
           error, created_at_ms) SELECT business_id, 'letter-item', id, 'letter', 'letter-of-zebra', '{}', 'batch', 0, 0, 0,
           '', 0 FROM debtors WHERE reference = 'zebra-1'",
        "INSERT INTO letter_batches (business_id, id, name, state, until_ms, letters, pages, sheets, actor, at_ms)
         SELECT business_id, 'batch-of-zebra', 'zebra-1', 'closed', 0, 1, 1, 1, 'shell', 0 FROM debtors
         WHERE reference = 'zebra-1'",
    ] {
        kept.change(sql).await;
    }
    for somebody in [&mut neighbour, &mut stranger] {
        somebody.ids.insert("/holds/{hold}", format!("/holds/{hold}"));
        somebody.ids.insert("/reconciliation/{discrepancy}", "/reconciliation/discrepancy-of-zebra".to_owned());
        somebody.ids.insert("/letters/{contact}", "/letters/letter-of-zebra.pdf".to_owned());
        somebody.ids.insert("/letters/batches/{batch}", "/letters/batches/batch-of-zebra".to_owned());
        somebody.ids.insert("/letters/waiting/{letter}", "/letters/waiting/letter-of-zebra".to_owned());
        somebody.ids.insert("/imports/{id}", at["/console".len()..].to_owned());
        somebody.ids.insert("/statements/{statement}", format!("/statements/{statement}"));
        somebody.ids.insert("/lines/{line}", format!("/lines/{line}"));
        somebody.ids.insert("/messages/{message}", format!("/messages/{message}"));
        somebody.ids.insert("/users/{user}", format!("/users/{user}"));
        somebody.ids.insert("/invites/{invite}", format!("/invites/{invite}"));
        // A message is named by what it is for: nobody else's is at any address.
        for (placeholder, words) in [("/{code}", "/none"), ("/{channel}", "/email"), ("/{language}", "/en")] {
            somebody.ids.insert(placeholder, words.to_owned());
        }
        // What stops reminders is in no session's hands: another's link is as unknown as this one.
        somebody.ids.insert("/u/{token}", "/u/none".to_owned());
        // Passkeys are made by devices only: another business's is as unknown as this one.
        somebody.ids.insert("/passkeys/{passkey}", "/passkeys/none".to_owned());
        somebody.ids.insert("/console/invite/{token}", format!("/console/invite/{url}"));
    }
    Scene { owner, debtor, neighbour, stranger, _standin: standin }
}

/// What is sent to a route, in forms that are whole, so that only whose it is can be the reason for a no.
fn form(path: &str, other: &Somebody) -> Vec<(&'static str, String)> {
    let text = |pairs: &[(&'static str, &str)]| pairs.iter().map(|(n, t)| (*n, (*t).to_owned())).collect::<Vec<_>>();
    let with = |mut form: Vec<(&'static str, String)>, name, value: &str| {
        form.push((name, value.to_owned()));
        form
    };
    match path {
        "/l/{token}" => text(&[("answer", "XX0 0XX")]),
        "/account/plan" => plan(),
        "/account/plan/check" => with(plan(), "shown", &other.ids["words"]),
        "/account/promise" => with(text(&[("currency", "GBP"), ("how_much", "all")]), "by_on", &day(3)),
        "/account/promise/check" => {
            let form = with(text(&[("currency", "GBP"), ("how_much", "all")]), "by_on", &day(3));
            with(form, "shown", &other.ids["words"])
        }
        "/account/agreements/{id}" => text(&[("act", "cancel")]),
        "/account/disputes/{id}" => text(&[("act", "withdraw")]),
        "/account/hardship" => text(&[("currency", "GBP"), ("words", "Not this month")]),
        "/account/payment" => text(&[("currency", "GBP"), ("what", "nothing")]),
        "/console/setup" => {
            text(&[("business", "M"), ("name", "M"), ("email", "m@evil.example"), ("password", "a long password")])
        }
        "/console/login" => text(&[("email", "zoe@zebra.example"), ("password", "not the password")]),
        "/console/commitments/{id}/decline" => text(&[("reason", "No")]),
        "/console/commitments/{id}/counter" => {
            let form = text(&[("by", "amount"), ("amount", "50"), ("frequency", "monthly"), ("counter_note", "No")]);
            with(form, "first_on", &day(2))
        }
        "/console/disputes/{id}/answer" => text(&[("answer", "We look into it")]),
        "/console/disputes/{id}/resolve" => text(&[("outcome", "rejected"), ("reason", "No")]),
        "/console/debtors/{id}/payments" => {
            let form = text(&[("amount", "10"), ("currency", "GBP"), ("reference", ""), ("once", "walls")]);
            with(form, "paid_on", &day(0))
        }
        "/console/debtors/{id}/payments/{payment}" => text(&[("from", ""), ("to", ""), ("once", "walls")]),
        "/console/debtors/{id}/payments/{payment}/undo" => text(&[("why", "Walls")]),
        "/account/money-back" => text(&[("currency", "GBP")]),
        "/console/debtors/{id}/money-back" => text(&[("wish", "none"), ("act", "keep")]),
        "/console/debtors/{id}/write-offs" => text(&[("invoice", "all:GBP"), ("why", "Walls"), ("once", "walls")]),
        "/console/debtors/{id}/late-charges" => text(&[("invoice", "none"), ("seen", "1")]),
        "/console/debtors/{id}/late-charges/waive" => text(&[("invoice", "none"), ("why", "Walls"), ("once", "walls")]),
        "/console/debtors/{id}/contacts" => text(&[("channel", "call"), ("direction", "in"), ("said", "Hello")]),
        "/console/debtors/{id}/holds" => text(&[("until_on", ""), ("note", "Pause")]),
        "/console/imports/{id}" => text(&[("act", "run")]),
        "/account/preferences" => text(&[("reminders", "email"), ("language", "en")]),
        "/console/debtors/{id}/addresses" => text(&[("channel", "email"), ("why", "They called")]),
        "/console/statements/lines/{line}" => text(&[("act", "dismiss")]),
        "/console/reconciliation/{discrepancy}" => text(&[("note", "Looked it up")]),
        "/console/policy/bank" => text(&[("holder", "M"), ("local", "12-34-56 12345678")]),
        "/console/users" => text(&[("email", "new@alder.example"), ("role", "viewer")]),
        "/console/users/{user}" => text(&[("act", "deactivate")]),
        "/console/login/code" => text(&[("begun", "none"), ("code", "123456")]),
        "/console/account/password" => text(&[("old", "not it"), ("new", "another long password")]),
        "/console/account/totp" => text(&[("act", "end"), ("password", "not it")]),
        "/console/calls/{call}" => text(&[("outcome", "spoke"), ("said", "Hello")]),
        "/console/templates/{code}/{channel}/{language}" => text(&[("act", "save"), ("seen", "0"), ("body", "Hello")]),
        "/console/policy" => text(&[("act", "save"), ("currency", "GBP")]),
        "/console/policy/reminders" => text(&[("act", "save"), ("preset", "courteous")]),
        _ => Vec::new(),
    }
}

async fn send(visitor: &Visitor, method: &Method, path: &str, other: &Somebody) -> Answer {
    let address = other.fill(path);
    if *method == Method::GET {
        return visitor.get(&address).await;
    }
    match path {
        "/account/dispute" | "/account/already-paid" => {
            let (invoice, today) = (other.ids["invoice"].as_str(), day(-1));
            let texts = [
                ("currency", "GBP"),
                ("reason", "not_mine"),
                ("scope", "invoices"),
                ("invoices", invoice),
                ("paid_on", &today),
                ("paid_by", "bank"),
            ];
            visitor.post_multipart(&address, with_file(&texts, "proof.pdf", PDF)).await
        }
        "/console/imports" => {
            let upload = with_file(&[("kind", "debtors")], "own.csv", b"reference,name\nalder-9,Nine\n");
            visitor.post_multipart(&address, upload).await
        }
        "/console/statements" => {
            let bank = format!("Date,Payer,Amount\n{},own,4.56\n", day(-1));
            visitor.post_multipart(&address, with_file(&[], "own.csv", bank.as_bytes())).await
        }
        _ => visitor.post_form(&address, &pairs(&form(path, other))).await,
    }
}

/// Nothing that changed is somebody else's, but for what a link's own door counts.
#[track_caller]
fn nothing_of_theirs(changes: &[String], path: &str, other: &Somebody, same_business: bool) {
    for change in changes {
        let link =
            path.starts_with("/l/{token}") && (change[1..].starts_with("links:") || change[1..].starts_with("events:"));
        let login = path == "/console/login" && change[1..].starts_with("users:");
        let debtor = other.ids["/debtors/{id}"].rsplit('/').next().unwrap();
        let theirs = change.contains(debtor)
            || (!same_business && change.contains(&format!("business_id={}", other.ids["business"])));
        assert!(!theirs || link || login, "{path} changed something of {}: {change}", other.secret);
    }
}

fn is_public(path: &str) -> bool {
    path.starts_with("/l/")
        || path.starts_with("/console/login")
        || path == "/console/invite/{token}"
        || ["/healthz", "/readyz", "/hooks/stripe", "/hooks/sms", "/hooks/mail", "/console/setup"].contains(&path)
        || path == "/u/{token}"
}

both!(every_route_is_walked_with_the_ids_of_others, async |kept| {
    let scene = scene(kept).await;
    // The debtors' doors do not open to the console's cookie, nor the other way round.
    scene.owner.get("/console").await.expect(200).sees("Alder Tools");
    scene.owner.get("/account").await.expect(401);
    scene.debtor.get("/account").await.expect(200).sees("Alder Tools");
    scene.debtor.get("/console/debtors").await.leads_to("/console/login?next=%2Fconsole%2Fdebtors");
    let mut before: Dump = kept.dump().await;
    // Leaving ends the session: it is the last of its door.
    let mut routes = routes();
    routes.sort_by_key(|(_, path)| path.ends_with("/leave") || path.ends_with("/logout"));
    for (method, path) in &routes {
        let console = path.starts_with("/console");
        let mut others = vec![(&scene.stranger, false)];
        if !console {
            others.push((&scene.neighbour, true));
        }
        for (other, same_business) in others {
            let visitor = if console { &scene.owner } else { &scene.debtor };
            let what = format!("{method} {path} with what {} has", other.secret);
            let answer = send(visitor, method, path, other).await;
            assert!(answer.status.as_u16() < 500, "{what}: {} {}", answer.status, answer.body);
            let asked = path.contains('{') && !is_public(path);
            if asked {
                assert_eq!(answer.status, 404, "{what}: {}", answer.body);
            }
            let said = format!("{:?} {}", answer.headers, answer.body);
            assert!(!said.contains(other.secret), "{what}: {said}");
            // A link that invites names who invites: whoever has it is meant to have it.
            if !path.starts_with("/l/") && path != "/console/invite/{token}" && !same_business {
                assert!(!said.contains("Zebra Trading"), "{what}: {said}");
            }
            let after = kept.dump().await;
            let changes = differences(&before, &after);
            let about_invoices = ["/account/dispute", "/account/already-paid"].contains(&path.as_str());
            if about_invoices && *method == Method::POST {
                assert_eq!(answer.status, 422, "{what}: {}", answer.body);
            }
            if asked || about_invoices || *method == Method::GET {
                assert_eq!(changes, [""; 0], "{what}");
            }
            nothing_of_theirs(&changes, path, other, same_business);
            before = after;
        }
    }
});

both!(who_is_not_signed_in_sees_and_changes_nothing, async |kept| {
    let scene = scene(kept).await;
    let before = kept.dump().await;
    for (method, path) in &routes() {
        for other in [&scene.stranger, &scene.neighbour] {
            let answer = send(&kept.visitor(), method, path, other).await;
            let what = format!("{method} {path}: {} {}", answer.status, answer.body);
            let said = format!("{:?} {}", answer.headers, answer.body);
            for secret in ["alder-1", "alder-2", "zebra-1", "Person ", "LS1 4AB", "600.00", "400.00", "@example.com"] {
                assert!(!said.contains(secret), "{secret} in {what}");
            }
            if !is_public(path) {
                let sent_away = answer.status == 401
                    || answer.find_location().is_some_and(|to| to.starts_with("/console/login"))
                    || path == "/account/leave";
                assert!(sent_away, "{what}");
            }
            if path.starts_with("/account") || path.starts_with("/receipt") {
                assert!(!said.contains("Alder") && !said.contains("Zebra"), "{what}");
            }
        }
    }
    let changes = differences(&before, &kept.dump().await);
    let expected =
        |c: &String| ["links:", "events:", "users:", "fresh_asks:"].iter().any(|table| c[1..].starts_with(table));
    assert!(changes.iter().all(expected), "{changes:#?}");
});
