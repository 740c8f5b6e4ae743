//! Money on account is put towards invoices as soon as there are any that nobody disputes, oldest first. Each part stays a
//! part of the payment or credit that it came with, so that whatever is taken back of it later is taken from where it went.

use super::{Actor, Happened, position, record};
use crate::app::App;
use crate::secret;
use crate::store::ledger::{self, Origin};
use crate::store::{Error, Tx};
use kept_domain::ids::{BusinessId, DebtorId, TransferId};
use kept_domain::ledger as rules;
use kept_domain::money::Money;

/// Puts what a debtor has on account towards what is open. The caller holds the debtor's row; `zone` is the business's.
///
/// # Errors
/// The store's.
pub(super) async fn of_debtor(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    id: &DebtorId,
    zone: &str,
) -> Result<(), Error> {
    let actor = Actor::local("rule");
    for p in position::load(tx, business, id).await? {
        let mut owed = p.for_payment();
        let mut ahead_minor = p.on_account_minor;
        let mut put_minor = 0;
        for (source, on_account_minor) in ledger::ahead(tx, business, id, p.currency).await? {
            let part_minor = on_account_minor.min(ahead_minor);
            let Some(transfer) = rules::applied(part_minor, &owed) else { continue };
            let origin =
                Origin { reverses: Some(source), ..Origin::new(id, p.currency, app.clock.today(zone), &actor.name) };
            let transfer_id: TransferId = secret::new_id();
            ledger::append(tx, business, &transfer_id, &transfer, &origin, app.clock.now_ms()).await?;
            let minor = rules::take_off(&transfer, &mut owed);
            (ahead_minor, put_minor) = (ahead_minor - minor, put_minor + minor);
        }
        if put_minor > 0 {
            let detail = Money::new(put_minor, p.currency).show();
            let happened = Happened { debtor: Some(id), kind: "applied_ahead", subject: id.as_str(), detail };
            record(app, tx, business, &actor, happened).await?;
        }
    }
    Ok(())
}
