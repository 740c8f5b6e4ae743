//! Signing in to the console, and out: by a password and, where it is in use, a second factor, or by a passkey.

use super::{Actor, Happened, record};
use crate::app::App;
use crate::passkeys::{self, Unusable};
use crate::store::ceremony::{self, Ceremony};
use crate::store::passkey;
use crate::store::user::User;
use crate::store::{Error, Tx, console_session, user};
use crate::{password, secret, totp};
use kept_domain::ids::{BusinessId, UserId};

/// Wrong passwords that are free.
const TRIES_FREE: i64 = 4;
/// The first wait; each further wrong password doubles it.
const WAIT_MS: i64 = 15_000;
/// The longest wait.
const WAIT_MAX_MS: i64 = 15 * 60_000;
/// What is begun by a right password where a second factor is in use.
const SECOND_FACTOR: &str = "second_factor";
/// What is begun by asking for a passkey.
const PASSKEY: &str = "passkey_sign_in";

/// How long an account waits after so many wrong passwords in a row, in milliseconds.
fn wait_ms(tries: i64) -> i64 {
    match tries - TRIES_FREE {
        i64::MIN..=0 => 0,
        over => WAIT_MAX_MS.min(WAIT_MS << (over - 1).min(10)),
    }
}

/// What became of a try.
#[derive(Debug)]
pub enum SignedIn {
    /// It was not right.
    No,
    /// The password was right; a code is asked for, with this token, within five minutes.
    CodeWanted(String),
    /// The token of the new session.
    Yes(String),
}

/// Signs in with a password. Nothing tells an unknown address, a wrong password and an account that waits apart, in
/// words or in time.
///
/// # Errors
/// When the store fails.
pub async fn sign_in(app: &App, email: &str, typed: &str, address: &str) -> Result<SignedIn, Error> {
    let email = email.trim().to_lowercase();
    let now_ms = app.clock.now_ms();
    let found = user::find_by_email(&app.db, &email).await?;
    let hash = found.as_ref().map(|u| u.password_hash.as_str());
    // The try is counted before its result is known, so that many at once are still counted one by one; both are awaited
    // together, so that the time of writing does not show.
    let (counted, right) = tokio::join!(count(app, &email, now_ms), password::verify(typed, hash));
    let may_try = counted?;
    let Some(user) = found.filter(|_| may_try && right) else { return Ok(SignedIn::No) };
    let tx = app.db.begin().await?;
    if user.totp_secret.is_some() {
        // Tries are not forgotten yet: whoever has the password must not guess codes for ever.
        let token = new_token()?;
        let begun = Ceremony { business: user.business, user: user.id, state: String::new() };
        ceremony::insert(&tx, SECOND_FACTOR, &secret::sha256(&token), &begun, now_ms).await?;
        tx.commit().await?;
        return Ok(SignedIn::CodeWanted(token));
    }
    let token = open(app, &tx, &user, "with a password", address).await?;
    tx.commit().await?;
    Ok(SignedIn::Yes(token))
}

/// Finishes signing in with the code of an app, or one of the recovery codes: the token of the new session. `None`
/// where the code is wrong or was used before, the account waits, or the five minutes are over.
///
/// # Errors
/// When the store fails.
pub async fn finish(app: &App, begun: &str, code: &str, address: &str) -> Result<Option<String>, Error> {
    let (now_ms, begun_hash) = (app.clock.now_ms(), secret::sha256(begun));
    let Some(ceremony) = ceremony::find(&app.db, SECOND_FACTOR, &begun_hash, now_ms).await? else { return Ok(None) };
    let Some(user) = user::find(&app.db, &ceremony.business, &ceremony.user).await? else { return Ok(None) };
    if user.deactivated_at_ms.is_some() || !count(app, &user.email, now_ms).await? {
        return Ok(None);
    }
    let tx = app.db.begin().await?;
    let with = if is_code(&tx, &user, code, now_ms).await? {
        "with a password and a code"
    } else if user::use_recovery_code(&tx, &user.business, &user.id, &totp::recovery_hash(&user.id, code)).await? {
        "with a password and a recovery code"
    } else {
        return Ok(None);
    };
    if !ceremony::end(&tx, &begun_hash).await? {
        return Ok(None);
    }
    let token = open(app, &tx, &user, with, address).await?;
    tx.commit().await?;
    Ok(Some(token))
}

