//! Pausing reminders, for a while or for good, and ending a pause.

use super::{Actor, Failure, Happened, record, take_back_late_charges};
use crate::app::App;
use crate::gateway::Decided;
use crate::secret;
use crate::store::business::Business;
use crate::store::hold::{self, Hold};
use crate::store::{Error, Tx, business, debtor};
use chrono::NaiveDate;
use kept_domain::calendar::{plus_days, show};
use kept_domain::dispute::HARDSHIP_HOLD_DAYS;
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::money::Money;

/// Days of breathing space: the moratorium of the Debt Respite Scheme Regulations 2020 (UK), regulation 26.
pub const BREATHING_SPACE_DAYS: u32 = 60;

/// Why reminders pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person's own reason, in their words.
    Hand,
    /// They cannot afford it now.
    Hardship,
    /// The law gives them time: no contact, no interest, no fees.
    BreathingSpace,
    /// They asked not to be contacted any more.
    Stop,
    /// Their bank took a payment back; it ends when the bank has decided for the business, or a person has decided what comes next.
    Chargeback,
    /// The business gave a payment back, which is owed again; it ends when a person has decided what comes next.
    Refund,
}

impl Kind {
    /// Those that a person chooses from.
    pub const BY_HAND: [Self; 4] = [Self::Hand, Self::Hardship, Self::BreathingSpace, Self::Stop];

    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Hardship => "hardship",
            Self::BreathingSpace => "breathing_space",
            Self::Stop => "stop",
            Self::Chargeback => "chargeback",
            Self::Refund => "refund",
        }
    }

    /// Reads a name of one that a person may choose.
    pub fn parse(code: &str) -> Option<Self> {
        Self::BY_HAND.into_iter().find(|kind| kind.code() == code)
    }

    /// Its last day where nobody names one; `None` is until somebody ends it.
    fn usual_end(self, from_on: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Hand | Self::Stop | Self::Chargeback | Self::Refund => None,
            Self::Hardship => Some(plus_days(from_on, HARDSHIP_HOLD_DAYS)),
            Self::BreathingSpace => Some(plus_days(from_on, BREATHING_SPACE_DAYS)),
        }
    }

    fn past(self) -> &'static str {
        match self {
            Self::Hand => "Paused reminders",
            Self::Hardship => "Paused reminders because they cannot afford it now",
            Self::BreathingSpace => "Gave breathing space",
            Self::Stop => "Stopped all reminders",
            Self::Chargeback => "Their bank took a payment back: reminders pause",
            Self::Refund => "A payment was given back: reminders pause",
        }
    }
}

/// Why nothing was paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The last day is gone.
    InPast,
    /// Nobody would know later why.
    ReasonMissing,
    /// A stop that ends by itself is none.
    StopEnds,
    /// Only a breathing space may have begun before today, and no longer ago than one lasts.
    Begun,
}

impl Refusal {
    /// What to tell the person, and the field it is about.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::InPast => ("until_on", "Enter a day that is today or later, or leave it empty"),
            Self::ReasonMissing => ("note", "Write why reminders pause, in at most 500 characters"),
            Self::StopEnds => ("until_on", "Leave it empty: a stop lasts until somebody ends it"),
            Self::Begun => {
                ("from_on", "Leave it empty, or enter the day on which a breathing space began, at most 60 days ago")
            }
        }
    }
}

/// A pause as a person asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Why.
    pub kind: Kind,
    /// Its first day where that is gone: a breathing space begins when it is registered, not when a creditor hears of it.
    pub from_on: Option<NaiveDate>,
    /// Its last day; nothing for as long as that kind of pause usually lasts.
    pub until_on: Option<NaiveDate>,
    /// A remark.
    pub note: &'a str,
}

/// Pauses reminders. Late charges that were claimed for days of it are taken back.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn pause(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    asked: Asked<'_>,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let Asked { kind, from_on, until_on, note } = asked;
    let note = note.trim();
    if note.chars().count() > 500 || (note.is_empty() && kind == Kind::Hand) {
        return Err(Failure::Refused(Refusal::ReasonMissing));
    }
    let tx = app.db.begin().await?;
    let home = business::find(&tx, business_id).await?.ok_or(Failure::NotFound)?;
    let today = app.clock.today(&home.zone);
    if until_on.is_some_and(|on| on < today) {
        return Err(Failure::Refused(Refusal::InPast));
    }
    if kind == Kind::Stop && until_on.is_some() {
        return Err(Failure::Refused(Refusal::StopEnds));
    }
    let from_on = from_on.unwrap_or(today);
    let earliest_on =
        if kind == Kind::BreathingSpace { today - chrono::Days::new(BREATHING_SPACE_DAYS.into()) } else { today };
    if !(earliest_on..=today).contains(&from_on) {
        return Err(Failure::Refused(Refusal::Begun));
    }
    let until_on = until_on.or_else(|| kind.usual_end(from_on));
    debtor::lock(&tx, business_id, id).await?.ok_or(Failure::NotFound)?;
    let new = Hold {
        id: secret::new_id(),
        debtor: id.clone(),
        reason: kind.code().to_owned(),
        note: note.to_owned(),
        from_on,
        until_on,
        actor: actor.name.clone(),
        created_at_ms: app.clock.now_ms(),
        ended_at_ms: None,
        about: String::new(),
    };
    hold::insert(&tx, business_id, &new).await?;
    let until = until_on.map_or("until somebody ends it".to_owned(), |on| format!("until {}", show(on)));
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    let since = if from_on < today { format!("since {} and ", show(from_on)) } else { String::new() };
    let detail = format!("{} {since}{until}{note}", kind.past());
    record(
        app,
        &tx,
        business_id,
        actor,
        Happened { debtor: Some(id), kind: "reminders_paused", subject: &new.id, detail },
    )
    .await?;
    take_back_late_charges::of_debtor(app, &tx, business_id, id).await?;
    tx.commit().await?;
    Ok(())
}

