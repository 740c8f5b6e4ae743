//! Matching: whose payment a line of a bank statement is. Only what is beyond doubt is booked; of the rest it is said what
//! speaks for whom, and what stands in the way. The order of the lines does not matter.

mod judge;
#[cfg(test)]
mod tests;
mod text;

use crate::ids::{DebtorId, InvoiceId};
use crate::money::Currency;
use crate::reference::PaymentReference;
use crate::statement::Line;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Days between a payment that was recorded in another way, or that another file brought, and a line of a statement that may
/// be the same: banks export one movement with the day it was made and with the day it was booked.
pub const SAME_DAYS_MAX: i64 = 5;
/// Customers that are suggested for a line at most: more say nothing.
pub const SUGGESTED_MAX: usize = 5;

/// Somebody who may have paid.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Their id.
    pub id: DebtorId,
    /// The business's own number for them.
    pub number: String,
    /// Their name.
    pub name: String,
}

/// An invoice with something left on it.
#[derive(Clone, Debug)]
pub struct OpenInvoice {
    /// Its id.
    pub id: InvoiceId,
    /// Who owes it.
    pub debtor: DebtorId,
    /// The business's number for it.
    pub number: String,
    /// Its currency.
    pub currency: Currency,
    /// Minor units left.
    pub left_minor: i64,
}

/// The next payment of an agreement that is running.
#[derive(Clone, Debug)]
pub struct NextInstalment {
    /// Who agreed.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// Minor units left of it.
    pub left_minor: i64,
}

/// A payment by bank that is in the books from elsewhere: a person recorded it, or a list of invoices called them paid.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Whose.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// Minor units.
    pub amount_minor: i64,
    /// The day it arrived.
    pub on: NaiveDate,
}

/// A line that another file brought.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The business's account.
    pub account: String,
    /// The day on which the bank booked it.
    pub on: NaiveDate,
    /// Its currency.
    pub currency: Currency,
    /// Minor units.
    pub amount_minor: i64,
    /// Whose payment it was, where it is booked.
    pub debtor: Option<DebtorId>,
}

/// What speaks for somebody, or against booking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer's payment reference stands in it.
    PaymentReference,
    /// The number of an open invoice stands in it.
    InvoiceNumber,
    /// The customer's number stands in it.
    CustomerNumber,
    /// Something like the number of an open invoice stands in it.
    MaybeNumber,
    /// A payment from this account was theirs before.
    PayerAccount,
    /// The payer has the customer's name.
    PayerName,
    /// It is what is left on one invoice, or on those that are named.
    AmountOfInvoice,
    /// It is the next payment of their agreement.
    AmountOfInstalment,
    /// It is all that they owe.
    AmountOwed,
    /// Nothing speaks for anybody.
    Nobody,
    /// The amount alone fits, of more open invoices than are worth showing.
    FitsMany,
    /// It is not an amount that they owe.
    AmountDiffers,
    /// Nothing but the amount speaks for it.
    AmountOnly,
    /// It speaks for several customers.
    SeveralCustomers,
    /// Several of their invoices are of this amount.
    SeveralInvoices,
    /// The payer is another customer.
    OtherPayer,
    /// They owe less than that.
    MoreThanOwed,
    /// What they owe is in another currency.
    OtherCurrency,
    /// A payment of this amount was recorded within a few days of it.
    RecordedAlready,
    /// Another file brought a line of the same day and amount.
    ImportedAlready,
    /// Another line of this file pays the same.
    PaidTwice,
    /// The bank took a payment back.
    TakenBack,
    /// Somebody took the booking back.
    Undone,
}

impl Reason {
    /// Whether it speaks against booking.
    pub fn is_doubt(self) -> bool {
        self >= Self::Nobody
    }

    /// One sentence for people of the business.
    pub fn words(self) -> &'static str {
        match self {
            Self::PaymentReference => "Their payment reference is given",
            Self::InvoiceNumber => "The number of an open invoice is given",
            Self::CustomerNumber => "Their customer number is given",
            Self::MaybeNumber => "Something like an invoice number is given",
            Self::PayerAccount => "It comes from an account they paid from before",
            Self::PayerName => "The payer has their name",
            Self::AmountOfInvoice => "The amount is what is left on the invoice",
            Self::AmountOfInstalment => "The amount is their next instalment",
            Self::AmountOwed => "The amount is all they owe",
            Self::Nobody => "No name, number or amount fits a customer",
            Self::FitsMany => "Many open invoices are of this amount, and nothing else fits",
            Self::AmountDiffers => "The amount is none that they owe",
            Self::AmountOnly => "Nothing but the amount fits",
            Self::SeveralCustomers => "It may be of several customers",
            Self::SeveralInvoices => "Several of their invoices are of this amount",
            Self::OtherPayer => "The payer is another customer",
            Self::MoreThanOwed => "They owe less than this",
            Self::OtherCurrency => "What they owe is in another currency",
            Self::RecordedAlready => "A payment of this amount is recorded already",
            Self::ImportedAlready => "Another file had a payment of the same day and amount",
            Self::PaidTwice => "Another line of this file pays the same",
            Self::TakenBack => "Your bank took this payment back",
            Self::Undone => "Its booking was taken back",
        }
    }
}

/// Somebody whose payment it is, or may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub debtor: DebtorId,
    /// The invoices that it is for, as far as that is known; they are paid before others.
    pub invoices: Vec<InvoiceId>,
    /// What speaks for it, and then what stands in the way.
    pub reasons: Vec<Reason>,
}

/// Whose payment a line is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Beyond doubt.
    Booked(Candidate),
    /// A person decides; never empty.
    Suggested(Vec<Candidate>),
    /// Nobody's, as far as can be told, and why.
    Unmatched(Reason),
}

