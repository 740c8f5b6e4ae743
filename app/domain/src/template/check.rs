//! What is wrong with a template, and where.

use super::fill::{Piece, Values, fill_words, pieces};
use super::kind::{Kind, describe};
use super::telling::telling;
use crate::contact::Channel;
use crate::language::Language;
use crate::sms;
use crate::tone::{self, Part};
use serde::{Deserialize, Serialize};
use std::ops::Range;

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
pub(super) fn names(text: &str) -> Vec<&str> {
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
        Channel::Letter | Channel::Call | Channel::Visit | Channel::Portal => Vec::new(),
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
    match sms::septets(&filled) {
        Some(many) if many <= SMS_SEPTETS => {}
        Some(many) => {
            let say = format!(
                "Make it shorter, so that it fits into one text message. Characters too many: {}",
                many - SMS_SEPTETS
            );
            faults.push(fault(Problem::TooLong, Part::Body, body, body.len()..body.len(), &say));
        }
        None => {
            let odd = body.char_indices().find(|(_, c)| sms::septets(c.encode_utf8(&mut [0; 4])).is_none());
            let (at, c) = odd.unwrap_or((0, ' '));
            let say = format!("Leave out “{c}”: it makes a text message more than twice as long");
            faults.push(fault(Problem::TooLong, Part::Body, body, at..at + c.len_utf8(), &say));
        }
    }
}
