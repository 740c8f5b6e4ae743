//! CSV as banks write it: a line of headings, sometimes below a few lines about the account, and a movement each row.

use super::Asked;
use crate::import;
use kept_domain::invoice::Reading;
use kept_domain::statement::Statement;
use kept_domain::statement::rows::{FIELDS, read_rows};
use kept_domain::table::{Mapping, Refusal};

/// Lines about the account that may stand above the headings.
const ABOVE_MAX: usize = 20;

/// Reads a file.
pub(super) fn read(bytes: &[u8], asked: &Asked) -> Result<Statement, Refusal> {
    let table = import::read(bytes, asked.encoding.as_deref())?;
    let (mapping, skip) = match Mapping::find(FIELDS, &table.header, &asked.map) {
        Ok(mapping) => (mapping, 0),
        Err(refusal) => {
            // The first row in which headings are found; where none is, it is said of the first row.
            let rows = table.records.iter().take(ABOVE_MAX).enumerate();
            let found = rows.filter_map(|(at, r)| Some((Mapping::find(FIELDS, &r.cells, &asked.map).ok()?, at + 1)));
            let found =
                found.into_iter().find(|(mapping, _)| mapping.column("amount").or(mapping.column("credit")).is_some());
            found.ok_or(refusal)?
        }
    };
    let rows = table.records.get(skip..).unwrap_or_default();
    read_rows(&mapping, rows, Reading { currency: asked.currency, order: asked.order })
}
