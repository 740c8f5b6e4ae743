//! The password again: whoever sits at an open screen must know it to change how the account is signed in to.

use crate::app::App;
use crate::password;
use crate::store::Error;
use crate::store::user::{self, User};
use kept_domain::ids::{BusinessId, UserId};

/// The user, where what was typed is their password.
///
/// # Errors
/// The store's.
pub async fn trusted(app: &App, business: &BusinessId, id: &UserId, typed: &str) -> Result<Option<User>, Error> {
    let found = user::find(&app.db, business, id).await?;
    let right = password::verify(typed, found.as_ref().map(|user| user.password_hash.as_str())).await;
    Ok(found.filter(|_| right))
}
