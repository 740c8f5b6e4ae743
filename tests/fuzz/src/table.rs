//! Tables of customers and invoices, as CSV.

use crate::places::assert_inside;
use kept_domain::calendar::iso;
use kept_domain::debtor::{self, DebtorRow};
use kept_domain::invoice::{self, InvoiceRow};
use kept_domain::money::{AMOUNT_MAX_MINOR, Currency, Money};
use kept_domain::table::{DateOrder, Field, Mapping, Problem, Record};
use kept_intake::import::{Asked, Table, read};
use std::collections::BTreeSet;

/// Takes whatever is there.
const ANYTHING: Asked<'static> = Asked { encoding: None, sheet: None, fits: &|_| true };

/// Reads a file as invoices and as customers.
pub fn target(bytes: &[u8]) {
    for encoding in [None, Some("windows-1252"), Some("utf-16le")] {
        match read(bytes, Asked { encoding, ..ANYTHING }) {
            Ok(table) => of_table(&table),
            Err(refusal) => assert_inside(bytes, &refusal),
        }
    }
}

/// What must hold of a table, whatever it is of.
pub(crate) fn of_table(table: &Table) {
    let rows: Vec<u32> = table.records.iter().map(|r| r.row).collect();
    assert!(!rows.is_empty() && rows.is_sorted_by(|a, b| a < b) && rows[0] > 1, "rows are counted: {rows:?}");
    assert!(table.header.len() <= 500);
    assert!(table.records.iter().all(|r| r.cells.iter().any(|c| !c.trim().is_empty())), "empty rows are left out");
    corrections(&table.header);
    if let Ok(mapping) = Mapping::find(invoice::FIELDS, &table.header, "") {
        let stated = [None, Currency::parse("KWD")];
        for (currency, order) in stated.into_iter().flat_map(|c| [(c, None), (c, Some(DateOrder::Dmy))]) {
            if let Ok(found) = invoice::read_rows(&mapping, &table.records, invoice::Reading { currency, order }) {
                of_invoices(&found, &table.records);
            }
        }
    }
    if let Ok(mapping) = Mapping::find(debtor::FIELDS, &table.header, "")
        && let Ok((found, problems)) = debtor::read_rows(&mapping, &table.records, None, |zone| zone.contains('/'))
    {
        assert_eq!(
            found.len() + distinct(&problems, &table.records),
            table.records.len(),
            "every row is one or the other"
        );
        let again = debtors_again(&found);
        let unplaced = |rows: &[DebtorRow]| rows.iter().map(|r| DebtorRow { row: 0, ..r.clone() }).collect::<Vec<_>>();
        assert_eq!(unplaced(&again), unplaced(&found), "what is written is read as the same");
    }
}

/// Whatever a heading is, it can be named as what is looked for; but for commas that nothing stands behind.
fn corrections(header: &[String]) {
    const FIELDS: &[Field] = &[Field { name: "amount", required: true, synonyms: &[] }];
    for heading in header.iter().map(|h| h.trim()).take(4) {
        let whole = heading.split(',').all(|part| !part.trim().is_empty());
        if !whole || (heading.contains(',') && heading.contains('=')) {
            continue;
        }
        match Mapping::find(FIELDS, header, &format!("amount={heading}")) {
            Ok(mapping) => {
                let found = mapping.column("amount").and_then(|at| header.get(at)).map(|h| h.trim());
                assert_eq!(found, Some(heading));
            }
            Err(refusal) => assert!(refusal.reason.contains("more than one column"), "{heading:?}: {}", refusal.reason),
        }
    }
}

/// How many rows have problems; none lies outside the file.
fn distinct(problems: &[Problem], records: &[Record]) -> usize {
    let rows: BTreeSet<u32> = problems.iter().map(|p| p.row).collect();
    let all: BTreeSet<u32> = records.iter().map(|r| r.row).collect();
    assert!(rows.is_subset(&all), "{problems:?}");
    assert!(problems.iter().all(|p| !p.reason.is_empty()));
    rows.len()
}

fn of_invoices(found: &invoice::Invoices, records: &[Record]) {
    let wrong = distinct(&found.problems, records);
    assert_eq!(found.rows.len() + found.repeated as usize + wrong, records.len(), "every row is one of three");
    let numbers: BTreeSet<&str> = found.rows.iter().map(|r| r.number.as_str()).collect();
    assert_eq!(numbers.len(), found.rows.len(), "no number stands twice");
    for row in &found.rows {
        assert!((1..=AMOUNT_MAX_MINOR).contains(&row.amount_minor) && row.issued_on <= row.due_on, "{row:?}");
    }
    let again = invoices_again(&found.rows);
    assert_eq!(again.len(), found.rows.len());
    for (row, again) in found.rows.iter().zip(&again) {
        assert!(row.says_the_same(again), "what is written is read as the same: {row:?} {again:?}");
    }
}

/// Writes rows as CSV and reads them.
fn invoices_again(rows: &[InvoiceRow]) -> Vec<InvoiceRow> {
    let mut lines = vec!["number,debtor,issued,due,amount,currency,description,disputed,settled,name,email".to_owned()];
    lines.extend(rows.iter().map(|r| {
        line(&[
            &r.number,
            &r.debtor,
            &iso(r.issued_on),
            &iso(r.due_on),
            &Money::new(r.amount_minor, r.currency).decimal(),
            r.currency.code(),
            &r.description,
            if r.disputed { "yes" } else { "" },
            &r.settled_on.map(iso).unwrap_or_default(),
            &r.name,
            &r.email,
        ])
    }));
    let Some(table) = written(&lines) else { return Vec::new() };
    let mapping = Mapping::find(invoice::FIELDS, &table.header, "");
    let read = mapping.and_then(|m| invoice::read_rows(&m, &table.records, invoice::Reading::default()));
    read.map(|found| found.rows).unwrap_or_default()
}

fn debtors_again(rows: &[DebtorRow]) -> Vec<DebtorRow> {
    let mut lines = vec!["reference,name,email,phone,address,postcode,country,language,zone,kind,born".to_owned()];
    lines.extend(rows.iter().map(|r| {
        line(&[
            &r.reference,
            &r.name,
            &r.email,
            &r.phone,
            &r.address,
            &r.postcode,
            &r.country,
            &r.language,
            &r.zone,
            &r.kind,
            &r.born_on.map(iso).unwrap_or_default(),
        ])
    }));
    let Some(table) = written(&lines) else { return Vec::new() };
    let mapping = Mapping::find(debtor::FIELDS, &table.header, "");
    let read = mapping.and_then(|m| debtor::read_rows(&m, &table.records, None, |_| true));
    read.map(|(rows, _)| rows).unwrap_or_default()
}

fn line(cells: &[&str]) -> String {
    cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
}

fn written(lines: &[String]) -> Option<Table> {
    read(lines.join("\n").as_bytes(), Asked { encoding: Some("utf-8"), ..ANYTHING }).ok()
}
