//! Invoices come in, from a table or from e-invoices: new ones, credit notes, payments of those that were settled since,
//! disputes that the business knows of.

use super::buyers;
use super::imported::{File, ImportError, Options, Report};
use super::invoice_plan::{Incoming, Plan};
use crate::app::App;
use crate::clock::day_end_ms;
use crate::einvoice::{self, Bill, Own};
use crate::store::business::{self, Business};
use crate::store::payments_known::{self, Source};
use crate::store::{import as store, invoicing};
use chrono::NaiveDate;
use kept_domain::calendar;
use kept_domain::ids::BusinessId;
use kept_domain::invoice::{FIELDS, InvoiceRow, Reading, read_rows};
use kept_domain::money::Currency;
use kept_domain::party::{Identifier, IdentifierKind, Party};
use kept_domain::table::{Mapping, Problem, Refusal, shown};
use std::collections::HashMap;

/// The business terms of an e-invoice that the fields of a row are read from.
const TERMS: &str = "number=BT-1,debtor=BT-46,issued=BT-2,due=BT-9,amount=BT-112,currency=BT-5,description=BT-153,\
                     name=BT-44,email=BT-58";

/// Reads a table of invoices, or e-invoices, decides, and (unless it is a dry run, or there are problems and `partial` is
/// not asked for) books all of it in one transaction. Importing the same files again changes nothing.
pub async fn plan_and_apply(
    app: &App,
    business: &BusinessId,
    files: Vec<File>,
    options: Options,
) -> Result<Report, ImportError> {
    let whose = whose(app, business, &options).await?;
    let as_of = as_of(app, &whose, &options)?;
    let names: Vec<String> = files.iter().map(|f| f.name.clone()).collect();
    let (mut incoming, mut report) = match e_invoices(&files)? {
        true => read_documents(files, &options, own(app, &whose).await?).await?,
        false => read_table(files, &options, currency(app, &whose, &options).await?).await?,
    };
    report.as_of = calendar::iso(as_of);

    let tx = app.db.begin().await?;
    store::lock(&tx, business).await?;
    let mut plan = Plan::load(&tx, business).await?;
    let strangers = buyers::resolve(&tx, business, &plan, &mut incoming, &mut report).await?;
    let touched = plan.touched(&incoming, as_of);
    if !options.dry_run {
        // What is left on an invoice must not move between the reading of it and the commit.
        store::lock_debtors(&tx, business, &touched).await?;
    }
    plan.load_standing(&tx, business, &incoming, as_of).await?;
    plan.decide(&incoming, &strangers, as_of, &mut report);
    report.ready = u32::try_from(plan.changing()).unwrap_or(u32::MAX);
    report.refused = !report.problems.is_empty() && !options.partial;
    plan.count(&incoming, as_of, &mut report);
    let report = report.finish(if incoming.documents { &names } else { &[] });
    if options.dry_run {
        return Ok(report);
    }
    let now_ms = app.clock.now_ms();
    let known_ms = day_end_ms(as_of, &whose.zone);
    // An e-invoice tells what was asked for; only a list tells as well that nothing was paid since.
    let tells_payments = !incoming.documents;
    if report.imported > 0 {
        plan.apply(app, &tx, &whose, &options, &incoming, &report).await?;
        if tells_payments {
            payments_known::extend(&tx, business, Source::Import, known_ms, now_ms).await?;
        }
        tx.commit().await?;
    } else if tells_payments && !report.refused && options.founds.is_none() {
        // A list with nothing new in it tells it too; of the debtors nothing has changed.
        drop(tx);
        let tx = app.db.begin().await?;
        payments_known::extend(&tx, business, Source::Import, known_ms, now_ms).await?;
        tx.commit().await?;
    }
    Ok(report)
}

/// Whether the files are e-invoices rather than one table.
fn e_invoices(files: &[File]) -> Result<bool, Refusal> {
    let many = files.iter().filter(|f| einvoice::is_xml(&f.bytes)).count();
    match (many, files.len()) {
        (_, 0) => Err(Refusal::new("there is no file")),
        (0, 1) => Ok(false),
        (0, _) => Err(Refusal::new("several tables cannot be read at once; import one after another")),
        (many, all) if many == all => Ok(true),
        _ => {
            let other = files.iter().find(|f| !einvoice::is_xml(&f.bytes)).map_or("", |f| &f.name);
            Err(Refusal::new(format!("“{}” is not XML; import a table by itself", shown(other))))
        }
    }
}

/// The business as it is, or as it will be founded.
async fn whose(app: &App, id: &BusinessId, options: &Options) -> Result<Business, ImportError> {
    match &options.founds {
        Some(founded) => Ok(founded.clone()),
        None => {
            let found = business::find(&app.db, id).await?;
            found.ok_or_else(|| ImportError::Refused(Refusal::new("there is no such business")))
        }
    }
}

fn as_of(app: &App, whose: &Business, options: &Options) -> Result<NaiveDate, Refusal> {
    let today = app.clock.today(&whose.zone);
    match options.as_of {
        None => Ok(today),
        // Somewhere it is tomorrow already.
        Some(on) if on <= calendar::plus_days(today, 1) => Ok(on),
        Some(on) => Err(Refusal::new(format!("as-of: {} is in the future", calendar::show(on)))),
    }
}

