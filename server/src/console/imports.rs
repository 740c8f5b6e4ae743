//! Imports: a file is taken, looked at, and then imported.

use super::{Answer, Visitor, form, refused, send, statement_file};
use crate::acts::imported::{File, ImportError, Options, Report};
use crate::acts::upload_file::{self, Kind};
use crate::acts::{import_debtors, import_invoices, import_statement};
use crate::door::{No, see_other};
use crate::einvoice;
use crate::import::Table;
use crate::statement;
use crate::store::upload;
use axum::body::Bytes;
use axum::extract::{Multipart, Path};
use kept_api::console::{Form, ImportProblem, ImportReport, ImportRow, ImportView, ImportsView, MappingRow};
use kept_console::import::import_page;
use kept_console::imports::imports_page;
use kept_domain::calendar;
use kept_domain::money::{Currency, Money};
use kept_domain::statement::rows;
use kept_domain::table::{DateOrder, Field, Mapping, Problem, Refusal};
use kept_domain::{debtor as debtor_rules, invoice as invoice_rules};

/// Problems that a page shows.
const PROBLEMS_SHOWN: usize = 200;
/// Rows of the file that a page shows.
const SAMPLE: usize = 5;

/// Shows the page to choose a file on, and what was imported before.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor) -> Answer {
    page(&visitor, Form::default()).await
}

async fn page(visitor: &Visitor, form: Form) -> Answer {
    let rows = upload::list(&visitor.app.db, &visitor.business.id, 50).await?;
    let rows = rows
        .into_iter()
        .map(|u| {
            let report: Option<Report> = serde_json::from_str(&u.report).ok();
            let state = match (&report, u.state.as_str()) {
                (Some(r), "done") if r.imported == 1 => "1 row imported".to_owned(),
                (Some(r), "done") => format!("{} rows imported", r.imported),
                (_, "waiting") => "looked at, not imported".to_owned(),
                (_, other) => other.to_owned(),
            };
            ImportRow {
                open: u.state == "waiting",
                at: visitor.at(u.created_at_ms),
                kind: what(Kind::parse(&u.kind)).to_owned(),
                file: u.file_name,
                id: u.id,
                state,
            }
        })
        .collect();
    let v = ImportsView { frame: visitor.frame().await?, form, rows };
    let form = v.form.clone();
    Ok(send("Imports", Some(&form), || imports_page(v)))
}

fn what(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Invoices) => "Invoices",
        Some(Kind::Statement) => "Bank statement",
        Some(Kind::Debtors) | None => "Customers",
    }
}

/// Takes a file.
///
/// # Errors
/// When what was sent is not a form with a file.
pub async fn take(visitor: Visitor, mut parts: Multipart) -> Answer {
    let mut typed = Form::default();
    let mut files: Vec<File> = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|error| No::unread(error.status()))? {
        match part.name() {
            Some("kind") => {
                let text = part.text().await.map_err(|error| No::unread(error.status()))?;
                typed.values.push(("kind".to_owned(), text.chars().take(20).collect()));
            }
            Some("file") => {
                let name = part.file_name().unwrap_or_default().to_owned();
                let bytes = part.bytes().await.map_err(|error| No::unread(error.status()))?;
                files.push(File { name, bytes: bytes.to_vec() });
            }
            _ => {}
        }
    }
    // A bank statement has a page of its own, where only a table is looked at first.
    let kind = Kind::parse(typed.value("kind")).filter(|k| *k != Kind::Statement);
    if kind.is_none() {
        typed.wrong("kind", "Choose what is in the file");
    }
    let chosen = files.iter().any(|f| !f.bytes.is_empty());
    let Some(kind) = kind.filter(|_| chosen) else {
        if kind.is_some() {
            typed.wrong("file", "Choose a file");
        }
        return page(&visitor, typed).await;
    };
    let taken = upload_file::upload_file(&visitor.app, &visitor.business.id, kind, &files, &visitor.actor).await;
    match refused(taken)? {
        Ok(id) => Ok(see_other(&format!("/console/imports/{id}"))),
        Err(words) => {
            typed.wrong("file", words);
            page(&visitor, typed).await
        }
    }
}

