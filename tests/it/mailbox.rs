//! A mailbox on a server: bounces and replies come by IMAP, each once, whatever becomes of the line.

use kept_tests::imap::{Drops, Encrypted, Imap, certificate};
use kept_tests::town::{POSTCODE, day, file, working_hour};
use kept_tests::{Kept, both};
use std::time::{Duration, Instant};

/// Ann and Bo owe something overdue and are reminded by mail; answers the Message-ID of Ann's reminder.
async fn remind(kept: &mut Kept) -> String {
    kept.set("KEPT_NOW", &working_hour());
    kept.set("KEPT_MAIL_FOLDER", "mail");
    let people =
        format!("reference,name,email,postcode\nAnn,Ann,ann@example.org,{POSTCODE}\nBo,Bo,bo@example.org,{POSTCODE}\n");
    let head = "number,debtor,issued,due,amount\n";
    let bills = format!("{head}N-1,Ann,{0},{1},40.00\nN-2,Bo,{0},{1},30.00\n", day(-70), day(-40));
    let (people, bills) = (file(kept, "people.csv", people), file(kept, "bills.csv", bills));
    kept.run_ok(&["import", "debtors", &people]);
    kept.run_ok(&["import", "invoices", &bills, "--currency", "GBP", "--date-format", "ymd"]);
    assert_eq!(kept.run_json(&["work", "--once"])["sent"], 2);
    let rows = kept
        .ask("SELECT c.provider_id FROM contacts c JOIN debtors d ON d.id = c.debtor_id WHERE d.reference = 'Ann'")
        .await;
    rows[0].trim_matches(['<', '>']).to_owned()
}

fn reply(message_id: &str, words: &str) -> String {
    format!(
        "From: Ann <ann@example.org>\r\nSubject: Re: your message\r\nIn-Reply-To: <{message_id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    )
}

fn bounce(message_id: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.org\r\nTo: bounces@example.com\r\nSubject: Undelivered Mail\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; ann@example.org\r\n\
         Action: failed\r\nStatus: 5.1.1\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\nHello\r\n--b--\r\n"
    )
}

/// Reads the mailbox; nothing of it may fail, whatever the server does.
fn work(kept: &Kept) {
    kept.run_ok(&["work", "--once"]);
}

async fn heard(kept: &Kept) -> Vec<String> {
    kept.ask("SELECT body FROM contacts WHERE direction = 'in' ORDER BY body").await
}

both!(bounces_and_replies_are_read_from_a_mailbox_once_each, async |kept| {
    let id = remind(kept).await;
    let server = Imap::start(Encrypted::FromTheStart);
    kept.set("KEPT_MAIL_IMAP_URL", &server.url("imaps", ""));
    // Nobody vouches for the server: nothing is said to it.
    server.put(&reply(&id, "I pay on Friday."));
    work(kept);
    assert_eq!((server.sign_ins(), heard(kept).await.len()), (0, 0));

    kept.set("KEPT_MAIL_IMAP_CA", certificate("ca.pem").to_str().unwrap());
    server.put(&bounce(&id));
    server.put("Subject: Spring sale\r\nFrom: shop@example.net\r\n\r\nEverything must go.\r\n");
    work(kept);
    assert_eq!(server.folder("INBOX"), ["41 \\Seen", "42 \\Seen", "43 \\Seen"]);
    assert_eq!(heard(kept).await, ["I pay on Friday."]);
    assert_eq!(
        kept.ask("SELECT channel || ' ' || address || ' ' || state FROM addresses").await,
        ["email ann@example.org bounced"]
    );
    assert_eq!(server.fetched(), [41, 42, 43]);
    work(kept);
    assert_eq!(server.fetched(), [0; 0], "what was read is not fetched again");
    assert_eq!(heard(kept).await.len(), 1);
});

