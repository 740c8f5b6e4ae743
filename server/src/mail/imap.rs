//! A mailbox on a server that bounces and replies come into, read by IMAP (RFC 3501, RFC 9051). A message is fetched without
//! leaving a trace, and only once it is stored it is marked as read, or moved. A line that drops in between loses nothing:
//! what is fetched again is the same message, which is stored once.

use super::inbox::MESSAGE_BYTES_MAX;
use super::{TIMEOUT_S, decoded};
use crate::config::{ConfigError, Mail};
use async_imap::error::Error;
use async_imap::{Client, Session};
use futures_util::StreamExt as _;
use reqwest::Url;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Messages that one visit fetches at most; the next one goes on.
const MESSAGES_MAX: usize = 500;
/// Characters of what a server says that are repeated.
const SAID_CHARS_MAX: usize = 200;

/// A line to the server, encrypted or not.
trait Line: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Line for T {}

enum Tls {
    /// Only within this machine.
    None,
    AfterGreeting(TlsConnector),
    FromTheStart(TlsConnector),
}

/// A mailbox on a server.
pub struct Mailbox {
    host: String,
    port: u16,
    tls: Tls,
    user: String,
    password: SecretString,
    folder: String,
    done: Option<String>,
    patience: Duration,
}

impl Mailbox {
    /// The mailbox that the configuration names, if any: `imaps://user:password@host`, `imap://…?tls=required`, and after the host
    /// the folder, `INBOX` unless said.
    ///
    /// # Errors
    /// When it cannot be used as it is written.
    pub fn open(config: &Mail) -> Result<Option<Self>, ConfigError> {
        let Some(url) = &config.imap_url else { return Ok(None) };
        // The address holds a password: nothing of it is repeated.
        let wrong = |what: &str| ConfigError(format!("mail.imap_url: {what}"));
        let url = Url::parse(url.expose_secret()).map_err(|_| wrong("write imaps://user:password@host"))?;
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or_else(|| wrong("the host is missing"))?.to_owned();
        let (user, password) = match url.password() {
            Some(password) if !url.username().is_empty() => (decoded(url.username()), decoded(password)),
            _ => return Err(wrong("a mailbox needs a user and a password: imaps://user:password@host")),
        };
        let wanted = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let on_this_machine = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        let tls = || connector(config.imap_ca.as_deref());
        let (port, tls) = match (url.scheme(), wanted.as_deref()) {
            ("imaps", None | Some("required")) => (993, Tls::FromTheStart(tls()?)),
            ("imap", Some("required")) => (143, Tls::AfterGreeting(tls()?)),
            ("imap", None | Some("none")) if on_this_machine => (143, Tls::None),
            ("imap", None | Some("none")) => {
                return Err(wrong("a password is only sent encrypted: write imaps://, or add ?tls=required"));
            }
            _ => return Err(wrong("write imaps://user:password@host or imap://user:password@host?tls=required")),
        };
        let folder = match decoded(url.path().trim_matches('/')) {
            folder if folder.is_empty() => "INBOX".to_owned(),
            folder => folder,
        };
        let done = config.imap_done.clone().filter(|done| !done.is_empty());
        for (name, field) in [("imap_url", Some(&folder)), ("imap_done", done.as_ref())] {
            if field.is_some_and(|folder| !folder.bytes().all(|b| (0x20..0x7f).contains(&b))) {
                return Err(ConfigError(format!("mail.{name}: name a folder in plain letters")));
            }
        }
        if done.as_ref() == Some(&folder) {
            return Err(ConfigError("mail.imap_done: name another folder than the one that is read".into()));
        }
        let patience = Duration::from_secs(u64::from(config.timeout_s.unwrap_or(TIMEOUT_S).max(1)));
        let port = url.port().unwrap_or(port);
        Ok(Some(Self { host, port, tls, user, password: password.into(), folder, done, patience }))
    }

