//! The tone of messages: what a linter can tell of courtesy. It names the exact words, says why they do harm and what
//! could stand instead. The editor runs it while somebody types, and the server before it saves or sends.
//!
//! It looks for phrases, not for single letters: “the final amount” is no false urgency and a tennis court no threat.
//! What it cannot know it leaves alone; a person still has to read the message.

mod reading;
mod words;

use crate::contact::Channel;
use crate::language::Language;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use words::Lexicon;

/// What a message must not do, or must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Threatens with courts, lawyers, collectors, police.
    ThreatLegal,
    /// Threatens with a credit file.
    ThreatCredit,
    /// Threatens to come by.
    ThreatVisit,
    /// Threatens to tell an employer, neighbours or a family.
    ThreatOthers,
    /// Shames.
    Shaming,
    /// Presses for time without a reason.
    FalseUrgency,
    /// Shouts in capitals.
    Capitals,
    /// Shouts with exclamation marks.
    Exclamation,
    /// Sounds like law without being it.
    LegalBluff,
    /// Blames.
    Blaming,
    /// Names no way to say that something is wrong.
    NoWayToObject,
    /// Names no way to get help or to pay differently.
    NoWayToHelp,
    /// Is harder to read than a child of nine reads.
    ReadingAge,
}

impl Rule {
    /// The name in answers and tests.
    pub fn code(self) -> &'static str {
        match self {
            Self::ThreatLegal => "threat_legal",
            Self::ThreatCredit => "threat_credit",
            Self::ThreatVisit => "threat_visit",
            Self::ThreatOthers => "threat_others",
            Self::Shaming => "shaming",
            Self::FalseUrgency => "false_urgency",
            Self::Capitals => "capitals",
            Self::Exclamation => "exclamation",
            Self::LegalBluff => "legal_bluff",
            Self::Blaming => "blaming",
            Self::NoWayToObject => "no_way_to_object",
            Self::NoWayToHelp => "no_way_to_help",
            Self::ReadingAge => "reading_age",
        }
    }

    /// What it is called for the shopkeeper.
    pub fn words(self) -> &'static str {
        match self {
            Self::ThreatLegal => "A threat with the law",
            Self::ThreatCredit => "A threat with their credit",
            Self::ThreatVisit => "A threat to come by",
            Self::ThreatOthers => "A threat to tell others",
            Self::Shaming => "Shaming",
            Self::FalseUrgency => "False urgency",
            Self::Capitals => "Capitals",
            Self::Exclamation => "Exclamation mark",
            Self::LegalBluff => "Legal bluff",
            Self::Blaming => "Blaming",
            Self::NoWayToObject => "No way to object",
            Self::NoWayToHelp => "No way to get help",
            Self::ReadingAge => "Hard to read",
        }
    }

    /// Why it does harm.
    fn why(self) -> &'static str {
        match self {
            Self::ThreatLegal => {
                "People who feel threatened stop reading and stop talking to you, even where court is named only to \
                 be avoided."
            }
            Self::ThreatCredit => {
                "A threat with somebody's credit frightens, and in many countries it is unlawful unless it is true \
                 and about to happen."
            }
            Self::ThreatVisit => "Nobody should have to fear that somebody stands at their door because of a bill.",
            Self::ThreatOthers => "What somebody owes you is nobody else's business. To tell others can be unlawful.",
            Self::Shaming => "People who feel ashamed hide. They do not pay sooner, and they do not come back.",
            Self::FalseUrgency => {
                "Pressure makes people afraid or angry. A date and a reason help them more than haste does."
            }
            Self::Capitals => "Words in capitals read as shouting, and they are harder to read.",
            Self::Exclamation => "An exclamation mark raises your voice.",
            Self::LegalBluff => {
                "It sounds like a court's letter and is none. That frightens people, and may itself be unlawful."
            }
            Self::Blaming => {
                "You cannot know why the money has not come. Blame makes people defend themselves instead of answering."
            }
            Self::NoWayToObject => {
                "Somebody who thinks that the bill is wrong has to see at once how to tell you. Most late payments \
                 have a reason."
            }
            Self::NoWayToHelp => {
                "Somebody who cannot pay it all now has to see that there is another way, or they will not answer."
            }
            Self::ReadingAge => "Many people read worse when they worry. Short words and short sentences reach all.",
        }
    }
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// In the subject.
    Subject,
    /// In the message itself.
    Body,
}

/// Something that the linter found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it breaks.
    pub rule: Rule,
    /// The exact words; empty where something is missing.
    pub words: String,
    /// In which text.
    pub part: Part,
    /// Their bytes in it.
    pub at: Range<usize>,
    /// Their line in it, from 1.
    pub line: usize,
    /// Why it does harm, a sentence for the shopkeeper.
    pub why: String,
    /// What could stand instead, in the message's language.
    pub instead: String,
}