both!(a_line_that_drops_loses_nothing_and_nothing_is_read_twice, async |kept| {
    let id = remind(kept).await;
    let server = Imap::start(Encrypted::AfterGreeting);
    kept.set("KEPT_MAIL_IMAP_URL", &server.url("imap", "?tls=required"));
    kept.set("KEPT_MAIL_IMAP_CA", certificate("ca.pem").to_str().unwrap());
    kept.set("KEPT_MAIL_TIMEOUT_S", "2");
    let drops = [
        Drops::Before("LOGIN"),
        Drops::After("LOGIN"),
        Drops::Before("SELECT"),
        Drops::Within("SELECT"),
        Drops::Before("UID SEARCH"),
        Drops::After("UID SEARCH"),
        Drops::Before("UID FETCH"),
        Drops::Within("UID FETCH"),
        Drops::After("UID FETCH"),
        Drops::Hangs("UID FETCH"),
        Drops::Before("UID STORE"),
        Drops::Within("UID STORE"),
        Drops::After("UID STORE"),
        Drops::Before("LOGOUT"),
    ];
    let mut words = Vec::new();
    for (n, drop) in drops.into_iter().enumerate() {
        for part in ["a", "b"] {
            words.push(format!("Words {n:02}{part}"));
            server.put(&reply(&id, words.last().unwrap()));
        }
        server.drops(drop);
        work(kept);
        assert!(server.has_dropped(), "{drop:?} was never reached");
        work(kept);
        assert_eq!(heard(kept).await, words, "{drop:?}");
        assert!(server.folder("INBOX").iter().all(|mail| mail.ends_with("\\Seen")), "{drop:?}");
    }
    // A server that hangs, or is away, holds up nothing else: the reminders of this pass are sent all the same.
    server.drops(Drops::Hangs("LOGIN"));
    let begun = Instant::now();
    work(kept);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // Somebody takes a message away between the search and the fetch.
    let gone = server.put(&reply(&id, "Never mind"));
    server.put(&reply(&id, "Words of the last"));
    server.drops(Drops::After("UID SEARCH"));
    work(kept);
    server.remove(gone);
    work(kept);
    assert!(heard(kept).await.contains(&"Words of the last".to_owned()));
});

both!(what_was_stored_is_moved_where_that_is_wanted, async |kept| {
    let id = remind(kept).await;
    let server = Imap::start(Encrypted::Never);
    kept.set("KEPT_MAIL_IMAP_URL", &server.url("imap", "/INBOX"));
    kept.set("KEPT_MAIL_IMAP_DONE", "Read by Kept");
    server.put(&reply(&id, "First"));
    // The folder is made; and a line that drops after the move finds the mailbox empty.
    server.drops(Drops::After("UID MOVE"));
    work(kept);
    work(kept);
    assert_eq!((server.folder("INBOX").len(), server.folder("Read by Kept")), (0, vec!["41".to_owned()]));
    // A server that cannot move copies and deletes; what was copied before the line dropped is in both, and read once.
    server.can("IMAP4rev1 UIDPLUS");
    server.put(&reply(&id, "Second"));
    server.drops(Drops::After("UID COPY"));
    work(kept);
    work(kept);
    assert_eq!(server.folder("INBOX"), [""; 0]);
    server.can("IMAP4rev1");
    server.put(&reply(&id, "Third"));
    work(kept);
    assert_eq!(server.folder("INBOX"), ["43 \\Deleted"]);
    work(kept);
    assert_eq!(heard(kept).await, ["First", "Second", "Third"]);
    // Of a message that is larger than any answer, its beginning is read, and whoever says stop is heard.
    let large = format!("{}\r\n{}", reply(&id, "Please stop writing to me."), "> old words\r\n".repeat(100_000));
    assert!(large.len() > 1_200_000);
    server.put(&large);
    work(kept);
    assert_eq!(heard(kept).await.len(), 4);
    let told = kept.ask("SELECT channel || ' ' || address || ' ' || state FROM addresses").await;
    assert_eq!(told, ["email ann@example.org opted_out"]);
});

both!(a_worker_that_runs_reads_the_mailbox_while_other_jobs_go_on, async |kept| {
    let id = remind(kept).await;
    let server = Imap::start(Encrypted::Never);
    kept.set("KEPT_MAIL_IMAP_URL", &server.url("imap", ""));
    // The server never answers: replies that come by another door are settled meanwhile.
    server.drops(Drops::Hangs("LOGIN"));
    let inbox = kept.data().join("inbox");
    std::fs::create_dir_all(inbox.join("new")).unwrap();
    std::fs::write(inbox.join("new/1.host"), reply(&id, "By the folder")).unwrap();
    kept.set("KEPT_MAIL_INBOX", inbox.to_str().unwrap());
    let mut worker = kept.command(&["work"]).spawn().unwrap();
    let begun = Instant::now();
    while heard(kept).await.is_empty() && begun.elapsed() < Duration::from_secs(15) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let told = heard(kept).await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(told, ["By the folder"]);
});
