//! The facts that decide on reminders, read for a page of debtors at once.

use super::db::{Error, Query, Row, Value};
use super::debtor::Debtor;
use super::episode::{self, Episode};
use super::hold::{self, Hold};
use crate::args;
use chrono::NaiveDate;
use kept_domain::commitment::{Kind, State};
use kept_domain::contact::Channel;
use kept_domain::dispute;
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId};
use kept_domain::money::Currency;
use kept_domain::plan::{Instalment, Schedule};
use kept_domain::reminder::Address;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Debtors that a statement is asked about together.
const TOGETHER: usize = 100;

/// What is known of one debtor.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who it is.
    pub debtor: Debtor,
    /// Invoices with something left, oldest first.
    pub open: Vec<Open>,
    /// What was paid ahead and not put towards an invoice, in minor units.
    pub on_account: Vec<(Currency, i64)>,
    /// Proposals, offers and agreements that have not ended.
    pub agreed: Vec<Agreed>,
    /// Disputes, claims and hardships that have not ended.
    pub disputes: Vec<Contested>,
    /// Pauses that nobody has ended.
    pub holds: Vec<Hold>,
    /// A card payment was made and is not certain yet.
    pub confirming: bool,
    /// The ways by which they can be reached; what is on file alone does not say it, so whoever asks for facts adds them.
    pub addresses: Vec<Address>,
    /// The channel that they chose.
    pub preferred: Option<Channel>,
    /// Contacts, oldest first: those since the instant that was asked for, and older ones that are steps or come once.
    pub contacts: Vec<Past>,
    /// The climb of the ladder that they are on.
    pub episode: Option<Episode>,
    /// Invoices that were settled: when each was due, and when it was.
    pub settled: Vec<(NaiveDate, NaiveDate)>,
    /// Agreements that were kept to the end.
    pub kept: u32,
    /// Agreements that were broken.
    pub broken: u32,
    /// When something was last heard from them, epoch milliseconds.
    pub heard_at_ms: Option<i64>,
    /// Why the planning run sent nothing when it last looked: a reason's code, or empty.
    pub look_reason: String,
}

/// An invoice with something left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its id.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// Its due date.
    pub due_on: NaiveDate,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What is left, in minor units.
    pub left_minor: i64,
    /// What of that is in dispute.
    pub disputed_minor: i64,
}

/// A proposal, an offer or an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Its id.
    pub id: CommitmentId,
    /// Promise or plan.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Its currency.
    pub currency: Currency,
    /// The day by which the other side answers.
    pub answer_by_on: Option<NaiveDate>,
    /// The invoices that it covers.
    pub covers: Vec<InvoiceId>,
    /// Its payments.
    pub schedule: Schedule,
    /// Paid towards it, in minor units.
    pub paid_minor: i64,
    /// A kept card may be charged for it.
    pub by_card: bool,
}

/// A dispute, a claim or a hardship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// What it is.
    pub kind: dispute::Kind,
    /// Where it stands: open or answered.
    pub state: dispute::State,
    /// It is about everything that is owed.
    pub everything: bool,
    /// The day by which the business answers.
    pub answer_by_on: NaiveDate,
}

/// A contact as far as it decides on the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its id.
    pub id: String,
    /// Its channel's code.
    pub channel: String,
    /// It came from the debtor.
    pub inbound: bool,
    /// Its purpose's code.
    pub purpose: String,
    /// The step's code.
    pub step: String,
    /// Its state's code.
    pub state: String,
    /// Why it was withheld, failed or cancelled.
    pub reason: String,
    /// How a call went.
    pub outcome: String,
    /// What it was about that comes once only.
    pub occasion: String,
    /// Where the step stood on its ladder, in days after the due date.
    pub after_due_days: Option<i64>,
    /// When it was made or decided, epoch milliseconds.
    pub at_ms: i64,
    /// When a rule decided on it, epoch milliseconds.
    pub decided_at_ms: Option<i64>,
}

