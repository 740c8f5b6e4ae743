//! A statement of account: what was invoiced and paid, line by line, with what was owed after each.

use super::{LetterError, Recipient, Rendered, Sender};
use crate::document::{Document, Paper, Part, Table, render_document};
use crate::words::Language;

/// One movement. The texts are ready to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The day.
    pub on: String,
    /// What moved: "Invoice 2026-0117", "Payment by bank transfer".
    pub what: String,
    /// How much, with its sign: what is owed grows by an invoice and shrinks by a payment.
    pub amount: String,
    /// What was owed after it.
    pub balance: String,
}

/// The movements of one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its heading; empty where there is one currency only.
    pub heading: String,
    /// The movements, oldest first.
    pub entries: Vec<Entry>,
    /// What is owed at the end.
    pub balance: String,
}

/// A statement that is written. Nothing in it is read as markup.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The language of its words.
    pub language: Language,
    /// The paper.
    pub paper: Paper,
    /// Who writes.
    pub from: Sender,
    /// Whose account it is.
    pub to: Recipient,
    /// What both may name it by; empty where there is nothing.
    pub reference: String,
    /// The day as of which it is.
    pub date: String,
    /// From when to when; empty where it is about all time.
    pub period: String,
    /// The movements, a currency each.
    pub accounts: Vec<Account>,
    /// What stands below them, such as how to say that something is wrong; empty where there is nothing.
    pub closing: String,
}

/// Sets a statement.
///
/// # Errors
/// What the typesetter refuses.
pub fn render_statement(statement: &Statement) -> Result<Rendered, LetterError> {
    render_document(&document(statement))
}

fn document(statement: &Statement) -> Document {
    let words = statement.language.words();
    let fact = |label: &str, text: &str| (!text.is_empty()).then(|| (label.to_owned(), text.to_owned()));
    let mut parts = Vec::new();
    for account in &statement.accounts {
        if !account.heading.is_empty() {
            parts.push(Part::Heading(account.heading.clone()));
        }
        let heads = [(words.date, false), (words.what, false), (words.amount, true), (words.balance, true)];
        let rows = account.entries.iter().map(|e| [&e.on, &e.what, &e.amount, &e.balance].map(Clone::clone).to_vec());
        parts.push(Part::Table(Table {
            heads: heads.map(|(head, figure)| (head.to_owned(), figure)).to_vec(),
            wide: 1,
            rows: rows.collect(),
        }));
        parts.push(Part::Words(format!("{}: {}", words.owed, account.balance)));
    }
    if !statement.closing.is_empty() {
        parts.push(Part::Words(statement.closing.clone()));
    }
    Document {
        language: statement.language,
        paper: statement.paper,
        title: words.statement.to_owned(),
        from: statement.from.clone(),
        to: statement.to.clone(),
        reference: statement.reference.clone(),
        facts: [
            fact(words.reference, &statement.reference),
            fact(words.date, &statement.date),
            fact(words.period, &statement.period),
        ]
        .into_iter()
        .flatten()
        .collect(),
        parts,
    }
}
