//! Changing what a business says of itself and what it accepts without being asked.

use super::set_up::is_address;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::business::{self, Business};
use crate::store::invoicing::{self, Invoicing};
use kept_domain::template::{TELLING_NAME, telling_name};
use kept_domain::terms::PolicyError;

/// The most days that a business usually gives to pay.
const DUE_DAYS_MAX: u32 = 365;

/// Why the settings cannot be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No name.
    Name,
    /// The name tells everybody of a debt who sees a message.
    TellingName,
    /// Not an e-mail address.
    Email,
    /// No such time zone.
    Zone,
    /// The terms cannot be met.
    Policy(PolicyError),
    /// More days to pay than a year.
    DueDays,
    /// A text is longer than it can be.
    TooLong(&'static str),
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("name", "Enter the name of the business"),
            Self::TellingName => ("name", TELLING_NAME),
            Self::Email => ("email", "Enter an e-mail address, like name@example.com"),
            Self::Zone => ("zone", "Enter a time zone, like Europe/London"),
            Self::Policy(error) => ("bands", error.words()),
            Self::DueDays => ("due_days", "Enter a whole number of days from 0 to 365"),
            Self::TooLong(field) => (field, "Enter fewer characters"),
        }
    }
}

/// Replaces the settings; the event names what changed, without the old or new texts.
///
/// # Errors
/// Every mistake, or the store's.
pub async fn update_settings(
    app: &App,
    new: &Business,
    invoices: &Invoicing,
    actor: &Actor,
) -> Result<(), Failure<Vec<Refusal>>> {
    let mut wrong = check(new);
    for (field, text) in [("vat_number", &invoices.vat_number), ("registration", &invoices.registration)] {
        if text.chars().count() > 50 {
            wrong.push(Refusal::TooLong(field));
        }
    }
    if invoices.due_days > DUE_DAYS_MAX {
        wrong.push(Refusal::DueDays);
    }
    if !wrong.is_empty() {
        return Err(Failure::Refused(wrong));
    }
    let tx = app.db.begin().await?;
    let old = business::find(&tx, &new.id).await?.ok_or(Failure::NotFound)?;
    // A name from before this was asked is not in the way of other changes.
    if old.name != new.name && telling_name(&new.name).is_some() {
        return Err(Failure::Refused(vec![Refusal::TellingName]));
    }
    let before = invoicing::get(&tx, &new.id).await?;
    let changed: Vec<&str> = [
        ("name", old.name != new.name),
        ("e-mail", old.email != new.email),
        ("telephone", old.phone != new.phone),
        ("address", old.address != new.address),
        ("time zone", old.zone != new.zone),
        ("currency", old.currency != new.currency),
        ("identity question", old.identity_question != new.identity_question),
        ("terms", old.policy != new.policy),
        ("VAT number", before.vat_number != invoices.vat_number),
        ("registration number", before.registration != invoices.registration),
        ("days to pay", before.due_days != invoices.due_days),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect();
    if changed.is_empty() {
        return Ok(());
    }
    business::update(&tx, new).await?;
    invoicing::save(&tx, &new.id, invoices).await?;
    let detail = format!("Changed the settings: {}", changed.join(", "));
    let happened = Happened { debtor: None, kind: "settings_changed", subject: new.id.as_str(), detail };
    record(app, &tx, &new.id, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}

fn check(b: &Business) -> Vec<Refusal> {
    let mut wrong = Vec::new();
    if b.name.trim().is_empty() {
        wrong.push(Refusal::Name);
    }
    if !b.email.is_empty() && !is_address(&b.email) {
        wrong.push(Refusal::Email);
    }
    for (field, text, max) in [("name", &b.name, 200), ("phone", &b.phone, 100), ("address", &b.address, 1_000)] {
        if text.chars().count() > max {
            wrong.push(Refusal::TooLong(field));
        }
    }
    if b.zone.parse::<chrono_tz::Tz>().is_err() {
        wrong.push(Refusal::Zone);
    }
    if let Err(error) = b.policy.check() {
        wrong.push(Refusal::Policy(error));
    }
    wrong
}
