//! `kept work`: decides on reminders and sends what waits, once or until it is stopped.

use crate::app::App;
use crate::jobs::runner::{self, Done, RunError};

/// Runs the jobs and prints what was done, for people or as JSON.
///
/// # Errors
/// When mail is not configured; with `once` also when the store fails.
pub async fn work(app: App, once: bool, json: bool) -> Result<(), RunError> {
    let done = if once { runner::run_once(&app).await? } else { runner::run(&app, stopped()).await? };
    println!("{}", if json { as_json(done) } else { for_people(done) });
    Ok(())
}

/// Completes when the process is asked to stop.
async fn stopped() {
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

fn as_json(done: Done) -> String {
    serde_json::to_value(done).unwrap_or_default().to_string()
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
        let value: serde_json::Value = serde_json::from_str(&as_json(done)).unwrap();
        let keys = ["reminders", "withheld", "sent", "failed", "unknown", "cancelled"];
        assert_eq!(keys.map(|key| value[key].as_u64().unwrap()), [2, 1, 2, 0, 1, 0]);
        assert!(for_people(done).ends_with("messages sent: 2\nperhaps sent, a person decides: 1"));
    }
}
