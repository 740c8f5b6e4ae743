//! Templates of messages: plain text with `{{ placeholders }}`. What may stand in one is checked, and filling it gives
//! blocks that e-mail, SMS and letters show each in its own way.
//!
//! Paragraphs are apart by an empty line. One whose lines all begin with `- ` is a list. One that is nothing but
//! `{{ invoices }}` becomes the list of them, and one that is nothing but `{{ link }}` the button. A paragraph or a line of
//! a list that needs something which there is not (no telephone number, nothing in dispute) is left out.

use crate::language::Language;
use crate::tone::{self, Part};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// How a message goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// A text message.
    Sms,
    /// A letter on paper.
    Letter,
    /// A call: what is said.
    Call,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Email, Self::Sms, Self::Letter, Self::Call];

    /// The name in addresses and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Letter => "letter",
            Self::Call => "call",
        }
    }

    /// Reads a name written by [`Channel::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Email => "E-mail",
            Self::Sms => "Text message",
            Self::Letter => "Letter",
            Self::Call => "Call",
        }
    }

    /// It has a subject of its own.
    pub fn has_subject(self) -> bool {
        matches!(self, Self::Email | Self::Letter)
    }
}

/// What the messages of a kind are for, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A step of the ladder.
    Reminder,
    /// About an agreement and its dates.
    Agreement,
    /// An answer to what somebody wrote or did.
    Answer,
    /// The way in.
    Access,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reminder, Self::Agreement, Self::Answer, Self::Access];

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reminder => "Reminders",
            Self::Agreement => "Agreements",
            Self::Answer => "Answers and receipts",
            Self::Access => "Links and codes",
        }
    }
}

/// A kind of message.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in addresses, files and the database.
    pub code: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// When it is sent.
    pub when: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// The channels that it has words for.
    pub channels: &'static [Channel],
    /// The variables that it may use, besides [`COMMON`].
    pub variables: &'static [&'static str],
    /// Those of them that it must use.
    pub required: &'static [&'static str],
}

/// What every message may say.
pub const COMMON: [&str; 7] = ["greeting", "business", "phone", "address", "name", "private", "closing"];

const WRITTEN: &[Channel] = &[Channel::Email, Channel::Sms, Channel::Letter];
const EMAIL: &[Channel] = &[Channel::Email];
const OWED: &[&str] = &["invoices", "total", "ahead", "disputed", "ways", "link"];
const AGREED: &[&str] = &["payments", "total", "pay_on", "ways", "link"];

const fn kind(code: &'static str, title: &'static str, when: &'static str, group: Group) -> Kind {
    Kind { code, title, when, group, channels: EMAIL, variables: &["link"], required: &[] }
}

const fn reminder(code: &'static str, title: &'static str, when: &'static str) -> Kind {
    Kind { channels: WRITTEN, variables: OWED, required: &["invoices"], ..kind(code, title, when, Group::Reminder) }
}

