//! Removing what has run out and opens nothing any more: sessions and one-time codes.

use crate::app::App;
use crate::store::{Error, code, session};

/// Removes sessions of debtors and one-time codes that have run out; answers how many.
///
/// # Errors
/// When the store fails; then nothing is removed.
pub async fn run(app: &App) -> Result<u64, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let removed = session::delete_expired(&tx, now_ms).await? + code::delete_expired(&tx, now_ms).await?;
    tx.commit().await?;
    Ok(removed)
}
