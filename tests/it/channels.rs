//! What comes back from the channels: bounces, replies, texts, stops. Each is believed only with its signature or secret,
//! counts once, and is about nobody but whom it is about.

use kept_tests::texts::Texts;
use kept_tests::town::{POSTCODE, day, file, working_hour, working_hour_in};
use kept_tests::{Answer, Kept, Visitor, both};
use reqwest::Method;
use std::fmt::Write as _;

const SECRET: &str = "mail-hook-secret";

/// Gives a business debtors with an address and a number each, who owe something overdue. Answers each one's link.
fn owe(kept: &Kept, business: &str, people: &[(&str, &str, &str)]) -> Vec<String> {
    let mut debtors = String::from("reference,name,email,phone,country,postcode\n");
    let mut bills = String::from("number,debtor,issued,due,amount\n");
    for (name, email, phone) in people {
        writeln!(debtors, "{name},{name},{email},{phone},GB,{POSTCODE}").unwrap();
        writeln!(bills, "N-{name},{name},{},{},40.00", day(-70), day(-40)).unwrap();
    }
    let (debtors, bills) = (file(kept, "debtors.csv", debtors), file(kept, "bills.csv", bills));
    let which: &[&str] = if business.is_empty() { &[] } else { &["--business", business] };
    kept.run_ok(&[&["import", "debtors", debtors.as_str()], which].concat());
    let typed = ["import", "invoices", bills.as_str(), "--currency", "GBP", "--date-format", "ymd"];
    kept.run_ok(&[&typed, which].concat());
    let links = kept.run_json(&[&["links"], which].concat());
    let link = |name: &str| {
        let row = links.as_array().unwrap().iter().find(|row| row["debtor"] == name).unwrap();
        format!("/l/{}", row["url"].as_str().unwrap().rsplit('/').next().unwrap())
    };
    people.iter().map(|(name, ..)| link(name)).collect()
}

async fn add_business(kept: &Kept, name: &str, email: &str) -> Visitor {
    let added =
        kept.run_json(&["business", "add", name, "--owner", "The Owner", "--email", email, "--currency", "GBP"]);
    let (login, password) = (added["login"].as_str().unwrap(), added["password"].as_str().unwrap());
    let owner = kept.visitor();
    owner.post_form("/console/login", &[("email", login), ("password", password)]).await.leads_to("/console");
    owner
}

/// One pass over everything that is due: reminders, sent, failed, unknown, cancelled.
fn work(kept: &Kept) -> [u64; 5] {
    let done = kept.run_json(&["work", "--once"]);
    ["reminders", "sent", "failed", "unknown", "cancelled"].map(|key| done[key].as_u64().unwrap())
}

/// The mail in the folder, with its soft line ends joined.
fn mail(kept: &Kept) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(kept.data().join("mail")) else { return Vec::new() };
    let mut paths: Vec<_> = files.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap().replace("=\r\n", "")).collect()
}

/// A header of a message, unfolded.
fn header(message: &str, name: &str) -> Option<String> {
    let head = message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

fn bounce(message_id: &str, recipient: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.org\r\nTo: a@example.com\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\n\
         Status: {status}\r\nDiagnostic-Code: smtp; 550 no such mailbox\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nSubject: x\r\n\r\nHello\r\n--b--\r\n"
    )
}

