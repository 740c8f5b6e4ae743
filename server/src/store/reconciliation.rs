//! Comparisons with the gateway: the runs, what they found, and what the books say of the gateway's things.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{AttemptId, BusinessId, DebtorId};
use kept_domain::ledger::TransferKind;
use kept_domain::money::Currency;
use kept_domain::reconciliation::{Discrepancy, Thing};

/// A transfer that came from the gateway.
#[derive(Clone, Debug)]
pub struct Booked {
    /// The gateway's effect: `stripe:`, its id, and what became of it.
    pub effect: String,
    /// What moved.
    pub kind: TransferKind,
    /// Minor units.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
    /// Whose money.
    pub debtor: DebtorId,
    /// The attempt that it belongs to.
    pub attempt: Option<AttemptId>,
}

fn booked(row: &Row) -> Result<Booked, Error> {
    Ok(Booked {
        effect: row.text(0)?,
        kind: row.code(1, TransferKind::parse)?,
        amount_minor: row.int(2)?,
        currency: row.currency(3)?,
        debtor: row.text(4)?.into(),
        attempt: row.text_or_null(5)?.map(AttemptId),
    })
}

/// What card payments moved from one instant to before another, epoch milliseconds.
pub async fn list_booked(
    q: &impl Query,
    business: &BusinessId,
    from_ms: i64,
    until_ms: i64,
) -> Result<Vec<Booked>, Error> {
    let sql = "SELECT effect, kind, amount_minor, currency, debtor_id, attempt_id FROM transfers
               WHERE business_id = $1 AND attempt_id IS NOT NULL AND at_ms >= $2 AND at_ms < $3 AND effect IS NOT NULL
               ORDER BY id";
    q.rows(sql, args![business, from_ms, until_ms]).await?.iter().map(booked).collect()
}

/// Transfers of these two effects: what happened first, and what took it back.
pub async fn find_booked(
    q: &impl Query,
    business: &BusinessId,
    effect: &str,
    back: &str,
) -> Result<Vec<Booked>, Error> {
    let sql = "SELECT effect, kind, amount_minor, currency, debtor_id, attempt_id FROM transfers
               WHERE business_id = $1 AND effect IN ($2, $3) ORDER BY id";
    q.rows(sql, args![business, effect, back]).await?.iter().map(booked).collect()
}

/// One comparison.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// The day whose run it is; `None` where somebody asked for it.
    pub day_on: Option<NaiveDate>,
    /// The first day that was compared.
    pub from_on: NaiveDate,
    /// The last day that was compared.
    pub until_on: NaiveDate,
    /// `running`, `failed` or `done`.
    pub state: String,
    /// Payments that were compared.
    pub payments: i64,
    /// Refunds that were compared.
    pub refunds: i64,
    /// Disputes that were compared.
    pub disputes: i64,
    /// Payments in the gateway's account that were not made by Kept.
    pub others: i64,
    /// Discrepancies that asking the gateway settled.
    pub settled: i64,
    /// Discrepancies that are left.
    pub open: i64,
    /// Why it failed.
    pub error: String,
    /// When it began, or ended, epoch milliseconds.
    pub at_ms: i64,
    /// Who had it made.
    pub actor: String,
}

fn read_run(row: &Row) -> Result<Run, Error> {
    Ok(Run {
        id: row.text(0)?,
        day_on: row.date_or_null(1)?,
        from_on: row.date(2)?,
        until_on: row.date(3)?,
        state: row.text(4)?,
        payments: row.int(5)?,
        refunds: row.int(6)?,
        disputes: row.int(7)?,
        others: row.int(8)?,
        settled: row.int(9)?,
        open: row.int(10)?,
        error: row.text(11)?,
        at_ms: row.int(12)?,
        actor: row.text(13)?,
    })
}

