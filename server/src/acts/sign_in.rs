//! Signing in to the console, and out.

use super::{Actor, Happened, record};
use crate::app::App;
use crate::store::{Error, console_session, user};
use crate::{password, secret};

/// Wrong passwords that are free.
const TRIES_FREE: i64 = 4;
/// The first wait; each further wrong password doubles it.
const WAIT_MS: i64 = 15_000;
/// The longest wait.
const WAIT_MAX_MS: i64 = 15 * 60_000;

/// How long an account waits after so many wrong passwords in a row, in milliseconds.
fn wait_ms(tries: i64) -> i64 {
    match tries - TRIES_FREE {
        i64::MIN..=0 => 0,
        over => WAIT_MAX_MS.min(WAIT_MS << (over - 1).min(10)),
    }
}

/// Signs in: the token of the new session, or `None`. Nothing tells an unknown address, a wrong password and an account
/// that waits apart, in words or in time.
///
/// # Errors
/// When the store fails.
pub async fn sign_in(app: &App, email: &str, typed: &str, address: &str) -> Result<Option<String>, Error> {
    let email = email.trim().to_lowercase();
    let now_ms = app.clock.now_ms();
    let found = user::find_by_email(&app.db, &email).await?;
    let hash = found.as_ref().map(|u| u.password_hash.as_str());
    // The try is counted before its result is known, so that many at once are still counted one by one; both are awaited
    // together, so that the time of writing does not show.
    let (counted, right) = tokio::join!(count(app, &email, now_ms), password::verify(typed, hash));
    let may_try = counted?;
    let Some(user) = found.filter(|_| may_try && right) else { return Ok(None) };
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let tx = app.db.begin().await?;
    user::forget_tries(&tx, &user.business, &user.id).await?;
    console_session::delete_expired(&tx, now_ms).await?;
    console_session::insert(&tx, &user.business, &user.id, &secret::sha256(&token), now_ms).await?;
    let actor = Actor { name: format!("user:{}", user.id), address: address.to_owned() };
    let happened = Happened { debtor: None, kind: "signed_in", subject: user.id.as_str(), detail: String::new() };
    record(app, &tx, &user.business, &actor, happened).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Counts a try; `false` where the account waits or there is none.
async fn count(app: &App, email: &str, now_ms: i64) -> Result<bool, Error> {
    let tx = app.db.begin().await?;
    let Some(tries) = user::count_try(&tx, email, now_ms).await? else { return Ok(false) };
    let wait = wait_ms(tries);
    if wait > 0 {
        user::lock_until(&tx, email, now_ms + wait).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Ends a session.
///
/// # Errors
/// When the store fails.
pub async fn sign_out(app: &App, token: &str) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    console_session::delete(&tx, &secret::sha256(token)).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends() {
        let waits: Vec<i64> = [1, 4, 5, 6, 7, 12, 1_000].into_iter().map(wait_ms).collect();
        assert_eq!(waits, [0, 0, 15_000, 30_000, 60_000, 900_000, 900_000]);
    }
}
