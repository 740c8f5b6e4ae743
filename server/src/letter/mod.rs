//! Letters on paper: set as PDF (`kept_letter`), put into a folder, a manifest beside them, and taken by a print house a
//! batch at a time. Each business has a folder of its own.

mod folder;
pub mod text;

pub use folder::Batch;

use crate::config::Letters;
use crate::mail::SendError;
use chrono::NaiveDate;
use kept_domain::ids::BusinessId;
use kept_letter::Letter;
use std::path::{Path, PathBuf};

/// A letter that is ready to be printed.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its own id, the same at every try: the name of the file.
    pub id: String,
    /// Whose letter it is.
    pub business: BusinessId,
    /// What it says, and to whom.
    pub letter: Letter,
}

/// Where letters go.
#[derive(Clone, Debug)]
pub struct Printer(PathBuf);

impl Printer {
    /// The folder that the configuration names; `data` is the data folder.
    pub fn open(config: &Letters, data: &Path) -> Self {
        Self(config.folder.clone().unwrap_or_else(|| data.join("letters")))
    }

    /// Sets a letter and puts it where the next batch takes it.
    ///
    /// # Errors
    /// A letter that cannot be addressed never goes; a folder that cannot be written may be another time.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let (folder, outgoing) = (self.of(&outgoing.business), outgoing.clone());
        let done = tokio::task::spawn_blocking(move || {
            let rendered =
                kept_letter::render(&outgoing.letter).map_err(|error| SendError::Refused(error.to_string()))?;
            folder::put(&folder, &outgoing.id, &outgoing.letter.to, &rendered)
                .map_err(|error| SendError::Later(format!("{}: {error}", folder.display())))
        });
        done.await.unwrap_or_else(|error| Err(SendError::Refused(format!("the letter cannot be set: {error}"))))
    }

    /// Closes the batch of a business: `None` where no letter waits for one.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or a letter is not the one that was put there.
    pub async fn close_batch(&self, business: &BusinessId, today: NaiveDate) -> std::io::Result<Option<Batch>> {
        let folder = self.of(business);
        tokio::task::spawn_blocking(move || folder::close_batch(&folder, today)).await?
    }

    fn of(&self, business: &BusinessId) -> PathBuf {
        self.0.join(business.as_str())
    }
}
