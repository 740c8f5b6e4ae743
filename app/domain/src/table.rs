//! Tables from outside: which column holds what, how their dates and amounts are written, and what is wrong in them.

use serde::{Deserialize, Serialize};

mod amount;
mod date;
mod mapping;
mod text;

pub use amount::{DecimalMark, find_decimal_mark, read_amount};
pub use date::{DateOrder, find_date_order, read_date};
pub use mapping::{Field, Mapping, plain};
pub use text::{read_email, read_flag, read_lines, read_text, shown};

/// A row of a file: the number that a spreadsheet shows beside it (the header is row 1), and its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counted from 1.
    pub row: u32,
    /// One text for each column.
    pub cells: Vec<String>,
}

/// Something wrong in a file: where and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The row as a spreadsheet numbers it, whose header is row 1; of several e-invoices, which of them, from 1.
    pub row: u32,
    /// The column as the header names it, or the business term of an e-invoice; empty where the whole row is meant.
    pub column: String,
    /// Why, in words for the person who has the file.
    pub reason: String,
    /// The name of the business rule that an e-invoice breaks, such as `BR-CO-15`; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// What the file is called, where there are several.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
}

impl Problem {
    /// A problem of a row and column.
    pub fn new(row: u32, column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { row, column: column.into(), reason: reason.into(), ..Self::default() }
    }
}

/// Why a file cannot be read as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One sentence on what to do.
    pub reason: String,
    /// Rows that show it.
    pub examples: Vec<Problem>,
}

impl Refusal {
    /// A refusal without example rows.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), examples: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
