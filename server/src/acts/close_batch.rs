//! Closing a batch of letters, so that a print house can take it. Each letter is decided on again before it is set, and all of
//! them leave in one transaction: until then none has, and whatever cuts the closing off puts them back.

use super::dispatch::{self, Outcome};
use super::write_letter::{Turn, Written, take_turn};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::letter::{self as paper, Packing, Printer};
use crate::secret;
use crate::store::business::Business;
use crate::store::letter::{self, Batch};
use crate::store::outbox::Item;
use crate::store::{self, Error};
use kept_domain::ids::DebtorId;

/// Letters in one batch at most; what is more waits for the next.
pub const LETTERS_MAX: u32 = 500;
/// How often another name is tried.
const TRIES_MAX: u32 = 5;
/// Milliseconds within which a batch is closed: after that its letters are put back.
const LEASE_MS: i64 = 15 * 60 * 1000;

/// What came of closing a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The batch; `None` where no letter could leave.
    pub batch: Option<Batch>,
    /// Letters that are not wanted any more: a payment or a dispute came in between.
    pub left_out: u32,
    /// Letters that may not leave today; they stay for the next batch.
    pub stay: u32,
    /// Letters that cannot be set: a person decides.
    pub failed: u32,
}

/// Why there is no batch. Its letters wait as before.
#[derive(Debug)]
pub enum BatchError {
    /// The database is at fault.
    Store(store::Error),
    /// The folder is at fault.
    Folder(std::io::Error),
    /// It took so long that its letters were put back.
    TookTooLong,
}

impl std::fmt::Display for BatchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => write!(f, "{error}"),
            Self::Folder(error) => write!(f, "the folder of letters: {error}"),
            Self::TookTooLong => f.write_str("it took too long, and the letters wait again"),
        }
    }
}

impl std::error::Error for BatchError {}

impl From<store::Error> for BatchError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for BatchError {
    fn from(error: std::io::Error) -> Self {
        Self::Folder(error)
    }
}

/// Closes the batch of everything that waits, and records it.
///
/// # Errors
/// When the folder or the store fails; no letter has left then.
pub async fn close_batch(app: &App, home: &Business, actor: &Actor) -> Result<Closed, BatchError> {
    let mut tries = 0;
    let begun = loop {
        match begin(app, home, actor).await {
            // Somebody else has begun a batch of the same name at the same time.
            Err(Error::Conflict) if tries < TRIES_MAX => tries += 1,
            other => break other?,
        }
    };
    let Some((id, name, items)) = begun else { return Ok(Closed::default()) };
    let printer = Printer::open(&app.config.letters, &app.config.data_dir());
    let mut closing = Closing { app, home, actor, id, done: Closed::default(), sent: Vec::new(), pages: 0, sheets: 0 };
    let packed = closing.pack(&printer, &name, &items).await;
    if let Err(error) = &packed {
        tracing::warn!("a batch of letters is put back: {error}");
        let tx = app.db.begin().await?;
        letter::put_back(&tx, &home.id, &closing.id, app.clock.now_ms()).await?;
        tx.commit().await?;
    }
    packed?;
    closing.leave(&printer, name).await
}

/// Claims the letters of a batch and gives it a name: its id, its name and its letters; `None` where no letter waits.
async fn begin(app: &App, home: &Business, actor: &Actor) -> Result<Option<(String, String, Vec<Item>)>, Error> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    letter::put_back_lost(&tx, now_ms).await?;
    let items = letter::claim(&app.db, &tx, &home.id, now_ms, now_ms + LEASE_MS, LETTERS_MAX).await?;
    let id = secret::new_id::<String>();
    let day = format!("letters-{}-", app.clock.today(&home.zone));
    let name = format!("{day}{}", letter::count_named(&tx, &home.id, &day).await? + 1);
    if !items.is_empty() {
        letter::begin(&tx, &home.id, &id, &name, &actor.name, now_ms, now_ms + LEASE_MS).await?;
    }
    tx.commit().await?;
    Ok((!items.is_empty()).then_some((id, name, items)))
}

/// A batch that is being closed.
struct Closing<'a> {
    app: &'a App,
    home: &'a Business,
    actor: &'a Actor,
    id: String,
    done: Closed,
    /// The contacts of the letters in it, and whom they are for.
    sent: Vec<(String, DebtorId)>,
    pages: u32,
    sheets: u32,
}

