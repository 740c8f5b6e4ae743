//! Taking a card away at the gateway once its consent has ended, so that not even a mistake can charge it again. The worker asks,
//! as often as it takes: taking a card away twice is taking it away once.

use crate::app::App;
use crate::secret;
use crate::store::mandate::{self, Mandate};
use crate::store::outbox::{self, Item};
use crate::store::{Error, Tx, debtor};
use kept_domain::ids::{BusinessId, MandateId};
use kept_domain::mandate::State;
use serde::{Deserialize, Serialize};

/// What the outbox calls it.
pub const DETACH_CARD: &str = "detach_card";
/// Milliseconds to the next try where the gateway does not answer, at least and at most; between them it is as long as a
/// quarter of what has passed.
const RETRY_MS: (i64, i64) = (30_000, 6 * 3_600_000);

#[derive(Debug, Serialize, Deserialize)]
struct Which {
    mandate_id: MandateId,
}

/// Queues it for a consent that has ended, where a card had come with it. The caller holds the debtor's row.
///
/// # Errors
/// When the store fails.
pub async fn enqueue(tx: &Tx, business: &BusinessId, ended: &Mandate, now_ms: i64) -> Result<(), Error> {
    if ended.payment_method.is_empty() {
        return Ok(());
    }
    let which = Which { mandate_id: ended.id.clone() };
    let item = Item {
        business: business.clone(),
        id: secret::new_id(),
        debtor: ended.debtor.clone(),
        kind: DETACH_CARD.into(),
        contact: None,
        payload: serde_json::to_string(&which).map_err(|_| Error::Corrupt("payload".into()))?,
        tries: 0,
        claimed_until_ms: 0,
        created_at_ms: now_ms,
    };
    outbox::enqueue(tx, &item).await
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
    // Decided again: the same card may be kept by another consent meanwhile.
    let ended = mandate::find(&tx, &item.business, &which.mandate_id).await?.filter(|m| m.state != State::Active);
    let card = match ended {
        Some(m) if !mandate::is_card_kept(&tx, &item.business, &m.payment_method).await? => m.payment_method,
        _ => {
            outbox::end(&tx, item, "cancelled", "superseded").await?;
            return tx.commit().await;
        }
    };
    tx.commit().await?;
    let taken = match &app.gateway {
        Some(gateway) => gateway.detach_card(&card).await,
        None => Ok(()),
    };
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    match taken {
        Ok(()) => outbox::end(&tx, item, "done", "").await?,
        Err(error) => {
            let wait_ms = ((now_ms - item.created_at_ms) / 4).clamp(RETRY_MS.0, RETRY_MS.1);
            outbox::retry(&tx, item, now_ms + wait_ms, &error.to_string()).await?;
        }
    }
    tx.commit().await
}
