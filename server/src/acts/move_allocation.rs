//! Moving a part of a payment from one invoice to another, or to or from the account: a new transfer, never a change of one.

use super::{Actor, Failure, Happened, advance_commitments, close_page, position, record};
use crate::app::App;
use crate::secret;
use crate::store::ledger::{self, Origin};
use crate::store::{business, debtor, invoice};
use kept_domain::calendar::show;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::{self as rules, Account, TransferKind};
use kept_domain::money::Money;

/// What is moved.
#[derive(Clone, Debug)]
pub struct Move<'a> {
    /// The payment that it is a part of.
    pub payment: &'a TransferId,
    /// The invoice that it pays now; nothing for what is on account.
    pub from: Option<InvoiceId>,
    /// The invoice that it is to pay; nothing for the account.
    pub to: Option<InvoiceId>,
    /// Minor units; nothing for as much as is there and fits.
    pub amount_minor: Option<i64>,
    /// The same for every sending of one form.
    pub once: &'a str,
}

/// Why it was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is from and to the same.
    Same,
    /// The payment has nothing there.
    NotThere,
    /// Nothing is left on the invoice that it is to pay.
    NothingLeft,
    /// Zero or less, more than the payment has there, or more than is left on the other invoice.
    Amount,
    /// The same form was sent before.
    Known,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Same => ("to", "Choose another invoice than the one that it pays now"),
            Self::NotThere => ("from", "Nothing of this payment is there any more"),
            Self::NothingLeft => ("to", "Nothing is left to pay on this invoice"),
            Self::Amount => (
                "amount",
                "Enter an amount that is more than zero, and not more than is there or than is left on the other",
            ),
            Self::Known => ("amount", "This was moved already. Nothing was moved twice"),
        }
    }
}

/// Moves it. Answers the id of the new transfer.
///
/// # Errors
/// What cannot be moved, or the store's.
pub async fn move_allocation(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    asked: &Move<'_>,
    actor: &Actor,
) -> Result<TransferId, Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let found = ledger::find_movement(&tx, business_id, id, asked.payment).await?;
    let payment = found.filter(|m| m.kind == TransferKind::Payment).ok_or(Failure::NotFound)?;
    if asked.from == asked.to {
        return no(Refusal::Same);
    }
    let account = |invoice: &Option<InvoiceId>| invoice.clone().map_or(Account::OnAccount, Account::Receivable);
    let (from, to) = (account(&asked.from), account(&asked.to));
    let allocated = ledger::allocated(&tx, business_id, asked.payment).await?;
    let there = allocated.iter().find(|(a, _)| *a == from).map_or(0, |(_, minor)| *minor);
    if there <= 0 {
        return no(Refusal::NotThere);
    }
    let room = match &asked.to {
        None => there,
        Some(invoice) => {
            let position = position::load_in(&tx, business_id, id, payment.currency).await?;
            let open = position.iter().flat_map(|p| &p.open).find(|s| s.invoice.id == *invoice);
            open.map_or(0, |s| s.left_minor)
        }
    };
    if room <= 0 {
        return no(Refusal::NothingLeft);
    }
    let most = there.min(room);
    let amount_minor = asked.amount_minor.unwrap_or(most);
    if !(1..=most).contains(&amount_minor) {
        return no(Refusal::Amount);
    }
    let numbers = invoice::list_numbers(&tx, business_id, id).await?;
    let name = |invoice: &Option<InvoiceId>| match invoice {
        None => "the account".to_owned(),
        Some(id) => numbers.iter().find(|(i, _)| i == id).map_or_else(String::new, |(_, n)| format!("invoice {n}")),
    };
    let words = format!(
        "{} of the payment of {} from {} to {}",
        Money::new(amount_minor, payment.currency).show(),
        show(payment.moved_on),
        name(&asked.from),
        name(&asked.to)
    );
    let transfer_id: TransferId = secret::new_id();
    let origin = Origin {
        effect: Some(format!("move:{}:{}", asked.payment, asked.once)),
        reverses: Some(asked.payment.clone()),
        note: words.clone(),
        ..Origin::new(id, payment.currency, app.clock.today(&home.zone), &actor.name)
    };
    let transfer = rules::reallocated(from, to, amount_minor);
    if !ledger::append(&tx, business_id, &transfer_id, &transfer, &origin, now_ms).await? {
        return no(Refusal::Known);
    }
    let happened =
        Happened { debtor: Some(id), kind: "allocation_changed", subject: asked.payment.as_str(), detail: words };
    record(app, &tx, business_id, actor, happened).await?;
    advance_commitments::of_debtor(app, &tx, business_id, id).await?;
    close_page::enqueue_if_needless(&tx, business_id, id, payment.currency, now_ms).await?;
    tx.commit().await?;
    Ok(transfer_id)
}
