use super::*;
use std::io::Write as _;

const SAMPLE: &[u8] = include_bytes!("../../../../../tests/it/data/spreadsheets/invoices.xlsx");

fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Found, Refusal> {
    super::read(bytes, Asked { encoding: None, sheet, fits: &|rows| !rows.is_empty() })
}

fn rows(found: &Found) -> Vec<(u32, String)> {
    found.records.iter().map(|r| (r.row, r.cells.join("|"))).collect()
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A spreadsheet: what is said of the workbook, and its sheets by name, state and the XML of their rows. Style 1 is a date.
fn book(properties: &str, sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut listed, mut relations) = (String::new(), String::new());
    let mut files: Vec<(String, String)> = Vec::new();
    for (n, (name, state, rows)) in sheets.iter().enumerate() {
        listed.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{}\" state=\"{state}\" r:id=\"r{n}\"/>", n + 1));
        relations.push_str(&format!(
            "<Relationship Id=\"r{n}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/{n}.xml\"/>"
        ));
        let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        files.push((format!("xl/worksheets/{n}.xml"), sheet));
    }
    relations.push_str(&format!("<Relationship Id=\"s\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/>"));
    files.push((
        "xl/workbook.xml".to_owned(),
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\">{properties}<sheets>{listed}</sheets></workbook>"),
    ));
    files.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!("<Relationships xmlns=\"{PACKAGE}\">{relations}</Relationships>"),
    ));
    files.push((
        "_rels/.rels".to_owned(),
        format!(
            "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" \
             Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    ));
    let styles = "<cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>";
    files.push(("xl/styles.xml".to_owned(), format!("<styleSheet xmlns=\"{MAIN}\">{styles}</styleSheet>")));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    archive(&files)
}

/// A row of cells: texts as they are, numbers as they are written.
fn row(number: u32, cells: &[&str]) -> String {
    let cell = |(n, content): (usize, &&str)| {
        let place = format!("{}{number}", char::from(b'A' + u8::try_from(n).unwrap()));
        if content.starts_with('<') {
            return content.replace("<c", &format!("<c r=\"{place}\""));
        }
        format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{content}</t></is></c>")
    };
    let cells: String = cells.iter().enumerate().map(cell).collect();
    format!("<row r=\"{number}\">{cells}</row>")
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
    assert_eq!((read.name.as_str(), &read.sheets[..]), ("Invoices", &["Invoices".to_owned(), "Notes".to_owned()][..]));
    assert_eq!(read.unread, []);
}

#[test]
fn a_sheet_can_be_named() {
    assert_eq!(rows(&read(SAMPLE, Some("notes")).unwrap()), [(3, "|Ask Hal".to_owned())]);
    assert_eq!(rows(&read(SAMPLE, Some("Secret")).unwrap()), [(1, "Ask Hal".to_owned())], "a hidden one as well");
    let refused = read(SAMPLE, Some("Nobody's")).map(|f| f.name).unwrap_err().reason;
    assert_eq!(refused, "there is no sheet “Nobody's”; the sheets are Invoices, Notes");
}

#[test]
fn the_first_sheet_that_fits_is_read_and_hidden_ones_are_not() {
    let wanted = row(1, &["Number"]) + &row(2, &["1"]);
    let sheets = [
        ("Cover", "visible", row(3, &["Hello"])),
        ("Old", "hidden", wanted.clone()),
        ("Older", "veryHidden", wanted.clone()),
        ("Open", "visible", wanted.clone()),
        ("More", "visible", wanted),
    ];
    let sheets: Vec<(&str, &str, &str)> =
        sheets.iter().map(|(name, state, rows)| (*name, *state, rows.as_str())).collect();
    let bytes = book("", &sheets);
    let found = |heading: &'static str| {
        let fits = move |rows: &[Record]| rows.first().is_some_and(|r| r.cells.iter().any(|c| c == heading));
        super::read(&bytes, Asked { encoding: None, sheet: None, fits: &fits }).unwrap()
    };
    assert_eq!(found("Number").name, "Open");
    assert_eq!(found("Number").sheets, ["Cover", "Open", "More"]);
    assert_eq!(found("Amount").name, "Cover", "where none fits, the first one tells what is missing");
    let hidden = book("", &[("Old", "hidden", &row(1, &["Number"]))]);
    let refused = read(&hidden, None).map(|f| f.name).unwrap_err().reason;
    assert!(refused.contains("no sheet that is not hidden"), "{refused}");
}

