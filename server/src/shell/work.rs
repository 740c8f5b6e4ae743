//! `kept work`: decides on reminders and sends what waits, once or until it is stopped.

use super::{Failure, Shell};
use crate::jobs::runner::{self, Done};
use crate::jobs::schedule::Job;

pub(super) async fn run(shell: &Shell, once: bool, only: Option<Job>) -> Result<(), Failure> {
    let app = shell.open().await?;
    let done = if once { runner::run_once(&app, only).await? } else { runner::run(&app, stopped()).await? };
    app.db.close().await;
    if shell.json { shell.say_json(&done) } else { shell.say(&for_people(done)) }
}

/// Completes when the process is asked to stop.
pub(super) async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without a way to hear of signals the process runs until it is killed, which loses nothing.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn for_people(done: Done) -> String {
    let mut text = format!(
        "reminders to send: {}\nwithheld, with the reason recorded: {}\nmessages sent: {}",
        done.reminders, done.withheld, done.sent
    );
    for (count, what) in [
        (done.failed, "given up, a person decides"),
        (done.unknown, "perhaps sent, a person decides"),
        (done.cancelled, "no longer wanted, not sent"),
    ] {
        if count > 0 {
            text += &format!("\n{what}: {count}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_people_are_told_the_same() {
        let done = Done { reminders: 2, withheld: 1, sent: 2, failed: 0, unknown: 1, cancelled: 0 };
        let value: serde_json::Value = serde_json::to_value(done).unwrap();
        let keys = ["reminders", "withheld", "sent", "failed", "unknown", "cancelled"];
        assert_eq!(keys.map(|key| value[key].as_u64().unwrap()), [2, 1, 2, 0, 1, 0]);
        assert!(for_people(done).ends_with("messages sent: 2\nperhaps sent, a person decides: 1"));
    }
}
