//! Commitments: promises and plans, their schedules, and the words that were shown.

use super::db::{Error, Query, Row, Tx};
use crate::args;
use chrono::NaiveDate;
use kept_domain::commitment::{Kind, State};
use kept_domain::heal::How;
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId};
use kept_domain::money::Currency;
use kept_domain::plan::{Instalment, Proposal, Schedule};

/// A commitment as it is stored.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// Its id.
    pub id: CommitmentId,
    /// Who pays.
    pub debtor: DebtorId,
    /// Promise, plan or settlement.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The currency of every amount.
    pub currency: Currency,
    /// What it covers, in minor units; of a settlement, what is to be paid.
    pub total_minor: i64,
    /// What was asked for, where it was a plan.
    pub proposal: Option<Proposal>,
    /// Exactly what was shown before it was confirmed.
    pub words: String,
    /// The version of the words.
    pub words_version: String,
    /// The language of the words.
    pub words_language: String,
    /// SHA-256 of the words.
    pub words_sha256: String,
    /// The label of the button that was pressed.
    pub button: String,
    /// How identity was checked.
    pub identity: String,
    /// The network address it came from.
    pub address: String,
    /// `debtor`, or `user:` and an id for a counter-offer.
    pub proposed_by: String,
    /// Epoch milliseconds.
    pub proposed_at_ms: i64,
    /// The day by which the other side answers.
    pub answer_by_on: Option<NaiveDate>,
    /// `terms`, `user:` and an id, or `debtor`.
    pub decided_by: Option<String>,
    /// Epoch milliseconds.
    pub decided_at_ms: Option<i64>,
    /// Why it was declined or ended.
    pub reason: String,
    /// The agreement that it takes the place of.
    pub replaces: Option<CommitmentId>,
    /// The proposal that it answers.
    pub counters: Option<CommitmentId>,
    /// Epoch milliseconds.
    pub ended_at_ms: Option<i64>,
    /// What was done to heal it and those before it, a word each; empty where it was made anew.
    pub healed: String,
    /// All that a settlement settles, in minor units; 0 for others.
    pub settles_minor: i64,
}

impl Commitment {
    /// Its payments have moved once already.
    pub fn has_moved(&self) -> bool {
        self.healed.split(' ').any(|how| how == How::Shift.code())
    }

    /// What was done to heal the one before it, where it came out of that.
    pub fn last_healed(&self) -> Option<How> {
        self.healed.split(' ').next_back().and_then(How::parse)
    }
}

/// What a list tells of a commitment.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Its id.
    pub id: CommitmentId,
    /// Promise or plan.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The currency of every amount.
    pub currency: Currency,
    /// What it covers, in minor units.
    pub total_minor: i64,
    /// Epoch milliseconds.
    pub proposed_at_ms: i64,
    /// The day by which the other side answers.
    pub answer_by_on: Option<NaiveDate>,
}

impl Commitment {
    /// What a list tells of it.
    pub fn brief(&self) -> Brief {
        Brief {
            id: self.id.clone(),
            kind: self.kind,
            state: self.state,
            currency: self.currency,
            total_minor: self.total_minor,
            proposed_at_ms: self.proposed_at_ms,
            answer_by_on: self.answer_by_on,
        }
    }
}

/// A debtor's commitments, newest first. `$1` is the business, `$2` the debtor.
pub(super) const BRIEFLY: &str = "SELECT id, kind, state, currency, total_minor, proposed_at_ms, answer_by_on
               FROM commitments WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT 200";

pub(super) fn read_brief(row: &Row) -> Result<Brief, Error> {
    Ok(Brief {
        id: row.text(0)?.into(),
        kind: row.code(1, Kind::parse)?,
        state: row.code(2, State::parse)?,
        currency: row.currency(3)?,
        total_minor: row.int(4)?,
        proposed_at_ms: row.int(5)?,
        answer_by_on: row.date_or_null(6)?,
    })
}

fn read(row: &Row) -> Result<Commitment, Error> {
    let proposal = row.text(6)?;
    let proposal = if proposal.is_empty() {
        None
    } else {
        Some(serde_json::from_str(&proposal).map_err(|_| Error::Corrupt("proposal".into()))?)
    };
    Ok(Commitment {
        id: row.text(0)?.into(),
        debtor: row.text(1)?.into(),
        kind: row.code(2, Kind::parse)?,
        state: row.code(3, State::parse)?,
        currency: row.currency(4)?,
        total_minor: row.int(5)?,
        proposal,
        words: row.text(7)?,
        words_version: row.text(8)?,
        words_language: row.text(9)?,
        words_sha256: row.text(10)?,
        button: row.text(11)?,
        identity: row.text(12)?,
        address: row.text(13)?,
        proposed_by: row.text(14)?,
        proposed_at_ms: row.int(15)?,
        answer_by_on: row.date_or_null(16)?,
        decided_by: row.text_or_null(17)?,
        decided_at_ms: row.int_or_null(18)?,
        reason: row.text(19)?,
        replaces: row.text_or_null(20)?.map(CommitmentId),
        counters: row.text_or_null(21)?.map(CommitmentId),
        ended_at_ms: row.int_or_null(22)?,
        healed: row.text(23)?,
        settles_minor: row.int(24)?,
    })
}

