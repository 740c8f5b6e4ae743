//! Templates of messages: checked, looked at for their tone, and filled.

use kept_domain::contact::Channel;
use kept_domain::language::Language;
use kept_domain::template::{KINDS, Value, Values, check, fill, fill_words};
use kept_domain::tone::{Part, lint, reading_age};
use std::ops::Range;

/// The first line is the subject.
pub fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (subject, body) = text.split_once('\n').unwrap_or(("", &text));
    // The bytes choose for which message, channel and language it is.
    let choice = bytes.iter().map(|b| usize::from(*b)).sum::<usize>();
    let kind = &KINDS[bytes.len() % KINDS.len()];
    let channel = [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call][choice % 4];
    let language = [Language::English, Language::German, Language::French, Language::Spanish][choice / 4 % 4];
    for finding in lint(language, channel, subject, body) {
        place(finding.part, &finding.at, finding.line, subject, body);
        assert!(!finding.sentence().is_empty());
    }
    let faults = check(kind, channel, language, subject, body);
    for fault in &faults {
        place(fault.part, &fault.at, fault.line, subject, body);
        assert!(!fault.say.is_empty());
    }
    if faults.is_empty() {
        // What is without fault can be filled, and nothing of the template is left to see.
        let mut values = Values::default();
        for name in kind.variables(channel) {
            values.text(name, "x");
        }
        let filled = fill_words(body, &values);
        assert!(filled.as_ref().is_some_and(|words| !words.contains(['{', '}'])), "{filled:?}");
        assert!(!fill(body, &values).is_empty());
    }
    assert!(reading_age(language, body).is_none_or(f64::is_finite), "{body:?}");
    fill(body, &Values::default());
    let mut values = Values::default();
    values.set("link", Value::Link { label: "Pay".to_owned(), url: body.to_owned(), note: subject.to_owned() });
    values.set("invoices", Value::Lines(body.lines().map(str::to_owned).collect()));
    fill(body, &values);
}

/// A finding lies inside its text, and on the line that it names.
fn place(part: Part, at: &Range<usize>, line: usize, subject: &str, body: &str) {
    let text = if part == Part::Subject { subject } else { body };
    assert!(text.get(at.clone()).is_some(), "{at:?} of {text:?}");
    let before = text.get(..at.start).unwrap_or_default();
    assert_eq!(line, before.matches('\n').count() + 1, "{at:?} of {text:?}");
}
