//! Reading a file of rows: its encoding, its separator, its quotes, or the sheet of a spreadsheet; whatever is wrong is
//! said with its row.

mod sheet;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};
use kept_domain::table::{Field, Mapping, Problem, Record, Refusal, shown};

/// Bytes that a file may have.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Columns that a file may have.
const COLUMNS_MAX: usize = 500;
/// Separators that are looked for.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// The name of a spreadsheet where an encoding is asked for.
pub const SPREADSHEET: &str = "XLSX";

/// How a file is to be read.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The encoding of a text, such as `windows-1252`; without it the bytes tell.
    pub encoding: Option<&'a str>,
    /// The sheet of a spreadsheet; without it the first one that fits, of those that are not hidden.
    pub sheet: Option<&'a str>,
    /// Whether these rows, of which the first may be the headings, are what is looked for.
    pub fits: &'a dyn Fn(&[Record]) -> bool,
}

/// A file, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The first row.
    pub header: Vec<String>,
    /// The rows after it; those without any content are left out.
    pub records: Vec<Record>,
    /// The encoding that it was read in; [`SPREADSHEET`] for a spreadsheet.
    pub encoding: &'static str,
    /// What stands between its cells; nothing does in a spreadsheet.
    pub separator: Option<char>,
    /// The sheets of a spreadsheet that are not hidden, and the one that was read.
    pub sheets: Vec<String>,
    /// The sheet that was read; empty for a text.
    pub sheet: String,
    /// Cells that have no value to read, under the headings.
    pub unread: Vec<Unread>,
}

/// A cell of a spreadsheet that has no value to read, such as an error or a formula without its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The row as a spreadsheet numbers it.
    pub row: u32,
    /// The column, from 0.
    pub column: usize,
    /// Why, in words for the person who has the file.
    pub reason: String,
}

impl Table {
    /// Says of which sheet it is that it lacks something.
    pub fn name_sheet(&self, refusal: Refusal) -> Refusal {
        if self.sheet.is_empty() {
            return refusal;
        }
        Refusal { reason: format!("the sheet “{}”: {}", shown(&self.sheet), refusal.reason), ..refusal }
    }

    /// Takes the rows out that cannot be read in a column that matters, and says why.
    pub fn withhold(&mut self, mapping: &Mapping, fields: &[Field]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for cell in &self.unread {
            if let Some(field) = fields.iter().find(|f| mapping.column(f.name) == Some(cell.column)) {
                problems.push(Problem::new(cell.row, mapping.header(field.name), cell.reason.as_str()));
            }
        }
        let rows: std::collections::HashSet<u32> = problems.iter().map(|p| p.row).collect();
        self.records.retain(|r| !rows.contains(&r.row));
        problems
    }
}

/// Whether a file is packed as spreadsheets are; an archive may hold anything.
pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads a file.
///
/// # Errors
/// Why it is no table.
pub fn read(bytes: &[u8], asked: Asked<'_>) -> Result<Table, Refusal> {
    check_size(bytes)?;
    if is_packed(bytes) {
        let found = sheet::read(bytes, asked)?;
        let table = Table {
            encoding: SPREADSHEET,
            sheets: found.sheets,
            sheet: found.name,
            unread: found.unread,
            ..Table::default()
        };
        return fill(table, found.records, "the sheet");
    }
    let (text, encoding) = decode(bytes, asked.encoding)?;
    if asked.sheet.is_some() {
        return Err(Refusal::new("the file is no spreadsheet, so it has no sheets"));
    }
    let text = if text.contains('\n') { text } else { text.replace('\r', "\n") };
    let (text, separator) = match stated_separator(&text) {
        Some((separator, rest)) => (rest, separator),
        None => (text.as_str(), find_separator(&text)),
    };
    let table = Table { encoding, separator: Some(separator), ..Table::default() };
    fill(table, split(text, separator, true)?, "the file")
}

/// The first record is the header.
fn fill(table: Table, records: Vec<Record>, what: &str) -> Result<Table, Refusal> {
    let mut records = records.into_iter();
    let header = records.next().map(|r| r.cells).ok_or_else(|| Refusal::new(format!("{what} is empty")))?;
    if header.len() > COLUMNS_MAX {
        return Err(Refusal::new(format!("the header has {} columns; at most {COLUMNS_MAX} are read", header.len())));
    }
    let records: Vec<Record> = records.collect();
    if records.is_empty() {
        return Err(Refusal::new(format!("{what} has a header and no rows")));
    }
    Ok(Table { header, records, ..table })
}

fn check_size(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.len() > FILE_BYTES_MAX {
        let mebibytes = FILE_BYTES_MAX / (1024 * 1024);
        return Err(Refusal::new(format!("the file is larger than {mebibytes} MiB; split it")));
    }
    Ok(())
}

