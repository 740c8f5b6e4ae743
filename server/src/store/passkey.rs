//! Passkeys: public keys that people sign in with.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, UserId};

/// A passkey as it is stored.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Whose console it opens.
    pub business: BusinessId,
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// The id that the device gave it, in hexadecimal.
    pub credential_id: String,
    /// The public key and its counters, as the WebAuthn library writes them.
    pub credential: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
    /// When it was last used.
    pub used_at_ms: Option<i64>,
}

fn read(row: &Row) -> Result<Passkey, Error> {
    Ok(Passkey {
        business: row.text(0)?.into(),
        id: row.text(1)?,
        user: row.text(2)?.into(),
        name: row.text(3)?,
        credential_id: row.text(4)?,
        credential: row.text(5)?,
        created_at_ms: row.int(6)?,
        used_at_ms: row.int_or_null(7)?,
    })
}

/// Stores a new passkey.
pub async fn insert(tx: &Tx, p: &Passkey) -> Result<(), Error> {
    let sql = "INSERT INTO passkeys (business_id, id, user_id, name, credential_id, credential, created_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = args![&p.business, &p.id, &p.user, &p.name, &p.credential_id, &p.credential, p.created_at_ms];
    tx.run(sql, args).await.map(drop)
}

/// Somebody's passkeys, oldest first.
pub async fn list(q: &impl Query, business: &BusinessId, user: &UserId) -> Result<Vec<Passkey>, Error> {
    let sql = "SELECT business_id, id, user_id, name, credential_id, credential, created_at_ms, used_at_ms
               FROM passkeys WHERE business_id = $1 AND user_id = $2 ORDER BY id LIMIT 100";
    q.rows(sql, args![business, user]).await?.iter().map(read).collect()
}

/// Finds a passkey by the id that the device gave it; it says whose it is.
pub async fn find_by_credential(q: &impl Query, credential_id: &str) -> Result<Option<Passkey>, Error> {
    let sql = "SELECT business_id, id, user_id, name, credential_id, credential, created_at_ms, used_at_ms
               FROM passkeys WHERE credential_id = $1";
    q.row(sql, args![credential_id]).await?.as_ref().map(read).transpose()
}

/// Notes that a passkey was used, with its counters as they are after it.
pub async fn set_used(tx: &Tx, p: &Passkey, credential: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE passkeys SET credential = $3, used_at_ms = $4 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![&p.business, &p.id, credential, now_ms]).await.map(drop)
}

/// Removes a passkey of somebody; `false` where they have no such one.
pub async fn delete(tx: &Tx, business: &BusinessId, user: &UserId, id: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM passkeys WHERE business_id = $1 AND user_id = $2 AND id = $3";
    Ok(tx.run(sql, args![business, user, id]).await? > 0)
}
