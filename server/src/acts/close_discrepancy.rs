//! A person has dealt with something on which the books and the gateway do not agree.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::reconciliation;
use kept_domain::ids::BusinessId;

/// Characters that a note may have.
const NOTE_MAX: usize = 500;

/// Why it is not noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody would know later what was done.
    NoteMissing,
    /// It has ended already.
    Ended,
}

impl Refusal {
    /// What to tell the person.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoteMissing => "Write what you did about it, in at most 500 characters",
            Self::Ended => "This has been put right already",
        }
    }
}

/// Ends it. Where a later comparison finds it changed, it is open again.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn close(
    app: &App,
    business: &BusinessId,
    id: &str,
    note: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let note = note.trim();
    if note.is_empty() || note.chars().count() > NOTE_MAX {
        return Err(Failure::Refused(Refusal::NoteMissing));
    }
    let tx = app.db.begin().await?;
    let found = reconciliation::find(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    if !reconciliation::close(&tx, business, id, &actor.name, note, app.clock.now_ms()).await? {
        return Err(Failure::Refused(Refusal::Ended));
    }
    let detail = format!("{} {}", found.facts.words(), note);
    let happened = Happened { debtor: found.facts.debtor.as_ref(), kind: "discrepancy_closed", subject: id, detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
