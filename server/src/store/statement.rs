//! Bank statements and their lines.

use super::bulk::Bulk;
use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId, TransferId};
use kept_domain::matching::{Earlier, Verdict};
use kept_domain::money::Currency;
use kept_domain::statement::{Direction, Line};
use std::collections::HashSet;
use std::sync::LazyLock;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is in the ledger.
    Booked,
    /// A person decides whose it is.
    Suggested,
    /// Nobody knows whose it is.
    Unmatched,
    /// A person said that it is no customer's payment.
    Dismissed,
}

impl State {
    /// The name in the database and in reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Suggested => "suggested",
            Self::Unmatched => "unmatched",
            Self::Dismissed => "dismissed",
        }
    }

    /// Reads a name written by [`State::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Booked, Self::Suggested, Self::Unmatched, Self::Dismissed].into_iter().find(|s| s.code() == code)
    }
}

/// A file that brought something new.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its id.
    pub id: String,
    /// What the file was called.
    pub file_name: String,
    /// `camt.053`, `MT940`, `OFX` or `CSV`.
    pub format: String,
    /// The last day that it covers.
    pub until_on: Option<NaiveDate>,
    /// Lines in it that were known.
    pub unchanged: i64,
    /// Movements in it that are no customer's payment.
    pub ignored: i64,
    /// Who brought it.
    pub actor: String,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
}

/// A line, and what became of it.
#[derive(Clone, Debug)]
pub struct StoredLine {
    /// Its id.
    pub id: String,
    /// The file that brought it.
    pub statement: String,
    /// What the bank says.
    pub line: Line,
    /// What became of it.
    pub state: State,
    /// What the rule said.
    pub verdict: Verdict,
    /// Whose payment it is booked as.
    pub debtor: Option<DebtorId>,
    /// Its booking.
    pub transfer: Option<TransferId>,
    /// How often it was booked.
    pub bookings: i64,
    /// Who decided: `rule`, or a person.
    pub decided_by: String,
    /// Why somebody dismissed it.
    pub reason: String,
    /// Epoch milliseconds.
    pub decided_at_ms: Option<i64>,
}

static LINES: LazyLock<Bulk> = LazyLock::new(|| {
    Bulk::new(
        "statement_lines",
        "business_id, id, statement_id, identity, account, bank_reference, booked_on, direction, amount_minor, currency, payer, \
         payer_account, reference, words, state, verdict, debtor_id, transfer_id, bookings, decided_by, reason, decided_at_ms",
    )
});

/// The identities of lines that were booked by the bank within these days.
pub async fn identities(
    q: &impl Query,
    business: &BusinessId,
    from_on: NaiveDate,
    to_on: NaiveDate,
) -> Result<HashSet<String>, Error> {
    let sql = "SELECT identity FROM statement_lines WHERE business_id = $1 AND booked_on >= $2 AND booked_on <= $3";
    q.rows(sql, args![business, from_on, to_on]).await?.iter().map(|row| row.text(0)).collect()
}

/// Whether a line of a bank statement brought a payment.
pub async fn is_line(q: &impl Query, business: &BusinessId, transfer: &TransferId) -> Result<bool, Error> {
    let sql = "SELECT id FROM statement_lines WHERE business_id = $1 AND transfer_id = $2 LIMIT 1";
    Ok(q.row(sql, args![business, transfer]).await?.is_some())
}

/// What earlier files brought within these days.
pub async fn earlier(
    q: &impl Query,
    business: &BusinessId,
    from_on: NaiveDate,
    to_on: NaiveDate,
) -> Result<Vec<Earlier>, Error> {
    let sql = "SELECT account, booked_on, currency, amount_minor, debtor_id FROM statement_lines
               WHERE business_id = $1 AND booked_on >= $2 AND booked_on <= $3 AND direction = 'arrived'";
    let rows = q.rows(sql, args![business, from_on, to_on]).await?;
    let read = |row: &Row| {
        Ok(Earlier {
            account: row.text(0)?,
            on: row.date(1)?,
            currency: row.currency(2)?,
            amount_minor: row.int(3)?,
            debtor: row.text_or_null(4)?.map(Into::into),
        })
    };
    rows.iter().map(read).collect()
}