/// Every kind of message.
pub const KINDS: [Kind; 29] = [
    reminder("courtesy", "Courtesy notice", "3 days before the due date"),
    reminder("nudge", "First nudge", "3 days after the due date"),
    reminder("considerate", "Considerate reminder", "30 days after the due date: is something wrong?"),
    Kind {
        channels: &[Channel::Call],
        variables: &["invoices", "total", "ahead", "disputed", "ways"],
        required: &[],
        ..reminder("considerate_call", "Considerate call", "34 days after the due date: what to say")
    },
    reminder("firm", "Firm and polite letter", "60 days after the due date"),
    reminder("effect", "What it does to us", "75 days after the due date"),
    reminder("last_notice", "Before new orders wait", "90 days after the due date"),
    Kind {
        variables: AGREED,
        required: &["payments"],
        channels: WRITTEN,
        ..kind("promise_check", "Has it been sent?", "2 days after a promised date", Group::Agreement)
    },
    Kind {
        variables: AGREED,
        required: &["payments"],
        channels: WRITTEN,
        ..kind("instalment_due", "An instalment is near", "before an instalment, for that one only", Group::Agreement)
    },
    Kind {
        variables: AGREED,
        required: &["payments"],
        channels: WRITTEN,
        ..kind("instalment_missed", "An agreed payment did not come", "after an agreed date", Group::Agreement)
    },
    Kind {
        variables: &["words", "link"],
        required: &["words"],
        ..kind("agreed", "It is agreed", "when a promise or a plan is agreed", Group::Agreement)
    },
    Kind {
        variables: &["words", "answer_by", "link"],
        required: &["words"],
        ..kind("proposed", "It waits for you", "when a proposal waits for you", Group::Agreement)
    },
    Kind {
        variables: &["reason", "link"],
        required: &["reason"],
        ..kind("declined", "You said no", "when you decline a proposal", Group::Agreement)
    },
    Kind {
        variables: &["words", "reason", "answer_by", "link"],
        required: &["words", "reason"],
        ..kind("countered", "Your own offer", "when you offer something else", Group::Agreement)
    },
    Kind {
        variables: &["amount", "card", "charge_on", "link"],
        required: &["amount", "charge_on"],
        ..kind("card_soon", "A card will be charged", "days before a kept card is charged", Group::Agreement)
    },
    Kind {
        variables: &["amount", "card", "again", "link"],
        required: &["amount"],
        ..kind("card_declined", "A card was refused", "when a kept card is refused", Group::Agreement)
    },
    Kind {
        variables: &["amount", "card", "link"],
        required: &["amount"],
        ..kind("card_confirm", "The bank asks back", "when a bank wants a payment confirmed", Group::Agreement)
    },
    Kind {
        variables: &["amount", "paid_on", "reference", "left", "link"],
        required: &["amount", "left"],
        ..kind("receipt", "Receipt", "when a payment has come", Group::Answer)
    },
    Kind {
        variables: &["answer_by", "link"],
        ..kind("dispute_received", "Something is not right", "when somebody disputes", Group::Answer)
    },
    Kind {
        variables: &["answer_by", "link"],
        ..kind("claim_received", "They say that they paid", "when somebody says that they paid", Group::Answer)
    },
    Kind {
        variables: &["answer_by", "link"],
        ..kind("hardship_received", "They can not pay now", "when somebody says that they can not pay", Group::Answer)
    },
    Kind {
        variables: &["answer", "link"],
        required: &["answer"],
        ..kind("dispute_answered", "Your answer", "when you answer a dispute", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer", "credited"],
        ..kind("dispute_upheld", "They were right", "when you agree with a dispute", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer", "credited"],
        ..kind("dispute_partly", "They were right in part", "when you agree in part", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer"],
        ..kind("dispute_rejected", "You do not agree", "when you do not agree with a dispute", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer"],
        ..kind("claim_rejected", "The payment is not found", "when you do not find a payment", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer"],
        ..kind("hardship_closed", "Your answer to hardship", "when you answer somebody who can not pay", Group::Answer)
    },
    kind("fresh_link", "A new link", "when somebody asks for a new link", Group::Access),
    Kind {
        variables: &["code", "minutes"],
        required: &["code"],
        ..kind("one_time_code", "One-time code", "when somebody opens a link", Group::Access)
    },
];

/// The kind whose script is read in a call.
pub const CALL: &str = "considerate_call";

/// The kind of a code.
pub fn find_kind(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

impl Kind {
    /// Every variable that it may use in a channel.
    pub fn variables(&self, channel: Channel) -> Vec<&'static str> {
        let all = COMMON.iter().chain(self.variables).copied();
        // Nobody can press a link in a call, and nobody else hears it.
        all.filter(|name| channel != Channel::Call || !["link", "private"].contains(name)).collect()
    }

    /// Those that it must use in a channel. A text message has room for the link alone.
    pub fn required(&self, channel: Channel) -> Vec<&'static str> {
        let mut required = match channel {
            Channel::Email | Channel::Letter => self.required.to_vec(),
            Channel::Sms | Channel::Call => Vec::new(),
        };
        if channel != Channel::Call && self.variables.contains(&"link") {
            required.push("link");
        }
        required
    }
}

/// What a variable stands for, for the shopkeeper.
pub fn describe(variable: &str) -> &'static str {
    match variable {
        "greeting" => "a greeting with their name, where you know it",
        "business" => "the name of your business",
        "phone" => "your telephone number",
        "address" => "your postal address",
        "name" => "the name of the person or company",
        "private" => "that the message is for them alone",
        "closing" => "how to answer you or get help, and who you are",
        "link" => "the button to their own page; in a text message the address of it",
        "invoices" => "the list of invoices with what is left of each",
        "payments" => "the list of agreed payments that it is about",
        "total" => "the sum of what is asked for",
        "ahead" => "what they paid ahead, where they did",
        "disputed" => "that what is in dispute is left out, where something is",
        "ways" => "the list of all that they can do on their page",
        "pay_on" => "the day that was promised or agreed",
        "words" => "the exact words of the agreement",
        "answer_by" => "the day by which an answer is due",
        "reason" => "what you wrote",
        "answer" => "what you wrote",
        "credited" => "what was taken off, where something was",
        "amount" => "how much was paid, or is to be paid",
        "charge_on" => "the day on which the card is charged",
        "card" => "the last four digits of the card",
        "again" => "the day on which the card is tried again, where it is",
        "paid_on" => "the day on which it came",
        "reference" => "the number of the receipt",
        "left" => "what is left to pay, or that nothing is",
        "code" => "the code",
        "minutes" => "the minutes for which the code works",
        _ => "",
    }
}

/// What stands for a variable when a template is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Words, in the midst of others or as a paragraph.
    Text(String),
    /// Lines that belong together.
    Lines(Vec<String>),
    /// The one thing to press.
    Link {
        /// What it does.
        label: String,
        /// Where it goes.
        url: String,
        /// What to know of it; may be empty.
        note: String,
    },
    /// Words of somebody else, or words that must stand exactly so.
    Quote(String),
    /// A code to type.
    Code(String),
}

impl Value {
    /// It says nothing.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Quote(text) | Self::Code(text) => text.trim().is_empty(),
            Self::Lines(lines) => lines.is_empty(),
            Self::Link { url, .. } => url.is_empty(),
        }
    }

    /// In the midst of words.
    fn inline(&self) -> String {
        match self {
            Self::Text(text) | Self::Quote(text) | Self::Code(text) => text.clone(),
            Self::Lines(lines) => lines.join("; "),
            Self::Link { url, .. } => url.clone(),
        }
    }
}

