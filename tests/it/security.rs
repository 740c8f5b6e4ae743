//! The lines of the security design that can be seen from outside: links, sessions, doors, hostile input.

use futures_util::future::join_all;
use kept_tests::tables::differences;
use kept_tests::town::{PDF, POSTCODE, between, day, file, owe, pairs, plan, with_file, working_hour};
use kept_tests::{Answer, Kept, Visitor, both};
use reqwest::Method;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::Path;

fn token(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// The cookie of an answer: its name, its value, and what it says about itself.
fn cookie(answer: &Answer) -> (String, String, String) {
    let set = answer.header("set-cookie").unwrap();
    let (pair, about) = set.split_once(';').unwrap();
    let (name, value) = pair.split_once('=').unwrap();
    (name.to_owned(), value.to_owned(), about.trim().to_owned())
}

both!(a_token_is_stored_only_as_its_fingerprint, async |kept| {
    let links = owe(kept, "", "P", 2);
    let tokens: BTreeSet<&str> = links.iter().map(|link| token(link)).collect();
    assert_eq!(tokens.len(), 2);
    // 22 characters of base64 are 132 bits.
    assert!(tokens.iter().all(|t| t.len() >= 22 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))));
    let answer = kept.visitor().post_form(&links[0], &[("answer", POSTCODE)]).await.leads_to("/account");
    let (_, session, _) = cookie(&answer);
    assert!(session.len() >= 22);
    let all = format!("{:?}", kept.dump().await);
    for secret in [token(&links[0]), token(&links[1]), session.as_str()] {
        assert!(!all.contains(secret), "a secret stands in the database");
        assert!(all.contains(&sha256(secret)));
    }
});

both!(looking_at_a_link_does_nothing, async |kept| {
    let links = owe(kept, "", "P", 1);
    let before = kept.dump().await;
    for method in [Method::GET, Method::HEAD, Method::GET] {
        for agent in ["Mozilla/5.0", "SafeLinks", "Slackbot-LinkExpanding 1.0"] {
            let visitor = kept.visitor();
            let answer = Answer::to(visitor.request(method.clone(), &links[0]).header("user-agent", agent)).await;
            let answer = answer.expect(200).does_not_see("Person P-1").does_not_see("600.00").does_not_see("P-1-a");
            assert_eq!(answer.header("set-cookie"), None);
            assert_eq!(answer.header("referrer-policy").as_deref(), Some("same-origin"));
            Answer::to(visitor.request(method.clone(), &format!("{}/fresh", links[0]))).await.expect(405);
        }
    }
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    let answer = kept.visitor().post_form(&links[0], &[("answer", "ls14ab")]).await.leads_to("/account");
    assert!(!format!("{:?}", answer.headers).contains(token(&links[0])));
    let (name, _, about) = cookie(&answer);
    assert_eq!(
        (name.as_str(), about.as_str()),
        ("kept", "Path=/; HttpOnly; SameSite=Lax"),
        "on this machine without https"
    );
});

both!(behind_https_the_cookies_are_the_hosts_own, async |kept| {
    let links = owe(kept, "", "P", 1);
    kept.set("KEPT_PUBLIC_URL", "https://pay.example.com");
    kept.serve(&[]);
    let answer = kept.visitor().post_form(&links[0], &[("answer", POSTCODE)]).await.expect(303);
    let (name, value, about) = cookie(&answer);
    assert_eq!((name.as_str(), about.as_str()), ("__Host-kept", "Path=/; HttpOnly; SameSite=Lax; Secure"));
    assert_eq!(answer.header("strict-transport-security").as_deref(), Some("max-age=31536000; includeSubDomains"));
    let with = |cookie: String| kept.program().request(Method::GET, "/account").header("cookie", cookie);
    Answer::to(with(format!("__Host-kept={value}"))).await.expect(200);
    Answer::to(with(format!("kept={value}"))).await.expect(401);
    let log = kept.log();
    let code = between(&log, "https://pay.example.com/console/setup?code=", "\n");
    let login = [
        ("business", "B"),
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("password", "punched cards weave"),
        ("code", code),
    ];
    let answer = kept.visitor().post_form("/console/setup", &login).await.expect(303);
    let (name, _, about) = cookie(&answer);
    assert_eq!((name.as_str(), about.as_str()), ("__Host-kept-console", "Path=/; HttpOnly; SameSite=Lax; Secure"));
    // What leaves carries the public address, not the one that is listened on.
    let made = kept.run_json(&["links"]);
    assert!(made[0]["url"].as_str().unwrap().starts_with("https://pay.example.com/l/"));
});

