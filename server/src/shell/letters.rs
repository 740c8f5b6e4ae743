//! `kept letters`: batches for a print house.

use super::{Failure, Shell};
use crate::acts::Actor;
use crate::acts::close_batch::{close_batch, file_of};
use crate::store::letter;

#[derive(Debug, clap::Subcommand)]
pub(super) enum What {
    /// Pack the letters that wait into a batch for a print house
    Batch,
}

pub(super) async fn run(shell: &Shell, what: &What) -> Result<(), Failure> {
    let What::Batch = what;
    let app = shell.open().await?;
    let business = shell.get_business(&app).await?;
    let done = close_batch(&app, &business, &Actor::local("shell")).await?;
    let waiting = letter::count_waiting(&app.db, &business.id).await?.map_or(0, |(many, _)| many);
    let file = match &done.batch {
        Some(batch) => {
            let file = file_of(&app, &business, batch)?;
            Some(std::path::absolute(&file).unwrap_or(file).display().to_string())
        }
        None => None,
    };
    app.db.close().await;
    if shell.json {
        let count = |of: fn(&letter::Batch) -> i64| done.batch.as_ref().map_or(0, of);
        return shell.say_json(&serde_json::json!({
            "batch": file,
            "letters": count(|batch| batch.letters),
            "pages": count(|batch| batch.pages),
            "sheets": count(|batch| batch.sheets),
            "left_out": done.left_out,
            "stay": done.stay,
            "failed": done.failed,
            "waiting": waiting,
        }));
    }
    let mut lines = vec![match (&done.batch, &file) {
        (Some(batch), Some(file)) => format!("{file}: letters: {}, sheets: {}", batch.letters, batch.sheets),
        _ => "No letter could leave.".to_owned(),
    }];
    for (count, what) in [
        (done.left_out, "no longer wanted, left out"),
        (done.failed, "cannot be printed, a person decides"),
        (waiting, "wait for the next batch"),
    ] {
        if count > 0 {
            lines.push(format!("{what}: {count}"));
        }
    }
    shell.say(&lines.join("\n"))
}
