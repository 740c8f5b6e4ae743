//! Configuration: a file (`kept.toml`), then the environment (`KEPT_…`), then the command line; later ones win.

use kept_domain::contact::Channel;
use kept_domain::money::{Currency, parse_amount};
use kept_domain::template::{TELLING_NAME, telling_name};
use kept_letter::Form;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything that an installation can say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `postgres://…`; without it a SQLite file in `data` is used.
    pub database: Option<String>,
    /// The folder of the SQLite file and of mail that goes into a folder.
    pub data: Option<PathBuf>,
    /// The address that `serve` listens on, `127.0.0.1:7300` unless said.
    pub listen: Option<String>,
    /// What links begin with, `https://pay.example.com`; `http://` and the listening address unless said.
    pub public_url: Option<String>,
    /// Reverse proxies whose `X-Forwarded-For` counts, as addresses.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Days for which a link works, 60 unless said.
    pub link_days: Option<u32>,
    /// Outgoing mail.
    pub mail: Mail,
    /// Outgoing text messages.
    pub sms: Sms,
    /// Letters on paper.
    pub letters: Letters,
    /// Card payments; without a key no page offers to pay by card.
    pub stripe: Stripe,
    /// What messages cost, for rehearsals.
    pub costs: Costs,
}

/// What one message costs on each channel, as a decimal in the business's currency: `letter = "0.95"`. Without any, no
/// rehearsal speaks of cost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// An e-mail.
    pub email: Option<String>,
    /// A text message.
    pub sms: Option<String>,
    /// A letter, with its postage.
    pub letter: Option<String>,
    /// A telephone call, with the time of whoever makes it.
    pub call: Option<String>,
}

impl Costs {
    /// The prices that are known, in minor units of a currency.
    pub fn prices(&self, currency: Currency) -> Result<BTreeMap<Channel, i64>, ConfigError> {
        let all = [
            (Channel::Email, &self.email),
            (Channel::Sms, &self.sms),
            (Channel::Letter, &self.letter),
            (Channel::Call, &self.call),
        ];
        let known = all.into_iter().filter_map(|(channel, text)| text.as_ref().map(|text| (channel, text)));
        known
            .map(|(channel, text)| match parse_amount(text, currency) {
                Ok(minor) if minor >= 0 => Ok((channel, minor)),
                _ => {
                    let (code, currency) = (channel.code(), currency.code());
                    Err(ConfigError(format!("costs: {code}: write an amount of {currency}, not {text}")))
                }
            })
            .collect()
    }
}

/// How mail leaves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// `smtp://user:password@host:587?tls=required` or `smtps://…`; without it mail is written into `folder`.
    pub smtp_url: Option<SecretString>,
    /// Where mail goes without `smtp_url`, as `.eml` files: `mail` in the data folder unless said.
    pub folder: Option<PathBuf>,
    /// The sender, `Jessop Stationers <accounts@example.com>`: the business's own name and address unless said.
    pub from: Option<String>,
    /// Seconds to wait for each answer of the mail server, 60 unless said.
    pub timeout_s: Option<u32>,
    /// Where what cannot be delivered comes back to, `bounces@example.com`: each message is sent as from
    /// `bounces+…@example.com`, so that its bounce says which it was. The sender's own address unless said.
    pub bounces: Option<String>,
    /// A folder that bounces and replies come into: a Maildir, or a folder of files.
    pub inbox: Option<PathBuf>,
    /// A mailbox on a server that they come into, `imaps://user:password@host/folder`.
    pub imap_url: Option<SecretString>,
    /// The folder there that a message is moved to once it is stored; without it, it is marked as read.
    pub imap_done: Option<String>,
    /// A file of certificates (PEM): whom its server's may come from, besides the authorities that everybody knows.
    pub imap_ca: Option<PathBuf>,
    /// With which a mail server signs in that passes them on to `/hooks/mail`; without it nobody can.
    pub hook_secret: Option<SecretString>,
}

/// How text messages leave.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// `AC…`: the account at Twilio; without it they are written into `folder`.
    pub account_sid: Option<String>,
    /// With which we sign in there, and with which what comes from there is signed.
    pub auth_token: Option<SecretString>,
    /// The number or name that they come from, or a messaging service, `MG…`.
    pub from: Option<String>,
    /// Another server that speaks Twilio's API, such as the stand-in of `kept demo`.
    pub api_url: Option<String>,
    /// Where they go without `account_sid`, as `.txt` files. Without either no text message is ever sent.
    pub folder: Option<PathBuf>,
    /// Seconds to wait for an answer, 20 unless said.
    pub timeout_s: Option<u32>,
}

impl Sms {
    /// Whether text messages leave at all.
    pub fn is_set(&self) -> bool {
        self.account_sid.is_some() || self.folder.is_some()
    }
}