both!(a_session_ends, async |kept| {
    let links = owe(kept, "", "P", 1);
    let visitor = kept.visitor();
    let answer = visitor.post_form(&links[0], &[("answer", POSTCODE)]).await.expect(303);
    let (name, value, _) = cookie(&answer);
    let stolen = async || {
        let request = kept.program().request(Method::GET, "/account").header("cookie", format!("{name}={value}"));
        Answer::to(request).await.status.as_u16()
    };
    assert_eq!(stolen().await, 200);
    visitor.post_form("/account/leave", &[]).await.expect(200);
    assert_eq!(stolen().await, 401, "leaving ends it, not only the cookie");
    visitor.open(&links[0]).await;
    visitor.get("/account").await.expect(200);
    kept.change("UPDATE portal_sessions SET expires_at_ms = 1").await;
    visitor.get("/account").await.expect(401).does_not_see("Person").does_not_see("£");
});

/// An answer without what differs by chance: the nonce, the token itself, the time of day.
fn plain(answer: &Answer, link: &str) -> String {
    let policy = answer.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let all = format!("{} {headers:#?} {}", answer.status, answer.body);
    all.replace(&nonce, "NONCE").replace(token(link), "TOKEN")
}

both!(unknown_expired_revoked_and_locked_links_look_the_same, async |kept| {
    let links = owe(kept, "", "P", 3);
    let unknown = format!("/l/{}", "x".repeat(token(&links[0]).len()));
    for (link, set) in [(&links[0], "expires_at_ms = 1"), (&links[1], "revoked_at_ms = 1")] {
        kept.change(&format!("UPDATE links SET {set} WHERE token_hash = '{}'", sha256(token(link)))).await;
    }
    for _ in 0..5 {
        kept.visitor().post_form(&links[2], &[("answer", "XX1 1XX")]).await;
    }
    let seen = async |link: &str| {
        let visitor = kept.visitor();
        let answers = [
            visitor.get(link).await.expect(410),
            visitor.post_form(link, &[("answer", POSTCODE)]).await.expect(410),
            visitor.post_form(link, &[("answer", "")]).await.expect(410),
            visitor.post_form(link, &[("send", "code")]).await.expect(410),
            visitor.post_form(&format!("{link}/fresh"), &[]).await.expect(200),
            visitor.post_form(&format!("{link}/fresh"), &[]).await.expect(200),
        ];
        answers.map(|answer| plain(&answer, link))
    };
    // What the server wrote for two asks: as much for a link that is known as for one that is not, so that no clock tells
    // them apart. A worker looks what is known.
    let written = async |link: &str| {
        let before = kept.dump().await;
        let answers = seen(link).await;
        let changes = differences(&before, &kept.dump().await);
        assert_eq!(changes.len(), 2, "{changes:#?}");
        assert!(changes.iter().all(|change| change.starts_with("+fresh_asks: ")), "{changes:#?}");
        answers
    };
    let expected = written(&unknown).await;
    for link in &links {
        assert_eq!(written(link).await, expected);
    }
    kept.run_ok(&["work", "--once"]);
    assert!(kept.ask("SELECT id FROM fresh_asks").await.is_empty());
    // A fresh link goes to the address on file for the two that were once good, once, and for no other.
    let mut fresh = kept
        .ask(
            "SELECT d.reference FROM outbox o JOIN debtors d ON d.id = o.debtor_id WHERE o.payload LIKE '%fresh_link%'",
        )
        .await;
    fresh.sort();
    assert_eq!(fresh, ["P-1", "P-3"]);
    assert_eq!(kept.ask("SELECT id FROM links WHERE origin = 'fresh'").await.len(), 2);
    assert!(kept.ask("SELECT token_hash FROM portal_sessions").await.is_empty());
});

