//! Choosing another password for one's own account.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::{Error, console_session, user};
use crate::{password, secret};
use kept_domain::ids::{BusinessId, UserId};

/// Why it stays: the field and what to tell the person.
pub type Refusal = (&'static str, &'static str);

/// Changes the password and ends every other session; `session` is the token of the one that stays.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn change_password(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    old: &str,
    new: &str,
    session: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let user = user::find(&app.db, business, id).await?.ok_or(Failure::NotFound)?;
    if !password::verify(old, Some(&user.password_hash)).await {
        return Err(Failure::Refused(("old", "The password is not right")));
    }
    if let Some(words) = password::objection(new, &[&user.name, &user.email]) {
        return Err(Failure::Refused(("new", words)));
    }
    let hash = password::hash(new).await.ok_or_else(|| Error::Corrupt("a password could not be hashed".into()))?;
    let tx = app.db.begin().await?;
    user::set_password(&tx, business, id, &hash).await?;
    console_session::delete_of_user(&tx, business, id, &secret::sha256(session)).await?;
    let happened = Happened { debtor: None, kind: "password_changed", subject: id.as_str(), detail: String::new() };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