#[test]
fn dates_are_days_since_1900_or_since_1904() {
    let days = |properties: &str, serial: &str| {
        let cell = format!("<c s=\"1\"><v>{serial}</v></c>");
        let bytes = book(properties, &[("A", "visible", &row(1, &[cell.as_str()]))]);
        read(&bytes, None).unwrap().records[0].cells[0].clone()
    };
    for (serial, since_1900, since_1904) in [
        ("1", "1900-01-01", "1904-01-02"),
        ("61", "1900-03-01", "1904-03-02"),
        ("46266", "2026-09-01", "2030-09-02"),
        ("46266.999988", "2026-09-01", "2030-09-02"),
        ("45351", "2024-02-29", "2028-03-01"),
    ] {
        assert_eq!(days("", serial), since_1900);
        assert_eq!(days("<workbookPr date1904=\"1\"/>", serial), since_1904);
    }
    assert_eq!(days("", "0.5"), "0.5", "a time of day is no date");
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
        (9_007_199_254_740.93, "9007199254740.93"),
        (123_456_789_012_345_678.0, "123456789012346000"),
        (100.0, "100"),
    ] {
        assert_eq!(decimal(number), expected, "{number}");
    }
}

#[test]
fn cells_without_a_value_are_told_with_their_place() {
    let heads = row(1, &["Number", "Amount"]);
    let unread = |cell: &str| {
        let bytes = book("", &[("A", "visible", &(heads.clone() + &row(7, &["1", cell])))]);
        let found = read(&bytes, None).unwrap();
        found.unread.first().map(|u| (u.row, u.column, u.reason.clone())).unwrap_or_default()
    };
    for (cell, reason) in [
        ("<c t=\"e\"><v>#N/A</v></c>", "“#N/A” is a mistake"),
        ("<c><f>B2*2</f></c>", "the result of the formula is not in the file"),
        ("<c><f>B2*2</f><v></v></c>", "the result of the formula is not in the file"),
        ("<c><v>12345678901234567</v></c>", "more digits"),
    ] {
        let (row, column, why) = unread(cell);
        assert_eq!((row, column), (7, 1), "{cell}");
        assert!(why.contains(reason), "{why}");
    }
    for cell in ["<c><f>B2*2</f><v>5</v></c>", "<c t=\"str\"><f>\"\"</f><v></v></c>", "<c/>", "<c><v>5</v></c>"] {
        assert_eq!(unread(cell), (0, 0, String::new()), "{cell}");
    }
}

#[test]
fn what_is_no_spreadsheet_is_refused() {
    let other = archive(&[("word/document.xml", b"<w/>")]);
    let mut ods = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    ods.start_file("mimetype", stored).unwrap();
    ods.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    let ods = ods.finish().unwrap().into_inner();
    // One cell at the far end of each row: little to read, much to keep.
    let sparse: String = (1..=10_100).map(|n| format!("<row r=\"{n}\"><c r=\"SF{n}\"><v>1</v></c></row>")).collect();
    let sparse = book("", &[("A", "visible", &sparse)]);
    let cell = |place: &str| book("", &[("A", "visible", &format!("<row><c r=\"{place}\"><v>1</v></c></row>"))]);
    for (bytes, reason) in [
        (b"PK\x03\x04 and so on".to_vec(), "cannot be read"),
        (other, "no spreadsheet"),
        (ods, "ODS"),
        (SAMPLE[..SAMPLE.len() / 2].to_vec(), "cannot be read"),
        (sparse, "5000000 cells"),
        (cell("XFD1"), "500 columns"),
        (cell("A1048577"), "1048576 rows"),
        (cell("1"), "no spreadsheet"),
    ] {
        let refused = read(&bytes, None).map(|f| f.name).unwrap_err().reason;
        assert!(refused.contains(reason), "{refused}: expected {reason}");
    }
    for place in ["A99999999999999999999", "ZZZZZZZZZZZZZZ1", "A4294967297"] {
        assert!(read(&cell(place), None).map_or(true, |found| found.records.len() <= 1), "{place} is nowhere");
    }
}

#[test]
fn what_unpacks_to_too_much_is_not_unpacked() {
    const MEBIBYTE: usize = 1024 * 1024;
    let bomb = archive(&[("xl/a.xml", &vec![b' '; MEBIBYTE]), ("xl/b.xml", &vec![b' '; MEBIBYTE + 1])]);
    assert!(bomb.len() < MEBIBYTE / 50, "it is small until it is unpacked");
    assert!(measure(&bomb, 2 * MEBIBYTE as u64).unwrap_err().reason.contains("2 MiB"));
    assert_eq!(measure(&bomb, 2 * MEBIBYTE as u64 + 1), Ok(()), "all of it together counts");
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
