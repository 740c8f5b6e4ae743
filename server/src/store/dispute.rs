//! Disputes, claims of payment and hardships, what they hold, and their files.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::dispute::{Kind, Reason, State};
use kept_domain::ids::{BusinessId, DebtorId, DisputeId, InvoiceId};
use kept_domain::money::Currency;

/// A dispute, claim or hardship as it is stored.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// Who raised it.
    pub debtor: DebtorId,
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Why; `Other` for hardships.
    pub reason: Reason,
    /// `everything`, `invoices`, `amount`; empty for hardships.
    pub scope: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// What it holds in all, in minor units.
    pub amount_minor: i64,
    /// In the debtor's words.
    pub words: String,
    /// When it was paid, for claims.
    pub paid_on: Option<NaiveDate>,
    /// How it was paid, for claims.
    pub paid_by: String,
    /// `debtor`, `import`, or `user:` and an id.
    pub raised_by: String,
    /// Epoch milliseconds.
    pub raised_at_ms: i64,
    /// The day by which the business answers.
    pub answer_by_on: NaiveDate,
    /// What the business answered.
    pub answer: String,
    /// What was taken off by the decision, in minor units: credited, or booked as paid.
    pub credited_minor: i64,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// Epoch milliseconds.
    pub resolved_at_ms: Option<i64>,
}

pub(super) fn read(row: &Row) -> Result<Dispute, Error> {
    Ok(Dispute {
        id: row.text(0)?.into(),
        debtor: row.text(1)?.into(),
        kind: row.code(2, Kind::parse)?,
        state: row.code(3, State::parse)?,
        reason: row.code(4, Reason::parse)?,
        scope: row.text(5)?,
        currency: row.currency(6)?,
        amount_minor: row.int(7)?,
        words: row.text(8)?,
        paid_on: row.date_or_null(9)?,
        paid_by: row.text(10)?,
        raised_by: row.text(11)?,
        raised_at_ms: row.int(12)?,
        answer_by_on: row.date(13)?,
        answer: row.text(14)?,
        credited_minor: row.int(15)?,
        resolved_by: row.text_or_null(16)?,
        resolved_at_ms: row.int_or_null(17)?,
    })
}

/// The columns that `read` reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, debtor_id, kind, state, reason, scope, currency, amount_minor, words, paid_on, paid_by,
             raised_by, raised_at_ms, answer_by_on, answer, credited_minor, resolved_by, resolved_at_ms FROM disputes ",
            $rest
        )
    };
}

/// Stores a new dispute with what it holds on each invoice.
pub async fn insert(tx: &Tx, business: &BusinessId, d: &Dispute, held: &[(InvoiceId, i64)]) -> Result<(), Error> {
    let sql = "INSERT INTO disputes (business_id, id, debtor_id, kind, state, reason, scope, currency, amount_minor,
               words, paid_on, paid_by, raised_by, raised_at_ms, answer_by_on, answer, credited_minor)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let args = args![
        business,
        &d.id,
        &d.debtor,
        d.kind.code(),
        d.state.code(),
        d.reason.code(),
        &d.scope,
        d.currency,
        d.amount_minor,
        &d.words,
        d.paid_on,
        &d.paid_by,
        &d.raised_by,
        d.raised_at_ms,
        d.answer_by_on,
        &d.answer,
        d.credited_minor
    ];
    tx.run(sql, args).await?;
    for (invoice, amount_minor) in held {
        let sql = "INSERT INTO dispute_items (business_id, dispute_id, invoice_id, amount_minor)
                   VALUES ($1, $2, $3, $4)";
        tx.run(sql, args![business, &d.id, invoice, *amount_minor]).await?;
    }
    Ok(())
}

/// Finds a dispute of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &DisputeId) -> Result<Option<Dispute>, Error> {
    q.row(select!("WHERE business_id = $1 AND id = $2"), args![business, id]).await?.as_ref().map(read).transpose()
}

/// `$1` is the business, `$2` the debtor.
pub(super) const OF_DEBTOR: &str = select!("WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT 200");

