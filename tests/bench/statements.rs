//! Bank statements, measured: lines per second of a statement whose every line pays an invoice, among many open invoices; and
//! the same with a tenth of the lines among a tenth of the invoices.
//!
//! `tests/bench/run statements` builds the server and starts this; `--invoices` and `--lines` make it smaller.

use super::Args;
use super::books::{INVOICES, business, fill, name};
use kept_tests::{Db, has_postgres};
use std::fmt::Write as _;
use std::time::Instant;

/// Measures; there is no budget to miss.
pub async fn run(args: &Args) -> bool {
    let (invoices, lines) = (args.number("--invoices", 1_000_000), args.number("--lines", 100_000));
    if has_postgres() {
        measure(Db::Postgres, invoices, lines).await;
    }
    measure(Db::Sqlite, invoices, lines).await;
    false
}

async fn measure(db: Db, invoices: usize, lines: usize) {
    let few = per_second(db, invoices / 10, lines / 10).await;
    let many = per_second(db, invoices, lines).await;
    println!(
        "{}: {few:.0} lines a second of {} among {} open invoices; {many:.0} of {lines} among {invoices}: {:.2}",
        name(db),
        lines / 10,
        invoices / 10,
        many / few
    );
}

/// Lines that are matched and booked in a second.
async fn per_second(db: Db, invoices: usize, lines: usize) -> f64 {
    eprintln!("{}: {lines} lines, {invoices} open invoices", name(db));
    let kept = business(db).await;
    let debtors = invoices / INVOICES;
    fill(&kept, debtors, debtors).await;
    let mut text = String::from("Date,Payer,Payer account,Description,Amount\n");
    for line in 0..lines {
        // Spread over all debtors, an invoice each.
        let invoice = line * (invoices / lines);
        writeln!(text, "2026-11-20,Customer {},ACC{line},Invoice N{invoice} thank you,120.25", invoice / INVOICES)
            .unwrap();
    }
    let path = kept.data().join("statement.csv");
    std::fs::write(&path, text).unwrap();
    let mut import = kept.command(&["import", "statement", path.to_str().unwrap(), "--json"]);
    import.env("KEPT_NOW", "2026-11-24T10:00:00Z").env("RUST_LOG", "warn");
    let begun = Instant::now();
    let output = tokio::task::block_in_place(|| import.output().unwrap());
    let took = begun.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["booked"], lines, "{}", report["suggested"]);
    lines as f64 / took.as_secs_f64()
}