/// Reads a contact whose id stands in the second column.
pub(super) fn read_past(row: &Row) -> Result<Past, Error> {
    Ok(Past {
        id: row.text(1)?,
        channel: row.text(2)?,
        inbound: row.text(3)? == "in",
        purpose: row.text(4)?,
        step: row.text(5)?,
        state: row.text(6)?,
        reason: row.text(7)?,
        outcome: row.text(8)?,
        occasion: row.text(9)?,
        after_due_days: row.int_or_null(10)?,
        at_ms: row.int(11)?,
        decided_at_ms: row.int_or_null(12)?,
    })
}

/// A statement about a page of debtors, whose ids stand in the place of `PAGE`.
struct Paged {
    one: String,
    many: String,
}

impl Paged {
    /// `values` are those of the statement before the ids.
    fn new(sql: &str, values: usize) -> Self {
        let marks = |ids: usize| (1..=ids).map(|n| format!("${}", values + n)).collect::<Vec<_>>().join(", ");
        Self { one: sql.replace("PAGE", &marks(1)), many: sql.replace("PAGE", &marks(TOGETHER)) }
    }

    async fn rows(&'static self, q: &impl Query, values: Vec<Value>, ids: &[&DebtorId]) -> Result<Vec<Row>, Error> {
        let mut all = Vec::new();
        for chunk in ids.chunks(TOGETHER) {
            let mut args = values.clone();
            let (sql, places) = if let [_] = chunk { (&self.one, 1) } else { (&self.many, TOGETHER) };
            // A page that is not full repeats its last id, so that there are two statements and not a hundred.
            args.extend((0..places).filter_map(|at| chunk.get(at).or(chunk.last())).map(|id| Value::from(*id)));
            all.extend(q.rows(sql, args).await?);
        }
        Ok(all)
    }
}

