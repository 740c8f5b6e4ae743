//! Text messages into a folder: a file appears whole or not at all.

use super::Outgoing;
use crate::carrier::SendError;
use std::path::Path;
use tokio::io::AsyncWriteExt as _;

/// Writes `<id>.txt`: to whom, an empty line, the words.
pub(super) async fn write(folder: &Path, outgoing: &Outgoing) -> Result<(), SendError> {
    let written = async {
        tokio::fs::create_dir_all(folder).await?;
        let unfinished = folder.join(format!(".{}.tmp", outgoing.id));
        let mut file = tokio::fs::File::create(&unfinished).await?;
        file.write_all(format!("To: {}\n\n{}\n", outgoing.to, outgoing.text).as_bytes()).await?;
        file.sync_all().await?;
        tokio::fs::rename(&unfinished, folder.join(format!("{}.txt", outgoing.id))).await
    };
    written.await.map_err(|error: std::io::Error| SendError::Later(format!("{}: {error}", folder.display())))
}