impl Finding {
    /// The finding as one sentence, without a full stop.
    pub fn sentence(&self) -> String {
        let place = match self.part {
            Part::Subject => "in the subject".to_owned(),
            Part::Body => format!("in line {}", self.line),
        };
        match self.words.as_str() {
            "" => format!("{}. {}", self.rule.words(), self.why.trim_end_matches('.')),
            words => format!("{} {place}: “{words}”. {}", self.rule.words(), self.why.trim_end_matches('.')),
        }
    }
}

/// A word of a text.
struct Word {
    /// In small letters, with straight apostrophes.
    lower: String,
    at: Range<usize>,
    /// Counts the sentences, so that no phrase reaches over the end of one.
    sentence: usize,
    /// It is a placeholder.
    variable: bool,
}

/// Variables of a template that bring a way to object and to get help along.
const WAYS: [&str; 2] = ["ways", "closing"];

/// Looks at a message or at a template for one: everything that is not courteous in it, in the order of the text.
pub fn lint(language: Language, channel: Channel, subject: &str, body: &str) -> Vec<Finding> {
    let lexicon = words::of(language);
    let mut findings = look(language, lexicon, Part::Subject, subject);
    findings.extend(look(language, lexicon, Part::Body, body));
    let all: Vec<Word> = split(language, subject).into_iter().chain(split(language, body)).collect();
    let has_ways = all.iter().any(|w| w.variable && WAYS.contains(&w.lower.as_str()));
    let has = |patterns: &[&str]| has_ways || patterns.iter().any(|p| find(&all, p).next().is_some());
    let end = body.len()..body.len();
    let mut missing = |rule: Rule, instead: &str| {
        findings.push(finding(rule, Part::Body, body, end.clone(), instead));
    };
    if !has(lexicon.object) {
        missing(Rule::NoWayToObject, lexicon.instead_object);
    }
    if !has(lexicon.help) {
        missing(Rule::NoWayToHelp, lexicon.instead_help);
    }
    // A call is spoken, and its script is read by somebody of the business.
    if channel != Channel::Call
        && let Some(reading) = reading::measure(language, &split(language, body))
        && reading.age > reading::AGE_MAX
    {
        let mut hard = finding(Rule::ReadingAge, Part::Body, body, reading.hardest, lexicon.instead_reading);
        hard.why = format!("{} This needs a reader of {:.0} ({}).", hard.why, reading.age.ceil(), formula(language));
        findings.push(hard);
    }
    findings
}

/// The formula that the reading age of a language is measured with.
pub fn formula(language: Language) -> &'static str {
    reading::formula(language)
}

/// The age that a text needs to be read; `None` where it is too short to say.
pub fn reading_age(language: Language, text: &str) -> Option<f64> {
    reading::measure(language, &split(language, text)).map(|reading| reading.age)
}

/// Whether one of some phrases stands in a text, and where.
pub(crate) fn find_phrase(language: Language, text: &str, patterns: &[&str]) -> Option<Range<usize>> {
    let all = split(language, text);
    patterns.iter().flat_map(|pattern| find(&all, pattern)).min_by_key(|at| at.start)
}

fn finding(rule: Rule, part: Part, text: &str, at: Range<usize>, instead: &str) -> Finding {
    let line = line_of(text, at.start);
    let words = text.get(at.clone()).unwrap_or_default().to_owned();
    Finding { rule, words, part, at, line, why: rule.why().to_owned(), instead: instead.to_owned() }
}

/// The line, from 1, in which a byte stands.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// What is wrong with the words of one text.
fn look(language: Language, lexicon: &Lexicon, part: Part, text: &str) -> Vec<Finding> {
    let all = split(language, text);
    let allowed: Vec<Range<usize>> = lexicon.allowed.iter().flat_map(|p| find(&all, p)).collect();
    let is_allowed = |at: &Range<usize>| allowed.iter().any(|a| a.start <= at.start && at.end <= a.end);
    let mut findings: Vec<Finding> = Vec::new();
    for (rule, patterns, instead) in lexicon.rules() {
        for pattern in patterns {
            for at in find(&all, pattern).filter(|at| !is_allowed(at)) {
                // One harm is told once, in its longest words.
                let known = findings.iter_mut().find(|f| f.rule == rule && f.at.start < at.end && at.start < f.at.end);
                match known {
                    Some(known) if known.at.len() >= at.len() => {}
                    Some(known) => *known = finding(rule, part, text, at, instead),
                    None => findings.push(finding(rule, part, text, at, instead)),
                }
            }
        }
    }
    for at in shouted(lexicon, text, &all) {
        findings.push(finding(Rule::Capitals, part, text, at, lexicon.instead_capitals));
    }
    let marks = text.char_indices().filter(|(_, c)| matches!(c, '!' | '¡' | '\u{2757}' | '\u{ff01}'));
    findings.extend(
        marks.map(|(at, c)| finding(Rule::Exclamation, part, text, at..at + c.len_utf8(), lexicon.instead_exclamation)),
    );
    findings.sort_by_key(|f| (f.at.start, f.rule));
    findings
}

