//! The schedule, in the order in which jobs run when several are due.

/// Something that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Job {
    /// What the gateway told is settled, and what it did not tell is asked.
    SettlePayments,
    /// What waits in a mailbox on a server is stored.
    FetchMail,
    /// What carriers told is settled: bounces, replies, stops.
    SettleInbound,
    /// Payments by kept cards are announced and charged.
    ChargeInstalments,
    /// Commitments are missed, kept, broken; offers run out.
    AdvanceCommitments,
    /// Reminders are decided on.
    Remind,
    /// Those who asked for a link in place of an old one get it.
    FreshLinks,
    /// What waits in the outbox leaves.
    Dispatch,
    /// Card payments in the books are compared with the gateway, once a day for each business.
    Reconcile,
    /// What has run out is removed.
    Expire,
}

impl Job {
    /// It waits for somebody else's server and must hold up no other; it can be broken off at any time and loses nothing.
    pub fn is_apart(self) -> bool {
        matches!(self, Self::FetchMail | Self::Reconcile)
    }
}

/// Every job, and the seconds from the start of one run to the start of the next.
pub const SCHEDULE: [(Job, u64); 10] = [
    (Job::SettlePayments, 1),
    (Job::FetchMail, 60),
    (Job::SettleInbound, 2),
    (Job::ChargeInstalments, 60),
    (Job::AdvanceCommitments, 15 * 60),
    (Job::Remind, 15 * 60),
    (Job::FreshLinks, 2),
    (Job::Dispatch, 2),
    (Job::Reconcile, 5 * 60),
    (Job::Expire, 60 * 60),
];
