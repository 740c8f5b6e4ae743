//! `kept letters`: batches for a print house.

use super::{Failure, Shell};
use crate::acts::close_batch::close_batch;

#[derive(Debug, clap::Subcommand)]
pub(super) enum What {
    /// Pack the letters that wait into a batch for a print house
    Batch,
}

pub(super) async fn run(shell: &Shell, what: &What) -> Result<(), Failure> {
    let What::Batch = what;
    let app = shell.open().await?;
    let business = shell.get_business(&app).await?;
    let batch = close_batch(&app, &business, "shell").await?;
    app.db.close().await;
    if shell.json {
        return shell.say_json(&serde_json::json!({
            "batch": batch.as_ref().map(|b| b.file.display().to_string()),
            "letters": batch.as_ref().map_or(0, |b| b.letters),
            "pages": batch.as_ref().map_or(0, |b| b.pages),
            "sheets": batch.as_ref().map_or(0, |b| b.sheets),
        }));
    }
    match batch {
        None => shell.say("No letter waits for a batch."),
        Some(b) => shell.say(&format!("{}: {} letters on {} sheets", b.file.display(), b.letters, b.sheets)),
    }
}
