//! What a settlement leaves unpaid is taken off once it was paid by its day, and put back on when its money is taken back.
//! Nothing is booked before.

use super::{Actor, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::commitment::Commitment;
use crate::store::ledger::{self, Origin};
use crate::store::{Error, Tx, settlement};
use chrono::NaiveDate;
use kept_domain::commitment::{Kind, State};
use kept_domain::ids::{BusinessId, TransferId};
use kept_domain::ledger::{discount_taken_back, settlement_discount};
use kept_domain::money::Money;
use kept_domain::settlement::discounts;

/// Brings the ledger in line with a settlement that has moved to its state. The caller holds the debtor's row.
pub(super) async fn follow(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    c: &Commitment,
    today: NaiveDate,
) -> Result<(), Error> {
    if c.kind != Kind::Settlement {
        return Ok(());
    }
    let (off, times) = settlement::taken_off(tx, business, &c.id).await?;
    let (transfer, kind, parts) = match (c.state == State::Kept, off.is_empty()) {
        (true, true) => {
            let rests = settlement::rests(tx, business, &c.id).await?;
            let each: Vec<(i64, i64)> = rests.iter().map(|r| (r.left_minor, r.held_minor)).collect();
            let parts = discounts(c.settles_minor - c.total_minor, &each);
            let parts: Vec<_> =
                rests.into_iter().map(|r| r.invoice).zip(parts).filter(|(_, minor)| *minor > 0).collect();
            (settlement_discount(&parts), "settlement_taken_off", parts)
        }
        (false, false) => (discount_taken_back(&off), "settlement_put_back", off),
        _ => return Ok(()),
    };
    let minor: i64 = parts.iter().map(|(_, minor)| minor).sum();
    if minor == 0 {
        // All of it was paid, or credited meanwhile.
        return Ok(());
    }
    let actor = Actor::local("clock");
    let origin = Origin {
        effect: Some(format!("settlement:{}:{}", c.id, times + 1)),
        commitment: Some(c.id.clone()),
        ..Origin::new(&c.debtor, c.currency, today, &actor.name)
    };
    let id: TransferId = secret::new_id();
    ledger::append(tx, business, &id, &transfer, &origin, app.clock.now_ms()).await?;
    let detail = Money::new(minor, c.currency).show();
    record(app, tx, business, &actor, Happened { debtor: Some(&c.debtor), kind, subject: c.id.as_str(), detail }).await
}
