//! The words of messages. What a message is about goes in as data; subject, plain text and HTML come out, all three
//! from the same sentences. Nothing that shows before a message is opened (sender, subject, the first words) tells
//! anybody about money.

mod english;

use chrono::NaiveDate;
use kept_domain::dispute::{Kind, State};
use kept_domain::money::Money;
use kept_domain::sms::segments;

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, and whatever has no texts of its own.
    English,
}

impl Language {
    /// The language for an ISO 639 code.
    pub fn of(_code: &str) -> Self {
        Self::English
    }

    /// The code for HTML.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }
}

/// What every message says of the two sides.
#[derive(Clone, Debug)]
pub struct Sides {
    /// The business's trading name.
    pub business: String,
    /// Its telephone number; empty where there is none.
    pub phone: String,
    /// Its postal address; empty where there is none.
    pub address: String,
    /// The name of the person or company that the message is for.
    pub name: String,
    /// The address of their page; `None` in a message without a link.
    pub url: Option<String>,
    /// The last day on which the link works.
    pub url_until: NaiveDate,
}

/// An amount with its day.
#[derive(Clone, Debug)]
pub struct Item {
    /// The invoice's number; empty for a payment of an agreement.
    pub number: String,
    /// The day it was due.
    pub due_on: NaiveDate,
    /// What is left of it and not in dispute.
    pub left: Money,
}

/// What a message is about.
#[derive(Clone, Debug)]
pub enum Matter {
    /// Everything that is overdue.
    Reminder {
        /// Each with what is left.
        items: Vec<Item>,
        /// The sums, one a currency.
        totals: Vec<Money>,
        /// What was paid ahead and taken off the sums, one a currency.
        ahead: Vec<Money>,
        /// Parts are left out because they are in dispute.
        some_disputed: bool,
        /// A card can be used.
        by_card: bool,
    },
    /// A payment that was agreed has not come.
    Missed {
        /// The payments that have not come.
        items: Vec<Item>,
        /// A card can be used.
        by_card: bool,
    },
    /// A payment arrived.
    Receipt {
        /// How much.
        amount: Money,
        /// The day.
        paid_on: NaiveDate,
        /// The number of the receipt.
        reference: String,
        /// What is left of everything, one a currency.
        left: Vec<Money>,
    },
    /// A dispute, a claim or a hardship was raised.
    DisputeReceived {
        /// Which of them.
        kind: Kind,
        /// The day by which the business answers.
        answer_by_on: NaiveDate,
    },
    /// The business wrote back.
    DisputeAnswered {
        /// What it wrote.
        answer: String,
    },
    /// The business decided.
    DisputeResolved {
        /// What was raised.
        kind: Kind,
        /// How it ended.
        state: State,
        /// What was taken off.
        credited: Option<Money>,
        /// What it wrote.
        answer: String,
    },
    /// A promise or a plan is agreed.
    Agreed {
        /// The exact words.
        words: String,
    },
    /// A promise or a plan waits for the business.
    Proposed {
        /// The exact words.
        words: String,
        /// The day by which the business answers.
        answer_by_on: Option<NaiveDate>,
    },
    /// The business said no.
    Declined {
        /// Why.
        reason: String,
    },
    /// The business offers something else.
    Countered {
        /// The exact words of the offer.
        words: String,
        /// What it wrote.
        reason: String,
        /// The day until which the offer stands.
        answer_by_on: Option<NaiveDate>,
    },
    /// A new link.
    FreshLink,
    /// A code that shows who opens a link.
    OneTimeCode {
        /// The code.
        code: String,
        /// Minutes for which it works.
        minutes: i64,
    },
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Words(String),
    /// Lines that belong together.
    List(Vec<String>),
    /// The one thing to press.
    Link {
        /// What it does.
        label: String,
        /// Where it goes.
        url: String,
    },
    /// Words of somebody else, or words that must stand exactly so.
    Quote(String),
    /// A code to type.
    Code(String),
}

/// A message that is written and not yet addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// The rest; the first block is what shows before the message is opened.
    pub blocks: Vec<Block>,
    language: Language,
}

/// Writes a message.
pub fn write(language: Language, sides: &Sides, matter: &Matter) -> Written {
    let (subject, blocks) = match language {
        Language::English => english::write(sides, matter),
    };
    Written { subject, blocks, language }
}

/// Writes a text message: who it is from and where to read on, in one part where it fits. It tells nobody about money.
pub fn short(language: Language, sides: &Sides, matter: &Matter) -> String {
    let tries = match language {
        Language::English => english::short(sides, matter),
    };
    let tries: Vec<String> = tries.iter().map(|text| visible(text).replace('\n', " ")).collect();
    let alone = tries.iter().find(|text| segments(text).segments <= 1);
    alone.or_else(|| tries.iter().min_by_key(|text| segments(text).segments)).cloned().unwrap_or_default()
}

impl Written {
    /// As plain text.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        for block in &self.blocks {
            parts.push(match block {
                Block::Words(words) => visible(words),
                Block::List(lines) => {
                    lines.iter().map(|line| format!("- {}", visible(line))).collect::<Vec<_>>().join("\n")
                }
                Block::Link { label, url } => format!("{label}:\n{url}"),
                Block::Quote(words) => visible(words)
                    .lines()
                    .map(|line| format!("> {line}").trim_end().to_owned())
                    .collect::<Vec<_>>()
                    .join("\n"),
                Block::Code(code) => format!("    {code}"),
            });
        }
        parts.join("\n\n") + "\n"
    }

    /// As HTML.
    pub fn html(&self) -> String {
        let mut body = String::new();
        for block in &self.blocks {
            body += &match block {
                Block::Words(words) => format!("<p>{}</p>\n", broken(words)),
                Block::List(lines) => {
                    let items: String =
                        lines.iter().map(|line| format!("<li>{}</li>\n", escaped(&visible(line)))).collect();
                    format!("<ul>\n{items}</ul>\n")
                }
                Block::Link { label, url } => {
                    format!("<p><a href=\"{}\">{}</a></p>\n", escaped(url), escaped(label))
                }
                Block::Quote(words) => format!(
                    "<blockquote style=\"margin:1em 0;padding-left:1em;border-left:3px solid #767676\">{}</blockquote>\n",
                    broken(words)
                ),
                Block::Code(code) => {
                    format!("<p style=\"font-size:1.5em;letter-spacing:.2em\"><strong>{}</strong></p>\n", escaped(code))
                }
            };
        }
        format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body style=\"font:16px/1.5 sans-serif;max-width:40em;margin:0 auto;padding:1em\">\n{body}</body>\n</html>\n",
            self.language.code(),
            escaped(&visible(&self.subject))
        )
    }
}

/// A text without control characters, other than the ends of its lines.
fn visible(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| *c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')))
        .collect()
}

fn broken(text: &str) -> String {
    escaped(&visible(text)).replace('\n', "<br>\n")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
