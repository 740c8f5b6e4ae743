//! Printing a letter that was sent once more, by hand: its stored words, today's date, and a link of its own, since the
//! one that it carried is stored nowhere.

use super::write_letter::{self, Said};
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::clock::date_of;
use crate::secret;
use crate::store::contact::{self, Contact};
use crate::store::link::{self, NewLink};
use crate::store::{Error, business, debtor};
use crate::templates::Language;
use kept_domain::ids::{BusinessId, DebtorId};
use kept_letter::LetterError;

/// A debtor's contacts that are looked through.
const CONTACTS_MAX: u32 = 1_000;

/// Why there is nothing to print: the letter cannot be set.
pub type Refusal = LetterError;

/// Whether a contact is a letter with words of ours that can be printed; what a person noted of a letter is not one.
pub fn is_printable(c: &Contact) -> bool {
    c.channel == "letter"
        && c.direction == "out"
        && !c.body.is_empty()
        && !matches!(c.state.as_str(), "recorded" | "withheld" | "cancelled")
}

/// Answers the PDF of a letter.
///
/// # Errors
/// `NotFound` where the debtor has no such letter, what makes it impossible to set, or the store's.
pub async fn print(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    contact: &str,
    actor: &Actor,
) -> Result<Vec<u8>, Failure<Refusal>> {
    let home = business::find(&app.db, business).await?.ok_or(Failure::NotFound)?;
    let debtor = debtor::find(&app.db, business, id).await?.ok_or(Failure::NotFound)?;
    let contacts = contact::list(&app.db, business, id, CONTACTS_MAX).await?;
    let found = contacts.into_iter().find(|c| c.id == contact && is_printable(c)).ok_or(Failure::NotFound)?;
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let now_ms = app.clock.now_ms();
    let expires_at_ms = now_ms + app.config.link_ms();
    let said = Said { subject: &found.subject, text: &found.body, language: Language::of(&debtor.language).code() };
    let letter = write_letter::write(
        &app.config.letters,
        &home,
        &debtor,
        &said,
        format!("{}/l/{token}", app.public_url()),
        date_of(expires_at_ms, &home.zone),
        date_of(now_ms, &home.zone),
    );
    // Setting takes a while, and nothing waits for it: the link begins to work only below.
    let rendered = tokio::task::spawn_blocking(move || kept_letter::render(&letter))
        .await
        .map_err(|error| Failure::Refused(LetterError::Typesetter(error.to_string())))?
        .map_err(Failure::Refused)?;
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let new = NewLink {
        id: secret::new_id(),
        debtor: id.clone(),
        token_hash: secret::sha256(&token),
        origin: "letter".to_owned(),
        created_at_ms: now_ms,
        expires_at_ms,
    };
    link::insert(&tx, business, &new).await?;
    let mut detail = "Printed a letter, with a new link to the account".to_owned();
    if !rendered.replaced.is_empty() {
        let lost: Vec<String> = rendered.replaced.iter().map(char::to_string).collect();
        detail += &format!("; signs that could not be printed: {}", lost.join(" "));
    }
    let happened = Happened { debtor: Some(id), kind: "letter_printed", subject: contact, detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(rendered.pdf)
}
