//! What the two pages about money that was paid ahead are made of.

use crate::console::{Form, Frame};
use crate::portal::Business;
use chrono::NaiveDate;
use kept_domain::money::Money;

/// What was paid ahead in one currency, as the debtor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AheadLine {
    /// What is on account.
    pub amount: Money,
    /// What was asked back of it and a person of the business sends, and when it was asked for.
    pub asked: Option<(Money, NaiveDate)>,
}

/// The debtor's page.
#[derive(Clone, Debug)]
pub struct PortalMoneyBack {
    /// The business.
    pub business: Business,
    /// One for each currency in which something is on account.
    pub lines: Vec<AheadLine>,
    /// Something is on its way back to a card.
    pub to_card: bool,
}

/// What a debtor wants back, as the business sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WishRow {
    /// Its id.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// When it was asked for.
    pub asked_at: String,
}

/// The business's page.
#[derive(Clone, Debug)]
pub struct ConsoleMoneyBack {
    /// What stands around it.
    pub frame: Frame,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub name: String,
    /// What is on account in each currency.
    pub ahead: Vec<Money>,
    /// What is wanted back and waits.
    pub wishes: Vec<WishRow>,
    /// What was typed.
    pub form: Form,
}
