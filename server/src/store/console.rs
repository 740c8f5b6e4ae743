//! What the console's lists read: commitments, disputes and debtors with names and sums. Nothing here decides or changes.

use super::db::{Error, Query, Row};
use crate::args;
use chrono::NaiveDate;
use kept_domain::commitment::{Kind, State};
use kept_domain::dispute;
use kept_domain::ids::BusinessId;
use kept_domain::money::Currency;

/// A commitment with the debtor's name and how far it has been paid.
#[derive(Clone, Debug)]
pub struct CommitmentLine {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's reference.
    pub reference: String,
    /// The debtor's name.
    pub who: String,
    /// Promise or plan.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// The currency of every amount.
    pub currency: Currency,
    /// What it covers, in minor units.
    pub total_minor: i64,
    /// What counts towards it, in minor units.
    pub paid_minor: i64,
    /// The next payment that is not complete: its day and what is left of it, in minor units.
    pub next: Option<(NaiveDate, i64)>,
    /// Epoch milliseconds.
    pub proposed_at_ms: i64,
    /// The day by which somebody answers.
    pub answer_by_on: Option<NaiveDate>,
}

/// Which commitments are listed.
#[derive(Clone, Debug, Default)]
pub struct CommitmentQuery {
    /// A kind's code, or empty for all.
    pub kind: String,
    /// A state's code, `due` for payments due by `due_by`, or empty for all.
    pub state: String,
    /// A part of a name or reference, or empty for all.
    pub search: String,
    /// One debtor only, or empty for all.
    pub debtor: String,
    /// One commitment only, or empty for all.
    pub id: String,
}

