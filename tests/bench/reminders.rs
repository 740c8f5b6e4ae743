//! Reminders, measured:
//!
//! - the planning run over many debtors of whom few are due: time for each that is due, memory, and the same debtors due among a tenth as
//!   many. What it costs must follow from who is due and not from how many there are;
//! - messages per second through the whole path (decide, render, mint the link, SMTP), over what the mail server itself takes in the
//!   same run.
//!
//! `tests/bench/run reminders` builds the server and starts this; `--debtors`, `--due` and `--messages` make it smaller.

use super::Args;
use super::books::{INVOICES, business, fill, name};
use super::sink::Sink;
use kept_tests::{Db, Kept, has_postgres};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The planning run among all debtors over that among a tenth of them.
const GROWTH_BUDGET: f64 = 1.3;
/// MiB that the planning run may need.
const MEMORY_BUDGET_MIB: f64 = 300.0;
/// Messages that `kept work` sends at the same time.
const AT_ONCE: usize = 4;
/// A Tuesday on which nobody has a holiday.
const NOW: &str = "2026-11-24T10:00:00Z";

/// Measures, and answers whether a budget is missed.
pub async fn run(args: &Args) -> bool {
    let (debtors, due) = (args.number("--debtors", 1_000_000), args.number("--due", 50_000));
    let messages = args.number("--messages", 4_000);
    let mut missed = false;
    // The file of a million debtors is PostgreSQL's; SQLite is for a tenth of that.
    if has_postgres() {
        missed |= plan(Db::Postgres, debtors, due).await;
    }
    missed |= plan(Db::Sqlite, debtors / 10, due / 10).await;
    send(Db::Sqlite, messages).await;
    if has_postgres() {
        send(Db::Postgres, messages).await;
    }
    missed
}

/// Measures the planning run among so many debtors and among a tenth of them; answers whether a budget is missed.
async fn plan(db: Db, debtors: usize, due: usize) -> bool {
    let few = Planned::measure(db, debtors / 10, due).await;
    let many = Planned::measure(db, debtors, due).await;
    let name = name(db);
    for planned in [&few, &many] {
        let each_us = planned.took.as_secs_f64() * 1e6 / due as f64;
        println!(
            "{name}: {due} due among {} debtors with {} invoices: {:.1} s, {each_us:.0} us for each that is due, {:.0} MiB",
            planned.debtors,
            planned.debtors * INVOICES,
            planned.took.as_secs_f64(),
            planned.most_mib
        );
    }
    let growth = many.took.as_secs_f64() / few.took.as_secs_f64();
    println!("{name}: ten times as many debtors: {growth:.2} times the time   budget {GROWTH_BUDGET}");
    let missed = growth > GROWTH_BUDGET || many.most_mib > MEMORY_BUDGET_MIB;
    if missed {
        println!("{name}: MISSED");
    }
    missed
}

struct Planned {
    debtors: usize,
    took: Duration,
    most_mib: f64,
}

impl Planned {
    async fn measure(db: Db, debtors: usize, due: usize) -> Self {
        eprintln!("{}: {debtors} debtors", name(db));
        let kept = business(db).await;
        fill(&kept, debtors, due).await;
        let begun = Instant::now();
        let (decided, most_mib) = work(&kept, &["--only", "remind"], None);
        let took = begun.elapsed();
        assert_eq!(decided["reminders"], due, "{decided}");
        Self { debtors, took, most_mib }
    }
}

/// Measures messages per second.
async fn send(db: Db, messages: usize) {
    eprintln!("{}: {messages} messages", name(db));
    let kept = business(db).await;
    fill(&kept, messages, messages).await;
    let sink = Sink::start().await;
    let begun = Instant::now();
    let (done, most_mib) = tokio::task::block_in_place(|| work(&kept, &[], Some(&sink.authority)));
    let took = begun.elapsed();
    assert_eq!((done["sent"].as_u64(), sink.taken()), (Some(messages as u64), messages), "{done}");
    let ours = messages as f64 / took.as_secs_f64();
    let size = sink.bytes_each();
    let limit = sink.limit(AT_ONCE, messages * 4, size).await;
    println!(
        "{}: {ours:.0} messages a second of {size} bytes, decided, written and handed over; the mail server alone takes {limit:.0}: {:.3}; {most_mib:.0} MiB",
        name(db),
        ours / limit
    );
}

/// Runs `kept work --once`; answers what it says, and the most memory that it had.
fn work(kept: &Kept, more: &[&str], smtp: Option<&str>) -> (serde_json::Value, f64) {
    let mut command: Command = kept.command(&[&["work", "--once", "--json"], more].concat());
    command.env("KEPT_NOW", NOW).env("KEPT_MAIL_FROM", "Harlow Joinery <accounts@example.com>").env("RUST_LOG", "warn");
    if let Some(authority) = smtp {
        command.env("KEPT_MAIL_SMTP_URL", format!("smtp://{authority}"));
    }
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watched = std::thread::spawn(move || {
        let mut most_kib = 0.0_f64;
        // It reads no memory any more once it has ended.
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(kib) = line.and_then(|line| line.split_whitespace().next()?.parse().ok()) else { break };
            most_kib = most_kib.max(kib);
            std::thread::sleep(Duration::from_millis(20));
        }
        most_kib / 1024.0
    });
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    (serde_json::from_slice(&output.stdout).unwrap(), watched.join().unwrap())
}