struct Waiting {
    id: String,
    kind: Kind,
    name: String,
    files: Vec<File>,
}

impl Waiting {
    /// Whether it is e-invoices, which have no columns to choose.
    fn documents(&self) -> bool {
        self.kind == Kind::Invoices && self.files.iter().all(|f| einvoice::is_xml(&f.bytes))
    }

    /// The only file, where it is a table.
    fn table(&self) -> &[u8] {
        self.files.first().map_or(&[], |f| &f.bytes)
    }
}

async fn waiting(visitor: &Visitor, id: &str) -> Result<Waiting, super::Refused> {
    let found = upload::find_waiting(&visitor.app.db, &visitor.business.id, id).await?;
    let (u, content) = found.ok_or(No::NotFound)?;
    let files = upload_file::unpack(&u.file_name, &content)?;
    let kind = Kind::parse(&u.kind).ok_or(No::NotFound)?;
    Ok(Waiting { id: u.id, kind, name: u.file_name, files })
}

/// Looks at a file: its columns as guessed, and what importing it would do.
///
/// # Errors
/// 404 where no such file waits.
pub async fn look(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let file = waiting(&visitor, &id).await?;
    let mut form = Form::default();
    form.preset("currency", visitor.business.currency.code());
    form.preset("as_of", calendar::iso(visitor.today()));
    look_at(&visitor, file, form).await
}

/// Looks again with corrections, or imports.
///
/// # Errors
/// 404 where no such file waits.
pub async fn decide(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let file = waiting(&visitor, &id).await?;
    let mut typed = form(&body)?;
    if typed.value("sheet") != typed.value("sheet_shown") {
        // The columns that were chosen are those of another sheet.
        typed.values.retain(|(name, _)| !name.starts_with("map_"));
    }
    let partial = typed.value("act") == "run_part";
    if !partial && typed.value("act") != "run" {
        return look_at(&visitor, file, typed).await;
    }
    let Some(options) = options(&visitor, &file, &mut typed) else { return look_at(&visitor, file, typed).await };
    let report = run(&visitor, &file, Options { partial, ..options }).await;
    match report {
        Ok(found) if !found.is_refused() => {
            upload_file::forget_file(&visitor.app, &visitor.business.id, &file.id).await?;
            Ok(match found {
                Found::Rows(_) => see_other("/console/imports?done=imported"),
                Found::Statement(report) => statement_file::done(&report),
            })
        }
        // The page says what is in the way.
        Ok(_) | Err(ImportError::Refused(_)) => look_at(&visitor, file, typed).await,
        Err(ImportError::Store(error)) => Err(error.into()),
        Err(error @ ImportError::Stopped) => Err(No::Failed(error.to_string()).into()),
    }
}

/// What came of a file, or would.
enum Found {
    Rows(Report),
    Statement(import_statement::Report),
}

impl Found {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Rows(report) if report.refused)
    }
}

async fn run(visitor: &Visitor, file: &Waiting, options: Options) -> Result<Found, ImportError> {
    let (app, business) = (&visitor.app, &visitor.business.id);
    Ok(match file.kind {
        Kind::Debtors => {
            Found::Rows(import_debtors::plan_and_apply(app, business, file.table().to_vec(), options).await?)
        }
        Kind::Invoices => {
            Found::Rows(import_invoices::plan_and_apply(app, business, file.files.clone(), options).await?)
        }
        Kind::Statement => Found::Statement(statement_file::run(visitor, file.table(), options).await?),
    })
}

fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Debtors => debtor_rules::FIELDS,
        Kind::Invoices => invoice_rules::FIELDS,
        Kind::Statement => rows::FIELDS,
    }
}

