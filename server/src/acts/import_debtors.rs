//! A file of debtors comes in: those that are new, those that changed.

use super::imported::{ImportError, Options, Report, is_zone};
use crate::app::App;
use crate::secret::new_id;
use crate::store::debtor::{self, Debtor};
use crate::store::event::{self, Event};
use crate::store::{Tx, business, import as store};
use kept_domain::debtor::{DebtorRow, FIELDS, read_rows};
use kept_domain::ids::BusinessId;
use kept_domain::table::{Mapping, Problem, shown};
use std::collections::HashMap;

/// Reads a file of debtors, decides, and (unless it is a dry run, or there are problems and `partial` is not asked for)
/// stores all of it in one transaction.
pub async fn plan_and_apply(
    app: &App,
    business: &BusinessId,
    bytes: Vec<u8>,
    options: Options,
) -> Result<Report, ImportError> {
    let (rows, mut report) = read(bytes, &options).await?;
    let tx = app.db.begin().await?;
    store::lock(&tx, business).await?;
    let mut known: HashMap<String, Debtor> =
        debtor::list(&tx, business, "", u32::MAX).await?.into_iter().map(|d| (d.reference.clone(), d)).collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for row in rows {
        match known.remove(&row.reference) {
            None => new.push(debtor_of(row, new_id())),
            Some(before) => {
                let after = debtor_of(row, before.id.clone());
                if after == before {
                    report.unchanged += 1;
                } else {
                    changed.push(after);
                }
            }
        }
    }
    report.ready = u32::try_from(new.len() + changed.len()).unwrap_or(u32::MAX);
    report.refused = !report.problems.is_empty() && !options.partial;
    if !report.refused {
        report.imported = report.ready;
    }
    let report = report.finish(&[]);
    if report.imported > 0 && !options.dry_run {
        apply(app, &tx, business, &options, &report, &new, &changed).await?;
        tx.commit().await?;
    }
    Ok(report)
}

async fn read(bytes: Vec<u8>, options: &Options) -> Result<(Vec<DebtorRow>, Report), ImportError> {
    let asked = options.clone();
    let work = move || -> Result<(Vec<DebtorRow>, Report), ImportError> {
        let mut table = asked.read(&bytes, FIELDS)?;
        let found = table.records.len();
        (asked.progress)("reading", 0, found);
        let mapping = Mapping::find(FIELDS, &table.header, &asked.map).map_err(|r| table.name_sheet(r))?;
        let mut withheld = table.withhold(&mapping, FIELDS);
        let (rows, mut problems) = read_rows(&mapping, &table.records, asked.order, is_zone)?;
        let mut kept: Vec<DebtorRow> = Vec::with_capacity(rows.len());
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(rows.len());
        let mut repeated = 0;
        for row in rows {
            match seen.get(&row.reference).and_then(|at| kept.get(*at)) {
                None => {
                    seen.insert(row.reference.clone(), kept.len());
                    kept.push(row);
                }
                Some(first) if DebtorRow { row: row.row, ..first.clone() } == row => repeated += 1,
                Some(first) => {
                    let (reference, before) = (shown(&row.reference), first.row);
                    let reason = format!("“{reference}” stands in row {before} already, with other content");
                    problems.push(Problem::new(row.row, mapping.header("reference"), reason));
                }
            }
        }
        problems.append(&mut withheld);
        let report = Report {
            rows: u32::try_from(found).unwrap_or(u32::MAX),
            problems,
            repeated,
            dry_run: asked.dry_run,
            mapping: mapping.pairs().into_iter().map(|(field, header)| (field.to_owned(), header)).collect(),
            encoding: table.encoding.to_owned(),
            separator: table.separator.map(String::from).unwrap_or_default(),
            sheet: table.sheet,
            ..Report::default()
        };
        Ok((kept, report))
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| ImportError::Stopped)?
}

fn debtor_of(row: DebtorRow, id: kept_domain::ids::DebtorId) -> Debtor {
    Debtor {
        id,
        reference: row.reference,
        name: row.name,
        email: row.email,
        phone: row.phone,
        address: row.address,
        postcode: row.postcode,
        country: row.country,
        language: row.language,
        zone: row.zone,
        kind: row.kind,
        born_on: row.born_on,
    }
}

async fn apply(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    options: &Options,
    report: &Report,
    new: &[Debtor],
    changed: &[Debtor],
) -> Result<(), ImportError> {
    let now_ms = app.clock.now_ms();
    if let Some(founded) = &options.founds {
        business::insert(tx, founded, now_ms).await?;
    }
    let total = new.len() + changed.len();
    for (at, chunk) in new.chunks(1_000).enumerate() {
        store::insert_debtors(tx, business, chunk, now_ms).await?;
        (options.progress)("storing", at * 1_000 + chunk.len(), total);
    }
    for (at, one) in changed.iter().enumerate() {
        debtor::update(tx, business, one).await?;
        (options.progress)("storing", new.len() + at + 1, total);
    }
    let id: String = new_id();
    let record = store::Import {
        id: id.clone(),
        kind: "debtors",
        file_name: options.file_name.clone(),
        options: options.json(),
        report: serde_json::to_string(report).unwrap_or_default(),
        actor: options.actor.clone(),
    };
    store::record(tx, business, &record, now_ms).await?;
    let detail =
        format!("{} new and {} changed customers from {}", new.len(), changed.len(), shown(&options.file_name));
    let done = Event {
        id: new_id(),
        debtor: None,
        at_ms: now_ms,
        actor: options.actor.clone(),
        kind: "debtors_imported".to_owned(),
        subject: id,
        detail,
        address: String::new(),
    };
    event::append(tx, business, &done).await?;
    Ok(())
}
