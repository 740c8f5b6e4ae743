//! Debtors, and the row on which everything about one debtor's money queues up.

use super::db::{Db, Error, Query, Row, Tx};
use crate::args;
use kept_domain::ids::{BusinessId, DebtorId};
use std::sync::LazyLock;

/// A person or company that owes, as it is stored. Unknown texts are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debtor {
    /// Its id.
    pub id: DebtorId,
    /// The business's own number or name for it.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// Its telephone number.
    pub phone: String,
    /// Its postal address without the postcode.
    pub address: String,
    /// Its postcode.
    pub postcode: String,
    /// ISO 3166 two-letter code.
    pub country: String,
    /// ISO 639 two-letter code.
    pub language: String,
    /// IANA zone.
    pub zone: String,
    /// `person` or `company`.
    pub kind: String,
    /// Date of birth, where the business knows it.
    pub born_on: Option<chrono::NaiveDate>,
}

fn read(row: &Row) -> Result<Debtor, Error> {
    Ok(Debtor {
        id: row.text(0)?.into(),
        reference: row.text(1)?,
        name: row.text(2)?,
        email: row.text(3)?,
        phone: row.text(4)?,
        address: row.text(5)?,
        postcode: row.text(6)?,
        country: row.text(7)?,
        language: row.text(8)?,
        zone: row.text(9)?,
        kind: row.text(10)?,
        born_on: row.date_or_null(11)?,
    })
}

/// Finds a debtor by id.
pub async fn find(q: &impl Query, business: &BusinessId, id: &DebtorId) -> Result<Option<Debtor>, Error> {
    let sql = "SELECT id, reference, name, email, phone, address, postcode, country, language, zone, kind, born_on
               FROM debtors WHERE business_id = $1 AND id = $2";
    q.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Finds a debtor by the business's own reference.
pub async fn find_by_reference(
    q: &impl Query,
    business: &BusinessId,
    reference: &str,
) -> Result<Option<Debtor>, Error> {
    let sql = "SELECT id, reference, name, email, phone, address, postcode, country, language, zone, kind, born_on
               FROM debtors WHERE business_id = $1 AND reference = $2";
    q.row(sql, args![business, reference]).await?.as_ref().map(read).transpose()
}

/// All debtors of a business by reference, at most `limit`, those after `after` (empty for the first page).
pub async fn list(q: &impl Query, business: &BusinessId, after: &str, limit: u32) -> Result<Vec<Debtor>, Error> {
    let sql = "SELECT id, reference, name, email, phone, address, postcode, country, language, zone, kind, born_on
               FROM debtors WHERE business_id = $1 AND reference > $2 ORDER BY reference LIMIT $3";
    q.rows(sql, args![business, after, limit]).await?.iter().map(read).collect()
}

/// Replaces what is known of a debtor.
pub async fn update(tx: &Tx, business: &BusinessId, d: &Debtor) -> Result<(), Error> {
    let sql = "UPDATE debtors SET name = $3, email = $4, phone = $5, address = $6, postcode = $7, country = $8,
               language = $9, zone = $10, kind = $11, born_on = $12, version = version + 1, look_at_ms = 0
               WHERE business_id = $1 AND id = $2";
    let args = args![
        business,
        &d.id,
        &d.name,
        &d.email,
        &d.phone,
        &d.address,
        &d.postcode,
        &d.country,
        &d.language,
        &d.zone,
        &d.kind,
        d.born_on
    ];
    tx.run(sql, args).await.map(drop)
}

/// Takes the debtor's row until the transaction ends, so that what is read after it cannot change before the commit.
/// Every act that changes what a debtor owes or agreed begins with this, and after it the planning run looks at the
/// debtor again. `None` where there is no such debtor.
pub async fn lock(tx: &Tx, business: &BusinessId, id: &DebtorId) -> Result<Option<Debtor>, Error> {
    let sql = "UPDATE debtors SET version = version + 1, look_at_ms = 0 WHERE business_id = $1 AND id = $2
               RETURNING id, reference, name, email, phone, address, postcode, country, language, zone, kind, born_on";
    tx.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Takes the rows of at most `limit` debtors whom the planning run must look at by `now_ms`, the longest waiting first,
/// until the transaction ends. No two runs get the same, and none waits for somebody who is at work on a debtor.
pub async fn claim_due(db: &Db, tx: &Tx, business: &BusinessId, now_ms: i64, limit: u32) -> Result<Vec<Debtor>, Error> {
    macro_rules! due {
        ($lock:literal) => {
            concat!(
                "SELECT id, reference, name, email, phone, address, postcode, country, language, zone, kind, born_on
                 FROM debtors WHERE business_id = $1 AND look_at_ms <= $2 ORDER BY look_at_ms LIMIT $3",
                $lock
            )
        };
    }
    let args = args![business, now_ms, limit];
    let rows = db.claim(tx, due!(""), due!(" FOR UPDATE SKIP LOCKED"), args).await?;
    rows.iter().map(read).collect()
}

/// Debtors that are told together when they are looked at next.
const TOGETHER: usize = 100;

static LOOK_AT: LazyLock<String> = LazyLock::new(|| {
    let row = |n: usize| format!("(${}, ${}, ${})", 3 * n + 2, 3 * n + 3, 3 * n + 4);
    let pairs: Vec<String> = (0..TOGETHER).map(row).collect();
    format!(
        "UPDATE debtors SET look_at_ms = v.column2, look_reason = v.column3 FROM (VALUES {}) AS v
         WHERE debtors.business_id = $1 AND debtors.id = v.column1",
        pairs.join(", ")
    )
});

/// When a debtor is looked at next.
#[derive(Clone, Debug)]
pub struct Look {
    /// Who.
    pub debtor: DebtorId,
    /// When, epoch milliseconds.
    pub at_ms: i64,
    /// Why nothing was sent now: a reason's code, or empty.
    pub reason: String,
}

/// Says when debtors are looked at next. The caller holds their rows.
pub async fn look_at(tx: &Tx, business: &BusinessId, next: &[Look]) -> Result<(), Error> {
    for chunk in next.chunks(TOGETHER) {
        let mut args = args![business];
        // Where there are fewer, the last is told again and again.
        for look in (0..TOGETHER).filter_map(|at| chunk.get(at).or(chunk.last())) {
            args.extend(args![&look.debtor, look.at_ms, &look.reason]);
        }
        tx.run(&LOOK_AT, args).await?;
    }
    Ok(())
}
