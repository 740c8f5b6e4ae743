//! The facts that decide on reminders, read for many debtors at once.

use super::db::{Error, Query};
use crate::args;
use chrono::NaiveDate;
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::money::Currency;
use std::collections::BTreeMap;

/// Which debtors.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// One.
    One(&'a DebtorId),
    /// Those after an id (empty for the first page), at most so many.
    After(&'a str, u32),
}

/// What is known of one debtor.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Whose facts.
    pub debtor: String,
    /// Where mail goes; empty where it is unknown.
    pub email: String,
    /// For each currency: what is overdue in all, what of that is not in dispute, and what lies on account, in minor
    /// units.
    pub money: BTreeMap<Currency, Money>,
    /// The last contact other than an answer to something the debtor did, epoch milliseconds.
    pub last_contact_at_ms: Option<i64>,
    /// The last reminder, epoch milliseconds.
    pub last_reminder_at_ms: Option<i64>,
    /// Contacts since the instant that was asked for.
    pub contacts: i64,
    /// Proposals, claims, hardships and disputes of everything that the business has not answered.
    pub waiting: i64,
    /// Card payments that were made and are not certain yet.
    pub confirming: i64,
    /// The last day on which an offer of the business stands.
    pub offer_until_on: Option<NaiveDate>,
    /// Agreements in good standing.
    pub running: i64,
    /// The next day on which one of them asks for a payment.
    pub running_next_on: Option<NaiveDate>,
    /// Holds that are on today.
    pub holds: i64,
    /// Those of them without an end.
    pub endless_holds: i64,
    /// The last day of the longest of the others.
    pub held_until_on: Option<NaiveDate>,
    /// State and reason of the last reminder that was decided on.
    pub last_state: String,
    /// The reason.
    pub last_reason: String,
}

/// Minor units of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// Past its date and not paid.
    pub overdue_minor: i64,
    /// Of that, what is not in dispute.
    pub undisputed_minor: i64,
    /// Paid and not yet put towards an invoice, as a positive number.
    pub on_account_minor: i64,
}

