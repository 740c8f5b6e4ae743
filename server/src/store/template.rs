//! A business's own words for its messages. Versions are only ever added; the newest is in force.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::contact::Channel;
use kept_domain::ids::BusinessId;
use kept_domain::language::Language;

/// The words that a business gave a message, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The kind of message.
    pub code: String,
    /// How it goes out.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// Counts from 1.
    pub version: i64,
    /// The subject; empty where the channel has none.
    pub subject: String,
    /// The words; empty where those as delivered are in force again.
    pub body: String,
    /// Who wrote them.
    pub actor: String,
    /// When, epoch milliseconds.
    pub created_at_ms: i64,
}

fn read(row: &Row) -> Result<Version, Error> {
    Ok(Version {
        code: row.text(0)?,
        channel: row.code(1, Channel::parse)?,
        language: row.code(2, Language::parse)?,
        version: row.int(3)?,
        subject: row.text(4)?,
        body: row.text(5)?,
        actor: row.text(6)?,
        created_at_ms: row.int(7)?,
    })
}

/// The newest version of every message of a business that it changed.
pub async fn in_force(q: &impl Query, business: &BusinessId) -> Result<Vec<Version>, Error> {
    let sql = "SELECT code, channel, language, version, subject, body, actor, created_at_ms FROM templates t
               WHERE business_id = $1 AND version = (SELECT MAX(n.version) FROM templates n WHERE n.business_id = $1
                 AND n.code = t.code AND n.channel = t.channel AND n.language = t.language)
               ORDER BY code, channel, language";
    q.rows(sql, args![business]).await?.iter().map(read).collect()
}

/// The versions of one message, newest first.
pub async fn list(
    q: &impl Query,
    business: &BusinessId,
    code: &str,
    channel: Channel,
    language: Language,
    limit: u32,
) -> Result<Vec<Version>, Error> {
    let sql = "SELECT code, channel, language, version, subject, body, actor, created_at_ms FROM templates
               WHERE business_id = $1 AND code = $2 AND channel = $3 AND language = $4
               ORDER BY version DESC LIMIT $5";
    let args = args![business, code, channel.code(), language.code(), limit];
    q.rows(sql, args).await?.iter().map(read).collect()
}

/// Finds one version of one message.
pub async fn find(
    q: &impl Query,
    business: &BusinessId,
    code: &str,
    channel: Channel,
    language: Language,
    version: i64,
) -> Result<Option<Version>, Error> {
    let sql = "SELECT code, channel, language, version, subject, body, actor, created_at_ms FROM templates
               WHERE business_id = $1 AND code = $2 AND channel = $3 AND language = $4 AND version = $5";
    let args = args![business, code, channel.code(), language.code(), version];
    q.row(sql, args).await?.as_ref().map(read).transpose()
}

/// Adds a version; `false` where there is one of that number already.
pub async fn insert(tx: &Tx, business: &BusinessId, id: &str, v: &Version) -> Result<bool, Error> {
    let sql = "INSERT INTO templates
               (business_id, id, code, channel, language, version, subject, body, actor, created_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (business_id, code, channel, language, version) DO NOTHING";
    let args = args![
        business,
        id,
        &v.code,
        v.channel.code(),
        v.language.code(),
        v.version,
        &v.subject,
        &v.body,
        &v.actor,
        v.created_at_ms
    ];
    Ok(tx.run(sql, args).await? == 1)
}