/// What is noted on a pause that a lost chargeback leaves.
const LOST: &str = "Their bank has decided for them. Before you end this pause, decide whether you still ask for it.";

/// Pauses reminders while a bank looks into a payment that it took back. Where it decides for the business the pause ends; where it does not, a
/// person decides whether the debt is still asked for. The messages about it may come twice and in any order: one that is over stays over.
///
/// # Errors
/// The store's.
pub async fn for_chargeback(
    app: &App,
    business_id: &BusinessId,
    id: &DebtorId,
    gateway_dispute: &str,
    decided: Decided,
) -> Result<(), Error> {
    let actor = Actor::local("gateway");
    let tx = app.db.begin().await?;
    let Some(home) = business::find(&tx, business_id).await? else { return Ok(()) };
    if debtor::lock(&tx, business_id, id).await?.is_none() {
        return Ok(());
    }
    let now_ms = app.clock.now_ms();
    let about = format!("stripe:{gateway_dispute}");
    let new = outside(app, id, &home, Kind::Chargeback, &about, "");
    let begun = hold::insert(&tx, business_id, &new).await?;
    let what = match decided {
        Decided::ForBusiness => {
            let ended = hold::end_about(&tx, business_id, id, &about, now_ms).await?;
            (ended && !begun).then_some(("reminders_resumed", "Their bank has decided on the payment: the pause ends"))
        }
        Decided::ForCardHolder => {
            let noted = hold::note_about(&tx, business_id, id, &about, LOST).await?;
            noted.then_some((
                "reminders_paused",
                "Their bank has decided for them: reminders pause until somebody ends it",
            ))
        }
        Decided::Open => begun.then_some(("reminders_paused", Kind::Chargeback.past())),
    };
    if let Some((kind, detail)) = what {
        let happened = Happened { debtor: Some(id), kind, subject: &about, detail: detail.to_owned() };
        record(app, &tx, business_id, &actor, happened).await?;
    }
    tx.commit().await
}

/// A pause that something outside begins.
fn outside(app: &App, id: &DebtorId, home: &Business, kind: Kind, about: &str, note: &str) -> Hold {
    Hold {
        id: secret::new_id(),
        debtor: id.clone(),
        reason: kind.code().to_owned(),
        note: note.to_owned(),
        from_on: app.clock.today(&home.zone),
        until_on: None,
        actor: "gateway".to_owned(),
        created_at_ms: app.clock.now_ms(),
        ended_at_ms: None,
        about: about.to_owned(),
    }
}

/// Pauses reminders because a bank took a transfer back, as a statement says, until a person has decided what comes next. The
/// caller holds the debtor's row.
///
/// # Errors
/// The store's.
pub(super) async fn for_taken_back(
    app: &App,
    tx: &Tx,
    business_id: &BusinessId,
    id: &DebtorId,
    about: &str,
    actor: &Actor,
) -> Result<(), Error> {
    let Some(home) = business::find(tx, business_id).await? else { return Ok(()) };
    let note = "Before you end this pause, decide whether you still ask for it.";
    let new = Hold { actor: actor.name.clone(), ..outside(app, id, &home, Kind::Chargeback, about, note) };
    if hold::insert(tx, business_id, &new).await? {
        let detail = Kind::Chargeback.past().to_owned();
        let happened = Happened { debtor: Some(id), kind: "reminders_paused", subject: about, detail };
        record(app, tx, business_id, actor, happened).await?;
    }
    Ok(())
}

/// Pauses reminders because the business gave back what is owed again by that; or ends that pause where it failed and the
/// money is the business's again. The caller holds the debtor's row.
///
/// # Errors
/// The store's.
pub(super) async fn for_refund(
    app: &App,
    tx: &Tx,
    home: &Business,
    id: &DebtorId,
    refund: &str,
    owed_again: Option<Money>,
) -> Result<(), Error> {
    let about = format!("stripe:{refund}");
    let what = match owed_again {
        Some(money) => {
            let note = format!(
                "{} that you gave back is owed again. Where it is not, import the credit note or write it off before you end this pause.",
                money.show()
            );
            let begun = hold::insert(tx, &home.id, &outside(app, id, home, Kind::Refund, &about, &note)).await?;
            begun.then_some(("reminders_paused", Kind::Refund.past()))
        }
        None => {
            let ended = hold::end_about(tx, &home.id, id, &about, app.clock.now_ms()).await?;
            ended.then_some(("reminders_resumed", "What was given back has come back: the pause ends"))
        }
    };
    if let Some((kind, detail)) = what {
        let happened = Happened { debtor: Some(id), kind, subject: &about, detail: detail.to_owned() };
        record(app, tx, &home.id, &Actor::local("gateway"), happened).await?;
    }
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