fn reply(message_id: &str, head: &str, words: &str) -> String {
    format!(
        "From: Ann <ann@example.org>\r\nSubject: Re: your message\r\nIn-Reply-To: {message_id}\r\n{head}\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    )
}

async fn pass_on(kept: &Kept, raw: &str, secret: &str) -> Answer {
    let request = kept.program().request(Method::POST, "/hooks/mail").bearer_auth(secret).body(raw.to_owned());
    Answer::to(request).await
}

async fn count(kept: &Kept, what: &str) -> usize {
    kept.ask(&format!("SELECT id FROM {what}")).await.len()
}

both!(a_bounce_falls_back_to_a_text_and_a_stop_is_for_good, async |kept| {
    kept.set("KEPT_NOW", &working_hour());
    kept.set("KEPT_MAIL_HOOK_SECRET", SECRET);
    kept.set("KEPT_MAIL_FOLDER", "mail");
    let texts = Texts::start(kept).await;
    // The worker's clock begins anew with each pass: it is always ahead of the server's.
    kept.set("KEPT_NOW", &working_hour().replace("T10:", "T11:"));
    let owner = add_business(kept, "Alder Tools", "ada@alder.example").await;
    owe(kept, "Alder Tools", &[("Ann", "Ann@example.org", "07911 123456")]);
    assert_eq!(work(kept), [1, 1, 0, 0, 0]);
    let sent = mail(kept);
    let id = header(&sent[0], "Message-ID").unwrap();

    // Without the secret nothing is stored.
    for wrong in ["", "guess"] {
        pass_on(kept, &bounce(&id, "ann@example.org", "5.1.1"), wrong).await.expect(403);
    }
    assert_eq!(count(kept, "inbound").await, 0);
    // Full for the moment: nothing but a note. Gone for good: not used again. Told twice: once.
    pass_on(kept, &bounce(&id, "ann@example.org", "4.2.2"), SECRET).await.expect(200);
    assert_eq!(work(kept), [0; 5]);
    assert_eq!(kept.ask("SELECT state FROM contacts").await, ["sent"]);
    assert_eq!(kept.ask("SELECT state FROM addresses").await, [""; 0]);
    for _ in 0..2 {
        pass_on(kept, &bounce(&id, "ann@example.org", "5.1.1"), SECRET).await.expect(200);
    }
    // The next channel is tried at once: what came back reached nobody.
    assert_eq!(work(kept), [1, 1, 0, 0, 0]);
    assert_eq!(
        kept.ask("SELECT channel || ' ' || address || ' ' || state FROM addresses").await,
        ["email ann@example.org bounced"]
    );
    let told = kept.ask("SELECT id FROM events WHERE kind = 'address_bounced'").await;
    assert_eq!(told.len(), 1);
    let taken = texts.taken().await;
    assert_eq!(taken.len(), 1);
    let text = &taken[0];
    assert_eq!((text["to"].as_str(), text["num_segments"].as_str()), (Some("+447911123456"), Some("1")), "{text}");
    let words = text["body"].as_str().unwrap();
    assert!(words.contains(&format!("{}/l/", kept.url)) && words.starts_with("Hello from Alder Tools"), "{words}");
    for telling in ["40.00", "N-Ann", "debt", "owe", "invoice", "overdue", "pay "] {
        assert!(!words.contains(telling), "{telling}: {words}");
    }
    // What became of it, twice and by its signature only.
    let sid = text["sid"].as_str().unwrap();
    for _ in 0..2 {
        texts.became(sid, "delivered", "").await;
    }
    assert_eq!(count(kept, "inbound WHERE kind = 'sms_status'").await, 1);
    let forged = [("MessageSid", sid), ("MessageStatus", "failed"), ("ErrorCode", "30005")];
    for signature in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        let request = kept.program().request(Method::POST, "/hooks/sms").header("x-twilio-signature", signature);
        Answer::to(request.form(&forged)).await.expect(403);
    }
    assert_eq!(count(kept, "inbound WHERE kind = 'sms_status'").await, 1);
    work(kept);
    assert_eq!(kept.ask("SELECT id FROM contacts WHERE channel = 'sms' AND delivered_at_ms > 0").await.len(), 1);

    // Free words count as a stop; told twice they count once.
    let said = texts.reply("+447911123456", "please stop texting me", "").await;
    texts.reply("+447911123456", "please stop texting me", &said).await;
    work(kept);
    assert_eq!(kept.ask("SELECT state FROM addresses WHERE channel = 'sms'").await, ["opted_out"]);
    assert_eq!(kept.ask("SELECT body FROM contacts WHERE direction = 'in'").await, ["please stop texting me"]);
    assert_eq!(kept.ask("SELECT id FROM events WHERE kind = 'reminders_stopped'").await.len(), 1);
    // The business sees it and may use an address again, with a reason.
    let debtor = kept.ask("SELECT id FROM debtors").await.remove(0);
    let page = format!("/console/debtors/{debtor}");
    owner.get(&page).await.expect(200).sees("They want no reminders there").sees("please stop texting me");
    let again = format!("{page}/addresses");
    owner.post_form(&again, &[("channel", "email"), ("why", " ")]).await.expect(422);
    owner.post_form(&again, &[("channel", "email"), ("why", "They called")]).await.expect(303);
    assert_eq!(kept.ask("SELECT state FROM addresses WHERE channel = 'email'").await, ["ok"]);
    // START takes a stop back.
    texts.reply("+447911123456", "Start", "").await;
    work(kept);
    assert_eq!(kept.ask("SELECT state FROM addresses WHERE channel = 'sms'").await, ["ok"]);
    assert!(kept.run(&["doctor"]).status.success());
});