/// The currency of rows that name none: as stated, or that of the business once it has invoices.
async fn currency(app: &App, whose: &Business, options: &Options) -> Result<Option<Currency>, ImportError> {
    if options.currency.is_some() {
        return Ok(options.currency);
    }
    Ok(store::has_invoices(&app.db, &whose.id).await?.then_some(whose.currency))
}

async fn read_table(
    files: Vec<File>,
    options: &Options,
    currency: Option<Currency>,
) -> Result<(Incoming, Report), ImportError> {
    let asked = options.clone();
    let work = move || -> Result<(Incoming, Report), ImportError> {
        let bytes = files.into_iter().next().map(|f| f.bytes).unwrap_or_default();
        let mut table = asked.read(&bytes, FIELDS)?;
        let found = table.records.len();
        (asked.progress)("reading", 0, found);
        let mapping = Mapping::find(FIELDS, &table.header, &asked.map).map_err(|r| table.name_sheet(r))?;
        let withheld = table.withhold(&mapping, FIELDS);
        let mut invoices = read_rows(&mapping, &table.records, Reading { currency, order: asked.order })?;
        invoices.problems.extend(withheld);
        (asked.progress)("reading", found, found);
        let report = Report {
            rows: u32::try_from(found).unwrap_or(u32::MAX),
            problems: std::mem::take(&mut invoices.problems),
            repeated: invoices.repeated,
            dry_run: asked.dry_run,
            mapping: mapping.pairs().into_iter().map(|(field, header)| (field.to_owned(), header)).collect(),
            date_format: invoices.order.code().to_owned(),
            encoding: table.encoding.to_owned(),
            separator: table.separator.map(String::from).unwrap_or_default(),
            sheet: table.sheet,
            ..Report::default()
        };
        Ok((Incoming { mapping, documents: false, rows: invoices.rows, credits: Vec::new() }, report))
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| ImportError::Stopped)?
}

/// What of the business decides how its e-invoices are read.
async fn own(app: &App, whose: &Business) -> Result<Own, ImportError> {
    let says = invoicing::get(&app.db, &whose.id).await?;
    let identifiers = [
        Identifier::new(IdentifierKind::Vat, None, &says.vat_number),
        Identifier::new(IdentifierKind::Registration, None, &says.registration),
    ];
    let identifiers = identifiers.into_iter().flatten().collect();
    let party = Party { name: whose.name.clone(), identifiers, ..Party::default() };
    Ok(Own { party, due_days: says.due_days })
}

async fn read_documents(files: Vec<File>, options: &Options, own: Own) -> Result<(Incoming, Report), ImportError> {
    let asked = options.clone();
    let work = move || -> Result<(Incoming, Report), ImportError> {
        let header: Vec<String> =
            TERMS.split(',').filter_map(|t| t.split_once('=')).map(|(_, t)| t.to_owned()).collect();
        let mapping = Mapping::find(FIELDS, &header, TERMS)?;
        let mut report = Report {
            rows: u32::try_from(files.len()).unwrap_or(u32::MAX),
            dry_run: asked.dry_run,
            mapping: mapping.pairs().into_iter().map(|(field, term)| (field.to_owned(), term)).collect(),
            date_format: "ymd".to_owned(),
            encoding: "XML".to_owned(),
            ..Report::default()
        };
        let mut incoming = Incoming { mapping, documents: true, rows: Vec::new(), credits: Vec::new() };
        let mut seen: HashMap<(bool, String), Bill> = HashMap::new();
        let total = files.len();
        for (row, file) in (1u32..).zip(files) {
            let mut reading = einvoice::read(row, &file.bytes, &own);
            (asked.progress)("reading", row as usize, total);
            report.problems.append(&mut reading.problems);
            report.warnings.append(&mut reading.warnings);
            let Some(bill) = reading.bill else { continue };
            let key = match &bill {
                Bill::Invoice(i) => (false, i.number.clone()),
                Bill::CreditNote(c) => (true, c.number.clone()),
            };
            match seen.get(&key) {
                None => {
                    seen.insert(key, bill.clone());
                    match bill {
                        Bill::Invoice(row) => incoming.rows.push(row),
                        Bill::CreditNote(row) => incoming.credits.push(row),
                    }
                }
                Some(first) if says_the_same(first, &bill) => report.repeated += 1,
                Some(first) => {
                    let at = match first {
                        Bill::Invoice(InvoiceRow { row, .. }) => *row,
                        Bill::CreditNote(c) => c.row,
                    };
                    let reason = format!("“{}” stands in file {at} already, with other content", shown(&key.1));
                    report.problems.push(Problem::new(row, "BT-1", reason));
                }
            }
        }
        Ok((incoming, report))
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| ImportError::Stopped)?
}

fn says_the_same(first: &Bill, other: &Bill) -> bool {
    match (first, other) {
        (Bill::Invoice(a), Bill::Invoice(b)) => a.says_the_same(b),
        (Bill::CreditNote(a), Bill::CreditNote(b)) => a.says_the_same(b),
        _ => false,
    }
}
