//! Changing what a business does with offers of less than is owed.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::settlement;
use kept_domain::ids::BusinessId;
use kept_domain::settlement::{Policy, PolicyError};

/// Replaces the policy. The event does not say what is accepted: the timeline is read by more people than set it.
///
/// # Errors
/// What is wrong with it, or the store's.
pub async fn update_settlement_policy(
    app: &App,
    business: &BusinessId,
    new: &Policy,
    actor: &Actor,
) -> Result<(), Failure<PolicyError>> {
    new.check().map_err(Failure::Refused)?;
    let tx = app.db.begin().await?;
    if settlement::policy(&tx, business).await? == *new {
        return Ok(());
    }
    settlement::save_policy(&tx, business, new).await?;
    let detail = "Changed what is done with offers of less than is owed".to_owned();
    let happened = Happened { debtor: None, kind: "settlement_policy_changed", subject: business.as_str(), detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
