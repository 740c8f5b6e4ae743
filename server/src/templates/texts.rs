//! The words of messages: those as delivered, and a business's own where it has some.
//!
//! As delivered they stand in `texts/{language}/{code}.txt`. A part of a file begins with a line `== ` and the channels
//! that it is for (`== email letter`); the next line of what has a subject is `Subject: …`, and after an empty line comes
//! the body, with paragraphs apart by empty lines and `{{ variables }}` as in [`kept_domain::template`].
//! `texts/{language}/phrases.txt` has the small sentences that variables stand for, one a line: `name = words`.

use super::Language;
use crate::store::template::Version;
use kept_domain::contact::Channel;

/// Files of one name, in the order of [`Language::ALL`].
macro_rules! delivered {
    ($($code:literal),* $(,)?) => {
        &[$(($code, [
            include_str!(concat!("texts/en/", $code, ".txt")),
            include_str!(concat!("texts/de/", $code, ".txt")),
            include_str!(concat!("texts/fr/", $code, ".txt")),
            include_str!(concat!("texts/es/", $code, ".txt")),
        ])),*]
    };
}

const PHRASES: &[(&str, [&str; 4])] = delivered!["phrases"];
const DELIVERED: &[(&str, [&str; 4])] = delivered![
    "courtesy",
    "nudge",
    "considerate",
    "considerate_call",
    "firm",
    "effect",
    "last_notice",
    "promise_check",
    "instalment_due",
    "instalment_missed",
    "agreed",
    "proposed",
    "declined",
    "countered",
    "card_soon",
    "card_declined",
    "card_confirm",
    "receipt",
    "dispute_received",
    "claim_received",
    "hardship_received",
    "dispute_answered",
    "dispute_upheld",
    "dispute_partly",
    "dispute_rejected",
    "claim_rejected",
    "hardship_closed",
    "fresh_link",
    "one_time_code",
];

/// The words of one message in one channel and language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The subject, with variables; empty where the channel has none.
    pub subject: String,
    /// The body, with variables.
    pub body: String,
}

/// Which words are in force for a business.
#[derive(Clone, Debug, Default)]
pub struct Texts(
    /// The newest version of whatever the business changed.
    pub Vec<Version>,
);

impl Texts {
    /// The words in force for a message: the business's own, or those as delivered. `None` where there are none for
    /// this channel.
    pub fn find(&self, code: &str, channel: Channel, language: Language) -> Option<Text> {
        match self.own(code, channel, language) {
            Some(own) => Some(Text { subject: own.subject.clone(), body: own.body.clone() }),
            None => delivered(code, channel, language),
        }
    }

    /// The business's own words, where those are in force.
    pub fn own(&self, code: &str, channel: Channel, language: Language) -> Option<&Version> {
        let of = |v: &&Version| v.code == code && v.channel == channel && v.language == language;
        self.0.iter().find(of).filter(|v| !v.body.is_empty())
    }
}

fn file(files: &'static [(&str, [&'static str; 4])], code: &str, language: Language) -> Option<&'static str> {
    let (_, texts) = files.iter().find(|(known, _)| *known == code)?;
    Language::ALL.into_iter().zip(texts).find(|(l, _)| *l == language).map(|(_, text)| *text)
}

/// The words as delivered.
pub fn delivered(code: &str, channel: Channel, language: Language) -> Option<Text> {
    let parts = file(DELIVERED, code, language)?.strip_prefix("== ")?.split("\n== ");
    let (_, rest) = parts
        .filter_map(|part| part.split_once('\n'))
        .find(|(channels, _)| channels.split(' ').any(|code| code == channel.code()))?;
    let (subject, body) = match rest.strip_prefix("Subject: ") {
        Some(rest) => rest.split_once('\n')?,
        None => ("", rest),
    };
    Some(Text { subject: subject.to_owned(), body: body.trim().to_owned() })
}

/// All small sentences of a language.
pub(super) fn phrases(language: Language) -> &'static str {
    file(PHRASES, "phrases", language).unwrap_or_default()
}

/// A small sentence; empty where there is none.
pub(super) fn phrase(language: Language, name: &str) -> &'static str {
    let lines = phrases(language).lines().filter_map(|line| line.split_once(" = "));
    lines.into_iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words)
}