// Joins are written in the order in which they are to be made, and a state that must not choose the index has nothing
// added to it: SQLite knows nothing of how many rows there are.
static OPEN: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT b.debtor_id, i.id, i.number, i.due_on, i.currency, CAST(b.left_minor AS BIGINT)
         FROM (SELECT e.debtor_id, e.invoice_id, SUM(e.amount_minor) AS left_minor FROM entries e
               WHERE e.business_id = $1 AND e.debtor_id IN (PAGE) AND e.account = 'receivable'
               GROUP BY e.debtor_id, e.invoice_id HAVING SUM(e.amount_minor) > 0) b
         CROSS JOIN invoices i WHERE i.business_id = $1 AND i.id = b.invoice_id
         ORDER BY i.due_on, i.number",
        1,
    )
});
static DISPUTED: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT t.invoice_id, CAST(SUM(t.amount_minor) AS BIGINT) FROM disputes d CROSS JOIN dispute_items t
         WHERE d.business_id = $1 AND d.debtor_id IN (PAGE) AND d.state || '' IN ('open', 'answered')
           AND t.business_id = $1 AND t.dispute_id = d.id GROUP BY t.invoice_id",
        1,
    )
});
static ON_ACCOUNT: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT e.debtor_id, e.currency, CAST(-SUM(e.amount_minor) AS BIGINT) FROM entries e
         WHERE e.business_id = $1 AND e.debtor_id IN (PAGE) AND e.account = 'on_account'
         GROUP BY e.debtor_id, e.currency HAVING SUM(e.amount_minor) < 0",
        1,
    )
});
static AGREED: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT c.debtor_id, c.id, c.kind, c.state, c.currency, c.answer_by_on, i.due_on, i.amount_minor,
           (SELECT COUNT(*) FROM mandates m WHERE m.business_id = $1 AND m.debtor_id = c.debtor_id
              AND m.commitment_id = c.id AND m.state = 'active')
         FROM commitments c LEFT JOIN instalments i ON i.business_id = $1 AND i.commitment_id = c.id
         WHERE c.business_id = $1 AND c.debtor_id IN (PAGE)
           AND c.state || '' IN ('proposed', 'countered', 'active', 'missed')
         ORDER BY c.id, i.seq",
        1,
    )
});
static COVERED: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT c.debtor_id, i.commitment_id, i.invoice_id FROM commitments c CROSS JOIN commitment_invoices i
         WHERE c.business_id = $1 AND c.debtor_id IN (PAGE) AND c.state || '' IN ('active', 'missed')
           AND i.business_id = $1 AND i.commitment_id = c.id",
        1,
    )
});
static ENDED: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT debtor_id, state FROM commitments
         WHERE business_id = $1 AND debtor_id IN (PAGE) AND state || '' IN ('kept', 'broken')",
        1,
    )
});
static HEARD: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT h.debtor_id, MAX(h.at_ms) FROM (
           SELECT debtor_id, at_ms FROM contacts
             WHERE business_id = $1 AND debtor_id IN (PAGE) AND (direction = 'in' OR outcome IN ('spoke', 'promised'))
           UNION ALL SELECT debtor_id, raised_at_ms FROM disputes
             WHERE business_id = $1 AND debtor_id IN (PAGE) AND raised_by = 'debtor'
           UNION ALL SELECT debtor_id, proposed_at_ms FROM commitments
             WHERE business_id = $1 AND debtor_id IN (PAGE) AND proposed_by = 'debtor'
           UNION ALL SELECT debtor_id, opened_at_ms FROM links
             WHERE business_id = $1 AND debtor_id IN (PAGE) AND opened_at_ms IS NOT NULL) h
         GROUP BY h.debtor_id",
        1,
    )
});
static REASONS: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new("SELECT id, look_reason FROM debtors WHERE business_id = $1 AND id IN (PAGE) AND look_reason <> ''", 1)
});
static PAID: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT t.commitment_id,
           CAST(SUM(CASE WHEN t.kind IN ('payment', 'refund_failed') THEN COALESCE(t.counted_minor, t.amount_minor) ELSE -COALESCE(t.counted_minor, t.amount_minor) END) AS BIGINT)
         FROM transfers t WHERE t.business_id = $1 AND t.debtor_id IN (PAGE) AND COALESCE(t.commitment_id, '') <> ''
           AND t.kind IN ('payment', 'refund', 'refund_failed', 'chargeback', 'undone') GROUP BY t.commitment_id",
        1,
    )
});
static DISPUTES: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT debtor_id, kind, state, scope, answer_by_on FROM disputes
         WHERE business_id = $1 AND debtor_id IN (PAGE) AND state || '' IN ('open', 'answered')",
        1,
    )
});
static HOLDS: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT id, debtor_id, reason, note, from_on, until_on, actor, created_at_ms, ended_at_ms, about FROM holds
         WHERE business_id = $1 AND debtor_id IN (PAGE) AND ended_at_ms IS NULL",
        1,
    )
});
static CONFIRMING: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT debtor_id FROM attempts WHERE business_id = $1 AND debtor_id IN (PAGE)
           AND state IN ('created', 'open', 'confirming') AND state = 'confirming'",
        1,
    )
});
static PREFERRED: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT debtor_id, channel FROM preferences WHERE business_id = $1 AND debtor_id IN (PAGE) AND channel <> ''",
        1,
    )
});
static CONTACTS: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT debtor_id, id, channel, direction, purpose, step, state, reason, outcome, occasion, after_due_days, at_ms,
           decided_at_ms
         FROM contacts WHERE business_id = $1 AND debtor_id IN (PAGE)
           AND (at_ms >= $2 OR step <> '' OR occasion <> '' OR state = 'task')
         ORDER BY at_ms, id",
        2,
    )
});
static EPISODES: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT id, debtor_id, began_on FROM episodes
         WHERE business_id = $1 AND debtor_id IN (PAGE) AND ended_at_ms IS NULL",
        1,
    )
});
static SETTLED: LazyLock<Paged> = LazyLock::new(|| {
    Paged::new(
        "SELECT e.debtor_id, i.due_on, MAX(t.moved_on) FROM entries e
         CROSS JOIN invoices i CROSS JOIN transfers t
         WHERE e.business_id = $1 AND e.debtor_id IN (PAGE) AND e.account = 'receivable'
           AND i.business_id = $1 AND i.id = e.invoice_id AND t.business_id = $1 AND t.id = e.transfer_id
         GROUP BY e.debtor_id, i.id, i.due_on
         HAVING SUM(CASE WHEN t.kind IN ('write_off', 'reinstated') THEN 0 ELSE e.amount_minor END) = 0",
        1,
    )
});

