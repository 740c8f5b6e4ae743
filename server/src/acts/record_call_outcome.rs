//! Recording how a call went that a rule asked for: the task becomes a contact that counts, and what was promised on the
//! telephone becomes a promise like any other.

use super::propose::{self, Ask, Through};
use super::stop_contact::{self, Change};
use super::{Actor, Failure, Happened, reach, record};
use crate::app::App;
use crate::store::address::State;
use crate::store::call::{self, Call};
use crate::store::debtor::{self, Debtor};
use crate::store::{Error, Tx};
use chrono::NaiveDate;
use kept_domain::call::Outcome;
use kept_domain::commitment::Made;
use kept_domain::contact::Channel;
use kept_domain::dispute::WORDS_CHARS_MAX;
use kept_domain::ids::{BusinessId, CommitmentId};
use kept_domain::money::Currency;

/// The label of the button that records a promise.
pub const PROMISE_BUTTON: &str = "Record the promise";
/// How identity was checked: by the person who called.
const IDENTITY: &str = "questions_on_the_telephone";

/// How a call went.
#[derive(Clone, Debug)]
pub enum Went {
    /// Without a promise.
    So(Outcome),
    /// They promised an amount, in minor units, by a date.
    Promised {
        /// The currency of the amount.
        currency: Currency,
        /// Minor units.
        amount_minor: i64,
        /// The date.
        by: NaiveDate,
    },
}

impl Went {
    fn outcome(&self) -> Outcome {
        match self {
            Self::So(outcome) => *outcome,
            Self::Promised { .. } => Outcome::Promised,
        }
    }
}

/// Why nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was recorded before: as what is stored.
    Again,
    /// A promise without an amount and a date.
    PromiseMissing,
    /// The promise cannot be made.
    Promise(propose::Refusal),
    /// More than 4,000 characters were written.
    TooLong,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// A contact.
    Contact,
    /// A promise inside the terms.
    Agreed(CommitmentId),
    /// A promise outside the terms, which waits for the business.
    ForDecision(CommitmentId),
}

/// Records how a call went. A call that was made although it was no longer needed is recorded too: it took place.
///
/// # Errors
/// What cannot be taken, or the store's; then nothing is recorded.
pub async fn record_call_outcome(
    app: &App,
    business: &BusinessId,
    id: &str,
    went: &Went,
    said: &str,
    actor: &Actor,
) -> Result<Recorded, Failure<Refusal>> {
    let said = said.trim();
    if said.chars().count() > WORDS_CHARS_MAX {
        return Err(Failure::Refused(Refusal::TooLong));
    }
    if let Went::So(Outcome::Promised) = went {
        return Err(Failure::Refused(Refusal::PromiseMissing));
    }
    let tx = app.db.begin().await?;
    let found = call::find(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let called = debtor::lock(&tx, business, &found.debtor).await?.ok_or(Failure::NotFound)?;
    // Read again: somebody may have recorded it while the row was awaited.
    let Call { debtor, outcome, .. } = call::find(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    if outcome.is_some() {
        return Err(Failure::Refused(Refusal::Again));
    }
    call::record(&tx, business, id, went.outcome(), said, &actor.name, app.clock.now_ms()).await?;
    let detail = format!("Called them: {}", went.outcome().words().to_lowercase());
    let happened = Happened { debtor: Some(&debtor), kind: "call_recorded", subject: id, detail };
    record(app, &tx, business, actor, happened).await?;
    if let Went::So(Outcome::WrongNumber) = went {
        forget_number(app, &tx, business, &called, id, actor).await?;
    }
    let recorded = match went {
        Went::So(_) => Recorded::Contact,
        Went::Promised { currency, amount_minor, by } => {
            let ask = Ask::Promise { amount_minor: *amount_minor, by: *by };
            let refused = |failure| match failure {
                Failure::Refused(refusal) => Failure::Refused(Refusal::Promise(refusal)),
                Failure::NotFound => Failure::NotFound,
                Failure::Store(error) => Failure::Store(error),
            };
            let standing = propose::standing_of(app, &tx, business, &debtor, *currency).await.map_err(refused)?;
            let mut preview = propose::judge(&standing, &ask).map_err(|r| Failure::Refused(Refusal::Promise(r)))?;
            preview.button = PROMISE_BUTTON;
            let at_once = preview.made == Made::AtOnce;
            let through = Through { identity: IDENTITY, actor };
            let made = propose::make(app, &tx, &standing, &ask, preview, &through).await?;
            if at_once { Recorded::Agreed(made) } else { Recorded::ForDecision(made) }
        }
    };
    tx.commit().await?;
    Ok(recorded)
}

/// A number that is somebody else's is neither called nor texted again: what is owed is none of their business.
async fn forget_number(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    debtor: &Debtor,
    contact: &str,
    actor: &Actor,
) -> Result<(), Error> {
    for channel in [Channel::Call, Channel::Sms] {
        let Some(address) = reach::of_channel(debtor, channel.code()) else { continue };
        let wrong = Change {
            business,
            debtor: &debtor.id,
            channel: channel.code(),
            address: &address,
            state: State::Bounced,
            reason: "it is the number of somebody else",
            contact: Some(contact),
        };
        stop_contact::change(app, tx, wrong, actor).await?;
    }
    Ok(())
}
