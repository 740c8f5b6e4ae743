//! Letters on paper: set as PDF (`kept_letter`) and packed into batches that a print house takes. Each business has a folder of
//! its own. Setting a letter takes a while and is done aside.

mod folder;
pub mod text;

pub use folder::{Packing, Printed};

use crate::config::Letters;
use kept_domain::ids::BusinessId;
use kept_letter::{Document, Letter, LetterError, Rendered, Statement};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

/// Where batches go.
#[derive(Clone, Debug)]
pub struct Printer(PathBuf);

impl Printer {
    /// The folder that the configuration names; `data` is the data folder.
    pub fn open(config: &Letters, data: &Path) -> Self {
        Self(config.folder.clone().unwrap_or_else(|| data.join("letters")))
    }

    /// Where the file of a batch is.
    ///
    /// # Errors
    /// When no batch can have this name.
    pub fn file(&self, business: &BusinessId, name: &str) -> Result<PathBuf> {
        Ok(self.0.join(business.as_str()).join(folder::file_name(name)?))
    }

    /// Begins a batch.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn begin(&self, business: &BusinessId, name: &str) -> Result<Packing> {
        let file = self.file(business, name)?;
        aside(move || Packing::begin(file)).await
    }

    /// Moves the file of a batch to its place, once it is certain that its letters leave.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn put(&self, business: &BusinessId, name: &str) -> Result<()> {
        let file = self.file(business, name)?;
        aside(move || folder::put(&file)).await
    }

    /// The file of a batch that is closed.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn read(&self, business: &BusinessId, name: &str) -> Result<Vec<u8>> {
        let file = self.file(business, name)?;
        aside(move || folder::read(&file)).await
    }
}

/// Sets a letter and packs it under its id, or says why it cannot be set.
///
/// # Errors
/// When the folder cannot be written.
pub async fn add(
    mut packing: Packing,
    id: String,
    letter: Letter,
) -> Result<(Packing, std::result::Result<Printed, LetterError>)> {
    aside(move || packing.add(&id, &letter).map(|printed| (packing, printed))).await
}

/// Ends the file of a batch: it is on the disk, and not yet at its place.
///
/// # Errors
/// When the folder cannot be written.
pub async fn end(packing: Packing) -> Result<()> {
    aside(move || packing.end()).await
}

/// Throws away what was packed.
///
/// # Errors
/// When the folder cannot be written.
pub async fn discard(packing: Packing) -> Result<()> {
    aside(move || packing.discard()).await
}

/// Sets one letter.
///
/// # Errors
/// Why it cannot be set.
pub async fn set(letter: Letter) -> std::result::Result<Rendered, LetterError> {
    let done = tokio::task::spawn_blocking(move || kept_letter::render(&letter)).await;
    done.unwrap_or_else(|error| Err(LetterError::Typesetter(error.to_string())))
}

/// Sets a document that goes into no envelope.
///
/// # Errors
/// Why it cannot be set.
pub async fn set_document(document: Document) -> std::result::Result<Rendered, LetterError> {
    let done = tokio::task::spawn_blocking(move || kept_letter::render_document(&document)).await;
    done.unwrap_or_else(|error| Err(LetterError::Typesetter(error.to_string())))
}

/// Sets a statement of account.
///
/// # Errors
/// Why it cannot be set.
pub async fn set_statement(statement: Statement) -> std::result::Result<Rendered, LetterError> {
    let done = tokio::task::spawn_blocking(move || kept_letter::render_statement(&statement)).await;
    done.unwrap_or_else(|error| Err(LetterError::Typesetter(error.to_string())))
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::other(error)))
}
