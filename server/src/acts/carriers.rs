//! The ways out and in that this installation has, and a message that is ready for one of them.

use crate::carrier::SendError;
use crate::config::{Config, ConfigError};
use crate::mail::imap::Mailbox;
use crate::mail::{self, Mailer};
use crate::sms::{self, Texter};

/// Every carrier, as the configuration names them.
pub struct Carriers {
    /// Mail.
    pub mail: Mailer,
    /// Text messages.
    pub sms: Texter,
    /// The mailbox on a server that bounces and replies come into, where there is one.
    pub mailbox: Option<Mailbox>,
}

/// A message that is ready to be handed over.
pub enum Parcel {
    /// An e-mail.
    Mail(Box<mail::Outgoing>),
    /// A text message.
    Sms(sms::Outgoing),
}

impl Carriers {
    /// Opens every way that the configuration names.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn open(config: &Config) -> Result<Self, ConfigError> {
        let data = config.data_dir();
        Ok(Self {
            mail: Mailer::open(&config.mail, &data)?,
            sms: Texter::open(&config.sms)?,
            mailbox: Mailbox::open(&config.mail)?,
        })
    }

    /// Milliseconds for which the slowest of them is waited for.
    pub fn patience_ms(config: &Config) -> i64 {
        let mail_s = config.mail.timeout_s.unwrap_or(mail::TIMEOUT_S);
        let sms_s = config.sms.timeout_s.unwrap_or(sms::TIMEOUT_S);
        i64::from(mail_s.max(sms_s)) * 1000
    }

    /// Hands a message over; answers what the carrier calls it from now on.
    ///
    /// # Errors
    /// Says whether it may be tried again, never will go, or may have gone.
    pub async fn hand_over(&self, parcel: &Parcel) -> Result<String, SendError> {
        match parcel {
            Parcel::Mail(outgoing) => self.mail.send(outgoing).await.map(|()| parcel.provider_id()),
            Parcel::Sms(outgoing) => self.sms.send(outgoing).await,
        }
    }
}

impl Parcel {
    /// Where it goes, in the form in which addresses are compared.
    pub fn address(&self) -> String {
        match self {
            Self::Mail(outgoing) => outgoing.to.address.to_lowercase(),
            Self::Sms(outgoing) => outgoing.to.clone(),
        }
    }

    /// Its subject; a text message has none.
    pub fn subject(&self) -> &str {
        match self {
            Self::Mail(outgoing) => &outgoing.subject,
            Self::Sms(_) => "",
        }
    }

    /// Its words.
    pub fn text(&self) -> &str {
        match self {
            Self::Mail(outgoing) => &outgoing.text,
            Self::Sms(outgoing) => &outgoing.text,
        }
    }

    /// The name by which what comes back will call it, where it is ours to give.
    pub fn provider_id(&self) -> String {
        match self {
            Self::Mail(outgoing) => outgoing.message_id(),
            Self::Sms(_) => String::new(),
        }
    }
}
