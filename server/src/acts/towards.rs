//! What of a payment counts towards an agreement: what pays the invoices that the running one covers, from the day on which it
//! was agreed. To a settlement only what arrived by its day counts, and that also when it becomes known later.

use crate::clock::date_of;
use crate::store::business::Business;
use crate::store::commitment::{self, Commitment};
use crate::store::ledger::{self, Origin};
use crate::store::{Error, Tx};
use chrono::NaiveDate;
use kept_domain::calendar::plus_days;
use kept_domain::commitment::{GRACE_DAYS, Kind, State};
use kept_domain::ids::{CommitmentId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::{Account, Transfer};
use kept_domain::money::Currency;

/// The agreement that payments count towards.
pub(super) struct Towards {
    /// The agreement.
    commitment: CommitmentId,
    /// The invoices that it covers.
    covered: Vec<InvoiceId>,
}

impl Towards {
    /// The invoices that a payment is put towards first.
    pub(super) fn covered(of: Option<&Self>) -> &[InvoiceId] {
        of.map_or(&[], |of| &of.covered)
    }

    /// Notes on a payment what of it counts: what pays these invoices, and what is more than anything that is owed.
    pub(super) fn count(of: Option<&Self>, transfer: &Transfer, origin: &mut Origin) {
        let Some(of) = of else { return };
        let counts = |account: &Account| match account {
            // One that names no invoice is about all of them.
            Account::Receivable(invoice) => of.covered.is_empty() || of.covered.contains(invoice),
            Account::OnAccount => true,
            _ => false,
        };
        let parts = transfer.entries.iter().filter(|e| counts(&e.account));
        let counted_minor: i64 = parts.map(|e| -e.amount_minor).sum();
        if counted_minor > 0 {
            origin.commitment = Some(of.commitment.clone());
            origin.counted_minor = Some(counted_minor);
        }
    }
}

/// The agreement that a payment of a day counts towards.
pub(super) async fn find(
    tx: &Tx,
    home: &Business,
    debtor: &DebtorId,
    currency: Currency,
    on: NaiveDate,
) -> Result<Option<Towards>, Error> {
    let all = commitment::list_of_debtor(tx, &home.id, debtor).await?;
    let of_currency = || all.iter().filter(|c| c.currency == currency);
    if let Some(running) = of_currency().find(|c| c.state.is_running()) {
        return of(tx, home, running, on).await;
    }
    for broken in of_currency().filter(|c| c.kind == Kind::Settlement && c.state == State::Broken) {
        if let Some(found) = of(tx, home, broken, on).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// An agreement, where a payment of a day counts towards it.
pub(super) async fn of(tx: &Tx, home: &Business, c: &Commitment, on: NaiveDate) -> Result<Option<Towards>, Error> {
    let agreed_on = agreed_on(c.decided_at_ms.unwrap_or(c.proposed_at_ms), home);
    let counts = match c.kind {
        Kind::Settlement => {
            let last_on = commitment::schedule(tx, &home.id, &c.id).await?.last_on();
            agreed_on <= on && last_on.is_some_and(|last_on| on <= last_on)
        }
        Kind::Promise | Kind::Plan => is_since(agreed_on, on),
    };
    if !counts {
        return Ok(None);
    }
    let covered = commitment::invoices(tx, &home.id, &c.id).await?.into_iter().map(|(id, ..)| id).collect();
    Ok(Some(Towards { commitment: c.id.clone(), covered }))
}

/// The day of an agreement that was decided at an instant, in epoch milliseconds.
pub(super) fn agreed_on(at_ms: i64, home: &Business) -> NaiveDate {
    date_of(at_ms, &home.zone)
}

/// Whether a payment of a day may be meant for a promise or a plan that was agreed on another: a bank transfer that is on its
/// way takes some days.
pub(super) fn is_since(agreed_on: NaiveDate, on: NaiveDate) -> bool {
    agreed_on <= plus_days(on, GRACE_DAYS)
}

/// Notes on what is taken back of a payment what of it had counted: what did not count goes back first.
pub(super) async fn count_back(
    tx: &Tx,
    home: &Business,
    payment: &TransferId,
    amount_minor: i64,
    origin: &mut Origin,
) -> Result<(), Error> {
    if origin.commitment.is_some() {
        let (left_minor, counted_minor) = ledger::counted(tx, &home.id, payment).await?;
        let uncounted_minor = (left_minor - counted_minor).max(0);
        origin.counted_minor = Some((amount_minor - uncounted_minor).max(0));
    }
    Ok(())
}
