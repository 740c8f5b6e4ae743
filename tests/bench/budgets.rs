//! Budgets, measured. What is compared is always measured in one run, in turns, on the same machine, and told as a ratio of medians:
//!
//! - the account page (a session checked, the database read, the page rendered) over a plain-text route of the same server;
//! - commitments accepted over HTTP, over bare inserts of the very same rows with the same durability;
//! - what the server's memory grows to meanwhile, and the size of the binary.
//!
//! `tests/bench/run` builds the server, makes a PostgreSQL cluster that keeps its own settings for commits, and starts this.

use super::books::name;
use super::http::Connection;
use super::{Args, inserts};
use kept_tests::{Db, Kept, has_postgres};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Requests that are under way at once, each on a connection of its own.
const CONCURRENCY: usize = 16;
/// Commitments in one turn.
const BATCH: usize = 400;
/// Debtors whose accounts are looked at: each has an agreement that runs.
const VIEWERS: usize = 64;
const ACCOUNT_BUDGET: f64 = 0.15;
const COMMITMENTS_BUDGET: f64 = 0.3;

/// What was asked for on the command line.
struct Asked {
    json: bool,
    rounds: usize,
    turn: Duration,
}

/// Measures, and answers whether a budget is missed.
pub async fn run(args: &Args) -> bool {
    let asked = Asked {
        json: args.has("--json"),
        rounds: args.number("--rounds", 5),
        turn: Duration::from_millis(u64::try_from(args.number("--turn-ms", 2000)).unwrap()),
    };
    let mut measured = vec![measure(Db::Sqlite, &asked).await];
    if has_postgres() {
        measured.push(measure(Db::Postgres, &asked).await);
    }
    let binary_bytes = std::fs::metadata(kept_tests::binary()).unwrap().len();
    if asked.json {
        println!("{}", json(&measured, binary_bytes));
    } else {
        print!("{}", table(&measured, binary_bytes));
    }
    measured.iter().any(|m| m.misses().next().is_some())
}

/// What was found on one database. Rates are per second.
struct Measured {
    db: Db,
    plain: f64,
    account: f64,
    account_brotli: f64,
    page_bytes: usize,
    page_brotli_bytes: usize,
    commitments: f64,
    inserts: f64,
    rows_per_commitment: f64,
    idle_kib: u64,
    most_kib: u64,
}

impl Measured {
    /// Name, ratio, budget.
    fn ratios(&self) -> [(&'static str, f64, Option<f64>); 3] {
        [
            ("account page / plain text", self.account / self.plain, Some(ACCOUNT_BUDGET)),
            ("the same, compressed", self.account_brotli / self.plain, None),
            ("commitments / bare inserts", self.commitments / self.inserts, Some(COMMITMENTS_BUDGET)),
        ]
    }

    /// The ratios that are below their budget. The account page's is set for SQLite.
    fn misses(&self) -> impl Iterator<Item = &'static str> {
        let sqlite = self.db == Db::Sqlite;
        self.ratios().into_iter().filter_map(move |(name, ratio, budget)| {
            let binding = sqlite || name.starts_with("commitments");
            budget.is_some_and(|budget| binding && ratio < budget).then_some(name)
        })
    }
}

async fn measure(db: Db, asked: &Asked) -> Measured {
    let commitments = asked.rounds * BATCH + VIEWERS;
    eprintln!("{}: {commitments} debtors", name(db));
    let kept = Kept::prepare(db).await;
    let links = import(&kept, commitments);
    let server = Server::start(&kept);
    let mut debtors = Vec::with_capacity(commitments);
    let mut connection = Connection::open(&server.authority).await;
    for link in &links {
        debtors.push(Debtor::sign_in(&mut connection, &server.authority, link).await);
    }

    eprintln!("{}: commitments", name(db));
    let (viewers, committing) = debtors.split_at(VIEWERS);
    commit(&server, viewers).await;
    let (mut accepted, mut inserted, mut rows) = (Vec::new(), Vec::new(), 0);
    for batch in committing.chunks(BATCH) {
        inserts::settled(&kept).await;
        let mark = inserts::Mark::now().await;
        let took = commit(&server, batch).await;
        accepted.push(per_second(batch.len(), took));
        let same = inserts::take_out(&kept, &mark).await;
        assert_eq!(same.len(), batch.len(), "a commitment has rows that belong to none");
        rows += same.iter().map(Vec::len).sum::<usize>();
        let took = inserts::put_back(&kept, same, CONCURRENCY).await;
        inserted.push(per_second(batch.len(), took));
    }

    eprintln!("{}: pages", name(db));
    let requests = |accept: &str| -> Arc<Vec<Vec<u8>>> {
        Arc::new(viewers.iter().map(|d| d.get(&server.authority, "/account", accept).into_bytes()).collect())
    };
    let (pages, compressed) = (requests(""), requests("accept-encoding: gzip, br\r\n"));
    let plain = Arc::new(vec![viewers[0].get(&server.authority, "/healthz", "").into_bytes()]);
    for page in pages.iter() {
        let text = connection.ask(page).await.text();
        assert!(text.contains("INV-") && text.contains("Your instalments"), "not an account with an agreement: {text}");
    }
    let page_bytes = connection.exchange(&pages[0]).await.1;
    let page_brotli_bytes = connection.exchange(&compressed[0]).await.1;
    let (mut plains, mut accounts, mut brotlis) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=asked.rounds {
        let rates = [
            load(&server.authority, &plain, asked.turn).await,
            load(&server.authority, &pages, asked.turn).await,
            load(&server.authority, &compressed, asked.turn).await,
        ];
        // The first turn only warms up.
        if round > 0 {
            plains.push(rates[0]);
            accounts.push(rates[1]);
            brotlis.push(rates[2]);
        }
    }
    Measured {
        db,
        plain: median(plains),
        account: median(accounts),
        account_brotli: median(brotlis),
        page_bytes,
        page_brotli_bytes,
        commitments: median(accepted),
        inserts: median(inserted),
        rows_per_commitment: rows as f64 / (asked.rounds * BATCH) as f64,
        idle_kib: server.idle_kib,
        most_kib: server.memory_kib("VmHWM"),
    }
}

