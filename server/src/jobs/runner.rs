//! Runs the schedule, once or until it is told to stop. Any number of runners may work on one database.

use super::schedule::{Job, SCHEDULE};
use crate::acts::carriers::Carriers;
use crate::acts::{
    advance_commitments, charge_instalments, dispatch, expire, fetch_mail, fresh_link, reconcile, remind,
    settle_inbound, settle_payment,
};
use crate::app::App;
use crate::config::ConfigError;
use crate::store::Error;
use futures_util::FutureExt as _;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Seconds to wait after a job failed, so that a database that is away is not asked all the time.
const AFTER_FAILURE_S: u64 = 15;

/// What was done, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Reminders that were decided on and queued.
    pub reminders: u32,
    /// Debtors for whom a new reason not to remind was recorded.
    pub withheld: u32,
    /// Messages that were handed over.
    pub sent: u32,
    /// Messages that were given up.
    pub failed: u32,
    /// Messages that may have gone.
    pub unknown: u32,
    /// Messages that were not wanted any more when their turn came.
    pub cancelled: u32,
}

impl Done {
    fn add(&mut self, other: Done) {
        self.reminders += other.reminders;
        self.withheld += other.withheld;
        self.sent += other.sent;
        self.failed += other.failed;
        self.unknown += other.unknown;
        self.cancelled += other.cancelled;
    }
}

/// Why the schedule did not run to its end.
#[derive(Debug)]
pub enum RunError {
    /// Messages cannot leave by what the configuration says.
    Config(ConfigError),
    /// The store failed.
    Store(Error),
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(error) => write!(f, "configuration: {error}"),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for RunError {}

impl From<Error> for RunError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

fn carriers(app: &App) -> Result<Carriers, RunError> {
    Carriers::open(&app.config).map_err(RunError::Config)
}

/// Runs every job once, or one of them alone. After all of them nothing in the outbox is due.
///
/// # Errors
/// When a carrier is not configured or the store fails.
pub async fn run_once(app: &App, only: Option<Job>) -> Result<Done, RunError> {
    let carriers = carriers(app)?;
    let mut done = Done::default();
    for (job, _) in SCHEDULE.into_iter().filter(|(job, _)| only.is_none_or(|only| only == *job)) {
        done.add(run_job(app, &carriers, job).await?);
    }
    Ok(done)
}

/// Runs the schedule until `shutdown` completes; a job that has begun is finished. A job that fails is logged and
/// tried again.
///
/// # Errors
/// When a carrier is not configured.
pub async fn run(app: &App, shutdown: impl Future<Output = ()>) -> Result<Done, RunError> {
    let carriers = carriers(app)?;
    let shutdown = shutdown.shared();
    let (apart, others): (Vec<_>, Vec<_>) = SCHEDULE.into_iter().partition(|(job, _)| job.is_apart());
    let (_, done) = tokio::join!(
        rounds(app, &carriers, &apart, shutdown.clone()),
        rounds(app, &carriers, &others, shutdown.clone())
    );
    Ok(done)
}

/// Runs some of the jobs, each when it is due.
async fn rounds(
    app: &App,
    carriers: &Carriers,
    jobs: &[(Job, u64)],
    mut shutdown: impl Future<Output = ()> + Clone + Unpin,
) -> Done {
    let mut done = Done::default();
    let mut due = vec![Instant::now(); jobs.len()];
    loop {
        for ((job, every_s), due) in jobs.iter().zip(&mut due) {
            let now = Instant::now();
            if *due > now {
                continue;
            }
            *due = now + Duration::from_secs(*every_s);
            let did = tokio::select! {
                () = shutdown.clone(), if job.is_apart() => return done,
                did = run_job(app, carriers, *job) => did,
            };
            match did {
                Ok(did) => done.add(did),
                Err(error) => {
                    tracing::error!(job = ?job, %error, "a job failed and is tried again");
                    *due = now + Duration::from_secs(AFTER_FAILURE_S.min(*every_s).max(2));
                }
            }
        }
        let next = due.iter().min().copied().unwrap_or_else(Instant::now);
        tokio::select! {
            () = &mut shutdown => return done,
            () = sleep_until(next) => {}
        }
    }
}

async fn run_job(app: &App, carriers: &Carriers, job: Job) -> Result<Done, Error> {
    Ok(match job {
        Job::SettlePayments => {
            settle_payment::run(app).await?;
            Done::default()
        }
        Job::FetchMail => {
            if let Some(mailbox) = &carriers.mailbox {
                fetch_mail::run(app, mailbox).await?;
            }
            Done::default()
        }
        Job::SettleInbound => {
            settle_inbound::run(app).await?;
            Done::default()
        }
        Job::ChargeInstalments => {
            charge_instalments::run(app).await?;
            Done::default()
        }
        Job::AdvanceCommitments => {
            advance_commitments::run(app).await?;
            Done::default()
        }
        Job::Remind => {
            let decided = remind::run(app).await?;
            Done { reminders: decided.reminders, withheld: decided.withheld, ..Done::default() }
        }
        Job::FreshLinks => {
            fresh_link::run(app).await?;
            Done::default()
        }
        Job::Dispatch => {
            let d = dispatch::run(app, carriers).await?;
            Done { sent: d.sent, failed: d.failed, unknown: d.unknown, cancelled: d.cancelled, ..Done::default() }
        }
        Job::Reconcile => {
            reconcile::run(app).await?;
            Done::default()
        }
        Job::Expire => {
            expire::run(app).await?;
            Done::default()
        }
    })
}
