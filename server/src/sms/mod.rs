//! Outgoing text messages: one port with two adapters, an API of Twilio's shape and a folder that people and tests can
//! look into.

mod folder;
pub mod standin;
mod twilio;

pub use kept_intake::sms::{number, signature};

use crate::carrier::SendError;
use crate::config::{ConfigError, Sms};
use std::path::PathBuf;

/// Seconds to wait for an answer, unless the configuration says otherwise.
pub const TIMEOUT_S: u32 = 20;

/// A text message that is ready to leave.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its own id, the same at every try: the name of the file.
    pub id: String,
    /// The recipient's number in E.164.
    pub to: String,
    /// The words.
    pub text: String,
    /// Where the carrier tells what became of it.
    pub callback: String,
}

/// Where text messages leave by.
pub enum Texter {
    /// An account with a carrier.
    Twilio(Box<twilio::Account>),
    /// A folder of `.txt` files.
    Folder(PathBuf),
    /// None.
    Nobody,
}

impl Texter {
    /// The way that the configuration names.
    ///
    /// # Errors
    /// When the account cannot be used.
    pub fn open(config: &Sms) -> Result<Self, ConfigError> {
        match (&config.account_sid, &config.auth_token, &config.from) {
            (Some(sid), Some(token), Some(from)) => {
                let account = twilio::Account::new(config, sid, token.clone(), from)?;
                Ok(Self::Twilio(Box::new(account)))
            }
            _ => Ok(config.folder.clone().map_or(Self::Nobody, Self::Folder)),
        }
    }

    /// Sends a message; answers what the carrier calls it.
    ///
    /// # Errors
    /// Says whether it may be tried again, never will go, or may have gone.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<String, SendError> {
        match self {
            Self::Twilio(account) => account.send(outgoing).await,
            Self::Nobody => Err(SendError::Refused("no carrier of text messages is set up: see [sms]".into())),
            Self::Folder(folder) => folder::write(folder, outgoing).await.map(|()| outgoing.id.clone()),
        }
    }
}
