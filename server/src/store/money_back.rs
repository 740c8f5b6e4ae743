//! What debtors want back of what they paid too much, where a person has to send it.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::money::Currency;

/// One wish.
#[derive(Clone, Debug)]
pub struct MoneyBack {
    /// Its id.
    pub id: String,
    /// Whose.
    pub debtor: DebtorId,
    /// The debtor's name.
    pub who: String,
    /// The currency.
    pub currency: Currency,
    /// What was asked for, in minor units.
    pub amount_minor: i64,
    /// Epoch milliseconds.
    pub asked_at_ms: i64,
}

fn read(row: &Row) -> Result<MoneyBack, Error> {
    Ok(MoneyBack {
        id: row.text(0)?,
        debtor: row.text(1)?.into(),
        who: row.text(2)?,
        currency: row.currency(3)?,
        amount_minor: row.int(4)?,
        asked_at_ms: row.int(5)?,
    })
}

/// Stores a wish, or raises the one in this currency that waits already. The caller holds the debtor's row.
pub async fn insert_or_raise(tx: &Tx, business: &BusinessId, wish: &MoneyBack) -> Result<(), Error> {
    let sql = "UPDATE money_back SET amount_minor = amount_minor + $4
               WHERE business_id = $1 AND debtor_id = $2 AND currency = $3 AND state = 'asked'";
    if tx.run(sql, args![business, &wish.debtor, wish.currency, wish.amount_minor]).await? > 0 {
        return Ok(());
    }
    let sql = "INSERT INTO money_back (business_id, id, debtor_id, currency, amount_minor, state, asked_at_ms)
               VALUES ($1, $2, $3, $4, $5, 'asked', $6)";
    let args = args![business, &wish.id, &wish.debtor, wish.currency, wish.amount_minor, wish.asked_at_ms];
    tx.run(sql, args).await.map(drop)
}

/// The wishes of a debtor that wait.
pub async fn of_debtor(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<MoneyBack>, Error> {
    let sql = "SELECT m.id, m.debtor_id, d.name, m.currency, m.amount_minor, m.asked_at_ms FROM money_back m
               JOIN debtors d ON d.business_id = m.business_id AND d.id = m.debtor_id
               WHERE m.business_id = $1 AND m.debtor_id = $2 AND m.state = 'asked' ORDER BY m.currency";
    q.rows(sql, args![business, debtor]).await?.iter().map(read).collect()
}

/// The oldest 200 wishes of a business that wait.
pub async fn list(q: &impl Query, business: &BusinessId) -> Result<Vec<MoneyBack>, Error> {
    let sql = "SELECT m.id, m.debtor_id, d.name, m.currency, m.amount_minor, m.asked_at_ms FROM money_back m
               JOIN debtors d ON d.business_id = m.business_id AND d.id = m.debtor_id
               WHERE m.business_id = $1 AND m.state = 'asked' ORDER BY m.asked_at_ms, m.id LIMIT 200";
    q.rows(sql, args![business]).await?.iter().map(read).collect()
}

/// Ends a wish: `done` or `kept`.
pub async fn end(tx: &Tx, business: &BusinessId, id: &str, state: &str, actor: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE money_back SET state = $3, ended_by = $4, ended_at_ms = $5 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, state, actor, now_ms]).await.map(drop)
}