/// All disputes of a debtor, newest first.
pub async fn list_of_debtor(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Dispute>, Error> {
    q.rows(OF_DEBTOR, args![business, debtor]).await?.iter().map(read).collect()
}

/// What a dispute holds on each invoice: id, number, minor units.
pub async fn items(
    q: &impl Query,
    business: &BusinessId,
    id: &DisputeId,
) -> Result<Vec<(InvoiceId, String, i64)>, Error> {
    let sql = "SELECT t.invoice_id, i.number, t.amount_minor FROM dispute_items t
               JOIN invoices i ON i.business_id = t.business_id AND i.id = t.invoice_id
               WHERE t.business_id = $1 AND t.dispute_id = $2 ORDER BY i.due_on, i.number";
    let rows = q.rows(sql, args![business, id]).await?;
    rows.iter().map(|r| Ok((r.text(0)?.into(), r.text(1)?, r.int(2)?))).collect()
}

/// How a dispute moved on.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// The state it is in now.
    pub state: State,
    /// What was answered; empty keeps what there was.
    pub answer: &'a str,
    /// What was credited, in minor units.
    pub credited_minor: i64,
    /// Who did it.
    pub by: &'a str,
}

/// Moves a dispute on.
pub async fn set_answer(
    tx: &Tx,
    business: &BusinessId,
    id: &DisputeId,
    a: &Answer<'_>,
    now_ms: i64,
) -> Result<(), Error> {
    let ended = !a.state.is_open();
    let sql = "UPDATE disputes SET state = $3, answer = CASE WHEN $4 = '' THEN answer ELSE $4 END, credited_minor = $5,
               resolved_by = $6, resolved_at_ms = $7 WHERE business_id = $1 AND id = $2";
    let args =
        args![business, id, a.state.code(), a.answer, a.credited_minor, ended.then_some(a.by), ended.then_some(now_ms)];
    tx.run(sql, args).await.map(drop)
}

/// Records what a decision credited of an invoice, in minor units, whether that was left on it or paid already.
pub async fn set_credited(
    tx: &Tx,
    business: &BusinessId,
    id: &DisputeId,
    invoice: &InvoiceId,
    minor: i64,
) -> Result<(), Error> {
    let sql = "UPDATE dispute_items SET credited_minor = $4
               WHERE business_id = $1 AND dispute_id = $2 AND invoice_id = $3";
    tx.run(sql, args![business, id, invoice, minor]).await.map(drop)
}

/// A file of proof, without its bytes.
#[derive(Clone, Debug)]
pub struct File {
    /// Its id.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Its type, found by its content.
    pub content_type: String,
    /// Its size.
    pub size_bytes: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Stores a file of proof.
pub async fn insert_file(
    tx: &Tx,
    business: &BusinessId,
    debtor: &DebtorId,
    dispute: &DisputeId,
    f: &File,
    content_base64: &str,
) -> Result<(), Error> {
    let sql = "INSERT INTO files (business_id, id, debtor_id, dispute_id, name, content_type, size_bytes, sha256,
               content_base64) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let args =
        args![business, &f.id, debtor, dispute, &f.name, &f.content_type, f.size_bytes, &f.sha256, content_base64];
    tx.run(sql, args).await.map(drop)
}

fn read_file(row: &Row) -> Result<File, Error> {
    Ok(File {
        id: row.text(0)?,
        name: row.text(1)?,
        content_type: row.text(2)?,
        size_bytes: row.int(3)?,
        sha256: row.text(4)?,
    })
}

/// The files of a dispute.
pub async fn files(q: &impl Query, business: &BusinessId, dispute: &DisputeId) -> Result<Vec<File>, Error> {
    let sql = "SELECT id, name, content_type, size_bytes, sha256 FROM files
               WHERE business_id = $1 AND dispute_id = $2 ORDER BY id";
    q.rows(sql, args![business, dispute]).await?.iter().map(read_file).collect()
}

/// A file of a business with its bytes in base64.
pub async fn find_file(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<(File, String)>, Error> {
    let sql = "SELECT id, name, content_type, size_bytes, sha256, content_base64 FROM files
               WHERE business_id = $1 AND id = $2";
    let Some(row) = q.row(sql, args![business, id]).await? else { return Ok(None) };
    Ok(Some((read_file(&row)?, row.text(5)?)))
}
