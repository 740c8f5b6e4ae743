//! The first run: whose installation it is, and its owner.

use super::found_business::unnamed;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::business::{self, Business};
use crate::store::user::{self, User};
use crate::store::{Error, Tx, setup_code};
use crate::{password, secret};
use kept_domain::ids::{BusinessId, UserId};
use kept_domain::money::Currency;
use kept_domain::template::{TELLING_NAME, telling_name};
use kept_domain::user::Role;

/// Who founds it.
#[derive(Clone, Debug)]
pub struct Founder<'a> {
    /// The business's trading name.
    pub business: &'a str,
    /// The owner's name.
    pub name: &'a str,
    /// The owner's e-mail address.
    pub email: &'a str,
    /// The owner's password.
    pub password: &'a str,
}

/// Why it was not founded: the field and what to tell the person.
pub type Refusal = Vec<(&'static str, &'static str)>;

/// Makes a code with which a stranger shows that they are who started the server.
///
/// # Errors
/// When the system has no randomness or the store fails.
pub async fn new_code(app: &App) -> Result<String, Error> {
    let code = secret::token().map_err(|_| Error::Corrupt("no randomness".into()))?;
    let tx = app.db.begin().await?;
    setup_code::insert(&tx, &secret::sha256(&code), app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(code)
}

/// Whether a text is such a code.
///
/// # Errors
/// When the store fails.
pub async fn is_code(app: &App, typed: &str) -> Result<bool, Error> {
    setup_code::exists(&app.db, &secret::sha256(typed.trim())).await
}

/// Makes the owner and names the business; a business that an import made before is adopted. Refused without a field
/// where there is an owner already.
///
/// # Errors
/// What cannot be taken, or the store's.
pub async fn set_up(app: &App, founder: &Founder<'_>, address: &str) -> Result<(), Failure<Refusal>> {
    found(app, founder, None, address).await
}

/// Adds another business to the installation, with its owner.
///
/// # Errors
/// What cannot be taken, or the store's; a `Conflict` where the e-mail address signs in already.
pub async fn add(app: &App, founder: &Founder<'_>, like: Business) -> Result<(), Failure<Refusal>> {
    found(app, founder, Some(like), "").await
}

async fn found(
    app: &App,
    founder: &Founder<'_>,
    another: Option<Business>,
    address: &str,
) -> Result<(), Failure<Refusal>> {
    let trimmed = |text: &str| text.trim().to_owned();
    let (name, person, email) = (trimmed(founder.business), trimmed(founder.name), founder.email.trim().to_lowercase());
    let mut wrong = Vec::new();
    if name.is_empty() || name.chars().count() > 200 {
        wrong.push(("business", "Enter the name of the business"));
    } else if telling_name(&name).is_some() {
        wrong.push(("business", TELLING_NAME));
    }
    if person.is_empty() || person.chars().count() > 200 {
        wrong.push(("name", "Enter your name"));
    }
    if !is_address(&email) {
        wrong.push(("email", "Enter an e-mail address, like name@example.com"));
    }
    if let Some(words) = password::objection(founder.password, &[&name, &person, &email]) {
        wrong.push(("password", words));
    }
    if !wrong.is_empty() {
        return Err(Failure::Refused(wrong));
    }
    if another.is_none() && user::exists(&app.db).await? {
        return Err(Failure::Refused(Vec::new()));
    }
    let no_hash = || Error::Corrupt("a password could not be hashed".into());
    let password_hash = password::hash(founder.password).await.ok_or_else(no_hash)?;
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    let founded = match another {
        Some(like) => {
            let new = Business { id: secret::new_id(), name: name.clone(), email: email.clone(), ..like };
            business::insert(&tx, &new, now_ms).await?;
            new.id
        }
        None => {
            let founded = adopt(&tx, &name, &email, now_ms).await?;
            // Read again: taking the business's row put two first runs in order.
            if user::exists(&tx).await? {
                return Err(Failure::Refused(Vec::new()));
            }
            founded
        }
    };
    let id: UserId = secret::new_id();
    let actor = Actor::user(&id, address);
    let detail = format!("Founded {name}");
    let happened = Happened { debtor: None, kind: "business_founded", subject: founded.as_str(), detail };
    let owner = User {
        business: founded.clone(),
        id,
        email,
        name: person,
        password_hash,
        role: Role::Owner,
        totp_secret: None,
        totp_pending: None,
        deactivated_at_ms: None,
    };
    user::insert(&tx, &owner, now_ms).await?;
    record(app, &tx, &founded, &actor, happened).await?;
    setup_code::delete_all(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Names the oldest business, or makes one. Either takes its row until the transaction ends.
async fn adopt(tx: &Tx, name: &str, email: &str, now_ms: i64) -> Result<BusinessId, Error> {
    if let Some(mut first) = business::list(tx).await?.into_iter().next() {
        first.name = name.to_owned();
        if first.email.is_empty() {
            first.email = email.to_owned();
        }
        business::update(tx, &first).await?;
        return Ok(first.id);
    }
    let currency = Currency::parse("GBP").ok_or(Error::Corrupt("currency".into()))?;
    let first = Business { name: name.to_owned(), email: email.to_owned(), ..unnamed(currency, "UTC") };
    business::insert(tx, &first, now_ms).await?;
    Ok(first.id)
}

/// Whether a text can be an e-mail address: one @, something before it, a name with a dot after it, and nothing that
/// could end a header.
pub fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    !local.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains('@')
        && text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_an_address_is_refused() {
        for good in ["a@b.co", "ada.lovelace+kept@mail.example.com"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "@b.co", "a@b", "a@.co", "a@b.", "a b@c.de", "a@b.co\nBcc: x", "a@b@c.de", "<a@b.co>"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
