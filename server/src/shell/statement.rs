//! `kept import statement`: what a bank says that arrived.

use super::import::{currency, order, read};
use super::{Failure, Shell};
use crate::acts::Actor;
use crate::acts::import_statement::{self, Options, Report, ReportLine};
use crate::acts::imported::ImportError;
use crate::statement::Asked;
use kept_domain::money::{Currency, Money};
use kept_domain::table::DateOrder;
use std::path::PathBuf;

/// Lines that are printed for people; programs get all of them.
const LINES_SHOWN: usize = 50;

#[derive(Debug, clap::Args)]
pub(super) struct Statement {
    /// The statement: camt.053, MT940, OFX, CSV or XLSX
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// The currency of a CSV file's amounts that name none [default: the business's]
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Option<Currency>,
    /// How a CSV file's dates are written: dmy, mdy or ymd; found in the file where only one fits
    #[arg(long, value_name = "ORDER", value_parser = order)]
    date_format: Option<DateOrder>,
    /// Corrections to a CSV file's columns: booked=Date,amount=Paid in (an empty header leaves a field out)
    #[arg(long, value_name = "FIELD=HEADER,…", default_value = "")]
    map: String,
    /// The encoding, such as windows-1252 [default: found in the file]
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// The sheet of a spreadsheet [default: the first that has the columns]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Say what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(shell: &Shell, asked: &Statement) -> Result<(), Failure> {
    let place = asked.path.display();
    let bytes = read(&asked.path).map_err(|e| Failure::at(&place, e))?;
    let app = shell.open().await?;
    let business = shell.get_business(&app).await?;
    let name = asked.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let options = Options {
        file_name: name,
        asked: Asked {
            map: asked.map.clone(),
            encoding: asked.encoding.clone(),
            sheet: asked.sheet.clone(),
            order: asked.date_format,
            currency: asked.currency,
        },
        dry_run: asked.dry_run,
    };
    let done = import_statement::plan_and_apply(&app, &business.id, bytes, options, &Actor::local("shell")).await;
    app.db.close().await;
    match done {
        Ok(report) if shell.json => shell.say_json(&report),
        Ok(report) => shell.say(&words(&report)),
        Err(ImportError::Refused(refusal)) => {
            if shell.json {
                let value =
                    serde_json::json!({ "refused": true, "error": refusal.reason, "problems": refusal.examples });
                shell.say_json(&value)?;
            }
            Err(Failure::at(place, refusal.reason))
        }
        Err(error) => Err(Failure::at(place, error)),
    }
}

fn words(r: &Report) -> String {
    let mut lines = vec![format!(
        "{}: {} booked, {} to decide, {} of nobody, {} known already, {} no payments of customers",
        r.format, r.booked, r.suggested, r.unmatched, r.unchanged, r.ignored
    )];
    if let Some(on) = &r.until_on {
        lines.push(format!("Payments are known until the end of {on}."));
    }
    lines.extend(r.lines.iter().take(LINES_SHOWN).map(line_words));
    let more = r.lines.len().saturating_sub(LINES_SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more lines; --json prints all of them"));
    }
    if r.dry_run {
        lines.push("This was a dry run: nothing was written.".to_owned());
    }
    lines.join("\n")
}

fn line_words(l: &ReportLine) -> String {
    let amount = Currency::parse(&l.currency).map_or(String::new(), |c| Money::new(l.amount_minor, c).show());
    let payer = if l.payer.is_empty() { "somebody" } else { &l.payer };
    let whose = if l.debtors.is_empty() { String::new() } else { format!(" {}", l.debtors.join(", ")) };
    let why: Vec<&str> = l.reasons.iter().map(|r| r.words()).collect();
    format!("{} {amount} from {payer}: {}{whose} ({})", l.booked_on, l.state, why.join("; "))
}
