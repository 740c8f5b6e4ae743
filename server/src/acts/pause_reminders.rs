//! Pausing reminders by hand, and ending a pause.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::hold::{self, Hold};
use crate::store::{business, debtor};
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::ids::{BusinessId, DebtorId};

/// Why nothing was paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The last day is gone.
    InPast,
    /// Nobody would know later why.
    ReasonMissing,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::InPast => ("until_on", "Enter a day that is today or later, or leave it empty"),
            Self::ReasonMissing => ("note", "Write why reminders pause, in at most 500 characters"),
        }
    }
}

/// Pauses reminders from today to `until_on`, or until somebody ends the pause.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn pause(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    until_on: Option<NaiveDate>,
    note: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let note = note.trim();
    if note.is_empty() || note.chars().count() > 500 {
        return Err(Failure::Refused(Refusal::ReasonMissing));
    }
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let today = app.clock.today(&home.zone);
    if until_on.is_some_and(|on| on < today) {
        return Err(Failure::Refused(Refusal::InPast));
    }
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let new = Hold {
        id: secret::new_id(),
        debtor: id.clone(),
        reason: "hand".to_owned(),
        note: note.to_owned(),
        from_on: today,
        until_on,
        actor: actor.name.clone(),
        created_at_ms: app.clock.now_ms(),
        ended_at_ms: None,
    };
    hold::insert(&tx, business_id, &new).await?;
    let until = until_on.map_or("until somebody ends it".to_owned(), |on| format!("until {}", show(on)));
    let detail = format!("Paused reminders {until}: {note}");
    record(
        app,
        &tx,
        business_id,
        actor,
        Happened { debtor: Some(id), kind: "reminders_paused", subject: &new.id, detail },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a pause; refused nowhere, and nothing happens where it has ended.
///
/// # Errors
/// `NotFound` where the debtor has no such pause, or the store's.
pub async fn end(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    hold_id: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    if !hold::list(&tx, business, id).await?.iter().any(|h| h.id == hold_id) {
        return Err(Failure::NotFound);
    }
    if hold::end(&tx, business, id, hold_id, app.clock.now_ms()).await? {
        let detail = "Ended a pause of reminders".to_owned();
        let happened = Happened { debtor: Some(id), kind: "reminders_resumed", subject: hold_id, detail };
        record(app, &tx, business, actor, happened).await?;
        tx.commit().await?;
    }
    Ok(())
}