/// Accounts from which payments came that are booked, with whose they are.
pub async fn payer_accounts(q: &impl Query, business: &BusinessId) -> Result<Vec<(String, DebtorId)>, Error> {
    let sql = "SELECT DISTINCT payer_account, debtor_id FROM statement_lines
               WHERE business_id = $1 AND state = 'booked' AND payer_account <> '' AND debtor_id IS NOT NULL";
    q.rows(sql, args![business]).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?.into()))).collect()
}

/// Stores a file and its lines with their identities.
pub async fn insert(
    tx: &Tx,
    business: &BusinessId,
    s: &Statement,
    lines: &[(String, StoredLine)],
) -> Result<(), Error> {
    let sql =
        "INSERT INTO statements (business_id, id, file_name, format, until_on, unchanged, ignored, actor, created_at_ms)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let args =
        args![business, &s.id, &s.file_name, &s.format, s.until_on, s.unchanged, s.ignored, &s.actor, s.created_at_ms];
    tx.run(sql, args).await?;
    let mut values = Vec::new();
    for (identity, stored) in lines {
        let l = &stored.line;
        values.extend(args![
            business,
            &stored.id,
            &stored.statement,
            identity,
            &l.account,
            &l.bank_reference,
            l.booked_on,
            l.direction.code(),
            l.amount_minor,
            l.currency,
            &l.payer,
            &l.payer_account,
            &l.reference,
            &l.words,
            stored.state.code(),
            json(&stored.verdict)?,
            stored.debtor.as_ref().map(|d| d.as_str()),
            stored.transfer.as_ref().map(|t| t.as_str()),
            stored.bookings,
            &stored.decided_by,
            &stored.reason,
            stored.decided_at_ms
        ]);
    }
    LINES.insert(tx, values).await
}

fn json(verdict: &Verdict) -> Result<String, Error> {
    serde_json::to_string(verdict).map_err(|_| Error::Corrupt("verdict".into()))
}

