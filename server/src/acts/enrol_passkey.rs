//! Adding a passkey to one's own account, and removing one.

use super::trusted::trusted;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::passkeys::{self, Unusable};
use crate::secret;
use crate::store::Error;
use crate::store::ceremony::{self, Ceremony};
use crate::store::passkey::{self, Passkey};
use kept_domain::ids::{BusinessId, UserId};

/// What is begun by asking a device for a new key.
const ENROL: &str = "passkey_enrol";
/// Passkeys that one person can have.
const KEYS_MAX: usize = 20;

/// What came of asking to begin.
#[derive(Debug)]
pub enum Begun {
    /// What the browser is asked, and the token with which it is answered.
    Asked(serde_json::Value, String),
    /// The password is not right.
    WrongPassword,
    /// They have as many as one can have.
    TooMany,
}

/// Begins, with the password of whoever adds a way to sign in.
///
/// # Errors
/// Where the installation's address cannot have passkeys, or the store fails.
pub async fn begin(app: &App, business: &BusinessId, id: &UserId, typed: &str) -> Result<Begun, Unusable> {
    let Some(user) = trusted(app, business, id, typed).await? else { return Ok(Begun::WrongPassword) };
    let known: Vec<String> =
        passkey::list(&app.db, business, id).await?.into_iter().map(|key| key.credential).collect();
    if known.len() >= KEYS_MAX {
        return Ok(Begun::TooMany);
    }
    let (options, state) = passkeys::begin(&app.public_url(), id, &user.email, &user.name, &known)?;
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let begun = Ceremony { business: business.clone(), user: id.clone(), state };
    let tx = app.db.begin().await?;
    ceremony::insert(&tx, ENROL, &secret::sha256(&token), &begun, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(Begun::Asked(options, token))
}

/// Finishes: `false` where what the device answered is not right or too late.
///
/// # Errors
/// Where the installation's address cannot have passkeys, or the store fails.
pub async fn finish(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    begun: &str,
    name: &str,
    answer: serde_json::Value,
    actor: &Actor,
) -> Result<bool, Unusable> {
    let (now_ms, begun_hash) = (app.clock.now_ms(), secret::sha256(begun));
    let found = ceremony::find(&app.db, ENROL, &begun_hash, now_ms).await?;
    let Some(ceremony) = found.filter(|c| c.business == *business && c.user == *id) else { return Ok(false) };
    let Some((credential_id, credential)) = passkeys::finish(&app.public_url(), answer, &ceremony.state)? else {
        return Ok(false);
    };
    let name: String = name.trim().chars().take(60).collect();
    let key = Passkey {
        business: business.clone(),
        id: secret::new_id(),
        user: id.clone(),
        name: if name.is_empty() { "A passkey".to_owned() } else { name },
        credential_id,
        credential,
        created_at_ms: now_ms,
        used_at_ms: None,
    };
    let tx = app.db.begin().await?;
    if !ceremony::end(&tx, &begun_hash).await? {
        return Ok(false);
    }
    match passkey::insert(&tx, &key).await {
        Err(Error::Conflict) => return Ok(false),
        inserted => inserted?,
    }
    let happened = Happened { debtor: None, kind: "passkey_added", subject: &key.id, detail: key.name.clone() };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a passkey of one's own.
///
/// # Errors
/// `NotFound` where they have no such one, or the store's.
pub async fn remove(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    key: &str,
    actor: &Actor,
) -> Result<(), Failure<()>> {
    let tx = app.db.begin().await?;
    if !passkey::delete(&tx, business, id, key).await? {
        return Err(Failure::NotFound);
    }
    let happened = Happened { debtor: None, kind: "passkey_removed", subject: key, detail: String::new() };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
