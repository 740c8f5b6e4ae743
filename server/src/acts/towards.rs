//! Which agreement a payment counts towards: the one that is running. To a settlement only what arrived by its day counts,
//! and that also when it becomes known later.

use crate::store::commitment::{self, Commitment};
use crate::store::{Error, Tx};
use chrono::NaiveDate;
use kept_domain::commitment::{Kind, State};
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId};
use kept_domain::money::Currency;

/// The agreement that a payment of a day counts towards.
pub(super) async fn find(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    currency: Currency,
    on: NaiveDate,
) -> Result<Option<CommitmentId>, Error> {
    let all = commitment::list_of_debtor(tx, business, debtor).await?;
    let of_currency = || all.iter().filter(|c| c.currency == currency);
    if let Some(running) = of_currency().find(|c| c.state.is_running()) {
        return Ok(counts(tx, business, running, on).await?.then(|| running.id.clone()));
    }
    for broken in of_currency().filter(|c| c.kind == Kind::Settlement && c.state == State::Broken) {
        if counts(tx, business, broken, on).await? {
            return Ok(Some(broken.id.clone()));
        }
    }
    Ok(None)
}

/// Whether a payment of a day counts towards an agreement.
pub(super) async fn counts(tx: &Tx, business: &BusinessId, c: &Commitment, on: NaiveDate) -> Result<bool, Error> {
    if c.kind != Kind::Settlement {
        return Ok(true);
    }
    Ok(commitment::schedule(tx, business, &c.id).await?.last_on().is_some_and(|last| on <= last))
}