both!(a_carrier_may_do_what_it_likes, async |kept| {
    kept.set("KEPT_NOW", &working_hour());
    let texts = Texts::start(kept).await;
    add_business(kept, "Alder Tools", "ada@alder.example").await;
    let people: Vec<(String, String, String)> =
        (1..=7).map(|n| (format!("P{n}"), format!("p{n}@example.org"), format!("0791112345{n}"))).collect();
    let people: Vec<(&str, &str, &str)> = people.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    let links = owe(kept, "Alder Tools", &people);
    // Everybody chose to be texted.
    for link in &links {
        let visitor = kept.visitor();
        visitor.open(link).await;
        let choice = [("reminders", "email"), ("reminders", "sms"), ("channel", "sms"), ("language", "en")];
        visitor.post_form("/account/preferences", &choice).await.leads_to("/account/preferences?saved=1");
    }
    // Not taken: later (500, 429), never (400). Taken, but not said: found in the list (500 after, hang, drop). Lost.
    texts.faults(&["500", "429", "400", "500_after", "hang", "drop", "lost"]).await;
    assert_eq!(work(kept), [7, 3, 1, 1, 0]);
    assert_eq!(texts.taken().await.len(), 3, "nothing was sent twice");
    let states = kept.ask("SELECT state FROM contacts ORDER BY state").await;
    assert_eq!(states, ["failed", "queued", "queued", "sent", "sent", "sent", "unknown"]);
    assert_eq!(kept.ask("SELECT id FROM contacts WHERE state = 'sent' AND provider_id LIKE 'SM%'").await.len(), 3);
    // What waits is sent later, what is unknown is not.
    kept.change("UPDATE outbox SET due_at_ms = 0 WHERE state = 'waiting'").await;
    assert_eq!(work(kept), [0, 2, 0, 0, 0]);
    assert_eq!(texts.taken().await.len(), 5);
});