    /// Goes there and looks what waits: what nobody has read, or, where messages are moved, all that is there.
    ///
    /// # Errors
    /// In one line, without a word of any message, why nothing can be read.
    pub async fn visit(&self) -> Result<Visit<'_>, String> {
        let mut session = self.within(async { Ok(self.sign_in().await) }).await??;
        self.within(session.select(&self.folder)).await?;
        let wanted = if self.done.is_some() { "UNDELETED" } else { "UNSEEN UNDELETED" };
        let mut waiting: Vec<u32> = self.within(session.uid_search(wanted)).await?.into_iter().collect();
        waiting.sort_unstable();
        waiting.truncate(MESSAGES_MAX);
        Ok(Visit { mailbox: self, session, waiting: waiting.into() })
    }

    async fn sign_in(&self) -> Result<Session<Box<dyn Line>>, String> {
        let host = self.host.trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, self.port)).await.map_err(|error| error.to_string())?;
        let name = || ServerName::try_from(host.to_owned()).map_err(|_| "the host's name cannot be checked".to_owned());
        let line: Box<dyn Line> = match &self.tls {
            Tls::None => Box::new(stream),
            Tls::FromTheStart(tls) => Box::new(tls.connect(name()?, stream).await.map_err(|e| e.to_string())?),
            Tls::AfterGreeting(tls) => {
                let mut client = Client::new(stream);
                greeting(&mut client).await?;
                client.run_command_and_check_ok("STARTTLS", None).await.map_err(|e| said(&e))?;
                // What came before the encryption is not kept: a greeting after it is not sent again.
                let line = tls.connect(name()?, client.into_inner()).await.map_err(|e| e.to_string())?;
                let line: Box<dyn Line> = Box::new(line);
                return self.login(Client::new(line)).await;
            }
        };
        let mut client = Client::new(line);
        greeting(&mut client).await?;
        self.login(client).await
    }

    async fn login(&self, client: Client<Box<dyn Line>>) -> Result<Session<Box<dyn Line>>, String> {
        let signed_in = client.login(&self.user, self.password.expose_secret()).await;
        signed_in.map_err(|(error, _)| format!("the sign-in was refused: {}", said(&error)))
    }

    async fn within<T>(&self, what: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
        match timeout(self.patience, what).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(said(&error)),
            Err(_) => Err("the mail server did not answer in time".to_owned()),
        }
    }
}

/// A visit to a mailbox, with the messages that wait there.
pub struct Visit<'a> {
    mailbox: &'a Mailbox,
    session: Session<Box<dyn Line>>,
    waiting: VecDeque<u32>,
}

/// A message that was fetched, and is still as it was in the mailbox.
pub struct Fetched {
    uid: u32,
    /// The message; of one that is very large, its beginning.
    pub raw: Vec<u8>,
}

impl Visit<'_> {
    /// The next message; `None` when there is no other.
    ///
    /// # Errors
    /// In one line, why nothing more can be read.
    pub async fn next(&mut self) -> Result<Option<Fetched>, String> {
        while let Some(uid) = self.waiting.pop_front() {
            let query = format!("(UID BODY.PEEK[]<0.{MESSAGE_BYTES_MAX}>)");
            let found = self.mailbox.within(fetch(&mut self.session, uid, &query)).await?;
            if let Some(raw) = found {
                return Ok(Some(Fetched { uid, raw }));
            }
            // Somebody else took it away; or the line is gone, of which only the next command tells.
            self.mailbox.within(self.session.noop()).await?;
        }
        Ok(None)
    }

    /// Puts a message out of the way, once it is stored.
    ///
    /// # Errors
    /// In one line, why it could not be; it is then found again and stored no second time.
    pub async fn done(&mut self, message: &Fetched) -> Result<(), String> {
        let (mailbox, session, uid) = (self.mailbox, &mut self.session, message.uid);
        let mark = |flag: &str| format!("UID STORE {uid} +FLAGS.SILENT ({flag})");
        let Some(folder) = &mailbox.done else {
            return mailbox.within(session.run_command_and_check_ok(mark("\\Seen"))).await;
        };
        let capabilities = mailbox.within(session.capabilities()).await?;
        let moves = capabilities.has_str("MOVE");
        let quoted = folder.replace('\\', "\\\\").replace('"', "\\\"");
        let put = format!("UID {} {uid} \"{quoted}\"", if moves { "MOVE" } else { "COPY" });
        if mailbox.within(session.run_command_and_check_ok(&put)).await.is_err() {
            // The folder is not there yet; if it is anything else, the second try says so.
            mailbox.within(session.run_command_and_check_ok(format!("CREATE \"{quoted}\""))).await.ok();
            mailbox.within(session.run_command_and_check_ok(&put)).await?;
        }
        if !moves {
            mailbox.within(session.run_command_and_check_ok(mark("\\Deleted"))).await?;
            if capabilities.has_str("UIDPLUS") {
                mailbox.within(session.run_command_and_check_ok(format!("UID EXPUNGE {uid}"))).await?;
            }
        }
        Ok(())
    }

    /// Takes leave. What the server says to it does not matter.
    pub async fn leave(mut self) {
        self.mailbox.within(self.session.logout()).await.ok();
    }
}

