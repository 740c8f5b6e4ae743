//! Taking a file to import: it is kept until it has been looked at and imported, or for a day.

use super::{Actor, Failure};
use crate::app::App;
use crate::secret;
use crate::store::upload::{self, Upload};
use base64::Engine as _;
use kept_domain::ids::BusinessId;

/// Bytes that an uploaded file may have; larger ones go by `kept import`.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
const DAY_MS: i64 = 86_400_000;

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Debtors.
    Debtors,
    /// Invoices.
    Invoices,
}

impl Kind {
    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Debtors => "debtors",
            Self::Invoices => "invoices",
        }
    }

    /// Reads a name written by [`Kind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Debtors, Self::Invoices].into_iter().find(|k| k.code() == code)
    }
}

/// Why a file was not taken, in words for the person.
pub type Refusal = &'static str;

/// Keeps a file; answers its id.
///
/// # Errors
/// What is wrong with the file, or the store's.
pub async fn upload_file(
    app: &App,
    business: &BusinessId,
    kind: Kind,
    name: &str,
    bytes: &[u8],
    actor: &Actor,
) -> Result<String, Failure<Refusal>> {
    if bytes.is_empty() {
        return Err(Failure::Refused("Choose a file that is not empty"));
    }
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Failure::Refused("Choose a file of at most 20 MB, or split it"));
    }
    let now_ms = app.clock.now_ms();
    let file_name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    let new = Upload {
        id: secret::new_id(),
        kind: kind.code().to_owned(),
        file_name: if file_name.is_empty() { "file.csv".to_owned() } else { file_name },
        state: "waiting".to_owned(),
        report: String::new(),
        actor: actor.name.clone(),
        created_at_ms: now_ms,
    };
    let content = base64::engine::general_purpose::STANDARD.encode(bytes);
    let tx = app.db.begin().await?;
    upload::insert(&tx, business, &new, &content, now_ms - DAY_MS).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// Forgets a file that has been imported.
///
/// # Errors
/// When the store fails.
pub async fn forget_file(app: &App, business: &BusinessId, id: &str) -> Result<(), crate::store::Error> {
    let tx = app.db.begin().await?;
    upload::delete_waiting(&tx, business, id).await?;
    tx.commit().await
}
