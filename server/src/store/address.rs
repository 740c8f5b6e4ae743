//! Addresses: which of them bounced or asked to be left alone. One that is not here is fine.

use super::db::{Error, Query, Row, Tx, Value};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Addresses that a statement is asked about together.
const TOGETHER: usize = 100;

/// What is known of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may be used (again).
    Ok,
    /// What was sent to it came back for good.
    Bounced,
    /// Whoever reads it asked for no more reminders there.
    OptedOut,
}

impl State {
    const ALL: [Self; 3] = [Self::Ok, Self::Bounced, Self::OptedOut];

    /// The name in the database, and the reason for which a message to it is withheld.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bounced => "bounced",
            Self::OptedOut => "opted_out",
        }
    }

    /// Reads a name written by [`State::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// An address about which something is known.
#[derive(Clone, Debug)]
pub struct Address {
    /// `email` or `sms`.
    pub channel: String,
    /// It, in small letters or E.164.
    pub address: String,
    /// Whom it was last about.
    pub debtor: DebtorId,
    /// What is known.
    pub state: State,
    /// Why, in words: the other server's, the person's own, or a user's.
    pub reason: String,
    /// The contact that it follows from.
    pub contact: Option<String>,
    /// Who: `debtor`, `carrier`, `user:` and an id.
    pub actor: String,
    /// Epoch milliseconds.
    pub at_ms: i64,
}

fn read(row: &Row) -> Result<Address, Error> {
    Ok(Address {
        channel: row.text(0)?,
        address: row.text(1)?,
        debtor: row.text(2)?.into(),
        state: row.code(3, State::parse)?,
        reason: row.text(4)?,
        contact: row.text_or_null(5)?,
        actor: row.text(6)?,
        at_ms: row.int(7)?,
    })
}

/// Writes what is known of an address now.
pub async fn put(tx: &Tx, business: &BusinessId, a: &Address) -> Result<(), Error> {
    let sql =
        "INSERT INTO addresses (business_id, channel, address, debtor_id, state, reason, contact_id, actor, at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               ON CONFLICT (business_id, channel, address) DO UPDATE SET debtor_id = excluded.debtor_id,
                 state = excluded.state, reason = excluded.reason, contact_id = excluded.contact_id,
                 actor = excluded.actor, at_ms = excluded.at_ms";
    let args = args![
        business,
        &a.channel,
        &a.address,
        &a.debtor,
        a.state.code(),
        &a.reason,
        a.contact.clone(),
        &a.actor,
        a.at_ms
    ];
    tx.run(sql, args).await.map(drop)
}

/// What is known of an address, where anything is.
pub async fn find(
    q: &impl Query,
    business: &BusinessId,
    channel: &str,
    address: &str,
) -> Result<Option<Address>, Error> {
    let sql = "SELECT channel, address, debtor_id, state, reason, contact_id, actor, at_ms FROM addresses
               WHERE business_id = $1 AND channel = $2 AND address = $3";
    q.row(sql, args![business, channel, address]).await?.as_ref().map(read).transpose()
}

static MARKED: LazyLock<String> = LazyLock::new(|| {
    let marks = (1..=TOGETHER).map(|n| format!("${}", n + 2)).collect::<Vec<_>>().join(", ");
    format!("SELECT address, state FROM addresses WHERE business_id = $1 AND channel = $2 AND address IN ({marks})")
});

/// What is known of those addresses of a channel of which anything is.
pub async fn list_marked(
    q: &impl Query,
    business: &BusinessId,
    channel: &str,
    addresses: impl Iterator<Item = &String>,
) -> Result<HashMap<String, State>, Error> {
    let addresses: Vec<&String> = addresses.collect();
    let mut marked = HashMap::new();
    for chunk in addresses.chunks(TOGETHER) {
        let mut args = args![business, channel];
        // A page that is not full repeats its last address, so that there is one statement.
        args.extend((0..TOGETHER).filter_map(|at| chunk.get(at).or(chunk.last())).map(|one| Value::from(*one)));
        for row in q.rows(&MARKED, args).await? {
            marked.insert(row.text(0)?, row.code(1, State::parse)?);
        }
    }
    Ok(marked)
}