/// What a file is that is no text, by its first bytes.
fn other_than_text(bytes: &[u8]) -> Option<&'static str> {
    // Names in such a file are UTF-16; a spreadsheet with a password is one of them in a locked box.
    const LOCKED: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        let locked = bytes.windows(LOCKED.len()).any(|part| part == LOCKED);
        return Some(if locked {
            "a spreadsheet that is locked with a password; save it without one, as XLSX or CSV"
        } else {
            "a spreadsheet in an old format (XLS); save it as XLSX or CSV"
        });
    }
    if bytes.starts_with(b"%PDF") {
        return Some("a PDF, not a table; save it as XLSX or CSV where it was made");
    }
    is_packed(bytes).then_some("an archive or a spreadsheet, not text")
}

/// The text of a file, and the encoding that it was read in. `stated` is a label such as `windows-1252`; without it the
/// bytes tell.
///
/// # Errors
/// When it is no text, or none in that encoding.
pub fn decode(bytes: &[u8], stated: Option<&str>) -> Result<(String, &'static str), Refusal> {
    check_size(bytes)?;
    if let Some(what) = other_than_text(bytes) {
        return Err(Refusal::new(format!("the file is {what}")));
    }
    let (encoding, skip) = match (stated, Encoding::for_bom(bytes)) {
        (_, Some((encoding, skip))) => (encoding, skip),
        (Some(label), None) => {
            let found = Encoding::for_label(label.trim().as_bytes());
            (found.ok_or_else(|| Refusal::new(format!("there is no encoding called “{}”", shown(label))))?, 0)
        }
        (None, None) if bytes.contains(&0) => {
            return Err(Refusal::new(
                "the file holds NUL bytes: it is not text, or it is UTF-16 without a byte order mark",
            ));
        }
        (None, None) if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
        (None, None) => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            detector.feed(bytes, true);
            (detector.guess(None, Utf8Detection::Deny), 0)
        }
    };
    let body = bytes.get(skip..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(body);
    let text = text.ok_or_else(|| Refusal::new(format!("the file is not valid {}", encoding.name())))?;
    if text.trim().is_empty() {
        return Err(Refusal::new("the file is empty"));
    }
    if text.contains('\0') {
        return Err(Refusal::new("the file holds NUL characters: it is not text"));
    }
    let controls = text.chars().take(65_536).filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    if controls > 8 + text.len().min(65_536) / 200 {
        return Err(Refusal::new("the file is not text: it is full of control characters"));
    }
    Ok((text.into_owned(), encoding.name()))
}

/// Spreadsheets write `sep=;` into the first line and do not show it as a row.
fn stated_separator(text: &str) -> Option<(char, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let stated = line.trim_end_matches('\r').strip_prefix("sep=")?;
    let mut chars = stated.chars();
    let separator = chars.next().filter(|c| SEPARATORS.contains(c))?;
    chars.next().is_none().then_some((separator, rest))
}

/// The separator that gives most rows the header's number of cells.
fn find_separator(text: &str) -> char {
    let end = text.char_indices().nth(65_536).map_or(text.len(), |(at, _)| at);
    let sample = text.get(..end).unwrap_or(text);
    let score = |separator: char| {
        let records = split(sample, separator, false).unwrap_or_default();
        let width = records.first().map_or(0, |r| r.cells.len());
        let alike = records.iter().filter(|r| r.cells.len() == width).count();
        if width > 1 { (alike, width) } else { (0, width) }
    };
    // Of equals the first wins, so it is looked at last.
    SEPARATORS.into_iter().rev().max_by_key(|s| score(*s)).unwrap_or(',')
}

