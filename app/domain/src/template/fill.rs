//! What stands for the variables of a template, and the blocks of a message that it becomes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

pub(super) enum Piece<'a> {
    Words(&'a str),
    Variable(&'a str),
}

/// Splits a text at its placeholders. Braces that do not close are words.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
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