/// The facts of these debtors, in their order. Of contacts, those since `since_ms`.
///
/// # Errors
/// When the store fails, or a stored value cannot be read.
pub async fn facts(
    q: &impl Query,
    business: &BusinessId,
    debtors: Vec<Debtor>,
    since_ms: i64,
) -> Result<Vec<Known>, Error> {
    let ids: Vec<DebtorId> = debtors.iter().map(|d| d.id.clone()).collect();
    let ids: Vec<&DebtorId> = ids.iter().collect();
    let mut page = Page::new(debtors);
    let business_only = || args![business];
    for row in OPEN.rows(q, business_only(), &ids).await? {
        let open = Open {
            invoice: row.text(1)?.into(),
            number: row.text(2)?,
            due_on: row.date(3)?,
            currency: row.currency(4)?,
            left_minor: row.int(5)?,
            disputed_minor: 0,
        };
        page.of(&row, 0, |known| known.open.push(open))?;
    }
    page.open_by_due_date();
    // Whoever owes nothing is decided on by that alone, but for what was agreed and what waits to be sent.
    let owing: Vec<&DebtorId> = ids.iter().copied().filter(|id| page.owes(id)).collect();
    let mut disputed = HashMap::new();
    for row in DISPUTED.rows(q, business_only(), &owing).await? {
        disputed.insert(row.text(0)?, row.int(1)?);
    }
    for open in page.known.iter_mut().flat_map(|known| &mut known.open) {
        open.disputed_minor = disputed.get(open.invoice.as_str()).map_or(0, |minor| (*minor).clamp(0, open.left_minor));
    }
    for row in ON_ACCOUNT.rows(q, business_only(), &owing).await? {
        let ahead = (row.currency(1)?, row.int(2)?);
        page.of(&row, 0, |known| known.on_account.push(ahead))?;
    }
    let mut paid = HashMap::new();
    for row in PAID.rows(q, business_only(), &owing).await? {
        paid.insert(row.text(0)?, row.int(1)?);
    }
    for row in AGREED.rows(q, business_only(), &owing).await? {
        let id = row.text(1)?;
        let (kind, state) = (row.code(2, Kind::parse)?, row.code(3, State::parse)?);
        let (currency, answer_by_on) = (row.currency(4)?, row.date_or_null(5)?);
        let instalment = match row.date_or_null(6)? {
            Some(due_on) => Some(Instalment { due_on, amount_minor: row.int(7)? }),
            None => None,
        };
        let paid_minor = paid.get(&id).copied().unwrap_or(0);
        let by_card = row.int(8)? > 0;
        page.of(&row, 0, |known| {
            if known.agreed.last().is_none_or(|last| last.id.as_str() != id) {
                let (id, covers, schedule) = (id.into(), Vec::new(), Schedule { instalments: Vec::new() });
                known.agreed.push(Agreed {
                    id,
                    kind,
                    state,
                    currency,
                    answer_by_on,
                    covers,
                    schedule,
                    paid_minor,
                    by_card,
                });
            }
            if let Some(last) = known.agreed.last_mut() {
                last.schedule.instalments.extend(instalment);
            }
        })?;
    }
    for row in COVERED.rows(q, business_only(), &owing).await? {
        let (id, invoice) = (row.text(1)?, row.text(2)?.into());
        page.of(&row, 0, |known| {
            if let Some(agreed) = known.agreed.iter_mut().find(|agreed| agreed.id.as_str() == id) {
                agreed.covers.push(invoice);
            }
        })?;
    }
    for row in DISPUTES.rows(q, business_only(), &owing).await? {
        let contested = Contested {
            kind: row.code(1, dispute::Kind::parse)?,
            state: row.code(2, dispute::State::parse)?,
            everything: row.text(3)? == "everything",
            answer_by_on: row.date(4)?,
        };
        page.of(&row, 0, |known| known.disputes.push(contested))?;
    }
    for row in HOLDS.rows(q, business_only(), &owing).await? {
        let held = hold::read(&row)?;
        page.of(&row, 1, |known| known.holds.push(held))?;
    }
    for row in CONFIRMING.rows(q, business_only(), &owing).await? {
        page.of(&row, 0, |known| known.confirming = true)?;
    }
    for row in PREFERRED.rows(q, business_only(), &owing).await? {
        let preferred = Channel::parse(&row.text(1)?);
        page.of(&row, 0, |known| known.preferred = preferred)?;
    }
    for row in SETTLED.rows(q, business_only(), &owing).await? {
        let settled = (row.date(1)?, row.date(2)?);
        page.of(&row, 0, |known| known.settled.push(settled))?;
    }
    for row in ENDED.rows(q, business_only(), &owing).await? {
        let kept = row.text(1)? == "kept";
        page.of(&row, 0, |known| if kept { known.kept += 1 } else { known.broken += 1 })?;
    }
    for row in HEARD.rows(q, business_only(), &owing).await? {
        let at_ms = row.int_or_null(1)?;
        page.of(&row, 0, |known| known.heard_at_ms = at_ms)?;
    }
    for row in REASONS.rows(q, business_only(), &ids).await? {
        let reason = row.text(1)?;
        page.of(&row, 0, |known| known.look_reason = reason)?;
    }
    for row in CONTACTS.rows(q, args![business, since_ms], &ids).await? {
        let past = read_past(&row)?;
        page.of(&row, 0, |known| known.contacts.push(past))?;
    }
    for row in EPISODES.rows(q, business_only(), &ids).await? {
        let open = episode::read(&row)?;
        page.of(&row, 1, |known| known.episode = Some(open))?;
    }
    Ok(page.known)
}

