//! Working out what a law would add to invoices that are late, day by day. Nothing is booked here.

use crate::clock::date_of;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::{Error, Query, hold, invoice, late_charge};
use chrono::NaiveDate;
use kept_domain::ids::InvoiceId;
use kept_domain::late_charge::{Charge, Debt, Preset, Refusal};
use kept_domain::money::Currency;

/// An invoice that is or was late, with what is added to it.
#[derive(Clone, Debug)]
pub struct Worked {
    /// Its id.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// Its due date.
    pub due_on: NaiveDate,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What it was when it became due, in minor units.
    pub amount_minor: i64,
    /// It is in dispute now.
    pub in_dispute: bool,
    /// What is added until the end of the day, or why nothing is worked out.
    pub result: Result<Charge, Refusal>,
}

/// Works it out for every invoice of a debtor that was late on a day, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn of_debtor(
    q: &impl Query,
    home: &Business,
    debtor: &Debtor,
    preset: &Preset,
    as_of: NaiveDate,
) -> Result<Vec<Worked>, Error> {
    let business = &home.id;
    let day = |at_ms: i64| date_of(at_ms, &home.zone);
    let changes = late_charge::changes(q, business, &debtor.id, as_of).await?;
    let disputed = late_charge::disputed(q, business, &debtor.id).await?;
    let mut paused: Vec<(NaiveDate, Option<NaiveDate>)> = Vec::new();
    for h in hold::list(q, business, &debtor.id).await? {
        // One that was ended early ends on that day.
        let ended_on = h.ended_at_ms.map(day);
        let until_on = match (h.until_on, ended_on) {
            (Some(until_on), Some(ended_on)) => Some(until_on.min(ended_on)),
            (until_on, ended_on) => until_on.or(ended_on),
        };
        paused.push((h.from_on, until_on));
    }
    for (from_ms, until_ms) in late_charge::waited(q, business, &debtor.id).await? {
        paused.push((day(from_ms), until_ms.map(day)));
    }
    let mut worked = Vec::new();
    for i in invoice::list_all(q, business, &debtor.id).await? {
        let i = i.invoice;
        if i.due_on >= as_of {
            continue;
        }
        let (mut amount_minor, mut left_minor, mut left) = (0, 0, Vec::new());
        for (_, on, change_minor) in changes.iter().filter(|(id, ..)| *id == i.id) {
            left_minor += change_minor;
            if *on <= i.due_on {
                amount_minor = left_minor;
            } else {
                left.push((*on, left_minor));
            }
        }
        let mut free = paused.clone();
        let own = disputed.iter().filter(|(id, ..)| *id == i.id);
        let in_dispute = own.clone().any(|(_, _, until_ms)| until_ms.is_none());
        free.extend(own.map(|(_, from_ms, until_ms)| (day(*from_ms), until_ms.map(day))));
        let debt = Debt {
            is_consumer: debtor.kind != "company",
            currency: i.currency,
            due_on: i.due_on,
            amount_minor,
            left,
            free,
        };
        let result = preset.work_out(&debt, as_of);
        if result.as_ref().is_ok_and(|charge| charge.lines.is_empty()) {
            continue;
        }
        worked.push(Worked {
            invoice: i.id,
            number: i.number,
            due_on: i.due_on,
            currency: i.currency,
            amount_minor,
            in_dispute,
            result,
        });
    }
    worked.sort_by(|a, b| (a.due_on, &a.number).cmp(&(b.due_on, &b.number)));
    Ok(worked)
}
