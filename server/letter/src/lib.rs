//! A letter: what it says goes in as data, one accessible PDF comes out (PDF/UA-1) whose address stands where the window
//! of an envelope is; and documents for which there is no envelope. It knows nothing of Kept, reads no file and asks no clock.

mod document;
mod form;
mod ink;
mod qr;
mod room;
mod statement;
mod words;

#[cfg(test)]
mod tests;

pub use document::{Document, Paper, Part, Table, render_document};
pub use form::{Area, Form};
pub use statement::{Account, Entry, Statement, render_statement};
pub use words::{Language, country_name};

use ink::Ink;
use room::{LETTER, Room};
use typst::comemo;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Array, Bytes, Dict, IntoValue, Smart, Value, dict};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use words::Words;

/// Letters after which what was remembered for one of them is forgotten.
const REMEMBERED: usize = 4;

/// Who writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The name.
    pub name: String,
    /// The address, a line each.
    pub address: Vec<String>,
    /// The telephone number; empty where there is none.
    pub phone: String,
    /// The e-mail address; empty where there is none.
    pub email: String,
}

/// Who is written to: all that shows through the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// The name.
    pub name: String,
    /// The address, a line each, the postcode where the post of that country wants it.
    pub address: Vec<String>,
    /// The name of the country as it is printed; empty within one country.
    pub country: String,
}

/// One part of what a letter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph; the ends of its lines are kept.
    Words(String),
    /// Lines that belong together.
    List(Vec<String>),
    /// Invoices with what is left of them.
    Table(Vec<Row>),
    /// Words of somebody else, or words that must stand exactly so.
    Quote(String),
}

/// An invoice in a letter. The texts are ready to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub number: String,
    /// The day it was due.
    pub due: String,
    /// What is left to pay.
    pub left: String,
}

/// How to pay by bank transfer. The texts are ready to be read; what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Whose account it is.
    pub holder: String,
    /// The IBAN, in groups.
    pub iban: String,
    /// The BIC.
    pub bic: String,
    /// Details of an account as its country writes them, a line each.
    pub local: Vec<String>,
    /// What to name with the transfer.
    pub reference: String,
    /// How much, one a currency.
    pub amounts: Vec<String>,
    /// What a QR code tells a banking app, such as an EPC069-12 payload.
    pub code: Option<String>,
}

/// A letter that is written. Nothing in it is read as markup.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The language of its words.
    pub language: Language,
    /// The paper and the envelope.
    pub form: Form,
    /// Who writes.
    pub from: Sender,
    /// To whom.
    pub to: Recipient,
    /// The date, ready to be read.
    pub date: String,
    /// What the recipient may name when they call; empty where there is none.
    pub reference: String,
    /// What stands above the first paragraph.
    pub subject: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// The address of the recipient's page.
    pub link: String,
    /// What the address is for, beside its QR code.
    pub link_words: String,
    /// How to pay by bank transfer, where something is asked for.
    pub transfer: Option<Transfer>,
    /// The last words, with the name of whoever writes.
    pub closing: String,
}

/// A letter that is ready for a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The file.
    pub pdf: Vec<u8>,
    /// Its pages.
    pub pages: u32,
    /// Characters that the typeface has not, such as emoji: each stands in the letter as a sign that something is
    /// missing.
    pub replaced: Vec<char>,
}

impl Rendered {
    /// Sheets of paper when both sides are printed.
    pub fn sheets(&self) -> u32 {
        self.pages.div_ceil(2)
    }
}

/// Why there is no letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterError {
    /// There is nobody or no place to send it to.
    NoAddress,
    /// The name or the address needs letters that the typeface has not: the post could not read it.
    Unprintable(String),
    /// The recipient's address is too long for the window.
    AddressTooLong,
    /// The sender's address is too long for its place.
    SenderTooLong,
    /// The link is no web address, or too long for a QR code.
    Link,
    /// What a banking app should read is too long for a QR code.
    Code,
    /// The typesetter refuses it.
    Typesetter(String),
}

impl std::fmt::Display for LetterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoAddress => f.write_str("there is no postal address"),
            Self::Unprintable(line) => write!(f, "the address has letters that cannot be printed: {line}"),
            Self::AddressTooLong => f.write_str("the address is too long for the window of an envelope"),
            Self::SenderTooLong => f.write_str("the sender's own address is too long for a letter"),
            Self::Code => f.write_str("the bank transfer is too long for a QR code"),
            Self::Link => f.write_str("the link is no web address"),
            Self::Typesetter(said) => write!(f, "the letter cannot be set: {said}"),
        }
    }
}

impl std::error::Error for LetterError {}

/// Sets a letter.
///
/// # Errors
/// When it cannot be addressed, or has no place in its form.
pub fn render(letter: &Letter) -> Result<Rendered, LetterError> {
    let mut ink = Ink::default();
    let inputs = inputs(letter, &mut ink)?;
    print(&Room::new(&LETTER, inputs), ink)
}

/// Sets what is in a room as PDF/UA-1; `ink` knows what could not be printed of it.
fn print(room: &Room, ink: Ink) -> Result<Rendered, LetterError> {
    let Warned { output, .. } = typst::compile::<PagedDocument>(room);
    let document = output.map_err(|errors| refused(&errors))?;
    let options = PdfOptions {
        creator: Smart::Custom(Some("Kept".into())),
        standards: PdfStandards::new(&[PdfStandard::Ua_1])
            .map_err(|error| LetterError::Typesetter(error.message().to_string()))?,
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| refused(&errors))?;
    let pages = u32::try_from(document.pages().len()).unwrap_or(u32::MAX);
    comemo::evict(REMEMBERED);
    Ok(Rendered { pdf, pages, replaced: ink.replaced() })
}

