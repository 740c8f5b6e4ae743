//! What a list calls paid and the books know otherwise: it is not booked a second time, and a person is told.

use super::imported::ImportError;
use super::invoice_plan::Incoming;
use crate::store::Tx;
use crate::store::import::{self as store, Part};
use crate::store::invoice::Invoice;
use chrono::{Days, NaiveDate};
use kept_domain::calendar::{days_between, show};
use kept_domain::credit_note::{CreditNoteRow, Credited};
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::invoice::{Change, InvoiceRow};
use kept_domain::matching::SAME_DAYS_MAX;
use kept_domain::money::Money;
use kept_domain::table::shown;
use std::collections::{HashMap, HashSet};

/// Why what a list calls paid is not booked as a payment.
pub(super) enum Doubt {
    /// The money is on account already, and is put towards the invoice by itself.
    OnAccount,
    /// A person has to look: what to tell them.
    Told(String),
}

/// What of the books speaks against booking what a list calls paid.
#[derive(Default)]
pub(super) struct Doubts {
    taken_back: HashMap<InvoiceId, NaiveDate>,
    called_paid: HashMap<InvoiceId, NaiveDate>,
    /// Invoices on file that the list has and does not call paid: what lies on them may belong elsewhere.
    unpaid: HashSet<InvoiceId>,
    /// All invoices on file that the list has.
    listed: HashSet<InvoiceId>,
    /// What came in around those days and lies elsewhere, by debtor.
    parts: HashMap<DebtorId, Vec<Part>>,
    numbers: HashMap<InvoiceId, String>,
}

impl Doubts {
    pub(super) async fn load(
        tx: &Tx,
        business: &BusinessId,
        incoming: &Incoming,
        invoices: &HashMap<String, Invoice>,
        as_of: NaiveDate,
    ) -> Result<Self, ImportError> {
        let mut found = Self::default();
        let days: Vec<NaiveDate> = incoming.rows.iter().filter_map(|row| row.settled_by(as_of)).collect();
        if let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) {
            let span = Days::new(SAME_DAYS_MAX.unsigned_abs());
            let (from, to) = (first.checked_sub_days(span), last.checked_add_days(span));
            found.taken_back = store::taken_back(tx, business).await?;
            for row in &incoming.rows {
                let Some(invoice) = invoices.get(&row.number) else { continue };
                found.listed.insert(invoice.id.clone());
                if row.settled_by(as_of).is_none() {
                    found.unpaid.insert(invoice.id.clone());
                }
            }
            for part in store::parts(tx, business, from.unwrap_or(*first), to.unwrap_or(*last)).await? {
                found.parts.entry(part.debtor.clone()).or_default().push(part);
            }
            found.numbers = invoices.values().map(|i| (i.id.clone(), i.number.clone())).collect();
        }
        if !incoming.credits.is_empty() {
            found.called_paid = store::called_paid(tx, business).await?;
        }
        Ok(found)
    }

    /// Why the payment that a row would book is none; `invoice` where the invoice is on file, `left_minor` what is left of each.
    pub(super) fn of(
        &mut self,
        row: &InvoiceRow,
        invoice: Option<&InvoiceId>,
        debtor: &DebtorId,
        change: Change,
        left_minor: &HashMap<InvoiceId, i64>,
    ) -> Option<Doubt> {
        let (on, minor) = change.settle?;
        if let Some(back_on) = invoice.and_then(|id| self.taken_back.get(id)).filter(|back_on| on <= **back_on) {
            return Some(Doubt::Told(format!(
                "“{}” is called paid on {}, and money of it was taken back on {}, so that nothing was booked. If it was paid again, \
                 record that payment",
                shown(&row.number),
                show(on),
                show(*back_on)
            )));
        }
        let part = self.parts.get_mut(debtor)?.iter_mut().find(|part| {
            let elsewhere = part.invoice.as_ref().is_none_or(|id| {
                // An invoice that is not in the list at all may have been paid by it; a part payment of just this amount is odd.
                let odd = part.minor == minor && left_minor.get(id).is_some_and(|left| *left > 0);
                Some(id) != invoice && (self.unpaid.contains(id) || (odd && !self.listed.contains(id)))
            });
            let near = days_between(part.on, on).abs() <= SAME_DAYS_MAX;
            elsewhere && near && part.currency == row.currency && part.minor >= minor
        })?;
        part.minor -= minor;
        let Some(other) = &part.invoice else {
            if change.raise {
                return Some(Doubt::OnAccount);
            }
            return Some(Doubt::Told(told(row, on, part, "is on account")));
        };
        let number = self.numbers.get(other).map_or("", String::as_str);
        Some(Doubt::Told(told(row, on, part, &format!("is in the books for invoice “{}”", shown(number)))))
    }

    /// What to tell of a credit note that puts money on account of an invoice that a list called paid in the same days: perhaps
    /// it was this credit that was meant.
    pub(super) fn of_credit(&self, row: &CreditNoteRow, named: &[Credited], on_account_minor: i64) -> Option<String> {
        let called = |i: &&Credited| {
            self.called_paid.get(&i.invoice).is_some_and(|on| days_between(*on, row.issued_on).abs() <= SAME_DAYS_MAX)
        };
        let invoice = named.iter().find(called).filter(|_| on_account_minor > 0)?;
        let (number, much) = (shown(&invoice.number), Money::new(on_account_minor, row.currency).show());
        Some(format!(
            "credits invoice “{number}”, which a list called paid in the same days: {much} is on account now. If this credit is all \
             that was meant, take that payment out of the books on the customer’s page"
        ))
    }
}

fn told(row: &InvoiceRow, on: NaiveDate, part: &Part, lies: &str) -> String {
    format!(
        "“{}” is called paid on {}, and what came on {} {lies}, so that nothing was booked. Move it there, or record another payment",
        shown(&row.number),
        show(on),
        show(part.on)
    )
}