/// What stands for each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// Says what stands for a variable.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// Says which words stand for a variable.
    pub fn text(&mut self, name: &str, text: impl Into<String>) {
        self.set(name, Value::Text(text.into()));
    }

    fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_empty())
    }
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

enum Piece<'a> {
    Words(&'a str),
    Variable(&'a str),
}

/// Splits a text at its placeholders. Braces that do not close are words.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut all, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        all.push(Piece::Words(before));
        all.push(Piece::Variable(name.trim()));
        rest = behind;
    }
    all.push(Piece::Words(rest));
    all
}

/// Fills one line or paragraph; `None` where it needs something which there is not.
pub fn fill_words(text: &str, values: &Values) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::Variable(name) => out.push_str(&values.find(name)?.inline()),
        }
    }
    Some(out)
}

/// Fills the body of a template.
pub fn fill(body: &str, values: &Values) -> Vec<Block> {
    let body = body.replace("\r\n", "\n");
    body.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).flat_map(|p| fill_paragraph(p, values)).collect()
}

fn fill_paragraph(paragraph: &str, values: &Values) -> Vec<Block> {
    if let [Piece::Words(""), Piece::Variable(name), Piece::Words("")] = pieces(paragraph)[..] {
        return match values.find(name).cloned() {
            None => Vec::new(),
            Some(Value::Text(text)) => vec![Block::Words(text)],
            Some(Value::Lines(lines)) => vec![Block::List(lines)],
            Some(Value::Quote(text)) => vec![Block::Quote(text)],
            Some(Value::Code(text)) => vec![Block::Code(text)],
            Some(Value::Link { label, url, note }) if note.is_empty() => vec![Block::Link { label, url }],
            Some(Value::Link { label, url, note }) => vec![Block::Link { label, url }, Block::Words(note)],
        };
    }
    if paragraph.lines().all(|line| line.starts_with("- ")) {
        let lines: Vec<String> = paragraph.lines().filter_map(|line| fill_words(line[2..].trim(), values)).collect();
        return if lines.is_empty() { Vec::new() } else { vec![Block::List(lines)] };
    }
    fill_words(paragraph, values).map(Block::Words).into_iter().collect()
}

