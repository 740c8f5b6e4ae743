//! What the two pages of a statement of account are made of.

use crate::console::{Form, Frame};
use crate::portal::Business;
use chrono::NaiveDate;
use kept_domain::account_statement::Account;

/// The debtor's page.
#[derive(Clone, Debug)]
pub struct PortalStatement {
    /// The business.
    pub business: Business,
    /// The name of the person or company that pays.
    pub payer: String,
    /// The last day.
    pub as_of: NaiveDate,
    /// What was typed for the first day.
    pub from_typed: String,
    /// What was typed for the last day.
    pub as_of_typed: String,
    /// Both days as the address of a file has them.
    pub query: String,
    /// One for each currency, never summed.
    pub accounts: Vec<Account>,
}

/// The business's page.
#[derive(Clone, Debug)]
pub struct ConsoleStatement {
    /// What stands around it.
    pub frame: Frame,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub name: String,
    /// The last day.
    pub as_of: NaiveDate,
    /// Both days as the address of a file has them.
    pub query: String,
    /// One for each currency, never summed.
    pub accounts: Vec<Account>,
    /// What was typed.
    pub form: Form,
}
