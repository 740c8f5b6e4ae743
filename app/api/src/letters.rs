//! What the page of letters is made of.

use crate::console::Frame;

/// What would become of a letter if its batch were closed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It leaves.
    Leaves,
    /// It stays for another day.
    Stays {
        /// Why, in one sentence without a full stop.
        why: String,
        /// From when on it may leave, where that is known: `Wednesday 25 November, 09:00`.
        from: Option<String>,
    },
    /// It is not wanted any more.
    LeftOut {
        /// Why, in one sentence without a full stop.
        why: String,
    },
}

/// A letter that waits for a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingRow {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// To whom.
    pub who: String,
    /// Which message it is, in the midst of a sentence: `firm and polite letter`.
    pub what: String,
    /// Since when it waits.
    pub since: String,
    /// What would become of it now.
    pub standing: Standing,
}

/// A batch that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Its id.
    pub id: String,
    /// The name of its file.
    pub name: String,
    /// When it was closed.
    pub at: String,
    /// Who closed it.
    pub by: String,
    /// Its letters.
    pub letters: i64,
    /// Their sheets of paper, printed on both sides.
    pub sheets: i64,
    /// The file is on this machine.
    pub here: bool,
}

/// The page of letters.
#[derive(Clone, Debug)]
pub struct LettersView {
    /// Around the page.
    pub frame: Frame,
    /// Letters that wait, oldest first.
    pub rows: Vec<WaitingRow>,
    /// How many wait in all.
    pub waiting: u32,
    /// The page, from 1.
    pub page: u32,
    /// There are more.
    pub more: bool,
    /// Batches, newest first.
    pub batches: Vec<BatchRow>,
    /// Why there is no batch, where somebody asked for one and it could not be closed.
    pub problem: Option<String>,
}
