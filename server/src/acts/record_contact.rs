//! Recording a call, a letter, a visit or a note that a person made.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::contact::{self, Contact, Decided};
use crate::store::debtor;
use kept_domain::dispute::WORDS_CHARS_MAX;
use kept_domain::ids::{BusinessId, DebtorId};

/// What can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A telephone call.
    Call,
    /// A letter.
    Letter,
    /// A visit.
    Visit,
    /// A note for the business itself; it counts as no contact.
    Note,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Call, Self::Letter, Self::Visit, Self::Note];

    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Letter => "letter",
            Self::Visit => "visit",
            Self::Note => "note",
        }
    }

    /// Reads a name written by [`Channel::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

/// Why it was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was written.
    WordsMissing,
    /// More than 4,000 characters.
    TooLong,
}

impl Refusal {
    /// What to tell the person.
    pub fn words(self) -> &'static str {
        match self {
            Self::WordsMissing => "Write what was said",
            Self::TooLong => "Write at most 4,000 characters",
        }
    }
}

/// Records a contact in the person's own words.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn record_contact(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    channel: Channel,
    inbound: bool,
    said: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let said = said.trim();
    if said.is_empty() {
        return Err(Failure::Refused(Refusal::WordsMissing));
    }
    if said.chars().count() > WORDS_CHARS_MAX {
        return Err(Failure::Refused(Refusal::TooLong));
    }
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let contact = Contact {
        id: secret::new_id(),
        debtor: id.clone(),
        channel: channel.code().to_owned(),
        direction: if inbound { "in" } else { "out" }.to_owned(),
        purpose: "note".to_owned(),
        step: String::new(),
        state: "recorded".to_owned(),
        reason: String::new(),
        subject: String::new(),
        body: said.to_owned(),
        actor: actor.name.clone(),
        at_ms: now_ms,
        link: None,
        decided: Decided::default(),
        outcome: String::new(),
        address: String::new(),
        provider_id: String::new(),
    };
    contact::insert(&tx, business, &contact).await?;
    let detail = match (channel, inbound) {
        (Channel::Note, _) => "Wrote a note",
        (Channel::Call, false) => "Called them",
        (Channel::Call, true) => "They called",
        (Channel::Letter, false) => "Sent a letter",
        (Channel::Letter, true) => "They wrote a letter",
        (Channel::Visit, false) => "Visited them",
        (Channel::Visit, true) => "They came by",
    };
    let kind = format!("{}_recorded", channel.code());
    let happened = Happened { debtor: Some(id), kind: &kind, subject: &contact.id, detail: detail.to_owned() };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