/// How letters leave.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letters {
    /// Where they go, as PDF files: `letters` in the data folder unless said.
    pub folder: Option<PathBuf>,
    /// The paper and the envelopes: `din-b`, `left-window`, `right-window` or `us-double`; what is customary where a letter
    /// goes unless said.
    #[serde(deserialize_with = "form")]
    pub form: Option<Form>,
    /// The ISO 3166 code of the country that letters leave from: addresses within it do not name it.
    pub country: Option<String>,
}

fn form<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Form>, D::Error> {
    let code = String::deserialize(from)?;
    let unknown = || serde::de::Error::custom(format!("letters.form: none is called {code}"));
    Form::parse(&code).map(Some).ok_or_else(unknown)
}

/// How cards are charged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stripe {
    /// `sk_live_…` or `sk_test_…`.
    pub secret_key: Option<SecretString>,
    /// `whsec_…`; several while one replaces another.
    pub webhook_secrets: Vec<SecretString>,
    /// Another server that speaks Stripe's API, such as the stand-in of `kept demo`.
    pub api_url: Option<String>,
    /// Where the hosted page may stand, besides Stripe's own: an origin such as `http://127.0.0.1:7301`.
    pub checkout_origin: Option<String>,
    /// Seconds to wait for an answer, 20 unless said.
    pub timeout_s: Option<u32>,
}

