//! Reminders by mail: one for each debtor, once, only what may be asked for, whatever the mail server does.

use kept_tests::{Db, Kept, Visitor, both, on_both};
use serde_json::Value;
use sqlx::{Connection as _, Row as _};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A Friday: nobody is reminded at the weekend.
pub const NOW: &str = "2026-11-20T10:00:00Z";

/// Runs a command at an instant, with mail into a folder unless `smtp` names a server, and reads its JSON.
pub fn run_at(kept: &Kept, now: &str, smtp: Option<&str>, args: &[&str]) -> Value {
    let mut command = at(kept, now, smtp, &[args, &["--json"]].concat());
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "kept {args:?}: {}\n{out}{err}", output.status);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("kept {args:?} --json: {error}\n{out}"))
}

pub fn at(kept: &Kept, now: &str, smtp: Option<&str>, args: &[&str]) -> Command {
    let mut command = kept.command(args);
    command.env("KEPT_NOW", now).env("KEPT_MAIL_TIMEOUT_S", "2").env("KEPT_PUBLIC_URL", "https://pay.example.com");
    command.env("KEPT_MAIL_FOLDER", folder(kept)).env("KEPT_MAIL_FROM", "Jessop Stationers <accounts@example.com>");
    if let Some(url) = smtp {
        command.env("KEPT_MAIL_SMTP_URL", url);
    }
    command
}

/// One pass over everything that is due: reminders, withheld, sent, failed, unknown, cancelled.
pub fn work(kept: &Kept, now: &str, smtp: Option<&str>) -> [u64; 6] {
    let done = run_at(kept, now, smtp, &["work", "--once"]);
    ["reminders", "withheld", "sent", "failed", "unknown", "cancelled"].map(|key| done[key].as_u64().unwrap())
}

/// Imports debtors (reference and address; the name is the reference) and invoices (number, debtor, due, amount,
/// disputed).
pub fn import(kept: &Kept, debtors: &[(&str, &str)], invoices: &[(&str, &str, &str, &str, &str)]) {
    let mut text = String::from("reference,name,email\n");
    for (reference, email) in debtors {
        text += &format!("{reference},{reference},{email}\n");
    }
    std::fs::write(kept.data().join("debtors.csv"), text).unwrap();
    let mut text = String::from("number,debtor,issued,due,amount,disputed\n");
    for (number, debtor, due, amount, disputed) in invoices {
        text += &format!("{number},{debtor},2026-08-01,{due},{amount},{disputed}\n");
    }
    std::fs::write(kept.data().join("invoices.csv"), text).unwrap();
    run_at(kept, NOW, None, &["import", "debtors", "debtors.csv"]);
    let report = run_at(kept, NOW, None, &["import", "invoices", "invoices.csv", "--currency", "GBP"]);
    assert_eq!(report["imported"].as_u64().unwrap() as usize, invoices.len(), "{report}");
}

pub fn folder(kept: &Kept) -> PathBuf {
    kept.data().join("sent")
}

/// The messages in a folder, by the names of their files.
pub fn messages(folder: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| decoded(&std::fs::read_to_string(file).unwrap())).collect()
}

