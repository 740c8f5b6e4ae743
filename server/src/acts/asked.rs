//! Asked: what a reminder that leaves now is about, with the numbers and sums that it names.

use crate::store::reminder::Known;
use crate::templates::{Item, Matter};
use chrono::NaiveDate;
use kept_domain::money::{Currency, Money};
use kept_domain::reminder::{Ask, Reminder, Subject};

/// What a reminder asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The decision that it leaves by.
    reminder: Reminder,
    /// Each invoice, or the one payment of an agreement, with what is left of it and not in dispute.
    items: Vec<Item>,
    /// The sums, one a currency.
    totals: Vec<Money>,
    /// What was paid ahead and taken off the sums, one a currency.
    ahead: Vec<Money>,
    /// Parts are left out because they are in dispute.
    some_disputed: bool,
}

impl Asked {
    /// What a reminder asks of a debtor.
    pub(super) fn of(reminder: &Reminder, known: &Known) -> Self {
        let items = match &reminder.subject {
            Subject::Overdue | Subject::Upcoming => {
                reminder.asks.iter().flat_map(|ask| invoices(ask, known)).collect::<Vec<_>>()
            }
            Subject::Instalment { due_on, .. }
            | Subject::MissedInstalment { due_on, .. }
            | Subject::PassedPromise { due_on, .. } => reminder.asks.iter().map(|ask| payment(ask, *due_on)).collect(),
        };
        let sum = |currency: Currency| -> i64 {
            items.iter().filter(|item| item.left.currency == currency).map(|item| item.left.minor).sum()
        };
        let ahead = reminder.asks.iter().map(|ask| Money::new(sum(ask.currency) - ask.ask_minor, ask.currency));
        let asked = |currency: Currency| reminder.asks.iter().any(|ask| ask.currency == currency);
        Self {
            totals: reminder.asks.iter().map(|ask| Money::new(ask.ask_minor, ask.currency)).collect(),
            ahead: ahead.filter(|money| money.minor > 0).collect(),
            some_disputed: known.open.iter().any(|open| open.disputed_minor > 0 && asked(open.currency)),
            items,
            reminder: reminder.clone(),
        }
    }

    /// What its words are made of.
    pub(super) fn matter(self, by_card: bool) -> Matter {
        let Self { reminder, items, totals, ahead, some_disputed } = self;
        let code = words(&reminder.template).to_owned();
        match reminder.subject {
            Subject::Overdue | Subject::Upcoming => {
                Matter::Reminder { code, items, totals, ahead, some_disputed, by_card }
            }
            Subject::Instalment { due_on: pay_on, .. }
            | Subject::MissedInstalment { due_on: pay_on, .. }
            | Subject::PassedPromise { due_on: pay_on, .. } => Matter::Agreement { code, items, pay_on, by_card },
        }
    }
}

/// What the words of a step are called. A call that becomes a message is a considerate one.
fn words(template: &str) -> &str {
    match template {
        "before_instalment" => "instalment_due",
        "after_promise" => "promise_check",
        "after_missed" => "instalment_missed",
        "call" => "considerate",
        other => other,
    }
}

fn invoices<'a>(ask: &'a Ask, known: &'a Known) -> impl Iterator<Item = Item> + 'a {
    known.open.iter().filter(|open| ask.invoices.contains(&open.invoice)).map(|open| Item {
        number: open.number.clone(),
        due_on: open.due_on,
        left: Money::new(open.left_minor - open.disputed_minor, open.currency),
    })
}

fn payment(ask: &Ask, due_on: NaiveDate) -> Item {
    Item { number: String::new(), due_on, left: Money::new(ask.ask_minor, ask.currency) }
}
