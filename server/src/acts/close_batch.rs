//! Closing a batch of letters, so that a print house can take it.

use crate::app::App;
use crate::letter::{Batch, Printer};
use crate::secret;
use crate::store::business::Business;
use crate::store::event::{self, Event};
use crate::store::{self};

/// Why there is no batch.
#[derive(Debug)]
pub enum BatchError {
    /// The database is at fault; the batch is closed all the same.
    Store(store::Error),
    /// The folder is at fault.
    Folder(std::io::Error),
}

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => write!(f, "{error}"),
            Self::Folder(error) => write!(f, "the folder of letters: {error}"),
        }
    }
}

impl std::error::Error for BatchError {}

/// Closes the batch of everything that waits, and records it; `None` where nothing does.
///
/// # Errors
/// When the folder or the store fails.
pub async fn close_batch(app: &App, home: &Business, actor: &str) -> Result<Option<Batch>, BatchError> {
    let printer = Printer::open(&app.config.letters, &app.config.data_dir());
    let today = app.clock.today(&home.zone);
    let Some(batch) = printer.close_batch(&home.id, today).await.map_err(BatchError::Folder)? else { return Ok(None) };
    let name = batch.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let closed = Event {
        id: secret::new_id(),
        debtor: None,
        at_ms: app.clock.now_ms(),
        actor: actor.to_owned(),
        kind: "letters_batched".to_owned(),
        subject: name.clone(),
        detail: format!("{} letters on {} sheets in {name}", batch.letters, batch.sheets),
        address: String::new(),
    };
    let tx = app.db.begin().await.map_err(BatchError::Store)?;
    event::append(&tx, &home.id, &closed).await.map_err(BatchError::Store)?;
    tx.commit().await.map_err(BatchError::Store)?;
    Ok(Some(batch))
}
