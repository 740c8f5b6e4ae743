//! What must always be true of the data, each as a statement that finds what breaks it.

use super::db::{Error, Query};
use crate::args;
use crate::secret;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What must be true.
    pub rule: &'static str,
    /// The business in which it is not.
    pub business: String,
    /// The id of what breaks it.
    pub subject: String,
}

/// Each answers business and id of what breaks the rule.
const RULES: &[(&str, &str)] = &[
    (
        "every transfer balances",
        "SELECT business_id, transfer_id FROM entries GROUP BY business_id, transfer_id HAVING SUM(amount_minor) <> 0",
    ),
    (
        "every transfer has entries",
        "SELECT t.business_id, t.id FROM transfers t WHERE NOT EXISTS
           (SELECT 1 FROM entries e WHERE e.business_id = t.business_id AND e.transfer_id = t.id)",
    ),
    (
        "an entry has its transfer's currency and debtor",
        "SELECT e.business_id, e.transfer_id FROM entries e
         JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
         WHERE e.currency <> t.currency OR e.debtor_id <> t.debtor_id",
    ),
    (
        "every invoice stands in the ledger once, with its amount",
        "SELECT i.business_id, i.id FROM invoices i WHERE i.amount_minor <> COALESCE(
           (SELECT SUM(e.amount_minor) FROM entries e
            JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
            WHERE e.business_id = i.business_id AND e.invoice_id = i.id AND t.kind = 'invoice'), 0)",
    ),
    (
        "nothing is paid beyond an invoice",
        "SELECT business_id, invoice_id FROM entries WHERE account = 'receivable'
         GROUP BY business_id, invoice_id HAVING SUM(amount_minor) < 0",
    ),
    (
        "no card payment without an attempt",
        "SELECT t.business_id, t.id FROM transfers t WHERE t.method = 'card' AND NOT EXISTS
           (SELECT 1 FROM attempts a WHERE a.business_id = t.business_id AND a.id = t.attempt_id)",
    ),
    (
        "every attempt that succeeded is in the ledger",
        "SELECT a.business_id, a.id FROM attempts a WHERE a.state = 'succeeded' AND NOT EXISTS
           (SELECT 1 FROM transfers t WHERE t.business_id = a.business_id AND t.attempt_id = a.id AND t.kind = 'payment')",
    ),
    (
        "no more is taken back than was paid by an attempt",
        "SELECT business_id, attempt_id FROM transfers WHERE attempt_id IS NOT NULL
         GROUP BY business_id, attempt_id
         HAVING SUM(CASE WHEN kind IN ('payment', 'refund_failed') THEN amount_minor ELSE -amount_minor END) < 0",
    ),
    (
        "a commitment's payments sum to its total",
        "SELECT c.business_id, c.id FROM commitments c WHERE c.total_minor <> COALESCE(
           (SELECT SUM(i.amount_minor) FROM instalments i
            WHERE i.business_id = c.business_id AND i.commitment_id = c.id), 0)",
    ),
    (
        "an agreement says who accepted it and when",
        "SELECT business_id, id FROM commitments WHERE state IN ('active', 'missed', 'kept', 'broken')
         AND (decided_by IS NULL OR decided_at_ms IS NULL)",
    ),
    (
        "at most one agreement runs per debtor and currency",
        "SELECT business_id, MIN(id) FROM commitments WHERE state IN ('active', 'missed')
         GROUP BY business_id, debtor_id, currency HAVING COUNT(*) > 1",
    ),
    (
        "nothing is taken off but for a settlement that is kept, and no more than it says",
        "SELECT t.business_id, t.commitment_id FROM transfers t
         LEFT JOIN commitments c ON c.business_id = t.business_id AND c.id = t.commitment_id
         WHERE t.kind IN ('settlement_discount', 'discount_taken_back')
         GROUP BY t.business_id, t.commitment_id, c.kind, c.state, c.settles_minor, c.total_minor
         HAVING SUM(CASE WHEN t.kind = 'settlement_discount' THEN t.amount_minor ELSE -t.amount_minor END) >
           CASE WHEN c.kind = 'settlement' AND c.state = 'kept' THEN c.settles_minor - c.total_minor ELSE 0 END",
    ),
    (
        "what is taken off was paid for by the day, or nothing is owed",
        "SELECT c.business_id, c.id FROM commitments c WHERE c.kind = 'settlement' AND c.state = 'kept'
           AND EXISTS (SELECT 1 FROM transfers d WHERE d.business_id = c.business_id AND d.commitment_id = c.id
             AND d.kind = 'settlement_discount')
           AND c.total_minor > COALESCE((SELECT SUM(CASE WHEN t.kind = 'payment' THEN COALESCE(t.counted_minor, t.amount_minor)
               ELSE -COALESCE(t.counted_minor, t.amount_minor) END)
             FROM transfers t WHERE t.business_id = c.business_id AND t.commitment_id = c.id
               AND t.kind IN ('payment', 'chargeback', 'undone')), 0)
           AND 0 < (SELECT SUM(e.amount_minor) FROM entries e WHERE e.business_id = c.business_id
             AND e.debtor_id = c.debtor_id AND e.currency = c.currency AND e.account IN ('receivable', 'on_account'))",
    ),
    (
        "no more of a payment counts towards what was agreed than it was",
        "SELECT business_id, id FROM transfers WHERE counted_minor IS NOT NULL
           AND (counted_minor < 0 OR counted_minor > amount_minor OR commitment_id IS NULL)",
    ),
    (
        "every commitment has the event that made it",
        "SELECT c.business_id, c.id FROM commitments c WHERE NOT EXISTS
           (SELECT 1 FROM events e WHERE e.business_id = c.business_id AND e.debtor_id = c.debtor_id
            AND e.subject_id = c.id)",
    ),
    (
        "no card is charged by a consent of before its bank took money back",
        "SELECT m.business_id, m.id FROM mandates m WHERE m.state = 'active' AND EXISTS (SELECT 1 FROM transfers t
           WHERE t.business_id = m.business_id AND t.debtor_id = m.debtor_id AND t.currency = m.currency
             AND t.kind = 'chargeback' AND t.attempt_id IS NOT NULL AND t.at_ms > m.agreed_at_ms)",
    ),
    (
        "no kept card is charged without a consent and an announcement",
        // One that never reached the gateway was no charge; its payment is announced anew.
        "SELECT a.business_id, a.id FROM attempts a WHERE a.seq IS NOT NULL AND a.state <> 'abandoned' AND (
           NOT EXISTS (SELECT 1 FROM mandates m WHERE m.business_id = a.business_id AND m.id = a.mandate_id
             AND m.debtor_id = a.debtor_id AND m.currency = a.currency AND m.payment_method <> '')
           OR NOT EXISTS (SELECT 1 FROM charge_notices n WHERE n.business_id = a.business_id
             AND n.commitment_id = a.commitment_id AND n.seq = a.seq AND n.announced_at_ms < a.created_at_ms))",
    ),
    (
        "a payment of an agreement is charged once, and never more than it is",
        "SELECT a.business_id, MIN(a.id) FROM attempts a
         JOIN instalments i ON i.business_id = a.business_id AND i.commitment_id = a.commitment_id AND i.seq = a.seq
         WHERE a.state = 'succeeded'
         GROUP BY a.business_id, a.commitment_id, a.seq, i.amount_minor
         HAVING COUNT(*) > 1 OR SUM(a.amount_minor) > i.amount_minor",
    ),
    (
        "a kept card says who agreed, when, and to which words",
        "SELECT business_id, id FROM mandates WHERE words = '' OR identity = '' OR agreed_at_ms = 0",
    ),
    (
        "a dispute holds what its items sum to",
        "SELECT d.business_id, d.id FROM disputes d WHERE d.amount_minor <> COALESCE(
           (SELECT SUM(t.amount_minor) FROM dispute_items t
            WHERE t.business_id = d.business_id AND t.dispute_id = d.id), 0)",
    ),
    (
        "what a dispute credited is in the ledger",
        "SELECT d.business_id, d.id FROM disputes d WHERE d.credited_minor <> COALESCE(
           (SELECT SUM(t.amount_minor) FROM transfers t
            WHERE t.business_id = d.business_id AND t.dispute_id = d.id AND t.kind IN ('credit_note', 'payment')), 0)",
    ),
    (
        "what a dispute credited is of its invoices",
        "SELECT d.business_id, d.id FROM disputes d WHERE d.credited_minor <> COALESCE(
           (SELECT SUM(t.credited_minor) FROM dispute_items t
            WHERE t.business_id = d.business_id AND t.dispute_id = d.id), 0)
           AND NOT EXISTS (SELECT 1 FROM transfers t WHERE t.business_id = d.business_id AND t.dispute_id = d.id
             AND t.kind = 'payment')",
    ),
    (
        "what was claimed for being late was worked out, and no more was given up",
        "SELECT e.business_id, e.invoice_id FROM entries e
         LEFT JOIN transfers t ON t.business_id = e.business_id AND t.id = e.transfer_id
         LEFT JOIN late_charges c ON c.business_id = e.business_id AND c.transfer_id = e.transfer_id
         WHERE e.account = 'late_charges' GROUP BY e.business_id, e.invoice_id
         HAVING SUM(e.amount_minor) > 0 OR SUM(CASE WHEN t.kind <> 'late_charge_waived' AND c.transfer_id IS NULL THEN 1 ELSE 0 END) > 0",
    ),
    (
        "no invoice is credited for more than it asks",
        "SELECT i.business_id, i.id FROM invoices i
         JOIN (SELECT business_id, invoice_id, amount_minor AS minor FROM credit_note_items
               UNION ALL SELECT business_id, invoice_id, credited_minor FROM dispute_items) c
           ON c.business_id = i.business_id AND c.invoice_id = i.id
         GROUP BY i.business_id, i.id, i.amount_minor HAVING SUM(c.minor) > i.amount_minor",
    ),
    (
        "no reminder is sent without a decision",
        "SELECT o.business_id, o.id FROM outbox o WHERE o.contact_id IS NOT NULL AND NOT EXISTS
           (SELECT 1 FROM contacts c WHERE c.business_id = o.business_id AND c.id = o.contact_id)",
    ),
    (
        "no reminder leaves without a decision to send it",
        "SELECT business_id, id FROM contacts WHERE purpose = 'reminder' AND direction = 'out'
           AND state IN ('sending', 'sent', 'unknown') AND (decision <> 'send' OR decided_at_ms IS NULL)",
    ),
    (
        "no reminder leaves after a stop",
        "SELECT c.business_id, c.id FROM contacts c
         JOIN holds h ON h.business_id = c.business_id AND h.debtor_id = c.debtor_id AND h.reason = 'stop'
         WHERE c.purpose = 'reminder' AND c.direction = 'out' AND c.state IN ('sending', 'sent', 'unknown')
           AND c.channel IN ('email', 'sms', 'letter') AND h.created_at_ms < c.decided_at_ms
           AND (h.ended_at_ms IS NULL OR h.ended_at_ms > c.decided_at_ms)",
    ),
    (
        "a message that left is shown as sent, or as come back",
        "SELECT o.business_id, o.id FROM outbox o
         JOIN contacts c ON c.business_id = o.business_id AND c.id = o.contact_id
         WHERE o.state = 'done' AND c.state NOT IN ('sent', 'bounced')",
    ),
];