both!(five_wrong_answers_lock_the_link_and_never_the_debtor, async |kept| {
    let first = owe(kept, "", "P", 1).remove(0);
    let second = owe(kept, "", "P", 1).remove(0);
    let visitor = kept.visitor();
    for left in (1..5).rev() {
        let answer = visitor.post_form(&first, &[("answer", "XX1 1XX")]).await.expect(422);
        answer.sees(&left.to_string()).does_not_see("Person P-1").does_not_see("P-1-a").does_not_see("£");
    }
    visitor.post_form(&first, &[("answer", "XX1 1XX")]).await.expect(410);
    visitor.post_form(&first, &[("answer", POSTCODE)]).await.expect(410);
    visitor.open(&second).await;
    visitor.get("/account").await.expect(200).sees("£600.00");
});

both!(many_wrong_answers_at_once_are_counted_one_by_one, async |kept| {
    let link = owe(kept, "", "P", 1).remove(0);
    let visitor = kept.visitor();
    let mut answers = vec!["XX1 1XX"; 20];
    answers.push(POSTCODE);
    let typed = answers.iter().map(|answer| [("answer", *answer)]).collect::<Vec<_>>();
    let answers = join_all(typed.iter().map(|typed| visitor.post_form(&link, typed))).await;
    let wrong = answers.iter().filter(|a| a.status == 422).count();
    assert!(wrong <= 4, "{wrong} tries were free");
    assert!(answers.iter().all(|a| [303, 410, 422].contains(&a.status.as_u16())));
});

fn read_all(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            read_all(&entry.path(), found);
        } else {
            let content = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
            found.push((entry.path().display().to_string(), content));
        }
    }
}

both!(a_token_leaves_no_trace_in_any_sink, async |kept| {
    kept.set("KEPT_LOG", "trace");
    kept.serve(&[]);
    let link = owe(kept, "", "P", 1).remove(0);
    let token = token(&link).to_owned();
    let visitor = kept.visitor();
    for path in
        [link.clone(), format!("{link}/x"), format!("{link}/fresh"), format!("/l//{token}"), format!("{link}?utm=1")]
    {
        visitor.get(&path).await;
        visitor.post_form(&path, &[("answer", "wrong")]).await;
        Answer::to(visitor.request(Method::PUT, &path)).await;
    }
    let session = cookie(&visitor.post_form(&link, &[("answer", POSTCODE)]).await.leads_to("/account")).1;
    let account = visitor.get("/account").await.expect(200);
    assert!(!account.body.contains(&token) && !account.body.contains(&session));
    // A reminder, whose own link stands nowhere but in the message.
    let work = kept.command(&["work", "--once"]).env("KEPT_NOW", working_hour()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&work.stdout), String::from_utf8_lossy(&work.stderr));
    assert!(work.status.success(), "{said}");
    let mut files = Vec::new();
    read_all(kept.data(), &mut files);
    let (mails, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| path.ends_with(".eml"));
    let text = mails.iter().map(|(_, mail)| mail.replace("=\r\n", "").replace("=\n", "")).collect::<String>();
    let mailed: BTreeSet<String> = text
        .split("/l/")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
        .collect();
    assert!(!mailed.is_empty(), "the reminder has a link: {text}");
    let dump = format!("{:?}", kept.dump().await);
    let log = kept.log();
    assert!(log.contains("/l/[token]"), "requests are logged");
    assert!(log.contains("TRACE"), "everything is logged");
    for secret in mailed.iter().chain([&token, &session]) {
        for (sink, content) in [("the log", &log), ("what work said", &said), ("the database", &dump)] {
            let at = content.find(secret.as_str());
            let line = at.map(|at| content[..at].lines().last().unwrap_or_default().to_owned());
            assert_eq!(line, None, "a token is in {sink}");
        }
        for (path, content) in &others {
            assert!(!content.contains(secret.as_str()) && !path.contains(secret.as_str()), "a token is in {path}");
        }
    }
    for (path, mail) in &mails {
        let head = mail.split("\r\n\r\n").next().unwrap();
        assert!(mailed.iter().all(|token| !head.contains(token.as_str()) && !path.contains(token.as_str())));
    }
});

