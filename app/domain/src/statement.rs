//! Bank statements: the lines on them, and what makes a line the same as one that was seen before.

pub mod rows;

use crate::money::Currency;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a line says about money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Money arrived.
    Arrived,
    /// The bank took back money that had arrived.
    TakenBack,
}

impl Direction {
    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::TakenBack => "taken_back",
        }
    }

    /// Reads a name written by [`Direction::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Arrived, Self::TakenBack].into_iter().find(|d| d.code() == code)
    }
}

/// One payment on a statement. Texts are as the bank wrote them, and empty where it wrote none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The business's account: an IBAN, or what the bank calls it.
    pub account: String,
    /// The bank's own reference of the movement.
    pub bank_reference: String,
    /// The day on which the bank booked it.
    pub booked_on: NaiveDate,
    /// Whether it arrived or was taken back.
    pub direction: Direction,
    /// Minor units, more than zero.
    pub amount_minor: i64,
    /// Their currency.
    pub currency: Currency,
    /// Who paid.
    pub payer: String,
    /// The account that it came from.
    pub payer_account: String,
    /// What was given as a reference: a creditor reference, numbers of documents, the payer's own end-to-end reference.
    pub reference: String,
    /// What was written freely.
    pub words: String,
}

/// A file of one or several statements, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `camt.053`, `MT940`, `OFX`, `CSV` or `XLSX`.
    pub format: &'static str,
    /// Until when the bank says that nothing is missing: the last day that a statement covers.
    pub until_on: Option<NaiveDate>,
    /// What arrived, and what was taken back.
    pub lines: Vec<Line>,
    /// Movements that are about no customer's payment: money that went out, what waits for its booking.
    pub ignored: u32,
}

/// For each line what tells it from every other, or `None` where the file says the same thing twice: the same reference
/// of the bank with the same content. Lines without a reference that are alike are counted, because a bank may well book
/// the same amount with the same words twice in a day.
pub fn identities(lines: &[Line]) -> Vec<Option<String>> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    lines
        .iter()
        .map(|line| {
            let mut key = String::new();
            let parts: [&str; 9] = [
                &line.account,
                &line.bank_reference,
                &crate::calendar::iso(line.booked_on),
                line.direction.code(),
                line.currency.code(),
                &line.payer,
                &line.payer_account,
                &line.reference,
                &line.words,
            ];
            for part in parts {
                // The length before each part keeps two parts from being read as others.
                let plain: Vec<&str> = part.split_whitespace().collect();
                let plain = plain.join(" ");
                key.push_str(&format!("{}:{plain};", plain.len()));
            }
            key.push_str(&line.amount_minor.to_string());
            let count = seen.entry(key.clone()).or_default();
            *count += 1;
            match (*count, line.bank_reference.trim().is_empty()) {
                (1, _) => Some(key),
                (n, true) => Some(format!("{key};{n}")),
                (_, false) => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn line(bank_reference: &str, amount_minor: i64, words: &str) -> Line {
        Line {
            account: "GB33BUKB20201555555555".into(),
            bank_reference: bank_reference.into(),
            booked_on: crate::calendar::parse_iso("2026-11-20").unwrap(),
            direction: Direction::Arrived,
            amount_minor,
            currency: Currency::parse("GBP").unwrap(),
            payer: "Ada".into(),
            payer_account: String::new(),
            reference: String::new(),
            words: words.into(),
        }
    }

    #[test]
    fn a_line_is_known_again_and_alike_lines_are_counted() {
        let once = identities(&[line("A", 100, "x"), line("B", 100, "x"), line("", 100, "x"), line("", 100, "x")]);
        assert!(once.iter().all(Option::is_some));
        let all: std::collections::BTreeSet<_> = once.iter().flatten().collect();
        assert_eq!(all.len(), 4);
        // The order of a file does not matter, nor how its spaces were broken.
        let again = identities(&[line("", 100, " x"), line("B", 100, "x"), line("", 100, "x\n"), line("A", 100, "x")]);
        assert_eq!(again.iter().flatten().collect::<std::collections::BTreeSet<_>>(), all);
        // The same reference with the same content is the same line; with other content it is another.
        assert_eq!(identities(&[line("A", 100, "x"), line("A", 100, "x")])[1], None);
        assert!(identities(&[line("NONREF", 100, "x"), line("NONREF", 100, "y")])[1].is_some());
    }
}