impl Closing<'_> {
    /// Writes and packs one letter after another.
    async fn pack(&mut self, printer: &Printer, name: &str, items: &[Item]) -> Result<(), BatchError> {
        let mut packing = printer.begin(&self.home.id, name).await?;
        for item in items {
            let until_ms = item.claimed_until_ms;
            match take_turn(self.app, self.home, item, Some(&self.id), until_ms).await? {
                Turn::Written(written) => packing = self.add(packing, item, *written).await?,
                Turn::Ended(Outcome::Cancelled(_)) => self.done.left_out += 1,
                Turn::Ended(Outcome::Postponed(_) | Outcome::Later(_)) => self.done.stay += 1,
                Turn::Ended(_) => self.done.failed += 1,
                Turn::Gone => {}
            }
        }
        if self.sent.is_empty() {
            paper::discard(packing).await?
        } else {
            paper::end(packing).await?
        }
        Ok(())
    }

    async fn add(&mut self, packing: Packing, item: &Item, written: Written) -> Result<Packing, BatchError> {
        let (packing, printed) = paper::add(packing, written.contact.clone(), written.letter).await?;
        let tx = self.app.db.begin().await?;
        match printed {
            Ok(printed) => {
                letter::set_printed(&tx, &self.home.id, &written.contact, printed.pages, &printed.sha256).await?;
                self.pages += printed.pages;
                self.sheets += printed.sheets;
                self.sent.push((written.contact, item.debtor.clone()));
            }
            Err(error) => {
                letter::remove(&tx, &self.home.id, &written.contact).await?;
                let failed = Outcome::Failed(error.to_string());
                dispatch::settle(&tx, item, &failed, Some(&written.link), self.app.clock.now_ms()).await?;
                self.done.failed += 1;
            }
        }
        tx.commit().await?;
        Ok(packing)
    }

    /// The one transaction in which all letters of the batch leave.
    async fn leave(mut self, printer: &Printer, name: String) -> Result<Closed, BatchError> {
        let (business, at_ms) = (&self.home.id, self.app.clock.now_ms());
        let tx = self.app.db.begin().await?;
        if self.sent.is_empty() {
            letter::abandon(&tx, business, &self.id).await?;
            tx.commit().await?;
            return Ok(self.done);
        }
        let batch = Batch {
            id: self.id.clone(),
            name,
            letters: i64::try_from(self.sent.len()).unwrap_or(i64::MAX),
            pages: i64::from(self.pages),
            sheets: i64::from(self.sheets),
            actor: self.actor.name.clone(),
            at_ms,
        };
        if !letter::close(&tx, business, &batch).await? {
            return Err(BatchError::TookTooLong);
        }
        for (contact, debtor) in &self.sent {
            let detail = format!("Letter (reminder) sent, in {}", batch.name);
            let happened = Happened { debtor: Some(debtor), kind: "message_sent", subject: contact, detail };
            record(self.app, &tx, business, self.actor, happened).await?;
        }
        let detail = format!("Letters: {}, sheets: {}, in {}", batch.letters, batch.sheets, batch.name);
        let happened = Happened { debtor: None, kind: "letters_batched", subject: &batch.id, detail };
        record(self.app, &tx, business, self.actor, happened).await?;
        tx.commit().await?;
        // Whoever reads the file moves it where this does not come about.
        printer.put(business, &batch.name).await?;
        self.done.batch = Some(batch);
        Ok(self.done)
    }
}

/// The file of a batch that is closed; `None` where the business has no such batch. Who fetched it is recorded: its letters
/// carry links.
///
/// # Errors
/// When the store fails, or the file is not here.
pub async fn fetch_batch(
    app: &App,
    home: &Business,
    id: &str,
    actor: &Actor,
) -> Result<Option<(Batch, Vec<u8>)>, BatchError> {
    let Some(batch) = letter::find_batch(&app.db, &home.id, id).await? else { return Ok(None) };
    let printer = Printer::open(&app.config.letters, &app.config.data_dir());
    let bytes = printer.read(&home.id, &batch.name).await?;
    let tx = app.db.begin().await?;
    let detail = batch.name.clone();
    let happened = Happened { debtor: None, kind: "letters_fetched", subject: &batch.id, detail };
    record(app, &tx, &home.id, actor, happened).await?;
    tx.commit().await?;
    Ok(Some((batch, bytes)))
}

/// Where the file of a batch stands.
///
/// # Errors
/// Never, for a batch of ours.
pub fn file_of(app: &App, home: &Business, batch: &Batch) -> Result<std::path::PathBuf, Error> {
    let printer = Printer::open(&app.config.letters, &app.config.data_dir());
    printer.file(&home.id, &batch.name).map_err(|_| Error::Corrupt("letter_batches.name".into()))
}