const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

#[track_caller]
fn guarded(what: &str, answer: &Answer) {
    for (name, value) in ALWAYS {
        assert_eq!(answer.header(name).as_deref(), Some(value), "{name} of {what}");
    }
    assert!(answer.header("permissions-policy").is_some_and(|p| p.contains("camera=()")), "{what}");
    assert_eq!(answer.header("server"), None);
    if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return;
    }
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"), "{what}");
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("no policy: {what}"));
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(nonce.len() >= 22, "{nonce}");
    let expected = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'nonce-{nonce}'; \
         connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let gateway = policy.replace(" https://checkout.stripe.com", "");
    assert_eq!(gateway, expected, "{what}");
    // Every script and style has the nonce, no element acts by attribute, nothing comes from elsewhere, no card is asked for.
    for tag in ["<script", "<style"] {
        for text in answer.body.split(tag).skip(1) {
            assert!(text.split('>').next().unwrap().contains(&format!("nonce=\"{nonce}\"")), "{tag} on {what}");
        }
    }
    for attribute in [" src=\"", " href=\"", " action=\""] {
        for text in answer.body.split(attribute).skip(1) {
            let to = text.split('"').next().unwrap();
            let ours = to.is_empty() || (to.starts_with('/') && !to.starts_with("//")) || to.starts_with('#');
            let person = to.starts_with("mailto:") || to.starts_with("tel:");
            let help = attribute == " href=\"" && to.starts_with("https://");
            assert!(ours || person || help, "{attribute}{to} on {what}");
        }
    }
    for forbidden in [" onclick=", " onload=", " style=\"", "javascript:", "cc-number", "cc-csc", "card_number"] {
        assert!(!answer.body.contains(forbidden), "{forbidden} on {what}");
    }
}

both!(every_answer_is_guarded, async |kept| {
    let links = owe(kept, "", "P", 1);
    let visitor = kept.visitor();
    let nobody = kept.visitor();
    visitor.open(&links[0]).await;
    let check = visitor.check("/account/plan", &plan()).await;
    let agreed = visitor.post_form("/account/plan/check", &pairs(&check)).await.expect(303).find_location().unwrap();
    let owner = kept.visitor();
    let login = [("business", "B"), ("name", "Ada"), ("email", "ada@example.com"), ("password", "punched cards weave")];
    owner.post_form("/console/setup", &login).await.expect(303);
    let long = format!("/{}", "a".repeat(5000));
    for (visitor, path, status) in [
        (&nobody, links[0].as_str(), 200),
        (&nobody, "/l/nothing", 410),
        (&nobody, "/account", 401),
        (&nobody, "/", 404),
        (&nobody, "/nothing", 404),
        (&nobody, "/account/nothing", 404),
        (&nobody, &long, 404),
        (&nobody, "/robots.txt", 200),
        (&nobody, "/favicon.svg", 200),
        (&nobody, "/pkg/nothing.js", 404),
        (&nobody, "/healthz", 200),
        (&nobody, "/console", 303),
        (&nobody, "/console/login", 200),
        (&nobody, "/account/leave", 405),
        (&visitor, "/account", 200),
        (&visitor, "/account/plan", 200),
        (&visitor, "/account/promise", 200),
        (&visitor, "/account/dispute", 200),
        (&visitor, "/account/already-paid", 200),
        (&visitor, "/account/hardship", 200),
        (&visitor, "/account/contacts", 200),
        (&visitor, "/account/payment", 200),
        (&visitor, "/account/agreements/nothing", 404),
        (&visitor, "/receipt/nothing", 404),
        (&visitor, &agreed, 200),
        (&owner, "/console", 200),
        (&owner, "/console/commitments", 200),
        (&owner, "/console/commitments.csv", 200),
        (&owner, "/console/debtors", 200),
        (&owner, "/console/disputes", 200),
        (&owner, "/console/imports", 200),
        (&owner, "/console/policy", 200),
        (&owner, "/console/debtors/nothing", 404),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        guarded(path, &answer);
    }
    guarded("a refused form", &visitor.post_form("/account/plan", &[]).await.expect(422));
    guarded("a form from elsewhere", &from_elsewhere(&visitor, "/account/hardship", "cross-site").await.expect(403));
    guarded("leaving", &visitor.post_form("/account/leave", &[]).await.expect(200));
});

