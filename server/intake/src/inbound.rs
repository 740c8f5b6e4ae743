//! Mail that comes in: whether it is a bounce (RFC 3464), an answer of a machine or the words of a person, and which of
//! our messages it is about.

use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders as _, PartType};

/// Characters of a person's words that are kept.
pub const WORDS_CHARS_MAX: usize = 4000;

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The Message-IDs that it may be about, without brackets, the likeliest first.
    pub about: Vec<String>,
    /// What it says.
    pub said: Said,
}

/// What a message that came in says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Ours came back.
    Bounce {
        /// For good (5.x.x), or it may still arrive.
        hard: bool,
        /// To whom it could not be delivered, in small letters; empty where it does not say.
        recipient: String,
        /// Why, in the other server's words.
        why: String,
    },
    /// A machine answered: that somebody is away, or has moved.
    Machine,
    /// A person wrote.
    Person {
        /// The subject.
        subject: String,
        /// Their own words, without what they quote.
        words: String,
    },
}

/// Reads a raw message. `None` where it is none.
pub fn read(raw: &[u8]) -> Option<Inbound> {
    let message = MessageParser::default().parse(raw)?;
    let mut about = Vec::new();
    for name in ["Delivered-To", "X-Original-To", "To"] {
        about.extend(message.header_values(name).flat_map(addresses).filter_map(|to| of_return_path(&to)));
    }
    let said = match bounce(&message, &mut about) {
        Some(bounce) => bounce,
        None => {
            ids(message.in_reply_to(), &mut about);
            ids(message.references(), &mut about);
            if is_machine(&message) { Said::Machine } else { person(&message) }
        }
    };
    Some(Inbound { about, said })
}

/// The return path of a message of ours, from which what bounces tells which one it was: `bounces+id=domain@host`.
pub fn return_path(bounces: &str, message_id: &str) -> Option<String> {
    let (local, host) = bounces.rsplit_once('@')?;
    Some(format!("{local}+{}@{host}", message_id.replace('@', "=")))
}

fn of_return_path(address: &str) -> Option<String> {
    let (local, _) = address.rsplit_once('@')?;
    let (id, domain) = local.split_once('+')?.1.rsplit_once('=')?;
    Some(format!("{id}@{domain}"))
}

fn addresses(value: &HeaderValue<'_>) -> Vec<String> {
    let of = |list: &Address<'_>| list.iter().filter_map(|a| a.address()).map(str::to_owned).collect();
    match value {
        HeaderValue::Address(list) => of(list),
        HeaderValue::Text(text) => vec![text.trim().trim_matches(['<', '>']).to_owned()],
        _ => Vec::new(),
    }
}

fn ids(value: &HeaderValue<'_>, about: &mut Vec<String>) {
    let mut add = |id: &str| {
        let id = id.trim().trim_matches(['<', '>']).to_owned();
        if !id.is_empty() && !about.contains(&id) {
            about.push(id);
        }
    };
    match value {
        HeaderValue::Text(text) => text.split_whitespace().for_each(&mut add),
        // The last of the references is the message that was answered.
        HeaderValue::TextList(list) => list.iter().rev().for_each(|id| add(id)),
        _ => {}
    }
}

fn is_kind(part: &mail_parser::MessagePart<'_>, kind: &str, subkind: &str) -> bool {
    part.content_type().is_some_and(|t| {
        t.ctype().eq_ignore_ascii_case(kind) && t.subtype().is_some_and(|s| s.eq_ignore_ascii_case(subkind))
    })
}

