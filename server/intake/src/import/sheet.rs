//! Reading a sheet of a spreadsheet (XLSX) as rows of texts, as if it had been saved as CSV.

use super::{Asked, COLUMNS_MAX, Unread};
use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, open_workbook_from_rs};
use kept_domain::table::{Record, Refusal, shown};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bytes that a spreadsheet may have once it is unpacked.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Rows that a sheet may have, as spreadsheet programs have it.
const ROWS_MAX: u32 = 1_048_576;
/// Cells that are read, of all sheets, and those that stand empty between them.
const CELLS_MAX: usize = 5_000_000;
/// Sheets that are looked at where none is named.
const SHEETS_MAX: usize = 20;
/// Cells without a value that are told of.
const UNREAD_MAX: usize = 10_000;
/// Significant digits of a number, as spreadsheets keep them: what is beyond comes of sums of binary fractions.
const DIGITS: usize = 15;
/// From here on a number has more digits than are kept, so that it may not be the one that was typed.
const INEXACT_FROM: f64 = 1e15;

/// A sheet, read.
pub(super) struct Found {
    /// What it is called.
    pub name: String,
    /// The sheets that are not hidden.
    pub sheets: Vec<String>,
    /// The rows that have any content, each at least as wide as the first.
    pub records: Vec<Record>,
    /// Cells that have no value.
    pub unread: Vec<Unread>,
}

/// Reads the sheet that is named, even a hidden one; else the first that fits of those that are not hidden, else the first
/// of them that has any content, so that what it lacks can be told.
pub(super) fn read(bytes: &[u8], asked: Asked<'_>) -> Result<Found, Refusal> {
    measure(bytes, UNPACKED_BYTES_MAX)?;
    // The library computes with what the file says of its places, unchecked.
    catch_unwind(AssertUnwindSafe(|| choose(bytes, asked))).unwrap_or_else(|_| Err(unread()))
}

fn unread() -> Refusal {
    Refusal::new("the file is no spreadsheet that can be read; save it as XLSX or CSV")
}

fn choose(bytes: &[u8], asked: Asked<'_>) -> Result<Found, Refusal> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| unread())?;
    let tables = book.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet);
    let (visible, hidden): (Vec<_>, Vec<_>) = tables.partition(|s| s.visible == SheetVisible::Visible);
    let names = |sheets: Vec<&calamine::Sheet>| sheets.into_iter().map(|s| s.name.clone()).collect::<Vec<String>>();
    let (sheets, hidden) = (names(visible), names(hidden));
    let looked_at: Vec<String> = match asked.sheet.map(str::trim).filter(|name| !name.is_empty()) {
        None => sheets.iter().take(SHEETS_MAX).cloned().collect(),
        Some(wanted) => {
            let all = || sheets.iter().chain(&hidden);
            let named = all().find(|n| n.as_str() == wanted);
            let named = named.or_else(|| all().find(|n| n.to_lowercase() == wanted.to_lowercase()));
            let listed = || sheets.iter().take(SHEETS_MAX).map(|n| shown(n)).collect::<Vec<_>>().join(", ");
            let missing = || format!("there is no sheet “{}”; the sheets are {}", shown(wanted), listed());
            vec![named.cloned().ok_or_else(|| Refusal::new(missing()))?]
        }
    };
    let mut cells_left = CELLS_MAX;
    let mut first: Option<Found> = None;
    for name in looked_at {
        let (records, unread) = rows(&mut book, &name, &mut cells_left)?;
        let fits = (asked.fits)(&records);
        let found = Found { name, sheets: sheets.clone(), records, unread };
        if fits {
            return Ok(found);
        }
        if first.as_ref().is_none_or(|f| f.records.is_empty()) {
            first = Some(found);
        }
    }
    first.ok_or_else(|| Refusal::new("the spreadsheet has no sheet that is not hidden"))
}