/// Begins the run of a day, once: `false` where it is done, under way, or not due to be tried again. It may be begun again at
/// `due_at_ms` where it does not end.
pub async fn claim_day(tx: &Tx, business: &BusinessId, run: &Run, due_at_ms: i64) -> Result<bool, Error> {
    let sql =
        "INSERT INTO reconciliations (business_id, id, day_on, from_on, until_on, state, payments, refunds, disputes,
                 others, settled, open, error, tries, due_at_ms, at_ms, actor)
               VALUES ($1, $2, $3, $4, $5, 'running', 0, 0, 0, 0, 0, 0, '', 1, $6, $7, $8)
               ON CONFLICT (business_id, day_on) WHERE day_on IS NOT NULL DO UPDATE SET state = 'running',
                 tries = reconciliations.tries + 1, due_at_ms = excluded.due_at_ms, at_ms = excluded.at_ms
               WHERE reconciliations.state <> 'done' AND reconciliations.due_at_ms <= excluded.at_ms";
    let args = args![business, &run.id, run.day_on, run.from_on, run.until_on, due_at_ms, run.at_ms, &run.actor];
    Ok(tx.run(sql, args).await? > 0)
}

/// Notes that the run of a day failed, and how often it was tried.
pub async fn fail_day(
    tx: &Tx,
    business: &BusinessId,
    day_on: NaiveDate,
    error: &str,
    now_ms: i64,
) -> Result<i64, Error> {
    let sql = "UPDATE reconciliations SET state = 'failed', error = $3, at_ms = $4
               WHERE business_id = $1 AND day_on = $2 RETURNING tries";
    let rows = tx.rows(sql, args![business, day_on, error, now_ms]).await?;
    rows.first().map_or(Ok(1), |row| row.int(0))
}

/// Says when the run of a day is tried again.
pub async fn retry_day(tx: &Tx, business: &BusinessId, day_on: NaiveDate, due_at_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE reconciliations SET due_at_ms = $3 WHERE business_id = $1 AND day_on = $2";
    tx.run(sql, args![business, day_on, due_at_ms]).await.map(drop)
}

/// Notes what a run found: that of its day, or a new one.
pub async fn finish(tx: &Tx, business: &BusinessId, r: &Run) -> Result<(), Error> {
    let sql =
        "INSERT INTO reconciliations (business_id, id, day_on, from_on, until_on, state, payments, refunds, disputes,
                 others, settled, open, error, tries, due_at_ms, at_ms, actor)
               VALUES ($1, $2, $3, $4, $5, 'done', $6, $7, $8, $9, $10, $11, '', 1, 0, $12, $13)
               ON CONFLICT (business_id, day_on) WHERE day_on IS NOT NULL DO UPDATE SET state = 'done',
                 payments = excluded.payments, refunds = excluded.refunds, disputes = excluded.disputes,
                 others = excluded.others, settled = excluded.settled, open = excluded.open, error = '',
                 at_ms = excluded.at_ms";
    let args = args![
        business, &r.id, r.day_on, r.from_on, r.until_on, r.payments, r.refunds, r.disputes, r.others, r.settled,
        r.open, r.at_ms, &r.actor
    ];
    tx.run(sql, args).await.map(drop)
}

/// The latest runs, newest first.
pub async fn list_runs(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<Run>, Error> {
    let sql =
        "SELECT id, day_on, from_on, until_on, state, payments, refunds, disputes, others, settled, open, error, at_ms,
                 actor FROM reconciliations WHERE business_id = $1 ORDER BY id DESC LIMIT $2";
    q.rows(sql, args![business, limit]).await?.iter().map(read_run).collect()
}

/// A discrepancy as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: String,
    /// What it is.
    pub facts: Discrepancy,
    /// `open`, `settled`, `gone` or `closed`.
    pub state: String,
    /// When it was found first, epoch milliseconds.
    pub found_at_ms: i64,
    /// When it was found last, epoch milliseconds.
    pub seen_at_ms: i64,
    /// When it ended, epoch milliseconds.
    pub ended_at_ms: Option<i64>,
    /// Who ended it; empty before.
    pub ended_by: String,
    /// What they said.
    pub note: String,
}

fn read(row: &Row) -> Result<Stored, Error> {
    Ok(Stored {
        id: row.text(0)?,
        facts: serde_json::from_str(&row.text(1)?).map_err(|_| Error::Corrupt("facts".into()))?,
        state: row.text(2)?,
        found_at_ms: row.int(3)?,
        seen_at_ms: row.int(4)?,
        ended_at_ms: row.int_or_null(5)?,
        ended_by: row.text(6)?,
        note: row.text(7)?,
    })
}

