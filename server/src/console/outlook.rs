//! What comes next for a debtor and how they have paid until now, in words.

use super::{Visitor, show};
use crate::acts::outlook::{Rules, history, on_its_way};
use crate::store::Error;
use crate::store::debtor::Debtor;
use crate::store::reminder::Known;
use kept_domain::contact::Channel;
use kept_domain::ladder::{History, RECORD_INVOICES_MIN, Record};
use kept_domain::reminder::{Decision, Reminder};

/// A debtor in the eyes of the rules.
pub struct Outlook {
    /// What comes next and when, or why nothing does.
    pub next: String,
    /// The record, and why.
    pub record: String,
}

/// The outlook of a debtor, as things stand.
///
/// # Errors
/// When the store fails.
pub async fn of(visitor: &Visitor, debtor: Debtor) -> Result<Outlook, Error> {
    let (app, now_ms) = (&visitor.app, visitor.app.clock.now_ms());
    let rules = Rules::of(app, &app.db, &visitor.business).await?;
    let known = rules.know(&app.db, vec![debtor], now_ms).await?;
    let Some(known) = known.first() else { return Ok(Outlook { next: String::new(), record: String::new() }) };
    // How they paid is asked only of those who owe something.
    let record = if known.open.is_empty() { "Nothing is owed".to_owned() } else { record(&history(known)) };
    Ok(Outlook { next: next(visitor, &rules, known, now_ms), record })
}

fn next(visitor: &Visitor, rules: &Rules, known: &Known, now_ms: i64) -> String {
    if let Some(waits) = on_its_way(known) {
        let since = visitor.at(waits.at_ms);
        return if waits.channel == Channel::Letter.code() {
            format!(
                "A letter has waited since {since} to be printed. Nothing else is sent until its batch is closed, under Letters"
            )
        } else {
            format!("A message has waited since {since} to be sent. Nothing else is sent before it has left")
        };
    }
    let message = |r: &Reminder| format!("{} by {}", show::title(&r.template), r.channel.words());
    match rules.decide(known, now_ms, None) {
        Decision::Send(reminder) => format!("Next: {}, as soon as reminders are decided on", message(&reminder)),
        Decision::Wait { until_ms: Some(until_ms), reason } => {
            let at = visitor.at(until_ms);
            let what = match rules.decide(known, until_ms, None) {
                Decision::Send(reminder) => format!("Next: {}, not before {at}", message(&reminder)),
                _ => format!("Nothing comes before {at}"),
            };
            format!("{what}. {} (rule “{}”)", reason.words(), reason.code())
        }
        Decision::Wait { until_ms: None, reason } => {
            format!("Nothing comes for now. {} (rule “{}”)", reason.words(), reason.code())
        }
        Decision::Never { reason } => {
            format!("Nothing comes, as things stand. {} (rule “{}”)", reason.words(), reason.code())
        }
    }
}

fn record(history: &History) -> String {
    let paid = history.on_time + history.late;
    let late_days = history.late_days_sum / u64::from(history.late.max(1));
    let on_time = format!("{} of {paid} invoices were paid on time", history.on_time);
    let late = match history.late {
        0 => String::new(),
        many => format!(", {many} late by {late_days} days on average"),
    };
    let agreements = match (history.kept, history.broken) {
        (0, 0) => String::new(),
        (kept, broken) => format!("; agreements: {kept} kept, {broken} broken"),
    };
    let word = match history.record() {
        Record::Good => "Good",
        Record::Usual => "Usual",
        Record::Poor => "Poor",
    };
    if paid < RECORD_INVOICES_MIN {
        let known = if paid == 0 { "no paid invoice is known".to_owned() } else { on_time };
        return format!("{word}: {known}, which says little yet{agreements}");
    }
    format!("{word}: {on_time}{late}{agreements}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_says_what_it_is_made_of() {
        let of =
            |on_time, late, late_days_sum, broken| record(&History { on_time, late, late_days_sum, kept: 0, broken });
        assert_eq!(of(0, 0, 0, 0), "Usual: no paid invoice is known, which says little yet");
        assert_eq!(of(10, 1, 10, 0), "Good: 10 of 11 invoices were paid on time, 1 late by 10 days on average");
        assert_eq!(
            of(1, 3, 120, 2),
            "Poor: 1 of 4 invoices were paid on time, 3 late by 40 days on average; agreements: 0 kept, 2 broken"
        );
    }
}
