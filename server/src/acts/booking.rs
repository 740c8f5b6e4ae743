//! Rows of an import on their way into the store.

use super::imported::ImportError;
use super::invoice_plan::effect;
use crate::secret::new_id;
use crate::store::credit_note::{self, CreditNote};
use crate::store::dispute::{self, Dispute};
use crate::store::event::{self, Event};
use crate::store::invoice::Invoice;
use crate::store::ledger::Origin;
use crate::store::{Tx, import as store};
use chrono::NaiveDate;
use kept_domain::credit_note::{CreditNoteRow, Spread};
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId};
use kept_domain::invoice::{Change, InvoiceRow};
use kept_domain::ledger::{self, Owed};
use kept_domain::money::{Currency, Money};
use kept_domain::table::shown;

/// Rows on their way into the store.
#[derive(Default)]
pub(super) struct Booking<'a> {
    actor: &'a str,
    now_ms: i64,
    answer_by_on: NaiveDate,
    invoices: Vec<Invoice>,
    booked: Vec<store::Booked>,
    disputes: Vec<(Dispute, InvoiceId, i64)>,
    notes: Vec<(CreditNote, Vec<(InvoiceId, i64)>)>,
    events: Vec<Event>,
}

impl<'a> Booking<'a> {
    /// Nothing yet. `answer_by_on` is when a dispute that comes in is to be answered.
    pub(super) fn new(actor: &'a str, now_ms: i64, answer_by_on: NaiveDate) -> Self {
        Self { actor, now_ms, answer_by_on, ..Self::default() }
    }

    /// A payment of an invoice that a running commitment covers counts towards it.
    pub(super) fn book(
        &mut self,
        row: &InvoiceRow,
        invoice: &Invoice,
        change: Change,
        commitment: Option<&CommitmentId>,
    ) {
        let (id, debtor) = (&invoice.id, &invoice.debtor);
        if change.raise {
            let transfer = ledger::invoice(id.clone(), row.amount_minor);
            let origin = Origin::new(debtor, row.currency, row.issued_on, self.actor);
            self.booked.push(store::Booked { id: new_id(), transfer, origin });
            self.invoices.push(invoice.clone());
        }
        let prepaid = (change.prepaid_minor > 0).then_some((row.issued_on, change.prepaid_minor, "prepaid"));
        let settled = change.settle.map(|(on, minor)| (on, minor, "settled"));
        for (on, minor, what) in prepaid.into_iter().chain(settled) {
            let left_minor = if what == "prepaid" { minor.min(row.amount_minor) } else { minor };
            let owed = Owed { invoice: id.clone(), due_on: row.due_on, left_minor, disputed_minor: 0 };
            let origin = Origin {
                method: "import".to_owned(),
                effect: Some(effect(&row.number, what)),
                commitment: commitment.cloned(),
                ..Origin::new(debtor, row.currency, on, self.actor)
            };
            let transfer = ledger::payment(minor, &[owed]);
            self.booked.push(store::Booked { id: new_id(), transfer, origin });
        }
        if let Some(minor) = change.dispute_minor {
            self.disputes.push((self.dispute(debtor, row.currency, minor), id.clone(), minor));
        }
    }

    /// A credit note: what it takes off invoices, and what of it is on account.
    pub(super) fn credit(&mut self, row: &CreditNoteRow, debtor: &DebtorId, spread: &Spread) {
        let id: String = new_id();
        let origin = Origin {
            effect: Some(effect(&row.number, "credited")),
            note: format!("Credit note {}", row.number),
            ..Origin::new(debtor, row.currency, row.issued_on, self.actor)
        };
        let transfer = ledger::credit_note(&spread.parts, spread.on_account_minor);
        self.booked.push(store::Booked { id: new_id(), transfer, origin });
        let money = |minor| Money::new(minor, row.currency).show();
        let on = match row.invoices.as_slice() {
            [] => String::new(),
            [one] => format!(" on invoice {}", shown(one)),
            many => format!(" on invoices {}", shown(&many.join(", "))),
        };
        let account = match spread.on_account_minor {
            0 => String::new(),
            minor => format!("; {} of it is on account", money(minor)),
        };
        self.events.push(Event {
            id: new_id(),
            debtor: Some(debtor.clone()),
            at_ms: self.now_ms,
            actor: self.actor.to_owned(),
            kind: "credit_note_imported".to_owned(),
            subject: id.clone(),
            detail: format!("Credit note {} of {}{on}{account}", row.number, money(row.amount_minor)),
            address: String::new(),
        });
        let note = CreditNote {
            id,
            debtor: debtor.clone(),
            number: row.number.clone(),
            issued_on: row.issued_on,
            amount_minor: row.amount_minor,
            currency: row.currency,
            description: row.description.clone(),
        };
        self.notes.push((note, spread.items.clone()));
    }

    fn dispute(&self, debtor: &DebtorId, currency: Currency, amount_minor: i64) -> Dispute {
        Dispute {
            id: new_id(),
            debtor: debtor.clone(),
            kind: kept_domain::dispute::Kind::Dispute,
            state: kept_domain::dispute::State::Open,
            reason: kept_domain::dispute::Reason::Other,
            scope: "invoices".to_owned(),
            currency,
            amount_minor,
            words: "Imported as disputed.".to_owned(),
            paid_on: None,
            paid_by: String::new(),
            raised_by: "import".to_owned(),
            raised_at_ms: self.now_ms,
            answer_by_on: self.answer_by_on,
            answer: String::new(),
            credited_minor: 0,
            resolved_by: None,
            resolved_at_ms: None,
        }
    }

    pub(super) async fn store(&self, tx: &Tx, business: &BusinessId) -> Result<(), ImportError> {
        store::insert_invoices(tx, business, &self.invoices, self.now_ms).await?;
        store::append(tx, business, &self.booked, self.now_ms).await?;
        for (dispute, invoice, minor) in &self.disputes {
            dispute::insert(tx, business, dispute, &[(invoice.clone(), *minor)]).await?;
        }
        credit_note::insert(tx, business, &self.notes, self.now_ms).await?;
        for one in &self.events {
            event::append(tx, business, one).await?;
        }
        Ok(())
    }
}
