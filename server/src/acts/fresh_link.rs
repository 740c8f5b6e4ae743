//! Asking for a fresh link in place of an old one: it goes to the address on file, and the page never says whether. What
//! the old link is is looked up by a worker, so that the answer takes the same time whatever it is.

use super::notify::{self, Message};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::fresh_ask::{self, FreshAsk};
use crate::store::{Error, Tx, debtor, event, link};

/// Asks that are looked at in one go.
const AT_ONCE: u32 = 100;
/// One link a day is enough for anybody who asks for it, and too few to annoy anybody who does not.
const DAY_MS: i64 = 86_400_000;

/// Notes that somebody asked, the same for every token.
///
/// # Errors
/// When the store fails.
pub async fn ask(app: &App, token: &str, address: &str) -> Result<(), Error> {
    let ask = FreshAsk { id: secret::new_id(), token_hash: secret::sha256(token), address: address.to_owned() };
    let tx = app.db.begin().await?;
    fresh_ask::insert(&tx, &ask, app.clock.now_ms()).await?;
    tx.commit().await
}

/// Answers everybody who asked, until nobody waits; answers how many links are on their way.
///
/// # Errors
/// When the store fails.
pub async fn run(app: &App) -> Result<u32, Error> {
    let mut sent = 0;
    loop {
        let asks = fresh_ask::list(&app.db, AT_ONCE).await?;
        if asks.is_empty() {
            return Ok(sent);
        }
        for ask in &asks {
            let tx = app.db.begin().await?;
            if fresh_ask::delete(&tx, &ask.id).await? {
                sent += u32::from(send(app, &tx, ask).await?);
            }
            tx.commit().await?;
        }
    }
}

/// Sends a fresh link where the old one has expired or was locked by wrong answers. A revoked one was taken away on
/// purpose, and an unknown one belongs to nobody: nothing is sent.
async fn send(app: &App, tx: &Tx, ask: &FreshAsk) -> Result<bool, Error> {
    let now_ms = app.clock.now_ms();
    let Some(old) = link::find_by_hash(tx, &ask.token_hash).await? else { return Ok(false) };
    if old.revoked_at_ms.is_some() || old.is_live(now_ms) {
        return Ok(false);
    }
    let Some(debtor) = debtor::lock(tx, &old.business, &old.debtor).await? else { return Ok(false) };
    let day_ago = now_ms - DAY_MS;
    let asked = event::list(tx, &old.business, &old.debtor, 50).await?;
    let asked = asked.iter().any(|e| e.kind == "fresh_link_asked" && e.at_ms > day_ago);
    let recent = link::list(tx, &old.business, &old.debtor).await?;
    if asked || recent.iter().any(|l| l.origin == "fresh" && l.created_at_ms > day_ago) {
        return Ok(false);
    }
    let happened = Happened {
        debtor: Some(&old.debtor),
        kind: "fresh_link_asked",
        subject: old.id.as_str(),
        detail: String::new(),
    };
    record(app, tx, &old.business, &Actor::debtor(&ask.address), happened).await?;
    notify::tell(tx, &old.business, &debtor, &Message::FreshLink, now_ms).await
}
