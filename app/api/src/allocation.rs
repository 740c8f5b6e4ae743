//! What the page of one payment is made of.

use crate::console::{Form, Frame};
use chrono::NaiveDate;
use kept_domain::money::Money;

/// An invoice, or the account where `id` is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRow {
    /// The invoice's id.
    pub id: String,
    /// What people call it: `Invoice 17`.
    pub name: String,
    /// What of the payment is there, or what is left to pay there.
    pub amount: Money,
}

/// The page of one payment: what it pays.
#[derive(Clone, Debug)]
pub struct AllocationView {
    /// What stands around it.
    pub frame: Frame,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub name: String,
    /// The payment's id.
    pub payment: String,
    /// What it was: `Payment by bank`.
    pub what: String,
    /// The day.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// Where it is now.
    pub parts: Vec<PlaceRow>,
    /// Open invoices of its currency, oldest first.
    pub open: Vec<PlaceRow>,
    /// What was moved, oldest first: the day and a sentence.
    pub moves: Vec<(NaiveDate, String)>,
    /// A person may take it out of the books here.
    pub may_undo: bool,
    /// What was typed.
    pub form: Form,
    /// The same for every sending of the form.
    pub once: String,
}
