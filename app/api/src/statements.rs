//! Bank statements as the console's pages show them.

use crate::console::{Form, Frame};
use chrono::NaiveDate;
use kept_domain::money::{Currency, Money};

/// Somebody whose payment a line may be.
#[derive(Clone, Debug)]
pub struct CandidateRow {
    /// Their id.
    pub debtor: String,
    /// Their name.
    pub who: String,
    /// What speaks for it and what against, a sentence each.
    pub reasons: Vec<String>,
}

/// A line of a statement.
#[derive(Clone, Debug)]
pub struct LineRow {
    /// Its id.
    pub id: String,
    /// The day on which the bank booked it.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// Who paid, as the bank has it; empty where it does not know.
    pub payer: String,
    /// What was written.
    pub words: String,
    /// What became of it, for people.
    pub state: &'static str,
    /// It waits for a decision.
    pub open: bool,
    /// The bank took it back.
    pub taken_back: bool,
    /// It is booked and can be taken out of the books: whose, and their name.
    pub booked: Option<(String, String)>,
    /// Why it is booked, or is not.
    pub reasons: Vec<String>,
    /// Whose it may be.
    pub candidates: Vec<CandidateRow>,
    /// Why somebody dismissed it.
    pub reason: String,
    /// Who decided.
    pub decided_by: String,
}

/// A file that was imported.
#[derive(Clone, Debug)]
pub struct StatementRow {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub file: String,
    /// Its format.
    pub format: String,
    /// The last day that it covers.
    pub until: Option<NaiveDate>,
    /// When it came.
    pub at: String,
    /// Lines of it that are booked.
    pub booked: i64,
    /// Lines of it that wait for a decision.
    pub open: i64,
}

/// The page of statements: choose a file, what waits, what came before.
#[derive(Clone, Debug)]
pub struct StatementsView {
    /// Around the page.
    pub frame: Frame,
    /// What was chosen.
    pub form: Form,
    /// What waits for a decision, oldest first.
    pub lines: Vec<LineRow>,
    /// More wait than are shown.
    pub more: bool,
    /// Newest first.
    pub rows: Vec<StatementRow>,
}

/// The page of one statement.
#[derive(Clone, Debug)]
pub struct StatementView {
    /// Around the page.
    pub frame: Frame,
    /// What was typed.
    pub form: Form,
    /// The file.
    pub row: StatementRow,
    /// Lines of it that were known.
    pub unchanged: i64,
    /// Movements in it that are no customer's payment.
    pub ignored: i64,
    /// Who brought it.
    pub actor: String,
    /// What it brought.
    pub lines: Vec<LineRow>,
    /// The page of lines, from 1.
    pub page: u32,
    /// More lines follow.
    pub more: bool,
}

/// The page of what is done with offers of less than is owed. Only an owner sees it.
#[derive(Clone, Debug)]
pub struct SettlementPolicyView {
    /// Around the page.
    pub frame: Frame,
    /// The business's currency, in which balances are written.
    pub currency: Currency,
    /// What is known, or was typed.
    pub form: Form,
}

/// The page of bank details.
#[derive(Clone, Debug)]
pub struct BankDetailsView {
    /// Around the page.
    pub frame: Frame,
    /// What is known, or was typed.
    pub form: Form,
}
