//! Saying what somebody may do, and whether they may sign in.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::{console_session, user};
use kept_domain::ids::{BusinessId, UserId};
use kept_domain::user::Role;

/// Why it stays: nobody would be left who can change it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastOwner;

/// Gives somebody a role; `active` is whether they may sign in. Their sessions end where they may not.
///
/// # Errors
/// Where it is the last owner, or the store's.
pub async fn change_role(
    app: &App,
    business: &BusinessId,
    id: &UserId,
    role: Role,
    active: bool,
    actor: &Actor,
) -> Result<(), Failure<LastOwner>> {
    let tx = app.db.begin().await?;
    let all = user::lock_all(&tx, business).await?;
    let before = all.iter().find(|u| u.id == *id).ok_or(Failure::NotFound)?;
    let others = all.iter().filter(|u| u.id != *id && u.role == Role::Owner && u.deactivated_at_ms.is_none());
    if others.count() == 0 && (role != Role::Owner || !active) {
        return Err(Failure::Refused(LastOwner));
    }
    let was_active = before.deactivated_at_ms.is_none();
    if before.role == role && was_active == active {
        return Ok(());
    }
    let ended_at_ms = (!active).then(|| before.deactivated_at_ms.unwrap_or_else(|| app.clock.now_ms()));
    user::set_role(&tx, business, id, role, ended_at_ms).await?;
    let kind = match (was_active, active) {
        (true, false) => {
            console_session::delete_of_user(&tx, business, id, "").await?;
            "user_deactivated"
        }
        (false, true) => "user_activated",
        _ => "role_changed",
    };
    let detail = format!("{}: {}", before.name, role.words().0);
    record(app, &tx, business, actor, Happened { debtor: None, kind, subject: id.as_str(), detail }).await?;
    tx.commit().await?;
    Ok(())
}
