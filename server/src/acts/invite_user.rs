//! Inviting somebody to the console, and taking an invitation back.

use super::set_up::is_address;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::secret;
use crate::store::invite::{self, Invite};
use crate::store::{Error, user};
use kept_domain::ids::BusinessId;
use kept_domain::user::Role;

/// Why nobody was invited: the field and what to tell the person.
pub type Refusal = (&'static str, &'static str);

/// Invites somebody: the token of the link to hand to them, shown this once.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn invite_user(
    app: &App,
    business: &BusinessId,
    email: &str,
    role: Role,
    actor: &Actor,
) -> Result<String, Failure<Refusal>> {
    let email = email.trim().to_lowercase();
    if !is_address(&email) {
        return Err(Failure::Refused(("email", "Enter an e-mail address, like name@example.com")));
    }
    let token = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    if user::list(&tx, business).await?.iter().any(|u| u.email == email) {
        return Err(Failure::Refused(("email", "Somebody here signs in with this address already")));
    }
    let new = Invite {
        business: business.clone(),
        id: secret::new_id(),
        email: email.clone(),
        role,
        actor: actor.name.clone(),
        expires_at_ms: now_ms + invite::LIFE_MS,
    };
    invite::insert(&tx, &new, &secret::sha256(&token), now_ms).await?;
    let detail = format!("{email}: {}", role.words().0);
    record(app, &tx, business, actor, Happened { debtor: None, kind: "user_invited", subject: &new.id, detail })
        .await?;
    tx.commit().await?;
    Ok(token)
}

/// Takes an invitation back.
///
/// # Errors
/// `NotFound` where it is gone, or the store's.
pub async fn take_back(app: &App, business: &BusinessId, id: &str, actor: &Actor) -> Result<(), Failure<Refusal>> {
    let tx = app.db.begin().await?;
    if !invite::delete(&tx, business, id).await? {
        return Err(Failure::NotFound);
    }
    let happened = Happened { debtor: None, kind: "invite_taken_back", subject: id, detail: String::new() };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
