//! Following an invitation to the console.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::user::{self, User};
use crate::store::{Error, business, invite};
use crate::{password, secret};
use kept_domain::ids::UserId;

/// Why they did not join: fields and what to tell the person.
pub type Refusal = Vec<(&'static str, &'static str)>;

/// Makes the account that an invitation promised: the address to sign in with.
///
/// # Errors
/// `NotFound` where the invitation is gone; what cannot be taken; or the store's.
pub async fn join(app: &App, token: &str, name: &str, chosen: &str, address: &str) -> Result<String, Failure<Refusal>> {
    let (now_ms, hash) = (app.clock.now_ms(), secret::sha256(token));
    let invite = invite::find(&app.db, &hash, now_ms).await?.ok_or(Failure::NotFound)?;
    let home = business::find(&app.db, &invite.business).await?.ok_or(Failure::NotFound)?;
    let name = name.trim().to_owned();
    let mut wrong = Vec::new();
    if name.is_empty() || name.chars().count() > 200 {
        wrong.push(("name", "Enter your name"));
    }
    if let Some(words) = password::objection(chosen, &[&name, &invite.email, &home.name]) {
        wrong.push(("password", words));
    }
    if user::is_taken(&app.db, &invite.email).await? {
        wrong
            .push(("name", "Somebody signs in with your e-mail address already. Ask for an invitation to another one"));
    }
    if !wrong.is_empty() {
        return Err(Failure::Refused(wrong));
    }
    let hashed = password::hash(chosen).await.ok_or_else(|| Error::Corrupt("a password could not be hashed".into()))?;
    let id: UserId = secret::new_id();
    let new = User {
        business: invite.business.clone(),
        id: id.clone(),
        email: invite.email.clone(),
        name,
        password_hash: hashed,
        role: invite.role,
        totp_secret: None,
        totp_pending: None,
        deactivated_at_ms: None,
    };
    let tx = app.db.begin().await?;
    // Whoever is second finds the invitation gone.
    if !invite::delete(&tx, &invite.business, &invite.id).await? {
        return Err(Failure::NotFound);
    }
    user::insert(&tx, &new, now_ms).await?;
    let detail = format!("{}: {}", new.name, new.role.words().0);
    let happened = Happened { debtor: None, kind: "user_joined", subject: id.as_str(), detail };
    record(app, &tx, &invite.business, &Actor::user(&id, address), happened).await?;
    tx.commit().await?;
    Ok(invite.email)
}
