//! Making a link to a debtor's account by hand, and revoking one.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::link::{self, NewLink};
use crate::store::{Error, debtor};
use kept_domain::ids::{BusinessId, DebtorId, LinkId};

/// Nothing about a link is refused.
pub type Refusal = std::convert::Infallible;

/// Makes a link and answers its token, which is stored nowhere.
///
/// # Errors
/// `NotFound` where there is no such debtor, or the store's.
pub async fn create(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    origin: &str,
    actor: &Actor,
) -> Result<String, Failure<Refusal>> {
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let new = NewLink {
        id: secret::new_id(),
        debtor: id.clone(),
        token_hash: secret::sha256(&token),
        origin: origin.to_owned(),
        created_at_ms: now_ms,
        expires_at_ms: now_ms + app.config.link_ms(),
    };
    link::insert(&tx, business, &new).await?;
    let detail = "Made a link to the account".to_owned();
    let happened = Happened { debtor: Some(id), kind: "link_created", subject: new.id.as_str(), detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(token)
}

/// Revokes a link: from now on it opens nothing, and sessions that came by it end.
///
/// # Errors
/// `NotFound` where the debtor has no such link, or the store's.
pub async fn revoke(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    link_id: &LinkId,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    if !link::list(&tx, business, id).await?.iter().any(|l| l.id == *link_id) {
        return Err(Failure::NotFound);
    }
    if link::revoke(&tx, business, id, link_id, app.clock.now_ms()).await? {
        let detail = "Revoked a link".to_owned();
        let happened = Happened { debtor: Some(id), kind: "link_revoked", subject: link_id.as_str(), detail };
        record(app, &tx, business, actor, happened).await?;
        tx.commit().await?;
    }
    Ok(())
}