both!(one_press_stops_reminders_by_mail_and_nothing_else, async |kept| {
    kept.set("KEPT_NOW", &working_hour());
    kept.set("KEPT_MAIL_FOLDER", "mail");
    add_business(kept, "Alder Tools", "ada@alder.example").await;
    let served = kept.url.clone();
    kept.set("KEPT_PUBLIC_URL", &served);
    owe(kept, "Alder Tools", &[("Ann", "ann@example.org", ""), ("Bo", "bo@example.org", "")]);
    assert_eq!(work(kept), [2, 2, 0, 0, 0]);
    let all = mail(kept);
    let ann = all.iter().find(|m| m.contains("ann@example.org")).unwrap();
    let url = header(ann, "List-Unsubscribe").unwrap();
    assert_eq!(header(ann, "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    let path = url.trim_matches(['<', '>']).strip_prefix(&served).unwrap().to_owned();
    let token = path.strip_prefix("/u/").unwrap();
    assert!(token.len() >= 22, "{token}");
    for table in ["stop_links", "contacts", "outbox", "events"] {
        let dump = format!("{:?}", kept.dump().await);
        assert!(!dump.contains(token), "only a fingerprint stands in {table}");
    }
    // Looking changes nothing, and an unknown link looks the same.
    let anybody = kept.visitor();
    let known = anybody.get(&path).await.expect(200).body;
    let unknown = anybody.get("/u/AAAAAAAAAAAAAAAAAAAAAAAA").await.expect(200).body;
    let plain =
        |page: &str| page.split("nonce=\"").map(|p| p.split_once('"').map_or(p, |(_, p)| p)).collect::<String>();
    assert_eq!(plain(&known), plain(&unknown));
    assert!(!known.contains("Alder") && !known.contains("ann@"), "{known}");
    assert_eq!(count(kept, "events WHERE kind = 'reminders_stopped'").await, 0);
    // A mail program presses it for its reader, from another site.
    let press = async |path: &str| {
        let request = kept.program().request(Method::POST, path).header("origin", "https://mail.example.net");
        let request = request.header("sec-fetch-site", "cross-site");
        Answer::to(request.form(&[("List-Unsubscribe", "One-Click")])).await.expect(200).body
    };
    let (did, did_not) = (press(&path).await, press("/u/AAAAAAAAAAAAAAAAAAAAAAAA").await);
    assert_eq!(plain(&did), plain(&did_not));
    press(&path).await;
    assert_eq!(kept.ask("SELECT address || ' ' || state FROM addresses").await, ["ann@example.org opted_out"]);
    assert_eq!(count(kept, "events WHERE kind = 'reminders_stopped'").await, 1);
    assert!(!kept.log().contains(token), "the token is in the log");
    // A month later only Bo is reminded.
    kept.set("KEPT_NOW", &working_hour_in(32));
    assert_eq!(work(kept), [1, 1, 0, 0, 0]);
    assert_eq!(mail(kept).iter().filter(|m| m.contains("ann@example.org")).count(), 1);
});

both!(replies_are_heard_and_machines_are_not, async |kept| {
    kept.set("KEPT_NOW", &working_hour());
    kept.set("KEPT_MAIL_HOOK_SECRET", SECRET);
    kept.set("KEPT_MAIL_FOLDER", "mail");
    kept.set("KEPT_MAIL_INBOX", "inbox");
    kept.serve(&[]);
    kept.set("KEPT_NOW", &working_hour().replace("T10:", "T11:"));
    let owner = add_business(kept, "Alder Tools", "ada@alder.example").await;
    add_business(kept, "Zebra Trading", "zoe@zebra.example").await;
    owe(kept, "Alder Tools", &[("Ann", "ann@example.org", "")]);
    owe(kept, "Zebra Trading", &[("Ann", "ann@example.org", "")]);
    std::fs::create_dir_all(kept.data().join("inbox/new")).unwrap();
    assert_eq!(work(kept), [2, 2, 0, 0, 0]);
    let all = mail(kept);
    let ours = all.iter().find(|m| header(m, "From").unwrap().contains("Alder")).unwrap();
    let id = header(ours, "Message-ID").unwrap();
    let take = async |raw: &str| {
        pass_on(kept, raw, SECRET).await.expect(200);
        work(kept);
    };
    // A machine says nothing, whatever it says; nor does what we ourselves wrote.
    take(&reply(&id, "Auto-Submitted: auto-replied\r\n", "Stop")).await;
    take(&reply("<nobody@example.com>", "", "Stop")).await;
    assert_eq!(count(kept, "contacts WHERE direction = 'in'").await, 0);
    take(&reply(&id, "", "I pay on Friday.\r\n\r\nOn Monday, Alder Tools wrote:\r\n> stop\r\n")).await;
    assert_eq!(kept.ask("SELECT body FROM contacts WHERE direction = 'in'").await, ["I pay on Friday."]);
    assert_eq!(kept.ask("SELECT address FROM addresses").await, [""; 0]);
    // A mailbox's folder is read as well; what was read is out of the way.
    let hostile = "<script>alert(1)</script> please stop e-mailing me\u{202e}";
    std::fs::write(kept.data().join("inbox/new/1.host"), reply(&id, "", hostile)).unwrap();
    work(kept);
    assert_eq!(std::fs::read_dir(kept.data().join("inbox/new")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(kept.data().join("inbox/cur")).unwrap().count(), 1);
    // It stops Alder's reminders, and not Zebra's to the same person.
    let stopped = "SELECT b.name FROM addresses a JOIN businesses b ON b.business_id = a.business_id
                   WHERE a.state = 'opted_out'";
    assert_eq!(kept.ask(stopped).await, ["Alder Tools"]);
    let debtor = kept.ask("SELECT a.debtor_id FROM addresses a").await.remove(0);
    owner
        .get(&format!("/console/debtors/{debtor}"))
        .await
        .expect(200)
        .sees("I pay on Friday.")
        .does_not_see("<script>alert");
});

both!(a_debtor_chooses_how_they_are_written_to, async |kept| {
    kept.set("KEPT_NOW", &working_hour());
    add_business(kept, "Alder Tools", "ada@alder.example").await;
    let links = owe(kept, "Alder Tools", &[("Ann", "ann@example.org", "07911 123456")]);
    let ann = kept.visitor();
    ann.get("/account/preferences").await.expect(401);
    ann.open(&links[0]).await;
    ann.get("/account/preferences").await.expect(200).sees("ann@example.org").sees("07911 123456");
    ann.post_form("/account/preferences", &[("channel", "pigeon"), ("language", "en")]).await.expect(422);
    ann.post_form("/account/preferences", &[("channel", "sms"), ("language", "xx")]).await.expect(422);
    let choice = [("reminders", "sms"), ("channel", "sms"), ("language", "de")];
    let saved = ann.post_form("/account/preferences", &choice).await.leads_to("/account/preferences?saved=1");
    ann.follow(saved).await.expect(200).sees("Your choices are saved").sees("You asked for no reminders here");
    assert_eq!(kept.ask("SELECT channel || ' ' || language FROM preferences").await, ["sms de"]);
    assert_eq!(kept.ask("SELECT channel || ' ' || state FROM addresses").await, ["email opted_out"]);
    let both = [("reminders", "email"), ("reminders", "sms"), ("channel", "email"), ("language", "en")];
    ann.post_form("/account/preferences", &both).await.expect(303);
    assert_eq!(kept.ask("SELECT channel || ' ' || state FROM addresses").await, ["email ok"]);
});
