//! What the page of write-offs is made of.

use crate::console::{Form, Frame};
use chrono::NaiveDate;
use kept_domain::money::Money;

/// An invoice of which something can be written off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftRow {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// What is left.
    pub left: Money,
}

/// What was written off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOffRow {
    /// The id of its transfer.
    pub id: String,
    /// The day.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub actor: String,
    /// It was taken back.
    pub taken_back: bool,
}

/// The page of write-offs.
#[derive(Clone, Debug)]
pub struct WriteOffsView {
    /// What stands around it.
    pub frame: Frame,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub name: String,
    /// What is left, oldest first.
    pub left: Vec<LeftRow>,
    /// All that is left in each currency.
    pub totals: Vec<Money>,
    /// What was written off, newest first.
    pub rows: Vec<WriteOffRow>,
    /// What was typed.
    pub form: Form,
    /// The same for every sending of the form.
    pub once: String,
}
