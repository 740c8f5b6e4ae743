//! Removing what has run out and opens nothing any more: sessions, one-time codes and
//! unsubscribe links.

use crate::app::App;
use crate::store::{Error, code, session, stop_link};

/// Removes sessions of debtors, one-time codes and unsubscribe links that have run out; answers how many.
///
/// # Errors
/// When the store fails; then nothing is removed.
pub async fn run(app: &App) -> Result<u64, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let removed = session::delete_expired(&tx, now_ms).await?
        + code::delete_expired(&tx, now_ms).await?
        + stop_link::delete_expired(&tx, now_ms).await?;
    tx.commit().await?;
    Ok(removed)
}