async fn from_elsewhere(visitor: &Visitor, path: &str, site: &str) -> Answer {
    let request =
        visitor.request(Method::POST, path).form(&[("currency", "GBP"), ("words", "x"), ("answer", POSTCODE)]);
    let (client, request) = request.build_split();
    let mut request = request.unwrap();
    request.headers_mut().insert("sec-fetch-site", site.parse().unwrap());
    Answer::to(reqwest::RequestBuilder::from_parts(client, request)).await
}

both!(a_form_on_another_site_does_nothing, async |kept| {
    let links = owe(kept, "", "P", 2);
    let visitor = kept.visitor();
    visitor.open(&links[0]).await;
    let before = kept.dump().await;
    for path in ["/account/hardship", "/account/leave", &links[1], "/console/setup", "/console/login"] {
        for site in ["cross-site", "same-site", "nonsense"] {
            from_elsewhere(&visitor, path, site).await.expect(403).sees("nothing was done");
        }
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1", ""] {
            let (client, request) = visitor.request(Method::POST, path).form(&[("answer", POSTCODE)]).build_split();
            let mut request = request.unwrap();
            request.headers_mut().remove("sec-fetch-site");
            request.headers_mut().insert("origin", origin.parse().unwrap());
            Answer::to(reqwest::RequestBuilder::from_parts(client, request)).await.expect(403);
        }
    }
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    visitor.get("/account").await.expect(200);
    // The same form from our own page is taken.
    from_elsewhere(&visitor, "/account/hardship", "same-origin").await.expect(303);
});

/// How many of 70 wrong answers from these claimed addresses are let through to the question.
async fn let_through(kept: &Kept, forwarded: impl Fn(usize) -> String) -> usize {
    let visitor = kept.visitor();
    let mut through = 0;
    for n in 0..70 {
        let request = visitor.request(Method::POST, "/l/nothing").form(&[("answer", "x")]);
        let answer = Answer::to(request.header("x-forwarded-for", forwarded(n))).await;
        match answer.status.as_u16() {
            410 => through += 1,
            status => assert_eq!(status, 429, "{}", answer.body),
        }
    }
    through
}

both!(a_claimed_address_counts_only_from_a_proxy_that_is_trusted, async |kept| {
    // One try a second comes back while the test runs.
    let one_address = 60..=66;
    let through = let_through(kept, |n| format!("10.0.0.{n}")).await;
    assert!(one_address.contains(&through), "nobody is trusted: {through}");
    kept.set("KEPT_TRUSTED_PROXIES", "127.0.0.1");
    kept.serve(&[]);
    assert_eq!(let_through(kept, |n| format!("10.0.0.{n}")).await, 70, "each address for itself");
    let through = let_through(kept, |n| format!("10.1.0.{n}, 10.9.9.9")).await;
    assert!(one_address.contains(&through), "only what the proxy itself saw: {through}");
    let through = let_through(kept, |n| format!("2001:db8::{n}")).await;
    assert!(one_address.contains(&through), "a network of one household is one: {through}");
});

const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil.example\")",
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "💷 Zoë {{7*7}} ' OR 1=1 --",
];

