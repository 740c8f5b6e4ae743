//! What an import reads before it decides, and writes when it has: many rows in few statements.

use super::bulk::Bulk;
use super::db::{Error, Query, Row, Tx, Value};
use super::debtor::Debtor;
use super::invoice::Invoice;
use super::ledger::Origin;
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId, TransferId};
use kept_domain::ledger::Transfer;
use kept_domain::money::Currency;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Takes the business's row until the transaction ends, so that two imports queue up. Nothing else waits for it.
pub async fn lock(tx: &Tx, business: &BusinessId) -> Result<(), Error> {
    tx.run("UPDATE businesses SET name = name WHERE business_id = $1", args![business]).await.map(drop)
}

/// Takes the rows of debtors until the transaction ends, as [`super::debtor::lock`] takes one.
pub async fn lock_debtors(tx: &Tx, business: &BusinessId, debtors: &[DebtorId]) -> Result<(), Error> {
    let sql = "UPDATE debtors SET version = version + 1, look_at_ms = 0 WHERE business_id = $1
               AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    for chunk in debtors.chunks(10) {
        let mut args = args![business];
        args.extend((0..10).filter_map(|at| chunk.get(at).or(chunk.last())).map(Value::from));
        tx.run(sql, args).await?;
    }
    Ok(())
}

/// The business's invoices by number.
pub async fn invoices(q: &impl Query, business: &BusinessId) -> Result<HashMap<String, Invoice>, Error> {
    let sql = "SELECT id, debtor_id, number, issued_on, due_on, amount_minor, currency, description
               FROM invoices WHERE business_id = $1";
    let mut found = HashMap::new();
    for row in q.rows(sql, args![business]).await? {
        let invoice = Invoice {
            id: row.text(0)?.into(),
            debtor: row.text(1)?.into(),
            number: row.text(2)?,
            issued_on: row.date(3)?,
            due_on: row.date(4)?,
            amount_minor: row.int(5)?,
            currency: row.currency(6)?,
            description: row.text(7)?,
        };
        found.insert(invoice.number.clone(), invoice);
    }
    Ok(found)
}

/// Whether the business has any invoice.
pub async fn has_invoices(q: &impl Query, business: &BusinessId) -> Result<bool, Error> {
    let sql = "SELECT id FROM invoices WHERE business_id = $1 LIMIT 1";
    Ok(q.row(sql, args![business]).await?.is_some())
}

