//! What the pages about the words of messages are made of.

use crate::console::{Form, Frame};
use kept_domain::contact::Channel;
use kept_domain::language::Language;
use kept_domain::template::{Kind, Values};

/// One message in one channel and language, in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateState {
    /// How it goes out.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// The version of the business's own words; `None` as delivered.
    pub own: Option<i64>,
}

/// A kind of message, in the list.
#[derive(Clone, Debug)]
pub struct TemplateRow {
    /// What it is for.
    pub kind: &'static Kind,
    /// Every channel and language that it has.
    pub states: Vec<TemplateState>,
}

/// The list of messages.
#[derive(Clone, Debug, Default)]
pub struct TemplatesView {
    /// Around the page.
    pub frame: Frame,
    /// Every kind, in the order of [`kept_domain::template::KINDS`].
    pub rows: Vec<TemplateRow>,
}

/// A version of the business's words.
#[derive(Clone, Debug, Default)]
pub struct VersionRow {
    /// Counts from 1.
    pub version: i64,
    /// With it the words as delivered came back.
    pub delivered: bool,
    /// Who.
    pub who: String,
    /// When.
    pub at: String,
}

/// The page on which a message's words are changed.
#[derive(Clone, Debug)]
pub struct TemplateView {
    /// Around the page.
    pub frame: Frame,
    /// What it is for.
    pub kind: &'static Kind,
    /// How it goes out.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// The version in force; `None` as delivered.
    pub own: Option<i64>,
    /// The newest version that the form is written on; 0 where there is none.
    pub seen: i64,
    /// `subject`, `body` and `debtor`, as typed or in force.
    pub form: Form,
    /// What stands for the variables in the preview.
    pub values: Values,
    /// Debtors to try it with: id and name.
    pub debtors: Vec<(String, String)>,
    /// Earlier versions, newest first.
    pub versions: Vec<VersionRow>,
}