/// Splits a text into records by RFC 4180, with any separator and any line end. Rows count as in a spreadsheet: line
/// breaks inside quotes start none, empty lines do. `whole` refuses a quote that is never closed.
fn split(text: &str, separator: char, whole: bool) -> Result<Vec<Record>, Refusal> {
    let mut records = Vec::new();
    let mut row: u32 = 1;
    let mut cells: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut opened_row = 0;
    let mut chars = text.chars().peekable();
    let mut end = |cells: &mut Vec<String>, row: u32| {
        let cells = std::mem::take(cells);
        if cells.iter().any(|c| !c.trim().is_empty()) {
            records.push(Record { row, cells });
        }
    };
    while let Some(c) = chars.next() {
        if quoted {
            match c {
                '"' if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => quoted = false,
                c => cell.push(c),
            }
            continue;
        }
        match c {
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
                opened_row = row;
            }
            c if c == separator => cells.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                end(&mut cells, row);
                row = row.saturating_add(1);
            }
            c => cell.push(c),
        }
    }
    if quoted && whole {
        return Err(Refusal::new(format!("row {opened_row}: a quotation mark is opened and never closed")));
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        end(&mut cells, row);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads whatever is there, as nothing is asked for.
    fn read(bytes: &[u8], encoding: Option<&str>) -> Result<Table, Refusal> {
        super::read(bytes, Asked { encoding, sheet: None, fits: &|_| true })
    }

    fn cells(bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
        let table = read(bytes, None).unwrap_or_else(|e| panic!("{}: {:?}", e.reason, String::from_utf8_lossy(bytes)));
        std::iter::once((1, table.header)).chain(table.records.into_iter().map(|r| (r.row, r.cells))).collect()
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    }

    #[test]
    fn encodings_are_found() {
        let text = "Name;Straße\nMüller & Söhne;Käthe-Kollwitz-Straße 3\n";
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let table: &[(&str, Vec<u8>)] = &[
            ("UTF-8", text.as_bytes().to_vec()),
            ("UTF-8", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
            ("windows-1252", windows.into_owned()),
            ("UTF-16LE", utf16(text, false)),
            ("UTF-16BE", utf16(text, true)),
        ];
        for (name, bytes) in table {
            let read = read(bytes, None).unwrap();
            assert_eq!((read.encoding, read.separator), (*name, Some(';')));
            assert_eq!(read.header, ["Name", "Straße"], "{name}");
            assert_eq!(read.records[0].cells, ["Müller & Söhne", "Käthe-Kollwitz-Straße 3"], "{name}");
        }
        let polish = encoding_rs::ISO_8859_2.encode("a,b\nŁódź,1\n").0.into_owned();
        assert_eq!(read(&polish, Some("iso-8859-2")).unwrap().records[0].cells[0], "Łódź", "it can be stated");
    }

    #[test]
    fn separators_are_found() {
        for (text, separator) in [
            ("a,b\n1,2\n", ','),
            ("a;b\n\"1,5\";2\n3,5;4\n", ';'),
            ("a\tb\n1\t2\n", '\t'),
            ("a|b\n1|2\n", '|'),
            ("a;b,c\n1;2\n3;4\n", ';'),
            ("sep=|\na|b;c;d\n1|2\n", '|'),
        ] {
            assert_eq!(read(text.as_bytes(), None).unwrap().separator, Some(separator), "{text}");
        }
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_shows_them() {
        let text = "a,b\r\n\"x\r\ny\",\"he said \"\"no\"\"\"\r\n\r\n,\r\n3,4";
        let expected: [(u32, &[&str]); 3] = [(1, &["a", "b"]), (2, &["x\r\ny", "he said \"no\""]), (5, &["3", "4"])];
        let read = cells(text.as_bytes());
        assert_eq!(read.len(), 3);
        for ((row, cells), (expected_row, expected_cells)) in read.iter().zip(expected) {
            assert_eq!((*row, cells.as_slice()), (expected_row, expected_cells.map_to_strings().as_slice()));
        }
        assert_eq!(cells(b"a,b\r1,2\r3,4\r").len(), 3, "a lone carriage return ends a line where no other does");
    }

    trait MapToStrings {
        fn map_to_strings(&self) -> Vec<String>;
    }
    impl MapToStrings for &[&str] {
        fn map_to_strings(&self) -> Vec<String> {
            self.iter().map(|s| (*s).to_owned()).collect()
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_a_reason() {
        let rubbish: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let table: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b"  \r\n\n", "empty"),
            (b"a,b\n", "no rows"),
            (b"a,b\n,\n\n", "no rows"),
            (b"a,b\n1,\x002\n", "NUL"),
            (b"PK\x03\x04 and so on", "save it as XLSX or CSV"),
            (b"%PDF-1.7", "save it as XLSX or CSV"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old format (XLS)"),
            (b"\xd0\xcf\x11\xe0E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "locked with a password"),
            (b"a,b\n1,\"2\n3,4\n", "row 2: a quotation mark"),
            (b"\xff\xfea", "not valid UTF-16LE"),
            (b"\xef\xbb\xbfa,b\n\xff,2\n", "not valid UTF-8"),
            (&rubbish, "NUL"),
            (&rubbish.iter().map(|b| (*b).max(1)).collect::<Vec<u8>>(), "not text"),
        ];
        for (bytes, reason) in table {
            let refused = read(bytes, None).unwrap_err().reason;
            assert!(refused.contains(reason), "{refused}: expected {reason}");
        }
        assert!(read(b"a,b\n1,2\n", Some("klingon")).unwrap_err().reason.contains("klingon"));
        assert!(read(&vec![b'a'; FILE_BYTES_MAX + 1], None).unwrap_err().reason.contains("64 MiB"));
    }

    #[test]
    fn quoting_is_that_of_the_csv_crate() {
        let texts = [
            "a,b\n1,\"x\"\"y\"\n",
            "a,b\n\"\",\" 2 \"\n",
            "a,b\n1,\"2\n\n3\"\n",
            "a,b\n\"a,b\",c\"d\n",
            "é,ß\n\"€\",1",
        ];
        for text in texts {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let ours: Vec<Vec<String>> = cells(text.as_bytes()).into_iter().map(|(_, cells)| cells).collect();
            assert_eq!(ours, theirs, "{text}");
        }
    }
}
