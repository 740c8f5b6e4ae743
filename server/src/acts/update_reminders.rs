//! Changing the reminder policy; every debtor is looked at again after it.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::{business, contact_policy};
use kept_domain::hours::HoursError;
use kept_domain::ids::BusinessId;
use kept_domain::ladder::LadderError;
use kept_domain::reminder::Policy;

/// Why the policy cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The ladders cannot be climbed.
    Ladder(LadderError),
    /// The hours cannot be kept.
    Hours(HoursError),
}

impl Refusal {
    /// What to tell the person.
    pub fn words(&self) -> String {
        match self {
            Self::Ladder(error) => error.words(),
            Self::Hours(error) => error.words().to_owned(),
        }
    }
}

/// Replaces the policy; the event names what changed.
///
/// # Errors
/// Every mistake, or the store's.
pub async fn update_reminders(
    app: &App,
    business_id: &BusinessId,
    new: &Policy,
    actor: &Actor,
) -> Result<(), Failure<Vec<Refusal>>> {
    let mut wrong: Vec<Refusal> = Vec::new();
    if let Err(errors) = new.ladders.check() {
        wrong.extend(errors.into_iter().map(Refusal::Ladder));
    }
    if let Err(error) = new.own.check() {
        wrong.push(Refusal::Hours(error));
    }
    if !wrong.is_empty() {
        return Err(Failure::Refused(wrong));
    }
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let old = contact_policy::find(&tx, business_id).await?;
    let old = old.unwrap_or_else(|| Policy::courteous(home.currency.unit_minor()));
    let changed = changes(&old, new);
    if changed.is_empty() {
        return Ok(());
    }
    contact_policy::update(&tx, business_id, new).await?;
    contact_policy::look_again(&tx, business_id).await?;
    let detail = format!("Changed the reminders: {}", changed.join(", "));
    let happened = Happened { debtor: None, kind: "reminders_changed", subject: business_id.as_str(), detail };
    record(app, &tx, business_id, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}

/// What is different, in a few words each.
fn changes(old: &Policy, new: &Policy) -> Vec<String> {
    let parts = [
        (format!("rules to keep ({})", new.presets.join(", ")), old.presets != new.presets),
        ("how often".to_owned(), old.own.budget != new.own.budget),
        ("hours".to_owned(), old.own.hours != new.own.hours),
        ("channels".to_owned(), old.own.never_by != new.own.never_by),
        ("how new payments must be".to_owned(), old.bank_data_max_days != new.bank_data_max_days),
        ("who is on which ladder".to_owned(), old.ladders.rules != new.ladders.rules),
        (
            "messages about agreements".to_owned(),
            (&old.before_instalment, &old.after_missed, &old.after_promise)
                != (&new.before_instalment, &new.after_missed, &new.after_promise),
        ),
    ];
    let mut changed: Vec<String> = parts.into_iter().filter_map(|(what, is)| is.then_some(what)).collect();
    for ladder in &new.ladders.ladders {
        match old.ladders.ladders.iter().find(|l| l.code == ladder.code) {
            None => changed.push(format!("new ladder “{}”", ladder.name)),
            Some(before) if before != ladder => changed.push(format!("ladder “{}”", ladder.name)),
            Some(_) => {}
        }
    }
    let gone = old.ladders.ladders.iter().filter(|l| !new.ladders.ladders.iter().any(|n| n.code == l.code));
    changed.extend(gone.map(|l| format!("no more ladder “{}”", l.name)));
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_names_what_changed_and_nothing_else() {
        let old = Policy::courteous(100);
        assert_eq!(changes(&old, &old), [""; 0]);
        let mut new = old.clone();
        new.own.budget.days_between = 5;
        if let Some(step) = new.ladders.ladders.first_mut().and_then(|l| l.steps.first_mut()) {
            step.after_due_days = -5;
        }
        new.ladders.ladders.truncate(2);
        assert_eq!(changes(&old, &new), ["how often", "ladder “Usual”", "no more ladder “Small balances”"]);
    }
}