both!(hostile_texts_stay_texts_everywhere, async |kept| {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut people = String::from("reference,name,email,postcode\n");
    let mut bills = String::from("number,debtor,issued,due,amount,description\n");
    for (n, text) in HOSTILE.iter().enumerate() {
        people += &format!("H{n},{},h{n}@example.com,{POSTCODE}\n", quoted(text));
        bills += &format!("{},H{n},{},{},100.00,{}\n", quoted(&format!("N{n}")), day(-60), day(-30), quoted(text));
    }
    let (people, bills) = (file(kept, "people.csv", people), file(kept, "bills.csv", bills));
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
    // A name that would break out of a line is refused as a whole, and says where.
    let broken = format!("reference,name,email\nE1,{},e@example.com\n", quoted("Eve\r\nBcc: everybody@example.com"));
    let output = kept.run(&["import", "debtors", &file(kept, "broken.csv", broken)]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("row 2, name: holds a control character"), "{output:?}");
    let owner = kept.visitor();
    let login = [
        ("business", "<b>Bold</b> & Söhne\r\nBcc: x@example.com"),
        ("name", "<i>Ada</i>"),
        ("email", "ada@example.com"),
        ("password", "punched cards weave"),
    ];
    owner.post_form("/console/setup", &login).await.expect(303);
    let links = kept.run_json(&["links"]);
    let mut pages = Vec::new();
    for (n, hostile) in HOSTILE.into_iter().enumerate() {
        let row = links.as_array().unwrap().iter().find(|row| row["debtor"] == format!("H{n}")).unwrap();
        let link = format!("/l/{}", row["url"].as_str().unwrap().rsplit('/').next().unwrap());
        let visitor = kept.visitor();
        pages.push(visitor.get(&link).await.expect(200));
        visitor.open(&link).await;
        pages.push(visitor.get("/account").await.expect(200));
        let texts = [("currency", "GBP"), ("reason", "other"), ("scope", "everything"), ("words", hostile)];
        let raised = visitor.post_multipart("/account/dispute", with_file(&texts, hostile, PDF)).await;
        let raised = raised.expect(303).find_location().unwrap();
        pages.push(visitor.get(&raised).await.expect(200));
        visitor.post_form(&raised, &[("act", "withdraw")]).await.expect(303);
        let check = visitor.check("/account/plan", &plan()).await;
        let agreed =
            visitor.post_form("/account/plan/check", &pairs(&check)).await.expect(303).find_location().unwrap();
        pages.push(visitor.get(&agreed).await.expect(200));
    }
    for path in ["/console", "/console/debtors", "/console/commitments", "/console/disputes", "/console/imports"] {
        pages.push(owner.get(path).await.expect(200));
    }
    let debtors = owner.get("/console/debtors").await.body;
    for debtor in debtors.split("href=\"/console/debtors/").skip(1) {
        pages.push(owner.get(&format!("/console/debtors/{}", debtor.split('"').next().unwrap())).await.expect(200));
    }
    assert!(pages.len() >= 35, "every page is looked at: {}", pages.len());
    for page in &pages {
        for raw in ["<script>alert", "<img src=x", "<b>Bold", "<i>Ada"] {
            assert!(!page.body.contains(raw), "{raw} in {}", page.body);
        }
        guarded("a page about hostile texts", page);
    }
    assert!(pages.iter().any(|page| page.body.contains("&lt;script&gt;alert(1)")), "the text itself is shown");
    // A spreadsheet sees no formula.
    let console = owner.get("/console/commitments.csv").await.expect(200).body;
    for text in [kept.run_ok(&["links", "--csv"]), kept.run_ok(&["export", "commitments", "--csv"]), console] {
        let mut cells = 0;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        for cell in reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
            cells += usize::from(cell.starts_with('\''));
            let formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
                || (cell.starts_with('-') && cell.parse::<f64>().is_err());
            assert!(!formula, "{cell:?} in\n{text}");
        }
        assert!(cells >= 3, "{text}");
    }
    // A mail has the headers that we wrote and no other.
    kept.run_ok(&["work", "--once"]);
    let mut files = Vec::new();
    read_all(kept.data(), &mut files);
    let mails: Vec<_> = files.into_iter().filter(|(path, _)| path.ends_with(".eml")).collect();
    assert!(!mails.is_empty());
    for (_, mail) in &mails {
        let head = mail.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc:")), "{head}");
    }
});