/// The first thing that the typesetter says, or the place that has no room.
fn refused(errors: &[SourceDiagnostic]) -> LetterError {
    let said = errors.first().map(|error| error.message.as_str()).unwrap_or_default();
    match said {
        said if said.contains("no room: to") => LetterError::AddressTooLong,
        said if said.contains("no room: from") => LetterError::SenderTooLong,
        said => LetterError::Typesetter(said.to_owned()),
    }
}

/// The letter as the typesetter is handed it: texts as values, never as source.
fn inputs(letter: &Letter, ink: &mut Ink) -> Result<Dict, LetterError> {
    let to = address(&letter.to, ink)?;
    let words = letter.language.words();
    let from = &letter.from;
    let name = ink.line(&from.name);
    let sides = letter.form.measures();
    let svg = qr::svg(&letter.link)?;
    let mut contact = Vec::new();
    for (label, text) in [(words.phone, &from.phone), (words.email, &from.email)] {
        let text = ink.line(text);
        if !text.is_empty() {
            contact.push(pair(label, text));
        }
    }
    let mut facts = Vec::new();
    for (label, text) in [(words.reference, &letter.reference), (words.date, &letter.date)] {
        let text = ink.line(text);
        if !text.is_empty() {
            facts.push(pair(label, text));
        }
    }
    let own: Vec<String> = from.address.iter().map(|line| ink.line(line)).filter(|line| !line.is_empty()).collect();
    let dict = dict! {
        "form" => sides,
        "language" => letter.language.code(),
        "title" => format!("{} {name}", words.title).trim().to_owned(),
        "name" => name,
        "from" => texts(own),
        "contact" => Value::Array(contact.into_iter().collect()),
        "facts" => Value::Array(facts.into_iter().collect()),
        "to" => texts(to),
        "reference" => ink.line(&letter.reference),
        "subject" => ink.line(&letter.subject),
        "blocks" => Value::Array(letter.blocks.iter().map(|block| self::block(block, ink)).collect()),
        "link" => letter.link.as_str(),
        "link_words" => texts(ink.lines(&letter.link_words)),
        "qr" => Value::Bytes(Bytes::from_string(svg)),
        "transfer" => match &letter.transfer {
            Some(transfer) => self::transfer(transfer, words, ink)?,
            None => Value::None,
        },
        "closing" => texts(ink.lines(&letter.closing)),
        "words" => dict! {
            "page" => words.page,
            "of" => words.of,
            "number" => words.number,
            "due" => words.due,
            "left" => words.left,
            "qr" => words.qr,
        },
    };
    Ok(dict! { "letter" => dict })
}

/// What shows through the window, a line each.
fn address(to: &Recipient, ink: &mut Ink) -> Result<Vec<String>, LetterError> {
    let mut lines = Vec::new();
    for text in std::iter::once(&to.name).chain(&to.address).chain(std::iter::once(&to.country)) {
        let line = ink.line(text);
        if ink::lost_letters(text) {
            return Err(LetterError::Unprintable(line));
        }
        lines.push(line);
    }
    let named = !lines[0].is_empty();
    let placed = to.address.iter().any(|line| !line.trim().is_empty());
    lines.retain(|line| !line.is_empty());
    if named && placed { Ok(lines) } else { Err(LetterError::NoAddress) }
}

fn transfer(transfer: &Transfer, words: &Words, ink: &mut Ink) -> Result<Value, LetterError> {
    let local = transfer.local.iter().map(|line| (words.account, line));
    let amounts = transfer.amounts.iter().map(|amount| (words.amount, amount));
    let first = [(words.holder, &transfer.holder), ("IBAN", &transfer.iban), ("BIC", &transfer.bic)];
    let lines = first.into_iter().chain(local).chain([(words.purpose, &transfer.reference)]).chain(amounts);
    let mut facts: Vec<(&str, String)> = Vec::new();
    for (label, text) in lines {
        let text = ink.line(text);
        // A label stands once before lines that belong together.
        let again = facts.iter().any(|(said, _)| *said == label);
        if !text.is_empty() {
            facts.push((if again { "" } else { label }, text));
        }
    }
    let code = match &transfer.code {
        Some(text) => Value::Bytes(Bytes::from_string(qr::draw(text).ok_or(LetterError::Code)?)),
        None => Value::None,
    };
    let facts: Array = facts.into_iter().map(|(label, text)| pair(label, text)).collect();
    let dict = dict! { "title" => words.transfer, "facts" => facts, "qr" => code, "qr_words" => words.code, "qr_alt" => words.code_alt };
    Ok(dict.into_value())
}

fn block(block: &Block, ink: &mut Ink) -> Value {
    match block {
        Block::Words(text) => dict! { "kind" => "words", "lines" => texts(ink.lines(text)) },
        Block::Quote(text) => dict! { "kind" => "quote", "lines" => texts(ink.lines(text)) },
        Block::List(lines) => dict! { "kind" => "list", "lines" => texts(lines.iter().map(|l| ink.line(l))) },
        Block::Table(rows) => {
            let rows: Array = rows
                .iter()
                .map(|row| texts([ink.line(&row.number), ink.line(&row.due), ink.line(&row.left)]))
                .collect();
            dict! { "kind" => "table", "rows" => rows }
        }
    }
    .into_value()
}

fn texts(lines: impl IntoIterator<Item = String>) -> Value {
    Value::Array(lines.into_iter().map(IntoValue::into_value).collect())
}

fn pair(label: &str, text: String) -> Value {
    texts([label.to_owned(), text])
}
