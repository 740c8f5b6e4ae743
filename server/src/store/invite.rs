//! Invitations to the console.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::BusinessId;
use kept_domain::user::Role;

/// How long an invitation waits.
pub const LIFE_MS: i64 = 7 * 86_400_000;

/// An invitation that waits for somebody.
#[derive(Clone, Debug)]
pub struct Invite {
    /// To whose console.
    pub business: BusinessId,
    /// Its id.
    pub id: String,
    /// The e-mail address that they will sign in with, in small letters.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Who invited them.
    pub actor: String,
    /// Until when, epoch milliseconds.
    pub expires_at_ms: i64,
}

fn read(row: &Row) -> Result<Invite, Error> {
    Ok(Invite {
        business: row.text(0)?.into(),
        id: row.text(1)?,
        email: row.text(2)?,
        role: row.code(3, Role::parse)?,
        actor: row.text(4)?,
        expires_at_ms: row.int(5)?,
    })
}

/// Stores a new invitation under the SHA-256 of its token; an earlier one to the same address is void.
pub async fn insert(tx: &Tx, i: &Invite, token_hash: &str, now_ms: i64) -> Result<(), Error> {
    let gone = "DELETE FROM invites WHERE business_id = $1 AND (email = $2 OR expires_at_ms <= $3)";
    tx.run(gone, args![&i.business, &i.email, now_ms]).await?;
    let sql = "INSERT INTO invites (business_id, id, token_hash, email, role, actor, created_at_ms, expires_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let args = args![&i.business, &i.id, token_hash, &i.email, i.role.code(), &i.actor, now_ms, i.expires_at_ms];
    tx.run(sql, args).await.map(drop)
}

/// Invitations of a business that still wait.
pub async fn list(q: &impl Query, business: &BusinessId, now_ms: i64) -> Result<Vec<Invite>, Error> {
    let sql = "SELECT business_id, id, email, role, actor, expires_at_ms FROM invites
               WHERE business_id = $1 AND expires_at_ms > $2 ORDER BY id LIMIT 1000";
    q.rows(sql, args![business, now_ms]).await?.iter().map(read).collect()
}

/// Finds an invitation that still waits by its token's SHA-256.
pub async fn find(q: &impl Query, token_hash: &str, now_ms: i64) -> Result<Option<Invite>, Error> {
    let sql = "SELECT business_id, id, email, role, actor, expires_at_ms FROM invites
               WHERE token_hash = $1 AND expires_at_ms > $2";
    q.row(sql, args![token_hash, now_ms]).await?.as_ref().map(read).transpose()
}

/// Takes an invitation back, or uses it up; `false` where it is gone.
pub async fn delete(tx: &Tx, business: &BusinessId, id: &str) -> Result<bool, Error> {
    Ok(tx.run("DELETE FROM invites WHERE business_id = $1 AND id = $2", args![business, id]).await? > 0)
}
