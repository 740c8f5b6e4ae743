//! Printing one letter: one that waits, which leaves by that, or once more one that has left, with its stored words, today's
//! date, and a link of its own, since the one that it carried is stored nowhere.

use super::dispatch::{self, Outcome};
use super::write_letter::{self, Said, Turn, take_turn};
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::clock::date_of;
use crate::letter::{self as paper, Printed};
use crate::secret;
use crate::store::business::Business;
use crate::store::contact::{self, Contact};
use crate::store::link::{self, NewLink};
use crate::store::{Error, business, debtor, letter};
use crate::templates::Language;
use kept_domain::ids::{BusinessId, DebtorId};
use kept_letter::{LetterError, Rendered};

/// A debtor's contacts that are looked through.
const CONTACTS_MAX: u32 = 1_000;
/// Milliseconds within which a letter is set that is printed alone.
const LEASE_MS: i64 = 10 * 60 * 1000;

/// Why there is nothing to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The letter cannot be set.
    Unset(LetterError),
    /// It is in a batch that is being closed.
    BeingSet,
    /// It is not wanted any more, by a code.
    NotWanted(String),
    /// It may leave at this instant, epoch milliseconds.
    NotBefore(i64),
    /// What is stored cannot be read.
    Unreadable(String),
}

/// Whether a contact is a letter of ours that can be printed; what a person noted of a letter is not one.
pub fn is_printable(c: &Contact) -> bool {
    let ours = c.channel == "letter" && c.direction == "out";
    ours && match c.state.as_str() {
        "queued" => true,
        "sent" | "failed" | "unknown" => !c.body.is_empty(),
        _ => false,
    }
}

/// Answers the PDF of a letter.
///
/// # Errors
/// `NotFound` where the debtor has no such letter, a [`Refusal`], or the store's.
pub async fn print(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    contact: &str,
    actor: &Actor,
) -> Result<Vec<u8>, Failure<Refusal>> {
    let home = business::find(&app.db, business).await?.ok_or(Failure::NotFound)?;
    let contacts = contact::list(&app.db, business, id, CONTACTS_MAX).await?;
    let found = contacts.into_iter().find(|c| c.id == contact && is_printable(c)).ok_or(Failure::NotFound)?;
    if found.state == "queued" {
        first(app, &home, id, contact, actor).await
    } else {
        again(app, &home, id, &found, actor).await
    }
}

/// Prints a letter that waits: it is decided on again, and from the answer on it has left.
async fn first(
    app: &App,
    home: &Business,
    id: &DebtorId,
    contact: &str,
    actor: &Actor,
) -> Result<Vec<u8>, Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let until_ms = now_ms + LEASE_MS;
    let tx = app.db.begin().await?;
    let claimed = letter::claim_one(&tx, &home.id, contact, now_ms, until_ms).await?;
    tx.commit().await?;
    let item = claimed.ok_or(Failure::Refused(Refusal::BeingSet))?;
    let written = match take_turn(app, home, &item, None, until_ms).await? {
        Turn::Written(written) => *written,
        Turn::Ended(outcome) => return Err(Failure::Refused(refusal(outcome))),
        Turn::Gone => return Err(Failure::Refused(Refusal::BeingSet)),
    };
    let rendered = paper::set(written.letter).await;
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &home.id, id).await?.ok_or(Failure::NotFound)?;
    let now_ms = app.clock.now_ms();
    let rendered = match rendered {
        Ok(rendered) => rendered,
        Err(error) => {
            letter::remove(&tx, &home.id, contact).await?;
            let failed = Outcome::Failed(error.to_string());
            dispatch::settle(&tx, &item, &failed, Some(&written.link), now_ms).await?;
            tx.commit().await?;
            return Err(Failure::Refused(Refusal::Unset(error)));
        }
    };
    let printed = Printed::of(&rendered);
    letter::set_printed(&tx, &home.id, contact, printed.pages, &printed.sha256).await?;
    dispatch::settle(&tx, &item, &Outcome::Sent, None, now_ms).await?;
    let detail = format!("Printed a letter{}", lost(&rendered));
    let happened = Happened { debtor: Some(id), kind: "letter_printed", subject: contact, detail };
    record(app, &tx, &home.id, actor, happened).await?;
    tx.commit().await?;
    Ok(rendered.pdf)
}

fn refusal(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Cancelled(reason) => Refusal::NotWanted(reason),
        Outcome::Postponed(until_ms) => Refusal::NotBefore(until_ms),
        Outcome::Failed(said) | Outcome::Unknown(said) | Outcome::Later(said) => Refusal::Unreadable(said),
        Outcome::Sent | Outcome::Gone => Refusal::BeingSet,
    }
}

/// Prints a letter once more that was written before.
async fn again(
    app: &App,
    home: &Business,
    id: &DebtorId,
    found: &Contact,
    actor: &Actor,
) -> Result<Vec<u8>, Failure<Refusal>> {
    let debtor = debtor::find(&app.db, &home.id, id).await?.ok_or(Failure::NotFound)?;
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let now_ms = app.clock.now_ms();
    let expires_at_ms = now_ms + app.config.link_ms();
    let said = Said { subject: &found.subject, text: &found.body, language: Language::of(&debtor.language).code() };
    let letter = write_letter::write(
        &app.config.letters,
        home,
        &debtor,
        &said,
        format!("{}/l/{token}", app.public_url()),
        date_of(expires_at_ms, &home.zone),
        // A copy says what was written on its day, and asks for nothing anew.
        date_of(found.at_ms, &home.zone),
    );
    // Setting takes a while, and nothing waits for it: the link begins to work only below.
    let rendered = paper::set(letter).await.map_err(|error| Failure::Refused(Refusal::Unset(error)))?;
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &home.id, id).await?.ok_or(Failure::NotFound)?;
    let new = NewLink {
        id: secret::new_id(),
        debtor: id.clone(),
        token_hash: secret::sha256(&token),
        origin: "letter".to_owned(),
        created_at_ms: now_ms,
        expires_at_ms,
    };
    link::insert(&tx, &home.id, &new).await?;
    let detail = format!("Printed a letter once more, with a new link to the account{}", lost(&rendered));
    let happened = Happened { debtor: Some(id), kind: "letter_printed", subject: &found.id, detail };
    record(app, &tx, &home.id, actor, happened).await?;
    tx.commit().await?;
    Ok(rendered.pdf)
}

/// What could not be printed, for the record.
fn lost(rendered: &Rendered) -> String {
    if rendered.replaced.is_empty() {
        return String::new();
    }
    let lost: Vec<String> = rendered.replaced.iter().map(char::to_string).collect();
    format!("; signs that could not be printed: {}", lost.join(" "))
}