/// Checks every rule; answers what is broken, at most 20 of each.
pub async fn check(q: &impl Query) -> Result<Vec<Broken>, Error> {
    let mut broken = Vec::new();
    for (rule, sql) in RULES {
        for row in q.rows(sql, vec![]).await?.into_iter().take(20) {
            broken.push(Broken { rule, business: row.text(0)?, subject: row.text(1)? });
        }
    }
    let mut after = String::new();
    loop {
        let sql = "SELECT business_id, id, words, words_sha256 FROM commitments WHERE id > $1 ORDER BY id LIMIT 500";
        let rows = q.rows(sql, args![&after]).await?;
        let Some(last) = rows.last() else { break };
        after = last.text(1)?;
        for row in &rows {
            if secret::sha256(row.text(2)?) != row.text(3)? {
                let rule = "the words of a commitment are those that were shown";
                broken.push(Broken { rule, business: row.text(0)?, subject: row.text(1)? });
            }
        }
    }
    let mut after = String::new();
    loop {
        let sql = "SELECT business_id, id, words, words_sha256 FROM mandates WHERE id > $1 ORDER BY id LIMIT 500";
        let rows = q.rows(sql, args![&after]).await?;
        let Some(last) = rows.last() else { break };
        after = last.text(1)?;
        for row in &rows {
            if secret::sha256(row.text(2)?) != row.text(3)? {
                let rule = "the words of a consent are those that were shown";
                broken.push(Broken { rule, business: row.text(0)?, subject: row.text(1)? });
            }
        }
    }
    Ok(broken)
}

/// How many rules there are.
pub fn count() -> usize {
    RULES.len() + 2
}
