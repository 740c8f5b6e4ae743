//! Disputes, claims of payment and hardship: what a debtor says is wrong, how much of the debt it holds, and how it ends.

use crate::ids::InvoiceId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Days in which the business answers; the deadline stands on each.
pub const ANSWER_DAYS: u32 = 14;
/// Days for which reminders pause after somebody said that they cannot afford it.
pub const HARDSHIP_HOLD_DAYS: u32 = 30;
/// Bytes that a file of proof may have.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Characters of free text that are taken.
pub const WORDS_CHARS_MAX: usize = 4_000;

/// What kind of thing was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something is wrong.
    Dispute,
    /// "I have already paid."
    Claim,
    /// "I can't afford this right now."
    Hardship,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Dispute, Self::Claim, Self::Hardship];

    /// The name in the database and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::Claim => "claim",
            Self::Hardship => "hardship",
        }
    }

    /// Reads a name written by [`Kind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// Why something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It has been paid.
    AlreadyPaid,
    /// It belongs to somebody else.
    NotMine,
    /// The goods or the work never came.
    NotReceived,
    /// The amount is not what was agreed.
    WrongAmount,
    /// The goods or the work were not as they should be.
    Quality,
    /// The same thing was invoiced twice.
    Duplicate,
    /// Anything else, in words.
    Other,
}

impl Reason {
    /// All reasons, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::AlreadyPaid,
        Self::NotMine,
        Self::NotReceived,
        Self::WrongAmount,
        Self::Quality,
        Self::Duplicate,
        Self::Other,
    ];

    /// The name in forms, the database and exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyPaid => "already_paid",
            Self::NotMine => "not_mine",
            Self::NotReceived => "not_received",
            Self::WrongAmount => "wrong_amount",
            Self::Quality => "quality",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }

    /// Reads a name written by [`Reason::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }

    /// The words on the form.
    pub fn words(self) -> &'static str {
        match self {
            Self::AlreadyPaid => "I have already paid this",
            Self::NotMine => "This is not mine",
            Self::NotReceived => "I did not receive what was ordered",
            Self::WrongAmount => "The amount is wrong",
            Self::Quality => "There was a problem with the goods or the work",
            Self::Duplicate => "I have been invoiced twice for the same thing",
            Self::Other => "Something else",
        }
    }
}

/// How much of the debt is disputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything that is open.
    Everything,
    /// These invoices.
    Invoices(Vec<InvoiceId>),
    /// So many minor units.
    Amount(i64),
}

/// Where a dispute, claim or hardship stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for the business.
    Open,
    /// The business answered and waits to hear more; still held.
    Answered,
    /// The debtor was right: the disputed part is credited.
    Upheld,
    /// Part of it is credited.
    Partly,
    /// Nothing is credited, and the reason says why.
    Rejected,
    /// The debtor took it back.
    Withdrawn,
    /// A hardship that was answered with an arrangement or an end of the hold.
    Closed,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Answered, Self::Upheld, Self::Partly, Self::Rejected, Self::Withdrawn, Self::Closed];

    /// The name in the database and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Upheld => "upheld",
            Self::Partly => "partly",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
        }
    }

    /// Reads a name written by [`State::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Not resolved: what it disputes is held.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Answered)
    }
}

/// What can happen to a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The business writes back without deciding.
    Answered,
    /// Decided for the debtor.
    Upheld,
    /// Decided in part.
    PartlyUpheld,
    /// Decided against.
    Rejected,
    /// Taken back by the debtor.
    Withdrawn,
    /// A hardship is settled with words or an arrangement.
    Closed,
}

/// The state after an event; `None` where it is not legal.
pub fn next(kind: Kind, state: State, event: Event) -> Option<State> {
    if !state.is_open() {
        return None;
    }
    Some(match (kind, event) {
        (_, Event::Answered) => State::Answered,
        (_, Event::Withdrawn) => State::Withdrawn,
        (Kind::Dispute | Kind::Claim, Event::Upheld) => State::Upheld,
        (Kind::Dispute | Kind::Claim, Event::PartlyUpheld) => State::Partly,
        (Kind::Dispute | Kind::Claim, Event::Rejected) => State::Rejected,
        (Kind::Hardship, Event::Closed) => State::Closed,
        _ => return None,
    })
}

/// An invoice as a dispute sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// The invoice.
    pub invoice: InvoiceId,
    /// When it is due; the oldest is taken first.
    pub due_on: NaiveDate,
    /// Minor units that are left on it and not yet disputed.
    pub left_minor: i64,
}