/// Why the configuration cannot be used: one sentence that says where.
#[derive(Debug)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the file (where there is one) and the environment.
    pub fn read(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = match file {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| ConfigError(format!("cannot read {}: {e}", path.display())))?;
                toml::from_str(&text).map_err(|e| ConfigError(format!("{}: {e}", path.display())))?
            }
        };
        let set = |into: &mut Option<String>, name: &str| {
            if let Some(value) = env(name) {
                *into = Some(value);
            }
        };
        set(&mut config.database, "KEPT_DATABASE");
        set(&mut config.listen, "KEPT_LISTEN");
        set(&mut config.public_url, "KEPT_PUBLIC_URL");
        set(&mut config.mail.from, "KEPT_MAIL_FROM");
        set(&mut config.mail.bounces, "KEPT_MAIL_BOUNCES");
        set(&mut config.mail.imap_done, "KEPT_MAIL_IMAP_DONE");
        set(&mut config.sms.account_sid, "KEPT_SMS_ACCOUNT_SID");
        set(&mut config.sms.from, "KEPT_SMS_FROM");
        set(&mut config.sms.api_url, "KEPT_SMS_API_URL");
        set(&mut config.stripe.api_url, "KEPT_STRIPE_API_URL");
        set(&mut config.stripe.checkout_origin, "KEPT_STRIPE_CHECKOUT_ORIGIN");
        if let Some(dir) = env("KEPT_DATA") {
            config.data = Some(dir.into());
        }
        if let Some(dir) = env("KEPT_MAIL_FOLDER") {
            config.mail.folder = Some(dir.into());
        }
        set(&mut config.letters.country, "KEPT_LETTERS_COUNTRY");
        if let Some(dir) = env("KEPT_LETTERS_FOLDER") {
            config.letters.folder = Some(dir.into());
        }
        if let Some(code) = env("KEPT_LETTERS_FORM") {
            let form = Form::parse(&code);
            config.letters.form =
                Some(form.ok_or_else(|| ConfigError(format!("KEPT_LETTERS_FORM: none is called {code}")))?);
        }
        if let Some(url) = env("KEPT_MAIL_SMTP_URL") {
            config.mail.smtp_url = Some(url.into());
        }
        for (into, name) in [
            (&mut config.mail.timeout_s, "KEPT_MAIL_TIMEOUT_S"),
            (&mut config.sms.timeout_s, "KEPT_SMS_TIMEOUT_S"),
            (&mut config.stripe.timeout_s, "KEPT_STRIPE_TIMEOUT_S"),
        ] {
            if let Some(seconds) = env(name) {
                let seconds = seconds.trim().parse();
                *into = Some(seconds.map_err(|_| ConfigError(format!("{name}: not a number")))?);
            }
        }
        if let Some(token) = env("KEPT_SMS_AUTH_TOKEN") {
            config.sms.auth_token = Some(token.into());
        }
        if let Some(secret) = env("KEPT_MAIL_HOOK_SECRET") {
            config.mail.hook_secret = Some(secret.into());
        }
        if let Some(dir) = env("KEPT_MAIL_INBOX") {
            config.mail.inbox = Some(dir.into());
        }
        if let Some(url) = env("KEPT_MAIL_IMAP_URL") {
            config.mail.imap_url = Some(url.into());
        }
        if let Some(file) = env("KEPT_MAIL_IMAP_CA") {
            config.mail.imap_ca = Some(file.into());
        }
        if let Some(dir) = env("KEPT_SMS_FOLDER") {
            config.sms.folder = Some(dir.into());
        }
        if let Some(key) = env("KEPT_STRIPE_SECRET_KEY") {
            config.stripe.secret_key = Some(key.into());
        }
        if let Some(secrets) = env("KEPT_STRIPE_WEBHOOK_SECRETS") {
            config.stripe.webhook_secrets =
                secrets.split(',').map(str::trim).filter(|s| !s.is_empty()).map(SecretString::from).collect();
        }
        if let Some(days) = env("KEPT_LINK_DAYS") {
            let days = days.trim().parse().map_err(|_| ConfigError(format!("KEPT_LINK_DAYS: not a number: {days}")))?;
            config.link_days = Some(days);
        }
        if let Some(proxies) = env("KEPT_TRUSTED_PROXIES") {
            config.trusted_proxies = proxies
                .split(',')
                .map(str::trim)
                .filter(|s| !s.is_empty())
                .map(|s| s.parse().map_err(|_| ConfigError(format!("KEPT_TRUSTED_PROXIES: not an address: {s}"))))
                .collect::<Result<_, _>>()?;
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.public_url {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if host.is_none_or(|h| h.is_empty() || h.contains('/')) {
                return Err(ConfigError(format!("public_url: write https:// and a host, nothing after it: {url}")));
            }
        }
        if self.stripe.secret_key.is_some() && self.stripe.webhook_secrets.is_empty() {
            return Err(ConfigError("stripe: a secret_key needs webhook_secrets too".into()));
        }
        if self.mail.bounces.as_ref().is_some_and(|bounces| !bounces.is_ascii() || !crate::mail::is_address(bounces)) {
            return Err(ConfigError("mail.bounces: not an e-mail address".into()));
        }
        let sender = self.mail.from.as_deref().and_then(crate::mail::parse_party).map(|party| party.name);
        for (setting, name) in [("mail.from", sender.as_deref()), ("sms.from", self.sms.from.as_deref())] {
            if let Some(word) = name.and_then(telling_name) {
                return Err(ConfigError(format!("{setting}: {word}: {TELLING_NAME}")));
            }
        }
        let sms = &self.sms;
        if sms.account_sid.is_some() && (sms.auth_token.is_none() || sms.from.is_none()) {
            return Err(ConfigError("sms: an account_sid needs auth_token and from too".into()));
        }
        if self.link_days == Some(0) {
            return Err(ConfigError("link_days: a link must work for at least one day".into()));
        }
        Ok(())
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| "kept-data".into())
    }

    /// Milliseconds for which a new link works.
    pub fn link_ms(&self) -> i64 {
        i64::from(self.link_days.unwrap_or(60)) * 86_400_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_and_mistakes_are_named() {
        let env = |name: &str| (name == "KEPT_PUBLIC_URL").then(|| "https://pay.example.com".to_owned());
        assert_eq!(Config::read(None, env).unwrap().public_url.as_deref(), Some("https://pay.example.com"));
        for (name, value) in [
            ("KEPT_PUBLIC_URL", "pay.example.com"),
            ("KEPT_PUBLIC_URL", "https://pay.example.com/x"),
            ("KEPT_LETTERS_FORM", "b"),
            ("KEPT_LINK_DAYS", "soon"),
            ("KEPT_LINK_DAYS", "0"),
            ("KEPT_TRUSTED_PROXIES", "10.0.0"),
            ("KEPT_STRIPE_SECRET_KEY", "sk_test_1"),
            ("KEPT_MAIL_BOUNCES", "bounces"),
            ("KEPT_MAIL_FROM", "Swift Debt Recovery <a@example.com>"),
            ("KEPT_SMS_FROM", "InkassoAB"),
            ("KEPT_SMS_ACCOUNT_SID", "AC1"),
            ("KEPT_SMS_TIMEOUT_S", "soon"),
        ] {
            assert!(Config::read(None, |n| (n == name).then(|| value.to_owned())).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn prices_are_amounts_of_the_business_s_currency() {
        let gbp = Currency::parse("GBP").unwrap();
        let prices = |text: &str| toml::from_str::<Config>(text).unwrap().costs.prices(gbp);
        assert_eq!(prices("").unwrap(), BTreeMap::new());
        let known = prices("[costs]\nletter = \"0.95\"\nsms = \"0.04\"").unwrap();
        assert_eq!(known, BTreeMap::from([(Channel::Letter, 95), (Channel::Sms, 4)]));
        for wrong in ["much", "-1", "0.005"] {
            assert!(prices(&format!("[costs]\nemail = \"{wrong}\"")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_never_printed() {
        let config = Config {
            stripe: Stripe { secret_key: Some("sk_live_abc".into()), ..Stripe::default() },
            ..Config::default()
        };
        assert!(!format!("{config:?}").contains("sk_live"));
    }
}
