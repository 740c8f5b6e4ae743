//! Mail into a folder: a file appears whole or not at all.

use crate::carrier::SendError;
use std::path::Path;
use tokio::io::AsyncWriteExt as _;

/// Writes `<id>.eml`.
pub(super) async fn write(folder: &Path, id: &str, message: &[u8]) -> Result<(), SendError> {
    let written = async {
        tokio::fs::create_dir_all(folder).await?;
        let unfinished = folder.join(format!(".{id}.tmp"));
        let mut file = tokio::fs::File::create(&unfinished).await?;
        file.write_all(message).await?;
        file.sync_all().await?;
        tokio::fs::rename(&unfinished, folder.join(format!("{id}.eml"))).await
    };
    written.await.map_err(|error: std::io::Error| SendError::Later(format!("{}: {error}", folder.display())))
}
