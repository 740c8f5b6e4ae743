//! Bank statements: camt.053, MT940, OFX, CSV and spreadsheets read into lines. Each reader is a pure function of the file's bytes; it
//! reads all of it or says where and why it cannot.

mod amount;
mod camt;
mod csv;
mod mt940;
mod ofx;
#[cfg(test)]
mod tests;

use crate::import::{self, FILE_BYTES_MAX, Table};
use chrono::Datelike as _;
use kept_domain::calendar::show;
use kept_domain::money::Currency;
use kept_domain::statement::Statement;
use kept_domain::table::{DateOrder, Refusal};

/// Nodes that an XML file may have: a hundred thousand payments have four millions.
const NODES_MAX: u32 = 8_000_000;
/// Years in which a bank books; any other is a damaged file, as in a table.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;
/// Bytes at the beginning that tell what a file is.
const HEAD_BYTES: usize = 1024;

/// How a file is to be read, as far as somebody said so.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Corrections to the guessed columns of a CSV file, `booked=Date,…`.
    pub map: String,
    /// The encoding of a file that does not tell.
    pub encoding: Option<String>,
    /// The sheet of a spreadsheet; the first that has the columns where it is not stated.
    pub sheet: Option<String>,
    /// The order of a CSV file's dates.
    pub order: Option<DateOrder>,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
}

/// Reads a file.
///
/// # Errors
/// Where and why it cannot be read.
pub fn read(bytes: &[u8], asked: &Asked) -> Result<Statement, Refusal> {
    let found = read_format(bytes, asked)?;
    match found.lines.iter().find(|l| !YEARS.contains(&l.booked_on.year())) {
        None => Ok(found),
        Some(line) => Err(Refusal::new(format!(
            "a line is booked on {}: the year is not between {} and {}",
            show(line.booked_on),
            YEARS.start(),
            YEARS.end()
        ))),
    }
}

/// The rows of a table below its headings, where a file is a table ([`is_table`]).
///
/// # Errors
/// Why it is none.
pub fn table(bytes: &[u8], asked: &Asked) -> Result<Table, Refusal> {
    csv::table(bytes, asked)
}

/// Whether a file is a table, whose columns are guessed: in the other formats everything has its place.
pub fn is_table(bytes: &[u8]) -> bool {
    matches!(format(bytes), Format::Table)
}

/// What a file is, and the encoding that it names.
enum Format {
    Camt(Option<String>),
    Mt940,
    Ofx(Option<String>),
    Table,
}

fn format(bytes: &[u8]) -> Format {
    if import::is_packed(bytes) {
        return Format::Table;
    }
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).to_string();
    // UTF-16 has a byte order mark, by which it is read; its head is looked at without the bytes between.
    let head = head.replace('\0', "");
    let head = head.trim_start_matches(['\u{feff}', '\u{fffd}']).trim_start();
    let upper = head.to_ascii_uppercase();
    if upper.starts_with("OFXHEADER") || upper.contains("<?OFX") || upper.starts_with("<OFX>") {
        return Format::Ofx(ofx::encoding(head));
    }
    if head.starts_with('<') {
        return Format::Camt(xml_encoding(head));
    }
    let is_mt940 = |line: &str| line.starts_with(":20:") || line.starts_with("{1:") || line.starts_with(":25:");
    if head.lines().take(5).any(is_mt940) { Format::Mt940 } else { Format::Table }
}

fn read_format(bytes: &[u8], asked: &Asked) -> Result<Statement, Refusal> {
    if bytes.len() > FILE_BYTES_MAX {
        let mebibytes = FILE_BYTES_MAX / (1024 * 1024);
        return Err(Refusal::new(format!("the file is larger than {mebibytes} MiB; split it")));
    }
    match format(bytes) {
        Format::Camt(told) => camt::read(&text(bytes, asked, told)?),
        Format::Mt940 => mt940::read(&text(bytes, asked, None)?),
        Format::Ofx(told) => ofx::read(&text(bytes, asked, told)?),
        Format::Table => csv::read(bytes, asked),
    }
}

fn text(bytes: &[u8], asked: &Asked, told: Option<String>) -> Result<String, Refusal> {
    // What the file says of itself matters only where it is not UTF-8 anyway: exporters copy the line without the truth.
    let plain = std::str::from_utf8(bytes).is_ok();
    let label = asked.encoding.clone().or(told.filter(|_| !plain));
    Ok(import::decode(bytes, label.as_deref())?.0)
}

/// The encoding in `<?xml version="1.0" encoding="ISO-8859-1"?>`.
fn xml_encoding(head: &str) -> Option<String> {
    let line = head.strip_prefix("<?xml")?.split("?>").next()?;
    let after = line.split("encoding").nth(1)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after.get(1..)?.split(quote).next().map(str::to_owned)
}

/// Reads XML: without document types and entities of its own, which could make a small file large or reach elsewhere.
fn xml(text: &str) -> Result<roxmltree::Document<'_>, Refusal> {
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..Default::default() };
    roxmltree::Document::parse_with_options(text.trim_start_matches('\u{feff}'), options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => Refusal::new("the file declares a document type (DTD), which is not taken"),
        roxmltree::Error::NodesLimitReached => Refusal::new("the file has too many elements; split it"),
        other => {
            let at = other.pos();
            Refusal::new(format!("line {}, column {}: this is not well-formed XML: {other}", at.row, at.col))
        }
    })
}
