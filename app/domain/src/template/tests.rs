use super::*;
use crate::contact::Channel;
use crate::language::Language;
use crate::tone::Part;
use Language::English as En;

fn nudge() -> &'static Kind {
    find_kind("nudge").unwrap()
}

const GOOD: &str = "Hello {{ name }}. {{ private }}\n\nIs something not right?\n\n{{ invoices }}\n\n{{ ways }}\n\n{{ link }}\n\n{{ closing }}";

fn problems(channel: Channel, subject: &str, body: &str) -> Vec<(Problem, Part, usize, String)> {
    let words = |f: Fault| {
        let text = if f.part == Part::Subject { subject } else { body };
        (f.problem, f.part, f.line, text[f.at].to_owned())
    };
    check(nudge(), channel, En, subject, body).into_iter().map(words).collect()
}

#[test]
fn a_good_template_has_no_faults() {
    assert_eq!(problems(Channel::Email, "News from {{ business }}", GOOD), []);
    assert_eq!(problems(Channel::Letter, "Invoices that are open", GOOD), [], "a letter is in an envelope");
    assert_eq!(problems(Channel::Sms, "", "Hello from {{ business }}. Is all well? Your page: {{ link }}"), []);
    assert_eq!(
        check(find_kind("considerate_call").unwrap(), Channel::Call, En, "", "Ask {{ name }} if all is well."),
        []
    );
}

/// A channel, a subject and a body, and the faults in them.
type Row = (Channel, &'static str, String, Vec<(Problem, Part, usize, String)>);

#[test]
fn every_fault_is_named_with_its_place() {
    let fault = |problem, part, line, words: &str| vec![(problem, part, line, words.to_owned())];
    use Part::{Body, Subject};
    let table: &[Row] = &[
        (Channel::Email, " ", GOOD.into(), fault(Problem::EmptySubject, Subject, 1, "")),
        (Channel::Email, "News", " \n".into(), fault(Problem::EmptyBody, Body, 1, "")),
        (
            Channel::Email,
            "News",
            GOOD.replace("{{ ways }}", "{{ wayz }}"),
            fault(Problem::UnknownVariable, Body, 7, "{{ wayz }}"),
        ),
        (
            Channel::Email,
            "News",
            GOOD.replace("{{ ways }}", "{{promised}}"),
            fault(Problem::UnknownVariable, Body, 7, "{{promised}}"),
        ),
        (Channel::Email, "News", GOOD.replace("{{ link }}", ""), fault(Problem::MissingVariable, Body, 11, "")),
        (Channel::Email, "News", GOOD.replace("{{ invoices }}", "x"), fault(Problem::MissingVariable, Body, 11, "")),
        (Channel::Email, "News", format!("{GOOD} {{{{ name"), fault(Problem::Unclosed, Body, 11, "{")),
        (Channel::Email, "News", format!("{GOOD} name }}}}"), fault(Problem::Unclosed, Body, 11, "}")),
        (Channel::Email, "Your invoice", GOOD.into(), fault(Problem::Telling, Subject, 1, "invoice")),
        (Channel::Email, "About £20", GOOD.into(), fault(Problem::Telling, Subject, 1, "£")),
        (
            Channel::Email,
            "News",
            GOOD.replace("{{ private }}", "You owe us money."),
            fault(Problem::Telling, Body, 1, "owe"),
        ),
        (
            Channel::Email,
            "News",
            GOOD.replace("Hello {{ name }}. {{ private }}", "Hello."),
            fault(Problem::Telling, Body, 5, "invoices"),
        ),
        (Channel::Sms, "", "Please pay on your page: {{ link }}".into(), fault(Problem::Telling, Body, 1, "pay")),
        (Channel::Sms, "", format!("{} {{{{ link }}}}", "word ".repeat(25)), fault(Problem::TooLong, Body, 1, "")),
        (Channel::Sms, "", "Ça va ? Bientôt: {{ link }}".into(), fault(Problem::TooLong, Body, 1, "ô")),
        (Channel::Email, "News", GOOD.to_owned() + &"a ".repeat(2_500), fault(Problem::Endless, Body, 11, "")),
    ];
    for (channel, subject, body, expected) in table {
        assert_eq!(&problems(*channel, subject, body), expected, "{channel:?} {subject:?} {body:?}");
    }
}

#[test]
fn what_stands_alone_becomes_a_block_of_its_own() {
    let mut values = Values::default();
    values.text("name", "Ann");
    values.text("phone", "");
    values.set("invoices", Value::Lines(vec!["A-17".into(), "A-18".into()]));
    let (label, url) = ("Open your page".to_owned(), "https://x.example/l/T".to_owned());
    values.set("link", Value::Link { label: label.clone(), url: url.clone(), note: "For you only.".into() });
    values.set("answer", Value::Quote("We looked.".into()));
    let body = "Hello {{name}}.\r\nHow are you?\r\n\r\n{{ invoices }}\n\n{{ link }}\n\n\n- write to us\n- call {{ phone }}\n- {{ name }}\n\n\
                Call us on {{ phone }}.\n\n{{ answer }}\n\n{{ nothing }}\n\nIt is at {{ link }}, {{ name }}: {{ invoices }}";
    assert_eq!(
        fill(body, &values),
        [
            Block::Words("Hello Ann.\nHow are you?".into()),
            Block::List(vec!["A-17".into(), "A-18".into()]),
            Block::Link { label, url },
            Block::Words("For you only.".into()),
            Block::List(vec!["write to us".into(), "Ann".into()]),
            Block::Quote("We looked.".into()),
            Block::Words("It is at https://x.example/l/T, Ann: A-17; A-18".into()),
        ]
    );
    assert_eq!(fill_words("{{ name }} {{", &values).as_deref(), Some("Ann {{"));
}

#[test]
fn kinds_are_whole() {
    for kind in &KINDS {
        assert_eq!(find_kind(kind.code), Some(kind));
        for channel in kind.channels {
            let known = kind.variables(*channel);
            for name in kind.required(*channel) {
                assert!(known.contains(&name), "{}: {name}", kind.code);
            }
            assert!(known.iter().all(|name| !describe(name).is_empty()), "{}: {known:?}", kind.code);
        }
    }
}

#[test]
fn words_that_tell_are_found_in_each_language() {
    for (language, telling_text, silent) in [
        (En, "About your debt", "However, it is lower and blue: a page from Jessop"),
        (Language::German, "Ihre offene Rechnung", "Ihre Seite bei Muster ist da"),
        (Language::German, "Mahnung", "Ein Blick auf Ihre Seite"),
        (Language::French, "Une facture impayée", "Votre page chez Dupont, merci"),
        (Language::French, "Vous devez encore", "Un mot de Dupont"),
        (Language::Spanish, "Su deuda", "Su página en Pérez"),
        (Language::Spanish, "Un pago pendiente", "Un mensaje de Pérez"),
    ] {
        assert!(telling(language, telling_text).is_some(), "{telling_text}");
        assert_eq!(telling(language, silent), None, "{silent}");
    }
}

proptest::proptest! {
    #[test]
    fn no_template_makes_it_panic(text in "(\\PC|[{} \n-]|\\{\\{ name \\}\\}){0,60}") {
        let mut values = Values::default();
        values.text("name", "Ann");
        for channel in Channel::ALL {
            for language in Language::ALL {
                for fault in check(nudge(), channel, language, &text, &text) {
                    assert!(text.get(fault.at.clone()).is_some(), "{fault:?}");
                }
            }
        }
        fill(&text, &values);
    }
}
