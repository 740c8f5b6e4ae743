//! Taking a payment out of the books: one that a person recorded or a list brought by mistake, or one that a bank took back.

use super::{Actor, Failure, Happened, advance_commitments, apply_ahead, record, towards};
use crate::app::App;
use crate::secret;
use crate::store::ledger::{self, Movement, Origin};
use crate::store::{Error, Query, Tx, business, debtor, statement};
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId, TransferId};
use kept_domain::ledger::{Account, TransferKind, reversal};
use kept_domain::money::{Currency, Money};

/// Characters of a reason.
const WHY_CHARS_MAX: usize = 500;

/// Why it stays in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A card payment is as the gateway says, and a line of a statement is decided on there.
    ByOthers,
    /// All of it went back already.
    NothingLeft,
    /// Nobody would know later why.
    WhyMissing,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ByOthers => ("why", "A payment by card or of a bank statement is not taken out of the books here"),
            Self::NothingLeft => ("why", "All of this payment has gone back already"),
            Self::WhyMissing => ("why", "Write why it was no payment, in at most 500 characters"),
        }
    }
}

/// Whether a person may take a payment out of the books here: it is no card payment, and no line of a bank statement brought it.
///
/// # Errors
/// The store's.
pub async fn may(q: &impl Query, business: &BusinessId, payment: &Movement) -> Result<bool, Error> {
    let known = matches!(payment.method.as_str(), "bank" | "import" | "claim") && payment.attempt.is_none();
    Ok(known && !statement::is_line(q, business, &payment.id).await?)
}

/// Takes what is left of a payment out of the books: what it had paid is owed again.
///
/// # Errors
/// Why not, or the store's.
pub async fn by_hand(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    payment: &TransferId,
    why: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let why = why.trim();
    if why.is_empty() || why.chars().count() > WHY_CHARS_MAX {
        return no(Refusal::WhyMissing);
    }
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let found = ledger::find_movement(&tx, business_id, id, payment).await?;
    let of = found.filter(|m| m.kind == TransferKind::Payment).ok_or(Failure::NotFound)?;
    if !may(&tx, business_id, &of).await? {
        return no(Refusal::ByOthers);
    }
    let allocated = ledger::allocated(&tx, business_id, payment).await?;
    let left_minor: i64 = allocated.iter().map(|(_, minor)| minor).sum();
    if left_minor <= 0 {
        return no(Refusal::NothingLeft);
    }
    let reversal = Reversal {
        kind: TransferKind::Undone,
        payment,
        allocated: &allocated,
        amount_minor: left_minor,
        debtor: id,
        effect: format!("undone:{payment}"),
        on: app.clock.today(&home.zone),
        currency: of.currency,
        event: "payment_undone",
        note: why,
    };
    append(app, &tx, business_id, reversal, actor).await?.ok_or(Failure::Refused(Refusal::NothingLeft))?;
    tx.commit().await?;
    Ok(())
}

/// What is taken back of a payment.
pub(super) struct Reversal<'a> {
    /// `Undone` for a mistake, `Chargeback` for what a bank did.
    pub(super) kind: TransferKind,
    /// The payment.
    pub(super) payment: &'a TransferId,
    /// Where what is left of it is, in minor units.
    pub(super) allocated: &'a [(Account, i64)],
    /// Minor units.
    pub(super) amount_minor: i64,
    /// Whose payment.
    pub(super) debtor: &'a DebtorId,
    /// What makes it the same as another.
    pub(super) effect: String,
    /// The day of it.
    pub(super) on: NaiveDate,
    /// Its currency.
    pub(super) currency: Currency,
    /// The event's kind.
    pub(super) event: &'static str,
    /// Why, in a person's words; may be empty.
    pub(super) note: &'a str,
}

/// Appends it, and moves on what depends on it; `None` where it is in the books, or there is no such payment any more. The
/// caller holds the debtor's row.
pub(super) async fn append(
    app: &App,
    tx: &Tx,
    business_id: &BusinessId,
    r: Reversal<'_>,
    actor: &Actor,
) -> Result<Option<TransferId>, Error> {
    let Some(payment) = ledger::find_movement(tx, business_id, r.debtor, r.payment).await? else { return Ok(None) };
    let Some(home) = business::find(tx, business_id).await? else { return Ok(None) };
    let id: TransferId = secret::new_id();
    let mut origin = Origin {
        method: payment.method,
        effect: Some(r.effect),
        commitment: payment.commitment,
        reverses: Some(r.payment.clone()),
        note: r.note.to_owned(),
        ..Origin::new(r.debtor, r.currency, r.on, &actor.name)
    };
    towards::count_back(tx, &home, r.payment, r.amount_minor, &mut origin).await?;
    let transfer = reversal(r.kind, r.amount_minor, r.allocated);
    if !ledger::append(tx, business_id, &id, &transfer, &origin, app.clock.now_ms()).await? {
        return Ok(None);
    }
    let amount = Money::new(r.amount_minor, r.currency).show();
    let detail = if r.note.is_empty() { amount } else { format!("{amount}: {}", r.note) };
    let happened = Happened { debtor: Some(r.debtor), kind: r.event, subject: id.as_str(), detail };
    record(app, tx, business_id, actor, happened).await?;
    // What is paid ahead pays what is open again.
    apply_ahead::of_debtor(app, tx, business_id, r.debtor, &home.zone).await?;
    advance_commitments::of_debtor(app, tx, business_id, r.debtor).await?;
    Ok(Some(id))
}
