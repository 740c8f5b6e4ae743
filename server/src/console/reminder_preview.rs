//! What somebody invented would get under a policy: a rehearsal of one invoice that nobody pays.

use kept_domain::calendar::plus_days;
use kept_domain::contact::Channel;
use kept_domain::hours::{Place, first_instant};
use kept_domain::ids::InvoiceId;
use kept_domain::ladder::{History, Record, Who};
use kept_domain::money::Currency;
use kept_domain::rehearsal::rehearse;
use kept_domain::reminder::{Address, AddressState, Decision, Facts, InForce, Owed, Reason, Reminder};

/// Days before the due date at which looking begins: no step is earlier.
const EARLIEST_DAYS: u32 = 61;
/// Days after the due date at which looking ends: later than any step, also where each waits for the one before it.
const LATEST_DAYS: u32 = 3_660;

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
    let early_on = somebody.due_on.checked_sub_days(chrono::Days::new(u64::from(EARLIEST_DAYS)));
    let from_ms = first_instant(place.home, early_on.unwrap_or(somebody.due_on), i64::MIN);
    let to_ms = first_instant(place.home, plus_days(somebody.due_on, LATEST_DAYS), from_ms);
    // Their payments are known as of the first day.
    let facts = Facts { bank_data_at_ms: Some(from_ms), ..facts(somebody) };
    let (mut got, mut stands) = (Vec::new(), Reason::LadderFinished);
    for line in rehearse(&facts, &[], policy, place, from_ms..to_ms) {
        match line.decision {
            Decision::Send(reminder) => got.push((line.at_ms, *reminder)),
            Decision::Wait { reason, .. } | Decision::Never { reason } => stands = reason,
        }
    }
    (got, stands)
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