/// A business's commitments, newest first.
pub async fn commitments(
    q: &impl Query,
    business: &BusinessId,
    wanted: &CommitmentQuery,
    due_by: NaiveDate,
    offset: u32,
    limit: u32,
) -> Result<Vec<CommitmentLine>, Error> {
    // `reached` is what all payments up to and including one come to: the first that is more than what was paid is the
    // next one.
    let sql = r"SELECT x.id, x.debtor_id, x.reference, x.name, x.kind, x.state, x.currency, x.total_minor, x.paid_minor,
                 x.next_on, CAST((SELECT SUM(i.amount_minor) FROM instalments i WHERE i.business_id = $1
                   AND i.commitment_id = x.id AND i.due_on <= x.next_on) - x.paid_minor AS BIGINT),
                 x.proposed_at_ms, x.answer_by_on
               FROM (SELECT p.*, (SELECT MIN(i.due_on) FROM instalments i WHERE i.business_id = $1 AND i.commitment_id = p.id
                   AND (SELECT SUM(j.amount_minor) FROM instalments j WHERE j.business_id = $1 AND j.commitment_id = p.id
                        AND j.seq <= i.seq) > p.paid_minor) AS next_on
                 FROM (SELECT c.id, c.debtor_id, d.reference, d.name, c.kind, c.state, c.currency, c.total_minor,
                     c.proposed_at_ms, c.answer_by_on,
                     CAST(COALESCE((SELECT SUM(CASE WHEN t.kind IN ('payment', 'refund_failed') THEN COALESCE(t.counted_minor, t.amount_minor) ELSE -COALESCE(t.counted_minor, t.amount_minor) END)
                       FROM transfers t WHERE t.business_id = $1 AND t.commitment_id = c.id
                       AND t.kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone')), 0) AS BIGINT) AS paid_minor
                   FROM commitments c JOIN debtors d ON d.business_id = c.business_id AND d.id = c.debtor_id
                   WHERE c.business_id = $1 AND ($2 = '' OR c.kind = $2)
                     AND ($3 = '' OR c.state = $3 OR ($3 = 'due' AND c.state IN ('active', 'missed')))
                     AND ($4 = '' OR LOWER(d.name) LIKE LOWER($4) ESCAPE '\' OR LOWER(d.reference) LIKE LOWER($4) ESCAPE '\')
                     AND ($5 = '' OR c.debtor_id = $5) AND ($6 = '' OR c.id = $6)) p) x
               WHERE $3 <> 'due' OR x.next_on <= $7
               ORDER BY x.id DESC LIMIT $8 OFFSET $9";
    let search = pattern(&wanted.search);
    let args = args![business, &wanted.kind, &wanted.state, search, &wanted.debtor, &wanted.id, due_by, limit, offset];
    q.rows(sql, args).await?.iter().map(commitment_line).collect()
}

fn commitment_line(row: &Row) -> Result<CommitmentLine, Error> {
    let next = match (row.date_or_null(9)?, row.int_or_null(10)?) {
        (Some(on), Some(left)) => Some((on, left)),
        _ => None,
    };
    Ok(CommitmentLine {
        id: row.text(0)?,
        debtor: row.text(1)?,
        reference: row.text(2)?,
        who: row.text(3)?,
        kind: row.code(4, Kind::parse)?,
        state: row.code(5, State::parse)?,
        currency: row.currency(6)?,
        total_minor: row.int(7)?,
        paid_minor: row.int(8)?,
        next,
        proposed_at_ms: row.int(11)?,
        answer_by_on: row.date_or_null(12)?,
    })
}

/// How many commitments there are in each state.
pub async fn count_by_state(q: &impl Query, business: &BusinessId) -> Result<Vec<(State, i64)>, Error> {
    let sql = "SELECT state, COUNT(*) FROM commitments WHERE business_id = $1 GROUP BY state";
    q.rows(sql, args![business]).await?.iter().map(|row| Ok((row.code(0, State::parse)?, row.int(1)?))).collect()
}

/// A dispute with the debtor's name.
#[derive(Clone, Debug)]
pub struct DisputeLine {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub who: String,
    /// What kind of thing it is.
    pub kind: dispute::Kind,
    /// Where it stands.
    pub state: dispute::State,
    /// Why.
    pub reason: dispute::Reason,
    /// The currency of the amount.
    pub currency: Currency,
    /// What it holds, in minor units.
    pub amount_minor: i64,
    /// Epoch milliseconds.
    pub raised_at_ms: i64,
    /// The day by which it should be answered.
    pub answer_by_on: NaiveDate,
}

/// A business's disputes: open ones by deadline, or resolved ones, newest first.
pub async fn disputes(
    q: &impl Query,
    business: &BusinessId,
    resolved: bool,
    offset: u32,
    limit: u32,
) -> Result<Vec<DisputeLine>, Error> {
    let open =
        "SELECT t.id, t.debtor_id, d.name, t.kind, t.state, t.reason, t.currency, t.amount_minor, t.raised_at_ms,
                t.answer_by_on FROM disputes t JOIN debtors d ON d.business_id = t.business_id AND d.id = t.debtor_id
                WHERE t.business_id = $1 AND t.state IN ('open', 'answered')
                ORDER BY t.answer_by_on, t.id LIMIT $2 OFFSET $3";
    let closed =
        "SELECT t.id, t.debtor_id, d.name, t.kind, t.state, t.reason, t.currency, t.amount_minor, t.raised_at_ms,
                  t.answer_by_on FROM disputes t JOIN debtors d ON d.business_id = t.business_id AND d.id = t.debtor_id
                  WHERE t.business_id = $1 AND t.state NOT IN ('open', 'answered')
                  ORDER BY t.id DESC LIMIT $2 OFFSET $3";
    let sql = if resolved { closed } else { open };
    q.rows(sql, args![business, limit, offset]).await?.iter().map(dispute_line).collect()
}

fn dispute_line(row: &Row) -> Result<DisputeLine, Error> {
    Ok(DisputeLine {
        id: row.text(0)?,
        debtor: row.text(1)?,
        who: row.text(2)?,
        kind: row.code(3, dispute::Kind::parse)?,
        state: row.code(4, dispute::State::parse)?,
        reason: row.code(5, dispute::Reason::parse)?,
        currency: row.currency(6)?,
        amount_minor: row.int(7)?,
        raised_at_ms: row.int(8)?,
        answer_by_on: row.date(9)?,
    })
}

/// A debtor in a list.
#[derive(Clone, Debug)]
pub struct DebtorLine {
    /// Its id.
    pub id: String,
    /// The business's own number for it.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
}

/// A business's debtors by name: those whose name, reference, e-mail address or invoice number has `search` in it.
pub async fn debtors(
    q: &impl Query,
    business: &BusinessId,
    search: &str,
    offset: u32,
    limit: u32,
) -> Result<Vec<DebtorLine>, Error> {
    let sql = r"SELECT d.id, d.reference, d.name, d.email FROM debtors d WHERE d.business_id = $1
               AND ($2 = '' OR LOWER(d.name) LIKE LOWER($2) ESCAPE '\' OR LOWER(d.reference) LIKE LOWER($2) ESCAPE '\'
                 OR LOWER(d.email) LIKE LOWER($2) ESCAPE '\' OR d.id IN (SELECT i.debtor_id FROM invoices i
                     WHERE i.business_id = $1 AND LOWER(i.number) LIKE LOWER($2) ESCAPE '\'))
               ORDER BY d.name, d.id LIMIT $3 OFFSET $4";
    let rows = q.rows(sql, args![business, pattern(search), limit, offset]).await?;
    rows.iter()
        .map(|row| {
            Ok(DebtorLine { id: row.text(0)?, reference: row.text(1)?, name: row.text(2)?, email: row.text(3)? })
        })
        .collect()
}

/// The pattern for a part of a text; what means something in a pattern stands for itself.
pub(super) fn pattern(search: &str) -> String {
    let search = search.trim();
    if search.is_empty() {
        return String::new();
    }
    let mut out = String::from("%");
    for c in search.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

/// The newest event of a business; empty where there is none.
pub async fn last_event(q: &impl Query, business: &BusinessId) -> Result<String, Error> {
    let sql = "SELECT MAX(id) FROM events WHERE business_id = $1";
    Ok(q.row(sql, args![business]).await?.map(|row| row.text_or_null(0)).transpose()?.flatten().unwrap_or_default())
}

/// Whether a business has any invoice.
pub async fn has_invoices(q: &impl Query, business: &BusinessId) -> Result<bool, Error> {
    let sql = "SELECT id FROM invoices WHERE business_id = $1 LIMIT 1";
    Ok(q.row(sql, args![business]).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_stands_for_itself() {
        assert_eq!(pattern("  "), "");
        assert_eq!(pattern(" 50%_A\\ "), r"%50\%\_A\\%");
    }
}
