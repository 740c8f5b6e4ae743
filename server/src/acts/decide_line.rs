//! What a person decides about a line of a bank statement: whose payment it is, that it is nobody's, or that its booking
//! was a mistake.

use super::import_statement::book_line;
use super::pause_reminders;
use super::take_back_payment::{self, Reversal};
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::ledger;
use crate::store::statement::{self as store, State, StoredLine};
use crate::store::{Tx, business, debtor};
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::ledger::TransferKind;
use kept_domain::matching::{Candidate, Reason, Verdict};
use kept_domain::money::Money;
use kept_domain::statement::Direction;

/// Characters of a reason for dismissing.
const REASON_CHARS_MAX: usize = 500;

/// Why nothing was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is booked.
    Booked,
    /// It is not booked.
    NotBooked,
    /// The business has no such customer.
    NoCustomer,
    /// The bank took something back, and none of this customer's payments that are booked has this amount.
    NothingToTakeBack,
    /// What a bank took back is not ours to undo.
    ByTheBank,
    /// The reason is too long.
    ReasonTooLong,
}

impl Refusal {
    /// What to tell the person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Booked => "This line is booked already. Take its booking back first",
            Self::NotBooked => "This line is not booked any more",
            Self::NoCustomer => "Enter the number of one of your customers",
            Self::NothingToTakeBack => "No payment of this amount by this customer is booked from a statement",
            Self::ByTheBank => "What your bank took back stays taken back",
            Self::ReasonTooLong => "Enter at most 500 characters",
        }
    }
}

/// Books a line as a customer's payment; one that a bank took back is taken out of their payments.
///
/// # Errors
/// Why not, or the store's.
pub async fn confirm(
    app: &App,
    business_id: &BusinessId,
    line_id: &str,
    debtor_id: &DebtorId,
    actor: &Actor,
) -> Result<StoredLine, Failure<Refusal>> {
    let tx = app.db.begin().await?;
    let mut line = store::lock_line(&tx, business_id, line_id).await?.ok_or(Failure::NotFound)?;
    if line.state == State::Booked {
        return Err(Failure::Refused(Refusal::Booked));
    }
    if debtor::lock(&tx, business_id, debtor_id).await?.is_none() {
        return Err(Failure::Refused(Refusal::NoCustomer));
    }
    match line.line.direction {
        Direction::Arrived => {
            let invoices = candidate(&line, debtor_id).map(|c| c.invoices.clone()).unwrap_or_default();
            book_line(app, &tx, business_id, &mut line, debtor_id, &invoices, actor).await?;
        }
        Direction::TakenBack => take_back(app, &tx, business_id, &mut line, debtor_id, actor).await?,
    }
    decided(app, &mut line, actor);
    store::update_line(&tx, business_id, &line).await?;
    tx.commit().await?;
    Ok(line)
}

fn candidate<'a>(line: &'a StoredLine, debtor: &DebtorId) -> Option<&'a Candidate> {
    match &line.verdict {
        Verdict::Suggested(all) => all.iter().find(|c| c.debtor == *debtor),
        Verdict::Booked(one) => Some(one).filter(|c| c.debtor == *debtor),
        Verdict::Unmatched(_) => None,
    }
}

fn decided(app: &App, line: &mut StoredLine, actor: &Actor) {
    line.decided_by.clone_from(&actor.name);
    line.decided_at_ms = Some(app.clock.now_ms());
}

/// The bank took a payment back: what it had paid is open again.
async fn take_back(
    app: &App,
    tx: &Tx,
    business_id: &BusinessId,
    line: &mut StoredLine,
    debtor_id: &DebtorId,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let l = &line.line;
    let booked = store::list_booked_of(tx, business_id, l.currency, l.amount_minor, 200).await?;
    let mut found = None;
    for transfer in booked.into_iter().filter(|b| b.debtor.as_ref() == Some(debtor_id)).filter_map(|b| b.transfer) {
        // One that was taken back already has nothing left.
        let left = ledger::allocated(tx, business_id, &transfer).await?;
        if left.iter().map(|(_, minor)| minor).sum::<i64>() == l.amount_minor {
            found = Some((transfer, left));
            break;
        }
    }
    let Some((payment, allocated)) = found else { return Err(Failure::Refused(Refusal::NothingToTakeBack)) };
    let effect = format!("statement:{}:{}", line.id, line.bookings + 1);
    let reversal = Reversal {
        kind: TransferKind::Chargeback,
        payment: &payment,
        allocated: &allocated,
        amount_minor: l.amount_minor,
        debtor: debtor_id,
        effect: effect.clone(),
        on: l.booked_on,
        currency: l.currency,
        event: "payment_taken_back",
        note: "",
    };
    let id = take_back_payment::append(app, tx, business_id, reversal, actor).await?;
    line.transfer = Some(id.ok_or(Failure::Refused(Refusal::NotBooked))?);
    pause_reminders::for_taken_back(app, tx, business_id, debtor_id, &effect, actor).await?;
    line.state = State::Booked;
    line.debtor = Some(debtor_id.clone());
    line.bookings += 1;
    Ok(())
}

