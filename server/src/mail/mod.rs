//! Outgoing mail: one port with two adapters, SMTP and a folder that people and tests can look into.

mod folder;
pub mod imap;
pub mod inbox;
mod smtp;

pub use kept_intake::inbound;

use crate::carrier::SendError;
use crate::config::{ConfigError, Mail};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use secrecy::ExposeSecret as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// Seconds to wait for a mail server's answer, unless the configuration says otherwise.
pub const TIMEOUT_S: u32 = 60;
/// Characters of a name that are taken into a header.
const NAME_CHARS_MAX: usize = 80;

/// Somebody with an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The name, as it comes from whoever typed it.
    pub name: String,
    /// The address.
    pub address: String,
}

/// A message that is ready to leave.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its own id, the same at every try: the local part of the Message-ID and the name of the file.
    pub id: String,
    /// The sender.
    pub from: Party,
    /// Where answers go; `None` for the sender.
    pub reply_to: Option<Party>,
    /// The recipient.
    pub to: Party,
    /// The subject.
    pub subject: String,
    /// The words as plain text.
    pub text: String,
    /// The same words as HTML.
    pub html: String,
    /// The address at which one press stops such messages (RFC 8058); only reminders have one.
    pub unsubscribe: Option<String>,
    /// Where what cannot be delivered comes back to; `None` for the sender.
    pub return_path: Option<String>,
    /// Its date, epoch milliseconds.
    pub at_ms: i64,
}

impl Outgoing {
    /// Its Message-ID without the brackets: what answers and bounces call it.
    pub fn message_id(&self) -> String {
        let domain = self.from.address.trim().rsplit('@').next().unwrap_or_default();
        format!("{}@{domain}", self.id)
    }
}

/// Where mail leaves by.
pub enum Mailer {
    /// A mail server.
    Smtp(Box<smtp::Relay>),
    /// A folder of `.eml` files.
    Folder(PathBuf),
}

impl Mailer {
    /// The way that the configuration names; `data` is the data folder.
    ///
    /// # Errors
    /// When the address of the mail server cannot be used.
    pub fn open(config: &Mail, data: &std::path::Path) -> Result<Self, ConfigError> {
        match &config.smtp_url {
            Some(url) => {
                let timeout = Duration::from_secs(u64::from(config.timeout_s.unwrap_or(TIMEOUT_S).max(1)));
                smtp::Relay::new(url.expose_secret(), timeout).map(|relay| Self::Smtp(Box::new(relay)))
            }
            None => Ok(Self::Folder(config.folder.clone().unwrap_or_else(|| data.join("mail")))),
        }
    }

    /// Whether mail stays on this machine, so that a sender without a real address does no harm.
    pub fn stays_here(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// Sends a message.
    ///
    /// # Errors
    /// Says whether it may be tried again, never will go, or may have gone.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let message = compose(outgoing).map_err(SendError::Refused)?;
        match self {
            Self::Smtp(relay) => relay.send(message.envelope(), &message.formatted()).await,
            Self::Folder(folder) => folder::write(folder, &outgoing.id, &message.formatted()).await,
        }
    }
}

/// Reads a sender as people write it: `Jessop Stationers <accounts@example.com>`, or an address alone.
pub fn parse_party(text: &str) -> Option<Party> {
    let mailbox: Mailbox = text.parse().ok()?;
    Some(Party { name: mailbox.name.unwrap_or_default(), address: mailbox.email.to_string() })
}

/// Whether mail can be addressed to it.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

