//! People who sign in to the console, and their second factors.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, UserId};
use kept_domain::user::Role;

/// Somebody who may sign in, as they are stored.
#[derive(Clone, Debug)]
pub struct User {
    /// Whose console they use.
    pub business: BusinessId,
    /// Their id.
    pub id: UserId,
    /// Their e-mail address in small letters: they sign in with it.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Argon2id, in the PHC format.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// The secret of their app with six digits, in base32; without one the password is enough.
    pub totp_secret: Option<String>,
    /// A secret that waits for its first right code.
    pub totp_pending: Option<String>,
    /// They may not sign in any more, since this instant.
    pub deactivated_at_ms: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT business_id, id, email, name, password_hash, role, totp_secret, totp_pending, deactivated_at_ms
             FROM users ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<User, Error> {
    Ok(User {
        business: row.text(0)?.into(),
        id: row.text(1)?.into(),
        email: row.text(2)?,
        name: row.text(3)?,
        password_hash: row.text(4)?,
        role: row.code(5, Role::parse)?,
        totp_secret: row.text_or_null(6)?,
        totp_pending: row.text_or_null(7)?,
        deactivated_at_ms: row.int_or_null(8)?,
    })
}

/// Stores a new user.
pub async fn insert(tx: &Tx, u: &User, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO users (business_id, id, email, name, password_hash, wrong_passwords, locked_until_ms,
               created_at_ms, role) VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7)";
    tx.run(sql, args![&u.business, &u.id, &u.email, &u.name, &u.password_hash, now_ms, u.role.code()]).await.map(drop)
}

/// Whether anybody can sign in yet, to any business.
pub async fn exists(q: &impl Query) -> Result<bool, Error> {
    Ok(q.row("SELECT id FROM users LIMIT 1", vec![]).await?.is_some())
}

/// Finds somebody who may sign in by their e-mail address in small letters; it says whose console they use.
pub async fn find_by_email(q: &impl Query, email: &str) -> Result<Option<User>, Error> {
    let sql = select!("WHERE email = $1 AND deactivated_at_ms IS NULL");
    q.row(sql, args![email]).await?.as_ref().map(read).transpose()
}

/// Whether an e-mail address belongs to anybody already, of any business.
pub async fn is_taken(q: &impl Query, email: &str) -> Result<bool, Error> {
    Ok(q.row("SELECT id FROM users WHERE email = $1", args![email]).await?.is_some())
}

/// Finds somebody of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &UserId) -> Result<Option<User>, Error> {
    let sql = select!("WHERE business_id = $1 AND id = $2");
    q.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Everybody of a business in the order in which they came, at most a thousand.
pub async fn list(q: &impl Query, business: &BusinessId) -> Result<Vec<User>, Error> {
    let sql = select!("WHERE business_id = $1 ORDER BY id LIMIT 1000");
    q.rows(sql, args![business]).await?.iter().map(read).collect()
}

/// Everybody of a business, taken until the transaction ends, so that two owners cannot end each other at once.
pub async fn lock_all(tx: &Tx, business: &BusinessId) -> Result<Vec<User>, Error> {
    tx.run("UPDATE users SET role = role WHERE business_id = $1", args![business]).await?;
    list(tx, business).await
}

/// Names of a business's users.
pub async fn names(q: &impl Query, business: &BusinessId) -> Result<Vec<(UserId, String)>, Error> {
    let sql = "SELECT id, name FROM users WHERE business_id = $1 LIMIT 1000";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.into(), row.text(1)?))).collect()
}

/// Says what somebody may do, and whether they may sign in at all.
pub async fn set_role(
    tx: &Tx,
    business: &BusinessId,
    id: &UserId,
    role: Role,
    deactivated_at_ms: Option<i64>,
) -> Result<(), Error> {
    let sql = "UPDATE users SET role = $3, deactivated_at_ms = $4 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, role.code(), deactivated_at_ms]).await.map(drop)
}

/// Stores another password.
pub async fn set_password(tx: &Tx, business: &BusinessId, id: &UserId, hash: &str) -> Result<(), Error> {
    let sql = "UPDATE users SET password_hash = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, hash]).await.map(drop)
}

/// Stores the secret of an app that is not in use yet, or forgets it.
pub async fn set_totp_pending(tx: &Tx, business: &BusinessId, id: &UserId, secret: Option<&str>) -> Result<(), Error> {
    let sql = "UPDATE users SET totp_pending = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, secret]).await.map(drop)
}

/// Puts an app into use, or ends its use; the recovery codes of before are gone.
pub async fn set_totp(
    tx: &Tx,
    business: &BusinessId,
    id: &UserId,
    secret: Option<&str>,
    code_hashes: &[String],
) -> Result<(), Error> {
    let sql = "UPDATE users SET totp_secret = $3, totp_pending = NULL WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, secret]).await?;
    tx.run("DELETE FROM recovery_codes WHERE business_id = $1 AND user_id = $2", args![business, id]).await?;
    for hash in code_hashes {
        let sql = "INSERT INTO recovery_codes (business_id, user_id, code_hash) VALUES ($1, $2, $3)";
        tx.run(sql, args![business, id, hash]).await?;
    }
    Ok(())
}

/// Uses the code of a time step; `false` where that one or a later one was used.
pub async fn use_totp_step(tx: &Tx, business: &BusinessId, id: &UserId, step: i64) -> Result<bool, Error> {
    let sql = "UPDATE users SET totp_step = $3 WHERE business_id = $1 AND id = $2 AND totp_step < $3";
    Ok(tx.run(sql, args![business, id, step]).await? > 0)
}

/// Uses a recovery code up; `false` where there is no such code any more.
pub async fn use_recovery_code(tx: &Tx, business: &BusinessId, id: &UserId, hash: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM recovery_codes WHERE business_id = $1 AND user_id = $2 AND code_hash = $3";
    Ok(tx.run(sql, args![business, id, hash]).await? > 0)
}

/// How many recovery codes are left.
pub async fn count_recovery_codes(q: &impl Query, business: &BusinessId, id: &UserId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM recovery_codes WHERE business_id = $1 AND user_id = $2";
    q.row(sql, args![business, id]).await?.map_or(Ok(0), |row| row.int(0))
}

/// Counts a try at a password or a code before it is checked, unless the account waits. Answers how many tries there
/// were since the last right one, or `None` where the account waits or there is none.
pub async fn count_try(tx: &Tx, email: &str, now_ms: i64) -> Result<Option<i64>, Error> {
    let sql = "UPDATE users SET wrong_passwords = wrong_passwords + 1 WHERE email = $1 AND locked_until_ms <= $2
               RETURNING wrong_passwords";
    tx.row(sql, args![email, now_ms]).await?.map(|row| row.int(0)).transpose()
}

/// Lets an account wait.
pub async fn lock_until(tx: &Tx, email: &str, until_ms: i64) -> Result<(), Error> {
    tx.run("UPDATE users SET locked_until_ms = $2 WHERE email = $1", args![email, until_ms]).await.map(drop)
}

/// Forgets wrong tries after a right one.
pub async fn forget_tries(tx: &Tx, business: &BusinessId, id: &UserId) -> Result<(), Error> {
    let sql = "UPDATE users SET wrong_passwords = 0, locked_until_ms = 0 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id]).await.map(drop)
}
