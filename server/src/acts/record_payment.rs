//! Recording money that arrived by bank or in cash.

use super::notify::{self, Message};
use super::towards::{self, Towards};
use super::{Actor, Failure, Happened, advance_commitments, close_page, position, record, take_back_late_charges};
use crate::app::App;
use crate::clock::day_end_ms;
use crate::secret;
use crate::store::debtor::Debtor;
use crate::store::ledger::{self, Origin};
use crate::store::payments_known::{self, Source};
use crate::store::{Error, Tx, business, debtor};
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger as rules;
use kept_domain::money::{AMOUNT_MAX_MINOR, Currency, Money};

/// A payment as it stands on a statement.
#[derive(Clone, Debug)]
pub struct Arrived<'a> {
    /// Minor units.
    pub amount_minor: i64,
    /// Their currency.
    pub currency: Currency,
    /// The day it arrived.
    pub on: NaiveDate,
    /// The statement's reference; empty where there is none.
    pub reference: &'a str,
    /// The same for every sending of one form.
    pub once: &'a str,
}

/// Why it was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Zero or less, or more than this system counts.
    Amount,
    /// The day has not come.
    InFuture,
    /// A payment of the same day, amount and reference has been recorded, or the same form.
    Known,
    /// The reference is longer than any bank's.
    ReferenceTooLong,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Amount => ("amount", "Enter an amount that is more than zero"),
            Self::InFuture => ("paid_on", "Enter a day that is today or earlier"),
            Self::Known => {
                ("reference", "This payment has been recorded already. A second one needs another reference")
            }
            Self::ReferenceTooLong => ("reference", "Enter at most 140 characters"),
        }
    }
}

/// Records a payment: it goes to what is not disputed first, the oldest first, and counts towards the agreement that is
/// running. Answers the payment's id.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn record_payment(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    arrived: &Arrived<'_>,
    actor: &Actor,
) -> Result<TransferId, Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let reference = arrived.reference.trim();
    if !(1..=AMOUNT_MAX_MINOR).contains(&arrived.amount_minor) {
        return no(Refusal::Amount);
    }
    if reference.chars().count() > 140 {
        return no(Refusal::ReferenceTooLong);
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    if arrived.on > app.clock.today(&home.zone) {
        return no(Refusal::InFuture);
    }
    let debtor = debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let paid = Paid {
        debtor: &debtor,
        amount_minor: arrived.amount_minor,
        currency: arrived.currency,
        on: arrived.on,
        named: &[],
        effect: effect(id, arrived),
        note: reference,
        how: "Recorded a payment of",
    };
    let Some(transfer_id) = book(app, &tx, business_id, &paid, actor).await? else { return no(Refusal::Known) };
    // Whoever records what arrived has looked at what arrived until that day.
    let known_ms = day_end_ms(arrived.on, &home.zone);
    payments_known::extend(&tx, business_id, Source::Recorded, known_ms, now_ms).await?;
    tx.commit().await?;
    Ok(transfer_id)
}

/// A payment by bank that goes into the ledger.
pub(super) struct Paid<'a> {
    /// Whose. The caller holds the row.
    pub(super) debtor: &'a Debtor,
    /// Minor units.
    pub(super) amount_minor: i64,
    /// Their currency.
    pub(super) currency: Currency,
    /// The day it arrived.
    pub(super) on: NaiveDate,
    /// Invoices that come before others.
    pub(super) named: &'a [InvoiceId],
    /// The outside world's id of it.
    pub(super) effect: String,
    /// A remark.
    pub(super) note: &'a str,
    /// How the event begins, before the amount.
    pub(super) how: &'a str,
}

/// Books a payment, moves on what depends on it, and queues the receipt; `None` where its effect is in the ledger already.
pub(super) async fn book(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    paid: &Paid<'_>,
    actor: &Actor,
) -> Result<Option<TransferId>, Error> {
    let (id, now_ms) = (&paid.debtor.id, app.clock.now_ms());
    let open = position::load_in(tx, business, id, paid.currency).await?;
    let owed = open.map(|p| p.for_payment()).unwrap_or_default();
    let Some(home) = business::find(tx, business).await? else { return Ok(None) };
    let towards = towards::find(tx, &home, id, paid.currency, paid.on).await?;
    let transfer = match paid.named {
        [] => rules::payment_first(paid.amount_minor, &owed, Towards::covered(towards.as_ref())),
        named => rules::payment_for(paid.amount_minor, &owed, named),
    };
    let transfer_id: TransferId = secret::new_id();
    let mut origin = Origin {
        method: "bank".to_owned(),
        effect: Some(paid.effect.clone()),
        note: paid.note.to_owned(),
        ..Origin::new(id, paid.currency, paid.on, &actor.name)
    };
    Towards::count(towards.as_ref(), &transfer, &mut origin);
    if !ledger::append(tx, business, &transfer_id, &transfer, &origin, now_ms).await? {
        return Ok(None);
    }
    let amount = Money::new(paid.amount_minor, paid.currency).show();
    let detail = format!("{} {amount} by bank, arrived on {}", paid.how, show(paid.on));
    let happened = Happened { debtor: Some(id), kind: "payment_recorded", subject: transfer_id.as_str(), detail };
    record(app, tx, business, actor, happened).await?;
    take_back_late_charges::of_debtor(app, tx, business, id).await?;
    advance_commitments::of_debtor(app, tx, business, id).await?;
    close_page::enqueue_if_needless(tx, business, id, paid.currency, now_ms).await?;
    let receipt = Message::Receipt { transfer_id: transfer_id.clone() };
    notify::tell(tx, business, paid.debtor, &receipt, now_ms).await?;
    Ok(Some(transfer_id))
}

/// What makes a payment the same as another. A standing order keeps its reference, so that alone is not enough; without a
/// reference it is the form that was sent.
fn effect(id: &DebtorId, arrived: &Arrived<'_>) -> String {
    match arrived.reference.trim() {
        "" => format!("form:{id}:{}", arrived.once),
        reference => {
            let day = kept_domain::calendar::iso(arrived.on);
            format!("bank:{id}:{day}:{}:{}:{reference}", arrived.amount_minor, arrived.currency)
        }
    }
}
