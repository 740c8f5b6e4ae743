//! One's own account: the password, the app with six digits, passkeys.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::change_password::change_password;
use crate::acts::enrol_passkey::{self, Begun};
use crate::acts::enrol_totp;
use crate::door::{CONSOLE_COOKIE, No, json, see_other};
use crate::passkeys::{self, Unusable};
use crate::qr;
use crate::store::{passkey, user};
use crate::totp;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use kept_api::console::Form;
use kept_api::people::{OwnAccountView, PasskeyAnswer, PasskeyAsked, PasskeyBegin, PasskeyRow, TotpSecret};
use kept_console::own_account::own_account_page;

impl From<Unusable> for No {
    fn from(why: Unusable) -> Self {
        match why {
            Unusable::Address => Self::NotFound,
            Unusable::Store(error) => error.into(),
        }
    }
}

/// Shows it.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    page(&visitor, Form::default(), Vec::new()).await
}

async fn page(visitor: &Visitor, form: Form, codes: Vec<String>) -> Answer {
    let (db, business, me) = (&visitor.app.db, &visitor.business.id, &visitor.session.user);
    let user = user::find(db, business, me).await?.ok_or(No::NotFound)?;
    let keys = passkey::list(db, business, me).await?;
    let row = |key: passkey::Passkey| PasskeyRow {
        id: key.id,
        name: key.name,
        added: visitor.at(key.created_at_ms),
        used: key.used_at_ms.map(|at_ms| visitor.at(at_ms)),
    };
    let v = OwnAccountView {
        frame: visitor.frame().await?,
        may: user.role.words().1,
        has_totp: user.totp_secret.is_some(),
        codes_left: user::count_recovery_codes(db, business, me).await?,
        pending: user.totp_pending.as_deref().and_then(|secret| picture(secret, &user.email)),
        email: user.email,
        codes,
        passkeys: keys.into_iter().map(row).collect(),
        passkeys_usable: passkeys::is_usable(&visitor.app.public_url()),
        form: form.clone(),
    };
    Ok(send("Your account", Some(&form), || own_account_page(v)))
}

/// What the camera of an app reads.
fn picture(secret: &str, email: &str) -> Option<TotpSecret> {
    let (path, size) = qr::picture(&totp::url(secret, email)?, fast_qr::ECL::M)?;
    let groups: Vec<String> = secret.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into_owned()).collect();
    Some(TotpSecret { text: groups.join(" "), path, size })
}

/// Changes the password.
///
/// # Errors
/// When the store fails.
pub async fn password(visitor: Visitor, headers: HeaderMap, body: Bytes) -> Answer {
    let typed = form(&body)?;
    let session = CONSOLE_COOKIE.read(&visitor.app, &headers).unwrap_or_default();
    let (old, new) = (typed.value("old"), typed.value("new"));
    let (business, me) = (&visitor.business.id, &visitor.session.user);
    match refused(change_password(&visitor.app, business, me, old, new, session, &visitor.actor).await)? {
        Ok(()) => Ok(see_other("/console/account?done=password")),
        Err((field, words)) => wrong(&visitor, field, words).await,
    }
}

/// The page with one mistake; what was typed is not sent back.
async fn wrong(visitor: &Visitor, field: &'static str, words: &str) -> Answer {
    let mut form = Form::default();
    form.wrong(field, words);
    page(visitor, form, Vec::new()).await
}

/// Sets an app with six digits up, step by step, or ends its use.
///
/// # Errors
/// When the store fails.
pub async fn second_factor(visitor: Visitor, body: Bytes) -> Answer {
    let typed = form(&body)?;
    let (app, business, me, actor) = (&visitor.app, &visitor.business.id, &visitor.session.user, &visitor.actor);
    let made = match typed.value("act") {
        "begin" => enrol_totp::begin(app, business, me, typed.value("password")).await.map(|()| None),
        "confirm" => enrol_totp::confirm(app, business, me, typed.value("code"), actor).await.map(Some),
        "renew" => enrol_totp::renew(app, business, me, typed.value("password"), actor).await.map(Some),
        "end" => enrol_totp::end(app, business, me, typed.value("password"), actor).await.map(|()| None),
        _ => return Err(No::Unreadable.into()),
    };
    match refused(made)? {
        Ok(None) if typed.value("act") == "end" => Ok(see_other("/console/account?done=totp_ended")),
        Ok(None) => Ok(see_other("/console/account")),
        Ok(Some(codes)) => page(&visitor, Form::default(), codes).await,
        Err(refusal) => {
            let (field, words) = refusal.words();
            wrong(&visitor, field, words).await
        }
    }
}

/// Begins to add a passkey.
///
/// # Errors
/// 404 where the installation cannot have any or there are too many, 422 for a wrong password, or the store's.
pub async fn begin_passkey(visitor: Visitor, Json(sent): Json<PasskeyBegin>) -> Answer {
    let (business, me) = (&visitor.business.id, &visitor.session.user);
    match enrol_passkey::begin(&visitor.app, business, me, &sent.password).await.map_err(No::from)? {
        Begun::Asked(options, begun) => Ok(json(StatusCode::OK, &PasskeyAsked { options, begun })),
        Begun::WrongPassword => Ok(json(StatusCode::UNPROCESSABLE_ENTITY, &"The password is not right")),
        Begun::TooMany => Err(No::NotFound.into()),
    }
}

/// Adds the passkey that a device made.
///
/// # Errors
/// When the store fails.
pub async fn add_passkey(visitor: Visitor, Json(sent): Json<PasskeyAnswer>) -> Answer {
    let (business, me) = (&visitor.business.id, &visitor.session.user);
    let PasskeyAnswer { begun, name, credential } = sent;
    let added = enrol_passkey::finish(&visitor.app, business, me, &begun, &name, credential, &visitor.actor).await;
    Ok(match added.map_err(No::from)? {
        true => json(StatusCode::OK, &"/console/account?done=passkey"),
        false => json(StatusCode::UNPROCESSABLE_ENTITY, &""),
    })
}

/// Removes a passkey.
///
/// # Errors
/// 404 where there is no such one, or the store's.
pub async fn remove_passkey(visitor: Visitor, Path(key): Path<String>) -> Answer {
    let (business, me) = (&visitor.business.id, &visitor.session.user);
    match refused(enrol_passkey::remove(&visitor.app, business, me, &key, &visitor.actor).await)? {
        Ok(()) => Ok(see_other("/console/account?done=passkey_removed")),
        Err(()) => Err(No::NotFound.into()),
    }
}
