//! `kept import`: files of debtors and invoices.

use super::{Failure, Shell, statement};
use crate::acts::imported::{self, ImportError, Options, Progress, Report, is_zone};
use crate::acts::{found_business, import_debtors, import_invoices};
use crate::app::App;
use crate::import::FILE_BYTES_MAX;
use crate::store::business::Business;
use chrono::NaiveDate;
use kept_domain::calendar;
use kept_domain::money::{Currency, Money};
use kept_domain::table::{DateOrder, Problem, Refusal};
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Problems that are printed for people; programs get all of them.
const PROBLEMS_SHOWN: usize = 50;
/// Rows from which progress is told even where nobody may be watching.
const ROWS_MANY: usize = 5_000;

#[derive(Debug, clap::Subcommand)]
pub(super) enum What {
    /// Who owes: reference, name, e-mail, phone, address, postcode, country, language, time zone, person or company
    Debtors(Debtors),
    /// What is owed: a table of number, debtor, issued, due, amount, and where known currency, description, disputed,
    /// settled; or e-invoices (UBL 2.1, CII, Peppol BIS 3), as many as you like
    Invoices(Invoices),
    /// What arrived: a bank statement as camt.053, MT940, OFX, CSV or XLSX; what is beyond doubt is booked
    Statement(statement::Statement),
}

#[derive(Debug, clap::Args)]
pub(super) struct Debtors {
    /// The file: CSV or XLSX
    #[arg(value_name = "FILE")]
    path: PathBuf,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
pub(super) struct Invoices {
    /// The file: CSV or XLSX, or e-invoices (XML)
    #[arg(value_name = "FILE", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    how: How,
    /// The day on which the file is true: what was settled by then is booked as paid [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    as_of: Option<NaiveDate>,
}

#[derive(Debug, clap::Args)]
struct How {
    /// The currency of amounts that name none
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Option<Currency>,
    /// How dates are written: dmy, mdy or ymd; found in the file where only one fits
    #[arg(long, value_name = "ORDER", value_parser = order)]
    date_format: Option<DateOrder>,
    /// Corrections to the columns: number=invoiceNumber,due=Payable by (an empty header leaves a field out)
    #[arg(long, value_name = "FIELD=HEADER,…", default_value = "")]
    map: String,
    /// The encoding, such as windows-1252 [default: found in the file]
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// The sheet of a spreadsheet [default: the first that has the columns]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// The business's time zone, where this import founds it
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    zone: String,
    /// Say what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Import the rows without problems although others have some
    #[arg(long)]
    partial: bool,
}

fn day(text: &str) -> Result<NaiveDate, String> {
    calendar::parse_iso(text).ok_or_else(|| "write year-month-day, such as 2013-06-30".to_owned())
}

pub(super) fn currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).ok_or_else(|| "not an ISO 4217 currency such as USD".to_owned())
}

pub(super) fn order(text: &str) -> Result<DateOrder, String> {
    DateOrder::parse(text).ok_or_else(|| "write dmy, mdy or ymd".to_owned())
}

fn zone(text: &str) -> Result<String, String> {
    if is_zone(text) { Ok(text.to_owned()) } else { Err("not an IANA time zone such as Europe/London".to_owned()) }
}

pub(super) async fn run(shell: &Shell, what: &What) -> Result<(), Failure> {
    let (paths, how, invoices) = match what {
        What::Debtors(asked) => (std::slice::from_ref(&asked.path), &asked.how, None),
        What::Invoices(asked) => (asked.paths.as_slice(), &asked.how, Some(asked)),
        What::Statement(asked) => return statement::run(shell, asked).await,
    };
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let bytes = read(path).map_err(|e| Failure::at(path.display(), e))?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        files.push(imported::File { name, bytes });
    }
    let place = match paths {
        [one] => one.display().to_string(),
        many => format!("{} files", many.len()),
    };
    let app = shell.open().await?;
    let found = shell.find_business(&app).await?;
    let done = import(&app, invoices, how, found, files).await;
    app.db.close().await;
    let report = match done {
        Ok(report) => report,
        Err(ImportError::Refused(refusal)) => return Err(refuse(shell, &place, how, refusal)?),
        Err(error) => return Err(Failure::at(&place, error)),
    };
    if shell.json {
        shell.say_json(&report)?;
    } else {
        shell.say(&words(&place, invoices.is_some(), &report))?;
    }
    if !report.refused {
        return Ok(());
    }
    let count = report.problems.len();
    let first = report.problems.first().map_or(String::new(), show);
    Err(Failure::at(place, format!("nothing was imported; problems: {count}, the first in {first}")))
}

/// Reads a file, of which no more than the limit (and a byte, by which it is seen) is taken into memory.
pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