/// Why a dispute cannot be raised as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeError {
    /// Nothing is open that is not disputed already.
    NothingOpen,
    /// No invoice was chosen.
    NoInvoice,
    /// An invoice is not this debtor's, is paid, or is disputed already.
    UnknownInvoice,
    /// Zero or less.
    AmountNotPositive,
    /// More than is open.
    MoreThanOpen,
}

impl DisputeError {
    /// What to tell the person who typed it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NothingOpen => "There is nothing open that you have not told us about already",
            Self::NoInvoice => "Choose the invoices that this is about",
            Self::UnknownInvoice => "Choose invoices that are still open and that you have not told us about already",
            Self::AmountNotPositive => "Enter an amount that is more than zero",
            Self::MoreThanOpen => "Enter an amount that is not more than what is open",
        }
    }
}

/// What a dispute holds on each invoice, in minor units: only the disputed part, oldest invoice first.
pub fn held(scope: &Scope, open: &[Open]) -> Result<Vec<(InvoiceId, i64)>, DisputeError> {
    let mut open: Vec<&Open> = open.iter().filter(|o| o.left_minor > 0).collect();
    if open.is_empty() {
        return Err(DisputeError::NothingOpen);
    }
    open.sort_by(|a, b| (a.due_on, &a.invoice).cmp(&(b.due_on, &b.invoice)));
    match scope {
        Scope::Everything => Ok(open.iter().map(|o| (o.invoice.clone(), o.left_minor)).collect()),
        Scope::Invoices(chosen) if chosen.is_empty() => Err(DisputeError::NoInvoice),
        Scope::Invoices(chosen) => {
            let mut held = Vec::new();
            for id in chosen {
                let found = open.iter().find(|o| o.invoice == *id).ok_or(DisputeError::UnknownInvoice)?;
                if !held.iter().any(|(seen, _)| seen == id) {
                    held.push((found.invoice.clone(), found.left_minor));
                }
            }
            Ok(held)
        }
        Scope::Amount(amount) if *amount <= 0 => Err(DisputeError::AmountNotPositive),
        Scope::Amount(amount) => {
            let mut left = *amount;
            let mut held = Vec::new();
            for o in open {
                let part = left.min(o.left_minor);
                if part > 0 {
                    held.push((o.invoice.clone(), part));
                }
                left -= part;
            }
            if left > 0 { Err(DisputeError::MoreThanOpen) } else { Ok(held) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;

    fn open(id: &str, due: &str, left_minor: i64) -> Open {
        Open { invoice: id.into(), due_on: parse_iso(due).unwrap(), left_minor }
    }

    #[test]
    fn only_the_disputed_part_is_held() {
        let debts = [open("b", "2026-02-01", 300), open("a", "2026-01-01", 200), open("c", "2026-03-01", 0)];
        type Held = Result<Vec<(&'static str, i64)>, DisputeError>;
        let table: &[(Scope, Held)] = &[
            (Scope::Everything, Ok(vec![("a", 200), ("b", 300)])),
            (Scope::Amount(250), Ok(vec![("a", 200), ("b", 50)])),
            (Scope::Amount(501), Err(DisputeError::MoreThanOpen)),
            (Scope::Amount(0), Err(DisputeError::AmountNotPositive)),
            (Scope::Invoices(vec!["b".into(), "b".into()]), Ok(vec![("b", 300)])),
            (Scope::Invoices(vec!["c".into()]), Err(DisputeError::UnknownInvoice)),
            (Scope::Invoices(vec![]), Err(DisputeError::NoInvoice)),
        ];
        for (scope, expected) in table {
            let expected =
                expected.clone().map(|v| v.into_iter().map(|(id, m)| (InvoiceId::from(id), m)).collect::<Vec<_>>());
            assert_eq!(held(scope, &debts), expected, "{scope:?}");
        }
        assert_eq!(held(&Scope::Everything, &[]), Err(DisputeError::NothingOpen));
    }

    #[test]
    fn what_is_resolved_stays_resolved() {
        assert_eq!(next(Kind::Dispute, State::Open, Event::Upheld), Some(State::Upheld));
        assert_eq!(next(Kind::Dispute, State::Upheld, Event::Rejected), None);
        assert_eq!(next(Kind::Hardship, State::Open, Event::Rejected), None, "nobody's hardship is rejected");
    }
}