/// The columns that `read` reads, in its order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, debtor_id, kind, state, currency, total_minor, proposal, words, words_version, words_language,
             words_sha256, button, identity, address, proposed_by, proposed_at_ms, answer_by_on, decided_by,
             decided_at_ms, reason, replaces_id, counters_id, ended_at_ms, healed, settles_minor FROM commitments ",
            $rest
        )
    };
}

/// Stores a new commitment with its payments and the invoices it covers.
pub async fn insert(
    tx: &Tx,
    business: &BusinessId,
    c: &Commitment,
    schedule: &Schedule,
    invoices: &[(InvoiceId, i64)],
) -> Result<(), Error> {
    let proposal = match &c.proposal {
        Some(proposal) => serde_json::to_string(proposal).map_err(|_| Error::Corrupt("proposal".into()))?,
        None => String::new(),
    };
    let sql =
        "INSERT INTO commitments (business_id, id, debtor_id, kind, state, currency, total_minor, proposal, words,
               words_version, words_language, words_sha256, button, identity, address, proposed_by, proposed_at_ms,
               answer_by_on, decided_by, decided_at_ms, reason, replaces_id, counters_id, healed,
               settles_minor)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
               $22, $23, $24, $25)";
    let args = args![
        business,
        &c.id,
        &c.debtor,
        c.kind.code(),
        c.state.code(),
        c.currency,
        c.total_minor,
        proposal,
        &c.words,
        &c.words_version,
        &c.words_language,
        &c.words_sha256,
        &c.button,
        &c.identity,
        &c.address,
        &c.proposed_by,
        c.proposed_at_ms,
        c.answer_by_on,
        c.decided_by.clone(),
        c.decided_at_ms,
        &c.reason,
        c.replaces.as_ref().map(|r| r.as_str()),
        c.counters.as_ref().map(|r| r.as_str()),
        &c.healed,
        c.settles_minor
    ];
    tx.run(sql, args).await?;
    for (seq, one) in (0i64..).zip(&schedule.instalments) {
        let sql = "INSERT INTO instalments (business_id, commitment_id, seq, due_on, amount_minor)
                   VALUES ($1, $2, $3, $4, $5)";
        tx.run(sql, args![business, &c.id, seq, one.due_on, one.amount_minor]).await?;
    }
    for (invoice, left_minor) in invoices {
        let sql = "INSERT INTO commitment_invoices (business_id, commitment_id, invoice_id, left_minor)
                   VALUES ($1, $2, $3, $4)";
        tx.run(sql, args![business, &c.id, invoice, *left_minor]).await?;
    }
    Ok(())
}

/// Finds a commitment of a business.
pub async fn find(q: &impl Query, business: &BusinessId, id: &CommitmentId) -> Result<Option<Commitment>, Error> {
    q.row(select!("WHERE business_id = $1 AND id = $2"), args![business, id]).await?.as_ref().map(read).transpose()
}

/// All commitments of a debtor, newest first.
pub async fn list_of_debtor(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
) -> Result<Vec<Commitment>, Error> {
    let sql = select!("WHERE business_id = $1 AND debtor_id = $2 ORDER BY id DESC LIMIT 200");
    q.rows(sql, args![business, debtor]).await?.iter().map(read).collect()
}

/// The payments of each of a debtor's running commitments. `$1` is the business, `$2` the debtor. CROSS JOIN is where
/// SQLite begins with the table on the left; else it would walk through all instalments of the business.
pub(super) const RUNNING_SCHEDULES: &str = "SELECT i.commitment_id, i.due_on, i.amount_minor
               FROM commitments c CROSS JOIN instalments i
               WHERE c.business_id = $1 AND c.debtor_id = $2 AND c.state IN ('active', 'missed')
                 AND i.business_id = c.business_id AND i.commitment_id = c.id
               ORDER BY i.commitment_id, i.seq";

/// A debtor's commitments that have not ended: at most a running and a waiting one in each currency.
pub async fn list_open(q: &impl Query, business: &BusinessId, debtor: &DebtorId) -> Result<Vec<Commitment>, Error> {
    let sql = select!(
        "WHERE business_id = $1 AND debtor_id = $2 AND state IN ('proposed', 'countered', 'active', 'missed')
         ORDER BY id DESC"
    );
    q.rows(sql, args![business, debtor]).await?.iter().map(read).collect()
}