/// The bytes of a message; `None` where the server sends none.
async fn fetch(session: &mut Session<Box<dyn Line>>, uid: u32, query: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut answers = session.uid_fetch(uid.to_string(), query).await?;
    let mut found = None;
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        // A server may tell of other messages' flags in between.
        if answer.uid == Some(uid) {
            found = answer.body().map(<[u8]>::to_vec).or(found);
        }
    }
    Ok(found)
}

async fn greeting<T: Line>(client: &mut Client<T>) -> Result<(), String> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("the line was closed".to_owned()),
        Err(error) => Err(said(&Error::Io(error))),
    }
}

/// How the server proves who it is: by an authority that everybody knows, or by the business's own.
fn connector(own: Option<&Path>) -> Result<TlsConnector, ConfigError> {
    let wrong = |path: &Path, what: &str| ConfigError(format!("mail.imap_ca: {}: {what}", path.display()));
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = own {
        let found = CertificateDer::pem_file_iter(path).map_err(|error| wrong(path, &error.to_string()))?;
        let before = roots.len();
        for certificate in found {
            let certificate = certificate.map_err(|error| wrong(path, &error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(path, &error.to_string()))?;
        }
        if roots.len() == before {
            return Err(wrong(path, "there is no certificate in it"));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| ConfigError(format!("mail.imap_url: {error}")))?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

/// What went wrong, as one line; never a word of a message.
fn said(error: &Error) -> String {
    match error {
        Error::No(words) | Error::Bad(words) => {
            words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID_CHARS_MAX).collect()
        }
        Error::ConnectionLost => "the line was closed".to_owned(),
        // What cannot be read is repeated in the error's own words, and may be somebody's.
        Error::Io(error) if error.kind() == std::io::ErrorKind::Other => {
            "the server says what cannot be read".to_owned()
        }
        Error::Io(error) => error.kind().to_string(),
        Error::Validate(_) => "the user, the password or a folder has characters that cannot be sent".to_owned(),
        _ => "the server says what cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str, done: Option<&str>) -> Result<Option<Mailbox>, ConfigError> {
        let done = done.map(str::to_owned);
        Mailbox::open(&Mail { imap_url: Some(url.into()), imap_done: done, ..Mail::default() })
    }

    #[test]
    fn an_address_that_cannot_work_is_refused_without_its_password() {
        assert!(Mailbox::open(&Mail::default()).unwrap().is_none());
        for (url, port, folder) in [
            ("imaps://bounces%40example.com:s%2Fcret@mail.example.com", 993, "INBOX"),
            ("imaps://ann:secret@mail.example.com:9930/Bounces", 9930, "Bounces"),
            ("imap://ann:secret@mail.example.com/INBOX.in?tls=required", 143, "INBOX.in"),
            ("imap://ann:secret@localhost", 143, "INBOX"),
        ] {
            let mailbox = open(url, Some("Done")).unwrap().unwrap();
            assert_eq!((mailbox.port, mailbox.folder.as_str()), (port, folder), "{url}");
        }
        for url in [
            "mail.example.com",
            "pop3://ann:secret@mail.example.com",
            "imaps://mail.example.com",
            "imaps://ann@mail.example.com",
            "imaps://:secret@mail.example.com",
            "imap://ann:secret@mail.example.com",
            "imap://ann:secret@mail.example.com?tls=none",
            "imaps://ann:secret@mail.example.com?tls=none",
            "imaps://ann:secret@mail.example.com/Eing%C3%A4nge",
        ] {
            let error = open(url, None).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.starts_with("mail.imap_url: ") && !error.contains("secret"), "{url}: {error}");
        }
        for done in ["INBOX", "Gelesen\r\nX"] {
            let error = open("imaps://ann:secret@mail.example.com", Some(done)).err().unwrap().to_string();
            assert!(error.starts_with("mail.imap_done: "), "{error}");
        }
        let own = Mail {
            imap_url: Some("imaps://a:b@localhost".into()),
            imap_ca: Some("/none.pem".into()),
            ..Mail::default()
        };
        assert!(Mailbox::open(&own).err().unwrap().to_string().starts_with("mail.imap_ca: /none.pem"));
    }
}