async fn is_code(tx: &Tx, user: &User, code: &str, now_ms: i64) -> Result<bool, Error> {
    let Some(secret) = &user.totp_secret else { return Ok(false) };
    match totp::step_of(secret, code, now_ms) {
        Some(step) => user::use_totp_step(tx, &user.business, &user.id, step).await,
        None => Ok(false),
    }
}

/// Begins to sign in with a passkey: what the browser is asked, and the token with which it is answered.
///
/// # Errors
/// Where the installation's address cannot have passkeys, or the store fails.
pub async fn begin_passkey(app: &App) -> Result<(serde_json::Value, String), Unusable> {
    let (options, state) = passkeys::ask(&app.public_url())?;
    let token = new_token()?;
    let begun = Ceremony { business: BusinessId(String::new()), user: UserId(String::new()), state };
    let tx = app.db.begin().await?;
    ceremony::insert(&tx, PASSKEY, &secret::sha256(&token), &begun, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok((options, token))
}

/// Signs in with a passkey: the token of the new session, or `None` where it is not one that is known here, or the
/// account waits after too many wrong tries, of whatever sort.
///
/// # Errors
/// Where the installation's address cannot have passkeys, or the store fails.
pub async fn finish_passkey(
    app: &App,
    begun: &str,
    answer: serde_json::Value,
    address: &str,
) -> Result<Option<String>, Unusable> {
    let (now_ms, begun_hash) = (app.clock.now_ms(), secret::sha256(begun));
    let Some(ceremony) = ceremony::find(&app.db, PASSKEY, &begun_hash, now_ms).await? else { return Ok(None) };
    let tx = app.db.begin().await?;
    // Once, whether it was right or not.
    if !ceremony::end(&tx, &begun_hash).await? {
        return Ok(None);
    }
    tx.commit().await?;
    let Some(answer) = passkeys::read(answer) else { return Ok(None) };
    let Some(key) = passkey::find_by_credential(&app.db, &answer.credential_id()).await? else { return Ok(None) };
    let Some(user) = user::find(&app.db, &key.business, &key.user).await? else { return Ok(None) };
    if user.deactivated_at_ms.is_some() || !count(app, &user.email, now_ms).await? {
        return Ok(None);
    }
    let Some(used) = passkeys::check(&app.public_url(), &answer, &ceremony.state, &key.credential, &user.id)? else {
        return Ok(None);
    };
    let tx = app.db.begin().await?;
    passkey::set_used(&tx, &key, &used, now_ms).await?;
    let token = open(app, &tx, &user, "with a passkey", address).await?;
    tx.commit().await?;
    Ok(Some(token))
}

fn new_token() -> Result<String, Error> {
    secret::token().map_err(|_| Error::Corrupt("no randomness".into()))
}

/// Opens a session: its token.
async fn open(app: &App, tx: &Tx, user: &User, with: &str, address: &str) -> Result<String, Error> {
    let (token, now_ms) = (new_token()?, app.clock.now_ms());
    user::forget_tries(tx, &user.business, &user.id).await?;
    console_session::delete_expired(tx, now_ms).await?;
    console_session::insert(tx, &user.business, &user.id, &secret::sha256(&token), now_ms).await?;
    let actor = Actor::user(&user.id, address);
    let happened = Happened { debtor: None, kind: "signed_in", subject: user.id.as_str(), detail: with.to_owned() };
    record(app, tx, &user.business, &actor, happened).await?;
    Ok(token)
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