/// The rows of a sheet that have any content, and the cells without a value.
fn rows(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    cells_left: &mut usize,
) -> Result<(Vec<Record>, Vec<Unread>), Refusal> {
    let too_many = || Refusal::new(format!("the spreadsheet has more than {CELLS_MAX} cells; split it"));
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut without: Vec<Unread> = Vec::new();
    let mut cells = book.worksheet_cells_reader(name).map_err(|_| unread())?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_| unread())? {
        let (row, column) = (cell.pos.0, cell.pos.1 as usize);
        *cells_left = cells_left.checked_sub(1).ok_or_else(too_many)?;
        let (text, why_unread) = text(&cell.value, cell.formula.is_some());
        if text.trim().is_empty() && why_unread.is_none() {
            continue;
        }
        if column >= COLUMNS_MAX {
            return Err(Refusal::new(format!("the sheet has more than {COLUMNS_MAX} columns; at most these are read")));
        }
        if row >= ROWS_MAX {
            return Err(Refusal::new(format!("the sheet has more than {ROWS_MAX} rows; split it")));
        }
        if let Some(reason) = why_unread
            && without.len() < UNREAD_MAX
        {
            without.push(Unread { row: row.saturating_add(1), column, reason });
        }
        let texts = rows.entry(row).or_default();
        if texts.len() <= column {
            *cells_left = cells_left.checked_sub(column - texts.len()).ok_or_else(too_many)?;
            texts.resize(column + 1, String::new());
        }
        if let Some(place) = texts.get_mut(column) {
            *place = text;
        }
    }
    rows.retain(|_, cells| cells.iter().any(|c| !c.trim().is_empty()));
    let width = rows.values().next().map_or(0, Vec::len);
    if rows.len().saturating_mul(width) > CELLS_MAX {
        return Err(too_many());
    }
    let record = |(row, mut cells): (u32, Vec<String>)| {
        // Empty cells at the end of a row are not stored.
        cells.resize(cells.len().max(width), String::new());
        Record { row: row.saturating_add(1), cells }
    };
    let records: Vec<Record> = rows.into_iter().map(record).collect();
    // Headings are texts whatever they are.
    let first = records.first().map_or(0, |r| r.row);
    without.retain(|u| u.row != first);
    Ok((records, without))
}

/// Unpacks everything without keeping it: what a file says of its own size may be wrong.
fn measure(bytes: &[u8], bytes_max: u64) -> Result<(), Refusal> {
    // Its kind stands at a fixed place, unpacked.
    if bytes.get(38..).is_some_and(|rest| rest.starts_with(b"application/vnd.oasis.opendocument.spreadsheet")) {
        return Err(Refusal::new("the file is an OpenDocument spreadsheet (ODS); save it as XLSX or CSV"));
    }
    let unread = || Refusal::new("the file is an archive that cannot be read; save it as XLSX or CSV");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| unread())?;
    let mut left = bytes_max;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|_| unread())?;
        let unpacked = std::io::copy(&mut file.take(left + 1), &mut std::io::sink()).map_err(|_| unread())?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            let mebibytes = bytes_max / (1024 * 1024);
            Refusal::new(format!("the spreadsheet is larger than {mebibytes} MiB when it is unpacked; split it"))
        })?;
    }
    Ok(())
}

/// A cell as it would stand in a CSV file: dates as ISO, numbers with a decimal point; and why it has no value.
fn text(value: &DataRef<'_>, has_formula: bool) -> (String, Option<String>) {
    let whole = |number: f64| {
        let inexact = number.abs() >= INEXACT_FROM;
        let why = || "this number has more digits than a spreadsheet keeps; write it as text".to_owned();
        (decimal(number), inexact.then(why))
    };
    match value {
        DataRef::Int(number) => (number.to_string(), None),
        DataRef::Float(number) => whole(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Bool(flag) => (flag.to_string(), None),
        DataRef::DateTime(at) if at.is_datetime() && at.as_f64() >= 1.0 => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            (format!("{year:04}-{month:02}-{day:02}"), None)
        }
        DataRef::DateTime(at) => whole(at.as_f64()),
        DataRef::Error(error) => {
            let why = format!("“{error}” is a mistake that the spreadsheet shows, not a value");
            (error.to_string(), Some(why))
        }
        DataRef::Empty if has_formula => {
            let why =
                "the result of the formula is not in the file; open it in a spreadsheet program and save it again";
            (String::new(), Some(why.to_owned()))
        }
        DataRef::Empty => (String::new(), None),
    }
}

/// A number in decimals, exact to the digits that a spreadsheet keeps: any amount that was typed is written as it was typed.
fn decimal(number: f64) -> String {
    let written = format!("{number:.*e}", DIGITS - 1);
    let parts = written.split_once('e').and_then(|(m, e)| Some((m, e.parse::<i32>().ok()?)));
    let Some((mantissa, exponent)) = parts.filter(|(_, e)| (-20..=20).contains(e)) else { return number.to_string() };
    let negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let before = usize::try_from(exponent + 1).unwrap_or(0);
    let padding = usize::try_from(-(exponent + 1)).unwrap_or(0);
    let mut digits = format!("{}{digits}", "0".repeat(padding));
    while digits.len() < before {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(before);
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && (whole != "0" || !fraction.is_empty()) { "-" } else { "" };
    match fraction.len() {
        0 => format!("{sign}{whole}"),
        // A fourth digit keeps three decimals from being read as a group.
        3 => format!("{sign}{whole}.{fraction}0"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests;
