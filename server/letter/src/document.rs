//! A document that goes into no window: the two sides, a title, and parts of which each is read as it is. Accessible as a letter is
//! (PDF/UA-1).

use super::{LetterError, Recipient, Rendered, Sender, pair, texts};
use crate::ink::Ink;
use crate::room::{DOCUMENT, Room};
use crate::words::Language;
use typst::foundations::{Array, Dict, IntoValue as _, Value, dict};

/// The paper, in portrait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// ISO 216, 210 by 297 mm.
    #[default]
    A4,
    /// US Letter, 8 1/2 by 11 inches.
    UsLetter,
}

impl Paper {
    /// What is customary in a country, by its ISO 3166 code.
    pub fn of_country(code: &str) -> Self {
        if matches!(code, "US" | "CA" | "PR" | "MX") { Self::UsLetter } else { Self::A4 }
    }

    fn size_mm(self) -> (f64, f64) {
        match self {
            Self::A4 => (210.0, 297.0),
            Self::UsLetter => (215.9, 279.4),
        }
    }
}

/// A table. The head is repeated on each page; a reading program tells of every cell what stands above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What stands above each column, and whether it holds figures, which stand to the right.
    pub heads: Vec<(String, bool)>,
    /// The column that takes the room that the others leave, from 0.
    pub wide: usize,
    /// The rows; cells that are missing are empty, and those without a head are left out.
    pub rows: Vec<Vec<String>>,
}

/// One part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the parts after it are about.
    Heading(String),
    /// A paragraph; the ends of its lines are kept.
    Words(String),
    /// Lines that belong together.
    List(Vec<String>),
    /// Words that must stand exactly so.
    Quote(String),
    /// A table.
    Table(Table),
}

/// A document that is written. Nothing in it is read as markup.
#[derive(Clone, Debug)]
pub struct Document {
    /// The language of its words.
    pub language: Language,
    /// The paper.
    pub paper: Paper,
    /// What it is.
    pub title: String,
    /// Who writes.
    pub from: Sender,
    /// Whom it is about.
    pub to: Recipient,
    /// What both may name it by; empty where there is nothing.
    pub reference: String,
    /// Labels with what they say, below the title: the date, the period. One that says nothing is left out.
    pub facts: Vec<(String, String)>,
    /// What it says.
    pub parts: Vec<Part>,
}

/// Sets a document.
///
/// # Errors
/// What the typesetter refuses.
pub fn render_document(document: &Document) -> Result<Rendered, LetterError> {
    let mut ink = Ink::default();
    let room = Room::new(&DOCUMENT, inputs(document, &mut ink));
    super::print(&room, ink)
}

fn inputs(document: &Document, ink: &mut Ink) -> Dict {
    let words = document.language.words();
    let (width, height) = document.paper.size_mm();
    let from = &document.from;
    let own = from.address.iter().chain([&from.phone, &from.email]);
    let to = std::iter::once(&document.to.name).chain(&document.to.address).chain([&document.to.country]);
    let own = not_empty(own, ink);
    let to = not_empty(to, ink);
    let said = document.facts.iter().filter(|(_, text)| !text.trim().is_empty());
    let facts: Array = said.map(|(label, text)| pair(&ink.line(label), ink.line(text))).collect();
    let parts: Array = document.parts.iter().map(|part| self::part(part, ink)).collect();
    let dict = dict! {
        "language" => document.language.code(),
        "width" => width,
        "height" => height,
        "title" => ink.line(&document.title),
        "name" => ink.line(&from.name),
        "from" => own,
        "to" => to,
        "reference" => ink.line(&document.reference),
        "facts" => facts,
        "parts" => parts,
        "words" => dict! { "page" => words.page, "of" => words.of },
    };
    dict! { "document" => dict }
}

fn not_empty<'a>(lines: impl Iterator<Item = &'a String>, ink: &mut Ink) -> Value {
    texts(lines.map(|line| ink.line(line)).filter(|line| !line.is_empty()).collect::<Vec<_>>())
}

fn part(part: &Part, ink: &mut Ink) -> Value {
    match part {
        Part::Heading(text) => dict! { "kind" => "heading", "text" => ink.line(text) },
        Part::Words(text) => dict! { "kind" => "words", "lines" => texts(ink.lines(text)) },
        Part::Quote(text) => dict! { "kind" => "quote", "lines" => texts(ink.lines(text)) },
        Part::List(lines) => dict! { "kind" => "list", "lines" => texts(lines.iter().map(|line| ink.line(line))) },
        Part::Table(table) => {
            let columns = table.heads.len();
            let figures: Array = table.heads.iter().map(|(_, figure)| figure.into_value()).collect();
            let heads = texts(table.heads.iter().map(|(head, _)| ink.line(head)).collect::<Vec<_>>());
            let rows: Array = table
                .rows
                .iter()
                .map(|row| {
                    let cell = |n: usize| row.get(n).map_or_else(String::new, |cell| cell.clone());
                    texts((0..columns).map(|n| ink.line(&cell(n))).collect::<Vec<_>>())
                })
                .collect();
            let wide = i64::try_from(table.wide).unwrap_or(0);
            dict! { "kind" => "table", "heads" => heads, "figures" => figures, "wide" => wide, "rows" => rows }
        }
    }
    .into_value()
}
