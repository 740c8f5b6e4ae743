//! Which column of a table holds what.

use super::text::shown;
use super::{Problem, Record, Refusal};

/// A field that a file may hold.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in `--map` and reports.
    pub name: &'static str,
    /// Whether a file without it is refused.
    pub required: bool,
    /// What exporters call it, best first: small letters and digits only.
    pub synonyms: &'static [&'static str],
}

/// Which column holds which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    headers: Vec<String>,
    columns: Vec<(&'static str, Option<usize>)>,
}

/// A header as it is compared: small letters and digits only.
pub fn plain(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Mapping {
    /// Guesses the columns from the header, then takes the corrections (`number=invoiceNumber,due=Fällig am`; an
    /// empty header leaves the field out; a header may hold commas).
    pub fn find(fields: &'static [Field], header: &[String], corrections: &str) -> Result<Self, Refusal> {
        let headers: Vec<String> = header.iter().map(|h| shown(h.trim())).collect();
        let plains: Vec<String> = header.iter().map(|h| plain(h)).collect();
        let guess = |field: &Field| {
            let named = |name: &str| plains.iter().position(|p| p == name);
            named(&plain(field.name)).or_else(|| field.synonyms.iter().find_map(|s| named(s)))
        };
        let taken: Vec<usize> = fields.iter().filter(|f| f.required).filter_map(guess).collect();
        // One column may be two things, a reference and a name, only where its header says so.
        let says_so = |column: usize, field: &Field| plains.get(column).is_some_and(|p| p.ends_with(field.name));
        let free = |field: &Field, column: usize| field.required || !taken.contains(&column) || says_so(column, field);
        let mut columns: Vec<(&'static str, Option<usize>)> =
            fields.iter().map(|f| (f.name, guess(f).filter(|c| free(f, *c)))).collect();
        let mut corrected: Vec<usize> = Vec::new();
        for correction in apart(corrections) {
            let Some((name, column)) = correction.split_once('=') else {
                return Err(Refusal::new(format!("map: write field=Header, not “{}”", shown(&correction))));
            };
            let (name, column) = (name.trim(), column.trim());
            let Some(at) = columns.iter().position(|(n, _)| *n == name) else {
                let names: Vec<&str> = fields.iter().map(|f| f.name).collect();
                return Err(Refusal::new(format!(
                    "map: there is no field “{}”; the fields are {}",
                    shown(name),
                    names.join(", ")
                )));
            };
            let found = if column.is_empty() { None } else { Some(find_header(header, &headers, column)?) };
            if let Some(slot) = columns.get_mut(at) {
                slot.1 = found;
            }
            corrected.push(at);
        }
        for (at, field) in fields.iter().enumerate() {
            let column = columns.get(at).and_then(|c| c.1);
            if field.required && column.is_none() {
                return Err(Refusal::new(format!(
                    "no column for “{}” was found; say --map {}=Header; the headers are {}",
                    field.name,
                    field.name,
                    listed(&headers)
                )));
            }
            let twin = column.and_then(|c| plains.get(c)).filter(|p| plains.iter().filter(|q| q == p).count() > 1);
            if twin.is_some() {
                return Err(Refusal::new(format!(
                    "the header “{}” stands over more than one column",
                    column.and_then(|c| headers.get(c)).map_or("", String::as_str)
                )));
            }
        }
        Ok(Self { headers, columns })
    }

    /// The column of a field.
    pub fn column(&self, field: &str) -> Option<usize> {
        self.columns.iter().find(|(name, _)| *name == field).and_then(|(_, column)| *column)
    }

    /// The header over a field's column, or the field's own name.
    pub fn header(&self, field: &str) -> String {
        let header = self.column(field).and_then(|c| self.headers.get(c));
        header.cloned().unwrap_or_else(|| field.to_owned())
    }

    /// A field's trimmed cell; empty where the file has no such column.
    pub fn cell<'a>(&self, record: &'a Record, field: &str) -> &'a str {
        self.column(field).and_then(|c| record.cells.get(c)).map_or("", |cell| cell.trim())
    }

    /// How many columns the header has.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Every field that has a column, with its header.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        self.columns.iter().filter(|(_, c)| c.is_some()).map(|(name, _)| (*name, self.header(name))).collect()
    }

    /// What is wrong with the length of a row; cells beyond the header are fine when they are empty.
    pub fn check_length(&self, record: &Record) -> Option<Problem> {
        let (cells, columns) = (record.cells.len(), self.width());
        let full = record.cells.iter().rposition(|c| !c.trim().is_empty()).map_or(0, |last| last + 1);
        let fits = cells >= columns && full <= columns;
        let reason = || format!("the row has {cells} cells, the header has {columns}");
        (!fits).then(|| Problem::new(record.row, "", reason()))
    }
}

/// The corrections one by one. What stands after a comma without naming a field is still the header before it.
fn apart(corrections: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for piece in corrections.split(',').filter(|p| !p.trim().is_empty()) {
        match all.last_mut() {
            Some(last) if !piece.contains('=') => {
                last.push(',');
                last.push_str(piece);
            }
            _ => all.push(piece.to_owned()),
        }
    }
    all
}

/// The column with a header, which is wanted as it stands in the file or as it is shown.
fn find_header(header: &[String], headers: &[String], wanted: &str) -> Result<usize, Refusal> {
    let exact = header.iter().position(|h| h.trim() == wanted).or_else(|| headers.iter().position(|h| h == wanted));
    let close = || headers.iter().position(|h| plain(h) == plain(wanted) && !plain(wanted).is_empty());
    exact.or_else(close).ok_or_else(|| {
        Refusal::new(format!("map: there is no header “{}”; the headers are {}", shown(wanted), listed(headers)))
    })
}

fn listed(headers: &[String]) -> String {
    let mut names: Vec<&str> = headers.iter().take(40).map(String::as_str).collect();
    if headers.len() > names.len() {
        names.push("…");
    }
    names.join(", ")
}
