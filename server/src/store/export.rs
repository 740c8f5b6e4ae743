//! Lists that leave as files: whole, in few statements.

use super::db::{Error, Query};
use crate::args;
use chrono::NaiveDate;
use kept_domain::commitment::{Kind, State};
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::money::Currency;
use kept_domain::plan::{Instalment, Schedule};
use std::collections::HashMap;

/// What a debtor owes in one currency.
#[derive(Clone, Debug)]
pub struct Owing {
    /// Who.
    pub debtor: DebtorId,
    /// The business's reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its e-mail address; empty where there is none.
    pub email: String,
    /// The currency.
    pub currency: Currency,
    /// Minor units owed, more than zero.
    pub balance_minor: i64,
}

/// Every debtor with an open balance, by reference, a row for each currency.
pub async fn owing(q: &impl Query, business: &BusinessId) -> Result<Vec<Owing>, Error> {
    let sql = "SELECT d.id, d.reference, d.name, d.email, b.currency, b.balance_minor
               FROM (SELECT debtor_id, currency, CAST(SUM(amount_minor) AS BIGINT) AS balance_minor FROM entries
                     WHERE business_id = $1 AND account IN ('receivable', 'on_account')
                     GROUP BY debtor_id, currency HAVING SUM(amount_minor) > 0) b
               JOIN debtors d ON d.business_id = $1 AND d.id = b.debtor_id
               ORDER BY d.reference, b.currency";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter()
        .map(|row| {
            Ok(Owing {
                debtor: row.text(0)?.into(),
                reference: row.text(1)?,
                name: row.text(2)?,
                email: row.text(3)?,
                currency: row.currency(4)?,
                balance_minor: row.int(5)?,
            })
        })
        .collect()
}

/// A commitment with what a file says of it.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// Its id.
    pub id: String,
    /// Promise or plan.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The business's reference of the debtor.
    pub reference: String,
    /// The debtor's name.
    pub name: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// What it covers, in minor units.
    pub total_minor: i64,
    /// What has been paid towards it, in minor units.
    pub paid_minor: i64,
    /// Epoch milliseconds.
    pub proposed_at_ms: i64,
    /// Epoch milliseconds.
    pub decided_at_ms: Option<i64>,
    /// `terms`, `debtor` or `user:` and an id; empty while undecided.
    pub decided_by: String,
    /// SHA-256 of the words that were shown.
    pub words_sha256: String,
    /// Its payments.
    pub schedule: Schedule,
}

/// Every commitment of a business, oldest first.
pub async fn commitments(q: &impl Query, business: &BusinessId) -> Result<Vec<Agreed>, Error> {
    let mut schedules: HashMap<String, Schedule> = HashMap::new();
    let sql = "SELECT commitment_id, due_on, amount_minor FROM instalments WHERE business_id = $1
               ORDER BY commitment_id, seq";
    for row in q.rows(sql, args![business]).await? {
        let one = Instalment { due_on: row.date(1)?, amount_minor: row.int(2)? };
        let schedule = schedules.entry(row.text(0)?).or_insert_with(|| Schedule { instalments: Vec::new() });
        schedule.instalments.push(one);
    }
    let sql = "SELECT c.id, c.kind, c.state, d.reference, d.name, c.currency, c.total_minor,
                 CAST(COALESCE((SELECT SUM(CASE WHEN t.kind IN ('payment', 'refund_failed') THEN COALESCE(t.counted_minor, t.amount_minor) ELSE -COALESCE(t.counted_minor, t.amount_minor) END)
                   FROM transfers t WHERE t.business_id = c.business_id AND t.commitment_id = c.id
                     AND t.kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone')), 0) AS BIGINT),
                 c.proposed_at_ms, c.decided_at_ms, COALESCE(c.decided_by, ''), c.words_sha256
               FROM commitments c JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
               WHERE c.business_id = $1 ORDER BY c.id";
    let rows = q.rows(sql, args![business]).await?;
    rows.iter()
        .map(|row| {
            let id = row.text(0)?;
            let schedule = schedules.remove(&id).unwrap_or(Schedule { instalments: Vec::new() });
            Ok(Agreed {
                id,
                kind: row.code(1, Kind::parse)?,
                state: row.code(2, State::parse)?,
                reference: row.text(3)?,
                name: row.text(4)?,
                currency: row.currency(5)?,
                total_minor: row.int(6)?,
                paid_minor: row.int(7)?,
                proposed_at_ms: row.int(8)?,
                decided_at_ms: row.int_or_null(9)?,
                decided_by: row.text(10)?,
                words_sha256: row.text(11)?,
                schedule,
            })
        })
        .collect()
}

impl Agreed {
    /// The next payment that is not covered by what was paid: when, and how many minor units of it are left.
    pub fn next_due(&self, today: NaiveDate) -> Option<(NaiveDate, i64)> {
        let standing = kept_domain::commitment::standing(&self.schedule, self.paid_minor, today);
        standing.iter().find(|s| s.left_minor() > 0).map(|s| (s.instalment.due_on, s.left_minor()))
    }
}