/// Minor units left on each of the business's invoices that is not settled, what was claimed for being late not counted: that
/// is no part of the invoice.
pub async fn left_minor(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, i64>, Error> {
    let sql = "SELECT invoice_id, CAST(SUM(amount_minor) AS BIGINT) FROM entries
               WHERE business_id = $1 AND account IN ('receivable', 'late_charges')
               GROUP BY invoice_id HAVING SUM(amount_minor) <> 0";
    q.rows(sql, args![business]).await?.iter().map(|row| Ok((row.text(0)?.into(), row.int(1)?))).collect()
}

/// For each invoice that was ever disputed: minor units in open disputes, and whether an import raised one.
pub async fn disputed(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, (i64, bool)>, Error> {
    let sql = "SELECT t.invoice_id,
                 CAST(SUM(CASE WHEN d.state IN ('open', 'answered') THEN t.amount_minor ELSE 0 END) AS BIGINT),
                 CAST(MAX(CASE WHEN d.raised_by = 'import' THEN 1 ELSE 0 END) AS BIGINT)
               FROM dispute_items t JOIN disputes d ON d.business_id = t.business_id AND d.id = t.dispute_id
               WHERE t.business_id = $1 GROUP BY t.invoice_id";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.into(), (row.int(1)?, row.int(2)? != 0)))).collect()
}

/// The running commitment that covers an invoice.
#[derive(Clone, Debug)]
pub struct Covered {
    /// The commitment.
    pub commitment: CommitmentId,
    /// When it was agreed, epoch milliseconds.
    pub agreed_at_ms: i64,
    /// The last day on which a payment counts towards it; only a settlement has one.
    pub until_on: Option<NaiveDate>,
}

/// The running commitment of each invoice that one covers.
pub async fn covered(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, Covered>, Error> {
    let sql = "SELECT i.invoice_id, c.id, COALESCE(c.decided_at_ms, c.proposed_at_ms), CASE WHEN c.kind = 'settlement' THEN (SELECT MAX(s.due_on) FROM instalments s
                 WHERE s.business_id = c.business_id AND s.commitment_id = c.id) END
               FROM commitment_invoices i
               JOIN commitments c ON c.business_id = i.business_id AND c.id = i.commitment_id
               WHERE i.business_id = $1 AND c.state IN ('active', 'missed')";
    let rows = q.rows(sql, args![business]).await?;
    let read = |row: &Row| {
        let (commitment, agreed_at_ms, until_on) = (row.text(1)?.into(), row.int(2)?, row.date_or_null(3)?);
        Ok((row.text(0)?.into(), Covered { commitment, agreed_at_ms, until_on }))
    };
    rows.iter().map(read).collect()
}

/// The effects of payments that imports have booked.
pub async fn effects(q: &impl Query, business: &BusinessId) -> Result<HashSet<String>, Error> {
    let sql = "SELECT effect FROM transfers WHERE business_id = $1 AND effect LIKE 'import:%'";
    q.rows(sql, args![business]).await?.iter().map(|row| row.text(0)).collect()
}

/// The day on which money was last taken back of each invoice of which it was: given back, charged back, or booked by mistake.
pub async fn taken_back(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, NaiveDate>, Error> {
    let sql = "SELECT e.invoice_id, MAX(t.moved_on) FROM transfers t
               JOIN entries e ON e.business_id = t.business_id AND e.transfer_id = t.id
               WHERE t.business_id = $1 AND t.kind IN ('refund', 'chargeback', 'undone')
                 AND e.account = 'receivable' AND e.amount_minor > 0 GROUP BY e.invoice_id";
    days_of(q.rows(sql, args![business]).await?)
}

/// The day on which each invoice was paid that an import called paid, but for those of which that was taken out of the books.
pub async fn called_paid(q: &impl Query, business: &BusinessId) -> Result<HashMap<InvoiceId, NaiveDate>, Error> {
    let sql = "SELECT e.invoice_id, MAX(t.moved_on) FROM transfers t
               JOIN entries e ON e.business_id = t.business_id AND e.transfer_id = t.id
               WHERE t.business_id = $1 AND t.effect LIKE 'import:%:settled' AND e.account = 'receivable'
                 AND NOT EXISTS (SELECT 1 FROM transfers u
                   WHERE u.business_id = t.business_id AND u.reverses_id = t.id AND u.kind = 'undone')
               GROUP BY e.invoice_id";
    days_of(q.rows(sql, args![business]).await?)
}

fn days_of(rows: Vec<Row>) -> Result<HashMap<InvoiceId, NaiveDate>, Error> {
    rows.iter().map(|row| Ok((row.text(0)?.into(), row.date(1)?))).collect()
}

/// A part of a payment or a credit that no list of paid invoices brought, where it lies now.
#[derive(Clone, Debug)]
pub struct Part {
    /// Whose.
    pub debtor: DebtorId,
    /// Its currency.
    pub currency: Currency,
    /// The day of the payment or credit.
    pub on: NaiveDate,
    /// The invoice that it is for; none on account.
    pub invoice: Option<InvoiceId>,
    /// Minor units.
    pub minor: i64,
}

/// The parts of every payment and credit between two days, both included.
pub async fn parts(
    q: &impl Query,
    business: &BusinessId,
    from_on: NaiveDate,
    to_on: NaiveDate,
) -> Result<Vec<Part>, Error> {
    let sql = "SELECT s.debtor_id, s.currency, s.moved_on, e.invoice_id, CAST(-SUM(e.amount_minor) AS BIGINT)
               FROM entries e
               JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
               JOIN transfers s ON s.business_id = t.business_id AND s.id = COALESCE(t.reverses_id, t.id)
               WHERE e.business_id = $1 AND e.account IN ('receivable', 'on_account')
                 AND s.kind IN ('payment', 'credit_note') AND s.moved_on >= $2 AND s.moved_on <= $3
                 AND COALESCE(s.effect, '') NOT LIKE 'import:%:settled'
               GROUP BY s.id, s.debtor_id, s.currency, s.moved_on, e.invoice_id HAVING SUM(e.amount_minor) < 0
               ORDER BY s.id, e.invoice_id";
    let read = |row: &Row| {
        Ok(Part {
            debtor: row.text(0)?.into(),
            currency: row.currency(1)?,
            on: row.date(2)?,
            invoice: row.text_or_null(3)?.map(Into::into),
            minor: row.int(4)?,
        })
    };
    q.rows(sql, args![business, from_on, to_on]).await?.iter().map(read).collect()
}

static DEBTORS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "debtors",
        "business_id, id, reference, name, email, phone, address, postcode, country, language, zone, kind, born_on, \
         version, created_at_ms",
    )
});
static INVOICES: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "invoices",
        "business_id, id, debtor_id, number, issued_on, due_on, amount_minor, currency, description, created_at_ms",
    )
});
static TRANSFERS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "transfers",
        "business_id, id, debtor_id, kind, moved_on, at_ms, currency, amount_minor, method, effect, commitment_id, \
         actor, note",
    )
});
static ENTRIES: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("entries", "business_id, transfer_id, seq, debtor_id, account, invoice_id, currency, amount_minor")
});
static LINKS: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new("links", "business_id, id, debtor_id, token_hash, origin, created_at_ms, expires_at_ms, wrong_answers")
});

