//! CSV, or a spreadsheet, as banks write it: a line of headings, sometimes below a few lines about the account, and a
//! movement each row.

use super::Asked;
use crate::import::{self, Table};
use kept_domain::invoice::Reading;
use kept_domain::statement::Statement;
use kept_domain::statement::rows::{FIELDS, read_rows};
use kept_domain::table::{Mapping, Record, Refusal};

/// Lines about the account that may stand above the headings.
const ABOVE_MAX: usize = 20;

/// Reads a file.
pub(super) fn read(bytes: &[u8], asked: &Asked) -> Result<Statement, Refusal> {
    let mut table = table(bytes, asked)?;
    let mapping = Mapping::find(FIELDS, &table.header, &asked.map).map_err(|refusal| table.name_sheet(refusal))?;
    // No part of a statement is taken, so one cell that cannot be read is enough.
    if let Some(problem) = table.withhold(&mapping, FIELDS).into_iter().next() {
        let place = format!("row {}, {}", problem.row, problem.column);
        return Err(Refusal { reason: format!("{place}: {}", problem.reason), examples: vec![problem] });
    }
    let read = read_rows(&mapping, &table.records, Reading { currency: asked.currency, order: asked.order })?;
    Ok(Statement { format: if table.sheet.is_empty() { read.format } else { import::SPREADSHEET }, ..read })
}

/// The rows below the headings. Where none are found, the first row is taken for them, so that it can be said what it lacks.
pub(super) fn table(bytes: &[u8], asked: &Asked) -> Result<Table, Refusal> {
    let fits = |rows: &[Record]| rows.iter().take(ABOVE_MAX + 1).any(|r| is_headings(&r.cells, asked));
    let how = import::Asked { encoding: asked.encoding.as_deref(), sheet: asked.sheet.as_deref(), fits: &fits };
    let mut table = import::read(bytes, how)?;
    // Better with an amount than without one.
    for is_it in [is_headings, has_day] {
        if is_it(&table.header, asked) {
            break;
        }
        let at = table.records.iter().take(ABOVE_MAX).position(|r| is_it(&r.cells, asked));
        if let Some(headings) = at.and_then(|at| table.records.drain(..=at).next_back()) {
            table.header = headings.cells;
            break;
        }
    }
    Ok(table)
}

/// Whether a row may be the headings: by themselves, or with the corrections.
fn is_headings(cells: &[String], asked: &Asked) -> bool {
    let has_amount = |mapping: &Mapping| mapping.column("amount").or(mapping.column("credit")).is_some();
    guesses(cells, asked).iter().any(has_amount)
}

/// Whether a row may be the headings although none is of an amount.
fn has_day(cells: &[String], asked: &Asked) -> bool {
    !guesses(cells, asked).is_empty()
}

fn guesses(cells: &[String], asked: &Asked) -> Vec<Mapping> {
    let maps = ["", asked.map.as_str()];
    maps.iter().filter_map(|map| Mapping::find(FIELDS, cells, map).ok()).collect()
}
