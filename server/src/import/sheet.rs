//! Reading a sheet of a spreadsheet (XLSX) as rows of texts, as if it had been saved as CSV.

use super::COLUMNS_MAX;
use calamine::{DataRef, Reader as _, SheetVisible, Xlsx, open_workbook_from_rs};
use kept_domain::table::{Record, Refusal, shown};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

/// Bytes that a spreadsheet may have once it is unpacked.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Cells with content that are read.
const CELLS_MAX: usize = 5_000_000;
/// Significant digits of a number, as spreadsheets show them: what is beyond comes of sums of binary fractions.
const DIGITS: usize = 15;

/// Whether a file is packed as XLSX is.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The rows of a sheet that have any content, each as wide as the first; the first sheet that is not hidden unless one is
/// named.
pub(super) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<Vec<Record>, Refusal> {
    measure(bytes)?;
    let unread = || Refusal::new("the file is no spreadsheet that can be read; save it as XLSX or CSV");
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| unread())?;
    let names = book.sheet_names();
    let name = match wanted.map(str::trim) {
        None => {
            let visible = book.sheets_metadata().iter().find(|s| s.visible == SheetVisible::Visible);
            visible.map(|s| s.name.clone()).or_else(|| names.first().cloned())
        }
        Some(wanted) => {
            let named = names.iter().find(|n| n.as_str() == wanted);
            named.or_else(|| names.iter().find(|n| n.to_lowercase() == wanted.to_lowercase())).cloned()
        }
    };
    let Some(name) = name else {
        let listed: Vec<String> = names.iter().take(20).map(|n| shown(n)).collect();
        let wanted = shown(wanted.unwrap_or_default());
        return Err(Refusal::new(format!("there is no sheet “{wanted}”; the sheets are {}", listed.join(", "))));
    };
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| unread())?;
    let mut many = 0;
    while let Some(cell) = cells.next_cell().map_err(|_| unread())? {
        let text = text(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let column = column as usize;
        many += 1;
        if column >= COLUMNS_MAX {
            return Err(Refusal::new(format!("the sheet has more than {COLUMNS_MAX} columns; at most these are read")));
        }
        if many > CELLS_MAX {
            return Err(Refusal::new(format!("the sheet has more than {CELLS_MAX} cells; split it")));
        }
        let texts = rows.entry(row).or_default();
        if texts.len() <= column {
            texts.resize(column + 1, String::new());
        }
        if let Some(place) = texts.get_mut(column) {
            *place = text;
        }
    }
    let width = rows.values().next().map_or(0, Vec::len);
    let record = |(row, mut cells): (u32, Vec<String>)| {
        // Empty cells at the end of a row are not stored.
        cells.resize(cells.len().max(width), String::new());
        Record { row: row.saturating_add(1), cells }
    };
    Ok(rows.into_iter().map(record).collect())
}

/// Unpacks everything without keeping it: what a file says of its own size may be wrong.
fn measure(bytes: &[u8]) -> Result<(), Refusal> {
    let unread = || Refusal::new("the file is an archive that cannot be read; save it as XLSX or CSV");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| unread())?;
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|_| unread())?;
        let unpacked = std::io::copy(&mut file.take(left + 1), &mut std::io::sink()).map_err(|_| unread())?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            let mebibytes = UNPACKED_BYTES_MAX / (1024 * 1024);
            Refusal::new(format!("the spreadsheet is larger than {mebibytes} MiB when it is unpacked; split it"))
        })?;
    }
    Ok(())
}

/// A cell as it would stand in a CSV file: dates as ISO, numbers with a decimal point.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(whole) => whole.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) if at.is_datetime() && at.as_f64() >= 1.0 => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(at) => decimal(at.as_f64()),
        // Such as #N/A: whatever it was to be, it is refused with its place.
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number in decimals, exact to the digits that a spreadsheet shows.
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
mod tests {
    use super::*;
    use std::io::Write as _;

    const SAMPLE: &[u8] = include_bytes!("../../../tests/it/data/invoices.xlsx");

    fn rows(records: &[Record]) -> Vec<(u32, String)> {
        records.iter().map(|r| (r.row, r.cells.join("|"))).collect()
    }

    #[test]
    fn a_sheet_is_read_as_its_rows_are_numbered() {
        let read = read(SAMPLE, None).unwrap();
        let expected = [
            (1, "Invoice no|Customer|Invoice date|Due date|Amount|Currency|Memo"),
            (2, "1001|C1|2026-09-01|2026-10-01|59.97|EUR|Shelves"),
            (3, "1002|C1|2026-09-02|2026-10-02|1200|JPY|"),
            (5, "1003|C2|2026-09-03|2026-10-03|1.2340|KWD|Oak, \"dark\""),
        ];
        assert_eq!(rows(&read), expected.map(|(row, text)| (row, text.to_owned())));
    }

    #[test]
    fn a_sheet_can_be_named() {
        assert_eq!(read(SAMPLE, Some("notes")).unwrap().len(), 1);
        let refused = read(SAMPLE, Some("Nobody's")).unwrap_err().reason;
        assert_eq!(refused, "there is no sheet “Nobody's”; the sheets are Invoices, Notes, Secret");
    }

    #[test]
    fn numbers_are_those_that_a_spreadsheet_shows() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1234.5, "1234.5"),
            (0.1 + 0.2, "0.3"),
            (19.99 * 3.0, "59.97"),
            (59.970_000_000_000_006, "59.97"),
            (-42.1, "-42.1"),
            (1.234, "1.2340"),
            (0.05, "0.05"),
            (0.000_12, "0.00012"),
            (99_999_999.99, "99999999.99"),
            (123_456_789_012_345_678.0, "123456789012346000"),
            (100.0, "100"),
        ] {
            assert_eq!(decimal(number), expected, "{number}");
        }
    }

    #[test]
    fn what_is_no_spreadsheet_is_refused() {
        let archive = |files: &[(&str, Vec<u8>)]| {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for (name, content) in files {
                zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(content).unwrap();
            }
            zip.finish().unwrap().into_inner()
        };
        let other = archive(&[("word/document.xml", b"<w/>".to_vec())]);
        let bomb = archive(&[("xl/sharedStrings.xml", vec![b' '; UNPACKED_BYTES_MAX as usize + 1])]);
        assert!(bomb.len() < 2 * 1024 * 1024, "it is small until it is unpacked");
        for (bytes, reason) in [
            (b"PK\x03\x04 and so on".to_vec(), "cannot be read"),
            (other, "no spreadsheet"),
            (bomb, "256 MiB"),
            (SAMPLE[..SAMPLE.len() / 2].to_vec(), "cannot be read"),
        ] {
            let refused = read(&bytes, None).unwrap_err().reason;
            assert!(refused.contains(reason), "{refused}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_change_to_a_spreadsheet_makes_the_reader_panic(
            at in proptest::prelude::any::<proptest::sample::Index>(), to in proptest::prelude::any::<u8>(),
        ) {
            let mut bytes = SAMPLE.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = to;
            let _ = read(&bytes, None);
        }

        #[test]
        fn an_amount_of_two_decimals_stays_itself(minor in 0i64..1_000_000_000_000) {
            let expected = format!("{}.{:02}", minor / 100, minor % 100);
            let expected = expected.trim_end_matches('0').trim_end_matches('.');
            proptest::prop_assert_eq!(decimal(minor as f64 / 100.0), if expected.is_empty() { "0" } else { expected });
        }
    }
}