/// What is wrong with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// A variable that this kind of message does not have.
    UnknownVariable,
    /// A variable that this kind of message must have.
    MissingVariable,
    /// Braces that open and do not close, or the other way round.
    Unclosed,
    /// Nothing in the subject.
    EmptySubject,
    /// Nothing in the message.
    EmptyBody,
    /// Shows before it is opened, and tells others of a debt.
    Telling,
    /// Does not fit into one text message.
    TooLong,
    /// Longer than anybody would read.
    Endless,
}

/// Something that is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What it is.
    pub problem: Problem,
    /// In which text.
    pub part: Part,
    /// Its bytes there.
    pub at: Range<usize>,
    /// Its line there, from 1.
    pub line: usize,
    /// What to do about it, a sentence without a full stop.
    pub say: String,
}

/// Characters that show before a message is opened, at most.
pub const PREVIEW_CHARS: usize = 160;
/// Septets of one text message.
pub const SMS_SEPTETS: usize = 160;
/// Characters of the link in a text message.
pub const SMS_LINK_CHARS: usize = 40;
/// Characters of a business's name, in a text message that must fit.
const SMS_NAME_CHARS: usize = 20;
/// Characters that a template may have.
pub const BODY_CHARS_MAX: usize = 5_000;
/// Characters that a subject may have.
pub const SUBJECT_CHARS_MAX: usize = 150;

/// Everything that is wrong with a template, in the order of the text.
pub fn check(kind: &Kind, channel: Channel, language: Language, subject: &str, body: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if channel.has_subject() {
        if subject.trim().is_empty() {
            faults.push(fault(Problem::EmptySubject, Part::Subject, subject, 0..0, "Write a subject"));
        }
        check_braces(kind, channel, Part::Subject, subject, &mut faults);
        too_long(Part::Subject, subject, SUBJECT_CHARS_MAX, &mut faults);
    }
    if body.trim().is_empty() {
        faults.push(fault(Problem::EmptyBody, Part::Body, body, 0..0, "Write a message"));
        return faults;
    }
    check_braces(kind, channel, Part::Body, body, &mut faults);
    let used: Vec<&str> = names(body);
    for name in kind.required(channel).into_iter().filter(|name| !used.contains(name)) {
        let say = format!("Put {{{{ {name} }}}} somewhere: {}", describe(name));
        faults.push(fault(Problem::MissingVariable, Part::Body, body, body.len()..body.len(), &say));
    }
    faults.extend(check_telling(channel, language, subject, body));
    too_long(Part::Body, body, BODY_CHARS_MAX, &mut faults);
    if channel == Channel::Sms {
        check_sms(kind, body, &mut faults);
    }
    faults
}

fn fault(problem: Problem, part: Part, text: &str, at: Range<usize>, say: &str) -> Fault {
    Fault { problem, part, line: tone::line_of(text, at.start), at, say: say.to_owned() }
}

fn too_long(part: Part, text: &str, max: usize, faults: &mut Vec<Fault>) {
    if text.chars().count() > max {
        let say = format!("Write at most {max} characters");
        faults.push(fault(Problem::Endless, part, text, text.len()..text.len(), &say));
    }
}

/// The variables that a text names.
fn names(text: &str) -> Vec<&str> {
    let name = |piece| if let Piece::Variable(name) = piece { Some(name) } else { None };
    pieces(text).into_iter().filter_map(name).collect()
}

