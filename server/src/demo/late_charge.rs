//! Late charges of the demo: claimed from a company, and given up in part.

use super::{DemoError, why};
use crate::acts::update_late_charge_policy::{Asked, update_late_charge_policy};
use crate::acts::waive_late_charge::{self, waive};
use crate::acts::{Actor, claim_late_charge, work_out_late_charges};
use crate::app::App;
use crate::secret;
use crate::store::business::Business;
use crate::store::{debtor, late_charge};
use chrono::NaiveDate;
use kept_domain::ids::DebtorId;
use kept_domain::late_charge::{Books, all};

/// Turns claiming on. The demo is invented, and so are the rates of half years that the preset does not know yet.
pub(super) async fn turn_on(app: &App, home: &Business, today: NaiveDate, actor: &Actor) -> Result<(), DemoError> {
    let law = all().iter().find(|p| p.currency == home.currency).ok_or_else(|| DemoError("no law".to_owned()))?;
    let asked = Asked::Claim(Some(law));
    update_late_charge_policy(app, &home.id, &asked, actor).await.map_err(why("late charges"))?;
    loop {
        let policy = late_charge::policy(&app.db, &home.id).await.map_err(why("late charges"))?;
        let Some(on) = policy.preset(all()).and_then(|preset| preset.missing_on(today)) else { return Ok(()) };
        let asked = Asked::Rate(law, on, 400);
        update_late_charge_policy(app, &home.id, &asked, actor).await.map_err(why("a reference rate"))?;
    }
}

/// Claims what the law adds to their oldest invoice.
pub(super) async fn claim(
    app: &App,
    home: &Business,
    id: &DebtorId,
    on: NaiveDate,
    owner: &Actor,
) -> Result<(), DemoError> {
    let db = &app.db;
    let debtor = debtor::find(db, &home.id, id).await.map_err(why("the customer"))?;
    let policy = late_charge::policy(db, &home.id).await.map_err(why("late charges"))?;
    let (Some(debtor), Some(preset)) = (debtor, policy.preset(all())) else {
        return Err(DemoError("nothing to claim by".to_owned()));
    };
    let until_on = claim_late_charge::last_whole_day(on);
    let worked = work_out_late_charges::of_debtor(db, home, &debtor, &preset, until_on).await;
    let worked = worked.map_err(why("working it out"))?;
    let first = worked.first().ok_or_else(|| DemoError("nothing is late".to_owned()))?;
    let minor = claim_late_charge::claimable(first, &Books::default()).map_err(why("claiming"))?;
    let done = claim_late_charge::claim(app, &home.id, id, &first.invoice, minor, owner).await;
    done.map(drop).map_err(why("claiming"))
}

/// Gives so many minor units of it up.
pub(super) async fn give_up(
    app: &App,
    home: &Business,
    id: &DebtorId,
    minor: i64,
    reason: &str,
    owner: &Actor,
) -> Result<(), DemoError> {
    let bases = late_charge::bases(&app.db, &home.id, id).await.map_err(why("the charge"))?;
    let basis = bases.into_iter().next().ok_or_else(|| DemoError("nothing was claimed".to_owned()))?;
    let once: String = secret::new_id();
    let asked = waive_late_charge::Asked { invoice: basis.invoice, amount_minor: Some(minor), reason, once: &once };
    waive(app, &home.id, id, &asked, owner).await.map(drop).map_err(why("giving it up"))
}
