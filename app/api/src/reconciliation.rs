//! The page on which card payments in the books do not agree with the gateway.

use crate::console::{Form, Frame};
use chrono::NaiveDate;

/// One thing that does not agree, or did not.
#[derive(Clone, Debug)]
pub struct DiscrepancyRow {
    /// Its id.
    pub id: String,
    /// What is not as it should be.
    pub words: String,
    /// What to do; empty where it has ended.
    pub advice: String,
    /// The gateway's id of it.
    pub gateway_id: String,
    /// The gateway's id of the payment, where that is another.
    pub payment: String,
    /// The customer's id and name, where the books know whose it is.
    pub whose: Option<(String, String)>,
    /// When it was found first.
    pub found_at: String,
    /// When and how it ended.
    pub ended: String,
}

/// A comparison.
#[derive(Clone, Debug)]
pub struct RunRow {
    /// When it was made.
    pub at: String,
    /// The first day that was compared.
    pub from_on: NaiveDate,
    /// The last day that was compared.
    pub until_on: NaiveDate,
    /// What came of it.
    pub words: String,
    /// It did not work out and is tried again.
    pub failed: bool,
}

/// The page.
#[derive(Clone, Debug)]
pub struct ReconciliationView {
    /// Around the page.
    pub frame: Frame,
    /// What was typed, where something was wrong with it.
    pub form: Form,
    /// Customers can pay by card here.
    pub by_card: bool,
    /// What waits for a person, oldest first.
    pub open: Vec<DiscrepancyRow>,
    /// What ended, newest first.
    pub ended: Vec<DiscrepancyRow>,
    /// The latest comparisons, newest first.
    pub runs: Vec<RunRow>,
}