fn check_braces(kind: &Kind, channel: Channel, part: Part, text: &str, faults: &mut Vec<Fault>) {
    let known = kind.variables(channel);
    let mut at = 0;
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => {
                if let Some(brace) = words.find(['{', '}']) {
                    let place = at + brace..at + brace + 1;
                    let say = "Close what these braces open, as in {{ name }}";
                    faults.push(fault(Problem::Unclosed, part, text, place, say));
                }
                at += words.len();
            }
            Piece::Variable(name) => {
                // The place of the whole placeholder, with the spaces in it.
                let end = text[at..].find("}}").map_or(text.len(), |end| at + end + 2);
                if !known.contains(&name) {
                    let say = format!("There is no {{{{ {name} }}}} in this message");
                    faults.push(fault(Problem::UnknownVariable, part, text, at..end, &say));
                }
                at = end;
            }
        }
    }
}

/// What shows before a message is opened must tell nobody of a debt: subject and first words of an e-mail, and all of a
/// text message, which a locked telephone shows. A letter comes in an envelope, and a call begins with who is speaking.
fn check_telling(channel: Channel, language: Language, subject: &str, body: &str) -> Vec<Fault> {
    let shown = match channel {
        Channel::Email => vec![(Part::Subject, subject, subject.len()), (Part::Body, body, preview_end(body))],
        Channel::Sms => vec![(Part::Body, body, body.len())],
        Channel::Letter | Channel::Call => Vec::new(),
    };
    let mut faults = Vec::new();
    for (part, text, end) in shown {
        if let Some(at) = telling(language, &text[..end]) {
            let place = if part == Part::Subject { "The subject" } else { "The beginning" };
            let place = if channel == Channel::Sms { "A text message" } else { place };
            let say = format!("{place} shows to others: leave out “{}”", &text[at.clone()]);
            faults.push(fault(Problem::Telling, part, text, at, &say));
        }
    }
    faults
}

/// Where the first words of a template end that a mail program shows.
fn preview_end(body: &str) -> usize {
    let (mut shown, mut end) = (0, 0);
    for piece in pieces(body) {
        match piece {
            Piece::Words(words) => {
                for c in words.chars() {
                    if shown >= PREVIEW_CHARS && !c.is_alphanumeric() {
                        return end;
                    }
                    shown += 1;
                    end += c.len_utf8();
                }
            }
            Piece::Variable(name) => {
                if shown >= PREVIEW_CHARS {
                    return end;
                }
                shown += if name == "private" { PREVIEW_CHARS - 20 } else { 8 };
                end += body[end..].find("}}").map_or(0, |close| close + 2);
            }
        }
    }
    end
}

fn check_sms(kind: &Kind, body: &str, faults: &mut Vec<Fault>) {
    let mut values = Values::default();
    for name in kind.variables(Channel::Sms) {
        values.text(name, "x".repeat(if name == "link" { SMS_LINK_CHARS } else { SMS_NAME_CHARS }));
    }
    let filled = fill_words(body.trim(), &values).unwrap_or_default();
    match septets(&filled) {
        Some(many) if many <= SMS_SEPTETS => {}
        Some(many) => {
            let say = format!("Write {} characters less, so that it fits into one text message", many - SMS_SEPTETS);
            faults.push(fault(Problem::TooLong, Part::Body, body, body.len()..body.len(), &say));
        }
        None => {
            let odd = body.char_indices().find(|(_, c)| width(*c).is_none());
            let (at, c) = odd.unwrap_or((0, ' '));
            let say = format!("Leave out “{c}”: it makes a text message more than twice as long");
            faults.push(fault(Problem::TooLong, Part::Body, body, at..at + c.len_utf8(), &say));
        }
    }
}

