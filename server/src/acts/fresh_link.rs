//! Asking for a fresh link in place of an old one: it goes to the address on file, and the page never says whether.

use super::notify::{self, Message};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::{Error, debtor, link};

/// Sends a fresh link where the old one has expired or was locked by wrong answers. A revoked one was taken away on
/// purpose, and an unknown one belongs to nobody: nothing is sent. The caller answers the same in every case.
pub async fn ask(app: &App, token: &str, address: &str) -> Result<(), Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let Some(old) = link::find_by_hash(&tx, &secret::sha256(token)).await? else { return Ok(()) };
    if old.revoked_at_ms.is_some() || old.is_live(now_ms) {
        return Ok(());
    }
    let Some(debtor) = debtor::lock(&tx, &old.business, &old.debtor).await? else { return Ok(()) };
    // One a day is enough for anybody who asks for it, and too few to annoy anybody who does not.
    let recent = link::list(&tx, &old.business, &old.debtor).await?;
    let day_ago = now_ms - 86_400_000;
    let asked = crate::store::event::list(&tx, &old.business, &old.debtor, 50).await?;
    let asked = asked.iter().any(|e| e.kind == "fresh_link_asked" && e.at_ms > day_ago);
    if asked || recent.iter().any(|l| l.origin == "fresh" && l.created_at_ms > day_ago) {
        return Ok(());
    }
    let happened = Happened {
        debtor: Some(&old.debtor),
        kind: "fresh_link_asked",
        subject: old.id.as_str(),
        detail: String::new(),
    };
    record(app, &tx, &old.business, &Actor::debtor(address), happened).await?;
    notify::tell(&tx, &old.business, &debtor, &Message::FreshLink, now_ms).await?;
    tx.commit().await
}
