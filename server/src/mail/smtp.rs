//! Mail through a server, a step at a time, so that it is always known whether the words had been handed over when
//! something went wrong.

use super::decoded;
use crate::carrier::SendError;
use crate::config::ConfigError;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use reqwest::Url;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Connections that are kept open for the next message.
const IDLE_MAX: usize = 4;

/// A mail server to hand messages to.
pub struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
    patience: Duration,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

enum Tls {
    None,
    IfOffered(TlsParameters),
    Required(TlsParameters),
    FromTheStart(TlsParameters),
}

impl Relay {
    /// A server by its address: `smtp://host`, `smtp://user:password@host?tls=required`, `?tls=opportunistic`, or
    /// `smtps://…`. A path is the name to greet with.
    pub(super) fn new(url: &str, patience: Duration) -> Result<Self, ConfigError> {
        // The address may hold a password: nothing of it is repeated.
        let wrong = |what: &str| ConfigError(format!("mail.smtp_url: {what}"));
        let url = Url::parse(url).map_err(|_| wrong("write smtp://… or smtps://…"))?;
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or_else(|| wrong("the host is missing"))?.to_owned();
        let wanted = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let parameters =
            || TlsParameters::new(host.clone()).map_err(|_| wrong("the host's name cannot be checked by TLS"));
        let (port, tls) = match (url.scheme(), wanted.as_deref()) {
            ("smtp", None | Some("none")) => (25, Tls::None),
            ("smtp", Some("opportunistic")) => (587, Tls::IfOffered(parameters()?)),
            ("smtp", Some("required")) => (587, Tls::Required(parameters()?)),
            ("smtps", None | Some("required")) => (465, Tls::FromTheStart(parameters()?)),
            _ => return Err(wrong("write smtp://host?tls=required, smtp://host or smtps://host")),
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username()), decoded(password))),
            None if !url.username().is_empty() => return Err(wrong("there is a user and no password")),
            None => None,
        };
        let on_this_machine = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        if credentials.is_some() && matches!(tls, Tls::None | Tls::IfOffered(_)) && !on_this_machine {
            return Err(wrong("a password is only sent encrypted: add ?tls=required or write smtps://"));
        }
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let port = url.port().unwrap_or(port);
        Ok(Self { host, port, tls, hello, credentials, patience, idle: Mutex::default() })
    }

    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Result<(), SendError> {
        let mut connection = self.connection().await?;
        self.hand_over(&mut connection, envelope, message).await?;
        let mut idle = self.idle.lock().await;
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        Ok(())
    }

    /// Up to the word DATA nothing has been said that could be delivered; from then on only the server's answer tells.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), SendError> {
        let mut parameters = Vec::new();
        let plain = envelope.from().into_iter().chain(envelope.to()).all(|a| AsRef::<str>::as_ref(a).is_ascii());
        if !plain {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(SendError::Refused("the mail server takes no addresses with such letters".into()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let step = async |answer| match answer {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(before_the_words(&error)),
            Err(_) => Err(SendError::Later("the mail server did not answer in time".into())),
        };
        let from = Mail::new(envelope.from().cloned(), parameters);
        step(timeout(self.patience, connection.command(from)).await).await?;
        for to in envelope.to() {
            let to = Rcpt::new(to.clone(), vec![]);
            step(timeout(self.patience, connection.command(to)).await).await?;
        }
        step(timeout(self.patience, connection.command(Data)).await).await?;
        match timeout(self.patience, connection.message(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_transient() => Err(SendError::Later(said(&error))),
            Ok(Err(error)) if error.is_permanent() => Err(SendError::Refused(said(&error))),
            Ok(Err(error)) => Err(SendError::Unknown(said(&error))),
            Err(_) => Err(SendError::Unknown("the mail server did not say whether it took the message".into())),
        }
    }

    /// A connection that works: one that was kept, or a new one. What fails here is the server's state or the
    /// configuration, never the message, so it is tried again.
    async fn connection(&self) -> Result<AsyncSmtpConnection, SendError> {
        loop {
            let Some(mut kept) = self.idle.lock().await.pop() else { break };
            if let Ok(Ok(_)) = timeout(self.patience, kept.command(Rset)).await {
                return Ok(kept);
            }
        }
        match timeout(self.patience, self.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(said)) => Err(SendError::Later(said)),
            Err(_) => Err(SendError::Later("the mail server did not answer in time".into())),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection = if let Tls::FromTheStart(parameters) = &self.tls {
            let (patience, tls) = (Some(self.patience), Some(parameters.clone()));
            AsyncSmtpConnection::connect_tokio1(server, patience, &self.hello, tls, None).await.map_err(|e| said(&e))?
        } else {
            let stream = TcpStream::connect(server).await.map_err(|error| error.to_string())?;
            // The end of a message is a write of its own: held back, it would wait for the server's delayed acknowledgement.
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await.map_err(|e| said(&e))?
        };
        match &self.tls {
            Tls::Required(parameters) => {
                connection.starttls(parameters.clone(), &self.hello).await.map_err(|e| said(&e))?
            }
            Tls::IfOffered(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await.map_err(|e| said(&e))?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(|e| said(&e))?;
        }
        Ok(connection)
    }
}

/// What an answer to MAIL, RCPT or DATA means.
fn before_the_words(error: &Error) -> SendError {
    match error.is_permanent() {
        true => SendError::Refused(said(error)),
        false => SendError::Later(said(error)),
    }
}

/// What went wrong, as one line.
fn said(error: &Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_work_is_refused_without_its_password() {
        let open = |url| Relay::new(url, Duration::from_secs(1));
        for url in [
            "smtp://mail.example.com",
            "smtp://ann:p%40ss@mail.example.com?tls=required",
            "smtps://ann:pass@mail.example.com:4650/kept.example.com",
            "smtp://ann:pass@localhost:2525",
            "smtp://127.0.0.1:2525?tls=opportunistic",
        ] {
            assert!(open(url).is_ok(), "{url}");
        }
        for url in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://mail.example.com?tls=maybe",
            "smtp://ann:secret@mail.example.com",
            "smtp://ann:secret@mail.example.com?tls=opportunistic",
            "smtp://ann@mail.example.com?tls=required",
        ] {
            let error = open(url).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.starts_with("mail.smtp_url: ") && !error.contains("secret"), "{url}: {error}");
        }
        assert_eq!(decoded("p%40s+s"), "p@s+s");
    }
}