macro_rules! select_lines {
    ($rest:literal) => {
        concat!(
            "SELECT id, statement_id, account, bank_reference, booked_on, direction, amount_minor, currency, payer,
             payer_account, reference, words, state, verdict, debtor_id, transfer_id, bookings, decided_by, reason,
             decided_at_ms FROM statement_lines ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<StoredLine, Error> {
    Ok(StoredLine {
        id: row.text(0)?,
        statement: row.text(1)?,
        line: Line {
            account: row.text(2)?,
            bank_reference: row.text(3)?,
            booked_on: row.date(4)?,
            direction: row.code(5, Direction::parse)?,
            amount_minor: row.int(6)?,
            currency: row.currency(7)?,
            payer: row.text(8)?,
            payer_account: row.text(9)?,
            reference: row.text(10)?,
            words: row.text(11)?,
        },
        state: row.code(12, State::parse)?,
        verdict: serde_json::from_str(&row.text(13)?).map_err(|_| Error::Corrupt("verdict".into()))?,
        debtor: row.text_or_null(14)?.map(DebtorId),
        transfer: row.text_or_null(15)?.map(TransferId),
        bookings: row.int(16)?,
        decided_by: row.text(17)?,
        reason: row.text(18)?,
        decided_at_ms: row.int_or_null(19)?,
    })
}

/// Lines that are booked, of this amount, newest first: one of them may be what a bank took back.
pub async fn list_booked_of(
    q: &impl Query,
    business: &BusinessId,
    currency: Currency,
    amount_minor: i64,
    limit: u32,
) -> Result<Vec<StoredLine>, Error> {
    let sql = select_lines!(
        "WHERE business_id = $1 AND state = 'booked' AND direction = 'arrived' AND currency = $2 AND amount_minor = $3
         ORDER BY booked_on DESC, id DESC LIMIT $4"
    );
    q.rows(sql, args![business, currency, amount_minor, limit]).await?.iter().map(read).collect()
}

/// A line, taken until the transaction ends, so that two people decide on it one after another.
pub async fn lock_line(tx: &Tx, business: &BusinessId, id: &str) -> Result<Option<StoredLine>, Error> {
    let sql = "UPDATE statement_lines SET state = state WHERE business_id = $1 AND id = $2";
    if tx.run(sql, args![business, id]).await? == 0 {
        return Ok(None);
    }
    find_line(tx, business, id).await
}

/// A line.
pub async fn find_line(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<StoredLine>, Error> {
    let sql = select_lines!("WHERE business_id = $1 AND id = $2");
    q.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Stores what was decided on a line.
pub async fn update_line(tx: &Tx, business: &BusinessId, l: &StoredLine) -> Result<(), Error> {
    let sql = "UPDATE statement_lines SET state = $3, verdict = $4, debtor_id = $5, transfer_id = $6, bookings = $7,
               decided_by = $8, reason = $9, decided_at_ms = $10 WHERE business_id = $1 AND id = $2";
    let args = args![
        business,
        &l.id,
        l.state.code(),
        json(&l.verdict)?,
        l.debtor.as_ref().map(|d| d.as_str()),
        l.transfer.as_ref().map(|t| t.as_str()),
        l.bookings,
        &l.decided_by,
        &l.reason,
        l.decided_at_ms
    ];
    tx.run(sql, args).await.map(drop)
}

/// Lines that wait for a decision, oldest first.
pub async fn list_waiting(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<StoredLine>, Error> {
    let sql =
        select_lines!("WHERE business_id = $1 AND state IN ('suggested', 'unmatched') ORDER BY booked_on, id LIMIT $2");
    q.rows(sql, args![business, limit]).await?.iter().map(read).collect()
}

/// What a file brought, in its order.
pub async fn list_lines(
    q: &impl Query,
    business: &BusinessId,
    statement: &str,
    offset: u32,
    limit: u32,
) -> Result<Vec<StoredLine>, Error> {
    let sql = select_lines!("WHERE business_id = $1 AND statement_id = $2 ORDER BY id LIMIT $4 OFFSET $3");
    q.rows(sql, args![business, statement, offset, limit]).await?.iter().map(read).collect()
}

/// A file with how its lines stand.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The file.
    pub statement: Statement,
    /// Lines that are booked.
    pub booked: i64,
    /// Lines that wait for a decision.
    pub open: i64,
}

macro_rules! select_statements {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.file_name, s.format, s.until_on, s.unchanged, s.ignored, s.actor, s.created_at_ms,
               (SELECT COUNT(*) FROM statement_lines l WHERE l.business_id = $1 AND l.statement_id = s.id
                  AND l.state = 'booked'),
               (SELECT COUNT(*) FROM statement_lines l WHERE l.business_id = $1 AND l.statement_id = s.id
                  AND l.state IN ('suggested', 'unmatched'))
             FROM statements s ",
            $rest
        )
    };
}

fn read_listed(row: &Row) -> Result<Listed, Error> {
    Ok(Listed {
        statement: Statement {
            id: row.text(0)?,
            file_name: row.text(1)?,
            format: row.text(2)?,
            until_on: row.date_or_null(3)?,
            unchanged: row.int(4)?,
            ignored: row.int(5)?,
            actor: row.text(6)?,
            created_at_ms: row.int(7)?,
        },
        booked: row.int(8)?,
        open: row.int(9)?,
    })
}

/// Files that were imported, newest first.
pub async fn list(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<Listed>, Error> {
    let sql = select_statements!("WHERE s.business_id = $1 ORDER BY s.id DESC LIMIT $2");
    q.rows(sql, args![business, limit]).await?.iter().map(read_listed).collect()
}

/// One of them.
pub async fn find(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<Listed>, Error> {
    let sql = select_statements!("WHERE s.business_id = $1 AND s.id = $2");
    q.row(sql, args![business, id]).await?.as_ref().map(read_listed).transpose()
}
