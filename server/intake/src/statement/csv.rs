//! CSV, or a spreadsheet, as banks write it: a line of headings, sometimes below a few lines about the account, and a movement each row.

use super::Asked;
use crate::import;
use kept_domain::invoice::Reading;
use kept_domain::statement::Statement;
use kept_domain::statement::rows::{FIELDS, read_rows};
use kept_domain::table::{Mapping, Record, Refusal};

/// Lines about the account that may stand above the headings.
const ABOVE_MAX: usize = 20;

/// Reads a file.
pub(super) fn read(bytes: &[u8], asked: &Asked) -> Result<Statement, Refusal> {
    let fits = |rows: &[Record]| rows.iter().take(ABOVE_MAX + 1).any(|r| headings(&r.cells, asked).is_some());
    let how = import::Asked { encoding: asked.encoding.as_deref(), sheet: asked.sheet.as_deref(), fits: &fits };
    let mut table = import::read(bytes, how)?;
    let (mapping, skip) = match Mapping::find(FIELDS, &table.header, &asked.map) {
        Ok(mapping) => (mapping, 0),
        Err(refusal) => {
            // The first row in which headings are found; where none is, it is said of the first row.
            let mut rows = table.records.iter().take(ABOVE_MAX).enumerate();
            let found = rows.find_map(|(at, r)| Some((headings(&r.cells, asked)?, at + 1)));
            found.ok_or_else(|| table.name_sheet(refusal))?
        }
    };
    table.records.drain(..skip);
    // No part of a statement is taken, so one cell that cannot be read is enough.
    if let Some(problem) = table.withhold(&mapping, FIELDS).into_iter().next() {
        let place = format!("row {}, {}", problem.row, problem.column);
        return Err(Refusal { reason: format!("{place}: {}", problem.reason), examples: vec![problem] });
    }
    let read = read_rows(&mapping, &table.records, Reading { currency: asked.currency, order: asked.order })?;
    Ok(Statement { format: if table.sheet.is_empty() { read.format } else { import::SPREADSHEET }, ..read })
}

/// The columns of a row, where it may be the headings.
fn headings(cells: &[String], asked: &Asked) -> Option<Mapping> {
    let mapping = Mapping::find(FIELDS, cells, &asked.map).ok()?;
    mapping.column("amount").or(mapping.column("credit")).is_some().then_some(mapping)
}
