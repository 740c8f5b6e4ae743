//! Text messages through an API of Twilio's shape. A request that was sent and not answered is never repeated: the
//! account's own list of messages is asked instead.

use super::{Outgoing, TIMEOUT_S};
use crate::carrier::SendError;
use crate::config::{ConfigError, Sms};
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::time::Duration;

/// Where Twilio is.
const TWILIO_URL: &str = "https://api.twilio.com";
/// How often the list is asked for a message whose fate is not known, and the time between.
const ASKED_MAX: u32 = 3;
/// See [`ASKED_MAX`].
const ASK_AGAIN: Duration = Duration::from_millis(700);

/// An account to send by.
pub struct Account {
    client: Client,
    messages: String,
    sid: String,
    token: SecretString,
    sender: (&'static str, String),
}

/// A message as the account lists it.
#[derive(Debug, Deserialize)]
struct Message {
    sid: String,
    #[serde(default)]
    body: String,
}

#[derive(Debug, Deserialize)]
struct List {
    messages: Vec<Message>,
}

/// What was wrong, in the carrier's words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wrong {
    code: Option<i64>,
    message: String,
}

/// Why the answer to a request says nothing for certain.
enum Doubt {
    /// The carrier has done with the request and does not say how: its list tells.
    Answered(String),
    /// The request may still be under way.
    Unanswered(String),
}

impl Account {
    pub(super) fn new(config: &Sms, sid: &str, token: SecretString, from: &str) -> Result<Self, ConfigError> {
        let wrong = |why: String| ConfigError(format!("sms: {why}"));
        let base = config.api_url.as_deref().unwrap_or(TWILIO_URL).trim_end_matches('/');
        let url = reqwest::Url::parse(base).map_err(|e| wrong(format!("api_url: {e}")))?;
        let plain = url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !plain {
            return Err(wrong("api_url: the token is only sent encrypted: write https://".into()));
        }
        if sid.is_empty() || !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("account_sid: letters and digits only".into()));
        }
        let patience = Duration::from_secs(u64::from(config.timeout_s.unwrap_or(TIMEOUT_S).max(1)));
        use_ring();
        let mut client = Client::builder()
            .timeout(patience)
            .connect_timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("kept/", env!("CARGO_PKG_VERSION")));
        if plain {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|e| wrong(e.to_string()))?;
        let sender = if from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let messages = format!("{base}/2010-04-01/Accounts/{sid}/Messages.json");
        Ok(Self { client, messages, sid: sid.to_owned(), token, sender: (sender, from.to_owned()) })
    }

    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<String, SendError> {
        let form = [
            ("To", outgoing.to.as_str()),
            (self.sender.0, &self.sender.1),
            ("Body", &outgoing.text),
            ("StatusCallback", &outgoing.callback),
        ];
        let request = self.client.post(&self.messages).basic_auth(&self.sid, Some(self.token.expose_secret()));
        let doubt = match request.form(&form).send().await {
            Ok(answer) => match taken(answer).await? {
                Ok(sid) => return Ok(sid),
                Err(doubt) => doubt,
            },
            // No connection was made, so nothing was said.
            Err(error) if error.is_connect() || error.is_builder() => return Err(SendError::Later(said(&error))),
            Err(error) => Doubt::Unanswered(said(&error)),
        };
        self.ask(outgoing, doubt).await
    }

    /// Looks for a message in the account's list. Each carries a link or a code of its own, so its words tell it apart.
    async fn ask(&self, outgoing: &Outgoing, doubt: Doubt) -> Result<String, SendError> {
        let mut listed = false;
        for asked in 0..ASKED_MAX {
            if asked > 0 {
                tokio::time::sleep(ASK_AGAIN).await;
            }
            let Ok(messages) = self.list(&outgoing.to).await else { continue };
            listed = true;
            if let Some(found) = messages.into_iter().find(|m| m.body == outgoing.text) {
                return Ok(found.sid);
            }
        }
        Err(match doubt {
            // The request is over and left nothing behind.
            Doubt::Answered(why) if listed => SendError::Later(why),
            Doubt::Answered(why) | Doubt::Unanswered(why) => SendError::Unknown(why),
        })
    }

    async fn list(&self, to: &str) -> Result<Vec<Message>, reqwest::Error> {
        let request = self.client.get(&self.messages).basic_auth(&self.sid, Some(self.token.expose_secret()));
        let answer = request.query(&[("To", to), ("PageSize", "50")]).send().await?.error_for_status()?;
        Ok(answer.json::<List>().await?.messages)
    }
}

/// What an answer means: the message's id, a certain no, or a doubt.
async fn taken(answer: Response) -> Result<Result<String, Doubt>, SendError> {
    let status = answer.status();
    let body = match answer.bytes().await {
        Ok(body) => body,
        Err(error) => return Ok(Err(Doubt::Unanswered(said(&error)))),
    };
    if status.is_success() {
        return Ok(serde_json::from_slice::<Message>(&body)
            .map(|message| message.sid)
            .map_err(|_| Doubt::Answered(format!("{status}, and no id that can be read"))));
    }
    let wrong: Wrong = serde_json::from_slice(&body).unwrap_or_default();
    let why = match wrong.code {
        Some(code) => one_line(&format!("{code}: {}", wrong.message)),
        None => format!("the carrier answered {status}"),
    };
    match status {
        StatusCode::TOO_MANY_REQUESTS => Err(SendError::Later(why)),
        // The configuration is wrong, not the message.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SendError::Later(why)),
        status if status.is_client_error() => Err(SendError::Refused(why)),
        _ => Ok(Err(Doubt::Answered(why))),
    }
}

/// Chooses the cryptography of TLS for the whole process. When something chose before, its choice stands.
pub(super) fn use_ring() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

fn said(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the carrier did not answer in time".to_owned();
    }
    // The address of the account stands in the error and tells nobody anything.
    one_line(&std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
