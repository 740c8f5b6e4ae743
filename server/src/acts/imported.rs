//! What comes of an import, for people and programs.

use crate::import::{self, Asked, Table};
use crate::store;
use kept_domain::money::Currency;
use kept_domain::table::{DateOrder, Field, Mapping, Problem, Record, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Told how far an import is: what is being done, rows done, rows in all.
pub type Progress = Arc<dyn Fn(&'static str, usize, usize) + Send + Sync>;

/// A file to import.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What several files are called together, for the record.
pub fn name_of(files: &[File]) -> String {
    match files {
        [] => String::new(),
        [one] => one.name.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
    }
}

/// How a file is to be imported.
#[derive(Clone)]
pub struct Options {
    /// What the file is called, for the record.
    pub file_name: String,
    /// Corrections to the guessed columns, `number=invoiceNumber,…`.
    pub map: String,
    /// The stated encoding, `windows-1252`; found where it is not stated.
    pub encoding: Option<String>,
    /// The sheet of a spreadsheet; the first that has the columns where it is not stated.
    pub sheet: Option<String>,
    /// The stated order of dates; found where it is not stated.
    pub order: Option<DateOrder>,
    /// The currency of invoices that name none; the business's own where it is not stated.
    pub currency: Option<Currency>,
    /// The day on which the file is true; today where it is not stated.
    pub as_of: Option<chrono::NaiveDate>,
    /// Write nothing.
    pub dry_run: bool,
    /// Import what can be imported although there are problems.
    pub partial: bool,
    /// Who imports, as events name it.
    pub actor: String,
    /// The business to store with the first import, where there is none yet; its id is the one given.
    pub founds: Option<store::business::Business>,
    /// Told how far it is.
    pub progress: Progress,
}

impl Options {
    /// Options with nothing stated.
    pub fn new(file_name: &str, actor: &str) -> Self {
        Self {
            file_name: file_name.to_owned(),
            map: String::new(),
            encoding: None,
            sheet: None,
            order: None,
            currency: None,
            as_of: None,
            dry_run: false,
            partial: false,
            actor: actor.to_owned(),
            founds: None,
            progress: Arc::new(|_, _, _| {}),
        }
    }

    /// Reads a table of these fields as the options say.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(&self, bytes: &[u8], fields: &'static [Field]) -> Result<Table, Refusal> {
        let fits = |rows: &[Record]| rows.first().is_some_and(|r| Mapping::find(fields, &r.cells, &self.map).is_ok());
        import::read(bytes, Asked { encoding: self.encoding.as_deref(), sheet: self.sheet.as_deref(), fits: &fits })
    }

    /// The options as they are recorded.
    pub fn json(&self) -> String {
        serde_json::json!({
            "map": self.map,
            "encoding": self.encoding,
            "sheet": self.sheet,
            "date_format": self.order.map(DateOrder::code),
            "currency": self.currency.map(|c| c.code().to_owned()),
            "as_of": self.as_of.map(kept_domain::calendar::iso),
            "partial": self.partial,
        })
        .to_string()
    }
}

/// Sums of one currency, in its minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// ISO 4217.
    pub currency: String,
    /// Invoices that are open.
    pub open: u32,
    /// What they ask for.
    pub open_minor: i64,
    /// Invoices that are paid.
    pub paid: u32,
    /// What they asked for.
    pub paid_minor: i64,
    /// Credit notes.
    #[serde(default)]
    pub credit_notes: u32,
    /// What they credit.
    #[serde(default)]
    pub credited_minor: i64,
}

