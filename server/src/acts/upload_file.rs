//! Taking a file to import: it is kept until it has been looked at and imported, or for a day.

use super::imported::{File, name_of};
use super::{Actor, Failure};
use crate::app::App;
use crate::einvoice::is_xml;
use crate::secret;
use crate::store::Error;
use crate::store::upload::{self, Upload};
use base64::Engine as _;
use kept_domain::ids::BusinessId;

/// Bytes that uploaded files may have together; larger ones go by `kept import`.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Files that are taken together.
pub const FILES_MAX: usize = 1_000;
const DAY_MS: i64 = 86_400_000;

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Debtors.
    Debtors,
    /// Invoices.
    Invoices,
    /// What a bank says that arrived, as a table.
    Statement,
}

impl Kind {
    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Debtors => "debtors",
            Self::Invoices => "invoices",
            Self::Statement => "statement",
        }
    }

    /// Reads a name written by [`Kind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Debtors, Self::Invoices, Self::Statement].into_iter().find(|k| k.code() == code)
    }
}

/// Why a file was not taken, in words for the person.
pub type Refusal = &'static str;

/// Several files as they are kept, in base64.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    name: String,
    base64: String,
}

/// Keeps a file, or several of which each is an e-invoice; answers the id by which they are found.
///
/// # Errors
/// What is wrong with the file, or the store's.
pub async fn upload_file(
    app: &App,
    business: &BusinessId,
    kind: Kind,
    files: &[File],
    actor: &Actor,
) -> Result<String, Failure<Refusal>> {
    if files.is_empty() || files.iter().any(|f| f.bytes.is_empty()) {
        return Err(Failure::Refused("Choose a file that is not empty"));
    }
    if files.iter().map(|f| f.bytes.len()).sum::<usize>() > FILE_BYTES_MAX {
        return Err(Failure::Refused("Choose a file of at most 20 MB, or split it"));
    }
    if files.len() > FILES_MAX {
        return Err(Failure::Refused("Choose at most 1,000 files at once"));
    }
    if files.len() > 1 && (kind != Kind::Invoices || files.iter().any(|f| !is_xml(&f.bytes))) {
        return Err(Failure::Refused("Choose one file, or several of which each is an e-invoice"));
    }
    let now_ms = app.clock.now_ms();
    let file_name = tidy(&name_of(files));
    let new = Upload {
        id: secret::new_id(),
        kind: kind.code().to_owned(),
        file_name: if file_name.is_empty() { "file.csv".to_owned() } else { file_name },
        state: "waiting".to_owned(),
        report: String::new(),
        actor: actor.name.clone(),
        created_at_ms: now_ms,
    };
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let content = match files {
        [one] => base64(&one.bytes),
        many => {
            let many: Vec<Kept> = many.iter().map(|f| Kept { name: tidy(&f.name), base64: base64(&f.bytes) }).collect();
            serde_json::to_string(&many).map_err(|_| Error::Corrupt("content".into()))?
        }
    };
    let tx = app.db.begin().await?;
    upload::insert(&tx, business, &new, &content, now_ms - DAY_MS).await?;
    tx.commit().await?;
    Ok(new.id)
}

fn tidy(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Reads what was kept under a name.
///
/// # Errors
/// When it cannot be read.
pub fn unpack(name: &str, content: &str) -> Result<Vec<File>, Error> {
    let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text);
    let unread = || Error::Corrupt("content_base64".into());
    if !content.starts_with('[') {
        return Ok(vec![File { name: name.to_owned(), bytes: decode(content).map_err(|_| unread())? }]);
    }
    let many: Vec<Kept> = serde_json::from_str(content).map_err(|_| unread())?;
    let file = |k: Kept| Ok(File { name: k.name, bytes: decode(&k.base64).map_err(|_| unread())? });
    many.into_iter().map(file).collect()
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