both!(a_file_is_what_its_content_says_and_no_larger_than_allowed, async |kept| {
    let link = owe(kept, "", "P", 1).remove(0);
    let visitor = kept.visitor();
    visitor.open(&link).await;
    let before = kept.dump().await;
    let texts = [("currency", "GBP"), ("reason", "not_mine"), ("scope", "everything"), ("words", "")];
    for (name, content) in [
        ("invoice.pdf", &b"<!DOCTYPE html><script>alert(1)</script>"[..]),
        ("picture.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
        ("archive.pdf", b"PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("program.jpg", b"MZ\x90\x00\x03aaaaaaaaaaaaaaaaaaaaaaa"),
        ("text.pdf", b"hello"),
    ] {
        let answer = visitor.post_multipart("/account/dispute", with_file(&texts, name, content)).await;
        answer.expect(422).sees("Choose a PDF or a picture").sees("Error: ");
    }
    let large = [PDF, &vec![b' '; 10 * 1024 * 1024]].concat();
    let answer = visitor.post_multipart("/account/dispute", with_file(&texts, "large.pdf", &large)).await;
    answer.expect(422).sees("at most 10 MB");
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    // So large that reading it is given up: the connection may be closed, but no answer of success comes.
    let huge = [PDF, &vec![b' '; 40 * 1024 * 1024]].concat();
    let request = visitor.request(Method::POST, "/account/dispute").multipart(with_file(&texts, "huge.pdf", &huge));
    if let Ok(answer) = Answer::find(request).await {
        assert!([400, 413, 422].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
        assert!(answer.body.contains("<h1"), "{}", answer.body);
    }
    assert_eq!(differences(&before, &kept.dump().await), [""; 0]);
    let fits = [PDF, &vec![b' '; 10 * 1024 * 1024 - PDF.len()]].concat();
    visitor.post_multipart("/account/dispute", with_file(&texts, "../../etc/fits.pdf", &fits)).await.expect(303);
    assert_eq!(kept.ask("SELECT name || ' ' || content_type FROM files").await, ["fits.pdf application/pdf"]);
});

both!(what_cannot_be_read_is_refused_clearly_and_never_fails, async |kept| {
    let link = owe(kept, "", "P", 1).remove(0);
    let visitor = kept.visitor();
    visitor.open(&link).await;
    let owner = kept.visitor();
    let login = [("business", "B"), ("name", "Ada"), ("email", "ada@example.com"), ("password", "punched cards weave")];
    owner.post_form("/console/setup", &login).await.expect(303);
    let before = kept.dump().await;
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=x";
    let large = format!("answer={}", "a".repeat(100 * 1024));
    let bodies: [(&str, &[u8]); 18] = [
        (form, b"%ff%fe=%00"),
        (form, b"\xff\xfe"),
        (form, b"a=1&a=2&currency=GBP&currency=EUR"),
        (form, b"currency=GBP&by=count&count=99999999999999999999&frequency=monthly&first_on=2027-01-01"),
        (form, b"currency=GBP&by=amount&amount=%00&frequency=monthly&first_on=2027-01-01"),
        (form, b"currency=GBP&by=count&count=3&frequency=monthly&first_on=9999-12-31"),
        (form, b"currency=%00&how_much=part&amount=1%00&by_on=0000-00-00&words=a%00b&reason=%00&act=%00&answer=%00"),
        (form, large.as_bytes()),
        ("application/json", b"{"),
        ("application/json", b"{\"currency\": 5}"),
        ("application/json", b"[[[[[[[[[["),
        ("application/json", b"\xff"),
        ("application/json", b"null"),
        ("text/plain", b"hello"),
        ("multipart/form-data", b"--x\r\n"),
        (multipart, b"--x\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\ncut"),
        (multipart, b"--x\r\nContent-Disposition: form-data\r\n\r\n\xff\r\n--x--\r\n"),
        (multipart, b"\x00\x01\x02"),
    ];
    let targets = [
        link.as_str(),
        "/account/plan",
        "/account/plan/check",
        "/account/promise",
        "/account/promise/check",
        "/account/payment",
        "/account/dispute",
        "/account/already-paid",
        "/account/agreements/nothing",
        "/account/disputes/%00",
        "/console/imports",
        "/console/policy",
        "/console/debtors/%00/payments",
        "/console/commitments/x/decline",
    ];
    for path in targets {
        // A session of its own for each, lest the limit of changes says no first.
        let debtor = kept.visitor();
        debtor.open(&link).await;
        let who = if path.starts_with("/console") { &owner } else { &debtor };
        for (kind, body) in bodies {
            let request = who.request(Method::POST, path).header("content-type", kind).body(body.to_vec());
            let again = request.try_clone().unwrap();
            let answer = match Answer::find(request).await {
                Ok(answer) => answer,
                // The server said no before all of it was sent, and the connection is gone; or it was the connection of
                // such a one before.
                Err(_) if body.len() > 64 * 1024 => continue,
                Err(_) => match Answer::find(again).await {
                    Ok(answer) => answer,
                    Err(error) => panic!("no answer to {kind} on {path}: {error:?}"),
                },
            };
            let sent = String::from_utf8_lossy(&body[..body.len().min(90)]).into_owned();
            let what = format!("POST {path} {kind} {sent:?}: {}", answer.status);
            assert!(answer.status.as_u16() < 500 && answer.status != 429, "{what}: {}", answer.body);
            assert_ne!(answer.status, 200, "{what}");
            if answer.status != 303 {
                assert!(answer.body.contains("<h1"), "{what}: a page says so, not {:?}", answer.body);
                guarded(&what, &answer);
            }
        }
    }
    for path in [
        "/l/%ff",
        "/l/%00",
        "/l/%2e%2e%2f",
        "/receipt/%00",
        "/receipt/%ff",
        "/account/payment/%00",
        "/account/agreements/%00%ff",
        "/account/plan?first_on=%00&by=%ff",
        "/account/plan/check?currency=GBP&by=count&count=0",
        "/account/payment?currency=%00",
        "/account/promise?by_on=%ff",
        "/console/debtors?search=%00",
        "/console/debtors?page=99999999999999999999",
        "/console/debtors/%00",
        "/console/commitments?state=%00&kind=%ff",
        "/console/news?after=%00",
        "/console/disputes/%00/files/%00",
    ] {
        let who = if path.starts_with("/console") { &owner } else { &visitor };
        let answer = who.get(path).await;
        assert!(answer.status.as_u16() < 500, "GET {path}: {} {}", answer.status, answer.body);
        guarded(path, &answer);
    }
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::OPTIONS] {
        for path in ["/account", "/console", link.as_str(), "/hooks/stripe", "/nothing"] {
            let answer = Answer::to(visitor.request(method.clone(), path)).await;
            assert!([404, 405].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
        }
    }
    let changes = differences(&before, &kept.dump().await);
    let counted = |c: &String| ["links:", "events:", "portal_sessions:"].iter().any(|table| c[1..].starts_with(table));
    assert!(changes.iter().all(counted), "{changes:#?}");
    visitor.get("/account").await.expect(200);
});

both!(disputing_is_as_easy_as_paying_and_admits_nothing, async |kept| {
    let link = owe(kept, "", "P", 1).remove(0);
    let visitor = kept.visitor();
    let gate = visitor.get(&link).await.expect(200);
    visitor.open(&link).await;
    let account =
        visitor.get("/account").await.expect(200).sees("href=\"/account/dispute").sees("href=\"/account/plan");
    let mut pages = vec![gate, account];
    for path in ["dispute", "already-paid", "hardship", "plan", "promise"] {
        pages.push(visitor.get(&format!("/account/{path}")).await.expect(200));
    }
    for page in pages {
        let text = page.body.to_lowercase();
        for admission in ["i admit", "you admit", "acknowledge the debt", "i accept that i owe", "by continuing"] {
            assert!(!text.contains(admission), "{admission}: {text}");
        }
    }
    // One form without a word more than the reason and how much it is about.
    let texts = [("currency", "GBP"), ("reason", "not_mine"), ("scope", "everything"), ("words", "")];
    let form = texts.iter().fold(reqwest::multipart::Form::new(), |form, (n, t)| form.text(*n, *t));
    visitor.post_multipart("/account/dispute", form).await.expect(303);
});