/// Debtors with six invoices each, two of them paid, as `kept import` brings them in. Answers their links' paths.
fn import(kept: &Kept, debtors: usize) -> Vec<String> {
    let (mut people, mut invoices) = (String::from("id,name,email,postcode,country,kind\n"), String::new());
    invoices.push_str("number,customer,issued,due,amount,settled,description\n");
    let today = chrono::Utc::now().date_naive();
    for i in 0..debtors {
        writeln!(people, "C{i},Customer {i},customer{i}@example.com,LS26 7NP,GB,company").unwrap();
        for (n, age) in [200, 160, 90, 60, 30, 5].into_iter().enumerate() {
            let issued = today - chrono::Days::new(age + 30);
            let due = today - chrono::Days::new(age);
            let settled = if n < 2 { (due - chrono::Days::new(1)).to_string() } else { String::new() };
            let amount = 40 + 10 * n;
            writeln!(invoices, "INV-{i}-{n},C{i},{issued},{due},{amount}.25,{settled},Stationery order {n}").unwrap();
        }
    }
    let file = |name: &str, text: &str| {
        let path = kept.data().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    kept.run_ok(&["business", "add", "Harlow Joinery", "--owner", "Owner", "--email", "owner@example.com"]);
    kept.run_ok(&["import", "debtors", &file("debtors.csv", &people)]);
    kept.run_ok(&["import", "invoices", &file("invoices.csv", &invoices), "--currency", "GBP"]);
    let links = kept.run_json(&["links"]);
    let links: Vec<String> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["url"].as_str().unwrap().split_once("/l/").map(|(_, token)| format!("/l/{token}")).unwrap())
        .collect();
    assert_eq!(links.len(), debtors);
    links
}

/// `kept serve` as anybody would run it, its log in a file.
struct Server {
    child: Child,
    authority: String,
    idle_kib: u64,
}

impl Server {
    fn start(kept: &Kept) -> Self {
        let log = std::fs::File::create(kept.data().join("serve.log")).unwrap();
        let mut child = kept
            .command(&["serve", "--listen", "127.0.0.1:0"])
            // Every debtor comes from an address of their own, as they do through a reverse proxy.
            .env("KEPT_TRUSTED_PROXIES", "127.0.0.1")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let authority = line.trim().rsplit('/').next().unwrap().to_owned();
        let mut server = Self { child, authority, idle_kib: 0 };
        server.idle_kib = server.memory_kib("VmRSS");
        server
    }