/// Reads the options that were chosen; notes what cannot be taken.
fn options(visitor: &Visitor, file: &Waiting, typed: &mut Form) -> Option<Options> {
    let table = file.kind != Kind::Debtors && !file.documents();
    let currency = Currency::parse(typed.value("currency"));
    if table && currency.is_none() {
        typed.wrong("currency", "Enter the three letters of a currency, like GBP");
    }
    let as_of = calendar::parse_typed(typed.value("as_of"));
    if file.kind == Kind::Invoices && as_of.is_none() {
        typed.wrong("as_of", "Enter a date, like 30 6 2026");
    }
    if !typed.mistakes.is_empty() {
        return None;
    }
    Some(Options {
        map: corrections(file.kind, typed),
        sheet: sheet(typed),
        order: DateOrder::parse(typed.value("date_format")),
        currency: currency.filter(|_| table),
        as_of: as_of.filter(|_| file.kind == Kind::Invoices),
        ..Options::new(&file.name, &visitor.actor.name)
    })
}

/// The columns as they were chosen; those that the form does not name are guessed.
fn corrections(kind: Kind, typed: &Form) -> String {
    let pairs: Vec<String> = fields(kind)
        .iter()
        .filter_map(|field| {
            let name = format!("map_{}", field.name);
            let chosen = typed.values.iter().find(|(n, _)| *n == name).map(|(_, column)| column)?;
            Some(format!("{}={chosen}", field.name))
        })
        .collect();
    pairs.join(",")
}

/// The sheet that was chosen.
fn sheet(typed: &Form) -> Option<String> {
    Some(typed.value("sheet").to_owned()).filter(|name| !name.is_empty())
}

async fn look_at(visitor: &Visitor, file: Waiting, mut form: Form) -> Answer {
    let mut report = ImportReport::default();
    let problem = |refusal: Refusal| {
        let mut all = vec![ImportProblem { reason: refusal.reason, ..ImportProblem::default() }];
        all.extend(refusal.examples.iter().map(shown));
        all
    };
    let documents = file.documents();
    // What the columns are is shown even where other options are not complete.
    let asked = Options { map: corrections(file.kind, &form), sheet: sheet(&form), ..Options::new("", "") };
    let read = match file.kind {
        Kind::Statement => statement::table(file.table(), &statement_file::asked(&asked)),
        Kind::Debtors | Kind::Invoices => asked.read(file.table(), fields(file.kind)),
    };
    let table = match read {
        _ if documents => Table::default(),
        Ok(table) => table,
        Err(refusal) => {
            report.problems = problem(refusal);
            Table::default()
        }
    };
    if let Some(options) = options(visitor, &file, &mut form) {
        match run(visitor, &file, Options { dry_run: true, ..options }).await {
            Ok(Found::Rows(found)) => report = words(&found, file.kind, documents),
            Ok(Found::Statement(found)) => report = statement_file::words(&found),
            Err(ImportError::Refused(refusal)) => report.problems = problem(refusal),
            Err(ImportError::Store(error)) => return Err(error.into()),
            Err(error @ ImportError::Stopped) => return Err(No::Failed(error.to_string()).into()),
        }
    }
    let mapping = mapping(file.kind, &table.header, &form);
    let v = ImportView {
        frame: visitor.frame().await?,
        id: file.id,
        invoices: file.kind == Kind::Invoices,
        statement: file.kind == Kind::Statement,
        documents,
        file: file.name,
        sample: table.records.iter().take(SAMPLE).map(|r| r.cells.clone()).collect(),
        columns: table.header,
        sheets: table.sheets,
        sheet: table.sheet,
        mapping,
        report: Some(report).filter(|_| form.mistakes.is_empty()),
        form,
        imported: false,
    };
    let form = v.form.clone();
    Ok(send("Import", Some(&form), || import_page(v)))
}