/// The payments of a commitment.
pub async fn schedule(q: &impl Query, business: &BusinessId, id: &CommitmentId) -> Result<Schedule, Error> {
    let sql = "SELECT due_on, amount_minor FROM instalments WHERE business_id = $1 AND commitment_id = $2 ORDER BY seq";
    let rows = q.rows(sql, args![business, id]).await?;
    let instalments = rows
        .iter()
        .map(|r| Ok(Instalment { due_on: r.date(0)?, amount_minor: r.int(1)? }))
        .collect::<Result<_, Error>>()?;
    Ok(Schedule { instalments })
}

/// The invoices that a commitment covers: id, number and what was left on it then, in minor units.
pub async fn invoices(
    q: &impl Query,
    business: &BusinessId,
    id: &CommitmentId,
) -> Result<Vec<(InvoiceId, String, i64)>, Error> {
    let sql = "SELECT c.invoice_id, i.number, c.left_minor FROM commitment_invoices c
               JOIN invoices i ON i.business_id = c.business_id AND i.id = c.invoice_id
               WHERE c.business_id = $1 AND c.commitment_id = $2 ORDER BY i.due_on, i.number";
    let rows = q.rows(sql, args![business, id]).await?;
    rows.iter().map(|r| Ok((r.text(0)?.into(), r.text(1)?, r.int(2)?))).collect()
}

/// Moves a commitment on. Who decided is kept only when it is given.
pub async fn set_state(
    tx: &Tx,
    business: &BusinessId,
    id: &CommitmentId,
    state: State,
    decided_by: Option<&str>,
    reason: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let decided_at = decided_by.map(|_| now_ms);
    let ended_at = (!state.is_open()).then_some(now_ms);
    let sql = "UPDATE commitments SET state = $3, decided_by = COALESCE($4, decided_by),
               decided_at_ms = COALESCE($5, decided_at_ms), reason = CASE WHEN $6 = '' THEN reason ELSE $6 END,
               ended_at_ms = $7 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, state.code(), decided_by, decided_at, reason, ended_at]).await.map(drop)
}

/// Notes that what has ended was looked at again, and has ended all the same.
pub async fn set_ended(tx: &Tx, business: &BusinessId, id: &CommitmentId, now_ms: i64) -> Result<(), Error> {
    let sql = "UPDATE commitments SET ended_at_ms = $3 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, now_ms]).await.map(drop)
}

/// Notes how identity was checked of the one who accepted, and the network address it came from.
pub async fn set_witness(
    tx: &Tx,
    business: &BusinessId,
    id: &CommitmentId,
    identity: &str,
    address: &str,
) -> Result<(), Error> {
    let sql = "UPDATE commitments SET identity = $3, address = $4 WHERE business_id = $1 AND id = $2";
    tx.run(sql, args![business, id, identity, address]).await.map(drop)
}

/// How many agreements of a debtor ended unkept, or were changed, since an instant.
pub async fn count_unkept(
    q: &impl Query,
    business: &BusinessId,
    debtor: &DebtorId,
    since_ms: i64,
) -> Result<i64, Error> {
    // What healed goes on: that is no change of mind.
    let sql = "SELECT COUNT(*) FROM commitments c WHERE business_id = $1 AND debtor_id = $2
               AND state IN ('broken', 'cancelled') AND ended_at_ms >= $3
               AND NOT EXISTS (SELECT 1 FROM commitments n WHERE n.business_id = $1 AND n.debtor_id = $2
                 AND n.replaces_id = c.id AND n.healed <> '')";
    Ok(q.row(sql, args![business, debtor, since_ms]).await?.map(|r| r.int(0)).transpose()?.unwrap_or(0))
}

/// Commitments over all businesses that time may move today: running ones with a payment due before `before_on`, and
/// those whose answer is overdue. Answers business, debtor, id.
pub async fn list_due(
    q: &impl Query,
    before_on: NaiveDate,
    after: &str,
    limit: u32,
) -> Result<Vec<(BusinessId, DebtorId, CommitmentId)>, Error> {
    let sql = "SELECT c.business_id, c.debtor_id, c.id FROM commitments c
               WHERE c.id > $2 AND (
                 (c.state IN ('active', 'missed') AND EXISTS (SELECT 1 FROM instalments i
                    WHERE i.business_id = c.business_id AND i.commitment_id = c.id AND i.due_on < $1))
                 OR (c.state IN ('proposed', 'countered') AND c.answer_by_on < $1))
               ORDER BY c.id LIMIT $3";
    let rows = q.rows(sql, args![before_on, after, limit]).await?;
    rows.iter().map(|r| Ok((r.text(0)?.into(), r.text(1)?.into(), r.text(2)?.into()))).collect()
}
