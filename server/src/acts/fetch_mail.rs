//! What waits in a mailbox on a server is fetched and stored, each message before the mailbox knows of it.

use super::settle_inbound;
use crate::app::App;
use crate::mail::imap::{Mailbox, Visit};
use crate::store::Error;

/// Fetches what waits; answers how many were new. A server that is away is asked again the next time.
///
/// # Errors
/// When the store fails; what it did not take stays as it was in the mailbox.
pub async fn run(app: &App, mailbox: &Mailbox) -> Result<u32, Error> {
    let mut visit = match mailbox.visit().await {
        Ok(visit) => visit,
        Err(why) => {
            tracing::warn!("the mailbox cannot be read: {why}");
            return Ok(0);
        }
    };
    let mut new = 0;
    let read = read(app, &mut visit, &mut new).await?;
    match read {
        Ok(()) => visit.leave().await,
        Err(why) => tracing::warn!("the mailbox was not read to its end: {why}"),
    }
    Ok(new)
}

async fn read(app: &App, visit: &mut Visit<'_>, new: &mut u32) -> Result<Result<(), String>, Error> {
    loop {
        let message = match visit.next().await {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(Ok(())),
            Err(why) => return Ok(Err(why)),
        };
        // The answer means that it is on disk.
        *new += u32::from(settle_inbound::receive_mail(app, &message.raw).await?);
        if let Err(why) = visit.done(&message).await {
            return Ok(Err(why));
        }
    }
}