/// Fields and their columns: as chosen, else as guessed.
fn mapping(kind: Kind, header: &[String], form: &Form) -> Vec<MappingRow> {
    let whole = Mapping::find(fields(kind), header, "").ok();
    fields(kind)
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let name = format!("map_{}", field.name);
            let chosen = form.values.iter().find(|(n, _)| *n == name).map(|(_, column)| column.clone());
            // Where one that is needed is missing, each is guessed on its own, so that it does not hide the others.
            let guess = || {
                let column = match &whole {
                    Some(mapping) => mapping.column(field.name),
                    None => Mapping::find(fields(kind).get(at..=at)?, header, "").ok()?.column(field.name),
                };
                column.and_then(|c| header.get(c).cloned())
            };
            MappingRow {
                field: field.name.to_owned(),
                label: label(kind, field.name),
                required: field.required,
                column: chosen.or_else(guess).unwrap_or_default(),
            }
        })
        .collect()
}

fn label(kind: Kind, field: &str) -> String {
    if kind == Kind::Statement {
        return statement_file::label(field).to_owned();
    }
    match field {
        "number" => "Invoice number".to_owned(),
        "debtor" => "Customer number".to_owned(),
        "reference" => "Customer number".to_owned(),
        "issued" => "Date of the invoice".to_owned(),
        "due" => "Due date".to_owned(),
        "settled" => "Day it was paid".to_owned(),
        "born" | "born_on" => "Date of birth".to_owned(),
        "email" => "E-mail address".to_owned(),
        "zone" => "Time zone".to_owned(),
        "kind" => "Person or company".to_owned(),
        other => super::show::plain(other),
    }
}

/// A problem as the page shows it.
fn shown(p: &Problem) -> ImportProblem {
    let place = if p.file.is_empty() { p.row.to_string() } else { p.file.clone() };
    ImportProblem { place, column: p.column.clone(), rule: p.rule.clone(), reason: p.reason.clone() }
}

/// What a dry run found, in sentences.
fn words(r: &Report, kind: Kind, documents: bool) -> ImportReport {
    let rows = |n: u32, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let mut lines = match documents {
        true => vec![format!("{}.", rows(r.rows, "e-invoice"))],
        false if !r.sheet.is_empty() => vec![format!("{} in the sheet “{}”.", rows(r.rows, "row"), r.sheet)],
        false => vec![format!("{} in the file, read as {}.", rows(r.rows, "row"), r.encoding)],
    };
    match kind {
        Kind::Debtors => lines.push(format!("{} would be added or changed.", rows(r.ready, "customer"))),
        Kind::Invoices => {
            let what = match (r.credit_notes > 0, r.ready == 1) {
                (true, true) => "invoice or credit note",
                (true, false) => "invoices or credit note",
                _ => "invoice",
            };
            lines.push(format!("{} would be added or brought up to date.", rows(r.ready, what)));
        }
        // It has words of its own.
        Kind::Statement => {}
    }
    for total in &r.totals {
        if let Some(currency) = Currency::parse(&total.currency) {
            let money = |minor| Money::new(minor, currency).show();
            let credited = match total.credit_notes {
                0 => String::new(),
                _ => format!(" Credited: {}.", money(total.credited_minor)),
            };
            lines.push(format!("Open: {}. Paid: {}.{credited}", money(total.open_minor), money(total.paid_minor)));
        }
    }
    for (n, what) in [
        (r.unchanged, "are here already and would not change"),
        (r.disputed, "are in dispute according to the file"),
        (r.later, "were issued after the day that you named and would be left out"),
        (r.repeated, "repeat an earlier row"),
    ] {
        if n > 0 {
            lines.push(format!("{n} {what}."));
        }
    }
    ImportReport {
        lines,
        problems: r.problems.iter().take(PROBLEMS_SHOWN).map(shown).collect(),
        warnings: r.warnings.iter().take(PROBLEMS_SHOWN).map(shown).collect(),
        problems_left_out: r.problems.len().saturating_sub(PROBLEMS_SHOWN),
    }
}
