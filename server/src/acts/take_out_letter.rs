//! Taking a letter out of the open batch: a person does not want it to be sent. Its step is over, and the ladder goes on.

use super::outlook::TAKEN_OUT;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::debtor::{self, Look};
use crate::store::{contact, letter};
use kept_domain::ids::BusinessId;

/// Why it is not taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is being set at this moment.
    BeingSet,
}

/// Takes a letter out that waits.
///
/// # Errors
/// `NotFound` where no such letter of the business waits, [`Refusal`], or the store's.
pub async fn take_out(app: &App, business: &BusinessId, contact: &str, actor: &Actor) -> Result<(), Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let id = letter::find_debtor(&tx, business, contact).await?.ok_or(Failure::NotFound)?;
    debtor::lock(&tx, business, &id).await?.ok_or(Failure::NotFound)?;
    if !letter::take_out(&tx, business, &id, contact, TAKEN_OUT, now_ms).await? {
        return Err(Failure::Refused(Refusal::BeingSet));
    }
    contact::set_state(&tx, business, contact, "cancelled", TAKEN_OUT, now_ms).await?;
    // What comes next is decided on anew.
    let look = Look { debtor: id.clone(), at_ms: now_ms, reason: String::new() };
    debtor::look_at(&tx, business, &[look]).await?;
    let happened = Happened { debtor: Some(&id), kind: "letter_taken_out", subject: contact, detail: String::new() };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