/// What came of an import, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows under the header, or e-invoices.
    pub rows: u32,
    /// Rows that changed something (would, in a dry run).
    pub imported: u32,
    /// Rows that were there already.
    pub unchanged: u32,
    /// Imported or unchanged invoices that are open on the day.
    pub open: u32,
    /// What they ask for, in minor units; `None` where they are of several currencies, see `totals`.
    pub open_minor: Option<i64>,
    /// Imported or unchanged invoices that are paid by the day.
    pub paid: u32,
    /// What they asked for, in minor units; `None` where they are of several currencies, see `totals`.
    pub paid_minor: Option<i64>,
    /// Imported or unchanged invoices that the file calls disputed.
    pub disputed: u32,
    /// Imported or unchanged credit notes.
    #[serde(default)]
    pub credit_notes: u32,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What somebody should look at, although it is taken.
    #[serde(default)]
    pub warnings: Vec<Problem>,
    /// Invoices issued after the day; they are not imported.
    pub later: u32,
    /// Rows that repeat an earlier one in every respect.
    pub repeated: u32,
    /// Rows that nothing is wrong with and that would change something.
    pub ready: u32,
    /// Nothing was imported, because of the problems.
    pub refused: bool,
    /// Nothing was written.
    pub dry_run: bool,
    /// The sums by currency.
    pub totals: Vec<Total>,
    /// The header that each field was read from.
    pub mapping: BTreeMap<String, String>,
    /// The order of dates that was used; empty for debtors.
    pub date_format: String,
    /// The day on which the file is true, ISO; empty for debtors.
    pub as_of: String,
    /// The encoding that the file was read in.
    pub encoding: String,
    /// What stands between cells; empty for a spreadsheet.
    pub separator: String,
    /// The sheet of a spreadsheet that was read; empty for a text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sheet: String,
}

impl Report {
    /// Counts an invoice that is imported or was there already.
    pub(super) fn count(&mut self, currency: Currency, amount_minor: i64, paid: bool) {
        let at = self.total_of(currency);
        let Some(total) = self.totals.get_mut(at) else { return };
        let (report_count, count, sum) = if paid {
            (&mut self.paid, &mut total.paid, &mut total.paid_minor)
        } else {
            (&mut self.open, &mut total.open, &mut total.open_minor)
        };
        *report_count += 1;
        *count += 1;
        *sum += amount_minor;
    }

    /// Counts a credit note that is imported or was there already.
    pub(super) fn count_credit(&mut self, currency: Currency, amount_minor: i64) {
        let at = self.total_of(currency);
        self.credit_notes += 1;
        if let Some(total) = self.totals.get_mut(at) {
            total.credit_notes += 1;
            total.credited_minor += amount_minor;
        }
    }

    fn total_of(&mut self, currency: Currency) -> usize {
        self.totals.iter().position(|t| t.currency == currency.code()).unwrap_or_else(|| {
            self.totals.push(Total { currency: currency.code().to_owned(), ..Total::default() });
            self.totals.len() - 1
        })
    }

    /// Fills in what follows from the rest; `files` are the names of several.
    pub(super) fn finish(mut self, files: &[String]) -> Self {
        self.problems.sort_by_key(|p| p.row);
        self.warnings.sort_by_key(|p| p.row);
        for problem in self.problems.iter_mut().chain(&mut self.warnings) {
            let at = (problem.row as usize).wrapping_sub(1);
            problem.file = files.get(at).cloned().unwrap_or_default();
        }
        self.totals.sort_by(|a, b| a.currency.cmp(&b.currency));
        (self.open_minor, self.paid_minor) = match self.totals.as_slice() {
            [] => (Some(0), Some(0)),
            [one] => (Some(one.open_minor), Some(one.paid_minor)),
            _ => (None, None),
        };
        self
    }
}

/// Why an import did not happen at all.
#[derive(Debug)]
pub enum ImportError {
    /// The file, or how it is to be read, is at fault.
    Refused(Refusal),
    /// The database is.
    Store(store::Error),
    /// The work was stopped half-way; nothing was written.
    Stopped,
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(&refusal.reason),
            Self::Store(error) => write!(f, "{error}"),
            Self::Stopped => f.write_str("stopped before anything was written"),
        }
    }
}

impl std::error::Error for ImportError {}

impl From<Refusal> for ImportError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<store::Error> for ImportError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// Whether a name is one of the IANA's.
pub fn is_zone(name: &str) -> bool {
    name.parse::<chrono_tz::Tz>().is_ok()
}
