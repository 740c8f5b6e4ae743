//! Putting an app with six digits into use as a second factor, and ending its use.

use super::trusted::trusted;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::user;
use crate::store::{Error, Tx};
use crate::totp;
use kept_domain::ids::{BusinessId, UserId};

/// Why nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code is not the one that the app shows now.
    WrongCode,
    /// The password is not right.
    WrongPassword,
    /// Nothing was begun, or it is in use already.
    NotBegun,
}

impl Refusal {
    /// The field, and what to tell the person.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WrongCode => ("code", "Enter the six digits that your app shows now"),
            Self::WrongPassword => ("password", "The password is not right"),
            Self::NotBegun => ("totp", "Begin again: this was begun elsewhere or is done"),
        }
    }
}

/// Begins: a new secret waits for its first right code. Not where one is in use, which has to be ended first.
///
/// # Errors
/// Where an app is in use, a wrong password, or the store's.
pub async fn begin(app: &App, business: &BusinessId, id: &UserId, typed: &str) -> Result<(), Failure<Refusal>> {
    trusted(app, business, id, typed).await?.ok_or(Failure::Refused(Refusal::WrongPassword))?;
    let tx = app.db.begin().await?;
    let user = user::find(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    if user.totp_secret.is_some() {
        return Err(Failure::Refused(Refusal::NotBegun));
    }
    user::set_totp_pending(&tx, business, id, Some(&totp::new_secret())).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts it into use with its first right code: the recovery codes, shown this once.
///
/// # Errors
/// A wrong code, or the store's.
pub async fn confirm(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    code: &str,
    actor: &Actor,
) -> Result<Vec<String>, Failure<Refusal>> {
    let tx = app.db.begin().await?;
    let user = user::find(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let secret = user.totp_pending.filter(|_| user.totp_secret.is_none()).ok_or(Failure::Refused(Refusal::NotBegun))?;
    let step = totp::step_of(&secret, code, app.clock.now_ms()).ok_or(Failure::Refused(Refusal::WrongCode))?;
    let codes = set(&tx, business, id, &secret).await?;
    user::use_totp_step(&tx, business, id, step).await?;
    note(app, &tx, business, id, "totp_begun", actor).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Other recovery codes in place of those of before.
///
/// # Errors
/// A wrong password, or the store's.
pub async fn renew(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    typed: &str,
    actor: &Actor,
) -> Result<Vec<String>, Failure<Refusal>> {
    let user = trusted(app, business, id, typed).await?.ok_or(Failure::Refused(Refusal::WrongPassword))?;
    let secret = user.totp_secret.ok_or(Failure::Refused(Refusal::NotBegun))?;
    let tx = app.db.begin().await?;
    let codes = set(&tx, business, id, &secret).await?;
    note(app, &tx, business, id, "recovery_codes_renewed", actor).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Ends its use.
///
/// # Errors
/// A wrong password, or the store's.
pub async fn end(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    typed: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    trusted(app, business, id, typed).await?.ok_or(Failure::Refused(Refusal::WrongPassword))?;
    let tx = app.db.begin().await?;
    user::set_totp(&tx, business, id, None, &[]).await?;
    note(app, &tx, business, id, "totp_ended", actor).await?;
    tx.commit().await?;
    Ok(())
}

async fn set(tx: &Tx, business: &BusinessId, id: &UserId, secret: &str) -> Result<Vec<String>, Error> {
    let codes = totp::new_recovery_codes().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let hashes: Vec<String> = codes.iter().map(|code| totp::recovery_hash(id, code)).collect();
    user::set_totp(tx, business, id, Some(secret), &hashes).await?;
    Ok(codes)
}

async fn note(app: &App, tx: &Tx, business: &BusinessId, id: &UserId, kind: &str, actor: &Actor) -> Result<(), Error> {
    let happened = Happened { debtor: None, kind, subject: id.as_str(), detail: String::new() };
    record(app, tx, business, actor, happened).await
}