/// The facts of debtors of a business in the order of their ids; a page is shorter than asked for only at the end.
/// `but` is a contact that does not count: the one that is being decided on.
pub async fn facts(
    q: &impl Query,
    business: &BusinessId,
    whose: Whose<'_>,
    but: &str,
    today: NaiveDate,
    since_ms: i64,
) -> Result<Vec<Known>, Error> {
    // Ids are hexadecimal: a space after one comes before the next, and z comes after all of them.
    let (from, to, limit) = match whose {
        Whose::One(id) => (id.to_string(), id.to_string(), 1),
        Whose::After(after, limit) => (format!("{after} "), "z".to_owned(), limit),
    };
    // Joins are written in the order in which they are to be made, and a state that must not choose the index has
    // nothing added to it: SQLite knows nothing of how many rows there are.
    // Answers to what a debtor did (receipts, replies, codes) are no contacts in the sense of the budget.
    let sql = "WITH page AS (
                 SELECT id, email FROM debtors WHERE business_id = $1 AND id >= $2 AND id <= $3
                 ORDER BY id LIMIT $4)
               SELECT p.id, p.email,
                 (SELECT MAX(c.at_ms) FROM contacts c WHERE c.business_id = $1 AND c.debtor_id = p.id AND c.id <> $5
                    AND c.direction = 'out' AND c.state IN ('queued', 'sent', 'unknown', 'failed', 'recorded')
                    AND (c.purpose = 'reminder' OR c.channel IN ('call', 'sms', 'letter', 'visit'))),
                 (SELECT MAX(c.at_ms) FROM contacts c WHERE c.business_id = $1 AND c.debtor_id = p.id AND c.id <> $5
                    AND c.purpose = 'reminder' AND c.state IN ('queued', 'sent', 'unknown', 'failed', 'recorded')),
                 CAST((SELECT COUNT(*) FROM contacts c WHERE c.business_id = $1 AND c.debtor_id = p.id AND c.id <> $5
                    AND c.at_ms >= $7 AND c.direction = 'out'
                    AND c.state IN ('queued', 'sent', 'unknown', 'recorded')
                    AND (c.purpose = 'reminder' OR c.channel IN ('call', 'sms', 'letter', 'visit'))) AS BIGINT),
                 CAST((SELECT COUNT(*) FROM commitments m WHERE m.business_id = $1 AND m.debtor_id = p.id
                    AND m.state || '' = 'proposed')
                   + (SELECT COUNT(*) FROM disputes d WHERE d.business_id = $1 AND d.debtor_id = p.id
                    AND d.state || '' = 'open' AND (d.kind <> 'dispute' OR d.scope = 'everything')) AS BIGINT),
                 (SELECT MAX(m.answer_by_on) FROM commitments m WHERE m.business_id = $1 AND m.debtor_id = p.id
                    AND m.state || '' = 'countered'),
                 CAST((SELECT COUNT(*) FROM commitments m WHERE m.business_id = $1 AND m.debtor_id = p.id
                    AND m.state || '' = 'active') AS BIGINT),
                 (SELECT MIN(i.due_on) FROM commitments m CROSS JOIN instalments i
                    WHERE m.business_id = $1 AND m.debtor_id = p.id AND m.state || '' = 'active'
                    AND i.business_id = $1 AND i.commitment_id = m.id AND i.due_on > $6),
                 CAST((SELECT COUNT(*) FROM holds h WHERE h.business_id = $1 AND h.debtor_id = p.id
                    AND h.ended_at_ms IS NULL AND h.from_on <= $6 AND (h.until_on IS NULL OR h.until_on >= $6))
                   AS BIGINT),
                 CAST((SELECT COUNT(*) FROM holds h WHERE h.business_id = $1 AND h.debtor_id = p.id
                    AND h.ended_at_ms IS NULL AND h.from_on <= $6 AND h.until_on IS NULL) AS BIGINT),
                 (SELECT MAX(h.until_on) FROM holds h WHERE h.business_id = $1 AND h.debtor_id = p.id
                    AND h.ended_at_ms IS NULL AND h.from_on <= $6 AND h.until_on >= $6),
                 (SELECT c.state FROM contacts c WHERE c.business_id = $1 AND c.debtor_id = p.id
                    AND c.purpose = 'reminder' ORDER BY c.at_ms DESC, c.id DESC LIMIT 1),
                 (SELECT c.reason FROM contacts c WHERE c.business_id = $1 AND c.debtor_id = p.id
                    AND c.purpose = 'reminder' ORDER BY c.at_ms DESC, c.id DESC LIMIT 1),
                 CAST((SELECT COUNT(*) FROM attempts a WHERE a.business_id = $1 AND a.debtor_id = p.id
                    AND a.state IN ('created', 'open', 'confirming') AND a.state = 'confirming') AS BIGINT)
               FROM page p ORDER BY p.id";
    let args = args![business, &from, &to, limit, but, today, since_ms];
    let mut page = Vec::new();
    for row in q.rows(sql, args).await? {
        page.push(Known {
            debtor: row.text(0)?,
            email: row.text(1)?,
            money: BTreeMap::new(),
            last_contact_at_ms: row.int_or_null(2)?,
            last_reminder_at_ms: row.int_or_null(3)?,
            contacts: row.int(4)?,
            waiting: row.int(5)?,
            offer_until_on: row.date_or_null(6)?,
            running: row.int(7)?,
            running_next_on: row.date_or_null(8)?,
            holds: row.int(9)?,
            endless_holds: row.int(10)?,
            held_until_on: row.date_or_null(11)?,
            last_state: row.text_or_null(12)?.unwrap_or_default(),
            last_reason: row.text_or_null(13)?.unwrap_or_default(),
            confirming: row.int(14)?,
        });
    }
    let sql = "WITH page AS (
                 SELECT id FROM debtors WHERE business_id = $1 AND id >= $2 AND id <= $3 ORDER BY id LIMIT $4),
               owed AS (
                 SELECT e.debtor_id, e.invoice_id, CAST(SUM(e.amount_minor) AS BIGINT) AS left_minor
                 FROM page p CROSS JOIN entries e
                 WHERE e.business_id = $1 AND e.debtor_id = p.id AND e.account = 'receivable'
                 GROUP BY e.debtor_id, e.invoice_id HAVING SUM(e.amount_minor) > 0),
               held AS (
                 SELECT o.debtor_id, i.currency, o.left_minor,
                   CAST(COALESCE((SELECT SUM(t.amount_minor) FROM disputes d CROSS JOIN dispute_items t
                     WHERE d.business_id = $1 AND d.debtor_id = o.debtor_id AND d.state || '' IN ('open', 'answered')
                       AND t.business_id = $1 AND t.dispute_id = d.id AND t.invoice_id = o.invoice_id), 0)
                     AS BIGINT) AS held_minor
                 FROM owed o CROSS JOIN invoices i
                 WHERE i.business_id = $1 AND i.id = o.invoice_id AND i.due_on < $5)
               SELECT h.debtor_id, h.currency, CAST(SUM(h.left_minor) AS BIGINT),
                 CAST(SUM(CASE WHEN h.held_minor < h.left_minor THEN h.left_minor - h.held_minor ELSE 0 END) AS BIGINT),
                 CAST(COALESCE((SELECT -SUM(e.amount_minor) FROM entries e WHERE e.business_id = $1
                   AND e.debtor_id = h.debtor_id AND e.account = 'on_account' AND e.currency = h.currency), 0) AS BIGINT)
               FROM held h GROUP BY h.debtor_id, h.currency";
    for row in q.rows(sql, args![business, from, to, limit, today]).await? {
        let debtor = row.text(0)?;
        let money =
            Money { overdue_minor: row.int(2)?, undisputed_minor: row.int(3)?, on_account_minor: row.int(4)?.max(0) };
        if let Some(known) = page.iter_mut().find(|known| known.debtor == debtor) {
            known.money.insert(row.currency(1)?, money);
        }
    }
    Ok(page)
}