/// Signs and words that tell whoever sees them that money is owed, as the linter's patterns.
pub fn telling_words(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &[
            "debt*",
            "owe|owes|owed|owing",
            "overdue",
            "due",
            "late",
            "invoice*",
            "bill|bills",
            "pay|pays|paid|paying",
            "payment*|payable",
            "money",
            "remind*",
            "collect*",
            "arrears",
            "balance*",
            "amount*",
            "instal*",
            "dispute*",
            "claim*",
            "hardship",
            "afford*",
            "settle*",
            "receipt*",
            "credit*",
            "unpaid",
            "outstanding",
            "default*",
        ],
        Language::German => &[
            "schuld*",
            "fällig*",
            "überfällig*",
            "rechnung*",
            "mahn*",
            "zahl*|gezahlt|bezahl*",
            "geld*",
            "erinner*",
            "inkasso*",
            "rückstand*|rückständ*",
            "saldo",
            "betrag*|beträge*",
            "rate|raten|ratenzahlung*",
            "offene|offenen|offener|offenes",
            "forderung*",
            "ausstehend*|außenstände*",
            "quittung*",
            "gutschrift*",
            "leisten",
            "überweis*",
            "kredit*",
            "verzug*",
            "säumig*",
        ],
        Language::French => &[
            "dette*",
            "impayé*",
            "facture*|facturation",
            "dû|due|dus|dues|devez",
            "échéance*|échu*",
            "pay*|paie*",
            "régler|réglé*|réglez|règlement*",
            "argent",
            "rappel|rappels",
            "relance*",
            "recouvrement",
            "arriéré*",
            "solde*",
            "montant*",
            "mensualité*|acompte*",
            "litige*",
            "créance*|créancier*|crédit*",
            "quittance*",
            "somme|sommes dues|due",
            "retard*",
            "virement*",
        ],
        Language::Spanish => &[
            "deuda*|deudor*|adeud*",
            "impag*",
            "factura*",
            "pag|paga|pagar|pagos|pago|pague|pagado|pagada",
            "abon*",
            "vencid*|vence|vencimiento*",
            "debe|debido|debida",
            "dinero",
            "recordatorio*|recordar*|recordamos",
            "cobro*|cobrar*",
            "atras*",
            "saldo*",
            "importe*|cantidad*",
            "plazo*|cuota*",
            "mora|moros*",
            "reclam*",
            "crédito*",
            "recibo*",
            "pendiente*",
            "transferencia*",
        ],
    }
}

/// Where a text tells that money is owed: a telling word, a currency's sign, or a variable that is about money.
pub fn telling(language: Language, text: &str) -> Option<Range<usize>> {
    const SAFE: [&str; 9] =
        ["greeting", "business", "phone", "address", "name", "private", "closing", "link", "answer_by"];
    let sign = text.char_indices().find(|(_, c)| "£$€¥₹".contains(*c)).map(|(at, c)| at..at + c.len_utf8());
    let variable = names(text).into_iter().find(|name| !SAFE.contains(name)).and_then(|name| {
        let at = text.find(name)?;
        Some(at..at + name.len())
    });
    let word = tone::find_phrase(language, text, telling_words(language));
    [sign, variable, word].into_iter().flatten().min_by_key(|at| at.start)
}

const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                         abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_EXTENDED: &str = "^{}\\[~]|€";

/// Septets of a character in the alphabet of text messages (3GPP TS 23.038); `None` where it has none.
fn width(c: char) -> Option<usize> {
    if GSM_BASIC.contains(c) {
        Some(1)
    } else if GSM_EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Septets of a text in the alphabet of text messages; `None` where a character is not in it, so that the whole message
/// goes out in 16 bits a character, 70 to a message.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().map(width).sum()
}

/// The text with what the alphabet of text messages lacks written plainly: `á` as `a`, curly quotes straight, spaces
/// that do not break as spaces. What has no plain form stays.
pub fn plain_for_sms(text: &str) -> String {
    let plain = |c: char| match c {
        'á' | 'â' | 'ã' => 'a',
        'ê' | 'ë' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'û' => 'u',
        'ç' => 'c',
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'È' | 'Ê' | 'Ë' => 'E',
        'Í' | 'Î' | 'Ï' => 'I',
        'Ó' | 'Ô' | 'Õ' => 'O',
        'Ú' | 'Û' | 'Ù' => 'U',
        '\u{2018}' | '\u{2019}' | '\u{201a}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»' => '"',
        '\u{2013}' | '\u{2014}' => '-',
        '\u{a0}' | '\u{202f}' => ' ',
        c => c,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests;
