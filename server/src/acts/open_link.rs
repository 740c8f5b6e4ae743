//! Opening a link: one identity question, and a right answer is exchanged for a session.

use super::notify::{self, Message};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::business::{self, Business, IdentityQuestion};
use crate::store::debtor::{self, Debtor};
use crate::store::link::{self, Link, WRONG_ANSWERS_MAX};
use crate::store::session::{self, Session};
use crate::store::{Error, Query, code, event, identity};

/// What stands before the question: the business's name and what is asked. Nothing of the debtor.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The business's trading name.
    pub business: String,
    /// What is asked.
    pub question: IdentityQuestion,
    /// Wrong answers that are left.
    pub tries_left: i64,
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub enum Opened {
    /// Right: the cookie's token.
    Session(String),
    /// Wrong; there are tries left.
    Wrong(Gate),
    /// The link is unknown, expired, revoked or locked; nothing says which.
    Dead,
}

/// What a link asks; `None` for a dead one. Changes nothing.
pub async fn look(app: &App, token: &str) -> Result<Option<Gate>, Error> {
    let link = link::find_by_hash(&app.db, &secret::sha256(token)).await?;
    let Some((link, business, debtor)) = live(app, &app.db, link).await? else { return Ok(None) };
    let question = question(&business, &debtor);
    Ok(Some(gate(&link, &business, question)))
}

/// Answers the identity question of a link.
pub async fn answer(app: &App, token: &str, answer: &str, address: &str) -> Result<Opened, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let link = link::lock_by_hash(&tx, &secret::sha256(token)).await?;
    let Some((link, business, debtor)) = live(app, &tx, link).await? else { return Ok(Opened::Dead) };
    let question = question(&business, &debtor);
    let actor = Actor::debtor(address);
    if !is_right(app, &tx, &link, &debtor, question, answer).await? {
        let wrong_answers = link::count_wrong_answer(&tx, &link.business, &link.id).await?;
        let locked = wrong_answers >= WRONG_ANSWERS_MAX;
        let happened = Happened {
            debtor: Some(&link.debtor),
            kind: if locked { "link_locked" } else { "answer_wrong" },
            subject: link.id.as_str(),
            detail: format!("Wrong answer {wrong_answers} of {WRONG_ANSWERS_MAX} to the identity question"),
        };
        record(app, &tx, &link.business, &actor, happened).await?;
        tx.commit().await?;
        let link = Link { wrong_answers, ..link };
        return Ok(if locked { Opened::Dead } else { Opened::Wrong(gate(&link, &business, question)) });
    }
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let session = Session {
        business: link.business.clone(),
        debtor: link.debtor.clone(),
        link: link.id.clone(),
        identity: question.code().to_owned(),
    };
    session::insert(&tx, &session, &secret::sha256(&token), now_ms).await?;
    if question == IdentityQuestion::Code {
        code::remove(&tx, &link.business, &link.id).await?;
    }
    link::mark_opened(&tx, &link.business, &link.id, now_ms).await?;
    let happened = Happened {
        debtor: Some(&link.debtor),
        kind: "link_opened",
        subject: link.id.as_str(),
        detail: format!("Opened the account; identity checked by {}", question.code().replace('_', " ")),
    };
    record(app, &tx, &link.business, &actor, happened).await?;
    tx.commit().await?;
    Ok(Opened::Session(token))
}

/// Codes that are sent in an hour at most: nobody's mailbox is filled by somebody who has found a link.
const CODES_AN_HOUR_MAX: usize = 5;

/// Sends a one-time code to the address on file, at most one a minute. Answers nothing: the page says the same for
/// every link.
pub async fn send_code(app: &App, token: &str, address: &str) -> Result<(), Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let link = link::lock_by_hash(&tx, &secret::sha256(token)).await?;
    let Some((link, business, debtor)) = live(app, &tx, link).await? else { return Ok(()) };
    if question(&business, &debtor) != IdentityQuestion::Code {
        return Ok(());
    }
    let events = event::list(&tx, &link.business, &link.debtor, 100).await?;
    let asked_since = |ms: i64| events.iter().filter(|e| e.kind == "code_asked" && e.at_ms > now_ms - ms).count();
    if asked_since(60_000) > 0 || asked_since(3_600_000) >= CODES_AN_HOUR_MAX {
        return Ok(());
    }
    let happened =
        Happened { debtor: Some(&link.debtor), kind: "code_asked", subject: link.id.as_str(), detail: String::new() };
    record(app, &tx, &link.business, &Actor::debtor(address), happened).await?;
    notify::tell(&tx, &link.business, &debtor, &Message::OneTimeCode { link_id: link.id.clone() }, now_ms).await?;
    tx.commit().await
}

fn gate(link: &Link, business: &Business, question: IdentityQuestion) -> Gate {
    Gate { business: business.name.clone(), question, tries_left: WRONG_ANSWERS_MAX - link.wrong_answers }
}

async fn live(app: &App, q: &impl Query, found: Option<Link>) -> Result<Option<(Link, Business, Debtor)>, Error> {
    let Some(link) = found.filter(|link| link.is_live(app.clock.now_ms())) else { return Ok(None) };
    let business = business::find(q, &link.business).await?;
    let debtor = debtor::find(q, &link.business, &link.debtor).await?;
    Ok(business.zip(debtor).map(|(business, debtor)| (link, business, debtor)))
}

/// The question that this debtor can answer: the business's choice where the file has what it needs, else an invoice
/// number, which everybody who was invoiced has.
pub fn question(business: &Business, debtor: &Debtor) -> IdentityQuestion {
    let known = match business.identity_question {
        IdentityQuestion::Postcode => !debtor.postcode.is_empty(),
        IdentityQuestion::BirthDate => debtor.born_on.is_some(),
        IdentityQuestion::Code => !debtor.email.is_empty(),
        IdentityQuestion::InvoiceNumber => true,
    };
    if known { business.identity_question } else { IdentityQuestion::InvoiceNumber }
}

async fn is_right(
    app: &App,
    q: &impl Query,
    link: &Link,
    debtor: &Debtor,
    question: IdentityQuestion,
    answer: &str,
) -> Result<bool, Error> {
    let plain =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect() };
    if plain(answer).is_empty() {
        return Ok(false);
    }
    Ok(match question {
        IdentityQuestion::Postcode => plain(answer) == plain(&debtor.postcode),
        IdentityQuestion::BirthDate => kept_domain::calendar::parse_typed(answer) == debtor.born_on,
        IdentityQuestion::InvoiceNumber => {
            let numbers = identity::invoice_numbers(q, &link.business, &link.debtor).await?;
            numbers.iter().any(|number| plain(number) == plain(answer))
        }
        IdentityQuestion::Code => {
            let typed: String = answer.chars().filter(char::is_ascii_digit).collect();
            let hash = secret::code_hash(&link.id, &typed);
            let sent = code::find(q, &link.business, &link.id).await?;
            sent.is_some_and(|c| c.hash == hash && c.expires_at_ms > app.clock.now_ms())
        }
    })
}
