//! Rows of an answer in one piece: their texts stand one after the other in a single buffer, since an account page reads
//! some two hundred of them.

use super::db::Error;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::borrow::Cow;
use std::sync::Arc;

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// TEXT.
    Text(Cow<'a, str>),
    /// BIGINT.
    Int(i64),
    /// NULL in either.
    Null,
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AnyCell;

        impl<'de> Visitor<'de> for AnyCell {
            type Value = Cell<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, a whole number or null")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cell<'de>, E> {
                Ok(Cell::Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell<'de>, E> {
                Ok(Cell::Text(text.to_owned().into()))
            }

            fn visit_i64<E>(self, int: i64) -> Result<Cell<'de>, E> {
                Ok(Cell::Int(int))
            }

            fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<Cell<'de>, E> {
                i64::try_from(int).map(Cell::Int).map_err(E::custom)
            }

            fn visit_unit<E>(self) -> Result<Cell<'de>, E> {
                Ok(Cell::Null)
            }
        }

        from.deserialize_any(AnyCell)
    }
}

/// A cell as it is kept: of a text, where it stands.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Text { from: usize, to: usize },
    Int(i64),
    Null,
}

/// All rows of an answer, as they are read.
#[derive(Debug, Default)]
pub struct Rows {
    columns: usize,
    slots: Vec<Slot>,
    texts: String,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Packed {
    rows: Arc<Rows>,
    first: usize,
}

impl Rows {
    /// None yet, of so many columns each.
    pub fn of(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds the next cell.
    pub fn push(&mut self, cell: &Cell<'_>) {
        self.slots.push(match cell {
            Cell::Text(text) => {
                let from = self.texts.len();
                self.texts.push_str(text);
                Slot::Text { from, to: self.texts.len() }
            }
            Cell::Int(int) => Slot::Int(*int),
            Cell::Null => Slot::Null,
        });
    }

    /// The rows of a JSON array of arrays with so many cells each.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it is none.
    pub fn of_json(columns: usize, json: &str) -> Result<Self, Error> {
        let corrupt = |why: String| Error::Corrupt(format!("packed rows: {why}"));
        let read: Vec<Vec<Cell<'_>>> = serde_json::from_str(json).map_err(|e| corrupt(e.to_string()))?;
        let mut rows = Self::of(columns);
        for row in &read {
            if row.len() != columns {
                return Err(corrupt(format!("{} cells instead of {columns}", row.len())));
            }
            row.iter().for_each(|cell| rows.push(cell));
        }
        Ok(rows)
    }

    /// Each of them.
    pub fn each(self) -> impl Iterator<Item = Packed> {
        let (columns, all) = (self.columns.max(1), self.slots.len());
        let rows = Arc::new(self);
        (0..all).step_by(columns).map(move |first| Packed { rows: Arc::clone(&rows), first })
    }
}

impl Packed {
    /// The cell of a column, counted from 0.
    pub fn cell(&self, at: usize) -> Option<Cell<'_>> {
        if at >= self.rows.columns {
            return None;
        }
        Some(match self.rows.slots.get(self.first + at)? {
            Slot::Text { from, to } => Cell::Text(self.rows.texts.get(*from..*to)?.into()),
            Slot::Int(int) => Cell::Int(*int),
            Slot::Null => Cell::Null,
        })
    }

    /// The text of a column, where it is one.
    pub fn text(&self, at: usize) -> Option<&str> {
        match self.rows.slots.get(self.first + at)? {
            Slot::Text { from, to } if at < self.rows.columns => self.rows.texts.get(*from..*to),
            _ => None,
        }
    }
}