/// What is known of a business's customers when a statement comes in.
#[derive(Debug, Default)]
pub struct Books {
    customers: HashMap<DebtorId, Customer>,
    owed: HashMap<(DebtorId, Currency), Vec<OpenInvoice>>,
    currencies: BTreeSet<Currency>,
    instalments: HashMap<(DebtorId, Currency), i64>,
    by_reference: HashMap<PaymentReference, Vec<DebtorId>>,
    by_number: HashMap<String, Vec<(DebtorId, Currency, usize)>>,
    by_customer_number: HashMap<String, Vec<DebtorId>>,
    by_name: HashMap<String, Vec<DebtorId>>,
    by_account: HashMap<String, Vec<DebtorId>>,
    by_amount: HashMap<(Currency, i64), Vec<DebtorId>>,
    recorded: HashMap<(DebtorId, Currency, i64), Vec<NaiveDate>>,
    earlier: HashMap<(Currency, i64), Vec<Earlier>>,
}

impl Books {
    /// What is known, in any order. Invoices and agreements of somebody who is not among the customers are left out.
    pub fn new(customers: Vec<Customer>, mut invoices: Vec<OpenInvoice>, instalments: Vec<NextInstalment>) -> Self {
        let mut books = Self::default();
        for customer in customers {
            let id = &customer.id;
            push(&mut books.by_reference, PaymentReference::of(id), id);
            push(&mut books.by_customer_number, text::key(&customer.number), id);
            for name in text::names(&customer.name) {
                push(&mut books.by_name, name, id);
            }
            books.customers.insert(id.clone(), customer);
        }
        // What is found does not depend on the order in which it was told.
        invoices.sort_by(|a, b| a.id.cmp(&b.id));
        for invoice in invoices.into_iter().filter(|i| i.left_minor > 0) {
            if !books.customers.contains_key(&invoice.debtor) {
                continue;
            }
            let (debtor, currency) = (invoice.debtor.clone(), invoice.currency);
            books.currencies.insert(currency);
            push(&mut books.by_amount, (currency, invoice.left_minor), &debtor);
            let of_debtor = books.owed.entry((debtor.clone(), currency)).or_default();
            let place = (debtor, currency, of_debtor.len());
            books.by_number.entry(text::key(&invoice.number)).or_default().push(place);
            of_debtor.push(invoice);
        }
        for ((debtor, currency), invoices) in &books.owed {
            let sum = invoices.iter().map(|i| i.left_minor).sum();
            push(&mut books.by_amount, (*currency, sum), debtor);
        }
        for next in instalments.into_iter().filter(|n| n.left_minor > 0 && books.customers.contains_key(&n.debtor)) {
            push(&mut books.by_amount, (next.currency, next.left_minor), &next.debtor);
            books.instalments.insert((next.debtor, next.currency), next.left_minor);
        }
        books.each_once();
        books
    }

    /// Names everybody once under each key. Looking for them while they are added would take for ever where a hundred
    /// thousand subscriptions cost the same.
    fn each_once(&mut self) {
        let named = self.by_customer_number.values_mut().chain(self.by_name.values_mut());
        let known = self.by_reference.values_mut().chain(self.by_account.values_mut());
        for all in named.chain(known).chain(self.by_amount.values_mut()) {
            all.sort();
            all.dedup();
        }
    }

    /// Adds accounts from which customers have paid before.
    #[must_use]
    pub fn with_accounts(mut self, accounts: impl IntoIterator<Item = (String, DebtorId)>) -> Self {
        for (account, debtor) in accounts {
            let account = text::account(&account);
            if !account.is_empty() && self.customers.contains_key(&debtor) {
                push(&mut self.by_account, account, &debtor);
            }
        }
        self.each_once();
        self
    }

    /// Adds what is in the books from elsewhere.
    #[must_use]
    pub fn with_recorded(mut self, recorded: impl IntoIterator<Item = Recorded>) -> Self {
        for r in recorded {
            self.recorded.entry((r.debtor, r.currency, r.amount_minor)).or_default().push(r.on);
        }
        self
    }

    /// Adds lines that other files brought.
    #[must_use]
    pub fn with_earlier(mut self, earlier: impl IntoIterator<Item = Earlier>) -> Self {
        for e in earlier {
            self.earlier.entry((e.currency, e.amount_minor)).or_default().push(e);
        }
        self
    }

    /// What a debtor owes in a currency, in minor units, before anything paid ahead.
    pub fn owed_minor(&self, debtor: &DebtorId, currency: Currency) -> i64 {
        self.invoices(debtor, currency).iter().map(|i| i.left_minor).sum()
    }

    /// Minor units left on an invoice of a debtor.
    pub fn left_minor(&self, debtor: &DebtorId, currency: Currency, invoice: &InvoiceId) -> i64 {
        self.invoices(debtor, currency).iter().find(|i| i.id == *invoice).map_or(0, |i| i.left_minor)
    }

    fn invoices(&self, debtor: &DebtorId, currency: Currency) -> &[OpenInvoice] {
        self.owed.get(&(debtor.clone(), currency)).map_or(&[], Vec::as_slice)
    }

    fn owes_in_another(&self, debtor: &DebtorId, currency: Currency) -> bool {
        self.invoices(debtor, currency).is_empty()
            && self.currencies.iter().any(|other| !self.invoices(debtor, *other).is_empty())
    }

    /// Whose each line is, in the lines' order.
    pub fn judge(&self, lines: &[Line]) -> Vec<Verdict> {
        judge::judge(self, lines)
    }
}

fn push<K: Eq + std::hash::Hash>(map: &mut HashMap<K, Vec<DebtorId>>, key: K, debtor: &DebtorId) {
    map.entry(key).or_default().push(debtor.clone());
}
