//! A folder that mail comes into: a Maildir, or a folder of files. What was stored moves to `cur`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Bytes of a message that are read: of a larger one its beginning, where the words are.
pub const MESSAGE_BYTES_MAX: u64 = 1024 * 1024;

/// A file that waits.
pub struct Waiting {
    path: PathBuf,
    /// The message.
    pub raw: Vec<u8>,
}

/// At most `limit` messages that wait, in the order of their names.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(inbox: &Path, limit: usize) -> std::io::Result<Vec<Waiting>> {
    let new = inbox.join("new");
    let folder = if new.is_dir() { new } else { inbox.to_path_buf() };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')))
        .collect();
    paths.sort();
    let mut waiting = Vec::new();
    for path in paths.into_iter().take(limit) {
        let mut raw = Vec::new();
        std::fs::File::open(&path)?.take(MESSAGE_BYTES_MAX).read_to_end(&mut raw)?;
        waiting.push(Waiting { path, raw });
    }
    Ok(waiting)
}

impl Waiting {
    /// Moves it out of the way, once it is stored.
    ///
    /// # Errors
    /// When it cannot be moved; it is then found again and stored no second time.
    pub fn done(self, inbox: &Path) -> std::io::Result<()> {
        let cur = inbox.join("cur");
        std::fs::create_dir_all(&cur)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Maildir: the flag S says that it was seen.
        let name = if name.contains(":2,") { name } else { format!("{name}:2,S") };
        std::fs::rename(&self.path, cur.join(name))
    }
}