/// A page of debtors, found by id.
struct Page {
    known: Vec<Known>,
    at: HashMap<String, usize>,
}

impl Page {
    fn new(debtors: Vec<Debtor>) -> Self {
        let at = debtors.iter().enumerate().map(|(at, d)| (d.id.to_string(), at)).collect();
        let known = debtors.into_iter().map(|debtor| Known {
            debtor,
            open: Vec::new(),
            on_account: Vec::new(),
            agreed: Vec::new(),
            disputes: Vec::new(),
            holds: Vec::new(),
            confirming: false,
            addresses: Vec::new(),
            preferred: None,
            contacts: Vec::new(),
            episode: None,
            settled: Vec::new(),
            kept: 0,
            broken: 0,
            heard_at_ms: None,
            look_reason: String::new(),
        });
        Self { known: known.collect(), at }
    }

    /// Adds to what is known of the debtor whose id stands in a column.
    fn of(&mut self, row: &Row, column: usize, add: impl FnOnce(&mut Known)) -> Result<(), Error> {
        let id = row.text(column)?;
        if let Some(known) = self.at.get(&id).and_then(|at| self.known.get_mut(*at)) {
            add(known);
        }
        Ok(())
    }

    fn owes(&self, id: &DebtorId) -> bool {
        self.at.get(id.as_str()).and_then(|at| self.known.get(*at)).is_some_and(|known| !known.open.is_empty())
    }

    /// A page of many rows is read in pieces, each in its order.
    fn open_by_due_date(&mut self) {
        for known in &mut self.known {
            known.open.sort_by(|a, b| a.due_on.cmp(&b.due_on).then_with(|| a.number.cmp(&b.number)));
        }
    }
}
