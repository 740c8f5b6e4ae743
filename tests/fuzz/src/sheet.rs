//! Spreadsheets: a whole file where the bytes begin as one, else what stands in a sheet, put into a file that is whole: most
//! changes of a packed file only break the packing.

use crate::table::of_table;
use kept_domain::invoice;
use kept_domain::table::Mapping;
use kept_intake::import::{Asked, SPREADSHEET, is_packed, read};
use std::io::{Cursor, Write as _};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// Reads a spreadsheet.
pub fn target(bytes: &[u8]) {
    if is_packed(bytes) {
        return of_file(bytes);
    }
    // What stands before an empty line is about the workbook.
    let text = String::from_utf8_lossy(bytes);
    let (properties, rows) = text.split_once("\n\n").unwrap_or(("", &text));
    if let Some(file) = packed(properties, rows) {
        of_file(&file);
    }
}

fn of_file(bytes: &[u8]) {
    let anything = Asked { encoding: None, sheet: None, fits: &|_| true };
    let wanted = Asked {
        fits: &|rows| rows.first().is_some_and(|r| Mapping::find(invoice::FIELDS, &r.cells, "").is_ok()),
        ..anything
    };
    for asked in [anything, wanted, Asked { sheet: Some("B"), ..anything }] {
        let Ok(mut table) = read(bytes, asked) else { continue };
        assert_eq!(table.encoding, SPREADSHEET);
        assert!(
            asked.sheet.is_some() || table.sheets.contains(&table.sheet),
            "a hidden sheet is read only where it is named"
        );
        assert!(table.records.iter().all(|r| r.cells.len() >= table.header.len() && r.cells.len() <= 500));
        let last = table.records.last().map_or(0, |r| r.row);
        assert!(last <= 1_048_576);
        of_table(&table);
        let before = table.records.len();
        if let Ok(mapping) = Mapping::find(invoice::FIELDS, &table.header, "") {
            let problems = table.withhold(&mapping, invoice::FIELDS);
            assert!(problems.iter().all(|p| p.row > 1 && !p.column.is_empty()), "{problems:?}");
            assert!(table.records.len() + problems.len() >= before, "a row is withheld only for a problem");
            assert!(table.records.iter().all(|r| problems.iter().all(|p| p.row != r.row)));
        }
    }
}

/// A spreadsheet of two sheets, the first with these rows; style 1 is a date.
fn packed(properties: &str, rows: &str) -> Option<Vec<u8>> {
    let sheet = |rows: &str| format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let relations = |inner: &str| format!("<Relationships xmlns=\"{PACKAGE}\">{inner}</Relationships>");
    let workbook = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\">{properties}<sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"a\"/>\
         <sheet name=\"B\" sheetId=\"2\" state=\"hidden\" r:id=\"b\"/></sheets></workbook>"
    );
    let inner = [
        relation("a", "worksheet", "worksheets/a.xml"),
        relation("b", "worksheet", "worksheets/b.xml"),
        relation("s", "styles", "styles.xml"),
        relation("t", "sharedStrings", "sharedStrings.xml"),
    ];
    let styles = format!(
        "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"46\"/>\
         </cellXfs></styleSheet>"
    );
    let strings = format!(
        "<sst xmlns=\"{MAIN}\"><si><t>number</t></si><si><t>C1</t></si><si><r><t>EU</t></r><r><t>R</t></r></si></sst>"
    );
    let files = [
        ("_rels/.rels", relations(&relation("w", "officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml", workbook),
        ("xl/_rels/workbook.xml.rels", relations(&inner.concat())),
        ("xl/styles.xml", styles),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/a.xml", sheet(rows)),
        ("xl/worksheets/b.xml", sheet(rows)),
    ];
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in &files {
        zip.start_file(*name, stored).ok()?;
        zip.write_all(content.as_bytes()).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}
