//! People of the business: who signs in, what they may do, who is invited.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::change_role::{LastOwner, change_role};
use crate::acts::invite_user::{invite_user, take_back};
use crate::door::{No, see_other};
use crate::store::{invite, passkey, user};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::console::Form;
use kept_api::people::{InviteRow, UserRow, UsersView};
use kept_console::users::users_page;
use kept_domain::ids::UserId;
use kept_domain::user::Role;

/// Shows everybody.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor) -> Answer {
    page(&visitor, Form::default(), None).await
}

async fn page(visitor: &Visitor, form: Form, made: Option<(String, String)>) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let mut users = Vec::new();
    for one in user::list(db, business).await? {
        users.push(UserRow {
            passkeys: passkey::list(db, business, &one.id).await?.len(),
            is_me: one.id == visitor.session.user,
            id: one.id.to_string(),
            name: one.name,
            email: one.email,
            role: one.role,
            active: one.deactivated_at_ms.is_none(),
            has_totp: one.totp_secret.is_some(),
        });
    }
    let waiting = invite::list(db, business, visitor.app.clock.now_ms()).await?;
    let invites = waiting
        .into_iter()
        .map(|i| InviteRow { id: i.id, email: i.email, role: i.role, until: visitor.at(i.expires_at_ms) })
        .collect();
    let v = UsersView { frame: visitor.frame().await?, users, invites, made, form: form.clone() };
    Ok(send("People", Some(&form), || users_page(v)))
}

/// Invites somebody, and shows the link once.
///
/// # Errors
/// When the store fails.
pub async fn invite(visitor: Visitor, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let role = Role::parse(typed.value("role"));
    if role.is_none() {
        typed.wrong("role", "Choose what they may do");
    }
    let made = match role {
        Some(role) => {
            let email = typed.value("email");
            refused(invite_user(&visitor.app, &visitor.business.id, email, role, &visitor.actor).await)?
        }
        None => return page(&visitor, typed, None).await,
    };
    match made {
        Ok(token) => {
            let url = format!("{}/console/invite/{token}", visitor.app.public_url());
            let email = typed.value("email").trim().to_lowercase();
            page(&visitor, Form::default(), Some((url, email))).await
        }
        Err((field, words)) => {
            typed.wrong(field, words);
            page(&visitor, typed, None).await
        }
    }
}

/// Changes what somebody may do.
///
/// # Errors
/// 404 where there is no such person, or the store's.
pub async fn change(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let (business, id) = (&visitor.business.id, UserId(id));
    let now = user::find(&visitor.app.db, business, &id).await?.ok_or(No::NotFound)?;
    let (role, active) = match typed.value("act") {
        "deactivate" => (now.role, false),
        "activate" => (now.role, true),
        _ => (Role::parse(typed.value("role")).ok_or(No::Unreadable)?, now.deactivated_at_ms.is_none()),
    };
    match refused(change_role(&visitor.app, business, &id, role, active, &visitor.actor).await)? {
        Ok(()) => Ok(see_other("/console/users?done=person")),
        Err(LastOwner) => {
            typed.wrong("everybody", "There must be an owner. Make somebody else an owner first");
            page(&visitor, Form { mistakes: typed.mistakes, ..Form::default() }, None).await
        }
    }
}

/// Takes an invitation back.
///
/// # Errors
/// 404 where it is gone, or the store's.
pub async fn uninvite(visitor: Visitor, Path(id): Path<String>) -> Answer {
    match refused(take_back(&visitor.app, &visitor.business.id, &id, &visitor.actor).await)? {
        Ok(()) => Ok(see_other("/console/users?done=uninvited")),
        Err(_) => Err(No::NotFound.into()),
    }
}
