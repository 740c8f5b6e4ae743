//! `kept migrate`: opening the database brings it up to date, so that is all.

use super::{Failure, Shell};

pub(super) async fn run(shell: &Shell) -> Result<(), Failure> {
    let app = shell.open().await?;
    let kind = app.db.kind();
    app.db.close().await;
    if shell.json {
        return shell.say_json(&serde_json::json!({ "database": kind }));
    }
    shell.say(&format!("The {kind} database is up to date."))
}