fn bounce(message: &Message<'_>, about: &mut Vec<String>) -> Option<Said> {
    let report = message.parts.iter().find(|part| is_kind(part, "message", "delivery-status"))?;
    for part in &message.parts {
        if let PartType::Message(ours) = &part.body {
            about.extend(ours.message_id().map(str::to_owned));
        } else if is_kind(part, "text", "rfc822-headers")
            && let Some(ours) = MessageParser::default().parse(part.contents())
        {
            about.extend(ours.message_id().map(str::to_owned));
        }
    }
    let fields = String::from_utf8_lossy(report.contents()).into_owned();
    let fields = unfolded(&fields);
    let field = |name: &str| {
        fields.iter().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    // `rfc822; ann@example.org`: the type of the address, then the address.
    let bare = |value: String| value.rsplit(';').next().unwrap_or_default().trim().to_owned();
    let status = field("Status").unwrap_or_default();
    let action = field("Action").unwrap_or_default().to_ascii_lowercase();
    let recipient = field("Original-Recipient").or_else(|| field("Final-Recipient")).map(bare).unwrap_or_default();
    let diagnostic = field("Diagnostic-Code").map(bare).unwrap_or_default();
    match action.as_str() {
        // It arrived, or is on its way.
        "delivered" | "relayed" | "expanded" => return Some(Said::Machine),
        _ => {}
    }
    Some(Said::Bounce {
        hard: action != "delayed" && status.starts_with('5'),
        recipient: recipient.to_lowercase(),
        why: bounded(&format!("{status} {diagnostic}"), 300),
    })
}

/// Header lines with their continuations joined.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Whether a machine wrote it (RFC 3834): nothing that it says is anybody's wish.
fn is_machine(message: &Message<'_>) -> bool {
    let value =
        |name: &'static str| message.header_raw(name).map(|v| v.trim().to_ascii_lowercase()).filter(|v| !v.is_empty());
    value("Auto-Submitted").is_some_and(|v| v.split(';').next().is_some_and(|v| v.trim() != "no"))
        || value("Precedence").is_some_and(|v| ["bulk", "junk", "list", "auto_reply"].contains(&v.as_str()))
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"].iter().any(|name| value(name).is_some())
        || value("Return-Path").is_some_and(|v| v == "<>")
}

fn person(message: &Message<'_>) -> Said {
    let text = message.body_text(0).unwrap_or_default();
    Said::Person {
        subject: bounded(&message.subject().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "), 200),
        words: bounded(&own_words(&text), WORDS_CHARS_MAX),
    }
}

/// What a person wrote, without what they quote: our own words must not count as theirs.
pub fn own_words(text: &str) -> String {
    let mut own = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with('>') {
            continue;
        }
        let lower = bare.to_lowercase();
        let introduced =
            [("on ", "wrote:"), ("am ", "schrieb:"), ("le ", "écrit :"), ("le ", "écrit:"), ("el ", "escribió:")];
        let begins_quote = lower.starts_with("-----")
            || lower.starts_with("________")
            || ["from: ", "von: ", "de : ", "de: "].iter().any(|start| lower.starts_with(start))
            || introduced.iter().any(|(start, end)| lower.starts_with(start) && lower.ends_with(end))
            // A line that was broken: `On Tuesday, Ann <ann@example.org>` and `wrote:` on the next.
            || (lower.starts_with("on ") && lower.contains('@') && !lower.ends_with('.'));
        if begins_quote && !own.is_empty() {
            break;
        }
        own.push(line.trim_end());
    }
    own.join("\n").trim().to_owned()
}

/// A text from outside: no control characters, none that turn the reading direction, and not longer than so many.
pub fn bounded(text: &str, chars_max: usize) -> String {
    let seen = text.replace("\r\n", "\n");
    let kept = seen
        .chars()
        .filter(|c| *c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')));
    kept.take(chars_max).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dsn(action: &str, status: &str, ours: &str) -> String {
        format!(
            "From: MAILER-DAEMON@mx.example.org\r\nTo: bounces@example.com\r\nSubject: Undelivered\r\n\
             Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
             Final-Recipient: rfc822; Ann@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; 550 no such\r\n mailbox\r\n\
             --b\r\n{ours}\r\n--b--\r\n"
        )
    }

    #[test]
    fn a_bounce_says_what_came_back_and_whether_for_good() {
        let whole = "Content-Type: message/rfc822\r\n\r\nMessage-ID: <1@example.com>\r\nSubject: x\r\n\r\nHello\r\n";
        let headers = "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1@example.com>\r\nSubject: x\r\n";
        for ours in [whole, headers] {
            let read = read(dsn("failed", "5.1.1", ours).as_bytes()).unwrap();
            assert_eq!(read.about, ["1@example.com"], "{ours}");
            let Said::Bounce { hard, recipient, why } = read.said else { panic!("{:?}", read.said) };
            assert!(hard);
            assert_eq!(recipient, "ann@example.org");
            assert_eq!(why, "5.1.1 550 no such mailbox");
        }
        for (action, status) in [("delayed", "4.4.1"), ("failed", "4.2.2"), ("delayed", "5.0.0")] {
            let read = read(dsn(action, status, whole).as_bytes()).unwrap();
            assert!(matches!(read.said, Said::Bounce { hard: false, .. }), "{action} {status}: {:?}", read.said);
        }
        let arrived = read(dsn("delivered", "2.0.0", whole).as_bytes()).unwrap();
        assert_eq!(arrived.said, Said::Machine);
    }

    #[test]
    fn the_return_path_tells_which_message_it_was() {
        let path = return_path("bounces@mx.example.com", "0198-a@pay.example.com").unwrap();
        assert_eq!(path, "bounces+0198-a=pay.example.com@mx.example.com");
        assert_eq!(of_return_path(&path).as_deref(), Some("0198-a@pay.example.com"));
        let raw = format!("To: {path}\r\nFrom: x@example.org\r\n\r\nhi\r\n");
        assert_eq!(read(raw.as_bytes()).unwrap().about, ["0198-a@pay.example.com"]);
        for other in ["ann@example.org", "ann+shop@example.org", "none"] {
            assert_eq!(of_return_path(other), None, "{other}");
        }
    }

    #[test]
    fn machines_and_people_are_told_apart() {
        let mail = |head: &str, body: &str| {
            format!("From: ann@example.org\r\nSubject: Re: x\r\nIn-Reply-To: <1@example.com>\r\n{head}\r\n{body}\r\n")
        };
        for head in [
            "Auto-Submitted: auto-replied\r\n",
            "Auto-Submitted: auto-generated; x=y\r\n",
            "Precedence: auto_reply\r\n",
            "X-Auto-Response-Suppress: All\r\n",
            "Return-Path: <>\r\n",
        ] {
            assert_eq!(read(mail(head, "Stop").as_bytes()).unwrap().said, Said::Machine, "{head}");
        }
        let read = read(mail("Auto-Submitted: no\r\n", "Please wait.\r\n\r\n> Reply STOP\r\n").as_bytes()).unwrap();
        assert_eq!(read.about, ["1@example.com"]);
        assert_eq!(read.said, Said::Person { subject: "Re: x".into(), words: "Please wait.".into() });
    }

    #[test]
    fn what_is_quoted_is_nobodys_word() {
        for (text, own) in [
            ("Yes.\n\nOn 1 May 2026, Harlow <a@example.com> wrote:\n> stop", "Yes."),
            ("Yes.\n\n-----Original Message-----\nFrom: Harlow\nstop", "Yes."),
            ("Ja.\nAm 1. Mai 2026 schrieb:\nstop", "Ja."),
            ("Oui.\nLe 1 mai 2026, Harlow a écrit :\nstop", "Oui."),
            ("On Friday I pay.\nThanks", "On Friday I pay.\nThanks"),
            ("> all of it\n> quoted", ""),
        ] {
            assert_eq!(own_words(text), own, "{text:?}");
        }
        assert_eq!(bounded("a\u{7}b\u{202e}c\r\nd", 4), "abc");
    }

    proptest::proptest! {
        #[test]
        fn no_message_makes_the_reader_panic(raw in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = read(&raw);
        }
    }
}
