//! Many rows in few statements.

use super::db::{Error, Tx, Value};

/// Rows that go into a statement together; a divisor of both databases' limits on bound values.
const TOGETHER: usize = 100;

/// An insert of one row, and the same of many.
pub(super) struct Bulk {
    columns: usize,
    one: String,
    many: String,
}

impl Bulk {
    /// A table and its columns, separated by commas.
    pub(super) fn new(table: &str, columns: &str) -> Self {
        let width = columns.split(',').count();
        let values = |rows: usize| {
            let row = |r: usize| {
                let marks: Vec<String> = (1..=width).map(|c| format!("${}", r * width + c)).collect();
                format!("({})", marks.join(", "))
            };
            (0..rows).map(row).collect::<Vec<_>>().join(", ")
        };
        let sql = |rows| format!("INSERT INTO {table} ({columns}) VALUES {}", values(rows));
        Self { columns: width, one: sql(1), many: sql(TOGETHER) }
    }

    /// Inserts rows whose values stand one after another.
    pub(super) async fn insert(&'static self, tx: &Tx, values: Vec<Value>) -> Result<(), Error> {
        let mut left = values.into_iter();
        while left.len() >= TOGETHER * self.columns {
            tx.run(&self.many, left.by_ref().take(TOGETHER * self.columns).collect()).await?;
        }
        while left.len() > 0 {
            tx.run(&self.one, left.by_ref().take(self.columns).collect()).await?;
        }
        Ok(())
    }
}