/// Takes the booking of a line out of the books: what it had paid is open again, and the line waits for another decision.
///
/// # Errors
/// Why not, or the store's.
pub async fn undo(
    app: &App,
    business_id: &BusinessId,
    line_id: &str,
    actor: &Actor,
) -> Result<StoredLine, Failure<Refusal>> {
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let mut line = store::lock_line(&tx, business_id, line_id).await?.ok_or(Failure::NotFound)?;
    let (State::Booked, Some(debtor_id), Some(payment)) = (line.state, line.debtor.clone(), line.transfer.clone())
    else {
        return Err(Failure::Refused(Refusal::NotBooked));
    };
    if line.line.direction == Direction::TakenBack {
        return Err(Failure::Refused(Refusal::ByTheBank));
    }
    debtor::lock(&tx, business_id, &debtor_id).await?.ok_or(Failure::NotFound)?;
    // What the bank or the business gave back of it is not taken out a second time.
    let allocated = ledger::allocated(&tx, business_id, &payment).await?;
    let left_minor: i64 = allocated.iter().map(|(_, minor)| minor).sum();
    if left_minor <= 0 {
        return Err(Failure::Refused(Refusal::ByTheBank));
    }
    let reversal = Reversal {
        kind: TransferKind::Undone,
        payment: &payment,
        allocated: &allocated,
        amount_minor: left_minor,
        debtor: &debtor_id,
        effect: format!("undone:{}:{}", line.id, line.bookings),
        on: app.clock.today(&home.zone),
        currency: line.line.currency,
        event: "payment_undone",
        note: "",
    };
    let undone = take_back_payment::append(app, &tx, business_id, reversal, actor).await?;
    undone.ok_or(Failure::Refused(Refusal::NotBooked))?;
    let mut again = candidate(&line, &debtor_id).cloned().unwrap_or(Candidate {
        debtor: debtor_id.clone(),
        invoices: Vec::new(),
        reasons: Vec::new(),
    });
    again.reasons.retain(|r| *r != Reason::Undone);
    again.reasons.push(Reason::Undone);
    let mut candidates = match std::mem::replace(&mut line.verdict, Verdict::Unmatched(Reason::Undone)) {
        Verdict::Suggested(all) => all.into_iter().filter(|c| c.debtor != debtor_id).collect(),
        Verdict::Booked(_) | Verdict::Unmatched(_) => Vec::new(),
    };
    candidates.insert(0, again);
    line.verdict = Verdict::Suggested(candidates);
    line.state = State::Suggested;
    line.debtor = None;
    line.transfer = None;
    decided(app, &mut line, actor);
    store::update_line(&tx, business_id, &line).await?;
    tx.commit().await?;
    Ok(line)
}

/// Says that a line is no customer's payment.
///
/// # Errors
/// Why not, or the store's.
pub async fn dismiss(
    app: &App,
    business_id: &BusinessId,
    line_id: &str,
    reason: &str,
    actor: &Actor,
) -> Result<StoredLine, Failure<Refusal>> {
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Failure::Refused(Refusal::ReasonTooLong));
    }
    let tx = app.db.begin().await?;
    let mut line = store::lock_line(&tx, business_id, line_id).await?.ok_or(Failure::NotFound)?;
    if line.state == State::Booked {
        return Err(Failure::Refused(Refusal::Booked));
    }
    line.state = State::Dismissed;
    reason.trim().clone_into(&mut line.reason);
    decided(app, &mut line, actor);
    store::update_line(&tx, business_id, &line).await?;
    let amount = Money::new(line.line.amount_minor, line.line.currency).show();
    let detail = format!("Said that {amount} on the bank statement is no customer's payment");
    let happened = Happened { debtor: None, kind: "line_dismissed", subject: &line.id, detail };
    record(app, &tx, business_id, actor, happened).await?;
    tx.commit().await?;
    Ok(line)
}