/// Stores new debtors.
pub async fn insert_debtors(tx: &Tx, business: &BusinessId, debtors: &[Debtor], now_ms: i64) -> Result<(), Error> {
    let mut values = Vec::new();
    for d in debtors {
        values.extend(args![
            business,
            &d.id,
            &d.reference,
            &d.name,
            &d.email,
            &d.phone,
            &d.address,
            &d.postcode,
            &d.country,
            &d.language,
            &d.zone,
            &d.kind,
            d.born_on,
            0i64,
            now_ms
        ]);
    }
    DEBTORS.insert(tx, values).await
}

/// Stores new invoices; the ledger's entries are the caller's.
pub async fn insert_invoices(tx: &Tx, business: &BusinessId, invoices: &[Invoice], now_ms: i64) -> Result<(), Error> {
    let mut values = Vec::new();
    for i in invoices {
        values.extend(args![
            business,
            &i.id,
            &i.debtor,
            &i.number,
            i.issued_on,
            i.due_on,
            i.amount_minor,
            i.currency,
            &i.description,
            now_ms
        ]);
    }
    INVOICES.insert(tx, values).await
}

/// A transfer that an import books.
#[derive(Clone, Debug)]
pub struct Booked {
    /// Its id.
    pub id: TransferId,
    /// Its entries.
    pub transfer: Transfer,
    /// Where it comes from; an import's has no attempt and no dispute and takes nothing back.
    pub origin: Origin,
}

/// Appends balanced transfers whose effects are new. The caller holds the debtors' rows, or has just made them.
pub async fn append(tx: &Tx, business: &BusinessId, booked: &[Booked], now_ms: i64) -> Result<(), Error> {
    let (mut transfers, mut entries) = (Vec::new(), Vec::new());
    for Booked { id, transfer, origin: o } in booked {
        if !transfer.is_balanced() {
            return Err(Error::Corrupt("an unbalanced transfer".into()));
        }
        let amount: i64 = transfer.entries.iter().map(|e| e.amount_minor.max(0)).sum();
        transfers.extend(args![
            business,
            id,
            &o.debtor,
            transfer.kind.code(),
            o.moved_on,
            now_ms,
            o.currency,
            amount,
            &o.method,
            o.effect.clone(),
            o.commitment.as_ref().map(|c| c.as_str()),
            &o.actor,
            &o.note
        ]);
        for (seq, entry) in (0i64..).zip(&transfer.entries) {
            let invoice = entry.account.invoice().map(InvoiceId::as_str);
            entries.extend(args![
                business,
                id,
                seq,
                &o.debtor,
                entry.account.code(),
                invoice,
                o.currency,
                entry.amount_minor
            ]);
        }
    }
    TRANSFERS.insert(tx, transfers).await?;
    ENTRIES.insert(tx, entries).await
}

/// Stores new links.
pub async fn insert_links(tx: &Tx, business: &BusinessId, links: &[super::link::NewLink]) -> Result<(), Error> {
    let mut values = Vec::new();
    for l in links {
        values.extend(args![
            business,
            &l.id,
            &l.debtor,
            &l.token_hash,
            &l.origin,
            l.created_at_ms,
            l.expires_at_ms,
            0i64
        ]);
    }
    LINKS.insert(tx, values).await
}

/// An import that has been done.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// `debtors` or `invoices`.
    pub kind: &'static str,
    /// What the file was called.
    pub file_name: String,
    /// How it was read, as JSON.
    pub options: String,
    /// What came of it, as JSON.
    pub report: String,
    /// Who did it.
    pub actor: String,
}

/// Records an import that has been done. The file itself is not kept.
pub async fn record(tx: &Tx, business: &BusinessId, i: &Import, now_ms: i64) -> Result<(), Error> {
    let sql = "INSERT INTO imports (business_id, id, kind, file_name, options, state, report, content_base64, actor,
               created_at_ms) VALUES ($1, $2, $3, $4, $5, 'done', $6, '', $7, $8)";
    let args = args![business, &i.id, i.kind, &i.file_name, &i.options, &i.report, &i.actor, now_ms];
    tx.run(sql, args).await.map(drop)
}