fn compose(outgoing: &Outgoing) -> Result<Message, String> {
    let from = mailbox(&outgoing.from)?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(outgoing.at_ms).unwrap_or_default());
    let mut builder = Message::builder()
        .from(from)
        .to(mailbox(&outgoing.to)?)
        .subject(one_line(&outgoing.subject))
        .date(date)
        .message_id(Some(format!("<{}>", outgoing.message_id())))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
    if let Some(url) = &outgoing.unsubscribe {
        let header = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        builder = builder
            .raw_header(header("List-Unsubscribe", format!("<{url}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    if let Some(path) = &outgoing.return_path {
        let path: Address = path.parse().map_err(|_| "the return path is no address".to_owned())?;
        let to: Address = mailbox(&outgoing.to)?.email;
        builder = builder.envelope(Envelope::new(Some(path), vec![to]).map_err(|error| error.to_string())?);
    }
    if let Some(reply_to) = &outgoing.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    builder
        .multipart(MultiPart::alternative_plain_html(outgoing.text.clone(), outgoing.html.clone()))
        .map_err(|error| error.to_string())
}

fn mailbox(party: &Party) -> Result<Mailbox, String> {
    let address: Address =
        party.address.trim().parse().map_err(|_| format!("not an e-mail address: {}", one_line(&party.address)))?;
    let name = one_line(&party.name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// A text from outside as one line of a header: nothing in it can begin another header or turn the reading direction.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(NAME_CHARS_MAX).collect()
}

/// A part of a URL with its percent signs resolved.
fn decoded(part: &str) -> String {
    let pairs: Result<Vec<(String, String)>, _> =
        serde_urlencoded::from_str(&format!("v={}", part.replace('+', "%2B")));
    pairs.ok().and_then(|pairs| pairs.into_iter().next()).map_or_else(|| part.to_owned(), |(_, value)| value)
}

fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(name: &str) -> Outgoing {
        Outgoing {
            id: "0198-id".into(),
            from: Party { name: "Jessop Stationers".into(), address: "accounts@example.com".into() },
            reply_to: Some(Party { name: name.into(), address: "hello@example.com".into() }),
            to: Party { name: name.into(), address: "ann@example.org".into() },
            subject: format!("About your account with {name}"),
            text: "Hello".into(),
            html: "<p>Hello</p>".into(),
            unsubscribe: None,
            return_path: None,
            at_ms: 1_372_550_400_000,
        }
    }

    #[test]
    fn a_hostile_name_stays_inside_its_header() {
        for name in [
            "Ann\r\nBcc: everyone@example.net",
            "Ann\nSubject: pay",
            "Ann\u{2028}X: y",
            "Ann\u{202e}moc",
            "\"Ann\" <bcc@example.net>, other@example.net",
            "Zoë 😀 Müller",
            "=?utf-8?q?Ann=0D=0ABcc:_x=40example.net?=",
            &"long ".repeat(200),
        ] {
            let bytes = compose(&outgoing(name)).unwrap().formatted();
            let text = String::from_utf8(bytes).unwrap();
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            let headers: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|l| l.split(':').next().unwrap())
                .collect();
            assert_eq!(
                headers,
                [
                    "From",
                    "To",
                    "Subject",
                    "Date",
                    "Message-ID",
                    "Auto-Submitted",
                    "Reply-To",
                    "MIME-Version",
                    "Content-Type"
                ],
                "{name:?}\n{head}"
            );
            assert!(head.is_ascii(), "{head}");
            assert!(head.split("\r\n").all(|line| line.len() < 998), "{head}");
            let envelope = compose(&outgoing(name)).unwrap().envelope().clone();
            assert_eq!(envelope.to().iter().map(ToString::to_string).collect::<Vec<_>>(), ["ann@example.org"]);
        }
    }

    #[test]
    fn the_message_says_what_it_is() {
        let text = String::from_utf8(compose(&outgoing("Ann")).unwrap().formatted()).unwrap();
        assert!(text.contains("Message-ID: <0198-id@example.com>\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
        assert!(text.contains("Date: Sun, 30 Jun 2013 00:00:00 +0000\r\n"), "{text}");
        assert!(text.contains("multipart/alternative"), "{text}");
    }

    #[test]
    fn one_press_stops_it_and_what_bounces_says_which_it_was() {
        let url = "https://pay.example.com/u/abcdefghijklmnopqrstuvwx";
        let path = "bounces+0198-id=example.com@example.com";
        let ours = Outgoing { unsubscribe: Some(url.into()), return_path: Some(path.into()), ..outgoing("Ann") };
        let message = compose(&ours).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(text.contains(&format!("List-Unsubscribe: <{url}>\r\n")), "{text}");
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{text}");
        let envelope = message.envelope();
        assert_eq!(envelope.from().map(ToString::to_string).as_deref(), Some(path));
        assert_eq!(envelope.to().iter().map(ToString::to_string).collect::<Vec<_>>(), ["ann@example.org"]);
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for address in ["", "ann", "ann@", "ann@example.org\r\nRCPT TO:<x@example.net>", "a b@example.org"] {
            let bad = Outgoing { to: Party { name: String::new(), address: address.into() }, ..outgoing("Ann") };
            assert!(compose(&bad).is_err(), "{address:?}");
        }
    }

    #[tokio::test]
    async fn a_folder_holds_one_file_a_message() {
        let folder = std::env::temp_dir().join(format!("kept-mail-{}", uuid::Uuid::now_v7()));
        let mailer = Mailer::Folder(folder.clone());
        mailer.send(&outgoing("Ann")).await.unwrap();
        mailer.send(&outgoing("Ann")).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(files, ["0198-id.eml"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
