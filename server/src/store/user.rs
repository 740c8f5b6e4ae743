//! People who sign in to the console.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, UserId};

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
}

fn read(row: &Row) -> Result<User, Error> {
    Ok(User {
        business: row.text(0)?.into(),
        id: row.text(1)?.into(),
        email: row.text(2)?,
        name: row.text(3)?,
        password_hash: row.text(4)?,
    })
}

/// Stores a new user.
pub async fn insert(tx: &Tx, u: &User, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO users (business_id, id, email, name, password_hash, wrong_passwords, locked_until_ms,
               created_at_ms) VALUES ($1, $2, $3, $4, $5, 0, 0, $6)";
    tx.run(sql, args![&u.business, &u.id, &u.email, &u.name, &u.password_hash, now_ms]).await.map(drop)
}

/// Whether anybody can sign in yet, to any business.
pub async fn exists(q: &impl Query) -> Result<bool, Error> {
    Ok(q.row("SELECT id FROM users LIMIT 1", vec![]).await?.is_some())
}

/// Finds somebody by their e-mail address in small letters; it says whose console they use.
pub async fn find_by_email(q: &impl Query, email: &str) -> Result<Option<User>, Error> {
    let sql = "SELECT business_id, id, email, name, password_hash FROM users WHERE email = $1";
    q.row(sql, args![email]).await?.as_ref().map(read).transpose()
}

/// Names of a business's users.
pub async fn names(q: &impl Query, business: &BusinessId) -> Result<Vec<(UserId, String)>, Error> {
    let sql = "SELECT id, name FROM users WHERE business_id = $1 LIMIT 1000";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.into(), row.text(1)?))).collect()
}

/// Counts a try at a password before it is checked, unless the account waits. Answers how many tries there were since the
/// last right one, or `None` where the account waits or there is none.
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
