//! Changing where customers send money.

use super::{Actor, Happened, record};
use crate::app::App;
use crate::store::{Error, bank_details};
use kept_domain::bank::BankDetails;
use kept_domain::ids::BusinessId;

/// Replaces the bank details. The event names the account, because whoever changes it can send money elsewhere.
///
/// # Errors
/// When the store fails.
pub async fn update_bank_details(
    app: &App,
    business: &BusinessId,
    new: &BankDetails,
    actor: &Actor,
) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    if bank_details::find(&tx, business).await? == *new {
        return Ok(());
    }
    bank_details::save(&tx, business, new).await?;
    let account = match (new.iban.is_empty(), new.local.is_empty()) {
        (false, _) => new.iban_grouped(),
        (true, false) => new.local.replace('\n', ", "),
        (true, true) => "none".to_owned(),
    };
    let detail = format!("Changed the account that customers send money to: {account}");
    let happened = Happened { debtor: None, kind: "bank_details_changed", subject: business.as_str(), detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await
}