/// Words in capitals that are meant to be loud: words of the everyday, and three or more in a row. One alone that is no
/// such word is a name, a product or an abbreviation.
fn shouted(lexicon: &Lexicon, text: &str, all: &[Word]) -> Vec<Range<usize>> {
    let is_loud = |word: &Word| {
        let original = text.get(word.at.clone()).unwrap_or_default();
        let letters = original.chars().filter(|c| c.is_alphabetic()).count();
        !word.variable && letters > 1 && !original.chars().any(|c| c.is_lowercase() || c.is_ascii_digit())
    };
    let is_abbreviation = |word: &Word| words::ABBREVIATIONS.contains(&word.lower.as_str());
    let mut found: Vec<Range<usize>> = Vec::new();
    for run in all.chunk_by(|a, b| is_loud(a) && is_loud(b) && a.sentence == b.sentence) {
        let loud: Vec<&Word> = run.iter().filter(|w| is_loud(w) && !is_abbreviation(w)).collect();
        let everyday = loud.iter().any(|w| lexicon.everyday.contains(&w.lower.as_str()));
        if (everyday || loud.len() >= 3)
            && let (Some(first), Some(last)) = (loud.first(), loud.last())
        {
            found.push(first.at.start..last.at.end);
        }
    }
    found
}

/// Splits a text into words. Placeholders are words of their own; in French an apostrophe ends a word.
fn split(language: Language, text: &str) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let (mut sentence, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with("{{")
            && let Some(end) = text[at..].find("}}")
        {
            let name = text[at + 2..at + end].trim().to_lowercase();
            all.push(Word { lower: name, at: at..at + end + 2, sentence, variable: true });
            at += end + 2;
            continue;
        }
        if c.is_alphanumeric() {
            let end = word_end(language, text, at);
            let lower = text[at..end].to_lowercase().replace('\u{2019}', "'");
            all.push(Word { lower, at: at..end, sentence, variable: false });
            at = end;
            continue;
        }
        if ends_sentence(language, text, at, c, all.last()) {
            sentence += 1;
        }
        at += c.len_utf8();
    }
    all
}

fn word_end(language: Language, text: &str, start: usize) -> usize {
    let mut end = start;
    let mut rest = text[start..].chars().peekable();
    while let Some(c) = rest.next() {
        let inner = matches!(c, '\'' | '\u{2019}') && language != Language::French;
        // A figure keeps its points and commas, a word its hyphens out.
        let figure = matches!(c, '.' | ',') && text[..end].ends_with(|b: char| b.is_ascii_digit());
        let goes_on = rest.peek().is_some_and(|next| if figure { next.is_ascii_digit() } else { next.is_alphabetic() });
        if !(c.is_alphanumeric() || ((inner || figure) && goes_on)) {
            break;
        }
        end += c.len_utf8();
    }
    end
}

/// Whether a sign is the end of a sentence. The point of a German ordinal (“3. März”) is none.
fn ends_sentence(language: Language, text: &str, at: usize, c: char, before: Option<&Word>) -> bool {
    match c {
        '?' | '!' | ':' | ';' | '\n' | '…' => true,
        '.' => {
            let ordinal = language == Language::German
                && before.is_some_and(|w| {
                    w.at.end == at && w.lower.len() <= 2 && w.lower.bytes().all(|b| b.is_ascii_digit())
                })
                && text[at + 1..].starts_with(' ');
            !ordinal
        }
        _ => false,
    }
}

/// Everywhere that a pattern matches. A pattern is words apart by spaces: `a|b` is either, `a*` whatever begins so, and
/// `..` up to three words.
fn find<'a>(all: &'a [Word], pattern: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let elements: Vec<&str> = pattern.split(' ').collect();
    (0..all.len()).filter_map(move |from| {
        let to = match_at(&all[from..], &elements, all.get(from)?.sentence)?;
        Some(all[from].at.start..all[from + to - 1].at.end)
    })
}

/// How many words a pattern takes up, from the first of these on.
fn match_at(all: &[Word], elements: &[&str], sentence: usize) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else { return Some(0) };
    if *element == ".." {
        return (0..=3.min(all.len())).find_map(|skip| Some(skip + match_at(&all[skip..], rest, sentence)?));
    }
    let word = all.first().filter(|w| w.sentence == sentence && !w.variable)?;
    let fits = element.split('|').any(|option| match option.strip_suffix('*') {
        Some(start) => word.lower.starts_with(start),
        None => word.lower == option,
    });
    if fits { Some(1 + match_at(&all[1..], rest, sentence)?) } else { None }
}

#[cfg(test)]
mod tests;