/// A message with its quoted-printable lines joined and decoded.
fn decoded(message: &str) -> String {
    let joined = message.replace("=\r\n", "").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let hex = others.get(..2).and_then(|two| hex::decode(two).ok());
        match (first, hex) {
            (b'=', Some(byte)) if others[..2].iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) => {
                bytes.extend(byte);
                rest = &others[2..];
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The tokens of the links in a message.
fn tokens(message: &str) -> BTreeSet<String> {
    let after = message.split("https://pay.example.com/l/").skip(1);
    after.map(|text| text.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()).collect()
}

/// What a query answers with, in one column; on SQLite, whose file can be looked into.
pub async fn column(kept: &Kept, sql: &'static str) -> Vec<String> {
    assert_eq!(kept.db(), Db::Sqlite);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(kept.data().join("kept.db"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

on_both!(each_debtor_gets_one_message_with_a_link_of_its_own, async |kept| {
    import(
        kept,
        &[
            ("Ann", "ann@example.org"),
            ("Bo", ""),
            ("Cy", "cy@example.org"),
            ("Di", "di@example.org"),
            ("Ed", "ed@example.org"),
        ],
        &[
            ("A-1", "Ann", "2026-09-01", "50.00", "no"),
            ("A-2", "Ann", "2026-10-01", "25.50", "no"),
            ("A-3", "Ann", "2026-12-01", "99.99", "no"),
            ("B-1", "Bo", "2026-09-01", "10.00", "no"),
            ("C-1", "Cy", "2026-12-01", "10.00", "no"),
            ("D-1", "Di", "2026-09-01", "30.00", "yes"),
            ("D-2", "Di", "2026-09-02", "20.00", "no"),
            ("E-1", "Ed", "2026-09-01", "40.00", "yes"),
        ],
    );
    // Bo has no address and all of Ed's is disputed.
    assert_eq!(work(kept, NOW, None), [2, 2, 2, 0, 0, 0]);
    let sent = messages(&folder(kept));
    assert_eq!(sent.len(), 2);
    let to = |address: &str| {
        let mut found =
            sent.iter().filter(|m| m.contains(&format!("To: {address}")) || m.contains(&format!("<{address}>")));
        let message = found.next().unwrap_or_else(|| panic!("nothing was sent to {address}"));
        assert_eq!(found.count(), 0, "one message to {address}");
        message
    };
    let ann = to("ann@example.org");
    for words in [
        "Subject: A note from Jessop Stationers\r\n",
        "From: \"Jessop Stationers\" <accounts@example.com>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Message-ID: <",
        "Invoice A-1, due on 1 September 2026: £50.00 left to pay",
        "Invoice A-2, due on 1 October 2026: £25.50 left to pay",
        "That is £75.50 in all.",
    ] {
        assert!(ann.contains(words), "{words:?} is missing:\n{ann}");
    }
    assert!(!ann.contains("A-3"), "what is not due is not asked for:\n{ann}");
    let di = to("di@example.org");
    assert!(di.contains("D-2") && di.contains("That is £20.00 in all."), "{di}");
    assert!(!di.contains("D-1"), "what is disputed is not asked for:\n{di}");

    let (of_ann, of_di) = (tokens(ann), tokens(di));
    assert_eq!((of_ann.len(), of_di.len()), (1, 1), "text and HTML carry the same link");
    assert_ne!(of_ann, of_di);
    for token in of_ann.union(&of_di) {
        assert!(token.len() >= 22, "128 bits at least: {token}");
    }
    if kept.db() == Db::Sqlite {
        for file in ["kept.db", "kept.db-wal"] {
            let bytes = std::fs::read(kept.data().join(file)).unwrap_or_default();
            for token in of_ann.union(&of_di) {
                let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
                assert!(!found, "a token stands in {file}");
            }
        }
        let told = column(kept, "SELECT state || ' ' || reason FROM contacts ORDER BY state, reason").await;
        assert_eq!(told, ["sent ", "sent ", "withheld disputed", "withheld no_address"]);
        let words = column(kept, "SELECT body FROM contacts WHERE state = 'sent'").await;
        assert!(words.iter().all(|w| w.contains("https://pay.example.com/l/…")), "{words:?}");
        let hashes = column(kept, "SELECT token_hash FROM links").await;
        assert_eq!(hashes.len(), 2);
    }

    assert_eq!(work(kept, NOW, None), [0; 6], "a second run finds nothing to do");
    assert_eq!(work(kept, "2026-11-23T10:00:00Z", None), [0; 6], "nor does a run two days later");
    assert_eq!(messages(&folder(kept)).len(), 2);
    // A month later Ann and Di are reminded again, and Cy for the first time.
    assert_eq!(work(kept, "2026-12-22T10:00:00Z", None), [3, 0, 3, 0, 0, 0]);
    assert_eq!(messages(&folder(kept)).len(), 5);
});

on_both!(many_workers_send_each_message_once, async |kept| {
    let names: Vec<(String, String)> = (0..30).map(|n| (format!("d{n}"), format!("d{n}@example.org"))).collect();
    let numbers: Vec<String> = (0..30).map(|n| format!("N{n}")).collect();
    let debtors: Vec<(&str, &str)> = names.iter().map(|(name, email)| (name.as_str(), email.as_str())).collect();
    let invoices: Vec<_> = debtors
        .iter()
        .zip(&numbers)
        .map(|((name, _), number)| (number.as_str(), *name, "2026-09-01", "10.00", "no"))
        .collect();
    import(kept, &debtors, &invoices);
    let workers: Vec<Child> = (0..3)
        .map(|_| {
            let mut command = at(kept, NOW, None, &["work", "--once", "--json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let (mut reminders, mut sent) = (0, 0);
    for worker in workers {
        let output = worker.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let done: Value = serde_json::from_slice(&output.stdout).unwrap();
        reminders += done["reminders"].as_u64().unwrap();
        sent += done["sent"].as_u64().unwrap();
    }
    assert_eq!((reminders, sent), (30, 30));
    let to: BTreeSet<String> = messages(&folder(kept))
        .iter()
        .map(|m| m.lines().find(|line| line.starts_with("To: ")).unwrap().to_owned())
        .collect();
    assert_eq!(to.len(), 30);
    assert_eq!(messages(&folder(kept)).len(), 30);
});

/// A real mail server, of Python's aiosmtpd.
pub struct Sink {
    process: Child,
    /// Where it listens.
    pub url: String,
    received: PathBuf,
}

impl Sink {
    /// Starts one; `None`, and says so, where there is no Python with aiosmtpd.
    pub fn start(kept: &Kept) -> Option<Self> {
        let python = std::env::var("KEPT_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let has = Command::new(&python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        if !has.is_ok_and(|status| status.success()) {
            eprintln!("skipped: {python} has no aiosmtpd (tests/run installs it and sets KEPT_TEST_PYTHON)");
            return None;
        }
        let received = kept.data().join("received");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/mail/sink.py");
        let mut command = Command::new(python);
        command.arg(script).arg(&received).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 = line.trim().parse().unwrap();
        Some(Self { process, url: format!("smtp://127.0.0.1:{port}"), received })
    }

    /// Whom the words were handed over for, in the order in which they came.
    pub fn received(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(&self.received) else { return Vec::new() };
        let mut names: Vec<String> = files.map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names.iter().map(|name| name.split_once('-').unwrap().1.to_owned()).collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn import_one_each(kept: &Kept, addresses: &[&str]) {
    let names: Vec<&str> = addresses.iter().map(|address| address.split('@').next().unwrap()).collect();
    let debtors: Vec<_> = names.iter().zip(addresses).map(|(name, address)| (*name, *address)).collect();
    let invoices: Vec<_> = names.iter().map(|name| (*name, *name, "2026-09-01", "10.00", "no")).collect();
    import(kept, &debtors, &invoices);
}

on_both!(a_mail_server_may_do_what_it_likes, async |kept| {
    let Some(sink) = Sink::start(kept) else { return };
    import_one_each(
        kept,
        &[
            "ann@example.org",
            "drop-a@example.org",
            "full-a@example.org",
            "hang-a@example.org",
            "later-a@example.org",
            "never-a@example.org",
        ],
    );
    // Refused for good before and after the words: failed. No answer after the words: unknown. Refused for now: later.
    assert_eq!(work(kept, NOW, Some(&sink.url)), [6, 0, 1, 2, 2, 0]);
    let once = ["ann@example.org", "drop-a@example.org", "full-a@example.org", "hang-a@example.org"];
    assert_eq!(sink.received().into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(once.map(str::to_owned)));
    if kept.db() == Db::Sqlite {
        let states = column(
            kept,
            "SELECT d.reference || ' ' || c.state || ' ' || o.state FROM contacts c
             JOIN debtors d ON d.id = c.debtor_id JOIN outbox o ON o.contact_id = c.id ORDER BY d.reference",
        )
        .await;
        let expected = [
            "ann sent done",
            "drop-a unknown unknown",
            "full-a failed failed",
            "hang-a unknown unknown",
            "later-a queued waiting",
            "never-a failed failed",
        ];
        assert_eq!(states, expected);
        let told = column(kept, "SELECT kind FROM events WHERE kind LIKE 'message%' ORDER BY kind").await;
        let expected = ["message_failed", "message_failed", "message_sent", "message_unknown", "message_unknown"];
        assert_eq!(told, expected);
        let why = column(kept, "SELECT reason FROM contacts WHERE state = 'failed' ORDER BY reason").await;
        assert!(why.iter().any(|w| w.contains("no such mailbox")), "{why:?}");
        // What certainly did not arrive opens nothing; what may have arrived still does.
        let live = column(
            kept,
            "SELECT d.reference FROM links l JOIN debtors d ON d.id = l.debtor_id
             WHERE l.revoked_at_ms IS NULL ORDER BY d.reference",
        )
        .await;
        assert_eq!(live, ["ann", "drop-a", "hang-a"]);
    }
    assert_eq!(work(kept, NOW, Some(&sink.url)), [0; 6], "not before its time");
    assert_eq!(work(kept, "2026-11-20T10:20:00Z", Some(&sink.url)), [0, 0, 1, 0, 0, 0], "the one to try again");
    assert_eq!(work(kept, "2026-11-30T10:00:00Z", Some(&sink.url)), [0; 6], "what may have gone is not sent again");
    let received = sink.received();
    assert_eq!(received.len(), 5, "{received:?}");
    assert_eq!(received.iter().collect::<BTreeSet<_>>().len(), 5, "nobody got a message twice: {received:?}");
});

/// Somebody of the business, at the instant of these stories.
async fn owner(kept: &mut Kept) -> Visitor {
    kept.set("KEPT_NOW", NOW);
    kept.serve(&[]);
    let visitor = kept.visitor();
    let typed = [
        ("business", "Jessop Stationers"),
        ("name", "Ada Jessop"),
        ("email", "ada@jessop.example.com"),
        ("password", "punched cards weave flowers"),
    ];
    visitor.post_form("/console/setup", &typed).await.leads_to("/console");
    visitor
}

/// Where the only button of a page that sends something again sends.
fn again(page: &str) -> String {
    let found: Vec<&str> = page
        .split("action=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|a| a.ends_with("/again"))
        .collect();
    assert_eq!(found.len(), 1, "{page}");
    found[0].to_owned()
}

both!(a_message_of_unknown_fate_is_sent_again_by_a_person_and_never_by_itself, async |kept| {
    let Some(sink) = Sink::start(kept) else { return };
    import_one_each(kept, &["drop-a@example.org"]);
    let owner = owner(kept).await;
    owner.get("/console").await.expect(200).does_not_see("Send again");
    // The line breaks after the words: they may have arrived.
    assert_eq!(work(kept, NOW, Some(&sink.url)), [1, 0, 0, 0, 1, 0]);
    let today = owner.get("/console").await.expect(200).sees("Message may not have arrived");
    let path = again(&today.body);
    let debtor = path.split("/messages/").next().unwrap().to_owned();
    let page = owner.get(&debtor).await.expect(200).sees("It may have arrived. Sent again, it may arrive twice");
    assert_eq!(again(&page.body), path);
    assert_eq!(work(kept, "2026-11-23T10:00:00Z", Some(&sink.url)), [0; 6], "nobody has decided");
    owner.post_form(&path, &[("from", "today")]).await.leads_to("/console?done=again");
    // Pressed twice, it is sent again once.
    let twice = owner.post_form(&path, &[]).await.leads_to("?done=again_already");
    owner.follow(twice).await.expect(200).sees("on its way already").does_not_see("Send again");
    owner.get("/console").await.expect(200).does_not_see("Send again");
    assert_eq!(work(kept, "2026-11-23T10:30:00Z", Some(&sink.url)), [0, 0, 0, 0, 1, 0]);
    assert_eq!(sink.received(), ["drop-a@example.org"; 2]);
    // A third time is another decision.
    for later in ["2026-11-23T11:00:00Z", "2026-11-27T10:00:00Z"] {
        assert_eq!(work(kept, later, Some(&sink.url)), [0; 6]);
    }
    assert_eq!(sink.received().len(), 2);
    let page = owner.get(&debtor).await.expect(200).sees("Send again").sees("Had a message sent again");
    assert!(page.body.contains("Ada Jessop"));
    let who = kept.ask("SELECT actor FROM events WHERE kind = 'message_again'").await;
    let user = kept.ask("SELECT 'user:' || id FROM users").await;
    assert_eq!(who, user);
    kept.run_ok(&["doctor"]);
});

both!(a_message_that_is_sent_again_is_decided_on_as_any_other, async |kept| {
    let Some(sink) = Sink::start(kept) else { return };
    import_one_each(kept, &["full-a@example.org", "never-b@example.org"]);
    let owner = owner(kept).await;
    assert_eq!(work(kept, NOW, Some(&sink.url)), [2, 0, 0, 2, 0, 0]);
    let held = "SELECT id FROM debtors WHERE reference = 'full-a'";
    let held = format!("/console/debtors/{}", kept.ask(held).await.remove(0));
    let other = "SELECT id FROM debtors WHERE reference = 'never-b'";
    let other = format!("/console/debtors/{}", kept.ask(other).await.remove(0));
    owner.post_form(&format!("{held}/holds"), &[("until_on", ""), ("note", "On holiday")]).await.expect(303);
    let path = again(&owner.get(&held).await.expect(200).sees("It was not sent").body);
    owner.post_form(&path, &[]).await.expect(303);
    // Somebody else's message is as unknown as one that never was.
    let theirs = path.replace(&held, &other);
    owner.post_form(&theirs, &[]).await.leads_to("?done=again_already");
    kept.visitor().post_form(&path, &[]).await.leads_to("/console/login");
    // An address that was put right is where it goes now.
    kept.change("UPDATE debtors SET email = 'bo@example.org' WHERE reference = 'never-b'").await;
    let path = again(&owner.get(&other).await.expect(200).body);
    owner.post_form(&path, &[]).await.expect(303);
    assert_eq!(work(kept, "2026-11-23T10:00:00Z", Some(&sink.url)), [0, 0, 1, 0, 0, 1]);
    assert_eq!(sink.received(), ["full-a@example.org", "bo@example.org"]);
    owner.get(&held).await.expect(200).sees("cancelled: held").does_not_see("Send again");
    kept.run_ok(&["doctor"]);
});

on_both!(mail_waits_while_the_server_is_away, async |kept| {
    import_one_each(kept, &["ann@example.org", "bo@example.org"]);
    // Nobody listens there, and then somebody who never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(work(kept, NOW, Some(&format!("smtp://{nobody}"))), [2, 0, 0, 0, 0, 0]);
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    assert_eq!(work(kept, "2026-11-20T10:10:00Z", Some(&url)), [0; 6]);
    let Some(sink) = Sink::start(kept) else { return };
    let encrypted = format!("{}?tls=required", sink.url);
    assert_eq!(work(kept, "2026-11-20T11:00:00Z", Some(&encrypted)), [0; 6], "nothing leaves in clear");
    assert_eq!(sink.received(), Vec::<String>::new());
    assert_eq!(work(kept, "2026-11-20T17:00:00Z", Some(&sink.url)), [0, 0, 2, 0, 0, 0]);
    assert_eq!(sink.received().len(), 2);
});

on_both!(after_three_days_a_message_is_given_up_and_the_business_told, async |kept| {
    import_one_each(kept, &["ann@example.org"]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("smtp://{nobody}");
    assert_eq!(work(kept, NOW, Some(&url)), [1, 0, 0, 0, 0, 0]);
    assert_eq!(work(kept, "2026-11-23T09:59:00Z", Some(&url)), [0; 6]);
    assert_eq!(work(kept, "2026-11-23T17:00:00Z", Some(&url)), [0, 0, 0, 1, 0, 0]);
    assert_eq!(work(kept, "2026-11-25T17:00:00Z", None), [0; 6], "it is not sent behind the business's back");
    if kept.db() == Db::Sqlite {
        let told = column(kept, "SELECT detail FROM events WHERE kind = 'message_failed'").await;
        assert!(told[0].contains("given up after three days"), "{told:?}");
    }
});

on_both!(a_worker_that_dies_while_sending_sends_nothing_twice, async |kept| {
    let Some(sink) = Sink::start(kept) else { return };
    import_one_each(kept, &["hang-a@example.org"]);
    let mut command = at(kept, NOW, Some(&sink.url), &["work", "--once"]);
    command.env("KEPT_MAIL_TIMEOUT_S", "60").stdout(Stdio::null()).stderr(Stdio::null());
    let mut worker = command.spawn().unwrap();
    for _ in 0..200 {
        if !sink.received().is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(sink.received().len(), 1, "the words were handed over");
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(work(kept, "2026-11-20T10:05:00Z", None), [0; 6], "it may still be on its way");
    assert_eq!(work(kept, "2026-11-20T10:30:00Z", None), [0, 0, 0, 0, 1, 0], "a person decides");
    assert_eq!(work(kept, "2026-11-23T10:00:00Z", None), [0; 6]);
    assert_eq!(messages(&folder(kept)), Vec::<String>::new());
});

/// What lands while a reminder waits stops it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_lands_first_stops_the_reminder() {
    let kept = Kept::prepare(Db::Sqlite).await;
    import_one_each(&kept, &["ann@example.org"]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(work(&kept, NOW, Some(&format!("smtp://{nobody}"))), [1, 0, 0, 0, 0, 0]);
    column(
        &kept,
        "INSERT INTO holds (business_id, id, debtor_id, reason, note, from_on, until_on, actor, created_at_ms)
         SELECT business_id, 'h', id, 'hand', '', '2026-11-01', '2026-12-24', 'user:x', 0 FROM debtors RETURNING id",
    )
    .await;
    assert_eq!(work(&kept, "2026-11-20T12:00:00Z", None), [0, 0, 0, 0, 0, 1]);
    assert_eq!(messages(&folder(&kept)), Vec::<String>::new());
    let told = column(&kept, "SELECT state || ' ' || reason FROM contacts").await;
    assert_eq!(told, ["cancelled held"]);
    assert_eq!(work(&kept, "2026-11-23T12:00:00Z", None), [0; 6], "the reason stands and is not written again");
    assert_eq!(work(&kept, "2026-12-28T12:00:00Z", None), [1, 0, 1, 0, 0, 0], "the hold is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_chased_while_their_payment_is_on_its_way() {
    let kept = &Kept::prepare(Db::Sqlite).await;
    import(kept, &[("Ann", "ann@example.org")], &[("A-1", "Ann", "2026-09-01", "50.00", "no")]);
    let confirming =
        "INSERT INTO attempts (business_id, id, debtor_id, purpose, state, amount_minor, currency, url, decline,
            created_at_ms, expires_at_ms, checked_at_ms)
        SELECT business_id, 'a', id, 'card:GBP', 'confirming', 5000, 'GBP', '', '', 0, 0, 0 FROM debtors";
    column(kept, confirming).await;
    assert_eq!(work(kept, NOW, None), [0, 1, 0, 0, 0, 0]);
    assert_eq!(column(kept, "SELECT reason FROM contacts").await, ["payment_confirming"]);
    column(kept, "UPDATE attempts SET state = 'failed'").await;
    column(kept, "UPDATE debtors SET look_at_ms = 0").await;
    assert_eq!(work(kept, NOW, None), [1, 0, 1, 0, 0, 0]);
}
