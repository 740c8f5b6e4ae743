//! What somebody would get under a policy, as the domain decides it: one decision after another, each at the instant
//! until which the one before it waits.

use kept_domain::budget::Made;
use kept_domain::calendar::plus_days;
use kept_domain::contact::Channel;
use kept_domain::hours::{Place, first_instant};
use kept_domain::ids::InvoiceId;
use kept_domain::ladder::{History, Record, Who};
use kept_domain::money::Currency;
use kept_domain::reminder::{Address, AddressState, Decision, Facts, InForce, Owed, Reason, Reminder, Sent, next};

/// Decisions that are followed; a ladder has far fewer steps.
const DECISIONS_MAX: usize = 100;
/// Days before the due date at which looking begins: no step is earlier.
const EARLIEST_DAYS: u32 = 61;

/// Somebody invented, who owes one invoice and answers nothing.
#[derive(Clone, Copy, Debug)]
pub struct Somebody {
    /// A person or a company.
    pub who: Who,
    /// How they paid until now.
    pub record: Record,
    /// What they owe, in minor units.
    pub balance_minor: i64,
    /// The currency.
    pub currency: Currency,
    /// When it was due.
    pub due_on: chrono::NaiveDate,
}

/// What they would get and when, epoch milliseconds; and why nothing comes after it.
pub fn would_get(policy: &InForce, place: &Place<'_>, somebody: Somebody) -> (Vec<(i64, Reminder)>, Reason) {
    let mut facts = facts(somebody);
    let early_on = somebody.due_on.checked_sub_days(chrono::Days::new(u64::from(EARLIEST_DAYS)));
    let mut now_ms = first_instant(place.home, early_on.unwrap_or(somebody.due_on), i64::MIN);
    let late_ms = first_instant(place.home, plus_days(somebody.due_on, 1), i64::MIN);
    let mut got = Vec::new();
    for _ in 0..DECISIONS_MAX {
        facts.bank_data_at_ms = Some(now_ms);
        facts.episode_from_on = (now_ms >= late_ms).then(|| plus_days(somebody.due_on, 1));
        match next(&facts, policy, place, now_ms) {
            Decision::Send(reminder) => {
                for about in reminder.about() {
                    let (step, after_due_days) = (reminder.step.clone(), reminder.after_due_days);
                    facts.sent.push(Sent { step, about, after_due_days, at_ms: now_ms });
                }
                facts.contacts.push(Made { at_ms: now_ms, channel: reminder.channel, reached: true });
                got.push((now_ms, *reminder));
                now_ms += 1;
            }
            Decision::Wait { until_ms: Some(until_ms), .. } if until_ms > now_ms => now_ms = until_ms,
            // Before the due date nothing may be left to say; after it there may be.
            Decision::Wait { .. } | Decision::Never { .. } if now_ms < late_ms => now_ms = late_ms,
            Decision::Wait { reason, .. } | Decision::Never { reason } => return (got, reason),
        }
    }
    (got, Reason::LadderFinished)
}

fn facts(somebody: Somebody) -> Facts {
    let usable = |channel| Address { channel, state: AddressState::Usable };
    let history = match somebody.record {
        Record::Good => History { on_time: 10, ..History::default() },
        Record::Usual => History::default(),
        Record::Poor => History { late: 10, late_days_sum: 600, ..History::default() },
    };
    let owed = Owed {
        id: InvoiceId::from("one"),
        currency: somebody.currency,
        due_on: somebody.due_on,
        left_minor: somebody.balance_minor,
        disputed_minor: 0,
    };
    Facts {
        who: somebody.who,
        history,
        invoices: vec![owed],
        on_account: Vec::new(),
        agreements: Vec::new(),
        holds: Vec::new(),
        stopped: false,
        addresses: [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call, Channel::Visit].map(usable).to_vec(),
        preferred: None,
        opted_out: Vec::new(),
        contacts: Vec::new(),
        sent: Vec::new(),
        episode_from_on: None,
        heard_at_ms: None,
        bank_data_at_ms: None,
    }
}
