//! A list of links for a business that sends its own letters: a new link for everybody who owes something.

use crate::app::App;
use crate::secret::{new_id, sha256, token};
use crate::store::event::{self, Event};
use crate::store::export::{self, Owing};
use crate::store::link::NewLink;
use crate::store::{self, import};
use kept_domain::ids::{BusinessId, DebtorId};

/// A row of the list: who owes what, and the link. The URL holds the token, which is nowhere else.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Who owes what in one currency.
    pub owing: Owing,
    /// Where it can be paid, disputed or promised.
    pub url: String,
}

/// Why there is no list.
#[derive(Debug)]
pub enum LinksError {
    /// The database is at fault.
    Store(store::Error),
    /// The operating system has no randomness to give.
    Chance(getrandom::Error),
}

impl std::fmt::Display for LinksError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => write!(f, "{error}"),
            Self::Chance(error) => write!(f, "the operating system gives no random numbers: {error}"),
        }
    }
}

impl std::error::Error for LinksError {}

impl From<store::Error> for LinksError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// Makes a link for every debtor with an open balance, and answers a row for each of its currencies.
pub async fn list_links(app: &App, business: &BusinessId, actor: &str) -> Result<Vec<Letter>, LinksError> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let (mut links, mut letters): (Vec<NewLink>, Vec<Letter>) = (Vec::new(), Vec::new());
    let mut last: Option<(DebtorId, String)> = None;
    for owing in export::owing(&tx, business).await? {
        let url = match &last {
            // The rows of one debtor stand together.
            Some((debtor, url)) if *debtor == owing.debtor => url.clone(),
            _ => {
                let token = token().map_err(LinksError::Chance)?;
                links.push(NewLink {
                    id: new_id(),
                    debtor: owing.debtor.clone(),
                    token_hash: sha256(&token),
                    origin: "list".to_owned(),
                    created_at_ms: now_ms,
                    expires_at_ms: now_ms + app.config.link_ms(),
                });
                format!("{}/l/{token}", app.public_url())
            }
        };
        last = Some((owing.debtor.clone(), url.clone()));
        letters.push(Letter { owing, url });
    }
    if !links.is_empty() {
        import::insert_links(&tx, business, &links).await?;
        let made = Event {
            id: new_id(),
            debtor: None,
            at_ms: now_ms,
            actor: actor.to_owned(),
            kind: "links_listed".to_owned(),
            subject: business.to_string(),
            detail: format!("{} links made for letters", links.len()),
            address: String::new(),
        };
        event::append(&tx, business, &made).await?;
        tx.commit().await?;
    }
    Ok(letters)
}