async fn import(
    app: &App,
    invoices: Option<&Invoices>,
    how: &How,
    found: Option<Business>,
    mut files: Vec<imported::File>,
) -> Result<Report, ImportError> {
    // Until invoices come, debtors alone say nothing of a currency; the first invoices settle it.
    let first = Currency::parse("EUR").ok_or(ImportError::Stopped)?;
    let founds = match &found {
        Some(_) => None,
        None => Some(found_business::unnamed(how.currency.unwrap_or(first), &how.zone)),
    };
    let business = found.as_ref().or(founds.as_ref()).map(|b| b.id.clone()).ok_or(ImportError::Stopped)?;
    let options = Options {
        map: how.map.clone(),
        encoding: how.encoding.clone(),
        sheet: how.sheet.clone(),
        order: how.date_format,
        currency: how.currency,
        dry_run: how.dry_run,
        partial: how.partial,
        founds,
        progress: progress(),
        ..Options::new(&imported::name_of(&files), "shell")
    };
    match invoices {
        None => {
            let bytes = files.pop().map(|f| f.bytes).unwrap_or_default();
            import_debtors::plan_and_apply(app, &business, bytes, options).await
        }
        Some(asked) => {
            let options = Options { as_of: asked.as_of, ..options };
            import_invoices::plan_and_apply(app, &business, files, options).await
        }
    }
}

/// A line each second on standard error, for whoever watches or waits for many rows.
fn progress() -> Progress {
    let watched = std::io::stderr().is_terminal();
    let last = Mutex::new(Instant::now());
    Arc::new(move |doing, done, rows| {
        let Ok(mut last) = last.lock() else { return };
        if (watched || rows > ROWS_MANY) && last.elapsed() >= Duration::from_secs(1) {
            *last = Instant::now();
            // Progress that nobody can read is not worth an error.
            let _ = writeln!(std::io::stderr(), "{doing}: {done} of {rows} rows");
        }
    })
}

/// The failure of a file that is refused as a whole; its example rows are printed.
fn refuse(shell: &Shell, place: &str, how: &How, refusal: Refusal) -> Result<Failure, Failure> {
    if shell.json {
        let report = Report {
            refused: true,
            open_minor: Some(0),
            paid_minor: Some(0),
            dry_run: how.dry_run,
            problems: refusal.examples,
            ..Report::default()
        };
        let mut value = serde_json::to_value(&report)?;
        if let Some(map) = value.as_object_mut() {
            map.insert("error".to_owned(), refusal.reason.clone().into());
        }
        shell.say_json(&value)?;
    } else {
        for example in &refusal.examples {
            shell.say(&show(example))?;
        }
    }
    Ok(Failure::at(place, refusal.reason))
}

fn show(problem: &Problem) -> String {
    let Problem { row, column, reason, rule, file } = problem;
    let place = if file.is_empty() { format!("row {row}") } else { file.clone() };
    let places = [place.as_str(), column.as_str(), rule.as_str()].into_iter().filter(|p| !p.is_empty());
    format!("{}: {reason}", places.collect::<Vec<_>>().join(", "))
}

fn words(place: &str, are_invoices: bool, r: &Report) -> String {
    let sheet = if r.sheet.is_empty() { String::new() } else { format!(", the sheet “{}”", r.sheet) };
    let mut lines = vec![format!("{place}: {} rows, {}{sheet}", r.rows, r.encoding)];
    let columns: Vec<String> = r.mapping.iter().map(|(field, header)| format!("{field} from {header}")).collect();
    lines.push(format!("columns: {}", columns.join(", ")));
    let conditional = if r.dry_run { "would be " } else { "" };
    lines.push(format!("{} {conditional}imported, {} unchanged", r.imported, r.unchanged));
    if are_invoices {
        lines.push(format!("dates: {}; as of {}: {} issued later and left out", r.date_format, r.as_of, r.later));
        for t in &r.totals {
            let show = |minor| Currency::parse(&t.currency).map_or(String::new(), |c| Money::new(minor, c).show());
            lines.push(format!("open: {} invoices, {}", t.open, show(t.open_minor)));
            lines.push(format!("paid: {} invoices, {}", t.paid, show(t.paid_minor)));
            if t.credit_notes > 0 {
                lines.push(format!("credited: {} credit notes, {}", t.credit_notes, show(t.credited_minor)));
            }
        }
        lines.push(format!("disputed: {} invoices", r.disputed));
    }
    if r.repeated > 0 {
        lines.push(format!("{} rows repeat an earlier one", r.repeated));
    }
    lines.extend(r.warnings.iter().take(PROBLEMS_SHOWN).map(|w| format!("look at this: {}", show(w))));
    lines.extend(r.problems.iter().take(PROBLEMS_SHOWN).map(show));
    let more = r.problems.len().saturating_sub(PROBLEMS_SHOWN);
    if more > 0 {
        lines.push(format!("and {more} more problems; --json prints all of them"));
    }
    if r.refused {
        let ready = r.ready;
        lines.push(format!(
            "Nothing was imported. Correct the file, or say --partial for the {ready} rows without problems."
        ));
    } else if r.dry_run {
        lines.push("This was a dry run: nothing was written.".to_owned());
    }
    lines.join("\n")
}
