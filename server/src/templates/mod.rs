//! Messages. What a message is about goes in as data; subject, plain text and HTML come out, all three from the same
//! sentences. Nothing that shows before a message is opened (sender, subject, the first words) tells
//! anybody about money.

mod html;
pub mod texts;
mod values;

use chrono::NaiveDate;
use kept_domain::calendar::show_in;
use kept_domain::contact::Channel;
use kept_domain::dispute::{Kind, State};
use kept_domain::money::Money;
use kept_domain::sms::{self, segments};
use kept_domain::template::{self, CALL, Value, fill, fill_words};

pub use kept_domain::language::Language;
pub use kept_domain::template::Block;
pub use texts::Texts;
pub use values::Values;

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
    /// Everything that is overdue, or that will be due soon.
    Reminder {
        /// The name of the message that the step names; without words of its own, those of the considerate reminder.
        code: String,
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
    /// One payment that was agreed: it will be due, or it has not come.
    Agreement {
        /// The name of the message that the step names; without words of its own, those for a payment that has not come.
        code: String,
        /// The payment.
        items: Vec<Item>,
        /// Its day.
        pay_on: NaiveDate,
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
    /// A kept card will be charged.
    CardSoon {
        /// How much.
        amount: Money,
        /// The card's last four digits; may be empty.
        card: String,
        /// The day of the charge.
        charge_on: NaiveDate,
    },
    /// A kept card was refused.
    CardDeclined {
        /// How much was not taken.
        amount: Money,
        /// The card's last four digits; may be empty.
        card: String,
        /// The day on which it is tried again, where it is.
        again_on: Option<NaiveDate>,
    },
    /// The bank wants the card's holder to confirm a payment.
    CardConfirm {
        /// How much was not taken.
        amount: Money,
        /// The card's last four digits; may be empty.
        card: String,
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

/// A message that is written and not yet addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// The rest; the first block is what shows before the message is opened.
    pub blocks: Vec<Block>,
    language: Language,
}

/// Writes a reminder: any step of a ladder, and what is said in a call, in the business's own words where it has some.
///
/// What a code has no words for in a channel is said with those of the considerate reminder or call.
pub fn reminder(texts: &Texts, code: &str, channel: Channel, language: Language, values: &Values) -> Written {
    let fallback = if channel == Channel::Call { CALL } else { "considerate" };
    let code = if texts.find(code, channel, language).is_some() { code } else { fallback };
    compose(texts, code, channel, language, &values.fill(channel, language, label(code)))
}

/// Writes a message by e-mail, in the business's own words where it has some.
pub fn write(texts: &Texts, language: Language, sides: &Sides, matter: &Matter) -> Written {
    write_for(texts, matter.code_for(texts, Channel::Email, language), Channel::Email, language, sides, matter)
}

/// Writes a message as a letter, in the business's own words where it has some. What has no words for a letter is said with
/// those of an e-mail.
pub fn letter(texts: &Texts, language: Language, sides: &Sides, matter: &Matter) -> Written {
    let code = matter.code_for(texts, Channel::Letter, language);
    let own = texts.find(code, Channel::Letter, language).is_some();
    write_for(texts, code, if own { Channel::Letter } else { Channel::Email }, language, sides, matter)
}

/// Writes a text message, in one part where it fits. Reminders have words of their own; of everything else a text message
/// says only who it is from and where to read it. How to stop reminders is told where it fits: the link leads there, too.
pub fn short(texts: &Texts, language: Language, sides: &Sides, matter: &Matter) -> String {
    let code = matter.code_for(texts, Channel::Sms, language);
    if texts.find(code, Channel::Sms, language).is_some() {
        let words = write_for(texts, code, Channel::Sms, language, sides, matter).sms();
        let stoppable = format!("{words} {}", sms::plain(texts::phrase(language, "sms_stop")));
        return if segments(&stoppable).segments <= 1 { stoppable } else { words };
    }
    let mut values = plain(sides, matter).fill(Channel::Sms, language, label(code));
    matter.fill(language, &mut values);
    if let Matter::OneTimeCode { code, .. } = matter {
        values.text("code", &**code);
    }
    if let Matter::CardSoon { amount, .. } = matter {
        // Not with its sign: it shows on a locked telephone, as what any shop takes by card does.
        let decimal = amount.decimal();
        let decimal = if language == Language::English { decimal } else { decimal.replace('.', ",") };
        values.text("amount", format!("{} {decimal}", amount.currency.code()));
    }
    values.text("link", sides.url.as_deref().unwrap_or_default());
    let words = fill_words(texts::phrase(language, matter.phrase()), &values).unwrap_or_default();
    sms::plain(&visible(&words).split_whitespace().collect::<Vec<_>>().join(" "))
}

fn write_for(
    texts: &Texts,
    code: &str,
    channel: Channel,
    language: Language,
    sides: &Sides,
    matter: &Matter,
) -> Written {
    let mut values = plain(sides, matter).fill(channel, language, label(code));
    matter.fill(language, &mut values);
    compose(texts, code, channel, language, &values)
}

/// What the variables of every message stand for.
fn plain(sides: &Sides, matter: &Matter) -> Values {
    let mut plain = Values {
        business: sides.business.clone(),
        phone: sides.phone.clone(),
        address: sides.address.clone(),
        name: sides.name.clone(),
        link: sides.url.clone(),
        link_until: Some(sides.url_until),
        ..Values::default()
    };
    if let Matter::Reminder { items, totals, ahead, some_disputed, by_card, .. } = matter {
        (plain.items, plain.totals, plain.ahead) = (items.clone(), totals.clone(), ahead.clone());
        (plain.some_disputed, plain.by_card) = (*some_disputed, *by_card);
    }
    if let Matter::Agreement { items, pay_on, by_card, .. } = matter {
        plain.totals = items.iter().map(|item| item.left).collect();
        (plain.items, plain.by_card, plain.pay_on) = (items.clone(), *by_card, Some(*pay_on));
    }
    plain
}

/// The words in force for a message, filled.
fn compose(texts: &Texts, code: &str, channel: Channel, language: Language, values: &template::Values) -> Written {
    let text = texts.find(code, channel, language);
    let (subject, body) = text.map_or_else(Default::default, |text| (text.subject, text.body));
    let subject = fill_words(&subject, values).unwrap_or_default();
    Written { subject, blocks: fill(&body, values), language }
}

/// The phrase on the button of a message.
pub fn label(code: &str) -> &'static str {
    match code {
        "agreed" => "link_agreed",
        "declined" => "link_again",
        "countered" => "link_answer",
        "receipt" | "proposed" => "link_account",
        code if code.starts_with("dispute_") || code.starts_with("claim_") || code.starts_with("hardship_") => {
            "link_account"
        }
        _ => "link_open",
    }
}

impl Matter {
    /// The kind of message that says it in a channel: the one that the step names, where there are words for it.
    fn code_for<'a>(&'a self, texts: &Texts, channel: Channel, language: Language) -> &'a str {
        match self {
            Self::Reminder { code, .. } | Self::Agreement { code, .. }
                if texts.find(code, channel, language).is_some() =>
            {
                code
            }
            other => other.code(),
        }
    }

    /// What it asks to be paid now, one a currency; nothing where it asks for nothing.
    pub fn asked(&self) -> Vec<Money> {
        match self {
            Self::Reminder { totals, .. } => totals.clone(),
            Self::Agreement { items, .. } => items.iter().map(|item| item.left).collect(),
            _ => Vec::new(),
        }
    }

    /// The phrase that a text message says, of what has no words of its own for text messages.
    fn phrase(&self) -> &'static str {
        match self {
            Self::OneTimeCode { .. } => "sms_code",
            Self::Receipt { .. } => "sms_thanks",
            Self::DisputeReceived { .. } | Self::Proposed { .. } => "sms_received",
            Self::Agreed { .. } => "sms_record",
            Self::FreshLink => "sms_link",
            Self::CardSoon { .. } => "sms_card",
            Self::CardDeclined { .. } | Self::CardConfirm { .. } => "sms_look",
            _ => "sms_reply",
        }
    }

    /// The kind of message that says it.
    fn code(&self) -> &'static str {
        match self {
            Self::Reminder { .. } => "considerate",
            Self::Agreement { .. } => "instalment_missed",
            Self::Receipt { .. } => "receipt",
            Self::DisputeReceived { kind: Kind::Dispute, .. } => "dispute_received",
            Self::DisputeReceived { kind: Kind::Claim, .. } => "claim_received",
            Self::DisputeReceived { kind: Kind::Hardship, .. } => "hardship_received",
            Self::DisputeAnswered { .. } => "dispute_answered",
            Self::DisputeResolved { state: State::Upheld, .. } => "dispute_upheld",
            Self::DisputeResolved { state: State::Partly, .. } => "dispute_partly",
            Self::DisputeResolved { kind: Kind::Dispute, .. } => "dispute_rejected",
            Self::DisputeResolved { kind: Kind::Claim, .. } => "claim_rejected",
            Self::DisputeResolved { kind: Kind::Hardship, .. } => "hardship_closed",
            Self::Agreed { .. } => "agreed",
            Self::Proposed { .. } => "proposed",
            Self::Declined { .. } => "declined",
            Self::Countered { .. } => "countered",
            Self::CardSoon { .. } => "card_soon",
            Self::CardDeclined { .. } => "card_declined",
            Self::CardConfirm { .. } => "card_confirm",
            Self::FreshLink => "fresh_link",
            Self::OneTimeCode { .. } => "one_time_code",
        }
    }

    /// What stands for the variables that only it has.
    fn fill(&self, language: Language, values: &mut template::Values) {
        let quote = |text: &String| Value::Quote(text.clone());
        match self {
            Self::Reminder { .. } | Self::Agreement { .. } | Self::FreshLink => {}
            Self::Receipt { amount, paid_on, reference, left } => {
                values.text("amount", amount.show_in(language));
                values.text("paid_on", show_in(*paid_on, language));
                values.text("reference", &**reference);
                let left: Vec<Money> = left.iter().copied().filter(|m| m.minor > 0).collect();
                let mut sum = template::Values::default();
                sum.text("left", values::sums(language, &left));
                let nothing = || texts::phrase(language, "left_nothing").to_owned();
                values.text("left", fill_words(texts::phrase(language, "left"), &sum).unwrap_or_else(nothing));
            }
            Self::DisputeReceived { answer_by_on, .. } => {
                values.text("answer_by", show_in(*answer_by_on, language));
            }
            Self::DisputeAnswered { answer } => values.set("answer", quote(answer)),
            Self::DisputeResolved { credited, answer, .. } => {
                values.set("answer", quote(answer));
                values.text("credited", credited.map_or(String::new(), |m| m.show_in(language)));
            }
            Self::Agreed { words } => values.set("words", quote(words)),
            Self::Proposed { words, answer_by_on } => {
                values.set("words", quote(words));
                values.text("answer_by", answer_by_on.map_or(String::new(), |on| show_in(on, language)));
            }
            Self::Declined { reason } => values.set("reason", quote(reason)),
            Self::Countered { words, reason, answer_by_on } => {
                values.set("words", quote(words));
                values.set("reason", quote(reason));
                values.text("answer_by", answer_by_on.map_or(String::new(), |on| show_in(on, language)));
            }
            Self::CardSoon { amount, card, charge_on } => {
                values.text("amount", amount.show_in(language));
                values.text("card", &**card);
                values.text("charge_on", show_in(*charge_on, language));
            }
            Self::CardDeclined { amount, card, again_on } => {
                values.text("amount", amount.show_in(language));
                values.text("card", &**card);
                let on = again_on.map_or(String::new(), |on| show_in(on, language));
                values.text("again", values::said(language, "card_again", &[("again_on", &on)]));
            }
            Self::CardConfirm { amount, card } => {
                values.text("amount", amount.show_in(language));
                values.text("card", &**card);
            }
            Self::OneTimeCode { code, minutes } => {
                values.set("code", Value::Code(code.clone()));
                values.text("minutes", minutes.to_string());
            }
        }
    }
}

impl Written {
    /// As a text message: in one line, and in its alphabet as far as that goes.
    pub fn sms(&self) -> String {
        let words: Vec<String> = self.text().split_whitespace().map(str::to_owned).collect();
        sms::plain(&words.join(" "))
    }

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
}

/// A text without control characters, other than the ends of its lines.
fn visible(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| *c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')))
        .collect()
}

#[cfg(test)]
mod tests;
