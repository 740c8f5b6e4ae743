//! `kept export`: lists for other programs.

use super::{Failure, Shell};
use crate::csv_out::{self, Cell};
use crate::store::export::{self, Agreed};
use chrono::{DateTime, NaiveDate, SecondsFormat};
use kept_domain::calendar::iso;
use kept_domain::money::Money;

#[derive(Debug, clap::Subcommand)]
pub(super) enum What {
    /// Every promise and plan with its schedule and what was paid
    Commitments(Asked),
}

#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// Print CSV, which is also what is printed without it
    #[arg(long)]
    csv: bool,
}

const HEADER: [&str; 15] = [
    "id",
    "kind",
    "state",
    "debtor",
    "name",
    "currency",
    "total_minor",
    "paid_minor",
    "proposed_at",
    "decided_at",
    "decided_by",
    "next_due_on",
    "next_due_minor",
    "schedule",
    "words_sha256",
];

pub(super) async fn run(shell: &Shell, what: &What) -> Result<(), Failure> {
    let What::Commitments(asked) = what;
    let app = shell.open().await?;
    let business = shell.get_business(&app).await?;
    let today = app.clock.today(&business.zone);
    let agreed = export::commitments(&app.db, &business.id).await?;
    app.db.close().await;
    if shell.json && !asked.csv {
        let rows: Vec<serde_json::Value> = agreed.iter().map(|a| json(a, today)).collect();
        return shell.say_json(&rows);
    }
    let rows: Vec<Vec<Cell>> = agreed.iter().map(|a| cells(a, today)).collect();
    shell.say(&csv_out::write(&HEADER, &rows)?)
}

fn instant(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map_or(String::new(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// `2026-01-01 25.00; 2026-02-01 25.00`.
fn schedule(a: &Agreed) -> String {
    let one = |due_on, minor| format!("{} {}", iso(due_on), Money::new(minor, a.currency).decimal());
    a.schedule.instalments.iter().map(|i| one(i.due_on, i.amount_minor)).collect::<Vec<_>>().join("; ")
}

/// The next payment of a running commitment.
fn next_due(a: &Agreed, today: NaiveDate) -> Option<(NaiveDate, i64)> {
    if a.state.is_running() { a.next_due(today) } else { None }
}

fn cells(a: &Agreed, today: NaiveDate) -> Vec<Cell> {
    let next = next_due(a, today);
    let figure = |text: String| Cell::Figure(text);
    vec![
        figure(a.id.clone()),
        figure(a.kind.code().to_owned()),
        figure(a.state.code().to_owned()),
        Cell::Text(a.reference.clone()),
        Cell::Text(a.name.clone()),
        figure(a.currency.code().to_owned()),
        figure(a.total_minor.to_string()),
        figure(a.paid_minor.to_string()),
        figure(instant(a.proposed_at_ms)),
        figure(a.decided_at_ms.map_or(String::new(), instant)),
        Cell::Text(a.decided_by.clone()),
        figure(next.map_or(String::new(), |(on, _)| iso(on))),
        figure(next.map_or(String::new(), |(_, minor)| minor.to_string())),
        figure(schedule(a)),
        figure(a.words_sha256.clone()),
    ]
}

fn json(a: &Agreed, today: NaiveDate) -> serde_json::Value {
    let next = next_due(a, today);
    serde_json::json!({
        "id": a.id,
        "kind": a.kind.code(),
        "state": a.state.code(),
        "debtor": a.reference,
        "name": a.name,
        "currency": a.currency.code(),
        "total_minor": a.total_minor,
        "paid_minor": a.paid_minor,
        "proposed_at": instant(a.proposed_at_ms),
        "decided_at": a.decided_at_ms.map(instant),
        "decided_by": a.decided_by,
        "next_due_on": next.map(|(on, _)| iso(on)),
        "next_due_minor": next.map(|(_, minor)| minor),
        "schedule": schedule(a),
        "words_sha256": a.words_sha256,
    })
}
