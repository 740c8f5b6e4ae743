//! Closing the gateway's page that somebody has open while their money came in another way. The worker asks the gateway,
//! as often as it takes: closing a page twice is closing it once.

use super::position;
use super::settle_payment::{self, Unsettled};
use crate::app::App;
use crate::gateway::{Gateway, GatewayError};
use crate::secret;
use crate::store::attempt::{self, Attempt};
use crate::store::outbox::{self, Item};
use crate::store::{Error, Tx, debtor};
use kept_domain::ids::{AttemptId, BusinessId, DebtorId};
use kept_domain::money::Currency;
use kept_domain::payment::page_is_needless;
use serde::{Deserialize, Serialize};

/// What the outbox calls it.
pub const CLOSE_PAGE: &str = "close_page";
/// Milliseconds to the next try where the gateway does not answer.
const RETRY_MS: i64 = 30_000;

#[derive(Debug, Serialize, Deserialize)]
struct Which {
    attempt_id: AttemptId,
}

/// Queues it where a page is open on which nothing is left to pay. The caller holds the debtor's row.
///
/// # Errors
/// When the store fails.
pub async fn enqueue_if_needless(
    tx: &Tx,
    business: &BusinessId,
    id: &DebtorId,
    currency: Currency,
    now_ms: i64,
) -> Result<(), Error> {
    let Some(open) = attempt::find_open(tx, business, id, &format!("card:{currency}")).await? else { return Ok(()) };
    if !is_needless(tx, &open).await? {
        return Ok(());
    }
    let which = Which { attempt_id: open.id };
    let item = Item {
        business: business.clone(),
        id: secret::new_id(),
        debtor: id.clone(),
        kind: CLOSE_PAGE.into(),
        contact: None,
        payload: serde_json::to_string(&which).map_err(|_| Error::Corrupt("payload".into()))?,
        tries: 0,
        claimed_until_ms: 0,
        created_at_ms: now_ms,
    };
    outbox::enqueue(tx, &item).await
}

async fn is_needless(tx: &Tx, open: &Attempt) -> Result<bool, Error> {
    let position = position::load_in(tx, &open.business, &open.debtor, open.currency).await?;
    Ok(page_is_needless(open.state, position.map_or(0, |p| p.owed_minor())))
}

/// The whole way of one item. It stays claimed and waiting while the gateway is asked: a worker that dies leaves it to
/// the next.
///
/// # Errors
/// When the store fails.
pub async fn dispatch(app: &App, item: &Item) -> Result<(), Error> {
    let which: Which = serde_json::from_str(&item.payload).map_err(|_| Error::Corrupt("payload".into()))?;
    let tx = app.db.begin().await?;
    debtor::lock(&tx, &item.business, &item.debtor).await?;
    // Decided again: an invoice may have come since, or the page was paid on.
    let open = match attempt::find(&tx, &item.business, &which.attempt_id).await? {
        Some(open) if open.expires_at_ms > app.clock.now_ms() && is_needless(&tx, &open).await? => open,
        _ => {
            outbox::end(&tx, item, "cancelled", "superseded").await?;
            return tx.commit().await;
        }
    };
    tx.commit().await?;
    let closed = match &app.gateway {
        Some(gateway) => close(app, gateway, open).await,
        None => Ok(()),
    };
    let tx = app.db.begin().await?;
    match closed {
        Ok(()) => outbox::end(&tx, item, "done", "").await?,
        Err(Unsettled::Store(error)) => return Err(error),
        Err(Unsettled::Gateway(error)) => {
            outbox::retry(&tx, item, app.clock.now_ms() + RETRY_MS, &error.to_string()).await?;
        }
    }
    tx.commit().await
}

/// Closes the page and settles the attempt by the gateway's truth: it may have been paid on just before.
async fn close(app: &App, gateway: &Gateway, open: Attempt) -> Result<(), Unsettled> {
    // Where no answer told of a page there may be one all the same: the truth names it.
    let open = match &open.session {
        Some(_) => open,
        None => settle_payment::of_attempt(app, gateway, &open, &[]).await?,
    };
    if let Some(session) = &open.session {
        match gateway.expire_session(session).await {
            // Refused where it is paid or over.
            Ok(_) | Err(GatewayError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
        settle_payment::of_attempt(app, gateway, &open, &[]).await?;
    }
    Ok(())
}