/// Notes that a discrepancy is there, as `open` or `settled`. One that a person has dealt with stays so as long as nothing
/// about it changes; any other is open again. `id` is for one that is new.
pub async fn note(
    tx: &Tx,
    business: &BusinessId,
    id: &str,
    d: &Discrepancy,
    state: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let facts = serde_json::to_string(d).map_err(|_| Error::Corrupt("facts".into()))?;
    let (ended_at_ms, ended_by) = if state == "open" { (None, "") } else { (Some(now_ms), "gateway") };
    let sql = "INSERT INTO discrepancies (business_id, id, thing, subject, facts, state, found_at_ms, seen_at_ms, ended_at_ms,
                 ended_by, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, '')
               ON CONFLICT (business_id, thing, subject) DO UPDATE SET facts = excluded.facts, state = excluded.state,
                 found_at_ms = CASE WHEN discrepancies.state = 'open' THEN discrepancies.found_at_ms
                   ELSE excluded.found_at_ms END,
                 seen_at_ms = excluded.seen_at_ms, ended_at_ms = excluded.ended_at_ms, ended_by = excluded.ended_by, note = ''
               WHERE discrepancies.state <> 'closed' OR discrepancies.facts <> excluded.facts";
    let args = args![business, id, d.thing.code(), &d.id, facts, state, now_ms, ended_at_ms, ended_by];
    tx.run(sql, args).await.map(drop)
}

/// Ends one that was looked at and is not there any more.
pub async fn end_gone(tx: &Tx, business: &BusinessId, thing: Thing, subject: &str, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE discrepancies SET state = 'gone', ended_at_ms = $4, ended_by = 'gateway'
               WHERE business_id = $1 AND thing = $2 AND subject = $3 AND state = 'open'";
    tx.run(sql, args![business, thing.code(), subject, now_ms]).await.map(drop)
}

/// Ends one because a person dealt with it; `false` where it is not open.
pub async fn close(tx: &Tx, business: &BusinessId, id: &str, by: &str, note: &str, now_ms: i64) -> Result<bool, Error> {
    let sql = "UPDATE discrepancies SET state = 'closed', ended_at_ms = $5, ended_by = $3, note = $4
               WHERE business_id = $1 AND id = $2 AND state = 'open'";
    Ok(tx.run(sql, args![business, id, by, note, now_ms]).await? > 0)
}

/// Finds one of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &str) -> Result<Option<Stored>, Error> {
    let sql = "SELECT id, facts, state, found_at_ms, seen_at_ms, ended_at_ms, ended_by, note FROM discrepancies
               WHERE business_id = $1 AND id = $2";
    q.row(sql, args![business, id]).await?.as_ref().map(read).transpose()
}

/// Those that wait, oldest first, at most `limit`.
pub async fn list_open(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT id, facts, state, found_at_ms, seen_at_ms, ended_at_ms, ended_by, note FROM discrepancies
               WHERE business_id = $1 AND state = 'open' ORDER BY found_at_ms, id LIMIT $2";
    q.rows(sql, args![business, limit]).await?.iter().map(read).collect()
}

/// Those that ended, newest first, at most `limit`.
pub async fn list_ended(q: &impl Query, business: &BusinessId, limit: u32) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT id, facts, state, found_at_ms, seen_at_ms, ended_at_ms, ended_by, note FROM discrepancies
               WHERE business_id = $1 AND state <> 'open' ORDER BY ended_at_ms DESC, id DESC LIMIT $2";
    q.rows(sql, args![business, limit]).await?.iter().map(read).collect()
}

/// How many wait, and since when the first does, epoch milliseconds.
pub async fn count_open(q: &impl Query, business: &BusinessId) -> Result<Option<(i64, i64)>, Error> {
    let sql = "SELECT COUNT(*), MIN(found_at_ms) FROM discrepancies WHERE business_id = $1 AND state = 'open'";
    let Some(row) = q.row(sql, args![business]).await? else { return Ok(None) };
    Ok(row.int_or_null(1)?.map(|since| (row.int(0).unwrap_or_default(), since)))
}