    /// Resident memory: `VmRSS` now, `VmHWM` at its most.
    fn memory_kib(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Somebody with a session, and the words of a plan in front of them.
struct Debtor {
    address: String,
    cookie: String,
    confirming: String,
}

impl Debtor {
    async fn sign_in(connection: &mut Connection, authority: &str, link: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut debtor = Self {
            address: format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256),
            cookie: String::new(),
            confirming: String::new(),
        };
        let opened = connection.ask(debtor.post(authority, link, "answer=LS26+7NP").as_bytes()).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        debtor.cookie = opened.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let first_on = chrono::Utc::now().date_naive() + chrono::Days::new(7);
        let form = format!("currency=GBP&by=count&count=4&frequency=monthly&first_on={first_on}");
        let path = format!("/account/plan/check?{form}");
        let check = connection.ask(debtor.get(authority, &path, "").as_bytes()).await.text();
        let shown = check.split("name=\"shown\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let shown = shown.unwrap_or_else(|| panic!("no words to confirm: {check}"));
        debtor.confirming = debtor.post(authority, "/account/plan/check", &format!("{form}&shown={shown}"));
        debtor
    }

    fn get(&self, authority: &str, path: &str, more: &str) -> String {
        let Self { address, cookie, .. } = self;
        format!(
            "GET {path} HTTP/1.1\r\nhost: {authority}\r\nx-forwarded-for: {address}\r\ncookie: {cookie}\r\n{more}\r\n"
        )
    }

    fn post(&self, authority: &str, path: &str, form: &str) -> String {
        let Self { address, cookie, .. } = self;
        let length = form.len();
        format!(
            "POST {path} HTTP/1.1\r\nhost: {authority}\r\nx-forwarded-for: {address}\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
        )
    }
}

/// Confirms a plan for each of these debtors.
async fn commit(server: &Server, debtors: &[Debtor]) -> Duration {
    let requests: Arc<Vec<String>> = Arc::new(debtors.iter().map(|d| d.confirming.clone()).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for _ in 0..CONCURRENCY {
        connections.push(Connection::open(&server.authority).await);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|mut connection| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = connection.ask(request.as_bytes()).await;
                    let agreed = answer.header("location").is_some_and(|to| to.starts_with("/account/agreements/"));
                    assert!(answer.status == 303 && agreed, "{}{}", answer.head, answer.text());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    begun.elapsed()
}

/// Sends these requests over and over, and answers how many were answered with 200 in a second.
async fn load(authority: &str, requests: &Arc<Vec<Vec<u8>>>, turn: Duration) -> f64 {
    let mut connections = Vec::new();
    for _ in 0..CONCURRENCY {
        connections.push(Connection::open(authority).await);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = (connections.into_iter().enumerate())
        .map(|(i, mut connection)| {
            let requests = Arc::clone(requests);
            tokio::spawn(async move {
                let mut answered = 0;
                while begun.elapsed() < turn {
                    let request = &requests[(i + answered * CONCURRENCY) % requests.len()];
                    assert_eq!(connection.exchange(request).await.0, 200);
                    answered += 1;
                }
                answered
            })
        })
        .collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await.unwrap();
    }
    per_second(answered, begun.elapsed())
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn json(measured: &[Measured], binary_bytes: u64) -> serde_json::Value {
    let databases: Vec<_> = measured
        .iter()
        .map(|m| {
            serde_json::json!({
                "database": name(m.db),
                "plain_per_s": m.plain,
                "account_per_s": m.account,
                "account_brotli_per_s": m.account_brotli,
                "account_over_plain": m.account / m.plain,
                "account_brotli_over_plain": m.account_brotli / m.plain,
                "account_bytes": m.page_bytes,
                "account_brotli_bytes": m.page_brotli_bytes,
                "commitments_per_s": m.commitments,
                "inserts_per_s": m.inserts,
                "rows_per_commitment": m.rows_per_commitment,
                "commitments_over_inserts": m.commitments / m.inserts,
                "memory_idle_kib": m.idle_kib,
                "memory_most_kib": m.most_kib,
                "misses": m.misses().collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::json!({ "databases": databases, "binary_bytes": binary_bytes })
}

fn table(measured: &[Measured], binary_bytes: u64) -> String {
    let mut out = String::new();
    for m in measured {
        let Measured { plain, account, account_brotli, commitments, inserts, .. } = m;
        writeln!(out, "{}", name(m.db)).unwrap();
        writeln!(out, "  plain text                  {plain:>9.0} /s").unwrap();
        writeln!(out, "  account page                {account:>9.0} /s   {} bytes", m.page_bytes).unwrap();
        writeln!(out, "  account page, compressed    {account_brotli:>9.0} /s   {} bytes", m.page_brotli_bytes)
            .unwrap();
        writeln!(out, "  commitments accepted        {commitments:>9.0} /s").unwrap();
        writeln!(out, "  bare inserts of their rows  {inserts:>9.0} /s   {} rows each", m.rows_per_commitment).unwrap();
        for (name, ratio, budget) in m.ratios() {
            let budget = budget.map(|b| format!("   budget {b}")).unwrap_or_default();
            writeln!(out, "  {name:<28}{ratio:>9.3}{budget}").unwrap();
        }
        let mib = |kib: u64| kib as f64 / 1024.0;
        writeln!(
            out,
            "  memory                      {:>9.1} MiB at its most, {:.1} idle",
            mib(m.most_kib),
            mib(m.idle_kib)
        )
        .unwrap();
        for miss in m.misses() {
            writeln!(out, "  MISSED: {miss}").unwrap();
        }
    }
    writeln!(out, "binary                        {:>9.1} MiB", binary_bytes as f64 / 1_048_576.0).unwrap();
    out
}
