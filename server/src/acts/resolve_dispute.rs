//! Answering and resolving disputes, claims and hardships, with the ledger following.

use super::notify::{self, Message};
use super::position;
use super::towards::{self, Towards};
use super::{Actor, Failure, Happened, record};
use super::{advance_commitments, apply_ahead, close_page, take_back_late_charges};
use crate::app::App;
use crate::secret;
use crate::store::dispute::{self, Answer};
use crate::store::ledger::{self, Origin};
use crate::store::{business, credit_note, debtor, settlement};
use kept_domain::dispute::{self as rules, Event, Kind, Reason};
use kept_domain::ids::{BusinessId, DisputeId, InvoiceId, TransferId};
use kept_domain::ledger::{credit_note as credit, payment_of as paid};
use kept_domain::money::Money;

/// What the business decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Write back and wait to hear more.
    Answer,
    /// The debtor is right: credit everything that is disputed, or book as paid what they say they paid.
    Uphold,
    /// Credit so many minor units of it.
    Partly(i64),
    /// Credit nothing.
    Reject,
    /// A hardship is settled; its pause of reminders runs on to its end.
    Close,
}

/// Why it was not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has been resolved, or this decision does not fit its kind.
    NotOpen,
    /// Words are needed: the debtor is told them.
    WordsMissing,
    /// More than is disputed, or nothing.
    Amount,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotOpen => ("decision", "This has been resolved already"),
            Self::WordsMissing => ("answer", "Write what you want to tell your customer"),
            Self::Amount => ("amount", "Enter an amount that is more than zero and less than what is disputed"),
        }
    }
}

/// What of an invoice is credited.
struct Item {
    invoice: InvoiceId,
    /// Minor units that are left to pay of it.
    left_minor: i64,
    /// Minor units that were paid of it meanwhile: they are credited on account.
    paid_minor: i64,
}

impl Item {
    fn minor(&self) -> i64 {
        self.left_minor + self.paid_minor
    }
}

/// Decides; the words are told to the debtor.
pub async fn decide(
    app: &App,
    business_id: &BusinessId,
    id: &DisputeId,
    decision: Decision,
    words: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let no = |refusal| Err(Failure::Refused(refusal));
    let words = words.trim();
    if words.is_empty() && decision != Decision::Uphold {
        return no(Refusal::WordsMissing);
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let seen = dispute::find(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let debtor = debtor::lock(&tx, business_id, &seen.debtor).await?.ok_or(Failure::NotFound)?;
    let d = dispute::find(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let event = match decision {
        Decision::Answer => Event::Answered,
        Decision::Uphold => Event::Upheld,
        Decision::Partly(_) => Event::PartlyUpheld,
        Decision::Reject => Event::Rejected,
        Decision::Close => Event::Closed,
    };
    let Some(state) = rules::next(d.kind, d.state, event) else { return no(Refusal::NotOpen) };
    // What was paid of it meanwhile is credited on account: the debtor was right all the same. Not so for what they say
    // was paid already: there the payment that came is the one they meant.
    let refundable = d.kind == Kind::Dispute && d.reason != Reason::AlreadyPaid;
    let position = position::load_in(&tx, business_id, &d.debtor, d.currency).await?;
    let mut items: Vec<Item> = Vec::new();
    for (invoice, _, held) in dispute::items(&tx, business_id, id).await? {
        let open = position.iter().flat_map(|p| &p.open).find(|s| s.invoice.id == invoice);
        let left_minor = open.map_or(0, |s| s.left_minor.clamp(0, held));
        // Nor is a credit note that came meanwhile: what it took off is not credited once more.
        let credited = credit_note::credited_since(&tx, business_id, &invoice, d.raised_at_ms).await?;
        // Nor is what a settlement or a write-off took off.
        let off = settlement::taken_off_since(&tx, business_id, &invoice, d.raised_at_ms).await?;
        let paid_minor = if refundable { (held - left_minor - credited - off).max(0) } else { 0 };
        items.push(Item { invoice, left_minor, paid_minor });
    }
    match decision {
        Decision::Uphold => {}
        Decision::Partly(amount) if amount <= 0 || amount >= items.iter().map(Item::minor).sum() => {
            return no(Refusal::Amount);
        }
        // What is left to pay is taken off first, and only the rest is given back.
        Decision::Partly(amount) => {
            let mut rest = amount;
            for minor in items.iter_mut().map(|i| &mut i.left_minor) {
                *minor = rest.min(*minor);
                rest -= *minor;
            }
            for minor in items.iter_mut().map(|i| &mut i.paid_minor) {
                *minor = rest.min(*minor);
                rest -= *minor;
            }
        }
        _ => items.clear(),
    }
    let parts: Vec<(InvoiceId, i64)> = items.iter().map(|i| (i.invoice.clone(), i.left_minor)).collect();
    let paid_minor = items.iter().map(|i| i.paid_minor).sum();
    let credited_minor: i64 = items.iter().map(Item::minor).sum();
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let today = app.clock.today(&home.zone);
    let answer = Answer { state, answer: words, credited_minor, by: &actor.name };
    dispute::set_answer(&tx, business_id, id, &answer, now_ms).await?;
    if credited_minor > 0 {
        let mut origin = Origin {
            dispute: Some(id.clone()),
            effect: Some(format!("dispute:{id}")),
            note: words.to_owned(),
            ..Origin::new(&d.debtor, d.currency, today, &actor.name)
        };
        let transfer = if d.reason == Reason::AlreadyPaid {
            // It is their payment that is found, not a credit: it counts towards what they agreed to, on the day they said.
            origin.moved_on = d.paid_on.unwrap_or(today).min(today);
            origin.method = "claim".to_owned();
            let towards = towards::find(&tx, &home, &d.debtor, d.currency, origin.moved_on).await?;
            let found = paid(&parts);
            Towards::count(towards.as_ref(), &found, &mut origin);
            found
        } else {
            for item in &items {
                dispute::set_credited(&tx, business_id, id, &item.invoice, item.minor()).await?;
            }
            credit(&parts, paid_minor)
        };
        let transfer_id: TransferId = secret::new_id();
        ledger::append(&tx, business_id, &transfer_id, &transfer, &origin, now_ms).await?;
        take_back_late_charges::of_debtor(app, &tx, business_id, &d.debtor).await?;
        advance_commitments::of_debtor(app, &tx, business_id, &d.debtor).await?;
        close_page::enqueue_if_needless(&tx, business_id, &d.debtor, d.currency, now_ms).await?;
    }
    if !state.is_open() {
        // What was credited on account, and what was not disputed rightly, find each other.
        apply_ahead::of_debtor(app, &tx, business_id, &d.debtor, &home.zone).await?;
    }
    let kind = format!("{}_{}", d.kind.code(), state.code());
    let detail = match credited_minor {
        0 => words.to_owned(),
        minor if d.reason == Reason::AlreadyPaid => {
            format!("{} booked as paid. {words}", Money::new(minor, d.currency).show())
        }
        minor => format!("{} credited. {words}", Money::new(minor, d.currency).show()),
    };
    record(
        app,
        &tx,
        business_id,
        actor,
        Happened { debtor: Some(&d.debtor), kind: &kind, subject: id.as_str(), detail },
    )
    .await?;
    let message = match decision {
        Decision::Answer => Message::DisputeAnswered { dispute_id: id.clone() },
        _ => Message::DisputeResolved { dispute_id: id.clone() },
    };
    notify::tell(&tx, business_id, &debtor, &message, now_ms).await?;
    tx.commit().await?;
    Ok(())
}
