//! `kept statement`: what was invoiced and paid on one account, as of any day.

use super::{Failure, Shell};
use crate::account_statement::{self as paper, Reader};
use crate::store::debtor;
use chrono::NaiveDate;
use kept_domain::account_statement::{Account, Asked as Days};
use kept_domain::calendar::{iso, parse_iso, show};
use kept_domain::money::Money;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// Whose account, by your reference
    #[arg(long, value_name = "REF")]
    debtor: String,
    /// The first day, as 2026-11-30; what was before is brought forward
    #[arg(long, value_name = "DATE", value_parser = day)]
    from: Option<NaiveDate>,
    /// The last day, as 2026-11-30 [default: today]
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<NaiveDate>,
    /// Only what had been written down by the last day, as it would have been printed then
    #[arg(long)]
    as_recorded: bool,
    /// CSV, printed or into a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-", conflicts_with = "pdf")]
    csv: Option<PathBuf>,
    /// An accessible PDF, as the customer sees it, into a file
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
}

fn day(text: &str) -> Result<NaiveDate, String> {
    parse_iso(text).ok_or_else(|| "a date is written as 2026-11-30".to_owned())
}

pub(super) async fn run(shell: &Shell, asked: &Asked) -> Result<(), Failure> {
    let app = shell.open().await?;
    let home = shell.get_business(&app).await?;
    let found = debtor::find_by_reference(&app.db, &home.id, &asked.debtor).await?;
    let found =
        found.ok_or_else(|| Failure::at("--debtor", format!("there is none with the reference {}", asked.debtor)))?;
    let today = app.clock.today(&home.zone);
    let days = Days { from_on: asked.from, as_of: asked.as_of.unwrap_or(today), as_recorded: asked.as_recorded };
    if days.as_of > today {
        return Err(Failure::at("--as-of", "that day has not come yet"));
    }
    if days.from_on.is_some_and(|from_on| from_on > days.as_of) {
        return Err(Failure::at("--from", "it is after the last day"));
    }
    let reader = if asked.pdf.is_some() { Reader::Debtor } else { Reader::Business };
    let accounts = paper::load(&app.db, &home, &found, days, reader).await?;
    app.db.close().await;
    if let Some(file) = &asked.pdf {
        let rendered = paper::pdf(&home, found, &days, accounts).await?;
        return written(shell, file, &rendered.pdf);
    }
    if let Some(file) = &asked.csv {
        let text = paper::csv(&accounts, &days)?;
        return if file.as_os_str() == "-" { shell.say(&text) } else { written(shell, file, text.as_bytes()) };
    }
    if shell.json {
        return shell.say_json(&serde_json::json!({
            "debtor": found.reference,
            "name": found.name,
            "from": days.from_on,
            "as_of": days.as_of,
            "as_recorded": days.as_recorded,
            "accounts": accounts,
        }));
    }
    shell.say(&words(&found.name, &days, &accounts))
}

fn written(shell: &Shell, file: &Path, content: &[u8]) -> Result<(), Failure> {
    std::fs::write(file, content).map_err(|error| Failure::at(file.display(), error))?;
    if shell.json {
        return shell.say_json(&serde_json::json!({ "file": file.display().to_string() }));
    }
    shell.say(&format!("{} is written.", file.display()))
}

fn words(name: &str, days: &Days, accounts: &[Account]) -> String {
    let mut lines = vec![format!("{name}, as of {}", show(days.as_of))];
    if accounts.is_empty() {
        lines.push("Nothing was invoiced or paid until that day.".to_owned());
    }
    for a in accounts {
        let money = |minor| Money::new(minor, a.currency).show();
        if days.from_on.is_some() {
            lines.push(format!("brought forward\t\t\t{}", money(a.opening_minor)));
        }
        lines.extend(a.lines.iter().map(|l| {
            let recorded = l.recorded_on.map(|on| format!(" (written down {})", iso(on))).unwrap_or_default();
            format!("{}\t{}{recorded}\t{}\t{}", iso(l.on), l.what, money(l.amount_minor), money(l.balance_minor))
        }));
        lines.push(format!("left\t\t\t{}", money(a.closing_minor)));
    }
    lines.join("\n")
}
